"""Panels of the shipped tables, and what they say comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from corridors.data import store
from corridors.errors import InputError, Problem
from corridors.forecast.data import Panel, Yearly, from_frame
from corridors.forecast.intervals import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = [
    "COLUMNS",
    "LAST_REPORTED",
    "PANELS",
    "UNTIL",
    "ahead",
    "arrivals",
    "asylum",
    "every",
    "flows",
    "known",
    "known_areas",
    "net",
    "pairs_of",
    "stocks",
    "with_stocks",
]

#: Last year of World Population Prospects 2024 that is an estimate; later ones are its variant.
LAST_REPORTED = 2023
#: UNHCR's year 2025 was not complete when the table was made.
LAST_ARRIVALS = 2024
#: Codes that are no place of residence or birth.
_NO_PLACE = ("OTH", "UNK", "XXA")
#: Areas whose net migration is scored: those with as many people in 2018.
_PEOPLE = 100_000
_EVER = 10_000
#: Years ahead for which the tables can teach anything.
_FARTHEST = 15


def known_areas(delay: int = 0) -> pd.DataFrame:
    """Population and net migration of WPP 2024 by area and the time at which they are known.

    A year's figures are known when it is over, at mid-year `year + 1`.

    Parameters
    ----------
    delay : int
        Years later that they are known, to see what its latest years add.

    Returns
    -------
    DataFrame (area, time, population, net_migration)
        Persons, and persons a year.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    rows = store.table("population")
    rows = rows[rows["year"] <= LAST_REPORTED]
    columns = ["area", "time", "population", "net_migration"]
    return rows.assign(time=rows["year"] + 1 + delay)[columns]


def pairs_of(ends: pd.DataFrame) -> pd.DataFrame:
    """What the table of distances (CEPII GeoDist) says of the pairs.

    Parameters
    ----------
    ends : DataFrame (origin, destination)

    Returns
    -------
    DataFrame (origin, destination, distance, contiguous, language, colony)
        Distance in km, the others 0 or 1; pairs without a row are left out.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    names = {"kilometres": "distance", "common_language": "language", "colonial_link": "colony"}
    rows = store.table("distance").rename(columns=names)
    return rows.merge(ends[["origin", "destination"]].drop_duplicates())


def stocks(edition: int = 2024, *, delay: int | None = 0) -> Panel:
    """Migrants by birthplace (origin) and residence (destination), both sexes, mid-year; UN DESA.

    Parameters
    ----------
    edition : int
        2020 or 2024; editions are never mixed.
    delay : int or None
        As `known_areas`; None: stocks alone, nothing beside them.

    Returns
    -------
    Panel
        Persons (pair, year).

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    rows = store.table(f"stocks_{edition}")
    rows = rows[~rows["birthplace"].isin(_NO_PLACE) & (rows["birthplace"] != rows["residence"])]
    rows = rows.groupby(["birthplace", "residence", "year"], as_index=False)["persons"].sum()
    frame = rows.set_axis(["origin", "destination", "time", "value"], axis=1)
    if delay is None:
        return from_frame(frame, "stocks", _EVER)[0]
    return from_frame(frame, "stocks", _EVER, pairs_of(frame), known_areas(delay))[0]


def _arrivals(groups: Sequence[str]) -> Panel:
    rows = store.table("refugee_arrivals")
    rows = rows[rows["group"].isin(groups) & rows["year"].between(2000, LAST_ARRIVALS)]
    rows = rows[rows["birthplace"] != rows["residence"]]
    rows = rows.groupby(["birthplace", "residence", "year"], as_index=False)["persons"].sum()
    frame = rows.set_axis(["origin", "destination", "time", "value"], axis=1)
    return from_frame(frame, "arrivals", _EVER)[0]


def asylum() -> Panel:
    """New asylum applications of a year by origin and country of asylum (UNHCR), from 2000.

    Returns
    -------
    Panel
        Persons (pair, year).

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    return _arrivals(("asylum_seekers",))


def arrivals() -> Panel:
    """New refugees, asylum seekers and others in need of a year (UNHCR), from 2000.

    The groups overlap over the years, as in the publisher's own sums.

    Returns
    -------
    Panel
        Persons (pair, year).

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    return _arrivals(("refugees", "asylum_seekers", "refugee_like", "others_in_need"))


