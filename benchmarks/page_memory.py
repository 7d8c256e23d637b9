"""Memory of the page's server after it has shown everything once (issue "Page": at most 400 MB).

python benchmarks/page_memory.py

Starts `corridors serve`, asks for every table and year, cards, the chord, a journey, a drag of
eighty steps, every channel and every world, and prints the resident memory on the way; exits 1
above the limit.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

LIMIT = 400
PLACES = ("PHL", "MEX", "DEU", "USA", "IND", "SYR", "GCC", "EU")
PAIRS = ("MEX/USA", "PHL/SAU", "SYR/TUR", "IND/ARE")


def main() -> int:
    """Ask for everything; 0 where the memory keeps to the limit."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "corridors", "serve", "--port", str(port), "--no-browser"]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        used = [_said(server.pid, what) for what in _asked(f"http://127.0.0.1:{port}/")]
    finally:
        server.terminate()
        server.wait(20)
    print(f"most {max(used)} MB (limit {LIMIT})")
    return int(max(used) > LIMIT)


def _asked(address: str) -> Any:
    """Ask for one kind of answer after another; gives its name when it is there."""
    end = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{address}healthz", timeout=2).close()
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
    known = _get(address, "meta")
    yield "start"
    for table, years in known["years"].items():
        for year in years:
            _get(address, f"world?table={table}&year={year}&top=500")
        _get(address, f"matrix?table={table}&year={years[-1]}")
        yield table
    for path in (*(f"areas/{name}" for name in PLACES), *(f"corridors/{pair}" for pair in PAIRS)):
        _get(address, path)
    _get(address, "sources")
    _get(address, "journeys/caravan-2018")
    yield "cards, sources, a journey"
    for step in range(80):
        _solve(address, {"levers": [{"open_border": {"legal_share": 0.1 + 0.005 * step}}]})
    yield "a drag of 80 steps"
    _solve(address, {"levers": [{"wall": {}}], "statuses": True})
    for channel in known["channels"]:
        _solve(address, {"levers": [{"wall": {}}], "channels": [channel]})
    yield "legal statuses and every channel"
    for world in known["worlds"]:
        _solve(address, {"levers": [{"wall": {}}], "world": world["people"]})
    yield "every world"
    _post(address, "scenario/gains", {"scenario": {"levers": [{"wall": {}}]}})
    _post(address, "journeys/caravan-2018/own", {"people": 20_000})
    yield "what movers gain, a journey of one's own"


def _get(address: str, path: str) -> Any:
    with urllib.request.urlopen(f"{address}api/v1/{path}") as answer:
        return json.load(answer)


def _solve(address: str, scenario: dict[str, Any]) -> None:
    _post(address, "scenario", scenario)


def _post(address: str, path: str, asked: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps(asked).encode()
    request = urllib.request.Request(f"{address}api/v1/{path}", data=body, headers=headers)
    urllib.request.urlopen(request).close()


def _said(process: int, what: str) -> int:
    """Resident memory of a process in MB, printed."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    used = int(line.split()[1]) // 1024
    print(f"{used:4d} MB after {what}")
    return used


if __name__ == "__main__":
    raise SystemExit(main())
