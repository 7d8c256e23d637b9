"""Flows of women and of men, which sum to the flows of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from corridors.errors import InputError, Problem
from corridors.flows.matrices import Estimate
from corridors.flows.methods import METHODS, world_flows
from corridors.flows.net import split_by_net
from corridors.flows.tables import period_figures
from corridors.labels import Array, refuse, same_labels

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["flows_by_sex"]

#: Largest closure of one sex, as a share of the sum of |net|, that is spread over the areas.
LARGEST_CLOSURE = 0.1


def flows_by_sex(
    observed: xr.Dataset,
    *,
    methods: Sequence[str] = ("da_pb_closed",),
    both: xr.Dataset | None = None,
) -> dict[str, Estimate]:
    """Flows of each sex, which sum to the flows of both, by `methods`, (44) to (47).

    The flows of both are estimated from the sums of the figures, and split: each flow as women and
    men estimated alone share it, and for closed methods with the net migration of each sex. That
    is closed with half of what closes both, and what is left of the sex's own sum is spread over
    the areas by |net migration|.

    Parameters
    ----------
    observed : Dataset
        As `world_flows`, with a leading axis `sex` of two.
    both : Dataset, optional
        The figures of both sexes, where they are known apart from the last digits of the sums;
        default: the sums.

    Returns
    -------
    dict of Estimate
        `flows` (sex, origin, destination) persons over the period; `adjustments` are the closure of
        each sex, which sums to that of both, and net migration that the flows of both have no room
        for.

    Raises
    ------
    InputError
        There is no axis of two sexes; closure of one exceeds a tenth of the sum of its |net|.
    Infeasible, NotConverged
        The account of a sex, or of both, cannot be closed; names the areas.
    """
    observed = period_figures(observed)
    sexes = observed["stock_start"].indexes.get("sex", ())
    lead = [table.dims[:-1] for table in (observed["births"], observed["deaths"])]
    if len(sexes) != 2 or observed["stock_start"].ndim != 3 or lead != [("sex",)] * 2:
        what = "there are not two sexes in every table"
        fix = "Give stocks, births and deaths a leading axis sex of two labels"
        raise InputError(Problem("figures", what, fix))
    together = world_flows(_of_both(observed, both), methods=methods)
    closed = next((e for n, e in together.items() if METHODS[n].system == "closed"), None)
    closure, told = _closure_by_sex(observed, closed)
    apart = world_flows(_shifted(observed, closure), methods=methods)
    split = {}
    for name, whole in together.items():
        keeps_net = METHODS[name].system == "closed"
        flows, missed = _split(whole.flows.to_numpy(), apart[name].flows.to_numpy(), keeps_net)
        rows = [told, _rows_by_sex(observed, "net migration not met", "-", missed)]
        split[name] = Estimate(
            apart[name].flows.copy(data=flows),
            name,
            _stacked(rows) if keeps_net else _stacked([]),
            whole.sweeps,
            whole.error,
        )
    return split


def _of_both(observed: xr.Dataset, both: xr.Dataset | None) -> xr.Dataset:
    """The figures of both sexes; refuses those that are not the sums."""
    sums = observed.sum("sex")
    if both is None:
        return sums
    given = period_figures(both)
    same_labels(list(sums.indexes["area"]), [("both sexes", list(given.indexes["area"]))])
    given = given.sel({dim: sums.indexes[dim] for dim in ("birthplace", "residence", "area")})
    refuse(
        *(
            Problem(f"{name} of both sexes", "is not the sum of the two", "Correct one of them")
            for name in ("stock_start", "stock_end", "births", "deaths")
            if not np.allclose(given[name], sums[name], rtol=1e-9, atol=1e-3)
        )
    )
    return given


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    full = [table for table in tables if len(table)]
    none = pd.DataFrame(columns=["step", "at", "sex", "area", "persons"])
    return pd.concat(full, ignore_index=True) if full else none


def _rows_by_sex(observed: xr.Dataset, step: str, at: str, persons: Array) -> pd.DataFrame:
    """What was done (sex, area) as rows, where it is not 0."""
    table = observed["births"].copy(data=persons).rename("persons").to_series().reset_index()
    table = table[table["persons"] != 0.0]
    table.insert(0, "step", step)
    table.insert(1, "at", at)
    return table[["step", "at", "sex", "area", "persons"]]


def _closure_by_sex(
    observed: xr.Dataset, closed: Estimate | None
) -> tuple[tuple[Array, Array], pd.DataFrame]:
    """Persons to add to native-born (sex, area) at the start and the end, and rows of them."""
    if closed is None:
        none = np.zeros(observed["births"].shape)
        return (none, none), _stacked([])
    people = [observed[f"stock_{end}"].sum("birthplace").to_numpy() for end in ("start", "end")]
    net = people[1] - people[0] - observed["births"].to_numpy() + observed["deaths"].to_numpy()
    gap, size = net.sum(axis=1), np.abs(net).sum(axis=1)
    refuse(
        *(
            Problem(
                f"closure of {sex}",
                f"net migration sums to {gap[k]:,.0f}, more than a tenth of {size[k]:,.0f}, the "
                "sum of its sizes",
                "Correct births and deaths by sex",
            )
            for k, sex in enumerate(observed.indexes["sex"])
            if abs(gap[k]) > LARGEST_CLOSURE * size[k]
        )
    )
    weight = np.abs(net).sum(axis=0)
    weight = weight / max(weight.sum(), np.finfo(float).tiny)
    areas, rows = observed.indexes["area"], closed.adjustments
    closing, told = [], []
    for at, sign in (("start", 0.5), ("end", -0.5)):
        chosen = rows[(rows["step"] == "closure: native-born scaled") & (rows["at"] == at)]
        both = chosen.set_index("area")["persons"].reindex(areas).fillna(0.0).to_numpy(dtype=float)
        first = both / 2.0 + sign * (gap[0] - gap.sum() / 2.0) * weight
        closing.append(np.stack([first, both - first]))
        told.append(_rows_by_sex(observed, "closure: native-born shifted", at, closing[-1]))
    return (closing[0], closing[1]), _stacked(told)


def _shifted(observed: xr.Dataset, closing: tuple[Array, Array]) -> xr.Dataset:
    home = np.eye(observed.sizes["area"])
    shifted = {
        f"stock_{end}": observed[f"stock_{end}"] + change[:, None, :] * home
        for end, change in zip(("start", "end"), closing, strict=True)
    }
    return observed.assign(shifted)


def _split(both: Array, apart: Array, keeps_net: bool) -> tuple[Array, Array]:
    """Flows (sex, o, d) that sum to `both` to the last digit; net migration not met (sex, area)."""
    total = apart.sum(axis=0)
    overall = apart[0].sum() / max(total.sum(), np.finfo(float).tiny)
    share = np.where(total > 0.0, apart[0] / np.where(total > 0.0, total, 1.0), overall)
    part, missed = both * share, np.zeros(len(both))
    if keeps_net:
        nets = apart.sum(axis=1) - apart.sum(axis=2)
        rest = both.sum(axis=0) - both.sum(axis=1) - nets.sum(axis=0)
        part, missed = split_by_net(both, share, nets[0] + rest / 2.0)
        missed = np.where(
            np.abs(missed) > 1e-6 * max(np.abs(nets).max(initial=0.0), 1.0), missed, 0
        )
    # The smaller of two parts taken twice from the whole leaves no rounding behind.
    other = both - part
    part = both - other
    return np.stack([part, both - part]), np.stack([missed, -missed])
