"""The steps of a day on the road, and a run of many days.

A day: people set out; those at rest leave or stay and choose a route; those under way advance,
arrive, and may go on the same day; camps admit whom they have room for.

Decisions of a day see the places as they were in the morning. People with part of the day left
decide again where they have come to, turn after turn, until nobody moves.
"""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.journeys import random
from corridors.journeys.choices import Behaviour, Choices, attraction, choices, room
from corridors.journeys.counts import (
    BY_LINK,
    LOGS,
    Journeys,
    Positions,
    Setting,
    Today,
    by_group,
    nothing_yet,
    of_draws,
    setting_of,
)
from corridors.journeys.network import Network, Timetable
from corridors.journeys.travel import (
    DAY,
    AtPlaces,
    Flow,
    add_at,
    arrival,
    let_through,
    merged,
    needed,
)
from corridors.labels import Array, Counted, Mask, Streams, Whole

if TYPE_CHECKING:
    from corridors.journeys.compiled import Days

__all__ = ["day_of", "run"]

#: Draws whose arrays are worked on together: enough to spread the cost of a call, few enough to
#: stay in the processor's cache (benchmarks/journeys.py). The answer does not depend on it.
BATCH = 64
#: With expected values, a hop of fewer people than this ends where it is.
TRACE = 0.05
#: More than any count of people.
NO_LIMIT = 2.0**62


def run(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    *,
    streams: Streams | None,
    draws: int = 1,
    executor: Executor | None = None,
) -> Journeys:
    """Journeys over the whole period, by (50) and (51) day by day.

    Parameters
    ----------
    roads, days, behaviour : Network, Timetable and Behaviour
        Persons, km and days.
    streams : function from a key to a random generator, or None
        None gives the expected values instead of draws.
    draws : int
        Number of draws; with expected values, the number of rows of parameters.
    executor : concurrent.futures.Executor, optional
        Who works on batches of draws; by default this process. The answer does not depend on it.

    Returns
    -------
    Journeys
        Persons (t, draw, p) by place, (t, draw) by state; (t, link) by link, mean over draws.
    """
    batches = [slice(first, min(first + BATCH, draws)) for first in range(0, draws, BATCH)]
    task = partial(_some_draws, roads, days, behaviour, streams, draws)
    if executor is None or len(batches) == 1:
        journeys = task(slice(0, draws))
    else:
        journeys = _joined(list(executor.map(task, batches)))
    for mean in (journeys.used, journeys.held, journeys.deaths):
        mean /= draws
    return journeys


def _joined(parts: list[Journeys]) -> Journeys:
    """Batches of draws in their order as one; what is by link is added up."""
    whole: dict[str, Any] = {}
    for name, value in vars(parts[0]).items():
        values = [getattr(part, name) for part in parts]
        by_link = name in BY_LINK
        whole[name] = (
            None if value is None else sum(values) if by_link else np.concatenate(values, 1)
        )
    return Journeys(**whole)


def _some_draws(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    streams: Streams | None,
    draws: int,
    asked: slice,
) -> Journeys:
    """Journeys of some of the draws, whole batches; `used`, `held` and `deaths` are sums."""
    kept = np.int32 if streams is not None else np.float64
    journeys = nothing_yet(roads, days, behaviour, asked.stop - asked.start, kept)
    for first in range(asked.start, asked.stop, BATCH):
        some = slice(first, min(first + BATCH, asked.stop))
        setting = setting_of(roads, days, behaviour, streams, draws, some)
        part = of_draws(journeys, slice(first - asked.start, some.stop - asked.start))
        if setting.sharing.compiled and _one_loop_will_do(setting):
            _in_one_loop(setting, part)
            continue
        positions = Positions.at_start(setting, np.int64 if streams is not None else np.float64)
        for day in range(days.days):
            day_of(day, setting, positions, part)
    return journeys


def _one_loop_will_do(setting: Setting) -> bool:
    """Whether `compiled.days_of_draw` has all that acts: literal rules, one group, single links."""
    days, behaviour = setting.days, setting.behaviour
    plain = behaviour.literal and setting.keys is not None and days.departures is not None
    beyond = (
        setting.groups > 1
        or setting.tails
        or setting.limited
        or setting.dangerous
        or len(setting.walks) > 1
        or any(walks.ladder is not None for walks in setting.walks)
        or days.placed is not None
        or days.sent_back.any()
        or np.isfinite(days.counted).any()
        or behaviour.settle > 0
        or behaviour.go_home > 0
        or np.any(np.asarray(behaviour.weight_power) != 1.0)
    )
    return plain and not beyond


