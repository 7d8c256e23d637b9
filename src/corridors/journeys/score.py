"""How well journeys are forecast: errors against registrations, intervals, and naive forecasts.

Letters: t day, x camp, draw. n is what the model says, d what was registered; D_t = sum_x d_xt and
N_t = sum_x n_xt.

    normal    mean over days of sum_x |n_xt - d_xt| / max(D_t, 1)                       (Flee's)
    rescaled  the same with n_xt D_t / N_t: the camps' shares only                      (Flee's)
    sane      sum over days and camps of |n - d| / sum of d: a day counts by its people (ours)

Flee's own column "Total error" divides by a number that counts day 0 twice, so it is not repeated.
MASE compares with three naive forecasts made on day h and held to the end (h = 7, 30): the last
count, the last slope, the last share of the day's total; below 1 the model is better.

Both are equation (52), the score of an interval by draws is (55).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corridors.labels import Array

__all__ = ["NAIVE", "by_camp", "coverage", "crps", "errors", "mase", "naive"]

#: Naive forecasts: the last count, the slope up to it, or its share of the total is kept.
NAIVE = ("held", "sloped", "share")


def errors(simulated: Array, registered: Array) -> dict[str, Array]:
    """Errors of each draw over all days given, equation (52); shares of the people registered.

    Parameters
    ----------
    simulated : (t, draw, x) persons
    registered : (t, x) persons

    Returns
    -------
    dict of str to (draw,) array: `normal`, `rescaled`, `sane`
    """
    counted = registered[:, None, :]
    total = counted.sum(axis=2)
    scaled = simulated * (total / np.maximum(simulated.sum(axis=2), 1.0))[..., None]
    off, off_scaled = (np.abs(said - counted).sum(axis=2) for said in (simulated, scaled))
    return {
        "normal": (off / np.maximum(total, 1.0)).mean(axis=0),
        "rescaled": (off_scaled / np.maximum(total, 1.0)).mean(axis=0),
        "sane": off.sum(axis=0) / max(float(total.sum()), 1.0),
    }


def by_camp(simulated: Array, registered: Array) -> dict[str, Array]:
    """Errors of each camp over all days, mean over draws; parts of (52).

    Parameters
    ----------
    simulated : (t, draw, x) persons
    registered : (t, x) persons

    Returns
    -------
    dict of str to (x,) array
        `difference` in persons; `relative` |n/d - 1|, a share, 0 on days without anybody
        registered; `ratio` |n - d| / D_t.
    """
    counted = registered[:, None, :]
    off = np.abs(simulated - counted)
    total = np.maximum(counted.sum(axis=2, keepdims=True), 1.0)
    relative = np.where(counted > 0, off / np.where(counted > 0, counted, 1.0), 0.0)
    return {
        "difference": off.mean(axis=(0, 1)),
        "relative": relative.mean(axis=(0, 1)),
        "ratio": (off / total).mean(axis=(0, 1)),
    }


def naive(registered: Array, horizon: int, kind: str) -> Array:
    """A naive forecast made on day `horizon` from the counts up to it.

    Parameters
    ----------
    registered : (t, x) persons
    horizon : int
        Day.
    kind : str
        `held`: the last count, the persistence of (54); `sloped`: the last slope goes on; else the
        last share of the day's total.

    Returns
    -------
    Array (t, x) persons, NaN up to the horizon
    """
    days = np.arange(len(registered))[:, None]
    last = registered[horizon]
    if kind == "held":
        forecast = np.broadcast_to(last, registered.shape).astype(float)
    elif kind == "sloped":
        slope = (last - registered[0]) / horizon
        forecast = np.maximum(last + slope * (days - horizon), 0.0)
    else:
        total = registered.sum(axis=1, keepdims=True)
        forecast = total * last / max(float(last.sum()), 1.0)
    return np.where(days > horizon, forecast, np.nan)


def mase(simulated: Array, registered: Array, horizon: int, kind: str = "held") -> float:
    """Mean absolute error over that of a naive forecast, camps weighted by their people.

    Parameters
    ----------
    simulated : (t, draw, x) persons
    registered : (t, x) persons
    horizon : int
        Day on which the naive forecast is made.
    kind : str
        Of `naive`.

    Returns
    -------
    float, ratio; NaN where the period is too short, or the naive forecast is never wrong

    Notes
    -----
    Hyndman & Koehler (2006), with naive forecasts that are held.
    """
    if horizon >= len(registered) - 1:
        return float("nan")
    later = slice(horizon + 1, None)
    ours = np.abs(simulated[later] - registered[later, None, :]).mean(axis=(0, 1))
    theirs = np.abs(naive(registered, horizon, kind)[later] - registered[later]).mean(axis=0)
    weight = registered.sum(axis=0)
    use = (theirs > 0) & (weight > 0)
    if not use.any():
        return float("nan")
    return float(np.average(ours[use] / theirs[use], weights=weight[use]))


def coverage(lower: Array, upper: Array, registered: Array) -> float:
    """Share of camp-days whose registration lies in the interval, both ends included.

    Parameters
    ----------
    lower, upper, registered : (...) persons

    Returns
    -------
    float, share; of an interval of 80 per cent it should be near 0.8 (Gneiting & Raftery 2007)
    """
    inside = (registered >= lower) & (registered <= upper)
    return float(inside.mean())


def crps(draws: Array, registered: Array) -> float:
    """Mean continuous ranked probability score, equation (55); 0 is perfect.

    Parameters
    ----------
    draws : (draw, ...) persons
    registered : (...) persons

    Returns
    -------
    float, persons
    """
    ordered = np.sort(draws, axis=0)
    number = len(ordered)
    weight = (2.0 * np.arange(1, number + 1) - number - 1.0) / number**2
    spread = np.tensordot(weight, ordered, axes=1)
    return float((np.abs(draws - registered).mean(axis=0) - spread).mean())


def differences(first: Array, second: Array, days: Sequence[int] | slice = slice(None)) -> float:
    """Sum of |first - second| over the sum of `second`: how far two sets of counts are apart."""
    return float(np.abs(first[days] - second[days]).sum() / max(float(second[days].sum()), 1.0))
