"""`corridors run open-borders --draws 0`; what is kept once is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import open_borders

ABOUT = "run open-borders, world 2020, no draws"
TARGET = "wall >= 2.222"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return open_borders.prepare(build, 0)
