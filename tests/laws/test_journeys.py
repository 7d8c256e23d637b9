"""Laws of journeys: nobody lost or made, nothing from nothing, names do not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.ensemble import streams
from corridors.journeys import step
from corridors.journeys.choices import PopulationGroup
from corridors.readers.situation import (
    Admission,
    Buses,
    Changes,
    Closure,
    Counts,
    Departure,
    Place,
    Removal,
    Road,
)
from laws.small_networks import (
    FIRST_DAY,
    by_place,
    journeys,
    line,
    permuted,
    placed,
    situations,
)

RULES = st.sampled_from(["flee", "default"])


@settings(max_examples=60)
@given(situations(), RULES, st.sampled_from([0, 2]), st.sampled_from([1, 2]))
def test_nobody_is_lost_or_made(situation, rules, draws, awareness) -> None:
    counts = journeys(situation, rules, draws=draws, awareness=awareness)
    _, days, _ = placed(situation, rules)
    began = days.present.sum() + counts.set_out.cumsum(axis=0)
    assert np.allclose(counts.total(), began, atol=1e-6)
    assert counts.people.min() >= -1e-9
    assert counts.waiting.min() >= -1e-9
    assert counts.on_road.min() >= -1e-6


@settings(max_examples=30)
@given(situations(), st.integers(0, 99))
def test_capacity_is_never_exceeded_by_the_default_rules(situation, seed) -> None:
    counts = journeys(situation, seed=seed)
    for at, place in enumerate(situation.places):
        if place.kind in ("camp", "idp_camp") and place.capacity:
            assert counts.people[:, :, at].max() <= place.capacity


@pytest.mark.slow
@settings(max_examples=25)
@given(situations(), RULES, st.data())
def test_the_order_of_places_changes_nothing(situation, rules, data) -> None:
    other = permuted(situation, data.draw(st.permutations(range(len(situation.places)))))
    orders = (situation, other)
    first, second = (by_place(journeys(order, rules), order) for order in orders)
    roads = {road.start for road in situation.roads} | {road.end for road in situation.roads}
    # Which half of the people takes which option depends on the order of the options, not of names.
    one_option = all(
        sum(name in (road.start, road.end) for road in situation.roads) <= 1 for name in roads
    )
    expected = [by_place(journeys(order, rules, draws=0), order) for order in orders]
    for place in first:
        assert np.allclose(expected[0][place], expected[1][place], atol=1e-6)
        if one_option:
            assert np.array_equal(first[place], second[place])


@settings(max_examples=25)
@given(situations(), RULES, st.integers(0, 12))
def test_closing_and_reopening_at_once_changes_nothing(situation, rules, day) -> None:
    closures = tuple(
        Closure("link", (road.start, road.end), day, day, "line") for road in situation.roads
    )
    before = journeys(situation, rules)
    after = journeys(situation.with_changes(Changes(closures=closures)), rules)
    assert np.array_equal(before.people, after.people)


@settings(max_examples=25)
@given(situations(), RULES)
def test_nobody_sets_out_means_nobody_anywhere(situation, rules) -> None:
    nothing = tuple(replace(counts, series=(((FIRST_DAY, 0.0),),)) for counts in situation.counts)
    counts = journeys(replace(situation, counts=nothing), rules)
    assert not counts.total().any()
    assert not counts.people.any()


@settings(max_examples=20)
@given(situations(), RULES)
def test_a_place_without_roads_keeps_its_people(situation, rules) -> None:
    alone = Place("alone", "A", "town", "line")
    departures = (Departure("alone", 1, 500.0, "line"),)
    lonely = replace(situation, places=(*situation.places, alone), departures=departures, counts=())
    counts = journeys(lonely, rules)
    assert (counts.people[1:, :, -1] == 500).all()
    assert (counts.total()[1:] == 500).all()


def test_one_place_alone() -> None:
    only = replace(
        line(),
        places=(Place("source", "A", "conflict", "1", population=10.0),),
        roads=(),
        counts=(),
        departures=(Departure("source", 0, 7.0, "line"),),
    )
    assert (journeys(only).people == 7).all()


@pytest.mark.parametrize("rules", ["flee", "default"])
def test_ten_million_people_stay_ten_million(rules) -> None:
    counts = journeys(line(persons=1e7), rules, draws=2)
    assert (counts.total()[2:] == 10_000_000).all()
    assert counts.people.nbytes < 10_000


@pytest.mark.parametrize("rules", ["flee", "default"])
def test_draws_scatter_around_the_expected_values(rules) -> None:
    drawn = journeys(line(days=10), rules, draws=300).people
    expected = journeys(line(days=10), rules, draws=0).people
    spread = drawn.std(axis=1) / np.sqrt(300) + 0.3
    assert (np.abs(drawn.mean(axis=1) - expected[:, 0]) <= 5.0 * spread).all()


def test_a_draw_does_not_depend_on_how_many_there_are() -> None:
    many = journeys(line(), draws=130)
    some = journeys(line(), draws=65)
    assert np.array_equal(many.people[:, :65], some.people)


def test_closing_one_border_leaves_the_luck_of_other_places_alone() -> None:
    """Two valleys without a road between them: what happens in one is not seen in the other."""
    valley = [replace(place, name=f"{place.name} 2") for place in line().places]
    roads = [replace(road, start=f"{road.start} 2", end=f"{road.end} 2") for road in line().roads]
    both = replace(
        line(),
        places=(*line().places, *valley),
        roads=(*line().roads, *roads),
        counts=(),
        departures=(Departure("source", 0, 900.0, "l"), Departure("source 2", 0, 900.0, "l")),
        intensity={"source": (1.0,) * 12, "source 2": (1.0,) * 12},
    )
    shut = Changes(closures=(Closure("link", ("between", "camp"), 2, 9, "line"),))
    before, after = journeys(both, draws=5), journeys(both.with_changes(shut), draws=5)
    assert not np.array_equal(before.people[:, :, :3], after.people[:, :, :3])
    assert np.array_equal(before.people[:, :, 3:], after.people[:, :, 3:])


# --- how far people get ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "kilometres", "day"),
    [
        ("flee", 359.0, 0),
        ("flee", 360.0, 1),  # a link of exactly a day's length takes two
        ("default", 360.0, 0),
        ("default", 361.0, 1),
        ("default", 1080.0, 2),
    ],
)
def test_days_on_a_link(rules, kilometres, day) -> None:
    there = replace(
        line(kilometres=kilometres), counts=(), departures=(Departure("source", 0, 50.0, "line"),)
    )
    arrived = journeys(there, rules).arrived[:, :, 1]
    assert arrived[:day].sum() == 0
    assert (arrived[day] == 50).all()


def test_by_the_default_rules_nobody_travels_more_than_a_day_a_day() -> None:
    """100 km and 350 km are one day to the reference simulator, two to anybody else."""
    places = (
        Place("source", "A", "conflict", "1", population=1.0),
        Place("hub", "A", "hub", "2"),
        Place("camp", "A", "camp", "3"),
    )
    roads = (
        Road("source", "hub", 100.0, "1", one_way=True),
        Road("hub", "camp", 350.0, "2", one_way=True),
    )
    far = replace(
        line(),
        places=places,
        roads=roads,
        counts=(),
        departures=(Departure("source", 0, 9.0, "l"),),
    )
    assert (journeys(far, "flee").arrived[0, :, 2] == 9).all()
    assert (journeys(far, "default").arrived[0, :, 2] == 0).all()
    assert (journeys(far, "default").arrived[1, :, 2] == 9).all()


def test_who_is_on_a_road_that_is_shut_comes_back() -> None:
    long = replace(
        line(kilometres=1000.0), counts=(), departures=(Departure("source", 0, 40.0, "line"),)
    )
    shut = Changes(closures=(Closure("link", ("source", "between"), 1, None, "line"),))
    counts = journeys(long.with_changes(shut))
    assert (counts.on_road[1] == 40).all()
    assert (counts.people[2:, :, 0] == 40).all()


def test_a_crossing_lets_through_what_it_can() -> None:
    road = replace(line().roads[1], persons_per_day=30.0)
    narrow = replace(line(), roads=(line().roads[0], road))
    counts = journeys(narrow)
    roads, _, _ = placed(narrow, "default")
    forward = roads.link_names().index("between > camp")
    assert counts.used[:, forward].max() == 30
    assert counts.held[:, forward].max() > 0


def test_a_crossing_may_rest_on_sundays() -> None:
    road = replace(line().roads[1], weekdays=(0, 1, 2, 3, 4, 5))
    counts = journeys(replace(line(), roads=(line().roads[0], road)))
    roads, days, _ = placed(line(), "default")
    sunday = [day.weekday() == 6 for day in days.dates]
    forward = roads.link_names().index("between > camp")
    assert counts.used[sunday, forward].sum() == 0
    assert counts.used[~np.array(sunday), forward].sum() > 0


def test_buses_bring_people_sooner() -> None:
    slow = replace(
        line(kilometres=700.0), counts=(), departures=(Departure("source", 0, 9.0, "l"),)
    )
    buses = Changes(buses=(Buses(("source", "between"), 0, None, 700.0, "line"),))
    assert (journeys(slow).arrived[1, :, 1] == 9).all()
    assert (journeys(slow.with_changes(buses)).arrived[0, :, 1] == 9).all()


def test_walking_days_lengthen_a_journey() -> None:
    walked = replace(line(kilometres=100.0).roads[0], walking=1.0, one_way=True)
    slow = replace(
        line(), roads=(walked,), counts=(), departures=(Departure("source", 0, 8.0, "l"),)
    )
    assert (journeys(slow).arrived[2, :, 1] == 8).all()  # 35 km a day


# --- camps -----------------------------------------------------------------------------------


def test_a_full_camp_leaves_people_at_its_gate() -> None:
    counts = journeys(line(capacity=300.0))
    assert counts.people[-1, :, 2].max() <= 300
    assert counts.waiting[:, :, 2].max() > 0


def test_a_shelter_opens_shuts_and_registers_a_few_a_day() -> None:
    steps = (
        Admission("camp", 3, 500.0, "line", per_day=20.0),
        Admission("camp", 8, 0.0, "line"),
    )
    counts = journeys(line().with_changes(Changes(admissions=steps)))
    camp = counts.people[:, :, 2]
    assert camp[:3].max() == 0
    assert np.diff(camp[2:8], axis=0).max() <= 20
    assert camp[7].min() > 0
    # Shut, it is a place like any other, from which the only road leads home: nobody goes back.
    assert (camp[-1] >= (camp + counts.waiting[:, :, 2])[7]).all()
    assert counts.waiting[8:].max() == 0


def test_redirections_send_people_on_by_the_default_rules_only() -> None:
    more = Place("beyond", "B", "camp", "4")
    road = Road("camp", "beyond", 30.0, "3", forced=2)
    there = replace(line(), places=(*line().places, more), roads=(*line().roads, road))
    forwarded, literal = journeys(there), journeys(there, "flee")
    assert forwarded.people[-1, :, 3].min() > 0.9 * 1000 * 0.8
    assert forwarded.people[-1, :, 2].max() < literal.people[-1, :, 2].min()


def test_people_settle_go_home_and_are_sent_back() -> None:
    home = Changes(removals=(Removal("camp", 6, 9, 10.0, "line"),))
    counts = journeys(line().with_changes(home), settle=0.05, go_home=0.02)
    assert counts.settled[-1].min() > 0
    assert counts.returned[-1].min() > 30
    assert (counts.total()[2:] == 1000).all()


def test_the_dead_are_counted() -> None:
    dangerous = replace(line().roads[1], deaths=0.1, one_way=True)
    counts = journeys(replace(line(), roads=(line().roads[0], dangerous)), draws=200)
    reached = counts.arrived[:, :, 2].sum(axis=0) + counts.died[-1]
    assert counts.deaths.sum() == pytest.approx(counts.died[-1].mean())
    assert counts.died[-1].sum() / reached.sum() == pytest.approx(0.1, abs=0.01)
    assert (counts.total()[2:] == 1000).all()


# --- groups and counts -----------------------------------------------------------------------


def test_groups_add_up_and_keep_their_pace() -> None:
    groups = (PopulationGroup("adults", 0.6), PopulationGroup("children", 0.4, pace=0.5))
    counts = journeys(line(kilometres=300.0), groups=groups, draws=4)
    assert np.array_equal(counts.by_group.sum(axis=2), counts.people)
    in_camp = counts.by_group[..., 2].sum(axis=(0, 1))
    assert in_camp[1] / in_camp[0] < 0.4 / 0.6
    assert (counts.total()[2:] == 1000).all()


@settings(max_examples=15)
@given(situations())
def test_groups_that_are_alike_are_one_group(situation) -> None:
    halves = (PopulationGroup("first half", 0.5), PopulationGroup("other half", 0.5))
    # Whether a camp is full to the last digit of a sum changes what people choose.
    boundless = tuple(replace(place, capacity=None) for place in situation.places)
    situation = replace(situation, places=boundless)
    with patch.object(step, "TRACE", 0.0):  # which ends the day for few people, group by group
        together = journeys(situation, draws=0)
        apart = journeys(situation, draws=0, groups=halves)
    assert np.allclose(together.people, apart.people, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["leave_town", "softening_km", "score_softening", "distance_power", "weight_power"]
)
def test_groups_take_parameters_of_each_draw(name) -> None:
    groups = (PopulationGroup("eager", 0.5), PopulationGroup("patient", 0.5, leave=0.2))
    full, value = line(capacity=100.0), getattr(placed(line(), "default")[2], name)
    same = journeys(full, groups=groups, draws=4, **{name: np.full(4, value)})
    assert np.array_equal(same.by_group, journeys(full, groups=groups, draws=4).by_group)
    other = journeys(full, groups=groups, draws=4, **{name: np.array([value, value, 0.9, 0.9])})
    assert np.array_equal(other.by_group[:, :2], same.by_group[:, :2])
    assert (other.total()[2:] == 1000).all()


@settings(max_examples=25)
@given(situations(), st.integers(1, 3), st.data())
def test_a_count_is_taken_over_and_nobody_is_lost(situation, day, data) -> None:
    roads, days, acts = placed(situation, "default")
    camps = roads.is_camp.nonzero()[0]
    if not camps.size:
        return
    counted = days.counted.copy()
    counted[day, camps] = data.draw(st.integers(0, 300))
    capacity = np.maximum(days.capacity, 300)
    counts = step.run(
        roads, replace(days, counted=counted, capacity=capacity), acts, streams=streams(1), draws=2
    )
    shelter = camps[[not days.shut[day, at] for at in camps]]
    forced = days.forced[day] & days.open[day]
    shelter = [at for at in shelter if at not in roads.start[forced]]
    assert (counts.people[day][:, shelter] == counted[day, shelter]).all()
    began = days.present.sum() + counts.set_out.cumsum(axis=0)
    assert np.array_equal(counts.total(), began)


def test_registrations_are_interpolated_cut_and_corrected() -> None:
    from corridors.journeys.departures import from_totals, registered

    series = ((FIRST_DAY, 10.0), (date(2020, 1, 5), 21.0), (date(2020, 1, 7), 42.0))
    counted = replace(
        line(),
        counts=(Counts("camp", (series,), "line"),),
        corrections=(("camp", date(2020, 1, 7), "line"),),
    )
    by_day, notes = registered(counted)
    # Everything before the 7th is doubled: 42 registered on the day after 21 were.
    assert by_day.persons[:7, 0].tolist() == [20, 25, 31, 36, 42, 42, 42]
    assert notes == []
    assert from_totals(np.array([5.0, 8.0, 6.0, 7.0, 12.0])).tolist() == [0, 3, 0, 0, 4]
