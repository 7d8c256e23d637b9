"""What the page is given must not mislead: names, rankings, focus, money both ways, frames."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pandas as pd
import pytest
from starlette.testclient import TestClient

from corridors import areas, rules, study
from corridors.app import columns, journey_figures, meta, scenario, security, server
from corridors.app.api import application
from corridors.cards.corridor import corridor_card
from corridors.cards.group import card_of
from corridors.cards.people import stocks
from corridors.cards.place import place_card
from corridors.data import store
from corridors.errors import InputError
from corridors.show.numbers import money as money_of
from corridors.show.report.journeys import _needs

BASE = "http://127.0.0.1:8000"
GULF = ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU")
FEE = {"remittance_cost": {"cost_share": 0.03, "birthplace": "PHL", "residence": "GCC"}}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(), base_url=BASE, raise_server_exceptions=False) as open_client:
        yield open_client


def rows(table: dict) -> list[dict]:
    return [dict(zip(table["cols"], row, strict=True)) for row in table["rows"]]


def test_the_page_knows_every_other_name_of_an_area() -> None:
    known = {area["code"]: area["aliases"] for area in meta.meta()["areas"]}
    names = store.listing("aliases")["names"]
    assert sum(map(len, known.values())) > 200
    for code, asked in (("MMR", "Burma"), ("TUR", "Turkey"), ("CIV", "Ivory Coast")):
        assert asked in known[code] and asked in names[code]


def test_the_page_knows_groups_by_every_name_and_their_members() -> None:
    groups = {group["name"]: group for group in meta.meta()["groups"]}
    assert tuple(groups["GCC"]["members"]) == GULF and "Gulf" in groups["GCC"]["aliases"]
    assert set(groups["Northern Triangle"]["members"]) == {"GTM", "HND", "SLV"}


@pytest.mark.parametrize("code", ["DEU", "PHL"])
def test_partners_of_a_place_are_the_largest_of_the_edition_shown(code: str) -> None:
    card = place_card(code).figures
    shown = card[(card["section"] == "largest corridors") & (card["birthplace"] == code)]
    for table, part in shown.groupby("table"):
        cells = stocks(birthplace=code)
        cells = cells[cells["table"] == table]
        cells = cells[cells["year"] == cells["year"].max()]
        expected = cells.groupby("residence", observed=True)["persons"].sum().nlargest(len(part))
        assert part["value"].tolist() == expected.tolist()


@pytest.mark.parametrize("asked", ["GCC", "Gulf", ",".join(GULF)])
def test_a_group_or_a_list_is_a_focus(client: TestClient, asked: str) -> None:
    question = {"table": "stocks_2024", "year": 2024, "area": asked, "other": "PHL"}
    world = client.get("/api/v1/world", params=question).json()
    cells = stocks(birthplace="PHL")
    cells = cells[(cells["table"] == "stocks_2024") & (cells["year"] == 2024)]
    people = cells[cells["residence"].isin(GULF)]["persons"].sum()
    assert world["focus"]["into"] == people == 1_787_662
    assert world["of"] == len(world["corridors"]["rows"]) == 6
    assert "1.79\u202fm" in world["focus"]["sentence"] and "GCC" in world["focus"]["sentence"]
    assert "citizens are counted, not birthplaces" in world["focus"]["sentence"]


def test_a_focus_counts_its_own_corridors_not_the_world_s(client: TestClient) -> None:
    question = {"table": "stocks_2024", "year": 2024, "area": "PHL"}
    world = client.get("/api/v1/world", params=question).json()
    assert world["of"] == len(world["corridors"]["rows"]) < 500


def test_money_of_a_focus_goes_from_payer_to_receiver() -> None:
    paid = columns.world("remittances_by_corridor", 2018, 500, "GCC", "PHL")["focus"]
    table = columns.corridors("remittances_by_corridor", 2018)
    mine = table[(table["birthplace"] == "PHL") & table["residence"].isin(GULF)]
    assert paid["into"] == mine["value"].sum() > 9e9  # stored by receiver, paid from residence
    assert "bn sent from GCC to Philippines" in paid["sentence"]


def test_an_unknown_focus_is_refused_with_names(client: TestClient) -> None:
    question = {"table": "stocks_2024", "year": 2024, "area": "GCC,Narnia"}
    answer = client.get("/api/v1/world", params=question)
    assert answer.status_code == 404 and "Narnia" in answer.text


def test_an_answer_begins_with_what_changed_for_the_focus() -> None:
    answer = scenario.answer(scenario.Scenario(focus=("PHL",), levers=(FEE,)))
    table = {row["area"]: row for row in rows(answer["areas"])}
    gain = table["PHL"]["remittances_after"] - table["PHL"]["remittances_now"]
    now, after = (money_of(table["PHL"][f"remittances_{when}"]) for when in ("now", "after"))
    first = f"Philippines: remittances received {now} to {after} ("
    assert answer["sentence"].startswith(first) and gain > 1e8
    money = rows(answer["money"])
    assert all("PHL" in (row["birthplace"], row["residence"]) for row in money)
    assert sum(row["change"] for row in money) == pytest.approx(gain, rel=0.01)


def test_money_by_corridor_adds_up_to_what_is_received() -> None:
    answer = scenario.answer(scenario.Scenario(levers=(FEE,)))
    gulf = [row for row in rows(answer["money"]) if row["residence"] in GULF]
    assert {row["birthplace"] for row in gulf[:6]} == {"PHL"}
    assert all(row["after"] - row["now"] == pytest.approx(row["change"], abs=2) for row in gulf)


def test_a_policy_about_money_says_so_before_output() -> None:
    said = scenario.answer(scenario.Scenario(levers=({"remittance_cost": {"cost_share": 0.0}},)))
    assert said["sentence"].startswith("Remittances received $")
    opened = scenario.Scenario(levers=({"open_border": {"legal_share": 0.3}},))
    assert scenario.answer(opened)["sentence"].startswith("World output +")


def test_no_sentence_has_a_sign_before_nothing() -> None:
    said = scenario.answer(scenario.Scenario(levers=(FEE,)))["sentence"]
    assert "> \u2212" not in said.replace("\u202f", " ") and "no change (under 0.001" in said


def test_what_a_lever_does_is_said_without_symbols() -> None:
    for lever in meta.meta()["levers"]:
        said = lever["help"]
        assert not any(sign in said for sign in ("=", "^", "tau", "equation", " c ", "d'")), said
    assert len(rules.levers()) == len(meta.meta()["levers"])


def test_needs_that_are_no_persons_are_not_hidden_like_few_people() -> None:
    need = pd.DataFrame({"place": "Camp", "date": pd.Timestamp("2020-01-01")}, index=range(2))
    need = need.assign(need=["taps", "soap"], unit=["taps", "kg"], amount=[10.0, 8.0])
    grid = _needs({"needs": need})  # type: ignore[arg-type]
    units = {column.name: column.unit for column in grid.columns}
    assert units["taps"] == units["soap"] == "number"


def test_the_page_is_framed_only_where_the_user_says() -> None:
    def policy(headers: dict[str, str]) -> dict[str, str]:
        with TestClient(application(headers), base_url=BASE) as opened:
            return dict(opened.get("/healthz").headers)

    closed, opened = policy(security.framing(())), policy(security.framing(("https://a.org",)))
    assert "frame-ancestors 'none'" in closed["content-security-policy"]
    assert "frame-ancestors https://a.org" in opened["content-security-policy"]
    assert opened["cross-origin-resource-policy"] == "cross-origin"
    for hostile in ("*", "https://a.org; script-src *", "a.org", "https://a.org/\nX: y"):
        with pytest.raises(InputError, match="is no origin"):
            security.framing((hostile,))


def test_the_port_is_the_same_at_every_start() -> None:
    import inspect

    from corridors.cli import serve

    assert inspect.signature(server.serve).parameters["port"].default == server.PORT == 8765
    assert inspect.signature(serve).parameters["port"].default == server.PORT
    assert areas.select("Gulf") == GULF


# --- files that come and go ----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(study.shipped()))
def test_a_loaded_file_keeps_what_the_page_does_not_show(client: TestClient, name: str) -> None:
    file = study.read(name).file
    if file.answer != "equilibrium":
        return
    text = client.post("/api/v1/studies/write", json=_saved(file)).text
    again = study.check(name, tomllib.loads(text)).file
    assert again == file


def _saved(file: study.StudyFile) -> dict:
    """What the page sends for a file that was loaded and not changed."""
    content = file.model_dump(mode="json", exclude_none=True)
    first = content["policy"][0]
    shown = ("title", "question", "channels", "statuses", "land", "focus", "parameters")
    scenario = {key: content[key] for key in shown}
    scenario |= {"capital": content["capital"][0], "levers": first["levers"]}
    return {"scenario": scenario, "draws": 7, "file": content, "policy": first["name"]}


def test_a_changed_policy_takes_the_place_of_its_own_in_the_file(client: TestClient) -> None:
    file = study.read("open-borders").file
    asked = _saved(file)
    asked["scenario"]["levers"] = [FEE]
    asked["scenario"]["parameters"] = {"theta": 2.0}
    written = tomllib.loads(client.post("/api/v1/studies/write", json=asked).text)
    again = study.check("open-borders", written).file
    assert again.policy[0].levers == (FEE,) and again.policy[1:] == file.policy[1:]
    assert again.parameters == {"theta": 2.0}
    assert (again.capital, again.draws, again.sources) == (file.capital, file.draws, file.sources)


# --- assumptions ---------------------------------------------------------------------------------


def test_an_assumption_of_the_asker_s_is_read_and_said() -> None:
    levers = ({"open_border": {"legal_share": 0.15}},)
    usual = scenario.answer(scenario.Scenario(levers=levers))
    moved = scenario.answer(scenario.Scenario(levers=levers, parameters={"theta": 2.0}))
    assert usual["remarks"] == [] and "theta is 2" in moved["remarks"][0]
    value = {m["name"]: m["value"] for m in moved["measures"]}
    asked = {"theta": 2.0}
    content = scenario.Scenario(levers=levers, parameters=asked).content()
    head = study.run(study.check("moved", content)).headline.set_index("measure")["value"]
    assert value["output"] == pytest.approx(head["output"], rel=1e-6)
    assert value["output"] != pytest.approx(
        {m["name"]: m["value"] for m in usual["measures"]}["output"], rel=1e-3
    )


@pytest.mark.parametrize("given", [{"theta": -1.0}, {"thets": 2.0}, {"theta": "much"}])
def test_an_assumption_out_of_range_or_misspelt_is_named(client: TestClient, given: dict) -> None:
    refused = client.post("/api/v1/scenario", json={"levers": [], "parameters": given})
    assert refused.status_code == 422 and next(iter(given)) in refused.text


# --- groups --------------------------------------------------------------------------------------


def test_a_group_counts_what_crosses_its_border_once() -> None:
    card = card_of("Gulf").figures
    last = card[(card["figure"] == "migrants") & (card["table"] == "stocks_2024")]
    last = last[(last["section"] == "people") & (last["year"] == 2024)]
    value = last.set_index(["birthplace", "residence"])["value"]
    cells = columns.corridors("stocks_2024", 2024)
    born, lives = cells["birthplace"].isin(GULF), cells["residence"].isin(GULF)
    sums = {key: float(cells.loc[own, "value"].sum())
            for key, own in {("GCC", "all"): born & ~lives, ("all", "GCC"): lives & ~born,
                             ("GCC", "GCC"): born & lives}.items()}  # fmt: skip
    assert value.to_dict() == pytest.approx(sums)


def test_a_place_by_any_name_is_no_group() -> None:
    assert card_of("Viet Nam").title == "Viet Nam (VNM)"
    with pytest.raises(InputError, match="Philippines"):
        card_of("Philipines")


@pytest.mark.parametrize("region", ["GCC", "EU", "Northern Triangle", "PHL, SAU"])
def test_the_chord_of_a_group_loses_nobody(region: str) -> None:
    whole = columns.matrix("stocks_2024", 2024, region)
    assert sum(row[2] for row in whole["flows"]["rows"]) == whole["total"]


def test_a_corridor_says_its_share_and_rank() -> None:
    card = corridor_card("PHL", "SAU").figures
    told = card[(card["figure"] == "share_of_emigrants") & (card["birthplace"] == "PHL")]
    (row,) = told.to_dict("records")
    cells = columns.corridors("stocks_2024", 2024)
    own = cells[cells["birthplace"] == "PHL"].set_index("residence")["value"]
    assert row["value"] == pytest.approx(own["SAU"] / own.sum())
    rank = int((own > own["SAU"]).sum()) + 1
    assert row["note"] == f"rank {rank} of {len(own)} places where they live"


# --- journeys ------------------------------------------------------------------------------------


def test_a_what_if_is_told_as_itself() -> None:
    told = journey_figures.journey("caravan-2018")
    there = {(r["what_if"], r["day"], r["place"]): r["persons"] for r in rows(told["instead"])}
    before = {(r["day"], r["place"]): r["persons"] for r in rows(told["people"])}
    changes = rows(told["differences"])
    checked = 0
    for row in changes:
        at = (row["day"], row["place"])
        now, was = there.get((row["what_if"], *at), 0), before.get(at, 0)
        if None not in (now, was, row["persons"]):
            assert now - was == pytest.approx(row["persons"], abs=1.0)
            checked += 1
    assert checked > 20
    beds = [row for row in rows(told["shelters"]) if row["what_if"]]
    assert [(row["what_if"], row["from"]) for row in beds] == [("barretal-ten-days-earlier", 38)]


def test_fewer_than_fifty_are_no_number_with_a_what_if_either() -> None:
    told = journey_figures.journey("caravan-2018")
    for row in rows(told["instead"]):
        for name, value in row.items():
            if name.startswith(("persons", "lower_", "upper_")) and value is not None:
                assert value == 0 or value >= 50
