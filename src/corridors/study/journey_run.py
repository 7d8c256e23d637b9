"""Journeys from files to tables: prepare, run, compare.

A name is a Flee folder, a journey file of our own format, or one that ships. With the default
rules and registrations to learn from, parameters are fitted to the first of them
(`journeys.learning`); with the rules `flee` the reference simulator is reproduced as it stands.
What-ifs meet the same luck and the same parameters as the baseline.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson

from corridors import ensemble
from corridors.errors import InputError, Problem
from corridors.journeys import calibration, departures, learning, mortality_risk, network, reception
from corridors.journeys.behaviour import Behaviour, Group, behaviour
from corridors.journeys.choices import origins
from corridors.journeys.counts import Journeys
from corridors.journeys.counts import run as run_journeys
from corridors.journeys.departures import Registered
from corridors.journeys.network import Network, Timetable
from corridors.parameters import Parameter, declared, override
from corridors.readers import journeys_folder
from corridors.readers.journeys_folder import JourneyFile, WhatIf
from corridors.study import caravans
from corridors.study.journey_tables import (
    as_dates,
    asylum_table,
    change_table,
    day_place,
    geography,
    hide_few,
    made,
    place_table,
    what_if_tables,
    without_few,
)
from corridors.world import Result

__all__ = [
    "FIRST",
    "Answer",
    "Prepared",
    "answer",
    "compare",
    "from_file",
    "prepare",
    "run",
]

Array = NDArray[np.float64]

#: Share of the days whose counts parameters are fitted to, where no origin is given.
FIRST = 0.2
#: Candidate parameters that a fit tries.
TRIED = 48


@dataclass(frozen=True)
class Prepared:
    """A situation as arrays, under one set of rules.

    Parameters
    ----------
    counts : Registered
        Persons registered, day by day.
    warnings : tuple of Problem
        Everything a reader of the results should know about the inputs.
    declared : mapping of str to Parameter
        What is known of each parameter, with what the asker put in its place.
    """

    file: JourneyFile
    rules: str
    roads: Network
    days: Timetable
    behaviour: Behaviour
    counts: Registered
    warnings: tuple[Problem, ...]
    declared: Mapping[str, Parameter]

    @property
    def camps(self) -> list[int]:
        """Positions of the places with registrations."""
        return [self.roads.at(camp) for camp in self.counts.camps]

    @property
    def capacity(self) -> Array:
        """(t, p) persons a camp has room for; infinite where nothing is known or it is shut."""
        scaled = self.days.capacity * self.behaviour.capacity_scaling
        return np.where(self.roads.is_camp & ~self.days.shut, scaled, np.inf)


@dataclass(frozen=True)
class Answer:
    """Journeys of a baseline or a what-if.

    Parameters
    ----------
    origin : first day not known, None where parameters were taken as they are
    fitted : parameters learnt from the counts before the origin
    known_totals : whether arrivals after the origin were known
    """

    prepared: Prepared
    journeys: Journeys
    seed: int
    origin: int | None = None
    fitted: calibration.Fitted | None = None
    known_totals: bool = True

    @functools.cached_property
    def people(self) -> Array:
        """(t, draw, p) at each place, in camps with the errors of past forecasts."""
        found = self.journeys.people.astype(float)
        if self.origin is not None:
            camps = self.prepared.camps
            found[:, :, camps] = learning.with_past_errors(
                found[:, :, camps],
                origin=self.origin,
                streams=ensemble.streams(self.seed),
                known_totals=self.known_totals,
                without=self.prepared.file.situation.name,
            )
        return found

    @property
    def demand(self) -> Array:
        """(t, draw, p) at each place or its gate."""
        return self.people + self.journeys.waiting

    @property
    def draws(self) -> int:
        """How many draws."""
        return int(self.journeys.people.shape[1])


def prepare(name: str | Path, rules: str = "default") -> Prepared:
    """Read and check a situation.

    Raises
    ------
    SourceError, InputError
        A file is missing, or something in it is wrong: every problem at once.
    """
    return from_file(journeys_folder.read(name), rules)


def from_file(
    file: JourneyFile, rules: str, known: Mapping[str, Parameter] | None = None
) -> Prepared:
    """A situation that has been read, as `prepare` gives it."""
    known = declared("journeys") if known is None else known
    situation = file.situation
    where = "simsetting.yml" if "simsetting.yml" in str(situation.inputs) else "settings"
    acts, notes = behaviour(known, rules, situation.settings, where)
    if file.groups:
        groups = tuple(Group(**one) for one in file.groups)
        acts = acts.with_(groups=groups)
    roads, more = network.network(situation, literal=acts.literal)
    notes += more if file.caravan is None else []  # its shelters need no road
    days, more = network.timetable(situation, roads, literal=acts.literal)
    notes += more
    counts, more = departures.registered(situation)
    notes += more
    days = departures.with_departures(
        situation,
        roads,
        days,
        counts,
        from_camps=acts.from_camps,
        present_at_start=acts.present_at_start,
    )
    notes += _nowhere_to_start(roads, days, acts)
    warnings = (*situation.warnings, *notes)
    return Prepared(file, rules, roads, days, acts, counts, warnings, known)


def _nowhere_to_start(roads: Network, days: Timetable, acts: Behaviour) -> list[Problem]:
    """Days on which people set out but no place in conflict with people is there."""
    if days.departures is None:
        return []
    lost = (origins(roads, days, acts).sum(axis=1) <= 0) & days.departures.any(axis=1)
    if not lost.any():
        return []
    persons = days.departures[lost].sum()
    what = (
        f"{persons:.0f} persons of {int(lost.sum())} days have no place in conflict to set out from"
    )
    return [Problem("conflicts.csv", what, "They are left out; give intensities and populations")]


# --- running ---------------------------------------------------------------------------------


def answer(
    found: Prepared,
    *,
    draws: int,
    seed: int = 1,
    origin: int | None = None,
    fitted: calibration.Fitted | None = None,
    known_totals: bool = True,
) -> Answer:
    """Journeys of a situation; with an origin, fitted to the counts before it.

    Parameters
    ----------
    origin : int, optional
        First day that is not known; None runs the parameters as they are.
    fitted : Fitted, optional
        Parameters learnt before; by default they are learnt here.
    known_totals : bool
        Whether arrivals after the origin are taken from the counts or carried on from before it.

    Raises
    ------
    InputError
        The origin is not inside the period, or there are no counts to learn from.
    """
    if origin is not None:
        _require_origin(found, origin)
    streams = ensemble.streams(seed)
    roads, days, acts, counts = found.roads, found.days, found.behaviour, found.counts
    if origin is None:
        done = run_journeys(roads, days, acts, streams=streams, draws=draws)
        return Answer(found, done, seed)
    if fitted is None:
        fitted = learning.learn(
            roads,
            days,
            acts,
            counts,
            found.declared,
            origin=origin,
            tried=TRIED,
            streams=streams,
        )
    if not known_totals:
        total = counts.persons.sum(axis=1)
        days = replace(days, departures=learning.projected(total, origin, draws, streams))
    done = learning.onward(
        roads, days, acts, counts, fitted, origin=origin, draws=draws, streams=streams
    )
    return Answer(found, done, seed, origin, fitted, known_totals)


def _require_origin(found: Prepared, origin: int) -> None:
    name, last = found.file.situation.name, found.days.days - 1
    if not found.counts.camps:
        fix = "Leave the origin out, or add counts"
        raise InputError(Problem(name, "has no registrations to learn from", fix))
    if not 2 <= origin <= last:
        fix = f"Give a day from 2 to {last}"
        raise InputError(Problem("origin", f"day {origin} is not inside the period", fix))


def default_origin(found: Prepared) -> int | None:
    """The day after the last count, or a fifth of the period where counts cover it all."""
    if found.behaviour.literal or not found.counts.camps:
        return None
    after, days = _after_counts(found), found.days.days
    origin = after if after < days else int(FIRST * days)
    return origin if origin > 1 else None


def _after_counts(found: Prepared) -> int:
    """The day after the last count."""
    situation = found.file.situation
    last = max(day for one in situation.counts for series in one.series for day, _ in series)
    return (last - situation.first_day).days + 1


def _knows_totals(found: Prepared, origin: int | None) -> bool:
    """Whether who sets out after the origin is in the files."""
    return origin is None or found.days.placed is not None or origin < _after_counts(found)


def _begin(found: Prepared, draws: int, seed: int, origin: int | None) -> Answer:
    """Journeys of a situation, from the origin asked for or the usual one."""
    origin = default_origin(found) if origin is None else origin
    known = _knows_totals(found, origin)
    return answer(found, draws=draws, seed=seed, origin=origin, known_totals=known)


def run(
    name: str | Path,
    *,
    rules: str = "default",
    draws: int = 100,
    seed: int = 1,
    origin: int | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Result:
    """Journeys of a situation as long tables, with a manifest of inputs and settings.

    Parameters
    ----------
    parameters : mapping of str to number or table, optional
        Values or priors in place of the package's, see `corridors.parameters`; they also take the
        place of the situation's own settings.

    Tables: `places`, `links`, `shortfalls`, `shortfall_days`, `needs`, `arrivals`, `asylum`,
    `dangers`, `registered`, `warnings`, `parameters`, `spots`, `roads`. Counts between 0 and 50
    persons are not given (`few` is true).
    """
    file = journeys_folder.read(name)
    known = _overridden(file, parameters or {})
    if file.caravan is not None:
        return caravans.run(file, draws=draws, seed=seed)
    done = _begin(from_file(file, rules, known), draws, seed, origin)
    listed = _tables(done)
    return Result(listed, _manifest(done, listed))


def _overridden(file: JourneyFile, given: Mapping[str, Any]) -> dict[str, Parameter]:
    """The parameters of journeys with the asker's in their place; a caravan reads none of them."""
    if file.caravan is not None and given:
        what = f"the caravan reads no parameter {', '.join(given)}"
        raise InputError(Problem("parameters", what, "Change its file instead"))
    return override(given, ("journeys",))["journeys"]


