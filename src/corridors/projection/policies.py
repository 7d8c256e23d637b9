"""What a policy changes year by year, and what is assumed where none acts.

A lever says what becomes of the odds of living along a corridor in the long run, at unchanged pay.
Long-run people are inflow times stay, so yearly departures answer to a wedge that changes their
odds as much; a removal and a regularisation are yearly rates themselves. Levers of pay, money or
capital have no place in a projection, where pay answers to people alone. Levers act between the
economies of the calibrated world; the smallest areas of a projection stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from corridors import labels
from corridors.baseline.population import STATUSES_ABROAD
from corridors.borders.levers import Deportation, Regularisation
from corridors.errors import InputError, Problem, nearest
from corridors.labels import Array
from corridors.rules import Corridors, Lever, Policy, Rules, Trace, setting

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from corridors.world import World

__all__ = [
    "LEVERS",
    "Assumed",
    "PolicySchedule",
    "YearlyPolicy",
    "in_force",
    "problems_of",
    "yearly_policy",
]

#: No area loses a larger share of its people to death in a year.
DEATHS = 0.04


@dataclass(frozen=True)
class Assumed:
    """What no table says, the same in every corridor unless a policy says otherwise."""

    return_permanent: float = setting(
        0.01,
        unit="per year",
        help="return of permanent migrants",
        source="judgement: far below the 2.6 to 3.4 % a year of newcomers to the United States "
        "(OECD 2024), because most of a stock came long ago",
    )
    return_irregular: float = setting(
        0.05, unit="per year", help="return of irregular migrants by choice", source="judgement"
    )
    return_protected: float = setting(
        0.01,
        unit="per year",
        help="return of refugees",
        source="UNHCR 2020: 251,000 returned of 26.4 million",
    )
    tied_term: float = setting(
        4.0,
        unit="years",
        help="how long a tied worker's permits last together",
        source="judgement: two-year contracts, renewed once",
        lower=1.5,
        upper=50.0,
    )
    overstay: float = setting(
        0.02, unit="share", help="of ended permits, whose holders stay without", source="judgement"
    )
    removal: float = setting(
        0.0138,
        unit="per year",
        help="deportation of irregular migrants",
        source="interior removals, United States 2009-16 (Cato Institute on ICE figures)",
    )
    regularisation: float = setting(
        0.0, unit="per year", help="irregular to permanent", source="no programme in force"
    )
    recognition: float = setting(
        0.02, unit="per year", help="protected to permanent", source="judgement"
    )
    flow_elasticity: float = setting(
        0.5,
        unit="elasticity",
        help="of departures to consumption of the year before (theta_f)",
        source="Caliendo et al., yearly dispersion 2 (secondary); 0.83 across countries, about 0 "
        "within them (Mimi-FUND)",
        upper=10.0,
    )
    network: float = setting(
        0.03,
        unit="elasticity",
        help="of departures to the diaspora of the year before (nu_f)",
        source="0.50 to 0.73 over twenty years (Cha'ngom et al. 2025), spread over twenty steps",
        upper=0.99,
    )
    pay_elasticity: float = setting(
        0.15,
        unit="elasticity, sign changed",
        help="of consumption to residents",
        source="land's share over one less capital's at a labour share of 0.55; capital follows",
    )
    patience: float = setting(
        0.96,
        unit="per year",
        help="worth of next year against this one, to people who look ahead (beta)",
        source="0.99 a quarter in Caliendo, Dvorkin and Parro 2019 (from memory)",
        upper=0.99,
    )
    poverty_cost: float = setting(
        0.0,
        unit="PPP dollars",
        help="cost of leaving that means must cover (f); 0 is none",
        source="off by default",
        upper=1e5,
    )
    poverty_spread: float = setting(
        1.0,
        unit="standard deviation of the log",
        help="spread of means around mean consumption (sd)",
        source="judgement",
        lower=0.1,
        upper=5.0,
    )

    def __post_init__(self) -> None:
        problems = []
        for parameter in fields(self):
            value, (lower, upper) = getattr(self, parameter.name), _range(parameter)
            if not lower <= value <= upper:
                fix = f"Give a number from {lower:g} to {upper:g} ({parameter.metadata['unit']})"
                problems.append(
                    Problem(f"assumed {parameter.name}", f"{value} is out of range", fix)
                )
        if problems:
            raise InputError(problems)

    def table(self) -> pd.DataFrame:
        """Every parameter: name, value, unit, kind, source, help."""
        import pandas as pd

        rows = [
            {
                "name": parameter.name,
                "value": getattr(self, parameter.name),
                "unit": parameter.metadata["unit"],
                "kind": "assumed",
                "source": parameter.metadata["source"],
                "help": parameter.metadata["help"],
            }
            for parameter in fields(self)
        ]
        return pd.DataFrame(rows)


def _range(parameter: Field[Any]) -> tuple[float, float]:
    """The smallest and the largest value that a declared parameter may have."""
    return parameter.metadata["lower"], parameter.metadata["upper"]


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
    """
    ranges = {each.name: _range(each) for each in fields(Assumed)} | {"wedge": WEDGES}
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
    """Every lever as (b, i) or (1, 1), what `assumed` says where `policy` says nothing.

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
    """

    now: dict[str, Array]
    first: dict[str, Array]
    later: dict[str, Array]
    since: int
    through: int

    @classmethod
    def always(cls, now: dict[str, Array]) -> Self:
        """No policy."""
        return cls(now, now, now, since=1, through=0)

    def levers(self, year: int) -> dict[str, Array]:
        """The levers of the year from 1 July of `year`."""
        if not self.since <= year <= self.through:
            return self.now
        return self.first if year == self.since else self.later


@dataclass(frozen=True)
class YearlyPolicy:
    """A policy as `corridors.projection.project` takes it, and what each lever touched.

    Parameters
    ----------
    lasting : what changes for as long as the policy lasts
    once : what changes in its first year only
    """

    lasting: dict[str, xr.DataArray]
    once: dict[str, xr.DataArray]
    traces: tuple[Trace, ...]


def yearly_policy(policy: Policy, world: World, assumed: Assumed) -> YearlyPolicy:
    """The yearly meaning of a policy, as read in a world that tells statuses apart.

    Raises
    ------
    InputError
        Names every lever that has no meaning year by year.
    """
    traces = policy.apply(world.rules)[1]
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
    return YearlyPolicy(lasting, once, traces)


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
        if name != "log_wedge"
        and getattr(after, name) is not getattr(rules, name)
        and not np.array_equal(getattr(after, name), getattr(rules, name))
    ]
    if not changed:
        return []
    what = f"changes {' and '.join(changed)}, which has no meaning year by year"
    fix = "Use levers of wedges, deportation or regularisation, or answer = 'equilibrium'"
    return [Problem(f"policy '{policy.name}', {lever.name}", what, fix)]


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
