"""How a result looks: tables for the terminal, and the report with its pictures.

Both are composed from the result's own tables, so a saved result looks the same as a fresh one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from corridors.data import store
from corridors.parameters import declared
from corridors.show.numbers import interval, percent, persons, written
from corridors.show.report import equilibrium_tables as tables
from corridors.show.report import projection
from corridors.show.report.page import Picture, Report, Section, Source, Stamp
from corridors.show.tables import Column, Grid
from corridors.world import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "data_date", "fan", "figure", "grids", "is_mapped", "picture", "report", "sentences", "stamp",
]  # fmt: skip

#: Arrows of the map: two fifths of the persons, and each still to be told from the others.
MAPPED = 90
#: Above, the literature's marks would flatten the curve; the table beside it has them all.
HIGHEST_MARK = 0.6
#: Areas in focus of which the fan of what is expected anyway is drawn.
FANS = 2


def grids(result: Result) -> Iterator[Grid]:
    """The tables a run prints: headline by closure, corridors and areas that change most.

    Adults, PPP dollars of 2021, US dollars and shares; each column has its unit.
    """
    if _is_projection(result):
        yield from projection.grids(result)
        return
    for capital in result.headline["capital"].unique():
        yield tables.headline(result, str(capital))
    if "user_figures" in result.tables:
        yield tables.user_figures(result)
    if "status_spread" in result.tables:
        yield tables.status_spread(result)
    yield from tables.focus(result)
    yield tables.movers(result)
    yield tables.corridors(result)
    yield from tables.places(result)


# --- the report --------------------------------------------------------------------------------


def report(result: Result) -> Report:
    """The whole report of a result of where the world settles, or of a projection.

    Raises
    ------
    SourceError
        A list or the catalogue of the package cannot be read.
    """
    about, by_year = result.manifest, _is_projection(result)
    return Report(
        title=about["file"]["title"],
        question=about["file"]["question"],
        answer=tuple(sentences(result)),
        sections=(
            *(projection.sections(result) if by_year else _sections(result)),
            *_without_the_policy(result),
        ),
        assumptions=tuple(projection.assumptions(result) if by_year else _assumptions(result)),
        left_out=tuple(store.listing("left_out").values()),
        sources=tuple(_sources(result)),
        stamp=stamp(result),
        parameters=projection.assumed(result) if by_year else tables.parameters(result),
    )


def _without_the_policy(result: Result) -> Iterator[Section]:
    """What is expected of migrants by what is known today: the fans of the world and the focus."""
    if not is_mapped(result):
        return
    ends = ["all", *result.manifest["focus"][:FANS]]
    yield Section(
        "What is expected anyway",
        "Migrants by the statistical forecast, which knows of no policy: bands hold 80 and 95 % of "
        "what came in forecasts of the past. The model above says what a policy adds.",
        figures=tuple(Picture(fan(end), f"Fan of migrants living in {end}") for end in ends),
    )


@functools.lru_cache(maxsize=16)
def fan(end: str) -> str:
    """What is expected of migrants living in an area, or in "all", as SVG; no result is in it."""
    from corridors.show import forecasts
    from corridors.show.figure import svg

    return svg(forecasts.migrants_fan("all", end))


def _is_projection(result: Result) -> bool:
    """Whether the study asked for years rather than for where the world settles."""
    return bool(result.manifest["file"]["answer"] == "projection")


def stamp(result: Result) -> Stamp:
    """What made the result, from figures of when."""
    about = result.manifest
    return Stamp(
        version=about["versions"]["corridors"],
        digest=about["digest"][:16],
        data_date=data_date(result),
    )


def data_date(result: Result) -> str:
    """Of when the figures are, or which world they are."""
    about = result.manifest
    if about["people_year"] is None:
        return f"the world {about['world']}"
    return f"{about['people_year']} (people) and {about['economy_year']} (economy)"


def sentences(result: Result) -> Iterator[str]:
    """The answer in words, a sentence per policy, the shown one first: shares and adults."""
    if _is_projection(result):
        yield from projection.sentences(result)
        return
    if result.manifest.get("lead"):
        yield result.manifest["lead"]
    rows = result.headline.set_index(["policy", "capital", "measure"])
    shown = result.manifest["shown"]["policy"]
    policies = list(result.headline["policy"].unique())
    for policy in sorted(policies, key=lambda policy: policy != shown):
        output, people = [], []
        for capital in result.headline["capital"].unique():
            row = rows.loc[(policy, capital, "output")]
            lower, upper = (row[f"{end}_{tables.level(result)}"] for end in ("lower", "upper"))
            span = "" if lower != lower else f" ({interval(lower, upper, row['unit'])})"
            output.append(f"{written(row['value'], row['unit'])} with capital {capital}{span}")
            people.append(persons(rows.loc[(policy, capital, "people"), "value"]))
        now = persons(rows.loc[(policy, capital, "people"), "now"])
        yield (
            f"{tables.capital_letter(policy)}: world output {', '.join(output)}; adults living "
            f"abroad {now} today, {' or '.join(dict.fromkeys(people))} then."
        )


def _sections(result: Result) -> Iterator[Section]:
    closures = [str(closure) for closure in result.headline["capital"].unique()]
    yield Section(
        "The answer in figures",
        "Pay is of natives who stay, means over people; low is below tertiary schooling, high is "
        "tertiary. Origins are economies with more of their own abroad than foreigners within "
        "today, destinations the others. Living abroad is outside the country of birth. "
        "Remittances follow senders' income at an unchanged propensity.",
        tables=tuple(tables.headline(result, closure) for closure in closures),
    )
    if "user_figures" in result.tables:
        yield Section("Figures of the user's", tables=(tables.user_figures(result),))
    if result.manifest["focus"]:
        known = (tables.accounts(result),) if "accounts" in result.tables else ()
        yield Section("In focus", tables=(*tables.focus(result), *known))
    yield Section(
        "What it does to people",
        "Movers are those whom the policy alone makes move, at unchanged tastes; welfare is the "
        "change of consumption, wherever they live, that does as much.",
        tables=(tables.movers(result), tables.inequality(result)),
    )
    pictures = (picture(result),) if is_mapped(result) else ()
    yield Section("Who moves where", figures=pictures, tables=(tables.corridors(result),))
    yield Section(
        "Areas",
        "Small areas are listed apart: there, one corridor or one imputed figure decides.",
        figures=tuple(_area_bars(result)),
        tables=tuple(tables.places(result)),
    )
    yield Section("Pay by income group", tables=(tables.income_groups(result),))
    if "curve" in result.tables:
        yield _curve(result)
    if "sweep" in result.tables:
        yield _sweep(result)
    if "variants" in result.tables:
        yield _variants(result)
    yield Section(
        "Which channel does what",
        "Contributions are averaged over every order of switching the responses on (Shapley); they "
        "add up to the change. Rules, where listed, is what changes before anybody reacts.",
        tables=tuple(tables.contributions(result)),
    )
    if "status_spread" in result.tables:
        yield Section("What legal status adds", tables=(tables.status_spread(result),))
    if "ranking" in result.tables:
        yield Section("What the answer depends on", tables=(tables.ranking(result),))
    yield Section("How sure the solver is", _uniqueness(result), tables=(tables.solver(result),))


def is_mapped(result: Result) -> bool:
    """Whether the areas of a result stand on the map: those of a world of the user's do not."""
    return result.manifest["people_year"] is not None


