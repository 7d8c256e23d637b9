"""What a planner knows to come: `plans.csv`, beside the tables of a journey file or a Flee folder.

    place,day,kind,persons,to
    Nduta,2015-10-05,opening,55000,
    Nyarugusu,2015-12-01,capacity,110000,
    Lusenda,2016-01-15,closure,,
    Nyarugusu,2016-02-01,relocation,10000,Nduta

`day` is a date or a whole number from 0; `persons` the room from that day on (empty = no limit), or
how many are relocated to the place `to` (empty = everybody). A place works before the first of its
plans unless this is its opening. A plan is told: it stands whatever the day of a forecast is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from corridors.errors import nearest
from corridors.readers.csv_gate import Gate, Row
from corridors.readers.situation import MOST_PERSONS, Plan

__all__ = ["plans"]

#: Words for what is planned.
KINDS = {
    "opening": "opening",
    "open": "opening",
    "opens": "opening",
    "capacity": "capacity",
    "closure": "closure",
    "close": "closure",
    "closing": "closure",
    "closes": "closure",
    "relocation": "relocation",
    "relocate": "relocation",
}
#: Words for the columns.
COLUMNS = {
    "place": "place",
    "camp": "place",
    "name": "place",
    "location": "place",
    "from": "place",
    "day": "day",
    "date": "day",
    "kind": "kind",
    "what": "kind",
    "type": "kind",
    "plan": "kind",
    "event": "kind",
    "persons": "persons",
    "capacity": "persons",
    "capacity_persons": "persons",
    "places": "persons",
    "to": "to",
    "destination": "to",
}
#: Columns that say where a row is from.
ABOUT = ("source", "note", "kind_of_figure", "confidence")


def plans(
    gate: Gate,
    file: str,
    names: Collection[str],
    to_day: Callable[[Row, int], int | None],
    days: int,
) -> tuple[Plan, ...]:
    """The plans of a file; problems and warnings go to the gate.

    Parameters
    ----------
    to_day : from a row and its column of days to a day of the period
    days : length of the period
    """
    head, rows = gate.rows(file, header=tuple(COLUMNS))
    columns = _columns(gate, file, head)
    if columns is None:
        return ()
    read = []
    for row in rows:
        plan = _plan(gate, row, columns, names, to_day)
        if plan is not None and plan.day >= days:
            what = f"is of day {plan.day}, after the {days} days of the period"
            gate.warn(row.where, what, "It has no effect")
        elif plan is not None:
            read.append(plan)
    return tuple(read)


def _columns(gate: Gate, file: str, head: Row | None) -> dict[str, int] | None:
    """Position of each column; None where the header cannot be read."""
    if head is None:
        gate.refuse(f"{file}:1", "has no header", "Begin with place,day,kind,persons,to")
        return None
    columns: dict[str, int] = {}
    for at, title in enumerate(cell.lstrip("#").strip().lower() for cell in head.cells):
        if title in COLUMNS:
            columns.setdefault(COLUMNS[title], at)
        elif title and title not in ABOUT:
            close = ", ".join(nearest(title, COLUMNS))
            gate.refuse(head.where, f"there is no column '{title}'", f"Did you mean {close}?")
    for title in ("place", "day", "kind"):
        if title not in columns:
            gate.refuse(head.where, f"has no column '{title}'", "Begin with place,day,kind,persons")
    return columns if {"place", "day", "kind"} <= set(columns) else None


def _plan(
    gate: Gate,
    row: Row,
    columns: dict[str, int],
    names: Collection[str],
    to_day: Callable[[Row, int], int | None],
) -> Plan | None:
    beyond = len(row.cells)
    place, to = row[columns["place"]], row[columns.get("to", beyond)]
    kind = KINDS.get(row[columns["kind"]].lower())
    known = gate.known(row.where, place, names)
    if kind is None:
        close = ", ".join(nearest(row[columns["kind"]], KINDS))
        what = f"there is no plan '{row[columns['kind']]}'"
        gate.refuse(row.where, what, f"Did you mean {close}?")
    day = to_day(row, columns["day"])
    persons = gate.number(row, columns.get("persons", beyond), "persons", most=MOST_PERSONS)
    if kind == "capacity" and persons is None:
        gate.refuse(f"{row.where}: persons", "is empty", "Give the capacity in persons")
    if kind == "relocation" and not (gate.known(row.where, to, names) and to != place):
        gate.refuse(f"{row.where}: to", "is not another place", "Say where people are moved to")
    if kind is None or day is None or not known:
        return None
    return Plan(place, day, kind, row.where, persons, to)
