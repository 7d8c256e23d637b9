"""Our own format of a situation: one TOML file, and CSV tables beside it with units in their names.

    title, question, sources    words
    first_day, days             2018-10-12, 60
    folder                      a Flee folder instead of tables, relative to the file
    places, roads               CSV files (required without `folder`)
    departures, counts, conflict, plans  CSV files (`readers.plans` has the columns of the last)
    [displaced]                 who sets out, from a result of the model: `readers.displacement`
    [settings]                  parameters of journeys by name (`data/reference/parameters.toml`)
    [[group]]                   name, share, pace, leave, caution
    [caravan]                   a caravan instead of places and roads, see `readers.caravan`
    [[close]] [[lift]] [[shelter]] [[buses]] [[send_back]]   what changes, see `readers.changes`
    [[what_if]]                 name, title, and lists of the same changes

Days are whole numbers from 0 or dates. A key or column that is not known is an error; a row of days
outside the period is left out with a warning, but counts of such days lend to those between. A
place of the kind `conflict` is in conflict from day 0 on, unless the table `conflict` has rows for
it.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from corridors.errors import InputError, Problem, SourceError
from corridors.readers import caravan, flee
from corridors.readers import journey_columns as columns
from corridors.readers.changes import Page, changes_of, entries_of, known_keys
from corridors.readers.csv_gate import Gate
from corridors.readers.situation import (
    MOST_DAYS,
    Changes,
    Place,
    Road,
    Situation,
    without_registrations,
)

__all__ = ["JourneyFile", "WhatIf", "holds_journeys", "read", "read_what_ifs", "shipped"]

#: Journey files in the package.
SHIPPED = Path(__file__).parents[1] / "studies" / "journeys"


KEYS = (
    "title question sources first_day days folder places roads departures counts conflict "
    "plans settings caravan displaced group close lift shelter buses send_back what_if"
).split()


@dataclass(frozen=True)
class WhatIf:
    """A named set of changes."""

    name: str
    title: str
    changes: Changes


@dataclass(frozen=True)
class JourneyFile:
    """A journey file: a situation or a caravan, groups of people, and what-ifs."""

    title: str
    question: str
    situation: Situation
    groups: tuple[dict[str, Any], ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
    caravan: caravan.Record | None = None


def shipped() -> dict[str, Path]:
    """Journey files in the package, by name."""
    return {path.parent.name: path for path in sorted(SHIPPED.glob("*/journeys.toml"))}


def holds_journeys(folder: Path) -> bool:
    """Whether it is a folder with `journeys.toml`, or Flee's; a result of the same name is not."""
    return (folder / "journeys.toml").is_file() or flee.is_folder(folder)


def read(name: str | Path) -> JourneyFile:
    """A Flee folder, a journey file (or a folder with `journeys.toml`), or a shipped one by name.

    A folder that holds journeys wins over a name.

    Raises
    ------
    SourceError
        A file is missing.
    InputError
        Lists everything wrong with them.
    """
    path = Path(name)
    known = shipped()
    if str(name) in known and not (path.is_file() or holds_journeys(path)):
        path = known[str(name)]
    if not path.exists():
        fix = f"Name a folder, a TOML file, or one of: {', '.join(known)}"
        raise SourceError(f"{name}: there is no such file or folder. {fix}")
    if path.suffix == ".toml" or (path / "journeys.toml").is_file():
        return _file(path)
    if flee.is_folder(path):
        return JourneyFile(path.resolve().name, "", flee.read(path))
    if path.is_dir():
        fix = "Add input_csv/locations.csv (Flee's format) or journeys.toml (ours)"
        raise SourceError(f"{path}: holds no journeys. {fix}")
    raise InputError(Problem(str(path), "is neither a folder nor TOML", "Name a folder or a file"))


def _file(path: Path) -> JourneyFile:
    """A journey file and the tables it names."""
    file = (path / "journeys.toml" if path.is_dir() else path).resolve()
    gate = Gate(file.parent)
    text = gate.text(file.name)
    gate.close()
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(file.name, f"is not TOML: {error}", "Correct the file")) from None
    page = Page(gate, file.name, content)
    known_keys(page, content, KEYS, file.name)
    walking = None
    if "caravan" in content:
        situation, walking = _from_caravan(page)
    else:
        situation = _from_folder(page) if "folder" in content else _from_tables(page)
    page.places = dict.fromkeys(place.name for place in situation.places)
    page.countries = sorted({place.country for place in situation.places})
    situation = situation.with_changes(changes_of(page, content, file.name))
    file_read = JourneyFile(
        title=str(content.get("title", file.stem)),
        question=str(content.get("question", "")),
        situation=replace(
            situation, name=file.stem if file.stem != "journeys" else file.parent.name
        ),
        groups=_groups(page),
        what_ifs=_what_ifs(page),
        caravan=walking,
    )
    gate.close()
    inputs = {**situation.inputs, **gate.inputs}
    warnings = (*situation.warnings, *gate.warnings)
    done = replace(file_read.situation, inputs=dict(sorted(inputs.items())), warnings=warnings)
    return replace(file_read, situation=done)


def _from_folder(page: Page) -> Situation:
    folder = page.gate.folder / str(page.content["folder"])
    situation = flee.read(folder)
    page.first_day, page.days = situation.first_day, situation.days
    page.places = dict.fromkeys(place.name for place in situation.places)
    settings = {**situation.settings, **page.content.get("settings", {})}
    return replace(situation, settings=settings, plans=(*situation.plans, *columns.plans_of(page)))


