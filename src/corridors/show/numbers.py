"""How numbers are written: three things never look alike, a zero, a few people, and no figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from corridors.labels import FEWEST

__all__ = [
    "DASH",
    "MINUS",
    "NO_FIGURE",
    "THIN",
    "UNITS",
    "grouped",
    "interval",
    "money",
    "number",
    "percent",
    "persons",
    "written",
]

#: A change that is this small is arithmetic, not an answer.
ROUNDING = 1e-12
THIN = "\u202f"  # narrow no-break space: groups thousands, never breaks a line
MINUS = "\u2212"
DASH = "\u2013"
NO_FIGURE = "no data"


def persons(count: float | None, *, change: bool = False) -> str:
    """Write a number of people: `0`, `< 50`, `12 345`, `1.23 m`, `no data`.

    Parameters
    ----------
    count : float or None
        None and NaN are figures that do not exist.
    change : bool
        Write the sign of a gain too; a zero change stays `0`.
    """
    if count is None or math.isnan(count):
        return NO_FIGURE
    if count == 0:
        return "0"
    if abs(count) < FEWEST:
        return f"<{THIN}{FEWEST}" if count > 0 else f">{THIN}{MINUS}{FEWEST}"
    return _sign(count, change) + _scaled(abs(count), ((1e9, "bn"), (1e6, "m")))


def money(dollars: float | None, *, change: bool = False) -> str:
    """Write an amount in US dollars: `$601 bn`, `$12 345`; the label around it says which year."""
    if dollars is None or math.isnan(dollars):
        return NO_FIGURE
    if dollars == 0:
        return "$0"
    if abs(dollars) < 1:
        return f"<{THIN}$1" if dollars > 0 else f">{THIN}{MINUS}$1"
    size = _scaled(abs(dollars), ((1e12, "tn"), (1e9, "bn"), (1e6, "m")))
    return f"{_sign(dollars, change)}${size}"


def percent(share: float | None, *, change: bool = False) -> str:
    """Write a share as a percentage with one decimal: `12.3 %`.

    A change that one decimal would hide has two or three: `+0.04 %`, `−0.003 %`; what even
    three hide is `no change (under 0.001 %)`, since a sign before it would read as a finding.
    """
    if share is None or math.isnan(share):
        return NO_FIGURE
    if abs(share) < ROUNDING:
        return f"0{THIN}%"
    size = abs(share) * 100
    digits = 1 if size >= 0.995 or not change else 2 if size >= 0.0995 else 3
    least = 10.0**-digits
    if size < 0.5 * least:
        bound = f"{least:.{digits}f}{THIN}%"
        if change:
            return f"no change (under {bound})"
        return f"<{THIN}{bound}" if share > 0 else f">{THIN}{MINUS}{bound}"
    return f"{_sign(share, change)}{grouped(f'{size:.{digits}f}')}{THIN}%"


def number(value: float | None, *, change: bool = False) -> str:
    """Write a number without unit with three significant digits: `1.23`, `0.045`, `12 300`."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.2e}"))))
    if exponent < -4:
        return _sign(value, change) + f"{abs(value):.1e}".replace("e-0", f"e{MINUS}")
    digits = f"{round(abs(value), 2 - exponent):.{max(0, 2 - exponent)}f}"
    return _sign(value, change) + grouped(digits)


def _plain(value: object) -> str:
    """Write text as it is, and a year without grouping."""
    if value is None or value != value:
        return NO_FIGURE
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return str(value)


def _signed(write: Callable[..., str]) -> Callable[[Any], str]:
    return lambda value: write(value, change=True)


#: How a column or an axis of a declared unit is written.
UNITS: dict[str, Callable[[Any], str]] = {
    "persons": persons,
    "persons, change": _signed(persons),
    "USD": money,
    "USD, change": _signed(money),
    "share": percent,
    "share, change": _signed(percent),
    "number": number,
    "number, change": _signed(number),
    "year": _plain,
    "text": _plain,
}


def written(value: Any, unit: str) -> str:
    """Write a value of a declared unit, one of `UNITS`."""
    return UNITS[unit](value)


def interval(lower: float | None, upper: float | None, unit: str = "persons") -> str:
    """Write a range: `1.20–1.35 m`, `$550–601 bn`, `2.0–3.1 %`; with `to` once a sign appears.

    Parameters
    ----------
    lower, upper : float or None
        In the unit; None and NaN are figures that do not exist.
    unit : str
        One of `UNITS`.
    """
    first, last = written(lower, unit), written(upper, unit)
    if NO_FIGURE in (first, last):
        return NO_FIGURE
    if first == last:
        return first
    head, _, tail = first.rpartition(THIN)
    same_unit = bool(head) and not tail.isdigit() and last.endswith(THIN + tail)
    if same_unit:
        first = head
    if any(sign in first + last for sign in (MINUS, "+", "<")):
        return f"{first} to {last}"
    return first + DASH + (last.removeprefix("$") if same_unit else last)


def grouped(digits: str | int) -> str:
    """Digits in groups of three: `12 345.6`."""
    whole, dot, rest = str(digits).partition(".")
    return f"{int(whole):,}".replace(",", THIN) + dot + rest


def _sign(value: float, change: bool) -> str:
    return MINUS if value < 0 else "+" if change else ""


def _scaled(size: float, steps: tuple[tuple[float, str], ...]) -> str:
    """Three significant digits and a word from the smallest step up; whole numbers below it."""
    smallest = steps[-1][0]
    for step, word in steps:
        # Compare what would be printed: 999.6 m is 1.00 bn, and 999 999.6 is 1.00 m.
        ratio = float(f"{size / step:.2e}")
        if ratio >= 1 and (step != smallest or round(size) >= smallest):
            decimals = max(0, 2 - math.floor(math.log10(ratio)))
            return f"{grouped(f'{ratio:.{decimals}f}')}{THIN}{word}"
    return grouped(f"{size:.0f}")
