"""`corridors data`: the reference tables, publishers' files, and what the names in a file mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.cli.printing import AsCsv, AsJson, print_rows, say
from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from corridors.areas import Meaning
    from corridors.readers import ReadTable

__all__ = ["data"]

data = typer.Typer(
    no_args_is_help=True, help="The reference tables, publishers' files, and names in files."
)

FIGURES_COLUMNS = {
    "key": "in [figures] of a study, or --set KEY=VALUE",
    "title": "what it is",
    "unit": "of the table; a study may name another of `units`",
    "units": "what else it may be written in",
    "lower": "least it may be, in unit",
    "upper": "most it may be, in unit",
}
NAMES_COLUMNS = {
    "label": "as it stands in the file, outer blanks away",
    "kind": "area, unknown (origins not known), aggregate or none",
    "code": "of the area; OTH, UNK or XXA of origins not known",
    "name": "of the area or the aggregate",
    "rows": "how many rows have the label",
    "note": "how it was settled, what it includes, why it is no place",
}


@data.command("list")
def data_list(
    figures: Annotated[
        bool, typer.Option("--figures", help="Figures a study may replace, with their units.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the reference tables: publisher, edition, licence, kind, coverage."""
    if figures:
        from corridors.baseline import corrections

        print_rows("data list --figures", corrections.listed(), FIGURES_COLUMNS, as_json, as_csv)
        return
    from corridors.cards.sources import TABLE_COLUMNS, reference_tables

    rows, columns = reference_tables(), TABLE_COLUMNS
    if not (as_json or as_csv):
        rows = rows[["table", "title", "edition"]]
    print_rows("data list", rows, columns, as_json, as_csv)


@data.command("names")
def data_names(
    file: Annotated[Path, typer.Argument(help="A table: CSV, xlsx, Parquet, ...")],
    column: Annotated[str, typer.Option(help="The column of labels.")],
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    scheme: Annotated[
        str | None,
        typer.Option(help="Codes of: iso3, iso2, m49, unhcr, eurostat or worldbank."),
    ] = None,
    publisher: Annotated[
        str | None, typer.Option(help="Who wrote it: un, unhcr, worldbank, unctad, ...")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what every label of a column means, and which is no place.

    The labels are read together, so that Congo beside the Democratic Republic is settled.
    """
    import pandas as pd

    from corridors import areas
    from corridors.readers import any_table

    table = any_table.read(file, {column: "label or empty"}, any_table.Asked(sheet=sheet))
    for note in table.notes:
        say(note)
    rows = table.frame[column].value_counts(sort=False)
    meanings = areas.resolve_all(rows.index, scheme, publisher)
    answer = pd.DataFrame(
        {
            "label": [str(label).strip() for label in rows.index],
            "kind": [meaning.kind for meaning in meanings],
            "code": [meaning.code for meaning in meanings],
            "name": [meaning.name for meaning in meanings],
            "rows": rows.to_list(),
            "note": [meaning.note for meaning in meanings],
        }
    )
    if not (as_json or as_csv):
        for meaning in meanings:
            if meaning.note:
                say(f"{meaning.label or '(empty)'}: {meaning.note}")
        answer = answer.drop(columns="note")
    print_rows("data names", answer, NAMES_COLUMNS, as_json, as_csv)
    say(_counts(meanings))


def _counts(meanings: tuple[Meaning, ...]) -> str:
    """One line: how many labels are what, and how many need an answer."""
    kinds: list[str] = [meaning.kind for meaning in meanings]
    words = {
        "area": "areas",
        "unknown": "origins not known",
        "aggregate": "aggregates",
        "none": "no place",
    }
    counts = ", ".join(f"{kinds.count(kind)} {word}" for kind, word in words.items())
    return f"{len(kinds)} labels: {counts}"


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
    from corridors.data import tables

    tables.check_out(out)
    read = [readers.read(file, format_, whole=not part) for file in files]
    for file, table in zip(files, read, strict=True):
        _say_table(file, table, format_ is None)
    joined = _joined(files, read)
    tables.write(joined, out)
    say(f"written: {out}, {len(joined)} rows")


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
