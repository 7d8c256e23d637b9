"""How long a drag takes to its paint, beside the page of another commit, in turn.

    python benchmarks/page_drag.py OTHER [--drags 30]

OTHER is a checkout with its page built (issue "Page": commit 01eb083, at most 0.6 of it). Both are
served by this interpreter, each from its own `src`; one Chromium window of 1440 x 900 shows each. A
slider is set to the same values in both, A B A B, so that a busy machine slows both; the time runs
from the input event to the frame after the answer to it is on the screen. Prints medians, the
solver's part, and the ratio; exits 1 above the limit.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Error, Page, Response, sync_playwright

HERE = Path(__file__).resolve().parents[1]
LIMIT = 0.6
SCENARIO = {"title": "Drag", "levers": [{"open_border": {"legal_share": 0.15}}]}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DRAG = """async (to) => {
  const slider = document.querySelector('.lever input[type=range]');
  const lead = document.querySelector('[data-hash]');
  const before = lead.dataset.hash;
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const start = performance.now();
  set.call(slider, String(to));
  slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
  while (lead.dataset.hash === before && performance.now() - start < 20000)
    await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""


def main() -> int:
    """Drag both in turn; 0 where the ratio keeps to the limit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("other", type=Path, help="checkout to compare with, its page built")
    parser.add_argument("--drags", type=int, default=30)
    asked = parser.parse_args()
    servers = [Server(HERE), Server(asked.other.resolve())]
    try:
        with sync_playwright() as started:
            chromium = started.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            pages = [opened(chromium.new_page(viewport={"width": 1440, "height": 900}), s)
                     for s in servers]  # fmt: skip
            times: list[list[float]] = [[], []]
            for step in range(asked.drags + 3):
                for page, server, own in zip(pages, servers, times, strict=True):
                    own.append(page.evaluate(DRAG, round(0.1 + 0.005 * step, 4)))
                    server.read()
            chromium.close()
    finally:
        for server in servers:
            server.stop()
    return told([own[3:] for own in times], [server.solves[3:] for server in servers])


class Server:
    """The page of a checkout on a free port, warm."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {**os.environ, "PYTHONPATH": str(root / "src"), "OMP_NUM_THREADS": "1"}
        words = ["-m", "corridors", "serve", "--port", str(self.port), "--no-browser"]
        self.process = subprocess.Popen(
            [sys.executable, *words], env=environment, stdout=subprocess.DEVNULL
        )
        self.answers: list[Response] = []
        self.solves: list[float] = []
        self.address = f"http://127.0.0.1:{self.port}/"
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.address}healthz", timeout=2).close()
                return
            except OSError:
                time.sleep(0.3)
        self.stop()
        raise SystemExit(f"{root}: the page does not answer")

    def read(self) -> None:
        """What the solver took; read between drags, for that takes time of its own."""
        for answer in self.answers:
            with contextlib.suppress(Error):  # its body may be gone
                self.solves.append(answer.json()["solve_ms"])
        self.answers.clear()

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(20)


def opened(page: Page, server: Server) -> Page:
    """The scenario with its first answer, no draws of its own accord."""
    packed = base64.urlsafe_b64encode(json.dumps(SCENARIO).encode()).decode().rstrip("=")
    page.set_default_timeout(120_000)

    def solved(response: Response) -> None:
        if response.url.partition("?")[0].endswith("/scenario") and response.ok:
            server.answers.append(response)

    page.on("response", solved)
    page.goto(f"{server.address}#v=1&p=scenario&s={packed}")
    page.locator("[data-hash]:not([data-hash=''])").wait_for()
    page.get_by_label("by itself after each release").uncheck()
    page.wait_for_timeout(1_000)
    server.answers.clear()
    return page


def told(times: list[list[float]], solves: list[list[float]]) -> int:
    """Medians and their ratio."""
    here, there = map(statistics.median, times)
    for name, own, solve in zip(("this page", "the other"), times, solves, strict=True):
        low, high = sorted(own)[len(own) // 4], sorted(own)[-len(own) // 4]
        spread = f"half of them {low:.0f} to {high:.0f}"
        middle, part = statistics.median(own), statistics.median(solve)
        print(f"{name}: {len(own)} drags, median {middle:.0f} ms ({spread}), solver {part:.0f} ms")
    print(f"ratio {here / there:.2f} (limit {LIMIT}), load {os.getloadavg()[0]:.1f}")
    return int(here / there > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
