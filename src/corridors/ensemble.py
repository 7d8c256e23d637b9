"""Many draws at once: streams of random numbers by what is decided, and work on any executor."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from corridors.labels import Array, Streams

__all__ = ["batches", "start", "streams", "workers"]

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
#: the matrices to stay in cache (benchmarks/draws.py).
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
    nobody waits for is dropped.
    """
    if executor is not None:
        yield executor
        return
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in ways else None)
    own = ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=context)
    try:
        yield own
    finally:
        own.shutdown(cancel_futures=True)
