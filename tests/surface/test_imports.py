"""Imports run one way, and only data/ and readers/ open files of figures.

The line below is the architecture: a module imports only from its left, and the seven subjects in
the middle never import each other, so that each equation can be tested on its own.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "corridors"
SUBJECTS = "flows people borders wages money capital journeys".split()
LEFT = "errors labels data areas parameters rules readers".split()
RIGHT = "ensemble world baseline equilibrium projection forecast cards study claims show".split()
RIGHT += ["app", "cli"]
RANK = (
    {part: place for place, part in enumerate(LEFT)}
    | dict.fromkeys(SUBJECTS, len(LEFT))
    | {part: len(LEFT) + 1 + place for place, part in enumerate(RIGHT)}
)

#: Calls that read a file or open a connection, by the last word of the call.
READS = {"open", "read_text", "read_bytes", "read_csv", "read_parquet", "read_excel"}
READS |= {"loadtxt", "genfromtxt", "fromfile", "memmap", "urlopen", "connect"}
#: Who reads besides data/ and readers/: none of these is a file of figures.
READERS = {
    "study/files.py": "study files",
    "claims/files.py": "claim files",
    "world.py": "results written by `corridors run`",
}

#: The one import to the right: a result draws itself, and writes its report with its tables.
DRAWS = {
    ("world", f"corridors.show.{name}")
    for name in ("latex", "notebook", "report.compose", "report.page", "report.pages")
}

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


@functools.cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def last_word(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def wrong_imports(text: str, own: str, package: tuple[str, ...] = ("corridors",)) -> list[str]:
    wrong = []
    for name in imported(parsed(text), package):
        words = name.split(".")
        if words[0] != "corridors" or name == "corridors.__version__":
            continue
        other = words[1] if len(words) > 1 else ""
        allowed = other == own or (own, name) in DRAWS
        if not allowed and not RANK.get(other, 99) < RANK[own]:
            wrong.append(name)
    return wrong


def reads(text: str) -> list[str]:
    calls = [node for node in ast.walk(parsed(text)) if isinstance(node, ast.Call)]
    some = [call for call in calls if last_word(call.func) in READS | {"load"}]
    named = [(call, ast.unparse(call.func)) for call in some]
    return [
        f"line {call.lineno}: {name}"
        for call, name in named
        if name.split(".")[-1] in READS or name in ("np.load", "numpy.load")
        if not ast.unparse(call).startswith("os.open(os.devnull")  # nothing to read there
    ]


def test_a_module_imports_only_from_its_left() -> None:
    wrong = {}
    for path in MODULES:
        if part(path) in ("__init__", "__main__"):  # the doors: they name modules, nothing else
            continue
        package = ("corridors", *path.relative_to(SOURCE).parts[:-1])
        assert part(path) in RANK, f"{part(path)} has no place in the line"
        wrong[str(path)] = wrong_imports(path.read_text(encoding="utf-8"), part(path), package)
    assert len(wrong) > 200 and not any(wrong.values()), {k: v for k, v in wrong.items() if v}


def asks_the_store(text: str) -> list[str]:
    """Where a module takes figures from the package instead of from its arguments."""
    tree = parsed(text)
    wrong = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "store"
    ]
    names = imported(tree, ("corridors",))
    return wrong + [name for name in names if name.startswith("corridors.data")]


def test_a_subject_gets_its_tables_as_arguments() -> None:
    subjects = [path for path in MODULES if part(path) in SUBJECTS]
    asking = {str(path): asks_the_store(path.read_text(encoding="utf-8")) for path in subjects}
    assert len(asking) > 50 and not any(asking.values()), {k: v for k, v in asking.items() if v}


def test_a_planted_question_to_the_store_is_seen() -> None:
    planted = "from corridors.data import store\nrows = store.table('stocks_2020')"
    assert len(asks_the_store(planted)) == 2


def test_only_data_and_readers_open_files_of_figures() -> None:
    opening = {
        str(path.relative_to(SOURCE)): reads(path.read_text(encoding="utf-8"))
        for path in MODULES
        if part(path) not in ("data", "readers")
    }
    assert {name for name, calls in opening.items() if calls} <= set(READERS), opening


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ("people", "from corridors.wages import production"),
        ("wages", "def f():\n    import corridors.world"),
        ("data", "from corridors.areas import resolve"),
        ("areas", "from corridors import rules"),
        ("study", "from ..show import page"),
        ("money", "from corridors import Result"),
    ],
)
def test_a_planted_wrong_import_is_seen(own: str, line: str) -> None:
    assert len(wrong_imports(line, own, ("corridors", own))) == 1


def test_a_planted_read_is_seen() -> None:
    assert len(reads("open('x')\nPath('x').read_text()\npd.read_csv('x')\nnp.load('x')")) == 4
