"""Who lives where: stocks at both ends of a period, births and deaths, for the same areas.

Stocks are the UN's, of one edition; population, births and deaths are WPP's. A period runs from
1 July to 1 July, so that births and deaths take half of its first and half of its last calendar
year. Native-born at home are the population less the foreign-born.

Areas are those that both ends tell apart. Where one end does not (South Sudan, Montenegro, the
Antilles before 2010), the parts are put together as the area they were; Kosovo's people go to
Serbia, whose stocks hold them. People born in an area that is not told count where they live.

The tables are arguments: `corridors.baseline.periods` gathers those in the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridors.areas import splits
from corridors.errors import InputError, Problem
from corridors.labels import KINDS, Array, Whole, refuse, word
from corridors.labels import rows as table_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "HELD_IN",
    "SEXES",
    "Told",
    "combine",
    "comparable",
    "foreign_born",
    "held_in",
    "told_apart",
    "yearly_accounts",
]

#: Areas that count their own people, births and output, but whose people the UN's stocks hold in
#: another, whatever the year: the notes of the tables on Serbia, Channel Islands and Guadeloupe.
HELD_IN: Mapping[str, str] = {
    "XKX": "SRB",
    "GGY": "CHI",
    "JEY": "CHI",
    "BLM": "GLP",
    "MAF": "GLP",
}
#: Sex as asked for and as the tables write it.
SEXES = {"both": ("F", "M"), "female": ("F",), "male": ("M",)}
#: Fewest birthplaces that stocks name where they are told in any detail.
FEW_BIRTHPLACES = 10
#: Columns of the tables, and what they hold.
PAIRS = {"birthplace": "label", "residence": "label", "persons": "number"}
STOCKS = {"year": "number", "sex": "label", **PAIRS, "note": "any", "imputed": "any"}
YEARLY = {"area": "label", "year": "number"}
EVENTS = dict.fromkeys(("population", "births", "deaths"), "number")
#: Shares of women: among all people, among the newborn, among those who die.
OF_A_SEX = dict.fromkeys(("women", "girls", "women_dying"), "number")
#: Notes of stocks that are not of the area they stand at.
NOT_APART = ("back-cast", "other borders")


class Told(NamedTuple):
    """Areas that both ends of a period tell apart, and the area each other one is counted in."""

    areas: list[str]
    home: Mapping[str, str]


class _End(NamedTuple):
    """One end of a period: foreign-born (b, r), the kind of each cell, people born elsewhere."""

    year: int
    stock: Array
    kind: NDArray[np.str_]
    elsewhere: float
    population: Array


def held_in(areas: Iterable[str]) -> dict[str, str]:
    """Areas whose people the stocks hold in one of `areas`, and in which."""
    holders = set(areas)
    return {part: whole for part, whole in HELD_IN.items() if whole in holders}


def foreign_born(
    rows: pd.DataFrame, areas: Sequence[str], home: Mapping[str, str] = HELD_IN
) -> tuple[Array, float]:
    """People by birthplace and residence, 0 on the diagonal, from rows of UN DESA's stock table.

    Parameters
    ----------
    rows : DataFrame (birthplace, residence, persons)
        Of one year, persons; rows of a pair, such as women and men, are added up.
    areas : sequence of str
    home : mapping of area to area
        Areas that are counted as part of others.

    Returns
    -------
    stock : (b, r) persons; a pair without a row is 0
    elsewhere : float
        Persons who live in an area and were born in none of them, or not known where.

    Raises
    ------
    InputError
        A column is missing, a row has no label or no figure.
    """
    return _foreign_born(_counted(rows, PAIRS), [word(area) for area in areas], home)


def _counted(rows: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Rows of a stock table whose persons are known and not below zero."""
    table = table_of(rows, columns, "stocks")
    persons = table["persons"].to_numpy()
    wrong = np.flatnonzero(~(persons >= 0.0))[:5]
    for row in wrong:
        pair = f"{table['birthplace'].iloc[row]}, {table['residence'].iloc[row]}"
        what = "is not known" if np.isnan(persons[row]) else f"is {persons[row]:g}"
        fix = "Absent is not zero: give a figure >= 0, or leave the row out"
        refuse(Problem(f"stocks ({pair}), row {row + 1}", what, fix))
    return table


def _yearly(accounts: pd.DataFrame, sex: str = "both") -> pd.DataFrame:
    columns = YEARLY | EVENTS | (OF_A_SEX if sex != "both" else {})
    table = table_of(accounts, columns, "accounts")
    twice = table[table.duplicated(["area", "year"])]
    if len(twice):
        area, year = twice.iloc[0][["area", "year"]]
        what = f"{area} has more than one row for {year:g}"
        raise InputError(Problem("accounts", what, "Keep one row for each area and year"))
    for name in set(columns) - set(YEARLY):
        wrong = table[table[name] < 0.0]
        if len(wrong):
            area, year = wrong.iloc[0][["area", "year"]]
            what = f"is {wrong[name].iloc[0]:g}"
            raise InputError(Problem(f"{name} of {area} in {year:g}", what, "Give a figure >= 0"))
    return table.assign(year=table["year"].astype(int)).set_index(["area", "year"])


