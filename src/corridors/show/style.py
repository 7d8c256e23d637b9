"""The one place for colours, regions and names of every picture, table and page.

A role means the same everywhere: blue arrives, orange leaves, green is money sent home, purple
is capital and debt. Both palettes keep their four roles and eight regions apart for readers with
any of the three colour-vision deficiencies (tested). Colour never stands alone: an arrow, a word
or a hatch says the same.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "DARK",
    "DIVERGING",
    "FONT_STACK",
    "LIGHT",
    "REGIONS",
    "SEQUENTIAL",
    "SUBREGIONS",
    "Palette",
    "area_name",
    "dark_of",
    "palette",
    "short_name",
]

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
    """The palette of a theme: `light` or `dark`.

    Raises
    ------
    InputError
        There is no such theme.
    """
    from corridors.errors import InputError, Problem

    if theme not in ("light", "dark"):
        raise InputError(Problem(f"theme {theme!r}", "there is no such theme", "Say light or dark"))
    return LIGHT if theme == "light" else DARK


def dark_of() -> dict[str, str]:
    """Each colour of the light palette with its partner in the dark one."""
    roles = [name for name in Palette.__dataclass_fields__ if name != "regions"]
    pairs = {getattr(LIGHT, role): getattr(DARK, role) for role in roles}
    return pairs | dict(zip(LIGHT.regions, DARK.regions, strict=True))


def area_name(code: str) -> str:
    """The name of an area by its code, short enough for a picture."""
    from corridors import areas

    known = areas.every_area().get(code) or areas.further_areas().get(code)
    return short_name(known.name) if known else code


def short_name(name: str) -> str:
    """A name that fits beside a circle: without what stands in brackets."""
    short = name.partition(" (")[0]
    return _SHORT_NAMES.get(short, short)
