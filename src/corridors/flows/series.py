"""Flows between the dates of a series of stocks, whatever the gaps between them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from corridors.errors import InputError, Problem
from corridors.flows.matrices import Estimate
from corridors.flows.methods import METHODS, estimate_flows
from corridors.labels import refuse

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["estimate_series"]


def estimate_series(
    stocks: Mapping[int, xr.DataArray | pd.DataFrame],
    *,
    births: pd.DataFrame | None = None,
    deaths: pd.DataFrame | None = None,
    method: str = "da_pb_closed",
    movers: Mapping[str, float] | None = None,
    weight: float | None = None,
) -> dict[str, Estimate]:
    """Estimate flows of every period between two dates of a series, by (44) to (47).

    Parameters
    ----------
    stocks : mapping of year to DataArray (birthplace, residence) or DataFrame
        Persons, as `corridors.flows.methods.estimate_flows`; two years or more, in any order.
    births, deaths : DataFrame (year, area)
        Persons. A row is what happened since the row before it: either one row for each period,
        labelled by its last year, or one for each year of it. For methods that take an account.
    method : str
        A name of `corridors.flows.methods.METHODS`.
    movers : mapping of period to persons, for `mig_rate`
    weight : float, optional
        Share of least movement in `da_pb_closed`.

    Returns
    -------
    dict of Estimate
        By period, such as "2000-2007", the earliest first; `flows` (..., origin, destination)
        persons over the period. `flows.attrs["years"]` is its length: flows of periods of unlike
        length do not compare, and dividing by the years does not mend it, since who goes on, comes
        back or dies within a period is in no flow.

    Raises
    ------
    InputError
        Fewer than two years; births or deaths neither of the period nor of each of its years; and
        what `estimate_flows` refuses, with the period named.
    Infeasible, NotConverged
        The account of a period cannot be closed; names the areas.
    """
    years = sorted(stocks)
    if len(years) < 2:
        what = f"hold {len(years)} year" + ("" if len(years) == 1 else "s")
        raise InputError(Problem("stocks", what, "Flows need two dates or more"))
    found, problems = {}, []
    for first, last in pairwise(years):
        period = f"{first}-{last}"
        try:
            given: dict[str, Any] = {
                name: _of_period(table, first, last, name)
                for name, table in (("births", births), ("deaths", deaths))
                if table is not None
            }
            if movers is not None and "movers" in getattr(METHODS.get(method), "needs", ()):
                given["movers"] = movers.get(period)
            estimate = estimate_flows(
                stocks[first], stocks[last], method=method, weight=weight, **given
            )
        except InputError as error:
            problems += [
                Problem(f"{period}, {problem.where}", problem.what, problem.fix)
                for problem in error.problems
            ]
            continue
        estimate.flows.attrs.update(period=period, years=last - first)
        found[period] = estimate
    refuse(*problems)
    return found


def _of_period(table: pd.DataFrame, first: int, last: int, name: str) -> pd.Series:
    """Births or deaths (area) after `first` until `last`."""
    inside = table[(table.index > first) & (table.index <= last)]
    rows = sorted(inside.index)
    if rows not in ([last], list(range(first + 1, last + 1))):
        what = f"has rows {', '.join(map(str, rows)) or 'of none of its years'}"
        fix = f"Give one row {last} for the period, or one for each year {first + 1} to {last}"
        raise InputError(Problem(name, what, fix))
    return inside.sum(min_count=len(inside))
