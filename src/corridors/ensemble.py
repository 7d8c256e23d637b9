"""Many draws at once: streams of random numbers by what is decided, and work on any executor.

A draw is a set of parameters with its own world, equation (32).

An executor of this machine forks. `Sent` packs a task once, however often it is asked for, into one
compressed block, so that a task that is lost with its worker can be done by any other. `Kept` lays
what comes back into a folder, batch by batch, and does not ask for it again.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import io
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from corridors.errors import InputError
from corridors.labels import Array, Streams

__all__ = ["Kept", "Sent", "batches", "processes", "start", "stop", "streams", "workers"]

T = TypeVar("T")


@dataclass(frozen=True)
class _Streams:
    """Generators by key; can be sent to another process."""

    seed: int

    def __call__(self, key: str) -> np.random.Generator:
        digest = hashlib.sha256(f"{self.seed}:{key}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def streams(seed: int) -> Streams:
    """A function from what is decided (a key) to its own random generator.

    The same seed and key give the same numbers on every machine, in any order of asking.
    """
    return _Streams(seed)


#: Draws that share the arrays of one solve: enough to spread the cost of a call, few enough for
#: the matrices to stay in cache.
BATCH = 10


def batches(draws: dict[str, Array], size: int = BATCH) -> list[dict[str, Array]]:
    """The draws, d of (32), in consecutive batches of `size`, the last one shorter.

    Parameters
    ----------
    draws : dict of (draw,) or (draw, ...) arrays
        Parameters by name, in their own units.
    size : int
        Draws a batch.

    Returns
    -------
    list of dict of arrays (draw, ...)
    """
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
    draws : dict of arrays (draw, ...)
        Parameters by name, in their own units; draws as in (32).
    executor : concurrent.futures.Executor
        See `workers`.

    Returns
    -------
    Iterator of what `task` gives, a batch at a time
    """
    return executor.map(task, batches(draws))


@contextmanager
def workers(executor: Executor | None = None, number: int | None = None) -> Iterator[Executor]:
    """The executor given, or so many processes; one per core by default.

    Forked where the platform can, so that they start in milliseconds. On the way out, work that
    nobody waits for is dropped, and after an error or Ctrl-C what is under way too.
    """
    if executor is not None:
        yield executor
        return
    own = processes(number or os.cpu_count() or 1)
    try:
        yield Sent(own)
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


class _Packed:
    """A task and all it holds as one compressed block, unpacked once in each process."""

    def __init__(self, task: Callable[..., Any]) -> None:
        self.__name__ = getattr(getattr(task, "func", task), "__name__", "task")
        self.block = zlib.compress(pickle.dumps(task, protocol=5), 1)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return _unpacked(self.block)(*given, **named)


@functools.lru_cache(maxsize=4)
def _unpacked(block: bytes) -> Callable[..., Any]:
    task: Callable[..., Any] = pickle.loads(zlib.decompress(block))
    return task


class Sent(Executor):
    """An executor to whose workers tasks go compressed, and are unpacked once in each.

    The figures of the world, 2.4 MB, take 0.3 MB so, and every task has all it needs: one that is
    lost with its worker costs itself only.
    """

    def __init__(self, there: Executor) -> None:
        self.there = there
        self._last: tuple[Callable[..., Any], _Packed] | None = None

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As `Executor.submit`."""
        return self.there.submit(self._packed(fn), *args, **kwargs)

    def _packed(self, fn: Callable[..., Any]) -> _Packed:
        """The task packed; the same one comes again for every batch of its draws."""
        last = self._last
        if last is None or last[0] is not fn:
            last = self._last = (fn, _Packed(fn))
        return last[1]

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        """As `Executor.map`."""
        return self.there.map(self._packed(fn), *iterables, timeout=timeout, chunksize=chunksize)


class _Ordered(pickle.Pickler):
    """Writes sets in one order: their own differs from process to process."""

    def persistent_id(self, about: Any) -> Any:
        """What stands for a set; nothing for what else there is."""
        return sorted(map(repr, about)) if isinstance(about, set | frozenset) else None


def _name(about: Any) -> str:
    """Digest of anything that can be sent to another process, the same in every process."""
    written = io.BytesIO()
    _Ordered(written, protocol=5).dump(about)
    return hashlib.sha256(written.getvalue()).hexdigest()


def _keep(name: Path, done: Future[Any]) -> None:
    """Keep an answer that has come; a run goes on where it cannot be kept."""
    from corridors.data import kept

    if not done.cancelled() and done.exception() is None:
        with suppress(InputError):
            kept.keep(name, done.result())


class Kept(Executor):
    """An executor whose answers are kept in a folder of the user's own until the run has ended.

    An answer is kept under the digest of its task: what the task holds, what it is asked, and the
    code. It is read again only where all of that is the same, and only by who wrote it.

    Parameters
    ----------
    there : Executor
    folder : Path
        Made where it is not; nobody else may read it.
    read : bool
        Whether answers that are there are taken.
    """

    def __init__(self, there: Executor, folder: Path, *, read: bool) -> None:
        self.there, self.folder, self.read = there, folder, read
        self.taken = self.asked = 0
        self.names: list[Path] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """As `Executor.submit`; what is asked one by one is not kept."""
        return self.there.submit(fn, *args, **kwargs)

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        """As `Executor.map`; asks only for what is not there."""
        from corridors.data import kept

        task = kept.code_digest() + _name(fn)
        answers: list[tuple[Any, Future[T] | None]] = []
        for asked in zip(*iterables, strict=True):
            name = self.folder / _name((task, asked))
            self.names.append(name)
            answer = kept.answer(name) if self.read else None
            coming = None
            if answer is None:
                coming = self.there.submit(fn, *asked)
                # At once, not when it is waited for: the run may end before that.
                coming.add_done_callback(functools.partial(_keep, name))
            answers.append((answer, coming))
        self.asked += len(answers)
        self.taken += sum(coming is None for _, coming in answers)
        return (answer if coming is None else coming.result(timeout) for answer, coming in answers)

    def forget(self) -> None:
        """Remove what was kept of this run, which has ended."""
        for name in self.names:
            name.unlink(missing_ok=True)


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
