"""Which tests reach which line: a plugin of pytest for `tools/mutants.py`.

    PYTHONPATH=src:tools python -m pytest -p reach --quick

Every statement of a function of the library notes that it ran, as it is imported; lines keep their
numbers, and what is compiled by numba is left alone. `.pytest_cache/reach.json` then has, by file
and first line of the statement, the cheapest tests that ran it, each with its seconds. What another
process ran is not seen; a fixture's statements count for the test that asked first.
"""

from __future__ import annotations

import ast
import builtins
import collections
import importlib.machinery
import json
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "corridors"
KEPT = ROOT / ".pytest_cache" / "reach.json"
#: So many tests are kept of a statement, the cheapest.
MOST = 60

ran: set[tuple[str, int]] = set()


class _Noting(ast.NodeTransformer):
    """Before each statement of a function, a call that notes its file and line."""

    def __init__(self, file: str) -> None:
        self.file = file

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if any("njit" in ast.unparse(word) for word in node.decorator_list):
            return node
        for inner in ast.walk(node):
            if isinstance(inner, ast.ClassDef | ast.Match | ast.Lambda):
                continue
            for name in ("body", "orelse", "finalbody"):
                block = getattr(inner, name, None)
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    setattr(inner, name, self._noted(block, name == "body" and inner is node))
        return node

    def _noted(self, block: list[ast.stmt], of_function: bool) -> list[ast.stmt]:
        noted: list[ast.stmt] = []
        for number, statement in enumerate(block):
            text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not (text and number == 0 and of_function):
                call = ast.parse(f"_corridors_ran(({self.file!r}, {statement.lineno}))").body[0]
                for part in ast.walk(call):
                    ast.copy_location(part, statement)
                noted.append(call)
            noted.append(statement)
        return noted


def _install() -> None:
    builtins._corridors_ran = ran.add  # type: ignore[attr-defined]
    sys.dont_write_bytecode = False  # or the tests would choose where bytecode lies
    sys.pycache_prefix = tempfile.mkdtemp(prefix="corridors-reach-")
    plain = importlib.machinery.SourceFileLoader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(data, bytes) and SOURCE in Path(str(path)).parents:
            file = Path(path).relative_to(SOURCE).as_posix()
            data = ast.fix_missing_locations(_Noting(file).visit(ast.parse(data)))
        return plain(self, data, path, *rest, **more)

    importlib.machinery.SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign]


_install()
_reached: dict[tuple[str, int], dict[str, float]] = {}
_failed: set[str] = set()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, None, None]:
    ran.clear()
    began = time.process_time()
    yield
    seconds = round(time.process_time() - began, 2)
    for place in ran:
        _reached.setdefault(place, {})[item.nodeid] = seconds


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not report.passed:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write what was seen, beside what other runs saw."""
    KEPT.parent.mkdir(exist_ok=True)
    seen = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    for (file, line), tests in _reached.items():
        both = seen.setdefault(file, {}).get(str(line), {}) | tests
        seen[file][str(line)] = {test: both[test] for test in _chosen(both)[:MOST]}
    KEPT.write_text(json.dumps(seen), encoding="utf-8")


def _chosen(tests: dict[str, float]) -> list[str]:
    """The cheapest first, but one of each function before the second of any."""
    cheapest = sorted((test for test in tests if test not in _failed), key=tests.__getitem__)
    times: collections.Counter[str] = collections.Counter()
    turn = {}
    for test in cheapest:
        turn[test] = times[test.partition("[")[0]]
        times[test.partition("[")[0]] += 1
    return sorted(cheapest, key=turn.__getitem__)
