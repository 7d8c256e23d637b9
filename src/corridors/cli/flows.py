"""The commands of `corridors flows`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corridors.cli.printing import AsCsv, AsJson, say
from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corridors.flows.uncertainty import Errors

flows = typer.Typer(help="Who moved: flows between areas, estimated from stocks.")

Method = Annotated[str, typer.Option(help="Method; `corridors flows methods` lists them.")]
Draws = Annotated[int, typer.Option(min=0, help="Draws of the figures; 0: no interval.")]
Seed = Annotated[int, typer.Option(help="Seed of the draws.")]
Shape = Annotated[str, typer.Option(help="Of --out: rows, matrix or flowmap (two sheets).")]
Plot = Annotated[Path | None, typer.Option(help="Draw to FILE.svg or FILE.png.")]
ByType = Annotated[bool, typer.Option("--by-type", help="Add outward, returning and transit.")]
Zeros = Annotated[bool, typer.Option("--zeros", help="Flows of zero too, as PPML needs them.")]
Names = Annotated[bool, typer.Option("--names", help="Add names and coordinates.")]

#: Flows shown in a table; areas whose cohorts are said to be shifted.
SHOWN, SAID = 20, 5

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
    period: Annotated[
        str, typer.Option(help="1990-1995, ... 2015-2020, 2020-2024; all: every one.")
    ] = "2015-2020",
    method: Method = "da_pb_closed",
    top: Annotated[
        int | None, typer.Option(min=0, help="How many; 0: all. Default: 20 in a table.")
    ] = None,
    sex: Annotated[str, typer.Option(help="both, female or male.")] = "both",
    area: Annotated[str | None, typer.Option(help="Only flows of this area: PHL, ...")] = None,
    net: Annotated[bool, typer.Option("--net", help="Net migration of areas instead.")] = False,
    by_type: ByType = False,
    zeros: Zeros = False,
    names: Names = False,
    ages: Annotated[
        bool, typer.Option("--ages", help="By five-year age group, from a schedule and cohorts.")
    ] = False,
    per_year: Annotated[bool, typer.Option("--per-year", help="Add flow / years.")] = False,
    draws: Draws = 0,
    seed: Seed = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write to FILE.csv, .parquet, .xlsx or .geojson.")
    ] = None,
    shape: Shape = "rows",
    plot: Plot = None,
    picture: Annotated[str, typer.Option(help="map, chord or lines.")] = "map",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the largest flows of a period, from the figures in the package."""
    if context.invoked_subcommand is not None:
        return
    further = _further(by_type, zeros, names, per_year)
    printed = as_json or as_csv or out is not None
    _refuse_together(
        ("--plot", plot, {"--net": net, "--by-type": by_type, "--per-year": per_year}),
        ("--plot", plot, {"--draws": draws > 0 and not printed, "--period all": period == "all"}),
        ("--plot", plot, {"--zeros": zeros and not printed, "--names": names and not printed}),
        ("--net", net, {"--by-type": by_type, "--zeros": zeros, "--per-year": per_year}),
        ("--ages", ages, {"--net": net, "--by-type": by_type, "--zeros": zeros, "--names": names}),
        (
            "--ages",
            ages,
            {"--per-year": per_year, "--draws": draws > 0, "--plot": plot is not None},
        ),
        ("--ages", ages, {"--period all": period == "all", "--shape": shape != "rows"}),
        ("--net", net, {"--names": names, "--shape": shape != "rows"}),
    )
    if plot is not None:
        check_picture(plot)
    if out is not None:
        _check_out(out, shape, net or ages)
    elif shape != "rows":
        raise InputError(Problem("--shape", "is the shape of a file", "Say --out FILE"))
    if plot is not None:
        from corridors.show import flows as show

        figure = show.picture(picture, period, method, sex=sex, top=top or None, place=area)
        write_picture(figure, plot)
        if not printed:
            return
    if top is None:
        top = 0 if out is not None else SHOWN
    asked = {"sex": sex, "top": top or None, "place": area, "draws": draws, "seed": seed}
    if ages:
        _ages(period, method, asked, out, as_json, as_csv)
    elif net:
        _net(period, method, asked, out, as_json, as_csv)
    else:
        _rows(period, method, asked, further, (out, shape), as_json, as_csv)


def _rows(
    period: str,
    method: str,
    asked: Mapping[str, Any],
    further: tuple[str, ...],
    leaves: tuple[Path | None, str],
    as_json: bool,
    as_csv: bool,
) -> None:
    from corridors.cards import flows as cards
    from corridors.cli.printing import print_rows, printing
    from corridors.data import exports
    from corridors.show import flows as show
    from corridors.show import tables

    out, shape = leaves
    on_map = out is not None and (shape == "flowmap" or out.suffix == ".geojson")
    if on_map and "names" not in further:
        further = (*further, "names")
    rows = cards.largest(period, method, further=further, **asked)
    if "year" in further:
        say(cards.PER_YEAR)
    if out is not None:
        exports.write(rows, out, shape)
        say(f"{len(rows):,} flows written to {out}")
    if as_json or as_csv:
        print_rows("flows", rows, cards.columns_of(further), as_json, as_csv)
    elif out is None:
        with printing():
            if further or period == "all":
                print_rows("flows", rows, cards.columns_of(further), as_json, as_csv)
            else:
                tables.console(show.grid(rows, f"Flows {period}, {method}"))


