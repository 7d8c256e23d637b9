"""Sums of forecasts: what areas and the world receive, and net migration that adds up to zero.

Medians do not add up: the sum of medians of skewed pairs is too low. A total is therefore the sum
of means, and its interval comes from the errors that such totals had at earlier origins.

Forecasts before and after are compared by equation (54).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors.forecast.intervals import LEVELS, expected_of, mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridors.forecast.models import Forecast
    from corridors.forecast.net import NetForecast

    Array = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = ["Totals", "balanced", "by_area", "world"]


@dataclass(frozen=True)
class Totals:
    """Totals of areas, persons: last known, forecast, and ends of intervals by column."""

    last: Array
    forecast: Array
    ends: dict[str, Array]


def by_area(forecast: Forecast, end: str) -> Totals:
    """What the pairs of each area sum to, by `origin` or `destination`.

    The errors ln[(y + a) / (m + a)] of areas of the same third by size, at earlier origins, make
    the interval, as beside (55).

    Parameters
    ----------
    forecast : Forecast
        Of pairs, persons (series,).
    end : str
        `origin` or `destination`.

    Returns
    -------
    Totals
        Last values, means and ends of intervals, persons (area,) each.
    """
    panel = forecast.origin.panel
    codes = getattr(panel, end)
    now, last = panel.totals(codes, mean(forecast)), panel.totals(codes, forecast.origin.last)
    small = 10.0 * forecast.origin.scale
    sizes, errors = [], []
    for origin, median, truth in forecast.before:
        said = panel.totals(codes, expected_of(forecast, origin, median))
        came = panel.totals(codes, truth)
        used = said > 0
        sizes.append(said[used])
        stretch = np.sqrt(forecast.origin.horizon / origin.horizon)
        errors.append(np.log((came + small) / (said + small))[used] * stretch)
    levels = np.array(list(LEVELS.values()))
    logs = np.zeros((len(now), len(levels)))
    if sizes and sum(map(len, sizes)) >= 20:
        size, error = np.concatenate(sizes), np.concatenate(errors)
        edges = np.quantile(size, (1 / 3, 2 / 3))
        for third in range(3):
            of_size = error[np.digitize(size, edges) == third]
            logs[np.digitize(now, edges) == third] = np.quantile(of_size, levels)
    logs = np.where(levels < 0.5, np.minimum(logs, 0.0), np.maximum(logs, 0.0))
    persons = np.maximum((now + small)[:, None] * np.exp(logs) - small, 0.0)
    return Totals(last, now, {name: persons[:, k] for k, name in enumerate(LEVELS)})


def world(forecast: Forecast) -> Totals:
    """The total of all pairs; Student's distribution of its errors at earlier origins.

    The ratio of mean to median of an earlier origin is that of the other earlier origins. A rule of
    this package, scored by (55).

    Parameters
    ----------
    forecast : Forecast
        Of pairs, persons (series,).

    Returns
    -------
    Totals
        Last value, mean and ends of intervals, persons (1,) each.
    """
    from scipy.special import stdtrit

    total = float(mean(forecast).sum())
    ratios = np.array([truth.sum() / median.sum() for _, median, truth in forecast.before])
    count = len(ratios)
    levels = np.array(list(LEVELS.values()))
    if count >= 2:
        others = (ratios.sum() - ratios) / (count - 1)
        usual = float(np.sqrt(np.mean(np.log(ratios / others) ** 2)))
    else:
        usual = 0.1
    logs = stdtrit(max(count - 1, 1), levels) * usual * np.sqrt(1.0 + 1.0 / max(count, 1))
    ends = total * np.exp(np.clip(logs, -3.0, 3.0))
    last = np.array([forecast.origin.last.sum()])
    named = {name: ends[k : k + 1] for k, name in enumerate(LEVELS)}
    return Totals(last, np.array([total]), named)


def balanced(forecast: NetForecast) -> Array:
    """Samples of net migration moved so that the medians of the world sum to zero.

    Each area takes the part of the gap that its variance has in the world's: the least change
    that closes the account: the minimum-variance adjustment of Stone, Champernowne & Meade (1942),
    for errors that are independent.

    Parameters
    ----------
    forecast : NetForecast
        Samples (area, sample), persons.

    Returns
    -------
    Array (area, sample) persons
    """
    variance = forecast.samples.var(axis=1)
    whole = variance.sum()
    if whole <= 0:
        return forecast.samples
    gap = np.median(forecast.samples, axis=1).sum()
    return forecast.samples - (variance / whole * gap)[:, None]
