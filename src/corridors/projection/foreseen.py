"""The real world with people who look ahead (mode B), in ratios to its path by yearly rates.

The known path is that of mode A without a policy: nobody needs to know why people stay or leave
there, only that they do. A policy becomes known in the year it is announced; from then on pay to
come and rules to come decide departures and returns by choice (`corridors.projection.returning`),
these decide residents, and residents decide pay. The path found is one that comes true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.equilibrium import fixed_point
from corridors.errors import InputError, NotConverged, Problem
from corridors.projection import rates as hazards
from corridors.projection import returning
from corridors.projection.course import (
    Course,
    Leaving,
    Timetable,
    Walked,
    leaving,
    pay_change,
    require_closed,
)
from corridors.projection.figures import FIRST_YEAR
from corridors.projection.returning import Taste, Values, Ways, Year

__all__ = ["NOTES", "Foreseen", "look_ahead", "problems_of"]

Array = NDArray[np.float64]

#: Largest change of ln pay between what people expect and what comes.
TOLERANCE = 1e-10
#: Levers whose worth to those concerned the known path tells.
VALUED = ("removal", "regularisation", "recognition", "wedge")
NOTES = (
    "People look ahead from the year the policy is announced; without it they go on as by rates.",
    "Going home costs nothing: who rarely returns by choice has much to lose by a removal.",
    "Diasporas and means stay those of the path without the policy in what people expect.",
)


@dataclass(frozen=True)
class Foreseen:
    """The path, largest change of ln pay in the last evaluation, and evaluations."""

    walked: Walked
    residual: float
    evaluations: int


def problems_of(levers: Iterable[str]) -> list[Problem]:
    """Levers whose worth to people who look ahead is not known."""
    fix = f"Use {', '.join(VALUED)}, or foresight = false"
    what = "people who look ahead cannot value it: no figure tells what it costs them"
    return [Problem(f"policy {name}", what, fix) for name in levers if name not in VALUED]


def look_ahead(course: Course, timetable: Timetable, known: Walked, announced: int) -> Foreseen:
    """The path under a policy on which everybody's expectations come true.

    Raises
    ------
    InputError
        A policy changes what people may not choose, where nobody's choice tells its worth.
    NotConverged
        With the largest change of ln pay in the last evaluation.
    """
    first = min(announced - FIRST_YEAR, len(known.rates))
    if first == len(known.rates):
        return Foreseen(known, 0.0, 0)
    ahead = _Ahead.of(course, timetable, known, first)
    start = np.zeros((1, ahead.years_ahead * len(course.given.areas)))
    found = fixed_point.solve(ahead, start, tolerance=TOLERANCE, limit=100)
    residual = float(found.residual[0])
    if not found.converged(TOLERANCE).all():
        raise NotConverged("the path of people who look ahead", residual=residual)
    return Foreseen(ahead.walked(found.x), residual, int(found.evaluations[0]))


@dataclass(frozen=True)
class _Ahead:
    """The map from expected to resulting changes of ln pay, (1, t x i) from `first` on.

    Parameters
    ----------
    years : what may happen, a year each from `first` on
    before : (t, i) residents of the known path
    out : rates of leaving a status, by year
    last : values of the last year at the last evaluation, where the next begins
    """

    course: Course
    known: Walked
    first: int
    ways: Ways
    taste: Taste
    years: list[Year]
    before: Array
    out: list[Leaving]
    last: list[Values] = field(default_factory=list)

    @classmethod
    def of(cls, course: Course, timetable: Timetable, known: Walked, first: int) -> Self:
        """Everything that does not move while the path is sought."""
        some = course.given.persons.diaspora > 0.0
        some |= np.isfinite(course.pull).any(axis=-1)
        birthplace, residence = np.nonzero(some)
        ways = Ways(birthplace, residence, len(some))
        taste = Taste(course.assumed.patience, 1.0 / course.assumed.flow_elasticity)
        years, out = [], []
        for row in range(first, len(known.rates)):
            levers = timetable.levers(FIRST_YEAR + row)
            out.append(leaving(levers))
            years.append(_year(course, levers, timetable.now, known.rates[row].leave, ways, taste))
        before = np.stack([one.residents for one in known.people[first:-1]])
        return cls(course, known, first, ways, taste, years, before, out)

    @property
    def years_ahead(self) -> int:
        """Years from the announcement to the last, 1 July each."""
        return len(self.years)

    def __call__(self, x: Array) -> Array:
        """ln pay against the known path, from what people expect of it."""
        values = self._values(x)
        start, given = self.known.people[self.first], self.course.given
        rows = slice(self.first, self.first + self.years_ahead)
        residents = returning.walk(
            start.home,
            start.abroad[self.ways.birthplace, self.ways.residence],
            (given.birth[rows], given.death[rows]),
            self.years,
            values,
            self.ways,
        )
        elasticity = self.course.assumed.pay_elasticity
        return pay_change(residents, self.before, elasticity).reshape(1, -1)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The one row there is."""
        return self

    def _values(self, x: Array) -> list[Values]:
        """What people choose who expect ln pay to change by x."""
        gain = x.reshape(self.years_ahead, -1)
        guess = self.last[0] if self.last else None
        values = returning.look_back(self.years, gain, self.ways, self.taste, guess)
        self.last[:] = values[-1:]
        return values

    def walked(self, x: Array) -> Walked:
        """The path when people expect ln pay to change by x, with all that happens on it."""
        values = self._values(x)
        people = self.known.people[: self.first + 1]
        rates, happened = self.known.rates[: self.first], self.known.events[: self.first]
        for row in range(self.years_ahead):
            rates = [*rates, self._rates(row, values[row])]
            after, events = hazards.step(people[-1], rates[-1])
            require_closed(people[-1], events, after)
            people, happened = [*people, after], [*happened, events]
        return Walked(people, rates, happened)

    def _rates(self, row: int, value: Values) -> hazards.Rates:
        """The known path's rates of a year with departures and returns as people now choose."""
        known, out = self.known.rates[self.first + row], self.out[row]
        year, at = self.years[row], (self.ways.birthplace, self.ways.residence)
        leave = np.zeros_like(known.leave)
        leave[at] = value.leave
        come_back = np.broadcast_to(out.ended, leave.shape).copy()
        come_back[at] += year.free * value.back
        return replace(
            known, leave=leave, come_back=come_back, remove=out.removed, change=out.change
        )


