"""The compiled path of draws says what the general path says.

On small worlds with wage curves, spillovers and caps, under any policy it has a formula for; and
on draws of the real world, of parameters, figures and legal statuses.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corridors import ensemble, parameters
from corridors.baseline.compact import Today
from corridors.capital.levers import MARKET
from corridors.capital.supply import CLOSURES
from corridors.equilibrium import drawn, kernel, solve
from corridors.equilibrium.measures import measure
from corridors.equilibrium.tables import of_areas
from corridors.errors import Infeasible
from corridors.money import remittances
from corridors.rules import Policy, build
from corridors.study import draws, files, swift_draws
from corridors.study.swift_levers import opening
from laws.small_worlds import TOLERANCE, Small, inverted, policies, seeds, small_world
from laws.test_rationing import capped

Array = np.ndarray
few = settings(max_examples=40)
CHANNELS = (
    (),
    ("unemployment",),
    ("human_capital", "congestion", "institutions"),
    ("unemployment", "human_capital", "congestion", "institutions"),
)


def with_formula(world: Small) -> Small:
    """The same people and pay with one theta and an elasticity of sending other than 1."""
    theta = np.repeat(world.structure.theta[:, :1], 2, axis=1)
    e = np.where(world.structure.remittance_elasticity == 1.0, 2.5, 0.0)
    structure = replace(
        world.structure,
        theta=theta,
        remittance_elasticity=world.structure.remittance_elasticity + 0.5 * (e > 0.0),
    )
    return inverted(f"one theta, {world.name}", structure, world.state, world.rules)


def assert_both_paths_agree(small: Small, policy: Policy) -> bool:
    """Whether the compiled path has a formula; if so, every measure and area is the same."""
    world = small.world()
    rules, _ = policy.apply(world.rules)
    today = Today.of(world)
    try:
        change = drawn.asked(today, (world.rules, rules))
    except Infeasible:
        with pytest.raises(Infeasible):
            solve.settle(world.structure, world.state, world.rules, rules, tolerance=TOLERANCE)
        return False
    posed = drawn.pose(today, change) if change is not None else None
    if posed is None:
        return False
    _, now, _, residual, _ = drawn.settle(posed, small.structure.closure, None, TOLERANCE)
    if not residual <= TOLERANCE:
        return False  # the caller goes the general way
    settled = solve.settle(world.structure, world.state, world.rules, rules, tolerance=TOLERANCE)
    if not settled.good(TOLERANCE)[0]:
        return False
    before = drawn.before(today)
    after = drawn.after(posed, now, before)
    for told, state, under in (
        (before, world.state, world.rules),
        (after, settled.state, rules),
    ):
        for name, value in measure(world, state, under).items():
            assert told.measures[name] == pytest.approx(value[0], rel=1e-8, abs=1e-8), name
        for name, values in of_areas(state).items():
            np.testing.assert_allclose(told.areas[name], values, rtol=1e-8, atol=1e-8)
        cells = today.places.gather(state.migrants[0])
        np.testing.assert_allclose(told.people, cells, rtol=1e-8, atol=1e-10)
    return True


@pytest.mark.slow
@few
@given(st.data())
def test_every_policy_is_solved_alike_on_small_worlds(data: st.DataObject) -> None:
    world = small_world(data.draw(seeds), data.draw(st.sampled_from(CHANNELS)))
    world = with_formula(world).under(data.draw(st.sampled_from(CLOSURES)))
    assume(assert_both_paths_agree(world, data.draw(policies(world.rules))))


@pytest.mark.parametrize("to", [MARKET, "USA"])
@pytest.mark.parametrize("closure", CLOSURES)
def test_capital_that_leaves_is_solved_alike_under_every_closure(closure: str, to: str) -> None:
    world = with_formula(small_world(8, CHANNELS[3], areas=4)).under(closure)
    levers = (
        build("capital_flight", {"lost": 0.3, "areas": "MEX", "to": to}),
        build("open_border", {"legal_share": 0.1}),
    )
    assert assert_both_paths_agree(world, Policy("flight", levers))


@few
@given(st.data())
def test_caps_that_are_full_today_are_solved_alike(data: st.DataObject) -> None:
    world = with_formula(capped(data.draw(st.integers(0, 10**4))))
    assume(assert_both_paths_agree(world, data.draw(policies(world.rules))))


def test_a_lottery_and_two_elasticities_have_no_formula() -> None:
    world = small_world(3, areas=4, statuses=2)
    assert not assert_both_paths_agree(world, Policy("nothing"))
    lots = with_formula(capped(3, "lottery", statuses=2))
    assert not assert_both_paths_agree(lots, Policy("nothing"))


class InTurn(Executor):
    """Does the work when it is given."""

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(task(*given, **named))
        return done


LONGER = [pytest.param(name, marks=pytest.mark.slow) for name in ("open-borders", "the-wall")]


@pytest.mark.parametrize("senders", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["end-remittance-fees", *LONGER])
def test_draws_of_a_study_are_the_same_by_both_paths(
    name: str, senders: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = files.read(name).with_draws(3, 7)
    observed = study.observed()
    if not senders:
        nobody_tells = np.full(len(observed.areas), np.nan)
        observed = replace(observed, remitted_from=nobody_tells)
        assert swift_draws.prepared(observed, study.policies, study.file) is not None
    sampled = parameters.draw(3, ensemble.streams(7), study.parameters())
    told = []
    for worth in (10**9, 0):
        monkeypatch.setattr(draws, "WORTH_COMPILING", worth)
        told.append(draws.collected(draws.start(study, observed, sampled, InTurn()), 3))
    general, swift = told
    assert general.table.columns.equals(swift.table.columns)
    for column in general.table.columns[4:]:
        expected = general.table[column].to_numpy()
        scale = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(swift.table[column], expected, atol=1e-8 * scale, rtol=1e-8)
    for case, ratios in general.areas.items():
        np.testing.assert_allclose(swift.areas[case], ratios, rtol=1e-6)


def test_factors_of_destination_do_not_depend_on_where_the_fit_begins() -> None:
    luck = np.random.default_rng(5)
    areas = 12
    income = luck.lognormal(3.0, 2.0, (areas, areas, 2)) * 1e8
    receipts = 0.1 * income.sum(axis=(1, 2)) * luck.uniform(0.2, 2.0, areas)
    senders = luck.lognormal(0.0, 1.0, areas) * 0.1 * income.sum(axis=(0, 2))
    cost = (np.array([1.0, 1.6]), np.full((areas, areas), 0.06), np.full(areas, 3.0))
    _, first = remittances.destination_factors(receipts, income, cost, senders)
    start = luck.normal(0.0, 1.0, areas)
    _, second = remittances.destination_factors(receipts, income, cost, senders, start=start)
    np.testing.assert_allclose(first, second, atol=2e-9)


@pytest.mark.parametrize("statuses", [False, True])
def test_the_page_answers_alike_by_both_paths(
    statuses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from corridors.app import scenario

    levers: tuple[dict[str, dict[str, Any]], ...] = (
        {"open_border": {"legal_share": 0.2}},
        {"remittance_cost": {"cost_share": 0.03}},
    )
    asked = scenario.Scenario(statuses=statuses, levers=levers, focus=("PHL",))
    swift = scenario._answer(asked)
    monkeypatch.setattr(scenario, "_swift", lambda *about: None)
    general = scenario._answer(asked)
    assert swift["sentence"] == general["sentence"]
    for mine, other in zip(swift["measures"], general["measures"], strict=True):
        assert mine["value"] == pytest.approx(other["value"], rel=1e-6, abs=1e-8), mine["name"]
        assert mine["now"] == pytest.approx(other["now"], rel=1e-9, abs=1e-9)
    for part in ("corridors", "money"):
        assert swift[part]["cols"] == general[part]["cols"]
        assert len(swift[part]["rows"]) == len(general[part]["rows"])
    assert swift["areas"].keys() == general["areas"].keys()
    for name, column in general["areas"].items():
        if name == "area":
            assert swift["areas"][name] == column
            continue
        mine, other = (np.array(values, float) for values in (swift["areas"][name], column))
        whole = 2.0 if np.nanmax(np.abs(other)) > 1e4 else 1e-6  # persons are whole
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=whole, err_msg=name)


@pytest.mark.parametrize("channels", CHANNELS)
def test_the_answer_of_an_area_to_itself_is_the_slope_of_the_map(channels: tuple[str, ...]) -> None:
    """What the first step inverts is I less the derivative, as far as few live abroad."""
    small = few_abroad(small_world(11, channels, areas=4)).under("fixed")
    world = small.world()
    rules, _ = Policy("open", (build("open_border", {"legal_share": 0.05}),)).apply(world.rules)
    today = Today.of(world)
    change = drawn.asked(today, (world.rules, rules))
    assert change is not None
    posed = drawn.pose(today, change)
    assert posed is not None
    x, now, problem, residual, _ = drawn.settle(posed, "fixed", None, TOLERANCE)
    assert residual <= TOLERANCE
    number = x.shape[1]
    seen, blocks = np.empty((2, number, 2)), np.empty((number, 5, 5))

    def image(x: Array) -> Array:
        out = np.empty_like(x)
        kernel._evaluate(x, problem, now, out, seen)
        return out

    for area in range(number):
        numerical = np.empty((5, 5))
        for k in range(5):
            ends = []
            for way in (1.0, -1.0):
                moved = x.copy()
                moved[k, area] += way * 1e-5
                ends.append(image(moved)[:5, area])
            numerical[:, k] = (ends[0] - ends[1]) / 2e-5
        image(x)
        kernel._own_answers(x, problem, now, seen, blocks)
        closed = np.eye(5) - np.linalg.inv(blocks[area])
        size = np.abs(numerical).max(axis=1, keepdims=True)
        np.testing.assert_allclose(closed / size, numerical / size, atol=0.05)


def few_abroad(world: Small) -> Small:
    """A thousandth of a world's migrants, and one theta."""
    state = replace(world.state, migrants=world.state.migrants / 1000.0)
    return with_formula(inverted(world.name, world.structure, state, world.rules))


def test_openings_by_formula_take_off_what_the_levers_take_off() -> None:
    world = with_formula(small_world(9, areas=4)).world()
    today = Today.of(world)
    levers = (
        build("open_border", {"legal_share": 0.2}),
        build("remittance_cost", {"cost_share": 0.01}),
        build("open_border", {"residence": "USA"}),
    )
    policy = Policy("twice", levers)
    by_formula = opening(policy, world.rules, today.places)
    assert by_formula is not None
    after, taken = by_formula.apply(today, world.rules)
    rules, _ = policy.apply(world.rules)
    before, then = (
        np.where(np.isfinite(wedge), wedge, 0.0)
        for wedge in (today.log_wedge, today.places.gather(rules.log_wedge[0]))
    )
    assert taken is not None and (taken > 0.0).any()
    np.testing.assert_allclose(taken, world.structure.theta[0, 0] * (before - then), rtol=1e-12)
    np.testing.assert_array_equal(after.fee, rules.fee)
    assert opening(Policy("wall", (build("wall", {}),)), world.rules, today.places) is None
