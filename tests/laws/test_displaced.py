"""Flight that dies down: its weights, its spells, and a fit that finds what made it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridors.errors import InputError
from corridors.people.displaced import SHAPES, Decay, Spell, fit, fit_errors, spells, under_way


@given(st.integers(0, 20), st.floats(0.1, 20.0))
def test_without_a_floor_half_is_left_after_every_half_life(halves: int, life: float) -> None:
    weight = Decay(life).weights(np.array([halves * life]))
    assert weight == pytest.approx(2.0**-halves)


def test_a_floor_stays_or_fades_and_nobody_has_left_before_the_peak() -> None:
    late = np.array([-1.0, 0.0, 30.0])
    np.testing.assert_allclose(Decay(0.5, 0.1).weights(late), [0.0, 1.0, 0.1])
    np.testing.assert_allclose(Decay(0.5, 0.1, 10.0).weights(late), [0.0, 1.0, 0.0125])


def made(decay: Decay, *, levels: tuple[float, ...] = (2e4, 1e5, 8e5)) -> list[Spell]:
    """Spells of a decay, of countries that grow by a fiftieth a year."""
    years = np.arange(14)
    people = 1e7 * 1.02**years
    return [
        Spell("AAA", 1990, 1990, level * people / people[0] * decay.weights(years), people)
        for level in levels
    ]


@pytest.mark.parametrize(
    ("shape", "decay"),
    [
        ("one half-life", Decay(3.3)),
        ("a floor", Decay(0.4, 0.1)),
        ("a floor that fades", Decay(0.4, 0.13, 8.0)),
    ],
)
@pytest.mark.parametrize("alike", [True, False])
def test_a_fit_finds_the_decay_that_made_the_spells(shape: str, decay: Decay, alike: bool) -> None:
    found = fit(made(decay), shape, alike=alike)
    assert found.half_life == pytest.approx(decay.half_life, rel=1e-2)
    assert found.floor == pytest.approx(decay.floor, abs=2e-3)
    if np.isfinite(decay.floor_half_life):
        assert found.floor_half_life == pytest.approx(decay.floor_half_life, rel=3e-2)
    assert np.sqrt(np.diag(fit_errors(made(decay), shape, alike=alike))).max() < 2e-2


def test_one_half_life_is_too_long_where_a_floor_remains() -> None:
    """Why a single half-life is wrong: it takes the floor for a slow wave."""
    assert fit(made(Decay(0.4, 0.1)), "one half-life").half_life > 1.0


def test_a_spell_is_many_and_many_more_than_before_and_ends_when_it_begins_again() -> None:
    counts = np.full(40, 1_000.0)
    counts[10:14] = [50_000.0, 90_000.0, 30_000.0, 10_000.0]
    counts[25:27] = [60_000.0, 20_000.0]
    arrivals = pd.DataFrame({"AAA": counts, "BBB": 9_000.0}, index=range(1970, 2010))
    people = pd.DataFrame({"AAA": 1e7, "BBB": 1e7}, index=range(1970, 2010))
    told = spells(arrivals, people, first=1975, last=2009, until=2009)
    assert [(each.began, each.peak, len(each.arrivals)) for each in told] == [
        (1980, 1981, 14),
        (1995, 1995, 15),
    ]
    assert under_way(counts[:13]) == (10, 11)
    assert under_way(counts[:26]) == (25, 25)
    assert under_way(np.full(40, 9_000.0)) is None
    with pytest.raises(InputError, match="years are missing"):
        spells(arrivals.drop(index=1990), people, first=1975, last=2009, until=2009)
    with pytest.raises(InputError, match="of AAA"):
        spells(arrivals, people.mask(people > 0), first=1975, last=2009, until=2009)


def test_a_fit_of_nothing_and_an_unknown_shape_are_refused() -> None:
    with pytest.raises(InputError, match="fewer than two"):
        fit(made(Decay(1.0))[:1])
    with pytest.raises(InputError, match="Use one half-life"):
        fit(made(Decay(1.0)), "two half-lives")
    assert set(SHAPES) == {"one half-life", "a floor", "a floor that fades"}
