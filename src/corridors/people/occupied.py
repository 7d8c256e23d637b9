"""The cells that anybody lives in, side by side.

A world of four legal statuses has six times as many cells (skill, birthplace, residence, status)
as have people. What is done to every cell of every draw is done to those with people only, and
spread out where a matrix is needed. Axes: s skill, b birthplace, i residence, k status; c the
cells with people, in that order; draws may lead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.labels import Array

__all__ = ["Occupied"]


@dataclass(frozen=True)
class Occupied:
    """Where people are: `at` holds s, b, i and k of every cell (c,), `shape` the lengths of axes.

    Every draw has people in the same cells. `_places` remembers what `_flat` found.
    """

    shape: tuple[int, ...]
    at: tuple[NDArray[np.intp], ...]
    _places: dict[tuple[int, ...], NDArray[np.intp]] = field(default_factory=dict, compare=False)

    @classmethod
    def inhabited(cls, people: Array) -> Occupied:
        """The cells of (..., s, b, i, k) with people in any draw: where M of (2) is not 0."""
        some = _once(people) != 0.0
        some = some.any(axis=tuple(range(some.ndim - 4)))
        flat = np.flatnonzero(some)
        for known in _LAST:  # a world is looked at many times, and people stay in its cells
            if known.shape == some.shape and np.array_equal(known._flat(some.shape), flat):
                return known
        cells = cls(some.shape, np.unravel_index(flat, some.shape), {some.shape: flat})
        _LAST[:] = [cells, *_LAST[: MOST_KNOWN - 1]]
        return cells

    def of(self, array: Array) -> Array:
        """Values (..., c) of (..., s, b, i, k) in its unit; its axes may have length 1."""
        array = _once(array)
        rows = array.reshape(*array.shape[:-4], -1)
        return np.asarray(np.take(rows, self._flat(array.shape[-4:]), axis=-1))

    def spread(self, values: Array, elsewhere: float = 0.0) -> Array:
        """The whole array (..., s, b, i, k) with `values` (..., c) in these cells; one unit."""
        whole = np.full((*values.shape[:-1], *self.shape), elsewhere)
        self.put(whole, values)
        return whole

    def put(self, whole: Array, values: Array) -> None:
        """Write `values` (..., c) into these cells of a contiguous (..., s, b, i, k); one unit."""
        whole.reshape(*whole.shape[:-4], -1)[..., self._flat(self.shape)] = values

    def pairs(self, values: Array) -> Array:
        """Statuses added up: (..., s, b, i) of (..., c), in its unit."""
        first, pair = self._pairs
        whole = np.zeros((*values.shape[:-1], *self.shape[:-1]))
        if len(first):
            added = np.add.reduceat(values, first, axis=-1)
            whole.reshape(*values.shape[:-1], -1)[..., pair] = added
        return whole

    def among(self, mask: NDArray[np.bool_]) -> tuple[Self, NDArray[np.intp]]:
        """The cells that `mask` (s, b, i, k) holds, and where (chosen,) they stand among these."""
        chosen = np.flatnonzero(mask[self.at])
        return type(self)(self.shape, tuple(place[chosen] for place in self.at)), chosen

    def _flat(self, shape: tuple[int, ...]) -> NDArray[np.intp]:
        """Where the cells stand in an array of this shape laid out in one row."""
        if shape not in self._places:
            flat = np.zeros(len(self.at[0]), dtype=np.intp)
            for place, size in zip(self.at, shape, strict=True):
                if size > 1:
                    flat = flat * size + place
            self._places[shape] = flat
        return self._places[shape]

    @cached_property
    def _pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """First cell of every pair with people, and the pair among (s, b, i)."""
        pair = self._flat((*self.shape[:3], 1))
        first = np.flatnonzero(np.diff(pair, prepend=-1))
        return first, pair[first]


#: The cells that were found last, whatever world they are of.
_LAST: list[Occupied] = []
MOST_KNOWN = 3


def _once(array: Array) -> Array:
    """One draw of an array that is the same in all of them."""
    return array[:1] if array.ndim > 4 and array.strides[0] == 0 else array
