"""The command line: data on stdout, talk on stderr, one exit code for each kind of ending.

0 done (warnings too), 1 finding, 2 input, 3 source or missing file, 4 model, 130 interrupted, 143
terminated; a bug prints its traceback and ends with 70. What is slow to import is imported inside
the command that needs it, so that `corridors --help` starts fast.
"""

from __future__ import annotations

import datetime
import io
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from corridors.cli.claims import claims
from corridors.cli.compare import compare
from corridors.cli.data import data
from corridors.cli.ending import Ending, listening, stop_children
from corridors.cli.executors import Scheduler, Workers, drawing, executor_asked
from corridors.cli.flows import flows
from corridors.cli.forecast import PlotAhead, draw_ahead, forecast
from corridors.cli.journeys import journeys
from corridors.cli.printing import (
    AsCsv,
    AsJson,
    print_card,
    print_rows,
    printing,
    require_stdout,
    room,
    say,
)
from corridors.cli.settings import Settings, read_settings
from corridors.cli.world import world
from corridors.errors import CorridorsError, InputError, Problem, SourceError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd

    from corridors.data import store
    from corridors.study import Study
    from corridors.world import Result

#: Draws from which on what is drawn is kept until the run has ended: some seconds of work.
KEPT_FROM = 100
S = TypeVar("S")
T = TypeVar("T")

BUG = 70
#: Letters of a line of an error that are printed: a value in it may be a whole file.
LONGEST = 1_000

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="""A computable model of the world migration system: ask what if, get figures.

    Try `corridors run open-borders`, `corridors place PHL` or `corridors corridor MEX USA`.""",
)
app.add_typer(data, name="data")
app.add_typer(flows, name="flows")
app.add_typer(forecast, name="forecast")
app.add_typer(journeys, name="journeys")
app.add_typer(world, name="world")
app.command()(compare)
app.command()(claims)


def main() -> None:
    """Run the command line and leave with its exit code."""
    # The model multiplies small matrices in several processes: threads inside each only collide.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals without the letter
    with listening() as ending:
        code = _code(ending)
        if ending.signal:
            stop_children()
            say("interrupted" if ending.signal == signal.SIGINT else "terminated")
            code = ending.exit_code
    sys.exit(code)


def _code(ending: Ending) -> int | str | None:
    """Run the command that was asked for; its exit code."""
    try:
        require_stdout()
        with room():
            app()
    except SystemExit as leaving:
        return leaving.code
    except CorridorsError as error:
        for line in str(error).splitlines():
            say(f"error: {line if len(line) <= LONGEST else line[:LONGEST] + ' ...'}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception:
        if ending.signal:  # some libraries answer an interrupt with an error of their own
            return BUG
        import traceback

        traceback.print_exc()
        say("This is a bug in corridors: please report it with the lines above.")
    return BUG


# --- looking at the figures ------------------------------------------------------------------


@app.command()
def place(
    name: Annotated[str, typer.Argument(help="ISO code, name or group: PHL, Viet Nam, GCC, ...")],
    plot: PlotAhead = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show one area, or a group: people both ways, what comes next, money, rules, economy."""
    from corridors.areas import resolve
    from corridors.cards.group import card_of

    if plot is not None:
        draw_ahead("all", resolve(name).code, plot)
        return
    print_card("place", card_of(name), as_json, as_csv)


@app.command()
def corridor(
    birthplace: Annotated[str, typer.Argument(help="Where people were born: MEX, ...")],
    residence: Annotated[str, typer.Argument(help="Where they live: USA, ...")],
    plot: PlotAhead = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show one corridor both ways: people, what comes next, refugees, money, rules, distance."""
    from corridors.areas import resolve
    from corridors.cards.corridor import corridor_card

    if plot is not None:
        draw_ahead(resolve(birthplace).code, resolve(residence).code, plot)
        return
    card = corridor_card(birthplace, residence)
    print_card("corridor", card, as_json, as_csv)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; `corridors data list` names tables.")],
    files: Annotated[
        list[str] | None,
        typer.Option("--with", help="Your own table as FILE or NAME=FILE, CSV, xlsx, ..."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Ask the reference tables, and your own beside them, in SQL (DuckDB); nothing else is read."""
    from corridors.data import store

    answer = store.sql(query, further=_tables_of(files or (), sheet))
    types = {str(name): str(kind) for name, kind in answer.dtypes.items()}
    print_rows("sql", answer, types, as_json, as_csv)


def _tables_of(files: Sequence[str], sheet: str | None) -> dict[str, pd.DataFrame]:
    """The user's tables by name: what stands before "=", or the name of the file."""
    from corridors.readers import any_table

    tables = {}
    for written in files:
        name, _, path = written.rpartition("=")
        file = Path(path)
        name = name or re.sub(r"\W+", "_", file.name.split(".")[0])
        if name in tables:
            raise InputError(Problem("--with", f"two tables are called {name}", "Say NAME=FILE"))
        tables[name], notes = any_table.everything(file, any_table.Asked(sheet=sheet))
        say(f"table {name}: {', '.join(map(str, tables[name].columns))}")
        for note in notes:
            say(f"  {note}")
    return tables


@app.command()
def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="Shipped studies or TOML files.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every shipped study.")] = False,
    draws: Annotated[int | None, typer.Option(help="Draws of the parameters.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draws.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and plan, solve nothing.")
    ] = False,
    scheduler: Scheduler = None,
    settings: Settings = None,
    world: Annotated[
        str | None, typer.Option(help="A year (2020), or a world's folder or name.")
    ] = None,
    workers: Workers = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted run of draws stopped.")
    ] = False,
) -> None:
    """Answer studies: print the headline, write tables and a report to ./NAME/ (or --out).

    Several studies go to folders side by side, and index.html beside them leads to their reports.
    """
    from corridors import study

    wanted = dict.fromkeys([*(names or []), *(study.shipped() if everything else ())])
    if not wanted:
        raise typer.BadParameter("name a study or a file, or say --all; `corridors studies` lists")
    given = read_settings(settings)

    def asked() -> list[Study]:
        read = _each(
            lambda name: study.read(name, world).with_settings(given).with_draws(draws, seed),
            wanted,
        )
        if draws or seed is not None:
            _say_what_draws_nothing(read)
        return read

    if dry_run:
        _print_plans(asked())
        return
    with drawing() as beside:
        studies_asked = asked()
        folders = _folders([each.name for each in studies_asked], out)
        with (
            executor_asked(scheduler, workers) as executor,
            _kept(executor, studies_asked, resume) as kept,
        ):
            _answer(studies_asked, folders, kept, beside)


