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
from corridors.baseline.years import WorldYears
from corridors.errors import InputError
from corridors.projection import Projection, foresight, project, returning
from corridors.projection.returning import CorridorYear, Preferences, UsedCorridors, Values
from corridors.world import Result

Array = np.ndarray
seeds = st.integers(0, 10**6)

WORLD = WorldYears.of(2020)


# --- random small worlds -------------------------------------------------------------------------


def small(
    seed: int, *, forced: bool
) -> tuple[UsedCorridors, list[CorridorYear], Array, Preferences]:
    """Three areas, all corridors, two statuses, five years; all return by choice now and then."""
    luck = np.random.default_rng(seed)
    birthplace, residence = np.nonzero(~np.eye(3, dtype=bool))
    used, years = UsedCorridors(birthplace, residence, 3), []
    shape = (6, 2)
    sent = luck.uniform(0.0, 0.2, shape) if forced else np.zeros(shape)
    change = luck.uniform(0.0, 0.2, (*shape, 2)) if forced else np.zeros((*shape, 2))
    change[:, [0, 1], [0, 1]] = 0.0
    back = luck.uniform(0.01, 0.4, shape)
    for _ in range(5):
        years.append(
            CorridorYear(
                leave=luck.uniform(0.0, 0.2, shape),
                odds=np.exp(luck.normal(0.0, 0.5, shape)),
                back=back,
                sent=sent,
                change=change,
                loss=np.zeros(shape),
            )
        )
    gain = luck.normal(0.0, 0.1, (5, 3))
    return used, years, gain, Preferences(luck.uniform(0.5, 0.97), luck.uniform(0.5, 3.0))


def in_one_matrix(
    used: UsedCorridors, years: list[CorridorYear], gain: Array, preferences: Preferences
) -> list[Values]:
    """The same by the kernel that lets everybody go everywhere, a birthplace at a time."""
    by_year = [
        Values(np.empty(3), np.empty((6, 2)), np.empty((6, 2)), np.empty((6, 2))) for _ in years
    ]
    for b in range(3):
        ours = used.birthplace == b
        size = 1 + 2 * ours.sum()
        moves, cost = np.zeros((5, size, size)), np.zeros((5, size, size))
        pay = np.empty((5, size))
        for t, year in enumerate(years):
            moves[t, 0, 1:] = year.leave[ours].ravel()
            moves[t, 0, 0] = 1.0 - moves[t, 0, 1:].sum()
            moves[t, np.arange(1, size), 0] = year.back[ours].ravel()
            moves[t, np.arange(1, size), np.arange(1, size)] = 1.0 - year.back[ours].ravel()
            cost[t, 0, 1:] = -preferences.spread * np.log(year.odds[ours].ravel())
            pay[t] = [gain[t, b], *np.repeat(gain[t, used.residence[ours]], 2)]
        values, shares = foresight.values_and_moves_in_changes(
            pay, moves, cost, patience=preferences.patience, spread=preferences.spread
        )
        for t in range(5):
            by_year[t].home[b] = values[t, 0]
            by_year[t].abroad[ours] = values[t, 1:].reshape(-1, 2)
            by_year[t].leave[ours] = shares[t, 0, 1:].reshape(-1, 2)
            by_year[t].back[ours] = shares[t, 1:, 0].reshape(-1, 2)
    return by_year


@given(seeds)
def test_where_everything_is_chosen_both_kernels_agree(seed: int) -> None:
    used, years, gain, preferences = small(seed, forced=False)
    expected = in_one_matrix(used, years, gain, preferences)
    values = returning.values_by_year(years, gain, used, preferences)
    for thinned, other in zip(values, expected, strict=True):
        for name in ("home", "abroad", "leave", "back"):
            np.testing.assert_allclose(
                getattr(thinned, name), getattr(other, name), rtol=1e-9, atol=1e-11
            )


