"""The `[caravan]` part of a journey file: stops, who joins, rates, shelters, reported sizes.

Records without arrays. Every range carries unit, kind and source; a range without them is an error,
because nothing about a caravan is known without saying by whom.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corridors.errors import nearest
from corridors.readers.csv_gate import Gate, Row

__all__ = ["Figure", "Joining", "Night", "Record", "Reported", "Shelters", "read"]

KINDS = ("reported", "modelled", "assumed")
KEYS = "name stops joins reported shut pace register rates branch shelter".split()
RATES = "returns leave lag catch_up cross_anyway spread move_out transfer gone_when_moved".split()
STOPS = (
    "place country latitude longitude kilometres how arrive nights crossing kind_of_figure source"
).split()
JOINS = "place night lower upper kind_of_figure source note".split()
REPORTED = "day places lower upper scope kind_of_figure source note".split()

#: What turns a cell or value into a day of the period.
ToDay = Callable[[Any, str], int | None]


@dataclass(frozen=True)
class Figure:
    """A range and where it is from."""

    name: str
    lower: float
    upper: float
    unit: str
    kind: str
    source: str


@dataclass(frozen=True)
class Night:
    """A stop as its row says; `arrive` is a day, None where only the pace tells."""

    place: str
    country: str
    latitude: float | None
    longitude: float | None
    kilometres: float
    how: str
    arrive: int | None
    nights: int
    crossing: bool
    where: str


@dataclass(frozen=True)
class Joining:
    """Persons who join at a place on a night there."""

    place: str
    night: int
    figure: Figure


@dataclass(frozen=True)
class Shelters:
    """A shelter of the last stop."""

    place: str
    capacity: Figure
    opens: int
    until: int | None
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Reported:
    """A reported size: persons at one or several places in the evening of a day.

    `upper` is infinite where the report is a lower bound.
    """

    day: int
    places: tuple[str, ...]
    lower: float
    upper: float
    scope: str
    source: str


@dataclass(frozen=True)
class Record:
    """A caravan as its file tells it."""

    name: str
    stops: tuple[Night, ...]
    joins: tuple[Joining, ...]
    pace: dict[str, Figure]
    register: dict[str, Figure]
    rates: dict[str, Figure]
    shut: tuple[tuple[int, int], ...]
    branch: dict[str, Figure]
    branch_place: str
    branch_at: tuple[float, float]
    shelters: tuple[Shelters, ...]
    reported: tuple[Reported, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """Every place of the caravan."""
        branch = (self.branch_place,) if self.branch_place else ()
        stops = tuple(stop.place for stop in self.stops)
        return (*stops, *branch, *(shelter.place for shelter in self.shelters))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every range."""
        joins = tuple(join.figure for join in self.joins)
        rates = (*self.pace.values(), *self.register.values(), *self.rates.values())
        shelters = tuple(shelter.capacity for shelter in self.shelters)
        return (*joins, *rates, *self.branch.values(), *shelters)


def read(gate: Gate, content: Any, where: str, to_day: ToDay) -> Record | None:
    """The caravan of a journey file: persons, km a day, shares a day; each has unit and source.

    None where something is missing; problems go to the gate.
    """
    if not isinstance(content, dict):
        gate.refuse(where, "is not a table", "Write [caravan]")
        return None
    _known(gate, content, KEYS, where)
    for key in ("stops", "pace", "rates"):
        if key not in content:
            gate.refuse(where, f"has no '{key}'", f"Add {key}")
    for key in RATES:
        if key not in content.get("rates", {}):
            gate.refuse(f"{where}.rates", f"has no '{key}'", "Add it: { lower, upper, unit, ... }")
    if gate.problems:
        return None
    stops = _stops(gate, str(content["stops"]), to_day)
    branch = dict(content.get("branch", {}))
    place = str(branch.pop("place", ""))
    at = (float(branch.pop("latitude", "nan")), float(branch.pop("longitude", "nan")))
    record = Record(
        name=str(content.get("name", where)),
        stops=stops,
        joins=_joins(gate, content, [stop.place for stop in stops]),
        pace=_figures(gate, content["pace"], f"{where}.pace"),
        register=_figures(gate, content.get("register", {}), f"{where}.register"),
        rates=_figures(gate, content["rates"], f"{where}.rates"),
        shut=tuple(_shut(gate, span, where, to_day) for span in content.get("shut", ())),
        branch=_figures(gate, branch, f"{where}.branch"),
        branch_place=place,
        branch_at=at,
        shelters=tuple(_shelters(gate, content.get("shelter", ()), where, to_day)),
        reported=(),
    )
    for stop in stops:
        gate.known(stop.where, stop.how, list(record.pace), "way to travel")
    reported = _reported(gate, content, record, to_day)
    return Record(**{**vars(record), "reported": reported})


def _known(gate: Gate, entry: dict[str, Any], keys: list[str], where: str) -> None:
    for key in entry:
        if key not in keys:
            close = ", ".join(nearest(key, keys))
            gate.refuse(where, f"there is no key '{key}'", f"Did you mean {close}?")


def _figures(gate: Gate, entries: Any, where: str) -> dict[str, Figure]:
    return {name: _figure(gate, name, entry, f"{where}.{name}") for name, entry in entries.items()}


