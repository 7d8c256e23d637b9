"""The card of one area."""

from __future__ import annotations

from corridors import areas
from corridors.cards import facts
from corridors.cards.card import Card, assemble
from corridors.cards.economy import (
    CAPITAL,
    ECONOMY,
    INSTITUTIONS,
    MONEY,
    cost_of_sending,
    emigrants_schooling,
    no_rules,
    of_area,
    remittances,
    residents_schooling,
    share_of_output,
)
from corridors.cards.forecasts import forecasts
from corridors.cards.people import displaced, largest_corridors, migrants, population, stocks

__all__ = ["place_card"]


def place_card(name: str) -> Card:
    """One area: people living there and born there, money, rules, economy, schooling, capital.

    Returns
    -------
    Card
        Rows (`COLUMNS`): persons, US dollars, shares, each with unit, kind and source.

    Raises
    ------
    InputError
        The name is unknown or ambiguous.
    SourceError
        A table of the package is missing or damaged.
    """
    area = areas.resolve(name)
    code = area.code
    born, living = stocks(birthplace=code), stocks(residence=code)
    parts = [
        migrants(born, birthplace=code),
        population(code),
        migrants(living, residence=code),
        forecasts("all", code),
        forecasts(code, "all"),
        largest_corridors(born),
        largest_corridors(living),
        displaced(birthplace=code),
        displaced(residence=code),
        displaced(birthplace=code, residence=code),
        *(of_area(code, *figure) for figure in MONEY),
        share_of_output(code),
        remittances(birthplace=code),
        remittances(residence=code),
        cost_of_sending(code),
        *(of_area(code, *figure) for figure in INSTITUTIONS),
        no_rules(area=code),
        *(of_area(code, *figure) for figure in ECONOMY),
        residents_schooling(code),
        emigrants_schooling(code),
        *(of_area(code, *figure) for figure in CAPITAL),
        *facts.transfers(code),
        *facts.of_place(code),
    ]
    return assemble(f"{area.name} ({code})", parts)
