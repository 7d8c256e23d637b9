"""Draws of an equilibrium, 1 status, one policy, mobile capital, errors of the figures off."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import equilibrium_draws

ABOUT = "draws, 1 status"
TARGET = "CPU >= 5"
WARM = True


def prepare(build: str) -> Callable[[], int]:
    return equilibrium_draws.prepare(build, statuses=False)


def difference() -> list[tuple[str, float]]:
    return list(equilibrium_draws.difference(statuses=False))


def further() -> list[tuple[str, Callable[[], int]]]:
    return list(equilibrium_draws.with_errors(statuses=False))
