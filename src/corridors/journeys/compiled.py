"""`random.choose`, and the days of the literal rules, cell by cell, compiled: the same counts.

Whole arrays pay for a call on every turn of a day and every level of a split; a loop does not
(benchmarks/journeys.py prints the ratio). `journeys.random` and `journeys.step` say what is
computed and compute it where this module cannot be imported;
tests/laws/test_journeys_luck.py holds the two together. Constants come from there; compiled code
that is kept on disk keeps their values until this file changes too.

The normal quantile is algorithm AS 241, PPND16 (Wichura 1988), because compiled code cannot call
the library's; it agrees with it to the last digits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from corridors.journeys import random
from corridors.journeys.random import BY_11, BY_27, BY_30, BY_31, FIRST, SECOND, SMOOTH, TERMS, Keys
from corridors.journeys.travel import DAY
from corridors.labels import Array, Mask, Whole

__all__ = ["Days", "Moved", "choose", "days_of_draw", "normal_quantile"]

_GOLDEN = np.uint64(random.GOLDEN)
_DAILY, _NUMBER, _TURN = (np.uint64(odd) for odd in (random.DAILY, random.NUMBER, random.TURN))
_MORNING = np.uint64(random.MORNING % 2**64)
#: Up to so many options, luck is compared with one rung after another, so many people at a time.
LISTED, BLOCK = 16, 64

#: Numerators and denominators of AS 241, highest power first: the middle, the tails, the far tails.
_MIDDLE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_TAIL = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_FAR = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


@njit(cache=True)
def _ratio(at: float, top: tuple[float, ...], bottom: tuple[float, ...]) -> float:
    above = below = 0.0
    for power in range(8):
        above = above * at + top[power]
        below = below * at + bottom[power]
    return above / below


@njit(cache=True)
def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal, in standard deviations: AS 241, PPND16 (Wichura 1988).

    Parameters
    ----------
    probability : float, strictly between 0 and 1
    """
    centred = probability - 0.5
    if abs(centred) <= 0.425:
        return centred * _ratio(0.180625 - centred * centred, _MIDDLE[0], _MIDDLE[1])
    root = math.sqrt(-math.log(probability if centred < 0 else 1.0 - probability))
    if root <= 5.0:
        quantile = _ratio(root - 1.6, _TAIL[0], _TAIL[1])
    else:
        quantile = _ratio(root - 5.0, _FAR[0], _FAR[1])
    return -quantile if centred < 0 else quantile


@njit(cache=True)
def _bits(key: np.uint64, number: int) -> np.uint64:
    """The 53 bits of luck of a number in a cell; (SplitMix64)."""
    bits = key + np.uint64(number) * _GOLDEN
    bits ^= bits >> BY_30
    bits *= FIRST
    bits ^= bits >> BY_27
    bits *= SECOND
    bits ^= bits >> BY_31
    return bits >> BY_11


@njit(cache=True)
def _binomial(persons: int, share: float, luck: float) -> int:
    """As `random.binomial`, of one cell."""
    often = share > 0.5
    rare = 1.0 - share if often else share
    point = 1.0 - luck if often else luck
    variance = persons * rare * (1.0 - rare)
    if variance >= SMOOTH:
        count = _expansion(persons, rare, variance, point)
    else:
        count = _table(persons, rare, point)
    return persons - count if often else count


@njit(cache=True)
def _expansion(persons: int, share: float, variance: float, luck: float) -> int:
    z = normal_quantile(min(max(luck, 1e-300), 1.0 - 1e-16))
    spread = math.sqrt(variance - 1.0 / 12.0)
    skew = variance * (1.0 - 2.0 * share) / spread**3
    kurtosis = (variance * (1.0 - 6.0 * share * (1.0 - share)) + 1.0 / 120.0) / spread**4
    bend = skew * (z * z - 1.0) / 6.0
    tail = z * (kurtosis * (z * z - 3.0) / 24.0 - skew * skew * (2.0 * z * z - 5.0) / 36.0)
    count = math.floor(persons * share + spread * (z + bend + tail) + 0.5)
    return int(min(max(count, 0), persons))


