"""Cases of MODEL2 C, D and F: capital with two sides, factors of remittances, paired draws.

The equilibria are run as every case's; here stands what those cases hold beside them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridors.capital.flight import moved, national_income, retained_by_both
from corridors.equilibrium import levels
from corridors.equilibrium.measures import BY_NAME
from corridors.money import remittances
from known.equilibrium_cases import _anchor, _rules, _structure, _technology, run_case

CASES = Path(__file__).parent / "cases" / "right"


def case(name: str) -> dict[str, Any]:
    (path,) = CASES.glob(f"{name}_*.json")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", ["35", "36"])
def test_worlds_agree_in_levels_and_in_changes(name: str) -> None:
    run_case(case(name))


def test_capital_of_two_sides_is_what_the_lever_retains() -> None:
    known = case("35")
    capital = np.array([known["baseline"]["capital"]])
    leaving, to = np.array([True, False, False]), np.array([False, True, False])
    retained = retained_by_both(known["policy"]["lost"], leaving, to, capital)
    np.testing.assert_allclose(retained[0], known["retained"], rtol=1e-12)
    np.testing.assert_allclose(np.sum(retained * capital), capital.sum(), rtol=1e-12)
    alpha = np.array(known["primitives"]["alpha"])
    xi = retained[0] ** -(1.0 - alpha)
    np.testing.assert_allclose(xi, known["counterfactual_primitives"]["xi"], rtol=1e-12)


def test_owners_of_moved_capital_earn_where_it_works() -> None:
    known = case("35")
    about, alpha = known["accounts"], np.array(known["primitives"]["alpha"])
    capital = np.array(known["baseline"]["capital"])
    before = np.array(about["baseline"]["ownership"])
    amount = np.array(about["moved"])
    leaving, arriving = np.zeros((3, 3)), np.zeros((3, 3))
    leaving[:, about["from"]] = amount
    for to, share in about["to"].items():
        arriving[:, int(to)] = amount * share
    after = moved(before, capital, leaving, arriving)
    for side, owned in (("baseline", before), ("counterfactual", after)):
        block, expected = known[side], about[side]
        output = np.array(block["gdp"])
        np.testing.assert_allclose(owned, expected["ownership"], rtol=1e-10)
        np.testing.assert_allclose(alpha * output, expected["capital_income"], rtol=1e-10)
        gni = national_income(output, alpha, owned)
        np.testing.assert_allclose(gni, expected["gni"], rtol=1e-10)
        received = np.array(block["remittances_received"])
        sent = np.array(block["remittances_sent"]).sum(axis=0)
        np.testing.assert_allclose(gni + received - sent, expected["gndi"], rtol=1e-10)
        assert sum(block["capital"]) == pytest.approx(expected["world_capital"], rel=1e-12)
        assert gni.sum() == pytest.approx(output.sum(), rel=1e-12)


def test_factors_of_origin_and_destination_come_back_from_both_totals() -> None:
    known = case("36")
    block, primitives = known["baseline"], known["primitives"]
    stock, pay = (np.array(block[name]) for name in ("stock", "income_migrant"))
    income = np.sum(stock * pay, axis=1)
    beta, fee = np.array(primitives["beta"]), np.array(primitives["rem_cost"], float)
    odds = beta / (1.0 - beta)
    fit = known["remittance_fit"]
    kap = np.array(fit["kap"] if "kap" in fit else odds[0, 0] / odds[0, 0, 0], float)
    elasticity = np.full(len(fee), primitives["eps_rho"])
    receipts = np.array(block["remittances_received"])
    senders = np.array(block["remittances_sent"]).sum(axis=0)
    log_r, log_g = remittances.destination_factors(
        receipts, income, (kap, fee, elasticity), senders, spread=(1e-6, 1e3)
    )
    fitted = np.exp(log_r)[:, None, None] * np.exp(log_g)[:, None] * kap
    abroad = income > 0.0
    np.testing.assert_allclose(fitted[abroad], odds[abroad], rtol=1e-8)
    rho = remittances.shares(log_r, log_g, kap, fee, elasticity)
    np.testing.assert_allclose(np.sum(rho * income, axis=2).sum(axis=0), senders, rtol=1e-10)


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
