"""Publishers' own files into tidy tables: one file per publisher or format.

A reader declares its publisher, editions, address, licence, published totals and quirks; `read`
finds the one that fits. Labels are resolved, totals and regions left out with a word, units applied
once; "not reported", "suppressed", zero and an unknown origin stay four things.
"""

from __future__ import annotations

from corridors.readers.declared import Reader, ReadTable
from corridors.readers.fetching import fetch
from corridors.readers.registry import FORMAT_COLUMNS, every_reader, formats, read, reader

__all__ = [
    "FORMAT_COLUMNS",
    "ReadTable",
    "Reader",
    "every_reader",
    "fetch",
    "formats",
    "read",
    "reader",
]
