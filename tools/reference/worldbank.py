"""World Bank: stocks 1960-2000, schooling of migrants, remittances by corridor."""

from __future__ import annotations

from pathlib import Path

from reference.undesa import STOCK_ORDER

# Republics of the former USSR, Yugoslavia and Czechoslovakia: this database splits them back
# in time with imputed shares, so their cells up to 1990 are no counts.
_SPLIT_BACK = """('ARM', 'AZE', 'BLR', 'EST', 'GEO', 'KAZ', 'KGZ', 'LTU', 'LVA', 'MDA', 'RUS',
    'TJK', 'TKM', 'UKR', 'UZB', 'BIH', 'HRV', 'MKD', 'SCG', 'SVN', 'CZE', 'SVK')"""


def stocks_1960_2000(shared: Path) -> str:
    """Migrant stock every ten years, 1960-2000; positive cells only."""
    back = f"year <= 1990 AND (birthplace IN {_SPLIT_BACK} OR residence IN {_SPLIT_BACK})"
    return f"""
    WITH cell AS (
        SELECT year::SMALLINT AS year, origin AS birthplace, destination AS residence, sex,
               stock::INTEGER AS persons
        FROM '{shared}/population/migrant_stock_gbmd_1960_2000.parquet')
    SELECT *, 'not stated' AS counted, CAST(NULL AS BOOLEAN) AS refugees_added,
           {back} AS imputed, CASE WHEN {back} THEN 'back-cast' ELSE '' END AS note
    FROM cell {STOCK_ORDER}"""


def schooling_migrants(shared: Path) -> str:
    """Emigrants and immigrants by sex and schooling, 2000, 2010, 2020."""
    columns = ", ".join(
        f"{side}_{part}::INTEGER AS {side}_{part}"
        for side in ("emigrants", "immigrants")
        for part in ("tertiary", "below_tertiary", "0_14")
    )
    return f"""
    SELECT iso3 AS area, year::SMALLINT AS year, sex, {columns}
    FROM '{shared}/population/wdr2023_migrants_by_schooling.parquet' ORDER BY area, year, sex"""


def remittances_by_corridor(shared: Path) -> str:
    """Remittances by corridor as the World Bank's method spreads them; four editions."""
    return f"""
    SELECT year::SMALLINT AS year, receiver_iso3 AS birthplace, sender_iso3 AS residence,
           round(usd_million * 1e6) AS usd,
           CASE year WHEN 2010 THEN 'World Bank 2013' WHEN 2016 THEN 'KNOMAD 2017, year inferred'
                     WHEN 2017 THEN 'KNOMAD April 2018' WHEN 2018 THEN 'KNOMAD October 2019'
           END AS edition
    FROM '{shared}/economy/tidy/bilateral_remittances.parquet'
    ORDER BY year, residence, birthplace"""
