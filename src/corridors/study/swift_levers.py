"""Policies whose effect on wedges has a formula by pair: openings beside levers of other things.

The levers themselves act on whole matrices; here `open_border` is taken off the cells with people
only, by equation (31), and what touches no wedge (money, capital) is applied as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from corridors.baseline.compact import Places, Today
from corridors.borders.levers import OpenBorder
from corridors.capital.levers import LEVERS as OF_CAPITAL
from corridors.labels import Array, Mask
from corridors.money.levers import LEVERS as OF_MONEY
from corridors.rules import Policy, Rules

__all__ = ["Opening", "opening"]


@dataclass(frozen=True)
class Opening:
    """A policy of openings and of levers that touch no wedge.

    Parameters
    ----------
    others : the levers that touch no wedge
    openings : legal share or None for the parameter, and the cells (p, s, k) it acts on
    law : (p,) part of the law that is not gone already
    """

    others: Policy
    openings: tuple[tuple[float | None, Mask], ...]
    law: Array

    def apply(self, today: Today, rules: Rules) -> tuple[Rules, Array | None]:
        """Rules under the policy but for wedges, and theta times what it takes off ln tau, (31).

        Returns
        -------
        rules : Rules
        log_factor : (p, s, k) log points, or None where nothing opens
        """
        after, _ = self.others.apply(rules)
        if not self.openings:
            return after, None
        theta = float(today.structure.theta[0, 0])
        places, size = today.places, np.log(rules.adults) / theta
        taken = np.zeros_like(today.log_wedge)
        for share, cells in self.openings:
            v = float(rules.legal_share[0]) if share is None else share
            by_pair = (places.birthplace, places.residence, v * self.law)
            _take(*by_pair, size, cells, today.log_wedge, taken)
        taken *= theta
        return after, taken


def opening(policy: Policy, rules: Rules, places: Places) -> Opening | None:
    """The policy by the formula (31) by pair; None where a lever has none.

    Parameters
    ----------
    policy : Policy
    rules : Rules
        ln tau (1, s, b, i, k), log points.
    places : Places
        Pairs p with people.

    Returns
    -------
    Opening or None
        Shares of the log wedge that are law, cells (p, s, k), and what is not free yet (p,), a
        share.
    """
    known = (OpenBorder, *OF_MONEY, *OF_CAPITAL)
    if not all(type(lever) in known for lever in policy.levers):
        return None
    openings = tuple(
        (lever.legal_share, places.gather(lever.where.mask(rules) & ~rules.empty))
        for lever in policy.levers
        if isinstance(lever, OpenBorder)
    )
    others = tuple(lever for lever in policy.levers if not isinstance(lever, OpenBorder))
    law = 1.0 - rules.free[places.birthplace, places.residence]
    return Opening(Policy(policy.name, others), openings, law)


@njit(cache=True)
def _take(birthplace, residence, part, size, cells, log_wedge, taken):  # type: ignore[no-untyped-def]
    """Adds to `taken` (p, s, k) the part of the wedge by law of what is left of ln tau."""
    for p in range(len(residence)):
        larger = size[residence[p]] - size[birthplace[p]]
        for s in range(cells.shape[1]):
            for k in range(cells.shape[2]):
                left = log_wedge[p, s, k] - taken[p, s, k]
                if cells[p, s, k] and left > 0.0:
                    taken[p, s, k] += part[p] * max(left + larger, 0.0)
