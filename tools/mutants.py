"""Change one line of the source at a time, drawn by a seed, and see whether a test notices.

    PYTHONPATH=src:tools python -m pytest -p reach --quick     # once: which test reaches which line
    python tools/mutants.py --seed 1 2 3 [--number 20] [--list] [--under money] [--quick]

Draws, with equal chance by kind, an operator of arithmetic, a comparison, an axis, a sign, a number
or a choice of the smaller and the larger, inside a function of the library. Each mutant runs in a
copy of the package against the cheapest tests known to reach its line, then against the test files
that import its module, the nearest first; with `--quick` what survives runs against the quick set
too. Two lines a mutant on stdout; 1 where any survives.
"""

from __future__ import annotations

import argparse
import ast
import collections
import functools
import importlib
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "corridors"
#: What draws or prints, and is seen by pictures or by the eye.
LEFT_OUT = ("cli", "show", "app", "__main__.py", "__init__.py")
ARITHMETIC = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*"}
COMPARISONS = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
}  # fmt: skip
#: At a bound that is no whole number the limiting case is no case: the comparison is turned round.
REVERSED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<"}
WORDS = {
    "minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min", "argmin": "argmax",
    "argmax": "argmin", "any": "all", "all": "any", "expm1": "log1p", "log": "log1p",
}  # fmt: skip
AXES = {"0": "1", "1": "0", "-1": "-2", "-2": "-1", "2": "1", "3": "2"}
OF_A_FILE = "not (long or browser or cluster or slow or docs)"
#: A run of pytest that takes so long of a processor is ended.
SECONDS = 400.0
#: What a run may have of memory: a mutant may ask for all.
BYTES = 8 << 30
#: Written by `reach.py`: by file and line of a statement, the tests that run it.
REACH = ROOT / ".pytest_cache" / "reach.json"
#: The copy, and what numba made of it.
KEPT = ROOT / ".pytest_cache" / "mutants"
#: So many files are asked with `--near`.
NEAR = 3
#: Others' libraries that nearly every test needs, loaded before the fork.
LOADED_ONCE = ("numpy", "pandas", "xarray", "scipy.optimize", "scipy.stats", "duckdb", "pydantic")
#: A number as small is no figure.
TOLERANCE = 1e-6


class Mutant(NamedTuple):
    """A change: lines and columns as `ast` counts them."""

    file: Path
    line: int
    start: int
    end: int
    new: str
    kind: str

    def apply(self, text: str) -> str:
        """The file's text with the change."""
        lines = text.splitlines(keepends=True)
        raw = lines[self.line - 1].encode()
        lines[self.line - 1] = (raw[: self.start] + self.new.encode() + raw[self.end :]).decode()
        return "".join(lines)


def files(under: str) -> list[Path]:
    """Modules of the library whose path begins with `under`."""
    every = sorted(SOURCE.rglob("*.py"))
    inner = [file.relative_to(SOURCE) for file in every]
    return [
        SOURCE / file
        for file in inner
        if file.parts[0] not in LEFT_OUT
        and file.name != "__init__.py"
        and file.as_posix().startswith(under)
    ]


def mutants(file: Path) -> Iterator[Mutant]:
    """Every mutant of a module, inside its functions."""
    text = file.read_text(encoding="utf-8")
    lines = [line.encode() for line in text.splitlines()]
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef):
            for node in _inside(function):
                yield from _of(file, node, lines)


def _inside(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Nodes of a function's body, without annotations and messages; what is nested is its own."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(
            node, ast.FunctionDef | ast.ClassDef | ast.Raise | ast.JoinedStr | ast.Assert
        ):
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
            continue
        yield node
        waiting += [
            child for name, child in _children(node) if name not in ("annotation", "returns")
        ]


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield name, child


