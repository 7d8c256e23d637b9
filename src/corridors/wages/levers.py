"""Levers of wages: permits tied to one employer, portability, collective bargaining."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from corridors.parameters import setting
from corridors.rules import Checked, Corridors, Rules, Trace, residences

__all__ = ["LEVERS", "CollectiveBargaining", "Portability", "TiedPermit"]


def _chosen(where: Corridors, rules: Rules) -> NDArray[np.bool_]:
    """Residences and statuses (i, k); a mark-down does not tell birthplaces apart."""
    return residences(where.mask(rules))


def _trace(name: str, cells: NDArray[np.bool_], rules: Rules) -> Trace:
    return Trace(name, int(cells.sum()), int((cells & (rules.stock == 0.0)).sum()))


@dataclass(frozen=True)
class TiedPermit(Checked):
    """Tie permits to one employer: the mark-down rises by what the tie lets employers keep."""

    name: ClassVar[str] = "tied_permit"
    title: ClassVar[str] = "Tie permits to one employer"

    kept: float = setting(
        0.054,
        unit="share of the marginal product",
        help="what an employer keeps of what is left after today's mark-down",
        source="Canada: 5.7 % gain on release (looked up), 0.054; bracket 0-0.2",
        upper=0.9,
    )
    where: Corridors = Corridors(status="tied")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """1 - mu' = (1 - mu)(1 - kept)."""
        cells = _chosen(self.where, rules)
        tied = 1.0 - (1.0 - rules.markdown) * (1.0 - self.kept)
        markdown = np.where(cells, tied, rules.markdown)
        return rules.with_(markdown=markdown), _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Portability(Checked):
    """Let workers change employer: the mark-down loses a share of itself."""

    name: ClassVar[str] = "portability"
    title: ClassVar[str] = "End the tie to one employer"

    freed: float = setting(
        1.0,
        unit="share of the mark-down",
        help="how much of the mark-down goes when workers may leave",
        source="1 ends the tie; Naidu, Nyarko, Wang 2016 give the sign only",
    )
    where: Corridors = Corridors(status="tied")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """mu' = mu (1 - freed)."""
        cells = _chosen(self.where, rules)
        markdown = np.where(cells, rules.markdown * (1.0 - self.freed), rules.markdown)
        return rules.with_(markdown=markdown), _trace(self.name, cells, rules)


@dataclass(frozen=True)
class CollectiveBargaining(Checked):
    """Cover migrants by collective agreements: the covered share loses its mark-down."""

    name: ClassVar[str] = "collective_bargaining"
    title: ClassVar[str] = "Bargain collectively"

    coverage: float = setting(
        0.5,
        unit="share of workers",
        help="workers of the status covered by agreements",
        source="assumed: show it as a curve",
    )
    where: Corridors = Corridors(status=("tied", "irregular"))

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """mu' = mu (1 - coverage)."""
        cells = _chosen(self.where, rules)
        markdown = np.where(cells, rules.markdown * (1.0 - self.coverage), rules.markdown)
        return rules.with_(markdown=markdown), _trace(self.name, cells, rules)


LEVERS = (TiedPermit, Portability, CollectiveBargaining)
