"""The report and the tables of journeys, of a caravan, or of what-ifs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridors.show import figure as paper
from corridors.show.journey_pictures import MOST, capacity_bars, day_map, fans, named
from corridors.show.numbers import interval, persons
from corridors.show.report.page import Picture, Report, Section, Source, Stamp
from corridors.show.tables import Column, Grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corridors.world import Result

__all__ = ["figures", "grids", "report"]

#: Units of columns that do not count persons.
UNITS = {"probability": "share", "lead_days": "year"}
UNITS |= dict.fromkeys(("expected_deaths", "deaths_lower_80", "deaths_upper_80"), "number")
UNITS |= dict.fromkeys(("usd", "usd_lower", "usd_upper"), "USD")
#: Tables of a result as people read them: a title, and the columns with their headings.
GRIDS: dict[str, tuple[str, dict[str, str]]] = {
    "what_if_shortfalls": (
        "Places that are missing",
        {
            "what_if": "what if",
            "place": "place",
            "probability": "chance",
            "first_day": "first day",
            "extra_places": "places that would do",
            "missing": "missing at the worst",
            "missing_lower_80": "lower",
            "missing_upper_80": "upper",
            "peak": "people at the peak",
            "peak_lower_80": "lower",
            "peak_upper_80": "upper",
        },
    ),
    "shortfalls": (
        "Shelters against their capacity",
        {
            "place": "place",
            "capacity": "capacity",
            "probability": "chance of a shortfall",
            "first_day": "first day",
            "lead_days": "days left",
            "extra_places": "places that would do",
        },
    ),
    "arrivals": (
        "Who arrives when",
        {
            "place": "place",
            "probability": "chance of arrivals",
            "first_arrival": "first",
            "half_arrived": "half",
            "half_arrived_lower_80": "half, lower",
            "half_arrived_upper_80": "half, upper",
        },
    ),
    "asylum": (
        "In other countries on the last day",
        {
            "country": "country",
            "persons": "persons",
            "lower_80": "lower",
            "upper_80": "upper",
        },
    ),
    "dangers": (
        "Deaths to expect, and what smugglers and crossings are paid",
        {
            "link": "road",
            "passages": "passages",
            "expected_deaths": "deaths",
            "deaths_lower_80": "lower",
            "deaths_upper_80": "upper",
            "usd": "paid",
            "usd_lower": "lower",
            "usd_upper": "upper",
            "source": "source",
        },
    ),
    "reported": (
        "Against what was reported",
        {
            "date": "day",
            "places": "place",
            "lower": "reported from",
            "upper": "to",
            "simulated": "simulated",
            "simulated_lower_80": "lower",
            "simulated_upper_80": "upper",
            "meets": "meets",
            "source": "source",
        },
    ),
}


def report(result: Result) -> Report:
    """The report of journeys, of a caravan, or of what-ifs.

    Raises
    ------
    SourceError
        The outlines of the package's map cannot be read.
    """
    about = result.manifest
    return Report(
        title=about["title"] or about["study"],
        question=about.get("question")
        or f"Where will people be, and what will they need? {about['study']}",
        answer=tuple(_answer(result)),
        sections=tuple(_sections(result)),
        assumptions=tuple(_assumptions(result)),
        left_out=(
            "Fatigue, rumours and networks: people at the same place are alike.",
            "What reception itself attracts or deters, beyond room and distance.",
            "Groups of fewer than 50 persons are in the totals and not in any place's figures.",
        ),
        sources=tuple(map(Source, (*about["sources"], *_figure_sources(result)))),
        stamp=Stamp(about["versions"]["corridors"], about["digest"][:16], about["first_day"]),
    )


def _answer(result: Result) -> Iterator[str]:
    """Headline sentences: where places are missing, and when."""
    table = "what_if_shortfalls" if "what_if_shortfalls" in result.tables else "shortfalls"
    rows, titles = result[table], {"baseline": "As it is", **result.manifest.get("what_ifs", {})}
    peak, lower, upper = ("missing", "missing_lower_80", "missing_upper_80")
    if not len(rows):
        yield "No place has a known capacity, so nothing can be said to be full."
        return
    for row in rows.itertuples():
        name = f"{titles.get(row.what_if, row.what_if)}: " if "what_if" in rows else ""
        place = named(row.place)
        if row.probability == 0:
            yield f"{name}{place} has room in every draw."
            continue
        chance = f"{round(100 * row.probability)} in 100"
        first = f"{pd.Timestamp(row.first_day):%d %B %Y}"
        if peak in rows:
            span = interval(getattr(row, lower), getattr(row, upper), "persons")
            most = persons(getattr(row, peak))
            yield (
                f"{name}{place}: {most} ({span}) without a bed at the worst, from {first} "
                f"({chance})."
            )
        else:
            extra = persons(row.extra_places)
            yield f"{name}{place}: short of places from {first} ({chance}); {extra} more would do."


def _sections(result: Result) -> Iterator[Section]:
    yield Section("Where people are", figures=tuple(_maps(result)))
    yield Section(
        "Place by place",
        "Bands hold 50, 80 and 95 of 100 draws; dots are registrations.",
        figures=tuple(_fan_pictures(result)),
    )
    shortfalls = result["shortfalls"]
    if {"capacity", "peak"} <= set(shortfalls.columns) and len(shortfalls):
        figure = capacity_bars(
            shortfalls,
            title="Shelters against their capacity",
            subtitle="Bar: peak demand; thick mark: capacity; line: 80 per cent interval",
            source=_source(result),
        )
        yield Section(
            "Beds that are missing", figures=(Picture(paper.svg(figure), "Peak demand by shelter"),)
        )
    for table, section in (
        ("what_if_shortfalls", "What if"),
        ("reported", "Against what was reported"),
        ("asylum", "Where they are in the end"),
        ("dangers", "What the road costs"),
    ):
        for grid in grids(result, [table]):
            yield Section(section, tables=(grid,))
    yield Section("What is needed", tables=(_needs(result),))


def _source(result: Result) -> str:
    return f"{result.manifest['study']}; corridors."


def figures(result: Result) -> Iterator[Figure]:
    """Persons by day at the largest places, and where people are on four days.

    Raises
    ------
    SourceError
        The outlines of the package's map cannot be read.
    """
    yield from (drawn for drawn in (_fan_figure(result), _map_figure(result)) if drawn is not None)


def _maps(result: Result) -> Iterator[Picture]:
    drawn = _map_figure(result)
    if drawn is not None:
        yield Picture(paper.svg(drawn), "Map of people at places on four days")


def _map_figure(result: Result) -> Figure | None:
    spots = result["spots"]
    if spots[["latitude", "longitude"]].isna().all(axis=None):
        return None
    dates = result["places"]["date"].drop_duplicates()
    days = [dates.iloc[int(at)] for at in np.linspace(0, len(dates) - 1, 5)[1:]]
    return day_map(
        result["places"],
        spots,
        result["roads"],
        days,
        title="Where people are",
        subtitle="Persons at each place (mean); squares are camps; fewer than 50 are not drawn",
        source=_source(result),
    )


def _fan_pictures(result: Result) -> Iterator[Picture]:
    drawn = _fan_figure(result)
    if drawn is not None:
        yield Picture(paper.svg(drawn), "Persons by day at the largest places, with intervals")


def _fan_figure(result: Result) -> Figure | None:
    places = result["places"]
    camps = result["spots"].loc[result["spots"]["kind"].isin(("camp", "idp_camp")), "place"]
    peaks = places.groupby("place")["persons"].max().dropna()
    wanted = peaks[peaks.index.isin(camps)] if peaks.index.isin(camps).any() else peaks
    names = list(wanted.sort_values(ascending=False).index[:MOST])
    if not names:
        return None
    return fans(
        places,
        names,
        registered=result.tables.get("registered"),
        origin=result.manifest.get("origin"),
        title="People by day",
        subtitle="Largest places; the vertical line is the last day known",
        source=_source(result),
    )


def grids(result: Result, names: Sequence[str]) -> Iterator[Grid]:
    """Some tables of a result, those that it has and that are not empty, for people to read.

    Persons, km, days; each column has its unit.
    """
    for name in names:
        rows = result.tables.get(name)
        if rows is None or rows.empty:
            continue
        title, headings = GRIDS[name]
        plain = rows[[column for column in headings if column in rows]].copy()
        columns = []
        for column in map(str, plain.columns):
            unit = _unit(column, plain[column])
            if (
                unit == "persons" and "few" in rows
            ):  # hidden numbers are written as few, not as none
                plain[column] = plain[column].mask(rows["few"] & plain[column].isna(), 1.0)
            if unit == "text":
                plain[column] = plain[column].map(_written)
            columns.append(Column(column, headings[column], unit=unit))
        yield Grid(plain, tuple(columns), title=title)


def _unit(name: str, cells: pd.Series) -> str:
    number = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
    return UNITS.get(name, "persons") if number else "text"


def _written(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    date = isinstance(cell, pd.Timestamp) or hasattr(cell, "isoformat")
    return f"{cell:%d %b %Y}" if date else named(cell)


def _needs(result: Result) -> Grid:
    """What each place needs on its day of most people, one column a need."""
    rows = result["needs"]
    if not len(rows):
        return Grid(rows.assign(place=[]), (Column("place"),), title="Nobody needs anything")
    headings = {
        need: f"{need.replace('_', ' ')}, {unit}"
        for need, unit in rows.drop_duplicates("need").set_index("need")["unit"].items()
    }
    wide = rows.pivot(index=["place", "date"], columns="need", values="amount").reset_index()
    # Every need is persons times a constant, so all are largest on the same day.
    worst = wide.loc[wide.groupby("place")[next(iter(headings))].idxmax()].sort_values("date")
    shown = worst.assign(
        place=worst["place"].map(named), day=[f"{day:%d %b %Y}" for day in worst["date"]]
    )
    columns = (
        Column("place"),
        Column("day"),
        # Taps and soap are not persons: the rule that hides few people is not theirs.
        *(Column(need, heading, unit="number") for need, heading in headings.items()),
    )
    note = "Persons (median) times the amounts of the Sphere Handbook; every day is in `needs`."
    return Grid(shown, columns, title="The most that is needed at once", note=note)


def _assumptions(result: Result) -> Iterator[str]:
    about = result.manifest
    yield f"Rules: {about['rules']}; {about['draws']} draws, seed {about['seed']}."
    if about.get("origin"):
        yield f"Parameters were fitted to the counts before {about['origin']}."
    yield from about["warnings"]


def _figure_sources(result: Result) -> Iterator[str]:
    table = result.tables.get("figures", result.tables.get("parameters"))
    if table is None:
        return
    name = "name" if "name" in table else "parameter"
    for row in table.to_dict("records"):
        yield f"{row[name]}: {row['kind']}, {row['source']}"
