"""Rows of a folder's tables with their line numbers, and the cells checked.

A table is a CSV in any encoding, with any separator and decimal mark, or the first sheet of a
workbook.

A `Gate` collects every problem and warning met while a folder is read, so that one error lists
them all, and keeps the SHA-256 of each file for the manifest of a run.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from corridors.errors import InputError, Problem, SourceError, nearest
from corridors.readers import table
from corridors.readers.table import Sheet, cut

__all__ = ["Gate", "Row"]

#: Words for yes and for no in a cell.
YES = ("yes", "true", "1", "y", "x")
NO = ("no", "false", "0", "n", "")
#: Wrong names whose nearest are looked for: each takes a walk through all names.
SUGGESTED = 10


@dataclass(frozen=True)
class Row:
    """One row of a table: cells without the blanks around them, and the line it begins on."""

    file: str
    line: int
    cells: tuple[str, ...]
    decimal: str = "."

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"

    def __getitem__(self, column: int) -> str:
        return self.cells[column] if column < len(self.cells) else ""


@dataclass
class Gate:
    """Reads the files of one folder and remembers what is wrong with them."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    suggested: dict[tuple[str, str], str] = field(default_factory=dict)

    def text(self, file: str) -> str:
        """A file's text, noted in `inputs`.

        Raises
        ------
        SourceError
            The file is missing or cannot be opened.
        """
        try:
            _, text = table.decoded_text(self._content(file))
        except UnicodeDecodeError as error:
            what = f"is no text in {error.encoding} (byte {error.start})"
            self.refuse(f"{file}:1", what, "Save it again in UTF-8")
            return ""
        return text

    def _content(self, file: str) -> bytes:
        path = self.folder / file
        try:
            content = path.read_bytes()
        except OSError as error:
            fix = "Add the file, or name another folder"
            why = "is missing" if not path.exists() else f"cannot be read ({error.strerror})"
            raise SourceError(f"{path}: {why}. {fix}") from error
        self.inputs[file] = hashlib.sha256(content).hexdigest()
        return content

    def has(self, file: str) -> bool:
        """Whether the folder holds the file."""
        return (self.folder / file).is_file()

    def rows(self, file: str, header: Sequence[str] = ()) -> tuple[Row | None, list[Row]]:
        """The first row if it is a header, and the others; blank rows and comments left out.

        A row that starts with `#` is a comment, the first one a header; so is a first row whose
        first cell is one of `header`.
        """
        sheet, decimal = self._sheet(file)
        head: Row | None = None
        rows: list[Row] = []
        for number, raw in enumerate(sheet.rows):
            line = number + 1 if sheet.lines is None else sheet.lines[number]
            row = Row(file, line, tuple(map(table.text, raw)), decimal)
            if not any(row.cells):
                continue
            first = row[0].lower()
            if first.startswith("#") or (not rows and head is None and first in header):
                head = row if head is None and not rows else head
            else:
                rows.append(row)
        return head, rows

    def _sheet(self, file: str) -> tuple[Sheet, str]:
        """The cells of a table and its decimal mark; nothing, and a problem, where it has none."""
        content = self._content(file)
        nothing = Sheet(file, "", [])
        try:
            if Path(file).suffix.casefold() in table.WORKBOOKS:
                sheets = [sheet for sheet in table.sheets_of(file, content) if sheet.rows]
                return (sheets or [nothing])[0], "."
            sheet = table.text_sheet(file, content)
            decimal = table.decimal_mark(sheet, (cell for cells in sheet.rows for cell in cells))
        except SourceError as error:
            self.refuse(f"{file}:1", f"is no table ({error})", "Save it again as CSV or xlsx")
            return nothing, "."
        except InputError as error:
            self.problems += error.problems
            return nothing, "."
        if any("\0" in cell for cells in sheet.rows for cell in cells):
            self.refuse(f"{file}:1", "holds zero bytes", "Save it again as CSV in UTF-8")
            return nothing, "."
        return sheet, decimal

    def refuse(self, where: str, what: str, fix: str) -> None:
        """Note something that makes the folder unusable."""
        self.problems.append(Problem(where, what, fix))

    def warn(self, where: str, what: str, fix: str) -> None:
        """Note something that a reader of the results must know."""
        self.warnings.append(Problem(where, what, fix))

    def number(
        self,
        row: Row,
        column: int,
        name: str,
        *,
        absent: float | None = None,
        least: float = 0.0,
        most: float = math.inf,
    ) -> float | None:
        """A cell as a number from `least` to `most`, in its column's unit.

        An empty cell is `absent`.

        What is wrong is noted, and raised by `close`.
        """
        text = row[column]
        if not text:
            return absent
        where = f"{row.where}: {name}"
        value = table.plain_number(text.casefold(), row.decimal)
        if value is None or not math.isfinite(value):
            self.refuse(where, f"'{cut(text)}' is not a number", "Write a plain number")
            return absent
        if value < least:
            self.refuse(
                where, f"{text} is below {least:g}", f"Give a number from {least:g} upwards"
            )
            return absent
        if value > most:
            self.refuse(where, f"{text} is above {most:,.0f}", f"Give a number up to {most:,.0f}")
            return absent
        return value

    def whole(
        self, row: Row, column: int, name: str, least: int = 0, most: float = math.inf
    ) -> int | None:
        """A cell as a whole number from `least` to `most`, in its column's unit.

        What is wrong is noted, and raised by `close`.
        """
        value = self.number(row, column, name, least=least, most=most)
        if value is not None and value != int(value):
            self.refuse(f"{row.where}: {name}", f"{row[column]} is not whole", "Round it")
            return None
        if value is None and not row[column]:
            self.refuse(f"{row.where}: {name}", "is empty", "Give a whole number")
        return None if value is None else int(value)

    def day(self, row: Row, column: int, name: str) -> date | None:
        """A cell as a date; a time of day behind it is left out."""
        text = row[column]
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            where = f"{row.where}: {name}"
            self.refuse(where, f"'{cut(text)}' is not a date", "Write YYYY-MM-DD")
            return None

    def yes(self, row: Row, column: int, name: str) -> bool:
        """A cell as yes or no; empty = no."""
        text = row[column].lower()
        if text not in (*YES, *NO):
            where = f"{row.where}: {name}"
            self.refuse(where, f"'{row[column]}' is neither yes nor no", "Write yes or no")
        return text in YES

    def known(self, where: str, name: str, names: Collection[str], noun: str = "place") -> bool:
        """Whether `name` is one of `names`; a problem with the nearest ones if not."""
        if name in names:
            return True
        self.refuse(where, f"there is no {noun} '{cut(name)}'", self.suggestion(name, names, noun))
        return False

    def suggestion(self, name: str, names: Collection[str], noun: str = "place") -> str:
        """The names nearest to a wrong one, as what to do; of the first few wrong ones only."""
        if (noun, name) not in self.suggested and len(self.suggested) < SUGGESTED:
            close = ", ".join(nearest(name, names)) if names else "nothing"
            self.suggested[noun, name] = f"Did you mean {close}?"
        return self.suggested.get((noun, name), f"Correct the name of the {noun}")

    def close(self) -> None:
        """Raise everything found to be wrong.

        Raises
        ------
        InputError
            Lists every problem.
        """
        if self.problems:
            raise InputError(self.problems)
