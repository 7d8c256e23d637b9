"""The flow arrow: a curved band of constant width with a head that ends at a circle's edge.

Curved beats straight, heads beat tapering, and long flows bend more (Jenny et al. 2018, "Design
principles for origin-destination flow maps"). A band bends to the right of travel, so that the
flows of both directions between two places lie side by side. All lengths are points of the page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["LEAST_WIDTH", "Curve", "arrow", "bend", "between", "widths"]

#: Bands are never thinner than this, whatever they carry; the legend says so.
LEAST_WIDTH = 0.9
#: How far the middle of the control polygon leaves the straight line, as a share of its length.
BEND = 0.22
#: matplotlib's path codes.
_MOVE, _LINE, _QUADRATIC, _CLOSE = 1, 2, 3, 79


def widths(persons: ArrayLike, widest: float, most: float | None = None) -> Array:
    """Band widths proportional to persons.

    Parameters
    ----------
    persons : (...) persons; a loss counts as a gain
    widest : float, points
    most : float, persons, optional
        To whom `widest` belongs; by default the largest.

    Returns
    -------
    Array (...) points, `LEAST_WIDTH` at least
    """
    size = np.abs(np.asarray(persons, float))
    return np.maximum(LEAST_WIDTH, widest * size / (size.max() if most is None else most))


@dataclass(frozen=True)
class Curve:
    """A quadratic Bezier curve: start, control and end points."""

    start: Array
    control: Array
    end: Array

    def at(self, t: ArrayLike) -> Array:
        """Points (..., 2) of the page at parameters `t` (...) in [0, 1]."""
        t = np.asarray(t, float)[..., None]
        return (1 - t) ** 2 * self.start + 2 * t * (1 - t) * self.control + t**2 * self.end

    def part(self, first: float, last: float) -> Curve:
        """The piece between two parameters in [0, 1], quadratic too, points of the page."""
        control = (
            (1 - first) * (1 - last) * self.start
            + (first + last - 2 * first * last) * self.control
            + first * last * self.end
        )
        return Curve(self.at(first), control, self.at(last))

    def outside(self, circle: ArrayLike, radius: float) -> Array:
        """Whether each (g,) of a fine grid of parameters lies outside a circle; points."""
        return np.hypot(*(self.at(GRID) - np.asarray(circle, float)).T) >= radius


#: Parameters at which a curve is searched for its crossing with a circle or an edge.
GRID = np.linspace(0.0, 1.0, 257)


def bend(start: ArrayLike, end: ArrayLike, clearance: float = 0.0) -> Curve:
    """A curve from start to end that bends right of travel, and at least `clearance` outward.

    Parameters
    ----------
    start, end : (2,) points of the page
    clearance : float, points

    Returns
    -------
    Curve, quadratic
    """
    a, b = np.asarray(start, float), np.asarray(end, float)
    along = b - a
    length = float(np.hypot(*along))
    if length == 0.0:
        along, length = np.array([1.0, 0.0]), 1.0
    right = np.array([along[1], -along[0]]) / length
    return Curve(a, (a + b) / 2 + right * max(BEND * length, clearance), b)


def between(
    start: ArrayLike, end: ArrayLike, *, start_radius: float, end_radius: float, room: float
) -> Curve:
    """The curve an arrow follows: from the edge of one circle to the edge of the other.

    Where the circles leave less than `room` between them, the curve bows out until it has it.

    Parameters
    ----------
    start, end : (2,) centres of the circles, points of the page
    start_radius, end_radius, room : float, points

    Returns
    -------
    Curve, quadratic, points of the page
    """
    a, b = np.asarray(start, float), np.asarray(end, float)
    close = float(np.hypot(*(b - a))) < room + start_radius + end_radius
    # The middle of the curve rises half as high as its control point.
    whole = bend(a, b, clearance=room + 2 * max(start_radius, end_radius) if close else 0.0)
    leaves = _crossing(whole, a, start_radius, first=True)
    arrives = _crossing(whole, b, end_radius, first=False)
    return whole.part(leaves, max(leaves, arrives))


def _crossing(curve: Curve, circle: Array, radius: float, *, first: bool) -> float:
    """Parameter of the first or last point outside a circle, refined by bisection."""
    outside = np.flatnonzero(curve.outside(circle, radius))
    if len(outside) == 0:
        return 0.0 if first else 1.0
    index = outside[0] if first else outside[-1]
    if GRID[index] in (0.0, 1.0):
        return float(GRID[index])
    clear, within = float(GRID[index]), float(GRID[index - 1 if first else index + 1])
    # Plain numbers: NumPy takes ten times as long over a single point.
    (x0, y0), (x1, y1), (x2, y2) = (
        (point - circle).tolist() for point in (curve.start, curve.control, curve.end)
    )
    for _ in range(40):
        t = (clear + within) / 2
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        if math.hypot(a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2) >= radius:
            clear = t
        else:
            within = t
    return clear


def arrow(curve: Curve, width: float, *, head: bool = True) -> tuple[Array, Array]:
    """Outline of an arrow along `curve`, its tip at the curve's end (Jenny et al. 2018).

    Parameters
    ----------
    curve : Curve
        Quadratic, points of the page.
    width : float, points
    head : bool

    Returns
    -------
    vertices : (n, 2) points of the page
    codes : (n,)
        A closed matplotlib path. The sides are quadratic curves offset by half the width.
    """
    length, half = _head_size(curve, width) if head else (0.0, 0.0)
    neck = _neck(curve, length)
    shaft = curve.part(0.0, neck)
    left, right = _offset(shaft, width / 2), _offset(shaft, -width / 2)
    tip = []
    if head:
        forward = _unit(curve.end - shaft.end)
        across = np.array([-forward[1], forward[0]])
        tip = [shaft.end + across * half, curve.end, shaft.end - across * half]
    points = [left.start, left.control, left.end, *tip, right.end, right.control, right.start]
    codes = [_MOVE, _QUADRATIC, _QUADRATIC, *[_LINE] * len(tip), _LINE, _QUADRATIC, _QUADRATIC]
    return np.array([*points, left.start]), np.array([*codes, _CLOSE])


def _head_size(curve: Curve, width: float) -> tuple[float, float]:
    """Length of the head and half its breadth; a short arrow is all head, in proportion."""
    length, half = 3.2 + 1.0 * width, 1.9 + 0.85 * width
    reach = float(np.hypot(*np.diff(curve.at(GRID[::8]), axis=0).T).sum())
    shrink = min(1.0, 0.7 * reach / length)
    return length * shrink, max(half * shrink, 0.5 * width)


def _neck(curve: Curve, length: float) -> float:
    """Parameter at which the head begins: the last point at least `length` from the tip."""
    if length == 0.0:
        return 1.0
    return _crossing(curve, curve.end, length, first=False)


def _offset(curve: Curve, distance: float) -> Curve:
    """The curve moved sideways (left is positive): its ends exactly, its middle nearly."""
    first, last = curve.control - curve.start, curve.end - curve.control
    n1, n2 = (np.array([-u[1], u[0]]) for u in (_unit(first), _unit(last)))
    # Moving the control by the mitre keeps both end tangents; it is bounded for hairpins.
    middle = (n1 + n2) / max(0.5, 1.0 + float(n1 @ n2))
    return Curve(
        curve.start + distance * n1, curve.control + distance * middle, curve.end + distance * n2
    )


def _unit(vector: Array) -> Array:
    length = float(np.hypot(*vector))
    return vector / length if length > 0 else np.array([1.0, 0.0])
