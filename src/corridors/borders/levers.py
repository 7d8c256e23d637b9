"""Levers of borders: opening, closing, walls, visas, quotas, points, permits, removal, asylum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corridors.borders.admission import markdown_under_threat, opened, stay_ratio, with_odds
from corridors.errors import InputError, Problem
from corridors.labels import Array, Mask
from corridors.parameters import setting
from corridors.rules import (
    Checked,
    Corridors,
    Rationing,
    Rules,
    Setting,
    Trace,
    residences,
)

__all__ = [
    "LEVERS",
    "Asylum",
    "Ban",
    "Deportation",
    "GuestWorkers",
    "OpenBorder",
    "PointsSystem",
    "Quota",
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
    return opened(rules.log_wedge, rules.theta, rules.adults, cells & ~rules.empty, share)


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
    """Remove the legal part of the wedge: tau' = tau / tau_s^v, tau_s the wedge without size.

    A wedge below 1 has nothing to open. Empty corridors have no wedge and stay empty.
    """

    name: ClassVar[str] = "open_border"
    title: ClassVar[str] = "Open the border"

    legal_share: float | None = setting(
        None,
        unit="share of the log wedge",
        help="how much of the wedge is law rather than distance, language or taste (v); "
        "left out, the parameter legal_share with its prior",
        source="EU accession benchmark: 0.10-0.17 at theta 1.2; assumed elsewhere",
    )
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Lower the wedge of every selected corridor that has people."""
        cells = self.where.mask(rules)
        _refuse_empty(self.name, self.where, cells, rules)
        v = rules.legal_share if self.legal_share is None else np.array([self.legal_share])
        return rules.with_(log_wedge=_opened(rules, cells, v)), _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Ban(Checked):
    """Close corridors: tau = infinity. People there now return or go elsewhere."""

    name: ClassVar[str] = "ban"
    title: ClassVar[str] = "Ban entry and stay"

    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Close every selected corridor."""
        cells = self.where.mask(rules)
        closed = np.where(cells, np.inf, rules.log_wedge)
        return rules.with_(log_wedge=closed), _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Wall(Checked):
    """Make crossing dearer: tau' = tau e^d, with d so that a share is deterred at equal pay.

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
        return rules.with_(log_wedge=raised), _trace(self.name, cells, rules)


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
        return rules.with_(log_wedge=raised), _trace(self.name, cells, rules)


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
    where: Corridors = Corridors()

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Set the cap of every selected residence and status."""
        cells = self.where.mask(rules)
        capped = residences(cells)
        quota = np.where(capped, self.share_of_today * rules.stock, rules.quota)
        return rules.with_(quota=quota, rationing=self.rationing), Trace(
            self.name, int(capped.sum()), int((capped & (rules.stock == 0.0)).sum())
        )

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """The cap outright, and one way of rationing for all."""
        capped = residences(self.where.mask(rules))
        everywhere = np.ones(1, dtype=bool)
        lots = float(self.rationing == "lottery")
        return (
            Setting("quota", capped, self.share_of_today),
            Setting("rationing by lottery", everywhere, lots),
        )


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
        return raised.with_(log_wedge=eased), _trace(self.name, cells, rules)


@dataclass(frozen=True)
class GuestWorkers(Checked):
    """A guest-worker scheme: tied places for a term, opened to the selected birthplaces.

    Long-run people are inflow times stay, so a longer term raises odds in proportion.
    """

    name: ClassVar[str] = "guest_workers"
    title: ClassVar[str] = "Admit guest workers"

    places: float = setting(
        0.01,
        unit="share of the residence's adults",
        help="cap on all tied people in each selected residence, beyond those there today",
        source="assumed: show it as a curve",
    )
    eased: float = setting(
        0.3,
        unit="share of the log wedge",
        help="what the scheme takes from the wedge of the tied status",
        source="assumed: show it as a curve",
    )
    term: float = setting(
        2.0,
        unit="years",
        help="how long a permit lasts",
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
        """Ease, lengthen and cap."""
        cells = self.where.mask(rules)
        _refuse_empty(self.name, self.where, cells, rules)
        eased = rules.with_(log_wedge=_opened(rules, cells, np.array([self.eased])))
        longer = _odds(eased, cells, self.term / self.term_today)
        capped = residences(cells)
        places = rules.stock + self.places * rules.adults[:, None]
        quota = np.where(capped, places, rules.quota)
        return rules.with_(log_wedge=longer, quota=quota), _trace(self.name, cells, rules)

    def settings(self, rules: Rules) -> Iterable[Setting]:
        """The cap outright."""
        capped = residences(self.where.mask(rules))
        # Below 0, so that it equals no share of today that another quota may set.
        return (Setting("quota", capped, -1.0 - self.places),)


@dataclass(frozen=True)
class Deportation(Checked):
    """Remove people: a higher yearly hazard d' shortens stays and weakens who stays.

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
        changed = rules.with_(log_wedge=_odds(rules, cells, stays), markdown=markdown)
        return changed, _trace(self.name, cells, rules)


@dataclass(frozen=True)
class Regularisation(Checked):
    """Give papers to a share of the irregular: pay and productivity move to the permanent's."""

    name: ClassVar[str] = "regularisation"
    title: ClassVar[str] = "Regularise"

    share: float = setting(
        1.0,
        unit="share of the irregular",
        help="how many receive papers",
        source="a choice of the asker",
    )
    where: Corridors = Corridors(status="irregular")

    def apply(self, rules: Rules) -> tuple[Rules, Trace]:
        """Close the gap to the status `permanent` by `share`."""
        cells = self.where.mask(rules)
        model = rules.statuses.index("permanent")
        chosen = residences(cells)
        mu, free = rules.markdown, rules.markdown[..., [model]]
        markdown = np.where(chosen, mu + self.share * (free - mu), mu)
        q = rules.efficiency
        closer = q + self.share * (q[..., [model]] - q)
        efficiency = np.where(cells, closer, q)
        changed = rules.with_(markdown=markdown, efficiency=efficiency)
        return changed, _trace(self.name, cells, rules)


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
        changed = rules.with_(log_wedge=wedge, efficiency=efficiency)
        return changed, _trace(self.name, cells, rules)


LEVERS = (
    OpenBorder, Ban, Wall, Visa, Quota, PointsSystem, GuestWorkers, Deportation, Regularisation,
    Asylum,
)  # fmt: skip
