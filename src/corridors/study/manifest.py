"""How a result was made: its study, figures, versions, and the digest of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from corridors import areas
from corridors.data import store
from corridors.data.results import digest
from corridors.parameters import Parameter
from corridors.study.files import Study

__all__ = ["manifest", "marks"]


def manifest(
    study: Study, known: Sequence[str], notes: Sequence[str], tables: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    """What every result says of itself: study, years, parameters, figures by hash, digest.

    Parameters
    ----------
    study : Study
    known : sequence of str
        Areas of its world.
    notes : sequence of str
    tables : dict of str to DataFrame (columns)
        In their units, by which the digest is made.

    Returns
    -------
    dict of words; `figures` names the tables that are its sources

    Raises
    ------
    InputError
        The study's focus selects no area of this world.
    SourceError
        The catalogue of the package cannot be read.
    """
    focus, years = study.file.focus, study.years
    return {
        "study": study.name,
        "file": study.file.model_dump(mode="json", exclude_none=True),
        "focus": list(areas.select(focus, among=known)) if focus else [],
        "people_year": None if years is None else years.people,
        "economy_year": None if years is None else years.economy,
        "edition": None if years is None else years.edition,
        "world": study.file.world if years is None else str(years),
        "notes": [*notes, *study.remarks()],
        "parameters": [_overridden(parameter) for parameter in study.overridden],
        "figures": {entry.name: entry.sha256 for entry in store.catalogue() if years is not None},
        **marks(tables),
    }


def _overridden(parameter: Parameter) -> dict[str, Any]:
    """What the asker put in place of a parameter of the package."""
    about = asdict(parameter)
    kept = ("name", "part", "symbol", "title", "value", "unit", "prior", "kind", "source")
    return {key: about[key] for key in kept}


def marks(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """By what a result is told from another: `versions` of libraries, and `digest` of its tables.

    Parameters
    ----------
    tables : dict of str to DataFrame (columns), in their units

    Returns
    -------
    dict of words; the digest is `data.results.digest`
    """
    from importlib.metadata import version

    from corridors import __version__

    names = ("numpy", "scipy", "pandas")
    versions = {"corridors": __version__, **{name: version(name) for name in names}}
    return {"versions": versions, "digest": digest(tables)}
