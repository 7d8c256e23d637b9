"""Any table of a user: the declared columns found in whatever file holds them.

Sheet, header row, encoding, separator and decimal mark are found and said. A column goes by its
name, by a word of the field for it (`WORDS`), or by what the user says (`Asked.columns`). What
cannot be read is named with its line; a label stays the text that it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem, nearest
from corridors.readers import columnar, table
from corridors.readers.table import REPORTED, ZERO, Cell, Numbers, Sheet, cut, text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "INSIST",
    "WORDS",
    "AnyTable",
    "Asked",
    "everything",
    "folded",
    "label",
    "match",
    "numbers_of",
    "read",
    "read_known",
    "sheets",
]

#: What a user can insist on, and what it then does.
INSIST = {
    "totals": "a label that is a total, a region or an origin not known is an area of its own",
    "sexes": "rows of one pair or area are added up",
    "editions": "start and end may be of different editions",
    "units": "births, deaths and people are in the same unit, though it does not look so",
}

#: Words of the field for a column, the likeliest first, letters and digits only.
WORDS: Mapping[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "birth": "birthplace born bornin birthcountry birtharea countryofbirth placeofbirth "
        "areaofbirth countrybirth pob cob origin orig countryoforigin areaoforigin origincountry "
        "origincode coo from source sending",
        "residence": "resident countryofresidence placeofresidence areaofresidence "
        "residencecountry por cor livingin livesin destination dest countryofdestination "
        "areaofdestination destinationcountry destinationcode coa countryofasylum asylum host "
        "hostcountry to receiving",
        "stock_start": "start stockatstart startstock stock1 m1 s1 beginning",
        "stock_end": "end stockatend endstock stock2 m2 s2",
        "stock": "stocks value persons people migrants migrantstock number n count",
        "year": "time timeperiod period date",
        "area": "country countryorarea countryname countrycode region name location "
        "locationcode place territory geo province state iso3 iso3c iso iso2 m49 code",
        "births": "livebirths numberofbirths nbirths birth b",
        "deaths": "numberofdeaths ndeaths death d",
        "origin": "orig countryoforigin areaoforigin from source sending coo",
        "destination": "dest countryofdestination areaofdestination to host receiving coa",
        "flow": "flows migrants moves movers persons people value number n count",
        "sex": "gender",
        "edition": "revision release vintage",
    }.items()
}
_NOTE = re.compile(
    r"(?i)(sources?|notes?|quellen?|fuentes?|remarks?)\b|[*†]|\(?[a-z0-9]{1,2}[)/] |©"
)
_UPPER_ROWS = 60
_MOST = 5


@dataclass(frozen=True)
class Asked:
    """What a user says of a table beside its name.

    Attributes
    ----------
    columns : mapping of str to str
        Name of a column in the file -> the word for it here; for a matrix `down` -> what its rows
        are.
    sheet : str, optional
        The sheet to read.
    only : mapping of str to str
        Column -> the value whose rows are kept.
    without : tuple of str
        Labels whose rows and columns are left out of stocks and vital events.
    insist : tuple of str
        Names of `INSIST`.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    only: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    insist: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = [
            Problem(
                "--insist", f"there is nothing called '{name}'", f"Insist on {', '.join(INSIST)}"
            )
            for name in self.insist
            if name not in INSIST
        ]
        if problems:
            raise InputError(problems)

    @classmethod
    def written(
        cls,
        columns: str = "",
        sheet: str | None = None,
        only: Sequence[str] = (),
        without: Sequence[str] = (),
        insist: Sequence[str] = (),
    ) -> Asked:
        """From the words of a command line: `a=birthplace,b=residence`, `sex=both`.

        Raises
        ------
        InputError
            A pair without "=", or nothing of the name to insist on.
        """
        pairs = [pair for pair in columns.split(",") if pair.strip()]
        return cls(
            dict(_pair("--columns", pair) for pair in pairs),
            sheet,
            dict(_pair("--only", pair) for pair in only),
            tuple(without),
            tuple(insist),
        )


