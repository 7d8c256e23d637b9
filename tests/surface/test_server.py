"""The API: the library's own numbers, and a plain refusal for whatever must not pass."""

from __future__ import annotations

import json
import math
import re
import socket
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from corridors import areas, parameters, rules, study
from corridors.app import jobs, journey_figures, scenario, security, server
from corridors.app.api import MOST_SOLVES, application
from corridors.cards.card import COLUMNS
from corridors.cards.corridor import corridor_card
from corridors.cards.people import stocks as migrant_stocks
from corridors.cards.place import place_card
from corridors.cards.world import world_card
from corridors.errors import InputError, ModelError
from corridors.readers import documents, journeys_folder
from corridors.show import style
from corridors.study import journey_run as journeys_study

BASE = "http://127.0.0.1:8000"
API = "/api/v1"
#: Two camps and the roads to them, day by day.
CASE = """title = "Two camps"
question = "Is there room?"
first_day = 2020-01-01
days = 20
places = "places.csv"
roads = "roads.csv"
departures = "departures.csv"
"""
TABLES = {
    "places.csv": "place,country,kind,latitude,longitude,population_persons,capacity_persons\n"
    "Source,A,conflict,10,10,50000,\nEast,B,camp,10,12,,4000\nWest,B,camp,10,8,,300\n",
    "roads.csv": "from,to,kilometres\nSource,East,200\nSource,West,250\n",
    "departures.csv": "place,day,persons\n" + "".join(f"Source,{day},900\n" for day in range(20)),
}
WALL = {"levers": [{"wall": {"deterred": 0.3, "birthplace": "MEX", "residence": "USA"}}]}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(), base_url=BASE, raise_server_exceptions=False) as open_client:
        yield open_client


def rows(table: dict) -> list[dict]:
    return [dict(zip(table["cols"], row, strict=True)) for row in table["rows"]]


# --- the numbers are the library's ------------------------------------------------------------


def test_cards_are_the_library_s(client: TestClient) -> None:
    for path, card in (
        ("areas/PHL", place_card("PHL")),
        ("areas/Viet Nam", place_card("VNM")),
        ("corridors/MEX/USA", corridor_card("MEX", "USA")),
        ("world/card", world_card()),
    ):
        answer = client.get(f"{API}/{path}").json()
        assert answer["title"] == card.title
        assert answer["cols"] == list(COLUMNS)
        values = [row["value"] for row in rows(answer)]
        expected = card.figures["value"].to_numpy()
        assert len(values) == len(expected) > 10
        assert np.array_equal(np.array(values, float), expected, equal_nan=True)


def test_the_world_adds_up_to_the_tables(client: TestClient) -> None:
    stocks = migrant_stocks()
    for table, year in (("stocks_2024", 2024), ("stocks_2020", 1990), ("stocks_1960_2000", 1960)):
        world = client.get(f"{API}/world", params={"table": table, "year": year}).json()
        mine = stocks[(stocks["table"] == table) & (stocks["year"] == year)]
        assert math.isclose(world["total"], mine["persons"].sum())
        assert math.isclose(sum(world["by_kind"].values()), world["total"])
        arrived = sum(row["residence"] for row in rows(world["areas"]))
        assert math.isclose(arrived, world["total"], rel_tol=1e-9)
        assert len(world["corridors"]["rows"]) == 500


def test_the_corridors_of_one_area_are_all_there(client: TestClient) -> None:
    asked = {"table": "stocks_2020", "year": 2020, "area": "PHL"}
    corridors = rows(client.get(f"{API}/world", params=asked).json()["corridors"])
    stocks = migrant_stocks(birthplace="PHL")
    mine = stocks[(stocks["table"] == "stocks_2020") & (stocks["year"] == 2020)]
    out = sum(row["value"] for row in corridors if row["birthplace"] == "PHL")
    assert math.isclose(out, mine["persons"].sum())


def test_the_matrix_loses_nobody(client: TestClient) -> None:
    for region in (None, "Europe"):
        asked = {} if region is None else {"region": region}
        matrix = client.get(f"{API}/matrix", params=asked).json()
        sectors = {row["origin"] for row in rows(matrix["flows"])}
        assert math.isclose(sum(row["persons"] for row in rows(matrix["flows"])), matrix["total"])
        assert len(sectors) <= 12


