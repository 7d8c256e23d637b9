"""Indices of a table of flows: intensity, impact, connectivity, distance. Published definitions.

F is the table of flows without its diagonal, M = sum F, n areas, k = n (n - 1) pairs; O_i and I_j
outflows and inflows, N = I - O; P_i population, P = sum P, in the same unit as the flows. Shares
and rates are shares and rates: 0.05, never 5.

`INDICES` declares every index once; `indices` computes all that the given figures allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import Infeasible, InputError, Problem
from corridors.flows.fitting import scale
from corridors.flows.summaries import square
from corridors.labels import Array, matrix, same_labels, vector

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["INDICES", "Index", "components", "indices"]


#: Of e, so that seeds of the distance decay stay within the range of numbers.
LARGEST_EXPONENT = 300.0
#: What is left of ln distance where origins and destinations explain it, but for rounding.
SMALLEST_REST = 1e-9


# --- intensity and impact -----------------------------------------------------------------------


def crude_probability(F: Array, P: Array) -> float:
    """M / P."""
    return float(F.sum() / P.sum())


def courgeau(F: Array, P: Array) -> float:
    """Crude probability over ln n^2, which makes systems of more or fewer areas comparable."""
    return crude_probability(F, P) / float(np.log(len(F) ** 2))


def effectiveness(F: Array) -> float:
    """sum |N_i| / sum (I_i + O_i): how far moves are not made up for by moves back."""
    return float(np.abs(_net(F)).sum() / (2.0 * F.sum()))


def aggregate_net_rate(F: Array, P: Array) -> float:
    """sum |N_i| / 2 P."""
    return float(0.5 * np.abs(_net(F)).sum() / P.sum())


def preference(F: Array, P: Array) -> float:
    """sum F_ij / (M p_i p_j), p the share of the population."""
    p = P / P.sum()
    return float((F / np.outer(p, p)).sum() / F.sum())


def velocity(F: Array, P: Array) -> float:
    """sum F_ij P / (P_i P_j)."""
    return float((F / np.outer(P, P)).sum() * P.sum())


def _net(F: Array) -> Array:
    return F.sum(axis=0) - F.sum(axis=1)


# --- connectivity and concentration -------------------------------------------------------------


def connectivity(F: Array) -> float:
    """Share of the k pairs that have a flow."""
    return float((F > 0.0).sum() / _pairs(F))


def inequality_equal(F: Array) -> float:
    """Half the sum of |F/M - 1/k|: share of moves to redistribute until all flows are equal."""
    off = ~np.eye(len(F), dtype=bool)
    return float(0.5 * np.abs(F[off] / F.sum() - 1.0 / _pairs(F)).sum())


def inequality_independent(F: Array) -> float:
    """The same against flows that only origins and destinations explain (off the diagonal)."""
    return float(0.5 * np.abs(F - _independent(F)).sum() / F.sum())


def gini_total(F: Array) -> float:
    """sum |F_a - F_c| / (2 (k - 1) M) over all ordered pairs of flows (Plane & Mulligan 1997)."""
    k = _pairs(F)
    return float(_differences(_off(F).ravel()[None])[0] / (2.0 * (k - 1.0) * F.sum()))


def gini_rows(F: Array) -> float:
    """Inequality between the flows of the same origin, as a share of the total inequality."""
    every = float(_differences(_off(F).ravel()[None])[0])
    return float(_differences(_off(F)).sum()) / every if every > 0.0 else 0.0


def gini_columns(F: Array) -> float:
    """Inequality between the flows to the same destination, as a share of the total."""
    return gini_rows(F.T)


def weighted_gini_out(F: Array) -> float:
    """sum G_i O_i / M, G_i = sum |F_ij - F_il| / (2 (n - 2) O_i) (Bell et al. 2002)."""
    return float(_differences(_off(F)).sum() / (2.0 * (len(F) - 2.0) * F.sum()))


def weighted_gini_in(F: Array) -> float:
    """The same of the flows to each destination, weighted by inflows."""
    return weighted_gini_out(F.T)


def weighted_gini(F: Array) -> float:
    """Mean of the two."""
    return (weighted_gini_out(F) + weighted_gini_in(F)) / 2.0


def variation(F: Array) -> float:
    """Standard deviation of the k flows over their mean (Rogers & Raymer 1998)."""
    flows = _off(F)
    return float(flows.std() / flows.mean())


def aggregate_variation(F: Array) -> float:
    """Variation within each column and each row, weighted by its share of moves; the two added."""
    return _weighted_variation(F) + _weighted_variation(F.T)


def _weighted_variation(F: Array) -> float:
    flows = _off(F)
    mean = flows.mean(axis=1)
    each = np.divide(flows.std(axis=1), mean, out=np.zeros_like(mean), where=mean > 0.0)
    return float((each * F.sum(axis=1)).sum() / F.sum())


def _pairs(F: Array) -> int:
    return len(F) * (len(F) - 1)


def _off(F: Array) -> Array:
    """Each row without its diagonal cell, (n, n - 1)."""
    return F[~np.eye(len(F), dtype=bool)].reshape(len(F), -1)


def _differences(rows: Array) -> Array:
    """sum over ordered pairs of |x_a - x_c| of each row, from its sorted values."""
    size = rows.shape[-1]
    weight = 2.0 * np.arange(size) - size + 1.0
    return 2.0 * (np.sort(rows, axis=-1) * weight).sum(axis=-1)


def _independent(F: Array) -> Array:
    """Poisson fit of origin and destination effects to the cells off the diagonal."""
    seed = 1.0 - np.eye(len(F))
    return scale(seed, F.sum(axis=1), F.sum(axis=0)).fitted(seed)


# --- distance -----------------------------------------------------------------------------------


def mean_distance(F: Array, K: Array) -> float:
    """sum F_ij K_ij / M."""
    return float((F * K).sum() / F.sum())


def median_distance(F: Array, K: Array) -> float:
    """The least distance that half of the moves do not exceed; nothing is interpolated."""
    off = ~np.eye(len(F), dtype=bool)
    order = np.argsort(K[off], kind="stable")
    reached = np.cumsum(F[off][order])
    return float(K[off][order][np.searchsorted(reached, reached[-1] / 2.0)])


def distance_decay(F: Array, K: Array) -> float:
    """Coefficient of ln distance in a Poisson model with origin and destination effects.

    At the solution the fit with seed K^beta has the observed margins and the observed sum of
    F ln K; that sum rises with beta, so that a bracketed root finder cannot miss.
    """
    from scipy.optimize import brentq

    off = ~np.eye(len(F), dtype=bool)
    log_distance = np.zeros_like(F)
    log_distance[off] = np.log(K[off] / np.exp(np.log(K[off]).mean()))
    _refuse_explained(F, log_distance)
    observed = (F * log_distance).sum()

    def gap(beta: float) -> float:
        seed = np.where(off, np.exp(beta * log_distance), 0.0)
        fit = scale(seed, F.sum(axis=1), F.sum(axis=0)).fitted(seed)
        return float((fit * log_distance).sum() - observed)

    # Few areas leave the margins almost alone to decide, and beta may be far from 0.
    widest = LARGEST_EXPONENT / np.abs(log_distance).max()
    reach = min(10.0, widest)
    # A gap that only nears 0 at the end of the range has its zero at infinity.
    least = SMALLEST_REST * float((F * np.abs(log_distance)).sum())
    while gap(-reach) > -least or gap(reach) < least:
        if reach >= widest:
            raise Infeasible("flows follow distance so closely that no finite coefficient fits")
        reach = min(2.0 * reach, widest)
    return float(brentq(gap, -reach, reach, xtol=1e-13, rtol=1e-13))


def _refuse_explained(F: Array, log_distance: Array) -> None:
    """Refuse where origin and destination effects leave nothing of distance to explain.

    Cells that can hold a flow are those of an origin and a destination with some. Over them
    ln K is regressed on both sets of effects: u_i n_i + sum_j v_j = sum_j ln K_ij, and so on.
    """
    cells = np.outer(F.sum(axis=1) > 0.0, F.sum(axis=0) > 0.0) & ~np.eye(len(F), dtype=bool)
    size, joined = len(F), cells.astype(float)
    normal = np.block(
        [[np.diag(joined.sum(axis=1)), joined], [joined.T, np.diag(joined.sum(axis=0))]]
    )
    x = np.where(cells, log_distance, 0.0)
    effects = np.linalg.lstsq(normal, np.concatenate([x.sum(axis=1), x.sum(axis=0)]), rcond=None)[0]
    rest = np.where(cells, x - effects[:size, None] - effects[size:], 0.0)
    if np.abs(rest).max() <= SMALLEST_REST * max(np.abs(x).max(), 1.0):
        what = "where people leave and arrive already explains all differences of distance"
        raise Infeasible(f"{what}: too few flows, or distances that do not differ")


# --- the declaration ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Index:
    """One index: what it is called and needs, and the function of arrays that computes it."""

    name: str
    group: str
    unit: str
    function: Callable[..., float]
    needs: tuple[str, ...] = ()

    @property
    def definition(self) -> str:
        """The first sentence of the function's docstring."""
        return str(self.function.__doc__).split("\n\n")[0].strip()


