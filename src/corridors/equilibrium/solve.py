"""Where the world settles under new rules, and how sure the solver is of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from corridors.equilibrium import fixed_point
from corridors.equilibrium.changes import RESPONSES, Change
from corridors.equilibrium.fixed_point import FixedPoint
from corridors.equilibrium.prepare import prepare
from corridors.errors import NotConverged
from corridors.labels import Array, Mask
from corridors.rules import Rules
from corridors.wages import unemployment
from corridors.world import State, Structure

__all__ = ["Check", "Settled", "check", "finish", "require", "settle"]

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

    def good(self, tolerance: float) -> Mask:
        """Draws (d,) that converged, with unemployment inside the range of the wage curve.

        `tolerance` is the largest residual of (37), log points.
        """
        inside = self.state.unemployment.max(axis=(1, 2)) < unemployment.HIGHEST
        return self.point.converged(tolerance) & inside


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
    responses: tuple[str, ...] = RESPONSES,
    tolerance: float = TOLERANCE,
) -> Settled:
    """Solve the equilibrium in changes (equation (37)) for every draw.

    What is not among `responses` stays at its baseline. Draws that do not converge keep their
    residual in `point`; the caller decides, because one bad draw in two hundred is a finding and
    one bad baseline is an error.

    Parameters
    ----------
    structure, state : Structure and State
        Draws d first; adults (d, s, b, i, k), PPP dollars a year.
    before, after : Rules
    responses : tuple of str
        Of `corridors.equilibrium.prepare.RESPONSES`.
    tolerance : float
        Largest residual, log points.

    Returns
    -------
    Settled
        State, draws d first, and residuals (d,) in log points.

    Raises
    ------
    InputError
        An unknown response, with the nearest names; a cap with a multiplier that is not full.
    Infeasible
        More capital would come back than works everywhere else.
    """
    return finish(prepare(structure, state, before, after, responses), after, tolerance=tolerance)


def finish(
    change: Change, after: Rules, *, tolerance: float = TOLERANCE, start: Array | None = None
) -> Settled:
    """Solve a prepared map, (37); of several closures prepare one and take `with_closure`.

    Parameters
    ----------
    change : Change
    after : Rules
    tolerance : float
        Largest residual, log points.
    start : (d, n) array, optional
        Where the iteration begins; today by default.

    Returns
    -------
    Settled
        State, draws d first (adults, PPP dollars a year), and residuals (d,) in log points. A draw
        that did not converge has no state worth reading: see `require`.
    """
    begin = change.start() if start is None else start
    point = fixed_point.solve(change, begin, tolerance=tolerance)
    with np.errstate(all="ignore"):  # a draw that diverged has no state; its residual says so
        state = _state(change, after, point.x)
    return Settled(state, point, change)


def require(settled: Settled, tolerance: float = TOLERANCE) -> Settled:
    """Return `settled`, a solution of (37), if every draw can be stood by.

    Parameters
    ----------
    settled : Settled
        Residuals (d,) in log points.
    tolerance : float, log points

    Raises
    ------
    NotConverged
        A residual is above `tolerance`; with the largest, log points.
    Infeasible
        Unemployment leaves the range of the wage curve.
    """
    bad = ~settled.point.converged(tolerance)
    if bad.any():
        worst = float(settled.point.residual[bad].max())
        raise NotConverged(f"{int(bad.sum())} of {len(bad)} solutions", residual=worst)
    if settled.change.structure.wage_curve:
        unemployment.require(settled.state.unemployment)
    return settled


def check(settled: Settled, tolerance: float = TOLERANCE) -> Check:
    """Leading eigenvalue and a second start from a perturbed x; beside equation (38).

    Parameters
    ----------
    settled : Settled
    tolerance : float, log points, of the second solution

    Returns
    -------
    Check
        `eigenvalue` (d,), a number without unit; `second_start` (d,), the largest difference of a
        ratio to today between the two solutions.
    """
    change, point = settled.change, settled.point
    eigenvalue = fixed_point.leading_eigenvalue(change, point.x)
    second = fixed_point.solve(change, change.far_from(point.x), tolerance=tolerance)
    gap = np.abs(np.exp(second.x) - np.exp(point.x)).max(axis=1)
    return Check(eigenvalue, gap)


def _state(change: Change, after: Rules, x: Array) -> State:
    """The state in levels at the solution x."""
    structure, now = change.structure, change.now
    hats = change.unpack(x)
    pay = change.pay(hats)
    change = change.at(pay)
    people = change.people(hats, pay)
    abroad = np.zeros(now.migrants.shape)
    free = change.free.people(people.weight, people.pull, people.kin)
    change.free.cells.put(abroad, free)
    change.rationed.cells.put(abroad, people.let_in)
    theta = structure.theta[..., None]
    ability = structure.ability[:, None, None]
    moved = replace(
        now,
        home=people.home,
        migrants=abroad,
        home_quality=now.home_quality * (people.home / now.home) ** -ability,
        quality=_quality(after, now, abroad, ability),
        unemployment=1.0 - (1.0 - now.unemployment) * pay.employment,
        wage_native=now.wage_native * pay.wage_native,
        wage_migrant=now.wage_migrant * pay.wage_migrant,
        output=now.output * pay.output,
        capital=now.capital * pay.capital,
        tfp=now.tfp * hats.productivity,
        aid=change.aid,
        tax=1.0 - (1.0 - now.tax) * pay.tax_kept,
        log_welfare=now.log_welfare
        + (people.log_options - change.log_options) / theta
        + change.more_consumed(hats, pay, people)
        - after.home_loss,
        multiplier=people.multiplier,
    )
    sent, received = moved.remitted(structure, after.markdown, after.fee)
    moved = replace(moved, sent=sent, received=received)
    work = moved.wage_native * moved.home_quality * moved.at_work(structure)
    per_stayer = (change.transfers + (hats.transfers - 1.0) * change.consumption)[:, None]
    return replace(moved, home_consumption=work * (1.0 - moved.tax)[:, None] + per_stayer)


def _quality(after: Rules, now: State, abroad: Array, ability: Array) -> Array:
    """Efficiency units per migrant: the rules', less what selection of ability costs."""
    if not ability.any():
        return np.broadcast_to(after.efficiency, (len(abroad), *after.efficiency.shape[-4:]))
    some = (now.migrants > 0.0) & (abroad > 0.0)
    share = np.where(some, abroad, 1.0) / np.where(some, now.migrants, 1.0)
    return after.efficiency * share ** -ability[..., None, None]
