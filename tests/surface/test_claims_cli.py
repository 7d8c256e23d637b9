"""`corridors claims`: one schema, exit codes, one page."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from corridors import cli
from corridors.claims.tables import COLUMNS

PROMISED = ["id", "verdict", "claimed", "measured", "unit", "source", "command"]
QUERY = "SELECT sum(persons) FROM stocks_2020 WHERE year = 2020"


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["corridors", *arguments])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    out, err = capsys.readouterr()
    return int(leaving.value.code or 0), out, err


def mine(folder: Path, value: float, verdict: str = "", measure: str = QUERY) -> str:
    file = folder / "mine.toml"
    lines = [
        'document = "A newspaper"',
        "date = 2024-05-01",
        'claim = "So many people live abroad."',
        f"value = {value}",
        'unit = "million"',
        "year = 2020",
        f'verdict = "{verdict}"' if verdict else "",
        f"measure = {{ sql = '''{measure}''' }}",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


def test_json_has_the_promised_rows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, out, _ = run(capsys, monkeypatch, "claims", "--file", mine(tmp_path, 281), "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["command"], list(answer["columns"])) == ("claims", list(COLUMNS))
    (row,) = answer["rows"]
    assert list(row)[:7] == PROMISED
    assert row["verdict"] == "supported"
    assert row["measured"] == pytest.approx(280.598105)
    assert row["command"] == f'corridors sql "{QUERY}"'


def test_csv_has_the_same_columns_and_an_empty_cell_where_nothing_was_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(capsys, monkeypatch, "claims", "C05", "c58", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert list(rows[0]) == list(COLUMNS)
    assert [row["id"] for row in rows] == ["C05", "C58"]
    assert rows[1]["measured"] == ""
    assert rows[1]["verdict"] == "not_checkable"


def test_a_claim_that_was_not_measured_is_null_in_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run(capsys, monkeypatch, "claims", "C58", "--json")
    assert json.loads(out)["rows"][0]["measured"] is None


def test_the_printed_command_repeats_the_figure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import shlex

    _, out, _ = run(capsys, monkeypatch, "claims", "C05", "--json")
    row = json.loads(out)["rows"][0]
    arguments = shlex.split(row["command"])[1:]
    _, again, _ = run(capsys, monkeypatch, *arguments, "--json")
    assert json.loads(again)["rows"][0]["value"] / 1e6 == row["measured"]


def test_a_verdict_that_differs_from_the_recorded_one_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = mine(tmp_path, 281, verdict="contradicted")
    code, _, err = run(capsys, monkeypatch, "claims", "--file", file)
    assert code == 1
    assert "mine: supported, recorded as contradicted" in err


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("SELECT 1 AS one, 2 AS two", "2 numbers"),
        ("SELECT unnest([1, 2]) AS value", "2 rows"),
        ("DROP TABLE areas", "SELECT"),
        ("SELECT * FROM stocks_2019", "stocks_2020"),
    ],
)
def test_a_measure_that_cannot_be_asked_is_refused_with_what_to_do(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    measure: str,
    says: str,
) -> None:
    code, out, err = run(
        capsys, monkeypatch, "claims", "--file", mine(tmp_path, 1, measure=measure)
    )
    assert (code, out) == (2, "")
    assert says in err and "mine:" in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("valu = 3\nclaim = 'x'", "Did you mean value"),
        ("claim = 'x'\nvalue = 'many'", "value"),
        ("claim = 'x'\nvalue = 1\nverdict = 'suported'", "supported"),
        ("claim = 'x'\nvalue = 1\nmeasure = { sql = 'SELECT 1', card = 'world' }", "names 2 of"),
        ("claim = 'x'\nmeasure = { sql = 'SELECT 1' }", "Give the number claimed"),
        ("claim = 'x'\nvalue = 1\nmeasure = { kard = 'world' }", "card"),
        ("value = 1", "claim"),
        ("claim = ", "is not TOML"),
    ],
)
def test_a_file_with_a_fault_is_refused_by_name(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    text: str,
    says: str,
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    code, out, err = run(capsys, monkeypatch, "claims", "--file", str(file))
    assert (code, out) == (2, "")
    assert says in err


def test_every_fault_of_a_file_is_told_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        "[[claim]]\nid = 'a'\nclaim = 'x'\nvalue = 'many'\n[[claim]]\nid = 'b'\nfoo = 1\n",
        encoding="utf-8",
    )
    _, _, err = run(capsys, monkeypatch, "claims", "--file", str(file))
    assert {line.split(":")[2].strip() for line in err.splitlines()} == {"a", "b"}


def test_an_unknown_claim_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, monkeypatch, "claims", "C99")
    assert code == 2
    assert "C9" in err or "C59" in err


def test_the_page_shows_a_claim_with_its_picture_and_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "claims.html"
    code, _, err = run(capsys, monkeypatch, "claims", "C05", "C58", "--out", str(page))
    text = page.read_text(encoding="utf-8")
    assert code == 0
    assert str(page) in err
    assert text.count("<svg") == 1
    assert "corridors sql" in text and "Records of the union" in text
    assert text.count("<script") == 1  # the one that sorts tables


def test_a_claim_file_that_is_not_there_ends_with_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, out, err = run(capsys, monkeypatch, "claims", "--file", str(tmp_path / "no.toml"))
    assert (code, out) == (3, "")
    assert "no.toml" in err
