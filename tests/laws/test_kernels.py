"""Every equation in levels against the same in changes, its limits, inverses and derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from corridors.capital import supply
from corridors.errors import InputError
from corridors.money.remittances import (
    elasticity_for,
    share_sent,
    value_of_sending,
    weight_for,
)
from corridors.people.choice import allocate, invert_wedge, redistribute, weights
from corridors.people.occupied import Occupied
from corridors.wages.employers import schooling_years, skill_premium
from corridors.wages.production import composite, invert_technology, output, wage
from laws.small_worlds import Small, worlds

SKILLS, AREAS, STATUSES = 2, 3, 2
few = settings(max_examples=25)


def numbers(low: float, high: float, *shape: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(float, shape, elements=st.floats(low, high))


def close(actual: object, expected: object, rtol: float = 1e-12) -> None:
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=1e-300)


def shares(parts: np.ndarray, axis: int) -> np.ndarray:
    return parts / parts.sum(axis=axis, keepdims=True)


#: 1/sigma: perfect substitutes, near and at Cobb-Douglas, and complements.
inverses = st.one_of(st.sampled_from([0.0, 0.5, 0.99, 1.0, 1.01, 2.0]), st.floats(0.0, 3.0)).filter(
    lambda value: value == 1.0 or abs(value - 1.0) > 1e-3
)
quantities = numbers(0.1, 10.0, SKILLS, AREAS)
factors = numbers(0.2, 5.0, SKILLS, AREAS)

# --- production (8)-(10) ---------------------------------------------------------------------


@few
@given(quantities, factors, numbers(0.1, 1.0, SKILLS, AREAS), inverses)
def test_composite_of_levels_changes_by_the_composite_of_changes(
    before: np.ndarray, change: np.ndarray, weights: np.ndarray, inverse: float
) -> None:
    weights = shares(weights, axis=0)
    one_over_sigma = np.full(AREAS, inverse)
    now = composite(weights, before, one_over_sigma, 0)
    then = composite(weights, before * change, one_over_sigma, 0)
    of_cost = shares(weights * before ** (1.0 - inverse), axis=0)
    close(then / now, composite(of_cost, change, one_over_sigma, 0), rtol=1e-10)


@few
@given(quantities, numbers(0.1, 1.0, SKILLS, AREAS))
def test_composite_at_its_limits(before: np.ndarray, weights: np.ndarray) -> None:
    weights = shares(weights, axis=0)
    ones = np.ones(AREAS)
    close(composite(weights, before, 0.0 * ones, 0), (weights * before).sum(axis=0))
    cobb_douglas = np.prod(before**weights, axis=0)
    close(composite(weights, before, ones, 0), cobb_douglas)
    complements = composite(weights, before, 100.0 * ones, 0)
    np.testing.assert_allclose(complements, before.min(axis=0), rtol=0.03)


def test_composite_is_continuous_at_cobb_douglas() -> None:
    weights, before = np.array([[0.3], [0.7]]), np.array([[0.2], [9.0]])
    limit = np.prod(before**weights, axis=0)
    for digits in range(2, 15):
        for distance in (-(10.0**-digits), 10.0**-digits):
            near = composite(weights, before, np.array([1.0 + distance]), 0)
            # The slope is half the variance of the logs, 1.5; the rest is rounding.
            np.testing.assert_allclose(near, limit, rtol=2.0 * abs(distance) + 1e-6)


def test_each_draw_keeps_its_own_elasticity() -> None:
    weights = np.broadcast_to(np.array([[0.4], [0.6]]), (3, 2, 1))
    before = np.broadcast_to(np.array([[2.0], [3.0]]), (3, 2, 1))
    composed = composite(weights, before, np.array([[0.0], [1.0], [0.5]]), -2)[:, 0]
    roots = 0.4 * 2.0**0.5 + 0.6 * 3.0**0.5
    close(composed, [0.4 * 2.0 + 0.6 * 3.0, 2.0**0.4 * 3.0**0.6, roots**2])


@few
@given(
    numbers(0.1, 10.0, 6, AREAS), numbers(0.0, 0.4, AREAS), numbers(0.0, 0.4, AREAS)
)  # fmt: skip
def test_output_of_levels_changes_by_the_output_of_changes(
    inputs: np.ndarray, alpha: np.ndarray, gamma: np.ndarray
) -> None:
    now, change = inputs[:3], inputs[3:]
    then = output(*(now * change), alpha, gamma)
    close(then / output(*now, alpha, gamma), output(*change, alpha, gamma))


@few
@given(numbers(0.1, 10.0, AREAS), numbers(0.0, 0.4, AREAS), numbers(0.0, 0.4, AREAS))
def test_land_is_the_only_decreasing_return(
    scale: np.ndarray, alpha: np.ndarray, gamma: np.ndarray
) -> None:
    ones = np.ones(AREAS)
    close(output(ones, scale, scale, alpha, gamma), scale ** (1.0 - gamma))


LABOUR_SHARE = 0.6


class Economy:
    """Nested production of natives and migrants, with everything else at 1."""

    def __init__(self, weights: np.ndarray, skill: float, within: float) -> None:
        self.phi, self.f = shares(weights[:SKILLS], axis=0), weights[SKILLS:]
        self.skill, self.within = np.array([[skill]]), np.array([[within]])

    def aggregates(self, native: np.ndarray, migrant: np.ndarray) -> tuple[np.ndarray, ...]:
        within = np.stack([1.0 - self.f, self.f], axis=-3)
        by_skill = composite(within, np.stack([native, migrant], axis=-3), self.within, -3)
        total = composite(self.phi, by_skill, self.skill[0], -2)
        return by_skill, total, total**LABOUR_SHARE

    def wages(self, native: np.ndarray, migrant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        by_skill, total, made = self.aggregates(native, migrant)
        payroll = LABOUR_SHARE * made / total
        pay = [
            wage(payroll, total / by_skill, by_skill / kind, share, self.skill, self.within)
            for kind, share in ((native, self.phi * (1.0 - self.f)), (migrant, self.phi * self.f))
        ]
        return pay[0], pay[1]


economies = st.builds(Economy, numbers(0.2, 0.8, 2 * SKILLS, AREAS), inverses, inverses)


@few
@given(economies, quantities, quantities)
def test_a_wage_is_the_marginal_product(
    economy: Economy, native: np.ndarray, migrant: np.ndarray
) -> None:
    labour, paid = np.stack([native, migrant]), np.stack(economy.wages(native, migrant))
    per_head = economy.aggregates(native, migrant)[2] / labour
    for group, skill in np.ndindex(2, SKILLS):
        step = np.zeros_like(labour)
        step[group, skill] = 1e-5 * labour[group, skill]
        more, less = economy.aggregates(*(labour + step)), economy.aggregates(*(labour - step))
        slope = (more[2] - less[2]) / (2.0 * step[group, skill])
        # Rounding of output scales with output per head, however small the wage.
        gap = np.abs(slope - paid[group, skill])
        assert (gap < 1e-5 * paid[group, skill] + 1e-9 * per_head[group, skill]).all()


@few
@given(economies, quantities, quantities)
def test_wages_exhaust_the_share_of_labour(
    economy: Economy, native: np.ndarray, migrant: np.ndarray
) -> None:
    pay_native, pay_migrant = economy.wages(native, migrant)
    bill = (pay_native * native + pay_migrant * migrant).sum(axis=0)
    close(bill, LABOUR_SHARE * economy.aggregates(native, migrant)[2], rtol=1e-9)


@few
@given(economies, quantities, quantities, factors, factors)
def test_wages_of_levels_change_by_the_wages_of_changes(
    economy: Economy,
    native: np.ndarray,
    migrant: np.ndarray,
    native_hat: np.ndarray,
    migrant_hat: np.ndarray,
) -> None:
    now = economy.wages(native, migrant)
    then = economy.wages(native * native_hat, migrant * migrant_hat)
    bill = np.stack([now[0] * native, now[1] * migrant], axis=-3)
    within, of_skill = shares(bill, axis=-3), shares(bill.sum(axis=-3), axis=-2)
    by_skill = composite(within, np.stack([native_hat, migrant_hat], axis=-3), economy.within, -3)
    labour = composite(of_skill, by_skill, economy.skill[0], -2)
    per_labour, of_skill = labour ** (LABOUR_SHARE - 1.0), labour / by_skill
    for one_now, one_then, hat in zip(now, then, (native_hat, migrant_hat), strict=True):
        change = wage(per_labour, of_skill, by_skill / hat, 1.0, economy.skill, economy.within)
        close(one_then / one_now, change, rtol=1e-9)


@few
@given(economies, quantities, quantities)
def test_technology_is_inverted_exactly(
    economy: Economy, native: np.ndarray, migrant: np.ndarray
) -> None:
    paid = economy.wages(native, migrant)
    phi, f = invert_technology(paid, (native, migrant), economy.skill, economy.within)
    close(f, economy.f, rtol=1e-9)
    close(phi, economy.phi, rtol=1e-9)


def test_equal_pay_of_perfect_substitutes_is_half_and_half() -> None:
    pay = np.array([[1.0], [2.0]])
    labour = np.array([[3.0], [4.0]]), np.array([[0.5], [0.0]])
    _, f = invert_technology((pay, pay), labour, np.array([[0.5]]), np.array([[0.0]]))
    close(f, [[0.5], [0.5]])


# --- pay --------------------------------------------------------------------------------------


@few
@given(worlds, st.floats(0.0, 0.9))
def test_a_mark_down_takes_its_share_of_the_marginal_product(world: Small, mu: float) -> None:
    structure, state = world.structure, world.state
    whole = state.migrant_income(structure, np.zeros_like(world.rules.markdown))
    markdown = np.full_like(world.rules.markdown, mu)
    close(state.migrant_income(structure, markdown), (1.0 - mu) * whole)
    product = state.wage_migrant[:, :, None, :, None] * state.quality
    after_tax = (state.at_work(structure) * (1.0 - state.tax[:, None]))[:, :, None, :, None]
    close(whole, product * after_tax)
    # What the migrants do not get is the employers' rent, before tax.
    kept = (state.migrants * product * state.at_work(structure)[:, :, None, :, None]).sum((1, 2))
    close(state.rents(structure, markdown), mu * kept)


def test_human_capital_is_years_of_schooling() -> None:
    years = np.array([0.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0])
    log_index = np.interp(years, [0.0, 4.0, 8.0, 16.0], np.cumsum([0.0, 0.536, 0.404, 0.544]))
    close(schooling_years(np.exp(log_index)), years, rtol=1e-9)


def test_skill_premium_is_the_return_to_the_missing_years() -> None:
    # 10 years on average, a quarter at 16: the others have 8, so 8 years at 12 per cent.
    premium = skill_premium(np.array([10.0]), np.array([0.25]), np.array([[0.12]]))
    close(premium, [[np.exp(0.96)]])
    extremes = skill_premium(np.array([0.0, 15.9]), np.array([0.0, 0.1]), np.array([[0.15]]))
    close(extremes, [[5.0, 1.2]])


# --- capital (12) ----------------------------------------------------------------------------

alphas = numbers(0.05, 0.6, AREAS)
positive = numbers(0.2, 5.0, AREAS)


def stock_of(
    closure: str, scale: np.ndarray, alpha: np.ndarray, retained: np.ndarray, kappa: float = 2.0
) -> np.ndarray:
    anchor, required = np.array([2.0, 1.0, 4.0]), np.array([0.05, 0.1, 0.2])
    return supply.stock(closure, scale, alpha, kappa, retained, anchor, required)


@pytest.mark.parametrize("closure", supply.CLOSURES)
@few
@given(positive, positive, positive, positive, alphas)
def test_stock_of_levels_changes_by_the_stock_of_changes(
    closure: str,
    scale: np.ndarray,
    scale_hat: np.ndarray,
    retained: np.ndarray,
    retained_hat: np.ndarray,
    alpha: np.ndarray,
) -> None:
    now = stock_of(closure, scale, alpha, retained)
    then = stock_of(closure, scale * scale_hat, alpha, retained * retained_hat)
    close(
        then / now, supply.stock_hat(closure, scale_hat, alpha, 2.0, retained_hat, now), rtol=1e-9
    )


@few
@given(positive, alphas, st.floats(0.1, 10.0))
def test_every_closure_says_what_it_promises(
    scale: np.ndarray, alpha: np.ndarray, kappa: float
) -> None:
    ones, anchor, required = np.ones(3), np.array([2.0, 1.0, 4.0]), np.array([0.05, 0.1, 0.2])

    def relative_return(closure: str) -> tuple[np.ndarray, np.ndarray]:
        stock = stock_of(closure, scale, alpha, ones, kappa)
        return stock, alpha * scale * stock ** (alpha - 1.0) / required

    close(relative_return("fixed")[0], anchor)
    close(relative_return("mobile")[1], 1.0, rtol=1e-10)
    stock, earned = relative_return("elastic")
    close(stock, anchor * earned**kappa, rtol=1e-8)
    stock, earned = relative_return("world")
    assert stock.sum() == pytest.approx(anchor.sum(), rel=1e-10)
    close(earned, earned[0], rtol=1e-9)
    stock, earned = relative_return("elastic_world")
    assert stock.sum() == pytest.approx(anchor.sum(), rel=1e-10)
    followed = stock / (anchor * earned**kappa)
    close(followed, followed[0], rtol=1e-8)


@few
@given(positive, alphas, positive)
def test_elastic_capital_lies_between_fixed_and_mobile(
    scale: np.ndarray, alpha: np.ndarray, retained: np.ndarray
) -> None:
    now = np.ones(3)

    def change(closure: str, kappa: float) -> np.ndarray:
        return supply.stock_hat(closure, scale, alpha, kappa, retained, now)

    close(change("elastic", 0.0), change("fixed", 1.0))
    close(change("elastic", 1e9), change("mobile", 1.0), rtol=1e-7)
    conserved = retained / retained.mean()
    held = supply.stock_hat("elastic_world", scale, alpha, 0.0, conserved, now)
    close(held, conserved)
    close(change("elastic_world", 1e9), change("world", 1.0), rtol=1e-7)


@pytest.mark.parametrize("closure", supply.CLOSURES)
@few
@given(alphas, st.floats(0.1, 1.0))
def test_flight_means_the_same_in_every_closure(
    closure: str, alpha: np.ndarray, kept: float
) -> None:
    retained = np.array([kept, 1.0, 1.0])
    change = supply.stock_hat(closure, np.ones(3), alpha, 2.0, retained, np.ones(3))
    if closure not in supply.CONSERVING:
        close(change, retained)
        return
    # What leaves one area works in the others: the return of the world falls by one factor, and
    # each stock answers to it from what it retains.
    assert change.sum() == pytest.approx(3.0)
    answer = np.log(change / retained) / supply.exponent(closure, alpha, 2.0)
    np.testing.assert_allclose(answer, answer[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("closure", supply.CLOSURES)
def test_where_capital_earns_nothing_there_is_none(closure: str) -> None:
    alpha = np.array([0.0, 0.3, 0.3])
    stock = stock_of(closure, np.ones(3), alpha, np.ones(3))
    assert stock[0] == 0.0
    assert (stock[1:] > 0.0).all()


def test_an_unknown_closure_offers_the_nearest() -> None:
    with pytest.raises(InputError, match="'mobil' is not a closure") as raised:
        supply.exponent("mobil", np.ones(1), 1.0)
    assert raised.value.problems[0].fix.startswith("Use one of mobile")


# --- remittances (6) -------------------------------------------------------------------------

betas = st.floats(0.01, 0.9)
elasticities = st.one_of(st.just(1.0), st.floats(0.2, 12.0))
fees = st.floats(0.0, 0.6)


def log_slope(function: object, at: float) -> float:
    step = 1e-6
    return float((np.log(function(at + step)) - np.log(function(at - step))) / (2.0 * step))


@few
@given(betas, elasticities, fees)
def test_weight_for_undoes_share_sent(beta: float, e: float, fee: float) -> None:
    assert weight_for(share_sent(beta, e, fee), e, fee) == pytest.approx(beta, rel=1e-10)


@few
@given(betas, elasticities, fees)
def test_what_sending_is_worth_falls_by_the_share_sent(beta: float, e: float, fee: float) -> None:
    # The envelope theorem: d ln B / dc = -rho / (1 - c).
    slope = log_slope(lambda c: value_of_sending(beta, np.array(e), c), fee)
    assert slope == pytest.approx(-share_sent(beta, e, fee) / (1.0 - fee), rel=1e-5, abs=1e-9)


@few
@given(st.floats(0.01, 0.5), st.floats(-8.0, -0.2), st.floats(0.0, 0.3))
def test_elasticity_for_gives_the_response_asked_for(
    share: float, response: float, fee: float
) -> None:
    e = elasticity_for(response, share, fee)
    beta = weight_for(share, e, fee)
    assert share_sent(beta, e, fee) == pytest.approx(share, rel=1e-10)
    assert log_slope(lambda c: share_sent(beta, e, c), fee) == pytest.approx(response, rel=1e-4)


@few
@given(betas, fees)
def test_unit_elasticity_is_the_limit(beta: float, fee: float) -> None:
    unit, near = np.array(1.0), np.array(1.0 + 1e-6)
    assert share_sent(beta, unit, fee) == pytest.approx(beta)
    assert value_of_sending(beta, unit, fee) == pytest.approx((1.0 - fee) ** beta)
    assert value_of_sending(beta, near, fee) == pytest.approx((1.0 - fee) ** beta, rel=1e-5)


@few
@given(betas, elasticities)
def test_sending_for_free_costs_no_consumption(beta: float, e: float) -> None:
    assert value_of_sending(beta, np.array(e), 0.0) == 1.0
    assert share_sent(beta, e, 0.0) == pytest.approx(beta)


# --- choice (1)-(2) --------------------------------------------------------------------------

corridor = (SKILLS, AREAS, AREAS, STATUSES)
log_wedges = arrays(float, corridor, elements=st.one_of(st.just(np.inf), st.floats(-1.0, 4.0)))


@dataclass(frozen=True)
class Choosers:
    """Who chooses: ten of each kind, what each place offers, and how they weigh it."""

    at_home: np.ndarray
    abroad: np.ndarray
    log_wedge: np.ndarray
    theta: np.ndarray
    nest: np.ndarray
    able: np.ndarray
    natives: ClassVar[np.ndarray] = np.full((SKILLS, AREAS), 10.0)

    def choose(self, **other: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """People at home and abroad, and ln of the welfare of those who can leave."""
        new = replace(self, **other)
        stay, leave, largest = weights(new.at_home, new.abroad, new.log_wedge, new.theta, new.nest)
        home, migrants, total = allocate(self.natives, stay, leave, new.able)
        return home, migrants, (np.log(total) + largest) / new.theta[:, None]


choosers = st.builds(
    Choosers,
    at_home=quantities,
    abroad=numbers(0.2, 5.0, *corridor),
    log_wedge=log_wedges,
    theta=numbers(0.3, 4.0, SKILLS),
    nest=st.one_of(st.just(1.0), st.floats(0.4, 1.0)).map(np.array),
    able=st.one_of(st.just(np.ones((SKILLS, AREAS))), numbers(0.3, 1.0, SKILLS, AREAS)),
)


@few
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_cells_with_people_stand_for_the_whole(seed: int, draws: int) -> None:
    luck = np.random.default_rng(seed)
    shape = tuple(int(size) for size in luck.integers(1, 5, 4))
    people = luck.uniform(0.1, 1.0, (draws, *shape)) * (luck.random(shape) < 0.4)
    cells = Occupied.inhabited(people)
    there = cells.of(people)
    assert there.shape == (draws, int((people[0] != 0.0).sum()))
    np.testing.assert_array_equal(cells.spread(there), people)
    np.testing.assert_allclose(cells.pairs(there), people.sum(axis=-1), rtol=1e-14)
    small = luck.random((draws, shape[0], 1, shape[2], 1))
    np.testing.assert_array_equal(cells.spread(cells.of(small) * there), small * people)
    same = np.broadcast_to(people[:1], people.shape)
    np.testing.assert_array_equal(cells.spread(cells.of(same)), people[:1])
    first_status = np.zeros(shape, dtype=bool)
    first_status[..., 0] = True
    of_one, among = cells.among(first_status)
    np.testing.assert_array_equal(of_one.spread(there[:, among])[..., 0], people[..., 0])
    assert not of_one.spread(there[:, among])[..., 1:].any()


@few
@given(choosers)
def test_people_are_the_choice_of_the_inverted_wedge(them: Choosers) -> None:
    home, migrants, _ = them.choose()
    close(home + migrants.sum(axis=(-2, -1)), them.natives, rtol=1e-11)
    assert (home >= (1.0 - them.able) * them.natives).all()
    is_open = np.isfinite(them.log_wedge)
    assert (migrants[~is_open] == 0.0).all()
    wedge = invert_wedge(
        home, migrants, them.at_home, (np.log(them.abroad),), them.theta, them.nest, them.able
    )
    assert (np.isfinite(wedge) == is_open).all()
    np.testing.assert_allclose(wedge[is_open], them.log_wedge[is_open], rtol=1e-8, atol=1e-8)
    again = them.choose(log_wedge=wedge)
    close(again[0], home, rtol=1e-10)
    close(again[1], migrants, rtol=1e-10)


@few
@given(choosers, numbers(0.2, 5.0, SKILLS, AREAS), numbers(-1.0, 1.0, *corridor), st.data())
def test_people_of_levels_change_by_the_choice_of_changes(
    them: Choosers, pay_hat: np.ndarray, opening: np.ndarray, data: st.DataObject
) -> None:
    home_hat, able_hat = data.draw(factors), data.draw(numbers(0.5, 1.0, SKILLS, AREAS))
    _, migrants, welfare = them.choose()
    then = them.choose(
        at_home=them.at_home * home_hat,
        abroad=them.abroad * pay_hat[:, None, :, None],
        log_wedge=them.log_wedge - opening,
        able=them.able * able_hat,
    )
    theta, inner = them.theta[:, None], (them.theta / them.nest)[:, None]
    moved = migrants * np.exp(inner[..., None, None] * opening)
    moved = moved * (pay_hat**inner)[:, None, :, None]
    abroad = migrants.sum(axis=(-2, -1))
    stayers, per_weight, weight = redistribute(
        them.natives,
        (them.natives - abroad / them.able) * home_hat**theta,
        abroad,
        moved.sum(axis=(-2, -1)),
        them.nest,
        (them.able, them.able * able_hat),
    )
    close(stayers, then[0], rtol=1e-9)
    close(moved * weight[..., None, None], then[1], rtol=1e-9)
    np.testing.assert_allclose(-np.log(per_weight) / theta, then[2] - welfare, atol=1e-9)


@few
@given(choosers)
def test_welfare_rises_by_the_share_of_who_consumes_more(them: Choosers) -> None:
    them = replace(them, able=np.ones_like(them.able))
    home, migrants, _ = them.choose()
    step = 1e-6

    def slope(**grown: np.ndarray) -> np.ndarray:
        more = {name: value * np.exp(step) for name, value in grown.items()}
        less = {name: value * np.exp(-step) for name, value in grown.items()}
        return (them.choose(**more)[2] - them.choose(**less)[2]) / (2.0 * step)

    atol = 1e-7
    np.testing.assert_allclose(slope(at_home=them.at_home), home / 10.0, atol=atol)
    leaving = migrants.sum(axis=(-2, -1)) / 10.0
    np.testing.assert_allclose(slope(abroad=them.abroad), leaving, atol=atol)


@few
@given(choosers, st.integers(0, AREAS - 1))
def test_closing_one_residence_leaves_the_odds_of_the_others(them: Choosers, closed: int) -> None:
    them = replace(them, nest=np.array(1.0), able=np.ones_like(them.able))
    home, migrants, _ = them.choose()
    without = them.log_wedge.copy()
    without[:, :, closed] = np.inf
    stayers, others, _ = them.choose(log_wedge=without)
    assert (others[:, :, closed] == 0.0).all()
    kept = np.delete(np.arange(AREAS), closed)
    odds = migrants[:, :, kept] / home[:, :, None, None]
    close(others[:, :, kept] / stayers[:, :, None, None], odds, rtol=1e-10)


@few
@given(choosers, st.integers(0, AREAS - 1))
def test_in_one_nest_who_loses_a_place_abroad_rather_goes_elsewhere_abroad(
    them: Choosers, closed: int
) -> None:
    without = them.log_wedge.copy()
    without[:, :, closed] = np.inf
    one_nest = replace(them, able=np.ones_like(them.able), nest=np.array(0.5))
    home, migrants, _ = one_nest.choose()
    stayers, others, _ = one_nest.choose(log_wedge=without)
    kept = np.delete(np.arange(AREAS), closed)
    before, after = (people[:, :, kept].sum(axis=(-2, -1)) for people in (migrants, others))
    # Closer substitutes: the places left abroad gain at least as much as home does.
    somewhere = before > 0.0
    gain = np.where(somewhere, after, 1.0) / np.where(somewhere, before, 1.0)
    assert (gain[somewhere] >= (stayers / home)[somewhere] * (1.0 - 1e-9)).all()
