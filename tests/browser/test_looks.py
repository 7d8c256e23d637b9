"""Journeys, flows, guesses, embedded pictures, fingers; and that no words overlap."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.screens import PHONE, SCREENS, Open, press, scenario_page, settled, text_of
from corridors.app import columns, journey_figures
from corridors.cards import flows
from corridors.readers import journeys_folder
from corridors.show import numbers, style

pytestmark = pytest.mark.browser

#: Words that overlap or are cut off, as the browser lays them out and the maps write them.
COLLISIONS = (Path(__file__).parent / "collisions.js").read_text(encoding="utf-8")


#: What is far below is laid out when it is scrolled to; until then its words have no place.
ALL_DRAWN = """() => document.querySelectorAll("*").forEach((part) => {
  if (getComputedStyle(part).contentVisibility === "auto") part.style.contentVisibility = "visible";
})"""


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("width", [390, 1440])
def test_no_words_overlap_or_are_cut(watched: Open, screen: str, width: int) -> None:
    page = watched(SCREENS[screen][0], viewport={"width": width, "height": 844})
    settled(page)
    page.evaluate(ALL_DRAWN)
    page.wait_for_timeout(300)
    assert page.evaluate(COLLISIONS) == []


def test_words_that_overlap_would_be_found(watched: Open) -> None:
    page = watched("#v=1&p=data")
    settled(page)
    page.evaluate("document.querySelector('h1').style.marginBottom = '-40px'")
    assert any(pair[0] == "overlap" for pair in page.evaluate(COLLISIONS))
    page.evaluate("document.querySelector('h1').style.marginLeft = '-40px'")
    assert any(pair[0] == "off the screen" for pair in page.evaluate(COLLISIONS))


def test_a_guess_stands_beside_the_answer(watched: Open) -> None:
    page = scenario_page(watched)
    page.get_by_label("Guess first").check()
    expect(page.locator(".painted")).to_have_count(0)
    expect(page.locator(".lead")).to_contain_text("What do you expect?")
    page.get_by_label("World output, change in %, as a number").fill("12")
    page.get_by_label("World output, change in %, as a number").press("Enter")
    page.get_by_role("button", name="Show what the model says").click()
    expect(page.locator(".guess")).to_contain_text("you said +12.0\u202f%")
    output = str(page.locator('.painted[data-measure="output"]').text_content())
    expect(page.locator(".guess b").first).to_have_text(output)


# --- journeys ----------------------------------------------------------------------------------


def test_a_journey_shows_the_library_s_days(watched: Open) -> None:
    told = journey_figures.journey("caravan-2018")
    day = told["days"].index("2018-11-28")
    page = watched(f"#v=1&p=journey&dy={day}")
    settled(page)
    places = [row[0] for row in told["places"]["rows"]]
    there = {
        places[row[1]]: numbers.persons(row[2]) for row in told["people"]["rows"] if row[0] == day
    }
    shown = page.locator(".places li")
    assert shown.count() == len(there) == 3
    for name, persons in there.items():
        line = shown.filter(has_text=name.replace("_", " "))
        expect(line.locator(".value")).to_contain_text(persons)
    drawn = json.loads(str(page.locator("canvas.flows").get_attribute("data-circles")))
    assert {circle[0] for circle in drawn} == set(there)
    names = dict(zip(told["shortfalls"]["cols"], told["shortfalls"]["rows"][0], strict=True))
    expect(page.locator(".shortfall")).to_contain_text(numbers.persons(names["missing"]))
    expect(page.locator(".places")).to_contain_text("no beds")
    document = next(row for row in told["documents"]["rows"] if row[0] == "S46")
    cited = page.locator(".shelter").get_by_role("link", name="S46")
    assert cited.get_attribute("href") == document[3]
    labels = json.loads(str(page.locator("canvas.flows").get_attribute("data-labels")))
    for name in there:  # a circle without its name tells nothing
        assert any(label[0].startswith(name.replace("_", " ")) for label in labels), name


def test_days_go_by_key_by_button_and_by_themselves(watched: Open) -> None:
    page = watched("#v=1&p=journey&dy=0")
    settled(page)
    slider = page.get_by_role("slider", name="Day")
    slider.press("ArrowRight")
    expect(page.locator(".days output")).to_contain_text("day 2 of 75: 13 Oct 2018")
    assert slider.get_attribute("aria-valuetext") == "day 2, 13 Oct 2018"
    page.get_by_role("button", name="A day on").click()
    expect(page.locator(".days output")).to_contain_text("day 3")
    slider.press("End")
    expect(page.locator(".days output")).to_contain_text("25 Dec 2018")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".days output")).to_contain_text(re.compile(r"day ([3-9]|[1-6]\d) of 75"))
    page.get_by_role("button", name="Stop").click()
    expect(page).to_have_url(re.compile("dy="))


def test_a_what_if_of_a_journey_shows_itself_and_the_difference(watched: Open) -> None:
    page = watched("#v=1&p=journey&dy=42")
    settled(page)
    name = "El Barretal opened on 19 November instead of the 29th"
    page.locator(".controls select").select_option(label=name)
    expect(page.locator(".shortfall")).to_contain_text("Baseline: Tijuana, outside")
    expect(page.locator(".fan .keys")).to_contain_text("baseline")
    drawn = json.loads(str(page.locator("canvas.flows").get_attribute("data-circles")))
    assert all(circle[1] is None or circle[1] >= 50 for circle in drawn)  # people, no change
    page.get_by_role("button", name="Change to the baseline").click()
    drawn = json.loads(str(page.locator("canvas.flows").get_attribute("data-circles")))
    changes = {circle[0]: circle[1] for circle in drawn}
    assert changes["Tijuana_El_Barretal"] > 0 > changes["Tijuana, outside"]
    page.locator(".places a", has_text="Mexicali").click()
    expect(page.locator(".fan figcaption")).to_contain_text("Mexicali")
    rows = list(csv.DictReader(io.StringIO(text_of(press(page, "CSV")))))
    assert {row["unit"] for row in rows} == {"persons"}
    for name in ("persons", "baseline", "change"):
        sizes = [abs(float(row[name])) for row in rows if row[name]]
        assert sizes and all(size == 0 or size >= 50 for size in sizes), name


def test_roads_have_their_walkers(
    watched: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "two-camps"
    folder.mkdir()
    (folder / "journeys.toml").write_text(
        'title = "Two camps"\nquestion = "Room?"\nfirst_day = 2020-01-01\ndays = 12\n'
        'places = "places.csv"\nroads = "roads.csv"\ndepartures = "departures.csv"\n'
    )
    (folder / "places.csv").write_text(
        "place,country,kind,latitude,longitude,population_persons,capacity_persons\n"
        "Source,A,conflict,10,10,50000,\nEast,B,camp,10,12,,4000\nWest,B,camp,10,8,,300\n"
    )
    (folder / "roads.csv").write_text("from,to,kilometres\nSource,East,200\nSource,West,250\n")
    (folder / "departures.csv").write_text(
        "place,day,persons\n" + "".join(f"Source,{day},900\n" for day in range(12))
    )
    monkeypatch.setattr(journeys_folder, "SHIPPED", tmp_path)
    journey_figures.listing.cache_clear()
    try:
        page = watched("#v=1&p=journey&dy=8&j=two-camps")
        settled(page)
        expect(page.locator("h1")).to_have_text("Two camps")
        expect(page.locator(".legend")).to_contain_text("Green arrows")
        expect(page.locator(".places li", has_text="West")).to_contain_text("over: 300 beds")
        expect(page.locator(".shortfall")).to_contain_text("West")
        assert page.evaluate(COLLISIONS) == []
    finally:
        journey_figures.listing.cache_clear()
        journey_figures.journey.cache_clear()


# --- flows, embedding, fingers -----------------------------------------------------------------


def test_flows_are_the_library_s(watched: Open) -> None:
    page = watched("#v=1&p=world&n=30")
    settled(page)
    page.get_by_role("button", name="Flow", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Who moved, mid-2020 to mid-2024")
    settled(page)
    largest = flows.largest("2020-2024", columns.METHOD, top=30)
    expected = [
        f"{style.area_name(row.origin)} → {style.area_name(row.destination)}"
        for row in largest.itertuples()
    ]
    assert page.locator(".side .ranking .ends").all_text_contents() == expected
    first = page.locator(".side .ranking li").first
    expect(first).to_contain_text(numbers.persons(largest["most"][0]))
    page.get_by_label("Years", exact=True).press("Home")
    expect(page.locator("h1")).to_contain_text("mid-1990 to mid-1995")
    page.get_by_role("button", name="Stock").click()
    expect(page.locator("h1")).to_contain_text("Living outside the country of birth, 1995")


@pytest.mark.parametrize("screen", ["world", "chord", "journey", "scenario"])
def test_an_embedded_picture_is_alone_with_its_source(watched: Open, screen: str) -> None:
    page = watched("?embed=1" + SCREENS[screen][0])
    settled(page)
    for gone in (".bar", ".controls", ".side", ".levers", ".downloads", "footer", ".search"):
        expect(page.locator(gone).filter(visible=True)).to_have_count(0)
    expect(page.get_by_text(re.compile("Source: ")).filter(visible=True).first).to_be_visible()
    picture = page.locator("canvas.flows, .chord svg").filter(visible=True)
    expect(picture.first).to_be_visible()


def test_the_map_is_pinched_and_wheeled(watched: Open) -> None:
    page = watched("#v=1&p=world", viewport=PHONE, has_touch=True)
    settled(page)
    sheet = page.locator(".sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": a, "y": b, "id": place} for place, (a, b) in enumerate(points)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    expect(sheet).to_have_attribute("data-zoomed", "no")
    touch("touchStart", (x - 20, y), (x + 20, y))
    for apart in range(25, 85, 5):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    expect(sheet).to_have_attribute("data-zoomed", "yes")
    expect(page.locator("h1")).to_contain_text("Living outside")  # no click
    page.get_by_role("button", name="World", exact=True).click()
    expect(sheet).to_have_attribute("data-zoomed", "no")
    page = watched("#v=1&p=world")
    settled(page)
    before = page.locator("canvas.flows").get_attribute("data-labels")
    box = page.locator(".sheet").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.51, box["y"] + box["height"] * 0.2)
    for _ in range(6):
        page.mouse.wheel(0, -100)
    expect(page.locator(".sheet")).to_have_attribute("data-zoomed", "yes")
    expect(page.locator("canvas.flows")).not_to_have_attribute("data-labels", str(before))
    assert page.evaluate(COLLISIONS) == []
