"""A what-if answered while the reader drags: the calibrated worlds stay in memory.

A scenario is a study with one policy and one supply of capital, at the central parameters. It is
checked, applied and solved by the same functions as `corridors run`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from corridors import areas, baseline, parameters, study
from corridors.app.answers import LeverUse, ParameterUse, Place, Truth
from corridors.app.columns import called, numbers, turned
from corridors.baseline import CHANNELS, Observed, folders
from corridors.capital.supply import Closure
from corridors.equilibrium import solve, tables
from corridors.equilibrium.measures import MEASURES
from corridors.equilibrium.tables import Case
from corridors.errors import InputError, ModelError, Problem, nearest
from corridors.labels import Array, Mask
from corridors.rules import Rules, Trace
from corridors.show.numbers import percent, persons, written
from corridors.show.style import area_name
from corridors.study import draws
from corridors.world import World, close

__all__ = ["Calibrated", "NotOfThisWorld", "Scenario", "answer", "ready", "solved", "world"]

#: Residual at which a drag is answered; what it leaves is far below what is shown.
DRAG = 1e-8
LISTED = 150
KEPT = 64
#: Calibrated worlds that stay in memory, some 20 MB each.
WORLDS = 4
#: What the map of change draws of an area.
DRAWN = ("area", "residents_now", "residents_after", "remittances_now", "remittances_after")
#: A change of a share that is no finding.
LEAST = 5e-6
#: A policy that moves output less and money more is one about money.
SMALL = 5e-3
#: What the asker is told of the places in focus, the largest change first.
OF_FOCUS = (
    ("remittances", "remittances received", "USD"),
    ("emigrants", "adults abroad", "persons"),
    ("immigrants", "adults from abroad", "persons"),
    ("output", "output", "USD"),
)
_lock = threading.Lock()

Index = NDArray[np.int64]


class NotOfThisWorld(InputError):
    """A place or a legal status that there is, but that the world of the scenario does not hold."""


class Scenario(BaseModel):
    """One policy under one supply of capital.

    `world` is a year, a table of years or the name of a world in the package, by default today's;
    `figures` are the asker's in place of the world's, as in a study file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(default="My scenario", max_length=200)
    question: str = Field(default="What if?", max_length=2_000)
    capital: Closure = "fixed"
    channels: tuple[Literal[CHANNELS], ...] = Field(default=(), max_length=20)  # type: ignore[valid-type]
    statuses: Truth = False
    land: Truth = True
    focus: tuple[Place, ...] = Field(default=(), max_length=300)
    #: Values in place of the package's.
    parameters: Annotated[ParameterUse, Field(max_length=100)] = {}
    levers: tuple[LeverUse, ...] = Field(default=(), max_length=500)
    # Not in the API's description: what a world allows is no schema, and the page asks for neither.
    world: SkipJsonSchema[int | str | dict[str, int | bool]] = baseline.DEFAULT_WORLD.people
    figures: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict, max_length=300)

    def content(self) -> dict[str, Any]:
        """The content of a study file, with the lists that TOML would give."""
        named = self.model_dump(exclude={"levers", "capital"})
        named = {
            key: list(given) if isinstance(given, tuple) else given for key, given in named.items()
        }
        policy = {"name": "scenario", "levers": list(self.levers)}
        return {**named, "capital": [self.capital], "policy": [policy], "draws": {"number": 0}}

    def within(self, file: dict[str, Any], policy: str) -> dict[str, Any]:
        """The content of a study file in which this scenario takes the place of a policy.

        What the page does not show stays: the other policies, supplies of capital, variants,
        sources, curve, sweep, draws; and the world, where the scenario does not name one.

        Raises
        ------
        InputError
            Lists everything wrong with the file; it has no such policy.
        """
        names = [known.name for known in study.check("file", file).policies]
        if policy not in names:
            what = f"the file has no policy '{policy}'"
            raise InputError(Problem("policy", what, f"Use {', '.join(nearest(policy, names))}"))
        own = self.content()
        levers = own.pop("policy")[0]["levers"]
        own.pop("figures")
        of_file = file.get("world", baseline.DEFAULT_WORLD.people)
        if "world" not in self.model_fields_set or own["world"] == of_file:
            del own["world"]
        policies = [
            {**known, "levers": levers} if known["name"] == policy else known
            for known in file.get("policy", [])
        ]
        capital = dict.fromkeys([self.capital, *file.get("capital", [])[1:]])
        kept = {"capital": list(capital), "policy": policies}
        return {**file, **own, "draws": file.get("draws", own["draws"]), **kept}

    def study(self) -> study.Study:
        """The study, checked.

        Raises
        ------
        InputError
            Lists every unknown lever, field and area, and every value out of range.
        """
        known = folders.shipped()
        if isinstance(self.world, str) and not (self.world.isdecimal() or self.world in known):
            fix = f"Give a year, or {', '.join(known)}"
            raise InputError(Problem("world", f"there is no world '{self.world}' here", fix))
        return study.check("scenario", self.content())

    @property
    def digest(self) -> str:
        """Names this scenario."""
        text = json.dumps(self.model_dump(), sort_keys=True, allow_nan=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Calibrated:
    """The world that scenarios start from.

    Parameters
    ----------
    imputed, modelled : share of each area's figures that are assumed or stale, and modelled
    """

    observed: Observed
    world: World
    imputed: pd.Series
    modelled: pd.Series

    @cached_property
    def shares(self) -> dict[str, Array]:
        """Of every area the share of its figures that are assumed or stale, and modelled."""
        order = list(self.world.areas)
        shares = {"imputed_share": self.imputed, "modelled_share": self.modelled}
        return {name: share.reindex(order).to_numpy() for name, share in shares.items()}

    @cached_property
    def today(self) -> tuple[Any, Any] | None:
        """Today for the compiled path, and what is told of it; None where it has no formula."""
        if importlib.util.find_spec("numba") is None:
            return None
        from corridors.baseline.compact import Today
        from corridors.equilibrium import drawn

        today = Today.of(self.world)
        return (today, drawn.before(today)) if drawn.has_formula(today) else None


def world(scenario: Scenario) -> Calibrated:
    """The calibrated world, (36), of a scenario's switches, parameters, year and figures.

    Returns
    -------
    Calibrated
        One draw: adults (1, s, b, i, k), PPP dollars a year.

    Raises
    ------
    InputError
        The figures or parameters make no world.
    SourceError
        A table of the package is missing or damaged.
    """
    switches = {"channels": sorted(scenario.channels)}
    switches |= scenario.model_dump(include={"statuses", "land", "world", "figures", "parameters"})
    with _lock:
        return _world(json.dumps(switches, sort_keys=True))


@functools.lru_cache(maxsize=WORLDS)
def _world(switches: str) -> Calibrated:
    file = Scenario.model_validate(json.loads(switches)).study()
    observed = file.observed()
    made = draws.calibrate(file.file, observed, parameters.central(file.parameters()))
    return Calibrated(observed, made, made.imputed_share(), made.modelled_share())


def ready() -> None:
    """Make the plain world and answer it once, so that the first drag finds everything warm.

    Raises
    ------
    SourceError, ModelError
        As `answer`.
    """
    answer(Scenario(levers=({"wall": {}},)))


@functools.lru_cache(maxsize=KEPT)
def _kept(text: str) -> dict[str, Any]:
    return _answer(Scenario.model_validate(json.loads(text)))


def answer(scenario: Scenario, brief: bool = False) -> dict[str, Any]:
    """Where the world settles, (37): measures, corridors and areas that change, what was touched.

    Parameters
    ----------
    brief : of every area only what a map draws, its people and its money

    Returns
    -------
    dict
        Columns of JSON: adults, PPP dollars and US dollars a year, shares; each measure has its
        unit.

    Raises
    ------
    InputError
        As `Scenario.study`.
    NotOfThisWorld
        A place or a legal status is not in this world.
    ModelError
        No convergence, a figure that is not finite, or the identities do not close.
    """
    kept = _kept(json.dumps(scenario.model_dump()))
    cells = kept["areas"]
    shown = {name: cells[name] for name in DRAWN} if brief else cells
    return {**kept, "areas": turned(shown)}


@dataclass(frozen=True)
class Told:
    """What an answer is written from, whichever path solved it.

    Parameters
    ----------
    now, then : measures by name
    pairs : (p,) positions of birthplace and residence of every corridor that has anybody
    people, money : (p,) now and after, persons and US dollars that arrive
    table : columns of `tables.areas` by name, numbers (n,)
    """

    now: dict[str, float]
    then: dict[str, float]
    pairs: tuple[Index, Index]
    people: tuple[Array, Array]
    money: tuple[Array, Array]
    table: dict[str, Array]
    traces: tuple[Trace, ...]
    residual: float
    evaluations: int


def _answer(scenario: Scenario) -> dict[str, Any]:
    asked = scenario.study()
    calibrated = world(scenario)
    made, years = calibrated.world, calibrated.observed.years
    started = time.perf_counter()
    focus, rules, traces = _applied(scenario, asked, made)
    told = _swift(calibrated, rules, asked.file.capital[0], traces)
    if told is None:
        told = _general(solved(scenario)[1])
    finished = time.perf_counter()
    figures: tuple[Any, ...] = (*told.now.values(), *told.then.values(), *told.people, *told.money)
    if not all(np.isfinite(figure).all() for figure in figures):
        raise ModelError("at these parameters what is sent or paid has no finite value")
    codes = tuple(made.areas)
    chosen = np.isin(codes, focus)
    shown = chosen[told.pairs[0]] | chosen[told.pairs[1]] if focus else None
    change = _corridors(codes, told.pairs, told.people, shown, least=0.5)
    money = _corridors(codes, told.pairs, told.money, shown, least=1.0)
    table = {**calibrated.shares, **told.table}
    whose = called(", ".join(scenario.focus), tuple(focus))
    measures = _measures(told)
    return {
        "hash": scenario.digest,
        "capital": scenario.capital,
        "solve_ms": round(1000.0 * (finished - started), 1),
        "measures": measures,
        "sentence": _sentence(
            measures, change, _of_focus(whose, chosen, table), calibrated.observed
        ),
        "focus": focus,
        "remarks": list(asked.remarks()),
        "corridors": turned(change),
        "money": turned(money),
        "of": int(np.count_nonzero(told.people[0])),
        "areas": _areas(codes, table),
        "traces": [{"lever": t.lever, "cells": t.cells, "empty": t.empty} for t in told.traces],
        "residual": told.residual,
        "evaluations": told.evaluations,
        "people_year": years and years.people,
        "economy_year": years and years.economy,
    }


def _applied(
    scenario: Scenario, asked: study.Study, made: World
) -> tuple[list[str], Rules, tuple[Trace, ...]]:
    """The places in focus, the rules of the policy, and what it touched."""
    try:
        focus = list(areas.select(scenario.focus, made.areas)) if scenario.focus else []
        return (focus, *asked.policies[0].apply(made.rules))
    except InputError as error:
        raise NotOfThisWorld(error.problems) from None


def solved(scenario: Scenario) -> tuple[list[str], Case]:
    """The places in focus, and the whole solution (37), the last of them kept.

    Returns
    -------
    tuple of list of str, Case
        Codes; the states and rules before and after, in the units of `world.State`.

    Raises
    ------
    InputError, NotOfThisWorld, ModelError
        As `answer`.
    """
    return _solved(json.dumps(scenario.model_dump()))


@functools.lru_cache(maxsize=1)
def _solved(text: str) -> tuple[list[str], Case]:
    scenario = Scenario.model_validate(json.loads(text))
    asked, made = scenario.study(), world(scenario).world
    focus, rules, traces = _applied(scenario, asked, made)
    return focus, _case(asked, made, rules, traces)


def _swift(
    calibrated: Calibrated, rules: Rules, closure: str, traces: tuple[Trace, ...]
) -> Told | None:
    """The answer by the compiled path; None where that has no formula."""
    if calibrated.today is None:
        return None
    from corridors.equilibrium import drawn

    today, before = calibrated.today
    change = drawn.asked(today, (calibrated.world.rules, rules))
    posed = drawn.pose(today, change) if change is not None else None
    if posed is None:
        return None
    _, now, _, residual, evaluations = drawn.settle(posed, closure, None, DRAG)
    after = drawn.after(posed, now, before)
    born = now.home.sum(axis=0) + after.areas["emigrants"]
    if not residual <= DRAG or np.abs(born / today.natives.sum(axis=0) - 1.0).max() > DRAG:
        return None
    places = today.places
    table = {f"{name}_now": values for name, values in before.areas.items()}
    table |= {f"{name}_after": values for name, values in after.areas.items()}
    return Told(
        before.measures,
        after.measures,
        (places.birthplace, places.residence),
        (before.pairs, after.pairs),
        (before.sent * today.kept, after.sent * posed.asked.kept),
        table,
        traces,
        residual,
        evaluations,
    )


def _general(case: Case) -> Told:
    """The answer by the general path."""
    states = (case.world.state, case.settled.state)
    table = {
        f"{name}_{when}": values
        for when, state in zip(("now", "after"), states, strict=True)
        for name, values in tables.of_areas(state).items()
    }
    now, then = ({name: float(value[0]) for name, value in of.items()} for of in case.measured())
    people = (states[0].migrants[0].sum(axis=(0, 3)), states[1].migrants[0].sum(axis=(0, 3)))
    money = _received(case)
    # Nobody and nothing, now and after, is no corridor; what is not finite is told as such.
    pairs = np.nonzero(np.any([values != 0.0 for values in (*people, *money)], axis=0))
    point = case.settled.point
    return Told(
        now, then, (pairs[0], pairs[1]), (people[0][pairs], people[1][pairs]),
        (money[0][pairs], money[1][pairs]), table, case.traces,
        float(point.residual[0]), int(point.evaluations[0]),
    )  # fmt: skip


def _areas(codes: tuple[str, ...], table: dict[str, Array]) -> dict[str, Any]:
    """What changes in every area by column, rounded to what is shown."""
    cells = {name: numbers(np.round(table[name], _digits(name))) for name in table}
    return {"area": list(codes), **cells}


def _digits(name: str) -> int:
    """Decimals worth sending: whole persons and dollars, cents of yearly pay."""
    return 4 if name.endswith("_share") else 2 if name.startswith("wage") else 0


def _case(asked: study.Study, made: World, rules: Rules, traces: tuple[Trace, ...]) -> Case:
    """The policy solved as a run of the study does it."""
    policy, closure = asked.policies[0], asked.file.capital[0]
    closed = made.with_closure(closure)
    settled = solve.settle(closed.structure, closed.state, closed.rules, rules, tolerance=DRAG)
    solve.require(settled, DRAG)
    close(closed.structure, settled.state, rules.fee, tolerance=1e-6)
    return Case(policy.name, closure, closed, rules, traces, settled)


def _measures(told: Told) -> list[dict[str, Any]]:
    return [
        {
            "name": quantity.name,
            "title": quantity.title,
            "unit": quantity.unit,
            "now": told.now[quantity.name],
            "value": told.then[quantity.name],
        }
        for quantity in MEASURES
    ]


def _received(case: Case) -> tuple[Array, Array]:
    """What reaches each birthplace from each residence, US dollars, now and after; (b, i)."""
    before, after = case.world, case.settled
    now = before.state.sent[0] * (1.0 - before.rules.fee[0])
    return now, after.state.sent[0] * (1.0 - case.rules.fee[0])


def _corridors(
    codes: tuple[str, ...],
    pairs: tuple[Index, Index],
    figures: tuple[Array, Array],
    shown: Mask | None,
    least: float,
) -> dict[str, Any]:
    """The corridors (p,) that change most, now and after; of those `shown`, where it is given."""
    now, after = figures
    change = after - now
    size = np.abs(change) if shown is None else np.abs(change) * shown
    chosen = np.argpartition(-size, LISTED)[:LISTED] if len(size) > LISTED else np.arange(len(size))
    chosen = chosen[np.argsort(-size[chosen], kind="stable")]
    chosen = chosen[size[chosen] > least]
    names = np.array(codes, dtype=object)
    return {
        "birthplace": names[pairs[0][chosen]].tolist(),
        "residence": names[pairs[1][chosen]].tolist(),
        "now": numbers(np.round(now[chosen])),
        "after": numbers(np.round(after[chosen])),
        "change": numbers(np.round(change[chosen])),
    }


def _of_focus(whose: str, chosen: Mask, table: dict[str, Array]) -> list[tuple[float, str]]:
    """What changes for the asker's places together: size of the change, and words."""
    if not chosen.any():
        return []
    said = []
    for name, title, unit in OF_FOCUS:
        now, after = (float(table[f"{name}_{when}"][chosen].sum()) for when in ("now", "after"))
        if now > 0.0:
            share = after / now - 1.0
            words = f"{title} {written(now, unit)} to {written(after, unit)}"
            said.append((abs(share), f"{words} ({percent(share, change=True)})"))
    said.sort(key=lambda pair: -pair[0])
    return [
        (size, f"{whose}: {words}" if not place else words)
        for place, (size, words) in enumerate(said)
    ]


def _sentence(
    measures: list[dict[str, Any]],
    change: dict[str, Any],
    said: list[tuple[float, str]],
    observed: Observed,
) -> str:
    """The answer in words: what changed for the asker's places first, then the world."""
    lead = [observed.lead] if observed.lead else []
    return " ".join([*lead, *_told(measures, change, said, observed.years)])


def _told(
    measures: list[dict[str, Any]],
    change: dict[str, Any],
    said: list[tuple[float, str]],
    years: baseline.WorldYears | None,
) -> list[str]:
    """Its sentences, but for what every answer of the world says first."""
    by_name = {quantity["name"]: quantity for quantity in measures}
    output, people, money = (by_name[name] for name in ("output", "people", "remittances"))
    # Where nobody is known to send money home, none is sent after.
    shares = {q["title"]: q["value"] / q["now"] - 1.0 if q["now"] else 0.0 for q in (people, money)}
    moves = max(abs(output["value"]), *(abs(share) for share in shares.values()))
    parts = ["; ".join(words for _, words in said) + "."] if said else []
    if not change["change"] and moves < LEAST:
        return [*parts, "As today: no corridor changes."]
    parts.append(
        f"World output {written(output['value'], output['unit'])}; adults living abroad "
        f"{persons(people['value'])}, in the model's {years.people if years else 'world'} "
        f"{persons(people['now'])}."
    )
    title = money["title"]
    if abs(shares[title]) > LEAST:
        paid = f"{title} {written(money['value'], 'USD')} ({percent(shares[title], change=True)})."
        of_money = abs(output["value"]) < SMALL < abs(shares[title])
        at = len(parts) - (of_money or not change["change"])
        parts.insert(at, paid)
    if change["change"]:
        born, lives = (area_name(change[end][0]) for end in ("birthplace", "residence"))
        moved = persons(float(change["change"][0]), change=True)
        parts.append(f"Changes most: from {born} to {lives}, {moved}.")
    return parts
