"""From figures and parameters to a world: pay, capital and land, remittances, statuses, wedges.

Any number of draws of the parameters at once; the wedge of every corridor is inverted exactly
(equation (36)), so that every figure comes back from the model to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridors.baseline.observed import Observed
from corridors.borders.quotas import Members, multiplier_today
from corridors.borders.status import STATUSES, split_by_status
from corridors.capital.supply import Closure
from corridors.errors import InputError, Problem
from corridors.labels import SKILLS, Array
from corridors.money import remittances
from corridors.money.family import Family, family_weight
from corridors.money.remittances import Response, elasticity_for, weight_for
from corridors.parameters import checked, unknown_words
from corridors.people.choice import by_residence, invert_wedge
from corridors.people.occupied import Occupied
from corridors.people.poverty import Poverty
from corridors.rules import Caps, Rules, numbered
from corridors.wages.employers import skill_premium
from corridors.wages.production import labour_input
from corridors.wages.spillovers import Spillovers
from corridors.world import State, Structure, World

__all__ = ["CHANNELS", "calibrate"]

#: Most that labour and reproducible capital may earn of output: every economy keeps a fixed factor,
#: or mobile capital has no bound. Assumed; no source has the share of land by country.
LABOUR_AND_CAPITAL = 0.95
#: Ends of a labour share that moves with an error of imputed shares. Assumed; the figures run from
#: 0.16 (CAF) to 0.81 (TGO) (Penn World Table 10.01, International Labour Organization).
LABOUR_SHARE_ENDS = (0.1, 0.9)
#: Channels a study may switch on; unemployment, spillovers and the options of choice. What the
#: world may not answer with, to see what it contributes, is `equilibrium.changes.RESPONSES`.
CHANNELS = (
    "unemployment",
    "human_capital",
    "congestion",
    "institutions",
    "variety",
    "fiscal",
    "network",
    "poverty",
    "nest",
    "status_nest",
    "ability",
    "origin_quality",
    "remittance_response",
    "own_family",
)
#: Channels that no world has together: units a head, or the share sent, would have two sources.
APART = (
    ("own_family", "ability"), ("own_family", "remittance_response"), ("status_nest", "ability"),
)  # fmt: skip


def calibrate(
    observed: Observed,
    parameters: Mapping[str, Array | float],
    closure: Closure = "fixed",
    *,
    channels: tuple[str, ...] = (),
    shares: Array | None = None,
    land: bool = True,
) -> World:
    """The world of `observed` at each draw of `parameters`, inverted exactly; equation (36).

    Parameters
    ----------
    observed : Observed
        Adults (s, b) and (s, b, i), PPP and US dollars a year, shares.
    parameters : mapping of str to (d,) array or number, see `corridors.parameters`
    closure : how capital is supplied, (12)
    channels : names from `CHANNELS` to switch on
    shares : (1 or d, b, i, k), optional
        Share of every corridor's people by legal status, see `corridors.borders.status`; by default
        all are `permanent`.
    land : bool
        False gives the land share to capital, gamma = 0.

    Returns
    -------
    World
        State and rules with draws d first: adults (d, s, b, i, k), PPP dollars a year, ln tau.

    Raises
    ------
    InputError
        A parameter is unknown, missing or out of range, or a channel or closure is unknown; with
        the nearest names.
    """
    parameters = checked(parameters)
    problems = unknown_words("channels", "channel", channels, CHANNELS)
    problems += [
        Problem("channels", f"{first} and {second} cannot go together", "Leave one of them out")
        for first, second in APART
        if {first, second} <= set(channels)
    ]
    if problems:
        raise InputError(problems)
    people = observed.migrants[None, ..., None]
    if shares is not None:
        people = split_by_status(observed.migrants, shares)
    pay = _status_pay(parameters, statuses=shares is not None)
    if "origin_quality" in channels:
        pay = pay.by_origin(observed, parameters["origin_quality"])
    share = _labour_share(observed, parameters["imputed_labour_share"])
    structure = _structure(observed, parameters, channels, closure, share, land)
    units = by_residence(people, pay.efficiency)
    wage = _wages(observed, units, share, parameters["skill_return"])
    tax = parameters["tax_rate"] if "fiscal" in channels else np.zeros(len(share))
    state = _state(observed, people, pay, wage, tax)
    structure, state = _remitting(observed, parameters, structure, state, pay)
    if "own_family" in channels:
        structure = replace(structure, family=_family(observed, structure, state, pay, parameters))
    if "remittance_response" in channels:
        structure = replace(structure, remittance_response=_response(state, parameters))
    state = _with_productivity(structure, state)
    if "poverty" in channels:
        structure = replace(structure, poverty=_poverty(structure, state, parameters))
    rules = _rules(observed, structure, state, pay, parameters)
    state, rules = _with_full_caps(structure, state, rules)
    return World(
        structure=structure,
        state=state,
        rules=rules,
        parameters=dict(parameters),
        figures=observed.figures,
        coverage=observed.coverage,
        notes=observed.notes,
    )


def _structure(
    observed: Observed,
    parameters: Mapping[str, Array],
    channels: tuple[str, ...],
    closure: Closure,
    share: Array,
    land: bool,
) -> Structure:
    """Tastes and technology at labour's `share` (d, i), before remittances."""
    ceiling = parameters["capital_share_ceiling"][:, None]
    alpha = np.minimum(ceiling, LABOUR_AND_CAPITAL - share) if land else 1.0 - share
    return Structure(
        natives=observed.home + observed.migrants.sum(axis=2),
        **_channels(parameters, channels),
        inverse_skill=1.0 / parameters["skill_substitution"],
        inverse_native=parameters["inverse_native_substitution"],
        alpha=alpha,
        gamma=1.0 - share - alpha,
        closure=closure,
        kappa=parameters["capital_elasticity"],
        remittance_weight=np.zeros((len(alpha), 1, 1, 1)),
        remittance_elasticity=np.ones((len(alpha), len(observed.areas))),
        participation=observed.at_work / (1.0 - observed.unemployment),
        tax=np.zeros(len(observed.areas)),
        price_level=observed.price_level,
        other_income=np.zeros((len(alpha), len(observed.areas))),
    )


