"""One forecast beside what came, and how good many of them were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from published.pages import persons, table

from corridors.labels import Array

__all__ = ["Compared", "Section", "ends", "listed", "scores", "skill"]

#: Draws from which 95 % is told.
ENOUGH = 200


@dataclass(frozen=True)
class Compared:
    """A figure forecast, its interval, what came, and what persistence said."""

    what: str
    forecast: float
    lower: float
    upper: float
    came: float
    before: float

    @property
    def inside(self) -> bool:
        """Whether what came lies in the interval."""
        return self.lower <= self.came <= self.upper

    @property
    def skill(self) -> float:
        """1 less the error over that of no change; below 0 is worse than no change."""
        return skill([self.forecast], [self.came], [self.before])


@dataclass(frozen=True)
class Section:
    """A comparison's text, and what failed in it, a sentence each."""

    text: str
    failed: tuple[str, ...]


def skill(
    forecast: Array | Sequence[float],
    came: Array | Sequence[float],
    before: Array | Sequence[float],
) -> float:
    """1 - sum |forecast - came| / sum |before - came|."""
    missed, still = (
        float(np.abs(np.asarray(said) - np.asarray(came)).sum()) for said in (forecast, before)
    )
    return 1.0 - missed / still if still > 0.0 else float("nan")


def ends(draws: Array) -> tuple[Array, Array, int]:
    """Ends of the interval that so many draws (d, ...) tell, and its level."""
    level = 95 if len(draws) >= ENOUGH else 80
    tail = 0.5 - level / 200
    return np.quantile(draws, tail, axis=0), np.quantile(draws, 1.0 - tail, axis=0), level


def listed(rows: Sequence[Compared], level: int) -> str:
    """A table of persons."""
    body = [
        (
            row.what,
            persons(row.before),
            persons(row.forecast),
            f"{persons(row.lower)} to {persons(row.upper)}",
            persons(row.came),
            "inside" if row.inside else "**outside**",
            f"{row.skill:+.2f}".replace("-", "−"),
        )
        for row in rows
    ]
    head = ("What", "Before", "Forecast", f"{level} %", "Came", "", "Skill")
    return table(head, body) + "\n"


def scores(body: Sequence[tuple[str, str, str, str]]) -> str:
    """A table of skills."""
    head = ("Forecast", "Skill against no change", "Inside", "Direction right")
    return table(head, body) + "\n"
