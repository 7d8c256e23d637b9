"""The figures of a period from the tables in the package: stocks, births, deaths, protection."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from corridors.data import store
from corridors.errors import InputError, Problem, nearest
from corridors.flows.refugees import Protection
from corridors.people import stocks

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["EDITIONS", "PERIODS", "combine", "observe", "protection"]

#: Periods in the tables; five-year ones are read from the edition of 2020, the last from 2024.
PERIODS = (
    *(f"{year}-{year + 5}" for year in range(1990, 2020, 5)),
    "2020-2024",
)
EDITIONS = (2020, 2024)
#: Last year whose births and deaths are reported; later ones are the publisher's projection.
LAST_REPORTED = 2023


def observe(
    period: str = "2015-2020", *, sex: str = "both", edition: int | None = None
) -> xr.Dataset:
    """Stocks at both ends of a period, births and deaths, of comparable areas.

    Parameters
    ----------
    period : str
        One of `PERIODS`, or any two years of one edition, as "2010-2020".
    sex : str
        `both`, `female` or `male`.
    edition : int, optional
        2020 or 2024, the year of the stock tables. Default: 2024 for periods that end after 2020,
        else 2020. Editions are never mixed.

    Returns
    -------
    Dataset
        As `corridors.people.stocks.comparable`; `attrs` also tells edition, kind of births and
        deaths, and sources.

    Raises
    ------
    InputError
        The period, sex or edition is not in the tables.
    """
    years, edition = _asked(period, sex, edition)
    observed = stocks.comparable(
        _stocks(edition), _accounts(), years, sex=sex, told=_told(edition, years)
    )
    vital_kind = "modelled" if years[1] > LAST_REPORTED else "reported"
    return observed.assign_attrs(
        edition=edition,
        vital_kind=vital_kind if sex == "both" else "assumed",
        sources=f"UN International Migrant Stock {edition}; UN World Population Prospects 2024",
    )


def combine(edition: int, years: tuple[int, int]) -> dict[str, str]:
    """Area that stands for each that the edition's stocks do not tell apart in both years."""
    return dict(_told(edition, years).home)


@functools.lru_cache(maxsize=1)
def protection() -> Protection:
    """UNHCR's arrivals, and its counts of people under protection and of those who went home."""
    counted = store.table("refugees", categories=True)
    arrivals = store.table("refugee_arrivals", categories=True)
    return Protection(arrivals, counted[counted["publisher"] == "UNHCR"])


def _asked(period: str, sex: str, edition: int | None) -> tuple[tuple[int, int], int]:
    problems = []
    if sex not in stocks.SEXES:
        fix = f"Use {', '.join(stocks.SEXES)}"
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
    names = ("population", "population_by_age", "life_expectancy")
    return stocks.yearly_accounts(*(store.table(name) for name in names))


@functools.lru_cache(maxsize=64)
def _told(edition: int, years: tuple[int, int]) -> stocks.Told:
    return stocks.told_apart(_stocks(edition), _accounts(), years)