def _in_one_loop(setting: Setting, journeys: Journeys) -> None:
    """All days of each draw by compiled code; writes them into `journeys`."""
    from corridors.journeys.compiled import Moved, days_of_draw

    days, places = _every_day(setting), setting.places
    shape, links = (setting.days.days, places), setting.roads.start.size
    for draw in range(setting.draws):
        people, arrived = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        on_road, set_out = np.zeros(shape[0], np.int64), np.zeros(shape[0], np.int64)
        used = np.zeros((shape[0], links))
        days_of_draw(_of_draw(setting, days, draw), Moved(people, arrived, used, on_road, set_out))
        journeys.people[:, draw], journeys.arrived[:, draw] = people, arrived
        journeys.on_road[:, draw], journeys.set_out[:, draw] = on_road, set_out
        journeys.used[:] += used


def _every_day(setting: Setting) -> Days:
    """What `compiled.days_of_draw` reads, of the first draw."""
    from corridors.journeys.compiled import Days

    days, behaviour, ways = setting.days, setting.behaviour, setting.routes
    assert setting.keys is not None
    link = ways.links[:, 0]
    is_open = days.open[:, link] & (~setting.forced[:, ways.place] | days.forced[:, link])
    capacity = np.where(days.shut, np.inf, days.capacity) * behaviour.capacity_scaling
    nothing = np.zeros(0)
    return Days(
        departures=nothing.astype(np.int64),
        origins=setting.origins,
        present=days.present.astype(np.int64),
        score=nothing[:, None],
        leave=nothing[:, None],
        capacity=capacity - days.present,
        is_open=is_open,
        closings=days.closings.astype(np.int64),
        distance=nothing,
        goal=ways.goal,
        offset=ways.offset,
        link=np.ascontiguousarray(link),
        start=setting.roads.start,
        end=setting.roads.end,
        need=setting.walks[0].need,
        numbers=(0.0, behaviour.capacity_buffer, behaviour.pruning),
        place_keys=setting.keys,
        row=0,
        few=setting.sharing.few,
    )


def _of_draw(setting: Setting, days: Days, draw: int) -> Days:
    """The same of another draw."""
    assert setting.days.departures is not None and setting.keys is not None
    assert setting.spot_keys is not None
    departures = setting.days.departures[:, draw % setting.days.departures.shape[1]]
    behaviour = setting.behaviour
    softening, power, score_softening = (
        float(np.ravel(value)[draw % np.size(value)])
        for value in (behaviour.softening_km, behaviour.distance_power, behaviour.score_softening)
    )
    of_places = setting.spot_keys.reshape(setting.draws, -1)[draw]
    number = np.uint64(int(setting.draw[draw]) * random.NUMBER % 2**64)
    return days._replace(
        departures=departures.astype(np.int64),
        score=np.ascontiguousarray(setting.score[:, draw % setting.score.shape[1]]),
        leave=np.ascontiguousarray(setting.leave[:, draw % setting.leave.shape[1]]),
        distance=(softening + setting.routes.kilometres) ** power,
        numbers=(score_softening, *days.numbers[1:]),
        place_keys=np.append(of_places, setting.keys[-1:] + number),
        row=draw,
    )


def day_of(day: int, setting: Setting, positions: Positions, journeys: Journeys) -> None:
    """One day, in order, by (50) and (51); writes its end into `journeys`.

    Parameters
    ----------
    day : int
    setting : Setting
        What the day reads.
    positions : Positions
        Persons by spot; moved.
    journeys : Journeys
        Persons (t, draw, ...); row `day` is written.
    """
    journeys.set_out[day] = _set_out(day, setting, positions)
    _leave_the_journey(day, setting, positions)
    keys = None if setting.spot_keys is None else random.day_keys(setting.spot_keys, day)
    today = Today(day, _choices(day, setting, positions), keys)
    if setting.limited:
        positions.quota = np.tile(np.minimum(setting.days.limit[day], NO_LIMIT), setting.draws)
    arriving = positions.due.pop(day, [])
    for flow in arriving:
        add_at(positions.on_road, flow.keys[0], -flow.persons)
    starting = _mornings(setting, positions, today)
    turn = 0
    while starting or arriving:
        turn += 1
        arriving += _travel(setting, positions, today, starting)
        starting = _arrive(setting, positions, today, arriving, turn)
        arriving = []
    if setting.shelters[day].any() or positions.inside.any():
        _admit(day, setting, positions)
    if np.isfinite(setting.days.counted[day]).any():
        _count(day, setting, positions)
    _write(setting, positions, today, journeys)


