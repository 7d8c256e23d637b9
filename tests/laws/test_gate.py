"""Whatever table a user hands over: the right answer, or a refusal that names the cell or label."""

from __future__ import annotations

import functools
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from corridors import labels
from corridors.errors import CorridorsError, InputError
from corridors.flows import ages, differencing, fitting, indices, margins, net, summaries
from corridors.flows.accounting import Assumptions
from corridors.flows.methods import estimate_flows
from corridors.flows.tables import stock_tables, vital_tables
from laws import gate_calls, gate_inputs

#: The quick set tries every so many of the inputs that a section of the whole check tries.
QUICK = 4
#: Every how many inputs are tried of functions that take long; `benchmarks/gate.py` tries all.
SPARSE = {
    "flows.uncertainty.spread": 17,
    "flows.uncertainty.intervals": 17,
    "flows.uncertainty.draw": 5,
    "flows.methods.world_flows": 11,
    "flows.methods.movers_of": 5,
    "flows.methods.every_method": 7,
    "flows.methods.estimate_flows": 3,
    "flows.indices.indices": 3,
    "flows.refugees.split_flows": 7,
    "people.stocks.comparable": 3,
}
SLOW = (
    "flows.indices.indices",
    "flows.series.estimate_series",
    "flows.sexes.flows_by_sex",
    "flows.tables.period_figures",
)
FUNCTIONS = sorted(gate_calls.calls(gate_calls.CODES))
NAMES = ["A", "B", "C"]


def test_every_public_function_is_swept_or_a_kernel_of_the_solver() -> None:
    known = set(gate_calls.calls(gate_calls.CODES)) | gate_calls.SOLVER
    assert set(gate_calls.declared()) == known


def test_what_takes_long_is_named_as_it_is_swept() -> None:
    assert {*SLOW, *SPARSE} <= set(gate_calls.calls(gate_calls.CODES))


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name not in SLOW])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_right_answer_or_a_refusal_that_names_the_cell(function: str) -> None:
    # Another fourth for each function, so that together every kind of input is tried.
    first = FUNCTIONS.index(function) % QUICK
    inputs = swept(function)
    assert wrong_of(inputs[first::QUICK] if len(inputs) > QUICK else inputs) == []


@pytest.mark.slow
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_input_of_a_function_is_answered_rightly_or_refused(function: str) -> None:
    assert wrong_of(swept(function)) == []


@functools.cache
def swept(function: str) -> list[gate_inputs.Input]:
    return list(gate_inputs.sweep(function))[:: SPARSE.get(function, 1)]


def wrong_of(inputs: list[gate_inputs.Input]) -> list[tuple[str, ...]]:
    """Inputs that are neither answered rightly nor refused, with what happened."""
    wrong = []
    for given in inputs:
        verdict, why = gate_inputs.outcome(given)
        if verdict not in ("right", "refused"):
            wrong.append((given.argument, given.name, verdict, why))
    return wrong


def test_the_sweep_sees_what_it_looks_for() -> None:
    """A function that lets everything through fails in every way."""

    def through(flows: object) -> object:
        values = np.asarray(flows, dtype=float)
        return pd.DataFrame(values, gate_calls.CODES, gate_calls.CODES)

    call = gate_calls.Call(through, {"flows": gate_calls.square(gate_calls.CODES)})
    seen: Counter[str] = Counter()
    for name, spoilt, says in gate_inputs.variants("flows", call.tables["flows"]):
        given = gate_inputs.Input("through", "flows", name, call, {"flows": spoilt}, says)
        seen[gate_inputs.outcome(given)[0]] += 1
    assert {"right", "traceback", "silent NaN", "wrong"} <= set(seen)


# --- what a demographer tried -------------------------------------------------------------------


def test_whole_number_codes_of_rows_are_not_zeros() -> None:
    rows = pd.DataFrame(
        {
            "origin": [36061, 36061, 36047, 36047, 6037, 6037],
            "destination": [36047, 6037, 36061, 6037, 36061, 36047],
            "flow": [120, 30, 95, 22, 41, 17],
        }
    )
    flows = summaries.flow_matrix(rows)
    assert float(flows.sum()) == 325.0
    mixed = rows.astype({"origin": float})
    xr.testing.assert_equal(summaries.flow_matrix(mixed), flows)
    assert float(flows.sel(origin="36061", destination="6037")) == 30.0


