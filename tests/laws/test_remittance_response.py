"""Remittances that answer to income: two routes, identity, and the elasticities themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors import baseline, parameters
from corridors.baseline import Observed
from corridors.equilibrium import solve
from corridors.money.remittances import Response
from corridors.rules import Policy, build
from corridors.world import World, gaps
from laws.small_worlds import Small, closures, inverted, policies, seeds, small_world

few = settings(max_examples=12)
Array = np.ndarray


def answering(seed: int, channels: tuple[str, ...] = ()) -> Small:
    """A small world whose senders look at income at both ends."""
    world = small_world(seed, channels)
    luck = np.random.default_rng(seed + 3)
    response = Response(
        luck.uniform(-0.6, 0.0, 1), luck.uniform(-0.7, 0.0, 1), per_head(world.state)
    )
    structure = replace(world.structure, remittance_response=response)
    return inverted(f"{world.name}, answering", structure, world.state, world.rules)


def per_head(state: object) -> Array:
    return state.output / state.residents().sum(axis=1)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Small, Policy]:
    channels = draw(st.sampled_from([(), ("unemployment",), ("network", "human_capital")]))
    world = answering(draw(seeds), channels).under(draw(closures))
    return world, draw(policies(world.rules))


@few
@given(questions())
def test_levels_and_changes_agree(question: tuple[Small, Policy]) -> None:
    world, policy = question
    rules, _ = policy.apply(world.rules)
    changes, levels = world.in_changes(rules), world.in_levels(rules)
    for name in ("home", "migrants", "output", "sent", "received", "home_consumption"):
        ours, theirs = getattr(changes, name), getattr(levels, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8 * np.abs(theirs).max())
    assert max(gaps(world.structure, changes, rules.fee).values()) < 1e-9


@few
@given(seeds, closures)
def test_no_lever_changes_nothing(seed: int, closure: str) -> None:
    world = answering(seed).under(closure)
    settled = world.in_changes(world.rules)
    np.testing.assert_allclose(settled.received, world.state.received, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(settled.home, world.state.home, rtol=1e-10)


@few
@given(seeds)
def test_the_share_sent_moves_by_its_elasticities(seed: int) -> None:
    """Of the amount that the same people at the same pay would send."""
    world = answering(seed)
    rules, _ = Policy("flight", (build("capital_flight", {"lost": 0.3}),)).apply(world.rules)
    after, structure = world.in_changes(rules), world.structure
    response = structure.remittance_response
    plain = replace(structure, remittance_response=None)
    sent = after.remitted(plain, rules.markdown, rules.fee)[0]
    richer = per_head(after) / per_head(world.state)
    expected = richer[:, :, None] ** response.origin * richer[:, None, :] ** response.residence
    some = sent > 0.0
    np.testing.assert_allclose((after.sent / np.where(some, sent, 1.0))[some], expected[some])


def received_after(world: World, area: str) -> float:
    """Remittances received after a capital flight out of one area, over today's."""
    lever = build("capital_flight", {"lost": 0.3, "areas": [area]})
    rules, _ = Policy("flight", (lever,)).apply(world.rules)
    settled = solve.require(solve.settle(world.structure, world.state, world.rules, rules))
    at = world.areas.index(area)
    return float(settled.state.received[0, at] / world.state.received[0, at])


def test_a_shock_at_home_brings_more_money_where_senders_look(observed: Observed) -> None:
    plain = baseline.calibrate(observed, parameters.central())
    answers = baseline.calibrate(observed, parameters.central(), channels=("remittance_response",))
    np.testing.assert_allclose(answers.state.received, plain.state.received, rtol=1e-12)
    for area in ("SLV", "PHL"):
        assert received_after(answers, area) > received_after(plain, area) + 0.02
