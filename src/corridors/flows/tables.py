"""The caller's labelled tables: read once, by label, with every problem found.

A table is a pandas object or a DataArray. What has no labels is refused: rows and columns that
are matched by position alone are the usual way to send people to the wrong country.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["AREAS", "STOCKS", "matrix", "not_negative", "same_labels", "stock_tables", "vector"]

#: Columns of a table of stocks by pair, and of the vital figures of areas, and what they hold.
STOCKS = {"birth": "label", "residence": "label", "stock_start": "number", "stock_end": "number"}
AREAS = {"area": "label", "births": "number", "deaths": "number"}
_MOST = 5


def matrix(table: Any, dims: tuple[str, str], where: str) -> xr.DataArray:
    """A table with the last two dimensions `dims`, as float; others lead.

    Parameters
    ----------
    table : DataFrame (rows are `dims[0]`) or DataArray with both dimensions
    where : str
        What the table is called in messages.
    """
    import pandas as pd
    import xarray as xr

    if isinstance(table, pd.DataFrame):
        values = _as_numbers(table, where)
        table = xr.DataArray(
            values, [(dims[0], table.index.astype(str)), (dims[1], table.columns.astype(str))]
        )
    if not isinstance(table, xr.DataArray):
        raise InputError(_unlabelled(where, type(table).__name__))
    missing = [dim for dim in dims if dim not in table.dims or dim not in table.indexes]
    if missing:
        what = f"no labelled dimension {' and '.join(missing)}"
        fix = f"Name the dimensions {dims[0]} and {dims[1]} and label both"
        raise InputError(Problem(where, what, fix))
    _unique(table, where)
    return table.transpose(..., *dims).astype(float)


def vector(figures: Any, dim: str, where: str) -> xr.DataArray:
    """Figures by label with the last dimension `dim`, as float; others lead.

    Parameters
    ----------
    figures : Series or DataArray with the dimension `dim`
    """
    import pandas as pd
    import xarray as xr

    if isinstance(figures, pd.Series):
        values = _as_numbers(figures.to_frame(), where)[:, 0]
        figures = xr.DataArray(values, [(dim, figures.index.astype(str))])
    if not isinstance(figures, xr.DataArray):
        raise InputError(_unlabelled(where, type(figures).__name__))
    if dim not in figures.dims or dim not in figures.indexes:
        raise InputError(Problem(where, f"no labelled dimension {dim}", f"Label it by {dim}"))
    _unique(figures, where)
    return figures.transpose(..., dim).astype(float)


def same_labels(labels: Sequence[str], axes: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Refuse axes whose labels are not those of `labels`, in any order; names the difference.

    Parameters
    ----------
    axes : (what the axis is called, its labels) pairs
    """
    expected = set(labels)
    problems = []
    for where, found in axes:
        extra, missing = sorted(set(found) - expected), sorted(expected - set(found))
        if extra or missing:
            what = f"{len(found)} labels instead of {len(labels)}"
            what += f"; not expected: {_some(extra)}" if extra else ""
            what += f"; missing: {_some(missing)}" if missing else ""
            problems.append(Problem(where, what, "Give every table the same areas"))
    if problems:
        raise InputError(problems)


def not_negative(table: xr.DataArray, where: str, *, diagonal: bool = True) -> list[Problem]:
    """What is wrong with the figures: not known, infinite or negative, each cell by name.

    Parameters
    ----------
    diagonal : bool
        Whether the diagonal of the last two dimensions must not be negative either.
    """
    values = table.to_numpy()
    wrong = ~(np.isfinite(values) & (values >= 0.0))
    if not diagonal:
        size = range(values.shape[-1])
        wrong[..., size, size] = ~np.isfinite(values[..., size, size])
    problems = []
    for place in np.argwhere(wrong)[:_MOST]:
        cell = ", ".join(
            str(table.indexes[dim][k]) if dim in table.indexes else str(k)
            for dim, k in zip(table.dims, place, strict=True)
        )
        value = values[tuple(place)]
        what = "is not known" if np.isnan(value) else f"is {value:g}"
        fix = "Absent is not zero: give a figure" if np.isnan(value) else "Give a figure >= 0"
        problems.append(Problem(f"{where} ({cell})", what, fix))
    more = int(wrong.sum()) - len(problems)
    if more > 0:
        problems.append(Problem(where, f"{more} more cells like these", "Correct them as well"))
    return problems


def _as_numbers(table: pd.DataFrame, where: str) -> np.ndarray:
    """The cells as float; names the first that is not a number."""
    try:
        return table.to_numpy(dtype=float)
    except (TypeError, ValueError):
        for row, cells in table.iterrows():
            for column, cell in cells.items():
                if not _is_number(cell):
                    what = f"is '{cell}', not a number"
                    cell_name = f"{where} ({row}, {column})"
                    raise InputError(Problem(cell_name, what, "Give a number")) from None
        raise


def _is_number(cell: object) -> bool:
    try:
        float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _unlabelled(where: str, found: str) -> Problem:
    fix = "Give a pandas table or a DataArray with labels; positions alone are not trusted"
    return Problem(where, f"a {found} has no labels", fix)


def _unique(array: xr.DataArray, where: str) -> None:
    for dim, index in array.indexes.items():
        if not index.is_unique:
            twice = sorted(set(index[index.duplicated()].astype(str)))
            what = f"labels of {dim} occur twice: {_some(twice)}"
            raise InputError(Problem(where, what, "Make the labels unique"))


def _some(labels: Sequence[str]) -> str:
    return ", ".join(labels[:_MOST]) + (" ..." if len(labels) > _MOST else "")


def stock_tables(rows: pd.DataFrame, where: str = "stocks") -> tuple[xr.DataArray, xr.DataArray]:
    """Stocks at the start and the end (birthplace, residence) from rows of pairs.

    Raises
    ------
    InputError
        A pair occurs twice or is missing: absent is not zero.
    """
    import xarray as xr

    twice = rows[rows.duplicated(["birth", "residence"])]
    if len(twice):
        b, r = twice.iloc[0][["birth", "residence"]]
        raise InputError(
            Problem(f"{where} ({b}, {r})", "occurs twice", "Keep one row for each pair")
        )
    names = list(dict.fromkeys([*rows["birth"], *rows["residence"]]))
    missing = len(names) ** 2 - len(rows)
    if missing:
        there = set(zip(rows["birth"], rows["residence"], strict=True))
        absent = ((b, r) for b in names for r in names if (b, r) not in there)
        listed = ", ".join(f"({b}, {r})" for (b, r), _ in zip(absent, range(_MOST), strict=False))
        what = f"{missing} of {len(names) ** 2} pairs have no row, such as {listed}"
        fix = "Absent is not zero: write a row for every pair, with 0 where nobody lives"
        raise InputError(Problem(where, what, fix))
    tables = []
    for column in ("stock_start", "stock_end"):
        wide = rows.pivot(index="birth", columns="residence", values=column)
        values = wide.reindex(index=names, columns=names).to_numpy()
        tables.append(xr.DataArray(values, [("birthplace", names), ("residence", names)]))
    return tables[0], tables[1]
