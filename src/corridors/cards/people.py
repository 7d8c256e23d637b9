"""Rows of cards about people: population, migrants by edition, largest corridors, the displaced.

People are given by edition side by side: no edition is ever subtracted from another, and no sum
hides that a part of it was imputed or has no known origin.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from corridors.cards.card import (
    LARGEST,
    NO_DATA,
    every_fifth_year,
    figures,
    reference_table,
    rows_of,
)

__all__ = [
    "CITIZENS",
    "EDITIONS",
    "UNKNOWN_ORIGIN",
    "UN_EDITIONS",
    "displaced",
    "largest_corridors",
    "migrants",
    "population",
    "share_in_words",
    "shares",
    "stocks",
]

#: Stock tables, oldest first, and what a reader calls them.
EDITIONS = {
    "stocks_1960_2000": "World Bank 1960-2000",
    "stocks_2020": "edition of 2020",
    "stocks_2024": "edition of 2024",
}
UN_EDITIONS = ("stocks_2020", "stocks_2024")
KINDS = ("assumed", "modelled", "reported")
UNKNOWN_ORIGIN = "OTH"
CITIZENS = "citizens counted, not birthplaces"
FIRST_YEAR, LAST_YEAR = 1960, 2024
#: The least share that is written as a number.
LEAST_SHARE = 0.0005
#: Who counts as displaced or stateless; the table has returned people and hosts too.
GROUPS = (
    "refugees",
    "asylum_seekers",
    "others_in_need",
    "others_of_concern",
    "internally_displaced",
    "stateless",
)


def population(area: str | None = None) -> pd.DataFrame:
    """Population of an area, or of all areas (WPP 2024), every five years and in the last one.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Persons on 1 July; reported to 2023, modelled after.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    people = rows_of("population", area=area)
    people = people[(people["year"] >= FIRST_YEAR) & (people["year"] <= LAST_YEAR)]
    people = people.groupby("year", as_index=False)["population"].sum()
    rows = every_fifth_year(people.rename(columns={"population": "value"}))
    # The catalogue's rule for this table: the publisher's estimates end in 2023.
    rows = rows.assign(kind=np.where(rows["year"] <= 2023, "reported", "modelled"))
    ends = {"birthplace": "all", "residence": area or "all"}
    return figures("people", "population", "persons", "population", rows, **ends)


def stocks(*, birthplace: str | None = None, residence: str | None = None) -> pd.DataFrame:
    """Migrants by table (UN DESA's editions and older stocks), both sexes together.

    Parameters
    ----------
    birthplace, residence : str, optional
        Codes; None: every area at that end.

    Returns
    -------
    DataFrame (table, year, birthplace, residence, kind, note, persons)

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    keys = ["table", "year", "birthplace", "residence", "kind", "note"]
    parts = []
    for table in EDITIONS:
        cells = rows_of(table, birthplace=birthplace, residence=residence)
        kind = np.where(cells["imputed"], "modelled", "reported")
        if table == "stocks_2024":  # the catalogue's rule: one constant repeated over years
            kind = np.where(cells["note"] == "back-cast", "assumed", kind)
        note = _with_category(cells["note"], CITIZENS)
        note = note.mask((note == "") & (cells["counted"] == "citizenship"), CITIZENS)
        kind = pd.Categorical(kind, KINDS)
        same = pd.Categorical.from_codes(np.zeros(len(cells), np.int8), [table])
        cells = cells.assign(table=same, kind=kind, note=note)
        parts.append(cells.groupby(keys, as_index=False, observed=True)["persons"].sum())
    return _stacked(parts)


def _with_category(text: pd.Series, word: str) -> pd.Series:
    """The same categories and one more, in the order of the alphabet."""
    return text.cat.set_categories(sorted({*text.cat.categories, word}))


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all parts; their text stays categories."""
    text = {
        name: union_categoricals([part[name] for part in parts], sort_categories=True)
        for name in parts[0].select_dtypes("category")
    }
    others = pd.concat([part.drop(columns=list(text)) for part in parts], ignore_index=True)
    return others.assign(**text)[list(parts[0])]


def migrants(cells: pd.DataFrame, **ends: str) -> pd.DataFrame:
    """Migrants by edition (UN DESA, World Bank) and year, summed over the end that is not named.

    Parameters
    ----------
    cells : DataFrame (table, year, birthplace, residence, persons, kind, note)
        As `stocks` gives them.
    ends : str
        `birthplace` and `residence`, as the card calls them; `all` by default.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Persons; a row without a value for a year that the edition has and the cells lack.
    """
    ends = {"birthplace": "all", "residence": "all"} | ends
    parts = []
    for table in EDITIONS:
        edition = dict(list(cells[cells["table"] == table].groupby("year")))
        rows = [
            {"year": year} | (_summed(edition[year]) if year in edition else NO_DATA)
            for year in _years(table)
        ]
        rows = pd.DataFrame(rows)
        parts.append(figures("people", "migrants", "persons", table, rows, **ends))
    return pd.concat(parts)


@functools.cache
def _years(table: str) -> list[int]:
    return sorted(int(year) for year in reference_table(table)["year"].unique())


