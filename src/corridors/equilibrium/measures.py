"""The few numbers a what-if is asked for, each for every draw.

Origins are the economies with more of their own abroad than foreigners within today,
destinations the others. Wages are of natives who stay, means of logs weighted by natives at home
today, so that a country's weight does not change with the answer. Welfare is equation (2)
of people by birthplace, wherever they live: what consumption, in every place open to them, would
have to change by to do as much (equation (33)). Income of naturals is before remittances, which are
spent out of it.

Inequality between people counted by where they were born and where they live.

    T = sum (n x / N xbar) ln(x / xbar) = between groups + within groups

over cells of n heads with income x each. It has no spread inside a cell, so its level is a lower
bound and only its change says something.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array, Mask
from corridors.people.occupied import Occupied
from corridors.rules import Rules
from corridors.world import State, Structure, World

__all__ = [
    "BY_NAME",
    "MEASURES",
    "Measure",
    "income",
    "measure",
    "naturals",
    "theil",
    "theil_between",
]


@dataclass(frozen=True)
class Measure:
    """A headline number: its name, what it says, and its unit.

    `unit` is one that `corridors.show.numbers` writes: share of change, persons, US dollars.
    """

    name: str
    title: str
    unit: str

    @property
    def is_change(self) -> bool:
        """Whether the number is itself a change; today is then nothing."""
        return self.unit.endswith("change")

    def paired(self, before: Array, after: Array, today: float) -> Array:
        """The number of every draw when only its change is the draw's; equation (32).

        Parameters
        ----------
        before, after : (d,) before and after the policy, in the same draw
        today : before it at the central parameters
        """
        if self.is_change:
            return today + after - before
        some = before != 0.0  # a world without money sent has none after
        return np.where(some, today * after / np.where(some, before, 1.0), today + after)


MEASURES = (
    Measure("output", "World output", "share, change"),
    Measure("people", "Adults living abroad", "persons"),
    Measure("welfare", "Welfare of everybody", "share, change"),
    Measure("welfare_naturals", "Welfare, born where the rules change", "share, change"),
    Measure("income_naturals", "Pay, born where the rules change", "share, change"),
    Measure("wage_origins_low", "Natives' pay, origins, below tertiary", "share, change"),
    Measure("wage_origins_high", "Natives' pay, origins, tertiary", "share, change"),
    Measure("wage_destinations_low", "Natives' pay, destinations, below tertiary", "share, change"),
    Measure("wage_destinations_high", "Natives' pay, destinations, tertiary", "share, change"),
    Measure("remittances", "Remittances received", "USD"),
    Measure("fees", "Fees on money sent", "USD"),
    Measure("inequality", "Inequality between people (Theil)", "number"),
)
BY_NAME = {quantity.name: quantity for quantity in MEASURES}


def measure(world: World, after: State, rules: Rules | None = None) -> dict[str, Array]:
    """Every measure of the state `after` against the world's own; welfare is (33), see the module.

    Parameters
    ----------
    world : World
    after : State
    rules : Rules, optional
        Those of `after`; by default the world's own.

    Returns
    -------
    dict of str to (d,) array
        By name, each in the unit that `MEASURES` says: shares of today, adults, US dollars a year,
        and the Theil index.
    """
    now, rules = world.state, world.rules if rules is None else rules
    origin = _origins(world.structure, now)
    gain, born = after.log_welfare - now.log_welfare, world.structure.natives
    chosen = naturals(world.rules, rules)
    touched = born * chosen
    heads, earned = income(world.structure, after, rules)
    before = income(world.structure, now, world.rules)
    paid = [
        pay_of_naturals(state, *cells)[..., chosen].sum(axis=-1)
        for state, cells in ((now, before), (after, (heads, earned)))
    ]
    values = {
        "output": after.output.sum(axis=-1) / now.output.sum(axis=-1) - 1.0,
        "people": after.migrants.sum(axis=(-4, -3, -2, -1)),
        "welfare": np.expm1(np.sum(born * gain, axis=(-2, -1)) / born.sum()),
        "welfare_naturals": np.expm1(np.sum(touched * gain, axis=(-2, -1)) / touched.sum()),
        "income_naturals": paid[1] / paid[0] - 1.0,
        "remittances": after.received.sum(axis=-1),
        "fees": np.sum(after.sent * rules.fee, axis=(-2, -1)),
        "inequality": theil(heads, earned),
    }
    log_wage = np.log(after.wage_native / now.wage_native)
    for position, skill in enumerate(world.rules.skills):
        for side, chosen in (("origins", origin), ("destinations", ~origin)):
            weight = now.home[..., position, :] * chosen
            mean = np.sum(weight * log_wage[..., position, :], axis=-1) / weight.sum(axis=-1)
            values[f"wage_{side}_{skill}"] = np.expm1(mean)
    draws = len(world.structure.theta)
    return {
        quantity.name: np.broadcast_to(values[quantity.name], (draws,)) for quantity in MEASURES
    }


def naturals(before: Rules, after: Rules) -> Mask:
    """Birthplaces whose own rules change: wedges, else fees, else capital or aid; else all.

    A rule that every birthplace meets is everybody's. Clemens and Pritchett (2008) count income per
    natural: by birthplace, wherever people live.

    Parameters
    ----------
    before, after : Rules

    Returns
    -------
    Mask (b,)
    """
    with np.errstate(invalid="ignore"):  # closed before and after
        moved = (after.log_wedge != before.log_wedge).any(axis=(0, 1, 3, 4))
    fee = np.asarray(np.broadcast_to(after.fee != before.fee, (*after.fee.shape,)))
    there = [moved, np.broadcast_to(fee.any(axis=(0, 2)), moved.shape)]
    here = (after.capital_retained != before.capital_retained) | (after.aid != before.aid)
    there.append(np.broadcast_to(here.any(axis=0), moved.shape))
    return next((mask for mask in there if mask.any()), np.ones(moved.shape, dtype=bool))


def income(structure: Structure, state: State, rules: Rules) -> tuple[Array, Array]:
    """Heads and yearly income before remittances of cells of people; y of (4), and pay of (3).

    Cells c are those at home (s, b) and then those abroad (s, b, i, k) where there are any.

    Parameters
    ----------
    structure, state, rules : Structure, State and Rules, draws d first

    Returns
    -------
    heads : (d, c) adults
    income : (d, c) PPP dollars a person-year, after tax and mark-down
    """
    pay = state.wage_native * state.home_quality * state.at_work(structure)
    home_pay = pay * (1.0 - state.tax)[:, None]
    kept = state.wage_migrant * state.at_work(structure) * (1.0 - state.tax)[:, None]
    cells, draws = Occupied.inhabited(state.migrants), len(pay)
    abroad = (
        cells.of(kept[:, :, None, :, None])
        * cells.of(state.quality)
        * cells.of(1.0 - rules.markdown[..., None, None, :, :])
    )
    heads = np.broadcast_to(cells.of(state.migrants), abroad.shape)
    home = np.broadcast_to(state.home, pay.shape).reshape(draws, -1)
    return (
        np.concatenate([home, heads], axis=1),
        np.concatenate([home_pay.reshape(draws, -1), abroad], axis=1),
    )


def pay_of_naturals(state: State, heads: Array, earned: Array) -> Array:
    """What people born in b earn wherever they live, before remittances, (d, b) PPP dollars.

    `heads` and `earned` are the state's `income`.

    Unlike welfare it counts what places under a cap pay those who have them: there the price of a
    place takes the gain of whoever would only just want it.
    """
    total, places = heads * earned, state.home.shape[-2] * state.home.shape[-1]
    home = total[:, :places].reshape(len(total), *state.home.shape[-2:]).sum(axis=1)
    abroad = Occupied.inhabited(state.migrants).pairs(total[:, places:])
    return np.asarray(home + abroad.sum(axis=(-3, -1)))


def _origins(structure: Structure, now: State) -> Mask:
    """Economies (i,) with more of their own abroad than foreigners within."""
    emigrants = now.migrants[0].sum(axis=(0, 2, 3))
    immigrants = now.migrants[0].sum(axis=(0, 1, 3))
    return emigrants > immigrants


def theil(heads: Array, income: Array) -> Array:
    """Theil's (1967) index T of cells of people, as at the head of the module.

    Parameters
    ----------
    heads : (..., c) persons
    income : (..., c) a head, any unit

    Returns
    -------
    Array (...) T, a number without unit
    """
    total = heads * income
    number, sum_of_income = heads.sum(axis=-1), total.sum(axis=-1)
    mean = sum_of_income / number
    some = total > 0.0
    relative = np.where(some, income, 1.0) / mean[..., None]
    part = np.where(some, total * np.log(np.where(some, relative, 1.0)), 0.0)
    return np.asarray(part.sum(axis=-1) / sum_of_income)


def theil_between(heads: Array, income: Array, group: Array, number: int) -> Array:
    """The part of Theil's (1967) T that lies between groups.

    Parameters
    ----------
    heads : (..., c) persons
    income : (..., c) a head, any unit
    group : (c,) of int
        Group of each cell, from 0.
    number : int
        Of groups.

    Returns
    -------
    Array (...) T, a number without unit
    """
    in_group = _by_group(heads, group, number)
    paid = _by_group(heads * income, group, number)
    return theil(in_group, paid / np.where(in_group > 0.0, in_group, 1.0))


def _by_group(cells: Array, group: Array, number: int) -> Array:
    """Cells (..., c) added up by group, (..., number)."""
    lines = cells.reshape(-1, cells.shape[-1])
    added = np.array([np.bincount(group, line, number) for line in lines])
    return added.reshape(*cells.shape[:-1], number)
