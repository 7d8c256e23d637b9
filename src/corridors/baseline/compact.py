"""A world of one draw without the cells that nobody lives in, for `equilibrium.kernel`.

People stand by pairs of birthplace and residence, sorted by birthplace: an array (p, s, k) holds
every cell of a world (s, b, i, k). `Today.of` takes it from a calibrated world; `Sketch.draw`
makes it of figures and parameters without the world, for the default channels, by the equations
of `baseline.calibrate` and to its numbers (tests/laws/test_kernel.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from corridors.baseline.calibrate import _labour_share, _status_pay, _structure
from corridors.baseline.observed import Observed
from corridors.borders.status import split_by_status
from corridors.labels import Array, Mask
from corridors.money import remittances
from corridors.money.remittances import FACTOR_DIGITS, NOTHING
from corridors.rules import Rules
from corridors.wages.employers import skill_premium
from corridors.world import State, Structure, World

__all__ = ["FAST", "SUMS", "Places", "Sketch", "Today", "compact", "least_squares", "sent_of"]

T = TypeVar("T", bound=np.generic)
#: Step of the factors of destination at which they are found, and steps before the general way.
CLOSE, STEPS, MEMORY = 1e-9, 60, 6
#: Newton's steps in ln r of one birthplace.
LONGEST = 100
#: A last step in ln r that changes what is sent, but no slope of it.
SHORT = 1e-9
#: What compiled sums may do to the last digits: fuse a product and a sum, and in sums along whole
#: vectors change the order, which slows others down. NaN and infinity keep their meaning.
FAST, SUMS = {"contract"}, {"contract", "reassoc"}


@dataclass(frozen=True)
class Places:
    """Which pairs anybody lives in, of a world of n areas; the same in every draw.

    Parameters
    ----------
    first : (n + 1,) where the pairs of a birthplace begin
    birthplace, residence : (p,)
    shape : (s, n, n, k) of the world
    """

    first: NDArray[np.int64]
    birthplace: NDArray[np.int64]
    residence: NDArray[np.int64]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, people: Array) -> Self:
        """Where people (s, b, i, k) are not 0, in any status or skill; the M of (2)."""
        birthplace, residence = np.nonzero(people.any(axis=(0, 3)))
        first = np.searchsorted(birthplace, np.arange(people.shape[1] + 1))
        return cls(first, birthplace, residence, people.shape)

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """Where (p, s, k) stand in (s, b, i, k) laid out in one row: places without unit."""
        skills, areas, _, statuses = self.shape
        pair = (self.birthplace * areas + self.residence) * statuses
        skill = np.arange(skills) * (areas * areas * statuses)
        return pair[:, None, None] + skill[:, None] + np.arange(statuses)

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """Where (s, b, i, k) in one row stand in (p, s, k) in one row; -1 where nobody lives."""
        number = np.full(int(np.prod(self.shape)), -1)
        number[self.cells.reshape(-1)] = np.arange(self.cells.size)
        return number

    def gather(self, dense: NDArray[T]) -> NDArray[T]:
        """(p, s, k) of (s, b, i, k), in its unit."""
        return np.ascontiguousarray(dense).reshape(-1)[self.cells]

    def scatter(self, values: Array, elsewhere: float) -> Array:
        """(s, b, i, k) of (p, s, k), in its unit, and `elsewhere` in the other cells."""
        whole = np.full(int(np.prod(self.shape)), elsewhere)
        whole[self.cells] = values
        return whole.reshape(self.shape)


class Today(NamedTuple):
    """A calibrated world of one draw.

    Parameters
    ----------
    places : Places
    people, log_wedge, scarcity : (p, s, k) persons, ln tau, and what caps hide of ln demand
    home, natives : (s, n) persons; consumption : (s, n) of a stayer
    structure, state : the world's own, first draw, for what is small; `state` holds no cells
    efficiency : (1 or p, 1 or s, k); markdown : (1 or n, k)
    odds : (p, g) of a unit of income being sent, were sending free; kind : (k,) the g of a status
    share : (p, g) of income that is sent
    elasticity : (n,) e; kept : (p,) 1 - c
    """

    places: Places
    people: Array
    log_wedge: Array
    scarcity: Array | None
    home: Array
    natives: Array
    consumption: Array
    structure: Structure
    state: State
    efficiency: Array
    markdown: Array
    odds: Array
    kind: NDArray[np.int64]
    share: Array
    elasticity: Array
    kept: Array

    @classmethod
    def of(cls, world: World, places: Places | None = None) -> Today:
        """Of the first draw of a world whose caps are by fee, with one theta."""
        structure, state, rules = world.structure, world.state, world.rules
        if places is None:
            places = Places.of(state.migrants[0])
        weight = structure.remittance_weight[0]
        pairs = (places.birthplace, places.residence)
        full = np.broadcast_to(weight, (*places.shape[1:3], weight.shape[-1]))[pairs]
        kind = np.arange(places.shape[3]) if weight.shape[-1] > 1 else np.zeros(places.shape[3])
        hidden = np.zeros(int(np.prod(places.shape)))
        if state.multiplier.any():
            np.add.at(hidden, rules.caps.cell, state.multiplier[0, rules.caps.cap])
            hidden *= structure.theta[0, 0]
        e = structure.remittance_elasticity[0]
        kept = 1.0 - np.broadcast_to(rules.fee[0], places.shape[1:3])[pairs]
        with np.errstate(divide="ignore", invalid="ignore"):  # where all is sent there are no odds
            odds = full / (1.0 - full)
            share = sent_of(odds, kept ** (e - 1.0)[places.birthplace])
        return cls(
            places=places,
            people=places.gather(state.migrants[0]),
            log_wedge=places.gather(rules.log_wedge[0]),
            scarcity=hidden[places.cells] if hidden.any() else None,
            home=state.home[0],
            natives=structure.natives,
            consumption=state.home_consumption[0],
            structure=structure,
            state=state,
            efficiency=compact(places, rules.efficiency[0]),
            markdown=rules.markdown[0],
            odds=odds,
            kind=kind.astype(np.int64),
            share=share,
            elasticity=e,
            kept=kept,
        )


def sent_of(odds: Array, reach: Array) -> Array:
    """Share of income sent, rho of (27), from the odds were it free and what the fee makes of them.

    Parameters
    ----------
    odds : (p, g) r g kap of (27), without unit
    reach : (p,) ratio, (1 - c)^(e-1)

    Returns
    -------
    Array (p, g) share of income
    """
    grown = odds * reach[:, None]
    return np.asarray(grown / (1.0 + grown))


def compact(places: Places, array: Array) -> Array:
    """The cells of pairs with people out of an array of all cells: rows of (37) for the kernel.

    Parameters
    ----------
    places : Places
        Birthplace and residence of the pairs p, sorted by birthplace.
    array : (s, b, i, k), whose axes may have length 1

    Returns
    -------
    Array (1 or p, 1 or s, k), in the unit of `array`
    """
    if array.shape[1] == array.shape[2] == 1:
        return np.ascontiguousarray(array[:, 0, 0, :][None])
    full = np.broadcast_to(array, (array.shape[0], *places.shape[1:]))
    picked = full[:, places.birthplace, places.residence]
    return np.ascontiguousarray(picked.transpose(1, 0, 2))


@dataclass(frozen=True)
class Sketch:
    """What the draws of a study have in common, and the central fit they start from.

    Parameters
    ----------
    observed : Observed, of which draws differ in people, schooling and output only
    places : Places; statuses : whether legal statuses are told apart; land : as in `calibrate`
    world : World at the central parameters
    log_r, log_g, curvature : of the factors of (27) there, and the inverse of their curvature;
        None where nobody tells what is sent from anywhere, and g is 1
    capped : (p, s, k) bool, cells under a cap today; None without
    """

    observed: Observed
    places: Places
    world: World
    land: bool
    log_r: Array
    log_g: Array
    curvature: Array | None
    capped: Mask | None

    @classmethod
    def of(cls, observed: Observed, world: World, *, land: bool) -> Self | None:
        """From the central world of a study; None where only the general path will do."""
        structure, state, rules = world.structure, world.state, world.rules
        if not _default(structure, rules):
            return None
        fee = np.broadcast_to(observed.fee[:, None], observed.migrants.shape[1:])
        income = state.migrant_income(structure, rules.markdown) * observed.price_level[:, None]
        earned = np.sum(state.migrants * income, axis=-4)[0]
        scale = world.parameters["remittance_scale"][0]
        receipts = remittances.explained(scale * observed.received, earned, fee)
        kept = np.sum((1.0 - fee)[..., None] * earned, axis=(1, 2))
        mean = receipts / np.where(kept > 0.0, kept, np.inf)
        semi = world.parameters["remittance_semi_elasticity"]
        e = remittances.elasticity_for(semi, mean, observed.fee)
        kap = _status_pay(world.parameters, statuses=len(rules.statuses) > 1).remitting[0]
        cost = (kap, fee, e)
        log_r, log_g = remittances.destination_factors(
            receipts, earned, cost, observed.remitted_from
        )
        curvature = None
        if (observed.remitted_from > 0.0).any():
            curvature = remittances.inverse_curvature(
                receipts, earned, cost, observed.remitted_from, log_g
            )
        places = Places.of(state.migrants[0])
        capped = places.gather(rules.caps.mask(places.shape)) if len(rules.caps) else None
        return cls(
            observed=observed,
            places=places,
            world=world,
            land=land,
            log_r=np.where(np.isfinite(log_r), log_r, 0.0),
            log_g=log_g,
            curvature=curvature,
            capped=capped,
        )

    def people(self, observed: Observed, shares: Array | None) -> Array:
        """Persons (p, s, k) of drawn figures and statuses, M of (2).

        The split by skill is that of `corridors.borders.status`.
        """
        pairs = (self.places.birthplace, self.places.residence)
        there = observed.migrants[:, pairs[0], pairs[1]]
        if shares is None:
            return np.ascontiguousarray(there.T[..., None])
        split = split_by_status(there[:, None], shares[0][pairs][None])[:, 0]
        return np.ascontiguousarray(split.transpose(1, 0, 2))

    def draw(
        self,
        observed: Observed,
        parameters: Mapping[str, Array],
        people: Array,
        log_people: Array | None = None,
    ) -> Today | None:
        """The world of one draw, inverted by (36).

        None where the fit of (28) and (29) does not converge.

        Parameters
        ----------
        observed : the draw's figures, adults and dollars a year
        parameters : (1,) each, in its unit
        people : (p, s, k) adults, see `people`
        log_people : (p, s, k) their logs, where they are known
        """
        places, statuses = self.places, self.places.shape[3] > 1
        pay = _status_pay(parameters, statuses=statuses)
        labour_share = _labour_share(observed, parameters["imputed_labour_share"])
        structure = _structure(observed, parameters, (), "fixed", labour_share, self.land)
        efficiency, markdown = pay.efficiency[0, 0, 0, 0], pay.markdown[0, 0]
        theta = float(structure.theta[0, 0])
        units = _units(places.residence, people, efficiency, len(observed.areas))
        skill_return = parameters["skill_return"][:, None]
        premium = skill_premium(observed.years_of_schooling, observed.tertiary_share, skill_return)[
            0
        ]
        workers = (observed.home + units) * observed.at_work
        low = labour_share[0] * observed.output / (workers[0] + premium * workers[1])
        wage = np.stack([low, premium * low])
        earning = wage * observed.at_work
        kinds, kind = np.unique(pay.remitting[0], return_inverse=True)
        worth = efficiency * (1.0 - markdown)
        income = np.zeros((len(kinds), len(places.residence)))
        sums = np.zeros((2, len(observed.areas)))
        _income(
            places.birthplace, places.residence, people, earning * observed.price_level, worth,
            kind, income, sums,
        )  # fmt: skip
        recorded = parameters["remittance_scale"][0] * observed.received
        semi = float(parameters["remittance_semi_elasticity"][0])
        found = self._sent((income, sums), kinds, recorded, semi)
        if found is None:
            return None
        odds, e, received = found
        some, beyond = received > 0.0, recorded - received
        following = np.where(some, beyond / np.where(some, received, 1.0), 0.0)
        other = np.where(some, 0.0, beyond) / observed.price_level
        per_stayer = recorded / observed.price_level / observed.home.sum(axis=0)
        at_home = earning + per_stayer
        log_wedge, share = _log_wedge(
            places, observed, people, log_people, (earning, worth, at_home), (odds, kind, e), theta
        )
        scarcity = None
        if self.capped is not None:
            more = np.log(parameters["unmet"][0])
            scarcity = np.where(self.capped, more, 0.0)
            log_wedge -= scarcity / theta
        state = _state(self.world.state, observed, wage, received, at_home)
        return Today(
            places=places,
            people=people,
            log_wedge=log_wedge,
            scarcity=scarcity,
            home=observed.home,
            natives=structure.natives,
            consumption=at_home,
            structure=replace(structure, other_income=other[None], following=following[None]),
            state=state,
            efficiency=efficiency[None, None],
            markdown=markdown[None],
            odds=odds,
            kind=kind.astype(np.int64),
            share=share,
            elasticity=e,
            kept=(1.0 - observed.fee)[places.birthplace],
        )

    def _sent(
        self, earned: tuple[Array, Array], kinds: Array, recorded: Array, semi: float
    ) -> tuple[Array, Array, Array] | None:
        """Odds (p, g) of sending, e (n,) and what arrives (n,) US dollars; as `_remitting`.

        `earned` is income by pair (g, p), and by birthplace and by residence (2, n).
        """
        places, senders, fee = self.places, self.observed.remitted_from, self.observed.fee
        income, (whole, by_sender) = earned
        told = np.isfinite(senders) & (senders > 0.0) & (by_sender > 0.0)
        whole = whole * (1.0 - fee)
        receipts = remittances.out_of(recorded, whole)
        mean = receipts / np.where(whole > 0.0, whole, np.inf)
        e = remittances.elasticity_for(np.array([semi]), mean, fee)
        target = np.where((receipts > 0.0) & (whole > receipts), receipts, 0.0)
        log_g, log_r = self.log_g.copy(), self.log_r.copy()
        about = (places.first, places.residence, income, kinds)
        if self.curvature is not None:
            weight = told / remittances.sender_spread(senders, told) ** 2
            found = _factors(
                *about, np.log1p(-fee), e, target, np.where(told, senders, 1.0), told, weight,
                remittances.FACTOR_SPREAD**-2.0, self.curvature, log_g, log_r,
            )  # fmt: skip
            if not found:
                return None
        log_g = np.round(log_g, FACTOR_DIGITS)
        odds, received = np.empty(income.T.shape), np.empty(len(fee))
        _shares(*about, fee, e, target, semi, log_g, log_r, odds, received)
        return odds, e, received


def _default(structure: Structure, rules: Rules) -> bool:
    """Whether the world has none of the channels that a sketch does not know."""
    return not (
        structure.wage_curve
        or structure.spillovers.on
        or (structure.nest != 1.0).any()
        or structure.ability.any()
        or structure.network.any()
        or structure.poverty.binds
        or structure.remittance_response is not None
        or structure.family is not None
        or (structure.status_nest != 1.0).any()
        or rules.efficiency.shape[-3] > 1
    )


def _state(central: State, observed: Observed, wage: Array, received: Array, home: Array) -> State:
    """The small fields of a draw's state; people are those of the central world."""
    return replace(
        central,
        home=observed.home[None],
        wage_native=wage[None],
        wage_migrant=wage[None],
        output=observed.output[None],
        capital=(observed.capital_to_output * observed.output)[None],
        received=received[None],
        home_consumption=home[None],
    )


