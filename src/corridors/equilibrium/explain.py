"""Which response does what: people moving, wages adjusting, capital following, money sent home,
and whatever else a study switched on.

One order of switching responses on gives one split and another order another, so each response is
credited with its mean contribution over all orders (Shapley): 2^n solves for n responses.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from corridors.equilibrium.measures import MEASURES, measure
from corridors.equilibrium.prepare import live_responses
from corridors.equilibrium.solve import TOLERANCE, require, settle
from corridors.rules import Rules
from corridors.world import World

__all__ = ["by_response"]

#: Relative; a change below is none.
ROUNDING = 1e-9


def by_response(world: World, after: Rules, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Contribution of each response to each measure (Shapley 1953), at the first draw.

    Parameters
    ----------
    world : World
    after : Rules
    tolerance : float
        Largest residual of the solutions, log points.

    Returns
    -------
    DataFrame (measure, response, contribution)
        In the unit of the measure, `corridors.equilibrium.measures.MEASURES`; the contributions of
        a measure add up to its change. What the rules change before anybody reacts, as a fee does
        that is taken from what is sent, is credited to `rules`, where there is any.

    Raises
    ------
    NotConverged, Infeasible
        One of the 2^n equilibria (37) is not found, or leaves the range of the wage curve.
    """
    value = {}
    live = live_responses(world.structure, world.rules, after)
    for size in range(len(live) + 1):
        for chosen in combinations(live, size):
            settled = settle(
                world.structure,
                world.state,
                world.rules,
                after,
                responses=chosen,
                tolerance=tolerance,
            )
            require(settled, tolerance)
            values = measure(world, settled.state, after)
            value[frozenset(chosen)] = np.array([values[quantity.name][0] for quantity in MEASURES])
    rows = []
    now = measure(world, world.state)
    before = np.array([now[quantity.name][0] for quantity in MEASURES])
    direct = value[frozenset()] - before
    if (np.abs(direct) > ROUNDING * np.maximum(np.abs(before), 1.0)).any():
        rows += [(quantity.name, "rules", direct[k]) for k, quantity in enumerate(MEASURES)]
    for response in live:
        share = _shapley(response, live, value)
        rows += [(quantity.name, response, share[k]) for k, quantity in enumerate(MEASURES)]
    return pd.DataFrame(rows, columns=["measure", "response", "contribution"])


def _shapley(
    response: str, live: tuple[str, ...], value: dict[frozenset[str], np.ndarray]
) -> np.ndarray:
    others = [other for other in live if other != response]
    total = np.zeros(len(MEASURES))
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(live))
        for chosen in map(frozenset, combinations(others, size)):
            total += weight * (value[chosen | {response}] - value[chosen])
    return total