@njit(cache=True)
def _table(persons: int, share: float, luck: float) -> int:
    none = math.exp(persons * math.log1p(-share))
    if luck <= none:
        return 0
    mean = persons * share
    terms = (
        TERMS[0][1] if mean <= TERMS[0][0] else TERMS[1][1] if mean <= TERMS[1][0] else TERMS[2][1]
    )
    odds = share / (1.0 - share)
    count, product, total = 1, 1.0, 0.0
    for k in range(1, terms + 1):
        product *= max(persons - k + 1, 0) * odds / k
        total += product
        if luck <= none * (1.0 + total):
            break
        count += 1
    return min(count, persons)


@njit(cache=True)
def _tell_apart(
    counts: Whole, at: int, rungs: Array, key: np.uint64, begin: int, first: int, last: int,
    number: int, luck: Array,
) -> None:  # fmt: skip
    """Add what `number` people choose who each have a uniform of their own.

    Few options are counted rung by rung over `luck`, without branches and several people at a
    time; many are searched.
    """
    bottom = rungs[first]
    share = (rungs[last] - bottom) * (2.0**-53 * (1.0 - 1e-9))
    base = (first - begin) << 32
    if last - first > LISTED:
        for person in range(number):
            point = _bits(key, base + person) * share + bottom
            below, above = first, last
            while above - below > 1:
                middle = (below + above) >> 1
                if rungs[middle] <= point:
                    below = middle
                else:
                    above = middle
            counts[at + below - begin] += 1
        return
    for done in range(0, number, luck.size):
        here = min(number - done, luck.size)
        for person in range(here):
            # (Through a signed number: vectors have no other way to a float.)
            luck[person] = np.int64(_bits(key, base + done + person)) * share + bottom
        beyond = here
        for option in range(first + 1, last):
            rung, reach = rungs[option], 0
            for person in range(here):
                reach += rung <= luck[person]
            counts[at + option - 1 - begin] += beyond - reach
            beyond = reach
        counts[at + last - 1 - begin] += beyond


@njit(cache=True)
def _share_out(
    counts: Whole, at: int, key: np.uint64, persons: int, begin: int, end: int, rungs: Array,
    few: int, waiting: Whole, luck: Array,
) -> None:  # fmt: skip
    """Add to `counts`, from position `at` on, what the people of one cell choose.

    Large groups are halved, small ones told apart; `waiting` has room for a group a level, `luck`
    for some people.
    """
    waiting[0, 0], waiting[0, 1], waiting[0, 2] = persons, begin, end
    depth, whole = 1, True
    while depth:
        depth -= 1
        number, first, last = waiting[depth, 0], waiting[depth, 1], waiting[depth, 2]
        if number == 0:
            continue
        if last - first == 1 and not whole:
            counts[at + first - begin] += number
            continue
        if number <= few * (last - first):
            _tell_apart(counts, at, rungs, key, begin, first, last, number, luck)
            continue
        middle = last - 1 if whole else (first + last) >> 1  # first who leaves, and who stays
        whole = False
        bottom, top = rungs[first], rungs[last]
        share = (rungs[middle] - bottom) / (top - bottom if top > bottom else 1.0)
        node = ((first - begin) << 32) - (last - first)
        left = _binomial(number, share, _bits(key, node) * 2.0**-53)
        waiting[depth, 0], waiting[depth, 1], waiting[depth, 2] = left, first, middle
        depth += 1
        waiting[depth, 0], waiting[depth, 1], waiting[depth, 2] = number - left, middle, last
        depth += 1


