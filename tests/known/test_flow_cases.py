"""Every known-answer case of flows passes, and a case with a wrong answer does not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from known import flows_cases

OWN = sorted(path.parent for path in (Path(__file__).parent / "flows").glob("*/case.json"))
REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "flows"
ALL = sorted(path.parent for path in REFERENCE.glob("*/case.json"))
OTHERS = [folder for folder in ALL if folder.name not in {own.name for own in OWN}]


@pytest.mark.parametrize("folder", OWN, ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    flows_cases.run_case(folder)


@pytest.mark.shared
@pytest.mark.parametrize("folder", OTHERS, ids=lambda folder: folder.name)
def test_reference_case(folder: Path) -> None:
    flows_cases.run_case(folder)


@pytest.mark.shared
def test_our_copies_are_the_reference_cases() -> None:
    assert len(ALL) == 95
    assert len(OWN) == 33
    for folder in OWN:
        for file in folder.iterdir():
            assert file.read_bytes() == (REFERENCE / folder.name / file.name).read_bytes()


# --- the runner can fail ----------------------------------------------------------------------


def copied(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    shutil.copytree(next(case for case in OWN if case.name == name), folder)
    return folder


def rewritten(folder: Path, **changes: object) -> Path:
    about = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    (folder / "case.json").write_text(json.dumps(about | changes), encoding="utf-8")
    return folder


def test_a_wrong_expectation_fails(tmp_path: Path) -> None:
    folder = copied(tmp_path, "x_demo_closed_n05")
    file = folder / "out_od_converged.csv"
    table = pd.read_csv(file, index_col=0).astype(float)
    table.iloc[0, 1] += 1e-5 * table.to_numpy().max()
    table.to_csv(file)
    with pytest.raises(AssertionError, match="instead of"):
        flows_cases.run_case(folder)


def test_an_unknown_function_fails(tmp_path: Path) -> None:
    folder = rewritten(copied(tmp_path, "x_demo_closed_n05"), function_="guess (ffs_guess)")
    with pytest.raises(AssertionError, match="function"):
        flows_cases.run_case(folder)


@pytest.mark.parametrize(
    "arguments", [{"colour": "blue"}, {"match_global": "never"}, {"birth_method": "stork"}]
)
def test_an_unknown_argument_fails(tmp_path: Path, arguments: dict[str, str]) -> None:
    folder = rewritten(copied(tmp_path, "x_demo_closed_n05"), arguments=arguments)
    with pytest.raises(AssertionError, match="nothing here knows"):
        flows_cases.run_case(folder)


def test_an_unknown_requirement_fails(tmp_path: Path) -> None:
    folder = rewritten(copied(tmp_path, "x_demo_closed_n05"), require="hope")
    with pytest.raises(AssertionError, match="requirement"):
        flows_cases.run_case(folder)


def test_an_answer_where_the_input_must_be_refused_fails(tmp_path: Path) -> None:
    folder = rewritten(copied(tmp_path, "x_demo_closed_n05"), require="refuse")
    with pytest.raises(AssertionError, match="must be refused"):
        flows_cases.run_case(folder)


def test_a_refusal_that_does_not_name_the_area_fails(tmp_path: Path) -> None:
    folder = rewritten(copied(tmp_path, "x_edge_missing"), must_name=["R02", "R03"])
    flows_cases.run_case(folder)
    with pytest.raises(AssertionError, match="without naming"):
        flows_cases.run_case(rewritten(folder, must_name=["R02", "R05"]))


def test_a_refusal_where_there_is_an_answer_fails(tmp_path: Path) -> None:
    folder = rewritten(copied(tmp_path, "x_edge_missing"), require="match")
    with pytest.raises(AssertionError, match="refused, though"):
        flows_cases.run_case(folder)


def test_a_case_that_expects_nothing_fails(tmp_path: Path) -> None:
    folder = rewritten(copied(tmp_path, "x_demo_closed_n05"), expected={})
    with pytest.raises(AssertionError, match="expects nothing"):
        flows_cases.run_case(folder)