def _foreign_born(
    rows: pd.DataFrame, areas: Sequence[str], home: Mapping[str, str]
) -> tuple[Array, float]:
    b, r = (_places(rows[end], areas, home) for end in ("birthplace", "residence"))
    persons = rows["persons"].to_numpy(dtype=float)
    inside = (b >= 0) & (r >= 0)
    stock = np.zeros((len(areas), len(areas)))
    np.add.at(stock, (b[inside], r[inside]), persons[inside])
    np.fill_diagonal(stock, 0.0)
    return stock, float(persons[(b < 0) & (r >= 0)].sum())


def comparable(
    stocks: pd.DataFrame,
    accounts: pd.DataFrame,
    years: tuple[int, int],
    *,
    sex: str = "both",
    told: Told | None = None,
) -> xr.Dataset:
    """Stocks at both ends of a period, births and deaths, of comparable areas.

    Parameters
    ----------
    stocks : DataFrame (year, sex, birthplace, residence, persons, note, imputed)
        Foreign-born of one edition of UN DESA.
    accounts : DataFrame (index area, year)
        Of WPP, persons, as `yearly_accounts` gives them.
    years : (first, last)
    sex : str
        `both`, `female` or `male`; by sex the accounts hold shares of women.
    told : Told, optional
        As `told_apart` gives it, where it is known already.

    Returns
    -------
    Dataset
        `stock_start`, `stock_end` (birthplace, residence), `births`, `deaths`, `population_start`,
        `population_end`, `net` (area): persons; `net` is what the account of births and deaths
        leaves. `kind_start`, `kind_end` (birthplace, residence): reported, modelled or assumed.
        `attrs`: units, period, years, sex, notes.

    Raises
    ------
    InputError
        The sex or a year is not in the tables, a column is missing, a row has no label or no
        figure.
    SourceError
        The package's list of splits and mergers cannot be read.

    Notes
    -----
    S, B and D of (44) and (45).
    """
    if sex not in SEXES:
        raise InputError(Problem("sex", f"'{sex}' is not in the tables", f"Use {', '.join(SEXES)}"))
    stocks, accounts = _counted(stocks, STOCKS), _yearly(accounts, sex)
    _refuse_years(stocks, accounts, years)
    told = told or _told_apart(stocks, accounts, years)
    ends = [_end(stocks, accounts, year, sex, told) for year in years]
    births, deaths = _vital(accounts, years, sex, told)
    return _dataset(told.areas, ends, (births, deaths)).assign_attrs(
        units="persons",
        period=f"{years[0]}-{years[1]}",
        years=years[1] - years[0],
        sex=sex,
        notes=_notes(stocks, accounts, told, ends),
    )


def combine(stocks: pd.DataFrame, years: tuple[int, int]) -> dict[str, str]:
    """Area that stands for each area that the stocks do not tell apart at both ends.

    Derived from the table: a split is undone where one of its parts has no stock of its own at
    one end. Those of `HELD_IN` have none in any year.

    Parameters
    ----------
    stocks : DataFrame (year, sex, birthplace, residence, persons, note, imputed)
        Foreign-born of one edition of UN DESA.
    years : (first, last)

    Returns
    -------
    dict of area code to area code

    Raises
    ------
    InputError
        A column is missing, a row has no label or no figure.
    SourceError
        The package's list of splits and mergers cannot be read.
    """
    return _combined(_counted(stocks, STOCKS), years)


def _combined(stocks: pd.DataFrame, years: tuple[int, int]) -> dict[str, str]:
    told = []
    for year in years:
        rows = stocks[stocks["year"] == year]
        apart = ~rows["note"].isin(NOT_APART)
        told.append(set(rows["residence"][apart]) - set(rows["residence"][~apart]))
    own = told[0] & told[1]
    parts_later = {code for split in splits() for code in split.before}
    into = dict(HELD_IN)
    for split in reversed(splits()):
        if any(code not in own and code not in parts_later for code in split.after):
            into |= {code: split.before[0] for code in split.after if code != split.before[0]}
    return {code: _last(code, into) for code in into}


def _last(code: str, into: dict[str, str]) -> str:
    while into.get(code, code) != code:
        code = into[code]
    return code


