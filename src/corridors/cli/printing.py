"""What every command prints with: data on stdout as a table, JSON or CSV, talk on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from corridors.cards.card import Card

__all__ = ["AsCsv", "AsJson", "one_format", "print_card", "print_rows", "printing", "say"]

AsJson = Annotated[bool, typer.Option("--json", help="Print rows as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print rows as CSV.")]


def say(text: str) -> None:
    """Talk to the person at the terminal; never part of the data."""
    print(text, file=sys.stderr)


def print_card(command: str, card: Card, as_json: bool, as_csv: bool) -> None:
    """Print a card: its tables for a person, or its one long table for a program."""
    from corridors.cards.card import COLUMNS
    from corridors.show import records, tables, terminal

    one_format(as_json, as_csv)
    with printing():
        if as_json:
            figures, sources = card.figures, card.sources
            print(records.to_json(command, figures, COLUMNS, title=card.title, sources=sources))
        elif as_csv:
            print(records.to_csv(card.figures), end="")
        else:
            print(card.title)
            for grid in terminal.grids(card):
                tables.console(grid)


def print_rows(
    command: str, answer: pd.DataFrame, columns: dict[str, str], as_json: bool, as_csv: bool
) -> None:
    """Print any rows; `columns` says what each holds, for JSON."""
    from corridors.show import records, tables, terminal

    one_format(as_json, as_csv)
    with printing():
        if as_json:
            print(records.to_json(command, answer, columns, title=command))
        elif as_csv:
            print(records.to_csv(answer), end="")
        else:
            tables.console(terminal.listing(answer))


def one_format(as_json: bool, as_csv: bool) -> None:
    """Refuse two formats at once."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other: choose one")


@contextmanager
def printing() -> Iterator[None]:
    """Print to a reader that may leave early (`| head`): it has what it wanted, so all is well."""
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich leaves with SystemExit when the pipe is closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
