"""Who may ask, how much they may send, and what a browser may do with the page.

The server listens on this machine only. A page of the web can still make the reader's browser
ask it, under a name that points here: so names other than this machine's and calls from other
pages are refused, and the content security policy lets the page load nothing from elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from corridors.errors import InputError, Problem

__all__ = ["HEADERS", "LARGEST_BODY", "Guard", "framing", "problem"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 2_000_000
NAMES = ("127.0.0.1", "localhost", "[::1]")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)


def framing(origins: Sequence[str]) -> dict[str, str]:
    """The headers with which pages of these origins may show this one in a frame.

    Raises
    ------
    InputError
        Every origin that is none.
    """
    what, fix = "is no origin", "Write scheme, name and port, such as https://example.org"
    wrong = [
        Problem(f"--embed '{each}'", what, fix) for each in origins if not _ORIGIN.fullmatch(each)
    ]
    if wrong:
        raise InputError(wrong)
    if not origins:
        return HEADERS
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(origins)}")
    return {
        **HEADERS,
        "content-security-policy": policy,
        "cross-origin-resource-policy": "cross-origin",
    }


def problem(
    code: str, message: str, hint: str = "", field: str = "", **more: Any
) -> dict[str, Any]:
    """The body of every refusal."""
    return {"error": {"code": code, "message": message, "field": field, "hint": hint, **more}}


class Guard:
    """Refuses foreign names (400), foreign pages (403) and large bodies (413); adds headers."""

    def __init__(self, app: App, headers: Mapping[str, str] = HEADERS) -> None:
        self.app = app
        self.extra = [(k.encode(), v.encode()) for k, v in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        refused = _refusal(headers)
        if refused is not None:
            await _answer(send, *refused)
            return
        body = await _body(receive)
        if body is None:
            await _answer(send, *_too_large())
            return
        if scope["method"] == "HEAD":  # what GET would say, without saying it
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await self.app(scope, _replayed(body, receive), _with_headers(send, self.extra))


def _refusal(headers: dict[str, str]) -> tuple[int, dict[str, Any]] | None:
    host = headers.get("host", "")
    name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    name = name if port.isdigit() else host
    if name.lower() not in NAMES:
        hint = f"Open the page as {NAMES[0]}"
        return 400, problem("host", "this server answers only to its own machine", hint)
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        return 403, problem("origin", "another page may not ask this server", "Open the page")
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return _too_large()
    return None


def _too_large() -> tuple[int, dict[str, Any]]:
    hint = "Send fewer levers or a smaller file"
    return 413, problem("too_large", f"more than {LARGEST_BODY} bytes", hint)


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None when more comes than may come; whatever length was declared."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives the body first, then what the connection says."""
    given = False

    async def replayed() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _with_headers(send: Send, extra: list[tuple[bytes, bytes]]) -> Send:
    async def added(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return added


def _without_body(send: Send) -> Send:
    async def headers_only(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only


async def _answer(send: Send, status: int, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    headers += [(k.encode(), v.encode()) for k, v in HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
