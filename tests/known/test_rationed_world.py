"""Legal statuses of the reference world: who takes which place when a rule changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridors import areas, baseline, parameters
from corridors.equilibrium import solve
from corridors.projection import Assumed, project
from corridors.projection.policies import yearly_policy
from corridors.rules import Policy, Rules, build
from corridors.world import State, World

Array = np.ndarray


@pytest.fixture(scope="module")
def world() -> World:
    observed = baseline.observe()
    return baseline.calibrate(
        observed, parameters.central(), "fixed", shares=observed.status_shares[None]
    )


def asked(world: World, lever: str, **values: Any) -> tuple[State, Rules]:
    rules, _ = Policy("asked", (build(lever, values),)).apply(world.rules)
    settled = solve.settle(world.structure, world.state, world.rules, rules)
    return solve.require(settled).state, rules


def moved(world: World, after: State) -> dict[str, float]:
    """Change of people by status, where nobody moves freely."""
    rationed = (world.rules.free < 1.0)[:, :, None]
    change = ((after.migrants - world.state.migrants)[0] * rationed).sum(axis=(0, 1, 2))
    return dict(zip(world.rules.statuses, change, strict=True))


@pytest.mark.parametrize(
    ("lever", "values"),
    [
        ("deportation", {"hazard": 0.1, "residence": "USA"}),
        ("ban", {"residence": "USA", "status": "irregular"}),
        ("wall", {"deterred": 0.27, "residence": "USA", "status": "irregular"}),
        ("deportation", {"hazard": 0.1, "residence": "EU 28"}),
    ],
)
def test_fewer_than_one_in_a_hundred_of_the_removed_get_another_status(
    world: World, lever: str, values: dict[str, Any]
) -> None:
    after, _ = asked(world, lever, **values)
    change = moved(world, after)
    assert change["irregular"] < -1e5
    for status in ("permanent", "tied", "protected"):
        assert change[status] < 0.01 * -change["irregular"], status


def test_europe_changes_through_pay_alone_when_borders_open(world: World) -> None:
    after, _ = asked(world, "open_border", legal_share=0.15)
    code = {area: at for at, area in enumerate(world.areas)}
    free = world.rules.free
    for b, i in (("POL", "GBR"), ("PRT", "CHE"), ("NZL", "AUS"), ("PRI", "USA"), ("NPL", "IND")):
        assert free[code[b], code[i]] == 1.0
    now = world.state
    kept = now.at_work(world.structure)
    pay = (after.wage_migrant * after.at_work(world.structure)) / (now.wage_migrant * kept)
    home = after.home_consumption / now.home_consumption
    theta = world.structure.theta[0][:, None, None]
    expected = (pay[0][:, None, :] / home[0][:, :, None]) ** theta
    cells = (now.migrants[0, ..., 0] > 0.0) & (free == 1.0)
    odds = after.migrants[0, ..., 0] / after.home[0][..., None]
    before = now.migrants[0, ..., 0] / now.home[0][..., None]
    np.testing.assert_allclose(odds[cells] / before[cells], expected[cells], rtol=1e-8)
    europe = np.isin(world.areas, areas.select(("EU 28", "EFTA"), among=world.areas))
    inside = np.ix_(europe, europe)
    people = [state.migrants[0].sum(axis=(0, 3))[inside].sum() for state in (now, after)]
    assert abs(people[1] / people[0] - 1.0) < 0.1


def test_papers_for_all_leave_nobody_without_and_create_nobody(world: World) -> None:
    after, _ = asked(world, "regularisation", residence="USA")
    usa = world.areas.index("USA")
    change = (after.migrants - world.state.migrants)[0][:, :, usa].sum(axis=(0, 1))
    permanent, tied, irregular, _ = change
    assert permanent + irregular == pytest.approx(0.0, abs=0.001 * permanent)
    assert permanent > 9e6
    assert tied == pytest.approx(0.0, abs=1e-3)


def test_places_given_in_canada_are_filled_whatever_the_status(world: World) -> None:
    canada = world.areas.index("CAN")
    for place, status in enumerate(("permanent", "tied")):
        after, _ = asked(world, "places", residence="CAN", status=status, more=0.005)
        change = (after.migrants - world.state.migrants)[0][:, :, canada, place].sum()
        assert change == pytest.approx(0.005 * world.rules.adults[canada], rel=0.02), status


def test_tied_places_are_full_today_and_their_multiplier_is_that_of_unmet(world: World) -> None:
    limit, there = world.rules.caps.limit, world.rules.caps.total(world.state.migrants)
    np.testing.assert_allclose(there, limit, rtol=1e-12)
    theta = world.structure.theta[0, 0]
    np.testing.assert_allclose(world.state.multiplier, np.log(3.0) / theta, rtol=1e-12)


def test_a_term_twice_as_long_is_twice_the_places(world: World) -> None:
    two, four = (
        asked(world, "guest_workers", places=0.001, term=term, residence="CAN")[0]
        for term in (2.0, 4.0)
    )
    tied = world.rules.statuses.index("tied")
    first, second = (moved(world, state)["tied"] for state in (two, four))
    assert second == pytest.approx(2.0 * first, rel=1e-6)
    assert (two.migrants[..., tied] >= 0.0).all()


@pytest.mark.slow
def test_year_by_year_the_removed_become_no_permanent_residents(world: World) -> None:
    policy = Policy("removal", (build("deportation", {"hazard": 0.1, "residence": "USA"}),))
    assumed = Assumed()
    yearly = yearly_policy(policy, world, assumed)
    ends = {"last": 2032, "since": 2025, "assumed": assumed}
    without = project(**ends)
    under = project(**ends, policy=yearly.lasting, once=yearly.once, held=yearly.held)
    change = (under.persons - without.persons).isel(year=-1).sum(["birthplace", "residence"])
    removed = (under.events["removed"] - without.events["removed"]).sum()
    assert removed > 3e6
    for status in ("permanent", "tied", "protected"):
        assert abs(change.sel(status=status)) < 0.01 * removed, status


@pytest.mark.parametrize("closure", ["world", "elastic_world", "fixed"])
@pytest.mark.parametrize("lost", [-0.1, -0.2])
def test_capital_that_stays_home_is_no_capital_from_nowhere(
    world: World, closure: str, lost: float
) -> None:
    lever = build("capital_flight", {"lost": lost, "areas": ["low income", "middle income"]})
    rules, _ = Policy("home", (lever,)).apply(world.rules)
    closed = world.with_closure(closure)
    settled = solve.settle(closed.structure, closed.state, closed.rules, rules)
    state = solve.require(settled).state
    assert state.capital.sum() / closed.state.capital.sum() == pytest.approx(1.0, abs=1e-10)
    # What moves earned more where it was.
    assert state.output.sum() < closed.state.output.sum()


@pytest.mark.parametrize("birthplace", ["VEN", "COL", "SYR"])
@pytest.mark.parametrize("closure", ["fixed", "mobile"])
def test_sending_people_home_lowers_world_output(
    world: World, birthplace: str, closure: str
) -> None:
    rules, _ = Policy("home", (build("ban", {"birthplace": birthplace}),)).apply(world.rules)
    closed = world.with_closure(closure)
    settled = solve.settle(closed.structure, closed.state, closed.rules, rules)
    assert solve.require(settled).state.output.sum() < closed.state.output.sum()


def test_a_ban_of_money_is_no_reason_to_leave_for_the_own_family(world: World) -> None:
    """Of money from the own family nothing pushes: Mexicans leave with o = 0 and stay with 1."""
    observed = baseline.observe()
    changes = []
    for share in (0.0, 1.0):
        known = {**parameters.central(), "own_family": np.array([share])}
        shares = observed.status_shares[None]
        own = baseline.calibrate(observed, known, shares=shares, channels=("own_family",))
        after, _ = asked(own, "remittance_cost", cost_share=1.0)
        mexico, usa = own.areas.index("MEX"), own.areas.index("USA")
        changes.append((after.migrants - own.state.migrants)[0, :, mexico, usa].sum())
    assert changes[1] < 0.0 < changes[0]
