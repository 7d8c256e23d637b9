"""Flows to read: the largest corridors with their intervals, pictures, time lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridors import areas
from corridors.ensemble import streams
from corridors.errors import InputError, Problem
from corridors.flows.methods import METHODS
from corridors.flows.refugees import split_flows
from corridors.flows.uncertainty import PUBLISHED, intervals, spread
from corridors.people.stocks import PERIODS, combine, observe
from corridors.show.numbers import persons
from corridors.show.style import short_name
from corridors.show.tables import Column, Grid

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["COLUMNS", "METHOD_COLUMNS", "PICTURES", "grid", "largest", "methods", "picture"]

COLUMNS = {
    "period": "1 July of the first to 1 July of the last year",
    "origin": "area lived in at the start",
    "destination": "area lived in at the end",
    "method": "how the flow was estimated",
    "flow": "persons who lived in the origin at the start and in the destination at the end",
    "low": "5 % of draws of the figures lie below; empty without draws",
    "high": "5 % of draws of the figures lie above; empty without draws",
    "least": "smallest of the six published methods",
    "most": "largest of the six published methods",
    "protection_least": "of the flow, refugees and asylum seekers at least; empty if not known",
    "protection_most": "of the flow, refugees and asylum seekers at most; empty if not known",
    "kind": "reported, modelled or assumed",
}
METHOD_COLUMNS = {
    "method": "name to use",
    "title": "what it does",
    "needs": "what it needs beside the two stocks",
    "keeps_net": "whether net migration of every area is that of births and deaths",
    "source": "who published it",
}
PICTURES = ("map", "chord", "lines")
SOURCE = (
    "UN International Migrant Stock, edition of {edition}; UN World Population Prospects 2024. "
    "Estimate of corridors, method {method}."
)
#: The chord picture's sectors hold every person; arrows only the largest flows.
ARROWS = 120
#: Methods whose totals are drawn over time: one of each family.
LINES = ("da_pb_closed", "da_min_closed", "da_min_open", "sd_rev_neg")


def methods() -> pd.DataFrame:
    """Every method: name, title, needs, whether it keeps net migration, source."""
    rows = [
        (one.name, one.title, ", ".join(one.needs), one.system == "closed", one.source)
        for one in METHODS.values()
    ]
    return pd.DataFrame(rows, columns=list(METHOD_COLUMNS))


def largest(
    period: str,
    method: str,
    *,
    sex: str = "both",
    top: int | None = 20,
    place: str | None = None,
    draws: int = 0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The largest flows of a period, with how sure they are.

    Parameters
    ----------
    period, sex : str
        As `corridors.people.stocks.observe`.
    top : int, optional
        How many; None: every flow above zero.
    place : str, optional
        Only flows to or from this area.
    draws, seed : int
        Draws of the figures behind the interval; 0: no interval.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`.
    """
    observed = observe(period, sex=sex)
    code = None if place is None else _area_of(place, observed)
    every = spread(observed, tuple(dict.fromkeys((*PUBLISHED, _known(method)))))
    flows = every.sel({"method": method}, drop=True)
    found = flows.to_series().to_frame()
    published = every.sel({"method": list(PUBLISHED)}).to_numpy()
    found["least"], found["most"] = published.min(axis=0).ravel(), published.max(axis=0).ravel()
    found["low"] = found["high"] = np.nan
    if draws:
        drawn = intervals(
            observed, method=method, draws=draws, streams=streams(seed), progress=progress
        )
        found["low"], found["high"] = (drawn[end].to_numpy().ravel() for end in ("low", "high"))
    found = found[found["flow"] > 0.0].sort_values("flow", ascending=False, kind="stable")
    found = found.reset_index().assign(period=period, method=method, kind="modelled")
    split = _split(flows, observed, sex).set_index(["origin", "destination"])
    ends = pd.MultiIndex.from_frame(found[["origin", "destination"]])
    for name in ("protection_least", "protection_most"):
        found[name] = split[name].reindex(ends).to_numpy()
    if code is not None:
        found = found[(found["origin"] == code) | (found["destination"] == code)]
    return found[list(COLUMNS)].head(top or len(found)).reset_index(drop=True)


def _known(method: str) -> str:
    if method not in METHODS:
        fix = f"Use one of {', '.join(METHODS)}"
        raise InputError(Problem("method", f"no method is called '{method}'", fix))
    return method


def _split(flows: xr.DataArray, observed: xr.Dataset, sex: str) -> pd.DataFrame:
    """Refugees and asylum seekers in each flow; UNHCR does not tell women from men."""
    period, edition = observed.attrs["period"], observed.attrs["edition"]
    first, last = map(int, period.split("-"))
    split = split_flows(flows, period, combine(edition, (first, last)))
    if sex != "both":
        split[["protection_least", "protection_most"]] = np.nan
    return split


def _area_of(place: str, observed: xr.Dataset) -> str:
    """Code of an area of the period; an area that is part of another is not one of them."""
    code = areas.resolve(place).code
    if code not in observed.indexes["area"]:
        first, last = map(int, observed.attrs["period"].split("-"))
        part_of = combine(observed.attrs["edition"], (first, last)).get(code)
        fix = f"It is part of {part_of}: ask for that" if part_of else "Ask for another area"
        what = f"{code} is not an area of {observed.attrs['period']}"
        raise InputError(Problem("area", what, fix))
    return code


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


def _between(low: pd.Series, high: pd.Series) -> list[str]:
    pairs = zip(low, high, strict=True)
    return [persons(one) if np.isnan(one) or one == two else f"{persons(one)} – {persons(two)}"
            for one, two in pairs]  # fmt: skip


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
    observed = observe(period, sex=sex)
    flows = spread(observed, (_known(method),)).sel({"method": method}, drop=True)
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
