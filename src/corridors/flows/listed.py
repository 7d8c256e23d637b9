"""Fits and moves over listed cells, compiled: for few people in many areas, or many systems.

Whole arrays pay for a call on every step of a sweep and for every empty cell; loops do not. What is
computed is said, and done for tables of any kind, in `fitting` (the paired sweep, mixed by
Anderson's rule) and in `matrices` (movers as products, equation (46));
tests/laws/test_flows_large.py holds the two together, to the last digits.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from corridors.flows.cells import Listed, Places
from corridors.labels import Array, Whole

__all__ = ["moves", "paired_fit"]


def moves(cells: Listed, leave: tuple[Array, Array], join: tuple[Array, Array]) -> Array:
    """Flows (o, d): the sum over birthplaces and both pairs of leave[b,o] join[b,d]; diagonal 0.

    Parameters
    ----------
    leave, join : pairs of values (k,) of the cells
    """
    # Short numbers are sorted by their digits.
    short = cells.lives.astype(np.uint16) if cells.size < 2**16 else cells.lives
    by_area = np.argsort(short, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(cells.lives, minlength=cells.size))])
    flows = np.zeros((cells.size, cells.size))
    left = leave[0][by_area], leave[1][by_area]
    _add(flows, (first, cells.born[by_area]), left, (cells.first, cells.lives), join)
    return flows


@njit(cache=True)
def _add(
    flows: Array,
    areas: tuple[Whole, Places],
    leave: tuple[Array, Array],
    births: tuple[Places, Places],
    join: tuple[Array, Array],
) -> None:
    """Add to flows (o, d), an area after another; its leavers are of birthplaces `areas[1]`.

    One row of flows is at hand at a time.
    """
    first, born = areas
    begin, lives = births
    for origin in range(len(flows)):
        for cell in range(first[origin], first[origin + 1]):
            b, x, y = born[cell], leave[0][cell], leave[1][cell]
            if x == 0.0 and y == 0.0:
                continue
            for k in range(begin[b], begin[b + 1]):
                flows[origin, lives[k]] += x * join[0][k] + y * join[1][k]
        flows[origin, origin] = 0.0


def paired_fit(
    cells: Listed, values: Array, goals: Array, aim: float, limits: tuple[int, int]
) -> tuple[Array, int, float]:
    """Scalings (2, n) of a square table, the sweeps they took and their error.

    Parameters
    ----------
    values : (k,) of the cells, not negative
    goals : (2, n) row and column totals
    aim : error of a margin relative to it that ends the sweeps
    limits : most sweeps, and how many changes the mixing remembers
    """
    off = values.copy()
    off[cells.at_home] = 0.0
    return _fitted((cells.first, cells.lives, off), cells.native(values), goals, aim, limits)


@njit(cache=True, error_model="numpy")
def _fitted(
    table: tuple[Places, Places, Array],
    m: Array,
    goals: Array,
    aim: float,
    limits: tuple[int, int],
) -> tuple[Array, int, float]:
    most, depth = limits
    number = goals.size
    scalings, best = np.empty(goals.shape), np.empty(goals.shape)
    for way in range(2):
        for i in range(len(m)):
            scalings[way, i] = 1.0 if goals[way, i] > 0.0 else 0.0
    abroad, logs = np.empty(goals.shape), np.zeros(goals.shape)
    # x, g of the last x and its step; then changes of g and of the step, and their products.
    state, memory = np.zeros((3, number)), np.zeros((2, depth, number))
    gram, factor, weights = np.zeros((depth, depth)), np.empty((depth, depth)), np.empty(depth)
    error, sweeps = np.inf, 0
    while True:
        off = _reach(table, m, goals, scalings, abroad)
        if off < error:
            error = off
            for i in range(number):
                best.flat[i] = scalings.flat[i]
        if not off > aim or sweeps == most:  # (NaN ends here too)
            break
        _solve_pairs(m, goals, abroad, logs)
        _remember(state, logs, memory, gram, sweeps)
        kept = min(sweeps, depth)
        for i in range(kept):
            weights[i] = _product(memory[1, i], state[2])
        _solve(gram, factor, weights, kept)
        for i in range(number):
            x = logs.flat[i]
            for other in range(kept):
                x -= weights[other] * memory[0, other, i]
            state[0, i] = x
            scalings.flat[i] = np.exp(x) if goals.flat[i] > 0.0 else 0.0
        sweeps += 1
    return best, sweeps, error


@njit(cache=True, error_model="numpy")
def _reach(
    table: tuple[Places, Places, Array], m: Array, goals: Array, scalings: Array, abroad: Array
) -> float:
    """Write the reach off the diagonal; the largest error of a margin relative to it."""
    begin, other, off = table
    for i in range(len(m)):
        abroad[1, i] = 0.0
    for i in range(len(m)):
        reach, a = 0.0, scalings[0, i]
        for k in range(begin[i], begin[i + 1]):
            j = other[k]
            reach += off[k] * scalings[1, j]
            abroad[1, j] += off[k] * a
        abroad[0, i] = reach
    error = 0.0
    for way in range(2):
        for i in range(len(m)):
            goal = goals[way, i]
            met = scalings[way, i] * (abroad[way, i] + m[i] * scalings[1 - way, i])
            gap = abs(met - goal) / (goal if goal > 0.0 else 1.0)
            if gap != gap:
                return gap
            error = max(error, gap)
    return error


@njit(cache=True, error_model="numpy")
def _solve_pairs(m: Array, goals: Array, abroad: Array, logs: Array) -> None:
    """Write logarithms of the scalings that solve row and column of each label together."""
    for i in range(len(m)):
        R, C, p, q = goals[0, i], goals[1, i], abroad[0, i], abroad[1, i]
        pq, bend = p * q, m[i] * (R - C)
        root = math.sqrt((pq - bend) ** 2 + 4.0 * m[i] * R * pq)
        x = _abroad(pq, pq - bend, root, R, m[i])
        y = _abroad(pq, pq + bend, root, C, m[i])
        home = (R - x) / m[i]
        # Nobody abroad leaves the scaling to the diagonal cell, a b m = home.
        a = x / p if p > 0.0 else home / (y / q if q > 0.0 else np.nan)
        b = y / q if q > 0.0 else home / a
        if R > 0.0:
            logs[0, i] = np.log(a)
        if C > 0.0:
            logs[1, i] = np.log(b)


@njit(cache=True, error_model="numpy")
def _abroad(pq: float, straight: float, root: float, goal: float, m: float) -> float:
    """People abroad; of the two forms of the root, the one that does not subtract."""
    if straight > 0.0:
        return 2.0 * pq * goal / (straight + root)
    return (root - straight) / (2.0 * m)


@njit(cache=True)
def _remember(state: Array, logs: Array, memory: Array, gram: Array, number: int) -> None:
    """Keep g of x and its step, how both changed, and the products of the changed steps."""
    depth = len(gram)
    slot = (number - 1) % depth
    for i in range(logs.size):
        reached = logs.flat[i]
        step = reached - state[0, i]
        if number:
            memory[0, slot, i] = reached - state[1, i]
            memory[1, slot, i] = step - state[2, i]
        state[1, i], state[2, i] = reached, step
    if number:
        for other in range(min(number, depth)):
            gram[slot, other] = gram[other, slot] = _product(memory[1, other], memory[1, slot])


@njit(cache=True, fastmath={"reassoc", "contract"})
def _product(one: Array, other: Array) -> float:
    total = 0.0
    for k in range(len(one)):
        total += one[k] * other[k]
    return total


@njit(cache=True, error_model="numpy")
def _solve(gram: Array, factor: Array, weights: Array, size: int) -> None:
    """Solve by Cholesky's factor; the products of changes are made just not singular."""
    more = 1e-300
    for i in range(size):
        more += 1e-14 * gram[i, i]
    for i in range(size):
        for j in range(i + 1):
            left = gram[i, j] + (more if i == j else 0.0)
            for k in range(j):
                left -= factor[i, k] * factor[j, k]
            # Below the last digits a pivot says nothing.
            factor[i, j] = math.sqrt(max(left, more)) if i == j else left / factor[j, j]
    for i in range(size):
        for k in range(i):
            weights[i] -= factor[i, k] * weights[k]
        weights[i] /= factor[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            weights[i] -= factor[k, i] * weights[k]
        weights[i] /= factor[i, i]
