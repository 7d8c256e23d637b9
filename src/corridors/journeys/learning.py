"""Persons by camp from a day of origin on: the recent split, moved by the network and by plans.

Parameters of the network are fitted to the counts before the origin (`journeys.calibration`), the
camps are set to the last counts, and the journeys run on; how they share arrivals out over the
camps is what is taken from them.

Where nothing is told, a forecast of camps is persistence with a fade, because that is what can be
said: last counts brought up to the origin, arrivals shared out as they were of late, a part of them
evenly, and a part, learnt by horizon from other conflicts, as the network shares them out. What a
planner tells acts at once: whoever has no room goes elsewhere, nobody goes to a camp that is shut.

With K_c the last known count, d_c its age in days, h days after the last one known:

    L_c = K_c + g_c (10 / ln 2) (1 - 2^(-d_c / 10)),  g_c the least daily rise of 15, 30, 60 days
    q_c(h) = (1 - w(h)) ((1 - u(h)) s_c + u(h) / C) + w(h) n_c(h)
    F_c(h) = (L_c + A(h) q_c(h)) k_c(h)

s_c shares of the rises of the past, halved every 40 days; C camps that work; n_c shares of the
network's rises; A arrivals since the origin; k < 1 for camps whose register is not verified yet.

Letters: t day after the origin, o day before it, c camp.

Errors of past forecasts widen the draws on the scale under equation (53).
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from corridors.journeys import calibration
from corridors.journeys.calibration import Fitted
from corridors.journeys.choices import Behaviour
from corridors.journeys.counts import Journeys
from corridors.journeys.departures import Known, Registered, from_totals
from corridors.journeys.network import Network, Timetable
from corridors.journeys.step import run
from corridors.labels import Array, Streams
from corridors.parameters import Parameter

__all__ = [
    "Ahead",
    "arrivals_ahead",
    "baselines",
    "brought_up",
    "by_horizon",
    "carried_on",
    "filled",
    "forecast",
    "learn",
    "onward",
    "projected",
]

#: Days before the origin whose rise is carried on, and how it fades; judgement.
FOUR_WEEKS, HALF_LIVES = 28, (20.0, 180.0)


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
    """Weights (53) of candidate parameters from the counts before day `origin`.

    Parameters
    ----------
    roads, days, behaviour : Network, Timetable and Behaviour
    counts : Registered
        Persons (t, camp).
    declared : mapping of str to Parameter
        Priors, as `calibration.candidates` takes them.
    origin : int
        First day that is not known.
    tried : int
        Number of candidates.
    streams : function from a key to a random generator

    Returns
    -------
    Fitted
        Values, errors (shares of people) and weights, (candidate,) each.
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
    executor: Executor | None = None,
) -> Journeys:
    """Journeys with parameters weighed by (53), the camps set to the last counts before the origin.

    Parameters
    ----------
    roads, days, behaviour : Network, Timetable and Behaviour
    counts : Registered
        Persons (t, camp).
    fitted : Fitted
        As `learn` gives it.
    origin : int
        First day that is not known.
    draws : int
    streams : function from a key to a random generator
    executor : Executor, optional
        Who works on batches of draws.

    Returns
    -------
    Journeys
        Persons (t, draw, p) by place and (t, draw) by state.
    """
    camps = [roads.at(camp) for camp in counts.camps]
    counted = days.counted.copy()
    counted[origin - 1, camps] = counts.persons[origin - 1]
    likely = calibration.with_draws(behaviour, fitted, draws, streams)
    days = replace(days, counted=counted)
    return run(roads, days, likely, streams=streams, draws=draws, executor=executor)


def projected(total: Array, origin: int, draws: int, streams: Streams) -> Array:
    """Departures when nothing is known from day `origin` on.

    The mean rise of the last four weeks goes on, halved after a time that is drawn between 20 and
    180 days, evenly in its logarithm.

    Parameters
    ----------
    total : (t,) persons registered; read before the origin
    origin : int
        First day that is not known.
    draws : int
    streams : function from a key to a random generator

    Returns
    -------
    Array (t, draw) persons a day

    Notes
    -----
    A rule of this package: docs/journeys.md.
    """
    known = np.tile(from_totals(total[:origin])[:, None], (1, draws))
    recent = known[max(origin - FOUR_WEEKS, 0) :, 0].mean()
    shortest, longest = HALF_LIVES
    half_life = shortest * (longest / shortest) ** streams("journeys half-life of arrivals").random(
        draws
    )
    ahead = np.arange(len(total) - origin)[:, None] + 0.5
    return np.concatenate([known, np.rint(recent * 0.5 ** (ahead / half_life))])


