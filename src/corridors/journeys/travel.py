"""People under way: who arrives when, and how much of the day they have used.

A day's travel is cut into 10 080 parts, so that whole km of the usual speeds are whole numbers.
By the default rules nobody travels more than a day's worth a day. By the literal rules each link
starts with a full day, as in the reference simulator: 100 km and 350 km are done in one day of 360,
and a link of exactly one day's length takes two.

Routes are taken in proportion to equation (51), by places of (50).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corridors.journeys import random
from corridors.journeys.choices import Behaviour
from corridors.journeys.network import Network
from corridors.journeys.random import Ladder, Sharing
from corridors.labels import Array, Counted, Mask, Whole

__all__ = [
    "DAY",
    "AtPlaces",
    "Flow",
    "Walks",
    "add_at",
    "arrival",
    "let_through",
    "merged",
    "needed",
    "ways_to_walk",
]

#: Parts of a day's travel: divisible by 360, 35, 30, 24, ...
DAY = 10_080
#: By the default rules arrivals are counted in 72nds of a day, 5 km of 360, rounded up.
GRAIN = 140


@dataclass(frozen=True)
class Flow:
    """People on links, one entry for all who share a column of `keys`.

    Parameters
    ----------
    keys : (5, entry) row (draw and group); link; tail they follow afterwards (-1 = free); parts of
        the day used when they arrive, or have used when they start; how often the link had been
        shut when they set out
    persons : (entry,) how many
    """

    keys: Whole
    persons: Counted

    def take(self, entries: Whole | Mask) -> Flow:
        """Some of the entries."""
        return Flow(self.keys[:, entries], self.persons[entries])

    def __len__(self) -> int:
        return self.persons.size


@dataclass(frozen=True)
class AtPlaces:
    """People at places in the course of a day, one entry for all who share a column of `keys`.

    Parameters
    ----------
    keys : (3, entry) spot (row * places + place); tail (-1 = free); parts of the day used
    persons : (entry,) how many
    """

    keys: Whole
    persons: Counted

    def take(self, entries: Whole | Mask) -> AtPlaces:
        """Some of the entries."""
        return AtPlaces(self.keys[:, entries], self.persons[entries])

    def __len__(self) -> int:
        return self.persons.size


@dataclass(frozen=True)
class Walks:
    """Parts of a day that links take: one number, or several with their shares.

    Lanes are groups of people x links.

    Parameters
    ----------
    links : number of links
    need : (option,) parts of a day; (lane,) where no link has days on foot
    offset : (lane + 1,) first option of each lane
    ladder : shares of the options, None where there is one a lane
    """

    links: int
    need: Whole
    offset: Whole
    ladder: Ladder | None


def ways_to_walk(
    roads: Network,
    km_per_day: Array,
    behaviour: Behaviour,
    paces: Sequence[float],
    sharing: Sharing,
) -> Walks:
    """How long each link takes each group; on links with `walking`, so many days are on foot.

    A day's distance a day: section 12 of docs/mathematics.md.

    Parameters
    ----------
    roads : Network
        Kilometres (l,), and the share of days on foot (l,).
    km_per_day : (l,) km a day by vehicle
    behaviour : Behaviour
        `walk_km_per_day`, km a day.
    paces : sequence of float
        Of the groups, ratio to the usual.
    sharing : how people are shared out over the ways

    Returns
    -------
    Walks
        Parts of a day, of 10 080, by group and link, and how likely each is.
    """
    needs: list[list[tuple[int, float]]] = []
    for pace in paces:
        for link, kilometres in enumerate(roads.kilometres):
            fast, slow = km_per_day[link] * pace, behaviour.walk_km_per_day * pace
            share = roads.walking[link]
            needs.append(_needs(kilometres, fast, slow, share, literal=behaviour.literal))
    offset = np.cumsum([0, *map(len, needs)])
    need = np.array([parts for lane in needs for parts, _ in lane], dtype=np.int64)
    ladder = None
    if need.size > len(needs):
        shares = np.array([share for lane in needs for _, share in lane])
        ladder = Ladder(np.concatenate([[0.0], np.cumsum(shares)])[None, :], sharing)
    return Walks(roads.kilometres.size, need, offset, ladder)


def _needs(
    kilometres: float, fast: float, slow: float, walking: float, *, literal: bool
) -> list[tuple[int, float]]:
    """(parts of a day, probability) of a link of which a share of days is on foot."""
    if walking <= 0 or slow >= fast:
        return [(_parts(kilometres / fast, literal), 1.0)]
    if walking >= 1:
        return [(_parts(kilometres / slow, literal), 1.0)]
    chances: dict[int, float] = {}
    under_way = {0.0: 1.0}  # km done -> probability
    day = 0
    while under_way:
        further: dict[float, float] = {}
        for done, chance in under_way.items():
            for step, part in ((fast, 1.0 - walking), (slow, walking)):
                if done + step > kilometres:
                    parts = day * DAY + _parts((kilometres - done) / step, literal)
                    chances[parts] = chances.get(parts, 0.0) + chance * part
                else:
                    at = round(done + step, 6)
                    further[at] = further.get(at, 0.0) + chance * part
        under_way, day = further, day + 1
    return sorted(chances.items())


def _parts(share: float, literal: bool) -> int:
    """A day's share in parts; rounded up unless `literal`, at least 1."""
    whole = round(share * DAY) if literal else math.ceil(share * DAY - 1e-6)
    return max(int(whole), 1)


