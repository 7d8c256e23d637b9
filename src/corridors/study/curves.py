"""The curve of a study: one lever alone at many values, and the intervals that draws leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import pandas as pd

from corridors.baseline import Observed
from corridors.capital.supply import Closure
from corridors.equilibrium import intervals, solve
from corridors.equilibrium.measures import MEASURES, measure
from corridors.equilibrium.prepare import prepare
from corridors.labels import Array
from corridors.parameters import central
from corridors.rules import Policy, Rules, build
from corridors.study import draws
from corridors.study.files import CurveFile, Study
from corridors.world import World

__all__ = ["curve", "draws_of_curve", "measured", "start", "with_intervals"]

#: Solutions (d, n) by closure, where an iteration may begin.
Starts = dict[Closure, Array]
#: Points of a curve that say where the next one lies.
POINTS = 4
#: Values of a curve that are drawn, one in so many of the study's draws, and draws below which
#: an interval would say nothing.
DRAWN_VALUES, ONE_IN, LEAST = 6, 4, 100


def curve(study: Study, observed: Observed) -> pd.DataFrame:
    """The curve's lever alone at each value, under each closure, at central parameters; (37).

    Returns
    -------
    DataFrame (capital, field, at, outside, measure, value)
        Values in the units of `equilibrium.measures`: shares, persons, US dollars.

    Raises
    ------
    NotConverged, Infeasible
        A value has no solution that can be stood by.
    """
    asked = study.file.curve
    assert asked is not None
    world = draws.calibrate(study.file, observed, central(study.parameters()))
    before: list[tuple[float, Starts]] = []
    parts = []
    for value in asked.values:
        rules, _ = _policy(asked, value).apply(world.rules)
        outside = asked.outside is not None and value > asked.outside
        rows, solved = _solved(world, rules, study.file.capital, _ahead(before, value))
        before.append((value, solved))
        parts.append(rows.assign(field=asked.field, at=value, outside=outside))
    columns = ["capital", "field", "at", "outside", "measure", "value"]
    return pd.concat(parts, ignore_index=True)[columns]


def _policy(asked: CurveFile, value: float) -> Policy:
    """The lever at a value, called by the value."""
    return Policy(repr(value), (build(asked.lever, {asked.field: value}, "curve"),))


def draws_of_curve(number: int) -> int:
    """How many of a study's draws the curve has: a quarter, or none where that is too few."""
    return number // ONE_IN if number // ONE_IN >= LEAST else 0


def start(
    study: Study, observed: Observed, sampled: dict[str, Array], pool: Executor
) -> Iterator[draws.Drawn] | None:
    """Set the pool to work on the first draws of the study at some values of its curve, (32).

    Parameters
    ----------
    sampled : dict of str to (d,) array
        Parameters of every draw, in their units.

    Returns
    -------
    iterator of Drawn, optional
        Batches of draws in order; nothing where the study has no curve or too few draws.
    """
    asked, number = study.file.curve, draws_of_curve(study.file.draws.number)
    if asked is None or not number:
        return None
    values = np.unique(asked.values)
    places = np.linspace(0, len(values) - 1, min(DRAWN_VALUES, len(values))).round().astype(int)
    policies = tuple(_policy(asked, float(values[place])) for place in places)
    first = {name: drawn[:number] for name, drawn in sampled.items()}
    return draws.start(replace(study, policies=policies), observed, first, pool)


def with_intervals(
    table: pd.DataFrame, pending: Iterator[draws.Drawn] | None, world: World
) -> pd.DataFrame:
    """The curve with the interval of each value that was drawn, of paired changes (32).

    Returns
    -------
    DataFrame (capital, field, at, outside, measure, value, median, lower_50, upper_50, ...)
        Shares, persons or US dollars as the value; NaN at values that were not drawn.
    """
    nothing = intervals.bounds(np.empty((0, 1)), 0)
    table = table.assign(**dict.fromkeys(nothing, np.nan))
    if pending is None:
        return table
    drawn = draws.collected(pending, 0).table
    today = {name: float(value[0]) for name, value in measure(world, world.state).items()}
    for (policy, capital), mine in drawn.groupby(["policy", "capital"], sort=False):
        for quantity in MEASURES:
            values = intervals.paired(mine, quantity.name, today[quantity.name])
            here = (table["at"] == float(policy)) & (table["capital"] == capital)
            here &= table["measure"] == quantity.name
            for name, end in intervals.bounds(values, len(mine)).items():
                table.loc[here, name] = float(end)
    return table


def measured(world: World, rules: Rules, closures: Sequence[Closure]) -> pd.DataFrame:
    """Every measure under each closure, solved as closely as draws; (37).

    Returns
    -------
    DataFrame (capital, measure, value)
        In the units of `equilibrium.measures`: shares, persons, US dollars.
    """
    return _solved(world, rules, closures, {})[0]


def _solved(
    world: World, rules: Rules, closures: Sequence[Closure], starts: Starts
) -> tuple[pd.DataFrame, Starts]:
    """`measured`, and the solutions; the iteration begins at `starts`, where there are any."""
    change = prepare(world.structure, world.state, world.rules, rules)
    rows, solved = [], {}
    for closure in closures:
        closed = change.with_closure(closure)
        settled = solve.finish(closed, rules, tolerance=draws.DRAWN, start=starts.get(closure))
        if starts and not settled.good(draws.DRAWN).all():
            settled = solve.finish(closed, rules, tolerance=draws.DRAWN)
        told = measure(world, solve.require(settled, draws.DRAWN).state, rules)
        solved[closure] = settled.point.x
        rows += [(closure, quantity.name, float(told[quantity.name][0])) for quantity in MEASURES]
    return pd.DataFrame(rows, columns=["capital", "measure", "value"]), solved


def _ahead(before: Sequence[tuple[float, Starts]], value: float) -> Starts:
    """Where the solutions at a curve's last values point to at the next (Lagrange)."""
    last = dict(before[-POINTS:])  # a value given twice counts once
    weights = {
        at: np.prod([(value - other) / (at - other) for other in last if other != at])
        for at in last
    }
    closures = next(iter(last.values()), {})
    return {
        closure: sum((weights[at] * last[at][closure] for at in last), np.zeros(1))
        for closure in closures
    }
