"""Figures that were gathered once, kept in the user's cache: never needed, only faster.

A name is a digest of everything the figures follow from: the tables in the package, the modules
that read them, and the versions of the libraries. What cannot be read or written is not there.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corridors.data import store

__all__ = ["cache", "first_alone", "folder", "read", "write"]

#: Folder of the cache when this variable names one; an empty one keeps nothing.
VARIABLE = "CORRIDORS_CACHE"
PACKAGE = Path(__file__).parents[1]
#: What figures follow from beside the tables.
SOURCES = ("areas", "baseline", "borders", "data", "money", "wages", "labels.py")


def cache() -> Path:
    """The user's cache of this package: `$XDG_CACHE_HOME/corridors`, or that of `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "corridors"


def folder() -> Path | None:
    """Where figures are kept; None where they are not."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return Path(given) if given else None
    return cache()


def read(name: str) -> dict[str, NDArray[np.generic]] | None:
    """Arrays kept under a name with these tables and modules; None where there are none.

    Returns
    -------
    dict of str to array (...), in the shapes and units they were kept in
    """
    place = _place(name)
    if place is None:
        return None
    try:
        with (
            place.open("rb") as file,
            zipfile.ZipFile(file),  # np.load leaves a damaged archive open
        ):
            file.seek(0)
            with np.load(file, allow_pickle=False) as known:
                return {key: known[key] for key in known.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None


def write(name: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Keep arrays (...) of any shape and unit under a name, whole or not at all.

    What cannot be written is not kept, and no error.

    Raises
    ------
    TypeError
        An array holds Python objects, which would be read as code.
    """
    if any(values.dtype.hasobject for values in arrays.values()):
        raise TypeError(f"{name}: an array of Python objects is not kept")
    place = _place(name)
    if place is None:
        return
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, begun = tempfile.mkstemp(dir=place.parent, suffix=".begun")
        try:
            with os.fdopen(handle, "wb") as file:
                # (Before NumPy 2.1 `allow_pickle` would be one of the arrays.)
                np.savez(file, **arrays)  # type: ignore[arg-type]
            Path(begun).replace(place)
        except BaseException:
            Path(begun).unlink(missing_ok=True)
            raise


@contextmanager
def first_alone(name: str) -> Iterator[None]:
    """One process at a time in the block, until one has come to its end; then all at once.

    For what the first process keeps for the others, as a compiler does. Where nothing is kept, or
    the system has no such locks, nobody waits.

    Parameters
    ----------
    name : str
        What is done there and by which code: another name is another first time.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    place = folder()
    done = None if place is None else place / f"{name}.done"
    if done is None or done.exists():
        yield
        return
    try:
        done.parent.mkdir(parents=True, exist_ok=True)
        lock = done.with_suffix(".lock").open("wb")
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back with the file, however the process ends
        yield
        with suppress(OSError):
            done.touch()


def _place(name: str) -> Path | None:
    place = folder()
    if place is None:
        return None
    with suppress(OSError):
        return place / f"{name}-{_digest(store.REFERENCE)}.npz"
    return None


@functools.cache
def _digest(reference: Path) -> str:
    """Of tables (by size and time), modules and versions."""
    total = hashlib.sha256()
    for library in ("numpy", "pandas", "duckdb"):
        total.update(f"{library} {version(library)}\n".encode())
    for file in sorted(reference.iterdir()):
        about = file.stat()
        total.update(f"{file} {about.st_size} {about.st_mtime_ns}\n".encode())
    for source in SOURCES:
        where = PACKAGE / source
        for file in sorted(where.rglob("*.py")) if where.is_dir() else [where]:
            total.update(file.read_bytes())
    return total.hexdigest()[:32]
