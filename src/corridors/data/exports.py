"""Tables that leave for other programs: spreadsheets, matrices, maps, flowmap.blue's sheets.

The ending of the name says the format, `shape` how the rows stand in it. As everything that leaves,
a file appears whole or not at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.data import results, tables
from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENDINGS", "SHAPES", "check", "write"]

SHAPES = ("rows", "matrix", "flowmap")
ENDINGS = (*tables.ENDINGS, ".xlsx", ".geojson")
#: Rows and columns of a sheet of Excel.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
_ENDS = ("origin", "destination")
_POINT = ("latitude", "longitude")
_MOST = 5


def check(file: Path, shape: str = "rows") -> None:
    """Refuse a name that says no format, or a shape it cannot hold, before anything is computed.

    Raises
    ------
    InputError
        The ending says no format, there is no such shape, or the format cannot hold it.
    SourceError
        The place cannot be written.
    """
    if shape not in SHAPES:
        fix = f"Use {', '.join(SHAPES)}"
        raise InputError(Problem("shape", f"there is no '{shape}'", fix))
    if not file.name.endswith(ENDINGS):
        what = f"its ending says no format: {file.name}"
        raise InputError(Problem(str(file), what, f"Name it {', '.join(ENDINGS)}"))
    if shape == "flowmap" and not file.name.endswith(".xlsx"):
        fix = "Name the file .xlsx: flowmap.blue reads two sheets of one workbook"
        raise InputError(Problem("shape", "flowmap is two sheets", fix))
    if shape != "rows" and file.name.endswith(".geojson"):
        fix = "Leave out the shape, or name the file .csv, .parquet or .xlsx"
        raise InputError(Problem("shape", f"a map of lines has no shape '{shape}'", fix))
    results.check_file(file)


def write(rows: pd.DataFrame, file: Path, shape: str = "rows", value: str = "flow") -> None:
    """Write rows of pairs.

    Parameters
    ----------
    rows : DataFrame (origin, destination, and others)
        Persons, or what `value` holds; for `.geojson` and `flowmap` with `origin_latitude` and its
        like, degrees.
    shape : str
        `rows`: as they are; `matrix`: origins down, destinations across, of one period; `flowmap`:
        the sheets `locations` and `flows`.
    value : str
        The column that a matrix holds, or the count of a flow map, in its own unit.

    Raises
    ------
    InputError
        The shape does not fit the rows; an area has no point on the map: named.
    SourceError
        The file cannot be written; an older one stays.
    """
    check(file, shape)
    if file.name.endswith(".geojson"):
        results.put(file, _geojson(rows))
        return
    if shape == "flowmap":
        _workbook(file, _flowmap(rows, value))
        return
    if shape == "matrix":
        rows = _matrix(rows, value)
    if file.name.endswith(".xlsx"):
        _workbook(file, {"flows": rows})
    else:
        tables.write(rows, file)


def _matrix(rows: pd.DataFrame, value: str) -> pd.DataFrame:
    """Origins down, destinations across; a pair that is not among the rows stays empty."""
    if rows.duplicated(list(_ENDS)).any():
        fix = "Ask for one period, or for rows"
        raise InputError(Problem("shape", "a matrix holds one flow for each pair", fix))
    names = sorted(set(rows["origin"]) | set(rows["destination"]))
    wide = rows.pivot(index="origin", columns="destination", values=value)
    return wide.reindex(index=names, columns=names).rename_axis(columns=None).reset_index()


def _flowmap(rows: pd.DataFrame, value: str) -> dict[str, pd.DataFrame]:
    """flowmap.blue: locations (id, name, lat, lon), flows (origin, dest, count)."""
    import pandas as pd

    _refuse_without_point(rows)
    if rows.duplicated(list(_ENDS)).any():
        fix = "Ask for one period, or for rows"
        raise InputError(Problem("shape", "a flow map holds one flow for each pair", fix))
    ends = [
        rows[[end, f"{end}_name", *(f"{end}_{name}" for name in _POINT)]].set_axis(
            ["id", "name", "lat", "lon"], axis=1
        )
        for end in _ENDS
    ]
    locations = pd.concat(ends).drop_duplicates("id").sort_values("id")
    flows = rows[[*_ENDS, value]].set_axis(["origin", "dest", "count"], axis=1)
    return {"locations": locations, "flows": flows}


def _geojson(rows: pd.DataFrame) -> str:
    """A line for each flow, with its other columns as properties (RFC 7946)."""
    _refuse_without_point(rows)
    points = [f"{end}_{name}" for end in _ENDS for name in _POINT]
    kept = rows.drop(columns=points)
    lines = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[y[1], y[0]], [y[3], y[2]]]},
            "properties": {
                name: _plain(cell) for name, cell in zip(kept.columns, row, strict=True)
            },
        }
        for y, row in zip(
            rows[points].to_numpy(dtype=float).tolist(),
            kept.itertuples(index=False, name=None),
            strict=True,
        )
    ]
    return json.dumps({"type": "FeatureCollection", "features": lines}, ensure_ascii=False)


def _refuse_without_point(rows: pd.DataFrame) -> None:
    missing = {
        str(area)
        for end in _ENDS
        for area in rows.loc[rows[[f"{end}_{name}" for name in _POINT]].isna().any(axis=1), end]
    }
    if missing:
        listed = ", ".join(sorted(missing)[:_MOST]) + (" ..." if len(missing) > _MOST else "")
        fix = "Write rows or a matrix, or label areas by their codes"
        raise InputError(Problem("map", f"{len(missing)} areas have no point: {listed}", fix))


def _plain(cell: Any) -> Any:
    """A cell as JSON: what is not known is null."""
    if cell is None or cell != cell:
        return None
    return cell.item() if hasattr(cell, "item") else cell


def _workbook(file: Path, sheets: dict[str, pd.DataFrame]) -> None:
    import xlsxwriter

    for name, table in sheets.items():
        if len(table) >= MOST_ROWS or table.shape[1] > MOST_COLUMNS:
            what = f"sheet {name} would have {len(table):,} rows and {table.shape[1]:,} columns"
            raise InputError(Problem(str(file), what, "Write .parquet or .csv"))
    needed = sum(int(table.memory_usage(deep=True).sum()) for table in sheets.values())
    # Nothing a cell says is read as a formula, a link or a number.
    options = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with results.publish_file(file, needed) as fresh:
        book = xlsxwriter.Workbook(str(fresh), {**options, "constant_memory": True})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, list(table.columns))
            for number, row in enumerate(table.itertuples(index=False, name=None), start=1):
                sheet.write_row(number, 0, [_plain(cell) for cell in row])
        book.close()