def figure(result: Result, theme: str = "light") -> Figure:
    """The flow map of the change in the shown case, adults by birthplace and residence.

    Raises
    ------
    InputError
        No corridor that changes has two places on the map.
    SourceError
        A table of the package is missing or damaged.
    """
    from corridors.show import maps

    rows = tables.shown_corridors(result)
    return maps.flow_map(
        rows.assign(persons=rows["change"])[["birthplace", "residence", "persons"]],
        title=result.manifest["file"]["title"],
        subtitle=f"Change in adults by country of birth and residence: {tables.case(result)}",
        source=(
            f"People of mid-{result.manifest['people_year']}, UN DESA "
            f"{result.manifest['edition']}; corridors."
        ),
        kind="modelled",
        theme=theme,
        top=MAPPED,
    )


def picture(result: Result, theme: str = "light") -> Picture:
    """The flow map of `figure` as it stands in the report.

    Raises
    ------
    InputError
        No corridor that changes has two places on the map.
    SourceError
        A table of the package is missing or damaged.
    """
    from corridors.show.figure import svg

    return Picture(
        svg(figure(result, theme)),
        f"Map of the change in adults along the corridors that change most: {tables.case(result)}",
    )


def _area_bars(result: Result) -> Iterator[Picture]:
    from corridors.show import plots
    from corridors.show.figure import svg

    rows = next(tables.places(result)).table
    if not len(rows):  # a world of small areas
        return
    figure = plots.bars(
        rows,
        label="name",
        value="change",
        title="Change in resident adults",
        subtitle=f"Areas of a million adults and more: {tables.case(result)}",
        source="corridors",
        kind="modelled",
    )
    yield Picture(svg(figure), "Bars of the change in resident adults")


def _variants(result: Result) -> Section:
    """World output and people abroad when one channel that is off is switched on."""
    policy = result.manifest["shown"]["policy"]
    keys = ["capital", "measure"]
    centre = result.headline[result.headline["policy"] == policy].set_index(keys)["value"]
    rows = result["variants"].set_index(["variant", *keys])["value"]
    lines = []
    for variant in ["as it is", *result.manifest["file"]["variants"]]:
        known = centre if variant == "as it is" else rows[variant]
        line = {"variant": variant.replace("_", " ")}
        for capital in result.manifest["file"]["capital"]:
            line[f"output {capital}"] = known[capital, "output"]
            line[f"people {capital}"] = known[capital, "people"]
        lines.append(line)
    columns = [Column("variant", "Switched on")]
    for capital in result.manifest["file"]["capital"]:
        columns.append(Column(f"output {capital}", f"World output, {capital}", "share, change"))
        columns.append(Column(f"people {capital}", f"Adults abroad, {capital}", "persons"))
    text = (
        "These channels are off because no figure says how strong they are. How strong each is "
        "taken to be, and why, stands under the parameters."
    )
    grid = Grid(pd.DataFrame(lines), tuple(columns), f"{policy}, central parameters")
    return Section("What would change it most", text, tables=(grid,))