def _tables(done: Answer) -> dict[str, pd.DataFrame]:
    """The tables of an answer."""
    found, journeys, demand = done.prepared, done.journeys, done.demand
    dates = found.days.dates
    camps = found.roads.is_camp.nonzero()[0]
    names = [found.roads.places[at] for at in camps]
    return {
        "places": place_table(
            done.people,
            dates,
            found.roads.places,
            journeys.people.mean(axis=1),
            waiting=journeys.waiting.mean(axis=1),
        ),
        "links": _links(done),
        "shortfalls": _shortfalls(done),
        "shortfall_days": _shortfall_days(done),
        "needs": reception.needs(without_few(demand[:, :, camps]), names, dates),
        "arrivals": reception.arrivals(journeys.arrived[:, :, camps], names, dates),
        "warnings": pd.DataFrame(
            [(one.where, one.what, one.fix) for one in found.warnings],
            columns=["where", "what", "fix"],
        ),
        "parameters": _parameters(done),
        "registered": _registered(done),
        "dangers": _dangers(done),
        "asylum": asylum_table(demand[-1], found.roads.countries, _left(found)),
        **geography(found.file.situation),
    }


def _left(found: Prepared) -> set[str]:
    """Countries people set out from."""
    roads, days = found.roads, found.days
    starts = origins(roads, days, found.behaviour) if days.placed is None else days.placed
    return {roads.countries[at] for at in np.flatnonzero(starts.any(axis=0))}


