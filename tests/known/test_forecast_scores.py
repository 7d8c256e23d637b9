"""Scores of forecasts: the check vectors, and cases counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corridors.forecast import scores


@pytest.fixture(scope="module")
def vectors(shared: Path) -> dict:
    text = (shared / "reference/forecast/metrics_check.json").read_text(encoding="utf-8")
    return json.loads(text)


def test_point_scores_are_those_of_the_check_vectors(vectors: dict) -> None:
    given = (np.array(vectors[name]) for name in ("y", "p", "last"))
    assert scores.point_scores(*given) == pytest.approx(vectors["point"], rel=1e-9)


def test_interval_scores_are_those_of_the_check_vectors(vectors: dict) -> None:
    quantiles = {name: np.array(values) for name, values in vectors["quantiles"].items()}
    found = scores.interval_scores(np.array(vectors["y"]), quantiles)
    assert found == pytest.approx(vectors["interval"], rel=1e-9)


def test_crps_is_that_of_the_check_vectors(vectors: dict) -> None:
    found = scores.crps(np.array(vectors["y"]), np.array(vectors["samples"]))
    assert found == pytest.approx(vectors["crps"], rel=1e-9)


def test_persistence_has_no_skill_and_truth_has_all() -> None:
    truth, last = np.array([3.0, 0.0, 10.0]), np.array([1.0, 2.0, 10.0])
    still = scores.point_scores(truth, last, last)
    perfect = scores.point_scores(truth, truth, last)
    assert still["skillMAE"] == still["R2chg"] == still["R2logchg"] == 0.0
    assert perfect["skillMAE"] == perfect["CPC"] == 1.0
    assert still["MAE"] == pytest.approx(4 / 3)


def test_crps_of_a_single_sample_is_its_absolute_error() -> None:
    assert scores.crps(np.array([4.0, -1.0]), np.array([[1.0], [1.0]])) == pytest.approx(2.5)


def test_coverage_counts_the_ends_and_sees_crossed_ones() -> None:
    truth = np.array([1.0, 5.0])
    ends = {"q2.5": [0, 6], "q10": [1, 6], "q50": [2, 5], "q90": [3, 7], "q97.5": [4, 8]}
    found = scores.interval_scores(truth, {name: np.array(v, float) for name, v in ends.items()})
    assert (found["cov80"], found["cov95"], found["crossed"]) == (0.5, 0.5, 0.5)
    assert found["IS95"] == pytest.approx((4 + 2 + 40 * 1) / 2)
