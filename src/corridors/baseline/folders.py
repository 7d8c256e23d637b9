"""Worlds in folders: a user's own, and those that ship; whole or not at all, and verified."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from corridors.baseline.observed import Observed, observe
from corridors.baseline.years import PEOPLE_YEARS, WorldYears
from corridors.borders.status import STATUSES
from corridors.data import results, store
from corridors.errors import InputError, Problem, SourceError, nearest
from corridors.labels import SKILLS, Array

__all__ = ["WORLDS", "find", "labels_of", "load", "save", "shipped"]

#: Worlds in the package, a folder each.
WORLDS = store.REFERENCE / "worlds"
KIND = "world"
#: Fields of `Observed` by area, columns of the table `areas`.
BY_AREA = (
    "income_group", "population", "output", "labour_share", "labour_share_imputed", "at_work",
    "unemployment", "years_of_schooling", "tertiary_share", "received", "fee", "price_level",
    "capital_to_output",
)  # fmt: skip
#: The same, written where somebody tells them.
TOLD = ("remitted_from", "remitted_reported")


def shipped() -> dict[str, Path]:
    """Worlds in the package, by name."""
    return {path.name: path for path in sorted(WORLDS.glob("*")) if path.is_dir()}


def find(given: Any) -> Observed:
    """The figures of a world: a year, a table of years, the folder or name of a world.

    Parameters
    ----------
    given : int, str, Path or mapping

    Returns
    -------
    Observed
        Adults (s, b) and (s, b, i), dollars a year (i,); each figure with its source.

    Raises
    ------
    InputError
        There is no such world.
    SourceError
        A folder is not as it was written.
    DoesNotClose
        More immigrants than residents somewhere.
    """
    if isinstance(given, str | Path) and not str(given).isdecimal():
        return load(_folder(given))
    years = WorldYears.read(int(given) if isinstance(given, str) else given)
    return observe(years.people, years.edition, years.economy, repeated=years.repeated)


def labels_of(given: Any) -> tuple[str, ...] | None:
    """Areas of a world in a folder, for checking names; None for a world of years.

    Raises
    ------
    InputError
        There is no such world.
    SourceError
        The folder is not as it was written.
    """
    if isinstance(given, str | Path) and not str(given).isdecimal():
        return load(_folder(given)).areas
    return None


def _folder(given: str | Path) -> Path:
    path = Path(given)
    if path.is_dir():
        return path
    known = shipped()
    if str(given) in known:
        return known[str(given)]
    years = [str(year) for year in PEOPLE_YEARS[2024]]
    close = ", ".join(nearest(str(given), [*known, *years]))
    fix = f"Give a year, a folder of `corridors world build`, or {close}"
    raise InputError(Problem("world", f"there is no world '{given}'", fix))


def save(observed: Observed, folder: str | Path, about: Mapping[str, Any] | None = None) -> Path:
    """Write a world to a folder, whole or not at all; `about` goes into its manifest.

    Raises
    ------
    InputError, SourceError
        As `corridors.data.results.publish`.
    """
    areas = list(observed.areas)
    told = [name for name in TOLD if np.isfinite(getattr(observed, name)).any()]
    columns = {name: np.asarray(getattr(observed, name)) for name in (*BY_AREA, *told)}
    tables = {
        "areas": pd.DataFrame({"area": areas, **columns}),
        "people": _people(observed),
        "statuses": _statuses(observed),
        "figures": observed.figures,
    }
    if observed.kilometres.size:
        tables["distances"] = _distances(observed)
    manifest = {
        **(about or {}),
        "kind": KIND,
        "notes": list(observed.notes),
        "lead": observed.lead,
        "coverage": observed.coverage,
    }
    with results.publish(folder) as fresh:
        results.write(fresh, tables, manifest)
    return Path(folder)


def _people(observed: Observed) -> pd.DataFrame:
    """Adults by birthplace, residence and skill, those at home among them."""
    number = len(observed.areas)
    values = observed.migrants + observed.home[:, :, None] * np.eye(number)
    skill, b, i = np.nonzero(values)
    names = np.array(observed.areas, dtype=object)
    return pd.DataFrame(
        {
            "birthplace": names[b],
            "residence": names[i],
            "skill": np.array(SKILLS, dtype=object)[skill],
            "adults": values[skill, b, i],
        }
    )


def _statuses(observed: Observed) -> pd.DataFrame:
    """Shares of corridors whose statuses are told; all others are permanent."""
    b, i = np.nonzero(~observed.status_assumed)
    names = np.array(observed.areas, dtype=object)
    shares = {name: observed.status_shares[b, i, k] for k, name in enumerate(STATUSES)}
    concentration = observed.status_concentration[b, i]
    ends = {"birthplace": names[b], "residence": names[i]}
    return pd.DataFrame({**ends, **shares, "concentration": concentration})


def load(folder: str | Path) -> Observed:
    """The world that `save` wrote to a folder, verified.

    Returns
    -------
    Observed
        Adults (s, b) and (s, b, i), dollars a year (i,), as they were saved, with their sources.

    Raises
    ------
    SourceError
        It is not as it was written.
    InputError
        The folder holds something else.
    """
    try:
        tables, manifest = results.read(folder, pages=False)
    except SourceError as error:
        what = str(error).removesuffix("Run the study again").rstrip()
        raise SourceError(f"world {folder}: {what} Build the world again") from error
    if manifest.get("kind") != KIND:
        fix = "Give a folder of `corridors world build`"
        raise InputError(Problem(f"world {folder}", "holds a result, not a world", fix))
    about = tables["areas"].set_index("area")
    areas = tuple(about.index)
    index = pd.Index(areas)
    people = tables["people"]
    values = np.zeros((len(SKILLS), len(areas), len(areas)))
    at = [index.get_indexer(people[end]) for end in ("birthplace", "residence")]
    values[pd.Index(SKILLS).get_indexer(people["skill"]), at[0], at[1]] = people["adults"]
    home = np.diagonal(values, axis1=1, axis2=2).copy()
    for skill in values:
        np.fill_diagonal(skill, 0.0)
    columns = {name: about[name].to_numpy() for name in BY_AREA}
    columns["income_group"] = tuple(about["income_group"])
    nobody = np.full(len(areas), np.nan)
    columns |= {name: about[name].to_numpy() if name in about else nobody for name in TOLD}
    shares, concentration, assumed = _read_statuses(tables["statuses"], index)
    return Observed(
        areas=areas,
        home=home,
        migrants=values,
        status_shares=shares,
        status_concentration=concentration,
        status_assumed=assumed,
        free_movement=np.zeros((len(areas), len(areas))),  # no treaty between own areas is known
        figures=tables["figures"],
        coverage=manifest["coverage"],
        notes=tuple(manifest["notes"]),
        kilometres=_read_distances(tables.get("distances"), index),
        lead=manifest["lead"],
        **columns,
    )


def _distances(observed: Observed) -> pd.DataFrame:
    """Kilometres of the pairs that are told."""
    b, i = np.nonzero(~np.isnan(observed.kilometres))
    names = np.array(observed.areas, dtype=object)
    ends = {"birthplace": names[b], "residence": names[i]}
    return pd.DataFrame({**ends, "kilometres": observed.kilometres[b, i]})


def _read_distances(table: pd.DataFrame | None, index: pd.Index) -> Array:
    if table is None:
        return np.empty((0, 0))
    kilometres = np.full((len(index), len(index)), np.nan)
    at = tuple(index.get_indexer(table[end]) for end in ("birthplace", "residence"))
    kilometres[at] = table["kilometres"]
    return kilometres


def _read_statuses(table: pd.DataFrame, index: pd.Index) -> tuple[Any, Any, Any]:
    pairs = (len(index), len(index))
    shares, concentration = np.zeros((*pairs, len(STATUSES))), np.full(pairs, 5.0)
    shares[..., 0], assumed = 1.0, np.ones(pairs, dtype=bool)
    at = tuple(index.get_indexer(table[end]) for end in ("birthplace", "residence"))
    shares[at] = table[list(STATUSES)].to_numpy(float)
    concentration[at], assumed[at] = table["concentration"], False
    return shares, concentration, assumed
