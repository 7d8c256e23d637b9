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
from dataclasses import replace
from typing import TypeVar

import numpy as np

from corridors import baseline, ensemble, parameters
from corridors.borders.levers import OpenBorder
from corridors.equilibrium import solve
from corridors.equilibrium.changes import ratio
from corridors.equilibrium.measures import measure
from corridors.equilibrium.prepare import prepare
from corridors.rules import Lever, Policy, Rules, build, levers
from corridors.study.draws import DRAWN
from corridors.world import World

T = TypeVar("T")
#: Draws, solved as closely as `corridors run` does, and how many the alternative solves one by one.
DRAWS, ONE_BY_ONE = 1000, 12


def main() -> None:
    start = time.process_time()
    observed = baseline.observe()
    print(f"figures gathered               {time.process_time() - start:8.2f} s CPU")
    policy = Policy("open", (OpenBorder(0.3),))
    for shares, words in ((None, "1 status"), (observed.status_shares[None], "4 statuses")):
        world = baseline.calibrate(observed, parameters.central(), "mobile", shares=shares)
        _one(world, policy.apply(world.rules)[0], words)
    for theta in (0.7, 2.0, 4.0):
        steep = {**parameters.central(), "theta": np.array([theta])}
        world = baseline.calibrate(observed, steep, "mobile", shares=observed.status_shares[None])
        counts = {}
        for lever in _asked():
            settled = _settle(world, Policy("asked", (lever,)).apply(world.rules)[0])
            counts[str(lever.name)] = int(settled.point.evaluations[0])
        most = max(counts, key=lambda name: counts[name])
        steep_opening = _settle(world, Policy("half", (OpenBorder(0.5),)).apply(world.rules)[0])
        print(f"theta {theta:3.1f}, 4 statuses: {len(counts)} levers, at most", end="")
        print(f" {counts[most]} evaluations ({most}); ", end="")
        print(f"half of every border: {int(steep_opening.point.evaluations[0])}")
    for shares, words in ((None, "1 status"), (observed.status_shares[None], "4 statuses")):
        _many(observed, policy, shares, words)
    print(f"load of the machine            {os.getloadavg()[0]:8.1f} on {os.cpu_count()} cores")


def _asked() -> list[Lever]:
    """Every lever at its defaults."""
    needed = {"quota": {"share_of_today": 0.5, "status": "tied"}}
    return [build(name, needed.get(name, {})) for name in levers()]


def _many(
    observed: baseline.Observed, policy: Policy, shares: np.ndarray | None, words: str
) -> None:
    """Time many draws, calibration included, and the alternative one by one."""
    drawn = parameters.draw(DRAWS, ensemble.streams(1))
    start = time.process_time()
    kept = sum(_batch(observed, policy, part, shares) for part in ensemble.batches(drawn))
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{DRAWS} draws, {words:10s}        {seconds:8.2f} s CPU, {kept} good, ", end="")
    print(f"{DRAWS / seconds:.0f} a second, peak {peak:.0f} MB")
    few = {name: values[:ONE_BY_ONE] for name, values in drawn.items()}
    start = time.process_time()
    for row in range(ONE_BY_ONE):
        row_alone = {name: values[row : row + 1] for name, values in few.items()}
        world = baseline.calibrate(observed, row_alone, "mobile", shares=shares)
        _plain(world, policy.apply(world.rules)[0])
    plain = (time.process_time() - start) / ONE_BY_ONE
    print(f"plain, damped, one by one      {1e3 * plain:8.1f} ms CPU a draw: ", end="")
    print(f"{plain / seconds * DRAWS:.1f} times as long")


def _one(world: World, rules: Rules, words: str) -> None:
    """Time one solve and its alternative."""
    seconds, settled = _best(lambda: _settle(world, rules), 9)
    evaluations = int(settled.point.evaluations[0])
    print(f"one solve, {len(world.areas)} x 2 x {words:10s} {1e3 * seconds:8.1f} ms CPU, ", end="")
    print(f"{evaluations} evaluations of the map, residual {settled.point.residual[0]:.1e}")
    plain, (sweeps, output) = _best(lambda: _plain(world, rules), 3)
    ours = float(measure(world, settled.state)["output"][0])
    print(f"plain, damped, uncollapsed     {1e3 * plain:8.1f} ms CPU, {sweeps} sweeps: ", end="")
    print(f"{plain / seconds:.1f} times as long, output {output:+.10f} against {ours:+.10f}")


def _settle(world: World, rules: Rules) -> solve.Settled:
    return solve.settle(world.structure, world.state, world.rules, rules)


def _batch(
    observed: baseline.Observed,
    policy: Policy,
    part: dict[str, np.ndarray],
    shares: np.ndarray | None,
) -> int:
    world = baseline.calibrate(observed, part, "mobile", shares=shares)
    rules = policy.apply(world.rules)[0]
    about = (world.structure, world.state, world.rules, rules)
    settled = solve.settle(*about, tolerance=DRAWN)
    measure(world, settled.state)
    return int(settled.point.converged(DRAWN).sum())


def _plain(world: World, rules: Rules) -> tuple[int, float]:
    """Damped iteration; the choice of every corridor and status from scratch in every sweep."""
    structure, now = world.structure, world.state
    change = prepare(structure, now, world.rules, rules)
    theta = structure.theta[..., None, None, None]
    with np.errstate(invalid="ignore"):  # empty corridors: infinity less infinity
        wedge = np.where(world.rules.empty, 0.0, world.rules.log_wedge - rules.log_wedge)
    x, sweeps = change.start(), 0
    while True:
        hats = change.unpack(x)
        pay = change.pay(hats)
        odds = now.migrants * (pay.income[:, :, None, :, None] * np.exp(wedge)) ** theta
        stay = now.home * pay.home ** structure.theta[..., None]
        per_weight = structure.natives / (stay + odds.sum(axis=(-2, -1)))
        moved = replace(
            now,
            home=stay * per_weight,
            migrants=odds * per_weight[..., None, None],
            wage_migrant=now.wage_migrant * pay.wage_migrant,
        )
        received = moved.remitted(structure, rules.markdown, rules.fee)[1]
        per_stayer = replace(moved, received=received).transfers(structure) / moved.home.sum(axis=1)
        units = np.sum(moved.migrants * moved.quality, axis=(-3, -1))
        new = [
            moved.home / now.home,
            ratio(units, change.labour),
            1.0 + (per_stayer - change.transfers)[:, None] / change.consumption[:, None],
        ]
        step = np.log(np.concatenate(new, axis=1)).reshape(x.shape) - x
        sweeps += 1
        if np.abs(step).max() < solve.TOLERANCE:
            return sweeps, float((now.output * pay.output).sum() / now.output.sum() - 1.0)
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
