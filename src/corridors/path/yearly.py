"""The real world by yearly rates, from mid-2020 on (mode A).

Births and deaths are those of the World Population Prospects by area, in rates; departures those
that the stocks of 2010 and 2020 imply, as a choice of last year's consumption and diaspora;
returns, removals and changes of status are named parameters of `Assumed`, or a policy's. The
arithmetic is in `corridors.people.hazards`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from corridors import labels
from corridors.data import store
from corridors.errors import DoesNotClose, InputError, Problem
from corridors.path.assumed import Assumed, in_force, problems_of
from corridors.path.figures import EARLIER_YEAR, FIRST_YEAR, LAST_YEAR, STATUSES, Given, gather
from corridors.people import hazards
from corridors.people.hazards import Circumstances, Events, Persons, Rates
from corridors.people.poverty import Poverty

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Path", "project"]

Array = NDArray[np.float64]

PERMANENT, TIED, IRREGULAR, PROTECTED = range(4)
#: Largest relative gap of world persons against births less deaths.
CLOSES = 1e-12
SOURCES = "World Population Prospects 2024, UN stocks of 2020, status_shares; the model"


@dataclass(frozen=True)
class Path:
    """A path of the real world.

    Parameters
    ----------
    persons : DataArray (year, birthplace, residence, status)
        On 1 July; `home` is the diagonal.
    events : Dataset (year, area), persons in the year from 1 July
        `births` and `deaths` in the area, natives who `left` it and who `returned` to it for
        whatever reason; of the foreign-born, who `arrived`, `went_back` and were `removed`.
    assumptions : DataFrame name, value, unit, kind, source, help
    notes : tuple of str
    """

    persons: xr.DataArray
    events: xr.Dataset
    assumptions: pd.DataFrame
    notes: tuple[str, ...]

    def residents(self) -> xr.DataArray:
        """Persons by year and area of residence."""
        return self.persons.sum(["birthplace", "status"]).rename(residence="area")

    def abroad(self) -> xr.DataArray:
        """Persons outside their country of birth, by year and status."""
        return self.persons.sel(status=list(STATUSES)).sum(["birthplace", "residence"])


def project(
    *,
    last: int = 2050,
    assumed: Assumed | None = None,
    policy: Mapping[str, float | xr.DataArray] | None = None,
    since: int = FIRST_YEAR,
    shares: pd.DataFrame | None = None,
) -> Path:
    """The world from mid-2020 to `last`, by yearly rates (mode A).

    Parameters
    ----------
    last : int, at most 2100
    assumed : Assumed
        In force before `since`, and what departures are calibrated under.
    policy : mapping of str to number or DataArray, optional
        What changes in the year `since`: any of `corridors.path.assumed.LEVERS`, everywhere, or by
        `residence` and `birthplace`; areas that an array does not name stay as they are.
    shares : DataFrame birthplace, residence, status, share, optional
        Share of a corridor that is tied, irregular or protected; the rest is permanent. Default:
        the reference table `status_shares`.

    Raises
    ------
    InputError
        A year out of range, an unknown lever or area.
    DoesNotClose
        World persons do not change by births less deaths.
    """
    assumed, policy = assumed or Assumed(), policy or {}
    problems = _problems_of_years(last, since) + problems_of(policy)
    if problems:
        raise InputError(problems)
    given = gather(last, store.table("status_shares") if shares is None else shares)
    now = in_force({}, assumed, given.areas)
    later = in_force(policy, assumed, given.areas)
    course = _Course.calibrated(given, assumed, now)
    persons, people, happened = given.persons, [given.persons], []
    for year in range(FIRST_YEAR, last):
        before = people[-2] if len(people) > 1 else persons
        rates = course.rates(year, later if year >= since else now, before)
        after, events = hazards.step(persons, rates)
        _require_closed(persons, events, after)
        people.append(after)
        happened.append(events)
        persons = after
    return _labelled(given, assumed, people, happened)


def _problems_of_years(last: int, since: int) -> list[Problem]:
    problems = []
    if not FIRST_YEAR < last <= LAST_YEAR:
        fix = f"Give a year from {FIRST_YEAR + 1} to {LAST_YEAR}"
        problems.append(Problem("last", f"{last} is out of range", fix))
    if since < FIRST_YEAR:
        problems.append(Problem("since", f"{since} is past", f"Give a year from {FIRST_YEAR} on"))
    return problems


def _require_closed(before: Persons, events: Events, after: Persons) -> None:
    """World persons change by births less deaths, and by nothing else."""
    expected = before.world + float(events.births.sum()) - float(events.deaths.sum())
    gap = abs(after.world - expected) / expected
    if not gap <= CLOSES:
        raise DoesNotClose("world persons against births less deaths", residual=gap)


@dataclass(frozen=True)
class _Course:
    """The world's rates: what is fixed at the start, and how a year's rates follow.

    Parameters
    ----------
    pull : (b, i, k) of departures, see `hazards.pull`
    """

    given: Given
    assumed: Assumed
    pull: Array

    @classmethod
    def calibrated(cls, given: Given, assumed: Assumed, levers: dict[str, Array]) -> Self:
        """Departures that the stocks of 2010 and 2020 imply at the rates of 2020."""
        course = cls(given, assumed, np.full(given.persons.abroad.shape, -np.inf))
        rates = course.rates(FIRST_YEAR, levers, given.persons)
        inflow = hazards.inflow_since(
            given.earlier, FIRST_YEAR - EARLIER_YEAR, given.persons.abroad, rates
        )
        rate = hazards.departures(inflow, given.persons.home)
        return replace(course, pull=hazards.pull(rate, course.circumstances(given.persons)))

    def circumstances(self, before: Persons) -> Circumstances:
        """What departures answer to, from the persons of the year before."""
        grown = before.residents / self.given.persons.residents
        log_pay = -self.assumed.pay_elasticity * np.log(grown)
        return Circumstances(
            log_gain=log_pay - log_pay[:, None],
            diaspora=before.diaspora,
            able=self._able(log_pay),
            elasticity=self.assumed.flow_elasticity,
            network=self.assumed.network,
        )

    def _able(self, log_pay: Array) -> Array:
        """kap (b); everybody where output is not known."""
        constraint = Poverty(
            np.array([self.assumed.poverty_cost]), np.array([self.assumed.poverty_spread])
        )
        known = np.isfinite(self.given.output)
        means = np.where(known, self.given.output, 1.0) * np.exp(log_pay)
        return np.where(known, constraint.able(means[None, None])[0, 0], 1.0)

    def rates(self, year: int, levers: dict[str, Array], before: Persons) -> Rates:
        """Rates of the year from 1 July of `year`; `before` are the persons of the year before."""
        row = year - FIRST_YEAR
        birth, death = self.given.birth[row], self.given.death[row]
        ended, slip = hazards.permit_ends(levers["tied_term"], levers["overstay"])
        nothing = np.zeros((1, 1))
        come_back = (levers["return_permanent"], ended, levers["return_irregular"],
                     levers["return_protected"])  # fmt: skip
        change = np.zeros((*np.broadcast_shapes(*(one.shape for one in levers.values())), 4, 4))
        change[..., TIED, IRREGULAR] = slip
        change[..., IRREGULAR, PERMANENT] = levers["regularisation"]
        change[..., PROTECTED, PERMANENT] = levers["recognition"]
        wedge = levers["wedge"]
        # An infinite wedge closes a corridor whatever the elasticity.
        closed = np.isinf(wedge)
        cost = np.where(closed, np.inf, self.assumed.flow_elasticity * np.where(closed, 0.0, wedge))
        pull = self.pull - cost[..., None]
        return Rates(
            birth_home=birth,
            birth_abroad=birth[:, None],
            death_home=death,
            death_abroad=death[:, None],
            leave=hazards.leave(pull, self.circumstances(before)),
            come_back=_by_status(come_back),
            remove=_by_status((nothing, nothing, levers["removal"], nothing)),
            change=change,
        )


def _by_status(rates: tuple[Array, ...]) -> Array:
    return np.stack(np.broadcast_arrays(*rates), axis=-1)


def _labelled(
    given: Given, assumed: Assumed, people: list[Persons], happened: list[Events]
) -> Path:
    """Arrays with their labels, units and sources."""
    import xarray as xr

    years, areas = list(range(FIRST_YEAR, FIRST_YEAR + len(people))), list(given.areas)
    diagonal = np.arange(len(areas))
    values = np.zeros((len(years), len(areas), len(areas), 1 + len(STATUSES)))
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
    return Path(everybody, events, assumed.table(), given.notes)


def _counted(happened: list[Events]) -> dict[str, list[Array]]:
    """Events by area, a row a year; see `Path.events`."""
    return {
        "births": [one.births for one in happened],
        "deaths": [one.deaths for one in happened],
        "left": [one.left.sum(axis=(1, 2)) for one in happened],
        "arrived": [one.left.sum(axis=(0, 2)) for one in happened],
        "returned": [(one.returned + one.removed).sum(axis=(1, 2)) for one in happened],
        "went_back": [one.returned.sum(axis=(0, 2)) for one in happened],
        "removed": [one.removed.sum(axis=(0, 2)) for one in happened],
    }
