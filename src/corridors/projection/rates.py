"""People year by year: births, deaths, departures, returns, removals, and changes of status.

Every yearly rate applies to the stock at the start of the year; births of migrants are natives of
the place they are born in:

    H_b'   = H_b + births_b + second_b + sum_ik (returned + removed)_bik - deaths_b - sum_ik left_bik
    M_bik' = M_bik + left_bik + sum_l M_bil change_lk - M_bik sum_l change_kl
             - deaths_bik - returned_bik - removed_bik
    second_i = sum_bk births_bik                                  MODEL 9, mode A

so persons of the world change by births less deaths and by nothing else. Departures are a choice
of last year's consumption X and of last year's diaspora M, for the share kap who can pay:

    leave_bik = kap_b O_bik / (1 + sum O),  ln O_bik = a_bik + theta_f ln(X_i/X_b) + nu_f ln M_bi

with a the pull of everything else (-theta_f ln tau). Axes end in b birthplace, i residence, k and l
status abroad; skills and draws may lead, and children have the skill of their parents.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridors.errors import Infeasible

__all__ = [
    "Circumstances",
    "Events",
    "Persons",
    "Rates",
    "departures",
    "inflow_since",
    "leave",
    "permit_ends",
    "pull",
    "step",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Persons:
    """Everybody: `home` (..., b) in the country of birth, `abroad` (..., b, i, k)."""

    home: Array
    abroad: Array

    @property
    def world(self) -> float:
        """Persons in all."""
        return float(self.home.sum() + self.abroad.sum())

    @property
    def diaspora(self) -> Array:
        """Persons born in b living in i, whatever their status, (..., b, i)."""
        return self.abroad.sum(axis=-1)

    @property
    def residents(self) -> Array:
        """Persons living in i, (..., i)."""
        return self.home + self.abroad.sum(axis=(-3, -1))


@dataclass(frozen=True)
class Rates:
    """What happens in a year to a person, per person at its start; each broadcasts to its axes.

    Parameters
    ----------
    birth_home, death_home : (..., b)
    birth_abroad, death_abroad : (..., b, i, k)
    leave : (..., b, i, k) per person at home in b: depart for i with status k
    come_back : (..., b, i, k) return by choice, or because a permit ends
    remove : (..., b, i, k) deported
    change : (..., b, i, k, l) from status k to status l; nothing on the diagonal
    """

    birth_home: Array
    birth_abroad: Array
    death_home: Array
    death_abroad: Array
    leave: Array
    come_back: Array
    remove: Array
    change: Array

    @classmethod
    def none(cls) -> Rates:
        """Nothing happens."""
        at_home, in_corridor = np.zeros(1), np.zeros((1, 1, 1))
        return cls(
            birth_home=at_home,
            birth_abroad=in_corridor,
            death_home=at_home,
            death_abroad=in_corridor,
            leave=in_corridor,
            come_back=in_corridor,
            remove=in_corridor,
            change=np.zeros((1, 1, 1, 1, 1)),
        )


@dataclass(frozen=True)
class Events:
    """What happened in a year, in persons; fields as the rates', and changes by status (k, l)."""

    births_home: Array
    second_generation: Array
    deaths_home: Array
    deaths_abroad: Array
    left: Array
    returned: Array
    removed: Array
    changed: Array

    @property
    def births(self) -> Array:
        """Births in i, all of them natives of i, (..., i)."""
        return self.births_home + self.second_generation.sum(axis=(-3, -1))

    @property
    def deaths(self) -> Array:
        """Deaths in i, (..., i)."""
        return self.deaths_home + self.deaths_abroad.sum(axis=(-3, -1))


def step(persons: Persons, rates: Rates) -> tuple[Persons, Events]:
    """The persons a year later, and what happened to them.

    Raises
    ------
    Infeasible
        More people die or move out of a place and status than are there.
    """
    home, abroad = persons.home, persons.abroad
    changed = abroad[..., None] * rates.change
    events = Events(
        births_home=home * rates.birth_home,
        second_generation=abroad * rates.birth_abroad,
        deaths_home=home * rates.death_home,
        deaths_abroad=abroad * rates.death_abroad,
        left=home[..., None, None] * rates.leave,
        returned=abroad * rates.come_back,
        removed=abroad * rates.remove,
        changed=changed,
    )
    out_of_home = events.deaths_home + events.left.sum(axis=(-2, -1))
    homeward = events.returned + events.removed
    out_of_status = events.deaths_abroad + homeward + changed.sum(axis=-1)
    _refuse_more(out_of_home, home, "at home")
    _refuse_more(out_of_status, abroad, "abroad")
    later = Persons(
        home=home + (events.births + homeward.sum(axis=(-2, -1)) - out_of_home),
        abroad=abroad + (events.left + changed.sum(axis=-2) - out_of_status),
    )
    return later, events


