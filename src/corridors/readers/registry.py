"""Every reader by name, and the one door: `read` finds a file's reader and holds it to totals."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem, nearest
from corridors.readers import own_table
from corridors.readers.declared import Opened, Reader, ReadTable, Total

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMAT_COLUMNS", "every_reader", "formats", "guess", "measure", "read", "reader"]

#: What each column of `formats` holds.
FORMAT_COLUMNS = {
    "format": "name to give to --as",
    "publisher": "who publishes the file",
    "dataset": "what the file holds",
    "editions": "editions that were read, or any",
    "rank": "proven on the publisher's file, or unverified: from its description",
    "totals": "published totals that a file of each edition must meet",
    "quirks": "what the reader handles",
    "licence": "terms of the publisher, as read",
    "address": "page or file of the publisher",
    "fetch": "whether `data fetch` can fetch it",
}


@functools.cache
def every_reader() -> dict[str, Reader]:
    """Readers by name, in the order in which they are tried."""
    from corridors.readers import (
        census,
        gravity,
        idmc,
        iom,
        knomad,
        labour,
        sdmx,
        unctad,
        undesa,
        undesa_origin,
        unhcr,
        worldbank,
        wpp,
    )

    modules = (
        undesa_origin, undesa, knomad, wpp, unhcr, iom, worldbank, gravity, unctad, labour, sdmx,
        idmc, census,
    )  # fmt: skip
    return {each.name: each for module in modules for each in module.READERS}


def formats() -> pd.DataFrame:
    """Every reader: publisher, dataset, editions, published totals, quirks, licence, address.

    Returns
    -------
    DataFrame (`FORMAT_COLUMNS`)
        Totals in words, in the unit of the publisher.
    """
    import pandas as pd

    rows = [
        {
            "format": each.name,
            "publisher": each.publisher,
            "dataset": each.dataset,
            "editions": ", ".join(each.editions),
            "rank": each.rank,
            "totals": "; ".join(
                f"{edition}: {total.what} {total.published:,.0f}"
                for edition, totals in each.totals.items()
                for total in totals
            ),
            "quirks": "; ".join(each.quirks),
            "licence": each.licence,
            "address": each.address,
            "fetch": bool(each.downloads),
        }
        for each in every_reader().values()
    ]
    return pd.DataFrame(rows, columns=list(FORMAT_COLUMNS))


def reader(name: str) -> Reader:
    """The reader of a format.

    Raises
    ------
    InputError
        There is none of this name; the nearest names are offered.
    """
    known = every_reader() | {own_table.NAME: own_table.READER}
    if name not in known:
        fix = f"Did you mean {', '.join(nearest(name, known))}? `corridors data formats` lists all"
        raise InputError(Problem(f"format '{name}'", "not known", fix))
    return known[name]


def guess(opened: Opened) -> Reader:
    """The one reader that recognises a file.

    Raises
    ------
    InputError
        None does, or several do.
    """
    fitting = [each for each in every_reader().values() if each.recognises(opened)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and own_table.fits(opened):
        return own_table.READER
    if not fitting:
        what = "looks like none of the publishers' formats"
        fix = "Say which with --as (format=); `corridors data formats` lists them"
        raise InputError(Problem(str(opened.path), what, fix))
    names = ", ".join(each.name for each in fitting)
    raise InputError(Problem(str(opened.path), f"could be {names}", "Say which with --as"))


def read(path: str | Path, format: str | None = None, *, whole: bool = True) -> ReadTable:
    """Read a publisher's file as a tidy long table.

    Parameters
    ----------
    path : path
        A workbook, a text, a zip or an R data file.
    format : str, optional
        Name of a reader; found from the file where it is left out.
    whole : bool
        Whether the file must meet the published totals of its edition; False for a part of it.

    Returns
    -------
    ReadTable
        A DataFrame (dimensions, value, status_of_value) in the publisher's unit, kind, notes, and
        the published totals beside what was read.

    Raises
    ------
    InputError
        No reader or several fit, a label is no place, a cell no number, a total not met.
    SourceError
        The file is missing or damaged.
    """
    opened = Opened(Path(path))
    chosen = guess(opened) if format is None else reader(format)
    table = chosen.read(opened)
    totals = tuple(
        (total.what, total.published, measure(table, total))
        for total in chosen.totals.get(table.edition, ())
    )
    if whole:
        _hold(opened.path, table.edition, chosen.totals.get(table.edition, ()), totals)
    source = f"{chosen.publisher}, {chosen.dataset}, edition {table.edition}"
    return replace(table, reader=chosen.name, source=source, totals=totals)


def measure(table: ReadTable, total: Total) -> float:
    """What a table has of a published total; its diagonal belongs to a sum of everything.

    Parameters
    ----------
    table : ReadTable
        DataFrame (dimensions, value) in its unit, and the sum of the diagonal that was left out.
    total : Total
        Rows that it is of, and whether it counts rows or adds values.

    Returns
    -------
    float, in the unit of the table, or rows
    """
    rows = table.frame
    for column, wanted in total.rows.items():
        rows = rows[rows[column] == wanted]
    if total.statistic == "rows":
        return float(len(rows))
    own = table.diagonal if set(total.rows) <= {"year"} else 0.0
    return float(rows["value"].sum()) + own


def _hold(
    path: Path,
    edition: str,
    totals: Iterable[Total],
    measured: Iterable[tuple[str, float, float]],
) -> None:
    fix = "Fetch the whole file again, or say that it is a part (--part, whole=False)"
    problems = [
        Problem(
            f"{path}, edition {edition}",
            f"{what} is {got:,.0f}, published are {published:,.0f}",
            fix,
        )
        for total, (what, published, got) in zip(totals, measured, strict=True)
        if abs(got - published) > total.tolerance * abs(published) + 0.5
    ]
    if problems:
        raise InputError(problems)
