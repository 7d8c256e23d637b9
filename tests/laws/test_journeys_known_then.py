"""Forecasts of camps: what was known on the day of origin, and laws of the shares ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.ensemble import streams
from corridors.journeys import departures, learning
from corridors.journeys.calibration import LEVELS, Past, relative_errors, summarised
from corridors.journeys.departures import Known, known_at
from corridors.journeys.learning import Ahead
from corridors.readers.journeys_folder import JourneyFile
from corridors.readers.situation import Closure, Counts, Place, Plan, Road, Situation
from corridors.study.journey_inputs import from_file
from corridors.study.journey_run import answer

FIRST, DAYS, ORIGIN = date(2020, 1, 1), 60, 24
PLACES = (
    Place("Source", "A", "conflict", "p:1", population=9_000.0, conflict_day=0),
    Place("Town", "A", "town", "p:2", population=500.0),
    Place("East", "B", "camp", "p:3", capacity=4_000.0),
    Place("West", "B", "camp", "p:4", capacity=1_500.0),
    Place("Late", "B", "camp", "p:5", capacity=9_000.0),
)
ROADS = tuple(
    Road(start, end, kilometres, "r")
    for start, end, kilometres in (
        ("Source", "Town", 90.0),
        ("Source", "East", 200.0),
        ("Town", "West", 120.0),
        ("Town", "Late", 150.0),
    )
)


def series(*rows: tuple[int, float]) -> tuple[tuple[date, float], ...]:
    return tuple((FIRST + timedelta(days=day), float(persons)) for day, persons in rows)


SITUATION = Situation(
    "made-up",
    FIRST,
    DAYS,
    PLACES,
    ROADS,
    closures=(Closure("link", ("Town", "West"), 5, 40, "c:1", recorded=True),),
    intensity={"Source": (1.0,) * DAYS, "Town": (0.0,) * 30 + (1.0,) * 30},
    counts=(
        Counts("East", (series((0, 0), (10, 400), (20, 900), (40, 2_500)),), "l:1"),
        Counts("West", (series((2, 100), (22, 700), (50, 600)),), "l:2"),
        Counts("Late", (series((0, 0), (30, 50), (55, 1_200)),), "l:3"),
    ),
    corrections=(("West", FIRST + timedelta(days=50), "k:1"),),
)


def forecast_of(situation: Situation):
    prepared = from_file(JourneyFile("", "", situation), "default")
    done = answer(prepared, draws=3, origin=ORIGIN, known_totals=False, past=True)
    return done.forecast


@st.composite
def rewritten(draw) -> Situation:
    """The same situation until the origin, and anything at all after it."""
    whole = st.integers(0, 50_000)
    counts = []
    for of_place in SITUATION.counts:
        rows = [row for row in of_place.series[0] if row[0] < FIRST + timedelta(days=ORIGIN)]
        later = draw(st.dictionaries(st.integers(ORIGIN, 70), whole, max_size=4))
        rows += series(*sorted(later.items()))
        counts.append(replace(of_place, series=(tuple(rows),)))
    level = draw(st.floats(0, 1))
    return replace(
        SITUATION,
        counts=tuple(counts),
        corrections=(("East", FIRST + timedelta(days=draw(st.integers(ORIGIN, 70))), "k:9"),),
        intensity={
            place: (*values[:ORIGIN], *[level] * (DAYS - ORIGIN))
            for place, values in SITUATION.intensity.items()
        },
        closures=(
            replace(SITUATION.closures[0], last=draw(st.integers(ORIGIN, 60))),
            Closure(
                "location", ("East", ""), draw(st.integers(ORIGIN, 59)), None, "c", recorded=True
            ),
        ),
    )


@settings(max_examples=25, deadline=None)
@given(rewritten())
def test_rewriting_every_row_after_the_origin_leaves_what_was_known(other) -> None:
    before, after = (departures.published_by(of, ORIGIN) for of in (SITUATION, other))
    assert before == after


@settings(max_examples=4, deadline=None)
@given(rewritten())
def test_rewriting_every_row_after_the_origin_leaves_the_forecast(other) -> None:
    first, second = forecast_of(SITUATION), forecast_of(other)
    assert np.array_equal(first.median, second.median)
    assert np.array_equal(first.draws, second.draws)


def test_tripling_every_undated_capacity_leaves_the_forecast() -> None:
    places = tuple(
        replace(place, capacity=None if place.capacity is None else 3.0 * place.capacity)
        for place in SITUATION.places
    )
    first, second = forecast_of(SITUATION), forecast_of(replace(SITUATION, places=places))
    assert np.array_equal(first.draws, second.draws)


def test_a_camp_nobody_was_counted_at_gets_nobody_until_a_plan_opens_it() -> None:
    late = forecast_of(SITUATION).median[:, 2]
    assert late.max() == 0
    plan = Plan("Late", ORIGIN + 6, "opening", "plans.csv:2", persons=300.0)
    told = forecast_of(replace(SITUATION, plans=(plan,))).median[:, 2]
    assert told[:6].max() == 0
    assert told[7:].min() > 0
    assert told.max() <= 300.0 + 1e-6


def test_a_camp_that_closes_is_empty_from_that_day_and_nobody_is_lost() -> None:
    plan = Plan("West", ORIGIN + 10, "closure", "plans.csv:2")
    plain, told = (forecast_of(replace(SITUATION, plans=of)) for of in ((), (plan,)))
    assert told.median[10:, 1].max() == 0
    assert (told.median[:10, 1] > 0).all()
    assert np.allclose(told.median.sum(axis=1), plain.median.sum(axis=1), rtol=1e-3)


def test_people_who_are_relocated_are_somewhere_else_from_that_day() -> None:
    plan = Plan("East", ORIGIN + 10, "relocation", "plans.csv:2", persons=400.0, to="West")
    plain, told = (forecast_of(replace(SITUATION, plans=of)) for of in ((), (plan,)))
    moved = told.median - plain.median
    assert np.allclose(moved[10:, 1], 400, atol=60)
    assert np.allclose(moved[10:].sum(axis=1), 0, atol=2)


def test_before_the_first_count_nobody_is_known_to_be_there() -> None:
    counts = known_at(departures.published_by(SITUATION, ORIGIN), ORIGIN)
    assert counts.persons[0].tolist() == [0, 0, 0]
    assert counts.level.tolist() == [900, 700, 0]
    assert counts.last.tolist() == [20, 22, 0]


# --- shares ahead ----------------------------------------------------------------------------


@st.composite
def outlooks(draw) -> tuple[Known, Ahead]:
    """Anything that can be known of a few camps, and told of the days ahead."""
    camps, before, days = (
        draw(st.integers(1, 4)),
        draw(st.integers(2, 40)),
        draw(st.integers(1, 80)),
    )
    dice = np.random.default_rng(draw(st.integers(0, 999)))
    persons = np.cumsum(dice.integers(0, 60, (before, camps)), axis=0).astype(float)
    room = np.full((days, camps), np.inf)
    for camp in range(camps):
        if dice.random() < 0.4:
            room[dice.integers(days) :, camp] = dice.choice([0.0, 500.0, 4_000.0])
    arrivals = np.cumsum(dice.integers(0, 90, days)).astype(float)
    network = np.cumsum(dice.integers(0, 40, (days + 1, camps)), axis=0).astype(float)
    ahead = Ahead(
        total=persons[-1].sum() + arrivals,
        arrivals=arrivals,
        counted=bool(dice.random() < 0.5),
        network=network,
        weight=np.full(days, dice.random()),
        room=room,
        moved=np.zeros((days, camps)),
    )
    last = dice.integers(-1, before, camps).astype(float)
    return Known(persons, last, dice.random(camps) < 0.5), ahead


@settings(max_examples=150, deadline=None)
@given(outlooks())
def test_shares_ahead_add_up_to_the_total_and_keep_to_the_room_that_is_left(case) -> None:
    counts, ahead = case
    persons = learning.forecast(counts, ahead)
    assert np.allclose(persons.sum(axis=1), ahead.total, rtol=1e-6, atol=1.0)
    assert persons.min() >= 0
    spare = ahead.room.sum(axis=1) >= ahead.total
    over = np.maximum(persons - ahead.room, 0.0).sum(axis=1)
    assert over[spare].max(initial=0.0) <= 1.0


@settings(max_examples=50, deadline=None)
@given(outlooks(), st.floats(0.5, 20))
def test_as_many_times_the_people_are_as_many_times_the_forecast(case, factor) -> None:
    counts, ahead = case
    more = replace(
        ahead,
        total=ahead.total * factor,
        arrivals=ahead.arrivals * factor,
        network=ahead.network * factor,
        room=ahead.room * factor,
    )
    times = learning.forecast(replace(counts, persons=counts.persons * factor), more)
    assert np.allclose(times, learning.forecast(counts, ahead) * factor, rtol=1e-5, atol=2 * factor)


@settings(max_examples=60, deadline=None)
@given(outlooks())
def test_baselines_keep_last_counts_and_the_total(case) -> None:
    counts, ahead = case
    by_name = learning.baselines(counts, replace(ahead, counted=True))
    assert np.array_equal(by_name["held"], np.tile(counts.level, (len(ahead.total), 1)))
    for name in ("last_shares", "recent_split"):
        assert np.allclose(by_name[name].sum(axis=1), ahead.total)
    last = counts.level.sum()
    if last > 0:
        assert np.allclose(by_name["last_shares"] / ahead.total[:, None], counts.level / last)


def test_baselines_without_counts_of_later_days_by_hand() -> None:
    persons = np.array([[100.0 + 10 * day, 50.0] for day in range(41)])
    counts = Known(persons, np.array([40.0, 40.0]), np.zeros(2, dtype=bool))
    ahead = Ahead(
        np.zeros(2), np.zeros(2), False, np.zeros((3, 2)), np.zeros(2),
        np.full((2, 2), np.inf), np.zeros((2, 2)),
    )  # fmt: skip
    recent = learning.baselines(counts, ahead)["recent_split"]
    came = 10 * np.cumsum(0.5 ** ((np.arange(2) + 0.5) / 90))
    assert np.allclose(recent[:, 0], 500 + came)
    assert np.allclose(recent[:, 1], 50)


def test_a_camp_that_stops_filling_is_not_filled_further() -> None:
    """Whoever is told an inflow that has stopped does not go on forecasting it."""
    persons = np.array([[100.0 * min(day, 20)] for day in range(60)])
    counts = Known(persons, np.array([59.0]), np.zeros(1, dtype=bool))
    assert learning.arrivals_ahead(counts, 50).max() == 0


# --- spread ----------------------------------------------------------------------------------


def test_errors_come_back_as_the_intervals_of_another_forecast() -> None:
    dice = np.random.default_rng(1)
    forecast = np.full((400, 3), 1_000.0)
    counted = forecast * np.exp(dice.normal(0, 0.3, forecast.shape))
    rows = summarised([forecast], [counted], [200], [np.zeros(3)])
    past = Past({"one": {"weights": [[0.0] * 9] * 3, "errors": rows}})
    drawn = past.draws(forecast, 400, streams(1), origin=200, age=np.zeros(3), together=False)
    assert np.allclose(np.median(drawn, axis=1), forecast, rtol=0.002)
    lower, upper = np.quantile(drawn, [0.1, 0.9], axis=1)
    inside = ((counted >= lower) & (counted <= upper))[8:].mean()
    assert 0.85 < inside < 0.96  # 80 % of the pool, widened because another conflict is another
    assert len(rows[0]) == len(LEVELS)
    assert relative_errors(forecast, forecast).max() == 0


def test_without_other_conflicts_nothing_is_learnt() -> None:
    past = Past.of({"known": {"mali": {"weights": [[1.0]], "errors": [[0.0]]}}}, "known", "mali")
    assert past.weight(20).tolist() == [0.0] * 20
    about = {"origin": 200, "age": np.zeros(2), "together": True}
    assert np.ptp(past.draws(np.ones((4, 2)), 5, streams(1), **about)) == 0


@pytest.mark.parametrize("kind", ["known", "forecast", "known_told", "forecast_told"])
def test_intervals_never_grow_narrower_with_the_days_ahead(kind) -> None:
    from corridors.study.journey_inputs import reference

    past = Past.of(reference("journey_errors"), kind, without="")
    about = {"origin": 200, "age": np.array([0.0, 30.0]), "together": True}
    width = np.ptp(past.draws(np.full((500, 2), 900.0), 50, streams(1), **about), axis=1)
    assert (np.diff(width, axis=0) >= -1e-6).all()
    assert width[-1, 0] > width[1, 0] > 0


@pytest.mark.parametrize("kind", ["known", "forecast", "known_told", "forecast_told"])
def test_an_old_count_is_less_sure_than_a_fresh_one(kind) -> None:
    from corridors.study.journey_inputs import reference

    past = Past.of(reference("journey_errors"), kind, without="")
    about = {"origin": 200, "age": np.array([0.0, 30.0]), "together": True}
    drawn = past.draws(np.full((60, 2), 900.0), 50, streams(1), **about)
    width = np.ptp(drawn, axis=1)
    assert width[0, 0] == 0 < width[0, 1]
    assert np.allclose(width[:30, 1], width[30:, 0])
