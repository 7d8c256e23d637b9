"""Flows of the world 2010-2015, 230 areas, the labelled call."""

from __future__ import annotations

from collections.abc import Callable

ABOUT = "world flows, n = 230, labelled"
TARGET = "CPU >= 4"
WARM = True
CALLS = 20


def prepare(build: str) -> Callable[[], int]:
    if build == "old":
        from corridors.people.flows import estimate_flows

        from corridors.people.stocks import observe
    else:
        from corridors.baseline.periods import observe
        from corridors.flows.methods import estimate_flows
    seen = observe("2010-2015")
    stocks = (seen["stock_start"], seen["stock_end"])

    def work() -> int:
        for _ in range(CALLS):
            estimate_flows(*stocks, births=seen["births"], deaths=seen["deaths"])
        return CALLS

    return work
