"""A known-answer case of flows on disk: its description, and its tables by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Answer = Mapping[str, Any]
#: Stands for a figure the reference gets wrong; the right one is another quantity of the case.
ELSEWHERE = object()


@dataclass
class Case:
    """One folder: its description and tables; remembers what of it was used."""

    folder: Path
    about: dict[str, Any]
    used: set[str] = field(default_factory=set)
    #: Further answers the reference could as well have given, where it draws at random.
    others: Iterable[Answer] = ()

    def argument(self, name: str, default: object = None) -> Any:
        self.used.add(name)
        return self.about.get("arguments", {}).get(name, default)

    def option(self, name: str, default: str, known: Mapping[str, Any]) -> Any:
        """An argument that is one of a few words, as what it means here."""
        word = self.argument(name, default)
        if word not in known:
            raise AssertionError(f"argument {name}: nothing here knows {word!r}")
        return known[word]

    def has(self, name: str) -> bool:
        return name in self.about["inputs"]

    def table(self, name: str) -> Any:
        """An input, None if not given: a Series of a vector or array3, else a DataFrame."""
        self.used.add(name)
        return read(self.folder, self.about["inputs"][name]) if self.has(name) else None

    def unused(self) -> set[str]:
        return (self.about.get("arguments", {}).keys() | self.about["inputs"].keys()) - self.used


def read(folder: Path, spec: Mapping[str, str]) -> Any:
    raw = pd.read_csv(folder / spec["file"], dtype=str, keep_default_na=False)
    kind = spec["kind"]
    if kind == "vector":
        return _numbers(raw["value"]).set_axis(raw["name"])
    if kind == "matrix":
        table = raw.set_index(raw.columns[0])
        return table.apply(_numbers)
    if kind == "array3":
        keys = list(raw.columns[:-1])
        return _numbers(raw["value"]).set_axis(pd.MultiIndex.from_frame(raw[keys]))
    if kind == "table":
        return _table(raw)
    raise AssertionError(f"unknown kind of file: {kind}")


def _table(raw: pd.DataFrame) -> pd.DataFrame:
    """Columns of numbers as numbers; without what only repeats labels or is the reference's own."""
    doubled = [name for name in raw if f"{str(name).removesuffix('_migest')}_converged" in raw]
    left_out = {"corridor", "pair", *(name for name in doubled if name.endswith("_migest"))}
    kept = raw[[name for name in raw if name not in left_out]]
    return kept.apply(lambda column: column if _is_text(column) else _numbers(column))


def _is_text(column: pd.Series) -> bool:
    try:
        _numbers(column)
    except ValueError:
        return True
    return False


def _numbers(column: pd.Series) -> pd.Series:
    return column.map(lambda text: np.nan if text == "NA" else float(text)).astype(float)
