"""People who look ahead, and pay that answers to where they go (mode B).

The path on which everybody's expectations come true: pay to come decides moves
(`projection.foresight`), moves decide people, people decide pay. In levels from primitives, or in
ratios to a known path, which needs its people and moves and nothing else. Where pay rises
with people several paths can be consistent; the one found is that reached from nobody moving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.equilibrium import fixed_point
from corridors.errors import InputError, NotConverged, Problem
from corridors.projection import foresight

__all__ = ["Foresight", "foresee", "foresee_changes"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Foresight:
    """A path of people who look ahead.

    Parameters
    ----------
    people : (t, ..., i) persons, from the first year to the horizon
    moves : (t, ..., i, j) share of those in i who go to j; the last row is that of all years after
    values : (t, ..., i) V; in changes V' - V
    residual : largest change of ln pay in the last sweep
    sweeps : int
    """

    people: Array
    moves: Array
    values: Array
    residual: float
    sweeps: int


def foresee(
    start: Array,
    log_pay: Callable[[Array], Array],
    cost: Array,
    *,
    patience: float,
    spread: float,
    horizon: int,
    tolerance: float = 1e-12,
) -> Foresight:
    """Where people go who know all pay to come (mode B in levels).

    Parameters
    ----------
    start : (..., i) persons of the first year; axes may lead, such as birthplaces
    log_pay : function of people (t, ..., i) to ln X of the same shape
    cost : (t or 1, ..., i, j) kap; +inf where there is no way
    patience : beta, per year; below 1
    spread : nu, dispersion of tastes
    horizon : years after which nothing changes any more

    Raises
    ------
    InputError
        Patience, spread or horizon make no sense.
    NotConverged
        With the largest change of ln pay in the last sweep.
    """
    _require_sense(patience, spread, horizon)

    def answer(pay: Array) -> tuple[Array, Array, Array]:
        values, moves = foresight.choose(pay, cost, patience=patience, spread=spread)
        return foresight.walk(start, moves), moves, values

    still = np.broadcast_to(start, (horizon + 1, *start.shape))
    return _consistent(answer, log_pay, still, tolerance)


def foresee_changes(
    people: Array,
    moves: Array,
    log_pay_change: Callable[[Array], Array],
    cost_change: Array,
    *,
    patience: float,
    spread: float,
    tolerance: float = 1e-12,
) -> Foresight:
    """The same from a known path alone, in ratios to it (dynamic hat algebra).

    Parameters
    ----------
    people : (t, ..., i) the known path of persons
    moves : (t, ..., i, j) its moves; the last row is that of all years after
    log_pay_change : function of people' / people (t, ..., i) to ln X^ of the same shape
    cost_change : (t or 1, ..., i, j) dkap

    Raises
    ------
    InputError, NotConverged
        As `foresee`.
    """
    _require_sense(patience, spread, len(moves) - 1)

    def answer(pay: Array) -> tuple[Array, Array, Array]:
        values, moved = foresight.choose_in_changes(
            pay, moves, cost_change, patience=patience, spread=spread
        )
        return foresight.walk(people[0], moved), moved, values

    there = people > 0.0

    def pay_of(changed: Array) -> Array:
        return log_pay_change(np.where(there, changed, 1.0) / np.where(there, people, 1.0))

    return _consistent(answer, pay_of, people, tolerance)


def _require_sense(patience: float, spread: float, horizon: int) -> None:
    problems = []
    if not 0.0 <= patience < 1.0:
        problems.append(Problem("patience", f"{patience} is out of range", "Give 0 to below 1"))
    if not spread > 0.0:
        problems.append(Problem("spread", f"{spread} is out of range", "Give a number above 0"))
    if horizon < 1:
        problems.append(Problem("horizon", f"{horizon} is out of range", "Give a year or more"))
    if problems:
        raise InputError(problems)


def _consistent(
    answer: Callable[[Array], tuple[Array, Array, Array]],
    pay_of: Callable[[Array], Array],
    people: Array,
    tolerance: float,
) -> Foresight:
    """The path on which pay is what people expected when they chose."""
    first = pay_of(people)
    sweep = _Sweep(lambda pay: pay_of(answer(pay)[0]), first.shape)
    found = fixed_point.solve(sweep, first.reshape(1, -1), tolerance=tolerance)
    residual = float(found.residual[0])
    if not found.converged(tolerance).all():
        raise NotConverged("the path of people who look ahead", residual=residual)
    people, moves, values = answer(found.x.reshape(first.shape))
    return Foresight(people, moves, values, residual, int(found.evaluations[0]))


@dataclass(frozen=True)
class _Sweep:
    """The map from expected to resulting ln pay, one path as one row."""

    result: Callable[[Array], Array]
    shape: tuple[int, ...]

    def __call__(self, x: Array) -> Array:
        return self.result(x.reshape(self.shape)).reshape(1, -1)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The one row there is."""
        return self
