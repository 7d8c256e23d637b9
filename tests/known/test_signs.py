"""Sign patterns others found, on the real world: who gains and who loses, not how much.

Naidu, Nyarko, Wang 2016; Edwards, Ortega 2017; di Giovanni, Levchenko, Ortega 2015; Walmsley and
others; Allen, Dobbin, Morten. Figures beside figures stand in docs/literature.md and
docs/calibration.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridors import areas, baseline, parameters
from corridors.baseline import Observed
from corridors.equilibrium import solve
from corridors.equilibrium.changes import RESPONSES
from corridors.rules import Policy, Rules, build
from corridors.wages import spillovers
from corridors.wages.contracts import Contracts, Terms, terms
from corridors.world import State, World

Array = np.ndarray
CLOSURES = ("fixed", "mobile")
PERMANENT, TIED, IRREGULAR = 0, 1, 2
WITHOUT_PEOPLE = tuple(response for response in RESPONSES if response != "people")
#: Large receivers. Not every one has the sign: Spain, Ireland and Sweden come out just on the other
#: side of 0, and the Gulf far from it, where fewer people would share the oil.
RECEIVERS = ("AUS", "CAN", "CHE", "DEU", "GBR", "NZL", "USA")


@pytest.fixture(scope="session")
def figures() -> Observed:
    return baseline.observe(2020)


@pytest.fixture(scope="session")
def by_status(figures: Observed) -> World:
    """The world with four legal statuses, capital fixed."""
    return baseline.calibrate(figures, parameters.central(), shares=figures.status_shares[None])


@pytest.fixture(scope="session")
def by_variety(figures: Observed) -> World:
    """The long run with love of variety: larger economies have lower prices."""
    return baseline.calibrate(figures, parameters.central(), "mobile", channels=("variety",))


def ask(
    world: World, lever: str, responses: tuple[str, ...] = RESPONSES, **values: Any
) -> tuple[Rules, State]:
    rules, _ = Policy(lever, (build(lever, values),)).apply(world.rules)
    settled = solve.settle(world.structure, world.state, world.rules, rules, responses=responses)
    return rules, solve.require(settled).state


def output(world: World, state: State, area: str) -> float:
    """Change of an economy's output, share."""
    here = world.areas.index(area)
    return float(state.output[0, here] / world.state.output[0, here]) - 1.0


def people(world: World, state: State, residence: str, status: int) -> float:
    """Change of the adults of a status, share."""
    here = world.areas.index(residence)
    now, then = (side.migrants[0][:, :, here, status].sum() for side in (world.state, state))
    return float(then / now) - 1.0


def pay(
    world: World, rules: Rules, state: State, residence: str, status: int, then: int | None = None
) -> float:
    """Change of pay after mark-down of the migrants who are there now, share.

    With `then` they are of that status afterwards.
    """
    here = world.areas.index(residence)
    there = world.state.migrants[0][:, :, here, status]
    sides = ((world.state, world.rules, status), (state, rules, status if then is None else then))
    paid = []
    for state_of, by, of in sides:
        income = state_of.migrant_income(world.structure, by.markdown)[0]
        each = np.broadcast_to(income, world.state.migrants[0].shape)[:, :, here, of]
        paid.append((there * each).sum())
    return float(paid[1] / paid[0]) - 1.0


# --- papers and removal ------------------------------------------------------------------------