def _figure(gate: Gate, name: str, entry: Any, where: str) -> Figure:
    """A range with its unit, kind and source."""
    nothing = Figure(name, 0.0, 0.0, "", "assumed", "")
    if not isinstance(entry, dict):
        gate.refuse(where, "is not a range", "Write { lower, upper, unit, kind, source }")
        return nothing
    needed = ("lower", "upper", "unit", "kind", "source")
    missing = [key for key in needed if not str(entry.get(key, ""))]
    if missing:
        gate.refuse(where, f"has no {', '.join(missing)}", "Every size says where it is from")
        return nothing
    gate.known(where, str(entry["kind"]), KINDS, "kind")
    lower, upper = entry["lower"], entry["upper"]
    numbers = all(isinstance(end, int | float) and end >= 0 for end in (lower, upper))
    if not numbers or upper < lower:
        gate.refuse(where, f"{lower!r} to {upper!r} is not a range", "Give lower <= upper, from 0")
        return nothing
    unit, source = str(entry["unit"]), str(entry["source"])
    return Figure(name, float(lower), float(upper), unit, str(entry["kind"]), source)


def _table(gate: Gate, file: str, columns: list[str]) -> list[tuple[Row, dict[str, int]]]:
    head, rows = gate.rows(file, header=columns)
    if head is None:
        gate.refuse(f"{file}:1", "has no header", f"Begin with {','.join(columns[:3])},...")
        return []
    for title in head.cells:
        gate.known(head.where, title, columns, "column")
    at = {title: column for column, title in enumerate(head.cells)}
    for column in columns:
        if column not in at and column not in ("note", "scope"):
            gate.refuse(head.where, f"has no column '{column}'", "Add it")
            return []
    return [(row, at) for row in rows]


def _stops(gate: Gate, file: str, to_day: ToDay) -> tuple[Night, ...]:
    stops = []
    for row, at in _table(gate, file, STOPS):
        gate.known(row.where, row[at["kind_of_figure"]], KINDS, "kind")
        arrive = row[at["arrive"]]
        stops.append(
            Night(
                place=row[at["place"]],
                country=row[at["country"]],
                latitude=gate.number(row, at["latitude"], "latitude", least=-90),
                longitude=gate.number(row, at["longitude"], "longitude", least=-180),
                kilometres=gate.number(row, at["kilometres"], "kilometres") or 0.0,
                how=row[at["how"]],
                arrive=to_day(gate.day(row, at["arrive"], "day"), row.where) if arrive else None,
                nights=gate.whole(row, at["nights"], "nights") or 0,
                crossing=row[at["crossing"]] == "yes",
                where=row.where,
            )
        )
    days = [stop.arrive for stop in stops if stop.arrive is not None]
    if days != sorted(days):
        gate.refuse(file, "the days of arrival go back", "Put the stops in order")
    return tuple(stops)


def _joins(gate: Gate, content: dict[str, Any], places: list[str]) -> tuple[Joining, ...]:
    joins = []
    for row, at in _table(gate, str(content["joins"]), JOINS) if "joins" in content else ():
        place = row[at["place"]]
        gate.known(row.where, place, places)
        gate.known(row.where, row[at["kind_of_figure"]], KINDS, "kind")
        night = gate.whole(row, at["night"], "night") or 0
        lower, upper = (gate.number(row, at[end], end) or 0.0 for end in ("lower", "upper"))
        name = f"who join at {place}, night {night}"
        kind, source = row[at["kind_of_figure"]], row[at["source"]]
        joins.append(Joining(place, night, Figure(name, lower, upper, "persons", kind, source)))
    return tuple(joins)


def _shut(gate: Gate, entry: Any, where: str, to_day: ToDay) -> tuple[int, int]:
    first, last = (to_day(entry.get(end), f"{where}.shut") for end in ("from", "until"))
    if first is None or last is None or last < first:
        gate.refuse(f"{where}.shut", "is not a span of days", "Write { from = ..., until = ... }")
        return 0, 0
    return first, last


def _shelters(gate: Gate, entries: Any, where: str, to_day: ToDay) -> list[Shelters]:
    shelters = []
    for number, entry in enumerate(entries, start=1):
        place = f"{where}: shelter {number}"
        _known(gate, entry, ["place", "capacity", "opens", "until", "latitude", "longitude"], place)
        capacity = _figure(gate, "capacity", entry.get("capacity"), f"{place}.capacity")
        opens = to_day(entry.get("opens", 0), place) or 0
        until = None if "until" not in entry else to_day(entry["until"], place)
        if until is not None and until < opens:
            gate.refuse(place, "closes before it opens", "Put the days in order")
        at = (float(entry["latitude"]), float(entry["longitude"])) if "latitude" in entry else None
        shelters.append(Shelters(str(entry.get("place", "")), capacity, opens, until, at))
    return shelters


def _reported(
    gate: Gate, content: dict[str, Any], record: Record, to_day: ToDay
) -> tuple[Reported, ...]:
    sizes = []
    known = [*record.places, f"{record.stops[-1].place}, outside" if record.stops else ""]
    for row, at in (
        _table(gate, str(content["reported"]), REPORTED) if "reported" in content else ()
    ):
        places = tuple(row[at["places"]].split("|"))
        for place in places:
            gate.known(row.where, place, known)
        day = to_day(gate.day(row, at["day"], "day"), row.where)
        lower = gate.number(row, at["lower"], "lower") or 0.0
        upper = gate.number(row, at["upper"], "upper", absent=math.inf)
        if day is not None and upper is not None:
            scope, source = row[at["scope"]], row[at["source"]]
            sizes.append(Reported(day, places, lower, upper, scope, source))
    return tuple(sizes)
