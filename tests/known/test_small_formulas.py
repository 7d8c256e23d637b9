"""Formulas on two or three places, against their equation or a hand computation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from corridors.baseline import revisions
from corridors.borders import quotas, status
from corridors.cards import economy
from corridors.data import store
from corridors.equilibrium import fixed_point, groups
from corridors.errors import InputError
from corridors.flows import accounting, ages
from corridors.projection import rates, returning, ties
from corridors.projection.rates import Persons
from corridors.readers import changes, sdmx
from laws.test_projection import small

Array = np.ndarray
STOCK = np.array([[100.0, 5.0], [3.0, 50.0]])


# --- accounts ----------------------------------------------------------------------------------


def closed_by(gap: float, rounding: str) -> accounting.Survivors:
    vital = np.array([max(gap, 0.0), 0.0]), np.array([max(-gap, 0.0), 0.0])
    assumptions = accounting.Assumptions(rounding=rounding)  # type: ignore[arg-type]
    return accounting.survive((STOCK, STOCK), vital, True, assumptions, "AB")


@pytest.mark.parametrize("rounding", ("none", "whole", "migest"))
@pytest.mark.parametrize("gap", (0.55, 0.5, 2.55, -0.3, 2.0, 0.0))
def test_a_gap_is_closed_by_halves(gap: float, rounding: str) -> None:
    closed = closed_by(gap, rounding)
    ends = closed.stock_start, closed.stock_end
    for stock, change in zip(ends, (-gap / 2.0, gap / 2.0), strict=True):
        assert stock.sum() - STOCK.sum() == pytest.approx(change)
    told = [each for each in closed.adjustments if each.step.startswith("closure")]
    for each, stock in zip(told, ends, strict=True):
        np.testing.assert_allclose(stock - STOCK, np.diag(each.persons), atol=1e-12)


@pytest.mark.parametrize("gap", (0.25, 2.4))
def test_what_migest_adds_to_some_parts_of_a_person_is_refused(gap: float) -> None:
    """It puts one more at the end where a gap is less than a half above an even number."""
    with pytest.raises(InputError, match="different totals"):
        closed_by(gap, "migest")
    assert closed_by(gap, "whole").stock_end.sum() == pytest.approx(STOCK.sum() + gap / 2.0)


@pytest.mark.parametrize("outside", ("same end", "other end"))
def test_whom_a_birthplace_lacks_came_from_outside(outside: str) -> None:
    start, end = np.array([[60.0, 40.0], [0.0, 50.0]]), np.array([[60.0, 20.0], [20.0, 60.0]])
    nobody = np.zeros(2), np.zeros(2)
    open_system = accounting.survive(
        (start, end), nobody, False, accounting.Assumptions(outside=outside), "AB"
    )
    # 20 born in A are gone; 30 born in B are new.
    told = {(each.step, each.at): each.persons.tolist() for each in open_system.adjustments}
    assert told["moved outside", "start"] == [20.0, 0.0]
    assert told["came from outside", "end"] == [0.0, 30.0]
    lived = (end if outside == "other end" else start)[0]
    np.testing.assert_allclose(open_system.out, [20.0 * lived / lived.sum(), [0.0, 0.0]])
    lived = (start if outside == "other end" else end)[1]
    np.testing.assert_allclose(open_system.into, [[0.0, 0.0], 30.0 * lived / lived.sum()])
    np.testing.assert_allclose(open_system.start, start - open_system.out)
    np.testing.assert_allclose(open_system.end, end - open_system.into)


def test_the_area_whose_net_migration_is_farthest_off_is_named() -> None:
    flows = np.array([[0.0, 1.0, 3.0], [2.0, 0.0, 2.0], [4.0, 8.0, 0.0]])  # net 2, 5, -7
    net = np.array([[1.0, 1.1], [2.0, 3.0], [-3.0, -4.1 - 6.0]])
    with pytest.raises(InputError) as refused:
        ages._refuse_net(flows, np.ones(2), net)
    said = [problem.what for problem in refused.value.problems]
    assert said == ["sums to -6 at an age", "of area 3 sums to -13.1 over ages, flows to -7"]
    ages._refuse_net(flows, np.ones(2), np.array([[1.0, 1.0], [2.0, 3.0], [-3.0, -4.0]]))


# --- statuses ----------------------------------------------------------------------------------


def test_odds_of_a_status_solve_their_equation() -> None:
    luck = np.random.default_rng(2)
    leaning, others, high, low = luck.uniform(0.0, 5.0, (4, 30))
    for factor in (0.3, 4.0):
        numerator, denominator = status._odds(leaning, others, high, low, factor)
        x = numerator / denominator
        slope = factor * leaning + others - high * (1.0 + factor)
        terms = factor * low * x**2, slope * x, -high
        np.testing.assert_allclose(sum(terms), 0.0, atol=1e-10 * np.abs(terms).max())
        assert (x > 0.0).all()


def test_drawn_shares_of_statuses_are_shares() -> None:
    shares = np.array([[[0.5, 0.3, 0.2, 0.0], [1.0, 0.0, 0.0, 0.0]]])
    drawn = status.shares_drawn(shares, np.full((1, 2), 40.0), np.random.default_rng(1), 400)
    np.testing.assert_allclose(drawn.sum(axis=-1), 1.0)
    assert ((drawn > 0.0) == (shares > 0.0)).all()
    np.testing.assert_array_equal(drawn[:, 0, 1], np.tile(shares[0, 1], (400, 1)))
    np.testing.assert_allclose(drawn[:, 0, 0].mean(axis=0), shares[0, 0], atol=0.06)


# --- years -------------------------------------------------------------------------------------


def test_pay_falls_with_residents_by_the_elasticity() -> None:
    now, then = np.array([200.0, 50.0, 0.0]), np.array([100.0, 100.0, 0.0])
    answer = rates.pay_change(now, then, 0.3)
    np.testing.assert_allclose(answer, [-0.3 * np.log(2.0), 0.3 * np.log(2.0), 0.0])


def test_what_forced_return_is_worth_is_the_log_odds_of_returning() -> None:
    back = np.array([[0.2, 0.0]])
    sent, change = np.array([[0.1, 0.3]]), np.zeros((1, 2, 2))
    change[0, 0, 1] = 0.05
    worth = returning.loss(back, sent, change, returning.Preferences(0.9, 2.0))
    home, status_0 = np.log(0.2), np.log(0.8) - np.log(0.2)
    # Into a status whose people never return by choice: ln (1 - 0) - ln 1 = 0.
    np.testing.assert_allclose(worth[0], [2.0 * (0.1 * home + 0.05 * home), 0.0], atol=1e-12)
    change = np.zeros((1, 2, 2))
    change[0, 1, 0] = 0.05
    worth = returning.loss(back, 0.0 * sent, change, returning.Preferences(0.9, 2.0))
    np.testing.assert_allclose(worth[0], [0.0, 2.0 * 0.05 * status_0], atol=1e-12)


def test_people_in_other_proportions_are_as_many_natives_as_before() -> None:
    home, migrants = np.array([[70.0, 40.0]]), np.array([[[0.0, 30.0], [10.0, 0.0]]])
    moved = np.array([[[0.0, 60.0], [5.0, 0.0]]])
    at_home, abroad = revisions._refitted(home, migrants, moved)
    np.testing.assert_allclose(at_home, [[70.0 * 100 / 130, 40.0 * 50 / 45]])
    np.testing.assert_allclose(at_home + abroad.sum(axis=-1), [[100.0, 50.0]])
    np.testing.assert_allclose(abroad[0, 0, 1] / at_home[0, 0], 60.0 / 70.0)


def test_slopes_of_the_worth_of_places_are_those_of_its_value() -> None:
    persons, now = small(4)
    number = persons.home.shape[-1]
    before = Persons(persons.home[0], persons.abroad[0])
    now = replace(
        now, **{each.name: np.asarray(getattr(now, each.name))[0] for each in fields(now)}
    )
    movable = ties._Movable.of(now, np.ones(number, dtype=bool))
    worth, net = np.linspace(-0.3, 0.4, number), np.zeros(number)

    def numerically(of: Callable[[Array], Array]) -> Array:
        return np.array(
            [(of(worth + 1e-6 * unit) - of(worth - 1e-6 * unit)) / 2e-6 for unit in np.eye(number)]
        )

    gained, hessian = movable.slopes(before, worth, net)
    value = numerically(lambda at: np.asarray(movable.value(before, at, net)))
    np.testing.assert_allclose(gained, value, atol=1e-6 * np.abs(gained).max())
    slope = numerically(lambda at: movable.slopes(before, at, net)[0])
    np.testing.assert_allclose(hessian, slope, atol=1e-6 * np.abs(hessian).max())


# --- solvers -----------------------------------------------------------------------------------


def test_caps_that_overlap_all_hold_and_cost_only_where_they_bind() -> None:
    """Cells 0 and 1 under one cap, 1 and 2 under another; a third draw binds in one alone."""
    members = quotas.Members(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1]), 3, 2)
    demand = np.array([[50.0, 40.0, 50.0], [50.0, 40.0, 90.0], [20.0, 10.0, 70.0]])
    limit = np.array([[60.0, 70.0]])
    fee = quotas.fee_multipliers(members, demand, np.ones((3, 3)), limit)
    people = demand * np.exp(-members.of_cells(fee))
    room = limit - members.total(people)
    assert room.min() > -1e-6 and (fee >= 0.0).all()
    np.testing.assert_allclose(fee * room, 0.0, atol=1e-6)
    assert (fee[:2] > 0.05).all() and fee[2].tolist() == pytest.approx([0.0, np.log(80 / 70)])


def test_the_leading_eigenvalue_of_a_matrix_with_a_row_of_noughts() -> None:
    for eigenvalue in (2.0, -1.5):
        slope = np.array([[eigenvalue, 0.0, 0.0], [0.3, 0.5, 0.0], [0.0, 0.0, 0.0]])
        found = fixed_point.leading_eigenvalue(lambda x, m=slope: x @ m.T, np.ones((1, 3)), 60)
        np.testing.assert_allclose(found, [eigenvalue], rtol=1e-4)


# --- groups ------------------------------------------------------------------------------------


def test_a_nest_of_nobody_leaves_its_factor_at_one() -> None:
    now, mixed = np.array([[[[4.0, 0.0]]]]), np.array([[True, True]])
    nest = groups.StatusNest(np.array(0.5), now, mixed)
    np.testing.assert_allclose(nest.of_mixed(np.array([[[[16.0, 9.0]]]])), [[[[0.5, 1.0]]]])


# --- journeys ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "warned", "refused"),
    [
        ({"from": 29}, 0, 0),
        ({"from": 30}, 1, 0),
        ({"until": 0}, 1, 0),
        ({"until": 1}, 0, 0),
        ({"from": 9, "until": 8}, 0, 1),
        ({}, 0, 0),
    ],
)
def test_what_acts_on_no_day_of_the_period_is_said(
    entry: dict[str, int], warned: int, refused: int
) -> None:
    warnings: list[object] = []
    refusals: list[object] = []
    gate = SimpleNamespace(warn=lambda *said: warnings.append(said),
                           refuse=lambda *said: refusals.append(said))  # fmt: skip
    page = SimpleNamespace(days=30, gate=gate, day=lambda value, where, default=None: value)
    first, last = changes._span(page, "lift 1", entry)  # type: ignore[arg-type]
    assert (first, last) == (entry.get("from", 0), entry.get("until"))
    assert (len(warnings), len(refusals)) == (warned, refused)


# --- figures -----------------------------------------------------------------------------------


def test_schooling_of_residents_is_a_share_of_adults_from_the_first_year_on() -> None:
    raw = store.table("schooling_residents")
    raw = raw[(raw["area"] == "PHL") & (raw["year"] >= economy.FIRST_SCHOOLING)]
    by_year = raw.groupby("year")[["tertiary_25plus", "adults_25plus"]].sum()
    card = economy.residents_schooling("PHL").set_index("year")["value"]
    assert card.index.tolist() == by_year.index.tolist()
    expected = by_year["tertiary_25plus"] / by_year["adults_25plus"]
    np.testing.assert_allclose(card.astype(float), expected)


def test_a_power_of_ten_is_applied_once() -> None:
    cells = {(1, 3): "3", (2, 3): "", (3, 3): 6.0, (4, 3): "-2"}
    sheet = SimpleNamespace(cell=lambda row, column: cells[row, column])
    assert sdmx._factors(sheet, [1, 2, 3, 4], 3) == [1e3, 1.0, 1e6, 0.01]  # type: ignore[arg-type]
    assert sdmx._factors(sheet, [1, 2], None) == [1.0, 1.0]  # type: ignore[arg-type]
