"""`corridors data`: the reference tables, and what the names in a file mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.cli.printing import AsCsv, AsJson, print_rows, say

if TYPE_CHECKING:
    from corridors.areas import Meaning

__all__ = ["data"]

data = typer.Typer(no_args_is_help=True, help="The reference tables, and names in files.")

NAMES_COLUMNS = {
    "label": "as it stands in the file, outer blanks away",
    "kind": "area, unknown (origins not known), aggregate or none",
    "code": "of the area; OTH, UNK or XXA of origins not known",
    "name": "of the area or the aggregate",
    "rows": "how many rows have the label",
    "note": "how it was settled, what it includes, why it is no place",
}


@data.command("list")
def data_list(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the reference tables: publisher, edition, licence, kind, coverage."""
    from corridors.cards.sources import TABLE_COLUMNS, reference_tables

    rows, columns = reference_tables(), TABLE_COLUMNS
    if not (as_json or as_csv):
        rows = rows[["table", "title", "edition"]]
    print_rows("data list", rows, columns, as_json, as_csv)


@data.command("names")
def data_names(
    file: Annotated[Path, typer.Argument(help="A table: CSV, Parquet, ...")],
    column: Annotated[str, typer.Option(help="The column of labels.")],
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
    from corridors.data import tables

    table, _ = tables.read(file, {column: "label"})
    rows = table[column].value_counts(sort=False)
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
