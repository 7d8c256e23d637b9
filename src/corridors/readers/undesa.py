"""UN DESA, International Migrant Stock: workbooks by destination and origin, totals, package."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels
from corridors.readers.declared import (
    PROVEN,
    Download,
    Opened,
    Reader,
    ReadTable,
    Total,
)
from corridors.readers.labels import Place
from corridors.readers.table import Cell, Numbers, Sheet, find_row, text, year_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ADDRESS",
    "CC_BY",
    "PERSONS",
    "READERS",
    "RIGHTS",
    "Header",
    "any_sheet",
    "edition_of",
    "has_two_places",
    "header_of",
    "is_by_origin",
    "left_out",
    "one_row_each",
    "row_places",
    "sexes_of",
    "type_letters",
    "without_both",
    "words_of",
    "year_columns",
]

ADDRESS = "https://www.un.org/development/desa/pd/content/international-migrant-stock"
CC_BY = "CC BY 3.0 IGO"
RIGHTS = "copyright United Nations, all rights reserved (2015); CC BY 3.0 IGO (2019 and later)"
_CODE = re.compile(r"((country|location) )?code( of destination)?")
_NAME = re.compile(r"(major area|region).*(country or area).*|country or area.*|region")
_TYPE = re.compile(r"(type of data|data type).*")
_SEXES = (("both sexes", "T"), ("female", "F"), ("male", "M"))
_LETTERS = re.compile(r"[^BCRI]")
PERSONS = {"": "persons"}
#: The sum of the countries may miss a published world total by rounding.
_ROUNDING = 1e-7


@dataclass(frozen=True)
class Header:
    """Columns of a workbook's header: names, codes, types; the row of years or origins."""

    row: int
    name: int
    code: int
    type: int | None
    last: int


# --- what a workbook is --------------------------------------------------------------------------


def words_of(cell: Cell) -> str:
    """The words of a header cell in lower case, without digits and signs."""
    return " ".join(re.findall(r"[a-z]+", text(cell).casefold()))


def header_of(sheet: Sheet) -> Header | None:
    """The header row: it holds a column of codes, and years or names beside or below it."""
    row = find_row(sheet, lambda cells: any(_CODE.fullmatch(words_of(cell)) for cell in cells))
    if row is None:
        return None
    words = [words_of(cell) for cell in sheet.rows[row]]
    code = next(c for c, word in enumerate(words) if _CODE.fullmatch(word))
    name = next((c for c, word in enumerate(words) if _NAME.fullmatch(word)), None)
    if name is None:
        return None
    kind = next((c for c, word in enumerate(words) if _TYPE.fullmatch(word)), None)
    below = row + 1 < len(sheet.rows) and not text(sheet.cell(row + 1, code))
    return Header(row, name, code, kind, row + 1 if below else row)


def is_by_origin(sheet: Sheet) -> bool:
    """Whether origins stand across, under "Country of origin"."""
    head = header_of(sheet)
    return head is not None and any(
        words_of(cell) == "country of origin" for cell in sheet.rows[head.row]
    )


def has_two_places(sheet: Sheet) -> bool:
    """Whether each row has a code of destination and one of origin."""
    head = header_of(sheet)
    if head is None:
        return False
    return any(words_of(cell) == "location code of origin" for cell in sheet.rows[head.row])


def _is_totals(sheet: Sheet) -> bool:
    head = header_of(sheet)
    if head is None or is_by_origin(sheet) or has_two_places(sheet):
        return False
    return bool(year_columns(sheet, head)) and bool(sexes_of(sheet, head))


def any_sheet(opened: Opened, fits: Callable[[Sheet], bool]) -> bool:
    """Whether a sheet of the workbook is such a one."""
    return any(fits(sheet) for sheet in opened.sheets)


def edition_of(opened: Opened) -> str:
    """The edition that the heading rows name: "Rev.2020", "MigrantStockTotal_2019", "2015"."""
    for sheet in opened.sheets:
        head = " ".join(text(cell) for row in sheet.rows[:16] for cell in row if text(cell))
        match = re.search(
            r"Stock/Rev\.(\d{4})|MigrantStock\w*_(\d{4})|Migrant Stock:? The (\d{4}) Revision"
            r"|Migrant Stock (\d{4})",
            head,
        )
        if match:
            return next(year for year in match.groups() if year)
    return "not stated"


