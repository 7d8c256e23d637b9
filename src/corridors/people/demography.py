"""Who among the migrants of a corridor is a child, and who has tertiary schooling.

Only margins are known: how many of a country's emigrants, and of its immigrants, belong to the
part. The exact three-way fit to two margins of a binary split is a sum of log-odds,

    share_bi = a_b c_i / (1 + a_b c_i),   sum_i whole_bi share_bi = R_b,   sum_b = C_i,

which keeps 0 <= part <= whole in every cell. (Fitting the part alone to its margins does not.)
"""

from __future__ import annotations

import numpy as np

from corridors.errors import Infeasible, InputError, NotConverged, Problem
from corridors.labels import Array, figures

__all__ = ["split_by_odds"]


LEAST_LOG_ODDS = -50.0


def split_by_odds(
    whole: Array, origin_shares: Array, destination_shares: Array, *, tolerance: float = 0.5
) -> Array:
    """The part of `whole` (b, i) whose margins have these shares, as persons (b, i).

    Parameters
    ----------
    whole : (b, i) persons
    origin_shares, destination_shares : (b,), (i,)
        Share of the part among all emigrants of b, all immigrants of i. The two totals they imply
        differ by a few per cent in practice; both margins are scaled to the geometric mean.
    tolerance : float, persons
        Largest difference to a margin.

    Raises
    ------
    Infeasible
        A scaled margin exceeds the whole it is a part of.
    NotConverged
        With the largest difference in persons.
    """
    whole = figures(whole, "whole", dims=2)
    shares = []
    for side, given, size in zip(
        ("origin", "destination"), (origin_shares, destination_shares), whole.shape, strict=True
    ):
        share = figures(given, f"{side} shares", dims=1)
        if share.shape != (size,) or (share > 1.0).any():
            what = f"are not {size} shares of at most 1"
            raise InputError(Problem(f"{side} shares", what, "Give 0 to 1 for each label"))
        shares.append(share)
    origin_shares, destination_shares = shares
    rows, columns = whole.sum(axis=1), whole.sum(axis=0)
    row_part, column_part = rows * origin_shares, columns * destination_shares
    total = np.sqrt(row_part.sum() * column_part.sum())
    if not total > 0.0:
        return np.zeros_like(whole)
    row_part, column_part = (
        row_part * (total / row_part.sum()),
        column_part * (total / column_part.sum()),
    )
    if (row_part > rows).any() or (column_part > columns).any():
        raise Infeasible("a part exceeds its whole after both margins were scaled to one total")
    a, c = np.zeros(len(rows)), np.zeros(len(columns))
    for _ in range(1000):
        a = _solve_rows(whole, row_part, a, c)
        c = _solve_rows(whole.T, column_part, c, a)
        part = whole * _shares(a, c)
        residual = np.abs(part.sum(axis=1) - row_part).max()
        if residual < tolerance:
            return part
    raise NotConverged("the split of migrants by two margins, in persons", residual=residual)


def _shares(a: Array, c: Array) -> Array:
    """Logistic of a_b + c_i (b, i); the odds are an outer product, so no exponential per cell."""
    odds = np.exp(a)[:, None] * np.exp(c)
    return odds / (1.0 + odds)


def _solve_rows(whole: Array, target: Array, a: Array, c: Array) -> Array:
    """Log-odds a_b with sum_i whole_bi logistic(a_b + c_i) = target_b, by guarded Newton.

    Empty rows keep their value, since they constrain nothing; an empty target gets odds near 0.
    """
    some = whole.sum(axis=1) > 0.0
    active = some & (target > 0.0)
    for _ in range(20):
        share = _shares(a, c)
        part = whole * share
        miss = part.sum(axis=1) - target
        if np.abs(miss[active]).max(initial=0.0) < 1e-6:
            break
        slope = (part * (1.0 - share)).sum(axis=1)
        step = np.where(active, miss / np.where(slope > 0.0, slope, 1.0), 0.0)
        a = a - np.clip(step, -4.0, 4.0)
    return np.where(some & (target <= 0.0), LEAST_LOG_ODDS, a)
