"""What each reader was proven on: files of the publishers, rows, totals met, time.

    python benchmarks/readers.py [--raw ../shared/data] [FILE ...]

Files that no reader knows are named at the end.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from corridors.errors import InputError
from corridors.readers import ReadTable, every_reader, read, registry
from corridors.readers.declared import Opened

REPOSITORY = Path(__file__).resolve().parent.parent


def files_of(folder: Path) -> Iterator[Path]:
    """Every raw file of the two halves of the data folder."""
    for half in ("population", "economy"):
        yield from sorted((folder / half / "raw").iterdir())


def line(file: Path, table: ReadTable, seconds: float) -> str:
    """One row of the table."""
    met = "; ".join(f"{what} {got:,.0f} of {told:,.0f}" for what, told, got in table.totals)
    reader = every_reader()[table.reader]
    return (
        f"| {file.name} | {table.reader} | {table.edition} | {len(table.frame):,} | "
        f"{met or 'none declared'} | "
        f"{len(reader.quirks)} | {reader.rank} | {seconds:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--raw", type=Path, default=REPOSITORY.parent / "shared/data")
    chosen = parser.parse_args()
    unknown = []
    print("| file | reader | edition | rows | totals met | quirks | rank | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for file in chosen.files or files_of(chosen.raw):
        start = time.perf_counter()
        try:
            known = registry.guess(Opened(file)) in every_reader().values()
        except InputError:
            known = False
        if not known:
            unknown.append(file.name)
            continue
        table = read(file)
        print(line(file, table, time.perf_counter() - start), flush=True)
    print(f"\nread by no reader: {', '.join(unknown) or 'none'}")


if __name__ == "__main__":
    main()
