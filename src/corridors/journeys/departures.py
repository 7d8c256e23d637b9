"""Who sets out, and when: from registrations, from a table, or from another model.

Registrations are interpolated between their dates, each file cut to whole persons, and multiplied
up to a camp's first trustworthy count where the situation names one. As many people set out on a
day as registrations rise; a fall is made up by later rises before anybody sets out again.

What was known on a day: a situation without anything that was published later.

The *origin* is the first day that is not known. Before a forecast is scored, everything its files
say of later days is taken away: counts, corrections, conflict and closures dated from the origin
on, the end of a closure that had not ended, and whatever carries no date but is a count of later
days in practice: the capacities of camps, and camps at which nobody was counted yet. What a planner
tells as a plan (`plans.csv`, or the tables of changes of a journey file) stays, whatever its date.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from corridors.errors import InputError, Problem
from corridors.journeys.network import CAMPS, Network, Timetable
from corridors.labels import Array, Mask
from corridors.readers.situation import Admission, Closure, Counts, Situation

__all__ = [
    "Known",
    "Registered",
    "from_totals",
    "known_at",
    "last_count",
    "placed",
    "published_by",
    "registered",
    "with_departures",
    "with_plans",
]

Series = Sequence[tuple[date, float]]


@dataclass(frozen=True)
class Registered:
    """Persons registered: camps (c), days (t).

    Parameters
    ----------
    camps : (c,) names
    persons : (t, c) interpolated between the dates of counts
    total : (t,) of the file of totals, NaN where there is none
    """

    camps: tuple[str, ...]
    persons: Array
    total: Array


@dataclass(frozen=True)
class Known:
    """What was known of the camps at the origin.

    Parameters
    ----------
    persons : (o, c) published counts, interpolated, the last one carried to the day before it
    last : (c,) day of the last count of each camp; -1 where there is none
    verified : (c,) whether a correction is dated before the origin
    """

    persons: Array
    last: Array
    verified: Mask

    @property
    def level(self) -> Array:
        """Persons (c,), last known counts: K_c of `journeys.learning`."""
        level: Array = self.persons[-1]
        return level

    @property
    def age(self) -> Array:
        """Days (c,) from the last count of each camp to the origin, d_c; 0 where there is none."""
        age: Array = np.where(self.last < 0, 0.0, len(self.persons) - 1.0 - self.last)
        return age


def registered(
    situation: Situation, *, corrected: bool = True, first_held: bool = True
) -> tuple[Registered, list[Problem]]:
    """Registrations day by day, on straight lines between counts, and what to know about them.

    Parameters
    ----------
    situation : Situation
        Counts of persons by date, as their publisher (UNHCR in the shipped ones) has them.
    corrected : bool
        Whether counts before a camp's first trustworthy one are raised or lowered to meet it.
    first_held : bool
        Whether a first count holds for the days before it, as in the reference simulator; else
        nobody is known to be there.

    Returns
    -------
    registered : Registered
        Persons (t, camp), and the total (t,), NaN where no file gives one.
    notes : list of Problem
    """
    days = situation.dates
    corrections, notes = _corrections(situation)
    about = {"first_held": first_held}
    persons = [
        _daily(counts, days, corrections.get(counts.place) if corrected else None, **about)
        for counts in situation.counts
    ]
    total = np.full(len(days), np.nan)
    if situation.totals is not None:
        total = _daily(situation.totals, days, None, **about)
    by_day = Registered(
        camps=tuple(counts.place for counts in situation.counts),
        persons=np.array(persons).reshape(-1, len(days)).T,
        total=total,
    )
    return by_day, notes


def _corrections(situation: Situation) -> tuple[dict[str, date], list[Problem]]:
    """The date of each camp's first trustworthy count, and those that name no count."""
    corrections, notes = {}, []
    for camp, when, where in situation.corrections:
        corrections[camp] = when
        of_camp = [counts.series for counts in situation.counts if counts.place == camp]
        dates = {day for files in of_camp for series in files for day, _ in series}
        if when not in dates:
            what = f"{camp} has no count of {when}, so the correction has no effect"
            notes.append(Problem(where, what, "Name a date of the camp's file"))
    return corrections, notes


