"""The first run after an installation: figures are gathered, draws compiled."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import open_borders

ABOUT = "first run of open-borders, world 2020, 200 draws against 40"
TARGET = "wall >= 1.667"
WARM = False


def prepare(build: str) -> Callable[[], int]:
    return open_borders.prepare(build, open_borders.DRAWS[build], fresh=True)
