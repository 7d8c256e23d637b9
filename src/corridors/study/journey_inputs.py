"""What a run of journeys starts from: a situation as arrays, and the tables the package ships."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corridors.data import store
from corridors.errors import Problem
from corridors.journeys import departures, network
from corridors.journeys.choices import Behaviour, PopulationGroup, behaviour, origins
from corridors.journeys.departures import Registered
from corridors.journeys.network import Network, Timetable
from corridors.labels import Array
from corridors.parameters import Parameter, declared
from corridors.readers import journeys_folder
from corridors.readers.journeys_folder import JourneyFile

__all__ = ["Prepared", "from_file", "prepare", "reference"]


@functools.cache
def reference(name: str) -> Mapping[str, Any]:
    """A list of the package, read once.

    `dangers`, `needs`, `journey_errors` (of past forecasts).
    """
    return store.listing(name)


@dataclass(frozen=True)
class Prepared:
    """A situation as arrays, under one set of rules.

    Parameters
    ----------
    counts : Registered
        Persons registered, day by day.
    warnings : tuple of Problem
        Everything a reader of the results should know about the inputs.
    declared : mapping of str to Parameter
        What is known of each parameter, with what the asker put in its place.
    """

    file: JourneyFile
    rules: str
    roads: Network
    days: Timetable
    behaviour: Behaviour
    counts: Registered
    warnings: tuple[Problem, ...]
    declared: Mapping[str, Parameter]

    @property
    def camps(self) -> list[int]:
        """Positions of the places with registrations."""
        return [self.roads.at(camp) for camp in self.counts.camps]

    @property
    def capacity(self) -> Array:
        """(t, p) persons a camp has room for; infinite where nothing is known or it is shut."""
        scaled = self.days.capacity * self.behaviour.capacity_scaling
        return np.where(self.roads.is_camp & ~self.days.shut, scaled, np.inf)


def prepare(name: str | Path, rules: str = "default") -> Prepared:
    """Read and check a situation.

    Raises
    ------
    SourceError, InputError
        A file is missing, or something in it is wrong: every problem at once.
    """
    return from_file(journeys_folder.read(name), rules)


def from_file(
    file: JourneyFile, rules: str, known: Mapping[str, Parameter] | None = None
) -> Prepared:
    """A situation that has been read, as `prepare` gives it.

    `known` are the parameters of journeys, by default the package's.
    """
    known = declared("journeys") if known is None else known
    situation = file.situation
    where = "simsetting.yml" if "simsetting.yml" in str(situation.inputs) else "settings"
    acts, notes = behaviour(known, rules, situation.settings, where)
    if file.groups:
        groups = tuple(PopulationGroup(**group) for group in file.groups)
        acts = acts.with_(groups=groups)
    roads, more = network.network(situation, reference("dangers"), literal=acts.literal)
    notes += more if file.caravan is None else []  # its shelters need no road
    days, more = network.timetable(situation, roads, literal=acts.literal)
    notes += more
    counts, more = departures.registered(situation)
    notes += more
    days = departures.with_departures(
        situation,
        roads,
        days,
        counts,
        from_camps=acts.from_camps,
        present_at_start=acts.present_at_start,
    )
    notes += _nowhere_to_start(roads, days, acts)
    warnings = (*situation.warnings, *notes)
    return Prepared(file, rules, roads, days, acts, counts, warnings, known)


def _nowhere_to_start(roads: Network, days: Timetable, acts: Behaviour) -> list[Problem]:
    """Days on which people set out but no place in conflict with people is there."""
    if days.departures is None:
        return []
    lost = (origins(roads, days, acts).sum(axis=1) <= 0) & days.departures.any(axis=1)
    if not lost.any():
        return []
    persons = days.departures[lost].sum()
    what = (
        f"{persons:.0f} persons of {int(lost.sum())} days have no place in conflict to set out from"
    )
    return [Problem("conflicts.csv", what, "They are left out; give intensities and populations")]
