"""The Equal Earth projection, and outlines cut where a map's edge cuts them.

Equal Earth (Šavrič, Patterson and Jenny 2019, "The Equal Earth map projection", International
Journal of Geographical Information Science 33(3), 454-465) is equal-area, so a country's size on
the map is its size. With the parametric latitude `sin theta = sqrt(3)/2 sin(latitude)`,

    x = 2 sqrt(3) longitude cos(theta) / (3 (9 A4 theta^8 + 7 A3 theta^6 + 3 A2 theta^2 + A1))
    y = A4 theta^9 + A3 theta^7 + A2 theta^3 + A1 theta

on a sphere of radius 1. Every map here is centred on 11 degrees east, which puts its edge, the
cut meridian at 169 west, into the Bering Strait: no land but a few islands is torn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["CENTRE", "clip", "forward", "inverse", "outline", "relative"]

#: Central meridian of the world map, degrees east.
CENTRE = 11.0
#: Coefficients of the paper's equation 9.
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = np.sqrt(3.0) / 2.0


def relative(longitude: ArrayLike, centre: float = CENTRE) -> Array:
    """Longitude measured from the central meridian.

    Parameters
    ----------
    longitude : (...) degrees
    centre : float, degrees

    Returns
    -------
    Array (...) degrees in [-180, 180)
    """
    return (np.asarray(longitude, float) - centre + 180.0) % 360.0 - 180.0


def forward(
    longitude: ArrayLike, latitude: ArrayLike, *, centre: float | None = CENTRE
) -> tuple[Array, Array]:
    """Project degrees onto the plane of a sphere of radius 1 (Šavrič, Patterson & Jenny 2019).

    Parameters
    ----------
    longitude, latitude : (...) degrees
    centre : float or None
        Central meridian, degrees. None: `longitude` already counts from it and is not wrapped, so a
        point beyond the edge lands outside the map.

    Returns
    -------
    x, y : (...) in radii of the sphere
    """
    offset = np.asarray(longitude, float) if centre is None else relative(longitude, centre)
    theta = np.arcsin(_M * np.sin(np.radians(np.asarray(latitude, float))))
    t2 = theta * theta
    t6 = t2**3
    x = np.radians(offset) * np.cos(theta) / (_M * _slope(t2, t6))
    y = theta * (A1 + A2 * t2 + t6 * (A3 + A4 * t2))
    return x, y


def inverse(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Relative longitude and latitude of points of the plane, by Newton's method on `forward`.

    Parameters
    ----------
    x, y : (...) in radii of the sphere

    Returns
    -------
    longitude, latitude : (...) degrees
        Points beyond the map's sides come back with a relative longitude beyond 180.
    """
    height = np.asarray(y, float)
    theta = height / A1
    for _ in range(12):
        t2 = theta * theta
        t6 = t2**3
        error = theta * (A1 + A2 * t2 + t6 * (A3 + A4 * t2)) - height
        theta = theta - error / _slope(t2, t6)
    t2 = theta * theta
    offset = np.asarray(x, float) * _M * _slope(t2, t2**3) / np.cos(theta)
    latitude = np.degrees(np.arcsin(np.clip(np.sin(theta) / _M, -1.0, 1.0)))
    return np.degrees(offset), latitude


def _slope(t2: Array, t6: Array) -> Array:
    return A1 + 3 * A2 * t2 + t6 * (7 * A3 + 9 * A4 * t2)


def outline(south: float = -90.0, north: float = 90.0) -> tuple[Array, Array]:
    """The map's edge between two parallels, as a closed line.

    Parameters
    ----------
    south, north : float, degrees

    Returns
    -------
    x, y : (points,) in radii of the sphere
    """
    up = np.linspace(south, north, 61)
    latitude = np.concatenate([up, up[::-1], up[:1]])
    offset = np.concatenate([np.full(61, 180.0), np.full(61, -180.0), [180.0]])
    return forward(offset, latitude, centre=None)


def clip(longitude: ArrayLike, latitude: ArrayLike, *, centre: float = CENTRE) -> list[Array]:
    """Cut a closed ring at the cut meridian of a map.

    Parameters
    ----------
    longitude, latitude : (points,)
        A closed ring in degrees. A step of more than 180 crosses the antimeridian, except in a
        ring around a pole, which the atlas closes along the edge of its own map.

    Returns
    -------
    list of (points, 2) arrays
        Closed pieces: longitude relative to `centre` in [-180, 180], and latitude, degrees.
    """
    drawn = np.asarray(longitude, float)
    whole = np.unwrap(drawn, period=360.0)
    if abs(whole[-1] - whole[0]) > 1.0:
        whole = drawn
    points = np.column_stack([whole - centre, latitude])
    pieces = []
    for turn in (-360.0, 0.0, 360.0):
        moved = points + np.array([turn, 0.0])
        if moved[:, 0].max() <= -180.0 or moved[:, 0].min() >= 180.0:
            continue
        piece = _one_side(_one_side(moved, -180.0, 1.0), 180.0, -1.0)
        if len(piece) >= 4:
            pieces.append(piece)
    return pieces


def _one_side(points: Array, edge: float, sign: float) -> Array:
    """Sutherland and Hodgman's clip of a closed ring by one meridian, kept on side `sign`."""
    depth = sign * (points[:, 0] - edge)
    if (depth >= 0.0).all():
        return points
    kept = []
    for i in range(len(points) - 1):
        here, there = depth[i], depth[i + 1]
        if here >= 0.0:
            kept.append(points[i])
        if (here > 0.0 > there) or (here < 0.0 < there):
            share = here / (here - there)
            latitude = points[i, 1] + share * (points[i + 1, 1] - points[i, 1])
            kept.append(np.array([edge, latitude]))
    return np.array([*kept, kept[0]]) if kept else np.empty((0, 2))
