"""From a world and two sets of rules to the map that `equilibrium.changes` sweeps."""

from __future__ import annotations

import numpy as np

from corridors.capital.flight import placed
from corridors.equilibrium.changes import RESPONSES, Change
from corridors.equilibrium.groups import Group
from corridors.errors import InputError
from corridors.labels import Array
from corridors.parameters import unknown_words
from corridors.people.choice import by_residence
from corridors.people.occupied import Occupied
from corridors.rules import Rules
from corridors.wages.spillovers import log_base
from corridors.world import State, Structure

__all__ = ["live_responses", "prepare"]


def live_responses(structure: Structure, after: Rules) -> tuple[str, ...]:
    """Responses that can do anything in this world under these rules."""
    live = {
        "unemployment": structure.wage_curve,
        "spillovers": structure.spillovers.on,
        "quotas": bool(np.isfinite(after.quota).any()),
    }
    return tuple(response for response in RESPONSES if live.get(response, True))


def prepare(
    structure: Structure,
    state: State,
    before: Rules,
    after: Rules,
    responses: tuple[str, ...] = RESPONSES,
) -> Change:
    """Everything about the change from rules `before` to `after` that does not move in a sweep."""
    problems = unknown_words("responses", "response", responses, RESPONSES)
    if problems:
        raise InputError(problems)
    live = live_responses(structure, after)
    active = tuple(response for response in live if response in responses)
    now, cells = state.rows(len(structure.theta)), Occupied.inhabited(state.migrants)
    there = cells.of(state.migrants)
    able = structure.poverty.able(now.home_consumption)
    abroad = _rows(cells.pairs(there).sum(axis=-1), len(able))
    labour = _rows(by_residence(state.migrants, state.quality), len(able))
    transfers = now.transfers(structure)
    native = now.wage_native * now.native_labour(structure)
    bill = native + now.wage_migrant * labour * now.at_work(structure)
    per_stayer = transfers / now.home.sum(axis=1)
    earned = now.wage_native * now.at_work(structure) * (1.0 - now.tax)[:, None]
    choosing = earned + per_stayer[:, None]
    return Change(
        structure=structure,
        now=now,
        groups=_groups(structure, now, cells, before, after, active),
        stay=now.home + abroad - abroad / able,
        abroad=abroad,
        able=able,
        labour=labour,
        native_share=native / bill,
        skill_share=bill / bill.sum(axis=-2, keepdims=True),
        work_share=earned / choosing,
        choosing=choosing,
        transfers=per_stayer,
        consumption=np.sum(now.home * now.home_consumption, axis=1) / now.home.sum(axis=1),
        log_tfp=_log_base(structure, now, cells.pairs(there).sum(axis=-3)),
        retained=_rows(after.capital_retained / before.capital_retained, len(able)),
        placed=_rows(placed(after.capital_market, structure.alpha, now.capital), len(able)),
        aid=_rows(after.aid, len(able)),
        unknowns=_unknowns(structure, active),
        active=active,
        lottery=after.rationing == "lottery" and "quotas" in active,
    )


def _log_base(structure: Structure, now: State, pairs: Array) -> Array:
    """ln Abar of equation (13), what is left of productivity without its spillovers.

    `pairs` (d, b, i) are persons of both skills.
    """
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
    structure: Structure,
    now: State,
    cells: Occupied,
    before: Rules,
    after: Rules,
    active: tuple[str, ...],
) -> tuple[Group, ...]:
    """Uncapped statuses together, each capped one alone."""
    persons = _persons(structure, now, cells, before, after, active)
    units = cells.of(1.0 - structure.ability[:, None, None, None, None])
    # Ability selection: average efficiency of those who move falls with their number.
    selected = (units != 1.0).any()
    efficient = persons**units * cells.of(now.migrants) ** (1.0 - units) if selected else persons
    plain = not selected and bool((after.efficiency == 1.0).all())
    working = efficient if plain else efficient * cells.of(after.efficiency)
    earned = now.migrant_income(structure, after.markdown) / now.quality
    caps = after.quota if "quotas" in active else np.full_like(after.quota, np.inf)
    groups = []
    for statuses in _together(caps):
        mine, among = cells.only(statuses)
        attraction, cap = mine.pairs(persons[:, among]), caps[:, statuses[0]]
        money = _money(structure, after, mine, working[:, among], earned, statuses)
        groups.append(
            Group(
                cells=mine,
                persons=persons[:, among],
                attraction=attraction,
                # With every migrant worth one unit the two matrices are one, and one is in cache.
                efficient=attraction if plain else mine.pairs(working[:, among]),
                money=money[0],
                kept=money[1],
                earned=money[2],
                cap=cap if np.isfinite(cap).any() else None,
            )
        )
    return tuple(groups)


def _together(caps: Array) -> list[tuple[int, ...]]:
    """Statuses by group, from caps (i, k): those without one together, each other alone."""
    numbers = range(caps.shape[1])
    free = tuple(k for k in numbers if np.isinf(caps[:, k]).all())
    return [*([free] if free else []), *((k,) for k in numbers if k not in free)]


def _money(
    structure: Structure,
    after: Rules,
    cells: Occupied,
    units: Array,
    earned: Array,
    statuses: tuple[int, ...],
) -> tuple[Array | None, Array, Array]:
    """PPP dollars arriving in b at pay of now, see `Group`: a matrix, or what spares it.

    `units` (d, c) are efficiency units and `earned` (d, s, b, i, k) what one earns.
    """
    price, draws = structure.price_level, len(units)
    arriving = structure.share_sent(after.fee) * (1.0 - after.fee)[..., None]
    if len(statuses) == 1 and arriving.shape[-2] == 1 and earned.shape[-3] == 1:
        (k,) = statuses
        kept = arriving[..., 0, k if arriving.shape[-1] > 1 else 0] / price
        pay = earned[..., 0, :, k if earned.shape[-1] > 1 else 0] * price
        return None, _rows(kept, draws), _rows(pay, draws)
    exchange = cells.of((price / price[:, None])[None, :, :, None])
    money = cells.pairs(units * cells.of(earned) * cells.of(arriving[:, None]) * exchange)
    return money, np.ones((draws, 1)), np.ones((draws, 1, 1))


def _persons(
    structure: Structure,
    now: State,
    cells: Occupied,
    before: Rules,
    after: Rules,
    active: tuple[str, ...],
) -> Array:
    """Persons abroad now times (all that the policy fixes)^(theta/lam), (d, c)."""
    there = cells.of(now.migrants)
    if "people" not in active:
        return _rows(there, len(structure.theta))
    gain = cells.of(before.log_wedge) - cells.of(after.log_wedge)
    if "remittances" in active:
        value = structure.value_of_sending(after.fee) / structure.value_of_sending(before.fee)
        gain = gain + cells.of(np.log(value)[:, None])
    kept = (1.0 - after.markdown) / (1.0 - before.markdown)
    gain = gain + cells.of(np.log(kept)[:, None, None])
    gain = gain + cells.of(np.log(after.efficiency / before.efficiency))
    power = structure.theta[..., None, None, None] / structure.nest[:, None, None, None, None]
    return there * np.exp(cells.of(power) * gain)


def _rows(array: Array, draws: int) -> Array:
    return np.broadcast_to(array, (draws, *array.shape[1:]))
