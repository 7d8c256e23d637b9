"""`corridors run open-borders` from the command line, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

#: Draws of the study as the old build ships it, and as many as its intervals are of 95 % here.
DRAWS = {"old": 40, "new": 200}


def prepare(build: str, draws: int, *, fresh: bool = False) -> Callable[[], int]:
    """The command with so many draws; `fresh` as after an installation: nothing is kept yet.

    The old build knows the world of 2020 only.
    """
    asked = ["open-borders", "--draws", str(draws)]
    asked += ["--world", "2020"] if build == "new" else []

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            kept = {
                "CORRIDORS_CACHE": f"{folder}/figures",
                "NUMBA_CACHE_DIR": f"{folder}/compiled",
            }
            subprocess.run(
                [sys.executable, "-m", "corridors", "run", *asked, "--out", f"{folder}/out"],
                check=True,
                env={**os.environ, **(kept if fresh else {})},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=Path(folder),
            )
        return 1

    return work