_P, _K = ("population",), ("kilometres",)
_LIST = (
    Index("crude_probability", "intensity", "share", crude_probability, _P),
    Index("courgeau", "intensity", "share", courgeau, _P),
    Index("effectiveness", "impact", "share", effectiveness),
    Index("aggregate_net_rate", "impact", "share", aggregate_net_rate, _P),
    Index("preference", "impact", "ratio, summed over pairs", preference, _P),
    Index("velocity", "impact", "persons", velocity, _P),
    Index("connectivity", "connectivity", "share", connectivity),
    Index("inequality_equal", "connectivity", "share", inequality_equal),
    Index("inequality_independent", "connectivity", "share", inequality_independent),
    Index("gini_total", "connectivity", "share", gini_total),
    Index("gini_rows", "connectivity", "share", gini_rows),
    Index("gini_columns", "connectivity", "share", gini_columns),
    Index("weighted_gini_out", "connectivity", "share", weighted_gini_out),
    Index("weighted_gini_in", "connectivity", "share", weighted_gini_in),
    Index("weighted_gini", "connectivity", "share", weighted_gini),
    Index("variation", "connectivity", "ratio", variation),
    Index("aggregate_variation", "connectivity", "ratio", aggregate_variation),
    Index("mean_distance", "distance", "km", mean_distance, _K),
    Index("median_distance", "distance", "km", median_distance, _K),
    Index("distance_decay", "distance", "elasticity", distance_decay, _K),
)
#: Every index by name.
INDICES: Mapping[str, Index] = MappingProxyType({index.name: index for index in _LIST})


