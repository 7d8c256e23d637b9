"""Rows for other programs: JSON and CSV of the same rows under the same names.

Absent values are null in JSON and empty in CSV, and whole numbers are written without a point.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from corridors.show.tables import Column, Grid, csv

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plain", "to_csv", "to_json"]


def to_json(
    command: str,
    rows: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    title: str,
    sources: Sequence[Mapping[str, str]] = (),
) -> str:
    """Rows as one JSON object.

    Parameters
    ----------
    command, title : str
    rows : DataFrame
    columns : mapping of str to str
        What each column holds, with its unit.
    sources : sequence of mapping, optional

    Returns
    -------
    str
        An object with `command`, `title`, `columns`, `rows` (one object a row) and `sources`.
    """
    answer = {
        "command": command,
        "title": title,
        "columns": dict(columns),
        "rows": plain(rows).to_dict("records"),
        "sources": [dict(source) for source in sources],
    }
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1)


def to_csv(rows: pd.DataFrame) -> str:
    """A DataFrame (columns) as CSV with a header line, every digit, in the units of its columns."""
    return csv(Grid(plain(rows), tuple(Column(str(name)) for name in rows.columns)))


def plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with values that every format knows: text, numbers, yes or no, None for absent.

    Parameters
    ----------
    rows : DataFrame
        Any columns, each in its own unit.

    Returns
    -------
    DataFrame of objects, with the same columns and units
    """
    import pandas as pd

    cells = [[_value(value) for value in row] for row in rows.itertuples(index=False, name=None)]
    # As objects: pandas would turn whole numbers beside an absent one into floats.
    return pd.DataFrame(cells, columns=rows.columns, dtype=object)


def _value(value: Any) -> Any:
    if hasattr(value, "item") and not _many(value):  # a NumPy scalar
        value = value.item()
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None if math.isnan(value) else str(value)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    text = str(_nested(value))
    return None if text in ("<NA>", "NaT") else text


def _many(value: Any) -> bool:
    """Whether it is an array, not a NumPy scalar."""
    return bool(getattr(value, "shape", ()))


def _nested(value: Any) -> Any:
    """A list or a structure of DuckDB in Python's own types, so that it reads as one."""
    if isinstance(value, dict):
        return {_nested(key): _nested(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_nested(part) for part in value]
    if _many(value):
        return _nested(value.tolist())  # of a masked array, None where nothing is known
    if isinstance(value, Decimal):
        return float(value)
    return value.item() if hasattr(value, "item") else value
