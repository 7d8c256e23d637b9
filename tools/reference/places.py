"""The table of areas: codes, names, regions, income group, a point, and where each is counted."""

from __future__ import annotations

from pathlib import Path

from reference import cepii

#: Areas of the past; their people are counted under other codes today.
FORMER = ("ANT", "SCG", "SUD")
#: Origins that are no place.
NO_PLACE = ("OTH", "UNK", "XXA")


def areas(shared: Path, built: Path) -> str:
    """Every code that occurs in a table, with what is known about it.

    Parameters
    ----------
    built : Path
        Folder of the tables built before: the codes are theirs.
    """
    return f"""
    WITH code AS ({_codes(built)}),
    stocks_2020 AS ({_ends(built / "stocks_2020.parquet")}),
    stocks_2024 AS ({_ends(built / "stocks_2024.parquet")}),
    {_by_hand()}, {_published(shared)},
    point AS ({cepii.points(shared)})
    SELECT area, coalesce(listed.iso2, hand_iso2.iso2) AS iso2,
           coalesce(hand_m49.m49, listed.m49)::INTEGER AS m49,
           -- The UN's own spelling, with the accents where only these differ.
           coalesce(hand_name.name,
                    CASE WHEN {_folded("listed.name")} = {_folded("accounts.name")}
                         THEN listed.name END,
                    accounts.name, listed.name) AS name,
           coalesce(hand_region.region, listed.region) AS region,
           coalesce(hand_region.subregion, listed.subregion) AS subregion, intermediate_region,
           coalesce(class.income_group, hand_income.income_group) AS income_group,
           latitude, longitude, city, point_kind,
           area IN (SELECT area FROM stocks_2020) AS in_stocks_2020,
           area IN (SELECT area FROM stocks_2024) AS in_stocks_2024,
           area IN (SELECT area FROM '{built}/population.parquet') AS in_population
    FROM code LEFT JOIN listed USING (area) LEFT JOIN accounts USING (area)
         LEFT JOIN class USING (area) LEFT JOIN hand_name USING (area)
         LEFT JOIN hand_iso2 USING (area) LEFT JOIN hand_m49 USING (area)
         LEFT JOIN hand_region USING (area) LEFT JOIN hand_income USING (area)
         LEFT JOIN point USING (area)
    ORDER BY area"""


def _by_hand() -> str:
    hand = cepii.by_hand()
    regions = [(code, *row) for code, row in hand["regions"].items()]
    return f"""
    hand_name(area, name) AS ({cepii.values(list(hand["names"].items()))}),
    hand_iso2(area, iso2) AS ({cepii.values(list(hand["iso2"].items()))}),
    hand_m49(area, m49) AS ({cepii.values(list(hand["m49"].items()))}),
    hand_region(area, region, subregion) AS ({cepii.values(regions)}),
    hand_income(area, income_group) AS ({cepii.values(list(hand["income_group"].items()))})"""


def _published(shared: Path) -> str:
    return f"""
    listed AS (
        SELECT iso3 AS area, nullif(iso2, 'NaN') AS iso2, m49, replace(name, '’', '''') AS name,
               region, subregion, nullif(intregion, 'NaN') AS intermediate_region
        FROM '{shared}/population/countries.parquet'),
    accounts AS (
        SELECT DISTINCT iso3 AS area, name FROM '{shared}/population/wpp2024_accounts.parquet'
        WHERE kind = 'country'),
    class AS (
        SELECT iso3 AS area, arg_max(wb_income_group, year) AS income_group
        FROM '{shared}/economy/tidy/country_year.parquet' WHERE wb_income_group IS NOT NULL
        GROUP BY 1)"""


def distance(shared: Path, built: Path) -> str:
    """Every ordered pair of present-day areas."""
    left_out = ", ".join(f"'{code}'" for code in (*FORMER, "TIB"))
    return cepii.distance(
        shared,
        f"""SELECT area, latitude, longitude FROM '{built}/areas.parquet'
        WHERE latitude IS NOT NULL AND area NOT IN ({left_out})""",
    )


def _folded(name: str) -> str:
    return f"regexp_replace(lower(strip_accents({name})), '[^a-z]', '', 'g')"


def _ends(stock: Path) -> str:
    return f"SELECT birthplace AS area FROM '{stock}' UNION SELECT residence FROM '{stock}'"


def _codes(built: Path) -> str:
    pairs = (
        "stocks_2020",
        "stocks_2024",
        "stocks_1960_2000",
        "refugees",
        "remittances_by_corridor",
    )
    single = (
        "population",
        "population_by_age",
        "schooling_migrants",
        "schooling_residents",
        "economy",
        "earnings_by_occupation",
    )
    queries = [_ends(built / f"{name}.parquet") for name in pairs]
    queries += [f"SELECT area FROM '{built / name}.parquet'" for name in single]
    queries += [
        f"SELECT area FROM '{built}/remittance_fees.parquet' WHERE level = 'country'",
        "SELECT 'SUD' AS area",
    ]
    return " UNION ".join(queries)
