"""R's data files (.rda, .RData, .rds): the name of the object at once, its table through rdata."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENDINGS", "frame", "object_name", "value"]

ENDINGS = (".rda", ".rdata", ".rds")
_SYMBOL, _REFERENCE_BITS = 1, 0xFF


def object_name(file: Path) -> str | None:
    """Name of the first object of an .rda file, from its first bytes; None for .rds.

    The format (R Internals, section 1.8): a header, then a pair list whose tag is the name.

    Raises
    ------
    SourceError
        The file is missing or damaged.
    """
    start = _start(file)
    if not start.startswith((b"RDX2\nX\n", b"RDX3\nX\n")):
        return None
    at = 7 + 12
    if start[3:4] == b"3":
        (length,) = struct.unpack_from(">i", start, at)
        at += 4 + length
    flags, tag = struct.unpack_from(">ii", start, at)
    if tag & _REFERENCE_BITS != _SYMBOL:
        return None
    _, length = struct.unpack_from(">ii", start, at + 8)
    return start[at + 16 : at + 16 + length].decode("utf-8", "replace") if flags else None


def _start(file: Path) -> bytes:
    """The first bytes, unpacked."""
    content = file.read_bytes()
    try:
        if content.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(wbits=31).decompress(content, 4096)
        if content.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(content, 4096)
        if content.startswith(b"\xfd7zXZ"):
            return lzma.LZMADecompressor().decompress(content, 4096)
    except (zlib.error, lzma.LZMAError, OSError) as error:
        raise SourceError(f"{file}: damaged ({error}). Fetch it again") from error
    return content[:4096]


def value(file: Path) -> Any:
    """The first object of an R data file.

    Raises
    ------
    SourceError
        The file is missing, damaged or no R data file.
    """
    import rdata

    if not file.is_file():
        raise SourceError(f"{file}: there is no such file. Check the name")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # classes of R that pandas has no word for
            if file.suffix.casefold() == ".rds":
                return rdata.read_rds(file)
            return next(iter(rdata.read_rda(file).values()))
    except (ValueError, OSError, EOFError, KeyError, IndexError, NotImplementedError) as error:
        raise SourceError(f"{file}: cannot be read as an R data file ({error})") from error
    except (lzma.LZMAError, zlib.error, gzip.BadGzipFile, struct.error) as error:
        raise SourceError(f"{file}: damaged ({error}). Fetch it again") from error


def frame(file: Path) -> pd.DataFrame:
    """The first object of an R data file as a DataFrame (its columns) of plain text and numbers.

    Figures keep the units that they are written in.

    Raises
    ------
    SourceError
        As `value`, or the object is no data frame.
    """
    import pandas as pd

    table = value(file)
    if not isinstance(table, pd.DataFrame):
        raise SourceError(f"{file}: holds a {type(table).__name__}, not a data frame")
    table = table.reset_index(drop=True)
    table.columns = [str(name) for name in table.columns]
    for name in table.columns:
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            table[name] = table[name].astype("string")
        elif pd.api.types.is_integer_dtype(table[name].dtype):
            table[name] = table[name].astype("float64")
    return table
