"""Mali, rules `flee`, compiled, 1 draw."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import flee_runs

ABOUT = "Mali, flee, 1 draw"
TARGET = "CPU >= 10"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return flee_runs.prepare(build, "mali", 1)


def difference() -> list[tuple[str, float]]:
    return flee_runs.difference("mali", 1)
