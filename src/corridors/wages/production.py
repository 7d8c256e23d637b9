"""What an economy produces, and what it pays natives and migrants of each skill.

    Y = A K^alpha Z^(1-alpha-gamma)                     land T = 1 takes the share gamma       (8)
    Z = CES over skills of Z_s, elasticity sigma_S;  Z_s = CES of natives LN_s and migrants LM_s,
    elasticity sigma_N                                                (9)
    w_g = (1-alpha-gamma) (Y/Z) phi_s (Z/Z_s)^(1/sigma_S) share_g (Z_s/L_g)^(1/sigma_N)       (10)

Elasticities enter as their inverses: 0 is perfect substitution, 1 Cobb-Douglas. A CES aggregate
has one form in levels (technology weights) and in changes (shares of the wage bill), so
`composite` serves both; `wage` likewise, with weight 1 in changes. Axes end in s skill, i area.
"""

from __future__ import annotations

import numpy as np

from corridors.labels import Array

__all__ = ["composite", "invert_technology", "labour_input", "output", "wage"]


def composite(weights: Array, quantities: Array, inverse_elasticity: Array, axis: int) -> Array:
    """CES aggregate over `axis`, equation (9): [sum w q^r]^(1/r), r = 1 - inverse elasticity.

    At r = 0 the limit prod q^w.

    Parameters
    ----------
    weights, quantities : arrays that broadcast, with the axis
        Weights phi or f, or shares of the wage bill in changes; quantities in efficiency units, or
        ratios.
    inverse_elasticity : (...)
        1 / sigma; broadcasts against the result.
    axis : int
        Of skills, or of natives and migrants.

    Returns
    -------
    Array (...), without the axis, in the unit of the quantities
    """
    power = np.expand_dims(1.0 - inverse_elasticity, axis)
    # Nearer to 1 than this the power loses more digits than the limit is off.
    cobb_douglas = np.abs(power) < 1e-8
    safe = np.where(cobb_douglas, 1.0, power)
    general = np.sum(weights * quantities**safe, axis=axis) ** (1.0 / np.squeeze(safe, axis))
    if not cobb_douglas.any():
        return general
    with np.errstate(divide="ignore"):
        logs = np.where(weights == 0.0, 0.0, weights * np.log(quantities))
    return np.where(np.squeeze(cobb_douglas, axis), np.exp(logs.sum(axis=axis)), general)


def output(tfp: Array, capital: Array, labour: Array, alpha: Array, gamma: Array) -> Array:
    """Y of equation (8); in changes, Y^ from A^, K^ and Z^.

    Parameters
    ----------
    tfp : (..., i) A
    capital : (..., i) K, PPP dollars
    labour : (..., i) Z, efficiency units
    alpha, gamma : (..., i) shares of capital and of land in output

    Returns
    -------
    Array (..., i) PPP dollars a year; ratio to today in changes
    """
    return tfp * capital**alpha * labour ** (1.0 - alpha - gamma)


def wage(
    payroll_per_labour: Array,
    scarcity_of_skill: Array,
    scarcity_in_skill: Array,
    weight: Array | float,
    inverse_skill: Array,
    inverse_native: Array,
) -> Array:
    """W of equation (10), before any mark-down.

    Parameters
    ----------
    payroll_per_labour : (..., 1, i) (1-alpha-gamma) Y / Z, PPP dollars an efficiency unit and year
    scarcity_of_skill : (..., s, i) Z / Z_s, ratio
    scarcity_in_skill : (..., s, i) Z_s / L_g, ratio
    weight : (..., s, i) phi_s share_g; 1 in changes
    inverse_skill, inverse_native : (..., 1, 1)
        1 / sigma_S and 1 / sigma_N.

    Returns
    -------
    Array (..., s, i) PPP dollars an efficiency unit and year; ratio to today in changes
    """
    by_skill = scarcity_of_skill**inverse_skill
    return payroll_per_labour * weight * by_skill * scarcity_in_skill**inverse_native


def invert_technology(
    wages: tuple[Array, Array],
    labour: tuple[Array, Array],
    inverse_skill: Array,
    inverse_native: Array,
) -> tuple[Array, Array]:
    """Technology weights of equation (9) that make wages and labour the answer of (10).

    With perfect substitutes (inverse 0) equal pay gives f = 1/2, labour counts half: the
    convention of the model's known-answer cases.

    Parameters
    ----------
    wages : natives and migrants, (..., s, i) each
        PPP dollars an efficiency unit and year.
    labour : natives and migrants, (..., s, i) each
        Efficiency units.
    inverse_skill, inverse_native : (..., 1, 1)
        1 / sigma_S and 1 / sigma_N.

    Returns
    -------
    phi : (..., s, i) weights of skills, sum 1 over s
    f : (..., s, i) share parameter of migrants, between 0 and 1
    """
    native, migrant = (
        pay * np.where(quantity > 0.0, quantity, 1.0) ** inverse_native
        for pay, quantity in zip(wages, labour, strict=True)
    )
    # A skill without migrants says nothing on f; equal weights keep Z_s well defined.
    migrant = np.where(labour[1] > 0.0, migrant, native)
    f = migrant / (native + migrant)
    within = np.stack([1.0 - f, f], axis=-3)
    skilled = composite(within, np.stack(np.broadcast_arrays(*labour), axis=-3), inverse_native, -3)
    # w_N = lambda phi Z_s^(-1/sS) (1-f) (Z_s/LN)^(1/sN), lambda common to the skills
    unscaled = native / (1.0 - f) * skilled ** (inverse_skill - inverse_native)
    return unscaled / unscaled.sum(axis=-2, keepdims=True), f


def labour_input(
    wages: tuple[Array, Array],
    labour: tuple[Array, Array],
    inverse_skill: Array,
    inverse_native: Array,
) -> Array:
    """Z of equation (9) that wages and labour imply, with the weights of `invert_technology`.

    Parameters
    ----------
    wages : natives and migrants, (..., s, i) each
        PPP dollars an efficiency unit and year.
    labour : natives and migrants, (..., s, i) each
        Efficiency units.
    inverse_skill, inverse_native : (..., 1, 1)
        1 / sigma_S and 1 / sigma_N.

    Returns
    -------
    Array (..., i) efficiency units
    """
    phi, f = invert_technology(wages, labour, inverse_skill, inverse_native)
    both = np.stack(np.broadcast_arrays(*labour), axis=-3)
    by_skill = composite(np.stack([1.0 - f, f], axis=-3), both, inverse_native, -3)
    return composite(phi, by_skill, inverse_skill[..., 0], -2)
