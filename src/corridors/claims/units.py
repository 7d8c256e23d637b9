"""Units of claims: how many base units (persons, US dollars, shares) one of them is."""

from __future__ import annotations

__all__ = ["scale", "where_nearer"]

_WORDS = {
    "hundred": 1e2,
    "hundreds": 1e2,
    "thousand": 1e3,
    "thousands": 1e3,
    "million": 1e6,
    "millions": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
    "tn": 1e12,
    "%": 0.01,
    "percent": 0.01,
    "per cent": 0.01,
}


def scale(unit: str) -> float:
    """Base units (persons, US dollars, shares) in one of a unit in words.

    `USD billion` is 1e9, `%` is 0.01, `persons` is 1. Words that are not known count 1.
    """
    text = unit.casefold().replace("per cent", "percent").replace("%", " % ")
    size = 1.0
    for word in text.replace(",", " ").split():
        size *= _WORDS.get(word, 1.0)
    return size


def where_nearer(figure: float, claimed: float, unit: str) -> tuple[float, str]:
    """A figure without a unit, in the unit of the claim, and a word if it was not in base units.

    Tables hold base units, yet a query may divide; the reading nearer to the claim, as a ratio, is
    taken, a rule of this package.

    Parameters
    ----------
    figure : float, in base units (persons, US dollars, shares) or in `unit`
    claimed : float, in `unit`
    unit : str

    Returns
    -------
    figure : float, in `unit`
    note : str, empty where it was in base units
    """
    per = scale(unit)
    if per == 1.0 or not figure or not claimed:
        return figure / per, ""
    base, written = abs(figure / per / claimed), abs(figure / claimed)
    if max(base, 1 / base) < max(written, 1 / written):
        return figure / per, ""
    return figure, f"figure read in {unit}, as the claim is"
