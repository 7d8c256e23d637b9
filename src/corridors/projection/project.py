"""The real world year by year, from a mid-year on: by rates (mode A) or with foresight (mode B).

Births and deaths are those of the World Population Prospects by area, in rates. The arithmetic and
the rates of a year are in `projection.rates`, people who look ahead in `projection.foresight`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors import labels
from corridors.baseline.corrections import Correction
from corridors.baseline.population import (
    LAST_YEAR,
    STATUSES_ABROAD,
    PopulationFigures,
    gather,
)
from corridors.baseline.years import DEFAULT_WORLD, WorldYears
from corridors.errors import InputError, Problem, nearest
from corridors.labels import Array
from corridors.projection import foresight as looking_ahead
from corridors.projection import rates
from corridors.projection.foresight import ForeseenTrajectory
from corridors.projection.policies import (
    Assumed,
    PolicySchedule,
    held_cells,
    in_force,
    problems_of,
)
from corridors.projection.rates import CalibratedRates, Events, RefugeeArrivals, Trajectory
from corridors.projection.ties import tie

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Projection", "project"]

#: Last whole year of UNHCR's arrivals in the package.
LAST_FLIGHT = 2024
#: Whose net migration.
NET = ("model", "prospects")
SOURCES = "World Population Prospects 2024, UN stocks, status_shares; the model"


@dataclass(frozen=True)
class Projection:
    """A projection of the real world.

    Parameters
    ----------
    persons : DataArray (year, birthplace, residence, status)
        On 1 July; `home` is the diagonal.
    events : Dataset (year, area), persons in the year from 1 July
        `births` and `deaths` in the area, natives who `left` it and who `returned` to it for
        whatever reason; of the foreign-born, who `arrived`, `went_back` and were `removed`.
    assumptions : DataFrame name, value, unit, kind, source, help
    notes : tuple of str
    solved : (float, int), optional
        With foresight: largest change of ln pay in the last evaluation, and how many there were.
    """

    persons: xr.DataArray
    events: xr.Dataset
    assumptions: pd.DataFrame
    notes: tuple[str, ...]
    solved: tuple[float, int] | None = None

    def residents(self) -> xr.DataArray:
        """Persons (year, area) by residence: the sum of (39) over birthplaces and statuses."""
        return self.persons.sum(["birthplace", "status"]).rename(residence="area")

    def abroad(self) -> xr.DataArray:
        """Persons (year, status) outside their country of birth: M of (39)."""
        return self.persons.sel(status=list(STATUSES_ABROAD)).sum(["birthplace", "residence"])


def project(
    *,
    last: int = 2050,
    assumed: Assumed | None = None,
    policy: Mapping[str, float | xr.DataArray] | None = None,
    once: Mapping[str, float | xr.DataArray] | None = None,
    since: int | None = None,
    through: int | None = None,
    foresight: bool = False,
    announced: int | None = None,
    refugees: xr.DataArray | None = None,
    held: xr.DataArray | None = None,
    shares: pd.DataFrame | None = None,
    world: WorldYears = DEFAULT_WORLD,
    given: Sequence[Correction] = (),
    flight_known: int | None = None,
    net: str = "model",
) -> Projection:
    """The world from a mid-year to `last`, by yearly rates (A, (39)) or with foresight (B, (42)).

    Parameters
    ----------
    last : int, at most 2100
    assumed : Assumed
        In force before `since`, and what departures are calibrated under.
    policy : mapping of str to number or DataArray, optional
        What changes from the year `since` on, by default the first: any of
        `projection.policies.LEVERS`, everywhere, or by `residence` and `birthplace`, the wedge
        also by `status`; areas that an array does not name stay as they are.
    once : mapping, optional
        What changes in the year `since` and in no other; on top of `policy`.
    through : int, optional
        The last year in which the policy is in force; by default it stays.
    foresight : bool
        With it departures and returns by choice answer to all pay and rules to come, without it
        to last year's consumption and diaspora; see `corridors.projection.foresight`.
    announced : int, optional
        The year in which people who look ahead learn of the policy; by default `since`.
    refugees : DataArray (birthplace, residence), optional
        Persons whom a journey brought abroad in the year named by its coordinate `year`; they are
        protected there. Not with foresight: nobody saw them coming.
    held : DataArray (birthplace, residence, status), optional
        1 where places are given, and a policy on other statuses lets no more people in than come
        without it: whoever is removed becomes no permanent resident.
    shares : DataFrame (birthplace, residence, status, share), optional
        Share of a corridor that is tied, irregular or protected; the rest is permanent. Default:
        the reference table `status_shares`, or `status_shares_2024`, of the world's year.
    world : WorldYears
        Whose people the projection starts from.
    given : Correction
        A user's figures in place of the tables', as `corridors.baseline.corrections.read` makes
        them; output, people of corridors and their statuses alone.
    flight_known : int, optional
        Last year whose counted flight is known; by default that of the start.
    net : str
        `model`, or `prospects`: without a policy every area has the net migration of the World
        Population Prospects, by (60) on all moves; a policy acts around that.

    Returns
    -------
    Projection
        Persons by year, birthplace, residence and status, and what happened in each year from 1
        July.

    Raises
    ------
    InputError
        A year out of range, an unknown lever or area, or a lever that foresight cannot value.
    NotConverged
        No projection was reached in which what people expect comes true; with its residual.
    DoesNotClose
        World persons do not change by births less deaths.
    Infeasible
        More people leave than can pay for it, or more die or move out of a place than are there.
    SourceError
        A table of the package is missing or damaged.
    """
    assumed, policy, once = assumed or Assumed(), policy or {}, once or {}
    since = world.people if since is None else since
    through = LAST_YEAR if through is None else through
    announced = since if announced is None else announced
    problems = _problems_of_years(world.people, last, since, through, announced)
    problems += problems_of(policy) + problems_of(once)
    problems += looking_ahead.not_valued([*policy, *once]) if foresight else []
    flight_known = world.people if flight_known is None else flight_known
    problems += _problems_of_flight(world.people, flight_known, net, foresight)
    if foresight and refugees is not None:
        fix = "Use foresight = false"
        problems.append(Problem("refugees", "nobody looked ahead to what made them flee", fix))
    if problems:
        raise InputError(problems)
    figures = gather(last, shares, world, given, flight_known)
    now = in_force({}, assumed, figures.areas)
    schedule = PolicySchedule(
        now=now,
        first=in_force({**policy, **once}, assumed, figures.areas),
        later=in_force(policy, assumed, figures.areas),
        since=since,
        through=through,
        held=None if held is None else held_cells(held, figures.areas),
    )
    calibrated = CalibratedRates.of(figures, assumed, now)
    if not foresight:
        arrivals = None if refugees is None else _arrivals(refugees, figures, last)
        without = PolicySchedule.always(now)
        adjust = tie(calibrated, without, last) if net == "prospects" else None
        known = None
        if schedule.held is not None:
            known = rates.trajectory(calibrated, without, last, adjust=adjust)
        by_rates = rates.trajectory(calibrated, schedule, last, arrivals, known, adjust)
        return _labelled(calibrated, by_rates)
    known = rates.trajectory(calibrated, PolicySchedule.always(now), last)
    foreseen = looking_ahead.foresee_policy(calibrated, schedule, known, announced)
    return _labelled(calibrated, foreseen.trajectory, foreseen)


def _problems_of_flight(first: int, known: int, net: str, foresight: bool) -> list[Problem]:
    problems = []
    if not first <= known <= LAST_FLIGHT:
        fix = f"Give a year from {first} to {LAST_FLIGHT}"
        problems.append(Problem("flight_known", f"{known} is out of range", fix))
    if net not in NET:
        fix = f"Use {', '.join(nearest(net, NET))}"
        problems.append(Problem("net", f"there is no net migration '{net}'", fix))
    if foresight and (known > first or net != "model"):
        fix = "Use foresight = false"
        what = "people who look ahead know neither flight to come nor a published net migration"
        problems.append(Problem("foresight", what, fix))
    return problems


def _problems_of_years(
    first: int, last: int, since: int, through: int, announced: int
) -> list[Problem]:
    problems = []
    if not first < last <= LAST_YEAR:
        fix = f"Give a year from {first + 1} to {LAST_YEAR}"
        problems.append(Problem("last", f"{last} is out of range", fix))
    if since < first:
        problems.append(Problem("since", f"{since} is past", f"Give a year from {first} on"))
    if through < since:
        fix = f"Give a year from {since} on"
        problems.append(Problem("through", f"{through} is before the policy begins", fix))
    if announced > since or (announced < first and announced != since):
        fix = f"Give a year from {first} to {since}"
        problems.append(Problem("announced", f"{announced} is out of range", fix))
    return problems


def _arrivals(refugees: xr.DataArray, figures: PopulationFigures, last: int) -> RefugeeArrivals:
    """People on the run as an array of the world's areas.

    Raises
    ------
    InputError
        An area is not known, the year is not in the projection, or more flee than are at home.
    """
    year, areas = int(refugees["year"]), list(figures.areas)
    problems = []
    if not figures.first <= year < last:
        fix = f"Give a year from {figures.first} to {last - 1}"
        problems.append(Problem("refugees", f"{year} is not in the projection", fix))
    for end in ("birthplace", "residence"):
        for code in refugees[end].values:
            if code not in areas:
                close = ", ".join(nearest(str(code), areas))
                problems.append(Problem("refugees", f"'{code}' is no area", f"Use {close}"))
    if problems:
        raise InputError(problems)
    known = refugees.transpose("birthplace", "residence").fillna(0.0)
    persons = known.reindex(birthplace=areas, residence=areas, fill_value=0.0).values
    np.fill_diagonal(persons, 0.0)
    short = np.flatnonzero(persons.sum(axis=1) > figures.natives)
    if short.size or (persons < 0).any():
        names = ", ".join(areas[at] for at in short) or "somewhere fewer than 0"
        fix = "Give persons, at most those who live there"
        raise InputError(Problem("refugees", f"more than live in {names}", fix))
    return RefugeeArrivals(year, persons)


def _labelled(
    calibrated: CalibratedRates, projected: Trajectory, foreseen: ForeseenTrajectory | None = None
) -> Projection:
    """Arrays with their labels, units and sources."""
    import xarray as xr

    figures, people, happened = calibrated.figures, projected.people, projected.events
    years, areas = list(range(figures.first, figures.first + len(people))), list(figures.areas)
    diagonal = np.arange(len(areas))
    values = np.zeros((len(years), len(areas), len(areas), 1 + len(STATUSES_ABROAD)))
    for row, persons in zip(values, people, strict=True):
        row[diagonal, diagonal, 0] = persons.home
        row[..., 1:] = persons.abroad
    of_stock: dict[str, Sequence[object]] = {
        "year": years,
        "birthplace": areas,
        "residence": areas,
        "status": list(labels.STATUSES),
    }
    of_flow: dict[str, Sequence[object]] = {"year": years[:-1], "area": areas}
    events = xr.Dataset(
        {
            name: labels.label(np.stack(count), of_flow, units="persons a year", sources=SOURCES)
            for name, count in _counted(happened).items()
        }
    )
    everybody = labels.label(values, of_stock, units="persons", sources=SOURCES, name="persons")
    notes, solved = figures.notes, None
    if foreseen is not None:
        notes = (*notes, *looking_ahead.NOTES)
        solved = (foreseen.residual, foreseen.evaluations)
    return Projection(everybody, events, calibrated.assumed.table(), notes, solved)


def _counted(happened: list[Events]) -> dict[str, list[Array]]:
    """Events by area, a row a year; see `Projection.events`."""
    return {
        "births": [year.births for year in happened],
        "deaths": [year.deaths for year in happened],
        "left": [year.left.sum(axis=(1, 2)) for year in happened],
        "arrived": [year.left.sum(axis=(0, 2)) for year in happened],
        "returned": [(year.returned + year.removed).sum(axis=(1, 2)) for year in happened],
        "went_back": [year.returned.sum(axis=(0, 2)) for year in happened],
        "removed": [year.removed.sum(axis=(0, 2)) for year in happened],
    }
