"""What migrants send home.

Warm glow: a migrant of status k splits income y between own consumption and amounts received at
home, with weight beta_k and elasticity of substitution e. With c the cost share of sending:

    G = (1-beta) + beta (1-c)^(e-1),  rho = beta (1-c)^(e-1) / G,  B = G^(1/(e-1));
    at e = 1: rho = beta, B = (1-c)^beta                                      (6)
    sent_bi = sum_sk rho y M,  received_b = sum_i (1-c) sent_bi,  cost = sum c sent       (7)

rho is the share of income sent and B the value of the option to send. Axes end in b birthplace
(who receives), i residence (who sends), k status.

Optionally (`Response`) the share sent answers to income per head at both ends: those at home who
lose are sent more, rho y_b^^d1 y_i^^d2 with y^ the change of output per resident. Tastes shift with
it; B, which compares one place with another, stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array

__all__ = ["Response", "elasticity_for", "share_sent", "value_of_sending", "weight_for"]


@dataclass(frozen=True)
class Response:
    """How the share sent answers to income.

    Parameters
    ----------
    origin, residence : (d,) d1 and d2, elasticities to output per resident of b and of i
    per_head : (d, i) output per resident at which the shares are those of (6)
    """

    origin: Array
    residence: Array
    per_head: Array

    def factor(self, per_head: Array) -> Array:
        """What multiplies the share sent at this output per resident (d, i): (d, b, i)."""
        at_home, there = self.factors(per_head / self.per_head)
        return at_home[..., None] * there[:, None, :]

    def factors(self, change: Array) -> tuple[Array, Array]:
        """The same from changes of output per resident (d, i): by birthplace and by residence."""
        return change ** self.origin[:, None], change ** self.residence[:, None]


def share_sent(weight: Array, elasticity: Array, fee: Array) -> Array:
    """Rho of equation (6), the share of income sent: broadcasts weight, elasticity and fee."""
    kept = weight * (1.0 - fee) ** (elasticity - 1.0)
    return kept / (1.0 - weight + kept)


def value_of_sending(weight: Array, elasticity: Array, fee: Array) -> Array:
    """B of equation (6): what the option to send multiplies a migrant's consumption by."""
    unit = np.abs(elasticity - 1.0) < 1e-9
    power = np.where(unit, 1.0, elasticity - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # fee 1: nothing arrives, ln 0
        log_kept = np.log1p(-fee)
        general = np.log1p(weight * np.expm1(power * log_kept)) / power
        return np.exp(np.where(unit, weight * log_kept, general))


def weight_for(share: Array, elasticity: Array, fee: Array) -> Array:
    """Beta that makes the share sent equal `share` at this fee; the inverse of `share_sent`."""
    odds = share / (1.0 - share) * (1.0 - fee) ** (1.0 - elasticity)
    return odds / (1.0 + odds)


def elasticity_for(semi_elasticity: Array, share: Array, fee: Array) -> Array:
    """E that makes d ln(sent) / dc equal `semi_elasticity` (negative) at the observed share.

    From (6), d ln rho / dc = -(e-1)(1-rho)/(1-c) at fixed income.
    """
    return 1.0 - semi_elasticity * (1.0 - fee) / (1.0 - share)
