"""What comes next, on cards: the table of forecasts, with interval and last known figure."""

from __future__ import annotations

import pandas as pd

from corridors.cards.card import figures, rows_of
from corridors.errors import InputError, Problem

__all__ = ["forecasts", "migrants_ahead"]

#: Labels of the stocks that are no place.
NO_PLACE = ("OTH", "UNK", "XXA")
#: Forecasts by what they are of and which total, and their names.
NAMES = {
    ("stocks", "world"): "migrants",
    ("stocks", "arriving"): "migrants",
    ("stocks", "leaving"): "emigrants",
    ("stocks", "corridor"): "migrants",
    ("asylum", "world"): "asylum_applications",
    ("asylum", "arriving"): "asylum_applications",
    ("asylum", "leaving"): "asylum_applications",
    ("asylum", "corridor"): "asylum_applications",
    ("net", "net"): "net_migration_since_last_year_known",
}


def forecasts(birthplace: str, residence: str) -> pd.DataFrame:
    """The mean of what comes next along a corridor; `all` stands for every area at that end.

    Of the shipped forecasts, which `corridors.forecast.shipped` makes: (54) to (56).

    Returns
    -------
    DataFrame (`COLUMNS`)
        Persons by year; the note has the 80 % interval in words. Empty where nothing is forecast.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    parts = []
    for row in rows_of("forecasts", origin=birthplace, destination=residence).itertuples(
        index=False
    ):
        note = f"80 %: {row.lower_80:,.0f} to {row.upper_80:,.0f}; "
        note += f"{row.last:,.0f} in {row.last_year}"
        rows = pd.DataFrame([{"year": row.year, "value": row.mean, "kind": row.kind, "note": note}])
        ends = {"birthplace": birthplace, "residence": residence}
        if row.what == "net":
            ends = {"area": residence}
        name = NAMES[row.what, row.figure]
        parts.append(figures("forecast", name, "persons", "forecasts", rows, **ends))
    return pd.concat(parts) if parts else pd.DataFrame()


def migrants_ahead(birthplace: str, residence: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Migrants along a corridor by UN DESA's edition of 2024, and the shipped forecast of them.

    `all` stands for every area at that end.

    Returns
    -------
    known : DataFrame (year, persons)
    ahead : DataFrame (year, mean, lower_80, upper_80, lower_95, upper_95), persons

    Raises
    ------
    InputError
        Nobody was counted there, so that nothing is forecast.
    SourceError
        A table of the package is missing or damaged.
    """
    ahead = rows_of("forecasts", what="stocks", origin=birthplace, destination=residence)
    if ahead.empty:
        what = f"no migrants from {birthplace} to {residence} are forecast"
        raise InputError(Problem("forecast", what, "Ask for a corridor where people were counted"))
    ends = {"birthplace": birthplace, "residence": residence}
    rows = rows_of("stocks_2024", **{end: code for end, code in ends.items() if code != "all"})
    born = rows["birthplace"].astype(str)
    inside = ~born.isin(NO_PLACE) & (born != rows["residence"].astype(str))
    known = rows[inside].groupby("year", as_index=False)["persons"].sum()
    return known, ahead
