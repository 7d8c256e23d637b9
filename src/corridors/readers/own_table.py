"""A table that no publisher's reader knows: places by their columns' words, figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corridors import areas
from corridors.errors import InputError, Problem
from corridors.readers import any_table, stock_files, wide
from corridors.readers.any_table import Asked, folded
from corridors.readers.declared import UNVERIFIED, Opened, Reader, ReadTable
from corridors.readers.table import year_of
from corridors.readers.wide import Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NAME", "READER", "fits"]

NAME = "own-table"
#: Declared columns -> dimensions here; tried in this order.
_PLACES = (
    {"origin": "origin", "destination": "destination"},
    {"birth": "birthplace", "residence": "residence"},
    {"area": "area"},
)
_UPPER_ROWS = 40
#: Names of columns that hold UNHCR's codes, which are not ISO's.
_UNHCR = ("coo", "coa")
_FURTHER = {"year": "year", "sex": "sex"}


def fits(opened: Opened) -> bool:
    """Whether a sheet of a file has a column of places, or is a matrix of its own labels."""
    return not opened.is_r and any(
        stock_files.corner_of(sheet) is not None or any(map(_header, sheet.rows[:_UPPER_ROWS]))
        for sheet in opened.sheets
    )


def _header(cells: Sequence[object]) -> dict[str, str]:
    """Name of a column here -> dimension, for the first set of places that a header has."""
    names = [folded(cell) for cell in cells]
    for places in _PLACES:
        at = any_table.match(cells, places, {})
        if len(at) == len(places) and len([name for name in names if name]) > len(places):
            return {str(cells[position]): places[name] for name, position in at.items()}
    return {}


def _read(opened: Opened) -> ReadTable:
    matrices = [sheet for sheet in opened.sheets if stock_files.corner_of(sheet) is not None]
    if len(matrices) == 1:
        part = stock_files.square(matrices[0], Asked())
        named = part.frame.rename(columns={"birth": "birthplace", "stock": "value"})
        return _tidy(named, ["birthplace", "residence"], list(part.notes))
    frame, notes = any_table.everything(opened.path)
    dims = _header([*frame.columns, ""])
    if not dims:
        what = "has no column of places"
        fix = "Name one origin, destination, birthplace, residence or area"
        raise InputError(Problem(str(opened.path), what, fix))
    for name in frame.columns:
        for word, dim in _FURTHER.items():
            if name not in dims and any_table.match([name], [word], {}):
                dims[name] = dim
    renamed = [f"'{name}' is {dim}" for name, dim in dims.items() if name != dim]
    frame = frame.rename(columns=dims)
    keys = list(dict.fromkeys(dims.values()))
    years = {name: year for name in frame.columns if (year := year_of(name)) is not None}
    if years and "year" not in keys:
        frame = frame[[*keys, *years]].melt(keys, var_name="year", value_name="value")
        frame["year"] = frame["year"].map(years)
        keys.append("year")
    scheme = None
    if any(folded(name) in _UNHCR for name in dims):
        scheme = "unhcr"
        notes = (*notes, "coo and coa are UNHCR's own codes: AUS is Austria")
    return _tidy(frame, keys, [*notes, *renamed], scheme)


def _tidy(
    frame: pd.DataFrame, keys: list[str], notes: list[str], scheme: str | None = None
) -> ReadTable:
    """Codes for labels where all are known, a row for each quantity where there are several."""
    from pandas.api.types import is_numeric_dtype

    figures = [name for name in frame.columns if name not in keys and is_numeric_dtype(frame[name])]
    if not figures:
        what, fix = "no column of figures", "Give one beside the places"
        raise InputError(Problem("the table", what, fix))
    left = [name for name in frame.columns if name not in (*keys, *figures)]
    if left:
        notes.append(f"columns of words left out: {', '.join(left)}")
    frame, said = _coded(frame, [key for key in keys if key not in _FURTHER], scheme)
    long = wide.long(frame, keys, {name: Measure(name, "") for name in figures})
    dims = (*keys, "quantity")
    if len(figures) == 1:
        long, dims = long.drop(columns="quantity"), tuple(keys)
    notes += [*said, "the file states no unit and no kind: taken as reported"]
    units = dict.fromkeys(figures if len(figures) > 1 else [""], "")
    return ReadTable(long, dims, units, "reported", "as given", tuple(notes))


def _coded(
    frame: pd.DataFrame, places: Sequence[str], scheme: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Labels as codes of areas, totals and regions left out; as they are where one is unknown."""
    labels = list(dict.fromkeys(label for column in places for label in frame[column]))
    known = dict(zip(labels, areas.resolve_all(labels, scheme), strict=True))
    strange = [str(label) for label, meaning in known.items() if meaning.kind == "none"]
    if strange:
        return frame, [f"labels are kept as they are: {strange[0]} is no area of the world"]
    whole = frame
    for column in places:
        codes = whole[column].map({label: meaning.code for label, meaning in known.items()})
        whole = whole.assign(**{column: codes})
    inner = whole[whole[list(places)].notna().all(axis=1)].reset_index(drop=True)
    gone = [str(label) for label, meaning in known.items() if meaning.kind == "aggregate"]
    return inner, [f"totals and regions left out: {', '.join(gone[:4])}"] if gone else []


READER = Reader(
    name=NAME,
    publisher="you",
    dataset="a table of your own, long, wide by year or a matrix",
    editions=("any",),
    address="",
    licence="yours",
    rank=UNVERIFIED,
    recognises=lambda opened: False,  # tried where no publisher's reader fits
    read=_read,
    quirks=(
        "sheet, header, encoding, separator, decimal mark and words for columns are found",
        "labels become codes where every one is an area, else stay; totals are left out",
    ),
)