def _of(file: Path, node: ast.AST, lines: list[bytes]) -> Iterator[Mutant]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            return
        yield from _between(
            file, node.left, node.right, ARITHMETIC[type(node.op)], "arithmetic", lines
        )
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        new = COMPARISONS[type(node.ops[0])]
        bound = node.comparators[0]
        if not (isinstance(bound, ast.Constant) and type(bound.value) is int):
            new = REVERSED.get(new, new)
        yield from _between(file, node.left, node.comparators[0], new, "comparison", lines)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if not isinstance(node.operand, ast.Constant):
            start = node.col_offset
            yield Mutant(file, node.lineno, start, start + 1, "", "sign")
    elif isinstance(node, ast.Call):
        yield from _of_call(file, node, lines)
    elif isinstance(node, ast.Constant) and type(node.value) is float and node.value > TOLERANCE:
        assert node.end_col_offset is not None
        new = repr(round(node.value * 1.2, 10))
        yield Mutant(file, node.lineno, node.col_offset, node.end_col_offset, new, "number")


def _of_call(file: Path, node: ast.Call, lines: list[bytes]) -> Iterator[Mutant]:
    name = node.func
    if isinstance(name, ast.Attribute) and name.attr in WORDS and name.end_col_offset is not None:
        end = name.end_col_offset
        start = end - len(name.attr)
        assert name.end_lineno is not None
        yield Mutant(file, name.end_lineno, start, end, WORDS[name.attr], "choice")
    axes = [word.value for word in node.keywords if word.arg == "axis"]
    if isinstance(name, ast.Attribute) and name.attr in ("sum", "mean", "cumsum", "max", "min"):
        axes += node.args[:1]
    for axis in axes:
        text = ast.unparse(axis)
        if text in AXES and axis.end_col_offset is not None:
            where = (axis.lineno, axis.col_offset, axis.end_col_offset)
            yield Mutant(file, *where, AXES[text], "axis")


def _between(
    file: Path, left: ast.AST, right: ast.AST, new: str, kind: str, lines: list[bytes]
) -> Iterator[Mutant]:
    """The operator between two operands of one line."""
    line, start = left.end_lineno, left.end_col_offset  # type: ignore[attr-defined]
    if line != right.lineno:  # type: ignore[attr-defined]
        return
    gap = lines[line - 1][start : right.col_offset].decode()  # type: ignore[attr-defined]
    match = re.search(r"[-+*/<>=!]=?", gap)
    if match is not None:
        yield Mutant(file, line, start + match.start(), start + match.end(), new, kind)


def drawn(seed: int, number: int, under: str) -> list[Mutant]:
    """Mutants by a seed: a kind first, then one of that kind, each line at most once."""
    by_kind: dict[str, list[Mutant]] = {}
    for file in files(under):
        for mutant in mutants(file):
            by_kind.setdefault(mutant.kind, []).append(mutant)
    draw = random.Random(seed)
    chosen: dict[tuple[Path, int], Mutant] = {}
    while len(chosen) < number:
        mutant = draw.choice(by_kind[draw.choice(sorted(by_kind))])
        chosen.setdefault((mutant.file, mutant.line), mutant)
    return list(chosen.values())


def tests_of(file: Path) -> list[str]:
    """Test files that import a module, those that name it most first; then those of its room."""
    parts = file.relative_to(SOURCE.parent).with_suffix("").parts
    module, room, name = ".".join(parts), ".".join(parts[:-1]), parts[-1]
    direct = re.compile(
        rf"{re.escape(module)}\b|from {re.escape(room)} import [^\n]*\b{name}\b"
        rf"|from {re.escape(room)} import \([^)]*\b{name}\b"
    )
    near = re.compile(rf"{re.escape(room)}\b|from corridors import [^\n]*\b{parts[-2]}\b")
    scored = []
    for test in sorted((ROOT / "tests").rglob("test_*.py")):
        if test.parent.name == "browser":
            continue
        text = test.read_text(encoding="utf-8")
        helpers = re.findall(r"^from (known|laws)\.?(\w*) import", text, re.M)
        for folder, helper in helpers:
            path = ROOT / "tests" / folder / f"{helper}.py"
            text += path.read_text(encoding="utf-8") if path.is_file() else ""
        score = 100 * len(direct.findall(text)) + (room != "corridors") * len(near.findall(text))
        if score:
            scored.append((-score, test.relative_to(ROOT).as_posix()))
    return [test for _, test in sorted(scored)]