@dataclass(frozen=True)
class StatusPay:
    """What a legal status means for pay.

    Parameters
    ----------
    markdown : (d, 1, k)
    efficiency : (d, 1, 1, 1, k) efficiency units per migrant
    remitting : (d, k) propensity to remit against the permanent's
    """

    statuses: tuple[str, ...]
    markdown: Array
    efficiency: Array
    remitting: Array

    def by_origin(self, observed: Observed, quality: Array) -> StatusPay:
        """Efficiency units that fall with the origin's output per adult: (y_b / y_i)^zeta.

        At most 1. What a worker earns more elsewhere is then (y_i / y_b)^(1-zeta): the schooling
        of poorer places earns less than that of natives.
        """
        residents = observed.home.sum(axis=0) + observed.migrants.sum(axis=(0, 1))
        made = np.log(observed.output / residents)
        poorer = np.minimum(made[:, None] - made, 0.0)
        units = np.exp(quality[:, None, None] * poorer)[:, None, :, :, None]
        return replace(self, efficiency=self.efficiency * units)


def _status_pay(parameters: Mapping[str, Array], *, statuses: bool) -> StatusPay:
    nothing, whole = np.zeros_like(parameters["theta"]), np.ones_like(parameters["theta"])
    if not statuses:
        flat = whole[:, None]
        return StatusPay(("permanent",), 0.0 * flat[:, None], flat[:, None, None, None], flat)
    tied, irregular = parameters["markdown_tied"], parameters["markdown_irregular"]
    markdown = np.stack([nothing, tied, irregular, nothing], axis=1)
    units = [whole, whole, parameters["irregular_efficiency"], parameters["protected_efficiency"]]
    more = parameters["temporary_remitting"]
    efficiency = np.stack(units, axis=1)
    return StatusPay(
        STATUSES,
        markdown[:, None],
        efficiency[:, None, None, None],
        np.stack([whole, more, more, whole], axis=1),
    )


def _channels(parameters: Mapping[str, Array], on: tuple[str, ...]) -> dict[str, Any]:
    """The parts of the structure that belong to channels, off unless named."""
    number = len(parameters["theta"])

    def value(name: str, channel: str, off: float = 0.0) -> Array:
        return parameters[name] if channel in on else np.full(number, off)

    network = value("network", "network")
    # The elasticity estimated without the network counts it: theta (1 - nu) is what is left.
    theta = parameters["theta"] * (1.0 - network)
    return {
        "theta": np.repeat(theta[:, None], 2, axis=1),
        "nest": value("nest", "nest", 1.0),
        "status_nest": value("status_nest", "status_nest", 1.0),
        "ability": value("ability", "ability"),
        "network": network,
        "poverty": Poverty.off(number),
        "spillovers": Spillovers(
            human_capital=value("human_capital_spillover", "human_capital"),
            congestion=value("congestion", "congestion"),
            institutions=value("institutions", "institutions"),
            variety=value("variety", "variety"),
            fiscal=value("fiscal", "fiscal"),
        ),
        "wage_curve": "unemployment" in on,
        "eta": parameters["wage_curve"],
        "psi": parameters["reservation_wage"],
    }


