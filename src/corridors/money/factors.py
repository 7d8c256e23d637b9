"""What is sent from where to where: factors of origin and of destination, fitted to both ends.

Odds of a unit of income being sent, not shares, so that no share needs a cap:

    rho_bik / (1 - rho_bik) = r_b g_i kap_k (1-c_bi)^(e-1)                                      (27)
    receipts   sum_ik (1-c_bi) rho_bik m_bik = REM_b - O_b, exactly;  m = income of migrants     (28)
    senders    min over g  sum_i [ln(sent_i(g)/S_i) - t]^2 / s_S^2 + sum_i (ln g_i)^2 / s_g^2    (29)

r_b solves one increasing equation for each b. g_i is 1 where nobody tells what is sent, t is what
fees and untold senders make of the two totals. Only products r_b g_i are identified. O_b is what migrants' whole income cannot explain. Axes: b
birthplace (receives), i residence (sends), k status; draws may lead where `d` says so.
"""

from __future__ import annotations

import numpy as np

from corridors.labels import Array

__all__ = ["LARGEST_PART", "destination_factors", "explained", "log_origin_factors", "shares"]

#: Of migrants' whole income, after fees, what can have been sent at most; receipts beyond are not
#: explained by migrants (border workers, public transfers). MODEL2 D.
LARGEST_PART = 0.9
#: How loosely totals by sender hold, in log points and beside it in US dollars (the matrix is a
#: model itself, and of a small sender it is mostly that), and how far destinations may differ.
#: Assumed; with a spread of 0.7 Germany and Switzerland stay a quarter and a half off.
SENDERS_SPREAD, SMALL_SENDER, FACTOR_SPREAD = 0.1, 1e9, 1.5
NOTHING = 1e-300


def shares(log_r: Array, log_g: Array, kap: Array, fee: Array, elasticity: Array) -> Array:
    """Rho of equation (27), (..., b, i, k).

    Parameters
    ----------
    log_r, log_g, kap, fee, elasticity : (..., b), (..., i), (..., k), (..., b, i), (..., b)
    """
    with np.errstate(divide="ignore"):  # a fee of 1 sends nothing
        cost = np.where(fee < 1.0, (elasticity[..., None] - 1.0) * np.log1p(-fee), -np.inf)
    log_odds = log_r[..., :, None] + log_g[..., None, :] + cost
    log_odds = log_odds[..., None] + np.log(kap)[..., None, None, :]
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def explained(recorded: Array, income: Array, fee: Array) -> Array:
    """Receipts that migrants can have sent (..., b): all, or `LARGEST_PART` of their income.

    `recorded` (..., b) and `income` (..., b, i, k) are in one currency, a year.
    """
    most = LARGEST_PART * np.sum((1.0 - fee)[..., None] * income, axis=(-2, -1))
    return np.minimum(recorded, most)


def log_origin_factors(
    receipts: Array, income: Array, odds: Array, fee: Array, start: Array | None = None
) -> Array:
    """Ln r_b (..., b) that make receipts equal `receipts` exactly; equation (28).

    Parameters
    ----------
    receipts : (..., b)
    income : (..., b, i, k) m
    odds : (..., b, i, k) rho / (1 - rho) at r = 1
    """
    kept = (1.0 - fee)[..., None] * income
    some = (receipts > 0.0) & (kept.sum(axis=(-2, -1)) > receipts)
    target = np.where(some, receipts, 0.5)
    kept = np.where(some[..., None, None], kept, 0.0)
    first = kept * odds
    begin = np.log(target / np.maximum(np.sum(first, axis=(-2, -1)), NOTHING))
    log_r = np.where(some, begin if start is None else start, 0.0)
    for _ in range(100):
        rho = 1.0 / (1.0 + np.exp(-log_r[..., None, None]) / np.maximum(odds, NOTHING))
        total = np.sum(kept * rho, axis=(-2, -1))
        slope = np.sum(kept * rho * (1.0 - rho), axis=(-2, -1))
        gap = np.where(some, np.log(np.maximum(total, NOTHING) / target), 0.0)
        # In logs receipts are concave in ln r: a Newton step in logs never leaps over by much.
        step = gap * total / np.maximum(slope, NOTHING)
        log_r = log_r - np.clip(np.where(some, step, 0.0), -3.0, 3.0)
        if np.abs(gap).max(initial=0.0) < 1e-14:
            break
    return np.where(some, log_r, -np.inf)


