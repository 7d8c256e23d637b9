"""Forecasts from a day of origin: what was counted before it, what is not known after it.

Parameters are fitted to the counts before the origin (`journeys.calibration`), the camps are set to
the last counts, and the draws carry the spread that is left. Chance and parameters alone give
intervals far too narrow: the error of past forecasts of other conflicts widens them. It is measured
on the scale

    e = (d - m) / (D sqrt(p (1 - p))),   p = m / D

where m is the forecast (median), D its sum over camps and d the count, so that small and large
camps, and small and large conflicts, can be pooled. A conflict is one observation, however many
camp-days it has: with n others, e of a new one is Student's t with n degrees of freedom times the
root of their mean square at the same horizon. Errors are taken not to shrink as time passes.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from corridors.journeys import calibration
from corridors.journeys.calibration import Fitted
from corridors.journeys.choices import Behaviour
from corridors.journeys.counts import Journeys
from corridors.journeys.departures import Registered, from_totals
from corridors.journeys.network import Network, Timetable
from corridors.journeys.step import run
from corridors.labels import Array, Streams
from corridors.parameters import Parameter

__all__ = ["learn", "onward", "past_errors", "projected", "standardised", "with_past_errors"]

#: Horizons, days after the origin, that past errors are kept apart for.
HORIZONS = (15, 30, 60, 90, 180)
#: Smallest share of a camp in the scale of errors: an empty camp may fill.
SMALLEST = 0.02
#: Days before the origin whose rise is carried on, and how it fades; judgement.
RECENT, HALF_LIFE = 28, (20.0, 180.0)


def learn(
    roads: Network,
    days: Timetable,
    behaviour: Behaviour,
    counts: Registered,
    declared: Mapping[str, Parameter],
    *,
    origin: int,
    tried: int,
    streams: Streams,
) -> Fitted:
    """Weights of `tried` candidate parameters from the counts before day `origin`.

    `declared` holds the priors of the parameters, as `calibration.candidates` takes them.
    """
    camps = [roads.at(camp) for camp in counts.camps]
    values = calibration.candidates(behaviour, declared, tried, streams)
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
    shortest, longest = HALF_LIFE
    half_life = shortest * (longest / shortest) ** streams("journeys half-life of arrivals").random(
        draws
    )
    ahead = np.arange(len(total) - origin)[:, None] + 0.5
    return np.concatenate([known, np.rint(recent * 0.5 ** (ahead / half_life))])


def standardised(median: Array, registered: Array) -> Array:
    """Errors of a forecast on the scale of the module; (t, x)."""
    return (registered - median) / _scale(median)


def _scale(median: Array) -> Array:
    total, share = _totals_and_shares(median)
    return total * np.sqrt(share * (1.0 - share))


def _totals_and_shares(median: Array) -> tuple[Array, Array]:
    """D (t, 1) and p (t, x), neither so small that the scale vanishes."""
    total = np.maximum(median.sum(axis=1, keepdims=True), 1.0)
    return total, np.clip(median / total, SMALLEST, 1.0 - SMALLEST)


def past_errors(errors: Array) -> list[float]:
    """Root mean square of standardised errors (t, x) by horizon, t days after the origin.

    A period that was shorter than a horizon leaves it out.
    """
    parts = (errors[first:last] for first, last in itertools.pairwise([0, *HORIZONS, None]))
    return [round(float(np.sqrt((part**2).mean())), 4) for part in parts if len(part)]


def with_past_errors(
    draws: Array,
    recorded: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    origin: int,
    streams: Streams,
    known_totals: bool = True,
    without: str = "",
) -> Array:
    """Draws of people in camps, as far apart as past forecasts were from what was counted.

    The spread that draws have of their own counts: only what is missing is added, one error a draw
    and camp for the whole period. Where arrivals are known, one camp's error is another's.

    Parameters
    ----------
    draws : (t, draw, x) persons in camps
    recorded : `known_totals` and `totals_at_origin` -> conflict -> `past_errors` of its forecast
    known_totals : bool
        Whether the arrivals after the origin were known to the forecast.
    without : str
        Conflict whose own errors are left out.

    Returns
    -------
    (t, draw, x) persons; those before the origin as they are
    """
    table = recorded["known_totals" if known_totals else "totals_at_origin"]
    used = [errors for conflict, errors in table.items() if conflict != without]
    ahead = draws[origin:]
    median = np.median(ahead, axis=1)
    _, share = _totals_and_shares(median)
    wanted = _pooled(used, np.arange(float(len(ahead))))[:, None] * _scale(median)
    missing = np.sqrt(np.maximum(wanted**2 - ahead.var(axis=1), 0.0))
    off = _students(len(used), ahead.shape[1:], streams) * missing[:, None, :]
    if known_totals:  # the covariance of shares: variance p (1 - p), covariance -p q
        off /= np.sqrt(1.0 - share)[:, None, :]
        off -= share[:, None, :] * off.sum(axis=2, keepdims=True)
    spread = np.maximum(ahead + off, 0.0)
    if known_totals:
        spread *= ahead.sum(axis=2, keepdims=True) / np.maximum(spread.sum(axis=2), 1.0)[..., None]
    return np.concatenate([draws[:origin], spread])


def _students(freedom: int, shape: tuple[int, int], streams: Streams) -> Array:
    """Student's t for each draw and camp, one draw from each slice of the distribution."""
    generator = streams("journeys past errors")
    draws, camps = shape
    slices = generator.permuted(np.tile(np.arange(draws)[:, None], (1, camps)), axis=0)
    return special.stdtrit(freedom, (slices + 0.5) / draws)


def _pooled(used: Sequence[Sequence[float]], ahead: Array) -> Array:
    """Root mean square over conflicts of their errors `ahead` days after the origin.

    Straight lines between the middles of the horizons, from no error at the origin itself. A
    conflict that was shorter lends its longest horizon.
    """
    edges = np.array([0, *HORIZONS, 2 * HORIZONS[-1]])
    middles = [0.0, *((edges[1:] + edges[:-1]) / 2.0)]
    squares = np.zeros(len(ahead))
    for errors in used:
        known = np.maximum.accumulate([0.0, *errors])
        known = np.append(known, np.full(len(middles) - len(known), known[-1]))
        squares += np.interp(ahead, middles, known) ** 2 / len(used)
    return np.sqrt(squares)
