"""Run the known-answer cases of people who look ahead, in levels and in ratios to a projection.

A case holds primitives and two projections solved elsewhere, one for each table of moving costs.
Pay is w_it = A_i L_it^(-gamma). The stored years end before the horizon, when they are stationary.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corridors.projection import Foresight, foresee, foresee_changes

#: How many periods the case files ask to compare.
COMPARED = 100


def run_case(case: dict[str, Any]) -> None:
    """Solve both in levels, and the second from the first; AssertionError says what differs."""
    given, tolerance = case["primitives"], case["tolerance"]["relative"]
    taste = {"patience": given["beta"], "spread": given["nu"]}
    for name in ("baseline", "counterfactual"):
        solved = foresee(
            np.array(given["L0"], float),
            lambda people: np.log(given["A"]) - np.array(given["gamma"]) * np.log(people),
            _costs(given[f"kappa_{name}"]),
            horizon=given["horizon"],
            **taste,
        )
        _compare(f"{name} in levels", solved, case[name], 0.0, tolerance)
        np.testing.assert_allclose(solved.people[-1], case[name]["L_terminal"], rtol=tolerance)
    baseline = case["baseline"]
    changed = foresee_changes(
        _until(np.array(baseline["L"], float), given["horizon"] + 1),
        _until(np.array(baseline["mu"], float), given["horizon"] + 1),
        lambda ratio: -np.array(given["gamma"]) * np.log(ratio),
        _change(case),
        **taste,
    )
    values = np.array(baseline["V"], float)
    _compare("in ratios", changed, case["counterfactual"], values, tolerance)


def _costs(kappa: list) -> np.ndarray:
    """Moving costs (1, i, j); null is no way."""
    return np.array([[np.inf if cost is None else cost for cost in row] for row in kappa])[None]


def _change(case: dict[str, Any]) -> np.ndarray:
    """dkap (1, i, j), as the case gives it or as the two tables imply."""
    if "hat_form" in case:
        return np.array(case["hat_form"]["kappa_change"], float)[None]
    now, then = (
        _costs(case["primitives"][f"kappa_{name}"]) for name in ("baseline", "counterfactual")
    )
    closed = np.isinf(now)
    return np.where(closed, 0.0, then - np.where(closed, 0.0, now))


def _until(years: np.ndarray, length: int) -> np.ndarray:
    """`years` with its last row repeated until it is `length` long."""
    return np.concatenate([years, np.repeat(years[-1:], max(length - len(years), 0), axis=0)])[
        :length
    ]


def _compare(
    where: str, solved: Foresight, expected: dict[str, Any], known: Any, tolerance: float
) -> None:
    """Compare people, moves and values; `known` are the values that ratios are relative to."""
    periods = min(COMPARED, len(expected["mu"]))
    for name, ours in (
        ("L", solved.people), ("mu", solved.moves),
        ("V", solved.values[:len(expected["V"])] + known),
    ):  # fmt: skip
        np.testing.assert_allclose(
            ours[:periods],
            np.array(expected[name], float)[:periods],
            rtol=tolerance,
            atol=tolerance * 1e-3,
            err_msg=f"{where}: {name}",
        )
