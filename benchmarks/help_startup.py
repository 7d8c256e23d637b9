"""How long `corridors --help` takes beside the `--help` of an empty typer app.

Run with the interpreter of an environment that has the package: `python
benchmarks/help_startup.py`. Both commands are started in turn, so that a busy machine slows both;
prints the medians of processor seconds and their ratio. That nothing heavy is imported is a test
(tests/surface/test_import_budget.py); seconds are not.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 21
LIMIT = 1.3  # issue "World": at most 1.3x an empty typer app's
EMPTY_APP = """
import typer
app = typer.Typer()
@app.callback()
def empty(): "An empty app."
@app.command()
def nothing(): "Does nothing."
if __name__ == "__main__":
    app()
"""
FULL_APP = "from corridors.cli import main\nif __name__ == '__main__':\n    main()\n"


def processor_seconds(script: Path) -> float:
    """User and system time of one `--help`, which a waiting neighbour does not lengthen."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, script, "--help"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder, "empty.py"), Path(folder, "full.py")
        empty.write_text(EMPTY_APP, encoding="utf-8")
        full.write_text(FULL_APP, encoding="utf-8")
        pairs = [(processor_seconds(empty), processor_seconds(full)) for _ in range(ROUNDS + 1)]
    # The first pair only writes the byte-code caches.
    base, ours = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
    ratio = ours / base
    print(f"empty typer app {base:.3f} s, corridors {ours:.3f} s, ratio {ratio:.2f} of {LIMIT}")


if __name__ == "__main__":
    main()