def carried_on(placed: Array, origin: int) -> Array:
    """Departures by place when none are known from day `origin` on.

    The mean of the last four weeks goes on, halved after the middle of the times of `projected`.

    Parameters
    ----------
    placed : (t, p) persons a day
    origin : int
        First day that is not known.

    Returns
    -------
    Array (t, p) persons a day, whole numbers from the origin on

    Notes
    -----
    A rule of this package: docs/journeys.md.
    """
    shortest, longest = HALF_LIVES
    ahead = np.arange(len(placed) - origin)[:, None] + 0.5
    recent = placed[max(origin - FOUR_WEEKS, 0) : origin].mean(axis=0)
    later = recent * 0.5 ** (ahead / np.sqrt(shortest * longest))
    return np.concatenate([placed[:origin], np.rint(later)])


# --- shares of the arrivals ahead ----------------------------------------------------------------

#: Days after the origin between which constants run on straight lines.
HORIZONS = (15, 60, 180)
#: u: part of the arrivals that is shared out evenly over the camps that work.
EVEN = (0.15, 0.15, 0.30)
#: k: what a register that has not been verified is worth: they fall when they are checked.
UNVERIFIED = (1.0, 0.97, 0.90)
#: Days after which a rise of the past counts half, and after which a last slope does.
MEMORY, SLOPE = 40.0, 10.0
#: Days whose mean rise is carried on, and after which it is halved: ours, and the baselines'.
RECENT, HALF_LIFE, BASELINES_HALF_LIFE = 30, 70.0, 90.0
#: Part of the arrivals that goes to camps that a plan has opened since the origin, while they fill.
OPENED = 0.5


@dataclass(frozen=True)
class Ahead:
    """What is known, or taken, of the days from the origin on.

    Parameters
    ----------
    total : (t,) persons in all camps
    arrivals : (t,) since the origin
    counted : whether `total` comes from counts
    network : (t, c) persons by camp as the network has them, beginning with the day before
    weight : (t,) of the network
    room : (t, c) capacities told; 0 = shut, infinite = none told
    moved : (t, c) persons relocated to each camp so far
    """

    total: Array
    arrivals: Array
    counted: bool
    network: Array
    weight: Array
    room: Array
    moved: Array


def by_horizon(values: tuple[float, float, float], days: int) -> Array:
    """Constants of 15, 60 and 180 days on straight lines between them, as w(h), u(h) and k(h).

    Parameters
    ----------
    values : three shares
    days : int
        Ahead.

    Returns
    -------
    Array (t,) shares

    Notes
    -----
    Learnt from past conflicts: docs/journeys.md.
    """
    return np.interp(np.arange(days), HORIZONS, values)


def share(values: Array) -> Array:
    """Shares of what is above 0 on the last axis; even where nothing is."""
    values = np.maximum(values, 0.0)
    total = values.sum(axis=-1, keepdims=True)
    return np.where(total > 0, values / np.where(total > 0, total, 1.0), 1.0 / values.shape[-1])


def arrivals_ahead(known: Known, days: int, half_life: float = HALF_LIFE) -> Array:
    """Arrivals since the origin, A(h), where nothing is told of them.

    The mean daily rise of the last 30 days, halved every `half_life` days.

    Parameters
    ----------
    known : Known
        Persons (o, c) before the origin.
    days : int
        Ahead.
    half_life : float, days

    Returns
    -------
    Array (t,) persons since the origin

    Notes
    -----
    A rule of this package, scored in docs/journeys.md.
    """
    back = min(RECENT, len(known.persons) - 1)
    if back < 1:
        return np.zeros(days)
    total = known.persons.sum(axis=1)
    rate = max(float(total[-1] - total[-1 - back]), 0.0) / back
    return rate * _faded(np.arange(1.0, days + 1.0), half_life)


def _faded(days: Array, half_life: float) -> Array:
    """How many days' worth `days` days are when each is worth less than the one before."""
    return half_life / np.log(2.0) * (1.0 - 0.5 ** (days / half_life))


def baselines(known: Known, ahead: Ahead) -> dict[str, Array]:
    """Forecasts without a model, the persistence of (54) among them.

    `held`: the last counts. `last_shares`: the day's total in the shares of the last counts.
    `recent_split`: last counts, and arrivals as the rises of the last 30 days, set to the total.

    Parameters
    ----------
    known : Known
        Persons (o, c) before the origin.
    ahead : Ahead
        Persons: total (t,) and arrivals (t,), where they are counted.

    Returns
    -------
    dict of str to (t, c) array of persons
    """
    last = known.level
    if ahead.counted:
        total, came = ahead.total, ahead.arrivals
    else:
        leaving = from_totals(known.persons.sum(axis=1))
        back = min(RECENT, max(len(leaving) - 1, 1))
        fade = 0.5 ** ((np.arange(ahead.total.size) + 0.5) / BASELINES_HALF_LIFE)
        came = np.cumsum(leaving[-back:].mean() * fade)
        total = last.sum() + came
    rise = last - known.persons[-1 - min(RECENT, len(known.persons) - 1)]
    split = share(rise if (rise > 0).any() else last)
    recent = last + came[:, None] * split
    return {
        "held": np.tile(last, (total.size, 1)),
        "last_shares": total[:, None] * share(last),
        "recent_split": _set_to(recent, total),
    }


def _set_to(persons: Array, total: Array) -> Array:
    """The same shares with another total."""
    return total[:, None] * share(persons)


