"""Flows to read: the largest corridors with their intervals, totals over time, own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors import areas
from corridors.baseline.periods import EACH, PERIODS, combine, observe, protection
from corridors.data import store
from corridors.ensemble import streams
from corridors.errors import InputError, Problem
from corridors.flows.matrices import Estimate
from corridors.flows.methods import METHODS, estimate_flows, world_flows
from corridors.flows.refugees import split_flows
from corridors.flows.summaries import balances, by_area
from corridors.flows.tables import period_figures, stock_tables, vital_tables
from corridors.flows.uncertainty import PUBLISHED, Errors, intervals, spread
from corridors.labels import Array
from corridors.readers import stock_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import xarray as xr

    from corridors.readers.any_table import Asked

__all__ = [
    "COLUMNS",
    "METHOD_COLUMNS",
    "NET_COLUMNS",
    "PER_YEAR",
    "area_of",
    "columns_of",
    "estimate_files",
    "known",
    "largest",
    "methods",
    "moved",
    "named",
    "net",
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
#: Further columns, each on demand.
TYPE_COLUMNS = {
    "outward": "of the flow, persons who leave the area they were born in",
    "returning": "of the flow, persons who come back to the area they were born in",
    "transit": "of the flow, persons born in neither area",
}
NAME_COLUMNS = {
    f"{end}_{what}": f"{said} of the {end}"
    for end in ("origin", "destination")
    for what, said in (
        ("name", "name"),
        ("latitude", "degrees north of the main city"),
        ("longitude", "degrees east of the main city"),
    )
}
YEAR_COLUMNS = {"per_year": "flow over the years of the period: not the migrants of one year"}
#: What a division by years does not say; printed wherever it is made.
PER_YEAR = (
    "per_year is the flow divided by the years of the period. It is not how many move in a year: "
    "who moves on, returns or dies within the period is not in the flow, so the migrants of single "
    "years sum to more, and periods of four and five years do not compare."
)
NET_COLUMNS = {
    "period": "1 July of the first to 1 July of the last year",
    "area": "area",
    "method": "how the flows were estimated",
    "inflow": "persons who came",
    "outflow": "persons who left",
    "net": "inflow less outflow, persons over the period",
    "lower_80": "a tenth of draws of the figures lie below; empty without draws",
    "upper_80": "a tenth of draws of the figures lie above; empty without draws",
    "net_immigration": "sum of what the area gains on balance from single areas",
    "net_emigration": "sum of what the area loses on balance to single areas",
    "net_given": "growth of the population less births, plus deaths: the United Nations' figures",
    "difference": "net less net_given: what closure of the world, or an open method, does",
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
    """Every method of (44) to (47), and the paper that it is from.

    Returns
    -------
    DataFrame (`METHOD_COLUMNS`)
        Words, and whether a method keeps net migration; no figures, no units.
    """
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
    further: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The largest flows of a period by a method of (44) to (47), with how sure they are.

    Parameters
    ----------
    period, sex : str
        As `corridors.baseline.periods.observe`, or `all` for every period of `PERIODS`. Women's
        and men's flows sum to those of both; their interval is as wide, as a share of the flow, as
        that of the sex estimated alone.
    method : str
        A name of `corridors.flows.methods.METHODS`.
    top : int, optional
        How many of each period; None: every flow above zero.
    place : str, optional
        Only flows to or from this area.
    draws, seed : int
        Draws of the figures behind the interval; 0: no interval.
    further : sequence of str
        `type` (outward, returning, transit), `names` (with coordinates), `year`, `zeros`.

    Returns
    -------
    DataFrame (`columns_of(further)`)
        Persons over the period, and ends of the 80 % interval.

    Raises
    ------
    InputError
        No such period, sex, method, area or further column.
    SourceError
        A table of the package is missing or damaged.
    """
    _refuse_further(further, sex)
    tables = [
        _largest(each, method, sex, top, place, (draws, seed), further, progress)
        for each in _periods(period)
    ]
    return pd.concat(tables, ignore_index=True)


def columns_of(further: Sequence[str]) -> dict[str, str]:
    """Columns of `largest`, and what they hold."""
    more = {"type": TYPE_COLUMNS, "names": NAME_COLUMNS, "year": YEAR_COLUMNS, "zeros": {}}
    return COLUMNS | {name: said for each in further for name, said in more[each].items()}


