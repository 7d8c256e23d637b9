"""Net migration: from two censuses, made to sum to zero, and spread over pairs of areas.

    vital statistics       N = P1 - P0 - (births - deaths)
    survival, forward      N = P1 - s P0           people missed at the end (UN Manual VI 1970)
    survival, reverse      N = P1 / s - P0         the same people counted at the start
    children               N_i = w_i (P1_i / P1 women) N women,  w = 1/4, 3/4 of a ten-year interval
    net totals to flows    mu_ij = lambda m_ij a_i / a_j,  inflow_i - outflow_i = N_i

The last is the table nearest to m, in information, with those net totals; the nearest by squares
and by absolute differences are beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corridors.errors import Infeasible, InputError, NotConverged, Problem
from corridors.flows.fitting import AIM, TOLERANCE
from corridors.labels import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "by_survival",
    "by_vital_statistics",
    "nearest_by_absolutes",
    "nearest_by_squares",
    "scale_net",
    "whole_numbers",
    "zero_sum",
]


#: Share of a ten-year interval that its youngest five-year groups were exposed to (UN 1970).
CHILD_EXPOSURE = (0.25, 0.75)
#: Rows of women of 15-44 among five-year ages from 0, who bore the youngest group.
WOMEN = slice(3, 9)
STEPS = 200
#: Logarithm of a scaling beyond which only totals that cannot be met lead.
FAREST = 200.0


# --- net migration of areas ---------------------------------------------------------------------


def by_vital_statistics(
    population_start: pd.Series, population_end: pd.Series, births: pd.Series, deaths: pd.Series
) -> pd.Series:
    """Net migration (area) in persons: the change of the population that is not births and deaths.

    Arguments need the same labels in the same order; a figure not known leaves its area not known.
    """
    _same_index(population_start, population_end, births, deaths)
    return (population_end - population_start - (births - deaths)).rename("net")


def by_survival(
    population_start: pd.Series,
    population_end: pd.Series,
    survival: pd.Series,
    *,
    children: bool = False,
) -> pd.DataFrame:
    """Net migration of cohorts by survival ratios (UN Manual VI 1970; Bogue, Hinze & White 1982).

    Parameters
    ----------
    population_start, population_end : Series (cohort)
        The same people at both censuses: ages ten years apart for a ten-year interval. A cohort
        born in between has no figure at the start; it is not known, never zero.
    survival : Series (cohort)
        Share of those at the start alive at the end, between 0 and about 1.
    children : bool
        Whether to estimate the two youngest groups from the net migration of women: rows are then
        five-year ages 0-4, 5-9, ... at the end of a ten-year interval, of women.

    Returns
    -------
    DataFrame (cohort)
        `net_forward`, `net_reverse`, `net_average` in persons; `expected_end` = s P0 and
        `expected_start` = P1 / s. Totals have to say what a missing cohort means.
    """
    import pandas as pd

    _same_index(population_start, population_end, survival)
    if not (survival.dropna() > 0.0).all():
        wrong = survival[survival <= 0.0].index[0]
        raise InputError(Problem(f"survival of {wrong}", "is not above 0", "Give a share above 0"))
    found = pd.DataFrame(
        {
            "expected_end": survival * population_start,
            "expected_start": population_end / survival,
        }
    )
    found.insert(0, "net_forward", population_end - found["expected_end"])
    found.insert(1, "net_reverse", found["expected_start"] - population_start)
    if children:
        for name in ("net_forward", "net_reverse"):
            found[name] = _with_children(found[name], population_end)
    found.insert(2, "net_average", (found["net_forward"] + found["net_reverse"]) / 2.0)
    return found


def _with_children(net: pd.Series, population_end: pd.Series) -> pd.Series:
    net = net.copy()
    for group, weight in enumerate(CHILD_EXPOSURE):
        women = slice(WOMEN.start + group, WOMEN.stop + group)
        per_woman = population_end.iloc[group] / population_end.iloc[women].sum(skipna=False)
        net.iloc[group] = weight * per_woman * net.iloc[women].sum(skipna=False)
    return net


def _same_index(first: pd.Series, *others: pd.Series) -> None:
    for one in others:
        if not one.index.equals(first.index):
            what = f"labels {list(one.index)[:5]} are not {list(first.index)[:5]}"
            fix = "Give every column the same labels in the same order"
            raise InputError(Problem("net migration", what, fix))


# --- totals that sum to zero --------------------------------------------------------------------


def zero_sum(
    net: Array, *, weights: Array | None = None, switches: bool = False, whole: bool = False
) -> Array:
    """Net figures (area,) changed so that they, times their weights, sum to zero (Abel 2018).

    Parameters
    ----------
    net : (area,)
    weights : (area,), optional
        Populations where `net` are rates; default 1.
    switches : bool
        Subtract the mean, which turns small gains into losses; by default gains and losses are
        scaled towards each other, each taking half of the gap, and no sign changes.
    whole : bool
        Round to whole persons; the remainder goes to the largest figure, the first of equals.

    Raises
    ------
    InputError
        Only gains or only losses: nothing can be scaled towards anything.
    """
    w = np.ones_like(net, dtype=float) if weights is None else weights
    if switches:
        balanced = net - (w * net).sum() / w.sum()
    else:
        gains, losses = (w * np.maximum(net, 0.0)).sum(), (w * np.minimum(net, 0.0)).sum()
        if (gains == 0.0) != (losses == 0.0):
            what = f"all net figures have one sign, their sum is {gains + losses:,.10g}"
            fix = "Correct them, or allow signs to change"
            raise InputError(Problem("net migration", what, fix))
        gap = (gains + losses) / 2.0
        if gains == 0.0:
            return net.astype(float)
        balanced = np.where(
            net > 0.0, net * ((gains - gap) / gains), net * ((losses - gap) / losses)
        )
    return whole_numbers(balanced, 0.0) if whole else balanced


def whole_numbers(values: Array, total: float | None = None) -> Array:
    """Values (k,) scaled to `total` and rounded; the largest takes what rounding leaves over.

    A total of 0 scales nothing; None keeps the sum of the values, rounded.
    """
    goal = float(np.rint(values.sum())) if total is None else total
    rounded = np.rint(values * (goal / values.sum()) if goal != 0.0 else values)
    rounded[np.argmax(np.abs(rounded))] += goal - rounded.sum()
    return rounded


# --- from net totals to flows -------------------------------------------------------------------


def scale_net(
    seed: Array,
    net: Array,
    total: float | None = None,
    *,
    tolerance: float = TOLERANCE,
    names: Sequence[str] | None = None,
) -> tuple[Array, Array, float]:
    """The table nearest to `seed`, in information, with these net totals and this grand total.

    Newton on x = ln a and l = ln lambda for the convex dual
    sum_ij m_ij exp(l + x_i - x_j) + sum_i N_i x_i - l total.

    Parameters
    ----------
    seed : (i, i)
        Its diagonal changes with the grand total only.
    net : (i,)
        Inflow less outflow; sums to zero.
    total : float, optional
        Sum of all cells, diagonal included; free by default.

    Returns
    -------
    flows : (i, i), lambda m_ij a_i / a_j
    scaling : (i,), a, of which the first is 1
    level : float, lambda

    Raises
    ------
    InputError, Infeasible, NotConverged
        Named by area; the error is relative to the moves of an area.
    """
    names = names or [str(place + 1) for place in range(len(net))]
    _check_net(seed, net, names)
    if total is not None and not (np.isfinite(total) and total > 0.0):
        raise InputError(Problem("grand total", f"is {total:g}", "Give a total above 0"))
    x = np.zeros(len(net) + 1)
    x[-1] = 0.0 if total is None else np.log(total / seed.sum())
    for _ in range(STEPS):
        mu, gradient, error = _net_gaps(x, seed, net, total)
        if error <= AIM * tolerance or np.abs(x).max() > FAREST:
            break
        moved = _net_step(x, mu, gradient, (seed, net, total))
        if moved is None:
            break
        x = moved
    if not error <= tolerance:
        _explain_net(seed, net, names)
        what = "no table was found with these net totals"
        what += "" if total is None else " and this grand total, which may be too small for them"
        raise NotConverged(what, residual=error)
    return mu, np.exp(x[:-1] - x[0]), float(np.exp(x[-1]))


def _net_gaps(x: Array, seed: Array, net: Array, total: float | None) -> tuple[Array, Array, float]:
    """The table, the gradient of the dual, and the largest gap relative to an area's moves."""
    mu = seed * np.exp(x[-1] + x[:-1, None] - x[:-1])
    out, into = mu.sum(axis=1), mu.sum(axis=0)
    level = 0.0 if total is None else mu.sum() - total
    moves = np.append(np.maximum(out + into - 2.0 * np.diagonal(mu), np.abs(net)), total or 1.0)
    gradient = np.append(out - into + net, level)
    gaps = np.abs(gradient) / np.where(moves > 0.0, moves, 1.0)
    return mu, gradient, float(gaps.max())


