"""Solve x = F(x) for many draws at once.

Anderson acceleration of depth 10: the next point is the combination of the last steps whose
residuals cancel best, moved by a part of what is left, the smaller the steeper the map. A draw
whose residual blows up goes back to damped iteration, which converges wherever the map's leading
eigenvalues are negative (equation (38)). Each draw has its own convergence flag: one that
diverges neither holds the others nor hides among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from corridors.labels import Array, Mask

__all__ = ["FixedPoint", "Map", "leading_eigenvalue", "solve"]


#: On the real world these take the fewest evaluations from theta 0.7 to 4
#: (benchmarks/equilibrium.py); a whole step overshoots where labour demand is steep.
DEPTH = 10
#: Part of the first step that is taken; the others follow from how much it left (`_mixing`).
FIRST = 0.25
PARTS, STEEP = (0.2, 0.8), 0.85
DAMPING = 0.25
#: Anderson is judged by the best residual so far: this much worse, and the draw is damped.
BLOW_UP = 1e3


class Map(Protocol):
    """A map of (d, n) to (d, n), row by row, that can be restricted to some of its rows."""

    def __call__(self, x: Array) -> Array:
        """F(x), row by row."""
        ...

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The map of some rows only, `rows` (draws kept,)."""
        ...


@dataclass(frozen=True)
class FixedPoint:
    """Where the iteration stopped, per draw.

    Parameters
    ----------
    x : (d, n)
    residual : (d,) largest |F(x) - x|, NaN where the iteration left the numbers
    evaluations : (d,) evaluations of F
    damped : (d,) bool, the fall-back was used
    """

    x: Array
    residual: Array
    evaluations: NDArray[np.int64]
    damped: Mask

    def converged(self, tolerance: float) -> Mask:
        """Draws (d,) whose residual is at or below the tolerance, log points (NaN never is)."""
        return self.residual <= tolerance


def solve(mapping: Map, start: Array, *, tolerance: float = 1e-10, limit: int = 500) -> FixedPoint:
    """Iterate every draw from `start` until its residual is at most `tolerance`.

    Never raises on non-convergence: the caller reads `converged` and decides.

    Parameters
    ----------
    mapping : function of rows of draws and their x (d, m) to F(x) (d, m)
    start : (d, m) unknowns of each draw, log points in (37)
    tolerance : float
        Largest |F(x) - x|, in the unit of the unknowns.
    limit : int
        Evaluations with acceleration; four times as many damped by (38) after it.

    Returns
    -------
    FixedPoint
        x (d, m), residual (d,) in the unit of the unknowns, evaluations and damping (d,).

    Notes
    -----
    Anderson (1965), depth 10.
    """
    draws = len(start)
    point = FixedPoint(
        start.copy(), np.full(draws, np.nan), np.zeros(draws, int), np.zeros(draws, bool)
    )
    for accelerate, budget in ((True, limit), (False, 4 * limit)):
        rows = np.flatnonzero(~point.converged(tolerance))
        if rows.size:
            _iterate(mapping, start, rows, point, accelerate, tolerance, budget)
    return point


def _iterate(
    mapping: Map,
    start: Array,
    rows: NDArray[np.intp],
    point: FixedPoint,
    accelerate: bool,
    tolerance: float,
    limit: int,
) -> None:
    """Run one method on `rows`, writing into `point` as draws finish or fail."""
    active, x, part = rows, start[rows].copy(), mapping.take(rows)
    memory = _Memory(*x.shape)
    best, going = np.full(len(rows), np.inf), np.ones(len(rows), bool)
    point.damped[rows] = not accelerate
    for _ in range(limit):
        with np.errstate(all="ignore"):
            step = part(x) - x
        residual = np.abs(step).max(axis=1)
        here = active[going]
        point.x[here], point.residual[here] = x[going], residual[going]
        point.evaluations[here] += 1
        best = np.fmin(best, residual)
        going &= (residual > tolerance) & (residual < BLOW_UP * best + 1.0)
        if not going.any():
            return
        if 2 * going.sum() <= len(going):
            # Finished draws ride along until half are done: dropping each would copy the rest.
            keep = np.flatnonzero(going)
            active, best, going = active[keep], best[keep], going[keep]
            x, step = x[keep], step[keep]
            part = part.take(keep)
            memory.keep(keep)
        step = np.where(going[:, None], step, 0.0)
        x = np.where(going[:, None], memory.next(x, step) if accelerate else x + DAMPING * step, x)