def _ages(
    period: str,
    method: str,
    asked: Mapping[str, Any],
    out: Path | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    from corridors.cards import flow_ages as cards
    from corridors.cli.printing import print_rows
    from corridors.data import exports

    rows, shifts = cards.by_age(
        period, method, sex=asked["sex"], top=asked["top"], place=asked["place"]
    )
    for row in shifts.head(SAID).itertuples():
        say(
            f"{row.area}, {row.sex}: ages give a net of {row.cohorts:,.0f}, flows {row.net:,.0f}; "
            f"{row.kept:.0%} of the cohorts kept, {row.shift:,.0f} persons shifted"
        )
    if out is not None:
        exports.write(rows, out)
        say(f"{len(rows):,} flows written to {out}")
    if as_json or as_csv or out is None:
        print_rows("flows ages", rows, cards.COLUMNS, as_json, as_csv)


def _net(
    period: str,
    method: str,
    asked: Mapping[str, Any],
    out: Path | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    from corridors.cards import flows as cards
    from corridors.cli.printing import print_rows, printing
    from corridors.data import exports
    from corridors.show import flows as show
    from corridors.show import tables

    rows = cards.net(period, method, **asked)
    if out is not None:
        exports.write(rows, out)
        say(f"net migration of {len(rows):,} areas written to {out}")
    if as_json or as_csv:
        print_rows("flows net", rows, cards.NET_COLUMNS, as_json, as_csv)
    elif out is None:
        with printing():
            tables.console(show.net_grid(rows, f"Net migration {period}, {method}"))


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
    out: Annotated[Path, typer.Option(help="FILE.csv, .parquet, .xlsx or .geojson.")],
    movers: Annotated[float | None, typer.Option(help="How many moved, for mig_rate.")] = None,
    by_type: ByType = False,
    zeros: Zeros = False,
    names: Names = False,
    account: Annotated[
        Path | None, typer.Option(help="Write everybody by birthplace to FILE.")
    ] = None,
    draws: Draws = 0,
    seed: Seed = 0,
    error: Annotated[
        list[str] | None,
        typer.Option(help="Error of a figure for --draws, as pair=0.1; may be repeated."),
    ] = None,
    shape: Shape = "rows",
    plot: Plot = None,
    picture: Annotated[str, typer.Option(help="map or chord.")] = "chord",
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
    from corridors.data import exports, tables
    from corridors.readers.any_table import Asked
    from corridors.readers.stock_files import years_of

    _check_out(out, shape, False)
    if account is not None:
        tables.check_out(account)
    if plot is not None:
        check_picture(plot)
    if error and not draws:
        raise InputError(Problem("--error", "nothing is drawn", "Say --draws 100 as well"))
    on_map = shape == "flowmap" or out.suffix == ".geojson"
    from corridors.cards.flows import estimate_files

    estimated, rows, notes = estimate_files(
        stocks,
        areas,
        method=method,
        movers=movers,
        end=end,
        years=None if years is None else years_of(years),
        asked=Asked.written(columns, sheet, only or (), without or (), insist or ()),
        draws=draws,
        seed=seed,
        errors=_errors(error or []),
        further=_further(by_type, zeros, names or on_map, False),
    )
    for note in notes:
        say(note)
    figure = None
    if plot is not None:
        from corridors.show.flows import own_picture

        figure = own_picture(picture, rows[rows["flow"] > 0.0], method)
    if account is not None:
        everybody = estimated.account()
        tables.write(everybody, account)
        say(f"the account of {everybody['persons'].sum():,.0f} persons written to {account}")
    exports.write(rows, out, shape)
    say(f"{rows['flow'].sum():,.0f} persons in {len(rows):,} flows written to {out}")
    if plot is not None and figure is not None:
        write_picture(figure, plot)


def _further(by_type: bool, zeros: bool, names: bool, per_year: bool) -> tuple[str, ...]:
    asked = {"type": by_type, "zeros": zeros, "names": names, "year": per_year}
    return tuple(name for name, wanted in asked.items() if wanted)


def _errors(given: list[str]) -> Errors | None:
    """Declared errors, as NAME=SHARE each; None: the defaults."""
    from dataclasses import fields

    from corridors.errors import nearest
    from corridors.flows.uncertainty import Errors

    if not given:
        return None
    known, read, problems = [field.name for field in fields(Errors)], {}, []
    for word in given:
        name, _, share = word.partition("=")
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if name not in known:
            fix = f"Use {', '.join(nearest(name, known) or known)}"
            problems.append(Problem("--error", f"there is no error called '{name}'", fix))
        elif not 0.0 <= value < 1.0:
            what = f"'{share}' of {name} is not a share of 0 to 1"
            problems.append(Problem("--error", what, f"Write {name}=0.05"))
        read[name] = value
    if problems:
        raise InputError(problems)
    return Errors(**read)


def _refuse_together(*rules: tuple[str, object, dict[str, bool]]) -> None:
    """Refuse options that would be thrown away beside another."""
    problems = [
        Problem(option, f"does not go with {other}", f"Leave out {other}, or ask for it alone")
        for option, given, others in rules
        if given
        for other, asked in others.items()
        if asked
    ]
    if problems:
        raise InputError(problems)


def _check_out(out: Path, shape: str, net: bool) -> None:
    from corridors.data import exports

    exports.check(out, shape)
    if net and out.suffix == ".geojson":
        fix = "Name the file .csv, .parquet or .xlsx"
        raise InputError(Problem("--out", "these rows have no lines to map", fix))


def check_picture(file: Path) -> None:
    """Refuse a place where a picture cannot go, before anything is estimated."""
    from corridors.data import results

    if file.suffix not in (".svg", ".png"):
        fix = "Name it .svg or .png"
        raise InputError(Problem("--plot", f"'{file.name}' says no format", fix))
    results.check_file(file)


def write_picture(figure: Figure, file: Path) -> None:
    """Write a picture in the format its name says, and say so."""
    from corridors.data import results
    from corridors.show.figure import png, svg

    results.put(file, svg(figure) if file.suffix == ".svg" else png(figure))
    say(f"written: {file}")
