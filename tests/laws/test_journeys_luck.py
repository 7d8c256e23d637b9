"""Chance by inverse distribution: the right distribution, the right people, the same random."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from corridors.ensemble import streams
from corridors.journeys import random, step
from corridors.readers.situation import Road, Situation
from laws.small_networks import journeys, situations


@pytest.mark.parametrize(
    ("persons", "share"), [(3, 0.4), (30, 0.3), (60, 0.15), (6000, 0.001), (100, 0.9), (1e6, 0.02)]
)
def test_counts_follow_the_binomial_to_a_thousandth(persons, share) -> None:
    persons = int(persons)
    number = 200_000
    uniforms = (np.arange(number) + 0.5) / number
    counts = random.binomial(np.full(number, persons), np.full(number, share), uniforms)
    at = np.arange(counts.min(), counts.max() + 1)
    share_of = np.bincount(counts - at[0]) / number
    exact = stats.binom.pmf(at, persons, share)
    assert 0.5 * np.abs(share_of - exact).sum() < 0.001 + 0.5 * at.size / number


@given(st.lists(st.integers(0, 500), min_size=1, max_size=6), st.floats(0, 1), st.integers(0, 9))
def test_counts_lie_between_none_and_all(persons, share, seed) -> None:
    number = np.array(persons)
    uniforms = np.random.default_rng(seed).random(number.size)
    counts = random.binomial(number, np.full(number.size, share), uniforms)
    assert ((counts >= 0) & (counts <= number)).all()


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=8),
    st.lists(st.floats(0, 1), min_size=2, max_size=9).filter(lambda weights: sum(weights) > 0.1),
    st.sampled_from([1, 6, 200]),
)
def test_splits_lose_nobody_and_choose_nothing_closed(persons, weights, few) -> None:
    number, shares = np.array(persons), np.array(weights)
    shares = shares / shares.sum()
    ladder = random.Ladder(np.concatenate([[0.0], np.cumsum(shares)])[None, :], random.Sharing(few))
    keys = random.cell_keys(
        random.place_keys(["here"], streams(1))[[0] * number.size], np.arange(number.size), 3
    )
    begin = np.zeros(number.size, dtype=np.int64)
    stay, cell, option, split = random.choose(number, begin, begin + shares.size, ladder, keys)
    total = stay + np.bincount(cell, split, number.size)
    assert np.array_equal(total, number)
    assert (shares[option] > 0).all()


def test_large_and_small_groups_are_split_alike() -> None:
    shares = np.array([0.1, 0.0, 0.25, 0.35, 0.3])
    cells = 4000
    keys = random.cell_keys(
        random.place_keys(["here"], streams(1))[[0] * cells], np.arange(cells), 1
    )
    begin = np.zeros(cells, dtype=np.int64)
    for few in (1, 1000):
        ladder = random.Ladder(
            np.concatenate([[0.0], np.cumsum(shares)])[None, :], random.Sharing(few)
        )
        persons = np.full(cells, 90)
        _, cell, option, split = random.choose(
            persons, begin, begin + 5, ladder, keys, can_stay=False
        )
        counts = np.zeros((cells, 5))
        counts[cell, option] = split
        assert counts.mean(axis=0) == pytest.approx(90 * shares, abs=0.35)
        assert np.cov(counts.T)[2, 3] == pytest.approx(-90 * 0.25 * 0.35, rel=0.15)


def test_compiled_code_gives_the_counts_of_the_arrays() -> None:
    compiled = pytest.importorskip("corridors.journeys.compiled")
    probability = np.concatenate([np.linspace(1e-9, 1.0, 5001)[:-1], 10.0 ** -np.arange(1.0, 300)])
    quantile = np.array([compiled.normal_quantile(at) for at in probability])
    assert quantile == pytest.approx(special.ndtri(probability), rel=1e-13, abs=1e-15)
    dice = np.random.default_rng(1)
    cells, groups, options = 20_000, 7, 9
    shares = dice.random((3, groups, options)) * (dice.random((3, groups, options)) > 0.2)
    shares[..., -1] += 0.01
    shares /= shares.sum(axis=2, keepdims=True)
    rungs = np.concatenate([np.zeros((3, 1)), shares.reshape(3, -1).cumsum(axis=1)], axis=1)
    row, group = dice.integers(0, 3, cells), dice.integers(0, groups, cells)
    first = row * rungs.shape[1] + group * options
    persons = (10.0 ** dice.uniform(0, 6, cells)).astype(np.int64)
    keys = random.cell_keys(
        random.place_keys(["here"], streams(1))[[0] * cells], np.arange(cells), 5
    )
    for few in (1, 6, 200):
        ways = (random.Sharing(few), random.Sharing(few, compiled=True))
        splits = [
            random.choose(persons, first, first + options, random.Ladder(rungs, way), keys)
            for way in ways
        ]
        for arrays, loops in zip(*splits, strict=True):
            assert np.array_equal(arrays, loops)


def test_uniforms_are_uniform_and_their_own() -> None:
    keys = random.place_keys(["a", "b"], streams(1))
    cells = random.cell_keys(random.day_keys(keys[[0]], 4), np.arange(50_000), 2)
    first, second = random.uniform(cells, 0), random.uniform(cells, 1)
    assert stats.kstest(first, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.02
    again = random.uniform(random.cell_keys(random.day_keys(keys[[0]], 4), np.arange(50_000), 2), 0)
    assert np.array_equal(first, again)


def test_the_luck_of_a_place_is_its_names() -> None:
    first = random.place_keys(["a", "b"], streams(1))
    assert random.place_keys(["b", "c", "a"], streams(1))[[2, 0]].tolist() == first.tolist()
    assert random.place_keys(["a"], streams(2)) != first[:1]


@pytest.mark.parametrize("few", [6, 200])
@settings(max_examples=40)
@given(situations(), st.sampled_from([1.0, 1.5]), st.sampled_from([0.0, 0.4]))
def test_the_loop_over_days_counts_what_the_arrays_count(few, situation, pruning, buffer) -> None:
    pytest.importorskip("numba")
    changes = {"pruning": pruning, "capacity_buffer": buffer, "leave_town": 0.4}
    ways = (random.Sharing(few), random.Sharing(few, compiled=True))
    counts = []
    for way in ways:
        with (
            patch.object(random.Sharing, "of", return_value=way),
            patch.object(step, "_in_one_loop", side_effect=step._in_one_loop) as loop,
        ):
            counts.append(journeys(replace(situation, roads=plain(situation)), "flee", **changes))
    assert loop.called or "marker" in {place.kind for place in situation.places}
    for name, arrays in vars(counts[0]).items():
        assert np.array_equal(arrays, vars(counts[1])[name]), name


def plain(situation: Situation) -> tuple[Road, ...]:
    """The roads, none of them partly on foot: those are left to the arrays."""
    return tuple(replace(road, walking=None) for road in situation.roads)
