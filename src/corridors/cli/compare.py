"""`corridors compare`: two results or studies, and how their headlines differ."""

from __future__ import annotations

from typing import Annotated

import typer

from corridors.cli.printing import AsCsv, AsJson, one_format, print_rows, printing

__all__ = ["compare"]

COLUMNS = {
    "policy_a": "policy of A",
    "policy_b": "policy of B",
    "capital": "closure of capital",
    "measure": "name of the measure",
    "title": "what it says",
    "unit": "unit of the figures",
    "a": "answer of A",
    "b": "answer of B",
    "difference": "B less A",
    "median": "median of the draws",
}


def compare(
    a: Annotated[str, typer.Argument(help="Folder of a result, shipped study or TOML file.")],
    b: Annotated[str, typer.Argument(help="Folder of a result, shipped study or TOML file.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Compare two results or studies on common draws: the difference of every headline."""
    from corridors.show import tables
    from corridors.show.report.comparison import grids
    from corridors.study.compare import compare, read

    one_format(as_json, as_csv)
    rows = compare(read(a), read(b))
    if as_json or as_csv:
        columns = {**COLUMNS, **{name: "bound" for name in rows if name not in COLUMNS}}
        print_rows("compare", rows, columns, as_json, as_csv)
        return
    with printing():
        for grid in grids(rows, a, b):
            tables.console(grid)
