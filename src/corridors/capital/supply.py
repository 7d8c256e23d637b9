"""How much capital works in each economy.

With B = A Z^(1-alpha-gamma), output is Y = K^alpha B and the return alpha Y / K. Closures (12):

    fixed    the stock stays where it is
    mobile   the return is what the world requires:            K ~ B^(1/(1-alpha))
    elastic  the stock follows the return with elasticity kappa: K ~ B^(kappa/(1+kappa(1-alpha)))
    world    the world's stock moves until every return has changed by the same factor
    elastic_world  elastic against a return of the world that keeps the world's stock

The last two conserve the world's capital, as `fixed` does: with z what that return changes by,

    K^_i = [ret_i^(1+kappa(1-alpha_i)) B^_i^kappa z^-kappa]^(1/(1+kappa(1-alpha_i)))             (25)

z from sum K' = sum K; `elastic_world` is `fixed` at kappa 0 and `world` without end of kappa.
Each closure is one exponent of B. What a policy drives out or brings back enters as the share
retained at unchanged labour, which means the same in every closure: the model's shifter xi is
`retained` itself (fixed), retained^-(1-alpha) (mobile, world), retained^(1+kappa(1-alpha)) (elastic).
"""  # noqa: E501

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from corridors.errors import InputError, Problem, nearest
from corridors.labels import Array

__all__ = ["CLOSURES", "CONSERVING", "Closure", "exponent", "require_closure", "stock", "stock_hat"]

Closure = Literal["fixed", "mobile", "elastic", "world", "elastic_world"]
CLOSURES: tuple[str, ...] = get_args(Closure)
#: Closures with a return of the world that keeps its stock.
CONSERVING = ("world", "elastic_world")


def require_closure(closure: object) -> None:
    """Refuse what is no closure of (12).

    Raises
    ------
    InputError
        Names the nearest.
    """
    if not (isinstance(closure, str) and closure in CLOSURES):
        raise _not_a_closure(closure)


def _not_a_closure(closure: object) -> InputError:
    close = ", ".join(nearest(str(closure), CLOSURES))
    return InputError(Problem("capital", f"'{closure}' is not a closure", f"Use one of {close}"))


def exponent(closure: str, alpha: Array, kappa: Array | float) -> Array:
    """Elasticity of the capital stock with respect to B = A Z^(1-alpha-gamma), by closure of (12).

    Parameters
    ----------
    closure : one of `CLOSURES`
    alpha : (..., i) share of capital in output
    kappa : (..., i) or float
        Elasticity of the stock to the return; read by the elastic closures.

    Returns
    -------
    Array (..., i), elasticity at a given world return

    Raises
    ------
    InputError
        There is no such closure; names the nearest.
    """
    if closure == "fixed":
        return np.zeros_like(alpha)
    if closure in ("mobile", "world"):
        return 1.0 / (1.0 - alpha)
    if closure in ("elastic", "elastic_world"):
        return kappa / (1.0 + kappa * (1.0 - alpha))
    raise _not_a_closure(closure)


def stock_hat(
    closure: str, scale: Array, alpha: Array, kappa: Array | float, retained: Array, now: Array
) -> Array:
    """K^ of equation (12) in changes; (25) where the world's stock is kept.

    Parameters
    ----------
    closure : one of `CLOSURES`
    scale : (..., i) B^ = A^ Z^^(1-alpha-gamma), ratio to today
    alpha : (..., i) share of capital in output
    kappa : (..., i) or float
        Elasticity of the stock to the return; read by the elastic closures.
    retained : (..., i) share of the stock that stays at unchanged labour
    now : (..., i) stock now, any unit; read by closures that keep the world's stock

    Returns
    -------
    Array (..., i), ratio to today

    Raises
    ------
    InputError
        There is no such closure; names the nearest.
    """
    power = exponent(closure, alpha, kappa)
    free = retained * scale**power
    if closure not in CONSERVING:
        return free
    weight = now / now.sum(axis=-1, keepdims=True)
    return free * _common_return(weight * free, power)[..., None] ** -power


def stock(
    closure: str,
    scale: Array,
    alpha: Array,
    kappa: Array | float,
    retained: Array,
    anchor: Array,
    required: Array,
) -> Array:
    """K of equation (12) in levels.

    Parameters
    ----------
    closure : one of `CLOSURES`
    scale : (..., i) B = A Z^(1-alpha-gamma)
    alpha : (..., i) share of capital in output
    kappa : (..., i) or float
        Elasticity of the stock to the return; read by the elastic closures.
    retained : (..., i) share of the stock that stays at unchanged labour
    anchor : (..., i) K0, PPP dollars, the stock before; its sum is K_W where the world's is kept
    required : (..., i) R, the required return, share a year; in `world` only ratios matter

    Returns
    -------
    Array (..., i) PPP dollars; 0 where capital earns nothing (alpha = 0)

    Raises
    ------
    InputError
        There is no such closure; names the nearest.
    """
    anchor = np.where(alpha > 0.0, anchor, 0.0)
    if closure == "fixed":
        return retained * anchor
    earning = alpha * scale / required
    power = exponent(closure, alpha, kappa)
    free = retained * earning**power
    if closure in ("elastic", "elastic_world"):
        # K^(1 + kappa (1-alpha)) = K0 (alpha B / R)^kappa
        free = retained * (anchor * earning**kappa) ** (1.0 / (1.0 + kappa * (1.0 - alpha)))
    if closure not in CONSERVING:
        return free
    share = free / anchor.sum(axis=-1, keepdims=True)
    return free * _common_return(share, power)[..., None] ** -power


def _common_return(demand: Array, slope: Array) -> Array:
    """R that makes sum_i demand_i r^-slope_i = 1, for demand in shares of the world stock.

    ln sum demand exp(-z slope) is convex and decreasing in z = ln r, so Newton from any
    start with a positive value climbs to the root without overshooting. 1 where nothing answers.
    """
    log_return = np.zeros(demand.shape[:-1])
    for _ in range(100):
        terms = demand * np.exp(-log_return[..., None] * slope)
        total, answer = terms.sum(axis=-1), (terms * slope).sum(axis=-1)
        step = np.where(
            answer > 0.0, np.log(total) * total / np.where(answer > 0.0, answer, 1.0), 0.0
        )
        log_return = log_return + step
        if np.abs(step).max() < 1e-14:
            break
    return np.exp(log_return)
