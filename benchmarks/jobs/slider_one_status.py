"""The server's share of a slider: answers of a what-if, legal statuses not told apart."""

from __future__ import annotations

from collections.abc import Callable

ABOUT = "slider, 1 status"
TARGET = "CPU >= 2.5"
WARM = True
ANSWERS = 20


def prepare(build: str) -> Callable[[], int]:
    from corridors.app import scenario

    asked = iter(range(1, 10**6))

    def work() -> int:
        for _ in range(ANSWERS):
            # Each value is new: an answer that was given before is kept.
            lever = {"open_border": {"legal_share": 0.1 + 1e-5 * next(asked)}}
            scenario.answer(scenario.Scenario(statuses=False, levers=(lever,), capital="mobile"))
        return ANSWERS

    return work
