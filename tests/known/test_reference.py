"""The reference tables meet the totals their publishers print, and show every known quirk."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from corridors.data import store

ROOT = Path(__file__).resolve().parents[2]


def total(table: str, condition: str, column: str = "persons") -> int:
    sums = store.sql(f"SELECT sum({column})::BIGINT AS total FROM {table} WHERE {condition}")
    return int(sums["total"].iloc[0])


@pytest.mark.parametrize(
    ("table", "column", "condition", "published"),
    [
        ("stocks_2020", "persons", "year = 2020", 280_598_105),
        ("stocks_2020", "persons", "year = 2015", 247_958_644),
        (
            "stocks_2020",
            "persons",
            "year = 2020 AND birthplace = 'MEX' AND residence = 'USA'",
            10_853_105,
        ),
        ("stocks_2024", "persons", "year = 2024", 304_021_813),
        ("stocks_2024", "persons", "year = 2020", 275_284_032),
        ("stocks_2024", "persons", "year = 1990", 153_916_063),
        ("population", "population", "year = 2024", 8_161_972_573),
        ("population", "population", "year = 1950", 2_493_092_848),
        ("population", "population", "year = 2100", 10_180_160_752),
        ("refugees", "persons", "year = 2015 AND publisher = 'UNRWA'", 5_241_257),
    ],
)
def test_total_is_the_published_one(
    table: str, column: str, condition: str, published: int
) -> None:
    assert total(table, condition, column) == published


def test_every_destination_total_of_the_2020_edition(shared: Path) -> None:
    printed = duckdb.sql(f"""
        SELECT iso3 AS area, year, stock
        FROM '{shared}/data/population/migrant_stock_published_totals.parquet'
        WHERE edition = 2020 AND sex = 'T' AND iso3 IS NOT NULL AND stock IS NOT NULL""").fetchall()
    ours = store.sql(
        "SELECT residence, year, sum(persons)::BIGINT AS stock FROM stocks_2020 GROUP BY ALL"
    )
    published = {(area, year): stock for area, year, stock in ours.itertuples(index=False)}
    assert len(printed) == 1609
    assert published == {(area, year): stock for area, year, stock in printed}


def build(shared: Path, folder: Path) -> dict[str, str]:
    """Build the reference world from the raw tables; sha256 by name of file."""
    command = [sys.executable, ROOT / "tools" / "build_reference.py", "--tidy", "--shared", shared]
    subprocess.run([*command, "--out", folder], check=True, capture_output=True, text=True)
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.glob("*.parquet"))
    }


def test_build_gives_the_shipped_figures(shared: Path, tmp_path: Path) -> None:
    # Of the tidy tables; `build_reference.py --compare` does the same through the readers, which
    # takes minutes, and lists the two rows that differ with the reason.
    shipped = {f"{table.name}.parquet": table.sha256 for table in store.catalogue()}
    del shipped["land.parquet"]  # made by tools/build_map.py
    del shipped["forecasts.parquet"]  # made by tools/build_forecasts.py
    built = build(shared, tmp_path / "first")
    if built != shipped:
        # Another DuckDB writes other bytes, but always the same ones, and the same rows.
        assert build(shared, tmp_path / "second") == built
    assert built.keys() == shipped.keys()
    for name in built:
        ours, theirs = tmp_path / "first" / name, store.REFERENCE / name
        differing = duckdb.sql(f"""
            (FROM '{ours}' EXCEPT ALL FROM '{theirs}')
            UNION ALL (FROM '{theirs}' EXCEPT ALL FROM '{ours}')""").fetchall()
        assert differing == [], name


def test_tables_together_are_at_most_six_megabytes() -> None:
    sizes = {file.name: file.stat().st_size for file in store.REFERENCE.glob("*.parquet")}
    assert sum(sizes.values()) <= 6_000_000
    assert sizes["land.parquet"] <= 200_000


def test_every_table_says_whose_it_is_and_under_which_terms() -> None:
    for table in store.catalogue():
        described = (table.title, table.publisher, table.edition, table.licence, table.citation)
        assert all(described), table.name
        assert table.address.startswith("http"), table.name
        assert table.kind.startswith(("reported", "modelled", "assumed", "by the column kind"))
        assert all(table.columns.values()), table.name
        assert table.quirks, table.name
        frame = store.table(table.name)
        assert list(frame.columns) == list(table.columns)
        assert len(frame) == table.rows > 0


def test_notice_names_every_table() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert [table.name for table in store.catalogue() if table.name not in notice] == []


def test_tables_whose_terms_forbid_it_are_not_in_the_package() -> None:
    never = "barro|ictwss|abel|iab|passport|acled|border|2015|mig-fund|world-countries"
    names = " ".join(file.name for file in store.REFERENCE.iterdir())
    named = " ".join(f"{t.name} {t.publisher} {t.edition}" for t in store.catalogue())
    forbidden = [word for word in never.split("|") if word in f"{names} {named}".casefold()]
    assert forbidden == []


# --- quirks ----------------------------------------------------------------------------------


def test_areas_that_did_not_exist_yet_are_absent_not_empty() -> None:
    early = store.sql("""
        SELECT DISTINCT residence, year FROM stocks_2020
        WHERE (residence IN ('SSD', 'MNE', 'CUW') AND year < 2010)
           OR (residence = 'SXM' AND year < 2005)""")
    assert early.empty
    # Any other zero says that nobody lives there, and stays.
    assert total("stocks_2020", "persons = 0", "1") > 19_000


def test_flat_back_casts_of_the_2024_edition_are_marked() -> None:
    marked = store.sql("""
        SELECT residence, year, sum(persons)::BIGINT AS persons FROM stocks_2024
        WHERE note = 'back-cast' GROUP BY ALL ORDER BY ALL""")
    constant = {"CUW": 43_150, "MNE": 73_743, "SSD": 652_365, "SXM": 23_861}
    years = {"CUW": 4, "MNE": 4, "SSD": 4, "SXM": 3}
    assert marked.groupby("residence")["persons"].unique().map(list).to_dict() == {
        area: [persons] for area, persons in constant.items()
    }
    assert marked["residence"].value_counts().to_dict() == years
    assert store.sql("SELECT 1 FROM stocks_2020 WHERE note = 'back-cast'").empty


def test_unknown_origin_stays_a_birthplace_of_its_own() -> None:
    assert total("stocks_2020", "year = 2020 AND birthplace = 'OTH'") == pytest.approx(
        0.045 * 280_598_105, rel=0.02
    )
    assert total("stocks_2024", "year = 2024 AND birthplace = 'OTH'") == pytest.approx(
        0.073 * 304_021_813, rel=0.02
    )


def test_the_gulf_counts_citizens() -> None:
    counted = store.sql(
        "SELECT DISTINCT residence, counted FROM stocks_2020 WHERE year = 2020"
    ).set_index("residence")["counted"]
    assert counted.index.is_unique
    assert set(counted[["BHR", "KWT", "OMN", "QAT", "SAU", "ARE", "JPN"]]) == {"citizenship"}
    assert counted["USA"] == "birthplace"
    assert counted["CIV"] == "both"
    assert counted["SOM"] == "not stated"


def test_kosovo_is_in_serbia_in_stocks_and_apart_in_population() -> None:
    areas = store.table("areas").set_index("area")
    assert not areas.loc["XKX", ["in_stocks_2020", "in_stocks_2024"]].any()
    assert areas.loc["XKX", "in_population"]
    assert areas.loc["SRB", ["in_stocks_2020", "in_population"]].all()


def test_editions_differ_so_they_are_never_one_table() -> None:
    assert total("stocks_2020", "year = 2020") - total("stocks_2024", "year = 2020") == 5_314_073


def test_world_sums_of_the_older_database() -> None:
    sums = store.sql(
        "SELECT year, round(sum(persons) / 1e6, 1) AS millions FROM stocks_1960_2000 GROUP BY year"
    )
    assert dict(sums.itertuples(index=False)) == {
        1960: 93.1,
        1970: 105.8,
        1980: 120.2,
        1990: 141.9,
        2000: 167.1,
    }
    # Year labels of the stored copy run backwards: Mexicans in the USA must rise.
    mexico = "birthplace = 'MEX' AND residence = 'USA'"
    assert total("stocks_1960_2000", f"{mexico} AND year = 1960") < 700_000
    assert total("stocks_1960_2000", f"{mexico} AND year = 2000") > 9_000_000


def test_republics_are_split_back_in_time_only_by_imputation() -> None:
    republics = "birthplace = 'UKR' AND residence = 'RUS'"
    old = store.sql(f"SELECT DISTINCT imputed, note FROM stocks_1960_2000 WHERE {republics}"
                    " AND year = 1960")  # fmt: skip
    assert old.to_dict("records") == [{"imputed": True, "note": "back-cast"}]
    mexico = store.sql("SELECT DISTINCT imputed FROM stocks_1960_2000 WHERE birthplace = 'MEX'"
                       " AND residence = 'USA'")  # fmt: skip
    assert mexico["imputed"].tolist() == [False]


def test_a_stored_zero_of_unhcr_is_not_known() -> None:
    refugees = store.table("refugees")
    assert (refugees["known"] == refugees["persons"].notna()).all()
    assert (refugees.loc[refugees["known"], "persons"] > 0).all()
    assert not refugees["known"].all()


def test_displaced_of_2015_add_up_to_the_published_65_million_without_idmc() -> None:
    abroad = "year = 2015 AND \"group\" IN ('refugees', 'asylum_seekers')"
    assert total("refugees", abroad) / 1e6 == pytest.approx(16.11 + 3.22 + 5.24, abs=0.01)


def test_outliers_are_flagged() -> None:
    flagged = store.sql("""
        SELECT DISTINCT year FROM economy
        WHERE area = 'VEN' AND variable = 'pwt_outlier' AND value = 1 ORDER BY year""")
    assert flagged["year"].tolist() == [2015, 2016, 2017, 2018, 2019]
    labour = store.sql("""
        SELECT area, min(year) AS since FROM economy
        WHERE variable = 'labour_share_ilo_outlier' AND value = 1 GROUP BY area""")
    assert labour.to_dict("records") == [{"area": "VEN", "since": 2015}]


def test_products_of_ratios_are_not_called_reported() -> None:
    kinds = store.sql("""
        SELECT DISTINCT variable, kind FROM economy
        WHERE variable IN ('reserves_usd', 'fdi_inflow_usd', 'exports_usd', 'price_level')""")
    assert set(kinds["kind"]) == {"modelled"}
    assert len(kinds) == 4


def test_shares_are_shares() -> None:
    highest = store.sql("""
        SELECT variable, max(value) AS value, min(value) AS lowest FROM economy
        WHERE variable IN ('unemployment', 'participation_15plus', 'labour_share_pwt',
            'labour_share_ilo', 'union_density', 'bargaining_coverage') GROUP BY variable""")
    assert len(highest) == 6
    assert (highest["value"] <= 1).all()
    assert (highest["lowest"] > 0).all()
    assert store.table("remittance_fees")["cost_share"].between(0, 0.5).all()


def test_age_table_adds_up_to_the_population_where_both_exist() -> None:
    gap = store.sql("""
        SELECT max(abs(a.persons - p.population)) AS gap FROM population p
        JOIN (SELECT area, year, sum(age_0_14 + age_15_64 + age_65_plus) AS persons
              FROM population_by_age GROUP BY ALL) a USING (area, year)
        WHERE area <> 'VAT'""")
    assert gap["gap"].iloc[0] <= 1
    areas = set(store.table("population_by_age")["area"])
    assert "BES" not in areas
    assert "XKX" in areas


def test_schooling_has_serbia_with_montenegro_only() -> None:
    areas = set(store.table("schooling_migrants")["area"])
    assert "SCG" in areas
    assert not areas & {"SRB", "MNE"}


def test_tertiary_share_of_residents_is_the_publishers() -> None:
    share = store.sql("""
        SELECT area, sum(tertiary) / sum(adults) AS share FROM schooling_residents
        WHERE year = 2020 AND area IN ('PRT', 'DEU', 'FRA', 'CHN') GROUP BY area""")
    tertiary = share.set_index("area")["share"].round(3).to_dict()
    assert tertiary == {"CHN": 0.130, "DEU": 0.330, "FRA": 0.312, "PRT": 0.203}


def test_emigrants_by_schooling_are_the_published_millions() -> None:
    sums = store.sql("""
        SELECT year, sum(emigrants_tertiary + emigrants_below_tertiary) / 1e6 AS adults,
               sum(emigrants_tertiary) / 1e6 AS tertiary
        FROM schooling_migrants GROUP BY year ORDER BY year""").round(1)
    assert sums.to_numpy().tolist() == [
        [2000, 165.0, 36.9],
        [2010, 204.6, 53.5],
        [2020, 238.6, 72.3],
    ]


def test_remittance_editions_stay_apart() -> None:
    editions = store.sql("""
        SELECT year, edition, sum(usd) / 1e9 AS billions FROM remittances_by_corridor
        GROUP BY ALL ORDER BY year""")
    assert editions["year"].tolist() == [2010, 2016, 2017, 2018]
    assert editions["edition"].is_unique
    assert editions["billions"].round().tolist() == [447, 574, 613, 682]


def test_professionals_earn_two_and_a_half_times_elementary_workers() -> None:
    premium = store.sql("""
        SELECT median(ratio) AS median FROM (
            SELECT professionals / elementary AS ratio FROM earnings_by_occupation
            WHERE sex = 'T' AND professionals > 0 AND elementary > 0
            QUALIFY row_number() OVER (PARTITION BY area ORDER BY year DESC) = 1)""")
    assert premium["median"].iloc[0] == pytest.approx(2.44, abs=0.05)


def test_distances_are_complete_and_the_same_both_ways() -> None:
    pairs = store.table("distance")
    there = pairs.set_index(["origin", "destination"]).sort_index()
    back = pairs.set_index(["destination", "origin"]).sort_index()
    links = ["contiguous", "common_language", "colonial_link", "kind"]
    assert (there[links].to_numpy() == back[links].to_numpy()).all()
    assert (there["kilometres"].to_numpy() - back["kilometres"].to_numpy()).max() < 0.2
    assert (pairs["kilometres"] > 0).all()
    # Every pair of the stocks with a place at both ends has a distance.
    missing = store.sql("""
        SELECT DISTINCT birthplace, residence FROM stocks_2020
        WHERE birthplace <> 'OTH'
          AND (birthplace, residence) NOT IN (SELECT (origin, destination) FROM distance)""")
    assert missing.empty


@pytest.mark.parametrize(
    ("area", "neighbours"),
    [
        ("SSD", "CAF COD ETH KEN SDN UGA"),
        ("SDN", "CAF EGY ERI ETH LBY SSD TCD"),
        ("MNE", "ALB BIH HRV SRB XKX"),
        ("PRT", "ESP"),
        ("JPN", ""),
    ],
)
def test_neighbours(area: str, neighbours: str) -> None:
    listed = store.sql(f"SELECT destination FROM distance WHERE contiguous AND origin = '{area}'")
    assert sorted(listed["destination"]) == neighbours.split()


def test_points_without_a_source_are_called_assumed() -> None:
    areas = store.table("areas").set_index("area")
    assumed = areas.index[areas["point_kind"] == "assumed"]
    assert {"SSD", "MNE", "XKX", "CUW", "SXM", "BES"} <= set(assumed)
    assert "PHL" not in assumed
    placed = areas[areas["region"].notna()]
    assert placed["latitude"].between(-60, 75).all()
    assert placed["longitude"].between(-180, 180).all()
    # GeoDist prints Wellington three degrees too far south; that point must not be in use.
    assert areas.loc["NZL", "latitude"] > -42


def test_facts_name_their_terms_source_and_kind_and_leave_out_whose_terms_forbid_it() -> None:
    facts = store.table("facts")
    for column in ("quantity", "place", "publisher", "source", "licence", "unit", "period"):
        assert (facts[column] != "").all(), column
    assert set(facts["kind"]) == {"reported", "modelled"}
    about = facts["publisher"] + facts["source"]
    for publisher in ("GLMM", "Migration Policy Institute", "SOPEMI"):
        assert not about.str.contains(publisher).any(), publisher


def test_facts_are_in_base_units() -> None:
    workers = store.sql(
        "SELECT year, value FROM facts WHERE quantity = 'migrant workers' ORDER BY year"
    )
    assert list(workers["value"]) == [150_300_000, 169_000_000]
    canal = store.sql(
        "SELECT value FROM facts WHERE quantity = 'Suez Canal revenue' AND year = 2015"
    )
    assert canal["value"].item() == pytest.approx(5.18e9)


def test_displaced_within_meets_the_publishers_totals() -> None:
    total = store.sql("""
        SELECT sum(value) FILTER (quantity = 'displaced at year end' AND year = 2015) AS stock,
               sum(value) FILTER (quantity = 'new displacements' AND year = 2022) AS moves
        FROM displaced_within""").iloc[0]
    assert total["stock"] == 40_451_900
    # IDMC, Global Report on Internal Displacement 2023: 60.9 million movements in 2022.
    assert total["moves"] == pytest.approx(60.9e6, rel=0.02)


def test_all_forcibly_displaced_of_2015_are_the_published_65_million() -> None:
    total = store.sql("""
        SELECT (SELECT sum(persons) FROM refugees
                WHERE year = 2015 AND "group" IN ('refugees', 'asylum_seekers'))
             + (SELECT sum(value) FROM displaced_within
                WHERE year = 2015 AND quantity = 'displaced at year end') AS persons""")
    assert total["persons"].item() == pytest.approx(65.3e6, rel=0.01)
