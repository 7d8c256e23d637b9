"""Runs of a conflict by the rules `flee`, this checkout or an older one: jobs of `against.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CONFLICTS = Path(__file__).resolve().parents[2] / "shared" / "reference" / "journeys" / "conflicts"


def prepare(build: str, conflict: str, draws: int) -> Callable[[], int]:
    """Function that runs so many draws, compiled, and returns their number."""
    import numba  # noqa: F401  (loaded, one run goes the compiled way too)

    from corridors.ensemble import streams

    run, inputs = _parts(build)
    found = inputs.prepare(CONFLICTS / conflict, "flee")

    def work() -> int:
        run(found.roads, found.days, found.behaviour, streams=streams(1), draws=draws)
        return draws

    return work


def _parts(build: str) -> tuple[Any, Any]:
    if build == "old":
        from corridors.roads.journeys import run

        from corridors.study import journeys

        return run, journeys
    from corridors.journeys.step import run as run_now
    from corridors.study import journey_inputs

    return run_now, journey_inputs


def difference(conflict: str, draws: int) -> list[tuple[str, float]]:
    """Largest difference of any count between the loop over days and the arrays."""
    from unittest.mock import patch

    from corridors.ensemble import streams
    from corridors.journeys import step
    from corridors.study import journey_inputs

    found = journey_inputs.prepare(CONFLICTS / conflict, "flee")
    asked = (found.roads, found.days, found.behaviour)
    fast = step.run(*asked, streams=streams(1), draws=draws)
    with patch.object(step, "_one_loop_will_do", return_value=False):
        general = step.run(*asked, streams=streams(1), draws=draws)
    names = ("people", "arrived", "on_road", "used")
    gaps = [np.abs(getattr(fast, name) - getattr(general, name)).max() for name in names]
    return [("any count", float(max(gaps)))]
