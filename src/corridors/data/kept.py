"""Answers of a run that has not ended, in a folder of the user's own.

They are written and read by this package alone, as Python keeps them, and never leave the machine:
a file that somebody else could have written is not read, nor one that is damaged: each begins with
the digest of what follows.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from corridors.data import gathered
from corridors.errors import InputError, Problem

__all__ = ["answer", "code_digest", "keep", "place"]


def place() -> Path:
    """The folder: `$XDG_CACHE_HOME/corridors/draws`, or the same under `~/.cache`."""
    return gathered.cache() / "draws"


@functools.cache
def code_digest() -> str:
    """Digest of the package's code, and of the libraries that answers are made of."""
    digest = hashlib.sha256(np.__version__.encode())
    package = Path(__file__).resolve().parents[1]
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    for table in sorted((package / "data" / "reference").glob("*")):
        digest.update(f"{table.name} {table.stat().st_size}".encode())
    return digest.hexdigest()


def keep(name: Path, given: Any) -> None:
    """Write an answer, whole or not at all.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    partly = name.with_suffix(f".{os.getpid()}")
    try:
        name.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(partly, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            content = pickle.dumps(given, protocol=5)
            file.write(hashlib.sha256(content).digest() + content)
        partly.replace(name)
    except OSError as error:
        with suppress(OSError):
            partly.unlink(missing_ok=True)
        fix = "Make room, or set XDG_CACHE_HOME to another folder"
        raise InputError(Problem(str(name.parent), f"cannot be written: {error}", fix)) from error


def answer(name: Path) -> Any:
    """An answer that was kept; None where there is none, or it is damaged or not the user's own."""
    try:
        with name.open("rb") as file:
            about = os.fstat(file.fileno())
            if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o022):
                return None
            written, content = file.read(hashlib.sha256().digest_size), file.read()
    except OSError:
        return None
    return pickle.loads(content) if hashlib.sha256(content).digest() == written else None