class Trial:
    """A copy of the package in which one file at a time is changed, and pytest runs in a fork.

    What pytest needs of others' libraries is loaded once, before the fork; numba's kept machine
    code stays between mutants, but for a file that it compiles.
    """

    def __init__(self, near: bool, quick: bool) -> None:
        self.near, self.quick = near, quick
        self.copy = KEPT / "src"
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(ROOT / "src", self.copy, ignore=shutil.ignore_patterns("__pycache__"))
        self.reach = json.loads(REACH.read_text(encoding="utf-8")) if REACH.is_file() else {}
        for name in LOADED_ONCE:
            importlib.import_module(name)

    def caught_by(self, mutant: Mutant) -> str:
        """The first test that fails with the change; nothing where none does."""
        target = self.copy / mutant.file.relative_to(ROOT / "src")
        plain, then = target.read_text(encoding="utf-8"), target.stat().st_mtime_ns
        target.write_text(mutant.apply(plain), encoding="utf-8")
        # A time of its own: bytecode of another mutant of the file is not taken for this one's.
        os.utime(target, (time.time_ns() // 10**6 % 2**31,) * 2)
        compiled = KEPT / ("numba-of-a-mutant" if "njit" in plain else "numba")
        try:
            for words, seconds in self._asked(mutant):
                failed = _run(self.copy, words, compiled, seconds)
                if failed and (failed in self._known_to_pass or self._holds(failed)):
                    return failed
        finally:
            target.write_text(plain, encoding="utf-8")
            os.utime(target, ns=(then, then))
            if "njit" in plain:
                shutil.rmtree(compiled, ignore_errors=True)
        return ""

    def _asked(self, mutant: Mutant) -> Iterator[tuple[tuple[str, ...], float]]:
        """What to ask pytest, and the seconds after which it must be waiting in vain, if known."""
        reaching = self._reaching(mutant)
        if reaching:
            yield tuple(reaching), 60.0 + 10.0 * sum(reaching.values())
        naming = tests_of(mutant.file)
        files = dict.fromkeys([*naming[:2], *self._files_reaching(mutant.file), *naming])
        for test in list(files)[: NEAR if self.near else None]:
            yield (test, "-m", OF_A_FILE), math.inf
        if self.quick:
            yield (), math.inf

    def _files_reaching(self, file: Path) -> list[str]:
        """Test files whose tests run some statement of a module, those with most of them first."""
        lines = self.reach.get(file.relative_to(SOURCE).as_posix(), {}).values()
        return [
            test
            for test, _ in collections.Counter(
                test.partition("::")[0] for tests in lines for test in tests
            ).most_common()
        ]

    def _reaching(self, mutant: Mutant) -> dict[str, float]:
        """The cheapest tests that run the innermost statement of the line, with their seconds."""
        around = [
            node.lineno
            for node in ast.walk(ast.parse(mutant.file.read_text(encoding="utf-8")))
            if isinstance(node, ast.stmt) and node.lineno <= mutant.line <= (node.end_lineno or 0)
        ]
        lines = self.reach.get(mutant.file.relative_to(SOURCE).as_posix(), {})
        tests = lines.get(str(max(around)), {})
        return {
            test: seconds
            for test, seconds in tests.items()
            if (ROOT / test.partition("::")[0]).is_file()
        }

    @functools.cached_property
    def _known_to_pass(self) -> set[str]:
        return {test for lines in self.reach.values() for tests in lines.values() for test in tests}

    @functools.cache  # noqa: B019 - one trial a run
    def _holds(self, test: str) -> bool:
        """Whether a test passes without a change: one that fails anyhow catches nothing."""
        words = (test,) if "::" in test else (test, "--collect-only")
        return not _run(ROOT / "src", words, KEPT / "numba", math.inf)


def _run(source: Path, words: tuple[str, ...], compiled: Path, seconds: float) -> str:
    """The first test that fails, or nothing; what takes longer than its seconds is noticed."""
    log = KEPT / "log.txt"
    child = os.fork()
    if child == 0:
        _pytest_in_child(source, words, compiled, log, min(seconds, SECONDS))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        return "what never ends" if seconds < SECONDS else ""
    text = log.read_text(encoding="utf-8", errors="replace")
    failed = re.search(r"^(?:FAILED|ERROR) (tests/\S+?\.py(?:::.*?)?)(?: - .*)?$", text, re.M)
    if code in (0, 4, 5) and failed is None:
        return ""
    return failed[1] if failed else f"the end of the process ({code})"


class _NoShrinking:
    """An example that fails is enough; the smallest is not looked for."""

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutant", parent=settings(), phases=phases)
        settings.load_profile("mutant")


def _pytest_in_child(
    source: Path, words: tuple[str, ...], compiled: Path, log: Path, seconds: float
) -> NoReturn:
    """Run pytest with the package of `source`, and end the process with its answer."""
    status = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, resource.RLIM_INFINITY))
        os.chdir(ROOT)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(out, stream)
        os.environ |= {"PYTHONPATH": str(source), "NUMBA_CACHE_DIR": str(compiled)}
        sys.path.insert(0, str(source))
        import pytest

        command = ["-x", "-q", "-p", "no:cacheprovider", "--tb=no", "-rfE", *words]
        status = int(pytest.main(command, plugins=[_NoShrinking()]))
        sys.stdout.flush()
    finally:
        os._exit(status)


