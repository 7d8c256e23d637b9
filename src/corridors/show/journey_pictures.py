"""Journeys in pictures: people by day on a map, fans, shelters against capacity.

Groups of fewer than 50 persons are never drawn: a circle that small would show where a family
walks. A fan shows the median and what 50, 80 and 95 of 100 draws hold; squares are counts.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridors.errors import InputError, Problem
from corridors.labels import FEWEST
from corridors.show.figure import SMALL, Sheet, drawable, sheet
from corridors.show.numbers import persons

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


__all__ = ["capacity_bars", "day_map", "fans", "named"]

WIDTH = 760.0
PANEL, GAP = 128.0, 34.0
MOST = 6
BANDS = ((95, 0.14), (80, 0.18), (50, 0.26))
MAP_HEIGHT = 190.0
ROW = 24.0
LABELS = 5
#: Room around the places of a map, as a share of its width.
EDGE = 0.12


def fans(
    places: pd.DataFrame,
    names: Sequence[str],
    *,
    registered: pd.DataFrame | None = None,
    origin: str | None = None,
    title: str,
    subtitle: str = "",
    source: str,
    kind: str = "modelled",
    theme: str = "light",
) -> Figure:
    """Persons by day at each place, with bands; two panels a row.

    Parameters
    ----------
    places : DataFrame (date, place, persons, lower_50, upper_50, lower_80, ...)
    names : which places, at most six
    registered : DataFrame (date, place, persons), optional
        Counts, drawn as a line of dots.
    origin : str, optional
        Date from which nothing was known; a line marks it.

    Raises
    ------
    InputError
        A column is missing, there are no rows, or no place is named.
    """
    places = drawable(places, ("date", "place", "persons"), "fans")
    names = list(names)[:MOST]
    if not names:
        raise InputError(Problem("fans", "no place is named", "Name one to six places"))
    lines = -(-len(names) // 2)
    height = lines * (PANEL + GAP)
    page = sheet(
        WIDTH, height, title=title, subtitle=subtitle, source=source, kind=kind, theme=theme
    )
    from matplotlib.dates import date2num

    half = page.width / 2
    for at, name in enumerate(names):
        row, column = divmod(at, 2)
        ax = page.axes(
            left=column * half + 44,
            right=(1 - column) * half + 8,
            top=row * (PANEL + GAP) + 18,
            bottom=height - (row + 1) * (PANEL + GAP) + GAP - 18,
        )
        _fan(ax, places[places["place"] == name], name, page)
        if registered is not None:
            counted = registered[registered["place"] == name]
            ax.plot(
                counted["date"],
                counted["persons"],
                color=page.colours.ink,
                linestyle=":",
                linewidth=1.4,
            )
        if origin is not None:
            ax.axvline(
                date2num(np.datetime64(origin)),  # type: ignore[no-untyped-call]
                color=page.colours.muted,
                linewidth=0.8,
            )
    return page.figure


def _fan(ax: Axes, rows: pd.DataFrame, name: str, page: Sheet) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    colours = page.colours
    for level, strength in BANDS:
        lower, upper = f"lower_{level}", f"upper_{level}"
        if lower in rows:
            ax.fill_between(
                rows["date"],
                rows[lower],
                rows[upper],
                color=colours.arriving,
                alpha=strength,
                linewidth=0,
            )
    ax.plot(rows["date"], rows["persons"], color=colours.arriving, linewidth=1.8)
    locator = AutoDateLocator(maxticks=5)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda at, _: persons(at) if at >= FEWEST else "0"))
    ax.set_ylim(bottom=0)
    ax.grid(axis="y", color=colours.rule, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.margins(x=0)
    ax.annotate(
        named(name),
        (0, 1),
        (0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        size=SMALL,
        color=colours.ink,
        weight="bold",
        parse_math=False,
    )


def capacity_bars(
    shortfalls: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str,
    kind: str = "modelled",
    theme: str = "light",
) -> Figure:
    """Peak demand of each place beside its capacity, with the first day above it.

    Parameters
    ----------
    shortfalls : DataFrame (place, capacity, probability, first_day, peak, and its
        ends peak_lower_80 and peak_upper_80)
        Persons, as `corridors.journeys.reception.shortfall` gives them.
    title, subtitle, source, kind, theme : str

    Raises
    ------
    InputError
        A column is missing, or there are no rows.
    """
    peak = ("peak", "peak_lower_80", "peak_upper_80")
    needed = ("place", "capacity", "probability", "first_day", *peak)
    rows = drawable(shortfalls, needed, "capacity bars")
    page = sheet(
        WIDTH,
        ROW * len(rows) + 26,
        title=title,
        subtitle=subtitle,
        source=source,
        kind=kind,
        theme=theme,
    )
    ax = page.axes(left=150, right=340, bottom=20)
    colours = page.colours
    for y, row in enumerate(rows.itertuples()):
        over = row.peak > row.capacity
        bar = ax.barh(y, row.peak, height=0.6, color=colours.leaving if over else colours.arriving)
        if over:  # a hatch says it too
            bar[0].set(hatch="////", edgecolor=colours.paper, linewidth=0.0)
        ax.plot([row.peak_lower_80, row.peak_upper_80], [y, y], color=colours.ink, linewidth=1.2)
        ax.plot([row.capacity] * 2, [y - 0.42, y + 0.42], color=colours.ink, linewidth=2.2)
        ax.annotate(
            _words(row),
            (1, y),
            (8, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            size=SMALL,
            va="center_baseline",
            color=colours.ink,
            annotation_clip=False,
            parse_math=False,
        )
    ax.set_ylim(len(rows) - 0.5, -0.5)
    names = [named(name) for name in rows["place"]]
    ax.set_yticks(range(len(rows)), names, color=colours.ink, parse_math=False)
    ax.set_xlim(left=0)
    ax.set_xticks([])
    return page.figure


def _words(row: Any) -> str:
    chance = round(100 * row.probability)
    if row.probability == 0 or row.first_day is None or row.first_day != row.first_day:
        return f"{persons(row.peak)} at the peak; room for {persons(row.capacity)}"
    return (
        f"{persons(row.peak)} for {persons(row.capacity)} places; {chance} in 100 short, "
        f"first on {pd.Timestamp(row.first_day):%d %b %Y}"
    )


def day_map(
    places: pd.DataFrame,
    spots: pd.DataFrame,
    roads: pd.DataFrame,
    dates: Sequence[Any],
    *,
    title: str,
    subtitle: str = "",
    source: str,
    kind: str = "modelled",
    theme: str = "light",
) -> Figure:
    """Where people are on up to four days: circles by persons, roads as lines.

    Parameters
    ----------
    places : DataFrame (date, place, persons); persons below 50 absent
    spots : DataFrame (place, kind, latitude, longitude), degrees
    roads : DataFrame (start, end)
    dates : up to four days
    title, subtitle, source, kind, theme : str

    Raises
    ------
    InputError
        A column is missing, or there are no rows.
    """
    places = drawable(places, ("date", "place", "persons"), "day map")
    spots = spots.dropna(subset=["latitude", "longitude"]).set_index("place")
    dates = list(dates)[:4]
    lines = -(-len(dates) // 2)
    page = sheet(
        WIDTH,
        lines * MAP_HEIGHT,
        title=title,
        subtitle=subtitle,
        source=source,
        kind=kind,
        theme=theme,
    )
    shown = places[places["date"].isin(pd.to_datetime(dates)) & places["place"].isin(spots.index)]
    most = max(float(shown["persons"].max()), 1.0) if len(shown) else 1.0
    half = page.width / 2
    for at, day in enumerate(dates):
        row, column = divmod(at, 2)
        ax = page.axes(
            left=column * half + 6,
            right=(1 - column) * half + 6,
            top=row * MAP_HEIGHT + 16,
            bottom=(lines - row - 1) * MAP_HEIGHT + 4,
        )
        there = shown[shown["date"] == pd.Timestamp(day)].set_index("place")["persons"].dropna()
        _day(ax, there, spots, roads, most, page)
        ax.annotate(
            f"{pd.Timestamp(day):%d %B %Y}",
            (0, 1),
            (0, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            size=SMALL,
            color=page.colours.ink,
            weight="bold",
        )
    return page.figure


def _day(
    ax: Axes, there: pd.Series, spots: pd.DataFrame, roads: pd.DataFrame, most: float, page: Sheet
) -> None:
    """One day of the map, in a local projection true to scale at its middle latitude."""
    colours = page.colours
    squeeze = float(np.cos(np.radians(spots["latitude"].mean())))
    x, y = spots["longitude"] * squeeze, spots["latitude"]
    spread = max(float(x.max() - x.min()), float(y.max() - y.min()), 1e-6)
    _window(ax, x, y, spread)
    _land(ax, squeeze, page)
    for road in roads.itertuples():
        if road.start in spots.index and road.end in spots.index:
            ax.plot(
                [x[road.start], x[road.end]],
                [y[road.start], y[road.end]],
                color=colours.rule,
                linewidth=1.0,
                zorder=1,
            )
    ax.scatter(x, y, s=5, color=colours.other, zorder=2, linewidths=0)
    camps = spots["kind"].isin(("camp", "idp_camp"))
    ax.scatter(
        x[camps], y[camps], s=26, marker="s", facecolors="none", edgecolors=colours.muted, zorder=3
    )
    seen = there.sort_values()
    ax.scatter(
        x[seen.index],
        y[seen.index],
        s=700.0 * seen / most,
        color=colours.arriving,
        alpha=0.55,
        zorder=4,
        linewidths=0,
    )
    written: list[tuple[float, float]] = []
    for place in seen.index[::-1][:LABELS]:
        at = float(x[place]), float(y[place])
        if seen[place] < FEWEST or _taken(at, written, spread):
            continue
        written.append(at)
        ax.annotate(
            f"{named(place)} {persons(seen[place])}",
            at,
            (5, 2),
            textcoords="offset points",
            size=SMALL - 1,
            color=colours.ink,
            zorder=5,
            parse_math=False,
        )
    ax.set(xticks=[], yticks=[])


def _window(ax: Axes, x: pd.Series, y: pd.Series, spread: float) -> None:
    """Limits around all places with room for circles, in the shape of the panel."""
    box = ax.get_window_extent()
    half = max(float(x.max() - x.min()) / box.width, float(y.max() - y.min()) / box.height)
    half = max(half, 0.2 * spread / box.height) * (0.5 + EDGE)
    for set_limits, along, length in ((ax.set_xlim, x, box.width), (ax.set_ylim, y, box.height)):
        middle = float(along.max() + along.min()) / 2
        set_limits(middle - half * length, middle + half * length)


def _land(ax: Axes, squeeze: float, page: Sheet) -> None:
    """The outlines of the areas that reach into the window."""
    from matplotlib.collections import PolyCollection

    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    rings = []
    for ring in _rings():
        x, y = ring[:, 0] * squeeze, ring[:, 1]
        if x.max() > west and x.min() < east and y.max() > south and y.min() < north:
            rings.append(np.column_stack([x, y]))
    outlines = PolyCollection(
        rings, facecolors=page.colours.land, edgecolors=page.colours.paper, linewidths=0.6
    )
    outlines.set_zorder(0)
    ax.add_collection(outlines, autolim=False)


@functools.cache
def _rings() -> tuple[Any, ...]:
    """Outlines of all land, degrees (longitude, latitude)."""
    from corridors.data.store import table

    points = table("land").sort_values(["area", "part", "ring", "order"], kind="stable")
    rings = points.groupby(["area", "part", "ring"], sort=False, observed=True)
    return tuple(ring[["longitude", "latitude"]].to_numpy(float) for _, ring in rings)


def _taken(at: tuple[float, float], written: list[tuple[float, float]], spread: float) -> bool:
    """Whether a label stands there already."""
    near = (0.3 * spread, 0.04 * spread)
    return any(abs(at[0] - x) < near[0] and abs(at[1] - y) < near[1] for x, y in written)


def named(place: Any) -> str:
    """A place's name as people write it."""
    return str(place).replace("_", " ")
