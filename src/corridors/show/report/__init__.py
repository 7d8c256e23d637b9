"""Pages: the report of a result of any kind, and the index of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corridors.show.report.page import Report
    from corridors.world import Result

__all__ = ["compose"]


def compose(result: Result) -> Report | None:
    """The report of a result by what it answers; None where no study asked for it."""
    from corridors.show.report import equilibrium, journeys

    if result.manifest.get("answer") == "journeys":
        return journeys.report(result)
    return equilibrium.report(result) if "file" in result.manifest else None
