"""A study that asks for years: what it answers, what it refuses, who fled on the roads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridors import study
from corridors.data import results
from corridors.errors import InputError
from corridors.show.report import equilibrium

CASE = {
    "title": "Removals",
    "question": "Who leaves?",
    "answer": "projection",
    "focus": ["USA"],
    "world": 2020,
    "projection": {"until": 2026, "since": 2023},
    "policy": [{"name": "more", "levers": [{"deportation": {"hazard": 0.1, "residence": "USA"}}]}],
}


@pytest.fixture(scope="module")
def answer() -> study.Result:
    return study.run(study.check("removals", CASE))


@pytest.mark.slow
def test_people_leave_from_the_first_year_of_the_policy(answer) -> None:
    rows = answer["areas"].set_index(["policy", "area", "year"])["removed"]
    without, more = rows["without a policy"]["USA"], rows["more"]["USA"]
    assert more[2022] == without[2022]
    assert more[2023] > 4 * without[2023]


@pytest.mark.slow
def test_residents_change_by_births_deaths_and_moves(answer) -> None:
    rows = answer["areas"].query("policy == 'more'").set_index(["area", "year"])
    people = rows["persons"].unstack()
    moves = rows["births"] - rows["deaths"] + rows["arrivals"] - rows["departures"]
    change = people.diff(axis=1).shift(-1, axis=1)
    assert np.allclose(moves.unstack()[2024], change[2024], atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer": "equilibrium"}, "is of a study that answers year by year"),
        ({"statuses": True}, "has no meaning year by year"),
        ({"projection": {"since": 2030, "until": 2028}}, "2030 is no year before the last"),
        ({"projection": {"through": 2022}}, "2022 is before the policy begins"),
        (
            {"projection": {"announced": 2023}},
            "only people who look ahead act on what is announced",
        ),
        ({"projection": {"untill": 2030}}, "Did you mean until"),
        (
            {
                "projection": {
                    "foresight": True,
                    "refugees": {"result": "x", "birthplace": "SDN"},
                }
            },
            "nobody looks ahead to what makes people flee",
        ),
        ({"projection": {"refugees": {"result": "x", "birthplace": "Sudann"}}}, "Sudann"),
    ],
)
def test_keys_and_years_that_do_not_fit_are_refused(changes, said) -> None:
    with pytest.raises(InputError, match=said):
        study.check("removals", {**CASE, **changes})


def test_words_of_version_0_1_are_refused_and_name_the_new_ones() -> None:
    years = {"untill": 2030, "refugees": {"result": "x", "birthplace": "SDN"}}
    old = {key: value for key, value in CASE.items() if key != "projection"}
    with pytest.raises(InputError) as refused:
        study.check("removals", {**old, "answer": "path", "path": years})
    words = [str(problem) for problem in refused.value.problems]
    assert len(words) == 4
    assert "untill" in words[0], "what else is wrong is said too, in the new words"
    assert words[1].endswith('Write answer = "projection"')
    assert words[2].endswith("Write [projection]")
    assert words[3].endswith("Write [projection.refugees]")


@pytest.mark.parametrize("strange", [5, "x", [], None])
def test_an_old_table_that_is_no_table_is_one_clear_error(strange) -> None:
    with pytest.raises(InputError, match="there is no key 'path'"):
        study.check("removals", {**CASE, "path": strange})


@pytest.mark.slow
def test_years_that_are_not_given_are_the_default_ones() -> None:
    short = {key: value for key, value in CASE.items() if key not in ("projection", "focus")}
    answered = study.run(
        study.check("removals", {**short, "policy": [{"name": "none", "levers": []}]})
    )
    assert (
        answered["areas"]["year"].max() == answered.manifest["file"]["projection"]["until"] == 2050
    )
    assert equilibrium.report(answered).sections


def test_a_lever_of_pay_has_no_meaning_year_by_year() -> None:
    levers = [{"remittance_cost": {}}]
    asked = study.check("fees", {**CASE, "policy": [{"name": "cheap", "levers": levers}]})
    with pytest.raises(InputError, match="has no meaning year by year"):
        study.run(asked)


@pytest.fixture
def fled(tmp_path: Path) -> Path:
    rows = [("Chad", "TCD", 300_000.0), ("Egypt", "EGY", 90_000.0), ("Nowhere", "", 70.0),
            ("Libya", "LBY", np.nan)]  # fmt: skip
    stock = pd.DataFrame(rows, columns=["country", "area", "persons"])
    about = {"answer": "journeys", "study": "war", "first_day": "2023-04-15", "digest": "0"}
    with results.publish(tmp_path / "war") as fresh:
        results.write(fresh, {"asylum": stock}, about)
    return tmp_path / "war"


@pytest.mark.slow
def test_who_fled_on_the_roads_is_protected_where_they_came_to(fled) -> None:
    refugees = {"result": str(fled), "birthplace": "SDN"}
    asked = {**CASE, "projection": {"until": 2024, "since": 2023, "refugees": refugees},
             "policy": [{"name": "war", "levers": []}]}  # fmt: skip
    answered = study.run(study.check("war", asked))
    rows = answered["statuses"].query("status == 'protected'")
    people = rows.set_index(["policy", "area", "year"])["persons"]
    war, without = people["war"], people["without a policy"]
    assert war["TCD"][2022] == without["TCD"][2022]
    # April 2023 is in the year from 1 July 2022.
    assert war["TCD"][2023] - without["TCD"][2023] == pytest.approx(300_000)
    assert war["EGY"][2023] - without["EGY"][2023] == pytest.approx(90_000)
    home = answered["areas"].set_index(["policy", "area", "year"])["persons"]
    change = home["war"]["SDN"][2023] - home["without a policy"]["SDN"][2023]
    assert change == pytest.approx(-390_000)


def test_a_result_of_something_else_is_no_journey(fled) -> None:
    with results.publish(fled) as fresh:
        results.write(fresh, {"areas": pd.DataFrame({"a": [1]})}, {"digest": "0"})
    refugees = {"result": str(fled), "birthplace": "SDN"}
    asked = study.check(
        "war", {**CASE, "projection": {"until": 2024, "since": 2023, "refugees": refugees}}
    )
    with pytest.raises(InputError, match="holds no journeys across borders"):
        study.run(asked)


@pytest.mark.slow
def test_draws_give_levels_without_a_policy_and_changes_under_one() -> None:
    drawn = {**CASE, "projection": {"until": 2024, "since": 2022, "draws": 4}}
    result = study.run(study.check("removals", drawn))
    rows = result["area_intervals"].set_index(["policy", "area", "year", "measure"]).sort_index()
    level = rows.loc[("without a policy", "USA", 2024, "foreign_born")]
    assert level["of"] == "level" and level["lower_80"] < level["median"] < level["upper_80"]
    change = rows.loc[("more", "USA", 2024, "foreign_born")]
    assert change["of"] == "change" and change["upper_80"] < 0.0
    assert rows.loc[("more", "USA", 2021, "foreign_born")]["upper_80"] == 0.0
    assert np.isnan(level["lower_95"])
    wrong = {**CASE, "projection": {"foresight": True, "draws": 4}}
    with pytest.raises(InputError, match="people who do not look ahead"):
        study.check("removals", wrong)
