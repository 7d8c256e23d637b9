"""Bars with intervals, balances, and curves: the plain plots, every number written beside its mark.

Each takes a long table and the names of its columns, and returns a matplotlib figure. Sizes are
points. Colour never stands alone: losses lie left of the zero line, what lies outside the data is
dashed and says so.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from corridors.errors import InputError, Problem
from corridors.show.figure import SMALL, Sheet, drawable, sheet, spread
from corridors.show.numbers import UNITS, interval, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["balance", "bars", "curve"]

WIDTH = 560.0
#: Width of a curve with the literature beside it.
WIDE = 660.0
#: Height of a row of bars; breadth of a letter of small text, for room kept beside the axes.
ROW, LETTER = 21.0, 0.56 * SMALL
AXIS_HEIGHT = 20.0
CURVE_HEIGHT = 290.0
#: Room for the marks of the literature, beside a curve.
MARKS_WIDTH = 235.0


def bars(
    rows: pd.DataFrame,
    *,
    label: str,
    value: str,
    lower: str | None = None,
    upper: str | None = None,
    unit: str = "persons, change",
    title: str,
    subtitle: str = "",
    source: str,
    kind: str,
    theme: str = "light",
) -> Figure:
    """Horizontal bars in the order of `rows`, with a whisker from `lower` to `upper`.

    Parameters
    ----------
    rows : DataFrame (label, value, lower, upper)
        One bar a row. A value that is not known is written `no data` and has no bar.
    label, value, lower, upper : str
        Names of columns; `lower` and `upper` come together or not at all.
    unit : str
        One of `numbers.UNITS`, of all three columns.
    title, subtitle, source, kind, theme : str

    Raises
    ------
    InputError
        A column is missing, there are no rows, or the unit is not known.
    """
    ends = tuple(column for column in (lower, upper) if column)
    rows = drawable(rows, (label, value, *ends), "bars")
    _check_unit(unit, "bars")
    names = [str(name) for name in rows[label]]
    texts = [written(amount, unit) for amount in rows[value]]
    if lower and upper:
        spans = (interval(*pair, unit) for pair in zip(rows[lower], rows[upper], strict=True))
        pairs = zip(texts, spans, strict=True)
        texts = [text if span == text else f"{text}  ({span})" for text, span in pairs]
    paper = sheet(
        WIDTH,
        ROW * len(rows) + AXIS_HEIGHT,
        title=title,
        subtitle=subtitle,
        source=source,
        kind=kind,
        theme=theme,
    )
    ax = paper.axes(left=_room(names, 190), right=_room(texts, 240), bottom=AXIS_HEIGHT)
    numbers = rows[value].to_numpy(float)
    _bar_rows(ax, names, numbers, paper)
    if lower and upper:
        reach = rows[[lower, upper]].to_numpy(float)
        for y, (first, last) in enumerate(reach):
            _whisker(ax, y, first, last, paper)
        numbers = np.concatenate([numbers, reach.ravel()])
    _value_axis(ax, numbers, unit, paper)
    for y, text in enumerate(texts):
        _beside(ax, 1.0, y, text, paper)
    return paper.figure


def balance(
    rows: pd.DataFrame,
    *,
    label: str = "label",
    arriving: str = "arriving",
    leaving: str = "leaving",
    unit: str = "unit",
    title: str,
    subtitle: str = "",
    source: str,
    kind: str,
    theme: str = "light",
) -> Figure:
    """What arrives to the right and what leaves to the left of one zero line.

    Parameters
    ----------
    rows : DataFrame (label, arriving, leaving, unit)
        One pair of bars a row: partners of a country, or its people, money and capital.
    label, arriving, leaving : str
        Names of columns; the amounts are not negative.
    unit : str
        Name of the column with each row's unit (one of `numbers.UNITS`); rows of one unit share a
        scale. Without such a column all rows are persons.
    title, subtitle, source, kind, theme : str

    Raises
    ------
    InputError
        A column is missing, there are no rows, an amount is negative, or a unit is not known.
    """
    rows = drawable(rows, (label, arriving, leaving), "balance")
    units = rows[unit] if unit in rows.columns else pd.Series("persons", index=rows.index)
    for declared in units.unique():
        _check_unit(declared, "balance")
    amounts = rows[[leaving, arriving]].to_numpy(float)
    if (amounts < 0).any():
        fix = "Put what leaves into its own column, without a sign"
        raise InputError(Problem("balance", "an amount is negative", fix))
    most = pd.Series(np.nanmax(np.c_[amounts, np.zeros(len(rows))], axis=1), index=rows.index)
    scale = most.groupby(units.to_numpy()).transform("max").to_numpy()
    lengths = amounts / np.where(scale > 0, scale, 1.0)[:, None]
    names = [str(name) for name in rows[label]]
    paper = sheet(
        WIDTH,
        ROW * len(rows) + AXIS_HEIGHT,
        title=title,
        subtitle=subtitle,
        source=source,
        kind=kind,
        theme=theme,
    )
    ax = paper.axes(left=_room(names, 170), right=4, top=AXIS_HEIGHT)
    _bar_rows(ax, names, -lengths[:, 0], paper)
    _bar_rows(ax, names, lengths[:, 1], paper)
    _both_sides(ax, amounts, lengths, list(units), paper)
    return paper.figure


def curve(
    rows: pd.DataFrame,
    *,
    x: str,
    y: str,
    lower: str | None = None,
    upper: str | None = None,
    by: str | None = None,
    outside: float = 0.5,
    begins: Mapping[str, float] | None = None,
    marks: pd.DataFrame | None = None,
    x_label: str,
    y_label: str,
    x_unit: str = "share",
    y_unit: str = "share, change",
    title: str,
    subtitle: str = "",
    source: str,
    kind: str,
    theme: str = "light",
) -> Figure:
    """Lines with interval bands; beyond `outside` they are dashed and called outside the data.

    Parameters
    ----------
    rows : DataFrame (x, y, lower, upper, by)
        One point a row.
    x, y, lower, upper, by : str
        Names of columns; `by` tells the lines apart (at most four). The band from `lower` to
        `upper` is straight between the points where they are known.
    outside : float
        The x beyond which no evidence reaches, in `x_unit`.
    begins : mapping of str to float, optional
        Where something begins or ends on the x axis, by what is written there.
    marks : DataFrame (label, lower, upper), optional
        Results of the literature, in units of `y`, drawn beside the curve.
    x_unit, y_unit : str
        Of `numbers.UNITS`.
    x_label, y_label, title, subtitle, source, kind, theme : str

    Raises
    ------
    InputError
        A column is missing, there are no rows, a unit is not known, or there are too many lines.
    """
    rows = drawable(rows, tuple(name for name in (x, y, lower, upper, by) if name), "curve")
    _check_unit(x_unit, "curve")
    _check_unit(y_unit, "curve")
    if marks is not None:
        drawable(marks, ("label", "lower", "upper"), "marks of the literature")
    paper = sheet(
        WIDTH if marks is None else WIDE,
        CURVE_HEIGHT,
        title=title,
        subtitle=subtitle,
        source=source,
        kind=kind,
        theme=theme,
    )
    lines = {"": rows} if by is None else dict(iter(rows.groupby(by, sort=False)))
    if len(lines) > len(paper.colours.lines):
        fix = f"Draw at most {len(paper.colours.lines)} lines"
        raise InputError(Problem("curve", f"column {by} has {len(lines)} values", fix))
    names = _room([str(name) for name in lines], 130)
    beside = names + (0 if marks is None else MARKS_WIDTH)
    ax = paper.axes(left=46, right=beside, bottom=36, top=22)
    ends = _lines(ax, lines, (x, y, lower, upper), outside, paper)
    _curve_axes(ax, (x_label, y_label), (x_unit, y_unit), paper)
    if marks is not None:
        _marks_beside(ax, marks, y_unit, paper)
    _outside(ax, float(rows[x].max()), outside, paper)
    for words, where in (begins or {}).items():
        _upright(ax, where, words, paper)
    for at, (_, name, colour) in zip(_spread([e[0] for e in ends], ax), ends, strict=True):
        _beside(ax, 1.0, at, name, paper, colour=colour)
    return paper.figure


def _lines(
    ax: Axes,
    lines: dict[Any, pd.DataFrame],
    columns: tuple[str, str, str | None, str | None],
    outside: float,
    paper: Sheet,
) -> list[tuple[float, str, str]]:
    """Draw every line; gives the height of its last point, its name and its colour."""
    x, y, *_ = columns
    ends = []
    for (name, line), colour in zip(lines.items(), paper.colours.lines, strict=False):
        points = line.sort_values(x)
        _line(ax, points, columns, outside, colour)
        ends.append((float(points[y].iloc[-1]), str(name), colour))
    return ends


def _marks_beside(ax: Axes, marks: pd.DataFrame, unit: str, paper: Sheet) -> None:
    """The literature's marks in a column to the right, on the scale of the curve."""
    lowest, highest = ax.get_ylim()
    ax.set_ylim(min(lowest, marks.lower.min()), max(highest, 1.04 * marks.upper.max()))
    right = paper.axes(left=paper.width - MARKS_WIDTH, bottom=36, top=22)
    _marks(right, ax, marks, unit, paper)


