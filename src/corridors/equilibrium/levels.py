"""The same equilibrium in levels: from tastes, technology and rules, with no observed people.

Used to check the changes (`equilibrium.changes`) against an independent route, and to compute
small worlds from primitives. Unknowns are native labour, migrant labour (logs) and transfers per
stayer, so one `fixed_point.solve` serves both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.capital import supply
from corridors.equilibrium import fixed_point
from corridors.errors import NotConverged
from corridors.people.choice import allocate, invert_wedge
from corridors.rules import Rules
from corridors.wages.production import composite, invert_technology, output, wage
from corridors.world import State, Structure

__all__ = ["Technology", "invert", "produce", "settle"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Technology:
    """What inversion recovers of production (8)-(9), (12).

    Parameters
    ----------
    tfp : (d, i) A
    skill_weight : (d, s, i) phi
    migrant_weight : (d, s, i) f
    required_return : (d, i) R, the return capital earns before any change
    """

    tfp: Array
    skill_weight: Array
    migrant_weight: Array
    required_return: Array


def produce(
    structure: Structure,
    technology: Technology,
    labour: tuple[Array, Array],
    retained: Array,
    anchor: Array,
) -> tuple[Array, Array, Array, Array]:
    """Wages of natives and migrants (d, s, i), output and capital (d, i); equations (8)-(10), (12).

    `labour` is LN and LM (d, s, i); `anchor` is K0 (d, i).
    """
    native, migrant = (np.maximum(one, 1e-300) for one in labour)
    skill = structure.inverse_skill[:, None, None]
    within = structure.inverse_native[:, None, None]
    phi, f = technology.skill_weight, technology.migrant_weight
    by_skill = composite(
        np.stack([1.0 - f, f], axis=-3), np.stack([native, migrant], axis=-3), within, -3
    )
    total = composite(phi, by_skill, skill[..., 0], -2)
    scale = technology.tfp * total**structure.labour_share
    kappa, required = structure.kappa[:, None], technology.required_return
    capital = supply.stock(
        structure.closure, scale, structure.alpha, kappa, retained, anchor, required
    )
    made = output(technology.tfp, capital, total, structure.alpha, structure.gamma)
    payroll = (structure.labour_share * made / total)[..., None, :]
    of_skill = total[..., None, :] / by_skill
    wage_native = wage(payroll, of_skill, by_skill / native, phi * (1.0 - f), skill, within)
    wage_migrant = wage(payroll, of_skill, by_skill / migrant, phi * f, skill, within)
    return wage_native, wage_migrant, made, capital


@dataclass(frozen=True)
class _Levels:
    """The map of (ln LN, ln LM, T) to itself."""

    structure: Structure
    technology: Technology
    rules: Rules
    anchor: Array

    def take(self, rows: NDArray[np.intp]) -> Self:
        if len(rows) != len(self.structure.theta):
            raise NotImplementedError("levels are solved one world at a time")
        return self

    def state(self, x: Array) -> State:
        skills, areas = self.structure.natives.shape
        parts = x.reshape(len(x), 2 * skills + 1, areas)
        labour = np.exp(parts[:, :skills]), np.exp(parts[:, skills : 2 * skills])
        wage_native, wage_migrant, made, capital = produce(
            self.structure, self.technology, labour, self.rules.capital_retained, self.anchor
        )
        empty = np.zeros((*self.structure.natives.shape, areas, 1))
        blank = State(
            empty[..., 0, 0][None], empty[None], wage_native, wage_migrant, made, capital,
            empty[0], empty[0], wage_native, wage_native,
        )  # fmt: skip
        income = blank.migrant_income(self.structure, self.rules.markdown)
        at_work = (1.0 - self.structure.unemployment) * (1.0 - self.structure.tax)
        at_home = wage_native * at_work + parts[:, -1:, :]
        value = self.structure.value_of_sending(self.rules.fee)
        home, migrants, log_welfare = allocate(
            self.structure.natives,
            at_home,
            income * value[:, None],
            self.rules.log_wedge,
            self.structure.theta,
        )
        settled = replace(
            blank, home=home, migrants=migrants, home_consumption=at_home, log_welfare=log_welfare
        )
        sent, received = settled.remitted(self.structure, self.rules.markdown, self.rules.fee)
        return replace(settled, sent=sent, received=received)

    def __call__(self, x: Array) -> Array:
        state = self.state(x)
        transfers = state.transfers(self.structure) / state.home.sum(axis=1)
        with np.errstate(divide="ignore"):
            native = np.log(state.native_labour(self.structure))
            migrant = np.log(np.maximum(state.migrant_labour(self.structure), 1e-300))
        return np.concatenate([native, migrant, transfers[:, None]], axis=1).reshape(x.shape)


def settle(
    structure: Structure,
    technology: Technology,
    rules: Rules,
    anchor: Array,
    *,
    tolerance: float = 1e-13,
) -> State:
    """The equilibrium of a small world from primitives.

    Parameters
    ----------
    anchor : (1, i) K0, the capital stock before any change

    Raises
    ------
    NotConverged
        With the residual reached.
    """
    mapping = _Levels(structure, technology, rules, anchor)
    labour = np.maximum(structure.natives * (1.0 - structure.unemployment), 1e-300)
    guess = np.concatenate([np.log(labour), np.log(0.1 * labour), np.zeros_like(labour[:1])])
    found = fixed_point.solve(mapping, guess.reshape(1, -1), tolerance=tolerance, limit=5000)
    if not found.converged(tolerance).all():
        raise NotConverged("the equilibrium in levels", residual=float(found.residual[0]))
    return mapping.state(found.x)


def invert(structure: Structure, state: State, rules: Rules) -> tuple[Technology, Array]:
    """Technology and log wedge (d, s, b, i, k) that make `state` an equilibrium; MODEL section 5.

    Exact: `produce` and `allocate` give every observed figure back to rounding.
    """
    skill = structure.inverse_skill[:, None, None]
    within = structure.inverse_native[:, None, None]
    labour = state.native_labour(structure), state.migrant_labour(structure)
    phi, f = invert_technology((state.wage_native, state.wage_migrant), labour, skill, within)
    by_skill = composite(
        np.stack([1.0 - f, f], axis=-3),
        np.stack(np.broadcast_arrays(*labour), axis=-3),
        within,
        -3,
    )
    total = composite(phi, by_skill, skill[..., 0], -2)
    per_unit_tfp = output(np.ones(1), state.capital, total, structure.alpha, structure.gamma)
    owned = state.capital > 0.0
    technology = Technology(
        tfp=state.output / per_unit_tfp,
        skill_weight=phi,
        migrant_weight=f,
        required_return=structure.alpha * state.output / np.where(owned, state.capital, 1.0),
    )
    income = state.migrant_income(structure, rules.markdown)
    value = structure.value_of_sending(rules.fee)[:, None]
    log_wedge = invert_wedge(
        state.home, state.migrants, state.home_consumption, income * value, structure.theta
    )
    return technology, log_wedge