def _log_wedge(
    places: Places,
    observed: Observed,
    people: Array,
    log_people: Array | None,
    paid: tuple[Array, Array, Array],
    sending: tuple[Array, NDArray[np.intp], Array],
    theta: float,
) -> tuple[Array, Array]:
    """ln tau (p, s, k) of equation (36), and the share of income sent (p, g)."""
    earning, worth, at_home = paid
    odds, kind, e = sending
    if log_people is None:
        log_people = np.log(np.where(people > 0.0, people, 1.0))
    grown = odds * ((1.0 - observed.fee) ** (e - 1.0))[places.birthplace, None]
    log_value = np.log((1.0 + grown) / (1.0 + odds)) / (e - 1.0)[places.birthplace, None]
    of_home = np.log(observed.home) / theta - np.log(at_home)
    log_wedge = np.empty(people.shape)
    _wedges(
        places.birthplace, places.residence, log_people, of_home, np.log(earning), np.log(worth),
        kind, log_value, theta, log_wedge,
    )  # fmt: skip
    return log_wedge, np.asarray(grown / (1.0 + grown))


# --- loops over pairs ---------------------------------------------------------------------------


@njit(cache=True)
def _units(residence, people, efficiency, areas):  # type: ignore[no-untyped-def]
    units = np.zeros((2, areas))
    for p in range(len(residence)):
        for s in range(2):
            for k in range(people.shape[2]):
                units[s, residence[p]] += people[p, s, k] * efficiency[k]
    return units