def _write(setting: Setting, positions: Positions, today: Today, journeys: Journeys) -> None:
    day = today.day
    outside = positions.at * np.tile(setting.shelters[day], setting.rows)
    people = positions.there(setting) - outside
    journeys.people[day] = setting.by_draw(people)
    journeys.waiting[day] = setting.by_draw(outside)
    if journeys.by_group is not None:
        journeys.by_group[day] = people.reshape(journeys.by_group.shape[1:])
    for name in LOGS:
        getattr(journeys, name)[day] = (
            getattr(positions, name).reshape(setting.draws, -1).sum(axis=1)
        )
    links = setting.roads.start.size
    for steps, kept in (
        (today.started, journeys.used),
        (today.held, journeys.held),
        (today.dead, journeys.deaths),
    ):
        if steps:
            kept[day] += _added(steps, links)
    if today.arrived:
        by_spot = _added(today.arrived, setting.rows * setting.places)
        journeys.arrived[day] = setting.by_draw(by_spot)


def _added(steps: list[tuple[Whole, Counted]], size: int) -> Array:
    """Persons of all steps added up by position; (size,)."""
    at = np.concatenate([where for where, _ in steps])
    persons = np.concatenate([persons for _, persons in steps])
    return np.bincount(at, persons, size).astype(np.float64)


# --- setting out, and leaving the journey ----------------------------------------------------


def _set_out(day: int, setting: Setting, positions: Positions) -> Counted:
    """Put those who begin their journey where they begin it; persons."""
    days = setting.days
    if days.placed is not None:
        if days.placed[day].any():
            whole = days.placed[day].astype(positions.at.dtype)
            positions.at += by_group(setting, np.tile(whole, setting.draws), day)
        return np.full(setting.draws, days.placed[day].astype(positions.at.dtype).sum())
    weight = setting.origins[day]
    if days.departures is None or not days.departures[day].any() or weight.sum() <= 0:
        return np.zeros(setting.draws, positions.at.dtype)
    rungs = np.concatenate([[0.0], np.cumsum(weight / weight.sum())])[None, :]
    keys = None
    if setting.keys is not None:
        keys = random.cell_keys(random.day_keys(setting.keys[-1:], day), setting.draw, 0)
    persons = np.broadcast_to(days.departures[day], setting.draws).astype(positions.at.dtype)
    begin = np.zeros_like(setting.draw)
    ladder = random.Ladder(rungs, setting.sharing)
    _, draw, place, split = random.choose(
        persons, begin, begin + weight.size, ladder, keys, can_stay=False
    )
    there = np.zeros(setting.draws * setting.places, positions.at.dtype)
    there[draw * setting.places + place] = split
    positions.at += by_group(setting, there, day)
    return persons


def _leave_the_journey(day: int, setting: Setting, positions: Positions) -> None:
    """Settling in towns, going home from camps, deportation."""
    behaviour, roads = setting.behaviour, setting.roads
    if behaviour.settle > 0:
        calm = (np.array(roads.kinds) == "town") & (setting.days.intensity[day] <= 0)
        gone = _some(
            setting,
            positions.at * np.tile(calm, setting.rows),
            behaviour.settle,
            random.SETTLING,
            day,
        )
        positions.at -= gone
        positions.settled += gone.reshape(setting.rows, -1).sum(axis=1)
    if behaviour.go_home > 0:
        for group in (positions.at, positions.inside):
            camp = group * np.tile(roads.is_camp, setting.rows)
            gone = _some(setting, camp, behaviour.go_home, random.HOMEWARD, day)
            group -= gone
            positions.returned += gone.reshape(setting.rows, -1).sum(axis=1)
    if setting.days.sent_back[day].any():
        wanted = np.tile(setting.days.sent_back[day].astype(positions.at.dtype), setting.draws)
        for group in (positions.inside, positions.at):
            gone = _taken(setting, group, wanted)
            group -= gone
            wanted = wanted - setting.by_draw(gone).ravel()
            positions.returned += gone.reshape(setting.rows, -1).sum(axis=1)


def _some(setting: Setting, persons: Counted, share: float, turn: int, day: int) -> Counted:
    """Those of `persons` (spot,) who do something with probability `share`."""
    keys = setting.luck_of(np.arange(persons.size), turn, day)
    if keys is None:
        return persons * share
    return random.binomial(persons, np.full(persons.size, share), random.uniform(keys, 0))


