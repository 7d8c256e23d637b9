"""The real world under a published model's configuration, and what changes in it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridors import areas, baseline, parameters
from corridors.baseline import Observed
from corridors.capital.supply import Closure
from corridors.equilibrium import solve
from corridors.equilibrium.changes import RESPONSES
from corridors.rules import Policy, Rules, build, levers
from corridors.wages import spillovers
from corridors.world import State, World

__all__ = [
    "IRREGULAR",
    "TIED",
    "Answer",
    "ask",
    "default",
    "no_migration",
    "observed",
    "place",
    "rows",
    "weighted",
    "world",
]

Array = NDArray[np.float64]
PERMANENT, TIED, IRREGULAR = 0, 1, 2


def default(lever: str, field: str) -> float:
    """The value a lever's field has where nobody gives another: never written out in a page."""
    return float(getattr(levers()[lever](), field))


@functools.cache
def observed() -> Observed:
    """What the figures say, gathered once."""
    return baseline.observe(2020)


def place(area: str) -> int:
    """Position of an area among the economies."""
    return observed().areas.index(area)


def rows(names: str | Sequence[str]) -> NDArray[np.bool_]:
    """Which economies belong to the named areas and groups, (i,)."""
    chosen = set(areas.select(names, among=observed().areas))
    return np.array([area in chosen for area in observed().areas])


@functools.cache
def world(
    closure: Closure = "mobile",
    *,
    channels: tuple[str, ...] = (),
    statuses: bool = False,
    land: bool = True,
    remittances: bool = True,
    **given: float,
) -> World:
    """The world of 2020 at the parameters' values but for those named.

    Without land and with mobile capital output is in proportion to labour, which in changes is a
    model without capital.
    """
    figures = observed()
    if not remittances:
        figures = replace(figures, received=np.zeros_like(figures.received))
    values = parameters.central() | {name: np.array([value]) for name, value in given.items()}
    shares = figures.status_shares[None] if statuses else None
    return baseline.calibrate(figures, values, closure, channels=channels, shares=shares, land=land)


@dataclass(frozen=True)
class Answer:
    """Where a world settles, beside where it is. Letters: s skill, b birthplace, i residence."""

    before: World
    rules: Rules
    after: State

    @property
    def now(self) -> State:
        """The world as it is."""
        return self.before.state

    @property
    def output(self) -> float:
        """Change of world output, share."""
        return float(self.after.output.sum() / self.now.output.sum()) - 1.0

    @property
    def abroad(self) -> float:
        """Adults abroad afterwards."""
        return float(self.after.migrants.sum())

    def output_of(self, area: str) -> float:
        """Change of one economy's output, share."""
        here = place(area)
        return float(self.after.output[0, here] / self.now.output[0, here]) - 1.0

    @property
    def prices(self) -> Array:
        """P^ of love of variety, (i,); 1 without that channel."""
        made = self.after.output / self.now.output
        return np.asarray(spillovers.price(made, self.before.structure.spillovers)[0])

    @property
    def consumption(self) -> Array:
        """Change of stayers' real consumption, (s, i), share."""
        ratio = self.after.home_consumption[0] / self.now.home_consumption[0]
        return np.asarray(ratio / self.prices - 1.0)

    @property
    def income(self) -> Array:
        """Change of real output and receipts per resident adult, (i,), share."""
        now, after = (self._income(state) for state in (self.now, self.after))
        return np.asarray(after / self.prices / now - 1.0)

    def _income(self, state: State) -> Array:
        received = state.received[0] / self.before.structure.price_level
        return np.asarray((state.output[0] + received) / state.residents()[0].sum(axis=0))

    def natives_pay(self, area: str) -> Array:
        """Change of natives' pay, (s,), PPP dollars a year and worker."""
        here = place(area)
        return np.asarray(self.after.wage_native[0, :, here] - self.now.wage_native[0, :, here])

    def people(self, residence: str, status: int, birthplace: str | None = None) -> float:
        """Change of the adults of a status in a residence, share."""
        return _people(self.after, residence, status, birthplace) / _people(
            self.now, residence, status, birthplace
        ) - 1.0  # fmt: skip

    def pay(self, residence: str, status: int, then: int | None = None) -> float:
        """Change of the pay after mark-down of the migrants of a status who are there now, share.

        Who comes and who leaves does not count. With `then` they are of that status afterwards.
        """
        here, structure = place(residence), self.before.structure
        people = self.now.migrants[0][:, :, here, status]
        now = self.now.migrant_income(structure, self.before.rules.markdown)
        after = self.after.migrant_income(structure, self.rules.markdown)
        paid = [
            (people * np.broadcast_to(side[0], self.now.migrants[0].shape)[:, :, here, of]).sum()
            for side, of in ((now, status), (after, status if then is None else then))
        ]
        return float(paid[1] / paid[0]) - 1.0


def _people(state: State, residence: str, status: int, birthplace: str | None) -> float:
    there = state.migrants[0][:, :, place(residence), status]
    chosen = there if birthplace is None else there[:, place(birthplace)]
    return float(chosen.sum())


def ask(
    before: World, lever: str, *, responses: tuple[str, ...] = RESPONSES, **values: Any
) -> Answer:
    """The world after one lever.

    Raises
    ------
    InputError, ModelError
        The lever cannot be built, the equilibrium not be stood by.
    """
    rules, _ = Policy(lever, (build(lever, values),)).apply(before.rules)
    settled = solve.settle(before.structure, before.state, before.rules, rules, responses=responses)
    return Answer(before, rules, solve.require(settled).state)


@functools.cache
def no_migration(closure: Closure, *channels: str) -> Answer:
    """Every corridor closed and everybody back at home, default parameters."""
    return ask(world(closure, channels=channels), "ban")


def weighted(values: NDArray[Any], weights: Array, chosen: NDArray[np.bool_]) -> float:
    """Mean of (..., i) over the chosen economies."""
    return float((values * weights)[..., chosen].sum() / weights[..., chosen].sum())
