"""Where people go when they look ahead.

A person in i in year t compares the places j of next year by what follows from them, at the cost
kap_ij of moving and with iid extreme-value tastes of dispersion nu (Caliendo, Dvorkin and Parro
2019):

    V_it = ln X_it + nu ln sum_j exp((beta V_j,t+1 - kap_ij) / nu)            MODEL 9, mode B
    P_ijt = softmax_j (beta V_j,t+1 - kap_ij) / nu,     L_t+1 = P_t' L_t

In ratios to a known path, v = exp((V' - V) / nu):

    v_it = X^_it^(1/nu) sum_j P_ijt khat_ijt v_j,t+1^beta,   khat = exp(-dkap / nu)
    P'_ijt = P_ijt khat_ijt v_j,t+1^beta / sum

Both are one recursion, weights exp(-kap/nu) in levels and P khat in ratios. After the last year
nothing changes any more, and V solves the stationary problem. Axes: t year, groups of people (such
as birthplaces) may follow, then i place now, j place next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridors.errors import NotConverged

__all__ = ["choose", "choose_in_changes", "walk"]

Array = NDArray[np.float64]


def choose(log_pay: Array, cost: Array, *, patience: float, spread: float) -> tuple[Array, Array]:
    """Values and moves in levels.

    Parameters
    ----------
    log_pay : (t, ..., i) ln X; the last year stands for every year after
    cost : (t or 1, ..., i, j) kap; +inf where there is no way
    patience : beta, per year, below 1
    spread : nu

    Returns
    -------
    values : (t, ..., i) V
    moves : (t, ..., i, j) P, rows that sum to 1
    """
    log_value, moves = _look_back(log_pay / spread, -cost / spread, patience)
    return spread * log_value, moves


def choose_in_changes(
    log_pay_change: Array, moves: Array, cost_change: Array, *, patience: float, spread: float
) -> tuple[Array, Array]:
    """The same in ratios to a path with moves P.

    Parameters
    ----------
    log_pay_change : (t, ..., i) ln X^
    moves : (t, ..., i, j) P of the known path; the last row stands for every year after
    cost_change : (t or 1, ..., i, j) dkap; nothing opens a way that nobody took

    Returns
    -------
    value_change : (t, ..., i) V' - V
    moves : (t, ..., i, j) P'
    """
    used = moves > 0.0
    with np.errstate(divide="ignore"):
        weight = np.log(moves) - np.where(used, cost_change, 0.0) / spread
    log_value, moved = _look_back(log_pay_change / spread, weight, patience)
    return spread * log_value, moved


def walk(start: Array, moves: Array) -> Array:
    """People (t, ..., i) from those of the first year (..., i); the last moves come after."""
    people = [start]
    for move in moves[:-1]:
        people.append(np.matmul(people[-1][..., None, :], move)[..., 0, :])
    return np.stack(people)


def _look_back(gain: Array, log_weight: Array, patience: float) -> tuple[Array, Array]:
    """ln v (t, ..., i) and the shares (t, ..., i, j) of v = e^gain sum_j weight v_next^beta."""
    years = len(gain)
    weights = np.broadcast_to(log_weight, (years, *log_weight.shape[1:]))
    shape: tuple[int, ...] = np.broadcast_shapes(gain.shape, weights.shape[:-1])
    value, shares = np.empty(shape), np.empty(shape + shape[-1:])
    value[-1], shares[-1] = _stationary(gain[-1], weights[-1], patience)
    for year in range(years - 2, -1, -1):
        ahead, shares[year] = _mean(weights[year], value[year + 1], patience)
        value[year] = gain[year] + ahead
    return value, shares


def _mean(log_weight: Array, value: Array, patience: float) -> tuple[Array, Array]:
    """ln sum_j weight_ij v_j^beta and the shares of its terms."""
    exponent = log_weight + patience * value[..., None, :]
    top = exponent.max(axis=-1, keepdims=True)
    terms = np.exp(exponent - top)
    total = terms.sum(axis=-1, keepdims=True)
    return (np.log(total) + top)[..., 0], terms / total


def _stationary(gain: Array, log_weight: Array, patience: float) -> tuple[Array, Array]:
    """ln v and shares when every year is like the last, by Newton.

    The map is convex with slope beta P, so from the second step on Newton comes down to the
    solution without a detour (it is policy iteration).
    """
    value = np.broadcast_to(gain, np.broadcast_shapes(gain.shape, log_weight.shape[:-1])) * 1.0
    identity = np.eye(value.shape[-1])
    for _ in range(100):
        ahead, shares = _mean(log_weight, value, patience)
        step = np.linalg.solve(identity - patience * shares, (gain + ahead - value)[..., None])
        value = value + step[..., 0]
        if np.abs(step).max() <= 1e-13 * (1.0 + np.abs(value).max()):
            return value, shares
    raise NotConverged("the value of places after the last year", residual=np.abs(step).max())
