"""IOM: the Missing Migrants Project, and the Displacement Tracking Matrix."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.readers import labels, wide
from corridors.readers.declared import (
    PROVEN,
    UNVERIFIED,
    Opened,
    Reader,
    ReadTable,
    Total,
)
from corridors.readers.table import Cell, Numbers, Sheet, find_row, text, year_of
from corridors.readers.wide import Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READERS"]

_MISSING = "https://missingmigrants.iom.int/downloads"
_ID = ("Web ID", "Main ID", "web_id", "Incident ID", "main_id")
_DATE = ("Reported Date", "Incident Date", "reported_date", "incident_date", "Website Date")
_DEAD = ("Number Dead", "Number of Dead", "number_dead", "dead")
_TOTAL = (
    "Total Dead and Missing", "Total Number of Dead and Missing", "total_dead_and_missing",
    "Total Number of Dead/Missing",
)  # fmt: skip
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "dead": _DEAD,
    "missing": (
        "Minimum Estimated Number of Missing", "minimum_estimated_number_of_missing",
        "Number Missing",
    ),
    "dead_and_missing": _TOTAL,
    "survivors": ("Number of Survivors", "number_of_survivors"),
    "women": ("Number of Females", "number_of_females"),
    "men": ("Number of Males", "number_of_males"),
    "children": ("Number of Children", "number_of_children"),
}  # fmt: skip
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "region_of_incident": ("Region of Incident", "region_of_incident"),
    "route": ("Migration Route", "Migrantion route", "migration_route", "Migration route"),
    "cause": ("Cause of Death", "cause_of_death"),
    "coordinates": (
        "Location Coordinates", "Coordinates", "location_coodinates", "location_coordinates",
        "Location Coodinates",
    ),
    "origin_as_written": ("Country of Origin", "country_of_origin"),
    "country_as_written": ("Country of Incident", "country"),
}  # fmt: skip
_DATES = ("%d-%b-%y", "%a, %m/%d/%Y - %H:%M", "%Y-%m-%d", "%m/%d/%Y", "%d-%b-%Y", "%d/%m/%Y")
_UNITS = dict.fromkeys(_FIGURES, "persons")


def _incidents_header(sheet: Sheet) -> int | None:
    def fits(cells: list[Cell]) -> bool:
        names = [text(cell) for cell in cells]
        return all(wide.column_of(names, *spelt) for spelt in (_ID, _DATE, _TOTAL))

    return find_row(sheet, fits)


def _read_incidents(opened: Opened) -> ReadTable:
    import pandas as pd

    sheet = next(sheet for sheet in opened.sheets if _incidents_header(sheet) is not None)
    header = _incidents_header(sheet)
    assert header is not None
    names = [text(cell) for cell in sheet.rows[header]]
    at = wide.named_columns(sheet, header, {"incident": _ID, "date": _DATE})
    rows = [row for row in range(header + 1, len(sheet.rows)) if _is_incident(sheet, row, at)]
    keys = {
        "incident": [text(sheet.cell(row, at["incident"])) for row in rows],
        "day": _days(sheet, rows, at["date"]),
    }
    for name, spelt in _TEXTS.items():
        column = wide.column_of(names, *spelt)
        if column is not None:
            place = names.index(column)
            keys[name] = [html.unescape(text(sheet.cell(row, place))) for row in rows]
    base = pd.DataFrame(keys)
    base["year"] = pd.DatetimeIndex(base["day"]).year
    base = _with_point(base)
    numbers, parts = Numbers(), []
    for quantity, spelt in _FIGURES.items():
        column = wide.column_of(names, *spelt)
        if column is not None:
            values, status = wide.figures(sheet, rows, names.index(column), numbers)
            parts.append(base.assign(quantity=quantity, value=values, status_of_value=status))
    numbers.finish()
    frame = pd.concat(parts, ignore_index=True)
    notes = (
        f"header found in row {header + 1}; {len(rows)} incidents",
        "counts are at least: many deaths are never recorded; an empty cell is not reported",
    )
    edition = f"{base['year'].min()}-{base['year'].max()}"
    return ReadTable(frame, ("incident", "quantity"), _UNITS, "reported", edition, notes)


def _is_incident(sheet: Sheet, row: int, at: Mapping[str, int]) -> bool:
    """Whether a row is an incident: a footnote or a row of tags is none."""
    name = text(sheet.cell(row, at["incident"]))
    filled = sum(bool(text(cell)) for cell in sheet.rows[row])
    return bool(name) and not name.startswith("#") and filled > 2


def _days(sheet: Sheet, rows: list[int], column: int) -> list[pd.Timestamp]:
    """Dates in the one form of the file that fits every row."""
    import pandas as pd

    written = pd.Series([text(sheet.cell(row, column)) for row in rows], dtype="string")
    for form in _DATES:
        days = pd.to_datetime(written, format=form, errors="coerce")
        if days.notna().all():
            return list(days)
    first = pd.to_datetime(written, format=_DATES[0], errors="coerce").isna()
    row = rows[int(first.to_numpy().argmax())]
    fix = "Write every date in one form: 2015-04-19"
    raise InputError(Problem(sheet.where(row, column), "no date in the form of the others", fix))


def _with_point(base: pd.DataFrame) -> pd.DataFrame:
    """Latitude and longitude from the text "lat, lon"; NaN where it is empty."""
    import pandas as pd

    if "coordinates" not in base:
        return base
    parts = base["coordinates"].str.extract(r"^\s*(-?\d+\.?\d*)\s*,\s*(-?\d+\.?\d*)\s*$")
    latitude, longitude = (pd.to_numeric(parts[side], errors="coerce") for side in (0, 1))
    fits = latitude.abs().le(90) & longitude.abs().le(180)
    return base.assign(latitude=latitude.where(fits), longitude=longitude.where(fits)).drop(
        columns="coordinates"
    )


def _read_packaged(opened: Opened) -> ReadTable:
    import pandas as pd

    raw = opened.r_frame
    table = pd.DataFrame(
        {
            "incident": [f"{number}" for number in range(1, len(raw) + 1)],
            "day": pd.to_datetime(raw["t"], unit="D"),
            "route": raw["route"],
            "cause": raw["cause"],
            "latitude": raw["lat"],
            "longitude": raw["lon"],
            "dead_and_missing": raw["dead"],
            "survivors": raw["surv"],
        }
    )
    table["year"] = pd.to_datetime(raw["m"], unit="D").dt.year
    table["place"] = _codes_or_unknown(raw, "geo", opened.path.name)
    table["nationality"] = _codes_or_unknown(raw, "nat", opened.path.name)
    dims = [name for name in table.columns if name not in ("dead_and_missing", "survivors")]
    measures = {name: Measure(name, "persons") for name in ("dead_and_missing", "survivors")}
    frame = wide.long(table, dims, measures)
    notes = ("the package joins dead and missing; the incident is the row",)
    edition = "gdidata, June 2025"
    return ReadTable(frame, ("incident", "quantity"), _UNITS, "reported", edition, notes)


def _codes_or_unknown(raw: pd.DataFrame, column: str, file: str) -> pd.Series:
    """Codes; UNK where there is none, "ERI,ETH" where the people came from several places."""
    filled = raw[raw[column].notna() & ~raw[column].str.contains(",", na=False)]
    codes = wide.meaning_of(filled, column, file, "iso3")
    several = {code: code for code in raw[column].dropna().unique() if "," in code}
    known = several | {code: place.code for code, place in codes.items()}
    return raw[column].map(known).fillna(labels.NOT_KNOWN)


# --- Displacement Tracking Matrix ----------------------------------------------------------------

_LEVEL = ("adminLevel", "admin_level", "Admin Level")
_PRESENT = ("numPresentIdpInd", "num_present_idp_ind", "IDPs", "Number of IDPs")
_PCODE0 = ("admin0Pcode", "admin0_pcode", "Country code")
_NAMES = tuple((f"admin{level}Name", f"admin{level}_name") for level in range(3))
_WHEN = ("reportingDate", "reporting_date", "Reporting date")


def _dtm_header(sheet: Sheet) -> int | None:
    def fits(cells: list[Cell]) -> bool:
        names = [text(cell) for cell in cells]
        return all(wide.column_of(names, *spelt) for spelt in (_LEVEL, _PRESENT, _PCODE0))

    return find_row(sheet, fits)


def _read_dtm(opened: Opened) -> ReadTable:
    import pandas as pd

    sheet = next(sheet for sheet in opened.sheets if _dtm_header(sheet) is not None)
    header = _dtm_header(sheet)
    assert header is not None
    names = [text(cell) for cell in sheet.rows[header]]
    wanted = {"level": _LEVEL, "value": _PRESENT, "code": _PCODE0, "date": _WHEN}
    at = wide.named_columns(sheet, header, wanted)
    rows = [row for row in range(header + 1, len(sheet.rows)) if any(map(text, sheet.rows[row]))]
    tags = [row for row in rows if text(sheet.cell(row, at["level"])).startswith("#")]
    rows = [row for row in rows if row not in tags]
    numbers = Numbers()
    values, status = wide.figures(sheet, rows, at["value"], numbers)
    levels, _ = wide.figures(sheet, rows, at["level"], numbers)
    numbers.finish()
    wheres = {text(sheet.cell(row, at["code"])): sheet.where(row, at["code"]) for row in rows}
    meant = labels.places(wheres, "iso3")
    table = {
        "area": [meant[text(sheet.cell(row, at["code"]))].code for row in rows],
        "level": [int(level) for level in levels],
        "day": [text(sheet.cell(row, at["date"]))[:10] for row in rows],
        "reason": [_reason(sheet, row, names) for row in rows],
    }
    for level, spelt in enumerate(_NAMES):
        column = wide.column_of(names, *spelt)
        if column is not None and level:
            place = names.index(column)
            table[f"place_{level}"] = [text(sheet.cell(row, place)) for row in rows]
    frame = pd.DataFrame(table).assign(value=values, status_of_value=status)
    frame["year"] = [int(day[:4]) if year_of(day[:4]) else 0 for day in frame["day"]]
    frame, note = _finest_apart(frame)
    notes = (f"{len(tags)} rows of HXL tags left out", note)
    dims = tuple(name for name in frame.columns if name not in ("value", "status_of_value"))
    return ReadTable(frame, dims, {"": "persons"}, "reported", "not stated", notes)


def _reason(sheet: Sheet, row: int, names: list[str]) -> str:
    column = wide.column_of(names, "displacementReason", "displacement_reason")
    if column is None:
        return ""
    parts = text(sheet.cell(row, names.index(column))).casefold().split(";")
    return "; ".join(sorted(part.strip() for part in parts if part.strip()))


def _finest_apart(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Countries only: the finer levels split the same people again."""
    levels = sorted(frame["level"].unique())
    coarsest = levels[0]
    kept = frame[frame["level"] == coarsest].reset_index(drop=True)
    if len(levels) == 1:
        return kept, f"one administrative level: {coarsest}"
    gone = len(frame) - len(kept)
    return kept, (
        f"level {coarsest} kept; {gone} rows of levels {', '.join(map(str, levels[1:]))} count the "
        "same people again and are left out"
    )


