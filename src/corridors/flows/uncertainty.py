"""How sure a flow is: draws of the figures behind it, and the spread between methods.

Flows are differences of large stocks, so a small error of a stock is a large error of a flow. The
error model, `Errors`, is stated and can be changed. Each draw multiplies

    foreign-born of residence r   by exp(-u_r / 2) at the start and exp(u_r / 2) at the end
    each pair (b, r) of them      by exp(-w_br / 2) and exp(w_br / 2)
    births, deaths                by exp(e_r)
    population at the end         by 1 + g_r; at the start it stays

u, w, e, g normal with mean 0, and the native-born are what the population leaves. Errors common to
both ends are left out: they scale flows by a few per cent and do not make any. So is what no draw
can show: moves within a period, and people whose birthplace is not known.

The weight of least movement in `da_pb_closed` is an estimate too: a draw adds a normal number to
0.87 and keeps it between 0 and 1. The interval of any other method says how far bad figures move
it; methods differ by more than that.

A draw estimates by equations (45) to (47) anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors.errors import InputError, Problem
from corridors.flows.methods import METHODS, estimate_flows, flows_of, movers_of, world_flows
from corridors.flows.sexes import flows_by_sex
from corridors.flows.tables import LINE, SQUARE, period_figures
from corridors.labels import Array, Streams
from corridors.parameters import check, declare

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["PUBLISHED", "Errors", "draw", "intervals", "spread"]


#: Draws estimated together.
BATCH = 8
#: Fewest draws that make an interval, and from how many on one of 95 % is worth printing.
FEWEST, MANY = 20, 200
#: Per cent of the draws between the two ends of an interval.
LEVELS = (50, 80, 95)
#: The six estimates that Abel and Cohen publish; independence alone is a part of one of them.
PUBLISHED = tuple(name for name in METHODS if name != "da_ind_closed")


@dataclass(frozen=True)
class Errors:
    """Standard deviations of the errors, as shares; `assumed`.

    The defaults are about as large as what the United Nations revised between their own editions
    (`benchmarks/flows_revisions.py` measures that: stocks of 2020 against 2024, and net migration
    of WPP 2022, in the published flows, against 2024).

    Parameters
    ----------
    residence : float
        Change over the period of all foreign-born of an area.
    pair : float
        Change over the period of one pair, beside its area's.
    births, deaths : float
    growth : float
        Error of the population at the end, given that at the start, as a share of it.
    weight : float
        Error of the weight of least movement, where a method mixes.
    """

    residence: float = declare("flows", "residence")
    pair: float = declare("flows", "pair")
    births: float = declare("flows", "births")
    deaths: float = declare("flows", "deaths")
    growth: float = declare("flows", "growth")
    weight: float = declare("flows", "weight")

    def __post_init__(self) -> None:
        check(self, "errors")


def draw(
    observed: xr.Dataset, places: Sequence[int], streams: Streams, errors: Errors
) -> xr.Dataset:
    """Draws of the figures of a period, as numbered in `places`, for (45) to (47).

    Parameters
    ----------
    observed : Dataset
        Persons, as `corridors.people.stocks.comparable` gives them: stocks (birthplace, residence),
        births, deaths and population (area).
    places : sequence of int
        Numbers of the draws; a number gives the same draw whatever the others are.
    streams : function of a key
        Gives the random generator of what is decided.
    errors : Errors
        Standard deviations, as shares.

    Returns
    -------
    Dataset
        `stock_start`, `stock_end` (draw, birthplace, residence), `births`, `deaths` (draw, area),
        all persons.

    Raises
    ------
    InputError
        A table is missing, its areas differ, a figure is not known.

    Notes
    -----
    The error model is this package's (head of the module); its sizes are in docs/assumed.md.
    """
    import xarray as xr

    observed = period_figures(observed, people=True)
    size = observed.sizes["area"]
    drawn = [_factors(size, place, streams, errors) for place in places]
    u, births, deaths, growth = (np.stack(parts) for parts in zip(*drawn, strict=True))
    # Drawn for areas in alphabetical order: the order of the tables makes no difference.
    rank = np.argsort(np.argsort(observed.indexes["area"].to_numpy().astype(str)))
    u, births, deaths, growth = (
        u[:, rank][:, :, rank],
        births[:, rank],
        deaths[:, rank],
        growth[:, rank],
    )
    off = 1.0 - np.eye(size)
    square, line = ("draw", "birthplace", "residence"), ("draw", "area")
    tables: dict[str, tuple[tuple[str, ...], Array]] = {}
    for end, sign in (("start", -0.5), ("end", 0.5)):
        foreign = observed[f"stock_{end}"].to_numpy() * off * np.exp(sign * u)
        people = observed[f"population_{end}"].to_numpy() * (1.0 + growth * (end == "end"))
        native = people - foreign.sum(axis=-2)
        tables[f"stock_{end}"] = (square, foreign + native[..., None, :] * np.eye(size))
    for name, factor in (("births", births), ("deaths", deaths)):
        tables[name] = (line, observed[name].to_numpy() * factor)
    areas = observed.indexes["area"].to_numpy()
    return xr.Dataset(
        tables, coords={"draw": list(places)} | dict.fromkeys((*square[1:], "area"), areas)
    )


def _factors(
    size: int, place: int, streams: Streams, errors: Errors
) -> tuple[Array, Array, Array, Array]:
    def normal(what: str, shape: tuple[int, ...], deviation: float) -> Array:
        return deviation * streams(f"flows {what} {place}").standard_normal(shape)

    u = normal("residence", (1, size), errors.residence) + normal("pair", (size, size), errors.pair)
    births = np.exp(normal("births", (size,), errors.births))
    deaths = np.exp(normal("deaths", (size,), errors.deaths))
    return u, births, deaths, normal("growth", (size,), errors.growth)


def intervals(
    observed: xr.Dataset,
    *,
    method: str = "da_pb_closed",
    draws: int = 100,
    streams: Streams,
    errors: Errors | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Flows of a period with the interval that errors of the figures leave, by (45) to (47) a draw.

    Parameters
    ----------
    observed : Dataset
        Persons, as `corridors.people.stocks.comparable` gives them: stocks (birthplace, residence),
        births, deaths and population (area).
    method : str
        A name of `corridors.flows.methods.METHODS`.
    draws : int
        At least `FEWEST`.
    streams : function of a key
        Gives the random generator of what is decided.
    errors : Errors, optional
        Standard deviations, as shares.
    progress : function of (draws done, draws in all), optional

    Returns
    -------
    Dataset
        `flow`, `lower_80`, `upper_80` (origin, destination); `net`, `net_lower_80`, ... (area);
        `total`, `total_lower_80`, ...: persons over the period, 50 and 80 % of the draws, from 200
        draws on 95 % too, between the two ends, equal tails. `flow` is the estimate from the
        figures as they are; where all draws lie on one side of it the interval reaches to it.
        `attrs` states the error model.

    Raises
    ------
    InputError
        Too few draws, no such method, a table is missing, a figure is not known.
    Infeasible, NotConverged
        The account of a draw cannot be closed; names the areas.

    Notes
    -----
    Draws of totals lie above the estimate, because an error of either sign makes somebody move.
    So does the estimate lie above what figures without error would give.
    """
    if draws < FEWEST:
        what = f"{draws} draws make no interval"
        raise InputError(Problem("draws", what, f"Ask for {FEWEST} draws or more"))
    errors = errors or Errors()
    observed = period_figures(observed, people=True)
    centre = _estimated(observed, method)
    drawn = []
    for first in range(0, draws, BATCH):
        places = range(first, min(first + BATCH, draws))
        weights = _weights(method, places, streams, errors)
        figures = draw(observed, places, streams, errors)
        drawn.append(_estimated_draws(figures, method, weights))
        if progress is not None:
            progress(places.stop, draws)
    every = np.concatenate(drawn)
    levels = LEVELS if draws >= MANY else LEVELS[:-1]
    tails = [tail for level in levels for tail in (50.0 - level / 2.0, 50.0 + level / 2.0)]
    net = every.sum(axis=-2) - every.sum(axis=-1)
    tables: dict[str, Array] = {}
    for name, values, middle in (
        ("flow", every, centre),
        ("net", net, centre.sum(axis=-2) - centre.sum(axis=-1)),
        ("total", every.sum(axis=(-2, -1)), centre.sum()),
    ):
        ends = iter(np.percentile(values, tails, axis=0))
        prefix = "" if name == "flow" else f"{name}_"
        tables[name] = middle
        for level in levels:
            tables[f"{prefix}lower_{level}"] = np.minimum(next(ends), middle)
            tables[f"{prefix}upper_{level}"] = np.maximum(next(ends), middle)
    kept = {"method": method, "draws": draws, "period": observed.attrs.get("period")}
    return _labelled(tables, observed, f"{errors} (assumed)", kept)


