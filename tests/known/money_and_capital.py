"""What cases of MODEL2 C and D hold beside their equilibria: two sides of capital, factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridors.capital.flight import moved, national_income, retained_by_both
from corridors.money import remittances

__all__ = ["compare_accounts", "compare_factors", "compare_retained"]


def compare_retained(known: dict[str, Any]) -> None:
    """The lever retains what the case says, and nothing of the world's capital is lost."""
    capital = np.array([known["baseline"]["capital"]])
    leaving, to = np.array([True, False, False]), np.array([False, True, False])
    retained = retained_by_both(known["policy"]["lost"], leaving, to, capital)
    np.testing.assert_allclose(retained[0], known["retained"], rtol=1e-12)
    np.testing.assert_allclose(np.sum(retained * capital), capital.sum(), rtol=1e-12)
    alpha = np.array(known["primitives"]["alpha"])
    xi = retained[0] ** -(1.0 - alpha)
    np.testing.assert_allclose(xi, known["counterfactual_primitives"]["xi"], rtol=1e-12)


def compare_accounts(known: dict[str, Any]) -> None:
    """Owners of moved capital earn where it works."""
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


def compare_factors(known: dict[str, Any]) -> None:
    """Factors of origin and destination come back from both totals."""
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
