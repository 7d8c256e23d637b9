"""Whoever is killed, interrupted or out of room leaves old or new, nobody alive, nothing over."""

from __future__ import annotations

import errno
import functools
import gzip
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from corridors import cli
from corridors.data import exchange, results, tables
from corridors.errors import InputError, SourceError
from corridors.readers import any_table
from corridors.show.report import renew
from corridors.world import Result, load

ROOT = Path(__file__).resolve().parents[2]
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@functools.cache
def kills() -> ModuleType:
    """The program that counts; its figures are what these tests hold."""
    about = importlib.util.spec_from_file_location("kills", ROOT / "benchmarks" / "kills.py")
    module = importlib.util.module_from_spec(about)
    about.loader.exec_module(module)
    return module


def assert_nothing_lost(counts: Counter[str], number: int) -> None:
    assert counts["kills"] == number
    assert counts["torn or lost"] == counts["alive"] == counts["leftovers"] == 0, counts


# --- kills -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bare", [False, True], ids=["as it is", "without what only Linux has"])
def test_a_killed_writer_leaves_old_or_new_and_nobody_alive(bare: bool) -> None:
    number = 6 if bare else 12
    assert_nothing_lost(kills().kills(number, 5, bare=bare), number)


@pytest.mark.long
@pytest.mark.parametrize("bare", [False, True], ids=["as it is", "without what only Linux has"])
def test_200_killed_writers_leave_old_or_new_and_nobody_alive(bare: bool) -> None:
    counts = kills().kills(200, 1, bare=bare)
    assert_nothing_lost(counts, 200)
    assert 40 <= counts["new"] <= 180, "the kills must hit before and after the exchange"


@pytest.mark.long
def test_a_killed_run_leaves_old_or_new_and_nobody_alive() -> None:
    assert_nothing_lost(kills().command_kills(6, 1), 6)


# --- the step between two names, where the system has no exchange ------------------------------


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_renameat2", lambda: None)


def saved(folder: Path, value: float) -> Path:
    return Result({"headline": pd.DataFrame({"value": [value]})}, {"study": "s"}).save(folder)


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as run:
        pass
    return run.pid


def put_aside(folder: Path, process: int) -> Path:
    """As a writer without exchange that was killed between its two steps."""
    old = exchange._temporary(folder, "old")
    old = old.with_name(old.name.replace(f"-{os.getpid()}-", f"-{process}-"))
    folder.rename(old)
    return old


def test_what_a_dead_writer_had_put_aside_is_given_back_to_who_loads(tmp_path: Path) -> None:
    folder = saved(tmp_path / "mine", 1.0)
    put_aside(folder, dead_process())
    assert not folder.exists()
    assert load(folder)["headline"]["value"].tolist() == [1.0]
    assert os.listdir(tmp_path) == ["mine"]


def test_what_a_dead_writer_had_put_aside_is_given_back_to_who_writes_beside(tmp_path) -> None:
    folder = saved(tmp_path / "mine", 1.0)
    put_aside(folder, dead_process())
    saved(tmp_path / "other", 2.0)
    assert sorted(os.listdir(tmp_path)) == ["mine", "other"]
    assert load(folder)["headline"]["value"].tolist() == [1.0]


def test_what_a_living_writer_has_put_aside_is_left_to_it(tmp_path: Path) -> None:
    folder = saved(tmp_path / "mine", 1.0)
    old = put_aside(folder, os.getppid())
    with pytest.raises(SourceError, match="holds no result"):
        load(folder)
    saved(tmp_path / "other", 2.0)
    assert old.exists()


@pytest.mark.parametrize("name", ["n" * 240, "Köln" * 30])
def test_a_long_name_is_written_and_given_back(tmp_path: Path, name: str, no_exchange) -> None:
    folder = saved(tmp_path / name, 1.0)
    put_aside(folder, dead_process())
    assert load(folder)["headline"]["value"].tolist() == [1.0]
    saved(folder, 2.0)
    assert os.listdir(tmp_path) == [name]


# --- an exception at every step ----------------------------------------------------------------


