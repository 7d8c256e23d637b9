"""People year by year: births, deaths, departures, returns, removals, and changes of status.

Every yearly rate applies to the stock at the start of the year; births of migrants are natives of
the place they are born in:

    H_b'   = H_b + births_b + second_b + sum_ik (returned + removed)_bik - deaths_b - sum_ik left_bik
    M_bik' = M_bik + left_bik + sum_l M_bil change_lk - M_bik sum_l change_kl
             - deaths_bik - returned_bik - removed_bik
    second_i = sum_bk births_bik                                  (39)

so persons of the world change by births less deaths and by nothing else. Departures are a choice
of last year's consumption X and of last year's diaspora M, for the share kap who can pay:

    leave_bik = kap_b O_bik / (1 + sum O),  ln O_bik = a_bik + theta_f ln(X_i/X_b) + nu_f ln M_bi  (40)

with a the pull of everything else (-theta_f ln tau). Axes end in b birthplace, i residence, k and l
status abroad; skills and draws may lead, and children have the skill of their parents.

Who flees is apart from who chooses: `corridors.projection.fleeing`. Net migration may be tied to a
table: `corridors.projection.ties`.

`CalibratedRates` are those of the real world, and `trajectory` follows them.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from corridors.baseline.population import CALM, UNKNOWN, PopulationFigures
from corridors.errors import DoesNotClose, Infeasible
from corridors.labels import Array
from corridors.people.displaced import Decay
from corridors.people.poverty import Poverty
from corridors.projection.fleeing import Fleeing, stayed_on
from corridors.projection.policies import Assumed, PolicySchedule

__all__ = [
    "CalibratedRates",
    "Circumstances",
    "Events",
    "ExitRates",
    "Persons",
    "Rates",
    "RefugeeArrivals",
    "Trajectory",
    "departure_rates",
    "exit_rates",
    "inflow_since",
    "pay_change",
    "per_person_at_home",
    "permit_ends",
    "pull",
    "require_closed",
    "step",
    "trajectory",
]

PERMANENT, TIED, IRREGULAR, PROTECTED = range(4)
#: Largest relative gap of world persons against births less deaths.
CLOSES = 1e-12


@dataclass(frozen=True)
class Persons:
    """Everybody: `home` (..., b) in the country of birth, `abroad` (..., b, i, k)."""

    home: Array
    abroad: Array

    @property
    def world(self) -> float:
        """Persons in all: the sum of (39)."""
        return float(self.home.sum() + self.abroad.sum())

    @property
    def diaspora(self) -> Array:
        """Persons born in b living in i, whatever their status, (..., b, i): M_bi of (40)."""
        return self.abroad.sum(axis=-1)

    @property
    def residents(self) -> Array:
        """Persons living in i, (..., i): H and M of (39)."""
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
        """Births in i, all of them natives of i, persons (..., i) of (39)."""
        return self.births_home + self.second_generation.sum(axis=(-3, -1))

    @property
    def deaths(self) -> Array:
        """Deaths in i, persons (..., i) of (39)."""
        return self.deaths_home + self.deaths_abroad.sum(axis=(-3, -1))


def step(persons: Persons, rates: Rates) -> tuple[Persons, Events]:
    """The persons a year later, and what happened to them; equation (39).

    Parameters
    ----------
    persons : Persons
        (..., b) at home and (..., b, i, k) abroad.
    rates : Rates
        Shares a year of the stock at its start, (..., b), (..., b, i, k) and (..., b, i, k, l).

    Returns
    -------
    persons : Persons
    events : Events
        Persons of the year, in the same shapes.

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
        cell = ", ".join(str(int(place)) for place in worst)
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
    def log_attraction(self) -> Array:
        """theta_f ln(X_i/X_b) + nu_f ln M_bi of (40), log points (..., b, i).

        Without a diaspora there is no second term.
        """
        kin = np.log(np.where(self.diaspora > 0.0, self.diaspora, 1.0))
        return self.elasticity * self.log_gain + self.network * kin


