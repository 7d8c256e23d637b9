"""The steps of a day on the roads.

Decisions of a day see the places as they were in the morning. Arrays are flat over spots
(row * places + place), where a row is one group of people in one draw. People with part of the
day left decide again where they have come to, turn after turn, until nobody moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridors.journeys import random
from corridors.journeys.behaviour import Behaviour
from corridors.journeys.choices import Choices, Menu, attraction, choices, room
from corridors.journeys.network import Network, Timetable
from corridors.journeys.routes import Routes
from corridors.journeys.travel import DAY, Cells, Flow, Walks, arrival, merged

if TYPE_CHECKING:
    from corridors.journeys.counts import Journeys

__all__ = ["State", "World", "day_of"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: With expected values, a hop of fewer people than this ends where it is.
TRACE = 0.05
#: More than any count of people.
NO_LIMIT = 2.0**62
#: What is counted by row besides the places.
LOGS = ("on_road", "settled", "returned", "died", "corrected")
#: Numbers of the turns that are not hops, to keep their luck apart.
MORNING, INSIDE, SETTLING, HOMEWARD, DYING, WALKING, GROUPING = range(-7, 0)


@dataclass(frozen=True)
class World:
    """What the day's steps read and never change; letters as in `roads.network`.

    Parameters
    ----------
    score, leave : (t, row or 1, p)
    forced : (t, p) whether everybody is sent on
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

    def by_draw(self, spots: Any) -> Any:
        """Groups added up: (draw, p) from (spot,)."""
        return spots.reshape(self.draws, self.groups, -1).sum(axis=1)

    def luck_of(self, spot: Whole, turn: int, day: int) -> Any:
        """The luck of spots in a turn, or None."""
        if self.spot_keys is None:
            return None
        return random.cell_keys(random.day_keys(self.spot_keys[spot], day), spot * 0, turn)


@dataclass
class State:
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

    at: Any
    inside: Any
    following: Any
    on_road: Any
    settled: Any
    returned: Any
    died: Any
    corrected: Any
    due: dict[int, list[Flow]] = field(default_factory=dict)
    quota: Any = None

    @classmethod
    def at_start(cls, world: World, whole: Any) -> State:
        """Nobody but those present on day 0."""
        rows = np.zeros(world.rows, whole)
        present = _by_group(world, np.tile(world.days.present.astype(whole), world.draws), 0)
        inside = present * np.tile(world.shelters[0], world.rows)
        following = np.zeros(world.tail_spot.size, whole)
        logs: dict[str, Any] = {name: rows.copy() for name in LOGS}
        return cls(present - inside, inside, following, **logs)

    def there(self, world: World) -> Any:
        """Persons at each spot."""
        there = self.at + self.inside
        if self.following.any():
            _add(there, world.tail_spot, self.following)
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
    started: list[tuple[Whole, Any]] = field(default_factory=list)
    held: list[tuple[Whole, Any]] = field(default_factory=list)
    dead: list[tuple[Whole, Any]] = field(default_factory=list)
    arrived: list[tuple[Whole, Any]] = field(default_factory=list)


def day_of(day: int, world: World, state: State, found: Journeys) -> None:
    """One day, in order; writes its end into `found`."""
    found.set_out[day] = _set_out(day, world, state)
    _leave_the_journey(day, world, state)
    keys = None if world.spot_keys is None else random.day_keys(world.spot_keys, day)
    today = Today(day, _choices(day, world, state), keys)
    if world.limited:
        state.quota = np.tile(np.minimum(world.days.limit[day], NO_LIMIT), world.draws)
    arriving = state.due.pop(day, [])
    for flow in arriving:
        _add(state.on_road, flow.keys[0], -flow.persons)
    starting = _mornings(world, state, today)
    turn = 0
    while starting or arriving:
        turn += 1
        arriving += _travel(world, state, today, starting)
        starting = _arrive(world, state, today, arriving, turn)
        arriving = []
    if world.shelters[day].any() or state.inside.any():
        _admit(day, world, state)
    if np.isfinite(world.days.counted[day]).any():
        _count(day, world, state)
    _write(world, state, today, found)


