"""The reference holds the public names, all of them and no others."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "reference").glob("*.md"))
STUBS = sorted((ROOT / "src" / "corridors").rglob("__init__.pyi"))


def described() -> set[str]:
    """Full names that the pages describe."""
    blocks = re.compile(r"automodule:: (\S+)\n(?:   :members: (.*)\n)?")
    constant = re.compile(r"autodata:: (\S+)")
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    constants = {name for text in texts for name in constant.findall(text)}
    return constants | {
        f"{match[1]}.{name}"
        for text in texts
        for match in blocks.finditer(text)
        for name in (match[2] or "").split(", ")
        if name
    }


def short_names() -> dict[str, str]:
    """Short names of the pages, and where each is described."""
    row = re.compile(r"^\| `(corridors\.[\w.]+)` \| `([\w.]+)` \|$", re.M)
    return {m[1]: m[2] for page in PAGES for m in row.finditer(page.read_text(encoding="utf-8"))}


def public() -> set[str]:
    """Names of every `__all__` that a module of the source writes out."""
    listed = set()
    for path in sorted((ROOT / "src" / "corridors").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        module = name.removesuffix(".__init__")
        if "__all__" in path.read_text(encoding="utf-8") and module != "corridors":
            names = getattr(importlib.import_module(module), "__all__", [])
            kept = [n for n in names if f"{module}.{n}" not in sys.modules]
            listed |= {f"{module}.{name}" for name in kept}
    return listed


def test_public_names_are_the_names_of_the_reference() -> None:
    packages = {name for name in public() if name in short_names()}
    assert public() - packages == described() - packages
    assert {short_names()[name] for name in packages} <= described()


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.parent.name)
def test_a_name_of_a_stub_is_in_the_reference(stub: Path) -> None:
    package = ".".join(stub.parent.relative_to(ROOT / "src").parts)
    short, full = short_names(), described()
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in (f"{package}.{alias.name}" for alias in node.names):
                assert short.get(name, name) in full, name


def test_the_pages_are_as_they_are_written() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        written = importlib.import_module("reference_pages").pages()
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert {page.name: page.read_text(encoding="utf-8") for page in PAGES} == written
