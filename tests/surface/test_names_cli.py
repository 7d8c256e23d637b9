"""`corridors data names`: what the labels of a column become."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from corridors import cli


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["corridors", "data", "names", *arguments])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    out, err = capsys.readouterr()
    return int(leaving.value.code or 0), out, err


@pytest.fixture
def stocks(tmp_path: Path) -> str:
    file = tmp_path / "stocks.csv"
    labels = ["Congo", "Dem. Rep. of the Congo", "World", "Others", "76.0", "1.2", "Congo"]
    file.write_text("origin\n" + "\n".join(labels) + "\n", encoding="utf-8")
    return str(file)


def test_every_label_stands_once_with_its_meaning(
    stocks: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, stocks, "--column", "origin", "--csv")
    rows = {row["label"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 0
    assert {label: row["code"] or row["kind"] for label, row in rows.items()} == {
        "Congo": "COG",
        "Dem. Rep. of the Congo": "COD",
        "World": "aggregate",
        "Others": "OTH",
        "76.0": "BRA",
        "1.2": "none",
    }
    assert rows["Congo"]["rows"] == "2"
    assert "beside Democratic Republic of the Congo" in rows["Congo"]["note"]
    assert "6 labels: 3 areas, 1 origins not known, 1 aggregates, 1 no place" in err


def test_codes_are_read_by_scheme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("coo\nAUS\nMAR\n", encoding="utf-8")
    arguments = (str(file), "--column", "coo", "--scheme", "unhcr", "--json")
    _, out, _ = run(monkeypatch, capsys, *arguments)
    assert [row["code"] for row in json.loads(out)["rows"]] == ["AUT", "MTQ"]


def test_a_wrong_column_or_scheme_is_refused(
    stocks: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(monkeypatch, capsys, stocks, "--column", "orign")
    assert (code, "Did you mean origin?" in err) == (2, True)
    code, _, err = run(monkeypatch, capsys, stocks, "--column", "origin", "--scheme", "iso")
    assert (code, "Known: iso3" in err) == (2, True)
