"""Laws of people who look ahead in the real world: home and many ways out, abroad and one back."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from corridors import study
from corridors.errors import InputError
from corridors.projection import Path, foresight, project, returning
from corridors.projection.returning import Taste, Values, Ways, Year
from corridors.world import Result

Array = np.ndarray
seeds = st.integers(0, 10**6)


# --- random small worlds -------------------------------------------------------------------------


def small(seed: int, *, forced: bool) -> tuple[Ways, list[Year], Array, Taste]:
    """Three areas, all corridors, two statuses, five years; all return by choice now and then."""
    luck = np.random.default_rng(seed)
    birthplace, residence = np.nonzero(~np.eye(3, dtype=bool))
    ways, years = Ways(birthplace, residence, 3), []
    shape = (6, 2)
    sent = luck.uniform(0.0, 0.2, shape) if forced else np.zeros(shape)
    change = luck.uniform(0.0, 0.2, (*shape, 2)) if forced else np.zeros((*shape, 2))
    change[:, [0, 1], [0, 1]] = 0.0
    back = luck.uniform(0.01, 0.4, shape)
    for _ in range(5):
        years.append(
            Year(
                leave=luck.uniform(0.0, 0.2, shape),
                odds=np.exp(luck.normal(0.0, 0.5, shape)),
                back=back,
                sent=sent,
                change=change,
                loss=np.zeros(shape),
            )
        )
    gain = luck.normal(0.0, 0.1, (5, 3))
    return ways, years, gain, Taste(luck.uniform(0.5, 0.97), luck.uniform(0.5, 3.0))


def in_one_matrix(ways: Ways, years: list[Year], gain: Array, taste: Taste) -> list[Values]:
    """The same by the kernel that lets everybody go everywhere, a birthplace at a time."""
    found = [
        Values(np.empty(3), np.empty((6, 2)), np.empty((6, 2)), np.empty((6, 2))) for _ in years
    ]
    for b in range(3):
        own = ways.birthplace == b
        size = 1 + 2 * own.sum()
        moves, cost = np.zeros((5, size, size)), np.zeros((5, size, size))
        pay = np.empty((5, size))
        for t, year in enumerate(years):
            moves[t, 0, 1:] = year.leave[own].ravel()
            moves[t, 0, 0] = 1.0 - moves[t, 0, 1:].sum()
            moves[t, np.arange(1, size), 0] = year.back[own].ravel()
            moves[t, np.arange(1, size), np.arange(1, size)] = 1.0 - year.back[own].ravel()
            cost[t, 0, 1:] = -taste.spread * np.log(year.odds[own].ravel())
            pay[t] = [gain[t, b], *np.repeat(gain[t, ways.residence[own]], 2)]
        values, shares = foresight.choose_in_changes(
            pay, moves, cost, patience=taste.patience, spread=taste.spread
        )
        for t in range(5):
            found[t].home[b] = values[t, 0]
            found[t].abroad[own] = values[t, 1:].reshape(-1, 2)
            found[t].leave[own] = shares[t, 0, 1:].reshape(-1, 2)
            found[t].back[own] = shares[t, 1:, 0].reshape(-1, 2)
    return found


@given(seeds)
def test_where_everything_is_chosen_both_kernels_agree(seed: int) -> None:
    ways, years, gain, taste = small(seed, forced=False)
    expected = in_one_matrix(ways, years, gain, taste)
    for one, other in zip(returning.look_back(years, gain, ways, taste), expected, strict=True):
        for name in ("home", "abroad", "leave", "back"):
            np.testing.assert_allclose(
                getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-11
            )


def in_levels(
    stay: Array, kappa: Array, pay: Array, sent: Array, change: Array, taste: Taste
) -> tuple[float, Array, Array, Array]:
    """V at home and abroad (k,), shares who leave and who return, when every year is the same.

    One birthplace, one residence with statuses k; going home costs nothing.
    """
    beta, nu = taste.patience, taste.spread
    home, abroad = 0.0, np.zeros(len(kappa))
    for _ in range(400):  # a patience of 0.9 leaves 5e-19 of the first guess
        choice = np.exp(beta * home / nu) + np.exp(beta * abroad / nu)
        free = 1.0 - sent - change.sum(axis=-1)
        leave = np.exp((beta * abroad - kappa) / nu)
        total = np.exp(beta * home / nu) + leave.sum()
        new = pay + free * nu * np.log(choice) + beta * (sent * home + change @ abroad)
        home, abroad = stay + nu * np.log(total), new
    return home, abroad, leave / total, np.exp(beta * home / nu) / choice


@given(seeds)
def test_what_nobody_chooses_costs_what_it_costs_in_levels(seed: int) -> None:
    """More removals and changes of status, read from the shares of the known world alone."""
    luck = np.random.default_rng(seed)
    taste = Taste(luck.uniform(0.5, 0.9), luck.uniform(0.5, 3.0))
    kappa, pay = luck.uniform(0.0, 4.0, 2), luck.uniform(-0.5, 1.0, 2)
    sent, change = luck.uniform(0.0, 0.2, 2), luck.uniform(0.0, 0.2, (2, 2))
    change[[0, 1], [0, 1]] = 0.0
    more_sent, more_change = luck.uniform(0.0, 0.2, 2), luck.uniform(0.0, 0.2, (2, 2))
    more_change[[0, 1], [0, 1]] = 0.0
    known = in_levels(np.zeros(()), kappa, pay, sent, change, taste)
    then = in_levels(np.zeros(()), kappa, pay, sent + more_sent, change + more_change, taste)
    back = known[3][None]
    year = Year(
        leave=known[2][None],
        odds=np.ones((1, 2)),
        back=back,
        sent=(sent + more_sent)[None],
        change=(change + more_change)[None],
        loss=returning.loss(back, more_sent[None], more_change[None], taste),
    )
    ways = Ways(np.array([0]), np.array([1]), 2)
    found = returning.look_back([year], np.zeros((1, 2)), ways, taste)[0]
    np.testing.assert_allclose(found.home[0], then[0] - known[0], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.abroad[0], then[1] - known[1], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.leave[0], then[2], rtol=1e-7)
    np.testing.assert_allclose(found.back[0], then[3], rtol=1e-7)


@given(seeds)
def test_without_a_change_nothing_changes(seed: int) -> None:
    ways, years, gain, taste = small(seed, forced=True)
    same = [replace(one, odds=np.ones_like(one.odds)) for one in years]
    for year, one in zip(same, returning.look_back(same, 0.0 * gain, ways, taste), strict=True):
        np.testing.assert_allclose(one.home, 0.0, atol=1e-12)
        np.testing.assert_allclose(one.abroad, 0.0, atol=1e-12)
        np.testing.assert_allclose(one.leave, year.leave, rtol=1e-12)
        np.testing.assert_allclose(one.back, year.back, rtol=1e-12)


# --- the real world ------------------------------------------------------------------------------

LAST = 2030
IN_USA = {"residence": "USA", "status": "irregular"}


@functools.cache
def path(*, removal: float | None = None, ahead: bool = True, announced: int | None = None) -> Path:
    policy = {}
    if removal is not None:
        policy["removal"] = xr.DataArray([removal], {"residence": ["USA"]}, ["residence"])
    return project(last=LAST, policy=policy, since=2026, foresight=ahead, announced=announced)


def irregular(found: Path, year: int) -> float:
    return float(found.persons.sel(year=year, **IN_USA).sum())


def test_without_a_policy_who_looks_ahead_does_as_by_rates() -> None:
    np.testing.assert_allclose(path().persons, path(ahead=False).persons, rtol=1e-12)


def test_expected_pay_is_the_pay_that_comes() -> None:
    found = path(removal=0.1)
    assert found.solved is not None
    residual, evaluations = found.solved
    assert residual <= 1e-10 and evaluations <= 30
    total = found.persons.sum(["birthplace", "residence", "status"])
    natural = (found.events.births - found.events.deaths).sum("area")
    np.testing.assert_allclose(np.diff(total), natural, rtol=1e-12 * float(total[0] / natural[0]))


def test_who_looks_ahead_leaves_before_the_removals_come() -> None:
    blind, told = path(removal=0.1, ahead=False), path(removal=0.1, announced=2024)
    late = path(removal=0.1)
    assert irregular(told, 2024) == pytest.approx(irregular(blind, 2024), rel=1e-12)
    assert irregular(late, 2026) == pytest.approx(irregular(blind, 2026), rel=1e-12)
    assert irregular(told, 2026) < 0.95 * irregular(late, 2026)
    # Fear adds to force: more leave, and fewer come, than are removed.
    assert irregular(late, LAST) < 0.9 * irregular(blind, LAST)


def test_what_foresight_cannot_value_is_refused() -> None:
    with pytest.raises(InputError, match="cannot value") as refused:
        project(last=2025, policy={"tied_term": 2.0, "overstay": 0.1}, foresight=True)
    assert len(refused.value.problems) == 2
    with pytest.raises(InputError, match="announced"):
        project(last=2025, since=2022, announced=2023, foresight=True)


# --- a study of years ----------------------------------------------------------------------------

TEXT = """
title = "T"
question = "Q?"
answer = "path"
focus = ["USA"]
[path]
until = 2028
since = 2022
[[policy]]
name = "removals"
levers = [{ deportation = { hazard = 0.1, residence = "USA" } }]
[[policy]]
name = "flight and papers"
levers = [
  { displacement = { odds = 3.0, birthplace = "SDN" } },
  { regularisation = { residence = "ITA" } },
]
"""


@pytest.fixture(scope="module")
def answered() -> Result:
    return study.run(study.check("asked", tomllib.loads(TEXT)))


def test_residents_change_by_births_deaths_and_moves(answered: Result) -> None:
    rows = answered["areas"].sort_values(["policy", "area", "year"])
    natural = rows["births"] - rows["deaths"] + rows["arrivals"] - rows["departures"]
    then = rows.groupby(["policy", "area"])["persons"].shift(-1)
    known = then.notna()
    np.testing.assert_allclose((rows["persons"] + natural)[known], then[known], rtol=1e-9)
    assert rows["arrivals"].isna().eq(rows["year"] == 2028).all()


def test_levers_mean_what_they_say_year_by_year(answered: Result) -> None:
    rows = answered["areas"].set_index(["policy", "area", "year"])
    removed = rows["removed"]
    # (A few come from areas too small for an economy.)
    assert removed["removals", "USA", 2022] == pytest.approx(
        removed["without a policy", "USA", 2022] * 0.1 / 0.0138, rel=5e-3
    )
    people = answered["statuses"].set_index(["policy", "area", "status", "year"])["persons"]
    at = ("ITA", "irregular", 2023)
    assert people["flight and papers", *at] < 0.25 * people["without a policy", *at]
    before = ("SDN", 2022)
    assert (
        rows["abroad"]["flight and papers", *before] == rows["abroad"]["without a policy", *before]
    )
    left = rows["departures"]["flight and papers", "SDN", 2022]
    assert left > 2.5 * rows["departures"]["without a policy", "SDN", 2022]


def test_what_has_no_meaning_year_by_year_is_named() -> None:
    for lever in ("remittance_cost = {}", "quota = {}", 'deportation = { skill = "high" }'):
        asked = tomllib.loads(TEXT)
        name, _, fields = lever.partition(" = ")
        asked["policy"][0]["levers"] = [{name: tomllib.loads(f"x = {fields}")["x"]}]
        with pytest.raises(InputError, match="year by year") as refused:
            study.plan(study.check("asked", asked))
        assert name in str(refused.value)


def test_keys_of_the_other_answer_are_refused() -> None:
    asked = {**tomllib.loads(TEXT), "capital": ["mobile"], "statuses": True}
    asked["path"] = {"until": 2028, "since": 2028, "announced": 2021}
    with pytest.raises(InputError) as refused:
        study.check("asked", asked)
    where = {one.where for one in refused.value.problems}
    keys = ("capital", "statuses", "path.since", "path.announced")
    assert where == {f"asked: {one}" for one in keys}
    with pytest.raises(InputError, match="asked: path"):
        study.check("asked", {**tomllib.loads(TEXT), "answer": "equilibrium"})