def _daily(counts: Counts, days: list[date], correction: date | None, *, first_held: bool) -> Array:
    """One camp's persons by day, whole; files added up."""
    at = np.array([day.toordinal() for day in days], dtype=float)
    total = np.zeros(len(days))
    for series in counts.series:
        if not series:
            continue
        dates = np.array([day.toordinal() for day, _ in series], dtype=float)
        persons = _corrected(series, correction, days[0])
        before = None if first_held else 0.0
        total += np.trunc(np.interp(at, dates, persons, left=before))
    return total


def known_at(situation: Situation, origin: int) -> Known:
    """Published counts before `origin`, from a situation that holds nothing later.

    Parameters
    ----------
    situation : Situation
        As `published_by` gives it; counts as their publisher (UNHCR in the shipped ones) has them.
    origin : int
        First day that is not known.

    Returns
    -------
    Known
        Persons (o, c) by day before the origin and camp; the day of each camp's last count, -1 for
        none; whether its register is verified.
    """
    persons = registered(situation, corrected=False, first_held=False)[0].persons[:origin]
    last = []
    for counts in situation.counts:
        dates = [day for series in counts.series for day, _ in series]
        last.append((max(dates) - situation.first_day).days if dates else -1)
    fixed = {camp for camp, _, _ in situation.corrections}
    verified = [counts.place in fixed for counts in situation.counts]
    return Known(persons, np.array(last, dtype=float), np.array(verified, dtype=bool))


def _corrected(series: Series, correction: date | None, first_day: date) -> Array:
    """Counts before the first trustworthy one, raised to meet it."""
    persons = np.array([count for _, count in series], dtype=float)
    dates = [day for day, _ in series]
    if correction is None or correction < first_day or correction not in dates[1:]:
        return persons
    at = dates.index(correction)
    if persons[at - 1] > 0:
        persons[:at] *= persons[at] / persons[at - 1]
    return persons


def from_totals(total: Array) -> Array:
    """Persons who set out each day for the registrations to grow as `total` does.

    A fall is made up by later rises before anybody sets out again, as in Flee (Suleimenova, Bell &
    Groen 2017).

    Parameters
    ----------
    total : (t,) persons registered

    Returns
    -------
    Array (t,) persons a day; nobody on day 0, when those registered are already there
    """
    leaving, debt = np.zeros(len(total)), 0.0
    for day, rise in enumerate(np.diff(total, prepend=total[:1])):
        wanted = rise - debt
        leaving[day], debt = max(wanted, 0.0), max(-wanted, 0.0)
    return leaving


def placed(situation: Situation, roads: Network) -> Array:
    """Persons who set out by day and place, from the situation's own table and its sources.

    Parameters
    ----------
    situation : Situation
        Its `departures` of persons, each with a day and a place; days outside the period are left
        out.
    roads : Network

    Returns
    -------
    Array (t, p) persons a day
    """
    leaving = np.zeros((situation.days, len(roads.places)))
    for departure in situation.departures or ():
        if 0 <= departure.day < situation.days:
            leaving[departure.day, roads.at(departure.place)] += departure.persons
    return leaving


def with_departures(
    situation: Situation,
    roads: Network,
    days: Timetable,
    counts: Registered,
    *,
    from_camps: bool = True,
    present_at_start: bool = True,
) -> Timetable:
    """The timetable with who sets out and who is in the camps on day 0.

    Parameters
    ----------
    situation, roads, days : Situation, Network and Timetable
    counts : Registered
        Persons (t, camp), and the total (t,), as `registered` gives them.
    from_camps : bool
        Whether the total is the sum of the camps, or that of the file of totals.
    present_at_start : bool
        Whether those registered on day 0 are in the camps.

    Returns
    -------
    Timetable
        With departures (t, 1), or by place (t, p), and present (p,): persons.

    Raises
    ------
    InputError
        The file of totals is wanted and there is none.

    Notes
    -----
    As many set out as registrations rise: section 12 of docs/mathematics.md.
    """
    present = np.zeros(len(roads.places))
    if present_at_start and counts.camps:
        for camp, persons in zip(counts.camps, counts.persons[0], strict=True):
            present[roads.at(camp)] += persons
    if situation.departures is not None:
        return replace(days, placed=placed(situation, roads), present=present)
    total = counts.persons.sum(axis=1) if from_camps else counts.total
    if np.isnan(total).any():
        fix = "Add the row total,refugees.csv to data_layout.csv"
        raise InputError(Problem("data_layout.csv", "names no file of totals", fix))
    return replace(days, departures=from_totals(total)[:, None], present=present)


