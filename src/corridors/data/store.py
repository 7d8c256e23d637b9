"""The store of reference tables: find, verify, read, and ask in SQL.

Every table is one Parquet file beside a catalogue that says who published it, under which terms,
in which units and with which traps. A table is read only if its bytes are the ones the catalogue
was written for, so a truncated or edited file is an error, never a slightly different world.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.errors import InputError, Problem, SourceError, nearest

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = ["REFERENCE", "Table", "catalogue", "listing", "records", "sql", "table"]

#: Folder of the reference tables in the installed package.
REFERENCE = Path(__file__).parent / "reference"

_REINSTALL = "Install the package again (pip install --force-reinstall corridors)"


@dataclass(frozen=True)
class Table:
    """What the catalogue says of one table.

    `kind` is `reported`, `modelled` or `assumed`, or the rule by which its cells differ;
    `columns` gives the unit or meaning of each column, in order; `quirks` what a reader of the
    figures must know; `released` is the year and month of the edition, `newer` what is known to
    have come after it.
    """

    name: str
    title: str
    publisher: str
    edition: str
    licence: str
    address: str
    citation: str
    kind: str
    coverage: str
    rows: int
    sha256: str
    columns: dict[str, str] = field(hash=False)
    quirks: tuple[str, ...] = ()
    released: str = ""
    newer: str = ""


def catalogue(*, folder: Path = REFERENCE) -> tuple[Table, ...]:
    """Every reference table, in the order of names.

    Raises
    ------
    SourceError
        The catalogue is missing or damaged.
    """
    return tuple(_catalogue(folder).values())


@functools.cache
def _catalogue(folder: Path) -> dict[str, Table]:
    file = folder / "catalogue.json"
    try:
        entries = json.loads(file.read_bytes())
        return {
            name: Table(name=name, quirks=tuple(entry.pop("quirks")), **entry)
            for name, entry in entries.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        what = f"the catalogue of figures cannot be read: {file} ({error})"
        raise SourceError(f"{what}. {_REINSTALL}") from error


def table(
    name: str,
    *,
    year: int | None = None,
    categories: bool = False,
    folder: Path = REFERENCE,
) -> pd.DataFrame:
    """A reference table, verified.

    Parameters
    ----------
    name : str
    year : int, optional
        Rows of this year only.
    categories : bool
        Text as categories in the order of the alphabet: no Python string for each cell, so a
        twentieth of the memory and half of the time.
    folder : Path

    Returns
    -------
    DataFrame (columns of the catalogue)
        A new one at each call, in the units of the catalogue.

    Raises
    ------
    InputError
        No table has this name, or it has no years.
    SourceError
        The file is missing, damaged, or has other columns than the catalogue says.
    """
    with _connection(os.getpid()).cursor() as connection:
        relation = _relation(connection, name, folder)
        columns = _categories(relation) if categories else "*"
        if year is not None:
            if "year" not in relation.columns:
                raise InputError(Problem("year", f"table {name} has no years", "Leave it out"))
            relation = relation.filter(f"year = {year:d}")
        found = relation.project(columns).df()
    text = found.select_dtypes("category")
    return found.assign(**{column: text[column].cat.as_unordered() for column in text})


def _categories(relation: duckdb.DuckDBPyRelation) -> str:
    """Columns of a relation for SQL, each text column as an enumeration of its words."""
    text = [
        name
        for name, kind in zip(relation.columns, relation.types, strict=True)
        if kind == "VARCHAR"
    ]
    lists = [
        f'list(DISTINCT "{name}" ORDER BY "{name}") FILTER ("{name}" IS NOT NULL)' for name in text
    ]
    (words,) = relation.aggregate(", ".join(lists)).fetchall() if text else [()]
    enumerations = {
        name: ", ".join(_quoted(word) for word in some)
        for name, some in zip(text, words, strict=True)
    }
    return ", ".join(
        f'CAST("{name}" AS ENUM({enumerations[name]})) AS "{name}"' if name in text else f'"{name}"'
        for name in relation.columns
    )


def records(name: str, *, folder: Path = REFERENCE) -> list[dict[str, Any]]:
    """The rows of a small table as dictionaries, without loading pandas; absent is None.

    Values are in the units of the catalogue, each row with its source.

    Raises
    ------
    InputError, SourceError
        As `table`.
    """
    with _connection(os.getpid()).cursor() as connection:
        relation = _relation(connection, name, folder)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def listing(name: str, *, folder: Path = REFERENCE) -> dict[str, Any]:
    """A list kept by hand beside the tables: `aliases`, `groups` or `splits`.

    Raises
    ------
    SourceError
        The file is missing or damaged.
    """
    file = folder / f"{name}.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"the list {name} cannot be read: {file} ({error}). {_REINSTALL}"
        ) from error


def sql(
    query: str, *, further: Mapping[str, pd.DataFrame] | None = None, folder: Path = REFERENCE
) -> pd.DataFrame:
    """The answer to one SELECT over the reference tables, each a read-only view.

    The query sees nothing else: no file, no network, no variable of the caller.

    Parameters
    ----------
    further : mapping of str to DataFrame, optional
        Tables of the caller by the name that the query gives them.

    Returns
    -------
    DataFrame (columns that the query names)
        In the units of the catalogue, unless it computes.

    Raises
    ------
    InputError
        Not one SELECT, an unknown table or column, a further table with the name of a reference
        table, or any other mistake in the query.
    SourceError
        A table is missing or damaged.
    """
    import duckdb

    further = further or {}
    known = _catalogue(folder)
    problems = [
        Problem(f"table {name}", "is a reference table", "Name yours otherwise: NAME=FILE")
        for name in further
        if name.casefold() in known
    ]
    if problems:
        raise InputError(problems)
    with duckdb.connect() as connection:
        _only_one_select(connection, query)
        for name, rows in further.items():
            connection.register(name, rows)
        # A table that the query does not spell costs time and answers nothing; a query that names
        # none of them sees all, so that the error can offer the nearest.
        spelt = [name for name in _catalogue(folder) if name in query.casefold()]
        views = spelt or list(_catalogue(folder))
        for name in views:
            _relation(connection, name, folder).create_view(name)
        files = ", ".join(_quoted(folder / f"{name}.parquet") for name in views)
        connection.execute(f"SET allowed_paths = [{files}]")
        connection.execute(
            "SET enable_external_access = false; SET python_enable_replacements = false; "
            "SET lock_configuration = true"
        )
        try:
            return connection.execute(query).df()
        except duckdb.Error as error:
            raise InputError(_problem(error)) from error


def _only_one_select(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    import duckdb

    fix = "Ask one SELECT; `corridors data list` names the tables"
    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as error:
        raise InputError(_problem(error)) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError(Problem("query", "not one single SELECT", fix))


def _problem(error: duckdb.Error) -> Problem:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return Problem("query", " ".join(lines).rstrip("."), "Correct the query")


def _relation(
    connection: duckdb.DuckDBPyConnection, name: str, folder: Path
) -> duckdb.DuckDBPyRelation:
    import duckdb

    file = _verified(name, folder)
    entry = _catalogue(folder)[name]
    try:
        relation = connection.read_parquet(str(file))
    except duckdb.Error as error:
        raise SourceError(_damaged(name, file, "cannot be read as Parquet")) from error
    if relation.columns != list(entry.columns):
        raise SourceError(_damaged(name, file, "has other columns than the catalogue says"))
    return relation


@functools.cache
def _connection(_process: int) -> duckdb.DuckDBPyConnection:
    # Opening costs more than reading a small table. One a process: it does not survive a fork.
    import duckdb

    return duckdb.connect()


def _verified(name: str, folder: Path) -> Path:
    known = _catalogue(folder)
    if name not in known:
        fix = f"Did you mean {', '.join(nearest(name, known))}?"
        raise InputError(Problem("table", f"no reference table is called '{name}'", fix))
    file = folder / f"{name}.parquet"
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise SourceError(_damaged(name, file, f"cannot be read ({error.strerror})")) from error
    if found != known[name].sha256:
        raise SourceError(_damaged(name, file, "is damaged or was changed (sha256 differs)"))
    return file


def _damaged(name: str, file: Path, what: str) -> str:
    return f"table {name}: {file} {what}. {_REINSTALL}"


def _quoted(text: Path | str) -> str:
    return "'" + str(text).replace("'", "''") + "'"
