"""Tables for the user, written whole or not at all.

The ending of the name says the format: `.csv`, `.csv.gz` or `.parquet`. What users bring is read
by `corridors.readers.any_table`.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.data import results
from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENDINGS", "check_out", "write"]

#: Ending of the name -> how DuckDB writes it.
FORMATS = {
    ".csv": "FORMAT csv, HEADER",
    ".csv.gz": "FORMAT csv, HEADER, COMPRESSION gzip",
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
}
ENDINGS = tuple(FORMATS)


def write(table: pd.DataFrame, file: Path) -> None:
    """Write a DataFrame in the format its ending says, whole or not at all.

    Parameters
    ----------
    table : DataFrame (columns)
        Each column in its own unit, which is not written.
    file : Path

    Raises
    ------
    InputError
        The ending is not known.
    SourceError
        The file cannot be written (an OSError inside); an older one stays.
    """
    import duckdb

    format_ = FORMATS[_ending(file)]
    needed = int(table.memory_usage(deep=True).sum())
    with results.publish_file(file, needed) as fresh, duckdb.connect() as connection:
        connection.register("result", table)
        try:
            connection.execute(f"COPY result TO {_text(fresh)} ({format_})")
        except duckdb.Error as error:
            raise OSError(errno.EIO, _said(error)) from error


def check_out(file: Path) -> None:
    """Refuse a place where `write` could not write, before anything is computed.

    Raises
    ------
    InputError, SourceError
        As `write`.
    """
    _ending(file)
    results.check_file(file)


def _said(error: Exception) -> str:
    """The first lines of a library's message: which line of the file, and what is wrong there."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines[:3])


def _ending(file: Path) -> str:
    for ending in ENDINGS:
        if file.name.endswith(ending):
            return ending
    what = f"its ending says no format: {file.name}"
    raise InputError(Problem(str(file), what, f"Name it {', '.join(ENDINGS)}"))


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
