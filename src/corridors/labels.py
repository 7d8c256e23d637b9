"""The few rules on labelled arrays: which dimensions exist, how labels align, what absence means.

Absent is not zero: NaN means "not known", and a total that meets NaN raises unless the caller
says what absence means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridors.errors import InputError, Problem

if TYPE_CHECKING:
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
    "check",
    "label",
    "total",
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


def label(
    values: object,
    coords: Mapping[str, Sequence[object]],
    *,
    units: str,
    sources: str,
    name: str | None = None,
) -> xr.DataArray:
    """Give plain `values` their dimensions, units and sources.

    Parameters
    ----------
    values : array_like
        One axis per entry of `coords`, in that order.
    coords : mapping of str to sequence
        Labels by dimension name.
    units, sources : str
        Stored in `attrs`.

    Raises
    ------
    InputError
        A dimension is not in `DIMENSIONS`.
    """
    import xarray as xr

    # A tuple would be read as (dimensions, values).
    axes = {dim: list(names) for dim, names in coords.items()}
    array = xr.DataArray(values, coords=axes, dims=list(axes), name=name)
    array.attrs.update(units=units, sources=sources)
    return check(array)


def check(array: xr.DataArray) -> xr.DataArray:
    """Return `array` if every dimension is in the closed list and every label occurs once."""
    problems = [
        Problem(f"dimension {dim}", "not a dimension of this package", f"Use one of {_listed()}")
        for dim in array.dims
        if dim not in DIMENSIONS
    ]
    problems += [
        Problem(f"dimension {dim}", "a label occurs twice", "Make the labels unique")
        for dim in array.dims
        if dim in array.indexes and not array.indexes[dim].is_unique
    ]
    if problems:
        raise InputError(problems)
    return array


def _listed() -> str:
    return ", ".join(sorted(DIMENSIONS))


def align(*arrays: xr.DataArray) -> tuple[xr.DataArray, ...]:
    """Return the arrays if the labels of every shared dimension agree exactly, in order.

    Raises
    ------
    InputError
        Names both label sets, because a silent intersection would drop people.
    """
    seen: dict[object, list[object]] = {}
    problems = []
    for array in arrays:
        for dim, index in array.indexes.items():
            labels = list(index)
            first = seen.setdefault(dim, labels)
            if labels != first:
                what = f"labels differ: only here {_some(labels, first)}, "
                what += f"only there {_some(first, labels)}"
                problems.append(Problem(f"dimension {dim}", what, "Select the same labels first"))
    if problems:
        raise InputError(problems)
    return arrays


def _some(labels: list[object], other: list[object]) -> str:
    only = [str(label) for label in labels if label not in set(other)]
    return ", ".join(only[:5]) + (" ..." if len(only) > 5 else "") if only else "(order)"


def total(array: xr.DataArray, dim: str | Sequence[str] | None = None) -> xr.DataArray:
    """Sum over `dim`; raises `InputError` where a value is not known (NaN)."""
    unknown = int(array.isnull().sum())
    if unknown:
        raise InputError(
            Problem(
                str(array.name or "total"),
                f"{unknown} of {array.size} values are not known",
                "Say what absence means: fill them, or select the known ones",
            )
        )
    return array.sum(dim)