def _links(done: Answer) -> pd.DataFrame:
    """Persons who set out on each link and day, who were kept back, and who died on it."""
    found, journeys = done.prepared, done.journeys
    used = journeys.used > 0
    day, link = used.nonzero()
    names = np.array(found.roads.link_names(), dtype=object)
    dates = as_dates(found.days.dates)
    rows = pd.DataFrame(
        {
            "date": dates[day],
            "link": names[link],
            "persons": journeys.used[used],
            "kept_back": journeys.held[used],
            "expected_deaths": journeys.deaths[used],
            "price_usd": journeys.used[used] * found.roads.price_usd[link],
        }
    )
    return hide_few(rows, ["persons", "kept_back"])


def _shortfalls(done: Answer) -> pd.DataFrame:
    found = done.prepared
    about = (found.capacity, found.roads.places, found.days.dates, done.origin or 0)
    rows = reception.shortfall(done.demand, *about)
    return hide_few(rows, ["peak", "extra_places"]) if len(rows) else rows


def _shortfall_days(done: Answer) -> pd.DataFrame:
    found = done.prepared
    known = np.flatnonzero(np.isfinite(found.capacity).any(axis=0))
    capacity = found.capacity[:, known]
    by_day = reception.shortfall_by_day(done.demand[:, :, known], capacity)
    columns = day_place(found.days.dates, [found.roads.places[at] for at in known])
    columns["capacity"] = capacity.ravel()
    rows = pd.DataFrame(columns | {name: values.ravel() for name, values in by_day.items()})
    return hide_few(rows, ["missing", "extra"])


