"""Laws of flows: what holds for any stocks, births and deaths."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from corridors.baseline.periods import observe
from corridors.ensemble import streams
from corridors.errors import CorridorsError, Infeasible, InputError
from corridors.flows import differencing, fitting, indices, margins, net, summaries
from corridors.flows.accounting import Assumptions
from corridors.flows.methods import METHODS, Estimate, estimate_flows, every_method
from corridors.flows.series import estimate_series
from corridors.flows.tables import period_figures
from corridors.flows.uncertainty import Errors, draw, intervals

Array = np.ndarray
ACCOUNTS = [name for name, method in METHODS.items() if method.system]
CLOSED = [name for name in ACCOUNTS if METHODS[name].system == "closed"]


class System:
    """Two stock tables with births and deaths, as a user would give them."""

    def __init__(self, seed: int, size: int, *, vital: bool = True, closes: bool = False) -> None:
        random = np.random.default_rng(seed)
        self.names = [f"area {place}" for place in range(size)]
        self.start = random.integers(20, 900, (size, size)) * 1.0
        self.start[np.diag_indices(size)] *= random.uniform(1.0, 40.0, size)
        self.end = np.round(self.start * random.uniform(0.8, 1.3, (size, size)))
        share = random.uniform(0.0, 0.08, (2, size)) * vital
        self.births, self.deaths = np.round(self.start.sum(axis=0) * share)
        if closes:
            gap = self.end.sum() - self.start.sum() - (self.births - self.deaths).sum()
            self.end *= 1.0 - gap / self.end.sum()
        self.movers = float(random.integers(100, 10_000))

    def estimate(self, method: str, **options: object) -> Estimate:
        tables = [
            xr.DataArray(table, [("birthplace", self.names), ("residence", self.names)])
            for table in (self.start, self.end)
        ]
        vital = {
            name: xr.DataArray(values, [("area", self.names)])
            for name, values in (("births", self.births), ("deaths", self.deaths))
        }
        if method == "mig_rate":
            options = {"movers": self.movers} | options
        return estimate_flows(*tables, **vital, method=method, **options)  # type: ignore[arg-type]

    def flows(self, method: str, **options: object) -> Array:
        return self.estimate(method, **options).flows.to_numpy()


#: An estimate of five areas takes 15 ms, nearly all of it labels.
few = settings(max_examples=8)
systems = st.builds(System, st.integers(0, 10**6), st.integers(2, 7))
still = st.builds(
    lambda seed, n: System(seed, n, vital=False), st.integers(0, 10**6), st.integers(2, 7)
)
closing = st.builds(
    lambda seed, n: System(seed, n, closes=True), st.integers(0, 10**6), st.integers(2, 7)
)
methods = st.sampled_from(list(METHODS))


# --- flows --------------------------------------------------------------------------------------


@few
@given(systems, methods)
def test_flows_are_people(system: System, method: str) -> None:
    flows = system.flows(method)
    assert np.isfinite(flows).all() and (flows >= 0.0).all()
    assert (np.diagonal(flows) == 0.0).all()


@few
@given(systems, methods, st.randoms(use_true_random=False))
def test_the_order_of_areas_makes_no_difference(
    system: System, method: str, random: object
) -> None:
    flows = system.flows(method)
    order = list(range(len(system.names)))
    random.shuffle(order)  # type: ignore[attr-defined]
    system.names = [system.names[k] for k in order]
    for table in ("start", "end"):
        setattr(system, table, getattr(system, table)[np.ix_(order, order)])
    system.births, system.deaths = system.births[order], system.deaths[order]
    np.testing.assert_allclose(
        system.flows(method), flows[np.ix_(order, order)], atol=1e-7 * flows.max(), rtol=1e-7
    )


@few
@given(systems, methods, st.floats(1e-3, 1e3))
def test_all_figures_in_thousands_give_flows_in_thousands(
    system: System, method: str, factor: float
) -> None:
    flows = system.flows(method)
    for name in ("start", "end", "births", "deaths", "movers"):
        setattr(system, name, getattr(system, name) * factor)
    np.testing.assert_allclose(
        system.flows(method), factor * flows, atol=1e-7 * factor * flows.max(), rtol=1e-7
    )


@few
@given(closing, st.sampled_from(CLOSED))
def test_net_migration_is_change_less_births_plus_deaths(system: System, method: str) -> None:
    balance = system.estimate(method).net().to_numpy()
    change = system.end.sum(axis=0) - system.start.sum(axis=0)
    given_net = change - system.births + system.deaths
    np.testing.assert_allclose(balance, given_net, atol=1e-7 * system.end.sum())


@few
@given(systems, st.sampled_from(CLOSED))
def test_closure_is_all_that_moves_net_migration(system: System, method: str) -> None:
    estimate = system.estimate(method)
    rows = estimate.adjustments
    closure = rows[rows["step"].str.startswith("closure")]
    signed = closure["persons"].where(closure["at"] == "end", -closure["persons"])
    stated = signed.groupby(closure["area"]).sum().reindex(system.names, fill_value=0.0)
    change = system.end.sum(axis=0) - system.start.sum(axis=0) - system.births + system.deaths
    np.testing.assert_allclose(
        estimate.net().to_numpy(), change + stated, atol=1e-7 * system.end.sum()
    )


@few
@given(still, st.sampled_from([*ACCOUNTS, "sd_rev_neg"]))
def test_without_births_and_deaths_the_way_back_is_the_way_there(
    system: System, method: str
) -> None:
    there = system.flows(method)
    system.start, system.end = system.end, system.start
    np.testing.assert_allclose(system.flows(method), there.T, atol=1e-7 * there.max(), rtol=1e-7)


@given(
    systems,
    st.sampled_from(
        [name for name in METHODS if name not in ("mig_rate", "da_ind_closed", "da_pb_closed")]
    ),
)
def test_nobody_moves_where_nothing_changed(system: System, method: str) -> None:
    system.end = system.start.copy()
    system.births = system.deaths = np.zeros(len(system.names))
    assert (system.flows(method) == 0.0).all()


@few
@given(systems)
def test_pseudo_bayes_mixes_the_two(system: System) -> None:
    least, independent = system.flows("da_min_closed"), system.flows("da_ind_closed")
    mixed = 0.87 * least + 0.13 * independent
    np.testing.assert_allclose(system.flows("da_pb_closed"), mixed, rtol=1e-9)
    np.testing.assert_allclose(system.flows("da_pb_closed", weight=1.0), least, rtol=1e-9)


@few
@given(systems)
def test_fewer_move_when_as_many_stay_as_can(system: System) -> None:
    assert system.flows("da_min_closed").sum() <= system.flows("da_ind_closed").sum() * (1 + 1e-9)


@few
@given(systems, st.integers(0, 10**6), st.sampled_from([*CLOSED[:2], "da_min_open"]))
def test_a_seed_changes_who_goes_where_and_nothing_else(
    system: System, seed: int, method: str
) -> None:
    size = len(system.names)
    ease = np.random.default_rng(seed).uniform(0.1, 10.0, (size, size))
    labelled = xr.DataArray(ease, [("origin", system.names), ("destination", system.names)])
    plain, seeded = (system.estimate(method, seed=given_seed) for given_seed in (None, labelled))
    for birthplace in system.names:
        tables = [estimate.born_in(birthplace) for estimate in (plain, seeded)]
        for end in ("origin", "destination"):
            totals = [table.sum(end).to_numpy() for table in tables]
            np.testing.assert_allclose(*totals, rtol=1e-7, atol=1e-7 * totals[0].max())
    even = labelled.copy(data=np.full((size, size), 3.0))
    flows = system.flows(method, seed=even)
    np.testing.assert_allclose(flows, plain.flows, rtol=1e-7, atol=1e-7 * flows.max())


@few
@given(systems)
def test_a_seed_keeps_its_odds(system: System) -> None:
    """Of movers of one birthplace, F_od F_pq / (F_oq F_pd) is that of the seed."""
    size = len(system.names)
    ease = np.random.default_rng(0).uniform(0.1, 10.0, (size, size))
    labelled = xr.DataArray(ease, [("origin", system.names), ("destination", system.names)])
    table = system.estimate("da_min_closed", seed=labelled).born_in(system.names[0]).to_numpy()
    moved = table * (1.0 - np.eye(size))
    left, joined = np.flatnonzero(moved.sum(axis=1)), np.flatnonzero(moved.sum(axis=0))
    ratio = moved[np.ix_(left, joined)] / ease[np.ix_(left, joined)]
    if len(left) > 1 and len(joined) > 1:
        np.testing.assert_allclose(ratio * ratio[0, 0], np.outer(ratio[:, 0], ratio[0]), rtol=1e-6)


@few
@given(systems, st.sampled_from(ACCOUNTS))
def test_the_account_adds_up(system: System, method: str) -> None:
    """Arrivals and births are the end stock, departures and deaths the start stock."""
    estimate = system.estimate(method)
    rows, tables = estimate.account(), estimate.stocks()
    areas = set(system.names)
    assert set(rows["origin"]) - areas <= {"birth", "outside"}
    assert set(rows["destination"]) - areas <= {"death", "outside"}
    for end, name in (("destination", "account_end"), ("origin", "account_start")):
        inside = rows[rows[end].isin(areas)]
        summed = inside.pivot_table(
            index="birthplace", columns=end, values="persons", aggfunc="sum"
        ).reindex(index=system.names, columns=system.names, fill_value=0.0)
        stock = tables[name].to_numpy()
        np.testing.assert_allclose(summed.fillna(0.0), stock, atol=1e-7 * stock.max())
    given_stocks = tables[["stock_start", "stock_end"]]
    if METHODS[method].system == "open":
        for name in ("start", "end"):
            np.testing.assert_allclose(
                tables[f"account_{name}"], given_stocks[f"stock_{name}"], atol=1e-6
            )
    moved = rows[rows["origin"].isin(areas) & rows["destination"].isin(areas)]
    moved = moved[moved["origin"] != moved["destination"]]
    assert moved["persons"].sum() == pytest.approx(float(estimate.flows.sum()))


@few
@given(systems, st.sampled_from(ACCOUNTS))
def test_flows_are_outward_returning_or_in_transit(system: System, method: str) -> None:
    estimate = system.estimate(method)
    split = estimate.by_type()
    summed = split["outward"] + split["returning"] + split["transit"]
    np.testing.assert_allclose(summed, estimate.flows, rtol=1e-9, atol=1e-9 * system.end.max())
    name = system.names[0]
    mine = estimate.born_in(name).sel(origin=name)
    off = [area for area in system.names if area != name]
    np.testing.assert_allclose(
        split["outward"].sel(origin=name, destination=off), mine.sel(destination=off), rtol=1e-9
    )


@few
@given(closing)
def test_residences_may_be_merged_after_birthplaces_are_matched(system: System) -> None:
    """Independent flows add up; of least movement, the moves between the two fall away."""
    if len(system.names) < 3:
        return
    matched = system.estimate("da_min_closed").stocks()
    start, end = (matched[f"survivors_{name}"].to_numpy() for name in ("start", "end"))
    join = np.eye(len(system.names))[:, 1:]
    join[0, 0] = 1.0  # the first two residences become one
    from corridors.flows.matrices import independent, least

    names = system.names
    apart = independent(start, end, None, names)
    merged = independent(start @ join, end @ join, None, names)
    whole = np.einsum("bo,bd->od", apart.leave, apart.join)
    np.testing.assert_allclose(
        np.einsum("bo,bd->od", merged.leave, merged.join), join.T @ whole @ join, rtol=1e-9
    )
    movers_apart = least(start, end, None, names).flows().sum()
    leave = start @ join - np.minimum(start @ join, end @ join)
    assert leave.sum() <= movers_apart * (1 + 1e-9) + 1e-6


@few
@given(systems, st.sampled_from(ACCOUNTS))
def test_several_tables_at_once_are_each_estimated_alone(system: System, method: str) -> None:
    other = System(7, len(system.names))
    stacked = [
        xr.DataArray(
            np.stack([getattr(part, table) for part in (system, other)]),
            [("sex", ["F", "M"]), ("birthplace", system.names), ("residence", system.names)],
        )
        for table in ("start", "end")
    ]
    vital = {
        name: xr.DataArray(
            np.stack([getattr(part, name) for part in (system, other)]),
            [("sex", ["F", "M"]), ("area", system.names)],
        )
        for name in ("births", "deaths")
    }
    both = estimate_flows(*stacked, **vital, method=method).flows
    for sex, part in (("F", system), ("M", other)):
        alone = part.flows(method)
        np.testing.assert_allclose(both.sel(sex=sex), alone, atol=1e-7 * alone.max(), rtol=1e-7)


def test_methods_that_share_an_account_are_the_methods_alone() -> None:
    system = System(1, 5)
    tables = [
        pd.DataFrame(stock, system.names, system.names) for stock in (system.start, system.end)
    ]
    vital = {name: pd.Series(getattr(system, name), system.names) for name in ("births", "deaths")}
    for method, estimate in every_method(*tables, **vital, movers=system.movers).items():
        assert np.array_equal(estimate.flows.to_numpy(), system.flows(method))


@few
@given(systems, st.sampled_from(["native", "proportional"]), st.sampled_from(["before", "after"]))
def test_assumptions_keep_people(system: System, births: str, closure: str) -> None:
    rules = Assumptions(births=births, closure=closure)  # type: ignore[arg-type]
    tables = system.estimate("da_min_closed", assumptions=rules).stocks()
    np.testing.assert_allclose(tables["births"].sum("birthplace"), system.births, atol=1e-6)
    np.testing.assert_allclose(tables["deaths"].sum("birthplace"), system.deaths, atol=1e-6)
    start, end = tables["survivors_start"], tables["survivors_end"]
    np.testing.assert_allclose(start.sum("residence"), end.sum("residence"), rtol=1e-8)
    assert (start >= 0.0).all() and (end >= 0.0).all()


@few
@given(closing)
def test_deaths_fitted_to_birthplaces_meet_both_margins(system: System) -> None:
    rules = Assumptions(deaths="fitted")
    wanted = system.start.sum(axis=1) + system.births - system.end.sum(axis=1)
    try:
        died = system.estimate("da_min_closed", assumptions=rules).stocks()["deaths"]
    except CorridorsError as error:
        assert (wanted < 0.0).any() or isinstance(error, Infeasible)
        return
    np.testing.assert_allclose(died.sum("residence"), wanted, rtol=1e-8, atol=1e-6)
    np.testing.assert_allclose(died.sum("birthplace"), system.deaths, rtol=1e-8, atol=1e-6)


@few
@given(systems, st.integers(1, 60))
def test_whole_persons_leave_the_closure_exact(system: System, odd: int) -> None:
    system.births[0] += odd
    rules = Assumptions(rounding="whole")
    tables = system.estimate("da_min_closed", assumptions=rules).stocks()
    gap = float(tables["stock_end"].sum() - tables["stock_start"].sum())
    assert gap == pytest.approx(float((system.births - system.deaths).sum()), abs=1e-6)
    rest = np.diagonal(tables["stock_end"].to_numpy()) % 1.0
    assert (np.minimum(rest, 1.0 - rest) > 1e-9).sum() <= 1


def test_a_wrong_option_is_refused_with_every_problem() -> None:
    system = System(1, 3)
    with pytest.raises(InputError) as caught:
        system.estimate("da_min_open", weight=2.0, movers=5.0)
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError, match="there is no default"):
        system.estimate("mig_rate", movers=None)


# --- fitting ------------------------------------------------------------------------------------


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(2, 9), st.booleans())
def test_a_fit_meets_its_margins_and_keeps_the_odds(
    seed: int, rows: int, columns: int, heavy: bool
) -> None:
    random = np.random.default_rng(seed)
    m = random.uniform(0.01, 1.0, (rows, columns)) * (random.random((rows, columns)) > 0.2)
    m[:, 0] += 0.1
    m[0] += 0.1
    if heavy:  # nearly everybody on the diagonal, as in a stock table
        m[np.arange(min(rows, columns)), np.arange(min(rows, columns))] += 1e4
    target = m * np.outer(random.uniform(0.2, 5.0, rows), random.uniform(0.2, 5.0, columns))
    R, C = target.sum(axis=1), target.sum(axis=0)
    scaling = fitting.scale(m, R, C)
    fit = scaling.fitted(m)
    np.testing.assert_allclose(fit.sum(axis=1), R, rtol=1e-9)
    np.testing.assert_allclose(fit.sum(axis=0), C, rtol=1e-9)
    assert scaling.error <= fitting.TOLERANCE
    np.testing.assert_allclose(fit, target, rtol=1e-6, atol=1e-9 * target.max())


@few
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_margins_that_cannot_be_met_are_named(seed: int, size: int) -> None:
    """Row 0 reaches column 0 alone, which takes less than it needs."""
    random = np.random.default_rng(seed)
    m = random.uniform(0.5, 1.0, (size, size))
    m[0, 1:] = 0.0
    R, C = random.uniform(1.0, 2.0, size), random.uniform(1.0, 2.0, size)
    C *= R.sum() / C.sum()
    names = [f"R{k}" for k in range(size)], [f"C{k}" for k in range(size)]
    if R[0] > C[0] * 1.001:
        with pytest.raises(Infeasible, match=r"R0|C0"):
            fitting.scale(m, R, C, names=names)
    elif R[0] < C[0] * 0.999:
        assert fitting.scale(m, R, C, names=names).error <= fitting.TOLERANCE


@few
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_parts_rows_and_columns_are_met_together(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    part = random.integers(0, 3, (size, size))
    truth = random.uniform(0.5, 2.0, (size, size))
    totals = np.bincount(part.ravel(), truth.ravel(), 3)
    R, C = truth.sum(axis=1), truth.sum(axis=0)
    fit, _, error = fitting.scale_parts(np.ones((size, size)), part, totals, R, C)
    assert error <= fitting.TOLERANCE
    np.testing.assert_allclose(fit.sum(axis=1), R, rtol=1e-9)
    np.testing.assert_allclose(fit.sum(axis=0), C, rtol=1e-9)
    np.testing.assert_allclose(np.bincount(part.ravel(), fit.ravel(), 3), totals, rtol=1e-9)


# --- net migration ------------------------------------------------------------------------------


@few
@given(st.integers(0, 10**6), st.integers(2, 8), st.booleans())
def test_net_totals_are_met_by_ratios_of_scalings(seed: int, size: int, with_total: bool) -> None:
    random = np.random.default_rng(seed)
    m = random.uniform(0.1, 10.0, (size, size))
    N = random.normal(0.0, 5.0, size)
    N -= N.mean()
    total = 2.0 * np.abs(N).sum() + m.sum() if with_total else None
    fit, a, level = margins.scale_net(m, N, total)
    np.testing.assert_allclose(fit, level * m * a[:, None] / a, rtol=1e-9)
    np.testing.assert_allclose(fit.sum(axis=0) - fit.sum(axis=1), N, atol=1e-8 * fit.sum())
    if total is not None:
        assert fit.sum() == pytest.approx(total)
    else:
        np.testing.assert_allclose(np.diagonal(fit), np.diagonal(m), rtol=1e-9)


@few
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_nearest_tables_meet_the_net_totals_and_are_no_farther_than_the_others(
    seed: int, size: int
) -> None:
    random = np.random.default_rng(seed)
    m = random.uniform(0.0, 10.0, (size, size))
    N = random.normal(0.0, 10.0, size)
    N -= N.mean()
    squares, absolutes = margins.nearest_by_squares(m, N), margins.nearest_by_absolutes(m, N)
    information, _, _ = margins.scale_net(m + 1e-9, N)
    for table in (squares, absolutes):
        assert (table >= -1e-9).all()
        np.testing.assert_allclose(table.sum(axis=0) - table.sum(axis=1), N, atol=1e-7)
    others = (absolutes, information)
    assert ((squares - m) ** 2).sum() <= min(((table - m) ** 2).sum() for table in others) + 1e-6
    others = (squares, information)
    assert np.abs(absolutes - m).sum() <= min(np.abs(table - m).sum() for table in others) + 1e-6


def test_net_totals_that_no_cell_can_carry_are_named() -> None:
    seed = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    with pytest.raises(Infeasible, match="A, B"):
        margins.scale_net(seed, np.array([-2.0, -1.0, 3.0]), names=["A", "B", "C"])


@few
@given(st.integers(0, 10**6), st.integers(2, 9), st.booleans(), st.booleans())
def test_zero_sum_figures_sum_to_zero(seed: int, size: int, switches: bool, whole: bool) -> None:
    values = np.random.default_rng(seed).normal(0.0, 100.0, size)
    values[0], values[1] = 50.0, -20.0
    balanced = net.zero_sum(values, switches=switches, whole=whole)
    assert balanced.sum() == pytest.approx(0.0, abs=1e-9)
    if not switches and not whole:
        assert (np.sign(balanced) == np.sign(values)).all()


def test_net_figures_of_one_sign_are_refused() -> None:
    with pytest.raises(InputError, match="one sign"):
        net.zero_sum(np.array([1.0, 2.0]))


# --- indices ------------------------------------------------------------------------------------


@few
# (Three areas leave distance one degree of freedom, and its coefficient may have no finite value.)
@given(st.integers(0, 10**6), st.integers(4, 8), st.floats(0.1, 100.0))
def test_indices_of_shares_do_not_know_the_unit(seed: int, size: int, factor: float) -> None:
    names = [f"area {place}" for place in range(size)]
    random = np.random.default_rng(seed)
    table = pd.DataFrame(random.uniform(1.0, 100.0, (size, size)), names, names)
    people = pd.Series(random.uniform(100.0, 1e4, size), names)
    apart = pd.DataFrame(random.uniform(1.0, 1e3, (size, size)), names, names)
    plain, scaled = (
        indices.indices(table * k, population=people * k, kilometres=apart).set_index("name")
        for k in (1.0, factor)
    )
    same = plain.index.difference(["velocity"])
    np.testing.assert_allclose(plain.loc[same, "value"], scaled.loc[same, "value"], rtol=1e-6)


@few
@given(st.integers(0, 10**6), st.integers(3, 8))
def test_equal_flows_have_no_inequality(seed: int, size: int) -> None:
    names = [f"area {place}" for place in range(size)]
    value = indices.indices(pd.DataFrame(3.0, names, names)).set_index("name")["value"]
    for name in ("inequality_equal", "inequality_independent", "variation", "effectiveness"):
        assert value[name] == pytest.approx(0.0, abs=1e-9)
    assert value["connectivity"] == 1.0


@few
@given(st.integers(0, 10**6), st.integers(2, 7))
def test_components_multiply_to_the_flows(seed: int, size: int) -> None:
    names = [f"area {place}" for place in range(size)]
    table = pd.DataFrame(np.random.default_rng(seed).uniform(0.0, 9.0, (size, size)), names, names)
    parts = indices.components(table)
    product = parts["total"] * parts["row"] * parts["column"] * parts["cell"]
    np.testing.assert_allclose(product.transpose("origin", "destination"), table, rtol=1e-9)
    assert float(parts["row"].sum()) == pytest.approx(1.0)


@few
@given(
    st.integers(0, 10**6), st.integers(2, 7), st.sampled_from(["flow", "in and out", "turnover"])
)
def test_lumping_keeps_everybody(seed: int, size: int, by: str) -> None:
    names = [f"area {place}" for place in range(size)]
    table = pd.DataFrame(np.random.default_rng(seed).uniform(0.0, 9.0, (size, size)), names, names)
    off = table.to_numpy() * (1.0 - np.eye(size))
    assert float(summaries.lump(table, 5.0, by).sum()) == pytest.approx(off.sum())


@few
@given(st.integers(0, 10**6), st.integers(2, 7))
def test_subtotals_add_up(seed: int, size: int) -> None:
    names = [f"area {place}" for place in range(size)]
    table = pd.DataFrame(np.random.default_rng(seed).uniform(0.0, 9.0, (size, size)), names, names)
    group = pd.Series(["north" if place % 2 else "south" for place in range(size)], names)
    whole = summaries.subtotals(table, group)
    groups = whole.sel(origin=["north", "south"], destination=["north", "south"])
    assert float(groups.sum()) == pytest.approx(table.to_numpy().sum())


@few
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_stocks_that_moved_by_a_matrix_give_it_back(seed: int, size: int) -> None:
    """Rogers and von Rabenau: S1 = S0 G is solved for G."""
    random = np.random.default_rng(seed)
    start = np.diag(random.uniform(1e3, 1e4, size)) + random.uniform(0.0, 50.0, (size, size))
    G = np.eye(size) + random.uniform(0.0, 0.1, (size, size))
    flows = differencing.multiregional(start, start @ G)
    expected = G * start.sum(axis=0)[:, None] * (1.0 - np.eye(size))
    np.testing.assert_allclose(flows, expected, rtol=1e-6, atol=1e-6)


def test_a_stock_that_cannot_be_inverted_is_refused() -> None:
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    with pytest.raises(InputError, match="condition number"):
        differencing.multiregional(singular, singular)


# --- draws --------------------------------------------------------------------------------------


def small() -> xr.Dataset:
    """Ten areas of the world, so that draws are quick."""
    observed = observe("2010-2015")
    some = ["MEX", "USA", "IND", "ARE", "PHL", "DEU", "TUR", "SYR", "POL", "GBR"]
    chosen = observed.sel(birthplace=some, residence=some, area=some)
    for end in ("start", "end"):
        off = chosen[f"stock_{end}"].where(~np.eye(len(some), dtype=bool), 0.0)
        native = chosen[f"population_{end}"].to_numpy() - off.sum("birthplace").to_numpy()
        chosen[f"stock_{end}"] = off + np.diag(native)
    return chosen


def test_a_draw_does_not_know_its_neighbours() -> None:
    observed, stream = small(), streams(3)
    alone = draw(observed, [5], stream, Errors()).isel(draw=0, drop=True)
    among = draw(observed, [4, 5, 6], streams(3), Errors()).sel(draw=5, drop=True)
    xr.testing.assert_equal(alone, among)
    other = draw(observed, [5], streams(4), Errors()).isel(draw=0, drop=True)
    assert not np.allclose(other["births"], alone["births"])


def test_draws_keep_the_population_at_the_start() -> None:
    observed = small()
    drawn = draw(observed, range(4), streams(1), Errors())
    people = drawn["stock_start"].sum("birthplace").rename(residence="area")
    np.testing.assert_allclose(people.isel(draw=0), observed["population_start"], rtol=1e-12)
    assert np.ptp(drawn["births"].to_numpy(), axis=0).min() > 0.0


def test_without_errors_the_interval_is_the_estimate() -> None:
    exact = Errors(0.0, 0.0, 0.0, 0.0, 0.0)
    drawn = intervals(small(), method="da_min_open", draws=20, streams=streams(0), errors=exact)
    np.testing.assert_allclose(drawn["lower_80"], drawn["flow"], rtol=1e-7, atol=1e-3)
    np.testing.assert_allclose(drawn["upper_80"], drawn["flow"], rtol=1e-7, atol=1e-3)


def test_intervals_are_named_by_their_level_and_nested() -> None:
    drawn = intervals(small(), method="sd_rev_neg", draws=200, streams=streams(0))
    for prefix, name in (("", "flow"), ("net_", "net"), ("total_", "total")):
        ends = [f"{prefix}lower_{level}" for level in (95, 80, 50)] + [name]
        ends += [f"{prefix}upper_{level}" for level in (50, 80, 95)]
        for below, above in pairwise(ends):
            assert (drawn[below] <= drawn[above]).all()
    few_draws = intervals(small(), method="sd_rev_neg", draws=20, streams=streams(0))
    assert "lower_80" in few_draws and "lower_95" not in few_draws
    with pytest.raises(InputError, match="make no interval"):
        intervals(small(), method="sd_rev_neg", draws=19, streams=streams(0))


def test_larger_errors_make_wider_intervals() -> None:
    widths = []
    for factor in (0.5, 1.0, 2.0):
        errors = Errors(*(factor * np.array([0.03, 0.06, 0.01, 0.02, 0.003])))
        drawn = intervals(
            small(), method="da_min_open", draws=24, streams=streams(0), errors=errors
        )
        widths.append(float((drawn["upper_80"] - drawn["lower_80"]).sum()))
        assert (drawn["lower_80"] <= drawn["flow"]).all() and (
            drawn["flow"] <= drawn["upper_80"]
        ).all()
    assert widths == sorted(widths) and widths[2] > 2.0 * widths[0]


def closed() -> dict[str, object]:
    """Three areas whose figures close, as tables of one's own."""
    names = ["A", "B", "C"]
    start = pd.DataFrame([[1000, 100, 10], [55, 555, 50], [80, 40, 800]], names, names)
    end = pd.DataFrame([[950, 140, 20], [60, 520, 75], [90, 70, 765]], names, names)
    births = pd.Series([60, 30, 50], names)
    deaths = births
    return {
        "stock_start": start, "stock_end": end, "births": births, "deaths": deaths,
        "population_start": start.sum(), "population_end": end.sum(),
    }  # fmt: skip


