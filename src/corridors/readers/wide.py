"""Tables with one row a key and a column for each quantity, made long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem, nearest
from corridors.readers import labels
from corridors.readers.labels import Place
from corridors.readers.table import NOT_REPORTED, REPORTED, ZERO, Numbers, Sheet, text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Measure", "column_of", "long", "named_columns", "places_of", "sheet_frame"]


@dataclass(frozen=True)
class Measure:
    """A column of figures: the quantity it is, its unit, and the factor that gives this unit."""

    quantity: str
    unit: str
    factor: float = 1.0


def long(table: pd.DataFrame, dims: Sequence[str], measures: Mapping[str, Measure]) -> pd.DataFrame:
    """One row a key and quantity; NaN is not reported, 0 is zero.

    Parameters
    ----------
    table : DataFrame
        Columns `dims`, and the columns named by `measures` that the file has.
    dims : sequence of str
    measures : mapping of column to Measure
        Its quantity, and the factor to base units (persons, dollars, shares).

    Returns
    -------
    DataFrame (dims, quantity, value, status_of_value), in base units
    """
    import pandas as pd

    parts = []
    for column, measure in measures.items():
        if column in table.columns:
            value = table[column].astype("float64") * measure.factor
            part = table[list(dims)].assign(quantity=measure.quantity, value=value)
            parts.append(part)
    if not parts:
        return pd.DataFrame(columns=[*dims, "quantity", "value", "status_of_value"])
    whole = pd.concat(parts, ignore_index=True)
    whole["status_of_value"] = REPORTED
    whole.loc[whole["value"] == 0, "status_of_value"] = ZERO
    whole.loc[whole["value"].isna(), "status_of_value"] = NOT_REPORTED
    return whole


def places_of(table: pd.DataFrame, column: str, file: str, scheme: str) -> pd.Series:
    """Codes of a column of codes; empty text for totals and regions, which are to be left out.

    Parameters
    ----------
    table : DataFrame (column, ...), figures in any unit
    column, file : str
        For messages too.
    scheme : str
        What the codes are, one of `corridors.areas.SCHEMES`.

    Returns
    -------
    Series (row) of text

    Raises
    ------
    InputError
        Every code that is no place.
    """
    wheres = {text(code): f"{file}, column '{column}'" for code in table[column].unique()}
    meant = labels.places(wheres, scheme)
    return table[column].map({code: meant[text(code)].code for code in table[column].unique()})


def meaning_of(table: pd.DataFrame, column: str, file: str, scheme: str) -> dict[str, Place]:
    """What each code of a column is."""
    wheres = {text(code): f"{file}, column '{column}'" for code in table[column].unique()}
    return labels.places(wheres, scheme)


def sheet_frame(sheet: Sheet, header: int) -> pd.DataFrame:
    """The cells below a header row as a DataFrame (its columns, row) of raw cells, units unread.

    Its columns are those of the header, and `row`, the row of the sheet.

    Raises
    ------
    InputError
        A column name stands twice.
    """
    import pandas as pd

    names = [text(cell) for cell in sheet.rows[header]]
    named = [(c, name) for c, name in enumerate(names) if name]
    twice = sorted({name for _, name in named if names.count(name) > 1})
    if twice:
        what = f"columns named twice: {', '.join(twice)}"
        raise InputError(Problem(sheet.where(header), what, "Rename one of each"))
    kept = [row for row in range(header + 1, len(sheet.rows)) if any(map(text, sheet.rows[row]))]
    columns = {name: [sheet.cell(row, c) for row in kept] for c, name in named}
    return pd.DataFrame({**columns, "row": kept}, dtype=object)


def column_of(columns: Sequence[str], *names: str) -> str | None:
    """The first column with one of these names, case, blanks and underscores aside."""
    folded = {_folded(column): column for column in columns}
    return next((folded[_folded(name)] for name in names if _folded(name) in folded), None)


def named_columns(sheet: Sheet, header: int, wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Position of each wanted column by its names in one of its header sets.

    Raises
    ------
    InputError
        Columns that are not there, with the nearest names.
    """
    names = [text(cell) for cell in sheet.rows[header]]
    found: dict[str, int] = {}
    problems = []
    for key, spellings in wanted.items():
        column = column_of(names, *spellings)
        if column is None:
            near = ", ".join(nearest(spellings[0], [name for name in names if name]))
            what = f"no column '{spellings[0]}'"
            problems.append(Problem(sheet.where(header), what, f"Is it one of {near}?"))
        else:
            found[key] = names.index(column)
    if problems:
        raise InputError(problems)
    return found


def figures(
    sheet: Sheet, rows: Sequence[int], column: int, numbers: Numbers
) -> tuple[list[float], list[str]]:
    """Values and statuses of one column."""
    read = [numbers.at(sheet, row, column) for row in rows]
    return [figure.value for figure in read], [figure.status for figure in read]


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
