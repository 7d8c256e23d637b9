"""What a policy changes year by year, and what is assumed where none acts.

A lever says what becomes of the odds of living along a corridor in the long run, at unchanged pay.
Long-run people are inflow times stay, so yearly departures answer to a wedge that changes their
odds as much; a removal and a regularisation are yearly rates themselves. Levers of pay, money or
capital have no place in a projection, where pay answers to people alone. Levers act between the
economies of the calibrated world; the smallest areas of a projection stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from corridors import labels
from corridors.baseline.population import STATUSES_ABROAD
from corridors.borders.levers import Deportation, Regularisation
from corridors.errors import InputError, Problem, nearest
from corridors.labels import Array, Mask
from corridors.parameters import BY_USER, Parameter, check, declare, declared
from corridors.rules import HELD, Caps, Corridors, Lever, Policy, Rules, Trace

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from corridors.world import World

__all__ = [
    "LEVERS",
    "Assumed",
    "PolicySchedule",
    "YearlyPolicy",
    "held_cells",
    "in_force",
    "problems_of",
    "yearly_policy",
]

#: No area loses a larger share of its people to death in a year.
DEATHS = 0.04


@dataclass(frozen=True)
class Assumed:
    """What no table says, the same in every corridor unless a policy says otherwise."""

    return_permanent: float = declare("projection", "return_permanent")
    return_irregular: float = declare("projection", "return_irregular")
    return_protected: float = declare("projection", "return_protected")
    tied_term: float = declare("projection", "tied_term")
    overstay: float = declare("projection", "overstay")
    removal: float = declare("projection", "removal")
    regularisation: float = declare("projection", "regularisation")
    recognition: float = declare("projection", "recognition")
    flow_elasticity: float = declare("projection", "flow_elasticity")
    network: float = declare("projection", "network")
    pay_elasticity: float = declare("projection", "pay_elasticity")
    patience: float = declare("projection", "patience")
    poverty_cost: float = declare("projection", "poverty_cost")
    poverty_spread: float = declare("projection", "poverty_spread")
    displacement_half_life: float = declare("projection", "displacement_half_life")
    displacement_floor: float = declare("projection", "displacement_floor")
    displacement_floor_half_life: float = declare("projection", "displacement_floor_half_life")
    origin_error: float = declare("projection", "origin_error")
    residence_error: float = declare("projection", "residence_error")

    def __post_init__(self) -> None:
        check(self, "assumed")

    @classmethod
    def of(cls, parameters: Mapping[str, Parameter]) -> Self:
        """What the parameters of a projection say, the asker's among them."""
        return cls(**{name: parameter.value for name, parameter in parameters.items()})

    def table(self) -> pd.DataFrame:
        """Every parameter of a projection.

        Returns
        -------
        DataFrame (name, value, unit, kind, source, help)
        """
        import pandas as pd

        rows = []
        for name, parameter in declared("projection").items():
            value = getattr(self, name)
            source = parameter.source if value == parameter.value else BY_USER
            about = {"unit": parameter.unit, "kind": "assumed", "source": source}
            rows.append({"name": name, "value": value, **about, "help": parameter.title})
        return pd.DataFrame(rows)


#: What a policy can change: yearly rates and terms, and `wedge`, ln tau added to departures.
LEVERS = (
    "return_permanent", "return_irregular", "return_protected", "tied_term", "overstay",
    "removal", "regularisation", "recognition", "wedge",
)  # fmt: skip
#: Range of the wedge; an infinite one closes a corridor.
WEDGES = (-20.0, np.inf)


def problems_of(policy: Mapping[str, float | xr.DataArray]) -> list[Problem]:
    """Unknown levers, and values outside the range of what they change.

    A wedge may be infinite, which closes a corridor; not minus infinite.

    Parameters
    ----------
    policy : mapping of str to number or DataArray (birthplace, residence, status)
        Yearly rates as shares, terms in years, the wedge in log points; NaN: stays as it is.

    Returns
    -------
    list of Problem
        Ranges are those declared: docs/assumed.md.
    """
    known = declared("projection").values()
    ranges = {each.name: (each.lower, each.upper) for each in known} | {"wedge": WEDGES}
    problems = []
    for name, value in policy.items():
        if name not in LEVERS:
            close = ", ".join(nearest(name, LEVERS))
            problems.append(Problem("policy", f"there is no lever '{name}'", f"Use {close}"))
            continue
        (lower, upper), numbers = ranges[name], np.asarray(value, float)
        if not (np.isnan(numbers) | (numbers >= lower) & (numbers <= upper)).all():
            fix = f"Give numbers from {lower:g} to {upper:g}"
            problems.append(Problem(f"policy {name}", "is out of range", fix))
    return problems


