"""Journeys against what is known: the reference simulator's recorded runs, hand-worked cases.

The conflicts lie in ../shared; `benchmarks/journeys.py --scores` measures the same with ten draws.
"""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from corridors.ensemble import streams
from corridors.journeys import learning, mortality_risk, reception, score
from corridors.readers import journeys_folder
from corridors.study import caravans, journey_forecast, journey_scores
from corridors.study.journey_inputs import prepare, reference
from corridors.study.journey_run import answer

#: Conflict -> (recorded run, draws that keep the quick set quick, the range of Flee's own seeds).
RECORDED = {
    "mali": ("camps_hasten10.csv", 3, (0.31, 0.325)),
    "burundi": ("camps_hasten10.csv", 2, (0.54, 0.555)),
    "syria": ("camps_hasten250.csv", 1, (0.269, 0.287)),
}


@pytest.mark.shared
@pytest.mark.parametrize("conflict", RECORDED)
def test_the_rules_flee_reproduce_the_reference_simulator(shared: Path, conflict: str) -> None:
    folder = shared / "reference" / "journeys" / "conflicts" / conflict
    file, draws, (lower, upper) = RECORDED[conflict]
    scores = journey_scores.score(folder, rules="flee", draws=draws)
    recorded = recorded_means(folder / "flee_output" / file, list(scores["camps"]))
    ours = np.array(list(scores["camps"].values())).T
    assert score.differences(ours, recorded) <= 0.03
    assert lower - 0.02 <= scores["error_rescaled"]["mean"] <= upper + 0.02


@pytest.mark.shared
@pytest.mark.parametrize("arrivals_known", [True, False])
def test_80_per_cent_hold_on_conflicts_left_out(shared: Path, arrivals_known: bool) -> None:
    """Of people-days and of camp-days, pooled and as the mean of conflicts; no network."""
    held = {}
    about = {"arrivals_known": arrivals_known, "past": True}
    for conflict in RECORDED:
        prepared = prepare(shared / "reference" / "journeys" / "conflicts" / conflict)
        nobody = np.zeros((prepared.days.days, 1, len(prepared.roads.places)))
        still = SimpleNamespace(people=nobody, waiting=nobody)
        held[conflict] = np.zeros(4)
        for share in (0.2, 0.4, 0.6):
            origin = int(share * prepared.days.days)
            before = journey_forecast.then(prepared, origin, draws=1, seed=1, **about)
            seen = journey_forecast.outlook(prepared, before, still, origin, **about)
            made = journey_forecast.forecast(
                seen, reference("journey_errors"), without=conflict, draws=100, seed=1
            )
            truth = prepared.counts.persons[origin:]
            for row in journey_scores.covered_by_band(made.draws, truth):
                keys = ("people_inside", "people", "camp_days_inside", "camp_days")
                held[conflict] += [row[key] for key in keys]
    inside, all_, camps_inside, camps = np.array(list(held.values())).T
    for share in (
        inside.sum() / all_.sum(),
        (inside / all_).mean(),
        camps_inside.sum() / camps.sum(),
        (camps_inside / camps).mean(),
    ):
        assert 0.72 <= share <= 0.90


def recorded_means(file: Path, camps: list[str]) -> np.ndarray:
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    days = max(int(row["day"]) for row in rows) + 1
    means = np.full((days, len(camps)), np.nan)
    for row in rows:
        means[int(row["day"]), camps.index(row["camp"])] = float(row["sim_mean"])
    assert np.isfinite(means).all()
    return means


@pytest.mark.shared
def test_fitted_default_rules_beat_the_reference_on_days_not_fitted_to(shared: Path) -> None:
    folder = shared / "reference" / "journeys" / "conflicts" / "mali"
    prepared = prepare(folder)
    origin, counts, luck = 60, prepared.counts, streams(1)
    about = {"origin": origin, "streams": luck}
    inputs = (prepared.roads, prepared.days, prepared.behaviour, counts)
    fitted = learning.learn(*inputs, prepared.declared, tried=12, **about)
    done = learning.onward(*inputs, fitted, draws=4, **about)
    ours = score.errors(done.people[origin:, :, prepared.camps], counts.persons[origin:])
    flee = recorded_means(folder / "flee_output" / "camps_hasten1.csv", list(counts.camps))
    theirs = score.errors(flee[origin:, None, :], counts.persons[origin:])
    for kind in ("normal", "rescaled"):
        assert ours[kind].mean() < theirs[kind][0]


