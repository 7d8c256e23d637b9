"""Write what the referee's findings on the world model are now, and where points lie.

`PYTHONPATH=src python tools/right_table.py` prints the table of docs/right.md, `--write` puts it
there; "before" is version 0.1 as refereed. `--inside` runs studies, all or those named, with
`--draws` draws, and counts the printed points that lie outside their printed interval.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from corridors import areas, baseline, study
from corridors.data import store
from corridors.equilibrium import solve
from corridors.parameters import central
from corridors.rules import Policy, build
from corridors.world import Result, World

#: Finding, what, before, after, command.
Row = tuple[str, str, str, str, str]
PAGE = Path(__file__).parents[1] / "docs" / "right.md"
BEGIN, END = "<!-- table: tools/right_table.py -->", "<!-- end of table -->"
SQL = "corridors sql \"SELECT status, share, kind FROM status_shares WHERE birthplace = 'VEN' AND residence = 'COL'\""  # noqa: E501


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--inside", nargs="*", metavar="STUDY")
    asked = parser.parse_args()
    if asked.inside is not None:
        _print_inside(asked.inside or sorted(study.shipped()), asked.draws)
        return
    lines = ["| finding | what | before | now | command |", "|---|---|---|---|---|"]
    for row in _rows(asked.draws):
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    if asked.write:
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)
        tail = rest.split(END)[1]
        PAGE.write_text(f"{head}{BEGIN}\n{chr(10).join(lines)}\n{END}{tail}", encoding="utf-8")
    else:
        print("\n".join(lines))


def _rows(draws: int) -> Iterator[Row]:
    observed = baseline.observe()
    world = baseline.calibrate(observed, central())
    shares = observed.status_shares[None]
    legal = baseline.calibrate(observed, central(), shares=shares)
    yield from _capital()
    yield from _economies(observed, world)
    yield from _statuses()
    yield from _senders(world, observed)
    yield from _today(world, legal, observed)
    fees = study.run("end-remittance-fees", draws=draws)
    yield from _intervals(fees, draws)
    yield from _people(fees, draws)
    yield from _bans(observed)
    yield from _reading(fees)


def _run(name: str) -> str:
    return f"`corridors run {name} --draws 0`"


def _value(result: Result, measure: str, capital: str, policy: str) -> pd.Series:
    rows = result.headline.set_index(["policy", "capital", "measure"])
    return rows.loc[(policy, capital, measure)]


def _million(persons: float) -> str:
    return f"{persons / 1e6:+.2f} m"


def _capital() -> Iterator[Row]:
    result = study.run("capital-stays-home", draws=0)
    for capital, before in (("world", "-0.047 %"), ("fixed", "+1.7 %"), ("mobile", "+1.6 %")):
        row = _value(result, "output", capital, "a tenth comes back")
        kept = row["world_capital"] - 1.0
        after = f"{100 * row['value']:+.3f} %; world capital changes by {kept:.0e}"
        what = f"a tenth of capital comes back: world output, capital {capital}"
        yield "E1", what, before, after, _run("capital-stays-home")


def _economies(observed: baseline.Observed, world: World) -> Iterator[Row]:
    at = observed.areas.index("VEN")
    head = observed.output[at] / observed.population[at]
    what = "output per head, Venezuela"
    yield "E2", what, "$44,557 (2019)", f"${head:,.0f}", "`corridors place VEN`"
    closed = [world.with_closure(closure) for closure in ("fixed", "mobile")]
    ends = []
    for each in closed:
        ban = Policy("home", (build("ban", {"birthplace": "VEN"}),))
        rules, _ = ban.apply(each.rules)
        state = solve.require(solve.settle(each.structure, each.state, each.rules, rules)).state
        ends.append(f"{100 * (state.output.sum() / each.state.output.sum() - 1.0):+.3f}")
    test = "`pytest tests/known/test_rationed_world.py -k home_lowers`"
    yield "E2", "Venezuelans sent home: world output, %", "+0.023 / +0.042", " / ".join(ends), test
    off = _off_their_source(observed)
    what = "output per head 2 % or more off its source's row, and how it is made"
    yield "E2", what, "not told", f"{len(off)}: {'; '.join(off)}", "this table"
    pay = world.state.wage_native[0, 1]
    rich = " ".join(f"{area} {pay[world.areas.index(area)]:,.0f}"
                    for area in ("USA", "PRI", "CYP", "ITA", "DEU", "QAT", "EGY"))  # fmt: skip
    low = world.state.wage_native[0, 0, world.areas.index("CAF")]
    before = "PRI 186,712, CYP 148,898, ITA 105,237, USA 115,371, DEU 101,528; CAF low 475"
    after = f"{rich}; CAF low {low:,.0f}"
    yield "E16", "pay of graduates, PPP dollars", before, after, "`corridors place PRI`"


def _off_their_source(observed: baseline.Observed) -> list[str]:
    """Areas whose output per head is no fresh row of the World Bank in PPP dollars, and why."""
    assert observed.years is not None
    rows = store.table("economy").query("variable == 'output_per_head_ppp'")
    rows = rows[rows["year"].between(observed.years.economy - 3, observed.years.economy)]
    source = rows.sort_values("year").groupby("area")["value"].last()
    mine = pd.Series(observed.output / observed.population, index=list(observed.areas))
    gap = (mine / source.reindex(mine.index) - 1.0).abs()
    told = observed.figures.query("quantity == 'output'").set_index("area")["source"]
    reasons: dict[str, list[str]] = {}
    for area in gap.index[~(gap < 0.02)]:
        reasons.setdefault(str(told[area]), []).append(str(area))
    return [f"{' '.join(codes)} ({reason})" for reason, codes in reasons.items()]


def _by_status(result: Result, policy: str, area: str) -> pd.DataFrame:
    rows = result["statuses"]
    mine = rows[(rows["policy"] == policy) & (rows["capital"] == "fixed")]
    here = mine[mine["residence"] == area].set_index("status")
    return here[["people_now", "people_after"]]


def _world_by_status(result: Result, policy: str) -> pd.Series:
    rows = result["statuses"]
    mine = rows[(rows["policy"] == policy) & (rows["capital"] == "fixed")]
    sums = mine.groupby("status", observed=True)[["people_now", "people_after"]].sum()
    return sums["people_after"] - sums["people_now"]


def _statuses() -> Iterator[Row]:
    guests = study.run("guest-workers", draws=0)
    tied = guests["statuses"].query("status == 'tied' and capital == 'fixed'")
    grown = tied.assign(more=tied["people_after"] - tied["people_now"])
    for policy, before in (("two years", "1.35 m, all in the Gulf, Korea and Canada"),
                           ("four years", "the same as two years, to 4e-16")):  # fmt: skip
        mine = grown[(grown["policy"] == policy) & (grown["more"] > 1e3)]
        by = ", ".join(f"{row.residence} {row.more / 1e6:.2f}" for row in mine.itertuples())
        after = f"{_million(mine['more'].sum())} ({by})"
        yield "E3", f"guest workers, {policy}: tied people", before, after, _run("guest-workers")
    removed = study.run("mass-deportation", draws=0)
    for policy, study_name, result, before in (
        ("a tenth a year", "mass-deportation", removed, "-6.49 m; +1.25 m, +0.12 m"),
        (
            "deported instead", "regularisation",
            (papers := study.run("regularisation", draws=0)), "permanent +1.97 m",
        ),
    ):  # fmt: skip
        change = _world_by_status(result, policy)
        parts = [_million(change[name]) for name in ("irregular", "permanent", "protected")]
        after = f"{parts[0]}; {parts[1]}, {parts[2]}"
        what = f"{policy}: irregular; permanent, protected people of the world"
        yield "E4", what, before, after, _run(study_name)
    years = study.run("deportation-by-year")["statuses"]
    last = years[years["year"] == years["year"].max()]
    sums = last.groupby(["policy", "status"])["persons"].sum().unstack()
    change = sums.loc["a tenth a year"] - sums.loc["without a policy"]
    after = f"{_million(change['irregular'])}; {_million(change['permanent'])} who stay longer"
    yield (
        "E4", "the same in 2050, year by year with foresight", "permanent +2.0 m", after,
        "`corridors run deportation-by-year`",
    )  # fmt: skip
    opened = study.run("open-borders", draws=0)
    for capital, before in (("fixed", "+1.96 %, 432 m"), ("mobile", "+3.29 %, 439 m")):
        output = _value(opened, "output", capital, "legal share 0.15")["value"]
        people = _value(opened, "people", capital, "legal share 0.15")["value"]
        after = f"{100 * output:+.2f} %, {people / 1e6:.0f} m"
        what = f"open borders at 0.15, capital {capital}: output, adults abroad"
        yield "E6", what, before, after, _run("open-borders")
    inside = _inside_europe(opened)
    yield (
        "E6", "people of EU and EFTA in each other's countries", "+78 %", f"{100 * inside:+.1f} %, "
        "through pay alone", "`pytest tests/known/test_rationed_world.py -k europe`",
    )  # fmt: skip
    for policy, before in (("all", "9.98 to 10.60 m; 32.87 to 32.70 m"),
                           ("all, and others come", "not asked")):  # fmt: skip
        usa = _by_status(papers, policy, "USA") / 1e6
        after = "; ".join(
            f"{usa.loc[name, 'people_now']:.2f} to {usa.loc[name, 'people_after']:.2f} m"
            for name in ("irregular", "permanent")
        )
        what = f"papers in the USA, {policy}: irregular; permanent"
        yield "E11", what, before, after, _run("regularisation")
    canada = study.run("canada-temporary-or-permanent", draws=0)
    for policy, status, before in (("more tied places", "tied", "+0.24 m"),
                                   ("more permanent places", "permanent", "+0.77 m")):  # fmt: skip
        here = _by_status(canada, policy, "CAN").loc[status]
        after = _million(here["people_after"] - here["people_now"])
        name = "canada-temporary-or-permanent"
        yield "E12", f"Canada, {policy}", before, after, _run(name)
    venezuelans = study_shares("VEN", "COL")
    yield "E15", "Venezuelans in Colombia", "98.3 % protected", venezuelans, f"`{SQL}`"


def study_shares(birthplace: str, residence: str) -> str:
    """Shares by status of a corridor, of the newest edition."""
    table = store.table("status_shares")
    rows = table[(table["birthplace"] == birthplace) & (table["residence"] == residence)]
    rows = rows[rows["edition"] == rows["edition"].max()] if "edition" in rows else rows
    return ", ".join(
        f"{100 * row.share:.0f} % {row.status} ({row.kind})" for row in rows.itertuples()
    )


def _inside_europe(opened: Result) -> float:
    rows = opened["corridors"]
    mine = rows[(rows["policy"] == "legal share 0.15") & (rows["capital"] == "fixed")]
    names = list(mine["residence"].cat.categories)
    europe = set(areas.select(("EU 28", "EFTA"), among=names))
    inside = mine[mine["birthplace"].isin(europe) & mine["residence"].isin(europe)]
    return float(inside["after"].sum() / inside["now"].sum() - 1.0)


def _senders(world: World, observed: baseline.Observed) -> Iterator[Row]:
    sent, matrix = world.state.sent[0].sum(axis=0), observed.remitted_from
    command = "`corridors run end-remittance-fees --draws 0`, table `senders`"
    before = {"USA": 251, "CAN": 37, "GBR": 38, "AUS": 31, "DEU": 44, "SAU": 24, "KWT": 7.4}
    for area, was in before.items():
        at = world.areas.index(area)
        paid = observed.remitted_reported[at] / 1e9
        after = f"{sent[at] / 1e9:.1f} bn (matrix {matrix[at] / 1e9:.1f}, paid {paid:.1f})"
        yield "E7", f"sent by {area}", f"{was:g} bn", after, command
    largest = np.argsort(-np.nan_to_num(matrix))[:20]
    off = sent[largest] / matrix[largest] - 1.0
    near = int((np.abs(off) < 0.25).sum())
    out = [f"{world.areas[at]} {100 * gap:+.0f} %" for at, gap in zip(largest, off, strict=True)
           if abs(gap) >= 0.25]  # fmt: skip
    after = f"{near} of 20" + (f"; not {', '.join(out)}" if out else "")
    what = "largest senders within 25 % of the 2018 matrix, scaled to receipts"
    yield "E7", what, "", after, command


def _today(world: World, legal: World, observed: baseline.Observed) -> Iterator[Row]:
    figures = [made.state.received[0] for made in (world, legal)]
    both = " / ".join(f"{received.sum() / 1e9:.2f}" for received in figures)
    yield "E8", "received today, statuses off / on, bn", "650 / 642", both, "`corridors world`"
    for area, before in (("EGY", "21.9 bn"), ("NGA", "17.1 bn")):
        received = figures[0][world.areas.index(area)]
        after = f"{received / 1e9:.1f} bn"
        yield "E8", f"received by {area}", before, after, f"`corridors place {area}`"
    beyond = observed.received - figures[0]
    large = np.flatnonzero(beyond > 0.01 * np.maximum(observed.received, 1.0))
    told = ", ".join(f"{world.areas[at]} {beyond[at] / 1e9:.2f}" for at in large)
    part = 100 * beyond.sum() / observed.received.sum()
    after = f"{beyond.sum() / 1e9:.2f} bn, {part:.1f} % ({told}); follows what is explained"
    yield "E8", "not explained by migrants' income", "about 13 bn", after, "this table"


def _intervals(fees: Result, draws: int) -> Iterator[Row]:
    level = fees.manifest["level"]
    command = f"`corridors run end-remittance-fees --draws {draws}`"
    before = {"cost of 3 per cent": "+22.0 % [-8, +64]", "no cost of sending": "+46.1 % [+1, +90]"}
    for policy, was in before.items():
        row = _value(fees, "remittances", "fixed", policy)
        ends = [100 * (row[name] / row["now"] - 1) for name in
                ("value", f"lower_{level}", f"upper_{level}")]  # fmt: skip
        after = f"{ends[0]:+.1f} % [{ends[1]:+.1f}, {ends[2]:+.1f}], {level} %"
        yield "E5", f"remittances, {policy}", was, after, command
    outside, told = _outside(fees.headline, level)
    after = f"{outside} printed outside; {told} central figures gave way to the median, and said so"
    yield "E17", "points of end-remittance-fees outside 95 %", "3-5, not told", after, command
    yield (
        "E18", "intervals of areas", "none", f"{len(fees['area_intervals'])} figures",
        f"{command}, table `area_intervals`",
    )  # fmt: skip


def _outside(headline: pd.DataFrame, level: int) -> tuple[int, int]:
    """Printed points outside their printed interval, and central ones that gave way."""
    lower, upper = headline[f"lower_{level}"], headline[f"upper_{level}"]
    room = 1e-9 * np.maximum(headline["value"].abs(), 1e-3)
    outside = (headline["value"] < lower - room) | (headline["value"] > upper + room)
    return int(outside.sum()), int((headline["note"] != "").sum())


def _people(fees: Result, draws: int) -> Iterator[Row]:
    row = _value(fees, "fees", "fixed", "no cost of sending")
    command = f"`corridors run end-remittance-fees --draws {draws}`"
    saved = f"{row['now'] / 1e9:.1f} bn"
    yield "E10", "fees saved, no cost of sending", "not told", saved, command
    opened = study.run("open-borders", draws=0)["movers"]
    chosen = (opened["policy"] == "legal share 0.15") & (opened["capital"] == "fixed")
    leaving = opened[chosen & (opened["move"] == "leaves")]
    persons = leaving["persons"]
    now, after = (np.average(leaving[f"income_{when}"], weights=persons) for when in
                  ("now", "after"))  # fmt: skip
    told = f"{persons.sum() / 1e6:.0f} m, {now:,.0f} to {after:,.0f} PPP $"
    what = "open borders 0.15: movers and their pay"
    yield "E10", what, "not told", told, "`corridors run open-borders --draws 0`, table `movers`"
    war = study.run("new-displacement", draws=0)
    value = _value(war, "welfare_naturals", "fixed", "odds five times")["value"]
    what = "war, odds five times: headline"
    yield "E10", what, "pay +4.6 / +14.5 %", f"{100 * value:+.1f} %", _run("new-displacement")


def _bans(observed: baseline.Observed) -> Iterator[Row]:
    for share, before in ((0.0, "+696k"), (0.5, "not asked"), (1.0, "not asked")):
        known = {**central(), "own_family": np.array([share])}
        world = baseline.calibrate(
            observed, known, shares=observed.status_shares[None], channels=("own_family",)
        )
        ban = Policy("ban", (build("remittance_cost", {"cost_share": 1.0}),))
        rules, _ = ban.apply(world.rules)
        state = solve.require(solve.settle(world.structure, world.state, world.rules, rules)).state
        ends = world.areas.index("MEX"), world.areas.index("USA")
        change = (state.migrants - world.state.migrants)[0][:, ends[0], ends[1]].sum()
        what = f"ban everywhere, own family's share {share:g}: MEX to USA"
        command = f"`corridors run remittance-ban --set own_family={share:g}`, table `variants`"
        yield "E19", what, before, f"{change / 1e3:+.0f}k", command


def _reading(fees: Result) -> Iterator[Row]:
    figures = fees["figures"]
    kinds = 100 * figures["kind"].value_counts(normalize=True)
    stale = int(figures["stale"].astype(bool).sum()) if "stale" in figures else 0
    after = ", ".join(f"{share:.0f} % {kind}" for kind, share in kinds.items())
    yield (
        "E20", "kinds of the figures behind an answer", "assumed alone counted",
        f"{after}; {stale} stale", "any result, table `figures`",
    )  # fmt: skip


def _print_inside(names: Sequence[str], draws: int) -> None:
    print("| study | level | points | outside | gave way to the median | areas outside, marked |")
    print("|---|---|---|---|---|---|")
    for name in names:
        if study.read(name).file.answer == "projection":
            continue
        result = study.run(name, draws=draws)
        level = result.manifest["level"]
        outside, told = _outside(result.headline, level)
        marked = (
            f"{int(result['area_intervals']['outside'].sum())} of {len(result['area_intervals'])}"
        )
        cells = (name, f"{level} %", len(result.headline), outside, told, marked)
        print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
