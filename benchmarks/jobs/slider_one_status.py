"""The server's share of a slider: answers of a what-if, legal statuses not told apart."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import slider

ABOUT = "slider, 1 status"
TARGET = "CPU >= 2.5"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return slider.prepare(statuses=False)
