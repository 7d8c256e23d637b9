"""What users hand over: every public function of flows and people, and a sweep of its tables.

`CALLS` says how each is called with clean tables; `sweep` yields each call with one table spoilt or
written another way; `outcome` says whether the answer was right, refused by name, or wrong.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import corridors.flows
import corridors.people
from corridors.ensemble import streams
from corridors.errors import InputError
from corridors.flows import refugees
from corridors.flows.accounting import Assumptions
from corridors.flows.uncertainty import Errors
from corridors.labels import word

CODES = ["4", "8", "12", "76"]
ACCENTS = ["4", "8", "12", "Zürich"]
ENDS, BORN = ("origin", "destination"), ("birthplace", "residence")

#: Kernels of the solver's inner loop: arrays of the model's own state, never a user's table.
SOLVER = {
    f"people.choice.{name}"
    for name in "allocate by_pair by_residence diaspora invert_wedge redistribute weights".split()
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
    rows = [(area, year, 900.0 + 10 * year % 7, 20.0, 10.0, 0.5, 80.0, 75.0)
            for area in names for year in range(2000, 2006)]  # fmt: skip
    columns = ["area", "year", "population", "births", "deaths", "women", "years_F", "years_M"]
    return pd.DataFrame(rows, columns=columns)


def stocks(names: list[str]) -> pd.DataFrame:
    rows = [(year, sex, b, r, 5.0 + k + (year - 2000), "", False)
            for year in (2000, 2005) for sex in ("F", "M")
            for k, b in enumerate(names) for r in names if b != r]  # fmt: skip
    columns = ["year", "sex", "birthplace", "residence", "persons", "note", "imputed"]
    return pd.DataFrame(rows, columns=columns)


def protection(names: list[str]) -> dict[str, pd.DataFrame]:
    rows = [(year, b, r, "refugees", 10.0 + k)
            for year in range(1999, 2006) for k, b in enumerate(names)
            for r in names if b != r]  # fmt: skip
    table = pd.DataFrame(rows, columns=["year", "birthplace", "residence", "group", "persons"])
    return {"arrivals": table, "counted": table.copy()}


def calls(names: list[str]) -> dict[str, Call]:
    """How to call every function, by its name, with clean tables of these areas."""
    start, end = square(names, 10.0, 900.0), square(names, 12.0, 890.0)
    end.iloc[0, 1] += 40.0
    births, deaths = line(names, 20, 22, 24, 26), line(names, 10, 12, 14, 16)
    flows, seed = square(names), square(names, 3.0)
    kilometres = pd.DataFrame(np.array([[1, 3, 5, 9], [3, 1, 4, 7], [5, 4, 1, 2], [9, 7, 2, 1]]) * 100.0,
                              names, names)  # fmt: skip
    net = line(names, 30, -10, -25, 5)
    people = line(names, 900, 800, 700, 600)
    vital = {"births": births, "deaths": deaths}
    both = {"stock_start": start, "stock_end": end}
    figures = both | vital | {"population_start": start.sum(), "population_end": end.sum()}
    rows, columns = line(names, 10, 20, 30, 40), line(names, 40, 30, 20, 10)
    cohorts = [f"{age}-{age + 4}" for age in range(0, 60, 5)]
    alive = pd.Series(1000.0 - 20.0 * np.arange(12), cohorts)
    ages = pd.Series(np.exp(-((np.arange(60) - 22.3) / 9.0) ** 2) + 0.1, [str(age) for age in range(60)])  # fmt: skip
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
    by_age = pd.DataFrame([(a, y, s, 400.0, 50.0) for a in names for y in range(2000, 2006) for s in "FM"],
                          columns=["area", "year", "sex", "young", "old"])  # fmt: skip
    expected = accounts(names)[["area", "year", "years_F", "years_M"]]
    expected = expected.set_axis(["area", "year", "female", "male"], axis=1)
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
    add("flows.uncertainty.spread", {"observed": figures})
    add("flows.summaries.flow_matrix", {"flows": long})
    add("flows.summaries.by_area", {"flows": flows})
    add("flows.summaries.by_pair", {"flows": flows})
    add("flows.summaries.lump", {"flows": flows}, threshold=15.0)
    squared = public["flows.summaries.square"]
    made["flows.summaries.square"] = Call(
        lambda flows: (lambda values, labels: pd.DataFrame(values, labels, labels))(*squared(flows)), {"flows": flows})  # fmt: skip
    add(
        "flows.summaries.subtotals",
        {"flows": flows, "group": pd.Series(["n", "n", "s", "s"], names)},
    )
    add("flows.indices.indices", {"flows": flows, "population": people, "kilometres": kilometres})
    add("flows.indices.components", {"flows": flows})
    add("flows.margins.fit", {"seed": seed, "rows": rows, "columns": columns})
    add(
        "flows.margins.fit_birthplaces",
        {"start": start, "end": pd.DataFrame(matched, names, names), "seed": seed},
    )
    add("flows.margins.fit_net", {"seed": seed, "net": net})
    for name in ("scale_net", "nearest_by_squares", "nearest_by_absolutes"):
        add(f"flows.margins.{name}", {"seed": m, "net": net.to_numpy()}, **kernel)
    add("flows.net.by_vital_statistics", {"population_start": people, "population_end": people + 5.0} | vital,
        ("population_start", "population_end", "births", "deaths"))  # fmt: skip
    add("flows.net.by_survival", {"population_start": alive, "population_end": alive + 7.0, "survival": alive / 1050.0},
        ("population_start", "population_end", "survival"), children=True)  # fmt: skip
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
    for name in ("drop_negative", "reverse_negative", "multiregional"):
        add(f"flows.differencing.{name}", {"start": S, "end": E})
    add("flows.differencing.by_rate", {"start": S, "movers": np.array(500.0)})
    add("flows.fitting.scale", {"seed": m, "rows": R, "columns": C})
    add("flows.fitting.fix_diagonal", {"seed": m, "rows": R, "columns": C})
    add("flows.fitting.scale_parts", {"seed": m, "part": parts, "totals": np.array([40.0, 60.0])})
    add("flows.accounting.survive", {}, stocks=(S, E), vital=(births.to_numpy(), deaths.to_numpy()),
        closed=True, assumptions=Assumptions(), names=list(names))  # fmt: skip
    accounted = public["flows.accounting.survive"]
    made["flows.accounting.survive"] = Call(
        lambda start, end, births, deaths: accounted((start, end), (births, deaths), True, Assumptions(), names),
        {"start": S, "end": E, "births": births.to_numpy(), "deaths": deaths.to_numpy()})  # fmt: skip
    for name in ("least", "independent"):
        add(f"flows.matrices.{name}", {"start": S, "end": matched, "seed": m}, **kernel)
    for name in ("arrivals", "protected_change", "returns"):
        made[f"flows.refugees.{name}"] = Call(counted(name), counts, keeps=("arrivals", "counted"))
    made["flows.refugees.split_flows"] = Call(
        split, {"flows": flows} | counts, keeps=("arrivals", "counted")
    )
    add("flows.tables.stock_tables", {"stocks": own}, ("stocks",))
    add("flows.tables.vital_tables", {"areas": pd.DataFrame({"area": names, "births": births.to_numpy(), "deaths": deaths.to_numpy()})},
        ("areas",))  # fmt: skip
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
    add("people.stocks.yearly_accounts", {"population": population, "by_age": by_age, "life_expectancy": expected},
        ("population", "by_age", "life_expectancy"))  # fmt: skip
    add("people.demography.split_by_odds", {"whole": S, "origin_shares": part.sum(axis=1) / S.sum(axis=1),
        "destination_shares": part.sum(axis=0) / S.sum(axis=0)})  # fmt: skip
    return made


# --- the sweep ----------------------------------------------------------------------------------


@dataclass
class Input:
    """One spoilt or rewritten table: what a refusal must name; whether a right answer may come."""

    function: str
    argument: str
    name: str
    call: Call
    changed: dict[str, Any]
    #: Words of which a refusal has to say one.
    says: tuple[str, ...] = ()
    #: The label whose figure is not known, where that may stay so.
    unknown: str = ""


Variant = tuple[str, Any, tuple[str, ...]]


def relabelled(table: Any, labels: Any) -> Any:
    return (
        table.set_axis(labels)
        if table.ndim == 1
        else table.set_axis(labels).set_axis(labels, axis=1)
    )


def of_labels(table: Any) -> Iterator[Variant]:
    """A table by label with its labels written otherwise."""
    names = list(table.index)
    if all(name.isdecimal() for name in names):
        numbers = [int(name) for name in names]
        yield "integer codes", relabelled(table, pd.Index(numbers)), ()
        yield "float codes", relabelled(table, pd.Index([float(k) for k in numbers])), ()
        yield "unsigned codes", relabelled(table, pd.Index(np.array(numbers, np.uint16))), ()
        yield "masked codes", relabelled(table, pd.Index(pd.array(numbers, "Int64"))), ()
        yield "categories of codes", relabelled(table, pd.CategoricalIndex(numbers)), ()
        yield (
            "leading zeros",
            relabelled(table, [f"{k:03d}" for k in numbers]),
            (f"{numbers[0]:03d}",),
        )
    yield "padded labels", relabelled(table, [f" {name} " for name in names]), ()
    yield (
        "decomposed accents",
        relabelled(table, [unicodedata.normalize("NFD", n) for n in names]),
        (),
    )
    yield (
        "composed accents",
        relabelled(table, [unicodedata.normalize("NFC", n) for n in names]),
        (),
    )
    yield "categories", relabelled(table, pd.CategoricalIndex(names)), ()
    turned = names[::-1]
    yield "unsorted", (table[turned] if table.ndim == 1 else table.loc[turned, turned]), ()
    for words, label in (
        ("missing label", np.nan),
        ("None label", None),
        ("blank label", "  "),
        ("NA label", pd.NA),
    ):
        yield (
            words,
            relabelled(table, pd.Index([names[0], label, *names[2:]], dtype=object)),
            ("label 2",),
        )
    yield "label twice", relabelled(table, [names[0], names[0], *names[2:]]), (names[0],)
    yield (
        "label twice but for blanks",
        relabelled(table, [names[0], f"{names[0]} ", *names[2:]]),
        (names[0],),
    )
    yield "two levels", relabelled(table, pd.MultiIndex.from_product([["x"], names])), ("x",)
    yield "a stranger", relabelled(table, [*names[:-1], "Atlantis"]), ("Atlantis",)
    fewer = names[:-1]
    yield "one fewer", (table[fewer] if table.ndim == 1 else table.loc[fewer, fewer]), (names[-1],)
    yield "an array", table.to_numpy(), ("ndarray", "labels")
    yield "a list", table.to_numpy().tolist(), ("list", "labels")
    yield "text", "stocks", ("str", "axes")


def of_cells(table: Any, names: list[str]) -> Iterator[Variant]:
    """A table by label with its cells written otherwise."""
    flat = table.to_numpy().ravel()
    yield "float32", table.astype("float32"), ()
    if (flat % 1.0 == 0.0).all():
        yield "masked", table.astype("Int64"), ()
        yield "int16", table.astype("int16"), ()
        if (flat >= 0.0).all():
            yield "unsigned", table.astype("uint16"), ()
    yield "objects", table.astype(object), ()
    yield "numbers as text", table.astype(str).astype(object), ()
    yield "categories of numbers", table.astype("category"), ()
    at = (0, 2) if table.ndim == 2 else (1,)
    label = names[at[-1]]
    for words, value in (
        ("inf", np.inf),
        ("minus inf", -np.inf),
        ("a dash", "-"),
        ("a blank", ""),
        ("a complex", 1j),
        ("a date", pd.Timestamp(0)),
        ("True", True),
    ):
        spoilt = table.astype(object)
        spoilt.iloc[at] = value
        yield words, spoilt, (label,)
    for words, value in (("NaN", np.nan), ("None", None), ("NA", pd.NA)):
        spoilt = table.astype(object)
        spoilt.iloc[at] = value
        yield words, spoilt, (label,)
    if (flat % 1.0 == 0.0).all():
        spoilt = table.astype("Int64")
        spoilt.iloc[at] = pd.NA
        yield "masked NA", spoilt, (label,)


def of_square(table: pd.DataFrame, dims: tuple[str, str]) -> Iterator[Variant]:
    yield from of_labels(table)
    yield from of_cells(table, list(table.index))
    named = table.rename_axis(index=dims[0], columns=dims[1])
    array = xr.DataArray(table.to_numpy(), [(dim, list(table.index)) for dim in dims])
    yield "named axes", named, ()
    yield "named axes, transposed", named.T, ()
    yield "an array with labels", array, ()
    yield "an array with labels, transposed", array.T, ()
    yield "an array of float32", array.astype("float32"), ()
    yield "rows in mappings", table.T.to_dict(), ()
    yield "pairs", named.stack(), ()
    yield "pairs without names", table.stack(), ("pairs",)
    other = ENDS if dims == BORN else BORN
    yield "axes of another table", table.rename_axis(index=other[0], columns=other[1]), other
    yield "the same name twice", table.rename_axis(index=dims[0], columns=dims[0]), (dims[0],)
    yield "an array of other axes", array.rename({dims[0]: "sex"}), dims
    yield "an array without labels", array.drop_vars(list(dims)), dims
    if all(name.isdecimal() for name in table.index):
        numbers = [int(name) for name in table.index]
        yield "an array with integer labels", array.assign_coords(dict.fromkeys(dims, numbers)), ()


def of_line(series: pd.Series, dim: str) -> Iterator[Variant]:
    yield from of_labels(series)
    yield from of_cells(series, list(series.index))
    array = xr.DataArray(series.to_numpy(), [(dim, list(series.index))])
    yield "a mapping", series.to_dict(), ()
    yield "one column", series.to_frame("value"), ()
    yield "two columns", pd.DataFrame({"a": series, "b": series}), ("2 columns",)
    yield "an array with labels", array, ()
    yield "an array without labels", array.drop_vars(dim), ("no labelled dimension",)
    if all(name.isdecimal() for name in series.index):
        yield (
            "an array with integer labels",
            array.assign_coords({dim: [int(n) for n in series.index]}),
            (),
        )


def of_groups(series: pd.Series) -> Iterator[Variant]:
    yield from of_labels(series)
    yield "categories of groups", series.astype("category"), ()
    yield "a mapping", series.to_dict(), ()
    for value in (np.nan, None, pd.NA, " "):
        spoilt = series.astype(object)
        spoilt.iloc[1] = value
        yield f"group {value}", spoilt, (series.index[1],)


def of_rows(table: pd.DataFrame, labels: list[str], numbers: list[str]) -> Iterator[Variant]:
    """A long table written otherwise."""
    yield "shuffled rows", table.sample(frac=1.0, random_state=1), ()
    yield "columns in another order", table[table.columns[::-1]], ()
    yield "another index", table.set_axis(range(100, 100 + len(table))), ()
    yield "a mapping of columns", {str(name): table[name].tolist() for name in table.columns}, ()
    yield "labels in the index", table.set_index(labels), ()
    yield "no table", table.to_numpy(), ("ndarray",)
    for name in labels:
        column = table[name]
        if all(str(label).isdecimal() for label in column):
            yield f"{name}: integers", table.assign(**{name: column.astype(int)}), ()
            yield f"{name}: floats", table.assign(**{name: column.astype(float)}), ()
        yield f"{name}: padded", table.assign(**{name: column + " "}), ()
        yield f"{name}: categories", table.assign(**{name: column.astype("category")}), ()
        yield (
            f"{name}: decomposed",
            table.assign(**{name: column.map(lambda n: unicodedata.normalize("NFD", n))}),
            (),
        )
        for value in (np.nan, None, ""):
            spoilt = column.astype(object).copy()
            spoilt.iloc[1] = value
            yield f"{name}: label {value!r}", table.assign(**{name: spoilt}), ("row 2",)
        yield f"{name}: no such column", table.drop(columns=name), (name,)
    for name in numbers:
        column = table[name]
        yield f"{name}: float32", table.assign(**{name: column.astype("float32")}), ()
        yield f"{name}: text", table.assign(**{name: column.astype(str).astype(object)}), ()
        if (column % 1.0 == 0.0).all():
            yield f"{name}: masked", table.assign(**{name: column.astype("Int64")}), ()
            yield f"{name}: unsigned", table.assign(**{name: column.astype("uint32")}), ()
        row = (*(str(table[label].iloc[1]) for label in labels), "row 2")
        for value in (np.inf, "-", "", 1j, np.nan, None, pd.NA):
            spoilt = column.astype(object).copy()
            spoilt.iloc[1] = value
            words = f"{name}: NaN" if pd.isna(value) else f"{name}: {value!r}"
            yield words, table.assign(**{name: spoilt}), row
        yield f"{name}: no such column", table.drop(columns=name), (name,)


def of_plain(values: np.ndarray) -> Iterator[Variant]:
    """An array without labels, written otherwise."""
    yield "float32", values.astype("float32"), ()
    yield "a list", values.tolist(), ()
    yield "objects", values.astype(object), ()
    if (values % 1.0 == 0.0).all():
        yield "int16", values.astype("int16"), ()
        if (values >= 0.0).all():
            yield "unsigned", values.astype("uint16"), ()
    place = ((0, 2) if values.ndim == 2 else (1,)) if values.ndim else ()
    for value in (np.nan, np.inf, -np.inf, None, "-", pd.NA, 1j):
        spoilt = values.astype(object)
        spoilt[place] = value
        cell = {2: "axis 2: 3|, 3|12", 1: "axis 1: 2|8|part 1|of 2|value 2", 0: ""}[values.ndim]
        yield str(value), spoilt, tuple(cell.split("|")) if cell else ("movers",)
        if isinstance(value, float):
            yield (
                f"{value} as float",
                spoilt.astype(float),
                tuple(cell.split("|")) if cell else ("movers",),
            )
    if values.ndim:
        yield "one axis too few", np.array(5.0), ("axes", "instead", "is ", "not", "are")
        yield "ragged", [[1.0], [1.0, 2.0]], ("number", "axes", "list", "is ", "are")


#: Columns that tell which long table it is, and what of it is spoilt: labels and numbers.
LONG: dict[str, tuple[list[str], list[str]]] = {
    "flow": ([*ENDS], ["flow"]),
    "stock_end": (["birth", "residence"], ["stock_start", "stock_end"]),
    "imputed": (["birthplace", "residence"], ["persons"]),
    "group": (["birthplace", "residence"], ["persons"]),
    "years_F": (["area"], ["population", "births", "deaths"]),
    "young": (["area"], ["young", "old"]),
    "female": (["area"], ["female", "male"]),
    "births": (["area"], ["births", "deaths"]),
}


def variants(argument: str, table: Any) -> Iterator[Variant]:
    if argument == "group":
        return of_groups(table)
    if isinstance(table, np.ndarray):
        return of_plain(table)
    if isinstance(table, pd.Series):
        dim = {"rows": "origin", "columns": "destination", "rates": "age"}.get(argument, "area")
        return of_line(table, dim)
    if list(table.index) == list(table.columns):
        born = ("stock_start", "stock_end", "start", "end")
        return of_square(table, BORN if argument in born else ENDS)
    key = next(
        name for name in LONG if name in table.columns and set(LONG[name][0]) <= set(table.columns)
    )
    return of_rows(table, *LONG[key])


#: What makes another table of a table that stands alone: nothing is there to compare it with.
ANOTHER_TABLE = {"leading zeros", "a stranger", "one fewer"}


def alone(call: Call) -> bool:
    """Whether a single table has labels that others must share."""
    return not any(isinstance(table, Mapping) for table in call.tables.values()) and (
        sum("year" not in getattr(table, "columns", ()) for table in call.tables.values()) == 1
    )


def sweep(only: str = "") -> Iterator[Input]:
    for names in (CODES, ACCENTS):
        for function, call in calls(names).items():
            if only and function != only:
                continue
            for argument, table in call.tables.items():
                whole = table if isinstance(table, Mapping) else {argument: table}
                for part, clean in whole.items():
                    for name, spoilt, says in variants(part, clean):
                        if alone(call) and name in ANOTHER_TABLE:
                            continue
                        if (
                            names is ACCENTS
                            and not name.startswith(("decomposed", "composed", "padded"))
                            and "decomposed" not in name
                        ):
                            continue
                        changed = (
                            {argument: whole | {part: spoilt}}
                            if whole is table
                            else {argument: spoilt}
                        )
                        about = argument if whole is not table else f"{argument}[{part}]"
                        unknown = (
                            says[0]
                            if argument in call.keeps
                            and re.search(r"\b(NaN|nan|None|NA|<NA>)( as float)?$", name)
                            and "label" not in name
                            else ""
                        )
                        yield Input(function, about, name, call, changed, says, unknown)


# --- what came of it ----------------------------------------------------------------------------


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
        return flat({part.name: getattr(answer, part.name) for part in fields(answer)
                     if part.name not in ("method", "_parts", "_survivors", "sweeps", "error", "fit", "fits", "steps")})  # fmt: skip
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


def equal(answer: dict[str, float], clean: dict[str, float]) -> bool:
    """Within what float32 leaves of the figures."""
    return answer.keys() == clean.keys() and bool(
        np.allclose(
            [answer[key] for key in clean], list(clean.values()), 1e-5, 1e-4, equal_nan=True
        )
    )


def stayed_unknown(given: Input, answer: dict[str, float], unknown: set[str]) -> tuple[str, str]:
    """`right` where only what hangs on the figure that is not known is not known, or left out."""
    clean = given.call.clean
    touched = {key for key in clean if given.unknown in re.split(r"[ ,()]+", key)}
    if unknown - touched:
        return "silent NaN", str(sorted(unknown - touched)[:3])
    if given.function == "flows.net.zero_sum":  # the others are balanced among themselves
        weights = given.call.tables["weights"]
        gap = sum(weights[key] * value for key, value in answer.items() if key not in touched)
        return ("right", "") if unknown and abs(gap) < 1e-6 else ("wrong", f"sum {gap}")
    if given.function.startswith("flows.net"):
        others = clean.keys() - touched
        same = equal({key: answer[key] for key in others}, {key: clean[key] for key in others})
        return ("right", "") if unknown and same else ("wrong", "other rows moved")
    zeros = {key for key in touched & answer.keys() if answer[key] == 0.0 != clean[key]}
    return ("wrong", f"zeros: {sorted(zeros)[:3]}") if zeros else ("right", "")


def outcome(given: Input) -> tuple[str, str]:
    """`right`, `refused`, or what is wrong: `traceback`, `unnamed`, `silent NaN`, `wrong`."""
    clean = given.call.clean
    try:
        answer = flat(given.call.answer(**given.changed))
    except InputError as error:
        named = any(words in str(error) for words in given.says)
        if not given.says:
            return "refused though clean", str(error)
        return ("refused", "") if named else ("unnamed", str(error))
    except Exception as error:  # every other exception is the finding
        return "traceback", f"{type(error).__name__}: {error}"
    if given.name in ("an array", "a list"):  # what has no labels comes back without
        answer = dict(zip(clean, answer.values(), strict=True))
    if equal(answer, clean):
        return "right", ""
    unknown = {
        key
        for key, value in answer.items()
        if np.isnan(value) and not np.isnan(clean.get(key, 0.0))
    }
    if given.unknown:
        return stayed_unknown(given, answer, unknown)
    return (
        ("silent NaN", str(sorted(unknown)[:3])) if unknown else ("wrong", f"{len(answer)} figures")
    )
