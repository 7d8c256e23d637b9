"""Every label of the publishers: the right area, origins not known, an aggregate, or refused.

`names/labels.csv` is checked by hand: the labels of the review and further forms. Of
`names/shared_labels.csv`, every label of the files beside the checkout, the areas were compared
with country_converter 1.3.2; where it differs (Sudan before 2011, Taiwan, Serbia with Kosovo,
regions it takes for countries) the row here is checked by hand.
"""

from __future__ import annotations

import csv
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corridors
from corridors import areas
from corridors.errors import InputError

NAMES = Path(__file__).parent / "names"

#: Columns of labels in the files beside the checkout: file, columns, scheme.
COLUMNS = [
    *[(f"population/{name}.parquet", ("origin", "asylum"), None) for name in
      ("unhcr_population", "unhcr_flows", "unhcr_asylum_applications", "unhcr_solutions")],
    ("population/countries.parquet", ("iso3", "iso2", "m49", "name", "region", "subregion"), None),
    ("population/wpp2024_accounts.parquet", ("name", "m49", "iso3"), None),
    ("population/migrant_stock_published_totals.parquet", ("name", "m49"), None),
    ("population/migrant_stock_2024.parquet", ("origin", "destination"), None),
    ("population/migrant_stock_gbmd_1960_2000.parquet", ("origin", "destination"), None),
    ("population/flows_asia_pacific_2000_2019.parquet", ("origin", "destination"), None),
    ("population/idmc_displacement_flows.parquet", ("iso3",), None),
    ("economy/tidy/country_year.parquet", ("iso3", "name"), None),
    ("economy/tidy/migrant_deaths_sdg.parquet", ("area",), None),
    ("economy/tidy/pwt1001.parquet", ("country", "iso3"), None),
    ("economy/tidy/schooling_barro_lee.parquet", ("country", "iso3"), None),
    ("economy/raw/sdg2020_geo_area.csv", ("geo_area", "name"), None),
    ("economy/raw/wdi_gdp_current_usd_datasets-gdp_2026-03.csv", ("Country Name", "Country Code"),
     None),
    ("economy/raw/wdi_hdr_panel_2025-10-13.csv", ("Country Name", "Country Code"), None),
]  # fmt: skip
#: First columns of workbooks: file, sheet, column.
SHEETS = [
    ("population/raw/undesa_ims_2015_totals.xlsx", "Table 1", 1),
    ("population/raw/undesa_ims_2019_totals.xlsx", "Table 1", 1),
    ("population/raw/undesa_ims_2020_totals.xlsx", "Table 1", 1),
    ("population/raw/undesa_ims_2015_origin_destination_table16.xlsx", "Table 16", 1),
    ("economy/raw/knomad_migrant_stock_2010.xls", "bilatMig", 0),
    ("economy/raw/knomad_migrant_stock_2013.xlsx", "Bilateral Migration 2013", 0),
    ("economy/raw/knomad_migrant_stock_2017.xlsx", "Bilateral_Migration_2017", 0),
    ("economy/raw/knomad_bilateral_remittances_2017.xlsx", "Bilateral_Remittances_2017", 0),
    ("economy/raw/geo_cepii.xls", "geo_cepii", 3),
]
#: Packages of R with UNHCR's names and codes, and the dictionaries of two packages.
PACKAGES = [
    ("unhcr_flows", ("coo_name", "coo_iso", "coa_name"), ("coo", "coa")),
    ("unhcr_solutions", ("coo_name", "coo_iso", "coa_name"), ("coo", "coa")),
    ("gdidata_countrynames", ("name", "name_sort", "name_text", "iso3", "m49"), ()),
    ("migest_dict_ims", ("name", "name_short", "iso3c"), ()),
]


