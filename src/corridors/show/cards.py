"""Cards: what the figures say of the world, of one place, of one corridor.

A card is one long table, a figure a row, so that JSON and CSV keep one schema whatever the card.
Each figure has its year, unit, kind and source; a figure that the tables do not hold has a row
too, without a value. People are given by edition side by side: no edition is ever subtracted
from another, and no sum hides that a part of it was imputed or has no known origin.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from corridors import areas
from corridors.data import store
from corridors.errors import InputError, Problem
from corridors.show.tokens import percent, persons

__all__ = [
    "COLUMNS",
    "EDITIONS",
    "TABLE_COLUMNS",
    "Card",
    "corridor",
    "place",
    "stocks",
    "tables",
    "world",
]

#: The columns of every card and what they hold.
COLUMNS = {
    "section": "people, forecast, largest corridors, refugees, money, rules, economy, capital, "
    "distance",
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
#: The columns of the list of tables.
TABLE_COLUMNS = {
    "table": "name to use in SQL",
    "title": "what it holds",
    "publisher": "who published it",
    "edition": "which edition",
    "coverage": "years and areas",
    "kind": "reported, modelled or assumed, or by which rule",
    "licence": "terms of use",
    "address": "where the publisher has it",
    "citation": "how to cite it",
    "rows": "number of rows",
    "columns": "names, and units or meanings",
    "quirks": "what a reader must know",
}
#: Stock tables, oldest first, and what a reader calls them.
EDITIONS = {
    "stocks_1960_2000": "World Bank 1960-2000",
    "stocks_2020": "edition of 2020",
    "stocks_2024": "edition of 2024",
}
UN_EDITIONS = ("stocks_2020", "stocks_2024")
NO_DATA = {"value": np.nan, "kind": "", "note": "no data"}
KINDS = ("assumed", "modelled", "reported")
UNKNOWN_ORIGIN = "OTH"
CITIZENS = "citizens counted, not birthplaces"
LARGEST = 10
#: Yearly series are shown for every fifth year and the last one, from the first stock on.
EVERY = 5
FIRST_YEAR, LAST_STOCK, FIRST_SCHOOLING = 1960, 2024, 1990
SECTIONS = (
    "people",
    "forecast",
    "largest corridors",
    "refugees",
    "money",
    "rules",
    "economy",
    "capital",
    "distance",
)
#: Who counts as displaced or stateless; the table has returned people and hosts too.
GROUPS = (
    "refugees",
    "asylum_seekers",
    "others_in_need",
    "others_of_concern",
    "internally_displaced",
    "stateless",
)
#: Forecasts by what they are of and which total, and their names.
FORECASTS = {
    ("stocks", "world"): "migrants",
    ("stocks", "arriving"): "migrants",
    ("stocks", "leaving"): "emigrants",
    ("stocks", "corridor"): "migrants",
    ("asylum", "world"): "asylum_applications",
    ("asylum", "arriving"): "asylum_applications",
    ("asylum", "leaving"): "asylum_applications",
    ("asylum", "corridor"): "asylum_applications",
    ("net", "net"): "net_migration_since_last_year_known",
}
#: Sections whose variables are shown over the years; of the others the last year says enough.
SERIES = ("money", "economy")
#: Section, figure, unit, variable of the economy table.
MONEY = (
    ("money", "remittances_received", "USD", "remittances_received_usd"),
    ("money", "remittances_paid", "USD", "remittances_paid_usd"),
)
INSTITUTIONS = (
    ("rules", "union_density", "share", "union_density"),
    ("rules", "bargaining_coverage", "share", "bargaining_coverage"),
)
ECONOMY = (
    ("economy", "output_per_head", "PPP $ of 2021", "output_per_head_ppp"),
    ("economy", "output", "USD", "output_usd"),
    ("economy", "unemployment", "share", "unemployment"),
)
CAPITAL = (
    ("capital", "external_debt", "USD", "external_debt_usd"),
    ("capital", "debt_service_share_of_exports", "share", "debt_service_share"),
    ("capital", "reserves", "USD", "reserves_usd"),
    ("capital", "direct_investment_inflow", "USD", "fdi_inflow_usd"),
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


def world() -> Card:
    """The world: people, migrants by edition, largest corridors, refugees, money, output."""
    cells = stocks()
    parts = [
        _population(),
        _people(cells),
        _forecast("all", "all"),
        _largest(cells),
        _displaced(),
        _of_world("money", "remittances_received", "USD", "remittances_received_usd"),
        _of_world("money", "remittances_paid", "USD", "remittances_paid_usd"),
        _fee("WLD"),
        _of_world("economy", "output", "USD", "output_usd"),
    ]
    return _card("The world", parts)


def place(name: str) -> Card:
    """One area: people living there and born there, money, rules, economy, schooling, capital.

    Raises
    ------
    InputError
        The name is unknown or ambiguous.
    """
    area = areas.resolve(name)
    code = area.code
    born, living = stocks(birthplace=code), stocks(residence=code)
    parts = [
        _people(born, birthplace=code),
        _population(code),
        _people(living, residence=code),
        _forecast("all", code),
        _forecast(code, "all"),
        _largest(born),
        _largest(living),
        _displaced(birthplace=code),
        _displaced(residence=code),
        _displaced(birthplace=code, residence=code),
        *(_of_area(code, *figure) for figure in MONEY),
        _share_of_output(code),
        _remittances(birthplace=code),
        _remittances(residence=code),
        _fee(code),
        *(_of_area(code, *figure) for figure in INSTITUTIONS),
        _no_rules(area=code),
        *(_of_area(code, *figure) for figure in ECONOMY),
        _residents_schooling(code),
        _emigrants_schooling(code),
        *(_of_area(code, *figure) for figure in CAPITAL),
    ]
    return _card(f"{area.name} ({code})", parts)


def corridor(birthplace: str, residence: str) -> Card:
    """One corridor both ways: people, refugees, money, rules, output, schooling, distance.

    Raises
    ------
    InputError
        A name is unknown or ambiguous, or both name the same area.
    """
    one, other = _two(birthplace, residence)
    parts = []
    for born, lives in ((one.code, other.code), (other.code, one.code)):
        ends = {"birthplace": born, "residence": lives}
        parts += [_people(stocks(**ends), **ends), _forecast(born, lives), _displaced(**ends)]
        parts += [_remittances(**ends)]
    parts += [_no_rules(birthplace=one.code, residence=other.code)]
    for code in (one.code, other.code):
        parts += [_fee(code), _of_area(code, *ECONOMY[0]), _residents_schooling(code)]
    parts += _distance(one.code, other.code)
    return _card(f"{one.name} ({one.code}) and {other.name} ({other.code})", parts)


def tables() -> pd.DataFrame:
    """The reference tables, with the columns of `TABLE_COLUMNS`."""
    entries = [vars(entry) | {"table": entry.name} for entry in store.catalogue()]
    rows = pd.DataFrame(entries)[list(TABLE_COLUMNS)]
    rows["columns"] = ["; ".join(f"{k}: {v}" for k, v in one.items()) for one in rows["columns"]]
    rows["quirks"] = [" ".join(one) for one in rows["quirks"]]
    return rows


def _two(birthplace: str, residence: str) -> tuple[areas.Area, areas.Area]:
    found, problems = [], []
    for name in (birthplace, residence):
        try:
            found.append(areas.resolve(name))
        except InputError as error:
            problems += error.problems
    if len(found) == 2 and found[0] == found[1]:
        what = f"both ends are {found[0].name}"
        problems.append(Problem("corridor", what, "Name two different areas"))
    if problems:
        raise InputError(problems)
    return found[0], found[1]


def _card(title: str, parts: Sequence[pd.DataFrame]) -> Card:
    figures = pd.concat([part for part in parts if len(part)], ignore_index=True)
    figures = figures.astype(dict.fromkeys(TEXT_COLUMNS, object))
    rank = {name: place for place, name in enumerate(SECTIONS)}
    figures = figures.sort_values(
        "section", key=lambda names: names.map(rank), kind="stable", ignore_index=True
    )
    return Card(title, figures)


def _figures(
    section: str, figure: str, unit: str, table: str, rows: pd.DataFrame, **about: str
) -> pd.DataFrame:
    """Give `rows` (year, value, kind and more of `COLUMNS`) the columns of a card."""
    if rows.empty:
        rows = pd.DataFrame([NO_DATA])
    about |= {"section": section, "figure": figure, "unit": unit, "table": table}
    missing = {"source": _source(table), "note": "", "kind": "", "year": pd.NA}
    missing |= dict.fromkeys(("area", "birthplace", "residence"), "")
    whole = {name: rows.get(name, missing.get(name)) for name in COLUMNS} | about
    figures = pd.DataFrame(whole, columns=list(COLUMNS), index=rows.index)
    return figures.astype({"year": "Int64", "value": float})


@functools.cache
def _source(table: str) -> str:
    entry = next(entry for entry in store.catalogue() if entry.name == table)
    return f"{entry.publisher}, {entry.edition}"


@functools.cache
def _table(name: str) -> pd.DataFrame:
    """A reference table, read once, its text as categories; nobody here writes into it."""
    return store.table(name, categories=True)


def _cells(table: str, **where: str | None) -> pd.DataFrame:
    """Rows of a table that have the values given; None selects all."""
    rows = _table(table)
    for column, value in where.items():
        if value is not None:
            rows = rows[rows[column] == value]
    return rows


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of every fifth year and of the last one."""
    return rows[(rows["year"] % EVERY == 0) | (rows["year"] == rows["year"].max())]


