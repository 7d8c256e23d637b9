"""Korea's seventeen provinces from files to a report, in two commands: CPU and wall seconds.

    python benchmarks/world_build.py [--shared ../shared] [--draws 100]

`corridors world build` on the yearly moves and the population of 2020, then `corridors run` of a
study with draws and its report, each in a process of its own, start included.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

REPOSITORY = Path(__file__).resolve().parent.parent
STUDY = """title = "Papers of the place"
question = "What does it change that people born elsewhere do without services?"
world = "korea"
[draws]
number = {draws}
[[policy]]
name = "papers"
levers = [{{ registration = {{ services = 0.1 }} }}]
"""
YEAR = 2020


def write_tables(shared: Path, folder: Path) -> None:
    """Moves and people of Korea's provinces as two CSV files."""
    people = shared / "data/population"
    moves = duckdb.connect().execute(
        "SELECT origin, destination, sum(flow)::DOUBLE / any_value(period_years) AS moves "
        f"FROM '{people}/internal_migration_od.parquet' WHERE country = 'KOR' "
        f"AND year = {YEAR} AND sex = 'T' AND age_group = 'all' GROUP BY ALL ORDER BY ALL"
    )
    moves.df().to_csv(folder / "moves.csv", index=False)
    areas = duckdb.connect().execute(
        f"SELECT DISTINCT orig AS area, orig_pop * 1e6 AS population "
        f"FROM '{people}/internal_korea_covariates.parquet' WHERE year = {YEAR} ORDER BY ALL"
    )
    areas.df().to_csv(folder / "economy.csv", index=False)


def seconds(folder: Path, *arguments: str) -> tuple[float, float]:
    """CPU (user and system) and wall seconds of one command."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "corridors", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--draws", type=int, default=100)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(chosen.shared.resolve(), folder)
        (folder / "papers.toml").write_text(STUDY.format(draws=chosen.draws), encoding="utf-8")
        tables = ("--moves", "moves.csv", "--economy", "economy.csv", "--out", "korea")
        done = {
            "world build": seconds(folder, "world", "build", *tables),
            f"run, {chosen.draws} draws, and report": seconds(folder, "run", "papers.toml"),
        }
        assert (folder / "papers" / "report.html").is_file()
    for what, (cpu, wall) in done.items():
        print(f"{what}: {cpu:.2f} s CPU, {wall:.2f} s wall")
    cpu, wall = (sum(each[position] for each in done.values()) for position in range(2))
    print(f"together: {cpu:.2f} s CPU, {wall:.2f} s wall")


if __name__ == "__main__":
    main()
