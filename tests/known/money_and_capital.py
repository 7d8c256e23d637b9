"""What cases of MODEL2 C and D hold beside their equilibria: two sides of capital, factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corridors.capital.flight import moved, national_income, placed, retained_by_both
from corridors.money import remittances

__all__ = ["KNOWN", "compare_accounts", "compare_factors", "compare_retained", "xi_of_retained"]

#: Keys of the blocks that are compared here.
KNOWN = {
    "accounts": {"baseline", "counterfactual", "moved", "from", "to", "note"},
    "account side": {
        "ownership", "capital_income", "gni", "gndi", "world_capital", "gni_minus_gdp_world",
        "gndi_minus_gdp_plus_cost",
    },
    "remittance_fit": {
        "status_prior", "origin_factor", "destination_factor", "receipts", "sent_by_destination",
        "note",
    },
}  # fmt: skip
MARKET = "world market"


def xi_of_retained(closure: str, retained: np.ndarray, alpha: np.ndarray, kappa: float) -> Any:
    """The model's xi: its meaning depends on the closure, that of what is retained does not."""
    powers = {
        "fixed": np.ones_like(alpha),
        "mobile": -(1.0 - alpha),
        "world": -(1.0 - alpha),
        "elastic": 1.0 + kappa * (1.0 - alpha),
        "elastic_world": 1.0 + kappa * (1.0 - alpha),
    }
    return retained ** powers[closure]


def _ends(case: dict[str, Any], end: str) -> np.ndarray:
    """Weights (i,) of the places that the policy names at one end."""
    countries, named = case["primitives"]["countries"], case["policy"][end]
    if isinstance(named, dict):
        return np.array([named.get(country, 0.0) for country in countries])
    names = [named] if isinstance(named, str) else named
    return np.array([float(country in names) for country in countries])


def compare_retained(case: dict[str, Any]) -> None:
    """The lever retains what the case says, and nothing of the world's capital is lost."""
    inputs, policy = case["primitives"], case["policy"]
    capital, alpha = np.array([case["baseline"]["capital"]]), np.array(inputs["alpha"])
    leaving = _ends(case, "from") > 0.0
    lost = np.where(leaving, policy["lost"], 0.0)
    if policy["to"] == MARKET:
        retained = (1.0 - lost) * placed(1.0 - lost[None], alpha, capital)
    elif isinstance(policy["to"], dict):
        weight = _ends(case, "to")
        retained = 1.0 - lost + weight / weight.sum() * np.sum(lost * capital) / capital
    else:
        retained = retained_by_both(policy["lost"], leaving, _ends(case, "to") > 0.0, capital)
    np.testing.assert_allclose(retained[0], case["retained"], rtol=1e-12)
    np.testing.assert_allclose(np.sum(retained * capital), capital.sum(), rtol=1e-12)
    xi = xi_of_retained(inputs["capital"], retained[0], alpha, inputs["kappa"])
    np.testing.assert_allclose(xi, case["counterfactual_primitives"]["xi"], rtol=1e-12)


def compare_accounts(case: dict[str, Any]) -> None:
    """Owners of moved capital earn where it works."""
    about, alpha = case["accounts"], np.array(case["primitives"]["alpha"])
    capital = np.array(case["baseline"]["capital"])
    before = np.array(about["baseline"]["ownership"])
    amount = np.array(about["moved"])
    leaving, arriving = np.zeros(before.shape), np.zeros(before.shape)
    leaving[:, about["from"]] = amount
    for to, share in about["to"].items():
        arriving[:, int(to)] = amount * share
    after = moved(before, capital, leaving, arriving)
    for side, owned in (("baseline", before), ("counterfactual", after)):
        block, expected = case[side], about[side]
        output = np.array(block["gdp"])
        received = np.array(block["remittances_received"])
        sent = np.array(block["remittances_sent"]).sum(axis=0)
        gni = national_income(output, alpha, owned)
        values = {
            "ownership": owned,
            "capital_income": alpha * output,
            "gni": gni,
            "gndi": gni + received - sent,
            "world_capital": sum(block["capital"]),
        }
        for name, value in values.items():
            np.testing.assert_allclose(value, expected[name], rtol=1e-10, err_msg=name)
        cost = sent.sum() - received.sum()
        gaps = (gni.sum() - output.sum(), (gni + received - sent).sum() - output.sum() + cost)
        for name, gap in zip(
            ("gni_minus_gdp_world", "gndi_minus_gdp_plus_cost"), gaps, strict=True
        ):
            told = expected.get(name, 0.0)
            assert gap == pytest.approx(told, abs=1e-10 * output.sum()), name


def compare_factors(case: dict[str, Any]) -> None:
    """Factors of origin and destination come back from both totals."""
    block, inputs, fit = case["baseline"], case["primitives"], case["remittance_fit"]
    stock, pay = (np.array(block[name]) for name in ("stock", "income_migrant"))
    income = np.sum(stock * pay, axis=1)
    beta, fee = np.array(inputs["beta"]), np.array(inputs["rem_cost"], float)
    odds = np.broadcast_to(beta / (1.0 - beta), income.shape)
    kap = np.array(fit["status_prior"], float)
    elasticity = np.full(len(fee), inputs["eps_rho"])
    receipts = np.array(block["remittances_received"])
    senders = np.array(block["remittances_sent"]).sum(axis=0)
    np.testing.assert_allclose(fit["receipts"], receipts, rtol=1e-10)
    np.testing.assert_allclose(fit["sent_by_destination"], senders, rtol=1e-10)
    log_r, log_g = remittances.destination_factors(
        receipts, income, (kap, fee, elasticity), senders, spread=(1e-6, 1e3)
    )
    fitted = np.exp(log_r)[:, None, None] * np.exp(log_g)[:, None] * kap
    abroad = income > 0.0
    np.testing.assert_allclose(fitted[abroad], odds[abroad], rtol=1e-8)
    told = np.outer(fit["origin_factor"], fit["destination_factor"])
    there = abroad.any(axis=2)
    np.testing.assert_allclose((fitted[..., 0] / kap[0])[there], told[there], rtol=1e-8)
    rho = remittances.shares(log_r, log_g, kap, fee, elasticity)
    np.testing.assert_allclose(np.sum(rho * income, axis=2).sum(axis=0), senders, rtol=1e-10)
