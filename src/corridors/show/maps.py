"""The flow map: who would live elsewhere, as arrows between circles on an equal-area world.

A circle stands on the largest city of an area, not on its centroid, because people do not live in
the tundra. Small corridors are drawn first, so the largest is never hidden. What is not drawn is
said: how many corridors, and which share of the persons the arrows carry.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from corridors.errors import InputError, Problem
from corridors.show.arrows import LEAST_WIDTH, Curve, arrow, bend, between, widths
from corridors.show.equal_earth import clip, forward, inverse, outline, relative
from corridors.show.figure import SMALL, Sheet, drawable, sheet
from corridors.show.numbers import grouped, percent
from corridors.show.numbers import persons as persons_text
from corridors.show.style import short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["flow_map", "ready"]

WIDTH = 760.0
#: Width of the widest arrow and radius of the largest circle, points.
WIDEST, LARGEST_CIRCLE = 10.0, 10.0
SMALLEST_CIRCLE = 1.1
#: Least length of an arrow between two circles that nearly touch.
ROOM = 9.0
LABELS = 14
LEGEND_HEIGHT = 52.0
#: Parallels between which the world is drawn; nobody's corridor ends in Antarctica.
SOUTH, NORTH = -56.0, 83.7


@dataclass(frozen=True)
class Page:
    """Where the sphere of radius 1 lies on the sheet: points per radian and its centre."""

    scale: float
    x: float
    y: float

    def at(self, longitude: object, latitude: object) -> Array:
        """Points of the page of relative longitudes and latitudes, shape (n, 2) or (2,)."""
        x, y = forward(longitude, latitude, centre=None)  # type: ignore[arg-type]
        return np.stack([self.x + self.scale * x, self.y + self.scale * y], axis=-1)

    def beyond(self, points: Array) -> Array:
        """Degrees by which points lie outside the sides of the map; negative inside."""
        x, y = (points - [self.x, self.y]).T / self.scale
        return np.abs(inverse(x, y)[0]) - 180.0


def flow_map(
    corridors: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str,
    kind: str,
    top: int = 120,
    theme: str = "light",
    tone: str = "change",
    places: pd.DataFrame | None = None,
    land: pd.DataFrame | None = None,
) -> Figure:
    """Map the `top` largest corridors as arrows.

    Parameters
    ----------
    corridors : DataFrame (birthplace, residence, persons)
        One row per corridor; signed persons where `tone` is `change`.
    title, subtitle, source, kind : str
        Words of the sheet; `kind` begins with reported, modelled or assumed.
    tone : str
        `change`: blue arrows are more people, hollow orange ones fewer; circles are the net change.
        `in`: one colour; circles are all people who came or left, blue where more came.
    places : DataFrame (area, name, longitude, latitude), optional
        Where the circles stand; default: the reference table `areas`.
    land : DataFrame, optional
        Outlines in the columns of the reference table `land`.

    Raises
    ------
    InputError
        A column is missing, no corridor has two places, or `tone` does not fit the figures.
    """
    rows = _known(drawable(corridors, ("birthplace", "residence", "persons"), "flow map"), tone)
    spots = _spots(places)
    drawn = _largest(rows, spots, top)
    share = drawn.persons.abs().sum() / rows.persons.abs().sum()
    words = f"{len(drawn)} of {grouped(len(rows))} corridors, {percent(share)} of the persons. "
    words += f"{source} "
    words += "Borders as in the atlas (Natural Earth, visionscarto); no opinion is implied."
    page, height = _page()
    paper = sheet(
        WIDTH,
        height + LEGEND_HEIGHT,
        title=title,
        subtitle=subtitle,
        source=words,
        kind=kind,
        theme=theme,
    )
    page = Page(page.scale, page.x + paper.left, page.y + paper.bottom + LEGEND_HEIGHT)
    ax = paper.plane()
    _draw_land(ax, page, paper, _reference_land() if land is None else _outlines(land))
    circles = _circles(rows, drawn, spots, page, tone)
    _draw_circles(ax, circles, paper)
    along = _draw_arrows(ax, drawn, circles, page, paper, tone)
    _draw_labels(ax, circles, along, paper, tone)
    _draw_legend(ax, drawn, paper, tone)
    return paper.figure


def _known(rows: pd.DataFrame, tone: str) -> pd.DataFrame:
    """One row a corridor, of those that have a figure other than zero; nobody who stayed."""
    moved = rows.persons.notna() & (rows.birthplace != rows.residence)
    rows = rows[moved].groupby(["birthplace", "residence"], as_index=False).persons.sum()
    rows = rows[rows.persons != 0]
    if tone not in ("change", "in"):
        raise InputError(Problem(f"tone {tone!r}", "there is no such tone", "Say change or in"))
    if tone == "in" and (rows.persons < 0).any():
        fix = "Use tone='change' for signed figures"
        raise InputError(Problem("flow map", "a number of people is negative", fix))
    if rows.empty:
        raise InputError(Problem("flow map", "no corridor has persons", "Select something to draw"))
    return rows


def _largest(rows: pd.DataFrame, spots: pd.DataFrame, top: int) -> pd.DataFrame:
    """The `top` largest corridors between two places on the map, the smallest first."""
    on_map = rows[rows.birthplace.isin(spots.index) & rows.residence.isin(spots.index)]
    if on_map.empty:
        fix = "Use area codes of the reference table areas"
        raise InputError(Problem("flow map", "no corridor has two places on the map", fix))
    if top < 1:
        raise InputError(Problem(f"top {top}", "no arrow would be drawn", "Say 1 or more"))
    return on_map.reindex(on_map.persons.abs().sort_values(kind="stable").index)[-top:]


def _spots(places: pd.DataFrame | None) -> pd.DataFrame:
    """Places by area code, with the longitude counted from the map's centre."""
    if places is None:
        from corridors.data.store import table

        places = table("areas")
    places = drawable(places, ("area", "name", "longitude", "latitude"), "places")
    places = places[places.longitude.notna() & places.latitude.notna()].set_index("area")
    return places.assign(offset=relative(places.longitude.to_numpy(float)))


