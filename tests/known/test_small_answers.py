"""Small answers worked out by hand or from the raw table, for lines that only large runs pass."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from corridors.baseline import population
from corridors.cards import flow_ages
from corridors.data import store
from corridors.equilibrium import intervals, prepare
from corridors.errors import Infeasible, InputError
from corridors.flows import ages, indices
from corridors.forecast import data, models, net, shipped
from corridors.journeys import learning, random
from corridors.money import remittances
from corridors.money.levers import RemittanceCost
from corridors.people import displaced
from corridors.projection.rates import CalibratedRates, step
from corridors.rules import build
from corridors.study import journey_scores
from laws.small_worlds import small_world
from laws.test_projection import small

Array = np.ndarray


@dataclass(frozen=True)
class Days:
    counted: Array


# --- forecasts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", (0, 2))
def test_figures_of_a_year_are_known_a_year_later_and_a_delay_after_that(delay: int) -> None:
    known = shipped.known_areas(delay).set_index(["area", "time"]).sort_index()
    raw = store.table("population").set_index(["area", "year"])
    for name in ("population", "net_migration"):
        assert known.loc[("PHL", 2016 + delay), name] == raw.loc[("PHL", 2015), name]
    assert known.index.get_level_values("time").max() == shipped.LAST_REPORTED + 1 + delay


def test_of_too_many_rows_the_largest_are_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_MOST_ROWS", 3)
    monkeypatch.setattr(models, "_FEWEST_ROWS", 1)
    monkeypatch.setattr(models, "describe", lambda origin: {"last": origin.last})

    last = np.array([1.0, 50.0, 20.0, 2.0, 30.0])
    panel = SimpleNamespace(kind="flows")
    origin = SimpleNamespace(last=last, history=np.ones((5, 1)), scale=0.0, panel=panel)
    trained = models._training([origin], [2 * last], ["last"], SimpleNamespace(largest=9.0))
    assert trained is not None
    features, target, weight = trained
    assert weight.tolist() == features[:, 0].tolist() == [50.0, 30.0, 20.0]
    np.testing.assert_allclose(target, 1.0)


def people_by_area(kind: str) -> data.Panel:
    columns = ["area"] if kind == "net" else ["origin", "destination"]
    rows = [
        {**dict.fromkeys(columns, place), "time": time, "value": value, "population": 10.0 * value}
        for place, values in (("A", (4.0, 6.0, 9.0)), ("B", (2.0, 1.0, 3.0)))
        for time, value in zip((2010, 2015, 2020), values, strict=True)
    ]
    if kind != "net":
        rows = [row | {"destination": "C"} for row in rows]
    return data.from_frame(pd.DataFrame(rows), kind, 2020)[0]


def test_a_table_of_net_migration_brings_the_people_that_it_is_a_rate_of() -> None:
    people = people_by_area("net").area["population"]
    np.testing.assert_array_equal(people.values, [[40.0, 60.0, 90.0], [20.0, 10.0, 30.0]])
    assert "population" not in people_by_area("flows").area


def test_a_window_of_net_migration_is_the_mean_of_its_steps() -> None:
    panel = people_by_area("net")
    rates = net._Rates(panel, steps=1, total=True, usual=5)
    in_order = np.argsort(panel.origin)  # the rows of a panel stand in an order of its own
    np.testing.assert_allclose(rates.window(2020, 2)[in_order], [7.5, 2.0])
    np.testing.assert_allclose(rates.window(2015, 1)[in_order], [6.0, 1.0])
    assert np.isnan(rates.window(2010, 2)).all()
    np.testing.assert_allclose(rates.people(2015)[in_order], [60.0, 10.0])


# --- intervals of journeys ---------------------------------------------------------------------


def test_an_interval_leaves_half_of_the_rest_on_each_side() -> None:
    draws = np.tile(np.arange(101.0)[None, :, None], (2, 1, 3))
    for level, ends in ((80, (10.0, 90.0)), (50, (25.0, 75.0)), (95, (2.5, 97.5))):
        lower, upper = journey_scores._interval(draws, level)
        assert lower.shape == (2, 3)
        np.testing.assert_allclose([lower[0, 0], upper[0, 0]], ends)


def test_who_is_missed_is_a_share_of_who_was_there() -> None:
    draws = np.tile(np.arange(101.0)[None, :, None], (1, 1, 4))
    (row,) = journey_scores._missed(draws, np.array([[8.0, 11.0, 89.0, 92.0]]))
    assert (row["people"], row["people_below"], row["people_above"]) == (0.5, 0.04, 0.46)
    assert (row["camp_days"], row["number_of_camp_days"]) == (0.5, 4)
    (row,) = journey_scores._missed(draws[:, :11], np.array([[1.0, 0.0, 0.0, 0.0]]))
    assert (row["people"], row["people_below"], row["people_above"]) == (1.0, 0.0, 0.0)


def test_a_central_value_beside_its_interval_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws from 1.0 to 2.0 times today: 80 per cent of them are between 1.1 and 1.9 times."""
    ratios = np.linspace(1.0, 2.0, 101)[:, None, None] * np.ones((1, 1, 4))
    monkeypatch.setattr(intervals, "of_areas", lambda state: {"people": np.array(state)})
    case = SimpleNamespace(
        world=SimpleNamespace(state=[10.0] * 4),
        settled=SimpleNamespace(state=[10.9, 11.1, 18.9, 19.1]),
        rules=SimpleNamespace(areas=list("ABCD")),
        policy="p",
        capital="fixed",
    )
    table = intervals.areas([case], {("p", "fixed"): ratios}, 101)  # type: ignore[list-item]
    np.testing.assert_allclose(table["lower_80"], 11.0, rtol=1e-6)
    np.testing.assert_allclose(table["upper_80"], 19.0, rtol=1e-6)
    assert table["outside"].tolist() == [True, False, False, True]