def arrival(used: Whole, need: Whole, *, literal: bool) -> tuple[Whole, Whole]:
    """Days until people arrive (0 = today), and the parts of that day they have used by then.

    Parameters
    ----------
    used : (entry,) parts of the day used when they start the link, of 10 080
    need : (entry,) parts of a day that the link takes
    literal : bool
        Whether each link starts with a full day, as in Flee (Suleimenova, Bell & Groen 2017).

    Returns
    -------
    later : (entry,) days
    used : (entry,) parts of that day
    """
    if literal:
        later = need // DAY
        return later, np.where(later == 0, used + need, need - later * DAY)
    total = -(-(used + need) // GRAIN) * GRAIN  # whole grains, so that people come together
    later = (total - 1) // DAY
    return later, total - later * DAY


def needed(flow: Flow, walks: Walks, groups: int, keys: random.Keys | None) -> tuple[Flow, Whole]:
    """Parts of a day that people need for their link: drawn where some days are on foot.

    Parameters
    ----------
    flow : Flow
        Persons (entry,) who start a link.
    walks : Walks
        Parts of a day (lane or option,) and shares of those who are on foot.
    groups : number of groups of people
    keys : (entry,) luck of the places they start from; None for the expected split

    Returns
    -------
    flow : Flow
        Persons (entry,), split by how they travel.
    need : (entry,) parts of a day, of 10 080
    """
    row, link, tail, used, _ = flow.keys
    lane = link if groups == 1 else row % groups * walks.links + link
    if walks.ladder is None:
        return flow, walks.need[lane]
    if keys is not None:
        cell = (used * (walks.links + 1) + link) * 64 + tail + 1
        keys = random.cell_keys(keys, cell, random.WALKING)
    first, last = walks.offset[lane], walks.offset[lane + 1]
    _, cell, option, split = random.choose(
        flow.persons, first, last, walks.ladder, keys, can_stay=False
    )
    return Flow(flow.keys[:, cell], split), walks.need[option]


def let_through(flow: Flow, lane: Whole, quota: Array) -> tuple[Flow, Flow]:
    """Those whom the crossings' daily limits, told by the files, let through, and those kept back.

    First come, first served in the order of the keys, a rule of this package.

    Parameters
    ----------
    flow : Flow
        Persons (entry,) under way.
    lane : (entry,) crossing of each entry, by draw
    quota : (lane,) persons it still lets through today; lessened by those who pass

    Returns
    -------
    through, kept_back : Flow, persons (entry,)
    """
    order = np.lexsort((flow.keys[3], lane))
    lane, flow = lane[order], flow.take(order)
    running = np.cumsum(flow.persons)
    first = np.concatenate([[True], lane[1:] != lane[:-1]])
    before = running - flow.persons
    before = before - np.maximum.accumulate(np.where(first, before, 0))
    through = np.clip(quota[lane] - before, 0, flow.persons).astype(flow.persons.dtype)
    add_at(quota, lane, -through)
    kept_back = Flow(flow.keys, flow.persons - through)
    return Flow(flow.keys, through).take(through.nonzero()[0]), kept_back


def add_at(total: Counted, at: Whole, persons: Counted) -> None:
    """Add persons at positions, which may occur twice, as `np.add.at`; whole numbers stay whole.

    Parameters
    ----------
    total : (spot,) persons, changed in place
    at : (entry,) places in `total`
    persons : (entry,) persons
    """
    # (Sums of fewer than 2^53 people are exact; faster than `np.add.at` on thousands of entries.)
    total += np.bincount(at, persons, total.size).astype(total.dtype)


def merged(cells: AtPlaces, tails: int) -> AtPlaces:
    """Cells with entries of the same keys added up, in the order of the keys; nobody is lost.

    Parameters
    ----------
    cells : AtPlaces
        Persons (entry,) by spot, tail and parts of the day used.
    tails : int
        How many tails of routes there are.

    Returns
    -------
    AtPlaces
        Persons (entry,), each key once.
    """
    spot, tail, used = cells.keys
    code = (spot * (tails + 1) + tail + 1 if tails else spot) * DAY + used
    order = code.argsort()
    code = code[order]
    new = np.ones(code.size, dtype=bool)
    np.not_equal(code[1:], code[:-1], out=new[1:])
    first = new.nonzero()[0]
    persons = np.add.reduceat(cells.persons[order], first)
    return AtPlaces(cells.keys[:, order[first]], persons)
