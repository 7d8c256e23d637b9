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
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem, nearest
from corridors.flows.accounting import Assumptions, Survivors, survive
from corridors.flows.differencing import by_rate, drop_negative, reverse_negative
from corridors.flows.matrices import Estimate, Movers, independent, least
from corridors.flows.net import split_by_net, zero_sum
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
    "flows_by_sex",
    "movers_of",
    "world_flows",
]


#: Weight of least movement in the pseudo-Bayesian estimate (Azose & Raftery 2019).
PSEUDO_BAYES_WEIGHT = 0.87
#: Largest closure of one sex, as a share of the sum of |net|, that is spread over the areas.
LARGEST_CLOSURE = 0.1


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
    weight: float | None = None,
    assumptions: Assumptions | None = None,
) -> Estimate:
    """Estimate flows over a period from stocks at its two ends.

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
        How many moved, for `mig_rate`; there is no default.
    seed : DataArray (origin, destination) or DataFrame, optional
        Relative ease of each move, for the methods that take an account; default: all the same.
    weight : float, optional
        Weight of least movement in `da_pb_closed`; default: `PSEUDO_BAYES_WEIGHT`.
    assumptions : Assumptions, optional
        How the account is closed where the figures leave a choice.

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
    weights = chosen.weights if weight is None else (weight, 1.0 - weight)
    return _moved(chosen, start, account, weights, ease)


def every_method(
    stock_start: xr.DataArray | pd.DataFrame,
    stock_end: xr.DataArray | pd.DataFrame,
    *,
    births: xr.DataArray | pd.Series,
    deaths: xr.DataArray | pd.Series,
    movers: float | xr.DataArray,
    methods: Sequence[str] = tuple(METHODS),
) -> dict[str, Estimate]:
    """Flows by several methods, which share their accounts; arguments as `estimate_flows`."""
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
    """Flows between all areas over a period, by `methods`.

    Parameters
    ----------
    observed : Dataset
        `stock_start`, `stock_end` (..., birthplace, residence), `births`, `deaths` (..., area), as
        `corridors.people.stocks.comparable` gives them; movers of `mig_rate` are `movers_of` them.
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
    """Movers for `mig_rate`: the sum of |net migration| made to sum to zero (Abel & Cohen 2019).

    Net migration is what births and deaths leave of the change of the population, which the stocks
    (..., birthplace, residence) add up to.
    """
    observed = period_figures(observed)
    people = [observed[f"stock_{end}"].sum("birthplace") for end in ("start", "end")]
    change = (people[1] - people[0]).rename(residence="area")
    net = change - observed["births"] + observed["deaths"]
    balanced = np.apply_along_axis(zero_sum, -1, net.to_numpy())
    return net.isel(area=0, drop=True).copy(data=np.abs(balanced).sum(axis=-1))


# --- women and men ------------------------------------------------------------------------------


def flows_by_sex(
    observed: xr.Dataset,
    *,
    methods: Sequence[str] = ("da_pb_closed",),
    both: xr.Dataset | None = None,
) -> dict[str, Estimate]:
    """Flows of each sex, which sum to the flows of both, by `methods`.

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
        `flows` (sex, origin, destination); `adjustments` are the closure of each sex, which sums
        to that of both, and net migration that the flows of both have no room for.

    Raises
    ------
    InputError
        There is no axis of two sexes; closure of one exceeds a tenth of the sum of its |net|.
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


def _stocks(stock_start: Any, stock_end: Any) -> tuple[xr.DataArray, xr.DataArray]:
    start = matrix(stock_start, ("birthplace", "residence"), "stock at the start")
    end = matrix(stock_end, ("birthplace", "residence"), "stock at the end")
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
    wrong = cells_where(np.abs(values) > _MOST_PEOPLE)
    if not len(wrong):
        return []
    place = tuple(wrong[0])
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
    weights: tuple[float, float],
    ease: Array | None,
) -> Estimate:
    """Movers of the survivors, mixed by `weights`."""
    names = stock.indexes["birthplace"].tolist()
    flows, fits, parts = np.zeros_like(account.start), list(account.fits), []
    for share, find in zip(weights, (least, independent), strict=True):
        if share > 0.0:
            made_again = partial(find, account.start, account.end, ease, names)
            movers = made_again()
            moved = movers.flows()
            moved *= share
            flows += moved
            # Three tables of n x n: made again where they are asked for, unless they took a fit.
            parts.append(
                (share, cache(made_again) if movers.fit is None else partial(_same, movers))
            )
            fits += [] if movers.fit is None else [movers.fit]
            del movers, moved
    return Estimate(
        _labelled(flows, stock, chosen),
        chosen.name,
        _adjusted(account, stock),
        max((fit.sweeps + fit.steps for fit in fits), default=0),
        max((fit.error for fit in fits), default=0.0),
        account,
        tuple(parts),
    )


def _same(movers: Movers) -> Movers:
    return movers


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
    labels = [stock.indexes[dim].to_numpy() for dim in (*stock.dims[:-2], "birthplace")]
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
    if given["weight"] is not None and not 0.0 <= given["weight"] <= 1.0:
        problems.append(Problem("weight", f"{given['weight']:g} is not a share", "Give 0 to 1"))
    refuse(*problems)
    return method


def _aligned(start: xr.DataArray, end: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Both stocks with the birthplaces of the first as rows and columns, in that order."""
    names = start.indexes["birthplace"].tolist()
    axes = [("stock at the start, residences", start.indexes["residence"].tolist())]
    ends = ("birthplace", "residence")
    axes += [(f"stock at the end, {dim}s", end.indexes[dim].tolist()) for dim in ends]
    same_labels(names, axes)
    if set(start.dims) != set(end.dims):
        what = f"its dimensions {', '.join(map(str, end.dims))} are not those of the start"
        raise InputError(Problem("stock at the end", what, "Give both the same dimensions"))
    start = _in_order(start, residence=names)
    end = _in_order(end, birthplace=names, residence=names).transpose(*start.dims)
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