def _check_unit(unit: str, where: str) -> None:
    if unit not in UNITS:
        fix = f"Use one of: {'; '.join(UNITS)}"
        raise InputError(Problem(where, f"{unit!r} is not a unit", fix))


def _room(texts: list[str], most: float) -> float:
    """Points that the longest of some small texts needs beside the axes."""
    return min(most, LETTER * max(map(len, texts)) + 10.0)


def _bar_rows(ax: Axes, names: list[str], lengths: np.ndarray, paper: Sheet) -> None:
    colours = paper.colours
    shades = [colours.arriving if length >= 0 else colours.leaving for length in lengths]
    ax.barh(range(len(names)), lengths, height=0.62, color=shades, alpha=0.9)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), names, color=colours.ink, parse_math=False)


def _whisker(ax: Axes, y: float, first: float, last: float, paper: Sheet) -> None:
    ink, casing = paper.colours.ink, paper.colours.paper
    for colour, width in ((casing, 3.0), (ink, 1.2)):
        ax.plot([first, last], [y, y], color=colour, linewidth=width, solid_capstyle="butt")
    for end in (first, last):
        ax.plot([end, end], [y - 0.16, y + 0.16], color=ink, linewidth=1.2)


def _both_sides(
    ax: Axes, amounts: np.ndarray, lengths: np.ndarray, units: list[str], paper: Sheet
) -> None:
    """The zero line, its two sides named, and the amount at the end of each bar."""
    # A third of each side stays free for the number at the end of the longest bar.
    ax.set(xlim=(-1.45, 1.45), xticks=[])
    ax.axvline(0, color=paper.colours.ink, linewidth=0.8)
    style: dict[str, Any] = {"textcoords": "offset points", "size": SMALL, "parse_math": False}
    for side, column, align in ((-1, 0, "right"), (1, 1, "left")):
        for y, unit in enumerate(units):
            end = (side * float(np.nan_to_num(lengths[y, column])), y)
            amount = written(amounts[y, column], unit)
            ax.annotate(
                amount,
                end,
                (side * 4, 0),
                ha=align,
                va="center_baseline",
                color=paper.colours.ink,
                **style,
            )
        ax.annotate(
            "◂ leaving" if side < 0 else "arriving ▸",
            (0, 1),
            (side * 4, 5),
            ha=align,
            xycoords=("data", "axes fraction"),
            color=paper.colours.muted,
            **style,
        )


