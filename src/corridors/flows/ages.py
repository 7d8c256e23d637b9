"""Indices of the age profile of migration.

m_x is the rate of migration at age x, moves a person and year; the profile is m_x over its sum.
The Rogers-Castro curve (Rogers & Castro 1981) has parameters a1, alpha1 of childhood, a2, alpha2,
mu2, lambda2 of the working ages and a constant c:

    m(x) = a1 exp(-alpha1 x) + a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2))) + c

Flows F[o,d] are spread over ages by such a schedule w[a], the nearest in relative entropy to it
whose ages sum to F and whose net migration is N[r,a], where that is known:

    F[o,d,a] = F[o,d] w[a] exp(l[d,a] - l[o,a]) / sum over ages of the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from corridors.errors import InputError, Problem
from corridors.labels import Array, Whole, figures, refuse, vector, wrong_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FAMILIES",
    "Cohorts",
    "age_indices",
    "fit_rogers_castro",
    "rogers_castro",
    "rogers_castro_indices",
    "shift_cohorts",
    "spread_over_ages",
    "spread_with_cohorts",
]

#: Model schedules of Rogers and Castro (1981), rates that sum to about 1 over single ages.
FAMILIES = {
    "standard": {
        "a1": 0.02, "alpha1": 0.10, "a2": 0.06, "alpha2": 0.10, "mu2": 20.0, "lambda2": 0.40,
        "c": 0.003,
    },
}  # fmt: skip
#: Largest |l| and most steps of a spread over ages; what it may miss, as a share of all movers.
LARGEST_PULL, MOST_STEPS, TOLERANCE = 20.0, 300, 1e-14
#: Steps after which a spread that misses no less than before has reached what the flows allow.
PATIENCE = 12
#: Parts of an area's movers beyond its net that may make up net migration by age, tried in turn.
ROOMS = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
#: Largest person missed at an age for cohorts that close.
CLOSED = 1e-6


class Cohorts(NamedTuple):
    """Flows by age (o, d, age) and the net (area, age) they are held to.

    `kept` (area): part of the residuals that went into it beside the schedule; `missed` (area,
    age): persons of it that the flows do not have.
    """

    by_age: Array
    net: Array
    kept: Array
    missed: Array


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
    Series (name of index)
        Rates are moves a person and year, ages years: `gross_rate` sum of m_x; `peak_rate`,
        `peak_age`; `breadth` sum of m_x around the peak and `peak_share` of it in the gross rate;
        `rise_age`, `fall_age` ages of the largest rise up to the peak and of the largest fall after
        it, of m_x - m_(x-1); `asymmetry` rise over fall age.

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
    """Indices of the parameters of a Rogers-Castro curve (Rogers & Castro 1981).

    Parameters
    ----------
    a1, a2 : float
        Moves a person and year.
    alpha1, alpha2, lambda2 : float
        A year of age.
    mu2 : float
        Years.

    Returns
    -------
    Series (name of index)
        `peaking` mu2, years; the others are ratios: `child_dependency` a1 / a2 and its inverse
        `labour_dependency`; `labour_asymmetry` lambda2 / alpha2; `regularity` alpha1 / alpha2.

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


def rogers_castro(
    ages: Array,
    *,
    a1: float,
    alpha1: float,
    a2: float,
    alpha2: float,
    mu2: float,
    lambda2: float,
    c: float = 0.0,
) -> Array:
    """The curve of Rogers & Castro (1981) at some ages.

    Parameters
    ----------
    ages : (age) years, 0 or more
    a1, a2, c : float
        Levels of childhood, of the working ages and at every age, moves a person and year.
    alpha1, alpha2, lambda2 : float
        Slopes, a year of age.
    mu2 : float
        Age of the working ages' rise, years.

    Returns
    -------
    Array (age), in the unit of a1, a2 and c

    Raises
    ------
    InputError
        An age is negative or not known.

    Notes
    -----
    m(x) = a1 exp(-alpha1 x) + a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2))) + c
    """
    x = figures(ages, "ages", dims=1)
    working = np.exp(-alpha2 * (x - mu2) - np.exp(np.minimum(-lambda2 * (x - mu2), 500.0)))
    return a1 * np.exp(-alpha1 * x) + a2 * working + c


