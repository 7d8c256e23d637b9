"""Flight that dies down: departures of a spell after its peak, and what is left of them.

Departures in year t after the peak of a spell c, of a population N:

    F_ct ~ N_ct h_c w_t,   w_t = phi 2^(-t / S) + (1 - phi) 2^(-t / T)             (57)

with T the half-life of the wave, phi the floor it leaves and S the half-life of the floor; S may be
infinite, phi may be 0. Given the spell's total the level h_c drops out, and what is left is
multinomial:

    l(T, phi, S) = sum_c v_c sum_t F_ct ln p_ct,   p_ct = N_ct w_t / sum_t N_ct w_t     (58)

v_c is 1, or 1 / sum_t F_ct so that spells count alike. Counts are not Poisson, so errors are those
of leaving out a spell at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors.errors import InputError, Problem
from corridors.labels import Array, Mask, Whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SHAPES", "Decay", "Spell", "fit", "fit_errors", "spells", "under_way"]

#: A spell begins where so many arrive in a year, and so many times the mean of the years before.
SMALLEST, JUMP, BEFORE = 20_000.0, 3.0, 3
#: It ends when it begins again (from this year on), or after so many years.
AGAIN, LONGEST = 3, 15
#: Half-lives and floors that a fit may find.
HALF_LIVES, FLOORS = (0.05, 200.0), (0.0, 0.9)


@dataclass(frozen=True)
class Spell:
    """Arrivals (t,) of a spell from its peak on, and people of its country (t,)."""

    birthplace: str
    began: int
    peak: int
    arrivals: Array
    people: Array


@dataclass(frozen=True)
class Decay:
    """Half-life in years, floor as a share of the peak, and the floor's own half-life."""

    half_life: float
    floor: float = 0.0
    floor_half_life: float = np.inf

    def weights(self, years: Array | Whole) -> Array:
        """w_t of (57) in years since the peak; 0 before it."""
        since = np.asarray(years, float)
        gone = np.maximum(since, 0.0)
        wave, rest = np.exp2(-gone / self.half_life), np.exp2(-gone / self.floor_half_life)
        left = self.floor * rest + (1.0 - self.floor) * wave
        return np.where(since < 0.0, 0.0, left)


def begins(arrivals: Array) -> Array:
    """Whether a spell begins in each year of arrivals (t,): many, and many more than before."""
    before = np.full(len(arrivals), np.inf)
    for year in range(BEFORE, len(arrivals)):
        before[year] = arrivals[year - BEFORE : year].mean()
    return np.asarray((arrivals >= SMALLEST) & (arrivals >= JUMP * before))


def spells(
    arrivals: pd.DataFrame, people: pd.DataFrame, *, first: int, last: int, until: int
) -> list[Spell]:
    """The spells of (57) that began in `first` to `last`, each followed to `until` at most.

    Parameters
    ----------
    arrivals : DataFrame (year, birthplace)
        Persons who arrived anywhere, a column a birthplace; years without a row are refused.
    people : DataFrame (year, birthplace)
        Residents of the birthplace, persons.
    first, last, until : int
        Calendar years.

    Returns
    -------
    list of Spell
        Persons (t,) who fled and who were at home, by year from the peak on.

    Raises
    ------
    InputError
        Years are missing, or people of a year are not known.
    """
    years = arrivals.index.to_numpy()
    if len(years) and (np.diff(years) != 1).any():
        fix = "Give a row a year, 0 where nobody arrived"
        raise InputError(Problem("arrivals", "years are missing", fix))
    told = []
    for birthplace in arrivals.columns.intersection(people.columns):
        count = arrivals[birthplace].to_numpy(float)
        here = people[birthplace].reindex(years).to_numpy(float)
        start = begins(count)
        for at in _first_years(start):
            if not first <= years[at] <= last:
                continue
            again = np.flatnonzero(start[at + AGAIN :]) + at + AGAIN
            end = min([at + LONGEST, until + 1 - int(years[0]), len(years), *again[:1].tolist()])
            peak = at + int(count[at:end].argmax())
            if end - peak < 2:
                continue
            if not (here[peak:end] > 0.0).all():
                fix = "Leave the birthplace out, or give its people"
                what = f"of {birthplace} from {years[peak]} on are not known"
                raise InputError(Problem("people", what, fix))
            told.append(
                Spell(
                    str(birthplace), int(years[at]), int(years[peak]), count[peak:end],
                    here[peak:end],
                )
            )  # fmt: skip
    return told


def _first_years(start: Array) -> list[int]:
    """Years in which a spell begins: not within the first years of another."""
    chosen: list[int] = []
    for at in np.flatnonzero(start):
        if not chosen or at >= chosen[-1] + AGAIN:
            chosen.append(int(at))
    return chosen


