"""Serve the page on this machine."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles

from corridors.app import columns, journey_figures, scenario, security
from corridors.app.api import application
from corridors.errors import InputError, Problem

__all__ = ["ASSETS", "PORT", "page", "serve"]

ASSETS = Path(__file__).parent / "assets"
HOST = "127.0.0.1"
#: The same at every start, so that a kept link still opens.
PORT = 8765
NO_PAGE = (
    "This installation of corridors has no page: it was installed with CORRIDORS_NO_WEB=1.\n"
    "Install again without it (pip install --force-reinstall .) to build the page.\n"
    "Everything else works: corridors run, world, place, corridor, sql, and the API of this\n"
    "server under /api/v1 (/api/v1/openapi.json lists it).\n"
)


def page(assets: Path = ASSETS, allowed: Mapping[str, str] = security.HEADERS) -> FastAPI:
    """The API with the page in front of it, or with a word where the page was not built."""
    app = application(allowed)
    if (assets / "index.html").is_file():
        app.mount("/", StaticFiles(directory=assets, html=True), name="page")
    else:

        @app.get("/", include_in_schema=False)
        async def missing() -> PlainTextResponse:
            return PlainTextResponse(NO_PAGE, 503)

    return app


def serve(
    port: int = PORT,
    browser: bool = True,
    embed: tuple[str, ...] = (),
    say: Callable[[str], None] = lambda text: print(text, file=sys.stderr),
) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    port : int
        0 takes any free one.
    browser : bool
        Open the page in the reader's browser.
    embed : tuple of str
        Origins (`https://example.org`) whose pages may show this one in a frame; by default none.
    say : function of a line of text

    Raises
    ------
    InputError
        The port is taken or may not be used; an origin is none.
    """
    allowed = security.framing(embed)
    listening = _listen(port)
    address = f"http://{HOST}:{listening.getsockname()[1]}/"
    if not (ASSETS / "index.html").is_file():
        say(NO_PAGE.rstrip())
    say(f"corridors is at {address} (this machine only; Ctrl-C stops it)")
    threading.Thread(target=_warm, daemon=True).start()
    if browser:
        opening = threading.Timer(0.5, webbrowser.open, [address])
        opening.daemon = True
        opening.start()
    config = uvicorn.Config(
        page(allowed=allowed),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _warm() -> None:
    """Read figures and calibrate while the page opens, so that its first questions do not wait."""
    columns.world("stocks_2024", 2024, 500)
    scenario.ready()
    columns.corridor("MEX", "USA")
    for journey in journey_figures.listing()["journeys"]:
        journey_figures.journey(journey["name"])


def _listen(port: int) -> socket.socket:
    # Named as TCP, asyncio sends small packets at once; unnamed, each answer waits 40 ms for one.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        what = f"port {port} cannot be used: {getattr(error, 'strerror', None) or error}"
        raise InputError(
            Problem(
                "--port",
                what,
                "Stop what uses it (corridors may be open already), or --port 0 takes a free one",
            )
        ) from None
    return listening
