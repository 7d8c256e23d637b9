"""A user's stocks at two times and vital events, in the shapes that people bring them in.

Stocks come long with two columns, with a column for each year, with a column of years, or as a
matrix for each end (two sheets named by their years, or two files). What would count people twice
or compare what cannot be compared is refused, with the option that insists.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem, nearest
from corridors.readers import any_table, stock_checks
from corridors.readers.any_table import Asked, folded
from corridors.readers.table import Sheet, cut, text, year_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UserStocks", "corner_of", "read", "square", "years_of"]

STOCKS = {"birth": "label", "residence": "label", "stock_start": "number", "stock_end": "number"}
AREAS = {"area": "label", "births": "number", "deaths": "number"}
_PAIR = {"birth": "label", "residence": "label"}
_CORNERS = 40
_FEWEST = 2


@dataclass(frozen=True)
class UserStocks:
    """Rows of `STOCKS` and `AREAS`, and what was found, left out and renamed, in words."""

    stocks: pd.DataFrame
    areas: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """Stocks by pair, with a column for each year or the two of `STOCKS`."""

    frame: pd.DataFrame
    notes: tuple[str, ...]
    ignored: tuple[str, ...] = ()


def read(
    stocks: Path,
    areas: Path,
    asked: Asked | None = None,
    *,
    end: Path | None = None,
    years: tuple[int, int] | None = None,
) -> UserStocks:
    """Stocks and vital events of a user's files.

    Parameters
    ----------
    stocks : Path
        Stocks at both ends, persons; at the start where `end` is given.
    areas : Path
        Births and deaths by area, persons over the period.
    asked : Asked, optional
        What the user says of sheet, columns and rows, and insists on.
    end : Path, optional
        Stocks at the end.
    years : (int, int), optional
        The two of several years.

    Returns
    -------
    UserStocks
        DataFrames (birth, residence, stock_start, stock_end) and (area, births, deaths), persons,
        and notes.

    Raises
    ------
    SourceError
        A file is missing or damaged.
    InputError
        A column is missing, a cell is wrong, a label is a total or a region, several rows are of
        one pair, the editions or the units differ.
    """
    asked = asked or Asked()
    part = _both_ends(stocks, asked, years) if end is None else _two_files(stocks, end, asked)
    vital = any_table.read(areas, AREAS, _without_down(asked))
    stock, event = _left_out((part.frame, vital.frame), stocks.name, asked)
    rows = stock_checks.one_row_each(stock, list(_PAIR), stocks.name, asked)
    events = stock_checks.one_row_each(event, ["area"], areas.name, asked)
    unknown = stock_checks.refuse_totals(rows, events, (stocks.name, areas.name), asked)
    rows, events, renamed = stock_checks.same_names(rows, events)
    stock_checks.refuse_units(rows, events, areas.name, asked)
    notes = [
        f"{file.name}: {note}"
        for file, said in ((stocks, part.notes), (areas, vital.notes))
        for note in said
    ]
    notes += [
        f"{file.name}: ignored {', '.join(names)}"
        for file, names in ((stocks, part.ignored), (areas, vital.ignored))
        if names
    ]
    columns = list(STOCKS)
    return UserStocks(
        rows[columns].reset_index(drop=True),
        events[list(AREAS)].reset_index(drop=True),
        (*notes, *unknown, *renamed),
    )


def _left_out(
    tables: tuple[pd.DataFrame, pd.DataFrame], where: str, asked: Asked
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables without the labels that the user leaves out.

    Raises
    ------
    InputError
        Neither has a label of this name.
    """
    stocks, events = tables
    columns = (stocks["birth"], stocks["residence"], events["area"])
    there = {label for column in columns for label in column}
    gone = {label for label in there if folded(label) in {folded(name) for name in asked.without}}
    unmet = [name for name in asked.without if folded(name) not in map(folded, there)]
    if unmet:
        close = ", ".join(nearest(unmet[0], there))
        what = f"there is no label '{cut(unmet[0])}' to leave out"
        raise InputError(Problem(where, what, f"Did you mean {close}?"))
    kept = ~stocks["birth"].isin(gone) & ~stocks["residence"].isin(gone)
    return stocks[kept], events[~events["area"].isin(gone)]


# --- both ends in one file -----------------------------------------------------------------------


