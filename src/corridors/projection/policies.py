"""What a policy of levers means year by year.

A lever says what becomes of the odds of living along a corridor in the long run, at unchanged pay.
Long-run people are inflow times stay, so yearly departures answer to a wedge that changes their
odds as much; a removal and a regularisation are yearly rates themselves. Levers of pay, money or
capital have no place on a path, where pay answers to people alone. Levers act between the
economies of the calibrated world; the smallest areas of a path stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridors import labels
from corridors.borders.levers import Deportation, Regularisation
from corridors.errors import InputError, Problem
from corridors.projection.assumed import Assumed
from corridors.projection.figures import STATUSES
from corridors.rules import Corridors, Lever, Policy, Rules, Trace
from corridors.world import World

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Yearly", "yearly"]

Array = NDArray[np.float64]

#: No area loses a larger share of its people to death in a year.
DEATHS = 0.04


@dataclass(frozen=True)
class Yearly:
    """A policy as `corridors.projection.project` takes it, and what each lever touched.

    Parameters
    ----------
    lasting : what changes for as long as the policy lasts
    once : what changes in its first year only
    """

    lasting: dict[str, xr.DataArray]
    once: dict[str, xr.DataArray]
    traces: tuple[Trace, ...]


def yearly(policy: Policy, world: World, assumed: Assumed) -> Yearly:
    """The yearly meaning of a policy, as read in a world that tells statuses apart.

    Raises
    ------
    InputError
        Names every lever that has no meaning year by year.
    """
    traces = policy.apply(world.rules)[1]
    problems: list[Problem] = []
    lasting: dict[str, xr.DataArray] = {}
    once: dict[str, xr.DataArray] = {}
    rates = (Deportation, Regularisation)
    for lever in policy.levers:
        if isinstance(lever, rates):
            problems += _not_all_irregular(policy, lever)
        else:
            problems += _without_meaning(policy, lever, world.rules)
    if problems:
        raise InputError(problems)
    for lever in policy.levers:
        if isinstance(lever, Deportation):
            _put(lasting, "removal", lever.hazard, lever.where, world.rules)
        elif isinstance(lever, Regularisation):
            staying = 1.0 - assumed.return_irregular - assumed.removal - DEATHS
            _put(once, "regularisation", lever.share * staying, lever.where, world.rules)
    others = tuple(one for one in policy.levers if not isinstance(one, rates))
    if others:
        wedge = -_log_odds(replace(policy, levers=others), world) / assumed.flow_elasticity
        ends = {"birthplace": world.areas, "residence": world.areas, "status": STATUSES}
        lasting["wedge"] = labels.label(wedge, ends, units="log points", sources="the model")
    return Yearly(lasting, once, traces)


def _not_all_irregular(policy: Policy, lever: Deportation | Regularisation) -> list[Problem]:
    """Rates of removal and of papers are of irregular people, whatever their schooling."""
    if lever.where.status in ("irregular", ("irregular",)) and lever.where.skill == "all":
        return []
    what = "year by year it acts on irregular people of any schooling"
    fix = "Leave out skill and status"
    return [Problem(f"policy '{policy.name}', {lever.name}", what, fix)]


def _without_meaning(policy: Policy, lever: Lever, rules: Rules) -> list[Problem]:
    """What the lever changes besides wedges."""
    after, _ = lever.apply(rules)
    changed = [
        one.name.replace("_", " ")
        for one in fields(Rules)
        if one.name != "log_wedge"
        and getattr(after, one.name) is not getattr(rules, one.name)
        and not np.array_equal(getattr(after, one.name), getattr(rules, one.name))
    ]
    if not changed:
        return []
    what = f"changes {' and '.join(changed)}, which has no meaning year by year"
    fix = "Use levers of wedges, deportation or regularisation, or answer = 'equilibrium'"
    return [Problem(f"policy '{policy.name}', {lever.name}", what, fix)]


def _put(
    found: dict[str, xr.DataArray], name: str, rate: float, where: Corridors, rules: Rules
) -> None:
    """Set a rate where a lever acts; elsewhere it stays what it was, NaN where nothing was said."""
    ends = {"birthplace": rules.areas, "residence": rules.areas}
    before = found[name].values if name in found else np.full((len(rules.areas),) * 2, np.nan)
    values = np.where(where.pairs(rules), rate, before)
    found[name] = labels.label(values, ends, units="per year", sources="the policy")


def _log_odds(policy: Policy, world: World) -> Array:
    """Change of the log odds of a corridor at unchanged pay (b, i, k), both schoolings together."""
    rules, now = world.rules, world.state.migrants[0]
    after, _ = policy.apply(rules)
    with np.errstate(invalid="ignore"):  # empty corridors: infinity less infinity
        cheaper = np.where(rules.empty, 0.0, rules.log_wedge - after.log_wedge)[0]
    odds = np.exp(rules.theta[0, :, None, None, None] * cheaper)
    people = now.sum(axis=0)
    kept = np.sum(now * odds, axis=0) / np.where(people > 0.0, people, 1.0)
    with np.errstate(divide="ignore"):  # a ban leaves none
        return np.log(np.where(people > 0.0, kept, 1.0))