# --- people ----------------------------------------------------------------------------------


def _population(area: str | None = None) -> pd.DataFrame:
    """Population of an area, or the sum of all areas, every five years and in the last year."""
    people = _cells("population", area=area)
    people = people[(people["year"] >= FIRST_YEAR) & (people["year"] <= LAST_STOCK)]
    people = people.groupby("year", as_index=False)["population"].sum()
    rows = _thinned(people.rename(columns={"population": "value"}))
    # The catalogue's rule for this table: the publisher's estimates end in 2023.
    rows = rows.assign(kind=np.where(rows["year"] <= 2023, "reported", "modelled"))
    ends = {"birthplace": "all", "residence": area or "all"}
    return _figures("people", "population", "persons", "population", rows, **ends)


def stocks(*, birthplace: str | None = None, residence: str | None = None) -> pd.DataFrame:
    """Migrants by table, year, birthplace, residence, kind and note; both sexes together."""
    keys = ["table", "year", "birthplace", "residence", "kind", "note"]
    parts = []
    for table in EDITIONS:
        cells = _cells(table, birthplace=birthplace, residence=residence)
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


def _people(cells: pd.DataFrame, **ends: str) -> pd.DataFrame:
    """Migrants by edition and year, summed over the end that is not named."""
    ends = {"birthplace": "all", "residence": "all"} | ends
    parts = []
    for table in EDITIONS:
        edition = dict(list(cells[cells["table"] == table].groupby("year")))
        rows = [
            {"year": year} | (_summed(edition[year]) if year in edition else NO_DATA)
            for year in _years(table)
        ]
        rows = pd.DataFrame(rows)
        parts.append(_figures("people", "migrants", "persons", table, rows, **ends))
    return pd.concat(parts)