def pull(rate: Array, now: Circumstances) -> Array:
    """The pull a of equation (40) behind observed rates of departure.

    Parameters
    ----------
    rate : (..., b, i, k) departures per person at home, share a year
    now : Circumstances
        Attraction (..., b, i) in log points, share able to pay (..., b).

    Returns
    -------
    Array (..., b, i, k) log points; -inf where nobody leaves

    Raises
    ------
    Infeasible
        More people leave than can pay for it.
    """
    chosen = per_person_at_home(rate, now.able)
    staying = 1.0 - chosen.sum(axis=(-2, -1))
    if (staying <= 0.0).any():
        raise Infeasible("more people leave than can pay for it", float(staying.min()))
    with np.errstate(divide="ignore"):
        log_odds = np.log(chosen) - np.log(staying)[..., None, None]
    return log_odds - now.log_attraction[..., None]


def departure_rates(pull: Array, now: Circumstances) -> Array:
    """Departures per person at home, equation (40); the inverse of `pull`.

    Parameters
    ----------
    pull : (..., b, i, k) a, log points; -inf where nobody leaves
    now : Circumstances
        Attraction (..., b, i) in log points, share able to pay (..., b).

    Returns
    -------
    Array (..., b, i, k), share of those at home a year
    """
    log_odds = pull + now.log_attraction[..., None]
    top = np.maximum(log_odds.max(axis=(-2, -1), keepdims=True), 0.0)
    odds = np.exp(log_odds - top)
    total = np.exp(-top) + odds.sum(axis=(-2, -1), keepdims=True)
    return now.able[..., None, None] * odds / total


def permit_ends(term: Array | float, overstay: Array | float) -> tuple[Array, Array]:
    """Yearly rates of forced return and of slipping into irregularity as permits end; p of (39).

    Parameters
    ----------
    term : (...) years a permit lasts, the mean of them
    overstay : (...) share of ended permits whose holder stays without one

    Returns
    -------
    come_back, slip : (...) shares a year, which sum to 1 / term
    """
    ended = 1.0 / np.asarray(term, float)
    return (1.0 - overstay) * ended, overstay * ended