def _write(world: World, state: State, today: Today, found: Journeys) -> None:
    day = today.day
    outside = state.at * np.tile(world.shelters[day], world.rows)
    people = state.there(world) - outside
    found.people[day] = world.by_draw(people)
    found.waiting[day] = world.by_draw(outside)
    if found.by_group is not None:
        found.by_group[day] = people.reshape(found.by_group.shape[1:])
    for name in LOGS:
        getattr(found, name)[day] = getattr(state, name).reshape(world.draws, -1).sum(axis=1)
    links = world.roads.start.size
    for steps, kept in (
        (today.started, found.used),
        (today.held, found.held),
        (today.dead, found.deaths),
    ):
        if steps:
            kept[day] += _added(steps, links)
    if today.arrived:
        by_spot = _added(today.arrived, world.rows * world.places)
        found.arrived[day] = world.by_draw(by_spot)


def _add(into: Any, at: Whole, persons: Any) -> None:
    """Add persons at positions, which may occur twice, to an array; whole numbers stay whole."""
    # (Sums of fewer than 2^53 people are exact; faster than `np.add.at` on thousands of entries.)
    into += np.bincount(at, persons, into.size).astype(into.dtype)


def _added(steps: list[tuple[Whole, Any]], size: int) -> Array:
    """Persons of all steps added up by position; (size,)."""
    at = np.concatenate([where for where, _ in steps])
    persons = np.concatenate([persons for _, persons in steps])
    return np.bincount(at, persons, size).astype(np.float64)


# --- setting out, and leaving the journey ----------------------------------------------------


def _set_out(day: int, world: World, state: State) -> Any:
    """Put those who begin their journey where they begin it; persons."""
    days = world.days
    if days.placed is not None:
        if days.placed[day].any():
            whole = days.placed[day].astype(state.at.dtype)
            state.at += _by_group(world, np.tile(whole, world.draws), day)
        return days.placed[day].astype(state.at.dtype).sum()
    weight = world.origins[day]
    if days.departures is None or not days.departures[day].any() or weight.sum() <= 0:
        return 0
    rungs = np.concatenate([[0.0], np.cumsum(weight / weight.sum())])[None, :]
    keys = None
    if world.keys is not None:
        keys = random.cell_keys(random.day_keys(world.keys[-1:], day), world.draw, 0)
    persons = np.broadcast_to(days.departures[day], world.draws).astype(state.at.dtype)
    begin = np.zeros_like(world.draw)
    ladder = random.Ladder(rungs, world.sharing)
    _, draw, place, split = random.choose(
        persons, begin, begin + weight.size, ladder, keys, can_stay=False
    )
    there = np.zeros(world.draws * world.places, state.at.dtype)
    there[draw * world.places + place] = split
    state.at += _by_group(world, there, day)
    return persons


def _by_group(world: World, persons: Any, day: int) -> Any:
    """People (draw * places,) shared out over the groups, (spot,)."""
    if world.groups == 1:
        return persons
    share = np.array([group.share for group in world.behaviour.groups])
    rungs = np.concatenate([[0.0], np.cumsum(share / share.sum())])[None, :]
    ladder = random.Ladder(rungs, world.sharing)
    cells = persons.nonzero()[0]
    draw, place = np.divmod(cells, world.places)
    keys = None
    if world.keys is not None:
        keys = random.cell_keys(random.day_keys(world.keys[place], day), world.draw[draw], GROUPING)
    begin = np.zeros_like(cells)
    _, cell, group, split = random.choose(
        persons[cells], begin, begin + share.size, ladder, keys, can_stay=False
    )
    spots = np.zeros(world.rows * world.places, persons.dtype)
    spots[(draw[cell] * world.groups + group) * world.places + place[cell]] = split
    return spots


def _leave_the_journey(day: int, world: World, state: State) -> None:
    """Settling in towns, going home from camps, deportation."""
    behaviour, roads = world.behaviour, world.roads
    if behaviour.settle > 0:
        calm = (np.array(roads.kinds) == "town") & (world.days.intensity[day] <= 0)
        gone = _some(world, state.at * np.tile(calm, world.rows), behaviour.settle, SETTLING, day)
        state.at -= gone
        state.settled += gone.reshape(world.rows, -1).sum(axis=1)
    if behaviour.go_home > 0:
        for group in (state.at, state.inside):
            camp = group * np.tile(roads.is_camp, world.rows)
            gone = _some(world, camp, behaviour.go_home, HOMEWARD, day)
            group -= gone
            state.returned += gone.reshape(world.rows, -1).sum(axis=1)
    if world.days.sent_back[day].any():
        wanted = np.tile(world.days.sent_back[day].astype(state.at.dtype), world.draws)
        for group in (state.inside, state.at):
            gone = _taken(world, group, wanted)
            group -= gone
            wanted = wanted - world.by_draw(gone).ravel()
            state.returned += gone.reshape(world.rows, -1).sum(axis=1)