def rows(name: str) -> list[dict[str, str]]:
    with (NAMES / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def said(meaning: areas.Meaning) -> str:
    return meaning.code or meaning.kind


def test_a_publishers_label_means_what_it_means() -> None:
    for row in rows("labels.csv"):
        label, scheme = row["label"], row["scheme"] or None
        assert said(areas.meaning(label, scheme)) == row["expected"], row
        if len(row["expected"]) == 3:
            assert corridors.resolve(label, scheme=scheme).code == row["expected"], row
        else:
            with pytest.raises(InputError, match="area"):
                corridors.resolve(label, scheme=scheme)


def test_every_label_of_the_shared_files_has_its_meaning() -> None:
    wrong = [
        (row["label"], row["expected"], said(areas.meaning(row["label"], row["scheme"] or None)))
        for row in rows("shared_labels.csv")
        if said(areas.meaning(row["label"], row["scheme"] or None)) != row["expected"]
    ]
    assert wrong == []


@pytest.mark.long
def test_no_label_of_the_shared_files_is_without_an_expectation(shared: Path) -> None:
    held = {(row["label"], row["scheme"]) for row in rows("shared_labels.csv")}
    missing, count = set(), 0
    for scheme, labels in _shared_labels(shared / "data"):
        for meaning in areas.resolve_all(labels, scheme):
            count += 1
            short = 0 < len(meaning.label) <= 80
            if short and (meaning.label, scheme or "") not in held:
                missing.add((meaning.label, scheme))
    assert missing == set()
    assert count > 5000


def _shared_labels(data: Path) -> list[tuple[str | None, list[object]]]:
    import duckdb
    import python_calamine
    import rdata

    lists: list[tuple[str | None, list[object]]] = []
    for file, columns, scheme in COLUMNS:
        reader = "read_parquet" if file.endswith("parquet") else "read_csv"
        options = "" if reader == "read_parquet" else ", all_varchar = true, header = true"
        for column in columns:
            query = f"SELECT DISTINCT \"{column}\" FROM {reader}('{data / file}'{options})"
            lists.append((scheme, [row[0] for row in duckdb.sql(query).fetchall()]))
    for file, sheet, column in SHEETS:
        book = python_calamine.CalamineWorkbook.from_path(str(data / file))
        cells = [row[column] for row in book.get_sheet_by_name(sheet).to_python()]
        lists.append((None, [cell for cell in cells if cell != ""]))
    for name, plain, unhcr in PACKAGES:
        with warnings.catch_warnings(action="ignore"):  # rdata names every class it reads
            frame = next(iter(rdata.read_rda(data / f"population/raw/{name}.rda").values()))
        lists += [(None, list(frame[column].unique())) for column in plain]
        lists += [("unhcr", list(frame[column].unique())) for column in unhcr]
    return lists


# --- numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write", [str, float, np.float64, np.int64, "{:03d}".format, "{}.0".format]
)
def test_every_m49_number_is_its_area_however_a_spreadsheet_writes_it(write: object) -> None:
    for code, area in areas.every_area().items():
        if area.m49 is not None:
            assert callable(write)
            assert corridors.resolve(write(area.m49)).code == code


@given(st.integers(1, 999), st.sampled_from(["-{}", "+{}", "{}.5", "0.{}", "{},0", "{}-", "1e{}"]))
def test_a_number_with_a_sign_or_a_fraction_is_refused(number: int, form: str) -> None:
    with pytest.raises(InputError):
        corridors.resolve(form.format(number))


@pytest.mark.parametrize("absent", [None, "", " ", float("nan"), np.nan, "<NA>", True])
def test_absent_values_are_no_place(absent: object) -> None:
    assert areas.meaning(absent).kind == "none"


# --- one meaning however it is written -------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFKD"])
@pytest.mark.parametrize(
    "dress", ["{}", "   {}", "{}*", "{} (1)", "{}\u00a0", "{}²", "\ufeff{}", "{} 1/"]
)
def test_names_mean_the_same_in_every_dress(form: str, dress: str) -> None:
    for row in rows("labels.csv"):
        if len(row["expected"]) == 3 and not row["scheme"] and len(row["label"]) > 3:
            if any(char.isdigit() or char in "¹Ã/" for char in row["label"]):
                continue  # marks and damage of its own, which a normal form would change
            label = unicodedata.normalize(form, dress.format(row["label"]))
            assert said(areas.meaning(label)) == row["expected"], label


