"""What migrants send home.

Warm glow: a migrant of status k splits income y between own consumption and amounts received at
home, with weight beta_k and elasticity of substitution e. With c the cost share of sending:

    G = (1-beta) + beta (1-c)^(e-1),  rho = beta (1-c)^(e-1) / G,  B = G^(1/(e-1));
    at e = 1: rho = beta, B = (1-c)^beta                                      (6)
    sent_bi = sum_sk rho y M,  received_b = sum_i (1-c) sent_bi,  cost = sum c sent       (7)

rho is the share of income sent and B the value of the option to send. Axes end in b birthplace
(who receives), i residence (who sends), k status.

Optionally (`Response`) the share sent answers to income per head at both ends: those at home who
lose are sent more, rho y_b^^d1 y_i^^d2 with y^ the change of output per resident. Tastes shift with
it; B, which compares one place with another, stays.

What is sent from where to where: factors of origin and of destination, fitted to both ends.

Odds of a unit of income being sent, not shares, so that no share needs a cap:

    rho_bik / (1 - rho_bik) = r_b g_i kap_k (1-c_bi)^(e-1)                                      (27)
    receipts   sum_ik (1-c_bi) rho_bik m_bik = REM_b - O_b, exactly;  m = income of migrants     (28)
    senders    min over g  sum_i [ln(sent_i(g)/S_i) - t]^2 / s_S^2 + sum_i (ln g_i)^2 / s_g^2    (29)

r_b solves one increasing equation for each b. g_i is 1 where nobody tells what is sent, t is what
fees and untold senders make of the two totals. Only products r_b g_i are identified. O_b is what
migrants' whole income cannot explain. Draws may lead but in `destination_factors`.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array, Mask

__all__ = [
    "LARGEST_PART",
    "Response",
    "destination_factors",
    "elasticity_for",
    "explained",
    "log_origin_factors",
    "share_sent",
    "shares",
    "value_of_sending",
    "weight_for",
]


@dataclass(frozen=True)
class Response:
    """How the share sent answers to income.

    Parameters
    ----------
    origin, residence : (d,) d1 and d2, elasticities to output per resident of b and of i
    per_head : (d, i) output per resident at which the shares are those of (6)
    """

    origin: Array
    residence: Array
    per_head: Array

    def factor(self, per_head: Array) -> Array:
        """What multiplies the share sent at this output per resident (d, i): (d, b, i)."""
        at_home, there = self.factors(per_head / self.per_head)
        return at_home[..., None] * there[:, None, :]

    def factors(self, change: Array) -> tuple[Array, Array]:
        """The same from changes of output per resident (d, i): by birthplace and by residence."""
        return change ** self.origin[:, None], change ** self.residence[:, None]


def share_sent(weight: Array, elasticity: Array, fee: Array) -> Array:
    """Rho of equation (6), the share of income sent: broadcasts weight, elasticity and fee."""
    kept = weight * (1.0 - fee) ** (elasticity - 1.0)
    return kept / (1.0 - weight + kept)


def value_of_sending(weight: Array, elasticity: Array, fee: Array) -> Array:
    """B of equation (6): what the option to send multiplies a migrant's consumption by."""
    unit = np.abs(elasticity - 1.0) < 1e-9
    power = np.where(unit, 1.0, elasticity - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # fee 1: nothing arrives, ln 0
        log_kept = np.log1p(-fee)
        general = np.log1p(weight * np.expm1(power * log_kept)) / power
        return np.exp(np.where(unit, weight * log_kept, general))


def weight_for(share: Array, elasticity: Array, fee: Array) -> Array:
    """Beta that makes the share sent equal `share` at this fee; the inverse of `share_sent`."""
    odds = share / (1.0 - share) * (1.0 - fee) ** (1.0 - elasticity)
    return odds / (1.0 + odds)


def elasticity_for(semi_elasticity: Array, share: Array, fee: Array) -> Array:
    """E that makes d ln(sent) / dc equal `semi_elasticity` (negative) at the observed share.

    From (6), d ln rho / dc = -(e-1)(1-rho)/(1-c) at fixed income.
    """
    return 1.0 - semi_elasticity * (1.0 - fee) / (1.0 - share)


#: Of migrants' whole income, after fees, what can have been sent at most; receipts beyond are not
#: explained by migrants (border workers, public transfers). Equation (28).
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
    odds = np.exp(log_r)[..., :, None, None] * np.exp(log_g)[..., None, :, None]
    odds = odds * _cost(kap, fee, elasticity)
    return np.asarray(odds / (1.0 + odds))


def _cost(kap: Array, fee: Array, elasticity: Array) -> Array:
    """What status and fee make of the odds, (..., b, i, k)."""
    return ((1.0 - fee) ** (elasticity[..., None] - 1.0))[..., None] * kap[..., None, None, :]


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
        reached = np.exp(log_r)[..., None, None] * odds
        rho = reached / (1.0 + reached)
        total = np.sum(kept * rho, axis=(-2, -1))
        slope = np.sum(kept * rho * (1.0 - rho), axis=(-2, -1))
        gap = np.where(some, np.log(np.maximum(total, NOTHING) / target), 0.0)
        # In logs receipts are concave in ln r: a Newton step in logs never leaps over by much.
        step = gap * total / np.maximum(slope, NOTHING)
        log_r = log_r - np.clip(np.where(some, step, 0.0), -3.0, 3.0)
        if np.abs(gap).max(initial=0.0) < 1e-14:
            break
    return np.where(some, log_r, -np.inf)


#: Decimals of ln g that are kept.
FACTOR_DIGITS = 9


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

    Where nobody tells what is sent from anywhere g is 1.
    """
    kap, fee, elasticity = cost
    told = np.isfinite(senders) & (senders > 0.0) & (income.sum(axis=(0, 2)) > 0.0)
    if not told.any():
        log_g = np.zeros(len(senders))
        return log_origin_factors(receipts, income, _cost(kap, fee, elasticity), fee), log_g
    dollars = SMALL_SENDER / np.where(told, senders, SMALL_SENDER)
    loose, spread_g = np.hypot(SENDERS_SPREAD, dollars), FACTOR_SPREAD
    if spread is not None:
        loose, spread_g = np.full(len(senders), max(spread[0], 1e-6)), spread[1]
    fit = _Fit(receipts, income, _cost(kap, fee, elasticity), fee, told, senders)
    weight, log_g = told / loose**2, np.zeros(len(senders))

    def misfit(gap: Array, log_g: Array) -> float:
        return float(np.sum(weight * gap**2) + np.sum(log_g**2) / spread_g**2)

    log_r, odds, gap = fit.at(log_g, None)
    for _ in range(100):
        jacobian = fit.jacobian(odds)
        normal = jacobian.T @ (weight[:, None] * jacobian) + np.eye(len(senders)) / spread_g**2
        # Only products of r and g are identified: a common factor of g is held where it is.
        normal += 1e-13 * np.abs(normal).max() * np.eye(len(senders))
        step = np.linalg.solve(normal, jacobian.T @ (weight * gap) + log_g / spread_g**2)
        before, size = misfit(gap, log_g), 1.0
        trial = fit.at(log_g - step, log_r)
        while size > 1e-3 and misfit(trial[2], log_g - size * step) > before:
            size *= 0.5  # a Gauss-Newton step may be too long, its direction is right
            trial = fit.at(log_g - size * step, log_r)
        log_g = log_g - size * step
        log_r, odds, gap = trial
        after = misfit(gap, log_g)
        if np.abs(size * step).max() < 1e-9 or before - after < 1e-8 * before:
            break
    # The last digits of a linear solution differ from one process to the next; a digest must not.
    log_g = np.round(log_g, FACTOR_DIGITS)
    return fit.at(log_g, None)[0], log_g


@dataclass(frozen=True)
class _Fit:
    """What is sent at given factors of destination, receipts always exact."""

    receipts: Array
    income: Array
    cost: Array
    fee: Array
    told: Mask
    senders: Array

    def at(self, log_g: Array, start: Array | None) -> tuple[Array, Array, Array]:
        """Ln r (b,), odds (b, i, k), and ln(sent / S) (i,) with totals made the same (t)."""
        at_one = np.exp(log_g)[:, None] * self.cost
        log_r = log_origin_factors(self.receipts, self.income, at_one, self.fee, start)
        odds = np.exp(log_r)[:, None, None] * at_one
        sent = np.maximum(np.sum(self.income * odds / (1.0 + odds), axis=(0, 2)), NOTHING)
        of = np.where(self.told, self.senders, sent)
        level = np.log(sent[self.told].sum() / of[self.told].sum())
        return log_r, odds, np.where(self.told, np.log(sent / of) - level, 0.0)

    def jacobian(self, odds: Array) -> Array:
        """D ln(sent_i / S_i) / d ln g_l with receipts exact, (i, l)."""
        moves = np.sum(self.income * odds / (1.0 + odds) ** 2, axis=2)
        sent = np.maximum(np.sum(self.income * odds / (1.0 + odds), axis=(0, 2)), NOTHING)
        kept = (1.0 - self.fee) * moves
        part = kept / np.maximum(kept.sum(axis=1, keepdims=True), NOTHING)
        change = np.diag(moves.sum(axis=0)) - moves.T @ part
        level = change[self.told].sum(axis=0) / sent[self.told].sum()
        return np.asarray(change / sent[:, None] - level)
