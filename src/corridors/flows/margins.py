"""Tables scaled to margins, by birthplace, or to net totals; labels are matched by name.

The kernels of margins are in `fitting`. Net totals N are met by

    mu_ij = lambda m_ij a_i / a_j,  inflow_i - outflow_i = N_i,

the table nearest to m, in information; the nearest by squares and by absolute differences are
beside it.

The last is equation (49), the kernels' Newton step (48).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import Infeasible, InputError, NotConverged, Problem
from corridors.flows.fitting import AIM, TOLERANCE, Scaling, fix_diagonal, scale
from corridors.flows.summaries import square
from corridors.labels import (
    DIMENSIONS,
    Array,
    Mask,
    figures,
    matrix,
    refuse,
    same_labels,
    vector,
    wrong_cells,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "Fit",
    "fit",
    "fit_birthplaces",
    "fit_net",
    "nearest_by_absolutes",
    "nearest_by_squares",
    "scale_net",
]

ENDS = ("origin", "destination")
STEPS = 200
#: Logarithm of a scaling beyond which only totals that cannot be met lead.
FAREST = 200.0


@dataclass(frozen=True)
class Fit:
    """A fitted table, and how well it meets its margins.

    Parameters
    ----------
    table : DataArray
    sweeps : int
        Sweeps and Newton steps of the longest fit.
    error : float
        Largest error of a margin relative to it.
    """

    table: xr.DataArray
    sweeps: int
    error: float


def fit(
    seed: xr.DataArray | pd.DataFrame,
    rows: xr.DataArray | pd.Series | None = None,
    columns: xr.DataArray | pd.Series | None = None,
) -> Fit:
    """Scale a table to row totals, column totals, or both (Deming & Stephan 1940), by (48).

    Parameters
    ----------
    seed : DataArray (origin, destination) or DataFrame with origins as rows
        Relative weights. Two other dimensions do as well, and stay what they are called.
    rows : DataArray (origin) or Series, columns : DataArray (destination) or Series
        Totals in persons, or in any one unit; None leaves that margin free.

    Returns
    -------
    Fit
        `table` (origin, destination) in the unit of the totals; the largest relative error of a
        margin.

    Raises
    ------
    InputError, Infeasible, NotConverged
        As `corridors.flows.fitting.scale`.
    """
    own = _own_names(seed)
    ends = own if own and set(own) != set(ENDS) else ENDS
    table = matrix(seed, ends, "seed", any_names=own is None)
    refuse(*wrong_cells(table, "seed"))
    names = [list(table.indexes[dim]) for dim in ends]
    totals = [
        None if given is None else _totals(given, dim, labels)
        for given, dim, labels in zip((rows, columns), ends, names, strict=True)
    ]
    scaling = scale(table.to_numpy(), *totals, names=(names[0], names[1]))
    return _fit(table.copy(data=scaling.fitted(table.to_numpy())), scaling)


def _own_names(seed: Any) -> tuple[str, str] | None:
    """Names of rows and columns where both are dimensions."""
    axes = getattr(seed, "axes", ())
    own = [getattr(axis, "name", None) for axis in axes] or list(getattr(seed, "dims", ()))
    if len(own) == 2 and own[0] != own[1] and all(name in DIMENSIONS for name in own):
        return str(own[0]), str(own[1])
    return None


def fit_birthplaces(
    start: xr.DataArray | pd.DataFrame,
    end: xr.DataArray | pd.DataFrame,
    seed: xr.DataArray | pd.DataFrame | None = None,
    *,
    stayers: str = "free",
) -> Fit:
    """Fit a table of origins and destinations for each birthplace to its residents at both ends.

    Parameters
    ----------
    start, end : DataArray (birthplace, residence) or DataFrame with birthplaces as rows
        Persons; equal totals for each birthplace.
    seed : DataArray (origin, destination) or DataFrame, optional
        Relative ease of each move; 1 everywhere by default.
    stayers : str
        `free`: fitted as all others are; `most`: as many stay as can (Abel 2013).

    Returns
    -------
    Fit
        `table` (birthplace, origin, destination) persons over the period: n^3 cells.
        `estimate_flows` keeps factors instead; this is for who wants every cell.

    Raises
    ------
    InputError
        Labels differ, there are further axes, a figure is negative or not known.
    Infeasible, NotConverged
        As `corridors.flows.fitting.scale`.

    Notes
    -----
    The tables y of (46) with `most`, of (47), independence, with `free`.
    """
    import xarray as xr

    if stayers not in ("free", "most"):
        raise InputError(Problem("stayers", f"'{stayers}' is not a choice", "Use free or most"))
    ends = ("birthplace", "residence")
    tables = [matrix(table, ends, at) for table, at in ((start, "start"), (end, "end"))]
    refuse(*wrong_cells(tables[0], "start"), *wrong_cells(tables[1], "end"))
    births, names = (list(tables[0].indexes[dim]) for dim in ends)
    for dim, labels in zip(ends, (births, names), strict=True):
        same_labels(labels, [(f"{dim}s at the end", list(tables[1].indexes[dim]))])
    for table, at in zip(tables, ("start", "end"), strict=True):
        if table.ndim != 2:
            what = f"has more axes than two: {', '.join(map(str, table.dims))}"
            raise InputError(Problem(at, what, "Select or sum the others first"))
    R, C = (table.sel(birthplace=births, residence=names).to_numpy() for table in tables)
    m = np.ones((len(names), len(names)))
    if seed is not None:
        ease, of = square(seed, "seed")
        same_labels(names, [("seed", of)])
        order = [of.index(name) for name in names]
        m = ease[np.ix_(order, order)]
    if stayers == "most":
        held, scaling = fix_diagonal(m, R, C, names=(names, names))
        m = m * (1.0 - np.eye(len(names)))
        cells = scaling.fitted(m) + held[..., None] * np.eye(len(names))
    else:
        scaling = scale(m, R, C, names=(names, names))
        cells = scaling.fitted(m)
    coords = [("birthplace", births), ("origin", names), ("destination", names)]
    return _fit(xr.DataArray(cells, coords), scaling)


def fit_net(
    seed: xr.DataArray | pd.DataFrame,
    net: xr.DataArray | pd.Series,
    total: float | None = None,
    *,
    nearest: str = "information",
) -> xr.DataArray:
    """The flows nearest to `seed` whose net migration is `net`, (49).

    Parameters
    ----------
    seed : DataArray (origin, destination) or DataFrame
        Persons over the period.
    net : DataArray (area) or Series
        Inflow less outflow in persons over the period; sums to zero.
    total : float, optional
        Sum of all cells in persons, where `nearest` is `information`.
    nearest : str
        `information`: lambda m_ij a_i / a_j; `squares` or `absolutes`: of the differences.

    Returns
    -------
    DataArray (origin, destination) persons over the period

    Raises
    ------
    InputError
        Labels differ, a figure is not known, `net` does not sum to zero, a total with a distance
        that takes none.
    Infeasible, NotConverged
        No table that is zero where the seed is has these net totals; names the areas.
    """
    import xarray as xr

    values, names = square(seed, "seed")
    N = _totals(net, "area", names, negative=True)
    kernels = {
        "squares": nearest_by_squares,
        "absolutes": nearest_by_absolutes,
    }
    if nearest == "information":
        flows = scale_net(values, N, total, names=names)[0]
    elif nearest in kernels and total is None:
        flows = kernels[nearest](values, N, names=names)
    else:
        what = "takes no total" if nearest in kernels else f"'{nearest}' is not a distance"
        fix = "Use information, squares or absolutes; only information takes a total"
        raise InputError(Problem("nearest", what, fix))
    return xr.DataArray(flows, [("origin", names), ("destination", names)], name="flow")


def _totals(given: Any, dim: str, labels: list[str], *, negative: bool = False) -> np.ndarray:
    where = f"totals by {dim}"
    totals = vector(given, dim, where)
    same_labels(labels, [(where, list(totals.indexes[dim]))])
    refuse(*wrong_cells(totals, where, negative=negative))
    return totals.sel({dim: labels}).to_numpy()


def _fit(table: xr.DataArray, scaling: Scaling) -> Fit:
    return Fit(table, scaling.sweeps + scaling.steps, scaling.error)


# --- from net totals to flows -------------------------------------------------------------------


def scale_net(
    seed: Array,
    net: Array,
    total: float | None = None,
    *,
    tolerance: float = TOLERANCE,
    names: Sequence[str] | None = None,
) -> tuple[Array, Array, float]:
    """The table nearest to `seed`, in information, with these net totals and grand total, (49).

    Newton on x = ln a and l = ln lambda for the convex dual
    sum_ij m_ij exp(l + x_i - x_j) + sum_i N_i x_i - l total.

    Parameters
    ----------
    seed : (i, i) persons over the period
        Its diagonal changes with the grand total only.
    net : (i,) persons over the period
        Inflow less outflow; sums to zero.
    total : float, optional
        Sum of all cells in persons, diagonal included; free by default.
    tolerance : float
        Largest error, as a share of the moves of an area.

    Returns
    -------
    flows : (i, i) persons, lambda m_ij a_i / a_j
    scaling : (i,) ratio, a, of which the first is 1
    level : float, ratio, lambda

    Raises
    ------
    InputError
        A figure is not known, `net` does not sum to zero, the grand total is not above 0.
    Infeasible
        The zeros of the seed keep an area from its net total; names it.
    NotConverged
        With the largest error relative to the moves of an area.
    """
    seed, net, names = _checked_net(seed, net, names)
    if total is not None and not (np.isfinite(total) and total > 0.0 and seed.sum() > 0.0):
        raise InputError(Problem("grand total", f"is {total:g}", "Give a total above 0"))
    flows, x, error, worst = _scaled_net(seed, net, total, tolerance)
    if not error <= tolerance:
        opened = _open_cells(seed, net, names) | np.eye(len(net), dtype=bool)
        if (seed[~opened] > 0.0).any():  # cells that no table fills, such as those into a dead end
            flows, x, error, worst = _scaled_net(seed * opened, net, total, tolerance)
    if not error <= tolerance:
        what = "no table was found with these net totals"
        what += "" if total is None else " and this grand total, which may be too small for them"
        what += f"; the largest gap is in {names[worst]}" if worst < len(net) else ""
        raise NotConverged(what, residual=error)
    return flows, np.exp(x[:-1] - x[0]), float(np.exp(x[-1]))


def _scaled_net(
    seed: Array, net: Array, total: float | None, tolerance: float
) -> tuple[Array, Array, float, int]:
    """Flows, logarithms of the scalings, the largest error, and where it is."""
    x = np.zeros(len(net) + 1)
    x[-1] = 0.0 if total is None else np.log(total / seed.sum())
    for _ in range(STEPS):
        mu, gradient, gaps = _net_gaps(x, seed, net, total)
        if gaps.max() <= AIM * tolerance or np.abs(x).max() > FAREST:
            break
        moved = _net_step(x, mu, gradient, (seed, net, total))
        if moved is None:
            break
        x = moved
    return mu, x, float(gaps.max()), int(np.argmax(gaps))


def _net_gaps(x: Array, seed: Array, net: Array, total: float | None) -> tuple[Array, Array, Array]:
    """The table, the gradient of the dual, and the gaps relative to an area's moves."""
    mu = seed * np.exp(x[-1] + x[:-1, None] - x[:-1])
    out, into = mu.sum(axis=1), mu.sum(axis=0)
    level = 0.0 if total is None else mu.sum() - total
    moves = np.append(np.maximum(out + into - 2.0 * np.diagonal(mu), np.abs(net)), total or 1.0)
    gradient = np.append(out - into + net, level)
    gaps = np.abs(gradient) / np.where(moves > 0.0, moves, 1.0)
    return mu, gradient, gaps


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
    try:
        step = -np.linalg.solve(H, gradient)
    except np.linalg.LinAlgError:  # areas that nobody can reach or leave
        step = -np.linalg.lstsq(H, gradient, rcond=None)[0]
    longest = float(np.abs(step).max())
    if not 0.0 < longest < np.inf:
        return None
    step *= min(1.0, 4.0 / longest)

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
    """The table with these net totals, not negative, nearest to `seed` by squares.

    With multipliers z, mu_ij = max(0, m_ij + z_j - z_i), and z solves N = net(mu), by Newton's
    method; in information it is (49). A zero of the seed may become positive.

    Parameters
    ----------
    seed : (i, i) persons over the period
        Its diagonal stays.
    net : (i) persons over the period
        Inflow less outflow; sums to zero.
    names : sequence of str, optional
        Areas, for messages.

    Returns
    -------
    Array (i, i) persons over the period

    Raises
    ------
    InputError
        The net totals are not one for each row and column, or do not sum to zero.
    NotConverged
        With the largest gap of a net total, persons.
    """
    seed, net, names = _checked_net(seed, net, names)
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
    """A table with these net totals, not negative, with the least sum |mu - seed|.

    The answer need not be the only one: what (49) gives is nearest in information, and is.

    Parameters
    ----------
    seed : (i, i) persons over the period
        Its diagonal stays.
    net : (i) persons over the period
        Inflow less outflow; sums to zero.
    names : sequence of str, optional
        Areas, for messages.

    Returns
    -------
    Array (i, i) persons over the period

    Raises
    ------
    InputError
        The net totals are not one for each row and column, or do not sum to zero.
    NotConverged
        The linear programme (HiGHS) finds no table.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, hstack

    seed, net, names = _checked_net(seed, net, names)
    i, j = np.nonzero(1.0 - np.eye(len(net)))
    cells = np.arange(len(i))
    ends = np.concatenate([j, i]), np.concatenate([cells, cells])
    signs = np.concatenate([np.ones(len(i)), -np.ones(len(i))])
    rise = coo_array((signs, ends), shape=(len(net), len(i))).tocsr()
    gap = net - (seed.sum(axis=0) - seed.sum(axis=1))
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


def _checked_net(
    seed: Any, net: Any, names: Sequence[str] | None
) -> tuple[Array, Array, Sequence[str]]:
    """Seed and net totals as float, if they fit together; and names for messages."""
    seed = figures(seed, "seed", unknown=True, negative=True, dims=2)
    net = figures(net, "net migration", unknown=True, negative=True, dims=1)
    if net.ndim != 1 or seed.shape != (len(net), len(net)):
        shapes = [" x ".join(map(str, shape)) for shape in (seed.shape, net.shape)]
        what = f"is {shapes[0]}, net totals are {shapes[1]}"
        raise InputError(Problem("seed", what, "Give one net total for each row and column"))
    names = names or [str(place + 1) for place in range(len(net))]
    problems = [
        Problem(f"net migration of {name}", "is not known", "Give a figure")
        for name, value in zip(names, net, strict=True)
        if np.isnan(value)
    ]
    problems += [
        Problem(f"seed of ({names[i]}, {names[j]})", f"is {seed[i, j]:g}", "Give a seed >= 0")
        for i, j in np.argwhere(~(seed >= 0.0))[:5]
    ]
    if not problems and abs(net.sum()) > 1e-9 * max(np.abs(net).sum(), 1e-300):
        what = f"the figures sum to {net.sum():.10g}, not to zero"
        problems.append(Problem("net migration", what, "Make them sum to zero first: zero_sum"))
    refuse(*problems)
    return seed, net, names


def _open_cells(seed: Array, net: Array, names: Sequence[str]) -> Mask:
    """Cells (i, i) that some table with these net totals fills.

    Raises `Infeasible` if areas must lose or gain people whom no cell of the seed lets move.

    The people areas lose, sent through the cells of the seed to those that gain: what cannot be
    sent is stuck in a set of areas that no cell leaves. Where all are sent, a cell can hold people
    if it does or if they can come back to where it begins: both ends are in one strongly connected
    part of what is left.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

    size, unit = len(net), max(np.abs(net).sum(), 1e-300) / 1e9
    i, j = np.nonzero(seed * (1.0 - np.eye(size)) > 0.0)
    places, source, sink = np.arange(size), size, size + 1
    # 32 bits, as the graph routines of older SciPy want their places.
    tail = np.concatenate([np.full(size, source), i, places], dtype=np.int32)
    head = np.concatenate([places, j, np.full(size, sink)], dtype=np.int32)
    lost, gained = np.floor(np.maximum(-net, 0.0) / unit), np.ceil(np.maximum(net, 0.0) / unit)
    room = np.concatenate([lost, np.full(len(i), 2e9), gained]).astype(np.int32)
    graph = coo_array((room, (tail, head)), shape=(size + 2, size + 2)).tocsr()
    flow = maximum_flow(graph, source, sink)
    # In 64 bits: of a cell and its counter-cell one holds more than the largest of 32.
    left = (graph.astype(np.int64) - flow.flow.astype(np.int64)).tocsr()
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    if flow.flow_value >= lost.sum():
        _, part = connected_components(left[:size, :size], connection="strong")
        return part[:, None] == part
    stuck = sorted(
        k for k in breadth_first_order(left, source, return_predecessors=False) if k < size
    )
    listed = ", ".join(names[k] for k in stuck[:8]) + (" ..." if len(stuck) > 8 else "")
    what = (
        f"{listed} must lose {-net[stuck].sum():.6g} more than they gain, but no cell of the seed"
    )
    raise Infeasible(f"the net totals cannot be met: {what} leads out of them")
