"""Print a digest of the values (names aside) of what ships: studies, the caravan, ten flows.

Run it before and after a change that must leave every figure as it was, and compare:

    python benchmarks/values.py > before.txt
    python benchmarks/values.py --against before.txt

The digest of a table reads its columns by position: a column may change its name, not its place
and not a bit of its values. It asks through the command line, so one script serves two versions.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

DRAWS = 20
JOURNEY_DRAWS = 8
PERIODS = ("1990-1995", "1995-2000", "2000-2005", "2005-2010", "2010-2015", "2015-2020")
FLOWS = (
    *((period, "da_pb_closed") for period in PERIODS),
    ("2020-2024", "da_pb_closed"),
    ("2015-2020", "da_min_closed"),
    ("2015-2020", "da_min_open"),
    ("2015-2020", "sd_drop_neg"),
)


def ask(*words: str) -> str:
    """What `corridors WORDS` prints; its talk on stderr is kept for the error."""
    command = [sys.executable, "-m", "corridors", *words]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{' '.join(words)}: {answer.stderr.strip()}")
    return answer.stdout


def values(table: pd.DataFrame) -> bytes:
    """The bytes of the cells, column by column in order; column names are not read."""
    parts = [str(table.shape).encode()]
    for position in range(table.shape[1]):
        column = table.iloc[:, position]
        if pd.api.types.is_numeric_dtype(column):
            parts.append(np.asarray(column, dtype=float).tobytes())
        else:
            parts.append("\0".join(map(str, column)).encode())
    return b"".join(parts)


def of_folder(folder: Path) -> str:
    """Digest of all Parquet tables of a result, in the order of their names."""
    total = hashlib.sha256()
    for file in sorted(folder.glob("*.parquet")):
        total.update(values(duckdb.read_parquet(str(file)).df()))
    return total.hexdigest()


def digests() -> dict[str, str]:
    """Digest by what was asked."""
    digest_of: dict[str, str] = {}
    studies = json.loads(ask("studies", "--json"))["rows"]
    with tempfile.TemporaryDirectory() as place:
        for name in (row["name"] for row in studies):
            out = Path(place) / name
            ask("run", name, "--draws", str(DRAWS), "--out", str(out))
            digest_of[f"study {name}"] = of_folder(out)
        out = Path(place) / "caravan"
        draws = ("--draws", str(JOURNEY_DRAWS), "--out", str(out))
        ask("journeys", "compare", "caravan-2018", *draws)
        digest_of["journeys caravan-2018"] = of_folder(out)
    for period, method in FLOWS:
        answer = ask("flows", "--period", period, "--method", method, "--top", "0", "--json")
        rows = pd.DataFrame(json.loads(answer)["rows"])
        name = f"flows {period} {method}"
        digest_of[name] = hashlib.sha256(values(rows)).hexdigest()
    return digest_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="what an earlier version printed")
    before = parser.parse_args().against
    known = dict(line.rsplit(" ", 1) for line in before.read_text().splitlines()) if before else {}
    differing = 0
    for name, digest in digests().items():
        same = known.get(name, digest) == digest
        differing += not same
        print(f"{name} {digest}" if not before else f"{'equal' if same else 'DIFFERS'}  {name}")
    raise SystemExit(differing > 0)


if __name__ == "__main__":
    main()
