"""What comes next, on cards: the table of forecasts, with interval and last known figure."""

from __future__ import annotations

import pandas as pd

from corridors.cards.card import figures, rows_of

__all__ = ["forecasts"]

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
    """The mean of what comes next along a corridor; `all` stands for every area at that end."""
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
