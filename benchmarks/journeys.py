"""Journeys: how fast, against people one by one, and how well against what was registered.

    python benchmarks/journeys.py [--draws 1000] [--shared ../shared]
    python benchmarks/journeys.py --scores [--draws 10] [CONFLICT ...]

The first prints seconds of processor time for one run and for many draws of Mali 2012 (300 days,
90,000 people), the cost from 10^4 to 10^7 people, and the ratio to the best plain alternative:
whole NumPy arrays with one entry a person, the same rules, in the same session. Processor time,
because a waiting neighbour does not lengthen it; a neighbour on the same core does.

The second prints, for each conflict: the distance from Flee's recorded runs with `--rules flee`;
and from 20, 40 and 60 % of the days, nothing known after them, the errors of the default rules
beside persistence and Flee, with the people-days and camp-days inside their intervals.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from corridors.ensemble import streams
from corridors.journeys import random, score
from corridors.journeys.choices import attraction, origins, pull, room
from corridors.journeys.counts import Journeys
from corridors.journeys.routes import routes
from corridors.journeys.step import run
from corridors.study import journey_inputs, journey_scores
from corridors.study.journey_inputs import Prepared

ROOT = Path(__file__).resolve().parents[1]
RECORDED = {
    "mali": "camps_hasten10.csv",
    "burundi": "camps_hasten10.csv",
    "syria": "camps_hasten250.csv",
}
#: Shares of the days forecasts are scored from, and what stands in their table.
ORIGINS = (0.2, 0.4, 0.6)
NAMES = ("ours", "last_shares", "recent_split", "flee")
#: Issue "Journeys": one run, and a thousand draws, in seconds on an idle core.
ONE, THOUSAND = 0.5, 60.0


def main() -> int:
    """Print the tables; returns 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--draws", type=int)
    parser.add_argument("--scores", action="store_true")
    parser.add_argument("conflicts", nargs="*", default=list(RECORDED))
    asked = parser.parse_args()
    folder = asked.shared / "reference" / "journeys" / "conflicts"
    if not folder.is_dir():
        print(f"needs the conflicts in {folder}", file=sys.stderr)
        return 2
    if asked.scores:
        for name in asked.conflicts:
            print_scores(folder / name, asked.draws or 10)
        return 0
    return print_speed(folder / "mali", asked.draws or 1000)


# --- speed -----------------------------------------------------------------------------------


def print_speed(folder: Path, draws: int) -> int:
    """Seconds of one run and of many draws, cost by population, ratio to people one by one."""
    prepared = journey_inputs.prepare(folder, "flee")
    arrays_only = min(seconds(lambda: drawn(prepared, 1)) for _ in range(7))
    cohorts = drawn(prepared, 1)
    drawn(prepared, 16)  # loads the compiled code
    many = seconds(lambda: drawn(prepared, draws))
    days = person_days(cohorts)
    print(
        f"one run, arrays only: {arrays_only:.2f} s ({days / arrays_only:.2e} person-days a second)"
    )
    single = min(seconds(lambda: drawn(prepared, 1)) for _ in range(7))
    print(f"one run, compiled: {single:.2f} s of {ONE} ({days / single:.2e} person-days a second)")
    print(f"{draws} draws: {many:.1f} s; a thousand: {1000 * many / draws:.1f} s of {THOUSAND:.0f}")
    with patch.object(random.Sharing, "of", return_value=random.Sharing()):
        arrays = seconds(lambda: drawn(prepared, 64))
    print(f"64 draws, arrays only: {arrays / 64 / (many / draws):.1f} times as long a draw")
    for people in (1e4, 1e5, 1e6, 1e7):
        scaled = multiplied(prepared, people / 90_000)
        spent = min(seconds(partial(drawn, scaled, 1)) for _ in range(3))
        print(f"{people:8.0e} people: {spent:.2f} s, {spent / single:.2f} of the run above")
    alternative = min(seconds(lambda: one_by_one(prepared, 1)) for _ in range(2))
    apart = score.differences(
        one_by_one(prepared, 1), cohorts.people[:, 0, prepared.camps].astype(float)
    )
    print(
        f"people one by one in NumPy: {alternative:.1f} s, ratio {alternative / single:.1f}", end=""
    )
    print(f" (camps differ by {100 * apart:.1f} % of their people)")
    alternative = seconds(lambda: one_by_one(multiplied(prepared, 1e6 / 90_000), 1))
    spent = seconds(lambda: drawn(multiplied(prepared, 1e6 / 90_000), 1))
    print(f"the same with 10^6 people: {alternative:.0f} s, ratio {alternative / spent:.0f}")
    return 0 if single <= ONE and 1000 * many / draws <= THOUSAND else 1


def drawn(prepared: Prepared, draws: int) -> Journeys:
    return run(prepared.roads, prepared.days, prepared.behaviour, streams=streams(1), draws=draws)


def seconds(task: Callable[[], Any]) -> float:
    before = time.process_time()
    task()
    return time.process_time() - before


def person_days(done: Journeys) -> float:
    return float(done.total().sum())


