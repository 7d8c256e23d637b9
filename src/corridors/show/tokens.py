"""The one place for colours, regions and number formats of every picture, table and page.

A role means the same everywhere: blue arrives, orange leaves, green is money sent home, purple
is capital and debt. Both palettes keep their four roles and eight regions apart for readers with
any of the three colour-vision deficiencies (tested). Colour never stands alone: an arrow, a word
or a hatch says the same.

Numbers are written so that three things never look alike: a zero, a few people, and no figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "DARK",
    "DIVERGING",
    "LIGHT",
    "REGIONS",
    "SEQUENTIAL",
    "SUBREGIONS",
    "UNITS",
    "Palette",
    "area_name",
    "dark_of",
    "grouped",
    "interval",
    "money",
    "number",
    "palette",
    "percent",
    "persons",
    "short_name",
    "written",
]

#: A change that is this small is arithmetic, not an answer.
ROUNDING = 1e-12
THIN = "\u202f"  # narrow no-break space: groups thousands, never breaks a line
MINUS = "\u2212"
DASH = "\u2013"
NO_FIGURE = "no data"
#: Fewer people than this are never printed as a number.
FEWEST = 50

FONT_STACK = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Colours by role. `lines` tells the lines of one plot apart, `regions` the eight regions."""

    paper: str
    ink: str
    muted: str
    sea: str
    land: str
    rule: str
    arriving: str
    leaving: str
    remittances: str
    capital: str
    other: str
    regions: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Colours of lines and bars that carry no role, in order of use."""
        return (self.arriving, self.leaving, self.remittances, self.capital)


LIGHT = Palette(
    paper="#ffffff",
    ink="#12263a",
    muted="#4a5b6c",
    sea="#f4f7fa",
    land="#dde3e9",
    rule="#c9d2da",
    arriving="#1b7caf",
    leaving="#c44d00",
    remittances="#015432",
    capital="#623577",
    other="#8a97a3",
    regions=(
        "#71180e",
        "#945e1c",
        "#c3cc85",
        "#0fa577",
        "#316773",
        "#89b5e4",
        "#765ac3",
        "#b071a2",
    ),
)
DARK = Palette(
    paper="#0e1a26",
    ink="#e8eef4",
    muted="#a9b8c6",
    sea="#13222f",
    land="#22384d",
    rule="#3a4f63",
    arriving="#1f91ed",
    leaving="#f79b53",
    remittances="#66fcbe",
    capital="#f1c5ff",
    other="#7b8997",
    regions=(
        "#ce2d49",
        "#d2834e",
        "#cfd88b",
        "#17ba8d",
        "#508395",
        "#96dff7",
        "#775bc4",
        "#cca0ba",
    ),
)

#: The eight regions of maps and chords, in the order of `Palette.regions`.
REGIONS = (
    "Sub-Saharan Africa",
    "Northern Africa and Western Asia",
    "Central and Southern Asia",
    "Eastern and South-eastern Asia",
    "Oceania",
    "Northern America",
    "Europe",
    "Latin America and the Caribbean",
)
#: UN M49 subregion to region (the SDG regions, with Oceania in one piece).
SUBREGIONS = {
    "Sub-Saharan Africa": REGIONS[0],
    "Northern Africa": REGIONS[1],
    "Western Asia": REGIONS[1],
    "Central Asia": REGIONS[2],
    "Southern Asia": REGIONS[2],
    "Eastern Asia": REGIONS[3],
    "South-eastern Asia": REGIONS[3],
    "Australia and New Zealand": REGIONS[4],
    "Melanesia": REGIONS[4],
    "Micronesia": REGIONS[4],
    "Polynesia": REGIONS[4],
    "Northern America": REGIONS[5],
    "Eastern Europe": REGIONS[6],
    "Northern Europe": REGIONS[6],
    "Southern Europe": REGIONS[6],
    "Western Europe": REGIONS[6],
    "Latin America and the Caribbean": REGIONS[7],
}

#: Little to much; lightness falls evenly.
SEQUENTIAL = ("#eaf3f8", "#b4d6e7", "#7db9d6", "#4c93ba", "#0b6e9e", "#094f73", "#06324a")
#: Loss to gain around no change.
DIVERGING = (
    "#7a3300",
    "#a95e20",
    "#d98a3d",
    "#eabf9a",
    "#f6f3ee",
    "#abcbdb",
    "#5ba3c7",
    "#337398",
    "#06466b",
)

_SHORT_NAMES = {
    "Bolivarian Republic of Venezuela": "Venezuela",
    "Plurinational State of Bolivia": "Bolivia",
    "Islamic Republic of Iran": "Iran",
    "China, Hong Kong SAR": "Hong Kong",
    "China, Hong Kong Special Administrative Region": "Hong Kong",
    "China, Macao SAR": "Macao",
    "China, Macao Special Administrative Region": "Macao",
    "China, Taiwan Province of China": "Taiwan",
    "Democratic People's Republic of Korea": "North Korea",
    "Democratic Republic of the Congo": "DR Congo",
    "Lao People's Democratic Republic": "Laos",
    "Republic of Korea": "South Korea",
    "Republic of Moldova": "Moldova",
    "Russian Federation": "Russia",
    "State of Palestine": "Palestine",
    "Syrian Arab Republic": "Syria",
    "United Arab Emirates": "UAE",
    "United Kingdom of Great Britain and Northern Ireland": "United Kingdom",
    "United Republic of Tanzania": "Tanzania",
    "United States of America": "United States",
}


def palette(theme: str) -> Palette:
    """The palette of a theme: `light` or `dark`."""
    from corridors.errors import InputError, Problem

    if theme not in ("light", "dark"):
        raise InputError(Problem(f"theme {theme!r}", "there is no such theme", "Say light or dark"))
    return LIGHT if theme == "light" else DARK


def dark_of() -> dict[str, str]:
    """Each colour of the light palette with its partner in the dark one."""
    roles = [name for name in Palette.__dataclass_fields__ if name != "regions"]
    pairs = {getattr(LIGHT, role): getattr(DARK, role) for role in roles}
    return pairs | dict(zip(LIGHT.regions, DARK.regions, strict=True))


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

    A change that one decimal would hide has two or three: `+0.04 %`, `−0.003 %`.
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
        return f"<{THIN}{bound}" if share > 0 else f">{THIN}{MINUS}{bound}"
    return f"{_sign(share, change)}{grouped(f'{size:.{digits}f}')}{THIN}%"


def number(value: float | None, *, change: bool = False) -> str:
    """Write a plain number with three significant digits: `1.23`, `0.045`, `12 300`."""
    if value is None or math.isnan(value):
        return NO_FIGURE
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.2e}"))))
    if exponent < -4:
        return _sign(value, change) + f"{abs(value):.1e}".replace("e-0", f"e{MINUS}")
    digits = f"{round(abs(value), 2 - exponent):.{max(0, 2 - exponent)}f}"
    return _sign(value, change) + grouped(digits)


def area_name(code: str) -> str:
    """The name of an area by its code, short enough for a picture."""
    from corridors import areas

    return short_name(areas.resolve(code).name)


def short_name(name: str) -> str:
    """A name that fits beside a circle: without what stands in brackets."""
    short = name.partition(" (")[0]
    return _SHORT_NAMES.get(short, short)


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
    "year": _plain,
    "text": _plain,
}


def written(value: Any, unit: str) -> str:
    """Write a value of a declared unit, one of `UNITS`."""
    return UNITS[unit](value)


def interval(low: float | None, high: float | None, unit: str = "persons") -> str:
    """Write a range: `1.20–1.35 m`, `$550–601 bn`, `2.0–3.1 %`; with `to` once a sign appears."""
    first, last = written(low, unit), written(high, unit)
    if NO_FIGURE in (first, last):
        return NO_FIGURE
    if first == last:
        return first
    head, _, tail = first.rpartition(THIN)
    one_unit = bool(head) and not tail.isdigit() and last.endswith(THIN + tail)
    if one_unit:
        first = head
    if any(sign in first + last for sign in (MINUS, "+", "<")):
        return f"{first} to {last}"
    return first + DASH + (last.removeprefix("$") if one_unit else last)


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
