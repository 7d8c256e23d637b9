"""Shares of legal statuses: each from its source, never more than the corridor, absent kept so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from corridors import baseline
from corridors.borders.status import STATUSES, split_by_status, status_arrays
from corridors.data import store

GULF = {"ARE", "BHR", "KWT", "OMN", "QAT", "SAU"}
CORRIDOR = ["birthplace", "residence"]


@pytest.fixture(scope="module")
def shares() -> pd.DataFrame:
    table = store.table("status_shares")
    stock = store.sql("""
        SELECT birthplace, residence, sum(persons)::BIGINT AS stock FROM stocks_2020
        WHERE year = 2020 GROUP BY ALL""")
    joined = table.merge(stock, on=CORRIDOR, how="left")
    return joined.assign(persons=joined["share"].astype(float) * joined["stock"])


@pytest.fixture(scope="module")
def of_2024() -> pd.DataFrame:
    stock = store.sql("""
        SELECT birthplace, residence, sum(persons)::BIGINT AS stock FROM stocks_2024
        WHERE year = 2024 GROUP BY ALL""")
    joined = store.table("status_shares_2024").merge(stock, on=CORRIDOR, how="left")
    return joined.assign(persons=joined["share"].astype(float) * joined["stock"])


def one(shares: pd.DataFrame, birthplace: str, residence: str, status: str) -> pd.Series:
    keys = {"birthplace": birthplace, "residence": residence, "status": status}
    rows_of = shares[(shares[list(keys)] == pd.Series(keys)).all(axis=1)]
    assert len(rows_of) == 1, keys
    return rows_of.iloc[0]


def test_every_row_is_a_corridor_with_people_and_says_who_told(shares: pd.DataFrame) -> None:
    assert not shares.duplicated([*CORRIDOR, "status"]).any()
    assert (shares["stock"] > 0).all()
    assert (shares["birthplace"] != shares["residence"]).all()
    assert set(shares["status"]) == set(STATUSES) - {"permanent"}
    assert set(shares["kind"]) == {"reported", "modelled", "assumed"}
    assert shares["year"].between(2005, 2021).all()
    assert (shares["concentration"] > 0).all()
    counted = shares[shares["kind"] != "assumed"]
    assert counted["source"].str.contains("http").all()


def test_brackets_hold_their_share_and_corridors_their_people(shares: pd.DataFrame) -> None:
    assert (shares["low"] >= 0).all()
    assert (shares["low"] <= shares["share"]).all()
    assert (shares["share"] <= shares["high"]).all()
    assert (shares["high"] <= 1).all()
    sums = shares.groupby(CORRIDOR)["share"].apply(lambda shares_of: shares_of.astype(float).sum())
    assert sums.max() <= 1 + 1e-6


@pytest.mark.parametrize(
    ("birthplace", "residence", "status", "count"),
    [
        ("SYR", "TUR", "protected", 3_641_370),  # UNHCR
        ("HND", "USA", "irregular", (490_000 + 564_000) / 2),  # MPI, Pew
        ("MEX", "USA", "irregular", (4_000_000 + 5_313_000) / 2),
        ("UZB", "RUS", "irregular", 332_000),
        ("VNM", "JPN", "irregular", 15_561),
        ("THA", "KOR", "irregular", 140_000),
    ],
)
def test_counts_of_persons_come_back(
    shares: pd.DataFrame, birthplace: str, residence: str, status: str, count: float
) -> None:
    row = one(shares, birthplace, residence, status)
    assert row["persons"] == pytest.approx(count, rel=0.002)
    assert row["kind"] == "reported"


def test_protected_are_unhcrs_own_figures_at_most_the_stock(shares: pd.DataFrame) -> None:
    protected = shares[shares["status"] == "protected"].set_index(CORRIDOR)
    cared = store.sql("""
        SELECT birthplace, residence, sum(persons) AS persons FROM refugees
        WHERE year = 2020 AND "group" IN ('refugees', 'asylum_seekers')
          AND known AND birthplace <> residence GROUP BY ALL""").set_index(CORRIDOR)["persons"]
    expected = np.minimum(1.0, cared.reindex(protected.index) / protected["stock"])
    np.testing.assert_allclose(protected["share"], expected, atol=1e-5)
    exceeding = cared.reindex(protected.index) > protected["stock"]
    assert (protected["source"].str.contains("exceeds") == exceeding).all()
    assert exceeding.sum() > 300
    assert {("COD", "UGA"), ("PSE", "JOR")} <= set(protected.index[exceeding])


def test_statuses_of_2024_are_of_its_own_stock_and_refugees(of_2024: pd.DataFrame) -> None:
    assert not of_2024.duplicated([*CORRIDOR, "status"]).any()
    assert (of_2024["stock"] > 0).all()
    assert of_2024.groupby(CORRIDOR)["share"].sum().max() <= 1 + 1e-6
    protected = of_2024[of_2024["status"] == "protected"].set_index(CORRIDOR)
    cared = store.sql("""
        SELECT birthplace, residence, sum(persons) AS persons FROM refugees
        WHERE year = 2024 AND "group" IN ('refugees', 'asylum_seekers')
          AND known AND birthplace <> residence GROUP BY ALL""").set_index(CORRIDOR)["persons"]
    expected = np.minimum(1.0, cared.reindex(protected.index) / protected["stock"])
    np.testing.assert_allclose(protected["share"], expected, atol=1e-5)
    assert set(protected["year"]) == {2024}
    for residence in ("POL", "CZE", "DEU"):
        assert one(of_2024, "UKR", residence, "protected")["share"] > 0.75, residence
    observed = baseline.observe(2024)
    poles = observed.areas.index("UKR"), observed.areas.index("POL")
    assert observed.status_shares[poles][STATUSES.index("protected")] > 0.85
    assert observed.status_shares.min() >= 0.0


def test_counts_older_than_three_years_are_assumed_in_2024(of_2024: pd.DataFrame) -> None:
    counted = of_2024[of_2024["kind"] != "assumed"]
    assert (counted["year"] >= 2021).all()
    assert set(counted.loc[counted["status"] == "irregular", "residence"]) == {
        "USA", "RUS", "KOR", "CHL",
    }  # fmt: skip
    assert one(of_2024, "VEN", "CHL", "irregular")["persons"] == pytest.approx(252_591, rel=0.001)
    usa = of_2024[(of_2024["residence"] == "USA") & (of_2024["status"] == "irregular")]
    assert usa["persons"].sum() == pytest.approx((10_500_000 + 11_217_000) / 2, rel=0.05)


def test_palestinians_are_unrwas(shares: pd.DataFrame) -> None:
    for residence in ("JOR", "LBN", "SYR"):
        row = one(shares, "PSE", residence, "protected")
        assert row["share"] > 0.9, residence
        assert "UNRWA" in row["source"]


def test_gulf_is_tied_but_for_its_own_citizens(shares: pd.DataFrame) -> None:
    gulf = shares[shares["residence"].isin(GULF) & (shares["status"] == "tied")]
    assert set(gulf["residence"]) == GULF
    assert not set(gulf["birthplace"]) & GULF
    # 17 m employees in 2014 among 23 m foreigners; the stock has grown to 30.8 m.
    everyone = store.sql("""
        SELECT sum(persons) AS persons FROM stocks_2020 WHERE year = 2020
        AND residence IN ('ARE', 'BHR', 'KWT', 'OMN', 'QAT', 'SAU')""")["persons"].iloc[0]
    assert gulf["persons"].sum() / everyone == pytest.approx(0.79, abs=0.02)
    # Nothing is called reported: no source tells who works and who is a dependant.
    assert "reported" not in set(gulf["kind"])
    listed = gulf[gulf["kind"] == "modelled"]
    assert listed["source"].str.contains("GLMM").all()
    assert one(shares, "IND", "SAU", "tied")["share"] == pytest.approx(0.85)
    assert one(shares, "EGY", "KWT", "tied")["share"] == pytest.approx(0.6)


def test_irregular_residents_of_the_usa_sum_to_the_published_total(shares: pd.DataFrame) -> None:
    usa = shares[(shares["residence"] == "USA") & (shares["status"] == "irregular")]
    assert usa["persons"].sum() == pytest.approx((10_500_000 + 11_217_000) / 2, rel=0.001)
    named = usa[usa["kind"] == "reported"]["birthplace"]
    assert set(named) == set("MEX SLV GTM IND HND PHL VEN CHN COL BRA".split())
    rest = usa[(usa["kind"] == "assumed") & (usa["share"] > 0)]
    assert rest["share"].nunique() == 1
    assert rest["high"].iloc[0] > 3 * rest["share"].iloc[0]
    assert (usa.set_index("birthplace").loc[["PRI", "FSM"], "share"] == 0).all()


def test_nobody_is_irregular_where_movement_is_free(shares: pd.DataFrame) -> None:
    irregular = shares[shares["status"] == "irregular"].set_index(CORRIDOR)["share"]
    for corridor in [
        ("POL", "DEU"),
        ("ROU", "GBR"),
        ("CHE", "FRA"),
        ("NZL", "AUS"),
        ("KWT", "ARE"),
    ]:
        assert irregular[corridor] == 0, corridor
    assert irregular["TUR", "DEU"] > 0
    assert irregular["CHN", "AUS"] > 0


def test_irregular_residents_without_a_figure_by_origin_are_assumed(shares: pd.DataFrame) -> None:
    irregular = shares[(shares["status"] == "irregular") & (shares["share"] > 0)]
    told = set(irregular[irregular["kind"] != "assumed"]["residence"])
    assert told == {"USA", "RUS", "KOR", "JPN", "COL", "CHL"}
    # No row where nothing is known and no rule speaks.
    for residence in ("CAN", "NZL", *GULF):
        assert residence not in set(irregular["residence"]), residence


@pytest.mark.parametrize(
    ("birthplace", "residence"), [("BGD", "IND"), ("HTI", "DOM"), ("ZWE", "ZAF")]
)
def test_land_neighbours_without_a_count_are_half_irregular_and_nobody_knows(
    shares: pd.DataFrame, birthplace: str, residence: str
) -> None:
    row = one(shares, birthplace, residence, "irregular")
    assert row["kind"] == "assumed"
    assert row["share"] == pytest.approx(0.5, abs=0.02)
    assert row["high"] - row["low"] > 0.8


@pytest.mark.parametrize(
    "corridor", [("IND", "PAK"), ("USA", "MEX"), ("BGR", "TUR"), ("BFA", "CIV"), ("NPL", "IND")]
)
def test_no_rule_speaks_of_citizens_by_descent_or_of_free_movement(
    shares: pd.DataFrame, corridor: tuple[str, str]
) -> None:
    rows = shares[(shares[CORRIDOR] == list(corridor)).all(axis=1)]
    assert rows.loc[rows["status"] == "irregular", "share"].sum() == 0.0


def test_most_venezuelans_in_colombia_had_no_permit(shares: pd.DataFrame) -> None:
    row = one(shares, "VEN", "COL", "irregular")
    assert (row["kind"], row["share"]) == ("reported", pytest.approx(0.553, abs=0.001))
    assert one(shares, "VEN", "COL", "protected")["share"] < 0.05


def test_tied_people_are_where_the_programmes_are(shares: pd.DataFrame) -> None:
    tied = shares[shares["status"] == "tied"]
    others = set("CAN DEU HKG ISR JPN KOR MYS POL SGP THA USA".split())
    assert set(tied["residence"]) == GULF | others
    by_residence = tied.groupby("residence")["persons"].sum()
    assert by_residence["CAN"] == pytest.approx(338_000, rel=0.05)
    for residence in ("DEU", "JPN", "POL"):
        assert set(tied.loc[tied["residence"] == residence, "kind"]) == {"assumed"}
    assert one(shares, "IND", "USA", "tied")["kind"] == "modelled"


def test_shares_that_no_room_is_left_for_are_cut_and_say_so(shares: pd.DataFrame) -> None:
    cut = shares[shares["source"].str.contains("cut from")]
    assert (cut["status"] != "protected").all()


def test_the_table_splits_people_of_the_gulf_and_keeps_them() -> None:
    areas = ["EGY", "IND", "MEX", "SAU", "USA"]
    shares, concentration, assumed = status_arrays(store.table("status_shares"), areas)
    np.testing.assert_allclose(shares.sum(axis=-1), 1.0, rtol=1e-12)
    assert (concentration >= 5).all()
    assert concentration[2, 4] == pytest.approx(20, abs=0.5)
    assert not assumed[2, 4].any()
    assert assumed[1, 3].tolist() == [False, False, True, False]
    people = np.full((2, 5, 5), 100.0)
    split = split_by_status(people, shares)
    np.testing.assert_allclose(split.sum(axis=-1), people, rtol=1e-12)
    low, high = split[:, 1, 3, STATUSES.index("tied")]
    assert high < low
