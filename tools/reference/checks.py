"""Totals that the tables must meet, as their publishers print them."""

from __future__ import annotations

from pathlib import Path

import duckdb

#: Sum of a table under a condition, in persons.
PUBLISHED = (
    ("stocks_2020", "persons", "year = 2020", 280_598_105),
    ("stocks_2020", "persons", "year = 2015", 247_958_644),
    ("stocks_2020", "persons", "year = 2020 AND birthplace = 'MEX' AND residence = 'USA'",
     10_853_105),
    ("stocks_2024", "persons", "year = 2024", 304_021_813),
    ("stocks_2024", "persons", "year = 1990", 153_916_063),
    ("stocks_2024", "persons", "year = 2024 AND birthplace = 'MEX' AND residence = 'USA'",
     11_279_561),
    ("population", "population", "year = 2024", 8_161_972_573),
    ("population", "population", "year = 1950", 2_493_092_848),
    ("refugees", "persons", "year = 2015 AND publisher = 'UNRWA'", 5_241_257),
    ("displaced_within", "value", "year = 2015 AND quantity = 'displaced at year end'", 40_451_900),
)  # fmt: skip

_CODE_COLUMNS = {"area", "birthplace", "residence", "origin", "destination"}
#: Their codes are the atlas's own, and M49 numbers of regions.
_OTHER_CODES = ("land", "remittance_fees")
#: Where an empty birthplace is everybody.
_EMPTY = {"facts": ""}
#: Places of `facts` and `displaced_within` that are no area.
_WORDS = {
    "facts": "world|GCC|developing countries|developing countries without China|EU and EFTA|"
    "eleven EU members and the United Kingdom|Honduras to Mexico",
    "displaced_within": "world|Abyei",
}


def all_totals(connection: duckdb.DuckDBPyConnection, tidy: Path, built: Path) -> None:
    """Raise `SystemExit` with every total that differs from its publisher's."""
    wrong = []
    for table, column, condition, published in PUBLISHED:
        sums = connection.execute(
            f"SELECT sum({column})::BIGINT FROM '{built}/{table}.parquet' WHERE {condition}"
        ).fetchone()
        if sums != (published,):
            wrong.append(f"{table}, {condition}: {sums} instead of {published}")
    wrong += destination_totals(connection, tidy, built)
    if wrong:
        raise SystemExit("Totals differ from those published:\n" + "\n".join(wrong))


def destination_totals(connection: duckdb.DuckDBPyConnection, tidy: Path, built: Path) -> list[str]:
    """Differences from the 1,609 destination totals printed in the edition of 2020."""
    differing = connection.execute(f"""
        WITH ours AS (
            SELECT residence AS area, year, sum(persons) AS persons
            FROM '{built}/stocks_2020.parquet' GROUP BY ALL),
        printed AS (
            SELECT iso3 AS area, year, stock AS persons
            FROM '{tidy}/population/migrant_stock_published_totals.parquet'
            WHERE edition = 2020 AND sex = 'T' AND iso3 IS NOT NULL AND stock IS NOT NULL)
        SELECT area, year, ours.persons, printed.persons
        FROM ours FULL JOIN printed USING (area, year)
        WHERE ours.persons IS DISTINCT FROM printed.persons ORDER BY ALL""").fetchall()
    (printed,) = connection.execute(f"""
        SELECT count(*) FROM '{tidy}/population/migrant_stock_published_totals.parquet'
        WHERE edition = 2020 AND sex = 'T' AND iso3 IS NOT NULL
          AND stock IS NOT NULL""").fetchone() or (0,)
    wrong = [f"stocks_2020 {row}: ours, printed differ" for row in differing]
    return wrong if printed == 1609 else [*wrong, f"{printed} printed totals instead of 1609"]


def every_code_known(connection: duckdb.DuckDBPyConnection, built: Path) -> None:
    """Raise `SystemExit` if a code of any table is missing or not a row of `areas`."""
    unknown = []
    for file in sorted(built.glob("*.parquet")):
        present = connection.read_parquet(str(file)).columns
        for column in _CODE_COLUMNS.intersection(present) if file.stem not in _OTHER_CODES else ():
            unknown += connection.execute(f"""
                SELECT DISTINCT '{file.stem}', {column} FROM '{file}'
                WHERE {column} IS NULL
                   OR {column} <> '{_EMPTY.get(file.stem, "?")}'
                      AND {column} NOT IN (SELECT area FROM '{built}/areas.parquet')
                """).fetchall()
    for table, words in _WORDS.items():
        listed = ", ".join(f"'{word}'" for word in words.split("|"))
        unknown += connection.execute(f"""
            SELECT DISTINCT '{table}', place FROM '{built}/{table}.parquet'
            WHERE place NOT IN (SELECT area FROM '{built}/areas.parquet')
              AND place NOT IN ({listed})""").fetchall()
    if unknown:
        raise SystemExit(f"codes without a row in areas: {unknown}")
