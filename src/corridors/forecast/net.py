"""Net migration of areas: a pooled regression of rates and a hierarchical autoregression.

Both are in rates, persons over the population of the area at the origin. The regression says what
comes by least absolute error from what the last years, the years before and, where it is known,
refugees say; the autoregression (Azose and Raftery 2015, "Bayesian probabilistic projection of
international migration", Demography 52, eq. 1, with Student errors) says how rates return to the
area's own mean. The forecast is two samples of the first to one of the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors.forecast.data import Panel
from corridors.forecast.features import last_known, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["NetForecast", "autoregression", "least_absolute", "net_forecast", "persistence"]

#: Largest rate of a window of five years that teaches the regression.
_LARGEST = 0.3
_LONG = 30
_LATEST = 25
_BURN = 500
#: Coefficients of the last years and of the last one where nothing can be learnt.
_CAREFUL = (0.6, 0.2)
#: Windows apart from each other that are enough to learn from.
_ENOUGH = 4
#: Degrees of freedom of the errors.
_FREEDOM = 4.0
_PER_PART = 100


@dataclass(frozen=True)
class NetForecast:
    """Samples of persons by area, (areas, samples), of the total or of the last time asked."""

    samples: Array
    last: Array

    @property
    def median(self) -> Array:
        """Persons (area,), median of the samples that (56) is part of."""
        return np.median(self.samples, axis=1)

    @property
    def mean(self) -> Array:
        """Persons (area,), mean of the samples that (56) is part of."""
        return self.samples.mean(axis=1)


@dataclass(frozen=True)
class _Rates:
    """Rates of a panel over the people of each area at a time, and what is asked of them."""

    panel: Panel
    steps: int
    total: bool
    usual: int

    def people(self, time: int) -> Array:
        """Persons of each area at a time; without populations, what usually moves there."""
        if "population" in self.panel.area:
            people = last_known(self.panel.area["population"], time)
            if np.isfinite(people).any():
                return np.where(people > 0, people, np.nan)[self.panel.origin]
        known = self.panel.series.until(time).values
        usual = np.nanmean(np.abs(np.where(np.isfinite(known), known, np.nan)), axis=1)
        floor = np.nanmedian(usual) if np.isfinite(usual).any() else 1.0
        return 50.0 * np.maximum(np.nan_to_num(usual, nan=floor), 0.01 * floor + 1e-300)

    def window(self, time: int, steps: int) -> Array:
        """Mean persons a step over the steps up to `time`; NaN where too few are known."""
        wanted = [time - self.usual * back for back in range(steps)]
        columns = [self._column(each) for each in wanted]
        return np.mean(columns, axis=0)

    def _column(self, time: int) -> Array:
        times = self.panel.series.times
        place = int(np.searchsorted(times, time))
        if place < len(times) and times[place] == time:
            return self.panel.series.values[:, place]
        return np.full(len(self.panel.series.values), np.nan)

    def long_mean(self, time: int) -> Array:
        known = self.panel.series.until(time)
        return _mean(known.values[:, -_LONG:])

    def features(self, time: int) -> Array:
        """Rates known at a time, (areas, features), each a mean of a step."""
        people, n = self.people(time), self.steps
        last = _filled(self.window(time, n), self.long_mean(time))
        columns = [last]
        columns += [_filled(self.window(time, k), last) for k in (1, 2)]
        columns += [_filled(self.window(time - n * k * self.usual, n), last) for k in (1, 2)]
        columns += [_filled(self.long_mean(time), last)]
        for name in ("refugees_abroad", "refugees_hosted"):
            if name in self.panel.area:
                yearly = self.panel.area[name]
                now, before = yearly.at(time), yearly.at(time - 5)
                columns += [
                    np.nan_to_num(now)[self.panel.origin],
                    np.nan_to_num(now - before)[self.panel.origin],
                ]
        limit = _LARGEST / 5
        return np.clip(np.nan_to_num(np.column_stack(columns) / people[:, None]), -limit, limit)

    def target(self, time: int) -> Array:
        """The rate that came after a time: mean of the steps asked, or the last of them."""
        later = time + self.steps * self.usual
        return (
            self.window(later, self.steps) if self.total else self._column(later)
        ) / self.people(time)

    def spread(self, time: int) -> Array:
        """How far rates of an area usually move: half its level, half its changes, and a floor."""
        n, people = self.steps, self.people(time)
        rates = np.column_stack([self.window(time - n * k * self.usual, n) for k in range(4)])
        rates = rates / people[:, None]
        level = _mean(np.abs(rates))
        change = _mean(np.abs(np.diff(rates, axis=1)))
        own = 0.5 * _filled(level, change) + 0.5 * _filled(change, level)
        known = own[np.isfinite(own)]
        floor = float(np.median(known)) if len(known) else 0.01
        return np.nan_to_num(own, nan=2.0 * floor) + 0.25 * floor + 1e-12


def _mean(values: Array) -> Array:
    """Mean of the known values of each row; NaN where there is none."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _filled(values: Array, other: Array) -> Array:
    return np.where(np.isfinite(values), values, other)