def test_the_weight_of_the_mixture_is_drawn_where_a_method_mixes() -> None:
    exact = dict.fromkeys(("residence", "pair", "births", "deaths", "growth"), 0.0)
    widths = {}
    for weight in (0.0, 0.08):
        drawn = intervals(
            closed(), draws=40, streams=streams(0), errors=Errors(**exact, weight=weight)
        )
        widths[weight] = float(drawn["total_upper_80"] - drawn["total_lower_80"])
        assert drawn["total_lower_80"] <= drawn["total"] <= drawn["total_upper_80"]
    assert widths[0.0] < 1e-6 * widths[0.08]


def test_tables_are_mixed_by_a_weight_of_their_own() -> None:
    observed = period_figures(closed())
    stocks = [xr.concat([observed[f"stock_{end}"]] * 2, dim="draw") for end in ("start", "end")]
    vital = {name: observed[name] for name in ("births", "deaths")}
    both = estimate_flows(*stocks, **vital, weight=np.array([0.5, 1.0])).flows
    for place, method in ((0, None), (1, "da_min_closed")):
        given = {"weight": 0.5} if method is None else {"method": method}
        apart = estimate_flows(*(table.isel(draw=0) for table in stocks), **vital, **given).flows
        np.testing.assert_allclose(both.isel(draw=place), apart, rtol=1e-6, atol=1e-3)