def _both_ends(file: Path, asked: Asked, years: tuple[int, int] | None) -> _Part:
    every = any_table.sheets(file, asked)
    if years is None and _has(every, STOCKS, asked):
        whole = any_table.read(file, STOCKS, asked)
        return _Part(whole.frame, whole.notes, whole.ignored)
    wide = _year_columns(every, asked)
    if wide:
        first, last = _two_years(file, list(wide), years)
        columns = dict(asked.columns) | {wide[first]: "stock_start", wide[last]: "stock_end"}
        whole = any_table.read(
            file, STOCKS, Asked(columns, asked.sheet, asked.only, asked.without, asked.insist)
        )
        return _Part(whole.frame, (*whole.notes, f"from {first} to {last}"), whole.ignored)
    long = {**_PAIR, "year": "number", "stock": "number"}
    if _has(every, long, asked):
        return _by_year(file, every, asked, years)
    squares = {sheet.name: sheet for sheet in every if corner_of(sheet) is not None}
    if len(squares) > 1:
        dated = {year: sheet for sheet in squares.values() if (year := _year_in(sheet.name))}
        first, last = _two_years(file, list(dated), years)
        return _joined(
            file,
            square(dated[first], asked),
            square(dated[last], asked),
            (f"sheet '{dated[first].name}' is the start, '{dated[last].name}' the end",),
        )
    if squares or _has(every, {**_PAIR, "stock": "number"}, asked):
        what = "holds stocks at one time; flows need two"
        raise InputError(Problem(file.name, what, "Give the file of the other with --end FILE"))
    whole = any_table.read(file, STOCKS, asked)  # says which column is missing
    return _Part(whole.frame, whole.notes)


def _has(every: Iterable[Sheet], columns: Mapping[str, str], asked: Asked) -> bool:
    return any(
        len(any_table.match(cells, columns, asked.columns)) == len(columns)
        for sheet in every
        for cells in sheet.rows[:_CORNERS]
    )


def _year_columns(every: Iterable[Sheet], asked: Asked) -> dict[int, str]:
    """Year -> name of its column, in the first header with pairs and two years or more."""
    for sheet in every:
        for cells in sheet.rows[:_CORNERS]:
            if len(any_table.match(cells, _PAIR, asked.columns)) == len(_PAIR):
                dated = {year: text(cell) for cell in cells if (year := _year_in(cell))}
                if len(dated) > 1:
                    return dated
    return {}


def _year_in(cell: object) -> int | None:
    """The year in the name of a column or sheet: 2015, y2015, stock_2015, "Stocks 2015"."""
    years = re.findall(r"(?<!\d)(?:1[5-9]|2[01])\d\d(?!\d)", text(cell))
    return year_of(years[0]) if len(years) == 1 else None


def _two_years(file: Path, there: Sequence[int], years: tuple[int, int] | None) -> tuple[int, int]:
    shown = ", ".join(map(str, sorted(there)))
    if years is None and len(there) == 2:
        return min(there), max(there)
    if years is None:
        what = f"holds {len(there)} years ({shown}), and flows need two"
        raise InputError(Problem(file.name, what, "Say which with --years, such as 2015-2020"))
    gone = [year for year in years if year not in there]
    if gone:
        what = f"has no {' and no '.join(map(str, gone))}"
        raise InputError(Problem(file.name, what, f"It has {shown}"))
    return min(years), max(years)


def _by_year(
    file: Path, every: Sequence[Sheet], asked: Asked, years: tuple[int, int] | None
) -> _Part:
    """A row for each pair and year; an edition in the rows must be the same at both ends."""
    edition = {"edition": "label"}
    columns = {**_PAIR, "year": "label", "stock": "number"}
    dated = _has(every, columns | edition, asked)
    whole = any_table.read(file, columns | (edition if dated else {}), asked)
    frame = whole.frame
    wrong = [row for row, year in frame["year"].items() if _year_in(year) is None]
    if wrong:
        row = wrong[0]
        what = f"'{cut(frame.loc[row, 'year'])}' is no year"
        raise InputError(Problem(whole.where(row), what, "Write four digits"))
    frame = frame.assign(year=frame["year"].map(_year_in))
    first, last = _two_years(file, sorted(set(frame["year"])), years)
    ends = [frame[frame["year"] == year] for year in (first, last)]
    if dated:
        editions = [sorted(set(end["edition"])) for end in ends]
        stock_checks.refuse_editions(file.name, editions[0], editions[1], asked)
    return _joined(
        file,
        _Part(ends[0], ()),
        _Part(ends[1], ()),
        (*whole.notes, f"from {first} to {last}"),
        whole.ignored,
    )


def _joined(
    file: Path,
    start: _Part,
    end: _Part,
    notes: tuple[str, ...],
    ignored: tuple[str, ...] = (),
) -> _Part:
    """Start and end by pair; a pair that only one of them has is named by the missing figure."""
    keys = list(_PAIR)
    problems = []
    for part, when in ((start, "start"), (end, "end")):
        twice = part.frame[part.frame.duplicated(keys)]
        if len(twice):
            pair = ", ".join(twice.iloc[0][keys])
            what = (
                f"({pair}) stands {1 + int((twice[keys] == twice.iloc[0][keys]).all(axis=1).sum())}"
            )
            fix = "Choose rows with --only COLUMN=VALUE, or keep one row for a pair and year"
            problems.append(Problem(file.name, f"{what} times at the {when}", fix))
    if problems:
        raise InputError(problems)
    frame = start.frame[[*keys, "stock"]].merge(
        end.frame[[*keys, "stock"]], on=keys, how="outer", suffixes=("_start", "_end"), sort=False
    )
    return _Part(frame, (*start.notes, *end.notes, *notes), ignored)