def told_apart(stocks: pd.DataFrame, accounts: pd.DataFrame, years: tuple[int, int]) -> Told:
    """Areas with stocks, population, births and deaths at both ends, in alphabetical order.

    An area whose stocks name no birthplace but its own at an end tells nothing of who moved there.

    Parameters
    ----------
    stocks : DataFrame (year, sex, birthplace, residence, persons, note, imputed)
        Foreign-born of one edition of UN DESA, persons.
    accounts : DataFrame (index area, year)
        Of WPP, persons, as `yearly_accounts` gives them.
    years : (first, last)

    Returns
    -------
    Told
        The areas, and which areas count as part of others.

    Raises
    ------
    InputError
        A year is not in the tables, a column is missing, a row has no label or no figure.
    SourceError
        The package's list of splits and mergers cannot be read.
    """
    stocks, accounts = _counted(stocks, STOCKS), _yearly(accounts)
    _refuse_years(stocks, accounts, years)
    return _told_apart(stocks, accounts, years)


def _refuse_years(stocks: pd.DataFrame, accounts: pd.DataFrame, years: tuple[int, int]) -> None:
    """Refuse a period whose years the tables do not hold."""
    held = set(accounts.index.get_level_values("year"))
    of_stocks = set(stocks["year"])
    problems = [
        Problem("stocks", f"there are no rows of {year}", "Give the stocks of both years")
        for year in years
        if year not in of_stocks
    ]
    problems += [
        Problem("accounts", f"there are no rows of {year}", "Give every year of the period")
        for year in range(years[0], years[1] + 1)
        if year not in held
    ]
    refuse(*problems)


def _told_apart(stocks: pd.DataFrame, accounts: pd.DataFrame, years: tuple[int, int]) -> Told:
    home = _combined(stocks, years)
    areas: list[set[str]] = []
    for year in years:
        known = accounts.xs(year, level="year")[["population", "births", "deaths"]].dropna()
        counted = sorted({home.get(code, code) for code in known.index})
        rows = stocks[(stocks["year"] == year) & (stocks["persons"] > 0)]
        b, r = (_places(rows[end], counted, home) for end in ("birthplace", "residence"))
        told = np.unique(r[(b >= 0) & (r >= 0) & (b != r)])
        areas.append({counted[number] for number in told})
    return Told(sorted(areas[0] & areas[1]), home)


def yearly_accounts(population: pd.DataFrame, women: pd.DataFrame | None = None) -> pd.DataFrame:
    """Population accounts by area and year, and beside them what part of each are women.

    Parameters
    ----------
    population : DataFrame (area, year, population, births, deaths)
        Of WPP: persons on 1 July, and over the year.
    women : DataFrame (area, year, women, girls, women_dying), optional
        Shares of women among all people, among the newborn and among those who die.

    Returns
    -------
    DataFrame (index area, year)
        The columns of both, persons and shares; NaN where no row tells.

    Raises
    ------
    InputError
        A column is missing, an area and year occurs twice, a share is not between 0 and 1.
    """
    rows = _yearly(population)
    if women is None:
        return rows
    table = table_of(women, YEARLY | OF_A_SEX, "women")
    for name in OF_A_SEX:
        wrong = table[~table[name].between(0.0, 1.0) & table[name].notna()]
        if len(wrong):
            where = f"{name} of {wrong['area'].iloc[0]} in {wrong['year'].iloc[0]:g}"
            what = f"{wrong[name].iloc[0]:g} is not a share"
            raise InputError(Problem(where, what, "Give a figure >= 0 and at most 1"))
    twice = table[table.duplicated(list(YEARLY))]
    if len(twice):
        area, year = twice.iloc[0][list(YEARLY)]
        what = f"{area} has more than one row for {year:g}"
        raise InputError(Problem("women", what, "Keep one row for each area and year"))
    return rows.join(table.set_index(list(YEARLY)))


# --- one end ------------------------------------------------------------------------------------


def _places(codes: pd.Series, areas: Sequence[str], home: Mapping[str, str]) -> Whole:
    """Place among `areas` of each row's area or the area it is counted in; -1 for none."""
    place = {area: number for number, area in enumerate(areas)}
    place |= {code: place[area] for code, area in home.items() if area in place}
    # A code at a time, not a row at a time.
    coded = codes.astype("category").cat
    known = np.array([place.get(code, -1) for code in coded.categories], dtype=np.int64)
    return known[coded.codes]


def _end(stocks: pd.DataFrame, accounts: pd.DataFrame, year: int, sex: str, told: Told) -> _End:
    rows = stocks[(stocks["year"] == year) & stocks["sex"].isin(SEXES[sex])]
    areas, home = told
    stock, elsewhere = _foreign_born(rows, areas, home)
    b, r = (_places(rows[end], areas, home) for end in ("birthplace", "residence"))
    inside = (b >= 0) & (r >= 0)
    # A pair without a row is absent, and counts as zero: that is an assumption.
    rank = np.full(stock.shape, 2, dtype=np.int8)
    row_rank = np.select([rows["note"].isin(NOT_APART), rows["imputed"]], [2, 1], 0)
    rank[b[inside], r[inside]] = 0
    np.maximum.at(rank, (b[inside], r[inside]), row_rank[inside].astype(np.int8))
    np.fill_diagonal(rank, 1)
    persons = accounts.xs(year, level="year")["population"]
    if sex != "both":
        women = accounts.xs(year, level="year")["women"]
        persons = persons * (women if sex == "female" else 1.0 - women)
    return _End(year, stock, np.array(KINDS)[rank], elsewhere, _grouped(persons, told))


