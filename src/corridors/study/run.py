"""Answer a study: the central world, every policy under every closure, and draws of parameters.

The draws start first and run beside the central cases; the answer does not depend on how many
processes share them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from corridors import baseline, ensemble
from corridors.baseline import Observed
from corridors.borders.status import shares_drawn
from corridors.capital.supply import Closure
from corridors.data import store
from corridors.equilibrium import explain, solve
from corridors.equilibrium import tables as equilibrium_tables
from corridors.equilibrium.measures import MEASURES, measure
from corridors.equilibrium.prepare import prepare
from corridors.equilibrium.tables import Case
from corridors.errors import InputError
from corridors.labels import Array
from corridors.money.accounts import accounts
from corridors.parameters import central, draw
from corridors.rules import Policy, Rules, Trace, build
from corridors.study import projection
from corridors.study.files import Study, StudyFile
from corridors.study.manifest import manifest
from corridors.world import Result, World, close

__all__ = ["answer", "plan"]

Progress = Callable[[str], None]

LEVELS = (0.5, 0.8, 0.95)
#: Residual of a drawn solution: far below the width of any interval.
DRAWN = 1e-8
#: Key of a draw's number among its parameters.
DRAW = "draw"
STATUS_DRAWS = 40


def plan(study: Study) -> pd.DataFrame:
    """What a run would do, policy by policy: levers, cells touched, empty cells. Solves nothing."""
    if study.file.answer == "projection":
        return projection.plan(study)
    world = _calibrate(study.file, study.observed(), central(study.parameters()))
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
    progress: Progress = lambda text: None,
) -> Result:
    """Answer a study that was read and checked.

    Parameters
    ----------
    study : Study
    draws, seed : int, optional
        Instead of the file's.
    parameters : mapping of str to number or table, optional
        Values, or priors as tables, in place of the package's and the file's; see
        `corridors.parameters`.
    executor : concurrent.futures.Executor, optional
        For the draws; see `corridors.ensemble`.
    progress : function of a line of text

    Raises
    ------
    InputError
        A policy cannot be applied to the world.
    ModelError
        A central case does not converge or does not close.
    """
    study = study.with_draws(draws, seed).with_parameters(parameters or {})
    for line in study.remarks():
        progress(line)
    if study.file.answer == "projection":
        return projection.run(study, progress)
    progress("gathering the figures")
    observed = study.observed()
    known = study.parameters()
    world = _calibrate(study.file, observed, central(known))
    sampled = draw(study.file.draws.number, ensemble.streams(study.file.draws.seed), known)
    with ensemble.workers(executor) as pool:
        pending = _start(study, observed, sampled, pool, only_assumed=False)
        alone = _start_statuses(study, observed, pool)
        swept = [
            (*setting, _start_sweep(study, observed, setting, pool)) for setting in _settings(study)
        ]
        progress(f"solving {len(study.policies)} policies x {len(study.file.capital)} closures")
        cases = _cases(study, world)
        tables = _central(study, world, observed, cases)
        checks = [solve.check(case.settled) for case in cases]
        drawn = _collected(pending, study.file.draws.number, progress)
        spread = _status_spread(alone, drawn)
        if swept:
            tables["sweep"] = _sweep(study, observed, swept, progress)
    tables["headline"] = equilibrium_tables.headline(cases, drawn, LEVELS)
    tables["solver"] = equilibrium_tables.solver(cases, checks, drawn)
    if study.file.draws.number:
        tables["draws"] = drawn
        tables["ranking"] = _rankings(sampled, drawn)
    if spread is not None:
        tables["status_spread"] = spread
    return Result(tables, _manifest(study, observed, world, tables))


def _central(
    study: Study, world: World, observed: Observed, cases: list[Case]
) -> dict[str, pd.DataFrame]:
    """Every table that needs no draws."""
    shown = next(case for case in cases if (case.policy, case.capital) == study.shown)
    tables = {
        "corridors": equilibrium_tables.corridors(cases),
        "areas": equilibrium_tables.areas(cases, world.imputed_share()),
        "income_groups": equilibrium_tables.income_groups(cases, observed.income_group),
        "statuses": equilibrium_tables.statuses(cases),
        "contributions": _contributions(cases, shown),
        "figures": world.figures,
    }
    if observed.years is not None:
        known = accounts(store.table("economy"), year=observed.years.economy)
        tables["accounts"] = equilibrium_tables.accounts(shown, known)
    if len(observed.corrected):
        tables["user_figures"] = observed.corrected
    if study.file.curve is not None:
        tables["curve"] = _curve(study, world)
    if study.file.variants:
        tables["variants"] = _variants(study, observed)
    return tables


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


def _start(
    study: Study,
    observed: Observed,
    sampled: dict[str, Array],
    pool: Executor,
    *,
    only_assumed: bool,
) -> Iterator[pd.DataFrame]:
    """Set the pool to work on every case at every draw; yields the batches in order."""
    light = replace(observed, figures=observed.figures.iloc[:0], notes=())
    task = functools.partial(_batch, light, study.policies, study.file, only_assumed)
    number = len(sampled["theta"])
    return ensemble.start(task, {**sampled, DRAW: np.arange(number, dtype=float)}, pool)


def _start_statuses(
    study: Study, observed: Observed, pool: Executor
) -> Iterator[pd.DataFrame] | None:
    """The same at central parameters with only the assumed shares of legal status drawn."""
    number = min(study.file.draws.number, STATUS_DRAWS)
    if not (study.file.statuses and number > 1):
        return None
    at_centre = {
        name: np.repeat(value, number) for name, value in central(study.parameters()).items()
    }
    return _start(study, observed, at_centre, pool, only_assumed=True)


def _collected(pending: Iterator[pd.DataFrame], number: int, progress: Progress) -> pd.DataFrame:
    """Every measure of every case at every draw: policy, capital, draw, converged, measures."""
    parts = []
    for part in pending:
        parts.append(part)
        progress(f"drawing parameters: {min(number, len(parts) * ensemble.BATCH)} of {number}")
    if not parts:
        return pd.DataFrame(columns=["policy", "capital", "draw", "converged"])
    return pd.concat(parts, ignore_index=True)


def _status_spread(
    alone: Iterator[pd.DataFrame] | None, drawn: pd.DataFrame
) -> pd.DataFrame | None:
    """Part of every measure's variance that comes from assumed shares of legal status."""
    if alone is None:
        return None
    names, keys = [quantity.name for quantity in MEASURES], ["policy", "capital"]
    mine = pd.concat(list(alone), ignore_index=True).groupby(keys, sort=False)[names].var()
    ratio = mine / drawn.groupby(keys, sort=False)[names].var()
    return ratio.rename_axis(columns="measure").stack().rename("part").reset_index()


