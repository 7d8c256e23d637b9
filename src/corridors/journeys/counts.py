"""Who is where, day by day: people at the same place in the same state are one number.

Everybody is at a place, waiting at a camp's gate, on a link, settled, back home or dead; nobody is
lost or made. `Journeys` is what leaves a run: counts by day, draw and place. `Setting` is what the
steps of a day read, `Positions` what they move (`journeys.step`); the cost of a day does not depend
on how many people there are.

Arrays are flat over spots (row * places + place), where a row is one group of people in one draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from corridors.journeys import random
from corridors.journeys.choices import Behaviour, Choices, Menu, menu, origins, pull
from corridors.journeys.network import Network, Timetable
from corridors.journeys.routes import Routes, routes
from corridors.journeys.travel import Flow, Walks, add_at, ways_to_walk
from corridors.labels import Array, Counted, Mask, Streams, Whole

__all__ = [
    "BY_LINK",
    "LOGS",
    "Journeys",
    "Positions",
    "Setting",
    "Today",
    "by_group",
    "nothing_yet",
    "of_draws",
    "setting_of",
]

#: What is counted by link, all draws together.
BY_LINK = ("used", "held", "deaths")
#: What is counted by row besides the places.
LOGS = ("on_road", "settled", "returned", "died", "corrected")


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

    people: Counted
    waiting: Counted
    arrived: Counted
    on_road: Counted
    settled: Counted
    returned: Counted
    died: Counted
    corrected: Counted
    set_out: Counted
    used: Array
    held: Array
    deaths: Array
    by_group: Counted | None

    def total(self) -> Counted:
        """Persons (t, draw) who ever set out or were there, at the end of each day."""
        there = self.people.sum(axis=2) + self.waiting.sum(axis=2)
        gone = self.settled + self.returned + self.died
        return there + self.on_road + gone - self.corrected


@dataclass(frozen=True)
class Setting:
    """What the day's steps read and never change; letters as in `journeys.network`.

    Parameters
    ----------
    behaviour : its parameters that differ by draw are (row,)
    score, leave : (t, row or 1, p)
    forced : (t, p) whether everybody is sent on
    fled : (t, p) places in countries that people have fled by then; none by the literal rules
    origins : (t, p) weights of those who set out
    keys : (p + 1,) luck of places, the last for those who set out; None for expected values
    spot_keys : (spot,)
    draw : (draw,) numbers of the draws worked on
    row : (spot,) row of each spot
    line, first, last : (spot,) rungs of its row, of its first option and after its last
    link_of, tail_of : (option,) first link of each option and what is left after it; -1 = to stay
    tail_spot : (row * tails,) where people in the middle of a route are
    shelters : (t, p) camps that admit up to their capacity; none by the literal rules
    walks, regime : how long links take, and which of them holds on each day (t,)
    limited, dangerous : whether any crossing has a daily limit, or a risk of death
    sharing : how people are shared out over what they choose between
    """

    roads: Network
    days: Timetable
    behaviour: Behaviour
    routes: Routes
    menu: Menu
    score: Array
    leave: Array
    forced: Mask
    fled: Mask
    origins: Array
    walks: tuple[Walks, ...]
    regime: Whole
    keys: random.Keys | None
    spot_keys: random.Keys | None
    draw: Whole
    draws: int
    rows: int
    row: Whole
    line: Whole
    first: Whole
    last: Whole
    link_of: Whole
    tail_of: Whole
    tail_spot: Whole
    shelters: Mask
    limited: bool
    dangerous: bool
    sharing: random.Sharing

    @property
    def places(self) -> int:
        """Number of places."""
        return len(self.roads.places)

    @property
    def tails(self) -> int:
        """Number of rests of routes."""
        return self.routes.tail_link.size

    @property
    def groups(self) -> int:
        """Number of groups of people."""
        return len(self.behaviour.groups)

    def by_draw(self, spots: Counted) -> Counted:
        """Groups added up: persons (draw, p) from (spot,)."""
        return spots.reshape(self.draws, self.groups, -1).sum(axis=1)

    def luck_of(self, spot: Whole, turn: int, day: int) -> random.Keys | None:
        """The luck of spots in a turn, or None."""
        if self.spot_keys is None:
            return None
        return random.cell_keys(random.day_keys(self.spot_keys[spot], day), spot * 0, turn)


@dataclass
class Positions:
    """Everybody, in the course of a day; persons.

    Parameters
    ----------
    at : (spot,) free to go
    inside : (spot,) admitted to a camp, by the default rules
    following : (row * tails,) at rest in the middle of a route
    on_road, settled, returned, died, corrected : (row,)
    due : those who arrive on later days
    quota : (draw * links,) how many a crossing still lets through today
    """

    at: Counted
    inside: Counted
    following: Counted
    on_road: Counted
    settled: Counted
    returned: Counted
    died: Counted
    corrected: Counted
    due: dict[int, list[Flow]] = field(default_factory=dict)
    quota: Array = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def at_start(cls, setting: Setting, dtype: DTypeLike) -> Positions:
        """Nobody but those present on day 0."""
        present = by_group(setting, np.tile(setting.days.present.astype(dtype), setting.draws), 0)
        inside = present * np.tile(setting.shelters[0], setting.rows)
        following = np.zeros(setting.tail_spot.size, dtype)
        logs: dict[str, Any] = {name: np.zeros(setting.rows, dtype) for name in LOGS}
        return cls(present - inside, inside, following, **logs)

    def there(self, setting: Setting) -> Counted:
        """Persons (spot,) at each spot, those on the tail of a route through it among them."""
        there = self.at + self.inside
        if self.following.any():
            add_at(there, setting.tail_spot, self.following)
        return there


@dataclass
class Today:
    """A day: what people choose between, their luck, and what happens on the roads.

    Parameters
    ----------
    keys : (spot,) luck of the places, or None
    started, held, dead : (link, persons) of every step
    arrived : (spot, persons)
    """

    day: int
    choices: Choices
    keys: random.Keys | None
    started: list[tuple[Whole, Counted]] = field(default_factory=list)
    held: list[tuple[Whole, Counted]] = field(default_factory=list)
    dead: list[tuple[Whole, Counted]] = field(default_factory=list)
    arrived: list[tuple[Whole, Counted]] = field(default_factory=list)


def of_draws(journeys: Journeys, some: slice) -> Journeys:
    """Views of some draws of a result, persons (t, draw, ...); sums over draws (t, link) whole."""
    parts = {
        name: value if name in BY_LINK or value is None else value[:, some]
        for name, value in vars(journeys).items()
    }
    return Journeys(**parts)


def nothing_yet(
    roads: Network, days: Timetable, behaviour: Behaviour, draws: int, kept: DTypeLike
) -> Journeys:
    """Counts of days that are still to come: zeros, persons.

    Parameters
    ----------
    roads, days, behaviour : Network, Timetable and Behaviour
    draws : int
    kept : dtype of the counts

    Returns
    -------
    Journeys
        (t, draw, p) by place, (t, draw) by state, (t, link) by link, persons.
    """
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


def setting_of(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    streams: Streams | None,
    draws: int,
    some: slice,
) -> Setting:
    """What the days of some draws read: routes, scores of (51), leaving probabilities, paces, luck.

    Parameters
    ----------
    roads, days, behaviour : Network, Timetable and Behaviour
    streams : function from a key to a random generator, or None
        None gives expected values.
    draws : int
        Of the whole run.
    some : slice
        Of the draws.

    Returns
    -------
    Setting
        Flat over spots, row * places + place, where a row is one group of people in one draw.
    """
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
    km_per_day = np.where(np.isnan(days.km_per_day), behaviour.km_per_day, days.km_per_day)
    speeds, regime = np.unique(km_per_day, axis=0, return_inverse=True)
    paces = [group.pace for group in groups]
    keys = spot_keys = None
    if streams is not None:
        keys = random.place_keys([*roads.places, "those who set out"], streams)
        spot_keys = random.cell_keys(keys[place], row + some.start * len(groups), 0)
    return Setting(
        roads=roads,
        days=days,
        behaviour=_repeated(behaviour),
        routes=ways,
        menu=listed,
        score=_by_row([of_group.score for of_group in pulls], number),
        leave=_by_row([of_group.leave for of_group in pulls], number),
        forced=pulls[0].forced,
        fled=_fled(roads, days, behaviour),
        origins=origins(roads, days, behaviour),
        walks=tuple(ways_to_walk(roads, speed, behaviour, paces, sharing) for speed in speeds),
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


def _fled(roads: Network, days: Timetable, behaviour: Behaviour) -> Mask:
    """(t, p) whether people have set out from the place's country by that day."""
    leaving = origins(roads, days, behaviour) if days.placed is None else days.placed
    countries = np.array(roads.countries)
    fled = np.zeros(leaving.shape, dtype=bool)
    for country in set(roads.countries) if not behaviour.literal else ():
        there = countries == country
        since = np.logical_or.accumulate((leaving[:, there] > 0).any(axis=1))
        fled[:, there] = since[:, None]
    return fled


