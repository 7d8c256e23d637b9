"""Burundi, rules `flee`, compiled, 64 draws."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import flee_runs

ABOUT = "Burundi, flee, 64 draws"
TARGET = "CPU >= 3"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return flee_runs.prepare(build, "burundi", 64)


def difference() -> list[tuple[str, float]]:
    return flee_runs.difference("burundi", 64)
