"""A parameter in place of the package's: from the shell, from Python, from a study file; swept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corridors
from corridors import cli, study
from corridors.errors import InputError
from corridors.world import Result

CONTENT: dict[str, Any] = {
    "title": "A tenth opened",
    "question": "And if people answered more to pay?",
    "capital": ["fixed"],
    "draws": {"number": 4},
    "policy": [{"name": "open", "levers": [{"open_border": {"legal_share": 0.1}}]}],
}


def asked(**more: Any) -> study.Study:
    return study.check("tenth", {**CONTENT, **more})


def shell(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "tenth.toml").write_text(asked().file.toml(), encoding="utf-8")
    command = [sys.executable, "-m", "corridors", *words]
    return subprocess.run(command, capture_output=True, cwd=folder, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def doubled() -> Result:
    return corridors.run(asked(parameters={"theta": 2.0}))


@pytest.mark.slow
def test_shell_python_and_toml_give_one_digest(doubled: Result, tmp_path: Path) -> None:
    done = shell(tmp_path, "run", "tenth.toml", "--set", "theta=2.0")
    assert done.returncode == 0, done.stderr
    said = "theta is 2 (elasticity), assumed by the user; the package has 1.2"
    assert any(line.startswith(said) for line in done.stderr.splitlines())
    digests = {
        "TOML": doubled.manifest["digest"],
        "Python": corridors.run(asked(), parameters={"theta": 2.0}).manifest["digest"],
        "NumPy": corridors.run(asked(), parameters={"theta": np.float64(2)}).manifest["digest"],
        "over the file": corridors.run(
            asked(parameters={"theta": 0.7}), parameters={"theta": 2}
        ).manifest["digest"],
        "shell": corridors.load(tmp_path / "tenth").manifest["digest"],
    }
    assert len(set(digests.values())) == 1, digests
    assert corridors.run(asked()).manifest["digest"] not in digests.values()
    report = (tmp_path / "tenth" / "report.html").read_text(encoding="utf-8")
    assert "assumed by the user" in report


@pytest.mark.slow
def test_an_override_is_the_users_in_the_manifest(doubled: Result) -> None:
    (entry,) = doubled.manifest["parameters"]
    assert (entry["name"], entry["value"], entry["unit"]) == ("theta", 2.0, "elasticity")
    assert (entry["kind"], entry["source"]) == ("assumed", "assumed by the user")
    assert entry["prior"] is None
    assert "theta" not in set(doubled["ranking"]["parameter"])


def test_a_parameter_whose_channel_is_off_says_so() -> None:
    (_, off) = asked(parameters={"network": 0.7}).remarks()
    assert off.startswith("network changes nothing here: the channel network is off")
    assert len(asked(parameters={"network": 0.7}, channels=["network"]).remarks()) == 1
    (_, closure) = asked(parameters={"capital_elasticity": 1.0}).remarks()
    assert "capital is never elastic" in closure
    (statuses,) = asked(sweep={"markdown_tied": [0.0, 0.1]}).remarks()
    assert "statuses = true" in statuses


@pytest.mark.slow
def test_a_sweep_answers_at_every_setting(tmp_path: Path) -> None:
    swept = corridors.run(asked(sweep={"theta": [0.7, 1.2]}))
    table = swept["sweep"]
    columns = "parameter setting policy capital measure value lower_80 upper_80"
    assert list(table.columns) == columns.split()
    assert len(table) == 2 * swept.headline["measure"].nunique()
    assert (table["lower_80"] < table["upper_80"]).all()
    for setting in (0.7, 1.2):
        plain = corridors.run(asked(parameters={"theta": setting}))
        rows = table[table["setting"] == setting].set_index("measure")
        alone = plain.headline.set_index("measure")
        for column in ("value", "lower_80", "upper_80"):
            np.testing.assert_allclose(rows[column], alone.loc[rows.index, column], rtol=1e-6)
    # The package's own value is the study's own answer.
    own = swept.headline.set_index("measure")["central"]
    np.testing.assert_allclose(alone["central"], own.loc[alone.index], rtol=1e-6)
    saved = swept.save(tmp_path / "swept")
    assert (saved / "sweep.parquet").is_file()
    report = (saved / "report.html").read_text(encoding="utf-8")
    for title in swept.headline["title"].unique():
        assert f"{title} by theta" in report
    assert corridors.load(saved)["sweep"].equals(table)


@pytest.mark.slow
def test_a_projection_takes_its_own_parameters() -> None:
    content = {
        "title": "Removals",
        "question": "And if removals were rarer?",
        "answer": "projection",
        "projection": {"until": 2026, "since": 2025},
        "policy": [{"name": "none", "levers": []}],
    }
    plain = corridors.run(study.check("years", content))
    fewer = corridors.run(study.check("years", content), parameters={"removal": 0.0})
    stated = fewer["assumed"].set_index("name")
    assert stated.loc["removal", ["value", "source"]].tolist() == [0.0, "assumed by the user"]
    assert stated.loc["recognition", "source"] != "assumed by the user"

    def irregular(result: Result) -> float:
        rows = result["statuses"].query("status == 'irregular' and year == 2026")
        return float(rows["persons"].sum())

    assert irregular(fewer) > irregular(plain)
    with pytest.raises(InputError, match="sweep: has no meaning year by year"):
        study.check("years", {**content, "sweep": {"theta": [1.0, 2.0]}})


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("thetta=2", "there is no parameter 'thetta'. Did you mean theta"),
        ("theta=99", "99 is outside its range. Give a number from 0.05 to 50 (elasticity)"),
        ("theta", "Write --set theta=2.0"),
        ("=2", "Write --set theta=2.0"),
        ("theta=2=3", "Write --set theta=2.0"),
        ("theta=two", "Write --set theta=2.0"),
        ("theta=nan", "nan is outside its range"),
        ("leave_town=0.2", "is a parameter of journeys"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    said: str,
) -> None:
    (tmp_path / "tenth.toml").write_text(asked().file.toml(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["corridors", "run", "tenth.toml", "--set", setting])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert said in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["tenth.toml"]


@pytest.mark.slow
def test_the_caravan_reads_no_parameter_and_says_so(tmp_path: Path) -> None:
    done = shell(tmp_path, "journeys", "run", "caravan-2018", "--set", "leave_town=0.2")
    assert done.returncode == 2
    assert "the caravan reads no parameter leave_town" in done.stderr
