"""People of a corridor's statuses added up: what is fixed by the policy, and what moves in a sweep.

Given the policy, a migrant's odds are (what the policy fixes) x (the residence's pull) x (the
birthplace's weight). The first factor is a matrix made once; a sweep multiplies it with the other
two, vectors. Cells under a cap have multipliers of their own and stand apart, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from corridors.borders.quotas import Lottery, Members, Sums, fee_multipliers
from corridors.labels import Array
from corridors.people.occupied import Occupied

__all__ = ["Group", "Rationed"]


@dataclass(frozen=True)
class Group:
    """Statuses added up.

    Parameters
    ----------
    cells : Occupied of these statuses that have people
    persons : (d, c) persons in them now times (all that the policy fixes)^(theta/lam)
    attraction : (d, s, b, i) the same, statuses added up
    efficient : (d, s, b, i) the same in efficiency units
    money : (d, s, b, i) PPP dollars arriving in b, at pay of now; None where they are
        `efficient` x `kept` x `earned`, which spares a matrix
    kept, earned : (d, b), (d, s, i)

    Every method takes `kin` (d, b, i), what the diaspora does to attraction, or None; `weight`
    (d, s, b) of the birthplace, `pull` (d, s, i) of the residence.
    """

    # (`persons` is for the solution; a sweep of some draws has no use for it.)
    UNDRAWN: ClassVar = ("cells", "persons")

    cells: Occupied
    persons: Array
    attraction: Array
    efficient: Array
    money: Array | None
    kept: Array
    earned: Array

    def leaving(self, pull: Array, kin: Array | None) -> Array:
        """Sum of odds over residences, in persons now, (d, s, b)."""
        return np.matmul(_with(self.attraction, kin), pull[..., None])[..., 0]

    def labour(self, weight: Array, pull: Array, kin: Array | None, units: Array) -> Array:
        """Efficiency units in every residence, (d, s, i); people enter to the power `units`."""
        matrix = _with(self.efficient, kin, units)
        return np.matmul((weight**units)[..., None, :], matrix)[..., 0, :] * pull**units

    def received(
        self, weight: Array, pull: Array, kin: Array | None, units: Array, pay: Array
    ) -> Array:
        """PPP dollars arriving in every birthplace, (d, b), when pay changes by `pay` (d, s, i)."""
        each = self.earned * pay * pull**units
        matrix = _with(self.efficient if self.money is None else self.money, kin, units)
        per_weight = np.matmul(matrix, each[..., None])[..., 0]
        return np.sum(weight**units * per_weight, axis=1) * self.kept

    def pairs(self, weight: Array, pull: Array, kin: Array | None) -> Array:
        """Persons by skill and pair, (d, s, b, i)."""
        return weight[..., None] * _with(self.attraction, kin) * pull[..., None, :]

    def people(self, weight: Array, pull: Array, kin: Array | None) -> Array:
        """Persons in every cell, (d, c)."""
        of = self.cells.of
        people = self.persons * of(weight[..., None, None]) * of(pull[..., None, :, None])
        return people if kin is None else people * of(kin[:, None, :, :, None])


@dataclass(frozen=True)
class Rationed:
    """Cells that lie in a cap.

    Parameters
    ----------
    cells : Cells under any cap, j
    members : which of them lie in which cap
    persons : (d, j) persons in them were no cap to bind, at pay of now and over today's odds
        of everything else, times (all that the policy fixes)^(theta/lam)
    units : (d, j) efficiency units are `units` x persons^(1 - 1/vt)
    money : (d, j) PPP dollars arriving in b per efficiency unit, at pay of now
    power : (d, j) theta / lam
    limit : (d, c) persons
    """

    UNDRAWN: ClassVar = ("cells", "members")

    cells: Occupied
    members: Members
    persons: Array
    units: Array
    money: Array
    power: Array
    limit: Array

    def odds(self, pull: Array, kin: Array | None) -> Array:
        """Persons (d, j) were no cap to bind, over the odds of staying."""
        odds = self.persons * self.cells.of(pull[..., None, :, None])
        return odds if kin is None else odds * self.cells.of(kin[:, None, :, :, None])

    def fees(self, odds: Array, weight: Array) -> tuple[Array, Array]:
        """Multipliers (d, c), and the odds (d, j) that they leave."""
        demand = odds * self.of_birthplace(weight)
        fee = fee_multipliers(self.members, demand, self.power, self.limit)
        return fee, odds * np.exp(-self.power * self.members.of_cells(fee))

    def lottery(self, natives: Array) -> Lottery:
        """The same caps by lot."""
        return Lottery(self.members, self._birthplace.index, natives.reshape(-1))

    def of_birthplace(self, values: Array) -> Array:
        """(d, j) of (d, s, b)."""
        return self.cells.of(values[..., None, None])

    def leaving(self, odds: Array) -> Array:
        """Sums over residences, (d, s, b)."""
        return self._birthplace.of(odds).reshape(len(odds), *self.cells.shape[:2])

    def labour(self, people: Array, power: Array) -> Array:
        """Efficiency units of `people` (d, j) in every residence, (d, s, i)."""
        skills, _, residences, _ = self.cells.shape
        labour = self._residence.of(self.working(people, power))
        return labour.reshape(len(people), skills, residences)

    def received(self, people: Array, power: Array, pay: Array) -> Array:
        """PPP dollars arriving in every birthplace, (d, b), when pay changes by `pay` (d, s, i)."""
        money = self.working(people, power) * self.money * self.cells.of(pay[..., None, :, None])
        return self.leaving(money).sum(axis=1)

    def working(self, people: Array, power: Array) -> Array:
        """Efficiency units (d, j) of `people` (d, j)."""
        if not (power != 1.0).any():
            return people * self.units
        return people ** self.cells.of(power[..., None, None]) * self.units

    @cached_property
    def _residence(self) -> Sums:
        skills, _, residences, _ = self.cells.shape
        return Sums(self.cells.at[0] * residences + self.cells.at[2], skills * residences)

    @cached_property
    def _birthplace(self) -> Sums:
        skills, birthplaces = self.cells.shape[:2]
        return Sums(self.cells.at[0] * birthplaces + self.cells.at[1], skills * birthplaces)


def _with(matrix: Array, kin: Array | None, units: Array | float = 1.0) -> Array:
    return matrix if kin is None else matrix * (kin**units)[:, None]
