"""Cases of MODEL2 C, D and F: capital with two sides, factors of remittances, paired draws.

Their equilibria are run with every case's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridors.equilibrium import levels
from corridors.equilibrium.measures import BY_NAME
from known.equilibrium_cases import _anchor, _rules, _structure, _technology
from known.money_and_capital import compare_accounts, compare_factors, compare_retained

CASES = Path(__file__).parent / "cases"


def case(name: str) -> dict[str, Any]:
    (path,) = CASES.glob(f"{name}_*.json")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def test_capital_of_two_sides_is_what_the_lever_retains() -> None:
    compare_retained(case("35"))


def test_owners_of_moved_capital_earn_where_it_works() -> None:
    compare_accounts(case("35"))


def test_factors_of_origin_and_destination_come_back_from_both_totals() -> None:
    compare_factors(case("36"))


@pytest.mark.parametrize("measure", ["world_gdp", "migrants"])
def test_every_draw_is_paired_with_its_own_baseline(measure: str) -> None:
    known = case("37")
    changes = []
    for draw in known["draws"]:
        sides = []
        now = {**known["primitives"], **draw["primitives"]}
        for inputs in (now, {**now, **draw["counterfactual_primitives"]}):
            state = levels.settle(
                _structure(inputs), _technology(inputs), _rules(inputs), _anchor(inputs)
            )
            total = state.output.sum() if measure == "world_gdp" else state.migrants.sum()
            sides.append(np.array([total]))
        quantity = BY_NAME["people"]  # a level: today's figure times the change of the draw
        changes.append(float(quantity.paired(sides[0], sides[1], 1.0)[0] - 1.0))
    paired = known["paired"]
    np.testing.assert_allclose(changes, paired[f"{measure}_change"], atol=1e-8)
    summary = paired[f"{measure}_summary"]
    found_by_numpy = np.quantile(changes, [0.1, 0.5, 0.9])
    expected = [summary[name] for name in ("q10", "median", "q90")]
    np.testing.assert_allclose(found_by_numpy, expected, atol=1e-8)
