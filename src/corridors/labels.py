"""The rules on labelled arrays and tables: dimensions, labels, absence; the gate of users' tables.

Absent is not zero: NaN means "not known", and a total that meets NaN raises unless the caller
says what absence means.

The gate: whatever table a user hands over in Python passes `matrix`, `vector`, `rows` or, without
labels, `figures`, and comes out with labels as text and figures as float, or is refused by name.
What has no labels is refused where labels are needed: rows and columns that are matched by
position alone are the usual way to send people to the wrong country.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = [
    "DIMENSIONS",
    "FEWEST",
    "KINDS",
    "SKILLS",
    "STATUSES",
    "Array",
    "Counted",
    "Mask",
    "Streams",
    "Whole",
    "align",
    "axis",
    "cells_where",
    "figures",
    "label",
    "matrix",
    "refuse",
    "rows",
    "same_labels",
    "vector",
    "word",
    "wrong_cells",
]

#: Plain arrays inside kernels; docstrings give their axes.
Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]
#: Counts of people: whole where they are drawn, any number where they are expected. (A union of
#: the two types is lost by NumPy's stubs at every `astype`.)
Counted = NDArray[Any]
#: From a key, what is decided, to the random numbers that decide it.
Streams = Callable[[str], np.random.Generator]

#: The closed list of dimensions. A new one is a design decision, not a convenience.
DIMENSIONS = frozenset(
    "birthplace residence origin destination area skill status sex age year period day place "
    "link route group stop region method channel quantile draw".split()
)
#: `high` is tertiary schooling.
SKILLS = ("low", "high")
#: Legal statuses; `home` is a native in the country of birth.
STATUSES = ("home", "permanent", "tied", "irregular", "protected")
#: How a figure came about: published by its source, derived by a model, or put in by hand.
KINDS = ("reported", "modelled", "assumed")
#: Fewer people than this are never given as a number.
FEWEST = 50
#: Labels or cells named in a message.
_MOST = 5


def label(
    values: object,
    coords: Mapping[str, Sequence[object]],
    *,
    units: str,
    sources: str,
    name: str | None = None,
) -> xr.DataArray:
    """Give plain values their dimensions, units and sources.

    Parameters
    ----------
    values : array or nested sequences
    coords : mapping of dimension to its labels, in the order of the axes
    units, sources : str
        As they are shown: "persons", "PPP dollars a year"; publisher and edition.
    name : str, optional

    Returns
    -------
    DataArray (the dimensions of `coords`)
        With `units` and `sources` in its attributes.

    Raises
    ------
    InputError
        A dimension is not in `DIMENSIONS`, a label occurs twice.
    """
    import xarray as xr

    # A tuple would be read as (dimensions, values).
    axes = {dim: list(names) for dim, names in coords.items()}
    array = xr.DataArray(values, coords=axes, dims=list(axes), name=name)
    array.attrs.update(units=units, sources=sources)
    unknown = [dim for dim in axes if dim not in DIMENSIONS]
    twice = [dim for dim in axes if not array.indexes[dim].is_unique]
    fix = f"Use one of {', '.join(sorted(DIMENSIONS))}"
    refuse(
        *(Problem(f"dimension {dim}", "not a dimension of this package", fix) for dim in unknown),
        *(Problem(f"dimension {dim}", "a label occurs twice", "Make them unique") for dim in twice),
    )
    return array


def align(*arrays: xr.DataArray) -> tuple[xr.DataArray, ...]:
    """Return arrays (...) of any unit if the labels of all shared dimensions agree, in order.

    A silent intersection would drop people.

    Raises
    ------
    InputError
        They do not; names both label sets.
    """
    seen: dict[object, list[object]] = {}
    for array in arrays:
        for dim, index in array.indexes.items():
            here = index.tolist()
            first = seen.setdefault(dim, here)
            if here != first:
                only = [[str(name) for name in own if name not in set(other)]
                        for own, other in ((here, first), (first, here))]  # fmt: skip
                what = f"labels differ: only here {_quoted(only[0]) or '(order)'}, "
                what += f"only there {_quoted(only[1]) or '(order)'}"
                raise InputError(Problem(f"dimension {dim}", what, "Select the same labels first"))
    return arrays


# --- the gate -----------------------------------------------------------------------------------


def matrix(
    table: Any, dims: tuple[str, str], where: str, *, any_names: bool = False, copy: bool = True
) -> xr.DataArray:
    """A user's table by two dimensions, as float; what is not known stays NaN.

    Labels become text: 76 and 76.0 are "76", blanks around them go, accents are composed (NFC).
    Axes that are named are read by their names, rows and columns turned round where they say so.

    Parameters
    ----------
    table : DataFrame, DataArray, Series (dims), or mapping of label to mapping of label to figure
        Rows of a table without names of axes are `dims[0]`. Other dimensions of a DataArray lead.
    where : str
        What the table is called in messages.
    any_names : bool
        Whether the axes may have other names, which then are `dims`.
    copy : bool
        Whether the figures are the caller's own; else they may be those of `table`, to read only.

    Returns
    -------
    DataArray (..., dims[0], dims[1]), in the unit given

    Raises
    ------
    InputError
        Without labels, with labels that are missing or occur twice, with names of other axes, with
        cells that are infinite or no numbers: all named.
    """
    import pandas as pd
    import xarray as xr

    if isinstance(table, Mapping) and not hasattr(table, "dims"):
        if not all(isinstance(row, Mapping) for row in table.values()):
            fix = "Give {row: {column: figure}}, a DataFrame or a DataArray"
            raise InputError(Problem(where, "a mapping of labels to figures has no columns", fix))
        table = pd.DataFrame.from_dict(table, orient="index", dtype=object)
    if isinstance(table, pd.Series) and table.index.nlevels == 2:
        if set(table.index.names) != set(dims):
            fix = f"Name the levels of its index {dims[0]} and {dims[1]}, or give a square table"
            raise InputError(Problem(where, "its pairs do not say which end is which", fix))
        _refuse_twice([" to ".join(map(word, pair)) for pair in table.index], where, "pairs")
        table = table.unstack(dims[1])
    if isinstance(table, pd.DataFrame):
        names = (table.index.name, table.columns.name)
        turned = not any_names and _turned(names, dims, where)
        size = max(table.shape[1], 1)
        values = _pandas_figures(
            table,
            where,
            lambda k: f"{word(table.index[k // size])}, {word(table.columns[k % size])}",
            copy,
        )
        ends = (dims[1], dims[0]) if turned else dims
        coords = [
            (dim, axis(index, where, dim)) for dim, index in zip(ends, table.axes, strict=True)
        ]
        return xr.DataArray(values, coords).transpose(*dims)
    if not isinstance(table, xr.DataArray):
        raise InputError(_unlabelled(where, type(table).__name__, dims))
    if any_names and table.ndim == 2:
        table = table.rename(dict(zip(table.dims, dims, strict=True)))
    return _array(table, dims, where, copy)


def vector(figures: Any, dim: str, where: str, *, any_names: bool = False) -> xr.DataArray:
    """A user's figures by one dimension, as float, read as `matrix` reads tables.

    Parameters
    ----------
    figures : Series, mapping of label to figure, DataFrame of one column, or DataArray
        Other dimensions of a DataArray lead. Areas may be named birthplace, residence, ... too.
    where : str
        What messages call the figures.
    any_names : bool
        Whether the axis may have another name, which then is `dim`.

    Returns
    -------
    DataArray (..., dim), in the unit given

    Raises
    ------
    InputError
        Without labels, with labels that are missing or occur twice, with the name of another axis,
        with cells that are infinite or no numbers: all named.
    """
    import pandas as pd
    import xarray as xr

    if isinstance(figures, Mapping) and not hasattr(figures, "dims"):
        figures = pd.Series(dict(figures), dtype=object)
    if isinstance(figures, pd.DataFrame):
        if figures.shape[1] != 1:
            what = f"is a table of {figures.shape[1]} columns"
            fix = f"Give one column, a Series of figures by {dim}"
            raise InputError(Problem(where, what, fix))
        figures = figures.iloc[:, 0]
    if isinstance(figures, pd.Series):
        if not any_names:
            _turned((figures.index.name, None), (dim, dim), where)
        values = _pandas_figures(figures, where, lambda k: word(figures.index[k]))
        return xr.DataArray(values, [(dim, axis(figures.index, where, dim))])
    if not isinstance(figures, xr.DataArray):
        raise InputError(_unlabelled(where, type(figures).__name__, (dim,)))
    if dim not in figures.dims and figures.ndim == 1:
        if not any_names:
            _turned((figures.dims[0], None), (dim, dim), where)
        figures = figures.rename({figures.dims[0]: dim})
    return _array(figures, (dim,), where)


def rows(table: Any, columns: Mapping[str, str], where: str) -> pd.DataFrame:
    """A user's long table: the declared columns, labels as text and numbers as float.

    Parameters
    ----------
    table : DataFrame, whose named index levels count as columns, or mapping of columns
    columns : mapping of str to str
        Name of each column and what it holds: `label`, `number` (NaN stays: not known), `any`.
    where : str
        What messages call the table.

    Returns
    -------
    DataFrame (the columns), numbers in the unit given

    Raises
    ------
    InputError
        It is no table, a column is missing or occurs twice, a row has no label, a cell is infinite
        or no number: all named.
    """
    import pandas as pd

    if isinstance(table, Mapping):
        table = pd.DataFrame(dict(table))
    if not isinstance(table, pd.DataFrame):
        fix = f"Give a DataFrame with the columns {', '.join(columns)}"
        raise InputError(Problem(where, f"a {type(table).__name__} is not a table of rows", fix))
    if set(table.index.names) & set(columns):
        table = table.reset_index()
    known = [str(name) for name in table.columns]
    problems = [
        Problem(where, f"there is no column '{name}'", f"There are {', '.join(known) or 'none'}")
        if name not in known
        else Problem(where, f"column '{name}' occurs twice", "Keep one of them")
        for name in columns
        if known.count(name) != 1
    ]
    refuse(*problems)
    read: dict[str, Any] = {}
    for name, kind in columns.items():
        column = table.iloc[:, known.index(name)]
        if kind == "label":
            read[name] = _label_column(column, f"{where}, {name}")
        elif kind == "number":
            read[name] = _pandas_figures(column, f"{where}, {name}", lambda k: f"row {k + 1}")
        else:
            read[name] = column.reset_index(drop=True)
    return pd.DataFrame(read)


def figures(
    values: Any,
    where: str,
    *,
    unknown: bool = False,
    negative: bool = False,
    dims: int | None = None,
) -> Array:
    """Plain figures as float, in the unit and shape they came in.

    Parameters
    ----------
    values : array or nested sequences
    where : str
        What messages call them.
    unknown, negative : bool
        Whether a cell may be NaN, or below zero.
    dims : int, optional
        Fewest axes.

    Returns
    -------
    Array (...)

    Raises
    ------
    InputError
        A cell is infinite, no number, not known or negative, each by its place; or too few axes.
    """
    import xarray as xr

    try:
        plain = np.asarray(values)
    except ValueError:  # rows of different lengths
        plain = np.asarray(values, dtype=object)
    if dims is not None and plain.ndim < dims:
        what = f"has {plain.ndim} axes instead of {dims}"
        raise InputError(Problem(where, what, "Give an array of that shape"))
    known = plain.dtype.kind in "iuf" and bool(np.isfinite(plain).all())
    if known and (negative or not (plain < 0).any()):
        return plain.astype(float, copy=False)
    array = xr.DataArray(plain, dims=[f"axis {k + 1}" for k in range(plain.ndim)])
    places = array.shape
    read = _figures(plain, where, lambda k: _cell(array, np.unravel_index(k, places)))
    array = array.copy(data=read)
    refuse(*wrong_cells(array, where, unknown=unknown, negative=negative))
    return array.to_numpy()


def axis(labels: Iterable[Any], where: str, dim: str) -> list[str]:
    """Labels of an axis as text.

    Raises
    ------
    InputError
        There are none, a label is missing, is made of several, or occurs twice.
    """
    names, problems = [], []
    given = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    if _plain_text(given):
        return given
    for place, value in enumerate(given, start=1):
        name = word(value)
        if isinstance(value, tuple):
            what = f"label {place} of {dim} is made of several: {', '.join(map(repr, value))}"
            problems.append(Problem(where, what, "Join the levels of the index to one label"))
        elif not name:
            problems.append(Problem(where, f"label {place} of {dim} is missing", "Name it"))
        names.append(name)
    if not names:
        problems.append(Problem(where, f"has no {dim}: it is empty", "Give a table with figures"))
    refuse(*problems[:_MOST], *_more(len(problems)))
    _refuse_twice(names, where, dim)
    return names


def _plain_text(given: Sequence[Any]) -> bool:
    """Whether labels are text as it is kept already, each once: those of nearly every table."""
    try:
        plain = "".join(given).isascii()
    except TypeError:
        return False
    each = set(given)
    kept = all(name and name == name.strip() for name in each)
    return plain and kept and len(each) == len(given) > 0


def cells_where(wrong: Mask) -> Whole:
    """Places (cell, axis) of the wrong cells, as `np.argwhere`, at once where there is none."""
    return np.argwhere(wrong) if wrong.any() else np.empty((0, wrong.ndim), dtype=np.int64)


def same_labels(labels: Sequence[str], axes: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Refuse axes with other labels than `labels`, in any order.

    Parameters
    ----------
    labels : sequence of str
    axes : pairs of what messages call an axis, and its labels

    Raises
    ------
    InputError
        Names the labels that are missing, and those that are not expected.
    """
    expected = set(labels)
    problems = []
    for where, others in axes:
        extra, missing = sorted(set(others) - expected), sorted(expected - set(others))
        if not extra and not missing:
            continue
        size = f"{len(others)} labels instead of {len(labels)}"
        parts = [size] if len(others) != len(labels) else []
        parts += [f"not expected: {_quoted(extra)}"] if extra else []
        parts += [f"missing: {_quoted(missing)}"] if missing else []
        bare = [sorted(name.casefold().lstrip("0") for name in names) for names in (extra, missing)]
        fix = "Give every table the same areas"
        if bare[0] == bare[1]:
            fix = "They differ in leading zeros or capitals only: write both alike"
        problems.append(Problem(where, "; ".join(parts), fix))
    refuse(*problems)


