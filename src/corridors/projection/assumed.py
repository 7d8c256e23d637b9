"""What no table says about a year in a migrant's life, and what a policy may change in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridors.errors import InputError, Problem, nearest
from corridors.projection.figures import STATUSES
from corridors.rules import setting

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["LEVERS", "Assumed", "in_force", "problems_of"]

Array = NDArray[np.float64]


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
        for one in fields(self):
            value, low, high = getattr(self, one.name), one.metadata["lower"], one.metadata["upper"]
            if not low <= value <= high:
                fix = f"Give a number from {low:g} to {high:g} ({one.metadata['unit']})"
                problems.append(Problem(f"assumed {one.name}", f"{value} is out of range", fix))
        if problems:
            raise InputError(problems)

    def table(self) -> pd.DataFrame:
        """Every parameter: name, value, unit, kind, source, help."""
        import pandas as pd

        rows = [
            {
                "name": one.name,
                "value": getattr(self, one.name),
                "unit": one.metadata["unit"],
                "kind": "assumed",
                "source": one.metadata["source"],
                "help": one.metadata["help"],
            }
            for one in fields(self)
        ]
        return pd.DataFrame(rows)


#: What a policy can change: yearly rates and terms, and `wedge`, ln tau added to departures.
LEVERS = (
    "return_permanent", "return_irregular", "return_protected", "tied_term", "overstay",
    "removal", "regularisation", "recognition", "wedge",
)  # fmt: skip


def problems_of(policy: Mapping[str, float | xr.DataArray]) -> list[Problem]:
    """Unknown levers, and values outside the range of what they change.

    A wedge may be infinite, which closes a corridor; not minus infinite.
    """
    ranges = {one.name: (one.metadata["lower"], one.metadata["upper"]) for one in fields(Assumed)}
    ranges["wedge"] = (-20.0, np.inf)
    problems = []
    for name, value in policy.items():
        if name not in LEVERS:
            close = ", ".join(nearest(name, LEVERS))
            problems.append(Problem("policy", f"there is no lever '{name}'", f"Use {close}"))
            continue
        (low, high), numbers = ranges[name], np.asarray(value, float)
        if not (np.isnan(numbers) | (numbers >= low) & (numbers <= high)).all():
            fix = f"Give numbers from {low:g} to {high:g}"
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
    found = {name: np.full((1, 1), getattr(assumed, name, 0.0)) for name in LEVERS}
    found["wedge"] = np.zeros((1, 1, 1))
    problems: list[Problem] = []
    for name, value in policy.items():
        if isinstance(value, int | float):
            found[name] = np.full_like(found[name], float(value))
        else:
            found[name] = _spread(name, value, found[name], areas, problems)
    if problems:
        raise InputError(problems)
    return found


def _spread(
    name: str,
    value: xr.DataArray,
    otherwise: Array,
    areas: tuple[str, ...],
    problems: list[Problem],
) -> Array:
    """A labelled lever in the axes of `otherwise`; where it says nothing (or NaN) that."""
    axes = {"birthplace": areas, "residence": areas, "status": STATUSES}
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
