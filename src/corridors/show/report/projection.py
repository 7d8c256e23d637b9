"""How a projection looks: people by year, arrivals and departures, and the curves of its report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from corridors.show.numbers import persons, written
from corridors.show.report.equilibrium_tables import user_figures
from corridors.show.report.page import Picture, Section
from corridors.show.style import area_name
from corridors.show.tables import Column, Grid
from corridors.world import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["assumed", "assumptions", "figures", "grids", "sections", "sentences"]

#: Curves drawn, and lines of a curve: of people in focus, without a policy and under the first.
DRAWN, LINES = 3, 4
#: Years between the rows of a table that is read by people.
STEP = 5


def sentences(result: Result) -> Iterator[str]:
    """The answer in words, a sentence a policy: persons."""
    rows = result.headline.set_index(["policy", "measure"])
    last = int(result["areas"]["year"].max())
    for policy in result.headline["policy"].unique():
        people, removed = rows.loc[(policy, "people")], rows.loc[(policy, "removed")]
        text = (
            f"{policy[:1].upper()}{policy[1:]}: in {last} {persons(people['value'])} people live "
            f"abroad, {persons(people['value'] - people['without'], change=True)} against no "
            f"policy; {persons(removed['value'])} are removed until then "
            f"({persons(removed['without'])} without)"
        )
        yield "; ".join([text, *_of_focus(result, policy, last)]) + "."


def _of_focus(result: Result, policy: str, year: int) -> Iterator[str]:
    """What becomes of the first areas in focus."""
    for code in result.manifest["focus"][:2]:
        column, words = _side(result, code)
        line = result["areas"]
        line = line[(line["area"] == code) & (line["year"] == year)].set_index("policy")[column]
        without, then = line.iloc[0], line[policy]
        yield f"{words.format(area_name(code))} {persons(then)} rather than {persons(without)}"


def _side(result: Result, code: str) -> tuple[str, str]:
    """Which people of an area a policy moves more: those who came to it, or those who left."""
    rows = result["areas"]
    rows = rows[(rows["area"] == code) & (rows["year"] == rows["year"].max())]
    moved = {}
    for column in ("foreign_born", "abroad"):
        without = max(float(rows[column].iloc[0]), 1.0)
        moved[column] = float((rows[column] - rows[column].iloc[0]).abs().max()) / without
    if moved["foreign_born"] >= moved["abroad"]:
        return "foreign_born", "born abroad and living in {}:"
    return "abroad", "born in {} and living abroad:"


def grids(result: Result) -> Iterator[Grid]:
    """The tables a run prints: the world, then the areas in focus by year and status, persons."""
    totals = result.headline.assign(
        change=result.headline["value"] - result.headline["without"],
        policy=result.headline["policy"].astype(str),
    )
    columns = (
        Column("policy", "Policy"),
        Column("title", "Measure"),
        Column("without", "Without", "persons"),
        Column("value", "With", "persons"),
        Column("change", "Change", "persons, change"),
    )
    note = f"{_source(result)} Modelled at assumed yearly rates; no draws, no intervals."
    yield Grid(totals, columns, "The world", note)
    if "user_figures" in result.tables:
        yield user_figures(result)
    if result.manifest["focus"]:
        yield _by_year(result)
        yield _by_status(result)


def _years(result: Result) -> list[int]:
    years = sorted(result["areas"]["year"].unique())
    return [int(year) for year in years if year % STEP == 0 or year == years[-1]]


def _focus(result: Result, table: str) -> pd.DataFrame:
    rows = result[table]
    rows = rows[rows["area"].isin(result.manifest["focus"]) & rows["year"].isin(_years(result))]
    return rows.assign(name=rows["area"].map(area_name), policy=rows["policy"].astype(str))


def _by_year(result: Result) -> Grid:
    rows = _focus(result, "areas").sort_values(["name", "year"], kind="stable")
    columns = (
        Column("name", "Area"),
        Column("year", "Year", "year"),
        Column("policy", "Policy"),
        Column("persons", "Residents", "persons"),
        Column("foreign_born", "Born abroad", "persons"),
        Column("abroad", "Own abroad", "persons"),
        Column("arrivals", "Arrivals", "persons"),
        Column("departures", "Departures", "persons"),
    )
    note = "Persons on 1 July, moves in the year after; every area and year in areas.csv. Modelled."
    return Grid(rows, columns, "In focus, by year", note)


def _by_status(result: Result) -> Grid:
    rows = _focus(result, "statuses")
    wide = rows.pivot_table(
        index=["name", "status", "policy"], columns="year", values="persons", sort=False,
        observed=True,
    )  # fmt: skip
    years = [str(year) for year in wide.columns]
    wide.columns = pd.Index(years)
    columns = [Column("name", "Living in"), Column("status", "Status"), Column("policy", "Policy")]
    columns += [Column(year, year, "persons") for year in years]
    return Grid(wide.reset_index(), tuple(columns), "In focus, born abroad by legal status")


def sections(result: Result) -> Iterator[Section]:
    """The sections of a projection's report."""
    tables = list(grids(result))
    how = (
        "look ahead"
        if result.manifest["file"]["projection"]["foresight"]
        else "answer to last year"
    )
    yield Section(
        "The answer by year",
        "Persons, not adults: children are counted, and those of migrants are natives where they "
        f"are born. People who leave and return by choice {how}; the other rates are assumed.",
        figures=tuple(_pictures(result)),
        tables=tuple(tables),
    )
    yield Section("How the projection was reached", _how_reached(result), tables=(_solver(result),))