def _labour_share(observed: Observed, factor: Array) -> Array:
    """(d, i): imputed shares move together by `factor`, within `LABOUR_SHARE_ENDS`."""
    moved = np.where(observed.labour_share_imputed, factor[:, None], 1.0) * observed.labour_share
    return np.clip(moved, *LABOUR_SHARE_ENDS)


def _wages(observed: Observed, units: Array, share: Array, skill_return: Array) -> Array:
    """Pay per efficiency unit at work (d, s, i): the wage bill over labour, tertiary at a premium.

    No table has migrants' pay: their marginal product is that of natives of their skill.
    `units` (d, s, i) are migrants in efficiency units.
    """
    premium = skill_premium(
        observed.years_of_schooling, observed.tertiary_share, skill_return[:, None]
    )
    workers = (observed.home + units) * observed.at_work
    low = share * observed.output / (workers[:, 0] + premium * workers[:, 1])
    return np.stack([low, premium * low], axis=1)


def _state(observed: Observed, people: Array, pay: StatusPay, wage: Array, tax: Array) -> State:
    """The observed state before remittances."""
    areas = len(observed.areas)
    nothing = np.zeros((1, areas))
    return State(
        home=observed.home[None],
        migrants=people,
        home_quality=np.ones((1, 2, areas)),
        quality=pay.efficiency,
        unemployment=np.repeat(observed.unemployment[None, None], 2, axis=1),
        wage_native=wage,
        wage_migrant=wage,
        output=observed.output[None],
        capital=(observed.capital_to_output * observed.output)[None],
        tfp=np.ones((1, areas)),
        sent=nothing[:, None],
        received=nothing,
        aid=nothing,
        tax=tax[:, None] + nothing,
        home_consumption=wage * observed.at_work * (1.0 - tax)[:, None, None],
        log_welfare=np.zeros_like(wage),
    )


def _remitting(
    observed: Observed,
    parameters: Mapping[str, Array],
    structure: Structure,
    state: State,
    pay: StatusPay,
) -> tuple[Structure, State]:
    """Propensities that send what is recorded, and what stayers live on; equation (27)-(29).

    Receipts come back exactly, but for what migrants' whole income cannot explain, pay of border
    workers and public transfers: it follows what is explained in proportion, and is other income
    where nothing is.
    """
    fee = np.broadcast_to(observed.fee[:, None], observed.migrants.shape[1:])
    income = state.migrant_income(structure, pay.markdown) * observed.price_level[:, None]
    earned = np.sum(state.migrants * income, axis=-4)
    recorded = parameters["remittance_scale"][:, None] * observed.received
    receipts = remittances.explained(recorded, earned, fee)
    semi = parameters["remittance_semi_elasticity"]
    share, e = np.zeros(earned.shape), np.ones(recorded.shape)
    for row in range(len(earned)):
        share[row], e[row] = _shares_sent(
            observed, receipts[row], earned[row], pay.remitting[row], semi[row : row + 1]
        )
    weight = weight_for(share, e[..., None, None], fee[..., None])
    structure = replace(structure, remittance_weight=weight, remittance_elasticity=e)
    sent, received = state.remitted(structure, pay.markdown, fee[None])
    some, beyond = received > 0.0, recorded - received
    following = np.where(some, beyond / np.where(some, received, 1.0), 0.0)
    other = np.where(some, 0.0, beyond) / observed.price_level
    structure = replace(structure, following=following, other_income=other)
    per_stayer = recorded / observed.price_level / observed.home.sum(axis=0)
    at_home = state.home_consumption + per_stayer[:, None]
    return structure, replace(state, sent=sent, received=received, home_consumption=at_home)


def _family(
    observed: Observed,
    structure: Structure,
    state: State,
    pay: StatusPay,
    parameters: Mapping[str, Array],
) -> Family:
    """Weights that send what is sent today, from pay at both ends; equation (30)."""
    fee = observed.fee[None, :, None]
    share = structure.share_sent(fee)[:, None]
    relative = state.relative_family(structure, state.migrant_income(structure, pay.markdown))
    return Family(parameters["own_family"], family_weight(share, relative, fee[:, None, ..., None]))


def _shares_sent(
    observed: Observed, receipts: Array, earned: Array, kap: Array, semi: Array
) -> tuple[Array, Array]:
    """Rho (b, i, k) of one draw, and the elasticity e (b,) that gives `semi` at what is sent."""
    fee = np.broadcast_to(observed.fee[:, None], earned.shape[:2])
    kept = np.sum((1.0 - fee)[..., None] * earned, axis=(1, 2))
    mean = receipts / np.where(kept > 0.0, kept, np.inf)
    e = elasticity_for(semi, mean, observed.fee)
    log_r, log_g = remittances.destination_factors(
        receipts, earned, (kap, fee, e), observed.remitted_from
    )
    for _ in range(3):
        share = remittances.shares(log_r, log_g, kap, fee, e)
        money = share * earned
        total = money.sum(axis=(1, 2))
        mean = np.sum(money * share, axis=(1, 2)) / np.where(total > 0.0, total, np.inf)
        e = elasticity_for(semi, mean, observed.fee)
        at_one = remittances.shares(np.zeros_like(receipts), log_g, kap, fee, e)
        log_r = remittances.log_origin_factors(
            receipts, earned, at_one / (1.0 - at_one), fee, log_r
        )
    return remittances.shares(log_r, log_g, kap, fee, e), e


