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

The interval of one method says how far bad figures move it; methods differ by more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridors.errors import InputError, Problem
from corridors.flows.methods import METHODS, estimate_flows, every_method, movers_of
from corridors.parameters import check, declare

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["PUBLISHED", "Errors", "draw", "intervals", "spread"]

Array = NDArray[np.float64]
Streams = Callable[[str], np.random.Generator]

#: Draws estimated together.
BATCH = 8
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
    """

    residence: float = declare("flows", "residence")
    pair: float = declare("flows", "pair")
    births: float = declare("flows", "births")
    deaths: float = declare("flows", "deaths")
    growth: float = declare("flows", "growth")

    def __post_init__(self) -> None:
        check(self, "errors")


def draw(
    observed: xr.Dataset, places: Sequence[int], streams: Streams, errors: Errors
) -> xr.Dataset:
    """Draws of the figures of a period, as numbered in `places`.

    Parameters
    ----------
    observed : Dataset
        As `corridors.people.stocks.observe` gives it.
    places : sequence of int
        Numbers of the draws; a number gives the same draw whatever the others are.
    streams : function of a key
        Gives the random generator of what is decided.

    Returns
    -------
    Dataset
        `stock_start`, `stock_end` (draw, birthplace, residence), `births`, `deaths` (draw, area).
    """
    import xarray as xr

    size = observed.sizes["area"]
    drawn = [_one(size, place, streams, errors) for place in places]
    u, births, deaths, growth = (np.stack(parts) for parts in zip(*drawn, strict=True))
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


def _one(
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
    level: float = 0.9,
    errors: Errors | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Flows of a period with the interval that errors of the figures leave.

    Parameters
    ----------
    observed : Dataset
        As `corridors.people.stocks.observe` gives it.
    draws : int
        At least 20.
    level : float
        Share of the draws inside the interval, equal tails.
    progress : function of (draws done, draws in all), optional

    Returns
    -------
    Dataset
        `flow`, `low`, `high` (origin, destination); `net`, `net_low`, `net_high` (area); `total`,
        `total_low`, `total_high`: persons over the period. `flow` is the estimate from the figures
        as they are; where all draws lie on one side of it the interval reaches to it. `attrs`
        states the error model.

    Notes
    -----
    Draws of totals lie above the estimate, because an error of either sign makes somebody move.
    So does the estimate lie above what figures without error would give.
    """
    if draws < 20 or not 0.0 < level < 1.0:
        what = f"{draws} draws at level {level:g} make no interval"
        raise InputError(Problem("draws", what, "Ask for 20 draws or more and a level below 1"))
    errors = errors or Errors()
    centre = _estimated(observed, method)
    drawn = []
    for first in range(0, draws, BATCH):
        places = range(first, min(first + BATCH, draws))
        drawn.append(_estimated(draw(observed, places, streams, errors), method))
        if progress is not None:
            progress(places.stop, draws)
    every = np.concatenate(drawn)
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    net = every.sum(axis=-2) - every.sum(axis=-1)
    found: dict[str, Array] = {}
    for name, values, middle in (
        ("flow", every, centre),
        ("net", net, centre.sum(axis=-2) - centre.sum(axis=-1)),
        ("total", every.sum(axis=(-2, -1)), centre.sum()),
    ):
        low, high = np.quantile(values, tails, axis=0)
        prefix = "" if name == "flow" else f"{name}_"
        found |= {
            name: middle,
            f"{prefix}low": np.minimum(low, middle),
            f"{prefix}high": np.maximum(high, middle),
        }
    kept = {"method": method, "draws": draws, "level": level, "period": observed.attrs["period"]}
    return _labelled(found, observed, f"{errors} (assumed)", kept)


def spread(observed: xr.Dataset, methods: Sequence[str] = PUBLISHED) -> xr.DataArray:
    """Flows of a period by several methods, side by side (method, origin, destination)."""
    import xarray as xr

    found = every_method(
        observed["stock_start"],
        observed["stock_end"],
        births=observed["births"],
        deaths=observed["deaths"],
        movers=movers_of(observed),
        methods=methods,
    )
    flows = [estimate.flows.drop_attrs() for estimate in found.values()]
    joined = xr.concat(flows, dim=xr.DataArray(list(found), dims="method", name="method"))
    return joined.assign_attrs(units="persons over the period", kind="modelled")


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
    found: dict[str, Array], observed: xr.Dataset, words: str, kept: dict[str, object]
) -> xr.Dataset:
    import xarray as xr

    dims = {0: (), 1: ("area",), 2: ("origin", "destination")}
    areas = observed.indexes["area"].to_numpy()
    tables = {name: (dims[np.ndim(values)], values) for name, values in found.items()}
    labels = dict.fromkeys(("area", "origin", "destination"), areas)
    about = {"units": "persons over the period", "kind": "modelled", "errors": words}
    return xr.Dataset(tables, coords=labels, attrs=about | kept)