def _some(world: World, persons: Any, share: float, turn: int, day: int) -> Any:
    """Those of `persons` (spot,) who do something with probability `share`."""
    keys = world.luck_of(np.arange(persons.size), turn, day)
    if keys is None:
        return persons * share
    return random.binomial(persons, np.full(persons.size, share), random.uniform(keys, 0))


def _taken(world: World, persons: Any, wanted: Any) -> Any:
    """At most `wanted` (draw * places,) of `persons` (spot,), from the groups in proportion."""
    by_group = persons.reshape(world.draws, world.groups, -1)
    total = by_group.sum(axis=1)
    wanted = np.minimum(wanted.reshape(total.shape), total)
    if world.groups == 1:
        return wanted.ravel()
    lines = by_group.transpose(0, 2, 1).reshape(-1, world.groups)
    taken = _in_proportion(lines, wanted.ravel())
    return taken.reshape(world.draws, -1, world.groups).transpose(0, 2, 1).ravel()


# --- deciding --------------------------------------------------------------------------------


def _choices(day: int, world: World, state: State) -> Choices:
    """What people choose between this morning."""
    days, behaviour, ways = world.days, world.behaviour, world.routes
    capacity = np.where(days.shut[day], np.inf, days.capacity[day]) * behaviour.capacity_scaling
    if behaviour.literal:
        # The reference simulator takes those present on day 0 from the capacity for ever.
        capacity = capacity - days.present
    is_open: Mask = np.append(days.open[day], True)[ways.links].min(axis=1)
    if world.forced[day].any():
        is_open &= ~world.forced[day][ways.place] | days.forced[day][ways.links[:, 0]]
    left = room(world.by_draw(state.there(world)), capacity, behaviour)
    left = np.repeat(left, world.groups, axis=0)
    leave = world.leave[day][:, world.menu.place]
    if world.shelters[day].any():
        # Who waits at a camp's gate looks for another place as people in a town do.
        outside = world.shelters[day].nonzero()[0]
        leave[:, outside] = np.reshape(behaviour.leave_town, (-1, 1))
    pulls = attraction(world.score[day], ways, behaviour)
    return choices(pulls, left, is_open, leave, ways, world.menu, behaviour, world.sharing)


def _decide(world: World, today: Today, cells: Cells, into: Any, turn: int, group: int = 0) -> Flow:
    """Free people at places: who stays is added to `into` (spot,); the flow of the others."""
    spot, _, used = cells.keys
    keys = None
    if today.keys is not None:
        keys = random.cell_keys(today.keys[spot], used, turn)
    first, last = world.first[spot], world.last[spot]
    if group:
        shift = int(world.menu.offset[group])
        first, last = first + shift, last + shift
    stay, cell, rung, split = random.choose(cells.persons, first, last, today.choices.ladder, keys)
    _add(into, spot, stay)
    option = rung - world.line[spot[cell]]
    columns = np.empty((5, cell.size), dtype=np.int64)
    columns[0], columns[1] = world.row[spot[cell]], world.link_of[option]
    columns[2], columns[3] = world.tail_of[option], used[cell]
    return Flow(columns, split)


def _follow(world: World, today: Today, cells: Cells) -> tuple[Cells, Flow]:
    """People in the middle of a route: those who must give it up, and the flow of the others."""
    ways = world.routes
    spot, tail, used = cells.keys
    row, link = world.row[spot], ways.tail_link[tail]
    full = today.choices.full[row, ways.tail_goal[tail]]
    lost = full | ~world.days.open[today.day, link]
    keys = np.array([row, link, ways.tail_tail[tail], used, link * 0])
    return cells.take(lost), Flow(keys, cells.persons).take(~lost)


def _mornings(world: World, state: State, today: Today) -> list[Flow]:
    """Those at rest who leave this morning."""
    flows = []
    for turn, people, group in ((MORNING, state.at, 0), (INSIDE, state.inside, world.places)):
        spot = people.nonzero()[0]
        if spot.size:
            cells = Cells(np.array([spot, spot * 0 - 1, spot * 0]), people[spot])
            people[:] = 0
            flows.append(_decide(world, today, cells, people, turn, group))
    middle = state.following.nonzero()[0]
    if middle.size:
        keys = np.array([world.tail_spot[middle], middle % world.tails, middle * 0])
        cells = Cells(keys, state.following[middle])
        state.following[:] = 0
        lost, flow = _follow(world, today, cells)
        _add(state.at, lost.keys[0], lost.persons)
        flows.append(flow)
    return [flow for flow in flows if len(flow)]


