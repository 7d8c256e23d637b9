"""The publishers' own files: rows, published totals, and the cells that go wrong elsewhere."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from corridors import InputError, SourceError, read
from corridors.readers import every_reader

#: File of population/raw or economy/raw: reader, rows. Each holds its totals while it is read.
FILES = {
    "population/raw/undesa_ims_2015_origin_destination_table16.xlsx": ("un-desa-matrix", 53_824),
    "population/raw/undesa_ims_2015_totals.xlsx": ("un-desa-totals", 2_769),
    "population/raw/undesa_ims_2019_totals.xlsx": ("un-desa-totals", 3_232),
    "population/raw/undesa_ims_2020_totals.xlsx": ("un-desa-totals", 3_247),
    "population/raw/wpp2024_misc1dt.rda": ("un-wpp-package", 139_712),
    "population/raw/wpp2024_mig1dt.rda": ("un-wpp-package", 17_464),
    "population/raw/wpp2024_popproj1dt.rda": ("un-wpp-package", 145_376),
    "population/raw/wpp2019_popM.txt.gz": ("un-wpp-ages", 63_315),
    "population/raw/unhcr_unrwa.rda": ("unhcr-package", 296),
    "population/raw/unhcr_idmc.rda": ("unhcr-package", 934),
    "population/raw/worldbank_gbmd_1960_2000_dcData.rda": ("world-bank-stocks", 172_731),
    "economy/raw/knomad_migrant_stock_2010.xls": ("knomad-migrants", 45_583),
    "economy/raw/knomad_migrant_stock_2013.xlsx": ("knomad-migrants", 46_011),
    "economy/raw/knomad_migrant_stock_2017.xlsx": ("knomad-migrants", 46_011),
    "economy/raw/knomad_bilateral_remittances_2010.csv": ("knomad-remittances", 45_585),
    "economy/raw/knomad_bilateral_remittances_2016.csv": ("knomad-remittances", 45_582),
    "economy/raw/knomad_bilateral_remittances_2017.xlsx": ("knomad-remittances", 45_582),
    "economy/raw/knomad_bilateral_remittances_2018.csv": ("knomad-remittances", 45_582),
    "economy/raw/wdi_remittances_received_2026-05.csv": ("world-bank-indicators", 14_322),
    "economy/raw/iom_missing_migrants_2014-2020.csv": ("iom-missing-migrants", 44_373),
    "economy/raw/dist_cepii.zip": ("cepii-distances", 599_424),
    "economy/raw/geo_cepii.xls": ("cepii-points", 1_428),
    "economy/raw/unctad_bilateral_fdi_outflows_2001_2012.xls": ("unctad-investment", 44_340),
    "economy/raw/pwt10.01.rda": ("penn-world-table", 399_462),
    "economy/raw/fdl_ilo_stat.rds": ("ilo-series", 37_438),
}
STATUSES = {"reported", "zero", "not_reported", "suppressed"}


@pytest.mark.parametrize("file", FILES)
def test_a_publishers_file_gives_every_row_and_meets_its_totals(file: str, shared: Path) -> None:
    reader, rows = FILES[file]
    table = read(shared / "data" / file)
    assert (table.reader, len(table.frame)) == (reader, rows)
    assert every_reader()[reader].rank == "proven"
    assert set(table.dims) <= set(table.frame.columns)
    statuses, value = table.frame["status_of_value"], table.frame["value"]
    assert set(statuses) <= STATUSES
    assert value[statuses == "reported"].abs().gt(0).all()
    assert value[statuses == "zero"].eq(0).all()
    assert value[statuses.isin(["not_reported", "suppressed"])].isna().all()


@pytest.mark.long
def test_unknown_origins_of_germany_2024_arrive_as_unknown(shared: Path) -> None:
    table = read(shared / "data/population/raw/undesa_ims_2024_gdidata.rda")
    cells = table.frame.query("year == 2024 and residence == 'DEU' and birthplace == 'OTH'")
    assert cells["value"].sum() == 3_137_259
    assert {what: got for what, _, got in table.totals}["world 2024"] == 304_021_813


def test_an_empty_cell_of_2015_is_not_a_zero(shared: Path) -> None:
    file = shared / "data/population/raw/undesa_ims_2015_origin_destination_table16.xlsx"
    frame = read(file).frame.set_index(["birthplace", "residence"])
    assert frame.loc[("MEX", "USA"), "value"] == 12_050_031
    assert frame.loc[("AFG", "BDI"), "status_of_value"] == "not_reported"
    assert math.isnan(frame.loc[("AFG", "BDI"), "value"])
    assert (frame["status_of_value"] == "zero").sum() == 221


def test_the_region_micronesia_is_not_the_country(shared: Path) -> None:
    for edition, people in (("2015", 2_756), ("2019", 2_819), ("2020", 2_832)):
        frame = read(shared / f"data/population/raw/undesa_ims_{edition}_totals.xlsx").frame
        country = frame[(frame["residence"] == "FSM") & (frame["year"] == frame["year"].max())]
        assert country["value"].sum() == people


def test_remittances_keep_the_axes_of_people(shared: Path) -> None:
    frame = read(shared / "data/economy/raw/knomad_bilateral_remittances_2017.xlsx").frame
    cell = frame[(frame["birthplace"] == "MEX") & (frame["residence"] == "USA")]
    assert 28e9 < cell["value"].iloc[0] < 32e9


def test_a_part_of_a_table_is_refused_unless_it_is_called_a_part(
    shared: Path, tmp_path: Path
) -> None:
    source = shared / "data/economy/raw/knomad_bilateral_remittances_2018.csv"
    lines = source.read_text(encoding="utf-8-sig").splitlines()
    file = tmp_path / "remittances_2018.csv"
    file.write_text("\n".join(lines[:100]), encoding="utf-8")
    with pytest.raises(InputError, match="published are 689,000,000,000"):
        read(file)
    assert len(read(file, whole=False).frame) > 10_000


def test_a_table_that_no_reader_knows_is_refused_with_the_way_on(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="data formats"):
        read(file)
    with pytest.raises(InputError, match="Did you mean knomad-migrants"):
        read(file, "knomad-migrant")
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path / "absent.csv")
    damaged = tmp_path / "damaged.xlsx"
    damaged.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(SourceError, match="workbook"):
        read(damaged)
    broken = tmp_path / "broken.rda"
    broken.write_bytes(b"\x1f\x8b\x08\x00garbage")
    with pytest.raises((SourceError, InputError)):
        read(broken)


def test_every_reader_declares_who_publishes_and_on_which_terms() -> None:
    for reader in every_reader().values():
        assert reader.publisher and reader.dataset and reader.editions and reader.licence
        assert reader.address.startswith("http")
        assert reader.rank in ("proven", "unverified")
        assert reader.quirks


def test_tidy_rows_carry_unit_kind_edition_and_source(shared: Path) -> None:
    tidy = read(shared / "data/population/raw/unhcr_unrwa.rda").tidy()
    assert isinstance(tidy, pd.DataFrame)
    for column, value in (("unit", "persons"), ("kind", "reported"), ("edition", "package, unrwa")):
        assert set(tidy[column]) == {value}
    assert tidy["source"].str.startswith("UNHCR").all()