@pytest.mark.parametrize("capital", ["fixed", "mobile"])
def test_a_scenario_is_what_a_run_of_the_study_finds(client: TestClient, capital: str) -> None:
    asked = {**WALL, "capital": capital}
    answer = client.post(f"{API}/scenario", json=asked).json()
    content = scenario.Scenario(**asked).content()
    result = study.run(study.check("same", content))
    head = result.headline.set_index("measure")["value"]
    for quantity in answer["measures"]:
        assert math.isclose(quantity["value"], head[quantity["name"]], rel_tol=1e-6, abs_tol=1e-8)
    pairs = result["corridors"].groupby(["birthplace", "residence"], observed=True)
    after = pairs["after"].sum()
    for row in rows(answer["corridors"])[:20]:
        expected = after[(row["birthplace"], row["residence"])]
        assert math.isclose(row["after"], expected, rel_tol=1e-5, abs_tol=1.0)


@pytest.mark.parametrize(
    "asked",
    [
        {"world": 2020},
        pytest.param({"world": {"people": 2020, "edition": 2024}}, marks=pytest.mark.slow),
        pytest.param({"figures": {"VEN.output_per_head": 30_000}}, marks=pytest.mark.slow),
        {"world": "usa-states", "levers": [{"registration": {"services": 0.1}}]},
    ],
)
def test_a_scenario_of_another_world_or_figure_is_what_a_run_finds(
    client: TestClient, asked: dict[str, Any]
) -> None:
    asked = {"levers": [{"ban": {"birthplace": "VEN"}}], **asked}
    answer = client.post(f"{API}/scenario", json=asked).json()
    result = study.run(study.check("same", scenario.Scenario(**asked).content()))
    head = result.headline.set_index("measure")["value"]
    for quantity in answer["measures"]:
        assert math.isclose(quantity["value"], head[quantity["name"]], rel_tol=1e-6, abs_tol=1e-8)
    assert answer["people_year"] == result.manifest["people_year"]
    assert answer["sentence"].startswith("Pay is equal") == (asked.get("world") == "usa-states")


def test_what_a_mover_gains_is_pay_there_less_pay_at_home(client: TestClient) -> None:
    asked = scenario.Scenario(levers=({"open_border": {"legal_share": 0.15}},), focus=("PHL",))
    told = client.post(f"{API}/scenario/gains", json={"scenario": asked.model_dump()}).json()
    listed = rows(told["corridors"])
    _, case = scenario.solved(asked)
    at = {area: place for place, area in enumerate(case.rules.areas)}
    sides = (("now", case.world.state, case.world.rules), ("after", case.settled.state, case.rules))
    for row in listed:
        assert "PHL" in (row["birthplace"], row["residence"])
        born, lives = at[row["birthplace"]], at[row["residence"]]
        s = case.rules.skills.index(row["skill"])
        for when, state, its in sides:
            work = (case.world.structure.participation * (1.0 - state.unemployment))[0, s]
            kept = work * (1.0 - state.tax[0])
            home = state.wage_native[0, s, born] * state.home_quality[0, s, born] * kept[born]
            units = np.broadcast_to(state.quality, state.migrants.shape)[0, s, born, lives, 0]
            away = state.wage_migrant[0, s, lives] * units * kept[lives]
            away = away * (1.0 - np.broadcast_to(its.markdown[0], (len(at), 1))[lives, 0])
            assert math.isclose(row[f"home_{when}"], home, abs_tol=0.51)
            assert math.isclose(row[f"abroad_{when}"], away, abs_tol=0.51)
            assert math.isclose(row[f"gain_{when}"], away - home, abs_tol=0.51)
            people = state.migrants[0, s, born, lives].sum()
            assert math.isclose(row[f"people_{when}"], people, abs_tol=0.51)
    # The corridors that change most stand first, as in the answer itself.
    answer = client.post(f"{API}/scenario", json=asked.model_dump()).json()
    first = rows(answer["corridors"])[0]
    assert (listed[0]["birthplace"], listed[0]["residence"]) == (
        first["birthplace"],
        first["residence"],
    )
    moved = rows(told["movers"])
    assert {row["area"] for row in moved} == {"PHL"}
    assert all(abs(row["gain"] - (row["income_after"] - row["income_now"])) <= 1 for row in moved)


