"""Laws of a family that earns at home (30), of statuses that are near to each other (23), of queues
(17) and of areas that are closed again (31).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors import baseline, parameters
from corridors.borders.quotas import Members, multiplier_of_queue, multiplier_today
from corridors.equilibrium import solve
from corridors.errors import InputError
from corridors.money.family import family_weight, log_value_of_family, share_to_family
from corridors.rules import Policy, Rules, build, numbered
from corridors.world import State
from laws.small_worlds import Small, small_world

few = settings(max_examples=15)
seeds = st.integers(0, 10**6)
shares, costs = st.floats(0.01, 0.9), st.floats(0.0, 0.9)


def ruled(world: Small, lever: str, **values: Any) -> Rules:
    rules, _ = Policy("asked", (build(lever, values),)).apply(world.rules)
    return rules


# --- a family with income of its own ---------------------------------------------------------


@given(weight=shares, relative=st.floats(0.01, 3.0), cost=costs)
def test_what_is_sent_is_the_best_that_can_be_sent(
    weight: float, relative: float, cost: float
) -> None:
    def worth(sent: np.ndarray) -> np.ndarray:
        kept = (1.0 - weight) * np.log(1.0 - sent)
        return kept + weight * np.log(relative + (1.0 - cost) * sent)

    best = log_value_of_family(np.array(weight), np.array(relative), np.array(cost))
    assert (worth(np.linspace(0.0, 0.999, 2001)) <= best + 1e-12).all()
    sent = share_to_family(np.array(weight), np.array(relative), np.array(cost))
    assert worth(sent) == pytest.approx(float(best), abs=1e-12)


@given(share=shares, relative=st.floats(0.01, 3.0), cost=costs)
def test_the_weight_is_that_of_what_is_sent_today(
    share: float, relative: float, cost: float
) -> None:
    weight = family_weight(np.array(share), np.array(relative), np.array(cost))
    sent = share_to_family(weight, np.array(relative), np.array(cost))
    assert sent == pytest.approx(share, rel=1e-10)
    # Less at home, more is sent: dR/df = -(1-beta)/(1-c).
    poorer = share_to_family(weight, np.array(0.9 * relative), np.array(cost))
    expected = share + 0.1 * relative * (1.0 - weight) / (1.0 - cost)
    assert poorer == pytest.approx(float(expected), rel=1e-9)
    # What abroad is worth falls with the cost by R / [(1-c) y + f].
    step = 1e-6
    ends = [
        log_value_of_family(weight, np.array(relative), np.array(cost + at)) for at in (-step, step)
    ]
    slope = (ends[1] - ends[0]) / (2.0 * step)
    assert slope == pytest.approx(-share / (1.0 - cost + relative), rel=1e-4)


@few
@given(seed=seeds, dearer=st.floats(0.01, 0.5))
def test_of_money_from_the_own_family_a_cost_keeps_people_and_drives_nobody_out(
    seed: int, dearer: float
) -> None:
    world = small_world(seed, ("own_family",), areas=4)
    family = world.structure.family
    assert family is not None
    alone = replace(world.structure, family=replace(family, share=np.ones(1)))
    fee = world.rules.fee.copy()
    fee[0, 0, 1] = 1.0 - (1.0 - fee[0, 0, 1]) * (1.0 - dearer)
    # At fixed pay: the people answer, pay and money do not.
    state = solve.require(
        solve.settle(
            alone, world.state, world.rules, world.rules.with_(fee=fee),
            responses=("people", "remittances"),
        )
    ).state  # fmt: skip
    paid = state.wage_native, state.wage_migrant
    for now, then in zip((world.state.wage_native, world.state.wage_migrant), paid, strict=True):
        np.testing.assert_allclose(now, then, rtol=1e-12)
    change = (state.migrants - world.state.migrants)[0]
    # (A status that sends nothing gains from the others of its corridor.)
    assert (change[:, 0, 1].sum(axis=1) <= 1e-9).all()
    # Whoever was born elsewhere is not asked; whoever does not go there goes home or elsewhere.
    np.testing.assert_allclose(change[:, 1:], 0.0, atol=1e-7)
    others = np.delete(change[:, 0], 1, axis=1)
    assert (others >= -1e-9).all()
    assert (state.home[0, :, 0] >= world.state.home[0, :, 0] - 1e-9).all()


@few
@given(seed=seeds)
def test_a_stayer_lives_on_all_that_is_received(seed: int) -> None:
    world = small_world(seed, ("own_family",), areas=3)
    rules = ruled(world, "aid", share=0.02, areas="all")
    state = world.in_changes(rules)
    money = state.transfers(world.structure) / state.home.sum(axis=1)
    expected = state.earned(world.structure) + money[:, None]
    np.testing.assert_allclose(state.home_consumption, expected, rtol=1e-10)


def test_a_ban_drives_fewer_out_the_more_is_the_own_familys() -> None:
    observed = baseline.observe()
    change = []
    for share in (0.0, 0.5, 1.0):
        given_parameters = {**parameters.central(), "own_family": np.array([share])}
        world = baseline.calibrate(observed, given_parameters, channels=("own_family",))
        rules, _ = Policy("ban", (build("remittance_cost", {"cost_share": 1.0}),)).apply(
            world.rules
        )
        state = solve.require(solve.settle(world.structure, world.state, world.rules, rules)).state
        mexico, there = world.areas.index("MEX"), world.areas.index("USA")
        moved = (state.migrants - world.state.migrants)[0, :, mexico, there].sum()
        change.append(float(moved))
    assert change[0] > change[1] > change[2]
    assert change[2] < 0.0 < change[0]


# --- statuses of a place in a nest of their own ------------------------------------------------


@few
@given(seed=seeds)
def test_statuses_answer_to_each_other_as_the_nest_says(seed: int) -> None:
    world = small_world(seed, ("status_nest",), areas=3, statuses=3)
    n = float(world.structure.status_nest[0])
    now = world.state.migrants[0]
    place = int(np.argmax((now[0, 0] > 0.0).sum(axis=1)))
    if (now[0, 0, place] > 0.0).sum() < 2:
        return
    chosen = int(np.flatnonzero(now[0, 0, place])[0])
    step = 1e-6
    sides = []
    for sign in (-1.0, 1.0):
        wedge = world.rules.log_wedge.copy()
        wedge[0, 0, 0, place, chosen] -= sign * step / world.structure.theta[0, 0]
        state = world.settled(world.rules.with_(log_wedge=wedge), responses=("people",)).state
        sides.append(state.migrants[0, 0, 0])
    some = now[0, 0] > 0.0
    slope = np.zeros(some.shape)
    slope[some] = (np.log(sides[1][some]) - np.log(sides[0][some])) / (2.0 * step)
    share = now[0, 0] / world.structure.natives[0, 0]
    of_place = share[place].sum()
    within = share[place, chosen] / of_place
    expected = np.full(some.shape, -share[place, chosen])
    expected[place] = -within * (1.0 / n - 1.0 + of_place)
    expected[place, chosen] = (1.0 - within) / n + within * (1.0 - of_place)
    np.testing.assert_allclose(slope[some], expected[some], rtol=1e-5, atol=1e-7)


@pytest.mark.slow
@few
@given(seed=seeds, part=st.floats(0.3, 1.1), nest=st.booleans())
def test_caps_in_a_nest_of_statuses_agree_by_levels_and_changes(
    seed: int, part: float, nest: bool
) -> None:
    channels = ("nest", "status_nest") if nest else ("status_nest",)
    world = small_world(seed, channels, areas=3, statuses=3)
    sets = numbered(~world.rules.empty & (np.arange(3) == 0), (1, 2, 3))
    held = world.rules.capped(sets, part * world.rules.persons(sets))
    by_changes, in_levels = world.in_changes(held), world.in_levels(held)
    for name in ("home", "migrants", "output", "multiplier"):
        values = getattr(by_changes, name), getattr(in_levels, name)
        scale = np.abs(values[1]).max(initial=0.0)
        np.testing.assert_allclose(*values, rtol=1e-8, atol=1e-8 * max(scale, 0.1), err_msg=name)


def test_a_nest_of_statuses_and_ability_are_refused_together() -> None:
    observed = baseline.observe()
    with pytest.raises(InputError, match="cannot go together"):
        baseline.calibrate(observed, parameters.central(), channels=("status_nest", "ability"))


# --- a queue that is counted -------------------------------------------------------------------


@given(seed=seeds, applied=st.floats(1.0, 20.0))
def test_at_the_multiplier_of_a_queue_as_many_would_come_as_apply(
    seed: int, applied: float
) -> None:
    luck = np.random.default_rng(seed)
    members = Members(np.arange(4), np.array([0, 0, 1, 1]), 4, 2)
    natives = luck.uniform(50.0, 200.0, 4)
    persons = natives * luck.uniform(0.001, 0.04, (1, 4))
    power = luck.uniform(0.5, 3.0, (1, 4))
    counted = np.minimum(applied * members.total(persons), 0.9 * members.total(natives[None]))
    multiplier = multiplier_of_queue(members, persons, power, natives, counted)
    share = persons / natives
    more = np.exp(power * members.of_cells(multiplier))
    demand = natives * share * more / (1.0 - share + share * more)
    np.testing.assert_allclose(members.total(demand), counted, rtol=1e-9)
    # As many who would come at today's other options are fewer applicants.
    unmet = multiplier_today(members, persons, power, counted / members.total(persons))
    assert (unmet <= multiplier + 1e-12).all()


def test_of_few_people_a_queue_is_unmet_demand() -> None:
    members = Members(np.arange(1), np.zeros(1, dtype=int), 1, 1)
    persons, power = np.array([[1.0]]), np.array([[2.0]])
    queue = multiplier_of_queue(members, persons, power, np.array([1e9]), np.array([[3.0]]))
    assert queue[0, 0] == pytest.approx(np.log(3.0) / 2.0, rel=1e-7)


def test_a_queue_shorter_than_the_places_is_refused() -> None:
    members = Members(np.arange(1), np.zeros(1, dtype=int), 1, 1)
    with pytest.raises(InputError, match="applicants"):
        multiplier_of_queue(
            members, np.array([[2.0]]), np.ones((1, 1)), np.array([10.0]), np.array([[1.0]])
        )


# --- an area that is closed again ----------------------------------------------------------------


def freely(seed: int, degree: float) -> Small:
    """Three areas; between the first two people move freely to some degree."""
    world = small_world(seed, areas=3)
    free = np.zeros((3, 3))
    free[0, 1] = free[1, 0] = degree
    return replace(world, rules=world.rules.with_(free=free))


@given(seed=seeds, v=st.floats(0.01, 0.6), degree=st.sampled_from([1.0, 0.5]))
def test_opening_what_was_closed_again_gives_it_back(seed: int, v: float, degree: float) -> None:
    world = freely(seed, degree)
    if world.rules.empty[:, [0, 1], [1, 0]].all():
        return
    closed = ruled(world, "close_again", legal_share=v)
    there = ~world.rules.empty
    before, after = (rules.log_wedge[0] for rules in (world.rules, closed))
    np.testing.assert_array_equal(after[:, 2][there[:, 2]], before[:, 2][there[:, 2]])
    assert (after[there] >= before[there]).all()
    assert not closed.free.any()
    # Opened by the share that was law in them, f v, they are back: at v f, as f is gone.
    opened = ruled(
        replace(world, rules=closed), "open_border", legal_share=v * degree,
        birthplace=["MEX", "USA"], residence=["MEX", "USA"],
    )  # fmt: skip
    size = np.log(world.rules.adults)
    sized = before + (size - size[:, None])[..., None] / world.rules.theta[0][:, None, None, None]
    free = there & (before > 0.0) & (sized > 0.0) & (world.rules.free > 0.0)[:, :, None]
    np.testing.assert_allclose(opened.log_wedge[0][free], before[free], rtol=1e-10)


def test_closing_what_is_not_open_is_refused() -> None:
    world = small_world(3, areas=3)
    with pytest.raises(InputError, match="right to move"):
        ruled(world, "close_again")


def test_fewer_live_in_the_european_union_when_it_is_closed_again() -> None:
    world = baseline.calibrate(baseline.observe(), parameters.central())
    lever = build("close_again", {"birthplace": "EU 28", "residence": "EU 28"})
    rules, _ = Policy("closed", (lever,)).apply(world.rules)
    state: State = solve.require(
        solve.settle(world.structure, world.state, world.rules, rules)
    ).state
    free = world.rules.free > 0.0
    moved = (state.migrants - world.state.migrants)[0].sum(axis=(0, 3))
    among = np.isin(world.areas, ["DEU", "POL", "ROU", "GBR"])
    inside = np.ix_(among, among)
    assert moved[inside][free[inside]].sum() < -1e6
    assert abs(moved[~free].sum()) < 0.2 * -moved[free].sum()
