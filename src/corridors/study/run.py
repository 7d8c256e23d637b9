"""Answer a study: the central world, every policy under every closure, and draws of parameters.

The draws start first and run beside the central cases; the answer does not depend on how many
processes share them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from corridors import ensemble
from corridors.baseline import Observed
from corridors.data import gathered, store
from corridors.equilibrium import explain, intervals, solve, welfare
from corridors.equilibrium import tables as equilibrium_tables
from corridors.equilibrium.accounts import national_accounts
from corridors.equilibrium.measures import measure
from corridors.equilibrium.tables import Case
from corridors.errors import InputError
from corridors.money.accounts import accounts
from corridors.parameters import central, draw
from corridors.rules import Policy, Rules, Trace
from corridors.study import contributions, curves
from corridors.study import draws as draws_of
from corridors.study.curves import measured
from corridors.study.files import Study
from corridors.study.manifest import manifest
from corridors.study.progress import Progress, Watch, unwatched
from corridors.world import Result, World, close

__all__ = ["answer", "central_headline", "plan"]


def plan(study: Study) -> pd.DataFrame:
    """What a run would do, policy by policy: levers, cells touched, empty cells. Solves nothing.

    Returns
    -------
    DataFrame (policy, lever, cells, empty)
        Counts of cells (birthplace, residence, skill, status) that each lever touches, as in (2).

    Raises
    ------
    InputError
        A policy cannot be applied to the world.
    """
    if study.file.answer == "projection":
        from corridors.study import projection

        return projection.plan(study)
    world = draws_of.calibrate(study.file, study.observed(), central(study.parameters()))
    rows = []
    for policy in study.policies:
        _, traces = _applied(study, policy, world)
        rows += [(policy.name, trace.lever, trace.cells, trace.empty) for trace in traces]
        rows += [(policy.name, "none", 0, 0)] if not traces else []
    return pd.DataFrame(rows, columns=["policy", "lever", "cells", "empty"])


def answer(
    study: Study,
    *,
    draws: int | None = None,
    seed: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
    progress: Watch = unwatched,
) -> Result:
    """Answer a study that was read and checked: the equilibrium (37), or a projection (39).

    Parameters
    ----------
    study : Study
    draws, seed : int, optional
        Instead of the file's.
    parameters : mapping of str to number or table, optional
        Values, or priors as tables, in place of the package's and the file's; see
        `corridors.parameters`.
    executor : concurrent.futures.Executor, optional
        For the draws, the curve and the variants; see `corridors.ensemble`. By default processes
        of this machine where an equilibrium is drawn, else this process.
    progress : function of a `Progress`, optional

    Returns
    -------
    Result
        DataFrames by name: adults, PPP dollars of 2021 and US dollars a year, intervals of the
        changes (32); docs/results.md lists their columns.

    Raises
    ------
    InputError
        A policy cannot be applied to the world.
    ModelError
        A central case does not converge or does not close.
    """
    study = study.with_draws(draws, seed).with_parameters(parameters or {})
    for line in study.remarks():
        progress(Progress("remark", about=line))
    if study.file.answer == "projection":
        from corridors.study import projection

        return projection.run(study, progress, executor)
    progress(Progress("figures"))
    observed = study.observed()
    known, number = study.parameters(), study.file.draws.number
    world = draws_of.calibrate(study.file, observed, central(known))
    sampled = draw(number, ensemble.streams(study.file.draws.seed), known)
    with ensemble.workers(executor) as pool:
        beside = _start_beside(study, observed, pool if executor or number else None)
        pending = draws_of.start(study, observed, sampled, pool)
        statuses = draws_of.start_statuses(study, observed, pool)
        names, alone = draws_of.start_alone(study, observed, pool) if number else ((), iter(()))
        swept = [
            (*setting, _start_sweep(study, observed, setting, pool)) for setting in _settings(study)
        ]
        progress(_to_solve(study))
        cases = _cases(study, world)
        shown = next(case for case in cases if (case.policy, case.capital) == study.shown)
        curve_drawn = curves.start(study, observed, sampled, pool)
        split = contributions.start(study, shown, observed, sampled, pool)
        tables = _central(study, world, observed, cases, shown)
        checks = [solve.check(case.settled) for case in cases]
        tables |= {name: answered() for name, answered in beside.items()}
        drawn = draws_of.collected(pending, number, progress)
        spread = draws_of.status_spread(statuses, drawn.table)
        if number:
            swings = draws_of.collected(alone, 0)
        if "curve" in tables:
            tables["curve"] = curves.with_intervals(tables["curve"], curve_drawn, world)
        tables["contributions"] = contributions.with_intervals(
            tables["contributions"], split, shown
        )
        if swept:
            tables["sweep"] = _sweep(study, observed, swept, progress)
    tables["headline"] = intervals.headline(cases, drawn.table, study.first)
    tables["solver"] = equilibrium_tables.solver(cases, checks, drawn.table)
    if number:
        tables["draws"] = drawn.table
        failed = draws_of.failed(drawn.table, sampled)
        if len(failed):
            tables["draws_failed"] = failed
        tables["area_intervals"] = intervals.areas(cases, drawn.areas, number)
        tables["status_intervals"] = intervals.statuses(cases, drawn.statuses, number)
        tables["corridor_intervals"] = intervals.corridors(
            shown, drawn.corridors[study.shown], number
        )
        tables["ranking"] = draws_of.rankings(sampled, drawn.table, names, swings, study.first)
    if spread is not None:
        tables["status_spread"] = spread
    return Result(tables, _manifest(study, observed, world, tables))


def central_headline(study: Study) -> pd.DataFrame:
    """The headline of a study at the central parameters, (37) or (39), without what explains it.

    Returns
    -------
    DataFrame (policy, capital, measure, value, ...)
        As `Result.headline` of a run without draws, in the units of `equilibrium.measures`; of a
        projection (policy, area, year, ...) persons.

    Raises
    ------
    InputError, ModelError
        As `answer`.
    """
    alone = study.with_draws(0, None)
    if alone.file.answer == "projection":
        from corridors.study import projection

        return projection.run(alone, unwatched).headline
    world = draws_of.calibrate(alone.file, alone.observed(), central(alone.parameters()))
    cases = _cases(alone, world)
    none = draws_of.collected(iter(()), 0).table
    return intervals.headline(cases, none, alone.first)


def _to_solve(study: Study) -> Progress:
    policies, closures = len(study.policies), len(study.file.capital)
    words = f"{policies} policies x {closures} closures"
    return Progress("solving", 0, policies * closures, words)


def _central(
    study: Study, world: World, observed: Observed, cases: list[Case], shown: Case
) -> dict[str, pd.DataFrame]:
    """Every table that needs no draws."""
    tables = {
        "corridors": equilibrium_tables.corridors(cases),
        "areas": equilibrium_tables.areas(cases, world.imputed_share(), world.modelled_share()),
        "income_groups": equilibrium_tables.income_groups(cases, observed.income_group),
        "statuses": equilibrium_tables.statuses(cases),
        "contributions": _contributions(cases, shown),
        "welfare": welfare.welfare(cases),
        "movers": welfare.movers(cases),
        "inequality": welfare.inequality(cases),
        "public_money": welfare.public_money(cases, _tax_rate(study)),
        "senders": equilibrium_tables.senders(
            cases, observed.remitted_from, observed.remitted_reported
        ),
        "figures": world.figures,
    }
    if observed.years is not None:
        tables["accounts"] = national_accounts(cases, _accounts(observed.years.economy))
    if len(observed.corrected):
        tables["user_figures"] = observed.corrected
    return tables


def _accounts(year: int) -> pd.DataFrame:
    """What economies owe and earn abroad (area, quantity, value), gathered once."""
    name, columns = f"accounts-{year}", ["area", "quantity", "value"]
    known = gathered.read(name)
    if known is not None:
        return pd.DataFrame(known)
    told = accounts(store.table("economy", year=year), year=year)[columns]
    gathered.write(name, {column: np.array(told[column].tolist()) for column in columns})
    return told


def _start_beside(
    study: Study, observed: Observed, pool: Executor | None
) -> dict[str, Callable[[], pd.DataFrame]]:
    """What no other table needs, begun in the pool, or left to this process where there is none."""
    wanted = {
        "curve": (study.file.curve is not None, curves.curve),
        "variants": (bool(study.file.variants), _variants),
    }
    tasks = {
        name: functools.partial(task, study, draws_of.light(observed))
        for name, (asked, task) in wanted.items()
        if asked
    }
    return {
        name: task if pool is None else pool.submit(task).result for name, task in tasks.items()
    }


def _tax_rate(study: Study) -> tuple[float, float, float]:
    """The assumed rate of tax on pay, and four fifths of its prior."""
    rate = study.parameters()["tax_rate"]
    lower, upper = rate.quantile(np.array([0.1, 0.9]))
    return float(rate.value), float(lower), float(upper)


def _cases(study: Study, world: World) -> list[Case]:
    """Every policy under every closure; raises where the central solution cannot be stood by."""
    cases = []
    for policy in study.policies:
        rules, traces = _applied(study, policy, world)
        for closure in study.file.capital:
            closed = world.with_closure(closure)
            settled = solve.require(
                solve.settle(closed.structure, closed.state, closed.rules, rules)
            )
            close(closed.structure, settled.state, rules.fee)
            cases.append(Case(policy.name, closure, closed, rules, traces, settled))
    return cases


def _applied(study: Study, policy: Policy, world: World) -> tuple[Rules, tuple[Trace, ...]]:
    """The world's rules under a policy; what is wrong names the study and the policy."""
    try:
        return policy.apply(world.rules)
    except InputError as error:
        own = f"policy '{policy.name}'"
        names = f"{study.name}: {own}"
        raise InputError(
            replace(problem, where=f"{names} {problem.where.removeprefix(own)}".rstrip())
            for problem in error.problems
        ) from None


