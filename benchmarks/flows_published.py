"""Our flows beside those Abel and Cohen published: totals, correlation, largest differences.

    python benchmarks/flows_published.py [--shared ../shared] [--sex] [--page FILE.md]

Theirs (2022 update) take the same stocks, UN edition of 2020, with births, deaths and populations
of WPP 2022; ours take WPP 2024. Stock differences must therefore agree, and the account's methods
differ where the United Nations revised an area. For each of the ten largest differences of a period
the table says by how much net migration of its two ends was revised between the two: where that is
as large as the difference, the vital data explain it.

`--sex` prints net migration of women and men of ten large areas beside theirs instead, and what
women and men differ from both by. `--page` writes all of it, and the ten largest flows of each
period and method, as the page of the docs.
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


PAGE = """# Beside the flows that Abel and Cohen published

Made by `python benchmarks/flows_published.py --page docs/flows_published.md`; a test behind
`pytest -m long` makes it again and compares. Theirs: Abel and Cohen, *Bilateral international
migration flow estimates*, Scientific Data 2019, update of 2022 (figshare, CC BY 4.0). Both take the
stocks of the United Nations' edition of 2020; theirs births, deaths and populations of World
Population Prospects 2022, ours those of 2024. So:

- **Differences of stocks agree** to the rounding: they need no births and deaths.
- **An account differs where net migration was revised** between the two editions, by 8 to 13
  million people a period. In the tables of differences, `revised` is how much net migration of the
  two ends was, and the last column says whether that pushes the flow the way it differs.
- `mig_rate` differs by its number of movers, which is the sum of net migration.

Flows in thousands of people.
"""


def page(file: Path) -> str:
    """Totals, the ten largest flows of every period and method, and the ten largest differences."""
    from corridors.baseline.periods import observe
    from corridors.flows.methods import world_flows
    from corridors.flows.uncertainty import PUBLISHED

    parts = [PAGE]
    for year in YEARS:
        theirs = published(file, year)
        ours = world_flows(observe(f"{year}-{year + 5}"), methods=PUBLISHED)
        tables = {name: together(estimate.flows.to_series(), theirs[name])
                  for name, estimate in ours.items()}  # fmt: skip
        parts.append(f"## {year}-{year + 5}\n")
        parts.append(markdown(pd.DataFrame([_row(name, both) for name, both in tables.items()])))
        for name, both in tables.items():
            top = both.loc[both["theirs"].nlargest(10).index] / 1e3
            cells = [f"{o} to {d}: {row.theirs:,.0f}, ours {row.ours:,.0f}"
                     for (o, d), row in top.iterrows()]  # fmt: skip
            parts.append(f"`{name}`, the ten largest of theirs: {'; '.join(cells)}.\n")
        revised = net(tables["da_min_closed"]["ours"]) - net(tables["da_min_closed"]["theirs"])
        million = revised.abs().sum() / 2e6
        parts.append(f"Net migration was revised by {million:.1f} million people.")
        parts.append("The ten largest differences of `da_pb_closed`:\n")
        parts.append(markdown(_thousands(largest(tables["da_pb_closed"], revised))))
    return "\n".join(parts).rstrip("\n") + "\n"


def _row(name: str, both: pd.DataFrame) -> dict[str, str]:
    large = np.log1p(both[(both > 1000).all(axis=1)])
    return {
        "method": f"`{name}`",
        "ours, million": f"{both['ours'].sum() / 1e6:.2f}",
        "theirs, million": f"{both['theirs'].sum() / 1e6:.2f}",
        "correlation of logarithms": f"{large.corr().iloc[0, 1]:.3f}",
        "pairs where both exceed 1,000": f"{len(large):,}",
    }


def _thousands(rows: pd.DataFrame) -> pd.DataFrame:
    figures = rows.select_dtypes("number").columns
    written = rows[figures].map(lambda persons: f"{persons / 1e3:,.0f}")
    return rows.assign(**{name: written[name] for name in figures})


def markdown(table: pd.DataFrame) -> str:
    """A table of text as Markdown."""
    lines = [table.columns, ["---"] * len(table.columns), *table.to_numpy()]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def main() -> int:
    from corridors.baseline.periods import observe
    from corridors.flows.methods import world_flows
    from corridors.flows.uncertainty import PUBLISHED

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("--shared", type=Path, default=beside)
    parser.add_argument("--sex", action="store_true", help="net migration of women and men")
    parser.add_argument("--page", type=Path, help="write the page of the docs")
    chosen = parser.parse_args()
    file = chosen.shared / "data/population/flows_abel_cohen.parquet"
    if chosen.page:
        chosen.page.write_text(page(file), encoding="utf-8")
        return 0
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
