"""Caps on how many people of a status may live somewhere, and how places are given out.

A cap is a set of cells (a residence and status, or narrower: a birthplace, a skill) with places Q.
A cell may lie in several caps; its multiplier is their sum. With l_j = sum of the l_c over j,

    M_bsj = N v_bsj e^(-theta_s l_j) / D_bs,    0 <= l_c  perp  Q_c - M_c >= 0          (15), (16)

`fee` raises the wedge by l until demand meets Q (who wants it most, weighed by theta, gets in).
By `lottery` everybody draws each permit with its chance p_c = e^-l_c and takes the best of what is
open and what was won; with V the odds of home and of all that has no cap,

    M_c = N p_c v_c Int e^(-t (V + v_c)) prod_(d != c) (1 - p_d + p_d e^(-t v_d)) dt        (22)

Axes: d draw, c cap, j cell, g group of people (a birthplace and skill).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridors.errors import Infeasible, InputError, NotConverged, Problem
from corridors.labels import Array, Mask

__all__ = [
    "Drawn",
    "Lottery",
    "Members",
    "Sums",
    "fee_multipliers",
    "multiplier_of_queue",
    "multiplier_today",
]

#: Overlapping caps answer to each other until no multiplier moves by more.
CLOSE, ROUNDS = 1e-14, 2000
#: How far a cap may be from either full or free of charge, relative.
BINDING = 1e-13
#: Error of the integrals of (22), relative; most nodes before the weights leave the numbers.
INTEGRAL, MOST_NODES = 1e-16, 150


@dataclass(frozen=True)
class Sums:
    """Sums of values (..., m) over the places that share a number of `index` (m,)."""

    index: NDArray[np.intp]
    number: int

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        order = np.argsort(self.index, kind="stable")
        first = np.flatnonzero(np.diff(self.index[order], prepend=-1))
        return order, first, self.index[order][first]

    def of(self, values: Array) -> Array:
        """Sums (..., number) of values (..., j) in any unit; 0 where no place has the number."""
        added = np.zeros((*values.shape[:-1], self.number))
        order, first, present = self._sorted
        if len(first):
            added[..., present] = np.add.reduceat(values[..., order], first, axis=-1)
        return added


@dataclass(frozen=True)
class Members:
    """Which cells lie in which caps: `cell` (m,) and `cap` (m,), of `cells` cells and `caps`."""

    cell: NDArray[np.intp]
    cap: NDArray[np.intp]
    cells: int
    caps: int
    _layers: list[Members] = field(default_factory=list, compare=False, repr=False)

    @cached_property
    def _by_cap(self) -> Sums:
        return Sums(self.cap, self.caps)

    @cached_property
    def _by_cell(self) -> Sums:
        return Sums(self.cell, self.cells)

    def total(self, values: Array) -> Array:
        """Sums (..., c) over the cells of every cap, of values (..., j), one unit: M_c of (16)."""
        return self._by_cap.of(values[..., self.cell])

    def of_cells(self, values: Array) -> Array:
        """Sums (..., j) over the caps of every cell, of values (..., c), one unit: l_j of (15)."""
        if self.alone is not None:
            return values[..., self.alone]
        return self._by_cell.of(values[..., self.cap])

    @cached_property
    def alone(self) -> NDArray[np.intp] | None:
        """The one cap of every cell (j,), or None where any lies in none or in several."""
        if self.overlap or len(self.cell) < self.cells:
            return None
        caps = np.empty(self.cells, dtype=np.intp)
        caps[self.cell] = self.cap
        return caps

    @cached_property
    def overlap(self) -> bool:
        """Whether any cell lies in two caps."""
        return len(np.unique(self.cell)) < len(self.cell)

    @property
    def layers(self) -> list[Members]:
        """The caps in as few lots as will do, none of which holds a cell twice."""
        if not self._layers:
            self._layers.extend(self._split() if self.overlap else [self])
        return self._layers

    def _split(self) -> list[Members]:
        taken: list[set[int]] = []
        lots: list[list[int]] = []
        for cap in range(self.caps):
            cells = set(self.cell[self.cap == cap].tolist())
            free = next((at for at, held in enumerate(taken) if not held & cells), len(taken))
            if free == len(taken):
                taken.append(set())
                lots.append([])
            taken[free] |= cells
            lots[free].append(cap)
        chosen = [np.isin(self.cap, lot) for lot in lots]
        return [Members(self.cell[m], self.cap[m], self.cells, self.caps) for m in chosen]


# --- by fee ----------------------------------------------------------------------------------


def fee_multipliers(members: Members, demand: Array, power: Array, limit: Array) -> Array:
    """l (d, c) >= 0 with M <= Q, binding where positive; (16) at given outside options.

    Parameters
    ----------
    members : Members
        Which cells j lie in which caps c.
    demand : (d, j) persons in every cell at l = 0
    power : (d, j) theta of the cell's people, over lam inside a nest
    limit : (d, c) persons; a cap of 0 gives +inf

    Returns
    -------
    Array (d, c) l, log points of consumption; 0 where the cap does not bind

    Raises
    ------
    NotConverged
        Caps that overlap do not settle; with the largest gap, relative to a cap.

    The logarithm of a cap's sum is convex and decreasing in l, so Newton from 0 climbs to the
    root, in one step where all its people have one theta. Caps that overlap take turns, which goes
    down the convex function (20).
    """
    closed = limit <= 0.0
    demand = np.where(members.of_cells(closed.astype(float)) > 0.0, 0.0, demand)
    goal = np.broadcast_to(np.where(closed, 1.0, limit), (len(demand), members.caps))
    if len(members.layers) == 1:
        fee = _climb(members, demand, power, goal)
    else:
        fee = _take_turns(members, demand, power, goal)
    return np.where(closed, np.inf, fee)


def _take_turns(members: Members, demand: Array, power: Array, goal: Array) -> Array:
    """`fee_multipliers` of caps that overlap.

    Each lot of caps in turn, and between rounds a step of Newton on the caps that bind, because
    turns crawl where two caps hold nearly the same people.
    """
    fee = np.zeros(goal.shape)
    for _ in range(ROUNDS):
        for layer in members.layers:
            mine = np.zeros(members.caps, dtype=bool)
            mine[layer.cap] = True
            left = demand * np.exp(-power * members.of_cells(np.where(mine, 0.0, fee)))
            fee = np.where(mine, _climb(layer, left, power, goal), fee)
        people = demand * np.exp(-power * members.of_cells(fee))
        room = 1.0 - members.total(people) / goal
        gap = np.abs(np.minimum(fee, room))
        # (A draw that has left the numbers moves no more.)
        if not (gap > BINDING).any():
            return fee
        step = _newton(members, people * power, goal * room, fee > 0.0)
        fee = _lower(members, demand, power, goal, fee, step)
    raise NotConverged("multipliers of caps that overlap", residual=float(np.nanmax(gap)))


def _lower(
    members: Members, demand: Array, power: Array, goal: Array, fee: Array, step: Array
) -> Array:
    """`fee` and the largest part of `step` that does not raise the function (20)."""

    def potential(at: Array) -> Array:
        left = demand * np.exp(-power * members.of_cells(at)) / power
        return left.sum(axis=1) + np.sum(goal * at, axis=1)

    now, best = potential(fee), fee
    waiting = np.ones(len(fee), dtype=bool)
    for part in (1.0, 0.5, 0.25, 0.05):
        trial = np.maximum(fee + part * step, 0.0)
        good = waiting & (potential(trial) <= now * (1.0 + 1e-14))
        best = np.where(good[:, None], trial, best)
        waiting &= ~good
    return best


def _newton(members: Members, slope: Array, room: Array, binds: Mask) -> Array:
    """Step (d, c) that fills the caps that bind, at `slope` (d, j) of people in multipliers."""
    step = np.zeros(room.shape)
    inside = np.zeros((members.caps, members.cells))
    inside[members.cap, members.cell] = 1.0
    for row, (each, missing, active) in enumerate(zip(slope, room, binds, strict=True)):
        mine = inside[active]
        if len(mine) and np.isfinite(each).all():
            hessian = (mine * each) @ mine.T
            step[row, active] = np.linalg.lstsq(hessian, -missing[active], rcond=1e-12)[0]
    return step


def _climb(members: Members, demand: Array, power: Array, limit: Array) -> Array:
    """`fee_multipliers` of caps that share no cell."""
    total = members.total(demand)
    binds, goal = total > limit, np.log(limit)
    if (power == power[:, :1]).all():
        return np.where(binds, np.log(np.where(binds, total, 1.0)) - goal, 0.0) / power[:, :1]
    fee = np.zeros(total.shape)
    for _ in range(60):
        part = demand * np.exp(-power * members.of_cells(fee))
        now = np.where(binds, members.total(part), 1.0)
        slope = np.where(binds, members.total(power * part), 1.0) / now
        step = np.where(binds, (np.log(now) - goal) / slope, 0.0)
        fee = fee + step
        if not (np.abs(step) > CLOSE).any():
            break
    return np.maximum(fee, 0.0)


def multiplier_today(members: Members, persons: Array, power: Array, unmet: Array) -> Array:
    """l0 of caps from the people who would come, over places; equation (17).

        unmet Q = sum of M0 e^(theta l0)

    at today's pay and today's other options, where the cap is full: Q = sum of M0.

    Parameters
    ----------
    members : Members
        Which cells j lie in which caps c.
    persons : (d, j) who live there today, M0
    power : (d, j) theta of the cell's people
    unmet : (d, c) persons who would come over places, ratio of 1 or more

    Returns
    -------
    Array (d, c) l0, log points of consumption; 0 where nobody lives under the cap

    Raises
    ------
    InputError
        Fewer would come than there are places.
    """
    if not (unmet >= 1.0).all():
        raise InputError(
            Problem("unmet", "is below 1", "Give people who would come over places, 1 or more")
        )
    places = members.total(persons)
    some = places > 0.0
    if not some.any():
        return np.zeros(places.shape)
    goal = np.log(unmet) + np.log(np.where(some, places, 1.0))
    multiplier = np.log(unmet) / power.min() * some
    for _ in range(100):
        part = persons * np.exp(power * members.of_cells(multiplier))
        now = np.where(some, members.total(part), 1.0)
        slope = np.where(some, members.total(power * part), 1.0) / now
        step = np.where(some, (np.log(now) - goal) / slope, 0.0)
        multiplier = multiplier - step
        if np.abs(step).max(initial=0.0) < CLOSE:
            break
    return np.where(some, np.maximum(multiplier, 0.0), 0.0)


def multiplier_of_queue(
    members: Members, persons: Array, power: Array, natives: Array, applicants: Array
) -> Array:
    """l0 (d, c) of caps whose applicants are counted, in a queue or a lottery; beside (17).

        A = sum of N m e^(theta l) / (1 - m + m e^(theta l)),  m = M0 / N

    Applicants are full demand: who gets a place leaves another alternative. For small m it is (17).

    Parameters
    ----------
    members : Members
        Which cells j lie in which caps c, each in one.
    persons : (d, j) who live there today, M0
    power : (d, j) theta of the cell's people
    natives : (j,) persons, N, of the cell's birthplace and skill
    applicants : (d, c) persons, those who live there counted

    Returns
    -------
    Array (d, c) l0, log points of consumption; 0 where nobody lives under the cap

    Raises
    ------
    InputError
        Fewer apply than live there, or everybody does.
    """
    places = members.total(persons)
    everybody = members.total(np.broadcast_to(natives, persons.shape))
    some = places > 0.0
    if (some & ((applicants < places) | (applicants >= everybody))).any():
        what = "are fewer than live there, or as many as were born there"
        raise InputError(Problem("applicants", what, "Count those who live there and who apply"))
    share = persons / natives
    multiplier = np.zeros(places.shape)
    # The sum is increasing in l; ln of its odds against everybody is near to a line.
    for _ in range(200):
        odds = share * np.exp(power * members.of_cells(multiplier)) / (1.0 - share)
        demand = natives * odds / (1.0 + odds)
        now = np.where(some, members.total(demand), 1.0)
        slope = np.where(some, members.total(power * demand / (1.0 + odds)), 1.0)
        goal = np.where(some, applicants, 1.0)
        left, wanted = np.where(some, everybody - now, 1.0), np.where(some, everybody - goal, 1.0)
        gap = np.log(now / left) - np.log(goal / wanted)
        step = gap / (slope / now + slope / left)
        multiplier = np.maximum(multiplier - step, 0.0)
        if np.abs(step).max(initial=0.0) < CLOSE:
            break
    return np.where(some, multiplier, 0.0)


# --- by lot ----------------------------------------------------------------------------------


class Drawn(NamedTuple):
    """What lots decide: persons (d, j), chances (d, c), the share left to all that has no cap
    (d, g), and E ln D - ln V (d, g).
    """

    persons: Array
    chance: Array
    left: Array
    gain: Array


@dataclass(frozen=True)
class Lottery:
    """Caps given out by lot; none may share a cell with another.

    Parameters
    ----------
    group : (j,) the group of people of every cell
    natives : (g,) persons
    """

    members: Members
    group: NDArray[np.intp]
    natives: Array

    def __post_init__(self) -> None:
        if self.members.overlap:
            raise InputError(
                Problem(
                    "rationing", "two caps share a cell, and lots have no order between them",
                    'Ration by "fee", or let every status of a residence lie in one cap',
                )
            )  # fmt: skip

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.intp], Sums, NDArray[np.intp], NDArray[np.intp]]:
        """Pair (g, c) of every cell, sums over the cells of a pair, and group and cap of a pair."""
        cap = np.empty(len(self.group), dtype=np.intp)
        cap[self.members.cell] = self.members.cap
        pairs, pair = np.unique(self.group * self.members.caps + cap, return_inverse=True)
        return pair, Sums(pair, len(pairs)), pairs // self.members.caps, pairs % self.members.caps

    def draw(self, odds: Array, free: Array, limit: Array) -> Drawn:
        """Chances that fill the caps, and who lives where; (22).

        Parameters
        ----------
        odds : (d, j), free : (d, g)
            Odds of the cells, and of all that has no cap, home included: their sum is D.
        limit : (d, c) persons
        """
        pair, sums, group, cap = self._pairs
        ratio = sums.of(odds) / free[:, group]
        lost = ~np.isfinite(ratio).all(axis=1, keepdims=True) | ~np.isfinite(free).all(
            axis=1, keepdims=True
        )
        ratio = np.where(lost, 0.0, ratio)
        of_caps = Sums(cap, self.members.caps)
        chance = np.ones(np.broadcast_shapes(limit.shape, (len(odds), 1)))
        # From 1 down: the more losers of other lots, the more who draw, and each takes less than
        # one place elsewhere.
        for _ in range(ROUNDS):
            let_in, left, gain = self._shares(ratio, chance)
            drawing = of_caps.of(self.natives[group] * let_in)
            new = np.minimum(1.0, limit / np.where(drawing > 0.0, drawing, 1.0).clip(1e-300))
            new = np.where(drawing > 0.0, new, 1.0)
            moved = np.abs(new - chance).max(initial=0.0)
            chance = np.broadcast_to(new, chance.shape)
            if moved < CLOSE:
                break
        else:
            raise NotConverged("chances of a lottery", residual=float(moved))
        inside = self.natives[group] * chance[:, cap] * let_in
        whole = sums.of(odds)
        share = odds / np.where(whole > 0.0, whole, 1.0)[:, pair]
        return Drawn(inside[:, pair] * share, chance, np.where(lost, np.nan, left), gain)

    def at_first_best(self, persons: Array, free: Array, chance: Array) -> tuple[Array, Array]:
        """Persons now over what odds would send were every lot won, from chances today; (21).

        Returns
        -------
        log_more : (d, j)
            ln of (odds relative to `free`, all that has no cap now) over (persons relative to it).
        gain : (d, g)
            E ln D - ln V today.

        Raises
        ------
        Infeasible
            More live there than would have won.
        """
        pair, sums, group, cap = self._pairs
        seen = sums.of(persons) / free[:, group]
        ratio = seen.copy()
        for _ in range(100 * ROUNDS):
            let_in, left, gain = self._shares(ratio, chance)
            per_odds = np.where(ratio > 0.0, let_in / np.where(ratio > 0.0, ratio, 1.0), 1.0)
            new = seen * left[:, group] / (chance[:, cap] * per_odds)
            moved = np.abs(new / np.where(ratio > 0.0, ratio, 1.0) - (ratio > 0.0))
            ratio = new
            if not np.isfinite(ratio).all() or ratio.max(initial=0.0) > 1e12:
                raise Infeasible("a lottery's chance is below the share that lives there")
            if moved.max(initial=0.0) < CLOSE:
                break
        _, _, gain = self._shares(ratio, chance)
        more = np.where(seen > 0.0, ratio / np.where(seen > 0.0, seen, 1.0), 1.0)
        return np.log(more)[:, pair], gain

    def _shares(self, ratio: Array, chance: Array) -> tuple[Array, Array, Array]:
        """Share of a group in every pair (d, p) over its chance, share left (d, g), and gain."""
        _, _, group, cap = self._pairs
        by_group = Sums(group, len(self.natives))
        whole = 1.0 + by_group.of(ratio)
        # Exponentials with rates from 1 to `whole`: the scale that suits the ends alike leaves an
        # error of ((whole - 1) / (whole + 1))^(2 nodes).
        scale = 2.0 * whole / (whole + 1.0)
        worst = np.max((whole - 1.0) / (whole + 1.0), initial=1e-9)
        nodes = int(np.clip(np.ceil(np.log(INTEGRAL) / (2.0 * np.log(worst))), 8, MOST_NODES))
        at, weight = _laguerre(nodes)
        time = at / scale[..., None]
        log_weight = np.log(weight) + at - time - np.log(scale)[..., None]
        won, far = chance[:, cap, None], -ratio[..., None] * time[:, group]
        own = np.where(won < 1.0, np.log1p(np.minimum(won, 1.0 - 1e-16) * np.expm1(far)), far)
        all_lots = np.moveaxis(by_group.of(np.moveaxis(own, -1, -2)), -1, -2)
        left = np.exp(log_weight + all_lots).sum(axis=-1)
        others = (log_weight + all_lots)[:, group] - own
        let_in = ratio * np.exp(others + far).sum(axis=-1)
        gain = (np.exp(log_weight) * -np.expm1(all_lots) / time).sum(axis=-1)
        return let_in, left, gain


def _laguerre(nodes: int) -> tuple[Array, Array]:
    """Nodes and weights of Gauss-Laguerre, for integrals of f(t) e^-t from 0."""
    if nodes not in _LAGUERRE:
        at, weight = np.polynomial.laguerre.laggauss(nodes)
        _LAGUERRE[nodes] = at, np.maximum(weight, 1e-300)
    return _LAGUERRE[nodes]


_LAGUERRE: dict[int, tuple[Array, Array]] = {}
