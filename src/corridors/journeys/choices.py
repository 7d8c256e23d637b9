"""How people decide: the parameters of journeys, their rule sets, and the choices of a day.

Every parameter is declared in `data/reference/parameters.toml` with unit, kind and source. The rule
set `flee` reproduces the reference simulator, the quirks that move people included; `default` is
what a planner would expect: no more than a day's travel a day, nobody admitted beyond capacity,
closures and redirections as their files say.

The score of a place j on day t is the product of `foreign_weight` abroad, `camp_weight` in a camp
and `conflict_weight ^ (decay c)` in a conflict of intensity c. A route to j over d km weighs

    w = ((score_softening + s_j) / (softening + d)^distance_power * m_j)^weight_power

where m_j falls from 1 at `capacity_buffer` of a camp's capacity to 0 when it is full. A route is
taken with probability w / sum w; where all are 0, each with the same. Whoever picks a camp with
m_j < 0.5 stays for the day (Suleimenova, Bell and Groen 2017; Ghorbani et al. 2024). By the default
rules whoever is outside the countries people flee and picks a place in one of them stays, but for
the share `go_back`.

Letters: t day, p place, r route; `row` is one draw of one group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from corridors.errors import InputError, Problem, nearest, written
from corridors.journeys.network import Network, Timetable
from corridors.journeys.random import Ladder, Sharing
from corridors.journeys.routes import Routes
from corridors.labels import Array, Mask, Whole
from corridors.parameters import BY_USER, Parameter, check, declare, setting

__all__ = [
    "EVERYBODY",
    "RULES",
    "Behaviour",
    "Choices",
    "Menu",
    "PopulationGroup",
    "Pull",
    "attraction",
    "behaviour",
    "choices",
    "decay",
    "menu",
    "origins",
    "pull",
    "room",
]

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
class PopulationGroup:
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


EVERYBODY = (PopulationGroup("everybody", 1.0),)

#: A parameter that may differ by draw: one value, or (draw,).
Number = float | Array


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
    go_back: Number = declare("journeys", "go_back", many=True)
    leave_gate: Number = declare("journeys", "leave_gate", many=True)
    capacity_buffer: float = declare("journeys", "capacity_buffer")
    capacity_scaling: float = declare("journeys", "capacity_scaling")
    awareness: int = declare("journeys", "awareness")
    decay: tuple[float, ...] = declare("journeys", "decay")
    decay_days: int = declare("journeys", "decay_days")
    pruning: float = declare("journeys", "pruning")
    present_at_start: bool = declare("journeys", "present_at_start")
    from_camps: bool = declare("journeys", "from_camps")
    appeal: Mapping[str, Number] = field(default_factory=dict)
    groups: tuple[PopulationGroup, ...] = EVERYBODY

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
        What is known of each parameter, with unit and source; one that the asker set is the same
        under both rules.
    rules : str
        `default` or `flee`.
    settings : mapping, optional
        By our names or by those of a Flee simsetting.yml, in the units declared.
    where : str
        What messages call the settings.

    Returns
    -------
    behaviour : Behaviour
    warnings : list of Problem

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
        what = f"{key} = {written(value)} is not modelled ({NOT_MODELLED[key]})"
        return [], [Problem(where, what, "It has no effect here")]
    return [], [Problem(where, f"there is no setting '{key}'", f"Did you mean {close}?")]


# --- the choices of a day --------------------------------------------------------------------


@dataclass(frozen=True)
class Pull:
    """What does not depend on who is where.

    Parameters
    ----------
    score : (t, row, p) attraction of each place; one row, or one a draw
    leave : (t, row, p) probability a day to leave it
    forced : (t, p) whether everybody there is sent on
    """

    score: Array
    leave: Array
    forced: Mask


@dataclass(frozen=True)
class Choices:
    """The choices of one day.

    Parameters
    ----------
    ladder : shares of the options of each group; a group's last option is to stay
    full : (row, p) whether nobody follows a route that leads here
    some_full : whether any place is full in any row
    """

    ladder: Ladder
    full: Mask
    some_full: bool


@dataclass(frozen=True)
class Menu:
    """Groups of people who choose, and their options: the routes of their place, and to stay.

    Parameters
    ----------
    place : (group,) where they are
    offset : (group + 1,) first option of each group
    route : (option,) route, -1 = stay
    """

    place: Whole
    offset: Whole
    route: Whole


def menu(routes: Routes, place: Whole) -> Menu:
    """The options of groups of people at given places: their routes r, then to stay (-1).

    Parameters
    ----------
    routes : Routes
    place : (group,) number of the place

    Returns
    -------
    Menu
    """
    first, last = routes.offset[place], routes.offset[place + 1]
    options = [[*range(i, j), -1] for i, j in zip(first, last, strict=True)]
    return Menu(
        place=place,
        offset=np.cumsum([0, *map(len, options)]),
        route=np.array([option for group in options for option in group], dtype=np.int64),
    )


def decay(behaviour: Behaviour, age: Whole) -> Array:
    """Push of a conflict relative to a new one, the `decay` in the score s of (51).

    Parameters
    ----------
    behaviour : Behaviour
        Shares `decay`, one for each block of `decay_days` days.
    age : (...) days since the conflict began

    Returns
    -------
    Array (...), share
    """
    if not behaviour.decay:
        return np.ones(age.shape)
    block = np.minimum(age // behaviour.decay_days, len(behaviour.decay) - 1)
    return np.array(behaviour.decay)[block]


def pull(roads: Network, days: Timetable, behaviour: Behaviour, group: PopulationGroup) -> Pull:
    """Scores of (51) and leaving probabilities of every day, for people of one group.

    Parameters
    ----------
    roads : Network
    days : Timetable
    behaviour : Behaviour
    group : PopulationGroup
        `caution` multiplies how much a conflict pushes.

    Returns
    -------
    Pull
        Scores (t, row, p) without unit, probabilities to leave (t, row, p) a day, forced (t, p).
    """
    age = np.arange(days.days)[:, None] - days.since
    push = (decay(behaviour, age) * days.intensity)[:, None, :]
    works = (roads.is_camp & ~days.shut)[:, None, :]
    score = np.where(roads.foreign, _column(behaviour.foreign_weight), 1.0)
    score = score * np.where(works, _column(behaviour.camp_weight), 1.0)
    score = score * _column(behaviour.conflict_weight) ** (push * group.caution)
    score = score * appeal(roads, behaviour)
    forced = np.zeros(days.intensity.shape, dtype=bool)
    day, link = np.nonzero(days.forced & days.open)
    forced[day, roads.start[link]] = True
    return Pull(score, _leave(roads, days, behaviour, forced, group), forced)


def _column(value: float | Array) -> Array:
    """A parameter as (row, 1): one value, or one a draw."""
    return np.atleast_1d(np.asarray(value, dtype=float))[:, None]


def appeal(roads: Network, behaviour: Behaviour) -> Array:
    """Factor on the score of places named in `behaviour.appeal`; (row, p)."""
    rows = max(map(np.size, behaviour.appeal.values()), default=1)
    factor = np.ones((rows, len(roads.places)))
    for place, value in behaviour.appeal.items():
        factor[:, roads.at(place)] = value
    return factor


def _leave(
    roads: Network, days: Timetable, behaviour: Behaviour, forced: Mask, group: PopulationGroup
) -> Array:
    """Probability a day to leave each place; (t, row, p)."""
    kinds = np.array(roads.kinds)
    leave = np.where(kinds == "camp", _column(behaviour.leave_camp), 0.0)
    leave = np.where(kinds == "idp_camp", _column(behaviour.leave_idp_camp), leave)
    leave = np.where(np.isin(kinds, ("town", "conflict")), _column(behaviour.leave_town), leave)
    leave = np.where(days.shut[:, None, :], _column(behaviour.leave_town), leave)
    in_conflict = days.intensity[:, None, :] > 0
    leave = np.where(in_conflict, _column(behaviour.leave_conflict), leave) * group.leave
    passes = np.isin(kinds, ("hub", "marker")) | forced[:, None, :]
    return np.where(passes, 1.0, np.minimum(leave, 1.0))


def origins(roads: Network, days: Timetable, behaviour: Behaviour) -> Array:
    """Weight of each place among those who set out: population times intensity times decay.

    Parameters
    ----------
    roads : Network
        Population (p,) persons.
    days : Timetable
        Intensity (t, p), between 0 and 1, and the day a conflict began.
    behaviour : Behaviour

    Returns
    -------
    Array (t, p) persons; only ratios matter

    Notes
    -----
    As Flee does (Suleimenova, Bell & Groen 2017), beside (51).
    """
    age = np.arange(days.days)[:, None] - days.since
    return roads.population * days.intensity * decay(behaviour, age)


def room(there: Array, capacity: Array, behaviour: Behaviour) -> Array:
    """The multiplier m of (50): 1 with room to spare, 0 when full.

    Parameters
    ----------
    there : (row, p) persons
    capacity : (p,) persons; below 1 or infinite = unlimited
    behaviour : Behaviour
        `capacity_buffer`, share of the capacity from which on m falls.

    Returns
    -------
    Array (row, p), between 0 and 1
    """
    finite = (capacity >= 1) & np.isfinite(capacity)
    left = np.ones(there.shape)
    limit = capacity[finite]
    spare = np.maximum(limit * (1.0 - behaviour.capacity_buffer), 1e-9)
    left[:, finite] = np.clip((limit - there[:, finite]) / spare, 0.0, 1.0)
    return left


def attraction(score: Array, routes: Routes, behaviour: Behaviour) -> Array:
    """Weight of each route with room at its end, before `weight_power`: the fraction of (51).

    Parameters
    ----------
    score : (row, p) s of places, a number without unit
    routes : Routes
        Kilometres (r,) and goals (r,).
    behaviour : Behaviour
        `softening_km` in km, powers without unit.

    Returns
    -------
    Array (row, r), 1 / km^distance_power
    """
    distance = (_column(behaviour.softening_km) + routes.kilometres) ** _column(
        behaviour.distance_power
    )
    return (_column(behaviour.score_softening) + score[:, routes.goal]) / distance


def choices(
    attraction: Array,
    left: Array,
    is_open: Mask,
    leave: Array,
    routes: Routes,
    listed: Menu,
    behaviour: Behaviour,
    sharing: Sharing,
    homeward: Mask | None = None,
) -> Choices:
    """How likely each choice of a day is, by (50) and (51).

    Parameters
    ----------
    attraction : (row, r) weight of each route with room at its end, before `weight_power`
    left : (row, p) the multiplier m, between 0 and 1
    is_open : (r,) routes that can be taken
    leave : (row, group) probability to leave, a day
    routes, listed : Routes and Menu
        The routes r, and which of them each group of people compares.
    behaviour : Behaviour
    sharing : how people are shared out over them
    homeward : (r,) routes back into a country that people flee; None where none is

    Returns
    -------
    Choices
        Probabilities, added up over the options of each group (row, option + 1).
    """
    full = left < 0.5
    some_full = bool(full.any())
    taken = _route_shares(attraction, left, is_open, routes, behaviour)
    if some_full:
        taken = np.where(full[:, routes.goal], 0.0, taken)
    if homeward is not None:
        taken = np.where(homeward, taken * _column(behaviour.go_back), taken)
    group = np.repeat(np.arange(listed.place.size), np.diff(listed.offset))
    share = np.concatenate([taken, np.zeros((len(taken), 1))], axis=1)[:, listed.route]
    share *= leave[:, group]
    stay = listed.offset[1:] - 1
    share[:, stay] = 1.0 - np.add.reduceat(share, listed.offset[:-1], axis=1)
    rungs = np.zeros((len(share), share.shape[1] + 1))
    np.cumsum(share, axis=1, out=rungs[:, 1:])
    return Choices(Ladder(rungs, sharing), full, some_full)


def _route_shares(
    attraction: Array, left: Array, is_open: Mask, routes: Routes, behaviour: Behaviour
) -> Array:
    """Share of each route among those who leave its place; adds to 1, or 0 where none is open."""
    number = np.diff(routes.offset)
    number = number[number > 0]
    if not number.size:
        return np.zeros((len(left), 0))
    first = np.cumsum(number) - number
    weight = attraction * left[:, routes.goal]
    power = _column(behaviour.weight_power)
    if (power != 1.0).any():
        weight = weight**power
    weight = np.where(is_open, weight, 0.0)
    if behaviour.pruning > 1.001:
        best = np.repeat(np.maximum.reduceat(weight, first, axis=1), number, axis=1)
        weight = np.where(weight < best / behaviour.pruning, 0.0, weight)
    total = np.add.reduceat(weight, first, axis=1)
    share = weight / np.repeat(np.where(total > 0, total, 1.0), number, axis=1)
    if (total > 0).all():
        return share
    openings = np.add.reduceat(is_open.astype(float), first)
    even = np.repeat(1.0 / np.maximum(openings, 1.0), number) * is_open
    return np.where(np.repeat(total <= 0, number, axis=1), even, share)