@functools.cache
def _years(table: str) -> list[int]:
    return sorted(int(year) for year in _table(table)["year"].unique())


def _summed(cells: pd.DataFrame) -> dict[str, object]:
    """Persons of all cells, the kind of most of them, and a note on the others."""
    persons, codes = cells["persons"].to_numpy(), cells["kind"].cat.codes.to_numpy()
    total, kinds, words = persons.sum(), np.unique(codes), cells["kind"].cat.categories
    of_kind = np.bincount(codes, persons)[kinds]
    main, *others = np.argsort(-of_kind, kind="stable")
    notes = [
        f"{percent(of_kind[one] / total)} {words[kinds[one]]}" for one in others if of_kind[one]
    ]
    unknown = persons[(cells["birthplace"] == UNKNOWN_ORIGIN).to_numpy()].sum()
    if unknown:
        notes.append(f"{percent(unknown / total)} of unknown origin")
    if cells["residence"].nunique() == 1:
        notes += sorted(set(cells["note"]) - {""})
    return {"value": total, "kind": words[kinds[main]], "note": "; ".join(notes)}


def _largest(cells: pd.DataFrame) -> pd.DataFrame:
    """The largest corridors of known origin in the last year of each UN edition."""
    cells = cells[cells["birthplace"] != UNKNOWN_ORIGIN]
    pair = ["birthplace", "residence"]
    editions = [cells[cells["table"] == table] for table in UN_EDITIONS]
    last = [edition[edition["year"] == edition["year"].max()] for edition in editions]
    largest = pd.concat([edition.nlargest(LARGEST, "persons")[pair] for edition in last])
    parts = []
    for table, edition in zip(UN_EDITIONS, last, strict=True):
        rows = edition.merge(largest.drop_duplicates(), on=pair).rename(
            columns={"persons": "value"}
        )
        rows = rows.sort_values("value", ascending=False, kind="stable")
        if len(rows):
            parts.append(_figures("largest corridors", "migrants", "persons", table, rows))
    return pd.concat(parts) if parts else pd.DataFrame()


