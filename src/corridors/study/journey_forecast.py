"""From a situation and a day of origin to persons by camp: what was known, and what follows.

`then` is the situation as it was known; `outlook` sets what the network says of the days ahead
beside what counts and plans say. A situation whose last count is older than the origin is told
today, so that everything in its files is known; otherwise the origin lies in its past, and what
came later is taken away (`journeys.departures`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridors import ensemble
from corridors.journeys import calibration, departures, learning
from corridors.journeys.calibration import ENDED, Past
from corridors.journeys.counts import Journeys
from corridors.journeys.departures import Known, from_totals, known_at
from corridors.journeys.learning import Ahead
from corridors.labels import Array
from corridors.study.journey_inputs import Prepared, from_file

__all__ = ["Answer", "Forecast", "Outlook", "forecast", "is_past", "outlook", "then"]


@dataclass(frozen=True)
class Outlook:
    """What a forecast of camps reads.

    Parameters
    ----------
    network : (t, draw, c) persons in camps or at their gates, from the day before the origin on
    told : share of the camps whose capacity is told
    arrivals_known : whether who arrives after the origin is known
    """

    known: Known
    ahead: Ahead
    network: Array
    told: float
    arrivals_known: bool

    @property
    def follows_the_network(self) -> bool:
        """Whether totals are what the network makes of departures that were told."""
        return self.arrivals_known and not self.ahead.counted


@dataclass(frozen=True)
class Forecast:
    """Persons by camp from the origin on: t day, c camp.

    Parameters
    ----------
    runs : (t, draw, c) by chance and parameters alone
    median : (t, c) of them
    draws : (t, draw, c) as far apart as past forecasts were from counts
    room : (t, c) capacities told, infinite where none is
    """

    runs: Array
    median: Array
    draws: Array
    room: Array
    known: Known
    ahead: Ahead

    @property
    def admitted(self) -> Array:
        """Share (t, c) of a camp's people who are inside; the others are at its gate."""
        share: Array = np.minimum(self.room / np.maximum(self.median, 1.0), 1.0)
        return share


@dataclass(frozen=True)
class Answer:
    """Journeys of a baseline or a what-if.

    Parameters
    ----------
    origin : first day not known, None where parameters were taken as they are
    fitted : parameters learnt from the counts before the origin
    known_totals : whether arrivals after the origin were known
    forecast : persons by camp from the origin on, where there is one
    """

    prepared: Prepared
    journeys: Journeys
    seed: int
    origin: int | None = None
    fitted: calibration.Fitted | None = None
    known_totals: bool = True
    forecast: Forecast | None = None

    @functools.cached_property
    def people(self) -> Array:
        """Persons (t, draw, p) at each place; in camps from the origin on as they are forecast."""
        people: Array = self.journeys.people.astype(float)
        if self.forecast is not None:
            ahead = self.forecast.draws * self.forecast.admitted[:, None, :]
            people[self.origin :, :, self.prepared.camps] = ahead
        return people

    @property
    def demand(self) -> Array:
        """Persons (t, draw, p) at each place or its gate."""
        demand: Array = (self.journeys.people + self.journeys.waiting).astype(float)
        if self.forecast is not None:
            demand[self.origin :, :, self.prepared.camps] = self.forecast.draws
        return demand

    @property
    def figure(self) -> Array:
        """Persons (t, p) at each place: mean of draws, in camps the median of their forecast."""
        figure: Array = self.journeys.people.mean(axis=1)
        if self.forecast is not None:
            ahead = self.forecast.median * self.forecast.admitted
            figure[self.origin :, self.prepared.camps] = ahead
        return figure

    @property
    def waiting(self) -> Array:
        """Persons (t, p) at the gate of each place."""
        waiting: Array = self.journeys.waiting.mean(axis=1)
        if self.forecast is not None:
            outside = self.forecast.median * (1.0 - self.forecast.admitted)
            waiting[self.origin :, self.prepared.camps] = outside
        return waiting

    @property
    def draws(self) -> int:
        """How many draws."""
        return int(self.journeys.people.shape[1])


# --- running ---------------------------------------------------------------------------------


def is_past(prepared: Prepared, origin: int) -> bool:
    """Whether counts of the origin or later days are in the files."""
    last = departures.last_count(prepared.file.situation)
    return last is not None and last >= prepared.days.dates[origin]