def _say_what_draws_nothing(asked: list[Study]) -> None:
    for each in asked:
        if each.file.answer == "projection":
            say(f"{each.name}: a projection draws nothing, --draws and --seed are not read")


@contextmanager
def _kept(executor: Executor, asked: list[Study], resume: bool) -> Iterator[Executor]:
    """The executor, its answers kept until the run has ended where draws are many."""
    from corridors import ensemble
    from corridors.data import kept

    most = max(study_asked.draws for study_asked in asked)
    if most < KEPT_FROM and not resume:
        yield executor
        return
    keeping = ensemble.Kept(executor, kept.place(), read=resume)
    yield keeping
    keeping.forget()
    if resume:
        say(f"resumed: {keeping.taken} of {keeping.asked} batches of draws were there")


def _answer(asked: list[Study], folders: list[Path], executor: Executor, beside: Executor) -> None:
    """Run the studies, each into its folder; of several write the index last.

    The process `beside` draws, and does all that is done beside this one where there are no draws.
    """
    from corridors import study
    from corridors.data import results
    from corridors.show import report
    from corridors.show.report import index

    page = folders[0].parent / "index.html"
    _each(results.check_folder, folders)
    if len(asked) > 1:
        results.check_page(page, index.MARK)
    entries = []
    for study_asked, folder in zip(asked, folders, strict=True):
        drawn = study_asked.draws > 0
        result = study.run(
            study_asked,
            executor=executor if drawn else beside,
            progress=lambda step: say(str(step)),
        )
        drawing_it = beside.submit(report.pages, result)
        text = _text(result)
        result.save(folder, drawing_it.result)
        with printing():
            print(text, end="")
        say(f"written to {folder}/: report.html, corridors.csv, areas.csv and the tables")
        entries.append(index.entry(result, folder.name))
    if len(asked) > 1:
        index.write(page, entries)
        say(f"written: {page}, which leads to every report")


def _each(act: Callable[[T], S], items: Iterable[T]) -> list[S]:
    """What `act` gives for every item; the problems of all items are one error."""
    given: list[S] = []
    problems: list[Problem] = []
    for item in items:
        try:
            given.append(act(item))
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise InputError(problems)
    return given