def _summed(cells: pd.DataFrame) -> dict[str, object]:
    """Persons of all cells, the kind of most of them, and a note on the others."""
    persons, codes = cells["persons"].to_numpy(), cells["kind"].cat.codes.to_numpy()
    total, kinds, words = persons.sum(), np.unique(codes), cells["kind"].cat.categories
    of_kind = np.bincount(codes, persons)[kinds]
    main, *others = np.argsort(-of_kind, kind="stable")
    notes = [
        f"{share_in_words(of_kind[k] / total)} {words[kinds[k]]}" for k in others if of_kind[k]
    ]
    unknown = persons[(cells["birthplace"] == UNKNOWN_ORIGIN).to_numpy()].sum()
    if unknown:
        notes.append(f"{share_in_words(unknown / total)} of unknown origin")
    if cells["residence"].nunique() == 1:
        notes += sorted(set(cells["note"]) - {""})
    return {"value": total, "kind": words[kinds[main]], "note": "; ".join(notes)}


def share_in_words(share: float) -> str:
    """A share above 0 in the words of a note: `12.3 %`."""
    return f"{100 * share:.1f}\u202f%" if share >= LEAST_SHARE else "<\u202f0.1\u202f%"


def largest_corridors(cells: pd.DataFrame) -> pd.DataFrame:
    """The largest corridors of known origin in the last year of each edition of UN DESA.

    Parameters
    ----------
    cells : DataFrame (table, year, birthplace, residence, persons, kind, note)
        As `stocks` gives them.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Persons; empty where there are none.
    """
    cells = cells[cells["birthplace"] != UNKNOWN_ORIGIN]
    parts = []
    for table in UN_EDITIONS:
        edition = cells[cells["table"] == table]
        last = edition[edition["year"] == edition["year"].max()]
        rows = last.nlargest(LARGEST, "persons").rename(columns={"persons": "value"})
        if len(rows):
            parts.append(figures("largest corridors", "migrants", "persons", table, rows))
    return pd.concat(parts) if parts else pd.DataFrame()


def shares(birthplace: str, residence: str) -> pd.DataFrame:
    """What share of those born in one place and living abroad live in another, and the rank of it.

    And their number over the people who live in their birthplace; the last year of UN DESA's last
    edition.

    Parameters
    ----------
    birthplace, residence : str
        Codes.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Two shares; empty where no such people are known.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    table = UN_EDITIONS[-1]
    cells = stocks(birthplace=birthplace)
    cells = cells[(cells["table"] == table) & (cells["year"] == _years(table)[-1])]
    by_place = cells.groupby("residence", observed=True)["persons"].sum()
    if residence not in by_place.index:
        return pd.DataFrame()
    here, year = by_place[residence], _years(table)[-1]
    own = cells[cells["residence"] == residence]
    rank = int((by_place > here).sum()) + 1
    people = rows_of("population", area=birthplace)
    at_home = people.loc[people["year"] == year, "population"].sum()
    of_them = {
        "value": here / by_place.sum(),
        "year": year,
        "kind": _summed(own)["kind"],
        "note": f"rank {rank} of {len(by_place)} places where they live",
    }
    over_home = {
        "value": here / at_home if at_home else np.nan,
        "year": year,
        "kind": "modelled",
        "note": "over everybody who lives in their birthplace",
    }
    named = {
        "share_of_emigrants": (table, of_them),
        "share_of_population_at_home": ("population", over_home),
    }
    ends = {"birthplace": birthplace, "residence": residence}
    return pd.concat(
        figures("people", name, "share", source, pd.DataFrame([row]), **ends)
        for name, (source, row) in named.items()
    )


def displaced(*, birthplace: str | None = None, residence: str | None = None) -> pd.DataFrame:
    """Displaced and stateless people (UNHCR, UNRWA) by group and year.

    Sums of known cells; the note says how many others there are.

    Parameters
    ----------
    birthplace, residence : str, optional
        Codes. With one end named, people displaced within that area are left out: name it twice for
        them.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Persons, every fifth year and the last.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    cells = rows_of("refugees", birthplace=birthplace, residence=residence)
    cells = cells[cells["group"].isin(GROUPS)]
    if (birthplace is None) != (residence is None):
        end, name = ("residence", birthplace) if residence is None else ("birthplace", residence)
        cells = cells[cells[end] != name]
    unrwa = _with_category(cells["group"], "refugees_unrwa")
    unrwa = unrwa.where(cells["publisher"] == "UNHCR", "refugees_unrwa")
    cells = cells.assign(figure=unrwa, unknown=~cells["known"])
    by_year = cells.groupby(["figure", "year"], observed=True)
    rows = pd.DataFrame({"value": by_year["persons"].sum(min_count=1)})
    unknown = by_year["unknown"].sum()
    rows["note"] = [f"{many} stored zeros may mean missing" if many else "" for many in unknown]
    rows = every_fifth_year(rows.dropna(subset="value").reset_index()).assign(kind="reported")
    ends = {"birthplace": birthplace or "all", "residence": residence or "all"}
    parts = [
        figures("refugees", figure, "persons", "refugees", rows[rows["figure"] == figure], **ends)
        for figure in (*GROUPS, "refugees_unrwa")
        if figure == "refugees" or figure in set(rows["figure"])
    ]
    return pd.concat(parts)
