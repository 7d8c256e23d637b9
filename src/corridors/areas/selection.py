"""Groups of areas, and the areas that codes, names and groups select."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from corridors.areas.history import parts
from corridors.areas.names import ambiguity, area_names, meant, unknown
from corridors.areas.register import every_area, known, listing
from corridors.areas.spelling import folded
from corridors.errors import InputError, Problem, nearest

__all__ = ["groups", "membership", "select", "within"]

#: Labels that names mean in this context; None is every area of today.
_WORLD: ContextVar[tuple[str, ...] | None] = ContextVar("world", default=None)


def select(names: str | Sequence[str], among: Sequence[str] | None = None) -> tuple[str, ...]:
    """Codes of the areas that `names` select, in the order of `among`.

    Parameters
    ----------
    names : str or sequence of str
        Codes, names or groups ("GCC", "low income", "Africa", "all"); "not " in front takes
        away. If all take away, they take from all areas.
    among : sequence of str, optional
        Codes or other labels to select from; by default those of `within`, else every area of
        today, in alphabetical order. A label of these is itself, whatever else its name means.

    Raises
    ------
    InputError
        Every name that is unknown, ambiguous or matches nothing, at once.
    """
    universe = tuple(_WORLD.get() or _today() if among is None else among)
    added: set[str] = set()
    removed: set[str] = set()
    problems = []
    wanted = [names] if isinstance(names, str) else list(names)
    for wish in wanted:
        text = wish.strip()
        away = text[:4].casefold() == "not "
        found = _members(text[4:] if away else text, universe)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            (removed if away else added).update(found)
    only_away = bool(removed) and not added
    chosen = tuple(
        code for code in universe if (only_away or code in added) and code not in removed
    )
    if not chosen and not problems:
        what = f"{', '.join(map(repr, wanted)) or 'an empty list'} leaves no area"
        problems.append(Problem("selection", what, "Name at least one area or group"))
    if problems:
        raise InputError(problems)
    return chosen


@contextmanager
def within(labels: Sequence[str] | None) -> Iterator[None]:
    """In the block, names are looked for among these labels; None is every area of today.

    So that what is made of names - levers - can be made for a world with areas of its own.
    """
    before = _WORLD.set(None if labels is None else tuple(labels))
    try:
        yield
    finally:
        _WORLD.reset(before)


@functools.cache
def groups() -> dict[str, tuple[str, ...]]:
    """Members of every named group, by the name to write; `membership` says of which date.

    Named groups (EU, GCC, ...), UN regions, subregions and intermediate regions, World Bank
    income groups, and "all".
    """
    found = {name: tuple(entry["members"].split()) for name, entry in _listed().items()}
    for attribute in ("region", "subregion", "intermediate_region", "income_group"):
        for code in _today():
            name = getattr(every_area()[code], attribute)
            if name is not None and code not in found.get(name, ()):
                found[name] = (*found.get(name, ()), code)
    found["Middle income"] = tuple(
        sorted(found["Lower middle income"] + found["Upper middle income"])
    )
    found["all"] = _today()
    return found


def membership(group: str) -> str:
    """Date and source of the members of a group of `groups()`."""
    if group in _listed():
        entry = _listed()[group]
        return f"{entry['as_of']}; {entry['source']}"
    if group == "all":
        return "every area of today in the tables"
    if group.endswith("income"):
        return "World Bank income groups of October 2025"
    return "United Nations, M49 regions"


@functools.cache
def _today() -> tuple[str, ...]:
    """Codes of places of today: neither areas of the past nor unknown origins."""
    far_ahead = 9999
    return tuple(
        code
        for code, area in every_area().items()
        if area.region is not None and area.m49 is not None and code in parts(code, far_ahead)
    )


@functools.cache
def _listed() -> dict[str, dict[str, str]]:
    return listing("groups")


@functools.cache
def _group_index() -> dict[str, str]:
    """Name of the group by folded name. A name that is also an area's needs its kind added."""
    found = {folded(name): name for name in groups()}
    found |= {folded(other): name for name, entry in _listed().items() for other in entry["also"]}
    found |= {f"{folded(name)} {kind}": name for name in groups() for kind in ("group", "region")}
    return found | {
        "latin america": "Latin America and the Caribbean",
        "north africa": "Northern Africa",
        "west africa": "Western Africa",
        "east africa": "Eastern Africa",
        "central africa": "Middle Africa",
        "southeast asia": "South-eastern Asia",
        "south east asia": "South-eastern Asia",
        "south asia": "Southern Asia",
        "east asia": "Eastern Asia",
        "west asia": "Western Asia",
        "world": "all",
    }


def _members(name: str, universe: tuple[str, ...]) -> tuple[str, ...] | Problem:
    if name in universe:
        return (name,)
    if name == "all":  # without reading how every other name may be spelt
        return universe
    if not any(label in known() for label in universe):
        return _of_labels(name, universe)
    group = _group_index().get(folded(name))
    codes = meant(name)
    if group is not None and len(codes) == 1:
        fix = f"Write {codes[0]} for the country or '{group} region' for the region"
        return Problem(f"selection '{name}'", "names a country and a group of countries", fix)
    if group is not None:
        members = universe if group == "all" else groups()[group]
        found = tuple(code for code in members if code in universe)
        if not found:
            what = f"no member of {group} is among the {len(universe)} areas to choose from"
            return Problem(f"selection '{name}'", what, "Choose another group or area")
        return found
    if len(codes) > 1 and (problem := ambiguity(name)):
        return problem
    if not codes:
        return unknown(name, [*area_names(), *groups()])
    if codes[0] not in universe:
        what = f"{known()[codes[0]].name} is not among the {len(universe)} areas"
        return Problem(f"selection '{name}'", what, "Leave it out or choose another area")
    return codes


def _of_labels(name: str, universe: tuple[str, ...]) -> tuple[str, ...] | Problem:
    """What a name means among labels that are no codes: one of them, or all."""
    if _group_index().get(folded(name)) == "all":
        return universe
    same = tuple(label for label in universe if folded(label) == folded(name))
    if len(same) == 1:
        return same
    what = f"is none of the {len(universe)} areas of this world"
    fix = f"Did you mean {', '.join(nearest(name, [*universe, 'all']))}?"
    return Problem(f"selection '{name}'", what, fix)
