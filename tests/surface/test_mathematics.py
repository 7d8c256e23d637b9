"""The equations and the files that the source cites are there to be read."""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "corridors"
PAGE = ROOT / "docs" / "mathematics.md"
_spec = importlib.util.spec_from_file_location("equation_page", ROOT / "tools/equation_page.py")
assert _spec is not None and _spec.loader is not None
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)
SECTION = re.compile(r"mathematics\.md,? section (\d+)|section (\d+) of docs/mathematics\.md")
#: Files of the project; a bare CSV or YAML name is a file that a user has.
FILE = re.compile(
    r"(?:docs|tests|benchmarks|tools|data/reference|web)/[\w./-]+\.(?:py|md|toml|csv|ts)"
    r"|\b[\w/]+\.(?:py|md)\b"
)
ELSEWHERE = re.compile(r"\bMODEL2?\b|\bMETHODS\.md|\bBENCHMARK\.md|\bBASELINE_NOTES\b")


def equations(page: str) -> list[str]:
    """Numbers of the equations of a page, in its order."""
    return re.findall(r"\\tag\{(\w+)\}", page)


def sections(page: str) -> set[str]:
    return set(re.findall(r"^## (\d+)\. ", page, re.M))


@functools.cache
def prose(text: str) -> tuple[tuple[int, str], ...]:
    """Docstrings and comments of a module with their lines: where it says what it computes."""
    if not (tool.NUMBER.search(text) or FILE.search(text) or ELSEWHERE.search(text)):
        return ()
    return tuple(tool.prose(text))


def not_numbered(text: str, numbers: set[str]) -> list[tuple[int, str]]:
    return [(line, number) for line, number in tool.citations(prose(text)) if number not in numbers]


def missing_files(path: Path, text: str) -> list[str]:
    """Files that a module names and that are neither in the project nor beside it."""
    places = (ROOT, SOURCE, path.parent)
    return [
        match[0]
        for _, words in prose(text)
        for match in FILE.finditer(words)
        if not any((place / match[0]).exists() for place in places)
    ]


MODULES = sorted(SOURCE.rglob("*.py"))


def test_equations_are_numbered_in_order_and_once() -> None:
    numbers = equations(PAGE.read_text(encoding="utf-8"))
    assert numbers == [str(number + 1) for number in range(len(numbers))]


def test_every_equation_cited_stands_in_the_mathematics() -> None:
    numbers = set(equations(PAGE.read_text(encoding="utf-8")))
    wrong = {
        f"{path.relative_to(ROOT)}:{line}: ({number})"
        for path in MODULES
        for line, number in not_numbered(path.read_text(encoding="utf-8"), numbers)
    }
    assert wrong == set()


def test_every_section_cited_stands_in_the_mathematics() -> None:
    known = sections(PAGE.read_text(encoding="utf-8"))
    cited = [
        (path.name, match[1] or match[2])
        for path in MODULES
        for match in SECTION.finditer(path.read_text(encoding="utf-8"))
    ]
    assert cited
    assert [(name, number) for name, number in cited if number not in known] == []


def test_nothing_cites_a_text_that_is_not_in_the_repository() -> None:
    citing = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        for line, words in prose(path.read_text(encoding="utf-8"))
        if ELSEWHERE.search(words)
    ]
    assert citing == []


def test_every_file_that_the_source_names_exists() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        for name in missing_files(path, path.read_text(encoding="utf-8"))
    }
    assert missing == set()


def test_a_citation_that_changes_is_looked_at() -> None:
    written = tool.PAGE.read_text(encoding="utf-8")
    assert written == tool.page(prose), "look at the number, then: python tools/equation_page.py"


def test_the_central_equations_are_cited_where_they_are_computed() -> None:
    cited = {
        number
        for path in MODULES
        for _, number in tool.citations(prose(path.read_text(encoding="utf-8")))
    }
    assert {str(number) for number in (1, 2, 4, *range(6, 15), 36, 37, 39, 40, 41, 42, 43)} <= cited


@pytest.mark.parametrize("wrong", ["Income y of equation (94).", "See (8)-(99)."])
def test_a_planted_wrong_number_is_found(wrong: str) -> None:
    planted = f'def income():\n    """{wrong}"""\n    return prctl(88)  # of (1)\n'
    numbers = set(equations(PAGE.read_text(encoding="utf-8")))
    assert len(not_numbered(planted, numbers)) == 1


def test_a_file_that_is_not_there_is_found() -> None:
    planted = '"""Measured by benchmarks/nothing.py and docs/mathematics.md."""\n'
    assert missing_files(SOURCE / "world.py", planted) == ["benchmarks/nothing.py"]
