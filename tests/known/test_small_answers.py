"""Small answers worked out by hand or from the raw table, for lines that only large runs pass."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from corridors.data import store
from corridors.equilibrium import prepare
from corridors.errors import Infeasible, InputError
from corridors.flows import indices
from corridors.forecast import models, shipped
from corridors.journeys import random
from corridors.money import remittances
from corridors.people import displaced
from corridors.projection.rates import step
from corridors.rules import build
from corridors.study import journey_scores
from laws.small_worlds import small_world
from laws.test_projection import small

Array = np.ndarray


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
    assert build("remittance_cost", {"cost_share": np.array(0.01)}).cost_share == 0.01
    with pytest.raises(InputError, match="cost_share"):
        build("remittance_cost", {"cost_share": np.array([0.01, 0.02])})
