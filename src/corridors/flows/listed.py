"""Moves between listed cells, compiled: the flows of a large system with people in few cells.

A loop over the movers of an area keeps one row of flows at hand; a product of lists, which sorts
what it meets, takes six times as long, one of matrices multiplies zeros. `matrices.blended` says
what is computed, equation (46), and does it by matrices where most cells have people;
tests/laws/test_flows_large.py holds the two together.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from corridors.flows.cells import Listed, Places
from corridors.labels import Array, Whole

__all__ = ["moves"]


def moves(cells: Listed, leave: tuple[Array, Array], join: tuple[Array, Array]) -> Array:
    """Flows (o, d): the sum over birthplaces and both pairs of leave[b,o] join[b,d]; diagonal 0.

    Parameters
    ----------
    leave, join : pairs of values (k,) of the cells
    """
    by_area = np.argsort(cells.lives, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(cells.lives, minlength=cells.size))])
    flows = np.zeros((cells.size, cells.size))
    left = leave[0][by_area], leave[1][by_area]
    _add(flows, (first, cells.born[by_area]), left, (cells.first, cells.lives), join)
    return flows


@njit(cache=True)
def _add(
    flows: Array,
    areas: tuple[Whole, Places],
    leave: tuple[Array, Array],
    births: tuple[Places, Places],
    join: tuple[Array, Array],
) -> None:
    """Add to flows (o, d), an area after another; its leavers are of birthplaces `areas[1]`."""
    first, born = areas
    begin, lives = births
    for origin in range(len(flows)):
        for cell in range(first[origin], first[origin + 1]):
            b, x, y = born[cell], leave[0][cell], leave[1][cell]
            if x == 0.0 and y == 0.0:
                continue
            for k in range(begin[b], begin[b + 1]):
                flows[origin, lives[k]] += x * join[0][k] + y * join[1][k]
        flows[origin, origin] = 0.0
