"""Draws of an equilibrium, 4 statuses, one policy, mobile capital, errors of the figures off."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import equilibrium_draws

ABOUT = "draws, 4 statuses"
TARGET = "CPU >= 8"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return equilibrium_draws.prepare(build, statuses=True)


def difference() -> list[tuple[str, float]]:
    return list(equilibrium_draws.difference(statuses=True))


def further() -> list[tuple[str, Callable[[], int]]]:
    return list(equilibrium_draws.with_errors(statuses=True))
