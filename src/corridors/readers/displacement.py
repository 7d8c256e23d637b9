"""Departures from a result of the world model: `[displaced]` of a journey file.

    [displaced]
    result = "new-displacement"        # a folder that `corridors run` wrote, relative to the file
    policy = "odds double"             # of that study; needed where it has several
    capital = "fixed"                  # likewise
    birthplace = "SDN"                 # who sets out: one code or several
    residence = ["TCD", "EGY"]         # those bound for these areas only; left out = for all
    from = 2023-04-15                  # first day, a date or a whole number
    days = 90                          # over which they set out, the same number every day
    persons_per_adult = 1.0            # the world model counts adults; 1 leaves children out
    source = "..."
    [displaced.places]                 # where they begin, shares that add to 1
    Khartoum = 1.0

Persons are those of the study who live abroad after the policy and did not before.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from corridors.data import results
from corridors.errors import nearest
from corridors.readers.caravan import ToDay
from corridors.readers.csv_gate import Gate
from corridors.readers.situation import Departure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["departures"]

KEYS = (
    "result policy capital birthplace residence from days persons_per_adult source places"
).split()


def departures(
    gate: Gate, entry: Any, where: str, to_day: ToDay, places: Collection[str]
) -> tuple[Departure, ...]:
    """Who sets out each day from each place; problems go to the gate.

    Returns
    -------
    tuple of Departure
        Place, day and persons (adults where `persons_per_adult` is 1).

    Raises
    ------
    SourceError
        The result is missing or damaged.
    """
    if not isinstance(entry, dict):
        gate.refuse(where, "is not a table", f"Write [{where}]")
        return ()
    for key in entry:
        gate.known(where, key, KEYS, "key")
    for key in ("result", "birthplace", "from", "days", "places"):
        if key not in entry:
            gate.refuse(where, f"has no '{key}'", "Add it")
    if gate.problems:
        return ()
    first = to_day(entry["from"], f"{where}.from")
    shares = _shares(gate, entry["places"], f"{where}.places", places)
    length, adults = entry["days"], entry.get("persons_per_adult", 1.0)
    for key, value, least in (("days", length, 1), ("persons_per_adult", adults, 1.0)):
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            gate.refuse(f"{where}.{key}", f"{value!r} is not a number from {least}", "Correct it")
    rows = _rows(gate, entry, where)
    if gate.problems or first is None or rows is None:
        return ()
    persons = float((rows["after"] - rows["now"]).sum()) * adults
    if persons <= 0:
        what = f"fewer people born in {entry['birthplace']} live abroad than before"
        gate.refuse(where, what, "Name a policy that displaces people")
        return ()
    if adults == 1:
        fix = "Give persons_per_adult to count their children"
        gate.warn(where, f"the {persons:.0f} who set out are adults", fix)
    return tuple(
        Departure(place, first + day, persons * share / length, where)
        for place, share in shares.items()
        for day in range(int(length))
    )


def _shares(gate: Gate, entry: Any, where: str, places: Collection[str]) -> dict[str, float]:
    shares = entry if isinstance(entry, dict) else {}
    for place in shares:
        gate.known(where, place, places)
    numbers = [share for share in shares.values() if isinstance(share, int | float) and share >= 0]
    if len(numbers) < max(len(shares), 1) or abs(sum(numbers) - 1.0) > 1e-6:
        gate.refuse(where, "is not a table of shares that add to 1", "Write place = share")
    return shares


def _rows(gate: Gate, entry: dict[str, Any], where: str) -> pd.DataFrame | None:
    """Corridors of one case of the result, of the people asked for."""
    folder = gate.folder / str(entry["result"])
    tables, manifest = results.read(folder)
    gate.inputs[f"{entry['result']}/manifest.json"] = str(manifest.get("digest", ""))
    rows = tables.get("corridors")
    if rows is None or not {"policy", "capital", "now", "after"} <= set(rows.columns):
        fix = "Name a result of `corridors run` that answers where the world settles"
        gate.refuse(f"{where}.result", f"{folder} lists no corridors", fix)
        return None
    for key in ("policy", "capital"):
        listed = sorted(map(str, rows[key].unique()))
        if key not in entry and len(listed) > 1:
            gate.refuse(where, f"has no '{key}'", f"Choose one of {', '.join(listed)}")
            return None
        chosen = str(entry.get(key, listed[0]))
        if chosen not in listed:
            close = ", ".join(nearest(chosen, listed))
            gate.refuse(f"{where}.{key}", f"there is no '{chosen}'", f"Did you mean {close}?")
            return None
        rows = rows[rows[key].astype(str) == chosen]
    rows = rows[rows["birthplace"].astype(str) != rows["residence"].astype(str)]
    for end in ("birthplace", "residence"):
        chosen = entry.get(end, [])
        codes = [chosen] if isinstance(chosen, str) else chosen
        listed = sorted(map(str, rows[end].unique()))
        known = [gate.known(f"{where}.{end}", str(code), listed, "area") for code in codes]
        if not all(known):
            return None
        rows = rows[rows[end].isin(codes)] if codes else rows
    return rows
