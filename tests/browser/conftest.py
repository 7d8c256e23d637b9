"""A server of this process and a Chromium of this machine; any error or foreign request fails."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    expect,
    sync_playwright,
)

from corridors.app import server

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def site(chromium: str) -> Iterator[str]:
    """Address of the page, warm."""
    if not (server.ASSETS / "index.html").is_file():
        word = "the page is not built: pip install . (without CORRIDORS_NO_WEB)"
        if os.environ.get("CORRIDORS_REQUIRE_BROWSER") == "1":
            pytest.fail(word)
        pytest.skip(word)
    listening = server._listen(0)
    running = uvicorn.Server(uvicorn.Config(server.page(), log_level="error"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    server._warm()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with sync_playwright() as started:
        chromium_started = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield chromium_started
        chromium_started.close()


def left_behind(request: Request) -> bool:
    """Whether a reload or a closed page dropped it under way: nobody waits for its answer."""
    return request.failure == "net::ERR_ABORTED"


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens a page at an address; at the end nothing may have gone wrong in any of them."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(fragment: str = "", *, said: str = "no error", **options: Any) -> Page:
        """Open `fragment`; the browser may complain of `said` alone."""
        size = options.pop("viewport", {"width": 1440, "height": 900})

        def complain(text: str) -> None:
            if said not in text:
                wrong.append(text)

        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda m: complain(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda r: None if left_behind(r) else complain(f"failed: {r.url}"))
        page.on(
            "request",
            lambda r: None if r.url.startswith((site, "blob:", "data:")) else wrong.append(r.url),
        )
        page.goto(site + fragment)
        page.locator("h1").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
