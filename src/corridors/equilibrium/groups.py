"""People of a corridor's statuses added up: what is fixed by the policy, and what moves in a sweep.

Given the policy, a migrant's odds are (what the policy fixes) x (the residence's pull) x (the
birthplace's weight). The first factor is a matrix made once; a sweep multiplies it with the other
two, vectors. Cells under a cap have multipliers of their own and stand apart, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from corridors.borders.quotas import Lottery, Members, Sums, fee_multipliers
from corridors.labels import Array, Mask
from corridors.people.occupied import Occupied

__all__ = ["Group", "Makings", "Rationed", "StatusNest"]

#: Caps and the nests they lie in answer to each other until these move by less, relatively.
NEST_CLOSE, NEST_REPEATS = 1e-14, 500


@dataclass(frozen=True)
class Makings:
    """Cells behind a group.

    Parameters
    ----------
    cells : Occupied
    persons : (d, c) persons now times (all that the policy fixes)^(theta/lam), before nests
    units : (d, c) efficiency units of each
    earned : (d, c) what one earns at pay of now, in dollars of the birthplace's prices
    nest : of the statuses of a place
    """

    UNDRAWN: ClassVar = ("cells",)

    cells: Occupied
    persons: Array
    units: Array
    earned: Array
    nest: StatusNest | None

    def nested(self, persons: Array) -> Array:
        """Persons (d, c) with what the nest (23) makes of places that no cap touches."""
        if self.nest is None:
            return persons
        return persons * self.cells.of(self.nest.of_free(self.cells.pairs(persons))[..., None])


@dataclass(frozen=True)
class StatusNest:
    """The statuses of every place in a nest of their own; equation (23) in changes.

    With x a cell's change of odds to the power 1/n and pi its share of the place's people, the
    place's odds change by S^n and a cell's by x S^(n-1), S = sum of pi x.

    Parameters
    ----------
    n : (d, 1, 1, 1)
    now : (d or 1, s, b, i) persons of a place now
    mixed : (s, b, i) places with a cell under a cap: S answers to multipliers
    """

    UNDRAWN: ClassVar = ("mixed",)

    n: Array
    now: Array
    mixed: Mask

    def of_free(self, pairs: Array) -> Array:
        """S^(n-1) of (23): (d, s, b, i) ratio, of places without caps, 1 elsewhere.

        `pairs` (d, s, b, i) are the sums of x persons, S.
        """
        return np.where(self.mixed, 1.0, self._factor(pairs))

    def of_mixed(self, pairs: Array) -> Array:
        """S^(n-1) of (23): (d, s, b, i) ratio, of places with caps, 1 elsewhere."""
        return np.where(self.mixed, self._factor(pairs), 1.0)

    def _factor(self, pairs: Array) -> Array:
        some = (self.now > 0.0) & (pairs > 0.0)
        ratio = np.where(some, pairs, 1.0) / np.where(some, self.now, 1.0)
        return np.asarray(ratio ** (self.n - 1.0))


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
    makings : what the sums are made of, where they answer to pay at both ends; else None

    Every method takes `kin` (d, s or 1, b, i), what multiplies attraction, or None; `weight`
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
    makings: Makings | None = None

    @classmethod
    def summed(cls, makings: Makings, factor: Array | float, arriving: Array) -> Self:
        """From cells whose odds are multiplied by `factor`, ratio (d, c), in (18).

        `arriving` (d, c) is the share of income that is kept for those at home.
        """
        cells = makings.cells
        persons = makings.nested(makings.persons * factor)
        working = persons * makings.units
        draws = len(persons)
        return cls(
            cells=cells,
            persons=persons,
            attraction=cells.pairs(persons),
            efficient=cells.pairs(working),
            money=cells.pairs(working * makings.earned * arriving),
            kept=np.ones((draws, 1)),
            earned=np.ones((draws, 1, 1)),
            makings=makings,
        )

    def at(self, factor: Array, arriving: Array) -> Self:
        """The same where odds are multiplied by `factor` (d, c), a ratio, in (18).

        `arriving` (d, c) is the share of income that is kept for those at home.
        """
        assert self.makings is not None
        return self.summed(self.makings, factor, arriving)

    def leaving(self, pull: Array, kin: Array | None) -> Array:
        """Sum of odds over residences, in persons now, (d, s, b): sum of M0 x in (18)."""
        return np.matmul(_with(self.attraction, kin), pull[..., None])[..., 0]

    def labour(self, weight: Array, pull: Array, kin: Array | None, units: Array) -> Array:
        """Efficiency units in every residence: (d, s, i), L_M of (9).

        People enter to the power `units` (d, 1, 1); weight and pull are ratios to today.
        """
        matrix = _with(self.efficient, kin, units)
        return np.matmul((weight**units)[..., None, :], matrix)[..., 0, :] * pull**units

    def received(
        self, weight: Array, pull: Array, kin: Array | None, units: Array, pay: Array
    ) -> Array:
        """PPP dollars a year arriving in every birthplace: (d, b), received of (7).

        `pay` (d, s, i) is the change of pay, a ratio to today.
        """
        each = self.earned * pay * pull**units
        matrix = _with(self.efficient if self.money is None else self.money, kin, units)
        per_weight = np.matmul(matrix, each[..., None])[..., 0]
        return np.sum(weight**units * per_weight, axis=1) * self.kept

    def pairs(self, weight: Array, pull: Array, kin: Array | None) -> Array:
        """Persons by skill and pair, (d, s, b, i): M' of (18), statuses added up."""
        return weight[..., None] * _with(self.attraction, kin) * pull[..., None, :]

    def people(self, weight: Array, pull: Array, kin: Array | None) -> Array:
        """Persons in every cell, (d, c): M' of (18)."""
        of = self.cells.of
        people = self.persons * of(weight[..., None, None]) * of(pull[..., None, :, None])
        return people if kin is None else people * of(kin[..., None])


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
    earned : (d, j) what one earns per efficiency unit at pay of now, in the birthplace's prices
    nest : of the statuses of a place, with the places that caps touch
    """

    UNDRAWN: ClassVar = ("cells", "members")

    cells: Occupied
    members: Members
    persons: Array
    units: Array
    money: Array
    power: Array
    limit: Array
    earned: Array
    nest: StatusNest | None = None

    def at(self, factor: Array, arriving: Array) -> Self:
        """The same where odds are multiplied by `factor` (d, j), a ratio, in (18).

        `arriving` (d, j) is the share of income that is kept for those at home.
        """
        money = self.earned * arriving
        return replace(self, persons=self.persons * factor, money=money)

    def odds(self, pull: Array, kin: Array | None) -> Array:
        """Persons (d, j) were no cap of (16) to bind, over the odds of staying."""
        odds = self.persons * self.cells.of(pull[..., None, :, None])
        return odds if kin is None else odds * self.cells.of(kin[..., None])

    def fees(self, odds: Array, weight: Array, free: Group) -> tuple[Array, Array, Array | None]:
        """Multipliers (d, c) of (16), the odds (d, j) they leave, and what nests make of them.

        What a cap shuts out of a place makes the place's other statuses worth more, `free` among
        them, and its own, (23): both answer to each other until they agree.

        Parameters
        ----------
        odds : (d, j) persons over the odds of staying
        weight : (d, s, b), ratio
        free : Group

        Returns
        -------
        fee : (d, c) log points
        odds : (d, j) persons over the odds of staying
        inside : (d, s, b, i), ratio, or None without a nest
        """
        inside = None
        if self.limit.size == 0:
            return np.zeros_like(self.limit), odds, None
        for _ in range(NEST_REPEATS):
            nested = odds if inside is None else odds * self.cells.of(inside[..., None])
            demand = nested * self.of_birthplace(weight)
            fee = fee_multipliers(self.members, demand, self.power, self.limit)
            left = np.exp(-self.power * self.members.of_cells(fee))
            if self.nest is None:
                break
            pairs = free.attraction + self.cells.pairs(self.persons * left)
            new = self.nest.of_mixed(pairs)
            close = inside is not None and np.abs(new / inside - 1.0).max() <= NEST_CLOSE
            inside = new
            if close:
                break
        return fee, nested * left, inside

    def lottery(self, natives: Array) -> Lottery:
        """The same caps by lot, (21) and (22); natives (s, b) persons."""
        return Lottery(self.members, self._birthplace.index, natives.reshape(-1))

    def of_birthplace(self, values: Array) -> Array:
        """(d, j) of (d, s, b), in its unit."""
        return self.cells.of(values[..., None, None])

    def leaving(self, odds: Array) -> Array:
        """Sums over residences, (d, s, b), of odds (d, j) in persons."""
        return self._birthplace.of(odds).reshape(len(odds), *self.cells.shape[:2])

    def labour(self, people: Array, power: Array) -> Array:
        """Efficiency units of `people` (d, j) in every residence, (d, s, i): sum of q M in (9)."""
        skills, _, residences, _ = self.cells.shape
        labour = self._residence.of(self.working(people, power))
        return labour.reshape(len(people), skills, residences)

    def received(self, people: Array, power: Array, pay: Array) -> Array:
        """PPP dollars a year arriving in every birthplace: (d, b), received of (7).

        `pay` (d, s, i) is the change of pay, a ratio to today.
        """
        money = self.working(people, power) * self.money * self.cells.of(pay[..., None, :, None])
        return self.leaving(money).sum(axis=1)

    def working(self, people: Array, power: Array) -> Array:
        """Efficiency units (d, j) of `people` (d, j): q M in (9)."""
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


def _with(matrix: Array, kin: Array | None, units: Array | None = None) -> Array:
    if kin is None:
        return matrix
    return matrix * (kin if units is None else kin ** units[..., None])
