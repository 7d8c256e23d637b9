"""Work that takes longer than a drag: a study with its draws, in the background.

Draws run in processes of their own, so that the page stays quick; a job can be cancelled between
any two batches, and a server that stops takes its processes with it.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
import traceback
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from typing import Any

from corridors import ensemble, study
from corridors.app.columns import columns
from corridors.errors import CorridorsError, InputError, Problem
from corridors.study import Progress
from corridors.world import Result

__all__ = ["MOST_DRAWS", "Busy", "Jobs"]

MOST_RUNNING = 2
MOST_DRAWS = 1_000
KEPT = 16
#: Tables of a result that the page shows.
SHOWN = ("headline", "ranking", "contributions", "solver", "status_spread")


class Busy(Exception):
    """As many jobs run as may run."""


class _Cancelled(Exception):
    """The reader changed their mind."""


@dataclass
class Job:
    """One study on its way: `state` is running, done, failed or cancelled."""

    id: str
    draws: int
    state: str = "running"
    progress: Progress = field(default_factory=lambda: Progress("waiting"))
    done: int = 0
    error: str = ""
    result: Result | None = None
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def said(self, step: Progress) -> None:
        """A step of the run; here a cancelled job ends."""
        if self.stop.is_set():
            raise _Cancelled
        self.progress = step
        if step.stage == "draws":
            self.done = step.done

    def about(self) -> dict[str, Any]:
        """What the page may know."""
        known: dict[str, Any] = {
            "id": self.id,
            "state": self.state,
            "progress": asdict(self.progress),
            "draws": self.draws,
            "done": self.done,
            "error": self.error,
            "seconds": round(self.seconds or time.monotonic() - self.started, 1),
            "digest": None,
            "tables": None,
        }
        if self.result is not None:
            tables = {n: self.result.tables[n] for n in SHOWN if n in self.result.tables}
            known["tables"] = {name: columns(table) for name, table in tables.items()}
            known["digest"] = self.result.manifest["digest"]
        return known


class Jobs:
    """The jobs of this server, the last few of them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def start(self, asked: study.Study) -> Job:
        """Run a checked study in the background.

        Raises
        ------
        Busy
            Two jobs are running.
        InputError
            More draws than may be asked here.
        """
        draws = asked.file.draws.number
        if draws > MOST_DRAWS:
            fix = f"Ask at most {MOST_DRAWS} here; `corridors run` takes more"
            raise InputError(Problem("draws", f"{draws} draws", fix))
        with self._lock:
            if sum(job.state == "running" for job in self._jobs.values()) >= MOST_RUNNING:
                raise Busy
            job = Job(secrets.token_hex(8), draws)
            for old in list(self._jobs)[: max(0, len(self._jobs) + 1 - KEPT)]:
                if self._jobs[old].state != "running":
                    del self._jobs[old]
            self._jobs[job.id] = job
        threading.Thread(target=self._run, args=(job, asked), daemon=True).start()
        return job

    def get(self, number: str) -> Job | None:
        """A job by its id."""
        return self._jobs.get(number)

    def cancel(self, job: Job) -> None:
        """Ask a job to stop; it does between two batches."""
        job.stop.set()

    def close(self) -> None:
        """Stop every job and its processes."""
        for job in self._jobs.values():
            job.stop.set()
        if self._pool is not None:
            ensemble.stop(self._pool)

    def _run(self, job: Job, asked: study.Study) -> None:
        try:
            job.said(Progress("waiting"))
            executor = self._processes() if job.draws else None
            result = study.run(asked, executor=executor, progress=job.said)
            job.said(Progress("done"))
            job.result, job.state = result, "done"
        except _Cancelled:
            job.state = "cancelled"
        except CorridorsError as error:
            job.state, job.error = "failed", str(error)
        except BrokenProcessPool:
            self._pool = None
            job.state, job.error = "failed", "a process of this job ended; start it again"
        except Exception:  # a bug must not leave the page waiting for ever
            traceback.print_exc()
            job.state, job.error = "failed", "a bug in corridors; the terminal has its traceback"
        finally:
            job.seconds = time.monotonic() - job.started

    def _processes(self) -> Executor:
        """Processes that start afresh: a fork of a server with threads may hang."""
        with self._lock:
            if self._pool is None:
                workers = max(1, (os.cpu_count() or 2) - 1)
                self._pool = ensemble.processes(workers, fork=False)
            return self._pool