def spread(
    observed: xr.Dataset,
    methods: Sequence[str] = PUBLISHED,
    *,
    both: xr.Dataset | None = None,
) -> xr.DataArray:
    """Flows of a period by several methods, (44) to (47), side by side.

    Parameters
    ----------
    observed : Dataset
        Persons: stocks (..., birthplace, residence), births and deaths (..., area). With an axis
        `sex` of two the flows of each sum to those of `both`.
    methods : sequence of str
        Names of `corridors.flows.methods.METHODS`.
    both : Dataset, optional
        The figures of both sexes together.

    Returns
    -------
    DataArray (method, ..., origin, destination) persons over the period

    Raises
    ------
    InputError
        A table is missing, its areas differ, a figure is not known, no such method.
    Infeasible, NotConverged
        The account cannot be closed; names the areas.
    """
    import xarray as xr

    if "sex" in getattr(observed, "dims", ()):
        estimates = flows_by_sex(observed, methods=methods, both=both)
    else:
        estimates = world_flows(observed, methods=methods)
    flows = [estimate.flows.drop_attrs() for estimate in estimates.values()]
    joined = xr.concat(flows, dim=xr.DataArray(list(estimates), dims="method", name="method"))
    return joined.assign_attrs(units="persons over the period", kind="modelled")


