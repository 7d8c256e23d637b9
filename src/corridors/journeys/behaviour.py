"""How people decide and travel: the parameters of journeys, and the two sets of rules.

Every value is declared in `data/reference/parameters.toml` with unit, kind and source. The rule set
`flee` reproduces the reference simulator, the quirks that move people included; `default` is what
a planner would expect: no more than a day's travel a day, nobody admitted beyond capacity,
closures and redirections as their files say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridors.errors import InputError, Problem, nearest
from corridors.parameters import BY_USER, Parameter, check, declare, setting

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
    """The parameters of journeys; see `data/reference/parameters.toml` for units and sources.

    Those of type `Number` may hold one value a draw. `appeal` multiplies the score of named
    places; `groups` are told apart in every result.
    """

    rules: str = setting(
        "default",
        unit="a word",
        help="whose rules",
        source="a choice of the asker",
        choices=RULES,
    )
    leave_conflict: Number = declare("journeys", "leave_conflict", many=True)
    leave_town: Number = declare("journeys", "leave_town", many=True)
    leave_camp: Number = declare("journeys", "leave_camp", many=True)
    leave_idp_camp: Number = declare("journeys", "leave_idp_camp", many=True)
    km_per_day: float = declare("journeys", "km_per_day")
    walk_km_per_day: float = declare("journeys", "walk_km_per_day")
    softening_km: Number = declare("journeys", "softening_km", many=True)
    score_softening: Number = declare("journeys", "score_softening", many=True)
    distance_power: Number = declare("journeys", "distance_power", many=True)
    weight_power: Number = declare("journeys", "weight_power", many=True)
    camp_weight: Number = declare("journeys", "camp_weight", many=True)
    conflict_weight: Number = declare("journeys", "conflict_weight", many=True)
    foreign_weight: Number = declare("journeys", "foreign_weight", many=True)
    settle: float = declare("journeys", "settle")
    go_home: float = declare("journeys", "go_home")
    capacity_buffer: float = declare("journeys", "capacity_buffer")
    capacity_scaling: float = declare("journeys", "capacity_scaling")
    awareness: int = declare("journeys", "awareness")
    decay: tuple[float, ...] = declare("journeys", "decay")
    decay_days: int = declare("journeys", "decay_days")
    pruning: float = declare("journeys", "pruning")
    present_at_start: bool = declare("journeys", "present_at_start")
    from_camps: bool = declare("journeys", "from_camps")
    appeal: Mapping[str, Number] = field(default_factory=dict)
    groups: tuple[Group, ...] = EVERYBODY

    def __post_init__(self) -> None:
        check(self, "behaviour")

    @property
    def literal(self) -> bool:
        """Whether the reference simulator is reproduced."""
        return self.rules == "flee"

    def with_(self, **changes: Any) -> Behaviour:
        """A copy with some parameters replaced."""
        return replace(self, **changes)


def behaviour(
    declared: Mapping[str, Parameter],
    rules: str = "default",
    settings: Mapping[str, Any] | None = None,
    where: str = "settings",
) -> tuple[Behaviour, list[Problem]]:
    """The parameters of a rule set, changed by `settings`, and warnings about these.

    Parameters
    ----------
    declared : mapping of str to Parameter
        What is known of each parameter; one that the asker set is the same under both rules.
    settings : mapping, optional
        By our names or by those of a Flee simsetting.yml.

    Raises
    ------
    InputError
        Lists every unknown name and every value out of range or of the wrong type.
    """
    if rules not in RULES:
        fix = f"Use one of {', '.join(RULES)}"
        raise InputError(Problem("rules", f"there are no rules '{rules}'", fix))
    values = {
        name: about.value if rules != "flee" or about.flee is None else about.flee
        for name, about in declared.items()
    }
    by_key = {about.key or name: name for name, about in declared.items()}
    problems, warnings = [], []
    for key, value in (settings or {}).items():
        name = by_key.get(key, key)
        if name in declared:
            if declared[name].source != BY_USER:
                values[name] = value
            problems += declared[name].problems(f"{where}: {key}", value)
        else:
            problem, warning = _unknown(where, key, value, [*by_key, *declared])
            problems += problem
            warnings += warning
    if problems:
        raise InputError(problems)
    return Behaviour(rules, **values), warnings


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
