"""Capital that leaves: the share of an economy's stock that stays at unchanged labour.

What is retained means the same in every closure of `corridors.capital.supply`.
"""

from __future__ import annotations

from corridors.labels import Array

__all__ = ["retained_at_return", "retained_without_investment"]


def retained_without_investment(cut: float, part: float) -> float:
    """Share of the stock that stays when `cut` of the inflow that built `part` of it ends."""
    return 1.0 - cut * part


def retained_at_return(now: float, required: float, capital_share: Array) -> Array:
    """(R / R')^(1/(1-alpha)): what stays when investors ask R' and got R (per year, gross).

    Parameters
    ----------
    now, required : R and R', depreciation included
    capital_share : (..., i) alpha
    """
    return (now / required) ** (1.0 / (1.0 - capital_share))
