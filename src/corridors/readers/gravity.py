"""CEPII GeoDist: distances and links of pairs, points and areas of countries."""

from __future__ import annotations

from corridors.readers import labels, wide
from corridors.readers.declared import PROVEN, Download, Opened, Reader, ReadTable, Total
from corridors.readers.table import Numbers, Sheet, text
from corridors.readers.wide import Measure

__all__ = ["READERS"]

_PAIRS = {
    "contig": Measure("contiguous", "1 or 0"),
    "comlang_off": Measure("common_language", "1 or 0"),
    "comlang_ethno": Measure("common_language_ethnic", "1 or 0"),
    "colony": Measure("colonial_link", "1 or 0"),
    "comcol": Measure("common_coloniser", "1 or 0"),
    "curcol": Measure("colonial_link_today", "1 or 0"),
    "col45": Measure("colonial_link_after_1945", "1 or 0"),
    "smctry": Measure("same_country", "1 or 0"),
    "dist": Measure("kilometres", "km"),
    "distcap": Measure("kilometres_capitals", "km"),
    "distw": Measure("kilometres_weighted", "km"),
    "distwces": Measure("kilometres_weighted_ces", "km"),
}
_POINTS = {
    "area": Measure("square_km", "square km"),
    "dis_int": Measure("kilometres_internal", "km"),
    "landlocked": Measure("landlocked", "1 or 0"),
    "lat": Measure("latitude", "degrees"),
    "lon": Measure("longitude", "degrees"),
    "cap": Measure("is_capital", "1 or 0"),
}
_ABSENT = {".": "not_reported"}


def _sheet(opened: Opened, *wanted: str) -> Sheet | None:
    for sheet in opened.sheets:
        if sheet.rows and {text(cell) for cell in sheet.rows[0]}.issuperset(wanted):
            return sheet
    return None


def _read_pairs(opened: Opened) -> ReadTable:
    sheet = _sheet(opened, "iso_o", "iso_d", "dist")
    assert sheet is not None
    raw = wide.sheet_frame(sheet, 0)
    raw["origin"] = wide.places_of(raw, "iso_o", sheet.file, "iso3")
    raw["destination"] = wide.places_of(raw, "iso_d", sheet.file, "iso3")
    numbers, rows = Numbers(marks=_ABSENT), list(raw["row"])
    names = [text(cell) for cell in sheet.rows[0]]
    for column in _PAIRS:
        raw[column], _ = wide.figures(sheet, rows, names.index(column), numbers)
    numbers.finish()
    same = raw["origin"] == raw["destination"]
    frame = wide.long(raw[~same], ("origin", "destination"), _PAIRS)
    units = {measure.quantity: measure.unit for measure in _PAIRS.values()}
    notes = (
        f"{int(same.sum())} distances of a country with itself left out",
        "old codes ROM, ZAR, TMP, PAL, YUG are ROU, COD, TLS, PSE, SRB",
    )
    dims = ("origin", "destination", "quantity")
    return ReadTable(frame, dims, units, "reported", "2011", notes)


def _read_points(opened: Opened) -> ReadTable:
    sheet = _sheet(opened, "iso3", "city_en", "lat")
    assert sheet is not None
    names = [text(cell) for cell in sheet.rows[0]]
    raw = wide.sheet_frame(sheet, 0)
    raw["area_code"] = wide.places_of(raw, "iso3", sheet.file, "iso3")
    numbers, rows = Numbers(marks=_ABSENT), list(raw["row"])
    for column in _POINTS:
        raw[column], _ = wide.figures(sheet, rows, names.index(column), numbers)
    numbers.finish()
    table = raw.assign(square_km=raw["area"], city=raw["city_en"].map(text))
    table["area"] = table["area_code"]
    measures = {("square_km" if key == "area" else key): each for key, each in _POINTS.items()}
    frame = wide.long(table, ("area", "city"), measures)
    units = {measure.quantity: measure.unit for measure in _POINTS.values()}
    outside = sorted(
        code for code, place in wide.meaning_of(raw, "iso3", sheet.file, "iso3").items()
        if place.role == labels.OUTSIDE
    )  # fmt: skip
    notes = (
        "two rows where the largest city is not the capital: is_capital tells them apart",
        f"codes outside the tables, kept: {', '.join(outside)}",
    )
    return ReadTable(frame, ("area", "city", "quantity"), units, "reported", "2011", notes)


_LICENCE = "French Open Licence 2.0 (Etalab), second hand"
READERS = (
    Reader(
        name="cepii-distances",
        publisher="CEPII (Mayer and Zignago 2011)",
        dataset="GeoDist, pairs",
        editions=("2011",),
        address="http://www.cepii.fr/distance/dist_cepii.zip",
        licence=_LICENCE,
        rank=PROVEN,
        recognises=lambda opened: (
            not opened.is_r and _sheet(opened, "iso_o", "iso_d", "dist") is not None
        ),
        read=_read_pairs,
        quirks=(
            "old codes; '.' is not reported; internal distances on the diagonal",
            "of 2011: no South Sudan, Kosovo, Montenegro",
        ),
        totals={
            "2011": (
                Total(
                    "pairs of 224 places", 224 * 223, {"quantity": "kilometres"}, statistic="rows"
                ),
            )
        },
        downloads=(Download("http://www.cepii.fr/distance/dist_cepii.zip", "dist_cepii.zip"),),
    ),
    Reader(
        name="cepii-points",
        publisher="CEPII (Mayer and Zignago 2011)",
        dataset="GeoDist, countries",
        editions=("2011",),
        address="http://www.cepii.fr/distance/geo_cepii.xls",
        licence=_LICENCE,
        rank=PROVEN,
        recognises=lambda opened: (
            not opened.is_r and _sheet(opened, "iso3", "city_en", "lat") is not None
        ),
        read=_read_points,
        quirks=("two rows for 13 countries; '.' is not reported; an area code without people",),
        totals={"2011": (Total("rows", 238, {"quantity": "latitude"}, statistic="rows"),)},
        downloads=(Download("http://www.cepii.fr/distance/geo_cepii.xls", "geo_cepii.xls"),),
    ),
)
