"""Flows between 2,000 areas, people in all cells, the labelled call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import made_flows

ABOUT = "flows, n = 2,000, all cells"
TARGET = "new CPU <= 2"
MEMORY = 300
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return made_flows.prepare(build, 2_000, 1.0)
