"""Laws of the yearly accounting, of people who look ahead, and of the real world's projection."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from corridors import ensemble
from corridors.baseline.years import WorldYears
from corridors.data import store
from corridors.errors import Infeasible, InputError, NotConverged
from corridors.people.stocks import HELD_IN
from corridors.projection import (
    Assumed,
    DrawnPolicy,
    Projection,
    foresee,
    foresee_changes,
    project,
    project_draws,
)
from corridors.projection.intervals import WITHOUT
from corridors.projection.rates import (
    Circumstances,
    Persons,
    Rates,
    departure_rates,
    inflow_since,
    per_person_at_home,
    permit_ends,
    pull,
    step,
)

Array = np.ndarray
seeds = st.integers(0, 10**6)

WORLD = WorldYears.of(2020)


# --- mode A: random small worlds -----------------------------------------------------------------


def small(seed: int) -> tuple[Persons, Rates]:
    """2 skills, 2 to 5 areas, 1 to 4 statuses; nobody has more to leave for than one in a year."""
    luck = np.random.default_rng(seed)
    areas, statuses = int(luck.integers(2, 6)), int(luck.integers(1, 5))
    shape = (2, areas, areas, statuses)
    abroad = luck.uniform(0.0, 50.0, shape) * (luck.random(shape) < 0.7)
    abroad[:, np.arange(areas), np.arange(areas)] = 0.0
    leave = luck.uniform(0.0, 0.5 / (areas * statuses), shape) * (abroad > 0.0)
    change = luck.uniform(0.0, 0.1, (areas, areas, statuses, statuses))
    change[..., np.arange(statuses), np.arange(statuses)] = 0.0
    rates = Rates(
        birth_home=luck.uniform(0.0, 0.05, areas),
        birth_abroad=luck.uniform(0.0, 0.05, shape),
        death_home=luck.uniform(0.0, 0.05, (2, areas)),
        death_abroad=luck.uniform(0.0, 0.05, (areas, 1)),
        leave=leave,
        come_back=luck.uniform(0.0, 0.3, statuses),
        remove=luck.uniform(0.0, 0.1, shape),
        change=change,
    )
    return Persons(luck.uniform(100.0, 1000.0, (2, areas)), abroad), rates


def relabelled(rates: Rates, order: Array) -> Rates:
    """The same rates with the areas in another order."""

    def two(array: Array) -> Array:
        whole = np.broadcast_to(array, (*array.shape[:-3], len(order), len(order), array.shape[-1]))
        return whole[..., order[:, None], order, :]

    return Rates(
        birth_home=rates.birth_home[..., order],
        birth_abroad=two(rates.birth_abroad),
        death_home=rates.death_home[..., order],
        death_abroad=rates.death_abroad[order],
        leave=two(rates.leave),
        come_back=rates.come_back,
        remove=two(rates.remove),
        change=rates.change[order[:, None], order],
    )


@given(seeds)
def test_persons_change_by_births_less_deaths_and_nothing_else(seed: int) -> None:
    persons, rates = small(seed)
    for _ in range(20):
        later, events = step(persons, rates)
        expected = persons.world + events.births.sum() - events.deaths.sum()
        assert later.world == pytest.approx(expected, rel=1e-12)
        persons = later


@given(seeds)
def test_residents_change_by_births_deaths_and_moves(seed: int) -> None:
    persons, rates = small(seed)
    later, events = step(persons, rates)
    homeward = events.returned + events.removed
    net = events.left.sum(axis=(-3, -1)) - events.left.sum(axis=(-2, -1))
    net += homeward.sum(axis=(-2, -1)) - homeward.sum(axis=(-3, -1))
    expected = persons.residents + events.births - events.deaths + net
    np.testing.assert_allclose(later.residents, expected, rtol=1e-12)


@given(seeds)
def test_without_rates_nothing_happens(seed: int) -> None:
    persons, _ = small(seed)
    later, _ = step(persons, Rates.none())
    assert (later.home == persons.home).all()
    assert (later.abroad == persons.abroad).all()


@given(seeds, st.randoms(use_true_random=False))
def test_relabelling_areas_permutes_the_answer(seed: int, shuffler) -> None:
    persons, rates = small(seed)
    order = list(range(persons.home.shape[-1]))
    shuffler.shuffle(order)
    order = np.array(order)
    mixed = Persons(persons.home[:, order], persons.abroad[:, order[:, None], order])
    there, _ = step(mixed, relabelled(rates, order))
    here, _ = step(persons, rates)
    np.testing.assert_allclose(there.home, here.home[:, order], rtol=1e-13)
    np.testing.assert_allclose(there.abroad, here.abroad[:, order[:, None], order], rtol=1e-13)


@given(seeds)
def test_more_departures_than_people_are_refused(seed: int) -> None:
    persons, rates = small(seed)
    with pytest.raises(Infeasible, match="at home in cell"):
        step(persons, replace(rates, death_home=np.array([1.01])))
    with pytest.raises(Infeasible, match="abroad in cell"):
        step(persons, replace(rates, come_back=np.array([1.01])))


def circumstances(persons: Persons, seed: int) -> Circumstances:
    luck = np.random.default_rng(seed + 1)
    log_pay = luck.normal(0.0, 1.0, persons.home.shape)
    return Circumstances(
        log_gain=log_pay[:, None, :] - log_pay[..., None],
        diaspora=persons.diaspora,
        able=luck.uniform(0.7, 1.0, persons.home.shape),
        elasticity=luck.uniform(0.1, 3.0),
        network=luck.uniform(0.0, 0.5),
    )


@given(seeds)
def test_the_pull_gives_the_observed_departures_back(seed: int) -> None:
    persons, rates = small(seed)
    now = circumstances(persons, seed)
    np.testing.assert_allclose(
        departure_rates(pull(rates.leave, now), now), rates.leave, rtol=1e-12
    )


@given(seeds)
def test_better_pay_draws_people_from_everywhere_else(seed: int) -> None:
    persons, rates = small(seed)
    now = circumstances(persons, seed)
    a = pull(rates.leave, now)
    better = np.zeros_like(now.log_gain)
    better[..., 0] = 0.1
    then = departure_rates(a, replace(now, log_gain=now.log_gain + better))
    more = then[:, 1:, 0] - rates.leave[:, 1:, 0]
    assert (more[rates.leave[:, 1:, 0] > 0.0] > 0.0).all()
    assert (then[..., 1:, :] <= rates.leave[..., 1:, :] * (1.0 + 1e-12)).all()
    nobody = departure_rates(a, replace(now, able=np.zeros_like(now.able)))
    assert not nobody.any()


@given(seeds)
def test_departures_read_from_two_stocks_lead_from_one_to_the_other(seed: int) -> None:
    """A corridor that grew by a number of people a year grows by it again; statuses may shift."""
    persons, rates = small(seed)
    growth = 0.05 * persons.diaspora
    earlier = persons.diaspora - 3.0 * growth
    leave = per_person_at_home(inflow_since(earlier, 3.0, persons.abroad, rates), persons.home)
    # Enough people at home for all who leave.
    scale = 0.5 / max(float(leave.sum(axis=(-2, -1)).max()), 0.5)
    people = Persons(persons.home / scale, persons.abroad)
    later, _ = step(people, replace(rates, leave=leave * scale))
    np.testing.assert_allclose(later.diaspora, persons.diaspora + growth, rtol=1e-12)


@given(seeds)
def test_a_stock_that_fell_faster_than_people_leave_it_has_no_arrivals(seed: int) -> None:
    persons, rates = small(seed)
    inflow = inflow_since(3.0 * persons.diaspora, 1.0, persons.abroad, rates)
    assert not inflow.any()


@given(st.floats(1.5, 20.0), st.floats(0.0, 1.0))
def test_a_permit_ends_in_return_or_in_irregularity(term: float, overstay: float) -> None:
    back, slip = permit_ends(term, overstay)
    assert back + slip == pytest.approx(1.0 / term, rel=1e-15)
    assert slip == pytest.approx(overstay / term, rel=1e-15)


# --- mode B: random small worlds -----------------------------------------------------------------


@dataclass(frozen=True)
class Ahead:
    """Groups of people who look ahead, and pay w = A L^(-gamma) of all groups together."""

    start: Array
    productivity: Array
    gamma: float
    cost: Array
    taste: dict[str, float]

    def log_pay(self, people: Array) -> Array:
        total = people.sum(axis=-2, keepdims=True)
        return np.broadcast_to(np.log(self.productivity) - self.gamma * np.log(total), people.shape)

    def in_levels(self, cost: Array | None = None) -> object:
        cost = self.cost if cost is None else cost
        return foresee(self.start, self.log_pay, cost[None], horizon=40, **self.taste)


@functools.cache
def ahead(seed: int) -> Ahead:
    luck = np.random.default_rng(seed)
    groups, areas = int(luck.integers(1, 4)), int(luck.integers(2, 5))
    cost = luck.uniform(0.5, 5.0, (groups, areas, areas))
    cost[:, np.arange(areas), np.arange(areas)] = 0.0
    cost[luck.random(cost.shape) < 0.1] = np.inf
    cost[:, np.arange(areas), np.arange(areas)] = 0.0
    return Ahead(
        start=luck.uniform(1.0, 50.0, (groups, areas)),
        productivity=np.exp(luck.normal(0.0, 0.7, areas)),
        gamma=luck.uniform(0.0, 0.6),
        cost=cost,
        taste={"patience": luck.uniform(0.0, 0.95), "spread": luck.uniform(0.5, 3.0)},
    )


few = st.integers(0, 7)


@given(few)
def test_ratios_to_a_projection_and_levels_agree(seed: int) -> None:
    world = ahead(seed)
    luck = np.random.default_rng(seed + 7)
    change = np.where(np.isinf(world.cost), 0.0, luck.normal(0.0, 0.7, world.cost.shape))
    known, expected = world.in_levels(), world.in_levels(world.cost + change)
    total = known.people.sum(axis=-2, keepdims=True)

    def log_pay_change(ratio: Array) -> Array:
        later = (ratio * known.people).sum(axis=-2, keepdims=True)
        return np.broadcast_to(-world.gamma * np.log(later / total), ratio.shape)

    solved = foresee_changes(known.people, known.moves, log_pay_change, change[None], **world.taste)
    np.testing.assert_allclose(solved.people, expected.people, rtol=1e-9)
    np.testing.assert_allclose(solved.moves, expected.moves, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(solved.values, expected.values - known.values, atol=1e-9)


@given(few)
def test_unchanged_costs_leave_the_projection_as_it_is(seed: int) -> None:
    world = ahead(seed)
    known = world.in_levels()
    solved = foresee_changes(
        known.people, known.moves, lambda ratio: -world.gamma * np.log(ratio), np.zeros((1, 1, 1)),
        **world.taste,
    )  # fmt: skip
    np.testing.assert_allclose(solved.people, known.people, rtol=1e-12)
    np.testing.assert_allclose(solved.values, 0.0, atol=1e-12)


@given(few)
def test_those_who_look_ahead_are_as_many_as_before(seed: int) -> None:
    world = ahead(seed)
    solved = world.in_levels()
    persons = solved.people.sum(axis=-1)
    np.testing.assert_allclose(persons, np.broadcast_to(persons[0], persons.shape), rtol=1e-12)
    closed = np.broadcast_to(np.isinf(world.cost), solved.moves.shape)
    assert (solved.moves[closed] == 0.0).all()


@given(few)
def test_values_solve_the_recursion(seed: int) -> None:
    world = ahead(seed)
    solved, nu = world.in_levels(), world.taste["spread"]
    after = np.concatenate([solved.values[1:], solved.values[-1:]])
    ahead_of = world.taste["patience"] * after[..., None, :] - world.cost
    worth = world.log_pay(solved.people) + nu * np.log(np.exp(ahead_of / nu).sum(axis=-1))
    np.testing.assert_allclose(solved.values, worth, rtol=1e-10, atol=1e-10)


@given(few)
def test_relabelling_places_permutes_the_projection(seed: int) -> None:
    world = ahead(seed)
    order = np.arange(world.start.shape[-1])[::-1]
    mixed = replace(
        world,
        start=world.start[:, order],
        productivity=world.productivity[order],
        cost=world.cost[:, order[:, None], order],
    )
    there, here = mixed.in_levels(), world.in_levels()
    np.testing.assert_allclose(there.people, here.people[..., order], rtol=1e-9)


def test_a_closing_known_before_is_acted_on_before() -> None:
    """Who looks ahead leaves before the door shuts, because staying will be worth less."""
    cost = np.zeros((31, 2, 2))
    cost[:, 0, 1] = cost[:, 1, 0] = 2.0
    later = cost.copy()
    later[10:, 0, 1] = np.inf
    taste = {"patience": 0.9, "spread": 1.0}

    def log_pay(people: Array) -> Array:
        return np.log(np.array([1.0, 3.0])) - 0.2 * np.log(people)

    start = np.array([100.0, 20.0])
    open_, closed = (foresee(start, log_pay, kappa, horizon=30, **taste) for kappa in (cost, later))
    assert (closed.moves[7:10, 0, 1] > open_.moves[7:10, 0, 1]).all()
    assert (closed.moves[10:, 0, 1] == 0.0).all()


def test_a_projection_that_cannot_be_reached_is_an_error_and_not_a_number() -> None:
    """Pay so steep in people that every guess overshoots the last."""
    cost, start = np.ones((1, 3, 3)), np.array([10.0, 11.0, 12.0])
    with pytest.raises(NotConverged, match="look ahead"):
        foresee(
            start, lambda people: -200.0 * np.log(people), cost,
            patience=0.9, spread=0.5, horizon=20,
        )  # fmt: skip


def test_what_makes_no_sense_is_refused_at_once() -> None:
    with pytest.raises(InputError) as refused:
        foresee(np.ones(2), np.log, np.zeros((1, 2, 2)), patience=1.0, spread=0.0, horizon=0)
    assert len(refused.value.problems) == 3


# --- the real world ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> Projection:
    return project(world=WORLD, last=2024)


def persons_of(projection: Projection, **where: object) -> float:
    return float(projection.persons.sel(**where).sum())


def test_the_world_changes_by_births_less_deaths(world: Projection) -> None:
    total = world.persons.sum(["birthplace", "residence", "status"])
    natural = (world.events.births - world.events.deaths).sum("area")
    np.testing.assert_allclose(np.diff(total), natural, rtol=1e-12 * float(total[0] / natural[0]))


def test_the_world_starts_from_the_published_people_and_stays_close(world: Projection) -> None:
    table = store.table("population")
    published = table[table["area"] != "VAT"].groupby("year")["population"].sum()
    for year, tolerance in ((2020, 1e-12), (2021, 1e-7), (2024, 1e-5)):
        assert persons_of(world, year=year) == pytest.approx(published[year], rel=tolerance)


def test_people_abroad_are_those_of_the_stocks(world: Projection) -> None:
    stocks = store.table("stocks_2020")
    stocks = stocks[(stocks["year"] == 2020) & ~stocks["residence"].isin(["VAT", "BES"])]
    own = stocks[stocks["birthplace"] == "MEX"].groupby("residence")["persons"].sum()
    corridor = world.persons.sel(year=2020, birthplace="MEX", residence="USA")
    assert float(corridor.sum()) == pytest.approx(own["USA"], rel=1e-9)
    abroad = float(world.abroad().sel(year=2020).sum())
    held = stocks[stocks["birthplace"] != "VAT"]["persons"].sum()
    assert abroad == pytest.approx(held, rel=1e-9)


def test_every_figure_is_known_and_none_is_negative(world: Projection) -> None:
    assert bool((world.persons >= 0.0).all())
    own = world.persons.sel(status="home").sum("year").values
    assert not (own - np.diag(np.diag(own))).any(), "natives at home live elsewhere"
    assert not np.diagonal(world.persons.sel(year=2024, status="tied").values).any()
    assert (world.assumptions["kind"] == "assumed").all()


def test_corridors_go_on_as_they_went_from_2010_to_2020(world: Projection) -> None:
    """The change of the first year is a tenth of the change of ten, where people can leave so."""
    stocks = store.table("stocks_2020")
    pairs = stocks.groupby(["year", "birthplace", "residence"])["persons"].sum()
    stocks_by_year = world.persons.sum("status")
    for birthplace, residence in (("MEX", "USA"), ("IND", "ARE"), ("PHL", "SAU"), ("POL", "GBR")):
        corridor = {"birthplace": birthplace, "residence": residence}
        first = float(
            stocks_by_year.sel(year=2021, **corridor) - stocks_by_year.sel(year=2020, **corridor)
        )
        decade = pairs[2020, birthplace, residence] - pairs[2010, birthplace, residence]
        assert first == pytest.approx(decade / 10.0, rel=1e-6), corridor


def test_flight_dies_down_and_choice_does_not(world: Projection) -> None:
    """Syria's war began in 2012: a small part of its departures goes on, and less each year."""
    stocks = store.table("stocks_2020")
    abroad = stocks[stocks["birthplace"] == "SYR"].groupby("year")["persons"].sum()
    left = world.events.left.sel(area="SYR")
    assert float(left.max()) < 0.7 * (abroad[2020] - abroad[2010]) / 10.0
    assert (np.diff(left.sel(year=[2021, 2022, 2023])) < 0.0).all()
    steady = world.events.left.sel(area="IND").values
    assert np.ptp(steady) / steady.mean() < 0.05


