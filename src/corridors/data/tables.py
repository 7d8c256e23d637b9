"""Tables of the user's own: read with declared columns, never sniffed, and written whole or not.

The ending of the name says the format: `.csv`, `.csv.gz` or `.parquet`. Columns are found by name,
in any order; a label stays the text it is (`NA` is Namibia), and a cell that should be a number and
is not is named with its line.
"""

from __future__ import annotations

import csv
import errno
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.data import results
from corridors.errors import InputError, Problem, SourceError, nearest

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = ["ENDINGS", "check_out", "read", "read_known", "write"]

#: Ending of the name -> how DuckDB writes it.
FORMATS = {
    ".csv": "FORMAT csv, HEADER",
    ".csv.gz": "FORMAT csv, HEADER, COMPRESSION gzip",
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
}
ENDINGS = tuple(FORMATS)
#: What stands for a number that is not known.
ABSENT = ("", "NA", "NaN", "nan", "null")
_MOST = 5


def read(file: Path, columns: Mapping[str, str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The declared columns of a table.

    Parameters
    ----------
    columns : mapping of str to str
        Name of each column and what it holds: `label` or `number`.

    Returns
    -------
    table : DataFrame
        The columns in the declared order; a number not known is NaN.
    ignored : tuple of str
        Names of further columns of the file.

    Raises
    ------
    SourceError
        The file is missing or cannot be read as what its ending says.
    InputError
        A column is missing or occurs twice, a label is empty, a number is not one: each with its
        line.
    """
    import duckdb

    ending = _ending(file)
    if not file.is_file():
        raise SourceError(f"{file}: there is no such file. Check the name")
    try:
        with duckdb.connect() as connection:
            found = _header(file) if ending != ".parquet" else _names(connection, file)
            _check_columns(file, found, columns)
            source = _csv(file, found) if ending != ".parquet" else f"read_parquet({_text(file)})"
            rows = connection.execute(f"SELECT {_selected(columns)} FROM {source}").df()
    except (duckdb.Error, OSError, UnicodeDecodeError, EOFError) as error:
        raise SourceError(f"{file}: cannot be read as {ending[1:]} ({_said(error)})") from error
    _check_cells(file, rows, columns)
    table = rows[
        [f"{name}_as_read" if kind == "number" else name for name, kind in columns.items()]
    ]
    return table.set_axis(list(columns), axis=1), tuple(n for n in found if n not in columns)


def read_known(
    file: Path, needed: Mapping[str, str], optional: Mapping[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """As `read`, with those of the `optional` columns that the file has.

    Raises
    ------
    SourceError, InputError
        As `read`.
    """
    ending = _ending(file)
    if not file.is_file():
        raise SourceError(f"{file}: there is no such file. Check the name")
    try:
        names = _header(file) if ending != ".parquet" else _parquet_names(file)
    except (OSError, UnicodeDecodeError, EOFError, csv.Error) as error:
        raise SourceError(f"{file}: cannot be read as {ending[1:]} ({_said(error)})") from error
    return read(file, {**needed, **{name: optional[name] for name in names if name in optional}})


def _parquet_names(file: Path) -> list[str]:
    import duckdb

    try:
        with duckdb.connect() as connection:
            return _names(connection, file)
    except duckdb.Error as error:
        raise SourceError(f"{file}: cannot be read as parquet ({_said(error)})") from error


def write(table: pd.DataFrame, file: Path) -> None:
    """Write a table in the format its ending says, whole or not at all.

    Raises
    ------
    InputError
        The ending is not known.
    SourceError
        The file cannot be written; an older one stays.
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


def _header(file: Path) -> list[str]:
    opener = gzip.open if file.name.endswith(".gz") else open
    with opener(file, "rt", encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def _names(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    return list(connection.read_parquet(str(file)).columns)


def _csv(file: Path, found: list[str]) -> str:
    types = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in found)
    return (
        f"read_csv({_text(file)}, columns = {{{types}}}, auto_detect = false, header = true, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '')"
    )


def _selected(columns: Mapping[str, str]) -> str:
    """Every column as text, and the numbers beside it as numbers."""
    absent = ", ".join(f"'{word}'" for word in ABSENT)
    parts = []
    for name, kind in columns.items():
        text = f"CAST({_name(name)} AS VARCHAR)"
        parts.append(f"trim({text}) AS {_name(name)}")
        if kind == "number":
            known = f"CASE WHEN trim({text}) IN ({absent}) THEN NULL ELSE trim({text}) END"
            parts.append(f"TRY_CAST({known} AS DOUBLE) AS {_name(f'{name}_as_read')}")
    return ", ".join(parts)


def _check_columns(file: Path, found: list[str], columns: Mapping[str, str]) -> None:
    problems = [
        Problem(f"{file}:1", f"column '{name}' occurs twice", "Rename one")
        for name in dict.fromkeys(found)
        if found.count(name) > 1
    ]
    problems += [
        Problem(
            f"{file}:1",
            f"there is no column '{name}'",
            f"Did you mean {', '.join(nearest(name, found)) or 'another file'}?",
        )
        for name in columns
        if name not in found
    ]
    if problems:
        raise InputError(problems)


def _check_cells(file: Path, rows: pd.DataFrame, columns: Mapping[str, str]) -> None:
    problems = []
    for name, kind in columns.items():
        text = rows[name].fillna("")
        if kind == "label":
            wrong, fix = text == "", "Give it a label"
        else:
            wrong = rows[f"{name}_as_read"].isna() & ~text.isin(ABSENT)
            fix = "Write digits and a point, nothing else"
        problems += [
            Problem(
                f"{file}:{row + 2}",
                f"{name} is '{text[row]}', not a number" if kind == "number" else f"no {name}",
                fix,
            )
            for row in rows.index[wrong][:_MOST]
        ]
    if problems:
        raise InputError(problems)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
