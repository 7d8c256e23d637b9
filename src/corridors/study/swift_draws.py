"""Draws of a study by the compiled path: what all draws share, prepared once in every process."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass, field

import numpy as np

from corridors.baseline import Observed
from corridors.baseline.compact import Sketch, Today
from corridors.equilibrium import drawn
from corridors.labels import Array
from corridors.parameters import central
from corridors.rules import Caps, Policy, Rules
from corridors.study import draws, swift_levers
from corridors.study.draws import DRAWN, DrawnCase
from corridors.study.files import Study, StudyFile

__all__ = ["Prepared", "prepared"]

#: What was prepared in this process, by what it was prepared from.
_KNOWN: dict[bytes, Prepared | None] = {}


def prepared(observed: Observed, policies: tuple[Policy, ...], file: StudyFile) -> Prepared | None:
    """What the draws of a study share, prepared once in a process.

    Parameters
    ----------
    observed : Observed
        Adults (s, b) and (s, b, i), dollars a year (i,).
    policies : tuple of Policy
    file : StudyFile

    Returns
    -------
    Prepared or None, where only the general path will do
    """
    key = hashlib.sha256(pickle.dumps((observed, policies, file))).digest()
    if key not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[key] = Prepared.of(observed, policies, file)
    return _KNOWN[key]


@dataclass(frozen=True)
class Prepared:
    """The sketch of a study's world, its policies, and the central solution of every case.

    Every draw starts at the central solution, so that it does not depend on other draws.
    """

    sketch: Sketch
    policies: tuple[Policy, ...]
    closures: tuple[str, ...]
    starts: dict[tuple[str, str], Array]
    opened: tuple[swift_levers.Opening | None, ...]
    shown: tuple[str, str]
    _people: list[tuple[Observed, Array | None, Array, Array]] = field(default_factory=list)

    @classmethod
    def of(
        cls, observed: Observed, policies: tuple[Policy, ...], file: StudyFile
    ) -> Prepared | None:
        """From the study's world at central parameters."""
        study = Study("", file, policies)
        parameters = central(study.parameters())
        world = draws.calibrate(file, observed, parameters)
        sketch = Sketch.of(observed, world, land=file.land)
        if sketch is None:
            return None
        today = Today.of(world, sketch.places)
        starts: dict[tuple[str, str], Array] = {}
        for policy in policies:
            rules, _ = policy.apply(world.rules)
            change = drawn.asked(today, (world.rules, rules))
            posed = drawn.pose(today, change) if change is not None else None
            if posed is None:
                return None
            for closure in file.capital:
                x, _, _, residual, _ = drawn.settle(posed, closure, None, DRAWN)
                good = residual <= DRAWN
                starts[policy.name, closure] = x if good else np.zeros_like(x)
        opened = tuple(
            swift_levers.opening(policy, world.rules, sketch.places) for policy in policies
        )
        return cls(sketch, policies, file.capital, starts, opened, study.shown)

    def cases(
        self, figures: Observed, parameters: dict[str, Array], shares: Array | None
    ) -> list[DrawnCase] | None:
        """Every case in one draw, solved by (37); None where one of them has to go the general way.

        Parameters
        ----------
        figures : Observed
            The draw's own: adults (s, b) and (s, b, i), dollars a year (i,).
        parameters : dict of str to (1,) array, each in its unit
        shares : (1, b, i, k), optional
            Of a corridor's people by legal status.
        """
        people, log_people = self._there(figures, shares)
        today = self.sketch.draw(figures, parameters, people, log_people)
        if today is None:
            return None
        before = drawn.before(today)
        residents = before.areas["residents"]
        first = self._rules(today, parameters, residents, spread=not all(self.opened))
        told = []
        for policy, opening in zip(self.policies, self.opened, strict=True):
            if opening is None:
                rules, _ = policy.apply(first)
                change = drawn.asked(today, (first, rules))
            else:
                rules, factor = opening.apply(today, first)
                change = drawn.asked(today, (first, rules), factor)
            posed = drawn.pose(today, change) if change is not None else None
            if posed is None:
                return None
            for closure in self.closures:
                start = self.starts[policy.name, closure]
                _, now, _, residual, _ = drawn.settle(posed, closure, start, DRAWN)
                if not residual <= DRAWN:
                    return None
                after = drawn.after(posed, now, before)
                told.append(
                    DrawnCase(
                        policy.name,
                        closure,
                        True,
                        before.measures,
                        after.measures,
                        draws.area_ratios(after.areas, before.areas),
                        draws.ratios(after.statuses, before.statuses),
                        draws.ratios(after.pairs, before.pairs)
                        if (policy.name, closure) == self.shown
                        else None,
                    )
                )
        return told

    def _there(self, figures: Observed, shares: Array | None) -> tuple[Array, Array]:
        """People (p, s, k) and their logs; the last are kept, for draws of parameters alone."""
        for known, told, people, logs in self._people:
            if known is figures and told is shares:
                return people, logs
        people = self.sketch.people(figures, shares)
        logs = np.log(np.where(people > 0.0, people, 1.0))
        self._people[:] = [(figures, shares, people, logs)]
        return people, logs

    def _rules(
        self, today: Today, parameters: dict[str, Array], residents: Array, *, spread: bool
    ) -> Rules:
        """The rules of a draw's today; `spread` out for levers that read people and wedges."""
        places, template = self.sketch.places, self.sketch.world.rules
        caps = template.caps
        if len(caps):
            there = today.people.reshape(-1)[places.numbers[caps.cell]]
            limit = np.bincount(caps.cap, there, len(caps)).astype(float)[None]
            caps = Caps(caps.cell, caps.cap, limit)
        rules = template.with_(
            adults=residents,
            output=today.state.output,
            capital_share=today.structure.alpha,
            theta=today.structure.theta,
            legal_share=parameters["legal_share"],
            markdown=today.markdown[None],
            efficiency=today.efficiency[None, None],
            caps=caps,
            capital=today.state.capital,
            unmet=parameters["unmet"],
            natives=today.natives,
        )
        if not spread:
            return rules
        return rules.with_(
            people=places.scatter(today.people, 0.0)[None],
            log_wedge=places.scatter(today.log_wedge, np.inf)[None],
        )
