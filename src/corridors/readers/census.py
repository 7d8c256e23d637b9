"""Census matrices of moves between the regions of one country."""

from __future__ import annotations

import re

from corridors.errors import InputError, Problem
from corridors.readers import labels, matrix
from corridors.readers.declared import UNVERIFIED, Opened, Reader, ReadTable
from corridors.readers.labels import Place
from corridors.readers.table import Cell, Numbers, Sheet, all_cells, decimal_mark, text, year_of

__all__ = ["READERS"]

_FEWEST = 3
_CODE = re.compile(r"(\d{1,5})\s+(\S.*)")
_WHOLE = (
    "united states", "republic of korea", "whole country", "전국", "national", "brasil",
    "全国", "合计", "合 计", "总计",
)  # fmt: skip


#: Where people live now, and what they left, as headings say it in three languages (the
#: population census of China has present residence down, and across the place of registration, of
#: birth or of five years before).
_LIVES = r"current residence|present residence|destination|residence in|현재|전입|现住地"
_LEFT = r"origin|previous residence|residence 1 year ago|from\b|전출|户口登记地|出生地|常住地"


def _region(cell: Cell) -> str:
    """Code where one stands before the name ("11 Seoul"), else the name."""
    label = re.sub(r"\s*[\d*]+$", "", text(cell)) if not _CODE.fullmatch(text(cell)) else text(cell)
    match = _CODE.fullmatch(label)
    return match[1] if match else label


def _is_name(cell: Cell) -> bool:
    return isinstance(cell, str) and any(letter.isalpha() for letter in cell) and len(cell) < 60


def _corner(sheet: Sheet) -> matrix.Corner | None:
    """A row of names that a column below it repeats."""
    for header, cells in enumerate(sheet.rows[:40]):
        across = {_region(cell) for cell in cells if _is_name(cell)}
        if len(across) < _FEWEST:
            continue
        for column in range(min(4, len(cells))):
            below = {
                _region(sheet.cell(row, column))
                for row in range(header + 1, len(sheet.rows))
                if _is_name(sheet.cell(row, column))
            }
            if len(across & below) >= max(_FEWEST, 0.5 * len(below)):
                columns = [c for c, cell in enumerate(cells) if _region(cell) in below]
                if min(columns) > column:
                    return matrix.Corner(header, column, min(columns))
    return None


def _is_census(opened: Opened) -> bool:
    if opened.is_r or opened.matrices:
        return False
    corners = [(sheet, _corner(sheet)) for sheet in opened.sheets]
    return any(corner and not _is_of_birthplaces(sheet, corner) for sheet, corner in corners)


def _is_of_birthplaces(sheet: Sheet, corner: matrix.Corner) -> bool:
    """Whether the corner says that the table counts people by birthplace, not moves."""
    return (
        re.search(r"(?i)birth|born", text(sheet.cell(corner.header, corner.label_column)))
        is not None
    )


def _read(opened: Opened) -> ReadTable:
    sheet = next(sheet for sheet in opened.sheets if _corner(sheet) is not None)
    corner = _corner(sheet)
    assert corner is not None
    cells = matrix.block(sheet, corner.header, corner.label_column, corner.label_column + 1)
    down = tuple((row, label) for row, label in cells.down if _is_name(label))
    regions = {_region(label) for _, label in down} & {_region(label) for _, label in cells.across}
    across = _estimates(sheet, corner, cells.across)
    wanted = tuple((column, label) for column, label in across if _region(label) in regions)
    extra = [label for _, label in across if _region(label) not in regions]
    meaning = (
        {label: _meant(label, regions, sheet, row) for row, label in down},
        {label: Place(_region(label), labels.OUTSIDE) for _, label in wanted},
    )
    columns = [column for column, _ in wanted]
    decimal = decimal_mark(sheet, all_cells(sheet, corner.header + 1, columns))
    sides = ("destination", "origin") if _destinations_down(sheet, corner) else (
        "origin", "destination",
    )  # fmt: skip
    read = matrix.long(matrix.Block(sheet, down, wanted), sides, Numbers(decimal), meaning=meaning)
    year = _year(opened, sheet, corner)
    frame = read.frame.assign(year=year)
    frame = frame[["origin", "destination", "year", "value", "status_of_value"]]
    notes = (
        *read.notes,
        sheet.said() or f"sheet '{sheet.name}'",
        f"{sides[0]}s stand down, {sides[1]}s across",
        f"{len(extra)} columns that are no region of the rows left out: {', '.join(extra[:4])}",
        "regions of one country, not areas of the world",
    )
    dims = ("origin", "destination", "year")
    return ReadTable(frame, dims, {"": "persons"}, "reported", f"{year}", notes, read.diagonal)