def net() -> Panel:
    """Net migration of a year (WPP 2024) of areas with 100,000 people in 2018, beside refugees.

    Returns
    -------
    Panel
        Persons (area, year).

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    rows = store.table("population")
    large = rows[(rows["year"] == 2018) & (rows["population"] >= _PEOPLE)]["area"]
    rows = rows[rows["area"].isin(large) & (rows["year"] <= LAST_REPORTED)]
    names = {"year": "time", "net_migration": "value"}
    panel = from_frame(rows.rename(columns=names), "net", _EVER)[0]
    return Panel(
        panel.kind, panel.labels, panel.origin, panel.destination, panel.series,
        area={**panel.area, **_refugees(panel.labels)},
    )  # fmt: skip


def _refugees(labels: tuple[str, ...]) -> dict[str, Yearly]:
    """Refugees, asylum seekers and others in need at year end, from and in each area."""
    rows = store.table("refugees")
    groups = ("refugees", "asylum_seekers", "others_in_need")
    rows = rows[rows["group"].isin(groups) & (rows["publisher"] == "UNHCR")]
    rows = rows[rows["birthplace"] != rows["residence"]]
    found = {}
    for name, end in (("refugees_abroad", "birthplace"), ("refugees_hosted", "residence")):
        sums = rows.groupby([end, "year"])["persons"].sum().unstack(fill_value=0.0)
        sums = sums.reindex(list(labels), fill_value=0.0)
        found[name] = Yearly(sums.columns.to_numpy(np.int64), sums.to_numpy(float))
    return found


def with_stocks(panel: Panel) -> Panel:
    """A panel of flows with the stocks of each pair beside it, both ways (UN DESA 2020).

    Parameters
    ----------
    panel : Panel
        Persons (pair, period).

    Returns
    -------
    Panel
        With `stock` and `stock_reverse` beside, persons (pair, year).

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    import pandas as pd

    rows = store.table("stocks_2020")
    sums = (
        rows.groupby(["birthplace", "residence", "year"])["persons"].sum().unstack(fill_value=0.0)
    )
    times = sums.columns.to_numpy(np.int64)
    ends = panel.frame()
    beside = {}
    for name, columns in (
        ("stock", ["origin", "destination"]),
        ("stock_reverse", ["destination", "origin"]),
    ):
        keys = pd.MultiIndex.from_frame(ends[columns])
        beside[name] = Yearly(times, sums.reindex(keys, fill_value=0.0).to_numpy(float))
    return replace(panel, beside=beside)


