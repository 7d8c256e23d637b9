"""Flows to read: the largest corridors with their intervals, and the methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors import areas
from corridors.ensemble import streams
from corridors.errors import InputError, Problem
from corridors.flows.methods import METHODS
from corridors.flows.refugees import split_flows
from corridors.flows.uncertainty import PUBLISHED, intervals, spread
from corridors.people.stocks import combine, observe

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

__all__ = ["COLUMNS", "METHOD_COLUMNS", "checked_method", "largest", "methods"]

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
    every = spread(observed, tuple(dict.fromkeys((*PUBLISHED, checked_method(method)))))
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


def checked_method(method: str) -> str:
    """The name of a method, if it is one; else an `InputError` that lists them."""
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
