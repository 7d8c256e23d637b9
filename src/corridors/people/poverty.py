"""Who can afford to leave: only the share kap of people whose means cover the cost of moving.

    kap_bs = Phi( (ln X_home,bs - ln f) / sd )

f is the cost in PPP dollars, sd the spread of means around the mean of ln X_home. Nobody who left
can have been unable to: where f would say so it is lowered (`affordable`). Income at home
then keeps people by making home better and lets them go by paying the way: emigration first rises
and then falls with income.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from corridors.labels import Array

__all__ = ["Poverty"]


@dataclass(frozen=True)
class Poverty:
    """The constraint.

    Parameters
    ----------
    cost : (d, s, b) f, PPP dollars; 0 switches it off; s and b may have length 1
    spread : (d,) sd
    """

    cost: Array
    spread: Array

    @classmethod
    def off(cls, draws: int = 1) -> Self:
        """Everybody can afford to leave."""
        return cls(np.zeros((draws, 1, 1)), np.ones(draws))

    @property
    def binds(self) -> bool:
        """Whether any draw has the constraint."""
        return bool(self.cost.any())

    def able(self, home_consumption: Array) -> Array:
        """kap, the share of people (d, s, b) who can finance leaving: Phi((ln X - ln f) / sd).

        Under (5); `home_consumption` (d, s, b) is X in PPP dollars a year.
        """
        if not self.binds:
            return np.ones_like(home_consumption)
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            means = np.log(home_consumption) - np.log(self.cost)
        return ndtr(means / self.spread[:, None, None])

    @classmethod
    def affordable(
        cls, cost: Array, spread: Array, home_consumption: Array, emigrants: Array
    ) -> Self:
        """The constraint with f lowered where more than four in five of the able have left.

        Parameters
        ----------
        cost : (d,) f, PPP dollars
        spread : (d,) sd, log points
        home_consumption : (d, s, b) PPP dollars a year
        emigrants : (s, b) share of natives abroad
        """
        from scipy.special import ndtri

        fewest = np.clip(1.25 * emigrants, 0.0, 0.995)
        highest = np.exp(np.log(home_consumption) - spread[:, None, None] * ndtri(fewest))
        return cls(np.minimum(cost[:, None, None], highest), spread)