def _contributions(cases: list[Case], shown: Case) -> pd.DataFrame:
    """Split by response: of the shown case, or of all where few policies are compared."""
    few = cases if len(cases) <= 6 else [shown]
    parts = [
        explain.by_response(case.world, case.rules).assign(policy=case.policy, capital=case.capital)
        for case in few
    ]
    return pd.concat(parts, ignore_index=True)


def _variants(study: Study, observed: Observed) -> pd.DataFrame:
    """The shown policy with one more channel switched on: variant, capital, measure, value."""
    policy = next(policy for policy in study.policies if policy.name == study.shown[0])
    parts = []
    for variant in study.file.variants:
        channels = (*study.file.channels, variant)
        file = study.file.model_copy(update={"channels": channels})
        world = draws_of.calibrate(file, observed, central(study.parameters()))
        rules, _ = _applied(study, policy, world)
        parts.append(measured(world, rules, file.capital).assign(variant=variant))
    return pd.concat(parts, ignore_index=True)[["variant", "capital", "measure", "value"]]


def _settings(study: Study) -> list[tuple[str, float]]:
    """Every parameter and setting of the sweep, in the order of the file."""
    return [(name, value) for name, values in study.file.sweep.items() for value in values]


def _start_sweep(
    study: Study, observed: Observed, setting: tuple[str, float], pool: Executor
) -> Iterator[draws_of.Drawn]:
    """Every case with one parameter at a setting and the others drawn as they are elsewhere."""
    known = study.with_parameters(dict([setting])).parameters()
    sampled = draw(study.file.draws.number, ensemble.streams(study.file.draws.seed), known)
    return draws_of.start(study, observed, sampled, pool)


