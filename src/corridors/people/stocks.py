"""What the figures say of a period: stocks at both ends, births and deaths, for the same areas.

Stocks are the UN's, of one edition; population, births and deaths are WPP 2024's. A period runs
from 1 July to 1 July, so that births and deaths take half of its first and half of its last
calendar year. Native-born at home are the population less the foreign-born.

Areas are those that both ends tell apart. Where one end does not (South Sudan, Montenegro, the
Antilles before 2010), the parts are put together as the area they were; Kosovo's people go to
Serbia, whose stocks hold them. People born in an area that is not told count where they live.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridors.areas import splits
from corridors.data import store
from corridors.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["EDITIONS", "PERIODS", "SEXES", "combine", "observe"]

Array = NDArray[np.float64]

#: Periods in the tables; five-year ones are read from the edition of 2020, the last from 2024.
PERIODS = (
    *(f"{year}-{year + 5}" for year in range(1990, 2020, 5)),
    "2020-2024",
)
EDITIONS = (2020, 2024)
#: Sex as asked for and as the tables write it.
SEXES = {"both": ("F", "M"), "female": ("F",), "male": ("M",)}
#: Parts whose people the stocks hold in another area, whatever the year (notes of the UN tables).
HELD_IN = {"GGY": "CHI", "JEY": "CHI", "BLM": "GLP", "MAF": "GLP"}
#: Girls among 205 newborns, the usual sex ratio at birth of 105 (assumed for every area).
GIRLS = 100.0 / 205.0
#: Notes of stocks that are not of the area they stand at.
NOT_APART = ("back-cast", "other borders")


def observe(
    period: str = "2015-2020", *, sex: str = "both", edition: int | None = None
) -> xr.Dataset:
    """Stocks at both ends of a period, births and deaths, of comparable areas.

    Parameters
    ----------
    period : str
        One of `PERIODS`, or any two years of one edition, as "2010-2020".
    sex : str
        `both`, `female` or `male`. By sex, births are split 105 boys to 100 girls and deaths by
        population over life expectancy: `assumed`.
    edition : int, optional
        2020 or 2024, the year of the stock tables. Default: 2024 for periods that end after 2020,
        else 2020. Editions are never mixed.

    Returns
    -------
    Dataset
        `stock_start`, `stock_end` (birthplace, residence), `births`, `deaths`, `population_start`,
        `population_end`, `net` (area): persons; `net` is what the account of births and deaths
        leaves. `kind_start`, `kind_end` (birthplace, residence): reported, modelled or assumed.
        `attrs`: period, years, sex, edition, kind of births and deaths, sources, notes.

    Raises
    ------
    InputError
        The period, sex or edition is not in the tables.
    """
    years, edition = _asked(period, sex, edition)
    home, areas = _combined(edition, years), _areas(edition, years)
    ends = [_stock(edition, year, sex, home, areas) for year in years]
    people = [_people(year, sex, home, areas) for year in years]
    births, deaths = _vital(years, sex, home, areas)
    found = _dataset(areas, ends, people, (births, deaths))
    later = years[1] > 2023
    vital_kind = "assumed" if sex != "both" else "modelled" if later else "reported"
    return found.assign_attrs(
        units="persons",
        period=f"{years[0]}-{years[1]}",
        years=years[1] - years[0],
        sex=sex,
        edition=edition,
        vital_kind=vital_kind,
        sources=f"UN International Migrant Stock {edition}; UN World Population Prospects 2024",
        notes=_notes(edition, years, home, areas, ends),
    )


def combine(edition: int, years: tuple[int, int]) -> dict[str, str]:
    """Area that stands for each area that the stocks do not tell apart at both ends.

    Derived from the tables: a split is undone where one of its parts has no stock of its own at
    one end. Kosovo has none in any year.
    """
    return dict(_combined(edition, years))


@functools.lru_cache(maxsize=64)
def _combined(edition: int, years: tuple[int, int]) -> Mapping[str, str]:
    cells = _cells(edition)
    told = []
    for year in years:
        rows = cells[cells["year"] == year]
        apart = ~rows["note"].isin(NOT_APART)
        told.append(set(rows["residence"][apart]) - set(rows["residence"][~apart]))
    own = told[0] & told[1]
    parts_later = {code for split in splits() for code in split.before}
    found = dict(HELD_IN)
    for split in reversed(splits()):
        if any(code not in own and code not in parts_later for code in split.after):
            found |= {code: split.before[0] for code in split.after if code != split.before[0]}
    return {code: _last(code, found) for code in found}


def _last(code: str, into: dict[str, str]) -> str:
    while into.get(code, code) != code:
        code = into[code]
    return code


def _asked(period: str, sex: str, edition: int | None) -> tuple[tuple[int, int], int]:
    problems = []
    if sex not in SEXES:
        fix = f"Use {', '.join(SEXES)}"
        problems.append(Problem("sex", f"'{sex}' is not in the tables", fix))
    if edition is not None and edition not in EDITIONS:
        fix = f"Use {' or '.join(map(str, EDITIONS))}"
        problems.append(Problem("edition", f"there is no edition {edition}", fix))
    words = period.replace("–", "-").split("-")
    numbers = [int(word) for word in words if word.strip().isdigit()]
    if problems:
        raise InputError(problems)
    known: set[int] = set()
    if len(numbers) == 2 and len(words) == 2:
        edition = edition or (2024 if numbers[1] > 2020 else 2020)
        known = set(_cells(edition)["year"].unique().tolist())
    if len(numbers) != 2 or not known.issuperset(numbers) or numbers[0] >= numbers[1]:
        what = f"'{period}' is not two years of one stock table"
        fix = f"Use {', '.join(nearest(period, PERIODS))}"
        raise InputError(Problem("period", what, f"{fix}, or two years of one edition"))
    return (numbers[0], numbers[1]), edition or EDITIONS[0]


# --- figures, read once -------------------------------------------------------------------------


@functools.lru_cache(maxsize=len(EDITIONS))
def _cells(edition: int) -> pd.DataFrame:
    """A stock table with its codes as categories, which map to areas a code at a time."""
    return store.table(f"stocks_{edition}", categories=True)


def _coded(codes: pd.Series, values: dict[str, int], absent: int) -> NDArray[np.int_]:
    """The value of each row's code."""
    known = [values.get(code, absent) for code in codes.cat.categories]
    return np.array(known)[codes.cat.codes]