def least_absolute(features: Array, target: Array, weight: Array) -> Array:
    """Coefficients of least weighted absolute error without intercept, by reweighting.

    Parameters
    ----------
    features : (cases, features), without unit
    target : (cases,), any unit
    weight : (cases,), relative

    Returns
    -------
    Array (features,), in the unit of the target

    Notes
    -----
    Iteratively reweighted least squares (Schlossmacher 1973).
    """
    smallest = 1e-4 * float(np.average(np.abs(target), weights=weight)) + 1e-300
    weights = weight.copy()
    found: Array = np.zeros(features.shape[1])
    ridge = 1e-6
    for _ in range(60):
        left = features.T @ (features * weights[:, None])
        left[np.diag_indices_from(left)] *= 1.0 + ridge
        left[np.diag_indices_from(left)] += 1e-300
        solved = np.linalg.lstsq(left, features.T @ (weights * target), rcond=None)
        now = np.asarray(solved[0], float)
        if np.abs(now - found).max() < 1e-6:
            return now
        found = now
        weights = weight / np.maximum(np.abs(target - features @ found), smallest)
    return found


def _coefficients(rates: _Rates, time: int) -> Array:
    """Coefficients learnt on all origins whose time had come by `time`."""
    times = rates.panel.series.times
    ahead = rates.steps * rates.usual
    starts = [
        t for t in times.tolist() if t + ahead <= time and t >= times[0] + ahead - rates.usual
    ]
    width = rates.features(time).shape[1]
    fallback = np.zeros(width)
    fallback[:2] = _CAREFUL
    if not starts:
        return fallback
    features = np.concatenate([rates.features(t) for t in starts])
    target = np.concatenate([rates.target(t) for t in starts])
    weight = np.concatenate([rates.people(t) for t in starts])
    known = np.isfinite(target) & np.isfinite(weight)
    if known.sum() < 10 * width:
        return fallback
    limit = _LARGEST / 5
    learnt = least_absolute(features[known], np.clip(target[known], -limit, limit), weight[known])
    trust = _trust(starts, ahead)
    return trust * learnt + (1.0 - trust) * fallback


def _trust(starts: list[int], ahead: int) -> float:
    """How much windows teach: those that overlap teach less, four apart from each other all."""
    if not starts:
        return 0.0
    return min(1.0, ((starts[-1] - starts[0]) / ahead + 1.0) / _ENOUGH)


