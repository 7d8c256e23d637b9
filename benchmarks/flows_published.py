"""Our flows beside those Abel and Cohen published: totals, correlation, largest differences.

    python benchmarks/flows_published.py [--shared ../shared]

Theirs (2022 update) take the same stocks, UN edition of 2020, with births, deaths and populations
of WPP 2022; ours take WPP 2024. Stock differences must therefore agree, and the account's methods
differ where the United Nations revised an area. For each of the ten largest differences of a period
the table says by how much net migration of its two ends was revised between the two: where that is
as large as the difference, the vital data explain it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

YEARS = range(1990, 2020, 5)
#: Method, its least correlation of log1p where both exceed 1,000, in 2010-2015 (issue "Flows").
LEAST = {"da_pb_closed": 0.95, "da_min_open": 0.98, "da_min_closed": 0.90}


def published(file: Path, year: int) -> pd.DataFrame:
    rows = duckdb.read_parquet(str(file)).filter(f"sex = 'T' AND year0 = {year}").df()
    return rows.set_index(["origin", "destination"])


def net(flows: pd.Series) -> pd.Series:
    into, out = (flows.groupby(end).sum() for end in ("destination", "origin"))
    return into.sub(out, fill_value=0.0)


def together(ours: pd.Series, theirs: pd.Series) -> pd.DataFrame:
    return pd.concat([ours, theirs], axis=1, keys=["ours", "theirs"]).fillna(0.0)


def largest(both: pd.DataFrame, revised: pd.Series) -> pd.DataFrame:
    """The ten largest differences with the revision of net migration at both ends."""
    gap = both["ours"] - both["theirs"]
    rows = both.loc[gap.abs().nlargest(10).index].assign(difference=gap).reset_index()
    for end in ("origin", "destination"):
        rows[f"net of {end} revised by"] = rows[end].map(revised)
    # A flow out of an area whose net was lowered should have grown, and into one whose was raised.
    pull = rows["net of destination revised by"] - rows["net of origin revised by"]
    rows["same direction"] = np.where(np.sign(pull) == np.sign(rows["difference"]), "yes", "no")
    return rows.round(0)


def main() -> int:
    from corridors.baseline.periods import observe
    from corridors.flows.methods import world_flows
    from corridors.flows.uncertainty import PUBLISHED

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("--shared", type=Path, default=beside)
    file = parser.parse_args().shared / "data/population/flows_abel_cohen.parquet"
    missed = []
    for year in YEARS:
        period = f"{year}-{year + 5}"
        theirs, ours = published(file, year), world_flows(observe(period), methods=PUBLISHED)
        tables = {name: together(estimate.flows.to_series(), theirs[name])
                  for name, estimate in ours.items()}  # fmt: skip
        print(f"\n{period}: million people, ours and theirs; correlation where both exceed 1,000")
        for name, both in tables.items():
            large = np.log1p(both[(both > 1000).all(axis=1)])
            correlation = float(large.corr().iloc[0, 1])
            totals = both.sum() / 1e6
            row = f"  {name:14} {totals['ours']:7.2f} {totals['theirs']:7.2f}"
            print(f"{row}   {correlation:.3f} of {len(large):,}")
            if year == 2010 and correlation < LEAST.get(name, 0.0):
                missed.append(name)
        revised = net(tables["da_min_closed"]["ours"]) - net(tables["da_min_closed"]["theirs"])
        print(f"  net migration revised by {revised.abs().sum() / 2e6:.1f} m people in all")
        print(largest(tables["da_pb_closed"], revised).to_string(index=False))
    if missed:
        print(f"below the least correlation of 2010-2015: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
