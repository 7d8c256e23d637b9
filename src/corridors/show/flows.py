"""Flows as a reader sees them: a table for the terminal, a map, a chord of regions, time lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridors import areas
from corridors.cards.flows import checked_method
from corridors.errors import InputError, Problem
from corridors.flows.uncertainty import spread
from corridors.people.stocks import PERIODS, observe
from corridors.show.numbers import persons
from corridors.show.style import short_name
from corridors.show.tables import Column, Grid

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "grid", "picture"]

PICTURES = ("map", "chord", "lines")
SOURCE = (
    "UN International Migrant Stock, edition of {edition}; UN World Population Prospects 2024. "
    "Estimate of corridors, method {method}."
)
#: The chord picture's sectors hold every person; arrows only the largest flows.
ARROWS = 120
#: Methods whose totals are drawn over time: one of each family.
LINES = ("da_pb_closed", "da_min_closed", "da_min_open", "sd_rev_neg")


def grid(rows: pd.DataFrame, title: str) -> Grid:
    """Rows of `largest` for a terminal: names instead of codes, two bounds in one column each."""
    shown = rows.assign(
        origin=rows["origin"].map(_short),
        destination=rows["destination"].map(_short),
        methods=_between(rows["least"], rows["most"]),
        interval=_between(rows["low"], rows["high"]),
        protection=_between(rows["protection_least"], rows["protection_most"]),
    )
    columns = [
        Column("origin"),
        Column("destination"),
        Column("flow", unit="persons"),
        Column("interval", "90 % of draws"),
        Column("methods", "between methods"),
        Column("protection", "refugees, asylum"),
    ]
    if rows["low"].isna().all():
        del columns[3]
    note = "Persons over the period, not moves; modelled."
    return Grid(shown, tuple(columns), title=title, note=note)


def _between(least: pd.Series, most: pd.Series) -> list[str]:
    """Two bounds in words; one number where they agree or are not known."""
    return [
        persons(lower)
        if np.isnan(lower) or lower == upper
        else f"{persons(lower)} – {persons(upper)}"
        for lower, upper in zip(least, most, strict=True)
    ]


def _short(code: str) -> str:
    area = areas.every_area().get(code)
    return short_name(area.name) if area else code


def picture(
    kind: str, period: str, method: str, *, sex: str = "both", theme: str = "light"
) -> Figure:
    """One picture of flows: `map`, `chord` by region, or `lines` of totals over the periods."""
    if kind not in PICTURES:
        fix = f"Use {', '.join(PICTURES)}"
        raise InputError(Problem("picture", f"there is no '{kind}'", fix))
    from corridors.show.chords import chord
    from corridors.show.maps import flow_map

    if kind == "lines":
        return _lines(sex, theme)
    observed = observe(period, sex=sex)
    flows = spread(observed, (checked_method(method),)).sel({"method": method}, drop=True)
    rows = flows.rename("persons").to_series().reset_index()
    rows = rows.rename(columns={"origin": "birthplace", "destination": "residence"})
    rows = rows[rows["persons"] > 0.0]
    words: dict[str, Any] = {
        "title": f"Who moved, {period}: {persons(float(rows['persons'].sum()))} people",
        "subtitle": _subtitle(observed),
        "source": SOURCE.format(edition=observed.attrs["edition"], method=method),
        "kind": "modelled",
        "theme": theme,
    }
    if kind == "chord":
        return chord(rows, **words)
    return flow_map(rows, **words, top=ARROWS, tone="in")


def _subtitle(observed: xr.Dataset) -> str:
    years, sex = observed.attrs["years"], observed.attrs["sex"]
    whom = {"both": "People", "female": "Women and girls", "male": "Men and boys"}[sex]
    return f"{whom} by where they lived at the start and the end of {years} years"


def _lines(sex: str, theme: str) -> Figure:
    """Totals of the five-year periods; the last period has four years and is not drawn."""
    from corridors.show.plots import curve

    rows = []
    for period in PERIODS[:-1]:
        totals = spread(observe(period, sex=sex), LINES).sum(("origin", "destination"))
        rows += [
            {"year": int(period[-4:]), "persons": float(total), "method": str(method)}
            for method, total in zip(totals.indexes["method"], totals.to_numpy(), strict=True)
        ]
    return curve(
        pd.DataFrame(rows),
        x="year",
        y="persons",
        by="method",
        x_unit="year",
        y_unit="persons",
        x_label="end of the five years",
        y_label="people who moved",
        title="How many moved depends on how it is estimated",
        subtitle="People who lived elsewhere than five years before; 2020–2024 is not comparable",
        source=SOURCE.format(edition=2020, method="as named beside each line"),
        kind="modelled",
        outside=float("inf"),
        theme=theme,
    )