@njit(cache=True)
def _income(birthplace, residence, people, earning, worth, kind, income, sums):  # type: ignore[no-untyped-def]
    """Income of the people of a pair (g, p), US dollars; by birthplace and residence (2, n)."""
    for p in range(len(residence)):
        i = residence[p]
        whole = 0.0
        for s in range(2):
            for k in range(people.shape[2]):
                paid = people[p, s, k] * worth[k] * earning[s, i]
                income[kind[k], p] += paid
                whole += paid
        sums[0, birthplace[p]] += whole
        sums[1, i] += whole


@njit(cache=True)
def _wedges(  # type: ignore[no-untyped-def]
    birthplace, residence, log_people, of_home, log_earning, log_worth, kind, log_value, theta, out
):
    per = 1.0 / theta
    for p in range(len(residence)):
        b, i = birthplace[p], residence[p]
        for s in range(2):
            for k in range(out.shape[2]):
                paid = log_earning[s, i] + log_worth[k] + log_value[p, kind[k]]
                out[p, s, k] = of_home[s, b] - log_people[p, s, k] * per + paid


@njit(cache=True, fastmath=SUMS)
def _sent_by(low, high, income, at_one, kept, target, start, most, money, moves):  # type: ignore[no-untyped-def]
    """Ln r of one birthplace by at most `most` of Newton's steps, and what pairs send and move by.

    The last step is short; what it changes is added by the first two terms of its series.
    """
    log_r = start
    for _ in range(most):
        r = np.exp(log_r)
        total, slope = 0.0, 0.0
        for g in range(len(income)):
            for p in range(low, high):
                odds = r * at_one[g, p]
                rho = odds / (1.0 + odds)
                paid = income[g, p] * rho
                moving = paid * (1.0 - rho)
                money[p] = paid if g == 0 else money[p] + paid
                moves[p] = moving if g == 0 else moves[p] + moving
                total += paid
                slope += moving
        total *= kept
        slope *= kept
        step = np.log(max(total, NOTHING) / target) * total / max(slope, NOTHING)
        step = min(max(step, -3.0), 3.0)
        log_r -= step
        if not (abs(step) >= SHORT):
            break
    for p in range(low, high):
        money[p] -= moves[p] * step
    return log_r


