"""Results on disk: long tables as Parquet, two of them as CSV too, and a manifest.

A result appears whole or not at all: it is written beside its place and moved there at the end.
A folder that holds anything this module did not write is never touched.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.errors import CHANGED_WORDS, InputError, Problem, SourceError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_folder", "check_page", "publish", "read", "write"]

MANIFEST = "manifest.json"
FORMAT = "corridors result 2"
#: Of version 0.1: ours to replace, not to read.
FORMAT_0_1 = "corridors result 1"
#: Tables that a spreadsheet user looks for.
AS_CSV = ("corridors", "areas")


def check_folder(folder: Path) -> None:
    """Refuse a place where a result cannot go, before anything is computed.

    Raises
    ------
    InputError
        The folder holds files that are not a result, is a file, or may not be written.
    """
    try:
        what = _obstacle(folder)
    except OSError as error:  # not even a look is allowed
        what = f"cannot be looked at: {error.strerror}"
    if what:
        fix = "Choose an empty or new folder with --out"
        raise InputError(Problem(f"output folder {folder}", what, fix))


def _obstacle(folder: Path) -> str:
    """What stands against a result in `folder`; "" if nothing does."""
    if folder.exists() and not folder.is_dir():
        return "is a file"
    if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
        return "is not empty and was not written by corridors"
    parent = next(one for one in folder.absolute().parents if one.exists())
    if not parent.is_dir():
        return f"cannot be made: {parent} is a file"
    if not os.access(parent, os.W_OK | os.X_OK):
        return f"cannot be made: no permission to write in {parent}"
    return ""


def check_page(file: Path, mark: str) -> None:
    """Refuse to put a page in the place of one that does not carry our mark.

    Raises
    ------
    InputError
        Somebody else's file, or anything that cannot be read, is there.
    """
    try:
        ours = mark in file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        ours = False
    if not ours:
        what, fix = "is there and was not written by corridors", "Choose another folder with --out"
        raise InputError(Problem(f"index page {file}", what, fix))


def _is_ours(folder: Path) -> bool:
    """Whether every file in the folder is listed in a manifest of ours."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        known = {MANIFEST, *manifest["files"]}
        ours = manifest["format"] in (FORMAT, FORMAT_0_1)
        return ours and {one.name for one in folder.iterdir()} <= known
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def publish(folder: Path) -> Iterator[Path]:
    """A fresh folder to write into; becomes `folder` when the block ends without an error.

    Raises
    ------
    InputError
        As `check_folder`.
    SourceError
        The disk refuses (full, gone): nothing is left behind and an older result stays.
    """
    check_folder(folder)
    target = folder.absolute()
    fresh = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        yield fresh
        fresh.chmod(0o755)
        _replace(fresh, target)
    except OSError as error:
        what = f"the result could not be written to {folder}: {error.strerror or error}"
        raise SourceError(f"{what}. Free space or choose another folder with --out") from error
    finally:
        if fresh is not None and fresh.exists():
            shutil.rmtree(fresh, ignore_errors=True)


def _replace(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.rename(old / target.name)
    try:
        fresh.rename(target)
    except OSError:
        (old / target.name).rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def write(folder: Path, tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> None:
    """Write tables and manifest into a folder got from `publish`.

    The manifest lists every file of the folder, those written before this call too: write last.
    """
    import duckdb

    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register("long", table)
            file = str(folder / f"{name}.parquet").replace("'", "''")
            try:
                connection.execute(f"COPY long TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
                if name in AS_CSV:
                    connection.execute(f"COPY long TO '{file[:-8]}.csv' (FORMAT csv, HEADER)")
            except duckdb.Error as error:
                raise OSError(f"table {name}: {error}") from error
    files = sorted(one.name for one in folder.iterdir())
    about = {"format": FORMAT, **manifest, "tables": sorted(tables), "files": files}
    text = json.dumps(about, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Tables and manifest of a result.

    Raises
    ------
    SourceError
        No result there, or one of its files is missing or damaged.
    """
    import duckdb

    fix = "Run the study again"
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        written_as = manifest["format"]
        names = list(manifest["tables"]) if written_as == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{folder} holds no result of corridors ({error}). {fix}") from error
    if written_as == FORMAT_0_1:
        words = "; ".join(f"{old} -> {new}" for old, new in CHANGED_WORDS.items())
        raise SourceError(f"{folder} was made by corridors 0.1. Words changed: {words}. {fix}")
    if names is None:
        raise SourceError(f"{folder} was written by another version of corridors. {fix}")
    tables = {}
    with duckdb.connect() as connection:
        for name in names:
            try:
                tables[name] = connection.read_parquet(str(folder / f"{name}.parquet")).df()
            except duckdb.Error as error:
                what = f"table {name} of the result in {folder} cannot be read"
                raise SourceError(f"{what} ({error}). {fix}") from error
    return tables, manifest
