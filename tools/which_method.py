"""Write docs/which_method.md: how far the methods differ, and who comes near what is known.

    python tools/which_method.py [--shared ../shared] [--out docs/which_method.md]

The estimates of others are read from `../shared` and only compared: their terms are not stated, so
no row of them is in the package or on the page.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import xarray as xr
from flows_trial import Trial, every_trial, misplaced

from corridors.areas import every_area
from corridors.baseline.periods import PERIODS, combine, observe, protection
from corridors.flows.refugees import arrivals
from corridors.flows.uncertainty import PUBLISHED, spread

REPOSITORY = Path(__file__).resolve().parent.parent
SIZES = (50, 1_000, 10_000, 100_000, np.inf)
#: The period told in detail, and the one that the annual estimates of others cover.
PERIOD = "2010-2015"
#: A pair whose arrivals of refugees and applicants are fewer says little of a method.
ARRIVALS = 10_000

HEAD = """# Which method?

One page, for whoever has to choose. The methods answer the same question and differ by more than
the figures err; no census counts what they estimate, so each is held against something else here.
Made by `python tools/which_method.py`; the trial alone is `python tools/flows_trial.py`.

In short:

- **Whom others counted or estimated**: `da_pb_closed` comes nearest to the moves that others
  estimated from registers, and falls short of UNHCR's arrivals in the fewest pairs.
- **Returns and onward moves** are what the methods differ by: least movement has almost none of
  them, independence far too many, and `da_pb_closed` mixes the two. For a corridor that grows fast
  the methods with an account agree; for the way back they do not, and least movement often has 0.
- **How mobile people are decides the mixture.** In the trial below the best weight of least
  movement is {weights}, and depends on the simulation; 0.87 was estimated from moves counted in
  Europe. Where people move as seldom as in the world, 0.87 gives two to four times too many in
  the trial, and least movement half to nine tenths. Intervals of `da_pb_closed` draw the weight
  with a standard deviation of 0.09 about 0.87, the root mean square of those distances.
- **Net migration of an area**: any closed method; they agree by construction.
- **Differences of stocks** miss who is born and dies: low for everything, worst for old stocks.
- A ranking of totals by one method needs a second beside it.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs/which_method.md")
    chosen = parser.parse_args()
    periods = {period: spread(observe(period)) for period in PERIODS}
    trials = every_trial(chosen.shared)
    weights = [table.attrs["weight"] for _, _, table in trials]
    parts = [
        HEAD.format(weights=f"{min(weights):.2f} to {max(weights):.2f}"),
        *_by_period(periods),
        *_by_size(periods[PERIOD]),
        *_by_region(periods[PERIOD]),
        *_beside_others(periods[PERIOD], chosen.shared),
        *_beside_arrivals(periods),
        *_trials(trials),
    ]
    chosen.out.write_text("\n".join(parts).rstrip("\n") + "\n", encoding="utf-8")


def _table(frame: pd.DataFrame, head: str) -> str:
    """A table of text as Markdown."""
    names = [head, *map(str, frame.columns)]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    lines += ["| " + " | ".join([str(at), *row]) + " |" for at, row in zip(
        frame.index, frame.to_numpy(), strict=True)]  # fmt: skip
    return "\n".join(lines) + "\n"


def _by_period(periods: dict[str, xr.DataArray]) -> Iterator[str]:
    yield "## By period\n\nMillion people who moved, all pairs.\n"
    totals = pd.DataFrame(
        {period: flows.sum(["origin", "destination"]).to_series() for period, flows in
         periods.items()}
    ).T / 1e6  # fmt: skip
    yield _table(totals[list(PUBLISHED)].map("{:.1f}".format), "period")


def _by_size(flows: xr.DataArray) -> Iterator[str]:
    yield f"## By size of the corridor, {PERIOD}\n"
    yield (
        "Corridors by their size in `da_pb_closed`: how many, the ratio of the largest method to "
        "`da_pb_closed` and of the smallest (medians), in how many the smallest is 0, and the "
        "share each method has of the flow of `da_pb_closed` in them.\n"
    )
    values = {name: flows.sel({"method": name}).to_numpy() for name in PUBLISHED}
    centre = values["da_pb_closed"]
    every = np.stack(list(values.values()))
    rows = {}
    for low, high in itertools.pairwise(SIZES):
        here = (centre >= low) & (centre < high)
        smallest, largest = every[:, here].min(axis=0), every[:, here].max(axis=0)
        row = {
            "corridors": f"{here.sum():,}",
            "largest": f"{np.median(largest / centre[here]):.2f}",
            "smallest": f"{np.median(smallest / centre[here]):.2f}",
            "smallest is 0": f"{np.mean(smallest < 0.5):.0%}",
        }
        row |= {
            name: f"{flow[here].sum() / centre[here].sum():.2f}"
            for name, flow in values.items()
            if name != "da_pb_closed"
        }
        rows[f"{low:,} and more" if np.isinf(high) else f"{low:,} to {high:,}"] = row
    yield _table(pd.DataFrame(rows).T, "people")


def _by_region(flows: xr.DataArray) -> Iterator[str]:
    yield f"## By region of destination, {PERIOD}\n\nArrivals, million people.\n"
    regions = {code: area.region for code, area in every_area().items()}
    into = flows.sum("origin").to_pandas().T
    grouped = into.groupby(into.index.map(lambda code: regions.get(code) or "others")).sum() / 1e6
    order = grouped["da_pb_closed"].sort_values(ascending=False).index
    yield _table(grouped.loc[order, list(PUBLISHED)].map("{:.2f}".format), "region")


