"""Commands that turn publishers' files into tidy tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.cli.printing import print_rows, say
from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from corridors.readers import ReadTable

__all__ = ["data"]

AsJson = Annotated[bool, typer.Option("--json", help="Print rows as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print rows as CSV.")]

data = typer.Typer(
    no_args_is_help=True, help="The reference tables, and publishers' files into tidy tables."
)


@data.command("list")
def data_list(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the reference tables: publisher, edition, licence, kind, coverage."""
    from corridors.show import cards

    rows, columns = cards.tables(), cards.TABLE_COLUMNS
    if not (as_json or as_csv):
        rows = rows[["table", "title", "edition"]]
    print_rows("data list", rows, columns, as_json, as_csv)


@data.command("formats")
def data_formats(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the formats that `data read` knows: publisher, editions, rank, totals, quirks."""
    from corridors import readers

    rows = readers.formats()
    if not (as_json or as_csv):
        rows = rows[["format", "publisher", "editions", "rank"]]
    print_rows("data formats", rows, readers.FORMAT_COLUMNS, as_json, as_csv)


@data.command("read")
def data_read(
    files: Annotated[list[Path], typer.Argument(help="Files as a publisher gives them.")],
    out: Annotated[Path, typer.Option("--out", help="Table to write: .csv, .csv.gz, .parquet.")],
    format_: Annotated[
        str | None, typer.Option("--as", help="A format of `data formats`; found if left out.")
    ] = None,
    part: Annotated[
        bool, typer.Option("--part", help="The file is a part: do not hold it to its totals.")
    ] = False,
) -> None:
    """Read publishers' files into one tidy table; what was left out is said."""
    from corridors import readers
    from corridors.data import intake

    read = [readers.read(file, format_, whole=not part) for file in files]
    for file, table in zip(files, read, strict=True):
        _say_table(file, table, format_ is None)
    table = _joined(files, read)
    intake.write(table, out)
    say(f"written: {out}, {len(table)} rows")


@data.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(help="A format of `data formats`.")],
    folder: Annotated[Path, typer.Option("--to", help="Folder to put the files into.")] = Path(),
) -> None:
    """Fetch a publisher's files where their address stays; else say what to fetch by hand."""
    from corridors import readers

    for file in readers.fetch(name, folder):
        print(file)


def _say_table(file: Path, table: ReadTable, was_guessed: bool) -> None:
    how = "read as" if was_guessed else "as asked"
    say(f"{file}: {how} {table.reader}, edition {table.edition}, {len(table.frame)} rows")
    for note in table.notes:
        say(f"  {note}")
    for what, published, got in table.totals:
        say(f"  {what}: {got:,.0f} read, {published:,.0f} published")


def _joined(files: Sequence[Path], read: Sequence[ReadTable]) -> pd.DataFrame:
    """The rows of several files of one format, where no cell stands in two of them."""
    import pandas as pd

    names = {table.reader for table in read}
    if len(names) > 1:
        what = f"the files are of several formats: {', '.join(sorted(names))}"
        raise InputError(Problem("FILES", what, "Read each format into a table of its own"))
    editions = {table.edition for table in read}
    whole = pd.concat([table.tidy() for table in read], ignore_index=True)
    keys = [name for name in read[0].dims if name in whole.columns]
    twice = whole.duplicated([*keys, "edition"] if len(editions) > 1 else keys)
    if twice.any():
        first = whole[twice].iloc[0]
        key = ", ".join(f"{name} {first[name]}" for name in keys)
        shown = ", ".join(map(str, files))
        raise InputError(Problem(shown, f"{key} stands in two of them", "Leave one file out"))
    if len(editions) > 1:
        say("warning: several editions in one table: never subtract one from another")
    return whole