def fit_rogers_castro(ages: Array, rates: Array) -> pd.Series:
    """Parameters of the curve of Rogers & Castro (1981) nearest in least squares to rates by age.

    Parameters
    ----------
    ages : (age) years
        The middle of the group where ages are grouped.
    rates : (age)
        Moves a person and year, or counts in any unit.

    Returns
    -------
    Series (name of parameter)
        a1, a2, c in the unit of the rates; alpha1, alpha2, lambda2 a year of age; mu2 years;
        `explained`: 1 less the sum of squares that are left over that around the mean.

    Raises
    ------
    InputError
        A figure is negative or not known, there are fewer ages than parameters, or no rate is above
        0.
    """
    import pandas as pd
    from scipy.optimize import least_squares

    x, m = figures(ages, "ages", dims=1), figures(rates, "rates", dims=1)
    names = list(FAMILIES["standard"])
    if x.shape != m.shape or len(x) <= len(names) or not m.max(initial=0.0) > 0.0:
        what = f"{len(m)} rates at {len(x)} ages do not fix {len(names)} parameters"
        raise InputError(Problem("rates", what, "Give a rate above 0 and more ages"))
    unit = m.max()
    peak = float(np.clip(x[np.argmax(np.where(x >= 12.0, m, 0.0))], 15.0, 45.0))
    first = [m[0] / unit, 0.1, 1.5, 0.1, peak - 3.0, 0.4, max(m.min() / unit, 1e-3)]
    lower = [0.0, 0.0, 0.0, 1e-3, 8.0, 0.05, 0.0]
    upper = [10.0, 2.0, 50.0, 2.0, 60.0, 5.0, 1.0]

    def apart(values: Array) -> Array:
        return rogers_castro(x, **dict(zip(names, values, strict=True))) - m / unit

    fit = least_squares(apart, np.clip(first, lower, upper), bounds=(lower, upper))
    around = float(((m / unit - (m / unit).mean()) ** 2).sum())
    values = dict(zip(names, fit.x, strict=True))
    for name in ("a1", "a2", "c"):
        values[name] *= unit
    explained = 1.0 - 2.0 * fit.cost / around if around > 0.0 else np.nan
    return pd.Series(values | {"explained": explained})


def spread_over_ages(
    flows: Array, schedule: Array, net: Array | None = None
) -> tuple[Array, Array]:
    """Flows by age that sum to `flows`, shared as the schedule says, with this net by age.

    Parameters
    ----------
    flows : (o, d) persons over the period
    schedule : (age)
        Movers by age, of any unit.
    net : (area, age) persons, optional
        Net migration; sums to 0 over areas, and over ages to that of the flows. None: the schedule
        alone.

    Returns
    -------
    by_age : (o, d, age) persons over the period
    missed : (area, age)
        Persons of `net` that no spread of these flows can have; about 0 wherever one can.

    Raises
    ------
    InputError
        Flows are not square, a figure is negative or not known, the schedule sums to 0, or `net`
        does not sum as it has to.

    Notes
    -----
    Nearest in relative entropy to the schedule: F[o,d] w[a] exp(l[d,a] - l[o,a]) over its sum, the
    form of (49) for each age, by Newton's steps on l.
    """
    flows, schedule = figures(flows, "flows", dims=2), figures(schedule, "schedule", dims=1)
    if flows.shape[0] != flows.shape[1] or not schedule.sum() > 0.0:
        what = "flows are not square, or the schedule sums to 0"
        raise InputError(Problem("ages", what, "Correct them"))
    share = schedule / schedule.sum()
    if net is None:
        return flows[..., None] * share, np.zeros((len(flows), len(share)))
    net = figures(net, "net", dims=2, negative=True)
    _refuse_net(flows, share, net)
    # Ages lead inside: one small system of equations for each.
    goal, pull = net.T, np.zeros((len(share), len(flows)))
    errors = [np.inf]
    for _ in range(MOST_STEPS):
        ratio = np.exp(pull)
        weight = share[:, None, None] * ratio[:, None, :] / ratio[:, :, None]
        part = flows * weight / weight.sum(axis=0)
        missed = goal - (part.sum(axis=1) - part.sum(axis=2))
        errors.append(float(np.abs(missed).sum()))
        stalled = len(errors) > PATIENCE and errors[-1] > 0.999 * errors[-PATIENCE]
        if stalled or errors[-1] <= TOLERANCE * flows.sum():
            break
        step = _step(part, missed)
        pull = np.clip(pull + np.clip(step, -2.0, 2.0), -LARGEST_PULL, LARGEST_PULL)
    return np.moveaxis(part, 0, -1), missed.T


