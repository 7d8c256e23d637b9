"""The draws of a study: every case at every draw of the parameters and of the figures.

A change is against the draw's own world, equation (32).
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridors import baseline, ensemble
from corridors.baseline import Observed, revisions
from corridors.borders.status import shares_drawn
from corridors.data import gathered, kept
from corridors.equilibrium import intervals, solve
from corridors.equilibrium.measures import BY_NAME, MEASURES, measure
from corridors.equilibrium.prepare import prepare
from corridors.equilibrium.tables import of_areas
from corridors.labels import Array
from corridors.parameters import central
from corridors.rules import Policy
from corridors.study.files import Study, StudyFile
from corridors.study.progress import Progress, Watch, unwatched
from corridors.world import World

__all__ = [
    "DRAWN", "Drawn", "calibrate", "collected", "failed", "light", "rankings", "start",
    "start_alone", "start_statuses", "status_spread",
]  # fmt: skip

#: Residual of a drawn solution: far below the width of any interval.
DRAWN = 1e-8
#: Key of a draw's number among its parameters; a negative one leaves the figures as they are.
DRAW = "draw"
STATUS_DRAWS = 40
#: Solutions times areas from which on loading, and the first time compiling, the fast path is worth
#: while: a hundred of the world.
WORTH_COMPILING = 19_000
#: Parts of a prior between which a parameter goes alone, to see whether it can act.
ENDS = (0.1, 0.9)
#: A measure that moves by less, relatively, is not moved: what a solver leaves open.
IDLE = 1e-6


@dataclass(frozen=True)
class Drawn:
    """Every case at some draws.

    Parameters
    ----------
    table : DataFrame policy, capital, draw, converged, a column a measure and `MEASURE_now`
    areas : (d, q, i) after over before of the draws that converged, by policy and closure
    statuses : (d, i, k) the same of people by residence and legal status
    corridors : (d, p) the same of people by pair with people, of the case that is shown
    """

    table: pd.DataFrame
    areas: dict[tuple[str, str], NDArray[np.float32]]
    statuses: dict[tuple[str, str], NDArray[np.float32]]
    corridors: dict[tuple[str, str], NDArray[np.float32]]


def start(
    study: Study, observed: Observed, sampled: dict[str, Array], pool: Executor
) -> Iterator[Drawn]:
    """Set the pool to work on every case at every draw; yields the batches in order.

    Parameters
    ----------
    study : Study
    observed : Observed
        Adults (s, b) and (s, b, i), dollars a year (i,).
    sampled : dict of str to (draw,) array, each parameter in its unit
    pool : Executor

    Yields
    ------
    Drawn
        Of a batch: measures (draw) in their units, ratios (draw, ...) as in (32).
    """
    return _start(study, observed, numbered(sampled), pool, only_assumed=False)


def start_statuses(study: Study, observed: Observed, pool: Executor) -> Iterator[Drawn] | None:
    """Every case at central parameters with only the assumed shares of legal status drawn.

    Parameters
    ----------
    study : Study
    observed : Observed
        Shares (b, i, k) with their concentration.
    pool : Executor

    Returns
    -------
    Iterator of Drawn, as `start`, or None where the study tells no statuses apart
    """
    number = min(study.file.draws.number, STATUS_DRAWS)
    if not (study.file.statuses and number > 1):
        return None
    at_values = {
        name: np.repeat(value, number) for name, value in central(study.parameters()).items()
    }
    return _start(study, observed, numbered(at_values), pool, only_assumed=True)


def start_alone(
    study: Study, observed: Observed, pool: Executor
) -> tuple[tuple[str, ...], Iterator[Drawn]]:
    """Each parameter whose channel is on at two ends of its prior, the others at their values.

    Parameters
    ----------
    study : Study
    observed : Observed
        Adults (s, b) and (s, b, i), dollars a year (i,).
    pool : Executor

    Returns
    -------
    names : tuple of str
    batches : iterator of Drawn
        Two draws a parameter, as `start`.
    """
    channels = {"", *study.file.channels, *(("statuses",) if study.file.statuses else ())}
    known = study.parameters()
    drawn = {name: about for name, about in known.items() if about.prior is not None}
    names = tuple(name for name, about in drawn.items() if about.channel in channels)
    rows = {name: np.repeat(value, 2 * len(names)) for name, value in central(known).items()}
    for place, name in enumerate(names):
        rows[name][2 * place : 2 * place + 2] = drawn[name].quantile(np.array(ENDS))
    rows[DRAW] = np.full(2 * len(names), -1.0)
    return names, _start(study, observed, rows, pool, only_assumed=False)


def _start(
    study: Study,
    observed: Observed,
    rows: dict[str, Array],
    pool: Executor,
    *,
    only_assumed: bool,
) -> Iterator[Drawn]:
    number = study.file.draws.number
    solved = number * study.cases * len(observed.areas)
    compiled = solved >= WORTH_COMPILING and _can_compile()
    luck = Luck(study.file.draws.seed, only_assumed=only_assumed)
    task = functools.partial(_batch, light(observed), study.policies, study.file, luck, compiled)
    return ensemble.start(task, rows, pool)


def numbered(sampled: dict[str, Array], most: int | None = None) -> dict[str, Array]:
    """The draws, or the first `most` of them, with their numbers, which decide their luck.

    Parameters
    ----------
    sampled : dict of str to (draw,) array, each parameter in its unit

    Returns
    -------
    dict of str to (draw,) array, the number under `DRAW`
    """
    first = {name: values[:most] for name, values in sampled.items()}
    return {**first, DRAW: np.arange(len(first["theta"]), dtype=float)}


def each(
    observed: Observed, file: StudyFile, luck: Luck, rows: dict[str, Array]
) -> Iterator[tuple[int, Observed, dict[str, Array], Array | None]]:
    """Number, figures, parameters and legal statuses of one draw after another.

    Parameters
    ----------
    observed : Observed
        Adults (s, b) and (s, b, i), dollars a year (i,).
    rows : dict of str to (draw,) array, as `numbered`

    Yields
    ------
    int, Observed, dict of str to (1,) array, Array (1, b, i, k) or None
        Shares of legal status, where the study tells them apart.
    """
    for row, draw in enumerate(rows[DRAW]):
        mine = {name: values[row : row + 1] for name, values in rows.items() if name != DRAW}
        shares = luck.shares(observed, draw) if file.statuses else None
        yield int(draw), luck.figures(observed, draw), mine, shares


def light(observed: Observed) -> Observed:
    """What a worker needs to know of the figures: all but the table of them, and the notes."""
    return replace(observed, figures=observed.figures.iloc[:0], notes=())


def _can_compile() -> bool:
    return importlib.util.find_spec("numba") is not None


def collected(pending: Iterator[Drawn], number: int, progress: Watch = unwatched) -> Drawn:
    """Every batch as one, in order of the draws.

    Parameters
    ----------
    pending : iterator of Drawn
    number : int
        Draws asked for, for `progress`.

    Returns
    -------
    Drawn
        Measures (draw), each in its unit, and after over before of areas, statuses and corridors,
        ratios (draw, ...) as in (32).
    """
    parts = []
    for part in pending:
        parts.append(part)
        progress(Progress("draws", min(number, len(parts) * ensemble.BATCH), number))
    if not parts:
        nothing = pd.DataFrame(columns=["policy", "capital", "draw", "converged"])
        return Drawn(nothing, {}, {}, {})
    return _joined(parts)


def _joined(parts: list[Drawn]) -> Drawn:
    """The parts as one, which empties them: draws are the most that a run holds in memory."""
    tables = pd.concat([part.table for part in parts], ignore_index=True)
    kept = [
        {
            case: np.concatenate([getattr(part, name).pop(case) for part in parts])
            for case in list(getattr(parts[0], name))
        }
        for name in ("areas", "statuses", "corridors")
    ]
    return Drawn(tables, *kept)


def failed(drawn: pd.DataFrame, sampled: dict[str, Array]) -> pd.DataFrame:
    """Draws without a solution of (37), with their parameters.

    Parameters
    ----------
    drawn : DataFrame (policy, capital, draw, converged, ...)
    sampled : dict of str to (draw,) array, each in its unit

    Returns
    -------
    DataFrame (policy, capital, draw, a column for each parameter)
    """
    lost = drawn.loc[~drawn["converged"].astype(bool), ["policy", "capital", "draw"]]
    values = pd.DataFrame(sampled).rename_axis("draw").reset_index()
    return lost.merge(values, on="draw", how="left")


def status_spread(alone: Iterator[Drawn] | None, drawn: pd.DataFrame) -> pd.DataFrame | None:
    """Part of every measure's variance that comes from assumed shares of legal status.

    Parameters
    ----------
    alone : iterator of Drawn or None
        As `start_statuses` gives it.
    drawn : DataFrame (policy, capital, draw, measures and their `_now`)

    Returns
    -------
    DataFrame (policy, capital, measure, part) or None
        Ratio of variances of the changes (32), a share.
    """
    if alone is None:
        return None
    keys = ["policy", "capital"]
    mine = _changes(_joined(list(alone)).table).groupby(keys, sort=False).var()
    ratio = mine / _changes(drawn).groupby(keys, sort=False).var()
    return ratio.rename_axis(columns="measure").stack().rename("part").reset_index()


def _changes(drawn: pd.DataFrame) -> pd.DataFrame:
    """The paired change of every measure, with the case."""
    kept = drawn[drawn["converged"].astype(bool)]
    changes = {
        quantity.name: quantity.paired(kept[f"{quantity.name}_now"], kept[quantity.name], 1.0)
        for quantity in MEASURES
    }
    return kept[["policy", "capital"]].assign(**changes)


def calibrate(
    file: StudyFile, observed: Observed, parameters: dict[str, Array], shares: Array | None = None
) -> World:
    """The world a study asks for, at these parameters; inverted by (36).

    Parameters
    ----------
    file : StudyFile
    observed : Observed
        Adults (s, b) and (s, b, i), dollars a year (i,).
    parameters : dict of str to (d,) array, each in its unit
    shares : (1 or d, b, i, k), optional
        Share of a corridor's people by legal status; by default the central ones.

    Returns
    -------
    World, draws d first

    Raises
    ------
    InputError
        A parameter is out of range, or the figures make no world.
    """
    if file.statuses and shares is None:
        shares = observed.status_shares[None]
    return baseline.calibrate(
        observed, parameters, channels=file.channels, shares=shares, land=file.land
    )


@dataclass(frozen=True)
class Luck:
    """Which figures a draw has: by its number, whatever batch it is in.

    `only_assumed` draws legal statuses only where a corridor's rest on no count, and no figure.
    """

    seed: int
    only_assumed: bool = False

    def figures(self, observed: Observed, draw: float) -> Observed:
        """The figures of a draw; a negative number leaves them as they are."""
        if draw < 0 or self.only_assumed:
            return observed
        return revisions.drawn(observed, ensemble.streams(self.seed)(f"figures {draw:.0f}"))

    def shares(self, observed: Observed, draw: float) -> Array:
        """Legal statuses of a draw (1, b, i, k)."""
        if draw < 0:
            return observed.status_shares[None]
        luck = ensemble.streams(self.seed)(f"legal statuses {draw:.0f}")
        shares = shares_drawn(observed.status_shares, observed.status_concentration, luck, 1)
        if not self.only_assumed:
            return shares
        return np.where(observed.status_assumed[..., None], shares, observed.status_shares)


def _batch(
    observed: Observed,
    policies: tuple[Policy, ...],
    file: StudyFile,
    luck: Luck,
    compiled: bool,
    parameters: dict[str, Array],
) -> Drawn:
    """Every case over one batch of draws, each draw a world of its own."""
    if compiled:
        # The first time compiles, for half a minute: the others wait for what the first one keeps.
        with gathered.first_alone(f"compiled-{kept.code_digest()[:32]}"):
            return _told(observed, policies, file, luck, compiled, parameters)
    return _told(observed, policies, file, luck, compiled, parameters)


def _told(
    observed: Observed,
    policies: tuple[Policy, ...],
    file: StudyFile,
    luck: Luck,
    compiled: bool,
    parameters: dict[str, Array],
) -> Drawn:
    swift, shown = None, Study("", file, policies).shown
    if compiled:
        from corridors.study import swift_draws

        swift = swift_draws.prepared(observed, policies, file)
    cases: list[DrawnCase] = []
    for draw, figures, mine, shares in each(observed, file, luck, parameters):
        told = swift.cases(figures, mine, shares) if swift is not None else None
        if told is None:
            told = in_world(calibrate(file, figures, mine, shares), policies, file, shown)
        cases += [replace(case, draw=draw) for case in told]
    return _of_cases(cases)


@dataclass(frozen=True)
class DrawnCase:
    """What one case says in one draw: measures now and after, and people after over before.

    `areas` (q, i), `statuses` (i, k) and, of the case that is shown, `corridors` (p,).
    """

    policy: str
    capital: str
    converged: bool
    now: dict[str, float]
    after: dict[str, float]
    areas: NDArray[np.float32]
    statuses: NDArray[np.float32]
    corridors: NDArray[np.float32] | None
    draw: int = 0


def _of_cases(cases: list[DrawnCase]) -> Drawn:
    names = [quantity.name for quantity in MEASURES]
    table = {
        "policy": [case.policy for case in cases],
        "capital": [case.capital for case in cases],
        "draw": [case.draw for case in cases],
        "converged": [case.converged for case in cases],
        **{name: [case.after[name] for case in cases] for name in names},
        **{f"{name}_now": [case.now[name] for case in cases] for name in names},
    }
    kept = [_stacked(cases, name) for name in ("areas", "statuses", "corridors")]
    return Drawn(pd.DataFrame(table), *kept)


def _stacked(cases: list[DrawnCase], name: str) -> dict[tuple[str, str], NDArray[np.float32]]:
    """One field of the draws that converged, by policy and closure, (d, ...)."""
    stacked: dict[tuple[str, str], list[NDArray[np.float32]]] = {}
    shapes = {}
    for case in cases:
        value = getattr(case, name)
        if value is not None:
            key = (case.policy, case.capital)
            shapes[key] = value.shape
            stacked.setdefault(key, []).extend([value] if case.converged else [])
    return {
        key: np.array(parts, dtype=np.float32).reshape(len(parts), *shapes[key])
        for key, parts in stacked.items()
    }


def in_world(
    world: World,
    policies: tuple[Policy, ...],
    file: StudyFile,
    shown: tuple[str, str] | None = None,
) -> list[DrawnCase]:
    """Every case in one drawn world; corridors of the case that is shown."""
    people = world.state.migrants[0]
    pairs = people.sum(axis=(0, 3))
    before, of_before = measure(world, world.state), of_areas(world.state)
    today = {name: float(value[0]) for name, value in before.items()}
    cases = []
    for policy in policies:
        rules, _ = policy.apply(world.rules)
        change = prepare(world.structure, world.state, world.rules, rules)
        for closure in file.capital:
            settled = solve.finish(change.with_closure(closure), rules, tolerance=DRAWN)
            measured = measure(world, settled.state, rules)
            cases.append(
                DrawnCase(
                    policy.name,
                    closure,
                    bool(settled.good(DRAWN)[0]),
                    today,
                    {name: float(value[0]) for name, value in measured.items()},
                    area_ratios(of_areas(settled.state), of_before),
                    ratios(settled.state.migrants[0].sum(axis=(0, 1)), people.sum(axis=(0, 1))),
                    ratios(settled.state.migrants[0].sum(axis=(0, 3)), pairs)[pairs > 0.0]
                    if (policy.name, closure) == shown
                    else None,
                )
            )
    return cases


def area_ratios(after: dict[str, Array], before: dict[str, Array]) -> NDArray[np.float32]:
    """After over before (q, i); half as many digits are far more than draws tell."""
    pairs = [_over(after[name], before[name]) for name in before]
    return np.array(pairs, dtype=np.float32)


def ratios(after: Array, before: Array) -> NDArray[np.float32]:
    """After over before, 1 where there was nobody."""
    return _over(after, before).astype(np.float32)


def _over(after: Array, before: Array) -> Array:
    """The change as a factor, 1 where there was nothing."""
    some = before != 0.0
    return np.where(some, after, 1.0) / np.where(some, before, 1.0)


def rankings(
    sampled: dict[str, Array],
    drawn: pd.DataFrame,
    names: tuple[str, ...],
    alone: Drawn,
    first: str,
) -> pd.DataFrame:
    """What drives the measure `first`, case by case, among the parameters that can move it.

    A case whose measure does not move, beyond what the solver leaves open, has none.

    Parameters
    ----------
    sampled : dict of str to (draw,) array, each in its unit
    drawn : DataFrame (policy, capital, draw, converged, measures and their `_now`)
    names : tuple of str
        Parameters that `alone` moves.
    alone : Drawn
        Each parameter alone at two ends of its prior.
    first : str
        The measure.

    Returns
    -------
    DataFrame (parameter, rank_correlation, swing, chance, told_apart, measure, policy, capital)
        As `equilibrium.intervals.ranking`: correlations of Spearman, swings in the measure's unit.
    """
    parts = []
    for (policy, capital), rows in drawn.groupby(["policy", "capital"], sort=False):
        good = rows["converged"].to_numpy(bool)
        kept = {name: values[good] for name, values in sampled.items()}
        outcome = intervals.paired(rows, first, 1.0)
        if len(outcome) > 1 and np.ptp(outcome) > IDLE * np.abs(outcome).max():
            mine = alone.table
            mine = mine[(mine["policy"] == policy) & (mine["capital"] == capital)]
            swing = _swing(names, mine, first)
            if swing:
                ranked = intervals.ranking(kept, outcome, swing)
                parts.append(ranked.assign(measure=first, policy=policy, capital=capital))
    columns = ["parameter", "rank_correlation", "swing", "chance", "told_apart", "measure",
               "policy", "capital"]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _swing(names: tuple[str, ...], alone: pd.DataFrame, first: str) -> dict[str, float]:
    """What each parameter moves the measure by, alone; those that do not move it are left out."""
    quantity = BY_NAME[first]
    values = quantity.paired(
        alone[f"{first}_now"].to_numpy(),
        alone[first].to_numpy(),
        0.0 if quantity.is_change else 1.0,
    ).reshape(-1, 2)
    moves = values[:, 1] - values[:, 0]
    scale = max(float(np.abs(values - (0.0 if quantity.is_change else 1.0)).max()), 1e-12)
    pairs = zip(names, moves, strict=True)
    return {name: float(move) for name, move in pairs if abs(move) > IDLE * scale}
