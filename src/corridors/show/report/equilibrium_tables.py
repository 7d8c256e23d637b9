"""Tables of where the world settles: headline, corridors, areas, contributions, the solver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from corridors.parameters import declared
from corridors.show.numbers import interval, written
from corridors.show.style import area_name
from corridors.show.tables import Column, Grid
from corridors.world import Result

__all__ = [
    "accounts",
    "capital_letter",
    "case",
    "contributions",
    "corridors",
    "curve",
    "focus",
    "headline",
    "income_groups",
    "inequality",
    "level",
    "literature",
    "movers",
    "parameters",
    "places",
    "ranking",
    "shown_corridors",
    "solver",
    "status_spread",
    "user_figures",
]

LISTED = 10
ACCOUNTS = {
    "output": ("Output", "USD"),
    "interest_paid": ("Interest paid abroad", "USD"),
    "national_income": ("National income", "USD"),
    "disposable_income": ("National disposable income", "USD"),
    "debt_service_ratio": ("Debt service over exports", "number"),
    "debt_service_ratio_with_remittances": ("Debt service over exports and remittances", "number"),
    "debt_to_exports_with_remittances": ("Debt over exports and remittances, years", "number"),
    "remittances_to_output": ("Remittances over output", "number"),
    "net_transfers": ("Net transfers from abroad", "USD"),
    "net_transfers_of_ten_years": ("The same over ten years", "USD"),
}
#: Capital of the world that moves by less, relatively, is conserved in what is printed.
CONSERVED = 5e-4
#: Areas below are listed apart: a micro-state multiplies by an accident of one corridor.
SMALL = 1_000_000
#: Fewer people of a status than this in an area are not listed: they say more of noise.
SMALLEST_GROUP = 1_000


def status_spread(result: Result) -> Grid:
    """How much of every interval comes from assumed shares of legal status, a share."""
    rows = _shown(result, "status_spread").assign(policy=result.manifest["shown"]["policy"])
    titles = result.headline.drop_duplicates("measure").set_index("measure")["title"]
    rows = rows.assign(title=rows["measure"].map(titles))
    columns = (Column("title", "Measure"), Column("part", "Part of the variance", "share"))
    note = "Central parameters, only the assumed shares drawn, over all draws of all parameters."
    return Grid(rows, columns, f"From assumed shares of legal status ({case(result)})", note)


def user_figures(result: Result) -> Grid:
    """Figures that the user put in place of the package's, each with its unit and source."""
    columns = (
        Column("figure", "Figure"),
        Column("title", "What it is"),
        Column("value", "The user's", "number"),
        Column("instead_of", "Instead of", "number"),
        Column("unit", "Unit"),
        Column("year", "Year"),
        Column("source", "Source"),
    )
    rows = result["user_figures"]
    known = rows["year"].map(lambda year: "" if year != year else f"{year:.0f}")
    note = "The user's figures; every answer here rests on them."
    return Grid(rows.assign(year=known), columns, "Figures of the user's", note)


def accounts(result: Result) -> Grid:
    """External accounts (14), (26) of the areas in focus, in the shown case, US dollars."""
    rows = _shown(result, "accounts")
    rows = rows[rows["area"].isin(result.manifest["focus"]) & rows["quantity"].isin(list(ACCOUNTS))]
    told = rows["quantity"].map(ACCOUNTS)
    table = rows.assign(name=rows["area"].map(area_name), what=[words for words, _ in told])
    for when in ("now", "after"):
        pairs = zip(rows[when], told, strict=True)
        table[when] = [written(value, unit) for value, (_, unit) in pairs]
    table = table.sort_values("name", kind="stable")
    columns = (
        Column("name", "Area"),
        Column("what", "Figure"),
        Column("now", "Today"),
        Column("after", "Then"),
    )
    note = (
        "US dollars a year. Interest is at an assumed rate, paid to economies that report no "
        "debt in proportion to their capital; exports, debt and lenders' spread as today. "
        "Transfers are remittances less interest and what residents send."
    )
    return Grid(table, columns, f"External accounts ({case(result)})", note)


