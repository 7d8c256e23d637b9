"""Take the pictures of the page in docs/pictures: every screen, light and dark, desk and phone.

Start `corridors serve --port 8765 --no-browser`, then run this with http://127.0.0.1:8765/ and, if
not all are wanted, names of screens.
"""

from __future__ import annotations

import base64
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
OPENED = {
    "title": "Open borders: legal share 0.15",
    "levers": [{"open_border": {"legal_share": 0.15}}],
}
SHUT = {"title": "Closed borders", "levers": [{"ban": {}}]}


def packed(scenario: dict[str, object]) -> str:
    """A scenario as it stands in an address."""
    return base64.urlsafe_b64encode(json.dumps(scenario).encode()).decode().rstrip("=")


SCENARIO, CLOSED = packed(OPENED), packed(SHUT)
SCREENS = {
    "world": "#v=1&p=world",
    "chord": "#v=1&p=world&w=chord",
    "flow": "#v=1&p=world&t=flows&y=2020",
    "place": "#v=1&p=place&a=PHL",
    "group": "#v=1&p=place&a=GCC",
    "corridor": "#v=1&p=corridor&c=MEX-USA",
    "scenario": f"#v=1&p=scenario&s={SCENARIO}",
    "compared": f"#v=1&p=scenario&s={CLOSED}&b={SCENARIO}",
    "journey": "#v=1&p=journey&dy=47",
    "what-if": "#v=1&p=journey&dy=42&wi=barretal-ten-days-earlier",
    "data": "#v=1&p=data",
}
Theme = Literal["light", "dark"]
LOOKS: dict[str, tuple[int, int, Theme]] = {
    "light": (1440, 960, "light"),
    "dark": (1440, 960, "dark"),
    "phone": (390, 844, "light"),
}
COLOURS = 192


def main(address: str, wanted: list[str]) -> None:
    """Write docs/pictures/page-SCREEN-LOOK.png for the screens named, or for all."""
    with sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = started.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for screen in wanted or list(SCREENS):
            for look, (width, height, theme) in LOOKS.items():
                size = ViewportSize(width=width, height=height)
                context = chromium.new_context(viewport=size, color_scheme=theme)
                page = context.new_page()
                page.goto(address + SCREENS[screen])
                page.locator("h1").wait_for(timeout=60_000)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(1_000)
                taken = Image.open(io.BytesIO(page.screenshot(full_page=look == "phone")))
                shot = taken.crop((0, 0, width, min(taken.height, 2_000))).convert("RGB")
                shot.quantize(COLOURS).save(PICTURES / f"page-{screen}-{look}.png", optimize=True)
                context.close()
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
