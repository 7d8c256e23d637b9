"""How people decide and travel: the parameters of journeys, and the two sets of rules.

Every value is declared in `data/reference/journeys.toml` with unit, kind and source. The rule set
`flee` reproduces the reference simulator, the quirks that move people included; `default` is what
a planner would expect: no more than a day's travel a day, nobody admitted beyond capacity,
closures and redirections as their files say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridors.data import store
from corridors.errors import InputError, Problem, nearest

__all__ = ["EVERYBODY", "RULES", "Behaviour", "Group", "behaviour"]

RULES = ("default", "flee")

#: Settings of a simsetting.yml that change nothing here: what they would do, by key.
NOT_MODELLED = {
    "start_on_foot": "walking on the first link",
    "avoid_short_stints": "stops avoided before a day's travel",
    "stay_close_to_home": "preference for places near home",
    "use_pop_for_loc_weight": "attraction of large populations",
    "movechance_pop_scale_factor": "leaving chances that depend on population",
    "fixed_routes": "one route per destination",
    "conflict_driven_spawning": "departures from conflict alone",
    "flood_driven_spawning": "departures from floods",
    "starvation_driven_spawning": "departures from hunger",
    "flee_when_starving": "leaving chances that depend on hunger",
    "avoid_food_deprived_locations": "places short of food avoided",
    "use_economic_pull": "economic attraction",
    "two_system_decision_making": "two systems of deciding",
    "ChildrenAvoidHazards": "caution of children",
    "WomenAvoidHazards": "caution of women",
    "ElderlyAvoidHazards": "caution of the elderly",
    "BoysTakeRisk": "risks taken by boys",
    "MatchCampReligion": "religion",
    "MatchCampEthnicity": "ethnicity",
    "MatchTownEthnicity": "ethnicity",
    "MatchConflictEthnicity": "ethnicity",
    "harvest_months": "harvest",
    "camps_are_sinks": "camps nobody leaves",
    "empty_camps_on_day0": "camps that start empty",
    "take_from_population": "populations that shrink as people leave",
    "read_from_agents_csv_file": "people one by one",
}
#: Settings that have no effect here and need none: logging, sections, unused keys, `hasten`.
WITHOUT_EFFECT = (
    "agent link camp conflict init idp_totals granularity number_of_steps hasten "
    "conflict_zone_spawning_only flood_zone_spawning_only max_crossing_speed spawn_mode "
    "average_social_connectivity default_conflict_intensity home_distance_power "
    "pop_power_for_loc_weight movechance_pop_base avg_religion_fraction flood_rules "
    "displaced_per_conflict_day displaced_per_flood_day log_levels spawn_rules move_rules "
    "optimisations conflict_input_file flood_level_input_file"
).split()


@dataclass(frozen=True)
class Group:
    """People of one age and sex, or any other group that moves in its own way.

    Parameters
    ----------
    share : of those who set out
    pace : factor on a day's travel
    leave : factor on the probability to leave a place
    caution : exponent on the score of a place in conflict; above 1 avoids it more
    """

    name: str
    share: float
    pace: float = 1.0
    leave: float = 1.0
    caution: float = 1.0


EVERYBODY = (Group("everybody", 1.0),)

#: A parameter that may differ by draw: one value, or (draw,).
Number = float | NDArray[np.float64]


@dataclass(frozen=True)
class Behaviour:
    """The parameters of journeys; see `data/reference/journeys.toml` for units and sources.

    Those of type `Number` may hold one value a draw. `appeal` multiplies the score of named
    places; `groups` are told apart in every result.
    """

    rules: str
    leave_conflict: Number
    leave_town: Number
    leave_camp: Number
    leave_idp_camp: Number
    km_per_day: float
    walk_km_per_day: float
    softening_km: Number
    score_softening: Number
    distance_power: Number
    weight_power: Number
    camp_weight: Number
    conflict_weight: Number
    foreign_weight: Number
    settle: float
    go_home: float
    capacity_buffer: float
    capacity_scaling: float
    awareness: int
    decay: tuple[float, ...]
    decay_days: int
    pruning: float
    present_at_start: bool
    from_camps: bool
    appeal: Mapping[str, Number] = field(default_factory=dict)
    groups: tuple[Group, ...] = EVERYBODY

    @property
    def literal(self) -> bool:
        """Whether the reference simulator is reproduced."""
        return self.rules == "flee"

    def with_(self, **changes: Any) -> Behaviour:
        """A copy with some parameters replaced."""
        return replace(self, **changes)


def behaviour(
    rules: str = "default", settings: Mapping[str, Any] | None = None, where: str = "settings"
) -> tuple[Behaviour, list[Problem]]:
    """The parameters of a rule set, changed by `settings`, and warnings about these.

    Parameters
    ----------
    settings : mapping, optional
        By our names or by those of a Flee simsetting.yml.

    Raises
    ------
    InputError
        Lists every unknown name and every value of the wrong type.
    """
    if rules not in RULES:
        fix = f"Use one of {', '.join(RULES)}"
        raise InputError(Problem("rules", f"there are no rules '{rules}'", fix))
    declared = store.listing("journeys")
    values = {
        name: about["flee"] if rules == "flee" and "flee" in about else about["value"]
        for name, about in declared.items()
    }
    by_key = {about.get("key", name): name for name, about in declared.items()}
    problems, warnings = [], []
    for key, value in (settings or {}).items():
        name = by_key.get(key, key)
        if name in declared:
            values[name] = value
            problems += _wrong(f"{where}: {key}", value, declared[name]["value"])
        else:
            problem, warning = _unknown(where, key, value, [*by_key, *declared])
            problems += problem
            warnings += warning
    if problems:
        raise InputError(problems)
    values["decay"] = tuple(float(one) for one in values["decay"] or ())
    names = {one.name for one in fields(Behaviour)} - {"rules", "appeal", "groups"}
    return Behaviour(rules, **{name: values[name] for name in names}), warnings


def _wrong(where: str, value: Any, default: Any) -> list[Problem]:
    if isinstance(default, bool):
        fits, asked = isinstance(value, bool), "true or false"
    elif isinstance(default, list):
        fits, asked = value is None or isinstance(value, list), "a list of numbers"
    else:
        fits, asked = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    return [] if fits else [Problem(where, f"{value!r} does not fit", f"Give {asked}")]


def _unknown(
    where: str, key: str, value: Any, known: list[str]
) -> tuple[list[Problem], list[Problem]]:
    """What to say of a setting that is not ours: (problems, warnings)."""
    if key in WITHOUT_EFFECT or (key in NOT_MODELLED and not value):
        return [], []
    close = ", ".join(nearest(key, [*known, *NOT_MODELLED]))
    if key in NOT_MODELLED:
        what = f"{key} = {value!r} is not modelled ({NOT_MODELLED[key]})"
        return [], [Problem(where, what, "It has no effect here")]
    return [], [Problem(where, f"there is no setting '{key}'", f"Did you mean {close}?")]
