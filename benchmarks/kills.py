"""Writers killed at seeded moments, and saved results changed at seeded places.

    python benchmarks/kills.py [--kills 200] [--runs 6] [--changes 40] [--bare]

prints what was torn, lost or left behind, and how many changed results were refused. `--bare` takes
away what only Linux has: the exchange of two names, the death of a child with its parent, and fork
for pools.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

import corridors
from corridors import ensemble, study
from corridors.data import exchange, results, tables
from corridors.errors import SourceError
from corridors.readers import any_table
from corridors.show.report import renew
from corridors.world import Result

#: Calls of the system in which a write can be torn, by the module that holds them.
STEPS = ("chmod", "close", "fsync", "mkdir", "open", "rename", "replace", "rmdir", "unlink")
#: Names that a good run leaves, and nothing beside them.
NAMES = {"flows.csv", "index.html", "result"}
#: Every so many kills the writer has processes at work.
WITH_WORKERS = 5
SECONDS = 5.0


# --- a writer ----------------------------------------------------------------------------------


def write(folder: Path, generation: int) -> None:
    """A result, a table and a page that all say which generation they are."""
    rows = pd.DataFrame({"area": ["MEX", "USA"] * 50, "value": [float(generation)] * 100})
    parts = {"headline": rows, "areas": rows}
    with results.publish(folder / "result") as fresh:
        pages = {results.REPORT: f"<p>{generation}</p>"}
        results.write(fresh, parts, {"generation": generation}, lambda: pages)
    tables.write(rows.rename(columns={"value": "flow"}), folder / "flows.csv")
    results.put(folder / "index.html", f"{generation}\n" * 5_000)


def generations(folder: Path) -> list[int]:
    """Which generation each of the three says it is; raises where one is torn or lost."""
    kept = corridors.load(folder / "result")
    numbers = set(kept["headline"]["value"]) | set(kept["areas"]["value"])
    numbers |= {kept.manifest["generation"]}
    rows = any_table.read(folder / "flows.csv", {"area": "label", "flow": "number"}).frame
    flows = set(rows["flow"]) if len(rows) == 100 else set()
    lines = (folder / "index.html").read_text(encoding="utf-8").splitlines()
    pages = {int(line) for line in lines} if len(lines) == 5_000 else set()
    if not len(numbers) == len(flows) == len(pages) == 1:
        raise SourceError(f"torn: {numbers}, {flows}, {pages}")
    return [int(numbers.pop()), int(flows.pop()), int(pages.pop())]


def die_at(step: int, after: bool) -> Callable[[], int]:
    """Kill this process before or after its `step`-th call of the system; the count so far."""
    counted = 0

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def act(*given: Any, **named: Any) -> Any:
            nonlocal counted
            counted += 1
            if counted == step and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = call(*given, **named)
            if counted == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return act

    for name in STEPS:
        setattr(os, name, watched(getattr(os, name)))
    swap = exchange._renameat2()
    if swap is not None:
        watched_swap = watched(swap)
        exchange._renameat2 = lambda: watched_swap  # type: ignore[assignment]
    return lambda: counted


def take_away() -> None:
    """No exchange of two names, no signal at a parent's death, no fork for pools."""
    import multiprocessing

    exchange._renameat2 = lambda: None  # type: ignore[assignment]
    ensemble._die_with_parent = lambda: None
    multiprocessing.get_all_start_methods = lambda: ["spawn"]


# --- kills -------------------------------------------------------------------------------------


