"""Wittgenstein Centre: residents by sex and schooling; ILO: earnings by occupation."""

from __future__ import annotations

from pathlib import Path


def schooling_residents(shared: Path) -> str:
    """Adults and tertiary-schooled adults by sex, 1950-2020 every five years."""
    adults = 'none + incomplete_primary + "primary" + lower_secondary + upper_secondary + tertiary'
    return f"""
    SELECT iso3 AS area, year::SMALLINT AS year, sex,
           sum({adults})::INTEGER AS adults, sum(tertiary)::INTEGER AS tertiary,
           (sum(tertiary) FILTER (age_start >= 25))::INTEGER AS tertiary_25plus,
           (sum({adults}) FILTER (age_start >= 25))::INTEGER AS adults_25plus
    FROM '{shared}/economy/tidy/schooling_wcde.parquet' WHERE age_start >= 15
    GROUP BY ALL ORDER BY area, year, sex"""


def earnings_by_occupation(shared: Path) -> str:
    """Mean hourly earnings of professionals, elementary workers and all employees."""
    chosen = {"professionals": "2", "elementary": "9", "total": "total"}
    columns = ", ".join(
        f"""max(usd_ppp_hour) FILTER ("group" = '{code}') AS {name}"""
        for name, code in chosen.items()
    )
    # One survey round coded in both classifications: the newer one is kept.
    return f"""
    WITH wide AS (
        SELECT iso3 AS area, year::SMALLINT AS year, sex, {columns},
               CASE classification WHEN 'ISCO08' THEN 'ISCO-08' ELSE 'ISCO-88' END
                   AS classification
        FROM '{shared}/economy/tidy/earnings_by_occupation_ilo.parquet' GROUP BY ALL)
    SELECT * FROM wide
    WHERE coalesce(professionals, elementary, total) IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY area, year, sex ORDER BY classification) = 1
    ORDER BY area, year, sex"""
