"""Another solver, in levels and by plain damping, must find what the package finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridors import baseline, parameters
from corridors.equilibrium import solve
from corridors.rules import Policy, build
from known import independent_solver

STUDIES: dict[str, tuple[bool, str, list[tuple[str, dict[str, Any]]]]] = {
    "open-borders": (False, "fixed", [("open_border", {"legal_share": 0.15})]),
    "end-remittance-fees": (False, "mobile", [("remittance_cost", {"cost_share": 0.0})]),
    "guest-workers": (True, "fixed", [("guest_workers", {"places": 0.01, "residence": "OECD"})]),
    "regularisation": (True, "fixed", [("regularisation", {"share": 0.5, "residence": "USA"})]),
    "canada": (
        True, "mobile", [("places", {"more": 0.005, "residence": "CAN", "status": "permanent"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if statuses else name
        for name, (statuses, *_) in STUDIES.items()
    ],
)
def test_an_independent_solver_agrees(name: str) -> None:
    statuses, closure, levers = STUDIES[name]
    observed = baseline.observe()
    shares = observed.status_shares[None] if statuses else None
    world = baseline.calibrate(observed, parameters.central(), closure, shares=shares)
    policy = Policy(name, tuple(build(lever, values) for lever, values in levers))
    rules, _ = policy.apply(world.rules)
    ours = solve.require(
        solve.settle(world.structure, world.state, world.rules, rules, tolerance=1e-12), 1e-12
    ).state
    theirs = independent_solver.solve(world, rules)
    for field in ("home", "output", "received", "wage_native"):
        np.testing.assert_allclose(getattr(ours, field)[0], theirs[field], rtol=1e-8, err_msg=field)
    np.testing.assert_allclose(
        ours.migrants[0], theirs["migrants"], rtol=1e-8, atol=1e-8 * ours.migrants.max() / 1e3
    )
    np.testing.assert_allclose(ours.multiplier[0], theirs["multiplier"], rtol=1e-8, atol=1e-8)
