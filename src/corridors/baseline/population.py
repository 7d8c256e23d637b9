"""Where a projection starts: the people of mid-2020, and the birth and death rates since.

People abroad are those of the stocks of 2020, natives at home what the World Population Prospects
leave beside them, statuses those of `status_shares`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors import labels
from corridors.data import store
from corridors.errors import DoesNotClose, InputError, Problem
from corridors.labels import Array
from corridors.people.stocks import HELD_IN, foreign_born

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EARLIER_YEAR",
    "FIRST_YEAR",
    "LAST_YEAR",
    "STATUSES_ABROAD",
    "PopulationFigures",
    "gather",
]

FIRST_YEAR = 2020
#: The stock before, of the same edition, from which growth is read: a year in which South Sudan
#: and Montenegro already stand apart.
EARLIER_YEAR = 2010
#: Of the World Population Prospects.
LAST_YEAR = 2100
#: Output per head is the newest figure of these years: the last before the pandemic.
OUTPUT_YEARS = (2010, 2019)
#: Legal statuses of people outside their country of birth.
STATUSES_ABROAD = labels.STATUSES[1:]
#: No births or deaths are reported, and its foreign-born exceed its people.
LEFT_OUT = "VAT"


@dataclass(frozen=True)
class PopulationFigures:
    """What the figures say, in the order of `areas`.

    Parameters
    ----------
    natives : (b) persons in their country of birth in mid-2020
    abroad : (b, i, k) persons abroad in mid-2020
    earlier : (b, i) persons abroad in mid-2010
    birth, death : (t, i) per resident and year
    output : (i) PPP dollars a head; NaN where not known
    """

    areas: tuple[str, ...]
    natives: Array
    abroad: Array
    earlier: Array
    birth: Array
    death: Array
    output: Array
    notes: tuple[str, ...]


def gather(last: int, shares: pd.DataFrame | None = None) -> PopulationFigures:
    """Read the tables to `last`: people, their statuses, births and deaths, output per head.

    Parameters
    ----------
    shares : DataFrame birthplace, residence, status, share, optional
        As `corridors.projection.project` takes it.

    Raises
    ------
    DoesNotClose
        More immigrants than residents somewhere.
    InputError
        A status of `shares` is not known, or those of a corridor add up to more than 1.
    """
    shares = store.table("status_shares") if shares is None else shares
    by_year = _vital(last)
    areas = tuple(by_year["population"].columns)
    population = by_year["population"].to_numpy()
    table = store.table("stocks_2020")
    told = table[table["residence"] != LEFT_OUT]
    stock, unknown = foreign_born(told[told["year"] == FIRST_YEAR], areas)
    earlier, _ = foreign_born(told[told["year"] == EARLIER_YEAR], areas)
    natives = population[0] - stock.sum(axis=0)
    if (natives < 0.0).any():
        raise DoesNotClose("immigrants exceed residents", residual=float(natives.min()))
    rates = {}
    for event in ("births", "deaths"):
        # Years run from 1 July to 1 July, events from January to December.
        count = by_year[event].to_numpy()
        rates[event] = (count[:-1] + count[1:]) / 2.0 / population[:-1]
    absent = sorted(set(areas) - set(table["residence"].unique()))
    return PopulationFigures(
        areas=areas,
        natives=natives,
        abroad=stock[:, :, None] * _mix(areas, shares),
        earlier=earlier,
        birth=rates["births"],
        death=rates["deaths"],
        output=_output(areas),
        notes=(
            f"{unknown:,.0f} people of unknown birthplace count where they live.",
            f"No stock names {', '.join(absent)}: their people count as natives at home.",
            f"{LEFT_OUT} is left out: its births and deaths are not known.",
            "Everybody in an area has its birth and death rate; migrants' own are not known.",
            f"Departures are those of {EARLIER_YEAR} to {FIRST_YEAR}: flights of that decade, as "
            "from SYR and VEN, go on, and areas that grew then grow on.",
        ),
    )


def _vital(last: int) -> pd.DataFrame:
    """Population, births and deaths by year, columns by event and area, as the stocks hold them."""
    table = store.table("population")
    table = table[table["year"].between(FIRST_YEAR, last) & (table["area"] != LEFT_OUT)]
    table = table.assign(area=table["area"].replace(dict(HELD_IN)))
    events = ["population", "births", "deaths"]
    by_year = table.pivot_table(index="year", columns="area", values=events, aggfunc="sum")
    return by_year.astype(float)


def _mix(areas: tuple[str, ...], shares: pd.DataFrame) -> Array:
    """Share of a corridor by status (b, i, k), sums to 1; the rest is permanent."""
    import pandas as pd

    codes, mix = pd.Index(areas), np.zeros((len(areas), len(areas), len(STATUSES_ABROAD)))
    at = [codes.get_indexer(shares[end]) for end in ("birthplace", "residence")]
    status = pd.Index(STATUSES_ABROAD).get_indexer(shares["status"])
    known = (at[0] >= 0) & (at[1] >= 0)
    if (status[known] < 1).any():
        what = "a status is neither tied, irregular nor protected"
        raise InputError(Problem("shares", what, f"Use {', '.join(STATUSES_ABROAD[1:])}"))
    mix[at[0][known], at[1][known], status[known]] = shares["share"].to_numpy(float)[known]
    mix[..., 0] = 1.0 - mix.sum(axis=-1)
    if (mix < -1e-6).any():
        what = "the statuses of a corridor add up to more than 1"
        raise InputError(Problem("shares", what, "Correct the shares"))
    mix = np.maximum(mix, 0.0)
    # Shares are rounded where they are stored; people are not.
    return mix / mix.sum(axis=-1, keepdims=True)


def _output(areas: tuple[str, ...]) -> Array:
    """Output per head, PPP dollars of 2021, newest figure of OUTPUT_YEARS; NaN if none."""
    table = store.table("economy")
    recent = table["year"].between(*OUTPUT_YEARS)
    table = table[(table["variable"] == "output_per_head_ppp") & recent]
    latest = table.sort_values("year").groupby("area")["value"].last()
    return latest.reindex(list(areas)).to_numpy(float)
