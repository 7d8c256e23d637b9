"""The card of one corridor, both ways."""

from __future__ import annotations

import pandas as pd

from corridors import areas
from corridors.cards import facts
from corridors.cards.card import Card, assemble, figures, rows_of
from corridors.cards.economy import (
    ECONOMY,
    INSTITUTIONS,
    cost_of_sending,
    no_rules,
    of_area,
    remittances,
    residents_schooling,
)
from corridors.cards.forecasts import forecasts
from corridors.cards.people import displaced, migrants, shares, stocks
from corridors.errors import InputError, Problem

__all__ = ["corridor_card"]


def corridor_card(birthplace: str, residence: str) -> Card:
    """One corridor both ways: people, refugees, money, rules, output, schooling, distance.

    Parameters
    ----------
    birthplace, residence : str
        Codes or names of areas.

    Returns
    -------
    Card
        Rows (`COLUMNS`): persons, US dollars, shares, km, each with unit, kind and source.

    Raises
    ------
    InputError
        A name is unknown or ambiguous, or both name the same area.
    SourceError
        A table of the package is missing or damaged.
    """
    here, there = _two(birthplace, residence)
    parts = []
    for born, lives in ((here.code, there.code), (there.code, here.code)):
        ends = {"birthplace": born, "residence": lives}
        parts += [migrants(stocks(**ends), **ends), shares(born, lives), forecasts(born, lives)]
        parts += [displaced(**ends), remittances(**ends)]
        parts += [*facts.of_corridor(born, lives), *(of_area(lives, *row) for row in INSTITUTIONS)]
    parts += [no_rules(birthplace=here.code, residence=there.code)]
    for code in (here.code, there.code):
        parts += [cost_of_sending(code), of_area(code, *ECONOMY[0]), residents_schooling(code)]
    parts += _distance(here.code, there.code)
    return assemble(f"{here.name} ({here.code}) and {there.name} ({there.code})", parts)


def _two(birthplace: str, residence: str) -> tuple[areas.Area, areas.Area]:
    ends, problems = [], []
    for name in (birthplace, residence):
        try:
            ends.append(areas.resolve(name))
        except InputError as error:
            problems += error.problems
    if len(ends) == 2 and ends[0] == ends[1]:
        what = f"both ends are {ends[0].name}"
        problems.append(Problem("corridor", what, "Name two different areas"))
    if problems:
        raise InputError(problems)
    return ends[0], ends[1]


def _distance(origin: str, destination: str) -> list[pd.DataFrame]:
    row = rows_of("distance", origin=origin, destination=destination)
    parts = []
    for figure in ("kilometres", "contiguous", "common_language", "colonial_link"):
        # Where GeoDist lacks an end, its links are those of a named neighbour: put in by hand.
        by_hand = row["kind"].astype(object).where(row["kind"] == "reported", "assumed")
        kind = row["kind"] if figure == "kilometres" else by_hand
        rows = row.assign(value=row[figure].astype(float), kind=kind)
        unit = "km" if figure == "kilometres" else "yes = 1"
        ends = {"birthplace": origin, "residence": destination}
        parts.append(figures("distance", figure, unit, "distance", rows, **ends))
    return parts
