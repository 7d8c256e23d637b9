"""Measure the errors of past forecasts of journeys, for the intervals of new ones.

    python tools/build_journey_errors.py [--shared ../shared] [--draws 24] [CONFLICT ...]

For each conflict in `reference/journeys/conflicts` of the shared folder: fit to the first fifth of
the days, forecast the rest with and without the arrivals known, and write root mean squares of
the standardised errors by horizon to `src/corridors/data/reference/journey_errors.toml`. A conflict
that is not named keeps what the file says of it.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

import numpy as np

from corridors.journeys import learning
from corridors.study import journey_inputs, journey_run

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "corridors" / "data" / "reference" / "journey_errors.toml"
TABLES = {"known_totals": True, "totals_at_origin": False}
HEAD = """\
# Errors of past forecasts of journeys, which widen the intervals of new ones; written by
# tools/build_journey_errors.py. Each conflict: fitted to the first fifth of its days, then run on.
# The numbers are root mean squares of (count - median) / (D sqrt(p (1 - p))) by horizon: to 15, 30,
# 60, 90, 180 days after the origin, and beyond; see corridors.journeys.learning.
# kind: modelled. Counts: camp registrations of UNHCR, interpolated, as compiled by the authors of
# Flee (github.com/djgroen/flee, BSD-3-Clause); places and conflict as in their folders.
"""


def main() -> int:
    """Write the file; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--draws", type=int, default=24)
    parser.add_argument("conflicts", nargs="*")
    asked = parser.parse_args()
    folder = asked.shared / "reference" / "journeys" / "conflicts"
    names = asked.conflicts or sorted(path.name for path in folder.iterdir() if path.is_dir())
    written_before = tomllib.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    tables = {table: dict(written_before.get(table, {})) for table in TABLES}
    for name in names:
        for table, rows in measured(folder / name, asked.draws).items():
            tables[table][name] = rows
        TARGET.write_text(written(tables), encoding="utf-8")
        print(name, "measured", file=sys.stderr)
    return 0


def measured(folder: Path, draws: int) -> dict[str, list[float]]:
    """Root mean squares of one conflict's errors, by table and horizon."""
    prepared = journey_inputs.prepare(folder)
    origin = int(journey_run.FIRST * prepared.days.days)
    fitted, errors_of = None, {}
    for table, known in TABLES.items():
        done = journey_run.answer(
            prepared, draws=draws, origin=origin, fitted=fitted, known_totals=known
        )
        fitted = done.fitted
        median = np.median(done.journeys.people[origin:, :, prepared.camps], axis=1)
        errors = learning.standardised(median, prepared.counts.persons[origin:])
        errors_of[table] = learning.past_errors(errors)
    return errors_of


def written(tables: dict[str, dict[str, list[float]]]) -> str:
    """The file's text."""
    lines = [HEAD.rstrip()]
    for table, conflicts in tables.items():
        lines += ["", f"[{table}]"]
        for name, rows in sorted(conflicts.items()):
            lines += [f"{name} = {rows}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