def _refuse_more(out: Array, there: Array, where: str) -> None:
    """A tolerance of rounding, and the place of the worst cell in the message."""
    excess = out - there * (1.0 + 1e-9)
    if (excess > 0.0).any():
        worst = np.unravel_index(int(excess.argmax()), excess.shape)
        rate = float(out[worst] / there[worst]) if there[worst] > 0.0 else np.inf
        cell = ", ".join(str(int(one)) for one in worst)
        raise Infeasible(f"more people leave or die than are {where} in cell ({cell})", rate)


@dataclass(frozen=True)
class Circumstances:
    """What departures answer to, all of the year before.

    Parameters
    ----------
    log_gain : (..., b, i) ln X_i - ln X_b
    diaspora : (..., b, i) persons
    able : (..., b) kap, share of people who can pay for leaving
    elasticity, network : theta_f and nu_f, broadcast to (..., b, i)
    """

    log_gain: Array
    diaspora: Array
    able: Array
    elasticity: Array | float
    network: Array | float

    @property
    def draw(self) -> Array:
        """theta_f ln(X_i/X_b) + nu_f ln M_bi, (..., b, i); without a diaspora no second term."""
        some = self.diaspora > 0.0
        kin = np.log(np.where(some, self.diaspora, 1.0))
        return self.elasticity * self.log_gain + self.network * kin


def pull(rate: Array, now: Circumstances) -> Array:
    """The pull a (..., b, i, k) behind observed rates of departure; -inf where nobody leaves.

    Parameters
    ----------
    rate : (..., b, i, k) departures per person at home

    Raises
    ------
    Infeasible
        More people leave than can pay for it.
    """
    chosen = departures(rate, now.able)
    staying = 1.0 - chosen.sum(axis=(-2, -1))
    if (staying <= 0.0).any():
        raise Infeasible("more people leave than can pay for it", float(staying.min()))
    with np.errstate(divide="ignore"):
        log_odds = np.log(chosen) - np.log(staying)[..., None, None]
    return log_odds - now.draw[..., None]


def leave(pull: Array, now: Circumstances) -> Array:
    """Departures per person at home (..., b, i, k); the inverse of `pull`."""
    log_odds = pull + now.draw[..., None]
    top = np.maximum(log_odds.max(axis=(-2, -1), keepdims=True), 0.0)
    odds = np.exp(log_odds - top)
    total = np.exp(-top) + odds.sum(axis=(-2, -1), keepdims=True)
    return now.able[..., None, None] * odds / total


def permit_ends(term: Array | float, overstay: Array | float) -> tuple[Array, Array]:
    """Yearly rates of forced return and of slipping into irregularity when a permit ends.

    Parameters
    ----------
    term : years a permit lasts, the mean of them
    overstay : share of ended permits whose holder stays without one

    Returns
    -------
    come_back, slip : rates that sum to 1 / term
    """
    ended = 1.0 / np.asarray(term, float)
    return (1.0 - overstay) * ended, overstay * ended


def inflow_since(earlier: Array, years: float, abroad: Array, rates: Rates) -> Array:
    """Yearly arrivals (..., b, i, k) that an earlier stock of the same count implies.

    What a corridor grew by in a year, plus what it loses to deaths, returns and removals; none
    where that is below 0, a stock that falls faster than people leave it. Arrivals are split so
    that the mix of statuses stays as it is, as far as arrivals can: nobody arrives in a status that
    others feed with more.

    Parameters
    ----------
    earlier : (..., b, i) persons, `years` ago
    abroad : (..., b, i, k) persons now
    rates : Rates in force; departures and births are not read
    """
    total = abroad.sum(axis=-1)
    mix = abroad / np.where(total > 0.0, total, 1.0)[..., None]
    growth = ((total - earlier) / years)[..., None] * mix
    changed = abroad[..., None] * rates.change
    lost = abroad * (rates.death_abroad + rates.come_back + rates.remove) + changed.sum(axis=-1)
    wanted = growth + lost - changed.sum(axis=-2)
    positive = np.maximum(wanted, 0.0)
    arrivals = np.maximum(wanted.sum(axis=-1, keepdims=True), 0.0)
    whole = positive.sum(axis=-1, keepdims=True)
    return positive * np.divide(arrivals, whole, out=np.zeros_like(whole), where=whole > 0.0)


def departures(inflow: Array, home: Array) -> Array:
    """An inflow (..., b, i, k) per person (..., b) who could leave; none where there is nobody."""
    there = np.broadcast_to(home[..., None, None], inflow.shape)
    return np.divide(inflow, there, out=np.zeros(inflow.shape), where=there > 0.0)
