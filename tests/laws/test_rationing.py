"""Caps that bind today, overlap, or go by lot; statuses that nobody enters by wanting to.

Laws of MODEL2 A, B and E, each on small random worlds whose caps are full today.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.borders.quotas import Lottery, Members, fee_multipliers, multiplier_today
from corridors.equilibrium import solve
from corridors.errors import Infeasible, InputError
from corridors.rules import Caps, Corridors, Policy, Rules, build, numbered
from laws.small_worlds import TOLERANCE, Small, inverted, small_world
from laws.test_equilibrium import assert_same

Array = np.ndarray
#: How places are given out; lots take longer.
WAYS = ["fee", pytest.param("lottery", marks=pytest.mark.slow)]
seeds = st.integers(0, 10**4)
few = settings(max_examples=12)


def capped(seed: int, rationing: str = "fee", statuses: int = 3) -> Small:
    """A world whose tied places are full today, by residence."""
    world = small_world(seed, areas=4, statuses=statuses)
    tied = ~world.rules.empty & np.array([s == "tied" for s in world.rules.statuses])
    sets = numbered(tied, (2, 3))
    limit = world.rules.persons(sets)
    luck = np.random.default_rng(seed)
    if rationing == "fee":
        multiplier = luck.uniform(0.05, 1.0, limit.shape)
    else:  # a chance above the share of any group that lives there
        shares = world.state.migrants / world.structure.natives[..., None, None]
        most = np.array([shares[0][sets == n].max(initial=0.0) for n in range(limit.shape[1])])
        multiplier = -np.log(most + (1.0 - most) * luck.uniform(0.4, 0.9, most.shape))[None]
    rules = world.rules.with_(caps=Caps.none().beside(sets, limit), rationing=rationing)
    state = replace(world.state, multiplier=multiplier)
    made = inverted(f"capped({seed}, {rationing})", world.structure, state, rules)
    if rationing == "lottery":
        # What is recorded of welfare without lots is not that of people who drew them.
        welfare = made.in_levels(made.rules).log_welfare
        made = replace(made, state=replace(made.state, log_welfare=welfare))
    return made


def scaled(rules: Rules, factor: float) -> Rules:
    return rules.with_(caps=replace(rules.caps, limit=factor * rules.caps.limit))


# --- caps that are full today ----------------------------------------------------------------


@pytest.mark.parametrize("rationing", WAYS)
@few
@given(seed=seeds)
def test_the_same_places_change_nothing(rationing: str, seed: int) -> None:
    world = capped(seed, rationing)
    assert_same(world.in_changes(world.rules), world.state, rtol=1e-10)
    assert_same(world.in_levels(world.rules), world.state, rtol=1e-9)


@pytest.mark.parametrize("rationing", WAYS)
@few
@given(seed=seeds, factor=st.floats(0.2, 3.0))
def test_levels_and_changes_agree_when_places_change(
    rationing: str, seed: int, factor: float
) -> None:
    world = capped(seed, rationing)
    rules = scaled(world.rules, factor)
    assert_same(world.in_changes(rules), world.in_levels(rules), rtol=1e-8)


@pytest.mark.parametrize("rationing", WAYS)
@few
@given(seed=seeds, factors=st.tuples(st.floats(0.3, 2.5), st.floats(0.3, 2.5)))
def test_one_number_of_places_after_another_is_the_second_at_once(
    rationing: str, seed: int, factors: tuple[float, float]
) -> None:
    world = capped(seed, rationing)
    first, second = (scaled(world.rules, factor) for factor in factors)
    between = world.in_changes(first)
    full = np.abs(first.caps.total(between.migrants) - first.caps.limit) < 1e-9
    if (~full & (between.multiplier > 0.0)).any():
        return
    stages = solve.settle(world.structure, between, first.with_(people=between.migrants), second)
    assert_same(solve.require(stages).state, world.in_changes(second), rtol=1e-8)


@few
@given(seed=seeds, rationing=st.sampled_from(["fee", "lottery"]), factor=st.floats(0.2, 4.0))
def test_a_cap_holds_and_costs_nothing_where_it_is_slack(
    seed: int, rationing: str, factor: float
) -> None:
    world = capped(seed, rationing)
    rules = scaled(world.rules, factor)
    state = world.in_changes(rules)
    there, limit = rules.caps.total(state.migrants), rules.caps.limit
    assert (there <= limit * (1.0 + 1e-9)).all()
    np.testing.assert_allclose(state.multiplier * (limit - there) / limit, 0.0, atol=1e-9)


@pytest.mark.parametrize("rationing", WAYS)
@few
@given(seed=seeds, opening=st.floats(0.0, 0.4))
def test_a_slack_cap_changes_nothing(rationing: str, seed: int, opening: float) -> None:
    world = small_world(seed, areas=4, statuses=3)
    lever = build("open_border", {"legal_share": opening})
    rules, _ = Policy("open", (lever,)).apply(world.rules)
    sets = numbered(~rules.empty & (np.arange(3) == 1), (2, 3))
    loose = rules.capped(sets, 1e6 * rules.persons(sets)).with_(rationing=rationing)
    free, slack = world.in_changes(rules), world.in_changes(loose)
    assert not slack.multiplier.any()
    assert_same(replace(slack, multiplier=free.multiplier), free, rtol=1e-9)


@pytest.mark.slow
@few
@given(seed=seeds, factor=st.floats(0.3, 2.0), part=st.floats(0.3, 1.2))
def test_caps_that_overlap_agree_by_levels_and_changes(
    seed: int, factor: float, part: float
) -> None:
    world = capped(seed)
    caps, tied = world.rules.caps, world.rules.caps.mask(world.rules.empty.shape)
    corridors = numbered(tied, (1, 2, 3))
    skills = numbered(tied & (np.arange(2) == 1)[:, None, None, None], (0, 2, 3))
    rules = scaled(world.rules, factor)
    for sets in (corridors, skills):
        rules = rules.capped(sets, part * world.rules.persons(sets))
    assert len(rules.caps) > len(caps)
    changes, levels = world.in_changes(rules), world.in_levels(rules)
    # Two caps that hold the same cells share one multiplier in no single way: compare the sums.
    cells = rules.caps
    sums = [np.bincount(cells.cell, s.multiplier[0][cells.cap]) for s in (changes, levels)]
    np.testing.assert_allclose(*sums, rtol=1e-7, atol=1e-7)
    assert_same(replace(changes, multiplier=levels.multiplier), levels, rtol=1e-7)


@few
@given(seed=seeds)
def test_no_places_leave_nobody(seed: int) -> None:
    world = capped(seed)
    rules = scaled(world.rules, 0.0)
    state = world.in_changes(rules)
    assert (rules.caps.total(state.migrants) == 0.0).all()
    assert np.isinf(state.multiplier).all()


def test_a_cap_that_is_said_to_bind_and_is_not_full_is_refused() -> None:
    world = capped(1)
    with pytest.raises(InputError, match="not full"):
        solve.settle(world.structure, world.state, scaled(world.rules, 1.1), world.rules)


def test_the_worked_example_of_a_cap_that_is_relaxed() -> None:
    """N = 1000: home 800, elsewhere 150, capped 50; theta 2, unmet 3, pay fixed."""
    members = Members(np.array([0]), np.array([0]), 1, 1)
    power, places = np.array([[2.0]]), np.array([[50.0]])
    (now,) = multiplier_today(members, places, power, np.array([[3.0]]))
    assert now == pytest.approx(np.log(3.0) / 2.0)
    demand = places * np.exp(2.0 * now)
    # Twice the places, at the outside options they leave: 900 of 950 elsewhere.
    (then,) = fee_multipliers(members, demand * 900.0 / 950.0, power, 2.0 * places)
    assert then == pytest.approx(0.1757, abs=5e-5)
    assert 1000.0 * demand / (950.0 + demand) == pytest.approx(136.4, abs=0.05)


@given(
    st.lists(st.floats(1.0, 1e6), min_size=1, max_size=6),
    st.lists(st.floats(0.3, 4.0), min_size=6, max_size=6),
    st.floats(1.0, 50.0),
)
def test_the_multiplier_today_makes_demand_what_is_unmet(
    people: list[float], powers: list[float], unmet: float
) -> None:
    number = len(people)
    members = Members(np.arange(number), np.zeros(number, int), number, 1)
    persons, power = np.array([people]), np.array([powers[:number]])
    multiplier = multiplier_today(members, persons, power, np.array([[unmet]]))
    demand = (persons * np.exp(power * multiplier)).sum()
    assert demand == pytest.approx(unmet * persons.sum(), rel=1e-10)


def test_fewer_applicants_than_places_are_refused() -> None:
    members = Members(np.array([0]), np.array([0]), 1, 1)
    with pytest.raises(InputError, match="below 1"):
        multiplier_today(members, np.ones((1, 1)), np.ones((1, 1)), np.array([[0.9]]))


# --- lots ------------------------------------------------------------------------------------


@given(
    odds=st.lists(st.floats(0.01, 3.0), min_size=1, max_size=5),
    chances=st.lists(st.floats(0.05, 1.0), min_size=5, max_size=5),
)
def test_lots_are_the_sum_over_what_may_be_won(odds: list[float], chances: list[float]) -> None:
    number = len(odds)
    v, p = np.array(odds), np.array(chances[:number])
    places, welfare, left = np.zeros(number), 0.0, 0.0
    for won in product((0, 1), repeat=number):
        chance = np.prod(np.where(won, p, 1.0 - p))
        whole = 1.0 + np.sum(v * won)
        places += chance * v * won / whole
        left += chance / whole
        welfare += chance * np.log(whole)
    members = Members(np.arange(number), np.arange(number), number, number)
    lots = Lottery(members, np.zeros(number, int), np.array([7.0]))
    drawn = lots.draw(v[None], np.ones((1, 1)), 7.0 * places[None])
    np.testing.assert_allclose(drawn.chance[0], p, rtol=1e-9)
    np.testing.assert_allclose(drawn.persons[0], 7.0 * places, rtol=1e-9)
    np.testing.assert_allclose(drawn.left[0], left, rtol=1e-9)
    np.testing.assert_allclose(drawn.gain[0], welfare, rtol=1e-9)
    more, gain = lots.at_first_best(drawn.persons, 7.0 * drawn.left, drawn.chance)
    np.testing.assert_allclose(drawn.persons * np.exp(more) / (7.0 * left), v[None], rtol=1e-8)
    np.testing.assert_allclose(gain, drawn.gain, rtol=1e-8)


@given(st.floats(0.05, 2.0), st.floats(0.1, 0.95))
def test_of_one_group_fee_and_lot_let_in_the_same_people(odds: float, part: float) -> None:
    members = Members(np.array([0]), np.array([0]), 1, 1)
    places = np.array([[part * odds / (1.0 + odds)]])
    lots = Lottery(members, np.array([0]), np.array([1.0]))
    drawn = lots.draw(np.array([[odds]]), np.ones((1, 1)), places)
    assert drawn.persons[0, 0] == pytest.approx(places[0, 0], rel=1e-9)
    assert drawn.left[0, 0] == pytest.approx(1.0 - places[0, 0], rel=1e-9)


def test_a_chance_below_the_share_that_lives_there_is_infeasible() -> None:
    lots = Lottery(Members(np.array([0]), np.array([0]), 1, 1), np.array([0]), np.array([1.0]))
    with pytest.raises(Infeasible):
        lots.at_first_best(np.array([[0.3]]), np.array([[0.7]]), np.array([[0.2]]))


def test_lots_of_caps_that_share_a_cell_are_refused() -> None:
    world = capped(3, "lottery")
    tied = world.rules.caps.mask(world.rules.empty.shape)
    sets = numbered(tied, (1, 2, 3))
    with pytest.raises(InputError, match="share a cell"):
        world.in_changes(world.rules.capped(sets, world.rules.persons(sets)))


# --- statuses that are given -----------------------------------------------------------------


@few
@given(seed=seeds, hazard=st.floats(0.02, 0.5))
def test_the_removed_take_no_place_that_somebody_gives(seed: int, hazard: float) -> None:
    world = small_world(seed, areas=4, statuses=4)
    there = ~world.rules.empty & (np.arange(4) == 2)
    if not there.any():
        return
    lever = build("deportation", {"hazard": hazard, "hazard_today": 0.0138})
    rules, _ = Policy("removal", (lever,)).apply(world.rules)
    state = world.in_changes(rules)
    given = np.isin(world.rules.statuses, ("permanent", "tied", "protected"))
    held = given & there.any(axis=(0, 2, 3))[:, None, None]
    by_corridor = (state.migrants - world.state.migrants)[0].sum(axis=0)
    scale = world.state.migrants.max()
    assert (by_corridor[np.broadcast_to(held, by_corridor.shape)] <= 1e-9 * scale).all()
    assert (state.multiplier >= 0.0).all()


@few
@given(seed=seeds, share=st.floats(0.0, 1.0))
def test_papers_are_a_transfer_and_give_back_what_they_took(seed: int, share: float) -> None:
    world = small_world(seed, areas=4, statuses=3)
    both = ~world.rules.empty[..., 0] & ~world.rules.empty[..., 2]
    if not both.any():
        return
    rules, _ = Policy("papers", (build("regularisation", {"share": share}),)).apply(world.rules)
    state = world.in_changes(rules)
    now, then = world.state.migrants[0], state.migrants[0]
    full = np.abs(rules.caps.total(state.migrants) - rules.caps.limit) < 1e-9 * rules.caps.limit
    if full.all():
        moved = share * now[both][:, 2]
        np.testing.assert_allclose(then[both][:, 0], now[both][:, 0] + moved, rtol=1e-8)
        np.testing.assert_allclose(
            then[both][:, 2], now[both][:, 2] - moved, rtol=1e-8, atol=1e-9 * now.max()
        )
    if share == 0.0:
        assert_same(replace(state, multiplier=world.state.multiplier), world.state, rtol=1e-9)


@few
@given(seed=seeds, share=st.floats(0.05, 0.9))
def test_papers_given_and_taken_back_leave_the_world_as_it_was(seed: int, share: float) -> None:
    world = small_world(seed, areas=4, statuses=3)
    if not (~world.rules.empty[..., 0] & ~world.rules.empty[..., 2]).any():
        return
    rules, _ = Policy("papers", (build("regularisation", {"share": share}),)).apply(world.rules)
    nobody, _ = Policy("none", (build("regularisation", {"share": 0.0}),)).apply(world.rules)
    with_papers = world.in_changes(rules)
    full = np.abs(rules.caps.total(with_papers.migrants) - rules.caps.limit)
    if (full > 1e-9 * rules.caps.limit).any():
        return  # some declined: not a transfer
    back = nobody.with_(people=with_papers.migrants)
    settled = solve.settle(world.structure, with_papers, rules, back, tolerance=TOLERANCE)
    again = solve.require(settled, TOLERANCE).state
    assert_same(replace(again, multiplier=world.state.multiplier), world.state, rtol=1e-8)


def test_easing_a_status_whose_places_are_all_counted_is_refused() -> None:
    world = capped(2)
    with pytest.raises(InputError, match="a cap that is full lets nobody more in"):
        build("open_border", {"status": "tied"}).apply(world.rules)


@pytest.mark.parametrize("status", ["tied", "permanent"])
@few
@given(seed=seeds, more=st.floats(0.0, 0.002))
def test_places_given_are_places_taken(status: str, seed: int, more: float) -> None:
    world = capped(seed)
    lever = build("places", {"more": more, "status": status})
    cells = Corridors(status=status).mask(world.rules) & ~world.rules.empty
    rules, _ = Policy("places", (lever,)).apply(world.rules)
    state = world.in_changes(rules)
    if (state.multiplier == 0.0).any():
        return  # fewer would come than there is room for
    grown = (state.migrants - world.state.migrants)[0][..., cells.any(axis=(0, 1, 2))]
    some = cells.any(axis=(0, 1, 3))
    np.testing.assert_allclose(
        grown.sum(axis=(0, 1, 3))[some], more * world.rules.adults[some], rtol=1e-6, atol=1e-9
    )


# --- free movement ---------------------------------------------------------------------------


@few
@given(seed=seeds, share=st.floats(0.0, 0.5))
def test_where_people_move_freely_an_opening_acts_through_pay_alone(
    seed: int, share: float
) -> None:
    world = small_world(seed, areas=4)
    free = np.zeros((4, 4))
    free[:2, :2] = 1.0
    now = world.rules.with_(free=free)
    rules, _ = Policy("open", (build("open_border", {"legal_share": share}),)).apply(now)
    state, before = world.in_changes(rules), world.state
    pay = state.wage_migrant * state.at_work(world.structure) * (1.0 - state.tax)[:, None]
    pay = pay / (
        before.wage_migrant * before.at_work(world.structure) * (1.0 - before.tax)[:, None]
    )
    home = state.home_consumption / before.home_consumption
    for b, i in ((0, 1), (1, 0)):
        some = before.migrants[0, :, b, i] > 0.0
        odds = state.migrants[0, :, b, i] / state.home[0, :, b, None]
        odds_now = before.migrants[0, :, b, i] / before.home[0, :, b, None]
        through_pay = (pay[0, :, i] / home[0, :, b]) ** world.structure.theta[0]
        ratio = odds[some] / odds_now[some]
        np.testing.assert_allclose(
            ratio, np.broadcast_to(through_pay[:, None], some.shape)[some], rtol=1e-9
        )


@few
@given(seed=seeds)
def test_with_free_movement_everywhere_there_is_no_law_to_remove(seed: int) -> None:
    now = small_world(seed, areas=4).rules
    everywhere = now.with_(free=np.ones((4, 4)))
    rules, _ = Policy("open", (build("open_border", {"legal_share": 0.4}),)).apply(everywhere)
    np.testing.assert_array_equal(rules.log_wedge, now.log_wedge)
