"""Panels of the shipped tables, and what they say comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridors.data import store
from corridors.forecast.data import Panel, Yearly, from_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["LAST_REPORTED", "arrivals", "asylum", "flows", "known_areas", "net", "pairs_of", "stocks"]

#: Last year of World Population Prospects 2024 that is an estimate; later ones are its variant.
LAST_REPORTED = 2023
#: UNHCR's year 2025 was not complete when the table was made.
LAST_ARRIVALS = 2024
#: Codes that are no place of residence or birth.
_NO_PLACE = ("OTH", "UNK", "XXA")
#: Areas whose net migration is scored: those with as many people in 2018.
_PEOPLE = 100_000
_EVER = 10_000


def known_areas(delay: int = 0) -> pd.DataFrame:
    """Population and net migration by area and the time at which they are known.

    A year's figures are known when it is over, at mid-year `year + 1`; `delay` more years later,
    to see what its latest years add.
    """
    rows = store.table("population")
    rows = rows[rows["year"] <= LAST_REPORTED]
    columns = ["area", "time", "population", "net_migration"]
    return rows.assign(time=rows["year"] + 1 + delay)[columns]


def pairs_of(ends: pd.DataFrame) -> pd.DataFrame:
    """What the table of distances says of the pairs."""
    names = {"kilometres": "distance", "common_language": "language", "colonial_link": "colony"}
    rows = store.table("distance").rename(columns=names)
    return rows.merge(ends[["origin", "destination"]].drop_duplicates())


def stocks(edition: int = 2024, *, delay: int | None = 0) -> Panel:
    """Migrants by birthplace (origin) and residence (destination), both sexes, mid-year.

    Parameters
    ----------
    edition : int
        2020 or 2024; editions are never mixed.
    delay : int or None
        As `known_areas`; None: stocks alone, nothing beside them.
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
    """New asylum applications of a year by origin and country of asylum (UNHCR), from 2000."""
    return _arrivals(("asylum_seekers",))


def arrivals() -> Panel:
    """New refugees, asylum seekers and others in need of a year (UNHCR), from 2000.

    The groups overlap over the years, as in the publisher's own sums.
    """
    return _arrivals(("refugees", "asylum_seekers", "refugee_like", "others_in_need"))


def net() -> Panel:
    """Net migration of a year of areas with 100,000 people in 2018, and refugees beside it."""
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


def flows() -> Panel:
    """Flows of five years estimated from the stocks of 2020, dated by the end of the period.

    Method `da_pb_closed`, as `corridors flows` estimates them.
    """
    import pandas as pd

    from corridors.people.stocks import PERIODS, observe
    from corridors.people.uncertainty import spread

    parts = []
    for period in PERIODS:
        first, last = map(int, period.split("-"))
        if last - first != 5:
            continue
        found = spread(observe(period), ("da_pb_closed",)).isel(method=0, drop=True)
        rows = found.rename("value").to_series().reset_index().assign(time=last)
        parts.append(rows[(rows["value"] > 0) & (rows["origin"] != rows["destination"])])
    frame = pd.concat(parts, ignore_index=True)
    return from_frame(frame, "flows", _EVER, pairs_of(frame), known_areas())[0]
