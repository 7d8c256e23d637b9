"""Markdown of the generated pages, and the two ways to run a tool that makes one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from corridors.show import numbers

__all__ = ["REPOSITORY", "SHARED", "change", "finish", "options", "persons", "table"]

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
SHARED = REPOSITORY.parent / "shared"


def change(share: float) -> str:
    """A change as a percentage with its sign."""
    return numbers.percent(share, change=True).replace(numbers.THIN, " ")


def persons(count: float, *, signed: bool = False) -> str:
    """A number of people, with its sign when it is a change."""
    return numbers.persons(count, change=signed).replace(numbers.THIN, " ")


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def options(about: str) -> argparse.ArgumentParser:
    """A parser with `--write`."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the page into docs/")
    return parser


def finish(page: str, text: str, write: bool, say: Callable[[str], None] = print) -> None:
    """Print the page, or write it."""
    if write:
        (DOCS / page).write_text(text, encoding="utf-8")
        say(f"wrote docs/{page}")
    else:
        say(text)
