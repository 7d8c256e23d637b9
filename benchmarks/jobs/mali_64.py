"""Mali, rules `flee`, compiled, 64 draws."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import flee_runs

ABOUT = "Mali, flee, 64 draws"
TARGET = "CPU >= 5"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return flee_runs.prepare(build, "mali", 64)


def difference() -> list[tuple[str, float]]:
    return flee_runs.difference("mali", 64)