def _beside_others(flows: xr.DataArray, shared: Path) -> Iterator[str]:
    yield "## Beside other estimates\n"
    yield (
        f"Annual moves from mid-2010 to mid-2015 that others estimated from counted moves, "
        f"Asia and the Pacific (Raymer and others 2022) and South America (Aparicio-Castro and "
        f"others), summed over five years, between the countries that both have, beside the "
        f"transitions of {PERIOD}. Moves are more than transitions: who goes and comes back "
        f"is two of theirs and none of ours. `misplaced` is half the sum of differences over the "
        f"mean total, after each method is scaled to their total; `correlation` is of logarithms "
        f"where both exceed 100.\n"
    )
    files = {
        "Asia and the Pacific": ("flows_asia_pacific_2000_2019", "q50"),
        "South America": ("flows_south_america_1986_2018", "median"),
    }
    for region, (name, column) in files.items():
        theirs = _five_years(shared / f"data/population/{name}.parquet", column)
        areas = set(flows.indexes["origin"])
        theirs = theirs[[o in areas and d in areas and o != d for o, d in theirs.index]]
        rows = {method: _near(_of(flows, method), theirs) for method in PUBLISHED}
        yield f"{region}: {len(theirs):,} pairs, {theirs.sum() / 1e6:.1f} million moves.\n"
        yield _table(pd.DataFrame(rows).T, "method")


def _five_years(file: Path, column: str) -> pd.Series:
    weights = "CASE WHEN year IN (2010, 2015) THEN 0.5 ELSE 1.0 END"
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT origin, destination, sum({column} * {weights})::DOUBLE AS moves FROM '{file}' "
            "WHERE year BETWEEN 2010 AND 2015 GROUP BY ALL ORDER BY ALL"
        )
        .df()
    )
    return rows.set_index(["origin", "destination"])["moves"]


def _of(flows: xr.DataArray, method: str) -> pd.Series:
    """One method's flows by pair."""
    return flows.sel({"method": method}, drop=True).to_series()


def _near(flows: pd.Series, theirs: pd.Series) -> dict[str, str]:
    ours = flows.reindex(theirs.index).to_numpy()
    told = theirs.to_numpy()
    large = (ours > 100.0) & (told > 100.0)
    correlation = np.corrcoef(np.log(ours[large]), np.log(told[large]))[0, 1]
    return {
        "total of theirs": f"{ours.sum() / told.sum():.2f}",
        "misplaced": f"{misplaced(ours * told.sum() / ours.sum(), told):.2f}",
        "correlation": f"{correlation:.2f}",
    }


def _beside_arrivals(periods: dict[str, xr.DataArray]) -> Iterator[str]:
    yield "## Beside refugees who arrived\n"
    yield (
        f"UNHCR counts refugees who arrived and people who applied for asylum. Pairs in which at "
        f"least {ARRIVALS:,} did within the period: how many there are, and in how many of them a "
        "method has fewer people moving. Not every such pair is wrong: people who fled may have "
        "gone home, gone on or died before the period ended.\n"
    )
    rows = {}
    for period, flows in periods.items():
        first, last = (int(year) for year in period.split("-"))
        edition = 2024 if last > 2020 else 2020
        counted = arrivals(protection(), (first, last), combine(edition, (first, last)))["least"]
        known = _of(flows, "da_pb_closed").index
        counted = counted[(counted >= ARRIVALS) & counted.index.isin(known)]
        short = {name: int((_of(flows, name)[counted.index] < counted).sum()) for name in PUBLISHED}
        rows[period] = {"pairs": str(len(counted))} | {k: str(v) for k, v in short.items()}
    yield _table(pd.DataFrame(rows).T, "period")


def _trials(
    trials: list[tuple[dict[str, float], Trial, pd.DataFrame]],
) -> Iterator[str]:
    yield "## A trial where the truth is known\n"
    yield (
        "Populations of the fifty states of the USA are simulated for 150 years and five more, "
        "with the moves between them that the American Community Survey counts in a year (mean "
        "of 2010 to 2019), or a tenth of them, about as mobile as the world. `returning` is how "
        "much more likely a mover is to choose the state of birth, `onward` how much more likely "
        "whoever moved last year is to move again; both are assumed, and so is that everybody "
        "dies and has children alike. Methods see stocks, births and deaths. `misplaced` is as "
        "above, but not scaled: a wrong total counts. What comes nearest depends on the "
        "simulation, and this says on what.\n"
    )
    rows = {}
    for setting, trial, table in trials:
        words = ", ".join(f"{name} {value:g}" for name, value in setting.items())
        rows[words] = {
            "return home": f"{trial.returns / trial.transitions.sum():.0%}",
            "moves for a transition": f"{trial.moves / trial.transitions.sum():.2f}",
            "best weight": f"{table.attrs['weight']:.2f}",
        } | {name: f"{row.misplaced:.2f} ({row.total:.2f})" for name, row in table.iterrows()}
    yield "Misplaced, and in brackets the total beside the true one:\n"
    yield _table(pd.DataFrame(rows).T, "population")


if __name__ == "__main__":
    main()