def _vital(
    accounts: pd.DataFrame, years: tuple[int, int], sex: str, told: Told
) -> tuple[Array, Array]:
    """Births and deaths (area) from 1 July to 1 July."""
    parts = {}
    for name, share in (("births", "girls"), ("deaths", "women_dying")):
        events = accounts[name]
        if sex != "both":
            women = accounts[share]
            events = events * (women if sex == "female" else 1.0 - women)
        parts[name] = _grouped(_half_years(events, years), told)
    return parts["births"], parts["deaths"]


def _half_years(figures: pd.Series, years: tuple[int, int]) -> pd.Series:
    """Sum over the years of a period; its first and last count half."""
    wide = figures.unstack("year")
    first, last = years
    whole = wide[list(range(first + 1, last))].sum(axis=1, skipna=False)
    return whole + (wide[first] + wide[last]) / 2.0


def _grouped(figures: pd.Series, told: Told) -> Array:
    """Figures of the areas, parts added up; refuses a sum that meets what is not known."""
    parts = figures.groupby(figures.index.map(lambda code: told.home.get(code, code)))
    summed = parts.sum().where(parts.count() == parts.size()).reindex(told.areas)
    unknown = summed[summed.isna()].index[:5]
    what = "population, births or deaths of a year of the period are not known"
    fix = "Give a figure for every year, or leave the area out of the accounts"
    refuse(*(Problem(f"accounts of {area}", what, fix) for area in unknown))
    return summed.to_numpy(dtype=float)


# --- put together -------------------------------------------------------------------------------


def _dataset(areas: list[str], ends: list[_End], vital: tuple[Array, Array]) -> xr.Dataset:
    import xarray as xr

    births, deaths = vital
    square, line = ("birthplace", "residence"), ("area",)
    tables: dict[str, tuple[tuple[str, ...], NDArray[Any]]] = {}
    for name, end in zip(("start", "end"), ends, strict=True):
        native = end.population - end.stock.sum(axis=0)
        tables[f"stock_{name}"] = (square, end.stock + np.diag(native))
        tables[f"kind_{name}"] = (square, end.kind)
        tables[f"population_{name}"] = (line, end.population)
    change = ends[1].population - ends[0].population
    tables |= {
        "births": (line, births),
        "deaths": (line, deaths),
        "net": (line, change - births + deaths),
    }
    return xr.Dataset(tables, coords=dict.fromkeys((*square, *line), areas))


def _notes(
    stocks: pd.DataFrame, accounts: pd.DataFrame, told: Told, ends: list[_End]
) -> tuple[str, ...]:
    """What was assumed to make the ends comparable, with how many people it concerns."""
    areas, home = told
    parts: dict[str, list[str]] = {}
    for code, area in home.items():
        parts.setdefault(area, []).append(code)
    joined = "; ".join(
        f"{area}: {', '.join(sorted(codes))}" for area, codes in sorted(parts.items())
    )
    notes = [f"counted together in one area: {joined}"]
    persons = accounts.xs(ends[1].year, level="year")["population"]
    lost = persons[[home.get(code, code) not in areas for code in persons.index]]
    named = ", ".join(f"{code} ({people:,.0f} people)" for code, people in lost.items())
    notes.append(f"left out, without stocks by birthplace, births or deaths: {named or 'none'}")
    for end in ends:
        known = stocks[(stocks["year"] == end.year) & stocks["residence"].isin(areas)]
        birthplaces = known.groupby("residence")["birthplace"].nunique()
        few = int((birthplaces < FEW_BIRTHPLACES).sum())
        notes.append(
            f"{end.year}: {end.elsewhere:,.0f} people of unknown or left-out birthplace count "
            f"where they live, beside {end.stock.sum():,.0f} counted by birthplace; {few} areas "
            "name fewer than ten birthplaces"
        )
    absent = [end.kind == "assumed" for end in ends]
    gained = ends[1].stock[absent[0] & ~absent[1]].sum()
    gone = ends[0].stock[absent[1] & ~absent[0]].sum()
    notes.append(
        f"pairs without a figure count as zero: {gained:,.0f} people appear, {gone:,.0f} disappear "
        "in pairs that have one at one end only"
    )
    return tuple(notes)