def year_columns(sheet: Sheet, head: Header) -> list[tuple[int, int]]:
    """Columns of years and their years, in the order of the sheet."""
    cells = sheet.rows[head.last]
    years = [(column, year_of(cell)) for column, cell in enumerate(cells)]
    return [(column, year) for column, year in years if year is not None and column > head.code]


def sexes_of(sheet: Sheet, head: Header) -> dict[int, str]:
    """Sex of each year column, from the merged headings above it."""
    found: dict[int, str] = {}
    for column, _ in year_columns(sheet, head):
        for row in range(head.last - 1, max(-1, head.last - 6), -1):
            heading = next(
                (
                    word
                    for c in range(column, head.code, -1)
                    if (word := words_of(sheet.cell(row, c)))
                ),
                "",
            )
            sex = next((sex for word, sex in _SEXES if word in heading), None)
            if sex is not None and "stock" in heading:
                found[column] = sex
                break
    return found


# --- rows ----------------------------------------------------------------------------------------


def row_places(
    sheet: Sheet, first: int, name: int, code: int
) -> tuple[dict[int, Place], dict[str, Place]]:
    """What each row is, by its code, and each name; footnotes without a code end up outside.

    Raises
    ------
    InputError
        Every code that is no place, with where it stands.
    """
    wheres: dict[str, str] = {}
    codes: dict[str, Cell] = {}
    keys: dict[int, str] = {}
    for row in range(first, len(sheet.rows)):
        label, number = text(sheet.cell(row, name)), text(sheet.cell(row, code))
        if not label or (not number and not _has_figure(sheet, row, max(name, code) + 1)):
            continue
        key = f"{label}\t{number}"
        keys[row], codes[key] = key, number
        wheres.setdefault(key, sheet.where(row, code))
    meanings: dict[str, Place] = {}
    problems: list[Problem] = []
    for key, where in wheres.items():
        label = key.split("\t")[0]
        try:
            meanings[key] = labels.places({label: where}, "m49", {label: codes[key]}, "un")[label]
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    by_name = {key.split("\t")[0]: place for key, place in meanings.items() if place.code}
    return {row: meanings[key] for row, key in keys.items()}, by_name


def _has_figure(sheet: Sheet, row: int, first: int) -> bool:
    return any(isinstance(cell, (int, float)) for cell in sheet.rows[row][first:])


def type_letters(sheet: Sheet, row: int, column: int | None) -> str:
    """Letters of the data type of a destination: B born, C citizens, R refugees, I imputed."""
    return "" if column is None else _LETTERS.sub("", text(sheet.cell(row, column)).upper())


def one_row_each(sheet: Sheet, rows: dict[int, Place]) -> None:
    """Refuse a place that has two rows.

    Raises
    ------
    InputError
        Every place that has, with both rows.
    """
    seen: dict[str, int] = {}
    problems = []
    for row, place in rows.items():
        if place.code and place.code in seen:
            what = f"{place.code} stands here and in row {seen[place.code] + 1}"
            problems.append(Problem(sheet.where(row), what, "Keep one of the two rows"))
        seen.setdefault(place.code, row)
    if problems:
        raise InputError(problems)


def left_out(sheet: Sheet, rows: dict[int, Place], name: int) -> str:
    """A word on the rows of totals and regions."""
    gone = [text(sheet.cell(row, name)) for row, place in rows.items() if not place.code]
    shown = ", ".join(gone[:4]) + (" and so on" if len(gone) > 4 else "")
    return f"{sheet.name}: {len(gone)} rows of totals and regions left out: {shown}"


# --- totals by destination -----------------------------------------------------------------------


