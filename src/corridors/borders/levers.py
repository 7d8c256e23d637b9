"""Levers of borders: opening, closing, walls, visas, quotas, points, permits, removal, asylum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from corridors.borders.admission import (
    closed_again,
    markdown_under_threat,
    opened,
    stay_ratio,
    with_odds,
)
from corridors.borders.quotas import Members, multiplier_of_queue, multiplier_today
from corridors.errors import InputError, Problem
from corridors.labels import Array, Mask
from corridors.parameters import setting
from corridors.rules import (
    DECIDED,
    HELD,
    Checked,
    Corridors,
    Rationing,
    Rules,
    Setting,
    Trace,
    numbered,
    residences,
)

__all__ = [
    "LEVERS",
    "Asylum",
    "Ban",
    "CloseAgain",
    "Deportation",
    "GuestWorkers",
    "OpenBorder",
    "Places",
    "PointsSystem",
    "Quota",
    "Registration",
    "Regularisation",
    "Visa",
    "Wall",
]


def _trace(name: str, cells: Mask, rules: Rules) -> Trace:
    return Trace(name, int(cells.sum()), int((cells & rules.empty).sum()))


def _odds(rules: Rules, cells: Mask, factor: Array | float) -> Array:
    return with_odds(rules.log_wedge, rules.theta, cells, factor)


def _opened(rules: Rules, cells: Mask, share: Array) -> Array:
    """The wedge of corridors with people, without `share` of its legal part."""
    there = cells & ~rules.empty
    return opened(rules.log_wedge, rules.theta, rules.adults, there, share, rules.free)


#: Axes of a cell (s, b, i, k) that a cap is numbered by.
BY_RESIDENCE, BY_CORRIDOR, BY_GROUP = (2, 3), (1, 2, 3), (0, 1, 2, 3)
#: Statuses whose places somebody gives: nobody enters them by wanting to.
RATIONED = ("permanent", "tied", "protected")


def _rationed_elsewhere(rules: Rules, cells: Mask) -> Rules:
    """Hold, corridor by corridor, the rationed statuses that a rule on some statuses leaves alone.

    Whoever is driven out of one status becomes a permanent resident neither there nor elsewhere by
    wanting to. Where people may move freely nothing is rationed.
    """
    there = cells & ~rules.empty
    acted = residences(there)
    given = np.array([status in RATIONED for status in rules.statuses])
    here = np.asarray(acted.any(axis=1))[:, None] & ~acted & given
    if not here.any():
        return rules.claimed(cells, DECIDED)
    driven_out = np.asarray(there.any(axis=(0, 2, 3)))[:, None, None]
    held = (here | (driven_out & given & ~acted)) & (rules.free < 1.0)[:, :, None]
    claimed = rules.claimed(cells, DECIDED)
    return claimed.claimed(np.broadcast_to(held, cells.shape), HELD)


def _without_scarcity(
    rules: Rules, sets: NDArray[np.intp], unmet: Array, applicants: float | None = None
) -> Rules:
    """The wedge without what scarce places add to it, where no cap says so yet; equation (17).

    `unmet` (d, n) is people who would come over places, for every number of `sets`; `applicants`
    people in a queue over those who live there, in its place.
    """
    cell = np.flatnonzero(sets.reshape(-1) >= 0)
    people = rules.people.reshape(len(rules.people), -1)[:, cell]
    skill = np.unravel_index(cell, sets.shape)[0]
    members = Members(np.arange(len(cell)), sets.reshape(-1)[cell], len(cell), unmet.shape[1])
    theta = rules.theta[:, skill]
    rows = np.broadcast_shapes(people.shape, theta.shape)
    people, theta = np.broadcast_to(people, rows), np.broadcast_to(theta, rows)
    if applicants is None:
        multiplier = multiplier_today(members, people, theta, unmet)
    else:
        natives = rules.natives.reshape(-1)[cell // int(np.prod(sets.shape[2:]))]
        counted = applicants * members.total(people)
        multiplier = multiplier_of_queue(members, people, theta, natives, counted)
    flat = (
        np.broadcast_to(
            rules.log_wedge, (max(len(rules.log_wedge), rows[0]), *rules.log_wedge.shape[1:])
        )
        .reshape(max(len(rules.log_wedge), rows[0]), -1)
        .copy()
    )
    flat[:, cell] -= members.of_cells(multiplier)
    return rules.with_(log_wedge=flat.reshape(-1, *sets.shape))


def _refuse_full(name: str, where: Corridors, cells: Mask, rules: Rules) -> None:
    counted = rules.caps.mask(cells.shape) & (rules.claims < DECIDED)
    if (counted | ~cells | rules.empty).all():
        raise InputError(
            Problem(
                f"{name}: {where}",
                "every place there is counted, and a cap that is full lets nobody more in",
                "Give more places (places, guest_workers or quota) instead of easing the law",
            )
        )


def _refuse_empty(name: str, where: Corridors, cells: Mask, rules: Rules) -> None:
    if (rules.empty | ~cells).all():
        raise InputError(
            Problem(
                f"{name}: {where}",
                "nobody lives there today, so there is no wedge to open",
                "Choose corridors with people: an empty corridor stays empty in this model",
            )
        )


@dataclass(frozen=True)
class OpenBorder(Checked):
    """Open the border: take away the part of the barrier that law makes.

    tau' = tau / tau_s^v, tau_s the wedge without size.

    Where people may move freely today there is no law left to remove. A cap that is full stays:
    the law is in the wedge, scarcity in the cap. A wedge below 1 has nothing to open. Empty
    corridors have no wedge and stay empty.
    """

    name: ClassVar[str] = "open_border"
    title: ClassVar[str] = "Open the border"

    legal_share: float | None = setting(
        None,
        unit="share of the log wedge",
        help="how much of the barrier is law rather than distance, language or taste; "
        "left out, the parameter legal_share with its prior",
        source="EU accession benchmark: 0.10-0.17 at theta 1.2; assumed elsewhere",
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the wedge of every selected corridor that has people."""
        cells = self.where.mask(rules)
        _refuse_empty(self.name, self.where, cells, rules)
        _refuse_full(self.name, self.where, cells, rules)
        v = rules.legal_share if self.legal_share is None else np.array([self.legal_share])
        opened = rules.with_(log_wedge=_opened(rules, cells, v)).claimed(cells, DECIDED)
        return opened, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class CloseAgain(Checked):
    """Close again an area where people move freely today: the law comes back, the rest stays.

    tau' = tau tau_s^(v / (1 - v)), tau_s the wedge without size.

    Where people do not move freely today the law is there already and nothing changes.
    """

    name: ClassVar[str] = "close_again"
    title: ClassVar[str] = "Close an open area again"

    legal_share: float | None = setting(
        None,
        unit="share of the log wedge",
        help="how much of the wedge would be law rather than distance, language or taste (v); "
        "left out, the parameter legal_share with its prior",
        source="EU accession benchmark: 0.10-0.17 at theta 1.2; assumed elsewhere",
        upper=0.95,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Raise the wedge of every selected corridor in which people move freely; (31), closing.

        Raises
        ------
        InputError
            Nobody lives there by a right to move.
        """
        free = (rules.free > 0.0)[:, :, None]
        cells = self.where.mask(rules) & free
        if (rules.empty | ~cells).all():
            what = "nobody lives there by a right to move, so nothing can be closed again"
            fix = "Choose an area of free movement, as the European Union"
            raise InputError(Problem(f"{self.name}: {self.where}", what, fix))
        v = rules.legal_share if self.legal_share is None else np.array([self.legal_share])
        there = cells & ~rules.empty
        wedge = closed_again(rules.log_wedge, rules.theta, rules.adults, there, v, rules.free)
        # (Where law is no part of the wedge there is none to bring back.)
        held = np.where(cells.any(axis=(0, 3)) & bool((v > 0.0).any()), 0.0, rules.free)
        closed = rules.with_(log_wedge=wedge, free=held).claimed(cells, DECIDED)
        return closed, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Ban(Checked):
    """Close corridors: people there now return or go elsewhere.

    tau = infinity.
    """

    name: ClassVar[str] = "ban"
    title: ClassVar[str] = "Ban entry and stay"

    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Close every selected corridor."""
        cells = self.where.mask(rules)
        closed = np.where(cells, np.inf, rules.log_wedge)
        harder = _rationed_elsewhere(rules, cells).with_(log_wedge=closed)
        return harder, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Wall(Checked):
    """Make crossing dearer, so that a share of those who would come is deterred at equal pay.

    tau' = tau e^d.

    At unchanged pay and unchanged alternatives the odds of a corridor against staying fall by
    `deterred`: d = -ln(1 - deterred) / theta. Who goes elsewhere instead is the model's answer.
    """

    name: ClassVar[str] = "wall"
    title: ClassVar[str] = "Build a wall or enforce"

    deterred: float = setting(
        0.05,
        unit="share of people at unchanged pay",
        help="how much the odds of living in the corridor fall before anything adjusts",
        source="Allen, Dobbin, Morten (NBER 25267): 0.02-0.09 of the Mexican-born for the fence of "
        "2007-10; Feigenberg 2020: 0.27 in the municipality beside a fence",
        upper=0.99,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Raise the wedge of every selected corridor."""
        cells = self.where.mask(rules)
        raised = _odds(rules, cells, 1.0 - self.deterred)
        harder = _rationed_elsewhere(rules, cells).with_(log_wedge=raised)
        return harder, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Visa(Checked):
    """Require a visa: fewer enter, and fewer of those inside leave.

    In the long run people are inflow over exit: odds x (1 - inflow_cut) / (1 - exit_cut).
    """

    name: ClassVar[str] = "visa"
    title: ClassVar[str] = "Require a visa"

    inflow_cut: float = setting(
        0.45,
        unit="share of inflow",
        help="how much the yearly inflow falls",
        source="Czaika and de Haas 2017: sign read, size from memory (0.2-0.6)",
        upper=0.99,
    )
    exit_cut: float = setting(
        0.2,
        unit="share of exits",
        help="how much yearly exits fall, because a return would be final",
        source="assumed; Czaika and de Haas 2017 find fewer returns, no size",
        upper=0.99,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Scale the odds of every selected corridor."""
        cells = self.where.mask(rules)
        raised = _odds(rules, cells, (1.0 - self.inflow_cut) / (1.0 - self.exit_cut))
        harder = _rationed_elsewhere(rules, cells).with_(log_wedge=raised)
        return harder, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Quota(Checked):
    """Cap how many people of a status live in each selected residence."""

    name: ClassVar[str] = "quota"
    title: ClassVar[str] = "Set a quota"

    share_of_today: float = setting(
        1.0,
        unit="share of the people there today",
        help="the cap, against how many of the status live there today",
        source="1 freezes today's number",
        upper=100.0,
    )
    rationing: Rationing = setting(
        "fee",
        unit="a word",
        help="how places are given out: to who wants them most, or by lot",
        source="a choice of the asker",
        choices=("fee", "lottery"),
    )
    by: str = setting(
        "residence",
        unit="a word",
        help="one cap for all the selected people of a residence, or one for every corridor",
        source="a choice of the asker",
        choices=("residence", "corridor"),
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Set the cap of every selected residence and status."""
        cells = self.where.mask(rules)
        there = cells & ~rules.empty
        sets = numbered(there, BY_CORRIDOR if self.by == "corridor" else BY_RESIDENCE)
        decided = rules.claimed(cells, DECIDED).with_(rationing=self.rationing)
        capped = residences(cells)
        trace = Trace(self.name, int(capped.sum()), int((capped & ~residences(there)).sum()))
        return decided.capped(sets, self.share_of_today * rules.persons(sets)), trace

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """The cap outright, and one way of rationing for all."""
        everywhere = np.ones(1, dtype=bool)
        lots = float(self.rationing == "lottery")
        # Caps on different people of one place stand beside each other.
        whom = "" if self.where.birthplace == self.where.skill == "all" else " of some"
        field = f"quota{whom} by {self.by}"
        return (
            Setting(field, self.where.mask(rules), self.share_of_today),
            Setting("rationing by lottery", everywhere, lots),
        )


@dataclass(frozen=True)
class Places(Checked):
    """Give more places of a status than there are today, in each selected residence.

    Places are scarce: `unmet` times as many as live there would come were there no cap, so that
    each place given is taken, up to that number. Where no cap is known to be full today this says
    that one is.
    """

    name: ClassVar[str] = "places"
    title: ClassVar[str] = "Give more places"

    more: float = setting(
        0.01,
        unit="share of the residence's adults",
        help="places beyond today's",
        source="a choice of the asker",
    )
    applicants: float | None = setting(
        None,
        unit="ratio",
        help="people counted in the queue and in the places, over the places; left out, the "
        "parameter unmet, which counts at today's other options and is not seen",
        source="a count, where places are given by queue or lot",
        lower=1.0,
        upper=1000.0,
    )
    where: Corridors = Corridors(status="permanent")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Cap each residence and status chosen at today's people and the places given; (16), (17).

        Raises
        ------
        InputError
            Nobody lives there, or the places are full today already by the parameter `unmet`.
        """
        cells = self.where.mask(rules)
        _refuse_empty(self.name, self.where, cells, rules)
        if self.applicants is not None and (rules.caps.mask(cells.shape) & cells).any():
            what = "these places are full today already, by the parameter unmet"
            fix = "Set unmet, or choose places that no cap counts"
            raise InputError(Problem(f"{self.name}.applicants", what, fix))
        given = _more_places(rules, cells, self.more, self.applicants)
        return given, _trace(self.name, cells, rules)

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """The cap outright."""
        return (_places_set(self.where.mask(rules), self.more),)


def _places_set(cells: Mask, more: float) -> Setting:
    # Below 0, so that it equals no share of today that a quota may set.
    return Setting("quota by residence", cells, -1.0 - more)


def _more_places(rules: Rules, cells: Mask, more: float, applicants: float | None = None) -> Rules:
    """Caps by residence and status at today's people and `more` times the residence's adults."""
    there = cells & ~rules.empty & (rules.free < 1.0)[:, :, None]
    known = rules.caps.mask(cells.shape)
    scarce = numbered(there & ~known, BY_RESIDENCE)
    number = int(scarce.max(initial=-1)) + 1
    unmet = np.broadcast_to(rules.unmet[..., None], (*np.shape(rules.unmet), number))
    freed = _without_scarcity(rules, scarce, unmet, applicants) if number else rules
    sets = numbered(there, BY_RESIDENCE)
    first = np.unique(sets[sets >= 0], return_index=True)[1]
    residence = np.nonzero(sets >= 0)[2][first]
    limit = rules.persons(sets) + more * rules.adults[residence]
    return freed.claimed(cells, DECIDED).capped(sets, limit)


@dataclass(frozen=True)
class PointsSystem(Checked):
    """Two tiers: easier for who has tertiary schooling, harder for who has not."""

    name: ClassVar[str] = "points_system"
    title: ClassVar[str] = "Select by points"

    eased: float = setting(
        0.1,
        unit="share of the log wedge",
        help="what is taken from the wedge of people with tertiary schooling",
        source="assumed: show it as a curve",
    )
    deterred: float = setting(
        0.3,
        unit="share of people at unchanged pay",
        help="how much the odds of the others fall",
        source="assumed: show it as a curve",
        upper=0.99,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the wedge of the upper tier and raise that of the lower."""
        cells = self.where.mask(rules)
        upper = np.array([skill == "high" for skill in rules.skills])[:, None, None, None]
        raised = rules.with_(log_wedge=_odds(rules, cells & ~upper, 1.0 - self.deterred))
        eased = _opened(raised, cells & upper, np.array([self.eased]))
        selected = raised.with_(log_wedge=eased).claimed(cells, DECIDED)
        return selected, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class GuestWorkers(Checked):
    """A guest-worker scheme: more tied places in the residences that have a programme.

    Permits are given by the year: places are permits a year times the term, so that a longer term
    is more places. Tied places are full today: see `places`.
    """

    name: ClassVar[str] = "guest_workers"
    title: ClassVar[str] = "Admit guest workers"

    places: float = setting(
        0.01,
        unit="share of the residence's adults",
        help="tied places in each selected residence beyond today's, at today's term",
        source="assumed: show it as a curve",
    )
    term: float = setting(
        2.0,
        unit="years",
        help="how long a permit lasts, at as many permits a year",
        source="a choice of the asker",
        lower=0.1,
        upper=50.0,
    )
    term_today: float = setting(
        2.0,
        unit="years",
        help="how long permits last today",
        source="assumed: contracts in the Gulf are of two years",
        lower=0.1,
        upper=50.0,
    )
    where: Corridors = Corridors(status="tied")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Raise the caps of tied places."""
        cells = self.where.mask(rules)
        _refuse_empty(self.name, self.where, cells, rules)
        return _more_places(rules, cells, self._more), _trace(self.name, cells, rules)

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """The cap outright."""
        return (_places_set(self.where.mask(rules), self._more),)

    @property
    def _more(self) -> float:
        return self.places * self.term / self.term_today


@dataclass(frozen=True)
class Deportation(Checked):
    """Remove people: a higher yearly chance of removal shortens stays and weakens who stays.

    Long-run odds fall by (exit + d) / (exit + d'). Fear of removal lowers bargaining power even
    where nobody is removed: the recruitment elasticity behind the mark-down falls by
    (d / d')^power, so 1 - mu = eta / (1 + eta) falls.
    """

    name: ClassVar[str] = "deportation"
    title: ClassVar[str] = "Deport"

    hazard: float = setting(
        0.0211,
        unit="per year",
        help="removals from the interior per person and year",
        source="USA 2009, the highest of 2009-2018 (Cato Institute on ICE figures)",
    )
    hazard_today: float = setting(
        0.0138,
        unit="per year",
        help="the same today",
        source="USA, mean of 2009-2016 (Cato Institute on ICE figures)",
        lower=1e-4,
    )
    exit: float = setting(
        0.03,
        unit="per year",
        help="people who leave of their own accord per person and year",
        source="USA: 12.5-16 % within five years (OECD 2024)",
        lower=1e-4,
    )
    power: float = setting(
        0.5,
        unit="elasticity",
        help="of the recruitment elasticity to today's hazard over the new one",
        source="assumed; E-Verify lowered pay by 4.5 points of the penalty",
        upper=2.0,
    )
    where: Corridors = Corridors(status="irregular")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Shorten stays and raise the mark-down of the selected statuses."""
        cells = self.where.mask(rules)
        stays = stay_ratio(self.exit, self.hazard, self.hazard_today)
        weaker = (self.hazard / self.hazard_today) ** self.power
        feared = markdown_under_threat(rules.markdown, weaker)
        markdown = np.where(residences(cells), feared, rules.markdown)
        held = _rationed_elsewhere(rules, cells)
        changed = held.with_(log_wedge=_odds(rules, cells, stays), markdown=markdown)
        return changed, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Regularisation(Checked):
    """Give papers to a share of the irregular: they become permanent residents.

    A transfer, corridor by corridor and by skill: as many people fewer without papers as more
    permanent residents, whose pay and productivity they get; nobody is created. Papers are scarce,
    so all of them are taken: `unmet` times as many as live in the corridor without or with them
    would hold them. Places without papers are not filled again unless `refilled`.
    """

    name: ClassVar[str] = "regularisation"
    title: ClassVar[str] = "Regularise"

    share: float = setting(
        1.0,
        unit="share of the irregular",
        help="how many receive papers",
        source="a choice of the asker",
    )
    refilled: str = setting(
        "no",
        unit="a word",
        help="whether others come in the place of those who got papers",
        source="a choice of the asker",
        choices=("no", "yes"),
    )
    where: Corridors = Corridors(status="irregular")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Cap both statuses of every corridor and skill at what the transfer leaves."""
        cells = self.where.mask(rules)
        papers = rules.statuses.index("permanent")
        without = cells & ~rules.empty & ~rules.empty[..., [papers]]
        without[..., papers] = False
        with_papers = np.zeros_like(without)
        with_papers[..., papers] = without.any(axis=-1)
        given = numbered(with_papers, BY_GROUP)
        taken = numbered(without, BY_GROUP)
        moving = self.share * np.where(without, rules.people, 0.0)
        at_papers = np.zeros_like(moving)
        at_papers[..., papers] = moving.sum(axis=-1)
        here = np.where(without, rules.people, 0.0).sum(axis=-1)[..., None] + rules.people
        holders = rules.persons(given)
        wanting = rules.with_(people=here * with_papers).persons(given) / holders
        scarce = _without_scarcity(rules, given, rules.unmet[..., None] * wanting)
        changed = scarce.claimed(cells | with_papers, DECIDED).capped(
            given, holders + rules.with_(people=at_papers).persons(given)
        )
        if self.refilled == "no":
            changed = changed.capped(taken, (1.0 - self.share) * rules.persons(taken))
        without_permanent = int((cells & ~rules.empty & ~without).sum())
        empty = int((cells & rules.empty).sum()) + without_permanent
        return changed, Trace(self.name, int(cells.sum()), empty)


@dataclass(frozen=True)
class Asylum(Checked):
    """Recognise more or fewer, and let them work or not."""

    name: ClassVar[str] = "asylum"
    title: ClassVar[str] = "Change asylum"

    recognition: float = setting(
        1.0,
        unit="ratio to today",
        help="recognition rate against today's; long-run odds move with it",
        source="1 leaves it as it is",
        lower=0.01,
        upper=10.0,
    )
    work_ban: float = setting(
        0.0,
        unit="share of working time",
        help="part of working time that a ban on work takes away",
        source="0 leaves it as it is",
        upper=0.99,
    )
    where: Corridors = Corridors(status="protected")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Scale the odds and the efficiency units of the selected statuses."""
        cells = self.where.mask(rules)
        wedge = _odds(rules, cells, self.recognition)
        efficiency = rules.efficiency * np.where(cells, 1.0 - self.work_ban, 1.0)
        changed = rules.claimed(cells, DECIDED).with_(log_wedge=wedge, efficiency=efficiency)
        return changed, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Registration(Checked):
    """Tie services, schools and fair pay to papers of the place: the form of China's hukou.

    People who live elsewhere than where they were born lose a share of what their consumption is
    worth, tau' = tau / ((1 - services)(1 - schooling)), and of their pay, 1 - mu' = (1 - mu)(1 -
    pay). Negative shares give papers where today they are wanting.
    """

    name: ClassVar[str] = "registration"
    title: ClassVar[str] = "Ask for papers of the place"

    services: float = setting(
        0.05,
        unit="share of consumption",
        help="worth of the services that people without papers of the place do without",
        source="assumed: show it as a curve",
        lower=-0.5,
        upper=0.9,
    )
    schooling: float = setting(
        0.05,
        unit="share of consumption",
        help="worth of the schooling that their children do without",
        source="assumed: show it as a curve",
        lower=-0.5,
        upper=0.9,
    )
    pay: float = setting(
        0.0,
        unit="share of the marginal product",
        help="what employers keep of the pay of people without papers of the place",
        source="assumed: show it as a curve",
        lower=-0.5,
        upper=0.9,
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Raise the wedge of the selected corridors, and the mark-down where they lead."""
        cells = self.where.mask(rules)
        lost = -np.log1p(-self.services) - np.log1p(-self.schooling)
        kept = (1.0 - rules.markdown) * (1.0 - self.pay)
        markdown = np.where(residences(cells), 1.0 - kept, rules.markdown)
        changed = rules.with_(
            log_wedge=rules.log_wedge + np.where(cells, lost, 0.0), markdown=markdown
        )
        return changed, _trace(self.name, cells, rules)


LEVERS = (
    OpenBorder, CloseAgain, Ban, Wall, Visa, Quota, Places, PointsSystem, GuestWorkers, Deportation,
    Regularisation, Asylum, Registration,
)  # fmt: skip
