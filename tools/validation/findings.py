"""What a referee found wrong on projections and pages, before and now; every row computed."""

from __future__ import annotations

import numpy as np
from published.oecd import natives_of_the_oecd
from published.pages import persons, table

from corridors import baseline, study
from corridors.baseline.years import WorldYears
from corridors.borders.levers import Wall
from corridors.data import store
from corridors.parameters import central
from corridors.people.stocks import HELD_IN
from corridors.projection import Projection, project

__all__ = ["findings"]

ABROAD = ["permanent", "tied", "irregular", "protected"]
Row = tuple[str, str, str, str, str]


def findings() -> str:
    """E9, E12, E13, E14, E20."""
    rows = [*_projections(), *_canada(), *_pages(), *_figures()]
    head = ("", "Finding", "Before", "Now", "Command")
    return table(head, rows) + "\n"


def _abroad(made: Projection, year: int, born: str | None = None) -> float:
    people = made.persons.sel(year=year, status=ABROAD)
    return float((people if born is None else people.sel(birthplace=born)).sum())


def _projections() -> list[Row]:
    old = project(last=2050, world=WorldYears.of(2020))
    new = project(last=2050, world=WorldYears.of(2024))
    told = store.table("population")
    told = told.assign(area=told["area"].replace(dict(HELD_IN)))
    published = told.groupby(["area", "year"])["population"].sum()
    how = "`corridors.projection.project(world=WorldYears.of(2020))`"
    latest = "`corridors.projection.project()`"
    rows: list[Row] = [
        ("E9", "people abroad in 2020, unknown origin kept", "267.9 m",
         persons(_abroad(old, 2020)), how),
        ("E9", "people abroad in 2024 (UN 304.0 m)", "290.6 m", persons(_abroad(old, 2024)), how),
        ("E9", "people abroad in 2030, 2050", "322 m, 407 m",
         ", ".join(persons(_abroad(new, year)) for year in (2030, 2050)), latest),
    ]  # fmt: skip
    for area, before in (("SYR", "17.9 m, 13.5 m"), ("VEN", "25.8 m, 21.4 m"),
                         ("SSD", "not said, 13.4 m")):  # fmt: skip
        wanted = ", ".join(persons(float(published[area, year])) for year in (2030, 2050))
        mine = ", ".join(
            persons(float(new.residents().sel(area=area, year=year))) for year in (2030, 2050)
        )
        rows.append(("E9", f"people in {area} in 2030, 2050 (WPP {wanted})", before, mine, latest))
    events = new.events
    net = events.arrived + events.returned - events.left - events.went_back - events.removed
    for area, before in (("SYR", "−557 k (WPP +108 k)"), ("DEU", "+651 k (+163 k)"),
                         ("TUR", "+293 k (−130 k)")):  # fmt: skip
        now = f"{float(net.sel(area=area, year=2030)) / 1e3:+.0f} k".replace("-", "−")
        rows.append(("E9", f"net migration of {area} in 2030", before, now, latest))
    stocks = store.table("stocks_2024").groupby(["year", "birthplace"])["persons"].sum()
    codes = [code for code in old.persons["birthplace"].values if code in stocks[2024].index]
    came = np.log(stocks[2024].reindex(codes) / stocks[2020].reindex(codes)).to_numpy()
    start = WorldYears(2020, 2024, 2019)
    made = project(last=2024, world=start, flight_known=2020)
    grown = np.log(
        [_abroad(made, 2024, code) / max(_abroad(made, 2020, code), 1.0) for code in codes]
    )
    some = np.isfinite(came) & np.isfinite(grown) & (stocks[2020].reindex(codes).to_numpy() > 1e4)
    rows.append(
        ("E9", "growth of 2020 to 2024 by origin, correlation with the UN's", "0.42",
         f"{np.corrcoef(came[some], grown[some])[0, 1]:.2f} (one edition, logs)",
         "`python tools/validation_table.py`")
    )  # fmt: skip
    rows.append(
        ("E9", "intervals; net migration of WPP", "none; no",
         "`[projection] draws = 100`; `net = \"prospects\"`", "`corridors run FILE`")
    )  # fmt: skip
    return rows


def _canada() -> list[Row]:
    result = study.run("canada-temporary-or-permanent", draws=0)
    rows = result["statuses"]
    rows = rows[(rows["capital"] == "fixed") & (rows["residence"] == "CAN")]
    said = []
    for _, mine in rows.groupby("policy", sort=False):
        change = (
            (mine["people_after"] - mine["people_now"])
            .where(lambda each: each.abs() > 1e3)
            .dropna()
        )
        said.append(", ".join(
            f"{mine.loc[at, 'status']} {persons(float(value), signed=True)}"
            for at, value in change.items()
        ))  # fmt: skip
    return [
        ("E12", "both policies of Canada admit a like number", "tied +243 320, permanent +769 742",
         "; ".join(said), "`corridors run canada-temporary-or-permanent --draws 0`"),
    ]  # fmt: skip


def _pages() -> list[Row]:
    return [
        ("E13", "Battisti et al. beside 20 rich members, not all 38",
         "fixed +0.58 / −2.1 %, mobile +2.7 / +0.61 % (with / without)",
         natives_of_the_oecd().ours, "`python tools/literature_table.py`"),
        ("E14", "default of the lever `wall` in its pages", "0.27, where the lever has 0.05",
         f"{Wall().deterred:g}, read from the lever", "`python tools/calibration_table.py`"),
    ]  # fmt: skip


def _figures() -> list[Row]:
    world = baseline.calibrate(baseline.observe(2020), central())
    shares = world.imputed_share()["SYR"], world.modelled_share()["SYR"]
    latest = baseline.observe()
    at = [latest.areas.index(code) for code in ("UKR", "RUS")]
    corridor = float(latest.migrants[:, at[0], at[1]].sum())
    return [
        ("E20", "reading a table without pyarrow", "`pandas.read_parquet` fails, unsaid",
         "said in [results](results.md): `corridors.load` or DuckDB", "`corridors.load(FOLDER)`"),
        ("E20", "figures of Syria, world of 2020", "0 % assumed",
         f"{100 * shares[0]:.0f} % assumed or stale, {100 * shares[1]:.0f} % modelled",
         "`corridors run aid-cut --world 2020`, table `areas`"),
        ("E20", "UKR > RUS in the default world", "3.27 m (2020, edition of 2020)",
         f"{persons(corridor)} adults (2024, its refugees among them)",
         "`corridors corridor UKR RUS`"),
    ]  # fmt: skip