def _year(
    course: Course,
    levers: dict[str, Array],
    now: dict[str, Array],
    leave: Array,
    ways: Ways,
    taste: Taste,
) -> Year:
    """A year under `levers`; what they add to those in force `now` is a gain or a loss."""
    out, before = leaving(levers), leaving(now)
    shape = leave.shape

    def on_ways(array: Array, *more: int) -> Array:
        whole = np.broadcast_to(array, (*shape, *more))
        return whole[ways.birthplace, ways.residence]

    sent, change = out.ended + out.removed, out.change
    more = on_ways(sent - before.ended - before.removed)
    changed = on_ways(change - before.change, shape[-1])
    free = 1.0 - before.ended - before.removed - before.change.sum(axis=-1)
    back = on_ways(before.chosen / free)
    if (((more != 0.0) | changed.any(axis=-1)) & (back == 0.0)).any():
        what = "changes what happens to people who never return by choice"
        fix = "Give them a return by choice above 0, or foresight = false"
        raise InputError(Problem("policy", what, fix))
    return Year(
        leave=on_ways(leave),
        odds=np.exp(on_ways(course.log_odds(levers))),
        back=back,
        sent=on_ways(sent),
        change=on_ways(change, shape[-1]),
        loss=returning.loss(back, more, changed, taste),
    )