@njit(cache=True)
def least_squares(gram, right, used, weights):  # type: ignore[no-untyped-def]
    """Weights of the last steps of Anderson's (1965) method: Cholesky with a small ridge.

    Parameters
    ----------
    gram : (depth, depth) products of steps with each other, squared log points
    right : (depth,) products of steps with the last residual
    used : int
        How many of `depth` are filled.
    weights : (depth,), without unit; written
    """
    trace = 0.0
    for a in range(used):
        trace += gram[a, a]
    ridge = 1e-14 * trace + 1e-300
    half = np.empty((used, used))
    for a in range(used):
        for c in range(a + 1):
            value = gram[a, c] + (ridge if a == c else 0.0)
            for k in range(c):
                value -= half[a, k] * half[c, k]
            if a == c:
                half[a, a] = np.sqrt(max(value, ridge))
            else:
                half[a, c] = value / half[c, c]
    for a in range(used):
        value = right[a]
        for k in range(a):
            value -= half[a, k] * weights[k]
        weights[a] = value / half[a, a]
    for a in range(used - 1, -1, -1):
        value = weights[a]
        for k in range(a + 1, used):
            value -= half[k, a] * weights[k]
        weights[a] = value / half[a, a]


@njit(cache=True, fastmath=SUMS)
def _dot(first, second):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(first)):
        total += first[k] * second[k]
    return total