def _sweep(
    study: Study,
    observed: Observed,
    swept: list[tuple[str, float, Iterator[draws_of.Drawn]]],
    progress: Watch,
) -> pd.DataFrame:
    """Every measure of every case at every setting, with the interval that the draws leave.

    Columns parameter, setting, policy, capital, measure, value, lower_80, upper_80.
    """
    parts = []
    for place, (name, value, pending) in enumerate(swept):
        progress(Progress("sweep", place, len(swept), f"{name}: {value:g}"))
        known = study.with_parameters({name: value}).parameters()
        world = draws_of.calibrate(study.file, observed, central(known))
        drawn = draws_of.collected(pending, 0).table
        for policy in study.policies:
            rules, _ = _applied(study, policy, world)
            rows = measured(world, rules, study.file.capital).assign(policy=policy.name)
            parts.append(rows.assign(parameter=name, setting=value, **_spread(rows, drawn, world)))
    columns = ["parameter", "setting", "policy", "capital", "measure", "value"]
    return pd.concat(parts, ignore_index=True)[[*columns, "lower_80", "upper_80"]]


def _spread(rows: pd.DataFrame, drawn: pd.DataFrame, world: World) -> dict[str, list[float]]:
    """Value and 80 per cent interval of each row, as the headline has them."""
    today = measure(world, world.state)
    spread: dict[str, list[float]] = {"value": [], "lower_80": [], "upper_80": []}
    for row in rows.itertuples():
        mine = drawn[(drawn["policy"] == row.policy) & (drawn["capital"] == row.capital)]
        name, now = str(row.measure), float(today[str(row.measure)][0])
        values = intervals.paired(mine, name, now)
        settled = intervals.settled(float(str(row.value)), now, values, len(mine))
        for column, figures in spread.items():
            figures.append(float(settled[column]))
    return spread


def _manifest(
    study: Study, observed: Observed, world: World, tables: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    """How the result was made, and its digest."""
    about = {
        "shown": {"policy": study.shown[0], "capital": study.shown[1]},
        "coverage": world.coverage,
        "level": intervals.printed_level(study.file.draws.number),
        "lead": observed.lead,
    }
    return {**manifest(study, world.areas, world.notes, tables), **about}
