"""The fixed point of equation (37) for one draw at a time, compiled: the same numbers, in cache.

`equilibrium.changes` sweeps whole matrices and is the general path; here people stand by pairs of
birthplace and residence in rows, and one pass over a row gives all that a sweep needs of it. The
step is preconditioned by what every area does to itself, so that fewer sweeps are needed. Plain
logit, caps by fee that do not overlap, any supply of capital, wage curve and spillovers; what is
not among these has no formula here (`baseline.compact` says so) and goes the general way.
tests/laws/test_kernel.py holds the two together.

Axes: n areas, b birthplace, i residence, p pairs with people sorted by b, s skill, j cells under a
cap sorted by b. Unknowns are rows of n, in the order of `changes.Hats`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridors.baseline.compact import FAST, SUMS, least_squares
from corridors.equilibrium.changes import NOBODY
from corridors.labels import Array
from corridors.wages.unemployment import HIGHEST

__all__ = ["Problem", "Solution", "empty_solution", "rows", "solve"]

#: Steps that are remembered, and evaluations after which the general path is asked.
DEPTH, LIMIT = 10, 120


class Problem(NamedTuple):
    """One change of rules in one draw.

    Parameters
    ----------
    first : (n + 1,) where the pairs of a birthplace begin; residence : (p,)
    outward : (p, 2s) persons now times all that the policy fixes, and PPP dollars arriving in b;
        cells under caps left out
    working : (p, s) the same persons in efficiency units
    cap_first : (n + 1,); cap_residence, cap_skill, cap : (j,)
    cap_leaving, cap_working, cap_money : (j,) the same of cells under caps
    limit : (c,) persons
    home, natives : (s, n) persons now
    native_share, skill_share, work_share, choosing : (s, n), see `changes.Change`
    labour : (s, n) migrants' efficiency units now
    transfers, consumption, income : (n,) per stayer now; `income` is other income and aid in total,
        `following` 1 + receipts that follow those of migrants, over them
    theta, inverse_skill, inverse_native : float
    alpha, labour_power : (n,) alpha and 1 - alpha - gamma
    capital_power, log_retained : (n,) exponent of B in the capital stock, and ln of what stays
    world_share : (n,) shares of the world's capital where a closure keeps it; empty otherwise
    curve : (2,) eta and psi; empty where unemployment is fixed
    unemployment : (s, n) now
    spillovers : (5,) as in `wages.spillovers`; empty where they are off
    log_tfp, heads, tax : (n,), residents : (s, n) now; log_spilled : (n,) ln(A / Abar) now
    tracks_heads, moves_productivity : which unknowns there are
    """

    first: NDArray[np.int64]
    residence: NDArray[np.uint32]
    outward: Array
    working: Array
    cap_first: NDArray[np.int64]
    cap_residence: NDArray[np.uint32]
    cap_skill: NDArray[np.uint32]
    cap: NDArray[np.uint32]
    cap_leaving: Array
    cap_working: Array
    cap_money: Array
    limit: Array
    home: Array
    natives: Array
    native_share: Array
    skill_share: Array
    work_share: Array
    choosing: Array
    labour: Array
    transfers: Array
    consumption: Array
    income: Array
    following: Array
    theta: float
    inverse_skill: float
    inverse_native: float
    alpha: Array
    labour_power: Array
    capital_power: Array
    log_retained: Array
    world_share: Array
    curve: Array
    unemployment: Array
    spillovers: Array
    log_tfp: Array
    heads: Array
    tax: Array
    residents: Array
    log_spilled: Array
    tracks_heads: bool
    moves_productivity: bool


class Solution(NamedTuple):
    """Where the iteration stands, in changes unless it says persons.

    Parameters
    ----------
    log_output, log_capital : (n,)
    log_native, log_migrant : (s, n) pay of natives and migrants
    home : (s, n) persons; weight : (s, n) of the birthplace; reach : (n, 2s) pull of the
        residence, and what pay makes of it
    let_in : (c,) part of demand that a cap lets in
    employment : (s, n) (1-u')/(1-u); kept : (n,) (1-t')/(1-t)
    productivity : (n,)
    received : (n,) PPP dollars
    """

    log_output: Array
    log_capital: Array
    log_native: Array
    log_migrant: Array
    home: Array
    weight: Array
    reach: Array
    let_in: Array
    employment: Array
    kept: Array
    productivity: Array
    received: Array


def empty_solution(areas: int, caps: int) -> Solution:
    """Room for a solution of (37): arrays (n,) of areas, (2, n) of skills, (caps,) of caps.

    Ratios to today and log points, not yet filled in.

    Parameters
    ----------
    areas, caps : int
        How many.
    """
    both, each = (2, areas), areas
    return Solution(
        np.empty(each), np.empty(each), np.empty(both), np.empty(both), np.empty(both),
        np.empty(both), np.empty((areas, 4)), np.ones(caps), np.ones(both), np.ones(each),
        np.ones(each), np.empty(each),
    )  # fmt: skip


def rows(problem: Problem) -> int:
    """How many rows of unknowns of (37) the problem has: five, and those of what is switched on."""
    return (
        5
        + 2 * (len(problem.curve) > 0)
        + int(problem.moves_productivity)
        + int(problem.tracks_heads)
        + 2 * (len(problem.limit) > 0)
    )


@njit(cache=True, fastmath=FAST)
def _paid(x, problem, now):  # type: ignore[no-untyped-def]
    """What work pays at `x`: output, capital, wages, pulls, employment of equation (8)-(12)."""
    n = len(problem.alpha)
    curve = len(problem.curve) > 0
    at_curve = 5
    at_productivity = at_curve + (2 if curve else 0)
    at_heads = at_productivity + (1 if problem.moves_productivity else 0)
    inner, outer = 1.0 - problem.inverse_native, 1.0 - problem.inverse_skill
    plain_inner, plain_outer = abs(inner) < 1e-8, abs(outer) < 1e-8
    of_skill = np.empty((2, n))
    of_all = np.empty(n)
    scale = np.empty(n)
    for i in range(n):
        total = 0.0
        for s in range(2):
            more = x[at_curve + s, i] if curve else 0.0
            native, migrant = x[s, i] + more, x[2 + s, i] + more
            share = problem.native_share[s, i]
            now.employment[s, i] = np.exp(more) if curve else 1.0
            if plain_inner:
                of_skill[s, i] = share * native + (1.0 - share) * migrant
            else:
                both = share * np.exp(inner * native)
                if share < 1.0:
                    both += (1.0 - share) * np.exp(inner * migrant)
                of_skill[s, i] = np.log(both) / inner
            part = problem.skill_share[s, i]
            if plain_outer:
                total += part * of_skill[s, i]
            else:
                total += part * np.exp(outer * of_skill[s, i])
        of_all[i] = total if plain_outer else np.log(total) / outer
        made = x[at_productivity, i] if problem.moves_productivity else 0.0
        now.productivity[i] = np.exp(made) if problem.moves_productivity else 1.0
        scale[i] = made + problem.labour_power[i] * of_all[i]
        now.log_capital[i] = problem.log_retained[i] + problem.capital_power[i] * scale[i]
    if len(problem.world_share) > 0:
        log_return = 0.0
        for _ in range(100):
            total, slope = 0.0, 0.0
            for i in range(n):
                steep = problem.capital_power[i]
                term = problem.world_share[i] * np.exp(now.log_capital[i] - log_return * steep)
                total += term
                slope += term * steep
            step = np.log(total) * total / slope if slope > 0.0 else 0.0
            log_return += step
            if not (abs(step) >= 1e-14):
                break
        for i in range(n):
            now.log_capital[i] -= log_return * problem.capital_power[i]
    fiscal = len(problem.spillovers) > 0
    for i in range(n):
        made = scale[i] + problem.alpha[i] * now.log_capital[i]
        now.log_output[i] = made
        adds = 0.0
        if fiscal:
            heads = x[at_heads, i] if problem.tracks_heads else 0.0
            tax = problem.tax[i] * np.exp(-problem.spillovers[4] * heads)
            now.kept[i] = (1.0 - tax) / (1.0 - problem.tax[i])
            # A price index falls with variety: what pay buys grows by Y^^(1/(sigma_V - 1)).
            adds = np.log(now.kept[i]) + problem.spillovers[3] * made
        for s in range(2):
            more = x[at_curve + s, i] if curve else 0.0
            each = made - of_all[i] + problem.inverse_skill * (of_all[i] - of_skill[s, i])
            now.log_native[s, i] = each + problem.inverse_native * (of_skill[s, i] - x[s, i] - more)
            now.log_migrant[s, i] = each + problem.inverse_native * (
                of_skill[s, i] - x[2 + s, i] - more
            )
            pull = np.exp(problem.theta * (now.log_migrant[s, i] + more + adds))
            now.reach[i, s] = pull
            pay = np.exp(now.log_migrant[s, i])
            if curve or fiscal:
                pay *= now.employment[s, i] * now.kept[i]
            now.reach[i, 2 + s] = pay * pull


@njit(cache=True, fastmath=FAST)
def _capped(x, problem, now, at_weight):  # type: ignore[no-untyped-def]
    """Part of the demand for the places of every cap that is let in, at the weights in `x`."""
    now.let_in[:] = 0.0
    weight = np.empty(2)
    for b in range(len(problem.alpha)):
        weight[0], weight[1] = np.exp(x[at_weight, b]), np.exp(x[at_weight + 1, b])
        for j in range(problem.cap_first[b], problem.cap_first[b + 1]):
            s = problem.cap_skill[j]
            demand = problem.cap_leaving[j] * now.reach[problem.cap_residence[j], s]
            now.let_in[problem.cap[j]] += demand * weight[s]
    for c in range(len(problem.limit)):
        demand = now.let_in[c]
        now.let_in[c] = problem.limit[c] / demand if demand > problem.limit[c] else 1.0


@njit(cache=True, fastmath=FAST)
def _evaluate(x, problem, now, out, seen):  # type: ignore[no-untyped-def]
    """F(x) into `out` (rows, n), what it goes through into `now`.

    `seen` (2, n, 2) are sums by birthplace: of odds abroad, and of money.
    """
    n = len(problem.alpha)
    _paid(x, problem, now)
    curve, caps = len(problem.curve) > 0, len(problem.limit) > 0
    at_curve = 5
    at_productivity = at_curve + (2 if curve else 0)
    at_heads = at_productivity + (1 if problem.moves_productivity else 0)
    at_weight = at_heads + (1 if problem.tracks_heads else 0)
    spilling = problem.moves_productivity or problem.tracks_heads
    fiscal = len(problem.spillovers) > 0
    if caps:
        _capped(x, problem, now, at_weight)
    labour = np.zeros((n, 2))
    arrived = np.zeros((n, 2))
    brought = np.zeros(n)
    people = np.empty(2)
    sums = np.empty((2, 2))
    for b in range(n):
        low, high = problem.first[b], problem.first[b + 1]
        # (Kept in scalars: an array would be written back in every step.)
        leave_low, leave_high, paid_low, paid_high = 0.0, 0.0, 0.0, 0.0
        for p in range(low, high):
            i = problem.residence[p]
            leave_low += problem.outward[p, 0] * now.reach[i, 0]
            leave_high += problem.outward[p, 1] * now.reach[i, 1]
            paid_low += problem.outward[p, 2] * now.reach[i, 2]
            paid_high += problem.outward[p, 3] * now.reach[i, 3]
        sums[0, 0], sums[0, 1], sums[1, 0], sums[1, 1] = leave_low, leave_high, paid_low, paid_high
        if caps:
            for j in range(problem.cap_first[b], problem.cap_first[b + 1]):
                s, i = problem.cap_skill[j], problem.cap_residence[j]
                part = now.let_in[problem.cap[j]]
                sums[0, s] += problem.cap_leaving[j] * now.reach[i, s] * part
                sums[1, s] += problem.cap_money[j] * now.reach[i, 2 + s] * part
        gained = (np.exp(x[4, b]) - 1.0) * problem.consumption[b]
        price = np.exp(-problem.spillovers[3] * now.log_output[b]) if fiscal else 1.0
        received, at_home = 0.0, 0.0
        for s in range(2):
            share = problem.work_share[s, b]
            work = share * np.exp(now.log_native[s, b]) * now.employment[s, b] * now.kept[b]
            better = (work + 1.0 - share + gained / problem.choosing[s, b]) / price
            log_odds = problem.theta * np.log(better)
            odds = np.exp(log_odds)
            weight = problem.natives[s, b] / (problem.home[s, b] * odds + sums[0, s])
            out[s, b] = np.log(weight) + log_odds
            now.home[s, b] = weight * problem.home[s, b] * odds
            now.weight[s, b] = weight
            people[s] = weight
            received += weight * sums[1, s]
            at_home += now.home[s, b]
            seen[0, b, s] = sums[0, s]
            seen[1, b, s] = sums[1, s]
            if caps:
                out[at_weight + s, b] = np.log(weight)
        now.received[b] = received
        total = (received * problem.following[b] + problem.income[b]) / at_home
        out[4, b] = np.log(1.0 + (total - problem.transfers[b]) / problem.consumption[b])
        weight_low, weight_high = people[0], people[1]
        for p in range(low, high):
            i = problem.residence[p]
            labour[i, 0] += weight_low * problem.working[p, 0]
            labour[i, 1] += weight_high * problem.working[p, 1]
        if spilling:
            for p in range(low, high):
                i = problem.residence[p]
                for s in range(2):
                    here = people[s] * problem.outward[p, s] * now.reach[i, s]
                    arrived[i, s] += here
                    brought[i] += here * problem.log_tfp[b]
        if caps:
            for j in range(problem.cap_first[b], problem.cap_first[b + 1]):
                s, i = problem.cap_skill[j], problem.cap_residence[j]
                part = people[s] * now.let_in[problem.cap[j]]
                labour[i, s] += problem.cap_working[j] * part
                if spilling:
                    here = part * problem.cap_leaving[j] * now.reach[i, s]
                    arrived[i, s] += here
                    brought[i] += here * problem.log_tfp[b]
    for i in range(n):
        for s in range(2):
            before = problem.labour[s, i]
            ratio = labour[i, s] * now.reach[i, s] / before if before > 0.0 else 1.0
            out[2 + s, i] = np.log(max(ratio, NOBODY))
    if spilling:
        _spilled(problem, now, arrived, brought, out, at_productivity, at_heads)
    if curve:
        _employed(x, problem, now, out, at_curve, at_heads)


@njit(cache=True, fastmath=FAST)
def _spilled(problem, now, arrived, brought, out, at_productivity, at_heads):  # type: ignore[no-untyped-def]
    """Productivity of equation (13) and heads, in changes."""
    for i in range(len(problem.alpha)):
        low, high = now.home[0, i] + arrived[i, 0], now.home[1, i] + arrived[i, 1]
        heads = low + high
        if problem.tracks_heads:
            out[at_heads, i] = np.log(heads / problem.heads[i])
        if problem.moves_productivity:
            foreign = arrived[i, 0] + arrived[i, 1]
            imported = (brought[i] - foreign * problem.log_tfp[i]) / heads
            made = problem.spillovers[0] * np.log(high / low)
            made += problem.spillovers[1] * np.log(heads) + problem.spillovers[2] * imported
            out[at_productivity, i] = made - problem.log_spilled[i]


@njit(cache=True, fastmath=FAST)
def _employed(x, problem, now, out, at_curve, at_heads):  # type: ignore[no-untyped-def]
    """(1-u')/(1-u) of the wage curve, its own answer taken out as in `Change.employment`."""
    eta, psi = problem.curve[0], problem.curve[1]
    for i in range(len(problem.alpha)):
        heads = x[at_heads, i] if problem.tracks_heads else 0.0
        average = psi * (now.log_output[i] - heads)
        for s in range(2):
            before = problem.unemployment[s, i]
            then = before * np.exp(-(now.log_native[s, i] - average) / eta)
            then = min(then, HIGHEST)
            steep = 1.0 + 0.5 * then / ((1.0 - then) * eta)
            mine = x[at_curve + s, i]
            reached = np.log((1.0 - then) / (1.0 - before))
            out[at_curve + s, i] = mine + (reached - mine) / steep


@njit(cache=True, fastmath=FAST)
def _own_answers(x, problem, now, seen, blocks):  # type: ignore[no-untyped-def]
    """(I - J)^-1 of the five first unknowns of every area (n, 5, 5), others' answers left out.

    J in closed form: with a, c shares of natives in a skill and of a skill at this point,
    d ln w_Ns / d x_Nt = (y - 1 + 1/sS) c_t a_t - [s = t] ((1/sS - 1/sN) a_s + 1/sN).
    """
    theta = problem.theta
    inner, outer = 1.0 - problem.inverse_native, 1.0 - problem.inverse_skill
    jacobian = np.empty((5, 5))
    better = np.zeros((2, 5))
    native, skill, log_skill = np.empty(2), np.empty(2), np.empty(2)
    stay, people = np.empty(2), np.empty(2)
    for b in range(len(problem.alpha)):
        total = 0.0
        for s in range(2):
            share = problem.native_share[s, b]
            mine = share * np.exp(inner * x[s, b])
            theirs = (1.0 - share) * np.exp(inner * x[2 + s, b]) if share < 1.0 else 0.0
            native[s] = mine / (mine + theirs)
            log_skill[s] = np.log(mine + theirs) / inner if abs(inner) > 1e-8 else 0.0
            skill[s] = problem.skill_share[s, b] * np.exp(outer * log_skill[s])
            total += skill[s]
        skill[0] /= total
        skill[1] /= total
        grows = problem.labour_power[b] * (1.0 + problem.alpha[b] * problem.capital_power[b])
        spread = problem.inverse_skill - problem.inverse_native
        gained = np.exp(x[4, b])
        jacobian[:] = 0.0
        for s in range(2):
            share = problem.work_share[s, b]
            pay = share * np.exp(now.log_native[s, b])
            step = problem.consumption[b] / problem.choosing[s, b]
            level = pay + 1.0 - share + (gained - 1.0) * step
            people[s] = now.home[s, b]
            stay[s] = people[s] / problem.natives[s, b]
            for t in range(2):
                by_native = (grows - 1.0 + problem.inverse_skill) * skill[t] * native[t]
                by_migrant = (grows - 1.0 + problem.inverse_skill) * skill[t] * (1.0 - native[t])
                same = problem.inverse_native if s == t else 0.0
                if s == t:
                    by_native -= spread * native[s]
                    by_migrant -= spread * (1.0 - native[s])
                better[s, t] = pay * (by_native - same) / level
                better[s, 2 + t] = pay * by_migrant / level
                jacobian[2 + s, t] = theta * by_native
                jacobian[2 + s, 2 + t] = theta * (by_migrant - same)
            better[s, 4] = gained * step / level
            for k in range(5):
                jacobian[s, k] = theta * (1.0 - stay[s]) * better[s, k]
        at_home = people[0] + people[1]
        sums = now.received[b] * problem.following[b] + problem.income[b]
        level = 1.0 + (sums / at_home - problem.transfers[b]) / problem.consumption[b]
        for k in range(5):
            moved, money = 0.0, 0.0
            for s in range(2):
                moved += people[s] * jacobian[s, k]
                paid = problem.following[b] * now.weight[s, b] * seen[1, b, s]
                money -= paid * stay[s] * theta * better[s, k]
            change = money / at_home - sums / at_home / at_home * moved
            jacobian[4, k] = change / problem.consumption[b] / level
        for r in range(5):
            for k in range(5):
                jacobian[r, k] = (1.0 if r == k else 0.0) - jacobian[r, k]
        _invert(jacobian, blocks[b])


@njit(cache=True)
def _invert(matrix, inverse):  # type: ignore[no-untyped-def]
    """Inverse of a small matrix by elimination with pivots; `matrix` is used up."""
    size = len(matrix)
    inverse[:] = 0.0
    for r in range(size):
        inverse[r, r] = 1.0
    for k in range(size):
        best = k
        for r in range(k + 1, size):
            if abs(matrix[r, k]) > abs(matrix[best, k]):
                best = r
        if best != k:
            for c in range(size):
                matrix[k, c], matrix[best, c] = matrix[best, c], matrix[k, c]
                inverse[k, c], inverse[best, c] = inverse[best, c], inverse[k, c]
        pivot = 1.0 / matrix[k, k]
        for c in range(size):
            matrix[k, c] *= pivot
            inverse[k, c] *= pivot
        for r in range(size):
            if r != k:
                factor = matrix[r, k]
                for c in range(size):
                    matrix[r, c] -= factor * matrix[k, c]
                    inverse[r, c] -= factor * inverse[k, c]


@njit(cache=True, fastmath=SUMS)
def _dot(first, second):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(first)):
        total += first[k] * second[k]
    return total


