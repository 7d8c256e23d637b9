"""Folders of the Flee simulator: `input_csv/`, and `source_data/` for the registrations.

Format as `locations.csv`, `routes.csv`, `closures.csv`, `conflicts.csv`, `sim_period.csv`,
`registration_corrections.csv`, `simsetting.yml` and `data_layout.csv` with one file a camp. Flee
is software of Brunel University London (github.com/djgroen/flee, BSD-3-Clause); this reader was
written from a description of the format. Flee passes over most mistakes in silence; here a row
that cannot be meant is an error and one that has no effect is a warning.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from corridors.errors import SourceError, nearest
from corridors.readers.csv_gate import Gate, Row
from corridors.readers.plans import plans
from corridors.readers.situation import (
    MOST_DAYS,
    MOST_KILOMETRES,
    MOST_PERSONS,
    Closure,
    Counts,
    Place,
    Plan,
    Road,
    Situation,
    without_registrations,
)

__all__ = ["is_folder", "read"]

#: What a location type contains -> the kind of place; the first that fits.
KINDS = (
    ("idpcamp", "idp_camp"),
    ("camp", "camp"),
    ("conflict", "conflict"),
    ("forward", "hub"),
    ("marker", "marker"),
)
CLOSURES = {
    "country": "country",
    "location": "location",
    "link": "link row",  # read, and without effect in the reference simulator
    "camp": "camp",
    "idpcamp": "camp",
    "remove_forced_redirection": "redirection",
}
FILES = {
    "major_routes.csv": "long routes by name",
    "agents.csv": "people one by one",
    "flood_level.csv": "floods",
    "region_attributes_IPC.csv": "food insecurity",
    "location_changes.csv": "changes of a place's type",
}


def is_folder(folder: Path) -> bool:
    """Whether `folder` looks like one of Flee's."""
    return any((folder / part / "locations.csv").is_file() for part in ("input_csv", "."))