@dataclass(frozen=True)
class AnyTable:
    """Declared columns of a table; `frame` is indexed by the rows of the sheet, counted from 0."""

    frame: pd.DataFrame
    sheet: Sheet
    header: int
    ignored: tuple[str, ...]
    notes: tuple[str, ...]

    def where(self, row: int) -> str:
        """File and line, or sheet and row."""
        return self.sheet.where(row)


def read(file: Path, columns: Mapping[str, str], asked: Asked | None = None) -> AnyTable:
    """The declared columns of a table.

    Parameters
    ----------
    columns : mapping of str to str
        Name of each column and what it holds: `label`, `label or empty`, `number`.
    asked : Asked, optional
        What the user says of sheet, columns and rows.

    Returns
    -------
    AnyTable
        The columns as a DataFrame, numbers in the unit they are written in (NaN: missing), and
        notes.

    Raises
    ------
    SourceError
        The file is missing or cannot be read as what its ending says.
    InputError
        A column is missing or stands twice, several sheets have them, a label is empty, a number
        is none, a row is longer or shorter than the header: each with its line.
    """
    asked = asked or Asked()
    if not asked.columns and not asked.only and (whole := columnar.read(file, columns)):
        return AnyTable(whole[0], Sheet(file.name, file.stem, []), 0, whole[1], ())
    sheet, header, at = _place(file, sheets(file, asked), columns, asked)
    names = [text(cell) for cell in sheet.rows[header]]
    used = {names[position] for position in at.values()}
    rows, left_out = _rows(sheet, header, max(at.values()))
    rows, said = _kept(sheet, rows, names, asked)
    frame = _frame(sheet, rows, at, columns)
    ignored = tuple(name for name in names if name and name not in used | set(asked.only))
    notes = (*_how(file, sheet, header, at), *left_out, *said)
    return AnyTable(frame, sheet, header, ignored, notes)


def read_known(file: Path, needed: Mapping[str, str], optional: Mapping[str, str]) -> AnyTable:
    """As `read`, with those of the `optional` columns that the file has.

    Raises
    ------
    SourceError, InputError
        As `read`.
    """
    known = read(file, needed)
    more = {name: optional[name] for name in known.ignored if name in optional}
    return read(file, {**needed, **more}) if more else known


def sheets(file: Path, asked: Asked) -> list[Sheet]:
    """Sheets of a file, or the one that the user names.

    Raises
    ------
    InputError
        There is no sheet of this name.
    """
    every = [sheet for sheet in table.rows(file) if any(map(_filled, sheet.rows))]
    if not every:
        raise InputError(Problem(str(file), "holds no cell", "Give a table with a header"))
    if asked.sheet is None:
        return every
    chosen = [sheet for sheet in every if sheet.name == asked.sheet]
    if not chosen:
        close = ", ".join(nearest(asked.sheet, [sheet.name for sheet in every]))
        what = f"there is no sheet '{cut(asked.sheet)}'"
        raise InputError(Problem(str(file), what, f"Did you mean {close}?"))
    return chosen


def match(
    cells: Sequence[Cell], wanted: Collection[str], columns: Mapping[str, str]
) -> dict[str, int]:
    """Position of each wanted column that a header row has; no position serves two."""
    names = [folded(cell) for cell in cells]
    said = {folded(name): word for name, word in columns.items()}
    at: dict[str, int] = {}
    spellings: tuple[Callable[[str], Iterable[str]], ...] = (
        lambda name: [known for known, word in said.items() if _means(word, name)],
        lambda name: [folded(name)],
        lambda name: WORDS.get(name, ()),
    )
    for spelt in spellings:
        for name in (name for name in wanted if name not in at):
            free = [
                names.index(word)
                for word in spelt(name)
                if word in names and (word not in said or _means(said[word], name))
            ]
            position = next((column for column in free if column not in at.values()), None)
            if position is not None:
                at[name] = position
    return at