def spread_with_cohorts(flows: Array, schedule: Array, residuals: Array) -> Cohorts:
    """Flows by age held to the net migration of cohorts, as far as the flows have room for it.

    Ages of censuses err, and where few move the residuals of cohorts are those errors: an area
    keeps the part of its residuals, beside the net that the schedule gives, whose sizes fit into a
    part of its movers beyond their net (`ROOMS`, the first at which all ages close).

    Parameters
    ----------
    flows : (o, d) persons over the period
    schedule : (age)
        Movers by age, of any unit.
    residuals : (area, age) persons
        People of each age at the end less those who should have lived to it, as `shift_cohorts`.

    Returns
    -------
    Cohorts
        Flows (o, d, age), the net (area, age) aimed at and missed in persons, and the share (area)
        of the residuals kept.

    Raises
    ------
    InputError
        Shapes differ, a figure is not known, the schedule sums to 0.

    Notes
    -----
    `shift_cohorts`, then `spread_over_ages`; how much is kept is a rule of this package.
    """
    flows, schedule = figures(flows, "flows", dims=2), figures(schedule, "schedule", dims=1)
    residuals = figures(residuals, "residuals", dims=2, negative=True)
    if residuals.shape != (len(flows), len(schedule)) or not schedule.sum() > 0.0:
        what = f"residuals {residuals.shape} do not fit {len(flows)} areas, {len(schedule)} ages"
        raise InputError(Problem("residuals", what, "Give a figure for each area and age"))
    net, moved = flows.sum(axis=0) - flows.sum(axis=1), flows.sum(axis=0) + flows.sum(axis=1)
    plain = net[:, None] * schedule / schedule.sum()
    beside = residuals - plain
    size = np.maximum(np.abs(beside).sum(axis=1), np.finfo(float).tiny)
    for room in ROOMS:
        kept = np.minimum(1.0, np.maximum(room * (moved - np.abs(net)), 0.0) / size)
        goal = shift_cohorts(plain + kept[:, None] * beside, net)
        by_age, missed = spread_over_ages(flows, schedule, goal)
        if np.abs(missed).max() <= CLOSED:
            break
    return Cohorts(by_age, goal, kept, missed)


def shift_cohorts(residuals: Array, net: Array) -> Array:
    """Net migration by age, from what survival leaves, shifted to sum to what is known.

    Parameters
    ----------
    residuals : (area, age) persons
        People of each age at the end less those who should have lived to it.
    net : (area) persons
        Net migration of all ages; sums to 0.

    Returns
    -------
    Array (area, age) persons
        The residuals plus |residual| (a[area] + b[age]): nearest in squares over sizes; it sums to
        `net` over ages and to 0 over areas.

    Raises
    ------
    InputError
        A figure is not known, the areas differ in number, or `net` does not sum to 0.

    Notes
    -----
    Residuals of cohorts as in UN Manual VI (1970); the shift is this package's.
    """
    cohorts = figures(residuals, "residuals", dims=2, negative=True)
    goal = figures(net, "net", dims=1, negative=True)
    if cohorts.shape[0] != goal.shape[0]:
        what = f"{cohorts.shape[0]} areas have residuals, {goal.shape[0]} a net"
        raise InputError(Problem("cohorts", what, "Give both for the same areas"))
    if abs(goal.sum()) > 1e-9 * max(np.abs(goal).sum(), 1.0):
        what = f"sums to {goal.sum():,.6g} over the areas"
        raise InputError(Problem("net", what, "Make it sum to 0: zero_sum"))
    # A cohort of nobody may be shifted too, by next to nothing.
    size = np.abs(cohorts) + 1e-9 * max(float(np.abs(cohorts).mean()), 1e-9)
    areas = len(goal)
    system = np.block([[np.diag(size.sum(axis=1)), size], [size.T, np.diag(size.sum(axis=0))]])
    for _ in range(3):  # refined: the first answer leaves rounding of large sums
        short = np.concatenate([goal - cohorts.sum(axis=1), -cohorts.sum(axis=0)])
        shift = np.linalg.lstsq(system, short, rcond=1e-14)[0]
        cohorts = cohorts + size * (shift[:areas, None] + shift[None, areas:])
    return cohorts


def _step(part: Array, missed: Array) -> Array:
    """Change of l that closes what is missed if every age moved alone, never more than once."""
    both_ways = part + np.swapaxes(part, 1, 2)
    slope = -both_ways
    size = np.arange(part.shape[1])
    slope[:, size, size] += both_ways.sum(axis=2)
    ridge = 1e-12 * np.trace(slope, axis1=1, axis2=2) + np.finfo(float).tiny
    slope[:, size, size] += ridge[:, None]
    step = np.linalg.solve(slope, missed[..., None])[..., 0]
    return step - step.mean(axis=1, keepdims=True)


def _refuse_net(flows: Array, share: Array, net: Array) -> None:
    if net.shape != (len(flows), len(share)):
        what = f"is {net.shape[0]} x {net.shape[1]}, areas and ages are {len(flows)} x {len(share)}"
        raise InputError(Problem("net", what, "Give a figure for each area and age"))
    room = 1e-9 * max(float(flows.sum()), 1.0)
    whole = flows.sum(axis=0) - flows.sum(axis=1)
    problems = []
    if np.abs(net.sum(axis=0)).max() > room:
        what = f"sums to {net.sum(axis=0)[np.argmax(np.abs(net.sum(axis=0)))]:,.6g} at an age"
        problems.append(Problem("net", what, "Make it sum to 0 over the areas"))
    if np.abs(net.sum(axis=1) - whole).max() > room:
        far = int(np.argmax(np.abs(net.sum(axis=1) - whole)))
        what = (
            f"of area {far + 1} sums to {net[far].sum():,.6g} over ages, flows to {whole[far]:,.6g}"
        )
        problems.append(Problem("net", what, "Shift it to the net migration of the flows"))
    refuse(*problems)
