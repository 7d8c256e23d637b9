"""Places and roads as arrays, and what changes on them from day to day.

A row of a road file makes two directed links, or one where the road is one-way. `Network` is what
does not change; `Timetable` has one row a day: conflict, closures, capacities, throughput. Letters:
p place, l link, t day.

Two readings of closures exist. `literal` is that of the Flee simulator: `location A,B` shuts every
road of A whatever B is, `link` has no effect, a forced redirection doubles its road when its flag
is 1 and does nothing when it is 2, and a conflict keeps the intensity it began with. The other
reading is what the files say: `location A,B` shuts the road from A to its neighbour B, and all
roads of A where B is no neighbour; `link` shuts the link; redirections forward people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from corridors.errors import Problem
from corridors.journeys import mortality_risk
from corridors.journeys.mortality_risk import Dangers
from corridors.labels import Array, Mask, Whole
from corridors.readers.situation import Closure, Road, Situation

__all__ = ["CAMPS", "Network", "Timetable", "network", "timetable"]

#: Kinds of places that shelter people and have a capacity.
CAMPS = ("camp", "idp_camp")


@dataclass(frozen=True)
class Network:
    """Places and directed links.

    Parameters
    ----------
    places, countries, kinds : (p,) str
    population, capacity : (p,) persons; capacity is infinite where it is not known
    start, end : (l,) positions of the link's places
    kilometres : (l,) length
    km_per_day : (l,) NaN where the general one holds
    walking : (l,) share of days on foot
    forced : (l,) bool, compulsory onward journey
    deaths, price_usd : (l,) per person and passage
    road : (l,) row of the road file, by which the two directions belong together
    latitude, longitude : (p,) degrees, NaN where not known
    home : (p,) bool, whether in the country of the first place
    """

    places: tuple[str, ...]
    countries: tuple[str, ...]
    kinds: tuple[str, ...]
    population: Array
    capacity: Array
    start: Whole
    end: Whole
    kilometres: Array
    km_per_day: Array
    walking: Array
    forced: Mask
    deaths: Array
    price_usd: Array
    road: Whole
    latitude: Array
    longitude: Array

    @property
    def is_camp(self) -> Mask:
        """(p,) whether the place shelters people."""
        return np.array([kind in CAMPS for kind in self.kinds], dtype=bool)

    @property
    def foreign(self) -> Mask:
        """(p,) whether the place lies in another country than the first one of the file."""
        return np.array([country != self.countries[0] for country in self.countries], dtype=bool)

    def at(self, place: str) -> int:
        """Position of a place."""
        return self.places.index(place)

    def link_names(self) -> list[str]:
        """(l,) `start > end`; a second road between two places is told apart."""
        names: list[str] = []
        times: dict[tuple[int, int], int] = {}
        for i, j in zip(self.start.tolist(), self.end.tolist(), strict=True):
            times[i, j] = times.get((i, j), 0) + 1
            again = f" (road {times[i, j]})" if times[i, j] > 1 else ""
            names.append(f"{self.places[i]} > {self.places[j]}{again}")
        return names


@dataclass(frozen=True)
class Timetable:
    """What each day brings.

    Parameters
    ----------
    first_day : date
    intensity : (t, p) conflict, 0 to 1
    since : (t, p) day the present conflict began
    open : (t, l) bool
    closings : (t, l) how often the link has been shut so far, for those under way
    limit : (t, l) persons a day let through
    km_per_day : (t, l) a day's travel, NaN where the general one holds
    capacity : (t, p) persons, infinite where unlimited
    admitted : (t, p) persons a day registered or let in
    shut : (t, p) bool, camps that are closed and work as towns
    forced : (t, l) bool
    departures : (t, draw or 1) persons who set out, placed by conflict and population, or None
    placed : (t, p) persons who set out, or None
    sent_back : (t, p) persons a day who are deported or taken home, as far as they are there
    counted : (t, p) persons registered, to which the model is set that evening; NaN = no count
    present : (p,) persons there on day 0
    """

    first_day: date
    intensity: Array
    since: Whole
    open: Mask
    closings: Whole
    limit: Array
    km_per_day: Array
    capacity: Array
    admitted: Array
    shut: Mask
    forced: Mask
    departures: Array | None
    placed: Array | None
    sent_back: Array
    counted: Array
    present: Array

    @property
    def days(self) -> int:
        """Length of the period."""
        return len(self.open)

    def until(self, last: int) -> Timetable:
        """The first `last` days."""
        daily: dict[str, Any] = {
            name: value[:last]
            for name, value in vars(self).items()
            if isinstance(value, np.ndarray) and name != "present"
        }
        return replace(self, **daily)

    @property
    def dates(self) -> list[date]:
        """Every day of the period."""
        return [self.first_day + timedelta(days=day) for day in range(self.days)]


def network(
    situation: Situation, dangers: Dangers, *, literal: bool
) -> tuple[Network, list[Problem]]:
    """The places and links of a situation, and what a reader should know about them.

    Parameters
    ----------
    situation : Situation
    dangers : the risks and prices that roads name, as `mortality_risk` takes them
    literal : bool
        Whether closures are read as the Flee simulator reads them (head of the module).

    Returns
    -------
    network : Network
        Persons and places in camps (p,); km, km a day, deaths a passage and US dollars (l,).
    notes : list of Problem

    Raises
    ------
    InputError
        A road names a danger or a price that is not recorded.
    """
    names = {place.name: at for at, place in enumerate(situation.places)}
    links = [link for number, road in enumerate(situation.roads) for link in _links(number, road)]
    if literal:
        links += [
            (number, road, back, False)
            for number, road in enumerate(situation.roads)
            for back in (False, True)
            if road.forced == 1
        ]
    links = sorted(links, key=lambda link: link[0])
    roads = [road for _, road, _, _ in links]
    start = [names[road.end if back else road.start] for _, road, back, _ in links]
    end = [names[road.start if back else road.end] for _, road, back, _ in links]
    places = situation.places
    built = Network(
        places=tuple(names),
        countries=tuple(place.country for place in places),
        kinds=tuple(place.kind for place in places),
        population=np.array([place.population or 0.0 for place in places]),
        capacity=np.array([place.capacity or np.inf for place in places], dtype=float),
        start=np.array(start, dtype=np.int64),
        end=np.array(end, dtype=np.int64),
        kilometres=np.array([road.kilometres for road in roads], dtype=float),
        km_per_day=_given([road.km_per_day for road in roads], np.nan),
        walking=_given([road.walking for road in roads], 0.0),
        forced=np.array([forced and not literal for *_, forced in links], dtype=bool),
        deaths=_given([_risk(road, dangers) for road in roads], 0.0),
        price_usd=_given([_fee(road, dangers) for road in roads], 0.0),
        road=np.array([number for number, *_ in links], dtype=np.int64),
        latitude=_given([place.latitude for place in places], np.nan),
        longitude=_given([place.longitude for place in places], np.nan),
    )
    return built, _notes(situation, built, literal)


def _links(number: int, road: Road) -> list[tuple[int, Road, bool, bool]]:
    """Directed links of a road: (number, road, whether backwards, whether forced)."""
    there = (number, road, False, road.forced == 2)
    back = (number, road, True, road.forced == 1)
    return [there] if road.one_way else [there, back]


def _risk(road: Road, dangers: Dangers) -> float | None:
    """Risk of death a passage: the road's own, or that of the route it names."""
    if road.danger:
        return mortality_risk.mean_risk(dangers, road.danger, road.together or 1.0)
    return road.deaths