def _read_totals(opened: Opened) -> ReadTable:
    import pandas as pd

    sheet = next(sheet for sheet in opened.sheets if _is_totals(sheet))
    head = header_of(sheet)
    assert head is not None
    rows, _ = row_places(sheet, head.last + 1, head.name, head.code)
    one_row_each(sheet, rows)
    numbers, sexes = Numbers(), sexes_of(sheet, head)
    years = [(column, year) for column, year in year_columns(sheet, head) if column in sexes]
    cells = []
    for row, place in rows.items():
        kind = type_letters(sheet, row, head.type)
        for column, year in years:
            figure = numbers.at(sheet, row, column)
            cells.append((place, year, sexes[column], figure.value, figure.status, kind, column))
    numbers.finish()
    _check_world(sheet, cells, next((r for r, p in rows.items() if p.role == labels.TOTAL), None))
    kept = [(place.code, *rest[:-1]) for place, *rest in cells if place.code]
    names = ["residence", "year", "sex", "value", "status_of_value", "data_type"]
    frame = pd.DataFrame(kept, columns=names)
    frame, note = without_both(frame, ["residence", "year"])
    notes = (left_out(sheet, rows, head.name), note)
    dims = ("residence", "year", "sex")
    return ReadTable(frame, dims, PERSONS, "reported", edition_of(opened), notes)


def _check_world(sheet: Sheet, cells: Sequence[tuple], world_row: int | None) -> None:
    """The world's row must be the sum of the places in every column.

    Of small places the edition of 2020 gives both sexes only: there the world of one sex lies
    between the sum of the places and that sum with the people of these places.
    """
    world: dict[tuple[int, str], tuple[float, int]] = {}
    values: dict[tuple[int, str], dict[str, float]] = {}
    for place, year, sex, value, _status, _kind, column in cells:
        if place.role == labels.TOTAL:
            world[year, sex] = value, column
        elif place.code:
            values.setdefault((year, sex), {})[place.code] = value
    problems = []
    for (year, sex), (told, column) in world.items():
        of_sex, of_both = values.get((year, sex), {}), values.get((year, "T"), {})
        known = sum(value for value in of_sex.values() if value == value)
        unsplit = [of_both.get(code, 0.0) for code, value in of_sex.items() if value != value]
        upper = known + sum(value for value in unsplit if value == value)
        slack = 0.5 + _ROUNDING * told
        if told < known - slack or told > upper + slack:
            what = f"the world is {told:,.0f}, the places add up to {known:,.0f}"
            fix = "Check whether a row is missing or stands twice"
            problems.append(Problem(sheet.where(world_row or 0, column), what, fix))
    if problems:
        raise InputError(problems[:5])


def without_both(frame: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, str]:
    """Women and men, and both together only where the two are not given; and what was left out.

    Parameters
    ----------
    frame : DataFrame (keys, sex, value)
        Persons, sex F, M or T, as the publisher's editions of 2015 to 2024 give them.
    keys : list of str

    Returns
    -------
    frame : DataFrame (keys, sex, value), persons
    note : str
        How many cells were left out.

    Raises
    ------
    InputError
        Women and men do not add up to both.
    """
    known = frame[frame["value"].notna()]
    split = known[known["sex"] != "T"].groupby(keys, observed=True)["sex"].nunique()
    whole = split[split == 2].index
    index = frame.set_index(keys).index
    both = (frame["sex"] == "T") & index.isin(whole)
    parts = frame[(frame["sex"] != "T") & index.isin(whole)]
    sums = parts.groupby(keys, observed=True)["value"].sum()
    told = frame[both].set_index(keys)["value"].dropna()
    apart = (told - sums.reindex(told.index)).abs() > 1.5
    if apart.any():
        key = told.index[apart.to_numpy().argmax()]
        what = f"women and men of {key} add up to {sums[key]:,.0f}, both sexes are {told[key]:,.0f}"
        raise InputError(
            Problem("columns of the two sexes", what, "Check the headings of the years")
        )
    gone = both | ((frame["sex"] != "T") & ~index.isin(whole) & frame["value"].isna())
    # Where nothing is known of a cell, one row says so.
    note = f"both sexes left out where women and men are given ({int(both.sum())} cells)"
    return frame[~gone].reset_index(drop=True), note


# --- as packaged ---------------------------------------------------------------------------------


