"""The calibrated world of 2020: it returns its figures, holds its people, uses its parameters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from corridors import baseline, ensemble, parameters, study
from corridors.baseline import Observed
from corridors.capital.supply import CLOSURES
from corridors.data import store
from corridors.equilibrium import levels, solve
from corridors.equilibrium.measures import measure
from corridors.equilibrium.prepare import log_scarcity
from corridors.errors import Infeasible
from corridors.people.choice import allocate, weights
from corridors.people.demography import split_by_odds
from corridors.people.occupied import Occupied
from corridors.rules import Policy, build
from corridors.world import World, close, taken

Array = np.ndarray


def close_to(actual: Array, expected: Array, rtol: float = 1e-10) -> None:
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=0.0)


# --- inversion -------------------------------------------------------------------------------


def chosen(world: World, log_wedge: Array) -> tuple[Array, Array]:
    """People at home and abroad whom these wedges make choose."""
    structure, state, rules = world.structure, world.state, world.rules
    income = state.migrant_income(structure, rules.markdown)
    value = structure.value_of_sending(rules.fee)[:, None]
    stay, leave, _ = weights(
        state.home_consumption, income * value, log_wedge, structure.theta, structure.nest
    )
    able = structure.poverty.able(state.home_consumption)
    home, migrants, _ = allocate(structure.natives, stay, leave, able)
    return home, migrants


def assert_inverts(world: World) -> None:
    structure, draws = world.structure, len(world.structure.theta)
    state = world.state.rows(draws)
    technology, log_wedge = levels.invert(structure, state, world.rules)
    np.testing.assert_allclose(log_wedge, world.rules.log_wedge, rtol=0.0, atol=1e-14)
    # What scarce places add to the wedge is the caps', not the law's.
    cells = Occupied.inhabited(state.migrants)
    scarcity, _ = log_scarcity(structure, state, world.rules, cells)
    power = (structure.theta / structure.nest[:, None])[..., None, None, None]
    home, migrants = chosen(world, log_wedge + cells.spread(scarcity / cells.of(power)))
    close_to(home, state.home)
    close_to(migrants, state.migrants)
    labour = state.native_labour(structure), state.migrant_labour(structure)
    for closure in CLOSURES:
        closed = world.with_closure(closure)
        tfp, kept = np.exp(technology.log_tfp), world.rules.capital_retained
        native, migrant, output, capital = levels.produce(
            closed.structure, technology, labour, tfp, (kept, state.capital)
        )
        close_to(native, state.wage_native)
        some = labour[1] > 0.0
        close_to(migrant[some], state.wage_migrant[some])
        close_to(output, state.output)
        close_to(capital, state.capital)


def test_inversion_returns_every_figure(real: World) -> None:
    assert_inverts(real)


def test_inversion_returns_every_figure_at_every_draw(observed: Observed) -> None:
    draws = parameters.draw(3, ensemble.streams(5))
    assert_inverts(baseline.calibrate(observed, draws, shares=observed.status_shares[None]))


def test_the_observed_state_closes(real: World) -> None:
    close(real.structure, real.state, real.rules.fee, tolerance=1e-12)


@pytest.mark.parametrize("closure", CLOSURES)
def test_no_change_of_rules_leaves_the_world(real: World, closure: str) -> None:
    world = real.with_closure(closure)
    after = solve.require(solve.settle(world.structure, world.state, world.rules, world.rules))
    for name in ("home", "migrants", "wage_native", "output", "capital", "received", "sent"):
        close_to(getattr(after.state, name), getattr(world.state, name))


@pytest.mark.slow
def test_a_study_without_levers_returns_the_baseline(
    observed: Observed,
) -> None:
    asked = study.check(
        "nothing",
        {
            "title": "Nothing",
            "question": "What if nothing changed?",
            "world": 2020,
            "capital": list(CLOSURES),
            "policy": [{"name": "nothing"}],
            "draws": {"number": 0},
        },
    )
    result = study.run(asked)
    corridors, areas = result["corridors"], result["areas"]
    assert len(corridors) == len(CLOSURES) * (observed.migrants > 0.0).sum()
    close_to(corridors["after"].to_numpy(), corridors["now"].to_numpy())
    assert corridors["now"].sum() == pytest.approx(len(CLOSURES) * observed.migrants.sum())
    for name in ("residents", "immigrants", "emigrants", "output", "wage_low", "remittances"):
        close_to(areas[f"{name}_after"].to_numpy(), areas[f"{name}_now"].to_numpy())
    headline = result["headline"].set_index(["capital", "measure"])
    np.testing.assert_allclose(headline["value"], headline["now"], rtol=1e-10, atol=1e-10)
    assert (result["solver"]["residual"] < 1e-10).all()


def test_a_batch_of_draws_is_its_draws_one_by_one(observed: Observed) -> None:
    draws = parameters.draw(3, ensemble.streams(2))
    policy = Policy("open", (build("open_border", {}),))
    together = _settled(observed, draws, policy)
    for row in range(3):
        alone = _settled(observed, {k: v[row : row + 1] for k, v in draws.items()}, policy)
        for name in ("home", "migrants", "wage_native", "output", "received"):
            np.testing.assert_allclose(
                getattr(alone, name)[0], getattr(together, name)[row], rtol=1e-7, err_msg=name
            )


def _settled(observed: Observed, draws: dict[str, Array], policy: Policy) -> object:
    world = baseline.calibrate(observed, draws, "elastic")
    rules, _ = policy.apply(world.rules)
    settled = solve.settle(world.structure, world.state, world.rules, rules, tolerance=1e-11)
    return solve.require(settled, 1e-11).state


# --- what it holds ---------------------------------------------------------------------------


def test_coverage(observed: Observed) -> None:
    held = observed.coverage
    assert held["economies"] == len(observed.areas) >= 185
    for what in ("people", "output", "migrants of known origin"):
        assert 0.99 <= held[what] <= 1.0
    assert 0.94 <= held["migrants"] <= 0.96
    assert held["adult migrants"] == pytest.approx(observed.migrants.sum())


def test_people_are_those_of_the_tables(observed: Observed) -> None:
    home, migrants = observed.home, observed.migrants
    assert (home > 0.0).all()
    assert (migrants >= 0.0).all()
    assert (np.diagonal(migrants, axis1=1, axis2=2) == 0.0).all()
    stocks = store.table("stocks_2020")
    stocks = stocks[stocks["year"] == 2020].groupby(["birthplace", "residence"])["persons"].sum()
    pairs = pd.MultiIndex.from_product([observed.areas, observed.areas])
    all_ages = stocks.reindex(pairs, fill_value=0).to_numpy(copy=True).reshape(migrants.shape[1:])
    np.fill_diagonal(all_ages, 0)
    adults = migrants.sum(axis=0)
    assert (adults <= all_ages * (1.0 + 1e-12)).all()
    assert ((adults > 0.0) == (all_ages > 0)).all()
    # 266 million of all ages live in these economies, 23 million of them children.
    assert all_ages.sum() - adults.sum() == pytest.approx(23.4e6, rel=0.02)
    ages = store.table("population_by_age")
    ages = ages[ages["year"] == 2020].replace({"area": {"XKX": "SRB"}})
    grown = (ages["age_15_64"] + ages["age_65_plus"]).groupby(ages["area"]).sum()
    residents = home.sum(axis=0) + migrants.sum(axis=(0, 1))
    np.testing.assert_allclose(residents, grown.reindex(list(observed.areas)), rtol=1e-9)


def test_some_have_tertiary_schooling_and_never_more_than_all(observed: Observed) -> None:
    for people in (observed.home, observed.migrants):
        low, high = people
        assert (low >= 0.0).all()
        assert (high >= 0.0).all()
        assert ((high > 0.0) | (low + high == 0.0)).all()
    assert observed.migrants[1].sum() / observed.migrants.sum() == pytest.approx(0.30, abs=0.02)
    adjusted = next(note for note in observed.notes if "graduates" in note)
    assert "QAT" in adjusted


def test_every_figure_says_where_it_is_from(observed: Observed) -> None:
    figures = observed.figures
    assert set(figures["kind"]) <= {"reported", "modelled", "assumed"}
    assert figures["source"].str.len().min() > 3
    assert not figures.duplicated(["area", "quantity"]).any()
    dated = figures.dropna(subset=["year"])
    assert dated["year"].between(2009, 2020).all()
    assert set(figures.loc[figures["year"].isna(), "kind"]) == {"assumed"}
    counted = figures.groupby("quantity")["area"].nunique()
    complete = counted.drop("remittances received")
    assert (complete == len(observed.areas)).all()


# --- splitting by two margins ----------------------------------------------------------------


@st.composite
def splits(draw: st.DrawFn) -> tuple[Array, Array]:
    """A table of people, one cell in five empty, and a part that has the shape of log odds."""
    luck = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows, columns = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    empty = luck.random((rows, columns)) < 0.2
    empty[0], empty[:, 0] = False, False  # else the table may fall into parts
    whole = np.where(empty, 0.0, np.exp(luck.normal(6.0, 1.0, (rows, columns))))
    odds = luck.normal(-1.0, 1.0, (rows, 1)) + luck.normal(0.0, 1.0, columns)
    return whole, whole / (1.0 + np.exp(-odds))


@given(splits())
def test_a_split_with_the_shape_of_log_odds_is_found_again(split: tuple[Array, Array]) -> None:
    whole, part = split
    shares = [part.sum(axis=axis) / whole.sum(axis=axis) for axis in (1, 0)]
    high = split_by_odds(whole, *shares, tolerance=1e-4)
    np.testing.assert_allclose(high, part, rtol=1e-3, atol=0.01)


@given(splits(), st.integers(0, 10**6), st.floats(0.95, 1.05))
def test_a_split_meets_both_margins_and_stays_inside(
    split: tuple[Array, Array], seed: int, off: float
) -> None:
    whole, part = split
    luck = np.random.default_rng(seed)
    # Margins that no odds produced, and two totals that differ, as the tables' do.
    blurred = part * luck.uniform(0.8, 1.1, part.shape)
    rows = blurred.sum(axis=1) / whole.sum(axis=1)
    columns = np.minimum(off * blurred.sum(axis=0) / whole.sum(axis=0), 1.0)
    total = np.sqrt(blurred.sum() * (columns * whole.sum(axis=0)).sum())
    try:
        high = split_by_odds(whole, rows, columns)
    except Infeasible:
        scaled = [
            margin * total / margin.sum() for margin in (blurred.sum(axis=1), blurred.sum(axis=0))
        ]
        wholes = whole.sum(axis=1), whole.sum(axis=0)
        assert any((s > w * (1.0 - 1e-9)).any() for s, w in zip(scaled, wholes, strict=True))
        return
    assert ((high >= 0.0) & (high <= whole)).all()
    assert (high[whole == 0.0] == 0.0).all()
    assert high.sum() == pytest.approx(total, abs=0.5 * len(whole))
    np.testing.assert_allclose(
        high.sum(axis=1), blurred.sum(axis=1) * total / blurred.sum(), atol=0.51
    )
    inside = (high > 1e-3) & (high < whole * (1.0 - 1e-6)) & (whole > 0.0)
    if inside.all():
        odds = np.log(high / (whole - high))
        additive = odds - odds[:1] - odds[:, :1] + odds[0, 0]
        np.testing.assert_allclose(additive, 0.0, atol=1e-6)


def test_a_part_larger_than_its_whole_is_refused() -> None:
    whole = np.array([[100.0, 100.0], [100.0, 100.0]])
    with pytest.raises(Infeasible, match="exceeds its whole"):
        split_by_odds(whole, np.array([1.0, 0.2]), np.array([0.9, 0.9]))


def test_a_margin_of_nobody_stays_nobody() -> None:
    whole = np.array([[100.0, 100.0], [100.0, 100.0], [0.0, 0.0]])
    high = split_by_odds(whole, np.array([0.0, 0.5, 0.5]), np.array([0.25, 0.25]))
    np.testing.assert_allclose(high, [[0.0, 0.0], [50.0, 50.0], [0.0, 0.0]], atol=1e-6)


# --- money -----------------------------------------------------------------------------------


def test_remittances_are_the_recorded_ones(observed: Observed, real: World) -> None:
    structure, state = real.structure, real.state
    recorded = observed.received / observed.price_level
    np.testing.assert_allclose(
        state.transfers(structure)[0], recorded, rtol=1e-12, atol=1e-12 * recorded.max()
    )
    assert observed.received.sum() > 6e11
    # Only these receive more than all their migrants could have sent.
    other = observed.received - state.received[0]
    beyond = {real.areas[k] for k in np.flatnonzero(other > 1e-9 * observed.received.max())}
    assert beyond == {"CUW", "NCL", "PYF", "QAT"}
    explained = np.array([area not in beyond for area in real.areas])
    np.testing.assert_allclose(
        state.received[0][explained], observed.received[explained], rtol=1e-10
    )
    assert other.sum() < 0.01 * observed.received.sum()
    # It follows what is explained in proportion; income of its own it is where nothing is.
    followed = structure.following[0] * state.received[0]
    own = structure.other_income[0] * observed.price_level
    np.testing.assert_allclose(followed + own, other, atol=1e-9 * observed.received.max())
    assert not ((own != 0.0) & (state.received[0] > 0.0)).any()


def test_senders_are_near_the_matrix_and_their_residual_is_told(
    observed: Observed, real: World
) -> None:
    sent, matrix = real.state.sent[0].sum(axis=0), observed.remitted_from
    largest = np.argsort(-np.nan_to_num(matrix))[:20]
    near = np.abs(sent[largest] / matrix[largest] - 1.0) < 0.25
    assert near.sum() >= 18
    assert {"USA", "SAU", "ARE", "KWT", "HKG"} <= {real.areas[k] for k in largest[near]}
    # Every receiver's column was made to add up to the receipts that are used.
    told = observed.received[observed.received > 0.0].sum()
    assert np.nansum(matrix) == pytest.approx(told, rel=0.02)


def test_stayers_live_on_pay_and_what_they_receive(real: World) -> None:
    structure, state = real.structure, real.state
    earned = state.wage_native * state.at_work(structure) * (1.0 - state.tax[:, None])
    received = state.transfers(structure) / state.home.sum(axis=1)
    close_to(state.home_consumption, earned + received[:, None], rtol=1e-12)


def test_distance_to_the_bilateral_matrix(real: World) -> None:
    matrix = store.table("remittances_by_corridor")
    matrix = matrix[(matrix["year"] == 2018) & (matrix["usd"] > 0.0)]
    places = pd.Index(real.areas)
    at = places.get_indexer(matrix["birthplace"]), places.get_indexer(matrix["residence"])
    inside = (at[0] >= 0) & (at[1] >= 0)
    arriving = real.state.sent[0] * (1.0 - real.rules.fee[0])
    ours = arriving[at[0][inside], at[1][inside]]
    theirs = matrix["usd"].to_numpy()[inside]
    both = ours > 0.0
    gap = np.log(ours[both] / theirs[both])
    correlation = np.corrcoef(np.log(ours[both]), np.log(theirs[both]))[0, 1]
    overlap = np.minimum(ours / ours.sum(), theirs / theirs.sum()).sum()
    print(
        f"remittances of {both.sum()} corridors against the 2018 matrix: correlation of logs "
        f"{correlation:.2f}, root mean square of log ratio {gap.std():.2f}, median ratio "
        f"{np.exp(np.median(gap)):.2f}, overlap of shares {overlap:.2f}"
    )
    assert both.sum() > 5000
    assert np.isfinite(gap).all()
    assert correlation > 0.7
    assert overlap > 0.5


# --- pay -------------------------------------------------------------------------------------


def test_shares_of_output_are_shares(real: World) -> None:
    structure = real.structure
    assert (structure.alpha > 0.0).all()
    assert (structure.alpha <= 0.35).all()
    assert (structure.gamma >= 0.05 - 1e-12).all()
    np.testing.assert_allclose(structure.labour_share + structure.alpha + structure.gamma, 1.0)
    premium = real.state.wage_native[0, 1] / real.state.wage_native[0, 0]
    assert premium.min() >= 1.2 - 1e-12
    assert premium.max() <= 5.0 + 1e-12


def test_pay_ranks_economies_as_the_174_country_package_does(real: World, shared: Path) -> None:
    file = shared / "reference/equilibrium/published/Location_charac_IER.csv"
    theirs = pd.read_csv(file).set_index("isoo")
    common = theirs.index.intersection(real.areas)
    assert len(common) > 165
    rows = [real.areas.index(code) for code in common]
    for skill, column in ((0, "wL_data"), (1, "wH_data")):
        ours = real.state.wage_native[0, skill, rows]
        correlation = spearmanr(ours, theirs.loc[common, column]).statistic
        print(f"rank correlation of pay with {column}, {len(common)} economies: {correlation:.2f}")
        assert correlation > 0.6


def test_without_land_capital_takes_its_share(observed: Observed) -> None:
    world = baseline.calibrate(observed, parameters.central(), "mobile", land=False)
    assert (world.structure.gamma == 0.0).all()
    close(world.structure, world.state, world.rules.fee, tolerance=1e-12)
    rules, _ = Policy("open", (build("open_border", {"legal_share": 0.15}),)).apply(world.rules)
    after = solve.require(solve.settle(world.structure, world.state, world.rules, rules)).state
    close(world.structure, after, rules.fee)
    with_land = baseline.calibrate(observed, parameters.central(), "mobile")
    settled = solve.settle(with_land.structure, with_land.state, with_land.rules, rules)
    gain = [measure(w, s)["output"][0] for w, s in ((world, after), (with_land, settled.state))]
    # Nothing slows down a growing economy, so more is gained.
    assert gain[0] > 1.1 * gain[1] > 0.0


# --- wedges ----------------------------------------------------------------------------------


def below_one(world: World) -> pd.DataFrame:
    """Corridors where moving adds to consumption rather than costs it: tau < 1."""
    rules, people = world.rules, world.state.migrants[0]
    skill, birthplace, residence, status = np.nonzero(rules.log_wedge[0] < 0.0)
    return pd.DataFrame(
        {
            "skill": np.array(rules.skills)[skill],
            "birthplace": np.array(rules.areas)[birthplace],
            "residence": np.array(rules.areas)[residence],
            "tau": np.exp(rules.log_wedge[0][skill, birthplace, residence, status]),
            "adults": people[skill, birthplace, residence, status],
        }
    )


def test_wedges_below_one_are_kept(real: World) -> None:
    below = below_one(real)
    print(below.sort_values("adults", ascending=False).to_string(index=False))
    assert 0 < len(below) < 60
    assert (below["adults"] > 0.0).all()
    assert below["adults"].max() > 1e5
    truncated = np.maximum(real.rules.log_wedge, 0.0)
    _, migrants = chosen(real, truncated)
    assert np.abs(migrants - real.state.migrants).max() > 1000.0


def test_empty_corridors_are_the_closed_ones(real: World) -> None:
    np.testing.assert_array_equal(np.isinf(real.rules.log_wedge[0]), real.rules.empty)
    np.testing.assert_array_equal(real.state.migrants[0] == 0.0, real.rules.empty)


# --- parameters ------------------------------------------------------------------------------

PARAMETERS = parameters.declared()


@pytest.mark.parametrize(
    "channel", sorted({parameter.channel for parameter in PARAMETERS.values()})
)
def test_every_parameter_has_an_effect(observed: Observed, channel: str) -> None:
    names = [name for name, parameter in PARAMETERS.items() if parameter.channel == channel]
    on = (channel,) if channel in baseline.CHANNELS else ()
    with_statuses = channel in ("statuses", "status_nest")
    shares = observed.status_shares[None] if with_statuses else None

    def task(drawn: dict[str, Array]) -> pd.DataFrame:
        # Elastic capital is the closure that reads every parameter of capital.
        return answered(baseline.calibrate(observed, drawn, "elastic", channels=on, shares=shares))

    assert idle_ones(names, task) == []


def idle_ones(names: list[str], task: Callable[[dict[str, Array]], pd.DataFrame]) -> list[str]:
    """Parameters that, moved alone within their prior, move no measure."""
    central = parameters.central()
    drawn = {name: np.repeat(value, len(names) + 1) for name, value in central.items()}
    for place, name in enumerate(names, start=1):
        ends = PARAMETERS[name].quantile(np.array([0.1, 0.9]))
        drawn[name][place] = max(ends, key=lambda end: abs(end - central[name][0]))
    effects = pd.concat(map(task, ensemble.batches(drawn)), ignore_index=True).to_numpy()
    moved = np.abs(effects[1:] - effects[0]) > 1e-5 * np.abs(effects[0])
    return [name for name, any_ in zip(names, moved.any(axis=1), strict=True) if not any_]


def answered(world: World) -> pd.DataFrame:
    """Every measure, by draw, with borders opened and remittances nearly free."""
    levers = [build("open_border", {}), build("remittance_cost", {"cost_share": 0.01})]
    if "tied" in world.rules.statuses:
        levers.append(build("guest_workers", {"places": 0.05}))
    rules, _ = Policy("all", tuple(levers)).apply(world.rules)
    settled = solve.settle(world.structure, world.state, world.rules, rules, tolerance=1e-9)
    assert settled.good(1e-9).all()
    return pd.DataFrame(measure(world, settled.state))


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_prior_holds_its_value_and_rises(name: str) -> None:
    parameter = PARAMETERS[name]
    low, middle, high = parameter.quantile(np.array([0.0, 0.5, 1.0]))
    assert low < middle < high
    assert low <= parameter.value <= high
    for text in (parameter.symbol, parameter.title, parameter.unit, parameter.source):
        assert text.strip()
    assert parameter.status


def test_take_keeps_the_draws_asked_for(observed: Observed) -> None:
    draws = parameters.draw(4, ensemble.streams(1))
    structure = baseline.calibrate(observed, draws).structure
    kept = taken(structure, np.array([2, 0]))
    np.testing.assert_array_equal(kept.theta, structure.theta[[2, 0]])
    np.testing.assert_array_equal(kept.other_income, structure.other_income[[2, 0]])
    assert kept.natives is structure.natives
