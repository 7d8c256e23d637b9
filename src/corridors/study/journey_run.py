"""Journeys from files to tables: run, compare.

A name is a Flee folder, a journey file of our own format, or one that ships. With the default
rules and registrations to learn from, parameters are fitted to the first of them
(`journeys.learning`); with the rules `flee` the reference simulator is reproduced as it stands.
What-ifs meet the same luck and the same parameters as the baseline.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import poisson

from corridors import ensemble
from corridors.errors import InputError, Problem
from corridors.journeys import calibration, learning, mortality_risk, reception, step
from corridors.journeys.choices import origins
from corridors.journeys.counts import Journeys
from corridors.labels import Array, Counted
from corridors.parameters import Parameter, override
from corridors.readers import journeys_folder
from corridors.readers.journeys_folder import JourneyFile, WhatIf
from corridors.study import caravans
from corridors.study.journey_forecast import Forecast, forecast, is_past, then
from corridors.study.journey_inputs import Prepared, from_file, reference
from corridors.study.journey_tables import (
    as_dates,
    asylum_table,
    change_table,
    day_place,
    geography,
    hide_few,
    manifest,
    place_table,
    what_if_tables,
    without_few,
)
from corridors.world import Result

__all__ = [
    "FIRST",
    "Answer",
    "answer",
    "compare",
    "run",
]

#: Share of the days whose counts parameters are fitted to, where no origin is given.
FIRST = 0.2
#: Candidate parameters that a fit tries.
TRIED = 48
#: Days x draws x places x groups that are kept at once: some 40 bytes each.
MOST_CELLS = 100_000_000
#: Draws of a route's risk behind the interval of its deaths.
DEATH_DRAWS = 400


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
        """(t, draw, p) at each place; in camps from the origin on as they are forecast."""
        people: Array = self.journeys.people.astype(float)
        if self.forecast is not None:
            ahead = self.forecast.draws * self.forecast.admitted[:, None, :]
            people[self.origin :, :, self.prepared.camps] = ahead
        return people

    @property
    def demand(self) -> Array:
        """(t, draw, p) at each place or its gate."""
        demand: Array = (self.journeys.people + self.journeys.waiting).astype(float)
        if self.forecast is not None:
            demand[self.origin :, :, self.prepared.camps] = self.forecast.draws
        return demand

    @property
    def figure(self) -> Array:
        """(t, p) persons at each place: mean of draws, in camps the median of their forecast."""
        figure: Array = self.journeys.people.mean(axis=1)
        if self.forecast is not None:
            ahead = self.forecast.median * self.forecast.admitted
            figure[self.origin :, self.prepared.camps] = ahead
        return figure

    @property
    def waiting(self) -> Array:
        """(t, p) persons at the gate of each place."""
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


def answer(
    prepared: Prepared,
    *,
    draws: int,
    seed: int = 1,
    origin: int | None = None,
    fitted: calibration.Fitted | None = None,
    known_totals: bool = True,
    past: bool | None = None,
) -> Answer:
    """Journeys of a situation; with an origin, from what was known on that day.

    Parameters
    ----------
    origin : int, optional
        First day that is not known; None runs the parameters as they are.
    fitted : Fitted, optional
        Parameters learnt before; by default they are learnt here.
    known_totals : bool
        Whether arrivals after the origin are taken from the counts or carried on from before it.
    past : bool, optional
        Whether what the files say of later days than the origin is taken away; by default where
        they hold counts of such days.

    Raises
    ------
    InputError
        The origin is not inside the period, or there are no counts to learn from.
    """
    _require_room(prepared, draws)
    streams = ensemble.streams(seed)
    if origin is None:
        setting = (prepared.roads, prepared.days, prepared.behaviour)
        return Answer(prepared, step.run(*setting, streams=streams, draws=draws), seed)
    _require_origin(prepared, origin)
    past = is_past(prepared, origin) if past is None else past
    before = then(prepared, origin, arrivals_known=known_totals, past=past, draws=draws, seed=seed)
    about = (before.roads, before.days, before.behaviour, before.counts)
    if fitted is None:
        fitted = learning.learn(
            *about, before.declared, origin=origin, tried=TRIED, streams=streams
        )
    done = learning.onward(*about, fitted, origin=origin, draws=draws, streams=streams)
    ahead = forecast(
        prepared,
        before,
        done,
        origin,
        reference("journey_errors"),
        arrivals_known=known_totals,
        past=past,
        seed=seed,
    )
    return Answer(prepared, done, seed, origin, fitted, known_totals, ahead)


def _require_room(prepared: Prepared, draws: int) -> None:
    """Refuse more days, draws and places than there is memory for, before it is taken."""
    days, places = prepared.days.days, len(prepared.roads.places)
    cells = days * draws * places * len(prepared.behaviour.groups)
    if cells > MOST_CELLS:
        what = f"{days} days x {draws} draws x {places} places are more than can be kept"
        most = max(MOST_CELLS * draws // cells, 1)
        fix = f"Use at most {most} draws, or fewer days"
        raise InputError(Problem("draws", what, fix))


def _require_origin(prepared: Prepared, origin: int) -> None:
    name, last = prepared.file.situation.name, prepared.days.days - 1
    if not prepared.counts.camps:
        fix = "Leave the origin out, or add counts"
        raise InputError(Problem(name, "has no registrations to learn from", fix))
    if not 2 <= origin <= last:
        fix = f"Give a day from 2 to {last}"
        raise InputError(Problem("origin", f"day {origin} is not inside the period", fix))


def default_origin(prepared: Prepared) -> int | None:
    """The day after the last count, or a fifth of the period where counts cover it all."""
    if prepared.behaviour.literal or not prepared.counts.camps:
        return None
    after, days = _after_counts(prepared), prepared.days.days
    origin = after if after < days else int(FIRST * days)
    return origin if origin > 1 else None


def _after_counts(prepared: Prepared) -> int:
    """The day after the last count."""
    situation = prepared.file.situation
    last = max(day for counts in situation.counts for series in counts.series for day, _ in series)
    return (last - situation.first_day).days + 1


def _knows_totals(prepared: Prepared, origin: int | None) -> bool:
    """Whether who sets out after the origin is in the files."""
    return origin is None or prepared.days.placed is not None or origin < _after_counts(prepared)


def _begin(prepared: Prepared, draws: int, seed: int, origin: int | None) -> Answer:
    """Journeys of a situation, from the origin asked for or the usual one."""
    origin = default_origin(prepared) if origin is None else origin
    known = _knows_totals(prepared, origin)
    return answer(prepared, draws=draws, seed=seed, origin=origin, known_totals=known)


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
    prepared, journeys, demand = done.prepared, done.journeys, done.demand
    dates = prepared.days.dates
    camps = prepared.roads.is_camp.nonzero()[0]
    names = [prepared.roads.places[at] for at in camps]
    return {
        "places": _there(done),
        "links": _links(done),
        "shortfalls": _shortfalls(done),
        "shortfall_days": _shortfall_days(done),
        "needs": reception.needs(
            without_few(demand[:, :, camps]), names, dates, reference("needs")
        ),
        "arrivals": reception.arrivals(journeys.arrived[:, :, camps], names, dates),
        "warnings": pd.DataFrame(
            [(warning.where, warning.what, warning.fix) for warning in prepared.warnings],
            columns=["where", "what", "fix"],
        ),
        "parameters": _parameters(done),
        "registered": _registered(done),
        "dangers": _dangers(done),
        "asylum": asylum_table(demand[-1], prepared.roads.countries, _left(prepared)),
        **geography(prepared.file.situation),
    }


def _there(done: Answer) -> pd.DataFrame:
    """Who is at each place on each day, and who waits before its gate."""
    prepared = done.prepared
    return place_table(
        done.people,
        prepared.days.dates,
        prepared.roads.places,
        done.figure,
        waiting=done.waiting,
    )


def _left(prepared: Prepared) -> set[str]:
    """Countries people set out from."""
    roads, days = prepared.roads, prepared.days
    starts = origins(roads, days, prepared.behaviour) if days.placed is None else days.placed
    return {roads.countries[at] for at in np.flatnonzero(starts.any(axis=0))}


def _links(done: Answer) -> pd.DataFrame:
    """Persons who set out on each link and day, who were kept back, and who died on it."""
    prepared, journeys = done.prepared, done.journeys
    used = journeys.used > 0
    day, link = used.nonzero()
    names = np.array(prepared.roads.link_names(), dtype=object)
    dates = as_dates(prepared.days.dates)
    rows = pd.DataFrame(
        {
            "date": dates[day],
            "link": names[link],
            "persons": journeys.used[used],
            "kept_back": journeys.held[used],
            "expected_deaths": journeys.deaths[used],
            "price_usd": journeys.used[used] * prepared.roads.price_usd[link],
        }
    )
    return hide_few(rows, ["persons", "kept_back"])


def _shortfalls(done: Answer) -> pd.DataFrame:
    prepared = done.prepared
    about = (prepared.capacity, prepared.roads.places, prepared.days.dates, done.origin or 0)
    rows = reception.shortfall(done.demand, *about)
    return hide_few(rows, ["peak", "extra_places"]) if len(rows) else rows


def _shortfall_days(done: Answer) -> pd.DataFrame:
    prepared = done.prepared
    known = np.flatnonzero(np.isfinite(prepared.capacity).any(axis=0))
    capacity = prepared.capacity[:, known]
    by_day = reception.shortfall_by_day(done.demand[:, :, known], capacity)
    columns = day_place(prepared.days.dates, [prepared.roads.places[at] for at in known])
    columns["capacity"] = capacity.ravel()
    rows = pd.DataFrame(columns | {name: values.ravel() for name, values in by_day.items()})
    return hide_few(rows, ["missing", "extra"])


def _dangers(done: Answer) -> pd.DataFrame:
    """Passages, expected deaths with the 80 per cent interval, and what they pay, by road."""
    prepared, streams = done.prepared, ensemble.streams(done.seed)
    dangers = reference("dangers")
    names, roads = prepared.roads.link_names(), prepared.file.situation.roads
    rows = []
    for link, passages in enumerate(done.journeys.used.sum(axis=0)):
        road = roads[prepared.roads.road[link]]
        risk, fee = prepared.roads.deaths[link], prepared.roads.price_usd[link]
        if risk <= 0 and fee <= 0:
            continue
        sources = [road.where]
        if road.danger:
            many, group = np.full(DEATH_DRAWS, passages), road.together or 1.0
            mean, lower, upper = mortality_risk.deaths(
                dangers, many, road.danger, streams, group=group
            )
            title = mortality_risk.routes(dangers)[road.danger]
            sources.append(f"{title}: deaths and crossings of past years")
        else:
            mean = passages * risk
            lower, upper = (float(poisson.ppf(end, mean)) for end in (0.1, 0.9))
        prices = (fee, fee, fee)
        if road.price:
            about = mortality_risk.price(dangers, road.price)
            prices = (fee, about["lower"], about["upper"])
            sources.append(f"{about['title']}, {about['unit']}: {about['source']}")
        paid = tuple(passages * price for price in prices)
        rows.append((names[link], passages, mean, lower, upper, *paid, "; ".join(sources)))
    columns = ["link", "passages", "expected_deaths", "deaths_lower_80", "deaths_upper_80"]
    columns += ["usd", "usd_lower", "usd_upper", "source"]
    return hide_few(pd.DataFrame(rows, columns=columns), ["passages"])


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
    prepared = done.prepared
    return manifest(
        prepared.file.situation,
        listed,
        title=prepared.file.title,
        question=prepared.file.question,
        rules=prepared.rules,
        draws=done.draws,
        seed=done.seed,
        origin=None if done.origin is None else prepared.days.dates[done.origin].isoformat(),
        warnings=[str(warning) for warning in prepared.warnings],
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
    than in the baseline, with the 80 per cent interval of the difference), `what_if_places` (as
    `places`, by what-if) and `what_if_shortfalls`.
    """
    file = journeys_folder.read(name)
    if what_ifs is not None:
        asked, notes = journeys_folder.read_what_ifs(Path(what_ifs), file.situation)
        situation = file.situation
        warnings = (*situation.warnings, *notes)
        file = replace(file, what_ifs=asked, situation=replace(situation, warnings=warnings))
    if not file.what_ifs:
        fix = "Add [[what_if]] to the file, or name one with --what-if FILE.toml"
        raise InputError(Problem(file.situation.name, "has no what-if", fix))
    known = _overridden(file, parameters or {})
    if file.caravan is not None:
        return caravans.compare(file, draws=draws, seed=seed)
    base = _begin(from_file(file, rules, known), draws, seed, origin)
    others = [_what_if(base, what_if) for what_if in file.what_ifs]
    base = _with_their_warnings(base, file.what_ifs, others)
    listed, before = _tables(base), _everybody(base)
    parts, missing, there = [], {"baseline": listed["shortfalls"]}, {}
    for what_if, other in zip(file.what_ifs, others, strict=True):
        dates = other.prepared.days.dates
        parts.append(change_table(what_if.name, before, _everybody(other), dates))
        missing[what_if.name] = _shortfalls(other)
        there[what_if.name] = _there(other)
    listed |= what_if_tables(parts, missing, there)
    titles = {what_if.name: what_if.title for what_if in file.what_ifs}
    return Result(listed, _manifest(base, listed, what_ifs=titles))


