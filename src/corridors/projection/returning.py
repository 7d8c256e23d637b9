"""Where people go who look ahead, when from home there are many ways and from abroad one: back.

In year t a person at home in b compares staying with every corridor, residence i and status k; a
person in (b, i, k) compares staying with going home. What nobody is asked about - a permit that
ends, a removal, a change of status - happens at its rate. In ratios to a known projection,
u = V' - V (equation (42), thinned: as Caliendo, Dvorkin and Parro 2019, with no way on from
abroad):

    u_b  = x_b + nu ln [ (1 - sum l) e^(beta u_b+ / nu) + sum_ik l k^ e^(beta u_ik+ / nu) ]
    w_ik = nu ln [ (1 - r) e^(beta u_ik+ / nu) + r e^(beta u_b+ / nu) ]
    u_ik = x_i + (1 - F) w_ik + beta (f u_b+ + sum_m c_km u_im+) + loss

with l and r the known shares who leave and who return by choice, k^ what a policy does to the odds
of leaving, f who is sent home and c_km who changes status without choice, F both together, x the
change of ln consumption, and + the year after. In the last year u solves the stationary problem.

A policy that changes f or c costs, or gives, the gap between two places, which ratios do not hold.
It is read from the shares of the known projection, if going home costs nothing (assumed): who
returns rarely has much to lose,

    beta V_b+ - W_ik = nu ln r_ik,   beta V_im+ - W_ik = nu ln [ (1 - r_im) r_ik / r_im ].

Axes: t year, b birthplace, c corridor (a pair with people), k and m status.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corridors.errors import NotConverged
from corridors.labels import Array, Whole

__all__ = [
    "CorridorYear",
    "Preferences",
    "UsedCorridors",
    "Values",
    "loss",
    "residents_by_year",
    "values_by_year",
]


#: Most steps of Newton; where places are held its slope leaves out the hold, and it is slower.
STEPS = 500


@dataclass(frozen=True)
class Preferences:
    """beta, per year and below 1, and nu, dispersion of tastes in ln consumption."""

    patience: float
    spread: float


@dataclass(frozen=True)
class UsedCorridors:
    """The corridors that anybody takes: birthplace and residence (c,), of `areas` areas."""

    birthplace: Whole
    residence: Whole
    areas: int

    def by_birthplace(self, amount: Array) -> Array:
        """Sum of persons (c, k) over a birthplace's corridors, (b,)."""
        return self._sum(self.birthplace, amount)

    def by_residence(self, amount: Array) -> Array:
        """Sum of persons (c, k) over a residence's corridors, (i,)."""
        return self._sum(self.residence, amount)

    def _sum(self, ends: Whole, amount: Array) -> Array:
        return np.bincount(ends, amount.sum(axis=-1), minlength=self.areas).astype(np.float64)


@dataclass(frozen=True)
class CorridorYear:
    """What may happen along corridors in a year.

    Parameters
    ----------
    leave : (c, k) known share of those at home who leave
    odds : (c, k) k^, what the policy multiplies their odds by
    back : (c, k) r, share who return among those who may choose
    sent : (c, k) f, sent home; change : (c, k, m) c, no choice either
    loss : (c, k) what the policy's own sent and change add, in ln consumption
    most : (c, k) persons who may leave at most, infinite where nobody gives the places; or None
    """

    leave: Array
    odds: Array
    back: Array
    sent: Array
    change: Array
    loss: Array
    most: Array | None = None

    @property
    def free(self) -> Array:
        """1 - F, share (c, k) who may choose: head of the module, beside (42)."""
        return 1.0 - self.sent - self.change.sum(axis=-1)


@dataclass(frozen=True)
class Values:
    """u at home (b,) and abroad (c, k), and the shares that follow from those of the year after.

    `leave` (c, k) of those at home; `back` (c, k) of those who may choose.
    """

    home: Array
    abroad: Array
    leave: Array
    back: Array


def loss(back: Array, sent: Array, change: Array, preferences: Preferences) -> Array:
    """What more of being sent home or changed in status is worth, in ln consumption.

    Both are differences from the known projection's rates, at return by choice `back`; a status
    whose people never return by choice has no such gap and may not change. Gaps are those of the
    last formula at the head of the module, beside (42).

    Parameters
    ----------
    back : (c, k) share who return by choice, a year
    sent : (c, k), change : (c, k, m) difference of shares a year
    preferences : Preferences
        nu in log points.

    Returns
    -------
    Array (c, k) log points
    """
    some = np.where(back > 0.0, back, 1.0)
    home = np.log(some)
    status = np.log1p(-np.where(back > 0.0, back, 0.0)) - home
    gap = status[..., None, :] + home[..., None]
    return preferences.spread * (sent * home + np.sum(change * gap, axis=-1))


def values_by_year(
    years: Sequence[CorridorYear],
    gain: Array,
    used: UsedCorridors,
    preferences: Preferences,
    guess: Values | None = None,
) -> list[Values]:
    """Values and shares of every year, from the last back to the first; (42), thinned.

    Parameters
    ----------
    years : what may happen; the last stands for all years after
    gain : (t, areas) x, change of ln consumption, log points
    used : UsedCorridors
        Birthplace and residence of c.
    preferences : Preferences
        beta a year, nu in log points.
    guess : values of the last year, to start from

    Returns
    -------
    list of Values
        u (areas,) and (c, k) in log points, shares (c, k) who leave and who return.

    Raises
    ------
    NotConverged
        The stationary problem of the last year has no answer; with its residual, log points.
    """
    backwards = [_stationary(years[-1], gain[-1], used, preferences, guess)]
    for year, now in zip(reversed(years[:-1]), gain[-2::-1], strict=True):
        backwards.append(_before(year, now, used, preferences, backwards[-1]))
    return backwards[::-1]


