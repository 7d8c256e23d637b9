"""Figures that were kept are the figures that would be gathered, bit by bit."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridors.baseline import Observed, WorldYears, observed
from corridors.data import gathered as kept
from corridors.data import store
from corridors.money.accounts import accounts


def assert_same(first: Observed, second: Observed) -> None:
    for each in fields(Observed):
        mine, other = getattr(first, each.name), getattr(second, each.name)
        if isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, other, err_msg=each.name)
            assert mine.dtype == other.dtype, each.name
        elif isinstance(mine, pd.DataFrame):
            pd.testing.assert_frame_equal(mine, other, check_exact=True)
        else:
            assert mine == other, each.name


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "cache"))
    observed._known.cache_clear()
    return tmp_path / "cache"


@pytest.mark.parametrize("people", [2024, pytest.param(2020, marks=pytest.mark.slow)])
def test_what_is_kept_is_what_was_gathered(cache: Path, people: int) -> None:
    years = WorldYears.of(people)
    gathered = observed.gather(years)
    assert_same(observed._known(years), gathered)
    assert [file.suffix for file in cache.iterdir()] == [".npz"]
    observed._known.cache_clear()
    assert kept.read(f"observed-{people}-{years.edition}-{years.economy}-1") is not None
    assert_same(observed._known(years), gathered)


def test_a_damaged_or_missing_cache_is_no_matter(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write("a", {"b": np.arange(3)})
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    for damaged in (b"", b"PK", whole[: len(whole) // 2], whole[:-7]):
        file.write_bytes(damaged)
        assert kept.read("a") is None
    monkeypatch.setenv(kept.VARIABLE, str(file / "below-a-file"))
    kept.write("a", {"b": np.arange(3)})
    assert kept.read("a") is None
    monkeypatch.setenv(kept.VARIABLE, "")
    kept.write("a", {"b": np.arange(3)})
    assert kept.read("a") is None


def test_other_tables_are_other_figures(cache: Path, tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "one.parquet").write_bytes(b"1")
    first = kept._digest(tables)
    (tables / "one.parquet").write_bytes(b"22")
    kept._digest.cache_clear()
    assert kept._digest(tables) != first


def test_accounts_that_were_kept_are_those_of_the_table(cache: Path) -> None:
    run = importlib.import_module("corridors.study.run")
    first, again = run._accounts(2019), run._accounts(2019)
    assert len(list(cache.glob("accounts-2019-*.npz"))) == 1
    table = accounts(store.table("economy"), year=2019)[["area", "quantity", "value"]]
    for each in (first, again):
        pd.testing.assert_frame_equal(each, table.reset_index(drop=True), check_exact=True)


def in_and_out(log: Path, name: str) -> None:
    """Say when the block begins and ends; slow enough for another process to come in between."""
    with kept.first_alone(name):
        for word in ("in", "out"):
            with log.open("a", encoding="utf-8") as sink:
                sink.write(f"{word} {os.getpid()}\n")
            time.sleep(0.2)


def test_only_one_process_at_a_time_does_what_is_kept_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "kept"))
    log = tmp_path / "log"
    processes = [
        multiprocessing.get_context("fork").Process(target=in_and_out, args=(log, "first"))
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    words = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(words) == 6
    assert words[0][1] == words[1][1], "nobody came in before the first had ended"
    with kept.first_alone("first"), kept.first_alone("first"):
        pass  # it was done once: nobody waits


def test_a_first_time_that_failed_was_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path))
    with pytest.raises(ValueError, match="a bug"), kept.first_alone("first"):
        raise ValueError("a bug")
    assert not (tmp_path / "first.done").exists()
