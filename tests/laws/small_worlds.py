"""Random small worlds: an observed state with every channel it has, inverted exactly.

A world is named by its seed and its channels: the seed decides how many areas and statuses it has
and every number in it. Pay is of order 1, so that one tolerance fits the logs and the transfers of
the solver.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from corridors import rules
from corridors.borders.status import STATUSES
from corridors.capital.supply import CLOSURES
from corridors.equilibrium import levels, solve
from corridors.equilibrium.levels import Technology
from corridors.errors import InputError
from corridors.money.family import Family
from corridors.people.poverty import Poverty
from corridors.rules import Caps, Lever, Policy, Rules, Setter, build
from corridors.wages.production import labour_input, output
from corridors.wages.spillovers import Spillovers
from corridors.world import State, Structure, World

Array = np.ndarray

AREAS = ("MEX", "USA", "PHL", "ARE", "DEU")
TOLERANCE = 1e-12
#: Channels beyond people, pay, capital and remittances. Ability selection is not among them: its
#: units are relative to today's people in changes and to all natives in levels.
EXTRAS = (
    "unemployment", "network", "nest", "poverty", "human_capital", "congestion", "institutions",
    "own_family", "status_nest",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Small:
    """A world with the primitives behind it. Its state is an equilibrium under every closure."""

    name: str
    structure: Structure
    technology: Technology
    rules: Rules
    state: State

    def __repr__(self) -> str:
        return f"{self.name} under {self.structure.closure} capital"

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would print every array

    def under(self, closure: str) -> Small:
        """The same world with another supply of capital."""
        return replace(self, structure=replace(self.structure, closure=closure))

    def in_levels(self, rules: Rules) -> State:
        """Where it settles under `rules`, from primitives."""
        return levels.settle(
            self.structure, self.technology, rules, self.state.capital, tolerance=TOLERANCE
        )

    def in_changes(self, rules: Rules) -> State:
        """Where it settles under `rules`, from the observed state alone."""
        return self.settled(rules).state

    def settled(self, rules: Rules, **options: object) -> solve.Settled:
        solved = solve.settle(
            self.structure, self.state, self.rules, rules, tolerance=TOLERANCE, **options
        )
        return solve.require(solved, TOLERANCE)

    def world(self) -> World:
        return World(self.structure, self.state, self.rules, {}, pd.DataFrame(), {})


@functools.cache
def small_world(
    seed: int, channels: tuple[str, ...] = (), areas: int | None = None, statuses: int | None = None
) -> Small:
    """The world of this seed: unless told, 2 to 5 areas and 1 or 2 statuses abroad; one draw."""
    luck = np.random.default_rng(seed)
    drawn = int(luck.integers(2, 6)), int(luck.integers(1, 3))
    state, rules = _observed(luck, areas or drawn[0], statuses or drawn[1])
    if "unemployment" not in channels:
        # In levels nobody is unemployed unless the wage curve says so.
        state = replace(state, unemployment=np.zeros_like(state.unemployment))
    structure = _structure(luck, state, channels)
    state = consistent(structure, state, rules)
    if "poverty" in channels:
        structure = replace(structure, poverty=_poverty(luck, structure, state))
    name = f"small_world({seed}, {channels}, {areas}, {statuses})"
    return inverted(name, structure, state, rules)


def inverted(name: str, structure: Structure, state: State, rules: Rules) -> Small:
    """The world whose technology and wedges make these people and this pay its equilibrium."""
    state = consistent(structure, state, rules)
    state = replace(state, log_welfare=_log_welfare(structure, state))
    technology, log_wedge = levels.invert(structure, state, rules)
    rules = rules.with_(
        log_wedge=log_wedge, theta=structure.theta, output=state.output,
        capital_share=structure.alpha,
    )  # fmt: skip
    return Small(name, structure, technology, rules, state)


def _observed(luck: np.random.Generator, areas: int, statuses: int) -> tuple[State, Rules]:
    """People and pay, with what follows from parameters still blank."""
    shape = (2, areas, areas, statuses)
    # One corridor in five has never been open.
    closed = (luck.random(shape) < 0.2) | np.eye(areas, dtype=bool)[:, :, None]
    if areas > 1:
        closed[0, 0, 1, 0] = False
    home = np.exp(luck.normal(2.0, 1.0, (1, 2, areas)))
    odds = np.where(closed, 0.0, np.exp(luck.normal(-3.0, 1.2, shape)))
    wage = np.exp(luck.normal(0.0, 0.6, (1, 2, areas)))
    efficiency = luck.uniform(0.5, 1.0, (1, *shape))
    nothing, blank = np.zeros((1, areas)), np.zeros((1, 2, areas))
    state = State(
        home=home, migrants=home[..., None, None] * odds, home_quality=np.ones_like(home),
        quality=efficiency, unemployment=luck.uniform(0.02, 0.12, (1, 2, areas)),
        wage_native=wage, wage_migrant=wage * luck.uniform(0.6, 1.1, wage.shape),
        output=nothing, capital=nothing, tfp=nothing, sent=nothing, received=nothing,
        aid=nothing, tax=luck.uniform(0.0, 0.3, (1, areas)), home_consumption=blank,
        log_welfare=blank,
    )  # fmt: skip
    rules = Rules(
        areas=AREAS[:areas], skills=("low", "high"), statuses=STATUSES[:statuses],
        adults=state.residents()[0].sum(axis=0), people=state.migrants,
        output=nothing, capital_share=nothing, theta=blank,
        legal_share=luck.uniform(0.05, 0.3, 1), log_wedge=closed, empty=closed,
        markdown=luck.uniform(0.0, 0.3, (1, areas, statuses)), efficiency=efficiency,
        caps=Caps.none(), rationing="fee",
        fee=luck.uniform(0.0, 0.2, (1, areas, areas)), capital_retained=np.ones((1, areas)),
        aid=nothing, free=np.zeros((areas, areas)), unmet=np.full(1, 3.0),
        claims=np.zeros(shape, dtype=int),
        natives=state.home[0] + state.migrants[0].sum(axis=(2, 3)),
    )  # fmt: skip
    return state, rules


def _structure(luck: np.random.Generator, state: State, channels: tuple[str, ...]) -> Structure:
    _, _, areas, _, statuses = state.migrants.shape
    natives = state.home[0] + state.migrants[0].sum(axis=(2, 3))

    def value(channel: str, lower: float, upper: float, off: float = 0.0) -> Array:
        drawn = luck.uniform(lower, upper, 1)
        return drawn if channel in channels else np.full(1, off)

    def family() -> Family | None:
        drawn = Family(luck.uniform(0.0, 1.0, 1), luck.uniform(0.1, 0.6, state.migrants.shape))
        return drawn if "own_family" in channels else None

    return Structure(
        natives=natives,
        theta=luck.uniform(0.5, 2.5, (1, 2)),
        nest=value("nest", 0.7, 1.0, off=1.0),
        ability=np.zeros(1),
        network=value("network", 0.1, 0.4),
        poverty=Poverty.off(),
        inverse_skill=luck.uniform(0.4, 0.9, 1),
        inverse_native=luck.choice([0.0, 1.0]) * luck.uniform(0.02, 0.3, 1),
        alpha=luck.uniform(0.1, 0.35, (1, areas)),
        gamma=luck.choice([0.0, 1.0]) * luck.uniform(0.05, 0.3, (1, areas)),
        closure="fixed",
        kappa=luck.uniform(0.5, 8.0, 1),
        spillovers=Spillovers(
            human_capital=value("human_capital", 0.02, 0.15),
            congestion=value("congestion", -0.1, 0.05),
            institutions=value("institutions", 0.1, 0.5),
            variety=np.zeros(1),
            fiscal=np.zeros(1),
        ),
        wage_curve="unemployment" in channels,
        eta=luck.uniform(0.07, 0.2, 1),
        psi=luck.uniform(0.0, 1.0, 1),
        participation=luck.uniform(0.6, 1.0, areas),
        remittance_weight=luck.uniform(0.02, 0.3, (1, areas, areas, statuses)),
        remittance_elasticity=luck.choice([1.0, luck.uniform(1.5, 7.0)]) * np.ones((1, areas)),
        tax=state.tax[0],
        price_level=luck.uniform(0.3, 1.2, areas),
        other_income=luck.uniform(0.0, 0.05, (1, areas)) * natives.sum(axis=0),
        family=family(),
        following=luck.choice([0.0, 0.2]) * np.ones((1, areas)),
        status_nest=value("status_nest", 0.4, 0.9, off=1.0),
    )


def consistent(structure: Structure, state: State, rules: Rules) -> State:
    """`state` with the output, remittances and consumption that follow from people and pay."""
    pay = state.wage_native, state.wage_migrant
    labour = state.native_labour(structure), state.migrant_labour(structure)
    bill = (pay[0] * labour[0] + pay[1] * labour[1]).sum(axis=1)
    made = bill / structure.labour_share
    capital = 2.5 * made
    inverse = (
        inverse[:, None, None] for inverse in (structure.inverse_skill, structure.inverse_native)
    )
    total = labour_input(pay, labour, *inverse)
    per_tfp = output(np.ones(1), capital, total, structure.alpha, structure.gamma)
    sent, received = state.remitted(structure, rules.markdown, rules.fee)
    state = replace(
        state, output=made, capital=capital, tfp=made / per_tfp, sent=sent, received=received
    )
    work = state.wage_native * state.at_work(structure) * (1.0 - state.tax[:, None])
    per_stayer = state.transfers(structure) / state.home.sum(axis=1)
    return replace(state, home_consumption=work + per_stayer[:, None])


def _poverty(luck: np.random.Generator, structure: Structure, state: State) -> Poverty:
    cost = luck.uniform(0.2, 1.0, 1) * np.median(state.home_consumption)
    emigrants = 1.0 - state.home[0] / structure.natives
    return Poverty.affordable(cost, luck.uniform(0.5, 1.5, 1), state.home_consumption, emigrants)


def _log_welfare(structure: Structure, state: State) -> Array:
    """ln W = ln X_home - ln(share who choose home) / theta, from (1) and (2)."""
    able = structure.poverty.able(state.home_consumption)
    choosing = 1.0 - state.migrants.sum(axis=(3, 4)) / able / structure.natives
    counted = state.counted_at_home(structure)
    log_welfare = np.log(counted) - np.log(choosing) / structure.theta[..., None]
    more = np.log(state.home_consumption / counted)
    return log_welfare + state.home / structure.natives * more


# --- strategies ------------------------------------------------------------------------------

seeds = st.integers(0, 10**6)
worlds = seeds.map(small_world)
closures = st.sampled_from(CLOSURES)


@st.composite
def levers(draw: st.DrawFn, areas: tuple[str, ...]) -> Lever:
    """Any lever, with fields around their defaults, on corridors that exist in these areas."""
    name = draw(st.sampled_from(sorted(rules.levers())))
    values = {}
    for field in fields(rules.levers()[name]):
        if field.name == "areas":
            values["areas"] = draw(st.sampled_from(areas))
        elif field.name == "to":
            others = [area for area in areas if area != values["areas"]]
            values["to"] = draw(st.sampled_from(["world market", *others]))
        elif field.name == "where":
            values |= draw(_ends(areas), label="where")
        elif field.name == "applicants":
            continue  # places that a cap counts have no queue beside it
        elif not field.metadata["choices"]:
            middle = 0.1 if field.default is None else field.default
            reach = 0.5 * abs(middle) + 0.05
            lower, upper = field.metadata["lower"], field.metadata["upper"]
            values[field.name] = draw(
                st.floats(max(lower, middle - reach), min(upper, middle + reach))
            )
    if name == "interest_shock":  # what investors require stays above nothing
        values["points"] = max(values["points"], -0.5 * values["gross_return"])
    return build(name, values)


@st.composite
def _ends(draw: st.DrawFn, areas: tuple[str, ...]) -> dict[str, str]:
    birthplace, residence = draw(st.permutations(areas))[:2]
    some = [
        {},
        {"birthplace": birthplace},
        {"residence": residence},
        {"birthplace": birthplace, "residence": residence, "skill": "high"},
        {"birthplace": f"not {birthplace}", "skill": "low"},
    ]
    return {"status": "all", **draw(st.sampled_from(some))}


@st.composite
def policies(draw: st.DrawFn, now: Rules) -> Policy:
    """One to three levers that neither contradict each other nor open only empty corridors."""
    kept: list[Lever] = []
    for chosen in draw(st.lists(levers(now.areas), min_size=1, max_size=3)):
        demanded = {
            demand.field
            for other in kept
            if isinstance(other, Setter)
            for demand in other.settings(now)
        }
        clash = isinstance(chosen, Setter) and any(
            demand.field in demanded for demand in chosen.settings(now)
        )
        if not clash and not _opens_nothing(chosen, now) and _can_be((*kept, chosen), now):
            kept.append(chosen)
    return Policy("random", tuple(kept))


@st.composite
def questions(draw: st.DrawFn, extras: bool = False) -> tuple[Small, Policy]:
    """A world under some closure, with `extras` any channels on, and a policy to try on it."""
    channels = draw(st.sets(st.sampled_from(EXTRAS))) if extras else ()
    in_order = tuple(extra for extra in EXTRAS if extra in channels)
    world = small_world(draw(seeds), in_order).under(draw(closures))
    return world, draw(policies(world.rules))


def _can_be(levers: tuple[Lever, ...], now: Rules) -> bool:
    """Whether there is the capital that they move."""
    try:
        Policy("tried", levers).apply(now)
    except InputError as refusal:
        if "more would" not in str(refusal):
            raise
        return False
    return True


def _opens_nothing(lever: Lever, now: Rules) -> bool:
    if lever.name == "close_again":  # nobody moves freely in these worlds
        return True
    if lever.name not in ("open_border", "guest_workers", "places"):
        return False
    return bool((now.empty | ~lever.where.mask(now)).all())
