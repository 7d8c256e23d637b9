"""What was known on a day: a situation without anything that was published later.

The *origin* is the first day that is not known. Before a forecast is scored, everything its files
say of later days is taken away: counts, corrections, conflict and closures dated from the origin
on, the end of a closure that had not ended, and whatever carries no date but is a count of later
days in practice: the capacities of camps, and camps at which nobody was counted yet. What a planner
tells as a plan (`plans.csv`, or the tables of changes of a journey file) stays, whatever its date.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

from corridors.journeys.network import CAMPS
from corridors.readers.situation import Admission, Closure, Counts, Situation

__all__ = ["last_count", "published_by", "with_plans"]


def last_count(situation: Situation) -> date | None:
    """The latest date of any count of a camp."""
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
