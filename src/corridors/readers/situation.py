"""A situation as its files tell it: places, roads, closures, conflict, registrations.

Plain records without arrays, one shape for every format of files. Each row keeps the file and line
it was read from, so that a message about it can be acted on. What a reader notices and can live
with is a warning here; what it cannot is an `InputError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from corridors.errors import Problem

__all__ = [
    "MOST_DAYS",
    "MOST_KILOMETRES",
    "MOST_PERSONS",
    "Admission",
    "Buses",
    "Changes",
    "Closure",
    "Counts",
    "Departure",
    "Place",
    "Plan",
    "Removal",
    "Road",
    "Situation",
    "without_registrations",
]


#: The longest period that is read: thirty years.
MOST_DAYS = 10_958
#: The largest number of people that is read as one number, and that may set out in all.
MOST_PERSONS = 1_000_000_000
#: The longest road: once round the earth.
MOST_KILOMETRES = 40_075.0


@dataclass(frozen=True)
class Place:
    """A place people leave, pass, or stay at.

    `kind` is one of `camp`, `idp_camp`, `conflict`, `town`, `hub` (nobody stays) and `marker`
    (geometry only). `population` and `capacity` are persons; None where the file does not say.
    """

    name: str
    country: str
    kind: str
    where: str
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    population: float | None = None
    capacity: float | None = None
    conflict_day: int | None = None


@dataclass(frozen=True)
class Road:
    """A road between two places; `one_way` runs from `start` to `end` only.

    `forced` is Flee's redirection flag: 1 from `end` to `start`, 2 from `start` to `end`.
    `km_per_day` and `walking` (share of days on foot) replace the general ones where given;
    `persons_per_day` is what its crossing lets through; `weekdays` when it is open (0 = Monday).
    `deaths` and `price_usd` are per person and passage; `danger` and `price` name a route and a
    price of `dangers.toml` instead; `together` persons travel as one group.
    """

    start: str
    end: str
    kilometres: float
    where: str
    one_way: bool = False
    forced: int = 0
    km_per_day: float | None = None
    walking: float | None = None
    persons_per_day: float | None = None
    weekdays: tuple[int, ...] | None = None
    deaths: float | None = None
    price_usd: float | None = None
    danger: str = ""
    price: str = ""
    together: float | None = None


@dataclass(frozen=True)
class Closure:
    """What is shut from `first` to before `last` (days; None = for good).

    `kind` is `country`, `location`, `link` (`link row` in a Flee file), `camp` or `redirection`;
    `one_way` shuts only the
    direction from the first name to the second; `persons_per_day` lets so many through.
    `recorded` is a row of a record of what happened, not of what somebody plans or asks.
    """

    kind: str
    names: tuple[str, str]
    first: int
    last: int | None
    where: str
    one_way: bool = False
    persons_per_day: float = 0.0
    recorded: bool = False

    def lifts(self, other: Closure) -> bool:
        """Whether this one, read as days on which it is lifted, is about `other`."""
        return self.kind == other.kind.split()[0] and set(self.names) == set(other.names)


@dataclass(frozen=True)
class Admission:
    """A place of shelter that opens, changes or closes: capacity in persons from a day on.

    A place without a capacity is shut before the first of these, unless it `works_before`.
    """

    place: str
    day: int
    capacity: float
    where: str
    per_day: float | None = None
    works_before: bool = False


@dataclass(frozen=True)
class Plan:
    """What a planner knows to come: `kind` is opening, capacity, closure or relocation.

    `persons` is the room from that day on, or how many are moved to `to`; None = no limit, or
    everybody.
    """

    place: str
    day: int
    kind: str
    where: str
    persons: float | None = None
    to: str = ""


@dataclass(frozen=True)
class Buses:
    """A day's travel on a road, both ways, from `first` to before `last`."""

    ends: tuple[str, str]
    first: int
    last: int | None
    km_per_day: float
    where: str


@dataclass(frozen=True)
class Removal:
    """Persons a day taken from a place to where they came from: deported, or helped to return."""

    place: str
    first: int
    last: int | None
    persons_per_day: float
    where: str


@dataclass(frozen=True)
class Changes:
    """What differs from a situation.

    `new_places` come with the road that leads to them; `lifted` closures of the situation, by kind
    and names, are taken away from their first day to before their last.
    """

    closures: tuple[Closure, ...] = ()
    admissions: tuple[Admission, ...] = ()
    new_places: tuple[tuple[Place, Road], ...] = ()
    buses: tuple[Buses, ...] = ()
    removals: tuple[Removal, ...] = ()
    lifted: tuple[Closure, ...] = ()


@dataclass(frozen=True)
class Counts:
    """Persons registered at a place: one or more series of (date, persons), to be added up."""

    place: str
    series: tuple[tuple[tuple[date, float], ...], ...]
    where: str


@dataclass(frozen=True)
class Departure:
    """Persons who set out from a place on a day."""

    place: str
    day: int
    persons: float
    where: str


@dataclass(frozen=True)
class Situation:
    """Everything a folder says. `intensity` holds a place's conflict day by day, 0 to 1."""

    name: str
    first_day: date
    days: int
    places: tuple[Place, ...]
    roads: tuple[Road, ...]
    closures: tuple[Closure, ...] = ()
    admissions: tuple[Admission, ...] = ()
    buses: tuple[Buses, ...] = ()
    removals: tuple[Removal, ...] = ()
    plans: tuple[Plan, ...] = ()
    intensity: dict[str, tuple[float, ...]] = field(default_factory=dict)
    counts: tuple[Counts, ...] = ()
    totals: Counts | None = None
    corrections: tuple[tuple[str, date, str], ...] = ()
    departures: tuple[Departure, ...] | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    inputs: dict[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def dates(self) -> list[date]:
        """Every day of the period."""
        return [self.first_day + timedelta(days=day) for day in range(self.days)]

    def with_changes(self, changes: Changes) -> Situation:
        """The same situation with more closures, shelters, buses and removals.

        A place with dated changes of its capacity has none before the first of them, unless the
        file gives it one.
        """
        return replace(
            self,
            places=(*self.places, *(place for place, _ in changes.new_places)),
            roads=(*self.roads, *(road for _, road in changes.new_places)),
            closures=(*_without(self.closures, changes.lifted), *changes.closures),
            admissions=(*self.admissions, *changes.admissions),
            buses=(*self.buses, *changes.buses),
            removals=(*self.removals, *changes.removals),
        )


def _without(closures: tuple[Closure, ...], lifted: tuple[Closure, ...]) -> tuple[Closure, ...]:
    """What is left of closures where others lift them for some days."""
    for lift in lifted:
        left: list[Closure] = []
        for closure in closures:
            if not lift.lifts(closure):
                left.append(closure)
                continue
            if closure.first < lift.first:
                ends = [day for day in (closure.last, lift.first) if day is not None]
                left.append(replace(closure, last=min(ends)))
            if lift.last is not None and (closure.last is None or lift.last < closure.last):
                left.append(replace(closure, first=max(closure.first, lift.last)))
        closures = tuple(left)
    return closures


def without_registrations(situation: Situation) -> list[Problem]:
    """Camps that people reach and no register follows, where others have one."""
    counted = {counts.place for counts in situation.counts}
    lacking = [place for place in situation.places if place.kind == "camp"]
    lacking = [place for place in lacking if place.name not in counted]
    if not counted or not lacking:
        return []
    names = ", ".join(place.name for place in lacking[:5])
    names += f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
    what = f"camps without registrations: {names}"
    fix = "People who go there are missing from every score; add their counts"
    return [Problem(lacking[0].where, what, fix)]
