"""The figures of a period from the tables in the package: stocks, births, deaths, protection."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from corridors.data import store
from corridors.errors import InputError, Problem, nearest
from corridors.flows.refugees import Protection
from corridors.labels import Array
from corridors.people import stocks
from corridors.people.demography import deaths_by_sex, survival_ratios

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["EDITIONS", "PERIODS", "cohort_residuals", "combine", "observe", "protection"]

#: Periods in the tables; five-year ones are read from the edition of 2020, the last from 2024.
PERIODS = (
    *(f"{year}-{year + 5}" for year in range(1990, 2020, 5)),
    "2020-2024",
)
EDITIONS = (2020, 2024)
#: Last year whose births and deaths are reported; later ones are the publisher's projection.
LAST_REPORTED = 2023
#: First ages of the three age groups of `population_by_age`; years between two counts of ages.
BROAD_AGES = (0, 15, 65)
AGE_STEP = 5
#: Both sexes, side by side.
EACH = "each"


def observe(
    period: str = "2015-2020", *, sex: str = "both", edition: int | None = None
) -> xr.Dataset:
    """Stocks at both ends of a period, births and deaths, of comparable areas.

    Parameters
    ----------
    period : str
        One of `PERIODS`, or any two years of one edition, as "2010-2020".
    sex : str
        `both`, `female`, `male`, or `each` for a leading axis `sex` of the two.
    edition : int, optional
        2020 or 2024, the year of the stock tables. Default: 2024 for periods that end after 2020,
        else 2020. Editions are never mixed.

    Returns
    -------
    Dataset
        Persons, as `corridors.people.stocks.comparable`: stocks (birthplace, residence), births,
        deaths, population and net migration (area), S, B and D of (44) and (45). `attrs` also tells
        edition, kind of births and deaths, and sources (UN DESA, WPP 2024).

    Raises
    ------
    InputError
        The period, sex or edition is not in the tables.
    SourceError
        A table of the package is missing or damaged.
    """
    years, edition = _asked(period, sex, edition)
    if sex == EACH:
        return _of_each_sex(period, edition)
    observed = stocks.comparable(
        _stocks(edition),
        _accounts() if sex == "both" else _accounts_by_sex(),
        years,
        sex=sex,
        told=_told(edition, years),
    )
    vital_kind = "modelled" if years[1] > LAST_REPORTED else "reported"
    return observed.assign_attrs(
        edition=edition,
        vital_kind=vital_kind if sex == "both" else "assumed",
        sources=f"UN International Migrant Stock {edition}; UN World Population Prospects 2024",
    )


def _of_each_sex(period: str, edition: int) -> xr.Dataset:
    import xarray as xr

    names = [sex for sex in stocks.SEXES if sex != "both"]
    parts = [observe(period, sex=sex, edition=edition) for sex in names]
    axis = xr.DataArray(names, dims="sex", name="sex")
    joined = xr.concat([part.drop_attrs(deep=False) for part in parts], dim=axis)
    return joined.assign_attrs(parts[0].attrs | {"sex": EACH})


def combine(edition: int, years: tuple[int, int]) -> dict[str, str]:
    """Area that stands for each that the edition's stocks do not tell apart in both years.

    Raises
    ------
    InputError
        The edition has no stocks of a year.
    SourceError
        A table of the package is missing or damaged.
    """
    return dict(_told(edition, years).home)


@functools.lru_cache(maxsize=1)
def protection() -> Protection:
    """UNHCR's arrivals, and its counts of people under protection and of those who went home.

    Returns
    -------
    Protection
        DataFrames (birthplace, residence, year, group, persons).

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    counted = store.table("refugees", categories=True)
    arrivals = store.table("refugee_arrivals", categories=True)
    return Protection(arrivals, counted[counted["publisher"] == "UNHCR"])


