"""Answer a study year by year: a projection without a policy, and one under each."""

from __future__ import annotations

import functools
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors import areas, baseline, labels
from corridors.baseline import corrections
from corridors.baseline.population import LAST_YEAR, STATUSES_ABROAD
from corridors.baseline.years import WorldYears
from corridors.equilibrium.intervals import bounds
from corridors.errors import InputError, Problem
from corridors.parameters import central
from corridors.projection import Assumed, Projection, project
from corridors.projection.intervals import WITHOUT, DrawnPolicy, project_draws
from corridors.projection.policies import YearlyPolicy, yearly_policy
from corridors.study.files import ProjectionFile, RefugeesFile, Study
from corridors.study.manifest import manifest
from corridors.study.progress import Progress, Watch
from corridors.world import Result, load

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["WITHOUT", "plan", "run"]

IDENTITY = ["policy", "year", "area"]


def plan(study: Study) -> pd.DataFrame:
    """What a run of a projection would do: levers, cells touched, empty cells. Walks nothing.

    Returns
    -------
    DataFrame (policy, lever, cells, empty)
        Counts of cells (birthplace, residence, skill, status) whose odds, (1), each lever changes.

    Raises
    ------
    InputError
        A lever has no meaning year by year.
    """
    rows = []
    for policy, meaning in zip(
        study.policies, _meanings(study, Assumed.of(study.parameters("projection"))), strict=True
    ):
        rows += [(policy.name, trace.lever, trace.cells, trace.empty) for trace in meaning.traces]
        rows += [(policy.name, "none", 0, 0)] if not meaning.traces else []
    return pd.DataFrame(rows, columns=["policy", "lever", "cells", "empty"])


def run(study: Study, progress: Watch, executor: Executor | None = None) -> Result:
    """Answer a study that asks for a projection, (39) and (40), with foresight (42).

    Returns
    -------
    Result
        DataFrames `areas`, `statuses`, `corridors`, `headline`, `assumed`, `solver`, and with draws
        `area_intervals`: persons by year.

    Raises
    ------
    InputError
        A lever has no meaning year by year, or the world has no births and deaths.
    ModelError
        No projection of people who look ahead is reached, or persons do not add up.
    """
    assumed = Assumed.of(study.parameters("projection"))
    years = study.file.projection
    assert years is not None  # `files.check` puts it there
    progress(Progress("figures"))
    meanings = _meanings(study, assumed)
    refugees = None if years.refugees is None else _refugees(study.name, years.refugees)
    world = study.years
    if world is None:
        fix = "Write world = 2024, or another year"
        what = "a world in a folder has no births and deaths to project"
        raise InputError(Problem(f"{study.name}: world", what, fix))
    given = corrections.read(study.file.figures)
    times = len(meanings) + 1
    words = f"from {world.people} to {years.until}, {times} times"
    progress(Progress("years", 0, times, words))
    here = functools.partial(
        project,
        last=years.until,
        assumed=assumed,
        world=world,
        given=given,
        flight_known=years.flight_known,
        net=years.net,
    )
    projections = {WITHOUT: here()}
    for policy, meaning in zip(study.policies, meanings, strict=True):
        projections[policy.name] = here(
            policy=meaning.lasting,
            once=meaning.once,
            since=years.since,
            through=years.through,
            foresight=years.foresight,
            announced=years.announced,
            refugees=refugees,
            held=meaning.held,
        )
    without = projections[WITHOUT]
    tables = {
        "areas": _with_policy({name: _areas(each) for name, each in projections.items()}),
        "statuses": _with_policy({name: _statuses(each) for name, each in projections.items()}),
        "corridors": _with_policy(
            {
                policy.name: _corridors(without, projections[policy.name])
                for policy in study.policies
            }
        ),
        "assumed": assumed.table(),
        "solver": _solver(projections),
    }
    tables["areas"] = _first(tables["areas"], IDENTITY)
    tables["statuses"] = _first(tables["statuses"], [*IDENTITY, "status"])
    tables["corridors"] = _first(tables["corridors"], ["policy"])
    tables["headline"] = _headline(tables["areas"])
    if given:
        tables["user_figures"] = study.observed().corrected
    if years.draws:
        progress(Progress("years", 0, years.draws, f"{years.draws} draws"))
        drawn = _drawn(study, meanings, (world, years), executor)
        tables["area_intervals"] = _area_intervals(drawn, tables["areas"], years.draws)
    shown = projections[study.policies[0].name]
    known = [str(area) for area in shown.persons["residence"].values]
    return Result(tables, manifest(study, known, shown.notes, tables))


