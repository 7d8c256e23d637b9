"""Flows by age: published tables by age, taken apart and put together again; survival; cohorts."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from corridors.baseline import periods
from corridors.cards import flow_ages
from corridors.cards import flows as cards
from corridors.errors import InputError
from corridors.flows.ages import (
    FAMILIES,
    fit_rogers_castro,
    rogers_castro,
    shift_cohorts,
    spread_over_ages,
    spread_with_cohorts,
)
from corridors.people.demography import deaths_by_sex, survival_ratios

MIDDLE = 2.5


def by_age(shared: Path, dataset: str, year: int, sex: str) -> tuple[np.ndarray, np.ndarray]:
    """Published flows (o, d, age) and the first ages of the groups."""
    file = shared / "data" / "population" / "internal_migration_od.parquet"
    where = f"dataset = '{dataset}' AND year = {year} AND sex = '{sex}'"
    rows = duckdb.sql(f"FROM '{file}' WHERE {where}").df()
    ages = rows["age_group"].str.extract(r"(\d+)")[0].astype(int).rename("age")
    wide = rows.groupby(["origin", "destination", ages])["flow"].sum()
    names, firsts = sorted(set(rows["origin"])), sorted(set(ages))
    full = pd.MultiIndex.from_product([names, names, firsts])
    values = wide.reindex(full, fill_value=0).to_numpy(dtype=float)
    return values.reshape(len(names), len(names), len(firsts)), np.array(firsts, dtype=float)


def misplaced(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Share of movers who would have to change their age or pair."""
    return float(np.abs(ours - theirs).sum() / 2.0 / theirs.sum())


@pytest.mark.parametrize("year", range(1970, 2005, 5))
def test_italy_by_age_is_nearer_with_cohorts_than_by_a_schedule_alone(
    shared: Path, year: int
) -> None:
    theirs, ages = by_age(shared, "istat_macro_area", year, "T")
    fit = fit_rogers_castro(ages + MIDDLE, theirs.sum(axis=(0, 1)))
    assert fit["explained"] > 0.98
    schedule = rogers_castro(ages + MIDDLE, **fit.drop("explained"))
    net = theirs.sum(axis=0) - theirs.sum(axis=1)
    alone, _ = spread_over_ages(theirs.sum(axis=2), schedule)
    held, missed = spread_over_ages(theirs.sum(axis=2), schedule, net)
    assert np.abs(missed).max() < 1e-6
    np.testing.assert_allclose(held.sum(axis=0) - held.sum(axis=1), net, atol=1e-6)
    np.testing.assert_allclose(held.sum(axis=2), theirs.sum(axis=2), rtol=1e-12)
    assert misplaced(held, theirs) < 0.08 < misplaced(alone, theirs)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_the_united_kingdom_in_2011_by_sex_and_age(shared: Path, sex: str) -> None:
    theirs, _ = by_age(shared, "census_2011_region", 2011, sex)
    schedule, net = theirs.sum(axis=(0, 1)), theirs.sum(axis=0) - theirs.sum(axis=1)
    alone, _ = spread_over_ages(theirs.sum(axis=2), schedule)
    held, missed = spread_over_ages(theirs.sum(axis=2), schedule, net)
    assert np.abs(missed).max() < 1e-6
    assert misplaced(held, theirs) < 0.045 < misplaced(alone, theirs)


def test_the_curve_fits_the_profile_of_brazil_in_2000(shared: Path) -> None:
    """From 5 years on: the census asked where people lived five years before."""
    file = shared / "reference" / "flows" / "indexage_01_bra2000" / "in_data.csv"
    rows = pd.read_csv(file).query("age >= 5")
    ages, rates = rows["age"].to_numpy(dtype=float), rows["mi"].to_numpy()
    fit = fit_rogers_castro(ages, rates)
    curve = rogers_castro(ages, **fit.drop("explained"))
    assert fit["explained"] > 0.94
    assert abs(ages[curve.argmax()] - 24.0) <= 1.0
    assert curve.sum() == pytest.approx(rates.sum(), rel=1e-3)


