"""Who flees in each year of a projection: what spells under way still send, apart from choice.

The arrivals that stocks imply of a country in a spell of flight are of two kinds: those of the
years before the spell go on by choice, and of what is more as many fled as UNHCR counted. Those who
flee later follow the spell's decay (57), from the corridor's arrivals since the peak,

    fled_t = L w_t,   L = c sum_y F_y / sum_y w_y,   c = min(1, more / counted)           (59)

in calendar years y; a year of a projection is half of two of them. Axes: t year from 1 July,
b birthplace, i residence, k status abroad.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from corridors.baseline.flight import Flight
from corridors.labels import Array
from corridors.people.displaced import Decay

__all__ = ["Fleeing", "stayed_on"]


def stayed_on(inflow: Array, calm: Array, counted: Flight, first: int, years: int) -> Array:
    """c of (59): of those counted as fleeing the share who came to stay.

    Parameters
    ----------
    inflow : (b, i, k) arrivals a year that stocks imply, of the `years` before mid-`first`, persons
    calm : (b, i, k) arrivals a year by choice, persons
    counted : Flight
        Persons (year, b, i) by calendar year, UNHCR's counts.
    first, years : int
        Year of the last stock, and years since the one before.

    Returns
    -------
    Array (b, i), share of at most 1; 1 where nobody was counted
    """
    begins, ends = first - years + 0.5, first + 0.5
    inside = np.minimum(counted.years + 1, ends) - np.maximum(counted.years, begins)
    yearly = np.tensordot(np.clip(inside, 0.0, 1.0), counted.arrivals, axes=1) / years
    more = np.maximum((inflow - calm).sum(axis=-1), 0.0)
    stayed = np.divide(more, yearly, out=np.ones_like(yearly), where=yearly > 0.0)
    return np.minimum(stayed, 1.0)


@dataclass(frozen=True)
class Fleeing:
    """Flight of every year of a projection.

    Parameters
    ----------
    rate : (t, b, i) persons, were as many at home as at the start
    known : (t, b, i) persons counted in years after the start; none is projected beside them
    mix : (b, i, k) status in which they arrive, sums to 1
    """

    rate: Array
    known: Array
    mix: Array

    @classmethod
    def of(
        cls, counted: Flight, stayed: Array, mix: Array, decay: Decay, span: tuple[int, int]
    ) -> Self:
        """Flight from mid-`span[0]` to mid-`span[1]`, equation (59).

        Parameters
        ----------
        counted : Flight
            Persons (year, b, i), UNHCR's counts.
        stayed : (b, i) c, share
        mix : (b, i, k) share of the people of a corridor by status
        decay : Decay
            Half-lives in years.
        span : (first, last) years
        """
        first, last = span
        told = int(counted.years[-1])
        calendar = np.arange(first, last + 1)
        since = counted.years[:, None] - counted.peak
        level = np.where((since >= 0)[..., None], counted.arrivals, 0.0).sum(axis=0) * stayed
        whole = decay.weights(since).sum(axis=0)
        level /= np.where(whole > 0.0, whole, 1.0)[:, None]
        ahead = np.where(
            (calendar > told)[:, None], decay.weights(calendar[:, None] - counted.peak), 0.0
        )
        ahead[:, whole == 0.0] = 0.0
        counts = np.zeros((len(calendar), *level.shape))
        for row, year in enumerate(calendar):
            if year <= told:
                counts[row] = counted.arrivals[year - int(counted.years[0])] * stayed
        rate = ahead[..., None] * level
        # The year of the start counts as a rate: as many are at home as at the start.
        rate[0] += counts[0]
        counts[0] = 0.0
        return cls((rate[:-1] + rate[1:]) / 2.0, (counts[:-1] + counts[1:]) / 2.0, mix)
