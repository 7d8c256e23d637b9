"""Pages that tools write are what the tools write now: levers, and our figures beside others'."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from corridors import rules

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LONGEST = 20.0


def printed(tool: str, *options: str) -> str:
    """What a tool prints."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(ROOT / "tools" / tool), *options]
    ended = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env=environment
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def kept(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def quick() -> str:
    """The literature, without what reads ../shared, within its time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    page = printed("literature_table.py", "--quick")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of the processor: the clock would measure who else is on the machine.
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < LONGEST
    return page


def test_levers_page_is_what_the_declarations_say() -> None:
    page = printed("lever_table.py")
    assert page.rstrip("\n") == kept("levers.md").rstrip("\n"), (
        "docs/levers.md is old: python tools/lever_table.py --write"
    )


@pytest.mark.parametrize("name", sorted(rules.levers()))
def test_every_lever_stands_with_every_field_and_its_source(name: str) -> None:
    lever = rules.levers()[name]
    entry = kept("levers.md").partition(f"### `{name}`")[2].partition("\n### ")[0]
    assert lever.title in entry
    for field in fields(lever):  # type: ignore[arg-type]
        if field.name != "where":
            (row,) = [line for line in entry.splitlines() if line.startswith(f"| `{field.name}` |")]
            assert field.metadata["source"] in row
            assert field.metadata["unit"] in row


@pytest.mark.parametrize("name", sorted(rules.levers()))
def test_every_lever_is_held_against_something_published_or_says_that_nothing_is(
    name: str,
) -> None:
    table = kept("calibration.md").partition("## Every lever")[2]
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{name}` |")]
    assert all(cell.strip() for cell in row.strip("|").split("|"))


@pytest.mark.slow
def test_literature_is_computed_in_time_and_the_page_is_not_old(quick: str) -> None:
    rows = [line for line in quick.splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    missing = [row for row in rows if row not in kept("literature.md")]
    assert not missing, "docs/literature.md is old: python tools/literature_table.py --write"


@pytest.mark.slow
def test_every_row_of_the_literature_has_its_configuration_and_why(quick: str) -> None:
    for page in (quick, kept("literature.md")):
        models = page.partition("\n\n## Configurations")[0].splitlines()
        names = [line.split(" | ")[0].strip("| ") for line in models if line.startswith("| ")][2:]
        assert names
        for name in names:
            reasons = page.partition(f"### {name}\n")[2].partition("\n### ")[0]
            assert "*Configuration:* " in reasons, name
            assert "*Why they differ:* " in reasons, name


def test_quick_leaves_rows_out_and_so_writes_nothing() -> None:
    command = [sys.executable, str(ROOT / "tools" / "literature_table.py"), "--quick", "--write"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 2
    assert "--quick leaves rows out" in ended.stderr