class Tripped:
    """Raises before or after the `at`-th call of the system that a writer makes."""

    def __init__(self, at: int, after: bool, failure: BaseException) -> None:
        self.at, self.after, self.failure, self.count = at, after, failure, 0

    def wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def act(*given: Any, **named: Any) -> Any:
            self.count += 1
            mine = self.count == self.at
            if mine and not self.after:
                raise self.failure
            answer = call(*given, **named)
            if mine:
                raise self.failure
            return answer

        return act

    def __enter__(self) -> Tripped:
        self.patch = pytest.MonkeyPatch()
        for name in (*kills().STEPS, "listdir", "readlink", "stat", "lstat", "kill"):
            self.patch.setattr(os, name, self.wrapped(getattr(os, name)))
        swap = exchange._renameat2()
        if swap is not None:
            wrapped = self.wrapped(swap)
            self.patch.setattr(exchange, "_renameat2", lambda: wrapped)
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.undo()


FAILURES = [KeyboardInterrupt(), MemoryError(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))]


def text_result(folder: Path, text: str) -> None:
    with exchange.beside(folder, lambda _: True) as fresh:
        fresh.mkdir()
        for name in ("a.csv", "b.csv"):
            (fresh / name).write_text(text)


def read_text_result(folder: Path) -> str:
    texts = {name.read_text() for name in folder.iterdir()}
    assert len(texts) == 1 and len(list(folder.iterdir())) == 2
    return texts.pop()


def text_file(file: Path, text: str) -> None:
    results.put(file, text)


