"""Levers of borders: opening, banning, walling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corridors.errors import InputError, Problem
from corridors.rules import Corridors, Rules, Setting, Trace, setting

__all__ = ["LEVERS", "Ban", "OpenBorder", "Wall"]


@dataclass(frozen=True)
class OpenBorder:
    """Remove the legal part of the wedge: tau' = tau / tau_s^v.

    tau holds the size of the destination as well as its border: with equal borders a large
    country still receives more. So the share v is taken from the wedge with size taken out,
    tau_s^theta = tau^theta adults_i / adults_b, floored at 1, and only where tau exceeds 1 (a
    wedge below 1 has nothing to open). Empty corridors have no wedge and stay empty.
    """

    name: ClassVar[str] = "open_border"
    title: ClassVar[str] = "Open the border"

    legal_share: float | None = setting(
        None,
        unit="share of the log wedge",
        help="how much of the wedge is law rather than distance, language or taste (v); "
        "left out, the parameter legal_share with its prior",
        source="EU accession benchmark: 0.10-0.17 at theta 1.2; assumed elsewhere",
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the wedge of every selected corridor that has people."""
        cells = self.where.mask(rules)
        empty = cells & rules.empty
        if empty.sum() == cells.sum():
            raise InputError(
                Problem(
                    f"{self.name}: {self.where}",
                    "nobody lives there today, so there is no wedge to open",
                    "Choose corridors with people: an empty corridor stays empty in this model",
                )
            )
        size = np.log(rules.adults) - np.log(rules.adults)[:, None]
        sized = rules.log_wedge + (size / rules.theta[..., None, None])[..., None]
        acts = cells & ~rules.empty & (rules.log_wedge > 0.0)
        legal = np.where(acts, np.maximum(sized, 0.0), 0.0)
        v = rules.legal_share if self.legal_share is None else np.array([self.legal_share])
        opened = rules.log_wedge - v[:, None, None, None, None] * legal
        return rules.with_(log_wedge=opened), Trace(self.name, int(cells.sum()), int(empty.sum()))

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """An opening scales; it sets nothing outright."""
        return ()


@dataclass(frozen=True)
class Ban:
    """Close corridors: tau = infinity. People there now return or go elsewhere."""

    name: ClassVar[str] = "ban"
    title: ClassVar[str] = "Ban entry and stay"

    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Close every selected corridor."""
        cells = self.where.mask(rules)
        closed = np.where(cells, np.inf, rules.log_wedge)
        trace = Trace(self.name, int(cells.sum()), int((cells & rules.empty).sum()))
        return rules.with_(log_wedge=closed), trace

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """Infinity absorbs whatever other levers do to the wedge, in any order."""
        return ()


@dataclass(frozen=True)
class Wall:
    """Make crossing dearer: tau' = tau e^d, with d so that a share is deterred at equal pay.

    At unchanged pay and unchanged alternatives the odds of a corridor against staying fall by
    `deterred`: d = -ln(1 - deterred) / theta. Who goes elsewhere instead is the model's answer.
    """

    name: ClassVar[str] = "wall"
    title: ClassVar[str] = "Build a wall or enforce"

    deterred: float = setting(
        0.27,
        unit="share of people at unchanged pay",
        help="how much the odds of living in the corridor fall before anything adjusts",
        source="Feigenberg 2020 (AEJ Applied): -27 % by a fence in the own municipality",
        high=0.99,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Raise the wedge of every selected corridor."""
        cells = self.where.mask(rules)
        cost = -np.log1p(-self.deterred) / rules.theta[..., None, None, None]
        raised = rules.log_wedge + np.where(cells, cost, 0.0)
        trace = Trace(self.name, int(cells.sum()), int((cells & rules.empty).sum()))
        return rules.with_(log_wedge=raised), trace

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """A wall adds; it sets nothing outright."""
        return ()


LEVERS = (OpenBorder, Ban, Wall)