def residents_by_year(
    home: Array,
    abroad: Array,
    vital: tuple[Array, Array],
    years: Sequence[CorridorYear],
    values: Sequence[Values],
    used: UsedCorridors,
) -> Array:
    """Residents at the start of every year, when people do as `values` say: (39), thinned.

    Parameters
    ----------
    home : (b,), abroad : (c, k) persons of the first year
    vital : births and deaths (t, areas) per resident and year, whoever it is
    years : sequence of CorridorYear
        Shares a year (c, k) and (c, k, m) of what nobody is asked about.
    values : sequence of Values
        Shares a year (c, k) who leave and who return by choice.
    used : UsedCorridors
        Birthplace and residence of c.

    Returns
    -------
    Array (t, areas) persons
    """
    residents = []
    for year, value, birth, death in zip(years, values, *vital, strict=True):
        residents.append(home + used.by_residence(abroad))
        left = home[used.birthplace, None] * value.leave
        left = left if year.most is None else np.minimum(left, year.most)
        homeward = abroad * (year.sent + year.free * value.back)
        changed = np.matmul(abroad[:, None], year.change)[:, 0]
        lost = abroad * (death[used.residence, None] + year.change.sum(axis=-1)) + homeward
        gained = birth * residents[-1] + used.by_birthplace(homeward - left)
        home, abroad = home * (1.0 - death) + gained, abroad + left + changed - lost
    return np.stack(residents)


def _before(
    year: CorridorYear, gain: Array, used: UsedCorridors, preferences: Preferences, after: Values
) -> Values:
    """Values and shares a year before those of `after`."""
    beta, nu, of = preferences.patience, preferences.spread, used.birthplace
    home, abroad = beta * after.home, beta * after.abroad
    better = (abroad - home[of, None]) / nu
    odds = year.leave * year.odds * np.exp(better)
    total, leave = _taken(year, odds, used)
    homeward = year.back * np.exp(-better)
    choice = 1.0 - year.back + homeward
    settled = year.free * (nu * np.log(choice) + abroad)
    moved = year.sent * home[of, None] + np.matmul(year.change, abroad[..., None])[..., 0]
    return Values(
        home=gain + nu * np.log(total) + home,
        abroad=gain[used.residence, None] + settled + moved + year.loss,
        leave=leave,
        back=homeward / choice,
    )


def _taken(year: CorridorYear, odds: Array, used: UsedCorridors) -> tuple[Array, Array]:
    """Sum of the odds at home (b,) and shares who leave (c, k).

    Where places are given (`most`) no larger share leaves than on the known projection, however
    many would: what a place is worth more is its price, as by the multiplier of a cap (16).
    """
    staying, of = 1.0 - used.by_birthplace(year.leave), used.birthplace
    given = np.zeros(odds.shape, dtype=bool) if year.most is None else np.isfinite(year.most)
    held = np.zeros(odds.shape, dtype=bool)
    while True:
        free = staying + used.by_birthplace(np.where(held, 0.0, odds))
        total = free / (1.0 - used.by_birthplace(np.where(held, year.leave, 0.0)))
        more = given & ~held & (odds > year.leave * total[of, None] * (1.0 + 1e-12))
        if not more.any():
            return total, np.where(held, year.leave, odds / total[of, None])
        held |= more


def _stationary(
    year: CorridorYear,
    gain: Array,
    used: UsedCorridors,
    preferences: Preferences,
    guess: Values | None,
) -> Values:
    """Values when every year is like this one, by Newton: an arrow of blocks, home at its head."""
    beta, of = preferences.patience, used.birthplace
    nothing = np.zeros_like(year.leave)
    now = guess or Values(np.zeros(used.areas), nothing, nothing, nothing)
    for _ in range(STEPS):
        then = _before(year, gain, used, preferences, now)
        miss = then.abroad - now.abroad
        inside = year.change + (year.free * (1.0 - then.back))[..., None] * np.eye(miss.shape[-1])
        homeward = beta * (year.free * then.back + year.sent)
        right = np.stack([miss, homeward], axis=-1)
        solved = np.linalg.solve(np.eye(miss.shape[-1]) - beta * inside, right)
        direct, by_home = solved[..., 0], solved[..., 1]
        staying = 1.0 - used.by_birthplace(then.leave)
        head = 1.0 - beta * (staying + used.by_birthplace(then.leave * by_home))
        step = (then.home - now.home + beta * used.by_birthplace(then.leave * direct)) / head
        moved = direct + by_home * step[of, None]
        now = Values(now.home + step, now.abroad + moved, then.leave, then.back)
        size = max(np.abs(step).max(), np.abs(moved).max())
        if size <= 1e-12 * (1.0 + np.abs(now.abroad).max()):
            return _before(year, gain, used, preferences, now)
    raise NotConverged("the value of places after the last year", residual=float(size))
