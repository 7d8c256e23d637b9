"""IDMC: displacement inside a country, by conflict and disasters."""

from __future__ import annotations

from corridors.readers import labels, wide
from corridors.readers.declared import UNVERIFIED, Opened, Reader, ReadTable
from corridors.readers.table import Cell, Numbers, Sheet, find_row, text, year_of

__all__ = ["READERS"]

_ISO = ("ISO3", "iso3", "ISO", "Country ISO3")
_YEAR = ("Year", "year")
_FIGURES = {
    "displacements_conflict": (
        "Conflict Internal Displacements", "Conflict New Displacements",
        "conflict_new_displacements", "new_displacement (conflict)",
    ),
    "displaced_conflict": (
        "Conflict Stock Displacement", "Conflict Total IDPs", "conflict_stock_displacement",
        "conflict_total_displacement", "Conflict total number of IDPs",
    ),
    "displacements_disaster": (
        "Disaster Internal Displacements", "Disaster New Displacements",
        "disaster_new_displacements", "new_displacement (disaster)",
    ),
    "displaced_disaster": (
        "Disaster Stock Displacement", "Disaster Total IDPs", "disaster_stock_displacement",
        "disaster_total_displacement",
    ),
}  # fmt: skip
_UNITS = {name: "persons" if name.startswith("displaced_") else "movements" for name in _FIGURES}


def _header(sheet: Sheet) -> int | None:
    def fits(cells: list[Cell]) -> bool:
        names = [text(cell) for cell in cells]
        return all(wide.column_of(names, *spelt) for spelt in (_ISO, _YEAR)) and any(
            wide.column_of(names, *spelt) for spelt in _FIGURES.values()
        )

    return find_row(sheet, fits)


def _read(opened: Opened) -> ReadTable:
    import pandas as pd

    sheet = next(sheet for sheet in opened.sheets if _header(sheet) is not None)
    header = _header(sheet)
    assert header is not None
    names = [text(cell) for cell in sheet.rows[header]]
    at = wide.named_columns(sheet, header, {"code": _ISO, "year": _YEAR})
    rows = [
        row
        for row in range(header + 1, len(sheet.rows))
        if year_of(sheet.cell(row, at["year"])) is not None
    ]
    wheres = {text(sheet.cell(row, at["code"])): sheet.where(row, at["code"]) for row in rows}
    meant = labels.places(wheres, "iso3")
    base = pd.DataFrame(
        {
            "area": [meant[text(sheet.cell(row, at["code"]))].code for row in rows],
            "year": [year_of(sheet.cell(row, at["year"])) for row in rows],
        }
    )
    numbers, parts = Numbers(), []
    for quantity, spelt in _FIGURES.items():
        column = wide.column_of(names, *spelt)
        if column is not None:
            values, status = wide.figures(sheet, rows, names.index(column), numbers)
            parts.append(base.assign(quantity=quantity, value=values, status_of_value=status))
    numbers.finish()
    frame = pd.concat(parts, ignore_index=True)
    outside = sorted({place.code for place in meant.values() if place.role == labels.OUTSIDE})
    notes = (
        f"header found in row {header + 1} of '{sheet.name}'; rows of tags have no year",
        "displacements are movements, a person may be counted twice; displaced are people",
        *([f"codes outside the tables, kept: {', '.join(outside)}"] if outside else []),
    )
    dims = ("area", "year", "quantity")
    return ReadTable(frame, dims, _UNITS, "reported", "not stated", notes)


READERS = (
    Reader(
        name="idmc",
        publisher="IDMC",
        dataset="Global Internal Displacement Database, by country and year",
        editions=("any",),
        address="https://www.internal-displacement.org/database/displacement-data",
        licence="CC BY 3.0 IGO (second hand)",
        rank=UNVERIFIED,
        recognises=lambda opened: (
            not opened.is_r and any(_header(sheet) is not None for sheet in opened.sheets)
        ),
        read=_read,
        quirks=(
            "HXL tags in the second row of some copies",
            "AB9 is the Abyei Area, kept by its code",
            "an empty cell is not reported; movements and people are two quantities",
        ),
    ),
)
