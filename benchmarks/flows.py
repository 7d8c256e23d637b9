"""What a world of flows costs: one estimate, its memory, its fits against plain NumPy, all periods.

    python benchmarks/flows.py

Prints each figure beside its limit (issue "Flows") and exits 1 where one is missed. The
alternative to the fits is the best plain NumPy known here: proportional fitting in two scaling
vectors, run in the same process to the same margin error.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

ONE_SECONDS, ONE_MEGABYTES, ALL_SECONDS = 0.3, 200.0, 15.0
ROUNDS = 5
MEMORY = """
import resource
import numpy, pandas, scipy.sparse.csgraph, xarray
from corridors.baseline import periods
from corridors.flows import methods as flows
{first}
pages = int(open("/proc/self/statm").read().split()[1])  # what is held now, not the peak so far
{then}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(peak - pages * resource.getpagesize() / 2**20)
"""
READ = "observed = periods.observe('2010-2015')"
ESTIMATE = """flows.estimate_flows(observed['stock_start'], observed['stock_end'],
    births=observed['births'], deaths=observed['deaths'])"""


def cpu(function: Callable[[], object]) -> float:
    """Processor seconds of the best of a few runs: a neighbour can only add to them."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def megabytes(first: str, then: str) -> float:
    """Peak memory of a process of its own beyond what it holds after `first`."""
    code = MEMORY.format(first=first, then=then)
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(ended.stdout)


def plain_fit(seed: np.ndarray, rows: np.ndarray, columns: np.ndarray, error: float) -> int:
    """Deming and Stephan in two vectors; the number of sweeps."""
    turned = np.ascontiguousarray(seed.T)
    a, some = np.ones_like(rows), np.where(columns > 0.0, columns, 1.0)
    for sweep in range(1, 100_001):
        reached = turned @ a
        b = np.divide(columns, reached, out=np.zeros_like(columns), where=reached > 0.0)
        reached = seed @ b
        a = np.divide(rows, reached, out=np.zeros_like(rows), where=reached > 0.0)
        # The check costs a product, so it is made now and then.
        if sweep % 50 == 0 and (np.abs(b * (turned @ a) - columns) / some).max() <= error:
            return sweep
    raise SystemExit("plain fitting did not reach the margins in 100,000 sweeps")


def fits() -> None:
    from corridors.baseline.periods import observe
    from corridors.flows.fitting import scale
    from corridors.flows.methods import world_flows

    stocks = world_flows(observe("2010-2015"))["da_pb_closed"].stocks()
    for end, taken in (("start", "deaths"), ("end", "births")):
        seed = (stocks[f"stock_{end}"] - stocks[taken]).to_numpy()
        fitted = stocks[f"survivors_{end}"].to_numpy()
        rows, columns = fitted.sum(axis=1), fitted.sum(axis=0)
        scaling = scale(seed, rows, columns)
        start = time.process_time()
        sweeps = plain_fit(seed, rows, columns, 1e-10)
        plain = time.process_time() - start
        ours = cpu(lambda seed=seed, r=rows, c=columns: scale(seed, r, c))  # type: ignore[misc]
        print(
            f"fit of the {end} table to 1e-10: {ours:.3f} s, {scaling.sweeps} paired sweeps; plain "
            f"NumPy {plain:.3f} s, {sweeps:,} sweeps: ratio {plain / ours:.0f}"
        )


def main() -> int:
    from corridors.baseline.periods import PERIODS, observe
    from corridors.flows.methods import METHODS, estimate_flows, world_flows
    from corridors.people.stocks import SEXES

    observed = observe("2010-2015")
    stocks, births = (observed["stock_start"], observed["stock_end"]), observed["births"]
    seconds = cpu(lambda: estimate_flows(*stocks, births=births, deaths=observed["deaths"]))
    print(f"one world estimate (da_pb_closed, n = 230): {seconds:.3f} s CPU of {ONE_SECONDS}")
    memory = megabytes(READ, ESTIMATE)
    print(f"its memory beyond imports and figures: {memory:.0f} MB of {ONE_MEGABYTES:.0f}")
    print(f"reading the figures as well: {megabytes('', READ + chr(10) + ESTIMATE):.0f} MB")
    fits()
    start, started = time.process_time(), time.perf_counter()
    for period in PERIODS:
        for sex in SEXES:
            world_flows(observe(period, sex=sex), methods=tuple(METHODS))
    every, waited = time.process_time() - start, time.perf_counter() - started
    number = len(PERIODS) * len(SEXES) * len(METHODS)
    print(f"all {number} estimates: {every:.1f} s CPU, {waited:.1f} s on the clock, {ALL_SECONDS}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:.0f} MB")
    return 0 if seconds <= ONE_SECONDS and memory <= ONE_MEGABYTES and every <= ALL_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
