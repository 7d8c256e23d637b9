"""Unemployment by the wage curve: pay relative to a reservation wage and the unemployment rate.

    w_N / b = omega u^(-eta),  b = (output per head)^psi

so u^ = (w^ / b^)^(-1/eta). psi = 1 says the reservation wage follows average income in the long
run; psi = 0 that it does not. A rate at or above 0.95 is outside what the curve describes.
"""

from __future__ import annotations

from corridors.errors import Infeasible
from corridors.labels import Array

__all__ = ["HIGHEST", "rate", "rate_hat", "require"]


#: Above, the curve describes nothing. A trial value inside an iteration may touch it; a solution
#: there is an error, never a cap.
HIGHEST = 0.95


def rate_hat(wage: Array, reservation: Array, eta: Array) -> Array:
    """Change of the unemployment rate, u^ = (w^ / b^)^(-1/eta).

    Parameters
    ----------
    wage : (..., s, i) w_N^, ratio to today
    reservation : (...) b^, ratio to today
    eta : (...) elasticity of the wage curve (Blanchflower & Oswald 1994)

    Returns
    -------
    Array (..., s, i), ratio to today
    """
    return (wage / reservation) ** (-1.0 / eta)


def rate(wage: Array, reservation: Array, omega: Array, eta: Array) -> Array:
    """Unemployment rate in levels, u = (omega b / w)^(1/eta); the u of (3) and (4).

    Parameters
    ----------
    wage : (..., s, i) w_N, PPP dollars an efficiency unit and year
    reservation : (...) b, (output per head)^psi, PPP dollars a year where psi is 1
    omega, eta : (...) level and elasticity of the wage curve (Blanchflower & Oswald 1994)

    Returns
    -------
    Array (..., s, i) share of the labour force
    """
    return (omega * reservation / wage) ** (1.0 / eta)


def require(unemployment: Array) -> Array:
    """Return `unemployment` if every rate is below `HIGHEST`, the end of the wage curve's range.

    Parameters
    ----------
    unemployment : (...) share of the labour force

    Returns
    -------
    Array (...) share, as given

    Raises
    ------
    Infeasible
        A rate is not below; with the highest.

    Notes
    -----
    The bound of 0.95 is this model's: docs/mathematics.md, section 3.
    """
    worst = float(unemployment.max())
    if not worst < HIGHEST:
        raise Infeasible("unemployment leaves the range of the wage curve", residual=worst)
    return unemployment
