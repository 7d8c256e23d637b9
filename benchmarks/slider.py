"""The server's share of a slider: answers of a what-if, each with a value that is new."""

from __future__ import annotations

from collections.abc import Callable

ANSWERS = 20


def prepare(statuses: bool) -> Callable[[], int]:
    """Twenty answers, legal statuses told apart or not."""
    from corridors.app import scenario

    asked = iter(range(1, 10**6))

    def work() -> int:
        for _ in range(ANSWERS):
            # Each value is new: an answer that was given before is kept.
            lever = {"open_border": {"legal_share": 0.1 + 1e-5 * next(asked)}}
            scenario.answer(scenario.Scenario(statuses=statuses, levers=(lever,), capital="mobile"))
        return ANSWERS

    return work