@functools.lru_cache(maxsize=1)
def _population() -> pd.DataFrame:
    """Population accounts by area and year; the share of women and life expectancy beside them."""
    accounts = store.table("population").set_index(["area", "year"])
    ages = store.table("population_by_age").set_index(["area", "year", "sex"]).sum(axis=1)
    by_sex = ages.unstack("sex")
    accounts["women"] = by_sex["F"] / by_sex.sum(axis=1)
    expected = store.table("life_expectancy").set_index(["area", "year"])
    return accounts.join(expected.rename(columns={"female": "years_F", "male": "years_M"}))


@functools.lru_cache(maxsize=64)
def _areas(edition: int, years: tuple[int, int]) -> list[str]:
    """Areas with stocks, population, births and deaths at both ends, in alphabetical order.

    An area whose stocks name no birthplace but its own at an end tells nothing of who moved there.
    """
    cells, accounts, home = _cells(edition), _population(), _combined(edition, years)
    found: list[set[str]] = []
    for year in years:
        known = accounts.xs(year, level="year")[["population", "births", "deaths"]].dropna()
        counted = sorted({home.get(code, code) for code in known.index})
        place = _places(counted, home)
        rows = cells[(cells["year"] == year) & (cells["persons"] > 0)]
        b, r = (_coded(rows[end], place, -1) for end in ("birthplace", "residence"))
        told = np.unique(r[(b >= 0) & (r >= 0) & (b != r)])
        found.append({counted[number] for number in told})
    return sorted(found[0] & found[1])


def _places(areas: list[str], home: Mapping[str, str]) -> dict[str, int]:
    """Place of each area, and of the areas it stands for."""
    place = {area: number for number, area in enumerate(areas)}
    return place | {code: place[area] for code, area in home.items() if area in place}


def _stock(
    edition: int, year: int, sex: str, home: Mapping[str, str], areas: list[str]
) -> tuple[Array, NDArray[np.str_], float]:
    """Foreign-born (b, r) of the areas, the kind of each cell, and people born elsewhere."""
    cells = _cells(edition)
    rows = cells[(cells["year"] == year) & cells["sex"].isin(SEXES[sex])]
    place = _places(areas, home)
    ends = [_coded(rows[end], place, -1) for end in ("birthplace", "residence")]
    persons = rows["persons"].to_numpy(dtype=float)
    inside = (ends[0] >= 0) & (ends[1] >= 0)
    b, r = ends[0][inside], ends[1][inside]
    stock = np.zeros((len(areas), len(areas)))
    np.add.at(stock, (b, r), persons[inside])
    # A pair without a row is absent, and counts as zero: that is an assumption.
    rank = np.full(stock.shape, 2, dtype=np.int8)
    row_rank = np.select([rows["note"].isin(NOT_APART), rows["imputed"]], [2, 1], 0)
    rank[b, r] = 0
    np.maximum.at(rank, (b, r), row_rank[inside].astype(np.int8))
    elsewhere = float(persons[(ends[0] < 0) & (ends[1] >= 0)].sum())
    home_cells = np.diag_indices(len(areas))
    stock[home_cells], rank[home_cells] = 0.0, 1
    return stock, np.array(["reported", "modelled", "assumed"])[rank], elsewhere


