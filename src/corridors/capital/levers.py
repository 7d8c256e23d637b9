"""Levers of capital: what leaves, what comes back, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from corridors.capital.flight import retained_at_return, retained_without_investment
from corridors.errors import InputError, Problem
from corridors.parameters import setting
from corridors.rules import Checked, Names, Rules, Trace, area_mask

__all__ = ["LEVERS", "CapitalFlight", "FdiStop", "InterestShock"]


_WHOSE: dict[str, Any] = {
    "unit": "areas or groups",
    "help": "whose capital moves",
    "source": "a choice of the asker",
}


@dataclass(frozen=True)
class CapitalFlight(Checked):
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
        lower=-1.0,
        upper=0.95,
    )
    areas: Names = setting("all", **_WHOSE)

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Multiply the capital retained by 1 - lost."""
        return _retain(self.name, self.areas, rules, 1.0 - self.lost)


@dataclass(frozen=True)
class FdiStop(Checked):
    """Cut foreign direct investment: in the long run the stock loses its part."""

    name: ClassVar[str] = "fdi_stop"
    title: ClassVar[str] = "Cut foreign direct investment"

    cut: float = setting(
        0.3,
        unit="share of the inflow",
        help="how much of the inflow stays away",
        source="Central America 2009-10 against 2007-08: -0.27 to -0.33 (own computation, WDI)",
    )
    part: float = setting(
        0.1,
        unit="share of the capital stock",
        help="what of the capital stock foreign direct investment built",
        source="assumed: show it as a curve",
    )
    areas: Names = setting("all", **_WHOSE)

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Multiply the capital retained by 1 - cut part."""
        return _retain(
            self.name, self.areas, rules, retained_without_investment(self.cut, self.part)
        )


@dataclass(frozen=True)
class InterestShock(Checked):
    """Raise the return that investors require: capital leaves until what is left earns it.

    Capital falls by (R / R')^(1/(1-alpha)).
    """

    name: ClassVar[str] = "interest_shock"
    title: ClassVar[str] = "Raise interest rates"

    points: float = setting(
        0.02,
        unit="per year",
        help="added to the required gross return",
        source="a choice of the asker",
        lower=-0.05,
        upper=0.5,
    )
    gross_return: float = setting(
        0.12,
        unit="per year",
        help="required gross return today, depreciation included",
        source="Penn World Table 10.01: internal rate of return plus depreciation, world median",
        lower=0.02,
    )
    areas: Names = setting("all", **_WHOSE)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gross_return + self.points <= 0.0:
            what = f"{self.points:+g} on {self.gross_return:g} leaves no return at all"
            raise InputError(Problem(self.name, what, "Lower the fall or raise gross_return"))

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the capital retained at unchanged labour."""
        required = self.gross_return + self.points
        retained = retained_at_return(self.gross_return, required, rules.capital_share)
        return _retain(self.name, self.areas, rules, retained)


def _retain(
    name: str, areas: Names, rules: Rules, share: float | np.ndarray
) -> tuple[Rules, Trace]:
    cells = area_mask(name, areas, rules)
    retained = rules.capital_retained * np.where(cells, share, 1.0)
    return rules.with_(capital_retained=retained), Trace(name, int(cells.sum()), 0)


LEVERS = (CapitalFlight, FdiStop, InterestShock)
