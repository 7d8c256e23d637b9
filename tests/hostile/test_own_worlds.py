"""Worlds of a user's own that cannot be: each is one error that says what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from corridors import baseline, cli
from corridors.errors import CorridorsError, InputError, SourceError
from corridors.show.tables import Column, Grid, console

NAN = float("nan")


def tables(**changes: Any) -> dict[str, Any]:
    """Three areas and two corridors, with some of the columns changed."""
    good = {
        "economy": {"area": ["A", "B", "C"], "population": [10.0, 20.0, 30.0], "output": [1, 2, 3]},
        "stocks": {"birthplace": ["A", "B"], "residence": ["B", "C"], "persons": [2.0, 3.0]},
    }
    for name, columns in changes.items():
        if columns is None or not isinstance(columns, dict):
            good[name] = columns
        else:
            good[name] = {**good.get(name, {}), **columns}
    return {
        name: pd.DataFrame(columns) if isinstance(columns, dict) else columns
        for name, columns in good.items()
    }


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no economy": ({"economy": None}, "economy"),
    "no stocks": ({"stocks": None}, "stocks or moves"),
    "stocks and moves": (
        {"moves": {"origin": ["A"], "destination": ["B"], "moves": [1]}}, "not both"),
    "no population": ({"economy": {"population": [10.0, NAN, 30.0]}}, "population of B"),
    "area without output": ({"economy": {"output": [1.0, NAN, 3.0]}}, "output of B"),
    "output of nothing": ({"economy": {"output": [1.0, 0.0, 3.0]}}, "output of B"),
    "output twice over": ({"economy": {"output_per_head": [1, 2, 3]}}, "one of them"),
    "area twice": ({"economy": {"area": ["A", "B", "B"]}}, "B: occurs twice"),
    "one area": (
        {"economy": {"area": ["A"], "population": [1.0], "output": [1.0]}}, "two or more"),
    "labels that differ": ({"stocks": {"residence": ["Bee", "C"]}}, "'Bee' is no area"),
    "area nobody names": ({"stocks": {"birthplace": ["A", "A"], "residence": ["B", "B"]}},
                          "occurs twice"),
    "area alone": ({"stocks": {"birthplace": ["A"], "residence": ["B"], "persons": [1.0]}},
                   "economy, C: no row"),
    "people below zero": ({"stocks": {"persons": [-2.0, 3.0]}}, "A to B"),
    "people not known": ({"stocks": {"persons": [NAN, 3.0]}}, "is not known"),
    "people without end": ({"stocks": {"persons": [float("inf"), 3.0]}}, "inf"),
    "more born elsewhere than live there": ({"stocks": {"persons": [25.0, 3.0]}}, "residents of B"),
    "people who do not add up": (
        {"stocks": {"birthplace": ["A", "B", "A"], "residence": ["B", "C", "A"],
                    "persons": [2.0, 3.0, 4.0]}}, "do not add up"),
    "nobody moved": (
        {"stocks": {"birthplace": ["A"], "residence": ["A"], "persons": [10.0]}}, "outside"),
    "share above one": ({"economy": {"labour_share": [0.5, 50.0, 0.5]}}, "labour_share of B"),
    "more adults than people": ({"economy": {"adults": [5.0, 25.0, 9.0]}}, "adults of B"),
    "schooling of nowhere": (
        {"schooling": {"area": ["D"], "tertiary_share": [0.2]}}, "'D' is no area"),
    "schooling above one": ({"schooling": {"area": ["A"], "tertiary_share": [20.0]}}, "0 to 0.95"),
    "status of no name": (
        {"statuses": {"birthplace": ["A"], "residence": ["B"], "status": ["legal"],
                      "share": [0.5]}}, "'legal' is no status"),
    "statuses above one": (
        {"statuses": {"birthplace": ["A", "A"], "residence": ["B", "B"],
                      "status": ["tied", "irregular"], "share": [0.7, 0.7]}}, "add up to 1.4"),
    "statuses of nobody": (
        {"statuses": {"birthplace": ["C"], "residence": ["A"], "status": ["tied"],
                      "share": [0.7]}}, "nobody lives there"),
    "remittances below zero": ({"remittances": {"birthplace": ["A"], "usd": [-1.0]}}, "usd of A"),
    "distances of nowhere": (
        {"distances": {"birthplace": ["A"], "residence": ["Z"], "kilometres": [1.0]}}, "'Z'"),
    "moves of nowhere": (
        {"stocks": None, "moves": {"origin": ["A"], "destination": ["Z"], "moves": [1]}}, "'Z'"),
    "moves of everybody": (
        {"stocks": None, "moves": {"origin": ["A"], "destination": ["B"], "moves": [9]}}, "90%"),
    "no moves": (
        {"stocks": None, "moves": {"origin": ["A"], "destination": ["B"], "moves": [0]}},
        "nobody moves"),
    "a number for a table": ({"stocks": 7}, "not a table"),
    "a column less": ({"economy": pd.DataFrame({"area": ["A", "B"]})}, "population"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_world_is_one_error(case: str) -> None:
    changes, told = BROKEN[case]
    with pytest.raises(InputError, match=told) as refused:
        baseline.build(**tables(**changes))
    assert len(refused.value.problems) == 1, refused.value.problems


def test_the_world_they_are_broken_from_is_whole() -> None:
    assert baseline.inversion_error(baseline.build(**tables()).observed) < 1e-10


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["corridors", *arguments])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    out, err = capsys.readouterr()
    return int(leaving.value.code or 0), out, err


def test_from_files_to_a_report_in_two_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")  # wide enough that no key is folded
    for name, table in tables().items():
        table.to_csv(f"{name}.csv", index=False)
    options = ("--stocks", "stocks.csv", "--economy", "economy.csv", "--out", "mine")
    code, out, err = run(monkeypatch, capsys, "world", "build", *options)
    assert code == 0 and "labour_share" in out and "3 areas" in err
    Path("ban.toml").write_text(
        'title = "t"\nquestion = "q"\n[draws]\nnumber = 0\n[[policy]]\nname = "ban"\n'
        'levers = [{ ban = { birthplace = "a" } }]\n'
    )
    settings = ("--world", "mine", "--set", "A.unemployment=0.2", "--out", "out")
    code, out, err = run(monkeypatch, capsys, "run", "ban.toml", *settings)
    assert code == 0 and "A.unemployment" in out
    assert Path("out/report.html").is_file()
    code, out, _ = run(monkeypatch, capsys, "world", "check", "mine", "--json")
    rows = {row["figure"]: row["value"] for row in json.loads(out)["rows"]}
    assert rows["economies"] == 3.0 and rows["inversion, largest error"] < 1e-10
    code, out, err = run(monkeypatch, capsys, "run", "ban.toml", "--world", "mine",
                         "--set", "D.unemployment=0.2", "--out", "other")  # fmt: skip
    assert code == 2 and "Did you mean" in err and not Path("other").exists()


def test_a_key_is_printed_whole_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "14")
    rows = pd.DataFrame({"figure": ["VEN.output_per_head"]})
    console(Grid(rows, (Column("figure", "Figure"),), "Mine"))
    assert "VEN.output_per_head" in "".join(capsys.readouterr().out.split())


FROM_FILES = [
    case
    for case, (changes, _) in BROKEN.items()
    if all(isinstance(table, dict) or table is None for table in changes.values())
    and changes.get("economy", True) is not None
]


@pytest.mark.parametrize("case", FROM_FILES)
def test_broken_files_are_one_line_of_error_and_no_folder(
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--out", "mine"]
    for name, table in tables(**BROKEN[case][0]).items():
        if table is not None:
            table.to_csv(f"{name}.csv", index=False)
            options += [f"--{name}", f"{name}.csv"]
    code, out, err = run(monkeypatch, capsys, "world", "build", *options)
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert (code, out, len(errors)) == (2, "", 1), err
    assert not (tmp_path / "mine").exists()


def test_a_folder_that_holds_no_world_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Build the world again"):
        baseline.load(tmp_path)


def test_a_changed_world_is_refused(tmp_path: Path) -> None:
    built = baseline.build(**tables())
    folder = baseline.save(built.observed, tmp_path / "mine")
    (folder / "people.parquet").write_bytes(b"PAR1")
    with pytest.raises(CorridorsError, match="damaged"):
        baseline.load(folder)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "aid-cut", "--world", "1995"), "2000, 2005"),
        (("run", "aid-cut", "--world", "nowhere"), "there is no world"),
        (("run", "aid-cut", "--set", "VEN.outptu=1"), "VEN.output"),
        (("run", "aid-cut", "--set", "VEN.output=cheap"), "NAME=VALUE"),
        (("run", "deportation-by-year", "--set", "VEN.labour_share=0.5"), "reads output"),
        (("run", "deportation-by-year", "--world", "2005"), "no projection starts in 2005"),
        (("world", "check", "2023"), "no stocks of 2023"),
    ],
)
def test_a_wrong_world_or_figure_on_the_command_line_is_an_input_error(
    arguments: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(monkeypatch, capsys, *arguments)
    assert code == 2 and told in err
    assert not list(tmp_path.iterdir())


def test_every_figure_that_may_be_replaced_is_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "data", "list", "--figures", "--json")
    keys = {row["key"] for row in json.loads(out)["rows"]}
    assert code == 0 and {"AREA.output_per_head", "A-B.irregular"} <= keys


def test_the_doctor_says_how_old_every_table_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "doctor", "--json")
    rows = [row for row in json.loads(out)["rows"] if row["check"].startswith("table ")]
    assert code == 0 and rows
    assert all("years old" in row["found"] and "newer" in row["found"] for row in rows)