def focus(result: Result) -> Iterator[Grid]:
    """The areas a study is about: pay, people and money under every policy; migrants by status.

    Changes as shares of today, with their intervals (32).
    """
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
    spans = _area_spans(result, capital)
    for name, heading in wanted.items():
        change = rows[f"{name}_after"] / rows[f"{name}_now"] - 1.0
        keys = zip(table["policy"], rows["area"], change, strict=True)
        table[name] = [_with_span(of, spans.get((p, area, name))) for p, area, of in keys]
        columns.append(Column(name, heading))
    if len(table):
        table = table.sort_values("name", kind="stable")
        title = f"In focus: change against today, capital {capital}"
        yield Grid(table, tuple(columns), title, "Modelled; other closures in areas.csv.")
    if len(table) and result.manifest["file"].get("statuses"):
        yield _statuses(result, chosen, capital)


def _area_spans(result: Result, capital: str) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Ends of the printed interval of the change, by policy, area and quantity, where known."""
    if "area_intervals" not in result.tables:
        return {}
    rows, at = result["area_intervals"], level(result)
    rows = rows[(rows["capital"] == capital) & rows["area"].isin(result.manifest["focus"])]
    ends = (rows[f"lower_{at}"] / rows["now"] - 1.0, rows[f"upper_{at}"] / rows["now"] - 1.0)
    keys = zip(rows["policy"].astype(str), rows["area"], rows["quantity"], strict=True)
    return dict(zip(keys, zip(*ends, strict=True), strict=True))


def _with_span(change: float, span: tuple[float, float] | None) -> str:
    value = written(change, "share, change")
    if span is None or span[0] != span[0]:
        return value
    return f"{value}\n[{interval(*span, 'share, change')}]"


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


def level(result: Result) -> int:
    """Per cent of the interval that is printed: 95 from 200 draws on, 80 below."""
    return int(result.manifest.get("level", 80))


def headline(result: Result, capital: str) -> Grid:
    """Measures down, each in its unit, policies across, each with its interval (32)."""
    rows = result.headline[result.headline["capital"] == capital]
    first = rows.drop_duplicates("measure")
    table = pd.DataFrame({"measure": first["title"].to_numpy()}, index=first["measure"])
    table["now"] = [
        "" if row.unit == "share, change" else written(row.now, row.unit)
        for row in first.itertuples()
    ]
    columns = [Column("measure", "Measure"), Column("now", "Today")]
    for policy, part in rows.groupby("policy", sort=False):
        cells = [_cell(row, level(result)) for row in part.itertuples()]
        table[str(policy)] = pd.Series(cells, index=part["measure"])
        columns.append(Column(str(policy), capital_letter(str(policy))))
    return Grid(table, tuple(columns), f"Capital {capital}", _years(result, capital))


def _cell(row: object, level: int) -> str:
    mark = "*" if row.note else ""  # type: ignore[attr-defined]
    value = written(row.value, row.unit) + mark  # type: ignore[attr-defined]
    lower, upper = getattr(row, f"lower_{level}"), getattr(row, f"upper_{level}")
    if lower != lower:
        return value
    return f"{value}\n[{interval(lower, upper, row.unit)}]"  # type: ignore[attr-defined]


def _years(result: Result, capital: str) -> str:
    about, draws = result.manifest, result.manifest["file"]["draws"]["number"]
    words = f"The world {about['world']}; modelled. "
    if about["people_year"] is not None:
        words = (
            f"People of mid-{about['people_year']}, economy of {about['economy_year']}; modelled. "
        )
    dropped = int(result["solver"]["draws_dropped"].max())
    words += _capital(result, capital)
    if not draws:
        return words + "No draws, no intervals."
    words += (
        f"In brackets {level(result)} % of {draws} draws of all parameters and of the figures "
        "themselves, each against its own today."
    )
    if (result.headline["note"] != "").any():
        words += " *: see the column `note` of headline."
    return words + (f" {dropped} draws did not settle and are left out." if dropped else "")


def _capital(result: Result, capital: str) -> str:
    """What a closure that does not keep the world's capital must say beside its figures."""
    rows = result.headline[result.headline["capital"] == capital].drop_duplicates("policy")
    gaps = rows[(rows["world_capital"] - 1.0).abs() > CONSERVED]
    if gaps.empty:
        return ""
    told = ", ".join(f"{row.world_capital:.3f} ({row.policy})" for row in gaps.itertuples())
    return f"Capital of the world is not conserved here, after over before: {told}. "


def corridors(result: Result) -> Grid:
    """The corridors that change most in the shown case, adults by birthplace and residence."""
    rows = shown_corridors(result)
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
    return Grid(top, columns, f"Corridors that change most ({case(result)})", of=len(rows))