def indices(
    flows: xr.DataArray | pd.DataFrame,
    *,
    population: xr.DataArray | pd.Series | None = None,
    kilometres: xr.DataArray | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every published index that the given figures allow.

    Bell et al. (2002), Rogers et al. (2002) and others: `INDICES` names the paper of each.

    Parameters
    ----------
    flows : DataArray (origin, destination) or DataFrame
        Persons over the period; the diagonal is not used.
    population : DataArray (area) or Series
        Persons, in the unit of the flows.
    kilometres : DataArray (origin, destination) or DataFrame
        Distances above 0 off the diagonal, where needed.

    Returns
    -------
    DataFrame (name, group, value, unit, definition, note)
        Shares and rates are of 1, not of 100. Where the flows do not determine an index, its value
        is NaN and `note` says why.

    Raises
    ------
    InputError
        Labels differ, fewer than three areas, nobody moves, a population or a distance is not above
        0.
    """
    import pandas as pd

    values, names = square(flows)
    F = values * (1.0 - np.eye(len(names)))
    if not F.sum() > 0.0 or len(names) < 3:
        what = "nobody moves" if len(names) >= 3 else "fewer than three areas"
        raise InputError(Problem("flows", what, "Indices need moves between three areas or more"))
    given: dict[str, Array] = {}
    if population is not None:
        given["population"] = _population(population, names)
    if kilometres is not None:
        given["kilometres"] = _kilometres(kilometres, names)
    rows = []
    for index in INDICES.values():
        if all(need in given for need in index.needs):
            value, note = _value(index, F, *(given[need] for need in index.needs))
            rows.append((index.name, index.group, value, index.unit, index.definition, note))
    columns = ["name", "group", "value", "unit", "definition", "note"]
    return pd.DataFrame(rows, columns=columns)


def _value(index: Index, F: Array, *given: Array) -> tuple[float, str]:
    """The index; NaN and why where these flows do not determine it."""
    try:
        return index.function(F, *given), ""
    except Infeasible as error:
        return float("nan"), str(error)


def components(flows: xr.DataArray | pd.DataFrame) -> xr.Dataset:
    """Multiplicative components (Rogers et al. 2002): F_ij = total x row x column x cell.

    Parameters
    ----------
    flows : DataArray (origin, destination) or DataFrame with origins as rows
        Persons over the period; the diagonal is used as it is given.

    Returns
    -------
    Dataset
        `total` persons; `row` (origin), `column` (destination) shares of the total; `cell` (origin,
        destination), ratio of observed to expected.

    Raises
    ------
    InputError
        The labels of both axes differ, a figure is negative or not known, or nobody moves.
    """
    import xarray as xr

    values, names = square(flows)
    total = values.sum()
    if not total > 0.0:
        raise InputError(Problem("flows", "nobody moves", "Give flows above 0"))
    row, column = values.sum(axis=1) / total, values.sum(axis=0) / total
    expected = total * np.outer(row, column)
    cell = np.divide(values, expected, out=np.zeros_like(values), where=expected > 0.0)
    return xr.Dataset(
        {
            "total": total,
            "row": ("origin", row),
            "column": ("destination", column),
            "cell": (("origin", "destination"), cell),
        },
        coords={"origin": list(names), "destination": list(names)},
    )


def _population(population: Any, names: list[str]) -> Array:
    people = vector(population, "area", "population")
    same_labels(names, [("population", list(people.indexes["area"]))])
    values = people.sel(area=names).to_numpy()
    if values.ndim != 1:
        what = f"has more axes than one: {', '.join(map(str, people.dims))}"
        raise InputError(Problem("population", what, "Select or sum the others first"))
    _positive(values > 0.0, names, "population")
    return values


def _kilometres(kilometres: Any, names: list[str]) -> Array:
    distances = matrix(kilometres, ("origin", "destination"), "distances")
    same_labels(
        names, [(f"distances, {dim}s", list(distances.indexes[dim])) for dim in distances.dims]
    )
    values = distances.sel(origin=names, destination=names).to_numpy()
    wrong = ~(values > 0.0) & ~np.eye(len(names), dtype=bool)
    pairs = [f"{names[o]} to {names[d]}" for o, d in np.argwhere(wrong)]
    _positive(np.zeros(len(pairs), dtype=bool), pairs, "distance")
    return np.where(np.eye(len(names), dtype=bool), 0.0, values)


def _positive(right: Any, names: list[str], where: str) -> None:
    wrong = [names[place] for place in np.flatnonzero(~right)[:5]]
    if wrong:
        what = "is not known or not above 0"
        raise InputError(Problem(f"{where} {', '.join(wrong)}", what, "Give a figure above 0"))
