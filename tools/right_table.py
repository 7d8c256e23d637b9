"""Print what the referee's findings on capital, money, people and intervals are now.

`PYTHONPATH=src python tools/right_table.py [--draws 200]`; "before" is version 0.1 as refereed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from corridors import baseline, study
from corridors.parameters import central
from corridors.world import Result, World

Row = tuple[str, str, str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    draws = parser.parse_args().draws
    observed = baseline.observe()
    world = baseline.calibrate(observed, central())
    rows = [*_capital(), *_senders(world, observed), *_today(world, observed)]
    fees = study.run("end-remittance-fees", draws=draws)
    rows += [*_intervals(fees), *_people(), *_bans()]
    width = max(len(row[1]) for row in rows)
    for code, what, before, after in rows:
        print(f"{code:4} {what:{width}}  {before:>28}  {after}")


def _value(result: Result, measure: str, capital: str, policy: str) -> pd.Series:
    rows = result.headline.set_index(["policy", "capital", "measure"])
    return rows.loc[(policy, capital, measure)]


def _capital() -> Iterator[Row]:
    result = study.run("capital-stays-home", draws=0)
    for capital, before in (("world", "-0.047 %"), ("fixed", "+1.7 %"), ("mobile", "+1.6 %")):
        row = _value(result, "output", capital, "a tenth comes back")
        after = f"{100 * row['value']:+.3f} %, world capital x {row['world_capital']:.12f}"
        yield "E1", f"a tenth comes back, world output, capital {capital}", before, after


def _senders(world: World, observed: baseline.Observed) -> Iterator[Row]:
    sent, matrix = world.state.sent[0].sum(axis=0), observed.remitted_from
    before = {"USA": 251, "CAN": 37, "GBR": 38, "AUS": 31, "DEU": 44, "SAU": 24, "KWT": 7.4}
    for area, was in before.items():
        at = world.areas.index(area)
        paid = observed.remitted_reported[at] / 1e9
        after = f"{sent[at] / 1e9:.1f} bn (matrix {matrix[at] / 1e9:.1f}, paid {paid:.1f})"
        yield "E7", f"sent by {area}", f"{was:g} bn", after
    largest = np.argsort(-np.nan_to_num(matrix))[:20]
    near = int((np.abs(sent[largest] / matrix[largest] - 1.0) < 0.25).sum())
    yield "E7", "of the 20 largest senders, within 25 % of the matrix", "", str(near)


def _today(world: World, observed: baseline.Observed) -> Iterator[Row]:
    with_statuses = baseline.calibrate(observed, central(), shares=observed.status_shares[None])
    figures = [made.state.received[0] for made in (world, with_statuses)]
    both = " / ".join(f"{received.sum() / 1e9:.2f}" for received in figures)
    yield "E8", "received today, statuses off / on, bn", "650 / 642", both
    for area, before in (("EGY", "21.9 bn"), ("NGA", "17.1 bn")):
        yield (
            "E8",
            f"received by {area}",
            before,
            f"{figures[0][world.areas.index(area)] / 1e9:.1f}",
        )
    left = observed.received.sum() - figures[0].sum()
    yield "E8", "not explained by migrants", "about 13 bn", f"{left / 1e9:.2f} bn"


def _intervals(fees: Result) -> Iterator[Row]:
    level = fees.manifest["level"]
    before = {"cost of 3 per cent": "+22.0 % [-8, +64]", "no cost of sending": "+46.1 % [+1, +90]"}
    for policy, was in before.items():
        row = _value(fees, "remittances", "fixed", policy)
        ends = [100 * (row[name] / row["now"] - 1) for name in
                ("value", f"lower_{level}", f"upper_{level}")]  # fmt: skip
        after = f"{ends[0]:+.1f} % [{ends[1]:+.1f}, {ends[2]:+.1f}], {level} %"
        yield "E5", f"remittances, {policy}", was, after
    rows = fees.headline
    outside = (rows["central"] < rows[f"lower_{level}"]) | (
        rows["central"] > rows[f"upper_{level}"]
    )
    told = int((outside & (rows["note"] != "")).sum())
    yield (
        "E17",
        "central figures outside, and told",
        "3-5, no",
        f"{int(outside.sum())}, {told} told",
    )
    yield "E18", "intervals of areas", "none", f"{len(fees['area_intervals'])} figures"
    row = _value(fees, "fees", "fixed", "no cost of sending")
    yield "E10", "fees saved, no cost of sending", "not told", f"{row['now'] / 1e9:.1f} bn"


def _people() -> Iterator[Row]:
    opened = study.run("open-borders", draws=0)["movers"]
    chosen = (opened["policy"] == "legal share 0.15") & (opened["capital"] == "fixed")
    leaving = opened[chosen & (opened["move"] == "leaves")]
    persons = leaving["persons"]
    now, after = (np.average(leaving[f"income_{when}"], weights=persons) for when in
                  ("now", "after"))  # fmt: skip
    told = f"{persons.sum() / 1e6:.0f} m, {now:,.0f} -> {after:,.0f} PPP $"
    yield "E10", "open borders 0.15: movers and their pay", "not told", told
    war = study.run("new-displacement", draws=0)
    row = _value(war, "welfare_naturals", "fixed", "odds five times")
    yield (
        "E10",
        "war, odds five times: headline",
        "pay +4.6 / +14.5 %",
        f"{100 * row['value']:+.1f} %",
    )


def _bans() -> Iterator[Row]:
    ban = study.run("remittance-ban", draws=0)
    policy = next(name for name in ban.headline["policy"] if "ban" in name and "Gulf" not in name)
    people = ban["corridors"]
    mine = people[(people["policy"] == policy) & (people["capital"] == "fixed")]
    pair = mine[(mine["birthplace"] == "MEX") & (mine["residence"] == "USA")]
    change = pair["after"].sum() - pair["now"].sum()
    yield "E19", f"{policy}: MEX > USA", "+696k", f"{change / 1e3:+.0f}k"


if __name__ == "__main__":
    main()