def _meant(label: str, regions: set[str], sheet: Sheet, row: int) -> Place:
    if _region(label) in regions:
        return Place(_region(label), labels.OUTSIDE)
    if labels.is_total(label) or any(text(label).casefold().startswith(name) for name in _WHOLE):
        return Place("", labels.REGION)
    what = f"'{label}' is a row without a column of its name"
    raise InputError(Problem(sheet.where(row), what, "Take it out, or name its column alike"))


def _estimates(
    sheet: Sheet, corner: matrix.Corner, across: tuple[tuple[int, str], ...]
) -> tuple[tuple[int, str], ...]:
    """Columns of estimates: where a row below the names says MOE, those are margins of error."""
    for row in range(corner.header + 1, min(corner.header + 4, len(sheet.rows))):
        words = [text(cell).casefold() for cell in sheet.rows[row]]
        if "estimate" in words and any(word in ("moe", "margin of error") for word in words):
            return tuple((c, label) for c, label in across if words[c] == "estimate")
    return across


def _destinations_down(sheet: Sheet, corner: matrix.Corner) -> bool:
    """Whether the headings say that people live now where the rows are.

    Raises
    ------
    InputError
        Nothing says which side people left: it is not guessed.
    """
    top = range(max(0, corner.header - 6), corner.header + 1)
    down = " ".join(
        text(sheet.cell(row, column)).casefold()
        for row in top
        for column in range(corner.label_column + 1)
    )
    corner_cell = text(sheet.cell(corner.header, corner.label_column)).casefold()
    every = " ".join(text(cell).casefold() for row in top for cell in sheet.rows[row])
    if re.search(r"destinations? \(?across|origins? \(?(down|in rows)|rows? are origins", every):
        return False
    if re.search(r"origins? \(?across|destinations? \(?(down|in rows)|rows? are dest", every):
        return True
    # The corner names its rows; a title above it may name both sides.
    for heading in (corner_cell, down):
        lives = bool(re.search(_LIVES, heading))
        if lives != bool(re.search(_LEFT, heading)):
            return lives
    what = "no heading says whether rows are origins or destinations"
    fix = "Write 'origin' or 'destination' into the cell above the row names"
    raise InputError(Problem(sheet.where(corner.header, corner.label_column), what, fix))


def _year(opened: Opened, sheet: Sheet, corner: matrix.Corner) -> int:
    heading = " ".join(text(cell) for row in sheet.rows[: corner.header + 1] for cell in row)
    for where in (heading, sheet.name, opened.path.stem):
        years = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", where)]
        if years and year_of(years[0]) is not None:
            return years[0]
    fix = "Put the year into the heading or the name of the file"
    raise InputError(Problem(str(opened.path), "nothing says which year it is of", fix))


READERS = (
    Reader(
        name="census-matrix",
        publisher="censuses and registers (US Census Bureau, KOSIS and others)",
        dataset="moves between the regions of a country, places down and across",
        editions=("any",),
        address="https://www.census.gov/topics/population/migration/guidance/"
        "state-to-state-migration-flows.html",
        licence="of each office; US federal tables: public domain",
        rank=UNVERIFIED,
        recognises=_is_census,
        read=_read,
        quirks=(
            "code and name in one cell ('11 Seoul'): the code is kept",
            "estimates and margins of error side by side: the estimates are read",
            "which side people left is read from the headings, never guessed",
            "China: present residence (现住地) down, registration, birth or residence five years "
            "before across; 全国 and 合计 are totals",
            "N/A and '-' are not reported; csv in cp949 with a last empty column",
        ),
    ),
)