def _weights(method: str, places: Sequence[int], streams: Streams, errors: Errors) -> Array | None:
    """The weight of least movement (draw,), where the method mixes by one."""
    if method not in METHODS or not all(METHODS[method].weights):
        return None
    normal = [streams(f"flows weight {place}").standard_normal() for place in places]
    return np.clip(METHODS[method].weights[0] + errors.weight * np.array(normal), 0.0, 1.0)


def _estimated_draws(figures: xr.Dataset, method: str, weights: Array | None) -> Array:
    """Flows (draw, o, d) from figures as `draw` gives them, each draw by itself."""
    if method not in METHODS or not METHODS[method].system:
        return _estimated(figures, method)
    tables = [figures[name].to_numpy() for name in (*SQUARE, *LINE)]
    names = figures.indexes["area"].tolist()
    given = enumerate(zip(*tables, strict=True))
    return np.stack(
        [
            flows_of(
                (start, end),
                (births, deaths),
                method=method,
                weight=None if weights is None else float(weights[place]),
                names=names,
            )
            for place, (start, end, births, deaths) in given
        ]
    )


def _estimated(figures: xr.Dataset, method: str) -> Array:
    """Flows (..., o, d) from figures as `observe` and `draw` give them."""
    needs = METHODS[method].needs if method in METHODS else ()
    flows = estimate_flows(
        figures["stock_start"],
        figures["stock_end"],
        births=figures["births"],
        deaths=figures["deaths"],
        method=method,
        movers=movers_of(figures) if "movers" in needs else None,
    ).flows
    return flows.to_numpy()


def _labelled(
    figures: dict[str, Array], observed: xr.Dataset, words: str, kept: dict[str, object]
) -> xr.Dataset:
    import xarray as xr

    dims = {0: (), 1: ("area",), 2: ("origin", "destination")}
    areas = observed.indexes["area"].to_numpy()
    tables = {name: (dims[np.ndim(values)], values) for name, values in figures.items()}
    labels = dict.fromkeys(("area", "origin", "destination"), areas)
    about = {"units": "persons over the period", "kind": "modelled", "errors": words}
    return xr.Dataset(tables, coords=labels, attrs=about | kept)