def ready() -> None:
    """Trace the land of the package's own map."""
    _reference_land()


@functools.cache
def _reference_land() -> tuple[Path, Path]:
    from corridors.data.store import table

    return _outlines(table("land"))


def _outlines(land: pd.DataFrame) -> tuple[Path, Path]:
    """The land and the borders on it as paths in degrees, longitude relative to the centre."""
    needed = ("area", "part", "ring", "order", "longitude", "latitude")
    points = drawable(land, needed, "land").sort_values(list(needed[:4]), kind="stable")
    rings = [
        piece
        for _, ring in points.groupby(["area", "part", "ring"], sort=False)
        for piece in clip(ring.longitude.to_numpy(float), ring.latitude.to_numpy(float))
    ]
    return _compound(rings), _compound(_borders(rings))


def _page() -> tuple[Page, float]:
    """A page as wide as the free box, its lower left corner at the origin; and its height."""
    (west, _), (_, south), (_, north) = (
        forward(x, y, centre=None) for x, y in ((-180.0, 0.0), (0.0, SOUTH), (0.0, NORTH))
    )
    scale = (WIDTH - 24.0) / (-2 * float(west))
    return Page(scale, -float(west) * scale, -float(south) * scale), scale * float(north - south)


def _draw_land(ax: Axes, page: Page, paper: Sheet, outlines: tuple[Path, Path]) -> None:
    edge = np.stack(outline(SOUTH, NORTH), axis=1) * page.scale + [page.x, page.y]
    _fill(ax, Path(edge), paper.colours.sea)
    shape, borders = (Path(page.at(*np.asarray(path.vertices).T), path.codes) for path in outlines)
    # A hair of the land's own colour closes the seams between neighbours.
    _fill(ax, shape, paper.colours.land, edgecolor=paper.colours.land, linewidth=0.3)
    _fill(ax, borders, "none", edgecolor=paper.colours.paper, linewidth=0.6)


def _fill(ax: Axes, path: Path, colour: str, **style: Any) -> None:
    """Draw a path; what leaves the axes is the caller's business, so no clip is written."""
    ax.add_artist(PathPatch(path, clip_on=False, facecolor=colour, **({"linewidth": 0} | style)))


def _compound(lines: list[Array]) -> Path:
    codes = [np.r_[Path.MOVETO, np.full(len(line) - 1, Path.LINETO)] for line in lines]
    return Path(np.concatenate(lines), np.concatenate(codes))


def _borders(rings: list[Array]) -> list[Array]:
    """The lines two areas share: neighbours were thinned alike, so their points agree exactly."""
    traced = [[tuple(point) for point in np.round(ring, 3).tolist()] for ring in rings]
    count = Counter(edge for ring in traced for edge in {frozenset(e) for e in pairwise(ring)})
    lines: list[Array] = []
    for ring in traced:
        run = [ring[0]]
        for here, there in pairwise(ring):
            edge = frozenset((here, there))
            if count[edge] > 1:
                count[edge] = 0  # drawn once, by the first of the two neighbours
                run.append(there)
                continue
            lines.append(np.array(run))
            run = [there]
        lines.append(np.array(run))
    return [line for line in lines if len(line) > 1]


