"""Write `src/corridors/data/reference/dangers.toml`: deaths and crossings of sea routes, by year.

    python tools/build_journey_dangers.py [../shared]

Deaths and missing: IOM's Missing Migrants Project; crossings: detections published by Frontex.
Both are lower bounds of what they count, in different ways: many deaths are not recorded, and a
person who tries twice is detected twice.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "corridors" / "data" / "reference" / "dangers.toml"
YEARS = (2014, 2024)
#: Our name -> (route of Missing Migrants, route of Frontex, what it is called).
ROUTES = {
    "central_mediterranean": (
        "Central Mediterranean Route",
        "Central Mediterranean Route|Sea",
        "Libya and Tunisia to Italy and Malta, by sea",
    ),
    "eastern_mediterranean": (
        "Eastern Mediterranean Route",
        "Eastern Mediterranean Route|Sea",
        "Turkey to Greece and Cyprus, by sea",
    ),
    "western_mediterranean": (
        "Western Mediterranean Route",
        "Western Mediterranean Route|Sea",
        "Morocco and Algeria to Spain, by sea",
    ),
    "western_african_atlantic": (
        "Western African Atlantic Route",
        "Western African Route|Sea",
        "West Africa to the Canary Islands, by sea",
    ),
}
HEAD = """\
# Dangers and prices of routes; written by tools/build_journey_dangers.py, prices by hand below.
# deaths: dead and missing of a year (IOM's Missing Migrants Project, June 2025, CC BY 4.0);
# crossings: detections of a year (Frontex, monthly tables to April 2025, free use with source).
# kind of the risk deaths / (deaths + crossings): modelled. Deaths are a lower bound, detections
# count repeated attempts again.
"""
PRICES = """\
[prices.central_america_to_usa]
title = "A guide from Central America to the United States"
lower = 4000.0
value = 7500.0
upper = 11000.0
unit = "US$ of 2017"
kind = "reported"
source = "Greenfield et al. 2019 (RAND for DHS), through the National Review; value: the middle"

[group_size]
title = "How the risk a person falls with the size of the group: factor size^-elasticity"
lower = 0.0
upper = 0.2
unit = "elasticity"
kind = "assumed"
source = "no measurement; large groups are reported to lose few people on the road"
"""


def main() -> int:
    """Write the file; returns the exit code."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared"
    folder = shared / "data" / "population"
    lines = [HEAD, f"years = {list(range(YEARS[0], YEARS[1] + 1))}"]
    for name, (missing, frontex, title) in ROUTES.items():
        deaths = by_year(
            folder / "missing_migrants.parquet", "sum(dead)", "date", f"route = '{missing}'"
        )
        crossings = by_year(
            folder / "border_detections.parquet", "sum(count)", "month", f"detail = '{frontex}'"
        )
        lines += [
            "",
            f"[routes.{name}]",
            f'title = "{title}"',
            f"deaths = {deaths}",
            f"crossings = {crossings}",
        ]
    TARGET.write_text("\n".join([*lines, "", PRICES]), encoding="utf-8")
    return 0


def by_year(file: Path, what: str, day: str, where: str) -> list[int]:
    """A total of each year."""
    query = f"""
        SELECT year({day}), {what} FROM '{file}'
        WHERE {where} AND year({day}) BETWEEN {YEARS[0]} AND {YEARS[1]} GROUP BY 1 ORDER BY 1
    """
    with duckdb.connect() as connection:
        by_year = dict(connection.execute(query).fetchall())
    return [int(by_year.get(year, 0)) for year in range(YEARS[0], YEARS[1] + 1)]


if __name__ == "__main__":
    sys.exit(main())