def _from_tables(page: Page) -> Situation:
    _period(page, ("places", "roads"))
    content = page.content
    places = columns.places(page)
    page.places = dict.fromkeys(place.name for place in places)
    intensity = columns.conflict(page)
    if not {"departures", "displaced", "counts"} & set(content):
        what = "has no departures, counts or [displaced], so that nobody sets out"
        page.gate.refuse(page.name, what, 'Add departures = "departures.csv"')
    situation = Situation(
        name=page.name,
        first_day=page.first_day,
        days=page.days,
        places=places,
        roads=columns.roads(page),
        intensity=intensity,
        counts=columns.counts(page),
        departures=columns.departures(page),
        plans=columns.plans_of(page),
        settings=content.get("settings", {}),
        sources=tuple(map(str, content.get("sources", ()))),
    )
    page.gate.warnings += without_registrations(situation)
    return situation


def _period(page: Page, needed: Sequence[str]) -> None:
    """Check the keys a file of ours needs, and take its first day and length."""
    content, gate = page.content, page.gate
    for key in ("first_day", "days", *needed):
        if key not in content:
            gate.refuse(page.name, f"has no '{key}'", "Add it, or name a Flee folder: folder = ...")
    gate.close()
    if not isinstance(content["first_day"], date):
        gate.refuse(page.name, "first_day is not a date", "Write first_day = 2018-10-12")
    days = content["days"]
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        gate.refuse(
            page.name, f"days is not a whole number from 1 to {MOST_DAYS:,}", "Write days = 60"
        )
    gate.close()
    if isinstance(content["first_day"], datetime):
        content["first_day"] = content["first_day"].date()
    if (date.max - content["first_day"]).days < days:
        gate.refuse(page.name, f"first_day {content['first_day']} is too late", "Correct it")
    gate.close()
    page.first_day, page.days = content["first_day"], content["days"]


def _from_caravan(page: Page) -> tuple[Situation, caravan.Record]:
    """A caravan's stops as places, its legs as roads, so that it can be drawn and checked."""
    _period(page, ())
    record = caravan.read(page.gate, page.content["caravan"], "caravan", page.day)
    page.gate.close()
    assert record is not None  # the gate would have closed
    stops = record.stops
    places = [
        Place(stop.place, stop.country, "town", stop.where, "", stop.latitude, stop.longitude)
        for stop in stops
    ]
    last = stops[-1]
    if record.branch_place:
        places.append(
            Place(
                record.branch_place, last.country, "camp", "caravan.branch", "", *record.branch_at
            )
        )
    for shelter in record.shelters:
        at = shelter.at or (last.latitude, last.longitude)
        places.append(Place(shelter.place, last.country, "camp", "caravan.shelter", "", *at))
    roads = tuple(
        Road(first.place, second.place, second.kilometres, second.where, one_way=True)
        for first, second in itertools.pairwise(stops)
    )
    sources = tuple(map(str, page.content.get("sources", ())))
    situation = Situation(
        page.name, page.first_day, page.days, tuple(places), roads, sources=sources
    )
    return situation, record


def _groups(page: Page) -> tuple[dict[str, Any], ...]:
    groups: list[dict[str, Any]] = []
    for where, entry in entries_of(page, page.content, "group", page.name):
        values = {key: page.number(entry, key, where, 1.0) for key in ("pace", "leave", "caution")}
        share = page.number(entry, "share", where)
        if share is None or not entry.get("name"):
            page.gate.refuse(where, "has no name or share", "Write name = ..., share = ...")
        groups.append({"name": str(entry.get("name")), "share": share, **values})
    total = sum(float(group["share"] or 0.0) for group in groups)
    if groups and abs(total - 1.0) > 1e-6:
        page.gate.refuse(f"{page.name}: group", f"shares add to {total:g}", "Make them add to 1")
    names = [str(group["name"]) for group in groups]
    for name in sorted(name for name, times in Counter(names).items() if times > 1):
        page.gate.refuse(f"{page.name}: group", f"'{name}' occurs twice", "Give each its own name")
    return tuple(groups)


def _what_ifs(page: Page) -> tuple[WhatIf, ...]:
    what_ifs: list[WhatIf] = []
    names: set[str] = set()
    for where, entry in entries_of(page, page.content, "what_if", page.name):
        name = str(entry.get("name", ""))
        if not name or name in names:
            page.gate.refuse(where, "needs a name of its own", "Write name = ...")
        changes = changes_of(page, entry, where)
        if changes == Changes():
            fix = "To take a closure away, write [[what_if.lift]]"
            page.gate.warn(where, f"'{name}' changes nothing, so it equals the baseline", fix)
        names.add(name)
        what_ifs.append(WhatIf(name, str(entry.get("title", name)), changes))
    return tuple(what_ifs)


def read_what_ifs(
    path: Path, situation: Situation
) -> tuple[tuple[WhatIf, ...], tuple[Problem, ...]]:
    """The `[[what_if]]` of a TOML file, about a situation read before; and what to know of them.

    Raises
    ------
    SourceError, InputError
        As `read`.
    """
    gate = Gate(path.parent)
    try:
        content = tomllib.loads(gate.text(path.name))
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(path.name, f"is not TOML: {error}", "Correct the file")) from None
    page = Page(gate, path.name, content, situation.first_day, situation.days)
    known_keys(page, content, (*KEYS,), path.name)
    page.places = dict.fromkeys(place.name for place in situation.places)
    page.countries = sorted({place.country for place in situation.places})
    what_ifs = _what_ifs(page)
    if not what_ifs and not gate.problems:
        gate.refuse(path.name, "holds no [[what_if]]", "Add one with a name and changes")
    gate.close()
    return what_ifs, tuple(gate.warnings)
