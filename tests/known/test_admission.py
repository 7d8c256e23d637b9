"""Admission and capital flight on paper: how a rule changes odds, stays, mark-downs and stocks."""

from __future__ import annotations

import numpy as np
import pytest

from corridors.borders.admission import markdown_under_threat, opened, stay_ratio, with_odds
from corridors.capital.flight import retained_at_return, retained_without_investment

#: One skill, two areas, one status; ln tau of living abroad.
WEDGE = np.log(np.array([[[[1.0], [8.0]], [[2.0], [1.0]]]]))
THETA = np.array([2.0])
ABROAD = ~np.eye(2, dtype=bool)[None, :, :, None]


def test_twice_the_odds_at_elasticity_two_divide_the_wedge_by_the_root_of_two() -> None:
    first = ABROAD & (np.arange(2) == 0)[None, :, None, None]
    changed = np.exp(with_odds(WEDGE, THETA, first, 2.0))
    assert changed[0, 0, 1, 0] == pytest.approx(8.0 / np.sqrt(2.0))
    assert changed[0, 1, 0, 0] == pytest.approx(2.0)


def test_half_of_the_log_wedge_is_opened_once_size_is_taken_out() -> None:
    # tau_s^2 = 8^2 x 400 / 100 = 16^2 into the larger area, and 2^2 / 4 = 1 out of it.
    changed = np.exp(
        opened(WEDGE, THETA, np.array([100.0, 400.0]), ABROAD, np.array(0.5), np.zeros((2, 2)))
    )
    assert changed[0, 0, 1, 0] == pytest.approx(8.0 / np.sqrt(16.0))
    assert changed[0, 1, 0, 0] == pytest.approx(2.0)


def test_a_wedge_below_one_and_a_closed_corridor_have_nothing_to_open() -> None:
    wedge = np.array([[[[0.0], [np.inf]], [[-0.5], [0.0]]]])
    same = opened(wedge, THETA, np.array([1.0, 1.0]), ABROAD, np.array(1.0), np.zeros((2, 2)))
    np.testing.assert_array_equal(same, wedge)


def test_stays_are_as_long_as_all_hazards_of_leaving_allow() -> None:
    assert stay_ratio(0.03, 0.07, 0.02) == pytest.approx(0.5)
    assert stay_ratio(0.03, 0.02, 0.02) == 1.0


def test_half_the_recruitment_elasticity_raises_a_markdown_of_a_fifth_to_a_third() -> None:
    # 1 - mu = 0.8 = eta / (1 + eta): eta = 4; at eta = 2 the mark-down is 1 / 3.
    assert markdown_under_threat(np.array(0.2), 2.0) == pytest.approx(1.0 / 3.0)
    assert markdown_under_threat(np.array(0.2), 1.0) == pytest.approx(0.2)


def test_capital_falls_with_the_return_investors_ask() -> None:
    assert retained_at_return(0.12, 0.24, np.array(0.5)) == pytest.approx(0.25)
    assert retained_without_investment(0.3, 0.1) == pytest.approx(0.97)
