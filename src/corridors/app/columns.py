"""Figures for the page: corridors of a year, totals by area, regions, cards; as columns of JSON."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd

from corridors import areas
from corridors.baseline.periods import PERIODS
from corridors.cards import flows
from corridors.cards.card import Card
from corridors.cards.corridor import corridor_card
from corridors.cards.group import card_of
from corridors.cards.people import CITIZENS, EDITIONS, UNKNOWN_ORIGIN, stocks
from corridors.cards.sources import reference_tables
from corridors.data import store
from corridors.errors import InputError, Problem
from corridors.flows.methods import METHODS
from corridors.show import chords, records
from corridors.show.numbers import money, persons
from corridors.show.style import SUBREGIONS, area_name, short_name

__all__ = [
    "FLOWS",
    "MONEY",
    "called",
    "card",
    "columns",
    "corridor",
    "corridors",
    "matrix",
    "numbers",
    "place",
    "selected",
    "tables",
    "turned",
    "world",
    "years",
]

MONEY = "remittances_by_corridor"
#: Who moved, estimated; a period goes by its last year.
FLOWS = "flows"
METHOD = "da_pb_closed"
BOUNDS = {"least": 0, "most": 0}
#: So many places of a group have a sector of their own in the chord.
APART = 12
TEXT = ("birthplace", "residence", "kind", "note")


def columns(table: pd.DataFrame) -> dict[str, Any]:
    """A DataFrame (columns) as column names and rows, in its units; what is absent is null."""
    return turned({str(name): _cells(column) for name, column in table.items()})


def turned(cells: dict[str, list[Any]]) -> dict[str, Any]:
    """Columns of cells as column names and records."""
    return {"cols": list(cells), "rows": list(map(list, zip(*cells.values(), strict=True)))}


def _cells(column: pd.Series) -> list[Any]:
    if isinstance(column.dtype, pd.StringDtype):
        return column.astype(object).where(column.notna(), None).tolist()
    if column.dtype != np.float64:
        return records.plain(column.to_frame()).iloc[:, 0].tolist()
    return numbers(column.to_numpy())


def numbers(values: np.ndarray) -> list[Any]:
    """Plain numbers (n,), in the unit they have, whole ones without a point, absent ones null.

    Quick, for a drag waits.
    """
    known = values == values
    some = values[known]
    whole = (some == np.rint(some)).all() and np.abs(some).max(initial=0.0) < 2**53
    plain: list[Any] = (np.where(known, values, 0.0).astype(np.int64) if whole else values).tolist()
    if known.all():
        return plain
    return [value if here else None for value, here in zip(plain, known.tolist(), strict=True)]


def years() -> dict[str, list[int]]:
    """Years of each table of corridors.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    years_of = {table: sorted(map(int, _every()[table]["year"].unique())) for table in EDITIONS}
    years_of[FLOWS] = [_last(period) for period in PERIODS]
    return years_of | {MONEY: sorted(map(int, _every()[MONEY]["year"].unique()))}


def _last(period: str) -> int:
    return int(period[-4:])


def _flows(period: str) -> pd.DataFrame:
    """Estimated flows of a period from origin to destination, largest first, in one process.

    `least` and `most` are the smallest and the largest of the six published methods.
    """
    largest = flows.largest(period, METHOD, top=None).assign(note="")
    names = {"origin": "birthplace", "destination": "residence", "flow": "value"}
    return largest.rename(columns=names)[[*names.values(), "kind", "note", "least", "most"]]


@functools.cache
def _every() -> dict[str, pd.DataFrame]:
    """Corridors by table: year, birthplace, residence, value, kind, note."""
    people = stocks().rename(columns={"persons": "value"})
    payments = store.table(MONEY).rename(columns={"usd": "value", "edition": "note"})
    by_table = {str(table): part for table, part in people.groupby("table")}
    by_table[MONEY] = payments.assign(kind="modelled")
    # Half a million rows: their words are kept once.
    compact = dict.fromkeys(TEXT, "category")
    return {name: part[["year", "value", *TEXT]].astype(compact) for name, part in by_table.items()}


@functools.lru_cache(maxsize=16)
def corridors(table: str, year: int) -> pd.DataFrame:
    """Corridors of a year, largest first.

    Returns
    -------
    DataFrame (birthplace, residence, value, kind, note)
        Persons, or US dollars a year from residence to birthplace; unknown origins included. Flows
        are by the last year of their period, from the area lived in first to the one lived in then.

    Raises
    ------
    InputError
        No such table or year.
    SourceError
        A table of the package is missing or damaged.
    """
    known = years()
    if table not in known:
        raise InputError(Problem("table", f"no table '{table}'", f"Use {', '.join(known)}"))
    if year not in known[table]:
        fix = f"Use {', '.join(map(str, known[table]))}"
        raise InputError(Problem("year", f"{table} has no year {year}", fix))
    if table == FLOWS:
        return _flows(next(period for period in PERIODS if _last(period) == year))
    cells = _every()[table]
    cells = cells[(cells["year"] == year) & (cells["value"] > 0.0)]
    cells = cells.sort_values("value", ascending=False, kind="stable", ignore_index=True)
    cells = cells.astype(dict.fromkeys(TEXT, object))
    return cells[["birthplace", "residence", "value", "kind", "note"]]