@pytest.mark.shared
def test_flee_folders_say_what_is_wrong_with_them(shared: Path) -> None:
    folder = shared / "reference" / "journeys" / "conflicts" / "burundi"
    said = " ".join(map(str, prepare(folder, "flee").warnings))
    assert "'Isale' names no place" in said
    assert "seals all 7 roads of Bujumbura from day 0 until day 91" in said
    assert "the redirection has no effect" in said
    placed = prepare(folder, "flee")
    assert placed.days.open[:91, placed.roads.start == placed.roads.at("Bujumbura")].sum() == 0


# --- measures worked by hand -----------------------------------------------------------------


def test_errors_of_two_camps_by_hand() -> None:
    counts = np.array([[10.0, 30.0], [20.0, 20.0]])
    said = np.array([[[20.0, 20.0]], [[40.0, 40.0]]])
    errors = score.errors(said, counts)
    assert errors["normal"][0] == pytest.approx((20 / 40 + 40 / 40) / 2)
    assert errors["rescaled"][0] == pytest.approx((20 / 40 + 0.0) / 2)
    assert errors["sane"][0] == pytest.approx(60 / 80)


def test_a_perfect_forecast_has_no_error_and_a_scaled_one_no_rescaled_error() -> None:
    counts = np.random.default_rng(1).integers(1, 900, (30, 4)).astype(float)
    assert score.errors(counts[:, None, :], counts)["normal"][0] == 0
    assert score.errors(3.0 * counts[:, None, :], counts)["rescaled"][0] == pytest.approx(0)
    assert score.crps(counts[None], counts) == 0


def test_naive_forecasts_and_mase_by_hand() -> None:
    counts = np.array([[0.0], [10.0], [20.0], [40.0], [60.0]])
    assert score.naive(counts, 2, "held")[3:, 0].tolist() == [20, 20]
    assert score.naive(counts, 2, "sloped")[3:, 0].tolist() == [30, 40]
    assert score.naive(counts, 2, "share")[3:, 0].tolist() == [40, 60]
    said = np.array([[0.0], [10.0], [20.0], [35.0], [55.0]])[:, None, :]
    assert score.mase(said, counts, 2, "held") == pytest.approx(5.0 / 30.0)
    assert np.isnan(score.mase(said, counts, 2, "share"))


def test_crps_of_two_draws_by_hand() -> None:
    # mean |x - y| - mean |x - x'| / 2 with x in {0, 4}, y = 1: (1 + 3) / 2 - (0 + 4 + 4 + 0) / 8
    assert score.crps(np.array([[0.0], [4.0]]), np.array([1.0])) == pytest.approx(1.0)


def test_shortfall_by_hand() -> None:
    demand = np.array([[[50.0]] * 4, [[90.0], [110.0], [120.0], [80.0]]])
    capacity = np.array([[100.0], [100.0]])
    by_day = reception.shortfall_by_day(demand, capacity)
    assert by_day["probability"][:, 0].tolist() == [0.0, 0.5]
    assert by_day["missing"][1, 0] == pytest.approx((10 + 20) / 4)
    row = reception.shortfall(demand, capacity, ["camp"], ["day 0", "day 1"]).iloc[0]
    assert (row["probability"], row["first_day"], row["lead_days"]) == (0.5, "day 1", 1)
    assert row["extra_places"] == np.ceil(np.quantile([0, 10, 20, 0], 0.9))