def inflow_since(earlier: Array, years: float, abroad: Array, rates: Rates) -> Array:
    """Yearly arrivals that an earlier stock of the same count implies, the left of (39).

    What a corridor grew by in a year, plus what it loses to deaths, returns and removals; none
    where that is below 0, a stock that falls faster than people leave it. Arrivals are split so
    that the mix of statuses stays as it is, as far as arrivals can: nobody arrives in a status that
    others feed with more.

    Parameters
    ----------
    earlier : (..., b, i) persons, `years` ago
    abroad : (..., b, i, k) persons now
    years : float, since the earlier stock
    rates : Rates in force; departures and births are not read

    Returns
    -------
    Array (..., b, i, k) persons a year
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


def per_person_at_home(inflow: Array, home: Array) -> Array:
    """An inflow per person who could leave, the rate of (39).

    Parameters
    ----------
    inflow : (..., b, i, k) persons a year, or shares of those at home
    home : (..., b) persons, or shares of those at home

    Returns
    -------
    Array (..., b, i, k), share a year; 0 where there is nobody
    """
    there = np.broadcast_to(home[..., None, None], inflow.shape)
    return np.divide(inflow, there, out=np.zeros(inflow.shape), where=there > 0.0)


def require_closed(before: Persons, events: Events, after: Persons) -> None:
    """World persons change by births less deaths, and by nothing else: the sum of (39).

    Parameters
    ----------
    before, after : Persons
        (..., b) at home and (..., b, i, k) abroad.
    events : Events
        Persons of the year.

    Raises
    ------
    DoesNotClose
        With the relative gap.
    """
    expected = before.world + float(events.births.sum()) - float(events.deaths.sum())
    gap = abs(after.world - expected) / expected
    if not gap <= CLOSES:
        raise DoesNotClose("world persons against births less deaths", residual=gap)


def pay_change(residents: Array, against: Array, elasticity: float) -> Array:
    """ln consumption of residents against other residents, the more people the less; X of (40).

    Parameters
    ----------
    residents, against : (..., i) persons
    elasticity : float
        Of consumption to residents, with the sign changed: what (10) says of labour's product.

    Returns
    -------
    Array (..., i) log points; 0 where nobody lived
    """
    some = against > 0.0
    return -elasticity * np.log(np.where(some, residents, 1.0) / np.where(some, against, 1.0))


@dataclass(frozen=True)
class ExitRates:
    """Yearly rates at which people leave a legal status abroad, each broadcasts to (b, i, k).

    Parameters
    ----------
    chosen : return by choice
    ended : return because a permit ends
    removed : deported
    change : (b, i, k, l) from status k to status l
    """

    chosen: Array
    ended: Array
    removed: Array
    change: Array


def exit_rates(levers: dict[str, Array]) -> ExitRates:
    """Yearly rates of return, removal and change of status: returned, removed and p of (39).

    Parameters
    ----------
    levers : dict of str to (b, i) or (1, 1) array
        `corridors.projection.policies.LEVERS`: shares a year, the term in years.

    Returns
    -------
    ExitRates
        Shares of those who are there at the start of the year: (b, i, k), changes (b, i, k, l).
    """
    ended, slip = permit_ends(levers["tied_term"], levers["overstay"])
    nothing = np.zeros((1, 1))
    chosen = (levers["return_permanent"], nothing, levers["return_irregular"],
              levers["return_protected"])  # fmt: skip
    shapes = [lever.shape for lever in levers.values() if lever.ndim == 2]
    change = np.zeros((*np.broadcast_shapes(*shapes), 4, 4))
    change[..., TIED, IRREGULAR] = slip
    change[..., IRREGULAR, PERMANENT] = levers["regularisation"]
    change[..., PROTECTED, PERMANENT] = levers["recognition"]
    return ExitRates(
        chosen=_by_status(chosen),
        ended=_by_status((nothing, ended, nothing, nothing)),
        removed=_by_status((nothing, nothing, levers["removal"], nothing)),
        change=change,
    )


def _by_status(rates: tuple[Array, ...]) -> Array:
    return np.stack(np.broadcast_arrays(*rates), axis=-1)


@dataclass(frozen=True)
class CalibratedRates:
    """The real world's rates: what is fixed at the start, and how a year's rates follow.

    Departures by choice are those that the two stocks imply less those who fled, as a choice of
    last year's consumption and diaspora; the rest are named parameters of `Assumed`, or a policy's.

    Parameters
    ----------
    pull : (b, i, k) of departures by choice, see the function `pull`
    fleeing : who flees in each year
    drift : (t, b, i) log points that departures by choice drift by, or one 0
    """

    figures: PopulationFigures
    assumed: Assumed
    pull: Array
    fleeing: Fleeing
    drift: Array

    @classmethod
    def of(
        cls,
        figures: PopulationFigures,
        assumed: Assumed,
        levers: dict[str, Array],
        drift: Array | None = None,
    ) -> Self:
        """Departures that the two stocks imply at the rates of the first year, a of (40).

        Parameters
        ----------
        figures : PopulationFigures
            Persons (b,), (b, i, k).
        assumed : Assumed
        levers : dict of str to (b, i) array
            Shares a year and years.
        drift : (t, b, i) log points of odds, optional
        """
        shut = np.full(figures.abroad.shape, -np.inf)
        nobody = np.zeros((len(figures.birth), 1, 1))
        none = Fleeing(nobody, nobody, np.ones(figures.abroad.shape))
        drift = np.zeros((len(figures.birth), 1, 1)) if drift is None else drift
        stay = cls(figures, assumed, shut, none, drift)
        rates = stay.in_year(figures.first, levers, stay.start)
        years = figures.first - figures.earlier_year
        inflow = inflow_since(figures.earlier, years, figures.abroad, rates)
        chosen = _by_choice(figures, inflow, rates)
        stayed = stayed_on(inflow, chosen, figures.flight, figures.first, years)
        decay = Decay(
            assumed.displacement_half_life,
            assumed.displacement_floor,
            assumed.displacement_floor_half_life,
        )
        span = (figures.first, figures.first + len(figures.birth))
        fleeing = Fleeing.of(figures.flight, stayed, _protected_unless(inflow), decay, span)
        leave = per_person_at_home(chosen, figures.natives)
        behind = pull(leave, stay.circumstances(stay.start))
        return replace(stay, pull=behind, fleeing=fleeing)

    def exits(self, levers: dict[str, Array]) -> ExitRates:
        """The rates of `exit_rates`, shares a year (b, i, k), of people whose birthplace is known.

        The others stay. Returned, removed and p of (39).
        """
        known = (np.array(self.figures.areas) != UNKNOWN)[:, None, None]
        rates = exit_rates(levers)
        return ExitRates(
            chosen=rates.chosen * known,
            ended=rates.ended * known,
            removed=rates.removed * known,
            change=rates.change * known[..., None],
        )

    @property
    def start(self) -> Persons:
        """Everybody at the start."""
        return Persons(self.figures.natives, self.figures.abroad)

    def circumstances(self, before: Persons) -> Circumstances:
        """What departures answer to, from the persons of the year before."""
        log_pay = pay_change(before.residents, self.start.residents, self.assumed.pay_elasticity)
        return Circumstances(
            log_gain=log_pay - log_pay[:, None],
            diaspora=before.diaspora,
            able=self._able(log_pay),
            elasticity=self.assumed.flow_elasticity,
            network=self.assumed.network,
        )

    def _able(self, log_pay: Array) -> Array:
        """kap (b); everybody where output is not known."""
        constraint = Poverty(
            np.array([self.assumed.poverty_cost]), np.array([self.assumed.poverty_spread])
        )
        known = np.isfinite(self.figures.output)
        means = np.where(known, self.figures.output, 1.0) * np.exp(log_pay)
        return np.where(known, constraint.able(means[None, None])[0, 0], 1.0)

    def log_odds(self, levers: dict[str, Array]) -> Array:
        """What the wedge does to the log odds of (40): (b, i, k) log points; -inf closes."""
        wedge = levers["wedge"]
        # An infinite wedge closes a corridor whatever the elasticity.
        closed = np.isinf(wedge)
        cost = self.assumed.flow_elasticity * np.where(closed, 0.0, wedge)
        return np.where(closed, -np.inf, -cost)

    def in_year(self, year: int, levers: dict[str, Array], before: Persons) -> Rates:
        """Rates of (39) and (40), shares (b, i, k), of the year from 1 July of `year`.

        `levers` are (b, i) in their units; `before` are the persons of the year before.
        """
        row = year - self.figures.first
        birth, death = self.figures.birth[row], self.figures.death[row]
        out, odds = self.exits(levers), self.log_odds(levers)
        chosen = departure_rates(self.pull + odds + self.drift[row, ..., None],
                                 self.circumstances(before))  # fmt: skip
        fled = self.fleeing.rate[row][..., None] * self.fleeing.mix
        return Rates(
            birth_home=birth,
            birth_abroad=birth[:, None],
            death_home=death,
            death_abroad=death[:, None],
            leave=chosen + per_person_at_home(fled * np.exp(odds), self.figures.natives),
            come_back=out.chosen + out.ended,
            remove=out.removed,
            change=out.change,
        )


def _by_choice(figures: PopulationFigures, inflow: Array, rates: Rates) -> Array:
    """Arrivals (b, i, k) without those who fled: of a country in a spell, those of calm years.

    Where stocks tell nobody of the country apart in calm years (South Sudan), all fled.
    """
    total = figures.abroad.sum(axis=-1, keepdims=True)
    mix = figures.abroad / np.where(total > 0.0, total, 1.0)
    calm = figures.calm[..., None] * mix
    before = inflow_since(figures.calm_earlier, CALM, calm, rates)
    return np.where(figures.flight.fled[:, None, None], before, inflow)


def _protected_unless(inflow: Array) -> Array:
    """Status (b, i, k) of those who flee: that of who came before, or protected."""
    total = inflow.sum(axis=-1, keepdims=True)
    protected = np.arange(inflow.shape[-1]) == PROTECTED
    return np.where(total > 0.0, inflow / np.where(total > 0.0, total, 1.0), protected)


@dataclass(frozen=True)
class Trajectory:
    """Persons of every year (one more than rates), the year's rates, and what happened."""

    people: list[Persons]
    rates: list[Rates]
    events: list[Events]


