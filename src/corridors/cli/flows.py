"""The commands of `corridors flows`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.cli.printing import AsCsv, AsJson
from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

flows = typer.Typer(help="Who moved: flows between areas, estimated from stocks.")

Method = Annotated[str, typer.Option(help="Method; `corridors flows methods` lists them.")]

Columns = Annotated[
    str, typer.Option(help='Your words for columns: "a=birthplace,b=residence"; "down=birthplace".')
]
SheetName = Annotated[str | None, typer.Option(help="The sheet of a workbook.")]
Only = Annotated[
    list[str] | None, typer.Option(help="Only rows with COLUMN=VALUE, such as sex=both.")
]
Without = Annotated[
    list[str] | None, typer.Option(help="Leave the rows of a label out, such as World.")
]
Insist = Annotated[
    list[str] | None, typer.Option(help="Take what looks wrong: totals, sexes, editions, units.")
]


@flows.callback(invoke_without_command=True)
def largest(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="1990-1995, ... 2015-2020, 2020-2024.")] = "2015-2020",
    method: Method = "da_pb_closed",
    top: Annotated[int, typer.Option(min=0, help="How many flows; 0: all.")] = 20,
    sex: Annotated[str, typer.Option(help="both, female or male.")] = "both",
    area: Annotated[str | None, typer.Option(help="Only flows of this area: PHL, ...")] = None,
    draws: Annotated[int, typer.Option(min=0, help="Draws of the figures; 0: no interval.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw to FILE.svg or FILE.png.")] = None,
    picture: Annotated[str, typer.Option(help="map, chord or lines.")] = "map",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the largest flows of a period, from the figures in the package."""
    if context.invoked_subcommand is not None:
        return
    from corridors.cards import flows as cards
    from corridors.cli.printing import print_rows, printing
    from corridors.show import flows as show
    from corridors.show import tables

    if plot is not None:
        check_picture(plot)
        write_picture(show.picture(picture, period, method, sex=sex), plot)
        return
    rows = cards.largest(
        period, method, sex=sex, top=top or None, place=area, draws=draws, seed=seed
    )
    if as_json or as_csv:
        print_rows("flows", rows, cards.COLUMNS, as_json, as_csv)
        return
    with printing():
        tables.console(show.grid(rows, f"Flows {period}, {method}"))


@flows.command()
def methods(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the methods: what they do and need, and who published them."""
    from corridors.cards import flows as cards
    from corridors.cli.printing import print_rows

    print_rows("flows methods", cards.methods(), cards.METHOD_COLUMNS, as_json, as_csv)


@flows.command()
def estimate(
    stocks: Annotated[Path, typer.Argument(help="birth,residence,stock_start,stock_end")],
    areas: Annotated[Path, typer.Argument(help="area,births,deaths")],
    method: Method,
    out: Annotated[Path, typer.Option(help="Where to write origin,destination,flow.")],
    movers: Annotated[float | None, typer.Option(help="How many moved, for mig_rate.")] = None,
    end: Annotated[
        Path | None, typer.Option(help="Stocks at the end, where STOCKS has the start only.")
    ] = None,
    years: Annotated[str | None, typer.Option(help="Two of several years: 2015-2020.")] = None,
    columns: Columns = "",
    sheet: SheetName = None,
    only: Only = None,
    without: Without = None,
    insist: Insist = None,
) -> None:
    """Estimate flows from your own tables: CSV, xlsx, Parquet, long or a matrix for each end."""
    from corridors.cards.flows import estimate_files
    from corridors.cli.printing import say
    from corridors.data import tables
    from corridors.readers.any_table import Asked
    from corridors.readers.stock_files import years_of

    tables.check_out(out)
    estimated, notes = estimate_files(
        stocks,
        areas,
        method=method,
        movers=movers,
        end=end,
        years=None if years is None else years_of(years),
        asked=Asked.written(columns, sheet, only or (), without or (), insist or ()),
    )
    for note in notes:
        say(note)
    rows = estimated.table()
    tables.write(rows, out)
    say(f"{rows['flow'].sum():,.0f} persons in {len(rows):,} flows written to {out}")


def check_picture(file: Path) -> None:
    """Refuse a place where a picture cannot go, before anything is estimated."""
    from corridors.data import results

    if file.suffix not in (".svg", ".png"):
        fix = "Name it .svg or .png"
        raise InputError(Problem("--plot", f"'{file.name}' says no format", fix))
    results.check_file(file)


def write_picture(figure: Figure, file: Path) -> None:
    """Draw to a file in the format its ending says."""
    from corridors.cli.printing import say
    from corridors.data import results
    from corridors.show.figure import png, svg

    results.put(file, svg(figure) if file.suffix == ".svg" else png(figure))
    say(f"written: {file}")
