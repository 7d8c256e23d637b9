"""World Bank: indicators as the API and the data sets give them, stocks of 1960 to 2000."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels, wide
from corridors.readers.declared import PROVEN, Download, Opened, Reader, ReadTable, Total
from corridors.readers.table import NOT_REPORTED, REPORTED, Cell, Numbers, Sheet, find_row, text
from corridors.readers.table import year_of as year_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["READERS"]

_CODE = ("Country Code", "Código del país", "Code du pays")
_INDICATOR = ("Indicator Code", "Código del indicador", "Code de l'indicateur", "Series Code")
_INDICATOR_NAME = ("Indicator Name", "Nombre del indicador", "Nom de l'indicateur", "Series Name")
_YEAR, _VALUE = ("Year",), ("Value",)
_LICENCE = "CC BY 4.0"


def _wide_header(sheet: Sheet) -> int | None:
    def fits(cells: list[Cell]) -> bool:
        names = [text(cell) for cell in cells]
        years = sum(year_in(cell) is not None for cell in cells)
        return years > 0 and all(wide.column_of(names, *spelt) for spelt in (_CODE, _INDICATOR))

    return find_row(sheet, fits)


def _long_header(sheet: Sheet) -> int | None:
    def fits(cells: list[Cell]) -> bool:
        names = [text(cell) for cell in cells]
        return all(wide.column_of(names, *spelt) for spelt in (_CODE, _YEAR, _VALUE))

    return find_row(sheet, fits)


def _sheet(opened: Opened) -> tuple[Sheet, int, bool] | None:
    for sheet in opened.sheets:
        header = _wide_header(sheet)
        if header is not None:
            return sheet, header, True
        header = _long_header(sheet)
        if header is not None:
            return sheet, header, False
    return None


def _read_indicators(opened: Opened) -> ReadTable:
    place = _sheet(opened)
    assert place is not None
    sheet, header, is_wide = place
    names = [text(cell) for cell in sheet.rows[header]]
    code = names.index(wide.column_of(names, *_CODE) or "")
    rows = [row for row in range(header + 1, len(sheet.rows)) if text(sheet.cell(row, code))]
    wheres = {text(sheet.cell(row, code)): sheet.where(row, code) for row in rows}
    meant = labels.places(wheres, "worldbank")
    quantity, title = _indicators(sheet, rows, names, opened)
    years = [(c, year) for c, cell in enumerate(sheet.rows[header]) if (year := year_in(cell))]
    if not is_wide:
        column = names.index(wide.column_of(names, *_YEAR) or "")
        value = names.index(wide.column_of(names, *_VALUE) or "")
        cells = [(row, value, year_in(sheet.cell(row, column))) for row in rows]
    else:
        cells = [(row, column, year) for row in rows for column, year in years]
    frame, world = _figures(sheet, cells, code, meant, quantity)
    notes = [f"header found in row {header + 1} of '{sheet.name}'"]
    gone = sorted({key for key, meaning in meant.items() if not meaning.code})
    notes.append(f"{len(gone)} aggregates left out: {', '.join(gone[:4])} and so on")
    if not (frame["status_of_value"] == NOT_REPORTED).any():
        notes.append("a place and year without a row is not reported")
    units = {name: title.get(name, name) for name in dict.fromkeys(quantity.values())}
    edition = ", ".join(sorted(units))
    return ReadTable(
        frame, ("area", "year", "quantity"), units, "reported", edition, (*notes, *world)
    )


def _indicators(
    sheet: Sheet, rows: list[int], names: list[str], opened: Opened
) -> tuple[dict[int, str], dict[str, str]]:
    """Indicator of each row and what it is called; the file's name where it names none."""
    code, name = wide.column_of(names, *_INDICATOR), wide.column_of(names, *_INDICATOR_NAME)
    if code is None:
        return dict.fromkeys(rows, opened.path.stem), {}
    at = names.index(code)
    quantity = {row: text(sheet.cell(row, at)) for row in rows}
    if name is None:
        return quantity, {}
    called = names.index(name)
    return quantity, {quantity[row]: text(sheet.cell(row, called)) for row in rows}


