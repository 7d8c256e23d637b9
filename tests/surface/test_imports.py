"""Imports run one way, and only data/ opens files of figures.

The line below is the architecture: a module imports only from its left, and the six subjects in
the middle never import each other, so that each equation can be tested on its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "corridors"
SUBJECTS = "people borders wages money capital roads".split()
LEFT = "errors labels data areas rules".split()
RIGHT = (
    "world baseline equilibrium path ensemble forecast outlook show study claims app cli".split()
)
RANK = (
    {part: place for place, part in enumerate(LEFT)}
    | dict.fromkeys(SUBJECTS, len(LEFT))
    | {part: len(LEFT) + 1 + place for place, part in enumerate(RIGHT)}
)

#: Calls that read a file or open a connection, by the last word of the call.
READS = {"open", "read_text", "read_bytes", "read_csv", "read_parquet", "read_excel"}
READS |= {"loadtxt", "genfromtxt", "fromfile", "memmap", "urlopen", "connect"}
#: Who reads besides data/: none of these is a file of figures.
READERS = {"study/files.py": "study files", "world.py": "results written by `corridors run`"}

MODULES = sorted(SOURCE.rglob("*.py"))


def part(path: Path) -> str:
    """The part of the line a file belongs to: its folder or, at the top, its own name."""
    inner = path.relative_to(SOURCE)
    return inner.parts[0].removesuffix(".py")


def imported(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Dotted names that a module imports, wherever in the module it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{name.name}" for name in node.names)


def wrong_imports(text: str, own: str, package: tuple[str, ...] = ("corridors",)) -> list[str]:
    wrong = []
    for name in imported(ast.parse(text), package):
        words = name.split(".")
        if words[0] != "corridors" or name == "corridors.__version__":
            continue
        other = words[1] if len(words) > 1 else ""
        if other != own and not RANK.get(other, 99) < RANK[own]:
            wrong.append(name)
    return wrong


def reads(text: str) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    named = [(call, ast.unparse(call.func)) for call in calls]
    return [
        f"line {call.lineno}: {name}"
        for call, name in named
        if name.split(".")[-1] in READS or name in ("np.load", "numpy.load")
        if not ast.unparse(call).startswith("os.open(os.devnull")  # nothing to read there
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_from_its_left(path: Path) -> None:
    if part(path) in ("__init__", "__main__"):  # the doors: they name modules, nothing else
        return
    package = ("corridors", *path.relative_to(SOURCE).parts[:-1])
    assert part(path) in RANK, f"{part(path)} has no place in the line"
    assert wrong_imports(path.read_text(encoding="utf-8"), part(path), package) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_data_opens_files_of_figures(path: Path) -> None:
    inner = str(path.relative_to(SOURCE))
    if part(path) != "data" and inner not in READERS:
        assert reads(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ("people", "from corridors.wages import production"),
        ("wages", "def f():\n    import corridors.world"),
        ("data", "from corridors.areas import resolve"),
        ("areas", "from corridors import rules"),
        ("show", "from ..study import run"),
        ("money", "from corridors import Result"),
    ],
)
def test_a_planted_wrong_import_is_seen(own: str, line: str) -> None:
    assert len(wrong_imports(line, own, ("corridors", own))) == 1


def test_a_planted_read_is_seen() -> None:
    assert len(reads("open('x')\nPath('x').read_text()\npd.read_csv('x')\nnp.load('x')")) == 4
