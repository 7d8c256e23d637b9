"""What is wrong with stocks and vital events though every cell of them can be read.

A total counted as an area, women and men beside both, two editions as start and end, births in
thousands beside people: each would give flows, and none would be right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corridors import areas
from corridors.errors import CorridorsError, InputError, Problem
from corridors.readers.any_table import Asked
from corridors.readers.labels import is_total
from corridors.readers.table import cut

if TYPE_CHECKING:
    import pandas as pd

    from corridors.labels import Array

__all__ = [
    "one_row_each",
    "refuse_editions",
    "refuse_files_of_two_editions",
    "refuse_totals",
    "refuse_units",
    "same_names",
]

#: Births a person over a period of a year or more: the lowest crude rate of the world is about
#: 5 per 1000 a year, the highest about 45 over ten years.
_FEWEST_BIRTHS, _MOST_BIRTHS = 0.002, 0.8
_MOST = 5
#: Rounding of each part of a printed total.
_PER_PART = 0.5


def one_row_each(rows: pd.DataFrame, keys: list[str], where: str, asked: Asked) -> pd.DataFrame:
    """Rows whose keys are unique; added up where the user insists on several.

    Parameters
    ----------
    rows : DataFrame (keys, figures)
        Persons.
    keys : list of str
    where : str
        What messages call the table.
    asked : Asked

    Returns
    -------
    DataFrame (keys, figures), persons

    Raises
    ------
    InputError
        Several rows have the same labels: women, men and both, or editions.
    """
    twice = rows.duplicated(keys)
    if not twice.any():
        return rows
    if "sexes" in asked.insist:
        return rows.groupby(keys, sort=False, as_index=False).sum(min_count=1)
    first = rows[twice].iloc[0]
    pair = ", ".join(cut(first[key]) for key in keys)
    times = int((rows[keys] == first[keys]).all(axis=1).sum())
    what = f"({pair}) occurs twice" if times == 2 else f"({pair}) occurs {times} times"
    fix = (
        "Keep one row for each: choose with --only COLUMN=VALUE where women, men and both stand "
        "beside one another, or add rows up with --insist sexes"
    )
    raise InputError(Problem(where, what, fix))


def refuse_totals(
    stocks: pd.DataFrame, events: pd.DataFrame, files: tuple[str, str], asked: Asked
) -> list[str]:
    """Refuse labels that are no area of their own.

    Parameters
    ----------
    stocks : DataFrame (birth, residence, stock_start, stock_end)
        Persons.
    events : DataFrame (area, births, deaths)
        Persons over the period.
    files : names of both, for messages
    asked : Asked

    Returns
    -------
    list of str
        What is to be said of origins not known.

    Raises
    ------
    InputError
        A label is a total or a region, its row or column is the sum of the others, or people live
        in an origin that is not known.
    """
    if "totals" in asked.insist:
        return []
    labels = list(dict.fromkeys([*stocks["birth"], *stocks["residence"], *events["area"]]))
    known = dict(zip(labels, areas.resolve_all(labels), strict=True))
    # Provinces are called North too: a region is one only where the others are countries.
    countries = 2 * sum(meaning.kind == "area" for meaning in known.values()) >= len(labels)
    why = {
        label: f"a total or region ({meaning.name})"
        for label, meaning in known.items()
        if meaning.kind == "aggregate" and (countries or is_total(label))
    }
    sums = {**_sums_of_stocks(stocks, why), **_sums_of_events(events, why)}
    why |= {label: what for label, what in sums.items() if label not in why}
    unknown = [label for label, meaning in known.items() if meaning.kind == "unknown"]
    lives = stocks.groupby("residence")[["stock_start", "stock_end"]].sum().sum(axis=1)
    for label in unknown if countries else ():
        if lives.get(label, 0.0) > 0:
            why[label] = (
                f"an origin that is not known, and {lives[label] / 2:,.0f} people live there"
            )
    if why:
        raise InputError([_is_no_area(label, what, files[0]) for label, what in why.items()])
    return [f"origins not known count as one area each: {', '.join(unknown)}"] if unknown else []


def _is_no_area(label: str, what: str, file: str) -> Problem:
    fix = f'Leave it out with --without "{cut(label)}", or count it with --insist totals'
    return Problem(f"{file}, '{cut(label)}'", f"is {what}: its people would count twice", fix)


def _sums_of_stocks(stocks: pd.DataFrame, known: Iterable[str]) -> dict[str, str]:
    """Labels whose row or column is the sum of all others at both ends."""
    import numpy as np

    names = list(dict.fromkeys([*stocks["birth"], *stocks["residence"]]))
    tables = [
        stocks.pivot(index="birth", columns="residence", values=end)
        .reindex(index=names, columns=names)
        .to_numpy(dtype=float)
        for end in ("stock_start", "stock_end")
    ]
    totals = [names.index(label) for label in known if label in names]
    answer: dict[str, str] = {}
    for side, ends in (("row", tables), ("column", [table.T for table in tables])):
        for label in _lines_that_add_up(np.hstack(ends), names, totals):
            answer.setdefault(label, f"the sum of the other {side}s")
    return answer


def _lines_that_add_up(table: Array, names: Sequence[str], totals: Sequence[int]) -> list[str]:
    """Rows that equal the sum of the other rows, the known totals aside; their own cells aside."""
    import numpy as np

    number = len(names)
    inner = np.array([row not in totals for row in range(number)])
    answer = []
    for row in np.flatnonzero(inner).tolist():
        parts = inner.copy()
        parts[row] = False
        own = np.arange(table.shape[1]) % number == row
        filled = ~np.isnan(table[row]) & ~own
        others = np.nan_to_num(table[parts][:, filled])
        line, sums = table[row, filled], others.sum(axis=0)
        near = np.abs(line - sums) <= _PER_PART * number + 1e-6 * np.abs(sums)
        several = (others != 0).any(axis=1).sum() > 1
        if several and filled.sum() > 1 and near.all() and line.sum() > _PER_PART * number:
            answer.append(names[row])
    return answer


def _sums_of_events(events: pd.DataFrame, known: Iterable[str]) -> dict[str, str]:
    """Areas whose births and deaths are the sums of those of all others."""
    import numpy as np

    figures = events[["births", "deaths"]].to_numpy(dtype=float)
    inner = ~events["area"].isin(list(known)).to_numpy()
    answer = {}
    for row in np.flatnonzero(inner):
        others = np.nan_to_num(figures[inner]).sum(axis=0) - np.nan_to_num(figures[row])
        near = np.abs(figures[row] - others) <= _PER_PART
        if inner.sum() > 3 and near.all() and (others > 0).all():
            answer[str(events["area"].iloc[row])] = "the sum of the births and deaths of the others"
    return answer


def same_names(
    stocks: pd.DataFrame, events: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Labels of both tables alike: as they are, or as codes where only those agree.

    Parameters
    ----------
    stocks : DataFrame (birth, residence, stock_start, stock_end)
        Persons.
    events : DataFrame (area, births, deaths)
        Persons over the period.

    Returns
    -------
    stocks, events : DataFrame
        As given, with the labels of the stocks.
    notes : list of str
    """
    people = list(dict.fromkeys([*stocks["birth"], *stocks["residence"]]))
    vital = list(dict.fromkeys(events["area"]))
    if set(people) == set(vital):
        return stocks, events, []
    codes = [
        dict(zip(labels, areas.resolve_all(labels), strict=True)) for labels in (people, vital)
    ]
    if any(meaning.code is None for side in codes for meaning in side.values()):
        return stocks, events, []
    by_people, by_vital = (
        {label: str(meaning.code) for label, meaning in side.items()} for side in codes
    )
    distinct = len(set(by_people.values())) == len(people) and len(set(by_vital.values())) == len(
        vital
    )
    if not distinct or set(by_people.values()) != set(by_vital.values()):
        return stocks, events, []
    names = {code: label for label, code in by_people.items()}
    renamed = events.assign(area=[names[by_vital[label]] for label in events["area"]])
    return stocks, renamed, ["areas are matched by code: the two files spell them differently"]


