"""How much capital works in each economy.

With B = A Z^(1-alpha-gamma), output is Y = K^alpha B and the return alpha Y / K. Closures (12):

    fixed    the stock stays where it is
    mobile   the return is what the world requires:            K ~ B^(1/(1-alpha))
    elastic  the stock follows the return with elasticity kappa: K ~ B^(kappa/(1+kappa(1-alpha)))
    world    the world's stock moves until every return has changed by the same factor

Each closure is one exponent of B. What a policy drives out or brings back enters as the share
retained at unchanged labour, which means the same in every closure: the model's shifter xi is
`retained` itself (fixed), retained^-(1-alpha) (mobile, world), retained^(1+kappa(1-alpha)) (elastic).
"""  # noqa: E501

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from corridors.errors import InputError, Problem, nearest
from corridors.labels import Array

__all__ = ["CLOSURES", "Closure", "exponent", "require_closure", "stock", "stock_hat"]

Closure = Literal["fixed", "mobile", "elastic", "world"]
CLOSURES: tuple[str, ...] = get_args(Closure)


def require_closure(closure: object) -> None:
    """Refuse what is no closure, with the nearest."""
    if not (isinstance(closure, str) and closure in CLOSURES):
        raise _not_a_closure(closure)


def _not_a_closure(closure: object) -> InputError:
    close = ", ".join(nearest(str(closure), CLOSURES))
    return InputError(Problem("capital", f"'{closure}' is not a closure", f"Use one of {close}"))


def exponent(closure: str, alpha: Array, kappa: Array | float) -> Array:
    """Elasticity of the capital stock with respect to B at a given world return."""
    if closure == "fixed":
        return np.zeros_like(alpha)
    if closure in ("mobile", "world"):
        return 1.0 / (1.0 - alpha)
    if closure == "elastic":
        return kappa / (1.0 + kappa * (1.0 - alpha))
    raise _not_a_closure(closure)


def stock_hat(
    closure: str, scale: Array, alpha: Array, kappa: Array | float, retained: Array, now: Array
) -> Array:
    """K^ of equation (12) in changes.

    Parameters
    ----------
    closure : one of `CLOSURES`
    scale : (..., i) B^ = A^ Z^^(1-alpha-gamma)
    retained : (..., i) share of the stock that stays at unchanged labour
    now : (..., i) stock now, any unit; read by closure `world` only
    """
    free = retained * scale ** exponent(closure, alpha, kappa)
    if closure != "world":
        return free
    weight = now / now.sum(axis=-1, keepdims=True)
    return free * _common_return(weight * free, alpha)[..., None] ** (-1.0 / (1.0 - alpha))


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
    scale : (..., i) B
    anchor : (..., i) K0, the stock before; its sum is K_W in closure `world`
    required : (..., i) R, the required return; in `world` only its ratios between areas matter

    Returns
    -------
    (..., i); 0 where capital earns nothing (alpha = 0).
    """
    anchor = np.where(alpha > 0.0, anchor, 0.0)
    if closure == "fixed":
        return retained * anchor
    earning = alpha * scale / required
    if closure == "elastic":
        # K^(1 + kappa (1-alpha)) = K0 (alpha B / R)^kappa
        return retained * (anchor * earning**kappa) ** (1.0 / (1.0 + kappa * (1.0 - alpha)))
    free = retained * earning ** exponent(closure, alpha, kappa)
    if closure == "mobile":
        return free
    share = free / anchor.sum(axis=-1, keepdims=True)
    return free * _common_return(share, alpha)[..., None] ** (-1.0 / (1.0 - alpha))


def _common_return(demand: Array, alpha: Array) -> Array:
    """R that makes sum_i demand_i r^(-1/(1-alpha_i)) = 1, for demand in shares of the world stock.

    ln sum demand exp(-z/(1-alpha)) is convex and decreasing in z = ln r, so Newton from any
    start with a positive value climbs to the root without overshooting.
    """
    slope = 1.0 / (1.0 - alpha)
    log_return = np.zeros(demand.shape[:-1])
    for _ in range(100):
        terms = demand * np.exp(-log_return[..., None] * slope)
        total = terms.sum(axis=-1)
        step = np.log(total) * total / (terms * slope).sum(axis=-1)
        log_return = log_return + step
        if np.abs(step).max() < 1e-14:
            break
    return np.exp(log_return)
