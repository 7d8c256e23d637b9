"""The quick set and the sections; what a test may ask for: ../shared, a browser, cases.

`pytest` is the quick set: no test of a section. `pytest -m SECTION` runs one; `pytest PATH` all
that is there but for a browser's, a cluster's and the long ones.

`pytest tests/known --cases DIR` runs every case file of DIR and nothing else. A case is a JSON (or
YAML, or TOML) file, or a folder with a `case.json`. A case whose format no runner knows fails, and
so does a case that skips: a silent pass would be worth nothing.
"""

from __future__ import annotations

import os
import sys

if "PYTEST_XDIST_WORKER" in os.environ:  # before NumPy: two workers share two processors
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
if sys.dont_write_bytecode:  # not beside the sources, but compiled once for all processes
    sys.dont_write_bytecode = False
    sys.pycache_prefix = f"{__file__.rpartition('tests')[0]}.pytest_cache/bytecode"
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import importlib
import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CASE_SUFFIXES = {".json", ".toml", ".yaml", ".yml"}

#: Format of a case -> the keys that tell it, and the module whose `run_case(case)` runs it. The
#: first that fits counts.
FORMATS = {
    "equilibrium": (
        {"primitives", "policy", "counterfactual_primitives", "baseline", "counterfactual"},
        "known.equilibrium_cases",
    ),
    "dynamic": ({"primitives", "baseline", "counterfactual"}, "known.dynamic_cases"),
    "accounts": ({"inputs", "baseline", "counterfactual"}, "known.account_cases"),
    "cohorts": ({"inputs", "rows", "identity"}, "known.cohort_cases"),
    "closed forms": ({"rows"}, "known.closed_form_cases"),
    "flows": ({"function_", "inputs", "expected", "require"}, "known.flows_cases"),
}
#: Formats whose case is a folder of tables: their `run_case` takes the folder.
FOLDERS = {"flows"}

#: Markers of what is no part of the quick set; `.ci/run` has a section for each.
SECTIONS = {"docs", "hostile", "shared", "slow"}
#: Tests that are of a section by where they lie.
PLACES = {"tests/hostile/": "hostile", "tests/surface/test_docs.py": "docs"}

settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None, database=None)
settings.load_profile("quick")


# --- what a bare machine lacks ---------------------------------------------------------------


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of raw tables and reference cases beside the checkout."""
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium."""
    return _chromium() or pytest.fail("no Chromium on this machine")


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        where = item.path.relative_to(ROOT).as_posix() if ROOT in item.path.parents else ""
        for place, marker in PLACES.items():
            if where.startswith(place):
                item.add_marker(marker)
    _require(items, "shared", "shared", SHARED.is_dir(), "../shared (raw tables and cases)")
    _require(items, "browser", "chromium", _chromium() is not None, "a Chromium on PATH")
    dask = importlib.util.find_spec("distributed") is not None
    _require(items, "cluster", "cluster", dask, "Dask (pip install '.[cluster]')")
    if config.option.quick:
        kept = [item for item in items if not any(map(item.get_closest_marker, SECTIONS))]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _require(items: list[pytest.Item], marker: str, fixture: str, here: bool, what: str) -> None:
    """Mark every item that needs `what`; skip it with a word where that is not here."""
    variable = f"CORRIDORS_REQUIRE_{marker.upper()}"
    for item in items:
        if fixture in getattr(item, "fixturenames", ()):
            item.add_marker(marker)
        if here or item.get_closest_marker(marker) is None:
            continue
        if os.environ.get(variable) == "1":
            raise pytest.UsageError(f"{variable}=1, but {what} is not there: {item.nodeid}")
        item.add_marker(pytest.mark.skip(reason=f"needs {what}, which is not there"))


# --- cases from a folder ---------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cases", metavar="DIR", type=Path, help="run every case file of DIR and nothing else"
    )
    parser.addoption(
        "--quick",
        action="store_true",
        help="the quick set alone; so it is without a path and without -m",
    )


def pytest_configure(config: pytest.Config) -> None:
    folder = config.getoption("--cases")
    if hasattr(config, "workerinput"):
        os.environ.pop("COLUMNS", None)  # a worker is no terminal of 80 letters
        config.option.quick = config.workerinput["quick"]
    else:
        asked = config.args_source is pytest.Config.ArgsSource.ARGS or folder is not None
        by_default = config.getini("addopts")[-1] == config.option.markexpr
        config.option.quick |= by_default and not asked
    if folder is not None and not _case_paths(folder):
        raise pytest.UsageError(f"--cases {folder}: no such folder, or no case in it")


def _is_of_a_section(path: Path) -> bool:
    """Whether all tests of a file or folder lie outside the quick set: it is not even imported."""
    where = path.relative_to(ROOT).as_posix() if ROOT in path.parents else ""
    return f"{where}/" in {*PLACES, "tests/browser/"} or where in PLACES


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist what its paths no longer tell: whether any was given."""
    node.workerinput["quick"] = node.config.option.quick


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("--cases") is None:
        return True if config.option.quick and _is_of_a_section(collection_path) else None
    known = ROOT / "tests" / "known"
    return True if collection_path != known and collection_path not in known.parents else None


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if path == ROOT / "tests" / "known" and parent.config.getoption("--cases") is not None:
        return CaseFolder.from_parent(parent, path=path)
    return None


def _case_paths(folder: Path) -> list[Path]:
    """Every case file of `folder`, in order; of a folder with a case.json, that file alone."""
    if not folder.is_dir():
        return []
    if (folder / "case.json").is_file():
        return [folder / "case.json"]
    paths = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            paths += _case_paths(path)
        elif path.suffix in CASE_SUFFIXES:
            paths.append(path)
    return paths


class CaseFolder(pytest.Directory):
    """Stands where tests/known stands, and collects the cases of --cases instead."""

    def collect(self) -> Iterator[pytest.Item]:
        folder = self.config.getoption("--cases")
        for path in _case_paths(folder):
            name = path.parent if path.name == "case.json" else path
            yield Case.from_parent(self, name=str(name.relative_to(folder.parent)), file=path)


class Case(pytest.Item):
    """One known answer: passes when the runner of its format agrees with it."""

    def __init__(self, *, file: Path, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.file = file

    def runtest(self) -> None:
        case = self._read()
        for name, (keys, module) in FORMATS.items():
            if keys <= case.keys():
                self._run(module, self.file.parent if name in FOLDERS else case)
                return
        given, known = ", ".join(sorted(case)), ", ".join(FORMATS)
        pytest.fail(f"unknown format: keys {given}; a runner exists for: {known}", pytrace=False)

    def _read(self) -> dict:
        if self.file.suffix != ".json":
            pytest.fail(f"unknown format: a {self.file.suffix} file", pytrace=False)
        try:
            case = json.loads(self.file.read_text(encoding="utf-8"))
        except ValueError as error:
            pytest.fail(f"not JSON: {error}", pytrace=False)
        return case if isinstance(case, dict) else {type(case).__name__: case}

    def _run(self, module: str, case: dict | Path) -> None:
        try:
            importlib.import_module(module).run_case(case)
        except pytest.skip.Exception as skipped:
            pytest.fail(f"a case may not skip: {skipped}", pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.file, None, self.name
