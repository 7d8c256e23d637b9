"""Capital that moves: what share of every economy's stock is there after it, at unchanged labour.

What leaves one place works in another. Flight phi of the stock K_A of A to j with weights w (sum 1):

    ret_A = 1 - phi,   ret_j = 1 + w_j phi K_A / K_j,   sum_i ret_i K_i = sum_i K_i             (24)

What is retained means the same in every closure of `corridors.capital.supply`, at unchanged labour
and world return. To the world market it goes where it earns: under closure `world` the common
return places it; under the others it is placed where `world` would put it at unchanged labour.

Who owns the capital that works somewhere, and what nations live on.

With O_ij the share of j's capital that i owns (columns sum to 1), a the share of capital in output:

    GNI_i = Y_i - a_i Y_i + sum_j O_ij a_j Y_j,   GNDI_i = GNI_i + received_i - sent_i           (26)
    sum GNI = sum GDP,   sum GNDI = sum GDP - fees

A move takes phi K_A x (its owners' part) out of column A and adds it, with the same owners, to the
column it goes to: flight is of residents, an end of foreign investment of foreigners. Axes: owner
i, place j.
"""  # noqa: E501

from __future__ import annotations

import numpy as np

from corridors.errors import Infeasible, InputError, Problem
from corridors.labels import Array, Mask

__all__ = [
    "moved",
    "national_income",
    "placed",
    "retained_at_return",
    "retained_by_both",
    "retained_without_investment",
]


def retained_by_both(lost: float | Array, leaving: Mask, to: Mask, capital: Array) -> Array:
    """Ret of equation (24): what `leaving` lose works in `to`, in proportion to stocks.

    Parameters
    ----------
    lost : phi, shares of the stock of the areas that `leaving` marks; negative comes back from `to`
    leaving, to : (i,) areas, none in both
    capital : (..., i) K today, PPP dollars or any one unit

    Returns
    -------
    Array (..., i) share of today's stock, above 1 in `to`
    """
    moved = np.sum(capital * np.where(leaving, lost, 0.0), axis=-1, keepdims=True)
    there = np.sum(capital * to, axis=-1, keepdims=True)
    return 1.0 - np.where(leaving, lost, 0.0) + to * moved / np.where(there > 0.0, there, 1.0)


def placed(market: Array, alpha: Array, capital: Array) -> Array:
    """Where the world market puts what has left, as factors on the stocks; `world` of (12).

    Parameters
    ----------
    market : (..., i) share of the stock that did not go to the market; 1 for all others
    alpha : (..., i) share of capital in output
    capital : (..., i) K today, one unit

    Returns
    -------
    Array (..., i), ratio
        K_j grows by z^(-1/(1-alpha_j)) where nothing left, z so that the world keeps its stock. 1
        everywhere where capital left every economy, or none.

    Raises
    ------
    Infeasible
        More capital would come back than works everywhere else.
    """
    receiving = (market == 1.0) & (capital > 0.0)
    moved = np.sum(capital * (1.0 - market), axis=-1, keepdims=True)
    there = np.sum(capital * receiving, axis=-1, keepdims=True)
    if not (moved != 0.0).any() or not receiving.any():
        return np.ones(np.broadcast_shapes(market.shape, capital.shape))
    share = np.where(receiving, capital, 0.0) / np.where(there > 0.0, there, 1.0)
    grown = 1.0 + moved / np.where(there > 0.0, there, 1.0)
    if (grown <= 0.0).any():
        raise Infeasible("more capital would come back than works everywhere else")
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
    """Ret of (24): what stays when `cut` of the inflow that built `part` of the stock ends.

    Parameters
    ----------
    cut : float, share of the inflow
    part : float, share of the stock

    Returns
    -------
    float, share of the stock: 1 - cut part
    """
    return 1.0 - cut * part


def retained_at_return(now: float, required: float, capital_share: Array) -> Array:
    """What stays when investors ask R' and got R: (R / R')^(1/(1-alpha)), the `mobile` of (12).

    Parameters
    ----------
    now, required : float
        R and R', gross returns, share a year, depreciation included.
    capital_share : (..., i) alpha, share of output

    Returns
    -------
    Array (..., i) share of the stock
    """
    return (now / required) ** (1.0 / (1.0 - capital_share))


def moved(ownership: Array, capital: Array, leaving: Array, arriving: Array) -> Array:
    """Ownership O of (26) after a move of capital with its owners, at unchanged labour.

    Parameters
    ----------
    ownership : (i, j) O today, shares, columns sum to 1
    capital : (j,) K today, PPP dollars or any one unit
    leaving, arriving : (i, j) capital of owner i that leaves, and comes to, j; same unit as K

    Returns
    -------
    (i, j) O after, shares of the stocks after the move

    Raises
    ------
    InputError
        An owner has less in a place than is to leave it, or owners do not keep what they own.
    """
    owned = ownership * capital
    problems = []
    if (leaving > owned * (1.0 + 1e-12) + 1e-12).any():
        owner, place = np.argwhere(leaving > owned * (1.0 + 1e-12) + 1e-12)[0]
        what = f"owner {owner} has {owned[owner, place]:g} in place {place}, less than is to leave"
        problems.append(Problem("capital moved", what, "Move less, or name other owners"))
    if not np.allclose(leaving.sum(axis=1), arriving.sum(axis=1), rtol=1e-10):
        what = "some owners lose what leaves without having it elsewhere"
        problems.append(Problem("capital moved", what, "Give every move a place to go"))
    if problems:
        raise InputError(problems)
    after = owned - leaving + arriving
    total = after.sum(axis=0)
    return np.where(total > 0.0, after / np.where(total > 0.0, total, 1.0), ownership)


def national_income(output: Array, alpha: Array, ownership: Array) -> Array:
    """GNI of equation (26): output less what its capital earns, plus earnings of what it owns.

    Parameters
    ----------
    output : (i,) Y, PPP dollars a year or any one currency
    alpha : (i,) share of capital in output
    ownership : (i, j) shares of j's capital that i owns, columns sum to 1

    Returns
    -------
    Array (i,), in the unit of output
    """
    earned = alpha * output
    return output - earned + ownership @ earned
