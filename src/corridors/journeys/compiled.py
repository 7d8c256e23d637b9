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
#: Up to so many people a power is made by squares; of more it would lose too many digits.
SQUARED = 4_096
#: Binary digits of the number of buckets in which cells are looked for.
BUCKETS = 12
#: One over the whole numbers up to the most terms.
_PARTS = 1.0 / np.maximum(np.arange(TERMS[-1][1] + 1), 1)

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
    # One division for all that are by a power of the spread; `lean` is its product with the skew.
    square = variance - 1.0 / 12.0
    spread, over = math.sqrt(square), 1.0 / square
    lean = variance * (1.0 - 2.0 * share) * over
    kurtosis = (variance * (1.0 - 6.0 * share * (1.0 - share)) + 1.0 / 120.0) * over * over
    bend = lean * (z * z - 1.0) * (1.0 / 6.0)
    tail = kurtosis * (z * z - 3.0) * (1.0 / 24.0)
    tail -= lean * lean * over * (2.0 * z * z - 5.0) * (1.0 / 36.0)
    count = math.floor(persons * share + spread * (z + z * tail) + bend + 0.5)
    return int(min(max(count, 0), persons))


@njit(cache=True)
def _nobody(persons: int, share: float) -> float:
    """Probability that nobody does what each does with probability `share`."""
    if persons > SQUARED:
        return math.exp(persons * math.log1p(-share))
    none, square = 1.0, 1.0 - share
    while persons:
        if persons & 1:
            none *= square
        square *= square
        persons >>= 1
    return none


@njit(cache=True)
def _table(persons: int, share: float, luck: float) -> int:
    none = _nobody(persons, share)
    if luck <= none:
        return 0
    mean = persons * share
    terms = (
        TERMS[0][1] if mean <= TERMS[0][0] else TERMS[1][1] if mean <= TERMS[1][0] else TERMS[2][1]
    )
    odds = share / (1.0 - share)
    count, product, total = 1, none, none
    for k in range(1, terms + 1):
        product *= max(persons - k + 1, 0) * odds * _PARTS[k]
        total += product
        if luck <= total:
            break
        count += 1
    return min(count, persons)


@njit(cache=True)
def _share_out(counts: Whole, asked: Whole, keys: Keys, cells: int, rungs: Array, few: int) -> None:
    """Add to `counts` what the people of cells choose.

    Large groups are halved; `waiting` holds a group a level. Of small ones each person has a
    uniform: few options are counted rung by rung over `luck`, without branches and several people
    at a time, many are searched. (All cells in one function: to hand arrays on for each costs more
    than the cell.)

    Parameters
    ----------
    asked : (cell, 4) where its counts begin, persons, rungs where its options begin and end
    """
    waiting, luck = np.empty((128, 3), dtype=np.int64), np.empty(BLOCK)
    for cell in range(cells):
        key, begin, whole, depth = keys[cell], asked[cell, 2], True, 1
        base = asked[cell, 0] - begin
        waiting[0, 0], waiting[0, 1], waiting[0, 2] = asked[cell, 1], begin, asked[cell, 3]
        while depth:
            depth -= 1
            number, first, last = waiting[depth, 0], waiting[depth, 1], waiting[depth, 2]
            if number == 0:
                continue
            if last - first == 1 and not whole:
                counts[base + first] += number
                continue
            bottom, top = rungs[first], rungs[last]
            if number > few * (last - first):
                middle = last - 1 if whole else (first + last) >> 1  # first who leaves, who stays
                whole = False
                share = (rungs[middle] - bottom) / (top - bottom if top > bottom else 1.0)
                node = ((first - begin) << 32) - (last - first)
                left = _binomial(number, share, _bits(key, node) * 2.0**-53)
                waiting[depth, 0], waiting[depth, 2] = left, middle
                waiting[depth + 1, 0], waiting[depth + 1, 1] = number - left, middle
                waiting[depth + 1, 2] = last
                depth += 2
                continue
            share, node = (top - bottom) * (2.0**-53 * (1.0 - 1e-9)), (first - begin) << 32
            if last - first > LISTED:
                for person in range(number):
                    below, above = first, last
                    point = _bits(key, node + person) * share + bottom
                    while above - below > 1:
                        middle = (below + above) >> 1
                        below, above = (
                            (middle, above) if rungs[middle] <= point else (below, middle)
                        )
                    counts[base + below] += 1
                continue
            for done in range(0, number, BLOCK):
                beyond = min(number - done, BLOCK)
                for person in range(beyond):
                    # (Through a signed number: vectors have no other way to a float.)
                    luck[person] = np.int64(_bits(key, node + done + person)) * share + bottom
                here = beyond
                for option in range(first + 1, last):
                    rung, reach = rungs[option], 0
                    for person in range(here):
                        reach += rung <= luck[person]
                    counts[base + option - 1] += beyond - reach
                    beyond = reach
                counts[base + last - 1] += beyond


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
    at, asked = np.zeros(cells + 1, dtype=np.int64), np.empty((cells, 4), dtype=np.int64)
    for cell in range(cells):
        at[cell + 1] = at[cell] + last[cell] - first[cell]
        asked[cell, 0], asked[cell, 1] = at[cell], persons[cell]
        asked[cell, 2], asked[cell, 3] = first[cell], last[cell]
    counts = np.zeros(at[cells], dtype=np.int64)
    stay = np.zeros(cells if can_stay else 0, dtype=np.int64)
    _share_out(counts, asked, keys, cells, rungs, few)
    splits = 0
    for cell in range(cells):
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
def _bucket(place: int, used: int) -> int:
    """Where the cell of a place and part of the day is looked for, of 2^`BUCKETS`."""
    return int((np.uint64(place * DAY + used) * _GOLDEN) >> np.uint64(64 - BUCKETS))


