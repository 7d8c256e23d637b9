"""Stocks that nobody counted, of any size, for jobs of `against.py` on flows.

People live where gravity has them: lognormal sizes on a square, distances to the power 1.5, noise.
Of the cells off the diagonal a share is above zero; native-born fill each area up.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

#: Areas whose column of the stocks is made at once: no table but the stocks themselves is whole.
AT_ONCE = 100


def stocks(size: int, share: float) -> tuple[tuple[Any, Any], dict[str, Any]]:
    """Two stocks (birthplace, residence), and births and deaths (area), labelled."""
    import pandas as pd
    import xarray as xr

    random = np.random.default_rng(1)
    place, people = random.random((size, 2)) * 800.0, random.lognormal(9.0, 1.2, size)
    tables = np.zeros((2, size, size))
    for first in range(0, size, AT_ONCE):
        here = slice(first, min(first + AT_ONCE, size))
        tables[:, :, here] = _columns(random, (place, people), here, share)
    start, end = tables
    areas = pd.Index([f"A{number:05d}" for number in range(size)], name="area")
    there = start.sum(axis=0)
    births, deaths = (pd.Series(rate * there, areas) for rate in (0.06, 0.05))
    end *= (there + births - deaths).to_numpy() * _noise(random, 0.02, size) / end.sum(axis=0)
    coords = [("birthplace", areas.to_numpy()), ("residence", areas.to_numpy())]
    labelled = xr.DataArray(start, coords), xr.DataArray(end, coords)
    return labelled, {"births": births, "deaths": deaths}


def _noise(random: np.random.Generator, size: float, *shape: int) -> np.ndarray:
    return np.exp(size * random.standard_normal(shape))


def _columns(
    random: np.random.Generator, areas: tuple[np.ndarray, np.ndarray], here: slice, share: float
) -> np.ndarray:
    """The columns `here` of both stocks, (2, birthplace, residence)."""
    place, people = areas
    inside = people[here]
    size, number = len(people), len(inside)
    apart = np.hypot(*(place[:, None] - place[None, here]).transpose(2, 0, 1)) + 5.0
    abroad = people[:, None] * inside / apart**1.5 * _noise(random, 0.5, size, number)
    at_home = np.arange(number) + here.start, np.arange(number)
    abroad[at_home] = 0.0
    abroad *= 0.1 * inside / abroad.sum(axis=0)
    abroad[random.random((size, number)) >= share] = 0.0
    abroad[at_home] = np.maximum(inside - abroad.sum(axis=0), 0.3 * inside)
    return np.stack([abroad, abroad * _noise(random, 0.05, size, number)])


def prepare(build: str, size: int, share: float) -> Callable[[], int]:
    """Function that estimates flows between `size` areas with a `share` of the cells, once.

    The labelled call: tables of xarray in and out, by the method that is the default.
    """
    estimate_flows = estimate_of(build)
    tables, vital = stocks(size, share)
    kept: list[Any] = []

    def work() -> int:
        kept[:] = [estimate_flows(*tables, **vital)]
        return 1

    return work


def estimate_of(build: str) -> Any:
    """`estimate_flows` of a build."""
    old = build == "old"
    methods = import_module("corridors.people.flows" if old else "corridors.flows.methods")
    return methods.estimate_flows


def difference(size: int, share: float) -> list[tuple[str, float]]:
    """Largest difference between flows over listed cells and over whole tables, in persons."""
    from unittest.mock import patch

    from corridors.flows import cells

    estimate_flows = estimate_of("new")
    tables, vital = stocks(size, share)
    fast = estimate_flows(*tables, **vital).flows
    with patch.object(cells, "CHEAP", 0.0):
        whole = estimate_flows(*tables, **vital).flows
    return [("a flow in persons", float(abs(fast - whole).max()))]