def in_force(
    policy: Mapping[str, float | xr.DataArray], assumed: Assumed, areas: tuple[str, ...]
) -> dict[str, Array]:
    """Every lever, what `assumed` says where `policy` says nothing; rates of (39), wedge of (40).

    Parameters
    ----------
    policy : mapping of str to number or DataArray (birthplace, residence, status)
        Yearly rates as shares, terms in years, the wedge in log points.
    assumed : Assumed
        docs/assumed.md lists them with their sources.
    areas : tuple of str

    Returns
    -------
    dict of str to (b, i) or (1, 1) array, in the lever's unit
        The wedge is (b, i, k) or (1, 1, 1): it may differ by status.

    Raises
    ------
    InputError
        Names every unknown dimension and area.
    """
    levers = {name: np.full((1, 1), getattr(assumed, name, 0.0)) for name in LEVERS}
    levers["wedge"] = np.zeros((1, 1, 1))
    problems: list[Problem] = []
    for name, value in policy.items():
        if isinstance(value, int | float):
            levers[name] = np.full_like(levers[name], float(value))
        else:
            levers[name] = _spread(name, value, levers[name], areas, problems)
    if problems:
        raise InputError(problems)
    return levers


def _spread(
    name: str,
    value: xr.DataArray,
    otherwise: Array,
    areas: tuple[str, ...],
    problems: list[Problem],
) -> Array:
    """A labelled lever in the axes of `otherwise`; where it says nothing (or NaN) that."""
    axes = {"birthplace": areas, "residence": areas, "status": STATUSES_ABROAD}
    ends = tuple(axes)[: otherwise.ndim]
    where, before = f"policy {name}", len(problems)
    for dim in map(str, value.dims):
        if dim not in ends:
            problems.append(Problem(where, f"has a dimension {dim}", f"Use {' and '.join(ends)}"))
            continue
        for code in value[dim].values:
            if code not in axes[dim]:
                close = ", ".join(nearest(str(code), axes[dim]))
                what = f"'{code}' is no {'status' if dim == 'status' else 'area'} of this world"
                problems.append(Problem(where, what, f"Use {close}"))
    if len(problems) > before:
        return otherwise
    known = value.reindex({dim: list(axes[str(dim)]) for dim in value.dims})
    known = known.expand_dims([dim for dim in ends if dim not in known.dims]).transpose(*ends)
    return np.where(np.isnan(known.values), otherwise, known.values)


@dataclass(frozen=True)
class PolicySchedule:
    """Levers by year, each (b, i) or (1, 1), the wedge with statuses.

    Parameters
    ----------
    now, first, later : before and after the policy; in its first year; in the others
    since, through : first and last year of the policy
    held : (b, i, k) cells whose places somebody gives, and a policy on others leaves alone
    """

    now: dict[str, Array]
    first: dict[str, Array]
    later: dict[str, Array]
    since: int
    through: int
    held: Mask | None = None

    @classmethod
    def always(cls, now: dict[str, Array]) -> Self:
        """No policy: the levers (b, i) of `now`, in their units, in every year."""
        return cls(now, now, now, since=1, through=0)

    def levers(self, year: int) -> dict[str, Array]:
        """The levers of (39) and (40) in a year: (b, i) shares a year, years and log points."""
        if not self.since <= year <= self.through:
            return self.now
        return self.first if year == self.since else self.later

    def most(self, year: int, left: Array) -> Array:
        """Persons who may leave at most (b, i, k): where places are given, those without policy.

        The rule below (40).
        """
        if self.held is None or not self.since <= year <= self.through:
            return np.full(left.shape, np.inf)
        return np.where(self.held, left, np.inf)


