"""Countries and areas: codes, names, groups, splits and mergers.

A code is ISO 3166-1 alpha-3 or one of the extra codes of the tables (XKX Kosovo, CHI Channel
Islands, ANT, SCG and SUD for areas of the past, OTH and UNK for origins not known, XXA
stateless). `resolve` turns whatever a person writes into one area or says why it cannot;
`select` turns codes, names and groups into codes. Neither guesses: an ambiguous name is an error.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from corridors.data import store
from corridors.errors import InputError, Problem, nearest

__all__ = [
    "Area",
    "Split",
    "every_area",
    "groups",
    "membership",
    "parts",
    "resolve",
    "select",
    "splits",
]


@dataclass(frozen=True)
class Area:
    """A country or area. The point is a city, in degrees; None where there is none."""

    code: str
    name: str
    m49: int | None
    iso2: str | None
    region: str | None
    subregion: str | None
    intermediate_region: str | None
    income_group: str | None
    latitude: float | None
    longitude: float | None
    city: str | None


@dataclass(frozen=True)
class Split:
    """From mid-`year` on, the areas of `before` are counted as those of `after`."""

    year: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    note: str


@functools.cache
def every_area() -> dict[str, Area]:
    """Every area of the tables by code, areas of the past and unknown origins included."""
    areas = {}
    for row in store.records("areas"):
        kept = {name: row[name] for name in Area.__dataclass_fields__ if name != "code"}
        areas[row["area"]] = Area(code=row["area"], **kept)
    return areas


@functools.lru_cache(maxsize=4096)
def resolve(name: str) -> Area:
    """The area that `name` means.

    Parameters
    ----------
    name : str
        ISO alpha-3 or alpha-2 code, M49 number, UN name, usual or former name; case, accents
        and punctuation make no difference.

    Raises
    ------
    InputError
        Unknown, with the three nearest names; or ambiguous, with the areas it could mean.
    """
    codes = _meant(name)
    if len(codes) == 1:
        return every_area()[codes[0]]
    if codes:
        raise InputError(_ambiguous(name, codes))
    raise InputError(_unknown(name, _area_names()))


def select(names: str | Sequence[str], among: Sequence[str] | None = None) -> tuple[str, ...]:
    """Codes of the areas that `names` select, in the order of `among`.

    Parameters
    ----------
    names : str or sequence of str
        Codes, names or groups ("GCC", "low income", "Africa", "all"); "not " in front takes
        away. If all take away, they take from all areas.
    among : sequence of str, optional
        Codes to select from; by default every area of today, in alphabetical order.

    Raises
    ------
    InputError
        Every name that is unknown, ambiguous or matches nothing, at once.
    """
    universe = tuple(_today() if among is None else among)
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
def splits() -> tuple[Split, ...]:
    """Splits and mergers since 1986, earliest first."""
    entries = store.listing("splits")["split"]
    return tuple(
        Split(entry["year"], tuple(entry["before"]), tuple(entry["after"]), entry["note"])
        for entry in sorted(entries, key=lambda entry: entry["year"])
    )


def parts(code: str, year: int) -> tuple[str, ...]:
    """Areas of today that `code` covered at mid-`year`: SDN of 2005 is SDN and SSD."""
    covered = {code}
    for split in splits():
        gone = {
            one
            for one in covered.intersection(split.before)
            if year < split.year or one not in split.after
        }
        if gone:
            covered = (covered - gone).union(split.after)
    return tuple(sorted(covered))


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
    return store.listing("groups")


def _folded(name: str) -> str:
    """`name` without case, accents, punctuation, "the"; "st" is "saint"."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and "))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    words = re.sub(r"['’.]", "", plain)
    return " ".join(
        "saint" if word == "st" else word
        for word in re.split(r"[^a-z0-9]+", words)
        if word and word != "the"
    )


@functools.cache
def _index() -> dict[str, tuple[str, ...]]:
    """Codes by folded code, number and name; several where a name is ambiguous."""
    lists = store.listing("aliases")
    found: dict[str, set[str]] = {}
    for code, area in every_area().items():
        spellings = [code, area.iso2 or "", *_spellings(area.name), *lists["names"].get(code, ())]
        if area.m49 is not None:
            spellings += [str(area.m49), f"{area.m49:03d}"]
        for spelling in spellings:
            found.setdefault(_folded(spelling), set()).add(code)
    # A code means its area even where a name is spelt alike.
    found |= {code.casefold(): {code} for code in every_area()}
    found |= {_folded(name): set(codes) for name, codes in lists["ambiguous"].items()}
    found.pop("", None)
    return {name: tuple(sorted(codes)) for name, codes in found.items()}


def _spellings(name: str) -> Iterator[str]:
    """The name with its bracket, without it, and with it in front."""
    yield name
    bracket = re.fullmatch(r"(.+) \((.+)\)", name)
    if bracket:
        yield bracket[1]
        yield f"{bracket[2]} {bracket[1]}"


def _meant(name: str) -> tuple[str, ...]:
    """Codes that `name` can mean; "Congo, Democratic Republic of the" is turned round too."""
    found = _index().get(_folded(name), ())
    if not found and "," in name:
        first, rest = name.split(",", 1)
        found = _index().get(_folded(f"{rest} {first}"), ())
    return found


@functools.cache
def _group_index() -> dict[str, str]:
    """Name of the group by folded name. A name that is also an area's needs its kind added."""
    found = {_folded(name): name for name in groups()}
    found |= {_folded(other): name for name, entry in _listed().items() for other in entry["also"]}
    found |= {f"{_folded(name)} {kind}": name for name in groups() for kind in ("group", "region")}
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
    group = _group_index().get(_folded(name))
    codes = _meant(name)
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
    if len(codes) > 1:
        return _ambiguous(name, codes)
    if not codes:
        return _unknown(name, [*_area_names(), *groups()])
    if codes[0] not in universe:
        what = f"{every_area()[codes[0]].name} is not among the {len(universe)} areas"
        return Problem(f"selection '{name}'", what, "Leave it out or choose another area")
    return codes


def _area_names() -> list[str]:
    lists = store.listing("aliases")["names"]
    usual = [name for code, names in lists.items() if len(code) == 3 for name in names]
    return [area.name for area in every_area().values()] + usual


def _ambiguous(name: str, codes: Iterable[str]) -> Problem:
    could = ", ".join(f"{every_area()[code].name} ({code})" for code in codes)
    return Problem(f"area '{name}'", "could mean more than one area", f"Write one of: {could}")


def _unknown(name: str, known: list[str]) -> Problem:
    """The three nearest names, each with its code, no area twice."""
    if not name.strip():
        return Problem("area", "the name is empty", "Write a code, a name or a group")
    is_code = len(name) == 3 and name.isupper()
    close: dict[str, str] = {}
    for one in nearest(name, every_area() if is_code else known, 12):
        codes = _meant(one)
        close.setdefault(codes[0] if codes else one, one)
    said = [
        f"{every_area()[key].name if is_code else one} ({key})" if key in every_area() else one
        for key, one in close.items()
    ]
    return Problem(f"area '{name}'", "not known", f"Did you mean {', '.join(said[:3])}?")