def figures(result: Result) -> Iterator[Figure]:
    """Persons by year of the places in focus, or of the world, a picture each."""
    for _, drawn in _curves(result):
        yield drawn


def _pictures(result: Result) -> Iterator[Picture]:
    from corridors.show.figure import svg

    for title, drawn in _curves(result):
        yield Picture(svg(drawn), f"Curve by year: {title}")


def _curves(result: Result) -> Iterator[tuple[str, Figure]]:
    """Titles and figures."""
    rows = result["areas"]
    policies = list(rows["policy"].unique())[:LINES]
    for code in result.manifest["focus"][:DRAWN]:
        column, words = _side(result, code)
        lines = rows[(rows["area"] == code) & rows["policy"].isin(policies)]
        title = words.format(area_name(code)).rstrip(":")
        yield _curve(result, lines, column, title[:1].upper() + title[1:])
    if not result.manifest["focus"]:
        world = rows[rows["policy"].isin(policies)]
        world = world.groupby(["policy", "year"], sort=False, as_index=False)["abroad"].sum()
        yield _curve(result, world, "abroad", "People living outside their country of birth")


def _curve(result: Result, lines: pd.DataFrame, column: str, title: str) -> tuple[str, Figure]:
    from corridors.show import plots

    asked = result.manifest["file"]["projection"]
    begins = {"policy from here": float(asked["since"])}
    if asked.get("through") is not None:
        begins["until here"] = float(asked["through"])
    drawn = plots.curve(
        lines.assign(policy=lines["policy"].astype(str)),
        x="year",
        y=column,
        by="policy",
        outside=float(lines["year"].max()),
        x_label="1 July",
        y_label="persons",
        x_unit="year",
        y_unit="persons",
        begins=begins,
        title=title,
        source=_source(result),
        kind="modelled",
    )
    return title, drawn


def _how_reached(result: Result) -> str:
    rows = result["solver"]
    ahead = rows[rows["foresight"]]
    if not len(ahead):
        return "Each year follows from the one before; nothing is solved for."
    return (
        "Pay that people expect and pay that comes agree within "
        f"{ahead['residual'].max():.1e} (log points) in every projection with a policy."
    )


def _solver(result: Result) -> Grid:
    columns = (
        Column("policy", "Policy"),
        Column("evaluations", "Evaluations", "number"),
        Column("residual", "Residual", "number"),
    )
    return Grid(result["solver"], columns, "The projections")


def assumptions(result: Result) -> Iterator[str]:
    """What a projection takes for granted."""
    yield "World persons change by births less deaths and by nothing else, to rounding."
    yield "A lever that changes long-run odds at unchanged pay changes yearly departures as much."
    yield from result.manifest["notes"]


def assumed(result: Result) -> Grid:
    """Every yearly rate that no table tells, with its unit and source."""
    rows = result["assumed"]
    rows = rows.assign(value=[written(value, "number") for value in rows["value"]])
    columns = (
        Column("help", "Parameter"),
        Column("value", "Value"),
        Column("unit", "Unit"),
        Column("source", "Source"),
    )
    return Grid(rows, columns, "Parameters", "Assumed, the same in every corridor.")


def _source(result: Result) -> str:
    year, edition = result.manifest["people_year"], result.manifest["edition"]
    return f"People of mid-{year}, UN DESA {edition} and WPP 2024; corridors."