def test_what_a_mover_gains_is_told_of_one_corridor_and_of_nobody(client: TestClient) -> None:
    asked = {"scenario": {}, "birthplace": "PHL", "residence": "GCC"}
    told = client.post(f"{API}/scenario/gains", json=asked).json()
    ends = {(row["birthplace"], row["residence"]) for row in rows(told["corridors"])}
    assert len(ends) == 6 and {born for born, _ in ends} == {"PHL"}
    assert told["movers"]["rows"] == []  # nobody moves where nothing changes
    assert all(row["gain_now"] == row["gain_after"] for row in rows(told["corridors"]))
    nobody = client.post(
        f"{API}/scenario/gains", json={"scenario": {}, "birthplace": "AIA", "residence": "NIU"}
    )
    assert nobody.json()["corridors"]["rows"] == []
    assert nobody.json()["sentence"].startswith("In the model nobody")
    wrong = {"scenario": {}, "birthplace": "Narnia"}
    assert client.post(f"{API}/scenario/gains", json=wrong).status_code == 422


def test_a_drag_is_answered_with_what_a_map_draws_and_the_same_figures(client: TestClient) -> None:
    whole = client.post(f"{API}/scenario", json=WALL).json()
    drawn = client.post(f"{API}/scenario?areas=drawn", json=WALL).json()
    every, few = rows(whole.pop("areas")), rows(drawn.pop("areas"))
    assert {**drawn, "solve_ms": 0} == {**whole, "solve_ms": 0}
    assert few == [{name: row[name] for name in few[0]} for row in every]
    assert len(few[0]) < len(every[0]) / 2


def test_every_world_that_the_page_offers_answers(client: TestClient) -> None:
    offered = client.get(f"{API}/meta").json()["worlds"]
    assert [world["people"] for world in offered] == [2000, 2005, 2010, 2015, 2020, 2024]
    for world in (offered[0], offered[-2]):
        asked = {**WALL, "world": world["people"], "statuses": world["statuses"]}
        answer = client.post(f"{API}/scenario", json=asked).json()
        assert answer["people_year"] == world["people"]
        assert answer["economy_year"] == world["economy"]
    without = {**WALL, "world": offered[0]["people"], "statuses": True}
    assert not offered[0]["statuses"]
    assert client.post(f"{API}/scenario", json=without).status_code == 422


def test_a_file_takes_the_world_that_the_asker_chose(client: TestClient) -> None:
    file = study.read("open-borders").file.model_dump(mode="json", exclude_unset=True)
    name = file["policy"][0]["name"]
    for year in (2024, 2010):
        chosen = {**WALL, "world": year}
        asked = {"scenario": chosen, "file": file, "policy": name}
        text = client.post(f"{API}/studies/write", json=asked).text
        assert tomllib.loads(text)["world"] == year


def test_no_lever_changes_nothing(client: TestClient) -> None:
    answer = client.post(f"{API}/scenario", json={}).json()
    assert answer["corridors"]["rows"] == []
    assert all(
        quantity["value"] == pytest.approx(quantity["now"], abs=1e-9)
        for quantity in answer["measures"]
    )


def test_every_declared_lever_is_on_the_page(client: TestClient) -> None:
    levers = {lever["name"]: lever for lever in client.get(f"{API}/meta").json()["levers"]}
    assert set(levers) == set(rules.levers())
    for lever in levers.values():
        for field in lever["fields"]:
            assert field["help"] and field["unit"] and field["source"]
            if field["kind"] == "number" and field["default"] is not None:
                assert field["lower"] <= field["default"] <= field["upper"]


@pytest.mark.slow
def test_every_preset_is_answered(client: TestClient) -> None:
    for file in client.get(f"{API}/studies").json()["studies"]:
        policy = file["policy"][0]
        kept = {key: file[key] for key in ("channels", "statuses", "land", "focus")}
        asked = {**kept, "capital": file["capital"][0], "levers": policy["levers"]}
        assert client.post(f"{API}/scenario", json=asked).status_code == 200, file["name"]


# --- the file that `corridors run` reads ------------------------------------------------------


def test_a_saved_scenario_reads_back(client: TestClient) -> None:
    asked = {"scenario": {**WALL, "title": 'A "wall"\n\\', "statuses": True}, "draws": 7, "seed": 3}
    text = client.post(f"{API}/studies/write", json=asked).text
    content = tomllib.loads(text)
    assert content["title"] == 'A "wall"\n\\'
    assert study.check("saved", content).policies[0].levers[0].deterred == 0.3
    back = client.post(f"{API}/studies/read", json={"text": text}).json()
    assert back["problems"] == []
    assert back["study"]["policy"][0]["levers"] == WALL["levers"]
    assert back["study"]["draws"] == {"number": 7, "seed": 3}


