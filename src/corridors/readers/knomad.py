"""World Bank and KNOMAD: bilateral matrices of migrants and of remittances."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import matrix, undesa
from corridors.readers.declared import PROVEN, Opened, Reader, ReadTable, Total
from corridors.readers.table import ZERO, Numbers, Sheet, all_cells, decimal_mark, text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["READERS"]

_ADDRESS = "https://www.knomad.org/data/"
_LICENCE = "World Bank terms for datasets, CC BY 4.0 (2024 release; older matrices: not seen)"
_MILLION = 1e6
#: Two cells of 2016.
_MARKS = {"0*": ZERO}
_PEOPLE = re.compile(r"migrant|migration|\bmig\b|source country", re.I)
_MONEY = re.compile(r"remittance|sending|receiving", re.I)


def _about(opened: Opened, sheet: Sheet, corner: matrix.Corner) -> str:
    """What the heading, the corner cell, the sheet's and the file's name say, in this order."""
    heading = [text(cell) for row in sheet.rows[: corner.header + 1] for cell in row[:2]]
    title = "" if sheet.lines is not None else sheet.name.replace("_", " ")
    return " | ".join((*heading, title, opened.path.stem.replace("_", " ")))


def _matrices(opened: Opened) -> list[tuple[Sheet, matrix.Corner, str]]:
    # A table of the UN has a column of codes beside the names.
    return [
        (sheet, corner, _about(opened, sheet, corner))
        for sheet, corner in opened.matrices
        if undesa.header_of(sheet) is None
    ]


def _recognises(words: re.Pattern[str]) -> Callable[[Opened], bool]:
    def recognises(opened: Opened) -> bool:
        return any(_subject(about) is words for _, _, about in _matrices(opened))

    return recognises


def _subject(about: str) -> re.Pattern[str] | None:
    """People or money, whichever is named first."""
    found = [
        (match.start(), words) for words in (_PEOPLE, _MONEY) if (match := words.search(about))
    ]
    return min(found, key=lambda each: each[0])[1] if found else None


def _year(opened: Opened, sheet: Sheet, about: str) -> int:
    """The year that the heading, a footnote or the file's name states."""
    notes = " | ".join(text(row[0]) for row in sheet.rows[-8:] if row)
    for where in (about, notes):
        years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", where)
        if years:
            return int(years[0])
    what = "neither a heading nor the file's name says which year it is of"
    fix = "Put the year into the name of the file: ..._2018.csv"
    raise InputError(Problem(str(opened.path), what, fix))


def _read(
    opened: Opened, words: re.Pattern[str], names: tuple[str, str], unit: str, factor: float
) -> ReadTable:
    import pandas as pd

    parts, notes, diagonal, years = [], [], 0.0, []
    for sheet, corner, about in _matrices(opened):
        if _subject(about) is not words:
            continue
        cells = matrix.block(sheet, corner.header, corner.label_column, corner.first)
        columns = [column for column, _ in cells.across]
        decimal = decimal_mark(sheet, all_cells(sheet, corner.header + 1, columns))
        read = matrix.long(cells, names, Numbers(decimal, _MARKS), publisher="worldbank")
        year = _year(opened, sheet, about)
        parts.append(read.frame.assign(year=year, value=read.frame["value"] * factor))
        notes += [*read.notes, *([sheet.said()] if sheet.said() else [])]
        notes.append(f"matrix of {year} found in '{sheet.name}', header in row {corner.header + 1}")
        diagonal += read.diagonal * factor
        years.append(year)
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[["birthplace", "residence", "year", "value", "status_of_value"]]
    if len(set(years)) < len(years):
        fix = "Keep one of the sheets"
        raise InputError(Problem(str(opened.path), "two matrices of the same year", fix))
    edition = " and ".join(map(str, sorted(years)))
    dims = ("birthplace", "residence", "year")
    return ReadTable(frame, dims, {"": unit}, "modelled", edition, tuple(notes), diagonal)


def _read_people(opened: Opened) -> ReadTable:
    return _read(opened, _PEOPLE, ("birthplace", "residence"), "persons", 1.0)


def _read_money(opened: Opened) -> ReadTable:
    return _read(opened, _MONEY, ("residence", "birthplace"), "US dollars", _MILLION)


READERS = (
    Reader(
        name="knomad-migrants",
        publisher="World Bank / KNOMAD",
        dataset="Bilateral migration matrix",
        editions=("2010", "2013", "2017"),
        address=_ADDRESS,
        licence=_LICENCE,
        rank=PROVEN,
        recognises=_recognises(_PEOPLE),
        read=_read_people,
        quirks=(
            "origins down, destinations across; header in row 1 (2010) or 2",
            "total is called TOTAL or World; Other North and Other South change places",
            "2010: 22 destinations have a total and no origins; their people are in Other South",
            "the diagonal is not all zero (Vanuatu 3 in 2013 and 2017)",
            "2017 has a second sheet whose code table swaps Algeria and the Emirates: not read",
            "three editions are no time series",
        ),
        totals={
            "2010": (Total("world 2010", 215_763_573, {"year": 2010}),),
            "2013": (Total("world 2013", 247_245_059, {"year": 2013}),),
            "2017": (Total("world 2017", 266_143_792, {"year": 2017}),),
        },
    ),
    Reader(
        name="knomad-remittances",
        publisher="World Bank / KNOMAD",
        dataset="Bilateral remittance matrix",
        editions=("2010", "2016", "2017", "2018"),
        address=_ADDRESS,
        licence=_LICENCE,
        rank=PROVEN,
        recognises=_recognises(_MONEY),
        read=_read_money,
        quirks=(
            "senders (residence) down, receivers (birthplace) across, in US$ million",
            "2010: semicolons, cp1252, empty and 0 side by side, Unidentified* among the senders",
            "2016: a column of row numbers first; 2018: no heading and no total, whole millions",
            "model estimates, not reports; four editions are no time series",
        ),
        totals={
            "2010": (Total("world 2010", 463.6e9, {"year": 2010}, 5e-4),),
            "2016": (Total("world 2016", 573.6e9, {"year": 2016}, 5e-4),),
            "2017": (Total("world 2017", 613.5e9, {"year": 2017}, 5e-4),),
            "2018": (Total("world 2018, as of April 2019", 689e9, {"year": 2018}, 1e-2),),
        },
    ),
)