def _people(year: int, sex: str, home: Mapping[str, str], areas: list[str]) -> Array:
    """Population (area) on 1 July."""
    rows = _population().xs(year, level="year")
    persons = rows["population"]
    if sex != "both":
        # One area (BES) has no ages: half of it counts as women.
        women = rows["women"].fillna(0.5)
        persons = persons * (women if sex == "female" else 1.0 - women)
    return _grouped(persons, home, areas)


def _vital(
    years: tuple[int, int], sex: str, home: Mapping[str, str], areas: list[str]
) -> tuple[Array, Array]:
    """Births and deaths (area) from 1 July to 1 July."""
    accounts = _population()
    births, deaths = (_half_years(accounts[name], years) for name in ("births", "deaths"))
    if sex == "female":
        births = births * GIRLS
    elif sex == "male":
        births = births * (1.0 - GIRLS)
    if sex != "both":
        deaths = deaths * _share_of_deaths(years, sex)
    return _grouped(births, home, areas), _grouped(deaths, home, areas)


def _half_years(figures: pd.Series, years: tuple[int, int]) -> pd.Series:
    """Sum over the years of a period; its first and last count half."""
    wide = figures.unstack("year")
    first, last = years
    whole = wide[list(range(first + 1, last))].sum(axis=1, skipna=False)
    return whole + (wide[first] + wide[last]) / 2.0


def _share_of_deaths(years: tuple[int, int], sex: str) -> pd.Series:
    """Share of one sex in deaths if each sex died at the rate of a stationary population, P / e."""
    rows = _population().xs((years[0] + years[1]) // 2, level="year")
    women = rows["women"].fillna(0.5)
    at_risk = {"female": women / rows["years_F"], "male": (1.0 - women) / rows["years_M"]}
    return at_risk[sex] / (at_risk["female"] + at_risk["male"])


def _grouped(figures: pd.Series, home: Mapping[str, str], areas: list[str]) -> Array:
    summed = figures.groupby(figures.index.map(lambda code: home.get(code, code))).sum()
    return summed.reindex(areas).to_numpy(dtype=float)


# --- put together -------------------------------------------------------------------------------


def _dataset(
    areas: list[str],
    ends: list[tuple[Array, NDArray[np.str_], float]],
    people: list[Array],
    vital: tuple[Array, Array],
) -> xr.Dataset:
    import xarray as xr

    births, deaths = vital
    square, line = ("birthplace", "residence"), ("area",)
    tables: dict[str, tuple[tuple[str, ...], NDArray[Any]]] = {}
    for name, (stock, kind, _), population in zip(("start", "end"), ends, people, strict=True):
        native = population - stock.sum(axis=0)
        tables[f"stock_{name}"] = (square, stock + np.diag(native))
        tables[f"kind_{name}"] = (square, kind)
        tables[f"population_{name}"] = (line, population)
    tables |= {
        "births": (line, births),
        "deaths": (line, deaths),
        "net": (line, people[1] - people[0] - births + deaths),
    }
    return xr.Dataset(tables, coords=dict.fromkeys((*square, *line), areas))


def _notes(
    edition: int,
    years: tuple[int, int],
    home: Mapping[str, str],
    areas: list[str],
    ends: list[tuple[Array, NDArray[np.str_], float]],
) -> tuple[str, ...]:
    """What was assumed to make the ends comparable, with how many people it concerns."""
    cells = _cells(edition)
    parts: dict[str, list[str]] = {}
    for code, area in home.items():
        parts.setdefault(area, []).append(code)
    joined = "; ".join(
        f"{area}: {', '.join(sorted(codes))}" for area, codes in sorted(parts.items())
    )
    notes = [f"counted together in one area: {joined}"]
    accounts = _population().xs(years[1], level="year")["population"]
    lost = accounts[[home.get(code, code) not in areas for code in accounts.index]]
    named = ", ".join(f"{code} ({persons:,.0f} people)" for code, persons in lost.items())
    notes.append(f"left out, without stocks by birthplace, births or deaths: {named or 'none'}")
    for year, (stock, _, elsewhere) in zip(years, ends, strict=True):
        known = cells[(cells["year"] == year) & cells["residence"].isin(areas)]
        few = int((known.groupby("residence")["birthplace"].nunique() < 10).sum())
        notes.append(
            f"{year}: {elsewhere:,.0f} people of unknown or left-out birthplace count where they "
            f"live, beside {stock.sum():,.0f} counted by birthplace; {few} areas name fewer than "
            "ten birthplaces"
        )
    absent = [kind == "assumed" for _, kind, _ in ends]
    gained = ends[1][0][absent[0] & ~absent[1]].sum()
    gone = ends[0][0][absent[1] & ~absent[0]].sum()
    notes.append(
        f"pairs without a figure count as zero: {gained:,.0f} people appear, {gone:,.0f} disappear "
        "in pairs that have one at one end only"
    )
    return tuple(notes)