def destination_factors(
    receipts: Array,
    income: Array,
    cost: tuple[Array, Array, Array],
    senders: Array,
    spread: tuple[float, float] | None = None,
) -> tuple[Array, Array]:
    """Ln r (b,) and ln g (i,) of equations (28) and (29), for one world.

    Parameters
    ----------
    receipts : (b,)
    income : (b, i, k)
    cost : kap (k,), fee (b, i) and elasticity (b,)
    senders : (i,) S, what is sent from each place; NaN where nobody tells
    spread : s_S and s_g; with s_S = 0 totals by sender hold exactly, but for one common factor;
        by default those of this module, senders in US dollars
    """
    kap, fee, elasticity = cost
    told = np.isfinite(senders) & (senders > 0.0) & (income.sum(axis=(0, 2)) > 0.0)
    target = np.log(np.where(told, senders, 1.0))
    dollars = SMALL_SENDER / np.where(told, senders, SMALL_SENDER)
    loose, spread_g = np.hypot(SENDERS_SPREAD, dollars), FACTOR_SPREAD
    if spread is not None:
        loose, spread_g = np.full(len(senders), max(spread[0], 1e-6)), spread[1]
    weight = told / loose**2

    def fitted(log_g: Array, log_r: Array | None) -> tuple[Array, Array, Array]:
        """Ln r at these g, rho, and the gaps of senders, totals made the same (t)."""
        at_one = shares(np.zeros(len(receipts)), log_g, kap, fee, elasticity)
        log_r = log_origin_factors(receipts, income, at_one / (1.0 - at_one), fee, log_r)
        rho = shares(log_r, log_g, kap, fee, elasticity)
        sent = np.maximum(np.sum(income * rho, axis=(0, 2)), NOTHING)
        level = np.log(sent[told].sum() / senders[told].sum())
        return log_r, rho, np.where(told, np.log(sent) - target - level, 0.0)

    def misfit(gap: Array, log_g: Array) -> float:
        return float(np.sum(weight * gap**2) + np.sum(log_g**2) / spread_g**2)

    log_g = np.zeros(len(senders))
    log_r, rho, gap = fitted(log_g, None)
    for _ in range(100):
        moves = np.sum(income * rho * (1.0 - rho), axis=2)  # d sent / d ln odds
        kept = (1.0 - fee) * moves
        part = kept / np.maximum(kept.sum(axis=1, keepdims=True), NOTHING)
        total = np.maximum(np.sum(income * rho, axis=(0, 2)), NOTHING)
        jacobian = (np.diag(moves.sum(axis=0)) - moves.T @ part) / total[:, None]
        normal = jacobian.T @ (weight[:, None] * jacobian) + np.eye(len(senders)) / spread_g**2
        step = np.linalg.solve(normal, jacobian.T @ (weight * gap) + log_g / spread_g**2)
        step = np.where(income.sum(axis=(0, 2)) > 0.0, step, 0.0)
        before, size = misfit(gap, log_g), 1.0
        while size > 1e-6:  # a Gauss-Newton step may be too long, its direction is right
            trial = fitted(log_g - size * step, log_r)
            if misfit(trial[2], log_g - size * step) <= before:
                break
            size *= 0.5
        log_g = log_g - size * step
        log_r, rho, gap = trial
        if np.abs(size * step).max() < 1e-10:
            break
    return log_r, log_g
