"""Levers of capital: what leaves, where it goes, what comes back, and what it costs.

What leaves one economy works in another: every lever names both sides, an area or the world
market.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from corridors.capital.flight import (
    retained_at_return,
    retained_by_both,
    retained_without_investment,
)
from corridors.errors import InputError, Problem
from corridors.parameters import setting
from corridors.rules import Checked, Names, Rules, Trace, area_mask

__all__ = ["LEVERS", "MARKET", "CapitalFlight", "FdiStop", "InterestShock"]


#: The other side of a move that names no area: whoever pays the world's return.
MARKET = "world market"
_OTHER: dict[str, Any] = {
    "unit": "areas or groups",
    "help": "where capital goes to, or comes back from; the world market places it by its return",
    "source": "a choice of the asker",
}
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
    to: Names = setting(MARKET, **_OTHER)

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Multiply the capital retained by 1 - lost."""
        return _move(self.name, (self.areas, self.to), rules, self.lost, residents=True)


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
    to: Names = setting(MARKET, **_OTHER)

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Multiply the capital retained by 1 - cut part."""
        lost = 1.0 - retained_without_investment(self.cut, self.part)
        return _move(self.name, (self.areas, self.to), rules, lost, residents=False)


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
    to: Names = setting(MARKET, **_OTHER)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gross_return + self.points <= 0.0:
            what = f"{self.points:+g} on {self.gross_return:g} leaves no return at all"
            raise InputError(Problem(self.name, what, "Lower the fall or raise gross_return"))

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the capital retained at unchanged labour."""
        required = self.gross_return + self.points
        retained = retained_at_return(self.gross_return, required, rules.capital_share)
        sides = (self.areas, self.to)
        return _move(self.name, sides, rules, 1.0 - retained, residents=False)


def _move(
    name: str,
    sides: tuple[Names, Names],
    rules: Rules,
    lost: float | np.ndarray,
    *,
    residents: bool,
) -> tuple[Rules, Trace]:
    """Move the share `lost` of the first side's stock to the second.

    `residents` of the first side own it, else those of the second.
    """
    leaving = area_mask(f"{name}.areas", sides[0], rules)
    trace = Trace(name, int(leaving.sum()), 0)
    there = ~leaving if sides[1] == MARKET else area_mask(f"{name}.to", sides[1], rules)
    rules = rules.with_(capital_owner=rules.capital_owner | (leaving if residents else there))
    if sides[1] == MARKET:
        stays = np.where(leaving, 1.0 - np.asarray(lost), 1.0)
        _require_enough(name, stays, leaving, rules)
        return rules.with_(
            capital_retained=rules.capital_retained * stays,
            capital_market=rules.capital_market * stays,
        ), trace
    to = there
    if (to & leaving).any():
        both = ", ".join(np.array(rules.areas)[to & leaving])
        fix = 'Name other areas, as "not low income", or the world market'
        raise InputError(Problem(f"{name}.to", f"{both} would send capital to itself", fix))
    stock = rules.capital * rules.capital_retained
    retained = rules.capital_retained * retained_by_both(lost, leaving, to, stock)
    if (retained <= 0.0).any():
        short = ", ".join(np.array(rules.areas)[(retained <= 0.0).any(axis=0)])
        what = f"more would leave {short} than works there"
        raise InputError(Problem(f"{name}.lost", what, "Move less, or from more areas"))
    return rules.with_(capital_retained=retained), trace


def _require_enough(name: str, stays: np.ndarray, leaving: np.ndarray, rules: Rules) -> None:
    """What comes from the world market must work somewhere today."""
    stock = rules.capital * rules.capital_retained
    wanted = np.sum(stock * np.where(leaving, stays - 1.0, 0.0), axis=-1)
    there = np.sum(stock * ~leaving, axis=-1)
    if not leaving.all() and (wanted >= there).any():
        what = "more would come back than works everywhere else"
        raise InputError(Problem(f"{name}.lost", what, "Let less come back"))


LEVERS = (CapitalFlight, FdiStop, InterestShock)
