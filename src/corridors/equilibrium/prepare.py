"""From a world and two sets of rules to the map that `equilibrium.changes` sweeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from corridors.borders.quotas import Lottery, Members, Sums
from corridors.capital.flight import placed
from corridors.equilibrium.changes import RESPONSES, Change
from corridors.equilibrium.groups import Group, Makings, Rationed, StatusNest
from corridors.equilibrium.sending import Sending
from corridors.errors import InputError, Problem
from corridors.labels import Array, Mask
from corridors.parameters import unknown_words
from corridors.people.choice import by_residence
from corridors.people.occupied import Occupied
from corridors.rules import Caps, Rules
from corridors.wages.spillovers import log_base
from corridors.world import State, Structure

__all__ = ["live_responses", "log_scarcity", "members_of", "prepare"]


def live_responses(structure: Structure, before: Rules, after: Rules) -> tuple[str, ...]:
    """Responses, of `RESPONSES`, that can do anything in this world under these rules."""
    live = {
        "unemployment": structure.wage_curve,
        "spillovers": structure.spillovers.on,
        "quotas": len(before.caps) + len(after.caps) > 0,
    }
    return tuple(response for response in RESPONSES if live.get(response, True))


def prepare(
    structure: Structure,
    state: State,
    before: Rules,
    after: Rules,
    responses: tuple[str, ...] = RESPONSES,
) -> Change:
    """All of the change from rules `before` to `after` that does not move in a sweep of (37).

    Parameters
    ----------
    structure, state : Structure and State
        Draws d first; adults (d, s, b, i, k), PPP dollars a year.
    before, after : Rules
    responses : tuple of str
        Of `RESPONSES`; what is not among them stays at its baseline.

    Returns
    -------
    Change
        Shares, ratios and log points by cell, birthplace and area; its call is the map F.

    Raises
    ------
    InputError
        An unknown response, with the nearest names; a cap with a multiplier that is not full.
    Infeasible
        More capital would come back than works everywhere else.
    """
    problems = unknown_words("responses", "response", responses, RESPONSES)
    if problems:
        raise InputError(problems)
    live = live_responses(structure, before, after)
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
    earned, choosing = now.earned(structure), now.counted_at_home(structure)
    stay = now.home + abroad - abroad / able
    more, gain = log_scarcity(structure, now, before, cells)
    free, rationed, sending = _groups(
        structure, now, cells, (before, after), active, more if "quotas" in active else 0.0 * more
    )
    family = structure.family
    return Change(
        structure=structure,
        now=now,
        free=free,
        rationed=rationed,
        log_options=gain,
        stay=stay,
        abroad=abroad,
        able=able,
        labour=labour,
        native_share=native / bill,
        skill_share=bill / bill.sum(axis=-2, keepdims=True),
        work_share=earned / choosing,
        choosing=choosing,
        transfers=per_stayer,
        consumption=np.sum(now.home * now.home_consumption, axis=1) / now.home.sum(axis=1),
        counted=np.ones((len(able), 1)) if family is None else 1.0 - family.share[:, None],
        log_tfp=_log_base(structure, now, cells.pairs(there).sum(axis=-3)),
        retained=_rows(after.capital_retained / before.capital_retained, len(able)),
        placed=_rows(placed(after.capital_market, structure.alpha, now.capital), len(able)),
        aid=_rows(after.aid, len(able)),
        unknowns=_unknowns(structure, active, len(after.caps) > 0 and after.rationing == "fee"),
        active=active,
        lottery=rationed.limit.size > 0 and after.rationing == "lottery",
        sending=sending,
    )


def _log_base(structure: Structure, now: State, pairs: Array) -> Array:
    """ln Abar of equation (13), what is left of productivity without its spillovers.

    `pairs` (d, b, i) are persons of both skills.
    """
    return log_base(structure.spillovers, np.log(now.tfp), now.residents(), pairs)


def _unknowns(structure: Structure, active: tuple[str, ...], by_fee: bool) -> tuple[str, ...]:
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
        "weight": ("quotas" in active and by_fee) or structure.network.any(),
    }
    return tuple(name for name, yes in needed.items() if yes)


def _groups(
    structure: Structure,
    now: State,
    cells: Occupied,
    rules: tuple[Rules, Rules],
    active: tuple[str, ...],
    log_more: Array,
) -> tuple[Group, Rationed, tuple[Sending, Sending] | None]:
    """What lies in no cap together, and the cells under caps one by one.

    `log_more` (d, c) is what scarcity hides of demand today.
    """
    after = rules[1]
    caps = after.caps if "quotas" in active else Caps.none()
    persons = _persons(structure, now, cells, *rules, active, log_more)
    capped = caps.mask(cells.shape)
    free, outside = cells.among(~capped)
    under, inside = cells.among(capped)
    income = now.migrant_income(structure, after.markdown)
    nest = _status_nest(structure, now, cells, capped)
    rationed = _rationed(structure, now, under, after, caps, persons[:, inside], income)
    rationed = replace(rationed, nest=nest if nest is not None and nest.mixed.any() else None)
    family = structure.family is not None and {"remittances", "people"} <= set(active)
    if nest is None and not family:
        return _added(structure, now, free, after, persons[:, outside], income), rationed, None
    makings = _makings(structure, now, free, after, persons[:, outside], income, nest)
    arriving = free.of(_arriving(structure, after)[:, None])
    group = Group.summed(makings, 1.0, arriving)
    if not family:
        return group, rationed, None
    sending = (
        _sending(structure, now, free, rules, income),
        _sending(structure, now, under, rules, income),
    )
    return group, rationed, sending


def _status_nest(
    structure: Structure, now: State, cells: Occupied, capped: Mask
) -> StatusNest | None:
    """The nest of statuses, where there is one."""
    if not (structure.status_nest != 1.0).any():
        return None
    people = cells.pairs(cells.of(now.migrants))
    mixed = np.asarray(capped.any(axis=-1) & (people > 0.0).any(axis=0))
    return StatusNest(structure.status_nest[:, None, None, None], people, mixed)


def _makings(
    structure: Structure,
    now: State,
    cells: Occupied,
    after: Rules,
    persons: Array,
    income: Array,
    nest: StatusNest | None,
) -> Makings:
    if structure.ability.any():
        fix = "Leave one of the channels out"
        what = "cannot go with own_family or status_nest: units per head would move with the odds"
        raise InputError(Problem("the channel ability", what, fix))
    return Makings(
        cells=cells,
        persons=persons,
        units=_rows(cells.of(after.efficiency), len(persons)),
        earned=_rows(_home_prices(structure, cells, income / now.quality), len(persons)),
        nest=nest,
    )


def _home_prices(structure: Structure, cells: Occupied, money: Array) -> Array:
    """Money (d, s, b, i, k) of the residence in dollars of the birthplace's prices, (d, c)."""
    price = structure.price_level
    return cells.of(money) * cells.of((price / price[:, None])[None, :, :, None])


