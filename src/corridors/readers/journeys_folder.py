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
outside the period is left out with a warning. A place of the kind `conflict` is in conflict from
day 0 on, unless the table `conflict` has rows for it.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from corridors.errors import InputError, Problem, SourceError, nearest
from corridors.readers import caravan, displacement, flee
from corridors.readers.changes import Page, changes_of, entries_of, known_keys
from corridors.readers.csv_gate import Gate, Row
from corridors.readers.plans import plans
from corridors.readers.situation import (
    MOST_DAYS,
    MOST_KILOMETRES,
    MOST_PERSONS,
    Changes,
    Counts,
    Departure,
    Place,
    Plan,
    Road,
    Situation,
)

__all__ = ["JourneyFile", "WhatIf", "read", "read_what_ifs", "shipped"]

#: Journey files in the package.
SHIPPED = Path(__file__).parents[1] / "studies" / "journeys"


KINDS = ("camp", "idp_camp", "conflict", "town", "hub", "marker")
KEYS = (
    "title question sources first_day days folder places roads departures counts conflict "
    "plans settings caravan displaced group close lift shelter buses send_back what_if"
).split()
COLUMNS = {
    "places": "place country region kind latitude longitude population_persons capacity_persons",
    "roads": "from to kilometres one_way onward km_per_day share_of_days_on_foot "
    "persons_per_day weekdays deaths_per_100000 danger persons_together price price_usd",
    "departures": "place day persons",
    "counts": "place day persons",
    "conflict": "place from until intensity",
}
#: Other words for these columns.
WORDS = {
    "name": "place", "location": "place", "camp": "place", "date": "day", "people": "persons",
    "count": "persons", "refugees": "persons", "origin": "from", "orig": "from", "name1": "from",
    "destination": "to", "dest": "to", "name2": "to", "km": "kilometres",
    "distance_km": "kilometres", "lat": "latitude", "lon": "longitude", "long": "longitude",
}  # fmt: skip
#: Columns of any table that say where a row is from.
ABOUT = ("kind_of_figure", "source", "note", "confidence")


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


def read(name: str | Path) -> JourneyFile:
    """A Flee folder, a journey file (or a folder with `journeys.toml`), or a shipped one by name.

    Raises
    ------
    SourceError
        A file is missing.
    InputError
        Lists everything wrong with them.
    """
    path = Path(name)
    if not path.exists():
        known = shipped()
        if str(name) not in known:
            fix = f"Name a folder, a TOML file, or one of: {', '.join(known)}"
            raise SourceError(f"{name}: there is no such file or folder. {fix}")
        path = known[str(name)]
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
    page.places = [place.name for place in situation.places]
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
    page.places = [place.name for place in situation.places]
    settings = {**situation.settings, **page.content.get("settings", {})}
    return replace(situation, settings=settings, plans=(*situation.plans, *_plans(page)))


def _from_tables(page: Page) -> Situation:
    _period(page, ("places", "roads"))
    content = page.content
    places = _places(page)
    page.places = [place.name for place in places]
    intensity = _conflict(page)
    if not {"departures", "displaced", "counts"} & set(content):
        what = "has no departures, counts or [displaced], so that nobody sets out"
        page.gate.refuse(page.name, what, 'Add departures = "departures.csv"')
    return Situation(
        name=page.name,
        first_day=page.first_day,
        days=page.days,
        places=places,
        roads=_roads(page),
        intensity=intensity,
        counts=_counts(page),
        departures=_departures(page),
        plans=_plans(page),
        settings=content.get("settings", {}),
        sources=tuple(map(str, content.get("sources", ()))),
    )


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


def _table(page: Page, key: str) -> list[tuple[Row, dict[str, int]]]:
    """Rows of a table with the position of each of its columns."""
    if key not in page.content:
        return []
    columns = COLUMNS[key].split()
    head, rows = page.gate.rows(str(page.content[key]), header=columns)
    if head is None:
        page.gate.refuse(f"{page.content[key]}:1", "has no header", f"Begin with {columns[0]},...")
        return []
    titles = _titles(page, head, columns)
    for title in titles:
        if title not in columns and title not in ABOUT:
            close = ", ".join(nearest(title, columns))
            page.gate.refuse(head.where, f"there is no column '{title}'", f"Did you mean {close}?")
    return [(row, {title: at for at, title in enumerate(titles)}) for row in rows]


