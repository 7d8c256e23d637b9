"""Flows of the world 2010-2015, 230 areas, the labelled call."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

ABOUT = "world flows, n = 230, labelled"
TARGET = "CPU >= 4"
WARM = True
CALLS = 20


def prepare(build: str) -> Callable[[], int]:
    old = build == "old"
    periods = import_module("corridors.people.stocks" if old else "corridors.baseline.periods")
    methods = import_module("corridors.people.flows" if old else "corridors.flows.methods")
    estimate_flows = methods.estimate_flows
    seen = periods.observe("2010-2015")
    stocks = (seen["stock_start"], seen["stock_end"])

    def work() -> int:
        for _ in range(CALLS):
            estimate_flows(*stocks, births=seen["births"], deaths=seen["deaths"])
        return CALLS

    return work