def read(folder: Path) -> Situation:
    """What a Flee folder says: persons, km, days, dates.

    Raises
    ------
    SourceError
        The folder or one of its files is missing.
    InputError
        Lists every row that cannot be read, with file, line and what to do.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: there is no such folder. Name a folder with input_csv/")
    gate = Gate(folder)
    inside = "input_csv/" if (folder / "input_csv").is_dir() else ""
    first_day, days = _period(gate, inside)
    places = _places(gate, inside + "locations.csv")
    names = {place.name: place for place in places}
    roads = _roads(gate, inside + "routes.csv", names)
    situation = Situation(
        name=folder.resolve().name,
        first_day=first_day,
        days=days,
        places=places,
        roads=roads,
        closures=_closures(gate, inside + "closures.csv", names, days),
        intensity=_intensity(gate, inside + "conflicts.csv", names, days),
        corrections=_corrections(gate, inside + "registration_corrections.csv", names),
        **_registrations(gate, names, first_day, days),
        plans=_plans(gate, inside, names, first_day, days),
        settings=_settings(gate, inside),
        sources=(f"Flee folder {folder.resolve().name}",),
    )
    _unread(gate, inside)
    gate.close()
    gate.warnings += without_registrations(situation)
    inputs, warnings = dict(sorted(gate.inputs.items())), tuple(gate.warnings)
    return replace(situation, inputs=inputs, warnings=warnings)


def _period(gate: Gate, inside: str) -> tuple[date, int]:
    file = inside + "sim_period.csv"
    if not gate.has(file) and gate.has(inside + "conflict_period.csv"):
        file = inside + "conflict_period.csv"  # its name in older folders
    first_day, days = date(1, 1, 1), 0
    _, rows = gate.rows(file)
    by_key = {row[0].lower(): row for row in rows}
    for key in ("startdate", "length"):
        if key not in by_key:
            gate.refuse(file, f"has no row '{key}'", "Add it: StartDate,YYYY-MM-DD and Length,DAYS")
    if "startdate" in by_key:
        first_day = gate.day(by_key["startdate"], 1, "StartDate") or first_day
    if "length" in by_key:
        days = gate.whole(by_key["length"], 1, "Length", least=1, most=MOST_DAYS) or 0
    if (date.max - first_day).days < days:
        gate.refuse(f"{file}: StartDate", f"{first_day} is too late", "Give the date it began")
        days = 0
    return first_day, days


def _plans(
    gate: Gate, inside: str, names: Collection[str], first_day: date, days: int
) -> tuple[Plan, ...]:
    """What a planner knows to come, where the folder says it."""
    file = next((file for file in (inside + "plans.csv", "plans.csv") if gate.has(file)), "")
    if not file:
        return ()

    def to_day(row: Row, column: int) -> int | None:
        if row[column].isdigit():
            return gate.whole(row, column, "day", most=MOST_DAYS)
        day = gate.day(row, column, "day")
        return None if day is None else (day - first_day).days

    return plans(gate, file, names, to_day, days)


def _places(gate: Gate, file: str) -> tuple[Place, ...]:
    head, rows = gate.rows(file, header=("name", "#name"))
    _unused(gate, head, [title for title in head.cells[8:] if title] if head else [])
    places: dict[str, Place] = {}
    for row in rows:
        name = row[0]
        if len(row.cells) < 6 or not name:
            what = f"has {len(row.cells)} columns"
            fix = "Write name, region, country, lat, lon, location_type, conflict_date, pop/cap"
            gate.refuse(row.where, what, fix)
            continue
        if name in places:
            what = f"'{name}' stands already in {places[name].where}"
            gate.refuse(row.where, what, "Give each place its own name")
            continue
        places[name] = _place(gate, row)
    if not places and not gate.problems:
        gate.refuse(file, "names no place", "Add a row for each place")
    return tuple(places.values())


def _place(gate: Gate, row: Row) -> Place:
    kind = next((kind for part, kind in KINDS if part in row[5].lower()), "town")
    if kind == "town" and row[5].lower() not in ("town", "default", "", "flood_zone"):
        gate.warn(f"{row.where}: location_type", f"'{row[5]}' is not known", "Read as a town")
    is_camp = kind in ("camp", "idp_camp")
    least = -1.0 if is_camp else 0.0  # Flee's own word for unlimited
    people = gate.number(row, 7, "pop/cap", least=least, most=MOST_PERSONS)
    people = None if people is not None and people < 0 else people
    if is_camp and not people:
        what = "capacity 0, -1 or empty means unlimited"
        gate.warn(f"{row.where}: pop/cap", what, "Give the capacity in persons if it is known")
    conflict_day = gate.number(row, 6, "conflict_date", least=-1) if kind == "conflict" else None
    return Place(
        name=row[0],
        country=row[2],
        kind=kind,
        where=row.where,
        region=row[1],
        latitude=gate.number(row, 3, "latitude", least=-90),
        longitude=gate.number(row, 4, "longitude", least=-180),
        population=None if is_camp else people,
        capacity=people if is_camp else None,
        conflict_day=None if conflict_day is None else int(conflict_day),
    )


def _roads(gate: Gate, file: str, names: Collection[str]) -> tuple[Road, ...]:
    head, rows = gate.rows(file, header=("name1", "#name1"))
    titles = [cell.lstrip("#").lower() for cell in head.cells] if head else []
    columns = {title: at for at, title in enumerate(titles)}
    used = ("", "max_move_speed", "walk_probability")
    _unused(gate, head, [title for title in titles[4:] if title not in used])
    roads: list[Road] = []
    seen: dict[frozenset[str], str] = {}
    for row in rows:
        if len(row.cells) < 3:
            fix = "Write name1, name2, distance in km, forced_redirection"
            gate.refuse(row.where, f"has {len(row.cells)} columns", fix)
            continue
        known = [gate.known(f"{row.where}: {end}", end, names) for end in row.cells[:2]]
        road = _road(gate, row, columns)
        if not all(known) or road is None:
            continue
        pair = frozenset((road.start, road.end))
        if pair in seen:
            what = f"doubles the road of {seen[pair]}"
            gate.warn(row.where, what, "Its weight counts twice; delete one if not meant")
        seen[pair] = row.where
        roads.append(road)
    return tuple(roads)


def _unused(gate: Gate, head: Row | None, titles: list[str]) -> None:
    """Warn of columns that have no effect here."""
    if head and titles:
        what = f"columns {', '.join(titles)} are not used"
        gate.warn(head.where, what, "Rename them if they were meant to have an effect")


def _road(gate: Gate, row: Row, columns: dict[str, int]) -> Road | None:
    kilometres = gate.number(row, 2, "distance", most=MOST_KILOMETRES)
    if kilometres is None:
        if not row[2]:
            gate.refuse(f"{row.where}: distance", "is empty", "Give the length in km")
        return None
    if kilometres == 0:
        gate.warn(f"{row.where}: distance", "is 0 km", "Read as 1 km")
        kilometres = 1.0
    if row[0] == row[1]:
        gate.refuse(row.where, f"leads from '{row[0]}' to itself", "Delete the row")
        return None
    forced = gate.number(row, 3, "forced_redirection", absent=0.0) or 0.0
    if forced not in (0, 1, 2):
        gate.refuse(f"{row.where}: forced_redirection", f"{row[3]} is not 0, 1 or 2", "Correct it")
    speed = gate.number(row, columns.get("max_move_speed", 99), "max_move_speed", least=1e-9)
    walking = gate.number(row, columns.get("walk_probability", 99), "walk_probability")
    if walking is not None and walking > 1:
        gate.refuse(f"{row.where}: walk_probability", "is above 1", "Give a share from 0 to 1")
    return Road(
        start=row[0],
        end=row[1],
        kilometres=kilometres,
        where=row.where,
        forced=int(forced),
        km_per_day=speed,
        walking=walking,
    )


def _closures(gate: Gate, file: str, places: dict[str, Place], days: int) -> tuple[Closure, ...]:
    if not gate.has(file):
        return ()
    _, rows = gate.rows(file, header=("closure_type", "#closure_type"))
    countries = sorted({place.country for place in places.values()})
    closures = []
    for row in rows:
        kind = CLOSURES.get(row[0].lower())
        if kind is None:
            close = ", ".join(nearest(row[0], CLOSURES))
            what = f"there is no closure_type '{row[0]}'"
            gate.refuse(row.where, what, f"Did you mean {close}?")
            continue
        known: Collection[str] = countries if kind == "country" else places
        one_name = kind in ("location", "camp")
        for name in row.cells[1 : 2 if one_name else 3]:
            gate.known(row.where, name, known, "country" if kind == "country" else "place")
        first = gate.whole(row, 3, "closure_start", least=0)
        last = gate.whole(row, 4, "closure_end", least=-1)
        if first is None or last is None:
            continue
        if kind != "redirection" and -1 < last < first:
            what = f"ends on day {last}, before it starts on day {first}"
            gate.refuse(row.where, what, "Put the days in order, or -1 for no reopening")
        if first >= days:
            what = f"starts on day {first}, after the {days} days of the period"
            gate.warn(row.where, what, "It has no effect")
        ends = None if kind == "redirection" or last == -1 else last
        closures.append(Closure(kind, (row[1], row[2]), first, ends, row.where, recorded=True))
    return tuple(closures)


def _intensity(
    gate: Gate, file: str, names: Collection[str], days: int
) -> dict[str, tuple[float, ...]]:
    """Conflict by place and day of the period; the last row holds for the days beyond it."""
    if not gate.has(file):
        return {}
    head, rows = gate.rows(file, header=("day", "#day"))
    if head is None:
        gate.refuse(f"{file}:1", "has no header", "Begin with #Day and the names of the places")
        return {}
    columns = {}
    for column, name in enumerate(head.cells[1:], start=1):
        if name in names:
            columns[column] = name
        elif name:
            what = f"column '{name}' names no place, so its events are lost"
            gate.warn(head.where, what, gate.suggestion(name, names))
    by_day: dict[int, dict[int, float]] = {}
    above: list[Row] = []
    for row in rows:
        day = gate.whole(row, 0, "#Day", least=0)
        values = {at: gate.number(row, at, columns[at], absent=0.0) or 0.0 for at in columns}
        if any(value > 1 for value in values.values()):
            above.append(row)
        if day is not None:
            by_day[day] = values
    if above:
        more = f" (and in {len(above) - 1} more rows)" if len(above) > 1 else ""
        gate.refuse(above[0].where, f"an intensity is above 1{more}", "Give numbers from 0 to 1")
    if not by_day:
        gate.refuse(file, "holds no day", "Add one row a day, from day 0")
        return {}
    if max(by_day) < days - 1:
        what = f"ends on day {max(by_day)} of {days}"
        gate.warn(file, what, "Its last row is kept for the days beyond")
    return _daily(by_day, columns, days)


def _daily(
    by_day: dict[int, dict[int, float]], columns: dict[int, str], days: int
) -> dict[str, tuple[float, ...]]:
    filled, values = [], dict.fromkeys(columns, 0.0)
    for day in range(days):
        values = by_day.get(day, values)
        filled.append(values)
    return {name: tuple(row[at] for row in filled) for at, name in columns.items()}


def _corrections(
    gate: Gate, file: str, names: Collection[str]
) -> tuple[tuple[str, date, str], ...]:
    if not gate.has(file):
        return ()
    _, rows = gate.rows(file)
    corrections = []
    for row in rows:
        day = gate.day(row, 1, "date")
        if row[0] not in names:
            what = f"'{row[0]}' is no place, so the correction is lost"
            gate.warn(row.where, what, gate.suggestion(row[0], names))
        elif day is not None:
            corrections.append((row[0], day, row.where))
    return tuple(corrections)


def _registrations(
    gate: Gate, names: Collection[str], first_day: date, days: int
) -> dict[str, Any]:
    layout = "source_data/data_layout.csv"
    if not gate.has(layout):
        what = "there are no registrations: nobody sets out and nothing can be scored"
        gate.warn(layout, what, "Add source_data/, or departures")
        return {}
    _, rows = gate.rows(layout)
    counts, totals = [], None
    for row in rows:
        files = [file for file in row.cells[1:] if file]
        missing = [file for file in files if not gate.has(f"source_data/{file}")]
        for file in missing:
            gate.refuse(row.where, f"file '{file}' is missing", "Add it or correct its name")
        if missing or not files:
            continue
        series = tuple(_series(gate, f"source_data/{file}", first_day, days) for file in files)
        if row[0].lower() == "total":
            totals = Counts("total", series, row.where)
        elif row[0] not in names:
            what = f"'{row[0]}' is no place, so its registrations are not used"
            gate.warn(row.where, what, gate.suggestion(row[0], names))
        else:
            counts.append(Counts(row[0], series, row.where))
            if all(len({value for _, value in rows}) == 1 for rows in series):
                what = f"{row[0]} has one and the same count on every date: a placeholder"
                gate.warn(f"source_data/{files[0]}", what, "It enters the scores all the same")
    if counts and totals is None:
        what = "has no row 'total', so that the reference simulator would leave the first camp out"
        gate.warn(layout, what, "Every camp of the file counts here")
    return {"counts": tuple(counts), "totals": totals}


def _series(gate: Gate, file: str, first_day: date, days: int) -> tuple[tuple[date, float], ...]:
    _, rows = gate.rows(file, header=("date", "datetime", "#date", ""))
    if rows and not rows[0][0][:1].isdigit():  # a header in the file's own language
        rows = rows[1:]
    counts: list[tuple[date, float]] = []
    for row in rows:
        day = gate.day(row, 0, "date")
        persons = gate.number(row, 1, "persons", most=MOST_PERSONS)
        if not row[1]:
            gate.refuse(f"{row.where}: persons", "is empty", "Give a count or delete the row")
        if day is None or persons is None:
            continue
        if counts and day < counts[-1][0]:
            what = f"goes back from {counts[-1][0]} to {day}"
            gate.refuse(row.where, what, "Sort the rows by date and keep one a date")
        elif counts and day == counts[-1][0]:
            gate.warn(row.where, f"{day} occurs twice", "The later row counts")
            counts.pop()
        counts.append((day, persons))
    if not counts:
        gate.refuse(file, "holds no count", "Add rows of date and persons")
    elif days and counts[-1][0] < first_day + timedelta(days=days - 1):
        what = f"ends on {counts[-1][0]}, before the period does"
        gate.warn(file, what, "Its last count is held to the end")
    return tuple(counts)


def _settings(gate: Gate, inside: str) -> dict[str, Any]:
    """The settings of simsetting.yml, sections flattened: {key: value}."""
    files = ("simsetting.yml", inside + "simsetting.yml")
    file = next((file for file in files if gate.has(file)), "")
    if not file:
        return {}
    import yaml

    try:
        content = yaml.safe_load(gate.text(file)) or {}
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        gate.refuse(f"{file}:{line}", "is not YAML", "Correct the line")
        return {}
    if not isinstance(content, dict):
        gate.refuse(f"{file}:1", "is not a list of settings", "Write key: value")
        return {}
    settings: dict[str, Any] = {}
    for key, value in content.items():
        settings |= value if isinstance(value, dict) else {str(key): value}
    return {str(key): value for key, value in settings.items()}


def _unread(gate: Gate, inside: str) -> None:
    """Warn of files of the format that have no effect here."""
    for file, what in FILES.items():
        if gate.has(inside + file):
            gate.warn(inside + file, f"{what} are not modelled", "The file is not used")
    for path in sorted((gate.folder / inside).glob("demographics_*.csv")):
        what = "ages, sexes and other traits of single people are not modelled"
        gate.warn(inside + path.name, what, "The file is not used; see [[group]] of journey files")