def in_levels(
    stay: Array, kappa: Array, pay: Array, sent: Array, change: Array, preferences: Preferences
) -> tuple[float, Array, Array, Array]:
    """V at home and abroad (k,), shares who leave and who return, when every year is the same.

    One birthplace, one residence with statuses k; going home costs nothing.
    """
    beta, nu = preferences.patience, preferences.spread
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
    preferences = Preferences(luck.uniform(0.5, 0.9), luck.uniform(0.5, 3.0))
    kappa, pay = luck.uniform(0.0, 4.0, 2), luck.uniform(-0.5, 1.0, 2)
    sent, change = luck.uniform(0.0, 0.2, 2), luck.uniform(0.0, 0.2, (2, 2))
    change[[0, 1], [0, 1]] = 0.0
    more_sent, more_change = luck.uniform(0.0, 0.2, 2), luck.uniform(0.0, 0.2, (2, 2))
    more_change[[0, 1], [0, 1]] = 0.0
    known = in_levels(np.zeros(()), kappa, pay, sent, change, preferences)
    then = in_levels(np.zeros(()), kappa, pay, sent + more_sent, change + more_change, preferences)
    back = known[3][None]
    year = CorridorYear(
        leave=known[2][None],
        odds=np.ones((1, 2)),
        back=back,
        sent=(sent + more_sent)[None],
        change=(change + more_change)[None],
        loss=returning.loss(back, more_sent[None], more_change[None], preferences),
    )
    used = UsedCorridors(np.array([0]), np.array([1]), 2)
    values = returning.values_by_year([year], np.zeros((1, 2)), used, preferences)[0]
    np.testing.assert_allclose(values.home[0], then[0] - known[0], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(values.abroad[0], then[1] - known[1], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(values.leave[0], then[2], rtol=1e-7)
    np.testing.assert_allclose(values.back[0], then[3], rtol=1e-7)


@given(seeds)
def test_without_a_change_nothing_changes(seed: int) -> None:
    used, years, gain, preferences = small(seed, forced=True)
    same = [replace(year, odds=np.ones_like(year.odds)) for year in years]
    values = returning.values_by_year(same, 0.0 * gain, used, preferences)
    for year, value in zip(same, values, strict=True):
        np.testing.assert_allclose(value.home, 0.0, atol=1e-12)
        np.testing.assert_allclose(value.abroad, 0.0, atol=1e-12)
        np.testing.assert_allclose(value.leave, year.leave, rtol=1e-12)
        np.testing.assert_allclose(value.back, year.back, rtol=1e-12)


# --- the real world ------------------------------------------------------------------------------

LAST = 2030
IN_USA = {"residence": "USA", "status": "irregular"}


@functools.cache
def projected(
    *, removal: float | None = None, ahead: bool = True, announced: int | None = None
) -> Projection:
    policy = {}
    if removal is not None:
        policy["removal"] = xr.DataArray([removal], {"residence": ["USA"]}, ["residence"])
    return project(
        world=WORLD, last=LAST, policy=policy, since=2026, foresight=ahead, announced=announced
    )


def irregular(projection: Projection, year: int) -> float:
    return float(projection.persons.sel(year=year, **IN_USA).sum())


@pytest.mark.slow
def test_without_a_policy_who_looks_ahead_does_as_by_rates() -> None:
    np.testing.assert_allclose(projected().persons, projected(ahead=False).persons, rtol=1e-12)


@pytest.mark.slow
def test_expected_pay_is_the_pay_that_comes() -> None:
    projection = projected(removal=0.1)
    assert projection.solved is not None
    residual, evaluations = projection.solved
    assert residual <= 1e-10 and evaluations <= 30
    total = projection.persons.sum(["birthplace", "residence", "status"])
    natural = (projection.events.births - projection.events.deaths).sum("area")
    np.testing.assert_allclose(np.diff(total), natural, rtol=1e-12 * float(total[0] / natural[0]))


@pytest.mark.slow
def test_who_looks_ahead_leaves_before_the_removals_come() -> None:
    blind, told = projected(removal=0.1, ahead=False), projected(removal=0.1, announced=2024)
    late = projected(removal=0.1)
    assert irregular(told, 2024) == pytest.approx(irregular(blind, 2024), rel=1e-12)
    assert irregular(late, 2026) == pytest.approx(irregular(blind, 2026), rel=1e-12)
    assert irregular(told, 2026) < 0.95 * irregular(late, 2026)
    # Fear adds to force: more leave, and fewer come, than are removed.
    assert irregular(late, LAST) < 0.9 * irregular(blind, LAST)


def test_what_foresight_cannot_value_is_refused() -> None:
    with pytest.raises(InputError, match="cannot value") as refused:
        project(world=WORLD, last=2025, policy={"tied_term": 2.0, "overstay": 0.1}, foresight=True)
    assert len(refused.value.problems) == 2
    with pytest.raises(InputError, match="announced"):
        project(world=WORLD, last=2025, since=2022, announced=2023, foresight=True)


# --- a study of years ----------------------------------------------------------------------------

TEXT = """
title = "T"
question = "Q?"
world = 2020
answer = "projection"
focus = ["USA"]
[projection]
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


@pytest.mark.slow
def test_residents_change_by_births_deaths_and_moves(answered: Result) -> None:
    rows = answered["areas"].sort_values(["policy", "area", "year"])
    natural = rows["births"] - rows["deaths"] + rows["arrivals"] - rows["departures"]
    then = rows.groupby(["policy", "area"])["persons"].shift(-1)
    known = then.notna()
    np.testing.assert_allclose((rows["persons"] + natural)[known], then[known], rtol=1e-9)
    assert rows["arrivals"].isna().eq(rows["year"] == 2028).all()


@pytest.mark.slow
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
    # Departures hold the foreign-born who go back, whom no odds of leaving touch.
    natives = float(project(world=WORLD, last=2023).events.left.sel(area="SDN", year=2022))
    more = rows["departures"]["flight and papers", "SDN", 2022]
    more -= rows["departures"]["without a policy", "SDN", 2022]
    assert more == pytest.approx(2.0 * natives, rel=0.05)


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
    asked["projection"] = {"until": 2028, "since": 2028, "announced": 2021}
    with pytest.raises(InputError) as refused:
        study.check("asked", asked)
    where = {problem.where for problem in refused.value.problems}
    keys = ("capital", "statuses", "projection.since", "projection.announced")
    assert where == {f"asked: {key}" for key in keys}
    with pytest.raises(InputError, match="asked: projection"):
        study.check("asked", {**tomllib.loads(TEXT), "answer": "equilibrium"})


# --- places that somebody gives ------------------------------------------------------------------


@given(seeds)
def test_no_more_leave_for_places_that_are_given_and_the_others_share_the_rest(seed: int) -> None:
    used, years, gain, preferences = small(seed, forced=False)
    most = np.full((6, 2), np.inf)
    most[:, 1] = 1.0
    held = [replace(year, most=most) for year in years]
    free = returning.values_by_year(years, gain, used, preferences)
    bound = returning.values_by_year(held, gain, used, preferences)
    for year, before, after in zip(years, free, bound, strict=True):
        assert (after.leave[:, 1] <= year.leave[:, 1] * (1.0 + 1e-9)).all()
        staying = 1.0 - used.by_birthplace(after.leave)
        assert (staying > 0.0).all()
        # What may not be had makes nobody better off.
        assert (after.home <= before.home + 1e-9).all()
    if all(
        (value.leave[:, 1] <= year.leave[:, 1]).all()
        for year, value in zip(years, free, strict=True)
    ):
        np.testing.assert_allclose(bound[0].leave, free[0].leave, rtol=1e-9)
