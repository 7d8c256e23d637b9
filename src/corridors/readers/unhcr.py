"""UNHCR: the package of its statisticians, and the downloads of the Refugee Data Finder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels, wide
from corridors.readers.declared import (
    PROVEN,
    UNVERIFIED,
    Download,
    Opened,
    Reader,
    ReadTable,
    Total,
)
from corridors.readers.table import NOT_REPORTED, Numbers, Sheet, find_row, text, year_of
from corridors.readers.wide import Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS"]

_PEOPLE = "persons"
_GROUPS = {
    "refugees": "refugees",
    "asylum_seekers": "asylum_seekers",
    "refugee_like": "refugee_like",
    "oip": "others_in_need",
    "idps": "internally_displaced",
    "returned_refugees": "returned_refugees",
    "returned_idps": "returned_internally_displaced",
    "stateless": "stateless",
    "ooc": "others_of_concern",
    "hst": "host_community",
    "resettlement": "resettled",
    "naturalisation": "naturalised",
    "applied": "applications",
    "dec_recognized": "recognised",
    "dec_other": "otherwise_protected",
    "dec_rejected": "rejected",
    "dec_closed": "closed",
    "total": "registered",
}
_STOCKS = ("population", "unrwa", "idmc")
_OBJECTS = (*_STOCKS, "flows", "asylum_applications", "asylum_decisions", "solutions")
#: Collected for every pair: a stored zero is kept as "not known". Of the others it is noise.
_FOR_EVERY_PAIR = ("refugees", "asylum_seekers")
_FURTHER = ("procedure_type", "app_type", "dec_level", "app_pc", "dec_pc")


def _read_package(opened: Opened) -> ReadTable:
    raw = opened.r_frame
    name = opened.object_name or ""
    sides = ("birthplace", "residence") if name in _STOCKS else ("origin", "destination")
    table = raw.assign(year=raw["year"].astype(int))
    for side, column in zip(sides, ("coo_iso", "coa_iso"), strict=True):
        table[side] = wide.places_of(raw, column, opened.path.name, "iso3")
    further = [column for column in _FURTHER if column in raw.columns]
    measures = {column: Measure(_GROUPS[column], _PEOPLE) for column in _GROUPS}
    dims = (*sides, "year", *further)
    frame = wide.long(table, dims, measures)
    notes = ["codes of the columns *_iso; UNHCR's own codes coo, coa are not ISO and not read"]
    if name == "population":
        frame, said = _stored_zeros(frame)
        notes.append(said)
    else:
        frame = frame[frame["status_of_value"] != NOT_REPORTED].reset_index(drop=True)
        notes.append("a cell without a figure was not reported and has no row")
    notes += _same_place(frame, sides)
    units = {measure.quantity: measure.unit for measure in measures.values()}
    edition = f"package, {name}"
    return ReadTable(frame, (*dims, "quantity"), units, "reported", edition, tuple(notes))


def _stored_zeros(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    empty = ~(frame["value"] > 0)
    frame.loc[empty, "value"] = float("nan")
    frame.loc[empty, "status_of_value"] = NOT_REPORTED
    kept = frame[~empty | frame["quantity"].isin(_FOR_EVERY_PAIR)]
    note = (
        "a stored 0 is zero or not reported: taken as not reported, and left out but for "
        "refugees and asylum-seekers"
    )
    return kept.reset_index(drop=True), note


def _same_place(frame: pd.DataFrame, sides: tuple[str, str]) -> list[str]:
    """Refugees of an area in the same area are kept, and said: they are doubtful."""
    same = frame["quantity"].isin(_FOR_EVERY_PAIR) & (frame[sides[0]] == frame[sides[1]])
    same &= (frame["value"] > 0) & ~frame[sides[0]].isin(labels.UNKNOWN_CODES)
    if not same.any():
        return []
    people = frame.loc[same, "value"].sum()
    return [f"{int(same.sum())} cells of refugees in their own area, {people:,.0f}, are kept"]


# --- the Refugee Data Finder ---------------------------------------------------------------------

_YEAR = ("Year",)
_ORIGIN = (
    "Country of origin", "Origin", "Country of Origin", "Country of origin name", "coo_name",
)  # fmt: skip
_ORIGIN_CODE = (
    "Country of origin (ISO)", "Country of Origin ISO", "ISO3CoO", "Country of origin ISO",
    "coo_iso",
)  # fmt: skip
_ASYLUM = (
    "Country of asylum", "Country / territory of asylum/residence", "Country of residence",
    "Country or territory of asylum or residence", "coa_name",
)  # fmt: skip
_ASYLUM_CODE = (
    "Country of asylum (ISO)", "Country of Asylum ISO", "ISO3CoA", "Country of asylum ISO",
    "coa_iso",
)  # fmt: skip
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "refugees": (
        "Refugees under UNHCR's mandate", "Refugees", "REF",
        "Refugees (incl. refugee-like situations)",
    ),
    "asylum_seekers": (
        "Asylum-seekers", "Asylum seekers", "ASY", "Asylum-seekers (pending cases)",
    ),
    "internally_displaced": (
        "IDPs of concern to UNHCR", "IDPs", "IDP", "Internally displaced persons (IDPs)",
        "Internally displaced persons",
    ),
    "others_in_need": (
        "Other people in need of international protection", "OIP", "Venezuelans displaced abroad",
    ),
    "stateless": ("Stateless persons", "STA", "Stateless"),
    "host_community": ("Host Community", "HST", "Host community"),
    "others_of_concern": ("Others of concern", "OOC", "Others of concern to UNHCR"),
    "returned_refugees": ("Returned refugees", "RET", "Returnees"),
    "returned_internally_displaced": ("Returned IDPs", "RDP"),
    "applications": ("applied", "Applied", "Applications"),
}  # fmt: skip
_EVERYWHERE = "-"


def _finder_header(sheet: Sheet) -> int | None:
    def fits(cells: list[object]) -> bool:
        names = [text(cell) for cell in cells]
        return (
            wide.column_of(names, *_YEAR) is not None
            and (wide.column_of(names, *_ORIGIN, *_ORIGIN_CODE) is not None)
            and (wide.column_of(names, *_ASYLUM, *_ASYLUM_CODE) is not None)
            and any(wide.column_of(names, *spelt) is not None for spelt in _COLUMNS.values())
        )

    return find_row(sheet, fits)


def _finder_sheets(opened: Opened) -> list[tuple[Sheet, int]]:
    found = [(sheet, _finder_header(sheet)) for sheet in opened.sheets]
    return [(sheet, header) for sheet, header in found if header is not None]


def _read_finder(opened: Opened) -> ReadTable:
    import pandas as pd

    parts, notes = [], []
    for sheet, header in _finder_sheets(opened):
        part, said = _finder_rows(sheet, header)
        parts.append(part)
        notes += [f"header found in row {header + 1} of '{sheet.name}'", sheet.said(), *said]
    whole = pd.concat(parts, ignore_index=True)
    keys = [name for name in ("birthplace", "residence", "year", "quantity") if name in whole]
    if whole.duplicated(keys).any():
        from corridors.readers.matrix import merged

        notes.append("rows of one pair and year are added up (kinds of application)")
        whole = merged(whole, keys)
    units = dict.fromkeys(_COLUMNS, _PEOPLE)
    noted = tuple(note for note in dict.fromkeys(notes) if note)
    return ReadTable(whole, tuple(keys), units, "reported", "not stated", noted)


def _finder_rows(sheet: Sheet, header: int) -> tuple[pd.DataFrame, list[str]]:
    import pandas as pd

    names = [text(cell) for cell in sheet.rows[header]]
    rows = _rows_with_year(sheet, header, names)
    columns: dict[str, list[str]] = {}
    notes: list[str] = []
    for side, spelt, codes in (
        ("birthplace", _ORIGIN, _ORIGIN_CODE),
        ("residence", _ASYLUM, _ASYLUM_CODE),
    ):
        meant = _side(sheet, rows, names, spelt, codes)
        if meant is None:
            notes.append(f"not split by {side}: the file says '-' throughout")
        else:
            columns[side] = meant
    year_column = names.index(wide.column_of(names, *_YEAR) or "")
    years = [year_of(sheet.cell(row, year_column)) for row in rows]
    numbers, parts = Numbers(marks={"*": "suppressed"}), []
    for quantity, spellings in _COLUMNS.items():
        column = wide.column_of(names, *spellings)
        if column is not None:
            values, status = wide.figures(sheet, rows, names.index(column), numbers)
            part = pd.DataFrame({**columns, "year": years, "quantity": quantity})
            parts.append(part.assign(value=values, status_of_value=status))
    numbers.finish()
    frame = pd.concat(parts, ignore_index=True)
    for side in columns:
        gone = frame[side] == ""
        if gone.any():
            notes.append(f"{int(gone.sum())} cells of totals over {side} left out")
            frame = frame[~gone]
    notes.append("counts below 5 are printed as 5, or hidden as * (suppressed)")
    return frame.reset_index(drop=True), notes


def _rows_with_year(sheet: Sheet, header: int, names: list[str]) -> list[int]:
    """Rows with a year; rows of tags (#date) and footnotes have none."""
    column = names.index(wide.column_of(names, *_YEAR) or "")
    rows, problems = [], []
    for row in range(header + 1, len(sheet.rows)):
        cells = [text(cell) for cell in sheet.rows[row]]
        filled = sum(map(bool, cells))
        if year_of(sheet.cell(row, column)) is not None:
            rows.append(row)
        elif filled > 2 and not any(cell.startswith("#") for cell in cells):
            what = f"'{text(sheet.cell(row, column))}' is no year"
            problems.append(Problem(sheet.where(row, column), what, "Fill in the year"))
    if problems:
        raise InputError(problems[:5])
    return rows


def _side(
    sheet: Sheet, rows: list[int], names: list[str], spelt: tuple[str, ...], codes: tuple[str, ...]
) -> list[str] | None:
    """Codes of one side: from its ISO column, from the name where the code is empty."""
    by_name, by_code = wide.column_of(names, *spelt), wide.column_of(names, *codes)
    name_at = names.index(by_name) if by_name else None
    code_at = names.index(by_code) if by_code else None
    meant: dict[tuple[str, str], str] = {}
    problems: list[Problem] = []
    answers = []
    name_list = {text(sheet.cell(row, name_at)) for row in rows} if name_at is not None else set()
    for row in rows:
        name = text(sheet.cell(row, name_at)) if name_at is not None else ""
        code = text(sheet.cell(row, code_at)) if code_at is not None else ""
        key = name, code
        if key not in meant:
            where = sheet.where(row, code_at if code else name_at)
            try:
                meant[key] = _one_side(name, code, where, name_list)
            except InputError as error:
                problems += error.problems
                meant[key] = ""
        answers.append(meant[key])
    if problems:
        raise InputError(problems)
    return None if answers and all(answer == _EVERYWHERE for answer in answers) else [
        "" if answer == _EVERYWHERE else answer for answer in answers
    ]  # fmt: skip


def _one_side(name: str, code: str, where: str, names: set[str]) -> str:
    if _EVERYWHERE in (name, code):
        return _EVERYWHERE
    if code and code.casefold() not in ("na", "nan"):
        return labels.places({code: where}, "iso3")[code].code
    if name:
        beside = dict.fromkeys((name, *(names & {"Dem. Rep. of the Congo"})), where)
        return labels.places(beside, publisher="unhcr")[name].code
    raise InputError(Problem(where, "neither a code nor a name", "Fill one in"))


_FETCH = "https://raw.githubusercontent.com/PopulationStatistics/refugees"
_COMMIT = "0c16a6d0c2f37d8578f9b9e3d1e4459efe850398"

READERS = (
    Reader(
        name="unhcr-package",
        publisher="UNHCR",
        dataset="Refugee Population Statistics Database, R package refugees",
        editions=("2025.12.1",),
        address="https://github.com/PopulationStatistics/refugees",
        licence="CC BY 4.0",
        rank=PROVEN,
        recognises=lambda opened: opened.object_name in _OBJECTS,
        read=_read_package,
        quirks=(
            "coo and coa are UNHCR's codes (AUS is Austria): coo_iso and coa_iso are read",
            "population: missing values are stored as 0; 1 to 4 are rounded to 0 or 5",
            "UKN is UNK, STA is XXA: unknown and stateless are two things",
            "applications and decisions count cases (C) or persons (P): never add them up",
            "displacement headlines add UNRWA's refugees and IDMC's displaced",
        ),
        totals={
            "package, population": (
                Total("refugees 2015", 16.11e6, {"quantity": "refugees", "year": 2015}, 1e-3),
                Total(
                    "asylum-seekers 2015",
                    3.22e6,
                    {"quantity": "asylum_seekers", "year": 2015},
                    2e-3,
                ),
            ),
            "package, unrwa": (Total("2015", 5_241_257, {"year": 2015}),),
            "package, idmc": (Total("2015", 40_451_900, {"year": 2015}),),
        },
        downloads=tuple(
            Download(f"{_FETCH}/{_COMMIT}/data/{name}.rda", f"{name}.rda") for name in _OBJECTS
        ),
    ),
    Reader(
        name="unhcr-finder",
        publisher="UNHCR",
        dataset="Refugee Data Finder, population and applications downloads",
        editions=("any",),
        address="https://www.unhcr.org/refugee-statistics/download",
        licence="CC BY 4.0",
        rank=UNVERIFIED,
        recognises=lambda opened: not opened.is_r and bool(_finder_sheets(opened)),
        read=_read_finder,
        quirks=(
            "at least four header sets; lines before the header in some, a row of HXL tags",
            "unknown origins have an empty code in one set, UNK or UKN in others",
            "'-' as a place is 'all of them'; as a figure not reported; * is suppressed",
            "1e+05 is a number; several rows of one pair where kinds were dropped: added up",
        ),
    ),
)
