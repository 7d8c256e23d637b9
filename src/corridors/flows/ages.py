"""Indices of the age profile of migration.

m_x is the rate of migration at age x, moves a person and year; the profile is m_x over its sum.
The Rogers-Castro curve (Rogers & Castro 1981) has parameters a1, alpha1 of childhood, a2, alpha2,
mu2, lambda2 of the working ages and a constant c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem
from corridors.labels import Array, Whole, figures, refuse, vector, wrong_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["age_indices", "rogers_castro_indices"]

#: Ages at which a peak counts: below are children who follow their parents, above the retired.
YOUNGEST, OLDEST = 5, 65
BREADTH = 5


def age_indices(
    rates: pd.Series, *, youngest: int = YOUNGEST, oldest: int = OLDEST, breadth: int = BREADTH
) -> pd.Series:
    """Indices of an age profile (Bernard, Bell & Charles-Edwards 2014).

    Parameters
    ----------
    rates : Series (age)
        m_x by single years of age, moves a person and year.
    youngest, oldest : int
        The peak lies strictly between these ages.
    breadth : int
        Years on each side of the peak that count as the peak.

    Returns
    -------
    Series
        `gross_rate` sum of m_x; `peak_rate`, `peak_age`; `breadth` sum of m_x around the peak and
        `peak_share` of it in the gross rate; `rise_age`, `fall_age` ages of the largest rise up to
        the peak and of the largest fall after it, of m_x - m_(x-1); `asymmetry` rise over fall age.

    Raises
    ------
    InputError
        Ages are not single years, each once, a rate is not known or negative, or no rate falls
        after the peak.
    """
    import pandas as pd

    ages, m = _profile(rates)
    inside = (ages > youngest) & (ages < oldest)
    if not m[inside].any():
        what = f"nobody moves between ages {youngest} and {oldest}"
        raise InputError(Problem("rates", what, "Choose other ages"))
    peak = int(ages[inside][np.argmax(m[inside])])
    near = np.abs(ages - peak) <= breadth
    change = np.diff(m, prepend=np.nan)
    if not (inside & (ages > peak)).any() or not (inside & (ages <= peak) & (ages > ages[0])).any():
        what = f"the rate is largest at age {peak}, at the edge of the ages that count"
        fix = "No peak lies inside: give more ages, or set youngest and oldest"
        raise InputError(Problem("rates", what, fix))
    rise = int(ages[inside][np.nanargmax(np.where(ages[inside] <= peak, change[inside], np.nan))])
    fall = int(ages[inside][np.nanargmin(np.where(ages[inside] > peak, change[inside], np.nan))])
    return pd.Series(
        {
            "gross_rate": m.sum(),
            "peak_rate": m[ages == peak][0],
            "peak_age": peak,
            "breadth": m[near].sum(),
            "peak_share": m[near].sum() / m.sum(),
            "rise_age": rise,
            "fall_age": fall,
            "asymmetry": rise / fall,
        }
    )


def _profile(rates: Any) -> tuple[Whole, Array]:
    """Ages in order and their rates."""
    profile = vector(rates, "age", "rates")
    if profile.ndim != 1:
        what = f"have more axes than one: {', '.join(map(str, profile.dims))}"
        raise InputError(Problem("rates", what, "Select or sum the others first"))
    names = list(profile.indexes["age"])
    refuse(
        *(
            Problem(f"age '{name}'", "is not a single year of age", "Give 0, 1, 2, ...")
            for name in names
            if not name.isdecimal()
        )
    )
    ages = np.array([int(name) for name in names], dtype=np.int64)
    order = np.argsort(ages)
    if len(ages) < 2 or not (np.diff(ages[order]) == 1).all():
        raise InputError(Problem("ages", "are not single years in a row", "Interpolate them"))
    refuse(*wrong_cells(profile, "rate at age"))
    return ages[order], profile.to_numpy()[order]


def rogers_castro_indices(
    *, a1: float, alpha1: float, a2: float, alpha2: float, mu2: float, lambda2: float
) -> pd.Series:
    """Indices of the parameters of a Rogers-Castro curve.

    Returns
    -------
    Series
        `peaking` mu2; `child_dependency` a1 / a2 and its inverse `labour_dependency`;
        `labour_asymmetry` lambda2 / alpha2; `regularity` alpha1 / alpha2.

    Raises
    ------
    InputError
        A parameter is not a number, or one that is divided by is 0.
    """
    import pandas as pd

    given = {"a1": a1, "alpha1": alpha1, "a2": a2, "alpha2": alpha2, "mu2": mu2, "lambda2": lambda2}
    a1, alpha1, a2, alpha2, mu2, lambda2 = (
        float(figures(value, name, negative=True)) for name, value in given.items()
    )
    divided = {"a1": a1, "a2": a2, "alpha2": alpha2}
    refuse(
        *(
            Problem(name, "is 0, and indices divide by it", "Give a parameter that is not 0")
            for name, value in divided.items()
            if value == 0.0
        )
    )
    return pd.Series(
        {
            "peaking": mu2,
            "child_dependency": a1 / a2,
            "labour_dependency": a2 / a1,
            "labour_asymmetry": lambda2 / alpha2,
            "regularity": alpha1 / alpha2,
        }
    )