def _arriving(structure: Structure, after: Rules) -> Array:
    """Share of income that arrives under (6), (d, b, i, k)."""
    return structure.share_sent(after.fee) * (1.0 - after.fee)[..., None]


def _sending(
    structure: Structure, now: State, cells: Occupied, rules: tuple[Rules, Rules], income: Array
) -> Sending:
    """What odds of cells owe to money sent from them; `income` (d, s, b, i, k) under `after`."""
    assert structure.family is not None
    before, after = rules
    today = now.migrant_income(structure, before.markdown)
    value = now.log_value_of_sending(structure, today, before.fee)
    draws = len(structure.theta)
    under = income * (after.efficiency / before.efficiency)
    return Sending(
        cells=cells,
        weight=_rows(cells.of(structure.family.weight), draws),
        fee=_rows(cells.of(after.fee[:, None, ..., None]), draws),
        relative=_rows(cells.of(now.relative_family(structure, under)), draws),
        value=_rows(cells.of(value), draws),
        power=_rows(cells.of(structure.power), draws),
    )


def _added(
    structure: Structure,
    now: State,
    free: Occupied,
    after: Rules,
    persons: Array,
    income: Array,
) -> Group:
    """Statuses added up, with as few matrices as will do."""
    earned = income / now.quality
    selected = bool(structure.ability.any())
    plain = not selected and bool((after.efficiency == 1.0).all())
    working = persons
    if selected:
        # Ability selection: average efficiency of those who move falls with their number.
        units = free.of(1.0 - structure.ability[:, None, None, None, None])
        working = working**units * free.of(now.migrants) ** (1.0 - units)
    working = working if plain else working * free.of(after.efficiency)
    attraction = free.pairs(persons)
    money = _money(structure, after, free, working, earned)
    return Group(
        cells=free,
        persons=persons,
        attraction=attraction,
        # With every migrant worth one unit the two matrices are one, and one is in cache.
        efficient=attraction if plain else free.pairs(working),
        money=money[0],
        kept=money[1],
        earned=money[2],
    )


def _rationed(
    structure: Structure,
    now: State,
    under: Occupied,
    after: Rules,
    caps: Caps,
    persons: Array,
    income: Array,
) -> Rationed:
    nests = structure.nest * structure.status_nest
    if len(caps) and after.rationing == "lottery" and (nests != 1.0).any():
        raise InputError(
            Problem(
                "rationing", "a lottery cannot go with the channels nest and status_nest: losers' "
                "second best would not follow from shares",
                'Ration by "fee", or leave the channel out',
            )
        )  # fmt: skip
    draws = len(structure.theta)
    ability = under.of(structure.ability[:, None, None, None, None])
    earned = _home_prices(structure, under, income / now.quality)
    arriving = under.of(_arriving(structure, after)[:, None])
    return Rationed(
        cells=under,
        members=members_of(caps, under),
        persons=persons,
        units=_rows(under.of(now.migrants) ** ability * under.of(after.efficiency), draws),
        money=_rows(earned * arriving, draws),
        power=_rows(under.of(structure.power), draws),
        limit=_rows(caps.limit, draws),
        earned=_rows(earned, draws),
    )