def _asked(period: str, sex: str, edition: int | None) -> tuple[tuple[int, int], int]:
    problems = []
    if sex not in (*stocks.SEXES, EACH):
        fix = f"Use {', '.join((*stocks.SEXES, EACH))}"
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
        known = set(_stocks(edition)["year"].unique().tolist())
    if len(numbers) != 2 or not known.issuperset(numbers) or numbers[0] >= numbers[1]:
        what = f"'{period}' is not two years of one stock table"
        fix = f"Use {', '.join(nearest(period, PERIODS))}"
        raise InputError(Problem("period", what, f"{fix}, or two years of one edition"))
    return (numbers[0], numbers[1]), edition or EDITIONS[0]


# --- tables, read once --------------------------------------------------------------------------


@functools.lru_cache(maxsize=len(EDITIONS))
def _stocks(edition: int) -> pd.DataFrame:
    """A stock table with its codes as categories, which map to areas a code at a time."""
    return store.table(f"stocks_{edition}", categories=True)


@functools.lru_cache(maxsize=1)
def _accounts() -> pd.DataFrame:
    return stocks.yearly_accounts(store.table("population"))


@functools.lru_cache(maxsize=1)
def _accounts_by_sex() -> pd.DataFrame:
    return stocks.yearly_accounts(store.table("population"), _women())


@functools.lru_cache(maxsize=64)
def _told(edition: int, years: tuple[int, int]) -> stocks.Told:
    return stocks.told_apart(_stocks(edition), _accounts(), years)


def cohort_residuals(period: str, sex: str) -> xr.DataArray:
    """People of each age at the end less those who should have lived to it; WPP 2024.

    Ages are groups of five years at the end of the period, named by their first year; the youngest
    were born in the period. Ages of people are those of `observe` by sex: assumed.

    Parameters
    ----------
    period : str
        A period of five years of the edition of 2020.
    sex : str
        `female` or `male`.

    Returns
    -------
    DataArray (area, age) persons over the period

    Raises
    ------
    InputError
        Another sex, or a period that is not five years from a count of ages to the next.
    SourceError
        A table of the package is missing or damaged.

    Notes
    -----
    P1 - s P0, forward survival (UN Manual VI 1970): section 11 of docs/mathematics.md.
    """
    import xarray as xr

    years, edition = _asked(period, sex, None)
    if sex not in ("female", "male"):
        raise InputError(Problem("sex", "ages are of one sex", "Use female or male"))
    people, areas, held = _people_by_age()
    if years[1] - years[0] != AGE_STEP or years[0] % AGE_STEP or years[1] not in held:
        what = f"{period} is not five years from a count of ages to the next"
        raise InputError(Problem("period", what, f"Use {', '.join(PERIODS[:-1])}"))
    column = ["female", "male"].index(sex)
    rates = store.table("mortality_by_age")
    rates = rates[(rates["first_year"] == years[0]) & (rates["sex"] == "FM"[column])]
    wide = rates.pivot(index="area", columns="age", values="rate").reindex(areas)
    survival = survival_ratios(wide.to_numpy(dtype=float))
    start, end = (people[:, held.index(year), column] for year in years)
    told = _told(edition, years)
    births = observe(period, sex=sex)["births"].to_series()
    lived = survival[:, 1:] * start
    expected = np.zeros_like(end)
    expected[:, 1:] = lived[:, :-1]
    expected[:, -1] += lived[:, -1]
    rest = end - expected
    home = [told.home.get(area, area) for area in areas]
    place = {area: number for number, area in enumerate(told.areas)}
    grouped, weight = np.zeros((len(place), end.shape[1])), np.zeros(len(place))
    for row, area in enumerate(home):
        if area in place:
            grouped[place[area]] += rest[row]
            weight[place[area]] += end[row, 0]
    # Newborns of areas counted as one survive as those of its parts, by their children.
    born = np.zeros(len(place))
    for row, area in enumerate(home):
        if area in place:
            share = end[row, 0] / weight[place[area]]
            born[place[area]] += survival[row, 0] * share
    grouped[:, 0] -= born * births.reindex(told.areas).to_numpy()
    ages = [str(age) for age in sorted(store.table("population_by_five_years")["age"].unique())]
    about = {"units": "persons over the period", "kind": "assumed", "period": period}
    return xr.DataArray(grouped, [("area", told.areas), ("age", ages)], attrs=about)


