"""Flows between 10,000 areas, people in a hundredth of the cells, the labelled call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import made_flows

ABOUT = "flows, n = 10,000, 1 % of the cells"
TARGET = ""
OLD = False
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return made_flows.prepare(build, 10_000, 0.01)
