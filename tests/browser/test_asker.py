"""Nothing misleads, and the asker's own question is answered: tasks counted in actions."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browser.screens import (
    OPENED,
    Open,
    packed,
    path_of,
    press,
    scenario_page,
    settled,
    text_of,
)
from corridors import areas
from corridors.app import columns
from corridors.baseline import DEFAULT_WORLD
from corridors.show import numbers
from corridors.show.style import area_name

pytestmark = pytest.mark.browser
GULF = ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def quiet(page: Page) -> Page:
    page.get_by_label("by itself after each release").uncheck()
    return page


# --- tasks, one count a click, a key, a filled field ---------------------------------------------


def test_a_journalist_has_picture_and_figures_in_six_actions(watched: Open) -> None:
    page = watched("", accept_downloads=True)
    settled(page)
    page.get_by_role("combobox", name="Search").fill("Philippines GCC")  # 1
    page.get_by_role("combobox", name="Search").press("Enter")  # 2
    expect(page.locator("h1")).to_contain_text("1.79\u202fm people of Philippines live in GCC")
    expect(page.locator(".lead")).to_contain_text("$9.47\u202fbn sent from GCC to Philippines")
    settled(page)
    people = rows_of(text_of(press(page, "CSV")))  # 3
    assert {row["residence"] for row in people} == set(GULF)
    assert sum(float(row["value"]) for row in people) == 1_787_662
    page.get_by_role("button", name="What if sending money to Philippines cost 3 %").click()  # 4
    expect(page.locator(".lead")).to_contain_text("Philippines: remittances received $")
    settled(page)
    money = rows_of(text_of(press(page, "CSV")))  # 5
    gulf = [row for row in money if row["sent_from"] in GULF and row["received_in"] == "PHL"]
    assert len(gulf) == 6 and all(float(row["change"]) > 0 for row in gulf)
    picture = path_of(press(page, "PNG"))  # 6
    from matplotlib.image import imread

    assert imread(picture, format="png").shape[1] == 2400  # twice the size, for print


def test_a_teacher_sets_open_beside_closed_borders_in_five_actions(watched: Open) -> None:
    page = watched("")
    page.get_by_role("link", name="Scenario").click()  # 1
    page.locator(".presets button", has_text="Open borders").first.click()  # 2
    expect(page.locator("h1")).to_contain_text("Open borders")
    expect(page.locator(".painted").first).not_to_have_text("0\u202f%")
    page.get_by_role("button", name="Keep as A").click()  # 3
    page.locator(".presets button", has_text="Closed borders").first.click()  # 4
    expect(page.get_by_role("heading", name="A | B")).to_be_visible()
    expect(page.locator(".beside")).to_contain_text("A: Open borders")
    expect(page.locator(".beside")).to_contain_text("B: Closed borders")


# --- nothing misleads -----------------------------------------------------------------------------


def test_an_answer_never_stands_under_another_title(watched: Open) -> None:
    page = scenario_page(watched, said="422")
    text = "From Narnia"
    hash_ = page.locator(".lead").get_attribute("data-hash")
    page.get_by_label("Title").fill(text)
    page.get_by_label("Title").press("Enter")
    expect(page.locator(".lead")).not_to_have_attribute("data-hash", str(hash_))
    box = page.get_by_label("from", exact=True)
    box.fill("Narnia")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Narnia")
    expect(page.locator(".lead")).to_have_text("No answer to this scenario. ")
    stale = page.locator(".whole.stale")
    assert stale.evaluate("part => part.inert")  # no button of it can be pressed
    expect(page.locator(".answers > .failure")).to_contain_text("another scenario")


def test_a_study_year_by_year_is_refused_not_turned_into_another_question(
    watched: Open, request: pytest.FixtureRequest
) -> None:
    page = scenario_page(watched)
    before = page.locator("h1").text_content()
    studies = request.config.rootpath / "src/corridors/studies"
    page.locator("input[type=file]").set_input_files(studies / "deportation-by-year.toml")
    expect(page.locator(".status")).to_contain_text("year by year")
    expect(page.locator("h1")).to_have_text(str(before))


def test_money_points_to_its_receiver_in_list_table_and_file(watched: Open) -> None:
    page = watched("#v=1&p=world&t=remittances_by_corridor&y=2018", accept_downloads=True)
    settled(page)
    first = columns.corridors("remittances_by_corridor", 2018).iloc[0]
    payer, receiver = area_name(first["residence"]), area_name(first["birthplace"])
    shown = page.locator(".ranking .ends").first
    expect(shown).to_have_text(f"{payer} → {receiver}")
    row = rows_of(text_of(press(page, "CSV")))[0]
    assert (row["payer"], row["receiver"]) == (first["residence"], first["birthplace"])


def test_the_scale_of_a_bar_reads_as_no_error(watched: Open) -> None:
    page = scenario_page(watched)
    assert "±" not in str(page.locator("table.measures").text_content())
    assert page.locator("table.measures tbody").count() == 2  # two scales, two blocks
    expect(page.locator("table.measures thead")).to_contain_text(f"{DEFAULT_WORLD.people} (model)")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("turkey", "TUR"),
        ("Burma", "MMR"),
        ("ivory coast", "CIV"),
        ("england", "GBR"),
        ("philipines", "PHL"),
        ("GCC", "GCC (group)"),
        ("gulf", "GCC (group)"),
        ("remittances", "Money sent home"),
        ("fee", "cost 3 %"),
        ("open borders", "Open borders"),
    ],
)
def test_search_finds_what_a_reader_calls_it(opened: Page, asked: str, answer: str) -> None:
    box = opened.get_by_role("combobox", name="Search")
    box.fill(asked)
    told = area_name(answer) if answer in ("TUR", "MMR", "CIV", "GBR", "PHL") else answer
    expect(opened.get_by_role("option").first).to_contain_text(told)
    box.fill("")


@pytest.fixture(scope="module")
def opened(browser: object, site: str) -> Iterator[Page]:
    page = browser.new_page()  # type: ignore[attr-defined]
    page.goto(site)
    page.locator("h1").wait_for()
    yield page
    page.close()


def test_a_search_for_nothing_says_so(opened: Page) -> None:
    opened.get_by_role("combobox", name="Search").fill("xqzzy")
    expect(opened.locator(".nothing")).to_contain_text("Nothing found")


def test_a_stopped_server_is_said_and_recovered_from(watched: Open) -> None:
    page = scenario_page(watched, said="")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.get_by_role("slider", name="legal share").press("ArrowRight")
    expect(page.locator(".stopped")).to_contain_text("corridors serve --port")
    expect(page.locator(".lead")).to_contain_text("No answer")
    page.unroute("**/api/v1/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".lead")).to_contain_text("World output +")
    expect(page.locator(".stopped")).to_have_count(0)


@pytest.mark.parametrize(
    "hostile",
    [
        {"levers": [None]},
        {"levers": [], "title": 7},
        {"levers": [{"wall": None}]},
        {"levers": [{}]},
        {"levers": [], "focus": "PHL"},
        {"levers": [], "channels": {"nest": 1}},
    ],
)
def test_a_crafted_link_cannot_blank_the_page(watched: Open, hostile: dict) -> None:
    page = watched(f"#v=1&p=scenario&s={packed(hostile)}")
    expect(page.locator(".status")).to_contain_text("the scenario of the link")
    expect(page.locator("table.measures")).to_be_visible()


def test_a_link_of_other_figures_says_that_numbers_may_differ(watched: Open) -> None:
    page = watched("#v=1&p=world&h=0123456789abcdef")
    expect(page.locator(".status")).to_contain_text("numbers may differ")


def test_back_ctrl_z_and_a_reload_keep_what_was_built(watched: Open) -> None:
    page = quiet(watched("#v=1&p=scenario"))
    page.locator(".presets button", has_text="Open borders").first.click()
    built = str(page.locator("h1").text_content())
    assert built != "My scenario"
    page.go_back()
    expect(page.locator("h1")).to_have_text("My scenario")
    page.go_forward()
    expect(page.locator("h1")).to_have_text(built)
    page.reload()
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    expect(page.locator("h1")).to_have_text("My scenario")


def test_a_corridor_s_what_if_can_be_undone_to_what_was_built(watched: Open) -> None:
    page = scenario_page(watched)
    page.get_by_role("link", name="Corridor", exact=True).click()
    page.get_by_role("link", name="Open the border").click()
    expect(page.locator("h1")).to_contain_text("Mexico")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("h1")).to_have_text("My scenario")
    expect(page.locator("fieldset.lever")).to_have_count(1)


@pytest.mark.parametrize(
    ("width", "height", "parts"),
    [
        (1440, 900, (".lever .range", ".lead", ".painted", ".answers .sheet")),
        (390, 844, (".lever .range", ".lead")),
    ],
)
def test_lever_and_answer_are_on_one_screen(
    watched: Open, width: int, height: int, parts: tuple[str, ...]
) -> None:
    fragment = f"#v=1&p=scenario&s={packed(OPENED)}"
    page = watched(fragment, viewport={"width": width, "height": height})
    settled(page)
    for part in parts:
        box = page.locator(part).first.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height, (part, box)
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(300)
    box = page.locator(".lead").bounding_box()
    assert box and 0 <= box["y"] < 10  # the answer stays while one scrolls


def test_net_under_a_focus_is_the_difference_of_both_ways(watched: Open) -> None:
    page = watched("#v=1&p=world&t=remittances_by_corridor&y=2018&f=GCC&pw=PHL&d=net")
    settled(page)
    cells = columns.corridors("remittances_by_corridor", 2018)
    pair = cells.set_index(["birthplace", "residence"])["value"]
    net = max(pair.get(("PHL", code), 0.0) - pair.get((code, "PHL"), 0.0) for code in GULF)
    expect(page.locator(".ranking .value").first).to_have_text(numbers.money(round(net)))
    assert areas.select("GCC") == GULF


def test_print_has_no_buttons_and_two_pages_at_most(watched: Open) -> None:
    page = watched("#v=1&p=world")
    settled(page)
    page.emulate_media(media="print")
    assert page.locator("button:visible").count() == 0
    assert page.locator(".ranking li:visible").count() == 20
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf())) <= 2
