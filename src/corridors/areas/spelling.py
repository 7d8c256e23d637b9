"""How a label is read before it is looked up: one form for every spelling of the same words.

Publishers differ in case, accents, indents, footnote marks, abbreviations and escapes; none of
these may decide what a label means. Numbers are the exception: a point or a sign beside digits
is never dropped, because 1.2 is not 12.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata

__all__ = ["bare", "folded", "number", "plain"]

#: Letters that have no decomposition, by what they are written as without it.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
)
#: A footnote mark at the end: (1), [a], 1/, (1,2); not (S), which may be a point of the compass.
_MARK = r"(?:[0-9]{1,2}|[a-d])"
_FOOTNOTE = re.compile(
    rf"\s*(?:\({_MARK}(?:\s*,\s*{_MARK})*\)|\[{_MARK}(?:\s*,\s*{_MARK})*\]|(?<!\w){_MARK}\s*/)\s*$",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b(?:[a-z]\.\s?)+[a-z]\b\.?")
_COMPASS = {"n": "north", "s": "south", "e": "east", "w": "west", "c": "central"}
#: Dropped from a label of several words.
_LITTLE = frozenset("the of and et".split())
#: Abbreviations and variants in labels of several words, by the word they stand for. A label of
#: one word keeps it: IS is Iceland's code, not an island.
_WORDS = {
    word: full
    for full, words in {
        "republic": "rep repub repl",
        "democratic": "dem democ",
        "federal": "fed federated federation federative",
        "peoples": "people ppl pple",
        "state": "states sts",
        "island": "islands is isl isls isld islds isle isles i",
        "saint": "st ste sainte sint snt",
        "territory": "territories ter terr terrs",
        "occupied": "occ occup",
        "province": "prov",
        "equatorial": "eq equat",
        "french": "fr",
        "british": "br brit",
        "united": "utd",
        "kingdom": "kgdm",
        "arab": "arabian",
        "islamic": "islam",
        "bolivarian": "boliv bol",
        "plurinational": "plur plurinat",
        "yugoslav": "yug yugo yugoslavian",
        "herzegovina": "herz herzeg herzegowina hercegovina",
        "grenadines": "gren grenadine",
        "vincent": "vin vinc",
        "barbuda": "barb",
        "socialist": "soc",
        "former": "fmr formerly",
        "administrative": "admin adm",
        "excluding": "excl exc except without",
        "including": "incl inc includes",
    }.items()
    for word in words.split()
}


def plain(label: object) -> str:
    """`label` as text: escapes decoded, invisible characters and outer blanks away."""
    if label is None or isinstance(label, bool):
        return ""
    item = getattr(label, "item", None)  # a NumPy scalar
    value = item() if callable(item) else label
    if isinstance(value, float):
        if value != value:
            return ""
        value = int(value) if value.is_integer() else value
    text = "" if str(value) in ("<NA>", "NaT") else str(value)
    for _ in range(2):  # some files are escaped twice
        text = html.unescape(text)
    if any(mark in text for mark in "ÃÂâ"):
        text = _mended(text)
    text = "".join(" " if char.isspace() else char for char in text if not _unseen(char))
    return re.sub(r"\s+", " ", text).strip()


def number(text: str) -> int | str | None:
    """The whole number that `text` is, what is wrong with it as a number, or None for words.

    A spreadsheet writes the code 76 as 76.0 and a code list as 076; both are 76.
    """
    bare = unicodedata.normalize("NFKC", text)
    if re.fullmatch(r"[0-9]{1,9}(\.0*)?", bare):
        return int(bare.split(".")[0])
    if any(char.isdigit() for char in bare) and not re.search(r"[^\W\d_]", _without_exponent(bare)):
        return "a number with a sign, a fraction or a separator is no code"
    return None


@functools.lru_cache(maxsize=16384)
def folded(name: str) -> str:
    """`name` without case, accents, punctuation, footnote marks and little words.

    Abbreviations are written out: "Dem. Rep. of the Congo" becomes "democratic republic congo".
    """
    text = unicodedata.normalize("NFKD", bare(name).replace("&", " and "))
    text = "".join(char for char in text if not unicodedata.combining(char)).casefold()
    text = re.sub(r"['’‘ʼʻ`´ʹ′]", "'", text.translate(_LETTERS))
    text = re.sub(r"\bpeople\W{0,2}s\b", "peoples", text)
    text = re.sub(r"\b(d)(?:['.\s]+)(?=ivoire)", r"\1", text).replace("'", "")
    text = _ACRONYM.sub(lambda match: re.sub(r"[.\s]", "", match[0]) + " ", text)
    text = re.sub(r"\b([nsewc])\.\s*(?=[a-z])", lambda match: _COMPASS[match[1]] + " ", text)
    text = re.sub(r"[(,]\s*([nsew])\.?\)?$", lambda match: " " + _COMPASS[match[1]], text)
    words = [word for word in re.split(r"[^a-z0-9]+", text) if word]
    if len(words) > 1:
        words = _written_out(words)
    return " ".join(words)


def bare(name: str) -> str:
    """`name` as text without footnote marks."""
    return _unmarked(plain(name))


def _written_out(words: list[str]) -> list[str]:
    kept = [word for word in words if word not in _LITTLE] or words
    full = [
        "islamic" if word == "isl" and following[:3] == "rep" else _WORDS.get(word, word)
        for word, following in zip(kept, [*kept[1:], ""], strict=True)
    ]
    sar = " ".join(full).replace("special administrative region", "sar")
    return sar.split()


def _unmarked(text: str) -> str:
    """`text` without footnote marks at its end; superscripts are marks wherever they stand."""
    raised = "".join(
        char
        for char in text
        if not (unicodedata.decomposition(char).startswith("<super>") and char not in "ªº")
    )
    while (shorter := _FOOTNOTE.sub("", raised).rstrip(" *†‡§#")) not in (raised, ""):
        raised = shorter
    return raised


def _mended(text: str) -> str:
    """UTF-8 that was read as cp1252 ("CÃ´te"), where reading it back gives text."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def _unseen(char: str) -> bool:
    return unicodedata.category(char) in ("Cf", "Cc") and not char.isspace()


def _without_exponent(text: str) -> str:
    return re.sub(r"(?<=[0-9.])[eE](?=[+-]?[0-9])", "", text)
