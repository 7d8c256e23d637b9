"""Which areas there are: those of the tables, and those that only other publishers count."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from corridors.data import store

__all__ = ["Area", "every_area", "further_areas", "known", "listing"]


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
    #: The area whose people include these in the tables, where there is no row of its own.
    counted_with: str | None = None


@functools.cache
def every_area() -> dict[str, Area]:
    """Every area of the tables by code, areas of the past and unknown origins included.

    Raises
    ------
    SourceError
        The package's table of areas is missing or damaged.
    """
    columns = [name for name in Area.__dataclass_fields__ if name not in ("code", "counted_with")]
    return {
        row["area"]: Area(code=row["area"], **{name: row[name] for name in columns})
        for row in store.records("areas")
    }


@functools.cache
def further_areas() -> dict[str, Area]:
    """Areas that no table here counts and other publishers may: Åland, Svalbard, Abyei, ...

    Raises
    ------
    SourceError
        The package's list cannot be read.
    """
    absent = dict.fromkeys(Area.__dataclass_fields__)
    return {
        code: Area(**{**absent, "code": code, **entry})
        for code, entry in store.listing("further_areas").items()
    }


@functools.cache
def known() -> dict[str, Area]:
    """The areas of the tables and the further ones."""
    return further_areas() | every_area()


@functools.cache
def listing(name: str) -> dict[str, Any]:
    """A list kept by hand beside the tables, read once.

    Raises
    ------
    SourceError
        There is no such list, or it cannot be read.
    """
    return store.listing(name)