def _fee(road: Road, dangers: Dangers) -> float | None:
    """What a passage costs, US dollars: the road's own, or the price it names."""
    return mortality_risk.price(dangers, road.price)["value"] if road.price else road.price_usd


def _given(values: Sequence[float | None], absent: float) -> Array:
    return np.array([absent if value is None else value for value in values], dtype=float)


def _notes(situation: Situation, roads: Network, literal: bool) -> list[Problem]:
    """Places without a road, and redirections that the literal reading gives no effect."""
    roadless = set(range(len(roads.places))) - {*roads.start.tolist(), *roads.end.tolist()}
    notes = [
        Problem(
            situation.places[at].where,
            f"no road leads to or from {roads.places[at]}",
            "Whoever is there stays there",
        )
        for at in sorted(roadless)
    ]
    for road in situation.roads:
        notes += _cannot_act(road, situation.days)
        if road.forced and literal:
            what = "the redirection has no effect in the reference simulator"
            what += ", but the road counts twice" if road.forced == 1 else ""
            fix = "Use the default rules for a redirection that works"
            notes.append(Problem(road.where, what, fix))
    return notes


def _cannot_act(road: Road, days: int) -> list[Problem]:
    """What keeps everybody from arriving by a road, whatever happens elsewhere."""
    if road.persons_per_day == 0:
        what = f"the road from {road.start} to {road.end} lets nobody through"
        return [Problem(road.where, what, "Leave persons_per_day empty for a road without limit")]
    if road.km_per_day is not None and road.kilometres > road.km_per_day * days:
        what = f"{road.kilometres:g} km at {road.km_per_day:g} km a day take longer than the period"
        return [Problem(road.where, what, "Nobody arrives by it; correct one of the two")]
    return []


