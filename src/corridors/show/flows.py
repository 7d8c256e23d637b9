"""Flows drawn: the table of the largest, a map, a chord picture, lines over the periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridors import areas
from corridors.cards import flows
from corridors.errors import InputError, Problem
from corridors.show.numbers import persons
from corridors.show.style import short_name
from corridors.show.tables import Column, Grid

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["PICTURES", "grid", "picture"]

PICTURES = ("map", "chord", "lines")
SOURCE = (
    "UN International Migrant Stock, edition of {edition}; UN World Population Prospects 2024. "
    "Estimate of corridors, method {method}."
)
#: The chord picture's sectors hold every person; arrows only the largest flows.
ARROWS = 120


def grid(rows: pd.DataFrame, title: str) -> Grid:
    """Rows of `largest` for a terminal: names instead of codes, two bounds in one column each."""
    shown = rows.assign(
        origin=rows["origin"].map(_short),
        destination=rows["destination"].map(_short),
        methods=_between(rows["least"], rows["most"]),
        interval=_between(rows["lower_80"], rows["upper_80"]),
        protection=_between(rows["protection_least"], rows["protection_most"]),
    )
    columns = [
        Column("origin"),
        Column("destination"),
        Column("flow", unit="persons"),
        Column("interval", "80 % of draws"),
        Column("methods", "between methods"),
        Column("protection", "refugees, asylum"),
    ]
    if rows["lower_80"].isna().all():
        del columns[3]
    note = "Persons over the period, not moves; modelled."
    return Grid(shown, tuple(columns), title=title, note=note)


def _between(lowers: pd.Series, uppers: pd.Series) -> list[str]:
    pairs = zip(lowers, uppers, strict=True)
    return [
        persons(lower)
        if np.isnan(lower) or lower == upper
        else f"{persons(lower)} – {persons(upper)}"
        for lower, upper in pairs
    ]


def _short(code: str) -> str:
    area = areas.every_area().get(code)
    return short_name(area.name) if area else code


# --- pictures -----------------------------------------------------------------------------------


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
    rows = flows.moved(period, method, sex=sex)
    words: dict[str, Any] = {
        "title": f"Who moved, {period}: {persons(float(rows['persons'].sum()))} people",
        "subtitle": _subtitle(rows.attrs["years"], sex),
        "source": SOURCE.format(edition=rows.attrs["edition"], method=method),
        "kind": "modelled",
        "theme": theme,
    }
    rows = rows.rename(columns={"origin": "birthplace", "destination": "residence"})
    if kind == "chord":
        return chord(rows, **words)
    return flow_map(rows, **words, top=ARROWS, tone="in")


def _subtitle(years: int, sex: str) -> str:
    whom = {"both": "People", "female": "Women and girls", "male": "Men and boys"}[sex]
    return f"{whom} by where they lived at the start and the end of {years} years"


def _lines(sex: str, theme: str) -> Figure:
    """Totals of the five-year periods; the last period has four years and is not drawn."""
    from corridors.show.plots import curve

    return curve(
        flows.totals(sex),
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
