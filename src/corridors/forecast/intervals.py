"""Intervals from the errors the same forecast would have made before, by size and unrest.

The error of a pair is `log((truth + a) / (median + a))`, `a` a small number of persons. Its
quantiles are those of earlier forecasts of pairs of like size that moved about as much, from
origins whose time had come. Few earlier origins know few crises: the tails are then stretched
towards those of a wide distribution that is assumed.

Samples are scored by equation (55).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors.forecast.features import Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corridors.forecast.models import Forecast

    Array = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = ["LEVELS", "ends", "expected_of", "mean", "quantiles", "samples"]

#: Probabilities of the ends of intervals, by column.
LEVELS = {"lower_95": 0.025, "lower_80": 0.1, "upper_80": 0.9, "upper_95": 0.975}
#: Edges of the bins: persons in multiples of the scale, and relative moves.
_SIZES = (0.5, 2.0, 6.0, 20.0, 60.0, 200.0, 2000.0)
_MOVES = {"stocks": (0.02, 0.1, 0.3), "flows": (0.15, 0.4, 1.0), "arrivals": (0.15, 0.4, 1.0)}
_FEWEST = 40
#: First bin of size whose pairs are large enough to move together.
_LARGE = 2
#: Errors of a lag that are assumed where the table knows too few: half normal width, in logs.
_ASSUMED = {"stocks": 0.15, "flows": 0.5, "arrivals": 0.7}
_GRID = (np.arange(199) + 0.5) / 199


@dataclass(frozen=True)
class _Errors:
    """Errors of earlier forecasts and the cells they fall in."""

    size: Codes
    move: Codes
    error: Array


def _small(origin: Origin) -> float:
    return 0.4 * origin.scale


def _cells(origin: Origin, median: Array) -> tuple[Codes, Codes]:
    """Bins of size of the median and of how much the pair moved before."""
    size = np.digitize(median / origin.scale, _SIZES)
    if origin.panel.kind == "stocks":
        moved = np.abs(origin.last - origin.before) / (origin.last + origin.scale)
    else:
        history = origin.history
        steps = np.abs(np.diff(history, axis=1))
        moved = steps.mean(axis=1) if steps.shape[1] else np.zeros(len(history))
        moved = moved / (history.mean(axis=1) + origin.scale)
    return size, np.digitize(np.nan_to_num(moved, nan=0.0), _MOVES[origin.panel.kind])


def _errors(forecast: Forecast) -> _Errors:
    """Errors of the same average at earlier origins, for the horizon asked.

    What all pairs of a table erred by at an origin may come again with either sign, so it is
    taken out of the errors and put back both ways, in its usual size. Where few cases are known
    errors are made larger, up to twice.
    """
    parts, shared = [], []
    for origin, median, truth in forecast.before:
        small = _small(origin)
        error = np.log((truth + small) / (median + small))
        error *= np.sqrt(forecast.origin.horizon / origin.horizon) * (2.0 - forecast.trust)
        size, move = _cells(origin, median)
        large = error[size >= _LARGE]
        shared.append(float(np.median(large)) if len(large) else 0.0)
        parts.append((size, move, np.where(size >= _LARGE, error - shared[-1], error)))
    if not parts:
        return _Errors(np.empty(0, int), np.empty(0, int), np.empty(0))
    size, move, error = (np.concatenate(column) for column in zip(*parts, strict=True))
    count = len(parts)
    usual = np.sqrt(np.mean(np.square(shared)) * (count + 1) / count) * (size >= _LARGE)
    return _Errors(np.tile(size, 2), np.tile(move, 2), np.append(error - usual, error + usual))


def quantiles(forecast: Forecast, levels: Array) -> Array:
    """Persons at each level, never crossed, the median between its ends; of ln[(y + a) / (m + a)].

    Parameters
    ----------
    forecast : Forecast
        Medians m (series,), persons, and those of earlier origins with what came, y.
    levels : (levels,)
        Probabilities, rising.

    Returns
    -------
    Array (series, levels) persons

    Notes
    -----
    docs/mathematics.md, beside (55).
    """
    known, origin = _errors(forecast), forecast.origin
    size, move = _cells(origin, forecast.median)
    small = _small(origin)
    logs = np.empty((len(size), len(levels)))
    for one_size in np.unique(size):
        for one_move in np.unique(move[size == one_size]):
            rows = (size == one_size) & (move == one_move)
            logs[rows] = _cell(known, int(one_size), int(one_move), levels, forecast)
    below = levels[None, :] < 0.5
    logs = np.where(
        below, np.minimum(logs, 0.0), np.where(levels > 0.5, np.maximum(logs, 0.0), 0.0)
    )
    middle = forecast.median[:, None]
    persons = np.maximum((middle + small) * np.exp(logs) - small, 0.0)
    # Adding and taking away `small` moves a figure by its last digit: the ends stay ends.
    return np.where(below, np.minimum(persons, middle), np.maximum(persons, middle))


def _cell(known: _Errors, size: int, move: int, levels: Array, forecast: Forecast) -> Array:
    """Quantiles of the errors of one cell, of its size alone or of all where it has too few."""
    for rows in (
        (known.size == size) & (known.move == move),
        known.size == size,
        np.abs(known.size - size) <= 1,
        np.full(len(known.size), True),
    ):
        if rows.sum() >= _FEWEST:
            return np.quantile(known.error[rows], levels)
    from scipy.special import ndtri

    origin = forecast.origin
    width = _ASSUMED[origin.panel.kind] * np.sqrt(origin.ahead)
    assumed = width * ndtri(levels) * (1.0 + 0.3 * np.abs(ndtri(levels)))
    some = np.quantile(known.error, levels) if len(known.error) else assumed
    share = len(known.error) / (len(known.error) + _FEWEST)
    return share * some + (1.0 - share) * assumed


def ends(forecast: Forecast) -> dict[str, Array]:
    """Ends of the 80 and 95 % intervals, quantiles of the errors beside (55).

    Parameters
    ----------
    forecast : Forecast
        Medians (series,), persons, and those of earlier origins with what came.

    Returns
    -------
    dict of str to (series,) array of persons: `lower_80`, `upper_80`, `lower_95`, `upper_95`
    """
    persons = quantiles(forecast, np.array(list(LEVELS.values())))
    return {name: persons[:, number] for number, name in enumerate(LEVELS)}


def samples(forecast: Forecast) -> Array:
    """Evenly spaced quantiles of every series, the s of (55), for scores and sums.

    Parameters
    ----------
    forecast : Forecast
        Medians (series,), persons.

    Returns
    -------
    Array (series, levels) persons
    """
    return quantiles(forecast, _GRID)


def mean(forecast: Forecast) -> Array:
    """Mean of persons of every series, within its 95 % interval; means add up to totals.

    Parameters
    ----------
    forecast : Forecast
        Medians (series,), persons.

    Returns
    -------
    Array (series,) persons

    Notes
    -----
    `expected_of`, scored by (54).
    """
    said = ends(forecast)
    expected = expected_of(forecast, forecast.origin, forecast.median)
    return np.clip(expected, said["lower_95"], said["upper_95"])


def expected_of(forecast: Forecast, origin: Origin, median: Array) -> Array:
    """Means that go with medians: times what earlier medians of like size and move fell short by.

    The ratio is of sums of truths and medians, so that means add up; it is kept between a half and
    twice, because one crisis may make it anything.

    Parameters
    ----------
    forecast : Forecast
        With medians and truths of earlier origins, (series,) persons each.
    origin : Origin
        At which `median` was said.
    median : (series,) persons

    Returns
    -------
    Array (series,) persons

    Notes
    -----
    A correction of this package, scored by (54).
    """
    if not forecast.before:
        return median
    small = _small(forecast.origin)
    parts = [(*_cells(at, said), said, truth) for at, said, truth in forecast.before]
    size, move, said, truth = (np.concatenate(column) for column in zip(*parts, strict=True))
    width = len(_MOVES[origin.panel.kind]) + 1
    many = (len(_SIZES) + 1) * width
    cell = size * width + move
    count = np.bincount(cell, minlength=many)
    above = np.bincount(cell, truth + small, minlength=many)
    below = np.bincount(cell, said + small, minlength=many)
    of_size = [np.repeat(each.reshape(-1, width).sum(axis=1), width) for each in (above, below)]
    few = count < _FEWEST
    above, below = np.where(few, of_size[0], above), np.where(few, of_size[1], below)
    ratio = np.clip(np.where(below > 0, above / np.maximum(below, 1e-300), 1.0), 0.5, 2.0)
    sizes, moves = _cells(origin, median)
    return np.maximum((median + small) * ratio[sizes * width + moves] - small, 0.0)
