"""Tables of a journey file of ours: places, roads, departures, counts, conflict, plans.

`readers.journeys_folder` has the file that names them. Columns carry their unit in their name; a
column that is not known is an error, the field's other words for one are read with a warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from corridors.errors import nearest
from corridors.readers import displacement
from corridors.readers.changes import Page
from corridors.readers.csv_gate import Row
from corridors.readers.plans import plans
from corridors.readers.situation import (
    MOST_DAYS,
    MOST_KILOMETRES,
    MOST_PERSONS,
    Counts,
    Departure,
    Place,
    Plan,
    Road,
)

__all__ = ["conflict", "counts", "departures", "places", "plans_of", "roads"]

KINDS = ("camp", "idp_camp", "conflict", "town", "hub", "marker")
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


def places(page: Page) -> tuple[Place, ...]:
    """Places, each with its own name: degrees, persons who live there, persons it has room for.

    One of the kind `conflict` is in conflict from day 0.
    """
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


def roads(page: Page) -> tuple[Road, ...]:
    """Roads between places: km, km a day, persons a day, deaths a passage, US dollars."""
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


def departures(page: Page) -> tuple[Departure, ...] | None:
    """Persons who set out by place and day, from a table or a result; None where none is named.

    Raises
    ------
    SourceError
        The result is missing or damaged.
    """
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


def plans_of(page: Page) -> tuple[Plan, ...]:
    """What is planned: places, days and persons."""
    if "plans" not in page.content:
        return ()

    def to_day(row: Row, column: int) -> int | None:
        return _row_day(page, row, {"day": column}, "day")

    return plans(page.gate, str(page.content["plans"]), page.places, to_day, page.days)


def _row_day(page: Page, row: Row, at: dict[str, int], column: str) -> int | None:
    text = _cell(row, at, column)
    if text.isdigit() and int(text) > MOST_DAYS:
        what = f"'{text}' is neither a date nor a day of the period"
        page.gate.refuse(f"{row.where}: {column}", what, "Write YYYY-MM-DD, or a day from 0")
        return None
    if text.isdigit():
        return page.gate.whole(row, at[column], column, most=MOST_DAYS)
    day = page.gate.day(row, at.get(column, len(row.cells)), column)
    return None if day is None else (day - page.first_day).days


def counts(page: Page) -> tuple[Counts, ...]:
    """Registrations by place and date, persons."""
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


def conflict(page: Page) -> dict[str, tuple[float, ...]]:
    """Intensity of conflict, 0 to 1 without unit, by place and day of the period."""
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
