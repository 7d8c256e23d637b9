"""Capital that moves: what share of every economy's stock is there after it, at unchanged labour.

What leaves one place works in another. Flight phi of the stock K_A of A to j with weights w (sum 1):

    ret_A = 1 - phi,   ret_j = 1 + w_j phi K_A / K_j,   sum_i ret_i K_i = sum_i K_i             (24)

What is retained means the same in every closure of `corridors.capital.supply`, at unchanged labour
and world return. To the world market it goes where it earns: under closure `world` the common
return places it; under the others it is placed where `world` would put it at unchanged labour.
"""  # noqa: E501

from __future__ import annotations

import numpy as np

from corridors.labels import Array, Mask

__all__ = ["placed", "retained_at_return", "retained_by_both", "retained_without_investment"]


def retained_by_both(lost: float | Array, leaving: Mask, to: Mask, capital: Array) -> Array:
    """Ret (..., i) of equation (24): what `leaving` lose works in `to`, in proportion to stocks.

    Parameters
    ----------
    lost : phi, shares of the stock of the areas that `leaving` marks; negative comes back from `to`
    leaving, to : (i,) areas, none in both
    capital : (..., i) K today, one unit
    """
    moved = np.sum(capital * np.where(leaving, lost, 0.0), axis=-1, keepdims=True)
    there = np.sum(capital * to, axis=-1, keepdims=True)
    return 1.0 - np.where(leaving, lost, 0.0) + to * moved / np.where(there > 0.0, there, 1.0)


def placed(market: Array, alpha: Array, capital: Array) -> Array:
    """Where the world market puts what `market` says has left: factors (..., i) on the stocks.

    Parameters
    ----------
    market : (..., i) share of the stock that did not go to the market; 1 for all others
    alpha : (..., i) share of capital in output
    capital : (..., i) K today, one unit

    Returns
    -------
    (..., i); K_j grows by z^(-1/(1-alpha_j)) where nothing left, z so that the world keeps its
    stock. 1 everywhere where capital left every economy, or none.
    """
    receiving = (market == 1.0) & (capital > 0.0)
    moved = np.sum(capital * (1.0 - market), axis=-1, keepdims=True)
    there = np.sum(capital * receiving, axis=-1, keepdims=True)
    if not (moved != 0.0).any() or not receiving.any():
        return np.ones(np.broadcast_shapes(market.shape, capital.shape))
    share = np.where(receiving, capital, 0.0) / np.where(there > 0.0, there, 1.0)
    grown = 1.0 + moved / np.where(there > 0.0, there, 1.0)
    slope, log_return = 1.0 / (1.0 - alpha), np.zeros_like(grown)
    for _ in range(100):  # ln of the sum is convex in ln z: Newton climbs to the root
        terms = share * np.exp(-log_return * slope)
        total = terms.sum(axis=-1, keepdims=True)
        step = np.log(total / grown) * total / (terms * slope).sum(axis=-1, keepdims=True)
        log_return = log_return + step
        if np.abs(step).max() < 1e-15:
            break
    return np.where(receiving, np.exp(-log_return * slope), 1.0)


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