def _calibrate(
    file: StudyFile, observed: Observed, parameters: dict[str, Array], shares: Array | None = None
) -> World:
    """The world a study asks for, at these parameters."""
    if file.statuses and shares is None:
        shares = observed.status_shares[None]
    return baseline.calibrate(
        observed, parameters, channels=file.channels, shares=shares, land=file.land
    )


def _shares(observed: Observed, file: StudyFile, draws: Array, only_assumed: bool) -> Array | None:
    """Legal statuses of every draw (d, b, i, k); a draw's numbers do not depend on its batch."""
    if not file.statuses:
        return None
    stream = ensemble.streams(file.draws.seed)
    drawn = [
        shares_drawn(
            observed.status_shares,
            observed.status_concentration,
            stream(f"legal statuses {draw_number:.0f}"),
            1,
        )
        for draw_number in draws
    ]
    shares = np.concatenate(drawn)
    if not only_assumed:
        return shares
    return np.where(observed.status_assumed[..., None], shares, observed.status_shares)


def _batch(
    observed: Observed,
    policies: tuple[Policy, ...],
    file: StudyFile,
    only_assumed: bool,
    parameters: dict[str, Array],
) -> pd.DataFrame:
    """Measures of every case over one batch of draws: policy, capital, draw, converged, measures.

    `only_assumed` draws legal statuses only where a corridor's rest on no count.
    """
    draws = parameters[DRAW]
    shares = _shares(observed, file, draws, only_assumed)
    values = {name: value for name, value in parameters.items() if name != DRAW}
    world = _calibrate(file, observed, values, shares)
    parts = []
    for policy in policies:
        rules, _ = policy.apply(world.rules)
        change = prepare(world.structure, world.state, world.rules, rules)
        for closure in file.capital:
            settled = solve.finish(change.with_closure(closure), rules, tolerance=DRAWN)
            measured = measure(world, settled.state)
            about = {"policy": policy.name, "capital": closure, "draw": draws.astype(int)}
            converged = settled.good(DRAWN)
            parts.append(pd.DataFrame({**about, "converged": converged, **measured}))
    return pd.concat(parts, ignore_index=True)


def _rankings(sampled: dict[str, Array], drawn: pd.DataFrame) -> pd.DataFrame:
    """What drives world output, case by case: rank correlation with each parameter.

    A case whose output does not move, beyond what the solver leaves open, has none.
    """
    parts = [pd.DataFrame({"parameter": [], "rank_correlation": [], "policy": [], "capital": []})]
    for (policy, capital), rows in drawn.groupby(["policy", "capital"], sort=False):
        good = rows["converged"].to_numpy(bool)
        kept = {name: values[good] for name, values in sampled.items() if np.ptp(values) > 0.0}
        output = rows.loc[good, "output"].to_numpy()
        if len(output) > 1 and np.ptp(output) > DRAWN:
            ranked = explain.ranking(kept, output)
            parts.append(ranked.assign(policy=policy, capital=capital))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _contributions(cases: list[Case], shown: Case) -> pd.DataFrame:
    """Split by response: of the shown case, or of all where few policies are compared."""
    few = cases if len(cases) <= 6 else [shown]
    parts = [
        explain.by_response(case.world, case.rules).assign(policy=case.policy, capital=case.capital)
        for case in few
    ]
    return pd.concat(parts, ignore_index=True)


