"""The equilibrium once more, by another route: levels, plain damping, no array of the kernels.

Written from MODEL sections 2 to 5 and MODEL2 A alone. It takes a world's figures from its public
parts (`structure`, `state`, `rules`) and inverts tastes and technology itself. Unknowns are people,
transfers per stayer and the multipliers of caps; nothing is a change against today.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corridors.rules import Rules
from corridors.world import World

Array = np.ndarray

DAMPING, SWEEPS, TOLERANCE = 0.25, 4000, 1e-12


def solve(world: World, after: Rules) -> dict[str, Array]:
    """Home (s, b), migrants (s, b, i, k), output (i), received (b) and pay (s, i) under `after`.

    For worlds of one draw without nest, ability, network, poverty, spillovers or wage curve.
    """
    s, now, before = world.structure, world.state, world.rules
    given: dict[str, Any] = {
        "natives": s.natives, "theta": s.theta[0][:, None, None, None], "alpha": s.alpha[0],
        "gamma": s.gamma[0], "rs": 1.0 - s.inverse_skill[0], "rn": 1.0 - s.inverse_native[0],
        "work": s.participation * (1.0 - now.unemployment[0]), "closure": s.closure,
        "price": s.price_level, "other": s.other_income[0], "follow": 1.0 + s.following[0],
    }  # fmt: skip
    home, abroad = now.home[0], now.migrants[0]
    units = before.efficiency[0] * np.ones_like(abroad)
    labour = given["work"] * home, given["work"] * (abroad * units).sum(axis=(1, 3))
    given |= _technology(given, labour, now.wage_native[0], now.wage_migrant[0], now)
    log_option = _log_option(world, before, given, now.wage_migrant[0])
    with np.errstate(divide="ignore"):
        stay = given["theta"][..., 0, 0] * np.log(now.home_consumption[0])
        # Odds of a cell against home, and what that leaves for law, distance and taste.
        taste = np.log(abroad) - np.log(home)[..., None, None] + stay[..., None, None]
        taste = taste - given["theta"] * log_option
    with np.errstate(invalid="ignore"):
        change = before.log_wedge[0] - after.log_wedge[0]
    # A cap that binds today hides demand: its multiplier is in the stocks, not in the wedge.
    hidden = _of_cells(before.caps, now.multiplier[0], abroad.shape)
    there = abroad > 0.0
    taste = np.where(
        there, taste + given["theta"] * (hidden + np.where(there, change, 0.0)), -np.inf
    )
    return _settle(world, after, given, taste)


def _of_cells(caps: Any, multiplier: Array, shape: tuple[int, ...]) -> Array:
    whole = np.zeros(int(np.prod(shape)))
    np.add.at(whole, caps.cell, multiplier[caps.cap])
    return whole.reshape(shape)


def _technology(given: dict[str, Any], labour: Any, wn: Array, wm: Array, now: Any) -> Any:
    """phi, f and A that make these wages marginal products of this labour; (8)-(10)."""
    rn, rs = given["rn"], given["rs"]
    native, migrant = labour
    some = migrant > 0.0
    ratio = np.where(some, (wm / wn) * (np.where(some, migrant, 1.0) / native) ** (1.0 - rn), 1.0)
    f = ratio / (1.0 + ratio)
    inside = ((1.0 - f) * native**rn + np.where(some, f * migrant**rn, 0.0)) ** (1.0 / rn)
    # The wage of a whole unit of a skill, from that of natives.
    whole = wn / ((1.0 - f) * (inside / native) ** (1.0 - rn))
    weight = whole * inside ** (1.0 - rs)
    phi = weight / weight.sum(axis=0)
    total = (phi * inside**rs).sum(axis=0) ** (1.0 / rs)
    share = 1.0 - given["alpha"] - given["gamma"]
    capital, output = now.capital[0], now.output[0]
    tfp = output / (capital ** given["alpha"] * total**share)
    return {"phi": phi, "f": f, "tfp": tfp, "capital": capital, "share": share,
            "required": given["alpha"] * output / capital}  # fmt: skip


def _produce(given: dict[str, Any], native: Array, migrant: Array) -> tuple[Array, Array, Array]:
    rn, rs, f, phi = given["rn"], given["rs"], given["f"], given["phi"]
    alpha, share = given["alpha"], given["share"]
    migrant = np.maximum(migrant, 1e-30 * native)
    inside = ((1.0 - f) * native**rn + f * migrant**rn) ** (1.0 / rn)
    total = (phi * inside**rs).sum(axis=0) ** (1.0 / rs)
    capital = given["capital"]
    if given["closure"] == "mobile":
        scale = given["tfp"] * total**share
        capital = (alpha * scale / given["required"]) ** (1.0 / (1.0 - alpha))
    output = given["tfp"] * capital**alpha * total**share
    whole = share * output / total * phi * (total / inside) ** (1.0 - rs)
    wage_native = whole * (1.0 - f) * (inside / native) ** (1.0 - rn)
    return wage_native, whole * f * (inside / migrant) ** (1.0 - rn), output


def _log_option(world: World, rules: Rules, given: dict[str, Any], wage: Array) -> Array:
    """ln of income abroad with the option to remit, (s, b, i, k); (4)-(6)."""
    beta = world.structure.remittance_weight[0]
    e = world.structure.remittance_elasticity[0][:, None, None]
    kept = 1.0 - rules.fee[0][..., None]
    inner = (1.0 - beta) + beta * kept ** (e - 1.0)
    value = np.where(e == 1.0, kept**beta, inner ** (1.0 / np.where(e == 1.0, 1.0, e - 1.0)))
    income = (wage * given["work"])[:, None, :, None] * rules.efficiency[0]
    return np.log(income * (1.0 - rules.markdown[0])) + np.log(value)


def _settle(world: World, rules: Rules, given: dict[str, Any], taste: Array) -> dict[str, Array]:
    beta = world.structure.remittance_weight[0]
    e = world.structure.remittance_elasticity[0][:, None, None]
    kept = 1.0 - rules.fee[0][..., None]
    sent = beta * kept ** (e - 1.0) / ((1.0 - beta) + beta * kept ** (e - 1.0))
    theta, natives = given["theta"], given["natives"]
    home, abroad = world.state.home[0].copy(), world.state.migrants[0].copy()
    now = world.state.received[0] * given["follow"] / given["price"] + given["other"]
    per_stayer = now / home.sum(axis=0)
    fee = np.zeros(len(rules.caps))
    units = rules.efficiency[0] * np.ones_like(abroad)
    for _ in range(SWEEPS):
        labour = given["work"] * home, given["work"] * (abroad * units).sum(axis=(1, 3))
        native, migrant, output = _produce(given, *labour)
        stay = native * given["work"] + per_stayer
        option = _log_option(world, rules, given, migrant)
        with np.errstate(invalid="ignore"):
            log_odds = np.where(np.isfinite(taste), taste + theta * option, -np.inf)
        log_odds = log_odds - (theta[..., 0, 0] * np.log(stay))[..., None, None]
        fee, new_home, new_abroad = _rationed(rules, natives, theta, log_odds, fee)
        income = np.exp(_log_income(rules, given, migrant))
        arriving = (new_abroad * income * sent * kept).sum(axis=0) * given["price"][:, None]
        received = arriving.sum(axis=(1, 2))
        money = received * given["follow"] / given["price"] + given["other"] + rules.aid[0]
        new_per = money / new_home.sum(axis=0)
        gap = max(
            np.abs(new_home / home - 1.0).max(),
            np.abs(new_per - per_stayer).max() / stay.max(),
            np.abs(new_abroad - abroad).max() / abroad.max(),
        )
        home = home ** (1.0 - DAMPING) * new_home**DAMPING
        abroad = (1.0 - DAMPING) * abroad + DAMPING * new_abroad
        per_stayer = (1.0 - DAMPING) * per_stayer + DAMPING * new_per
        if gap < TOLERANCE:
            return {
                "home": new_home, "migrants": new_abroad, "output": output,
                "received": received, "wage_native": native, "multiplier": fee,
            }  # fmt: skip
    raise AssertionError(f"plain damping does not settle: {gap:.1e}")


def _log_income(rules: Rules, given: dict[str, Any], wage: Array) -> Array:
    income = (wage * given["work"])[:, None, :, None] * rules.efficiency[0]
    return np.log(income * (1.0 - rules.markdown[0]))


def _rationed(
    rules: Rules, natives: Array, theta: Array, log_odds: Array, fee: Array
) -> tuple[Array, Array, Array]:
    """Multipliers by damped steps of the log of people over places, until each cap is kept."""
    caps, places = rules.caps, rules.caps.limit[0]
    shape = log_odds.shape
    slowest = float(theta.max())
    for _ in range(20000):
        odds = np.exp(log_odds - theta * _of_cells(caps, fee, shape))
        home = natives / (1.0 + odds.sum(axis=(2, 3)))
        abroad = home[..., None, None] * odds
        if not len(caps):
            return fee, home, abroad
        inside = np.zeros(len(caps))
        np.add.at(inside, caps.cap, abroad.reshape(-1)[caps.cell])
        over = np.log(np.maximum(inside, 1e-300) / places) / slowest
        new = np.maximum(0.0, fee + over)
        if np.abs(new - fee).max() < 1e-13:
            return new, home, abroad
        fee = new
    raise AssertionError("multipliers do not settle")
