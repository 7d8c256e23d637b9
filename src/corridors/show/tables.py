"""Tables for the terminal, the report and a file: each column declares its unit, once.

People read formatted numbers (`1.23 m`); programs read CSV with every digit and an empty cell
where no figure exists. Numbers are right-aligned, and a table says how many rows it has.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from corridors.errors import InputError, Problem, harmless
from corridors.show.numbers import DASH, MINUS, THIN, UNITS, grouped, written

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

__all__ = ["Column", "Grid", "console", "csv", "for_console"]

_TEXT = ("text",)
#: Letters of a terminal's line that a column of text keeps before it is folded further.
TEXT_WIDTH = 9
#: Letters that a column of figures keeps: headings give way, digits do not.
NUMBER_WIDTH = 20
#: Letters of a line where the output goes to a file or another program.
PIPE_WIDTH = 120
#: For terminals that cannot write them.
_ASCII = {ord(THIN): " ", ord(DASH): "-", ord(MINUS): "-"}


@dataclass(frozen=True)
class Column:
    """A column to show: its name in the table, a heading, and one of `numbers.UNITS`."""

    name: str
    heading: str = ""
    unit: str = "text"

    @property
    def title(self) -> str:
        """The heading, or the name with spaces."""
        return self.heading or self.name.replace("_", " ")


@dataclass(frozen=True)
class Grid:
    """A table and the words beside it; `of` is how many rows there were to choose from."""

    table: pd.DataFrame = field(repr=False)
    columns: tuple[Column, ...]
    title: str = ""
    note: str = ""
    of: int | None = None

    def __post_init__(self) -> None:
        problems = [
            Problem(f"table {self.title!r}, column {column.name!r}", what, fix)
            for column in self.columns
            for wrong, what, fix in (
                (
                    column.name not in self.table.columns,
                    "is not there",
                    f"The table has: {', '.join(map(str, self.table.columns))}",
                ),
                (
                    column.unit not in UNITS,
                    f"{column.unit!r} is not a unit",
                    f"Use one of: {'; '.join(UNITS)}",
                ),
            )
            if wrong
        ]
        if problems:
            raise InputError(problems)

    def rows(self) -> Iterator[list[str]]:
        """The cells of each row as people read them."""
        for cells in self.cells():
            pairs = zip(cells, self.columns, strict=True)
            yield [written(cell, column.unit) for cell, column in pairs]

    def cells(self) -> Iterator[tuple[Any, ...]]:
        """The cells of each row as they are; None where no figure exists."""
        shown = self.table[[column.name for column in self.columns]].astype(object)
        return shown.where(shown.notna(), None).itertuples(index=False, name=None)

    def count(self) -> str:
        """How many rows: `12 rows`, or `10 of 41 820 shown`."""
        rows = len(self.table)
        if self.of is not None and self.of > rows:
            return f"{grouped(rows)} of {grouped(self.of)} shown"
        return f"{grouped(rows)} row" + ("" if rows == 1 else "s")


def console(grid: Grid, file: IO[str] | None = None) -> None:
    """Print a table to a terminal or a stream (default: standard output).

    Where the stream's encoding is not Unicode, thin spaces, dashes and boxes become ASCII.
    """
    out = _console(file)
    out.print(_drawn(grid, out))


def for_console(grid: Grid) -> str:
    """What `console` would print to standard output, to be printed later."""
    out = _console(None)
    with out.capture() as captured:
        out.print(_drawn(grid, out))
    return captured.get()


def _console(file: IO[str] | None) -> Console:
    from rich.console import Console

    out = Console(file=file, highlight=False)
    if not (out.is_terminal or os.environ.get("COLUMNS", "").isdigit()):
        out = Console(file=file, highlight=False, width=PIPE_WIDTH)
    return out


def _drawn(grid: Grid, out: Console) -> Table:
    """The table for this console, its columns as wide as they must be."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    plain = not out.encoding.lower().startswith("utf")

    def text(value: str) -> Text:
        value = harmless(value)
        return Text(value.translate(_ASCII) if plain else value)

    shown = Table(
        title=text(grid.title) if grid.title else None,
        caption=text(" ".join(part for part in (grid.note, f"({grid.count()})") if part)),
        box=box.ASCII2 if plain else box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
    )
    rows = list(grid.rows())
    for position, column in enumerate(grid.columns):
        left = column.unit in _TEXT
        cells = [line for row in rows for line in row[position].split("\n")]
        shown.add_column(
            text(column.title),
            justify="left" if left else "right",
            overflow="fold",  # a key cut short is no key, and a figure no figure
            min_width=min(max(map(len, cells), default=0), TEXT_WIDTH if left else NUMBER_WIDTH),
        )
    for row in rows:
        shown.add_row(*map(text, row))
    return shown


def csv(grid: Grid) -> str:
    """The table as CSV: column names as they are, every digit, empty where no figure exists.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    import csv as writer

    sink = io.StringIO()
    out = writer.writer(sink, lineterminator="\n")
    out.writerow([column.name for column in grid.columns])
    for cells in grid.cells():
        out.writerow([_raw(cell) for cell in cells])
    return sink.getvalue()


def _raw(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + cell
    return cell
