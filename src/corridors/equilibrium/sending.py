"""Cells whose odds answer to pay at both ends, because the family at home has pay of its own; (30).

Without it what a residence pays moves all odds of going there alike, and statuses add up once for a
policy; with it every cell has a factor of its own in every sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corridors.labels import Array
from corridors.money.family import log_value_of_family, share_to_family
from corridors.people.occupied import Occupied

__all__ = ["Sending"]


@dataclass(frozen=True)
class Sending:
    """What sends money in the cells of a group.

    Parameters
    ----------
    cells : Occupied
    weight, fee : (d, c) beta of equation (30) and c
    relative : (d, c) f / y at pay of now, in one currency, under the rules of the policy
    value : (d, c) V - ln y now
    power : (d, c) theta / lam
    """

    UNDRAWN: ClassVar = ("cells",)

    cells: Occupied
    weight: Array
    fee: Array
    relative: Array
    value: Array
    power: Array

    def at(self, home: Array, abroad: Array) -> tuple[Array, Array]:
        """What multiplies odds, ratio (d, c), and the share of income that arrives (d, c); (30).

        `home` (d, s, b) and `abroad` (d, s, i) are changes of pay, ratios to today.
        """
        there = self.cells.of(abroad[:, :, None, :, None])
        relative = self.relative * self.cells.of(home[..., None, None]) / there
        gained = log_value_of_family(self.weight, relative, self.fee) - self.value
        arriving = share_to_family(self.weight, relative, self.fee) * (1.0 - self.fee)
        return np.exp(self.power * gained), arriving
