"""Tables of any number of axes scaled to any of their margins, which may share axes.

    mu_x = m_x prod_k a^k_(x on the axes of margin k)

is the table nearest to the seed m, in information, that has the margins (Ireland & Kullback 1968);
a sweep meets one margin after the other. Tables by origin and destination alone are `margins.fit`,
which is much faster.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import Infeasible, InputError, NotConverged, Problem
from corridors.flows.fitting import AIM, LONGEST, TOLERANCE
from corridors.flows.margins import Fit
from corridors.labels import Array, axis, refuse, same_labels, wrong_cells

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["fit_margins"]

#: Two margins that share axes may differ in their sums over the others by this share.
SAME = 1e-9
#: Sweeps between two looks at the error.
CHECKED = 10


def fit_margins(seed: xr.DataArray, margins: Sequence[xr.DataArray]) -> Fit:
    """Scale a table of any number of labelled axes to several of its margins.

    Parameters
    ----------
    seed : DataArray (any dimensions)
        Relative weights, not negative; a zero stays zero.
    margins : sequence of DataArray
        Totals, persons or any one unit, over the axes that each lacks: (sex, age, origin), (origin,
        destination) and so on. Labels are matched by name. Margins that share axes must agree
        there.

    Returns
    -------
    Fit
        `table` has the dimensions of the seed and the unit of the margins; `sweeps` over all
        margins; `error` is the largest error of a margin relative to it.

    Raises
    ------
    InputError
        A margin has axes or labels that the seed lacks, a figure is negative or not known, or two
        margins differ on the axes that they share; names the first cell that does.
    Infeasible
        A total above 0 where the seed has only zeros; names it.
    NotConverged
        With the largest relative error: the zeros of the seed keep the margins from being met.

    Notes
    -----
    Iterative proportional fitting of Deming & Stephan (1940); nearest in information (Ireland &
    Kullback 1968). Converges geometrically; from seeds
    with zeros as slowly as they allow.
    """
    table = _labelled(seed, "seed")
    totals = [
        _in_order(_labelled(margin, f"margin {k + 1}"), table, f"margin {k + 1}")
        for k, margin in enumerate(margins)
    ]
    if not totals:
        raise InputError(Problem("margins", "there is none", "Give one margin or more"))
    _agreed(totals)
    values = table.to_numpy().astype(float)
    kept = [tuple(table.dims.index(dim) for dim in margin.dims) for margin in totals]
    goals = [margin.to_numpy() for margin in totals]
    _reached(values, kept, totals)
    error, sweeps = np.inf, 0
    while error > AIM * TOLERANCE and sweeps < LONGEST:
        for _ in range(CHECKED):
            for axes, goal in zip(kept, goals, strict=True):
                values *= _spread(_ratio(goal, _summed(values, axes)), axes, values.ndim)
        sweeps += CHECKED
        before, error = (
            error,
            max(
                _error(goal, _summed(values, axes)) for axes, goal in zip(kept, goals, strict=True)
            ),
        )
        if error >= before and error <= TOLERANCE:
            break  # the last digits of the sums move and no more
    if error > TOLERANCE:
        what = f"the margins are not met after {sweeps:,} sweeps (error {error:.2g})"
        raise NotConverged(f"{what}: zeros of the seed stand in the way", residual=error)
    return Fit(table.copy(data=values), sweeps, float(error))


def _labelled(table: Any, where: str) -> xr.DataArray:
    """A table with a label for every cell of every axis."""
    import xarray as xr

    if not isinstance(table, xr.DataArray):
        what = f"a {type(table).__name__} has no labelled axes"
        raise InputError(Problem(where, what, "Give a DataArray"))
    bare = [str(dim) for dim in table.dims if dim not in table.indexes]
    if bare:
        raise InputError(Problem(where, f"{bare[0]} has no labels", "Give coordinates"))
    named = table.assign_coords(
        {dim: axis(table.indexes[dim], where, str(dim)) for dim in table.dims}
    )
    refuse(*wrong_cells(named, where))
    return named


def _in_order(margin: xr.DataArray, table: xr.DataArray, where: str) -> xr.DataArray:
    """The margin with the order of axes and labels of the seed."""
    unknown = [str(dim) for dim in margin.dims if dim not in table.dims]
    if unknown:
        axes = ", ".join(map(str, table.dims))
        raise InputError(Problem(where, f"has {unknown[0]}, the seed has {axes}", "Rename or sum"))
    for dim in margin.dims:
        names = list(table.indexes[dim])
        same_labels(names, [(f"{where}, {dim}", list(margin.indexes[dim]))])
    dims = [dim for dim in table.dims if dim in margin.dims]
    return margin.transpose(*dims).sel({dim: table.indexes[dim] for dim in dims})


def _agreed(totals: Sequence[xr.DataArray]) -> None:
    """Refuse two margins that differ on the axes they share."""
    problems = []
    for (first, left), (second, right) in itertools.combinations(enumerate(totals, 1), 2):
        shared = [dim for dim in left.dims if dim in right.dims]
        sums = [margin.sum([d for d in margin.dims if d not in shared]) for margin in (left, right)]
        apart = abs(sums[0] - sums[1]) > SAME * np.maximum(sums[0], sums[1])
        if bool(apart.any()):
            place = np.unravel_index(int(np.argmax(apart.to_numpy())), apart.shape)
            at = ", ".join(str(apart.indexes[d][k]) for d, k in zip(shared, place, strict=True))
            figures = " and ".join(f"{float(side.to_numpy()[place]):,.10g}" for side in sums)
            where = f"margins {first} and {second}" + (f" at {at}" if at else "")
            problems.append(Problem(where, f"sum to {figures}", "Margins must agree"))
    refuse(*problems)


def _reached(values: Array, kept: list[tuple[int, ...]], totals: Sequence[xr.DataArray]) -> None:
    for number, (axes, margin) in enumerate(zip(kept, totals, strict=True), 1):
        alone = (margin.to_numpy() > 0.0) & (_summed(values, axes) == 0.0)
        if alone.any():
            place = np.unravel_index(int(np.argmax(alone)), alone.shape)
            ends = zip(margin.dims, place, strict=True)
            at = ", ".join(str(margin.indexes[dim][k]) for dim, k in ends)
            raise Infeasible(
                f"margin {number} has {float(margin.to_numpy()[place]):,.6g} at {at}, "
                "where the seed has only zeros"
            )


def _summed(values: Array, axes: tuple[int, ...]) -> Array:
    return values.sum(axis=tuple(k for k in range(values.ndim) if k not in axes))


def _ratio(goal: Array, has: Array) -> Array:
    return np.where(goal > 0.0, goal / np.where(has > 0.0, has, 1.0), 0.0)


def _spread(factor: Array, axes: tuple[int, ...], dimensions: int) -> Array:
    """A factor of some axes beside a table of all."""
    rest = [k for k in range(dimensions) if k not in axes]
    return np.expand_dims(factor, rest)


def _error(goal: Array, has: Array) -> float:
    return float((np.abs(has - goal) / np.where(goal > 0.0, goal, 1.0)).max(initial=0.0))
