"""One draw of a policy on the fast path: from today and two sets of rules to what is told of it.

`Asked` is what a policy changes, cell by cell where people live; `settle` solves it by
`equilibrium.kernel`; `Outcome` has the measures and areas of `equilibrium.measures` and
`equilibrium.tables`. What has no formula here is told by `asked` and `settle` returning None: the
caller goes the general way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridors.baseline.compact import Places, Today, compact, sent_of
from corridors.capital import supply
from corridors.capital.flight import placed
from corridors.equilibrium import kernel
from corridors.equilibrium.kernel import Problem, Solution
from corridors.equilibrium.measures import MEASURES
from corridors.labels import Array, Mask
from corridors.rules import Rules
from corridors.wages import spillovers

__all__ = ["Asked", "Outcome", "Posed", "after", "asked", "before", "pose", "settle"]

#: Where a solution is no longer asked of the general path: as `study.draws.DRAWN`.
NONE = np.zeros(0)


@dataclass(frozen=True)
class Asked:
    """What a policy changes.

    Parameters
    ----------
    log_factor : (p, s, k) theta times what the policy takes off ln tau, or None for nothing
    efficiency, markdown, kept : as in `Today`, under the policy
    cap : (p, s, k) number of the cap of a cell, -1 for none; None without caps
    limit : (c,) persons
    retained, placed : (n,) of capital; aid : (n,) PPP dollars
    home_loss : (s, n) log points
    touched : (n,) birthplaces whose own rules change, or all
    """

    log_factor: Array | None
    efficiency: Array
    markdown: Array
    kept: Array
    cap: NDArray[np.int64] | None
    limit: Array
    retained: Array
    placed: Array
    aid: Array
    home_loss: Array
    touched: Mask


def asked(
    today: Today, rules: tuple[Rules, Rules], log_factor: Array | None = None
) -> Asked | None:
    """The change from rules before to after, of one draw: the data of (18) and (37), cell by cell.

    Parameters
    ----------
    today : Today
        The draw's calibrated world, people (p, s, k) by pairs with people.
    rules : before and after
        Their wedges (1, s, b, i, k), log points, are read where `log_factor` is not given.
    log_factor : (p, s, k), optional
        theta (ln tau - ln tau'), log points, where it is known already.

    Returns
    -------
    Asked or None
        None where rationing is by lottery or a cell lies in two caps: the general way is
        `corridors.equilibrium.prepare`.

    Raises
    ------
    Infeasible
        More capital would come back than works everywhere else.
    """
    first, then = rules
    places = today.places
    if len(then.caps) and then.rationing != "fee":
        return None
    cap, limit = None, NONE
    if len(then.caps):
        where = places.numbers[then.caps.cell]
        mine = where >= 0
        cap = np.full(places.cells.shape, -1)
        cap.reshape(-1)[where[mine]] = then.caps.cap[mine]
        if int((cap >= 0).sum()) < int(mine.sum()):
            return None  # a cell in two caps
        limit = np.ascontiguousarray(then.caps.limit[0])
    theta = float(today.structure.theta[0, 0])
    if log_factor is None and then.log_wedge is not first.log_wedge:
        wedge = places.gather(then.log_wedge[0])
        with np.errstate(invalid="ignore"):
            log_factor = theta * (today.log_wedge - wedge)
        log_factor = np.where(today.people > 0.0, log_factor, 0.0)
        if not log_factor.any():
            log_factor = None
    pairs = (places.birthplace, places.residence)
    kept = today.kept
    if then.fee is not first.fee:
        kept = 1.0 - np.broadcast_to(then.fee[0], places.shape[1:3])[pairs]
    capital = today.state.capital[0]
    return Asked(
        log_factor=log_factor,
        efficiency=compact(places, then.efficiency[0]),
        markdown=then.markdown[0],
        kept=kept,
        cap=cap,
        limit=limit,
        retained=np.broadcast_to(
            (then.capital_retained / first.capital_retained)[0], capital.shape
        ),
        placed=np.broadcast_to(
            placed(then.capital_market, today.structure.alpha, capital[None])[0], capital.shape
        ),
        aid=np.broadcast_to(then.aid[0], capital.shape),
        home_loss=np.broadcast_to(then.home_loss[0], today.home.shape),
        touched=_touched(places, first, then, log_factor),
    )


def _touched(places: Places, first: Rules, after: Rules, log_factor: Array | None) -> Mask:
    """Birthplaces (n,) whose own rules change, as `measures.naturals`."""
    areas = places.shape[1]
    moved, fee = np.zeros(areas, dtype=bool), np.zeros(areas, dtype=bool)
    if log_factor is not None:
        _moved(places.birthplace, log_factor, moved)
    if after.fee is not first.fee:
        fee[:] = (after.fee != first.fee).any(axis=(0, 2))
    here = (after.capital_retained != first.capital_retained) | (after.aid != first.aid)
    there = [moved, fee, np.broadcast_to(here.any(axis=0), moved.shape)]
    return next((mask for mask in there if mask.any()), np.ones(areas, dtype=bool))


@dataclass(frozen=True)
class Posed:
    """A problem, and what its cells are told by: persons times what the policy fixes.

    Parameters
    ----------
    weighed : (p, s, k) persons now times all that the policy fixes
    paid : (2, n) PPP dollars per efficiency unit now; share : (p, g) of income sent
    """

    today: Today
    asked: Asked
    problem: Problem
    weighed: Array
    share: Array


def pose(today: Today, change: Asked) -> Posed | None:
    """The problem (37) of the kernel, people put together by pair.

    Parameters
    ----------
    today : Today
        The draw's calibrated world.
    change : Asked
        Ratios and log points by cell (p, s, k) and area (i,).

    Returns
    -------
    Posed or None
        None where the kernel has no formula for this world.
    """
    structure, state, places = today.structure, today.state, today.places
    if not has_formula(today):
        return None
    theta = float(structure.theta[0, 0])
    factor = _log_factor(today, change, theta)
    weighed = today.people if factor is None else today.people * np.exp(factor)
    share = today.share
    if change.kept is not today.kept:
        share = sent_of(today.odds, change.kept ** (today.elasticity - 1.0)[places.birthplace])
    work = state.at_work(structure)[0]
    earning = state.wage_migrant[0] * work * (1.0 - state.tax[0])
    pairs, areas = len(places.residence), places.shape[1]
    cells = int((change.cap >= 0).sum()) if change.cap is not None else 0
    outward, working = np.zeros((pairs, 4)), np.zeros((pairs, 2))
    cap_first, of_cells = np.zeros(areas + 1, dtype=np.int64), np.empty((3, cells))
    about = np.zeros((3, cells), dtype=np.uint32)
    no_cap = np.full((1, 1, 1), -1)
    cap = no_cap if change.cap is None else change.cap
    _collapse(
        places.first, places.residence, weighed, change.efficiency, 1.0 - change.markdown,
        earning * structure.price_level, share, change.kept, structure.price_level, today.kind, cap,
        outward, working, cap_first, about, of_cells,
    )  # fmt: skip
    labour = np.zeros((2, areas))
    _labour(places.residence, today.people, today.efficiency, labour)
    return Posed(
        today,
        change,
        _problem(today, change, (outward, working), (cap_first, about, of_cells), labour),
        weighed,
        share,
    )


def has_formula(today: Today) -> bool:
    """Whether the kernel knows all that today's world answers with."""
    structure = today.structure
    return not (
        (structure.nest != 1.0).any()
        or structure.ability.any()
        or structure.network.any()
        or structure.poverty.binds
        or structure.remittance_response is not None
        or structure.family is not None
        or (structure.status_nest != 1.0).any()
        or structure.theta[0, 0] != structure.theta[0, -1]
        or bool((np.abs(today.elasticity - 1.0) < 1e-6).any())
        or not np.isfinite(today.share).all()
    )


def _log_factor(today: Today, change: Asked, theta: float) -> Array | None:
    """ln of all that the policy fixes (p, s, k), or None for nothing."""
    places = today.places
    parts = [] if change.log_factor is None else [change.log_factor]
    if today.scarcity is not None:
        parts.append(today.scarcity)
    if change.kept is not today.kept:
        e = (today.elasticity - 1.0)[places.birthplace, None]
        before, after = today.kept[:, None] ** e, change.kept[:, None] ** e
        value = np.log((1.0 + today.odds * after) / (1.0 + today.odds * before)) / e
        parts.append(theta * value[:, today.kind][:, None])
    if not np.array_equal(change.markdown, today.markdown):
        kept = theta * np.log((1.0 - change.markdown) / (1.0 - today.markdown))
        full = np.broadcast_to(kept, (places.shape[1], kept.shape[1]))
        parts.append(full[places.residence][:, None])
    if not np.array_equal(change.efficiency, today.efficiency):
        parts.append(theta * np.log(change.efficiency / today.efficiency))
    total: Array | None = None
    for part in parts:
        total = part if total is None else total + part
    return total


def _problem(
    today: Today,
    change: Asked,
    matrices: tuple[Array, Array],
    capped: tuple[NDArray[np.int64], NDArray[np.uint32], Array],
    labour: Array,
) -> Problem:
    """The problem under fixed capital, see `settle`."""
    structure, state = today.structure, today.state
    work = state.at_work(structure)[0]
    native = state.wage_native[0] * today.home * state.home_quality[0] * work
    bill = native + state.wage_migrant[0] * labour * work
    transfers = state.transfers(structure)[0]
    at_home = today.home.sum(axis=0)
    earned = state.wage_native[0] * work * (1.0 - state.tax[0])
    choosing = earned + transfers / at_home
    effects = structure.spillovers
    spilled = effects.on
    curve = structure.wage_curve
    heads = np.zeros_like(today.home)
    log_tfp = log_spilled = np.zeros(len(at_home))
    if spilled or curve:
        arrived, brought = _arrivals(today)
        heads = today.home + arrived
        log_tfp = spillovers.log_base(effects, np.log(state.tfp[:1]), heads[None], brought[None])[0]
        imported = spillovers.log_imported(brought[None], heads.sum(axis=0)[None], log_tfp[None])
        log_spilled = spillovers.log_productivity(effects, heads[None], imported)[0]
    cap_first, about, of_cells = capped
    return Problem(
        first=today.places.first,
        residence=today.places.residence.astype(np.uint32),
        outward=matrices[0],
        working=matrices[1],
        cap_first=cap_first,
        cap_residence=about[0],
        cap_skill=about[1],
        cap=about[2],
        cap_leaving=of_cells[0],
        cap_working=of_cells[1],
        cap_money=of_cells[2],
        limit=change.limit,
        home=today.home,
        natives=today.natives,
        native_share=native / bill,
        skill_share=bill / bill.sum(axis=0),
        work_share=earned / choosing,
        choosing=choosing,
        labour=labour,
        transfers=transfers / at_home,
        consumption=np.sum(today.home * today.consumption, axis=0) / at_home,
        income=structure.other_income[0] + change.aid,
        following=np.broadcast_to(1.0 + structure.following[0], at_home.shape),
        theta=float(structure.theta[0, 0]),
        inverse_skill=float(structure.inverse_skill[0]),
        inverse_native=float(structure.inverse_native[0]),
        alpha=structure.alpha[0],
        labour_power=structure.labour_share[0],
        capital_power=np.zeros(len(at_home)),
        log_retained=np.zeros(len(at_home)),
        world_share=NONE,
        curve=np.array([structure.eta[0], structure.psi[0]]) if curve else NONE,
        unemployment=state.unemployment[0],
        spillovers=_elasticities(effects) if spilled else NONE,
        log_tfp=log_tfp,
        heads=heads.sum(axis=0),
        tax=state.tax[0],
        residents=heads,
        log_spilled=log_spilled,
        tracks_heads=bool((curve and structure.psi.any()) or (spilled and effects.fiscal.any())),
        moves_productivity=bool(spilled and effects.move_productivity),
    )


def _elasticities(effects: spillovers.Spillovers) -> Array:
    names = ("human_capital", "congestion", "institutions", "variety", "fiscal")
    return np.array([getattr(effects, name)[0] for name in names])


def _arrivals(today: Today) -> tuple[Array, Array]:
    """Migrants now (s, n) by residence, and (b, i) by pair."""
    places, areas = today.places, today.places.shape[1]
    by_skill = today.people.sum(axis=2)
    arrived = np.zeros((2, areas))
    for s in range(2):
        arrived[s] = np.bincount(places.residence, by_skill[:, s], areas)
    brought = np.zeros((areas, areas))
    brought[places.birthplace, places.residence] = by_skill.sum(axis=1)
    return arrived, brought


def settle(
    posed: Posed, closure: str, start: Array | None, tolerance: float
) -> tuple[Array, Solution, Problem, float, int]:
    """The solution of (37) for one draw, under one closure of (12).

    Parameters
    ----------
    posed : Posed
    closure : one of `corridors.capital.supply.CLOSURES`
    start : (rows, i), optional
        Log points to begin at; default 0, today.
    tolerance : float
        Largest residual, log points.

    Returns
    -------
    x : (rows, i) log points, in the order of `corridors.equilibrium.changes.Hats`
    now, problem : Solution and Problem of the kernel
    residual : float, largest |F(x) - x|, log points; NaN where the iteration left the numbers
    evaluations : int, of F

    Raises
    ------
    InputError
        There is no such closure; names the nearest.
    """
    structure, change = posed.today.structure, posed.asked
    alpha, capital = structure.alpha, posed.today.state.capital[0]
    problem = posed.problem._replace(
        capital_power=np.ascontiguousarray(
            np.broadcast_to(
                supply.exponent(closure, alpha, structure.kappa[:, None])[0], capital.shape
            )
        ),
        log_retained=np.log(change.retained * (1.0 if closure == "world" else change.placed)),
        world_share=capital / capital.sum() if closure in supply.CONSERVING else NONE,
    )
    areas = len(capital)
    x = np.zeros((kernel.rows(problem), areas)) if start is None else start.copy()
    now = kernel.empty_solution(areas, len(problem.limit))
    residual, evaluations = kernel.solve(x, problem, now, tolerance)
    return x, now, problem, float(residual), int(evaluations)


@dataclass(frozen=True)
class Outcome:
    """What is told of a state of a draw.

    Parameters
    ----------
    measures : by name, as `measures.measure`
    areas : by name (n,), as `tables.of_areas`
    people : (p, s, k) persons; pairs : (p,) the same, all skills and statuses
    statuses : (n, k) persons by residence
    origin : (n,) more of its own abroad than foreigners within, today
    sent : (p,) US dollars
    pay : (n,) PPP dollars that people born there earn, wherever they live, before remittances
    """

    measures: dict[str, float]
    areas: dict[str, Array]
    people: Array
    pairs: Array
    statuses: Array
    origin: Mask
    sent: Array
    pay: Array


def before(today: Today) -> Outcome:
    """What is told of today, before anything changes.

    Parameters
    ----------
    today : Today
        The draw's calibrated world.

    Returns
    -------
    Outcome
        As `after` gives it: adults, PPP dollars and US dollars a year of areas (i,), and today's
        level of every measure of (32) and (33).
    """
    areas = len(today.natives[0])
    zero, both = np.zeros(areas), np.zeros((2, areas))
    received = today.state.received[0] / today.structure.price_level
    ones = np.ones((areas, 4))
    now = Solution(
        zero, zero, both, both, today.home, np.ones_like(both), ones, np.ones(1),
        np.ones_like(both), np.ones(areas), np.ones(areas), received,
    )  # fmt: skip
    sending = (today.efficiency, today.markdown, today.kept, today.share)
    everybody = np.ones(areas, bool)
    return _told(today, sending, (today.people, None), now, (everybody, both), None)


def after(posed: Posed, now: Solution, first: Outcome) -> Outcome:
    """What is told of a solution: the measures and areas of one draw, with (32) and (33).

    Parameters
    ----------
    posed : Posed
    now : Solution
        Of `posed`, as `settle` gives it.
    first : Outcome
        Of today, as `before` gives it.

    Returns
    -------
    Outcome
        Measures in the units of `corridors.equilibrium.measures.MEASURES`; of areas (i,): adults,
        PPP dollars and US dollars a year.
    """
    change = posed.asked
    sending = (change.efficiency, change.markdown, change.kept, posed.share)
    of_rules = (change.touched, change.home_loss)
    return _told(posed.today, sending, (posed.weighed, change.cap), now, of_rules, first)


def _told(
    today: Today,
    sending: tuple[Array, Array, Array, Array],
    weighed: tuple[Array, NDArray[np.int64] | None],
    now: Solution,
    of_rules: tuple[Mask, Array],
    first: Outcome | None,
) -> Outcome:
    structure, state, places = today.structure, today.state, today.places
    efficiency, markdown, kept, share = sending
    touched, home_loss = of_rules
    areas, statuses = places.shape[1], places.shape[3]
    work = state.at_work(structure)[0] * now.employment
    after_tax = work * (1.0 - state.tax[0]) * now.kept
    earning = state.wage_migrant[0] * np.exp(now.log_migrant) * after_tax
    at_home = state.wage_native[0] * np.exp(now.log_native) * after_tax
    people = np.empty_like(weighed[0])
    by_place, emigrants = np.zeros((areas, 2, statuses)), np.zeros(areas)
    sums, sent, pairs = np.zeros(3), np.empty(len(places.residence)), np.empty_like(kept)
    earned = np.zeros(areas)
    cap = np.full((1, 1, 1), -1) if weighed[1] is None else weighed[1]
    _count(
        places.birthplace, places.residence, weighed[0], now.weight, now.reach, cap, now.let_in,
        efficiency, 1.0 - markdown, earning,
        share * structure.price_level[places.residence][:, None], today.kind,
        people, pairs, by_place, emigrants, sent, earned, sums,
    )  # fmt: skip
    pay = earned + (now.home * at_home).sum(axis=0)
    pay_before = pay if first is None else first.pay
    immigrants = by_place.sum(axis=(1, 2))
    received = now.received * structure.price_level
    output = state.output[0] * np.exp(now.log_output)
    gain = -np.log(now.weight) / structure.theta[0][:, None] - home_loss
    natives = today.natives
    of_touched = natives * touched
    values = {
        "output": output.sum() / state.output[0].sum() - 1.0,
        "people": immigrants.sum(),
        "welfare": np.expm1((natives * gain).sum() / natives.sum()),
        "welfare_naturals": np.expm1((of_touched * gain).sum() / of_touched.sum()),
        "income_naturals": pay[touched].sum() / pay_before[touched].sum() - 1.0,
        "remittances": received.sum(),
        "fees": (sent * (1.0 - kept)).sum(),
        "inequality": _theil(now.home, at_home, sums),
    }
    origin = emigrants > immigrants if first is None else first.origin
    for position, skill in enumerate(("low", "high")):
        for side, chosen in (("origins", origin), ("destinations", ~origin)):
            weight = today.home[position] * chosen
            mean = (weight * now.log_native[position]).sum() / weight.sum()
            values[f"wage_{side}_{skill}"] = np.expm1(mean)
    wage = state.wage_native[0] * np.exp(now.log_native)
    return Outcome(
        {quantity.name: float(values[quantity.name]) for quantity in MEASURES},
        {
            "residents": now.home.sum(axis=0) + immigrants,
            "immigrants": immigrants,
            "emigrants": emigrants,
            "output": output,
            "wage_low": wage[0],
            "wage_high": wage[1],
            "remittances": received,
        },
        people,
        pairs,
        by_place.sum(axis=1),
        origin,
        sent,
        pay,
    )


def _theil(home: Array, pay: Array, sums: Array) -> float:
    """`measures.theil` of people at home and of those abroad, whose sums are given."""
    total = home * pay
    some = total > 0.0
    logs = np.sum(total * np.log(np.where(some, pay, 1.0)) * some)
    income, heads = total.sum() + sums[1], home.sum() + sums[0]
    return float((logs + sums[2]) / income - np.log(income / heads))


# --- loops over pairs ---------------------------------------------------------------------------


@njit(cache=True)
def _collapse(  # type: ignore[no-untyped-def]
    first, residence, weighed, efficiency, kept, earning, share, arriving, price, kind, cap,
    outward, working, cap_first, about, of_cells,
):  # fmt: skip
    """Statuses added up, cells under caps one by one; see `kernel.Problem`."""
    many, by_skill = efficiency.shape[0] > 1, efficiency.shape[1] > 1
    by_place, capped = kept.shape[0] > 1, cap.shape[0] > 1
    j = 0
    for b in range(len(first) - 1):
        cap_first[b] = j
        for p in range(first[b], first[b + 1]):
            i, part = residence[p], arriving[p] / price[b]
            for s in range(2):
                for k in range(weighed.shape[2]):
                    persons = weighed[p, s, k]
                    if persons == 0.0 and not (capped and cap[p, s, k] >= 0):
                        continue
                    units = persons * efficiency[p if many else 0, s if by_skill else 0, k]
                    paid = units * kept[i if by_place else 0, k] * earning[s, i]
                    paid *= share[p, kind[k]] * part
                    if capped and cap[p, s, k] >= 0:
                        about[0, j], about[1, j], about[2, j] = i, s, cap[p, s, k]
                        of_cells[0, j], of_cells[1, j], of_cells[2, j] = persons, units, paid
                        j += 1
                    else:
                        outward[p, s] += persons
                        outward[p, 2 + s] += paid
                        working[p, s] += units
    cap_first[len(first) - 1] = j


@njit(cache=True)
def _moved(birthplace, log_factor, moved):  # type: ignore[no-untyped-def]
    """Marks the birthplaces (n,) with a cell whose factor is not 1."""
    for p in range(len(birthplace)):
        if not moved[birthplace[p]]:
            for s in range(log_factor.shape[1]):
                for k in range(log_factor.shape[2]):
                    if log_factor[p, s, k] != 0.0:
                        moved[birthplace[p]] = True


@njit(cache=True)
def _labour(residence, people, efficiency, labour):  # type: ignore[no-untyped-def]
    """Efficiency units in every residence (s, n)."""
    many, by_skill = efficiency.shape[0] > 1, efficiency.shape[1] > 1
    for p in range(len(residence)):
        for s in range(2):
            for k in range(people.shape[2]):
                units = efficiency[p if many else 0, s if by_skill else 0, k]
                labour[s, residence[p]] += people[p, s, k] * units


@njit(cache=True)
def _count(  # type: ignore[no-untyped-def]
    birthplace, residence, weighed, weight, reach, cap, let_in, efficiency, kept, earning, part,
    kind, people, pairs, by_place, emigrants, sent, earned, sums,
):  # fmt: skip
    """Persons in every cell and their sums, money sent, and heads, income and income ln income."""
    many, by_skill = efficiency.shape[0] > 1, efficiency.shape[1] > 1
    by_residence, capped = kept.shape[0] > 1, cap.shape[0] > 1
    statuses = weighed.shape[2]
    income = np.empty(by_place.shape)
    for i in range(by_place.shape[0]):
        for s in range(2):
            for k in range(statuses):
                units = 1.0 if many else efficiency[0, s if by_skill else 0, k]
                income[i, s, k] = units * kept[i if by_residence else 0, k] * earning[s, i]
    for p in range(len(residence)):
        b, i = birthplace[p], residence[p]
        gone, paid, made = 0.0, 0.0, 0.0
        for s in range(2):
            moved = weight[s, b] * reach[i, s]
            for k in range(statuses):
                persons = weighed[p, s, k] * moved
                if capped and cap[p, s, k] >= 0:
                    persons *= let_in[cap[p, s, k]]
                people[p, s, k] = persons
                by_place[i, s, k] += persons
                gone += persons
                each = income[i, s, k]
                if many:
                    each *= efficiency[p, s if by_skill else 0, k]
                    if persons > 0.0:
                        sums[0] += persons
                        sums[1] += persons * each
                        sums[2] += persons * each * np.log(each)
                made += persons * each
                paid += persons * each * part[p, kind[k]]
        pairs[p] = gone
        emigrants[b] += gone
        earned[b] += made
        sent[p] = paid
    if many:
        return
    for i in range(by_place.shape[0]):
        for s in range(2):
            for k in range(statuses):
                persons, each = by_place[i, s, k], income[i, s, k]
                sums[0] += persons
                if persons * each > 0.0:
                    sums[1] += persons * each
                    sums[2] += persons * each * np.log(each)