def movers(result: Result) -> Grid:
    """Who leaves home and who returns (34), adults, and their pay in PPP dollars."""
    capital = result.manifest["shown"]["capital"]
    rows = result["movers"]
    rows = rows[rows["capital"] == capital].assign(
        paid_now=lambda t: t["persons"] * t["income_now"],
        paid_after=lambda t: t["persons"] * t["income_after"],
    )
    keys = ["policy", "move", "skill"]
    sums = rows.groupby(keys, sort=False, as_index=False, observed=True)[
        ["persons", "paid_now", "paid_after"]
    ].sum()
    table = sums.assign(
        now=sums["paid_now"] / sums["persons"], after=sums["paid_after"] / sums["persons"]
    )
    columns = (
        Column("policy", "Policy"),
        Column("move", "Who"),
        Column("skill", "Schooling"),
        Column("persons", "Adults", "persons"),
        Column("now", "Pay before", "USD"),
        Column("after", "Pay after", "USD"),
    )
    note = "Of the policy alone, at unchanged tastes; PPP dollars of 2021 a year; modelled."
    if (rows["note"] != "").any():
        note += " Some move to or from places under a cap: see the column `note` of movers."
    return Grid(table, columns, f"Those who leave home and return, capital {capital}", note)


def inequality(result: Result) -> Grid:
    """Theil's (1967) index of pay between people and its parts, in the shown case."""
    columns = (
        Column("part", "Inequality (Theil)"),
        Column("now", "Today", "number"),
        Column("after", "Then", "number"),
    )
    note = "Cells of birthplace, schooling and place; no spread inside a cell: a lower bound."
    return Grid(_shown(result, "inequality"), columns, f"Inequality ({case(result)})", note)


def places(result: Result) -> Iterator[Grid]:
    """The areas whose residents change most: of a million adults and more, then the smaller.

    Adults, and output (8) as a share of today's.
    """
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
        Column("imputed_share", "Figures assumed or stale", "share"),
        Column("modelled_share", "Figures modelled", "share"),
    )
    large = rows["residents_now"] >= SMALL
    for chosen, words in ((rows[large], "a million adults and more"), (rows[~large], "smaller")):
        order = chosen["change"].abs().sort_values(ascending=False, kind="stable").index
        title = f"Areas that change most, {words} ({case(result)})"
        yield Grid(chosen.loc[order[:LISTED]], columns, title, of=len(chosen))


def _shown(result: Result, table: str) -> pd.DataFrame:
    """Rows of the shown case."""
    rows, shown = result[table], result.manifest["shown"]
    mine = (rows["policy"] == shown["policy"]) & (rows["capital"] == shown["capital"])
    return rows[mine]


def shown_corridors(result: Result) -> pd.DataFrame:
    """Adults by corridor in the shown case.

    Returns
    -------
    DataFrame (birthplace, residence, now, after, change)
        Adults, schooling and statuses added up.
    """
    rows = _shown(result, "corridors")
    pairs = rows.groupby(["birthplace", "residence"], observed=True, as_index=False)
    summed = pairs[["now", "after"]].sum()
    text = {"birthplace": str, "residence": str}
    return summed.astype(text).assign(change=summed["after"] - summed["now"])


def case(result: Result) -> str:
    """The shown case in words."""
    shown = result.manifest["shown"]
    return f"{shown['policy']}, capital {shown['capital']}"


