"""A caravan from its file to tables: run, compare with what was reported, what-ifs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from corridors import ensemble
from corridors.errors import InputError, Problem, nearest
from corridors.journeys import reception
from corridors.journeys.caravan import (
    Branch,
    Caravan,
    Join,
    March,
    Range,
    Shelter,
    Stop,
    march,
    reported_match,
)
from corridors.readers.caravan import Figure, Joining, Record, Shelters
from corridors.readers.journeys_folder import JourneyFile, WhatIf
from corridors.study.journey_inputs import reference
from corridors.study.journey_tables import (
    change_table,
    geography,
    hide_few,
    manifest,
    place_table,
    what_if_tables,
    without_few,
)
from corridors.world import Result

__all__ = [
    "OWN",
    "Beds",
    "Own",
    "compare",
    "own_file",
    "reported",
    "run",
    "score",
    "shelters",
    "shortfalls",
    "tables",
    "walk",
]

#: The name of the asker's own figures among the what-ifs.
OWN = "own"
MINE = "the asker's own"


@dataclass(frozen=True)
class Beds:
    """Beds of a shelter, and the day it opens; None keeps that of the file."""

    place: str
    beds: int
    opens: date | None = None


@dataclass(frozen=True)
class Own:
    """A group of another size, and other beds; None and nothing keep those of the file.

    Parameters
    ----------
    people : int, optional
        All who ever join, over the places and in the proportions of the file.
    """

    people: int | None = None
    beds: tuple[Beds, ...] = ()

    def words(self) -> str:
        """What is asked, in words."""
        parts = [f"{_grouped(self.people)} people"] if self.people is not None else []
        for room in self.beds:
            when = f" from {room.opens:%d %B %Y}".replace(" 0", " ") if room.opens else ""
            parts.append(f"{_grouped(room.beds)} beds at {room.place.replace('_', ' ')}{when}")
        return f"Your own figures: {'; '.join(parts)}"


def _grouped(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


def own_file(file: JourneyFile, asked: Own) -> JourneyFile:
    """The file of a caravan with the asker's people and beds in place of its own.

    Raises
    ------
    InputError
        No caravan, nothing asked, a place that is no shelter, or a day that it cannot open on.
    """
    record, name = file.caravan, file.situation.name
    if record is None:
        raise InputError(Problem(name, "is no caravan", "Use `corridors journeys run` on a file"))
    if asked.people is None and not asked.beds:
        raise InputError(Problem(name, "nothing is asked", "Give people, or beds of a shelter"))
    shelters, problems = {shelter.place: shelter for shelter in record.shelters}, []
    for room in asked.beds:
        shelter = shelters.get(room.place)
        if shelter is None:
            fix = f"Use {', '.join(nearest(room.place, shelters) or shelters)}"
            problems.append(Problem("beds", f"'{room.place}' is no shelter of {name}", fix))
            continue
        opens = shelter.opens
        if room.opens is not None:
            opens = (room.opens - file.situation.first_day).days
        last = file.situation.days if shelter.until is None else shelter.until
        if not 0 <= opens < last:
            days = file.situation.dates
            fix = f"Give a day from {days[0]:%Y-%m-%d} to {days[last - 1]:%Y-%m-%d}"
            problems.append(Problem(f"beds: {room.place}", f"cannot open on {room.opens}", fix))
            continue
        beds = float(room.beds)
        figure = Figure(room.place, beds, beds, "persons", "assumed", MINE)
        shelters[room.place] = replace(shelter, capacity=figure, opens=opens)
    if problems:
        raise InputError(problems)
    joins = record.joins if asked.people is None else _joining(record.joins, asked.people)
    return replace(file, caravan=replace(record, joins=joins, shelters=tuple(shelters.values())))


def _joining(joins: tuple[Joining, ...], people: int) -> tuple[Joining, ...]:
    """Who joins where, `people` in all, in the proportions of the middles of the file's ranges."""
    middles = [(join.figure.lower + join.figure.upper) / 2.0 for join in joins]
    parts = [people * middle / sum(middles) for middle in middles]
    return tuple(
        replace(
            join,
            figure=replace(join.figure, lower=part, upper=part, kind="assumed", source=MINE),
        )
        for join, part in zip(joins, parts, strict=True)
    )


