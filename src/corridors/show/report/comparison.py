"""Two answers side by side, as tables."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from corridors.show.numbers import interval, written
from corridors.show.tables import Column, Grid

__all__ = ["grids"]


def grids(rows: pd.DataFrame, first: str, second: str) -> Iterator[Grid]:
    """A table for each pair of policies and closure.

    Parameters
    ----------
    rows : DataFrame (policy_a, policy_b, capital, title, unit, a, b, difference, bounds)
        As `corridors.study.compare.compare` gives them, each row in its `unit`.
    first, second : str
        What the two answers are called.
    """
    cases = ["policy_a", "policy_b", "capital"]
    columns = (
        Column("title", "Measure"),
        Column("a", "A"),
        Column("b", "B"),
        Column("difference", "B less A"),
    )
    for (policy_a, policy_b, capital), part in rows.groupby(cases, sort=False):
        table = pd.DataFrame(
            {
                "title": part["title"],
                "a": [written(row.a, row.unit) for row in part.itertuples()],
                "b": [written(row.b, row.unit) for row in part.itertuples()],
                "difference": [_difference(row) for row in part.itertuples()],
            }
        )
        title = f"A: {first}, {policy_a}. B: {second}, {policy_b}. Capital {capital}"
        level = _level(part)
        note = (
            f"In brackets {level} % of the draws both have, each against its own today."
            if level
            else "No draws in common, no intervals."
        )
        yield Grid(table, columns, title, note)


def _level(rows: pd.DataFrame) -> int:
    """Per cent of the widest interval that is known, or 0."""
    return next((at for at in (95, 80) if rows[f"lower_{at}"].notna().any()), 0)


def _difference(row: object) -> str:
    unit = str(row.unit)  # type: ignore[attr-defined]
    unit = unit if unit.endswith("change") else f"{unit}, change"
    value = written(row.difference, unit)  # type: ignore[attr-defined]
    for level in (95, 80):
        lower, upper = getattr(row, f"lower_{level}"), getattr(row, f"upper_{level}")
        if lower == lower:
            return f"{value}\n[{interval(lower, upper, unit)}]"
    return value