def timetable(
    situation: Situation, roads: Network, *, literal: bool
) -> tuple[Timetable, list[Problem]]:
    """Conflict, closures and capacities of each day, without departures; and what to know.

    Parameters
    ----------
    situation : Situation
    roads : Network
    literal : bool
        Whether closures are read as the Flee simulator reads them (head of the module).

    Returns
    -------
    days : Timetable
        Intensity (t, p) between 0 and 1; capacity (t, p) and limit (t, l) in persons, infinite
        where none is; km a day (t, l); persons sent back (t, p) a day.
    notes : list of Problem
    """
    shape = (situation.days, len(roads.places))
    intensity, since = _conflict(situation, roads, literal)
    links = (situation.days, roads.start.size)
    days = Timetable(
        first_day=situation.first_day,
        intensity=intensity,
        since=since,
        open=np.ones(links, dtype=bool),
        closings=np.zeros(links, dtype=np.int64),
        limit=np.full(links, np.inf),
        km_per_day=np.tile(roads.km_per_day, (situation.days, 1)),
        capacity=np.tile(roads.capacity, (situation.days, 1)),
        admitted=np.full(shape, np.inf),
        shut=np.zeros(shape, dtype=bool),
        forced=np.tile(roads.forced, (situation.days, 1)),
        departures=None,
        placed=None,
        sent_back=np.zeros(shape),
        counted=np.full(shape, np.nan),
        present=np.zeros(shape[1]),
    )
    days, notes = _opening_times(situation, roads, days), []
    for closure in situation.closures:
        days, note = close(days, roads, closure, literal=literal)
        notes += note
    _shelters(situation, roads, days)
    for bus in situation.buses:
        ends = {roads.at(place) for place in bus.ends}
        on_road = np.array([{i, j} == ends for i, j in zip(roads.start, roads.end, strict=True)])
        days.km_per_day[max(bus.first, 0) : bus.last, on_road] = bus.km_per_day
        if not on_road.any():
            what = f"no road joins {bus.ends[0]} and {bus.ends[1]}"
            notes.append(Problem(bus.where, what, "The buses have no effect"))
    for removal in situation.removals:
        place = roads.at(removal.place)
        days.sent_back[max(removal.first, 0) : removal.last, place] += removal.persons_per_day
    return days, notes + _unused_conflict(situation, roads)


def _shelters(situation: Situation, roads: Network, days: Timetable) -> None:
    """Capacities that change; a place whose file gives none is shut until the first change."""
    begun: set[int] = set()
    for change in sorted(situation.admissions, key=lambda change: change.day):
        at, day = roads.at(change.place), max(change.day, 0)
        if at not in begun and not change.works_before and np.isinf(days.capacity[:day, at]).all():
            days.capacity[:day, at] = 0.0
        begun.add(at)
        days.capacity[day:, at] = change.capacity
        days.admitted[day:, at] = np.inf if change.per_day is None else change.per_day
    for at in {roads.at(change.place) for change in situation.admissions}:
        shut = days.capacity[:, at] <= 0
        days.shut[:, at] |= shut
        # Nobody sets out for a shelter that is not there; whoever is in it leaves as from a town.
        days.open[np.ix_(shut, roads.end == at)] = False


def _conflict(situation: Situation, roads: Network, literal: bool) -> tuple[Array, Whole]:
    """Intensity (t, p), and the day the conflict of each day began (t, p)."""
    intensity = np.zeros((situation.days, len(roads.places)))
    for at, place in enumerate(situation.places):
        if place.name in situation.intensity:
            intensity[:, at] = situation.intensity[place.name]
        elif place.conflict_day is not None and place.conflict_day >= 0:
            intensity[place.conflict_day :, at] = 1.0
    since = np.zeros(intensity.shape, dtype=np.int64)
    for day in range(situation.days):
        before = intensity[day - 1] > 0 if day else np.zeros(intensity.shape[1], dtype=bool)
        lasts = before & (intensity[day] > 0)
        since[day] = np.where(lasts, since[day - 1], day)
        if literal:  # only the step from nothing to something is seen
            intensity[day, lasts] = intensity[day - 1, lasts]
    return intensity, since


