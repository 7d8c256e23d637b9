"""A run of many draws that is interrupted goes on where it stopped, with the same answer."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridors import ensemble
from corridors.data import kept


class Here(Executor):
    """Works in this process and notes what it was asked."""

    def __init__(self, stops_at: int | None = None) -> None:
        self.asked: list[Any] = []
        self.stops_at = stops_at

    def submit(self, fn, /, *args, **kwargs):
        if len(self.asked) == self.stops_at:
            raise KeyboardInterrupt
        self.asked.append(args)
        answer: Future[Any] = Future()
        answer.set_result(fn(*args, **kwargs))
        return answer


def total(draws: dict[str, np.ndarray]) -> float:
    return float(draws["theta"].sum())


def other_total(draws: dict[str, np.ndarray]) -> float:
    return -total(draws)


DRAWS = {"theta": np.arange(95.0)}


def interrupted(folder: Path, stops_at: int = 4) -> None:
    first = ensemble.Kept(Here(stops_at), folder, read=True)
    with pytest.raises(KeyboardInterrupt):
        list(ensemble.start(total, DRAWS, first))


def test_what_was_drawn_is_not_drawn_again(tmp_path: Path) -> None:
    interrupted(tmp_path)
    there = Here()
    again = ensemble.Kept(there, tmp_path, read=True)
    assert list(ensemble.start(total, DRAWS, again)) == list(ensemble.start(total, DRAWS, Here()))
    assert len(there.asked) == 6
    assert (again.taken, again.asked) == (4, 10)
    again.forget()
    assert not list(tmp_path.iterdir())


def test_another_task_or_other_draws_take_nothing(tmp_path: Path) -> None:
    interrupted(tmp_path)
    for task, draws in ((other_total, DRAWS), (total, {"theta": np.arange(95.0) + 1.0})):
        again = ensemble.Kept(Here(), tmp_path, read=True)
        list(ensemble.start(task, draws, again))
        assert again.taken == 0


def test_without_resume_nothing_is_taken(tmp_path: Path) -> None:
    interrupted(tmp_path)
    again = ensemble.Kept(Here(), tmp_path, read=False)
    list(ensemble.start(total, DRAWS, again))
    assert again.taken == 0


def test_a_damaged_answer_is_drawn_again(tmp_path: Path) -> None:
    interrupted(tmp_path)
    first = sorted(tmp_path.iterdir())[0]
    whole = first.read_bytes()
    for place in (0, 40, len(whole) - 1):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        first.write_bytes(damaged)
        assert kept.answer(first) is None
    for length in (0, 20, len(whole) - 2):
        first.write_bytes(whole[:length])
        assert kept.answer(first) is None
    again = ensemble.Kept(Here(), tmp_path, read=True)
    assert list(ensemble.start(total, DRAWS, again)) == list(ensemble.start(total, DRAWS, Here()))
    assert again.taken == 3


def test_what_others_could_have_written_is_not_read(tmp_path: Path) -> None:
    name = tmp_path / "answer"
    kept.keep(name, 1.0)
    assert kept.answer(name) == 1.0
    assert os.stat(name).st_mode & 0o077 == 0
    name.chmod(0o666)
    assert kept.answer(name) is None


NAMED = """
import functools
from corridors import ensemble, study
from corridors.study import draws
asked = study.read("open-borders")
print(ensemble._name(functools.partial(draws._batch, asked.policies, asked.file, False)))
"""


def test_a_task_has_one_name_in_every_process() -> None:
    names = {
        subprocess.run(
            [sys.executable, "-c", NAMED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(names) == 1
