"""`corridors data`: the talk on stderr, the table in a file, one exit code for each refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pooch
import pytest
from typer.testing import CliRunner

from corridors import cli
from corridors.errors import InputError, SourceError
from corridors.readers import fetch

FINDER = (
    "Year,Country of origin,Country of origin (ISO),Country of asylum,Country of asylum (ISO),"
    "Refugees under UNHCR's mandate,Asylum-seekers\n"
)


def _run(*words: str) -> object:
    return CliRunner().invoke(cli.app, list(words))


def _finder(file: Path, *lines: str) -> Path:
    file.write_text(FINDER + "\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_data_read_says_the_format_it_found_and_writes_the_table(tmp_path: Path) -> None:
    file = _finder(tmp_path / "a.csv", "2022,Afghanistan,AFG,Austria,AUT,1200,0")
    out = tmp_path / "tidy.csv"
    run = _run("data", "read", str(file), "--out", str(out))
    assert run.exit_code == 0, run.output
    assert "read as unhcr-finder" in run.stderr
    assert run.stdout == ""
    written = pd.read_csv(out)
    assert written["value"].tolist() == [1200.0, 0.0]
    assert written["status_of_value"].tolist() == ["reported", "zero"]
    assert set(written["unit"]) == {"persons"}
    assert {"kind", "edition", "source"} <= set(written.columns)


def test_a_cell_in_two_files_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    line = "2022,Afghanistan,AFG,Austria,AUT,1200,0"
    files = [_finder(tmp_path / name, line) for name in ("a.csv", "b.csv")]
    out = tmp_path / "tidy.parquet"
    run = _run("data", "read", *map(str, files), "--out", str(out))
    assert isinstance(run.exception, InputError)
    assert "stands in two of them" in str(run.exception)
    assert not out.exists()


def test_a_wrong_cell_is_named_with_its_line(tmp_path: Path) -> None:
    file = _finder(
        tmp_path / "a.csv",
        "2022,Afghanistan,AFG,Austria,AUT,1200,0",
        '2022,"Unknown\n",,Austria,AUT,many,0',
        "2022,Nowhere,ZZ,Austria,AUT,5,0",
    )
    run = _run("data", "read", str(file), "--as", "unhcr-finder", "--out", str(tmp_path / "t.csv"))
    assert isinstance(run.exception, InputError)
    assert "a.csv:5" in str(run.exception) and "ZZ" in str(run.exception)


def test_data_formats_gives_one_row_a_reader() -> None:
    rows = json.loads(_run("data", "formats", "--json").stdout)["rows"]
    ranks = [row["rank"] for row in rows]
    assert ranks.count("proven") == 17
    assert ranks.count("unverified") == 9
    assert all(row["quirks"] and row["licence"] for row in rows)


def test_fetch_says_what_to_download_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"Open https://www\.knomad\.org/data/ in a browser"):
        fetch("knomad-migrants", tmp_path)

    def offline(*_: object, **__: object) -> str:
        raise OSError("no way to the network")

    monkeypatch.setattr(pooch, "retrieve", offline)
    with pytest.raises(SourceError, match=r"Download it by hand and save it as .*dist_cepii\.zip"):
        fetch("cepii-distances", tmp_path)
    assert list(tmp_path.iterdir()) == []