# --- travelling ------------------------------------------------------------------------------


def _travel(world: World, state: State, today: Today, starting: list[Flow]) -> list[Flow]:
    """Put people on their links; returns those who reach the end today."""
    arriving = []
    for flow in starting:
        if world.limited:
            flow = _let_through(world, state, today, flow)
        flow, need = _needed(world, today, flow)
        link = flow.keys[1]
        today.started.append((link, flow.persons))
        later, flow.keys[3] = arrival(flow.keys[3], need, literal=world.behaviour.literal)
        flow.keys[4] = world.days.closings[today.day, link]
        waits = later.nonzero()[0]
        if waits.size:
            _on_the_way(world, state, today, flow.take(waits), later[waits])
            flow = flow.take((later == 0).nonzero()[0])
        arriving.append(flow)
    return arriving


def _on_the_way(world: World, state: State, today: Today, flow: Flow, later: Whole) -> None:
    """People who arrive on a later day."""
    state.on_road += np.bincount(flow.keys[0], flow.persons, world.rows).astype(state.at.dtype)
    for wait in range(1, int(later.max()) + 1):
        some = (later == wait).nonzero()[0]
        if some.size:
            state.due.setdefault(today.day + wait, []).append(flow.take(some))


def _needed(world: World, today: Today, flow: Flow) -> tuple[Flow, Whole]:
    """Parts of a day that people need for their link: drawn where some days are on foot."""
    row, link, tail, used, _ = flow.keys
    walks = world.walks[world.regime[today.day]]
    lane = link if world.groups == 1 else row % world.groups * walks.links + link
    if walks.ladder is None:
        return flow, walks.need[lane]
    keys = None
    if today.keys is not None:
        spot = row * world.places + world.roads.start[link]
        cell = (used * (walks.links + 1) + link) * 64 + tail + 1
        keys = random.cell_keys(today.keys[spot], cell, WALKING)
    first, last = walks.offset[lane], walks.offset[lane + 1]
    _, cell, option, split = random.choose(
        flow.persons, first, last, walks.ladder, keys, can_stay=False
    )
    return Flow(flow.keys[:, cell], split), walks.need[option]


def _let_through(world: World, state: State, today: Today, flow: Flow) -> Flow:
    """Those whom the crossings' daily limits let through; the others wait where they are."""
    row, link = flow.keys[0], flow.keys[1]
    lane = row // world.groups * world.roads.start.size + link
    order = np.lexsort((flow.keys[3], lane))
    lane, flow = lane[order], flow.take(order)
    running = np.cumsum(flow.persons)
    first = np.concatenate([[True], lane[1:] != lane[:-1]])
    before = running - flow.persons
    before = before - np.maximum.accumulate(np.where(first, before, 0))
    through = np.clip(state.quota[lane] - before, 0, flow.persons).astype(flow.persons.dtype)
    _add(state.quota, lane, -through)
    kept = flow.persons - through
    spot = flow.keys[0] * world.places + world.roads.start[flow.keys[1]]
    _add(state.at, spot, kept)
    today.held.append((flow.keys[1], kept))
    return Flow(flow.keys, through).take(through.nonzero()[0])


def _arrive(
    world: World, state: State, today: Today, arriving: list[Flow], turn: int
) -> list[Flow]:
    """Bring people to the end of their links; returns the flow of those who go on today."""
    keys = arriving[0].keys
    persons = arriving[0].persons
    if len(arriving) > 1:
        keys = np.concatenate([flow.keys for flow in arriving], axis=1)
        persons = np.concatenate([flow.persons for flow in arriving])
    row, link, tail, used, closings = keys
    if world.dangerous:
        persons = _survivors(world, state, today, Flow(keys, persons), turn)
    place = world.roads.end[link]
    # A road shut meanwhile is walked to the border and back.
    back = world.days.closings[today.day, link] > closings
    if back.any():
        place = np.where(back, world.roads.start[link], place)
        tail, used = np.where(back, -1, tail), np.where(back, DAY, used)
    cells = Cells(np.array([row * world.places + place, tail, used]), persons)
    today.arrived.append((cells.keys[0], persons))
    ends = used >= DAY
    if today.keys is None:
        ends |= persons < TRACE
    _rest(world, state, cells.take(ends.nonzero()[0]))
    cells = cells.take((~ends).nonzero()[0])
    return _go_on(world, state, today, merged(cells, world.tails), turn) if len(cells) else []


