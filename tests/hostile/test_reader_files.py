"""Files that try to be misread: each is refused with the place, or read right with a word."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from corridors import InputError, SourceError, read
from corridors.readers import table
from corridors.readers.labels import AREA, REGION, TOTAL, UNKNOWN, m49, places
from laws import publisher_files

WDI = "Country Name,Country Code,Indicator Name,Indicator Code,2019,2020,\n"


def _layout(name: str) -> publisher_files.Layout:
    return getattr(publisher_files, name)(np.random.default_rng(3))


@pytest.mark.parametrize("code", ["76.0", 76.0, 76, "076", " 76 "])
def test_a_code_is_its_number_however_a_program_writes_it(code: object) -> None:
    assert m49(code) == 76
    assert places({"Brazil": "A1"}, "m49", {"Brazil": code})["Brazil"].code == "BRA"


@pytest.mark.parametrize("code", ["1.2", "7.6", "-4", "36,0", "4a"])
def test_a_point_or_sign_beside_the_digits_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="no M49 number"):
        m49(code)


def test_codes_that_slipped_against_the_names_are_refused(tmp_path: Path) -> None:
    layout = _layout("desa_totals")
    rows = [row for row in layout.rows[layout.header + 4 :] if len(row) > 4]
    rows[0][3], rows[1][3] = rows[1][3], rows[0][3]
    with pytest.raises(InputError, match=r"sheet 'Table 1', cell D15: 'Mexico\*' is MEX"):
        read(publisher_files.write(layout, tmp_path), whole=False)


def test_a_list_settles_congo_and_micronesia() -> None:
    un = places(dict.fromkeys(["Congo", "Democratic Republic of the Congo", "Micronesia",
                               "Polynesia", "World", "Others", "South Africa",
                               "Southern Africa"], "row"))  # fmt: skip
    assert un["Congo"].code == "COG"
    assert un["Micronesia"].role == REGION
    assert un["Southern Africa"].role == REGION
    assert (un["South Africa"].code, un["South Africa"].role) == ("ZAF", AREA)
    assert (un["Others"].code, un["Others"].role) == ("OTH", UNKNOWN)
    assert un["World"].role == TOTAL
    with pytest.raises(InputError, match="more than one area"):
        places({"Congo": "row 3"})


def test_unhcr_codes_of_its_own_are_not_taken_for_iso(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("year,coo,coa,refugees\n2020,SYR,AUS,5\n", encoding="utf-8")
    table = read(file)
    assert table.frame[["origin", "destination"]].to_numpy().tolist() == [["SYR", "AUT"]]
    assert any("AUS is Austria" in note for note in table.notes)


def test_a_zip_gives_the_table_and_leaves_the_metadata(tmp_path: Path) -> None:
    file = tmp_path / "API_BX.zip"
    body = "Mexico,MEX,Remittances,BX.TRF.PWKR.CD.DT,5,6,\nWorld,WLD,Remittances,"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Metadata_Country.csv", "Country Code,Region,TableName\nMEX,LAC,Mexico\n")
        archive.writestr("API_BX.csv", WDI + body + "BX.TRF.PWKR.CD.DT,5,6,\n")
    frame = read(file, whole=False).frame
    assert frame["value"].tolist() == [5.0, 6.0]


def test_a_world_that_is_not_the_sum_of_its_places_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "API_BX.csv"
    body = "Mexico,MEX,Remittances,BX.TRF.PWKR.CD.DT,5,6,\nWorld,WLD,Remittances,"
    file.write_text(WDI + body + "BX.TRF.PWKR.CD.DT,5,7,\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"API_BX\.csv:3, column 6: the world is 7"):
        read(file, whole=False)


def test_a_bad_value_is_shown_short_and_with_its_cell(tmp_path: Path) -> None:
    layout = _layout("knomad_people")
    layout.rows[4][3] = "x" * 5000
    with pytest.raises(InputError, match="cell D5") as refused:
        read(publisher_files.write(layout, tmp_path), whole=False)
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_an_encoding_is_found_and_said(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes('a;b\n"Côte\nd\'Ivoire";1\nTürkiye;2\n'.encode(encoding))
    (sheet,) = table.rows(file)
    assert sheet.rows == [["a", "b"], ["Côte\nd'Ivoire", "1"], ["Türkiye", "2"]]
    assert sheet.lines == (1, 2, 4)
    assert "semicolon" in sheet.said()


def test_korean_is_told_from_western_letters(tmp_path: Path) -> None:
    for text, encoding in (
        ("지역,수\n서울,1\n부산,2\n", "cp949"),
        ("Réunion,1\nÅland,2\n", "cp1252"),
    ):
        file = tmp_path / "x.csv"
        file.write_bytes(text.encode(encoding))
        (sheet,) = table.rows(file)
        assert sheet.encoding == encoding
        assert [",".join(row) for row in sheet.rows] == text.split()


@pytest.mark.parametrize("name", ["empty.csv", "empty.xlsx", "empty.rda", "empty.zip"])
def test_an_empty_file_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(b"")
    with pytest.raises((SourceError, InputError), match="empty"):
        read(file)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    file = publisher_files.write(_layout("desa_matrix"), tmp_path)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceError, match="workbook"):
        read(file)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.csv", WDI)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(archive.getvalue()[:40])
    with pytest.raises(SourceError, match="cannot be read"):
        read(cut)


def test_a_destination_that_is_lost_is_missed_by_the_world(tmp_path: Path) -> None:
    layout = _layout("desa_origin")
    first = layout.header + 2
    del layout.rows[first : first + 5]
    with pytest.raises(InputError, match="all origins are"):
        read(publisher_files.write(layout, tmp_path), whole=False)
