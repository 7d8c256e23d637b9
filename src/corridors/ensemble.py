"""Parameters and their draws, and what many draws say: medians and intervals.

Each parameter has its own stream of random numbers, keyed by its name: adding a parameter does
not move the draws of the others, and a study and its baseline see the same draws.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from corridors.data import store
from corridors.labels import Array, Streams

__all__ = ["Parameter", "central", "draw", "parameters", "start", "streams", "workers"]

T = TypeVar("T")


@dataclass(frozen=True)
class Parameter:
    """One number from the literature, with its prior and whether its source was read.

    `channel` is the channel that must be on for the parameter to be read; "" is always.
    """

    name: str
    symbol: str
    title: str
    value: float
    prior: dict[str, Any]
    unit: str
    source: str
    status: str
    channel: str = ""

    def quantile(self, probability: Array) -> Array:
        """Value below which the prior puts `probability`."""
        from scipy import special

        low, high = (float(self.prior.get(end, np.nan)) for end in ("low", "high"))
        kind = self.prior["distribution"]
        if kind == "uniform":
            return low + (high - low) * probability
        if kind == "loguniform":
            return low * (high / low) ** probability
        if kind == "beta":
            return special.betaincinv(self.prior["a"], self.prior["b"], probability)
        if kind == "lognormal":
            spread = np.log(high / low) / (2.0 * special.ndtri(0.95))
            return np.sqrt(low * high) * np.exp(spread * special.ndtri(probability))
        raise ValueError(f"parameter {self.name}: no distribution '{kind}'")


def parameters() -> dict[str, Parameter]:
    """Every parameter by name, as `data/reference/parameters.toml` declares it."""
    return {name: Parameter(name, **about) for name, about in store.listing("parameters").items()}


def streams(seed: int) -> Streams:
    """A function from what is decided (a key) to its own random generator.

    The same seed and key give the same numbers on every machine, in any order of asking.
    """

    def stream(key: str) -> np.random.Generator:
        digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "little"))

    return stream


def central() -> dict[str, Array]:
    """Every parameter at its value, as one draw."""
    return {name: np.array([parameter.value]) for name, parameter in parameters().items()}


def draw(number: int, stream: Streams) -> dict[str, Array]:
    """`number` draws of every parameter, stratified: one in each of `number` equal slices.

    Returns
    -------
    dict of str to (number,) array
    """
    drawn = {}
    for name, parameter in parameters().items():
        generator = stream(f"parameter {name}")
        slices = generator.permutation(number) + generator.random(number)
        drawn[name] = parameter.quantile(slices / number)
    return drawn


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
