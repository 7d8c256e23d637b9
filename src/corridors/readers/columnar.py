"""Declared columns of a Parquet file whose names and types are already right: whole columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read"]

_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL")


def read(file: Path, columns: Mapping[str, str]) -> tuple[pd.DataFrame, tuple[str, ...]] | None:
    """The declared columns and the names of the others; None where cells have to be looked at.

    Parameters
    ----------
    columns : mapping of str to str
        As `corridors.readers.any_table.read`.

    Returns
    -------
    table : DataFrame (columns)
        Numbers in the unit they are written in.
    others : tuple of str

    Raises
    ------
    SourceError
        The file is damaged.
    """
    import duckdb

    if file.suffix != ".parquet" or not file.is_file():
        return None
    with duckdb.connect() as connection:
        try:
            relation = connection.read_parquet(str(file))
        except (duckdb.Error, OSError) as error:
            said = str(error).splitlines()[0]
            raise SourceError(f"{file}: cannot be read as parquet ({said})") from error
        types = dict(zip(relation.columns, map(str, relation.types), strict=True))
        if not all(_fits(types.get(name, ""), kind) for name, kind in columns.items()):
            return None
        parts = [
            f'CAST("{name}" AS DOUBLE) AS "{name}"'
            if kind == "number"
            else f'nfc_normalize(trim(CAST("{name}" AS VARCHAR))) AS "{name}"'
            for name, kind in columns.items()
        ]
        frame = relation.project(", ".join(parts)).df()
    labels = [name for name, kind in columns.items() if kind == "label"]
    if (frame[labels].isna() | (frame[labels] == "")).any(axis=None):
        return None
    rest = {name: "" for name, kind in columns.items() if kind == "label or empty"}
    frame = frame.fillna(rest) if rest else frame
    return frame.set_axis(range(1, len(frame) + 1)), tuple(n for n in types if n not in columns)


def _fits(type_: str, kind: str) -> bool:
    if kind == "number":
        return any(number in type_ for number in _NUMBERS) and "[" not in type_
    return type_ == "VARCHAR" or type_.startswith("ENUM")
