"""Laws of forecasts: no leak of the future, and nothing hangs on labels, order or the unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.errors import InputError
from corridors.forecast import scores, table
from corridors.forecast.data import from_frame
from corridors.forecast.models import Replay

FIGURES = ["mean", "median", "lower_80", "upper_80", "lower_95", "upper_95"]


def world(seed: int, areas: int = 6, times: int = 5) -> pd.DataFrame:
    """Sparse pairs that grow and shrink, whole persons."""
    generator = np.random.default_rng(seed)
    names = [f"n{number:02d}" for number in range(areas)]
    rows = []
    for origin in names:
        for destination in names:
            persons = generator.lognormal(6, 2)
            for time in range(2000, 2000 + times):
                persons *= generator.lognormal(0.02, 0.2)
                if origin != destination and generator.random() > 0.2:
                    rows.append((origin, destination, time, float(round(persons))))
    return pd.DataFrame(rows, columns=["origin", "destination", "time", "value"])


def nets(seed: int, areas: int = 6, times: int = 30) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    rows = [
        (f"n{area}", 1990 + time, float(round(generator.normal() * 1e4)), 1e6 * (1 + area))
        for area in range(areas)
        for time in range(times)
    ]
    return pd.DataFrame(rows, columns=["area", "time", "value", "population"])


def asked(kind: str) -> dict:
    if kind == "net":
        return {"kind": kind, "known_until": 2019, "horizons": [2022], "draws": 50}
    return {"kind": kind, "known_until": 2004, "horizons": [2005]}


def made(kind: str, seed: int) -> pd.DataFrame:
    return nets(seed) if kind == "net" else world(seed)


kinds = pytest.mark.parametrize(
    "kind",
    [
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("stocks", "flows", "net")),
        "arrivals",
    ],
)


@kinds
@settings(max_examples=2)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(kind: str, seed: int) -> None:
    frame = made(kind, seed)
    mixed = frame.sample(frac=1.0, random_state=seed)
    pd.testing.assert_frame_equal(table(frame, **asked(kind)), table(mixed, **asked(kind)))


@kinds
@settings(max_examples=2)
@given(seed=st.integers(0, 1000))
def test_labels_change_nothing(kind: str, seed: int) -> None:
    frame = made(kind, seed)
    ends = ["area"] if kind == "net" else ["origin", "destination"]
    names = sorted(set(frame[ends].to_numpy().ravel()))
    masked = dict(zip(names, np.random.default_rng(seed).permutation(names) + "z", strict=True))
    other = frame.assign(**{end: frame[end].map(masked) for end in ends})
    before = table(frame, **asked(kind))
    before = before.assign(**{end: before[end].map(masked) for end in ends})
    before = before.sort_values(ends, ignore_index=True)
    pd.testing.assert_frame_equal(before, table(other, **asked(kind)))


@kinds
@settings(max_examples=2)
@given(seed=st.integers(0, 1000))
def test_twice_the_persons_give_twice_the_forecast(kind: str, seed: int) -> None:
    frame = made(kind, seed)
    people = [name for name in ("value", "population") if name in frame]
    double = frame.assign(**{name: 2 * frame[name] for name in people})
    once, twice = table(frame, **asked(kind)), table(double, **asked(kind))
    np.testing.assert_allclose(twice[FIGURES], 2 * once[FIGURES], rtol=1e-9)


@kinds
@settings(max_examples=3)
@given(seed=st.integers(0, 1000))
def test_ends_never_cross_and_persons_are_not_negative(kind: str, seed: int) -> None:
    found = table(made(kind, seed), **asked(kind))
    ends = found[["lower_95", "lower_80", "median", "upper_80", "upper_95"]].to_numpy()
    assert (np.diff(ends, axis=1) >= 0).all()
    assert kind == "net" or (found[FIGURES] >= 0).all().all()


@kinds
def test_a_row_of_the_future_is_refused(kind: str) -> None:
    frame = made(kind, 1)
    question = asked(kind) | {"known_until": int(frame["time"].max()) - 1}
    with pytest.raises(InputError, match="dated after"):
        table(frame, **question)


def test_areas_of_the_future_change_nothing() -> None:
    frame, generator = world(3), np.random.default_rng(3)
    rows = [
        (f"n{area:02d}", time, 1e6 * (1 + area), generator.normal() * 1e3)
        for area in range(6)
        for time in range(1995, 2010)
    ]
    areas = pd.DataFrame(rows, columns=["area", "time", "population", "net_migration"])
    past = areas[areas["time"] <= 2004]
    rewritten = areas.assign(net_migration=areas["net_migration"].where(areas["time"] <= 2004, 9e9))
    for other in (areas, rewritten):
        pd.testing.assert_frame_equal(
            table(frame, areas=past, **asked("stocks")),
            table(frame, areas=other, **asked("stocks")),
        )


@pytest.mark.slow
@settings(max_examples=3)
@given(seed=st.integers(0, 1000))
def test_a_replay_sees_nothing_after_its_origin(seed: int) -> None:
    frame = world(seed, times=8)
    changed = frame.assign(value=frame["value"].where(frame["time"] <= 2004, 123.0))
    medians = []
    for each in (frame, changed):
        panel = from_frame(each, "flows", 2007)[0]
        found = panel.frame().assign(median=Replay(panel).forecast(2004, 1).median)
        medians.append(found.sort_values(["origin", "destination"], ignore_index=True))
    pd.testing.assert_frame_equal(*medians)


@settings(max_examples=30)
@given(
    truth=st.lists(st.integers(0, 10**6), min_size=1, max_size=20),
    factor=st.sampled_from([2.0, 10.0]),
)
def test_skill_does_not_know_the_unit(truth: list[int], factor: float) -> None:
    came = np.array(truth, float)
    said, last = came * 1.1 + 1, came[::-1] + 5.0
    once = scores.point_scores(came, said, last)
    more = scores.point_scores(factor * came, factor * said, factor * last)
    for name in ("skillMAE", "R2chg", "CPC", "total_err_pct"):
        assert more[name] == pytest.approx(once[name], nan_ok=True)
