"""What employers pay for skill.

The premium of tertiary labour has no world table of its own: it is inferred from the human
capital index of the Penn World Table, which turns years of schooling into efficiency by
piecewise returns (0.134 to year 4, 0.101 to year 8, 0.068 beyond; Feenstra, Inklaar, Timmer 2015).
"""

from __future__ import annotations

import numpy as np

from corridors.labels import Array

__all__ = ["schooling_years", "skill_premium"]


RETURNS = (0.134, 0.101, 0.068)
KNOTS = (4.0, 8.0)
TERTIARY_YEARS = 16.0
#: Outside lies noise of two tables that do not fit each other, not pay.
SMALLEST_PREMIUM, LARGEST_PREMIUM = 1.2, 5.0


def schooling_years(human_capital: Array) -> Array:
    """Mean years of schooling behind a human capital index of the Penn World Table.

    Parameters
    ----------
    human_capital : (...) `hc`, ratio to a worker without schooling

    Returns
    -------
    Array (...) years

    Notes
    -----
    Inverts the piecewise returns of Feenstra, Inklaar & Timmer (2015).
    """
    log_index = np.log(human_capital)
    first = RETURNS[0] * KNOTS[0]
    second = first + RETURNS[1] * (KNOTS[1] - KNOTS[0])
    low = log_index / RETURNS[0]
    middle = KNOTS[0] + (log_index - first) / RETURNS[1]
    high = KNOTS[1] + (log_index - second) / RETURNS[2]
    return np.where(log_index < first, low, np.where(log_index < second, middle, high))


def skill_premium(years: Array, tertiary_share: Array, skill_return: Array) -> Array:
    """Pay of tertiary over other labour: exp(r (16 - years of those below tertiary)).

    Parameters
    ----------
    years : (i,) mean years of schooling of adults
    tertiary_share : (i,) share of adults with tertiary schooling
    skill_return : (d, 1) r, log points a year of schooling

    Returns
    -------
    Array (d, i), ratio of pays, held within 1.2 and 5

    Notes
    -----
    Mincer's (1974) equation between the mean schooling of the two groups.
    """
    below = (years - tertiary_share * TERTIARY_YEARS) / (1.0 - tertiary_share)
    return np.clip(
        np.exp(skill_return * (TERTIARY_YEARS - below)), SMALLEST_PREMIUM, LARGEST_PREMIUM
    )
