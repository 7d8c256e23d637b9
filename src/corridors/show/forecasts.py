"""What comes next, to read: the rows of a forecast, and the fan of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from corridors.cards.forecasts import migrants_ahead
from corridors.errors import InputError, Problem
from corridors.show.figure import SMALL, drawable, sheet
from corridors.show.numbers import written
from corridors.show.style import area_name
from corridors.show.tables import Column, Grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["fan", "grid", "migrants_fan"]

WIDTH, HEIGHT = 560.0, 240.0
_COLUMNS = (
    Column("what"),
    Column("last_year", "known in", "year"),
    Column("last", "persons then", "persons"),
    Column("year", "for", "year"),
    Column("mean", "persons expected", "persons"),
    Column("between", "80 %"),
)


def grid(rows: pd.DataFrame, title: str) -> Grid:
    """Rows of `corridors.forecast.shipped.ahead` as people read them.

    Parameters
    ----------
    rows : DataFrame (`corridors.forecast.shipped.COLUMNS`)
        Persons.
    title : str
    """
    shown = rows.assign(
        what=[_words(row) for row in rows.itertuples()],
        between=[
            f"{written(row.lower_80, 'persons')} – {written(row.upper_80, 'persons')}"
            for row in rows.itertuples()
        ],
    )
    note = "Modelled figures. The last known figure is what persistence says."
    return Grid(shown, _COLUMNS, title, note)


def _words(row: object) -> str:
    figure, origin, destination = (
        str(getattr(row, name)) for name in ("figure", "origin", "destination")
    )
    if figure == "world":
        return "world"
    if figure == "net":
        return area_name(destination)
    if figure in ("arriving", "leaving"):
        name = area_name(destination if figure == "arriving" else origin)
        return f"{name}, all {figure}"
    return f"{area_name(origin)} → {area_name(destination)}"


def migrants_fan(birthplace: str, residence: str, theme: str = "light") -> Figure:
    """The fan of migrants along a corridor; `all` stands for every area at that end.

    Raises
    ------
    InputError
        Nobody was counted there.
    SourceError
        A table of the package is missing or damaged.
    """
    known, ahead = migrants_ahead(birthplace, residence)
    row = ahead.iloc[0]
    return fan(
        known,
        ahead,
        title=f"{_words(row)}: people living there, by birthplace",
        subtitle="Expected by what is known today, no policy changed",
        source="UN International Migrant Stock, edition of 2024; forecast of corridors.",
        theme=theme,
    )


def fan(
    known: pd.DataFrame,
    ahead: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str,
    theme: str = "light",
) -> Figure:
    """A series and what comes next: the line of what is known, then bands of 95 and 80 %.

    Parameters
    ----------
    known : DataFrame (year, persons)
        At least one row; the fan opens at its last year.
    ahead : DataFrame (year, mean, lower_80, upper_80, lower_95, upper_95)
        Persons in later years; between them the fan is straight.
    title, subtitle, source, theme : str

    Raises
    ------
    InputError
        A column is missing, there are no rows, or a forecast is not later than the last year known.
    """
    known = drawable(known, ("year", "persons"), "fan").sort_values("year")
    needed = ("year", "mean", "lower_80", "upper_80", "lower_95", "upper_95")
    ahead = drawable(ahead, needed, "fan").sort_values("year")
    last = known.iloc[-1]
    if ahead["year"].min() <= last["year"]:
        what = f"a forecast is not later than {last['year']:.0f}, the last year known"
        raise InputError(Problem("fan", what, "Draw later years"))
    paper = sheet(
        WIDTH, HEIGHT, title=title, subtitle=subtitle, source=source, kind="modelled", theme=theme
    )
    ax = paper.axes(left=52, right=110, bottom=24, top=8)
    colour, ink = paper.colours.lines[0], paper.colours.ink
    years = [last["year"], *ahead["year"]]
    for level, shade in (("95", 0.14), ("80", 0.22)):
        low = [last["persons"], *ahead[f"lower_{level}"]]
        high = [last["persons"], *ahead[f"upper_{level}"]]
        ax.fill_between(years, low, high, color=colour, alpha=shade, linewidth=0)
    ax.plot(known["year"], known["persons"], color=ink, linewidth=2)
    ax.plot(years, [last["persons"], *ahead["mean"]], color=colour, linewidth=2, ls=(0, (3, 2)))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:.0f}"))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda at, _: written(at, "persons")))
    ax.grid(axis="y", color=paper.colours.rule, linewidth=0.6)
    ax.set_axisbelow(True)
    end = ahead.iloc[-1]
    lines = [
        f"{end['year']:.0f}: {written(end['mean'], 'persons')}",
        f"80 %: {written(end['lower_80'], 'persons')}",
        f"to {written(end['upper_80'], 'persons')}",
    ]
    ax.annotate(
        "\n".join(lines),
        (1.0, end["mean"]),
        (8, 0),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        size=SMALL,
        va="center",
        color=ink,
        parse_math=False,
        annotation_clip=False,
    )
    return paper.figure