def _forecast(birthplace: str, residence: str) -> pd.DataFrame:
    """What comes next: the mean, with the interval and the last known figure in the note."""
    cells = _cells("forecasts", origin=birthplace, destination=residence)
    parts = []
    for row in cells.itertuples(index=False):
        note = f"80 %: {persons(row.lower_80)} – {persons(row.upper_80)}; "
        note += f"{persons(row.last)} in {row.last_year}"
        rows = pd.DataFrame([{"year": row.year, "value": row.mean, "kind": row.kind, "note": note}])
        ends = {"birthplace": birthplace, "residence": residence}
        if row.what == "net":
            ends = {"area": residence}
        name = FORECASTS[row.what, row.figure]
        parts.append(_figures("forecast", name, "persons", "forecasts", rows, **ends))
    return pd.concat(parts) if parts else pd.DataFrame()


def _displaced(*, birthplace: str | None = None, residence: str | None = None) -> pd.DataFrame:
    """Displaced and stateless people by group and year; sums of known cells, the others counted.

    With one end named, people displaced within that area are left out: name it twice for them.
    """
    cells = _cells("refugees", birthplace=birthplace, residence=residence)
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
    rows = _thinned(rows.dropna(subset="value").reset_index()).assign(kind="reported")
    ends = {"birthplace": birthplace or "all", "residence": residence or "all"}
    parts = [
        _figures("refugees", figure, "persons", "refugees", rows[rows["figure"] == figure], **ends)
        for figure in (*GROUPS, "refugees_unrwa")
        if figure == "refugees" or figure in set(rows["figure"])
    ]
    return pd.concat(parts)


# --- money, rules, economy -------------------------------------------------------------------


def _of_area(code: str, section: str, figure: str, unit: str, variable: str) -> pd.DataFrame:
    rows = _cells("economy", variable=variable, area=code)
    if section not in SERIES:
        rows = rows[rows["year"] == rows["year"].max()]
    return _figures(section, figure, unit, "economy", _thinned(rows), area=code)


def _of_world(section: str, figure: str, unit: str, variable: str) -> pd.DataFrame:
    """Sum over the areas that report, with their number: absent is not zero."""
    by_year = _cells("economy", variable=variable).groupby("year")
    rows = by_year.agg(value=("value", "sum"), areas=("area", "size"), kind=("kind", "first"))
    rows["note"] = [f"sum of the {number} areas that report" for number in rows["areas"]]
    return _figures(section, figure, unit, "economy", _thinned(rows.reset_index()))


def _share_of_output(code: str) -> pd.DataFrame:
    """Remittances received as a share of output of the same year, at current dollars."""
    received = _cells("economy", variable="remittances_received_usd", area=code)
    rows = _thinned(_over_output(received, code))
    return _figures("money", "remittances_share_of_output", "share", "economy", rows, area=code)


