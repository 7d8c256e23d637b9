"""Laws of the equilibrium on random small worlds, solved in levels and in changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.capital.supply import CLOSURES
from corridors.equilibrium import explain, fixed_point, levels, solve
from corridors.equilibrium.changes import RESPONSES
from corridors.equilibrium.measures import measure
from corridors.errors import DoesNotClose, InputError, NotConverged
from corridors.rules import Policy, build
from corridors.world import State, close, gaps, people, taken
from laws.small_worlds import (
    EXTRAS,
    Small,
    closures,
    inverted,
    policies,
    questions,
    seeds,
    small_world,
    worlds,
)

#: Each example is a world of its own, solved a few times.
few = settings(max_examples=12)

FIELDS = tuple(field.name for field in fields(State))


def assert_same(
    actual: State, expected: State, rtol: float, fields: tuple[str, ...] = FIELDS
) -> None:
    """Equal to `rtol`, small cells against the largest of their kind."""
    for name in fields:
        ours, theirs = getattr(actual, name), getattr(expected, name)
        if name == "wage_migrant":
            # Where no migrant works, the pay of the first one is not determined.
            anybody = expected.migrants.sum(axis=(2, 4)) > 0.0
            ours, theirs = np.where(anybody, ours, 0.0), np.where(anybody, theirs, 0.0)
        scale = rtol * np.abs(theirs).max(initial=0.0)
        if name in ("log_welfare", "multiplier"):
            scale = rtol
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=scale, err_msg=name)


# --- two routes, one answer ------------------------------------------------------------------


@few
@given(questions(extras=True))
def test_levels_and_changes_agree(question: tuple[Small, Policy]) -> None:
    world, policy = question
    rules, _ = policy.apply(world.rules)
    assert_same(world.in_changes(rules), world.in_levels(rules), rtol=1e-8)


@pytest.mark.parametrize("pair", list(combinations(EXTRAS, 2)), ids=" and ".join)
def test_levels_and_changes_agree_with_two_channels_at_once(pair: tuple[str, str]) -> None:
    for seed in range(2):
        world = small_world(seed, pair, areas=3).under(CLOSURES[seed])
        levers = build("open_border", {"legal_share": 0.3}), build("ban", {"birthplace": "MEX"})
        rules, _ = Policy("open, but one", levers).apply(world.rules)
        assert_same(world.in_changes(rules), world.in_levels(rules), rtol=1e-8)


# (A lottery for no place at all is left out: how many would draw is not determined where the
# wish to go depends on those who went.)
@pytest.mark.parametrize(
    ("rationing", "share"),
    [
        *(("fee", share) for share in (0.0, 0.45, 0.95, 2.0)),
        *(pytest.param("lottery", share, marks=pytest.mark.slow) for share in (0.45, 0.95)),
        ("lottery", 2.0),
    ],
)
def test_a_diaspora_is_of_those_whom_a_cap_lets_in(rationing: str, share: float) -> None:
    for seed, ends in ((31047, {}), (124, {"residence": "MEX"})):
        world = small_world(seed, ("network", "human_capital"))
        quota = build("quota", {"share_of_today": share, "rationing": rationing, **ends})
        opening = build("open_border", {"legal_share": 0.2})
        rules, _ = Policy("capped", (opening, quota)).apply(world.rules)
        assert_same(world.in_changes(rules), world.in_levels(rules), rtol=1e-8)


@few
@given(questions(extras=True))
def test_no_lever_changes_nothing(question: tuple[Small, Policy]) -> None:
    world, _ = question
    rules, traces = Policy("none").apply(world.rules)
    assert traces == ()
    settled = world.settled(rules)
    assert_same(settled.state, world.state, rtol=1e-10)
    assert (settled.point.evaluations >= 1).all()


@few
@given(questions(extras=True))
def test_the_inverted_world_settles_where_it_was_observed(question: tuple[Small, Policy]) -> None:
    world, _ = question
    assert_same(world.in_levels(world.rules), world.state, rtol=1e-9)


# --- identities ------------------------------------------------------------------------------


@few
@given(questions(extras=True))
def test_people_output_and_money_add_up(question: tuple[Small, Policy]) -> None:
    world, policy = question
    rules, _ = policy.apply(world.rules)
    structure, after = world.structure, world.in_changes(rules)
    persons = after.home + after.migrants.sum(axis=(3, 4))
    np.testing.assert_allclose(persons[0], structure.natives, rtol=1e-9)
    assert (after.home > 0.0).all()
    assert (after.migrants >= 0.0).all()
    at_work = structure.participation * (1.0 - after.unemployment)
    efficient = (after.migrants * after.quality).sum(axis=(2, 4))
    paid = (after.wage_native * after.home + after.wage_migrant * efficient) * at_work
    payments = paid.sum(axis=1) + (structure.alpha + structure.gamma) * after.output
    np.testing.assert_allclose(payments, after.output, rtol=1e-9)
    cost = (after.sent * rules.fee).sum(axis=2)
    np.testing.assert_allclose(after.sent.sum(axis=2), after.received + cost, rtol=1e-9, atol=1e-12)
    assert max(gaps(structure, after, rules.fee).values()) < 1e-9
    close(structure, after, rules.fee)


@pytest.mark.parametrize(
    ("field", "identity"),
    [
        ("home", "people are conserved"),
        ("output", "output equals payments"),
        ("received", "sent equals received plus cost"),
    ],
)
def test_a_leak_is_noticed(field: str, identity: str) -> None:
    world = small_world(1)
    leaking = replace(world.state, **{field: getattr(world.state, field) * (1.0 + 1e-7)})
    with pytest.raises(DoesNotClose, match=identity) as raised:
        close(world.structure, leaking, world.rules.fee)
    assert 1e-9 < raised.value.residual < 1.01e-7


@few
@given(worlds)
def test_the_table_of_people_holds_everybody_once(world: Small) -> None:
    table = people(world.rules, world.state)
    assert table.dims == ("birthplace", "residence", "skill", "status")
    natives = table.sum(["residence", "status"]).transpose("skill", "birthplace")
    np.testing.assert_allclose(natives, world.structure.natives, rtol=1e-9)
    for place, code in enumerate(world.rules.areas):
        at_home = table.sel(birthplace=code, residence=code, status="home")
        np.testing.assert_array_equal(at_home, world.state.home[0, :, place])


# --- symmetry and scale ----------------------------------------------------------------------

#: Axes of the arrays that run over areas; all other arrays end in one such axis.
AREA_AXES = {
    **dict.fromkeys(("remittance_weight", "weight", "efficiency", "quality", "migrants"), (-3, -2)),
    **dict.fromkeys(("log_wedge", "empty", "people", "claims"), (-3, -2)),
    **dict.fromkeys(("sent", "fee", "free"), (-2, -1)),
    "markdown": (-2,),
}
NO_AREAS = "theta nest ability network inverse_skill inverse_native kappa eta psi spread".split()
NO_AREAS += ["legal_share", "unmet", "multiplier", "share", "status_nest"]


def permuted(part: object, order: list[int]) -> object:
    """A block of arrays with its areas in another order."""
    moved = {}
    for name in (field.name for field in fields(part)):
        value = getattr(part, name)
        if name == "areas":
            value = tuple(value[k] for k in order)
        elif name in ("poverty", "family"):
            value = None if value is None else permuted(value, order)
        elif isinstance(value, np.ndarray) and name not in NO_AREAS:
            for axis in AREA_AXES.get(name, (-1,)):
                if value.shape[axis] > 1:
                    value = np.take(value, order, axis=axis)
        moved[name] = value
    return replace(part, **moved)


@few
@given(questions(extras=True), st.randoms(use_true_random=False))
def test_relabelling_areas_permutes_the_answer(
    question: tuple[Small, Policy], luck: Random
) -> None:
    world, policy = question
    order = list(range(len(world.rules.areas)))
    luck.shuffle(order)
    blocks = (world.structure, world.technology, world.rules, world.state)
    other = Small("relabelled", *(permuted(block, order) for block in blocks))
    after = world.in_changes(policy.apply(world.rules)[0])
    again = other.in_changes(policy.apply(other.rules)[0])
    # (Caps are numbered by area, so relabelling puts them in another order.)
    for multiplier in (again.multiplier, after.multiplier):
        multiplier.sort()
    assert_same(again, permuted(after, order), rtol=1e-9)


def with_twice_the_people(seed: int, closure: str, land: float) -> tuple[State, State]:
    """A world with this share of land, and the same with twice of all but land."""
    world = small_world(seed, areas=3)
    structure = replace(world.structure, gamma=np.full((1, 3), land), closure=closure)
    world = inverted("one", structure, world.state, world.rules)
    twice = replace(
        world.structure,
        natives=2.0 * structure.natives,
        other_income=2.0 * structure.other_income,
    )
    anchor = 2.0 * world.state.capital
    after = levels.settle(twice, world.technology, world.rules, anchor, tolerance=1e-12)
    return world.state, after


@few
@given(seeds, closures)
def test_without_land_twice_the_people_earn_the_same(seed: int, closure: str) -> None:
    first, two = with_twice_the_people(seed, closure, land=0.0)
    same = ("wage_native", "wage_migrant", "home_consumption", "log_welfare")
    assert_same(two, first, rtol=1e-9, fields=same)
    for name in ("home", "migrants", "output", "capital", "received"):
        np.testing.assert_allclose(getattr(two, name), 2.0 * getattr(first, name), rtol=1e-9)


def test_with_land_twice_the_people_earn_less() -> None:
    first, two = with_twice_the_people(3, "mobile", land=0.2)
    assert (two.wage_native < 0.95 * first.wage_native).all()


@few
@given(seeds, closures)
def test_a_world_of_one_area_has_no_border_to_change(seed: int, closure: str) -> None:
    alone = small_world(seed, areas=1).under(closure)
    np.testing.assert_array_equal(alone.state.home[0], alone.structure.natives)
    rules = alone.rules.with_(
        log_wedge=alone.rules.log_wedge - 1.0,
        fee=0.5 * alone.rules.fee,
        markdown=0.5 * alone.rules.markdown,
    )
    assert_same(alone.in_changes(rules), alone.state, rtol=1e-10)
    assert_same(alone.in_levels(rules), alone.state, rtol=1e-10)


# --- bans ------------------------------------------------------------------------------------


@few
@given(questions())
def test_banned_cells_hold_exactly_nobody(question: tuple[Small, Policy]) -> None:
    world, policy = question
    first, second = world.rules.areas[:2]
    ban = build("ban", {"birthplace": first, "residence": second, "skill": "low"})
    rules, _ = Policy("with a ban", (*policy.levers, ban)).apply(world.rules)
    for after in (world.in_changes(rules), world.in_levels(rules)):
        assert (after.migrants[0, 0, 0, 1] == 0.0).all()
        assert (after.migrants[0][world.rules.empty] == 0.0).all()


@pytest.mark.parametrize("closure", CLOSURES)
@few
@given(worlds)
def test_a_destination_can_be_closed_to_everybody(closure: str, world: Small) -> None:
    world = world.under(closure)
    ban = Policy("closed", (build("ban", {"residence": world.rules.areas[0]}),))
    after = world.in_changes(ban.apply(world.rules)[0])
    assert (after.migrants[:, :, :, 0] == 0.0).all()
    assert (after.sent[:, :, 0] == 0.0).all()
    assert all(np.isfinite(getattr(after, name)).all() for name in FIELDS)
    assert_same(after, world.in_levels(ban.apply(world.rules)[0]), rtol=1e-8)


@few
@given(worlds, closures)
def test_with_every_border_closed_everybody_is_at_home(world: Small, closure: str) -> None:
    world = world.under(closure)
    after = world.in_changes(Policy("closed", (build("ban", {}),)).apply(world.rules)[0])
    np.testing.assert_allclose(after.home[0], world.structure.natives, rtol=1e-12)
    assert (after.received == 0.0).all()


# --- responses -------------------------------------------------------------------------------


def others(response: str) -> tuple[str, ...]:
    return tuple(other for other in RESPONSES if other != response)


@few
@given(questions())
def test_a_response_that_is_held_stays_as_it_is(question: tuple[Small, Policy]) -> None:
    world, policy = question
    rules, _ = policy.apply(world.rules)
    now = world.state
    still = world.settled(rules, responses=others("people")).state
    assert_same(still, now, rtol=1e-12, fields=("home", "migrants"))
    still = world.settled(rules, responses=others("wages")).state
    assert_same(still, now, rtol=1e-12, fields=("wage_native", "wage_migrant"))
    still = world.settled(rules, responses=others("capital")).state
    assert_same(still, now, rtol=1e-12, fields=("capital",))


@few
@given(questions())
def test_responses_add_up_to_the_change(question: tuple[Small, Policy]) -> None:
    small, policy = question
    world = small.world()
    rules, _ = policy.apply(world.rules)
    split = explain.by_response(world, rules)
    summed = split.groupby("measure")["contribution"].sum()
    before, after = measure(world, small.state), measure(world, small.in_changes(rules), rules)
    for name in summed.index:
        change = float(after[name][0] - before[name][0])
        assert summed[name] == pytest.approx(change, rel=1e-6, abs=1e-8), name


def test_a_response_that_does_nothing_gets_nothing() -> None:
    world = small_world(4).under("fixed").world()
    rules, _ = Policy("open", (build("open_border", {"legal_share": 0.2}),)).apply(world.rules)
    split = explain.by_response(world, rules).set_index(["response", "measure"])["contribution"]
    np.testing.assert_allclose(split["capital"], 0.0, atol=1e-9)
    assert (split["people"].abs() > 1e-6).any()


# --- many draws at once ----------------------------------------------------------------------


def drawn(world: Small, number: int, seed: int) -> Small:
    """The same people and pay under `number` random draws of the parameters."""
    luck, alone = np.random.default_rng(seed), taken(world.structure, np.zeros(number, int))
    structure = replace(
        alone,
        theta=luck.uniform(0.5, 2.5, alone.theta.shape),
        inverse_skill=luck.uniform(0.4, 0.9, number),
        inverse_native=np.append(0.0, luck.uniform(0.02, 0.3, number - 1)),
        kappa=luck.uniform(0.5, 8.0, number),
        remittance_weight=alone.remittance_weight * luck.uniform(0.5, 1.5, (number, 1, 1, 1)),
    )
    rules = world.rules.with_(legal_share=luck.uniform(0.05, 0.3, number))
    return inverted(f"{number} draws of {world}", structure, world.state, rules)


def only(part: object, draw: int, draws: int) -> object:
    """One draw of a block of arrays; no other axis of a small world is as long as `draws`."""
    rows = {
        name: value[draw : draw + 1]
        for name in (field.name for field in fields(part))
        if isinstance(value := getattr(part, name), np.ndarray) and len(value) == draws
    }
    return replace(part, **rows)


@few
@given(seeds, closures, st.data())
def test_a_batch_of_draws_is_its_draws_one_by_one(
    seed: int, closure: str, data: st.DataObject
) -> None:
    draws = 6  # no axis of a small world is as long
    batch = drawn(small_world(seed).under(closure), draws, seed)
    policy = data.draw(policies(batch.rules))
    together = batch.settled(policy.apply(batch.rules)[0]).state
    for draw in range(draws):
        single = replace(
            batch,
            structure=taken(batch.structure, np.array([draw])),
            rules=only(batch.rules, draw, draws),
            state=only(batch.state, draw, draws),
        )
        alone = single.settled(policy.apply(single.rules)[0]).state
        assert_same(only(together, draw, draws), alone, rtol=1e-9)


# --- the fixed point itself ------------------------------------------------------------------


@dataclass(frozen=True)
class ByRow:
    """A map whose every row is a map of its own."""

    rows: tuple[Callable[[np.ndarray], np.ndarray], ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.stack([single(row) for single, row in zip(self.rows, x, strict=True)])

    def take(self, rows: np.ndarray) -> ByRow:
        return ByRow(tuple(self.rows[k] for k in rows))


def tame(x: np.ndarray) -> np.ndarray:
    """Has the fixed point 0.4501836 in every coordinate."""
    return 0.5 * np.cos(x)


def gentle(x: np.ndarray) -> np.ndarray:
    """Has the fixed point 2.

    A contraction slower than `tame`, so that the two finish at different times.
    """
    return 2.0 + 0.9 * np.sin(x - 2.0)


BAD = {
    "leaves the numbers": lambda x: np.log(-np.abs(x) - 1.0),
    "grows without bound": lambda x: np.exp(np.abs(x) + 1.0),
    "is far away at once": lambda x: x**3 + 1e100,
    "never arrives": lambda x: x + 1.0,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("place", range(3))
def test_a_diverging_draw_does_not_touch_the_others(bad: Callable, place: int) -> None:
    rows = [tame, gentle]
    rows.insert(place, bad)
    start = np.ones((3, 2))
    point = fixed_point.solve(ByRow(tuple(rows)), start, limit=60)
    good = np.arange(3) != place
    assert point.converged(1e-10).tolist() == good.tolist()
    alone = fixed_point.solve(ByRow((tame, gentle)), start[:2], limit=60)
    np.testing.assert_allclose(point.x[good], alone.x, rtol=1e-13)
    np.testing.assert_array_equal(point.evaluations[good], alone.evaluations)
    assert not point.damped[good].any()
    np.testing.assert_allclose(alone.x, [[0.4501836112948736] * 2, [2.0] * 2], rtol=1e-9)


def test_one_bad_draw_is_an_error_where_all_must_converge() -> None:
    world = small_world(2)
    good = solve.settle(world.structure, world.state, world.rules, world.rules)
    assert solve.require(good) is good
    for residual in (np.nan, 1.0):
        point = replace(good.point, residual=np.array([residual]))
        with pytest.raises(NotConverged, match="1 of 1 solutions"):
            solve.require(replace(good, point=point))


@pytest.mark.parametrize("beyond", [np.nan, 1e9], ids=["leaves the numbers", "blows up"])
@pytest.mark.parametrize("start", [3.0, 20.0])
def test_damping_arrives_where_acceleration_overshoots(beyond: float, start: float) -> None:
    # The slope dies out far from 0, so a secant step from there lands where the map is not defined.
    def flat(x: np.ndarray) -> np.ndarray:
        return np.where(x > -4.0, x - np.arctan(x), beyond)

    point = fixed_point.solve(ByRow((flat, tame)), np.full((2, 2), start))
    assert point.converged(1e-10).all()
    assert point.damped.tolist() == [True, False]
    np.testing.assert_allclose(point.x[0], 0.0, atol=1e-9)
    assert point.evaluations[0] > point.evaluations[1]


def test_the_leading_eigenvalue_of_a_linear_map() -> None:
    luck = np.random.default_rng(7)
    basis = luck.normal(size=(4, 4))
    for leading in (-1.7, 0.8, 2.5):
        matrix = basis @ np.diag([leading, 0.3, -0.2, 0.1]) @ np.linalg.inv(basis)

        def linear(x: np.ndarray, matrix: np.ndarray = matrix) -> np.ndarray:
            return x @ matrix.T

        eigenvalue = fixed_point.leading_eigenvalue(linear, np.zeros((1, 4)))
        assert eigenvalue == pytest.approx([leading], rel=1e-6)


@few
@given(questions())
def test_a_second_start_finds_the_same_equilibrium(question: tuple[Small, Policy]) -> None:
    world, policy = question
    settled = world.settled(policy.apply(world.rules)[0])
    checked = solve.check(settled, 1e-12)
    assert (checked.second_start < 1e-9).all()
    # Nothing here feeds on itself, so the map turns back on what disturbs it (equation (38)).
    assert (checked.eigenvalue < 1.0).all()


def test_a_second_start_begins_where_stayers_have_something_to_live_on() -> None:
    # In this world 40 per cent off mean consumption leaves the poorer skill less than nothing.
    world = small_world(123104)
    checked = solve.check(world.settled(world.rules), 1e-12)
    assert (checked.second_start < 1e-9).all()


@few
@given(worlds, closures)
def test_the_leading_eigenvalue_is_that_of_the_jacobian(world: Small, closure: str) -> None:
    settled = world.under(closure).settled(world.rules)
    change, x = settled.change, settled.point.x
    steps = 1e-6 * np.eye(x.shape[1])
    jacobian = np.concatenate([(change(x + s) - change(x - s)) / 2e-6 for s in steps]).T
    values = np.linalg.eigvals(jacobian)
    largest = np.sort(np.abs(values))[::-1]
    checked = solve.check(settled).eigenvalue
    assert np.abs(checked[0]) <= largest[0] * 1.01
    if largest[1] < 0.7 * largest[0]:  # else 20 power steps do not tell the two apart
        expected = values[np.argmax(np.abs(values))].real
        assert checked[0] == pytest.approx(expected, rel=0.01)


def test_the_world_measures_itself_as_unchanged() -> None:
    world = small_world(5).world()
    measured = measure(world, world.state)
    assert measured["output"] == pytest.approx([0.0])
    assert measured["people"] == pytest.approx([world.state.migrants.sum()])
    assert measured["remittances"] == pytest.approx([world.state.received.sum()])
    assert all(
        measured[name] == pytest.approx([0.0]) for name in measured if name.startswith("wage")
    )


@pytest.mark.parametrize("wrong", [("peple", "wages"), ("network",), "people", (3,)])
def test_an_unknown_response_is_refused(wrong: Any) -> None:
    world = small_world(1)
    with pytest.raises(InputError, match="response") as raised:
        solve.settle(world.structure, world.state, world.rules, world.rules, responses=wrong)
    assert any(fix in str(raised.value) for fix in ("Did you mean", "Write a list of names"))
