"""How sure a projection is: rates, the decay of flight and the drift of departures, drawn.

A draw has its own parameters, and departures by choice that drift from those of the last years as a
random walk of the origin and one of the residence, with the spread that past five years missed the
next by. Births and deaths are the medium of the World Population Prospects in every draw, stocks
those of the edition, and no new spell of flight begins: what an interval does not hold.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from corridors import labels
from corridors.baseline.corrections import Correction
from corridors.baseline.population import PopulationFigures, gather
from corridors.baseline.years import DEFAULT_WORLD, WorldYears
from corridors.ensemble import streams
from corridors.errors import InputError, Problem
from corridors.labels import Array, Streams
from corridors.parameters import Parameter, declared
from corridors.projection.policies import Assumed, PolicySchedule, held_cells, in_force
from corridors.projection.rates import CalibratedRates, Persons, trajectory
from corridors.projection.ties import tie

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CORRELATED", "WITHOUT", "DrawnPolicy", "project_draws"]

#: How the projection without a policy is called beside those of policies.
WITHOUT = "without a policy"
#: Parameters drawn together, and how: errors of one fit (tools/projection_rates.py).
CORRELATED = ("displacement_half_life", "displacement_floor", "displacement_floor_half_life")
CORRELATION = np.array([[1.0, -0.39, 0.39], [-0.39, 1.0, -0.72], [0.39, -0.72, 1.0]])
#: Years of a step of the random walk whose spread is known.
STEP = 5.0


@dataclass(frozen=True)
class DrawnPolicy:
    """A policy as `corridors.projection.project` takes it."""

    lasting: Mapping[str, float | xr.DataArray]
    once: Mapping[str, float | xr.DataArray]
    since: int
    through: int
    held: xr.DataArray | None = None


def project_draws(
    number: int,
    *,
    last: int = 2050,
    world: WorldYears = DEFAULT_WORLD,
    parameters: Mapping[str, Parameter] | None = None,
    policies: Mapping[str, DrawnPolicy] | None = None,
    given: Sequence[Correction] = (),
    flight_known: int | None = None,
    net: str = "model",
    pairs: Sequence[tuple[str, str]] = (),
    seed: int = 1,
    executor: Executor | None = None,
) -> dict[str, xr.Dataset]:
    """Projections by rates, (39) and (40), under drawn parameters and drifts alike in every policy.

    Parameters
    ----------
    number : int
        Of draws.
    last : int
        Year.
    world : WorldYears
        Whose people the projections start from.
    parameters : mapping of str to Parameter, optional
        Of the part `projection`; by default the package's.
    policies : mapping of str to DrawnPolicy, optional
    given, flight_known, net
        As in `corridors.projection.project`.
    pairs : sequence of (birthplace, residence)
        Corridors whose people are wanted.
    executor : concurrent.futures.Executor, optional
        Who works on the draws, one by one; by default this process. They do not depend on it.

    Returns
    -------
    dict of str to Dataset
        `WITHOUT` and every policy: `persons`, `foreign_born`, `abroad`, `net` (draw, year, area)
        and `corridor` (draw, year, link), persons; `net` is of the year from 1 July.

    Raises
    ------
    InputError
        No draws, or a corridor whose ends are not in the projection.
    Infeasible, NotConverged, DoesNotClose
        As `corridors.projection.project`, of any draw.
    """
    known = declared("projection") if parameters is None else dict(parameters)
    figures = gather(last, None, world, given, flight_known)
    _refuse(number, pairs, figures)
    sampled = _drawn_parameters(number, streams(seed), known)
    drifts = _drifts(number, streams(seed), figures, sampled)
    values = [
        Assumed(**{name: float(value[row]) for name, value in sampled.items()})
        for row in range(number)
    ]
    task = functools.partial(_of_a_draw, figures, policies, last, net, pairs)
    each = map if executor is None else executor.map
    collected: dict[str, list[list[Array]]] = {name: [] for name in (WITHOUT, *(policies or {}))}
    for draw in each(task, values, drifts):
        for name, measured in draw:
            collected[name].append(measured)
    return {name: _labelled(draws, figures, pairs) for name, draws in collected.items()}


def _refuse(number: int, pairs: Sequence[tuple[str, str]], figures: PopulationFigures) -> None:
    problems = []
    if number < 1:
        problems.append(Problem("draws", f"{number} is too few", "Give 1 or more"))
    for pair in pairs:
        for end in pair:
            if end not in figures.areas:
                problems.append(Problem("pairs", f"'{end}' is no area", "Give two codes"))
    if problems:
        raise InputError(problems)


def _drawn_parameters(
    number: int, luck: Streams, known: Mapping[str, Parameter]
) -> dict[str, Array]:
    """Parameters (draw,), those of the decay of flight together as far as all have priors."""
    from scipy.special import ndtr

    sampled = {name: parameter.draw(number, luck) for name, parameter in known.items()}
    if all(known[name].prior is not None for name in CORRELATED):
        normal = luck("projection decay of flight").standard_normal((number, len(CORRELATED)))
        together = ndtr(normal @ np.linalg.cholesky(CORRELATION).T)
        for name, probability in zip(CORRELATED, together.T, strict=True):
            sampled[name] = known[name].quantile(probability)
    return {
        name: np.clip(values, known[name].lower, known[name].upper)
        for name, values in sampled.items()
    }


def _drifts(
    number: int, luck: Streams, figures: PopulationFigures, sampled: Mapping[str, Array]
) -> Array:
    """Walks of the origins and of the residences (draw, 2, t, area), log points.

    Each is less half its variance, so that departures are as many on average as without it: a walk
    of the logarithm alone would raise the world's total with every year.
    """
    years, areas = len(figures.birth), len(figures.areas)
    walks = luck("projection drift").standard_normal((number, 2, years, areas)) / np.sqrt(STEP)
    errors = np.stack([sampled["origin_error"], sampled["residence_error"]], axis=1)
    errors = errors[..., None, None]
    time = np.arange(1, years + 1)[:, None] / STEP
    return np.asarray(walks.cumsum(axis=2) * errors - 0.5 * errors**2 * time)


def _of_a_draw(
    figures: PopulationFigures,
    policies: Mapping[str, DrawnPolicy] | None,
    last: int,
    net: str,
    pairs: Sequence[tuple[str, str]],
    assumed: Assumed,
    walks: Array,
) -> list[tuple[str, list[Array]]]:
    """What is wanted of the projection without a policy and of every policy, in one draw."""
    drift = walks[0][:, :, None] + walks[1][:, None, :]
    now = in_force({}, assumed, figures.areas)
    calibrated = CalibratedRates.of(figures, assumed, now, drift)
    always = PolicySchedule.always(now)
    adjust = tie(calibrated, always, last) if net == "prospects" else None
    known = trajectory(calibrated, always, last, adjust=adjust)
    done = [(WITHOUT, _measured(known.people, figures, pairs))]
    for name, policy in (policies or {}).items():
        schedule = replace(
            always,
            first=in_force({**policy.lasting, **policy.once}, assumed, figures.areas),
            later=in_force(policy.lasting, assumed, figures.areas),
            since=policy.since,
            through=policy.through,
            held=None if policy.held is None else held_cells(policy.held, figures.areas),
        )
        before = None if schedule.held is None else known
        under = trajectory(calibrated, schedule, last, known=before, adjust=adjust)
        done.append((name, _measured(under.people, figures, pairs)))
    return done


def _measured(
    people: Sequence[Persons], figures: PopulationFigures, pairs: Sequence[tuple[str, str]]
) -> list[Array]:
    at = [[figures.areas.index(end) for end in pair] for pair in pairs]
    residents = np.stack([each.residents for each in people])
    diaspora = [each.diaspora for each in people]
    natural = (figures.birth - figures.death) * residents[:-1]
    net = np.full_like(residents, np.nan)
    net[:-1] = np.diff(residents, axis=0) - natural
    return [
        residents,
        np.stack([each.sum(axis=0) for each in diaspora]),
        np.stack([each.sum(axis=1) for each in diaspora]),
        net,
        np.array([[each[b, i] for b, i in at] for each in diaspora]).reshape(len(people), len(at)),
    ]


def _labelled(
    draws: list[list[Array]], figures: PopulationFigures, pairs: Sequence[tuple[str, str]]
) -> xr.Dataset:
    import xarray as xr

    years = list(range(figures.first, figures.first + len(figures.birth) + 1))
    names = ("persons", "foreign_born", "abroad", "net")
    stacked = [np.stack([draw[at] for draw in draws]) for at in range(len(names) + 1)]
    axes = {"draw": list(range(len(draws))), "year": years}
    about = {"units": "persons", "sources": "World Population Prospects 2024, UN stocks; the model"}
    made = {
        name: labels.label(values, {**axes, "area": list(figures.areas)}, name=name, **about)
        for name, values in zip(names, stacked, strict=False)
    }
    if pairs:
        links = {"link": [f"{birthplace}-{residence}" for birthplace, residence in pairs]}
        made["corridor"] = labels.label(stacked[-1], {**axes, **links}, name="corridor", **about)
    return xr.Dataset(made)