def _over_output(payments: pd.DataFrame, receiver: str) -> pd.DataFrame:
    """Payments (year, value in current dollars) over the receiver's output of the same year."""
    output = _cells("economy", variable="output_usd", area=receiver)[["year", "value"]]
    rows = payments.merge(output, on="year", suffixes=("", "_of_output"))
    # As in the economy table itself, a ratio of two published figures counts as modelled.
    ratio = rows["value"] / rows["value_of_output"]
    return rows.assign(value=ratio, kind="modelled", note="received / output of the same year")


def _remittances(*, birthplace: str | None = None, residence: str | None = None) -> pd.DataFrame:
    """Remittances by corridor: the pair in every edition, or the largest pairs of the last one."""
    cells = _cells("remittances_by_corridor", birthplace=birthplace, residence=residence)
    ends = {"birthplace": birthplace or "all", "residence": residence or "all"}
    cells = cells.rename(columns={"usd": "value", "edition": "note"}).assign(kind="modelled")
    if "all" in ends.values():
        cells = cells[cells["year"] == cells["year"].max()]
        cells = cells.nlargest(LARGEST, "value")
        ends = {} if len(cells) else ends
    table = "remittances_by_corridor"
    parts = [_figures("money", "remittances", "USD", table, cells, **ends)]
    if birthplace and residence:
        rows = _over_output(cells, birthplace)
        parts.append(_figures("money", "remittances_share_of_output", "share", table, rows, **ends))
    return pd.concat(parts)


def _fee(code: str) -> pd.DataFrame:
    rows = _cells("remittance_fees", area=code).rename(columns={"cost_share": "value"})
    rows = rows.drop(columns="level").assign(kind="reported", note="of the amount sent")
    area = "all" if code == "WLD" else code
    return _figures("rules", "cost_of_sending", "share", "remittance_fees", rows, area=area)


def _no_rules(**about: str) -> pd.DataFrame:
    """Say that no table holds the rules of admission, so that nobody takes silence for freedom."""
    note = "no data: no reference table holds admission, permits, quotas or change of employer"
    row = {"section": "rules", "figure": "admission_and_permits", "note": note} | about
    row = dict.fromkeys(COLUMNS, "") | row | {"year": pd.NA, "value": np.nan}
    return pd.DataFrame([row]).astype({"year": "Int64", "value": float})


# --- schooling and distance ------------------------------------------------------------------


def _residents_schooling(code: str) -> pd.DataFrame:
    """Share of residents of 25 and more with tertiary schooling."""
    adults = _cells("schooling_residents", area=code)
    sums = (
        adults[adults["year"] >= FIRST_SCHOOLING]
        .groupby("year")[["tertiary_25plus", "adults_25plus"]]
        .sum()
    )
    value = sums["tertiary_25plus"] / sums["adults_25plus"]
    rows = value.rename("value").reset_index().assign(kind="modelled", note="of age 25 and more")
    return _figures(
        "economy", "tertiary_of_residents", "share", "schooling_residents", rows, area=code
    )


def _emigrants_schooling(code: str) -> pd.DataFrame:
    """Share of emigrants of 15 and more with tertiary schooling."""
    abroad = _cells("schooling_migrants", area=code)
    sums = abroad.groupby("year")[["emigrants_tertiary", "emigrants_below_tertiary"]].sum()
    value = sums["emigrants_tertiary"] / sums.sum(axis=1)
    rows = value.rename("value").reset_index().assign(kind="modelled", note="of age 15 and more")
    return _figures(
        "economy", "tertiary_of_emigrants", "share", "schooling_migrants", rows, area=code
    )


def _distance(origin: str, destination: str) -> list[pd.DataFrame]:
    row = _cells("distance", origin=origin, destination=destination)
    parts = []
    for figure in ("kilometres", "contiguous", "common_language", "colonial_link"):
        # Where GeoDist lacks an end, its links are those of a named neighbour: put in by hand.
        by_hand = row["kind"].astype(object).where(row["kind"] == "reported", "assumed")
        kind = row["kind"] if figure == "kilometres" else by_hand
        rows = row.assign(value=row[figure].astype(float), kind=kind)
        unit = "km" if figure == "kilometres" else "yes = 1"
        ends = {"birthplace": origin, "residence": destination}
        parts.append(_figures("distance", figure, unit, "distance", rows, **ends))
    return parts