def _curve(study: Study, world: World) -> pd.DataFrame:
    """The curve's lever alone at each value, under each closure."""
    curve = study.file.curve
    assert curve is not None
    parts = []
    for value in curve.values:
        lever = build(curve.lever, {curve.field: value}, "curve")
        rules, _ = Policy("curve", (lever,)).apply(world.rules)
        outside = curve.outside is not None and value > curve.outside
        measured = _measured(world, rules, study.file.capital)
        parts.append(measured.assign(field=curve.field, at=value, outside=outside))
    columns = ["capital", "field", "at", "outside", "measure", "value"]
    return pd.concat(parts, ignore_index=True)[columns]


def _variants(study: Study, observed: Observed) -> pd.DataFrame:
    """The shown policy with one more channel switched on: variant, capital, measure, value."""
    policy = next(policy for policy in study.policies if policy.name == study.shown[0])
    parts = []
    for variant in study.file.variants:
        channels = (*study.file.channels, variant)
        file = study.file.model_copy(update={"channels": channels})
        world = _calibrate(file, observed, central(study.parameters()))
        rules, _ = _applied(study, policy, world)
        parts.append(_measured(world, rules, file.capital).assign(variant=variant))
    return pd.concat(parts, ignore_index=True)[["variant", "capital", "measure", "value"]]


def _settings(study: Study) -> list[tuple[str, float]]:
    """Every parameter and setting of the sweep, in the order of the file."""
    return [(name, value) for name, values in study.file.sweep.items() for value in values]


def _start_sweep(
    study: Study, observed: Observed, setting: tuple[str, float], pool: Executor
) -> Iterator[pd.DataFrame]:
    """Every case with one parameter at a setting and the others drawn as they are elsewhere."""
    known = study.with_parameters(dict([setting])).parameters()
    sampled = draw(study.file.draws.number, ensemble.streams(study.file.draws.seed), known)
    return _start(study, observed, sampled, pool, only_assumed=False)


def _sweep(
    study: Study,
    observed: Observed,
    swept: list[tuple[str, float, Iterator[pd.DataFrame]]],
    progress: Progress,
) -> pd.DataFrame:
    """Every measure of every case at every setting, with the interval that the draws leave.

    Columns parameter, setting, policy, capital, measure, value, lower_80, upper_80.
    """
    parts = []
    for name, value, pending in swept:
        progress(f"sweeping {name}: {value:g}")
        known = study.with_parameters({name: value}).parameters()
        world = _calibrate(study.file, observed, central(known))
        drawn = pd.concat([pd.DataFrame({"policy": [], "capital": []}), *pending])
        for policy in study.policies:
            rules, _ = _applied(study, policy, world)
            rows = _measured(world, rules, study.file.capital).assign(policy=policy.name)
            parts.append(rows.assign(parameter=name, setting=value, **_ends(rows, drawn)))
    columns = ["parameter", "setting", "policy", "capital", "measure", "value"]
    return pd.concat(parts, ignore_index=True)[[*columns, "lower_80", "upper_80"]]


def _ends(rows: pd.DataFrame, drawn: pd.DataFrame) -> dict[str, Array]:
    """Ends of the 80 per cent interval of each row over its converged draws; NaN without any."""
    ends = np.full((2, len(rows)), np.nan)
    if len(drawn):
        good = drawn[drawn["converged"].astype(bool)].set_index(["policy", "capital"])
        for place, row in enumerate(rows.itertuples()):
            case = (row.policy, row.capital)
            if case in good.index:
                ends[:, place] = good.loc[[case], str(row.measure)].quantile([0.1, 0.9])
    return {"lower_80": ends[0], "upper_80": ends[1]}


def _measured(world: World, rules: Rules, closures: Sequence[Closure]) -> pd.DataFrame:
    """Every measure under each closure, solved as closely as draws: capital, measure, value."""
    change = prepare(world.structure, world.state, world.rules, rules)
    rows = []
    for closure in closures:
        settled = solve.finish(change.with_closure(closure), rules, tolerance=DRAWN)
        measured = measure(world, solve.require(settled, DRAWN).state)
        rows += [
            (closure, quantity.name, float(measured[quantity.name][0])) for quantity in MEASURES
        ]
    return pd.DataFrame(rows, columns=["capital", "measure", "value"])


def _manifest(
    study: Study, observed: Observed, world: World, tables: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    """How the result was made, and its digest."""
    about = {
        "shown": {"policy": study.shown[0], "capital": study.shown[1]},
        "coverage": world.coverage,
        "lead": observed.lead,
        "levels": list(LEVELS),
    }
    return {**manifest(study, world.areas, world.notes, tables), **about}
