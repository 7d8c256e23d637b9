"""Flows between areas, estimated from how many people of each birthplace lived where, twice.

Every published method is one entry of `METHODS` and one call of `estimate_flows`. A flow F[o,d] is
a transition: persons who lived in o at the start of the period and in d at its end. It is not a
count of moves, and not a yearly register.

    sd_drop_neg    F = max(S1 - S0, 0)
    sd_rev_neg     F = max(S1 - S0, 0) + max(S0 - S1, 0)'
    mig_rate       F = M S0 / sum of S0 off the diagonal
    da_*           the demographic account (accounting.py), then least or independent movement
                   (matrices.py); da_pb_closed is 0.87 least + 0.13 independent

S0, S1 are stocks by birthplace and residence, the diagonal the native-born who live at home.

Equations (44) to (47).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from corridors.errors import InputError, Problem, nearest
from corridors.flows.accounting import Assumptions, Survivors, survive
from corridors.flows.cells import list_of
from corridors.flows.differencing import by_rate, drop_negative, reverse_negative
from corridors.flows.fitting import Scaling
from corridors.flows.matrices import Estimate, Movers, blended, independent, least
from corridors.flows.net import zero_sum
from corridors.flows.tables import period_figures
from corridors.labels import (
    Array,
    align,
    cells_where,
    figures,
    matrix,
    refuse,
    same_labels,
    vector,
    wrong_cells,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "METHODS",
    "PSEUDO_BAYES_WEIGHT",
    "Assumptions",
    "Estimate",
    "Method",
    "estimate_flows",
    "every_method",
    "flows_of",
    "movers_of",
    "world_flows",
]


#: Weight of least movement in the pseudo-Bayesian estimate (Azose & Raftery 2019).
PSEUDO_BAYES_WEIGHT = 0.87


@dataclass(frozen=True)
class Method:
    """One published way to estimate flows.

    Parameters
    ----------
    name : str
        As in the published tables of Abel and Cohen.
    title, source : str
    needs : tuple of str
        What must be given beside the two stocks.
    system : str
        `closed` or `open` where a demographic account is taken, else empty.
    weights : (least movement, independence)
    """

    name: str
    title: str
    source: str
    needs: tuple[str, ...] = ()
    system: str = ""
    weights: tuple[float, float] = (0.0, 0.0)


_VITAL = ("births", "deaths")
_MOST_PEOPLE = 1e15
_MIXED = (PSEUDO_BAYES_WEIGHT, 1.0 - PSEUDO_BAYES_WEIGHT)
_PAPERS = "Bertoli & Fernandez-Huertas Moraga 2015; Beine & Parsons 2015; Dennett 2016".split("; ")
_ACCOUNT = "demographic account"
_LIST = (
    Method("sd_drop_neg", "rises of stocks, falls dropped", _PAPERS[0]),
    Method("sd_rev_neg", "rises of stocks, falls read as returns", _PAPERS[1]),
    Method("mig_rate", "movers spread as the stocks at the start", _PAPERS[2], ("movers",)),
    Method(
        "da_min_open", f"{_ACCOUNT}, open, least movement", "Abel 2013", _VITAL, "open", (1.0, 0.0)
    ),
    Method(
        "da_min_closed",
        f"{_ACCOUNT}, closed, least movement",
        "Abel & Sander 2014; Abel 2018",
        _VITAL,
        "closed",
        (1.0, 0.0),
    ),
    Method(
        "da_ind_closed",
        f"{_ACCOUNT}, closed, independence",
        "Azose & Raftery 2019",
        _VITAL,
        "closed",
        (0.0, 1.0),
    ),
    Method(
        "da_pb_closed",
        f"{_ACCOUNT}, closed, pseudo-Bayesian",
        "Azose & Raftery 2019; Abel & Cohen 2019",
        _VITAL,
        "closed",
        _MIXED,
    ),
)
#: Every method by name.
METHODS: Mapping[str, Method] = MappingProxyType({method.name: method for method in _LIST})


def estimate_flows(
    stock_start: xr.DataArray | pd.DataFrame,
    stock_end: xr.DataArray | pd.DataFrame,
    *,
    births: xr.DataArray | pd.Series | Mapping[str, float] | None = None,
    deaths: xr.DataArray | pd.Series | Mapping[str, float] | None = None,
    method: str = "da_pb_closed",
    movers: float | xr.DataArray | None = None,
    seed: xr.DataArray | pd.DataFrame | None = None,
    weight: float | Array | None = None,
    assumptions: Assumptions | None = None,
) -> Estimate:
    """Estimate flows over a period from stocks at its two ends, (44) to (47).

    Parameters
    ----------
    stock_start, stock_end : DataArray (..., birthplace, residence) or DataFrame
        Persons; the diagonal is the native-born population at home, and may be negative where
        sources disagree: it is repaired, and the repair reported. Other dimensions (sex, draw)
        lead and are estimated together. Labels are matched by name, whatever their order.
    births, deaths : DataArray (..., area), Series or mapping of area to figure
        Persons over the period, for the methods that take an account; others do not look at them.
    method : str
        A name of `METHODS`.
    movers : float or DataArray
        How many persons moved, for `mig_rate`; there is no default.
    seed : DataArray (origin, destination) or DataFrame, optional
        Relative ease of each move, for the methods that take an account; default: all the same.
    weight : float or array (...), optional
        Share of least movement in `da_pb_closed`, one or one for each table of the leading
        dimensions; default: `PSEUDO_BAYES_WEIGHT`.
    assumptions : Assumptions, optional
        How the account is closed where the figures leave a choice.

    Returns
    -------
    Estimate
        `flows` (..., origin, destination) persons over the period, and what was done to get them.

    Raises
    ------
    InputError
        Labels differ, a figure is negative or not known, an option does not fit the method; every
        problem names its area.
    Infeasible, NotConverged
        The account cannot be closed; names the areas.
    """
    given = {"births": births, "deaths": deaths, "movers": movers, "weight": weight, "seed": seed}
    chosen = _chosen(method, given)
    start, end = _stocks(stock_start, stock_end)
    if not chosen.system:
        return _differenced(chosen, start, end, movers)
    account = _accounted(chosen.system, (start, end), (births, deaths), assumptions)
    ease = None if seed is None else _ease(seed, start)
    weights: tuple[float | Array, float | Array] = chosen.weights
    if weight is not None:
        share = np.asarray(weight, dtype=float)
        weights = (share, 1.0 - share)
    return _moved(chosen, start, account, weights, ease)


def flows_of(
    stocks: tuple[Array, Array],
    vital: tuple[Array, Array],
    *,
    method: str = "da_pb_closed",
    weight: float | None = None,
    names: Sequence[str] | None = None,
) -> Array:
    """Flows (o, d) of one system given as arrays: `estimate_flows` without labels, compiled.

    For one system after another, such as draws: what is compiled takes longer to load than one
    estimate of the world, and then estimates it in half the time, the same to the last digits.

    Parameters
    ----------
    stocks : at the start and the end, each (b, r) persons
    vital : births and deaths, each (r,) persons over the period
    method : str
        A name of `METHODS` that takes an account.
    weight : float, optional
        As in `estimate_flows`.
    names : sequence of str, optional
        Areas, for messages; default: their numbers from 1.

    Raises
    ------
    InputError, Infeasible, NotConverged
        As `estimate_flows`.
    """
    given = {"births": vital[0], "deaths": vital[1], "movers": None, "weight": weight, "seed": None}
    chosen = _chosen(method, given)
    if not chosen.system:
        fix = "Use estimate_flows, or a method whose name begins with da_"
        raise InputError(Problem("method", f"{method} takes no account", fix))
    start, end = (
        figures(stock, f"stock at the {at}", negative=True, dims=2)
        for at, stock in zip(("start", "end"), stocks, strict=True)
    )
    if start.ndim != 2 or len({*start.shape, *end.shape}) != 1 or len(start) < 2:
        what = " and ".join(" x ".join(map(str, stock.shape)) for stock in (start, end))
        fix = "Give two square tables of the same areas, two areas or more"
        raise InputError(Problem("stocks", f"are {what}", fix))
    closed, labels = chosen.system == "closed", names or [str(k + 1) for k in range(len(start))]
    cells = list_of(start, end)
    refuse(
        *(
            Problem(f"stock at the {at} ({labels[b]}, {labels[r]})", "is negative", "Correct it")
            for at, stock in (("start", start), ("end", end))
            for b, r in cells.places(cells.values(stock) < 0.0)
            if b != r
        )
    )
    account = survive((start, end), vital, closed, Assumptions(), labels, cells)
    weights = chosen.weights if weight is None else (weight, 1.0 - weight)
    return blended(cells, account.matched, weights)


def every_method(
    stock_start: xr.DataArray | pd.DataFrame,
    stock_end: xr.DataArray | pd.DataFrame,
    *,
    births: xr.DataArray | pd.Series,
    deaths: xr.DataArray | pd.Series,
    movers: float | xr.DataArray,
    methods: Sequence[str] = tuple(METHODS),
) -> dict[str, Estimate]:
    """Flows by several methods, (44) to (47), which share their accounts.

    Parameters
    ----------
    stock_start, stock_end : DataArray (..., birthplace, residence) or DataFrame
        Persons; the diagonal is the native-born at home.
    births, deaths : DataArray (..., area) or Series
        Persons over the period.
    movers : float or DataArray
        Persons who moved, for `mig_rate`.
    methods : sequence of str
        Names of `METHODS`.

    Returns
    -------
    dict of Estimate
        By method; `flows` (..., origin, destination) persons over the period.

    Raises
    ------
    InputError, Infeasible, NotConverged
        As `estimate_flows`.
    """
    given = {"births": births, "deaths": deaths, "weight": None, "seed": None}
    needed = {name: "movers" in METHODS[name].needs for name in methods if name in METHODS}
    chosen = [
        _chosen(name, given | {"movers": movers if needed.get(name) else None}) for name in methods
    ]
    start, end = _stocks(stock_start, stock_end)
    accounts = {
        system: _accounted(system, (start, end), (births, deaths), None)
        for system in {method.system for method in chosen if method.system}
    }
    return {
        method.name: _moved(method, start, accounts[method.system], method.weights, None)
        if method.system
        else _differenced(method, start, end, movers)
        for method in chosen
    }


def world_flows(
    observed: xr.Dataset, *, methods: Sequence[str] = ("da_pb_closed",)
) -> dict[str, Estimate]:
    """Flows between all areas over a period, by `methods`, (44) to (47).

    Parameters
    ----------
    observed : Dataset
        `stock_start`, `stock_end` (..., birthplace, residence), `births`, `deaths` (..., area) in
        persons, as `corridors.people.stocks.comparable` gives them; movers of `mig_rate` are
        `movers_of` them.

    Returns
    -------
    dict of Estimate
        By method; `flows` (..., origin, destination) persons over the period.

    Raises
    ------
    InputError
        A table is missing, its areas differ, a figure is not known, no such method.
    Infeasible, NotConverged
        The account cannot be closed; names the areas.
    """
    observed = period_figures(observed)
    return every_method(
        observed["stock_start"],
        observed["stock_end"],
        births=observed["births"],
        deaths=observed["deaths"],
        movers=movers_of(observed),
        methods=methods,
    )


def movers_of(observed: xr.Dataset) -> xr.DataArray:
    """Movers for `mig_rate`, M of (44): the sum of |net migration| made to sum to zero.

    As Abel & Cohen (2019). Net migration is what births and deaths leave of the change of the
    population.

    Parameters
    ----------
    observed : Dataset
        `stock_start`, `stock_end` (..., birthplace, residence) and `births`, `deaths` (..., area),
        persons; the stocks add up to the population.

    Returns
    -------
    DataArray (...) persons over the period

    Raises
    ------
    InputError
        A table is missing, areas differ, a figure is not known; only gains or only losses.
    """
    observed = period_figures(observed)
    people = [observed[f"stock_{end}"].sum("birthplace") for end in ("start", "end")]
    change = (people[1] - people[0]).rename(residence="area")
    net = change - observed["births"] + observed["deaths"]
    balanced = np.apply_along_axis(zero_sum, -1, net.to_numpy())
    return net.isel(area=0, drop=True).copy(data=np.abs(balanced).sum(axis=-1))


def _stocks(stock_start: Any, stock_end: Any) -> tuple[xr.DataArray, xr.DataArray]:
    ends = ("birthplace", "residence")
    start = matrix(stock_start, ends, "stock at the start", copy=False)
    end = matrix(stock_end, ends, "stock at the end", copy=False)
    number = start.sizes["birthplace"]
    if number < 2:
        what = f"{'one area' if number else 'no area'}: nobody can move to another"
        raise InputError(Problem("stocks", what, "Give two areas or more"))
    refuse(
        *_too_many(start, "stock at the start"),
        *_too_many(end, "stock at the end"),
    )
    return _aligned(start, end)


def _too_many(stock: xr.DataArray, where: str) -> list[Problem]:
    """The first cell with more people than can be, native-born included: a slip or infinity."""
    values = stock.to_numpy()
    largest = max(values.max(), -values.min())
    if not largest > _MOST_PEOPLE:  # (what is not known is refused elsewhere)
        return []
    place = tuple(cells_where(np.abs(values) > _MOST_PEOPLE)[0])
    born, lives = (stock.indexes[d][at] for d, at in zip(stock.dims[-2:], place[-2:], strict=True))
    fix = f"Give persons, fewer than {_MOST_PEOPLE:g}"
    return [Problem(f"{where} ({born}, {lives})", f"is {values[place]:g}", fix)]


def _accounted(
    system: str,
    stocks: tuple[xr.DataArray, xr.DataArray],
    vital: tuple[Any, Any],
    assumptions: Assumptions | None,
) -> Survivors:
    """The account of stocks, births and deaths, once all figures are found to be figures."""
    start, end = stocks
    births, deaths = _vital(vital[0], start, "births"), _vital(vital[1], start, "deaths")
    refuse(
        *wrong_cells(start, "stock at the start", diagonal=False),
        *wrong_cells(end, "stock at the end", diagonal=False),
        *wrong_cells(births, "births"),
        *wrong_cells(deaths, "deaths"),
    )
    return survive(
        (start.to_numpy(), end.to_numpy()),
        (births.to_numpy(), deaths.to_numpy()),
        system == "closed",
        assumptions or Assumptions(),
        start.indexes["birthplace"].tolist(),
    )


def _moved(
    chosen: Method,
    stock: xr.DataArray,
    account: Survivors,
    weights: tuple[float | Array, float | Array],
    ease: Array | None,
) -> Estimate:
    """Movers of the survivors, mixed by `weights`."""
    names = stock.indexes["birthplace"].tolist()
    fits, parts = list(account.fits), []
    for share, find in zip(weights, (least, independent), strict=True):
        if not np.any(share > 0.0):
            continue
        # Three tables of n x n: made where they are asked for, unless they took a fit.
        made = cache(partial(_movers, find, account, ease, names))
        if ease is not None:
            fits.append(cast(Scaling, made().fit))
        parts.append((np.asarray(share)[..., None, None], made))
    if ease is None:
        flows = blended(account.cells, account.matched, weights)
    else:
        flows = np.sum([share * movers().flows() for share, movers in parts], axis=0)
    return Estimate(
        _labelled(flows, stock, chosen),
        chosen.name,
        _adjusted(account, stock),
        max((fit.sweeps + fit.steps for fit in fits), default=0),
        max((fit.error for fit in fits), default=0.0),
        account,
        tuple(parts),
    )


def _movers(
    find: Callable[..., Movers], account: Survivors, ease: Array | None, names: Sequence[str]
) -> Movers:
    return find(account.start, account.end, ease, names)


def _differenced(chosen: Method, start: xr.DataArray, end: xr.DataArray, movers: Any) -> Estimate:
    """Flows from the stocks alone; the native-born are not looked at."""
    import pandas as pd

    home = np.eye(start.sizes["birthplace"], dtype=bool)
    people = float(start.sum())
    native_born_known = bool((start.to_numpy()[..., home] > 0.0).any())
    start = start.copy(data=np.where(home, 0.0, start))
    end = end.copy(data=np.where(home, 0.0, end))
    refuse(*wrong_cells(start, "stock at the start"), *wrong_cells(end, "stock at the end"))
    tables = start.to_numpy(), end.to_numpy()
    if chosen.name == "mig_rate":
        moved = figures(movers, "movers")
        if native_born_known and np.sum(moved) > people:
            what = f"{np.sum(moved):,.6g} of {people:,.0f} people who live there at the start"
            raise InputError(Problem("movers", what, "Nobody moves twice in a transition: fewer"))
        flows = by_rate(tables[0], moved)
    else:
        flows = {"sd_drop_neg": drop_negative, "sd_rev_neg": reverse_negative}[chosen.name](*tables)
    none = pd.DataFrame(columns=["step", "at", *start.dims[:-2], "area", "persons"])
    return Estimate(_labelled(flows, start, chosen), chosen.name, none)


def _labelled(flows: Array, stock: xr.DataArray, chosen: Method) -> xr.DataArray:
    frame = stock.rename(birthplace="origin", residence="destination").rename("flow")
    attrs = {
        "units": "persons over the period",
        "sources": f"{chosen.name}: {chosen.title} ({chosen.source})",
        "kind": "modelled",
    }
    return frame.copy(data=flows).assign_attrs(attrs)


def _adjusted(account: Survivors, stock: xr.DataArray) -> pd.DataFrame:
    """Every adjustment that is not 0, as rows."""
    import pandas as pd

    axes = [*stock.dims[:-2], "area"]
    labels = [stock[dim].to_numpy() for dim in (*stock.dims[:-2], "birthplace")]
    done = account.adjustments
    persons = np.stack([adjustment.persons for adjustment in done])
    which, *places = np.nonzero(persons)
    rows: dict[str, Any] = {
        "step": np.array([adjustment.step for adjustment in done])[which],
        "at": np.array([adjustment.at for adjustment in done])[which],
    }
    pairs = zip(axes, labels, places, strict=True)
    rows |= {str(dim): names[place] for dim, names, place in pairs}
    return pd.DataFrame(rows | {"persons": persons[which, *places]})


# --- the door -----------------------------------------------------------------------------------


def _chosen(name: str, given: Mapping[str, Any]) -> Method:
    """The method, if what is given fits what it needs."""
    if name not in METHODS:
        fix = f"Did you mean {', '.join(nearest(name, METHODS))}?"
        raise InputError(Problem("method", f"no method is called '{name}'", fix))
    method = METHODS[name]
    problems = [
        Problem(need, f"method {name} needs it", "Give it; there is no default")
        for need in method.needs
        if given[need] is None
    ]
    uses = {
        "movers": "movers" in method.needs,
        "weight": all(method.weights),
        "seed": bool(method.system),
    }
    problems += [
        Problem(option, f"method {name} does not use it", "Leave it out")
        for option, used in uses.items()
        if given[option] is not None and not used
    ]
    weight = np.ravel([] if given["weight"] is None else figures(given["weight"], "weight"))
    if not ((weight >= 0.0) & (weight <= 1.0)).all():
        wrong = weight[~((weight >= 0.0) & (weight <= 1.0))][0]
        problems.append(Problem("weight", f"{wrong:g} is not a share", "Give 0 to 1"))
    refuse(*problems)
    return method


def _aligned(start: xr.DataArray, end: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Both stocks with the birthplaces of the first as rows and columns, in that order."""
    names, lives, born_end, lives_end = (
        table.indexes[dim].tolist() for table in (start, end) for dim in ("birthplace", "residence")
    )
    axes = [("stock at the start, residences", lives), ("stock at the end, birthplaces", born_end)]
    same_labels(names, [*axes, ("stock at the end, residences", lives_end)])
    if set(start.dims) != set(end.dims):
        what = f"its dimensions {', '.join(map(str, end.dims))} are not those of the start"
        raise InputError(Problem("stock at the end", what, "Give both the same dimensions"))
    start = start if lives == names else start.sel(residence=names)
    if born_end != names or lives_end != names:
        end = end.sel(birthplace=names, residence=names)
    if end.dims != start.dims:
        end = end.transpose(*start.dims)
    if len(start.dims) > 2:
        align(start, end)
    return start, end


