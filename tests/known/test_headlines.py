"""The headline of every shipped study is what it was, until file and CHANGELOG say otherwise."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from corridors import study

TOOL = Path(__file__).resolve().parents[2] / "tools" / "pin_headlines.py"
#: Of the quick set.
QUICK = ("end-remittance-fees",)
MORE = [name for name in study.shipped() if name not in QUICK]
AGAIN = "say it in CHANGELOG.md, then: python tools/pin_headlines.py --because 'its sentence'"


@pytest.fixture(scope="module")
def pins() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pin_headlines", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(n, marks=pytest.mark.slow) for n in MORE)])
def test_a_shipped_study_answers_what_it_answered(pins: ModuleType, name: str) -> None:
    changed = pins.differences(pins.read()["headline"][name], pins.headline(name))
    assert not changed, "\n".join([f"{name} answers something else; {AGAIN}", *changed])


def test_every_shipped_study_is_pinned_and_the_changelog_has_the_reason(pins: ModuleType) -> None:
    content = pins.read()
    assert set(content["headline"]) == set(study.shipped()), AGAIN
    assert all(content["headline"].values())
    assert pins.said(content["because"]), AGAIN


def test_a_figure_that_moves_is_found(pins: ModuleType) -> None:
    assert pins.differences({"a": 1.0, "b": 2.0}, {"a": 1.0 + 1e-7, "b": 2.0}) == []
    lines = pins.differences({"a": 1.0, "b": 2.0}, {"a": 1.00001, "c": 3.0})
    assert lines == ["gone: b", "a: 1 is now 1.00001", "new: c = 3"]
