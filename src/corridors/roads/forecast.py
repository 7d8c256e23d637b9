"""Forecasts from a day of origin: what was counted before it, what is not known after it.

Parameters are fitted to the counts before the origin (`roads.calibration`), the camps are set to
the last counts, and the draws carry the spread that is left. Chance and parameters alone give
intervals far too narrow: the error of past forecasts of other conflicts widens them. It is measured
on the scale

    e = (d - m) / (D sqrt(p (1 - p))),   p = m / D

where m is the forecast (median), D its sum over camps and d the count, so that small and large
camps, and small and large conflicts, can be pooled.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from corridors.data import store
from corridors.roads import calibration
from corridors.roads.behaviour import Behaviour
from corridors.roads.calibration import Fitted
from corridors.roads.departures import Registered, from_totals
from corridors.roads.journeys import Journeys, run
from corridors.roads.network import Network, Timetable

__all__ = ["band", "learn", "onward", "past_errors", "projected", "standardised"]

Array = NDArray[np.float64]
Streams = Callable[[str], np.random.Generator]

#: Horizons, days after the origin, that past errors are kept apart for.
HORIZONS = (30, 90, 180)
#: Smallest share of a camp in the scale of errors: an empty camp may fill.
SMALLEST = 0.02
#: Days before the origin whose rise is carried on, and how it fades; judgement.
RECENT, HALF_LIFE = 28, (20.0, 180.0)


def learn(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    counts: Registered,
    *,
    origin: int,
    tried: int,
    streams: Streams,
) -> Fitted:
    """Weights of `tried` candidate parameters from the counts before day `origin`."""
    camps = [roads.at(camp) for camp in counts.camps]
    values = calibration.candidates(behaviour, tried, streams)
    first = days.until(origin)
    past = run(roads, first, behaviour.with_(**values), streams=streams, draws=tried)
    simulated = past.people[:, :, camps].astype(float)
    return calibration.fit(values, simulated, counts.persons[:origin])


def onward(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    counts: Registered,
    fitted: Fitted,
    *,
    origin: int,
    draws: int,
    streams: Streams,
) -> Journeys:
    """Journeys with fitted parameters, the camps set to the last counts before the origin."""
    camps = [roads.at(camp) for camp in counts.camps]
    counted = days.counted.copy()
    counted[origin - 1, camps] = counts.persons[origin - 1]
    likely = calibration.with_draws(behaviour, fitted, draws, streams)
    days = replace(days, counted=counted)
    return run(roads, days, likely, streams=streams, draws=draws)


def projected(total: Array, origin: int, draws: int, streams: Streams) -> Array:
    """Departures when nothing is known from day `origin` on; (t, draw).

    The mean rise of the last four weeks goes on, halved after a time that is drawn between 20 and
    180 days.
    """
    known = np.tile(from_totals(total[:origin])[:, None], (1, draws))
    recent = known[max(origin - RECENT, 0) :, 0].mean()
    low, high = HALF_LIFE
    half_life = low * (high / low) ** streams("journeys half-life of arrivals").random(draws)
    ahead = np.arange(len(total) - origin)[:, None] + 0.5
    return np.concatenate([known, np.rint(recent * 0.5 ** (ahead / half_life))])


def standardised(median: Array, registered: Array) -> Array:
    """Errors of a forecast on the scale of the module; (t, x)."""
    return (registered - median) / _scale(median)


def _scale(median: Array) -> Array:
    total = np.maximum(median.sum(axis=1, keepdims=True), 1.0)
    share = np.clip(median / total, SMALLEST, 1.0 - SMALLEST)
    return total * np.sqrt(share * (1.0 - share))


def past_errors(errors: Array, probabilities: Array) -> list[list[float]]:
    """Quantiles of standardised errors (t, x) by horizon; row t is t days after the origin."""
    edges = [0, *HORIZONS, max(len(errors), HORIZONS[-1])]
    rows = [errors[first:last] for first, last in itertools.pairwise(edges)]
    return [np.quantile(row, probabilities).round(4).tolist() if len(row) else [] for row in rows]


def band(
    draws: Array, level: float, *, origin: int, known_totals: bool = True, without: str = ""
) -> tuple[Array, Array]:
    """An interval that held `level` of the counts in past forecasts of other conflicts.

    Parameters
    ----------
    draws : (t, draw, x) persons in camps
    known_totals : bool
        Whether the arrivals after the origin were known to the forecast.
    without : str
        Conflict whose own errors are left out.

    Returns
    -------
    low, high : (t, x)
    """
    tail = (1.0 - level) / 2.0
    low, median, high = np.quantile(draws, [tail, 0.5, 1.0 - tail], axis=1)
    listed = store.listing("journey_errors")
    table = listed["known_totals" if known_totals else "totals_at_origin"]
    used = [errors for conflict, errors in table.items() if conflict != without]
    ahead = np.arange(float(len(draws) - origin))
    scale = _scale(median)[origin:]
    below, above = (
        _pooled(used, listed["probabilities"], ahead, end) for end in (tail, 1.0 - tail)
    )
    low[origin:] = np.minimum(low[origin:], median[origin:] + below[:, None] * scale)
    high[origin:] = np.maximum(high[origin:], median[origin:] + above[:, None] * scale)
    return np.maximum(low, 0.0), high


def _pooled(
    used: list[list[list[float]]], probabilities: list[float], ahead: Array, end: float
) -> Array:
    """A quantile of the errors of several conflicts, `ahead` days after the origin.

    The mean of the conflicts' quantiles, straight lines between the middles of the horizons, from
    no error at the origin itself. A conflict that was shorter lends its longest horizon.
    """
    edges = np.array([0, *HORIZONS, 2 * HORIZONS[-1]])
    middles = [0.0, *((edges[1:] + edges[:-1]) / 2.0)]
    lines = []
    for errors in used:
        known = [float(np.interp(end, probabilities, row)) for row in errors if row]
        known += [known[-1]] * (len(middles) - 1 - len(known))
        lines.append(np.interp(ahead, middles, [0.0, *known]))
    return np.mean(lines, axis=0) if lines else np.zeros(len(ahead))
