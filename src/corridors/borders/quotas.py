"""Caps on how many people of a status may live in a country, and how places are given out.

A cap Q holds with complementarity 0 <= lambda, M <= Q: `fee` raises the wedge by lambda until
demand meets Q (who wants it most, weighed by theta, gets in); `lottery` gives each first-best
applicant the same chance p = e^-lambda, and losers take the best of what is not capped.
One group of people: the same allocation and a different welfare. Several groups: fees select.
"""

from __future__ import annotations

import numpy as np

from corridors.labels import Array

__all__ = ["fee_multiplier", "win_probability"]


def fee_multiplier(demand: Array, theta: Array, cap: Array) -> Array:
    """lambda (d, i) >= 0 with sum_s demand_s e^(-theta_s lambda) <= cap, binding where positive.

    Parameters
    ----------
    demand : (d, s, i) persons at lambda = 0 and given outside options
    theta : (d, s)
    cap : (i,) persons; +inf where there is none

    The logarithm of the sum is convex and decreasing in lambda, so Newton from 0 climbs to the
    root. A cap of 0 gives +inf.
    """
    total = demand.sum(axis=1)
    binds = total > cap
    goal = np.log(np.where(binds & (cap > 0.0), cap, 1.0))
    multiplier = np.zeros(total.shape)
    for _ in range(60):
        part = demand * np.exp(-theta[..., None] * multiplier[:, None])
        now = np.where(binds, part.sum(axis=1), 1.0)
        slope = np.where(binds, (theta[..., None] * part).sum(axis=1), 1.0) / now
        step = np.where(binds & (cap > 0.0), (np.log(now) - goal) / slope, 0.0)
        multiplier = multiplier + step
        if np.abs(step).max(initial=0.0) < 1e-14:
            break
    return np.where(binds & (cap <= 0.0), np.inf, multiplier)


def win_probability(demand: Array, cap: Array) -> Array:
    """p (d, i): share of first-best applicants (d, s, i) that the cap (i,) lets in."""
    total = demand.sum(axis=1)
    return np.minimum(1.0, cap / np.where(total > 0.0, total, 1.0).clip(1e-300))