@njit(cache=True, fastmath=FAST)
def _factors(  # type: ignore[no-untyped-def]
    first, residence, income, kinds, log_kept, e, target, senders, told, weight, prior, curvature,
    log_g, log_r,
):  # fmt: skip
    """Ln g and ln r of (27)-(29) from those given, in place; False where they are not found.

    Steps by the inverse `curvature` of the central world, accelerated as in `fixed_point`.
    """
    n, pairs, groups = len(senders), len(residence), len(income)
    at_one, moves, money = np.empty((groups, pairs)), np.empty(pairs), np.empty(pairs)
    gap, value, gradient = np.empty(n), np.empty(n), np.empty(n)
    step, last_step, last_g = np.empty(n), np.empty(n), np.empty(n)
    points, steps = np.zeros((MEMORY, n)), np.zeros((MEMORY, n))
    gram, right, weights = np.zeros((MEMORY, MEMORY)), np.zeros(MEMORY), np.zeros(MEMORY)
    shifted, slope = np.zeros(n), np.empty(n)
    kept, reach = np.exp(log_kept), np.exp((e - 1.0) * log_kept)
    some = 0.0
    for i in range(n):
        if told[i]:
            some += senders[i]
    have = 0
    for turn in range(STEPS):
        sent = np.zeros(n)
        each = np.exp(log_g)
        # (Later on ln r moves with ln g, and one step squares what is left of both.)
        most = LONGEST if turn == 0 else 1
        for b in range(n):
            low, high = first[b], first[b + 1]
            if not (target[b] > 0.0):
                for p in range(low, high):
                    moves[p] = 0.0
                continue
            if turn > 0:
                moved = 0.0
                for p in range(low, high):
                    moved += moves[p] * shifted[residence[p]]
                log_r[b] -= moved / slope[b]
            for g in range(groups):
                for p in range(low, high):
                    at_one[g, p] = reach[b] * kinds[g] * each[residence[p]]
            log_r[b] = _sent_by(
                low, high, income, at_one, kept[b], target[b], log_r[b], most, money, moves
            )
            whole = 0.0
            for p in range(low, high):
                sent[residence[p]] += money[p]
                whole += moves[p]
            slope[b] = whole
        total, pull = 0.0, 0.0
        for i in range(n):
            if told[i]:
                total += sent[i]
        for i in range(n):
            gap[i] = np.log(max(sent[i], NOTHING) / senders[i] * some / total) if told[i] else 0.0
            pull += weight[i] * gap[i]
        for i in range(n):
            value[i] = weight[i] * gap[i] / max(sent[i], NOTHING)
            if told[i]:
                value[i] -= pull / total
            gradient[i] = prior * log_g[i]
        for b in range(n):
            if target[b] > 0.0:
                mean = 0.0
                for p in range(first[b], first[b + 1]):
                    mean += moves[p] * value[residence[p]]
                mean /= slope[b]
                for p in range(first[b], first[b + 1]):
                    gradient[residence[p]] += moves[p] * (value[residence[p]] - mean)
        largest = 0.0
        for i in range(n):
            step[i] = -_dot(curvature[i], gradient)
            largest = max(largest, abs(step[i]))
        if not (largest < 30.0):
            return False
        if largest < CLOSE:
            log_g += step
            return True
        used = 0
        if turn > 0:
            slot = have % MEMORY
            have += 1
            used = min(have, MEMORY)
            for i in range(n):
                points[slot, i] = log_g[i] - last_g[i]
                steps[slot, i] = step[i] - last_step[i]
            for a in range(used):
                gram[a, slot], right[a] = 0.0, 0.0
                for i in range(n):
                    gram[a, slot] += steps[a, i] * steps[slot, i]
                    right[a] += steps[a, i] * step[i]
                gram[slot, a] = gram[a, slot]
            least_squares(gram, right, used, weights)
        for i in range(n):
            last_g[i], last_step[i] = log_g[i], step[i]
            log_g[i] += step[i]
            for a in range(used):
                log_g[i] -= weights[a] * (points[a, i] + steps[a, i])
            shifted[i] = log_g[i] - last_g[i]
    return False


