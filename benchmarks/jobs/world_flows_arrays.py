"""Flows of the world 2010-2015, 230 areas: arrays in and out, against the older labelled call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import made_flows

ABOUT = "world flows, n = 230, labelled -> on arrays"
TARGET = "CPU >= 7"
WARM = True
CALLS = 40


def prepare(build: str) -> Callable[[], int]:
    old = build == "old"
    periods = import_module("corridors.people.stocks" if old else "corridors.baseline.periods")
    seen = periods.observe("2010-2015")
    stocks = (seen["stock_start"], seen["stock_end"])
    estimate_flows = made_flows.estimate_of(build)
    arrays = stocks[0].to_numpy(), stocks[1].to_numpy()
    vital = seen["births"].to_numpy(), seen["deaths"].to_numpy()
    flows_of = None if old else import_module("corridors.flows.methods").flows_of

    def work() -> int:
        for _ in range(CALLS):
            if flows_of is None:
                estimate_flows(*stocks, births=seen["births"], deaths=seen["deaths"])
            else:
                flows_of(arrays, vital)
        return CALLS

    return work


def difference() -> list[tuple[str, float]]:
    from corridors.baseline.periods import observe
    from corridors.flows.methods import flows_of, world_flows

    seen = observe("2010-2015")
    labelled = world_flows(seen)["da_pb_closed"].flows.to_numpy()
    arrays = seen["stock_start"].to_numpy(), seen["stock_end"].to_numpy()
    flows = flows_of(arrays, (seen["births"].to_numpy(), seen["deaths"].to_numpy()))
    return [("a flow in persons", float(abs(flows - labelled).max()))]