def test_no_name_means_two_areas_unless_listed_as_ambiguous() -> None:
    from corridors.areas import names, register

    listed = {names.folded(name) for name in register.listing("aliases")["ambiguous"]}
    index = names._index()
    assert [name for name, codes in index.items() if len(codes) > 1 and name not in listed] == []
    assert sorted(set(index) & set(names._aggregates())) == ["america", "micronesia"]


def test_every_area_answers_to_its_codes_by_scheme() -> None:
    for code, area in areas.every_area().items():
        assert corridors.resolve(code, scheme="iso3").code == code
        if area.iso2 is not None:
            assert corridors.resolve(area.iso2, scheme="iso2").code == code
        if area.m49 is not None:
            assert corridors.resolve(area.m49, scheme="m49").code == code


def test_an_unknown_scheme_or_publisher_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="no scheme 'iso'"):
        corridors.resolve("AUS", scheme="iso")
    with pytest.raises(InputError, match=r"no publisher 'unhrc'.*unhcr"):
        areas.resolve_all(["AUS"], publisher="unhrc")


# --- what the list settles -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "publisher", "label", "expected"),
    [
        (["Congo", "Dem. Rep. of the Congo"], None, "Congo", "COG"),
        (["Congo", "France"], None, "Congo", "none"),
        (["Congo", "France"], "un", "Congo", "COG"),
        (["Congo", "Congo, Rep.", "Congo, Dem. Rep."], None, "Congo", "none"),
        (["Korea", "Dem. People's Rep. of Korea"], None, "Korea", "KOR"),
        (["Korea", "Rep. of Korea"], None, "Korea", "none"),
        (["Virgin Islands", "British Virgin Islands"], None, "Virgin Islands", "VIR"),
        (["Saint Martin", "Sint Maarten (Dutch part)"], None, "Saint Martin", "MAF"),
        (["Micronesia", "Polynesia", "Palau"], None, "Micronesia", "aggregate"),
        (["Micronesia", "Micronesia (Fed. States of)"], None, "Micronesia", "aggregate"),
        (["Micronesia", "Palau", "Kiribati"], None, "Micronesia", "FSM"),
        (["Micronesia", "France"], None, "Micronesia", "none"),
        (["Micronesia", "France"], "un", "Micronesia", "aggregate"),
        (["America", "Europe"], None, "America", "aggregate"),
        (["America", "France"], None, "America", "none"),
        (["Georgia", "Alabama", "Florida", "Texas"], None, "Georgia", "none"),
        (["Georgia", "Armenia"], None, "Georgia", "GEO"),
        (["Other Africa", "Egypt"], "unctad", "Other Africa", "aggregate"),
        (["Other Africa", "Egypt"], "census", "Other Africa", "OTH"),
        (["Other Africa", "Egypt"], None, "Other Africa", "none"),
    ],
)
def test_a_list_settles_what_is_ambiguous_alone(
    labels: list[str], publisher: str | None, label: str, expected: str
) -> None:
    meanings = areas.resolve_all(labels, publisher=publisher)
    assert [meaning.label for meaning in meanings] == labels
    settled = meanings[labels.index(label)]
    assert said(settled) == expected
    assert settled.note or (label, expected) == ("Georgia", "GEO")


def test_both_meanings_of_micronesia_are_named() -> None:
    with pytest.raises(InputError, match=r"\(FSM\) or the region Micronesia"):
        corridors.resolve("Micronesia")


def test_serbia_with_kosovo_is_said_and_so_is_kosovo_beside_it() -> None:
    serbia, kosovo = areas.resolve_all(["Serbia and Kosovo (S/RES/1244 (1999))", "Kosovo"])
    assert (serbia.code, kosovo.code) == ("SRB", "XKX")
    assert "including Kosovo (XKX)" in serbia.note
    assert "double" in kosovo.note
    assert "XKX" in areas.meaning("SRB", "unhcr").note


def test_an_aggregate_is_refused_as_one() -> None:
    with pytest.raises(InputError, match="is an aggregate"):
        corridors.resolve("World")


def test_a_long_note_below_a_table_is_no_place_whatever_words_it_has() -> None:
    note = "Migrants whose country of birth is not known are allotted in proportion. " * 3
    assert areas.meaning(note).kind == "none"
