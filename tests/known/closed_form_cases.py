"""Run the known-answer cases that are closed forms: free mobility, and attachment to home."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridors.equilibrium.closed_forms import free_mobility, gain_from_leaving, share_staying

#: World output of the published figures, trillion US dollars (as case 21 quotes it).
PUBLISHED_OUTPUT = 70.0


def run_case(case: dict[str, Any]) -> None:
    """Compute every row of `case`; AssertionError says what differs."""
    kinds = {"R": _free_mobility, "zeta": _home_attachment}
    kind = next((run for key, run in kinds.items() if key in case["rows"][0]), None)
    assert kind is not None, f"unknown rows: {', '.join(case['rows'][0])}"
    for row in case["rows"]:
        computed = kind(row, case)
        assert row.keys() <= computed.keys(), (
            f"unknown quantities: {sorted(row.keys() - computed.keys())}"
        )
        for name, expected in row.items():
            np.testing.assert_allclose(
                computed[name],
                expected,
                rtol=case["tolerance"],
                atol=1e-15,
                err_msg=f"{name} of {row}",
            )
    _check_published(case)


def _free_mobility(row: dict[str, Any], case: dict[str, Any]) -> dict[str, float]:
    given = case["inputs"]
    labour, wage = np.array([given["L_north"], given["L_south"]], float), np.array([row["R"], 1.0])
    settled = free_mobility(labour, wage, given["delta"])
    return {
        "R": row["R"],
        "north_after": settled.labour[0],
        "south_after": settled.labour[1],
        "share_of_south_moving": 1.0 - settled.labour[1] / labour[1],
        "world_gdp_gain": settled.output_gain,
        "wage_change_north": settled.wage / wage[0] - 1.0,
        "wage_change_south_initial": settled.wage / wage[1] - 1.0,
    }


def _home_attachment(row: dict[str, Any], case: dict[str, Any]) -> dict[str, float]:
    wage, attachment = row["relative_wage"], row["zeta"]
    gain = gain_from_leaving(wage, attachment)
    return {
        "relative_wage": wage,
        "zeta": attachment,
        "stay": share_staying(wage, attachment),
        "net_gain_frontier_units": gain,
        "net_gain_over_home_income": gain / wage,
    }


def _check_published(case: dict[str, Any]) -> None:
    """Figures of the publication, with the rounding it prints: per cent, or trillions of output."""
    for name, (published, rounding) in case.get("check", {}).items():
        ratio = float(name.removesuffix("_trillion").removeprefix("R"))
        gain = float(_free_mobility({"R": ratio}, case)["world_gdp_gain"])
        ours = gain * (PUBLISHED_OUTPUT if name.endswith("_trillion") else 100.0)
        assert abs(ours - published) <= rounding, f"{name}: {ours} against {published} published"