def _refuse_further(further: Sequence[str], sex: str) -> None:
    if "type" in further and sex != "both":
        what = "women and men are not told apart by birthplace in the flows of both"
        raise InputError(Problem("by type", what, "Ask for both sexes"))


def _periods(period: str) -> tuple[str, ...]:
    return PERIODS if period == "all" else (period,)


def _flows(period: str, sex: str, methods: tuple[str, ...]) -> tuple[xr.Dataset, xr.DataArray]:
    """The figures of a period, of one sex or both, and flows (method, origin, destination)."""
    observed = observe(period, sex=sex)
    if sex == "both":
        return observed, spread(observed, methods)
    each = spread(observe(period, sex=EACH), methods, both=observe(period))
    return observed, each.sel(sex=sex, drop=True)


def _largest(
    period: str,
    method: str,
    sex: str,
    top: int | None,
    place: str | None,
    luck: tuple[int, int],
    further: Sequence[str],
    progress: Callable[[int, int], None] | None,
) -> pd.DataFrame:
    chosen = tuple(dict.fromkeys((*PUBLISHED, known(method))))
    observed, every = _flows(period, sex, chosen)
    code = None if place is None else area_of(place, observed)
    flows = every.sel({"method": method}, drop=True)
    rows = flows.rename("flow").to_series().to_frame()
    published = every.sel({"method": list(PUBLISHED)}).to_numpy()
    rows["least"], rows["most"] = published.min(axis=0).ravel(), published.max(axis=0).ravel()
    rows["lower_80"], rows["upper_80"] = _interval(observed, flows, method, luck, progress)
    if "type" in further:
        types = world_flows(observed, methods=(method,))[method].by_type()
        for name in TYPE_COLUMNS:
            rows[name] = types[name].to_numpy().ravel()
    rows["per_year"] = rows["flow"] / observed.attrs["years"]
    rows = rows.sort_values("flow", ascending=False, kind="stable").reset_index()
    apart = rows["origin"].to_numpy() != rows["destination"].to_numpy()
    rows = rows[apart if "zeros" in further else rows["flow"] > 0.0]
    rows = rows.assign(period=period, method=method, kind="modelled")
    split = _split(flows, observed, sex).set_index(["origin", "destination"])
    ends = pd.MultiIndex.from_frame(rows[["origin", "destination"]])
    for name in ("protection_least", "protection_most"):
        rows[name] = split[name].reindex(ends).to_numpy()
    if code is not None:
        rows = rows[(rows["origin"] == code) | (rows["destination"] == code)]
    rows = rows.head(top or len(rows)).reset_index(drop=True)
    return (named(rows) if "names" in further else rows)[list(columns_of(further))]


