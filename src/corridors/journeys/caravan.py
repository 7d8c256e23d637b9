"""Caravans: a group that decides together, grows and shrinks, and sleeps somewhere every night.

A caravan goes from stop to stop. It leaves a stop after its nights there, waits at a border that is
shut, and covers each leg at the pace of how it travels (on foot, by rides, by buses). Every night

    people join, as reported; some register (ask for asylum and stay), some return;

every travel day some leave the group for good and some fall behind; who has fallen behind catches
up where the group rests two nights or more. Groups that part take branches, and people arrive at
the end over several days, into shelters that open and close. Every size and rate is a range; a draw
takes one value of each, so that intervals carry what the reports leave open.

Letters: t day, k stop, x shelter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridors.journeys.random import binomial
from corridors.labels import Array, Mask, Streams, Whole

__all__ = [
    "Branch",
    "Caravan",
    "Join",
    "March",
    "Range",
    "Shelter",
    "Stop",
    "march",
    "reported_match",
]


@dataclass(frozen=True)
class Range:
    """A figure between two ends; a draw takes a value between them, all alike likely."""

    lower: float
    upper: float

    def draw(self, number: int, key: str, streams: Streams) -> Array:
        """Values (draw,), even between both ends of the range, in its unit.

        The range carries its source.
        """
        return self.lower + (self.upper - self.lower) * streams(key).random(number)


@dataclass(frozen=True)
class Stop:
    """A place the caravan sleeps at, and the leg that leads to it.

    Parameters
    ----------
    kilometres, how : of the leg from the stop before
    nights : how many it stays
    crossing : whether the leg crosses a border that may be shut
    travel_days : of the leg, where they are known; None = from the pace
    """

    place: str
    kilometres: float
    how: str
    nights: int
    crossing: bool = False
    travel_days: int | None = None


@dataclass(frozen=True)
class Join:
    """Persons who join at a place on the given night there, the first being 0."""

    place: str
    night: int
    persons: Range


@dataclass(frozen=True)
class Branch:
    """Those who go by another place before the last stop.

    Parameters
    ----------
    place : where they go
    share : of those who set out for the last stop
    nights : how long they stay there
    settle : share of them who stay for good
    """

    place: str
    share: Range
    nights: Range
    settle: Range


@dataclass(frozen=True)
class Shelter:
    """A shelter of the last stop, on the days it is open (`until` exclusive; None = for good)."""

    place: str
    capacity: Range
    opens: int
    until: int | None = None

    def is_open(self, day: int) -> bool:
        """Whether it takes people in on a day."""
        return self.opens <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Caravan:
    """A caravan, its way and its rates.

    Parameters
    ----------
    pace : how -> km a day
    register : place -> share of the group that registers there a night
    returns : share that returns, a night abroad
    leave, lag : share that leaves for good, or falls behind, a travel day
    catch_up : share of those behind who catch up, a night of rest
    cross_anyway : share of a waiting group that crosses a shut border a day
    spread : days over which people arrive at the last stop
    move_out : share that leaves the last stop a day
    transfer : share of an old shelter's people taken a day to a new one with room
    gone_when_moved : share of those asked to move to another shelter who go elsewhere instead
    """

    name: str
    start: int
    stops: tuple[Stop, ...]
    joins: tuple[Join, ...]
    pace: Mapping[str, Range]
    register: Mapping[str, Range]
    returns: Range
    leave: Range
    lag: Range
    catch_up: Range
    cross_anyway: Range
    spread: Range
    move_out: Range
    transfer: Range
    gone_when_moved: Range
    branch: Branch | None = None
    shelters: tuple[Shelter, ...] = ()


@dataclass(frozen=True)
class March:
    """Where the caravan was.

    Parameters
    ----------
    places : the stops but the last, the branch, then the shelters and `outside` of the last stop
    people : (t, draw, place) persons in the evening
    size : (t, draw) persons travelling together
    behind : (t, draw) persons who have fallen behind
    registered, returned, left : (t, draw) so far; `left` includes who moved out at the end
    joined : (t, draw) so far
    arrive : (draw, k) day of arrival at each stop
    """

    places: tuple[str, ...]
    people: Whole
    size: Whole
    behind: Whole
    registered: Whole
    returned: Whole
    left: Whole
    joined: Whole
    arrive: Whole

    def total(self) -> Whole:
        """Everybody who has joined, by what became of them; equals `joined`."""
        gone = self.registered + self.returned + self.left
        return self.people.sum(axis=2) + self.behind + gone


@dataclass
class _Marchers:
    """The caravan in one night, all draws side by side; persons (draw,).

    `ahead` have crossed a shut border and wait at the next stop.
    """

    size: Whole
    behind: Whole
    registered: Whole
    returned: Whole
    left: Whole
    joined: Whole
    ahead: Whole

    @classmethod
    def nobody(cls, draws: int) -> _Marchers:
        return cls(*(np.zeros(draws, dtype=np.int64) for _ in range(7)))


@dataclass(frozen=True)
class _Luck:
    """Values of every range, and uniforms by what they decide."""

    caravan: Caravan
    draws: int
    streams: Streams

    def value(self, figure: Range, key: str) -> Array:
        return figure.draw(self.draws, f"caravan {self.caravan.name} {key}", self.streams)

    def whole(self, figure: Range, key: str) -> Whole:
        return np.rint(self.value(figure, key)).astype(np.int64)

    def some(self, persons: Whole, share: Array, key: str) -> Whole:
        """How many of `persons` do what each does with probability `share`."""
        uniforms = self.streams(f"caravan {self.caravan.name} {key}").random(self.draws)
        return binomial(persons, np.clip(share, 0.0, 1.0), uniforms)


def march(
    caravan: Caravan,
    days: int,
    *,
    draws: int,
    streams: Streams,
    shut: Sequence[tuple[int, int]] = (),
) -> March:
    """The way of a caravan, night by night, by the rules at the head of the module.

    Parameters
    ----------
    caravan : Caravan
        Stops, legs in km, and ranges of sizes and rates from its sources.
    days, draws : int
    streams : function from a key to a random generator
    shut : pairs of days
        From when to before when the crossing is shut.

    Returns
    -------
    March
        Persons by day and draw: (t, draw, k) at stops, (t, draw) who registered, returned, left,
        ...
    """
    luck = _Luck(caravan, draws, streams)
    arrive, depart = schedule(luck, shut)
    last = len(caravan.stops) - 1
    shape = (days, draws)
    group = _Marchers.nobody(draws)
    walked = _empty(caravan, shape, arrive)
    logs = ("size", "behind", "registered", "returned", "left", "joined")
    for k, stop in enumerate(caravan.stops[:last]):
        if k:
            _travel(luck, group, stop, arrive[:, k] - depart[:, k - 1] + 1)
            group.size, group.ahead = group.size + group.ahead, group.ahead * 0
        for night in range(int((depart[:, k] - arrive[:, k]).max())):
            here = arrive[:, k] + night < depart[:, k]
            _night(luck, group, stop, night, here)
            if night >= stop.nights:
                _cross_anyway(luck, group, stop, night, here)
            day = np.minimum(arrive[:, k] + night, days - 1)
            seen = here & (arrive[:, k] + night < days)
            rows = seen.nonzero()[0]
            walked.people[day[rows], rows, k] = group.size[rows]
            walked.people[day[rows], rows, k + 1] = group.ahead[rows]
            for name in logs:
                getattr(walked, name)[day[rows], rows] = getattr(group, name)[rows]
    _carry(walked, logs)
    _arrivals(luck, group, walked, arrive[:, last])
    return walked


def schedule(luck: _Luck, shut: Sequence[tuple[int, int]] = ()) -> tuple[Whole, Whole]:
    """Days of arrival at and departure from each stop; (draw, k)."""
    arrive = np.zeros((luck.draws, len(luck.caravan.stops)), dtype=np.int64)
    depart = np.zeros_like(arrive)
    for k, stop in enumerate(luck.caravan.stops):
        if k:
            travel = _travel_days(luck, stop)
            leave = depart[:, k - 1]
            if stop.crossing:
                for first, last in shut:
                    leave = np.where((leave >= first) & (leave < last), last, leave)
                depart[:, k - 1] = leave
            arrive[:, k] = leave + travel - 1
        else:
            arrive[:, 0] = luck.caravan.start
        depart[:, k] = arrive[:, k] + stop.nights
    return arrive, depart


def _travel_days(luck: _Luck, stop: Stop) -> Whole:
    """Days of the leg to a stop; one is a leg done between morning and evening."""
    if stop.travel_days is not None:
        return np.full(luck.draws, stop.travel_days, dtype=np.int64)
    pace = luck.value(luck.caravan.pace[stop.how], f"pace of leg {stop.place}")
    return np.maximum(np.ceil(stop.kilometres / pace), 1).astype(np.int64)


def _empty(caravan: Caravan, shape: tuple[int, int], arrive: Whole) -> March:
    on_the_way = [stop.place for stop in caravan.stops[:-1]]
    branch = [caravan.branch.place] if caravan.branch else []
    shelters = [shelter.place for shelter in caravan.shelters]
    places = (*on_the_way, *branch, *shelters, f"{caravan.stops[-1].place}, outside")
    logs = [np.full(shape, -1, dtype=np.int64) for _ in range(6)]
    size, behind, registered, returned, left, joined = logs
    people = np.zeros((*shape, len(places)), dtype=np.int64)
    return March(places, people, size, behind, registered, returned, left, joined, arrive)


def _travel(luck: _Luck, group: _Marchers, stop: Stop, travel_days: Whole) -> None:
    """A leg: some leave for good, some fall behind."""
    for name in ("leave", "lag"):
        daily = luck.value(getattr(luck.caravan, name), name)
        share = 1.0 - (1.0 - daily) ** np.maximum(travel_days, 1)
        gone = luck.some(group.size, share, f"{name} on leg {stop.place}")
        group.size -= gone
        if name == "leave":
            group.left += gone
        else:
            group.behind += gone


def _night(luck: _Luck, group: _Marchers, stop: Stop, night: int, here: Mask) -> None:
    """A night at a stop, in the draws where the group is there."""
    place = stop.place
    for join in luck.caravan.joins:
        if (join.place, join.night) == (place, night):
            persons = luck.whole(join.persons, f"join {place} {night}")
            group.size += persons * here
            group.joined += persons * here
    if place in luck.caravan.register:
        share = luck.value(luck.caravan.register[place], f"register {place}") * here
        staying = luck.some(group.size, share, f"register {place} {night}")
        group.size -= staying
        group.registered += staying
    share = luck.value(luck.caravan.returns, "returns") * here * (stop is not luck.caravan.stops[0])
    going = luck.some(group.size, share, f"return {place} {night}")
    group.size -= going
    group.returned += going
    if night > 0:
        share = luck.value(luck.caravan.catch_up, "catch up") * here
        back = luck.some(group.behind, share, f"catch up {place} {night}")
        group.behind -= back
        group.size += back


def _cross_anyway(luck: _Luck, group: _Marchers, stop: Stop, night: int, here: Mask) -> None:
    """At a shut border some cross by another way, and wait for the others on the far side."""
    share = luck.value(luck.caravan.cross_anyway, "cross anyway") * here
    over = luck.some(group.size, share, f"cross anyway {stop.place} {night}")
    group.size -= over
    group.ahead += over


def _carry(walked: March, logs: Sequence[str]) -> None:
    """Days on the road between two stops carry the numbers of the evening before."""
    for name in logs:
        rows = getattr(walked, name)
        rows[0] = np.maximum(rows[0], 0)
        for day in range(1, len(rows)):
            rows[day] = np.where(rows[day] < 0, rows[day - 1], rows[day])
    asleep = walked.people.sum(axis=2)
    on_leg = (walked.size > 0) & (asleep == 0)
    # A night between two stops is spent at the last one passed.
    for day in range(1, len(asleep)):
        rows = on_leg[day].nonzero()[0]
        before = walked.people[day - 1, rows]
        share = np.where(before > 0, walked.size[day, rows, None], 0)
        walked.people[day, rows] = share


# --- the last stop ---------------------------------------------------------------------------


def _arrivals(luck: _Luck, group: _Marchers, walked: March, arrive: Whole) -> None:
    """People arrive over several days, part of them by the branch, and are sheltered."""
    days, draws = walked.size.shape
    over = np.ceil(luck.value(luck.caravan.spread, "spread")).astype(np.int64)
    direct = group.size.copy()
    coming = np.zeros((days, draws), dtype=np.int64)
    stops = len(luck.caravan.stops) - 1
    if luck.caravan.branch is not None:
        branch = luck.caravan.branch
        by_way = luck.some(direct, luck.value(branch.share, "branch"), "branch")
        direct = direct - by_way
        there = _spread_out(by_way, arrive, over, days)
        nights = luck.whole(branch.nights, "branch nights")
        settled = luck.some(by_way, luck.value(branch.settle, "settle"), "settle")
        onward = _spread_out(by_way - settled, arrive + nights, over, days)
        walked.people[:, :, stops] = there.cumsum(axis=0) - onward.cumsum(axis=0)
        coming += onward
    coming += _spread_out(direct, arrive, over, days)
    came = coming.cumsum(axis=0)
    coming += _later(luck, walked, arrive, days)
    first = np.arange(days)[:, None] >= arrive
    inside = walked.people[:, :, stops] if luck.caravan.branch is not None else 0
    on_the_way = np.maximum(np.where(first, group.size - came - inside, 0), 0)
    held, outside, gone = sheltered(luck, coming)
    walked.people[:, :, -1 - len(luck.caravan.shelters) : -1] = held
    walked.people[:, :, -1] = outside
    walked.people[:, :, :stops] = np.where(first[:, :, None], 0, walked.people[:, :, :stops])
    # Who has not come yet is still at the last stop before.
    walked.people[:, :, stops - 1] += on_the_way
    walked.size[:] = np.where(first, on_the_way, walked.size)
    walked.left[:] = np.where(first, walked.left + gone, walked.left)


def _later(luck: _Luck, walked: March, arrive: Whole, days: int) -> Whole:
    """Groups that come to the last stop by themselves, so many days after the first arrival."""
    coming = np.zeros_like(walked.size)
    place = luck.caravan.stops[-1].place
    for join in luck.caravan.joins:
        if join.place == place:
            key = f"join {place} {join.night}"
            persons = luck.whole(join.persons, key)
            rows = (arrive + join.night < days).nonzero()[0]
            coming[(arrive + join.night)[rows], rows] += persons[rows]
    walked.joined[:] += coming.cumsum(axis=0)
    return coming


def _spread_out(persons: Whole, first: Whole, over: Whole, days: int) -> Whole:
    """Persons of each draw, evenly over `over` days from day `first`; (t, draw), whole."""
    passed = np.arange(days)[:, None] - first + 1
    share = np.clip(passed / over, 0.0, 1.0)
    so_far = np.floor(persons * share + 1e-9).astype(np.int64)
    return so_far - np.concatenate([np.zeros_like(so_far[:1]), so_far[:-1]])


def sheltered(luck: _Luck, coming: Whole) -> tuple[Whole, Whole, Whole]:
    """Persons in each shelter and outside them, day by day, and how many have moved out.

    Parameters
    ----------
    coming : (t, draw) arrivals

    Returns
    -------
    held : (t, draw, x); outside : (t, draw); gone : (t, draw) so far
    """
    days, draws = coming.shape
    shelters = luck.caravan.shelters
    rooms = [luck.whole(shelter.capacity, f"capacity {shelter.place}") for shelter in shelters]
    capacity = np.array(rooms, dtype=np.int64).reshape(len(shelters), draws)
    moving = luck.value(luck.caravan.move_out, "move out")
    transfer = luck.value(luck.caravan.transfer, "transfer")
    closing = luck.value(luck.caravan.gone_when_moved, "moved")
    held = np.zeros((days, draws, len(shelters)), dtype=np.int64)
    outside, gone = np.zeros((days, draws), dtype=np.int64), np.zeros((days, draws), dtype=np.int64)
    inside, out = np.zeros((len(shelters), draws), dtype=np.int64), np.zeros(draws, dtype=np.int64)
    for day in range(days):
        open_ = [shelter.is_open(day) for shelter in shelters]
        out, leaving = out + coming[day], np.zeros(draws, dtype=np.int64)
        for x, shelter in enumerate(shelters):
            if shelter.until == day:  # those who camp around it are sent away with the others
                everybody, inside[x] = inside[x] + out, 0
                gone_now = luck.some(everybody, closing, f"closure {shelter.place}")
                out, leaving = everybody - gone_now, leaving + gone_now
            if x and open_[x] and open_[x - 1]:
                room = np.maximum(capacity[x] - inside[x], 0)
                for name, people in (("inside", inside[x - 1]), ("outside", out)):
                    asked = np.minimum((people * transfer).astype(np.int64), room)
                    gone_now = luck.some(asked, closing, f"transfer {day} {name} {shelter.place}")
                    people -= asked
                    inside[x] += asked - gone_now
                    room = room - asked + gone_now
                    leaving = leaving + gone_now
            elif open_[x]:
                enter = np.minimum(out, np.maximum(capacity[x] - inside[x], 0))
                inside[x] += enter
                out = out - enter
        some = luck.some(out, moving, f"move out {day} outside")
        out, leaving = out - some, leaving + some
        for x in range(len(shelters)):
            some = luck.some(inside[x], moving, f"move out {day} {shelters[x].place}")
            inside[x] -= some
            leaving = leaving + some
        held[day], outside[day] = inside.T, out
        gone[day] = leaving + (gone[day - 1] if day else 0)
    return held, outside, gone


def reported_match(walked: March, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each reported size beside the simulated one: median, 80 per cent interval, whether they meet.

    Parameters
    ----------
    walked : March
        Persons (t, draw, place).
    rows : mappings with day, places (names whose people are added), lower, upper
        Persons, each with the report it is from.

    Returns
    -------
    list of dict
        The rows, and `simulated`, `simulated_lower_80`, `simulated_upper_80` in persons.
    """
    matched = []
    for row in rows:
        at = [walked.places.index(place) for place in row["places"]]
        persons = walked.people[row["day"]][:, at].sum(axis=1)
        lower, middle, upper = np.quantile(persons, [0.1, 0.5, 0.9])
        meets = lower <= row["upper"] and upper >= row["lower"]
        matched.append(
            {
                **row,
                "simulated": float(middle),
                "simulated_lower_80": float(lower),
                "simulated_upper_80": float(upper),
                "meets": bool(meets),
                "median_inside": bool(row["lower"] <= middle <= row["upper"]),
            }
        )
    return matched
