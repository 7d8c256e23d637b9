"""A table with places down and places across: KNOMAD, UN DESA 2015, censuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels
from corridors.readers.labels import Place
from corridors.readers.table import NOT_REPORTED, REPORTED, ZERO, Cell, Numbers, Sheet, cut, text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["Block", "Corner", "Matrix", "block", "corner", "long", "merged"]

#: A printed total may differ by the rounding of its parts.
_RELATIVE, _PER_PART = 1e-6, 0.5


@dataclass(frozen=True)
class Block:
    """Where the matrix stands in a sheet: rows and columns with their labels."""

    sheet: Sheet
    down: tuple[tuple[int, str], ...]
    across: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Matrix:
    """A matrix in long form, its notes and the sum of its diagonal."""

    frame: pd.DataFrame
    notes: tuple[str, ...]
    diagonal: float


def block(
    sheet: Sheet, header: int, label_column: int, first: int, last: int | None = None
) -> Block:
    """The block of cells whose labels stand in row `header` and column `label_column`, from 0.

    Rows whose label is followed by empty cells only are footnotes or headings and end up outside.
    """
    width = max(len(row) for row in sheet.rows)
    across = [(c, text(sheet.cell(header, c))) for c in range(first, width)]
    across = [(column, label) for column, label in across if label]
    down = []
    for row in range(header + 1, len(sheet.rows)):
        label = text(sheet.cell(row, label_column))
        if label and any(text(sheet.cell(row, column)) for column, _ in across):
            down.append((row, label))
    return Block(sheet, tuple(down), tuple(across))


def long(
    cells: Block,
    names: tuple[str, str],
    numbers: Numbers,
    *,
    meaning: tuple[dict[str, Place], dict[str, Place]] | None = None,
    keep_diagonal: bool = False,
    publisher: str | None = None,
) -> Matrix:
    """The matrix as rows; totals are checked against their parts, then left out.

    Parameters
    ----------
    cells : Block
    names : (str, str)
        Dimension down and dimension across.
    numbers : Numbers
        How cells become figures.
    meaning : (dict, dict), optional
        What the labels down and across mean; by default by name, as `publisher` uses it.
    keep_diagonal : bool
    publisher : str, optional

    Returns
    -------
    Matrix
        DataFrame (names, value, status_of_value) in the unit of the file, notes, and the diagonal.

    Raises
    ------
    InputError
        A label is no place or stands twice, a cell is no number, a total differs from its parts.
    """
    values, status = _figures(cells, numbers)
    down, across = meaning if meaning is not None else _meanings(cells, values, publisher)
    rows = [down[label] for _, label in cells.down]
    columns = [across[label] for _, label in cells.across]
    _check_twice(cells, rows, columns)
    unsplit = _unsplit(values, rows, columns)
    _check_totals(cells, values, rows, columns, {label for _, label in unsplit})
    frame, notes = _stacked(values, status, rows, columns, names)
    notes += _said_unsplit(cells, values, unsplit)
    notes += _left_out(cells, rows, columns)
    diagonal = 0.0
    if not keep_diagonal:
        same = (frame[names[0]] == frame[names[1]]) & ~frame[names[0]].isin(labels.UNKNOWN_CODES)
        diagonal = float(frame.loc[same, "value"].sum())
        if same.any():
            notes.append(f"diagonal left out: {int(same.sum())} cells, together {diagonal:,.0f}")
        frame = frame[~same].reset_index(drop=True)
    return Matrix(frame, tuple(notes), diagonal)


def _figures(cells: Block, numbers: Numbers) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    shape = len(cells.down), len(cells.across)
    values = np.full(shape, np.nan)
    status = np.full(shape, NOT_REPORTED, dtype=object)
    for i, (row, _) in enumerate(cells.down):
        for j, (column, _) in enumerate(cells.across):
            figure = numbers.at(cells.sheet, row, column)
            values[i, j], status[i, j] = figure.value, figure.status
    numbers.finish()
    return values, status


def _meanings(
    cells: Block, values: np.ndarray, publisher: str | None
) -> tuple[dict[str, Place], dict[str, Place]]:
    """What labels mean by name; a label nobody knows is a total where its line adds up the rest."""
    sheet = cells.sheet
    header = max(0, min(row for row, _ in cells.down) - 1) if cells.down else 0
    down = {label: sheet.where(row, 0) for row, label in cells.down}
    across = {label: sheet.where(header, column) for column, label in cells.across}
    return (
        _named(down, [label for _, label in cells.down], values, publisher),
        _named(across, [label for _, label in cells.across], values.T, publisher),
    )


def _named(
    wheres: dict[str, str], order: Sequence[str], values: np.ndarray, publisher: str | None
) -> dict[str, Place]:
    import numpy as np

    try:
        return labels.places(wheres, publisher=publisher)
    except InputError as error:
        refused = {problem.where for problem in error.problems}
        strange = [label for label, where in wheres.items() if where in refused]
        if len(strange) != 1:
            raise
        index = order.index(strange[0])
        others = np.delete(values, index, axis=0)
        parts = _parts_only(np.nansum(others, axis=0), order, index, values)
        if not _adds_up(values[index], parts, len(order)):
            raise
        known = {label: where for label, where in wheres.items() if label != strange[0]}
        return labels.places(known, publisher=publisher) | {strange[0]: Place("", labels.TOTAL)}


def _parts_only(
    sums: np.ndarray, order: Sequence[str], index: int, values: np.ndarray
) -> np.ndarray:
    """The sums of the lines that are no totals."""
    import numpy as np

    for number, label in enumerate(order):
        if number != index and labels.is_total(label):
            sums = sums - np.nan_to_num(values[number])
    return sums


def _adds_up(line: np.ndarray, sums: np.ndarray, number: int) -> bool:
    import numpy as np

    filled = ~np.isnan(line)
    if filled.sum() < 2 or not np.nansum(line):
        return False
    slack = _PER_PART * number + _RELATIVE * np.abs(sums)
    return bool((np.abs(line - sums)[filled] <= slack[filled]).all())


def _check_twice(cells: Block, rows: Sequence[Place], columns: Sequence[Place]) -> None:
    problems = []
    for places, lines, side in ((rows, cells.down, "rows"), (columns, cells.across, "columns")):
        seen: dict[str, str] = {}
        for place, (_, label) in zip(places, lines, strict=True):
            if place.role in (labels.TOTAL, labels.REGION, labels.UNKNOWN):
                continue
            if place.code in seen:
                what = f"two {side}, '{cut(seen[place.code])}' and '{cut(label)}', are {place.code}"
                where = f"{cells.sheet.file}, sheet '{cells.sheet.name}'"
                problems.append(Problem(where, what, "Keep one of them, or add them up"))
            seen[place.code] = label
    if problems:
        raise InputError(problems)


def _unsplit(
    values: np.ndarray, rows: Sequence[Place], columns: Sequence[Place]
) -> list[tuple[int, int]]:
    """Cells of a total row in columns without any part: people who are not split by origin."""
    import numpy as np

    inner = np.array([bool(place.code) for place in rows])
    empty = np.isnan(values[inner]).all(axis=0)
    return [
        (i, j)
        for i, row in enumerate(rows)
        if row.role == labels.TOTAL
        for j, column in enumerate(columns)
        if column.code and empty[j] and values[i, j] > 0
    ]


def _said_unsplit(
    cells: Block, values: np.ndarray, unsplit: Sequence[tuple[int, int]]
) -> list[str]:
    """KNOMAD 2010: these people stand under Other South and Other North, so none is added."""
    if not unsplit:
        return []
    people = sum(float(values[i, j]) for i, j in unsplit)
    some = ", ".join(cut(cells.across[j][1]) for _, j in unsplit[:3])
    return [
        f"{len(unsplit)} columns have a total ({people:,.0f} together) and no part, so they are "
        f"not reported: {some} and so on"
    ]


def _check_totals(
    cells: Block,
    values: np.ndarray,
    rows: Sequence[Place],
    columns: Sequence[Place],
    unsplit: set[int],
) -> None:
    """Every line of totals must be the sum of its parts (places and unknown origins)."""
    import numpy as np

    parts = (labels.AREA, labels.UNKNOWN, labels.OUTSIDE)
    inner_rows = np.array([place.role in parts for place in rows])
    inner_columns = np.array([place.role in parts for place in columns])
    problems: list[Problem] = []
    for j, place in enumerate(columns):
        if place.role == labels.TOTAL:
            sums = np.nansum(values[:, inner_columns], axis=1)
            lines = [row for row, _ in cells.down]
            problems += _differences(cells, values[:, j], sums, lines, cells.across[j][0], rows)
    for i, place in enumerate(rows):
        if place.role == labels.TOTAL:
            sums = np.nansum(values[inner_rows], axis=0)
            problems += [
                Problem(
                    cells.sheet.where(cells.down[i][0], cells.across[j][0]),
                    f"the total is {values[i, j]:,.1f}, its parts add up to {sums[j]:,.1f}",
                    "Check whether a row is missing or stands twice",
                )
                for j in np.flatnonzero(_apart(values[i], sums, int(inner_rows.sum()))).tolist()
                if columns[j].role in parts and j not in unsplit
            ][:5]
    if problems:
        raise InputError(problems)


def _differences(
    cells: Block,
    line: np.ndarray,
    sums: np.ndarray,
    row_numbers: Sequence[int],
    column: int,
    rows: Sequence[Place],
) -> list[Problem]:
    import numpy as np

    return [
        Problem(
            cells.sheet.where(row_numbers[i], column),
            f"the total is {line[i]:,.1f}, its parts add up to {sums[i]:,.1f}",
            "Check whether a column is missing or stands twice",
        )
        for i in np.flatnonzero(_apart(line, sums, len(cells.across))).tolist()
        if rows[i].role != labels.REGION
    ][:5]


def _apart(line: np.ndarray, sums: np.ndarray, number: int) -> np.ndarray:
    import numpy as np

    slack = np.minimum(_PER_PART * number, 0.01 + 0.005 * np.abs(sums)) + _RELATIVE * np.abs(sums)
    return ~np.isnan(line) & (np.abs(line - sums) > slack)


def _stacked(
    values: np.ndarray,
    status: np.ndarray,
    rows: Sequence[Place],
    columns: Sequence[Place],
    names: tuple[str, str],
) -> tuple[pd.DataFrame, list[str]]:
    import numpy as np
    import pandas as pd

    kept_rows = [i for i, place in enumerate(rows) if place.code]
    kept_columns = [j for j, place in enumerate(columns) if place.code]
    inner, said = values[np.ix_(kept_rows, kept_columns)], status[np.ix_(kept_rows, kept_columns)]
    down = np.array([rows[i].code for i in kept_rows], dtype=object)
    across = np.array([columns[j].code for j in kept_columns], dtype=object)
    frame = pd.DataFrame(
        {
            names[0]: np.repeat(down, len(across)),
            names[1]: np.tile(across, len(down)),
            "value": inner.ravel(),
            "status_of_value": said.ravel(),
        }
    )
    if frame.duplicated(list(names)).any():
        return merged(frame, list(names)), ["several unknown origins are added up as OTH or UNK"]
    return frame, []


def merged(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows with the same keys added up; a sum is reported where any part is, zero where all are.

    Parameters
    ----------
    frame : DataFrame (keys, value, status_of_value)
        In the unit of the file.
    keys : list of str

    Returns
    -------
    DataFrame (keys, value, status_of_value), in that unit
    """
    grouped = frame.groupby(keys, sort=False, observed=True)
    value = grouped["value"].sum(min_count=1)
    status = grouped["status_of_value"].first()
    status = status.mask(value.notna(), REPORTED).mask(value == 0, ZERO)
    return value.to_frame().assign(status_of_value=status).reset_index()


