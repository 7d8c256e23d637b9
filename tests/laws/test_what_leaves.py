"""The columns that leave, by hand: each figure of a small case worked out on paper.

Laws guard the kernels; these guard the last step, where two columns are exchanged, a weight is left
out, a year or a line is off by one, and every picture still looks right.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from corridors import areas, parameters
from corridors.equilibrium import tables
from corridors.equilibrium.accounts import national_accounts
from corridors.errors import InputError
from corridors.flows import refugees
from corridors.journeys import reception, score
from corridors.people import demography, stocks
from corridors.projection import rates as yearly
from corridors.projection.rates import Persons, Rates, inflow_since
from corridors.readers import any_table
from corridors.study import projection

# --- results of an equilibrium -------------------------------------------------------------------


def state(**figures: object) -> SimpleNamespace:
    """Two areas, A and B, two skills: 7 of A live in B, 2 of B in A, of each skill."""
    migrants = np.zeros((1, 2, 2, 2, 1))
    migrants[0, :, 0, 1, 0], migrants[0, :, 1, 0, 0] = 7.0, 2.0
    home = np.array([[[90.0, 10.0], [30.0, 30.0]]])
    given = {
        "migrants": migrants,
        "home": home,
        "output": np.array([[1000.0, 500.0]]),
        "wage_native": np.array([[[1.0, 2.0], [3.0, 4.0]]]),
        "received": np.array([[50.0, 20.0]]),
    }
    return SimpleNamespace(**{**given, **figures})


def case(after: SimpleNamespace) -> SimpleNamespace:
    rules = SimpleNamespace(areas=("A", "B"), skills=("low", "high"), statuses=("home",))
    return SimpleNamespace(
        policy="p",
        capital="fixed",
        rules=rules,
        world=SimpleNamespace(state=state()),
        settled=SimpleNamespace(state=after),
    )


def test_immigrants_are_those_who_live_there_and_emigrants_those_born_there() -> None:
    more = state(migrants=state().migrants * 2.0)
    imputed, modelled = pd.Series({"A": 0.1, "B": 0.4}), pd.Series({"A": 0.5, "B": 0.25})
    table = tables.areas([case(more)], imputed, modelled).set_index("area")
    expected = {
        "immigrants_now": [4.0, 14.0],
        "emigrants_now": [14.0, 4.0],
        "immigrants_after": [8.0, 28.0],
        "emigrants_after": [28.0, 8.0],
        "residents_now": [124.0, 54.0],
        "wage_low_now": [1.0, 2.0],
        "wage_high_now": [3.0, 4.0],
        "output_now": [1000.0, 500.0],
        "remittances_now": [50.0, 20.0],
        "imputed_share": [0.1, 0.4],
        "modelled_share": [0.5, 0.25],
    }
    for column, values in expected.items():
        assert table[column].tolist() == values, column


def test_pay_of_an_income_group_counts_a_country_by_its_natives_at_home() -> None:
    dearer = state(wage_native=np.array([[[2.0, 2.0], [3.0, 8.0]]]))
    table = tables.income_groups([case(dearer)], ["Low income", "Low income"])
    changes = table.set_index("skill")["wage_change"]
    assert changes["low"] == pytest.approx(2.0**0.9 - 1.0)  # 90 of 100 live where pay doubled
    assert changes["high"] == pytest.approx(2.0**0.5 - 1.0)  # 30 of 60


def test_debt_is_measured_against_exports_and_money_sent_home() -> None:
    figures = {"exports": 100.0, "debt": 300.0, "debt_service": 30.0, "interest": 15.0}
    known = pd.DataFrame(
        [("A", name, value) for name, value in figures.items()],
        columns=["area", "quantity", "value"],
    )
    still = {"capital": np.array([[10.0, 10.0]]), "sent": np.array([[[0.0, 50.0], [20.0, 0.0]]])}
    asked = case(state(received=np.array([[100.0, 20.0]]), **still))
    asked.world.state = state(**still)
    asked.world.structure = SimpleNamespace(
        price_level=np.ones(2), alpha=np.full((1, 2), 0.3), gamma=np.zeros((1, 2))
    )
    ones = np.ones((1, 2))
    asked.rules.capital_market = asked.rules.capital_retained = ones
    asked.rules.capital_share, asked.rules.capital_owner = 0.3 * ones, np.zeros(2, dtype=bool)
    table = national_accounts([asked], known)
    mine = table[table["area"] == "A"].set_index("quantity")
    now, after = mine["now"], mine["after"]
    assert now["debt_service_ratio_with_remittances"] == pytest.approx(30.0 / 150.0)
    assert after["debt_service_ratio_with_remittances"] == pytest.approx(30.0 / 200.0)
    assert now["debt_to_exports_with_remittances"] == pytest.approx(300.0 / 150.0)
    assert after["debt_to_exports_with_remittances"] == pytest.approx(300.0 / 200.0)
    assert after["remittances_to_output"] == pytest.approx(0.1)
    assert now["national_income"] == pytest.approx(1000.0 - 15.0)


def test_corridors_say_from_where_to_where() -> None:
    table = tables.corridors([case(state())])
    ends = table.astype({"birthplace": str, "residence": str, "skill": str})
    people = ends.groupby(["birthplace", "residence"])["now"].sum()
    assert people.to_dict() == {("A", "B"): 14.0, ("B", "A"): 4.0}


# --- years ---------------------------------------------------------------------------------------


def test_departures_of_a_year_answer_to_the_persons_of_the_year_before() -> None:
    seen: list[Persons] = []
    start = Persons(np.array([[100.0, 100.0]]), np.zeros((1, 2, 2, 1)))

    def in_year(year: int, levers: object, before: Persons) -> Rates:
        seen.append(before)
        births = np.full(2, 0.1)
        nothing = Rates.none()
        return Rates(**{**vars(nothing), "birth_home": births})

    fleeing, figures = SimpleNamespace(known=np.zeros((4, 2, 2))), SimpleNamespace(first=2020)
    calibrated = SimpleNamespace(start=start, in_year=in_year, figures=figures, fleeing=fleeing)
    schedule = SimpleNamespace(levers=lambda year: {})
    path = yearly.trajectory(calibrated, schedule, 2024)
    assert path.people[1].home.sum() > path.people[0].home.sum()
    wanted = [path.people[at].home.sum() for at in (0, 0, 1, 2)]
    assert [before.home.sum() for before in seen] == wanted


def test_nobody_arrives_in_a_status_that_others_feed() -> None:
    # 10 in the first status, 5 in the second; one in ten dies, one in ten of the first changes.
    # Lost: 1 + 1 and 0.5; fed by change: 0 and 1; wanted 2 and -0.5, so 1.5 arrive, in the first.
    change = np.zeros((1, 1, 2, 2))
    change[..., 0, 1] = 0.1
    rates = Rates(**{**vars(Rates.none()), "death_abroad": np.full((1, 1, 1), 0.1)})
    rates = Rates(**{**vars(rates), "change": change})
    arrived = inflow_since(np.array([[15.0]]), 1.0, np.array([[[10.0, 5.0]]]), rates)
    np.testing.assert_allclose(arrived, [[[1.5, 0.0]]])


@pytest.mark.parametrize(
    ("first_day", "year"),
    [("2018-06-30", 2017), ("2018-07-01", 2018), ("2018-12-31", 2018), ("2019-01-01", 2018)],
)
def test_journeys_join_the_year_that_runs_from_july(
    first_day: str, year: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Journeys:
        manifest = {"answer": "journeys", "first_day": first_day, "study": "s"}  # noqa: RUF012
        tables = ("asylum",)

        def __getitem__(self, name: str) -> pd.DataFrame:
            return pd.DataFrame({"area": ["MEX", "USA"], "persons": [3.0, 4.0]})

    monkeypatch.setattr(projection, "load", lambda folder: Journeys())
    given = projection.RefugeesFile(result="x", birthplace="HND")
    persons = projection._refugees("study", given)
    assert int(persons.year) == year
    assert persons.sel(residence="USA").item() == 4.0


@pytest.mark.parametrize(
    ("code", "year", "covered"),
    [
        ("SDN", 2010, ("SDN", "SSD")),
        ("SDN", 2011, ("SDN",)),
        ("SDN", 2012, ("SDN",)),
    ],
)
def test_an_area_covers_its_parts_until_the_year_it_split(
    code: str, year: int, covered: tuple[str, ...]
) -> None:
    assert areas.parts(code, year) == covered


def test_the_year_of_a_split_counts_as_after_it() -> None:
    kept = [(split, code) for split in areas.splits() for code in {*split.before} & {*split.after}]
    assert kept
    for split, code in kept:
        new = set(split.after) - set(split.before)
        assert not new & set(areas.parts(code, split.year)), (code, split.year)
        if new:
            assert new & set(areas.parts(code, split.year - 1)), (code, split.year - 1)


# --- refugees and deaths -------------------------------------------------------------------------


def protection() -> refugees.Protection:
    years = (2010, 2011, 2012)
    row = {"birthplace": "AFG", "residence": "PAK", "persons": 100.0}
    arrived = [{**row, "year": year, "group": "refugees"} for year in years]
    home = [{**row, "year": year, "group": "returned_refugees"} for year in years]
    return refugees.Protection(pd.DataFrame(arrived), pd.DataFrame(home))


def test_the_first_and_the_last_year_of_a_period_count_half() -> None:
    back = refugees.returns(protection(), (2010, 2012))
    assert back.to_dict() == {("PAK", "AFG"): 200.0}
    there = refugees.arrivals(protection(), (2010, 2012))
    assert there.loc[("AFG", "PAK"), "refugees"] == 200.0
    yearly_figures = pd.Series(
        100.0, pd.MultiIndex.from_product([["AFG"], [2010, 2011, 2012]], names=["area", "year"])
    )
    assert stocks._half_years(yearly_figures, (2010, 2012)).to_dict() == {"AFG": 200.0}


def test_the_sex_that_dies_at_half_the_rate_has_half_the_deaths() -> None:
    rates = np.array([[0.01, 0.01, 0.02], [0.02, 0.02, 0.04]])
    people, births = np.array([[50.0, 100.0], [50.0, 100.0]]), np.array([10.0, 10.0])
    women, men = demography.deaths_by_sex(rates, people, births)
    # 0.01 of the youngest 50, whatever their age, and 0.02 of the 100 after them.
    assert women == pytest.approx(0.01 * 50.0 + 0.02 * 100.0)
    assert men == pytest.approx(2.0 * women)


# --- reception and scores ------------------------------------------------------------------------


def test_a_warning_counts_days_from_today() -> None:
    demand = np.zeros((10, 20, 1))
    demand[6:] = 8.0
    table = reception.shortfall(demand, np.full((10, 1), 5.0), ["camp"], list(range(10)), today=4)
    row = table.iloc[0]
    assert (row["first_day"], row["lead_days"]) == (6, 2)
    assert row["extra_places"] == 3.0


def test_places_to_add_leave_one_chance_in_ten() -> None:
    demand = np.arange(100.0, 110.0).reshape(1, 10, 1)  # 0 to 9 beyond 100
    day = reception.shortfall_by_day(demand, np.full((1, 1), 100.0))
    assert day["extra"].item() == 9.0
    assert day["missing"].item() == pytest.approx(4.5)
    assert day["missing_lower_80"].item() == pytest.approx(0.9)
    assert day["missing_upper_80"].item() == pytest.approx(8.1)
    assert day["probability"].item() == pytest.approx(0.9)


def test_a_camp_counts_by_its_people() -> None:
    registered = np.array([[90.0, 10.0], [90.0, 10.0], [100.0, 20.0], [100.0, 20.0]])
    simulated = (registered + np.array([5.0, 20.0]))[:, None, :]
    # Held at day 1 each camp is 10 off: ratios 0.5 and 2, weights 380 and 60.
    expected = (380.0 * 0.5 + 60.0 * 2.0) / 440.0
    assert score.mase(simulated, registered, 1) == pytest.approx(expected)


# --- parameters and lines ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lognormal", "uniform", "loguniform"])
def test_the_ends_of_a_prior_are_where_they_are_said_to_be(kind: str) -> None:
    prior = {"distribution": kind, "lower": 0.5, "upper": 3.0}
    ends = np.array([0.05, 0.95]) if kind == "lognormal" else np.array([0.0, 1.0])
    np.testing.assert_allclose(parameters.quantile(prior, ends), [0.5, 3.0])


@pytest.mark.parametrize("line", [2, 3, 6])
def test_an_error_names_the_line_that_is_wrong(line: int, tmp_path: Path) -> None:
    rows = ["area,persons", *[f"A{number},{number}" for number in range(5)]]
    rows[line - 1] = "A9,many"
    path = tmp_path / "figures.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        any_table.read(path, {"area": "label", "persons": "number"})
    assert [problem.where for problem in refused.value.problems] == [
        f"figures.csv:{line}, column 2"
    ]
