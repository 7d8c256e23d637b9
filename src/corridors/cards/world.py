"""The card of the world."""

from __future__ import annotations

from corridors.cards.card import Card, assemble
from corridors.cards.economy import cost_of_sending, of_world
from corridors.cards.forecasts import forecasts
from corridors.cards.people import displaced, largest_corridors, migrants, population, stocks

__all__ = ["world_card"]


def world_card() -> Card:
    """The world: people, migrants by edition, largest corridors, refugees, money, output.

    Returns
    -------
    Card
        Rows (`COLUMNS`): persons, US dollars, shares, each with unit, kind and source.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    cells = stocks()
    parts = [
        population(),
        migrants(cells),
        forecasts("all", "all"),
        largest_corridors(cells),
        displaced(),
        of_world("money", "remittances_received", "USD", "remittances_received_usd"),
        of_world("money", "remittances_paid", "USD", "remittances_paid_usd"),
        cost_of_sending("WLD"),
        of_world("economy", "output", "USD", "output_usd"),
    ]
    return assemble("The world", parts)
