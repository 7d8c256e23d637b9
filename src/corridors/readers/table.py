"""Raw rows of any table file, before anybody knows what it means.

`rows` gives the sheets of a workbook, or the one sheet of a text, as lists of cells: text or a
number, "" where there is none. Encoding and separator of a text are found and said, never assumed:
UTF-8, UTF-16, cp949 and cp1252; comma, semicolon, tab, bar. `Numbers` turns cells into figures and
keeps apart what tables write for "not reported", "suppressed" and zero.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corridors.errors import InputError, Problem, SourceError

__all__ = [
    "NOT_REPORTED",
    "REPORTED",
    "SUPPRESSED",
    "ZERO",
    "Cell",
    "Figure",
    "Numbers",
    "Sheet",
    "cut",
    "decimal_mark",
    "decoded_text",
    "find_row",
    "letters",
    "plain_number",
    "rows",
    "sheets_of",
    "text",
    "text_sheet",
    "year_of",
]

Cell = Any

REPORTED, NOT_REPORTED, SUPPRESSED, ZERO = "reported", "not_reported", "suppressed", "zero"

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TEXTS = (".csv", ".tsv", ".tab", ".txt", ".psv")
_SEPARATORS = ("\t", ";", ",", "|")
_LOOKED_AT = 80
_LONGEST_SHOWN = 200
_MOST = 5

#: What publishers write where there is no figure, in lower case.
_NO_FIGURE = dict.fromkeys(
    "|..|...|…|:|-|–|—|na|n/a|n.a.|nan|null|none|not available|not applicable|#n/a|x|z|m".split(
        "|"
    ),
    NOT_REPORTED,
)
_HIDDEN = dict.fromkeys(("*", "**", "c", "(c)", "suppressed", "<5", "< 5", "s"), SUPPRESSED)


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet or text, and where each row stands in the file."""

    file: str
    name: str
    rows: list[list[Cell]]
    lines: tuple[int, ...] | None = None
    encoding: str | None = None
    separator: str | None = None

    def where(self, row: int, column: int | None = None) -> str:
        """Name of a row or a cell as the reader of the file sees it; counted from 0 here."""
        if self.lines is not None:
            line = self.lines[row] if row < len(self.lines) else row + 1
            return f"{self.file}:{line}" + (f", column {column + 1}" if column is not None else "")
        cell = f"row {row + 1}" if column is None else f"cell {letters(column)}{row + 1}"
        return f"{self.file}, sheet '{self.name}', {cell}"

    def cell(self, row: int, column: int) -> Cell:
        """A cell; "" beyond the end of a short row."""
        cells = self.rows[row]
        return cells[column] if column < len(cells) else ""

    def said(self) -> str:
        """How the text was read, in words; "" for a workbook of plain sheets."""
        if self.encoding is None:
            return ""
        names = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}
        return f"text in {self.encoding}, separated by {names.get(self.separator or '', 'nothing')}"


@dataclass(frozen=True)
class Figure:
    """The number in a cell (NaN where there is none) and its status."""

    value: float
    status: str


@dataclass
class Numbers:
    """Reads cells as figures; every bad cell becomes a problem, raised together by `finish`.

    Parameters
    ----------
    decimal : str
        "." or ","; the other one, spaces and apostrophes may group thousands.
    marks : mapping of str to str
        Further words of this publisher (lower case) and the status each stands for.
    """

    decimal: str = "."
    marks: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    wrong: int = 0

    def read(self, cell: Cell, where: Callable[[], str]) -> Figure:
        """The figure of a cell; NaN and a noted problem where it holds something else."""
        if isinstance(cell, bool):
            return self._refuse(cell, where)
        if isinstance(cell, (int, float)):
            return _figure(float(cell))
        word = text(cell).casefold()
        status = self.marks.get(word) or _NO_FIGURE.get(word) or _HIDDEN.get(word)
        if status == ZERO:
            return Figure(0.0, ZERO)
        if status is not None:
            return Figure(float("nan"), status)
        plain = plain_number(word, self.decimal)
        return self._refuse(cell, where) if plain is None else _figure(plain)

    def at(self, sheet: Sheet, row: int, column: int) -> Figure:
        """The figure of a cell of a sheet."""
        return self.read(sheet.cell(row, column), lambda: sheet.where(row, column))

    def finish(self) -> None:
        """Raise what went wrong, with the first places of it.

        Raises
        ------
        InputError
            Cells that hold neither a number nor a known mark.
        """
        if self.problems:
            more = self.wrong - len(self.problems)
            if more:
                last = Problem("and so on", f"{more} more such cells", "Mend them the same way")
                self.problems.append(last)
            raise InputError(self.problems)

    def _refuse(self, cell: Cell, where: Callable[[], str]) -> Figure:
        self.wrong += 1
        if len(self.problems) < _MOST:
            what = f"'{cut(cell)}' is no number and no known mark for a missing one"
            self.problems.append(Problem(where(), what, "Write digits, or leave the cell empty"))
        return Figure(float("nan"), NOT_REPORTED)