def kills(number: int, seed: int, *, bare: bool = False) -> Counter[str]:
    """Kill a writer `number` times; counts of what was torn, lost, alive and left.

    In a process of its own, which has used nothing that does not survive a fork.
    """
    # Not as a file: a spawned worker would import it whole before it could look after its parent.
    begin = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import kills"
    command = [sys.executable, "-c", f"{begin}; kills.main()", "--nursery", str(number), str(seed)]
    done = subprocess.run(
        [*command, *(["--bare"] if bare else [])], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Counter(json.loads(done.stdout.splitlines()[-1]))


def nursery(number: int, seed: int, bare: bool) -> Counter[str]:
    """Fork a writer, kill it, look; again and again in one folder."""
    import duckdb  # noqa: F401  # once here, not in every child

    luck, folder, counts = random.Random(seed), Path(tempfile.mkdtemp()), Counter[str]()
    if bare:
        take_away()
    steps, seconds = in_child(lambda: measured(folder))
    before = [0, 0, 0]
    for generation in range(1, number + 1):
        aimed, workers = luck.random() < 0.75, generation % WITH_WORKERS == 0
        step = luck.randint(1, int(steps)) if aimed else 0
        process, ready = forked(functools.partial(doomed, folder, generation, step, workers, luck))
        os.read(ready, 1)
        if not aimed:
            time.sleep(luck.uniform(0.0, 1.1 * seconds))
            with_signal(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(ready)
        counts["alive"] += alive_after(process)
        counts["kills"] += 1
        try:
            after = in_child(lambda: generations(folder))
        except SourceError as error:
            counts["torn or lost"] += 1
            print(generation, step, error, file=sys.stderr)
            continue
        counts["new"] += after[0] == generation
        if any(new not in (old, generation) for old, new in zip(before, after, strict=True)):
            counts["torn or lost"] += 1
        before = after
    counts["leftovers before the good run"] = len(set(os.listdir(folder)) - NAMES)
    in_child(lambda: write(folder, number + 1))
    counts["leftovers"] = len(set(os.listdir(folder)) - NAMES)
    if in_child(lambda: generations(folder)) != [number + 1] * 3:
        counts["torn or lost"] += 1
    shutil.rmtree(folder)
    return counts


def command_kills(number: int, seed: int) -> Counter[str]:
    """The same for `corridors run`, killed at any moment or about when it writes."""
    luck, counts, there = random.Random(seed), Counter[str](), False
    with tempfile.TemporaryDirectory() as room:
        command = [sys.executable, "-m", "corridors", "run", "open-borders", "--draws", "20"]
        for at in range(number):
            with subprocess.Popen(
                command, cwd=room, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True, start_new_session=True,
            ) as run:  # fmt: skip
                assert run.stderr is not None
                if at % 2:
                    for line in run.stderr:
                        if line.startswith("drawing parameters: 20 of 20"):
                            break
                time.sleep(luck.uniform(0.0, 1.0 if at % 2 else 5.0))
                run.kill()
            counts["kills"] += 1
            counts["alive"] += alive_after(run.pid)
            try:
                corridors.load(Path(room) / "open-borders")
                there = True
            except SourceError:
                counts["torn or lost"] += there or (Path(room) / "open-borders").exists()
        counts["leftovers before the good run"] = len(set(os.listdir(room)) - {"open-borders"})
        subprocess.run(command, cwd=room, capture_output=True, check=True)
        corridors.load(Path(room) / "open-borders")
        counts["leftovers"] = len(set(os.listdir(room)) - {"open-borders"})
    return counts


def measured(folder: Path) -> tuple[int, float]:
    """Calls and seconds of one write over an older one."""
    write(folder, 0)
    counted, start = die_at(0, False), time.monotonic()
    write(folder, 0)
    return counted(), time.monotonic() - start


def doomed(
    folder: Path, generation: int, step: int, workers: bool, luck: random.Random, ready: int
) -> None:
    """Write, and die at a call of the system or whenever the signal comes."""
    if workers:
        pool = ensemble.processes(2)
        for _ in range(2):
            pool.submit(time.sleep, 60.0)
        pool.submit(int).cancel()
        time.sleep(0.05)
    if step:
        die_at(step, luck.random() < 0.5)
    os.write(ready, b".")
    write(folder, generation)
    if step:
        os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def forked(act: Callable[[int], None]) -> tuple[int, int]:
    """A child in a group of its own, and what to read from until it is ready or dead."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        os.setpgid(process, process)
        return process, reading
    try:
        os.setpgid(0, 0)
        signal.alarm(60)
        act(writing)
    finally:
        os._exit(1)


def in_child(act: Callable[[], Any]) -> Any:
    """The answer of a child, so that this process stays fit to fork."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        try:
            answer = {"answer": act()}
        except SourceError as error:
            answer = {"error": str(error)}
        with os.fdopen(writing, "w") as sink:
            json.dump(answer, sink)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as source:
        text = source.read()
    os.waitpid(process, 0)
    said = json.loads(text)
    if "error" in said:
        raise SourceError(said["error"])
    return said["answer"]


def with_signal(process: int, number: int) -> None:
    """Send a signal to a child that may have gone."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return


def alive_after(group: int, seconds: float = SECONDS) -> int:
    """Processes of a group that are still there when the time is over."""
    end = time.monotonic() + seconds
    while members(group):
        if time.monotonic() > end:
            left = members(group)
            for process in left:
                with_signal(process, signal.SIGKILL)
            return len(left)
        time.sleep(0.02)
    return 0


def members(group: int) -> list[int]:
    """Processes of a group, those aside that only wait to be buried."""
    listed = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            about = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(about[2]) == group and about[0] != "Z":
            listed.append(int(name))
    return listed


# --- changes -----------------------------------------------------------------------------------


def changes(folder: Path, number: int, seed: int) -> Iterator[tuple[str, Path]]:
    """Copies of a saved result, each with one change, and the change in words."""
    luck = random.Random(seed)
    kinds = (flip, cut, remove, add, rewrite, forget, alter)
    with tempfile.TemporaryDirectory() as room:
        for at in range(number):
            copy = Path(room) / f"{at}"
            shutil.copytree(folder, copy)
            yield kinds[at % len(kinds)](copy, luck), copy
            shutil.rmtree(copy)


def _file(folder: Path, luck: random.Random, ending: str = "") -> Path:
    names = [name for name in sorted(os.listdir(folder)) if name != results.REPORT]
    return folder / luck.choice([name for name in names if name.endswith(ending)])


def flip(folder: Path, luck: random.Random) -> str:
    """One bit of one file."""
    file = _file(folder, luck)
    content = bytearray(file.read_bytes())
    at = luck.randrange(len(content))
    content[at] ^= 1 << luck.randrange(8)
    file.write_bytes(content)
    return f"a bit of byte {at} of {file.name}"


def cut(folder: Path, luck: random.Random) -> str:
    """The end of one file."""
    file = _file(folder, luck)
    content = file.read_bytes()
    file.write_bytes(content[: luck.randrange(len(content) - 1)])
    return f"the end of {file.name}"


def remove(folder: Path, luck: random.Random) -> str:
    """One file."""
    file = _file(folder, luck)
    file.unlink()
    return f"{file.name} removed"


def add(folder: Path, luck: random.Random) -> str:
    """One more table."""
    file = _file(folder, luck, ".parquet")
    shutil.copy(file, folder / "more.parquet")
    return f"{file.name} once more"


def rewrite(folder: Path, luck: random.Random) -> str:
    """A table with a column less, a column more, another name, or one other value."""
    file = _file(folder, luck, ".parquet")
    rows = table(file)
    column, how = str(luck.choice(list(rows.columns))), luck.randrange(4)
    if how == 0:
        rows = rows.drop(columns=column)
    elif how == 1:
        rows["more"] = 1.0
    elif how == 2:
        rows = rows.rename(columns={column: f"{column}_"})
    else:
        numbers = rows.select_dtypes("number").columns
        rows[numbers] = rows[numbers] * 10
    tables.write(rows, file)
    return f"{column} of {file.name}, way {how}"


def table(file: Path) -> pd.DataFrame:
    """A Parquet file as it is."""
    import duckdb

    with duckdb.connect() as connection:
        return connection.read_parquet(str(file)).df()


def forget(folder: Path, luck: random.Random) -> str:
    """One key of the manifest."""
    file = folder / results.MANIFEST
    manifest = json.loads(file.read_text(encoding="utf-8"))
    key = luck.choice(list(manifest))
    del manifest[key]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return f"manifest without {key}"


def alter(folder: Path, luck: random.Random) -> str:
    """One value of the manifest."""
    file = folder / results.MANIFEST
    manifest = json.loads(file.read_text(encoding="utf-8"))
    key = luck.choice(list(manifest))
    manifest[key] = luck.choice([None, 0, "x", [], {}, -1e308])
    file.write_text(json.dumps(manifest), encoding="utf-8")
    return f"manifest with another {key}"


def saved(folder: Path) -> list[Path]:
    """A result of a study and one of journeys, as the command line writes them."""
    from corridors.study import journey_run

    levers = [{"open_border": {"residence": "GCC"}}]
    asked: dict[str, Any] = {"title": "T", "question": "Q?", "capital": ["fixed"]}
    asked |= {"draws": {"number": 2}, "policy": [{"name": "open", "levers": levers}]}
    made: list[Result] = [
        study.run(study.check("small", asked)),
        journey_run.run("caravan-2018", draws=5),
    ]
    return [result.save(folder / str(at)) for at, result in enumerate(made)]


def refused(folder: Path) -> bool:
    """Whether both doors refuse a result as what it is."""
    doors: tuple[Callable[[Path], Any], ...] = (corridors.load, renew)
    refusals = 0
    for door in doors:
        try:
            door(folder)
        except SourceError:
            refusals += 1
    return refusals == len(doors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--runs", type=int, default=6, help="kills of `corridors run` itself")
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--nursery", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.nursery:
        number, seed = asked.nursery
        print(json.dumps(nursery(number, seed, asked.bare)))
        return
    counts = kills(asked.kills, asked.seed, bare=asked.bare)
    print(
        f"{counts['kills']} seeded kills: {counts['torn or lost']} torn or lost, {counts['alive']} "
        f"processes after {SECONDS:.0f} s, {counts['leftovers']} leftovers after one good run "
        f"({counts['leftovers before the good run']} before it; {counts['new']} had written)"
    )
    runs = command_kills(asked.runs, asked.seed)
    print(
        f"{runs['kills']} kills of corridors run: {runs['torn or lost']} torn or lost, "
        f"{runs['alive']} processes after {SECONDS:.0f} s, {runs['leftovers']} leftovers"
    )
    with tempfile.TemporaryDirectory() as room:
        number = 0
        for at, folder in enumerate(saved(Path(room))):
            part = asked.changes // 2 + (asked.changes % 2 if at else 0)
            number += sum(refused(copy) for _, copy in changes(folder, part, asked.seed))
    print(f"{asked.changes} changed results: {number} refused")


if __name__ == "__main__":
    main()
