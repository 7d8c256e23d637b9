"""The command line as a script and a person meet it: formats, figures, exit codes, streams."""

from __future__ import annotations

import csv
import functools
import io
import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from corridors import cli
from corridors.cards import card
from corridors.cards import world as world_of_cards
from corridors.data import store
from corridors.errors import NotConverged
from corridors.labels import KINDS

CARDS = {
    "world": ["world"],
    "place": ["place", "Philippines"],
    "corridor": ["corridor", "MEX", "USA"],
}
COMMANDS = CARDS | {
    "sql": ["sql", "SELECT area, name FROM areas ORDER BY area LIMIT 3"],
    "data list": ["data", "list"],
    "studies": ["studies"],
    "claims": ["claims", "C05", "C58"],
    "doctor": ["doctor"],
}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def corridors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command line in this process."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["corridors", *arguments])
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        return Ended(int(leaving.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def as_json() -> Callable[[str], Ended]:
    """Answer a command of `COMMANDS` as JSON, each once: the tests that read it share it."""

    @functools.cache
    def answer(command: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["corridors", *COMMANDS[command], "--json"])
            with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as leaving:
                cli.main()
        return Ended(int(leaving.value.code or 0), out.getvalue(), err.getvalue())

    return answer


def figures(answer: Ended, **wanted: object) -> list[dict]:
    rows = json.loads(answer.out)["rows"]
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


# --- formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_json_and_csv_hold_the_same_rows_under_a_stable_schema(
    corridors, as_json, command: str
) -> None:
    ended = as_json(command)
    assert (ended.code, ended.err) == (0, "")
    answer = json.loads(ended.out)
    assert list(answer) == ["command", "title", "columns", "rows", "sources"]
    assert answer["command"] == command
    assert answer["rows"]
    assert all(list(row) == list(answer["columns"]) for row in answer["rows"])

    ended = corridors(*COMMANDS[command], "--csv")
    assert (ended.code, ended.err) == (0, "")
    as_text = [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in answer["rows"]
    ]
    assert list(csv.DictReader(io.StringIO(ended.out))) == as_text


@pytest.mark.parametrize("command", CARDS)
def test_every_figure_has_unit_kind_year_and_source(as_json, command: str) -> None:
    rows = json.loads(as_json(command).out)["rows"]
    assert set(rows[0]) == set(card.COLUMNS)
    for row in rows:
        if row["value"] is None:
            assert row["note"].startswith("no data"), row
        else:
            assert row["kind"] in KINDS, row
            assert row["unit"] and row["source"] and row["table"], row
            assert isinstance(row["year"], int) or row["section"] == "distance", row


def test_terminal_shows_both_editions_with_kind_and_sources(corridors) -> None:
    ended = corridors("corridor", "MEX", "USA")
    line = next(line for line in ended.out.splitlines() if line.strip().startswith("2020 "))
    assert "10.9\u202fm" in line and "11.2\u202fm" in line
    assert "edition of 2020: reported 1990–2020; stocks_2020." in ended.out
    assert "International Migrant Stock 2024" in " ".join(ended.out.split())
    assert ended.err == ""


def test_long_and_wide_answers_are_cut_with_a_word(corridors) -> None:
    ended = corridors("sql", "FROM areas")
    rows = len(store.table("areas"))
    assert f"(40 of {rows} shown)" in ended.out
    assert "of 15 columns. --csv and --json give everything." in " ".join(ended.out.split())


# --- figures ---------------------------------------------------------------------------------


def test_world_card_meets_the_published_totals(as_json) -> None:
    ended = as_json("world")
    people = {"section": "people", "birthplace": "all", "residence": "all"}
    for table, year, persons in (
        ("stocks_2020", 2020, 280_598_105),
        ("stocks_2024", 2024, 304_021_813),
        ("population", 2024, 8_161_972_573),
    ):
        (row,) = figures(ended, **people, table=table, year=year)
        assert row["value"] == persons
    (unknown,) = figures(ended, **people, table="stocks_2024", year=2024)
    assert "7.3\u202f% of unknown origin" in unknown["note"]


def test_corridor_card_meets_the_published_stock(corridors) -> None:
    ended = corridors("corridor", "Mexico", "United States", "--json")
    pair = {"section": "people", "birthplace": "MEX", "residence": "USA"}
    (row,) = figures(ended, **pair, table="stocks_2020", year=2020)
    assert (row["value"], row["kind"]) == (10_853_105, "reported")
    (row,) = figures(ended, **pair, figure="migrants", table="stocks_2024", year=2024)
    assert row["value"] == 11_279_561
    (share,) = figures(
        ended, figure="remittances_share_of_output", birthplace="MEX", residence="USA", year=2018
    )
    (sent,) = figures(ended, figure="remittances", birthplace="MEX", residence="USA", year=2018)
    output = store.sql(
        "FROM economy WHERE area = 'MEX' AND variable = 'output_usd' AND year = 2018"
    )
    assert share["value"] == pytest.approx(sent["value"] / output["value"][0], rel=1e-12)
    assert share["kind"] == sent["kind"] == "modelled"


def test_place_card_equals_the_tables(corridors) -> None:
    ended = corridors("place", "ARE", "--json")
    stock = store.table("stocks_2024")
    living = stock[(stock["residence"] == "ARE") & (stock["year"] == 2024)]
    (row,) = figures(ended, figure="migrants", table="stocks_2024", residence="ARE", year=2024,
                     birthplace="all")  # fmt: skip
    assert row["value"] == living["persons"].sum()
    assert "citizens counted, not birthplaces" in row["note"]
    largest = figures(ended, section="largest corridors", table="stocks_2024", residence="ARE")
    named = living[living["birthplace"] != "OTH"].groupby("birthplace")["persons"].sum()
    assert largest[0]["value"] == named.max()
    assert "OTH" not in {row["birthplace"] for row in largest}


def test_what_the_tables_lack_is_a_row_without_a_value(corridors) -> None:
    ended = corridors("corridor", "Kosovo", "Sudan", "--json")
    assert figures(ended, section="people", value=None)
    (rules,) = figures(ended, figure="admission_and_permits")
    assert rules["value"] is None and rules["note"].startswith("no data")
    assert "no data" in corridors("corridor", "Kosovo", "Sudan").out


def test_back_cast_stocks_are_called_assumed(corridors) -> None:
    rows = figures(corridors("place", "SSD", "--json"), figure="migrants", table="stocks_2024",
                   residence="SSD", birthplace="all", year=1990)  # fmt: skip
    assert [(row["kind"], row["value"]) for row in rows] == [("assumed", 652_365)]
    assert "back-cast" in rows[0]["note"]


# --- exit codes and streams ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["place", "Atlantis"], "Did you mean"),
        (["corridor", "Atlantis", "Mordor"], "Mordor"),
        (["corridor", "MEX", "Mexico"], "both ends are Mexico"),
        (["sql", "SELECT * FROM stocks_2019"], "stocks_2020"),
        (["sql", "DROP TABLE areas"], "SELECT"),
        (["plaice"], "place"),
        (["place"], "Missing argument"),
        (["place", "PHL", "--json", "--csv"], "exclude each other"),
    ],
)
def test_a_wrong_question_ends_with_2_and_says_what_to_do(corridors, arguments, word) -> None:
    ended = corridors(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert word in ended.err
    assert "Traceback" not in ended.err


def test_every_wrong_name_is_listed(corridors) -> None:
    err = corridors("corridor", "Atlantis", "Mordor").err
    assert len([line for line in err.splitlines() if line.startswith("error: ")]) == 2


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reference folder with one truncated table."""
    folder = tmp_path / "reference"
    shutil.copytree(store.REFERENCE, folder)
    file = folder / "economy.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    for function in (store.table, store.catalogue, store.sql):
        monkeypatch.setitem(function.__kwdefaults__, "folder", folder)
    card.reference_table.cache_clear()
    return file


def test_a_damaged_table_ends_with_3_and_names_the_file(corridors, damaged: Path) -> None:
    for arguments in (["place", "PHL"], ["sql", "FROM economy"]):
        ended = corridors(*arguments)
        assert ended.code == 3
        assert ended.out == ""
        assert str(damaged) in ended.err


def test_doctor_finds_the_damaged_table_and_only_it(corridors, damaged: Path) -> None:
    ended = corridors("doctor", "--json")
    assert ended.code == 3
    wrong = figures(ended, fine=False)
    assert [row["check"] for row in wrong] == ["table economy"]
    assert str(damaged) in wrong[0]["found"]


@pytest.mark.parametrize(
    ("raised", "code", "word"),
    [
        (NotConverged("no fixed point", 0.1), 4, "no fixed point (residual 0.1)"),
        (KeyboardInterrupt(), 130, ""),
        (ZeroDivisionError("planted"), 70, "Traceback"),
    ],
)
def test_other_endings(corridors, monkeypatch, raised, code, word) -> None:
    def fail() -> None:
        raise raised

    monkeypatch.setattr(world_of_cards, "world_card", fail)
    ended = corridors("world")
    assert ended.code == code
    assert ended.out == ""
    assert word in ended.err


def test_python_m_is_the_same_command_line() -> None:
    command = [sys.executable, "-m", "corridors", "sql", "SELECT 1 AS one", "--csv"]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "one\n1\n"


@pytest.mark.parametrize("form", [["--csv"], pytest.param([], marks=pytest.mark.slow)])
def test_a_reader_may_leave_early(form: list[str]) -> None:
    query = "SELECT a.range AS many FROM range(200000) a" if form else "SELECT 1 AS one"
    command = [sys.executable, "-m", "corridors", "sql", query, *form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 0


def test_a_terminal_without_the_letters_gets_ascii(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "corridors", "sql", "FROM areas WHERE area = 'TUR'"]
    run = subprocess.run(
        command, capture_output=True, env={"PYTHONIOENCODING": "ascii", "HOME": str(tmp_path)}
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.isascii() and b"rkiye" in run.stdout


# --- lists, signs of the terminal, no room for the answer ----------------------------------------


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]], ids=["table", "csv", "json"])
def test_lists_and_structures_print_as_text(corridors, form: list[str]) -> None:
    query = "SELECT [1, NULL, 3] AS a, [7] AS b, [['x'], []] AS c, {'k': [2.5]} AS d"
    ended = corridors("sql", query, *form)
    assert ended.code == 0, ended.err
    for text in ("[1, None, 3]", "[7]", "[['x'], []]", "{'k': [2.5]}"):
        assert text in ended.out


def test_signs_that_steer_a_terminal_are_spelt_out(corridors) -> None:
    ended = corridors("sql", "SELECT chr(27) || '[31mred' || chr(155) || chr(8238) AS a")
    assert ended.code == 0
    assert "\\x1b[31mred\\x9b\\u202e" in ended.out and "\x1b" not in ended.out
    said = corridors("sql", "SELECT \x1b[31m")
    assert said.code == 2 and "\x1b" not in said.err
    # A program gets the cell as it is.
    assert "\x1b[31m" in corridors("sql", "SELECT chr(27) || '[31m' AS a", "--csv").out


def test_a_pipe_heeds_columns(corridors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, corridors("place", "PHL").out.splitlines())) <= 40


def in_shell(line: str) -> subprocess.CompletedProcess[str]:
    text = f"{shlex.quote(sys.executable)} -m corridors {line}"
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True)


LONGER = [pytest.param(line, marks=pytest.mark.slow) for line in ("world --csv", "world")]


@pytest.mark.parametrize("line", ["sql 'SELECT 1'", "--help", *LONGER])
@pytest.mark.parametrize(
    ("where", "what"),
    [(">&-", "is closed"), ("> /dev/full", "cannot be written: No space left on device")],
    ids=["closed", "full"],
)
def test_no_room_for_the_answer_is_one_line_and_3(line: str, where: str, what: str) -> None:
    run = in_shell(f"{line} {where}")
    assert run.returncode == 3, run.stderr
    (said,) = run.stderr.splitlines()
    assert said.startswith(f"error: standard output {what}")


@pytest.mark.parametrize(
    "where",
    [pytest.param("2>&-", marks=pytest.mark.slow), "2> /dev/full"],
    ids=["closed", "full"],
)
def test_talk_that_nobody_hears_stops_nothing(where: str) -> None:
    run = in_shell(f"sql 'SELECT 1 AS a' --csv {where}")
    assert (run.returncode, run.stdout) == (0, "a\n1\n")
    run = in_shell(f"sql 'SELECT' {where}")
    assert (run.returncode, run.stdout) == (2, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_ends_it_while_it_loads_gets_the_exit_code_and_no_traceback(number, code) -> None:
    # The first heavy import ends its own process, as a signal that comes just then would.
    script = (
        "import builtins, os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # where it was ignored
        "load = builtins.__import__\n"
        "def loading(name, *more):\n"
        "    if name == 'typer':\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "    return load(name, *more)\n"
        "builtins.__import__ = loading\n"
        "sys.argv = ['corridors', 'studies']\n"
        "from corridors.__main__ import main\n"
        "main()\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (code, "", "")