def _taken(setting: Setting, persons: Counted, wanted: Counted) -> Counted:
    """At most `wanted` (draw * places,) of `persons` (spot,), from the groups in proportion."""
    by_group = persons.reshape(setting.draws, setting.groups, -1)
    total = by_group.sum(axis=1)
    wanted = np.minimum(wanted.reshape(total.shape), total)
    if setting.groups == 1:
        return wanted.ravel()
    lines = by_group.transpose(0, 2, 1).reshape(-1, setting.groups)
    taken = _in_proportion(lines, wanted.ravel())
    return taken.reshape(setting.draws, -1, setting.groups).transpose(0, 2, 1).ravel()


# --- deciding --------------------------------------------------------------------------------


def _choices(day: int, setting: Setting, positions: Positions) -> Choices:
    """What people choose between this morning."""
    days, behaviour, ways = setting.days, setting.behaviour, setting.routes
    capacity = np.where(days.shut[day], np.inf, days.capacity[day]) * behaviour.capacity_scaling
    if behaviour.literal:
        # The reference simulator takes those present on day 0 from the capacity for ever.
        capacity = capacity - days.present
    is_open: Mask = np.append(days.open[day], True)[ways.links].min(axis=1)
    if setting.forced[day].any():
        is_open &= ~setting.forced[day][ways.place] | days.forced[day][ways.links[:, 0]]
    left = room(setting.by_draw(positions.there(setting)), capacity, behaviour)
    left = np.repeat(left, setting.groups, axis=0)
    leave = setting.leave[day][:, setting.menu.place]
    if setting.shelters[day].any():
        # Who waits at a camp's gate may look for another place.
        outside = setting.shelters[day].nonzero()[0]
        leave[:, outside] = _leave_gate(setting, len(leave))
    pulls = attraction(setting.score[day], ways, behaviour)
    fled = setting.fled[day]
    into = fled[ways.goal] | fled[setting.roads.end[ways.links[:, 0]]]
    homeward = ~fled[ways.place] & into
    return choices(
        pulls,
        left,
        is_open,
        leave,
        ways,
        setting.menu,
        behaviour,
        setting.sharing,
        homeward if homeward.any() else None,
    )


