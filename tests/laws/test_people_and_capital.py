"""Laws of MODEL2 C, D and F: capital with two sides, what is sent, movers, inequality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.capital import supply
from corridors.capital.flight import moved, national_income, placed, retained_by_both
from corridors.equilibrium.measures import measure, naturals, theil, theil_between
from corridors.errors import InputError
from corridors.money import remittances
from corridors.people.choice import turnover
from corridors.rules import Policy, build
from laws.small_worlds import small_world

seeds = st.integers(0, 2**32 - 1)


# --- capital ---------------------------------------------------------------------------------


def economies(seed: int, number: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Capital, its share in output, and who loses some."""
    luck = np.random.default_rng(seed)
    leaving = np.arange(number) < luck.integers(1, number)
    return luck.lognormal(0.0, 1.0, number), luck.uniform(0.1, 0.6, number), leaving


@given(seeds, st.floats(0.0, 0.95))
def test_what_leaves_one_place_works_in_another(seed: int, lost: float) -> None:
    capital, _, leaving = economies(seed)
    retained = retained_by_both(lost, leaving, ~leaving, capital)
    assert np.sum(retained * capital) == pytest.approx(capital.sum(), rel=1e-12)
    np.testing.assert_allclose(retained[leaving], 1.0 - lost)
    back = retained_by_both(-lost / (1.0 - lost), leaving, ~leaving, retained * capital)
    np.testing.assert_allclose(back * retained, 1.0, rtol=1e-9)


@given(seeds, st.floats(-0.3, 0.9))
def test_the_world_market_keeps_the_worlds_capital(seed: int, lost: float) -> None:
    capital, alpha, leaving = economies(seed)
    # It must come from somebody.
    lost = max(lost, -0.5 * capital[~leaving].sum() / capital[leaving].sum())
    market = np.where(leaving, 1.0 - lost, 1.0)
    where = placed(market, alpha, capital)
    assert np.sum(market * where * capital) == pytest.approx(capital.sum(), rel=1e-12)
    np.testing.assert_array_equal(where[leaving & (market != 1.0)], 1.0)
    # Where it goes every return falls by the same factor: that of closure `world`.
    others = where[~leaving] ** (1.0 - alpha[~leaving])
    np.testing.assert_allclose(others, others[0], rtol=1e-10)
    held = supply.stock_hat("world", np.ones(5), alpha, 1.0, market, capital)
    assert np.sum(held * capital) == pytest.approx(capital.sum(), rel=1e-10)


@given(seeds, st.floats(0.0, 0.9))
def test_owners_keep_what_they_own_and_incomes_add_up(seed: int, part: float) -> None:
    luck = np.random.default_rng(seed)
    capital, alpha, output = luck.random(4) + 0.1, luck.random(4), luck.random(4)
    own = luck.random((4, 4))
    own /= own.sum(axis=0)
    leaving = np.zeros((4, 4))
    leaving[:, 0] = part * own[:, 0] * capital[0]
    arriving = np.zeros((4, 4))
    arriving[:, 2] = leaving[:, 0]
    after = moved(own, capital, leaving, arriving)
    np.testing.assert_allclose(after.sum(axis=0), 1.0)
    assert national_income(output, alpha, after).sum() == pytest.approx(output.sum())
    if part == 0.0:
        np.testing.assert_allclose(after, own)


def test_nobody_moves_what_is_not_theirs() -> None:
    own, capital = np.eye(2), np.ones(2)
    leaving = np.array([[0.0, 0.0], [0.1, 0.0]])  # owner 1 has nothing in place 0
    with pytest.raises(InputError, match="less than is to leave"):
        moved(own, capital, leaving, leaving[:, ::-1])


def test_capital_does_not_go_where_it_comes_from() -> None:
    world = small_world(3).world()
    area = world.areas[0]
    lever = build("capital_flight", {"lost": 0.1, "areas": area, "to": area})
    with pytest.raises(InputError, match="would send capital to itself"):
        Policy("circle", (lever,)).apply(world.rules)


# --- what is sent ----------------------------------------------------------------------------


