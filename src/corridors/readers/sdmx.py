"""Eurostat's TSV and SDMX-CSV 1.0, and OECD's SDMX-CSV: columns by name, never by place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels, wide
from corridors.readers.declared import UNVERIFIED, Download, Opened, Reader, ReadTable
from corridors.readers.labels import Place
from corridors.readers.table import Figure, Numbers, Sheet, text, year_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS"]

_TSV_HEADER = re.compile(r"[\w,]+\\(time|TIME_PERIOD)", re.I)
_CELL = re.compile(r"(:|-?[\d.]+(?:e[+-]?\d+)?)\s*([a-z]*)", re.I)
_DESTINATION = ("geo", "REF_AREA", "COU")
_BY_BIRTH = ("c_birth", "BIRTH_PLACE", "COUNTRY_BIRTH")
_BY_CITIZENSHIP = ("citizen", "CITIZENSHIP", "CO2", "NATIONALITY", "partner", "COUNTERPART_AREA")
_TIME = ("TIME_PERIOD", "time", "YEA", "YEAR")
_VALUE = ("OBS_VALUE", "Value", "ObsValue")
_FLAG = ("OBS_FLAG", "OBS_STATUS", "Flag Codes")
_HIDDEN = ("CONF_STATUS",)
_MULTIPLIER = ("UNIT_MULT", "PowerCode Code")
_TECHNICAL = frozenset(
    "dataflow structure structureid structurename action lastupdate freq decimals timeformat "
    "baseper referenceperiod confstatus obsflag obsstatus unitmult".split()
)
_TOTALS = ("TOTAL", "T", "_T", "TOT")
_GROUP = re.compile(
    r"TOTAL|_T|_Z|W|W_\w+|WLD|EU\w*|EA\d*|EEA\w*|EFTA\w*|EXT_\w*|NEU\w*|NAT|FOR\w*|OECD\w*|NRP|"
    r"[A-Z0-9]+_(HDC|LDC|MDC|NOR|OTH|X)\w*|AFR\w*|AME\w*|ASI\w*|EUR|OCE|[A-Z]\d+\w*|G\d+|OTH"
)


def _place(code: str, where: str, scheme: str) -> Place:
    if code in ("UNK", "_U", "UNKNOWN"):
        return Place(labels.NOT_KNOWN, labels.UNKNOWN)
    if code in ("STLS", "STATELESS"):
        return Place("XXA", labels.UNKNOWN)
    if _GROUP.fullmatch(code):
        return Place("", labels.REGION)
    return labels.places({code: where}, scheme)[code]


def _meant(codes: Sequence[str], column: str, sheet: Sheet, scheme: str) -> dict[str, Place]:
    meant, problems = {}, []
    for code in dict.fromkeys(codes):
        try:
            meant[code] = _place(code.upper(), f"{sheet.file}, column '{column}'", scheme)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return meant


def _assembled(raw: pd.DataFrame, sheet: Sheet, dataset: str, scheme: str, unit: str) -> ReadTable:
    """The tidy table of columns of codes, `year`, `value`, `status_of_value`, `flag`."""
    columns = [str(name) for name in raw.columns]
    is_stock = bool(re.search(r"migr_pop|stock|\bB14\b|\bB15\b", dataset, re.I))
    sides = ("birthplace", "residence") if is_stock else ("origin", "destination")
    notes = [sheet.said()]
    frame = raw[["year", "value", "status_of_value", "flag"]].copy()
    dims = ["year"]
    used = set()
    for side, names in ((sides[1], _DESTINATION), (sides[0], (*_BY_BIRTH, *_BY_CITIZENSHIP))):
        column = wide.column_of(columns, *names)
        if column is None:
            continue
        meant = _meant([text(code) for code in raw[column]], column, sheet, scheme)
        frame[side] = [meant[text(code)].code for code in raw[column]]
        gone = sorted(code for code, place in meant.items() if not place.code)
        if gone:
            notes.append(f"{side}: totals and groups left out: {', '.join(gone[:6])}")
        dims.insert(0, side)
        used.add(column)
        if column in _BY_CITIZENSHIP:
            notes.append(f"{side} is citizenship here ('{column}')")
    for column in columns:
        if column in used or column in ("year", "value", "status_of_value", "flag"):
            continue
        frame[column.casefold()] = [text(cell) for cell in raw[column]]
        dims.append(column.casefold())
    frame = frame[(frame[[side for side in sides if side in frame]] != "").all(axis=1)]
    frame, said = _one_of_each(frame, [name for name in dims if name not in (*sides, "year")])
    notes += [*said, "flags of the publisher are kept in the column flag"]
    _no_key_twice(frame, dims, sheet)
    order = [*dims, "value", "status_of_value", "flag"]
    noted = tuple(note for note in notes if note)
    frame = frame[order].reset_index(drop=True)
    return ReadTable(frame, tuple(dims), {"": unit}, "reported", dataset or "not stated", noted)


def _one_of_each(frame: pd.DataFrame, further: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Of each further dimension the total, but women and men where both are there."""
    notes = []
    for name in further:
        found = set(frame[name].str.upper())
        total = next((code for code in _TOTALS if code in found), None)
        if total is None or len(found) == 1:
            continue
        if name == "sex" and {"F", "M"} <= found:
            frame = frame[frame[name].str.upper().isin(["F", "M"])]
            notes.append("sex: women and men kept, their total left out")
        else:
            frame = frame[frame[name].str.upper() == total]
            notes.append(f"{name}: the total {total} kept, {len(found) - 1} parts left out")
    return frame, notes


