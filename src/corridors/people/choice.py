"""Where people choose to live.

A worker born in b with skill s compares staying with every corridor (i, k) by consumption,
wedge and an iid extreme-value taste:

    U = ln X_bsj - ln tau_bsj + eps_j / theta_s
    pi_bsj = (X_bsj / tau_bsj)^theta_s / D_bs,   D_bs = X_home^theta_s + sum_ik (X_bsik/tau_bsik)^theta_s   (1)
    M_bsik = N_bs pi_bsik,                       W_bs = D_bs^(1/theta_s)                                     (2)

`allocate` is (1)-(2) in levels; `reallocate` is the same in changes from observed people. The
axes end in s skill, b birthplace, i residence, k status; draws may lead.
"""  # noqa: E501

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["allocate", "invert_wedge", "reallocate"]

Array = NDArray[np.float64]


def allocate(
    natives: Array, home_consumption: Array, consumption: Array, log_wedge: Array, theta: Array
) -> tuple[Array, Array, Array]:
    """People at home and abroad, and welfare, from consumption and wedges; equations (1), (2).

    Parameters
    ----------
    natives : (s, b) persons
    home_consumption : (..., s, b) PPP dollars a person and year, X_home
    consumption : (..., s, b, i, k) PPP dollars a person and year, X
    log_wedge : (..., s, b, i, k), +inf where closed
    theta : (..., s)

    Returns
    -------
    home : (..., s, b) persons
    migrants : (..., s, b, i, k) persons
    log_welfare : (..., s, b), ln W
    """
    stay = theta[..., None] * np.log(home_consumption)
    leave = theta[..., None, None, None] * (np.log(consumption) - log_wedge)
    largest = np.maximum(stay, leave.max(axis=(-2, -1)))
    stay_weight = np.exp(stay - largest)
    leave_weight = np.exp(leave - largest[..., None, None])
    total = stay_weight + leave_weight.sum(axis=(-2, -1))
    per_weight = natives / total
    log_welfare = (np.log(total) + largest) / theta[..., None]
    return per_weight * stay_weight, per_weight[..., None, None] * leave_weight, log_welfare


def reallocate(natives: Array, stay: Array, attraction: Array, pull: Array) -> tuple[Array, Array]:
    """Equation (1) in changes, statuses already added up (see `equilibrium.changes`).

    Parameters
    ----------
    natives : (s, b) persons
    stay : (..., s, b) persons at home now times X_home^theta, X^ = change of consumption
    attraction : (..., s, b, i) persons there now times (all changes fixed by the policy)^theta
    pull : (..., s, i) change of income per migrant, to the power theta

    Returns
    -------
    home : (..., s, b) persons
    per_weight : (..., s, b), 1 / D^; people in (s, b, i) are per_weight * attraction * pull
    """
    per_weight = natives / (stay + np.matmul(attraction, pull[..., None])[..., 0])
    return per_weight * stay, per_weight


def invert_wedge(
    home: Array, migrants: Array, home_consumption: Array, consumption: Array, theta: Array
) -> Array:
    """Ln tau that makes the observed people the choice of equation (1); +inf in empty cells.

    (tau_bsik)^theta = (M_home / M_bsik) (X_bsik / X_home)^theta. Wedges below 1 are kept: to
    truncate them would lose people.
    """
    with np.errstate(divide="ignore"):
        log_odds = np.log(home)[..., None, None] - np.log(migrants)
    relative = np.log(consumption) - np.log(home_consumption)[..., None, None]
    return log_odds / theta[..., None, None, None] + relative