def _net_step(
    x: Array, mu: Array, gradient: Array, problem: tuple[Array, Array, float | None]
) -> Array | None:
    """One Newton step that lowers the dual; None when none does."""
    seed, net, total = problem
    size = len(net)
    out, into = mu.sum(axis=1), mu.sum(axis=0)
    H = np.zeros((size + 1, size + 1))
    H[:size, :size] = np.diag(out + into) - mu - mu.T
    if total is not None:
        H[size, :size] = H[:size, size] = out - into
    H[size, size] = mu.sum()
    # Singular along a constant in each unconnected part; the gradient has no part in it.
    H[np.diag_indices_from(H)] += 1e-13 * (np.append(out + into, 0.0) + mu.max())
    step = -np.linalg.solve(H, gradient)
    step *= min(1.0, 4.0 / np.abs(step).max())

    def dual(at: Array) -> float:
        value = (seed * np.exp(at[-1] + at[:-1, None] - at[:-1])).sum() + net @ at[:-1]
        return float(value - (0.0 if total is None else total * at[-1]))

    before = dual(x)
    for halving in range(40):
        tried = x + step * 0.5**halving
        if dual(tried) <= before + 1e-12 * abs(before):
            return tried
    return None


def nearest_by_squares(seed: Array, net: Array, *, names: Sequence[str] | None = None) -> Array:
    """The table (i, i) with these net totals, not negative, nearest to `seed` by squares.

    Its diagonal stays; a zero of the seed may become positive. With multipliers z,
    mu_ij = max(0, m_ij + z_j - z_i), and z solves N = net(mu), by Newton's method.
    """
    names = names or [str(place + 1) for place in range(len(net))]
    _check_net(seed, net, names)
    off = 1.0 - np.eye(len(net))

    def table(z: Array) -> Array:
        return np.maximum(seed * off + (z - z[:, None]) * off, 0.0)

    z, tolerance = (
        np.zeros_like(net, dtype=float),
        1e-11 * max(np.abs(net).max(), seed.max(), 1e-300),
    )
    for _ in range(STEPS):
        mu = table(z)
        gap = net - (mu.sum(axis=0) - mu.sum(axis=1))
        if np.abs(gap).max() <= tolerance:
            return mu + np.diag(np.diagonal(seed))
        free = (mu > 0.0).astype(float)
        laplacian = np.diag(free.sum(axis=0) + free.sum(axis=1)) - free - free.T
        step = np.linalg.solve(laplacian + 1e-10 * np.eye(len(net)), gap)
        before = net @ z - 0.5 * (mu**2).sum()
        for halving in range(40):
            tried = z + step * 0.5**halving
            rise = net @ tried - 0.5 * (table(tried) ** 2).sum() - before
            least = 1e-4 * 0.5**halving * (step @ gap) - 1e-12 * abs(before)
            if rise >= least or halving == 39:
                break
        z = tried
    raise NotConverged(
        "the nearest table by squares, in persons", residual=float(np.abs(gap).max())
    )


