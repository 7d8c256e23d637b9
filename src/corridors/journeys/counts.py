"""Journeys day by day: people at the same place in the same state are one number.

A day: people set out; those at rest leave or stay and choose a route; those under way advance,
arrive, and may go on the same day; camps admit whom they have room for. Nobody is lost or made:
everybody is at a place, waiting at a camp's gate, on a link, settled, back home or dead. The cost
does not depend on how many people there are.

`run` takes a network, a timetable and a behaviour and returns counts by day, draw and place; see
`journeys.step` for the steps of a day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridors.journeys import random
from corridors.journeys.behaviour import Behaviour
from corridors.journeys.choices import menu, origins, pull
from corridors.journeys.network import Network, Timetable
from corridors.journeys.routes import routes
from corridors.journeys.step import State, World, day_of
from corridors.journeys.travel import ways_to_walk

__all__ = ["Journeys", "run"]

#: Draws whose arrays are worked on together: enough to spread the cost of a call, few enough to
#: stay in the processor's cache (benchmarks/journeys.py). The answer does not depend on it.
BATCH = 64

Array = NDArray[np.float64]
Streams = Callable[[str], np.random.Generator]


@dataclass(frozen=True)
class Journeys:
    """What happened, day by day, at the end of each day; persons.

    Parameters
    ----------
    people : (t, draw, p) at each place; in camps by the default rules, those admitted
    waiting : (t, draw, p) at the gate of a camp without room
    arrived : (t, draw, p) arrivals by road that day, those who pass on included
    on_road : (t, draw) on links
    settled, returned, died : (t, draw) so far
    corrected : (t, draw) added so far because counts say there are more than the model has
    set_out : (t, draw) who began their journey that day
    used : (t, l) mean over draws of those who started each link that day
    held : (t, l) mean over draws of those whom a crossing's daily limit kept back that day
    deaths : (t, l) mean over draws of those who died on each link that day
    by_group : (t, draw, group, p) as `people`, or None where everybody is one group
    """

    people: Any
    waiting: Any
    arrived: Any
    on_road: Any
    settled: Any
    returned: Any
    died: Any
    corrected: Any
    set_out: Any
    used: Array
    held: Array
    deaths: Array
    by_group: Any

    def total(self) -> Any:
        """Everybody who ever set out or was there, at the end of each day; (t, draw)."""
        there = self.people.sum(axis=2) + self.waiting.sum(axis=2)
        gone = self.settled + self.returned + self.died
        return there + self.on_road + gone - self.corrected


def run(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    *,
    streams: Streams | None,
    draws: int = 1,
) -> Journeys:
    """Journeys over the whole period.

    Parameters
    ----------
    streams : function from a key to a random generator, or None
        None gives the expected values instead of draws.
    draws : int
        Number of draws; with expected values, the number of rows of parameters.
    """
    found = _empty(roads, days, behaviour, draws, np.int32 if streams is not None else np.float64)
    for first in range(0, draws, BATCH):
        some = slice(first, min(first + BATCH, draws))
        world = _world(roads, days, behaviour, streams, draws, some)
        state = State.at_start(world, np.int64 if streams is not None else np.float64)
        part = _part(found, some)
        for day in range(days.days):
            day_of(day, world, state, part)
    for mean in (found.used, found.held, found.deaths):
        mean /= draws
    return found


def _part(found: Journeys, some: slice) -> Journeys:
    """Views of some draws of a result; sums over draws stay whole."""
    by_link = ("used", "held", "deaths")
    parts = {
        name: value if name in by_link or value is None else value[:, some]
        for name, value in vars(found).items()
    }
    return Journeys(**parts)


def _empty(
    roads: Network, days: Timetable, behaviour: Behaviour, draws: int, kept: Any
) -> Journeys:
    places, links, groups = len(roads.places), roads.start.size, len(behaviour.groups)
    by_place, by_link = (days.days, draws, places), (days.days, links)
    return Journeys(
        people=np.zeros(by_place, kept),
        waiting=np.zeros(by_place, kept),
        arrived=np.zeros(by_place, kept),
        on_road=np.zeros(by_place[:2], kept),
        settled=np.zeros(by_place[:2], kept),
        returned=np.zeros(by_place[:2], kept),
        died=np.zeros(by_place[:2], kept),
        corrected=np.zeros(by_place[:2], kept),
        set_out=np.zeros(by_place[:2], kept),
        used=np.zeros(by_link),
        held=np.zeros(by_link),
        deaths=np.zeros(by_link),
        by_group=np.zeros((*by_place[:2], groups, places), kept) if groups > 1 else None,
    )


def _world(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    streams: Streams | None,
    draws: int,
    some: slice,
) -> World:
    """What the days of some draws read."""
    days, behaviour = _of_draws(days, behaviour, draws, some)
    ways = routes(roads, behaviour.awareness)
    groups = behaviour.groups
    number = some.stop - some.start
    pulls = [pull(roads, days, behaviour, group) for group in groups]
    places = np.arange(len(roads.places))
    listed = menu(ways, places if behaviour.literal else np.tile(places, 2))
    rows = number * len(groups)
    sharing = random.Sharing.of(draws, days.days)
    row, place = np.divmod(np.arange(rows * places.size), places.size)
    line = row * (listed.route.size + 1)
    speed = np.where(np.isnan(days.km_per_day), behaviour.km_per_day, days.km_per_day)
    speeds, regime = np.unique(speed, axis=0, return_inverse=True)
    paces = [group.pace for group in groups]
    keys = spot_keys = None
    if streams is not None:
        keys = random.place_keys([*roads.places, "those who set out"], streams)
        spot_keys = random.cell_keys(keys[place], row + some.start * len(groups), 0)
    return World(
        roads=roads,
        days=days,
        behaviour=behaviour,
        routes=ways,
        menu=listed,
        score=_by_row([one.score for one in pulls], number),
        leave=_by_row([one.leave for one in pulls], number),
        forced=pulls[0].forced,
        origins=origins(roads, days, behaviour),
        walks=tuple(ways_to_walk(roads, one, behaviour, paces, sharing) for one in speeds),
        regime=regime.ravel(),
        keys=keys,
        spot_keys=spot_keys,
        draw=np.arange(some.start, some.stop),
        draws=number,
        rows=rows,
        row=row,
        line=line,
        first=line + listed.offset[place],
        last=line + listed.offset[place + 1],
        tail_spot=(np.arange(rows)[:, None] * places.size + roads.start[ways.tail_link]).ravel(),
        shelters=roads.is_camp & ~days.shut & ~pulls[0].forced & (not behaviour.literal),
        link_of=np.append(ways.links[:, 0], -1)[listed.route],
        tail_of=np.append(ways.tail, -1)[listed.route],
        limited=bool(np.isfinite(days.limit).any()),
        dangerous=bool(roads.deaths.any()),
        sharing=sharing,
    )


def _of_draws(
    days: Timetable, behaviour: Behaviour, draws: int, some: slice
) -> tuple[Timetable, Behaviour]:
    """The timetable and behaviour of some of the draws, where they differ by draw."""
    if days.departures is not None and days.departures.shape[1] == draws:
        days = replace(days, departures=days.departures[:, some])
    own = {
        name: value[some]
        for name, value in vars(behaviour).items()
        if isinstance(value, np.ndarray) and value.size == draws
    }
    appeal = {
        place: one[some] if isinstance(one, np.ndarray) and one.size == draws else one
        for place, one in behaviour.appeal.items()
    }
    return days, behaviour.with_(**own, appeal=appeal)


def _by_row(values: list[Array], draws: int) -> Array:
    """(t, row or 1, p) from one array (t, draw or 1, p) a group."""
    if len(values) == 1:
        return values[0]
    full = [np.broadcast_to(one, (one.shape[0], draws, one.shape[2])) for one in values]
    return np.stack(full, axis=2).reshape(values[0].shape[0], -1, values[0].shape[2])
