"""Splitting a corridor by legal status keeps its people, its skills and its statuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from corridors.borders.status import (
    IRREGULAR_PRIOR,
    STATUSES,
    shares_drawn,
    split_by_status,
    status_arrays,
)

AREAS = 3
TIED, IRREGULAR = STATUSES.index("tied"), STATUSES.index("irregular")

persons = st.one_of(st.just(0.0), st.floats(1e-3, 1e8))
migrants = arrays(float, (2, AREAS, AREAS), elements=persons)
leans = st.floats(-6.0, 6.0)


@st.composite
def shares(draw: st.DrawFn) -> np.ndarray:
    parts = draw(
        arrays(
            float,
            (AREAS, AREAS, len(STATUSES)),
            elements=st.one_of(st.just(0.0), st.floats(1e-4, 1.0)),
        )
    )
    parts[parts.sum(axis=-1) == 0.0, 0] = 1.0
    return parts / parts.sum(axis=-1, keepdims=True)


@given(migrants, shares(), leans)
def test_both_margins_hold(people: np.ndarray, share: np.ndarray, lean: float) -> None:
    split = split_by_status(people, share, lean=lean)
    size = people.sum(axis=0)
    assert (split >= 0.0).all()
    scale = np.maximum(size, 1e-300)
    np.testing.assert_array_less(np.abs(split.sum(axis=-1) - people) / scale, 1e-12)
    wanted = size[..., None] * share
    np.testing.assert_array_less(np.abs(split.sum(axis=0) - wanted) / scale[..., None], 1e-15)


@given(migrants, shares(), leans)
def test_odds_differ_by_the_lean_and_only_by_it(
    people: np.ndarray, share: np.ndarray, lean: float
) -> None:
    low, high = split_by_status(people, share, lean=lean)
    size = people.sum(axis=0)[..., None]
    inner = (low > 1e-6 * size) & (high > 1e-6 * size)
    log_odds = np.log(high, where=inner, out=np.zeros_like(high))
    log_odds -= np.log(low, where=inner, out=np.zeros_like(low))
    shift = np.array([0.0, lean, lean, 0.0])
    level = log_odds + shift
    for status in range(len(STATUSES)):
        both = inner & inner[..., [status]]
        gap = np.where(both, level - level[..., [status]], 0.0)
        np.testing.assert_allclose(gap, 0.0, atol=1e-7)


@given(migrants, shares())
def test_without_a_lean_every_status_has_the_skills_of_the_corridor(
    people: np.ndarray, share: np.ndarray
) -> None:
    split = split_by_status(people, share, lean=0.0)
    np.testing.assert_allclose(split, people[..., None] * share, rtol=1e-10, atol=1e-7)


@given(migrants, shares(), st.floats(0.1, 4.0))
def test_a_lean_takes_tertiary_people_out_of_tied_and_irregular(
    people: np.ndarray, share: np.ndarray, lean: float
) -> None:
    even = split_by_status(people, share, lean=0.0)[1]
    tertiary = split_by_status(people, share, lean=lean)[1]
    bound = 1e-9 * people.sum(axis=0)[..., None]
    assert (tertiary - even <= bound)[..., [TIED, IRREGULAR]].all()
    assert (even - tertiary <= bound)[..., [0, 3]].all()


def test_a_corridor_worked_by_hand() -> None:
    # Half tied; e^-lean = 1/6. At x = 2: 50 (2/6)/(1 + 2/6) + 50 2/3.
    people = np.array([[[100.0 - 12.5 - 100.0 / 3.0]], [[12.5 + 100.0 / 3.0]]])
    share = np.array([[[0.5, 0.5, 0.0, 0.0]]])
    low, high = split_by_status(people, share, lean=float(np.log(6.0)))
    np.testing.assert_allclose(high[0, 0], [100.0 / 3.0, 12.5, 0.0, 0.0], rtol=1e-14)
    np.testing.assert_allclose(low[0, 0], [50.0 / 3.0, 37.5, 0.0, 0.0], rtol=1e-14)


def test_draws_lead_and_agree_with_each_draw_alone() -> None:
    generator = np.random.default_rng(7)
    people = generator.uniform(0.0, 9.0, (2, AREAS, AREAS))
    share = generator.dirichlet(np.ones(4), (AREAS, AREAS))
    drawn = shares_drawn(share, np.full((AREAS, AREAS), 9.0), generator, 5)
    split = split_by_status(people, drawn)
    assert split.shape == (5, 2, AREAS, AREAS, 4)
    for part, alone in zip(split, drawn, strict=True):
        np.testing.assert_array_equal(part, split_by_status(people, alone))


@given(shares(), st.floats(1.0, 60.0), st.integers(0, 2**32 - 1))
def test_drawn_shares_are_shares(share: np.ndarray, kappa: float, seed: int) -> None:
    concentration = np.full((AREAS, AREAS), kappa)
    drawn = shares_drawn(share, concentration, np.random.default_rng(seed), 4)
    assert (drawn >= 0.0).all()
    np.testing.assert_allclose(drawn.sum(axis=-1), 1.0, rtol=1e-12)
    assert (drawn[:, share == 0.0] == 0.0).all()
    again = shares_drawn(share, concentration, np.random.default_rng(seed), 4)
    np.testing.assert_array_equal(drawn, again)


def test_drawn_shares_have_the_mean_and_spread_of_their_dirichlet() -> None:
    share = np.array([[[0.5, 0.3, 0.15, 0.05], [0.0, 1.0, 0.0, 0.0]]])
    kappa = np.array([[15.0, 40.0]])
    alone = (0.0, 0.0, 0.0, 0.0)
    drawn = shares_drawn(share, kappa, np.random.default_rng(1), 40_000, common=alone)
    np.testing.assert_allclose(drawn.mean(axis=0), share, atol=0.004)
    spread = np.sqrt(share * (1.0 - share) / (kappa[..., None] + 1.0))
    np.testing.assert_allclose(drawn.std(axis=0), spread, atol=0.003)


def test_what_counts_share_does_not_average_out_over_corridors() -> None:
    share = np.broadcast_to([0.6, 0.0, 0.4, 0.0], (12, 12, 4))
    kappa = np.full((12, 12), 9.0)
    spreads = {}
    for name, common in (("own", (0.0,) * 4), ("common", (0.0, 0.0, 0.25, 0.0))):
        drawn = shares_drawn(share, kappa, np.random.default_rng(2), 2_000, common=common)
        world = drawn[..., 2].mean(axis=(1, 2))
        assert world.mean() == pytest.approx(0.4, abs=0.01)
        spreads[name] = world.std()
    # Of log odds at 0.4: 0.25 x 0.4 x 0.6, before corridors' own errors flatten it a little.
    assert spreads["own"] < 0.015
    assert spreads["common"] == pytest.approx(0.25 * 0.4 * 0.6, rel=0.15)


def rows(*cells: tuple[str, str, str, float, float, str]) -> pd.DataFrame:
    names = ["birthplace", "residence", "status", "share", "concentration", "kind"]
    return pd.DataFrame(cells, columns=names)


def test_absent_is_not_zero_for_irregular_people_and_is_called_assumed() -> None:
    table = rows(
        ("A", "B", "protected", 0.4, 40.0, "reported"),
        ("A", "B", "tied", 0.2, 10.0, "assumed"),
        ("B", "A", "irregular", 0.0, 5.0, "assumed"),
        ("A", "Z", "tied", 0.9, 10.0, "reported"),
    )
    shares, concentration, assumed = status_arrays(table, ["A", "B"])
    irregular = 0.4 * IRREGULAR_PRIOR[0]
    np.testing.assert_allclose(shares[0, 1], [0.4 - irregular, 0.2, irregular, 0.4])
    told = 40.0 * 0.4 + 10.0 * 0.2 + IRREGULAR_PRIOR[1] * irregular
    assert concentration[0, 1] == pytest.approx(told / (0.6 + irregular))
    assert assumed[0, 1].tolist() == [False, True, True, False]
    np.testing.assert_array_equal(shares[1, 0], [1.0, 0.0, 0.0, 0.0])


def test_rows_that_fill_a_corridor_leave_nobody_permanent() -> None:
    table = rows(("A", "B", "protected", 0.7, 40.0, "reported"),
                 ("A", "B", "irregular", 0.3 + 1e-8, 5.0, "reported"))  # fmt: skip
    shares, _, _ = status_arrays(table, ["A", "B"])
    assert shares[0, 1].sum() == pytest.approx(1.0, abs=1e-15)
    assert (shares >= 0.0).all()
