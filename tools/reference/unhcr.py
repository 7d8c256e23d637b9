"""UNHCR: displaced people by origin and place of asylum, with UNRWA's registered refugees."""

from __future__ import annotations

from pathlib import Path

_GROUPS = {
    "refugees": "refugees",
    "asylum_seekers": "asylum_seekers",
    "others_in_need": "oip",
    "internally_displaced": "idps",
    "returned_refugees": "returned_refugees",
    "returned_internally_displaced": "returned_idps",
    "stateless": "stateless",
    "others_of_concern": "ooc",
    "host_community": "hst",
}
# The source stores a missing value as 0. For the two groups it collects for every pair the
# doubtful zero is kept as "not known"; for the others, mostly empty, it would be noise.
_COLLECTED_FOR_EVERY_PAIR = ("refugees", "asylum_seekers")


def refugees(shared: Path) -> str:
    """People of concern at year end; a stored zero is not known (NaN)."""
    parts = [
        f"""SELECT year, origin, asylum, '{group}' AS "group", {column} AS persons
        FROM '{shared}/population/unhcr_population.parquet'
        WHERE {column} > 0 OR {group in _COLLECTED_FOR_EVERY_PAIR}"""
        for group, column in _GROUPS.items()
    ]
    return f"""
    WITH cell AS ({" UNION ALL ".join(parts)}),
    every AS (
        SELECT *, 'UNHCR' AS publisher FROM cell
        UNION ALL
        SELECT year, origin, asylum, 'refugees', refugees_unrwa, 'UNRWA'
        FROM '{shared}/population/unrwa_refugees.parquet')
    SELECT year::SMALLINT AS year, origin AS birthplace, asylum AS residence, "group",
           CASE WHEN persons > 0 THEN persons END::DOUBLE AS persons,
           coalesce(persons > 0, false) AS known, publisher
    FROM every ORDER BY publisher, "group", year, residence, birthplace"""


#: Codes of this file that the other one writes differently.
_CODES = {"UKN": "UNK", "STA": "XXA"}
_ARRIVALS = {
    "refugees": "refugees",
    "refugee_like": "refugee_like",
    "asylum_seekers": "asylum_seekers",
    "others_in_need": "oip",
}


def refugee_arrivals(shared: Path) -> str:
    """People who arrived or applied in a year; a pair without a row was not reported."""
    codes = " ".join(f"WHEN '{theirs}' THEN '{ours}'" for theirs, ours in _CODES.items())
    parts = [
        f"""SELECT year, origin, asylum, '{group}' AS "group", {column} AS persons
        FROM '{shared}/population/unhcr_flows.parquet' WHERE {column} IS NOT NULL"""
        for group, column in _ARRIVALS.items()
    ]
    return f"""
    WITH cell AS ({" UNION ALL ".join(parts)})
    SELECT year::SMALLINT AS year, CASE origin {codes} ELSE origin END AS birthplace,
           CASE asylum {codes} ELSE asylum END AS residence, "group",
           sum(persons)::DOUBLE AS persons
    FROM cell GROUP BY ALL ORDER BY "group", year, residence, birthplace"""
