"""UNCTAD: direct investment abroad by destination, one block a reporting economy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corridors.readers import labels
from corridors.readers.declared import PROVEN, Opened, Reader, ReadTable
from corridors.readers.table import Numbers, Sheet, text, year_of

if TYPE_CHECKING:
    from corridors.readers.labels import Place

__all__ = ["READERS"]

_MILLION = 1e6
_TITLE = re.compile(r"table \d+\. fdi flows (abroad|in the host economy)", re.I)
_HEADER = "region / economy"
_CONTINUED = ("/...", "/…")


def _is_investment(opened: Opened) -> bool:
    return not opened.is_r and any(
        _TITLE.match(text(cell))
        for sheet in opened.sheets
        for row in sheet.rows[:6]
        for cell in row
    )


def _blocks(sheet: Sheet) -> Iterator[tuple[int, int, str]]:
    """Header row, end and reporting economy of each table of a sheet."""
    headers = [
        row
        for row, cells in enumerate(sheet.rows)
        if any(text(cell).casefold() == _HEADER for cell in cells)
    ]
    for number, header in enumerate(headers):
        end = headers[number + 1] - 4 if number + 1 < len(headers) else len(sheet.rows)
        yield header, end, _reporter(sheet, header)


def _reporter(sheet: Sheet, header: int) -> str:
    """The economy above the title of a block, the sheet's name where none is; "" continues."""
    for row in range(header - 1, max(-1, header - 8), -1):
        if any(_TITLE.match(text(cell)) for cell in sheet.rows[row]):
            above = [text(cell) for cell in sheet.rows[row - 1] if text(cell)] if row else []
            if above and above[0] in _CONTINUED:
                return ""
            return above[0] if above else sheet.name.strip()
    return ""


def _read(opened: Opened) -> ReadTable:
    import pandas as pd

    numbers = Numbers()
    records: list[tuple[str, str, int, float, str]] = []
    left: set[str] = set()
    for sheet in opened.sheets:
        reporter = ""
        for header, end, named in _blocks(sheet):
            reporter = named or reporter
            origin = _place(reporter, sheet.where(header))
            records += _rows(sheet, header, end, origin.code, numbers, left)
    numbers.finish()
    names = ["origin", "destination", "year", "value", "status_of_value"]
    frame = pd.DataFrame(records, columns=names)
    keys = ["origin", "destination", "year"]
    twice = frame.duplicated(keys, keep=False)
    differing = frame[twice].groupby(keys)["value"].nunique().gt(1)
    frame = frame.drop_duplicates(keys, ignore_index=True)
    notes = (
        f"{len(left)} regions and 'unspecified' left out",
        f"{int(differing.sum())} cells printed twice with different figures: the first is kept",
        "US$ million in the file, US dollars here; negative values are disinvestment",
    )
    return ReadTable(frame, tuple(keys), {"": "US dollars"}, "reported", "2014", notes)


def _rows(
    sheet: Sheet, header: int, end: int, origin: str, numbers: Numbers, left: set[str]
) -> Iterator[tuple[str, str, int, float, str]]:
    years = [(c, year) for c, cell in enumerate(sheet.rows[header]) if (year := year_of(cell))]
    first = min(column for column, _ in years)
    for row in range(header + 1, end):
        named = [text(cell) for cell in sheet.rows[row][:first] if text(cell)]
        if not named or not any(text(sheet.cell(row, column)) for column, _ in years):
            continue
        place = _place(named[-1], sheet.where(row))
        if place.role in (labels.TOTAL, labels.REGION, labels.UNKNOWN):
            left.add(named[-1])
            continue
        for column, year in years:
            figure = numbers.at(sheet, row, column)
            yield origin, place.code, year, figure.value * _MILLION, figure.status


def _place(label: str, where: str = "") -> Place:
    """What a label is; the publisher's regions are in the list of aggregates."""
    if label == "Yugoslavia (former)":  # several areas of today; kept as the one it was
        return labels.Place("YUG", labels.OUTSIDE)
    return labels.places({label: where}, publisher="unctad")[label]


READERS = (
    Reader(
        name="unctad-investment",
        publisher="UNCTAD",
        dataset="Bilateral FDI statistics, outflows by destination",
        editions=("2014",),
        address="https://unctad.org/topic/investment/investment-statistics-and-trends",
        licence="not stated in the file; cite UNCTAD, ask before shipping",
        rank=PROVEN,
        recognises=_is_investment,
        read=_read,
        quirks=(
            "a sheet an economy or several economies in a sheet, some named by the sheet only",
            "labels indented over five columns; regions and their economies in one column",
            "'..' is not reported, 0 is zero, negative is disinvestment",
            "the publisher's World is not the sum of its parts (391 of 659 cells): no total held",
        ),
    ),
)
