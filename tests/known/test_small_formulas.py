"""Formulas on two or three places, against their equation or a hand computation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from corridors import baseline, labels
from corridors.baseline import corrections, revisions
from corridors.baseline.build import _coverage
from corridors.baseline.moves import stocks_from_moves
from corridors.borders import quotas, status
from corridors.cards import economy
from corridors.data import store
from corridors.equilibrium import fixed_point, groups
from corridors.errors import Infeasible, InputError
from corridors.flows import accounting, ages, indices, net, series
from corridors.forecast import data, models
from corridors.journeys import learning, mortality_risk
from corridors.projection import policies, rates, returning, ties
from corridors.projection.rates import Persons
from corridors.readers import changes, sdmx
from corridors.study import journey_forecast, projection
from corridors.study.journey_inputs import reference
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


def test_a_corridor_is_assumed_as_soon_as_one_of_its_shares_is() -> None:
    raw = store.table("status_shares")
    observed = baseline.observe(2020)
    at = {area: number for number, area in enumerate(observed.areas)}
    both = set(map(tuple, raw[["birthplace", "residence"]].to_numpy()))
    kinds = raw.groupby(["birthplace", "residence"])["kind"].agg(set)
    told = [pair for pair in kinds.index if pair[0] in at and pair[1] in at]
    assert len(both) > 2000 and len(told) > 1000
    some = [pair for pair in told if "assumed" in kinds[pair] and len(kinds[pair]) > 1]
    assert some and all(observed.status_assumed[at[b], at[i]] for b, i in some)


def test_adults_of_an_area_are_those_at_home_and_those_from_elsewhere() -> None:
    observed = SimpleNamespace(
        home=np.array([[10.0, 20.0], [1.0, 2.0]]),
        migrants=np.array([[[0.0, 3.0], [4.0, 0.0]], [[0.0, 5.0], [6.0, 0.0]]]),
    )
    assert corrections._value(observed, "adults", (1,)) == 22.0 + 8.0  # type: ignore[arg-type]


def test_a_user_s_world_covers_all_of_what_it_tells() -> None:
    home, migrants = np.array([[10.0, 20.0]]), np.array([[[0.0, 3.0], [4.0, 0.0]]])
    persons = np.array([[12.0, 5.0], [6.0, 25.0]])
    covered = _coverage(("A", "B"), home, migrants, persons)
    shares = {"people", "output", "migrants of known origin", "migrants", "output reported in PPP"}
    assert {covered[name] for name in shares} == {1.0}
    assert (covered["economies"], covered["adult migrants"], covered["adults"]) == (2.0, 7.0, 37.0)


def test_places_are_held_where_anybody_s_are() -> None:
    areas, kinds = ("A", "B", "C"), list(policies.STATUSES_ABROAD)
    ends = {"birthplace": ["A", "B"], "residence": ["B", "A"], "status": kinds}
    held = xr.DataArray(np.zeros((2, 2, len(kinds))), ends, list(ends))
    assert policies.held_cells(held, areas) is None
    held.loc["A", "B", kinds[1]] = 1.0
    cells = policies.held_cells(held, areas)
    assert cells is not None and np.argwhere(cells).tolist() == [[0, 1, 1]]


def test_a_corridor_stays_in_the_table_while_anybody_lives_in_it() -> None:
    kinds = list(projection.STATUSES_ABROAD)
    ends = {"year": [2020, 2030], "birthplace": ["A", "B"], "residence": ["A", "B"]}
    dims = [*ends, "status"]
    told = np.zeros((2, 2, 2, len(kinds)))
    told[0, 0, 1, 0] = 5.0  # gone in 2030
    without = SimpleNamespace(persons=xr.DataArray(told, ends | {"status": kinds}, dims))
    told = told.copy()
    told[1, 1, 0, 1] = 7.0  # new under the policy
    after = SimpleNamespace(persons=xr.DataArray(told, ends | {"status": kinds}, dims))
    table = projection._corridors(without, after)  # type: ignore[arg-type]
    names = ["birthplace", "residence", "status", "now", "without", "after"]
    assert table[names].to_numpy().tolist() == [
        ["A", "B", kinds[0], 5.0, 0.0, 0.0],
        ["B", "A", kinds[1], 0.0, 0.0, 7.0],
    ]


# --- camps -------------------------------------------------------------------------------------


def test_whom_a_camp_has_no_room_for_goes_where_there_is() -> None:
    persons, split = np.array([[100.0, 10.0, 0.0]]), np.array([[0.6, 0.3, 0.1]])
    filled = learning.filled(persons, np.array([[60.0, np.inf, np.inf]]), split)
    np.testing.assert_allclose(filled, [[60.0, 40.0, 10.0]])
    none_limited = learning.filled(persons, np.full((1, 3), np.inf), split)
    np.testing.assert_array_equal(none_limited, persons)


def test_whom_a_camp_does_not_admit_waits_at_its_gate() -> None:
    forecast = SimpleNamespace(median=np.array([[50.0, 20.0]]), admitted=np.array([[1.0, 0.75]]))
    counts = SimpleNamespace(waiting=np.ones((3, 4, 3)), people=2.0 * np.ones((3, 4, 3)))
    answer = SimpleNamespace(
        journeys=counts, forecast=forecast, origin=2, prepared=SimpleNamespace(camps=[0, 2])
    )
    waiting = journey_forecast.Answer.waiting.fget(answer)  # type: ignore[attr-defined]
    np.testing.assert_allclose(waiting, [[1, 1, 1], [1, 1, 1], [0, 1, 5]])


def test_the_risk_in_a_group_falls_by_the_middle_of_its_elasticity() -> None:
    dangers = reference("dangers")
    about = dangers["group_size"]
    for route in mortality_risk.routes(dangers):
        alone, together = (mortality_risk.mean_risk(dangers, route, size) for size in (1.0, 100.0))
        middle = about["lower"] + (about["upper"] - about["lower"]) / 2.0
        assert together / alone == pytest.approx(100.0**-middle)


@pytest.mark.parametrize(
    ("dims", "wanted"), [(("area",), "a Series or a mapping"), (("origin", "area"), "a DataFrame")]
)
def test_what_has_no_labels_is_told_what_to_give(dims: tuple[str, ...], wanted: str) -> None:
    assert labels._unlabelled("births", "list", dims).fix.startswith(f"Give {wanted}")


# --- net migration -----------------------------------------------------------------------------


def test_children_go_with_the_women_who_could_be_their_mothers() -> None:
    ages = [f"{age}-{age + 4}" for age in range(0, 60, 5)]
    start, alive = pd.Series(100.0, ages), pd.Series(0.9, ages)
    end = start.where(start.index != "0-4", 50.0)
    cohorts = net.by_survival(start, end, alive, children=True)
    # 10 of every 100 women came; half as many children as women of an age group.
    share = np.array(net.CHILD_EXPOSURE) * [5.0, 10.0]
    np.testing.assert_allclose(cohorts["net_forward"].iloc[:2], share)
    np.testing.assert_allclose(cohorts["net_forward"].iloc[2:], 10.0)


def test_what_is_removed_and_fled_is_left_out_of_the_net_migration_to_meet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    abroad = np.array([[[0.0], [40.0]], [[10.0], [0.0]]])  # 40 born in A in B, 10 born in B in A
    before = SimpleNamespace(abroad=abroad)
    year = SimpleNamespace(remove=np.full(abroad.shape, 0.1))
    calibrated = SimpleNamespace(
        fleeing=SimpleNamespace(known=np.array([[[0.0, 7.0], [0.0, 0.0]]])),
        figures=SimpleNamespace(net=np.array([[3.0, -3.0]])),
    )
    monkeypatch.setattr(ties, "worths", lambda before, year, net: asked.append(net))
    monkeypatch.setattr(ties, "tied", lambda year, worth: year)
    monkeypatch.setattr(ties, "trajectory", lambda *_, adjust: adjust(0, before, year))
    ties.tie(calibrated, None, 2030)  # type: ignore[arg-type]
    # 4 go back from B to A, 1 from A to B, 7 flee from A to B: A loses 4 by these.
    np.testing.assert_allclose(asked, [[3.0 + 4.0, -3.0 - 4.0]])


def test_a_shock_decays_as_earlier_ones_did() -> None:
    years = np.arange(2000, 2013)
    gone = np.where(years >= 2005, 100.0 * 0.5 ** (years - 2005.0), 0.0)
    values = np.tile(10.0 + gone, (40, 1))
    values = np.vstack([values, np.where(years == 2012, 110.0, 10.0), np.full(13, 10.0)])
    told = data.Yearly(years, values)
    origin = SimpleNamespace(
        panel=SimpleNamespace(series=told), horizon=1, scale=0.0, last=values[:, -1]
    )
    answer = models._decay(origin)  # type: ignore[arg-type]
    assert answer[40] == pytest.approx(60.0)
    np.testing.assert_array_equal(np.delete(answer, 40), np.delete(values[:, -1], 40))


def test_two_dates_are_a_series_of_one_period() -> None:
    ends = {2005: [[100.0, 9.0], [3.0, 46.0]], 2000: [[100.0, 5.0], [3.0, 50.0]]}
    tables = {year: pd.DataFrame(rows, list("AB"), list("AB")) for year, rows in ends.items()}
    (estimated,) = series.estimate_series(tables, method="sd_drop_neg").items()
    assert estimated[0] == "2000-2005"
    assert float(estimated[1].flows.sum()) == 4.0


@pytest.mark.parametrize("near", (True, False))
def test_flows_that_only_distance_explains_have_no_coefficient(near: bool) -> None:
    """Two pairs a kilometre apart, a hundred between them: moves in the pairs alone, or between."""
    apart = np.full((4, 4), 100.0)
    apart[[0, 1, 2, 3], [1, 0, 3, 2]] = 1.0
    flows = np.where((apart == 1.0) == near, 10.0, 0.0) * (1.0 - np.eye(4))
    with pytest.raises(Infeasible, match="no finite coefficient"):
        indices.distance_decay(flows, apart)
    mixed = flows + 1.0 - np.eye(4)
    sign = -1.0 if near else 1.0
    # Log odds of a near against a far move, over the logs of their distances.
    odds = np.log(11.0) / np.log(100.0)
    assert indices.distance_decay(mixed, apart) == pytest.approx(sign * odds, rel=1e-6)


def test_stocks_from_moves_of_two_places_have_a_closed_form() -> None:
    people, out, back, years = np.array([1000.0, 400.0]), 0.02, 0.05, 10.0
    moves = pd.DataFrame({"origin": ["A", "B"], "destination": ["B", "A"], "moves": [20.0, 20.0]})
    stock = stocks_from_moves(moves, ("A", "B"), people, years)
    gone = 1.0 - np.exp(-(out + back) * years)
    away = np.array([out, back]) / (out + back) * gone
    chance = np.array([[1.0 - away[0], away[0]], [away[1], 1.0 - away[1]]])
    raw = people[:, None] * chance
    np.testing.assert_allclose(stock, raw * people / raw.sum(axis=0), rtol=1e-9)