def _with_productivity(structure: Structure, state: State) -> State:
    """The state with a productivity that can be compared across economies.

    A of equation (8) cannot: its units change with alpha. What spillovers of origins' institutions
    carry is output per unit of labour to the power of labour's share, as if capital followed.
    """
    skill = structure.inverse_skill[:, None, None]
    within = structure.inverse_native[:, None, None]
    native, migrant = state.native_labour(structure), state.migrant_labour(structure)
    wages = (state.wage_native, state.wage_migrant)
    total = labour_input(wages, (native, migrant), skill, within)
    return replace(state, tfp=(state.output / total) ** structure.labour_share)


def _response(state: State, parameters: Mapping[str, Array]) -> Response:
    """Shares sent are today's at today's output per adult."""
    per_head = state.output / state.residents().sum(axis=-2)
    origin, residence = parameters["remittance_origin"], parameters["remittance_residence"]
    return Response(origin, residence, np.broadcast_to(per_head, (len(origin), per_head.shape[1])))


def _poverty(structure: Structure, state: State, parameters: Mapping[str, Array]) -> Poverty:
    emigrants = state.migrants[0].sum(axis=(-2, -1)) / structure.natives
    cost, spread = parameters["moving_cost"], parameters["means_spread"]
    return Poverty.affordable(cost, spread, state.home_consumption, emigrants)


def _rules(
    observed: Observed,
    structure: Structure,
    state: State,
    pay: StatusPay,
    parameters: Mapping[str, Array],
) -> Rules:
    areas, fee = len(observed.areas), observed.fee[None, :, None]
    legal_share, unmet = parameters["legal_share"], parameters["unmet"]
    income = state.migrant_income(structure, pay.markdown)
    log_wedge = invert_wedge(
        state.home,
        state.migrants,
        state.counted_at_home(structure),
        (np.log(income), state.log_value_of_sending(structure, income, fee)),
        structure.theta,
        structure.nest,
        structure.poverty.able(state.home_consumption),
        structure.status_nest,
    )
    return Rules(
        areas=observed.areas,
        skills=SKILLS,
        statuses=pay.statuses,
        adults=observed.home.sum(axis=0) + observed.migrants.sum(axis=(0, 1)),
        people=state.migrants,
        output=state.output,
        capital_share=structure.alpha,
        capital=state.capital,
        theta=structure.theta,
        legal_share=legal_share,
        log_wedge=log_wedge,
        empty=state.migrants[0] == 0.0,
        markdown=pay.markdown,
        efficiency=pay.efficiency,
        caps=Caps.none(),
        rationing="fee",
        fee=fee,
        capital_retained=np.ones((1, areas)),
        capital_market=np.ones((1, areas)),
        aid=np.zeros((1, areas)),
        free=observed.free_movement,
        unmet=unmet,
        claims=np.zeros(state.migrants.shape[1:], dtype=np.int8),
        natives=structure.natives,
    )


def _with_full_caps(structure: Structure, state: State, rules: Rules) -> tuple[State, Rules]:
    """Tied places are counted and full today, by residence; equations (16), (17).

    The wedge that stocks identify holds the multiplier of the cap, which is taken out of it.
    """
    if "tied" not in rules.statuses:
        return state, rules
    cells = ~rules.empty & (rules.free < 1.0)[:, :, None]
    cells &= np.array([status == "tied" for status in rules.statuses])
    sets = numbered(cells, (2, 3))
    limit = rules.persons(sets)
    if not limit.size:
        return state, rules
    caps = rules.caps.beside(sets, limit)
    under = Occupied(cells.shape, np.nonzero(cells))
    draws = len(structure.theta)
    there = np.broadcast_to(under.of(state.migrants), (draws, len(under.at[0])))
    members = Members(np.arange(len(under.at[0])), sets[cells], len(under.at[0]), len(caps))
    power = under.of(structure.power)
    unmet = np.broadcast_to(rules.unmet[:, None], (draws, len(caps)))
    multiplier = multiplier_today(members, there, power, unmet)
    log_wedge = rules.log_wedge.copy()
    under.put(log_wedge, under.of(log_wedge) - members.of_cells(multiplier))
    return replace(state, multiplier=multiplier), rules.with_(caps=caps, log_wedge=log_wedge)
