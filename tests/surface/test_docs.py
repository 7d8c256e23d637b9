"""README and docs do what they say: their Python runs, their commands print what is shown.

A `console` block holds commands after `$ `; each line below one must stand in its output, in that
order, whatever the spacing. A `bash` block holds commands only. Every command is run; `run` as a
dry run, because the studies have tests of their own. A `toml` block is a study file, and stands as
`my-study.toml` where the commands of its page are run; one with a `first_day` is a journey file,
and the `csv` blocks after it are the tables that it names, in order. README's first block is how a
stranger begins: `.ci/run` executes it in a clean environment.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from corridors import cli, study
from corridors.study import journey_run

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PICTURES = ROOT / "docs" / "pictures"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
FIRST_LINES = [
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/corridors run open-borders",
    ".venv/bin/pip install '.[test]' && .venv/bin/pytest -n 2 --dist worksteal",
]


class Block(NamedTuple):
    line: int
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page; `{toctree}` and its kin are no code."""
    fence = re.compile(r"^```([^\n`]*)\n(.*?)^```", re.M | re.S)
    listed = [
        Block(page.count("\n", 0, match.start()) + 1, match[1].strip(), match[2])
        for match in fence.finditer(page)
    ]
    return [block for block in listed if not block.language.startswith("{")]


def read(page: Path, *languages: str) -> list[Block]:
    """The blocks of a page in some languages, or all; without README's first."""
    listed = blocks(page.read_text(encoding="utf-8"))[page == README :]
    return [block for block in listed if not languages or block.language in languages]


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines shown under it."""
    if block.language == "bash":
        yield from ((line, []) for line in block.text.splitlines() if line.strip())
        return
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        command, *shown = part.strip().splitlines()
        yield command, [line for line in shown if line.strip()]


def missing(shown: list[str], output: str) -> list[str]:
    """Lines shown that the output does not hold, in order."""
    printed = iter([" ".join(line.split()) for line in output.splitlines()])
    return [line for line in shown if " ".join(line.split()) not in printed]


def test_readme_begins_with_the_two_lines_of_a_stranger() -> None:
    first = blocks(README.read_text(encoding="utf-8"))[0]
    assert first.text.splitlines() == FIRST_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_of_a_kind_that_is_checked(page: Path) -> None:
    assert {block.language for block in read(page)} <= {"python", "console", "bash", "toml", "csv"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": page.stem}
    for block in read(page, "python"):
        # The blank lines make a traceback name the line of the page.
        exec(compile("\n" * block.line + block.text, str(page), "exec"), names)
    for drawn in tmp_path.glob("*.svg"):
        shown = PICTURES / drawn.name
        if shown.name in page.read_text(encoding="utf-8"):
            assert words_of(shown) == words_of(drawn), f"{shown.name}: python tools/gallery.py"


def words_of(picture: Path) -> list[str]:
    """What a picture says; its lines may differ by the version of the library that draws."""
    return re.findall(r"<text[^>]*>(.*?)</text>", picture.read_text(encoding="utf-8"), re.S)


def test_the_picture_of_readme_and_its_caption_are_of_today(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "tools/make_pictures.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    tool.draw(tmp_path)
    shown = words_of(PICTURES / "open-borders.svg")
    assert shown == words_of(tmp_path / "open-borders.svg"), "python tools/make_pictures.py"
    caption = " ".join(README.read_text(encoding="utf-8").split("*")[1].split())
    pinned = tomllib.loads((ROOT / "tests/known/headlines.toml").read_text(encoding="utf-8"))
    headline = pinned["headline"]["open-borders"]
    people = headline["legal share 0.15, fixed, people"] / 1e6
    assert f"{people:.0f} m adults would live abroad" in caption
    assert f"{100 * headline['legal share 0.15, fixed, output']:.1f} % higher" in caption
    said = " ".join(" ".join(shown).split())
    assert "United States +40.7 m" in said and "gain 40.7 m" in caption
    assert "India −6.23 m" in said and "India lose 6.23 m" in caption


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_is_shown(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in read(page, "toml"):
        Path("my-study.toml").write_text(block.text, encoding="utf-8")
    for block in read(page, "console", "bash"):
        for command, shown in commands(block):
            arguments = shlex.split(command, comments=True)
            where = f"{page.name}:{block.line}: {command}"
            assert arguments[0] == "corridors", f"{where}: cannot be checked"
            dry = ["--dry-run"] if arguments[1] == "run" else []
            monkeypatch.setattr(sys, "argv", [*arguments, *dry])
            with pytest.raises(SystemExit) as leaving:
                cli.main()
            out, err = capsys.readouterr()
            assert not leaving.value.code, f"{where}: {err}"
            assert missing(shown, out) == [], where
    assert {path.name for path in tmp_path.iterdir()} <= {"my-study.toml"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_study_files_are_accepted(page: Path, tmp_path: Path) -> None:
    tables = [block.text for block in read(page, "csv")]
    for block in read(page, "toml"):
        content = tomllib.loads(block.text)
        if "first_day" not in content:
            study.check(f"{page.name}:{block.line}", content)
            continue
        (tmp_path / "journeys.toml").write_text(block.text, encoding="utf-8")
        for key in ("places", "roads", "departures", "counts"):
            if key in content:
                (tmp_path / content[key]).write_text(tables.pop(0), encoding="utf-8")
        result = journey_run.compare(tmp_path, draws=4)
        assert result.manifest["warnings"] == []
        changed = result["differences"].groupby("what_if")["persons"].max()
        assert len(changed) == len(content["what_if"])
        assert (changed > 0).all(), changed
    assert tables == []


def test_a_line_that_is_not_printed_is_found() -> None:
    (pair,) = commands(Block(1, "console", "$ corridors x\n a  b\n\n c\n"))
    assert pair == ("corridors x", [" a  b", " c"])
    assert missing(pair[1], "z\na b\nc") == []
    assert missing(pair[1], "c\na b") == [" c"]
