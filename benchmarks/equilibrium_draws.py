"""Draws of one policy under mobile capital, for the jobs of `benchmarks/against.py`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

DRAWS = 100
LEGAL_SHARE, TOLERANCE = 0.3, 1e-8


def prepare(build: str, *, statuses: bool) -> Callable[[], int]:
    """What solves `DRAWS` draws and measures them; world 2020, the old build's channels."""
    from corridors import baseline, ensemble
    from corridors.borders.levers import OpenBorder
    from corridors.equilibrium import solve
    from corridors.equilibrium.measures import measure
    from corridors.rules import Policy

    if build == "old":
        observed = baseline.observe()
        drawn = ensemble.draw(DRAWS, ensemble.streams(1))
    else:
        from corridors import parameters

        observed = baseline.observe(2020)
        drawn = parameters.draw(DRAWS, ensemble.streams(1))
    policy = Policy("open", (OpenBorder(LEGAL_SHARE),))
    shares = observed.status_shares[None] if statuses else None

    def work() -> int:
        good = 0
        for part in ensemble.batches(drawn):
            world = baseline.calibrate(observed, part, "mobile", shares=shares)
            rules = policy.apply(world.rules)[0]
            about = (world.structure, world.state, world.rules, rules)
            settled = solve.settle(*about, tolerance=TOLERANCE)
            measure(world, settled.state)
            good += int(np.sum(settled.point.converged(TOLERANCE)))
        return good

    return work