def flows() -> Panel:
    """Flows of five years estimated from UN DESA's stocks of 2020, dated by the end of the period.

    Method `da_pb_closed`, (47), as `corridors flows` estimates them.

    Returns
    -------
    Panel
        Persons (pair, period), with the stocks of each pair beside them.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    import pandas as pd

    from corridors.baseline.periods import PERIODS, observe
    from corridors.flows.uncertainty import spread

    parts = []
    for period in PERIODS:
        first, last = map(int, period.split("-"))
        if last - first != 5:
            continue
        found = spread(observe(period), ("da_pb_closed",)).isel(method=0, drop=True)
        rows = found.rename("value").to_series().reset_index().assign(time=last)
        parts.append(rows[(rows["value"] > 0) & (rows["origin"] != rows["destination"])])
    frame = pd.concat(parts, ignore_index=True)
    return with_stocks(from_frame(frame, "flows", _EVER, pairs_of(frame), known_areas())[0])


# --- what comes next -------------------------------------------------------------------------

#: Columns of `ahead`.
COLUMNS = {
    "figure": "corridor, arriving or leaving (an area's total), net, or world",
    "origin": "area people are born in (stocks), move or flee from; all for a total",
    "destination": "area people live in, move to or ask for asylum; all for a total",
    "last_year": "last year known",
    "last": "persons then: what persistence says; of net the total of as many years before",
    "year": "year forecast; of net the last year of the total, of flows the end of five years",
    "mean": "persons; means add up to totals",
    "median": "persons; empty for totals",
    "lower_80": "end of the 80 % interval",
    "upper_80": "end of the 80 % interval",
    "lower_95": "end of the 95 % interval",
    "upper_95": "end of the 95 % interval",
    "kind": "modelled",
}
PANELS = {"stocks": stocks, "flows": flows, "asylum": asylum, "net": net}
UNTIL = {"stocks": 2030, "flows": 2025, "asylum": 2025, "net": 2028}
_SHOWN = 10


def ahead(
    what: str,
    *,
    area: str | None = None,
    corridor: tuple[str, str] | None = None,
    until: int | None = None,
) -> pd.DataFrame:
    """What comes next by the shipped tables; scored by (54) and (55), net migration is (56).

    Parameters
    ----------
    what : {"stocks", "flows", "asylum", "net"}
    area : str, optional
        Totals of one area and its largest corridors.
    corridor : (str, str), optional
        One pair, origin and destination.
    until : int, optional
        Year forecast.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Persons, with ends of the 80 and 95 % intervals. Without area and corridor: the world and
        the corridors or areas that grow most.

    Raises
    ------
    InputError
        An area is not known or not in the table, or `until` is not after the last year.
    SourceError
        A table of the package is missing or damaged.
    """
    from corridors.areas import resolve

    until = UNTIL[what] if until is None else until
    asked = [resolve(name).code for name in ([area] if area else corridor or ())]
    panel = PANELS[what]()
    last = int(panel.series.times[-1])
    problems = [
        Problem(what, f"the table has no {code}", "Ask for another area")
        for code in asked if code not in panel.labels
    ]  # fmt: skip
    if not last < until <= last + _FARTHEST:
        fix = f"Ask for {last + 1} to {last + _FARTHEST}"
        problems.append(Problem("until", f"{until} is not after {last}, or too far off", fix))
    if what == "net" and corridor:
        problems.append(Problem("corridor", "net migration is of areas", "Use --area"))
    if problems:
        raise InputError(problems)
    rows = every(panel, until)
    if corridor:
        chosen = (rows["origin"] == asked[0]) & (rows["destination"] == asked[1])
        rows = rows[chosen]
        if rows.empty:
            what_ = f"nobody was counted from {asked[0]} to {asked[1]}"
            raise InputError(Problem("corridor", what_, "Ask for another pair"))
    elif area:
        rows = rows[(rows["origin"] == asked[0]) | (rows["destination"] == asked[0])]
    else:
        rows = rows[~rows["figure"].isin(["arriving", "leaving"])]
    totals = rows[rows["figure"].isin(["world", "arriving", "leaving"])]
    rest = rows.drop(totals.index)
    order = (rest["mean"] - rest["last"]).sort_values(ascending=False, kind="stable").index
    if area and what != "net":
        order = rest["mean"].sort_values(ascending=False, kind="stable").index
    shown = [totals, rest.loc[order[:_SHOWN]]]
    return _joined(shown)[list(COLUMNS)].reset_index(drop=True)


def every(panel: Panel, until: int) -> pd.DataFrame:
    """Every series of a panel ahead, totals of areas and of the world; scored by (54) and (55).

    Parameters
    ----------
    panel : Panel
        Persons (series, time).
    until : int
        Year.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Persons, with ends of the 80 and 95 % intervals.
    """
    return _net_ahead(panel, until) if panel.kind == "net" else _pairs_ahead(panel, until)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([part for part in parts if len(part)])


def _pairs_ahead(panel: Panel, until: int) -> pd.DataFrame:
    import pandas as pd

    from corridors.forecast import intervals, reconcile
    from corridors.forecast.models import Replay

    last = int(panel.series.times[-1])
    forecast = Replay(panel).forecast(last, until - last)
    pairs = panel.frame().assign(
        figure="corridor", last=forecast.origin.last, mean=intervals.mean(forecast),
        median=forecast.median, **intervals.ends(forecast),
    )  # fmt: skip
    names = np.array(panel.labels, object)
    every = reconcile.world(forecast)
    parts = [pairs]
    for figure, end, other in (("arriving", "destination", "origin"),
                               ("leaving", "origin", "destination")):  # fmt: skip
        sums = reconcile.by_area(forecast, end)
        parts.append(pd.DataFrame({"figure": figure, end: names, other: "all", "last": sums.last,
                                   "mean": sums.forecast, **sums.ends}))  # fmt: skip
    parts.append(
        pd.DataFrame({"figure": "world", "origin": "all", "destination": "all",
                      "last": every.last, "mean": every.forecast, **every.ends})
    )  # fmt: skip
    return pd.concat(parts, ignore_index=True).assign(last_year=last, year=until, kind="modelled")


def _net_ahead(panel: Panel, until: int) -> pd.DataFrame:
    from corridors.forecast import reconcile
    from corridors.forecast.net import net_forecast

    last = int(panel.series.times[-1])
    forecast = net_forecast(panel, last, until - last)
    samples = reconcile.balanced(forecast)
    levels = list(LEVELS.values())
    ends = dict(zip(LEVELS, np.quantile(samples, levels, axis=1), strict=True))
    rows = panel.frame().rename(columns={"area": "destination"})
    return rows.assign(
        figure="net", origin="all", last=forecast.last, mean=samples.mean(axis=1),
        median=np.median(samples, axis=1), **ends, last_year=last, year=until, kind="modelled",
    )  # fmt: skip


def known(what: str, row: pd.Series) -> pd.DataFrame:
    """The series that a row of `ahead` goes on from; figures of its table's publisher.

    Of net migration totals of as many years as the forecast's.

    Parameters
    ----------
    what : {"stocks", "flows", "asylum", "net"}
    row : Series
        A row of `ahead`.

    Returns
    -------
    DataFrame (year, persons)
    """
    import pandas as pd

    panel = PANELS[what]()
    labels = np.array(panel.labels, object)
    rows = np.full(len(panel.origin), True)
    for end in ("destination",) if what == "net" else ("origin", "destination"):
        if row[end] != "all":
            rows &= labels[getattr(panel, end)] == row[end]
    persons = panel.series.values[rows].sum(axis=0)
    years = panel.series.times
    if what == "net":
        count = int(row["year"] - row["last_year"])
        persons = np.convolve(persons, np.ones(count), "valid")
        years = years[count - 1 :]
    return pd.DataFrame({"year": years, "persons": persons})