def _value_axis(ax: Axes, numbers: np.ndarray, unit: str, paper: Sheet) -> None:
    known = numbers[np.isfinite(numbers)]
    lower, upper = min(0.0, *known), max(0.0, *known)
    pad = 0.04 * (upper - lower or 1.0)
    ax.set_xlim(lower - pad * (lower < 0), upper + pad)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _tick(at, unit)))
    ax.grid(axis="x", color=paper.colours.rule, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.axvline(0, color=paper.colours.ink, linewidth=0.8)


def _beside(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    paper: Sheet,
    *,
    colour: str | None = None,
) -> None:
    """Small text right of the axes."""
    where = ax.get_yaxis_transform()
    ink = paper.colours.ink
    ax.annotate(
        text,
        (x, y),
        (8, 0),
        xycoords=where,
        textcoords="offset points",
        size=SMALL,
        va="center_baseline",
        color=colour or ink,
        parse_math=False,
        annotation_clip=False,
    )


def _line(
    ax: Axes,
    points: pd.DataFrame,
    names: tuple[str, str, str | None, str | None],
    outside: float,
    colour: str,
) -> None:
    x, y, lower, upper = names
    if lower and upper:
        told = points.dropna(subset=[lower, upper])
        ax.fill_between(told[x], told[lower], told[upper], color=colour, alpha=0.16, linewidth=0)
    inside, beyond = points[points[x] <= outside], points[points[x] >= outside]
    ax.plot(inside[x], inside[y], color=colour, linewidth=2)
    if len(inside) and (points[x] > outside).any():
        # From the last point inside, so that the dashes join the line.
        beyond = pd.concat([inside.iloc[-1:], beyond[beyond[x] > outside]])
    ax.plot(beyond[x], beyond[y], color=colour, linewidth=2, linestyle=(0, (3, 2)))


def _curve_axes(ax: Axes, labels: tuple[str, str], units: tuple[str, str], paper: Sheet) -> None:
    colours = paper.colours
    for axis, unit in zip((ax.xaxis, ax.yaxis), units, strict=True):
        whole = MultipleLocator(5) if unit == "year" else MaxNLocator(5)
        axis.set_major_locator(whole)
        axis.set_major_formatter(FuncFormatter(lambda at, _, unit=unit: _tick(at, unit)))
    ax.set_xlabel(labels[0], size=SMALL, color=colours.muted, parse_math=False)
    ax.annotate(
        labels[1],
        (0, 1),
        (-44, 8),
        xycoords="axes fraction",
        textcoords="offset points",
        size=SMALL,
        color=colours.muted,
        parse_math=False,
    )
    ax.grid(axis="y", color=colours.rule, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.axhline(0, color=colours.ink, linewidth=0.8)
    ax.margins(x=0)


def _tick(value: float, unit: str) -> str:
    """An axis number, without the decimals that a round tick does not need."""
    return re.sub(r"\.0+(?=\u202f|$)|(?<=\.\d)0(?=\u202f|$)", "", written(value, unit))


def _outside(ax: Axes, last: float, outside: float, paper: Sheet) -> None:
    if last <= outside:
        return
    colours = paper.colours
    ax.axvspan(outside, last, color=colours.other, alpha=0.12, linewidth=0)
    _upright(ax, outside, "outside the data", paper)


def _upright(ax: Axes, where: float, words: str, paper: Sheet) -> None:
    """A dashed line at a place on the x axis, and what is there."""
    colours = paper.colours
    ax.axvline(where, color=colours.muted, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.annotate(
        words,
        (where, 1),
        (5, -4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        size=SMALL,
        color=colours.muted,
    )


def _spread(heights: list[float], ax: Axes, lines: int = 1) -> list[float]:
    """Heights on the y axis, moved apart so that some lines of small text fit on each."""
    lower, upper = ax.get_ylim()
    points = ax.get_window_extent().height * 72 / ax.figure.dpi
    return spread(heights, (1.2 * lines + 0.15) * SMALL * (upper - lower) / points, upper)


def _marks(ax: Axes, curve_ax: Axes, marks: pd.DataFrame, unit: str, paper: Sheet) -> None:
    """The literature's ranges as bars beside the curve, on its scale, each with its name."""
    ink, muted = paper.colours.ink, paper.colours.muted
    ax.set(ylim=curve_ax.get_ylim(), xlim=(0, 1), xticks=[], yticks=[])
    texts = [_mark_text(mark.label, mark.lower, mark.upper, unit) for mark in marks.itertuples()]
    middles = ((marks.lower + marks.upper) / 2).tolist()
    seats = _spread(middles, ax, 1 + max(text.count("\n") for text in texts))
    for i, mark in enumerate(marks.itertuples()):
        x = 0.015 + 0.115 * i / len(marks)
        ax.plot([x, x], [mark.lower, mark.upper], color=ink, linewidth=3)
        if mark.lower == mark.upper:
            ax.plot([x], [mark.lower], color=ink, marker="o", markersize=4)
        ax.plot([x, 0.15, 0.17], [middles[i], seats[i], seats[i]], color=muted, linewidth=0.6)
        place: dict[str, Any] = {"va": "center", "linespacing": 1.1, "parse_math": False}
        ax.text(0.185, seats[i], texts[i], size=SMALL, color=ink, **place)
    place = {"xycoords": "axes fraction", "textcoords": "offset points"}
    ax.annotate("Literature", (0, 1), (0, 8), size=SMALL, color=muted, **place)


def _mark_text(label: str, lower: float, upper: float, unit: str) -> str:
    """A label and its range, on as many lines as the room beside the curve asks for."""
    # Ranges of gains read better without their signs: 11.5–12.5 %.
    plain = unit.removesuffix(", change") if lower >= 0 else unit
    letters = int(0.8 * MARKS_WIDTH / LETTER)
    return "\n".join(textwrap.wrap(f"{label}: {interval(lower, upper, plain)}", letters))