@pytest.mark.parametrize("closure", CLOSURES)
def test_papers_raise_pay_and_output_though_nobody_comes(by_status: World, closure: str) -> None:
    """Edwards, Ortega: 3.0 to 3.6 per cent of private output, of a gain of 20 % in productivity.

    It is 3 % of 4 % of adults here, and papers are a transfer: nobody comes because of them.
    """
    world = by_status.with_closure(closure)  # type: ignore[arg-type]
    rules, state = ask(world, "regularisation", residence="USA")
    assert 0.0005 < output(world, state, "USA") < 0.0015
    # Edwards, Ortega and others: +4 to +15 % of pay.
    assert 0.04 < pay(world, rules, state, "USA", IRREGULAR, then=PERMANENT) < 0.15
    _, refilled = ask(world, "regularisation", residence="USA", refilled="yes")
    assert output(world, refilled, "USA") > 5.0 * output(world, state, "USA")
    _, gone = ask(world, "ban", residence="USA", status="irregular")
    lost = -output(world, gone, "USA")
    assert 0.01 < lost < 0.04
    # Below their share of adults: they are less schooled, and capital and land stay.
    here = world.areas.index("USA")
    share = world.state.migrants[0][:, :, here, IRREGULAR].sum()
    assert lost < share / world.state.residents()[0][:, here].sum()


@pytest.mark.parametrize("closure", CLOSURES)
def test_papers_beat_removal_for_the_output_of_the_usa(by_status: World, closure: str) -> None:
    """Walmsley et al.: sign."""
    world = by_status.with_closure(closure)  # type: ignore[arg-type]
    _, papers = ask(world, "regularisation", residence="USA")
    for lever, values in (
        ("deportation", {"hazard": 0.0211}),
        ("deportation", {"hazard": 0.1}),
        ("ban", {"status": "irregular"}),
    ):
        _, removed = ask(world, lever, residence="USA", **values)
        assert output(world, removed, "USA") < 0.0 < output(world, papers, "USA")


def test_enforcement_lowers_irregular_pay_though_nobody_is_removed(by_status: World) -> None:
    """Where everybody stays, scarcity can raise nothing: fear alone takes pay."""
    fear = {"hazard": 0.1, "residence": "USA"}
    rules, state = ask(by_status, "deportation", WITHOUT_PEOPLE, **fear)
    assert people(by_status, state, "USA", IRREGULAR) == pytest.approx(0.0, abs=1e-12)
    assert pay(by_status, rules, state, "USA", IRREGULAR) < -0.01
    assert pay(by_status, rules, state, "CAN", IRREGULAR) == pytest.approx(0.0, abs=1e-9)


def test_enforcement_lowers_irregular_pay_where_stays_hardly_shorten(by_status: World) -> None:
    """People come and go every year, so removal changes few stays; pay falls against scarcity."""
    rules, state = ask(by_status, "deportation", exit=1.0, residence="USA")
    assert -0.02 < people(by_status, state, "USA", IRREGULAR) < 0.0
    assert pay(by_status, rules, state, "USA", IRREGULAR) < 0.0
    here = by_status.areas.index("USA")
    assert (state.wage_migrant > by_status.state.wage_migrant)[0, 0, here]


# --- walls -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def walled(by_status: World) -> State:
    only = {"birthplace": "MEX", "residence": "USA", "status": "irregular"}
    return ask(by_status.with_closure("mobile"), "wall", deterred=0.09, **only)[1]


def test_a_wall_sends_some_elsewhere_and_most_home(by_status: World, walled: State) -> None:
    mexico, here = (by_status.areas.index(end) for end in ("MEX", "USA"))
    gained = (walled.migrants - by_status.state.migrants)[0][:, mexico].sum(axis=0)
    assert gained[here, IRREGULAR] < 0.0 < gained[here, 0]
    elsewhere = np.delete(gained.sum(axis=1), [mexico, here])
    now = np.delete(by_status.state.migrants[0][:, mexico].sum(axis=(0, 2)), [mexico, here])
    assert (elsewhere[now > 0.0] > 0.0).all()
    home = (walled.home - by_status.state.home)[0][:, mexico].sum()
    assert home > elsewhere.sum() > 0.0
    assert home + gained.sum() == pytest.approx(0.0, abs=1.0)


def test_a_wall_moves_american_pay_by_dollars_a_year(by_status: World, walled: State) -> None:
    """Allen, Dobbin, Morten: up for workers without a degree, down for those with, by $0 to 30."""
    here = by_status.areas.index("USA")
    low, high = (walled.wage_native - by_status.state.wage_native)[0, :, here]
    assert 0.0 < low < 30.0
    assert -30.0 < high < 0.0