def _titles(page: Page, head: Row, columns: Sequence[str]) -> list[str]:
    """Titles of a header; other words of the field for a column that is not there are turned."""
    titles = [cell.lstrip("#").strip() for cell in head.cells]
    for at, title in enumerate(titles):
        column = WORDS.get(title.casefold(), "")
        if title not in columns and column in columns and column not in titles:
            page.gate.warn(head.where, f"column '{title}' is read as {column}", f"Name it {column}")
            titles[at] = column
    return titles


def _cell(row: Row, at: dict[str, int], column: str) -> str:
    return row[at[column]] if column in at else ""


def _amount(
    page: Page,
    row: Row,
    at: dict[str, int],
    column: str,
    least: float = 0.0,
    most: float = MOST_PERSONS,
) -> float | None:
    return page.gate.number(row, at.get(column, len(row.cells)), column, least=least, most=most)


def _yes(page: Page, row: Row, at: dict[str, int], column: str) -> bool:
    return page.gate.yes(row, at.get(column, len(row.cells)), column)


def _places(page: Page) -> tuple[Place, ...]:
    places: dict[str, Place] = {}
    for row, at in _table(page, "places"):
        name, kind = _cell(row, at, "place"), _cell(row, at, "kind") or "town"
        if name in places:
            page.gate.refuse(row.where, f"'{name}' occurs twice", "Give each place its own name")
        if kind not in KINDS:
            close = ", ".join(nearest(kind, KINDS))
            page.gate.refuse(row.where, f"there is no kind '{kind}'", f"Did you mean {close}?")
        places[name] = Place(
            name=name,
            country=_cell(row, at, "country"),
            kind=kind,
            where=row.where,
            region=_cell(row, at, "region"),
            latitude=_amount(page, row, at, "latitude", -90, 90),
            longitude=_amount(page, row, at, "longitude", -180, 180),
            population=_amount(page, row, at, "population_persons"),
            capacity=_amount(page, row, at, "capacity_persons"),
            conflict_day=0 if kind == "conflict" else None,
        )
    return tuple(places.values())


def _roads(page: Page) -> tuple[Road, ...]:
    roads = []
    for row, at in _table(page, "roads"):
        ends = _cell(row, at, "from"), _cell(row, at, "to")
        known = [page.gate.known(row.where, end, page.places) for end in ends]
        if all(known) and ends[0] == ends[1]:
            page.gate.refuse(row.where, f"leads from '{ends[0]}' to itself", "Delete the row")
        kilometres = _amount(page, row, at, "kilometres", 1e-9, MOST_KILOMETRES)
        if kilometres is None or not all(known):
            if kilometres is None and not _cell(row, at, "kilometres"):
                page.gate.refuse(row.where, "kilometres is empty", "Give the length in km")
            continue
        deaths = _amount(page, row, at, "deaths_per_100000")
        weekdays = _cell(row, at, "weekdays")
        roads.append(
            Road(
                *ends,
                kilometres=kilometres,
                where=row.where,
                one_way=_yes(page, row, at, "one_way"),
                forced=2 if _yes(page, row, at, "onward") else 0,
                km_per_day=_amount(page, row, at, "km_per_day", 1e-9),
                walking=_amount(page, row, at, "share_of_days_on_foot", most=1.0),
                persons_per_day=_amount(page, row, at, "persons_per_day"),
                weekdays=_weekdays(page, row, weekdays) if weekdays else None,
                deaths=None if deaths is None else deaths / 100_000,
                price_usd=_amount(page, row, at, "price_usd"),
                danger=_cell(row, at, "danger"),
                price=_cell(row, at, "price"),
                together=_amount(page, row, at, "persons_together", 1.0),
            )
        )
    return tuple(roads)


def _weekdays(page: Page, row: Row, text: str) -> tuple[int, ...]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    words = text.lower().split()
    for word in words:
        page.gate.known(row.where, word, names, "weekday")
    return tuple(names.index(word) for word in words if word in names)


def _departures(page: Page) -> tuple[Departure, ...] | None:
    if "displaced" in page.content:
        entry = page.content["displaced"]
        if "departures" in page.content:
            page.gate.refuse("displaced", "stands beside a table of departures", "Keep one of them")
        return displacement.departures(page.gate, entry, "displaced", page.day, page.places)
    if "departures" not in page.content:
        return None
    departures = []
    for row, at in _table(page, "departures"):
        place, day = _cell(row, at, "place"), _row_day(page, row, at, "day")
        persons = _amount(page, row, at, "persons")
        if persons is None and not _cell(row, at, "persons"):
            page.gate.refuse(f"{row.where}: persons", "is empty", "Give how many set out")
        if (
            page.gate.known(row.where, place, page.places)
            and day is not None
            and persons is not None
        ):
            departures.append(Departure(place, day, persons, row.where))
    _outside(page, departures)
    return tuple(departures)