@pytest.mark.parametrize("name", sorted(study.shipped()))
def test_every_shipped_study_survives_being_written(name: str) -> None:
    file = study.read(name).file
    assert study.check(name, tomllib.loads(file.toml())).file == file


@given(st.text())
@settings(max_examples=20)
def test_any_text_survives_toml(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    levers = [{"wall": {"deterred": 0.1}}]
    content = {"title": text, "question": text, "policy": [{"name": text, "levers": levers}]}
    file = study.StudyFile.model_validate(content)
    assert study.StudyFile.model_validate(tomllib.loads(file.toml())) == file


# --- jobs -------------------------------------------------------------------------------------


def finished(client: TestClient, number: str, seconds: float = 120.0) -> dict:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = client.get(f"{API}/jobs/{number}").json()
        if job["state"] != "running":
            return job
        time.sleep(0.2)
    pytest.fail(f"job {number} did not end")


@pytest.mark.slow
def test_a_job_draws_and_reports(client: TestClient) -> None:
    started = client.post(f"{API}/jobs", json={"scenario": WALL, "draws": 8})
    assert started.status_code == 202
    job = finished(client, started.json()["id"])
    assert job["state"] == "done", job
    head = rows(job["tables"]["headline"])
    assert all(row["lower_80"] <= row["median"] <= row["upper_80"] for row in head)
    report = client.get(f"{API}/jobs/{job['id']}/report")
    assert report.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert "<title>My scenario</title>" in report.text and len(report.content) < 400_000


def test_a_job_can_be_cancelled_and_two_are_enough(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(asked: object, *, executor: object, progress: object) -> None:
        while True:
            progress(study.Progress("waiting"))  # type: ignore[operator]
            time.sleep(0.02)

    monkeypatch.setattr(jobs.study, "run", slow)
    asked = {"scenario": WALL, "draws": 0}
    ids = [client.post(f"{API}/jobs", json=asked).json()["id"] for _ in range(2)]
    assert client.post(f"{API}/jobs", json=asked).status_code == 429
    assert client.get("/healthz").json()["ok"]
    assert client.get(f"{API}/jobs/{ids[0]}/report").status_code == 409
    for number in ids:
        assert client.delete(f"{API}/jobs/{number}").status_code == 200
        assert finished(client, number, 10.0)["state"] == "cancelled"


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.:1", "x@y"]
)
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get(f"{API}/meta", headers={"host": host})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "host"


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "LOCALHOST:99", "[::1]:80", "[::1]"])
def test_names_of_this_machine_are_fine(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001"]
)
def test_a_foreign_origin_is_refused(client: TestClient, origin: str) -> None:
    for ask in (client.get, client.post, client.delete):
        answer = ask(f"{API}/scenario", headers={"origin": origin})
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "origin"


def test_the_page_s_own_origin_is_fine(client: TestClient) -> None:
    answer = client.post(f"{API}/scenario", json={}, headers={"origin": BASE})
    assert answer.status_code == 200


def test_a_large_body_is_refused(client: TestClient) -> None:
    big = b" " * (security.LARGEST_BODY + 1)
    json_type = {"content-type": "application/json"}
    answer = client.post(f"{API}/scenario", content=big, headers=json_type)
    assert answer.status_code == 413

    def parts() -> Iterator[bytes]:  # no length is declared
        for _ in range(30):
            yield b" " * 100_000

    answer = client.post(f"{API}/scenario", content=parts(), headers=json_type)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ('{"levers": [{"wall": {"deterred": NaN}}]}', "deterred"),
        ('{"levers": [{"wall": {"deterred": Infinity}}]}', "deterred"),
        ('{"levers": [{"wall": {"deterred": 1e400}}]}', "deterred"),
        ('{"levers": [{"wall": {"deterred": true}}]}', "deterred"),
        ('{"levers": [{"wall": {"deterred": "0.3"}}]}', "deterred"),
        ('{"levers": [{"wall": {"height": 3}}]}', "wall"),
        ('{"levers": [{"wal": {}}]}', "lever 1"),
        ('{"levers": [{}]}', "lever 1"),
        ('{"levers": [{"ban": {"birthplace": "Narnia"}}]}', "Narnia"),
        ('{"levers": [{"ban": {"birthplace": "../../etc/passwd"}}]}', "birthplace"),
        ('{"capital": "gold"}', "capital"),
        ('{"world": 1995}', "2000, 2005"),
        ('{"world": "usa-stats"}', "usa-states"),
        ('{"world": "/etc"}', "no world"),
        ('{"figures": {"VEN.outptu": 1}}', "VEN.output"),
        ('{"levers": 3}', "levers"),
        ('{"lever": []}', "lever"),
        ("[]", "body"),
        ("", "body"),
        ("{", "body"),
    ],
)
def test_a_bad_lever_is_named(client: TestClient, body: str, where: str) -> None:
    json_type = {"content-type": "application/json"}
    answer = client.post(f"{API}/scenario", content=body, headers=json_type)
    assert answer.status_code == 422
    assert where in json.dumps(answer.json())