def selected(text: str) -> tuple[str, ...]:
    """Codes that a place, a group or a list with commas selects, past areas included.

    Raises
    ------
    InputError
        A name is unknown or ambiguous.
    """
    names = [name for name in map(str.strip, text.split(",")) if name]
    try:
        return (areas.resolve(text).code,)
    except InputError:
        return areas.select(names)


def world(
    table: str, year: int, top: int, area: str | None = None, other: str | None = None
) -> dict[str, Any]:
    """The world of a year: a sentence, the largest corridors, every area's totals, the source.

    With `area` (a place, a group or a list with commas) the corridors of its members alone, all of
    them; with `other` too, those between the two.

    Returns
    -------
    dict
        Persons, or US dollars a year, as `unit` says; `corridors` and `areas` as columns of JSON.

    Raises
    ------
    InputError
        No such table, year or place.
    SourceError
        A table of the package is missing or damaged.
    """
    cells = corridors(table, year)
    known = cells[cells["birthplace"] != UNKNOWN_ORIGIN]
    focus = selected(area) if area else ()
    partners = selected(other) if area and other else ()
    shown = _between(known, focus, partners) if focus else known.head(top)
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
        "corridors": columns(shown.drop(columns="note").round({"value": 0, **BOUNDS})),
        "of": len(shown) if focus else len(known),
        "focus": _focus(table, year, cells, (area or "", focus), (other or "", partners)),
        "areas": columns(_totals(cells)),
        "source": _flow_source(year) if table == FLOWS else _source(table),
    }


def _between(
    cells: pd.DataFrame, focus: tuple[str, ...], partners: tuple[str, ...]
) -> pd.DataFrame:
    born, lives = cells["birthplace"].isin(focus), cells["residence"].isin(focus)
    if not partners:
        return cells[born | lives]
    of, at = cells["birthplace"].isin(partners), cells["residence"].isin(partners)
    return cells[(born & at) | (of & lives)]


Named = tuple[str, tuple[str, ...]]


def _focus(
    table: str, year: int, cells: pd.DataFrame, area: Named, other: Named
) -> dict[str, Any] | None:
    """What comes into the asker's places and goes out of them, in a sentence and in figures."""
    if not area[1]:
        return None
    there, away = called(*area), called(*other)
    own = _between(cells, area[1], other[1])
    born, lives = own["birthplace"].isin(area[1]), own["residence"].isin(area[1])
    out, into = (float(own.loc[side, "value"].sum()) for side in (born & ~lives, lives & ~born))
    within = float(own.loc[born & lives, "value"].sum())
    citizens = own["note"].astype(str).str.contains(CITIZENS).any()
    counted = " (citizens are counted, not birthplaces, in at least one place)" if citizens else ""
    write = money if table == MONEY else persons
    words = _words(table, there, away).format(out=write(out), into=write(into))
    if away and not (born & ~lives).any():  # nothing stored is not zero people
        words = words.partition(", ")[0]
    ends = f"{away} and {there}" if away else there
    inside = f"; {write(within)} between places of {there}" if within and not other[1] else ""
    return {
        "area": there,
        "other": away,
        "members": list(area[1]),
        "partners": list(other[1]),
        "out": out,
        "into": into,
        "within": within,
        "sentence": f"{ends}, {_when(table, year)}: {words}{inside}{counted}.",
    }


def called(text: str, codes: tuple[str, ...]) -> str:
    """What to call a choice of places: the place, the group, or the first few of a list."""
    if len(codes) == 1:
        return area_name(codes[0])
    group = next((name for name, own in areas.groups().items() if set(own) == set(codes)), text)
    return group if group != text or "," not in text else f"{len(codes)} places"


def _when(table: str, year: int) -> str:
    return f"mid-{_first(year)} to mid-{year}" if table == FLOWS else str(year)


def _words(table: str, there: str, away: str) -> str:
    if table == MONEY:
        if away:
            return f"{{into}} sent from {there} to {away}, {{out}} from {away} to {there}"
        return f"{there} received {{out}} from abroad, {{into}} was sent abroad"
    if table == FLOWS:
        if away:
            return f"{{into}} moved from {away} to {there}, {{out}} from {there} to {away}"
        return f"{{out}} left {there}, {{into}} came"
    if away:
        return f"{{into}} people of {away} live in {there}, {{out}} of {there} in {away}"
    return f"{{out}} people of {there} live abroad, {{into}} of elsewhere live in {there}"