def test_a_curve_is_fitted_back_to_its_parameters() -> None:
    ages = np.arange(80.0)
    fit = fit_rogers_castro(ages, rogers_castro(ages, **FAMILIES["standard"]))
    for name, value in FAMILIES["standard"].items():
        assert fit[name] == pytest.approx(value, rel=1e-4), name


def test_of_a_constant_rate_the_same_part_lives_on() -> None:
    m = 0.02
    ratios = survival_ratios(np.full(22, m))
    np.testing.assert_allclose(ratios[2:-2], np.exp(-5.0 * m), rtol=1e-12)
    np.testing.assert_allclose(ratios[-2:], np.exp(-5.0 * m), rtol=1e-12)
    # By hand: d = m L, L = l1 + 0.2 d of the first year, 4 l5 + 1.5 d of the next four.
    first = 1.0 / (1.0 + 0.8 * m)
    l1 = 1.0 - m * first
    next_four = 4.0 * l1 / (1.0 + 2.5 * m)
    assert ratios[0] == pytest.approx((first + next_four) / 5.0, rel=1e-12)


def test_deaths_are_rates_times_people() -> None:
    deaths = deaths_by_sex(
        np.array([[0.1, 0.02, 0.01], [0.0, 0.0, 0.5]]),
        np.array([[500.0, 1000.0], [500.0, 10.0]]),
        np.array([108.0, 100.0]),
    )
    # 108 / (1 + 0.8 x 0.1) = 100 infants: 10 + 0.02 x 400 + 0.01 x 1000.
    np.testing.assert_allclose(deaths, [28.0, 5.0])


def test_cohorts_are_shifted_by_their_size_and_to_both_sums() -> None:
    residuals = np.array([[10.0, 4.0], [-6.0, -3.0], [-1.0, 2.0]])
    net = np.array([12.0, -11.0, -1.0])
    shifted = shift_cohorts(residuals, net)
    np.testing.assert_allclose(shifted.sum(axis=1), net, atol=1e-9)
    np.testing.assert_allclose(shifted.sum(axis=0), 0.0, atol=1e-9)


def test_cohorts_beyond_what_flows_hold_are_kept_in_part() -> None:
    flows = np.array([[0.0, 50.0, 20.0], [40.0, 0.0, 30.0], [25.0, 35.0, 0.0]])
    residuals = np.array([[900.0, -905.0], [-890.0, 900.0], [-10.0, 5.0]])
    fitted = spread_with_cohorts(flows, np.array([2.0, 1.0]), residuals)
    assert np.abs(fitted.missed).max() < 1e-6
    assert (fitted.kept[:2] < 0.1).all() and (fitted.by_age >= 0.0).all()
    np.testing.assert_allclose(fitted.by_age.sum(axis=2), flows, rtol=1e-12)
    assert fitted.net[0, 0] > 0.0 > fitted.net[1, 0]


@pytest.mark.slow
@pytest.mark.parametrize("period", ["2010-2015", "1990-1995"])
def test_the_world_by_age_closes_every_cohort_to_a_millionth_of_a_person(period: str) -> None:
    rows, shifts = flow_ages.by_age(period, "da_pb_closed")
    assert shifts["missed"].max() < 1e-5
    flows = rows.groupby(["origin", "destination"])["flow"].sum()
    both = cards.moved(period, "da_pb_closed").set_index(["origin", "destination"])["persons"]
    np.testing.assert_allclose(flows.reindex(both.index), both, rtol=1e-9, atol=1e-6)


def test_a_period_that_ages_do_not_cover_is_refused() -> None:
    with pytest.raises(InputError, match="not five years from a count"):
        periods.cohort_residuals("2020-2024", "female")
