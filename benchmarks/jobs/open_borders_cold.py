"""`corridors run open-borders`, 200 draws here and 40 there; what is kept once is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import open_borders

ABOUT = "run open-borders, world 2020, 200 draws against 40"
TARGET = "wall >= 1.667"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return open_borders.prepare(build, open_borders.DRAWS[build])
