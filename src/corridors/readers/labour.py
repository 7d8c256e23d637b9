"""Penn World Table and the ILO's series: one row a country and year, a column a variable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from corridors.readers import wide
from corridors.readers.declared import PROVEN, Opened, Reader, ReadTable, Total
from corridors.readers.table import NOT_REPORTED
from corridors.readers.wide import Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS"]

_MILLION, _PERCENT = 1e6, 0.01
_OUTPUT = "2017 US dollars, purchasing power"
_PENN_UNITS = {
    **dict.fromkeys(("rgdpe", "rgdpo", "cgdpe", "cgdpo", "ccon", "cda", "cn"), _OUTPUT),
    **dict.fromkeys(("rgdpna", "rconna", "rdana", "rnna"), "2017 US dollars, national prices"),
    "pop": "persons",
    "emp": "persons",
    "avh": "hours a year",
    "labsh": "share of output",
    "irr": "share a year",
    "delta": "share a year",
    "xr": "national currency per US dollar",
}
_IN_MILLIONS = frozenset(
    name for name, unit in _PENN_UNITS.items() if unit.startswith("2017") or unit == "persons"
)
_WORDS = ("country", "isocode", "currency", "i_cig", "i_xm", "i_xr", "i_outlier", "i_irr")


def _read_penn(opened: Opened) -> ReadTable:
    raw = opened.r_frame
    table = raw.assign(
        area=wide.places_of(raw, "isocode", opened.path.name, "iso3"), year=raw["year"].astype(int)
    )
    measures = {
        name: Measure(name, _PENN_UNITS.get(name, "index or share"), _factor(name))
        for name in raw.columns
        if name not in (*_WORDS, "year")
    }
    # The flag of the publisher for a doubtful exchange rate, as 1 or 0.
    table["i_outlier"] = raw["i_outlier"].map({"yes": 1.0, "no": 0.0}).astype("float64")
    measures["i_outlier"] = Measure("i_outlier", "1 or 0")
    frame, note = _given(wide.long(table, ("area", "year"), measures))
    units = {measure.quantity: measure.unit for measure in measures.values()}
    dims = ("area", "year", "quantity")
    notes = ("output, capital and people in millions in the file, units here", note)
    return ReadTable(frame, dims, units, "modelled", "10.01", notes)


def _factor(name: str) -> float:
    return _MILLION if name in _IN_MILLIONS else 1.0


def _given(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    empty = frame["status_of_value"] == NOT_REPORTED
    kept = frame[~empty].reset_index(drop=True)
    return kept, f"{int(empty.sum())} cells are not reported and have no row"


_ILO = {
    "ud": Measure("union_density", "share of employees", _PERCENT),
    "cbc": Measure("bargaining_coverage", "share of employees", _PERCENT),
    "labor_inc_share": Measure("labour_share", "share of output", _PERCENT),
    "emp_total_icse93": Measure("employment", "persons", 1e3),
    "emp_total_icse93_1": Measure("employees", "persons", 1e3),
}
_EARNINGS = re.compile(r"hourearn_(?:(masc|fem)_)?(isco\d+)_(\w+)")


def _is_ilo(opened: Opened) -> bool:
    if not opened.is_r or opened.path.suffix.casefold() != ".rds":
        return False
    return {"iso3c", "year", "ud", "cbc", "labor_inc_share"} <= set(opened.r_frame.columns)


def _read_ilo(opened: Opened) -> ReadTable:
    raw = opened.r_frame
    raw = raw[raw["iso3c"].str.fullmatch("[A-Z]{3}").fillna(False)]
    table = raw.assign(
        area=wide.places_of(raw, "iso3c", opened.path.name, "worldbank"),
        year=raw["year"].astype(int),
    )
    measures = dict(_ILO)
    for name in raw.columns:
        match = _EARNINGS.fullmatch(name)
        if match:
            sex = {"masc": "_male", "fem": "_female"}.get(match[1] or "", "")
            quantity = f"hourly_earnings{sex}_{match[2].upper()}_{match[3]}"
            measures[name] = Measure(quantity, "US dollars an hour, purchasing power")
    frame, note = _given(wide.long(table[table["area"] != ""], ("area", "year"), measures))
    units = {measure.quantity: measure.unit for measure in measures.values()}
    notes = (
        "percent in the file, shares here; thousands of workers, persons here",
        note,
        f"{int((table['area'] == '').sum())} rows of aggregates left out",
    )
    dims = ("area", "year", "quantity")
    return ReadTable(frame, dims, units, "reported", "2022", notes)


READERS = (
    Reader(
        name="penn-world-table",
        publisher="Groningen Growth and Development Centre",
        dataset="Penn World Table, R package pwt10",
        editions=("10.01",),
        address="https://www.rug.nl/ggdc/productivity/pwt/",
        licence="CC BY 4.0",
        rank=PROVEN,
        recognises=lambda opened: (opened.object_name or "").startswith("pwt10"),
        read=_read_penn,
        quirks=("millions of people and of 2017 US$; factors come as categories",),
        totals={
            "10.01": (
                Total(
                    "cells of people, of 12,810 rows", 10_399, {"quantity": "pop"}, statistic="rows"
                ),
                Total("world 2019", 7.5e9, {"quantity": "pop", "year": 2019}, 2e-2),
            )
        },
    ),
    Reader(
        name="ilo-series",
        publisher="ILO, collected by Fábrica de Datos Laborales",
        dataset="ILOSTAT series by country and year",
        editions=("2022",),
        address="https://github.com/fabrica-datos-laborales/fdl-data",
        licence="CC BY 4.0 (ILO); none stated for the collection",
        rank=PROVEN,
        recognises=_is_ilo,
        read=_read_ilo,
        quirks=(
            "percent and thousands in one table; KOS is Kosovo, CHA the Channel Islands",
            "the labour share is imputed where accounts are missing",
        ),
        totals={},
    ),
)