@njit(cache=True)
def choose(
    persons: Whole, first: Whole, last: Whole, rungs: Array, few: int, keys: Keys, can_stay: bool
) -> tuple[Whole, Whole, Whole, Whole]:
    """Split the people of cells over the options of their groups, as `random.choose`, compiled.

    Parameters
    ----------
    persons : (cell,) whole numbers
    first, last : (cell,) rung where the options of the cell begin and end
    rungs : (rung,) probabilities added up, as in `random.Ladder`
    few : int
        Persons up to whom each has a uniform of their own, as in `random.Sharing`.
    keys : (cell,) luck of the cells
    can_stay : bool
        Whether the last option of each cell is to stay.

    Returns
    -------
    stay : (cell,) persons
    cell, rung, persons : (split,) of every other split that is not empty

    Notes
    -----
    Uniforms by SplitMix64 (Steele, Lea & Flood 2014).
    """
    cells = persons.size
    at = np.zeros(cells + 1, dtype=np.int64)
    for cell in range(cells):
        at[cell + 1] = at[cell] + last[cell] - first[cell]
    counts = np.zeros(at[cells], dtype=np.int64)
    stay = np.zeros(cells if can_stay else 0, dtype=np.int64)
    waiting, luck = np.empty((128, 3), dtype=np.int64), np.empty(BLOCK)
    splits = 0
    for cell in range(cells):
        _share_out(
            counts, at[cell], keys[cell], persons[cell], first[cell], last[cell], rungs, few,
            waiting, luck,
        )  # fmt: skip
        if can_stay:
            stay[cell] = counts[at[cell + 1] - 1]
            counts[at[cell + 1] - 1] = 0
        for option in range(at[cell], at[cell + 1]):
            splits += counts[option] > 0
    chosen = np.empty((3, splits), dtype=np.int64)
    split = 0
    for cell in range(cells):
        for option in range(at[cell], at[cell + 1]):
            if counts[option] > 0:
                chosen[0, split], chosen[2, split] = cell, counts[option]
                chosen[1, split] = first[cell] + option - at[cell]
                split += 1
    return stay, chosen[0], chosen[1], chosen[2]


# --- days of the literal rules ---------------------------------------------------------------


class Days(NamedTuple):
    """What the days of one draw read; letters as in `journeys.network`.

    Parameters
    ----------
    departures : (t,) persons who set out
    origins : (t, p) their weights by place
    present : (p,) persons there on day 0
    score, leave : (t, p) attraction of a place, probability to leave it
    capacity : (t, p) as `choices.room` takes it
    is_open : (t, r) routes that can be taken
    closings : (t, l) how often the link has been shut so far
    distance : (r,) what a route's attraction is divided by
    goal : (r,) place it leads to
    offset : (p + 1,) first route of each place
    link : (r,) link of each route
    start, end, need : (l,) of links; `need` in parts of a day
    numbers : score_softening, capacity_buffer, pruning
    place_keys : (p + 1,) luck of places in this draw, the last of those who set out
    row : which row of `random.Ladder` the draw would stand in
    few : as in `random.Sharing`
    """

    departures: Whole
    origins: Array
    present: Whole
    score: Array
    leave: Array
    capacity: Array
    is_open: Mask
    closings: Whole
    distance: Array
    goal: Whole
    offset: Whole
    link: Whole
    start: Whole
    end: Whole
    need: Whole
    numbers: tuple[float, float, float]
    place_keys: Keys
    row: int
    few: int


class Moved(NamedTuple):
    """What the days of one draw write; persons.

    Parameters
    ----------
    people, arrived : (t, p)
    used : (t, l) added to
    on_road, set_out : (t,)
    """

    people: Whole
    arrived: Whole
    used: Array
    on_road: Whole
    set_out: Whole


@njit(cache=True)
def _mixed(bits: np.uint64) -> np.uint64:
    bits ^= bits >> BY_30
    bits *= FIRST
    bits ^= bits >> BY_27
    bits *= SECOND
    bits ^= bits >> BY_31
    return bits


@njit(cache=True)
def _rungs_of_origins(weight: Array, rungs: Array) -> bool:
    """Running shares of the places people set out from; whether there are any."""
    total = 0.0
    for place in range(weight.size):
        total += weight[place]
    if total <= 0.0:
        return False
    rungs[0] = 0.0
    for place in range(weight.size):
        rungs[place + 1] = rungs[place] + weight[place] / total
    return True


@njit(cache=True)
def _room_left(at: Whole, capacity: Array, buffer: float, left: Array) -> None:
    """As `choices.room`."""
    for place in range(at.size):
        limit = capacity[place]
        left[place] = 1.0
        if limit >= 1.0 and limit < np.inf:
            spare = max(limit * (1.0 - buffer), 1e-9)
            left[place] = min(max((limit - at[place]) / spare, 0.0), 1.0)


