"""The cells of two stock tables: all of them, or of a large system those with people, in a list.

A birthplace has people in few of many areas. From `LARGE` areas on, tables whose movers are cheaper
to list than to multiply as matrices, sum over b of nnz_b^2 < n^3 / 8, are kept as one row of values
(k,) for the cells above zero of either table and the diagonal, in the order of the rows. What the
account does to a table, equations (44) and (45), is then done to its values. Kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from corridors.labels import Array, Mask, Whole, cells_where

__all__ = ["LARGE", "Cells", "Every", "Listed", "Places", "cells_of", "list_of"]

#: 32 bits, as the library's products of lists want their places.
Places: TypeAlias = NDArray[np.int32]
#: Areas from which on a list of cells is worth its keep.
LARGE = 500
#: Share of n^3 up to which moves between listed cells cost less than products of matrices.
CHEAP = 1 / 8


@dataclass(frozen=True)
class Every:
    """All cells of tables (..., b, r): values are the table."""

    def values(self, table: Array) -> Array:
        """The values of a table's cells."""
        return table

    def table(self, values: Array) -> Array:
        """The table of values."""
        return values

    def by_birthplace(self, values: Array) -> Array:
        """Sums (..., b)."""
        return np.asarray(values.sum(axis=-1))

    def by_residence(self, values: Array) -> Array:
        """Sums (..., r)."""
        return np.asarray(values.sum(axis=-2))

    def of_birthplace(self, figures: Array) -> Array:
        """Figures (..., b) beside the values of their cells."""
        return figures[..., :, None]

    def of_residence(self, figures: Array) -> Array:
        """Figures (..., r) beside the values of their cells."""
        return figures[..., None, :]

    def total(self, values: Array) -> Array:
        """Sum (...) of all cells."""
        return np.asarray(values.sum(axis=(-2, -1)))

    def native(self, values: Array) -> Array:
        """The diagonal (..., b)."""
        return np.diagonal(values, axis1=-2, axis2=-1)

    def add_native(self, values: Array, persons: Array) -> None:
        """Add persons (..., b) to the diagonal, in place."""
        np.einsum("...ii->...i", values)[...] += persons

    def places(self, wrong: Mask) -> Whole:
        """Places (number, axes) of the cells where a mask of values is true."""
        return cells_where(wrong)


@dataclass(frozen=True)
class Listed:
    """Some cells of tables (b, r), the diagonal among them, in the order of the rows.

    Parameters
    ----------
    born, lives : (k,) of int
        Row and column of each cell.
    first : (n + 1,) of int
        Where the cells of each row begin, and the number of cells.
    at_home : (n,) of int
        Where in the list the diagonal is.
    """

    born: Places
    lives: Places
    first: Places
    at_home: Whole

    @property
    def size(self) -> int:
        """Number of areas."""
        return len(self.at_home)

    def values(self, table: Array) -> Array:
        """The values of a table's cells."""
        return np.asarray(table[self.born, self.lives])

    def table(self, values: Array) -> Array:
        """The table of values."""
        table = np.zeros((self.size, self.size))
        table[self.born, self.lives] = values
        return table

    def by_birthplace(self, values: Array) -> Array:
        """Sums (..., b)."""
        return np.asarray(np.add.reduceat(values, self.first[:-1]))

    def by_residence(self, values: Array) -> Array:
        """Sums (..., r)."""
        return np.asarray(np.bincount(self.lives, values, self.size), dtype=float)

    def of_birthplace(self, figures: Array) -> Array:
        """Figures (..., b) beside the values of their cells."""
        return np.repeat(figures, np.diff(self.first))

    def of_residence(self, figures: Array) -> Array:
        """Figures (..., r) beside the values of their cells."""
        return np.take(figures, self.lives)

    def total(self, values: Array) -> Array:
        """Sum (...) of all cells."""
        return np.asarray(values.sum())

    def native(self, values: Array) -> Array:
        """The diagonal (..., b)."""
        return values[self.at_home]

    def add_native(self, values: Array, persons: Array) -> None:
        """Add persons (..., b) to the diagonal, in place."""
        values[self.at_home] += persons

    def places(self, wrong: Mask) -> Whole:
        """Places (number, axes) of the cells where a mask of values is true."""
        where = np.flatnonzero(wrong)
        return np.stack([self.born[where], self.lives[where]], axis=-1)


Cells: TypeAlias = Every | Listed


def cells_of(start: Array, end: Array) -> Cells:
    """The cells on which two tables (..., b, r) are best worked on."""
    if start.ndim > 2 or len(start) < LARGE:
        return Every()
    some = _some(start, end)
    number = np.count_nonzero(some, axis=1)
    return _listed(some) if int(number @ number) < CHEAP * len(start) ** 3 else Every()


def list_of(start: Array, end: Array) -> Listed:
    """The cells of two tables (b, r) that are not empty in both, and the diagonal."""
    return _listed(_some(start, end))


def _some(start: Array, end: Array) -> Mask:
    some = start != 0.0
    some |= end != 0.0
    np.fill_diagonal(some, True)
    return some


def _listed(some: Mask) -> Listed:
    size = len(some)
    number = np.count_nonzero(some, axis=1)
    first = np.concatenate([[0], np.cumsum(number)]).astype(np.int32)
    born = np.repeat(np.arange(size, dtype=np.int32), number)
    lives = (np.flatnonzero(some) - born * np.int64(size)).astype(np.int32)
    return Listed(born, lives, first, np.flatnonzero(born == lives))
