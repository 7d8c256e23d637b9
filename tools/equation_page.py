"""Write docs/equations.md: which function cites which equation of docs/mathematics.md.

    python tools/equation_page.py [--check]

A number that a docstring or a comment changes fails a test until the page is written anew, and so
is looked at. With `--check` nothing is written, and what differs ends with 1.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "corridors"
PAGE = ROOT / "docs" / "equations.md"
#: "(6)", "(8)-(10)", not "prctl(2)" and not the "(3)" of a bullet's first word.
NUMBER = re.compile(r"(?<![\w)])\((\d{1,2})\)")
HEAD = """# Where each equation is computed

Which function cites which equation of [the mathematics](mathematics.md), in its docstring or beside
its lines; "the module" is the text at the head of a file. Written by
`python tools/equation_page.py`.

| equation | cited by |
|---|---|
"""


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Docstrings and comments of a module with their lines: where it says what it computes."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        documented = ast.Module | ast.ClassDef | ast.FunctionDef
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            yield node.body[0].lineno, ast.get_docstring(node) or ""


def citations(said: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Line and number of every equation that the prose of a module cites."""
    for line, words in said:
        for match in NUMBER.finditer(words):
            yield line, match[1]


def page(prose: Callable[[str], Iterable[tuple[int, str]]] = prose) -> str:
    """The page as the source has it."""
    cited: dict[int, dict[str, None]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        module = path.relative_to(SOURCE).as_posix()
        if not NUMBER.search(text) or module.startswith("areas/"):  # footnotes of publishers
            continue
        tree = ast.parse(text)
        for line, number in sorted(citations(prose(text))):
            name = f"`{module}` {_around(tree, line)}"
            cited.setdefault(int(number), {})[name] = None
    rows = [f"| ({number}) | {', '.join(cited[number])} |" for number in sorted(cited)]
    return HEAD + "\n".join(rows) + "\n"


def _around(tree: ast.Module, line: int) -> str:
    """Name of the innermost function or class that a line lies in."""
    names = []
    body: list[ast.stmt] = tree.body
    while body:
        inner = next((node for node in body if node.lineno <= line <= (node.end_lineno or 0)), None)
        if isinstance(inner, ast.ClassDef | ast.FunctionDef):
            names.append(inner.name)
        body = getattr(inner, "body", [])
    return f"`{'.'.join(names)}`" if names else "the module"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where it differs")
    if parser.parse_args().check:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