def capital_letter(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def income_groups(result: Result) -> Grid:
    """Pay of stayers (10) by income group and schooling in every case, change as a share."""
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
    columns += [Column(name, capital_letter(name), "share, change") for name in names]
    note = "Natives who stay; high is tertiary; modelled."
    return Grid(table, tuple(columns), "Pay of stayers", note)


def contributions(result: Result) -> Iterator[Grid]:
    """What each response contributes to each measure, in its unit (Shapley 1953), by case."""
    titles = result.headline.drop_duplicates("measure").set_index("measure")
    for (policy, capital), rows in result["contributions"].groupby(
        ["policy", "capital"], sort=False, observed=True
    ):
        cells = {
            (row["response"], row["measure"]): _contribution(
                row, titles.loc[row["measure"], "unit"]
            )
            for row in rows.to_dict("records")
        }
        table = pd.DataFrame({"measure": titles["title"]})
        for response in rows["response"].unique():
            table[response] = [cells[response, name] for name in titles.index]
        columns = [Column("measure", "Measure")]
        columns += [Column(name, capital_letter(name)) for name in rows["response"].unique()]
        note = "In brackets the 80 % interval over draws." if _has_interval(rows) else ""
        yield Grid(table, tuple(columns), f"{capital_letter(str(policy))}, capital {capital}", note)


def _has_interval(rows: pd.DataFrame) -> bool:
    """Whether any row was drawn; results of earlier versions have no such column."""
    return "lower_80" in rows and bool(rows["lower_80"].notna().any())


def _contribution(row: Mapping[Any, Any], unit: str) -> str:
    """A contribution as people read it, with the interval where it was drawn."""
    unit = _as_change(unit)
    text, lower = written(row["contribution"], unit), row.get("lower_80", np.nan)
    return text if lower != lower else f"{text} ({interval(lower, row['upper_80'], unit)})"


def curve(rows: pd.DataFrame, field: str) -> Grid:
    """World output at the values of a curve that were drawn, with intervals, shares of change.

    Parameters
    ----------
    rows : DataFrame (at, capital, value, lower_80, upper_80)
    field : str
        Of the lever that the curve moves.
    """
    rows = rows[rows["lower_80"].notna()]
    ends = zip(rows["lower_80"], rows["upper_80"], strict=True)
    spans = [interval(lower, upper, "share, change") for lower, upper in ends]
    columns = (
        Column("at", capital_letter(field.replace("_", " ")), "number"),
        Column("capital", "Capital"),
        Column("value", "World output", "share, change"),
        Column("span", "80 %"),
    )
    return Grid(rows.assign(span=spans), columns, "World output at values that were drawn")


def _as_change(unit: str) -> str:
    return unit if unit.endswith("change") else f"{unit}, change"


def ranking(result: Result) -> Grid:
    """Which parameters the first measure goes with, over the draws: rank correlations.

    Raises
    ------
    SourceError
        `data/reference/parameters.toml` cannot be read.
    """
    rows = _shown(result, "ranking")
    titles = {name: about.title for name, about in declared().items()}
    apart = rows["told_apart"].map({True: "yes", False: "no, may be chance"})
    table = rows.assign(title=rows["parameter"].map(titles), apart=apart).dropna()
    columns = (
        Column("title", "Parameter"),
        Column("rank_correlation", "Rank", "number"),
        Column("apart", "Told apart from chance"),
    )
    chance = float(rows["chance"].max()) if len(rows) else 1.0
    note = (
        "Rank correlation over the draws; 0 does not matter, 1 decides. Below "
        f"{chance:.2f} a parameter is not told apart from chance. Parameters that cannot act in "
        "this study are left out."
    )
    names = result.headline.set_index("measure")["title"]
    first = str(names.get(rows["measure"].iloc[0])) if len(rows) else "The answer"
    return Grid(table, columns, f"{first} and the parameters ({case(result)})", note)


def solver(result: Result) -> Grid:
    """How every case was solved: residual of (37), log points, eigenvalue, second start."""
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


def parameters(result: Result) -> Grid:
    """Every parameter with its unit, prior and source, what the asker set first.

    Raises
    ------
    SourceError
        `data/reference/parameters.toml` cannot be read.
    """
    by_user = {row["name"]: row for row in result.manifest.get("parameters", ())}
    rows = pd.DataFrame(
        [{**asdict(about), **by_user.get(name, {})} for name, about in declared().items()]
    )
    rows["prior"] = [_prior(prior) if prior else "not drawn" for prior in rows["prior"]]
    rows["status"] = rows["status"].where(~rows["name"].isin(by_user), "")
    rows = rows.sort_values("name", key=lambda names: ~names.isin(by_user), kind="stable")
    columns = (
        Column("title", "Parameter"),
        Column("symbol", "Symbol"),
        Column("value", "Value", "number"),
        Column("prior", "Prior"),
        Column("source", "Source"),
        Column("status", "Read?"),
    )
    return Grid(rows, columns, "Parameters", "Every interval draws all that have a prior.")


def _prior(prior: Mapping[str, object]) -> str:
    name = prior["distribution"]
    numbers = ", ".join(f"{value:g}" for key, value in prior.items() if key != "distribution")
    return f"{name} ({numbers})"


def literature(studies: pd.DataFrame) -> Grid:
    """What others found for open borders, world output as a share of today's.

    Parameters
    ----------
    studies : DataFrame (label, lower, upper, configuration, status)
        Shares; the labels name authors and years.
    """
    spans = [interval(row.lower, row.upper, "share") for row in studies.itertuples()]
    table = studies.assign(span=spans)
    columns = (
        Column("label", "Study"),
        Column("span", "World output"),
        Column("configuration", "Of what"),
        Column("status", "How we know"),
    )
    return Grid(table, columns, "Open borders in the literature")
