"""Our flows beside those Abel and Cohen published: totals, correlation, largest differences.

    python benchmarks/flows_published.py [--shared ../shared] [--sex]

Theirs (2022 update) take the same stocks, UN edition of 2020, with births, deaths and populations
of WPP 2022; ours take WPP 2024. Stock differences must therefore agree, and the account's methods
differ where the United Nations revised an area. For each of the ten largest differences of a period
the table says by how much net migration of its two ends was revised between the two: where that is
as large as the difference, the vital data explain it.

`--sex` prints net migration of women and men of ten large areas beside theirs instead, and what
women and men differ from both by.
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


#: Ten largest areas; areas whose net of both sexes is within this share of theirs are compared.
AREAS = ("CHN", "IND", "USA", "IDN", "PAK", "BRA", "NGA", "BGD", "RUS", "MEX")
NEAR = 0.15


def by_sex(file: Path) -> None:
    """Net migration of women and of both sexes, ours and theirs, and the share of women."""
    from corridors.baseline.periods import observe
    from corridors.flows.methods import world_flows
    from corridors.flows.sexes import flows_by_sex

    for year in (2005, 2010, 2015):
        period = f"{year}-{year + 5}"
        both = observe(period)
        split = flows_by_sex(observe(period, sex="each"), both=both)["da_pb_closed"]
        whole = world_flows(both)["da_pb_closed"].flows
        left = float(abs(split.flows.sum("sex") - whole).max())
        rows = duckdb.read_parquet(str(file)).filter(f"sex <> 'T' AND year0 = {year}").df()
        theirs = pd.DataFrame(
            {sex: net(part.set_index(["origin", "destination"])["da_pb_closed"])
             for sex, part in rows.groupby("sex")}
        )  # fmt: skip
        ours = split.net().to_pandas().T
        table = pd.DataFrame(
            {
                "ours, women": ours["female"],
                "ours, both": ours.sum(axis=1),
                "theirs, women": theirs["F"],
                "theirs, both": theirs.sum(axis=1),
            }
        ).loc[list(AREAS)]
        share = 100 * table.iloc[:, [0, 2]].to_numpy() / table.iloc[:, [1, 3]].to_numpy()
        near = (table["ours, both"] / table["theirs, both"] - 1.0).abs() <= NEAR
        table = table.round(0).assign(points=np.where(near, share[:, 0] - share[:, 1], np.nan))
        print(f"\n{period}: net migration; points of the share of women where both are near")
        print(table.round(1).to_string(float_format="{:,.1f}".format))
        print(f"  women + men - both, largest cell: {left:g}")


def main() -> int:
    from corridors.baseline.periods import observe
    from corridors.flows.methods import world_flows
    from corridors.flows.uncertainty import PUBLISHED

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("--shared", type=Path, default=beside)
    parser.add_argument("--sex", action="store_true", help="net migration of women and men")
    chosen = parser.parse_args()
    file = chosen.shared / "data/population/flows_abel_cohen.parquet"
    if chosen.sex:
        by_sex(file)
        return 0
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
