"""Run the known-answer cases of external accounts: before and after a change of remittances."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridors.money.accounts import Account

#: Name in the case -> name in the package.
QUANTITIES = {
    "interest": "interest",
    "debt_service": "debt_service",
    "debt_service_ratio": "debt_service_ratio",
    "debt_service_ratio_incl_remittances": "debt_service_ratio_with_remittances",
    "debt_to_exports": "debt_to_exports",
    "debt_to_exports_plus_remittances": "debt_to_exports_with_remittances",
    "remittances_to_gdp": "remittances_to_output",
    "remittances_over_interest": "remittances_to_interest",
    "capital_flight_to_gdp": "flight_to_output",
    "gni": "national_income",
    "gndi": "disposable_income",
    "spread": "spread",
}


def run_case(case: dict[str, Any]) -> None:
    """Compute both accounts of `case`; AssertionError says what differs."""
    given = {name: np.array(value, float) for name, value in case["inputs"].items()}
    sent = given.get("sent", np.zeros_like(given["R"]))
    now = Account(
        output=given["gdp"],
        exports=given["X"],
        received=given["R"],
        sent=sent,
        debt=given["D"],
        principal=given["prin"],
        flight=given["cap"],
        rate=given["r"],
        spread=given["sp"],
    )
    later = now.after(given["R_new"], given.get("sent_new", sent), given["zeta"])
    for block, account in (("baseline", now), ("counterfactual", later)):
        for name, expected in case[block].items():
            np.testing.assert_allclose(
                getattr(account, QUANTITIES[name]),
                expected,
                rtol=case["tolerance"],
                err_msg=f"{block}: {name}",
            )