# --- women and men ------------------------------------------------------------------------------


def _women() -> pd.DataFrame:
    """Shares of women among people, newborn and those who die (area, year), from 1985 to 2024.

    Deaths by sex are those that the death rates by age give of the people of each age; the
    published deaths are of both sexes, so their share is what is taken. Ages are of the edition of
    2019 inside each of the three age groups of that of 2024; areas without ages have the world's.
    """
    import pandas as pd

    people, areas, years = _people_by_age()
    index = pd.MultiIndex.from_product([areas, years], names=["area", "year"])
    shape = (len(areas), len(years))
    events = store.table("population").set_index(["area", "year"])["births"].reindex(index)
    births = events.to_numpy().reshape(shape)
    ratio = store.table("sex_ratio_at_birth").set_index(["area", "year"])["boys_per_girl"]
    girls = 1.0 / (1.0 + ratio.reindex(index).to_numpy(dtype=float).reshape(shape))
    newborn = births[..., None] * np.stack([girls, 1.0 - girls], axis=-1)
    rates = store.table("mortality_by_age").set_index(["area", "first_year", "sex", "age"])["rate"]
    wide = rates.unstack(["first_year", "sex", "age"]).reindex(areas).sort_index(axis=1)
    firsts = sorted(set(wide.columns.get_level_values("first_year")))
    each = wide.to_numpy(dtype=float).reshape(len(areas), len(firsts), 2, -1)
    at = [firsts.index(year - year % AGE_STEP) for year in years]
    dying = deaths_by_sex(each[:, at], people, newborn)
    of_women = people.sum(axis=-1)
    columns = {
        "women": of_women[..., 0] / of_women.sum(axis=-1),
        "girls": girls,
        "women_dying": dying[..., 0] / dying.sum(axis=-1),
    }
    shares = {name: values.ravel() for name, values in columns.items()}
    return pd.DataFrame(shares, index=index).reset_index()


def _people_by_age() -> tuple[Array, list[str], list[int]]:
    """Persons (area, year, sex, age in groups of five), the areas and the years."""
    five = store.table("population_by_five_years")
    held = sorted(five["year"].unique())
    years = list(range(held[0], held[-1]))
    areas = sorted(store.table("mortality_by_age")["area"].unique())
    wide = five.set_index(["area", "year", "sex", "age"])["persons"]
    wide = wide.unstack(["year", "sex", "age"]).sort_index(axis=1)
    ages = np.array(sorted(five["age"].unique()))
    known = wide.to_numpy(dtype=float).reshape(len(wide), len(held), 2, -1)
    places = wide.index.get_indexer(areas)
    counted = np.where((places >= 0)[:, None, None, None], known[places], known.sum(axis=0))
    # Between two mid-years in straight lines.
    first = np.searchsorted(held, years, side="right") - 1
    far = ((np.array(years) - np.array(held)[first]) / AGE_STEP)[:, None, None]
    people = (1.0 - far) * counted[:, first] + far * counted[:, first + 1]
    group = np.searchsorted(BROAD_AGES, ages, side="right") - 1
    broad = _broad_ages(areas, years)
    for number in range(len(BROAD_AGES)):
        part = people[..., group == number]
        total = part.sum(axis=-1, keepdims=True)
        scaled = part * (broad[..., number, None] / total)
        people[..., group == number] = np.where(np.isnan(broad[..., number, None]), part, scaled)
    return people, areas, years


def _broad_ages(areas: list[str], years: list[int]) -> Array:
    """Persons (area, year, sex, three age groups) of 2024's edition; NaN where not told (BES)."""
    import pandas as pd

    table = store.table("population_by_age")
    columns = [name for name in table.columns if name.startswith("age_")]
    table = table[table["year"].isin(years)].set_index(["area", "year", "sex"])[columns]
    index = [areas, years, ["F", "M"]]
    rows = table.reindex(pd.MultiIndex.from_product(index))
    return rows.to_numpy(dtype=float).reshape(len(areas), len(years), 2, len(columns))
