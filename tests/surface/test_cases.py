"""`pytest tests/known --cases DIR` runs every case of DIR, nothing else, and lets nothing pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EQUILIBRIUM = dict.fromkeys(
    ("primitives", "policy", "counterfactual_primitives", "baseline", "counterfactual")
)
#: Puts a runner that answers by the case's id in the place of the real one.
STUB = """
import sys, types, pytest
def run_case(case):
    if case["id"] == "skips":
        pytest.skip("not today")
    assert case["id"] == "agrees"
runner = types.ModuleType("known.equilibrium_cases")
runner.run_case = run_case
sys.modules["known.equilibrium_cases"] = runner
sys.exit(pytest.main(sys.argv[1:]))
"""


def run(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", STUB, "tests/known", "--cases", str(folder)]
    # Wide, so that pytest writes each reason whole; without plugins, of which no case needs one.
    ours = os.environ | {"COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=ours)
    return ended.returncode, ended.stdout + ended.stderr


def test_cases_run_and_nothing_else(tmp_path: Path) -> None:
    for name in ("one.json", "two/case.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(EQUILIBRIUM | {"id": "agrees"}), encoding="utf-8")
    (tmp_path / "two" / "in_m.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("no case", encoding="utf-8")
    code, said = run(tmp_path)
    assert code == 0, said
    assert "2 passed" in said and "failed" not in said


def test_a_case_that_cannot_be_run_fails(tmp_path: Path) -> None:
    for name, text in {
        "unknown.json": '{"function_": "ipf"}',
        "list.json": "[1]",
        "torn.json": '{"id": ',
        "case.yaml": "id: 1",
        "skips.json": json.dumps(EQUILIBRIUM | {"id": "skips"}),
        "wrong.json": json.dumps(EQUILIBRIUM | {"id": "differs"}),
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    code, said = run(tmp_path)
    assert code == 1
    assert "6 failed" in said and "passed" not in said and "skipped" not in said, said
    for words in (
        "unknown.json - Failed: unknown format: keys function_",
        "list.json - Failed: unknown format: keys list",
        "torn.json - Failed: not JSON",
        "case.yaml - Failed: unknown format: a .yaml file",
        "skips.json - Failed: a case may not skip: not today",
        "wrong.json - AssertionError",
    ):
        assert words in said, said


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    code, said = run(tmp_path)
    assert code == 4
    assert "no case in it" in said
