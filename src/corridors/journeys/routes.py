"""Routes people compare: every loop-free path of a few links from where they are.

Markers are geometry: they cost no step and nobody chooses them. Who has taken the first link of a
route follows the rest of it; equal rests of different routes are one `tail`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from corridors.journeys.network import Network
from corridors.labels import Array, Whole

__all__ = ["Routes", "routes"]

Path = tuple[int, ...]


@dataclass(frozen=True)
class Routes:
    """Routes r in the order of their places, and tails s.

    Parameters
    ----------
    offset : (p + 1,) first route of each place
    links : (r, step) links of a route, -1 beyond its end
    goal : (r,) place it leads to
    kilometres : (r,)
    tail : (r,) what is left after the first link; -1 = nothing
    tail_link, tail_tail, tail_goal : (s,) next link, what is left after it, place it leads to
    """

    offset: Whole
    links: Whole
    goal: Whole
    kilometres: Array
    tail: Whole
    tail_link: Whole
    tail_tail: Whole
    tail_goal: Whole

    @property
    def place(self) -> Whole:
        """(r,) where each route starts."""
        return np.repeat(np.arange(self.offset.size - 1), np.diff(self.offset))


def routes(roads: Network, awareness: int) -> Routes:
    """Every route of up to `awareness` links between places that are not markers; choices of (51).

    Parameters
    ----------
    roads : Network
        Links l with their km.
    awareness : int
        Links that people look ahead.

    Returns
    -------
    Routes
        Links (r, awareness) and kilometres (r,) of each route, grouped by the place it starts from.
    """
    onward: list[list[int]] = [[] for _ in roads.places]
    for link, place in enumerate(roads.start):
        onward[place].append(link)
    is_marker = [kind == "marker" for kind in roads.kinds]
    ends = roads.end.tolist()
    paths = [
        list(_paths(place, (), {place}, awareness, onward, ends, is_marker))
        for place in range(len(roads.places))
    ]
    return _tabulated(roads, paths)


def _paths(
    place: int,
    path: Path,
    seen: set[int],
    steps: int,
    onward: list[list[int]],
    ends: list[int],
    is_marker: list[bool],
) -> Iterator[Path]:
    if steps <= 0:
        return
    for link in onward[place]:
        end = ends[link]
        if end in seen:
            continue
        longer = (*path, link)
        left = steps if is_marker[end] else steps - 1
        if not is_marker[end]:
            yield longer
        yield from _paths(end, longer, seen | {end}, left, onward, ends, is_marker)


def _tabulated(roads: Network, paths: list[list[Path]]) -> Routes:
    listed = [path for of_place in paths for path in of_place]
    tails: dict[Path, int] = {}
    for path in listed:
        for begin in range(1, len(path)):
            tails.setdefault(path[begin:], len(tails))
    longest = max((len(path) for path in listed), default=1)
    links = np.full((len(listed), longest), -1, dtype=np.int64)
    for row, path in enumerate(listed):
        links[row, : len(path)] = path
    used = roads.kilometres[links] * (links >= 0)
    return Routes(
        offset=np.cumsum([0, *(len(of_place) for of_place in paths)]),
        links=links,
        goal=_whole([int(roads.end[path[-1]]) for path in listed]),
        kilometres=used.sum(axis=1),
        tail=_whole([tails.get(path[1:], -1) for path in listed]),
        tail_link=_whole([path[0] for path in tails]),
        tail_tail=_whole([tails.get(path[1:], -1) for path in tails]),
        tail_goal=_whole([int(roads.end[path[-1]]) for path in tails]),
    )


def _whole(values: list[int]) -> Whole:
    return np.array(values, dtype=np.int64)
