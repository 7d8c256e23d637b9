"""The same equilibrium in levels: from tastes, technology and rules, with no observed people.

Used to check the changes (`equilibrium.changes`) against an independent route, and to compute
small worlds from primitives. The unknowns are the people themselves, corridor by corridor, so
nothing is added up over statuses; with transfers and unemployment they make one fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.borders.quotas import Lottery, Members, fee_multipliers
from corridors.capital import supply
from corridors.capital.flight import placed
from corridors.equilibrium import fixed_point
from corridors.equilibrium.changes import NOBODY
from corridors.equilibrium.groups import NEST_CLOSE, NEST_REPEATS
from corridors.equilibrium.prepare import log_scarcity, members_of
from corridors.errors import NotConverged
from corridors.labels import Array, Mask
from corridors.people import choice
from corridors.people.occupied import Occupied
from corridors.rules import Rules
from corridors.wages import unemployment
from corridors.wages.production import composite, invert_technology, labour_input, output, wage
from corridors.wages.spillovers import log_base, log_imported, log_productivity
from corridors.world import State, Structure

__all__ = ["Technology", "invert", "produce", "settle"]


@dataclass(frozen=True)
class Technology:
    """What inversion recovers of production (8)-(9), (12), (13) and of the wage curve.

    Parameters
    ----------
    log_tfp : (d, i) ln Abar
    skill_weight : (d, s, i) phi
    migrant_weight : (d, s, i) f
    required_return : (d, i) R, the return capital earns before any change
    omega : (d, s, i) of the wage curve
    """

    log_tfp: Array
    skill_weight: Array
    migrant_weight: Array
    required_return: Array
    omega: Array


def produce(
    structure: Structure,
    technology: Technology,
    labour: tuple[Array, Array],
    tfp: Array,
    capital: tuple[Array, Array],
) -> tuple[Array, Array, Array, Array]:
    """Wages, output and capital from labour; equations (8)-(10), (12).

    Parameters
    ----------
    structure, technology : Structure and Technology
    labour : LN and LM, (d, s, i) each, efficiency units
    tfp : (d, i) A
    capital : share retained (d, i), and K0 (d, i) in PPP dollars

    Returns
    -------
    wage_native, wage_migrant : (d, s, i) PPP dollars an efficiency unit and year
    output, capital : (d, i) PPP dollars a year, PPP dollars

    Raises
    ------
    InputError
        There is no such closure; names the nearest.
    """
    native = labour[0]
    migrant = np.maximum(labour[1], NOBODY * native)
    skill = structure.inverse_skill[:, None, None]
    within = structure.inverse_native[:, None, None]
    phi, f = technology.skill_weight, technology.migrant_weight
    both = np.stack([native, migrant], axis=-3)
    by_skill = composite(np.stack([1.0 - f, f], axis=-3), both, within, -3)
    total = composite(phi, by_skill, skill[..., 0], -2)
    stock = supply.stock(
        structure.closure,
        tfp * total**structure.labour_share,
        structure.alpha,
        structure.kappa[:, None],
        *capital,
        technology.required_return,
    )
    made = output(tfp, stock, total, structure.alpha, structure.gamma)
    payroll = (structure.labour_share * made / total)[..., None, :]
    of_skill = total[..., None, :] / by_skill
    wage_native = wage(payroll, of_skill, by_skill / native, phi * (1.0 - f), skill, within)
    wage_migrant = wage(payroll, of_skill, by_skill / migrant, phi * f, skill, within)
    return wage_native, wage_migrant, made, stock


@dataclass(frozen=True)
class _Levels:
    """The map of (ln people, transfers per stayer, ln unemployment) to itself, one world."""

    structure: Structure
    technology: Technology
    rules: Rules
    anchor: Array

    def take(self, rows: NDArray[np.intp]) -> Self:
        return self

    @property
    def open(self) -> Mask:
        return np.isfinite(self.rules.log_wedge[0])

    def start(self) -> Array:
        """Nine in ten at home, the others spread evenly."""
        natives = self.structure.natives
        cells = self.open
        each = 0.1 * natives / np.maximum(cells.sum(axis=(2, 3)), 1)
        abroad = np.broadcast_to(each[..., None, None], cells.shape)[cells]
        parts = [np.log(0.9 * natives).ravel(), np.log(abroad), np.zeros(natives.shape[1])]
        return np.concatenate([*parts, np.full(natives.size, np.log(0.05))])[None]

    def unpack(self, x: Array) -> tuple[Array, Array, Array, Array]:
        """People at home and abroad, transfers per stayer, unemployment; a leading axis of 1."""
        natives, cells = self.structure.natives, self.open
        ends = np.cumsum([natives.size, cells.sum(), natives.shape[1]])
        home, abroad, transfers, log_rate = np.split(x[0], ends)
        migrants = np.zeros(cells.shape)
        migrants[cells] = np.exp(abroad)
        rate = np.exp(log_rate.reshape(natives.shape)) if self.structure.wage_curve else 0.0
        rate = np.broadcast_to(np.minimum(rate, unemployment.HIGHEST), natives.shape)
        return (
            np.exp(home).reshape(natives.shape)[None],
            migrants[None],
            transfers[None],
            rate[None],
        )

    def state(self, x: Array) -> State:
        """Everything that these people imply, and the people that it implies."""
        structure, rules = self.structure, self.rules
        home, migrants, transfers, rate = self.unpack(x)
        state = self._working(home, migrants, rate)
        kept = state.at_work(structure) * (1.0 - structure.tax)
        counted = transfers
        if structure.family is not None:
            counted = (1.0 - structure.family.share[:, None]) * transfers
        at_home = state.wage_native * kept + counted[:, None]
        per_unit = replace(state, quality=rules.efficiency * np.ones(1))
        income = per_unit.migrant_income(structure, rules.markdown)
        value = np.exp(per_unit.log_value_of_sending(structure, income, rules.fee))
        diaspora = np.log(np.maximum(choice.by_pair(migrants).sum(axis=1), 1e-300))
        network = (structure.network[:, None] / structure.theta)[..., None, None]
        log_wedge = rules.log_wedge - (network * diaspora[:, None])[..., None]
        stay, leave, largest = choice.weights(
            at_home, income * value, log_wedge, structure.theta, structure.nest,
            structure.status_nest,
        )  # fmt: skip
        able = structure.poverty.able(state.wage_native * kept + transfers[:, None])
        new_home, abroad, log_total, multiplier = self._ration(stay, leave, able, home, migrants)
        log_welfare = (log_total + largest) / structure.theta[..., None] - rules.home_loss
        if structure.family is not None:
            more = structure.family.log_more_consumed(state.wage_native * kept, transfers)
            log_welfare = log_welfare + new_home / structure.natives * more
        settled = replace(
            state,
            home=new_home,
            migrants=abroad,
            home_consumption=state.wage_native * state.home_quality * kept + transfers[:, None],
            log_welfare=log_welfare,
            multiplier=multiplier,
        )
        sent, received = settled.remitted(structure, rules.markdown, rules.fee)
        return replace(settled, sent=sent, received=received)

    def _working(self, home: Array, migrants: Array, rate: Array) -> State:
        """Pay and output of these people; the fields that follow from choice are still theirs."""
        structure, technology = self.structure, self.technology
        natives, ability = structure.natives, structure.ability[:, None, None]
        some = migrants > 0.0
        share = np.where(some, migrants, natives[..., None, None]) / natives[..., None, None]
        quality = self.rules.efficiency * share ** -ability[..., None, None]
        nothing = np.zeros_like(home[:, 0])
        state = State(
            home=home, migrants=migrants, home_quality=(home / natives) ** -ability,
            quality=quality, unemployment=rate, wage_native=home, wage_migrant=home,
            output=nothing, capital=nothing, tfp=nothing, sent=nothing, received=nothing,
            aid=self.rules.aid * np.ones_like(nothing), tax=structure.tax[None] + nothing,
            home_consumption=home, log_welfare=home,
        )  # fmt: skip
        residents, pairs = state.residents(), choice.by_pair(migrants).sum(axis=1)
        imported = log_imported(pairs, residents.sum(axis=1), technology.log_tfp)
        spilled = log_productivity(structure.spillovers, residents, imported)
        tfp = np.exp(technology.log_tfp + spilled)
        labour = state.native_labour(structure), state.migrant_labour(structure)
        retained = self.rules.capital_retained
        if structure.closure != "world":
            retained = retained * placed(self.rules.capital_market, structure.alpha, self.anchor)
        capital = retained, self.anchor
        paid = produce(structure, technology, labour, tfp, capital)
        return replace(
            state, wage_native=paid[0], wage_migrant=paid[1], output=paid[2], capital=paid[3],
            tfp=tfp,
        )  # fmt: skip

    def _ration(
        self, stay: Array, leave: Array, able: Array, home: Array, people: Array
    ) -> tuple[Array, Array, Array, Array]:
        """People at home and abroad under the caps, theta ln W, and multipliers.

        `home` (d, s, b) and `people` (d, s, b, i, k) are those of this sweep.
        """
        natives, caps = self.structure.natives, self.rules.caps
        under = Occupied(leave.shape[1:], np.nonzero(caps.mask(leave.shape[1:])))
        members, odds = members_of(caps, under), under.of(leave)
        if self.rules.rationing == "fee":
            choosing_home = (home - (1.0 - able) * natives) / able
            # What caps shut out of the nest makes its other places worth more: [sum]^(lam - 1),
            # with the sum that the people of this sweep imply.
            nest = self.structure.nest[:, None, None]
            every = leave.sum(axis=(-2, -1))
            every = np.where(every > 0.0, every, 1.0)
            kept = stay * people.sum(axis=(-2, -1)) / (able * choosing_home * every)
            inside = np.where(kept > 0.0, kept, 1.0) ** ((nest - 1.0) / nest)
            weight = under.of((choosing_home / stay * able * inside)[..., None, None])
            fee, leave = self._nested_fees(members, under, leave, weight)
            left = leave.sum(axis=(-2, -1)) / every
            leave *= (np.where(left > 0.0, left, 1.0) ** (nest - 1.0))[..., None, None]
            at_home, abroad, total = choice.allocate(natives, stay, leave, able)
            return at_home, abroad, np.log(total), fee
        group = under.at[0] * natives.shape[1] + under.at[1]
        free = stay + np.where(caps.mask(leave.shape[1:]), 0.0, leave).sum(axis=(-2, -1))
        lots = Lottery(members, group, natives.reshape(-1))
        drawn = lots.draw(odds, free.reshape(1, -1), caps.limit)
        left, gain = drawn.left.reshape(free.shape), drawn.gain.reshape(free.shape)
        abroad = (natives * able * left / free)[..., None, None] * leave
        under.put(abroad, drawn.persons * under.of(able[..., None, None]))
        choosing = natives * left * stay / free
        at_home = choosing + (1.0 - able) * (natives - choosing)
        return at_home, abroad, np.log(free) + gain, -np.log(drawn.chance)

    def _nested_fees(
        self, members: Members, under: Occupied, leave: Array, weight: Array
    ) -> tuple[Array, Array]:
        """Multipliers, and the odds (d, s, b, i, k) that they leave in every place's nest.

        What a cap shuts out of a place makes its other statuses worth more, S^(n-1) in (23).
        """
        power, limit = under.of(self.structure.power), self.rules.caps.limit
        n = self.structure.status_nest[:, None, None, None]
        whole, odds, inside = leave.sum(axis=-1), under.of(leave), np.ones(leave.shape[:-1])
        some = whole > 0.0
        for _ in range(NEST_REPEATS):
            demand = odds * under.of(inside[..., None]) * weight
            fee = fee_multipliers(members, demand, power, limit)
            kept = leave.copy()
            under.put(kept, odds * np.exp(-power * members.of_cells(fee)))
            left = kept.sum(axis=-1)
            share = np.where(some & (left > 0.0), left, 1.0) / np.where(some, whole, 1.0)
            new = np.where(some & (left > 0.0), share, 1.0) ** (n - 1.0)
            close = np.abs(new / inside - 1.0).max() <= NEST_CLOSE
            inside = new
            if close:
                break
        return fee, kept * inside[..., None]

    def __call__(self, x: Array) -> Array:
        state = self.state(x)
        structure = self.structure
        transfers = state.transfers(structure) / state.home.sum(axis=1)
        log_rate = np.full(structure.natives.shape, np.log(0.05))
        if structure.wage_curve:
            average = (state.output / state.residents().sum(axis=(1))) ** structure.psi[:, None]
            eta = structure.eta[:, None, None]
            omega = self.technology.omega
            rate = unemployment.rate(state.wage_native, average[:, None], omega, eta)
            log_rate = np.log(np.minimum(rate, unemployment.HIGHEST))[0]
        with np.errstate(divide="ignore"):
            parts = [
                np.log(state.home).ravel(),
                np.log(np.maximum(state.migrants[0], 1e-300))[self.open],
            ]
        return np.concatenate([*parts, transfers.ravel(), log_rate.ravel()])[None]


def settle(
    structure: Structure,
    technology: Technology,
    rules: Rules,
    anchor: Array,
    *,
    tolerance: float = 1e-13,
) -> State:
    """The equilibrium of a small world from primitives: (1) to (14) in levels.

    Parameters
    ----------
    structure, technology, rules : Structure, Technology and Rules
        Of one draw.
    anchor : (1, i) K0, PPP dollars, the capital stock before any change
    tolerance : float
        Largest residual, log points.

    Returns
    -------
    State
        Adults (1, s, b, i, k) and (1, s, b); PPP dollars a year.

    Raises
    ------
    NotConverged
        With the residual reached.
    Infeasible
        Unemployment leaves the range of the wage curve.
    """
    mapping = _Levels(structure, technology, rules, anchor)
    point = fixed_point.solve(mapping, mapping.start(), tolerance=tolerance, limit=5000)
    if not point.converged(tolerance).all():
        raise NotConverged("the equilibrium in levels", residual=float(point.residual[0]))
    state = mapping.state(point.x)
    unemployment.require(state.unemployment)
    return state


def invert(structure: Structure, state: State, rules: Rules) -> tuple[Technology, Array]:
    """Technology and log wedge that make `state` an equilibrium; equation (36).

    Exact: `produce` and `choice.allocate` give every observed figure back to rounding.

    Parameters
    ----------
    structure : Structure
        Elasticities and shares, draws d first.
    state : State
        Adults (d, s, b, i, k) and (d, s, b), PPP dollars a year.
    rules : Rules
        Mark-downs, fees and caps of today.

    Returns
    -------
    technology : Technology
        ln Abar in log points (d, i), weights (d, s, i), return (d, i) a year, wage curve (d, s, i).
    log_wedge : (d, s, b, i, k) ln tau, log points; +inf in empty cells

    Raises
    ------
    InputError
        A cap with a multiplier is not full.
    """
    skill = structure.inverse_skill[:, None, None]
    within = structure.inverse_native[:, None, None]
    labour = state.native_labour(structure), state.migrant_labour(structure)
    phi, f = invert_technology((state.wage_native, state.wage_migrant), labour, skill, within)
    total = labour_input((state.wage_native, state.wage_migrant), labour, skill, within)
    per_unit_tfp = output(np.ones(1), state.capital, total, structure.alpha, structure.gamma)
    owned = state.capital > 0.0
    pairs = choice.by_pair(state.migrants).sum(axis=1)
    log_tfp = np.log(state.output / per_unit_tfp)
    average = (state.output / state.residents().sum(axis=1)) ** structure.psi[:, None]
    rate = np.where(state.unemployment > 0.0, state.unemployment, 1.0)
    technology = Technology(
        log_tfp=log_base(structure.spillovers, log_tfp, state.residents(), pairs),
        skill_weight=phi,
        migrant_weight=f,
        required_return=structure.alpha * state.output / np.where(owned, state.capital, 1.0),
        omega=state.wage_native / average[:, None] * rate ** structure.eta[:, None, None],
    )
    income = state.migrant_income(structure, rules.markdown)
    log_wedge = choice.invert_wedge(
        state.home,
        state.migrants,
        state.counted_at_home(structure),
        (np.log(income), state.log_value_of_sending(structure, income, rules.fee)),
        structure.theta,
        structure.nest,
        structure.poverty.able(state.home_consumption),
        structure.status_nest,
    )
    diaspora = np.log(np.maximum(pairs, 1e-300))
    network = (structure.network[:, None] / structure.theta)[..., None, None]
    cells = Occupied.inhabited(state.migrants)
    more, _ = log_scarcity(structure, state, rules, cells)
    hidden = cells.spread(-more / cells.of(structure.power))
    return technology, log_wedge + (network * diaspora[:, None])[..., None] + hidden
