"""Long tables to labelled ones: stocks by pair, births and deaths by area, figures of a period.

They are the S, B and D of equations (44) and (45).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from corridors.errors import InputError, Problem
from corridors.labels import matrix, refuse, rows, same_labels, vector, wrong_cells

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["AREAS", "STOCKS", "period_figures", "pivoted", "stock_tables", "vital_tables"]

#: Columns of a table of stocks by pair, and of the vital figures of areas, and what they hold.
STOCKS = {"birth": "label", "residence": "label", "stock_start": "number", "stock_end": "number"}
AREAS = {"area": "label", "births": "number", "deaths": "number"}
#: Tables of a period by pair and by area; the populations are what draws need beside the others.
SQUARE = ("stock_start", "stock_end")
LINE = ("births", "deaths")
PEOPLE = ("population_start", "population_end")
_MOST = 5


def stock_tables(stocks: pd.DataFrame, where: str = "stocks") -> tuple[xr.DataArray, xr.DataArray]:
    """Stocks at the start and the end, S0 and S1 of (44), from rows of pairs.

    Parameters
    ----------
    stocks : DataFrame (birth, residence, stock_start, stock_end)
        Persons. A figure that is not known stays NaN.
    where : str
        What messages call the table.

    Returns
    -------
    start, end : DataArray (birthplace, residence) persons

    Raises
    ------
    InputError
        A pair occurs twice or is missing: absent is not zero.
    """
    table = rows(stocks, STOCKS, where)
    names = list(dict.fromkeys([*table["birth"], *table["residence"]]))
    ends = [
        pivoted(table, ("birth", "residence", column), ("birthplace", "residence"), names, where)
        for column in ("stock_start", "stock_end")
    ]
    there = set(zip(table["birth"], table["residence"], strict=True))
    missing = len(names) ** 2 - len(there)
    if missing:
        absent = ((b, r) for b in names for r in names if (b, r) not in there)
        listed = ", ".join(f"({b}, {r})" for (b, r), _ in zip(absent, range(_MOST), strict=False))
        what = f"{missing} of {len(names) ** 2} pairs have no row, such as {listed}"
        fix = "Absent is not zero: write a row for every pair, with 0 where nobody lives"
        raise InputError(Problem(where, what, fix))
    return ends[0], ends[1]


def vital_tables(areas: pd.DataFrame, where: str = "areas") -> tuple[xr.DataArray, xr.DataArray]:
    """Births and deaths, B and D of (45), from rows of areas.

    Parameters
    ----------
    areas : DataFrame (area, births, deaths)
        Persons over the period, each area once. A figure that is not known stays NaN.
    where : str
        What messages call the table.

    Returns
    -------
    births, deaths : DataArray (area) persons over the period

    Raises
    ------
    InputError
        A column is missing, an area occurs twice or has no label, a figure is no number.
    """
    table = rows(areas, AREAS, where).set_index("area")
    births, deaths = (vector(table[name], "area", where) for name in LINE)
    return births, deaths


def pivoted(
    table: pd.DataFrame,
    columns: tuple[str, str, str],
    dims: tuple[str, str],
    names: list[str],
    where: str,
) -> xr.DataArray:
    """Rows of (label, label, figure), such as S of (44), as a square table, NaN without a row.

    Parameters
    ----------
    table : DataFrame
        Figures in any unit, one row a pair.
    columns : names of the columns of rows, of columns and of figures
    dims : dimensions of the two
    names : list of str
        Labels of both axes.

    Returns
    -------
    DataArray (dims), in the unit of the rows

    Raises
    ------
    InputError
        A pair occurs twice.
    """
    import numpy as np
    import pandas as pd
    import xarray as xr

    first, second, value = columns
    twice = table[table.duplicated([first, second])]
    if len(twice):
        a, b = twice.iloc[0][[first, second]]
        raise InputError(Problem(f"{where} ({a}, {b})", "occurs twice", "Keep one row for a pair"))
    places = pd.Index(names)
    values = np.full((len(names), len(names)), np.nan)
    values[places.get_indexer(table[first]), places.get_indexer(table[second])] = table[value]
    return xr.DataArray(values, [(dims[0], names), (dims[1], names)])


def period_figures(observed: Any, *, people: bool = False) -> xr.Dataset:
    """The figures of a period, S, B and D of (44) and (45), with the same areas in one order.

    Parameters
    ----------
    observed : Dataset or mapping of tables
        `stock_start`, `stock_end` (..., birthplace, residence), `births`, `deaths` (..., area), and
        `population_start`, `population_end` (area) where `people` are asked for: persons.

    Returns
    -------
    Dataset
        The same tables, persons, with the areas in the order of `stock_start`.

    Raises
    ------
    InputError
        A table is missing, its areas differ, a figure is not known; only stocks may be negative.
    """
    import xarray as xr

    if not isinstance(observed, (Mapping, xr.Dataset)):
        what = f"a {type(observed).__name__} is not the figures of a period"
        raise InputError(Problem("figures", what, "Give a Dataset or a mapping of tables"))
    wanted = (*SQUARE, *LINE, *(PEOPLE if people else ()))
    missing = [name for name in wanted if name not in observed]
    if missing:
        what = f"there is no {' and no '.join(missing)}"
        raise InputError(Problem("figures", what, f"Give {', '.join(wanted)}"))
    ends = ("birthplace", "residence")
    tables = {name: matrix(observed[name], ends, name) for name in SQUARE}
    tables |= {name: vector(observed[name], "area", name) for name in wanted[2:]}
    names = list(tables["stock_start"].indexes["birthplace"])
    refuse(
        *(
            problem
            for name, table in tables.items()
            for problem in wrong_cells(table, name, negative=name in SQUARE)
        )
    )
    axes = [
        (f"{name}, {dim}", list(table.indexes[dim]))
        for name, table in tables.items()
        for dim in table.dims[-2 if name in SQUARE else -1 :]
    ]
    same_labels(names, axes)
    ordered = {
        name: table.sel({str(dim): names for dim in table.dims[-2 if name in SQUARE else -1 :]})
        for name, table in tables.items()
    }
    return xr.Dataset(ordered, attrs=getattr(observed, "attrs", {}))
