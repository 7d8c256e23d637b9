"""The screens of the page and what every test of them needs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Download, Page, expect

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
OPENED = {"levers": [{"open_border": {"legal_share": 0.15}}]}


def packed(scenario: dict) -> str:
    """A scenario as it stands in the address."""
    text = base64.urlsafe_b64encode(json.dumps(scenario).encode()).decode()
    return text.rstrip("=")


SCREENS = {
    "world": ("#v=1&p=world", "Living outside the country of birth, 2024: 304"),
    "chord": ("#v=1&p=world&w=chord", "Living outside"),
    "table": ("#v=1&p=world&w=table", "Living outside"),
    "money": ("#v=1&p=world&t=remittances_by_corridor&y=2018", "Remittances by corridor, 2018"),
    "focus": ("#v=1&p=world&f=PHL", "Philippines, 2024: 6.99"),
    "place": ("#v=1&p=place&a=PHL", "Philippines"),
    "corridor": ("#v=1&p=corridor&c=MEX-USA", "Mexico ⇄ United States"),
    "scenario": (f"#v=1&p=scenario&s={packed(OPENED)}", "My scenario"),
    "flow": ("#v=1&p=world&t=flows&y=2020", "Who moved, mid-2015 to mid-2020: 110"),
    "journey": ("#v=1&p=journey&dy=47", "The Central American caravan"),
    "what-if": ("#v=1&p=journey&dy=42&wi=barretal-ten-days-earlier", "The Central American"),
    "data": ("#v=1&p=data", "Data and where they are from"),
}


def settled(page: Page) -> None:
    """Wait until what the screen asked for is there."""
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text(re.compile("^Loading|^Solving"))).to_have_count(0)


def scenario_page(watched: Open, **options: str) -> Page:
    page = watched(f"#v=1&p=scenario&s={packed(OPENED)}", **options)
    expect(page.locator(".painted").first).not_to_have_text("0\u202f%")
    page.get_by_label("by itself after each release").uncheck()
    return page


def path_of(kept: Download) -> Path:
    return Path(str(kept.path()))


def text_of(kept: Download) -> str:
    return path_of(kept).read_text(encoding="utf-8")


def press(page: Page, name: str) -> Download:
    with page.expect_download() as kept:
        page.get_by_role("group", name="Download").first.get_by_role("button", name=name).click()
    return kept.value