def test_people_of_unknown_birthplace_stay_abroad_and_only_die(world: Projection) -> None:
    unknown = world.persons.sel(birthplace="OTH")
    assert (np.diff(unknown.sum(["residence", "status"])) < 0.0).all()
    assert float(world.residents().sel(area="OTH").max()) == 0.0
    rate = 1.0 - float(unknown.sel(year=2021).sum() / unknown.sel(year=2020).sum())
    assert 0.004 < rate < 0.015


@pytest.mark.slow
def test_every_area_has_the_published_net_migration_if_it_is_asked_for() -> None:
    tied = project(world=WORLD, last=2023, net="prospects")
    table = store.table("population")
    table = table[table["area"] != "VAT"]
    table = table.assign(area=table["area"].replace(dict(HELD_IN)))
    july = table.groupby(["area", "year"])["net_migration"].sum().unstack()
    events = tied.events
    net = events.arrived + events.returned - events.left - events.went_back - events.removed
    given = net["area"].values[(events.arrived.sel(year=2020) > 0.0).values]
    assert set(net["area"].values) - set(given) == {"BES", "OTH", "STP", "TON", "TWN", "WSM"}
    # Taiwan has no stocks, so no moves: its 83,484 are spread over everybody's people, 1 in 94,000.
    people = tied.residents().sel(area=given, year=2020)
    wanted = (july.loc[given, 2020] + july.loc[given, 2021]).to_numpy() / 2.0
    assert (np.abs(net.sel(year=2020, area=given) - wanted) < 5.0 + 2e-5 * people).all()


