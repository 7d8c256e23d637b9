"""Levers of people: what drives them out, and what helps them follow each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corridors.parameters import setting
from corridors.rules import Checked, Corridors, Rules, Trace

__all__ = ["LEVERS", "DiasporaHelp", "Displacement"]


@dataclass(frozen=True)
class Displacement(Checked):
    """War or disaster: the odds of leaving the selected birthplaces rise, whatever pay does.

    People leave because home is worth less, so that what makes the odds rise is a loss there.
    """

    name: ClassVar[str] = "displacement"
    title: ClassVar[str] = "A new displacement"

    odds: float = setting(
        2.0,
        unit="ratio to today",
        help="odds of living abroad, along every selected corridor, against today's",
        source="assumed: show it as a curve",
        lower=1.0,
        upper=100.0,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the wedge, and what home is worth, by ln(odds) / theta."""
        cells = self.where.mask(rules)
        worth = np.log(self.odds) / rules.theta[..., None]
        push = np.where(cells, worth[..., None, None], 0.0)
        loss = rules.home_loss + np.where(cells.any(axis=(-2, -1)), worth, 0.0)
        trace = Trace(self.name, int(cells.sum()), int((cells & rules.empty).sum()))
        return rules.with_(log_wedge=rules.log_wedge - push, home_loss=loss), trace


@dataclass(frozen=True)
class DiasporaHelp(Checked):
    """Help from those there - language, housing, contacts - raises the odds of following."""

    name: ClassVar[str] = "diaspora_help"
    title: ClassVar[str] = "Help newcomers through their diaspora"

    odds: float = setting(
        1.1,
        unit="ratio to today",
        help="odds along every selected corridor that has people, against today's",
        source="assumed: show it as a curve",
        lower=1.0,
        upper=10.0,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the wedge by ln(odds) / theta."""
        cells = self.where.mask(rules)
        pull = np.where(cells, np.log(self.odds) / rules.theta[..., None, None, None], 0.0)
        trace = Trace(self.name, int(cells.sum()), int((cells & rules.empty).sum()))
        return rules.with_(log_wedge=rules.log_wedge - pull), trace


LEVERS = (Displacement, DiasporaHelp)
