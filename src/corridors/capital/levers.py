"""Levers of capital: what leaves and what comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from corridors import areas
from corridors.errors import InputError, Problem
from corridors.rules import Names, Rules, Setting, Trace, setting

__all__ = ["LEVERS", "CapitalFlight"]


@dataclass(frozen=True)
class CapitalFlight:
    """Let a share of the capital stock leave (or, negative, come back) at unchanged labour.

    With fixed capital the stock itself changes; with mobile capital the required return rises
    until the same share has left. Labour then moves, and the stock with it.
    """

    name: ClassVar[str] = "capital_flight"
    title: ClassVar[str] = "Capital leaves or stays"

    lost: float = setting(
        0.1,
        unit="share of the capital stock",
        help="what leaves at unchanged labour; a negative share comes back",
        source="assumed: no table of flight by country may be passed on; show it as a curve",
        low=-1.0,
        high=0.95,
    )
    areas: Names = setting(
        "all",
        unit="areas or groups",
        help="whose capital moves",
        source="a choice of the asker",
    )

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Multiply the capital retained by 1 - lost."""
        try:
            chosen = set(areas.select(self.areas, among=rules.areas))
        except InputError as error:
            raise InputError(
                [replace(one, where=f"{self.name} {one.where}") for one in error.problems]
            ) from None
        cells = np.array([code in chosen for code in rules.areas])
        if not cells.any():
            raise InputError(Problem(self.name, "selects no area of this world", "Widen it"))
        retained = rules.capital_retained * np.where(cells, 1.0 - self.lost, 1.0)
        return rules.with_(capital_retained=retained), Trace(self.name, int(cells.sum()), 0)

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """A flight multiplies; it sets nothing outright."""
        return ()


LEVERS = (CapitalFlight,)