def _no_key_twice(frame: pd.DataFrame, dims: list[str], sheet: Sheet) -> None:
    twice = frame.duplicated(dims)
    if twice.any():
        first = frame[twice].iloc[0]
        key = ", ".join(f"{name} {first[name]}" for name in dims)
        raise InputError(Problem(sheet.file, f"{key} stands twice", "Keep one of the rows"))


# --- TSV -----------------------------------------------------------------------------------------


def _is_tsv(opened: Opened) -> bool:
    if opened.is_r:
        return False
    first = opened.sheets[0].rows[0] if opened.sheets[0].rows else []
    return bool(first) and _TSV_HEADER.fullmatch(text(first[0])) is not None


def _read_tsv(opened: Opened) -> ReadTable:
    import pandas as pd

    sheet = opened.sheets[0]
    names = re.split(r"[,\\]", text(sheet.rows[0][0]))[:-1]
    periods = [(c, text(cell)) for c, cell in enumerate(sheet.rows[0]) if c and text(cell)]
    wrong = [period for _, period in periods if year_of(period) is None]
    if wrong:
        fix = "Download the yearly table; months and quarters are not read"
        raise InputError(Problem(sheet.where(0), f"'{wrong[0]}' is no year", fix))
    records, numbers = [], Numbers()
    for row in range(1, len(sheet.rows)):
        codes = text(sheet.cell(row, 0)).split(",")
        if codes == [""]:
            continue
        if len(codes) != len(names):
            what = f"{len(codes)} codes for {len(names)} dimensions"
            raise InputError(Problem(sheet.where(row, 0), what, "Fetch the file again"))
        for column, period in periods:
            figure, flag = _flagged(sheet, row, column, numbers)
            records.append((*codes, year_of(period), figure.value, figure.status, flag))
    numbers.finish()
    kept = [name for name in names if name.casefold() != "freq"]
    raw = pd.DataFrame(records, columns=[*names, "year", "value", "status_of_value", "flag"])
    dataset = re.sub(r"^estat_|\.tsv(\.gz)?$", "", opened.path.name)
    table = raw[[*kept, "year", "value", "status_of_value", "flag"]]
    return _assembled(table, sheet, dataset, "eurostat", "persons")


def _flagged(sheet: Sheet, row: int, column: int, numbers: Numbers) -> tuple[Figure, str]:
    """A figure and its letters: "1250 b", ": c" is confidential."""
    cell = text(sheet.cell(row, column))
    match = _CELL.fullmatch(cell)
    number, flag = (match[1], match[2].casefold()) if match else (cell, "")
    figure = numbers.read(number, lambda: sheet.where(row, column))
    if figure.value != figure.value and "c" in flag:
        figure = Figure(figure.value, "suppressed")
    return figure, flag


# --- SDMX-CSV ------------------------------------------------------------------------------------


def _sdmx_names(opened: Opened) -> list[str]:
    if opened.is_r or not opened.sheets or not opened.sheets[0].rows:
        return []
    return [text(cell) for cell in opened.sheets[0].rows[0]]


def _is_sdmx(opened: Opened) -> bool:
    names = _sdmx_names(opened)
    places = wide.column_of(names, *_DESTINATION)
    return places is not None and all(wide.column_of(names, *spelt) for spelt in (_TIME, _VALUE))


def _is_oecd(opened: Opened) -> bool:
    return _is_sdmx(opened) and wide.column_of(_sdmx_names(opened), "REF_AREA", "COU") is not None


def _read_sdmx(opened: Opened, scheme: str) -> ReadTable:
    import pandas as pd

    sheet = opened.sheets[0]
    names = _sdmx_names(opened)
    rows = [row for row in range(1, len(sheet.rows)) if any(map(text, sheet.rows[row]))]
    at = {key: _position(names, spelt) for key, spelt in _OBSERVATION.items()}
    factor = _factors(sheet, rows, at["multiplier"])
    numbers, records = Numbers(), []
    time, value = at["time"], at["value"]
    assert time is not None and value is not None
    for row, times in zip(rows, factor, strict=True):
        year = year_of(sheet.cell(row, time))
        if year is None:
            fix = "Download yearly figures; months and quarters are not read"
            raise InputError(Problem(sheet.where(row, time), "no year", fix))
        figure = numbers.at(sheet, row, value)
        flag = text(sheet.cell(row, at["flag"])) if at["flag"] is not None else ""
        hidden = text(sheet.cell(row, at["hidden"])) if at["hidden"] is not None else ""
        status = figure.status
        if figure.value != figure.value and (hidden in ("C", "N") or "c" in flag.casefold()):
            status = "suppressed"
        records.append((year, figure.value * times, status, flag))
    numbers.finish()
    kept = _dimensions(names)
    table = {name: [text(sheet.cell(row, names.index(name))) for row in rows] for name in kept}
    raw = pd.DataFrame(table)
    raw[["year", "value", "status_of_value", "flag"]] = pd.DataFrame(records, index=raw.index)
    raw["year"], raw["value"] = raw["year"].astype(int), raw["value"].astype(float)
    unit = _unit(sheet, rows, names)
    return _assembled(raw, sheet, _dataset(sheet, names, opened), scheme, unit)


