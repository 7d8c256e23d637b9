"""What was found when the claims were last recorded, by `tools/record_claims.py`."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

__all__ = ["RECORDED", "recorded_causes", "recorded_estimates", "recorded_verdicts"]

RECORDED = Path(__file__).parent / "recorded.toml"


@functools.cache
def _content() -> dict[str, Any]:
    return tomllib.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}


def recorded_verdicts() -> dict[str, str]:
    """Verdict by the id of a shipped claim."""
    return dict(_content().get("verdict", {}))


def recorded_estimates() -> dict[str, dict[str, Any]]:
    """Value, ends of the 95 per cent interval, observations and years, by panel."""
    return dict(_content().get("estimate", {}))


def recorded_causes() -> dict[str, dict[str, Any]]:
    """Value and interval of the causal measures of a shipped claim, by its id."""
    return dict(_content().get("causal", {}))