@pytest.mark.parametrize("swaps", [True, False], ids=["exchange", "two steps"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("failure", FAILURES, ids=["interrupt", "memory", "disk"])
@pytest.mark.parametrize(
    ("write", "read"),
    [(text_result, read_text_result), (text_file, Path.read_text)],
    ids=["folder", "file"],
)
def test_an_exception_at_any_step_leaves_old_or_new(
    tmp_path: Path, monkeypatch, swaps, after, failure, write, read
) -> None:
    if not swaps:
        monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    seen: Counter[str] = Counter()
    every = isinstance(failure, KeyboardInterrupt) and write is text_result
    for at in range(1, 200, 1 if every else 4):
        place = tmp_path / str(at) / "mine"
        place.parent.mkdir()
        write(place, "old")
        try:
            with Tripped(at, after, failure) as tripped:
                write(place, "new")
        except (KeyboardInterrupt, MemoryError, OSError, SourceError):
            seen["raised"] += 1
        exchange.restore(place)
        kept = read(place)
        assert kept in ("old", "new"), f"step {at}"
        seen[kept] += 1
        write(place, "newer")
        assert read(place) == "newer"
        assert os.listdir(place.parent) == ["mine"], f"step {at}"
        if tripped.count < at:
            break
    else:
        pytest.fail("no end of steps")
    assert seen["raised"] > 3 and seen["old"] > 3 and seen["new"] >= 1


def test_an_interrupt_at_any_step_of_a_real_result_leaves_old_or_new(tmp_path: Path) -> None:
    folder = saved(tmp_path / "mine", 1.0)
    tables = {"headline": pd.DataFrame({"value": [2.0]})}
    for at in range(1, 200, 3):
        try:
            with Tripped(at, at % 2 == 0, KeyboardInterrupt()) as tripped:
                Result(tables, {}).save(folder)
        except (KeyboardInterrupt, SourceError):
            pass
        assert load(folder)["headline"]["value"].tolist() in ([1.0], [2.0])
        if tripped.count < at:
            break
        saved(folder, 1.0)
        assert os.listdir(tmp_path) == ["mine"]
    assert 10 < at < 199


# --- several at once -----------------------------------------------------------------------------

WRITER = """
import sys
import pandas as pd
from pathlib import Path
from corridors.data import exchange
from corridors.data import tables
from corridors.world import Result
folder, bare = Path(sys.argv[1]), sys.argv[2] == "bare"
if bare:
    exchange._renameat2 = lambda: None
for value in range(10):
    table = pd.DataFrame({"value": [float(value)] * 200})
    Result({"headline": table}, {"value": value}).save(folder / "mine")
    tables.write(table, folder / "mine.csv")
"""


@pytest.mark.parametrize("how", ["exchange", "bare"])
def test_two_writers_and_a_reader_at_once_do_not_hurt_each_other(tmp_path: Path, how: str) -> None:
    saved(tmp_path / "mine", -1.0)
    command = [sys.executable, "-c", WRITER, str(tmp_path), how]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    looks = 0
    while any(writer.poll() is None for writer in writers):
        kept = load(tmp_path / "mine")
        assert len(set(kept["headline"]["value"])) == 1
        looks += 1
    for writer in writers:
        assert writer.communicate()[1] == "" and writer.returncode == 0
    assert looks > 5
    assert sorted(os.listdir(tmp_path)) == ["mine", "mine.csv"]


# --- leftovers -------------------------------------------------------------------------------


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_stay(tmp_path: Path) -> None:
    living = exchange._temporary(tmp_path / "theirs", "new")
    living = living.with_name(living.name.replace(f"-{os.getpid()}-", f"-{os.getppid()}-"))
    dead = living.with_name(living.name.replace(f"-{os.getppid()}-", f"-{dead_process()}-"))
    for folder in (living, dead):
        folder.mkdir()
        (folder / "headline.parquet").write_bytes(b"half")
    mine = exchange._temporary(tmp_path / "mine.csv", "new")
    mine.write_text("a,b")
    saved(tmp_path / "mine", 1.0)
    assert sorted(os.listdir(tmp_path)) == sorted([living.name, "mine"])


def test_leftovers_of_another_machine_are_swept_after_a_day(tmp_path: Path) -> None:
    name = ".mine.corridors-00000000-1-12345678.new"
    (tmp_path / name).write_text("half")
    saved(tmp_path / "mine", 1.0)
    assert (tmp_path / name).exists()
    long_ago = time.time() - 2 * exchange._LONG_AGO
    os.utime(tmp_path / name, (long_ago, long_ago))
    saved(tmp_path / "mine", 1.0)
    assert os.listdir(tmp_path) == ["mine"]


def test_leftovers_of_the_first_version_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".mine-ab12cd_9").mkdir()
    (tmp_path / ".mine-ab12cd_9" / "headline.parquet").write_bytes(b"half")
    saved(tmp_path / ".mine-old-ab12cd_9" / "mine", 3.0)
    (tmp_path / ".mine.part").write_text("half")
    saved(tmp_path / "mine", 1.0)
    assert os.listdir(tmp_path) == ["mine"]
    table = pd.DataFrame({"flow": [1.0]})
    for file in ("f.csv", "f.csv.gz", "f.parquet"):
        (tmp_path / f".{file}.unfinished{file[1:]}").write_text("half")
        tables.write(table, tmp_path / file)
    assert sorted(os.listdir(tmp_path)) == ["f.csv", "f.csv.gz", "f.parquet", "mine"]


def test_what_looks_like_a_leftover_and_holds_other_files_stays(tmp_path: Path) -> None:
    theirs = tmp_path / ".mine-12345678"
    theirs.mkdir()
    (theirs / "thesis.tex").write_text("years of work")
    (tmp_path / ".mine.corridors").write_text("notes")
    saved(tmp_path / "mine", 1.0)
    assert (theirs / "thesis.tex").read_text() == "years of work"
    assert (tmp_path / ".mine.corridors").read_text() == "notes"


# --- links, missing folders, full disks ----------------------------------------------------------


def test_a_linked_folder_is_written_where_the_link_leads(tmp_path: Path) -> None:
    big, link = tmp_path / "big" / "disk", tmp_path / "link"
    big.mkdir(parents=True)
    link.symlink_to(big)
    for value in (1.0, 2.0):
        saved(link, value)
        assert link.is_symlink() and load(big)["headline"]["value"].tolist() == [value]
    assert sorted(os.listdir(tmp_path)) == ["big", "link"]
    assert os.listdir(tmp_path / "big") == ["disk"]


@pytest.mark.parametrize("ending", tables.ENDINGS)
def test_a_linked_file_is_written_where_the_link_leads(tmp_path: Path, ending: str) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / f"t{ending}", tmp_path / f"l{ending}"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    tables.write(pd.DataFrame({"flow": [5.0]}), link)
    assert link.is_symlink() and target.stat().st_mode & 0o777 == 0o600
    assert any_table.read(target, {"flow": "number"}).frame["flow"].tolist() == [5.0]
    assert ending != ".csv.gz" or gzip.decompress(target.read_bytes()).startswith(b"flow\n")


def test_a_dangling_link_is_refused_before_any_work(tmp_path: Path) -> None:
    for name in ("link", "link.csv"):
        (tmp_path / name).symlink_to(tmp_path / "nowhere")
    for place in (tmp_path / "link", tmp_path / "link" / "deep"):
        with pytest.raises(InputError, match="is a link to nothing"):
            results.check_folder(place)
    with pytest.raises(SourceError, match="is a link to nothing"):
        results.check_file(tmp_path / "link.csv")
    with pytest.raises(InputError, match="is a link to nothing"):
        results.check_page(tmp_path / "link.csv", "mark")
    assert not (tmp_path / "nowhere").exists()


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(SourceError, match="neither a file nor a place for one"):
        results.put("/dev/null", "text")
    assert Path("/dev/null").is_char_device()


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["corridors", *arguments])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    return leaving.value.code