@njit(cache=True)
def _weights(day: int, days: Days, left: Array, weight: Array) -> None:
    """As `choices.attraction`, with room at the goal; 0 where a route is shut or pruned."""
    softening, _, pruning = days.numbers
    for place in range(days.present.size):
        best = 0.0
        for route in range(days.offset[place], days.offset[place + 1]):
            goal = days.goal[route]
            pull = (softening + days.score[day, goal]) / days.distance[route] * left[goal]
            weight[route] = pull if days.is_open[day, route] else 0.0
            best = max(best, weight[route])
        if pruning > 1.001:
            for route in range(days.offset[place], days.offset[place + 1]):
                if weight[route] < best / pruning:
                    weight[route] = 0.0


@njit(cache=True)
def _rungs_of_routes(day: int, days: Days, left: Array, weight: Array, rungs: Array) -> None:
    """As `choices.choices`: running shares of the routes of each place, then of who stays."""
    _weights(day, days, left, weight)
    option, running = 0, 0.0
    rungs[0] = 0.0
    for place in range(days.present.size):
        first, last = days.offset[place], days.offset[place + 1]
        total, openings = 0.0, 0
        for route in range(first, last):
            total += weight[route]
            openings += days.is_open[day, route]
        leaves = 0.0
        for route in range(first, last):
            share = 0.0
            if left[days.goal[route]] >= 0.5:
                if total > 0.0:
                    share = weight[route] / total * days.leave[day, place]
                elif days.is_open[day, route]:
                    share = 1.0 / openings * days.leave[day, place]
            leaves += share
            running += share
            option += 1
            rungs[option] = running
        running += 1.0 - leaves
        option += 1
        rungs[option] = running
    lift = days.row * (math.ceil(running) + 1.0)
    for rung in range(rungs.size):
        rungs[rung] += lift


@njit(cache=True)
def _met(cells: Whole, number: int, newest: Whole, place: int, used: int, persons: int) -> int:
    """Add people to the cell of their place and part of the day; how many cells there are.

    Parameters
    ----------
    cells : (cell, 4) place, part of the day used, persons, the cell before it at its place
    newest : (p,) the last cell made at each place, -1 = none
    """
    cell = newest[place]
    while cell >= 0:
        if cells[cell, 1] == used:
            cells[cell, 2] += persons
            return number
        cell = cells[cell, 3]
    cells[number, 0], cells[number, 1], cells[number, 2] = place, used, persons
    cells[number, 3] = newest[place]
    newest[place] = number
    return number + 1


@njit(cache=True)
def _room_for(cells: Whole, rows: int) -> Whole:
    if rows <= len(cells):
        return cells
    longer = np.empty((2 * rows, cells.shape[1]), dtype=np.int64)
    longer[: len(cells)] = cells
    return longer


@njit(cache=True)
def _set_out(
    day: int, days: Days, at: Whole, rungs: Array, counts: Whole, waiting: Whole, luck: Array
) -> None:
    """Put those who begin their journey where they begin it."""
    counts[: at.size] = 0
    key = _mixed(days.place_keys[at.size] + np.uint64(day + 1) * _DAILY)
    _share_out(counts, 0, key, days.departures[day], 0, at.size, rungs, days.few, waiting, luck)
    for place in range(at.size):
        at[place] += counts[place]


@njit(cache=True)
def _mornings(at: Whole, cells: Whole) -> int:
    """Take everybody at rest into cells; how many there are."""
    number = 0
    for place in range(at.size):
        if at[place] > 0:
            cells[number, 0], cells[number, 1], cells[number, 2] = place, 0, at[place]
            at[place] = 0
            number += 1
    return number


