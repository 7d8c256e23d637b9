"""United Nations, Population Division: migrant stocks of two editions, population, ages."""

from __future__ import annotations

from pathlib import Path

# Letters of the published data type: B foreign-born, C foreign citizens, R refugees were
# added to the count, I imputed. An imputed destination without B or C does not say which.
_TYPE = """
    CASE WHEN contains(data_type, 'B') AND contains(data_type, 'C') THEN 'both'
         WHEN contains(data_type, 'B') THEN 'birthplace'
         WHEN contains(data_type, 'C') THEN 'citizenship'
         ELSE 'not stated' END AS counted,
    contains(data_type, 'R') AS refugees_added,
    contains(data_type, 'I') AS imputed"""

# One constant repeated over several years is not a series (2024 edition only).
_BACK_CAST = """(residence IN ('SSD', 'MNE', 'CUW') AND year < 2010)
    OR (residence = 'SXM' AND year < 2005)"""

# Destinations that did not exist yet carry zeros that mean "not separate", so they are absent.
_NOT_SEPARATE = f"({_BACK_CAST}) AND persons = 0"

# Published notes: these figures refer to the larger area of the time.
_OTHER_BORDERS = """(residence = 'SDN' AND year < 2010) OR (residence = 'BES' AND year <= 2000)"""

#: M49 number of the world.
_WORLD = 900

STOCK_ORDER = "ORDER BY year, residence, birthplace, sex"


def _stock(source: Path, *, back_cast: str) -> str:
    return f"""
    WITH cell AS (
        SELECT year::SMALLINT AS year, origin AS birthplace, destination AS residence, sex,
               stock::INTEGER AS persons, {_TYPE}
        FROM '{source}')
    SELECT *, CASE WHEN {back_cast} THEN 'back-cast'
                   WHEN {_OTHER_BORDERS} THEN 'other borders' ELSE '' END AS note
    FROM cell WHERE NOT ({_NOT_SEPARATE}) {STOCK_ORDER}"""


def stocks_2020(shared: Path) -> str:
    """Migrant stock 1990-2020, edition of 2020."""
    return _stock(shared / "population/migrant_stock_2020.parquet", back_cast="false")


def stocks_2024(shared: Path) -> str:
    """Migrant stock 1990-2024, edition of 2024."""
    return _stock(shared / "population/migrant_stock_2024.parquet", back_cast=_BACK_CAST)


def population(shared: Path) -> str:
    """Population, births, deaths and net migration of countries and areas, 1950-2100.

    The package of the producers leaves out the Holy See; it is what the others lack to the
    published world total.
    """
    accounts = f"'{shared}/population/wpp2024_accounts.parquet'"
    return f"""
    WITH others AS (
        SELECT iso3 AS area, year, population_mid AS population, births, deaths, net_migration
        FROM {accounts} WHERE kind = 'country'),
    holy_see AS (
        SELECT 'VAT' AS area, year,
               any_value(world.population_mid) - sum(others.population) AS population,
               NULL AS births, NULL AS deaths, NULL AS net_migration
        FROM others JOIN {accounts} world USING (year) WHERE world.m49 = {_WORLD} GROUP BY year)
    SELECT area, year::SMALLINT AS year, population::INTEGER AS population,
           births::DOUBLE AS births, deaths::DOUBLE AS deaths,
           net_migration::DOUBLE AS net_migration
    FROM (FROM others UNION ALL FROM holy_see) ORDER BY area, year"""


def population_by_age(shared: Path) -> str:
    """Population by sex in three age groups, 1950-2100."""
    return f"""
    SELECT iso3 AS area, year::SMALLINT AS year, sex, pop_0_14::INTEGER AS age_0_14,
           pop_15_64::INTEGER AS age_15_64, pop_65_plus::INTEGER AS age_65_plus
    FROM '{shared}/population/wpp2024_age_broad.parquet' ORDER BY area, sex, year"""


def life_expectancy(shared: Path) -> str:
    """Life expectancy at birth by sex, 1950-2100."""
    return f"""
    SELECT iso3 AS area, year::SMALLINT AS year, round(e0_female, 2)::FLOAT AS female,
           round(e0_male, 2)::FLOAT AS male
    FROM '{shared}/population/wpp2024_accounts.parquet' WHERE kind = 'country'
    ORDER BY area, year"""


def remittance_fees(shared: Path) -> str:
    """Cost of sending money, share of the amount (SDG indicator 10.c.1)."""
    return f"""
    SELECT CASE WHEN geo_area = 1 THEN 'WLD'
                WHEN iso3 IS NULL OR iso3 = 'SSF' THEN lpad(geo_area::VARCHAR, 3, '0')
                ELSE iso3 END AS area,
           year::SMALLINT AS year, round(cost_pct / 100, 6) AS cost_share,
           CASE WHEN geo_area = 1 THEN 'world'
                WHEN iso3 IS NULL OR iso3 = 'SSF' THEN 'region' ELSE 'country' END AS level,
           area AS name
    FROM '{shared}/economy/tidy/remittance_cost_country.parquet' ORDER BY level, 1, 2"""


def sex_ratio_at_birth(shared: Path) -> str:
    """Boys born for each girl, 1950-2100."""
    return f"""
    SELECT iso3 AS area, year::SMALLINT AS year, males_per_female::FLOAT AS boys_per_girl
    FROM '{shared}/population/wpp2024_sex_ratio_at_birth.parquet' WHERE kind = 'country'
    ORDER BY area, year"""


def mortality_by_age(shared: Path) -> str:
    """Central death rates by sex and age, five calendar years each, 1985 to 2024."""
    return f"""
    SELECT iso3 AS area, period_start::SMALLINT AS first_year,
           CASE sex WHEN 'female' THEN 'F' ELSE 'M' END AS sex,
           age_start::TINYINT AS age, round(mortality_rate, 6)::FLOAT AS rate
    FROM '{shared}/population/wpp2024_mortality_by_age.parquet'
    WHERE kind = 'country' AND period_start BETWEEN 1985 AND 2020
    ORDER BY area, sex, first_year, age"""


def population_by_five_years(shared: Path) -> str:
    """Population by sex and age in groups of five years, edition of 2019, 1985 to 2025."""
    return f"""
    SELECT iso3 AS area, year::SMALLINT AS year, sex, age_start::TINYINT AS age,
           population::INTEGER AS persons
    FROM '{shared}/population/wpp2019_age_sex.parquet' WHERE year BETWEEN 1985 AND 2025
    ORDER BY area, sex, year, age"""
