"""Random networks and situations on them, small enough to run by the dozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import strategies as st

from corridors.ensemble import streams
from corridors.journeys import departures, network
from corridors.journeys.choices import Behaviour, behaviour
from corridors.journeys.counts import Journeys
from corridors.journeys.network import Network, Timetable
from corridors.journeys.step import run
from corridors.parameters import declared
from corridors.readers.situation import Closure, Counts, Place, Road, Situation
from corridors.study.journey_inputs import reference

FIRST_DAY = date(2020, 1, 1)
KINDS = ("conflict", "town", "camp", "hub", "marker", "idp_camp")


@st.composite
def situations(draw: st.DrawFn, most: int = 7) -> Situation:
    """Places of all kinds, some roads, closures, and registrations that rise and fall."""
    number = draw(st.integers(2, most))
    days = draw(st.integers(4, 14))
    kinds = [
        "conflict",
        *draw(st.lists(st.sampled_from(KINDS), min_size=number - 1, max_size=number - 1)),
    ]
    places = tuple(_place(draw, at, kind) for at, kind in enumerate(kinds))
    pairs = [(i, j) for i in range(number) for j in range(i)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)))
    roads = tuple(_road(draw, i, j) for i, j in chosen)
    camps = [place.name for place in places if place.kind in ("camp", "idp_camp")]
    counts = tuple(_counts(draw, name) for name in camps)
    closures = tuple(_closure(draw, road, days) for road in roads if draw(st.booleans()))
    intensity = {place.name: (1.0,) * days for place in places if place.kind == "conflict"}
    return Situation(
        "random", FIRST_DAY, days, places, roads, closures, intensity=intensity, counts=counts
    )


def _place(draw: st.DrawFn, at: int, kind: str) -> Place:
    capacity = draw(st.none() | st.integers(0, 400)) if kind in ("camp", "idp_camp") else None
    population = 1000.0 * draw(st.integers(0, 5)) + (kind == "conflict")
    country = draw(st.sampled_from(["A", "B"]))
    return Place(
        f"place {at}", country, kind, f"line {at}", population=population, capacity=capacity
    )


def _road(draw: st.DrawFn, i: int, j: int) -> Road:
    kilometres = draw(st.sampled_from([7.0, 40.0, 90.0, 180.0, 359.9, 360.0, 500.0, 1200.0]))
    one_way = draw(st.booleans())
    walking = draw(st.sampled_from([None, 0.3, 1.0]))
    return Road(f"place {i}", f"place {j}", kilometres, "line", one_way, walking=walking)


def _counts(draw: st.DrawFn, name: str) -> Counts:
    persons = draw(st.lists(st.integers(0, 600), min_size=2, max_size=4))
    series = tuple((date(2020, 1, 1 + 4 * at), float(count)) for at, count in enumerate(persons))
    return Counts(name, (series,), "line")


def _closure(draw: st.DrawFn, road: Road, days: int) -> Closure:
    first = draw(st.integers(0, days))
    last = draw(st.none() | st.integers(first, days))
    kind = draw(st.sampled_from(["link", "location", "country"]))
    names = ("A", "B") if kind == "country" else (road.start, road.end)
    return Closure(kind, names, first, last, "line", one_way=draw(st.booleans()))


def placed(
    situation: Situation, rules: str, **changes: object
) -> tuple[Network, Timetable, Behaviour]:
    """A situation as arrays."""
    acts = behaviour(declared("journeys"), rules)[0].with_(**changes)
    roads, _ = network.network(situation, reference("dangers"), literal=acts.literal)
    days, _ = network.timetable(situation, roads, literal=acts.literal)
    counts, _ = departures.registered(situation)
    return roads, departures.with_departures(situation, roads, days, counts), acts


def journeys(
    situation: Situation,
    rules: str = "default",
    *,
    draws: int = 3,
    seed: int = 1,
    **changes: object,
) -> Journeys:
    """Drawn journeys; expected ones where `draws` is 0."""
    roads, days, acts = placed(situation, rules, **changes)
    return run(roads, days, acts, streams=streams(seed) if draws else None, draws=max(draws, 1))


def line(
    *,
    persons: float = 1000.0,
    days: int = 12,
    capacity: float | None = None,
    kilometres: float = 100.0,
) -> Situation:
    """A town in conflict, a town, a camp, in a line; everybody registered arrives in the camp."""
    places = (
        Place("source", "A", "conflict", "1", population=5000.0),
        Place("between", "A", "town", "2"),
        Place("camp", "B", "camp", "3", capacity=capacity),
    )
    roads = (
        Road("source", "between", kilometres, "1"),
        Road("between", "camp", kilometres, "2"),
    )
    rising = ((FIRST_DAY, 0.0), (date(2020, 1, 3), persons))
    counts = (Counts("camp", (rising,), "line"),)
    intensity = {"source": (1.0,) * days}
    return Situation("line", FIRST_DAY, days, places, roads, intensity=intensity, counts=counts)


def permuted(situation: Situation, order: list[int]) -> Situation:
    """The same situation with its places listed in another order, the first one kept first."""
    places = [situation.places[0], *(situation.places[at] for at in order if at)]
    return replace(situation, places=tuple(places))


def by_place(counts: Journeys, situation: Situation) -> dict[str, np.ndarray]:
    """People at each place, by name."""
    return {place.name: counts.people[:, :, at] for at, place in enumerate(situation.places)}
