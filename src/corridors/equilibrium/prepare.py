"""From a world and two sets of rules to the map that `equilibrium.changes` sweeps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridors.equilibrium.changes import CHANNELS, Change
from corridors.equilibrium.groups import Group
from corridors.people.choice import by_pair, by_residence
from corridors.rules import Rules
from corridors.wages.spillovers import log_base
from corridors.world import State, Structure

__all__ = ["live_channels", "prepare"]

Array = NDArray[np.float64]


def live_channels(structure: Structure, after: Rules) -> tuple[str, ...]:
    """Channels that can do anything in this world under these rules."""
    live = {
        "unemployment": structure.wage_curve,
        "spillovers": structure.spillovers.on,
        "quotas": bool(np.isfinite(after.quota).any()),
    }
    return tuple(one for one in CHANNELS if live.get(one, True))


def prepare(
    structure: Structure,
    state: State,
    before: Rules,
    after: Rules,
    channels: tuple[str, ...] = CHANNELS,
) -> Change:
    """Everything about the change from rules `before` to `after` that does not move in a sweep."""
    active = tuple(one for one in live_channels(structure, after) if one in channels)
    now = state.rows(len(structure.theta))
    able = structure.poverty.able(now.home_consumption)
    abroad = _rows(state.migrants.sum(axis=(-2, -1)), len(able))
    transfers = now.transfers(structure)
    native, bill = _wage_bill(structure, now)
    per_stayer = transfers / now.home.sum(axis=1)
    earned = now.wage_native * now.at_work(structure) * (1.0 - now.tax)[:, None]
    choosing = earned + per_stayer[:, None]
    return Change(
        structure=structure,
        now=now,
        groups=_groups(structure, now, before, after, active),
        stay=now.home + abroad - abroad / able,
        abroad=abroad,
        able=able,
        labour=by_residence(now.migrants * now.quality),
        native_share=native / bill,
        skill_share=bill / bill.sum(axis=-2, keepdims=True),
        work_share=earned / choosing,
        choosing=choosing,
        transfers=per_stayer,
        consumption=np.sum(now.home * now.home_consumption, axis=1) / now.home.sum(axis=1),
        log_tfp=_log_base(structure, now),
        retained=_rows(after.capital_retained / before.capital_retained, len(able)),
        aid=_rows(after.aid, len(able)),
        unknowns=_unknowns(structure, active),
        active=active,
        lottery=after.rationing == "lottery" and "quotas" in active,
    )


def _log_base(structure: Structure, now: State) -> Array:
    """ln Abar of equation (13), what is left of productivity without its spillovers."""
    pairs = by_pair(now.migrants).sum(axis=1)
    return log_base(structure.spillovers, np.log(now.tfp), now.residents(), pairs)


def _unknowns(structure: Structure, active: tuple[str, ...]) -> tuple[str, ...]:
    effects = structure.spillovers
    curve, spilling = "unemployment" in active, "spillovers" in active
    needed = {
        "home": True,
        "migrants": True,
        "transfers": True,
        "employment": curve,
        "productivity": spilling and effects.move_productivity,
        "heads": (curve and structure.psi.any())
        or (spilling and effects.fiscal.any())
        or (structure.remittance_response is not None and "remittances" in active),
        "weight": "quotas" in active or structure.network.any(),
    }
    return tuple(name for name, yes in needed.items() if yes)


def _groups(
    structure: Structure, now: State, before: Rules, after: Rules, active: tuple[str, ...]
) -> tuple[Group, ...]:
    """Uncapped statuses together, each capped one alone."""
    persons = _persons(structure, now, before, after, active)
    units = 1.0 - structure.ability[:, None, None, None, None]
    # Ability selection: average efficiency of those who move falls with their number.
    efficient = persons if (units == 1.0).all() else _selected(persons, now.migrants, units)
    plain = efficient is persons and (after.efficiency == 1.0).all()
    caps = after.quota if "quotas" in active else np.full_like(after.quota, np.inf)
    numbers = range(persons.shape[-1])
    together = tuple(k for k in numbers if np.isinf(caps[:, k]).all())
    chosen = [together] if together else []
    chosen += [(k,) for k in numbers if k not in together]
    working = efficient if plain else efficient * after.efficiency
    earned = now.migrant_income(structure, after.markdown) / now.quality
    found = []
    for statuses in chosen:
        attraction, cap = _over(persons, statuses), caps[:, statuses[0]]
        money = _money(structure, after, working, earned, statuses)
        found.append(
            Group(
                statuses=statuses,
                persons=persons[..., list(statuses)],
                attraction=attraction,
                # With every migrant worth one unit the two matrices are one, and one is in cache.
                efficient=attraction if plain else _over(working, statuses),
                money=money[0],
                kept=money[1],
                earned=money[2],
                cap=cap if np.isfinite(cap).any() else None,
            )
        )
    return tuple(found)


def _money(
    structure: Structure, after: Rules, units: Array, earned: Array, statuses: tuple[int, ...]
) -> tuple[Array | None, Array, Array]:
    """PPP dollars arriving in b at pay of now, see `Group`: a matrix, or what spares it.

    `units` (d, s, b, i, k) are efficiency units and `earned` (d, s, b, i, k) what one earns.
    """
    price, draws = structure.price_level, len(units)
    arriving = structure.share_sent(after.fee) * (1.0 - after.fee)[..., None]
    if len(statuses) == 1 and arriving.shape[-2] == 1 and earned.shape[-3] == 1:
        (k,) = statuses
        kept = arriving[..., 0, k if arriving.shape[-1] > 1 else 0] / price
        pay = earned[..., 0, :, k if earned.shape[-1] > 1 else 0] * price
        return None, _rows(kept, draws), _rows(pay, draws)
    by_cell = arriving * (price / price[:, None])[..., None]
    money = _over(units * earned * by_cell[..., None, :, :, :], statuses)
    return money, np.ones((draws, 1)), np.ones((draws, 1, 1))


def _over(array: Array, statuses: tuple[int, ...]) -> Array:
    array = np.broadcast_to(array, (*array.shape[:-1], max(array.shape[-1], max(statuses) + 1)))
    one = len(statuses) == 1
    added = array[..., statuses[0]] if one else by_pair(array[..., list(statuses)])
    # Products with a vector from either side need rows side by side in memory.
    return np.ascontiguousarray(added)


def _selected(persons: Array, now: Array, units: Array) -> Array:
    some = now > 0.0
    return np.where(some, persons, 0.0) ** units * np.where(some, now, 1.0) ** (1.0 - units)


def _persons(
    structure: Structure, now: State, before: Rules, after: Rules, active: tuple[str, ...]
) -> Array:
    """Persons abroad now times (all that the policy fixes)^(theta/lam), (d, s, b, i, k)."""
    if "people" not in active:
        return now.migrants
    log_value: Array | float = 0.0
    if "remittances" in active:
        value = structure.value_of_sending(after.fee) / structure.value_of_sending(before.fee)
        log_value = np.log(value)[..., None, :, :, :]
    kept = (1.0 - after.markdown) / (1.0 - before.markdown)
    log_pay = np.log(kept)[..., None, None, :, :] + np.log(after.efficiency / before.efficiency)
    power = structure.theta[..., None, None, None] / structure.nest[:, None, None, None, None]
    with np.errstate(invalid="ignore"):
        # An empty corridor has an infinite wedge before and after; nobody is there to react.
        gain = before.log_wedge - after.log_wedge
    np.copyto(gain, 0.0, where=before.empty)
    log_terms = log_value + log_pay
    odds = power * (gain + log_terms if log_terms.any() else gain)
    return np.multiply(now.migrants, np.exp(odds, out=odds), out=odds)


def _wage_bill(structure: Structure, now: State) -> tuple[Array, Array]:
    """Wage bill of natives and of everybody by skill, (d, s, i)."""
    native = now.wage_native * now.native_labour(structure)
    return native, native + now.wage_migrant * now.migrant_labour(structure)


def _rows(array: Array, draws: int) -> Array:
    return np.broadcast_to(array, (draws, *array.shape[1:]))
