"""Where the world settles under new rules, and how sure the solver is of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corridors.equilibrium import fixed_point
from corridors.equilibrium.changes import CHANNELS, Change, prepare
from corridors.equilibrium.fixed_point import FixedPoint
from corridors.errors import NotConverged
from corridors.rules import Rules
from corridors.world import State, Structure

__all__ = ["Check", "Settled", "check", "require", "settle"]

Array = NDArray[np.float64]
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Settled:
    """The world after a change of rules.

    Parameters
    ----------
    state : State
        In levels; `log_welfare` is ln W', relative to the baseline's ln W.
    point : FixedPoint
        Residual, evaluations of the map and method, per draw.
    change : Change
        The map that was solved, for `check`.
    """

    state: State
    point: FixedPoint
    change: Change


@dataclass(frozen=True)
class Check:
    """What is known on uniqueness, per draw.

    Parameters
    ----------
    eigenvalue : (d,) leading eigenvalue of the map's Jacobian; above 1 several equilibria may exist
    second_start : (d,) largest difference of ln x between the solution and one from a far start
    """

    eigenvalue: Array
    second_start: Array


def settle(
    structure: Structure,
    state: State,
    before: Rules,
    after: Rules,
    *,
    channels: tuple[str, ...] = CHANNELS,
    tolerance: float = TOLERANCE,
) -> Settled:
    """Solve the equilibrium in changes (MODEL section 6) for every draw.

    Draws that do not converge keep their residual in `point`; the caller decides, because one bad
    draw in two hundred is a finding and one bad baseline is an error.
    """
    change = prepare(structure, state, before, after, channels)
    point = fixed_point.solve(change, change.start(), tolerance=tolerance)
    return Settled(_state(change, state, after, point.x), point, change)


def require(settled: Settled, tolerance: float = TOLERANCE) -> Settled:
    """Return `settled` if every draw converged; NotConverged with the largest residual if not."""
    bad = ~settled.point.converged(tolerance)
    if bad.any():
        worst = float(np.nanmax(settled.point.residual)) if len(bad) else np.nan
        raise NotConverged(f"{int(bad.sum())} of {len(bad)} solutions", residual=worst)
    return settled


def check(settled: Settled, tolerance: float = TOLERANCE) -> Check:
    """Leading eigenvalue and a second start from a perturbed x; MODEL section 6."""
    change, point = settled.change, settled.point
    eigenvalue = fixed_point.leading_eigenvalue(change, point.x)
    # Alternate signs push neighbours apart: native and migrant labour off by up to 50 per cent.
    push = 0.4 * np.cos(1.0 + 2.0 * np.arange(point.x.shape[1]))
    second = fixed_point.solve(change, point.x + push, tolerance=tolerance)
    gap = np.abs(np.exp(second.x) - np.exp(point.x)).max(axis=1)
    return Check(eigenvalue, gap)


def _state(change: Change, now: State, after: Rules, x: Array) -> State:
    """The state in levels at the solution x."""
    structure = change.structure
    native, migrant, transfers = change.unpack(x)
    wage_native, wage_migrant, output, capital = change.production(native, migrant)
    paid = (wage_native, wage_migrant)
    if "wages" not in change.active:
        paid = (np.ones_like(wage_native), np.ones_like(wage_migrant))
    home_hat = change.home_consumption(paid[0], transfers)
    home, per_weight, pull, _ = change.choice(home_hat, paid[1])
    abroad = change.persons * (per_weight[..., None] * pull[..., None, :])[..., None]
    with np.errstate(invalid="ignore"):
        log_welfare = now.log_welfare - np.log(per_weight) / structure.theta[..., None]
    moved = replace(
        now,
        home=home,
        migrants=abroad,
        wage_native=now.wage_native * paid[0],
        wage_migrant=now.wage_migrant * paid[1],
        output=now.output * output,
        capital=now.capital * capital,
        home_consumption=now.home_consumption * home_hat,
        log_welfare=log_welfare,
    )
    sent, received = moved.remitted(structure, after.markdown, after.fee)
    return replace(moved, sent=sent, received=received)