_OBSERVATION: Mapping[str, tuple[str, ...]] = {
    "time": _TIME, "value": _VALUE, "flag": _FLAG, "hidden": _HIDDEN, "multiplier": _MULTIPLIER,
}  # fmt: skip


def _position(names: list[str], spelt: tuple[str, ...]) -> int | None:
    column = wide.column_of(names, *spelt)
    return None if column is None else names.index(column)


def _factors(sheet: Sheet, rows: list[int], column: int | None) -> list[float]:
    """The power of ten that each row is written in, applied once."""
    if column is None:
        return [1.0] * len(rows)
    powers = [text(sheet.cell(row, column)) or "0" for row in rows]
    for row, power in zip(rows, powers, strict=True):
        if not re.fullmatch(r"-?\d{1,2}", power):
            fix = "Write the power of ten: 0, 3 or 6"
            raise InputError(Problem(sheet.where(row, column), f"multiplier '{power}'", fix))
    return [10.0 ** int(power) for power in powers]


def _dimensions(names: list[str]) -> list[str]:
    """Columns of codes; the column of labels that OECD puts after each is left out."""
    observation = {
        column
        for spelt in _OBSERVATION.values()
        if (column := wide.column_of(names, *spelt)) is not None
    }
    kept = []
    for name in names:
        plain = "".join(letter for letter in name.casefold() if letter.isalnum())
        is_label = " " in name or (name[:1].isupper() and name[1:].islower())
        if name and name not in observation and plain not in _TECHNICAL and not is_label:
            kept.append(name)
    return kept


def _unit(sheet: Sheet, rows: list[int], names: list[str]) -> str:
    column = wide.column_of(names, "UNIT_MEASURE", "unit")
    if column is None:
        return "persons"
    units = {text(sheet.cell(row, names.index(column))) for row in rows}
    return "persons" if units <= {"PS", "PER", "NR", "P", "PERS"} else ", ".join(sorted(units))


def _dataset(sheet: Sheet, names: list[str], opened: Opened) -> str:
    column = wide.column_of(names, "DATAFLOW", "STRUCTURE_ID")
    if column is None or len(sheet.rows) < 2:
        return opened.path.stem
    return text(sheet.cell(1, names.index(column)))


READERS = (
    Reader(
        name="eurostat-tsv",
        publisher="Eurostat",
        dataset="migration tables, bulk download (TSV)",
        editions=("any",),
        address="https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1/data/migr_pop1ctz"
        "?format=TSV",
        licence="CC BY 4.0",
        rank=UNVERIFIED,
        recognises=_is_tsv,
        read=_read_tsv,
        quirks=(
            "codes in one cell, separated by commas; years with trailing blanks",
            "letters after a figure are flags, two letters too; ': c' is confidential",
            "EL is Greece, UK the United Kingdom; groups of countries among the codes",
        ),
        downloads=(
            Download(
                "https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1/data/migr_pop1ctz"
                "?format=TSV",
                "migr_pop1ctz.tsv",
            ),
        ),
    ),
    Reader(
        name="eurostat-sdmx-csv",
        publisher="Eurostat",
        dataset="migration tables, SDMX-CSV 1.0",
        editions=("any",),
        address="https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1/data/migr_pop1ctz"
        "?format=SDMX-CSV",
        licence="CC BY 4.0",
        rank=UNVERIFIED,
        recognises=lambda opened: _is_sdmx(opened) and not _is_oecd(opened),
        read=lambda opened: _read_sdmx(opened, "eurostat"),
        quirks=("DATAFLOW first (SDMX-CSV 1.0); an empty value with flag c is confidential",),
    ),
    Reader(
        name="oecd-sdmx-csv",
        publisher="OECD",
        dataset="International Migration Database, SDMX-CSV",
        editions=("any",),
        address="https://data-explorer.oecd.org",
        licence="OECD terms, CC BY 4.0 since 2024 (not seen)",
        rank=UNVERIFIED,
        recognises=_is_oecd,
        read=lambda opened: _read_sdmx(opened, "iso3"),
        quirks=(
            "UNIT_MULT is a power of ten: figures in thousands are multiplied once",
            "a column of labels beside each code in one of its forms",
            "the old address ended in July 2024",
        ),
    ),
)