# --- labelled doors -----------------------------------------------------------------------------


@few
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_fits_match_labels_by_name(seed: int, size: int) -> None:
    names = [f"area {place}" for place in range(size)]
    random = np.random.default_rng(seed)
    table = pd.DataFrame(random.uniform(0.5, 2.0, (size, size)), names, names)
    rows, columns = (pd.Series(random.uniform(1.0, 5.0, size), names) for _ in range(2))
    columns *= rows.sum() / columns.sum()
    straight = margins.fit(table, rows, columns)
    turned = margins.fit(table, rows[::-1], columns[::-1])
    xr.testing.assert_identical(straight.table, turned.table)
    np.testing.assert_allclose(straight.table.sum("destination"), rows, rtol=1e-9)
    np.testing.assert_allclose(straight.table.sum("origin"), columns, rtol=1e-9)
    change = pd.Series(random.normal(0.0, 1.0, size), names)
    change -= change.mean()
    for nearest in ("information", "squares", "absolutes"):
        flows = margins.fit_net(table, change[::-1], nearest=nearest)
        balance = flows.sum("origin").to_numpy() - flows.sum("destination").to_numpy()
        np.testing.assert_allclose(balance, change, atol=1e-7)


@few
@given(systems)
def test_every_cell_of_a_fit_is_that_of_the_factors(system: System) -> None:
    """The dense table, where somebody asks for it, is what the factors say."""
    estimate = system.estimate("da_min_closed")
    survivors = estimate.stocks()
    fitted = margins.fit_birthplaces(
        survivors["survivors_start"], survivors["survivors_end"], stayers="most"
    ).table
    for name in system.names:
        ours = estimate.born_in(name)
        np.testing.assert_allclose(
            fitted.sel(birthplace=name), ours, rtol=1e-6, atol=1e-7 * float(ours.max())
        )
    free = margins.fit_birthplaces(survivors["survivors_start"], survivors["survivors_end"]).table
    np.testing.assert_allclose(
        free.sum(["birthplace", "destination"]), survivors["survivors_start"].sum("birthplace")
    )


