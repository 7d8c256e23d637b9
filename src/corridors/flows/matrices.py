"""Who moved: flows between two stocks of the same people, kept as factors.

With R0 and R1 (b, r) survivors by residence at the start and end, equal totals t[b] by birthplace,
and y[b,o,d] those of birthplace b who lived in o and then in d:

* Minimum migration (Abel 2013): as many stay as can, y[b,r,r] = min(R0, R1). What is left leaves,
  x0 = R0 - min, and joins, x1 = R1 - min. Of every (b, r) one of the two is zero, so leavers and
  joiners never share an area, and

      y[b,o,d] = x0[b,o] x1[b,d] / T[b],      F = x0' diag(1/T) x1,      T[b] = sum_o x0[b,o]

  is the log-linear model's exact answer: one matrix product, no iteration.
* Independence (Azose & Raftery 2019): nobody is held back, y[b,o,d] = R0[b,o] R1[b,d] / t[b].
* With a seed m (o, d): y[b,o,d] = u[b,o] m[o,d] v[b,d], one proportional fit for each birthplace;
  all of them sweep at once, as products with m.

The table y, n^3 cells, is never formed unless asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridors.errors import Infeasible, InputError, Problem
from corridors.flows.fitting import Scaling, scale

__all__ = ["Movers", "independent", "least"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Movers:
    """Factors of y[b,o,d] = leave[b,o] seed[o,d] join[b,d] for o != d; stay[b,r] for o = d.

    Parameters
    ----------
    leave, join, stay : (..., b, r)
    seed : (o, d), optional
        None: 1 everywhere.
    fit : Scaling, optional
        How the factors were found, where that took a fit.
    """

    leave: Array
    join: Array
    stay: Array
    seed: Array | None = None
    fit: Scaling | None = None

    def flows(self) -> Array:
        """F (..., o, d), persons over the period; the diagonal is 0."""
        return self._seeded(np.matmul(np.swapaxes(self.leave, -1, -2), self.join))

    def outward(self) -> Array:
        """Flows (..., o, d) of people who leave the area they were born in."""
        native = np.diagonal(self.leave, axis1=-2, axis2=-1)
        return self._seeded(native[..., :, None] * self.join)

    def returning(self) -> Array:
        """Flows (..., o, d) of people who come back to the area they were born in."""
        native = np.diagonal(self.join, axis1=-2, axis2=-1)
        return self._seeded(np.swapaxes(self.leave, -1, -2) * native[..., None, :])

    def born_in(self, birthplace: int) -> Array:
        """Table y[b] (..., o, d) of one birthplace, by its place; stayers on the diagonal."""
        leave, join = self.leave[..., birthplace, :], self.join[..., birthplace, :]
        moved = self._seeded(leave[..., :, None] * join[..., None, :])
        return moved + self.stay[..., birthplace, :, None] * np.eye(moved.shape[-1])

    def _seeded(self, product: Array) -> Array:
        off = 1.0 - np.eye(product.shape[-1])
        return product * (off if self.seed is None else self.seed * off)


def least(start: Array, end: Array, seed: Array | None, names: Sequence[str]) -> Movers:
    """Movers when as many people stay as can.

    Parameters
    ----------
    start, end : (..., b, r) survivors, equal totals by birthplace
    seed : (o, d), optional
        Relative ease of each move; its diagonal is not used.
    """
    stay = np.minimum(start, end)
    leave, join = start - stay, end - stay
    leaving, joining = leave.sum(axis=-1, keepdims=True), join.sum(axis=-1, keepdims=True)
    # Both totals are the same people; the last digits of two fits are not.
    join = join * _over(leaving, joining)
    if seed is None:
        return Movers(leave * _over(np.ones_like(leaving), leaving), join, stay)
    fit = _seeded_fit(seed, leave, join, names)
    return Movers(fit.row, fit.column, stay, seed, fit)


def independent(start: Array, end: Array, seed: Array | None, names: Sequence[str]) -> Movers:
    """Movers when where people lived says nothing of where they live; arguments as `least`."""
    before, after = start.sum(axis=-1, keepdims=True), end.sum(axis=-1, keepdims=True)
    end = end * _over(before, after)
    if seed is None:
        leave = start * _over(np.ones_like(before), before)
        return Movers(leave, end, leave * end)
    fit = _seeded_fit(seed, start, end, names)
    stay = fit.row * np.diagonal(seed) * fit.column
    return Movers(fit.row, fit.column, stay, seed, fit)


def _over(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0)


def _seeded_fit(seed: Array, leave: Array, join: Array, names: Sequence[str]) -> Scaling:
    size = leave.shape[-1]
    if seed.shape != (size, size):
        what = f"is {' x '.join(map(str, seed.shape))}, the areas are {size}"
        raise InputError(Problem("seed", what, "Give one figure for each pair of areas"))
    try:
        return scale(seed, leave, join, names=(names, names))
    except Infeasible as error:
        what = "the seed does not let people leave (rows) and join (columns) as the stocks say"
        raise Infeasible(f"{what}: {error.args[0]}") from error