def senders(seed: int) -> tuple[np.ndarray, ...]:
    """Income (b, i, k), fee (b, i), elasticity (b,), kap (k,), receipts (b,) of a small world."""
    luck = np.random.default_rng(seed)
    income = luck.lognormal(0.0, 1.0, (4, 4, 2)) * ~np.eye(4, dtype=bool)[:, :, None]
    fee, kap = luck.uniform(0.0, 0.2, (4, 4)), np.array([1.0, 1.5])
    whole = np.sum((1.0 - fee)[..., None] * income, axis=(1, 2))
    return income, fee, luck.uniform(1.0, 5.0, 4), kap, whole * luck.uniform(0.05, 0.85, 4)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_receipts_are_exact_whatever_senders_say(seed: int) -> None:
    income, fee, e, kap, receipts = senders(seed)
    told = np.random.default_rng(seed + 1).lognormal(0.0, 1.0, 4)
    told[0] = np.nan
    log_r, log_g = remittances.destination_factors(
        receipts, income, (kap, fee, e), told, spread=(0.5, 0.7)
    )
    rho = remittances.shares(log_r, log_g, kap, fee, e)
    arriving = np.sum((1.0 - fee)[..., None] * rho * income, axis=(1, 2))
    np.testing.assert_allclose(arriving, receipts, rtol=1e-10)
    assert ((rho > 0.0) & (rho < 1.0)).all()


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_destinations_that_may_not_differ_do_not(seed: int) -> None:
    income, fee, e, kap, receipts = senders(seed)
    told = np.random.default_rng(seed + 1).lognormal(0.0, 1.0, 4)
    _, log_g = remittances.destination_factors(receipts, income, (kap, fee, e), told, (0.5, 1e-7))
    np.testing.assert_allclose(log_g, 0.0, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_only_products_of_factors_are_told(seed: int) -> None:
    income, fee, _, kap, receipts = senders(seed)
    once = remittances.log_origin_factors(
        receipts, income, np.broadcast_to(kap, income.shape) * 1.0, fee
    )
    twice = remittances.log_origin_factors(
        receipts, income, np.broadcast_to(2.0 * kap, income.shape) * 1.0, fee
    )
    np.testing.assert_allclose(once - twice, np.log(2.0), rtol=1e-9)


def test_receipts_beyond_all_income_are_told_apart() -> None:
    income, fee, _, _, receipts = senders(1)
    receipts[0] = 10.0 * income.sum()
    explained = remittances.explained(receipts, income, fee)
    whole = np.sum((1.0 - fee)[..., None] * income, axis=(1, 2))
    assert explained[0] == pytest.approx(remittances.LARGEST_PART * whole[0])
    np.testing.assert_array_equal(explained[1:], receipts[1:])


# --- movers ----------------------------------------------------------------------------------


def two_shares(seed: int, places: int = 6) -> tuple[np.ndarray, np.ndarray]:
    luck = np.random.default_rng(seed)
    now, odds = luck.dirichlet(np.ones(places)), luck.lognormal(0.0, 1.0, places)
    return now, now * odds / np.sum(now * odds)


@given(seeds)
def test_moves_add_up_to_both_sets_of_shares(seed: int) -> None:
    now, then = two_shares(seed)
    moves = turnover(now, then)
    table = np.array([moves.leaving(place) for place in range(len(now))])
    table += np.diag(moves.stay)
    np.testing.assert_allclose(table.sum(axis=1), now, rtol=1e-10)
    np.testing.assert_allclose(table.sum(axis=0), then, rtol=1e-10)
    for place in range(len(now)):
        np.testing.assert_allclose(moves.arriving(place), np.where(
            np.arange(len(now)) == place, 0.0, table[:, place]), atol=1e-15)  # fmt: skip


@given(seeds)
def test_nobody_moves_to_what_became_no_better(seed: int) -> None:
    now, then = two_shares(seed)
    moves, ratio = turnover(now, then), then / now
    for place in range(len(now)):
        assert (moves.leaving(place)[ratio <= ratio[place]] == 0.0).all()
    np.testing.assert_allclose(turnover(now, now).stay, now)


def test_moves_are_those_of_simulated_people() -> None:
    """Everybody keeps their tastes: the two best places under old and new attraction."""
    now, then = two_shares(7, 4)
    luck = np.random.default_rng(0)
    tastes = luck.gumbel(size=(400_000, 4))
    first, second = (np.argmax(np.log(share) + tastes, axis=1) for share in (now, then))
    counted = np.zeros((4, 4))
    np.add.at(counted, (first, second), 1.0 / len(tastes))
    moves = turnover(now, then)
    exact = np.array([moves.leaving(place) for place in range(4)]) + np.diag(moves.stay)
    np.testing.assert_allclose(counted, exact, atol=4e-3)


def test_a_war_makes_nobody_better_off_who_is_born_there() -> None:
    small = small_world(4).under("fixed")
    world = small.world()
    born = world.areas[1]
    lever = build("displacement", {"odds": 3.0, "birthplace": born})
    rules, _ = Policy("war", (lever,)).apply(world.rules)
    at = naturals(world.rules, rules)
    assert list(np.array(world.areas)[at]) == [born]
    after = small.in_changes(rules)
    measured = measure(world, after, rules)
    assert (measured["welfare_naturals"] < 0.0).all()
    assert (measured["people"] > world.state.migrants.sum(axis=(1, 2, 3, 4))).all()


# --- inequality ------------------------------------------------------------------------------


@given(seeds)
def test_inequality_is_the_sum_of_its_parts(seed: int) -> None:
    luck = np.random.default_rng(seed)
    heads, pay, group = luck.random(12) + 0.1, luck.lognormal(0.0, 1.0, 12), np.arange(12) % 3
    total, between = theil(heads, pay), theil_between(heads, pay, group, 3)
    paid = heads * pay
    within = sum(
        paid[group == g].sum() / paid.sum() * theil(heads[group == g], pay[group == g])
        for g in range(3)
    )
    assert float(total) == pytest.approx(float(between + within), abs=1e-12)
    assert float(theil(heads, np.full(12, 7.0))) == pytest.approx(0.0, abs=1e-12)
    assert float(theil(heads, 3.0 * pay)) == pytest.approx(float(total))
