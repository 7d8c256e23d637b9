"""How a result looks: tables for the terminal, and the report with its pictures.

Both are composed from the result's own tables, so a saved result looks the same as a fresh one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from corridors.data import store
from corridors.show import figure as paper
from corridors.show import maps, plots
from corridors.show.numbers import interval, percent, persons, written
from corridors.show.report import projection
from corridors.show.report.page import Picture, Report, Section, Source, Stamp
from corridors.show.style import area_name
from corridors.show.tables import Column, Grid
from corridors.world import Result

__all__ = ["grids", "picture", "report", "sentences", "stamp"]

LISTED = 10
#: Arrows of the map: two fifths of the persons, and each still to be told from the others.
MAPPED = 90
ACCOUNTS = {
    "debt_service_ratio_with_remittances": "Debt service over exports and remittances",
    "debt_to_exports_with_remittances": "Debt over exports and remittances, years",
    "remittances_to_output": "Remittances over output",
}
#: Areas below are listed apart: a micro-state multiplies by an accident of one corridor.
SMALL = 1_000_000
#: Fewer people of a status than this in an area are not listed: they say more of noise.
SMALLEST_GROUP = 1_000
LEVEL = "95"
#: Above, the literature's marks would flatten the curve; the table beside it has them all.
HIGHEST_MARK = 0.6


def grids(result: Result) -> Iterator[Grid]:
    """The tables a run prints: headline by closure, corridors and areas that change most."""
    if _is_path(result):
        yield from projection.grids(result)
        return
    for capital in result.headline["capital"].unique():
        yield headline(result, str(capital))
    if "status_spread" in result.tables:
        yield status_spread(result)
    yield from focus(result)
    yield corridors(result)
    yield from places(result)


def status_spread(result: Result) -> Grid:
    """How much of every interval comes from assumed shares of legal status."""
    rows = _shown(result, "status_spread").assign(policy=result.manifest["shown"]["policy"])
    titles = result.headline.drop_duplicates("measure").set_index("measure")["title"]
    rows = rows.assign(title=rows["measure"].map(titles))
    columns = (Column("title", "Measure"), Column("part", "Part of the variance", "share"))
    note = "Central parameters, only the assumed shares drawn, over all draws of all parameters."
    return Grid(rows, columns, f"From assumed shares of legal status ({_case(result)})", note)


def accounts(result: Result) -> Grid:
    """External accounts of the areas in focus, in the shown case."""
    rows = result["accounts"]
    rows = rows[rows["area"].isin(result.manifest["focus"])]
    table = rows.assign(name=rows["area"].map(area_name), what=rows["quantity"].map(ACCOUNTS))
    table = table.sort_values("name", kind="stable")
    columns = (
        Column("name", "Area"),
        Column("what", "Ratio"),
        Column("now", "Today", "number"),
        Column("after", "Then", "number"),
    )
    note = "Exports, output, debt and lenders' spread as today; modelled, debt reported."
    return Grid(table, columns, f"External accounts ({_case(result)})", note)


def focus(result: Result) -> Iterator[Grid]:
    """The areas a study is about: pay, people and money under every policy; migrants by status."""
    chosen, capital = result.manifest["focus"], result.manifest["shown"]["capital"]
    rows = result["areas"]
    rows = rows[rows["area"].isin(chosen) & (rows["capital"] == capital)]
    table = pd.DataFrame(
        {"name": rows["area"].map(area_name), "policy": rows["policy"].astype(str)}
    )
    columns = [Column("name", "Area"), Column("policy", "Policy")]
    wanted = {
        "residents": "Adults",
        "emigrants": "Emigrants",
        "wage_low": "Pay, low",
        "wage_high": "Pay, high",
        "remittances": "Remittances",
    }
    for name, heading in wanted.items():
        table[name] = rows[f"{name}_after"] / rows[f"{name}_now"] - 1.0
        columns.append(Column(name, heading, "share, change"))
    if len(table):
        table = table.sort_values("name", kind="stable")
        title = f"In focus: change against today, capital {capital}"
        yield Grid(table, tuple(columns), title, "Modelled; other closures in areas.csv.")
    if len(table) and result.manifest["file"].get("statuses"):
        yield _statuses(result, chosen, capital)


def _statuses(result: Result, chosen: list[str], capital: str) -> Grid:
    rows = result["statuses"]
    rows = rows[(rows["people_now"] >= SMALLEST_GROUP) & (rows["capital"] == capital)]
    rows = rows[rows["residence"].isin(chosen)]
    table = rows.assign(
        name=rows["residence"].map(area_name),
        people=rows["people_after"] / rows["people_now"] - 1.0,
        income=rows["income_after"] / rows["income_now"] - 1.0,
        rents=rows["rents_after"] - rows["rents_now"],
    ).sort_values(["name", "status"], kind="stable")
    columns = (
        Column("name", "Living in"),
        Column("status", "Status"),
        Column("policy", "Policy"),
        Column("people_now", "Adults", "persons"),
        Column("people", "Change", "share, change"),
        Column("income_now", "Income", "USD"),
        Column("income", "Change", "share, change"),
        Column("rents", "Rents", "USD, change"),
    )
    note = (
        "Adults and yearly income today, PPP dollars of 2021; rents are what employers keep. "
        "Shares of legal status are partly assumed; modelled."
    )
    return Grid(table, columns, f"In focus: migrants by legal status, capital {capital}", note)


def headline(result: Result, capital: str) -> Grid:
    """Measures down, policies across, each with its interval."""
    rows = result.headline[result.headline["capital"] == capital]
    first = rows.drop_duplicates("measure")
    table = pd.DataFrame({"measure": first["title"].to_numpy()}, index=first["measure"])
    table["now"] = [
        "" if one.unit == "share, change" else written(one.now, one.unit)
        for one in first.itertuples()
    ]
    columns = [Column("measure", "Measure"), Column("now", "Today")]
    for policy, part in rows.groupby("policy", sort=False):
        cells = [_cell(one) for one in part.itertuples()]
        table[str(policy)] = pd.Series(cells, index=part["measure"])
        columns.append(Column(str(policy), _capital_letter(str(policy))))
    return Grid(table, tuple(columns), f"Capital {capital}", _years(result))


def _cell(row: object) -> str:
    value = written(row.value, row.unit)  # type: ignore[attr-defined]
    low, high = getattr(row, f"low_{LEVEL}"), getattr(row, f"high_{LEVEL}")
    if low != low:
        return value
    return f"{value}\n[{interval(low, high, row.unit)}]"  # type: ignore[attr-defined]


def _years(result: Result) -> str:
    about, draws = result.manifest, result.manifest["file"]["draws"]["number"]
    words = f"People of mid-{about['people_year']}, economy of {about['economy_year']}; modelled. "
    if not draws:
        return words + "No draws, no intervals."
    dropped = int(result["solver"]["draws_dropped"].max())
    words += f"In brackets {LEVEL} % of {draws} draws of all parameters."
    return words + (f" {dropped} draws did not settle and are left out." if dropped else "")


def corridors(result: Result) -> Grid:
    """The corridors that change most in persons, in the shown case."""
    rows = _shown_corridors(result)
    change = rows["change"].abs().sort_values(ascending=False, kind="stable")
    top = rows.loc[change.index[:LISTED]]
    top = top.assign(
        birthplace=top["birthplace"].map(area_name), residence=top["residence"].map(area_name)
    )
    columns = (
        Column("birthplace", "Born in"),
        Column("residence", "Living in"),
        Column("now", "Adults today", "persons"),
        Column("after", "Then", "persons"),
        Column("change", "Change", "persons, change"),
    )
    return Grid(top, columns, f"Corridors that change most ({_case(result)})", of=len(rows))


def places(result: Result) -> Iterator[Grid]:
    """The areas whose residents change most: of a million adults and more, then the smaller."""
    rows = _shown(result, "areas")
    rows = rows.assign(
        name=rows["area"].map(area_name), change=rows["residents_after"] - rows["residents_now"]
    )
    rows["output"] = rows["output_after"] / rows["output_now"] - 1.0
    columns = (
        Column("name", "Area"),
        Column("residents_now", "Adults today", "persons"),
        Column("residents_after", "Then", "persons"),
        Column("change", "Change", "persons, change"),
        Column("output", "Output", "share, change"),
        Column("imputed_share", "Figures assumed", "share"),
    )
    large = rows["residents_now"] >= SMALL
    for chosen, words in ((rows[large], "a million adults and more"), (rows[~large], "smaller")):
        order = chosen["change"].abs().sort_values(ascending=False, kind="stable").index
        title = f"Areas that change most, {words} ({_case(result)})"
        yield Grid(chosen.loc[order[:LISTED]], columns, title, of=len(chosen))


def _shown(result: Result, table: str) -> pd.DataFrame:
    """Rows of the shown case."""
    rows, shown = result[table], result.manifest["shown"]
    mine = (rows["policy"] == shown["policy"]) & (rows["capital"] == shown["capital"])
    return rows[mine]


def _shown_corridors(result: Result) -> pd.DataFrame:
    rows = _shown(result, "corridors")
    pairs = rows.groupby(["birthplace", "residence"], observed=True, as_index=False)
    summed = pairs[["now", "after"]].sum()
    text = {"birthplace": str, "residence": str}
    return summed.astype(text).assign(change=summed["after"] - summed["now"])


def _case(result: Result) -> str:
    shown = result.manifest["shown"]
    return f"{shown['policy']}, capital {shown['capital']}"


def _capital_letter(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the report --------------------------------------------------------------------------------


def report(result: Result) -> Report:
    """The whole report of a result."""
    about, path = result.manifest, _is_path(result)
    return Report(
        title=about["file"]["title"],
        question=about["file"]["question"],
        answer=tuple(sentences(result)),
        sections=tuple(projection.sections(result) if path else _sections(result)),
        assumptions=tuple(projection.assumptions(result) if path else _assumptions(result)),
        left_out=tuple(store.listing("left_out").values()),
        sources=tuple(_sources(result)),
        stamp=stamp(result),
        parameters=projection.assumed(result) if path else _parameters(),
    )


def _is_path(result: Result) -> bool:
    """Whether the study asked for years rather than for where the world settles."""
    return bool(result.manifest["file"]["answer"] == "path")


def stamp(result: Result) -> Stamp:
    """What made the result, from figures of when."""
    about = result.manifest
    return Stamp(
        version=about["versions"]["corridors"],
        digest=about["digest"][:16],
        data_date=f"{about['people_year']} (people) and {about['economy_year']} (economy)",
    )


def sentences(result: Result) -> Iterator[str]:
    """The answer in words, a sentence per policy, the shown one first."""
    if _is_path(result):
        yield from projection.sentences(result)
        return
    rows = result.headline.set_index(["policy", "capital", "measure"])
    shown = result.manifest["shown"]["policy"]
    policies = list(result.headline["policy"].unique())
    for policy in sorted(policies, key=lambda one: one != shown):
        output, people = [], []
        for capital in result.headline["capital"].unique():
            one = rows.loc[(policy, capital, "output")]
            low, high = one[f"low_{LEVEL}"], one[f"high_{LEVEL}"]
            span = "" if low != low else f" ({interval(low, high, one['unit'])})"
            output.append(f"{written(one['value'], one['unit'])} with capital {capital}{span}")
            people.append(persons(rows.loc[(policy, capital, "people"), "value"]))
        now = persons(rows.loc[(policy, capital, "people"), "now"])
        yield (
            f"{_capital_letter(policy)}: world output {', '.join(output)}; adults living abroad "
            f"{now} today, {' or '.join(dict.fromkeys(people))} then."
        )


def _sections(result: Result) -> Iterator[Section]:
    closures = [str(one) for one in result.headline["capital"].unique()]
    yield Section(
        "The answer in figures",
        "Pay is of natives who stay, means over people; low is below tertiary schooling, high is "
        "tertiary. Origins are economies with more of their own abroad than foreigners within "
        "today, destinations the others. Living abroad is outside the country of birth. "
        "Remittances follow senders' income at an unchanged propensity.",
        tables=tuple(headline(result, one) for one in closures),
    )
    if result.manifest["focus"]:
        yield Section("In focus", tables=(*focus(result), accounts(result)))
    yield Section("Who moves where", figures=(picture(result),), tables=(corridors(result),))
    yield Section(
        "Areas",
        "Small areas are listed apart: there, one corridor or one imputed figure decides.",
        figures=(_area_bars(result),),
        tables=tuple(places(result)),
    )
    yield Section("Pay by income group", tables=(_income_groups(result),))
    if "curve" in result.tables:
        yield _curve(result)
    if "variants" in result.tables:
        yield _variants(result)
    yield Section(
        "Which channel does what",
        "Contributions are averaged over every order of switching the channels on (Shapley); they "
        "add up to the change. Rules, where listed, is what changes before anybody reacts.",
        tables=tuple(_channels(result)),
    )
    if "status_spread" in result.tables:
        yield Section("What legal status adds", tables=(status_spread(result),))
    if "ranking" in result.tables:
        yield Section("What the answer depends on", tables=(_ranking(result),))
    yield Section("How sure the solver is", _uniqueness(result), tables=(_solver(result),))


def picture(result: Result, theme: str = "light") -> Picture:
    """The flow map of the change in the shown case."""
    rows = _shown_corridors(result)
    figure = maps.flow_map(
        rows.assign(persons=rows["change"])[["birthplace", "residence", "persons"]],
        title=result.manifest["file"]["title"],
        subtitle=f"Change in adults by country of birth and residence: {_case(result)}",
        source=f"People of mid-{result.manifest['people_year']}, UN DESA 2020; corridors.",
        kind="modelled",
        theme=theme,
        top=MAPPED,
    )
    return Picture(
        paper.svg(figure),
        f"Map of the change in adults along the corridors that change most: {_case(result)}",
    )


def _area_bars(result: Result) -> Picture:
    rows = next(places(result)).table
    figure = plots.bars(
        rows,
        label="name",
        value="change",
        title="Change in resident adults",
        subtitle=f"Areas of a million adults and more: {_case(result)}",
        source="corridors",
        kind="modelled",
    )
    return Picture(paper.svg(figure), "Bars of the change in resident adults")


def _income_groups(result: Result) -> Grid:
    rows = result["income_groups"]
    wide = rows.pivot_table(
        index=["income_group", "skill"],
        columns=["policy", "capital"],
        values="wage_change",
        sort=False,
        observed=True,
    )
    names = [f"{policy}, {capital}" for policy, capital in wide.columns]
    wide.columns = pd.Index(names)
    table = wide.reset_index()
    columns = [Column("income_group", "Income group"), Column("skill", "Schooling")]
    columns += [Column(one, _capital_letter(one), "share, change") for one in names]
    note = "Natives who stay; high is tertiary; modelled."
    return Grid(table, tuple(columns), "Pay of stayers", note)


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
    rows = result["curve"]
    rows = rows[rows["measure"] == "output"]
    field = str(rows["field"].iloc[0])
    file = result.manifest["file"]["curve"]
    opening = file["lever"] == "open_border"
    literature = pd.DataFrame(store.listing("literature").values())
    figure = plots.curve(
        rows.assign(capital="capital " + rows["capital"].astype(str)),
        x="at",
        y="value",
        by="capital",
        outside=file.get("outside", float(rows["at"].max())),
        marks=literature[literature["high"] <= HIGHEST_MARK] if opening else None,
        x_label=field.replace("_", " "),
        y_label="change of world output",
        title=f"World output by {field.replace('_', ' ')}",
        subtitle="Central parameters; one curve per supply of capital",
        source="corridors; literature as listed below" if opening else "corridors",
        kind="modelled",
    )
    tables = (_literature(literature),) if opening else ()
    text = "No figure tells where on this curve the world is; it is shown whole."
    return Section(
        "The curve", text, (Picture(paper.svg(figure), "Curve of world output"),), tables
    )


def _literature(found: pd.DataFrame) -> Grid:
    table = found.assign(span=[interval(one.low, one.high, "share") for one in found.itertuples()])
    columns = (
        Column("label", "Study"),
        Column("span", "World output"),
        Column("configuration", "Of what"),
        Column("status", "How we know"),
    )
    return Grid(table, columns, "Open borders in the literature")


def _channels(result: Result) -> Iterator[Grid]:
    titles = result.headline.drop_duplicates("measure").set_index("measure")
    for (policy, capital), rows in result["channels"].groupby(
        ["policy", "capital"], sort=False, observed=True
    ):
        wide = rows.pivot(index="measure", columns="channel", values="contribution")
        wide = wide.reindex(titles.index)
        table = pd.DataFrame({"measure": titles["title"]})
        for channel in rows["channel"].unique():
            table[channel] = [
                written(value, _as_change(titles.loc[name, "unit"]))
                for name, value in wide[channel].items()
            ]
        columns = [Column("measure", "Measure")]
        columns += [Column(one, _capital_letter(one)) for one in rows["channel"].unique()]
        yield Grid(table, tuple(columns), f"{_capital_letter(str(policy))}, capital {capital}")


def _as_change(unit: str) -> str:
    return unit if unit.endswith("change") else f"{unit}, change"


def _ranking(result: Result) -> Grid:
    rows = _shown(result, "ranking")
    titles = {name: one["title"] for name, one in store.listing("parameters").items()}
    table = rows.assign(title=rows["parameter"].map(titles)).dropna()
    columns = (Column("title", "Parameter"), Column("rank_correlation", "Rank", "number"))
    note = "Rank correlation with world output over the draws; 0 does not matter, 1 decides."
    return Grid(table, columns, f"World output and the parameters ({_case(result)})", note)


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


def _solver(result: Result) -> Grid:
    columns = (
        Column("policy", "Policy"),
        Column("capital", "Capital"),
        Column("cells", "Cells touched", "number"),
        Column("empty", "Empty today", "number"),
        Column("evaluations", "Evaluations", "number"),
        Column("residual", "Residual", "number"),
        Column("eigenvalue", "Leading eigenvalue", "number"),
        Column("second_start", "Second start", "number"),
        Column("draws", "Draws", "number"),
        Column("draws_dropped", "Dropped", "number"),
    )
    return Grid(result["solver"], columns, "The solutions")


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


def _parameters() -> Grid:
    rows = pd.DataFrame(store.listing("parameters").values())
    rows["prior"] = [_prior(one) for one in rows["prior"]]
    columns = (
        Column("title", "Parameter"),
        Column("symbol", "Symbol"),
        Column("value", "Value", "number"),
        Column("prior", "Prior"),
        Column("source", "Source"),
        Column("status", "Read?"),
    )
    return Grid(rows, columns, "Parameters", "Every interval draws all of them.")


def _prior(prior: dict[str, object]) -> str:
    name = prior["distribution"]
    numbers = ", ".join(f"{value:g}" for key, value in prior.items() if key != "distribution")
    return f"{name} ({numbers})"


def _sources(result: Result) -> Iterator[Source]:
    for text in result.manifest["file"].get("sources", ()):
        yield Source(text)
    for one in store.catalogue():
        if one.name in result.manifest["figures"]:
            words = f"{one.publisher}: {one.title}, {one.edition}. {one.licence}."
            yield Source(words, one.address)