def _opening_times(situation: Situation, roads: Network, days: Timetable) -> Timetable:
    """Crossings with a daily limit, or open on some days of the week only."""
    weekday = np.array([day.weekday() for day in days.dates])
    limit = days.limit.copy()
    for link, number in enumerate(roads.road):
        road = situation.roads[number]
        if road.persons_per_day is not None:
            limit[:, link] = road.persons_per_day
        if road.weekdays is not None:
            # Nobody is turned back on a rest day: people wait, as before any closed counter.
            limit[~np.isin(weekday, road.weekdays), link] = 0.0
    return replace(days, limit=limit)


def close(
    days: Timetable, roads: Network, closure: Closure, *, literal: bool
) -> tuple[Timetable, list[Problem]]:
    """The timetable with one more closure, and what is worth saying about it."""
    day = np.arange(days.days)
    last = days.days if closure.last is None else closure.last
    active = (day >= closure.first) & (day < last)
    if not active.any():
        return days, []
    if closure.kind == "camp":
        shut = days.shut.copy()
        shut[active, roads.at(closure.names[0])] = True
        return replace(days, shut=shut), []
    links, note = closed_links(roads, closure, literal=literal)
    if closure.kind == "redirection":
        forced = days.forced.copy()
        forced[np.ix_(active, links)] = False
        return replace(days, forced=forced), note
    if closure.persons_per_day > 0:
        limit = days.limit.copy()
        area = np.ix_(active, links)
        limit[area] = np.minimum(limit[area], closure.persons_per_day)
        return replace(days, limit=limit), note
    is_open, closings = days.open.copy(), days.closings.copy()
    is_open[np.ix_(active, links)] = False
    closings[closure.first :, links] += 1
    return replace(days, open=is_open, closings=closings), note


def closed_links(roads: Network, closure: Closure, *, literal: bool) -> tuple[Mask, list[Problem]]:
    """Which links a closure shuts, and a note where the two readings differ."""
    first, second = closure.names
    places, countries = np.array(roads.places), np.array(roads.countries)
    start, end = places[roads.start], places[roads.end]
    from_country, to_country = countries[roads.start], countries[roads.end]
    if closure.kind == "country":
        there = (from_country == first) & (to_country == second)
        back = (from_country == second) & (to_country == first)
    else:
        there = (start == first) & (end == second)
        back = (start == second) & (end == first)
    links = there if closure.one_way else there | back
    touching = (start == first) | (end == first)
    if closure.kind == "location":
        return _location(roads, closure, links, touching, literal)
    note = []
    if closure.kind == "link row" and literal:
        what = "a closed link has no effect in the reference simulator"
        note = [Problem(closure.where, what, "Use the default rules for a closure that works")]
        links = np.zeros_like(links)
    elif not links.any():
        what = f"no road joins {first} and {second}"
        note = [Problem(closure.where, what, "The row has no effect")]
    return links, note


def _location(
    roads: Network, closure: Closure, links: Mask, touching: Mask, literal: bool
) -> tuple[Mask, list[Problem]]:
    """The rows `location A,B`, whose second name the reference simulator passes over."""
    first, second = closure.names
    if links.any() and not literal:
        what = f"shuts the road {first} - {second} only, because both are named"
        fix = f"The reference simulator seals all roads of {first}: see --rules flee"
        return links, [Problem(closure.where, what, fix)]
    last = "for good" if closure.last is None else f"until day {closure.last}"
    what = f"seals all {len(set(roads.road[touching]))} roads of {first}"
    what += f" from day {closure.first} {last}"
    what += f", not only the one to {second}" if links.any() else ""
    fix = "Nobody there can leave; write a link closure if one road was meant"
    return touching, [Problem(closure.where, what, fix)]


def _unused_conflict(situation: Situation, roads: Network) -> list[Problem]:
    """Conflict where nobody lives: nobody sets out from there."""
    lacking = [
        name
        for name, values in situation.intensity.items()
        if any(values) and not situation.places[roads.at(name)].population
    ]
    if not lacking or situation.departures is not None:
        return []
    what = f"conflict in {', '.join(sorted(lacking))} displaces nobody: no population is given"
    return [Problem("locations.csv", what, "Give populations if people left from there")]
