"""Facts of a place: single figures with their source, and people displaced within it."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pandas as pd

from corridors.data import store

__all__ = ["of_corridor", "of_place", "transfers"]

#: What a corridor's card says of rules at its residence.
RIGHTS = ("labour rights, lack of compliance (SDG 8.8.2)",)
#: Hazards count together as disasters.
CONFLICT = "conflict"
CUMULATED = {
    "interest_cumulated_usd": "interest_paid_cumulated",
    "net_transfer_cumulated_usd": "net_transfers_cumulated",
}
DISPLACED = {
    ("displaced at year end", CONFLICT): "conflict_at_year_end",
    ("displaced at year end", "disaster"): "disaster_at_year_end",
    ("new displacements", CONFLICT): "conflict_new_displacements",
    ("new displacements", "disaster"): "disaster_new_displacements",
}


def transfers(code: str) -> Iterator[pd.DataFrame]:
    """Interest, and what crosses the border less interest, summed since the first year known.

    Of World Bank WDI, at 5 % interest.

    Yields
    ------
    DataFrame (`COLUMNS`)
        US dollars; the note says over how many years.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    rows = _table("transfers")
    rows = rows[rows["area"] == code]
    for column, figure in CUMULATED.items():
        last = rows.dropna(subset=column).tail(1)
        if len(last):
            yield pd.DataFrame(
                {
                    "section": "capital",
                    "figure": figure,
                    "area": code,
                    "birthplace": "",
                    "residence": "",
                    "year": last["year"],
                    "value": last[column],
                    "unit": "USD",
                    "kind": last["kind"],
                    "table": "transfers",
                    "source": "computed from World Bank WDI",
                    "note": f"since {rows['year'].min()}, at 5 % interest; "
                    f"net transfers of {last['years'].item()} years",
                }
            ).astype({"year": "Int64"})


def of_place(code: str) -> Iterator[pd.DataFrame]:
    """Figures of an area in the columns of a card: displaced within it, then single facts.

    Yields
    ------
    DataFrame (`COLUMNS`)
        Persons displaced (IDMC), every fifth year and the last; of each fact the last year, with
        its unit and source.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    yield from _displaced_within(code)
    yield from _last(_rows("facts", code))


def of_corridor(birthplace: str, residence: str) -> Iterator[pd.DataFrame]:
    """Facts of the residence about people born in the other area, and its labour rights.

    Yields
    ------
    DataFrame (`COLUMNS`)
        The latest year of a quantity, with its unit, kind and source.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    rows = _rows("facts", residence)
    yield from _last(rows[(rows["birthplace"] == birthplace) | rows["quantity"].isin(RIGHTS)])


def _last(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    last = rows.groupby(["quantity", "birthplace"])["year"].transform("max")
    rows = rows[rows["year"] == last]
    if len(rows):
        yield pd.DataFrame(
            {
                "section": "facts",
                "figure": rows["quantity"],
                "area": rows["place"],
                "birthplace": rows["birthplace"],
                "residence": "",
                "year": rows["year"],
                "value": rows["value"],
                "unit": rows["unit"],
                "kind": rows["kind"],
                "table": "facts",
                "source": rows["publisher"] + ": " + rows["source"],
                "note": _about(rows),
            }
        ).astype({"year": "Int64"})


def _displaced_within(code: str) -> Iterator[pd.DataFrame]:
    rows = _rows("displaced_within", code)
    rows = rows.assign(cause=rows["cause"].where(rows["cause"] == CONFLICT, "disaster"))
    keys = ["quantity", "cause", "year", "unit", "kind", "publisher"]
    summed = rows.groupby(keys, as_index=False, observed=True)["value"].sum()
    for (quantity, cause), group in summed.groupby(["quantity", "cause"], sort=True):
        shown = group[(group["year"] % 5 == 0) | (group["year"] == group["year"].max())]
        yield pd.DataFrame(
            {
                "section": "displaced within",
                "figure": DISPLACED[quantity, cause],
                "area": "",
                "birthplace": code,
                "residence": code,
                "year": shown["year"],
                "value": shown["value"],
                # A movement is written as a number of persons; the name of the figure says which.
                "unit": "persons",
                "kind": shown["kind"],
                "table": "displaced_within",
                "source": shown["publisher"],
                "note": "movements, not persons" if quantity == "new displacements" else "",
            }
        ).astype({"year": "Int64"})


def _about(rows: pd.DataFrame) -> list[str]:
    """The period where it is no plain year, and the note."""
    periods = zip(rows["period"], rows["year"], rows["note"], strict=True)
    return [
        "; ".join(word for word in ("" if period == str(year) else period, note) if word)
        for period, year, note in periods
    ]


@functools.cache
def _table(name: str) -> pd.DataFrame:
    return store.table(name)


def _rows(table: str, code: str) -> pd.DataFrame:
    rows = _table(table)
    return rows[rows["place"] == code]