@pytest.mark.parametrize(
    "arguments",
    [
        ("flows", "--plot", "/nonexistent/x.svg"),
        ("flows", "estimate", "s.csv", "a.csv", "--method", "da_pb_closed", "--out", "no/f.csv"),
    ],
    ids=["plot", "estimate"],
)
def test_a_missing_folder_ends_with_3_before_the_estimate(monkeypatch, capsys, arguments) -> None:
    from corridors.cards import flows as estimates
    from corridors.show import flows

    def too_early(*_: object, **__: object) -> None:
        pytest.fail("was estimated before the place was looked at")

    monkeypatch.setattr(flows, "picture", too_early)
    monkeypatch.setattr(estimates, "estimate_files", too_early)
    assert ended(monkeypatch, *arguments) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and "there is no folder" in line


@pytest.mark.parametrize("write", [text_file, lambda place, text: saved(place, 1.0)])
def test_a_full_disk_keeps_the_old_and_names_the_bytes(tmp_path: Path, write) -> None:
    write(tmp_path / "mine", "old")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fsync(number: int) -> None:
        raise full

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(
            SourceError, match=r"No space left.*about [\d,]+ bytes are needed, [\d,]+ are"
        ):
            write(tmp_path / "mine", "new" * 100)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


# --- changed results -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A result of a study and one of journeys."""
    return kills().saved(tmp_path_factory.mktemp("both"))


@pytest.mark.parametrize("which", [0, 1], ids=["study", "journeys"])
def test_a_result_as_it_was_written_is_read_and_reported(both: list[Path], which: int) -> None:
    before = (both[which] / results.REPORT).read_bytes()
    assert load(both[which]).manifest["digest"]
    renew(both[which])
    assert (both[which] / results.REPORT).read_bytes() == before
    assert load(both[which]).manifest["digest"]


@pytest.mark.parametrize("which", [0, 1], ids=["study", "journeys"])
def test_20_changes_of_a_result_are_20_refusals(both: list[Path], which: int) -> None:
    refusals = [
        (what, kills().refused(folder)) for what, folder in kills().changes(both[which], 20, which)
    ]
    assert len(refusals) == 20
    assert [what for what, refused in refusals if not refused] == []


def test_a_changed_figure_ends_the_report_with_3(both, tmp_path, monkeypatch, capsys) -> None:
    shutil.copytree(both[0], tmp_path / "copy")
    file = tmp_path / "copy" / "headline.parquet"
    rows = kills().table(file)
    tables.write(rows.assign(value=rows["value"] * 10), file)
    assert ended(monkeypatch, "report", str(tmp_path / "copy")) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "is damaged or was changed: table headline" in line