def _regression(
    panel: Panel, time: int, steps: int, total: bool, memory: dict[int, Array]
) -> tuple[Array, Array, Array]:
    """Median rate, spread of every area, and pooled errors in spreads, of earlier origins."""
    rates = _Rates(panel.until(time), steps, total, step(panel.until(time).series.times))

    def coefficients(at: int) -> Array:
        if at not in memory:
            memory[at] = _coefficients(rates, at)
        return memory[at]

    times = rates.panel.series.times
    ahead = steps * rates.usual
    errors = []
    for start in [t for t in times.tolist() if t + ahead <= time and t > times[0]][-_LATEST:]:
        forecast = rates.features(start) @ coefficients(start)
        errors.append((rates.target(start) - forecast) / rates.spread(start))
    pooled = np.concatenate(errors) if errors else np.empty(0)
    wider = 2.0 - _trust([t for t in times.tolist() if t + ahead <= time], ahead)
    middle = rates.features(time) @ coefficients(time)
    return middle, rates.spread(time) * wider, pooled[np.isfinite(pooled)]


def autoregression(
    rates: Array, draws: int, generator: np.random.Generator, ahead: int = 1
) -> Array:
    """Draws of the rate `ahead` windows on, of the hierarchical AR(1) of (56) by Gibbs sampling.

    `r_t = mu + phi (r_(t-1) - mu) + e`, `e` Student with four degrees of freedom and the scale of
    the area, `phi` uniform on (0, 1), `mu` normal over areas, the squared scales inverse gamma.

    Parameters
    ----------
    rates : (areas, windows), persons over the population of the area
        Earliest first; NaN before an area is known.
    draws : int
    generator : Generator
    ahead : int
        Windows.

    Returns
    -------
    Array (areas, draws), rate
        NaN for areas with fewer than three windows.

    Notes
    -----
    Azose and Raftery (2015), eq. 1, with Student errors.
    """
    enough = (
        np.isfinite(rates[:, -3:]).all(axis=1)
        if rates.shape[1] >= 3
        else np.zeros(len(rates), bool)
    )
    answer = np.full((len(rates), draws), np.nan)
    if enough.sum() < 3:
        return answer
    now, before = rates[enough, 1:], rates[enough, :-1]
    known = np.isfinite(now) & np.isfinite(before)
    now, before = np.where(known, now, 0.0), np.where(known, before, 0.0)
    areas, count = len(now), known.sum(axis=1)
    mu = np.where(known, now, 0).sum(axis=1) / count
    phi = np.full(areas, 0.5)
    variance = np.maximum(((now - before) ** 2 * known).sum(axis=1) / count, 1e-30)
    variance = np.maximum(variance, 1e-6 * np.median(variance) + 1e-30)
    centre, width = float(np.mean(mu)), float(np.var(mu)) + 1e-30
    kept = np.empty((areas, draws))
    for sweep in range(_BURN + draws):
        error = (now - mu[:, None] - phi[:, None] * (before - mu[:, None])) * known
        tail = generator.gamma((_FREEDOM + 1) / 2, 1.0, now.shape) / (
            (_FREEDOM + error**2 / variance[:, None]) / 2
        )
        tail *= known
        back = before - mu[:, None]
        precision = (tail * back**2).sum(axis=1) / variance
        place = (
            (tail * back * (now - mu[:, None])).sum(axis=1)
            / variance
            / np.maximum(precision, 1e-300)
        )
        phi = _truncated(place, 1.0 / np.sqrt(np.maximum(precision, 1e-12)), generator)
        share = 1.0 - phi
        precision = tail.sum(axis=1) * share**2 / variance + 1.0 / width
        moved = (tail * (now - phi[:, None] * before)).sum(
            axis=1
        ) * share / variance + centre / width
        mu = moved / precision + generator.standard_normal(areas) / np.sqrt(precision)
        error = (now - mu[:, None] - phi[:, None] * (before - mu[:, None])) * known
        usual = generator.gamma(2.0 * areas + 1.0) / (1.0 / variance).sum()
        shape = 2.0 + count / 2.0
        variance = (usual + (tail * error**2).sum(axis=1) / 2.0) / generator.gamma(shape)
        centre = mu.mean() + generator.standard_normal() * np.sqrt(width / areas)
        width = max(((mu - centre) ** 2).sum() / 2.0 / generator.gamma((areas - 1) / 2.0), 1e-30)
        if sweep >= _BURN:
            rate = rates[enough, -1]
            for _ in range(ahead):
                shock = generator.standard_t(_FREEDOM, areas) * np.sqrt(variance)
                rate = mu + phi * (rate - mu) + shock
            kept[:, sweep - _BURN] = rate
    answer[enough] = kept
    return answer