def test_too_many_levers_and_draws_are_refused(client: TestClient) -> None:
    many = {"levers": [{"wall": {}}] * 501}
    assert client.post(f"{API}/scenario", json=many).status_code == 422
    draws = {"scenario": WALL, "draws": 10_000}
    assert client.post(f"{API}/jobs", json=draws).status_code == 422


def test_a_crowd_is_sent_away(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from corridors.app import api

    for _ in range(MOST_SOLVES):
        assert api._turns.acquire(blocking=False)
    try:
        assert client.post(f"{API}/scenario", json=WALL).status_code == 429
    finally:
        for _ in range(MOST_SOLVES):
            api._turns.release()


@pytest.mark.parametrize(
    "path",
    [
        "areas/Narnia",
        "areas/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "areas/..%5c..%5cwin.ini",
        "corridors/MEX/MEX",
        "corridors/MEX/%00",
        "world?table=../../x",
        "world?year=1800",
        "world?year=nan",
        "world?top=0",
        "matrix?region=Mars",
        "jobs/../../x",
        "jobs/0000000000000000",
        "jobs/zz",
    ],
)
def test_what_is_not_there_is_said(client: TestClient, path: str) -> None:
    answer = client.get(f"{API}/{path}")
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["error"]["message"]
    assert "root:" not in answer.text


def test_files_outside_the_page_are_not_served(tmp_path_factory: pytest.TempPathFactory) -> None:
    top = tmp_path_factory.mktemp("top")
    (top / "secret.txt").write_text("secret")
    built = top / "assets"
    built.mkdir()
    (built / "index.html").write_text("<!doctype html><title>x</title>")
    with TestClient(server.page(built), base_url=BASE) as client:
        assert client.get("/").status_code == 200
        for path in (
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/%5c..%5csecret.txt",
        ):
            answer = client.get(path)
            assert answer.status_code == 404 and "secret" not in answer.text.replace(
                "secret.txt", ""
            )


def test_without_a_page_the_server_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with TestClient(server.page(tmp_path_factory.mktemp("empty")), base_url=BASE) as client:
        answer = client.get("/")
        assert answer.status_code == 503 and "CORRIDORS_NO_WEB" in answer.text
        assert client.get(f"{API}/areas/PHL").status_code == 200


# --- headers ----------------------------------------------------------------------------------


def test_every_answer_carries_the_policy(client: TestClient) -> None:
    asked = (
        client.get(f"{API}/meta"),
        client.get("/nowhere"),
        client.get("/", headers={"host": "x"}),
    )
    for answer in asked:
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in answer.headers


def test_figures_are_sent_once(client: TestClient) -> None:
    first = client.get(f"{API}/world")
    again = client.get(f"{API}/world", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    other = client.get(f"{API}/world", headers={"if-none-match": 'W/"0"'})
    assert other.status_code == 200
    bad = client.get(f"{API}/areas/Narnia", headers={"if-none-match": first.headers["etag"]})
    assert bad.status_code == 404


def test_the_interface_describes_itself_without_a_cdn(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    assert {f"{API}/scenario", f"{API}/jobs", f"{API}/meta"} <= set(document["paths"])
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_search_names_resolve(client: TestClient) -> None:
    for area in client.get(f"{API}/meta").json()["areas"]:
        assert areas.resolve(area["code"]).name == area["name"]
        assert style.short_name(area["name"]) == area["short"]


def test_every_parameter_is_described_with_its_range(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    described = document["components"]["schemas"]["ParameterUse"]
    assert described["additionalProperties"] is False
    for name, parameter in parameters.declared().items():
        said = described["patternProperties"][f"^{name}$"]
        assert (said["minimum"], said["maximum"]) == (parameter.lower, parameter.upper)
        for value in (parameter.lower, parameter.upper):
            asked = {"scenario": {"parameters": {name: value}}}
            assert client.post(f"{API}/studies/write", json=asked).status_code == 200
        beyond = {"scenario": {"parameters": {name: parameter.upper + 1.0}}}
        assert client.post(f"{API}/studies/write", json=beyond).status_code == 422


def test_a_method_that_is_not_there_is_refused_so_with_the_page_in_front(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>page</p>")
    with TestClient(server.page(tmp_path), base_url=BASE) as front:
        for path in ("scenario", "jobs", "studies/read", "studies/write"):
            answer = front.get(f"{API}/{path}")
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert front.get(f"{API}/nowhere").status_code == 404
        assert front.get("/").text == "<p>page</p>"


@pytest.mark.parametrize(
    "wrong", [{"seed": False}, {"draws": "4"}, {"draws": 4.5}, {"scenario": {"land": 0}}]
)
def test_what_only_looks_like_a_number_or_a_truth_value_is_refused(
    client: TestClient, wrong: dict
) -> None:
    asked = {"scenario": WALL, "draws": 4.0, "seed": 2}
    assert client.post(f"{API}/studies/write", json=asked).status_code == 200
    assert client.post(f"{API}/studies/write", json=asked | wrong).status_code == 422


def test_a_focus_that_this_world_does_not_hold_is_a_conflict(client: TestClient) -> None:
    answer = client.post(f"{API}/scenario", json={**WALL, "focus": ["AIA", "PHL"]})
    assert answer.status_code == 409 and "Anguilla" in answer.text
    assert client.post(f"{API}/scenario", json={**WALL, "focus": ["Narnia"]}).status_code == 422


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_parameters_without_finite_figures_have_no_answer(client: TestClient) -> None:
    asked = {"capital": "mobile", "statuses": True, "parameters": {"temporary_remitting": 1e-38}}
    answer = client.post(f"{API}/scenario", json=asked)
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "model"


def test_labels_of_a_lever_are_those_of_the_world_or_all(client: TestClient) -> None:
    def asked(**ends: object) -> dict:
        return {"levers": [{"wall": {"deterred": 0.3, "residence": "USA", **ends}}]}

    every = client.post(f"{API}/scenario", json=asked()).json()
    listed = client.post(f"{API}/scenario", json=asked(skill=["all", "high"])).json()
    assert listed["corridors"] == every["corridors"]
    answer = client.post(f"{API}/scenario", json=asked(status="protected"))
    assert answer.status_code == 409 and "statuses = true" in answer.text


def test_every_place_of_the_description_names_one_thing(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    listed = re.findall(r"[^|()^$]+", document["components"]["schemas"]["Place"]["pattern"])
    names = [name.replace("\\", "") for name in listed]
    assert len(names) > 250 and "Micronesia" not in names
    for name in names:
        areas.select(name)


@pytest.mark.parametrize(
    "file", [{}, {"policy": [1]}, {"capital": 3, "policy": "x"}, {"": [None], "figures": {"a": 1}}]
)
def test_a_file_that_is_no_study_is_not_written(client: TestClient, file: dict) -> None:
    asked = {"scenario": WALL, "file": file, "policy": "mine"}
    answer = client.post(f"{API}/studies/write", json=asked)
    assert answer.status_code == 409 and answer.json()["error"]["problems"]


def test_a_scenario_is_not_lost_where_its_file_has_no_such_policy(client: TestClient) -> None:
    file = study.read("the-wall").file.model_dump(mode="json", exclude_none=True)
    asked = {"scenario": WALL, "file": file, "policy": "another"}
    answer = client.post(f"{API}/studies/write", json=asked)
    assert answer.status_code == 409 and "another" in answer.json()["error"]["message"]
    asked["policy"] = file["policy"][0]["name"]
    written = tomllib.loads(client.post(f"{API}/studies/write", json=asked).text)
    assert written["policy"][0]["levers"] == WALL["levers"]


def test_a_file_s_world_stays_where_the_scenario_names_none(client: TestClient) -> None:
    file = study.read("one-state-shock").file.model_dump(mode="json", exclude_none=True)
    asked = {"file": file, "policy": file["policy"][0]["name"]}
    scenario = {"levers": file["policy"][0]["levers"]}
    text = client.post(f"{API}/studies/write", json={"scenario": scenario, **asked}).text
    assert tomllib.loads(text)["world"] == "usa-states"
    file = study.read("the-wall").file.model_dump(mode="json", exclude_none=True)
    asked = {"file": file | {"world": 2015}, "policy": file["policy"][0]["name"]}
    told = client.post(f"{API}/studies/write", json={"scenario": WALL | {"world": 2024}, **asked})
    assert study.check("again", tomllib.loads(told.text)).file.world == 2024


EVERYTHING = {"remittance_semi_elasticity": -18.0, "ability": 0.0}


@pytest.mark.parametrize("settings", [EVERYTHING, {"remittance_scale": 7e-227}])
def test_where_all_or_nothing_is_sent_the_answer_is_no_server_error(
    client: TestClient, settings: dict
) -> None:
    told = client.post(f"{API}/scenario", json=WALL | {"parameters": settings})
    assert told.status_code in (200, 409, 422), told.text


# --- whatever else is asked -------------------------------------------------------------------


@pytest.mark.slow
def test_no_question_breaks_the_server(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemathesis over the OpenAPI document: no answer is a server error, by HEAD neither."""
    schemathesis = pytest.importorskip("schemathesis")

    def at_once(
        asked: study.Study, *, executor: object, progress: Callable[[study.Progress], None]
    ) -> None:
        progress(study.Progress("draws", 1, 1))
        raise ModelError(asked.name)  # a job that ends; what a study finds is tested above

    monkeypatch.setattr(jobs.study, "run", at_once)
    schema = schemathesis.openapi.from_dict(client.get(f"{API}/openapi.json").json())
    asked: Counter[str] = Counter()
    for operation in schema.get_all_operations():
        operation = operation.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
        def ask(case: object) -> None:
            asked[f"{case.method} {case.path}"] += 1
            about = {"params": case.query or None}
            if isinstance(case.body, dict | list):
                about["json"] = case.body
            answer = client.request(case.method, case.formatted_path, **about)
            assert answer.status_code < 500, (case, answer.text)
            if case.method == "GET":
                head = client.head(case.formatted_path, **about)
                assert head.status_code == answer.status_code and not head.content
                assert head.headers.get("etag") == answer.headers.get("etag")

        ask()
    assert asked[f"POST {API}/jobs"] > 0 and asked[f"GET {API}/journeys/{{name}}"] > 0
    assert asked.total() > 100


# --- journeys ---------------------------------------------------------------------------------


def test_a_group_and_beds_of_the_asker_s_own_are_one_more_what_if(client: TestClient) -> None:
    address = f"{API}/journeys/caravan-2018"
    known = client.get(address).json()
    room = {"place": "Tijuana_El_Barretal", "beds": 9_000, "opens": "2018-11-16"}
    told = client.post(f"{address}/own", json={"people": 20_000, "beds": [room]}).json()
    assert "20\u202f000 people" in told["what_ifs"]["own"]
    assert {name: told[name] for name in ("people", "places", "days")} == {
        name: known[name] for name in ("people", "places", "days")
    }  # the baseline stays
    (beds,) = [row for row in rows(told["shelters"]) if row["what_if"] == "own"]
    assert (beds["lower"], beds["upper"], beds["kind"]) == (9_000, 9_000, "assumed")
    assert told["days"][beds["from"]] == "2018-11-16"
    # Everybody who ever joins, where and as the file has them: the first night has its share.
    joins = journeys_folder.read("caravan-2018").caravan.joins  # type: ignore[union-attr]
    middles = [(join.figure.lower + join.figure.upper) / 2.0 for join in joins]
    first = [row for row in rows(told["instead"]) if row["what_if"] == "own" and row["day"] == 0]
    assert sum(row["persons"] for row in first) == pytest.approx(
        20_000 * middles[0] / sum(middles), rel=0.02
    )
    missing = {row["what_if"]: row for row in rows(told["shortfalls"])}
    none = client.post(f"{address}/own", json={"beds": [{**room, "beds": 0}]}).json()
    without = {row["what_if"]: row for row in rows(none["shortfalls"])}
    nights = "nights_missing"
    assert without["own"][nights] > without["baseline"][nights] > missing["own"][nights]


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ({}, 409, "nothing is asked"),
        ({"beds": [{"place": "Tijuana_Barretal", "beds": 1}]}, 409, "Tijuana_El_Barretal"),
        (
            {"beds": [{"place": "Tijuana_El_Barretal", "beds": 1, "opens": "2019-11-16"}]},
            409,
            "2018-12-25",
        ),
        ({"people": 10}, 422, "100"),
        ({"people": 10_000_000}, 422, "1000000"),
        ({"people": "many"}, 422, "integer"),
        ({"beds": [{"place": "Tijuana_El_Barretal", "beds": -1}]}, 422, "0"),
    ],
)
def test_figures_of_the_asker_s_own_that_do_not_fit_are_refused(
    client: TestClient, asked: dict, status: int, word: str
) -> None:
    answer = client.post(f"{API}/journeys/caravan-2018/own", json=asked)
    assert answer.status_code == status and word in answer.text
    assert client.post(f"{API}/journeys/nowhere/own", json={"people": 500}).status_code == 404


def test_a_journey_is_what_the_library_finds(client: TestClient) -> None:
    (first, *_) = client.get(f"{API}/journeys").json()["journeys"]
    assert first["name"] == "caravan-2018"
    answer = client.get(f"{API}/journeys/caravan-2018")
    assert len(answer.content) < 120_000 and answer.headers["etag"]
    told = answer.json()
    result = journeys_study.compare("caravan-2018", draws=told["draws"], seed=told["seed"])
    assert told["digest"] == result.manifest["digest"]
    places = [row["place"] for row in rows(told["places"])]
    mine = result["places"].set_index(["date", "place"])
    seen = rows(told["people"])
    for row in seen:
        library = mine.loc[(pd.Timestamp(told["days"][row["day"]]), places[row["place"]])]
        if row["persons"] is None:
            assert library["few"]
        else:
            assert row["persons"] == round(library["persons"]) and row["persons"] >= 50
    assert len(seen) == int(((mine["persons"] > 0) | mine["few"]).sum())
    assert {row["what_if"] for row in rows(told["differences"])} == set(told["what_ifs"])
    listed = {row["id"] for row in rows(told["documents"])}
    cited = {code for row in rows(told["figures"]) for code in re.findall(r"S\d\d", row["source"])}
    assert cited and cited <= listed


def test_documents_that_are_not_listed_so_are_refused(tmp_path: Path) -> None:
    assert documents.read(tmp_path) == ()
    file = tmp_path / documents.FILE
    file.write_text("id,publisher,date,address\nS01,AP,2018-10-18,https://example.org/1\n")
    (document,) = documents.read(tmp_path)
    assert (document.id, document.publisher, document.date) == ("S01", "AP", "2018-10-18")
    for text in ("id,who\nS01,AP\n", "id,publisher,date,address\nS01,AP\n"):
        file.write_text(text)
        with pytest.raises(InputError, match=r"sources\.csv:[12]"):
            documents.read(tmp_path)


def test_nobody_is_found_in_a_group_of_few(client: TestClient) -> None:
    told = client.get(f"{API}/journeys/caravan-2018").json()
    for table in ("people", "differences", "links", "shortfalls", "counts"):
        for row in rows(told[table]):
            for name, value in row.items():
                if name.startswith(
                    ("persons", "lower", "upper", "missing", "extra", "peak", "kept")
                ):
                    assert value is None or value == 0 or abs(value) >= 50, (table, name, value)


def test_roads_and_shelters_of_a_journey_of_files(tmp_path: Path) -> None:
    for name, text in {**TABLES, "journeys.toml": CASE}.items():
        (tmp_path / name).write_text(text)
    result = journeys_study.run(tmp_path, draws=20)
    told = journey_figures.told(journeys_folder.read(tmp_path), result)
    json.dumps(told, allow_nan=False)
    places = [row["place"] for row in rows(told["places"])]
    rooms = {places[row["place"]]: row["upper"] for row in rows(told["shelters"])}
    assert rooms == {"East": 4000, "West": 300}
    walkers = sum(row["persons"] for row in rows(told["links"]))
    mine = result["links"]
    assert walkers == mine.loc[mine["persons"] >= 50, "persons"].round().sum() > 0
    assert {row["what_if"] for row in rows(told["shortfalls"])} == {"baseline"}


def test_a_journey_that_does_not_ship_is_refused(client: TestClient) -> None:
    for name in ("nowhere", "..", "%2e%2e", "src"):
        assert client.get(f"{API}/journeys/{name}").status_code in (404, 422)


def test_an_answer_does_not_wait_for_a_second_packet() -> None:
    """Nagle's delay costs 40 ms an answer; asyncio switches it off where the socket says TCP."""
    listening = server._listen(0)
    assert listening.proto == socket.IPPROTO_TCP
    listening.close()
