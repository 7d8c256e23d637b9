"""How fast the real world settles, beside the plain way of doing it.

    python benchmarks/equilibrium.py

The alternative is the best plain NumPy that returns the same numbers: the same equations, damped
by a half, every corridor's power taken anew in every sweep, one draw at a time.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from corridors import baseline, ensemble
from corridors.borders.levers import OpenBorder
from corridors.equilibrium import solve
from corridors.equilibrium.changes import Change, prepare
from corridors.equilibrium.measures import measure
from corridors.rules import Policy, Rules
from corridors.world import World

T = TypeVar("T")
DRAWS = 200


def main() -> None:
    start = time.process_time()
    observed = baseline.observe()
    print(f"figures gathered           {time.process_time() - start:8.2f} s CPU")
    world = baseline.calibrate(observed, ensemble.central(), "mobile")
    policy = Policy("open", (OpenBorder(0.3),))
    rules, _ = policy.apply(world.rules)
    seconds, settled = _best(lambda: _settle(world, rules), 9)
    evaluations = int(settled.point.evaluations[0])
    print(f"one solve, {len(world.areas)} economies    {1e3 * seconds:8.1f} ms, ", end="")
    print(f"{evaluations} evaluations of the map, residual {settled.point.residual[0]:.1e}")
    plain, (sweeps, output) = _best(lambda: _plain(world, rules), 3)
    ours = float(measure(world, settled.state)["output"][0])
    print(f"plain, damped, uncollapsed {1e3 * plain:8.1f} ms, {sweeps} sweeps: ", end="")
    print(f"{plain / seconds:.1f} times as long, output {output:+.10f} against {ours:+.10f}")
    drawn = ensemble.draw(DRAWS, ensemble.streams(1))
    start = time.perf_counter()
    kept = 0
    for part in ensemble.batches(drawn):
        kept += _batch(observed, policy, part)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{DRAWS} draws, one process     {seconds:8.2f} s, {kept} converged, peak {peak:.0f} MB")
    print(f"load of the machine        {os.getloadavg()[0]:8.1f} on {os.cpu_count()} cores")


def _settle(world: World, rules: Rules) -> solve.Settled:
    return solve.settle(world.structure, world.state, world.rules, rules)


def _batch(observed: baseline.Observed, policy: Policy, part: dict[str, np.ndarray]) -> int:
    world = baseline.calibrate(observed, part, "mobile")
    settled = _settle(world, policy.apply(world.rules)[0])
    measure(world, settled.state)
    return int(settled.point.converged(solve.TOLERANCE).sum())


def _plain(world: World, rules: Rules) -> tuple[int, float]:
    """Damped iteration; the choice of every corridor is computed from scratch in every sweep."""
    change: Change = prepare(world.structure, world.state, world.rules, rules)
    theta = world.structure.theta[0, 0]
    with np.errstate(invalid="ignore"):  # empty corridors: infinity less infinity
        wedge = np.where(world.rules.empty, 0.0, rules.log_wedge - world.rules.log_wedge)
    wedge = wedge[0, ..., 0]
    now, home = world.state.migrants[0, ..., 0], world.state.home[0]
    at_work = 1.0 - world.structure.unemployment
    x, sweeps = change.start(), 0
    while True:
        native, migrant, transfers = change.unpack(x)
        wages = change.production(native, migrant)
        at_home = change.home_consumption(wages[0], transfers)[0]
        weight = now * (wages[1][0][:, None, :] * np.exp(-wedge)) ** theta
        stay = home * at_home**theta
        per_weight = world.structure.natives / (stay + weight.sum(axis=2))
        abroad, stayers = weight * per_weight[..., None], stay * per_weight
        labour = abroad.sum(axis=1) * at_work
        pay = (
            wages[1][0][:, None, :] * change.money[0] / change.attraction[0].clip(1e-300)
        ) * abroad
        received = pay.sum(axis=(0, 2))[None]
        new = [stayers / home, np.where(change.labour_now[0] > 0, labour / change.labour_now[0], 1)]
        new += [change.transfers_hat(received, stayers[None])]
        step = np.log(np.concatenate([new[0], new[1], new[2]])).reshape(1, -1) - x
        sweeps += 1
        if np.abs(step).max() < solve.TOLERANCE:
            return sweeps, float(
                (world.state.output[0] * wages[2][0]).sum() / world.state.output.sum() - 1
            )
        x = x + 0.5 * step


def _best(run: Callable[[], T], times: int) -> tuple[float, T]:
    """Shortest of several CPU times, and the last answer."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        answer = run()
        seconds.append(time.process_time() - start)
    return min(seconds), answer


if __name__ == "__main__":
    main()
