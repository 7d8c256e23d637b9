"""The commands of journeys: what they print, what they write, how they end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import corridors
from corridors import cli
from corridors.cli.journeys import journeys
from corridors.errors import InputError, SourceError
from corridors.journeys import mortality_risk
from corridors.study import journey_run as study
from corridors.study.journey_inputs import prepare, reference
from corridors.study.journey_tables import hide_few

CASE = """title = "Two camps"
question = "Is there room?"
first_day = 2020-01-01
days = 40
places = "places.csv"
roads = "roads.csv"
departures = "departures.csv"
counts = "counts.csv"
sources = ["made for this test"]
[[what_if]]
name = "one-road-shut"
[[what_if.close]]
road = ["Source", "East"]
from = 10
"""
TABLES = {
    "places.csv": "place,country,kind,latitude,longitude,population_persons,capacity_persons\n"
    "Source,A,conflict,10,10,5000,\nEast,B,camp,10,12,,4000\nWest,B,camp,10,8,,300\n",
    "roads.csv": "from,to,kilometres\nSource,East,200\nSource,West,250\n",
    "departures.csv": "place,day,persons\n" + "".join(f"Source,{day},80\n" for day in range(1, 35)),
    "counts.csv": "place,day,persons\nEast,2020-01-01,0\nEast,2020-02-05,1800\n"
    "West,2020-01-01,0\nWest,2020-02-05,700\n",
}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "two-camps"
    folder.mkdir()
    (folder / "journeys.toml").write_text(CASE)
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    return folder


def ask(*words: str) -> object:
    return CliRunner().invoke(journeys, [str(word) for word in words])


def test_a_road_names_its_danger_its_price_and_its_groups(case) -> None:
    (case / "roads.csv").write_text(
        "from,to,kilometres,one_way,danger,persons_together,price,deaths_per_100000\n"
        "Source,East,200,yes,central_mediterranean,100,central_america_to_usa,\n"
        "Source,West,250,yes,,,,500\n"
    )
    rows = study.run(case, draws=20)["dangers"].set_index("link")
    sea, land = rows.loc["Source > East"], rows.loc["Source > West"]
    risk = mortality_risk.mean_risk(reference("dangers"), "central_mediterranean", 100.0)
    assert sea["expected_deaths"] == pytest.approx(sea["passages"] * risk, rel=0.1)
    assert land["expected_deaths"] == pytest.approx(land["passages"] * 0.005)
    price = mortality_risk.price(reference("dangers"), "central_america_to_usa")
    for column, end in (("usd", "value"), ("usd_lower", "lower"), ("usd_upper", "upper")):
        assert sea[column] == pytest.approx(sea["passages"] * price[end])
    assert "RAND" in sea["source"] and "Libya and Tunisia" in sea["source"]
    printed = ask("run", case, "--draws", "4", "--out", case / "out")
    assert printed.exit_code == 0
    assert "What the road costs" in (case / "out" / "report.html").read_text()
    wrong = (case / "roads.csv").read_text().replace("central_america_to_usa", "to_the_moon")
    (case / "roads.csv").write_text(wrong)
    with pytest.raises(InputError, match="there is no 'to_the_moon'"):
        prepare(case)


def test_a_forecast_beyond_the_counts_carries_their_rise_on(case) -> None:
    # Who sets out is known to the day of the last count only.
    text = (case / "journeys.toml").read_text().replace('departures = "departures.csv"\n', "")
    text = text.replace("days = 40", "days = 80")
    (case / "journeys.toml").write_text(text)
    result = study.run(case, draws=12)
    assert result.manifest["origin"] == "2020-02-06"
    east = result["places"].query("place == 'East'").set_index("date")
    assert east["persons"].iloc[-1] > 1.2 * east["persons"]["2020-02-05"]
    width = east["upper_80"] - east["lower_80"]
    assert width.iloc[-1] > 2 * width["2020-02-08"] > 0


def test_check_says_what_is_there(case) -> None:
    asked = ask("check", case, "--json")
    assert asked.exit_code == 0
    about = json.loads(asked.stdout)
    assert (about["places"], about["roads"], about["days"]) == (3, 2, 40)
    assert about["what_ifs"] == ["one-road-shut"]


def test_score_has_the_promised_shape(case) -> None:
    asked = ask("score", case, "--rules", "flee", "--draws", "3", "--json")
    assert asked.exit_code == 0
    scores = json.loads(asked.stdout)
    for kind in ("error_normal", "error_rescaled", "error_sane"):
        assert len(scores[kind]["per_draw"]) == 3
        assert 0 <= scores[kind]["mean"] <= 2
    assert len(scores["days"]) == 40
    assert {camp: len(values) for camp, values in scores["camps"].items()} == {
        "East": 40,
        "West": 40,
    }
    assert 0 <= scores["coverage80"] <= 1
    assert isinstance(scores["warnings"], list)
    assert [row["first_day"] for row in scores["by_horizon"]] == [0, 30]


def test_scores_stand_beside_persistence_by_days_after_the_origin(case) -> None:
    for arrivals in ("known", "forecast"):
        asked = ask("score", case, "--draws", "4", "--arrivals", arrivals, "--json")
        assert asked.exit_code == 0, asked.output
        scores = json.loads(asked.stdout)
        assert [(row["first_day"], row["last_day"]) for row in scores["by_horizon"]] == [
            (0, 30),
            (30, 32),
        ]
        for row in scores["by_horizon"]:
            assert {"ours", "last_shares", "recent_split", "flee"} <= set(row)
            assert all(isinstance(row[day], int) for day in ("first_day", "last_day"))
        for weighing in ("people", "camp_days"):
            inside = scores["coverage"][weighing]
            assert list(inside) == ["50", "80", "95"]
            assert 0 <= inside["50"] <= inside["80"] <= inside["95"] <= 1
        assert len(scores["by_horizon_corrected"]) == len(scores["by_horizon"])
        printed = ask("score", case, "--draws", "4", "--arrivals", arrivals).stdout
        assert "last shares" in printed and "recent split" in printed and "Flee" in printed


@pytest.mark.parametrize(
    ("origin", "first"),
    [("0.25", "2020-01-11"), ("20", "2020-01-21"), ("2020-01-15", "2020-01-15")],
)
def test_an_origin_is_a_share_a_day_or_a_date(case, origin, first) -> None:
    asked = ask("score", case, "--draws", "2", "--origin", origin, "--json")
    assert json.loads(asked.stdout)["scored_from"] == first


@pytest.mark.parametrize("origin", ["soon", "1", "40", "2019-12-31", "nan", "-0.2", "2.5"])
def test_what_is_no_origin_is_an_error(case, origin) -> None:
    asked = ask("score", case, "--draws", "2", f"--origin={origin}")
    assert isinstance(asked.exception, InputError)


def test_default_scores_are_of_the_days_not_fitted_to(case) -> None:
    scores = json.loads(ask("score", case, "--draws", "4", "--json").stdout)
    assert scores["scored_from"] == "2020-01-09"
    assert set(scores["fitted"]) == {
        "leave_town",
        "distance_power",
        "camp_weight",
        "conflict_weight",
    }
    assert scores["totals_at_origin"]["error_normal"]["mean"] > 0


def test_scores_are_the_same_whoever_works_on_the_draws(case) -> None:
    asked = ("score", case, "--rules", "flee", "--draws", "70", "--json")
    alone = ask(*asked)
    assert alone.exit_code == 0, alone.output
    assert ask(*asked, "--workers", "2").stdout == alone.stdout


def test_a_run_writes_tables_a_manifest_and_a_report(case, tmp_path) -> None:
    out = tmp_path / "out"
    asked = ask("run", case, "--draws", "6", "--out", out)
    assert asked.exit_code == 0, asked.output
    result = corridors.load(out)
    assert {"places", "links", "shortfalls", "needs", "arrivals", "warnings"} <= set(result.tables)
    assert len(result.manifest["inputs"]) == 5
    persons = result["places"]["persons"]
    assert not ((persons > 0) & (persons < 50)).any()  # small groups are not located
    assert result["places"]["few"].any()
    page = (out / "report.html").read_text()
    assert "Two camps" in page
    assert len(page) < 400_000
    again = ask("run", case, "--draws", "6", "--out", out)
    assert again.exit_code == 0
    assert corridors.load(out).manifest["digest"] == result.manifest["digest"]


def test_compare_sets_what_ifs_beside_the_baseline(case, tmp_path) -> None:
    asked = ask("compare", case, "--draws", "6", "--rules", "flee", "--json")
    assert asked.exit_code == 0
    answer = json.loads(asked.stdout)
    rows = {(row["what_if"], row["place"]): row for row in answer["what_if_shortfalls"]}
    assert rows[("one-road-shut", "East")]["peak"] < rows[("baseline", "East")]["peak"]
    other = tmp_path / "other.toml"
    other.write_text(
        '[[what_if]]\nname = "tents"\n[[what_if.shelter]]\nplace = "Tents"\nnear = "Source"\n'
        "kilometres = 20\nplaces = 900\nfrom = 5\n"
    )
    answer = json.loads(
        ask("compare", case, "--what-if", other, "--draws", "4", "--rules", "flee", "--json").stdout
    )
    assert ("tents", "Tents") in {
        (row["what_if"], row["place"]) for row in answer["what_if_shortfalls"]
    }


def test_what_is_wrong_is_an_error_of_ours(case, tmp_path) -> None:
    assert isinstance(ask("check", tmp_path / "nowhere").exception, SourceError)
    (case / "roads.csv").write_text("from,to,kilometres\nSource,Est,200\n")
    assert isinstance(ask("run", case).exception, InputError)
    assert isinstance(ask("check", case, "--rules", "other").exception, InputError)


def test_the_shipped_caravan_runs(tmp_path) -> None:
    asked = ask("compare", "caravan-2018", "--draws", "50", "--out", tmp_path / "out")
    assert asked.exit_code == 0, asked.output
    result = corridors.load(tmp_path / "out")
    names = ["baseline", "suchiate-shut-a-week", "barretal-ten-days-earlier"]
    assert list(result["what_if_shortfalls"]["what_if"]) == names
    assert "Tijuana" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize("command", ["check", "run", "score", "compare"])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_every_command_answers_for_the_shipped_caravan(command, words) -> None:
    draws = () if command == "check" else ("--draws", "20")
    asked = ask(command, "caravan-2018", *draws, *words)
    assert asked.exit_code == 0
    assert json.loads(asked.stdout) if words else asked.stdout.strip()


@pytest.mark.parametrize("origin", [1, 40, 999])
def test_a_day_outside_the_period_is_no_origin(case, origin) -> None:
    with pytest.raises(InputError, match="is not inside the period"):
        study.run(case, draws=2, origin=origin)


@pytest.mark.slow
def test_a_report_is_written_anew(case, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "out"
    assert ask("run", case, "--draws", "4", "--out", folder).exit_code == 0
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    monkeypatch.setattr("sys.argv", ["corridors", "report", str(folder)])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert not leaving.value.code
    assert (folder / "report.html").read_bytes() == before


def test_the_caravan_is_scored_by_sizes() -> None:
    scores = json.loads(ask("score", "caravan-2018", "--draws", "100", "--json").stdout)
    assert scores["reported"] == len(scores["rows"]) == 24
    assert scores["met_by_80_percent_interval"] == sum(row["meets"] for row in scores["rows"]) >= 20


def test_fewer_than_fifty_people_are_never_located() -> None:
    rows = pd.DataFrame({
        "missing": [30.0, 30.0, 0.0, 900.0],
        "missing_lower_80": [0.0, 2.0, 0.0, 40.0],
        "missing_upper_80": [462.0, 45.0, 0.0, 1800.0],
    })  # fmt: skip
    kept = hide_few(rows.copy(), ["missing"])
    assert kept["few"].tolist() == [True, True, False, True]
    numbers = kept.drop(columns="few")
    assert not ((numbers > 0) & (numbers < 50)).any(axis=None)
    assert kept["missing_upper_80"][0] == 462
    places = rows.rename(columns=lambda name: name.replace("missing_", "")).rename(
        columns={"missing": "persons"}
    )
    hidden = hide_few(places, ["persons"], hides="persons")
    assert np.isnan(hidden["upper_80"][0])  # the ends would tell
    assert hidden["upper_80"][3] == 1800


def test_a_bracketed_name_is_not_eaten_by_the_help() -> None:
    assert "[[what_if]]" in ask("compare", "--help").output  # type: ignore[attr-defined]
