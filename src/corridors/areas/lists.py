"""A whole column of labels at once: labels that are ambiguous alone are settled by the others."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from corridors.areas.names import SCHEMES, Meaning, aggregate, meaning, meant
from corridors.areas.register import known, listing
from corridors.areas.spelling import folded
from corridors.errors import InputError, Problem, nearest

__all__ = ["PUBLISHERS", "resolve_all"]

#: Publishers whose use settles a label that the list leaves open.
PUBLISHERS = (
    "census",
    "dhs",
    "eurostat",
    "idmc",
    "ilo",
    "iom",
    "oecd",
    "un",
    "unctad",
    "unhcr",
    "worldbank",
)
#: Neighbours of the Federated States: a list of countries has them, a list of regions has not.
_MICRONESIAN = frozenset(("GUM", "KIR", "MHL", "MNP", "NRU", "PLW"))
_CONTINENTS = ("Africa", "Asia", "Europe", "Oceania")
#: States beside which Georgia is another state of the same country.
_STATES = frozenset(("alabama", "alaska", "arizona", "california", "florida", "texas", "ohio"))


def resolve_all(
    labels: Iterable[object], scheme: str | None = None, publisher: str | None = None
) -> tuple[Meaning, ...]:
    """What every label of one list means.

    Parameters
    ----------
    labels : iterable of str or number
        The labels of one column, or of both ends of one table.
    scheme : str, optional
        Read the labels as codes of this list: one of `SCHEMES`.
    publisher : str, optional
        Who wrote the list, one of `PUBLISHERS`: decides what the list itself leaves open, such as
        "Other Africa", a sub-total with UNCTAD and a remainder in a census.

    Returns
    -------
    tuple of Meaning
        One for every label, in order: an area, origins not known (OTH, UNK, XXA), an aggregate,
        or no place with the reason. Its note says how an ambiguous label was settled.

    Raises
    ------
    InputError
        The scheme or the publisher is not known.
    """
    _check("scheme", scheme, SCHEMES)
    _check("publisher", publisher, PUBLISHERS)
    alone = [meaning(label, scheme) for label in labels]
    if scheme is not None:
        return tuple(alone)
    named = {entry.code for entry in alone if entry.kind == "area" and entry.code}
    settled = {
        entry.label: _settled(entry, alone, named, publisher)
        for entry in alone
        if entry.kind == "none" or folded(entry.label) in ("georgia", "kosovo")
    }
    return tuple(settled.get(entry.label, entry) for entry in alone)


def _check(what: str, value: str | None, known_values: Sequence[str]) -> None:
    if value is not None and value not in known_values:
        close = nearest(value, known_values)
        fix = f"Did you mean {close[0]}? Known: {', '.join(known_values)}"
        raise InputError(Problem(what, f"there is no {what} '{value}'", fix))


def _settled(
    entry: Meaning, alone: Sequence[Meaning], named: set[str], publisher: str | None
) -> Meaning:
    form = folded(entry.label)
    if form == "micronesia":
        return _micronesia(entry, alone, named, publisher)
    if form == "america":
        return _america(entry, alone)
    if form == "georgia":
        return _georgia(entry, alone)
    if form == "kosovo":
        return _kosovo(entry, alone)
    rest = entry.label.split(maxsplit=1)
    if len(rest) == 2 and folded(rest[0]) == "other" and aggregate(rest[1]):
        return _other(entry, publisher)
    rules = _settling()
    if form not in rules:
        return entry
    area, beside = rules[form]["area"], rules[form]["beside"]
    if area in named:
        return replace(entry, note=f"{entry.note}, and the list names {_named([area])} besides")
    if set(beside) <= named:
        return _as_area(entry, area, f"beside {_named(beside)}")
    if publisher in rules[form]["publishers"]:
        return _as_area(entry, area, f"as {publisher} uses it")
    return entry


@functools.cache
def _settling() -> dict[str, dict[str, Any]]:
    return {folded(name): rule for name, rule in listing("aliases")["settled"].items()}


def _micronesia(
    entry: Meaning, alone: Sequence[Meaning], named: set[str], publisher: str | None
) -> Meaning:
    """The region in the United Nations' tables, the Federated States in lists of countries."""
    regions = [
        other.label
        for other in alone
        if other.kind == "aggregate" and _is_region(other.label) and meant(other.label) == ()
    ]
    if "FSM" in named:
        how = f"the list names {_named(['FSM'])} besides"
    elif regions:
        how = f"the list has other regions: {regions[0]}"
    elif publisher == "un":
        how = "as un uses it"
    elif publisher is not None or len(named & _MICRONESIAN) > 1:
        how = f"as {publisher} uses it" if publisher else "a list of countries, without regions"
        return _as_area(entry, "FSM", how)
    else:
        return entry
    note = f"settled: the region, not the country, since {how}"
    return Meaning(entry.label, "aggregate", None, "Micronesia (region)", note)


def _is_region(label: str) -> bool:
    return folded(label) in _regions()


@functools.cache
def _regions() -> frozenset[str]:
    names = listing("aggregates")["names"]
    return frozenset(folded(name) for kind in ("continent", "region") for name in names[kind])


def _america(entry: Meaning, alone: Sequence[Meaning]) -> Meaning:
    beside = [other.label for other in alone if other.name in _CONTINENTS]
    if not beside:
        return entry
    note = f"settled: the continent, since the list has {beside[0]}"
    return Meaning(entry.label, "aggregate", None, "Americas", note)


def _georgia(entry: Meaning, alone: Sequence[Meaning]) -> Meaning:
    if len(_STATES & {folded(other.label) for other in alone}) < 3:
        return entry
    note = "settled: the state of the United States, since the list has other states"
    return Meaning(entry.label, "none", None, "", note)


def _kosovo(entry: Meaning, alone: Sequence[Meaning]) -> Meaning:
    both = [other.label for other in alone if "including Kosovo" in other.note]
    if not both:
        return entry
    return replace(entry, note=f"'{both[0]}' in the same list includes it: check for double counts")


def _other(entry: Meaning, publisher: str | None) -> Meaning:
    if publisher == "unctad":
        return Meaning(entry.label, "aggregate", None, entry.label, "a sub-total with unctad")
    if publisher in ("census", "dhs", "un", "eurostat", "worldbank"):
        name = known()["OTH"].name
        return Meaning(entry.label, "unknown", "OTH", name, f"a remainder with {publisher}")
    return entry


def _as_area(entry: Meaning, code: str, how: str) -> Meaning:
    name = known()[code].name
    return Meaning(entry.label, "area", code, name, f"settled: {name} ({code}), {how}")


def _named(codes: Iterable[str]) -> str:
    return ", ".join(f"{known()[code].name} ({code})" for code in codes)