def _of_draws(
    days: Timetable, behaviour: Behaviour, draws: int, some: slice
) -> tuple[Timetable, Behaviour]:
    """The timetable and behaviour of some of the draws, where they differ by draw."""
    if days.departures is not None and days.departures.shape[1] == draws:
        days = replace(days, departures=days.departures[:, some])
    by_draw = {
        name: value[some]
        for name, value in vars(behaviour).items()
        if isinstance(value, np.ndarray) and value.size == draws
    }
    appeal = {
        place: factor[some] if isinstance(factor, np.ndarray) and factor.size == draws else factor
        for place, factor in behaviour.appeal.items()
    }
    return days, behaviour.with_(**by_draw, appeal=appeal)


def _repeated(behaviour: Behaviour) -> Behaviour:
    """Parameters that differ by draw, (draw,), as (row,): the same for every group of a draw."""
    by_row = {
        name: np.repeat(value, len(behaviour.groups))
        for name, value in vars(behaviour).items()
        if isinstance(value, np.ndarray)
    }
    return behaviour.with_(**by_row)


def _by_row(values: list[Array], draws: int) -> Array:
    """(t, row or 1, p) from one array (t, draw or 1, p) a group."""
    if len(values) == 1:
        return values[0]
    full = [np.broadcast_to(rows, (rows.shape[0], draws, rows.shape[2])) for rows in values]
    return np.stack(full, axis=2).reshape(values[0].shape[0], -1, values[0].shape[2])


def by_group(setting: Setting, persons: Counted, day: int) -> Counted:
    """People of places shared out over the groups, by the shares that the situation's file tells.

    Parameters
    ----------
    setting : Setting
    persons : (draw * places,) persons
    day : int

    Returns
    -------
    Counted (spot,) persons, spot = row * places + place
        Whole numbers where they are drawn, as `journeys.random.choose` does, expected ones else.
    """
    if setting.groups == 1:
        return persons
    share = np.array([group.share for group in setting.behaviour.groups])
    rungs = np.concatenate([[0.0], np.cumsum(share / share.sum())])[None, :]
    ladder = random.Ladder(rungs, setting.sharing)
    cells = persons.nonzero()[0]
    draw, place = np.divmod(cells, setting.places)
    keys = None
    if setting.keys is not None:
        keys = random.cell_keys(
            random.day_keys(setting.keys[place], day), setting.draw[draw], random.GROUPING
        )
    begin = np.zeros_like(cells)
    _, cell, group, split = random.choose(
        persons[cells], begin, begin + share.size, ladder, keys, can_stay=False
    )
    spots = np.zeros(setting.rows * setting.places, persons.dtype)
    spots[(draw[cell] * setting.groups + group) * setting.places + place[cell]] = split
    return spots