@njit(cache=True)
def _come_due(
    day: int, days: Days, moved: Moved, due: Whole, at: Whole, cells: Whole, newest: Whole
) -> int:
    """Bring those who arrive from earlier days to the end of their links; how many cells."""
    number = 0
    today = due[day % len(due)]
    for link in range(today.size):
        persons = today[link]
        if persons == 0:
            continue
        today[link] = 0
        moved.on_road[day] -= persons
        later = days.need[link] // DAY
        place, used = days.end[link], days.need[link] - later * DAY
        if days.closings[day, link] > days.closings[day - later, link]:
            # A road shut meanwhile is walked to the border and back.
            place, used = days.start[link], DAY
        moved.arrived[day, place] += persons
        if used >= DAY:
            at[place] += persons
        else:
            number = _met(cells, number, newest, place, used, persons)
    return number


@njit(cache=True)
def days_of_draw(days: Days, moved: Moved) -> None:
    """Every day of one draw by the literal rules, (50) and (51), one group, routes of one link.

    As `step.day_of`, compiled.

    Whoever leaves is on a link until it ends: today, or on the day and with the part of it used
    that the link says (`travel.arrival`).

    Parameters
    ----------
    days : Days
        What the draw reads: persons (p,), departures and capacities (t, p), parts of a day (link,).
    moved : Moved
        What it writes: persons by day and place (t, p), by day on the road (t,), by day and link.
    """
    places, links = days.present.size, days.start.size
    # (By themselves: to hand on the whole of `days` for each cell costs more than the cell.)
    offset, links_of, need, end = days.offset, days.link, days.need, days.end
    keys, few = days.place_keys, days.few
    at, longest = days.present.copy(), 0
    for link in range(links):
        longest = max(longest, need[link] // DAY)
    due = np.zeros((longest + 1, links), dtype=np.int64)
    widest = np.diff(offset).max()
    weight, left = np.empty(days.goal.size), np.empty(places)
    rungs, origins = np.empty(days.goal.size + places + 1), np.empty(places + 1)
    counts = np.zeros(max(days.goal.size, places) + 1, dtype=np.int64)
    waiting, newest = np.empty((128, 3), dtype=np.int64), np.full(places, -1, dtype=np.int64)
    luck = np.empty(BLOCK)
    cells, after = np.empty((places + links, 4), np.int64), np.empty((places + links, 4), np.int64)
    for day in range(days.departures.size):
        if day:
            moved.on_road[day] = moved.on_road[day - 1]
        if days.departures[day] > 0 and _rungs_of_origins(days.origins[day], origins):
            _set_out(day, days, at, origins, counts, waiting, luck)
            moved.set_out[day] = days.departures[day]
        _room_left(at, days.capacity[day], days.numbers[1], left)
        _rungs_of_routes(day, days, left, weight, rungs)
        daily = np.uint64(day + 1) * _DAILY
        used_today, arrived_today, under_way = moved.used[day], moved.arrived[day], 0
        deciding = _mornings(at, cells)
        number = _come_due(day, days, moved, due, at, after, newest)
        turn, hops = _MORNING, 0
        while deciding > 0:
            after = _room_for(after, number + deciding * widest)
            for cell in range(deciding):
                place, used = cells[cell, 0], cells[cell, 1]
                first, last = offset[place] + place, offset[place + 1] + place + 1
                key = _mixed(keys[place] + daily + np.uint64(used) * _NUMBER + turn * _TURN)
                for option in range(last - first):
                    counts[option] = 0
                _share_out(counts, 0, key, cells[cell, 2], first, last, rungs, few, waiting, luck)
                at[place] += counts[last - first - 1]
                for option in range(last - first - 1):
                    persons = counts[option]
                    if persons == 0:
                        continue
                    link = links_of[offset[place] + option]
                    used_today[link] += persons
                    if need[link] >= DAY:
                        under_way += persons
                        due[(day + need[link] // DAY) % len(due), link] += persons
                        continue
                    arrived_today[end[link]] += persons
                    if used + need[link] >= DAY:
                        at[end[link]] += persons
                    else:
                        number = _met(after, number, newest, end[link], used + need[link], persons)
            cells, after, deciding, number = after, cells, number, 0
            for cell in range(deciding):
                newest[cells[cell, 0]] = -1
            hops += 1
            turn = np.uint64(hops)
        moved.on_road[day] += under_way
        moved.people[day] = at
