"""Figures for the page: corridors of a year, totals by area, regions, cards; as columns of JSON."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd

from corridors import areas
from corridors.data import store
from corridors.errors import InputError, Problem
from corridors.show import cards, chords, rows
from corridors.show.tokens import SUBREGIONS, money, persons, short_name

__all__ = [
    "MONEY",
    "card",
    "columns",
    "corridor",
    "corridors",
    "matrix",
    "name",
    "place",
    "tables",
    "world",
    "years",
]

MONEY = "remittances_by_corridor"
UNKNOWN_ORIGIN = "OTH"
TEXT = ("birthplace", "residence", "kind", "note")


def columns(table: pd.DataFrame) -> dict[str, Any]:
    """A table as column names and rows; what is absent is null."""
    cells = [_cells(table.iloc[:, place]) for place in range(table.shape[1])]
    return {
        "cols": list(map(str, table.columns)),
        "rows": list(map(list, zip(*cells, strict=True))),
    }


def _cells(column: pd.Series) -> list[Any]:
    """Cells of a column; plain numbers whole, because a drag waits for them."""
    if column.dtype != np.float64:
        return rows.plain(column.to_frame()).iloc[:, 0].tolist()
    values = column.to_numpy()
    if not np.isfinite(values).all():
        return [None if value != value else value for value in values.tolist()]
    whole = (values == np.rint(values)).all() and np.abs(values).max(initial=0.0) < 2**53
    found: list[Any] = (values.astype(np.int64) if whole else values).tolist()
    return found


def years() -> dict[str, list[int]]:
    """Years of each table of corridors."""
    found = {table: sorted(map(int, _every()[table]["year"].unique())) for table in cards.EDITIONS}
    return found | {MONEY: sorted(map(int, _every()[MONEY]["year"].unique()))}


@functools.cache
def _every() -> dict[str, pd.DataFrame]:
    """Corridors by table: year, birthplace, residence, value, kind, note."""
    stocks = cards.stocks().rename(columns={"persons": "value"})
    payments = store.table(MONEY).rename(columns={"usd": "value", "edition": "note"})
    found = {str(table): part for table, part in stocks.groupby("table")}
    found[MONEY] = payments.assign(kind="modelled")
    # Half a million rows: their words are kept once.
    compact = dict.fromkeys(TEXT, "category")
    return {name: part[["year", "value", *TEXT]].astype(compact) for name, part in found.items()}


@functools.lru_cache(maxsize=64)
def corridors(table: str, year: int) -> pd.DataFrame:
    """Corridors of a year, largest first: birthplace, residence, value, kind, note.

    Persons, or US dollars from residence to birthplace; unknown origins included.

    Raises
    ------
    InputError
        No such table or year.
    """
    known = years()
    if table not in known:
        raise InputError(Problem("table", f"no table '{table}'", f"Use {', '.join(known)}"))
    if year not in known[table]:
        fix = f"Use {', '.join(map(str, known[table]))}"
        raise InputError(Problem("year", f"{table} has no year {year}", fix))
    cells = _every()[table]
    cells = cells[(cells["year"] == year) & (cells["value"] > 0.0)]
    cells = cells.sort_values("value", ascending=False, kind="stable", ignore_index=True)
    cells = cells.astype(dict.fromkeys(TEXT, object))
    return cells[["birthplace", "residence", "value", "kind", "note"]]


def world(table: str, year: int, top: int, area: str | None = None) -> dict[str, Any]:
    """The world of a year: a sentence, the largest corridors, every area's totals, the source.

    With `area`, the corridors of that area alone, all of them.
    """
    cells = corridors(table, year)
    known = cells[cells["birthplace"] != UNKNOWN_ORIGIN]
    code = areas.resolve(area).code if area else None
    if code:
        shown = known[(known["birthplace"] == code) | (known["residence"] == code)]
    else:
        shown = known.head(top)
    total = float(cells["value"].sum())
    unknown = float(cells.loc[cells["birthplace"] == UNKNOWN_ORIGIN, "value"].sum())
    return {
        "table": table,
        "year": year,
        "unit": "USD" if table == MONEY else "persons",
        "sentence": _sentence(table, year, cells),
        "total": total,
        "unknown_origin": unknown,
        "by_kind": {str(k): float(v) for k, v in cells.groupby("kind")["value"].sum().items()},
        "corridors": columns(shown[["birthplace", "residence", "value", "kind"]]),
        "of": len(known),
        "areas": columns(_totals(cells)),
        "source": _source(table),
    }


def _totals(cells: pd.DataFrame) -> pd.DataFrame:
    """By area: from all corridors of people there, born there (or paid, received)."""
    into = cells.groupby("residence")["value"].sum()
    out = cells.groupby("birthplace")["value"].sum()
    found = pd.DataFrame({"residence": into, "birthplace": out}).fillna(0.0)
    return found.drop(UNKNOWN_ORIGIN, errors="ignore").rename_axis("area").reset_index()


def name(code: str) -> str:
    """What a reader calls an area."""
    return short_name(areas.resolve(code).name)


def _sentence(table: str, year: int, cells: pd.DataFrame) -> str:
    total, places = float(cells["value"].sum()), cells["residence"].nunique()
    known = cells[cells["birthplace"] != UNKNOWN_ORIGIN]
    first = known.iloc[0]
    born, lives = (name(first[end]) for end in ("birthplace", "residence"))
    if table == MONEY:
        return (
            f"Remittances by corridor, {year}: {money(total)} of that year, modelled. Largest: "
            f"from {lives} to {born}, {money(float(first['value']))}."
        )
    return (
        f"Living outside the country of birth, {year}: {persons(total)} people in {places} places. "
        f"Largest corridor: from {born} to {lives}, {persons(float(first['value']))}."
    )


def _source(table: str) -> dict[str, str]:
    entry = next(one for one in store.catalogue() if one.name == table)
    names = ("title", "publisher", "edition", "licence", "address", "citation")
    return {"table": table} | {name: getattr(entry, name) for name in names}


def matrix(table: str, year: int, region: str | None = None) -> dict[str, Any]:
    """Flows between the eight regions, or with `region` its own areas apart from the others."""
    cells = corridors(table, year).rename(columns={"value": "persons"})
    sectors = {}
    for code, one in areas.every_area().items():
        own = SUBREGIONS.get(one.subregion or "")
        if own is not None:
            sectors[code] = short_name(one.name) if own == region else own
    if region and region not in set(SUBREGIONS.values()):
        fix = f"Use {', '.join(dict.fromkeys(SUBREGIONS.values()))}"
        raise InputError(Problem("region", f"no region '{region}'", fix))
    between = chords.between_sectors(cells, sectors)
    return {"flows": columns(between), "total": float(cells["persons"].sum())}


@functools.lru_cache(maxsize=256)
def place(code: str) -> dict[str, Any]:
    """The card of an area."""
    return card(cards.place(code))


@functools.lru_cache(maxsize=256)
def corridor(birthplace: str, residence: str) -> dict[str, Any]:
    """The card of a corridor."""
    return card(cards.corridor(birthplace, residence))


def card(found: cards.Card) -> dict[str, Any]:
    """A card: title, rows, sources."""
    return {"title": found.title, **columns(found.figures), "sources": found.sources}


@functools.cache
def tables() -> dict[str, Any]:
    """The reference tables with their terms, and how many of their rows each year has."""
    coverage = {}
    for entry in store.catalogue():
        if "year" in entry.columns:
            query = f'SELECT year, count(*) AS n FROM "{entry.name}" GROUP BY year ORDER BY year'
            coverage[entry.name] = columns(store.sql(query))["rows"]
    shas = {entry.name: entry.sha256 for entry in store.catalogue()}
    return {"tables": columns(cards.tables()), "coverage": coverage, "sha256": shas}