def test_a_row_that_is_not_known_is_not_zero() -> None:
    rows = pd.DataFrame({"origin": ["A", "B", "A"], "destination": ["B", "A", "A"]})
    for flow in ([1.0, np.nan, 0.0], [1.0, 2.0, np.nan]):
        with pytest.raises(InputError, match="is not known"):
            summaries.flow_matrix(rows.assign(flow=flow), absent=0.0)
    with pytest.raises(InputError, match="no column 'origin'"):
        summaries.flow_matrix(rows.rename(columns={"origin": "orig"}).assign(flow=1.0))


def test_a_net_figure_that_is_not_known_stays_so_and_the_others_balance() -> None:
    given = [-3.5, 12.25, 0.0, np.nan, -40.0, 7.0, 1e5, -9e4]
    expected = [
        -3.693879,
        11.639103,
        0.0,
        np.nan,
        -42.215762,
        6.650916,
        95013.084981,
        -94985.465358,
    ]
    np.testing.assert_allclose(net.zero_sum(given), expected, rtol=1e-6)
    names = list("abcdefgh")
    balanced = net.zero_sum(pd.Series(given, names), switches=True)
    assert list(balanced.index) == names and list(np.flatnonzero(balanced.isna())) == [3]
    assert balanced.sum() == pytest.approx(0.0, abs=1e-6)
    whole = net.zero_sum(pd.Series(given, names).astype("Float64"), whole=True)
    assert whole.sum() == 0.0 and (whole.dropna() % 1.0 == 0.0).all()


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: net.zero_sum([1, -2, 3], weights=[1, -5, 2]), "weight of 2|axis 1: 2"),
        (lambda: net.zero_sum([1, -2, np.inf]), "not a number"),
        (lambda: net.zero_sum([1, -2], weights=[1, 2], whole=True), "rates are not whole"),
        (lambda: net.whole_numbers([-2, 1, 1], 10), "cannot be scaled to 10"),
        (lambda: net.whole_numbers([]), "are none"),
        (lambda: net.whole_numbers([1, 2], 2.5), "not a whole number"),
        (
            lambda: ages.rogers_castro_indices(a1=1, alpha1=1, a2=0, alpha2=1, mu2=1, lambda2=1),
            "a2",
        ),
        (lambda: ages.age_indices(pd.Series([0.1, 0.2], ["79", "80+"])), r"'80\+'"),
        (lambda: ages.age_indices(pd.Series(np.arange(30.0), range(30))), "edge of the ages"),
        (lambda: differencing.by_rate(np.ones((2, 2)), np.array(-5.0)), "-5"),
        (lambda: differencing.multiregional(np.full((2, 2), np.nan), np.ones((2, 2))), "not known"),
        (
            lambda: fitting.scale(np.ones((2, 2)), np.array([1.0, np.inf]), np.ones(2)),
            "not a number",
        ),
    ],
)
def test_what_has_no_answer_is_refused(ask: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ask()  # type: ignore[operator]


def test_unsigned_populations_do_not_wrap_around() -> None:
    start, end = (pd.Series(v, NAMES, dtype="uint32") for v in ([100, 200, 300], [90, 210, 290]))
    births, deaths = (pd.Series(v, NAMES, dtype="uint8") for v in ([10] * 3, [5] * 3))
    assert net.by_vital_statistics(start, end, births, deaths).tolist() == [-15.0, 5.0, -15.0]


def test_children_need_women_by_five_year_ages() -> None:
    cohorts = [f"{age}-{age + 4}" for age in range(0, 60, 5)]
    people, alive = pd.Series(100.0, cohorts), pd.Series(0.9, cohorts)
    assert net.by_survival(people, people, alive, children=True).notna().all(axis=None)
    with pytest.raises(InputError, match="5 rows"):
        net.by_survival(people[:5], people[:5], alive[:5], children=True)
    tens = [f"{age}-{age + 9}" for age in range(0, 120, 10)]
    with pytest.raises(InputError, match="'0-9', not ages 0-4"):
        net.by_survival(*(x.set_axis(tens) for x in (people, people, alive)), children=True)
    with pytest.raises(InputError, match="survival of 0-4: is 95"):
        net.by_survival(people, people, alive.where(alive.index != "0-4", 95.0))


def test_lumping_keeps_moves_inside_an_area_where_they_count() -> None:
    flows = pd.DataFrame([[5, 10, 2], [3, 7, 4], [1, 8, 9]], NAMES, NAMES)
    for by in ("flow", "in and out", "turnover"):
        assert float(summaries.lump(flows, 5, by, inside=True).sum()) == 49.0
        assert float(summaries.lump(flows, 5, by).sum()) == 28.0


def test_distance_that_is_explained_already_is_not_known_and_the_other_indices_are() -> None:
    flows = pd.DataFrame([[0, 0, 0], [3, 0, 4], [5, 6, 0]], NAMES, NAMES)
    apart = pd.DataFrame([[0, 100, 200], [100, 0, 300], [200, 300, 0]], NAMES, NAMES)
    for table, kilometres in ((flows, apart), (flows + 1, apart * 0 + 1.0)):
        found = indices.indices(table, kilometres=kilometres).set_index("name")
        assert np.isnan(found["value"]["distance_decay"])
        assert "explains" in found["note"]["distance_decay"]
        assert found["value"].drop("distance_decay").notna().all()


def test_an_area_that_only_receives_and_gains_nobody_is_closed() -> None:
    seed = pd.DataFrame([[0, 1, 2], [1, 0, 3], [0, 0, 0]], NAMES, NAMES)
    flows = margins.fit_net(seed, {"A": 1, "B": -1, "C": 0})
    np.testing.assert_allclose(flows, [[0, 0.618034, 0], [1.618034, 0, 0], [0, 0, 0]], atol=1e-6)


def test_axes_that_say_what_they_are_are_read_by_their_names() -> None:
    start = pd.DataFrame([[1000, 100, 10], [55, 555, 50], [80, 40, 800]], NAMES, NAMES)
    end = pd.DataFrame([[950, 140, 20], [60, 520, 75], [90, 70, 765]], NAMES, NAMES)
    plain = estimate_flows(start, end, method="sd_rev_neg").flows
    turned = [
        table.T.rename_axis(index="residence", columns="birthplace") for table in (start, end)
    ]
    xr.testing.assert_equal(estimate_flows(*turned, method="sd_rev_neg").flows, plain)
    foreign = start.rename_axis(index="origin", columns="destination")
    with pytest.raises(InputError, match="origin and destination, not birthplace and residence"):
        estimate_flows(foreign, end, method="sd_rev_neg")
    assert margins.fit(foreign, start.sum(axis=1)).table.dims == ("origin", "destination")


def test_messages_quote_labels_and_count_only_what_differs() -> None:
    with pytest.raises(InputError) as caught:
        labels.same_labels(["4", "8"], [("births", ["004", "008"])])
    said = str(caught.value)
    assert "'004'" in said and "leading zeros" in said and "2 labels instead of 2" not in said


def test_fitted_deaths_that_are_more_than_live_there_are_named(shared: Path) -> None:
    cases = shared / "reference" / "review" / "cases" / "flows"
    start, end = stock_tables(pd.read_csv(cases / "ok_stocks.csv"))
    births, deaths = vital_tables(pd.read_csv(cases / "ok_areas.csv"))
    with pytest.raises(CorridorsError, match="deaths of people born in"):
        estimate_flows(
            start, end, births=births, deaths=deaths, assumptions=Assumptions(deaths="fitted")
        )


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "c_m49",
        "c_namibia",
        "c_owid6287_others",
        "c_owid6287_others_asis",
        "c_sumo14072_blank",
        "ok",
    ],
)
def test_tables_as_pandas_reads_them(shared: Path, name: str) -> None:
    """Whole-number codes, NA for Namibia, blanks: the answer of clean text, or a named refusal."""
    cases = shared / "reference" / "review" / "cases" / "flows"
    files = [cases / f"{name}_{table}.csv" for table in ("stocks", "areas")]
    answers = []
    for options in ({}, {"dtype": str, "keep_default_na": False}):
        try:
            stocks, areas = (pd.read_csv(file, **options) for file in files)
            start, end = stock_tables(stocks)
            births, deaths = vital_tables(areas)
            answers.append(estimate_flows(start, end, births=births, deaths=deaths).flows)
        except InputError as error:
            assert re.search(r"row \d|label \d|pairs have no row|no column", str(error)), error
    if len(answers) == 2:
        xr.testing.assert_allclose(answers[0], answers[1])
