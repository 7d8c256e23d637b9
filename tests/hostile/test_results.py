"""Results on disk: what is not ours stays, what fails leaves nothing, what is damaged says so."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridors import study
from corridors.data import exchange, results
from corridors.errors import InputError, SourceError
from corridors.study.manifest import digest
from corridors.world import Result, load


def tables(rows: int = 50) -> dict[str, pd.DataFrame]:
    """Tables with every kind of column that a run writes."""
    luck = np.random.default_rng(1)
    names = np.array(["México", "Côte d'Ivoire", "a,b", 'a"b', "NaN", ""])
    corridors = pd.DataFrame(
        {
            "birthplace": pd.Categorical(luck.choice(names, rows)),
            "residence": luck.choice(names, rows),
            "now": luck.lognormal(5.0, 3.0, rows),
            "after": np.where(luck.random(rows) < 0.2, np.nan, luck.random(rows)),
            "draw": luck.integers(0, 2**40, rows),
            "converged": luck.random(rows) < 0.5,
        }
    )
    empty = pd.DataFrame({"policy": pd.Series([], dtype=str), "draw": pd.Series([], dtype=float)})
    extremes = pd.DataFrame({"value": [0.0, -0.0, 1e-308, 1.797e308, np.inf, np.nan, 0.1 + 0.2]})
    return {"corridors": corridors, "curve": empty, "headline": extremes}


def result(rows: int = 50) -> Result:
    long = tables(rows)
    return Result(long, {"study": "mine", "digest": digest(long), "notes": ["é", "–"]})


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones too."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def assert_same(back: Result, saved: Result) -> None:
    assert back.tables.keys() == saved.tables.keys()
    for name, table in saved.tables.items():
        loaded = back[name]
        assert list(loaded.columns) == list(table.columns)
        assert len(loaded) == len(table)
        for column in table.columns:
            ours, theirs = loaded[column], table[column]
            if pd.api.types.is_numeric_dtype(theirs) or pd.api.types.is_bool_dtype(theirs):
                assert ours.dtype == theirs.dtype, f"{name}.{column}"
                np.testing.assert_array_equal(ours.to_numpy(), theirs.to_numpy())
            else:
                is_category = isinstance(theirs.dtype, pd.CategoricalDtype)
                assert not is_category or ours.dtype == theirs.dtype, f"{name}.{column}"
                assert ours.astype(str).tolist() == theirs.astype(str).tolist()


# --- there and back --------------------------------------------------------------------------


def test_a_result_comes_back_as_it_was(tmp_path: Path) -> None:
    saved = result()
    assert saved.save(tmp_path / "mine") == tmp_path / "mine"
    loaded = load(tmp_path / "mine")
    assert_same(loaded, saved)
    assert loaded.manifest["digest"] == digest(loaded.tables) == saved.manifest["digest"]
    assert loaded.manifest.items() >= saved.manifest.items()
    assert loaded.manifest["files"] == sorted(
        ["corridors.csv", "corridors.parquet", "curve.parquet", "headline.parquet"]
    )


def test_a_study_comes_back_with_its_digest(tmp_path: Path) -> None:
    asked = study.check(
        "small",
        {
            "title": "Small",
            "question": "What?",
            "capital": ["fixed"],
            "policy": [{"name": "wall", "levers": [{"wall": {"birthplace": "MEX"}}]}],
            "draws": {"number": 0},
            "curve": {"lever": "wall", "field": "deterred", "values": [0.1, 0.2]},
        },
    )
    saved = study.run(asked)
    loaded = load(saved.save(tmp_path / "small"))
    assert_same(loaded, saved)
    assert digest(loaded.tables) == saved.manifest["digest"] == loaded.manifest["digest"]
    files = {file.name for file in (tmp_path / "small").iterdir()}
    expected = {"manifest.json", "report.html", "corridors.csv", "areas.csv"}
    assert files == expected | {f"{name}.parquet" for name in saved.tables}
    corridors = pd.read_csv(tmp_path / "small" / "corridors.csv", keep_default_na=False)
    np.testing.assert_allclose(corridors["after"], saved["corridors"]["after"])
    # Namibia's code reads like a missing value.
    areas = pd.read_csv(tmp_path / "small" / "areas.csv", keep_default_na=False)
    assert areas["area"].tolist() == saved["areas"]["area"].tolist()


def test_the_digest_sees_every_change() -> None:
    first = digest(tables())
    assert digest(tables()) == first
    renamed = tables()
    renamed["curves"] = renamed.pop("curve")
    column = tables()
    column["headline"] = column["headline"].rename(columns={"value": "values"})
    value = tables()
    value["corridors"].loc[7, "now"] *= 1.0 + 1e-15
    order = tables()
    order["corridors"] = order["corridors"].iloc[::-1]
    assert len({first, *map(digest, (renamed, column, value, order))}) == 5


def test_a_new_run_replaces_its_own_folder(tmp_path: Path) -> None:
    result(50).save(tmp_path / "mine")
    result(20).save(tmp_path / "mine")
    assert len(load(tmp_path / "mine")["corridors"]) == 20
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "mine's"
    result().save(folder)
    assert_same(load(folder), result())


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    result().save(tmp_path / "mine")
    assert_same(load(tmp_path / "mine"), result())


# --- places where it may not go --------------------------------------------------------------


def refused(folder: Path, what: str) -> None:
    """Both doors refuse: the check before a run, and the run's end."""
    before = contents(folder.parent) if folder.parent.is_dir() else {}
    for door in (results.check_folder, result().save):
        with pytest.raises(InputError, match=what) as raised:
            door(folder)
        (problem,) = raised.value.problems
        assert str(folder) in problem.where
        assert "--out" in problem.fix
    assert (contents(folder.parent) if folder.parent.is_dir() else {}) == before


