"""What migrants send to a family that earns at home.

With family income f = w^N (1-u)(1-t) where the migrant was born, y abroad, c the cost of sending,

    V = (1-beta) ln(y - R) + beta ln(f + (1-c) R),   R = max(0, beta y - (1-beta) f / (1-c))    (30)
    beta = (rho + k) / (1 + k),  k = f / ((1-c) y),  known today from the share sent rho and pay

The poorer the family, the more is sent. Whoever might leave counts at home the money that others
send, less the share o of it that comes from the own family: to them it is what going buys,

    X_home = w^N (1-u)(1-t) + (1-o) T

Stayers live on all of T. o = 0 without (30) is the model of `corridors.money.remittances`. Axes end
in s skill, b birthplace, i residence, k status, or in cells; draws may lead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array

__all__ = ["Family", "family_weight", "log_value_of_family", "share_to_family"]


@dataclass(frozen=True)
class Family:
    """The family of those who send.

    Parameters
    ----------
    share : (d,) o, share of what stayers receive that comes from the decider's own family
    weight : (d, s, b, i, k) beta of equation (30)
    """

    share: Array
    weight: Array

    def log_more_consumed(self, earned: Array, per_stayer: Array) -> Array:
        """What a stayer consumes over what the choice of staying counts: (d, s, b) log points.

        `earned` (d, s, b) and `per_stayer` (d, b) are PPP dollars a year, work and transfers; below
        (30).
        """
        counted = (1.0 - self.share[:, None]) * per_stayer
        return np.log((earned + per_stayer[:, None]) / (earned + counted[:, None]))


def family_weight(share: Array, relative: Array, fee: Array) -> Array:
    """Beta of equation (30) behind the share sent, 0 where nothing is.

    Parameters
    ----------
    share : (..., s, b, i, k) rho, share of income sent
    relative : (..., s, b, i, k) f / y, ratio of incomes in one currency
    fee : (..., b, i, 1) c, share of what is sent

    Returns
    -------
    Array (..., s, b, i, k), weight between 0 and 1
    """
    k = relative / (1.0 - fee)
    return np.where(share > 0.0, (share + k) / (1.0 + k), 0.0)


def share_to_family(weight: Array, relative: Array, fee: Array) -> Array:
    """R / y of equation (30), at least nothing.

    Parameters
    ----------
    weight : (..., s, b, i, k) beta, between 0 and 1
    relative : (..., s, b, i, k) f / y, ratio of incomes in one currency
    fee : (..., b, i, 1) c, share of what is sent; 1 is a ban

    Returns
    -------
    Array (..., s, b, i, k) share of income
    """
    with np.errstate(divide="ignore"):  # a ban: nothing arrives, so nothing is sent
        return np.maximum(0.0, weight - (1.0 - weight) * relative / (1.0 - fee))


def log_value_of_family(weight: Array, relative: Array, fee: Array) -> Array:
    """V - ln y of equation (30), at the best R.

    Parameters
    ----------
    weight : (..., s, b, i, k) beta, between 0 and 1
    relative : (..., s, b, i, k) f / y, ratio of incomes in one currency
    fee : (..., b, i, 1) c, share of what is sent

    Returns
    -------
    Array (..., s, b, i, k) log points
    """
    sent = share_to_family(weight, relative, fee)
    return (1.0 - weight) * np.log1p(-sent) + weight * np.log(relative + (1.0 - fee) * sent)