def test_a_risk_is_deaths_over_all_who_tried_and_falls_with_the_group() -> None:
    dangers = reference("dangers")
    about = dangers["routes"]["central_mediterranean"]
    dead, crossed = sum(about["deaths"]), sum(about["crossings"])
    alone = mortality_risk.mean_risk(dangers, "central_mediterranean")
    assert alone == pytest.approx(dead / (dead + crossed))
    # The elasticity lies between 0 and 0.2: 100 people together, a factor of 100^-0.1.
    assert mortality_risk.mean_risk(dangers, "central_mediterranean", 100.0) == pytest.approx(
        alone * 100**-0.1
    )
    many = np.full(4000, 10_000.0)
    route = "central_mediterranean"
    mean, lower, upper = mortality_risk.deaths(dangers, many, route, streams(1))
    assert mean == pytest.approx(10_000 * alone, rel=0.05)
    assert lower < mean < upper
    fewer = mortality_risk.deaths(dangers, many, route, streams(1), group=100.0)
    assert fewer[0] < 0.75 * mean


def test_needs_are_persons_times_the_standard() -> None:
    persons = np.full((1, 3, 1), 400.0)
    rows = reception.needs(persons, ["camp"], ["day"], reference("needs")).set_index("need")
    assert rows.loc["water", "amount"] == 6000
    assert rows.loc["toilets", "amount"] == 20
    assert (rows["lower_80"] == rows["amount"]).all()


def test_arrival_days_by_hand() -> None:
    arrived = np.zeros((5, 2, 1))
    arrived[1, :, 0], arrived[3, :, 0] = 10, 90
    row = reception.arrivals(arrived, ["camp"], list("abcde")).iloc[0]
    assert (row["first_arrival"], row["half_arrived"], row["probability"]) == ("b", "d", 1.0)


# --- the caravan of 2018 ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def caravan() -> journeys_folder.JourneyFile:
    return journeys_folder.read("caravan-2018")


def test_the_caravan_meets_what_was_reported(caravan) -> None:
    walked = caravans.walk(caravan, draws=400, seed=1)
    assert np.array_equal(walked.total(), walked.joined)
    rows = caravans.reported(caravan, walked)
    assert rows["meets"].sum() >= 22
    # The two counts of 22 and 23 October at Huixtla exclude each other.
    missed = rows[~rows["meets"]]
    assert set(missed["places"]) <= {"Huixtla", "Tijuana_El_Barretal"}


def test_a_border_shut_for_a_week_delays_the_shortfall(caravan) -> None:
    shut, barretal = caravan.what_ifs
    base = caravans.walk(caravan, draws=200, seed=1)
    later = caravans.walk(caravan, draws=200, seed=1, change=shut)
    at = base.places.index("Tapachula")
    week = later.people[:, :, at].argmax(axis=0) - base.people[:, :, at].argmax(axis=0)
    assert (week == 6).all()  # it left on the 20th and could leave on the 26th
    assert np.array_equal(later.total(), later.joined)
    before = base.people[:, :, -1].sum(axis=0)
    assert (later.people[:, :, -1].sum(axis=0) < before).all()
    sooner = caravans.walk(caravan, draws=200, seed=1, change=barretal)
    assert (sooner.people[:, :, -1].sum(axis=0) < before).mean() > 0.95
    assert np.array_equal(sooner.people[:30], base.people[:30])


def test_every_figure_of_the_caravan_has_a_source_that_is_listed(caravan) -> None:
    import re

    folder = journeys_folder.shipped()["caravan-2018"].parent
    with (folder / "sources.csv").open() as lines:
        listed = {row["id"] for row in csv.DictReader(lines)}
    named = set()
    for file in ("journeys.toml", "stops.csv", "joins.csv", "reported.csv"):
        named |= set(re.findall(r"\bS\d\d\b", (folder / file).read_text()))
    assert named <= listed
    for figure in caravan.caravan.figures:
        assert figure.source
        assert figure.kind in ("reported", "modelled", "assumed")


# --- nobody commutes across the border they fled ---------------------------------------------


