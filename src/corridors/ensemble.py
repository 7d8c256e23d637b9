"""Many draws at once: streams of random numbers by what is decided, and work on any executor.

A draw is a set of parameters with its own world, equation (32).
"""

from __future__ import annotations

import ctypes
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

import numpy as np

from corridors.labels import Array, Streams

__all__ = ["batches", "processes", "start", "stop", "streams", "workers"]

T = TypeVar("T")


def streams(seed: int) -> Streams:
    """A function from what is decided (a key) to its own random generator.

    The same seed and key give the same numbers on every machine, in any order of asking.
    """

    def stream(key: str) -> np.random.Generator:
        digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "little"))

    return stream


#: Draws that share the arrays of one solve: enough to spread the cost of a call, few enough for
#: the matrices to stay in cache.
BATCH = 10


def batches(draws: dict[str, Array], size: int = BATCH) -> list[dict[str, Array]]:
    """The draws in consecutive batches of `size`."""
    number = len(next(iter(draws.values())))
    return [
        {name: values[first : first + size] for name, values in draws.items()}
        for first in range(0, number, size)
    ]


def start(
    task: Callable[[dict[str, Array]], T], draws: dict[str, Array], executor: Executor
) -> Iterator[T]:
    """Set `task` to work on every batch of draws; the answers come in order of the draws.

    The answer does not depend on the executor. Work begins at once, the answers are waited for.

    Parameters
    ----------
    task : function of one batch of parameters
        Picklable when the executor needs it.
    executor : concurrent.futures.Executor
        See `workers`.
    """
    return executor.map(task, batches(draws))


@contextmanager
def workers(executor: Executor | None = None) -> Iterator[Executor]:
    """The executor given, or one process per core.

    Forked where the platform can, so that they start in milliseconds. On the way out, work that
    nobody waits for is dropped, and after an error or Ctrl-C what is under way too.
    """
    if executor is not None:
        yield executor
        return
    own = processes(os.cpu_count() or 1)
    try:
        yield own
    except BaseException:
        stop(own)
        raise
    own.shutdown(cancel_futures=True)


def processes(number: int, *, fork: bool = True) -> ProcessPoolExecutor:
    """A pool of `number` processes that end when this one does, however it ends.

    Parameters
    ----------
    fork : bool
        Fork where the platform can; not for a process with threads, whose fork may hang.
    """
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if fork and "fork" in ways else "spawn")
    # The system ends a child with the thread that started it, which here must be the last to end.
    lasting = threading.current_thread() is threading.main_thread()
    given = (os.getpid(), lasting)
    return ProcessPoolExecutor(
        max_workers=number, mp_context=context, initializer=_attach, initargs=given
    )


def stop(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool in the middle of their work."""
    # Python 3.14 has `kill_workers`; before, the pool tells nobody which processes are its own.
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(cancel_futures=True)


def _attach(parent: int, lasting: bool) -> None:
    """In a worker: end with the process that started it, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if lasting:
        _die_with_parent()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _die_with_parent() -> None:
    """Ask Linux to end this process with its parent; elsewhere `_watch` must do."""
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):
            pr_set_pdeathsig = 1  # prctl(2)
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _watch(parent: int) -> None:
    """End this process when its parent has ended, on any system."""
    known = multiprocessing.parent_process()
    ended = [known.sentinel] if known is not None else []
    while not multiprocessing.connection.wait(ended, timeout=0.5):
        # A sibling that was forked later may hold the sentinel's other end open.
        if os.name != "nt" and os.getppid() != parent:
            break
    os._exit(1)