@njit(cache=True)
def _met(cells: Whole, number: int, newest: Whole, place: int, used: int, persons: int) -> int:
    """Add people to the cell of their place and part of the day; how many cells there are.

    Parameters
    ----------
    cells : (cell, 4) place, part of the day used, persons, the cell before it of its bucket
    newest : (bucket,) the last cell made of each, -1 = none
    """
    bucket = _bucket(place, used)
    cell = newest[bucket]
    while cell >= 0:
        if cells[cell, 0] == place and cells[cell, 1] == used:
            cells[cell, 2] += persons
            return number
        cell = cells[cell, 3]
    cells[number, 0], cells[number, 1], cells[number, 2] = place, used, persons
    cells[number, 3] = newest[bucket]
    newest[bucket] = number
    return number + 1


@njit(cache=True)
def _room_for(cells: Whole, rows: int) -> Whole:
    if rows <= len(cells):
        return cells
    longer = np.empty((2 * rows, cells.shape[1]), dtype=np.int64)
    longer[: len(cells)] = cells
    return longer


@njit(cache=True)
def _set_out(day: int, days: Days, at: Whole, rungs: Array) -> None:
    """Put those who begin their journey where they begin it."""
    key = np.empty(1, dtype=np.uint64)
    key[0] = _mixed(days.place_keys[at.size] + np.uint64(day + 1) * _DAILY)
    _share_out(at, np.array([[0, days.departures[day], 0, at.size]]), key, 1, rungs, days.few)


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
def _ask(
    cells: Whole, number: int, offset: Whole, keys: Keys, luck: np.uint64, asked: Whole, own: Keys
) -> int:
    """Write what `_share_out` asks of cells, and their own keys; how many options they have.

    Parameters
    ----------
    luck : what the day and the turn add to the keys of places
    """
    options = 0
    for cell in range(number):
        place = cells[cell, 0]
        first, last = offset[place] + place, offset[place + 1] + place + 1
        asked[cell, 0], asked[cell, 1], asked[cell, 2], asked[cell, 3] = (
            options, cells[cell, 2], first, last,
        )  # fmt: skip
        options += last - first
        own[cell] = _mixed(keys[place] + luck + np.uint64(cells[cell, 1]) * _NUMBER)
    return options