def members_of(caps: Caps, under: Occupied) -> Members:
    """Which of the cells with people (j,) lie in which cap (c,) of (16).

    Parameters
    ----------
    caps : Caps
    under : Occupied
        Cells with people, in their order.
    """
    number = np.full(int(np.prod(under.shape)), -1)
    number[np.ravel_multi_index(under.at, under.shape)] = np.arange(len(under.at[0]))
    place = number[caps.cell]
    there = place >= 0
    return Members(place[there], caps.cap[there], len(under.at[0]), len(caps))


def log_scarcity(
    structure: Structure, now: State, rules: Rules, cells: Occupied
) -> tuple[Array, Array]:
    """What caps that bind today hide of demand; (15) by fee, (21) and (22) by lottery.

    Parameters
    ----------
    structure, now, rules : Structure, State and Rules, draws d first
    cells : Occupied
        Cells c with people.

    Returns
    -------
    log_more : (d, c) log points
        ln of the odds of every cell with people were its caps not to bind, over its odds today,
        both against what has no cap.
    log_options : (d, s, b) log points
        theta ln W today over those of what has no cap, 0 by fee.

    Raises
    ------
    InputError
        A cap with a multiplier is not full.
    """
    draws, nothing = len(structure.theta), np.zeros_like(now.home)
    log_more = np.zeros((draws, len(cells.at[0])))
    if not now.multiplier.any():
        return log_more, nothing
    under, inside = cells.among(rules.caps.mask(cells.shape))
    members, there = members_of(rules.caps, under), _rows(under.of(now.migrants), draws)
    _require_full(members.total(there), rules.caps, now.multiplier)
    if rules.rationing == "fee":
        log_more[:, inside] = under.of(structure.power) * members.of_cells(now.multiplier)
        return log_more, nothing
    able = structure.poverty.able(now.home_consumption)[..., None, None]
    groups = Sums(under.at[0] * under.shape[1] + under.at[1], structure.natives.size)
    choosing = there / under.of(able)
    free = structure.natives - groups.of(choosing).reshape(now.home.shape)
    lots = Lottery(members, groups.index, structure.natives.reshape(-1))
    chance = np.exp(-now.multiplier)
    flat = free.reshape(len(free), -1)
    log_more[:, inside], gain = lots.at_first_best(choosing, flat, chance)
    return log_more, np.log(free / structure.natives) + gain.reshape(free.shape)


def _require_full(there: Array, caps: Caps, multiplier: Array) -> None:
    short = (multiplier > 0.0) & (np.abs(there - caps.limit) > 1e-7 * caps.limit)
    if short.any():
        raise InputError(
            Problem(
                "caps", f"{int(short.any(axis=0).sum())} have a multiplier today and are not full",
                "Set each at the people there, or its multiplier at 0",
            )
        )  # fmt: skip


def _money(
    structure: Structure,
    after: Rules,
    cells: Occupied,
    units: Array,
    earned: Array,
) -> tuple[Array | None, Array, Array]:
    """PPP dollars arriving in b at pay of now, see `Group`: a matrix, or what spares it.

    `units` (d, c) are efficiency units and `earned` (d, s, b, i, k) what one earns.
    """
    price, draws, arriving = structure.price_level, len(units), _arriving(structure, after)
    if cells.shape[-1] == 1 and arriving.shape[-2] == 1 and earned.shape[-3] == 1:
        kept = arriving[..., 0, 0] / price
        pay = earned[..., 0, :, 0] * price
        return None, _rows(kept, draws), _rows(pay, draws)
    each = _home_prices(structure, cells, earned) * cells.of(arriving[:, None])
    money = cells.pairs(units * each)
    return money, np.ones((draws, 1)), np.ones((draws, 1, 1))


def _persons(
    structure: Structure,
    now: State,
    cells: Occupied,
    before: Rules,
    after: Rules,
    active: tuple[str, ...],
    log_more: Array,
) -> Array:
    """Persons abroad now times (all that the policy fixes)^(theta/lam), (d, c)."""
    there = cells.of(now.migrants)
    if "people" not in active:
        return _rows(there, len(structure.theta))
    gain = cells.of(before.log_wedge) - cells.of(after.log_wedge)
    if "remittances" in active and structure.family is None:
        value = structure.value_of_sending(after.fee) / structure.value_of_sending(before.fee)
        gain = gain + cells.of(np.log(value)[:, None])
    kept = (1.0 - after.markdown) / (1.0 - before.markdown)
    gain = gain + cells.of(np.log(kept)[:, None, None])
    gain = gain + cells.of(np.log(after.efficiency / before.efficiency))
    return there * np.exp(cells.of(structure.power) * gain + log_more)


def _rows(array: Array, draws: int) -> Array:
    return np.broadcast_to(array, (draws, *array.shape[1:]))
