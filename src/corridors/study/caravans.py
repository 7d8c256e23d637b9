"""A caravan from its file to tables: run, compare with what was reported, what-ifs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from corridors import ensemble
from corridors.journeys import caravan as groups
from corridors.journeys import reception
from corridors.journeys.caravan import Branch, Caravan, Join, March, Range, Shelter, Stop
from corridors.readers.caravan import Figure, Record
from corridors.readers.journeys_folder import JourneyFile, WhatIf
from corridors.show.records import plain
from corridors.study.journey_tables import (
    change_table,
    geography,
    hide_few,
    made,
    place_table,
    what_if_tables,
    without_few,
)
from corridors.world import Result

__all__ = ["compare", "reported", "run", "score", "shortfalls", "tables", "walk"]


def walk(file: JourneyFile, *, draws: int, seed: int, change: WhatIf | None = None) -> March:
    """The way of the caravan of a file, with the changes of a what-if."""
    record = file.caravan
    assert record is not None
    caravan, shut = _caravan(record), list(record.shut)
    if change is not None:
        shut += [
            (one.first, file.situation.days if one.last is None else one.last)
            for one in change.changes.closures
        ]
        caravan = replace(caravan, shelters=_changed(caravan.shelters, change))
    streams = ensemble.streams(seed)
    return groups.march(caravan, file.situation.days, draws=draws, streams=streams, shut=shut)


def _caravan(record: Record) -> Caravan:
    branch = None
    if record.branch_place:
        parts = {name: _range(one) for name, one in record.branch.items()}
        branch = Branch(record.branch_place, **parts)
    rates: dict[str, Any] = {name: _range(one) for name, one in record.rates.items()}
    return Caravan(
        name=record.name,
        start=record.stops[0].arrive or 0,
        stops=tuple(_stops(record)),
        joins=tuple(Join(one.place, one.night, _range(one.figure)) for one in record.joins),
        pace={how: _range(one) for how, one in record.pace.items()},
        register={place: _range(one) for place, one in record.register.items()},
        branch=branch,
        shelters=tuple(
            Shelter(one.place, _range(one.capacity), one.opens, one.until)
            for one in record.shelters
        ),
        **rates,
    )


def _range(figure: Figure) -> Range:
    return Range(figure.low, figure.high)


def _stops(record: Record) -> list[Stop]:
    """Stops; a leg between two reported days takes as long as reported."""
    found, leaves = [], None
    for one in record.stops:
        known = leaves is not None and one.arrive is not None
        travel = one.arrive - leaves + 1 if known else None  # type: ignore[operator]
        found.append(Stop(one.place, one.kilometres, one.how, one.nights, one.crossing, travel))
        leaves = None if one.arrive is None else one.arrive + one.nights
    return found


def _changed(shelters: tuple[Shelter, ...], change: WhatIf) -> tuple[Shelter, ...]:
    """Shelters with other days or places; what a what-if does not name stays."""
    found = {one.place: one for one in shelters}
    for step in change.changes.admissions:
        before = found.get(step.place)
        if step.capacity > 0:
            until = None if before is None else before.until
            capacity = Range(step.capacity, step.capacity) if before is None else before.capacity
            found[step.place] = Shelter(step.place, capacity, step.day, until)
        elif before is not None:
            found[step.place] = replace(before, until=step.day)
    return tuple(found.values())


def tables(file: JourneyFile, found: March) -> dict[str, pd.DataFrame]:
    """`places`, `reported`, `shortfalls`, `needs`, `figures` of a caravan."""
    dates, record = file.situation.dates, file.caravan
    people = found.people.astype(float)
    assert record is not None
    return {
        "places": place_table(people, dates, found.places, people.mean(axis=1)),
        "reported": reported(file, found),
        "shortfalls": shortfalls(file, found),
        "needs": reception.needs(without_few(people), found.places, dates),
        "figures": pd.DataFrame([vars(one) for one in record.figures]),
        **geography(file.situation),
    }


def reported(file: JourneyFile, found: March) -> pd.DataFrame:
    """Each reported size beside the simulated one; see `groups.reported_match`."""
    record = file.caravan
    assert record is not None
    rows = groups.reported_match(found, [vars(one) for one in record.reported])
    dates = file.situation.dates
    table = pd.DataFrame(rows)
    if len(table):
        table.insert(0, "date", [dates[day] for day in table.pop("day")])
        table["places"] = [" + ".join(one) for one in table["places"]]
        table["high"] = table["high"].where(np.isfinite(table["high"]))  # a lower bound has none
    return table


def shortfalls(file: JourneyFile, found: March) -> pd.DataFrame:
    """Persons at the last stop without a place in a shelter: how likely, when, how many."""
    place = found.places[-1]
    outside = found.people[:, :, -1].astype(float)
    dates = file.situation.dates
    none = np.zeros((outside.shape[0], 1))
    rows = reception.shortfall(outside[:, :, None], none, [place], dates)
    nights = outside.sum(axis=0)
    low, middle, high = np.quantile(nights, [0.1, 0.5, 0.9])
    rows = rows.assign(
        nights_missing=middle, nights_missing_low=low, nights_missing_high=high
    ).rename(columns={"peak": "missing", "peak_low": "missing_low", "peak_high": "missing_high"})
    return hide_few(rows, ["missing", "extra_places"])


def run(file: JourneyFile, *, draws: int, seed: int) -> Result:
    """A caravan as tables, with a manifest."""
    listed = tables(file, walk(file, draws=draws, seed=seed))
    return Result(listed, _manifest(file, listed, draws, seed))


def score(file: JourneyFile, *, draws: int, seed: int) -> dict[str, Any]:
    """How many of the reported sizes the simulated intervals meet."""
    rows = reported(file, walk(file, draws=draws, seed=seed))
    return {
        "reported": len(rows),
        "met_by_80_percent_interval": int(rows["meets"].sum()),
        "median_in_reported_range": int(rows["median_inside"].sum()),
        "rows": plain(rows).to_dict("records"),
        "warnings": [str(one) for one in file.situation.warnings],
    }


def compare(file: JourneyFile, *, draws: int, seed: int) -> Result:
    """The caravan and its what-ifs under the same luck."""
    base = walk(file, draws=draws, seed=seed)
    listed = tables(file, base)
    parts, missing = [], {"baseline": listed["shortfalls"]}
    before, dates = (base.people, base.places), file.situation.dates
    for one in file.what_ifs:
        other = walk(file, draws=draws, seed=seed, change=one)
        parts.append(change_table(one.name, before, (other.people, other.places), dates))
        missing[one.name] = shortfalls(file, other)
    listed |= what_if_tables(parts, missing)
    titles = {one.name: one.title for one in file.what_ifs}
    return Result(listed, _manifest(file, listed, draws, seed, what_ifs=titles))


def _manifest(
    file: JourneyFile, listed: dict[str, pd.DataFrame], draws: int, seed: int, **more: Any
) -> dict[str, Any]:
    return made(
        file.situation,
        listed,
        title=file.title,
        question=file.question,
        rules="caravan",
        draws=draws,
        seed=seed,
        origin=None,
        warnings=[str(one) for one in file.situation.warnings],
        **more,
    )
