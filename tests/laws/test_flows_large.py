"""Laws of flows between many areas: the list of cells with people says what whole tables say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.baseline.periods import observe
from corridors.errors import CorridorsError, InputError
from corridors.flows import cells, matrices
from corridors.flows.accounting import Assumptions
from corridors.flows.cells import Every, Listed, cells_of
from corridors.flows.methods import METHODS, Estimate, flows_of, world_flows
from laws.test_flows import System

few = settings(max_examples=60, deadline=None)
ACCOUNTS = sorted(name for name, method in METHODS.items() if method.system)
CHOICES = {
    "births": ("native", "proportional"),
    "deaths": ("proportional", "fitted"),
    "closure": ("before", "after"),
    "outside": ("same end", "other end"),
}
assumed = st.builds(
    Assumptions, **{name: st.sampled_from(choices) for name, choices in CHOICES.items()}
)


@contextmanager
def listed() -> Iterator[None]:
    """However small and full the tables are, their cells are listed."""
    with patch.object(cells, "LARGE", 0), patch.object(cells, "CHEAP", np.inf):
        yield


def thinned(system: System, share: float, seed: int) -> System:
    """The same with people of few birthplaces in each area."""
    random = np.random.default_rng(seed)
    for table in (system.start, system.end):
        empty = random.random(table.shape) > share
        np.fill_diagonal(empty, False)
        table[empty] = 0.0
    least = min(table.diagonal().min() for table in (system.start, system.end))
    system.births = np.minimum(system.births, least / 2.0)
    system.deaths = np.minimum(system.deaths, least / 2.0)
    return system


def estimated(system: System, method: str, rules: Assumptions) -> Estimate | str:
    try:
        return system.estimate(method, assumptions=rules)
    except CorridorsError as error:
        return str(error)


@few
@given(
    st.integers(0, 2**31),
    st.integers(2, 9),
    st.floats(0.05, 1.0),
    st.sampled_from(ACCOUNTS),
    assumed,
)
def test_listed_cells_give_the_flows_the_account_and_the_refusals_of_whole_tables(
    seed: int, size: int, share: float, method: str, rules: Assumptions
) -> None:
    system = thinned(System(seed, size), share, seed)
    whole = estimated(system, method, rules)
    with listed():
        other = estimated(system, method, rules)
    if isinstance(whole, str) or isinstance(other, str):
        assert other == whole
        return
    most = system.end.max()
    np.testing.assert_allclose(other.flows, whole.flows, rtol=1e-8, atol=1e-9 * most)
    tables, others = whole.stocks(), other.stocks()
    for name in tables:
        np.testing.assert_allclose(others[name], tables[name], rtol=1e-8, atol=1e-9 * most)
    split, parts = whole.by_type(), other.by_type()
    for name in split:
        np.testing.assert_allclose(parts[name], split[name], rtol=1e-8, atol=1e-8 * most)


@few
@given(st.integers(0, 2**31), st.integers(2, 9), st.floats(0.05, 1.0), st.sampled_from(ACCOUNTS))
def test_arrays_have_the_flows_and_the_refusals_of_labelled_tables(
    seed: int, size: int, share: float, method: str
) -> None:
    system = thinned(System(seed, size), share, seed)
    labelled = estimated(system, method, Assumptions())
    try:
        flows = flows_of(
            (system.start, system.end),
            (system.births, system.deaths),
            method=method,
            names=system.names,
        )
    except CorridorsError as error:
        assert str(error) == labelled
        return
    assert not isinstance(labelled, str)
    np.testing.assert_allclose(flows, labelled.flows, rtol=1e-8, atol=1e-9 * system.end.max())


def test_arrays_of_the_world_have_its_flows_within_a_hundred_thousandth_of_a_person() -> None:
    seen = observe("2010-2015")
    tables = {name: seen[name].to_numpy() for name in seen.data_vars}
    flows = flows_of(
        (tables["stock_start"], tables["stock_end"]), (tables["births"], tables["deaths"])
    )
    assert abs(flows - world_flows(seen)["da_pb_closed"].flows.to_numpy()).max() < 1e-5


def test_a_foreign_born_below_zero_and_a_method_without_an_account_are_refused() -> None:
    stock, vital = np.array([[9.0, 1.0], [-2.0, 9.0]]), (np.ones(2), np.ones(2))
    with pytest.raises(InputError, match=r"start \(2, 1\)"):
        flows_of((stock, stock), vital)
    with pytest.raises(InputError, match="takes no account"):
        flows_of((np.abs(stock), np.abs(stock)), vital, method="sd_drop_neg")


def test_a_list_is_made_of_few_cells_of_many_areas_and_of_no_others() -> None:
    size = cells.LARGE
    few_cells = np.eye(size)
    few_cells[0] = 1.0
    assert isinstance(cells_of(few_cells, few_cells), Listed)
    assert isinstance(cells_of(np.ones((size, size)), few_cells), Every)
    assert isinstance(cells_of(few_cells[1:, 1:], few_cells[1:, 1:]), Every)
    assert isinstance(cells_of(few_cells[None], few_cells[None]), Every)


def test_a_list_gives_its_table_back_and_the_sums_of_it() -> None:
    random = np.random.default_rng(3)
    table = random.random((7, 7)) * (random.random((7, 7)) < 0.3)
    with listed():
        here = cells_of(table, np.zeros_like(table))
    assert isinstance(here, Listed)
    values = here.values(table)
    assert np.array_equal(here.table(values), table)
    assert np.array_equal(here.native(values), table.diagonal())
    np.testing.assert_allclose(here.by_birthplace(values), table.sum(axis=1))
    np.testing.assert_allclose(here.by_residence(values), table.sum(axis=0))
    places = here.places(values > 0.0)
    assert np.array_equal(places, np.argwhere(table > 0.0))


@pytest.mark.parametrize("size", [matrices.AT_ONCE - 1, matrices.AT_ONCE + 1])
def test_origins_in_several_parts_have_the_flows_of_the_whole_product(size: int) -> None:
    system = System(5, size)
    estimate = system.estimate("da_pb_closed")
    stocks = estimate.stocks()
    start, end = (stocks[f"survivors_{at}"].to_numpy() for at in ("start", "end"))
    names = system.names
    parts = [find(start, end, None, names) for find in (matrices.least, matrices.independent)]
    flows = 0.87 * parts[0].flows() + 0.13 * parts[1].flows()
    np.testing.assert_allclose(estimate.flows, flows, rtol=1e-9, atol=1e-9)


def test_an_estimate_is_not_changed_by_what_happens_to_the_stocks_later() -> None:
    for method in ACCOUNTS:
        system = System(2, 4)
        estimate = system.estimate(method)
        before = {name: table.to_numpy().copy() for name, table in estimate.stocks().items()}
        system.start[:] = system.end[:] = 0.0
        after = estimate.stocks()
        for name, table in before.items():
            assert np.array_equal(after[name], table)