def _folders(names: list[str], out: Path | None) -> list[Path]:
    """One study goes to `out` itself, several to folders in it."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        what, fix = "two files of this name would go to one folder", "Rename one of them"
        raise InputError([Problem(f"study '{name}'", what, fix) for name in twice])
    if out is None:
        return [Path(name) for name in names]
    return [out] if len(names) == 1 else [out / name for name in names]


def _print_plans(asked: list[Study]) -> None:
    import pandas as pd

    from corridors import study
    from corridors.show import tables
    from corridors.show.tables import Column, Grid

    plans = [study.plan(study_asked).assign(study=study_asked.name) for study_asked in asked]
    columns = (
        Column("study"),
        Column("policy"),
        Column("lever"),
        Column("cells", "cells touched", "number"),
        Column("empty", "empty today", "number"),
    )
    with printing():
        tables.console(Grid(pd.concat(plans, ignore_index=True), columns))
    for line in dict.fromkeys(line for study_asked in asked for line in study_asked.remarks()):
        say(line)
    cases = sum(study_asked.cases for study_asked in asked)
    say(f"{cases} cases; nothing was solved and nothing written")


def _text(result: Result) -> str:
    """What is printed of a result: its lead, where it has one, and its tables."""
    from corridors.show import tables
    from corridors.show.report import equilibrium

    lead = f"{result.manifest['lead']}\n" if result.manifest.get("lead") else ""
    return lead + "".join(map(tables.for_console, equilibrium.grids(result)))


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="A result of `corridors run` or `journeys run`.")],
) -> None:
    """Write the report of a result anew."""
    from corridors.show.report import renew

    renew(folder)
    say(f"written: {folder}/report.html")


@app.command()
def studies(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the studies that ship with the package."""
    import pandas as pd

    from corridors import study

    read = {name: study.read(name).file for name in study.shipped()}
    rows = pd.DataFrame(
        [
            {"name": name, "title": file.title, "question": file.question}
            for name, file in read.items()
        ]
    )
    columns = {"name": "to run it", "title": "what it is called", "question": "what it asks"}
    print_rows("studies", rows, columns, as_json, as_csv)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser")] = True,
    embed: Annotated[
        list[str] | None,
        typer.Option(help="Origin whose pages may show this one in a frame, as https://name."),
    ] = None,
) -> None:
    """Open the page: the world, its corridors, and what-ifs, on this machine only."""
    # One thread a solve: several small ones at once are faster than one with many.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from corridors.app import server

    server.serve(port, browser, tuple(embed or ()), say)


@app.command()
def doctor(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Check the installation: versions, every reference table, a folder to write to."""
    import pandas as pd

    rows = pd.DataFrame([*_versions(), *_tables(), _writable()], columns=["check", "fine", "found"])
    columns = {"check": "what was checked", "fine": "whether it is", "found": "what was found"}
    print_rows("doctor", rows, columns, as_json, as_csv)
    if not rows["fine"].all():
        say("error: not everything is fine; the column `found` says what to do")
        raise typer.Exit(SourceError.exit_code)


def _versions() -> Iterator[tuple[str, bool, str]]:
    from importlib import metadata

    from corridors import __version__

    yield "corridors", True, __version__
    yield "python", True, sys.version.split()[0]
    for requirement in metadata.requires("corridors") or []:
        if "extra ==" not in requirement:
            name = re.split(r"[^\w-]", requirement)[0]
            yield name, True, metadata.version(name)


def _tables() -> Iterator[tuple[str, bool, str]]:
    from corridors.data import store

    for entry in store.catalogue():
        try:
            store.table(entry.name)
        except SourceError as error:
            yield f"table {entry.name}", False, str(error)
        else:
            about = f"{entry.rows} rows, sha256 {entry.sha256[:12]}; {_age(entry)}"
            yield f"table {entry.name}", True, about


def _age(entry: store.Table) -> str:
    """How old the edition of a table is today, and which is known to be newer."""
    if not entry.released:
        return "of an age that the catalogue does not say"
    today, (year, month) = datetime.date.today(), map(int, entry.released.split("-"))
    age = (12 * (today.year - year) + today.month - month) / 12.0
    newer = f"; newer: {entry.newer}" if entry.newer else "; no newer edition known"
    return f"released {entry.released}, {age:.1f} years old{newer}"


def _writable() -> tuple[str, bool, str]:
    """A run writes a folder where it is started."""
    fine = os.access(".", os.W_OK)
    advice = "" if fine else " cannot be written to: change folder or use --out"
    return "current folder", fine, os.getcwd() + advice
