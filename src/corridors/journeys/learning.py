"""What the network says of the days from an origin on.

Parameters are fitted to the counts before the origin (`journeys.calibration`), the camps are set to
the last counts, and the journeys run on. `journeys.shares` takes from them how arrivals are shared
out over the camps, `journeys.spread` how far such forecasts were from what was counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from corridors.journeys import calibration
from corridors.journeys.calibration import Fitted
from corridors.journeys.choices import Behaviour
from corridors.journeys.counts import Journeys
from corridors.journeys.departures import Registered, from_totals
from corridors.journeys.network import Network, Timetable
from corridors.journeys.step import run
from corridors.labels import Array, Streams
from corridors.parameters import Parameter

__all__ = ["carried_on", "learn", "onward", "projected"]

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
    if first.departures is not None:  # alike in every draw before the origin
        first = replace(first, departures=first.departures[:, :1])
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


def carried_on(placed: Array, origin: int) -> Array:
    """Departures by place (t, p) when none are known from day `origin` on.

    The mean of the last four weeks goes on, halved after the middle of the times of `projected`.
    """
    shortest, longest = HALF_LIFE
    ahead = np.arange(len(placed) - origin)[:, None] + 0.5
    recent = placed[max(origin - RECENT, 0) : origin].mean(axis=0)
    later = recent * 0.5 ** (ahead / np.sqrt(shortest * longest))
    return np.concatenate([placed[:origin], np.rint(later)])
