"""Levers of money: what it costs to send it home."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corridors.rules import Corridors, Rules, Setting, Trace, setting

__all__ = ["LEVERS", "RemittanceCost"]


@dataclass(frozen=True)
class RemittanceCost:
    """Set the cost of sending money home, c of equation (6), from residence to birthplace."""

    name: ClassVar[str] = "remittance_cost"
    title: ClassVar[str] = "Set the cost of remitting"

    cost_share: float = setting(
        0.03,
        unit="share of the amount sent",
        help="fees and exchange margin together (c)",
        source="Sustainable Development Goal 10.c: below 3 per cent by 2030",
        high=0.95,
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


LEVERS = (RemittanceCost,)