@njit(cache=True)
def _move(
    day: int,
    cells: tuple[Whole, int, Whole, Whole],
    roads: tuple[Whole, Whole, Whole, Whole],
    today: tuple[Whole, Whole, Array, Whole],
    after: tuple[Whole, int, Whole],
) -> tuple[int, int]:
    """Send people along the links they chose; how many cells they make, and who is on the road.

    Parameters
    ----------
    cells : the cells, their number, what was asked of them and the counts
    roads : as `Days.offset`, `link`, `need`, `end`
    today : persons due by day and link, at rest by place; used by link, arrived by place
    after : cells for the next turn, their number, the newest of each bucket
    """
    deciding, choosers, asked, counts = cells
    offset, links, need, end = roads
    due, at, used_today, arrived_today = today
    meeting, number, newest = after
    under_way = 0
    for cell in range(choosers):
        place, used, begin = deciding[cell, 0], deciding[cell, 1], asked[cell, 0]
        width = asked[cell, 3] - asked[cell, 2] - 1
        at[place] += counts[begin + width]
        for option in range(width):
            persons = counts[begin + option]
            if persons == 0:
                continue
            link = links[offset[place] + option]
            goal, spent = end[link], used + need[link]
            used_today[link] += persons
            if need[link] >= DAY:
                under_way += persons
                due[(day + need[link] // DAY) % len(due), link] += persons
                continue
            arrived_today[goal] += persons
            if spent >= DAY:
                at[goal] += persons
                continue
            # As `_met`, which would be handed its arrays for every option.
            bucket = _bucket(goal, spent)
            there = newest[bucket]
            while there >= 0 and (meeting[there, 0] != goal or meeting[there, 1] != spent):
                there = meeting[there, 3]
            if there < 0:
                there, number = number, number + 1
                meeting[there, 0], meeting[there, 1], meeting[there, 2] = goal, spent, 0
                meeting[there, 3] = newest[bucket]
                newest[bucket] = there
            meeting[there, 2] += persons
    return number, under_way


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
    # (By themselves: to hand on the whole of `days` every turn costs more than some turns.)
    keys, few, roads = days.place_keys, days.few, (days.offset, days.link, days.need, days.end)
    at, longest = days.present.copy(), 0
    for link in range(links):
        longest = max(longest, days.need[link] // DAY)
    due = np.zeros((longest + 1, links), dtype=np.int64)
    weight, left = np.empty(days.goal.size), np.empty(places)
    rungs, origins = np.empty(days.goal.size + places + 1), np.empty(places + 1)
    newest = np.full(2**BUCKETS, -1, dtype=np.int64)
    cells, after = np.empty((places + links, 4), np.int64), np.empty((places + links, 4), np.int64)
    asked, own = np.empty((places + links, 4), np.int64), np.empty(places + links, np.uint64)
    counts = np.empty(days.goal.size + places, np.int64)
    for day in range(days.departures.size):
        if day:
            moved.on_road[day] = moved.on_road[day - 1]
        if days.departures[day] > 0 and _rungs_of_origins(days.origins[day], origins):
            _set_out(day, days, at, origins)
            moved.set_out[day] = days.departures[day]
        _room_left(at, days.capacity[day], days.numbers[1], left)
        _rungs_of_routes(day, days, left, weight, rungs)
        daily = np.uint64(day + 1) * _DAILY
        today = (due, at, moved.used[day], moved.arrived[day])
        deciding = _mornings(at, cells)
        number = _come_due(day, days, moved, due, at, after, newest)
        turn, hops = _MORNING, 0
        while deciding > 0:
            if deciding > len(own):
                asked, own = (
                    np.empty((2 * deciding, 4), np.int64),
                    np.empty(2 * deciding, np.uint64),
                )
            options = _ask(cells, deciding, days.offset, keys, daily + turn * _TURN, asked, own)
            if options > len(counts):
                counts = np.empty(2 * options, np.int64)
            counts[:options] = 0
            _share_out(counts, asked, own, deciding, rungs, few)
            after = _room_for(after, number + options)
            choosing, meeting = (cells, deciding, asked, counts), (after, number, newest)
            number, under_way = _move(day, choosing, roads, today, meeting)
            moved.on_road[day] += under_way
            cells, after, deciding, number = after, cells, number, 0
            for cell in range(deciding):
                newest[_bucket(cells[cell, 0], cells[cell, 1])] = -1
            hops += 1
            turn = np.uint64(hops)
        moved.people[day] = at
