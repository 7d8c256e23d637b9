"""Where people go when they look ahead, on a projection that comes true (mode B).

A person in i in year t compares the places j of next year by what follows from them, at the cost
kap_ij of moving and with iid extreme-value tastes of dispersion nu (Caliendo, Dvorkin and Parro
2019):

    V_it = ln X_it + nu ln sum_j exp((beta V_j,t+1 - kap_ij) / nu)            (41)
    P_ijt = softmax_j (beta V_j,t+1 - kap_ij) / nu,     L_t+1 = P_t' L_t

In ratios to a known projection, v = exp((V' - V) / nu):

    v_it = X^_it^(1/nu) sum_j P_ijt khat_ijt v_j,t+1^beta,   khat = exp(-dkap / nu)  (42)
    P'_ijt = P_ijt khat_ijt v_j,t+1^beta / sum

Both are one recursion, weights exp(-kap/nu) in levels and P khat in ratios. After the last year
nothing changes any more, and V solves the stationary problem. Axes: t year, groups of people (such
as birthplaces) may follow, then i place now, j place next.

Pay to come decides moves, moves decide people, people decide pay: `foresee` and `foresee_changes`
find where everybody's expectations come true, on any world from where every place can be reached
from every other. `foresee_policy` does so for the real world, in ratios to its projection by rates
without a policy (mode A), of which nobody needs to know why people stay or leave, only that they
do. A policy becomes known in the year it is announced; from then on pay and rules to come decide
departures and returns by choice (`corridors.projection.returning`). Where pay rises with people
several projections can be consistent; that is given which is reached from nobody moving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from corridors.equilibrium import fixed_point
from corridors.errors import InputError, NotConverged, Problem
from corridors.labels import Array, Whole
from corridors.projection import returning
from corridors.projection.policies import PolicySchedule
from corridors.projection.rates import (
    CalibratedRates,
    ExitRates,
    Rates,
    Trajectory,
    pay_change,
    require_closed,
    step,
)
from corridors.projection.returning import CorridorYear, Preferences, UsedCorridors, Values

__all__ = [
    "NOTES",
    "ForeseenTrajectory",
    "Foresight",
    "foresee",
    "foresee_changes",
    "foresee_policy",
    "not_valued",
    "values_and_moves",
    "values_and_moves_in_changes",
]

#: Largest change of ln pay between what people expect and what comes, and evaluations to get there.
TOLERANCE, EVALUATIONS = 1e-10, 100
#: The stationary values are solved to this relative step, in at most so many steps of Newton.
NEWTON, NEWTON_STEPS = 1e-13, 100
#: Levers whose worth to those concerned the known projection tells.
VALUED = ("removal", "regularisation", "recognition", "wedge")
NOTES = (
    "People look ahead from the year the policy is announced; without it they go on as by rates.",
    "Going home costs nothing: who rarely returns by choice has much to lose by a removal.",
    "Diasporas and means stay those of the projection without the policy in what people expect.",
)


# --- any world ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Foresight:
    """A projection of people who look ahead.

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
    """Where people go who know all pay to come (mode B in levels), equation (41).

    Parameters
    ----------
    start : (..., i) persons of the first year; axes may lead, such as birthplaces
    log_pay : function of people (t, ..., i) to ln X of the same shape, log points
    cost : (t or 1, ..., i, j) kap, log points of yearly consumption; +inf where there is no way
    patience : beta, per year; below 1
    spread : nu, dispersion of tastes, log points
    horizon : years after which nothing changes any more
    tolerance : largest change of ln pay in a sweep, log points

    Returns
    -------
    Foresight
        Persons (t, ..., i), moves (t, ..., i, j) as shares, values (t, ..., i) in log points.

    Raises
    ------
    InputError
        Patience, spread or horizon make no sense.
    NotConverged
        With the largest change of ln pay in the last sweep.
    """
    _require_sense(patience, spread, horizon)

    def outcome(pay: Array) -> tuple[Array, Array, Array]:
        values, moves = values_and_moves(pay, cost, patience=patience, spread=spread)
        return _people_by_year(start, moves), moves, values

    still = np.broadcast_to(start, (horizon + 1, *start.shape))
    return _consistent(outcome, log_pay, still, tolerance)


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
    """As `foresee`, from a known projection alone, in ratios to it: equation (42).

    Dynamic hat algebra (Caliendo, Dvorkin & Parro 2019).

    Parameters
    ----------
    people : (t, ..., i) the known persons
    moves : (t, ..., i, j) its moves, shares; the last row is that of all years after
    log_pay_change : function of people' / people (t, ..., i) to ln X^ of the same shape, log points
    cost_change : (t or 1, ..., i, j) dkap, log points
    patience : beta, per year; below 1
    spread : nu, dispersion of tastes, log points
    tolerance : largest change of ln pay in a sweep, log points

    Returns
    -------
    Foresight
        Persons (t, ..., i), moves (t, ..., i, j) as shares, changes of values (t, ..., i) in log
        points.

    Raises
    ------
    InputError, NotConverged
        As `foresee`.
    """
    _require_sense(patience, spread, len(moves) - 1)

    def outcome(pay: Array) -> tuple[Array, Array, Array]:
        values, moved = values_and_moves_in_changes(
            pay, moves, cost_change, patience=patience, spread=spread
        )
        return _people_by_year(people[0], moved), moved, values

    occupied = people > 0.0

    def pay_of(changed: Array) -> Array:
        return log_pay_change(np.where(occupied, changed, 1.0) / np.where(occupied, people, 1.0))

    return _consistent(outcome, pay_of, people, tolerance)


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
    outcome: Callable[[Array], tuple[Array, Array, Array]],
    pay_of: Callable[[Array], Array],
    people: Array,
    tolerance: float,
) -> Foresight:
    """The projection in which pay is what people expected when they chose."""
    first = pay_of(people)
    sweep = _Sweep(lambda pay: pay_of(outcome(pay)[0]), first.shape)
    solved = fixed_point.solve(sweep, first.reshape(1, -1), tolerance=tolerance)
    residual = float(solved.residual[0])
    if not solved.converged(tolerance).all():
        raise NotConverged("the projection of people who look ahead", residual=residual)
    people, moves, values = outcome(solved.x.reshape(first.shape))
    return Foresight(people, moves, values, residual, int(solved.evaluations[0]))