def _in_order(table: xr.DataArray, **labels: list[str]) -> xr.DataArray:
    """Select labels in this order; a table that has it already stays as it is."""
    moved = {dim: names for dim, names in labels.items() if table.indexes[dim].tolist() != names}
    return table.sel(moved) if moved else table


def _vital(given: Any, stock: xr.DataArray, where: str) -> xr.DataArray:
    """Births or deaths (..., area) with the areas and other dimensions of the stocks."""
    vital = vector(given, "area", where)
    names = stock.indexes["birthplace"].tolist()
    same_labels(names, [(where, vital.indexes["area"].tolist())])
    vital = _in_order(vital, area=names)
    lead = stock.dims[:-2]
    if vital.dims == (*lead, "area"):
        if lead:
            align(stock, vital)
        return vital
    rest = stock.isel(birthplace=0, residence=0, drop=True)
    align(rest, vital)
    return vital.broadcast_like(rest).transpose(*lead, "area")


def _ease(seed: Any, stock: xr.DataArray) -> Array:
    """The seed (o, d) in the order of the stocks' areas."""
    table = matrix(seed, ("origin", "destination"), "seed")
    names = stock.indexes["birthplace"].tolist()
    same_labels(names, [(f"seed, {dim}s", table.indexes[dim].tolist()) for dim in table.dims])
    refuse(*wrong_cells(table, "seed", diagonal=False))
    return _in_order(table, origin=names, destination=names).to_numpy()
