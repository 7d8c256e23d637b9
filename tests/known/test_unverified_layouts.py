"""Readers of the second rank on small files in the layouts that were described for them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import pytest
import xlsxwriter

from corridors import InputError, read

OECD = (
    "STRUCTURE,STRUCTURE_ID,REF_AREA,Reference area,CITIZENSHIP,Citizenship,FREQ,MEASURE,SEX,"
    "UNIT_MEASURE,UNIT_MULT,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
)
EUROSTAT = "DATAFLOW,LAST UPDATE,freq,citizen,sex,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS\n"
DTM = (
    "id,admin0Pcode,admin0Name,admin1Name,admin2Name,numPresentIdpInd,reportingDate,adminLevel,"
    "displacementReason\n"
    "#id,#adm0+code,#adm0+name,#adm1+name,#adm2+name,#affected+idps,#date,#level,#cause\n"
)


def _text(file: Path, content: str, encoding: str = "utf-8") -> Path:
    file.write_bytes(content.encode(encoding))
    return file


def _book(file: Path, rows: Iterable[Iterable[object]]) -> Path:
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("Table")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, list(row))
    return file


def test_oecd_figures_in_thousands_are_multiplied_once(tmp_path: Path) -> None:
    file = _text(
        tmp_path / "oecd.csv",
        OECD + "DATAFLOW,OECD:DSD_MIG(1.0),CHE,Switzerland,ITA,Italy,A,B11,_T,PS,3,2020,12.5,A\n"
        "DATAFLOW,OECD:DSD_MIG(1.0),CHE,Switzerland,W,World,A,B11,_T,PS,3,2020,150,A\n"
        "DATAFLOW,OECD:DSD_MIG(1.0),CHE,Switzerland,FRA,France,A,B11,_T,PS,0,2020,700,A\n",
    )
    table = read(file)
    assert (table.reader, table.units[""]) == ("oecd-sdmx-csv", "persons")
    values = table.frame.set_index("origin")["value"]
    assert values.to_dict() == {"ITA": 12_500.0, "FRA": 700.0}
    assert any("totals and groups left out: W" in note for note in table.notes)


def test_eurostat_columns_are_read_by_name_and_confidential_is_suppressed(tmp_path: Path) -> None:
    file = _text(
        tmp_path / "migr_pop1ctz.csv",
        EUROSTAT + "ESTAT:MIGR_POP1CTZ(1.0),01/06/26,A,TR,F,EL,2022,100,,\n"
        "ESTAT:MIGR_POP1CTZ(1.0),01/06/26,A,TR,M,EL,2022,150,b,\n"
        "ESTAT:MIGR_POP1CTZ(1.0),01/06/26,A,TR,T,EL,2022,250,,\n"
        "ESTAT:MIGR_POP1CTZ(1.0),01/06/26,A,STLS,F,EL,2022,,c,C\n"
        "ESTAT:MIGR_POP1CTZ(1.0),01/06/26,A,EU27_2020_FOR,T,EL,2022,999,,\n",
    )
    table = read(file)
    assert table.reader == "eurostat-sdmx-csv"
    cells = table.frame.set_index(["birthplace", "residence", "sex"])
    assert cells["value"].sum() == 250
    assert cells.loc[("XXA", "GRC", "F"), "status_of_value"] == "suppressed"


def test_months_are_refused_not_taken_for_years(tmp_path: Path) -> None:
    line = "ESTAT:MIGR_ASYAPPCTZM(1.0),01/06/26,M,TR,T,EL,2022-01,100,,\n"
    with pytest.raises(InputError, match=r"m\.csv:2, column 7: no year"):
        read(_text(tmp_path / "m.csv", EUROSTAT + line))


def test_levels_of_the_tracking_matrix_are_not_added_up(tmp_path: Path) -> None:
    file = _text(
        tmp_path / "dtm.csv",
        DTM + ",SDN,Sudan,,,900,2024-05-31T00:00:00,0,Conflict\n"
        "1,SDN,Sudan,North,,600,2024-05-31T00:00:00,1,conflict\n"
        "2,SDN,Sudan,South,,300,2024-05-31T00:00:00,1,Conflict; Disaster\n"
        "3,SDN,Sudan,North,Town,600,2024-05-31T00:00:00,2,conflict\n",
    )
    table = read(file)
    assert table.reader == "iom-dtm"
    assert table.frame["value"].tolist() == [900.0]
    assert any("count the same people again" in note for note in table.notes)


def test_the_workbook_of_2019_has_a_column_of_years(tmp_path: Path) -> None:
    head = ["Year", "Sort\norder", "Major area, region, country or area of destination", "Notes"]
    rows: list[list[object]] = [
        ["Workbook: UN_MigrantStockByOriginAndDestination_2019.xlsx"],
        ["Table 1. Total migrant stock at mid-year by origin and by destination, 1990-2019"],
        [*head, "Code", "Type of data (a)", "Country of origin"],
        ["", "", "", "", "", "", "Total", "Other North", "Other South", "Mexico", "Germany"],
        [2015, 1, "WORLD", "", 900, "", 36, 1, 2, 22, 11],
        [2015, 2, "Mexico", "", 484, "B", 12, 1, 0, "", 11],
        [2015, 3, "Germany", "", 276, "B", 24, 0, 2, 22, ""],
        [2019, 1, "WORLD", "", 900, "", 37, 1, 2, 23, 11],
        [2019, 2, "Mexico", "", 484, "B", 12, 1, 0, "", 11],
        [2019, 3, "Germany", "", 276, "B", 25, 0, 2, 23, ""],
    ]
    table = read(_book(tmp_path / "od2019.xlsx", rows), whole=False)
    assert (table.reader, table.edition) == ("un-desa-matrix-by-year", "2019")
    cells = table.frame.set_index(["birthplace", "residence", "year"])["value"]
    assert cells["MEX", "DEU", 2019] == 23
    assert cells["OTH", "MEX", 2015] == 1
    assert "DEU" not in {key[0] for key, value in cells.items() if key[1] == "DEU"}


def test_a_census_matrix_keeps_codes_and_leaves_margins_of_error(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["State-to-State Migration Flows: 2022"],
        ["Current residence in", "Residence 1 year ago", "", "", "", "", ""],
        ["", "Alabama", "", "Alaska", "", "Arizona", ""],
        ["", "Estimate", "MOE", "Estimate", "MOE", "Estimate", "MOE"],
        ["Alabama", "N/A", "N/A", 576, 358, 1607, 737],
        ["Alaska", 423, 346, "N/A", "N/A", 1252, 577],
        ["Arizona", 1970, 805, 3209, 1003, "N/A", "N/A"],
        ["United States", 2393, 1, 3785, 1, 2859, 1],
    ]
    table = read(_book(tmp_path / "state_flows.xlsx", rows))
    assert (table.reader, table.edition) == ("census-matrix", "2022")
    cells = table.frame.set_index(["origin", "destination"])["value"]
    assert cells["Alaska", "Alabama"] == 576
    assert cells["Alabama", "Arizona"] == 1970
    assert cells.sum() == 576 + 1607 + 423 + 1252 + 1970 + 3209


def test_a_korean_text_has_code_and_name_in_one_cell(tmp_path: Path) -> None:
    content = (
        "2020 이동,,,\r\nOrigin / destination across,11 서울,26 부산,27 대구\r\n"
        "11 서울,-,20,30\r\n26 부산,40,-,60\r\n27 대구,70,80,-\r\n"
    )
    table = read(_text(tmp_path / "kosis.csv", content, "cp949"))
    cells = table.frame.set_index(["origin", "destination"])["value"]
    assert cells["11", "26"] == 20 and cells["27", "11"] == 70
    assert any("cp949" in note for note in table.notes)


def test_a_census_matrix_without_a_word_on_its_sides_is_refused(tmp_path: Path) -> None:
    rows = [["2020"], ["", "Leinster", "Munster", "Connacht"]]
    rows += [[name, 1, 2, 3] for name in ("Leinster", "Munster", "Connacht")]  # type: ignore[list-item]
    with pytest.raises(InputError, match="origins or destinations"):
        read(_book(tmp_path / "ireland.xlsx", rows), "census-matrix")


def test_decimal_commas_are_read_and_thousands_refused_where_both_fit(tmp_path: Path) -> None:
    head = "Sending;Mexico;Brazil;Germany\n"
    body = "Mexico;0;1,5;2,25\nBrazil;3,5;0;4,5\nGermany;1,25;2,5;0\n"
    table = read(_text(tmp_path / "remittances_2010.csv", head + body), whole=False)
    assert table.frame["value"].sum() == pytest.approx(15.5e6)
    unclear = "Mexico;0;1,500;2,250\nBrazil;3,500;0;4,500\nGermany;1,250;2,500;0\n"
    with pytest.raises(InputError, match="thousands or a fraction"):
        read(_text(tmp_path / "remittances_2016.csv", head + unclear), whole=False)


def test_stars_of_the_finder_are_suppressed_and_its_dash_place_is_all_places(
    tmp_path: Path,
) -> None:
    file = _text(
        tmp_path / "persons_of_concern.csv",
        "Year,Country of Origin,Country of Asylum,Country of Origin ISO,Country of Asylum ISO,"
        "Refugees,Asylum-seekers,HST\n"
        "2024,Afghanistan,-,AFG,-,1000,*,-\n2024,Unknown,-,UNK,-,20,5,-\n",
    )
    table = read(file)
    assert table.dims == ("birthplace", "year", "quantity")
    cells = table.frame.set_index(["birthplace", "quantity"])
    assert cells.loc[("AFG", "asylum_seekers"), "status_of_value"] == "suppressed"
    assert math.isnan(cells.loc[("AFG", "host_community"), "value"])
    assert cells.loc[("UNK", "refugees"), "value"] == 20


def test_downloads_of_the_finder_with_names_only_are_read(tmp_path: Path) -> None:
    lines = (
        "Extracted From: UNHCR Population Statistics Reference Database\n"
        "Year,Country / territory of asylum/residence,Origin,Refugees (incl. refugee-like "
        "situations)\n"
        "2016,Congo,Dem. Rep. of the Congo,200\n"
        "2016,Dem. Rep. of the Congo,Congo,10\n"
        "2016,United Rep. of Tanzania,Various/Unknown,5\n"
        "2016,Iran (Islamic Rep. of),Stateless,*\n"
        "2016,Serbia and Kosovo: S/RES/1244 (1999),Syrian Arab Rep.,7\n"
        "2016,Micronesia (Fed. States of),Palestinian,6\n"
    )
    table = read(_text(tmp_path / "popstats.csv", lines))
    assert table.reader == "unhcr-finder"
    keys = table.frame[["birthplace", "residence"]].agg("-".join, axis=1)
    values = dict(zip(keys, table.frame["value"], strict=True))
    assert math.isnan(values.pop("XXA-IRN"))
    assert values == {
        "COD-COG": 200,
        "COG-COD": 10,
        "UNK-TZA": 5,
        "SYR-SRB": 7,
        "PSE-FSM": 6,
    }