def _circles(
    rows: pd.DataFrame, drawn: pd.DataFrame, spots: pd.DataFrame, page: Page, tone: str
) -> pd.DataFrame:
    """Circles of every area that a drawn corridor touches: persons, net, radius, position.

    The counts are of all corridors of `rows`, so a circle does not depend on `top`.
    """
    arrivals = rows.groupby("residence").persons.sum()
    departures = rows.groupby("birthplace").persons.sum()
    touched = sorted(set(drawn.birthplace) | set(drawn.residence))
    circles = spots.loc[touched].copy()
    into, out = (count.reindex(touched).fillna(0.0) for count in (arrivals, departures))
    circles["net"] = into - out
    circles["persons"] = circles.net.abs() if tone == "change" else into + out
    size = np.sqrt(circles.persons / (circles.persons.max() or 1.0))
    circles["radius"] = np.maximum(SMALLEST_CIRCLE, LARGEST_CIRCLE * size)
    at = page.at(circles.offset.to_numpy(), circles.latitude.to_numpy())
    return circles.assign(x=at[:, 0], y=at[:, 1]).sort_values("radius", ascending=False)


def _draw_circles(ax: Axes, circles: pd.DataFrame, paper: Sheet) -> None:
    for circle in circles.itertuples():
        _disc(ax, circle.x, circle.y, circle.radius, circle.net, paper, name=circle.Index)


def _disc(
    ax: Axes, x: float, y: float, radius: float, net: float, paper: Sheet, *, name: str = ""
) -> None:
    colours = paper.colours
    disc = Circle((x, y), radius, label=name, alpha=0.55, edgecolor=colours.paper, linewidth=0.5)
    disc.set(facecolor=colours.arriving if net >= 0 else colours.leaving)
    ax.add_artist(disc).set_clip_on(False)


def _draw_arrows(
    ax: Axes, drawn: pd.DataFrame, circles: pd.DataFrame, page: Page, paper: Sheet, tone: str
) -> Array:
    """Draw the arrows; returns points along them and their widths, for labels to avoid."""
    size = widths(drawn.persons, WIDEST)
    along, ends = [], {circle.Index: circle for circle in circles.itertuples()}
    for corridor, width in zip(drawn.itertuples(), size, strict=True):
        start, end = ends[corridor.birthplace], ends[corridor.residence]
        fewer = tone == "change" and corridor.persons < 0
        name = f"{corridor.birthplace}-{corridor.residence}"
        routes = _routes(start, end, page)
        for curve, has_head in routes:
            _band(ax, *arrow(curve, width, head=has_head), paper, fewer=fewer, name=name)
            if len(routes) > 1:
                _wrap_mark(ax, curve.start if has_head else curve.end, width, paper)
            points = curve.at(np.linspace(0.0, 1.0, 25))
            along.append(np.column_stack([points, np.full(25, width)]))
    return np.vstack(along)


def _routes(start: Any, end: Any, page: Page) -> list[tuple[Curve, bool]]:
    """The curve of a corridor; two halves where the short way leaves the map at its edge."""
    radii = {"start_radius": start.radius, "end_radius": end.radius, "room": ROOM}
    turn = 360.0 * np.sign(end.offset - start.offset)
    a, b = (np.array([circle.x, circle.y]) for circle in (start, end))
    if abs(end.offset - start.offset) <= 180.0:
        return [(between(a, b, **radii), True)]
    leaves = between(a, page.at(end.offset - turn, end.latitude), **radii)
    arrives = between(page.at(start.offset + turn, start.latitude), b, **radii)
    return [(_inside(leaves, page), False), (_inside(arrives, page), True)]


def _inside(curve: Curve, page: Page) -> Curve:
    """The part of a curve that lies on the map; one of its ends does."""
    grid = np.linspace(0.0, 1.0, 2049)
    inside = grid[page.beyond(curve.at(grid)) <= 0.0]
    return curve.part(inside[0], inside[-1])


def _band(
    ax: Axes, vertices: Array, codes: Array, paper: Sheet, *, fewer: bool = False, name: str = ""
) -> None:
    """One arrow with a casing of paper; filled for more people, hollow for fewer."""
    colours = paper.colours
    path = Path(vertices, codes)
    _fill(ax, path, colours.paper, edgecolor=colours.paper, linewidth=1.0)
    if fewer:
        _fill(ax, path, colours.paper, edgecolor=colours.leaving, linewidth=0.9, label=name)
    else:
        _fill(ax, path, colours.arriving, alpha=0.9, label=name)


def _wrap_mark(ax: Axes, at: Array, width: float, paper: Sheet) -> None:
    """A bar across the edge, where an arrow leaves the map to come in on the other side."""
    reach = np.array([0.0, width / 2 + 3.0])
    _fill(ax, Path([at - reach, at + reach]), "none", edgecolor=paper.colours.ink, linewidth=1.2)