# --- no migration --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def alone(by_variety: World) -> State:
    """Everybody at home."""
    return ask(by_variety, "ban")[1]


def real(world: World, state: State) -> Array:
    """Output per resident at the prices of variety, (i,)."""
    price = spillovers.price(state.output / world.state.output, world.structure.spillovers)[0]
    return np.asarray(state.output[0] / state.residents()[0].sum(axis=0) / price)


def rows(world: World, names: tuple[str, ...]) -> list[int]:
    return [world.areas.index(name) for name in areas.select(names, among=world.areas)]


def test_without_migration_main_receivers_lose_output_per_head(
    by_variety: World, alone: State
) -> None:
    """di Giovanni, Levchenko, Ortega: receivers gain 5 to 10 per cent from a larger market."""
    lost = real(by_variety, alone) / real(by_variety, by_variety.state) - 1.0
    assert (lost[rows(by_variety, RECEIVERS)] < -0.005).all()
    club = rows(by_variety, ("OECD",))
    adults = by_variety.state.residents()[0].sum(axis=0)[club]
    assert np.average(lost[club], weights=adults) < 0.0


def test_variety_is_why_receivers_gain(figures: Observed, by_variety: World, alone: State) -> None:
    plain = baseline.calibrate(figures, parameters.central(), "mobile")
    _, state = ask(plain, "ban")
    with_variety = real(by_variety, alone) / real(by_variety, by_variety.state)
    without = real(plain, state) / real(plain, plain.state)
    chosen = rows(by_variety, RECEIVERS)
    assert (with_variety[chosen] < without[chosen]).all()


def test_without_migration_stayers_of_big_receivers_of_remittances_lose_consumption(
    figures: Observed, by_variety: World, alone: State
) -> None:
    """Every economy over a million adults that receives a tenth of output or more."""
    now, then = by_variety.state.home_consumption[0], alone.home_consumption[0]
    price = spillovers.price(
        alone.output / by_variety.state.output, by_variety.structure.spillovers
    )
    lost = then / price[0] / now - 1.0
    adults = by_variety.state.residents()[0].sum(axis=0)
    big = (figures.received / figures.price_level > 0.1 * figures.output) & (adults > 1e6)
    assert big.sum() > 15
    stayers = by_variety.state.home[0]
    assert ((stayers * lost).sum(axis=0) < -0.05 * stayers.sum(axis=0))[big].all()


# --- the right to change employer ----------------------------------------------------------------


def contract(**changed: float) -> Contracts:
    values = {
        "product": 1.0, "first": 0.1, "later": 0.1, "stay": 0.6, "recruits": 1.0, "discount": 0.9,
        "stay_elasticity": 2.0, "recruit_elasticity": 1.0, "counted": 0.0,
    }  # fmt: skip
    return Contracts(**{name: np.array(value) for name, value in (values | changed).items()})


@pytest.mark.parametrize("later", [0.054, 0.1, 0.17])
@pytest.mark.parametrize("stay", [0.4, 0.8])
def test_portability_helps_incumbents_and_hurts_recruits(later: float, stay: float) -> None:
    """Naidu, Nyarko, Wang on the Emirates' reform of 2011, at mark-downs that were measured."""
    now = contract(later=later, stay=stay)
    before, after = terms(now, now.later), terms(now, 0.0 * now.later)
    signs = {"later_pay": 1, "stay": 1, "first_pay": -1, "recruits": -1}
    assert {name: _sign(before, after, name) for name in signs} == signs


def _sign(before: Terms, after: Terms, name: str) -> int:
    return int(np.sign(getattr(after, name) - getattr(before, name)))


def test_one_mark_down_for_all_brings_more_people_instead(by_status: World) -> None:
    """The lever alone cannot give the pattern: pay rises for everybody tied, and more come."""
    rules, state = ask(by_status, "portability", residence="ARE")
    assert pay(by_status, rules, state, "ARE", TIED) > 0.0
    assert people(by_status, state, "ARE", TIED) > 0.0
