"""Projections, closed forms, accounts worked out elsewhere: `corridors` must meet every figure."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
CASES = sorted((TESTS / "known" / "cases" / "more").glob("*.json"))

#: One figure of each kind of case, by its place in the file.
FIGURES = {
    "20": ("counterfactual", "L", 50, 1),
    "21": ("rows", 1, "world_gdp_gain"),
    "22": ("rows", 3, "net_gain_frontier_units"),
    "23": ("counterfactual", "spread"),
    "24": ("rows", 9, "abroad", 2),
}


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def run_case(pytestconfig: pytest.Config) -> Callable[[dict[str, Any]], None]:
    """Runs a case with the runner that `--cases` would choose."""
    conftest = pytestconfig.pluginmanager.get_plugin(str(TESTS / "conftest.py"))

    def run(case: dict[str, Any]) -> None:
        module = next(module for keys, module in conftest.FORMATS.values() if keys <= case.keys())
        importlib.import_module(module).run_case(case)

    return run


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(path: Path, run_case: Callable[[dict[str, Any]], None]) -> None:
    run_case(read(path))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_a_planted_wrong_figure_is_seen(
    path: Path, run_case: Callable[[dict[str, Any]], None]
) -> None:
    case = read(path)
    *places, last = FIGURES[path.stem[:2]]
    block: Any = case
    for place in places:
        block = block[place]
    block[last] *= 1.0 + 1e-6
    with pytest.raises(AssertionError):
        run_case(case)