@njit(cache=True)
def _shares(  # type: ignore[no-untyped-def]
    first, residence, income, kinds, fee, e, target, semi, log_g, log_r, odds, received
):
    """Odds of sending were it free (p, g), e (n,) in place, and what arrives (n,)."""
    groups, pairs = len(income), len(residence)
    at_one, sent, moves = np.empty(income.shape), np.empty(pairs), np.empty(pairs)
    each = np.exp(log_g)
    for b in range(len(fee)):
        low, high, kept = first[b], first[b + 1], 1.0 - fee[b]
        known = target[b] > 0.0
        for turn in range(4):
            reach = kept ** (e[b] - 1.0)
            for g in range(groups):
                for p in range(low, high):
                    at_one[g, p] = reach * kinds[g] * each[residence[p]]
            if known:
                log_r[b] = _sent_by(
                    low, high, income, at_one, kept, target[b], log_r[b], LONGEST, sent, moves
                )
            if turn == 3:
                break
            money, kept_back = 0.0, 0.0
            if known:
                for p in range(low, high):
                    money += sent[p]
                    kept_back += moves[p]
            # Money weighed by the share sent is what is sent, less what it moves by.
            mean = 1.0 - kept_back / money if money > 0.0 else 0.0
            e[b] = 1.0 - semi * kept / (1.0 - mean)
        r, total = np.exp(log_r[b]) if known else 0.0, 0.0
        for p in range(low, high):
            for g in range(groups):
                odds[p, g] = r * kinds[g] * each[residence[p]]
            total += sent[p] if known else 0.0
        received[b] = total * kept
