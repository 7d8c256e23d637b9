"""What a run of journeys starts from: a situation as arrays, and the tables the package ships."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corridors.data import store
from corridors.errors import InputError, Problem
from corridors.journeys import departures, network
from corridors.journeys.choices import Behaviour, PopulationGroup, behaviour, origins
from corridors.journeys.departures import Registered, with_plans
from corridors.journeys.network import CAMPS, Network, Timetable
from corridors.labels import Array
from corridors.parameters import Parameter, declared
from corridors.readers import journeys_folder
from corridors.readers.journeys_folder import JourneyFile
from corridors.readers.situation import MOST_PERSONS, Situation

__all__ = ["Prepared", "from_file", "prepare", "reference"]


@functools.cache
def reference(name: str) -> Mapping[str, Any]:
    """A list of the package, read once.

    `dangers`, `needs`, `journey_errors` (of past forecasts).

    Raises
    ------
    SourceError
        There is no such list, or it cannot be read.
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
    def totals(self) -> Array:
        """Persons (t,) registered in all camps, D_t of (52)."""
        totals: Array = self.counts.persons.sum(axis=1)
        return totals

    @property
    def camps(self) -> list[int]:
        """Positions of the places with registrations."""
        return [self.roads.at(camp) for camp in self.counts.camps]

    @property
    def capacity(self) -> Array:
        """Persons (t, p) a camp has room for, C of (50); infinite where not known or shut."""
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
    file: JourneyFile,
    rules: str,
    known: Mapping[str, Parameter] | None = None,
    *,
    past: bool = False,
) -> Prepared:
    """A situation that has been read, as `prepare` gives it.

    Parameters
    ----------
    file : JourneyFile
    rules : str
        `default` or `flee`.
    known : parameters of journeys, by default the package's
    past : bool
        Whether it is one as known on an earlier day: nobody is known to be where nobody was counted
        yet.

    Returns
    -------
    Prepared
        Places and links as arrays, days, parameters, counts of persons (t, camp), warnings.

    Raises
    ------
    InputError
        No such rules, a setting is unknown or out of range, nobody sets out.
    SourceError
        A list of the package cannot be read.
    """
    known = declared("journeys") if known is None else known
    situation = file.situation
    where = "simsetting.yml" if "simsetting.yml" in str(situation.inputs) else "settings"
    acts, notes = behaviour(known, rules, situation.settings, where)
    notes += _settings_left_out(situation, acts, where, known)
    if file.groups:
        groups = tuple(PopulationGroup(**group) for group in file.groups)
        acts = acts.with_(groups=groups)
    planned = situation if acts.literal else with_plans(situation)
    notes += _plans_left_out(situation, acts)
    roads, more = network.network(situation, reference("dangers"), literal=acts.literal)
    notes += more if file.caravan is None else []  # its shelters need no road
    days, more = network.timetable(planned, roads, literal=acts.literal)
    notes += more
    counts, more = departures.registered(situation, corrected=acts.literal, first_held=not past)
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
    _require_people(days)
    warnings = (*situation.warnings, *notes)
    return Prepared(file, rules, roads, days, acts, counts, warnings, known)


def _require_people(days: Timetable) -> None:
    """Refuse more people than any situation holds, before they are counted."""
    leaving = days.departures if days.placed is None else days.placed
    persons = float(days.present.sum()) + (0.0 if leaving is None else float(leaving.sum()))
    if persons > MOST_PERSONS:
        what = f"{persons:.0f} persons are on the way in all"
        raise InputError(Problem("persons", what, f"Give {MOST_PERSONS:,} at most"))


def _settings_left_out(
    situation: Situation, acts: Behaviour, where: str, known: Mapping[str, Parameter]
) -> list[Problem]:
    """Settings that a Flee file leaves out, whose values there are those of Flee's code."""
    if not acts.literal or where == "settings" or not situation.settings:
        return []
    keys = [parameter.key for parameter in known.values() if parameter.key]
    missing = [key for key in keys if key not in situation.settings]
    if not missing:
        return []
    what = f"leaves out {', '.join(missing)}"
    fix = "Read as in Flee's bundled file; its code differs (conflict_weight 0.3162): name them"
    return [Problem(where, what, fix)]


def _plans_left_out(situation: Situation, acts: Behaviour) -> list[Problem]:
    """Plans that the reference simulator has no word for, and those of places that are no camp."""
    if not acts.literal:
        kinds = {place.name: place.kind for place in situation.places}
        return [
            Problem(
                plan.where,
                f"{plan.place} is no camp, so that it has no capacity",
                "It has no effect; give the place the kind camp",
            )
            for plan in situation.plans
            if plan.kind in ("opening", "capacity") and kinds.get(plan.place) not in CAMPS
        ]
    if not situation.plans:
        return []
    what = f"{len(situation.plans)} plans have no effect in the reference simulator"
    return [Problem("plans.csv", what, "Use the default rules, which follow them")]


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
