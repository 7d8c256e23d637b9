"""The equilibrium in changes: from observed people to people under other rules.

With x^ = x'/x, the unknowns are the changes of native labour LN^ (s, i), migrant labour LM^
(s, i) and transfers per stayer T^ (b): (2S+1) n numbers whatever the number of corridors
(MODEL section 6). One evaluation of the map:

    Z_s^, Z^, K^, Y^, w_N^, w_M^    production from LN^, LM^         (8)-(12)
    X_home^ = h w_N^ + (1-h) T^      h = share of work in a stayer's consumption
    D^, H', M'                       choice                            (1), (2)
    LN^' = H'/H, LM^' from M', T^' from remittances (6), (7), (11)

Given the policy, a corridor's statuses move together with its residence's wage, so they are
added up once: a sweep is six products of an n x n matrix with a vector.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.capital import supply
from corridors.people.choice import reallocate
from corridors.rules import Rules
from corridors.wages.production import composite, output, wage
from corridors.world import State, Structure

__all__ = ["CHANNELS", "Change", "prepare"]

Array = NDArray[np.float64]

#: What can be held at its baseline, to see what it contributes (`equilibrium.explain`).
CHANNELS = ("people", "wages", "capital", "remittances")
#: Migrant labour where a ban leaves nobody: the unknown stays finite, the people are exactly 0.
NOBODY = 1e-30


@dataclass(frozen=True)
class Change:
    """The map x -> x' of one policy, ready to be swept. Built by `prepare`.

    Parameters
    ----------
    stay : (d, s, b) persons at home now
    persons : (d, s, b, i, k) persons abroad now times the policy's fixed changes^theta
    attraction : (d, s, b, i) the same, statuses added up
    efficient : (d, s, b, i) the same in efficiency units
    money : (d, s, b, i) PPP dollars arriving in b, at wages of now
    native_share, skill_share : (d, s, i) shares of the wage bill: of natives in a skill, of a skill
    work_share : (d, s, b) h
    transfers, other : (d, b) received + other income of stayers now, and its fixed part
    """

    structure: Structure
    natives: Array
    stay: Array
    persons: Array
    attraction: Array
    efficient: Array
    money: Array
    labour_now: Array
    native_share: Array
    skill_share: Array
    work_share: Array
    transfers: Array
    other: Array
    retained: Array
    capital_now: Array
    active: tuple[str, ...] = CHANNELS

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The same map for some of the draws."""
        if len(rows) == len(self.stay):
            return self
        chosen = {
            one.name: getattr(self, one.name)[rows]
            for one in fields(self)
            if one.name not in ("structure", "natives", "active", "efficient")
        }
        same = self.efficient is self.attraction
        chosen["efficient"] = chosen["attraction"] if same else self.efficient[rows]
        return replace(self, structure=take_structure(self.structure, rows), **chosen)

    def start(self) -> Array:
        """X = 0: nothing has changed."""
        draws, skills, areas = self.stay.shape
        return np.zeros((draws, (2 * skills + 1) * areas))

    def unpack(self, x: Array) -> tuple[Array, Array, Array]:
        """LN^ (d, s, i), LM^ (d, s, i), T^ (d, b) from the vector of their logs."""
        draws, skills, areas = self.stay.shape
        hats = np.exp(x).reshape(draws, 2 * skills + 1, areas)
        return hats[:, :skills], hats[:, skills : 2 * skills], hats[:, -1]

    def production(self, native: Array, migrant: Array) -> tuple[Array, Array, Array, Array]:
        """w_N^, w_M^ (d, s, i), Y^ and K^ (d, i) from labour in changes."""
        structure = self.structure
        skill, within = _last(structure.inverse_skill, 2), _last(structure.inverse_native, 2)
        shares = np.stack([self.native_share, 1.0 - self.native_share], axis=-3)
        by_skill = composite(shares, np.stack([native, migrant], axis=-3), within, -3)
        labour = composite(self.skill_share, by_skill, skill[..., 0], -2)
        scale = labour**structure.labour_share
        closure = structure.closure if "capital" in self.active else "fixed"
        retained = self.retained if "capital" in self.active else np.ones_like(self.retained)
        kappa = structure.kappa[:, None]
        capital = supply.stock_hat(
            closure, scale, structure.alpha, kappa, retained, self.capital_now
        )
        output_hat = output(np.ones(1), capital, labour, structure.alpha, structure.gamma)
        per_labour = (output_hat / labour)[..., None, :]
        of_skill = labour[..., None, :] / by_skill
        wage_native = wage(per_labour, of_skill, by_skill / native, 1.0, skill, within)
        wage_migrant = wage(per_labour, of_skill, by_skill / migrant, 1.0, skill, within)
        return wage_native, wage_migrant, output_hat, capital

    def home_consumption(self, wage_native: Array, transfers: Array) -> Array:
        """X_home^ (d, s, b)."""
        return self.work_share * wage_native + (1.0 - self.work_share) * transfers[..., None, :]

    def choice(self, home_hat: Array, wage_migrant: Array) -> tuple[Array, Array, Array, Array]:
        """People at home (d, s, b), 1/D^, the pull w_M^^theta (d, s, i) and labour arriving."""
        if "people" not in self.active:
            nobody_moves = np.ones_like(self.stay), np.ones_like(wage_migrant)
            return self.stay, *nobody_moves, self.labour_now
        theta = self.structure.theta[..., None]
        pull = wage_migrant**theta
        stay = self.stay * home_hat**theta
        home, per_weight = reallocate(self.natives, stay, self.attraction, pull)
        arrivals = np.matmul(per_weight[..., None, :], self.efficient)[..., 0, :] * pull
        return home, per_weight, pull, arrivals * (1.0 - self.structure.unemployment)

    def __call__(self, x: Array) -> Array:
        """Ln of LN^, LM^ and T^ implied by those in x."""
        native, migrant, transfers = self.unpack(x)
        wage_native, wage_migrant, _, _ = self.production(native, migrant)
        if "wages" not in self.active:
            wage_native = wage_migrant = np.ones_like(wage_native)
        home_hat = self.home_consumption(wage_native, transfers)
        home, per_weight, pull, labour = self.choice(home_hat, wage_migrant)
        received = self.received(per_weight, wage_migrant * pull)
        native_hat = home / self.stay
        migrant_hat = _ratio(labour, self.labour_now)
        transfers_hat = self.transfers_hat(received, home)
        stacked = [native_hat, migrant_hat, transfers_hat[:, None, :]]
        return np.log(np.concatenate(stacked, axis=1)).reshape(x.shape)

    def received(self, per_weight: Array, pay: Array) -> Array:
        """Remittances arriving (d, b) when migrants' pay times pull has changed by `pay`."""
        per_migrant = np.matmul(self.money, pay[..., None])[..., 0]
        return np.sum(per_weight * per_migrant, axis=1)

    def transfers_hat(self, received: Array, home: Array) -> Array:
        """T^ (d, b): transfers per stayer; 1 where there are none now."""
        if "remittances" not in self.active:
            return np.ones_like(received)
        per_stayer = (received + self.other) / home.sum(axis=1)
        now = self.transfers / self.stay.sum(axis=1)
        return np.where(
            now > 0.0, np.maximum(per_stayer, NOBODY) / np.where(now > 0, now, 1.0), 1.0
        )