@dataclass(frozen=True)
class RefugeeArrivals:
    """People a journey brought abroad: `persons` (b, i) in the year from 1 July of `year`."""

    year: int
    persons: Array

    def added(self, after: Persons, events: Events) -> tuple[Persons, Events]:
        """They leave home and are protected where they came to."""
        abroad, left = after.abroad.copy(), events.left.copy()
        abroad[..., PROTECTED] += self.persons
        left[..., PROTECTED] += self.persons
        home = after.home - self.persons.sum(axis=1)
        return Persons(home, abroad), replace(events, left=left)


def trajectory(
    calibrated: CalibratedRates,
    schedule: PolicySchedule,
    last: int,
    refugees: RefugeeArrivals | None = None,
    known: Trajectory | None = None,
    adjust: Callable[[int, Persons, Rates], Rates] | None = None,
) -> Trajectory:
    """The world to `last` by (39) and (40), departures from the persons of the year before.

    With `known`, the trajectory without the policy, no more people leave for places that are held
    than leave for them on it.

    Parameters
    ----------
    calibrated : CalibratedRates
    schedule : PolicySchedule
        Levers of each year, (b, i) in their units.
    last : int
        Year.
    refugees : RefugeeArrivals, optional
        Persons (b, i) whom a journey brought abroad in one of the years.
    adjust : function of a row of years, persons and rates, optional
        What the year's rates become.

    Returns
    -------
    Trajectory
        Persons of each mid-year, (b,) and (b, i, k); rates and events of each year.

    Raises
    ------
    Infeasible
        More people die or move out of a place and status than are there.
    DoesNotClose
        World persons do not change by births less deaths.
    """
    people, rates = [calibrated.start], []
    happened: list[Events] = []
    for row, year in enumerate(range(calibrated.figures.first, last)):
        year_rates = calibrated.in_year(year, schedule.levers(year), people[max(row - 1, 0)])
        if adjust is not None:
            year_rates = adjust(row, people[-1], year_rates)
        if known is not None:
            home = people[-1].home[:, None, None]
            most = schedule.most(year, known.events[row].left)
            leave = np.minimum(year_rates.leave, most / np.where(home > 0.0, home, 1.0))
            year_rates = replace(year_rates, leave=leave)
        rates.append(year_rates)
        after, events = _stepped(calibrated, people[-1], rates[-1], row, refugees)
        people.append(after)
        happened.append(events)
    return Trajectory(people, rates, happened)


def _stepped(
    calibrated: CalibratedRates,
    before: Persons,
    rates: Rates,
    row: int,
    refugees: RefugeeArrivals | None,
) -> tuple[Persons, Events]:
    """A year at its rates, and who fled in it as far as that was counted or walked."""
    year = calibrated.figures.first + row
    after, events = step(before, rates)
    counted = calibrated.fleeing.known[row]
    if counted.any():
        after, events = RefugeeArrivals(year, counted).added(after, events)
    if refugees is not None and year == refugees.year:
        after, events = refugees.added(after, events)
    require_closed(before, events, after)
    return after, events
