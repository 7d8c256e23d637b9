"""Who may enter and stay, as odds: how a rule changes the wedge, the stay and the mark-down.

The wedge of a corridor is tau; the odds of living there against staying at home are in proportion
to tau^-theta, so a rule that multiplies the odds by f changes ln tau by -ln(f) / theta. Axes: s
skill, b birthplace, i residence, k status; draws may lead.

tau is that of equation (36).
"""

from __future__ import annotations

import numpy as np

from corridors.labels import Array, Mask

__all__ = ["closed_again", "markdown_under_threat", "opened", "stay_ratio", "with_odds"]


def with_odds(log_wedge: Array, theta: Array, cells: Mask, factor: Array | float) -> Array:
    """ln tau that multiplies the odds of the chosen corridors by `factor` at unchanged pay; by (1).

    Parameters
    ----------
    log_wedge : (..., s, b, i, k) ln tau, log points
    theta : (..., s) elasticity of location choice
    cells : (s, b, i, k) corridors the rule is about
    factor : ratio that multiplies the odds; broadcasts over the cells

    Returns
    -------
    Array (..., s, b, i, k) ln tau - ln(factor) / theta, log points
    """
    change = -np.log(factor) / theta[..., None, None, None]
    return log_wedge + np.where(cells, change, 0.0)


def opened(
    log_wedge: Array, theta: Array, adults: Array, cells: Mask, share: Array, free: Array
) -> Array:
    """ln tau without `share` (...,) of its legal part, where tau exceeds 1; equation (31).

        tau' = tau tau_s^(-v (1 - f))

    tau holds the size of the destination as well as its border: with equal borders a large
    country still receives more. tau_s^theta = tau^theta adults_i / adults_b, floored at 1.

    Parameters
    ----------
    log_wedge : (..., s, b, i, k) ln tau, log points
    theta : (..., s) elasticity of location choice
    adults : (i,) persons
    cells : (s, b, i, k) corridors that are opened; only those with people have a wedge
    share : (...,) of the log wedge that is law
    free : (..., b, i) f, share of that which is gone already

    Returns
    -------
    Array (..., s, b, i, k) ln tau', log points; other cells as they were
    """
    at = np.nonzero(cells)
    place = np.ravel_multi_index(at, cells.shape)
    flat = log_wedge.reshape(*log_wedge.shape[:-4], -1).copy()
    there, size = flat[..., place], np.log(adults)
    sized = there + (size[at[2]] - size[at[1]]) / theta[..., at[0]]
    # (A corridor that another lever closed is infinitely far: no share of that is anything.)
    acts = (there > 0.0) & np.isfinite(there)
    legal = np.where(acts, np.maximum(sized, 0.0), 0.0)
    flat[..., place] = there - share[..., None] * (1.0 - free[..., at[1], at[2]]) * legal
    return flat.reshape(log_wedge.shape)


def closed_again(
    log_wedge: Array, theta: Array, adults: Array, cells: Mask, share: Array, free: Array
) -> Array:
    """ln tau with the law back where people move freely today; equation (31).

        tau' = tau tau_s^(v f / (1 - v f))

    tau is tau_full^(1 - v f) there already, so that opening again returns it, but for wedges that
    are at the floor of 1.

    Parameters
    ----------
    log_wedge : (..., s, b, i, k) ln tau, log points
    theta : (..., s) elasticity of location choice
    adults : (i,) persons
    cells : (s, b, i, k) corridors that are closed; only those with people have a wedge
    share : (...,) v, of the log wedge that is law, below 1
    free : (..., b, i) f, share of that which is gone already

    Returns
    -------
    Array (..., s, b, i, k) ln tau', log points
    """
    part = share[..., None, None] * free
    power = part / (1.0 - part)
    return opened(log_wedge, theta, adults, cells, -np.ones_like(share), 1.0 - power)


def stay_ratio(leaving: float, removal: float, removal_now: float) -> float:
    """Length of stay against today's, 1 / (exit + d') over 1 / (exit + d).

    Stocks in a steady state of (39) are inflow times length of stay.

    Parameters
    ----------
    leaving, removal, removal_now : hazards per person and year
        Of leaving of one's own accord, of being removed under the rule, of being removed today.

    Returns
    -------
    float, ratio to today
    """
    return (leaving + removal_now) / (leaving + removal)


def markdown_under_threat(markdown: Array, weaker: float) -> Array:
    """The mark-down mu where fear divides the recruitment elasticity eta by `weaker`; enters (4).

    1 - mu = eta / (1 + eta), monopsony as in Manning (2003), so
    mu' = mu weaker / (1 - mu + mu weaker).

    Parameters
    ----------
    markdown : (...) mu today, share of the marginal product the employer keeps
    weaker : float, ratio of eta today to eta under threat

    Returns
    -------
    Array (...) share
    """
    return markdown * weaker / (1.0 - markdown + markdown * weaker)
