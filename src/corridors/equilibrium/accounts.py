"""What nations make, owe, own and live on, before and after; equation (26).

Output and remittances are of the case; debt, exports and the debt service of today are reported
ones, and interest is at an assumed rate. Interest paid is somebody's income: it goes to the
economies that report no external debt, in proportion to their capital, so that national incomes
add up to output. What capital a policy moves keeps its owners, who earn where it works.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from corridors.capital.flight import moved, national_income, placed
from corridors.equilibrium.tables import Case
from corridors.labels import Array

__all__ = ["national_accounts", "ownership"]

YEARS = 10
COLUMNS = ("policy", "capital", "area", "quantity", "now", "after")


def national_accounts(cases: Sequence[Case], known: pd.DataFrame) -> pd.DataFrame:
    """Accounts of every economy in every case, now and after; equations (14) and (26).

    Parameters
    ----------
    cases : sequence of Case
    known : DataFrame (area, quantity, value, ...)
        US dollars a year and ratios, as `corridors.money.accounts.accounts` gives them.

    Returns
    -------
    DataFrame (policy, capital, area, quantity, now, after)
        US dollars a year, ratios from debt service on: output, interest_paid, interest_received,
        national_income, received, sent, disposable_income, net_transfers (a year, and of ten
        years), debt service and debt over exports without and with remittances,
        remittances_to_output. A ratio whose debt or exports nobody reports is absent.

    Raises
    ------
    InputError, Infeasible
        As `ownership`, of a policy that moves capital.
    """
    wide = known.pivot(index="area", columns="quantity", values="value")
    parts: dict[str, list[Array]] = {name: [] for name in COLUMNS}
    for case in cases:
        figures = _case(case, wide.reindex(list(case.rules.areas)))
        now, after = (np.array([sides[side] for sides in figures.values()]) for side in (0, 1))
        there = ~(np.isnan(now) | np.isnan(after))
        quantity, area = np.nonzero(there)
        told = (
            np.full(len(area), case.policy),
            np.full(len(area), case.capital),
            np.array(case.rules.areas)[area],
            np.array(list(figures))[quantity],
            now[there],
            after[there],
        )
        for name, values in zip(COLUMNS, told, strict=True):
            parts[name].append(values)
    return pd.DataFrame({name: np.concatenate(values) for name, values in parts.items()})


def ownership(case: Case) -> tuple[Array, Array]:
    """O of (26) before and after: each its own, but for what the policy moves, (24).

    Where the owner of what moves lost it, it is theirs in its new place; where its owner gained
    it, it was theirs in the old one.

    Parameters
    ----------
    case : Case
        The first draw of its world is read.

    Returns
    -------
    before, after : (i, j) shares of the capital of place j that owner i has, columns sum to 1

    Raises
    ------
    Infeasible
        More capital would come back than works everywhere else.
    InputError
        An owner has less in a place than is to leave it.
    """
    rules, capital = case.rules, case.world.state.capital[0]
    market = placed(rules.capital_market, rules.capital_share, case.world.state.capital)
    change = capital * (
        np.broadcast_to(rules.capital_retained * market, (1, len(capital)))[0] - 1.0
    )
    own = np.eye(len(capital))
    lost, gained = np.maximum(-change, 0.0), np.maximum(change, 0.0)
    if not lost.any() or not gained.any():
        return own, own
    pairs = np.outer(lost, gained) / max(lost.sum(), gained.sum())  # from row to column
    owner = np.broadcast_to(rules.capital_owner, capital.shape)
    theirs = pairs * owner[:, None]
    others = pairs * ~owner[:, None]
    # Before: gainers own in the places that lose, which they are about to leave.
    abroad_before = own * capital - np.diag(others.sum(axis=1)) + others.T
    before = abroad_before / np.where(capital > 0.0, capital, 1.0)
    leaving = np.diag(theirs.sum(axis=1)) + others.T
    arriving = theirs + np.diag(others.sum(axis=0))
    return before, moved(before, capital, leaving, arriving)


def _case(case: Case, wide: pd.DataFrame) -> dict[str, tuple[Array, Array]]:
    """Every quantity (i,), now and after."""
    structure, price = case.world.structure, case.world.structure.price_level
    debt, exports, service = (
        wide[name].to_numpy(float) for name in ("debt", "exports", "debt_service")
    )
    paid = np.nan_to_num(wide["interest"].to_numpy(float))
    creditor = np.where(np.isnan(debt), case.world.state.capital[0] * price, 0.0)
    earned = paid.sum() * creditor / max(creditor.sum(), 1.0)
    sides = []
    states = (case.world.state, case.settled.state)
    for owned, state in zip(ownership(case), states, strict=True):
        output = state.output[0] * price
        received, sent = state.received[0], state.sent[0].sum(axis=0)
        income = national_income(output, structure.alpha[0], owned) - paid + earned
        net = received - sent - paid + earned
        money = exports + received
        sides.append(
            {
                "output": output,
                "interest_paid": paid,
                "interest_received": earned,
                "national_income": income,
                "received": received,
                "sent": sent,
                "disposable_income": income + received - sent,
                "net_transfers": net,
                "net_transfers_of_ten_years": YEARS * net,
                "debt_service_ratio": service / exports,
                "debt_service_ratio_with_remittances": service / money,
                "debt_to_exports_with_remittances": debt / money,
                "remittances_to_output": received / output,
            }
        )
    now, after = sides
    return {name: (now[name], after[name]) for name in now}