# --- a file for each end, and matrices -----------------------------------------------------------


def _two_files(start: Path, end: Path, asked: Asked) -> _Part:
    stock_checks.refuse_files_of_two_editions(start, end, asked)
    return _joined(end, _one_end(start, asked), _one_end(end, asked), ())


def _one_end(file: Path, asked: Asked) -> _Part:
    every = any_table.sheets(file, asked)
    long = {**_PAIR, "stock": "number"}
    if _has(every, long, asked):
        whole = any_table.read(file, long, asked)
        return _Part(whole.frame, whole.notes)
    squares = [sheet for sheet in every if corner_of(sheet) is not None]
    if len(squares) == 1:
        return square(squares[0], asked)
    if squares:
        shown = ", ".join(f"'{sheet.name}'" for sheet in squares)
        what = f"sheets {shown} hold matrices"
        raise InputError(Problem(file.name, what, "Say which with --sheet"))
    whole = any_table.read(file, long, asked)  # says which column is missing
    return _Part(whole.frame, whole.notes)


def corner_of(sheet: Sheet) -> tuple[int, int] | None:
    """Header row and label column of a matrix: names across that the column below repeats."""
    for header, cells in enumerate(sheet.rows[:_CORNERS]):
        for column in range(min(3, len(cells))):
            across = {text(cell) for cell in cells[column + 1 :] if text(cell)}
            below = {text(row[column]) for row in sheet.rows[header + 1 :] if len(row) > column}
            below.discard("")
            shared = len(across & below)
            if shared >= _FEWEST and 2 * shared >= len(across) and 2 * shared >= len(below):
                return header, column
    return None


def square(sheet: Sheet, asked: Asked) -> _Part:
    """Stocks at one time from a matrix, in long form; labels left out where the user says.

    Parameters
    ----------
    sheet : Sheet
        Has a corner, as `corner_of` finds it.
    asked : Asked

    Returns
    -------
    A DataFrame (birth, residence, stock), persons, and notes

    Raises
    ------
    InputError
        It is not said whether rows are birthplaces, or a cell is no number.
    """
    import pandas as pd

    corner = corner_of(sheet)
    assert corner is not None
    header, column = corner
    down = _rows_are(sheet, header, column, asked)
    labels = [any_table.label(cell) for cell in sheet.rows[header]]
    across = [position for position in range(column + 1, len(labels)) if labels[position]]
    rows = [
        row
        for row in range(header + 1, len(sheet.rows))
        if text(sheet.cell(row, column))
        and any(text(sheet.cell(row, position)) for position in across)
    ]
    numbers = any_table.numbers_of(sheet, rows, across)
    values = [
        (
            any_table.label(sheet.cell(row, column)),
            labels[position],
            numbers.at(sheet, row, position).value,
        )
        for row, position in itertools.product(rows, across)
    ]
    numbers.finish()
    other = "residence" if down == "birth" else "birth"
    frame = pd.DataFrame(values, columns=[down, other, "stock"])
    said = f"{sheet.file}: a matrix, {'birthplaces' if down == 'birth' else 'residences'} down"
    return _Part(frame, (said,))


def _rows_are(sheet: Sheet, header: int, column: int, asked: Asked) -> str:
    """What the rows of a matrix are: as the user says, or as the corner does.

    Raises
    ------
    InputError
        Nothing says it: it is not guessed.
    """
    words = (
        [asked.columns["down"]] if "down" in asked.columns else _corner_words(sheet, header, column)
    )
    for word in words:
        at = any_table.match([word], _PAIR, {})
        if at:
            return next(iter(at))
    what = "nothing says whether rows are birthplaces or residences"
    fix = 'Write "birthplace" into the corner, or say --columns "down=birthplace"'
    raise InputError(Problem(sheet.where(header, column), what, fix))


def _corner_words(sheet: Sheet, header: int, column: int) -> list[str]:
    cell = text(sheet.cell(header, column))
    return [cell, *re.split(r"\s*[\\/|]\s*|\s+(?:by|x|v|vs)\s+", cell)]


def _without_down(asked: Asked) -> Asked:
    """What holds for the table of areas: a matrix has no part in it, nor have columns to choose."""
    return Asked(asked.columns, None, {}, asked.without, asked.insist)


def years_of(written: str) -> tuple[int, int]:
    """The two years of "2015-2020".

    Raises
    ------
    InputError
        Not two years, the first before the second.
    """
    years = [int(year) for year in re.findall(r"\d{4}", written)]
    if len(years) != 2 or years[0] >= years[1] or folded(written) != "".join(map(str, years)):
        fix = "Write both, the earlier first: 2015-2020"
        raise InputError(Problem("--years", f"'{cut(written)}' is no two years", fix))
    return years[0], years[1]
