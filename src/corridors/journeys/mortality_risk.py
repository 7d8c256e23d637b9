"""What a road costs: expected deaths with an interval, and the price of a guide.

The risk of a route is deaths / (deaths + crossings), and it differs from year to year far more
than chance would make it: a draw takes the risk of one recorded year, years weighted by their
crossings, and then chance for the people of the draw. Deaths on record are a lower bound, so are
these. Groups:

    risk in a group of s = risk s^-elasticity,  elasticity between 0 and 0.2 (assumed)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridors.data import store
from corridors.errors import InputError, Problem, nearest

__all__ = ["deaths", "in_a_group", "mean_risk", "price", "risks", "routes"]

Array = NDArray[np.float64]
Streams = Callable[[str], np.random.Generator]


def routes() -> dict[str, str]:
    """Names and titles of the routes with a recorded risk."""
    return {name: about["title"] for name, about in _listed()["routes"].items()}


def mean_risk(route: str, group: float = 1.0) -> float:
    """Deaths a passage over all recorded years, to who travels in a group of so many."""
    risk, weight = _years(route)
    about = _listed()["group_size"]
    middle = (about["low"] + about["high"]) / 2.0
    return float(in_a_group(risk, group, middle) @ weight)


def risks(route: str, draws: int, streams: Streams) -> Array:
    """Risk of one recorded year for each draw; (draw,)."""
    risk, weight = _years(route)
    points = streams(f"danger {route}").random(draws)
    return risk[np.searchsorted(np.cumsum(weight), points * (1.0 - 1e-12))]


def in_a_group(risk: Array, size: float, elasticity: Array | float) -> Array:
    """Risk a person in a group of `size`."""
    return risk * np.power(max(size, 1.0), -elasticity)


def deaths(
    passages: Array, route: str, streams: Streams, *, group: float = 1.0
) -> tuple[float, float, float]:
    """Expected deaths among passages, and the ends of the 80 per cent interval.

    Parameters
    ----------
    passages : (draw,) persons
    group : persons who travel together
    """
    about = _listed()["group_size"]
    generator = streams(f"deaths {route}")
    elasticity = about["low"] + (about["high"] - about["low"]) * generator.random(passages.size)
    risk = in_a_group(risks(route, passages.size, streams), group, elasticity)
    found = generator.poisson(passages * risk)
    low, high = np.quantile(found, [0.1, 0.9])
    return float((passages * risk).mean()), float(low), float(high)


def price(name: str) -> dict[str, Any]:
    """A price with low, value, high, unit, kind and source."""
    return _one("prices", name)


def _years(route: str) -> tuple[Array, Array]:
    about = _one("routes", route)
    dead, crossed = (np.array(about[key], dtype=float) for key in ("deaths", "crossings"))
    known = dead + crossed > 0
    tried = (dead + crossed)[known]
    return dead[known] / tried, tried / tried.sum()


def _one(table: str, name: str) -> dict[str, Any]:
    listed = _listed()[table]
    if name not in listed:
        close = ", ".join(nearest(name, listed))
        raise InputError(Problem("danger", f"there is no '{name}'", f"Did you mean {close}?"))
    return dict(listed[name])


def _listed() -> dict[str, Any]:
    return store.listing("dangers")
