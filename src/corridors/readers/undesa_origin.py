"""UN DESA, International Migrant Stock by destination and origin: the two layouts of workbooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels, matrix
from corridors.readers.declared import PROVEN, UNVERIFIED, Opened, Reader, ReadTable, Total
from corridors.readers.labels import Place
from corridors.readers.table import Numbers, Sheet, text, year_of
from corridors.readers.undesa import (
    ADDRESS,
    CC_BY,
    PERSONS,
    RIGHTS,
    Header,
    any_sheet,
    edition_of,
    has_two_places,
    header_of,
    is_by_origin,
    left_out,
    one_row_each,
    row_places,
    sexes_of,
    type_letters,
    without_both,
    words_of,
    year_columns,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS"]


def _read_matrix(opened: Opened) -> ReadTable:
    """Sheets with origins across (2015; 2019 with a column of years)."""
    import pandas as pd

    parts: list[pd.DataFrame] = []
    notes: list[str] = []
    diagonal = 0.0
    for sheet in opened.sheets:
        if is_by_origin(sheet):
            part, said, own = _one_matrix(sheet)
            parts.append(part)
            notes += said
            diagonal += own
    frame = pd.concat(parts, ignore_index=True)
    if frame["sex"].nunique() > 1:
        frame, note = without_both(frame, ["year", "birthplace", "residence"])
        notes.append(note)
    notes.append("Other North and Other South are one unknown origin, OTH")
    dims = ("birthplace", "residence", "year", "sex")
    return ReadTable(
        frame, dims, PERSONS, "reported", edition_of(opened), tuple(dict.fromkeys(notes)), diagonal
    )


def _one_matrix(sheet: Sheet) -> tuple[pd.DataFrame, list[str], float]:
    import pandas as pd

    head = header_of(sheet)
    assert head is not None
    first = next(
        c for c, cell in enumerate(sheet.rows[head.row]) if words_of(cell) == "country of origin"
    )
    rows, by_name = row_places(sheet, head.last + 1, head.name, head.code)
    sex = _sex_of_title(sheet, head)
    wheres = {
        text(cell): sheet.where(head.last, column)
        for column, cell in enumerate(sheet.rows[head.last])
        if column >= first and text(cell)
    }
    strange = {label: where for label, where in wheres.items() if label not in by_name}
    across = by_name | labels.places(strange, publisher="un")
    frames: list[pd.DataFrame] = []
    notes: list[str] = []
    diagonal = 0.0
    for year, numbers in _by_year(sheet, head, rows).items():
        one_row_each(sheet, {row: rows[row] for row in numbers})
        cells = matrix.block(sheet, head.last, head.name, first)
        down = tuple((row, f"{row}") for row in numbers)
        meaning = {f"{row}": rows[row] for row in numbers}, across
        read = matrix.long(
            matrix.Block(sheet, down, cells.across),
            ("residence", "birthplace"),
            Numbers(),
            meaning=meaning,
        )
        kinds = {rows[row].code: type_letters(sheet, row, head.type) for row in numbers}
        part = read.frame.assign(year=year, sex=sex)
        part["data_type"] = part["residence"].map(kinds)
        frames.append(part)
        notes.append(left_out(sheet, {row: rows[row] for row in numbers}, head.name))
        diagonal += read.diagonal
    names = ["birthplace", "residence", "year", "sex", "value", "status_of_value", "data_type"]
    return pd.concat(frames, ignore_index=True)[names], notes, diagonal


def _has_years_down(sheet: Sheet) -> bool:
    head = header_of(sheet)
    return head is not None and any(words_of(cell) == "year" for cell in sheet.rows[head.row])


def _by_year(sheet: Sheet, head: Header, rows: dict[int, Place]) -> dict[int, list[int]]:
    """Rows of each year: of the title's year, or of the column of years."""
    column = next(
        (c for c, cell in enumerate(sheet.rows[head.row]) if words_of(cell) == "year"), None
    )
    if column is None:
        return {_year_of_title(sheet, head): list(rows)}
    groups: dict[int, list[int]] = {}
    for row in rows:
        year = year_of(sheet.cell(row, column))
        if year is None:
            fix = "Fill in the year of every row"
            raise InputError(Problem(sheet.where(row, column), "no year", fix))
        groups.setdefault(year, []).append(row)
    return groups


def _title(sheet: Sheet, head: Header) -> str:
    for row in sheet.rows[: head.row]:
        for cell in row:
            if text(cell).casefold().startswith("table"):
                return text(cell)
    return ""


def _year_of_title(sheet: Sheet, head: Header) -> int:
    years = re.findall(r"\b(?:19|20)\d\d\b", _title(sheet, head))
    if len(set(years)) != 1:
        what = "no title above the header says which year the stock is of"
        fix = "Keep the line 'Table ... Total migrant stock ..., 2015' above the header"
        raise InputError(Problem(sheet.where(head.row), what, fix))
    return int(years[0])


def _sex_of_title(sheet: Sheet, head: Header) -> str:
    words = _title(sheet, head).casefold()
    if "female" in words:
        return "F"
    return "M" if re.search(r"\bmales?\b", words) else "T"