def then(
    prepared: Prepared, origin: int, *, arrivals_known: bool, past: bool, draws: int, seed: int
) -> Prepared:
    """The situation as known at the origin, with who sets out afterwards.

    Parameters
    ----------
    prepared : Prepared
    origin : int
        First day that is not known.
    arrivals_known : bool
        Whether arrivals after the origin are those of the files, else carried on from before it.
    past : bool
        Whether the origin lies in the past of the files: what they say of later days is taken away.
    draws, seed : int
        Of who sets out, where that is not known.

    Returns
    -------
    Prepared
        Departures (t, draw), or by place (t, p), persons a day.

    Raises
    ------
    InputError
        Nothing is left to start from.
    """
    before = prepared
    if past:
        situation = departures.published_by(prepared.file.situation, origin)
        file = replace(prepared.file, situation=situation)
        before = from_file(file, prepared.rules, prepared.declared, past=True)
    days = before.days
    if days.placed is not None:
        if not arrivals_known:
            days = replace(days, placed=learning.carried_on(days.placed, origin))
    elif arrivals_known and days.departures is not None:
        leaving = days.departures.copy()
        leaving[origin:, 0] = from_totals(prepared.totals[origin - 1 :])[1:]
        days = replace(days, departures=leaving)
    else:
        streams = ensemble.streams(seed)
        days = replace(days, departures=learning.projected(before.totals, origin, draws, streams))
    return replace(before, days=days)


def outlook(
    prepared: Prepared,
    before: Prepared,
    journeys: Journeys,
    origin: int,
    *,
    arrivals_known: bool,
    past: bool,
) -> Outlook:
    """What was known of the camps, and what is known or taken of the days ahead.

    Parameters
    ----------
    prepared : Prepared
    before : Prepared
        The situation of `then`, of which `journeys` are.
    journeys : Journeys
        Persons (t, draw, p).
    origin : int
        First day that is not known.
    arrivals_known, past : bool
        As `then`.

    Returns
    -------
    Outlook
        Persons known (o, c), and ahead: total (t,), arrivals (t,), room (t, c), the network's (t,
        c).

    Notes
    -----
    What `corridors.journeys.learning` forecasts from.
    """
    days = before.days.days - origin
    counts = known_at(before.file.situation, origin)
    draws = _network(before, journeys, origin)
    network = draws.mean(axis=1)
    counted = arrivals_known and past
    if counted:
        truth = prepared.totals
        total, arrivals = truth[origin:], np.cumsum(from_totals(truth[origin - 1 :])[1:])
    elif arrivals_known:
        total, arrivals = _as_the_network(counts, network)
    else:
        arrivals = learning.arrivals_ahead(counts, days)
        total = float(learning.brought_up(counts).sum()) + arrivals
    ahead = Ahead(
        total=total.astype(float),
        arrivals=arrivals,
        counted=counted,
        network=network,
        weight=np.zeros(days),
        room=_room(before, counts, origin),
        moved=_moved(before, counts, origin),
    )
    return Outlook(counts, ahead, draws, _share_told(before, origin), arrivals_known)


def _network(before: Prepared, journeys: Journeys, origin: int) -> Array:
    """Persons in camps or at their gates, from the day before the origin on; (t, draw, c)."""
    there: Array = journeys.people[origin - 1 :, :, before.camps].astype(float)
    there += journeys.waiting[origin - 1 :, :, before.camps]
    return there


def _as_the_network(counts: Known, network: Array) -> tuple[Array, Array]:
    """Totals and arrivals where departures are told: last counts, and what the network adds."""
    level = float(learning.brought_up(counts).sum())
    total = np.maximum(level + network[1:].sum(axis=1) - network[0].sum(), 0.0)
    return total, np.maximum.accumulate(np.maximum(total - level, 0.0))


def _runs(counts: Known, ahead: Ahead, network: Array, *, told: bool) -> Array:
    """The forecast of every draw of chance and parameters; (t, draw, c)."""
    runs = []
    for draw in range(network.shape[1]):
        of_draw = replace(ahead, network=network[:, draw])
        if told:
            total, arrivals = _as_the_network(counts, network[:, draw])
            of_draw = replace(of_draw, total=total, arrivals=arrivals)
        runs.append(learning.forecast(counts, of_draw))
    return np.stack(runs, axis=1)