def _figure(value: float) -> Figure:
    if value != value:
        return Figure(value, NOT_REPORTED)
    return Figure(value, ZERO if value == 0 else REPORTED)


def plain_number(word: str, decimal: str) -> float | None:
    """The number that a text writes, in its unit, thousands grouped or not; None for no number."""
    grouping = "," if decimal == "." else "."
    compact = re.sub(r"[\s\u00a0\u202f'’]", "", word)
    if grouping in compact:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(\{grouping}\d{{3}})+(\{decimal}\d*)?", compact):
            return None
        compact = compact.replace(grouping, "")
    compact = compact.replace(decimal, ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", compact):
        return None
    return float(compact)


# --- small readings of single cells --------------------------------------------------------------


def text(cell: Cell) -> str:
    """A cell as one line of text without blanks at its ends; 4.0 is "4"."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).replace("\u00a0", " ").split())


def cut(cell: Cell) -> str:
    """A cell to be shown in a message: one line, at most 200 characters."""
    shown = text(cell)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"


def year_of(cell: Cell) -> int | None:
    """The year that a header cell means: 2015, 2015.0, "2015", "2012e", "2015 [YR2015]"."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return int(cell) if float(cell).is_integer() and 1500 <= cell <= 2200 else None
    match = re.fullmatch(r"(1[5-9]\d\d|2[01]\d\d)(\.0+)?(e|p| \[YR\d{4}\])?", text(cell))
    return int(match[1]) if match else None


def letters(column: int) -> str:
    """Letters of a column as a spreadsheet shows them; 0 is A."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def find_row(sheet: Sheet, fits: Callable[[list[Cell]], bool], most: int = 60) -> int | None:
    """The first of the upper rows that `fits`, counted from 0."""
    for number, cells in enumerate(sheet.rows[:most]):
        if fits(cells):
            return number
    return None


# --- files ---------------------------------------------------------------------------------------


def rows(file: Path) -> list[Sheet]:
    """Every sheet of a workbook, every table of a zip, or the one table of a text.

    Raises
    ------
    SourceError
        The file is missing, is empty or cannot be read as what its ending says.
    InputError
        Its ending says nothing that can be read.
    """
    if not file.is_file():
        raise SourceError(f"{file}: there is no such file. Check the name")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({error})") from error
    sheets = sheets_of(file.name, content)
    if not any(sheet.rows for sheet in sheets):
        raise SourceError(f"{file}: holds no cell. Fetch the file again")
    return sheets


def sheets_of(name: str, content: bytes) -> list[Sheet]:
    """The sheets in the content of a file whose `name` has an ending that `rows` knows.

    Raises
    ------
    SourceError, InputError
        As `rows`.
    """
    try:
        return list(_sheets(name, content))
    except (OSError, EOFError, zipfile.BadZipFile, csv.Error) as error:
        raise SourceError(f"{name}: cannot be read ({error})") from error


def _sheets(name: str, content: bytes) -> Iterator[Sheet]:
    ending = Path(name.removesuffix(".gz")).suffix.casefold()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    if ending == ".zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                if Path(member).suffix.casefold() in (*WORKBOOKS, *TEXTS):
                    yield from _sheets(member, archive.read(member))
    elif ending in WORKBOOKS:
        yield from _workbook(name, content)
    elif ending in TEXTS:
        yield text_sheet(name, content)
    elif ending == ".parquet":
        yield _parquet(name, content)
    else:
        fix = f"Name it {', '.join((*WORKBOOKS, *TEXTS))}, .parquet, .zip, .rda or .rds"
        raise InputError(Problem(name, f"its ending '{ending}' says no format", fix))


def _workbook(name: str, content: bytes) -> Iterator[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for title in book.sheet_names:
            cells = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
            yield Sheet(name, title, cells)
    except (CalamineError, ValueError) as error:
        raise SourceError(f"{name}: cannot be read as a workbook ({error})") from error


def _parquet(name: str, content: bytes) -> Sheet:
    """The columns as a header row, the values below it; null is an empty cell."""
    import tempfile

    import duckdb

    # DuckDB reads Parquet from a file only.
    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy, duckdb.connect() as connection:
        copy.write(content)
        copy.flush()
        try:
            relation = connection.read_parquet(copy.name)
            names, values = list(relation.columns), relation.fetchall()
        except duckdb.Error as error:
            said = str(error).replace(copy.name, name).splitlines()[0]
            raise SourceError(f"{name}: cannot be read as parquet ({said})") from error
    cells = [["" if cell is None else cell for cell in row] for row in values]
    return Sheet(name, Path(name).stem, [names, *cells])


def text_sheet(name: str, content: bytes) -> Sheet:
    """The table of a text, whatever its encoding and separator.

    Raises
    ------
    SourceError
        A quotation mark is not closed.
    """
    try:
        encoding, decoded = decoded_text(content)
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: is no text in {error.encoding}. Save it again") from error
    separator = _separator(decoded)
    try:
        cells, lines = _split(decoded, separator, strict=True)
    except csv.Error as error:
        if "unexpected end" in str(error):
            what = f"{name}: a quotation mark is not closed. Close it, or take it out"
            raise SourceError(what) from error
        # Publishers write quotation marks inside cells; the cell says what follows.
        cells, lines = _split(decoded, separator, strict=False)
    return Sheet(name, Path(name).stem, cells, tuple(lines), encoding, separator)


def _split(decoded: str, separator: str, *, strict: bool) -> tuple[list[list[Cell]], list[int]]:
    """Cells of each row, and the line on which each begins: a quoted cell may hold line ends."""
    reader = csv.reader(
        io.StringIO(decoded, newline=""),
        delimiter=separator,
        skipinitialspace=True,
        strict=strict,
    )
    cells: list[list[Cell]] = []
    lines: list[int] = []
    before = 0
    for row in reader:
        cells.append(list(row))
        lines.append(before + 1)
        before = reader.line_num
    return cells, lines


def decoded_text(content: bytes) -> tuple[str, str]:
    """Encoding and text. Korean cp949 is told from cp1252 by what its letters become."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16", content.decode("utf-16")
    sample = content[:2000]
    if sample and sample.count(0) > len(sample) // 4:
        encoding = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
        return "UTF-16", content.decode(encoding)
    try:
        return "UTF-8", content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        korean = content.decode("cp949")
        foreign = [letter for letter in korean if ord(letter) > 127]
        if sum("가" <= letter <= "힣" for letter in foreign) > len(foreign) / 2:
            return "cp949", korean
    except UnicodeDecodeError:
        pass
    return "cp1252", content.decode("cp1252", errors="replace")


def _separator(decoded: str) -> str:
    """The separator that gives most rows the same number of cells; the rarer one at a tie."""
    sample = decoded[:200_000]
    scores = {}
    for separator in _SEPARATORS:
        if separator not in sample:
            continue
        cells = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        widths = [len(row) for row, _ in zip(cells, range(_LOOKED_AT), strict=False) if row]
        wide = Counter(width for width in widths if width > 1)
        if wide:
            _, often = wide.most_common(1)[0]
            scores[separator] = often / len(widths)
    return max(scores, key=lambda known: scores[known]) if scores else ","


def decimal_mark(sheet: Sheet, cells: Iterable[Cell]) -> str:
    """The decimal mark of a text: a comma only where its cells are not separated by commas.

    Raises
    ------
    InputError
        Every number with a comma has three digits after it: thousands or decimals?
    """
    if sheet.separator in (None, ","):
        return "."
    words = [text(cell) for cell in cells if isinstance(cell, str) and "," in cell]
    single = [word for word in words if re.fullmatch(r"[+-]?\d+,\d+", word)]
    if not single:
        return "."
    if all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", word) for word in single):
        what = f"'{cut(single[0])}' could be thousands or a fraction"
        fix = "Write the numbers with a point, or without grouping"
        raise InputError(Problem(f"{sheet.file}", what, fix))
    return ","


def all_cells(sheet: Sheet, first: int, columns: Sequence[int]) -> Iterator[Cell]:
    """The cells of some columns from row `first` on."""
    for row in range(first, len(sheet.rows)):
        for column in columns:
            yield sheet.cell(row, column)