def _read_package(opened: Opened) -> ReadTable:
    import pandas as pd

    raw = opened.r_frame
    ours = {"OOO": labels.OTHERS, "XCX": "CHI"}
    codes: dict[str, str] = {}
    for column in ("from", "geo"):
        wheres = {
            str(code): f"{opened.path.name}, column '{column}'" for code in raw[column].unique()
        }
        known = {code: where for code, where in wheres.items() if code not in ours}
        codes |= {code: place.code for code, place in labels.places(known, "iso3").items()}
    codes |= ours
    flags = raw[["type_b", "type_c", "type_r", "type_i"]].to_numpy(dtype=float) > 0
    kinds = ["".join(letter for letter, on in zip("BCRI", row, strict=True) if on) for row in flags]
    value = raw["n"].astype("float64")
    frame = pd.DataFrame(
        {
            "birthplace": raw["from"].map(codes).astype(str),
            "residence": raw["geo"].map(codes).astype(str),
            "year": raw["t"].astype(int),
            "sex": raw["sex"].map({"female": "F", "male": "M"}).astype(str),
            "value": value,
            "status_of_value": (value == 0).map({True: "zero", False: "reported"}),
            "data_type": kinds,
        }
    )
    edition = "2020" if opened.object_name == "undesa_stocks_2020" else "2024"
    notes = (
        "a pair without a row is not reported",
        "OTH is origins not known, CHI Jersey, Guernsey",
    )
    dims = ("birthplace", "residence", "year", "sex")
    return ReadTable(frame, dims, PERSONS, "reported", edition, notes)


_PACKAGE = "https://raw.githubusercontent.com/iom/gdidata/c9e4cc69cebd91d6cfca5f4107e2406e4de2c6ff"
READERS = (
    Reader(
        name="un-desa-totals",
        publisher="UN DESA Population Division",
        dataset="International Migrant Stock, totals by destination",
        editions=("2015", "2019", "2020"),
        address=ADDRESS,
        licence=RIGHTS,
        rank=PROVEN,
        recognises=lambda opened: any_sheet(opened, _is_totals),
        read=_read_totals,
        quirks=(
            "three blocks of the same years, the sex in merged headings above",
            "names with leading blanks and trailing asterisks (2020)",
            "a region twice at two levels; headings without code; '..' is not reported",
            "Micronesia (954) is the region, Micronesia (Fed. States of) the country",
        ),
        totals={
            "2015": (Total("world 2015", 243_700_236, {"year": 2015}),),
            "2019": (Total("world 2019", 271_642_105, {"year": 2019}),),
            "2020": (Total("world 2020", 280_598_105, {"year": 2020}),),
        },
    ),
    Reader(
        name="un-desa-package",
        publisher="UN DESA Population Division, packaged by IOM (gdidata)",
        dataset="International Migrant Stock by destination, origin and sex",
        editions=("2020", "2024"),
        address="https://github.com/iom/gdidata",
        licence=CC_BY,
        rank=PROVEN,
        recognises=lambda opened: opened.object_name in ("undesa_stocks", "undesa_stocks_2020"),
        read=_read_package,
        quirks=(
            "OOO is the publisher's Others (2003), an unknown origin",
            "a pair without a row is not reported, a 0 is a zero",
            "2024: constant back-casts of SSD, MNE, CUW before 2010, SXM before 2005",
            "2020: zeros of places that did not exist yet mean 'not separate'",
        ),
        totals={
            "2020": (
                Total("world 2015", 247_958_644, {"year": 2015}),
                Total("world 2020", 280_598_105, {"year": 2020}),
            ),
            "2024": (
                Total("world 1990", 153_916_063, {"year": 1990}),
                Total("world 2024", 304_021_813, {"year": 2024}),
                Total(
                    "Germany 2024, Others",
                    3_137_259,
                    {"year": 2024, "residence": "DEU", "birthplace": "OTH"},
                ),
            ),
        },
        downloads=(
            Download(
                f"{_PACKAGE}/data/undesa_stocks.rda",
                "undesa_stocks.rda",
                "80e7d03931728f4bed908e7397f887a48e8661703967f5eafc1ed1e3d70cc40c",
            ),
            Download(
                f"{_PACKAGE}/data/undesa_stocks_2020.rda",
                "undesa_stocks_2020.rda",
                "cc03bbdcd53c8a5e32ec37bc9434e67cf7735d6786d41cfa77aa80ca3d09af33",
            ),
        ),
    ),
)
