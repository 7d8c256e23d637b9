"""What an answer does to people: welfare, movers and their pay, inequality, public money.

Movers are those of the policy alone, at unchanged tastes (`corridors.people.choice.turnover`).
Pay is what work earns, before remittances, PPP dollars of 2021 a year. Public money is taxes on pay
at an assumed rate less what residents cost, a head as much as today, when the two are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from corridors.equilibrium.measures import income, theil, theil_between
from corridors.equilibrium.tables import Case
from corridors.labels import Array, Mask
from corridors.people.choice import turnover
from corridors.people.occupied import Occupied
from corridors.rules import Rules
from corridors.world import State

__all__ = ["gains", "inequality", "movers", "public_money", "welfare"]

#: Fewer movers, a share, that a cap lets in or keeps out need no word.
FEW = 0.01


def welfare(cases: Sequence[Case]) -> pd.DataFrame:
    """Welfare (33) and pay of people by birthplace, wherever they live.

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.

    Returns
    -------
    DataFrame (policy, capital, area, skill, natives, welfare, income_now, income_after)
        Adults; PPP dollars of 2021 a person-year. `welfare` is the share of consumption, in every
        place open to them, that does as much; incomes are per native of `area`.
    """
    parts = []
    for case in cases:
        skills, areas = case.rules.skills, case.rules.areas
        gain = case.settled.state.log_welfare[0] - case.world.state.log_welfare[0]
        skill, area = (index.ravel() for index in np.indices(gain.shape))
        table = pd.DataFrame(
            {
                "policy": case.policy,
                "capital": case.capital,
                "area": np.array(areas)[area],
                "skill": np.array(skills)[skill],
                "natives": case.world.structure.natives.ravel(),
                "welfare": np.expm1(gain).ravel(),
            }
        )
        for when, state, rules in _sides(case):
            table[f"income_{when}"] = _per_native(case, state, rules).ravel()
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _sides(case: Case) -> tuple[tuple[str, State, Rules], ...]:
    return (
        ("now", case.world.state, case.world.rules),
        ("after", case.settled.state, case.rules),
    )


def _pay(case: Case, state: State, rules: Rules) -> tuple[Array, Array]:
    """Pay of a native at home (s, b) and of a migrant (s, b, i, k), first draw."""
    structure = case.world.structure
    at_home = state.wage_native * state.home_quality * state.at_work(structure)
    abroad = state.migrant_income(structure, rules.markdown)[0]
    shape = state.migrants.shape[1:]
    return (at_home * (1.0 - state.tax)[:, None])[0], np.broadcast_to(abroad, shape)


def _per_native(case: Case, state: State, rules: Rules) -> Array:
    """Pay a native (s, b)."""
    home, abroad = _pay(case, state, rules)
    total = state.home[0] * home + np.sum(state.migrants[0] * abroad, axis=(-2, -1))
    return np.asarray(total / case.world.structure.natives)


def gains(case: Case, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """What a mover gains: pay abroad (4) beside pay at home of who stays, now and after.

    Parameters
    ----------
    case : Case
        A policy solved under one closure.
    pairs : sequence of (birthplace, residence)
        Codes of areas.

    Returns
    -------
    DataFrame birthplace, residence, skill, status, and of each side people, home, abroad, gain
        `_now` and `_after`: adults who live there; PPP dollars of 2021 that one of them earns in a
        year where they were born and where they live, at work or not, before remittances; the
        second less the first. Where nobody lives now or after there is no row.

    Raises
    ------
    KeyError
        A pair names an area that the world does not hold.
    """
    position = {area: place for place, area in enumerate(case.rules.areas)}
    b, i = (np.array([position[pair[end]] for pair in pairs], dtype=int) for end in (0, 1))
    skills, statuses = case.rules.skills, case.rules.statuses
    shape = (len(skills), len(pairs), len(statuses))
    skill, pair, status = (index.ravel() for index in np.indices(shape))
    table = pd.DataFrame(
        {
            "birthplace": np.array([ends[0] for ends in pairs], dtype=object)[pair],
            "residence": np.array([ends[1] for ends in pairs], dtype=object)[pair],
            "skill": np.array(skills, dtype=object)[skill],
            "status": np.array(statuses, dtype=object)[status],
        }
    )
    for when, state, rules in _sides(case):
        at_home, abroad = _pay(case, state, rules)
        table[f"people_{when}"] = state.migrants[0][skill, b[pair], i[pair], status]
        table[f"home_{when}"] = at_home[skill, b[pair]]
        table[f"abroad_{when}"] = abroad[skill, b[pair], i[pair], status]
        table[f"gain_{when}"] = table[f"abroad_{when}"] - table[f"home_{when}"]
    some = (table["people_now"] > 0.0) | (table["people_after"] > 0.0)
    order = np.lexsort((status, skill, pair))
    return table.iloc[order][some.iloc[order].to_numpy()].reset_index(drop=True)


def movers(cases: Sequence[Case]) -> pd.DataFrame:
    """Who leaves home and who returns, equation (34), and what they earn before and after.

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.

    Returns
    -------
    DataFrame (policy, capital, area, skill, move, persons, income_now, income_after, note)
        Adults, and PPP dollars of 2021 a person-year. `area` is the birthplace, `move` is leaves or
        returns; nobody is a row of its own. The formula is of a plain logit: `note` says how many
        move to or from places under a cap.
    """
    parts = [table for case in cases for table in _moves(case)]
    return pd.concat(parts, ignore_index=True)


def _moves(case: Case) -> Iterator[pd.DataFrame]:
    natives, (before, after) = case.world.structure.natives, _shares(case)
    moved = turnover(before, after)
    pays = [_places(*_pay(case, state, rules)) for _, state, rules in _sides(case)]
    here, there = pays[0], pays[1]
    capped = _capped(case)
    for move, part in (("leaves", moved.leaving(0)), ("returns", moved.arriving(0))):
        persons = natives * part.sum(axis=-1)
        some = np.where(persons > 0.0, persons, np.nan)
        # Who leaves earned what home paid and earns what the place pays; who returns the reverse.
        if move == "leaves":
            now, then = part.sum(axis=-1) * here[..., 0], np.sum(part * there, axis=-1)
        else:
            now, then = np.sum(part * here, axis=-1), part.sum(axis=-1) * there[..., 0]
        rationed = np.sum(part * capped, axis=-1) * natives / some
        skill, area = (index.ravel() for index in np.indices(persons.shape))
        table = pd.DataFrame(
            {
                "policy": case.policy,
                "capital": case.capital,
                "area": np.array(case.rules.areas)[area],
                "skill": np.array(case.rules.skills)[skill],
                "move": move,
                "persons": persons.ravel(),
                "income_now": (natives * now / some).ravel(),
                "income_after": (natives * then / some).ravel(),
                "note": [_rationed(share) for share in rationed.ravel()],
            }
        )
        yield table[table["persons"] > 0.5]


def _capped(case: Case) -> Mask:
    """Places (s, b, 1 + i k) that lie in a cap before or after; home never does."""
    shape = case.world.state.migrants.shape[1:]
    inside = case.world.rules.caps.mask(shape) | case.rules.caps.mask(shape)
    flat = inside.reshape(*shape[:2], -1)
    return np.concatenate([np.zeros((*shape[:2], 1), dtype=bool), flat], axis=-1)


def _rationed(share: float) -> str:
    """What a reader should know of movers of whom this share goes where a cap is."""
    if not share >= FEW:
        return ""
    return f"{share:.0%} to or from places under a cap, rationed and not chosen alone"


def _places(home: Array, abroad: Array) -> Array:
    """Home first, then every place and status abroad: (s, b, 1 + i k)."""
    flat = abroad.reshape(*abroad.shape[:2], -1)
    return np.concatenate([home[..., None], flat], axis=-1)


def _shares(case: Case) -> tuple[Array, Array]:
    """Shares of natives in every place before and after (s, b, 1 + i k)."""
    natives = case.world.structure.natives[..., None]
    states = (case.world.state, case.settled.state)
    before, after = (_places(state.home[0], state.migrants[0]) / natives for state in states)
    return before, after


def inequality(cases: Sequence[Case]) -> pd.DataFrame:
    """Theil's (1967) index of pay between people, and its parts, now and after.

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.

    Returns
    -------
    DataFrame (policy, capital, part, now, after)
        T, a number without unit. Part is total, between birthplaces, within birthplaces, between
        residences, within residences. There is no spread inside a cell of birthplace, schooling and
        place.
    """
    rows = []
    for case in cases:
        values = [_parts(case, state, rules) for _, state, rules in _sides(case)]
        rows += [
            (case.policy, case.capital, part, values[0][part], values[1][part])
            for part in values[0]
        ]
    return pd.DataFrame(rows, columns=["policy", "capital", "part", "now", "after"])


def _parts(case: Case, state: State, rules: Rules) -> dict[str, float]:
    heads, pay = income(case.world.structure, state, rules)
    cells, areas = Occupied.inhabited(state.migrants), len(case.rules.areas)
    at_home = np.tile(np.arange(areas), len(case.rules.skills))
    total = float(theil(heads, pay)[0])
    parts = {"total": total}
    for word, axis in (("birthplaces", 1), ("residences", 2)):
        group = np.concatenate([at_home, cells.at[axis]])
        between = float(theil_between(heads, pay, group, areas)[0])
        parts |= {f"between {word}": between, f"within {word}": total - between}
    return parts


def public_money(cases: Sequence[Case], rate: tuple[float, float, float]) -> pd.DataFrame:
    """What taxes on pay, t of (3) and (4), bring less what residents cost, at an assumed rate.

    Parameters
    ----------
    cases : sequence of Case
        Their first draw is read.
    rate : value of the rate, a share of pay, and its tenth and ninetieth part of a hundred

    Returns
    -------
    DataFrame (policy, capital, area, taxes_now, taxes_after, balance, lower_80, upper_80, kind)
        PPP dollars a year; `balance` is the change, today's being nothing by assumption: a
        resident costs as much as taxes bring a resident today. Bounds are of the rate alone.
    """
    parts = []
    for case in cases:
        paid = [_payroll(case, state, rules) for _, state, rules in _sides(case)]
        heads = [state.residents()[0].sum(axis=0) for _, state, _ in _sides(case)]
        balance = paid[1] - paid[0] * heads[1] / heads[0]
        ends = np.sort(np.outer(rate[1:], balance), axis=0)
        parts.append(
            pd.DataFrame(
                {
                    "policy": case.policy,
                    "capital": case.capital,
                    "area": case.rules.areas,
                    "taxes_now": rate[0] * paid[0],
                    "taxes_after": rate[0] * paid[1],
                    "balance": rate[0] * balance,
                    "lower_80": ends[0],
                    "upper_80": ends[1],
                    "kind": "assumed",
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _payroll(case: Case, state: State, rules: Rules) -> Array:
    """Pay of everybody who works in an economy (i,)."""
    home, abroad = _pay(case, state, rules)
    return np.asarray(
        np.sum(state.home[0] * home, axis=0) + np.sum(state.migrants[0] * abroad, axis=(0, 1, 3))
    )