def brought_up(known: Known) -> Array:
    """Last counts, each carried from its date to the origin by its least recent rise: L_c.

    Parameters
    ----------
    known : Known
        Persons (o, c) before the origin, and the day of each camp's last count.

    Returns
    -------
    Array (c,) persons

    Notes
    -----
    First formula at the head of the module, of this package.
    """
    level, end = known.level.copy(), len(known.persons) - 1
    for camp, last in enumerate(known.last):
        day = int(last)
        if day < 1 or day >= end:
            continue
        starts = [max(day - span, 0) for span in (15, 30, 60)]
        rises = [
            max(known.persons[day, camp] - known.persons[start, camp], 0.0) / (day - start)
            for start in starts
        ]
        level[camp] += min(rises) * float(_faded(np.array(end - day), SLOPE))
    return level


def _recent_split(known: Known, level: Array) -> Array:
    """Shares of the rises by camp, those of 40 days ago counting half; (c,)."""
    rises = np.diff(np.vstack([known.persons, level]), axis=0)
    age = np.arange(len(rises))[::-1, None]
    risen = (rises * 0.5 ** (age / MEMORY)).sum(axis=0)
    return share(risen if (risen > 0).any() else level)


def forecast(known: Known, ahead: Ahead) -> Array:
    """Persons by camp from the origin on, F_c(h): the formulas at the head of the module.

    Parameters
    ----------
    known : Known
        Persons (o, c) before the origin.
    ahead : Ahead
        Persons: total (t,), arrivals (t,), room and moved (t, c); shares of the network (t, c).

    Returns
    -------
    Array (t, c) persons, adding up to `ahead.total`

    Notes
    -----
    Of this package; docs/journeys.md has its scores beside persistence.
    """
    level = brought_up(known)
    split = _split_ahead(known, ahead, level)
    if (ahead.room != ahead.room[0]).any():  # who came before a change went where one could then
        came = np.cumsum(np.diff(ahead.arrivals, prepend=0.0)[:, None] * split, axis=0)
    else:
        came = ahead.arrivals[:, None] * split
    persons = np.maximum(level + ahead.moved, 0.0) + came
    if ahead.counted:
        worth = by_horizon(UNVERIFIED, len(persons))[:, None]
        persons = np.where(known.verified, persons, persons * worth)
    return filled(_set_to(persons, ahead.total), ahead.room, split)


def _split_ahead(known: Known, ahead: Ahead, level: Array) -> Array:
    """Shares of the arrivals of each day; (t, c)."""
    days = len(ahead.total)
    works = ahead.room > 0
    peopled = works & ((level > 0) | (ahead.moved > 0) | np.isfinite(ahead.room))
    peopled = np.where(peopled.any(axis=1, keepdims=True), peopled, works)
    even = by_horizon(EVEN, days)[:, None]
    recent = share(np.where(works, _recent_split(known, level), 0.0))
    split = (1.0 - even) * recent + even * share(peopled.astype(float))
    rises = np.maximum(ahead.network[1:] - ahead.network[0], 0.0)
    weight = np.where(rises.sum(axis=1) > 0, ahead.weight, 0.0)[:, None]
    split = (1.0 - weight) * split + weight * share(rises)
    opened = works & (level <= 0)
    new = OPENED * opened.any(axis=1, keepdims=True) * (level > 0).any()
    room = np.where(opened, np.minimum(ahead.room, max(float(ahead.total.max()), 1.0)), 0.0)
    split = (1.0 - new) * split + new * share(room)
    return share(np.where(works, split, 0.0))


def filled(persons: Array, room: Array, split: Array) -> Array:
    """Persons by camp where whoever has no room goes to the camps that have, as arrivals do.

    Where no camp has room, people stand outside: each camp is as far beyond its capacity as its
    share of the arrivals says.

    Parameters
    ----------
    persons : (t, c) persons
    room : (t, c) persons, infinite where not limited
    split : (t, c) share of arrivals

    Returns
    -------
    Array (t, c) persons, with the sums of `persons`

    Notes
    -----
    A rule of this package: docs/journeys.md.
    """
    limited = np.isfinite(room).any()
    if not limited:
        return persons
    persons = persons.copy()
    for _ in range(persons.shape[1] + 1):
        left = np.maximum(persons - room, 0.0).sum(axis=1, keepdims=True)
        if left.max(initial=0.0) < 0.5:
            return persons
        inside = np.minimum(persons, room)
        takers = np.where(inside < room, np.maximum(split, 1e-9), 0.0)
        some = takers.sum(axis=1, keepdims=True)
        persons = np.where(
            some > 0, inside + left * takers / np.where(some > 0, some, 1.0), persons
        )
        if not (some > 0).any():
            break
    works = np.where(room > 0, np.maximum(split, 1e-9), 0.0)
    outside = np.maximum(persons - room, 0.0).sum(axis=1, keepdims=True)
    works = np.where(works.any(axis=1, keepdims=True), works, 1.0)
    return np.minimum(persons, room) + outside * share(works)