def _as_record(seed: int, mutant: Mutant, caught_by: str, seconds: float) -> dict[str, object]:
    text = mutant.file.read_text(encoding="utf-8")
    return {
        "seed": seed,
        "where": f"{mutant.file.relative_to(SOURCE).as_posix()}:{mutant.line}",
        "kind": mutant.kind,
        "old": text.splitlines()[mutant.line - 1].strip(),
        "new": mutant.apply(text).splitlines()[mutant.line - 1].strip(),
        "caught_by": caught_by,
        "seconds": round(seconds, 1),
    }


def _said(number: int, record: dict[str, object]) -> str:
    by = record["caught_by"]
    verdict = f"caught by {by} ({record['seconds']} s)" if by else "SURVIVES"
    return (
        f"{number:3} {record['kind']:10} {record['where']}: {verdict}\n"
        f"      - {record['old']}\n      + {record['new']}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--only", type=int, nargs="+", help="these of the drawn, counted from 1")
    parser.add_argument("--under", default="", help="modules whose path begins so: money/")
    parser.add_argument("--list", action="store_true", help="show the mutants, run nothing")
    parser.add_argument("--near", action="store_true", help="no more than the nearest files")
    parser.add_argument("--quick", action="store_true", help="survivors against the quick set too")
    parser.add_argument("--record", type=Path, help="a file that gets a line of JSON a mutant")
    given = parser.parse_args()
    survivors = run = 0
    trial = None if given.list else Trial(given.near, given.quick)
    for seed in given.seed:
        for number, mutant in enumerate(drawn(seed, given.number, given.under), 1):
            if given.only and number not in given.only:
                continue
            began = time.monotonic()
            by = trial.caught_by(mutant) if trial else "not run"
            record = _as_record(seed, mutant, by, time.monotonic() - began)
            run += 1
            survivors += not by
            print(_said(number, record), flush=True)
            if given.record:
                with given.record.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
    if not given.list:
        print(f"seeds {given.seed}: {run - survivors} of {run} caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
