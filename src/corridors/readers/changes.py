"""What changes on the road, from a day or date on, as the tables of a TOML file say it.

`[[close]]` shuts a border, a road or a place, `[[lift]]` takes a closure of the file away (from,
until; in a what-if), `[[shelter]]` opens a place, `[[buses]]` run on a road,
`[[send_back]]` takes people to where they came from. A key that is not known is a problem.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from corridors.errors import nearest
from corridors.readers.csv_gate import Gate
from corridors.readers.situation import (
    MOST_DAYS,
    MOST_PERSONS,
    Admission,
    Buses,
    Changes,
    Closure,
    Place,
    Removal,
    Road,
)

__all__ = ["CHANGES", "Page", "changes_of", "entries_of", "known_keys"]

CHANGES = ("close", "lift", "shelter", "buses", "send_back")
#: A day's travel by bus where a file gives none, km; assumed.
BUS_KM_PER_DAY = 500.0
#: Keys of each list of tables.
FIELDS = {
    "group": "name share pace leave caution source",
    "close": "border road place from until one_way persons_per_day source",
    "lift": "border road place from until source",
    "shelter": "place places from until persons_per_day near country kilometres source",
    "buses": "road from until km_per_day source",
    "send_back": "place from until persons_per_day source",
    "what_if": "name title close lift shelter buses send_back",
}


@dataclass
class Page:
    """A TOML file being read, and what its days and names mean.

    Every row of a table asks whether its place is one of `places`: names that hash.
    """

    gate: Gate
    name: str
    content: dict[str, Any]
    first_day: date = date(1, 1, 1)
    days: int = 0
    places: Collection[str] = ()
    countries: list[str] = field(default_factory=list)

    def day(self, value: Any, where: str, default: int | None = None) -> int | None:
        """A day of the period from a whole number or a date."""
        if value is None:
            return default
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date):
            return (value - self.first_day).days
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_DAYS:
            return value
        fix = "Write a date (2018-10-19) or a day from 0"
        self.gate.refuse(where, f"{value!r} is not a day", fix)
        return default

    def number(
        self, entry: dict[str, Any], key: str, where: str, default: float | None = None
    ) -> float | None:
        """A number not below 0, in the unit of its key; problems go to the gate."""
        value = entry.get(key, default)
        if value is default:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 0:
            self.gate.refuse(f"{where}.{key}", f"{value!r} is not a number from 0", "Correct it")
            return default
        if value > MOST_PERSONS:
            fix = f"Give a number up to {MOST_PERSONS:,}"
            self.gate.refuse(f"{where}.{key}", f"{value!r} is too large", fix)
            return default
        return float(value)


def known_keys(page: Page, entry: dict[str, Any], keys: Sequence[str], where: str) -> None:
    """Refuse keys that do not occur; problems go to the gate."""
    for key in entry:
        if key not in keys:
            close = ", ".join(nearest(key, keys))
            page.gate.refuse(where, f"there is no key '{key}'", f"Did you mean {close}?")


def entries_of(
    page: Page, owner: dict[str, Any], key: str, where: str
) -> list[tuple[str, dict[str, Any]]]:
    """The tables of a list, each with where it stands; unknown keys are problems."""
    value = owner.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        page.gate.refuse(f"{where}.{key}", "is not a list of tables", f"Write [[{key}]]")
        return []
    listed = [(f"{where}: {key} {at}", entry) for at, entry in enumerate(value, start=1)]
    for place, entry in listed:
        known_keys(page, entry, FIELDS[key].split(), place)
    return listed


def changes_of(page: Page, owner: dict[str, Any], where: str) -> Changes:
    """The changes that a file, or one of its what-ifs, asks for."""
    close, lift, shelter, buses, send_back = (
        entries_of(page, owner, key, where) for key in CHANGES
    )
    return Changes(
        lifted=tuple(_closing(page, *entry) for entry in lift),
        closures=tuple(_closing(page, *entry) for entry in close),
        admissions=tuple(step for entry in shelter for step in _shelter(page, *entry)),
        new_places=tuple(new for entry in shelter for new in _new_place(page, *entry)),
        buses=tuple(_buses(page, *entry) for entry in buses),
        removals=tuple(_removal(page, *entry) for entry in send_back),
    )


def _span(page: Page, where: str, entry: dict[str, Any]) -> tuple[int, int | None]:
    first = page.day(entry.get("from"), f"{where}.from", 0) or 0
    last = page.day(entry.get("until"), f"{where}.until")
    if last is not None and last < first:
        page.gate.refuse(where, "ends before it begins", "Put the days in order")
    if page.days and (first >= page.days or (last is not None and last <= 0)):
        what = f"acts on no day of the period of {page.days} days"
        page.gate.warn(where, what, "It has no effect")
    return first, last


def _ends(page: Page, where: str, entry: dict[str, Any], key: str) -> list[str]:
    """Two names, not the same."""
    value = entry.get(key)
    if not isinstance(value, list) or len(value) != 2 or value[0] == value[1]:
        what = f"{key} = {value!r} does not name two different ends"
        page.gate.refuse(where, what, f'Write {key} = ["A", "B"]')
        return ["", ""]
    return [str(end) for end in value]


def _closing(page: Page, where: str, entry: dict[str, Any]) -> Closure:
    first, last = _span(page, where, entry)
    given = [key for key in ("border", "road", "place") if key in entry]
    if len(given) != 1:
        page.gate.refuse(where, "names no border, road or place", 'Write border = ["A", "B"]')
        return Closure("place", ("", ""), first, last, where)
    kind = given[0]
    names = [str(entry[kind])] if kind == "place" else _ends(page, where, entry, kind)
    known, noun = (page.countries, "country") if kind == "border" else (page.places, "place")
    for name in names:
        if name or kind == "place":
            page.gate.known(where, name, known, noun)
    return Closure(
        {"border": "country", "road": "link", "place": "location"}[kind],
        (names[0], names[1] if kind != "place" else ""),
        first,
        last,
        where,
        one_way=bool(entry.get("one_way", False)),
        persons_per_day=page.number(entry, "persons_per_day", where, 0.0) or 0.0,
    )


def _shelter(page: Page, where: str, entry: dict[str, Any]) -> list[Admission]:
    """The days a shelter opens and closes; before it opens, and after, it has no place."""
    first, last = _span(page, where, entry)
    place = str(entry.get("place", ""))
    if "near" not in entry:
        page.gate.known(where, place, page.places)
    places = page.number(entry, "places", where)
    if places is None:
        page.gate.refuse(where, "has no number of places", "Write places = 1000")
    per_day = page.number(entry, "persons_per_day", where)
    steps = [Admission(place, first, places or 0.0, where, per_day)]
    return steps if last is None else [*steps, Admission(place, last, 0.0, where)]


def _new_place(page: Page, where: str, entry: dict[str, Any]) -> list[tuple[Place, Road]]:
    """A shelter that is not among the places yet, and the road to it."""
    if "near" not in entry:
        return []
    name, near = str(entry.get("place", "")), str(entry["near"])
    page.gate.known(where, near, page.places)
    kilometres = page.number(entry, "kilometres", where, 1.0) or 1.0
    country = str(entry.get("country", ""))
    place = Place(name, country, "camp", where, capacity=0.0)
    return [(place, Road(near, name, kilometres, where))]


def _buses(page: Page, where: str, entry: dict[str, Any]) -> Buses:
    first, last = _span(page, where, entry)
    ends = _ends(page, where, entry, "road")
    for end in filter(None, ends):
        page.gate.known(where, end, page.places)
    speed = page.number(entry, "km_per_day", where, BUS_KM_PER_DAY) or BUS_KM_PER_DAY
    return Buses((ends[0], ends[-1]), first, last, speed, where)


def _removal(page: Page, where: str, entry: dict[str, Any]) -> Removal:
    first, last = _span(page, where, entry)
    place = str(entry.get("place", ""))
    page.gate.known(where, place, page.places)
    persons = page.number(entry, "persons_per_day", where, 0.0) or 0.0
    return Removal(place, first, last, persons, where)
