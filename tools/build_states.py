"""Build the world of the states of the USA that ships, from the ACS moves in `../shared/data`.

    python tools/build_states.py [--shared ../shared] [--out .../worlds/usa-states]

Yearly state-to-state moves of the American Community Survey 2019 (public domain; survey estimates,
without the District of Columbia) become stocks by the rule of `corridors.baseline.moves`; residents
are the Census Bureau's. No table of pay is read: only people are given.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import duckdb
import pandas as pd

from corridors import baseline

REPOSITORY = Path(__file__).resolve().parent.parent
POPULATION = Path(__file__).parent / "reference" / "us_states.toml"
DISTRICT, PUBLISHED = 705_749, 328_239_523
YEAR = 2019
SOURCES = (
    "U.S. Census Bureau, American Community Survey 2019, state-to-state migration flows; copy in "
    "schochastics/edgebundle. Public domain.",
    "U.S. Census Bureau, Population Division, NST-EST2019-01. Public domain.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--out", type=Path, default=baseline.folders.WORLDS / "usa-states")
    chosen = parser.parse_args()
    people = tomllib.loads(POPULATION.read_text(encoding="utf-8"))["population"]
    if sum(people.values()) + DISTRICT != PUBLISHED:
        raise SystemExit("the states do not add up to the published population")
    file = chosen.shared / "data/population/internal_migration_od.parquet"
    moves = (
        duckdb.connect()
        .execute(
            f"SELECT origin, destination, flow::DOUBLE AS moves FROM '{file}' "
            f"WHERE country = 'USA' AND year = {YEAR} ORDER BY origin, destination"
        )
        .df()
    )
    economy = pd.DataFrame({"area": list(people), "population": list(people.values())})
    built = baseline.build(economy=economy, moves=moves)
    about = {
        "title": "The states of the USA, 2019",
        "sources": list(SOURCES),
        "rules": built.rules.to_dict("records"),
    }
    baseline.save(built.observed, chosen.out, about)
    print(
        f"{len(people)} states, {built.observed.coverage['people abroad, held']:,.0f} live "
        "in a state that is not that of their birth"
    )


if __name__ == "__main__":
    main()
