"""What every command prints with: data on stdout as a table, JSON or CSV, talk on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.errors import SourceError, harmless

if TYPE_CHECKING:
    import pandas as pd

    from corridors.cards.card import Card

__all__ = [
    "AsCsv",
    "AsJson",
    "one_format",
    "print_card",
    "print_rows",
    "printing",
    "require_stdout",
    "room",
    "say",
]

AsJson = Annotated[bool, typer.Option("--json", help="Print rows as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print rows as CSV.")]


def say(text: str) -> None:
    """Talk to the person at the terminal; never part of the data. Who closed it hears nothing."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(harmless(text), file=sys.stderr)


def print_card(command: str, card: Card, as_json: bool, as_csv: bool) -> None:
    """Print a card: its tables for a person, or its one long table for a program.

    Raises
    ------
    typer.BadParameter
        Both formats are asked for.
    """
    from corridors.cards.card import COLUMNS
    from corridors.show import records, tables, terminal

    one_format(as_json, as_csv)
    with printing():
        if as_json:
            figures, sources = card.figures, card.sources
            print(records.to_json(command, figures, COLUMNS, title=card.title, sources=sources))
        elif as_csv:
            print(_for_reader(records.to_csv(card.figures)), end="")
        else:
            print(card.title)
            for grid in terminal.grids(card):
                tables.console(grid)


def print_rows(
    command: str, answer: pd.DataFrame, columns: dict[str, str], as_json: bool, as_csv: bool
) -> None:
    """Print the rows of a DataFrame; `columns` says what each holds, with its unit, for JSON.

    Parameters
    ----------
    command : str
    answer : DataFrame (columns)
    columns : dict of str to str
    as_json, as_csv : bool

    Raises
    ------
    typer.BadParameter
        Both formats are asked for.
    """
    from corridors.show import records, tables, terminal

    one_format(as_json, as_csv)
    with printing():
        if as_json:
            print(records.to_json(command, answer, columns, title=command))
        elif as_csv:
            print(_for_reader(records.to_csv(answer)), end="")
        else:
            tables.console(terminal.listing(answer))


def one_format(as_json: bool, as_csv: bool) -> None:
    """Refuse two formats at once.

    Raises
    ------
    typer.BadParameter
        Both are asked for.
    """
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other: choose one")


@contextmanager
def printing() -> Iterator[None]:
    """Print to a reader that may leave early (`| head`): it has what it wanted, so all is well.

    Raises
    ------
    typer.Exit
        With 0, once the reader has left.
    """
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich leaves with SystemExit when the pipe is closed
        _to_nowhere()
        raise typer.Exit(0) from None


def require_stdout() -> None:
    """Refuse a closed standard output, before anything is computed.

    Raises
    ------
    SourceError
        As said.
    """
    if sys.stdout is None:
        raise SourceError("standard output is closed. Send it to a file or to /dev/null")


@contextmanager
def room() -> Iterator[None]:
    """For everything printed inside, also what waits to be printed at the end.

    Raises
    ------
    SourceError
        There is no room for it.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _to_nowhere()
    except OSError as error:
        if error.filename is not None:  # standard output has no name
            raise
        _to_nowhere()
        what = f"standard output cannot be written: {error.strerror or error}"
        raise SourceError(f"{what}. Free space or send it elsewhere") from error


def _to_nowhere() -> None:
    """What is still waiting to be printed must not fail once more on the way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _for_reader(text: str) -> str:
    """As it is for a program; harmless to a terminal."""
    return harmless(text) if sys.stdout.isatty() else text
