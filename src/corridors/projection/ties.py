"""Moves tied to a published net migration: a worth of each place that makes them meet it.

A worth x_i, the same for everybody, moves the odds of leaving for i by x_i - x_b and those of
returning to b by x_b - x_i:

    l'_bik = l_bik e^(x_i - x_b) / (1 - l_b + sum l e^(x - x_b)),
    r'_bik = r_bik e^(x_b - x_i) / (1 - r_bik + r_bik e^(x_b - x_i))                   (60)

with l, r of those who neither die nor are sent. Net migration N is met at the x that minimises the
convex

    sum_b H_b ln(1 - l_b + sum_ik l_bik e^(x_i - x_b)) + sum_bik M_bik ln(1 - r_bik + r_bik e^(x_b - x_i)) - N x

whose gradient is the net migration less N.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from corridors.errors import NotConverged
from corridors.labels import Array, Mask
from corridors.projection.policies import PolicySchedule
from corridors.projection.rates import CalibratedRates, Persons, Rates, trajectory

__all__ = ["tie", "tied", "worths"]

#: Persons a year to which net migration is met, and most steps.
TOLERANCE, STEPS = 1e-3, 100
#: No worth is larger: who is not moved by it is moved by nothing.
LARGEST = 30.0


def tie(
    calibrated: CalibratedRates, schedule: PolicySchedule, last: int
) -> Callable[[int, Persons, Rates], Rates]:
    """What makes a year's rates meet the figures' net migration without a policy, equation (60).

    The worth of places is that of the schedule given here; under another it stays.

    Parameters
    ----------
    calibrated : CalibratedRates
        Its figures hold net migration (t, i), persons a year, of the World Population Prospects.
    schedule : PolicySchedule
    last : int
        Year.

    Returns
    -------
    Function of (row of years, persons, rates) to rates, shares a year (b, i, k)

    Raises
    ------
    NotConverged
        Moves cannot have the net migration of a year; with the largest gap, persons.
    Infeasible, DoesNotClose
        As `corridors.projection.rates.trajectory`.
    """
    worth_by_year: list[Array] = []

    def met(row: int, before: Persons, rates: Rates) -> Rates:
        counted = calibrated.fleeing.known[row]
        sent = (before.abroad * rates.remove).sum(axis=2).T + counted
        given = sent.sum(axis=0) - sent.sum(axis=1)
        worth_by_year.append(worths(before, rates, calibrated.figures.net[row] - given))
        return tied(rates, worth_by_year[-1])

    trajectory(calibrated, schedule, last, adjust=met)
    return lambda row, before, rates: tied(rates, worth_by_year[row])


def tied(rates: Rates, worth: Array) -> Rates:
    """The rates at a worth of places, (60): departures and returns, by choice or at a permit's end.

    Parameters
    ----------
    rates : Rates
        Shares a year, (b, i, k).
    worth : (i,) log points of odds
        Moves from or to a place whose worth is NaN stay as they are.

    Returns
    -------
    Rates, shares a year (b, i, k)
    """
    movable = _Movable.of(rates, np.isfinite(worth))
    leave, back = movable.moved(np.nan_to_num(worth))
    return replace(
        rates,
        leave=np.where(movable.pairs, leave, rates.leave),
        come_back=np.where(movable.pairs, back, rates.come_back),
    )


def worths(before: Persons, rates: Rates, net: Array) -> Array:
    """The worth of places at which moves have these net totals, (60); its mean is 0.

    An area that nobody leaves for, or leaves, has none, NaN (no stock names Taiwan): its moves
    stay, and what the others' net totals then miss 0 by is spread over their people.

    Parameters
    ----------
    before : Persons
        At the start of the year, (b,) and (b, i, k).
    rates : Rates
        Shares a year, (b, i, k).
    net : (i,) persons a year, arrivals less departures

    Returns
    -------
    Array (i,) log points of odds

    Raises
    ------
    NotConverged
        With the largest gap, in persons.
    """
    left = before.home[:, None] * rates.leave.sum(axis=2)
    moves = left + (before.abroad * rates.come_back).sum(axis=2).T
    linked = (moves.sum(axis=1) > 0.0) & (left.sum(axis=0) > 0.0)
    movable = _Movable.of(rates, linked)
    fixed = np.where(np.outer(linked, linked), 0.0, moves)
    wanted = np.where(linked, net - fixed.sum(axis=0) + fixed.sum(axis=1), 0.0)
    people = linked * before.residents
    wanted = np.asarray(wanted - wanted.sum() * people / people.sum())
    x = np.zeros(len(net))
    for _ in range(STEPS):
        gradient, hessian = movable.slopes(before, x, wanted)
        if np.abs(gradient).max() <= TOLERANCE:
            return np.where(linked, x - x[linked].mean(), np.nan)
        # Singular along a constant, and in areas that have no worth.
        hessian[np.diag_indices_from(hessian)] += 1e-9 * (1.0 + np.diagonal(hessian)) + ~linked
        newton = -np.linalg.solve(hessian, gradient)
        step = np.asarray(newton * min(1.0, 3.0 / float(np.abs(newton).max())), np.float64)
        x = movable.along(before, x, step, wanted)
        x = x - x[linked].mean()
        if np.abs(x[linked]).max() > LARGEST:
            break
    raise NotConverged("net migration that moves cannot have", residual=np.abs(gradient).max())


@dataclass(frozen=True)
class _Movable:
    """Moves that a worth moves, and who could make them.

    Parameters
    ----------
    pairs : (b, i, 1) whether both ends have a worth
    leave, back : (b, i, k) rates of those moves
    staying : (b,) and may (b, i, k) share of those who are there that is free to
    """

    pairs: Mask
    leave: Array
    back: Array
    staying: Array
    may: Array

    @classmethod
    def of(cls, rates: Rates, linked: Mask) -> Self:
        pairs = np.outer(linked, linked)[..., None]
        leave = np.where(pairs, rates.leave, 0.0)
        back = np.where(pairs, rates.come_back, 0.0)
        fixed = (rates.leave - leave).sum(axis=(1, 2))
        gone = rates.death_abroad + rates.remove + rates.change.sum(axis=-1)
        may = 1.0 - gone - (rates.come_back - back)
        return cls(pairs, leave, back, 1.0 - rates.death_home - fixed, may)

    def moved(self, worth: Array) -> tuple[Array, Array]:
        """Departures and returns of (60), shares of all who are there."""
        up = np.exp(worth - worth[:, None])[..., None]
        odds = self.leave * up
        rest = self.staying - self.leave.sum(axis=(1, 2))
        leave = odds * (self.staying / (rest + odds.sum(axis=(1, 2))))[:, None, None]
        home = self.back / up
        return leave, home * self.may / (self.may - self.back + home)

    def value(self, before: Persons, worth: Array, net: Array) -> float:
        """The convex function that is least where net totals are met."""
        up = np.exp(worth - worth[:, None])[..., None]
        more = (self.leave * (up - 1.0)).sum(axis=(1, 2)) / self.staying
        fewer = self.back * (1.0 / up - 1.0) / self.may
        home = (before.home * self.staying) @ np.log1p(more)
        return float(home + (before.abroad * self.may * np.log1p(fewer)).sum() - net @ worth)

    def slopes(self, before: Persons, worth: Array, net: Array) -> tuple[Array, Array]:
        """Net migration less what is wanted (i,), and its slope (i, i)."""
        leave, back = self.moved(worth)
        out = before.home[:, None] * leave.sum(axis=2)
        homeward = (before.abroad * back).sum(axis=2)
        gained = out.sum(axis=0) - out.sum(axis=1) + homeward.sum(axis=1) - homeward.sum(axis=0)
        share = leave.sum(axis=2) / self.staying[:, None]
        share[np.diag_indices_from(share)] += 1.0 - share.sum(axis=1)
        people = before.home * self.staying
        hessian = np.diag(people @ share) - share.T @ (people[:, None] * share)
        pairs = (before.abroad * back * (1.0 - back / self.may)).sum(axis=2)
        hessian += np.diag(pairs.sum(axis=0) + pairs.sum(axis=1)) - pairs - pairs.T
        return gained - net, hessian

    def along(self, before: Persons, worth: Array, step: Array, net: Array) -> Array:
        """The worth after as much of a step as lowers the value."""
        value = self.value(before, worth, net)
        for halving in range(40):
            tried = worth + 0.5**halving * step
            if self.value(before, tried, net) <= value + 1e-12 * abs(value):
                break
        return tried