def test_a_folder_with_foreign_files_is_refused_and_untouched(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter1.tex").write_text("years of work", encoding="utf-8")
    refused(folder, "is not empty and was not written by corridors")
    assert (folder / "chapter1.tex").read_text(encoding="utf-8") == "years of work"


def test_a_hidden_file_is_a_foreign_file(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    refused(folder, "is not empty")


@pytest.mark.parametrize("name", ["notes.txt", "corridors.xlsx", "figures"])
def test_a_result_with_a_foreign_file_added_is_refused(tmp_path: Path, name: str) -> None:
    folder = result().save(tmp_path / "mine")
    (folder / name).mkdir() if "." not in name else (folder / name).write_text("mine")
    refused(folder, "is not empty")
    assert_same(load(folder), result())


def test_a_result_without_the_types_of_its_columns_is_one_clear_error(tmp_path: Path) -> None:
    folder = result().save(tmp_path / "older")
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    del manifest["types"]
    manifest["seal"] = results._seal(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(SourceError, match=r"earlier version.*no types\. Run the study again"):
        load(folder)


@pytest.mark.parametrize("manifest", ["", "{}", "[]", '{"format": "other", "files": []}', "null"])
def test_a_manifest_of_another_program_does_not_open_the_door(
    tmp_path: Path, manifest: str
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    refused(folder, "is not empty")


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a file", encoding="utf-8")
    refused(tmp_path / "mine", "is a file")


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    refused(tmp_path / "file" / "mine", "is a file|no permission|cannot be made")


def test_a_place_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The administrator may write anywhere; ask what the bits say of everybody else.
    def as_owner(path: str | Path, mode: int) -> bool:
        bits = {os.R_OK: stat.S_IRUSR, os.W_OK: stat.S_IWUSR, os.X_OK: stat.S_IXUSR}
        held = os.stat(path).st_mode
        return all(held & bit for flag, bit in bits.items() if mode & flag)

    monkeypatch.setattr(os, "access", as_owner)
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    try:
        refused(locked / "mine", "no permission to write")
        refused(locked / "deeper" / "mine", "no permission to write")
    finally:
        locked.chmod(0o755)
    result().save(locked / "mine")
    assert_same(load(locked / "mine"), result())


# --- failures on the way ---------------------------------------------------------------------


class Interrupted(BaseException):
    """Not an Exception: the person at the keyboard."""


@pytest.mark.parametrize("failure", [ValueError("a bug"), Interrupted()], ids=["bug", "interrupt"])
@pytest.mark.parametrize("older", [True, False], ids=["over an older result", "new"])
def test_a_failure_in_the_middle_leaves_no_trace(
    tmp_path: Path, failure: BaseException, older: bool
) -> None:
    if older:
        result(20).save(tmp_path / "mine")
    before = contents(tmp_path)
    with pytest.raises(type(failure)), results.publish(tmp_path / "mine") as fresh:
        (fresh / "report.html").write_text("half a rep", encoding="utf-8")
        raise failure
    assert contents(tmp_path) == before
    assert not [file for file in tmp_path.iterdir() if file.name != "mine"]
    assert (tmp_path / "mine").exists() == older


@pytest.mark.parametrize("older", [True, False], ids=["over an older result", "new"])
def test_a_disk_that_refuses_is_one_clear_error(tmp_path: Path, older: bool) -> None:
    if older:
        result(20).save(tmp_path / "mine")
    before = contents(tmp_path)
    with pytest.raises(SourceError) as raised, results.publish(tmp_path / "mine") as fresh:
        (fresh / "report.html").write_text("half a rep", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    message = str(raised.value)
    assert "No space left on device" in message
    assert str(tmp_path / "mine") in message
    assert "--out" in message
    assert contents(tmp_path) == before


@contextmanager
def small_disk(largest: int) -> Iterator[None]:
    """Files beyond `largest` bytes are refused by the system, as by a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("older", [True, False], ids=["over an older result", "new"])
def test_a_table_that_does_not_fit_is_one_clear_error(tmp_path: Path, older: bool) -> None:
    if older:
        result(20).save(tmp_path / "mine")
    before = contents(tmp_path)
    with small_disk(64_000), pytest.raises(SourceError, match="could not be written") as raised:
        result(100_000).save(tmp_path / "mine")
    assert str(tmp_path / "mine") in str(raised.value)
    assert contents(tmp_path) == before


def test_a_move_that_fails_gives_the_older_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = result(20).save(tmp_path / "mine")
    move = os.rename

    def refuse_the_fresh(path: Path, target: Path) -> None:
        if Path(target) == folder and Path(path).name.endswith(".new"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        move(path, target)

    monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    monkeypatch.setattr(os, "rename", refuse_the_fresh)
    with pytest.raises(SourceError, match="could not be written"):
        result(50).save(folder)
    assert_same(load(folder), result(20))
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


# --- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_table_is_one_clear_error(tmp_path: Path, share: float) -> None:
    folder = result().save(tmp_path / "mine")
    table = folder / "corridors.parquet"
    whole = table.read_bytes()
    table.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(SourceError, match="table corridors") as raised:
        load(folder)
    assert str(folder) in str(raised.value)
    assert "Run the study again" in str(raised.value)


def test_a_missing_table_is_one_clear_error(tmp_path: Path) -> None:
    folder = result().save(tmp_path / "mine")
    (folder / "headline.parquet").unlink()
    with pytest.raises(SourceError, match="table headline"):
        load(folder)


@pytest.mark.parametrize("place", ["nowhere", "empty", "file"])
def test_no_result_there_is_one_clear_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    with pytest.raises(SourceError, match="holds no result of corridors") as raised:
        load(tmp_path / place)
    assert str(tmp_path / place) in str(raised.value)


def test_a_result_of_version_0_1_is_refused_with_the_words_that_changed(tmp_path: Path) -> None:
    folder = result().save(tmp_path / "mine")
    about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    old = json.dumps({**about, "format": "corridors result 1"})
    (folder / "manifest.json").write_text(old, encoding="utf-8")
    with pytest.raises(SourceError, match=r"was made by corridors 0\.1") as raised:
        load(folder)
    for words in ('answer = "path" -> answer = "projection"', "low_*, high_* -> columns lower_*"):
        assert words in str(raised.value)
    result().save(folder)  # ours, so it may be replaced
    assert load(folder).tables.keys() == result().tables.keys()


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b"{}", b'{"format": "corridors result 99"}',
     b'{"format": "corridors result 2"}', b'{"format": "corridors result 2", "tables": 5}',
     b'{"format": "corridors result 2", "tables": [5]}'],
    ids=["empty", "cut off", "UTF-16", "null", "list", "nothing", "newer", "no tables",
         "tables a number", "a table a number"],
)  # fmt: skip
def test_a_damaged_manifest_is_one_clear_error(tmp_path: Path, manifest: bytes) -> None:
    folder = result().save(tmp_path / "mine")
    (folder / "manifest.json").write_bytes(manifest)
    with pytest.raises(SourceError) as raised:
        load(folder)
    assert str(folder) in str(raised.value)