def _totals(cells: pd.DataFrame) -> pd.DataFrame:
    """By area: from all corridors of people there, born there (or paid, received)."""
    into = cells.groupby("residence")["value"].sum()
    out = cells.groupby("birthplace")["value"].sum()
    totals = pd.DataFrame({"residence": into, "birthplace": out}).fillna(0.0)
    return totals.drop(UNKNOWN_ORIGIN, errors="ignore").rename_axis("area").reset_index()


def _sentence(table: str, year: int, cells: pd.DataFrame) -> str:
    total, places = float(cells["value"].sum()), cells["residence"].nunique()
    known = cells[cells["birthplace"] != UNKNOWN_ORIGIN]
    first = known.iloc[0]
    born, lives = (area_name(first[end]) for end in ("birthplace", "residence"))
    if table == MONEY:
        return (
            f"Remittances by corridor, {year}: {money(total)} of that year, modelled. Largest: "
            f"from {lives} to {born}, {money(float(first['value']))}."
        )
    if table == FLOWS:
        least, most = (persons(float(first[end])) for end in BOUNDS)
        return (
            f"Who moved, mid-{_first(year)} to mid-{year}: {persons(total)} people lived in "
            f"another country at its end. Largest flow: from {born} to {lives}, "
            f"{persons(float(first['value']))} ({least} to {most} between methods)."
        )
    return (
        f"Living outside the country of birth, {year}: {persons(total)} people in {places} places. "
        f"Largest corridor: from {born} to {lives}, {persons(float(first['value']))}."
    )


def _first(year: int) -> int:
    return int(next(period for period in PERIODS if _last(period) == year)[:4])


def _flow_source(year: int) -> dict[str, str]:
    """Flows are ours; the terms are those of the stocks that they are made of."""
    table = "stocks_2024" if _first(year) == 2020 else "stocks_2020"
    how = METHODS[METHOD].title
    own = {
        "title": "Flows estimated from stocks, births and deaths",
        "publisher": "Estimate of corridors from figures of the United Nations",
        "edition": f"{table.replace('_', ' of ')} and World Population Prospects 2024; {how}",
    }
    return _source(table) | own


def _source(table: str) -> dict[str, str]:
    entry = next(entry for entry in store.catalogue() if entry.name == table)
    names = ("title", "publisher", "edition", "licence", "address", "citation")
    return {"table": table} | {name: getattr(entry, name) for name in names}


def matrix(table: str, year: int, region: str | None = None) -> dict[str, Any]:
    """Persons between the eight regions, or with `region` its own areas apart from the others.

    `region` may be a place, a group or a list with commas too: its areas apart, or the group as a
    whole where they are more than `APART`.

    Returns
    -------
    dict
        `flows` (origin, destination, persons) as columns of JSON, and their `total`, persons.

    Raises
    ------
    InputError
        No such table, year or place.
    """
    cells = corridors(table, year).rename(columns={"value": "persons"})
    sectors = {
        code: SUBREGIONS[area.subregion]
        for code, area in areas.every_area().items()
        if area.subregion in SUBREGIONS
    }
    if region in set(SUBREGIONS.values()):
        apart = tuple(code for code, own in sectors.items() if own == region)
    else:
        apart = selected(region) if region else ()
    whole = called(region or "", apart)
    many = len(apart) > APART and region not in set(SUBREGIONS.values())
    for code in apart:
        sectors[code] = whole if many else short_name(areas.resolve(code).name)
    between = chords.between_sectors(cells, sectors)
    return {"flows": columns(between), "total": float(cells["persons"].sum())}


@functools.lru_cache(maxsize=256)
def place(name: str) -> dict[str, Any]:
    """The card of an area, or of a group or a list with commas; each row with its unit.

    Raises
    ------
    InputError
        The name is neither, with the nearest places.
    """
    return card(card_of(name))


@functools.lru_cache(maxsize=256)
def corridor(birthplace: str, residence: str) -> dict[str, Any]:
    """The card of a corridor: persons, US dollars, shares, each row with its unit.

    Raises
    ------
    InputError
        A name is unknown or ambiguous, or both name the same area.
    """
    return card(corridor_card(birthplace, residence))


def card(shown: Card) -> dict[str, Any]:
    """A card: title, rows, sources; each row with its figure's unit."""
    return {"title": shown.title, **columns(shown.figures), "sources": shown.sources}


@functools.cache
def tables() -> dict[str, Any]:
    """The reference tables with their terms, and how many of their rows each year has.

    Raises
    ------
    SourceError
        The catalogue or a table of the package is damaged.
    """
    coverage = {}
    for entry in store.catalogue():
        if "year" in entry.columns:
            query = f'SELECT year, count(*) AS n FROM "{entry.name}" GROUP BY year ORDER BY year'
            coverage[entry.name] = columns(store.sql(query))["rows"]
    shas = {entry.name: entry.sha256 for entry in store.catalogue()}
    return {"tables": columns(reference_tables()), "coverage": coverage, "sha256": shas}