@dataclass(frozen=True)
class _Sweep:
    """The map from expected to resulting ln pay, all years as one row."""

    result: Callable[[Array], Array]
    shape: tuple[int, ...]

    def __call__(self, x: Array) -> Array:
        return self.result(x.reshape(self.shape)).reshape(1, -1)

    def take(self, rows: Whole) -> Self:
        """The row: there is no other."""
        return self


def values_and_moves(
    log_pay: Array, cost: Array, *, patience: float, spread: float
) -> tuple[Array, Array]:
    """Values and moves in levels, equation (41).

    Parameters
    ----------
    log_pay : (t, ..., i) ln X, log points; the last year stands for every year after
    cost : (t or 1, ..., i, j) kap, log points; +inf where there is no way
    patience : beta, per year, below 1
    spread : nu, log points

    Returns
    -------
    values : (t, ..., i) V, log points of yearly consumption
    moves : (t, ..., i, j) P, shares, rows that sum to 1

    Raises
    ------
    NotConverged
        The stationary problem after the last year has no answer; with its residual, log points.
    """
    log_value, moves = _log_values_and_shares(log_pay / spread, -cost / spread, patience)
    return spread * log_value, moves


def values_and_moves_in_changes(
    log_pay_change: Array, moves: Array, cost_change: Array, *, patience: float, spread: float
) -> tuple[Array, Array]:
    """Values and moves in ratios to a projection with moves P, equation (42).

    Parameters
    ----------
    log_pay_change : (t, ..., i) ln X^, log points
    moves : (t, ..., i, j) P of the known projection, shares; the last row stands for all years
    after cost_change : (t or 1, ..., i, j) dkap, log points; nothing opens a way that nobody took
    patience : beta, per year, below 1 spread : nu, log points

    Returns
    -------
    value_change : (t, ..., i) V' - V, log points
    moves : (t, ..., i, j) P', shares

    Raises
    ------
    NotConverged
        The stationary problem after the last year has no answer; with its residual, log points.
    """
    used = moves > 0.0
    with np.errstate(divide="ignore"):
        weight = np.log(moves) - np.where(used, cost_change, 0.0) / spread
    log_value, moved = _log_values_and_shares(log_pay_change / spread, weight, patience)
    return spread * log_value, moved


def _people_by_year(start: Array, moves: Array) -> Array:
    """People (t, ..., i) from those of the first year (..., i); the last moves come after."""
    people = [start]
    for move in moves[:-1]:
        people.append(np.matmul(people[-1][..., None, :], move)[..., 0, :])
    return np.stack(people)


def _log_values_and_shares(gain: Array, log_weight: Array, patience: float) -> tuple[Array, Array]:
    """ln v (t, ..., i) and the shares (t, ..., i, j) of v = e^gain sum_j weight v_next^beta."""
    years = len(gain)
    weights = np.broadcast_to(log_weight, (years, *log_weight.shape[1:]))
    shape: tuple[int, ...] = np.broadcast_shapes(gain.shape, weights.shape[:-1])
    value, shares = np.empty(shape), np.empty(shape + shape[-1:])
    value[-1], shares[-1] = _stationary(gain[-1], weights[-1], patience)
    for year in range(years - 2, -1, -1):
        ahead, shares[year] = _continuation(weights[year], value[year + 1], patience)
        value[year] = gain[year] + ahead
    return value, shares