def _outside(page: Page, departures: list[Departure]) -> None:
    """Say how many set out on days that are not in the period, or in all more than can be."""
    for when, out in (
        ("before the first day", [row for row in departures if row.day < 0]),
        ("after the last day", [row for row in departures if row.day >= page.days]),
    ):
        if out:
            persons = sum(row.persons for row in out)
            what = f"{persons:.0f} persons of {len(out)} rows set out {when}"
            page.gate.warn(out[0].where, what, "They are left out")
    total = sum(row.persons for row in departures)
    if total > MOST_PERSONS:
        what = f"{total:.0f} persons set out in all"
        page.gate.refuse(departures[0].where, what, f"Give {MOST_PERSONS:,} at most")


def _plans(page: Page) -> tuple[Plan, ...]:
    if "plans" not in page.content:
        return ()

    def to_day(row: Row, column: int) -> int | None:
        return _row_day(page, row, {"day": column}, "day")

    return plans(page.gate, str(page.content["plans"]), page.places, to_day, page.days)


def _row_day(page: Page, row: Row, at: dict[str, int], column: str) -> int | None:
    text = _cell(row, at, column)
    if text.isdigit():
        return page.gate.whole(row, at[column], column, most=MOST_DAYS)
    day = page.gate.day(row, at.get(column, len(row.cells)), column)
    return None if day is None else (day - page.first_day).days


def _counts(page: Page) -> tuple[Counts, ...]:
    series: dict[str, dict[date, float]] = {}
    where: dict[str, str] = {}
    for row, at in _table(page, "counts"):
        place = _cell(row, at, "place")
        number = _row_day(page, row, at, "day")
        persons = _amount(page, row, at, "persons")
        if persons is None and not _cell(row, at, "persons"):
            page.gate.refuse(f"{row.where}: persons", "is empty", "Give a count")
        known = page.gate.known(row.where, place, page.places)
        if known and number is not None and persons is not None:
            day = page.first_day + timedelta(days=number)
            before = series.get(place, {}).get(day, persons)
            if before != persons:
                what = f"{place} has two counts of {day}: {before:.0f} and {persons:.0f}"
                page.gate.refuse(row.where, what, "Keep one of them")
            series.setdefault(place, {})[day] = persons
            where.setdefault(place, row.where)
    return tuple(
        Counts(place, (tuple(sorted(by_day.items())),), where[place])
        for place, by_day in series.items()
    )


def _conflict(page: Page) -> dict[str, tuple[float, ...]]:
    by_place: dict[str, list[float]] = {}
    for row, at in _table(page, "conflict"):
        place = _cell(row, at, "place")
        first = _row_day(page, row, at, "from")
        last = _row_day(page, row, at, "until") if _cell(row, at, "until") else page.days
        level = _amount(page, row, at, "intensity", most=1.0)
        if not page.gate.known(row.where, place, page.places) or first is None or last is None:
            continue
        if last < first:
            page.gate.refuse(row.where, "ends before it begins", "Put the days in order")
        if first >= page.days or last <= 0:
            what = "is about no day of the period"
            page.gate.warn(row.where, what, "It has no effect")
        values = by_place.setdefault(place, [0.0] * page.days)
        for day in range(max(first, 0), min(last, page.days)):
            values[day] = 1.0 if level is None else level
    return {place: tuple(values) for place, values in by_place.items()}


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
    for name in sorted({name for name in names if names.count(name) > 1}):
        page.gate.refuse(f"{page.name}: group", f"'{name}' occurs twice", "Give each its own name")
    return tuple(groups)


def _what_ifs(page: Page) -> tuple[WhatIf, ...]:
    what_ifs: list[WhatIf] = []
    for where, entry in entries_of(page, page.content, "what_if", page.name):
        name = str(entry.get("name", ""))
        if not name or name in [what_if.name for what_if in what_ifs]:
            page.gate.refuse(where, "needs a name of its own", "Write name = ...")
        changes = changes_of(page, entry, where)
        if changes == Changes():
            fix = "To take a closure away, write [[what_if.lift]]"
            page.gate.warn(where, f"'{name}' changes nothing, so it equals the baseline", fix)
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
    page.places = [place.name for place in situation.places]
    page.countries = sorted({place.country for place in situation.places})
    what_ifs = _what_ifs(page)
    if not what_ifs and not gate.problems:
        gate.refuse(path.name, "holds no [[what_if]]", "Add one with a name and changes")
    gate.close()
    return what_ifs, tuple(gate.warnings)
