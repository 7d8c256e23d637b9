"""What the ids in a journey's sources stand for: `sources.csv` beside the journey's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corridors.readers.csv_gate import Gate

__all__ = ["COLUMNS", "FILE", "Document", "read"]

FILE = "sources.csv"
COLUMNS = ("id", "publisher", "date", "address")


@dataclass(frozen=True)
class Document:
    """Who wrote something when, and where it stands."""

    id: str
    publisher: str
    date: str
    address: str


def read(folder: Path) -> tuple[Document, ...]:
    """The documents a folder lists; none where it has no such file.

    Raises
    ------
    InputError
        The file's header or a row is not as declared.
    """
    gate = Gate(folder)
    if not gate.has(FILE):
        return ()
    head, rows = gate.rows(FILE, header=COLUMNS)
    header = ",".join(COLUMNS)
    if head is None or head.cells != COLUMNS:
        gate.refuse(f"{FILE}:1", "has another header", f"Begin with {header}")
    for row in rows:
        if len(row.cells) != len(COLUMNS) or not row[0]:
            gate.refuse(row.where, "has not an id and four cells", f"Write {header}")
    gate.close()
    return tuple(Document(*row.cells) for row in rows)
