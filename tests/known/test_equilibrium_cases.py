"""Worlds solved in levels elsewhere: `corridors` must find every figure, both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from known.equilibrium_cases import run_case

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(path: Path) -> None:
    run_case(json.loads(path.read_text(encoding="utf-8")))
