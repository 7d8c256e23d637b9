"""Levers of money: what it costs to send it home, and what comes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corridors.parameters import setting
from corridors.rules import Checked, Corridors, Names, Rules, Setting, Trace, area_mask

__all__ = ["LEVERS", "Aid", "RemittanceCost", "RemittanceTax"]


@dataclass(frozen=True)
class RemittanceCost(Checked):
    """Set the cost of sending money home, as a share of the amount sent; 1 is a ban.

    c of equation (6).
    """

    name: ClassVar[str] = "remittance_cost"
    title: ClassVar[str] = "Set the cost of remitting"

    cost_share: float = setting(
        0.03,
        unit="share of the amount sent",
        help="fees and exchange margin together; 1 bans sending",
        source="Sustainable Development Goal 10.c: below 3 per cent by 2030",
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Set the fee of every selected pair."""
        pairs = self.where.pairs(rules)
        fee = np.where(pairs, self.cost_share, rules.fee)
        empty = pairs & rules.empty.all(axis=(0, 3))
        return rules.with_(fee=fee), Trace(self.name, int(pairs.sum()), int(empty.sum()))

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """The fee of these pairs, outright."""
        return (Setting("fee", self.where.pairs(rules), self.cost_share),)


@dataclass(frozen=True)
class RemittanceTax(Checked):
    """Tax what is sent, on top of what sending costs.

    1 - c' = (1 - c)(1 - rate).
    """

    name: ClassVar[str] = "remittance_tax"
    title: ClassVar[str] = "Tax remittances"

    rate: float = setting(
        0.05,
        unit="share of the amount sent",
        help="taken on top of today's cost",
        source="a choice of the asker",
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Raise the fee of every selected pair."""
        pairs = self.where.pairs(rules)
        taxed = 1.0 - (1.0 - rules.fee) * (1.0 - self.rate)
        empty = pairs & rules.empty.all(axis=(0, 3))
        trace = Trace(self.name, int(pairs.sum()), int(empty.sum()))
        return rules.with_(fee=np.where(pairs, taxed, rules.fee)), trace


@dataclass(frozen=True)
class Aid(Checked):
    """Give aid to those who stay in the selected areas, or (negative) take it away."""

    name: ClassVar[str] = "aid"
    title: ClassVar[str] = "Change aid to origins"

    share: float = setting(
        0.01,
        unit="share of output",
        help="transfers from abroad to stayers, against the area's output",
        source="a choice of the asker",
        lower=-0.2,
        upper=0.5,
    )
    areas: Names = setting(
        "all",
        unit="areas or groups",
        help="who receives",
        source="a choice of the asker",
    )

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Add the share of output to stayers' transfers."""
        cells = area_mask(self.name, self.areas, rules)
        aid = rules.aid + np.where(cells, self.share * rules.output, 0.0)
        return rules.with_(aid=aid), Trace(self.name, int(cells.sum()), 0)


LEVERS = (RemittanceCost, RemittanceTax, Aid)