def nearest_by_absolutes(seed: Array, net: Array, *, names: Sequence[str] | None = None) -> Array:
    """A table (i, i) with these net totals, not negative, with the least sum |mu - seed|.

    Its diagonal stays. The answer need not be the only one.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    names = names or [str(place + 1) for place in range(len(net))]
    _check_net(seed, net, names)
    i, j = np.nonzero(1.0 - np.eye(len(net)))
    cells = np.arange(len(i))
    ends = np.concatenate([j, i]), np.concatenate([cells, cells])
    signs = np.concatenate([np.ones(len(i)), -np.ones(len(i))])
    rise = coo_array((signs, ends), shape=(len(net), len(i))).tocsr()
    gap = net - (seed.sum(axis=0) - seed.sum(axis=1))
    from scipy.sparse import hstack

    programme = linprog(
        np.ones(2 * len(i)),
        A_eq=hstack([rise, -rise]).tocsr(),
        b_eq=gap,
        bounds=[(0.0, None)] * len(i) + [(0.0, most) for most in seed[i, j]],
        method="highs",
    )
    if not programme.success:
        raise NotConverged(f"the linear programme has no answer: {programme.message}")
    nearest = seed.astype(float).copy()
    nearest[i, j] += programme.x[: len(i)] - programme.x[len(i) :]
    return nearest


def _check_net(seed: Array, net: Array, names: Sequence[str]) -> None:
    problems = [
        Problem(f"net migration of {name}", "is not known", "Give a figure")
        for name, value in zip(names, net, strict=True)
        if not np.isfinite(value)
    ]
    problems += [
        Problem(f"seed of ({names[i]}, {names[j]})", f"is {seed[i, j]:g}", "Give a seed >= 0")
        for i, j in np.argwhere(~((seed >= 0.0) & np.isfinite(seed)))[:5]
    ]
    if not problems and abs(net.sum()) > 1e-9 * max(np.abs(net).sum(), 1e-300):
        what = f"the figures sum to {net.sum():.10g}, not to zero"
        problems.append(Problem("net migration", what, "Make them sum to zero first: zero_sum"))
    if problems:
        raise InputError(problems)


def _explain_net(seed: Array, net: Array, names: Sequence[str]) -> None:
    """Raise `Infeasible` if areas must lose or gain people whom no cell of the seed lets move.

    The people areas lose, sent through the cells of the seed to those that gain: what cannot be
    sent is stuck in a set of areas that no cell leaves.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    size, unit = len(net), max(np.abs(net).sum(), 1e-300) / 1e9
    i, j = np.nonzero(seed * (1.0 - np.eye(size)) > 0.0)
    places, source, sink = np.arange(size), size, size + 1
    tail = np.concatenate([np.full(size, source), i, places])
    head = np.concatenate([places, j, np.full(size, sink)])
    lost, gained = np.floor(np.maximum(-net, 0.0) / unit), np.ceil(np.maximum(net, 0.0) / unit)
    room = np.concatenate([lost, np.full(len(i), 2e9), gained]).astype(np.int32)
    graph = coo_array((room, (tail, head)), shape=(size + 2, size + 2)).tocsr()
    flow = maximum_flow(graph, source, sink)
    if flow.flow_value >= lost.sum():
        return
    left = (graph - flow.flow).tocsr()
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    stuck = sorted(
        k for k in breadth_first_order(left, source, return_predecessors=False) if k < size
    )
    listed = ", ".join(names[k] for k in stuck[:8]) + (" ..." if len(stuck) > 8 else "")
    what = (
        f"{listed} must lose {-net[stuck].sum():.6g} more than they gain, but no cell of the seed"
    )
    raise Infeasible(f"the net totals cannot be met: {what} leads out of them")
