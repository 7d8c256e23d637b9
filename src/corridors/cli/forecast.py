"""The commands of `corridors forecast`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.cli.executors import Scheduler, Workers, executor_if_asked
from corridors.cli.printing import AsCsv, AsJson
from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

forecast = typer.Typer(no_args_is_help=True, help="What comes next, with intervals.")

_TITLES = {
    "stocks": "people living there, by birthplace",
    "flows": "people who move, in five years",
    "asylum": "new asylum applications in a year",
    "net": "net migration, total of the years since the last known",
}
_AHEAD = {
    "stocks": "Who will live where: migrants by birthplace and residence, edition of 2024.",
    "flows": "Who will move: flows of five years, as `corridors flows` estimates them.",
    "asylum": "Who will ask for asylum: new applications of a year, UNHCR.",
    "net": "Who will gain and lose: net migration, total of the years since the last known.",
}
_SOURCES = {
    "stocks": "UN International Migrant Stock, edition of 2024.",
    "flows": "Estimate of corridors, da_pb_closed, from UN International Migrant Stock 2020.",
    "asylum": "UNHCR Refugee Population Statistics Database.",
    "net": "UN World Population Prospects 2024; UNHCR.",
}


@forecast.command()
def table(
    train: Annotated[Path, typer.Argument(help="origin,destination,time,value; area,time,value")],
    kind: Annotated[str, typer.Option(help="stocks, flows, arrivals or net.")],
    known_until: Annotated[int, typer.Option(help="Time at which the forecast is made.")],
    for_: Annotated[str, typer.Option("--for", help="Times asked: 2025,2030")],
    out: Annotated[Path, typer.Option(help="Where to write, .csv, .csv.gz or .parquet.")],
    pairs: Annotated[
        Path | None,
        typer.Option(help="origin,destination[,distance,contiguous,language,colony]"),
    ] = None,
    areas: Annotated[
        Path | None, typer.Option(help="area,time[,population,gdp_per_head,net_migration]")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Draws of the autoregression of net.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    total: Annotated[
        bool | None,
        typer.Option(help="Totals of the times after --known-until; the default for net."),
    ] = None,
) -> None:
    """Forecast your own table: every pair or area of it at each time asked."""
    from corridors.cli.printing import say
    from corridors.data import tables
    from corridors.forecast import table_with_notes
    from corridors.forecast.data import AREA_COLUMNS, PAIR_COLUMNS

    times = _times(for_, known_until)
    ends = ("area",) if kind == "net" else ("origin", "destination")
    optional = ("population",) if kind == "net" else ()
    read = _read(train, (*ends, "time"), ("value",), optional)
    known_pairs = _read(pairs, ("origin", "destination"), (), PAIR_COLUMNS) if pairs else None
    known_areas = _read(areas, ("area", "time"), (), AREA_COLUMNS) if areas else None
    rows, notes = table_with_notes(
        read, kind, known_until, times, known_pairs, known_areas, draws, seed, total
    )
    for note in notes:
        say(note)
    tables.write(rows, out)
    say(f"{len(rows):,} rows for {len(times)} times written to {out}")


def _times(text: str, known_until: int) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    problems = [
        Problem("--for", f"'{part}' is not a whole number", "Write times like 2025,2030")
        for part in parts
        if not re.fullmatch(r"[+-]?\d+", part)
    ]
    if not problems:
        problems = [
            Problem("--for", f"{part} is not after {known_until}", "Ask for later times")
            for part in parts
            if int(part) <= known_until
        ]
    if problems:
        raise InputError(problems)
    return [int(part) for part in parts]


def _read(
    file: Path, keys: tuple[str, ...], needed: tuple[str, ...], optional: tuple[str, ...]
) -> pd.DataFrame:
    """The columns of a table that are there, `time` as a number."""
    from corridors.cli.printing import say
    from corridors.readers import any_table

    columns = {name: "number" if name == "time" else "label" for name in keys}
    columns |= dict.fromkeys(needed, "number")
    table = any_table.read_known(file, columns, dict.fromkeys(optional, "number"))
    for note in table.notes:
        say(note)
    return table.frame.reset_index(drop=True)


Area = Annotated[str | None, typer.Option(help="Totals and corridors of one area: PHL")]
Corridor = Annotated[
    tuple[str, str] | None, typer.Option(help="One pair, origin and destination: MEX USA")
]
Until = Annotated[int | None, typer.Option(help="Year forecast.")]
Plot = Annotated[
    Path | None, typer.Option(help="Draw the fan of the first row to FILE.svg or FILE.png.")
]


PlotAhead = Annotated[
    Path | None,
    typer.Option("--plot", help="Draw what comes next of its migrants to FILE.svg or FILE.png."),
]


def draw_ahead(birthplace: str, residence: str, plot: Path) -> None:
    """Draw the fan of migrants along a corridor; `all` stands for every area at that end."""
    from corridors.cli.flows import write_picture
    from corridors.show.forecasts import migrants_fan

    write_picture(migrants_fan(birthplace, residence), plot)


def ahead(
    context: typer.Context,
    area: Area = None,
    corridor: Corridor = None,
    until: Until = None,
    plot: Plot = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Print what comes next, or draw it; the command's name says of what."""
    from corridors.cli.flows import write_picture
    from corridors.cli.printing import print_rows, printing
    from corridors.forecast import shipped
    from corridors.show import forecasts, tables

    what = str(context.info_name)
    rows = shipped.ahead(what, area=area, corridor=corridor, until=until)
    if plot is not None:
        first = forecasts.grid(rows.head(1), "").table["what"].iloc[0]
        figure = forecasts.fan(
            shipped.known(what, rows.iloc[0]),
            rows.head(1),
            title=f"{first}: {_TITLES[what]}",
            source=_SOURCES[what],
        )
        write_picture(figure, plot)
    elif as_json or as_csv:
        print_rows(f"forecast {what}", rows, shipped.COLUMNS, as_json, as_csv)
    else:
        with printing():
            tables.console(forecasts.grid(rows, _TITLES[what].capitalize()))


for _what, _about in _AHEAD.items():
    forecast.command(_what, help=_about)(ahead)


@forecast.command()
def score(
    data: Annotated[
        Path | None, typer.Option(help="Folder of tidy tables; without it the shipped ones.")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option(help="stocks, flows, displaced, net, ...; without it all.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    scheduler: Scheduler = None,
    workers: Workers = None,
) -> None:
    """Score the forecasts on the published splits, persistence beside every figure."""
    from corridors.cli.printing import print_rows, say
    from corridors.forecast import scores

    with executor_if_asked(scheduler, workers) as executor:
        rows = scores.score(data, tuple(task or ()), say, executor)
    if not (as_json or as_csv):
        shown = rows["forecast"].isin(["average", "persistence"]) & (rows["part"] == "all")
        figures = ["MAE", "skillMAE", "R2chg", "CPC", "CRPS", "cov80", "cov95", "cov80_big"]
        rows = rows[(shown & rows["figure"].isin(figures)) | (rows["task"] == "world")]
    print_rows("forecast score", rows, scores.COLUMNS, as_json, as_csv)