def _room(before: Prepared, counts: Known, origin: int) -> Array:
    """Capacities told, from the origin on; 0 where a camp is shut, unless people are there."""
    camps = before.camps
    is_camp = before.roads.is_camp[camps]
    scaled = before.days.capacity[origin:, camps] * before.behaviour.capacity_scaling
    room = np.where(is_camp, scaled, np.inf)
    shut = before.days.shut[origin:, camps]
    # Registers outlive a camp that was shut before: who is still counted there is there.
    still = before.days.shut[origin - 1, camps] & (counts.level > 0)
    room = np.where(shut & ~still, 0.0, np.where(still & shut, np.inf, room))
    # Who is counted beyond a capacity is there all the same, until a plan changes it.
    before_that = before.days.capacity[origin - 1, camps] * before.behaviour.capacity_scaling
    return np.where((room == before_that) & (room > 0), np.maximum(room, counts.level), room)


def _moved(before: Prepared, counts: Known, origin: int) -> Array:
    """Persons whom plans relocate to each camp, so far; (t, c)."""
    names = before.counts.camps
    moved = np.zeros((before.days.days - origin, len(names)))
    for plan in before.file.situation.plans:
        if plan.kind != "relocation" or plan.day < origin or plan.place not in names:
            continue
        at, day = names.index(plan.place), plan.day - origin
        persons = counts.level[at] if plan.persons is None else plan.persons
        persons = min(persons, counts.level[at])
        moved[day:, at] -= persons
        if plan.to in names:
            moved[day:, names.index(plan.to)] += persons
    return moved


def forecast(
    ahead: Outlook, recorded: Mapping[str, Any], *, without: str, draws: int, seed: int
) -> Forecast:
    """Persons by camp, with the spread of past forecasts of other conflicts.

    Parameters
    ----------
    ahead : Outlook
        As `outlook` gives it, persons.
    recorded : past forecasts by kind and conflict, `data/reference/journey_errors.toml`
    without : the conflict that is forecast, which teaches nothing of itself
    draws, seed : int

    Returns
    -------
    Forecast
        Persons: runs (t, draw, c) of the network, median (t, c), draws (t, draw, c) with the spread
        of past errors, room (t, c).

    Notes
    -----
    The formulas of `corridors.journeys.learning` and `calibration`, scored in docs/journeys.md.
    """
    way = "known" if ahead.arrivals_known else "forecast"
    plain, told = (Past.of(recorded, kind, without=without) for kind in (way, f"{way}_told"))
    days = len(ahead.ahead.total)
    weight = (1.0 - ahead.told) * plain.weight(days) + ahead.told * told.weight(days)
    weighted = replace(ahead.ahead, weight=weight)
    runs = _runs(ahead.known, weighted, ahead.network, told=ahead.follows_the_network)
    median = np.median(runs, axis=1)
    others = told if ahead.told > 0.5 else plain
    spread = others.draws(
        median,
        draws,
        ensemble.streams(seed),
        origin=len(ahead.known.persons),
        age=ahead.known.age,
        together=not weighted.counted,
    )
    if not ahead.arrivals_known:
        level = learning.brought_up(ahead.known) + weighted.moved
        spread = _some_without_arrivals(spread, median, level)
    return Forecast(runs, median, spread, weighted.room, ahead.known, weighted)


def _share_told(before: Prepared, origin: int) -> float:
    """Share of the camps whose capacity is told; what others teach of plans holds as far."""
    camps = before.camps
    room = before.days.capacity[origin:, camps]
    told = (np.isfinite(room) & (room > 0)).any(axis=0)
    shut = (room <= 0).all(axis=0)
    return float(told.sum() / max(int((~shut).sum()), 1))


def _some_without_arrivals(draws: Array, median: Array, level: Array) -> Array:
    """Draws of which the lowest tenth end the arrivals at the origin; (t, draw, c)."""
    lowest = draws.sum(axis=(0, 2)).argsort()[: int(ENDED * draws.shape[1])]
    if not len(draws) or not lowest.size:
        return draws
    scale = np.maximum(level, 0.0) / np.maximum(median, 1.0)
    draws = draws.copy()
    draws[:, lowest] *= np.minimum(scale, 1.0)[:, None, :]
    return draws
