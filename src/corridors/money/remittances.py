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
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.labels import Array, Mask

__all__ = [
    "LARGEST_PART",
    "Response",
    "destination_factors",
    "elasticity_for",
    "explained",
    "inverse_curvature",
    "log_origin_factors",
    "out_of",
    "sender_spread",
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
        """What multiplies the share sent: (d, b, i) ratio, rho y_b^^d1 y_i^^d2 beside (6).

        `per_head` (d, i) is output per resident, PPP dollars a year.
        """
        at_home, there = self.factors(per_head / self.per_head)
        return at_home[..., None] * there[:, None, :]

    def factors(self, change: Array) -> tuple[Array, Array]:
        """As `factor`, by birthplace (d, b) and by residence (d, i), ratios; beside (6).

        `change` (d, i) is that of output per resident, a ratio to today.
        """
        return change ** self.origin[:, None], change ** self.residence[:, None]


def share_sent(weight: Array, elasticity: Array, fee: Array) -> Array:
    """Rho of equation (6), the share of income sent.

    Parameters
    ----------
    weight : (..., b, i, k) beta, between 0 and 1
    elasticity : (..., b, 1, 1) e, of substitution
    fee : (..., b, i, 1) c, share of what is sent

    Returns
    -------
    Array (..., b, i, k) share of income; all arguments broadcast
    """
    kept = weight * (1.0 - fee) ** (elasticity - 1.0)
    return kept / (1.0 - weight + kept)


def value_of_sending(weight: Array, elasticity: Array, fee: Array) -> Array:
    """B of equation (6): what the option to send multiplies a migrant's consumption by.

    Parameters
    ----------
    weight : (..., b, i, k) beta, between 0 and 1
    elasticity : (..., b, 1, 1) e, of substitution
    fee : (..., b, i, 1) c, share of what is sent; 1 is a ban

    Returns
    -------
    Array (..., b, i, k), ratio; all arguments broadcast
    """
    unit = np.abs(elasticity - 1.0) < 1e-9
    power = np.where(unit, 1.0, elasticity - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # fee 1: nothing arrives, ln 0
        log_kept = np.log1p(-fee)
        general = np.log1p(weight * np.expm1(power * log_kept)) / power
        return np.exp(np.where(unit, weight * log_kept, general))


def weight_for(share: Array, elasticity: Array, fee: Array) -> Array:
    """Beta that makes the share sent equal `share` at this fee; the inverse of (6).

    Parameters
    ----------
    share : (..., b, i, k) rho, share of income
    elasticity : (..., b, 1, 1) e, of substitution
    fee : (..., b, i, 1) c, share of what is sent, below 1

    Returns
    -------
    Array (..., b, i, k), weight between 0 and 1; all arguments broadcast
    """
    odds = share / (1.0 - share) * (1.0 - fee) ** (1.0 - elasticity)
    return odds / (1.0 + odds)


def elasticity_for(semi_elasticity: Array, share: Array, fee: Array) -> Array:
    """Elasticity e that makes d ln(sent) / dc what was measured, at the observed share.

    From (6), d ln rho / dc = -(e-1)(1-rho)/(1-c) at fixed income.

    Parameters
    ----------
    semi_elasticity : (...) log points a unit of c, negative
    share : (...) rho, share of income sent
    fee : (...) c, share of what is sent

    Returns
    -------
    Array (...), elasticity of substitution
    """
    return 1.0 - semi_elasticity * (1.0 - fee) / (1.0 - share)


#: Of migrants' whole income, after fees, what can have been sent at most; receipts beyond are not
#: explained by migrants (border workers, public transfers). Equation (28).
LARGEST_PART = 0.9
#: Part of their income so small that its logs and squares are no numbers any more.
SMALLEST_PART = 1e-20
#: How loosely totals by sender hold, in log points and beside it in US dollars (the matrix is a
#: model itself, and of a small sender it is mostly that), and how far destinations may differ.
#: Assumed; with a spread of 0.7 Germany and Switzerland stay a quarter and a half off.
SENDERS_SPREAD, SMALL_SENDER, FACTOR_SPREAD = 0.1, 1e9, 1.5
NOTHING = 1e-300


def shares(log_r: Array, log_g: Array, kap: Array, fee: Array, elasticity: Array) -> Array:
    """Rho of equation (27), (..., b, i, k).

    Parameters
    ----------
    log_r : (..., b), log_g : (..., i) log points
    kap : (..., k), relative odds of a status
    fee : (..., b, i) c, share of what is sent
    elasticity : (..., b) e, of substitution

    Returns
    -------
    Array (..., b, i, k) share of income
    """
    odds = np.exp(log_r)[..., :, None, None] * np.exp(log_g)[..., None, :, None]
    odds = odds * _cost(kap, fee, elasticity)
    return np.asarray(odds / (1.0 + odds))


def _cost(kap: Array, fee: Array, elasticity: Array) -> Array:
    """What status and fee make of the odds, (..., b, i, k)."""
    return ((1.0 - fee) ** (elasticity[..., None] - 1.0))[..., None] * kap[..., None, None, :]


def explained(recorded: Array, income: Array, fee: Array) -> Array:
    """Receipts that migrants can have sent, REM - O of (28): `LARGEST_PART` of income at most.

    Less than `SMALLEST_PART` of it is nothing.

    Parameters
    ----------
    recorded : (..., b), income : (..., b, i, k)
        US dollars a year, or any one currency.
    fee : (..., b, i) share of what is sent

    Returns
    -------
    Array (..., b), in the same currency a year
    """
    return out_of(recorded, np.sum((1.0 - fee)[..., None] * income, axis=(-2, -1)))


def out_of(recorded: Array, whole: Array) -> Array:
    """As `explained`, of migrants' whole income after fees; REM - O of (28).

    Parameters
    ----------
    recorded, whole : (..., b)
        US dollars a year, or any one currency.

    Returns
    -------
    Array (..., b), in the same currency a year
    """
    most = LARGEST_PART * whole
    return np.where(recorded > SMALLEST_PART * most, np.minimum(recorded, most), 0.0)


def log_origin_factors(
    receipts: Array, income: Array, odds: Array, fee: Array, start: Array | None = None
) -> Array:
    """ln r_b that make what arrives equal `receipts` exactly; equation (28).

    Parameters
    ----------
    receipts : (..., b) US dollars a year, or any one currency
    income : (..., b, i, k) m, same currency a year
    odds : (..., b, i, k) rho / (1 - rho) at r = 1
    fee : (..., b, i) share of what is sent
    start : (..., b), optional
        ln r to begin at; the answer does not depend on it.

    Returns
    -------
    Array (..., b) log points; -inf where nothing is received, or more than migrants' whole income
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
    start: Array | None = None,
) -> tuple[Array, Array]:
    """ln r and ln g of equations (28) and (29), for one world.

    Parameters
    ----------
    receipts : (b,) REM - O, US dollars a year
    income : (b, i, k) m of migrants, US dollars a year
    cost : kap (k,), fee (b, i) and elasticity (b,)
        Relative odds, share of what is sent, elasticity of substitution.
    senders : (i,) S, what is sent from each place, US dollars a year; NaN where nobody tells
    spread : s_S and s_g; with s_S = 0 totals by sender hold exactly, but for one common factor;
        by default those of this module, senders in US dollars
    start : (i,) ln g to begin at; the answer does not depend on it

    Returns
    -------
    log_r : (b,), log_g : (i,) log points
        Where nobody tells what is sent from anywhere g is 1.
    """
    kap, fee, elasticity = cost
    told = np.isfinite(senders) & (senders > 0.0) & (income.sum(axis=(0, 2)) > 0.0)
    if not told.any():
        log_g = np.zeros(len(senders))
        return log_origin_factors(receipts, income, _cost(kap, fee, elasticity), fee), log_g
    loose, spread_g = sender_spread(senders, told), FACTOR_SPREAD
    if spread is not None:
        loose, spread_g = np.full(len(senders), max(spread[0], 1e-6)), spread[1]
    fit = _Fit.of(receipts, income, cost, senders, told, (loose, spread_g))
    log_g = _least(fit, np.zeros(len(senders)) if start is None else start)
    # The last digits of a linear solution differ from one process to the next; a digest must not.
    log_g = np.round(log_g, FACTOR_DIGITS)
    return fit.at(log_g, None).log_r, log_g


def inverse_curvature(
    receipts: Array, income: Array, cost: tuple[Array, Array, Array], senders: Array, log_g: Array
) -> Array:
    """Inverse of the curvature of half of (29) at ln g: the covariance of ln g near the optimum.

    Parameters
    ----------
    receipts : (b,), income : (b, i, k), senders : (i,)
        US dollars a year, as in `destination_factors`.
    cost : kap (k,), fee (b, i) and elasticity (b,)
    log_g : (i,) log points

    Returns
    -------
    Array (i, i), squared log points
    """
    told = np.isfinite(senders) & (senders > 0.0) & (income.sum(axis=(0, 2)) > 0.0)
    spread = (sender_spread(senders, told), FACTOR_SPREAD)
    fit = _Fit.of(receipts, income, cost, senders, told, spread)
    return np.asarray(np.linalg.inv(fit.slopes(fit.at(log_g, None))[2]), dtype=float)


def sender_spread(senders: Array, told: Mask) -> Array:
    """s_S of equation (29): how far a report of what is sent may be off.

    Parameters
    ----------
    senders : (i,) US dollars a year
    told : (i,) where somebody tells

    Returns
    -------
    Array (i,), standard deviation in log points; larger for small senders
    """
    dollars = SMALL_SENDER / np.where(told, senders, SMALL_SENDER)
    return np.hypot(SENDERS_SPREAD, dollars)


def _least(fit: _Fit, log_g: Array) -> Array:
    """Ln g (i,) at the minimum of (29), by Newton's method.

    Small senders hold loosely and stay far off, so that their curvature counts: without it
    (Gauss-Newton) steps do not converge.
    """
    point = fit.at(log_g, None)
    for _ in range(100):
        gradient, rough, exact = fit.slopes(point)
        newton = _step(exact, gradient)
        short = newton is not None and np.abs(newton).max() <= LONGEST_STEP
        step = newton if newton is not None and short else np.linalg.solve(rough, gradient)
        size = 1.0
        trial = fit.at(point.log_g - step, point.log_r)
        while size > 1e-3 and trial.misfit > point.misfit * (1.0 + 1e-13):
            size *= 0.5
            trial = fit.at(point.log_g - size * step, point.log_r)
        point = trial
        if np.abs(size * step).max() < FACTORS_CLOSE:
            break
    return point.log_g


#: Newton's steps in ln g longer than this go by the rough curvature instead; and where they end,
#: with a last step that squares what is left.
LONGEST_STEP, FACTORS_CLOSE = 2.0, 1e-7


def _step(curvature: Array, gradient: Array) -> Array | None:
    """Newton's step, or None where the curvature is not positive."""
    try:
        np.linalg.cholesky(curvature)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.solve(curvature, gradient))


@dataclass(frozen=True)
class _Point:
    """What is sent at some ln g (i,): ln r (b,), by pair (p,), by sender (i,), misfit of (29)."""

    log_g: Array
    log_r: Array
    sent: Array
    moves: Array
    curve: Array
    gap: Array
    misfit: float


@dataclass(frozen=True)
class _Fit:
    """What is sent at given factors of destination, receipts always exact.

    Parameters
    ----------
    receipts : (b,), 0 where nothing can have been sent
    income, cost : (p, g) by pair with people and distinct kap
    kept : (p,) 1 - fee
    birthplace, residence : (p,)
    told : (i,) bool; senders, weight : (i,) S and 1 / s_S^2
    prior : 1 / s_g^2
    """

    receipts: Array
    income: Array
    cost: Array
    kept: Array
    birthplace: NDArray[np.intp]
    residence: NDArray[np.intp]
    told: Mask
    senders: Array
    weight: Array
    prior: float

    @classmethod
    def of(
        cls,
        receipts: Array,
        income: Array,
        cost: tuple[Array, Array, Array],
        senders: Array,
        told: Mask,
        spread: tuple[Array, float],
    ) -> Self:
        """See `destination_factors`; statuses with one kap are added up."""
        kap, fee, elasticity = cost
        kinds, kind = np.unique(kap, return_inverse=True)
        added = income @ np.eye(len(kinds))[kind]
        birthplace, residence = np.nonzero(added.sum(axis=-1))
        of_pairs = added[birthplace, residence]
        kept = 1.0 - np.broadcast_to(fee, income.shape[:2])[birthplace, residence]
        whole = np.bincount(birthplace, kept * _both(of_pairs), minlength=len(receipts))
        reach = kept ** (elasticity[birthplace] - 1.0)
        return cls(
            receipts=np.where((receipts > 0.0) & (whole > receipts), receipts, 0.0),
            income=of_pairs,
            cost=reach[:, None] * kinds,
            kept=kept,
            birthplace=birthplace,
            residence=residence,
            told=told,
            senders=senders,
            weight=told / spread[0] ** 2,
            prior=spread[1] ** -2.0,
        )

    def at(self, log_g: Array, start: Array | None) -> _Point:
        """What is sent at `log_g`, looking for ln r from `start`."""
        at_one = np.exp(log_g)[self.residence, None] * self.cost
        log_r = self._origins(at_one, start)
        odds = np.exp(log_r)[self.birthplace, None] * at_one
        share = odds / (1.0 + odds)
        money = self.income * share
        moving = money * (1.0 - share)
        sent = np.maximum(self._by_residence(_both(money)), NOTHING)
        of = np.where(self.told, self.senders, sent)
        level = np.log(sent[self.told].sum() / of[self.told].sum())
        gap = np.where(self.told, np.log(sent / of) - level, 0.0)
        curve = _both(moving * (1.0 - 2.0 * share))
        misfit = float(np.sum(self.weight * gap**2) + self.prior * np.sum(log_g**2))
        return _Point(log_g, log_r, sent, _both(moving), curve, gap, misfit)

    def slopes(self, point: _Point) -> tuple[Array, Array, Array]:
        """Half the gradient (i,) of (29) in ln g, its curvature without and with that of gaps."""
        number, told = len(self.senders), self.told.astype(float)
        moves, curve = self._matrix(point.moves), self._matrix(point.curve)
        kept = self._matrix(self.kept)
        part = kept * moves
        whole = np.maximum(part.sum(axis=1, keepdims=True), NOTHING)
        part /= whole
        # What sent_i changes by with ln g_l, receipts exact.
        change = np.diag(moves.sum(axis=0)) - moves.T @ part
        total = point.sent[self.told].sum()
        level = (told @ change) / total
        jacobian = change / point.sent[:, None] - level
        pull = self.weight * point.gap
        gradient = jacobian.T @ pull + self.prior * point.log_g
        # (Only products of r and g are identified: a common factor of g is held where it is.)
        rough = jacobian.T @ (self.weight[:, None] * jacobian) + self.prior * np.eye(number)
        hold = 1e-13 * np.abs(rough).max() * np.eye(number)
        sent = np.where(point.sent > NOTHING, point.sent, np.inf)
        per_sent = pull / sent
        value = per_sent - pull.sum() * told / total
        price = value - ((moves @ value) / whole[:, 0])[:, None] * kept
        bend = price * curve
        crossed = bend.T @ part
        exact = rough - change.T @ ((per_sent / sent)[:, None] * change)
        exact += pull.sum() * np.outer(level, level) + np.diag(bend.sum(axis=0))
        exact += part.T @ (bend.sum(axis=1)[:, None] * part) - crossed - crossed.T
        return gradient, rough + hold, exact + hold

    def _origins(self, odds: Array, start: Array | None) -> Array:
        """`log_origin_factors` by pair."""
        some = self.receipts > 0.0
        target = np.where(some, self.receipts, 0.5)
        kept = self.kept[:, None] * self.income
        if start is None:
            whole = self._by_birthplace(_both(kept * odds))
            start = np.log(target / np.maximum(whole, NOTHING))
        log_r = np.where(some, start, -np.inf)
        for _ in range(100):
            reached = np.exp(log_r)[self.birthplace, None] * odds
            rho = reached / (1.0 + reached)
            money = kept * rho
            total = self._by_birthplace(_both(money))
            slope = self._by_birthplace(_both(money * (1.0 - rho)))
            gap = np.where(some, np.log(np.maximum(total, NOTHING) / target), 0.0)
            step = np.clip(gap * total / np.maximum(slope, NOTHING), -3.0, 3.0)
            log_r = log_r - np.where(some, step, 0.0)
            if np.abs(gap).max(initial=0.0) < RECEIPTS_CLOSE:
                break
        return log_r

    def _by_birthplace(self, values: Array) -> Array:
        return np.bincount(self.birthplace, values, minlength=len(self.receipts)).astype(float)

    def _by_residence(self, values: Array) -> Array:
        return np.bincount(self.residence, values, minlength=len(self.senders)).astype(float)

    def _matrix(self, values: Array) -> Array:
        """(b, i) of (p,)."""
        whole = np.zeros((len(self.receipts), len(self.senders)))
        whole[self.birthplace, self.residence] = values
        return whole


def _both(values: Array) -> Array:
    """Kinds added up, (p,) of (p, g): a product is faster than a sum along a short axis."""
    return values @ np.ones(values.shape[1])


#: Receipts are exact when their logs are off by less; Newton's last step squares what is left.
RECEIPTS_CLOSE = 1e-9