@pytest.mark.parametrize(("persons", "share"), [(40, 0.3), (25, 0.5), (400, 0.02)])
def test_the_count_at_each_share_of_luck_is_the_binomial_quantile(
    persons: int, share: float
) -> None:
    luck = (np.arange(20_000) + 0.5) / 20_000
    counts = random.binomial(np.full(luck.size, persons), np.full(luck.size, share), luck)
    exact = stats.binom.ppf(luck, persons, share)
    assert (counts != exact).mean() < 0.004
    assert np.abs(counts - exact).max() <= 1.0


# --- money -------------------------------------------------------------------------------------


def test_slopes_of_the_factors_are_those_of_the_misfit() -> None:
    luck = np.random.default_rng(4)
    income = luck.uniform(1.0, 9.0, (3, 3, 2)) * (1.0 - np.eye(3))[:, :, None]
    cost = np.array([1.0, 0.4]), luck.uniform(0.02, 0.1, (3, 3)), luck.uniform(1.5, 3.0, 3)
    senders = np.array([1.4, 2.0, np.nan])
    told = np.isfinite(senders)
    receipts = luck.uniform(0.3, 1.2, 3)
    fit = remittances._Fit.of(receipts, income, cost, senders, told, (np.full(3, 0.3), 0.7))
    log_g = np.array([0.3, -0.2, 0.1])

    def numerically(of, step: float = 1e-5) -> Array:
        ends = [
            [of(fit.at(log_g + way * step * unit, None)) for way in (1, -1)] for unit in np.eye(3)
        ]
        return np.array([(up - down) / (2.0 * step) for up, down in ends])

    gradient, rough, exact = fit.slopes(fit.at(log_g, None))
    np.testing.assert_allclose(gradient, 0.5 * numerically(lambda at: at.misfit), rtol=1e-6)
    np.testing.assert_allclose(exact, numerically(lambda at: fit.slopes(at)[0]), rtol=1e-5)
    assert np.linalg.eigvalsh(rough).min() > 0.0


# --- people ------------------------------------------------------------------------------------


def test_the_place_that_lacks_most_people_is_named() -> None:
    persons, rates = small(3)
    areas = persons.home.shape[-1]
    death = np.full(areas, 0.001)
    death[1] = 3.0
    skill = int(np.argmax(persons.home[:, 1]))
    with pytest.raises(Infeasible, match=rf"at home in cell \({skill}, 1\)"):
        step(persons, replace(rates, death_home=death))