@pytest.mark.slow
def test_flight_that_was_counted_arrives_in_its_year() -> None:
    """Ukraine in 2022, from a world that has not heard of the war."""
    before = project(world=WORLD, last=2024)
    told = project(world=WORLD, last=2024, flight_known=2022)
    more = told.events.left - before.events.left
    assert float(more.sel(area="UKR", year=[2021, 2022]).sum()) > 4e6
    # Half of the year from July 2020 is in 2021, when few fled.
    late = float(more.sel(area="UKR", year=[2021, 2022]).sum())
    assert abs(float(more.sel(area="UKR", year=2020))) < 0.05 * late
    with pytest.raises(InputError, match="flight_known"):
        project(world=WORLD, last=2024, flight_known=2019)
    with pytest.raises(InputError, match="no net migration 'propects'"):
        project(world=WORLD, last=2024, net="propects")


@pytest.mark.slow
def test_draws_are_around_the_point_and_the_same_under_every_policy() -> None:
    shut = {"wedge": xr.DataArray([[0.0]], {"birthplace": ["IND"], "residence": ["ARE"]}, None)}
    same = DrawnPolicy(shut, {}, since=2020, through=2100)
    drawn = project_draws(
        3, world=WORLD, last=2022, policies={"nothing": same}, pairs=[("IND", "ARE")]
    )
    without, nothing = drawn[WITHOUT], drawn["nothing"]
    assert (without["persons"].values == nothing["persons"].values).all()
    assert without["corridor"].std("draw").sel(year=2020).item() == 0.0
    assert without["corridor"].std("draw").sel(year=2022).item() > 0.0
    world_change = without["persons"].sum("area").diff("year")
    births = without["persons"].sum("area").sel(year=2020)
    assert (np.abs(without["net"].sum("area").isel(year=[0, 1])) < 1e-6 * births).all()
    assert world_change.shape == (3, 2)
    with pytest.raises(InputError, match="too few"):
        project_draws(0)


