"""Legal statuses of the people of a corridor: shares with their spread, and the split by skill.

Shares come from the table `status_shares`: a status without a row is absent, not zero. Tied
permits exist by programme and protection is counted for every pair, so there absence is taken as
none; of irregular residence nothing is known, and `IRREGULAR_PRIOR` stands in, assumed.

Within a corridor the odds of tertiary schooling of tied and irregular people are e^-lean times
those of permanent and protected people. With x the odds of the latter, H tertiary people and
T_k people of status k, h_k = e^-lean_k,

    sum_k T_k h_k x / (1 + h_k x) = H,

a quadratic in x: skill totals and status totals both hold. Axes: d draw, s skill (low, high),
b birthplace, i residence, k status.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corridors import labels
from corridors.labels import Array, Mask

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "IRREGULAR_PRIOR",
    "LEAN",
    "STATUSES",
    "shares_drawn",
    "split_by_status",
    "status_arrays",
]


#: Order of the last axis; everybody not in the other three is permanent.
STATUSES = labels.STATUSES[1:]
#: Lower log odds of tertiary schooling of tied and irregular people. Assumed: no source.
LEAN = 1.0
#: Irregular share of what is left of a corridor without a figure, and its concentration. Assumed:
#: national totals over the people without free movement give 0.04 (FRA) to 0.12 (GBR).
IRREGULAR_PRIOR = (0.07, 5.0)
#: Spread of the log of what counts of a status share in all corridors at once: one method, one
#: definition, one publisher. Assumed: no source tells errors that corridors have in common.
COMMON = (0.0, 0.15, 0.25, 0.1)
#: Below, a gamma variate of a small share soon underflows to 0.
SMALLEST_GAMMA = 1e-12

_LEANS = np.array([False, True, True, False])


def status_arrays(
    table: pd.DataFrame, areas: Sequence[str], *, prior: tuple[float, float] = IRREGULAR_PRIOR
) -> tuple[Array, Array, Mask]:
    """The rows of `status_shares` between `areas` as arrays.

    Parameters
    ----------
    table : DataFrame (birthplace, residence, status, share, concentration, kind)
        `status_shares`, whose rows name their publishers.
    areas : sequence of str
        Codes, in the order of the axes b and i.
    prior : (float, float)
        Irregular share, and concentration, of corridors without a row on irregular people.

    Returns
    -------
    shares : (b, i, k)
        Of the people of a corridor, sum 1 over k; `STATUSES`.
    concentration : (b, i)
        Of the corridor's Dirichlet: the mean over its rows and prior, by share.
    assumed : (b, i, k) bool
        The share comes from an assumed row or the prior, not from a count.
    """
    place = {area: at for at, area in enumerate(areas)}
    inside = table[table["birthplace"].isin(place) & table["residence"].isin(place)]
    cell = (
        inside["birthplace"].map(place).to_numpy(int),
        inside["residence"].map(place).to_numpy(int),
        inside["status"].map(STATUSES.index).to_numpy(int),
    )
    shape = (len(place), len(place), len(STATUSES))
    shares, weight = np.full(shape, np.nan), np.zeros(shape)
    assumed = np.zeros(shape, dtype=bool)
    shares[cell], weight[cell] = inside["share"], inside["concentration"]
    assumed[cell] = (inside["kind"] == "assumed").to_numpy()
    unknown = np.isnan(shares[..., 2])
    shares = np.nan_to_num(shares)
    # Published shares are single precision; a corridor that is full may miss 1 by 1e-7.
    room = np.maximum(1.0 - shares[..., 1:].sum(axis=-1), 0.0)
    shares[..., 2] = np.where(unknown, prior[0] * room, shares[..., 2])
    weight[..., 2] = np.where(unknown, prior[1], weight[..., 2])
    assumed[..., 2] |= unknown
    shares[..., 0] = np.maximum(1.0 - shares[..., 1:].sum(axis=-1), 0.0)
    shares /= shares.sum(axis=-1, keepdims=True)
    told = shares[..., 1:]
    known = told.sum(axis=-1)
    mean = (weight[..., 1:] * told).sum(axis=-1) / np.where(known > 0.0, known, 1.0)
    return shares, np.where(known > 0.0, mean, prior[1]), assumed


def shares_drawn(
    shares: Array,
    concentration: Array,
    generator: np.random.Generator,
    number: int,
    *,
    common: tuple[float, float, float, float] = COMMON,
) -> Array:
    """Shares of statuses, each corridor from Dirichlet(concentration x shares), errors in common.

    Every corridor has errors of its own, whose mean over draws is `shares`; and the odds of a
    status are off by the same factor everywhere, because whoever counts does so in one way. A
    share of 0 stays 0, a share of 1 stays 1, and one between stays above 0, so that every draw has
    people in the same cells. Memory: 32 bytes a corridor and draw.

    Parameters
    ----------
    shares : (b, i, k) of the people of a corridor, sum 1 over k
    concentration : (b, i)
        Sum of the Dirichlet's parameters: the persons a survey as sure would have asked.
    generator : Generator
    number : int
        How many draws.
    common : (k,)
        Standard deviation, log points, of the common factor, whose mean is 1.

    Returns
    -------
    Array (d, b, i, k), shares, sum 1 over k

    Notes
    -----
    An error model of this package; its assumed sizes are in docs/assumed.md.
    """
    spread = np.array(common)
    factor = np.exp(spread * generator.standard_normal((number, len(STATUSES))) - spread**2 / 2)
    alpha = concentration[..., None] * shares
    uncertain = (shares > 0.0) & (shares < 1.0)
    drawn = np.broadcast_to(shares, (number, *shares.shape)).copy()
    gamma = generator.standard_gamma(alpha[uncertain], size=(number, int(uncertain.sum())))
    drawn[:, uncertain] = np.maximum(gamma, SMALLEST_GAMMA)
    drawn *= np.where(uncertain, factor[:, None, None], 1.0)
    drawn /= drawn.sum(axis=-1, keepdims=True)
    return drawn


def split_by_status(migrants: Array, shares: Array, *, lean: float = LEAN) -> Array:
    """Migrants by skill and status, of both margins, by the quadratic at the head of the module.

    Parameters
    ----------
    migrants : (s, b, i) persons
        s is low, high.
    shares : (..., b, i, k)
        Sum 1; `STATUSES`. Draws may lead.
    lean : float, log odds
        How much lower those of tertiary schooling are among tied and irregular people. At 0 every
        status has the skills of the corridor.

    Returns
    -------
    Array (..., s, b, i, k) persons
        Sums over k give `migrants`, sums over s give `shares` times the corridor's people.
    """
    low, high = migrants
    people = (low + high)[..., None] * shares
    factor = np.exp(-lean * _LEANS)
    leaning = people[..., _LEANS].sum(axis=-1)
    others = people[..., ~_LEANS].sum(axis=-1)
    numerator, denominator = _odds(leaning, others, high, low, float(np.exp(-lean)))
    up = factor * numerator[..., None]
    whole = up + denominator[..., None]
    tertiary = people * np.divide(up, whole, out=np.zeros_like(up), where=whole > 0.0)
    return np.stack([people - tertiary, tertiary], axis=-4)


def _odds(
    leaning: Array, others: Array, high: Array, low: Array, factor: float
) -> tuple[Array, Array]:
    """x as a fraction: factor low x^2 + slope x - high = 0, stable at all-low and all-high."""
    slope = factor * leaning + others - high * (1.0 + factor)
    root = np.sqrt(slope**2 + 4.0 * factor * low * high)
    rising = slope >= 0.0
    numerator = np.where(rising, 2.0 * high, root - slope)
    return numerator, np.where(rising, slope + root, 2.0 * factor * low)
