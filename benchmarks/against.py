"""How much faster this checkout is than an older commit, with the same numbers.

    python benchmarks/against.py 01eb083
    python benchmarks/against.py 01eb083 --jobs draws_one_status,draws_four_statuses --rounds 5

Files of the older commit are taken out of git once, into a folder kept in the user's cache, and run
with the libraries of this environment, both compiled to bytecode as an installation is. Every job
runs in turn, old, new, old, new, each time in a process of its own; the least CPU time of each is
compared. A job is a file of `benchmarks/jobs`:

    ABOUT = "1,000 draws, 4 statuses"      what a line of the table says
    TARGET = "CPU >= 8"                    `CPU` or `wall`, old over new; printed, and judged;
                                           "new CPU <= 2" is seconds of the new build; "" is none
    MEMORY = 150                           optional: most MB above what is held at the start of
                                           the timed call, what it returns included; judged
    OLD = False                            optional: the older commit has no such thing to time
    WARM = True                            run once untimed: what a cold start costs is another job
    def prepare(build): ...                untimed, `build` is "old" or "new"; returns a function
                                           that does the work and returns how many units it did
    def difference(): ...                  optional, on the new build: name and size of the largest
                                           difference between the fast and the general path
    def further(): ...                     optional, on the new build: name and function of work
                                           that is done beside, of which CPU time a unit is printed
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve()
JOBS = HERE.parent / "jobs"
ROOT = HERE.parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("old", help="commit to compare with")
    parser.add_argument("--jobs", default="", help="names with commas; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each build")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(_measured(given.measure, given.old)))
        return
    folder = _installed(given.old)
    names = given.jobs.split(",") if given.jobs else sorted(job.stem for job in JOBS.glob("*.py"))
    unknown = [name for name in names if not (JOBS / f"{name}.py").is_file()]
    if unknown:
        raise SystemExit(f"no job {', '.join(unknown)}; there are {_known()}")
    print(f"against {given.old}, {given.rounds} rounds, load {os.getloadavg()[0]:.1f} on ", end="")
    print(f"{os.cpu_count()} cores")
    for name in names:
        print(_line(name, folder, given.rounds), flush=True)


def _known() -> str:
    return ", ".join(sorted(job.stem for job in JOBS.glob("*.py")))


def _installed(commit: str) -> Path:
    """Files of the commit, taken out once."""
    full = _git("rev-parse", f"{commit}^{{commit}}").strip()
    folder = _home() / full
    if not (folder / "src").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.Popen(
            ["git", "-C", str(ROOT), "archive", full, "src"], stdout=subprocess.PIPE
        )
        subprocess.run(["tar", "-x", "-C", str(folder)], stdin=archive.stdout, check=True)
        if archive.wait():
            raise SystemExit(f"git has no files of {commit}")
    return folder


def _home() -> Path:
    """Where files of older commits and the bytecode of both are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "corridors-against"


def _git(*words: str) -> str:
    answer = subprocess.run(
        ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise SystemExit(answer.stderr.strip())
    return answer.stdout


def _line(name: str, folder: Path, rounds: int) -> str:
    """Run a job in turn and say what came out."""
    job = _job(name)
    builds = {"old": folder, "new": ROOT} if getattr(job, "OLD", True) else {"new": ROOT}
    runs: dict[str, list[dict[str, Any]]] = {build: [] for build in builds}
    for _ in range(rounds):
        for build, sources in builds.items():
            runs[build].append(_run(name, build, sources / "src"))
    least = {
        what: {build: min(run[what] for run in runs[build]) for build in runs}
        for what in ("cpu", "wall", "peak", "above")
    }
    words = [f"{name:24s} {job.ABOUT}:"]
    for what, called in (("cpu", "CPU"), ("wall", "wall")):
        words.append(f"{called} {' -> '.join(map(_ms, least[what].values()))} a unit,")
        if "old" in builds:
            words.append(f"{least[what]['old'] / least[what]['new']:.2f} times as fast;")
    words.append(f"peak {' -> '.join(f'{size:.0f}' for size in least['peak'].values())} MB,")
    words.append(f"{' -> '.join(f'{size:.0f}' for size in least['above'].values())} above start;")
    words += [f"{what} differs by {size:.1e};" for what, size in runs["new"][-1]["difference"]]
    further = [run["further"] for run in runs["new"]]
    words += [f"{what} {_ms(min(each[what] for each in further))} a unit;" for what in further[0]]
    if job.TARGET:
        words.append(f"target {job.TARGET}: {_met(job.TARGET, least)}")
    if hasattr(job, "MEMORY"):
        met = "met" if least["above"]["new"] <= job.MEMORY else "MISSED"
        words.append(f"{job.MEMORY} MB above start: {met}")
    return " ".join(words)


def _met(target: str, least: dict[str, dict[str, float]]) -> str:
    what, sign, asked = target.rsplit(" ", 2)
    figures = least[what.split()[-1].lower()]
    reached = figures["new"] if what.startswith("new ") else figures["old"] / figures["new"]
    right = reached <= float(asked) if sign == "<=" else reached >= float(asked)
    return "met" if right else "MISSED"


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.2f} ms"


def _run(name: str, build: str, sources: Path) -> dict[str, Any]:
    """One job in a process of its own, on the package in `sources`."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(_home() / "bytecode")}
    answer = subprocess.run(
        [sys.executable, str(HERE), build, "--measure", name],
        env={**os.environ, **threads, **compiled, "PYTHONPATH": str(sources)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SystemExit(f"{name} failed on the {build} build")
    measured: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return measured


def _measured(name: str, build: str) -> dict[str, Any]:
    """CPU and wall seconds a unit, children included, peak memory, and differences."""
    job = _job(name)
    work = job.prepare(build)
    if job.WARM:
        work()
    held = _held()
    start = time.perf_counter(), _cpu()
    units = work()
    wall, cpu = time.perf_counter() - start[0], _cpu() - start[1]
    above = _memory("VmHWM") - held
    peak = max(
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    compare = getattr(job, "difference", None)
    difference = list(compare()) if build == "new" and compare is not None else []
    beside = getattr(job, "further", None)
    further = {}
    for what, act in beside() if build == "new" and beside is not None else ():
        act()
        before = _cpu()
        number = act()
        further[what] = (_cpu() - before) / number
    measured = {"cpu": cpu / units, "wall": wall / units, "peak": peak, "above": above}
    return {**measured, "difference": difference, "further": further}


def _held() -> float:
    """Megabytes held now, from where on the peak is watched anew."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def _cpu() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in usage)


def _job(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, JOBS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    job = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(job)
    return job


if __name__ == "__main__":
    main()