def _continuation(log_weight: Array, value: Array, patience: float) -> tuple[Array, Array]:
    """ln sum_j weight_ij v_j^beta and the shares of its terms."""
    exponent = log_weight + patience * value[..., None, :]
    top = exponent.max(axis=-1, keepdims=True)
    terms = np.exp(exponent - top)
    total = terms.sum(axis=-1, keepdims=True)
    return (np.log(total) + top)[..., 0], terms / total


def _stationary(gain: Array, log_weight: Array, patience: float) -> tuple[Array, Array]:
    """ln v and shares when every year is like the last, by Newton.

    The map is convex with slope beta P, so from the second step on Newton comes down to the
    solution without a detour (it is policy iteration).
    """
    value = np.broadcast_to(gain, np.broadcast_shapes(gain.shape, log_weight.shape[:-1])) * 1.0
    identity = np.eye(value.shape[-1])
    for _ in range(NEWTON_STEPS):
        ahead, shares = _continuation(log_weight, value, patience)
        step = np.linalg.solve(identity - patience * shares, (gain + ahead - value)[..., None])
        value = value + step[..., 0]
        if np.abs(step).max() <= NEWTON * (1.0 + np.abs(value).max()):
            return value, shares
    raise NotConverged("the value of places after the last year", residual=np.abs(step).max())


# --- the real world ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ForeseenTrajectory:
    """The trajectory, largest change of ln pay in the last evaluation, and evaluations."""

    trajectory: Trajectory
    residual: float
    evaluations: int


def not_valued(levers: Iterable[str]) -> list[Problem]:
    """A problem for each lever whose worth to people who look ahead is not known."""
    fix = f"Use {', '.join(VALUED)}, or foresight = false"
    what = "people who look ahead cannot value it: no figure tells what it costs them"
    return [Problem(f"policy {name}", what, fix) for name in levers if name not in VALUED]


def foresee_policy(
    calibrated: CalibratedRates, schedule: PolicySchedule, known: Trajectory, announced: int
) -> ForeseenTrajectory:
    """The trajectory under a policy on which everybody's expectations come true; (42), thinned.

    Parameters
    ----------
    calibrated : CalibratedRates
        Yearly rates of (39) and (40), (b, i, k).
    schedule : PolicySchedule
    known : the trajectory by rates without the policy
    announced : year from which on people know of the policy

    Returns
    -------
    ForeseenTrajectory
        Persons (b,) and (b, i, k) of each year, the residual in log points, evaluations.

    Raises
    ------
    InputError
        A policy changes what people may not choose, where nobody's choice tells its worth.
    NotConverged
        With the largest change of ln pay in the last evaluation.
    """
    first = min(announced - calibrated.figures.first, len(known.rates))
    if first == len(known.rates):
        return ForeseenTrajectory(known, 0.0, 0)
    expectations = _Expectations.of(calibrated, schedule, known, first)
    start = np.zeros((1, expectations.years_ahead * len(calibrated.figures.areas)))
    solved = fixed_point.solve(expectations, start, tolerance=TOLERANCE, limit=EVALUATIONS)
    residual = float(solved.residual[0])
    if not solved.converged(TOLERANCE).all():
        raise NotConverged("the projection of people who look ahead", residual=residual)
    trajectory = expectations.trajectory(solved.x)
    return ForeseenTrajectory(trajectory, residual, int(solved.evaluations[0]))


