"""Forecast the shipped stocks, asylum applications and net migration once, for cards.

    python tools/build_forecasts.py

Writes src/corridors/data/reference/forecasts.parquet from the tables beside it; then run
`python tools/build_reference.py --catalogue-only`. Corridors where nobody is expected are left out.
"""

from __future__ import annotations

import duckdb
import pandas as pd
from build_reference import write

from corridors.data.store import REFERENCE
from corridors.forecast import shipped

KINDS = ("stocks", "asylum", "net")
PERSONS = ["last", "mean", "median", "lower_80", "upper_80", "lower_95", "upper_95"]


def main() -> None:
    parts = []
    for what in KINDS:
        rows = shipped.every(shipped.PANELS[what](), shipped.UNTIL[what])
        rows = rows[(rows["figure"] != "corridor") | (rows["mean"] >= 1.0)]
        parts.append(rows.assign(what=what, last_year=rows["last_year"], **rows[PERSONS].round()))
    rows = pd.concat(parts)[["what", *shipped.COLUMNS]]
    rows = rows.sort_values(["what", "figure", "origin", "destination"], ignore_index=True)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1; SET preserve_insertion_order = true")
        connection.register("forecasts", rows)
        persons = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in PERSONS)
        years = "last_year::SMALLINT AS last_year, year::SMALLINT AS year"
        query = f"SELECT what, figure, origin, destination, {years}, {persons}, kind FROM forecasts"
        write(connection, query, REFERENCE / "forecasts.parquet")


if __name__ == "__main__":
    main()