def _read_long(opened: Opened) -> ReadTable:
    """Rows of destination and origin, years in blocks by sex (2020, 2024)."""
    import pandas as pd

    sheet = next(sheet for sheet in opened.sheets if has_two_places(sheet))
    head = header_of(sheet)
    assert head is not None
    words = [words_of(cell) for cell in sheet.rows[head.row]]
    code = words.index("location code of origin")
    names = [c for c, word in enumerate(words) if word.endswith("country or area of origin")]
    if not names:
        fix = "Keep the header as published"
        raise InputError(Problem(sheet.where(head.row), "no column of origins", fix))
    destinations, _ = row_places(sheet, head.last + 1, head.name, head.code)
    origins, _ = row_places(sheet, head.last + 1, names[0], code)
    sexes = sexes_of(sheet, head)
    years = [(c, year) for c, year in year_columns(sheet, head) if c > code and c in sexes]
    if not years:
        what = "no heading says which sex the years are of"
        raise InputError(Problem(sheet.where(head.row), what, "Keep the merged headings"))
    cells, totals = _long_cells(sheet, head, destinations, origins, years, sexes)
    _check_destinations(sheet, cells, totals)
    columns = ["birthplace", "residence", "year", "sex", "value", "status_of_value", "data_type"]
    frame = pd.DataFrame(cells, columns=columns)
    same = frame["birthplace"] == frame["residence"]
    frame, note = without_both(frame[~same], ["birthplace", "residence", "year"])
    notes = ("rows of totals and regions left out", note, "an absent pair is not reported")
    return ReadTable(
        frame, ("birthplace", "residence", "year", "sex"), PERSONS, "reported", edition_of(opened),
        notes, float(pd.DataFrame(cells, columns=columns)[same]["value"].sum()),
    )  # fmt: skip


def _long_cells(
    sheet: Sheet,
    head: Header,
    destinations: dict[int, Place],
    origins: dict[int, Place],
    years: Sequence[tuple[int, int]],
    sexes: dict[int, str],
) -> tuple[list[tuple], dict[tuple, tuple[float, int, int]]]:
    numbers = Numbers()
    cells: list[tuple] = []
    totals: dict[tuple, tuple[float, int, int]] = {}
    for row, residence in destinations.items():
        birthplace = origins.get(row)
        if birthplace is None:
            fix = "Give the row an origin"
            raise InputError(Problem(sheet.where(row), "no origin", fix))
        if not (residence.code or _is_world(residence, birthplace)):
            continue
        kind = type_letters(sheet, row, head.type)
        for column, year in years:
            figure = numbers.at(sheet, row, column)
            key = residence.code, year, sexes[column]
            if birthplace.role == labels.TOTAL:
                totals[key] = figure.value, row, column
            elif birthplace.code:
                cells.append((birthplace.code, *key, figure.value, figure.status, kind))
    numbers.finish()
    return cells, totals


def _is_world(residence: Place, birthplace: Place) -> bool:
    return residence.role == birthplace.role == labels.TOTAL


def _check_destinations(
    sheet: Sheet, cells: Sequence[tuple], totals: dict[tuple, tuple[float, int, int]]
) -> None:
    """A row of all origins must be their sum, of a destination and (key "") of the world."""
    sums: dict[tuple, float] = {}
    for _, residence, year, sex, value, _, _ in cells:
        if value == value:
            for key in ((residence, year, sex), ("", year, sex)):
                sums[key] = sums.get(key, 0.0) + value
    problems = [
        Problem(
            sheet.where(row, column),
            f"all origins are {told:,.0f}, the origins add up to {sums.get(key, 0):,.0f}",
            "Check whether a row is missing or stands twice",
        )
        for key, (told, row, column) in totals.items()
        if told == told and abs(told - sums.get(key, 0.0)) > 0.5
    ]
    if problems:
        raise InputError(problems[:5])


READERS = (
    Reader(
        name="un-desa-matrix",
        publisher="UN DESA Population Division",
        dataset="International Migrant Stock by destination and origin, origins across",
        editions=("2015",),
        address=ADDRESS,
        licence=RIGHTS,
        rank=PROVEN,
        recognises=lambda opened: (
            any_sheet(opened, is_by_origin) and not any_sheet(opened, _has_years_down)
        ),
        read=_read_matrix,
        quirks=(
            "header in two rows, destinations down and origins across",
            "an empty cell is not reported, 0 is zero",
            "codes are numbers (4.0); regions and the world among the rows",
            "Other North and Other South are two columns of unknown origin",
        ),
        totals={"2015": (Total("world 2015", 243_700_236, {"year": 2015}),)},
    ),
    Reader(
        name="un-desa-matrix-by-year",
        publisher="UN DESA Population Division",
        dataset="International Migrant Stock by destination and origin, origins across, years down",
        editions=("2019",),
        address=ADDRESS,
        licence=CC_BY,
        rank=UNVERIFIED,
        recognises=lambda opened: (
            any_sheet(opened, is_by_origin) and any_sheet(opened, _has_years_down)
        ),
        read=_read_matrix,
        quirks=(
            "as the matrix of 2015, with a first column of years: each year is a matrix",
            "one sheet a sex: women and men are kept, both sexes where only they are there",
        ),
        totals={"2019": (Total("world 2019", 271_642_105, {"year": 2019}),)},
    ),
    Reader(
        name="un-desa-origin",
        publisher="UN DESA Population Division",
        dataset="International Migrant Stock by destination and origin, one row a pair",
        editions=("2020", "2024"),
        address=ADDRESS,
        licence=CC_BY,
        rank=UNVERIFIED,
        recognises=lambda opened: any_sheet(opened, has_two_places),
        read=_read_long,
        quirks=(
            "three blocks of years with the same headers, one a sex",
            "Others has code 2003; regions on both sides",
            "un.org answers 403 to plain programs: fetch it with a browser",
        ),
        totals={
            "2020": (Total("world 2020", 280_598_105, {"year": 2020}),),
            "2024": (Total("world 2024", 304_021_813, {"year": 2024}),),
        },
    ),
)