def _draw_labels(ax: Axes, circles: pd.DataFrame, along: Array, paper: Sheet, tone: str) -> None:
    """Name the largest circles in rank order, where a name covers no other name or circle."""
    large = circles[circles.radius > 3 * SMALLEST_CIRCLE]
    taken = [_around(circle.x, circle.y, 0.7 * circle.radius) for circle in large.itertuples()]
    placed = 0
    for circle in circles.itertuples():
        if placed == LABELS or circle.radius < 2 * SMALLEST_CIRCLE:
            break
        count = circle.net if tone == "change" else circle.persons
        lines = (short_name(circle.name), persons_text(count, change=tone == "change"))
        wide, high = 0.65 * SMALL * max(map(len, lines)), 2.2 * SMALL
        free: list[tuple[Any, ...]] = []
        for x, y, align in _seats(circle.x, circle.y, circle.radius, high):
            left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
            box = (left, y - high / 2, left + wide, y + high / 2)
            fits = paper.left <= box[0] and box[2] <= paper.left + paper.width
            if fits and not any(_overlap(box, other) for other in taken):
                free.append((_covered(box, along), len(free), x, y, align, box))
        if free:
            *_, x, y, align, box = min(free)
            taken.append(box)
            placed += 1
            _label(ax, x, y, align, lines, paper)


def _around(x: float, y: float, half: float) -> tuple[float, float, float, float]:
    return (x - half, y - half, x + half, y + half)


def _covered(box: tuple[float, ...], along: Array) -> float:
    """How much arrow lies under a box."""
    x, y, width = along.T
    return float(width[(box[0] < x) & (x < box[2]) & (box[1] < y) & (y < box[3])].sum())


def _label(ax: Axes, x: float, y: float, align: str, lines: tuple[str, str], paper: Sheet) -> None:
    halo = [withStroke(linewidth=2.2, foreground=paper.colours.paper)]
    # One text a line: only so does SVG keep the anchor, whatever font the reader has.
    for line, up, weight in zip(lines, (1.5, -SMALL + 0.5), ("bold", "normal"), strict=True):
        ax.text(
            x,
            y + up,
            line,
            ha=align,
            va="baseline",
            size=SMALL,
            weight=weight,
            color=paper.colours.ink,
            path_effects=halo,
            parse_math=False,
        )


def _seats(x: float, y: float, radius: float, high: float) -> list[tuple[float, float, str]]:
    """Where the text of a circle may stand: beside it, over or under it, or at a corner."""
    gap = radius + 2.5
    up = radius + 1.0 + high / 2
    return [
        (x + gap, y, "left"),
        (x - gap, y, "right"),
        (x, y + up, "center"),
        (x, y - up, "center"),
        (x + 0.7 * gap, y + 0.8 * up, "left"),
        (x + 0.7 * gap, y - 0.8 * up, "left"),
        (x - 0.7 * gap, y + 0.8 * up, "right"),
        (x - 0.7 * gap, y - 0.8 * up, "right"),
    ]


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _draw_legend(ax: Axes, drawn: pd.DataFrame, paper: Sheet, tone: str) -> None:
    most = float(drawn.persons.abs().max())
    y = paper.bottom + LEGEND_HEIGHT / 2 - 4
    x = paper.left + 2
    for count in _round_steps(most):
        width = float(widths([count], WIDEST, most)[0])
        _band(ax, *arrow(bend((x, y), (x + 44, y)), width), paper)
        sign = "+" if tone == "change" else ""
        x = _words(ax, x + 50, y, [sign + persons_text(count), "people"], paper)
    if tone == "change":
        _band(ax, *arrow(bend((x, y), (x + 44, y)), 5.0), paper, fewer=True)
        x = _words(ax, x + 50, y, ["hollow:", "fewer"], paper)
    least = persons_text(float(f"{most * LEAST_WIDTH / WIDEST:.1g}"))
    meaning = "net change" if tone == "change" else "all who came or left"
    for net, words in ((1.0, ["more", "came"]), (-1.0, ["more", "left"])):
        _disc(ax, x + 6, y, 6.0, net, paper)
        x = _words(ax, x + 15, y, words, paper)
    notes = [f"Circles by area: {meaning}", f"Arrows under {least}: least width"]
    _words(ax, x, y, notes, paper)


def _round_steps(most: float) -> list[float]:
    """Three round numbers of persons below `most`, about 1 : 3 : 10."""
    return [float(f"{most * share:.1g}") for share in (0.9, 0.3, 0.1)]


def _words(ax: Axes, x: float, y: float, lines: list[str], paper: Sheet) -> float:
    """Write short lines beside a mark; returns where the next mark may begin."""
    step = 1.3 * SMALL
    for i, line in enumerate(lines):
        ax.text(
            x,
            y + (len(lines) / 2 - i) * step - 0.8 * SMALL,
            line,
            size=SMALL,
            va="baseline",
            color=paper.colours.muted,
            parse_math=False,
        )
    return x + 0.56 * SMALL * max(map(len, lines)) + 16