def _dangers(done: Answer) -> pd.DataFrame:
    """Passages, expected deaths with the 80 per cent interval, and what they pay, by road."""
    found, streams = done.prepared, ensemble.streams(done.seed)
    names, roads = found.roads.link_names(), found.file.situation.roads
    rows = []
    for link, passages in enumerate(done.journeys.used.sum(axis=0)):
        road = roads[found.roads.road[link]]
        risk, fee = found.roads.deaths[link], found.roads.price_usd[link]
        if risk <= 0 and fee <= 0:
            continue
        sources = [road.where]
        if road.danger:
            many, group = np.full(400, passages), road.together or 1.0
            mean, low, high = mortality_risk.deaths(many, road.danger, streams, group=group)
            sources.append(
                f"{mortality_risk.routes()[road.danger]}: deaths and crossings of past years"
            )
        else:
            mean = passages * risk
            low, high = (float(poisson.ppf(end, mean)) for end in (0.1, 0.9))
        prices = (fee, fee, fee)
        if road.price:
            about = mortality_risk.price(road.price)
            prices = (fee, about["low"], about["high"])
            sources.append(f"{about['title']}, {about['unit']}: {about['source']}")
        paid = tuple(passages * one for one in prices)
        rows.append((names[link], passages, mean, low, high, *paid, "; ".join(sources)))
    columns = "link passages expected_deaths deaths_low80 deaths_high80 usd usd_low usd_high source"
    return hide_few(pd.DataFrame(rows, columns=columns.split()), ["passages"])


def _registered(done: Answer) -> pd.DataFrame:
    """Registrations by camp and day, interpolated, as they were compared or learnt from."""
    counts = done.prepared.counts
    rows = pd.DataFrame(day_place(done.prepared.days.dates, counts.camps))
    return rows.assign(persons=counts.persons.ravel())


def _parameters(done: Answer) -> pd.DataFrame:
    """Every parameter: value used (mean over draws), unit, kind and source."""
    fitted = {} if done.fitted is None else done.fitted.mean()
    rows = []
    for name, about in done.prepared.declared.items():
        value = fitted.get(name, getattr(done.prepared.behaviour, name))
        rows.append(
            {
                "parameter": name,
                "title": about.title,
                "value": str(value if not isinstance(value, float) else round(value, 4)),
                "unit": about.unit,
                "kind": "modelled" if name in fitted else about.kind,
                "source": "fitted to the first counts" if name in fitted else about.source,
            }
        )
    return pd.DataFrame(rows)


def _manifest(done: Answer, listed: dict[str, pd.DataFrame], **more: Any) -> dict[str, Any]:
    """How the answer was made."""
    found = done.prepared
    return made(
        found.file.situation,
        listed,
        title=found.file.title,
        question=found.file.question,
        rules=found.rules,
        draws=done.draws,
        seed=done.seed,
        origin=None if done.origin is None else found.days.dates[done.origin].isoformat(),
        warnings=[str(one) for one in found.warnings],
        **more,
    )


# --- what-ifs --------------------------------------------------------------------------------


def compare(
    name: str | Path,
    *,
    what_ifs: str | Path | None = None,
    rules: str = "default",
    draws: int = 100,
    seed: int = 1,
    origin: int | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Result:
    """A baseline and its what-ifs, draw by draw under the same luck and parameters.

    Tables: those of `run` for the baseline, and `differences` (what_if, date, place, persons more
    than in the baseline, with the 80 per cent interval of the difference) and `what_if_shortfalls`.
    """
    file = journeys_folder.read(name)
    if what_ifs is not None:
        asked = journeys_folder.read_what_ifs(Path(what_ifs), file.situation)
        file = replace(file, what_ifs=asked)
    if not file.what_ifs:
        fix = "Add [[what_if]] to the file, or name one with --what-if FILE.toml"
        raise InputError(Problem(file.situation.name, "has no what-if", fix))
    known = _overridden(file, parameters or {})
    if file.caravan is not None:
        return caravans.compare(file, draws=draws, seed=seed)
    base = _begin(from_file(file, rules, known), draws, seed, origin)
    listed, before = _tables(base), _everybody(base)
    parts, missing = [], {"baseline": listed["shortfalls"]}
    for one in file.what_ifs:
        other = _what_if(base, one)
        dates = other.prepared.days.dates
        parts.append(change_table(one.name, before, _everybody(other), dates))
        missing[one.name] = _shortfalls(other)
    listed |= what_if_tables(parts, missing)
    titles = {one.name: one.title for one in file.what_ifs}
    return Result(listed, _manifest(base, listed, what_ifs=titles))


def _what_if(base: Answer, one: WhatIf) -> Answer:
    """The baseline with changes, from the same fitted parameters."""
    file = base.prepared.file
    changed = replace(file, situation=file.situation.with_changes(one.changes))
    found = from_file(changed, base.prepared.rules, base.prepared.declared)
    return answer(
        found,
        draws=base.draws,
        seed=base.seed,
        origin=base.origin,
        fitted=base.fitted,
        known_totals=base.known_totals,
    )


def _everybody(done: Answer) -> tuple[NDArray[Any], tuple[str, ...]]:
    """People of every draw at each place or its gate, errors of past forecasts left out."""
    journeys = done.journeys
    return journeys.people + journeys.waiting, done.prepared.roads.places