def multiplied(prepared: Prepared, factor: float) -> Prepared:
    """The same situation with more or fewer people and places in camps."""
    days = prepared.days
    assert days.departures is not None
    scaled = replace(
        days,
        departures=np.rint(days.departures * factor),
        present=np.rint(days.present * factor),
        capacity=days.capacity * factor,
    )
    return replace(prepared, days=scaled)


def one_by_one(prepared: Prepared, seed: int) -> NDArray[np.float64]:
    """The rules `flee` with one array entry a person; persons in camps, (t, camp)."""
    roads, days, acts = prepared.roads, prepared.days, prepared.behaviour
    ways = routes(roads, acts.awareness)
    drawn_to = pull(roads, days, acts, acts.groups[0])
    start = origins(roads, days, acts)
    luck = np.random.default_rng(seed)
    place = np.repeat(np.arange(len(roads.places)), days.present.astype(int))
    link = np.full(place.size, -1)
    done = np.zeros(place.size)
    camps = np.zeros((days.days, len(prepared.camps)))
    assert days.departures is not None
    for day in range(days.days):
        new = int(days.departures[day, 0])
        if new and start[day].sum() > 0:
            chosen = luck.choice(len(roads.places), new, p=start[day] / start[day].sum())
            place, link = np.append(place, chosen), np.append(link, np.full(new, -1))
            done = np.append(done, np.zeros(new))
        there = np.bincount(place[link < 0], minlength=len(roads.places)).astype(float)
        left = room(there[None], days.capacity[day] - days.present, acts)[0]
        weight = attraction(drawn_to.score[day], ways, acts)[0] * left[ways.goal]
        weight = np.where(days.open[day, ways.links[:, 0]], weight, 0.0)
        leave = drawn_to.leave[day, 0]
        _set_off(luck, ways, weight, leave, left, place, link, done, np.flatnonzero(link < 0))
        today = np.zeros(place.size)
        moving = np.flatnonzero(link >= 0)
        while moving.size:
            length = roads.kilometres[link[moving]]
            done[moving] += acts.km_per_day
            arrives = done[moving] > length
            came = moving[arrives]
            today[came] += length[arrives] - (done[came] - acts.km_per_day)
            place[came], link[came] = roads.end[link[came]], -1
            again = came[today[came] < acts.km_per_day]
            _set_off(luck, ways, weight, leave, left, place, link, done, again)
            moving = again[link[again] >= 0]
        camps[day] = np.bincount(place[link < 0], minlength=len(roads.places))[prepared.camps]
    return camps


def _set_off(
    luck: np.random.Generator,
    ways: Any,
    weight: NDArray[np.float64],
    leave: NDArray[np.float64],
    left: NDArray[np.float64],
    place: NDArray[np.int64],
    link: NDArray[np.int64],
    done: NDArray[np.float64],
    people: NDArray[np.int64],
) -> None:
    """Let people at rest decide: whether to leave, and by which link."""
    people = people[luck.random(people.size) < leave[place[people]]]
    begin, end = ways.offset[place[people]], ways.offset[place[people] + 1]
    running = np.concatenate([[0.0], np.cumsum(weight)])
    total = running[end] - running[begin]
    people, begin, total = people[total > 0], begin[total > 0], total[total > 0]
    at = running[begin] + luck.random(people.size) * total
    route = np.searchsorted(running, at, side="right") - 1
    goes = left[ways.goal[route]] >= 0.5
    link[people[goes]] = ways.links[route[goes], 0]
    done[people[goes]] = 0.0


# --- scores ----------------------------------------------------------------------------------


def print_scores(folder: Path, draws: int) -> None:
    """What the issue asks of one conflict."""
    literal = journey_scores.score(folder, rules="flee", draws=draws)
    camps = list(literal["camps"])
    recorded = recorded_means(folder / "flee_output" / RECORDED[folder.name], camps)
    ours = np.array(list(literal["camps"].values())).T
    apart = score.differences(ours, recorded)
    print(
        f"{folder.name}, rules flee, {draws} draws: {100 * apart:.2f} % from Flee's means; ", end=""
    )
    errors = literal["error_rescaled"]
    print(
        f"error_rescaled {errors['mean']:.3f}, error_normal {literal['error_normal']['mean']:.3f}"
    )
    for arrivals in journey_scores.ARRIVALS:
        for origin in ORIGINS:
            scored = journey_scores.score(
                folder, draws=max(draws, 12), origin=origin, arrivals=arrivals
            )
            print(f"  arrivals {arrivals}, from {scored['scored_from']} on")
            for row in scored["by_horizon"]:
                errors = ", ".join(f"{name} {row[name]:.3f}" for name in NAMES)
                print(f"    days {row['first_day']}-{row['last_day']}: {errors}")
            for weighing, inside in scored["coverage"].items():
                shares = ", ".join(f"{level} %: {share:.2f}" for level, share in inside.items())
                print(f"    {weighing} inside {shares}")


def recorded_means(file: Path, camps: list[str]) -> NDArray[np.float64]:
    """Flee's mean persons by day and camp."""
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    means = np.zeros((1 + max(int(row["day"]) for row in rows), len(camps)))
    for row in rows:
        means[int(row["day"]), camps.index(row["camp"])] = float(row["sim_mean"])
    return means


if __name__ == "__main__":
    sys.exit(main())