def walk(file: JourneyFile, *, draws: int, seed: int, change: WhatIf | None = None) -> March:
    """The way of the caravan of a file, with the changes of a what-if; `journeys.caravan.march`.

    Parameters
    ----------
    file : JourneyFile
    draws, seed : int
    change : WhatIf, optional

    Returns
    -------
    March
        Persons (t, draw, place).
    """
    record = file.caravan
    assert record is not None
    shut = list(record.shut)
    if change is not None:
        shut += [
            (closure.first, file.situation.days if closure.last is None else closure.last)
            for closure in change.changes.closures
        ]
        record = replace(record, shelters=_changed(record.shelters, change))
    streams = ensemble.streams(seed)
    return march(_caravan(record), file.situation.days, draws=draws, streams=streams, shut=shut)


def _caravan(record: Record) -> Caravan:
    branch = None
    if record.branch_place:
        parts = {name: _range(figure) for name, figure in record.branch.items()}
        branch = Branch(record.branch_place, **parts)
    rates: dict[str, Any] = {name: _range(rate) for name, rate in record.rates.items()}
    return Caravan(
        name=record.name,
        start=record.stops[0].arrive or 0,
        stops=tuple(_stops(record)),
        joins=tuple(Join(join.place, join.night, _range(join.figure)) for join in record.joins),
        pace={how: _range(pace) for how, pace in record.pace.items()},
        register={place: _range(rate) for place, rate in record.register.items()},
        branch=branch,
        shelters=tuple(
            Shelter(shelter.place, _range(shelter.capacity), shelter.opens, shelter.until)
            for shelter in record.shelters
        ),
        **rates,
    )


def _range(figure: Figure) -> Range:
    return Range(figure.lower, figure.upper)


def _stops(record: Record) -> list[Stop]:
    """Stops; a leg between two reported days takes as long as reported."""
    stops, leaves = [], None
    for night in record.stops:
        known = leaves is not None and night.arrive is not None
        travel = night.arrive - leaves + 1 if known else None  # type: ignore[operator]
        leg = (night.place, night.kilometres, night.how)
        stops.append(Stop(*leg, night.nights, night.crossing, travel))
        leaves = None if night.arrive is None else night.arrive + night.nights
    return stops


def shelters(file: JourneyFile, own: Own | None = None) -> dict[str, tuple[Shelters, ...]]:
    """Shelters of the file under "", and of each what-if those that it changes."""
    if file.caravan is None:
        return {}
    known = file.caravan.shelters
    changed = {what_if.name: _changed(known, what_if) for what_if in file.what_ifs}
    mine = own_file(file, own).caravan if own is not None else None
    if mine is not None:
        changed[OWN] = mine.shelters
    return {"": known} | {
        name: tuple(shelter for shelter in every if shelter not in known)
        for name, every in changed.items()
    }


def _changed(known: tuple[Shelters, ...], change: WhatIf) -> tuple[Shelters, ...]:
    """Shelters with other days or places; what a what-if does not name stays."""
    by_place = {shelter.place: shelter for shelter in known}
    for step in change.changes.admissions:
        before = by_place.get(step.place)
        if step.capacity > 0 and before is not None:
            by_place[step.place] = replace(before, opens=step.day)
        elif step.capacity > 0:
            beds = float(step.capacity)
            capacity = Figure(step.place, beds, beds, "persons", "assumed", change.title)
            by_place[step.place] = Shelters(step.place, capacity, step.day, None)
        elif before is not None:
            by_place[step.place] = replace(before, until=step.day)
    return tuple(by_place.values())


def tables(file: JourneyFile, walked: March) -> dict[str, pd.DataFrame]:
    """`places`, `reported`, `shortfalls`, `needs`, `figures` of a caravan.

    Parameters
    ----------
    file : JourneyFile
    walked : March
        Persons (t, draw, place).

    Returns
    -------
    dict of str to DataFrame
        Persons by (date, place); needs in their units (The Sphere Handbook 2018); figures with
        their sources.

    Raises
    ------
    SourceError
        The list of needs in the package cannot be read.
    """
    dates, record = file.situation.dates, file.caravan
    people = walked.people.astype(float)
    assert record is not None
    return {
        "places": _there(file, walked),
        "reported": reported(file, walked),
        "shortfalls": shortfalls(file, walked),
        "needs": reception.needs(without_few(people), walked.places, dates, reference("needs")),
        "figures": pd.DataFrame([vars(figure) for figure in record.figures]),
        **geography(file.situation),
    }


def _there(file: JourneyFile, walked: March) -> pd.DataFrame:
    """Who is at each place on each day."""
    people = walked.people.astype(float)
    return place_table(people, file.situation.dates, walked.places, people.mean(axis=1))