def test_a_wedge_lowers_the_odds_of_leaving_and_an_infinite_one_closes_the_corridor() -> None:
    world = SimpleNamespace(assumed=SimpleNamespace(flow_elasticity=0.5))
    wedge = np.array([[[0.4, np.inf], [-0.2, 0.0]]])
    answer = CalibratedRates.log_odds(world, {"wedge": wedge})  # type: ignore[arg-type]
    np.testing.assert_allclose(answer, [[[-0.2, -np.inf], [0.1, 0.0]]])


def test_more_migrants_of_all_ages_than_live_somewhere_are_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Natives make room for migrants; in B four times the 30 from A are more than all 100."""
    abroad = np.zeros((2, 2, 1))
    abroad[0, 1] = 30.0
    figures = SimpleNamespace(
        areas=["A", "B"], output=np.ones(2), abroad=abroad, earlier=abroad[..., 0],
        natives=np.array([500.0, 70.0]),
    )  # fmt: skip
    told = SimpleNamespace(
        areas=["A", "B"], output=np.ones(2), population=np.ones(2), status_shares=np.ones((2, 2, 1))
    )
    four = np.array([[1.0, 4.0], [1.0, 1.0]])
    monkeypatch.setattr(population, "observe", lambda *_, **__: told)
    monkeypatch.setattr(population, "apply", lambda told, given: told)
    monkeypatch.setattr(population, "_of_corridors", lambda *_: (four, np.ones((2, 2, 1))))
    world = SimpleNamespace(people=0, edition=0, economy=0, repeated=())
    with pytest.raises(InputError, match="leave no natives at home in B"):
        population._with_given(figures, world, [])  # type: ignore[arg-type]


def test_camps_are_set_to_the_counts_of_the_day_before_the_origin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(learning, "run", lambda roads, days, *_, **__: asked.append(days))
    monkeypatch.setattr(learning.calibration, "with_draws", lambda behaviour, *_: behaviour)
    roads = SimpleNamespace(at=["Source", "East", "West"].index)
    persons = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    counts = SimpleNamespace(camps=["East", "West"], persons=persons)
    days = Days(np.full((4, 3), np.nan))
    learning.onward(roads, days, None, counts, None, origin=2, draws=3, streams=None)  # type: ignore[arg-type]
    counted = asked[0].counted
    np.testing.assert_array_equal(counted[1], [np.nan, 3.0, 4.0])
    assert np.isnan(np.delete(counted, 1, axis=0)).all() and np.isnan(days.counted).all()


def test_years_of_a_spell_count_alike_whatever_its_size() -> None:
    spells = [
        displaced.Spell("A", 2000, 2000, np.array([60.0, 30.0, 10.0]), np.full(3, 1000.0)),
        displaced.Spell("B", 2001, 2001, np.array([4.0, 4.0]), np.array([500.0, 0.0])),
    ]
    count, people, there = displaced._table(spells, True, 0)
    np.testing.assert_allclose(count, [[0.6, 0.3, 0.1], [0.5, 0.5, 0.0]])
    assert there.tolist() == [[True, True, True], [True, False, False]]
    # Halved each year: 4/7, 2/7, 1/7 of the first spell's; the second has one year with people.
    expected = -(0.6 * np.log(4 / 7) + 0.3 * np.log(2 / 7) + 0.1 * np.log(1 / 7)) / 2.0
    loss = displaced._loss((count, people, there), displaced.Decay(1.0))
    assert loss == pytest.approx(expected, rel=1e-12)


def test_variation_of_a_row_counts_by_its_flows() -> None:
    flows = np.array([[0.0, 1.0, 3.0], [2.0, 0.0, 2.0], [4.0, 8.0, 0.0]])
    # Off the diagonal, rows: mean 2, 2, 6; deviation 1, 0, 2. Columns: 3, 4.5, 2.5; 1, 3.5, 0.5.
    rows = (4 * 0.5 + 4 * 0.0 + 12 / 3) / 20
    columns = (6 / 3 + 9 * 3.5 / 4.5 + 5 * 0.2) / 20
    assert indices.aggregate_variation(flows) == pytest.approx(rows + columns, rel=1e-12)


def test_the_curve_of_rogers_and_castro_is_its_equation() -> None:
    curve = ages.rogers_castro(np.array([0.0, 18.0, 25.0, 60.0]), **ages.FAMILIES["standard"])
    for age, rate in zip((0, 18, 25, 60), curve, strict=True):
        past = age - 20.0
        working = math.exp(-0.10 * past - math.exp(-0.40 * past))
        assert rate == pytest.approx(0.02 * math.exp(-0.10 * age) + 0.06 * working + 0.003)


def test_indices_of_a_curve_are_ratios_of_its_parameters() -> None:
    told = {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.2, "mu2": 20.0, "lambda2": 0.4}
    of = ages.rogers_castro_indices(**told)
    assert of.to_dict() == pytest.approx(
        {
            "peaking": 20.0, "child_dependency": 1 / 3, "labour_dependency": 3.0,
            "labour_asymmetry": 2.0, "regularity": 0.5,
        }
    )  # fmt: skip


def test_what_areas_gain_is_what_came_less_what_left() -> None:
    flows = np.array([[0.0, 1.0, 3.0], [2.0, 0.0, 2.0], [4.0, 8.0, 0.0]])
    assert indices._net(flows).tolist() == [2.0, 5.0, -7.0]
    # 2 + 5 + 7 over the 20 who came and the 20 who left.
    assert indices.effectiveness(flows) == pytest.approx(14.0 / 40.0)


def test_net_migration_by_age_of_an_area_is_what_came_less_what_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names, groups = ["A", "B", "C"], [0, 5]
    flows = np.array([[0.0, 50.0, 20.0], [40.0, 0.0, 30.0], [25.0, 35.0, 0.0]])
    known = np.array([[2.0, -7.0], [10.0, 5.0], [-12.0, 2.0]])  # its sums: -5, 15, -10
    ends = {"method": ["m"], "sex": ["female", "male"], "origin": names, "destination": names}
    each = xr.DataArray(np.array([[flows, flows]]), ends, list(ends))
    residuals = xr.DataArray(known, {"area": names, "age": groups}, ["area", "age"])
    monkeypatch.setattr(flow_ages, "observe", lambda *_, **__: None)
    monkeypatch.setattr(flow_ages, "spread", lambda *_, **__: each)
    monkeypatch.setattr(flow_ages, "known", lambda method: method)
    monkeypatch.setattr(flow_ages, "cohort_residuals", lambda *_: residuals)
    rows, shifts = flow_ages.by_age("2010-2015", "m")
    shifts = shifts.set_index(["area", "sex"])
    gained = dict(zip(names, flows.sum(axis=0) - flows.sum(axis=1), strict=True))
    for (area, _), row in shifts.iterrows():
        assert row["net"] == pytest.approx(gained[area], abs=1e-6)
        assert row["cohorts"] == known[names.index(area)].sum()
        assert row["missed"] < 1e-6
    assert rows.groupby(["origin", "destination"])["flow"].sum()["A", "B"] == pytest.approx(100.0)


# --- rules -------------------------------------------------------------------------------------


def test_capital_comes_back_as_far_as_it_works_elsewhere() -> None:
    world = small_world(5, (), areas=3)
    capital = np.array([[4.0, 2.0, 1.0]])
    rules = world.rules.with_(capital=capital, capital_retained=np.ones((1, 3)))
    first = rules.areas[0]
    for back, enough in ((0.74, True), (0.76, False)):  # of 4, where 3 work elsewhere
        lever = build("capital_flight", {"lost": -back, "areas": first})
        if enough:
            after, _ = lever.apply(rules)
            np.testing.assert_allclose(after.capital_retained, [[1.0 + back, 1.0, 1.0]])
            continue
        with pytest.raises(InputError, match="more would come back than works"):
            lever.apply(rules)


def test_ability_in_one_draw_is_enough_to_refuse_a_nest_of_statuses() -> None:
    world = small_world(6, ("status_nest",), areas=3, statuses=2)
    two = replace(world.structure, ability=np.array([0.0, 0.2]))
    with pytest.raises(InputError, match="cannot go with own_family or status_nest"):
        prepare._makings(two, world.state, None, world.rules, np.ones(0), np.ones(0), None)


def test_a_number_for_each_draw_is_refused_where_one_is_wanted() -> None:
    assert RemittanceCost(cost_share=np.array(0.01)).cost_share == 0.01
    with pytest.raises(InputError, match="cost_share"):
        RemittanceCost(cost_share=np.array([0.01, 0.02]))
    with pytest.raises(InputError, match="cost_share"):
        build("remittance_cost", {"cost_share": np.array([0.01, 0.02])})