@dataclass(frozen=True)
class _Expectations:
    """The map from expected to resulting changes of ln pay, (1, t x i) from `first` on.

    Parameters
    ----------
    years : what may happen, a year each from `first` on
    before : (t, i) residents of the known projection
    out : rates of leaving a status, by year
    last : values of the last year at the last evaluation, where the next begins
    """

    calibrated: CalibratedRates
    known: Trajectory
    first: int
    used: UsedCorridors
    preferences: Preferences
    years: list[CorridorYear]
    before: Array
    out: list[ExitRates]
    last: list[Values] = field(default_factory=list)

    @classmethod
    def of(
        cls, calibrated: CalibratedRates, schedule: PolicySchedule, known: Trajectory, first: int
    ) -> Self:
        """Everything that does not move while the fixed point is sought."""
        taken = calibrated.start.diaspora > 0.0
        taken |= np.isfinite(calibrated.pull).any(axis=-1)
        taken |= (calibrated.fleeing.rate > 0.0).any(axis=0)
        birthplace, residence = np.nonzero(taken)
        used = UsedCorridors(birthplace, residence, len(taken))
        preferences = Preferences(
            calibrated.assumed.patience, 1.0 / calibrated.assumed.flow_elasticity
        )
        years, out = [], []
        for row in range(first, len(known.rates)):
            levers = schedule.levers(calibrated.figures.first + row)
            out.append(calibrated.exits(levers))
            year = _corridor_year(
                calibrated, levers, schedule.now, known.rates[row].leave, used, preferences
            )
            if schedule.held is not None:
                most = schedule.most(calibrated.figures.first + row, known.events[row].left)
                year = replace(year, most=most[used.birthplace, used.residence])
            years.append(year)
        before = np.stack([persons.residents for persons in known.people[first:-1]])
        return cls(calibrated, known, first, used, preferences, years, before, out)

    @property
    def years_ahead(self) -> int:
        """Years from the announcement to the last, 1 July each."""
        return len(self.years)

    def __call__(self, x: Array) -> Array:
        """ln pay against the known projection, from what people expect of it."""
        values = self._values(x)
        start, figures = self.known.people[self.first], self.calibrated.figures
        rows = slice(self.first, self.first + self.years_ahead)
        residents = returning.residents_by_year(
            start.home,
            start.abroad[self.used.birthplace, self.used.residence],
            (figures.birth[rows], figures.death[rows]),
            self.years,
            values,
            self.used,
        )
        elasticity = self.calibrated.assumed.pay_elasticity
        return pay_change(residents, self.before, elasticity).reshape(1, -1)

    def take(self, rows: Whole) -> Self:
        """The row: there is no other."""
        return self

    def _values(self, x: Array) -> list[Values]:
        """What people choose who expect ln pay to change by x."""
        gain = x.reshape(self.years_ahead, -1)
        guess = self.last[0] if self.last else None
        values = returning.values_by_year(self.years, gain, self.used, self.preferences, guess)
        self.last[:] = values[-1:]
        return values

    def trajectory(self, x: Array) -> Trajectory:
        """The trajectory when people expect ln pay to change by x, with all that happens on it."""
        values = self._values(x)
        people = self.known.people[: self.first + 1]
        rates, happened = self.known.rates[: self.first], self.known.events[: self.first]
        for row in range(self.years_ahead):
            rates = [*rates, self._rates(row, values[row], people[-1].home)]
            after, events = step(people[-1], rates[-1])
            require_closed(people[-1], events, after)
            people, happened = [*people, after], [*happened, events]
        return Trajectory(people, rates, happened)

    def _rates(self, row: int, value: Values, home: Array) -> Rates:
        """A year's rates of the known projection, departures and returns as people now choose."""
        known, out = self.known.rates[self.first + row], self.out[row]
        year, at = self.years[row], (self.used.birthplace, self.used.residence)
        leave = np.zeros_like(known.leave)
        there = home[self.used.birthplace, None]
        most = np.inf if year.most is None else year.most / np.where(there > 0.0, there, 1.0)
        leave[at] = np.minimum(value.leave, most)
        come_back = np.broadcast_to(out.ended, leave.shape).copy()
        come_back[at] += year.free * value.back
        return replace(
            known, leave=leave, come_back=come_back, remove=out.removed, change=out.change
        )


def _corridor_year(
    calibrated: CalibratedRates,
    levers: dict[str, Array],
    now: dict[str, Array],
    leave: Array,
    used: UsedCorridors,
    preferences: Preferences,
) -> CorridorYear:
    """A year under `levers`; what they add to those in force `now` is a gain or a loss."""
    out, before = calibrated.exits(levers), calibrated.exits(now)
    shape = leave.shape

    def along(array: Array, *more: int) -> Array:
        whole = np.broadcast_to(array, (*shape, *more))
        return whole[used.birthplace, used.residence]

    sent, change = out.ended + out.removed, out.change
    more = along(sent - before.ended - before.removed)
    changed = along(change - before.change, shape[-1])
    free = 1.0 - before.ended - before.removed - before.change.sum(axis=-1)
    back = along(before.chosen / free)
    if (((more != 0.0) | changed.any(axis=-1)) & (back == 0.0)).any():
        what = "changes what happens to people who never return by choice"
        fix = "Give them a return by choice above 0, or foresight = false"
        raise InputError(Problem("policy", what, fix))
    return CorridorYear(
        leave=along(leave),
        odds=np.exp(along(calibrated.log_odds(levers))),
        back=back,
        sent=along(sent),
        change=along(change, shape[-1]),
        loss=returning.loss(back, more, changed, preferences),
    )
