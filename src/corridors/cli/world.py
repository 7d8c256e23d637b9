"""`corridors world`: the world at a glance, which worlds there are, and a world of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.cli.printing import AsCsv, AsJson, print_card, print_rows, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["world"]

world = typer.Typer(help="The world, worlds of other years, and your own.")

Table = Annotated[Path | None, typer.Option(help="A table: CSV or Parquet.")]

RULES_COLUMNS = {
    "quantity": "what was missing",
    "areas": "in how many areas",
    "value": "what stands in",
    "rule": "why",
}
CHECK_COLUMNS = {
    "figure": "what was counted",
    "value": "how much",
    "unit": "of what",
}
YEARS_COLUMNS = {
    "world": "mid-year of its people",
    "edition": "of the UN's stocks",
    "economy": "year of its economy",
    "economies": "how many",
    "table": "persons abroad in the stock table",
    "held": "of them in the world",
    "unknown_origin": "of them of unknown origin, who count where they live",
    "repeated_figures": "of them in corridors left out as repeated from another year",
    "within_one_economy": "of them between parts of one economy",
    "in_no_economy": "of them with an end in no economy",
    "difference": "the table less those five, persons",
    "stale": "figures older than they may be",
    "assumed_share": "share of figures that are assumed",
    "assumed": "of what no figure has a source",
}
AGES_COLUMNS = {
    "quantity": "figure of every economy",
    "reported": "economies",
    "modelled": "economies",
    "assumed": "economies",
    "first_year": "of the oldest figure",
    "last_year": "of the newest figure",
    "stale": "economies whose figure is further from the world's year than it may be",
}


@world.callback(invoke_without_command=True)
def glance(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Show the world: people, largest corridors, refugees, money, output."""
    if context.invoked_subcommand is not None:
        return
    from corridors.cards.world import world_card

    print_card("world", world_card(), as_json, as_csv)


@world.command("check")
def check(
    name: Annotated[str, typer.Argument(help="A year, or the folder or name of a world.")] = "2024",
    edition: Annotated[int | None, typer.Option(help="Of the UN's stocks: 2020 or 2024.")] = None,
    economy: Annotated[int | None, typer.Option(help="Year of the economy.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show how much of the real world a world holds, and how exactly it gives its people back."""
    rows = _checked(name, edition, economy)
    print_rows("world check", rows, CHECK_COLUMNS, as_json, as_csv)


@world.command("years")
def years(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Show the worlds by year against the totals of their stocks, and what is assumed in each."""
    from corridors import baseline

    print_rows("world years", baseline.by_year(), YEARS_COLUMNS, as_json, as_csv)


@world.command("ages")
def ages(
    name: Annotated[str, typer.Argument(help="A year, or the folder or name of a world.")] = "2024",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the figures of a world by kind and age."""
    from corridors import baseline

    rows = baseline.ages(baseline.find(name))
    print_rows("world ages", rows, AGES_COLUMNS, as_json, as_csv)


def _checked(name: str, edition: int | None, economy: int | None) -> pd.DataFrame:
    import pandas as pd

    from corridors import baseline

    given: object = name
    if name.isdecimal() and (edition or economy):
        years = {"people": int(name), "edition": edition, "economy": economy}
        given = {key: year for key, year in years.items() if year is not None}
    observed = baseline.find(given)
    if observed.lead:
        say(observed.lead)
    say(str(observed.years or f"the world {name}"))
    rows = [(key, value, _unit(key)) for key, value in observed.coverage.items()]
    rows.append(("inversion, largest error", baseline.inversion_error(observed), "share of a cell"))
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS))


def _unit(figure: str) -> str:
    if figure == "economies":
        return "economies"
    if figure.startswith(("adult", "people abroad")):
        return "persons"
    return "share"


@world.command("build")
def build(
    economy: Annotated[Path, typer.Option(help="area, population, and what is known of output.")],
    out: Annotated[Path, typer.Option(help="Folder for the world.")],
    stocks: Annotated[Path | None, typer.Option(help="birthplace, residence, persons.")] = None,
    moves: Annotated[
        Path | None, typer.Option(help="origin, destination, moves a year; instead of stocks.")
    ] = None,
    years: Annotated[
        float | None, typer.Option(help="Years of moves that make the stocks.")
    ] = None,
    schooling: Annotated[Path | None, typer.Option(help="area, tertiary_share.")] = None,
    statuses: Annotated[
        Path | None, typer.Option(help="birthplace, residence, status, share.")
    ] = None,
    remittances: Annotated[
        Path | None, typer.Option(help="birthplace, usd; residence too.")
    ] = None,
    distances: Annotated[
        Path | None, typer.Option(help="birthplace, residence, kilometres.")
    ] = None,
) -> None:
    """Make a world of your own tables; a study names it with `world = "FOLDER"`.

    What is missing is assumed, by the rules printed.
    """
    from corridors import baseline
    from corridors.data import results
    from corridors.readers import any_table

    results.check_folder(out)
    given = {
        "stocks": (stocks, {"birthplace": "label", "residence": "label", "persons": "number"}),
        "moves": (moves, {"origin": "label", "destination": "label", "moves": "number"}),
        "schooling": (schooling, {"area": "label", "tertiary_share": "number"}),
        "statuses": (
            statuses,
            dict.fromkeys(("birthplace", "residence", "status"), "label") | {"share": "number"},
        ),
        "distances": (
            distances,
            {"birthplace": "label", "residence": "label", "kilometres": "number"},
        ),
    }
    read = {
        name: any_table.read(file, columns).frame.reset_index(drop=True)
        for name, (file, columns) in given.items()
        if file is not None
    }
    if remittances is not None:
        needed = {"birthplace": "label", "usd": "number"}
        money = any_table.read_known(remittances, needed, {"residence": "label"})
        read["remittances"] = money.frame.reset_index(drop=True)
    table = any_table.read_known(
        economy, {"area": "label", "population": "number"}, baseline.ECONOMY_COLUMNS
    )
    known = table.frame.reset_index(drop=True)
    if table.ignored:
        say(f"columns of {economy} that are not read: {', '.join(table.ignored)}")
    built = baseline.build(economy=known, years=years, **read)
    baseline.save(built.observed, out, {"rules": built.rules.to_dict("records")})
    if built.observed.lead:
        say(built.observed.lead)
    print_rows("world build", built.rules, RULES_COLUMNS, False, False)
    say(f"{len(built.observed.areas)} areas, written to {out}/")
