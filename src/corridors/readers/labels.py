"""The step of a reader that says what each label of a place means.

A label is an area, an origin that is not known, a total, a region or other aggregate, or nothing
known: then the file is refused with every such label at once. Nothing is dropped in silence. What
a label means is `corridors.areas`' to say; here it gets its part in a table.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from corridors import areas
from corridors.errors import InputError, Problem
from corridors.readers.table import Cell, cut, text

__all__ = [
    "AREA",
    "NOT_KNOWN",
    "OTHERS",
    "OUTSIDE",
    "REGION",
    "TOTAL",
    "UNKNOWN",
    "Place",
    "is_total",
    "m49",
    "names_an_area",
    "places",
]

AREA, UNKNOWN, TOTAL, REGION, OUTSIDE = "area", "unknown", "total", "region", "outside"

OTHERS, NOT_KNOWN, STATELESS = "OTH", "UNK", "XXA"
#: Codes of origins that are not a place; Tibetans and stateless persons are groups of people.
UNKNOWN_CODES = frozenset({OTHERS, NOT_KNOWN, STATELESS, "TIB"})

#: Words for the sum of a table, among what `areas` knows as aggregates.
_TOTALS = frozenset(
    "world|total|totals|grand total|world total|total world|all|all countries|all areas|all origins"
    "|all destinations|all places|whole world|sum|overall|total remittances|total migrants"
    "|total stock|both|total all origins|total all destinations".split("|")
)
#: CEPII writes the code of the former Yugoslavia for Serbia and Montenegro of 2003.
_PAST = {"YUG": "SRB"}
_FIRST_AGGREGATE_M49 = 900


@dataclass(frozen=True)
class Place:
    """What a label means: its code (empty for an aggregate) and its role in the table."""

    code: str
    role: str


def places(
    labels: Mapping[str, str],
    scheme: str = "name",
    codes: Mapping[str, Cell] | None = None,
    publisher: str | None = None,
) -> dict[str, Place]:
    """What every label of one list means.

    Parameters
    ----------
    labels : mapping of str to str
        Each label and where it stands in the file.
    scheme : str
        `name`; or what the codes are, one of `corridors.areas.SCHEMES`.
    codes : mapping of str to cell, optional
        The code that stands beside each label; by default the label is the code.
    publisher : str, optional
        Who wrote the names, one of `corridors.areas.PUBLISHERS`.

    Raises
    ------
    InputError
        Every label that is no place, with where it stands.
    """
    named = dict(zip(labels, areas.resolve_all(labels, None, publisher), strict=True))
    answers: dict[str, Place] = {}
    problems: list[Problem] = []
    for label, where in labels.items():
        try:
            code = label if codes is None else codes[label]
            if scheme == "name":
                answers[label] = _by_name(label, named[label])
            elif scheme == "m49":
                answers[label] = _by_m49(m49(code), label, named[label])
            else:
                answers[label] = _by_code(text(code).upper(), scheme)
        except InputError as error:
            problems += [Problem(where, f"{p.where} is {p.what}", p.fix) for p in error.problems]
    if problems:
        raise InputError(problems)
    return answers


@functools.lru_cache(maxsize=65536)
def names_an_area(label: str) -> bool:
    """Whether a label, standing alone, is a name or code of an area."""
    return areas.meaning(label).kind == "area"


def is_total(label: Cell) -> bool:
    """Whether a label says that a row or column adds up the others."""
    return _folded(text(label)) in _TOTALS or areas.meaning(text(label)).name == "World"


def m49(code: Cell) -> int | None:
    """An M49 number as any program writes it (4, 4.0, "004", "4.0"), or None.

    Raises
    ------
    InputError
        A point, a sign or a letter stands beside the digits.
    """
    written = text(code)
    if not written:
        return None
    if not re.fullmatch(r"\d+(\.0*)?", written):
        fix = "Write the number of the UN's list: 4 or 004 for Afghanistan"
        raise InputError(Problem(f"code '{cut(code)}'", "no M49 number", fix))
    return int(float(written))


def _by_name(label: str, meaning: areas.Meaning) -> Place:
    if is_total(label):
        return Place("", TOTAL)
    if meaning.kind == "aggregate":
        return Place("", REGION)
    if meaning.code is not None:
        return _area(meaning.code)
    areas.resolve(label)  # says why not, with the nearest names
    raise InputError(Problem(f"'{cut(label)}'", f"no place: {meaning.note}", "Write its code"))


def _by_m49(number: int | None, label: str, named: areas.Meaning) -> Place:
    if number is None:
        # A heading in a column of codes, or a label whose code is not filled in.
        return _by_name(label, named)
    meaning = areas.meaning(number, "m49")
    if meaning.kind == "aggregate":
        return Place("", TOTAL if meaning.name == "World" else REGION)
    if meaning.code is not None:
        return _agreed(_area(meaning.code), label, number)
    if number > _FIRST_AGGREGATE_M49:
        return Place("", REGION)
    fix = "Check the code, or take the row out"
    raise InputError(Problem(f"code {number} ('{cut(label)}')", "no area of the tables", fix))


def _agreed(place: Place, label: str, number: int) -> Place:
    """The place of a code, unless the label beside it clearly names another."""
    meaning = areas.meaning(label)
    named = meaning.code if meaning.kind == "area" else None
    if named is not None and named != place.code and named not in areas.parts(place.code, 1990):
        fix = "Check whether codes and names slipped against each other"
        raise InputError(
            Problem(f"'{cut(label)}'", f"{named}, and its code {number} is {place.code}", fix)
        )
    return place


def _by_code(code: str, scheme: str) -> Place:
    meaning = areas.meaning(code, scheme)
    if meaning.kind == "none":  # older tables of every publisher have codes that ISO withdrew
        meaning = areas.meaning(_PAST.get(code, code), "iso3")
    if meaning.kind == "aggregate":
        return Place("", TOTAL if meaning.name == "World" else REGION)
    if meaning.code is not None:
        return _area(meaning.code)
    raise InputError(Problem(f"code '{cut(code)}'", f"no code of the scheme {scheme}", "Check it"))


def _area(code: str) -> Place:
    if code in UNKNOWN_CODES:
        return Place(code, UNKNOWN)
    return Place(code, AREA if code in areas.every_area() else OUTSIDE)


@functools.lru_cache(maxsize=8192)
def _folded(label: str) -> str:
    """A label in lower case, letters and digits only, without notes."""
    plain = re.sub(r"(\s*\*+|\s*\(\d+\)|\s*[¹²³⁴⁵⁶⁷⁸⁹]+)+$", "", text(label)).strip()
    return " ".join(re.findall(r"[a-z0-9]+", plain.casefold().replace("&", " and ")))
