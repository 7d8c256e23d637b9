"""The few numbers a what-if is asked for, each for every draw.

Origins are the economies with more of their own abroad than foreigners within today,
destinations the others. Wages are of natives who stay, means of logs weighted by natives at home
today, so that a country's weight does not change with the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array, Mask
from corridors.world import State, Structure, World

__all__ = ["MEASURES", "Measure", "measure"]


@dataclass(frozen=True)
class Measure:
    """A headline number: its name, what it says, and its unit.

    `unit` is one that `corridors.show.numbers` writes: share of change, persons, US dollars.
    """

    name: str
    title: str
    unit: str


MEASURES = (
    Measure("output", "World output", "share, change"),
    Measure("people", "Adults living abroad", "persons"),
    Measure("wage_origins_low", "Stayers' pay, origins, low", "share, change"),
    Measure("wage_origins_high", "Stayers' pay, origins, high", "share, change"),
    Measure("wage_destinations_low", "Stayers' pay, destinations, low", "share, change"),
    Measure("wage_destinations_high", "Stayers' pay, destinations, high", "share, change"),
    Measure("remittances", "Remittances received", "USD"),
)


def measure(world: World, after: State) -> dict[str, Array]:
    """Every measure of the state `after` against the world's own, by name, each (d,)."""
    now = world.state
    origin = _origins(world.structure, now)
    values = {
        "output": after.output.sum(axis=-1) / now.output.sum(axis=-1) - 1.0,
        "people": after.migrants.sum(axis=(-4, -3, -2, -1)),
        "remittances": after.received.sum(axis=-1),
    }
    log_wage = np.log(after.wage_native / now.wage_native)
    for position, skill in enumerate(world.rules.skills):
        for side, chosen in (("origins", origin), ("destinations", ~origin)):
            weight = now.home[..., position, :] * chosen
            mean = np.sum(weight * log_wage[..., position, :], axis=-1) / weight.sum(axis=-1)
            values[f"wage_{side}_{skill}"] = np.expm1(mean)
    draws = len(world.structure.theta)
    return {
        quantity.name: np.broadcast_to(values[quantity.name], (draws,)) for quantity in MEASURES
    }


def _origins(structure: Structure, now: State) -> Mask:
    """Economies (i,) with more of their own abroad than foreigners within."""
    emigrants = now.migrants[0].sum(axis=(0, 2, 3))
    immigrants = now.migrants[0].sum(axis=(0, 1, 3))
    return emigrants > immigrants
