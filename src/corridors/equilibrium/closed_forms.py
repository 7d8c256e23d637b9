"""Two published worlds small enough for pen and paper, as corners of this package's model.

* Free mobility (Borjas 2014): one skill, no capital, land share delta, theta to infinity. Output is
  Y_i = a_i L_i^(1-delta) / (1-delta), pay w_i = a_i L_i^(-delta); people move until pay is equal.
* Home attachment exponential in log income (Kennan 2013): one frontier where everybody would earn
  the most. A worker keeps only the share phi of frontier income in his own eyes, P(phi < x) = x^zeta,
  so with a home pay of a (frontier = 1) he stays with probability a^zeta, and gains E (phi - a)^+.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array

__all__ = ["FreeMobility", "free_mobility", "gain_from_leaving", "share_staying"]


@dataclass(frozen=True)
class FreeMobility:
    """A world without borders.

    Parameters
    ----------
    labour : (..., i) persons
    wage : (...) pay, the same everywhere
    output_gain : (...) world output over today's, less 1
    """

    labour: Array
    wage: Array
    output_gain: Array


def free_mobility(labour: Array, wage: Array, land_share: Array | float) -> FreeMobility:
    """Where people of several regions live, and what they earn, when pay is equal (Borjas 2014).

    From w_i = a_i L_i^(-delta): L_i' = L_i (w_i / w')^(1/delta), and sum L' = sum L gives
    w' = (sum L_i w_i^(1/delta) / sum L)^delta; output is w L / (1-delta).

    Parameters
    ----------
    labour : (..., i) persons today
    wage : (..., i) pay today, dollars a person-year or any unit
    land_share : (...) delta, share of output, in (0, 1)

    Returns
    -------
    FreeMobility
        Persons (..., i), the common pay (...) in the unit of `wage`, and the gain of world output
        (...), a share.
    """
    power = 1.0 / np.asarray(land_share, float)[..., None]
    # Relative to the best paid: pay to a high power must not overflow.
    top = wage.max(axis=-1, keepdims=True)
    drawn = labour * (wage / top) ** power
    mean = drawn.sum(axis=-1, keepdims=True) / labour.sum(axis=-1, keepdims=True)
    common = (top * mean ** (1.0 / power))[..., 0]
    gain = common * labour.sum(axis=-1) / np.sum(wage * labour, axis=-1) - 1.0
    return FreeMobility(drawn / mean, common, gain)


def share_staying(relative_wage: Array, attachment: Array | float) -> Array:
    """P(stay) = a^zeta (Kennan 2013).

    Parameters
    ----------
    relative_wage : (...) a, pay at home over pay at the frontier, ratio of at most 1
    attachment : (...) zeta, elasticity of home attachment

    Returns
    -------
    Array (...), share of workers
    """
    return np.asarray(relative_wage, float) ** attachment


def gain_from_leaving(relative_wage: Array, attachment: Array | float) -> Array:
    """Mean gain of all workers of a country, movers and stayers (Kennan 2013).

    E (phi - a)^+ = int_a^1 (1 - x^zeta) dx = (1 - a) - (1 - a^(zeta+1)) / (zeta + 1); at zeta = 1
    it is (1 - a)^2 / 2.

    Parameters
    ----------
    relative_wage : (...) a, pay at home over pay at the frontier, ratio of at most 1
    attachment : (...) zeta, elasticity of home attachment

    Returns
    -------
    Array (...), share of frontier pay
    """
    a = np.asarray(relative_wage, float)
    power = np.asarray(attachment, float) + 1.0
    return (1.0 - a) - (1.0 - a**power) / power