def wrong_cells(
    table: xr.DataArray,
    where: str,
    *,
    unknown: bool = False,
    negative: bool = False,
    diagonal: bool = True,
) -> list[Problem]:
    """What is wrong with the figures: infinite, not known or negative, each cell by name.

    Parameters
    ----------
    table : DataArray (...), in any unit
    where : str
        What messages call it.
    unknown, negative : bool
        Whether a cell may be NaN, or below zero.
    diagonal : bool
        Whether the diagonal of the last two dimensions must not be negative either.

    Returns
    -------
    list of Problem, the first few and how many more
    """
    values = table.to_numpy()
    right = np.isfinite(values) | np.isnan(values) if unknown else np.isfinite(values)
    if not negative:
        above = ~(values < 0.0)
        if not diagonal:
            size = range(values.shape[-1])
            above[..., size, size] = True
        right = right & above
    wrong = ~right
    problems = []
    for place in cells_where(wrong)[:_MOST]:
        value, what = values[tuple(place)], "is not known"
        fix = "Absent is not zero: give a figure"
        if not np.isnan(value):
            what, fix = f"is {value:g}", "Give a number" if negative else "Give a figure >= 0"
        problems.append(Problem(f"{where} ({_cell(table, place)})", what, fix))
    return problems + _more(int(wrong.sum()))


