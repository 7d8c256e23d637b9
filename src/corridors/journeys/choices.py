"""What people choose between on a day, and how likely each choice is.

The score of a place j on day t is the product of `foreign_weight` abroad, `camp_weight` in a camp
and `conflict_weight ^ (decay c)` in a conflict of intensity c. A route to j over d km weighs

    w = ((score_softening + s_j) / (softening + d)^distance_power * m_j)^weight_power

where m_j falls from 1 at `capacity_buffer` of a camp's capacity to 0 when it is full. A route is
taken with probability w / sum w; where all are 0, each with the same. Whoever picks a camp with
m_j < 0.5 stays for the day (Suleimenova, Bell and Groen 2017; Ghorbani et al. 2024).

Letters: t day, p place, r route; `row` is one draw of one group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridors.journeys.behaviour import Behaviour, Group
from corridors.journeys.network import Network, Timetable
from corridors.journeys.random import Ladder, Sharing
from corridors.journeys.routes import Routes

__all__ = [
    "Choices",
    "Menu",
    "Pull",
    "attraction",
    "choices",
    "decay",
    "menu",
    "origins",
    "pull",
    "room",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pull:
    """What does not depend on who is where.

    Parameters
    ----------
    score : (t, row, p) attraction of each place; one row, or one a draw
    leave : (t, row, p) probability a day to leave it
    forced : (t, p) whether everybody there is sent on
    """

    score: Array
    leave: Array
    forced: Mask


@dataclass(frozen=True)
class Choices:
    """The choices of one day.

    Parameters
    ----------
    ladder : shares of the options of each group; a group's last option is to stay
    full : (row, p) whether nobody follows a route that leads here
    some_full : whether any place is full in any row
    """

    ladder: Ladder
    full: Mask
    some_full: bool


@dataclass(frozen=True)
class Menu:
    """Groups of people who choose, and their options: the routes of their place, and to stay.

    Parameters
    ----------
    place : (group,) where they are
    offset : (group + 1,) first option of each group
    route : (option,) route, -1 = stay
    """

    place: NDArray[np.int64]
    offset: NDArray[np.int64]
    route: NDArray[np.int64]


def menu(routes: Routes, place: NDArray[np.int64]) -> Menu:
    """The options of groups of people at given places."""
    first, last = routes.offset[place], routes.offset[place + 1]
    options = [[*range(i, j), -1] for i, j in zip(first, last, strict=True)]
    return Menu(
        place=place,
        offset=np.cumsum([0, *map(len, options)]),
        route=np.array([one for group in options for one in group], dtype=np.int64),
    )


def decay(behaviour: Behaviour, age: NDArray[np.int64]) -> Array:
    """Push of a conflict of a given age in days, relative to a new one."""
    if not behaviour.decay:
        return np.ones(age.shape)
    block = np.minimum(age // behaviour.decay_days, len(behaviour.decay) - 1)
    return np.array(behaviour.decay)[block]


def pull(roads: Network, days: Timetable, behaviour: Behaviour, group: Group) -> Pull:
    """Scores and leaving probabilities of every day, for people of one group."""
    age = np.arange(days.days)[:, None] - days.since
    push = (decay(behaviour, age) * days.intensity)[:, None, :]
    works = (roads.is_camp & ~days.shut)[:, None, :]
    score = np.where(roads.foreign, _column(behaviour.foreign_weight), 1.0)
    score = score * np.where(works, _column(behaviour.camp_weight), 1.0)
    score = score * _column(behaviour.conflict_weight) ** (push * group.caution)
    score = score * appeal(roads, behaviour)
    forced = np.zeros(days.intensity.shape, dtype=bool)
    day, link = np.nonzero(days.forced & days.open)
    forced[day, roads.start[link]] = True
    return Pull(score, _leave(roads, days, behaviour, forced, group), forced)


def _column(value: float | Array) -> Array:
    """A parameter as (row, 1): one value, or one a draw."""
    return np.atleast_1d(np.asarray(value, dtype=float))[:, None]


def appeal(roads: Network, behaviour: Behaviour) -> Array:
    """Factor on the score of places named in `behaviour.appeal`; (row, p)."""
    rows = max((np.size(one) for one in behaviour.appeal.values()), default=1)
    factor = np.ones((rows, len(roads.places)))
    for place, one in behaviour.appeal.items():
        factor[:, roads.at(place)] = one
    return factor


def _leave(
    roads: Network, days: Timetable, behaviour: Behaviour, forced: Mask, group: Group
) -> Array:
    """Probability a day to leave each place; (t, row, p)."""
    kinds = np.array(roads.kinds)
    leave = np.where(kinds == "camp", _column(behaviour.leave_camp), 0.0)
    leave = np.where(kinds == "idp_camp", _column(behaviour.leave_idp_camp), leave)
    leave = np.where(np.isin(kinds, ("town", "conflict")), _column(behaviour.leave_town), leave)
    leave = np.where(days.shut[:, None, :], _column(behaviour.leave_town), leave)
    in_conflict = days.intensity[:, None, :] > 0
    leave = np.where(in_conflict, _column(behaviour.leave_conflict), leave) * group.leave
    passes = np.isin(kinds, ("hub", "marker")) | forced[:, None, :]
    return np.where(passes, 1.0, np.minimum(leave, 1.0))


def origins(roads: Network, days: Timetable, behaviour: Behaviour) -> Array:
    """Weight of each place among those who set out; (t, p)."""
    age = np.arange(days.days)[:, None] - days.since
    return roads.population * days.intensity * decay(behaviour, age)


def room(there: Array, capacity: Array, behaviour: Behaviour) -> Array:
    """The multiplier m: 1 with room to spare, 0 when full; (row, p).

    Parameters
    ----------
    there : (row, p) persons
    capacity : (p,) persons; below 1 or infinite = unlimited
    """
    finite = (capacity >= 1) & np.isfinite(capacity)
    left = np.ones(there.shape)
    limit = capacity[finite]
    spare = np.maximum(limit * (1.0 - behaviour.capacity_buffer), 1e-9)
    left[:, finite] = np.clip((limit - there[:, finite]) / spare, 0.0, 1.0)
    return left


def attraction(score: Array, routes: Routes, behaviour: Behaviour) -> Array:
    """Weight of each route with room at its end, before `weight_power`; (row, r).

    Parameters
    ----------
    score : (row, p) attraction of places
    """
    distance = (_column(behaviour.softening_km) + routes.kilometres) ** _column(
        behaviour.distance_power
    )
    return (_column(behaviour.score_softening) + score[:, routes.goal]) / distance


def choices(
    attraction: Array,
    left: Array,
    is_open: Mask,
    leave: Array,
    routes: Routes,
    listed: Menu,
    behaviour: Behaviour,
    sharing: Sharing,
) -> Choices:
    """How likely each choice of a day is.

    Parameters
    ----------
    attraction : (row, r) weight of each route with room at its end, before `weight_power`
    left : (row, p) the multiplier m
    is_open : (r,) routes that can be taken
    leave : (row, group) probability to leave
    sharing : how people are shared out over them
    """
    full = left < 0.5
    some_full = bool(full.any())
    taken = _route_shares(attraction, left, is_open, routes, behaviour)
    if some_full:
        taken = np.where(full[:, routes.goal], 0.0, taken)
    group = np.repeat(np.arange(listed.place.size), np.diff(listed.offset))
    share = np.concatenate([taken, np.zeros((len(taken), 1))], axis=1)[:, listed.route]
    share *= leave[:, group]
    stay = listed.offset[1:] - 1
    share[:, stay] = 1.0 - np.add.reduceat(share, listed.offset[:-1], axis=1)
    rungs = np.zeros((len(share), share.shape[1] + 1))
    np.cumsum(share, axis=1, out=rungs[:, 1:])
    return Choices(Ladder(rungs, sharing), full, some_full)


def _route_shares(
    attraction: Array, left: Array, is_open: Mask, routes: Routes, behaviour: Behaviour
) -> Array:
    """Share of each route among those who leave its place; adds to 1, or 0 where none is open."""
    number = np.diff(routes.offset)
    number = number[number > 0]
    if not number.size:
        return np.zeros((len(left), 0))
    first = np.cumsum(number) - number
    weight = attraction * left[:, routes.goal]
    power = _column(behaviour.weight_power)
    if (power != 1.0).any():
        weight = weight**power
    weight = np.where(is_open, weight, 0.0)
    if behaviour.pruning > 1.001:
        best = np.repeat(np.maximum.reduceat(weight, first, axis=1), number, axis=1)
        weight = np.where(weight < best / behaviour.pruning, 0.0, weight)
    total = np.add.reduceat(weight, first, axis=1)
    share = weight / np.repeat(np.where(total > 0, total, 1.0), number, axis=1)
    if (total > 0).all():
        return share
    openings = np.add.reduceat(is_open.astype(float), first)
    even = np.repeat(1.0 / np.maximum(openings, 1.0), number) * is_open
    return np.where(np.repeat(total <= 0, number, axis=1), even, share)