def reported(file: JourneyFile, walked: March) -> pd.DataFrame:
    """Each reported size beside the simulated one, by `journeys.caravan.reported_match`.

    Parameters
    ----------
    file : JourneyFile
        Its reports name their sources.
    walked : March
        Persons (t, draw, place).

    Returns
    -------
    DataFrame (date, places, lower, upper, source, simulated, simulated_lower_80, ...)
        Persons.
    """
    record = file.caravan
    assert record is not None
    rows = reported_match(walked, [vars(report) for report in record.reported])
    dates = file.situation.dates
    table = pd.DataFrame(rows)
    if len(table):
        table.insert(0, "date", [dates[day] for day in table.pop("day")])
        table["places"] = [" + ".join(places) for places in table["places"]]
        table["upper"] = table["upper"].where(np.isfinite(table["upper"]))  # a bound from below
    return table


def shortfalls(file: JourneyFile, walked: March) -> pd.DataFrame:
    """Persons at the last stop without a place in a shelter: how likely, when, how many.

    Parameters
    ----------
    file : JourneyFile
    walked : March
        Persons (t, draw, place).

    Returns
    -------
    DataFrame (place, probability, first_day, missing, extra_places, nights_missing, few)
        As `journeys.reception.shortfall`: persons, and person-nights over the period; ends of 80 %
        intervals beside them.
    """
    place = walked.places[-1]
    outside = walked.people[:, :, -1].astype(float)
    dates = file.situation.dates
    none = np.zeros((outside.shape[0], 1))
    rows = reception.shortfall(outside[:, :, None], none, [place], dates)
    nights = outside.sum(axis=0)
    lower, middle, upper = np.quantile(nights, [0.1, 0.5, 0.9])
    rows = rows.assign(
        nights_missing=middle, nights_missing_lower_80=lower, nights_missing_upper_80=upper
    )
    rows = rows.rename(
        columns={f"peak{end}": f"missing{end}" for end in ("", "_lower_80", "_upper_80")}
    )
    return hide_few(rows, ["missing", "extra_places"])


def run(file: JourneyFile, *, draws: int, seed: int) -> Result:
    """A caravan as tables, with a manifest.

    Returns
    -------
    Result
        DataFrames of `tables`, persons.

    Raises
    ------
    SourceError
        A list of the package cannot be read.
    """
    listed = tables(file, walk(file, draws=draws, seed=seed))
    return Result(listed, _manifest(file, listed, draws, seed))


def score(file: JourneyFile, *, draws: int, seed: int) -> dict[str, Any]:
    """How many of the reported sizes the simulated 80 % intervals meet.

    Returns
    -------
    dict
        Counts of reports, `rows` as `reported` gives them (persons), and warnings.
    """
    rows = reported(file, walk(file, draws=draws, seed=seed))
    return {
        "reported": len(rows),
        "met_by_80_percent_interval": int(rows["meets"].sum()),
        "median_in_reported_range": int(rows["median_inside"].sum()),
        "rows": rows,
        "warnings": [str(warning) for warning in file.situation.warnings],
    }


def compare(file: JourneyFile, *, draws: int, seed: int, own: Own | None = None) -> Result:
    """The caravan and its what-ifs under the same luck, the asker's own figures among them.

    Returns
    -------
    Result
        DataFrames of `tables`, and differences by what-if, persons (date, place).

    Raises
    ------
    SourceError
        A list of the package cannot be read.
    """
    base = walk(file, draws=draws, seed=seed)
    listed = tables(file, base)
    parts, missing, there = [], {"baseline": listed["shortfalls"]}, {}
    before, dates = (base.people, base.places), file.situation.dates
    others = {
        what_if.name: walk(file, draws=draws, seed=seed, change=what_if)
        for what_if in file.what_ifs
    }
    titles = {what_if.name: what_if.title for what_if in file.what_ifs}
    if own is not None:
        others[OWN] = walk(own_file(file, own), draws=draws, seed=seed)
        titles[OWN] = own.words()
    for name, other in others.items():
        parts.append(change_table(name, before, (other.people, other.places), dates))
        missing[name] = shortfalls(file, other)
        there[name] = _there(file, other)
    listed |= what_if_tables(parts, missing, there)
    return Result(listed, _manifest(file, listed, draws, seed, what_ifs=titles))


def _manifest(
    file: JourneyFile, listed: dict[str, pd.DataFrame], draws: int, seed: int, **more: Any
) -> dict[str, Any]:
    return manifest(
        file.situation,
        listed,
        title=file.title,
        question=file.question,
        rules="caravan",
        draws=draws,
        seed=seed,
        origin=None,
        warnings=[str(warning) for warning in file.situation.warnings],
        **more,
    )