def everything(file: Path, asked: Asked | None = None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """All columns of a table; a column of numbers and marks for missing ones holds numbers.

    Returns
    -------
    table : DataFrame (columns of the file)
        In the units they are written in; NaN where a mark says missing.
    notes : tuple of str

    Raises
    ------
    SourceError, InputError
        As `read`; a column is named twice.
    """
    import pandas as pd

    asked = asked or Asked()
    every = sheets(file, asked)
    headers = [(sheet, _header(sheet)) for sheet in every]
    if len(headers) > 1:
        raise InputError(_several(file, [sheet for sheet, _ in headers]))
    sheet, header = headers[0]
    names = [text(cell) for cell in sheet.rows[header]]
    at = {name: position for position, name in enumerate(names) if name}
    twice = sorted({name for name in at if names.count(name) > 1})
    if twice:
        what = f"columns named twice: {', '.join(map(cut, twice))}"
        raise InputError(Problem(sheet.where(header), what, "Rename one of each"))
    rows, left_out = _rows(sheet, header, 0)
    rows, said = _kept(sheet, rows, names, asked)
    frame = pd.DataFrame(
        {name: _numbers_or_text(sheet, rows, position) for name, position in at.items()}
    )
    return frame, (*_how(file, sheet, header, {}), *left_out, *said)


# --- sheet, header, rows -------------------------------------------------------------------------


def _place(
    file: Path, every: Sequence[Sheet], columns: Mapping[str, str], asked: Asked
) -> tuple[Sheet, int, dict[str, int]]:
    """Sheet, header row and position of each column."""
    fitting = []
    nearly: tuple[int, Sheet, int, dict[str, int]] | None = None
    for sheet in every:
        for row, cells in enumerate(sheet.rows[:_UPPER_ROWS]):
            at = match(cells, columns, asked.columns)
            if len(at) == len(columns):
                fitting.append((sheet, row, at))
                break
            if _filled(cells) and (nearly is None or len(at) > nearly[0]):
                nearly = (len(at), sheet, row, at)
    if len(fitting) > 1:
        raise InputError(_several(file, [sheet for sheet, _, _ in fitting]))
    if not fitting:
        assert nearly is not None
        raise InputError(list(_missing(*nearly[1:], columns)))
    sheet, header, at = fitting[0]
    _refuse_twice(sheet, header, at)
    return sheet, header, at


def _missing(
    sheet: Sheet, header: int, at: Mapping[str, int], columns: Mapping[str, str]
) -> Iterable[Problem]:
    names = [text(cell) for cell in sheet.rows[header] if text(cell)]
    for name in columns:
        if name not in at:
            near = [cut(close) for close in nearest(name, names)]
            fix = (
                f'Did you mean {", ".join(near)}? Say which with --columns "{near[0]}={name}"'
                if near
                else "Give another file"
            )
            yield Problem(sheet.where(header), f"there is no column '{name}'", fix)


def _several(file: Path, several: Sequence[Sheet]) -> Problem:
    shown = ", ".join(f"'{sheet.name}'" for sheet in several)
    return Problem(str(file), f"sheets {shown} could be meant", "Say which with --sheet")


def _refuse_twice(sheet: Sheet, header: int, at: Mapping[str, int]) -> None:
    names = [text(cell) for cell in sheet.rows[header]]
    problems = [
        Problem(sheet.where(header), f"column '{names[column]}' stands twice", "Rename one")
        for column in at.values()
        if names.count(names[column]) > 1
    ]
    if problems:
        raise InputError(problems)


def _header(sheet: Sheet) -> int:
    """The first row that is as wide as most rows below it and holds words only."""
    widths = [sum(1 for cell in cells if text(cell)) for cells in sheet.rows[:_UPPER_ROWS]]
    widest = max(set(widths), key=lambda width: (widths.count(width) * (width > 0), width))
    for row, cells in enumerate(sheet.rows[:_UPPER_ROWS]):
        if widths[row] >= widest and all(isinstance(cell, str) for cell in cells):
            return row
    return next(row for row, width in enumerate(widths) if width)


def _rows(sheet: Sheet, header: int, last: int) -> tuple[list[int], list[str]]:
    """Rows below the header, without empty rows, a row of HXL tags and notes at the end.

    Raises
    ------
    InputError
        A row has more filled cells than the header has columns, or ends before column `last`.
    """
    rows = [row for row in range(header + 1, len(sheet.rows)) if _filled(sheet.rows[row])]
    tags = [
        row
        for row in rows[:1]
        if all(text(cell).startswith("#") for cell in sheet.rows[row] if text(cell))
    ]
    rows = [row for row in rows if row not in tags]
    notes = []
    while rows and _is_note(sheet.rows[rows[-1]]) and len(sheet.rows[header]) > 1:
        notes.append(rows.pop())
    problems = []
    width = len(sheet.rows[header])
    for row in rows:
        cells = sheet.rows[row]
        if any(text(cell) for cell in cells[width:]):
            what = f"the row has {len(cells)} cells, the header {width}"
            fix = "Put a cell that holds the separator between quotation marks"
            problems.append(Problem(sheet.where(row), what, fix))
        elif sheet.lines is not None and len(cells) <= last:
            what = f"the row has {len(cells)} cells, the header {width}"
            problems.append(Problem(sheet.where(row), what, "Fill the row up, or take it out"))
    if problems:
        raise InputError(problems[:_MOST])
    said = [f"a row of tags left out: {sheet.where(row)}" for row in tags]
    if notes:
        shown = cut(next(cell for cell in sheet.rows[notes[-1]] if text(cell)))
        said.append(f"{len(notes)} notes below the table left out: {shown}")
    return rows, said


def _is_note(cells: Sequence[Cell]) -> bool:
    filled = [text(cell) for cell in cells if text(cell)]
    return len(filled) == 1 and (len(filled[0]) > 60 or _NOTE.match(filled[0]) is not None)


def _filled(cells: Iterable[Cell]) -> bool:
    return any(text(cell) for cell in cells)


def _kept(
    sheet: Sheet, rows: Sequence[int], names: Sequence[str], asked: Asked
) -> tuple[list[int], list[str]]:
    """The rows whose cells are as `asked.only` says."""
    kept, said = list(rows), []
    by_name = {folded(name): position for position, name in enumerate(names)}
    for name, value in asked.only.items():
        position = by_name.get(folded(name))
        if position is None:
            close = ", ".join(nearest(name, [known for known in names if known]))
            what = f"there is no column '{cut(name)}' to choose from"
            raise InputError(Problem(sheet.file, what, f"Did you mean {close}?"))
        values = {text(sheet.cell(row, position)) for row in kept}
        kept = [row for row in kept if folded(sheet.cell(row, position)) == folded(value)]
        if not kept:
            close = ", ".join(map(cut, nearest(value, values)))
            what = f"no row has {cut(name)} '{cut(value)}'"
            raise InputError(Problem(sheet.file, what, f"Did you mean {close}?"))
        said.append(f"only rows with {name} '{value}': {len(kept)} of {len(rows)}")
    return kept, said


# --- cells ---------------------------------------------------------------------------------------


def _frame(
    sheet: Sheet, rows: Sequence[int], at: Mapping[str, int], columns: Mapping[str, str]
) -> pd.DataFrame:
    import pandas as pd

    numbers = numbers_of(sheet, rows, [at[n] for n, kind in columns.items() if kind == "number"])
    problems: list[Problem] = []
    read_columns: dict[str, list[str] | list[float]] = {}
    for name, kind in columns.items():
        if kind == "number":
            numbers.column = name
            read_columns[name] = [numbers.at(sheet, row, at[name]).value for row in rows]
            continue
        labels = [label(sheet.cell(row, at[name])) for row in rows]
        read_columns[name] = labels
        if kind == "label":
            empty = [row for row, word in zip(rows, labels, strict=True) if not word]
            problems += [
                Problem(sheet.where(row), f"no {name}", "Give it a label") for row in empty
            ]
    problems = problems[:_MOST]
    try:
        numbers.finish()
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame(read_columns, index=list(rows), columns=list(columns))
    kinds = {name: "float64" if kind == "number" else "str" for name, kind in columns.items()}
    return frame.astype(kinds)


def numbers_of(sheet: Sheet, rows: Sequence[int], columns: Sequence[int]) -> _Named:
    """What reads the figures of some columns, by the decimal mark that they have.

    Raises
    ------
    InputError
        A comma could stand for thousands or a fraction.
    """
    cells = (sheet.cell(row, position) for position in columns for row in rows)
    return _Named(table.decimal_mark(sheet, cells))


class _Named(Numbers):
    """Numbers whose problems name the column too."""

    column = ""

    def read(self, cell: Cell, where: Callable[[], str]) -> table.Figure:
        """As `Numbers.read`; a lone letter is a publisher's mark, and a slip in anybody's table."""
        if len(text(cell)) == 1 and text(cell).isalpha():
            return self._refuse(cell, where)
        return super().read(cell, where)

    def _refuse(self, cell: Cell, where: Callable[[], str]) -> table.Figure:
        self.wrong += 1
        if len(self.problems) < _MOST:
            what = f"{self.column or 'a cell'} is '{cut(cell)}', not a number"
            fix = "Write digits, or leave the cell empty where it is not known"
            self.problems.append(Problem(where(), what, fix))
        return table.Figure(float("nan"), table.NOT_REPORTED)


def _numbers_or_text(sheet: Sheet, rows: Sequence[int], position: int) -> list[str] | list[float]:
    """Figures where every filled cell is one or a mark; codes such as 004 stay text."""
    cells = [sheet.cell(row, position) for row in rows]
    words = [label(cell) for cell in cells]
    if any(re.match(r"0\d", word) for word in words):
        return words
    try:
        numbers = Numbers(table.decimal_mark(sheet, cells))
        figures = [numbers.read(cell, str) for cell in cells]
        numbers.finish()
    except InputError:
        return words
    if not any(figure.status in (REPORTED, ZERO) for figure in figures):
        return words
    return [figure.value for figure in figures]


def label(cell: Cell) -> str:
    """A label in one spelling of its letters: an e with an accent is one letter or two."""
    return unicodedata.normalize("NFC", text(cell))


def folded(cell: Cell) -> str:
    """A name of a column: letters and digits without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", text(cell)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _means(word: str, name: str) -> bool:
    """Whether a user's word is the declared column `name`."""
    return folded(word) in (folded(name), *WORDS.get(name, ()))


def _pair(option: str, written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not sign or not name.strip() or not value.strip():
        what, fix = f"'{cut(written)}' is no pair", 'Write NAME=VALUE, such as "a=birthplace"'
        raise InputError(Problem(option, what, fix))
    return name.strip(), value.strip()


def _how(file: Path, sheet: Sheet, header: int, at: Mapping[str, int]) -> list[str]:
    """What was found: sheet, encoding, separator, words for columns; nothing where it is plain."""
    notes = []
    if sheet.lines is None and file.suffix != ".parquet":
        notes.append(f"sheet '{sheet.name}', header in row {header + 1}")
    elif sheet.encoding not in (None, "UTF-8") or sheet.separator not in (None, ","):
        notes.append(sheet.said())
    if sheet.lines is not None and header:
        notes.append(f"header in line {sheet.lines[header]}")
    words = {name: text(sheet.rows[header][position]) for name, position in at.items()}
    renamed = [f"'{word}' is {name}" for name, word in words.items() if word != name]
    return [*notes, *([", ".join(renamed)] if renamed else [])]