@dataclass(frozen=True)
class YearlyPolicy:
    """A policy as `corridors.projection.project` takes it, and what each lever touched.

    Parameters
    ----------
    lasting : what changes for as long as the policy lasts
    once : what changes in its first year only
    held : (birthplace, residence, status) where whoever is driven out gets no place that is given
    """

    lasting: dict[str, xr.DataArray]
    once: dict[str, xr.DataArray]
    traces: tuple[Trace, ...]
    held: xr.DataArray


def held_cells(held: xr.DataArray, areas: tuple[str, ...]) -> Mask | None:
    """Cells of the projection's areas whose places are held.

    Parameters
    ----------
    held : DataArray (birthplace, residence, status)
        1 where held, 0 elsewhere, without unit; docs/mathematics.md says what it does, below (40).
    areas : tuple of str
        Of the projection; areas that `held` does not name are not held.

    Returns
    -------
    Mask (b, i, k) or None, where none is held
    """
    ends = {"birthplace": list(areas), "residence": list(areas), "status": list(STATUSES_ABROAD)}
    values = held.transpose(*ends).reindex(ends, fill_value=0.0).values > 0.0
    return values if values.any() else None


def yearly_policy(policy: Policy, world: World, assumed: Assumed) -> YearlyPolicy:
    """The yearly meaning of a policy, as read in a world that tells statuses apart.

    Parameters
    ----------
    policy : Policy
    world : World
        Its odds of living in a corridor, (1), say what a lever does to departures, (40).
    assumed : Assumed

    Returns
    -------
    YearlyPolicy
        By (birthplace, residence, status): removal and regularisation as shares a year, the wedge
        in log points, cells that are held.

    Raises
    ------
    InputError
        Names every lever that has no meaning year by year.
    """
    after, traces = policy.apply(world.rules)
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
    others = tuple(lever for lever in policy.levers if not isinstance(lever, rates))
    if others:
        wedge = -_log_odds(replace(policy, levers=others), world) / assumed.flow_elasticity
        ends = {"birthplace": world.areas, "residence": world.areas, "status": STATUSES_ABROAD}
        lasting["wedge"] = labels.label(wedge, ends, units="log points", sources="the model")
    ends = {"birthplace": world.areas, "residence": world.areas, "status": STATUSES_ABROAD}
    claimed = (after.claims == HELD).any(axis=0)
    held = labels.label(claimed.astype(float), ends, units="1 where held", sources="the policy")
    return YearlyPolicy(lasting, once, traces, held)


#: Rules whose change a year knows, odds of departing, and those that it does not ask: what levers
#: claim of numbers in the long run, and what living at home is worth.
OF_DEPARTURES = ("log_wedge", "claims", "home_loss")


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
        name.replace("_", " ")
        for name in (field.name for field in fields(Rules))
        if name not in OF_DEPARTURES and not _same(getattr(after, name), getattr(rules, name))
    ]
    if not changed:
        return []
    what = f"changes {' and '.join(changed)}, which has no meaning year by year"
    fix = "Use levers of wedges, deportation or regularisation, or answer = 'equilibrium'"
    return [Problem(f"policy '{policy.name}', {lever.name}", what, fix)]


def _same(rule: object, other: object) -> bool:
    """Whether two fields of rules are equal, arrays by their values."""
    if rule is other:
        return True
    if isinstance(rule, Caps) and isinstance(other, Caps):
        pairs = zip(vars(rule).values(), vars(other).values(), strict=True)
        return all(np.array_equal(mine, theirs) for mine, theirs in pairs)
    return np.array_equal(rule, other)  # type: ignore[arg-type]


def _put(
    levers: dict[str, xr.DataArray], name: str, rate: float, where: Corridors, rules: Rules
) -> None:
    """Set a rate where a lever acts; elsewhere it stays what it was, NaN where nothing was said."""
    ends = {"birthplace": rules.areas, "residence": rules.areas}
    before = levers[name].values if name in levers else np.full((len(rules.areas),) * 2, np.nan)
    values = np.where(where.pairs(rules), rate, before)
    levers[name] = labels.label(values, ends, units="per year", sources="the policy")


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