@njit(cache=True, fastmath=FAST)
def solve(x, problem, now, tolerance):  # type: ignore[no-untyped-def]
    """Anderson's (1965) method on the map F of (37) for one draw.

    Parameters
    ----------
    x : (rows, n) log points to begin at; holds the solution in the end
    problem : Problem
        By pairs p, areas n and capped cells j, as the head of the module says.
    now : Solution
        Room, as `empty_solution` gives it; holds what belongs to x in the end.
    tolerance : float, log points

    Returns
    -------
    residual : float, largest |F(x) - x|, log points; NaN where the iteration left the numbers
    evaluations : int, of F
    """
    height, n = x.shape
    size = height * n
    out, blocks = np.empty((height, n)), np.empty((n, 5, 5))
    seen = np.empty((2, n, 2))
    points, steps = np.zeros((DEPTH, size)), np.zeros((DEPTH, size))
    gram, right, weights = np.zeros((DEPTH, DEPTH)), np.zeros(DEPTH), np.zeros(DEPTH)
    step, last_step, last_x = np.empty(size), np.empty(size), np.empty(size)
    flat = x.reshape(size)
    have = 0
    residual, best = np.inf, np.inf
    for turn in range(LIMIT):
        _evaluate(x, problem, now, out, seen)
        residual = 0.0
        for r in range(height):
            for i in range(n):
                gap = abs(out[r, i] - x[r, i])
                if not (gap <= residual):
                    residual = gap
        if not (residual > tolerance) or not (residual < 1e3 * best + 1.0):
            return residual, turn + 1
        best = min(best, residual)
        if turn == 0:
            _own_answers(x, problem, now, seen, blocks)
        for i in range(n):
            for r in range(5):
                value = 0.0
                for k in range(5):
                    value += blocks[i, r, k] * (out[k, i] - x[k, i])
                step[r * n + i] = value
        for r in range(5, height):
            for i in range(n):
                step[r * n + i] = out[r, i] - x[r, i]
        if turn == 0:
            for k in range(size):
                last_x[k], last_step[k] = flat[k], step[k]
                flat[k] += step[k]
            continue
        slot = have % DEPTH
        have += 1
        for k in range(size):
            points[slot, k] = flat[k] - last_x[k]
            steps[slot, k] = step[k] - last_step[k]
            last_x[k], last_step[k] = flat[k], step[k]
        used = min(have, DEPTH)
        for a in range(used):
            gram[a, slot] = _dot(steps[a], steps[slot])
            gram[slot, a] = gram[a, slot]
            right[a] = _dot(steps[a], step)
        least_squares(gram, right, used, weights)
        for k in range(size):
            flat[k] += step[k]
        for a in range(used):
            weight = weights[a]
            for k in range(size):
                flat[k] -= weight * (points[a, k] + steps[a, k])
    return residual, LIMIT
