"""What a road costs: expected deaths with an interval, and the price of a guide.

The risk of a route is deaths / (deaths + crossings), and it differs from year to year far more
than chance would make it: a draw takes the risk of one recorded year, years weighted by their
crossings, and then chance for the people of the draw. Deaths on record are a lower bound, so are
these. Groups:

    risk in a group of s = risk s^-elasticity,  elasticity between 0 and 0.2 (assumed)

Deaths, crossings and prices come as one table, `dangers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from corridors.errors import InputError, Problem, nearest
from corridors.labels import Array, Streams

__all__ = ["Dangers", "deaths", "in_a_group", "mean_risk", "price", "risks", "routes"]

#: `routes`, `prices` and `group_size` of `data/reference/dangers.toml`.
Dangers = Mapping[str, Mapping[str, Any]]


def routes(dangers: Dangers) -> dict[str, str]:
    """Names and titles of the routes with a recorded risk."""
    return {name: about["title"] for name, about in dangers["routes"].items()}


def mean_risk(dangers: Dangers, route: str, group: float = 1.0) -> float:
    """Deaths a passage over all recorded years, weighted by crossings.

    Parameters
    ----------
    dangers : Dangers
        Deaths and crossings by route and year, each with its source.
    route : str
        Of `routes`.
    group : float, persons who travel together

    Returns
    -------
    float, deaths a passage

    Raises
    ------
    InputError
        The route has no recorded risk; names the nearest.
    """
    risk, weight = _years(dangers, route)
    about = dangers["group_size"]
    middle = (about["lower"] + about["upper"]) / 2.0
    return float(in_a_group(risk, group, middle) @ weight)


def risks(dangers: Dangers, route: str, draws: int, streams: Streams) -> Array:
    """Risk of one recorded year for each draw, years weighted by their crossings.

    Parameters
    ----------
    dangers : Dangers
        Deaths and crossings by route and year, each with its source.
    route : str
        Of `routes`.
    draws : int
    streams : function from a key to a random generator

    Returns
    -------
    Array (draw,) deaths a passage

    Raises
    ------
    InputError
        The route has no recorded risk; names the nearest.
    """
    risk, weight = _years(dangers, route)
    points = streams(f"danger {route}").random(draws)
    return risk[np.searchsorted(np.cumsum(weight), points * (1.0 - 1e-12))]


def in_a_group(risk: Array, size: float, elasticity: Array | float) -> Array:
    """Risk a person in a group: risk size^-elasticity, an assumption of this package.

    Parameters
    ----------
    risk : (...) deaths a passage
    size : float, persons who travel together
    elasticity : (...) or float

    Returns
    -------
    Array (...) deaths a passage
    """
    return risk * np.power(max(size, 1.0), -elasticity)


def deaths(
    dangers: Dangers, passages: Array, route: str, streams: Streams, *, group: float = 1.0
) -> tuple[float, float, float]:
    """Expected deaths among passages, and the ends of the 80 per cent interval.

    Parameters
    ----------
    dangers : Dangers
        Deaths and crossings by route and year, each with its source (Missing Migrants Project, IOM,
        in the shipped table).
    passages : (draw,) persons
    route : str
        Of `routes`.
    streams : function from a key to a random generator
    group : persons who travel together

    Returns
    -------
    mean, lower_80, upper_80 : float, persons

    Raises
    ------
    InputError
        The route has no recorded risk; names the nearest.
    """
    about = dangers["group_size"]
    generator = streams(f"deaths {route}")
    elasticity = about["lower"] + (about["upper"] - about["lower"]) * generator.random(
        passages.size
    )
    risk = in_a_group(risks(dangers, route, passages.size, streams), group, elasticity)
    dead = generator.poisson(passages * risk)
    lower, upper = np.quantile(dead, [0.1, 0.9])
    return float((passages * risk).mean()), float(lower), float(upper)


def price(dangers: Dangers, name: str) -> Mapping[str, Any]:
    """A price a person with lower, value, upper, unit (such as US$ of 2017), kind and source.

    Raises
    ------
    InputError
        There is no such price; names the nearest.
    """
    return _listed(dangers, "prices", name)


def _years(dangers: Dangers, route: str) -> tuple[Array, Array]:
    about = _listed(dangers, "routes", route)
    dead, crossed = (np.array(about[key], dtype=float) for key in ("deaths", "crossings"))
    known = dead + crossed > 0
    tried = (dead + crossed)[known]
    return dead[known] / tried, tried / tried.sum()


def _listed(dangers: Dangers, table: str, name: str) -> Mapping[str, Any]:
    """What a table says of a route or a price."""
    listed = dangers[table]
    if name not in listed:
        close = ", ".join(nearest(name, listed))
        raise InputError(Problem("danger", f"there is no '{name}'", f"Did you mean {close}?"))
    about: Mapping[str, Any] = listed[name]
    return about