# --- what was known on a day ---------------------------------------------------------------------


def last_count(situation: Situation) -> date | None:
    """The latest date of any count of a camp; None where nobody was counted."""
    days = [day for counts in situation.counts for series in counts.series for day, _ in series]
    return max(days, default=None)


def published_by(situation: Situation, origin: int) -> Situation:
    """The situation as it was known at the end of the day before `origin`.

    Parameters
    ----------
    origin : int
        First day that is not known.

    Returns
    -------
    Situation
        Without counts and corrections of later dates; conflict frozen at its last known value;
        closures as they stood; capacities that carry no date unlimited; camps at which nobody was
        counted yet shut, until a plan opens them.
    """
    last = situation.first_day + timedelta(days=origin - 1)
    counts = tuple(_cut(of_place, last) for of_place in situation.counts)
    return replace(
        situation,
        counts=counts,
        totals=None if situation.totals is None else _cut(situation.totals, last),
        corrections=tuple(row for row in situation.corrections if row[1] <= last),
        intensity={
            place: (*values[:origin], *[values[origin - 1]] * (len(values) - origin))
            for place, values in situation.intensity.items()
        },
        closures=tuple(
            closure if not closure.recorded else _standing(closure, origin)
            for closure in situation.closures
            if not closure.recorded or closure.first < origin
        ),
        places=tuple(
            replace(
                place,
                capacity=None if place.kind in CAMPS else place.capacity,
                conflict_day=None if _later(place.conflict_day, origin) else place.conflict_day,
            )
            for place in situation.places
        ),
        admissions=(*_not_open_yet(situation, counts), *situation.admissions),
    )


def _cut(counts: Counts, last: date) -> Counts:
    """The counts dated up to a day."""
    series = tuple(tuple(row for row in rows if row[0] <= last) for rows in counts.series)
    return replace(counts, series=series)


def _standing(closure: Closure, origin: int) -> Closure:
    """A closure whose end is not known before it comes."""
    return replace(closure, last=None) if _later(closure.last, origin) else closure


def _later(day: int | None, origin: int) -> bool:
    return day is not None and day >= origin


def _not_open_yet(situation: Situation, counts: tuple[Counts, ...]) -> list[Admission]:
    """Camps at which nobody was counted by the day: no room until a plan gives it."""
    kinds = {place.name: place.kind for place in situation.places}
    empty = [
        of_place
        for of_place in counts
        if not any(persons > 0 for rows in of_place.series for _, persons in rows)
    ]
    if len(empty) == len(counts):  # nothing is known of anybody: any camp may be the first
        return []
    return [
        Admission(of_place.place, 0, 0.0, of_place.where)
        for of_place in empty
        if kinds.get(of_place.place) in CAMPS
    ]


def with_plans(situation: Situation) -> Situation:
    """The situation with its plans as dated capacities.

    A place works as its file says until the first of its plans, unless this opens it.
    """
    steps: list[Admission] = []
    for place in dict.fromkeys(plan.place for plan in situation.plans):
        plans = sorted(
            (plan for plan in situation.plans if plan.place == place), key=lambda plan: plan.day
        )
        plans = [plan for plan in plans if plan.kind != "relocation"]
        if not plans:
            continue
        room, works = math.inf, plans[0].kind != "opening"
        for plan in plans:
            if plan.kind == "closure":
                steps.append(Admission(place, plan.day, 0.0, plan.where, works_before=works))
                continue
            room = plan.persons if plan.persons is not None else room
            steps.append(Admission(place, plan.day, room, plan.where, works_before=works))
    return replace(situation, admissions=(*situation.admissions, *steps))
