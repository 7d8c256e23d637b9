"""Labelled doors to the fits: tables scaled to margins, by birthplace, or to net totals.

The kernels are in `fitting` and `net`; here labels are matched by name and come back on the fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem
from corridors.flows import net as net_kernels
from corridors.flows.fitting import Scaling, fix_diagonal, scale
from corridors.flows.summaries import square
from corridors.labels import DIMENSIONS, matrix, refuse, same_labels, vector, wrong_cells

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Fit", "fit", "fit_birthplaces", "fit_net"]

ENDS = ("origin", "destination")


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
    """Scale a table to row totals, column totals, or both (Deming & Stephan 1940).

    Parameters
    ----------
    seed : DataArray (origin, destination) or DataFrame with origins as rows
        Two other dimensions do as well, and stay what they are called.
    rows : DataArray (origin) or Series, columns : DataArray (destination) or Series

    Raises
    ------
    InputError, Infeasible, NotConverged
        As `corridors.flows.fitting.scale`.
    """
    ends = _ends(seed)
    table = matrix(seed, ends, "seed", any_names=True)
    refuse(*wrong_cells(table, "seed"))
    names = [list(table.indexes[dim]) for dim in ends]
    totals = [
        None if given is None else _totals(given, dim, labels)
        for given, dim, labels in zip((rows, columns), ends, names, strict=True)
    ]
    scaling = scale(table.to_numpy(), *totals, names=(names[0], names[1]))
    return _fit(table.copy(data=scaling.fitted(table.to_numpy())), scaling)


def _ends(seed: Any) -> tuple[str, str]:
    """Names of rows and columns: the table's own where they are dimensions, else `ENDS`."""
    axes = getattr(seed, "axes", ())
    own = [getattr(axis, "name", None) for axis in axes] or list(getattr(seed, "dims", ()))
    if len(own) == 2 and own[0] != own[1] and all(name in DIMENSIONS for name in own):
        return str(own[0]), str(own[1])
    return ENDS


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
        Equal totals for each birthplace.
    seed : DataArray (origin, destination) or DataFrame, optional
        1 everywhere by default.
    stayers : str
        `free`: fitted as all others are; `most`: as many stay as can (Abel 2013).

    Returns
    -------
    Fit
        `table` (birthplace, origin, destination): n^3 cells. `estimate_flows` keeps factors
        instead; this is for who wants every cell.
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
    """The flows nearest to `seed` whose net migration is `net`.

    Parameters
    ----------
    seed : DataArray (origin, destination) or DataFrame
    net : DataArray (area) or Series
        Inflow less outflow; sums to zero.
    total : float, optional
        Sum of all cells, where `nearest` is `information`.
    nearest : str
        `information`: lambda m_ij a_i / a_j; `squares` or `absolutes`: of the differences.

    Returns
    -------
    DataArray (origin, destination)
    """
    import xarray as xr

    values, names = square(seed, "seed")
    N = _totals(net, "area", names, negative=True)
    kernels = {
        "squares": net_kernels.nearest_by_squares,
        "absolutes": net_kernels.nearest_by_absolutes,
    }
    if nearest == "information":
        flows = net_kernels.scale_net(values, N, total, names=names)[0]
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
