"""Flows between 2,000 areas, people in a tenth of the cells, the labelled call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import made_flows

ABOUT = "flows, n = 2,000, a tenth of the cells"
TARGET = "CPU >= 5"
MEMORY = 150
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return made_flows.prepare(build, 2_000, 0.1)


def difference() -> list[tuple[str, float]]:
    return made_flows.difference(2_000, 0.1)
