"""Answer a study year by year: a path without a policy, and one under each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors import areas, baseline, ensemble, labels
from corridors.errors import InputError, Problem
from corridors.projection import Assumed, Path, project
from corridors.projection.figures import FIRST_YEAR, STATUSES
from corridors.projection.policies import Yearly, yearly
from corridors.study.files import RefugeesFile, Study
from corridors.study.manifest import manifest
from corridors.world import Result, load

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["WITHOUT", "plan", "run"]

#: How the path without a policy is called beside those of the policies.
WITHOUT = "without a policy"
IDENTITY = ["policy", "year", "area"]


def plan(study: Study) -> pd.DataFrame:
    """What a run would do: policy, lever, cells, empty. Walks nothing."""
    rows = []
    for policy, meaning in zip(study.policies, _meanings(study, Assumed()), strict=True):
        rows += [(policy.name, one.lever, one.cells, one.empty) for one in meaning.traces]
        rows += [(policy.name, "none", 0, 0)] if not meaning.traces else []
    return pd.DataFrame(rows, columns=["policy", "lever", "cells", "empty"])


def run(study: Study, progress: Callable[[str], None]) -> Result:
    """Answer a study that asks for a path.

    Raises
    ------
    InputError
        A lever has no meaning year by year.
    ModelError
        A path of people who look ahead is not found, or persons do not add up.
    """
    assumed, years = Assumed(), study.file.path
    assert years is not None  # `files.check` puts it there
    progress("gathering the figures")
    meanings = _meanings(study, assumed)
    refugees = None if years.refugees is None else _refugees(study.name, years.refugees)
    progress(f"walking from {FIRST_YEAR} to {years.until}, {len(meanings) + 1} times")
    paths = {WITHOUT: project(last=years.until, assumed=assumed)}
    for policy, meaning in zip(study.policies, meanings, strict=True):
        paths[policy.name] = project(
            last=years.until,
            assumed=assumed,
            policy=meaning.lasting,
            once=meaning.once,
            since=years.since,
            through=years.through,
            foresight=years.foresight,
            announced=years.announced,
            refugees=refugees,
        )
    tables = {
        "areas": pd.concat([_areas(one).assign(policy=name) for name, one in paths.items()]),
        "statuses": pd.concat([_statuses(one).assign(policy=name) for name, one in paths.items()]),
        "corridors": pd.concat(
            [
                _corridors(paths[WITHOUT], paths[one.name]).assign(policy=one.name)
                for one in study.policies
            ]
        ),
        "assumed": assumed.table(),
        "solver": _solver(paths),
    }
    tables["areas"] = _first(tables["areas"], IDENTITY)
    tables["statuses"] = _first(tables["statuses"], [*IDENTITY, "status"])
    tables["corridors"] = _first(tables["corridors"], ["policy"])
    tables["headline"] = _headline(tables["areas"])
    path = paths[study.policies[0].name]
    known = [str(one) for one in path.persons["residence"].values]
    return Result(tables, manifest(study, known, path.notes, tables))


def _refugees(name: str, given: RefugeesFile) -> xr.DataArray:
    """Persons by birthplace and residence, and the year they fled in, from a result of journeys.

    Raises
    ------
    SourceError, InputError
        The result is missing, or is not of journeys.
    """
    result = load(given.result)
    if result.manifest.get("answer") != "journeys" or "asylum" not in result.tables:
        fix = "Name a folder that `corridors journeys run --out` wrote"
        where = f"{name}: path.refugees.result"
        raise InputError(Problem(where, f"{given.result} holds no journeys across borders", fix))
    stock = result["asylum"].query("area != ''").dropna(subset=["persons"])
    first = pd.Timestamp(result.manifest["first_day"])
    year = first.year if first.month >= 7 else first.year - 1  # years of a path begin on 1 July
    born = areas.resolve(given.birthplace).code
    ends = {"birthplace": [born], "residence": stock["area"].astype(str).tolist()}
    persons = stock["persons"].to_numpy(float)[None]
    sources = f"journeys: {result.manifest['study']}"
    found = labels.label(persons, ends, units="persons", sources=sources)
    return found.assign_coords(year=year)


def _meanings(study: Study, assumed: Assumed) -> list[Yearly]:
    """Every policy as yearly rates; what is wrong names the study."""
    observed = baseline.observe()
    world = baseline.calibrate(observed, ensemble.central(), shares=observed.status_shares[None])
    found, problems = [], []
    for policy in study.policies:
        try:
            found.append(yearly(policy, world, assumed))
        except InputError as error:
            problems += [replace(one, where=f"{study.name}: {one.where}") for one in error.problems]
    if problems:
        raise InputError(problems)
    return found


def _first(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return table[[*columns, *[one for one in table.columns if one not in columns]]].reset_index(
        drop=True
    )


def _areas(path: Path) -> pd.DataFrame:
    """Persons on 1 July and what happened in the year after, by area and year.

    Arrivals are foreign-born who came and natives who returned, departures natives who left and
    foreign-born who went back or were removed; none is known of the year after the last.
    """
    events = path.events.to_dataframe().reset_index()
    migrants = path.persons.sel(status=list(STATUSES)).sum("status")
    people = {
        "persons": path.residents(),
        "foreign_born": migrants.sum("birthplace").rename(residence="area"),
        "abroad": migrants.sum("residence").rename(birthplace="area"),
    }
    years, areas = path.persons["year"].values, path.persons["residence"].values
    columns = {name: one.transpose("year", "area").values.ravel() for name, one in people.items()}
    table = pd.DataFrame(
        {"year": np.repeat(years, len(areas)), "area": np.tile(areas, len(years)), **columns}
    )
    events["arrivals"] = events["arrived"] + events["returned"]
    events["departures"] = events["left"] + events["went_back"] + events["removed"]
    flows = events[["year", "area", "arrivals", "departures", "removed", "births", "deaths"]]
    return table.merge(flows, on=["year", "area"], how="left", validate="one_to_one")


def _statuses(path: Path) -> pd.DataFrame:
    """Foreign-born by area, legal status and year, where there are any."""
    people = path.persons.sel(status=list(STATUSES)).sum("birthplace")
    table = people.rename(residence="area").to_series().rename("persons").reset_index()
    return table[table["persons"] > 0.0]


def _corridors(without: Path, path: Path) -> pd.DataFrame:
    """Persons of every corridor that has any: first year, last year without and with a policy."""
    ends = [without.persons.isel(year=0), without.persons.isel(year=-1), path.persons.isel(year=-1)]
    table = pd.DataFrame(
        {
            name: one.sel(status=list(STATUSES)).drop_vars("year").to_series()
            for name, one in zip(("now", "without", "after"), ends, strict=True)
        }
    )
    return table[(table > 0.0).any(axis=1)].reset_index()


def _headline(areas: pd.DataFrame) -> pd.DataFrame:
    """World totals in the last year under each policy, beside those without one."""
    last = areas["year"].max()
    ends = areas[areas["year"] == last].groupby("policy", sort=False)["abroad"].sum()
    moves = areas.groupby("policy", sort=False)["removed"].sum()
    rows = []
    for policy in ends.index.drop(WITHOUT):
        for name, title, found in (
            ("people", f"People living abroad in {last}", ends),
            ("removed", f"People removed until {last}", moves),
        ):
            rows.append((policy, name, title, "persons", found[WITHOUT], found[policy]))
    columns = ["policy", "measure", "title", "unit", "without", "value"]
    return pd.DataFrame(rows, columns=columns)


def _solver(paths: dict[str, Path]) -> pd.DataFrame:
    """How each path was found: by rates, or in how many evaluations and how exactly."""
    rows = []
    for name, path in paths.items():
        residual, evaluations = path.solved or (0.0, 0)
        rows.append((name, path.solved is not None, residual, evaluations))
    return pd.DataFrame(rows, columns=["policy", "foresight", "residual", "evaluations"])
