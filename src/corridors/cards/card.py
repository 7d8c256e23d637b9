"""A card: one long table, a figure a row, so that JSON and CSV keep one schema whatever the card.

Each figure has its year, unit, kind and source; a figure that the tables do not hold has a row
too, without a value.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from corridors.data import store

__all__ = [
    "COLUMNS",
    "LARGEST",
    "Card",
    "assemble",
    "every_fifth_year",
    "figures",
    "reference_table",
    "rows_of",
]

#: The columns of every card and what they hold.
COLUMNS = {
    "section": "people, forecast, largest corridors, refugees, displaced within, money, rules, "
    "economy, capital, distance, facts",
    "figure": "name of the quantity",
    "area": "area the figure is about (ISO3), where it is about one",
    "birthplace": "area of birth (of a payment: the receiving one), or all",
    "residence": "area of residence (of a payment: the sending one), or all",
    "year": "year of the figure",
    "value": "the figure in its unit; empty where there is no data",
    "unit": "persons, USD (current), PPP $ of 2021, share, km, yes = 1",
    "kind": "reported, modelled or assumed",
    "table": "reference table",
    "source": "publisher and edition",
    "note": "what a reader must know",
}
TEXT_COLUMNS = [name for name in COLUMNS if name not in ("year", "value")]
NO_DATA = {"value": np.nan, "kind": "", "note": "no data"}
LARGEST = 10
#: Yearly series are shown for every fifth year and the last one, from the first stock on.
EVERY = 5
SECTIONS = (
    "people",
    "forecast",
    "largest corridors",
    "refugees",
    "displaced within",
    "money",
    "rules",
    "economy",
    "capital",
    "distance",
    "facts",
)


@dataclass(frozen=True)
class Card:
    """Figures about one subject: `figures` has the columns of `COLUMNS`."""

    title: str
    figures: pd.DataFrame

    @property
    def sources(self) -> list[dict[str, str]]:
        """Terms of the reference tables that the figures come from."""
        used = set(self.figures["table"])
        names = ("title", "publisher", "edition", "licence", "address", "citation")
        return [
            {"table": entry.name} | {name: getattr(entry, name) for name in names}
            for entry in store.catalogue()
            if entry.name in used
        ]


def assemble(title: str, parts: Sequence[pd.DataFrame]) -> Card:
    """A card of these rows, by section; parts without rows say nothing.

    Parameters
    ----------
    title : str
    parts : sequence of DataFrame (`COLUMNS`)
        A figure a row, with its unit, year, kind and source.
    """
    long = pd.concat([part for part in parts if len(part)], ignore_index=True)
    long = long.astype(dict.fromkeys(TEXT_COLUMNS, object))
    rank = {name: place for place, name in enumerate(SECTIONS)}
    long = long.sort_values(
        "section", key=lambda names: names.map(rank), kind="stable", ignore_index=True
    )
    return Card(title, long)


def figures(
    section: str, figure: str, unit: str, table: str, rows: pd.DataFrame, **about: str
) -> pd.DataFrame:
    """Give rows of one figure the columns of a card.

    Parameters
    ----------
    section, figure : str
    unit : str
        Of the values, such as persons, USD or share.
    table : str
        Reference table they are from; its catalogue entry gives the source of rows without one.
    rows : DataFrame (year, value, kind and more of `COLUMNS`)
    about : str
        Further columns that are the same in every row.

    Returns
    -------
    DataFrame (`COLUMNS`)
        One row without a value where there are no rows.

    Raises
    ------
    SourceError
        The catalogue of the package cannot be read.
    """
    if rows.empty:
        rows = pd.DataFrame([NO_DATA])
    about |= {"section": section, "figure": figure, "unit": unit, "table": table}
    missing = {"source": _source(table), "note": "", "kind": "", "year": pd.NA}
    missing |= dict.fromkeys(("area", "birthplace", "residence"), "")
    whole = {name: rows.get(name, missing.get(name)) for name in COLUMNS} | about
    long = pd.DataFrame(whole, columns=list(COLUMNS), index=rows.index)
    return long.astype({"year": "Int64", "value": float})


@functools.cache
def _source(table: str) -> str:
    entry = next(entry for entry in store.catalogue() if entry.name == table)
    return f"{entry.publisher}, {entry.edition}"


@functools.cache
def reference_table(name: str) -> pd.DataFrame:
    """A reference table, read once, its text as categories; nobody here writes into it.

    Returns
    -------
    DataFrame (columns of the catalogue)
        In the units that docs/figures.md and `corridors data list` tell, each row with its source.

    Raises
    ------
    InputError
        There is no such table.
    SourceError
        The table is missing or damaged.
    """
    return store.table(name, categories=True)


def rows_of(table: str, **where: str | None) -> pd.DataFrame:
    """Rows of a reference table that have the values given; None selects all.

    Parameters
    ----------
    table : str
    where : str or None
        Value by column.

    Returns
    -------
    DataFrame (columns of the catalogue)
        In the units of the table, each row with its source.

    Raises
    ------
    InputError
        There is no such table.
    SourceError
        The table is missing or damaged.
    """
    rows = reference_table(table)
    for column, value in where.items():
        if value is not None:
            rows = rows[rows[column] == value]
    return rows


def every_fifth_year(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of every fifth year and of the last one, of a DataFrame (year, ...) in any unit.

    The publisher's figures, kind and source stay beside them.
    """
    return rows[(rows["year"] % EVERY == 0) | (rows["year"] == rows["year"].max())]
