"""Change one line of the source at a time, drawn by a seed, and see whether a test notices.

    python tools/mutants.py --seed 1 [--number 20] [--list] [--under money] [--quick]

Draws, with equal chance by kind, an operator of arithmetic, a comparison, an axis, a sign, a number
or a choice of the smaller and the larger, inside a function of the library. Each mutant runs in a
copy of the package against the test files that import its module, the nearest first; with `--quick`
what survives runs against the quick set too. A line a mutant on stdout, survivors at the end; 1
where any survives.
"""

from __future__ import annotations

import argparse
import ast
import functools
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
OF_A_FILE = "not (long or browser or cluster)"
SECONDS = 900
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


def caught(mutant: Mutant, quick: bool) -> tuple[bool, str]:
    """Whether a test fails in a copy with the change, and which file had it."""
    with tempfile.TemporaryDirectory(prefix="corridors-mutant-") as top:
        copy = Path(top) / "src"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        target = copy / mutant.file.relative_to(ROOT / "src")
        target.write_text(mutant.apply(target.read_text(encoding="utf-8")), encoding="utf-8")
        for test in tests_of(mutant.file):
            if _fails(copy, (test, "-m", OF_A_FILE)) and _holds((test, "-m", OF_A_FILE)):
                return True, test
        if quick and _fails(copy, ()) and _holds(()):
            return True, "the quick set"
    return False, ""


@functools.cache
def _holds(words: tuple[str, ...]) -> bool:
    """Whether the tests pass without a change: a test that fails anyhow catches nothing."""
    return not _fails(ROOT / "src", words)


def _fails(copy: Path, words: tuple[str, ...]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *words]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:  # what never ends is noticed
        return True
    return done.returncode not in (0, 5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="leave so many of the drawn out")
    parser.add_argument("--under", default="", help="modules whose path begins so: money/")
    parser.add_argument("--list", action="store_true", help="show the mutants, run nothing")
    parser.add_argument("--quick", action="store_true", help="survivors against the quick set too")
    given = parser.parse_args()
    survivors = 0
    chosen = drawn(given.seed, given.number, given.under)
    for number, mutant in enumerate(chosen[given.first :], given.first + 1):
        old = mutant.file.read_text(encoding="utf-8").splitlines()[mutant.line - 1]
        new = mutant.apply(mutant.file.read_text(encoding="utf-8")).splitlines()[mutant.line - 1]
        where = f"{mutant.file.relative_to(SOURCE)}:{mutant.line}"
        began = time.monotonic()
        there, by = (True, "not run") if given.list else caught(mutant, given.quick)
        survivors += not there
        verdict = f"caught by {by}" if there else "SURVIVES"
        print(f"{number:3} {mutant.kind:10} {where}: {verdict} ({time.monotonic() - began:.0f} s)")
        print(f"      - {old.strip()}\n      + {new.strip()}", flush=True)
    if not given.list:
        run = len(chosen) - given.first
        print(f"seed {given.seed}: {run - survivors} of {run} caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