def _figures(
    sheet: Sheet,
    cells: list[tuple[int, int, int | None]],
    code: int,
    meant: Mapping[str, labels.Place],
    quantity: Mapping[int, str],
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    import pandas as pd

    numbers, records, problems = Numbers(), [], []
    world: list[tuple[int, int, int, str]] = []
    for row, column, year in cells:
        if year is None:
            problems.append(Problem(sheet.where(row), "no year", "Fill it in"))
            continue
        place = meant[text(sheet.cell(row, code))]
        if place.role == labels.TOTAL and quantity[row] in _ADDED_UP:
            world.append((row, column, year, quantity[row]))
        if place.code:
            figure = numbers.at(sheet, row, column)
            records.append((place.code, year, quantity[row], figure.value, figure.status))
    numbers.finish()
    names = ["area", "year", "quantity", "value", "status_of_value"]
    frame = pd.DataFrame(records, columns=names)
    problems += _world_apart(sheet, world, frame)
    twice = frame.duplicated(["area", "year", "quantity"])
    if twice.any():
        first = frame[twice].iloc[0]
        what = f"{first['area']} {first['year']} stands twice"
        problems.append(Problem(sheet.file, what, "Keep one of the rows"))
    if problems:
        raise InputError(problems[:5])
    return frame, (("the world's row is the sum of the places in every year",) if world else ())


#: Indicators whose world is the plain sum of the places; of others gaps are filled.
_ADDED_UP = frozenset({"BX.TRF.PWKR.CD.DT", "BM.TRF.PWKR.CD.DT"})


def _world_apart(
    sheet: Sheet, world: list[tuple[int, int, int, str]], frame: pd.DataFrame
) -> list[Problem]:
    sums = frame.groupby(["quantity", "year"])["value"].sum()
    numbers, problems = Numbers(), []
    for row, column, year, name in world:
        told = numbers.read(sheet.cell(row, column), lambda: "").value
        if told == told and abs(told - sums[name, year]) > 1e-6 * abs(told):
            what = f"the world is {told:,.0f}, the places add up to {sums[name, year]:,.0f}"
            problems.append(Problem(sheet.where(row, column), what, "Check for missing rows"))
    return problems


# --- Global Bilateral Migration Database ---------------------------------------------------------

#: The package labels its years in reverse: its Y2000 holds 1960. Proof: its Y1960 adds up to the
#: published 167 million of 2000, and Mexico to the United States must rise.
_TRUE_YEAR = {"Y2000": 1960, "Y1990": 1970, "Y1980": 1980, "Y1970": 1990, "Y1960": 2000}


def _read_stocks(opened: Opened) -> ReadTable:
    import pandas as pd

    raw = opened.r_frame
    # A code zzz stands in rows of 0 only.
    filled = raw[list(_TRUE_YEAR)].apply(pd.to_numeric, errors="coerce") > 0
    raw = raw[filled.any(axis=1)]
    codes = {
        side: wide.places_of(raw, column, opened.path.name, "iso3")
        for side, column in (("birthplace", "origincode"), ("residence", "destcode"))
    }
    sex = raw["sex"].str[0].str.upper()
    parts = []
    for column, year in _TRUE_YEAR.items():
        value = pd.to_numeric(raw[column], errors="coerce").astype("float64")
        parts.append(pd.DataFrame({**codes, "year": year, "sex": sex, "value": value}))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[frame["value"] > 0]
    same = frame["birthplace"] == frame["residence"]
    notes = (
        "year columns of the file are in reverse order and put right",
        "cells of 0 and empty cells are not told apart in the file and left out",
        f"diagonal left out: {int(same.sum())} cells",
    )
    frame = frame[~same].assign(status_of_value=REPORTED).reset_index(drop=True)
    dims = ("birthplace", "residence", "year", "sex")
    return ReadTable(frame, dims, {"": "persons"}, "reported", "2011", notes)


READERS = (
    Reader(
        name="world-bank-indicators",
        publisher="World Bank",
        dataset="World Development Indicators, API and data sets",
        editions=("any",),
        address="https://api.worldbank.org/v2/country/all/indicator/BX.TRF.PWKR.CD.DT"
        "?downloadformat=csv",
        licence=_LICENCE,
        rank=PROVEN,
        recognises=lambda opened: not opened.is_r and _sheet(opened) is not None,
        read=_read_indicators,
        quirks=(
            "four lines before the header in the API's file, none in others; a last empty column",
            "aggregates (AFE, LMY, WLD) among the places, names of some empty in Spanish",
            "places by code, never by name: names differ by language and lose letters",
            "the zip holds metadata beside the table",
        ),
        totals={
            "BX.TRF.PWKR.CD.DT": (
                Total("world 2015, as of May 2026", 544_045_552_876, {"year": 2015}, 0.1),
            )
        },
        downloads=(
            Download(
                "https://api.worldbank.org/v2/country/all/indicator/BX.TRF.PWKR.CD.DT"
                "?downloadformat=csv",
                "BX.TRF.PWKR.CD.DT.zip",
            ),
        ),
    ),
    Reader(
        name="world-bank-stocks",
        publisher="World Bank (Özden, Parsons, Schiff, Walmsley 2011)",
        dataset="Global Bilateral Migration Database 1960-2000, as packaged",
        editions=("2011",),
        address="https://datacatalog.worldbank.org/search/dataset/0037815",
        licence=_LICENCE,
        rank=PROVEN,
        recognises=lambda opened: opened.object_name == "MigrationFlows",
        read=_read_stocks,
        quirks=(
            "the package labels its years in reverse; it calls a stock a flow",
            "borders of after 1990 for every year; ROM is Romania",
        ),
        totals={
            "2011": (
                Total("world 2000", 167_067_222, {"year": 2000}, 1e-4),
                Total("world 1960", 93.1e6, {"year": 1960}, 2e-3),
            )
        },
    ),
)
