"""The step of a reader that says what each label of a place means.

A label is an area, an origin that is not known, a total, a region or other aggregate, or nothing
known: then the file is refused with every such label at once. Nothing is dropped in silence.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from corridors import areas
from corridors.data import store
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

_TOTALS = frozenset(
    "world|total|totals|grand total|world total|total world|all|all countries|all areas|all origins"
    "|all destinations|all places|whole world|sum|overall|total remittances|total migrants"
    "|total stock|both|total all origins|total all destinations".split("|")
)
_OTHERS = frozenset(
    "others|other|other north|other south|other countries|other areas|other origins".split("|")
)
_NOT_KNOWN = frozenset(
    "unknown|various unknown|unknown other|unidentified|unspecified|not specified|not stated"
    "|mixed|mixed unknown|mixed or unknown|unknown origin|not known|unk".split("|")
)
#: Aggregates that no group of `areas` is called, by folded words.
_REGIONS = re.compile(
    r"(more |less |least |other )?develop(ed|ing)( .*)?( regions| countries| economies| europe)?.*"
    r"|.*income( countries| group available| economies)?|no income group.*"
    r"|(land locked|small island|landlocked) develop.*|transition economies|cis"
    r"|sub saharan africa.*"
    r"|(northern|north|eastern|east|southern|south|western|west|central|middle)"
    r"( and \w+)?( eastern| east)? (africa|asia|america|europe)( and .*)?"
    r"|south(ern)? east(ern)? (asia|europe)|africa|asia|europe|oceania.*|america|americas"
    r"|latin america.*|caribbean|caribbean small states|european union.*|euro area|arab world"
    r"|(europe|australia|europe and \w+) (and )?(northern america|new zealand|central asia)"
    r"|melanesia|polynesia|micronesia region|un development groups|geographic regions"
    r"|world bank income groups|sustainable development goal.*regions?|sdg regions?|other africa"
    r"|other asia|other europe|other america|other oceania|offshore.*|regions?|oecd( .*)?|eu \d\d"
)
#: Codes that older tables write for the areas of today (World Bank, CEPII, ILO).
OLD_CODES = {
    "ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "ADO": "AND", "KSV": "XKX", "KOS": "XKX",
    "WBG": "PSE", "PAL": "PSE", "IMY": "IMN", "YUG": "SRB", "XKO": "XKX", "CHA": "CHI",
}  # fmt: skip
#: UNHCR's own words for its ISO column.
UNHCR_CODES = {"UKN": NOT_KNOWN, "STA": STATELESS, "XXX": NOT_KNOWN, "XXA": STATELESS, "": ""}
EUROSTAT_CODES = {"EL": "GRC", "UK": "GBR", "XK": "XKX"}
WORLD_BANK_AGGREGATES = frozenset(
    "AFE AFW ARB CEB CSS EAP EAR EAS ECA ECS EMU EUU FCS HIC HPC IBD IBT IDA IDB IDX INX LAC LCN "
    "LDC LIC LMC LMY LTE MEA MIC MNA NAC OED OSS PRE PSS PST SAS SSA SSF SST TEA TEC TLA TMN TSA "
    "TSS UMC".split()
)
#: Spellings of these publishers that the table of areas does not hold.
_SPELLINGS = {
    "gibralter": "GIB",
    "hong kong china": "HKG",
    "korea dem rep": "PRK",
    "macao china": "MAC",
    "the fyr of macedonia": "MKD",
    "tfyr of macedonia": "MKD",
    "macedonia tfyr": "MKD",
    "united rep of tanzania": "TZA",
    "venezuela bolivarian rep of": "VEN",
    "congo democratic rep of": "COD",
    "cote d ivoire": "CIV",
    "lao people s dem rep": "LAO",
    "lao people s democratic rep": "LAO",
    "yugoslavia former": "YUG",
}
_CONGO = "congo"
_WORLD_M49, _OTHERS_M49 = 900, 2003
_FIRST_AGGREGATE_M49 = 900


@dataclass(frozen=True)
class Place:
    """What a label means: its code (empty for an aggregate) and its role in the table."""

    code: str
    role: str


def places(
    labels: Mapping[str, str], scheme: str = "name", codes: Mapping[str, Cell] | None = None
) -> dict[str, Place]:
    """What every label of one list means.

    Parameters
    ----------
    labels : mapping of str to str
        Each label and where it stands in the file.
    scheme : str
        `name`; or what the codes are: `m49`, `iso3`, `world bank`, `unhcr`, `eurostat`.
    codes : mapping of str to cell, optional
        The code that stands beside each label; by default the label is the code.

    Raises
    ------
    InputError
        Every label that is no place, with where it stands.
    """
    folded = {_folded(label) for label in labels}
    answers: dict[str, Place] = {}
    problems: list[Problem] = []
    for label, where in labels.items():
        try:
            code = label if codes is None else codes[label]
            answers[label] = _place(label, code, scheme, folded)
        except InputError as error:
            problems += [Problem(where, f"{p.where} is {p.what}", p.fix) for p in error.problems]
    if problems:
        raise InputError(problems)
    return answers


@functools.lru_cache(maxsize=65536)
def names_an_area(label: str) -> bool:
    """Whether a label is a name or code of an area as the tables write it; quick, not thorough."""
    return _folded(label) in _names()


def is_total(label: Cell) -> bool:
    """Whether a label says that a row or column adds up the others."""
    return _folded(text(label)) in _TOTALS


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


def _place(label: str, code: Cell, scheme: str, others: set[str]) -> Place:
    if scheme == "name":
        return _by_name(label, others)
    if scheme == "m49":
        return _by_m49(m49(code), label, others)
    return _by_code(text(code).upper(), scheme)


def _by_name(label: str, others: set[str]) -> Place:
    plain = _folded(label)
    if plain in _TOTALS:
        return Place("", TOTAL)
    if plain in _OTHERS:
        return Place(OTHERS, UNKNOWN)
    if plain in _NOT_KNOWN:
        return Place(NOT_KNOWN, UNKNOWN)
    if plain == _CONGO and any(_is_the_other_congo(other) for other in others):
        return Place("COG", AREA)
    if plain == "micronesia" and any(
        other.startswith("micronesia ") or other in ("polynesia", "melanesia") for other in others
    ):
        return Place("", REGION)
    if plain in _SPELLINGS:
        return _area(_SPELLINGS[plain])
    if plain not in _names() and (plain in _group_names() or _REGIONS.fullmatch(plain)):
        return Place("", REGION)
    return _area(_resolved(_without_notes(label)))


def _by_m49(number: int | None, label: str, others: set[str]) -> Place:
    if number is None:
        # A heading in a column of codes, or a label whose code is not filled in.
        return Place("", REGION) if _REGIONS.fullmatch(_folded(label)) else _by_name(label, others)
    if number == _WORLD_M49:
        return Place("", TOTAL)
    if number == _OTHERS_M49:
        return Place(OTHERS, UNKNOWN)
    code = _m49_codes().get(number)
    if code is not None:
        return _agreed(_area(code), label, number)
    if number > _FIRST_AGGREGATE_M49:
        return Place("", REGION)
    fix = "Check the code, or take the row out"
    raise InputError(Problem(f"code {number} ('{cut(label)}')", "no area of the tables", fix))


def _agreed(place: Place, label: str, number: int) -> Place:
    """The place of a code, unless the label beside it clearly names another."""
    named = _code_or_none(_without_notes(label))
    if named is not None and named != place.code and named not in areas.parts(place.code, 1990):
        fix = "Check whether codes and names slipped against each other"
        raise InputError(
            Problem(f"'{cut(label)}'", f"{named}, and its code {number} is {place.code}", fix)
        )
    return place


def _by_code(code: str, scheme: str) -> Place:
    if scheme == "eurostat":
        code = EUROSTAT_CODES.get(code, code)
    if scheme == "unhcr":
        code = UNHCR_CODES.get(code, code)
    if scheme == "world bank":
        if code == "WLD":
            return Place("", TOTAL)
        if code in WORLD_BANK_AGGREGATES:
            return Place("", REGION)
    code = OLD_CODES.get(code, code)
    if code in areas.every_area():
        return _area(code)
    if scheme == "eurostat":
        return _area(_resolved(code))
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]", code):
        return Place(code, OUTSIDE)  # a place without people in the tables, kept as it is
    raise InputError(Problem(f"code '{cut(code)}'", "no ISO code of three letters", "Check it"))


def _area(code: str) -> Place:
    if code in UNKNOWN_CODES:
        return Place(code, UNKNOWN)
    return Place(code, AREA if code in areas.every_area() else OUTSIDE)


def _resolved(label: str) -> str:
    """The one call to the table of areas for a name."""
    return areas.resolve(label).code


@functools.lru_cache(maxsize=65536)
def _code_or_none(label: str) -> str | None:
    """The code of a name, None where it is none: asked often of headings and figures."""
    if not _shares_a_word(label):
        return None  # `resolve` looks for the nearest names, which is slow for every heading
    try:
        return _resolved(label)
    except InputError:
        return None


def _shares_a_word(label: str) -> bool:
    return not _words_of_names().isdisjoint(_folded(label).split())


@functools.cache
def _words_of_names() -> frozenset[str]:
    return frozenset(word for name in _names() for word in name.split())


@functools.cache
def _names() -> frozenset[str]:
    """Every name, other spelling and code of an area: South Africa is none of the regions."""
    spelt = [name for names in store.listing("aliases")["names"].values() for name in names]
    known = areas.every_area()
    plain = [*spelt, *known, *(area.name for area in known.values())]
    return frozenset(_folded(name) for name in plain)


def _is_the_other_congo(folded: str) -> bool:
    return "congo" in folded and "dem" in folded


@functools.cache
def _m49_codes() -> dict[int, str]:
    return {area.m49: code for code, area in areas.every_area().items() if area.m49 is not None}


@functools.cache
def _group_names() -> frozenset[str]:
    return frozenset(_folded(name) for name in areas.groups()) - {"all"}


def _without_notes(label: str) -> str:
    """A label without a trailing asterisk, note number in brackets or quotation of a note."""
    return re.sub(r"(\s*\*+|\s*\(\d+\)|\s*[¹²³⁴⁵⁶⁷⁸⁹]+)+$", "", text(label)).strip()


@functools.lru_cache(maxsize=8192)
def _folded(label: str) -> str:
    """A label in lower case, letters and digits only, without notes."""
    plain = _without_notes(label).casefold().replace("&", " and ").replace("ô", "o")
    return " ".join(re.findall(r"[a-z0-9]+", plain))