def test_draws_of_a_projection_do_not_depend_on_who_makes_them() -> None:
    shut = {"wedge": xr.DataArray([[1.0]], {"birthplace": ["IND"], "residence": ["ARE"]}, None)}
    policies = {"shut": DrawnPolicy(shut, {}, since=2020, through=2100)}
    pairs = [("IND", "ARE")]
    alone = project_draws(3, world=WORLD, last=2022, policies=policies, pairs=pairs)
    with ensemble.workers(None, 2) as pool:
        shared = project_draws(
            3, world=WORLD, last=2022, policies=policies, pairs=pairs, executor=pool
        )
    for name, known in alone.items():
        assert known.identical(shared[name]), name


def test_a_policy_acts_where_and_from_when_it_says(world: Projection) -> None:
    removal = xr.DataArray([0.3], {"residence": ["USA"]}, ["residence"])
    changed = project(world=WORLD, last=2024, policy={"removal": removal}, since=2022)
    before = {"year": slice(None, 2022)}
    assert (changed.persons.sel(before).values == world.persons.sel(before).values).all()
    irregular = {"year": 2024, "residence": "USA", "status": "irregular"}
    assert persons_of(changed, **irregular) < 0.6 * persons_of(world, **irregular)
    known = [code for code in world.persons["birthplace"].values if code != "OTH"]
    assert (changed.events.removed.sel(area="USA", year=2022)) > 0.29 * persons_of(
        world, year=2022, birthplace=known, residence="USA", status="irregular"
    )
    assert float(changed.events.removed.sel(area="FRA", year=2022)) == float(
        world.events.removed.sel(area="FRA", year=2022)
    )
    home = {"year": 2024, "birthplace": "MEX", "residence": "MEX"}
    assert persons_of(changed, **home) > persons_of(world, **home)