def prepare(
    structure: Structure,
    state: State,
    before: Rules,
    after: Rules,
    channels: tuple[str, ...] = CHANNELS,
) -> Change:
    """Everything about the change from rules `before` to `after` that does not move in a sweep."""
    persons = _persons(structure, state, before, after, channels)
    income = state.migrant_income(structure, after.markdown)
    relative_price = structure.price_level / structure.price_level[:, None]
    arriving = structure.share_sent(after.fee) * ((1.0 - after.fee) * relative_price)[..., None]
    attraction = _over_statuses(persons)
    draws = len(structure.theta)
    return Change(
        structure=structure,
        natives=structure.natives,
        stay=_rows(state.home, draws),
        persons=persons,
        attraction=attraction,
        # With every migrant worth one unit the two matrices are one, and one is kept in cache.
        efficient=attraction
        if (structure.efficiency == 1.0).all()
        else _over_statuses(persons * structure.efficiency),
        money=_over_statuses(persons * income * arriving[..., None, :, :, :]),
        labour_now=_rows(state.migrant_labour(structure), draws),
        native_share=_native_share(structure, state),
        skill_share=_skill_share(structure, state),
        work_share=_work_share(structure, state),
        transfers=state.transfers(structure),
        other=_rows(structure.other_income, draws),
        retained=_rows(after.capital_retained / before.capital_retained, draws),
        capital_now=_rows(state.capital, draws),
        active=channels,
    )


def _persons(
    structure: Structure, state: State, before: Rules, after: Rules, channels: tuple[str, ...]
) -> Array:
    """Persons abroad now times (all that the policy fixes)^theta, (d, s, b, i, k)."""
    theta = structure.theta[..., None, None, None]
    if "people" not in channels:
        return np.broadcast_to(state.migrants, (len(theta), *state.migrants.shape[1:]))
    value = np.ones(1)
    if "remittances" in channels:
        value = structure.value_of_sending(after.fee) / structure.value_of_sending(before.fee)
        value = value[..., None, :, :, :]
    pay = (1.0 - after.markdown) / (1.0 - before.markdown)
    with np.errstate(invalid="ignore"):
        # An empty corridor has an infinite wedge before and after; nobody is there to react.
        wedge = np.where(before.empty, 0.0, before.log_wedge - after.log_wedge)
    return state.migrants * np.exp(theta * (wedge + np.log(value * pay[..., None, None, :, :])))


def _over_statuses(array: Array) -> Array:
    return array[..., 0] if array.shape[-1] == 1 else array.sum(axis=-1)


def take_structure(structure: Structure, rows: NDArray[np.intp]) -> Structure:
    """The structure of some of the draws."""
    drawn = (
        "theta inverse_skill inverse_native alpha gamma kappa remittance_weight "
        "remittance_elasticity other_income"
    ).split()
    return replace(structure, **{name: getattr(structure, name)[rows] for name in drawn})


def _native_share(structure: Structure, state: State) -> Array:
    native = state.wage_native * state.native_labour(structure)
    return native / (native + state.wage_migrant * state.migrant_labour(structure))


def _skill_share(structure: Structure, state: State) -> Array:
    native = state.wage_native * state.native_labour(structure)
    bill = native + state.wage_migrant * state.migrant_labour(structure)
    return bill / bill.sum(axis=-2, keepdims=True)


def _work_share(structure: Structure, state: State) -> Array:
    """h: share of earnings in a stayer's consumption, equation (3)."""
    earned = state.wage_native * (1.0 - structure.unemployment) * (1.0 - structure.tax)
    return earned / state.home_consumption


def _ratio(new: Array, now: Array) -> Array:
    """New / now, 1 where there was nothing and `NOBODY` where nothing is left."""
    return np.maximum(np.where(now > 0.0, new, 1.0) / np.where(now > 0.0, now, 1.0), NOBODY)


def _rows(array: Array, draws: int) -> Array:
    """`array` with a full leading draw axis."""
    return np.broadcast_to(array, (draws, *array.shape[1:])) if len(array) != draws else array


def _last(array: Array, number: int) -> Array:
    """(d,) -> (d, 1, ...) with `number` axes added."""
    return array.reshape(-1, *([1] * number))