def _left_out(cells: Block, rows: Sequence[Place], columns: Sequence[Place]) -> list[str]:
    notes = []
    for places, lines, side in ((rows, cells.down, "rows"), (columns, cells.across, "columns")):
        gone = [label for place, (_, label) in zip(places, lines, strict=True) if not place.code]
        if gone:
            shown = ", ".join(map(cut, gone[:4])) + (" and so on" if len(gone) > 4 else "")
            notes.append(f"{side} of totals and regions left out ({len(gone)}): {shown}")
    return notes


@dataclass(frozen=True)
class Corner:
    """Where a matrix begins: its header row, its column of labels, its first column of figures."""

    header: int
    label_column: int
    first: int


def corner(sheet: Sheet, most: int = 40) -> Corner | None:
    """The corner of a matrix of places, or None: a row of place names over a column of them."""
    for header, cells in enumerate(sheet.rows[:most]):
        named = [c for c, cell in enumerate(cells) if _is_place(cell)]
        if len(named) < _FEWEST or 2 * len(named) < sum(bool(text(cell)) for cell in cells):
            continue
        for label_column in range(named[0]):
            below = [sheet.cell(row, label_column) for row in range(header + 1, len(sheet.rows))]
            if sum(_is_place(cell) for cell in below[:60]) >= _FEWEST:
                return Corner(header, label_column, named[0])
    return None


_FEWEST = 3
_LONGEST = 60


def _is_place(cell: Cell) -> bool:
    if not isinstance(cell, str) or len(cell) > _LONGEST or not any(c.isalpha() for c in cell):
        return False
    return labels.names_an_area(text(cell))