def _leave_gate(setting: Setting, rows: int) -> Array:
    """Probability to leave the gate of a full camp: people stay near; (row, 1)."""
    groups = np.array([group.leave for group in setting.behaviour.groups])
    by_group = np.tile(groups, rows // groups.size)[:, None]
    return np.minimum(np.reshape(setting.behaviour.leave_gate, (-1, 1)) * by_group, 1.0)


def _decide(
    setting: Setting, today: Today, cells: AtPlaces, into: Counted, turn: int, group: int = 0
) -> Flow:
    """Free people at places: who stays is added to `into` (spot,); the flow of the others."""
    spot, _, used = cells.keys
    keys = None
    if today.keys is not None:
        keys = random.cell_keys(today.keys[spot], used, turn)
    first, last = setting.first[spot], setting.last[spot]
    if group:
        shift = int(setting.menu.offset[group])
        first, last = first + shift, last + shift
    stay, cell, rung, split = random.choose(cells.persons, first, last, today.choices.ladder, keys)
    add_at(into, spot, stay)
    option = rung - setting.line[spot[cell]]
    columns = np.empty((5, cell.size), dtype=np.int64)
    columns[0], columns[1] = setting.row[spot[cell]], setting.link_of[option]
    columns[2], columns[3] = setting.tail_of[option], used[cell]
    return Flow(columns, split)


def _follow(setting: Setting, today: Today, cells: AtPlaces) -> tuple[AtPlaces, Flow]:
    """People in the middle of a route: those who must give it up, and the flow of the others."""
    ways = setting.routes
    spot, tail, used = cells.keys
    row, link = setting.row[spot], ways.tail_link[tail]
    full = today.choices.full[row, ways.tail_goal[tail]]
    lost = full | ~setting.days.open[today.day, link]
    keys = np.array([row, link, ways.tail_tail[tail], used, link * 0])
    return cells.take(lost), Flow(keys, cells.persons).take(~lost)


def _mornings(setting: Setting, positions: Positions, today: Today) -> list[Flow]:
    """Those at rest who leave this morning."""
    flows = []
    for turn, people, group in (
        (random.MORNING, positions.at, 0),
        (random.INSIDE, positions.inside, setting.places),
    ):
        spot = people.nonzero()[0]
        if spot.size:
            cells = AtPlaces(np.array([spot, spot * 0 - 1, spot * 0]), people[spot])
            people[:] = 0
            flows.append(_decide(setting, today, cells, people, turn, group))
    middle = positions.following.nonzero()[0]
    if middle.size:
        keys = np.array([setting.tail_spot[middle], middle % setting.tails, middle * 0])
        cells = AtPlaces(keys, positions.following[middle])
        positions.following[:] = 0
        lost, flow = _follow(setting, today, cells)
        add_at(positions.at, lost.keys[0], lost.persons)
        flows.append(flow)
    return [flow for flow in flows if len(flow)]


# --- travelling ------------------------------------------------------------------------------


def _travel(
    setting: Setting, positions: Positions, today: Today, starting: list[Flow]
) -> list[Flow]:
    """Put people on their links; returns those who reach the end today."""
    arriving = []
    for flow in starting:
        if setting.limited:
            flow = _let_through(setting, positions, today, flow)
        flow, need = _needed(setting, today, flow)
        link = flow.keys[1]
        today.started.append((link, flow.persons))
        later, flow.keys[3] = arrival(flow.keys[3], need, literal=setting.behaviour.literal)
        flow.keys[4] = setting.days.closings[today.day, link]
        waits = later.nonzero()[0]
        if waits.size:
            _on_the_way(setting, positions, today, flow.take(waits), later[waits])
            flow = flow.take((later == 0).nonzero()[0])
        arriving.append(flow)
    return arriving


def _on_the_way(
    setting: Setting, positions: Positions, today: Today, flow: Flow, later: Whole
) -> None:
    """People who arrive on a later day."""
    positions.on_road += np.bincount(flow.keys[0], flow.persons, setting.rows).astype(
        positions.at.dtype
    )
    for wait in range(1, int(later.max()) + 1):
        some = (later == wait).nonzero()[0]
        if some.size:
            positions.due.setdefault(today.day + wait, []).append(flow.take(some))


def _needed(setting: Setting, today: Today, flow: Flow) -> tuple[Flow, Whole]:
    """Parts of a day that people need for their link."""
    walks = setting.walks[setting.regime[today.day]]
    keys = None
    if walks.ladder is not None and today.keys is not None:
        row, link = flow.keys[:2]
        keys = today.keys[row * setting.places + setting.roads.start[link]]
    return needed(flow, walks, setting.groups, keys)


def _let_through(setting: Setting, positions: Positions, today: Today, flow: Flow) -> Flow:
    """Those whom the crossings' daily limits let through; the others wait where they are."""
    row, link = flow.keys[:2]
    lane = row // setting.groups * setting.roads.start.size + link
    through, kept_back = let_through(flow, lane, positions.quota)
    row, link = kept_back.keys[:2]
    add_at(positions.at, row * setting.places + setting.roads.start[link], kept_back.persons)
    today.held.append((link, kept_back.persons))
    return through


def _arrive(
    setting: Setting, positions: Positions, today: Today, arriving: list[Flow], turn: int
) -> list[Flow]:
    """Bring people to the end of their links; returns the flow of those who go on today."""
    keys = arriving[0].keys
    persons = arriving[0].persons
    if len(arriving) > 1:
        keys = np.concatenate([flow.keys for flow in arriving], axis=1)
        persons = np.concatenate([flow.persons for flow in arriving])
    row, link, tail, used, closings = keys
    if setting.dangerous:
        persons = _survivors(setting, positions, today, Flow(keys, persons), turn)
    place = setting.roads.end[link]
    # A road shut meanwhile is walked to the border and back.
    back = setting.days.closings[today.day, link] > closings
    if back.any():
        place = np.where(back, setting.roads.start[link], place)
        tail, used = np.where(back, -1, tail), np.where(back, DAY, used)
    cells = AtPlaces(np.array([row * setting.places + place, tail, used]), persons)
    today.arrived.append((cells.keys[0], persons))
    ends = used >= DAY
    if today.keys is None:
        ends |= persons < TRACE
    _rest(setting, positions, cells.take(ends.nonzero()[0]))
    cells = cells.take((~ends).nonzero()[0])
    return (
        _go_on(setting, positions, today, merged(cells, setting.tails), turn) if len(cells) else []
    )


def _survivors(
    setting: Setting, positions: Positions, today: Today, flow: Flow, turn: int
) -> Counted:
    """Those who live through their link; the others are counted."""
    row, link, tail, used, _ = flow.keys
    risk = setting.roads.deaths[link]
    if today.keys is None:
        dead = flow.persons * risk
    else:
        spot = row * setting.places + setting.roads.start[link]
        cell = (
            (used * (setting.tails + 1) + tail + 1) * setting.roads.start.size + link
        ) * 64 + turn
        uniforms = random.uniform(random.cell_keys(today.keys[spot], cell, random.DYING), 0)
        dead = random.binomial(flow.persons, risk, uniforms)
    add_at(positions.died, row, dead)
    today.dead.append((link, dead))
    return flow.persons - dead


def _go_on(
    setting: Setting, positions: Positions, today: Today, cells: AtPlaces, turn: int
) -> list[Flow]:
    """Let people who have some of the day left decide again where they have come to."""
    flows: list[Flow] = []
    if setting.tails:
        bound = cells.take(cells.keys[1] >= 0)
        cells = cells.take(cells.keys[1] < 0)
        lost, flow = _follow(setting, today, bound)
        add_at(positions.at, lost.keys[0], lost.persons)
        flows.append(flow)
    flows.append(_decide(setting, today, cells, positions.at, turn))
    return [flow for flow in flows if len(flow)]


def _rest(setting: Setting, positions: Positions, cells: AtPlaces) -> None:
    """End the day for people where they are."""
    if setting.tails and len(cells):
        bound = cells.take(cells.keys[1] >= 0)
        cells = cells.take(cells.keys[1] < 0)
        row = bound.keys[0] // setting.places
        add_at(positions.following, row * setting.tails + bound.keys[1], bound.persons)
    add_at(positions.at, cells.keys[0], cells.persons)


def _admit(day: int, setting: Setting, positions: Positions) -> None:
    """Let into each camp whom it has room for; who is beyond its capacity waits outside."""
    days, works = setting.days, setting.shelters[day]
    capacity = np.where(works, days.capacity[day] * setting.behaviour.capacity_scaling, 0.0)
    capacity = np.minimum(np.floor(capacity), NO_LIMIT).astype(positions.at.dtype)
    room_left = np.tile(capacity, setting.draws) - setting.by_draw(positions.inside).ravel()
    per_day = np.minimum(np.floor(days.admitted[day]), NO_LIMIT).astype(positions.at.dtype)
    enter = np.minimum(np.maximum(room_left, 0), np.tile(per_day * works, setting.draws))
    entering = _taken(setting, positions.at, enter)
    # Capacity that has been taken away puts people out again.
    leaving = _taken(setting, positions.inside, np.maximum(-room_left, 0))
    positions.inside += entering - leaving
    positions.at -= entering - leaving


def _count(day: int, setting: Setting, positions: Positions) -> None:
    """Set camps to what was counted: people come from the places between, or go back there.

    The count says where people are, not that they are more or fewer; only what the places between
    cannot supply is added, and noted as a correction.
    """
    counted = setting.days.counted[day]
    where = np.isfinite(counted)
    people = positions.inside if setting.shelters[day].any() else positions.at
    target = np.tile(np.where(where, counted, 0.0).astype(people.dtype), setting.draws)
    now = setting.by_draw(people * np.tile(where, setting.rows)).ravel()
    more = by_group(setting, np.maximum(target - now, 0), day)
    less = _taken(setting, people, np.maximum(now - target, 0))
    people += more - less
    between = positions.at * np.tile(~where, setting.rows)
    stock = between.reshape(setting.draws, -1)
    wanted = (more - less).reshape(setting.draws, -1).sum(axis=1)
    taken = np.where(stock.sum(axis=1) > 0, np.minimum(wanted, stock.sum(axis=1)), 0)
    positions.at -= _in_proportion(stock, taken).ravel()
    positions.corrected += np.repeat(wanted - taken, setting.groups) * (
        np.arange(setting.rows) % setting.groups == 0
    )


def _in_proportion(persons: Counted, wanted: Counted) -> Counted:
    """`wanted` (draw,) of `persons` (draw, n), in proportion and whole; may be negative."""
    total = persons.sum(axis=1)
    share = wanted / np.where(total > 0, total, 1)
    running = np.cumsum(persons, axis=1) * share[:, None]
    if persons.dtype.kind == "i":
        running = np.rint(running).astype(persons.dtype)
    return np.diff(running, axis=1, prepend=0)
