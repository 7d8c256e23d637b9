"""Study files that are wrong in one way, in every way at once, or not study files at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridors import study
from corridors.errors import InputError, Problem
from corridors.study import StudyFile

GOOD = """
title = "Open borders"
question = "Who would move?"
capital = ["fixed", "mobile"]

[draws]
number = 4

[shown]
policy = "open"
capital = "fixed"

[parameters]
theta = 1.5
nest = { distribution = "uniform", lower = 0.6, upper = 0.9 }

[sweep]
skill_return = [0.08, 0.12]

[[policy]]
name = "open"
levers = [{ open_border = { legal_share = 0.15, birthplace = "Africa" } }]

[[policy]]
name = "flight"
levers = [{ capital_flight = { lost = 0.1, areas = ["MEX", "Northern Triangle"] } }]

[curve]
lever = "open_border"
field = "legal_share"
values = [0.0, 0.5, 1.0]
outside = 0.5
"""


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(path: str | Path) -> list[Problem]:
    """What `read` finds wrong; every entry says where, what, and what to do."""
    with pytest.raises(InputError) as raised:
        study.read(path)
    assert raised.value.exit_code == 2
    for problem in raised.value.problems:
        assert problem.where.strip() and problem.what.strip() and problem.fix.strip()
    assert len(set(raised.value.problems)) == len(raised.value.problems)
    return raised.value.problems


def test_the_good_file_is_good(tmp_path: Path) -> None:
    asked = study.read(file(tmp_path, GOOD))
    assert asked.name == "mine"
    assert [policy.name for policy in asked.policies] == ["open", "flight"]
    assert asked.shown == ("open", "fixed")


#: What is replaced, by what, and words of the one problem: where, what, fix.
MISTAKES = {
    "misspelt key": ("title =", "titel =", "mine: titel", "no key 'titel'", "title"),
    "misspelt key below": ("number = 4", "nunber = 4", "draws.nunber", "'nunber'", "number"),
    "misspelt key of a policy": ('name = "flight"', 'nam = "flight"', "policy.1.nam", "", "name"),
    "misspelt key of the curve": ("outside = 0.5", "outsid = 0.5", "curve.outsid", "", "outside"),
    "share of 1.7": ("legal_share = 0.15", "legal_share = 1.7", "legal_share", "1.7", "0 to 1"),
    "curve beyond its range": ("[0.0, 0.5, 1.0]", "[0.0, 1.5]", "curve", "1.5", "0 to 1"),
    "not a number": ("legal_share = 0.15", 'legal_share = "much"', "legal_share", "'much'", "0"),
    "misspelt field": ("legal_share = 0.15", "legal_shar = 0.1", "lever 1", "'legal_shar'",
                       "legal_share"),
    "unknown lever": ("{ capital_flight", "{ capital_fligt", "'flight' lever 1",
                      "'capital_fligt'", "capital_flight"),
    "unknown lever of the curve": ('lever = "open_border"', 'lever = "open"', "curve", "'open'",
                                   "open_border"),
    "unknown area": ('"Africa"', '"Afrca"', "birthplace", "Afrca", "Africa"),
    "unknown area in a list": ('"MEX", ', '"Mexco", ', "areas", "Mexco", "Mexico"),
    "policy named twice": ('name = "flight"', 'name = "open"', "policy 'open'", "twice", "name"),
    "shown policy unknown": ('policy = "open"', 'policy = "opne"', "shown.policy", "'opne'",
                             "open"),
    "shown closure unused": ('capital = "fixed"', 'capital = "world"', "shown.capital", "world",
                             "fixed, mobile"),
    "unknown closure": ('"mobile"]', '"mobil"]', "capital.1", "'mobile'", "mobil"),
    "wrong type": ("number = 4", 'number = "many"', "draws.number", "integer", "many"),
    "below zero": ("number = 4", "number = -4", "draws.number", "greater than or equal to 0", "-4"),
    "one value is no curve": ("[0.0, 0.5, 1.0]", "[0.5]", "curve.values", "at least 2", "0.5"),
    "two levers in one entry": ("{ open_border", "{ ban = {}, open_border", "lever 1",
                                "names 2 levers", "one lever per entry"),
    "misspelt parameter": ("theta = 1.5", "thetta = 1.5", "parameters", "'thetta'", "theta"),
    "parameter of journeys": ("theta = 1.5", "leave_town = 0.3", "parameters",
                              "a parameter of journeys", ""),
    "parameter out of range": ("theta = 1.5", "theta = 99", "parameters.theta", "99",
                               "0.05 to 50 (elasticity)"),
    "parameter that is text": ("theta = 1.5", 'theta = "2"', "parameters.theta", "'2'", "0.05"),
    "parameter that is true": ("theta = 1.5", "theta = true", "parameters.theta", "True", "0.05"),
    "parameter that is nan": ("theta = 1.5", "theta = nan", "parameters.theta", "nan", "0.05"),
    "parameter that is a list": ("theta = 1.5", "theta = [1.5]", "parameters.theta", "[1.5]",
                                 "0.05"),
    "unknown distribution": ('"uniform"', '"unifrom"', "parameters.nest", "'unifrom'", "uniform"),
    "low for lower": ("lower = 0.6, upper", "low = 0.6, lower = 0.6, upper", "parameters.nest",
                      "'low'", "lower"),
    "prior upside down": ("lower = 0.6", "lower = 0.95", "parameters.nest", "0.95 and 0.9",
                          "below"),
    "prior out of range": ("upper = 0.9 }", "upper = 1.9 }", "parameters.nest", "1.9", "0.05 to 1"),
    "misspelt sweep": ("skill_return = [", "skil_return = [", "sweep", "'skil_return'",
                       "skill_return"),
    "sweep out of range": ("[0.08, 0.12]", "[0.08, 1.2]", "sweep.skill_return", "1.2", "0 to 0.5"),
    "sweep of one setting": ("[0.08, 0.12]", "[0.08]", "sweep.skill_return", "[0.08]", "once"),
    "sweep of the same": ("[0.08, 0.12]", "[0.08, 0.08]", "sweep.skill_return", "two different",
                          "once"),
    "text for a policy": ('levers = [{ capital_flight = { lost = 0.1, areas = ["MEX", '
                          '"Northern Triangle"] } }]', 'levers = "ban"', "policy.1.levers",
                          "tuple", "ban"),
}  # fmt: skip
MISSING = {
    "title": ('title = "Open borders"', "title", "required"),
    "question": ('question = "Who would move?"', "question", "required"),
    "name": ('name = "flight"', "policy.1.name", "required"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_one_mistake_is_one_problem(tmp_path: Path, mistake: tuple[str, ...]) -> None:
    right, wrong, where, what, fix = mistake
    assert GOOD.count(right) == 1
    listed = problems(file(tmp_path, GOOD.replace(right, wrong)))
    # A key that is misspelt is missing under its right name too.
    listed = [problem for problem in listed if problem.fix != "Add it"]
    (problem,) = listed
    assert tells(problem, where, what, fix), problem


def tells(problem: Problem, where: str, what: str, fix: str) -> bool:
    said = f"{problem.where}: {problem.what}"
    return where in problem.where and what in said and fix in problem.fix


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING.keys())
def test_what_is_missing_is_named(tmp_path: Path, missing: tuple[str, ...]) -> None:
    line, where, what = missing
    (problem,) = problems(file(tmp_path, GOOD.replace(line, "", 1)))
    assert where in problem.where
    assert what in problem.what


def test_a_study_without_policy_asks_for_one(tmp_path: Path) -> None:
    (problem,) = problems(file(tmp_path, 'title = "a"\nquestion = "b"\n'))
    assert "policy" in problem.where
    assert "required" in problem.what


@pytest.mark.parametrize(
    "names",
    [
        ("share of 1.7", "unknown lever", "shown policy unknown", "curve beyond its range"),
        ("misspelt key", "wrong type", "misspelt key of a policy"),
        ("share of 1.7", "unknown area", "unknown lever"),
        ("misspelt key", "share of 1.7"),
        ("misspelt key", "misspelt key below", "share of 1.7", "unknown area in a list",
         "policy named twice", "unknown lever of the curve"),
    ],
    ids=" + ".join,
)  # fmt: skip
def test_all_mistakes_are_listed_at_once(tmp_path: Path, names: tuple[str, ...]) -> None:
    text = GOOD
    for name in names:
        right, wrong, *_ = MISTAKES[name]
        text = text.replace(right, wrong)
    listed = problems(file(tmp_path, text))
    for name in names:
        _, _, where, what, fix = MISTAKES[name]
        told = [problem for problem in listed if tells(problem, where, what, fix)]
        assert len(told) == 1, f"{name} is not among: {listed}"


# --- not a study file at all -----------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"title = ", b"\xff\xfe\x00t", b'title = "\xe9t\xe9"', b"[[policy]", b"<html>", b"{}",
        b'title = "a"\ntitle = "b"\n', b"\x00\x01\x02", b"a = " + 100_000 * b"[",
    ],
    ids=["cut off", "UTF-16", "Latin-1", "bracket", "HTML", "JSON", "twice", "binary", "deep"],
)  # fmt: skip
def test_what_is_not_toml_is_one_problem(tmp_path: Path, content: bytes) -> None:
    path = file(tmp_path, content)
    (problem,) = problems(path)
    assert problem.where == str(path)
    assert "is not TOML" in problem.what


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    missing = {problem.where for problem in problems(file(tmp_path, b""))}
    assert missing == {"mine: title", "mine: question", "mine: policy"}


@pytest.mark.parametrize("name", ["open-boarders", "", "nowhere/open-borders.toml", "a\0b"])
def test_a_study_that_does_not_exist_offers_the_nearest(name: str) -> None:
    (problem,) = problems(name)
    assert problem.what == "there is no such file or study"
    assert "open-borders" in problem.fix or name != "open-boarders"


def test_a_folder_is_not_a_study(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path)
    assert problem.what == "there is no such file or study"


def test_a_file_of_a_shipped_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "open-borders").write_text(GOOD.replace("Open borders", "Mine"), encoding="utf-8")
    assert study.read("open-borders").file.title == "Mine"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path, GOOD)

    def refuse(self: Path, **kwargs: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    (problem,) = problems(path)
    assert "cannot be read: Permission denied" in problem.what


KEYS = sorted({*StudyFile.model_fields, "name", "levers", "number", "lever", "x"})
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["fixed", "open_border", "ban", "all", "Africa", "legal_share", "birthplace"]),
)  # fmt: skip
TABLES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*KEYS, "open_border", "wall", "deterred"]), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), TABLES, max_size=6))
def test_any_content_is_a_study_or_an_input_error(content: dict[str, Any]) -> None:
    base = {"title": "a", "question": "b", "policy": [{"name": "c"}]}
    try:
        assert study.check("any", {**base, **content}).policies
    except InputError as error:
        assert error.problems


# --- the studies in the package --------------------------------------------------------------


def test_the_studies_of_the_field_are_shipped() -> None:
    asked = "open-borders closed-borders end-remittance-fees capital-stays-home people-and-capital"
    assert set(asked.split()) <= study.shipped().keys()


@pytest.mark.parametrize("year", (2020, 2024))
@pytest.mark.parametrize("name", study.shipped())
def test_every_shipped_study_reads_and_plans_in_both_worlds(name: str, year: int) -> None:
    asked = study.read(name)
    if asked.years is not None:  # a world in a folder has no other year
        asked = asked.with_world(year)
    assert asked.file.title and asked.file.question.endswith("?")
    rows = study.plan(asked)
    assert list(dict.fromkeys(rows["policy"])) == [policy.name for policy in asked.policies]
    acting = rows[rows["lever"] != "none"]
    assert len(acting) == sum(len(policy.levers) for policy in asked.policies)
    assert (acting["cells"] > acting["empty"]).all()


def test_a_plan_refuses_what_this_world_does_not_have(tmp_path: Path) -> None:
    asked = study.read(file(tmp_path, GOOD.replace('"Africa"', '"Andorra"')))
    with pytest.raises(InputError, match="birthplace") as raised:
        study.plan(asked)
    assert "Andorra" in str(raised.value)


def test_a_bad_value_is_cut_in_what_is_said(tmp_path: Path) -> None:
    long = "[" + ", ".join(['"x"'] * 50_000) + "]"
    with pytest.raises(InputError) as refused:
        study.read(file(tmp_path, GOOD.replace('"Open borders"', long)))
    assert len(str(refused.value)) < 1_000
