"""Who moves when rules change, at unchanged tastes, and what it does to them; MODEL2 (33), (34).

Everybody keeps the tastes that made today's choice. With pi today's shares of the alternatives of
a group (home among them), x_j the change of an alternative's odds and G(t) = sum_k pi_k max(t, x_k):

    stays in j both times    P_jj = pi_j x_j / G(x_j)
    from i to j, x_j > x_i   P_ij = pi_i pi_j x_j Int_{x_i}^{x_j} dt / G(t)^2                    (34)

Rows of P sum to pi, columns to the new shares. A common factor of x cancels, so x is the ratio of
new to old shares. It is the turnover of the policy alone: more than the net change of stocks, less
than real turnover, and it has no tie to time. Of a plain logit; caps by lot, a nest and means to
leave are not in it.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array

__all__ = ["Turnover", "turnover"]


@dataclass(frozen=True)
class Turnover:
    """Moves of a group between alternatives, the last axis j.

    Parameters
    ----------
    now, ratio : (..., j) shares today, and new over old shares (0 where nobody is today)
    stay : (..., j) share of the group that is in j both times, P_jj
    reach : (..., j) Int_0^{x_j} dt / G^2, up to a constant
    """

    now: Array
    ratio: Array
    stay: Array
    reach: Array

    def leaving(self, place: int) -> Array:
        """P_ij of those who leave alternative `place` for each other (..., j)."""
        gained = np.maximum(self.reach - self.reach[..., place, None], 0.0)
        return self.now[..., place, None] * self.now * self.ratio * gained

    def arriving(self, place: int) -> Array:
        """P_ji of those who come to alternative `place` from each other (..., j)."""
        gained = np.maximum(self.reach[..., place, None] - self.reach, 0.0)
        return self.now * (self.now * self.ratio)[..., place, None] * gained


def turnover(now: Array, then: Array) -> Turnover:
    """Moves behind two sets of shares (..., j) of one group, each with the sum 1."""
    some = now > 0.0
    ratio = np.where(some, then / np.where(some, now, 1.0), 0.0)
    order = np.argsort(ratio, axis=-1, kind="stable")
    x = np.take_along_axis(ratio, order, axis=-1)
    share = np.take_along_axis(now, order, axis=-1)
    below, weighted = np.cumsum(share, axis=-1), np.cumsum(share * x, axis=-1)
    best = x * below + (weighted[..., -1:] - weighted)  # G at every x
    # Where the least ratio is 0 nothing comes from there: G is positive all the same.
    between = np.diff(x, axis=-1) / (best[..., 1:] * best[..., :-1])
    reach = np.concatenate([np.zeros_like(x[..., :1]), np.cumsum(between, axis=-1)], axis=-1)
    back = np.argsort(order, axis=-1, kind="stable")
    best = np.take_along_axis(best, back, axis=-1)
    reach = np.take_along_axis(reach, back, axis=-1)
    return Turnover(now, ratio, now * ratio / best, reach)