@pytest.mark.slow
def test_a_closed_corridor_takes_nobody_in_and_regularisation_moves_statuses(
    world: Projection,
) -> None:
    shut = xr.DataArray([[np.inf]], {"birthplace": ["IND"], "residence": ["ARE"]}, None)
    amnesty = xr.DataArray([0.5], {"residence": ["ITA"]}, ["residence"])
    changed = project(world=WORLD, last=2024, policy={"wedge": shut, "regularisation": amnesty})
    corridor = {"birthplace": "IND", "residence": "ARE"}
    stock = changed.persons.sel(**corridor).sum("status")
    assert (np.diff(stock) < 0.0).all()
    assert persons_of(world, year=2024, **corridor) > 1.5 * float(stock.sel(year=2024))
    in_italy = {"year": 2024, "residence": "ITA"}
    for status, sign in (("irregular", -1.0), ("permanent", 1.0)):
        gap = persons_of(changed, status=status, **in_italy)
        gap -= persons_of(world, status=status, **in_italy)
        assert sign * gap > 1e5


def test_what_cannot_be_asked_is_refused_with_everything_wrong() -> None:
    with pytest.raises(InputError) as refused:
        project(world=WORLD, last=2101, since=2019, policy={"remowal": 0.1, "overstay": 1.5})
    words = [str(problem) for problem in refused.value.problems]
    assert len(words) == 4
    assert "Use removal" in words[2]
    strange = xr.DataArray([[0.1]], {"residence": ["USB"], "sex": ["F"]}, ["residence", "sex"])
    with pytest.raises(InputError) as refused:
        project(world=WORLD, last=2021, policy={"removal": strange})
    words = [str(problem) for problem in refused.value.problems]
    assert len(words) == 2
    assert "'USB' is no area" in words[0] and "dimension sex" in words[1]
    with pytest.raises(InputError, match=r"assumed\.tied_term"):
        Assumed(tied_term=0.1)


@pytest.mark.slow
def test_who_cannot_pay_stays_when_pay_falls() -> None:
    """With the constraint on, departures of 2020 are the same, and fall where pay falls."""
    bound = project(
        world=WORLD, last=2024, assumed=Assumed(poverty_cost=1500.0, pay_elasticity=0.5)
    )
    free = project(world=WORLD, last=2024, assumed=Assumed(pay_elasticity=0.5))
    left = (bound.events.left / free.events.left).sel(area="NER")
    assert float(left.sel(year=2020)) == pytest.approx(1.0, rel=1e-9)
    assert float(left.sel(year=2023)) < 1.0 - 1e-4