def _with_their_warnings(
    base: Answer, what_ifs: Sequence[WhatIf], others: Sequence[Answer]
) -> Answer:
    """The baseline with what a reader should know of its what-ifs, by name."""
    warnings = list(base.prepared.warnings)
    for what_if, other in zip(what_ifs, others, strict=True):
        notes = [note for note in other.prepared.warnings if note not in warnings]
        notes += [
            Problem(lift.where, "lifts no closure of the file", "Name one as the file does")
            for lift in what_if.changes.lifted
            if not any(map(lift.lifts, base.prepared.file.situation.closures))
        ]
        warnings += [replace(note, where=f"{what_if.name}: {note.where}") for note in notes]
    return replace(base, prepared=replace(base.prepared, warnings=tuple(warnings)))


def _what_if(base: Answer, what_if: WhatIf) -> Answer:
    """The baseline with changes, from the same fitted parameters."""
    file = base.prepared.file
    changed = replace(file, situation=file.situation.with_changes(what_if.changes))
    prepared = from_file(changed, base.prepared.rules, base.prepared.declared)
    return answer(
        prepared,
        draws=base.draws,
        seed=base.seed,
        origin=base.origin,
        fitted=base.fitted,
        known_totals=base.known_totals,
    )


def _everybody(done: Answer) -> tuple[Counted, tuple[str, ...]]:
    """People of every draw at each place or its gate, errors of past forecasts left out."""
    journeys = done.journeys
    return journeys.people + journeys.waiting, done.prepared.roads.places