def _with_policy(by_policy: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables under one another, with the policy that each is of."""
    return pd.concat([table.assign(policy=name) for name, table in by_policy.items()])


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
        where = f"{name}: projection.refugees.result"
        raise InputError(Problem(where, f"{given.result} holds no journeys across borders", fix))
    stock = result["asylum"].query("area != ''").dropna(subset=["persons"])
    first = pd.Timestamp(result.manifest["first_day"])
    year = (
        first.year if first.month >= 7 else first.year - 1
    )  # years of a projection begin on 1 July
    born = areas.resolve(given.birthplace).code
    ends = {"birthplace": [born], "residence": stock["area"].astype(str).tolist()}
    persons = stock["persons"].to_numpy(float)[None]
    sources = f"journeys: {result.manifest['study']}"
    refugees = labels.label(persons, ends, units="persons", sources=sources)
    return refugees.assign_coords(year=year)


def _meanings(study: Study, assumed: Assumed) -> list[YearlyPolicy]:
    """Every policy as yearly rates; what is wrong names the study."""
    observed = study.observed()
    world = baseline.calibrate(
        observed, central(study.parameters()), shares=observed.status_shares[None]
    )
    meanings, problems = [], []
    for policy in study.policies:
        try:
            meanings.append(yearly_policy(policy, world, assumed))
        except InputError as error:
            problems += [
                replace(problem, where=f"{study.name}: {problem.where}")
                for problem in error.problems
            ]
    if problems:
        raise InputError(problems)
    return meanings


def _drawn(
    study: Study,
    meanings: list[YearlyPolicy],
    asked: tuple[WorldYears, ProjectionFile],
    executor: Executor | None,
) -> dict[str, xr.Dataset]:
    """Draws of the projection without a policy and of every policy."""
    world, years = asked
    last_year = LAST_YEAR if years.through is None else years.through
    policies = {
        policy.name: DrawnPolicy(
            meaning.lasting, meaning.once, years.since, last_year, meaning.held
        )
        for policy, meaning in zip(study.policies, meanings, strict=True)
    }
    return project_draws(
        years.draws,
        last=years.until,
        world=world,
        given=corrections.read(study.file.figures),
        parameters=study.parameters("projection"),
        policies=policies,
        flight_known=years.flight_known,
        net=years.net,
        seed=study.file.draws.seed,
        executor=executor,
    )


def _area_intervals(drawn: dict[str, xr.Dataset], areas: pd.DataFrame, number: int) -> pd.DataFrame:
    """Persons, foreign-born and people abroad by policy, year and area, with intervals.

    Without a policy of the level; under a policy of what it changes, each draw against its own.
    """
    tables = []
    central_figures = areas.set_index(["policy", "year", "area"]).sort_index()
    for name, draws in drawn.items():
        for measure in ("persons", "foreign_born", "abroad"):
            values = draws[measure]
            if name != WITHOUT:
                values = values - drawn[WITHOUT][measure]
            ends = bounds(values.transpose("draw", "year", "area").values, number)
            cells = pd.MultiIndex.from_product(
                [values["year"].values, values["area"].values], names=["year", "area"]
            )
            rows = pd.DataFrame({end: cut.ravel() for end, cut in ends.items()}, index=cells)
            point = central_figures.loc[name, measure]
            if name != WITHOUT:
                point = point - central_figures.loc[WITHOUT, measure]
            what = "level" if name == WITHOUT else "change"
            rows = rows.assign(policy=name, measure=measure, of=what, value=point.reindex(cells))
            tables.append(rows.reset_index())
    first = ["policy", "year", "area", "measure", "of", "value"]
    return _first(pd.concat(tables), first)


def _first(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    others = [column for column in table.columns if column not in columns]
    return table[[*columns, *others]].reset_index(drop=True)


def _areas(projection: Projection) -> pd.DataFrame:
    """Persons on 1 July and what happened in the year after, by area and year.

    Arrivals are foreign-born who came and natives who returned, departures natives who left and
    foreign-born who went back or were removed; none is known of the year after the last.
    """
    events = projection.events.to_dataframe().reset_index()
    migrants = projection.persons.sel(status=list(STATUSES_ABROAD)).sum("status")
    people = {
        "persons": projection.residents(),
        "foreign_born": migrants.sum("birthplace").rename(residence="area"),
        "abroad": migrants.sum("residence").rename(birthplace="area"),
    }
    years, areas = projection.persons["year"].values, projection.persons["residence"].values
    columns = {
        name: persons.transpose("year", "area").values.ravel() for name, persons in people.items()
    }
    table = pd.DataFrame(
        {"year": np.repeat(years, len(areas)), "area": np.tile(areas, len(years)), **columns}
    )
    events["arrivals"] = events["arrived"] + events["returned"]
    events["departures"] = events["left"] + events["went_back"] + events["removed"]
    flows = events[["year", "area", "arrivals", "departures", "removed", "births", "deaths"]]
    return table.merge(flows, on=["year", "area"], how="left", validate="one_to_one")


def _statuses(projection: Projection) -> pd.DataFrame:
    """Foreign-born by area, legal status and year, where there are any."""
    people = projection.persons.sel(status=list(STATUSES_ABROAD)).sum("birthplace")
    table = people.rename(residence="area").to_series().rename("persons").reset_index()
    return table[table["persons"] > 0.0]


def _corridors(without: Projection, projection: Projection) -> pd.DataFrame:
    """Persons of every corridor that has any: first year, last year without and with a policy."""
    ends = [
        without.persons.isel(year=0),
        without.persons.isel(year=-1),
        projection.persons.isel(year=-1),
    ]
    table = pd.DataFrame(
        {
            name: persons.sel(status=list(STATUSES_ABROAD)).drop_vars("year").to_series()
            for name, persons in zip(("now", "without", "after"), ends, strict=True)
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
        for name, title, total in (
            ("people", f"People living abroad in {last}", ends),
            ("removed", f"People removed until {last}", moves),
        ):
            rows.append((policy, name, title, "persons", total[WITHOUT], total[policy]))
    columns = ["policy", "measure", "title", "unit", "without", "value"]
    return pd.DataFrame(rows, columns=columns)


def _solver(projections: dict[str, Projection]) -> pd.DataFrame:
    """How each projection was reached: by rates, or in how many evaluations and how exactly."""
    rows = []
    for name, projection in projections.items():
        residual, evaluations = projection.solved or (0.0, 0)
        rows.append((name, projection.solved is not None, residual, evaluations))
    return pd.DataFrame(rows, columns=["policy", "foresight", "residual", "evaluations"])
