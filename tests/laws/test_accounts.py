"""Laws of the external accounts, and what the door to the reference figures promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridors.data import store
from corridors.equilibrium.closed_forms import free_mobility, gain_from_leaving, share_staying
from corridors.errors import InputError
from corridors.money.accounts import Account, accounts, required_return

Array = np.ndarray


def world(seed: int) -> tuple[Account, Array]:
    """Accounts of 2 to 8 economies whose remittances are one table sent (b, i), and the fee."""
    luck = np.random.default_rng(seed)
    areas = int(luck.integers(2, 9))
    sent, fee = luck.uniform(0.0, 9.0, (areas, areas)), luck.uniform(0.0, 0.2, (areas, areas))
    np.fill_diagonal(sent, 0.0)
    account = Account(
        output=luck.uniform(100.0, 900.0, areas),
        exports=luck.uniform(10.0, 90.0, areas),
        received=((1.0 - fee) * sent).sum(axis=1),
        sent=sent.sum(axis=0),
        debt=luck.uniform(10.0, 200.0, areas),
        principal=luck.uniform(0.0, 9.0, areas),
        flight=luck.uniform(0.0, 9.0, areas),
        rate=np.array(0.02),
        spread=luck.uniform(0.0, 0.08, areas),
    )
    return account, (fee * sent).sum()


seeds = st.integers(0, 10**6)


@given(seeds)
def test_disposable_income_of_the_world_is_output_less_interest_and_fees(seed: int) -> None:
    account, fees = world(seed)
    expected = account.output.sum() - account.interest.sum() - fees
    np.testing.assert_allclose(account.disposable_income.sum(), expected, rtol=1e-12)


@given(seeds)
def test_remittances_lower_every_ratio_that_counts_them(seed: int) -> None:
    account, _ = world(seed)
    assert (account.debt_service_ratio_with_remittances <= account.debt_service_ratio).all()
    assert (account.debt_to_exports_with_remittances <= account.debt_to_exports).all()
    none = account.after(np.zeros_like(account.received), account.sent)
    np.testing.assert_array_equal(none.debt_to_exports_with_remittances, none.debt_to_exports)


@given(seeds, st.floats(0.001, 0.1))
def test_more_remittances_buy_cheaper_credit_only_when_lenders_look(seed: int, zeta: float) -> None:
    account, _ = world(seed)
    more = account.received + 1.0
    blind, seeing = account.after(more, account.sent), account.after(more, account.sent, zeta)
    np.testing.assert_array_equal(blind.spread, account.spread)
    assert (seeing.spread < account.spread).all()
    assert (seeing.disposable_income > blind.disposable_income).all()
    now = np.full_like(more, 0.1)
    assert (required_return(now, seeing.spread, account.spread) < now).all()
    np.testing.assert_array_equal(required_return(now, blind.spread, account.spread), now)


@given(seeds)
def test_ratios_have_no_currency(seed: int) -> None:
    account, _ = world(seed)
    money = ("output", "exports", "received", "sent", "debt", "principal", "flight")
    twice = Account(
        **{name: 2.0 * getattr(account, name) for name in money},
        rate=account.rate,
        spread=account.spread,
    )
    for name in ("debt_service_ratio", "debt_to_exports_with_remittances", "remittances_to_output",
                 "remittances_to_interest", "flight_to_output"):  # fmt: skip
        np.testing.assert_allclose(getattr(twice, name), getattr(account, name), rtol=1e-14)


# --- the door to the reference figures -----------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return accounts(store.table("economy"))


def of(table: pd.DataFrame, area: str) -> pd.Series:
    return table[table["area"] == area].set_index("quantity")["value"]


def test_accounts_of_an_economy_follow_from_its_published_figures(table: pd.DataFrame) -> None:
    economy = store.table("economy")
    published = economy[(economy["area"] == "SLV") & (economy["year"] == 2019)]
    published = published.set_index("variable")["value"]
    ours = of(table, "SLV")
    debt, exports = published["external_debt_usd"], published["exports_usd"]
    received, paid = (published[f"remittances_{flow}_usd"] for flow in ("received", "paid"))
    gndi = published["output_usd"] - 0.05 * debt + received - paid
    assert ours["disposable_income"] == pytest.approx(gndi, rel=1e-12)
    assert ours["debt_to_exports_with_remittances"] == pytest.approx(debt / (exports + received))
    service = published["debt_service_share"] * exports / (exports + received)
    assert ours["debt_service_ratio_with_remittances"] == pytest.approx(service, rel=1e-12)


def test_what_is_not_known_is_absent_and_not_zero(table: pd.DataFrame) -> None:
    assert table["value"].notna().all()
    assert "sent" not in of(table, "ARE") and "disposable_income" not in of(table, "ARE")
    assert "debt" not in of(table, "USA") and "output" in of(table, "USA")


def test_every_figure_says_its_kind_and_which_exports(table: pd.DataFrame) -> None:
    assert set(table["kind"]) == {"reported", "modelled", "assumed"}
    assert table["source"].notna().all()
    words = table.groupby("quantity")["definition"].first()
    assert "goods and services" in words["exports"]
    assert "income from abroad" in words["debt_service_ratio"]
    kinds = table.groupby("quantity")["kind"].unique().map(set)
    assert kinds["interest"] == kinds["disposable_income"] == {"assumed"}


def test_a_year_without_figures_is_refused() -> None:
    with pytest.raises(InputError, match="from 1960 to 2023"):
        accounts(store.table("economy"), year=2050)


# --- closed forms --------------------------------------------------------------------------------


@given(seeds)
def test_free_mobility_equalises_pay_and_loses_nobody(seed: int) -> None:
    luck = np.random.default_rng(seed)
    regions, land = int(luck.integers(1, 7)), luck.uniform(0.1, 0.9)
    labour, wage = luck.uniform(1.0, 1e3, regions), luck.uniform(0.1, 10.0, regions)
    settled = free_mobility(labour, wage, land)
    assert settled.labour.sum() == pytest.approx(labour.sum(), rel=1e-12)
    np.testing.assert_allclose(wage * (settled.labour / labour) ** -land, settled.wage, rtol=1e-10)
    assert settled.output_gain >= -1e-12


@given(st.floats(0.01, 0.99), st.floats(0.2, 5.0))
def test_the_gain_of_movers_is_the_mean_over_their_attachment(a: float, zeta: float) -> None:
    """The closed form against a sum over workers, each with his own share phi = u^(1/zeta)."""
    phi = ((np.arange(200_000) + 0.5) / 200_000) ** (1.0 / zeta)
    assert share_staying(a, zeta) == pytest.approx(float((phi < a).mean()), abs=1e-5)
    gain = float(np.maximum(phi - a, 0.0).mean())
    assert gain_from_leaving(a, zeta) == pytest.approx(gain, abs=1e-7)