READERS = (
    Reader(
        name="iom-missing-migrants",
        publisher="IOM",
        dataset="Missing Migrants Project, incidents",
        editions=("2014-2020", "2014-2021", "2014-2025"),
        address=_MISSING,
        licence="CC BY 4.0",
        rank=PROVEN,
        recognises=lambda opened: (
            not opened.is_r and any(_incidents_header(sheet) is not None for sheet in opened.sheets)
        ),
        read=_read_incidents,
        quirks=(
            "three header sets (proven on the first) and forms of date; typos of the publisher",
            "coordinates as text 'lat, lon'; HTML entities and line ends in cells",
            "an empty count is not reported; a country can be Mixed/Unknown",
        ),
        totals={
            "2014-2020": (Total("2015", 6_584, {"quantity": "dead_and_missing", "year": 2015}),)
        },
    ),
    Reader(
        name="iom-missing-migrants-package",
        publisher="IOM, packaged in gdidata",
        dataset="Missing Migrants Project, incidents",
        editions=("gdidata, June 2025",),
        address="https://github.com/iom/gdidata",
        licence="CC BY 4.0",
        rank=PROVEN,
        recognises=lambda opened: opened.object_name == "iom_mmp",
        read=_read_packaged,
        quirks=("days since 1970 as numbers", "an unknown nationality is UNK"),
        totals={
            "gdidata, June 2025": (
                Total("incidents", 19_669, {"quantity": "dead_and_missing"}, statistic="rows"),
            )
        },
    ),
    Reader(
        name="iom-dtm",
        publisher="IOM",
        dataset="Displacement Tracking Matrix, displaced people present",
        editions=("any",),
        address="https://data.humdata.org/organization/iom",
        licence="CC BY 4.0 (as stated on HDX; not seen)",
        rank=UNVERIFIED,
        recognises=lambda opened: (
            not opened.is_r and any(_dtm_header(sheet) is not None for sheet in opened.sheets)
        ),
        read=_read_dtm,
        quirks=(
            "second line of HXL tags",
            "administrative levels 0, 1, 2 in one file: a plain sum counts three times",
            "reasons in two spellings, several in one cell",
        ),
    ),
)
