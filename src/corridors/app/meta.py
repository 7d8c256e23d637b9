"""What the page must know before it draws: levers, areas, studies, palettes, versions.

Levers are read from their declarations: a new one in Python is on the page without a change there.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from importlib.metadata import version
from typing import Any, cast

from corridors import __version__, areas, baseline, parameters, rules, study
from corridors.app import columns, journey_figures
from corridors.baseline.years import LATEST, PEOPLE_YEARS, WorldYears
from corridors.borders.status import STATUSES
from corridors.capital.supply import CLOSURES
from corridors.cards.people import EDITIONS
from corridors.data import store
from corridors.equilibrium.measures import MEASURES
from corridors.labels import SKILLS
from corridors.show import style

__all__ = ["data_hash", "meta", "studies"]


@functools.cache
def data_hash() -> str:
    """Names the model and the figures: versions, every table's and every journey's digest.

    Raises
    ------
    SourceError
        The catalogue of the package cannot be read.
    """
    total = hashlib.sha256(__version__.encode())
    for name in ("numpy", "scipy"):
        total.update(version(name).encode())
    for entry in store.catalogue():
        total.update(entry.sha256.encode())
    for digest in journey_figures.digests():
        total.update(digest.encode())
    return total.hexdigest()[:16]


@functools.cache
def meta() -> dict[str, Any]:
    """Everything at once, so that the page asks one question at its start.

    Levers and parameters come with their units, ranges and sources.

    Raises
    ------
    SourceError
        A list or the catalogue of the package cannot be read.
    """
    return {
        "version": __version__,
        "hash": data_hash(),
        "people_year": baseline.DEFAULT_WORLD.people,
        "economy_year": baseline.DEFAULT_WORLD.economy,
        "worlds": _worlds(),
        "years": columns.years(),
        "editions": EDITIONS,
        "levers": [_lever(lever) for lever in rules.levers().values()],
        "closures": CLOSURES,
        "channels": baseline.CHANNELS,
        "skills": SKILLS,
        "statuses": STATUSES,
        "measures": [dataclasses.asdict(quantity) for quantity in MEASURES],
        "areas": _areas(),
        "groups": _groups(),
        "regions": style.REGIONS,
        "studies": studies(),
        "parameters": [
            dataclasses.asdict(parameter) for parameter in parameters.declared().values()
        ],
        "left_out": list(store.listing("left_out").values()),
        "palettes": {
            "light": dataclasses.asdict(style.LIGHT),
            "dark": dataclasses.asdict(style.DARK),
        },
        "sequential": style.SEQUENTIAL,
        "diverging": style.DIVERGING,
    }


def _worlds() -> list[dict[str, Any]]:
    """The years whose world a scenario may start from, and what is known of each."""
    every = [WorldYears.of(year) for year in PEOPLE_YEARS[LATEST]]
    return [
        {"people": years.people, "economy": years.economy, "statuses": years.has_statuses}
        for years in every
    ]


def _lever(lever: type[rules.Lever]) -> dict[str, Any]:
    fields = {field.name: field for field in dataclasses.fields(lever)}  # type: ignore[arg-type]
    where = fields.pop("where", None)
    ends = cast(rules.Corridors, where.default) if where is not None else None
    return {
        "name": lever.name,
        "title": lever.title,
        "subject": lever.__module__.split(".")[-2],
        "help": (lever.__doc__ or "").partition("\n")[0],
        "fields": [_field(field) for field in fields.values()],
        "where": dataclasses.asdict(ends) if ends is not None else None,
    }


def _field(field: dataclasses.Field[Any]) -> dict[str, Any]:
    about = field.metadata
    kind = "choice" if about["choices"] else "names" if isinstance(field.default, str) else "number"
    missing = field.default is dataclasses.MISSING
    return {
        "name": field.name,
        "kind": kind,
        "default": None if missing else field.default,
        "optional": field.default is None,
        **{key: about[key] for key in ("unit", "help", "source", "lower", "upper", "choices")},
    }


def _areas() -> list[dict[str, Any]]:
    """Areas with a point on the map, and the names a reader may search for."""
    aliases = store.listing("aliases")["names"]
    return [
        {
            "code": area.code,
            "iso2": area.iso2,
            "name": area.name,
            "short": style.short_name(area.name),
            "region": style.SUBREGIONS.get(area.subregion or ""),
            "income_group": area.income_group,
            "longitude": area.longitude,
            "latitude": area.latitude,
            "aliases": aliases.get(area.code, []),
        }
        for area in areas.every_area().values()
    ]


def _groups() -> list[dict[str, Any]]:
    """Groups with their members and the other names a reader may search for."""
    also = {name: entry["also"] for name, entry in store.listing("groups").items()}
    return [
        {"name": name, "members": members, "aliases": also.get(name, [])}
        for name, members in areas.groups().items()
    ]


@functools.cache
def studies() -> list[dict[str, Any]]:
    """The shipped studies of where the world settles, as their files say.

    Raises
    ------
    InputError, SourceError
        A shipped study is damaged.
    """
    every = {name: study.read(name).file for name in study.shipped()}
    return [
        {"name": name, **file.model_dump(mode="json")}
        for name, file in every.items()
        # The page answers in the default world only.
        if file.answer == "equilibrium" and file.world == LATEST
    ]