def _interval(
    observed: xr.Dataset,
    flows: xr.DataArray,
    method: str,
    luck: tuple[int, int],
    progress: Callable[[int, int], None] | None,
) -> tuple[Array, Array]:
    """Both ends of the interval of each flow; NaN without draws."""
    draws, seed = luck
    if not draws:
        return np.full(flows.size, np.nan), np.full(flows.size, np.nan)
    drawn = intervals(
        observed, method=method, draws=draws, streams=streams(seed), progress=progress
    )
    alone = drawn["flow"].to_numpy().ravel()
    scale = np.ones(flows.size)
    np.divide(flows.to_numpy().ravel(), alone, out=scale, where=alone > 0.0)
    return tuple(scale * drawn[end].to_numpy().ravel() for end in ("lower_80", "upper_80"))


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of flows with name, latitude and longitude of both ends; empty where not known.

    Parameters
    ----------
    rows : DataFrame (origin, destination, ...)

    Returns
    -------
    DataFrame (origin_name, origin_latitude, ..., destination_longitude beside them)
        Degrees, of the package's table of areas, which names its sources.

    Raises
    ------
    SourceError
        That table is missing or damaged.
    """
    listed = store.table("areas").set_index("area")
    added = {
        f"{end}_{what}": rows[end].map(listed[what])
        for end in ("origin", "destination")
        for what in ("name", "latitude", "longitude")
    }
    return rows.assign(**added)


def net(
    period: str,
    method: str,
    *,
    sex: str = "both",
    top: int | None = None,
    place: str | None = None,
    draws: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """Net migration of every area by the flows, beside what births and deaths leave of its growth.

    The flows are of a method of (44) to (47), the balance of births and deaths is of WPP.

    Parameters
    ----------
    period, method, sex, top, place, draws, seed
        As `largest`.

    Returns
    -------
    DataFrame (`NET_COLUMNS`)
        Persons over the period, the largest net first.

    Raises
    ------
    InputError
        No such period, sex, method or area.
    SourceError
        A table of the package is missing or damaged.
    """
    tables = []
    for each in _periods(period):
        observed, every = _flows(each, sex, (known(method),))
        code = None if place is None else area_of(place, observed)
        flows = every.sel({"method": method}, drop=True)
        rows = by_area(flows).join(balances(flows))
        rows["lower_80"] = rows["upper_80"] = np.nan
        if draws:
            drawn = intervals(observed, method=method, draws=draws, streams=streams(seed))
            for end in ("lower_80", "upper_80"):
                off = drawn[f"net_{end}"] - drawn["net"]
                rows[end] = rows["net"].to_numpy() + off.to_numpy()
        rows["net_given"] = observed["net"].to_series().reindex(rows.index)
        rows["difference"] = rows["net"] - rows["net_given"]
        rows = rows.reset_index().assign(period=each, method=method, kind="modelled")
        rows = rows.sort_values("net", ascending=False, key=abs, kind="stable")
        if code is not None:
            rows = rows[rows["area"] == code]
        tables.append(rows[list(NET_COLUMNS)].head(top or len(rows)))
    return pd.concat(tables, ignore_index=True)


def estimate_files(
    stocks: Path,
    areas: Path,
    *,
    method: str,
    movers: float | None = None,
    end: Path | None = None,
    years: tuple[int, int] | None = None,
    asked: Asked | None = None,
    draws: int = 0,
    seed: int = 0,
    errors: Errors | None = None,
    further: Sequence[str] = (),
) -> tuple[Estimate, pd.DataFrame, tuple[str, ...]]:
    """Estimate flows from files of any shape that `corridors.readers.stock_files` reads.

    Parameters
    ----------
    stocks, areas, end, years, asked
        As `corridors.readers.stock_files.read`.
    method, movers
        As `corridors.flows.methods.estimate_flows`.
    draws, seed, errors
        Draws of the figures behind an interval, with these errors; 0: none.
    further : sequence of str
        `type` (outward, returning, transit), `names` (with coordinates), `zeros`.

    Returns
    -------
    estimate : Estimate
        By a method of (44) to (47).
    rows : DataFrame (origin, destination, flow, and what was asked for)
        Persons over the period.
    notes : tuple of str
        What was found, ignored and repaired, in words.

    Raises
    ------
    SourceError
        A file is missing or damaged.
    InputError
        A column or a pair is missing, a figure is wrong, a label is a total, an option does not
        fit: all named.
    Infeasible, NotConverged
        The account cannot be closed; names the areas.
    """
    read = stock_files.read(stocks, areas, asked, end=end, years=years)
    start, end_ = stock_tables(read.stocks, stocks.name)
    births, deaths = vital_tables(read.areas, areas.name)
    notes = list(read.notes)
    uses_account = method not in METHODS or bool(METHODS[method].system)
    estimate = estimate_flows(
        start,
        end_,
        births=births if uses_account else None,
        deaths=deaths if uses_account else None,
        method=method,
        movers=movers,
    )
    rows = estimate.flows.rename("flow").to_series().to_frame()
    if draws:
        if movers is not None:
            what = "the movers of mig_rate are given, so figures do not make them vary"
            raise InputError(Problem("draws", what, "Leave out --draws or take another method"))
        people = {
            f"population_{at}": table.sum("birthplace").rename(residence="area")
            for at, table in (("start", start), ("end", end_))
        }
        figures = {"stock_start": start, "stock_end": end_, "births": births, "deaths": deaths}
        observed = period_figures(figures | people, people=True)
        drawn = intervals(
            observed, method=method, draws=draws, streams=streams(seed), errors=errors
        )
        for at in ("lower_80", "upper_80"):
            values = drawn[at].sel(
                origin=estimate.flows.indexes["origin"],
                destination=estimate.flows.indexes["destination"],
            )
            rows[at] = values.to_numpy().ravel()
        notes.append(f"intervals: {draws} draws of {drawn.attrs['errors']}")
    if "type" in further:
        for name, table in estimate.by_type().data_vars.items():
            rows[str(name)] = table.to_numpy().ravel()
    rows = rows.sort_values("flow", ascending=False, kind="stable").reset_index()
    apart = rows["origin"].to_numpy() != rows["destination"].to_numpy()
    rows = rows[apart if "zeros" in further else rows["flow"] > 0.0].reset_index(drop=True)
    rows = named(rows) if "names" in further else rows
    return estimate, rows, (*notes, *_repaired(estimate))


def _repaired(estimate: Estimate) -> list[str]:
    """One line for each kind of adjustment: how many persons, where most."""
    notes = []
    for (step, at), rows in estimate.adjustments.groupby(["step", "at"], sort=False):
        size = rows["persons"].abs()
        largest = rows.loc[size.nlargest(3).index, "area"]
        notes.append(f"{step} ({at}): {size.sum():,.0f} persons, most in {', '.join(largest)}")
    return notes


def known(method: str) -> str:
    """The name of a method of `corridors.flows.methods.METHODS`, if there is one.

    Raises
    ------
    InputError
        There is none; lists the methods.
    """
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


def area_of(place: str, observed: xr.Dataset) -> str:
    """Code of an area of the period; an area that is part of another is not one of them.

    Parameters
    ----------
    place : str
        Code or name.
    observed : Dataset (area, ...)
        As `corridors.baseline.periods.observe` gives it, persons.

    Raises
    ------
    InputError
        The name is unknown or ambiguous, or no area of the period; names the area it is part of.
    """
    code = areas.resolve(place).code
    if code not in observed.indexes["area"]:
        first, last = map(int, observed.attrs["period"].split("-"))
        part_of = combine(observed.attrs["edition"], (first, last)).get(code)
        fix = f"It is part of {part_of}: ask for that" if part_of else "Ask for another area"
        what = f"{code} is not an area of {observed.attrs['period']}"
        raise InputError(Problem("area", what, fix))
    return code


def moved(
    period: str, method: str, *, sex: str = "both", top: int | None = None, place: str | None = None
) -> pd.DataFrame:
    """Flows above zero of a period by a method of (44) to (47); `attrs` say of whom.

    Parameters
    ----------
    period, method, sex, top, place
        As `largest`.

    Returns
    -------
    DataFrame (origin, destination, persons)
        Persons over the period.

    Raises
    ------
    InputError
        No such period, sex, method or area.
    SourceError
        A table of the package is missing or damaged.
    """
    observed, every = _flows(period, sex, (known(method),))
    flows = every.sel({"method": method}, drop=True)
    rows = flows.rename("persons").to_series().reset_index()
    rows = rows[rows["persons"] > 0.0]
    if place is not None:
        code = area_of(place, observed)
        rows = rows[(rows["origin"] == code) | (rows["destination"] == code)]
    if top:
        rows = rows.nlargest(top, "persons")
    rows.attrs = {name: observed.attrs[name] for name in ("period", "years", "sex", "edition")}
    return rows


def totals(sex: str = "both") -> pd.DataFrame:
    """People who moved in each five-year period, by the methods of `LINES`, (44) to (47).

    The last period has four years and is left out.

    Parameters
    ----------
    sex : str
        `both`, `female` or `male`.

    Returns
    -------
    DataFrame (year, persons, method)
        Persons over the period that ends in the year.

    Raises
    ------
    InputError
        No such sex.
    SourceError
        A table of the package is missing or damaged.
    """
    rows = []
    for period in PERIODS[:-1]:
        summed = _flows(period, sex, LINES)[1].sum(("origin", "destination"))
        rows += [
            {"year": int(period[-4:]), "persons": float(total), "method": str(method)}
            for method, total in zip(summed.indexes["method"], summed.to_numpy(), strict=True)
        ]
    return pd.DataFrame(rows)
