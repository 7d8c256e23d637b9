"""A study on a Dask cluster gives the digest it gives on this machine.

Starts a scheduler and two workers, so it is not in the quick set: run it with `pytest -m cluster`.
"""

from __future__ import annotations

import functools
import importlib
import math
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import corridors
from corridors import ensemble, parameters
from corridors.forecast import scores
from corridors.journeys import step
from corridors.study import draws
from laws.small_networks import line, placed

if TYPE_CHECKING:
    from distributed import LocalCluster

pytestmark = pytest.mark.cluster

STUDY = """
title = "Open the Gulf"
question = "What if the Gulf were open?"
capital = ["fixed"]
statuses = true

[draws]
number = 20

[[policy]]
name = "open"
levers = [{ open_border = { residence = "GCC" } }]
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler here and two workers in processes of their own."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
        yield running


def run(place: Path, address: str, *more: str) -> subprocess.CompletedProcess[str]:
    (place / "gulf.toml").write_text(STUDY, encoding="utf-8")
    command = [sys.executable, "-m", "corridors", "run", "gulf.toml", "--scheduler", address, *more]
    return subprocess.run(command, capture_output=True, cwd=place, encoding="utf-8", timeout=300)


def test_the_cluster_gives_the_same_digest(cluster: LocalCluster, tmp_path: Path) -> None:
    done = run(tmp_path, cluster.scheduler_address)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-2:-1] == ["drawing parameters: 20 of 20"]
    # The batches of all parameters, as many of legal statuses alone, and every drawn parameter
    # moved alone were made over there.
    drawn = sum(parameter.prior is not None for parameter in parameters.declared().values())
    batches = 2 * math.ceil(20 / ensemble.BATCH) + math.ceil(drawn / ensemble.BATCH)
    tasks = cluster.scheduler.task_prefixes.values()
    assert sum(task.state_counts["memory"] for task in tasks) == batches
    here = corridors.run(tmp_path / "gulf.toml")
    assert corridors.load(tmp_path / "gulf").manifest["digest"] == here.manifest["digest"]


#: A square; the named process is killed when it works on one, and leaves a mark.
KILLED = """
import os, pathlib, signal, time


def killed_by(process, marks, number):
    if os.getpid() == process:
        pathlib.Path(marks, str(number)).touch()
        os.kill(process, signal.SIGKILL)
    time.sleep(0.02)
    return number * number
"""


def test_a_lost_worker_costs_its_tasks_only(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "killed_worker.py").write_text(KILLED)
    marks = tmp_path / "marks"
    marks.mkdir()
    client = cluster.get_client()
    client.upload_file(str(tmp_path / "killed_worker.py"))  # workers cannot import a test
    monkeypatch.syspath_prepend(tmp_path)
    killed_by = importlib.import_module("killed_worker").killed_by
    there = ensemble.Sent(client.get_executor())
    first, *others = (worker.pid for worker in cluster.workers.values())
    task = functools.partial(killed_by, first, str(marks))
    assert list(there.map(task, range(30))) == [number * number for number in range(30)]
    assert 1 <= len(list(marks.iterdir())) <= 2, "what it did, and perhaps its one next task"
    assert others


def test_tasks_of_a_study_are_under_a_megabyte() -> None:
    study = corridors.study.read("open-borders")
    light = replace(study.observed(), figures=study.observed().figures.iloc[:0], notes=())
    task = functools.partial(draws._batch, light, study.policies, study.file, False)
    assert len(pickle.dumps(ensemble._Packed(task))) < 1e6


def test_journeys_on_the_cluster_have_the_same_counts(cluster: LocalCluster) -> None:
    there = ensemble.Sent(cluster.get_client().get_executor())
    answers = []
    for who in (None, there):
        roads, days, acts = placed(line(), "flee")
        luck = ensemble.streams(3)
        answers.append(step.run(roads, days, acts, streams=luck, draws=130, executor=who))
    for name, counts in vars(answers[0]).items():
        assert np.array_equal(counts, vars(answers[1])[name]), name


def test_back_tests_on_the_cluster_have_the_same_scores(cluster: LocalCluster) -> None:
    there = ensemble.Sent(cluster.get_client().get_executor())
    asked = ("net", "net-1")
    assert scores.score(tasks=asked, executor=there).equals(scores.score(tasks=asked))


def test_a_scheduler_that_does_not_answer_ends_with_2(tmp_path: Path) -> None:
    done = run(tmp_path, "tcp://127.0.0.1:9")
    assert done.returncode == 2
    said = "error: --scheduler: no scheduler answers at tcp://127.0.0.1:9. Check the address"
    assert said in done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert {file.name for file in tmp_path.iterdir()} == {"gulf.toml"}