def test_a_changed_page_is_refused_and_written_anew(both: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(both[0], folder)
    (folder / results.REPORT).write_text("spoiled")
    with pytest.raises(SourceError, match=r"corridors report .* writes it anew"):
        load(folder)
    renew(folder)
    assert load(folder).manifest["digest"]


def test_a_result_without_a_study_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="which a report needs"):
        renew(saved(tmp_path / "mine", 1.0))


def test_a_digest_survives_every_type_of_column(tmp_path: Path) -> None:
    days = pd.to_datetime(["2020-01-01", None, "2024-02-29"])
    table = pd.DataFrame(
        {
            "days": days.astype("datetime64[s]"),
            "dates": np.array([*days[:1].date, None, *days[2:].date], dtype=object),
            "category": pd.Categorical(["a", None, "b"]),
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "small": np.array([1, 2, 3], dtype=np.int8),
            "single": np.array([0.1, np.nan, 3], dtype=np.float32),
            "maybe": pd.array([True, None, False], dtype="boolean"),
            "boolean": np.array([True, None, False], dtype=object),
            "text": np.array(["x", None, "ß"], dtype=object),
            "numbers": np.array([1, 2.5, None], dtype=object),
            "nothing": np.array([None, None, None], dtype=object),
        }
    )
    folder = Result({"all": table, "areas": table.iloc[:0]}, {}).save(str(tmp_path / "mine"))
    assert load(folder).manifest["digest"] == results.digest({"all": table, "areas": table[:0]})


# --- signals -----------------------------------------------------------------------------------


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start the command line in a group of its own, which ends with the test."""
    running = []

    def start(*arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "corridors", *arguments]
        run = subprocess.Popen(
            command, cwd=tmp_path, start_new_session=True, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        running.append(run)
        return run

    # Tests that run in the background inherit that Ctrl-C is ignored, and so would the command.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield start
    signal.signal(signal.SIGINT, former)
    for run in running:
        run.kill()
        run.wait()
        run.stderr.close()
        kills().alive_after(run.pid, 0.0)


def wait_for(run: subprocess.Popen, words: str) -> str:
    for line in run.stderr:
        if words in line:
            return line
    pytest.fail(f"it ended without '{words}'")


@LINUX
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.long),
        pytest.param(signal.SIGKILL, -9, marks=pytest.mark.long),
    ],
)
def test_a_signal_ends_a_run_and_its_workers(started, tmp_path: Path, number, code) -> None:
    run = started("run", "open-borders", "--draws", "400")
    wait_for(run, "solving")
    assert len(kills().members(run.pid)) > 1
    start = time.monotonic()
    run.send_signal(number)
    assert run.wait(20) == code
    assert time.monotonic() - start < 5.0  # 0.5 s on an idle machine
    assert kills().alive_after(run.pid) == 0
    assert "Traceback" not in run.stderr.read()
    assert os.listdir(tmp_path) == []


WALL = {"levers": [{"wall": {"deterred": 0.3, "birthplace": "MEX", "residence": "USA"}}]}


def start_job(address: str) -> None:
    """Ask a server for a study with many draws."""
    body = json.dumps({"scenario": WALL, "draws": 1000}).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{address}/api/v1/jobs", body, headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.status == 202


@LINUX
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), pytest.param(signal.SIGKILL, -9, marks=pytest.mark.long)],
)
def test_a_signal_ends_a_server_its_jobs_and_their_processes(started, number, code) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = started("serve", "--no-browser", "--port", str(port))
    wait_for(run, "corridors is at")
    for _ in range(300):  # it says its address before it answers
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.1)
    start_job(f"http://127.0.0.1:{port}")
    end = time.monotonic() + 30
    while len(kills().members(run.pid)) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(kills().members(run.pid)) >= 2
    run.send_signal(number)
    assert run.wait(20) == code
    assert kills().alive_after(run.pid) == 0
