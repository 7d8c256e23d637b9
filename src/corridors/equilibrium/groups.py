"""People of a corridor's statuses added up: what is fixed by the policy, and what moves in a sweep.

Given the policy, a migrant's odds are (what the policy fixes) x (the residence's pull) x (the
birthplace's weight). The first factor is a matrix made once; a sweep multiplies it with the other
two, vectors. Statuses under a cap have a multiplier of their own and stand apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corridors.labels import Array
from corridors.people.occupied import Occupied

__all__ = ["Group"]


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
    cap : (i,) persons, or None

    Every method takes `kin` (d, b, i), what the diaspora does to attraction, or None; `weight`
    (d, s, b) of the birthplace, `pull` (d, s, i) of the residence.
    """

    # (`persons` is for the solution; a sweep of some draws has no use for it.)
    UNDRAWN: ClassVar = ("cells", "persons", "cap")

    cells: Occupied
    persons: Array
    attraction: Array
    efficient: Array
    money: Array | None
    kept: Array
    earned: Array
    cap: Array | None

    def leaving(self, pull: Array, kin: Array | None) -> Array:
        """Sum of odds over residences, in persons now, (d, s, b)."""
        return np.matmul(_with(self.attraction, kin), pull[..., None])[..., 0]

    def arriving(self, weight: Array, pull: Array, kin: Array | None) -> Array:
        """Persons in every residence, (d, s, i)."""
        return np.matmul(weight[..., None, :], _with(self.attraction, kin))[..., 0, :] * pull

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


def _with(matrix: Array, kin: Array | None, units: Array | float = 1.0) -> Array:
    return matrix if kin is None else matrix * (kin**units)[:, None]