def refuse(*problems: Problem) -> None:
    """Raise the problems all at once, if there are any.

    Raises
    ------
    InputError
        There is a problem.
    """
    if problems:
        raise InputError(problems)


# --- labels as text -----------------------------------------------------------------------------


def word(value: Any) -> str:
    """A label as text; empty where it is missing."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip()
    if (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (np.isscalar(value) and value != value)
    ):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _cell(table: xr.DataArray, place: Iterable[Any]) -> str:
    """Labels of a cell; numbers from 1 along an axis without."""
    return ", ".join(
        str(table.indexes[dim][k]) if dim in table.indexes else f"{dim}: {k + 1}"
        for dim, k in zip(table.dims, place, strict=True)
    )


def _more(number: int) -> list[Problem]:
    what = f"{number - _MOST} more like these"
    return [Problem("beside them", what, "Correct them as well")] if number > _MOST else []


def _quoted(names: Sequence[str]) -> str:
    listed = ", ".join(f"'{name}'" for name in names[:_MOST])
    return listed + (" ..." if len(names) > _MOST else "")


def _refuse_twice(names: Sequence[str], where: str, dim: str) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        what = f"labels of {dim} occur twice: {_quoted(twice)}"
        raise InputError(Problem(where, what, "Make the labels unique"))


def _label_column(column: pd.Series, where: str) -> pd.Series:
    """A column of labels as text, a label at a time; a column of categories stays one."""
    import pandas as pd

    codes, values = pd.factorize(column)
    names = [word(value) for value in values]
    missing = np.flatnonzero((codes < 0) | np.array([not name for name in names] + [True])[codes])
    if len(missing):
        what = f"has no label in {len(missing)} rows, such as row {missing[0] + 1}"
        raise InputError(Problem(where, what, "Name it, or leave the row out"))
    if isinstance(column.dtype, pd.CategoricalDtype) and len(set(names)) == len(names):
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(names, dtype=object)))
    return pd.Series(np.array([*names, ""], dtype=object)[codes])


def _turned(names: tuple[Any, Any], dims: tuple[str, str], where: str) -> bool:
    """Whether the names of rows and columns say that they are the other way round."""
    neutral = {"area", "place", "region"}
    if dims[0] == dims[1] == "area":
        neutral |= {"birthplace", "residence", "origin", "destination"}
    said = [name if name in DIMENSIONS and name not in neutral else None for name in names]
    foreign = [str(name) for name in said if name is not None and name not in dims]
    wanted = " and ".join(dict.fromkeys(dims))
    if foreign or (said[0] is not None and said[0] == said[1]):
        what = f"an axis is named {' and '.join(foreign) or said[0]}, not {wanted}"
        raise InputError(Problem(where, what, f"Give a table by {wanted}, or rename its axes"))
    return dims[0] != dims[1] and (said[0] == dims[1] or said[1] == dims[0])


# --- figures as float ---------------------------------------------------------------------------


def _figure(cell: Any) -> float | None:
    """A cell as float, NaN where it is missing; None where it is no number."""
    if isinstance(cell, (bool, np.bool_, complex)):
        return None
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return float("nan")
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return None


def _figures(
    values: NDArray[Any], where: str, cell: Callable[[int], str], copy: bool = True
) -> Array:
    """Values of any kind as float, in their shape; names what is infinite or no number."""
    if values.dtype.kind in "iuf":
        read = values.astype(float, copy=copy)
        wrong = np.flatnonzero(np.isinf(read))
    else:
        cells = values.astype(str if values.dtype.kind in "mM" else object).ravel()
        either = [_figure(value) for value in cells]
        wrong = np.flatnonzero([value is None or np.isinf(value) for value in either])
        read = np.array(either, dtype=float).reshape(values.shape)
    problems = [
        Problem(f"{where} ({cell(k)})", f"is '{values.ravel()[k]}', not a number", "Give a number")
        for k in wrong[:_MOST]
    ]
    refuse(*problems, *_more(len(wrong)))
    return read


def _pandas_figures(table: Any, where: str, cell: Callable[[int], str], copy: bool = True) -> Array:
    """Figures of a Series or DataFrame; those that are masked and not known are NaN."""
    if all(kind.kind in "iuf" for kind in np.ravel(np.array(table.dtypes, dtype=object))):
        return _figures(table.to_numpy(dtype=float, na_value=np.nan), where, cell, copy)
    return _figures(table.to_numpy(dtype=object), where, cell)


def _array(
    array: xr.DataArray, dims: tuple[str, ...], where: str, copy: bool = True
) -> xr.DataArray:
    """A DataArray with `dims` last, labels as text and figures as float."""
    indexes = array.indexes  # (made anew each time it is asked for)
    missing = [dim for dim in dims if dim not in array.dims or dim not in indexes]
    if missing:
        what = f"no labelled dimension {' and '.join(missing)}"
        fix = f"Name the dimensions {' and '.join(dims)} and label them"
        raise InputError(Problem(where, what, fix))
    for dim in set(array.dims) & set(indexes):
        names = axis(indexes[dim], where, str(dim))
        if dim in dims and indexes[dim].tolist() != names:
            array = array.drop_vars(dim).assign_coords({dim: names})
    if array.dims[-len(dims) :] != dims:
        array = array.transpose(..., *dims)
    places = array.shape
    figures = array.to_numpy()
    values = _figures(figures, where, lambda k: _cell(array, np.unravel_index(k, places)), copy)
    return array if values is figures else array.copy(data=values)


def _unlabelled(where: str, kind: str, dims: tuple[str, ...]) -> Problem:
    wanted = "a DataFrame" if len(dims) > 1 else "a Series or a mapping of label to figure"
    fix = f"Give {wanted}, or a DataArray by {' and '.join(dims)}; positions alone are not trusted"
    return Problem(where, f"a {kind} is no table with labels", fix)