def pacaraima(folder: Path) -> Path:
    """550 a day flee over a border where shelters are full, shut for eleven weeks."""
    (folder / "journeys.toml").write_text(
        'title = "Pacaraima"\nfirst_day = 2019-01-01\ndays = 150\nplaces = "places.csv"\n'
        'roads = "roads.csv"\ndepartures = "departures.csv"\n[[close]]\n'
        'border = ["Venezuela", "Brazil"]\nfrom = 2019-02-21\nuntil = 2019-05-10\n'
    )
    (folder / "places.csv").write_text(
        "place,country,kind,latitude,longitude,population_persons,capacity_persons\n"
        "Caroni,Venezuela,conflict,8.3,-62.7,700000,\nSanta Elena,Venezuela,town,4.6,-61.1,,\n"
        "Pacaraima,Brazil,town,4.48,-61.15,,\nAbrigo,Brazil,camp,4.47,-61.15,,1000\n"
        "Boa Vista,Brazil,camp,2.8,-60.7,,6000\n"
    )
    (folder / "roads.csv").write_text(
        "from,to,kilometres,one_way,persons_per_day\nCaroni,Santa Elena,600,,\n"
        "Santa Elena,Pacaraima,15,,\nSanta Elena,Pacaraima,40,yes,300\nPacaraima,Abrigo,2,,\n"
        "Pacaraima,Boa Vista,215,,\n"
    )
    days = "".join(f"Caroni,{day},550\n" for day in range(150))
    (folder / "departures.csv").write_text("place,day,persons\n" + days)
    return folder


@pytest.mark.shared
def test_the_reviewer_s_pacaraima_sends_nobody_home(shared: Path) -> None:
    prepared = prepare(shared / "reference/review/cases/journeys/pacaraima")
    journeys = answer(prepared, draws=4).journeys
    roads = prepared.roads
    abroad = np.array(roads.countries) != "Venezuela"
    outside = (journeys.people + journeys.waiting)[:, :, abroad].sum(axis=2).mean(axis=1)
    back = journeys.used[:, abroad[roads.start] & ~abroad[roads.end]].sum(axis=1)
    assert (back <= 0.002 * np.maximum(outside, 1.0)).all()
    arriving = journeys.used[:, ~abroad[roads.start] & abroad[roads.end]].sum(axis=1) > 0
    assert arriving.sum() > 60  # the border is shut for eleven weeks of the 150 days
    assert (np.diff(outside)[arriving[1:]] >= 0).all()


@pytest.mark.slow
def test_nobody_commutes_across_the_border_they_fled(tmp_path) -> None:
    prepared = prepare(pacaraima(tmp_path))
    journeys = answer(prepared, draws=6).journeys
    abroad = np.array(prepared.roads.countries) == "Brazil"
    roads = prepared.roads
    back = abroad[roads.start] & ~abroad[roads.end]
    outside = (journeys.people + journeys.waiting)[:, :, abroad].sum(axis=2)
    assert journeys.used[:, back].sum() == 0
    arriving = journeys.used[:, ~abroad[roads.start] & abroad[roads.end]].sum(axis=1) > 0
    assert arriving.sum() > 60
    assert (np.diff(outside.mean(axis=1))[arriving[1:]] >= 0).all()
    assert outside[-1].min() > 70_000


def test_by_the_rules_of_flee_people_walk_home_as_they_do_there(tmp_path) -> None:
    prepared = prepare(pacaraima(tmp_path), "flee")
    journeys = answer(prepared, draws=2).journeys
    abroad = np.array(prepared.roads.countries) == "Brazil"
    back = abroad[prepared.roads.start] & ~abroad[prepared.roads.end]
    assert journeys.used[-1, back].sum() > 5_000


def test_those_outside_a_full_shelter_stay_near(tmp_path) -> None:
    prepared = prepare(pacaraima(tmp_path))
    waiting = answer(prepared, draws=4).journeys.waiting.mean(axis=1)
    gate = prepared.roads.at("Abrigo")
    full = waiting[:, gate] > 200
    assert full.any()
    fall = np.diff(waiting[:, gate])[full[:-1]] / waiting[:-1, gate][full[:-1]]
    assert fall.min() > -0.1
