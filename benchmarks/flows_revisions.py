"""How far the United Nations revised their own figures: what `Errors` of the flows is held against.

    python benchmarks/flows_revisions.py [--shared ../shared]

Stocks: the same years in the editions of 2020 and 2024, as the change over five years in one less
that in the other. Net migration: WPP 2024 less what the closed estimates of Abel and Cohen keep of
WPP 2022. A revision is not an error, but no error is known better.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from flows_published import YEARS, net, published

#: Half of a normal distribution lies within this many standard deviations, 90 % within the other.
HALF, NINETY = 0.6745, 1.6449


def stocks_by_pair(edition: int) -> pd.Series:
    from corridors.data import store

    rows = store.table(f"stocks_{edition}")
    rows = rows[(rows["note"] == "") & (rows["birthplace"] != "OTH") & (rows["persons"] > 0)]
    return rows.groupby(["year", "birthplace", "residence"])["persons"].sum().astype(float)


def spread(revision: pd.Series, weight: pd.Series) -> str:
    """Standard deviations that the middle half and the middle 90 % of the people point to."""
    size = revision.abs().sort_values()
    share = weight[size.index].cumsum() / weight.sum()
    half, ninety = (float(size[share >= level].iloc[0]) for level in (0.5, 0.9))
    return f"half of people {half / HALF:.3f}, 90 % {ninety / NINETY:.3f}"


def five_year_changes(both: pd.DataFrame, keys: list[str]) -> tuple[pd.Series, pd.Series]:
    """Revisions of the log change over five years, and the stocks they weigh."""
    logs = np.log(both).unstack("year")
    gaps, weights = [], []
    for year in YEARS:
        change = [logs[edition][year + 5] - logs[edition][year] for edition in (2020, 2024)]
        gap = (change[1] - change[0]).dropna()
        gaps.append(gap)
        weights.append(both[2020].unstack("year")[year][gap.index])
    return pd.concat(gaps, keys=YEARS), pd.concat(weights, keys=YEARS)


def main() -> None:
    from corridors.baseline.periods import observe
    from corridors.flows.uncertainty import Errors

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("--shared", type=Path, default=beside)
    file = parser.parse_args().shared / "data/population/flows_abel_cohen.parquet"
    print(f"assumed: {Errors()}")
    editions = {edition: stocks_by_pair(edition) for edition in (2020, 2024)}
    pairs = pd.concat(editions, axis=1).dropna()
    areas = pairs.groupby(["year", "residence"]).sum()
    of_areas, weight = five_year_changes(areas, ["residence"])
    print(f"residence: {spread(of_areas, weight)}")
    of_pairs, weight = five_year_changes(pairs, ["birthplace", "residence"])
    common = of_areas.reindex(of_pairs.index.droplevel("birthplace")).to_numpy()
    print(f"pair, beside its area: {spread(of_pairs - common, weight)}")
    gaps, people = [], []
    for year in YEARS:
        observed = observe(f"{year}-{year + 5}")
        given, population = (observed[name].to_series() for name in ("net", "population_start"))
        both = given.index.intersection(net(published(file, year)["da_min_closed"]).index)
        theirs = net(published(file, year)["da_min_closed"])[both]
        gaps.append((given[both] - theirs) / population[both])
        people.append(population[both])
    joined = pd.concat(gaps, keys=YEARS), pd.concat(people, keys=YEARS)
    print(f"net migration as a share of the population (births, deaths, growth): {spread(*joined)}")


if __name__ == "__main__":
    main()
