"""What was found when the claims were last recorded, by `tools/record_claims.py`."""

from __future__ import annotations

import functools
from typing import Any

from corridors.claims.files import HERE, of_package

__all__ = ["RECORDED", "recorded_causes", "recorded_estimates", "recorded_verdicts"]

RECORDED = HERE / "recorded.toml"


@functools.cache
def _content() -> dict[str, Any]:
    return of_package(RECORDED.name)


def recorded_verdicts() -> dict[str, str]:
    """Verdict by the id of a shipped claim."""
    return dict(_content().get("verdict", {}))


def recorded_estimates() -> dict[str, dict[str, Any]]:
    """Value, ends of the 95 per cent interval, observations and years, by panel.

    Each in the unit that `corridors.claims.panels.PANELS` says, as `tools/record_claims.py` found
    them.
    """
    return dict(_content().get("estimate", {}))


def recorded_causes() -> dict[tuple[str, str], dict[str, Any]]:
    """Value and interval of the causal measures of shipped claims, by id and question.

    Each in the unit that the claim's file gives its measure, as `tools/record_claims.py` found
    them.
    """
    return {
        (name, answer["question"]): answer
        for name, answers in _content().get("causal", {}).items()
        for answer in answers
    }
