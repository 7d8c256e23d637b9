"""What every reader declares, and what reading gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.errors import SourceError
from corridors.readers import matrix, rfiles, table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROVEN", "UNVERIFIED", "Download", "Opened", "ReadTable", "Reader", "Total"]

#: `proven`: on a file of the publisher, against its totals. `unverified`: from its description.
PROVEN, UNVERIFIED = "proven", "unverified"

VALUE, STATUS = "value", "status_of_value"


@dataclass(frozen=True)
class Total:
    """A published total: the sum of the rows where the columns are as told.

    `tolerance` is a share of the total; publishers print some in millions. `statistic` names what
    is taken of the rows: their sum, or their number.
    """

    what: str
    published: float
    rows: Mapping[str, object] = field(default_factory=dict)
    tolerance: float = 0.0
    statistic: str = "sum"


@dataclass(frozen=True)
class Download:
    """An address that stays: what to fetch, under which name, with which check sum if known."""

    url: str
    file: str
    sha256: str | None = None


class Opened:
    """A file that readers look into; what was read once is kept for the next of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_r = path.suffix.casefold() in rfiles.ENDINGS
        if not path.is_file():
            raise SourceError(f"{path}: there is no such file. Check the name")

    @cached_property
    def sheets(self) -> list[table.Sheet]:
        """Sheets of the file; none for an R data file."""
        return [] if self.is_r else table.rows(self.path)

    @cached_property
    def object_name(self) -> str | None:
        """Name of the object in an .rda file."""
        return rfiles.object_name(self.path) if self.is_r else None

    @cached_property
    def r_frame(self) -> pd.DataFrame:
        """The table of an R data file: a DataFrame (its columns), in the units it is written in.

        Raises
        ------
        SourceError
            The file is missing, damaged or holds no table.
        """
        return rfiles.frame(self.path)

    @cached_property
    def matrices(self) -> list[tuple[table.Sheet, matrix.Corner]]:
        """Sheets that hold a matrix of places, and where it begins."""
        corners = [(sheet, matrix.corner(sheet)) for sheet in self.sheets]
        return [(sheet, corner) for sheet, corner in corners if corner is not None]


@dataclass(frozen=True)
class ReadTable:
    """A publisher's file as a tidy long table.

    Attributes
    ----------
    frame : DataFrame
        Columns `dims`, then `value` (NaN where there is no figure), `status_of_value`
        (`reported`, `zero`, `not_reported`, `suppressed`) and what else the publisher says.
    units : mapping of str to str
        Unit of `value` by quantity; the key "" where there is one quantity only.
    kind : str
        `reported` or `modelled`.
    notes : tuple of str
        What was left out, merged or recoded, in words.
    diagonal : float
        Sum of the cells of an area with itself, which are left out.
    totals : tuple
        Published totals: what, published, read.
    """

    frame: pd.DataFrame
    dims: tuple[str, ...]
    units: Mapping[str, str]
    kind: str
    edition: str
    notes: tuple[str, ...] = ()
    diagonal: float = 0.0
    reader: str = ""
    source: str = ""
    totals: tuple[tuple[str, float, float], ...] = ()

    def tidy(self) -> pd.DataFrame:
        """The rows with unit, kind, edition and source in each, to leave the program with.

        Returns
        -------
        DataFrame (dimensions, value, status_of_value, unit, kind, edition, source)
        """
        whole = self.frame.copy()
        if "quantity" in whole.columns:
            whole["unit"] = whole["quantity"].astype("string").map(dict(self.units))
        else:
            whole["unit"] = self.units[""]
        return whole.assign(kind=self.kind, edition=self.edition, source=self.source)


@dataclass(frozen=True)
class Reader:
    """One publisher's table in one format.

    Attributes
    ----------
    recognises : callable
        Whether a file looks like this format.
    read : callable
        Reads it; raises InputError or SourceError that name sheet, row and cell.
    totals : mapping of str to tuple of Total
        What each edition must meet.
    """

    name: str
    publisher: str
    dataset: str
    editions: tuple[str, ...]
    address: str
    licence: str
    rank: str
    recognises: Callable[[Opened], bool]
    read: Callable[[Opened], ReadTable]
    quirks: tuple[str, ...] = ()
    totals: Mapping[str, tuple[Total, ...]] = field(default_factory=dict)
    downloads: tuple[Download, ...] = ()