def _curve(result: Result) -> Section:
    from corridors.show import plots
    from corridors.show.figure import svg

    rows = result["curve"]
    rows = rows[rows["measure"] == "output"]
    drawn = "lower_80" in rows and bool(rows["lower_80"].notna().any())
    field = str(rows["field"].iloc[0])
    file = result.manifest["file"]["curve"]
    opening = file["lever"] == "open_border"
    literature = pd.DataFrame(store.listing("literature").values())
    figure = plots.curve(
        rows.assign(capital="capital " + rows["capital"].astype(str)),
        x="at",
        y="value",
        lower="lower_80" if drawn else None,
        upper="upper_80" if drawn else None,
        by="capital",
        outside=file.get("outside", float(rows["at"].max())),
        marks=literature[literature["upper"] <= HIGHEST_MARK] if opening else None,
        x_label=field.replace("_", " "),
        y_label="change of world output",
        title=f"World output by {field.replace('_', ' ')}",
        subtitle="Central parameters; one curve per supply of capital" + "; band 80 %" * drawn,
        source="corridors; literature as listed below" if opening else "corridors",
        kind="modelled",
    )
    listed = [tables.curve(rows, field)] if drawn else []
    listed += [tables.literature(literature)] if opening else []
    text = "No figure tells where on this curve the world is; it is shown whole."
    return Section(
        "The curve", text, (Picture(svg(figure), "Curve of world output"),), tuple(listed)
    )


def _sweep(result: Result) -> Section:
    """One curve a headline: what the shown policy does at every setting of a parameter."""
    from corridors.show import plots
    from corridors.show.figure import svg

    shown = result["sweep"]
    shown = shown[shown["policy"] == result.manifest["shown"]["policy"]]
    measures = result.headline.drop_duplicates("measure").set_index("measure")
    known = declared()
    figures = []
    for (name, measure), rows in shown.groupby(["parameter", "measure"], sort=False, observed=True):
        about, parameter = measures.loc[str(measure)], known[str(name)]
        drawn = bool(rows["lower_80"].notna().all())
        figure = plots.curve(
            rows.assign(capital="capital " + rows["capital"].astype(str)),
            x="setting",
            y="value",
            lower="lower_80" if drawn else None,
            upper="upper_80" if drawn else None,
            by="capital",
            outside=float(rows["setting"].max()),
            x_label=f"{parameter.name.replace('_', ' ')} ({parameter.unit})",
            y_label=str(about["title"]),
            x_unit="number",
            y_unit=str(about["unit"]),
            title=f"{about['title']} by {parameter.name.replace('_', ' ')}",
            subtitle="One curve per supply of capital" + ("; band 80 %" * drawn),
            source="corridors",
            kind="modelled",
        )
        words = f"Curve of {str(about['title']).lower()} by {parameter.title.lower()}"
        figures.append(Picture(svg(figure), words))
    text = (
        f"{tables.capital_letter(result.manifest['shown']['policy'])}, with one parameter at each "
        "setting, assumed by the user, and everything else as in the study."
    )
    return Section("The answer by a parameter", text, tuple(figures))


def _uniqueness(result: Result) -> str:
    rows = result["solver"]
    largest = float(rows["eigenvalue"].max())
    if largest >= 1.0:
        return (
            f"The leading eigenvalue reaches {largest:.2f}: several equilibria are possible, and "
            "the one shown is the one nearest to today."
        )
    return (
        f"The largest leading eigenvalue of the map is {largest:.2f}, below 1, and a second start "
        f"from far away ends within {rows['second_start'].max():.1e} of the same world: nothing "
        "points to a second equilibrium."
    )


def _assumptions(result: Result) -> Iterator[str]:
    about = result.manifest["coverage"]
    yield (
        f"The world holds {about['economies']:.0f} economies with {percent(about['people'])} of "
        f"people, {percent(about['output'])} of output and "
        f"{percent(about['migrants of known origin'])} of migrants of known origin "
        f"({percent(about['migrants'])} of all migrants). "
        f"{percent(about['output reported in PPP'])} of output is reported in PPP, the rest "
        "converted."
    )
    yield (
        "A wedge is what keeps people from living where pay is higher: distance, language, taste, "
        "networks and law together. Only people who are there today tell its size."
    )
    yield "Migrants earn what natives of their schooling earn there; no table has their pay."
    yield "Remittances follow the senders' income at an unchanged propensity of each birthplace."
    yield from result.manifest["notes"]


def _sources(result: Result) -> Iterator[Source]:
    for text in result.manifest["file"].get("sources", ()):
        yield Source(text)
    for entry in store.catalogue():
        if entry.name in result.manifest["figures"]:
            words = f"{entry.publisher}: {entry.title}, {entry.edition}. {entry.licence}."
            yield Source(words, entry.address)
