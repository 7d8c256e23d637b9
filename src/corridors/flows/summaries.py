"""Summaries of a table of flows: by area, by pair, lumped, and with subtotals.

Flows are a DataArray (origin, destination) or a DataFrame with origins as rows. The diagonal, moves
inside an area or stayers, is left out unless it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem
from corridors.flows.tables import matrix, same_labels

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["by_area", "by_pair", "flow_matrix", "lump", "square", "subtotals"]

OTHER = "other"


def flow_matrix(rows: pd.DataFrame, *, absent: float | None = None) -> xr.DataArray:
    """A square table (origin, destination) from rows of `origin, destination, flow`.

    Parameters
    ----------
    absent : float, optional
        Figure of a pair without a row. Absent is not zero: without it such pairs are refused,
        except on the diagonal, which is 0 where no row gives it.

    Raises
    ------
    InputError
        A pair occurs twice, or has no row.
    """
    import xarray as xr

    twice = rows[rows.duplicated(["origin", "destination"])]
    if len(twice):
        o, d = twice.iloc[0][["origin", "destination"]]
        raise InputError(Problem(f"flow {o} to {d}", "occurs twice", "Add its rows up first"))
    names = sorted(set(rows["origin"].astype(str)) | set(rows["destination"].astype(str)))
    wide = rows.pivot(index="origin", columns="destination", values="flow")
    values = wide.reindex(index=names, columns=names).to_numpy(dtype=float, copy=True)
    values[np.diag_indices_from(values)] = np.nan_to_num(np.diagonal(values))
    o, d = np.nonzero(np.isnan(values))
    if len(o) and absent is None:
        what = f"{len(o)} of {values.size} pairs have no figure, such as "
        what += f"{names[o[0]]} to {names[d[0]]}"
        fix = "Say what absence means: absent=0"
        raise InputError(Problem("flows", what, fix))
    values[o, d] = absent
    return xr.DataArray(values, [("origin", names), ("destination", names)], name="flow")


def by_area(flows: xr.DataArray | pd.DataFrame, *, inside: bool = False) -> pd.DataFrame:
    """Outflow, inflow, turnover (their sum) and net (area) of each area.

    Parameters
    ----------
    inside : bool
        Whether the diagonal counts, once as outflow and once as inflow.
    """
    import pandas as pd

    values, names = square(flows)
    kept = values if inside else values * (1.0 - np.eye(len(names)))
    out, into = kept.sum(axis=1), kept.sum(axis=0)
    columns = {"outflow": out, "inflow": into, "turnover": out + into, "net": into - out}
    return pd.DataFrame(columns, index=pd.Index(names, name="area"))


def by_pair(flows: xr.DataArray | pd.DataFrame) -> pd.DataFrame:
    """Flow, counter-flow, net flow and interchange (both together) of each ordered pair.

    Returns
    -------
    DataFrame (origin, destination, flow, counter_flow, net_flow, interchange)
        One row for each pair of different areas, in both directions.
    """
    import pandas as pd

    values, names = square(flows)
    o, d = np.nonzero(~np.eye(len(names), dtype=bool))
    flow, counter = values[o, d], values[d, o]
    labels = np.array(names)
    return pd.DataFrame(
        {
            "origin": labels[o],
            "destination": labels[d],
            "flow": flow,
            "counter_flow": counter,
            "net_flow": flow - counter,
            "interchange": flow + counter,
        }
    )


def lump(
    flows: xr.DataArray | pd.DataFrame, threshold: float, by: str = "flow", *, other: str = OTHER
) -> xr.DataArray:
    """Flows with what is small put together as `other`; the total stays.

    Parameters
    ----------
    threshold : float
        Smaller than this is small.
    by : str
        `flow`: cells; `in and out`: origins by their outflow and destinations by their inflow;
        `turnover`: areas by both together.

    Returns
    -------
    DataArray (origin, destination), `other` last
    """
    import xarray as xr

    values, names = square(flows)
    if other in names:
        raise InputError(Problem("other", f"'{other}' is the name of an area", "Choose another"))
    values = values * (1.0 - np.eye(len(names)))
    size = len(names)
    out, into = values.sum(axis=1), values.sum(axis=0)
    rows, columns = np.arange(size), np.arange(size)
    lumped = np.zeros((size + 1, size + 1))
    if by == "flow":
        kept = values >= threshold
        lumped[:size, :size] = np.where(kept, values, 0.0)
        lumped[size, size] = values[~kept].sum()
    elif by in ("in and out", "turnover"):
        far = (out, into) if by == "in and out" else (out + into, out + into)
        rows, columns = (np.where(size_of < threshold, size, rows) for size_of in far)
        np.add.at(lumped, np.ix_(rows, columns), values)
    else:
        fix = "Use 'flow', 'in and out' or 'turnover'"
        raise InputError(Problem("by", f"'{by}' is not a way to lump", fix))
    labels = [*names, other]
    return xr.DataArray(lumped, [("origin", labels), ("destination", labels)], name="flow")


def subtotals(
    flows: xr.DataArray | pd.DataFrame, group: pd.Series, *, first: bool = True
) -> xr.DataArray:
    """Flows with a row and column for each group of areas, beside its members.

    Parameters
    ----------
    group : Series (area)
        Group of each area; groups keep the order in which the flows name their areas.
    first : bool
        Whether a group stands before its members, or after them.

    Returns
    -------
    DataArray (origin, destination), members and groups; the diagonal counts
    """
    import xarray as xr

    values, names = square(flows)
    same_labels(names, [("group", [str(area) for area in group.index])])
    of = [str(group[area]) for area in names]
    both = sorted(set(names) & set(of))
    if both:
        what = f"names both an area and a group: {', '.join(both)}"
        raise InputError(Problem("group", what, "Rename one"))
    labels: list[str] = []
    for one in dict.fromkeys(of):
        members = [area for area, its in zip(names, of, strict=True) if its == one]
        labels += [one, *members] if first else [*members, one]
    belongs = np.array(
        [[area == label or its == label for area, its in zip(names, of, strict=True)]
         for label in labels], float
    )  # fmt: skip
    summed = belongs @ values @ belongs.T
    return xr.DataArray(summed, [("origin", labels), ("destination", labels)], name="flow")


def square(flows: Any) -> tuple[np.ndarray, list[str]]:
    """Values (o, d) and labels, destinations in the order of origins."""
    found = matrix(flows, ("origin", "destination"), "flows")
    names = [str(area) for area in found.indexes["origin"]]
    same_labels(names, [("destinations", [str(area) for area in found.indexes["destination"]])])
    if found.ndim != 2:
        what = f"has more axes than two: {', '.join(map(str, found.dims))}"
        raise InputError(Problem("flows", what, "Select or sum the others first"))
    found = found.sel(destination=names)
    if found.isnull().any():
        o, d = np.argwhere(found.isnull().to_numpy())[0]
        what = f"the flow {names[o]} to {names[d]} is not known"
        raise InputError(Problem("flows", what, "Absent is not zero: give a figure"))
    return found.to_numpy(), names
