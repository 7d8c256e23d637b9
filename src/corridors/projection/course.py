"""The real world's yearly rates: what is fixed at the start, and how a year's rates follow.

Departures are those that the stocks of 2010 and 2020 imply, as a choice of last year's consumption
and diaspora; the rest are named parameters of `Assumed`, or a policy's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.errors import DoesNotClose
from corridors.people.poverty import Poverty
from corridors.projection import rates as hazards
from corridors.projection.assumed import Assumed
from corridors.projection.figures import EARLIER_YEAR, FIRST_YEAR, Given
from corridors.projection.rates import Circumstances, Events, Persons, Rates

__all__ = [
    "Course",
    "Fled",
    "Leaving",
    "Timetable",
    "Walked",
    "leaving",
    "pay_change",
    "require_closed",
    "walk",
]

Array = NDArray[np.float64]

PERMANENT, TIED, IRREGULAR, PROTECTED = range(4)
#: Largest relative gap of world persons against births less deaths.
CLOSES = 1e-12


def require_closed(before: Persons, events: Events, after: Persons) -> None:
    """World persons change by births less deaths, and by nothing else.

    Raises
    ------
    DoesNotClose
        With the relative gap.
    """
    expected = before.world + float(events.births.sum()) - float(events.deaths.sum())
    gap = abs(after.world - expected) / expected
    if not gap <= CLOSES:
        raise DoesNotClose("world persons against births less deaths", residual=gap)


def pay_change(residents: Array, against: Array, elasticity: float) -> Array:
    """ln consumption of residents against other residents, the more the less."""
    return -elasticity * np.log(residents / against)


@dataclass(frozen=True)
class Leaving:
    """How people stop being what they are, yearly rates that broadcast to (b, i, k).

    Parameters
    ----------
    chosen : return by choice
    ended : return because a permit ends
    removed : deported
    change : (b, i, k, l) from status k to status l
    """

    chosen: Array
    ended: Array
    removed: Array
    change: Array


def leaving(levers: dict[str, Array]) -> Leaving:
    """The rates of `corridors.projection.assumed.LEVERS` by status."""
    ended, slip = hazards.permit_ends(levers["tied_term"], levers["overstay"])
    nothing = np.zeros((1, 1))
    chosen = (levers["return_permanent"], nothing, levers["return_irregular"],
              levers["return_protected"])  # fmt: skip
    flat = [one for one in levers.values() if one.ndim == 2]
    change = np.zeros((*np.broadcast_shapes(*(one.shape for one in flat)), 4, 4))
    change[..., TIED, IRREGULAR] = slip
    change[..., IRREGULAR, PERMANENT] = levers["regularisation"]
    change[..., PROTECTED, PERMANENT] = levers["recognition"]
    return Leaving(
        chosen=_by_status(chosen),
        ended=_by_status((nothing, ended, nothing, nothing)),
        removed=_by_status((nothing, nothing, levers["removal"], nothing)),
        change=change,
    )


def _by_status(rates: tuple[Array, ...]) -> Array:
    return np.stack(np.broadcast_arrays(*rates), axis=-1)


@dataclass(frozen=True)
class Course:
    """The world's rates.

    Parameters
    ----------
    pull : (b, i, k) of departures, see `hazards.pull`
    """

    given: Given
    assumed: Assumed
    pull: Array

    @classmethod
    def calibrated(cls, given: Given, assumed: Assumed, levers: dict[str, Array]) -> Self:
        """Departures that the stocks of 2010 and 2020 imply at the rates of 2020."""
        course = cls(given, assumed, np.full(given.persons.abroad.shape, -np.inf))
        rates = course.rates(FIRST_YEAR, levers, given.persons)
        inflow = hazards.inflow_since(
            given.earlier, FIRST_YEAR - EARLIER_YEAR, given.persons.abroad, rates
        )
        rate = hazards.departures(inflow, given.persons.home)
        return replace(course, pull=hazards.pull(rate, course.circumstances(given.persons)))

    def circumstances(self, before: Persons) -> Circumstances:
        """What departures answer to, from the persons of the year before."""
        log_pay = pay_change(
            before.residents, self.given.persons.residents, self.assumed.pay_elasticity
        )
        return Circumstances(
            log_gain=log_pay - log_pay[:, None],
            diaspora=before.diaspora,
            able=self._able(log_pay),
            elasticity=self.assumed.flow_elasticity,
            network=self.assumed.network,
        )

    def _able(self, log_pay: Array) -> Array:
        """kap (b); everybody where output is not known."""
        constraint = Poverty(
            np.array([self.assumed.poverty_cost]), np.array([self.assumed.poverty_spread])
        )
        known = np.isfinite(self.given.output)
        means = np.where(known, self.given.output, 1.0) * np.exp(log_pay)
        return np.where(known, constraint.able(means[None, None])[0, 0], 1.0)

    def log_odds(self, levers: dict[str, Array]) -> Array:
        """What the wedge does to the log odds of leaving, (b, i, k); -inf closes a corridor."""
        wedge = levers["wedge"]
        # An infinite wedge closes a corridor whatever the elasticity.
        closed = np.isinf(wedge)
        cost = self.assumed.flow_elasticity * np.where(closed, 0.0, wedge)
        return np.where(closed, -np.inf, -cost)

    def rates(self, year: int, levers: dict[str, Array], before: Persons) -> Rates:
        """Rates of the year from 1 July of `year`; `before` are the persons of the year before."""
        row = year - FIRST_YEAR
        birth, death = self.given.birth[row], self.given.death[row]
        out = leaving(levers)
        pull = self.pull + self.log_odds(levers)
        return Rates(
            birth_home=birth,
            birth_abroad=birth[:, None],
            death_home=death,
            death_abroad=death[:, None],
            leave=hazards.leave(pull, self.circumstances(before)),
            come_back=out.chosen + out.ended,
            remove=out.removed,
            change=out.change,
        )


@dataclass(frozen=True)
class Timetable:
    """Levers by year, each (b, i) or (1, 1), the wedge with statuses.

    Parameters
    ----------
    now, first, later : before and after the policy; in its first year; in the others
    since, through : first and last year of the policy
    """

    now: dict[str, Array]
    first: dict[str, Array]
    later: dict[str, Array]
    since: int
    through: int

    @classmethod
    def always(cls, now: dict[str, Array]) -> Self:
        """No policy."""
        return cls(now, now, now, FIRST_YEAR, FIRST_YEAR - 1)

    def levers(self, year: int) -> dict[str, Array]:
        """The levers of the year from 1 July of `year`."""
        if not self.since <= year <= self.through:
            return self.now
        return self.first if year == self.since else self.later


@dataclass(frozen=True)
class Walked:
    """Persons of every year (one more than rates), the year's rates, and what happened."""

    people: list[Persons]
    rates: list[Rates]
    events: list[Events]


@dataclass(frozen=True)
class Fled:
    """People a journey brought abroad: `persons` (b, i) in the year from 1 July of `year`."""

    year: int
    persons: Array

    def added(self, after: Persons, events: Events) -> tuple[Persons, Events]:
        """They leave home and are protected where they came to."""
        abroad, left = after.abroad.copy(), events.left.copy()
        abroad[..., PROTECTED] += self.persons
        left[..., PROTECTED] += self.persons
        home = after.home - self.persons.sum(axis=1)
        return Persons(home, abroad), replace(events, left=left)


def walk(course: Course, timetable: Timetable, last: int, fled: Fled | None = None) -> Walked:
    """The world to `last`, each year's departures from the persons of the year before."""
    people, rates, happened = [course.given.persons], [], []
    for year in range(FIRST_YEAR, last):
        rates.append(course.rates(year, timetable.levers(year), people[max(len(people) - 2, 0)]))
        after, events = hazards.step(people[-1], rates[-1])
        if fled is not None and year == fled.year:
            after, events = fled.added(after, events)
        require_closed(people[-1], events, after)
        people.append(after)
        happened.append(events)
    return Walked(people, rates, happened)