def _truncated(place: Array, width: Array, generator: np.random.Generator) -> Array:
    """Normal draws within (0, 1), by the inverse of the distribution."""
    from scipy.special import ndtr, ndtri

    low, high = ndtr(-place / width), ndtr((1.0 - place) / width)
    drawn = ndtri(low + generator.random(len(place)) * (high - low))
    return np.clip(np.where(np.isfinite(drawn), place + width * drawn, place), 0.001, 0.999)


def persistence(panel: Panel, time: int, steps: int, *, total: bool = True) -> Array:
    """The total of the last steps up to `time`, or the last value: q of (54).

    Parameters
    ----------
    panel : Panel
        Of kind `net`, persons (area, time).
    time, steps : int
    total : bool
        Whether of all `steps`, or of one.

    Returns
    -------
    Array (area,) persons
    """
    usual = step(panel.until(time).series.times)
    rates = _Rates(panel.until(time), steps, total, usual)
    last = last_known(panel.series, time)
    return _filled(rates.window(time, steps), last) * steps if total else last


def net_forecast(
    panel: Panel,
    time: int,
    horizon: int,
    *,
    total: bool = True,
    draws: int = 1000,
    seed: int = 1,
    memory: dict[int, Array] | None = None,
) -> NetForecast:
    """Samples of net migration after `time`: two of the regression to one of (56).

    Parameters
    ----------
    panel : Panel
        Of kind `net`, persons (area, time); `population` by area makes rates of it.
    time, horizon : int
    total : bool
        Whether of all times up to `time + horizon`, or of that one.
    draws, seed : int
        Of the autoregression.
    memory : dict, optional
        Coefficients already learnt, by origin; of the same panel, horizon and `total`.

    Returns
    -------
    NetForecast
        Samples (area, sample), rising, and persistence (area,), persons.
    """
    known = panel.until(time)
    usual = step(known.series.times)
    steps = max(1, round(horizon / usual))
    middle, spread, errors = _regression(
        known, time, steps, total, {} if memory is None else memory
    )
    people = _Rates(known, steps, total, usual).people(time)
    people = np.where(np.isfinite(people), people, 0.0)
    levels = (np.arange(2 * _PER_PART) + 0.5) / (2 * _PER_PART)
    parts = [middle[:, None] + spread[:, None] * _error_quantiles(errors, levels)[None, :]]
    own = _autoregressive(known, time, steps, usual, total, draws, seed)
    if own is not None:
        own = np.quantile(own, (np.arange(_PER_PART) + 0.5) / _PER_PART, axis=1).T
        parts.append(np.where(np.isfinite(own), own, parts[0][:, ::2]))
    rates = np.concatenate(parts, axis=1)
    persons = rates * people[:, None] * (steps if total else 1)
    return NetForecast(np.sort(persons, axis=1), persistence(known, time, steps, total=total))


def _autoregressive(
    known: Panel, time: int, steps: int, usual: int, total: bool, draws: int, seed: int
) -> Array | None:
    width = steps if total else 1
    rates = _Rates(known, width, total, usual)
    many = len(known.series.times) // width
    if many < 4:
        return None
    windows = np.column_stack(
        [
            rates.window(time - k * width * usual, width) / rates.people(time - k * width * usual)
            for k in reversed(range(min(many, 14)))
        ]
    )
    generator = np.random.default_rng(seed)
    return autoregression(windows, draws, generator, 1 if total else steps)


def _error_quantiles(errors: Array, levels: Array) -> Array:
    """Quantiles of the pooled errors; of a Student distribution where there are too few."""
    if len(errors) >= 100:
        middle = np.quantile(errors, levels)
        return middle - np.median(errors)
    from scipy.special import stdtrit

    return 0.8 * stdtrit(_FREEDOM, levels)
