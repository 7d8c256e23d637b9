"""Forecasts with a known answer: rules by hand, coefficients found again, intervals that hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from corridors.forecast import features, intervals, models, net, reconcile
from corridors.forecast import table as forecast_table
from corridors.forecast.data import Panel, Yearly, from_frame


def pairs(values: dict[tuple[str, str], list[float]], times: list[int]) -> pd.DataFrame:
    rows = [
        (origin, destination, time, value)
        for (origin, destination), series in values.items()
        for time, value in zip(times, series, strict=True)
    ]
    return pd.DataFrame(rows, columns=["origin", "destination", "time", "value"])


def walks(areas: int, times: int, spread: float, seed: int) -> pd.DataFrame:
    """Pairs that wander: each step a normal move of the logarithm."""
    generator = np.random.default_rng(seed)
    names = [f"area {number}" for number in range(areas)]
    made = {
        (origin, destination): list(
            np.exp(7 + generator.normal() + np.cumsum(generator.normal(0, spread, times)))
        )
        for origin in names
        for destination in names
        if origin != destination
    }
    return pairs(made, list(range(times)))


def origin_of(frame: pd.DataFrame, kind: str, time: int, horizon: int) -> features.Origin:
    return features.Origin.of(from_frame(frame, kind, time)[0], time, horizon)


def test_a_change_is_damped_at_every_lag() -> None:
    assert models.damped(1) == 0.5
    assert models.damped(2) == 0.75
    assert models.damped(0.8) == pytest.approx(1 - 0.5**0.8)
    assert models.damped(3, 1.0) == 3


def test_rules_by_hand() -> None:
    frame = pairs({("A", "B"): [100, 120], ("C", "B"): [50, 30]}, [2000, 2005])
    origin = origin_of(frame, "stocks", 2005, 5)
    rules = models.rules(origin)
    place = int(np.flatnonzero(origin.last == 120)[0])
    assert rules["persistence"][place] == 120
    assert rules["damped"][place] == 130
    assert rules["destination"][place] == 120  # B as a whole stands still
    unit = origin.scale / 50
    grown = (120 / unit + 1) * np.sqrt((120 / unit + 1) / (100 / unit + 1)) - 1
    assert rules["damped_log"][place] == pytest.approx(unit * grown)


def test_a_boom_is_clipped_in_logarithms() -> None:
    origin = origin_of(pairs({("A", "B"): [10, 1000]}, [0, 1]), "stocks", 1, 1)
    assert models.rules(origin)["damped_log"][0] < 1000 * np.exp(0.15) * 1.01


def test_an_empty_stock_stays_empty() -> None:
    frame = pairs({("A", "B"): [10, 0], ("C", "B"): [50, 60]}, [0, 1])
    found = forecast_table(frame, kind="stocks", known_until=1, horizons=[2])
    assert found["median"][0] == 0.0
    assert found["upper_95"][0] >= 0.0


def test_momentum_slows_growth_where_net_migration_turned() -> None:
    frame = pairs({("A", "B"): [100, 200], ("B", "A"): [100, 200]}, [2005, 2010])
    years = range(2006, 2011)
    areas = pd.DataFrame(
        [(name, year, 1e6, sign * (1e5 if year < 2009 else 0.0))
         for name, sign in (("A", -1), ("B", 1)) for year in years],
        columns=["area", "time", "population", "net_migration"],
    )  # fmt: skip
    panel = from_frame(frame, "stocks", 2010, None, areas)[0]
    runs = features.momentum(features.Origin.of(panel, 2010, 5))
    into = runs[np.array(panel.labels, object)[panel.destination] == "B"][0]
    expected = (0.0 + 0.002e6) / (3e5 + 0.002e6)
    assert into == pytest.approx(expected**2)
    assert runs.max() == 1.0  # A loses people: what goes there is left as it is


def test_least_absolute_finds_coefficients_behind_outliers() -> None:
    generator = np.random.default_rng(1)
    given = generator.normal(size=(400, 3))
    target = given @ np.array([0.5, -0.2, 0.1])
    target[:40] += 50.0
    found = net.least_absolute(given, target, np.ones(400))
    assert found == pytest.approx([0.5, -0.2, 0.1], abs=1e-3)


def test_the_autoregression_returns_to_the_areas_own_mean() -> None:
    generator = np.random.default_rng(2)
    means = generator.normal(0, 1.0, 60)
    rates = np.empty((60, 40))
    rates[:, 0] = means
    for step in range(1, 40):
        noise = generator.normal(0, 0.2, 60)
        rates[:, step] = means + 0.6 * (rates[:, step - 1] - means) + noise
    drawn = net.autoregression(rates, 400, np.random.default_rng(3))
    expected = means + 0.6 * (rates[:, -1] - means)
    assert np.abs(np.median(drawn, axis=1) - expected).mean() < 0.08
    inside = np.quantile(drawn, (0.1, 0.9), axis=1)
    came = expected + np.random.default_rng(4).normal(0, 0.2, 60)
    assert 0.65 < ((came > inside[0]) & (came < inside[1])).mean() < 0.93


@pytest.mark.slow
def test_intervals_of_wandering_pairs_hold_what_they_say() -> None:
    frame = walks(12, 7, 0.25, 5)
    known, later = frame[frame["time"] < 6], frame[frame["time"] == 6]
    found = forecast_table(known, kind="flows", known_until=5, horizons=[6])
    both = found.merge(later, on=["origin", "destination", "time"])
    for level, low, high in ((80, 0.7, 0.92), (95, 0.9, 1.0)):
        inside = both["value"].between(both[f"lower_{level}"], both[f"upper_{level}"])
        assert low < inside.mean() < high
    error = (both["median"] - both["value"]).abs().sum()
    last = known[known["time"] == 5].merge(later, on=["origin", "destination"])
    assert error < 1.05 * (last["value_x"] - last["value_y"]).abs().sum()


def test_weights_go_to_the_expert_that_was_right() -> None:
    truth, last = np.array([10.0, 20.0, 30.0]), np.array([5.0, 30.0, 20.0])
    settings = models.Recipe({"persistence": 1, "good": 1, "bad": 1}, pull=0.01)
    made = {"persistence": last, "good": truth, "bad": 3 * truth}
    found = models.weights(settings, [(made, last, truth)])
    assert found["good"] > 0.9
    assert sum(found.values()) == pytest.approx(1.0)


def test_means_add_up_to_the_total_of_the_world() -> None:
    panel = from_frame(walks(8, 6, 0.2, 6), "flows", 5)[0]
    forecast = models.Replay(panel).forecast(5, 1)
    world = reconcile.world(forecast)
    areas = reconcile.by_area(forecast, "destination")
    assert areas.forecast.sum() == pytest.approx(intervals.mean(forecast).sum())
    assert world.forecast[0] == pytest.approx(areas.forecast.sum())
    for ends in (world.ends, areas.ends):
        assert (ends["lower_95"] <= ends["lower_80"]).all()
        assert (ends["upper_80"] <= ends["upper_95"]).all()


def test_net_migration_of_the_world_can_be_closed() -> None:
    samples = np.random.default_rng(7).normal(
        [[5.0], [1.0], [-2.0]], [[3.0], [1.0], [1.0]], (3, 999)
    )
    closed = reconcile.balanced(net.NetForecast(samples, np.zeros(3)))
    assert np.median(closed, axis=1).sum() == pytest.approx(0.0, abs=1e-9)
    moved = np.median(samples, axis=1) - np.median(closed, axis=1)
    assert moved[0] > moved[1] > 0


def test_between_two_known_times_a_stock_is_in_proportion() -> None:
    yearly = Yearly(np.array([2000, 2010]), np.array([[0.0, 10.0]]))
    assert yearly.at(2005)[0] == 5.0
    assert np.isnan(yearly.at(1999)[0])


def test_the_total_of_flows_is_of_as_many_times() -> None:
    frame = pairs({("A", "B"): [10.0] * 9, ("B", "A"): [20.0] * 9}, list(range(9)))
    found = forecast_table(frame, kind="flows", known_until=8, horizons=[11], total=True)
    assert found["median"].tolist() == pytest.approx([30.0, 60.0])


def test_a_panel_cut_at_a_time_holds_nothing_later() -> None:
    panel = from_frame(walks(4, 6, 0.1, 8), "stocks", 5)[0]
    beside = replace(panel, area={"population": Yearly(np.arange(9), np.ones((4, 9)))})
    cut: Panel = beside.until(3)
    assert cut.series.times.max() == 3
    assert cut.area["population"].times.max() == 3