class _Memory:
    """The last points and steps of Anderson's method, newest in a ring."""

    def __init__(self, draws: int, unknowns: int) -> None:
        self.points = np.zeros((draws, DEPTH, unknowns))
        self.steps = np.zeros((draws, DEPTH, unknowns))
        self.last: tuple[Array, Array] | None = None
        self.seen = 0
        self.mixing = np.full((draws, 1), FIRST)

    def keep(self, rows: NDArray[np.intp]) -> None:
        self.points, self.steps = self.points[rows], self.steps[rows]
        self.mixing = self.mixing[rows]
        if self.last is not None:
            self.last = (self.last[0][rows], self.last[1][rows])

    def next(self, x: Array, step: Array) -> Array:
        """The accelerated point after `x`, whose step F(x) - x is `step`."""
        if self.last is None:
            self.last = (x, step)
            return x + self.mixing * step
        if self.seen == 0:
            self.mixing = _mixing(self.last[1], step)
        slot = self.seen % DEPTH
        self.points[:, slot] = x - self.last[0]
        self.steps[:, slot] = step - self.last[1]
        self.last = (x, step)
        self.seen += 1
        used = slice(0, min(self.seen, DEPTH))
        steps = self.steps[:, used]
        gram = steps @ steps.transpose(0, 2, 1)
        # A ridge at rounding level keeps repeated steps near convergence from a singular system.
        ridge = 1e-14 * np.trace(gram, axis1=1, axis2=2)[:, None, None] + 1e-300
        right = steps @ step[:, :, None]
        weights = np.linalg.solve(gram + ridge * np.eye(gram.shape[1]), right)
        moved = (self.points[:, used] + self.mixing[..., None] * steps).transpose(0, 2, 1) @ weights
        return x + self.mixing * step - moved[:, :, 0]


def _mixing(first: Array, second: Array) -> Array:
    """Part of a step that is taken (d, 1), from the first two residuals.

    A first step of w leaves (1 - w + w q) of the residual, as far as that goes on along itself. For
    eigenvalues from -r to 0 the best part is 1 / (1 + r / 2) (equation (38)); r / 2 is near |q|.
    """
    scale = np.sum(first * first, axis=1)
    left = np.sum(first * second, axis=1) / np.where(scale > 0.0, scale, 1.0)
    slope = 1.0 - (1.0 - left) / FIRST
    part = np.clip(1.0 / (1.0 + STEEP * np.maximum(-slope, 0.0)), *PARTS)
    return np.where(np.isfinite(part), part, FIRST)[:, None]


def leading_eigenvalue(mapping: Callable[[Array], Array], x: Array, steps: int = 20) -> Array:
    """Largest eigenvalue (by size, with its sign) of the Jacobian of F at x; beside (38).

    Power steps on central differences of F, then the Rayleigh quotient. Negative or below 1: the
    solution is a stable one. Above 1: several equilibria are possible.

    Parameters
    ----------
    mapping : function of (d, m) to (d, m)
        F; draws d do not meet.
    x : (d, m) log points, a solution
    steps : int
        Power steps.

    Returns
    -------
    Array (d,), a number without unit
    """
    size = 1e-5
    direction = np.cos(np.arange(x.shape[1]))[None, :].repeat(len(x), axis=0)
    value = np.zeros(len(x))
    for _ in range(steps):
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        image = (mapping(x + size * direction) - mapping(x - size * direction)) / (2.0 * size)
        value = np.sum(direction * image, axis=1)
        if not image.any():
            break
        direction = image
    return value
