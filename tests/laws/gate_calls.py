"""Every public function of flows and people, and how it is called with clean tables."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import corridors.flows
import corridors.people
from corridors.ensemble import streams
from corridors.flows import refugees
from corridors.flows.accounting import Assumptions
from corridors.flows.tables import period_figures
from corridors.flows.uncertainty import Errors
from corridors.labels import matrix, vector, word

CODES = ["4", "8", "12", "76"]
ACCENTS = ["4", "8", "12", "Zürich"]
ENDS, BORN = ("origin", "destination"), ("birthplace", "residence")

#: Kernels of the solver's inner loop: arrays of the model's own state, never a user's table.
SOLVER = {
    f"people.choice.{name}"
    for name in (
        "allocate by_pair by_residence diaspora invert_wedge redistribute turnover weights"
    ).split()
}
#: Fits of the package's own tables, which `baseline.flight` and `tools/projection_rates.py` read.
SOLVER |= {f"people.displaced.{name}" for name in "spells fit fit_errors under_way".split()}
#: What `flows.methods.estimate_flows` does to the values of cells that it has listed itself.
SOLVER |= {
    f"flows.{name}"
    for name in "cells.cells_of cells.list_of listed.moves listed.paired_fit matrices.blended "
    "fitting.scale_cells".split()
}


@dataclass
class Call:
    """A function with clean tables; `keeps` are the arguments whose NaN may stay not known."""

    function: Callable[..., Any]
    tables: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()

    @cached_property
    def clean(self) -> dict[str, float]:
        return flat(self.answer())

    def answer(self, **changed: Any) -> Any:
        return self.function(**(self.tables | self.options | changed))


def declared() -> dict[str, Callable[..., Any]]:
    """Every function that a module of flows or people names in its `__all__`."""
    public = {}
    for package in (corridors.flows, corridors.people):
        for module in pkgutil.iter_modules(package.__path__):
            loaded = importlib.import_module(f"{package.__name__}.{module.name}")
            for name in getattr(loaded, "__all__", ()):
                value = getattr(loaded, name)
                if inspect.isfunction(value) and value.__module__ == loaded.__name__:
                    public[f"{package.__name__.split('.')[1]}.{module.name}.{name}"] = value
    return public


# --- clean tables -------------------------------------------------------------------------------


def square(names: list[str], first: float = 10.0, home: float = 0.0) -> pd.DataFrame:
    size = len(names)
    values = first + np.arange(size * size).reshape(size, size) * 7.0 % 23.0
    return pd.DataFrame(values + home * np.eye(size), names, names)


def line(names: list[str], *values: float) -> pd.Series:
    return pd.Series([float(value) for value in values], names)


def of_pairs(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    rows = table.stack().reset_index()
    return rows.set_axis(columns, axis=1)


def accounts(names: list[str]) -> pd.DataFrame:
    rows = [
        (area, year, 900.0 + 10 * year % 7, 20.0, 10.0, 0.5, 0.48, 0.45)
        for area in names
        for year in range(2000, 2006)
    ]
    columns = ["area", "year", "population", "births", "deaths", "women", "girls", "women_dying"]
    return pd.DataFrame(rows, columns=columns)


def stocks(names: list[str]) -> pd.DataFrame:
    rows = [
        (year, sex, b, r, 5.0 + k + (year - 2000), "", False)
        for year in (2000, 2005)
        for sex in ("F", "M")
        for k, b in enumerate(names)
        for r in names
        if b != r
    ]
    columns = ["year", "sex", "birthplace", "residence", "persons", "note", "imputed"]
    return pd.DataFrame(rows, columns=columns)


def protection(names: list[str]) -> dict[str, pd.DataFrame]:
    rows = [
        (year, b, r, "refugees", 10.0 + k)
        for year in range(1999, 2006)
        for k, b in enumerate(names)
        for r in names
        if b != r
    ]
    table = pd.DataFrame(rows, columns=["year", "birthplace", "residence", "group", "persons"])
    return {"arrivals": table, "counted": table.copy()}


def halved(figures: xr.Dataset) -> xr.Dataset:
    """The same figures for each of two sexes, half of the people each."""
    sexes = xr.DataArray(["female", "male"], dims="sex", name="sex")
    return xr.concat([figures * 0.5, figures * 0.5], dim=sexes)


def calls(names: list[str]) -> dict[str, Call]:
    """How to call every function, by its name, with clean tables of these areas."""
    start, end = square(names, 10.0, 900.0), square(names, 12.0, 890.0)
    end.iloc[0, 1] += 40.0
    births, deaths = line(names, 20, 22, 24, 26), line(names, 10, 12, 14, 16)
    flows, seed = square(names), square(names, 3.0)
    kilometres = pd.DataFrame(
        np.array([[1, 3, 5, 9], [3, 1, 4, 7], [5, 4, 1, 2], [9, 7, 2, 1]]) * 100.0, names, names
    )
    net = line(names, 30, -10, -25, 5)
    people = line(names, 900, 800, 700, 600)
    vital = {"births": births, "deaths": deaths}
    both = {"stock_start": start, "stock_end": end}
    figures = both | vital | {"population_start": start.sum(), "population_end": end.sum()}
    gap = float((births - deaths).sum() - end.sum().sum() + start.sum().sum())
    closing = figures | {"deaths": deaths + gap / 4.0}
    rows, columns = line(names, 10, 20, 30, 40), line(names, 40, 30, 20, 10)
    cohorts = [f"{age}-{age + 4}" for age in range(0, 60, 5)]
    alive = pd.Series(1000.0 - 20.0 * np.arange(12), cohorts)
    ages = pd.Series(
        np.exp(-(((np.arange(60) - 22.3) / 9.0) ** 2)) + 0.1, [str(age) for age in range(60)]
    )
    m, R, C = (table.to_numpy() for table in (seed, rows, columns))
    S, E = start.to_numpy(), end.to_numpy()
    matched = np.roll(S, 1, axis=1)
    parts = np.array([[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]])
    part = S / (1.0 + np.exp(-np.add.outer([-1.0, 0.0, 0.5, 1.0], [0.0, 0.2, -0.3, 0.4])))
    kernel = {"names": list(names)}
    twice = {"rows": stocks(names)[lambda table: (table.year == 2000) & (table.sex == "F")]}
    counts = protection(names)
    long = of_pairs(flows, *ENDS, "flow")
    own = of_pairs(start, "birth", "residence", "stock_start").assign(
        stock_end=end.to_numpy().ravel()
    )
    women = accounts(names)[["area", "year", "women", "girls", "women_dying"]]
    population = accounts(names)[["area", "year", "population", "births", "deaths"]]
    period: dict[str, Any] = {"years": (2000, 2005)}

    def counted(name: str) -> Callable[..., Any]:
        function = getattr(refugees, name)
        return lambda arrivals, counted: function(
            refugees.Protection(arrivals, counted), (2000, 2005)
        )

    def split(flows: Any, arrivals: Any, counted: Any) -> Any:
        return refugees.split_flows(flows, refugees.Protection(arrivals, counted), "2000-2005", {})

    public = declared()
    made: dict[str, Call] = {}

    def add(name: str, tables: dict[str, Any], keeps: tuple[str, ...] = (), **options: Any) -> None:
        made[name] = Call(public[name], tables, options, keeps)

    add("flows.methods.estimate_flows", both | vital)
    add("flows.methods.every_method", both | vital, movers=500.0)
    in_series = public["flows.series.estimate_series"]
    made["flows.series.estimate_series"] = Call(
        lambda stock_start, stock_end, births, deaths: in_series(
            {2000: stock_start, 2007: stock_end},
            births=pd.DataFrame({2007: vector(births, "area", "births").to_series()}).T,
            deaths=pd.DataFrame({2007: vector(deaths, "area", "deaths").to_series()}).T,
        ),
        both | vital,
    )
    add("flows.methods.world_flows", {"observed": figures})
    add("flows.methods.movers_of", {"observed": figures})
    add(
        "flows.uncertainty.draw",
        {"observed": figures},
        places=[0],
        streams=streams(1),
        errors=Errors(),
    )
    add(
        "flows.uncertainty.intervals",
        {"observed": figures},
        method="sd_rev_neg",
        draws=20,
        streams=streams(1),
    )
    by_sex = public["flows.sexes.flows_by_sex"]
    made["flows.sexes.flows_by_sex"] = Call(
        lambda observed: by_sex(halved(period_figures(observed))), {"observed": closing}
    )
    add("flows.uncertainty.spread", {"observed": figures})
    add("flows.summaries.flow_matrix", {"flows": long})
    add("flows.summaries.balances", {"flows": flows})
    add("flows.summaries.by_area", {"flows": flows})
    add("flows.summaries.by_pair", {"flows": flows})
    add("flows.summaries.lump", {"flows": flows}, threshold=15.0)
    squared = public["flows.summaries.square"]
    made["flows.summaries.square"] = Call(
        lambda flows: (lambda values, labels: pd.DataFrame(values, labels, labels))(
            *squared(flows)
        ),
        {"flows": flows},
    )
    add(
        "flows.summaries.subtotals",
        {"flows": flows, "group": pd.Series(["n", "n", "s", "s"], names)},
    )
    add("flows.indices.indices", {"flows": flows, "population": people, "kilometres": kilometres})
    add("flows.indices.components", {"flows": flows})
    add("flows.margins.fit", {"seed": seed, "rows": rows, "columns": columns})
    fit_margins = public["flows.multiway.fit_margins"]
    made["flows.multiway.fit_margins"] = Call(
        lambda seed, rows, columns: fit_margins(
            matrix(seed, ENDS, "seed"),
            [vector(rows, "origin", "rows"), vector(columns, "destination", "columns")],
        ),
        {"seed": seed, "rows": rows, "columns": columns},
    )
    add(
        "flows.margins.fit_birthplaces",
        {"start": start, "end": pd.DataFrame(matched, names, names), "seed": seed},
    )
    add("flows.margins.fit_net", {"seed": seed, "net": net})
    for name in ("scale_net", "nearest_by_squares", "nearest_by_absolutes"):
        add(f"flows.margins.{name}", {"seed": m, "net": net.to_numpy()}, **kernel)
    add(
        "flows.net.by_vital_statistics",
        {"population_start": people, "population_end": people + 5.0} | vital,
        ("population_start", "population_end", "births", "deaths"),
    )
    add(
        "flows.net.by_survival",
        {"population_start": alive, "population_end": alive + 7.0, "survival": alive / 1050.0},
        ("population_start", "population_end", "survival"),
        children=True,
    )
    add(
        "flows.net.split_by_net",
        {"flows": m, "share": np.full((4, 4), 0.4), "net": np.array([1.0, -2.0, 0.5, 0.5])},
    )
    add("flows.net.zero_sum", {"net": line(names, 30, -10, -25, 50), "weights": people}, ("net",))
    add("flows.net.whole_numbers", {"values": line(names, 30.2, -10.4, -25.0, 50.9)})
    add("flows.ages.age_indices", {"rates": ages})
    add(
        "flows.ages.rogers_castro_indices",
        {},
        a1=0.02,
        alpha1=0.1,
        a2=0.06,
        alpha2=0.1,
        mu2=20.0,
        lambda2=0.4,
    )
    grown = np.arange(12.0) + 2.5
    curve = {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "alpha2": 0.1, "mu2": 20.0, "lambda2": 0.4}
    add("flows.ages.rogers_castro", {"ages": grown}, **curve)
    single = np.arange(80.0)
    schedule = public["flows.ages.rogers_castro"](single, **curve)
    add("flows.ages.fit_rogers_castro", {"rates": schedule}, ages=single)
    three = np.array([3.0, 2.0, 1.0])
    left = np.outer([3.0, -1.0, -4.0, 2.0], [1.0, 2.0, -1.0])
    balance = m.sum(axis=0) - m.sum(axis=1)
    add("flows.ages.spread_over_ages", {"flows": m, "schedule": three})
    add("flows.ages.spread_with_cohorts", {"flows": m, "schedule": three, "residuals": left})
    add("flows.ages.shift_cohorts", {"residuals": left}, net=balance)
    for name in ("drop_negative", "reverse_negative", "multiregional"):
        add(f"flows.differencing.{name}", {"start": S, "end": E})
    add("flows.differencing.by_rate", {"start": S, "movers": np.array(500.0)})
    add("flows.fitting.scale", {"seed": m, "rows": R, "columns": C})
    add("flows.fitting.fix_diagonal", {"seed": m, "rows": R, "columns": C})
    add("flows.fitting.scale_parts", {"seed": m, "part": parts, "totals": np.array([40.0, 60.0])})
    add(
        "flows.accounting.survive",
        {},
        stocks=(S, E),
        vital=(births.to_numpy(), deaths.to_numpy()),
        closed=True,
        assumptions=Assumptions(),
        names=list(names),
    )
    accounted = public["flows.accounting.survive"]
    made["flows.accounting.survive"] = Call(
        lambda start, end, births, deaths: accounted(
            (start, end), (births, deaths), True, Assumptions(), names
        ),
        {"start": S, "end": E, "births": births.to_numpy(), "deaths": deaths.to_numpy()},
    )
    estimated = public["flows.methods.flows_of"]
    made["flows.methods.flows_of"] = Call(
        lambda start, end, births, deaths: estimated((start, end), (births, deaths)),
        {"start": S, "end": E, "births": births.to_numpy(), "deaths": deaths.to_numpy()},
    )
    for name in ("least", "independent"):
        add(f"flows.matrices.{name}", {"start": S, "end": matched, "seed": m}, **kernel)
    for name in ("arrivals", "protected_change", "returns"):
        made[f"flows.refugees.{name}"] = Call(counted(name), counts, keeps=("arrivals", "counted"))
    made["flows.refugees.split_flows"] = Call(
        split, {"flows": flows} | counts, keeps=("arrivals", "counted")
    )
    add("flows.tables.stock_tables", {"stocks": own}, ("stocks",))
    add(
        "flows.tables.vital_tables",
        {
            "areas": pd.DataFrame(
                {"area": names, "births": births.to_numpy(), "deaths": deaths.to_numpy()}
            )
        },
        ("areas",),
    )
    add("flows.tables.period_figures", {"observed": figures}, people=True)
    add(
        "flows.tables.pivoted",
        {},
        table=long,
        columns=(*ENDS, "flow"),
        dims=ENDS,
        names=sorted(names),
        where="flow",
    )
    add("people.stocks.held_in", {}, areas=names)
    add("people.stocks.foreign_born", twice, areas=names)
    add("people.stocks.combine", {"stocks": stocks(names)}, **period)
    add(
        "people.stocks.told_apart",
        {"stocks": stocks(names), "accounts": accounts(names)},
        ("accounts",),
        **period,
    )
    add(
        "people.stocks.comparable",
        {"stocks": stocks(names), "accounts": accounts(names)},
        ("accounts",),
        **period,
    )
    add(
        "people.stocks.yearly_accounts",
        {"population": population, "women": women},
        ("population", "women"),
    )
    add(
        "people.demography.deaths_by_sex",
        {"people": S[:2], "births": births.to_numpy()[:2]},
        rates=np.full((2, 5), 0.01),
    )
    add("people.demography.survival_ratios", {"rates": np.full((2, 5), 0.01)})
    add(
        "people.demography.split_by_odds",
        {
            "whole": S,
            "origin_shares": part.sum(axis=1) / S.sum(axis=1),
            "destination_shares": part.sum(axis=0) / S.sum(axis=0),
        },
    )
    return made


# --- figures of an answer -----------------------------------------------------------------------


def flat(answer: Any) -> dict[str, float]:
    """Every figure of an answer by its labels, whatever their order and kind."""
    if isinstance(answer, xr.DataArray):
        if not answer.ndim:
            return {"": float(answer)}
        answer = answer.to_series() if answer.coords else pd.Series(answer.to_numpy().ravel())
    if isinstance(answer, (Mapping, xr.Dataset)):
        return {
            f"{name} {key}": value
            for name, part in answer.items()
            for key, value in flat(part).items()
        }
    if isinstance(answer, pd.DataFrame):
        text = [name for name in answer if not pd.api.types.is_numeric_dtype(answer[name])]
        if text and answer.index.nlevels == 1 and isinstance(answer.index, pd.RangeIndex):
            answer = answer.set_index(text)
        return flat({str(name): answer[name] for name in answer if name not in text})
    if isinstance(answer, pd.Series):
        keys = [
            " ".join(map(word, key)) if isinstance(key, tuple) else word(key)
            for key in answer.index
        ]
        kept = answer.to_numpy(dtype=object)
        return dict(
            zip(
                keys,
                (float(v) if isinstance(v, (int, float, np.number)) else hash(v) for v in kept),
                strict=True,
            )
        )
    if is_dataclass(answer) and not isinstance(answer, type):
        return flat(
            {
                part.name: getattr(answer, part.name)
                for part in fields(answer)
                if part.name
                not in ("method", "_parts", "_survivors", "sweeps", "error", "fit", "fits", "steps")
            }
        )
    if isinstance(answer, (tuple, list)):
        if all(isinstance(part, str) for part in answer):
            return {"labels": float(len(answer))} | dict.fromkeys(answer, 1.0)
        return flat(dict(enumerate(answer)))
    if isinstance(answer, np.ndarray):
        return {
            str(place): float(value) if not isinstance(value, str) else hash(value)
            for place, value in np.ndenumerate(answer)
        }
    if isinstance(answer, (int, float, np.number)):
        return {"": float(answer)}
    return {"": hash(answer)} if answer is not None else {}