def refuse_units(stocks: pd.DataFrame, events: pd.DataFrame, where: str, asked: Asked) -> None:
    """Refuse births that no population has.

    Parameters
    ----------
    stocks : DataFrame (birth, residence, stock_start, stock_end)
    events : DataFrame (area, births, deaths)
        In persons, as they should be: that is what is looked at.

    Raises
    ------
    InputError
        Fewer than 2 births to 1000 people over the period, or more than 800.
    """
    people = float(stocks[["stock_start", "stock_end"]].sum().mean())
    births = float(events["births"].sum(skipna=False))
    if "units" in asked.insist or not births > 0 or not 0 < people < math.inf:
        return
    rate = births / people
    if not _FEWEST_BIRTHS <= rate <= _MOST_BIRTHS:
        what = f"{births:,.12g} births to {people:,.12g} people are {1000 * rate:,.2g} to 1000"
        unit = "births and deaths" if rate < _FEWEST_BIRTHS else "people"
        fix = f"Are the {unit} in thousands? Write persons in both files, or say --insist units"
        raise InputError(Problem(where, what, fix))


def refuse_editions(where: str, start: Sequence[str], end: Sequence[str], asked: Asked) -> None:
    """Refuse stocks of several editions as start and end.

    Raises
    ------
    InputError
        They are not all of one edition.
    """
    if "editions" in asked.insist or (list(start) == list(end) and len(start) == 1):
        return
    what = f"the start is of {', '.join(map(cut, start))}, the end of {', '.join(map(cut, end))}"
    fix = (
        "A difference of editions is a revision, not a movement: take both from one edition "
        "(--only edition=...), or say --insist editions"
    )
    raise InputError(Problem(where, what, fix))


def refuse_files_of_two_editions(start: Path, end: Path, asked: Asked) -> None:
    """Refuse publishers' files of two editions as start and end.

    Raises
    ------
    InputError
        A reader knows both, and their editions differ.
    """
    if "editions" in asked.insist:
        return
    first, last = _edition(start), _edition(end)
    if first and last:
        refuse_editions(f"{start.name}, {end.name}", [first], [last], asked)


def _edition(file: Path) -> str | None:
    """Publisher and edition of a publisher's file; None where no reader knows it."""
    from corridors.readers import registry

    try:
        read = registry.read(file, whole=False)
    except CorridorsError:
        return None
    fixed = registry.reader(read.reader).editions != ("any",)
    return f"{read.reader}, edition {read.edition}" if fixed else None
