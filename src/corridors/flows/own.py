"""Flows from tables of the user's own: any labels, no codes needed.

Stocks are rows of `birth, residence, stock_start, stock_end`, every pair of areas once; vital
figures are rows of `area, births, deaths`. Further columns are ignored, with a word.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from corridors.data import tables as intake
from corridors.errors import InputError, Problem
from corridors.flows.estimate import Estimate
from corridors.flows.methods import METHODS, estimate_flows

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["estimate_files", "stock_tables"]

STOCKS = {"birth": "label", "residence": "label", "stock_start": "number", "stock_end": "number"}
AREAS = {"area": "label", "births": "number", "deaths": "number"}
_MOST = 5


def estimate_files(
    stocks: Path, areas: Path, *, method: str, movers: float | None = None
) -> tuple[Estimate, tuple[str, ...]]:
    """Estimate flows from two files.

    Parameters
    ----------
    stocks, areas : Path
        CSV (`.csv`, `.csv.gz`) or Parquet (`.parquet`).
    method, movers
        As `corridors.flows.methods.estimate_flows`.

    Returns
    -------
    estimate : Estimate
    notes : tuple of str
        What was ignored and what was repaired, in words.

    Raises
    ------
    SourceError
        A file is missing or damaged.
    InputError
        A column or a pair is missing, a figure is wrong, an option does not fit: all named.
    """
    rows, ignored_of_stocks = intake.read(stocks, STOCKS)
    vital, ignored_of_areas = intake.read(areas, AREAS)
    notes = [
        f"{file.name}: ignored {', '.join(names)}"
        for file, names in ((stocks, ignored_of_stocks), (areas, ignored_of_areas))
        if names
    ]
    start, end = stock_tables(rows, stocks.name)
    twice = sorted(set(vital["area"][vital["area"].duplicated()]))
    if twice:
        what = f"areas occur twice: {', '.join(twice[:_MOST])}"
        raise InputError(Problem(areas.name, what, "Keep one row for each"))
    figures = vital.set_index("area")
    uses_account = method not in METHODS or bool(METHODS[method].system)
    estimate = estimate_flows(
        start,
        end,
        births=figures["births"] if uses_account else None,
        deaths=figures["deaths"] if uses_account else None,
        method=method,
        movers=movers,
    )
    return estimate, (*notes, *_repaired(estimate))


def stock_tables(rows: pd.DataFrame, where: str = "stocks") -> tuple[xr.DataArray, xr.DataArray]:
    """Stocks at the start and the end (birthplace, residence) from rows of pairs.

    Raises
    ------
    InputError
        A pair occurs twice or is missing: absent is not zero.
    """
    import xarray as xr

    twice = rows[rows.duplicated(["birth", "residence"])]
    if len(twice):
        b, r = twice.iloc[0][["birth", "residence"]]
        raise InputError(
            Problem(f"{where} ({b}, {r})", "occurs twice", "Keep one row for each pair")
        )
    names = list(dict.fromkeys([*rows["birth"], *rows["residence"]]))
    missing = len(names) ** 2 - len(rows)
    if missing:
        there = set(zip(rows["birth"], rows["residence"], strict=True))
        absent = ((b, r) for b in names for r in names if (b, r) not in there)
        listed = ", ".join(f"({b}, {r})" for (b, r), _ in zip(absent, range(_MOST), strict=False))
        what = f"{missing} of {len(names) ** 2} pairs have no row, such as {listed}"
        fix = "Absent is not zero: write a row for every pair, with 0 where nobody lives"
        raise InputError(Problem(where, what, fix))
    tables = []
    for column in ("stock_start", "stock_end"):
        wide = rows.pivot(index="birth", columns="residence", values=column)
        values = wide.reindex(index=names, columns=names).to_numpy()
        tables.append(xr.DataArray(values, [("birthplace", names), ("residence", names)]))
    return tables[0], tables[1]


def _repaired(estimate: Estimate) -> list[str]:
    """One line for each kind of adjustment: how many persons, where most."""
    notes = []
    for (step, at), rows in estimate.adjustments.groupby(["step", "at"], sort=False):
        size = rows["persons"].abs()
        largest = rows.loc[size.nlargest(3).index, "area"]
        notes.append(f"{step} ({at}): {size.sum():,.0f} persons, most in {', '.join(largest)}")
    return notes
