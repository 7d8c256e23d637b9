"""Flows read from stocks alone, without births, deaths or third countries. Kernels.

The birthplace is taken as the origin and the residence as the destination, so deaths of migrants
look like returns, moves between third countries are not seen, and net migration is not kept.
The last two axes are b birthplace, r residence; the flows' are o origin, d destination.
"""

from __future__ import annotations

import numpy as np

from corridors.errors import InputError, Problem
from corridors.labels import Array, figures

__all__ = ["by_rate", "drop_negative", "multiregional", "reverse_negative"]


#: Above this a stock table is so near to singular that its inverse loses half of all digits.
LARGEST_CONDITION = 1e8


def drop_negative(start: Array, end: Array, *, native: bool = False) -> Array:
    """Rises of the stocks, falls left out (Bertoli & Fernandez-Huertas Moraga 2015), first of (44).

    Parameters
    ----------
    start, end : (..., b, r) persons
        b birthplace, r residence.
    native : bool
        Whether to keep the diagonal, the change of the native-born at home.

    Returns
    -------
    Array (..., o, d) persons over the period

    Raises
    ------
    InputError
        The stocks differ in shape, are not square, or a figure is not known.
    """
    start, end = _stocks(start, end)
    return _off(np.maximum(end - start, 0.0), native)


def reverse_negative(start: Array, end: Array, *, native: bool = False) -> Array:
    """Rises of the stocks, and falls as moves back (Beine & Parsons 2015), second of (44).

    Parameters
    ----------
    start, end : (..., b, r) persons
        b birthplace, r residence.
    native : bool
        Whether to keep the diagonal; it then holds the size of the change.

    Returns
    -------
    Array (..., o, d) persons over the period

    Raises
    ------
    InputError
        The stocks differ in shape, are not square, or a figure is not known.
    """
    start, end = _stocks(start, end)
    change = end - start
    back = np.swapaxes(np.maximum(-change, 0.0), -1, -2)
    return _off(np.maximum(change, 0.0) + back, native)


def by_rate(start: Array, movers: Array) -> Array:
    """Movers in proportion to the stocks off the diagonal (Dennett 2016), third of (44).

    Parameters
    ----------
    start : (..., b, r) persons
        Stock at the start, b birthplace, r residence.
    movers : (...,) persons over the period

    Returns
    -------
    Array (..., o, d) persons over the period
        Origin is the birthplace, destination the residence; the diagonal is 0.

    Raises
    ------
    InputError
        Nobody lives outside the birthplace, or a figure is negative or not known.
    """
    start, _ = _stocks(start, start)
    number = figures(movers, "movers")
    abroad = _off(start, False)
    total = abroad.sum(axis=(-2, -1))
    if (total <= 0.0).any():
        what = "nobody lives outside the birthplace, so movers cannot be spread"
        raise InputError(Problem("stock at the start", what, "Use another method"))
    return abroad * (number / total)[..., None, None]


def multiregional(start: Array, end: Array) -> Array:
    """Flows from the matrix that carries one stock table into the other.

    Rogers and von Rabenau (1971): S0 G = S1 is solved for G, and F[o,d] = G[o,d] P0[o], P0 the
    population at the start. Flows can be negative: births and deaths are not taken out, and G need
    not be a matrix of probabilities.

    Parameters
    ----------
    start, end : (b, r) persons, native-born included

    Returns
    -------
    Array (o, d) persons over the period; the diagonal is 0

    Raises
    ------
    InputError
        There are more than two axes, a figure is not known, or S0 is singular or nearly so; says
        how nearly.
    """
    start, end = _stocks(start, end)
    if start.ndim != 2:
        what = f"has {start.ndim} axes instead of two"
        raise InputError(Problem("stock at the start", what, "Give one table at a time"))
    condition = np.linalg.cond(start)
    if not condition < LARGEST_CONDITION:
        what = f"cannot be inverted with any trust: its condition number is {condition:.3g}"
        raise InputError(Problem("stock at the start", what, "Use another method"))
    return _off(np.linalg.solve(start, end) * start.sum(axis=0)[:, None], False)


def _stocks(start: Array, end: Array) -> tuple[Array, Array]:
    """Both stocks as float; the native-born may be negative, where sources disagree."""
    tables = [
        figures(stock, f"stock at the {at}", negative=True, dims=2)
        for at, stock in (("start", start), ("end", end))
    ]
    shapes = [" x ".join(map(str, stock.shape)) for stock in tables]
    if shapes[0] != shapes[1] or tables[0].shape[-1] != tables[0].shape[-2]:
        what = f"are {shapes[0]} and {shapes[1]}"
        raise InputError(Problem("stocks", what, "Give two square tables of the same areas"))
    return tables[0], tables[1]


def _off(table: Array, native: bool) -> Array:
    return table if native else table * (1.0 - np.eye(table.shape[-1]))
