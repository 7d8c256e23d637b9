"""What users hand over: a sweep of the tables of every public function of flows and people.

`sweep` yields each call of `gate_calls` with one table spoilt or written another way; `outcome`
says whether the answer was right, refused by name, or wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from corridors.errors import InputError
from laws.gate_calls import ACCENTS, BORN, CODES, ENDS, Call, calls, flat

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
    "population": (["area"], ["population", "births", "deaths"]),
    "women_dying": (["area"], ["women", "girls", "women_dying"]),
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
