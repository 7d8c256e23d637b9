"""Flows to read: the largest corridors with their intervals, totals over time, own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors import areas
from corridors.baseline.periods import PERIODS, combine, observe, protection
from corridors.ensemble import streams
from corridors.errors import InputError, Problem
from corridors.flows.matrices import Estimate
from corridors.flows.methods import METHODS, estimate_flows
from corridors.flows.refugees import split_flows
from corridors.flows.tables import stock_tables, vital_tables
from corridors.flows.uncertainty import PUBLISHED, intervals, spread
from corridors.readers import stock_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import xarray as xr

    from corridors.readers.any_table import Asked

__all__ = [
    "COLUMNS",
    "METHOD_COLUMNS",
    "estimate_files",
    "largest",
    "methods",
    "moved",
    "totals",
]

COLUMNS = {
    "period": "1 July of the first to 1 July of the last year",
    "origin": "area lived in at the start",
    "destination": "area lived in at the end",
    "method": "how the flow was estimated",
    "flow": "persons who lived in the origin at the start and in the destination at the end",
    "lower_80": "a tenth of draws of the figures lie below; empty without draws",
    "upper_80": "a tenth of draws of the figures lie above; empty without draws",
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
#: Methods whose totals are drawn over time: one of each family.
LINES = ("da_pb_closed", "da_min_closed", "da_min_open", "sd_rev_neg")


def methods() -> pd.DataFrame:
    """Every method: name, title, needs, whether it keeps net migration, source."""
    rows = [
        (
            method.name,
            method.title,
            ", ".join(method.needs),
            method.system == "closed",
            method.source,
        )
        for method in METHODS.values()
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
        As `corridors.baseline.periods.observe`.
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
    rows = flows.to_series().to_frame()
    published = every.sel({"method": list(PUBLISHED)}).to_numpy()
    rows["least"], rows["most"] = published.min(axis=0).ravel(), published.max(axis=0).ravel()
    rows["lower_80"] = rows["upper_80"] = np.nan
    if draws:
        drawn = intervals(
            observed, method=method, draws=draws, streams=streams(seed), progress=progress
        )
        for end in ("lower_80", "upper_80"):
            rows[end] = drawn[end].to_numpy().ravel()
    rows = rows[rows["flow"] > 0.0].sort_values("flow", ascending=False, kind="stable")
    rows = rows.reset_index().assign(period=period, method=method, kind="modelled")
    split = _split(flows, observed, sex).set_index(["origin", "destination"])
    ends = pd.MultiIndex.from_frame(rows[["origin", "destination"]])
    for name in ("protection_least", "protection_most"):
        rows[name] = split[name].reindex(ends).to_numpy()
    if code is not None:
        rows = rows[(rows["origin"] == code) | (rows["destination"] == code)]
    return rows[list(COLUMNS)].head(top or len(rows)).reset_index(drop=True)


def estimate_files(
    stocks: Path,
    areas: Path,
    *,
    method: str,
    movers: float | None = None,
    end: Path | None = None,
    years: tuple[int, int] | None = None,
    asked: Asked | None = None,
) -> tuple[Estimate, tuple[str, ...]]:
    """Estimate flows from files of any shape that `corridors.readers.stock_files` reads.

    Parameters
    ----------
    stocks, areas, end, years, asked
        As `corridors.readers.stock_files.read`.
    method, movers
        As `corridors.flows.methods.estimate_flows`.

    Returns
    -------
    estimate : Estimate
    notes : tuple of str
        What was found, ignored and repaired, in words.

    Raises
    ------
    SourceError
        A file is missing or damaged.
    InputError
        A column or a pair is missing, a figure is wrong, a label is a total, an option does not
        fit: all named.
    """
    read = stock_files.read(stocks, areas, asked, end=end, years=years)
    start, end_ = stock_tables(read.stocks, stocks.name)
    births, deaths = vital_tables(read.areas, areas.name)
    uses_account = method not in METHODS or bool(METHODS[method].system)
    estimate = estimate_flows(
        start,
        end_,
        births=births if uses_account else None,
        deaths=deaths if uses_account else None,
        method=method,
        movers=movers,
    )
    return estimate, (*read.notes, *_repaired(estimate))


def _repaired(estimate: Estimate) -> list[str]:
    """One line for each kind of adjustment: how many persons, where most."""
    notes = []
    for (step, at), rows in estimate.adjustments.groupby(["step", "at"], sort=False):
        size = rows["persons"].abs()
        largest = rows.loc[size.nlargest(3).index, "area"]
        notes.append(f"{step} ({at}): {size.sum():,.0f} persons, most in {', '.join(largest)}")
    return notes


def _known(method: str) -> str:
    if method not in METHODS:
        fix = f"Use one of {', '.join(METHODS)}"
        raise InputError(Problem("method", f"no method is called '{method}'", fix))
    return method


def _split(flows: xr.DataArray, observed: xr.Dataset, sex: str) -> pd.DataFrame:
    """Refugees and asylum seekers in each flow; UNHCR does not tell women from men."""
    period, edition = observed.attrs["period"], observed.attrs["edition"]
    first, last = map(int, period.split("-"))
    split = split_flows(flows, protection(), period, combine(edition, (first, last)))
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


def moved(period: str, method: str, *, sex: str = "both") -> pd.DataFrame:
    """Every flow above zero of a period (origin, destination, persons); `attrs` say of whom."""
    observed = observe(period, sex=sex)
    flows = spread(observed, (_known(method),)).sel({"method": method}, drop=True)
    rows = flows.rename("persons").to_series().reset_index()
    rows = rows[rows["persons"] > 0.0]
    rows.attrs = {name: observed.attrs[name] for name in ("period", "years", "sex", "edition")}
    return rows


def totals(sex: str = "both") -> pd.DataFrame:
    """People who moved in each five-year period (year it ends, persons, method).

    The last period has four years and is left out.
    """
    rows = []
    for period in PERIODS[:-1]:
        summed = spread(observe(period, sex=sex), LINES).sum(("origin", "destination"))
        rows += [
            {"year": int(period[-4:]), "persons": float(total), "method": str(method)}
            for method, total in zip(summed.indexes["method"], summed.to_numpy(), strict=True)
        ]
    return pd.DataFrame(rows)