def under_way(arrivals: Array) -> tuple[int, int] | None:
    """Rows of the beginning and the peak of the spell, (57), that the last year of arrivals is in.

    A spell that began more than fifteen years ago is over: its departures are what people choose.

    Parameters
    ----------
    arrivals : (t,) persons a year, by year of arrival

    Returns
    -------
    (int, int) or None
        Places in `arrivals`; None where no spell is under way.
    """
    first_years = _first_years(begins(arrivals))
    if not first_years or len(arrivals) - first_years[-1] > LONGEST:
        return None
    return first_years[-1], first_years[-1] + int(arrivals[first_years[-1] :].argmax())


#: What a fit may move; the others are those of a Decay of 1 year: no floor, and one that stays.
SHAPES = {
    "one half-life": ("half_life",),
    "a floor": ("half_life", "floor"),
    "a floor that fades": ("half_life", "floor", "floor_half_life"),
}


def fit(
    told: Sequence[Spell], shape: str = "a floor that fades", *, alike: bool = True, skip: int = 0
) -> Decay:
    """The decay that makes the spells likeliest (58).

    Parameters
    ----------
    told : sequence of Spell
        Yearly departures and population at home from the peak on, (t,) persons each.
    shape : of `SHAPES`
    alike : whether spells count alike, or persons do
    skip : years from the peak on that are left out

    Returns
    -------
    Decay
        Half-lives in years, floor as a share of the peak.

    Raises
    ------
    InputError
        There is no such shape, or fewer than two spells.
    """
    from scipy.optimize import minimize

    if shape not in SHAPES:
        raise InputError(Problem("shape", f"'{shape}' is none", f"Use {', '.join(SHAPES)}"))
    if len(told) < 2:
        raise InputError(Problem("spells", "are fewer than two", "Give more, or assume a decay"))
    table, moved = _table(told, alike, skip), SHAPES[shape]

    def loss(x: Array) -> float:
        return _loss(table, Decay(**_natural(moved, x)))

    ends = {"floor": FLOORS}
    bounds = [ends.get(name, tuple(np.log(HALF_LIVES))) for name in moved]
    starts = [
        [{"half_life": np.log(half), "floor": 0.1, "floor_half_life": 3.0}[name] for name in moved]
        for half in (0.5, 3.0, 10.0)
    ]
    best = min(
        (minimize(loss, start, bounds=bounds, method="L-BFGS-B") for start in starts),
        key=lambda each: float(each.fun),
    )
    return Decay(**_natural(moved, best.x))


def _natural(moved: Sequence[str], x: Array) -> dict[str, float]:
    """Half-lives are sought in logs, the floor as it is."""
    return {
        name: float(value if name == "floor" else np.exp(value))
        for name, value in zip(moved, x, strict=True)
    }


def fit_errors(
    told: Sequence[Spell], shape: str = "a floor that fades", *, alike: bool = True, skip: int = 0
) -> Array:
    """Covariance of what `fit` (58) gives, leaving out a spell at a time (jackknife, Efron 1982).

    Parameters
    ----------
    told : sequence of Spell
        Yearly departures and population at home from the peak on, (t,) persons each.
    shape : of `SHAPES`
    alike : whether spells count alike, or persons do
    skip : years from the peak on that are left out

    Returns
    -------
    Array (parameter, parameter)
        Of those of the shape, in order: ln half-life (log points), floor (share), ln of its
        half-life.

    Raises
    ------
    InputError
        There is no such shape, or fewer than three spells.
    """
    without = [
        fit([*told[:at], *told[at + 1 :]], shape, alike=alike, skip=skip) for at in range(len(told))
    ]
    columns = {
        "half_life": [np.log(each.half_life) for each in without],
        "floor": [each.floor for each in without],
        "floor_half_life": [np.log(each.floor_half_life) for each in without],
    }
    values = np.array([columns[name] for name in SHAPES[shape]]).T
    apart = values - values.mean(axis=0)
    return np.asarray((len(told) - 1) / len(told) * apart.T @ apart)


def _table(told: Sequence[Spell], alike: bool, skip: int) -> tuple[Array, Array, Mask]:
    """Arrivals weighted, people, and whether a year is there, each (spell, t)."""
    longest = max(len(spell.arrivals) for spell in told)
    count, people = np.zeros((len(told), longest)), np.zeros((len(told), longest))
    for row, spell in enumerate(told):
        count[row, : len(spell.arrivals)] = spell.arrivals
        people[row, : len(spell.people)] = spell.people
    count[:, :skip] = people[:, :skip] = 0.0
    total = count.sum(axis=1, keepdims=True)
    if alike:
        count = count / np.where(total > 0.0, total, 1.0)
    return count, people, people > 0.0


def _loss(table: tuple[Array, Array, Mask], decay: Decay) -> float:
    count, people, there = table
    likely = people * decay.weights(np.arange(count.shape[1]))
    whole = likely.sum(axis=1, keepdims=True)
    share = np.where(there, likely, 1.0) / np.where(whole > 0.0, whole, 1.0)
    return -float(np.sum(np.where(there, count * np.log(share), 0.0))) / float(count.sum())
