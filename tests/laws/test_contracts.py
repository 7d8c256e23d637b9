"""The sign pattern of tied contracts in two tiers when workers may change employer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridors.errors import Infeasible
from corridors.wages.contracts import Contracts, entry_cost, terms

Array = np.ndarray


@st.composite
def contracts(draw: st.DrawFn) -> Contracts:
    """Tied contracts inside the bounds that the signs need (see `corridors.wages.contracts`)."""
    later, stay = draw(st.floats(0.03, 0.4)), draw(st.floats(0.3, 0.9))
    discount = draw(st.floats(0.7, 1.0))
    most = 0.9 * (1.0 - later) / (later * (1.0 - stay))
    numbers = {
        "product": draw(st.floats(1e3, 1e5)),
        "first": draw(st.floats(0.05, 0.5)),
        "later": later,
        "stay": stay,
        "recruits": 1000.0,
        "discount": discount,
        "stay_elasticity": draw(st.floats(0.01, min(most, 5.0))),
        "recruit_elasticity": draw(st.floats(0.1, 5.0)),
        "counted": draw(st.floats(0.0, 0.05)),
    }
    return Contracts(**{name: np.array(value) for name, value in numbers.items()})


@given(contracts())
def test_without_a_reform_nothing_changes(now: Contracts) -> None:
    unchanged = terms(now, now.later)
    for name in ("first", "stay", "recruits"):
        np.testing.assert_allclose(getattr(unchanged, name), getattr(now, name), rtol=1e-12)
    np.testing.assert_allclose(unchanged.later_pay, (1.0 - now.later) * now.product, rtol=1e-12)


@given(contracts(), st.floats(0.0, 0.9))
def test_portability_helps_incumbents_and_hurts_recruits(now: Contracts, kept: float) -> None:
    before, after = terms(now, now.later), terms(now, kept * now.later)
    assert after.later_pay > before.later_pay
    assert after.stay > before.stay
    assert after.first_pay < before.first_pay
    assert after.recruits < before.recruits


@given(contracts(), st.floats(0.0, 1.0))
def test_sponsors_break_even_before_and_after(now: Contracts, kept: float) -> None:
    after = terms(now, kept * now.later)
    earned = (after.first + now.discount * after.stay * kept * now.later) * now.product
    np.testing.assert_allclose(earned, entry_cost(now), rtol=1e-12)


@given(contracts())
def test_cheaper_entry_goes_to_recruits_alone(now: Contracts) -> None:
    before, after = terms(now, now.later), terms(now, now.later, 0.9 * entry_cost(now))
    assert after.first_pay > before.first_pay
    assert after.recruits > before.recruits
    assert after.later_pay == before.later_pay


@given(contracts(), st.floats(0.0, 0.9))
def test_one_mark_down_for_everybody_cannot_tell_them_apart(now: Contracts, kept: float) -> None:
    """In the single-tier model the pay of first and of later contracts moves together."""
    single = replace(now, first=now.later)
    lower = kept * single.later
    free = (lower + single.discount * terms(single, lower).stay * lower) * single.product
    before, after = terms(single, single.later), terms(single, lower, free)
    assert after.first_pay > before.first_pay
    assert after.later_pay > before.later_pay
    assert after.recruits > before.recruits


def test_entry_too_dear_to_recover_is_an_error() -> None:
    now = Contracts(*(np.array(value) for value in (100.0, 0.2, 0.1, 0.5, 9.0, 1.0, 1.0, 1.0, 0.0)))
    with pytest.raises(Infeasible, match="no first contract"):
        terms(now, np.array(0.0), np.array(100.0))
