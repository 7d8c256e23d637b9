"""Summaries of a table of flows: by area, by pair, lumped, and with subtotals.

Flows are a DataArray (origin, destination) or a DataFrame with origins as rows. The diagonal, moves
inside an area or stayers, is left out unless it is asked for.

Flows are those of equations (44) to (47), or any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem
from corridors.flows.tables import pivoted
from corridors.labels import axis, matrix, refuse, rows, same_labels, word, wrong_cells

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["balances", "by_area", "by_pair", "flow_matrix", "lump", "square", "subtotals"]

OTHER = "other"
ENDS = ("origin", "destination")
#: Columns of a long table of flows, and what they hold.
FLOWS = {"origin": "label", "destination": "label", "flow": "number"}


def flow_matrix(flows: pd.DataFrame, *, absent: float | None = None) -> xr.DataArray:
    """A square table (origin, destination) from rows of `origin, destination, flow`.

    Parameters
    ----------
    flows : DataFrame (origin, destination, flow)
        Persons over the period, such as (44) to (47) estimate, or any unit.
    absent : float, optional
        In that unit, of a pair without a row. Absent is not zero: without it such pairs are
        refused, except on the diagonal, which is 0 where no row gives it.

    Returns
    -------
    DataArray (origin, destination), in the unit of the rows

    Raises
    ------
    InputError
        A pair occurs twice or has no row; a row has no label or no figure.
    """
    table = rows(flows, FLOWS, "flows")
    names = sorted({*table["origin"], *table["destination"]})
    square = pivoted(table, ("origin", "destination", "flow"), ENDS, names, "flow")
    unknown = table[table["flow"].isna()]
    refuse(
        *(
            Problem(f"flow ({o}, {d})", "is not known", "Absent is not zero: give a figure")
            for o, d in zip(unknown["origin"], unknown["destination"], strict=True)
        )
    )
    values = square.to_numpy()
    values[np.diag_indices_from(values)] = np.nan_to_num(np.diagonal(values))
    o, d = np.nonzero(np.isnan(values))
    if len(o) and absent is None:
        what = f"{len(o)} of {values.size} pairs have no figure, such as "
        what += f"{names[o[0]]} to {names[d[0]]}"
        fix = "Say what absence means: absent=0"
        raise InputError(Problem("flows", what, fix))
    values[o, d] = absent
    return square.rename("flow")


def by_area(flows: xr.DataArray | pd.DataFrame, *, inside: bool = False) -> pd.DataFrame:
    """Outflow, inflow, turnover (their sum) and net (inflow less outflow) of each area.

    Parameters
    ----------
    flows : DataArray (origin, destination) or DataFrame with origins as rows
        Persons over the period, such as (44) to (47) estimate.
    inside : bool
        Whether the diagonal counts, once as outflow and once as inflow.

    Returns
    -------
    DataFrame (area: outflow, inflow, turnover, net) persons over the period

    Raises
    ------
    InputError
        Labels of the two axes differ, a figure is negative or not known.
    """
    import pandas as pd

    values, names = square(flows)
    kept = values if inside else values * (1.0 - np.eye(len(names)))
    out, into = kept.sum(axis=1), kept.sum(axis=0)
    columns = {"outflow": out, "inflow": into, "turnover": out + into, "net": into - out}
    return pd.DataFrame(columns, index=pd.Index(names, name="area"))


def balances(flows: xr.DataArray | pd.DataFrame) -> pd.DataFrame:
    """Net immigration and net emigration of each area: sums of the balances with other areas.

    Parameters
    ----------
    flows : DataArray (origin, destination) or DataFrame with origins as rows
        Persons over the period, such as (44) to (47) estimate.

    Returns
    -------
    DataFrame (area: net_immigration, net_emigration) persons over the period
        What the area gains on balance from those it gains from, and loses to the others; the
        difference is its net migration.

    Raises
    ------
    InputError
        Labels of the two axes differ, a figure is negative or not known.
    """
    import pandas as pd

    values, names = square(flows)
    gain = values.T - values
    columns = {
        "net_immigration": np.maximum(gain, 0.0).sum(axis=1),
        "net_emigration": np.maximum(-gain, 0.0).sum(axis=1),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="area"))


def by_pair(flows: xr.DataArray | pd.DataFrame) -> pd.DataFrame:
    """Flow, counter-flow, net flow and interchange (both together) of each ordered pair.

    Parameters
    ----------
    flows : DataArray (origin, destination) or DataFrame with origins as rows
        Persons over the period, such as (44) to (47) estimate.

    Returns
    -------
    DataFrame (origin, destination, flow, counter_flow, net_flow, interchange)
        Persons over the period. One row for each pair of different areas, in both directions.

    Raises
    ------
    InputError
        Labels of the two axes differ, a figure is negative or not known.
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
    flows: xr.DataArray | pd.DataFrame,
    threshold: float,
    by: str = "flow",
    *,
    other: str = OTHER,
    inside: bool = False,
) -> xr.DataArray:
    """Flows with what is small put together as `other`; the total of what counts stays.

    Parameters
    ----------
    flows : DataArray (origin, destination) or DataFrame with origins as rows
        Persons over the period, such as (44) to (47) estimate.
    threshold : float
        Persons; fewer than this are few.
    by : str
        `flow`: cells; `in and out`: origins by their outflow and destinations by their inflow;
        `turnover`: areas by both together.
    inside : bool
        Whether the diagonal counts as flows, as where countries were added up to regions; by
        default it is left out.

    Returns
    -------
    DataArray (origin, destination) persons over the period, `other` last

    Raises
    ------
    InputError
        An area is called `other`, no such way to lump, labels differ, a figure is not known.
    """
    import xarray as xr

    values, names = square(flows)
    if other in names:
        raise InputError(Problem("other", f"'{other}' is the name of an area", "Choose another"))
    values = values if inside else values * (1.0 - np.eye(len(names)))
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
        rows, columns = (np.where(persons < threshold, size, rows) for persons in far)
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
    flows : DataArray (origin, destination) or DataFrame with origins as rows
        Persons over the period, such as (44) to (47) estimate.
    group : Series (area)
        Group of each area; groups keep the order in which the flows name their areas.
    first : bool
        Whether a group stands before its members, or after them.

    Returns
    -------
    DataArray (origin, destination) persons over the period
        Members and groups; the diagonal counts.

    Raises
    ------
    InputError
        An area has no group, a name is an area's and a group's, labels differ, a figure is not
        known.
    """
    import xarray as xr

    values, names = square(flows)
    of = _groups(group, names)
    both = sorted(set(names) & set(of))
    if both:
        what = f"names both an area and a group: {', '.join(both)}"
        raise InputError(Problem("group", what, "Rename one"))
    labels: list[str] = []
    for group_name in dict.fromkeys(of):
        members = [area for area, its in zip(names, of, strict=True) if its == group_name]
        labels += [group_name, *members] if first else [*members, group_name]
    belongs = np.array(
        [[area == label or its == label for area, its in zip(names, of, strict=True)]
         for label in labels], float
    )  # fmt: skip
    summed = belongs @ values @ belongs.T
    return xr.DataArray(summed, [("origin", labels), ("destination", labels)], name="flow")


def square(flows: Any, where: str = "flows") -> tuple[np.ndarray, list[str]]:
    """Values and labels of a table of flows, destinations in the order of origins; all known.

    Parameters
    ----------
    flows : DataArray (origin, destination), DataFrame with origins as rows, or mapping of mappings
        Persons over the period, or any unit.
    where : str
        What messages call the table.

    Returns
    -------
    values : (o, d), in the unit given
    names : list of str

    Raises
    ------
    InputError
        Labels of the two axes differ, there are further axes, a figure is not known or negative.
    """
    table = matrix(flows, ENDS, where)
    names = list(table.indexes["origin"])
    same_labels(names, [("destinations", list(table.indexes["destination"]))])
    if table.ndim != 2:
        what = f"has more axes than two: {', '.join(map(str, table.dims))}"
        raise InputError(Problem(where, what, "Select or sum the others first"))
    table = table.sel(destination=names)
    refuse(*wrong_cells(table, where))
    return table.to_numpy(), names


def _groups(group: Any, names: list[str]) -> list[str]:
    """Group of each area, as text."""
    import pandas as pd

    if not isinstance(group, (Mapping, pd.Series)):
        what = f"a {type(group).__name__} does not say which area is in which group"
        raise InputError(Problem("group", what, "Give a Series of groups by area"))
    areas = axis(group.keys(), "group", "area")
    same_labels(names, [("group", areas)])
    groups = group.values() if isinstance(group, Mapping) else group
    chosen = {area: word(name) for area, name in zip(areas, groups, strict=True)}
    refuse(
        *(
            Problem(f"group of {area}", "has no name", "Name it, or leave the area out")
            for area, name in chosen.items()
            if not name
        )
    )
    return [chosen[area] for area in names]
