"""What a label means: an area, origins not known, an aggregate, or nothing, with the reason."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from corridors.areas import spelling
from corridors.areas.register import Area, every_area, known, listing
from corridors.areas.spelling import folded
from corridors.errors import InputError, Problem, nearest

__all__ = [
    "SCHEMES",
    "UNKNOWN",
    "Kind",
    "Meaning",
    "aggregate",
    "ambiguity",
    "area_names",
    "meaning",
    "meant",
    "resolve",
    "unknown",
]

#: Lists of codes that `resolve` reads strictly.
SCHEMES = ("iso3", "iso2", "m49", "unhcr", "eurostat", "worldbank")
#: Codes of people whose place of origin is not known, or who have none.
UNKNOWN = ("OTH", "UNK", "XXA")

#: A name with a footnote digit that no bracket sets apart; FRA1 is no name but a code.
_MARKED = re.compile(
    r"(.*(?:[^\W\d_]{4}|[\s.].*[^\W\d_]|[^\W\d_]\.+|[)\]*†]))\s?[0-9](?:[, ]+[0-9])?"
)
#: Labels longer than this are notes below a table: no rule reads them.
_LONGEST = 90

Kind = Literal["area", "unknown", "aggregate", "none"]


@dataclass(frozen=True)
class Meaning:
    """What one label is.

    `kind` is `area`, `unknown` (origins not known, other, stateless), `aggregate` (a total, a
    region, a group: its people are counted in other rows too) or `none`. `code` is the area's, or
    OTH, UNK or XXA; None for the others. `name` is the area's or the aggregate's; `note` says how
    an ambiguous label was settled, what the area includes, or why the label is no place.
    """

    label: str
    kind: Kind
    code: str | None
    name: str
    note: str = ""


def resolve(name: str | float, scheme: str | None = None) -> Area:
    """The area that `name` means.

    Parameters
    ----------
    name : str or number
        ISO alpha-3 or alpha-2 code, M49 number of the UN (76, "076" or the 76.0 of a spreadsheet),
        name as a publisher spells it, usual or former name; case, accents, punctuation,
        abbreviations, footnote marks and escapes make no difference.
    scheme : str, optional
        Read `name` as a code of this list and nothing else: iso3, iso2, m49, unhcr (AUS is
        Austria), eurostat (EL is Greece) or worldbank.

    Raises
    ------
    InputError
        Unknown, with the three nearest names; ambiguous, with what it could mean; an aggregate,
        which is not one area; or an unknown scheme.
    SourceError
        A list of the package cannot be read.
    """
    text = spelling.plain(name)
    meant_by = meaning(text, scheme)
    if meant_by.code is not None:
        return known()[meant_by.code]
    if scheme is None and (problem := ambiguity(text)):
        raise InputError(problem)
    if meant_by.kind == "aggregate":
        what = f"is an aggregate ({meant_by.name}), not one area"
        fix = "Leave the row out, or name its members with corridors.select"
        raise InputError(Problem(f"area '{text}'", what, fix))
    if scheme is not None:
        raise InputError(_no_code(text, scheme))
    if isinstance(spelling.number(text), str):
        fix = "Write the M49 number in digits: 76, 076 or 76.0"
        raise InputError(Problem(f"area '{text}'", meant_by.note, fix))
    raise InputError(unknown(text, area_names()))


def meaning(label: object, scheme: str | None = None) -> Meaning:
    """What `label` is, standing alone.

    Raises
    ------
    InputError
        The scheme is not known.
    """
    return _meaning(spelling.plain(label), scheme)


@functools.lru_cache(maxsize=16384)
def _meaning(text: str, scheme: str | None) -> Meaning:
    if scheme is not None:
        return _meaning_of_code(text, scheme)
    if problem := ambiguity(text):
        return Meaning(text, "none", None, "", f"{problem.what}. {problem.fix}")
    codes = meant(text)
    group = None if codes else aggregate(text)
    if codes:
        return _of(text, codes[0], _note(text))
    if group:
        return Meaning(text, "aggregate", None, group)
    by_rule = _by_rule(text)
    marked = _MARKED.fullmatch(spelling.bare(text)) if by_rule.kind == "none" else None
    return replace(_meaning(marked[1], None), label=text) if marked else by_rule


@functools.lru_cache(maxsize=16384)
def ambiguity(name: str) -> Problem | None:
    """The problem with a name that can mean several areas, or an area and a region."""
    codes = meant(name)
    group = aggregate(name) if codes else None
    if len(codes) < 2 and not (codes and group):
        return None
    could = [f"{known()[code].name} ({code})" for code in codes]
    if group is None or len(codes) > 1:
        what, fix = "could mean more than one area", f"Write one of: {', '.join(could)}"
    else:
        what = f"could mean {could[0]} or the region {group}"
        fix = f"Write {codes[0]} for the area; a region is not one area"
    return Problem(f"area '{name}'", what, fix)


# --- names -----------------------------------------------------------------------------------


@functools.lru_cache(maxsize=16384)
def meant(name: str) -> tuple[str, ...]:
    """Codes that `name` can mean; "Congo, Democratic Republic of the" is turned round too."""
    whole = spelling.number(name)
    if isinstance(whole, int):
        past = _codes("m49_past").get(str(whole))
        code = _numbers().get(whole)
        return _index()[folded(past)] if past else (code,) if code else ()
    if whole is not None or _punctuated_code(name):
        return ()
    for form in _forms(name):
        codes = _index().get(form, ())
        if codes:
            return codes
    return ()


def _punctuated_code(name: str) -> bool:
    """Whether a label is a code only without its points: "n.a." is not Namibia."""
    form = folded(name)
    return len(form) < 4 and not spelling.bare(name).isalnum() and form not in _dotted()


@functools.cache
def _dotted() -> frozenset[str]:
    names = listing("aliases")["names"].values()
    return frozenset(folded(name) for aliases in names for name in aliases if "." in name)


def _forms(name: str) -> Iterator[str]:
    """The folded forms of a label, the most literal first."""
    yield folded(name)
    if "," in name:
        first, rest = name.split(",", 1)
        yield folded(f"{rest} {first}")
    bracket = re.fullmatch(r"(.+?)\s*[(\[](.+)[)\]]\s*", spelling.bare(name))
    if bracket:
        yield folded(f"{bracket[2]} {bracket[1]}")
        if re.search(r"(?i)\b(1244|unscr?|scr)\b", bracket[2]):
            yield folded(re.sub(r"(?i)[(\[:].*", "", bracket[0]))
    if (pair := _code_and_name(name)) is not None:
        yield pair
    if (former := re.sub(r"\bformer(ly)?\b", "", folded(name)).strip()) in _past():
        yield former


def _code_and_name(name: str) -> str | None:
    """The code of a cell that holds code and name: "AFG - Afghanistan", "Bermuda (GBR)"."""
    plain = spelling.bare(name)
    front = re.fullmatch(r"([A-Z]{2,3}|[0-9]{1,3})\s*[-–—:|.)\s]\s*(.{4,})", plain)
    back = re.fullmatch(r"(.{4,}?)\s*[(\[](.{2,})[)\]]", plain)
    if front and (codes := _index().get(folded(front[2]), ())):
        whole = spelling.number(front[1])
        code = _numbers().get(whole) if isinstance(whole, int) else None
        if code in codes or _index().get(folded(front[1])) == codes:
            return codes[0].casefold()
    if back and (codes := _index().get(folded(back[1]), ())):
        bracket = _index().get(folded(back[2]), ())
        if len(bracket) == 1 and bracket[0] in codes:
            return bracket[0].casefold()
        if len(codes) == len(bracket) == 1 and codes[0] in _territories(bracket[0]):
            return codes[0].casefold()
    return None


def _territories(state: str) -> list[str]:
    """Territories whose state publishers add in brackets: "Aruba (Netherlands)"."""
    return str(listing("codes")["territories"].get(state, "")).split()


@functools.cache
def _index() -> dict[str, tuple[str, ...]]:
    """Codes by folded code and name; several where a name is ambiguous."""
    lists = listing("aliases")
    index: dict[str, set[str]] = {}
    for code, area in known().items():
        spellings = [code, area.iso2 or "", *_spellings(area.name), *lists["names"].get(code, ())]
        for spelt in spellings:
            index.setdefault(folded(spelt), set()).add(code)
    for pattern, codes in lists["formal"].items():
        for code in codes.split():
            for short in _short_names(code):
                index.setdefault(folded(pattern.format(short)), set()).add(code)
    for scheme in ("iso3", "iso2"):
        index |= {folded(code): {area} for code, area in _codes(scheme).items()}
    # A code means its area even where a name is spelt alike.
    index |= {code.casefold(): {code} for code in known()}
    index |= {folded(name): set(codes) for name, codes in lists["ambiguous"].items()}
    index.pop("", None)
    return {name: tuple(sorted(codes)) for name, codes in index.items()}


@functools.cache
def _numbers() -> dict[int, str]:
    """Codes by M49 number, with the numbers of publishers that write numbers likewise."""
    numbers = {area.m49: code for code, area in known().items() if area.m49 is not None}
    return numbers | {int(number): code for number, code in _codes("m49").items()}


@functools.cache
def _past() -> frozenset[str]:
    """Folded names of areas that are no more, with several successors or with a code."""
    lists = listing("aliases")
    names = [*lists["ambiguous"], "Serbia and Montenegro", "Netherlands Antilles"]
    return frozenset(folded(name) for name in names)


def _short_names(code: str) -> list[str]:
    """The usual names of an area: without a bracket, and the first of its aliases."""
    listed = known()[code].name.split(" (")[0]
    return [listed, *listing("aliases")["names"].get(code, ())[:1]]


def _spellings(name: str) -> Iterator[str]:
    """The name with its bracket, without it, and with it in front."""
    yield name
    bracket = re.fullmatch(r"(.+) \((.+)\)", name)
    if bracket:
        yield bracket[1]
        yield f"{bracket[2]} {bracket[1]}"


def _of(label: str, code: str, note: str = "") -> Meaning:
    area = known()[code]
    if not note and area.counted_with is not None:
        note = f"counted with {known()[area.counted_with].name} in the tables here"
    return Meaning(label, "unknown" if code in UNKNOWN else "area", code, area.name, note)


def _note(label: str) -> str:
    notes = _notes()
    return next((notes[form] for form in _forms(label) if form in notes), "")


@functools.cache
def _notes() -> dict[str, str]:
    return {folded(name): note for name, note in listing("aliases")["notes"].items()}


# --- aggregates and origins not known --------------------------------------------------------


@functools.lru_cache(maxsize=16384)
def aggregate(label: str) -> str | None:
    """The name of the aggregate that `label` is, or None."""
    whole = spelling.number(label)
    if whole is not None:
        return _aggregate_numbers().get(whole) if isinstance(whole, int) else None
    form = folded(label)
    index = _aggregates()
    if form in index:
        return index[form]
    if form in _index():
        return None
    if len(label) <= _LONGEST and _rules()["aggregate"].search(form):
        return spelling.plain(label)
    for shorter in _less(spelling.plain(label)):
        if shorter in index and shorter not in _index():
            return spelling.plain(label)
    return None


def _less(label: str) -> Iterator[str]:
    """Folded forms without what only limits a group: (ILO), excluding ..., countries."""
    bare = re.sub(
        r"(?i)\s*([(\[].*|,?\s+\b(excl|exc|incl|inc|excluding|including)\b.*)$", "", label
    )
    form = folded(bare)
    yield form
    words = " (country|countries|econom(y|ies)|regions?|state|nations|members?|areas?|group)$"
    while (shorter := re.sub(words, "", form)) != form:
        form = shorter
        yield form


@functools.cache
def _aggregates() -> dict[str, str]:
    """Names of aggregates by folded name and code; groups and regions of the areas among them."""
    lists = listing("aggregates")
    names = [name for kind in lists["names"].values() for name in kind]
    for area in every_area().values():
        names += filter(None, (area.region, area.subregion, area.intermediate_region))
        names += filter(None, (area.income_group,))
    index = {folded(name): name for name in names}
    for name, entry in listing("groups").items():
        index |= {folded(other): name for other in (name, *entry["also"])}
    for codes in (lists["worldbank"], lists["eurostat"], lists["other_codes"]):
        index |= {folded(code): name for code, name in codes.items()}
    ambiguous = {folded(name) for name in listing("aliases")["ambiguous"]}
    return {form: name for form, name in index.items() if form not in ambiguous}


@functools.cache
def _aggregate_numbers() -> dict[int, str]:
    return {int(number): name for number, name in listing("aggregates")["m49"].items()}


@functools.cache
def _rules() -> dict[str, re.Pattern[str]]:
    rules = listing("aggregates")["rules"]
    return {kind: re.compile("|".join(patterns)) for kind, patterns in rules.items()}


def _by_rule(label: str) -> Meaning:
    """Labels that no list can hold: "Other ...", "... not stated", "X (excluding Y)"."""
    form = folded(label)
    if len(label) > _LONGEST:
        return Meaning(label, "none", None, "", "no name or code, but a sentence")
    for code in UNKNOWN:
        if _rules()[code].search(form):
            return _of(label, code)
    part = re.fullmatch(
        r"(?i)(.+?)[\s,;:(\[]+((?:excl|incl|exc|inc|excluding|including|except|without|with)"
        r"\b\.?\s*.+?)[)\]]?",
        label,
    )
    if part and len(codes := meant(part[1])) == 1 and aggregate(part[1]) is None:
        return _of(label, codes[0], f"{known()[codes[0]].name}, {part[2]}")
    if part and aggregate(part[1]):
        return Meaning(label, "aggregate", None, label)
    rest = re.fullmatch(r"(?i)(?:other|rest of(?: the)?|remaining)\s+(.+)", label)
    if rest and aggregate(rest[1]):
        what = f"the rest of {rest[1]}, or a sub-total of it: the publisher decides which"
        return Meaning(label, "none", None, "", what)
    whole = spelling.number(label)
    return Meaning(label, "none", None, "", whole if isinstance(whole, str) else _why_none(label))


def _why_none(label: str) -> str:
    return "no name or code that is known" if label else "empty"


# --- codes by scheme -------------------------------------------------------------------------


def _codes(scheme: str) -> dict[str, str]:
    codes: dict[str, str] = listing("codes")[scheme]
    return codes


@functools.cache
def _scheme(scheme: str) -> dict[str, str]:
    """Area codes by the codes of a scheme, in capitals."""
    iso2 = {area.iso2: code for code, area in known().items() if area.iso2}
    if scheme == "iso2":
        return iso2 | _codes("iso2")
    if scheme == "eurostat":
        return iso2 | _codes("eurostat")
    if scheme == "unhcr":
        return _codes("unhcr")
    return {code: code for code in known()} | _codes(scheme)


def _meaning_of_code(text: str, scheme: str) -> Meaning:
    if scheme not in SCHEMES:
        fix = f"Write one of {', '.join(SCHEMES)}"
        raise InputError(Problem("scheme", f"there is no scheme '{scheme}'", fix))
    if scheme == "m49":
        whole = spelling.number(text)
        code = _numbers().get(whole) if isinstance(whole, int) else None
        group = _aggregate_numbers().get(whole) if isinstance(whole, int) else None
    else:
        code = _scheme(scheme).get(text.upper())
        group = listing("aggregates").get(scheme, {}).get(text.upper())
    if code:
        return replace(_of(text, code), note=_scheme_note(code, scheme))
    if group:
        return Meaning(text, "aggregate", None, group)
    return Meaning(text, "none", None, "", f"no code of the scheme {scheme}")


def _scheme_note(code: str, scheme: str) -> str:
    if scheme == "unhcr" and code == "SRB":
        return "Serbia including Kosovo (XKX)"
    return _of("", code).note


def _no_code(text: str, scheme: str) -> Problem:
    names = _scheme(scheme) if scheme != "m49" else {str(n): c for n, c in _numbers().items()}
    close = [f"{code} ({known()[names[code]].name})" for code in nearest(text, names)]
    fix = f"Did you mean {', '.join(close)}?"
    return Problem(f"area '{text}'", f"is no code of the scheme {scheme}", fix)


# --- what is said of an unknown name ---------------------------------------------------------


def area_names() -> list[str]:
    """Every name of an area, for offering the nearest."""
    lists = listing("aliases")["names"]
    usual = [name for code, names in lists.items() if len(code) == 3 for name in names]
    return [area.name for area in known().values()] + usual


def unknown(name: str, names: Iterable[str]) -> Problem:
    """The three nearest names, each with its code, no area twice."""
    if not name.strip():
        return Problem("area", "the name is empty", "Write a code, a name or a group")
    is_code = len(name) == 3 and name.isupper()
    close: dict[str, str] = {}
    for near in nearest(name, known() if is_code else names, 12):
        codes = meant(near)
        close.setdefault(codes[0] if codes else near, near)
    said = [
        f"{known()[key].name if is_code else near} ({key})" if key in known() else near
        for key, near in close.items()
    ]
    return Problem(f"area '{name}'", "not known", f"Did you mean {', '.join(said[:3])}?")
