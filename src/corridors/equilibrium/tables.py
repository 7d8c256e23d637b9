"""Solved cases as long tables: corridors, areas, statuses, the solver.

With draws a change is that of equation (32).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from corridors.equilibrium import solve
from corridors.equilibrium.measures import measure
from corridors.labels import Array
from corridors.rules import Rules, Trace
from corridors.world import State, World

__all__ = [
    "Case",
    "areas",
    "corridors",
    "income_groups",
    "of_areas",
    "senders",
    "solver",
    "statuses",
]


@dataclass(frozen=True)
class Case:
    """One policy under one closure, at the central parameters."""

    policy: str
    capital: str
    world: World
    rules: Rules
    traces: tuple[Trace, ...]
    settled: solve.Settled

    def world_capital(self) -> float:
        """Capital of the world after over before, a ratio; 1 where (12) conserves it."""
        return float(self.settled.state.capital[0].sum() / self.world.state.capital[0].sum())

    def measured(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Every measure by name, (1,), before and after."""
        before = measure(self.world, self.world.state)
        return before, measure(self.world, self.settled.state, self.rules)


def corridors(cases: Sequence[Case]) -> pd.DataFrame:
    """Adults of every corridor that has any, now and after; M of (2).

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.

    Returns
    -------
    DataFrame (policy, capital, birthplace, residence, skill, status, now, after)
        Adults.
    """
    parts = []
    for case in cases:
        rules = case.rules
        now, after = case.world.state.migrants[0], case.settled.state.migrants[0]
        skill, birthplace, residence, status = np.nonzero(now > 0.0)
        parts.append(
            pd.DataFrame(
                {
                    "policy": pd.Categorical([case.policy] * len(skill)),
                    "capital": pd.Categorical([case.capital] * len(skill)),
                    "birthplace": pd.Categorical.from_codes(birthplace, rules.areas),
                    "residence": pd.Categorical.from_codes(residence, rules.areas),
                    "skill": pd.Categorical.from_codes(skill, rules.skills),
                    "status": pd.Categorical.from_codes(status, rules.statuses),
                    "now": now[skill, birthplace, residence, status],
                    "after": after[skill, birthplace, residence, status],
                }
            )
        )
    return _joined(parts)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One table; text columns stay categories, so that a million rows stay small."""
    for name in ("policy", "capital"):
        kinds = list(dict.fromkeys(str(part[name].iloc[0]) for part in parts))
        for part in parts:
            part[name] = part[name].cat.set_categories(kinds)
    return pd.concat(parts, ignore_index=True)


def areas(cases: Sequence[Case], imputed: pd.Series, modelled: pd.Series) -> pd.DataFrame:
    """What changes in every area: people, pay, output, remittances, now and after; of (37).

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.
    imputed, modelled : Series (area)
        Share of the area's figures that are assumed or stale, and that are modelled.

    Returns
    -------
    DataFrame (policy, capital, area, imputed_share, modelled_share, a figure of `of_areas` a
    column)
        `_now` and `_after`: adults, PPP dollars of 2021 a year, US dollars a year.
    """
    parts = []
    for case in cases:
        table = pd.DataFrame(
            {
                "policy": pd.Categorical([case.policy] * len(case.rules.areas)),
                "capital": pd.Categorical([case.capital] * len(case.rules.areas)),
                "area": case.rules.areas,
                "imputed_share": imputed.reindex(list(case.rules.areas)).to_numpy(),
                "modelled_share": modelled.reindex(list(case.rules.areas)).to_numpy(),
            }
        )
        for when, state in (("now", case.world.state), ("after", case.settled.state)):
            for name, values in of_areas(state).items():
                table[f"{name}_{when}"] = values
        parts.append(table)
    return _joined(parts)


def of_areas(state: State) -> dict[str, np.ndarray]:
    """What is told of every area, of the first draw of a state.

    Parameters
    ----------
    state : State

    Returns
    -------
    dict of str to (i,) array
        `residents`, `immigrants`, `emigrants` adults, of (2); `output`, (8), and `wage_low`,
        `wage_high`, (10), PPP dollars a year; `remittances` received, (7), US dollars a year.
    """
    abroad, home = state.migrants[0].sum(axis=(0, 3)), state.home[0].sum(axis=0)
    return {
        "residents": home + abroad.sum(axis=0),
        "immigrants": abroad.sum(axis=0),
        "emigrants": abroad.sum(axis=1),
        "output": state.output[0],
        "wage_low": state.wage_native[0, 0],
        "wage_high": state.wage_native[0, 1],
        "remittances": state.received[0],
    }


def statuses(cases: Sequence[Case]) -> pd.DataFrame:
    """People, income (4) and employers' rents by residence and legal status, now and after.

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.

    Returns
    -------
    DataFrame (policy, capital, residence, status, people, income, rents: each `_now` and `_after`)
        Adults; PPP dollars of 2021 a year: income per migrant after mark-down, rents in total.
    """
    parts = []
    for case in cases:
        rules, structure = case.rules, case.world.structure
        shape = (len(rules.areas), len(rules.statuses))
        residence, status = (index.ravel() for index in np.indices(shape))
        table = pd.DataFrame(
            {
                "policy": pd.Categorical([case.policy] * residence.size),
                "capital": pd.Categorical([case.capital] * residence.size),
                "residence": pd.Categorical.from_codes(residence, rules.areas),
                "status": pd.Categorical.from_codes(status, rules.statuses),
            }
        )
        before, after = case.world.rules.markdown, rules.markdown
        states = (("now", case.world.state, before), ("after", case.settled.state, after))
        for when, state, markdown in states:
            people = state.migrants[0].sum(axis=(0, 1))
            income = state.migrant_income(structure, markdown)[0]
            total = np.sum(state.migrants[0] * income, axis=(0, 1))
            some = np.where(people > 0.0, people, np.nan)
            table[f"people_{when}"] = people.ravel()
            table[f"income_{when}"] = (total / some).ravel()
            table[f"rents_{when}"] = state.rents(structure, markdown)[0].ravel()
        parts.append(table[table["people_now"] > 0.0])
    return _joined(parts)


def senders(cases: Sequence[Case], matrix: Array, reported: Array) -> pd.DataFrame:
    """What is sent from every economy, (7), now and after, beside what others say of now.

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.
    matrix, reported : (i,) US dollars a year, NaN where nobody tells
        The bilateral matrix (World Bank, KNOMAD) scaled to the receipts used, and the balance of
        payments.

    Returns
    -------
    DataFrame (policy, capital, area, now, after, matrix, balance_of_payments, residual)
        US dollars a year; `residual` is the model's less the balance of payments, which counts
        fewer channels.
    """
    parts = []
    for case in cases:
        states = (case.world.state, case.settled.state)
        now, after = (state.sent[0].sum(axis=0) for state in states)
        table = pd.DataFrame({"area": case.rules.areas, "now": now, "after": after})
        table = table.assign(matrix=matrix, balance_of_payments=reported, residual=now - reported)
        parts.append(table.assign(policy=case.policy, capital=case.capital))
    names = ["policy", "capital", "area", "now", "after", "matrix", "balance_of_payments"]
    return pd.concat(parts, ignore_index=True)[[*names, "residual"]]


def income_groups(cases: Sequence[Case], group: Sequence[str]) -> pd.DataFrame:
    """Change of stayers' pay (10) by the World Bank's income group and skill, mean of logs.

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.
    group : sequence of str
        Income group of each area, in the order of the areas.

    Returns
    -------
    DataFrame (policy, capital, income_group, skill, wage_change)
        Change as a share of today's pay; countries weigh by natives at home today.
    """
    names = np.array(group)
    rows = []
    for case in cases:
        now, after = case.world.state, case.settled.state
        change = np.log(after.wage_native[0] / now.wage_native[0])
        for income in dict.fromkeys(sorted(group)):
            for position, skill in enumerate(case.rules.skills):
                weight = now.home[0, position] * (names == income)
                mean = float(np.sum(weight * change[position]) / weight.sum())
                rows.append((case.policy, case.capital, income, skill, float(np.expm1(mean))))
    columns = ["policy", "capital", "income_group", "skill", "wage_change"]
    return pd.DataFrame(rows, columns=columns)


def solver(
    cases: Sequence[Case], checks: Sequence[solve.Check], drawn: pd.DataFrame
) -> pd.DataFrame:
    """How sure the solver of (37) is: residual, eigenvalue beside (38), second start, draws.

    Parameters
    ----------
    cases : sequence of Case
    checks : sequence of Check
        As `corridors.equilibrium.solve.check` gives them.
    drawn : DataFrame (policy, capital, draw, converged, ...)

    Returns
    -------
    DataFrame (policy, capital, cells, empty, world_capital, residual, evaluations, damped,
    eigenvalue, second_start, draws, draws_dropped)
        Counts; `residual` in log points, `world_capital` after over before and `second_start` as
        ratios.
    """
    rows = []
    for case, checked in zip(cases, checks, strict=True):
        mine = drawn[(drawn["policy"] == case.policy) & (drawn["capital"] == case.capital)]
        rows.append(
            {
                "policy": case.policy,
                "capital": case.capital,
                "cells": sum(trace.cells for trace in case.traces),
                "empty": sum(trace.empty for trace in case.traces),
                "world_capital": case.world_capital(),
                "residual": float(case.settled.point.residual[0]),
                "evaluations": int(case.settled.point.evaluations[0]),
                "damped": bool(case.settled.point.damped[0]),
                "eigenvalue": float(checked.eigenvalue[0]),
                "second_start": float(checked.second_start[0]),
                "draws": len(mine),
                "draws_dropped": int((~mine["converged"].astype(bool)).sum()),
            }
        )
    return pd.DataFrame(rows)
