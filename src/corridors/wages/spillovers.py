"""What people do to productivity, prices and taxes where they live, beyond their own work.

    A_i = Abar_i (H_i / L_i)^eps_h  heads_i^chi  exp( lamB [sum_b m_bi lnAbar_b - m_i lnAbar_i] )  (13)

eps_h human capital (residents with over those without tertiary schooling), chi agglomeration (+)
or congestion (-), lamB the import of origins' institutions by the foreign-born share m_bi (the
critique of Borjas 2015). More variety lowers the price index, P^ = Y^^(-1/(sigma_V - 1)); more
taxpayers lower the tax rate, t^ = heads^^(-eta_t) (fiscal replacement). All are off at 0.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from corridors.labels import Array

__all__ = ["Spillovers", "log_base", "log_imported", "log_productivity", "price", "tax_rate"]


@dataclass(frozen=True)
class Spillovers:
    """Elasticities, each (d,); the defaults switch everything off.

    Parameters
    ----------
    human_capital : eps_h, of productivity with respect to the ratio of skills
    congestion : chi, of productivity with respect to heads
    institutions : lamB, weight of origins' productivity among the foreign-born
    variety : 1/(sigma_V - 1), of the price index with respect to output, with the sign changed
    fiscal : eta_t, of the tax rate with respect to heads, with the sign changed
    """

    human_capital: Array
    congestion: Array
    institutions: Array
    variety: Array
    fiscal: Array

    @classmethod
    def off(cls, draws: int = 1) -> Self:
        """No spillover in any of `draws` draws."""
        return cls(*(np.zeros(draws) for _ in fields(cls)))

    @property
    def on(self) -> bool:
        """Whether any draw has any spillover."""
        return any(getattr(self, field.name).any() for field in fields(self))

    @property
    def move_productivity(self) -> bool:
        """Whether any draw has productivity answer to people."""
        return any(
            elasticity.any()
            for elasticity in (self.human_capital, self.congestion, self.institutions)
        )


def log_productivity(spillovers: Spillovers, heads: Array, imported: Array) -> Array:
    """ln(A / Abar) of equation (13).

    Parameters
    ----------
    spillovers : Spillovers
        Elasticities (d,).
    heads : (d, s, i) residents, persons, the highest skill last
    imported : (d, i) log points, as `log_imported` gives them

    Returns
    -------
    Array (d, i) log points
    """
    ratio = np.log(heads[:, -1] / heads[:, 0]) if heads.shape[1] > 1 else 0.0
    total = np.log(heads.sum(axis=1))
    return (
        spillovers.human_capital[:, None] * ratio
        + spillovers.congestion[:, None] * total
        + spillovers.institutions[:, None] * imported
    )


def log_imported(from_birthplace: Array, heads: Array, log_tfp: Array) -> Array:
    """Mean of ln Abar of the foreign-born less the residence's own, times their share; in (13).

    Parameters
    ----------
    from_birthplace : (d, b, i) persons born in b living in i
    heads : (d, i) residents, persons
    log_tfp : (d, i) ln Abar, log points

    Returns
    -------
    Array (d, i) log points
    """
    brought = np.einsum("db,dbi->di", log_tfp, from_birthplace)
    return (brought - from_birthplace.sum(axis=1) * log_tfp) / heads


def log_base(
    spillovers: Spillovers, log_tfp: Array, residents: Array, from_birthplace: Array
) -> Array:
    """ln Abar that equation (13) turns into the observed ln A: a linear system.

    Parameters
    ----------
    spillovers : Spillovers
        Elasticities (d,).
    log_tfp : (d, i) ln A, log points
    residents : (d, s, i), from_birthplace : (d, b, i) persons

    Returns
    -------
    Array (d, i) ln Abar, log points
    """
    known = log_tfp - log_productivity(spillovers, residents, np.zeros_like(log_tfp))
    if not spillovers.institutions.any():
        return known
    share = from_birthplace / residents.sum(axis=1)[:, None]
    weight = spillovers.institutions[:, None, None]
    system = weight * (
        share.transpose(0, 2, 1) - np.eye(share.shape[1]) * share.sum(axis=1)[:, None]
    )
    return np.linalg.solve(np.eye(share.shape[1]) + system, known[..., None])[..., 0]


def price(output: Array, spillovers: Spillovers) -> Array:
    """The price index, which falls where output and variety grow: P^ = Y^^(-1/(sigma_V - 1)).

    Parameters
    ----------
    output : (d, i) Y^ of equation (8), ratio to today
    spillovers : Spillovers
        Its `variety` (d,) is 1/(sigma_V - 1).

    Returns
    -------
    Array (d, i), ratio to today
    """
    return output ** -spillovers.variety[:, None]


def tax_rate(now: Array, heads: Array, spillovers: Spillovers) -> Array:
    """The tax rate when the heads that carry fixed costs change: t' = t heads^^(-eta_t).

    The t of (3) and (4).

    Parameters
    ----------
    now : (d, i) t, share of pay
    heads : (d, i) residents, ratio to today
    spillovers : Spillovers
        Its `fiscal` (d,) is eta_t.

    Returns
    -------
    Array (d, i) share of pay
    """
    return now * heads ** -spillovers.fiscal[:, None]