def test_a_wrong_choice_of_fit_is_refused() -> None:
    table = pd.DataFrame(1.0, ["A", "B"], ["A", "B"])
    with pytest.raises(InputError, match="free or most"):
        margins.fit_birthplaces(table, table, stayers="none")
    with pytest.raises(InputError, match="not a distance"):
        margins.fit_net(table, pd.Series([1.0, -1.0], ["A", "B"]), nearest="taste")
    with pytest.raises(InputError, match="missing: 'B'"):
        margins.fit(table, pd.Series([1.0], ["A"]))


@given(seed=st.integers(0, 10_000), size=st.integers(2, 8))
@settings(deadline=None, max_examples=40)
def test_a_part_of_flows_has_the_net_it_is_asked_for(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    flows = random.gamma(0.5, 1000.0, (size, size)) * (1.0 - np.eye(size))
    there = flows * random.uniform(0.05, 0.95, (size, size))
    wanted = there.sum(axis=0) - there.sum(axis=1)
    part, missed = net.split_by_net(flows, np.full((size, size), 0.4), wanted)
    assert (part >= 0.0).all() and (part <= flows).all()
    assert np.abs(missed).max() <= 1e-6 * max(flows.max(), 1.0)
    np.testing.assert_allclose(part.sum(axis=0) - part.sum(axis=1) + missed, wanted, atol=1e-6)


def test_a_series_gives_what_its_periods_give_alone() -> None:
    figures = closed()
    start, end = figures["stock_start"], figures["stock_end"]
    births, deaths = figures["births"], figures["deaths"]
    yearly = [pd.DataFrame(dict.fromkeys(range(2001, 2008), table / 7)).T
              for table in (births, deaths)]  # fmt: skip
    stocks = {2007: end, 2000: start, 2009: end}
    later = [pd.concat([table, 0.0 * table.iloc[[-1]].set_axis([2009])]) for table in yearly]
    found = estimate_series(stocks, births=later[0], deaths=later[1], method="da_min_closed")
    assert list(found) == ["2000-2007", "2007-2009"]
    alone = estimate_flows(start, end, births=births, deaths=deaths, method="da_min_closed")
    np.testing.assert_allclose(found["2000-2007"].flows, alone.flows, rtol=1e-9, atol=1e-6)
    assert float(found["2007-2009"].flows.sum()) == 0.0
    assert [estimate.flows.attrs["years"] for estimate in found.values()] == [7, 2]
    with pytest.raises(InputError, match=r"2000-2007, births: has rows 2001.*one row 2007"):
        estimate_series(stocks, births=later[0].drop(2004), deaths=later[1])
    with pytest.raises(InputError, match="two dates or more"):
        estimate_series({2000: start})
