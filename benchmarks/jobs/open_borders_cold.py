"""`corridors run open-borders` from the command line: 200 draws here, 40 there."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable

ABOUT = "run open-borders, world 2020, 200 draws against 40"
TARGET = "wall >= 1.667"
WARM = False
DRAWS = {"old": 40, "new": 200}


def prepare(build: str) -> Callable[[], int]:
    asked = ["open-borders", "--draws", str(DRAWS[build])]
    asked += ["--world", "2020"] if build == "new" else []

    def work() -> int:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "corridors", "run", *asked, "--out", f"{folder}/out"]
            subprocess.run(
                command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        return 1

    return work
