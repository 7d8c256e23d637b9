"""Rows of CSV files with their line numbers, and the cells checked: for the readers of folders.

A `Gate` collects every problem and warning met while a folder is read, so that one error lists
them all, and keeps the SHA-256 of each file for the manifest of a run.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from corridors.errors import InputError, Problem, SourceError, nearest

__all__ = ["Gate", "Row"]

#: Words for yes and for no in a cell.
YES = ("yes", "true", "1", "y", "x")
NO = ("no", "false", "0", "n", "")


@dataclass(frozen=True)
class Row:
    """One line of a CSV file: cells without the blanks around them."""

    file: str
    line: int
    cells: tuple[str, ...]

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

    def text(self, file: str) -> str:
        """A file's text, noted in `inputs`.

        Raises
        ------
        SourceError
            The file is missing or cannot be opened.
        """
        path = self.folder / file
        try:
            content = path.read_bytes()
        except OSError as error:
            fix = "Add the file, or name another folder"
            why = "is missing" if not path.exists() else f"cannot be read ({error.strerror})"
            raise SourceError(f"{path}: {why}. {fix}") from error
        self.inputs[file] = hashlib.sha256(content).hexdigest()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            what = f"is not UTF-8 text (byte {error.start})"
            self.refuse(f"{file}:{line}", what, "Save it again as CSV in UTF-8")
            return ""

    def has(self, file: str) -> bool:
        """Whether the folder holds the file."""
        return (self.folder / file).is_file()

    def rows(self, file: str, header: Sequence[str] = ()) -> tuple[Row | None, list[Row]]:
        """The first row if it is a header, and the others; blank rows and comments left out.

        A row that starts with `#` is a comment, the first one a header; so is a first row whose
        first cell is one of `header`.
        """
        lines = self.text(file).splitlines()
        if any("\0" in line for line in lines):
            self.refuse(f"{file}:1", "holds zero bytes", "Save it again as CSV in UTF-8")
            return None, []
        reader = csv.reader(lines, skipinitialspace=True)
        head: Row | None = None
        rows: list[Row] = []
        try:
            for cells in reader:
                row = Row(file, reader.line_num, tuple(cell.strip() for cell in cells))
                if not any(row.cells):
                    continue
                first = row[0].lower()
                if first.startswith("#") or (not rows and head is None and first in header):
                    head = row if head is None and not rows else head
                else:
                    rows.append(row)
        except csv.Error as error:
            self.refuse(f"{file}:{reader.line_num}", f"is not CSV ({error})", "Correct the line")
        return head, rows

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
        """A cell as a number from `least` to `most`; an empty cell is `absent`."""
        text = row[column]
        if not text:
            return absent
        where = f"{row.where}: {name}"
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.refuse(where, f"'{text}' is not a number", "Write a plain number")
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
        """A cell as a whole number from `least` to `most`."""
        value = self.number(row, column, name, least=least, most=most)
        if value is not None and value != int(value):
            self.refuse(f"{row.where}: {name}", f"{row[column]} is not whole", "Round it")
            return None
        if value is None and not row[column]:
            self.refuse(f"{row.where}: {name}", "is empty", "Give a whole number")
        return None if value is None else int(value)

    def day(self, row: Row, column: int, name: str) -> date | None:
        """A cell as a date; a time of day behind it is left out."""
        try:
            return date.fromisoformat(row[column][:10])
        except ValueError:
            where = f"{row.where}: {name}"
            self.refuse(where, f"'{row[column]}' is not a date", "Write YYYY-MM-DD")
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
        close = ", ".join(nearest(name, names)) if names else "nothing"
        self.refuse(where, f"there is no {noun} '{name}'", f"Did you mean {close}?")
        return False

    def close(self) -> None:
        """Raise everything found to be wrong.

        Raises
        ------
        InputError
            Lists every problem.
        """
        if self.problems:
            raise InputError(self.problems)
