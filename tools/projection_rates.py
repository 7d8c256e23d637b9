"""What a projection's rates rest on: prints the fits, all on what was known before 2010 or 2015.

    python tools/projection_rates.py

Flight: spells that began from 1975 to 2009 in UNHCR's arrivals (refugees, people in refugee-like
situations, asylum seekers), followed to 2019 at most; nothing that began later is read. Returns:
UNHCR's returned refugees over refugees of the year before, 1985 to 2009. Errors of departures: how
those that stocks of one five years imply missed the next, edition of 2024, 1990 to 2015.
"""

from __future__ import annotations

import itertools

import numpy as np

from corridors.data import store
from corridors.labels import Array
from corridors.people import displaced
from corridors.people.stocks import foreign_born

GROUPS = ("refugees", "refugee_like", "asylum_seekers")
YEARS = (1990, 1995, 2000, 2005, 2010, 2015)
#: Smallest yearly arrivals that a ratio of two periods is taken of.
SMALLEST = 2_000.0


def spells() -> list[displaced.Spell]:
    """The spells begun from 1975 to 2009."""
    table = store.table("refugee_arrivals")
    table = table[table["group"].isin(GROUPS) & (table["year"] <= 2019)]
    wide = table.pivot_table(index="year", columns="birthplace", values="persons", aggfunc="sum")
    wide = wide.reindex(range(1970, 2020)).fillna(0.0)
    people = store.table("population").pivot(index="year", columns="area", values="population")
    return displaced.spells(wide, people, first=1975, last=2009, until=2019)


def decay() -> None:
    """The fits of (58)."""
    told = spells()
    print(f"{len(told)} spells, {sum(len(each.arrivals) for each in told)} years")
    print("shape, weights, years | half-life | floor | its half-life (errors of leaving one out)")
    for shape in displaced.SHAPES:
        for alike in (True, False):
            for skip in (0, 1):
                if skip and shape == "a floor that fades":
                    continue
                best = displaced.fit(told, shape, alike=alike, skip=skip)
                spread = displaced.fit_errors(told, shape, alike=alike, skip=skip)
                errors = np.sqrt(np.diag(spread)).round(3).tolist()
                print(
                    f"{shape}, {'spells' if alike else 'persons'} alike, "
                    f"{'without' if skip else 'with'} the peak year | {best.half_life:.2f} | "
                    f"{best.floor:.3f} | {best.floor_half_life:.1f} {errors}"
                )
                if shape == "a floor that fades" and alike:
                    scale = np.sqrt(np.diag(spread))
                    print("  correlations", (spread / np.outer(scale, scale)).round(2).tolist())


def returns() -> None:
    """Yearly rates of return of refugees."""
    table = store.table("refugees")
    table = table[table["publisher"] == "UNHCR"]
    wide = table.pivot_table(index="year", columns="group", values="persons", aggfunc="sum")
    rate = wide["returned_refugees"] / wide["refugees"].shift(1)
    for first, last in ((1985, 2009), (2010, 2019)):
        some = rate.loc[first:last]
        ends = np.quantile(some, [0.05, 0.95])
        print(
            f"returns of refugees {first}-{last}: median {some.median():.3f} a year, "
            f"5th to 95th of a hundred years {ends[0]:.3f} to {ends[1]:.3f}"
        )


def departures() -> None:
    """Growth and deaths of stocks, as arrivals a year, and how one period misses the next."""
    table = store.table("stocks_2024")
    table = table[~table["imputed"] & (table["note"] == "") & (table["birthplace"] != "OTH")]
    names = table[["birthplace", "residence"]].stack().unique()
    areas = sorted(set(map(str, names)))
    stocks = [foreign_born(table[table["year"] == year], areas)[0] for year in YEARS]
    losses = 0.02  # a year: deaths and returns of a stock, as permanent migrants have them
    yearly = [
        np.maximum((after - before) / 5.0 + losses * after, 0.0)
        for before, after in itertools.pairwise(stocks)
    ]
    for words, axis in (("by origin", 1), ("by residence", 0)):
        totals = [flow.sum(axis=axis) for flow in yearly]
        for apart in (1, 2, 3):
            pairs = zip(totals, totals[apart:], strict=False)
            ratios = np.concatenate([_log_ratio(*pair) for pair in pairs])
            middle = np.quantile(np.abs(ratios - np.median(ratios)), 0.5) * 1.4826
            print(
                f"departures {words}, {apart} periods apart: {len(ratios)} ratios, median "
                f"{np.median(ratios):+.2f}, spread {ratios.std():.2f}, robust {middle:.2f}"
            )


def _log_ratio(before: Array, after: Array) -> Array:
    large = (before > SMALLEST) & (after > SMALLEST)
    return np.asarray(np.log(after[large] / before[large]))


if __name__ == "__main__":
    decay()
    returns()
    departures()
