"""Build the reference world in the wheel from the tidy tables in `../shared/data`.

    python tools/build_reference.py [--shared ../shared] [--out src/corridors/data/reference]

Reads the publishers' files through the package's readers where they lie beside the tidy tables,
else the tidy tables, and says which; handles every quirk their manifests name, asserts the
published totals, writes one zstd Parquet a table and `catalogue.json`. The same input and the same
DuckDB give the same bytes. `--tidy` reads the tidy tables only; `--compare` lists what differs from
the committed tables; `--catalogue-only` rewrites the catalogue, for a table another tool made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import duckdb
from reference import (
    checks,
    economy,
    facts,
    places,
    schooling,
    statuses,
    through_readers,
    transfers,
    undesa,
    unhcr,
    worldbank,
)

REPOSITORY = Path(__file__).resolve().parent.parent
TABLES_TOML = Path(__file__).parent / "reference" / "tables.toml"
COMMITTED = REPOSITORY / "src/corridors/data/reference"
LARGEST_TOTAL_BYTES = 6_000_000
_SHOWN = 5

#: Tables that need the tidy tables only, then those that read tables built before.
FROM_TIDY: dict[str, Callable[[Path], str]] = {
    "stocks_2020": undesa.stocks_2020,
    "stocks_2024": undesa.stocks_2024,
    "stocks_1960_2000": worldbank.stocks_1960_2000,
    "population": undesa.population,
    "population_by_age": undesa.population_by_age,
    "life_expectancy": undesa.life_expectancy,
    "sex_ratio_at_birth": undesa.sex_ratio_at_birth,
    "mortality_by_age": undesa.mortality_by_age,
    "population_by_five_years": undesa.population_by_five_years,
    "refugees": unhcr.refugees,
    "refugee_arrivals": unhcr.refugee_arrivals,
    "schooling_migrants": worldbank.schooling_migrants,
    "schooling_residents": schooling.schooling_residents,
    "economy": economy.economy,
    "earnings_by_occupation": schooling.earnings_by_occupation,
    "remittances_by_corridor": worldbank.remittances_by_corridor,
    "remittance_fees": undesa.remittance_fees,
    "facts": facts.facts,
    "displaced_within": facts.displaced_within,
}
FROM_BUILT: dict[str, Callable[[Path, Path], str]] = {
    "areas": places.areas,
    "distance": places.distance,
    "status_shares": statuses.status_shares,
    "status_shares_2024": statuses.status_shares_2024,
    "transfers": transfers.transfers,
}


def write(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Write the rows of `query` as one Parquet file, whole or not at all."""
    unfinished = target.with_suffix(".unfinished")
    connection.execute(
        f"COPY ({query}) TO '{unfinished}' (FORMAT parquet, COMPRESSION zstd, "
        "COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 1000000, PARQUET_VERSION V2)"
    )
    unfinished.replace(target)


def build(tidy: Path, out: Path) -> None:
    """Build every table into `out` from the folder of tidy tables; assert published totals."""
    out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        # One thread and a kept order: the file does not depend on the machine.
        connection.execute("SET threads = 1; SET preserve_insertion_order = true")
        for name, query in FROM_TIDY.items():
            write(connection, query(tidy), out / f"{name}.parquet")
        for name, query_of_built in FROM_BUILT.items():
            write(connection, query_of_built(tidy, out), out / f"{name}.parquet")
        checks.all_totals(connection, tidy, out)
        checks.every_code_known(connection, out)


def compare(out: Path) -> None:
    """Print, table by table, the rows that differ from the committed ones."""
    for committed in sorted(COMMITTED.glob("*.parquet")):
        built = out / committed.name
        if not built.exists():
            print(f"{committed.stem}: not built here")
            continue
        with duckdb.connect() as connection:
            one_way, other_way = (
                connection.execute(f"FROM '{first}' EXCEPT ALL FROM '{second}'").fetchall()
                for first, second in ((built, committed), (committed, built))
            )
        why = through_readers.DIFFERENCES.get(committed.stem, "")
        print(f"{committed.stem}: {len(one_way)} rows new, {len(other_way)} rows gone {why}")
        for row in (*one_way[:_SHOWN], *other_way[:_SHOWN]):
            print(f"  {'+' if row in one_way else '-'} {row}")


def catalogue(out: Path) -> None:
    """Describe every table of `tables.toml` that is in `out`: terms, columns, rows, sha256."""
    described = tomllib.loads(TABLES_TOML.read_text(encoding="utf-8"))
    entries = {}
    for name, entry in described.items():
        file = out / f"{name}.parquet"
        if not file.exists():
            print(f"{name}: not built yet, left out of the catalogue", file=sys.stderr)
            continue
        entries[name] = entry | _measured(name, entry, file)
    stray = {file.stem for file in out.glob("*.parquet")} - entries.keys()
    if stray:
        raise SystemExit(f"in the folder but not in tables.toml: {', '.join(sorted(stray))}")
    size = sum(file.stat().st_size for file in out.glob("*.parquet"))
    if size > LARGEST_TOTAL_BYTES:
        raise SystemExit(f"{size} bytes of tables, more than {LARGEST_TOTAL_BYTES}")
    text = json.dumps(dict(sorted(entries.items())), ensure_ascii=False, indent=1)
    (out / "catalogue.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(entries)} tables, {size} bytes", file=sys.stderr)


def _measured(name: str, entry: dict[str, object], file: Path) -> dict[str, object]:
    relation = duckdb.read_parquet(str(file))
    if relation.columns != list(entry["columns"]):  # type: ignore[call-overload]
        raise SystemExit(f"{name}: columns {relation.columns} are not those of tables.toml")
    rows = relation.shape[0]
    return {"rows": rows, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--out", type=Path, default=COMMITTED)
    parser.add_argument("--catalogue-only", action="store_true")
    parser.add_argument("--tidy", action="store_true", help="tidy tables only, no raw file")
    parser.add_argument("--compare", action="store_true", help="with the committed tables")
    chosen = parser.parse_args()
    data = chosen.shared / "data"
    if not chosen.catalogue_only and chosen.tidy:
        build(data, chosen.out)
    elif not chosen.catalogue_only:
        with tempfile.TemporaryDirectory() as folder:
            build(through_readers.overlay(data, Path(folder), print), chosen.out)
    if chosen.compare:
        compare(chosen.out)
    else:
        catalogue(chosen.out)


if __name__ == "__main__":
    main()