def _survivors(world: World, state: State, today: Today, flow: Flow, turn: int) -> Any:
    """Those who live through their link; the others are counted."""
    row, link, tail, used, _ = flow.keys
    risk = world.roads.deaths[link]
    if today.keys is None:
        dead = flow.persons * risk
    else:
        spot = row * world.places + world.roads.start[link]
        cell = ((used * (world.tails + 1) + tail + 1) * world.roads.start.size + link) * 64 + turn
        uniforms = random.uniform(random.cell_keys(today.keys[spot], cell, DYING), 0)
        dead = random.binomial(flow.persons, risk, uniforms)
    _add(state.died, row, dead)
    today.dead.append((link, dead))
    return flow.persons - dead


def _go_on(world: World, state: State, today: Today, cells: Cells, turn: int) -> list[Flow]:
    """Let people who have some of the day left decide again where they have come to."""
    flows: list[Flow] = []
    if world.tails:
        bound = cells.take(cells.keys[1] >= 0)
        cells = cells.take(cells.keys[1] < 0)
        lost, flow = _follow(world, today, bound)
        _add(state.at, lost.keys[0], lost.persons)
        flows.append(flow)
    flows.append(_decide(world, today, cells, state.at, turn))
    return [flow for flow in flows if len(flow)]


def _rest(world: World, state: State, cells: Cells) -> None:
    """End the day for people where they are."""
    if world.tails and len(cells):
        bound = cells.take(cells.keys[1] >= 0)
        cells = cells.take(cells.keys[1] < 0)
        row = bound.keys[0] // world.places
        _add(state.following, row * world.tails + bound.keys[1], bound.persons)
    _add(state.at, cells.keys[0], cells.persons)


def _admit(day: int, world: World, state: State) -> None:
    """Let into each camp whom it has room for; who is beyond its capacity waits outside."""
    days, works = world.days, world.shelters[day]
    capacity = np.where(works, days.capacity[day] * world.behaviour.capacity_scaling, 0.0)
    capacity = np.minimum(np.floor(capacity), NO_LIMIT).astype(state.at.dtype)
    room_left = np.tile(capacity, world.draws) - world.by_draw(state.inside).ravel()
    per_day = np.minimum(np.floor(days.admitted[day]), NO_LIMIT).astype(state.at.dtype)
    enter = np.minimum(np.maximum(room_left, 0), np.tile(per_day * works, world.draws))
    entering = _taken(world, state.at, enter)
    # Capacity that has been taken away puts people out again.
    leaving = _taken(world, state.inside, np.maximum(-room_left, 0))
    state.inside += entering - leaving
    state.at -= entering - leaving


def _count(day: int, world: World, state: State) -> None:
    """Set camps to what was counted: people come from the places between, or go back there.

    The count says where people are, not that they are more or fewer; only what the places between
    cannot supply is added, and noted as a correction.
    """
    counted = world.days.counted[day]
    where = np.isfinite(counted)
    people = state.inside if world.shelters[day].any() else state.at
    target = np.tile(np.where(where, counted, 0.0).astype(people.dtype), world.draws)
    now = world.by_draw(people * np.tile(where, world.rows)).ravel()
    more = _by_group(world, np.maximum(target - now, 0), day)
    less = _taken(world, people, np.maximum(now - target, 0))
    people += more - less
    between = state.at * np.tile(~where, world.rows)
    stock = between.reshape(world.draws, -1)
    wanted = (more - less).reshape(world.draws, -1).sum(axis=1)
    taken = np.where(stock.sum(axis=1) > 0, np.minimum(wanted, stock.sum(axis=1)), 0)
    state.at -= _in_proportion(stock, taken).ravel()
    state.corrected += np.repeat(wanted - taken, world.groups) * (
        np.arange(world.rows) % world.groups == 0
    )


def _in_proportion(persons: Any, wanted: Any) -> Any:
    """`wanted` (draw,) of `persons` (draw, n), in proportion and whole; may be negative."""
    total = np.maximum(persons.sum(axis=1), 1)
    running = np.cumsum(persons, axis=1) * (wanted / total)[:, None]
    if persons.dtype.kind == "i":
        running = np.rint(running).astype(persons.dtype)
    return np.diff(running, axis=1, prepend=0)
