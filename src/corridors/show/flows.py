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

__all__ = ["PICTURES", "drawn", "grid", "net_grid", "own_picture", "picture"]

PICTURES = ("map", "chord", "lines")
SOURCE = (
    "UN International Migrant Stock, edition of {edition}; UN World Population Prospects 2024. "
    "Estimate of corridors, method {method}."
)
#: The chord picture's sectors hold every person; arrows only the largest flows.
ARROWS = 120


def grid(rows: pd.DataFrame, title: str) -> Grid:
    """Rows of `largest` for a terminal: names instead of codes, two bounds in one column each.

    Parameters
    ----------
    rows : DataFrame (`corridors.cards.flows.COLUMNS`)
        Persons over the period.
    title : str
    """
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


def net_grid(rows: pd.DataFrame, title: str) -> Grid:
    """Rows of `net` for a terminal.

    Parameters
    ----------
    rows : DataFrame (`corridors.cards.flows.NET_COLUMNS`)
        Persons over the period.
    title : str
    """
    shown = rows.assign(
        area=rows["area"].map(_short), interval=_between(rows["lower_80"], rows["upper_80"])
    )
    columns = [
        Column("period"),
        Column("area"),
        Column("inflow", unit="persons"),
        Column("outflow", unit="persons"),
        Column("net", unit="persons"),
        Column("interval", "80 % of draws"),
        Column("net_given", "births, deaths and growth", unit="persons"),
        Column("difference", unit="persons"),
    ]
    if rows["lower_80"].isna().all():
        del columns[5]
    if rows["period"].nunique() == 1:
        del columns[0]
    note = "Difference: what closing the world's sum, or an open method, does to an area."
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
    kind: str,
    period: str,
    method: str,
    *,
    sex: str = "both",
    theme: str = "light",
    top: int | None = None,
    place: str | None = None,
) -> Figure:
    """One picture of flows: `map`, `chord` by region, or `lines` of totals, persons over a period.

    Parameters
    ----------
    top : int, optional
        Only the largest flows; a map without it draws the `ARROWS` largest.
    place : str, optional
        Only flows to or from this area.

    Raises
    ------
    InputError
        There is no such picture, period, method, sex or area, or no flow to draw.
    SourceError
        A table of the package is missing or damaged.
    """
    if kind not in PICTURES:
        fix = f"Use {', '.join(PICTURES)}"
        raise InputError(Problem("picture", f"there is no '{kind}'", fix))
    if kind == "lines":
        if top is not None or place is not None:
            what = "lines are totals of the world"
            raise InputError(Problem("picture", what, "Leave out --top and --area, or draw a map"))
        return _lines(sex, theme)
    rows = flows.moved(period, method, sex=sex, top=top, place=place)
    if rows.empty:
        fix = "Ask for another area or period"
        raise InputError(Problem("picture", "there is no flow above zero to draw", fix))
    whom = "" if place is None else f" to and from {areas.resolve(place).name}"
    which = f"the {len(rows)} largest flows" if top else "who moved"
    words: dict[str, Any] = {
        "title": f"{which}{whom}, {period}: {persons(float(rows['persons'].sum()))} people",
        "subtitle": _subtitle(rows.attrs["years"], sex),
        "source": SOURCE.format(edition=rows.attrs["edition"], method=method),
        "kind": "modelled",
        "theme": theme,
    }
    words["title"] = words["title"][0].upper() + words["title"][1:]
    return drawn(kind, rows, words, top or ARROWS)


def drawn(kind: str, rows: pd.DataFrame, words: dict[str, Any], top: int = ARROWS) -> Figure:
    """Rows of flows as a `map` or a `chord` picture.

    Parameters
    ----------
    kind : str
    rows : DataFrame (origin, destination, persons)
        Persons over a period.
    words : dict
        `title`, `subtitle`, `source`, `kind`, `theme` of the sheet.
    top : int
        Largest flows that a map draws.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        Nobody moves, or no flow has two places on the map.
    """
    from corridors.show.chords import chord
    from corridors.show.maps import flow_map

    rows = rows.rename(columns={"origin": "birthplace", "destination": "residence"})
    if kind == "chord":
        return chord(rows, **words)
    return flow_map(rows, **words, top=top, tone="in")


def own_picture(kind: str, rows: pd.DataFrame, method: str) -> Figure:
    """Flows of a user's own tables as a `map` or a `chord` picture.

    Parameters
    ----------
    kind : str
    rows : DataFrame (origin, destination, flow)
        Persons over the period.
    method : str
        Of `corridors.flows.methods.METHODS`; stands below the picture.

    Returns
    -------
    Figure

    Raises
    ------
    InputError
        There is no such picture, nobody moves, or no flow has two places on the map.
    """
    if kind not in PICTURES[:2]:
        fix = f"Use {', '.join(PICTURES[:2])}"
        raise InputError(Problem("picture", f"own tables make no '{kind}'", fix))
    rows = rows.rename(columns={"flow": "persons"})[["origin", "destination", "persons"]]
    words = {
        "title": f"Who moved: {persons(float(rows['persons'].sum()))} people",
        "subtitle": "People by where they lived at the start and the end of the period",
        "source": f"Own stocks, births and deaths. Estimate of corridors, method {method}.",
        "kind": "modelled",
    }
    return drawn(kind, rows, words)


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
