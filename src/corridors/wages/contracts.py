"""Contracts that tie a worker to a sponsor, in two tiers: the first contract and those after it.

A sponsor pays F to bring a worker in (permit, recruitment, travel) and recovers it from what the
two contracts leave of the worker's product w:

    F = mu_0 w + d s mu_1 w        free entry of sponsors                     (43)

d the sponsor's discount factor, s the share of workers who stay for a second contract. The right
to change employer lowers mu_1. Then, with F as before,

    incumbents earn more, (1 - mu_1) w, and stay more:   s / (1 - s) ~ (w_1)^e_s
    first contracts pay less, (1 - mu_0) w, and fewer sign: recruits ~ (w_0 + p w_1)^e_r

p is how much of the later pay recruits count (0: they look at the first contract). Both signs of
the second line hold when d s mu_1 falls with mu_1, i.e. e_s (1-s) mu_1 < 1 - mu_1, and p < d s. One
mark-down for everybody cannot give them: it raises the pay of recruits and incumbents alike.
Pattern: Naidu, Nyarko and Wang (2016) on the United Arab Emirates' reform of 2011.
"""

from __future__ import annotations

from dataclasses import dataclass

from corridors.errors import Infeasible
from corridors.labels import Array

__all__ = ["Contracts", "Terms", "entry_cost", "first_mark_down", "terms"]


@dataclass(frozen=True)
class Contracts:
    """The two tiers as they are; every field broadcasts.

    Parameters
    ----------
    product : w, PPP dollars a worker and contract
    first, later : mu_0 and mu_1, shares of the product the sponsor keeps
    stay : s, share of workers who stay for a second contract, in (0, 1)
    recruits : persons who sign a first contract per contract period
    discount : d, the sponsor's, over one contract
    stay_elasticity : e_s, of the odds of staying to later pay
    recruit_elasticity : e_r, of recruits to what they are offered
    counted : p, weight of later pay in a recruit's eyes
    """

    product: Array
    first: Array
    later: Array
    stay: Array
    recruits: Array
    discount: Array
    stay_elasticity: Array
    recruit_elasticity: Array
    counted: Array


@dataclass(frozen=True)
class Terms:
    """What a mark-down on later contracts leads to.

    Parameters
    ----------
    first : mu_0
    first_pay, later_pay : PPP dollars a contract
    stay : s
    recruits, incumbents : persons who sign a first, a second contract per contract period
    """

    first: Array
    first_pay: Array
    later_pay: Array
    stay: Array
    recruits: Array
    incumbents: Array


def entry_cost(contracts: Contracts) -> Array:
    """F of equation (43): what the contracts of now leave to a sponsor who breaks even.

    Parameters
    ----------
    contracts : Contracts
        Fields (...) that broadcast: PPP dollars a worker and contract, and shares.

    Returns
    -------
    Array (...) PPP dollars a recruit
    """
    later = contracts.discount * contracts.stay * contracts.later
    return (contracts.first + later) * contracts.product


def first_mark_down(
    cost: Array, product: Array, later: Array, stay: Array, discount: Array
) -> Array:
    """mu_0 at which a sponsor who keeps `later` of later contracts recovers `cost`; (43).

    Parameters
    ----------
    cost : (...) F, PPP dollars a recruit
    product : (...) w, PPP dollars a worker and contract
    later : (...) mu_1, share of the product the sponsor keeps
    stay : (...) s, share of workers who stay for a second contract
    discount : (...) d, of one contract period

    Returns
    -------
    Array (...) share of the product; below 0 where the first contract is subsidised

    Raises
    ------
    Infeasible
        The first contract would have to pay nothing or less.
    """
    first = cost / product - discount * stay * later
    if (first >= 1.0).any():
        raise Infeasible("no first contract recovers the cost of entry", float(first.max()))
    return first


def terms(contracts: Contracts, later: Array, cost: Array | None = None) -> Terms:
    """Pay, staying and recruiting when sponsors keep mu_1' of later contracts; (43).

    Parameters
    ----------
    contracts : Contracts
        The two tiers of now, fields (...) that broadcast.
    later : (...) mu_1', share of the product, below 1
    cost : (...) F', PPP dollars a recruit; as now if left out

    Returns
    -------
    Terms
        Fields (...): mark-down and staying as shares, pay in PPP dollars a contract, persons a
        contract period.

    Raises
    ------
    Infeasible
        The first contract would have to pay nothing or less.

    Notes
    -----
    The pattern is that of Naidu, Nyarko & Wang (2016).
    """
    now = contracts
    odds = now.stay / (1.0 - now.stay) * ((1.0 - later) / (1.0 - now.later)) ** now.stay_elasticity
    stay = odds / (1.0 + odds)
    paid = entry_cost(now) if cost is None else cost
    first = first_mark_down(paid, now.product, later, stay, now.discount)
    offer = (1.0 - first) + now.counted * (1.0 - later)
    offer_now = (1.0 - now.first) + now.counted * (1.0 - now.later)
    recruits = now.recruits * (offer / offer_now) ** now.recruit_elasticity
    return Terms(
        first=first,
        first_pay=(1.0 - first) * now.product,
        later_pay=(1.0 - later) * now.product,
        stay=stay,
        recruits=recruits,
        incumbents=recruits * stay,
    )
