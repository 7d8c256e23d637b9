"""Stocks by birthplace from the moves of a year: where people would be after years of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from corridors.errors import Problem, nearest
from corridors.labels import Array, refuse, rows

__all__ = ["YEARS", "stocks_from_moves"]

#: Years of moves that a population has behind it. Assumed: half of the mean age of people in rich
#: countries, for movers of today were movers before, and children move with their parents.
YEARS = 20.0
#: A year has as many as a third of an area's people leave it at most: above, moves are no flow of
#: a year, or the population is not that of the moves.
LARGEST_RATE = 1.0 / 3.0


def stocks_from_moves(
    moves: Any, areas: tuple[str, ...], population: Array, years: float | None = None
) -> Array:
    """Persons by birthplace and residence, modelled, whose residents are the population.

    Everybody starts where they were born and moves at the rates of the table, alike, for `years`:
    S = diag(P) exp(T Q) with q_od = m_od / P_o, q_oo = -sum_d q_od; columns are then scaled to P.
    Nobody is likelier to return, and nobody to have moved before: more people come out elsewhere
    than a census by birthplace would count where moves are repeated or returns.

    Parameters
    ----------
    moves : (origin, destination, moves)
        Persons in a year; rows of people who stay in an area do not count.
    areas : tuple of str
    population : (i,) persons
    years : float, by default `YEARS`
        T, above 0 and at most 100.

    Returns
    -------
    Array (b, i) persons; the diagonal is people who live where they were born

    Raises
    ------
    InputError
        Unknown or repeated pairs, moves below zero, or more than a third of an area in a year.

    Notes
    -----
    A Markov process in continuous time, as in multiregional demography (Rogers 1975); T is assumed.
    """
    from scipy.linalg import expm

    time = YEARS if years is None else years
    ends = ("origin", "destination")
    table = rows(moves, dict.fromkeys(ends, "label") | {"moves": "number"}, "moves")
    table = table[table["origin"] != table["destination"]].reset_index(drop=True)
    problems = [
        Problem("moves", f"'{label}' is no area of the economy", f"Did you mean {close}?")
        for label in dict.fromkeys(label for end in ends for label in table[end])
        if label not in areas
        for close in [", ".join(nearest(label, areas))]
    ]
    problems += [
        Problem("moves", f"{row.origin} to {row.destination} occurs twice", "Keep one row")
        for row in table[table.duplicated(list(ends))].itertuples()
    ]
    problems += [
        Problem(f"moves, {row.origin} to {row.destination}", f"is {row.moves:g}", "Give >= 0")
        for row in table[~(table["moves"] >= 0.0) | np.isinf(table["moves"])].itertuples()
    ]
    if not 0.0 < time <= 100.0:
        problems.append(Problem("years", f"{time:g} is out of range", "Give 0 to 100"))
    refuse(*problems)
    o, d = (pd.Index(areas).get_indexer(table[end]) for end in ends)
    rate = np.zeros((len(areas), len(areas)))
    rate[o, d] = table["moves"].to_numpy(float) / population[o]
    leaving = rate.sum(axis=1)
    refuse(
        *(
            Problem(
                f"moves out of {areas[at]}",
                f"are {leaving[at]:.0%} of its people in a year",
                "Give persons a year, and the population of the same areas",
            )
            for at in np.flatnonzero(leaving > LARGEST_RATE)
        )
    )
    if not leaving.sum() > 0.0:
        refuse(Problem("moves", "nobody moves between areas", "Give moves"))
    stock = population[:, None] * expm(time * (rate - np.diag(leaving)))
    return np.asarray(stock * (population / stock.sum(axis=0)))
