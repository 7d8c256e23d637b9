"""How wrong the figures of today may be: one draw of what they could have said instead.

People abroad are counted and then revised: the 2024 edition of the United Nations' stocks changes
mid-2020 of the 2020 edition by a factor for each residence (how it counts) and for each
birthplace (how its people are told apart). Output and schooling have no second edition here, so
the size of their errors is a comparison of compilers, assumed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from corridors.baseline.observed import Observed
from corridors.labels import Array

__all__ = ["BIRTHPLACE_ERROR", "OUTPUT_ERROR", "RESIDENCE_ERROR", "SCHOOLING_ERROR", "drawn"]

#: Log points, weighted by persons: mid-2020 in the 2024 edition over the 2020 edition.
RESIDENCE_ERROR, BIRTHPLACE_ERROR = 0.15, 0.25
#: Log points. Assumed: Penn World Table over World Bank output per head has a spread of 0.17 over
#: economies (0.61 to 1.08 from the 5th to the 95th of a hundred), and both err.
OUTPUT_ERROR = 0.12
#: Log odds of tertiary schooling at home. Assumed: two sources differ by more (0.7).
SCHOOLING_ERROR = 0.3


def drawn(observed: Observed, luck: np.random.Generator) -> Observed:
    """The figures with one draw of their errors; everybody born somewhere is kept.

    Odds of living abroad move by a factor for the birthplace and one for the residence; output by
    one for the economy; odds of tertiary schooling among natives at home by one for the economy.

    The errors are those of the tables in the package: a world of a user's own is as told.

    Parameters
    ----------
    observed : Observed
        Adults (s, b) and (s, b, i), output (i,) in PPP dollars a year.
    luck : Generator

    Returns
    -------
    Observed
        One draw d of (32), in the same shapes and units.

    Notes
    -----
    Sizes in log points: of people by the two editions of UN DESA (2020, 2024), the others assumed.
    """
    if observed.years is None:
        return observed
    areas = len(observed.areas)
    birthplace, residence, made, schooled = luck.standard_normal((4, areas))
    factor = np.exp(BIRTHPLACE_ERROR * birthplace[:, None] + RESIDENCE_ERROR * residence)
    home, migrants = _refitted(observed.home, observed.migrants, observed.migrants * factor)
    return replace(
        observed,
        home=_reschooled(home, np.exp(SCHOOLING_ERROR * schooled)),
        migrants=migrants,
        output=observed.output * np.exp(OUTPUT_ERROR * made),
    )


def _refitted(home: Array, migrants: Array, moved: Array) -> tuple[Array, Array]:
    """People at home (s, b) and abroad (s, b, i) in other proportions, natives as before."""
    natives = home + migrants.sum(axis=-1)
    part = natives / (home + moved.sum(axis=-1))
    return home * part, moved * part[..., None]


def _reschooled(home: Array, odds: Array) -> Array:
    """Natives at home (s, b) with other odds of the second level of schooling, as many in all."""
    total, high = home.sum(axis=0), home[1] * odds
    share = high / (home[0] + high)
    return np.stack([1.0 - share, share]) * total
