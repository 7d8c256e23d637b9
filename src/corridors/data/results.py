"""The one writer of everything that leaves, and results on disk: written, read and verified.

What is written appears whole or not at all. It is made beside its place, forced to the disk and
then takes the place of what was there in one step, so that whoever looks finds the old or the new,
never a part and never nothing. What a dead writer left is taken away at the next write in that
folder, or given back where it is the only copy. A folder that holds anything this module did not
write is never touched.

A result is long tables as Parquet, two of them as CSV too, and a manifest that holds the SHA-256 of
every file, the digest of the tables and a seal over itself: a result that was changed is not read.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.data import exchange
from corridors.errors import CHANGED_WORDS, InputError, Problem, SourceError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "check_file",
    "check_folder",
    "check_page",
    "digest",
    "publish",
    "publish_file",
    "put",
    "read",
    "write",
]

MANIFEST = "manifest.json"
#: Seconds in which one looks again while somebody replaces what one reads, or it is not there.
PATIENCE, ON_ITS_WAY = 10.0, 0.3
_NOTHING = (0, 0, b"")
REPORT = "report.html"
FORMAT = "corridors result 2"
#: Of version 0.1: ours to replace, not to read.
FORMAT_0_1 = "corridors result 1"
#: What a manifest must have for its tables to be read; earlier versions of this format had less.
NEEDED = ("tables", "sha256", "digest", "types")
#: Tables that a spreadsheet user looks for.
AS_CSV = ("corridors", "areas")
#: What the system says where there is no room for a file.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: Endings of the files of figures; others beside them (notes, pictures) are not part of a result.
OF_FIGURES = (".parquet", ".csv")


# --- where it may go -------------------------------------------------------------------------


def check_folder(folder: str | Path) -> None:
    """Refuse a place where a result cannot go, before anything is computed.

    Raises
    ------
    InputError
        The folder holds files that are not a result, is a file or a link to nothing, or may not be
        written.
    """
    try:
        what = _obstacle(Path(folder))
    except OSError as error:  # not even a look is allowed
        what = f"cannot be looked at: {error.strerror}"
    if what:
        fix = "Choose an empty or new folder with --out"
        raise InputError(Problem(f"output folder {folder}", what, fix))


def _obstacle(folder: Path) -> str:
    """What stands against a result in `folder`; "" if nothing does."""
    if folder.exists() and not folder.is_dir():
        return "is a file"
    if folder.is_dir() and not _replaceable(folder):
        return "is not empty and was not written by corridors"
    dangling = _dangling(folder)
    if dangling:
        return f"cannot be made: {dangling}"
    target = exchange.resolved(folder)
    if target.is_mount():
        return "is the top of a disk, which cannot be replaced as a whole"
    parent = _above(target)
    if not parent.is_dir():
        return f"cannot be made: {parent} is a file"
    if not os.access(parent, os.W_OK | os.X_OK):
        return f"cannot be made: no permission to write in {parent}"
    return ""


def _above(path: Path) -> Path:
    """The nearest folder above that exists."""
    return next(above for above in path.parents if above.exists())


def check_file(file: str | Path) -> None:
    """Refuse a place where a file cannot go, before anything is computed.

    Raises
    ------
    SourceError
        It is a folder, a device or a link to nothing, or its folder is missing or may not be
        written.
    """
    try:
        what = _obstacle_of_file(Path(file))
    except OSError as error:
        what = error.strerror or str(error)
    if what:
        raise SourceError(f"{file}: cannot be written: {what}. Choose another place")


def _obstacle_of_file(file: Path) -> str:
    dangling = _dangling(file)
    if dangling:
        return dangling
    target = exchange.resolved(file)
    if target.is_dir():
        return "it is a folder"
    if target.exists() and not target.is_file():
        return "it is neither a file nor a place for one"
    if not target.parent.is_dir():
        return f"there is no folder {file.parent}"
    if not os.access(target.parent, os.W_OK | os.X_OK):
        return f"no permission to write in {file.parent}"
    return ""


def check_page(file: Path, mark: str) -> None:
    """Refuse to put a page in the place of one that does not carry our mark.

    Raises
    ------
    InputError
        Somebody else's file, a link to nothing, or anything that cannot be read, is there.
    """
    dangling = _dangling(file)
    if dangling:
        fix = "Choose another folder with --out"
        raise InputError(Problem(f"index page {file}", f"cannot be written: {dangling}", fix))
    try:
        ours = mark in file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        ours = False
    if not ours:
        what, fix = "is there and was not written by corridors", "Choose another folder with --out"
        raise InputError(Problem(f"index page {file}", what, fix))


def _dangling(path: Path) -> str:
    """The first link on the way to `path` that leads to nothing, in words; "" if none does."""
    for part in (path, *path.parents):
        if part.is_symlink() and not part.exists():
            return f"{part} is a link to nothing ({os.readlink(part)})"
    return ""


def _replaceable(folder: Path) -> bool:
    """Whether the folder is empty, or every file in it is listed in a manifest of ours."""
    names = set(os.listdir(folder))
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        ours = manifest["format"] in (FORMAT, FORMAT_0_1)
        ours = ours and names <= {MANIFEST, *manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    return ours or not names


# --- whole or not at all ---------------------------------------------------------------------


@contextmanager
def publish(folder: str | Path) -> Iterator[Path]:
    """A fresh folder to write into; becomes `folder` when the block ends without an error.

    Raises
    ------
    InputError
        As `check_folder`.
    SourceError
        The disk refuses (full, gone): nothing is left behind and an older result stays.
    """
    check_folder(folder)
    said = f"the result could not be written to {folder}"
    with _writing(folder, said, "choose another folder with --out") as fresh:
        fresh.mkdir()
        yield fresh


@contextmanager
def publish_file(file: str | Path, needed: int = 0) -> Iterator[Path]:
    """A fresh name to write a file under; becomes `file` when the block ends without an error.

    Parameters
    ----------
    needed : int
        Bytes, where they are known before; a message on a full disk names them.

    Raises
    ------
    SourceError
        As `check_file`, or the disk refuses: nothing is left behind and an older file stays.
    """
    check_file(file)
    with _writing(file, f"{file}: cannot be written", needed=needed) as fresh:
        yield fresh


def put(file: str | Path, content: str | bytes) -> Path:
    """Write a file (text as UTF-8), whole or not at all.

    Raises
    ------
    SourceError
        As `publish_file`.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    with publish_file(file, len(data)) as fresh, fresh.open("xb") as sink:
        sink.write(data)
    return Path(file)


class _Unwritten(OSError):
    """A table or page that did not go to the disk, and the bytes that all of them need."""

    def __init__(self, message: str, needed: int) -> None:
        super().__init__(message)
        self.needed = needed


@contextmanager
def _writing(
    place: str | Path, said: str, fix: str = "choose another folder", needed: int = 0
) -> Iterator[Path]:
    """`exchange.beside`, with what the disk says as one `SourceError`."""
    try:
        with exchange.beside(place, _replaceable) as fresh:
            try:
                yield fresh
            finally:
                needed = max(needed, _size(fresh))
    except OSError as error:
        room = ""
        if isinstance(error, _Unwritten) or error.errno in FULL:
            needed = max(needed, getattr(error, "needed", 0))
            free = shutil.disk_usage(_above(exchange.resolved(place))).free
            room = f" (about {needed:,} bytes are needed, {free:,} are free)"
        what = f"{said}: {error.strerror or error}{room}"
        raise SourceError(f"{what}. Free space or {fix}") from error


def _size(path: Path) -> int:
    """Bytes of a file, or of the files in a folder; 0 of nothing."""
    files = path.iterdir() if path.is_dir() else [path] if path.exists() else []
    return sum(file.stat().st_size for file in files)


# --- results ---------------------------------------------------------------------------------


def digest(tables: Mapping[str, pd.DataFrame]) -> str:
    """SHA-256 over the names, columns and values of DataFrames.

    It does not depend on the type that holds a value (category or text, days or microseconds), so
    that tables have one digest before they are saved and after.
    """
    import pandas as pd

    total = hashlib.sha256()
    for name in sorted(tables):
        table = tables[name]
        total.update(json.dumps([name, *map(str, table.columns)]).encode())
        plain = [_plain(table.iloc[:, at]) for at in range(table.shape[1])]
        rows = pd.concat(plain, axis=1) if plain else table
        total.update(pd.util.hash_pandas_object(rows, index=False).to_numpy().tobytes())
    return total.hexdigest()


def _plain(column: pd.Series) -> pd.Series:
    """The values of a column in the one type that a file gives back for them."""
    import pandas as pd

    types = pd.api.types
    if _is_text(column):
        return column
    if isinstance(column.dtype, pd.CategoricalDtype | pd.BooleanDtype):
        column = column.astype(object)
    if types.is_datetime64_any_dtype(column):
        return column.dt.as_unit("us")
    if types.is_numeric_dtype(column) or types.is_bool_dtype(column):
        if not types.is_extension_array_dtype(column):
            return column
        return (
            column.astype("float64")
            if column.isna().any()
            else column.astype(column.dtype.numpy_dtype)
        )
    kind = types.infer_dtype(column, skipna=True)
    if kind == "empty":
        return column.astype("float64")
    if kind in ("date", "datetime", "datetime64"):
        return pd.to_datetime(column).dt.as_unit("us")
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        whole = kind == "integer" and not column.isna().any()
        return column.astype("int64" if whole else "float64")
    if kind == "boolean" and not column.isna().any():
        return column.astype(bool)
    text = column.astype(object).map(str, na_action="ignore")
    return text.astype(object).where(column.notna(), None)


def _is_text(column: pd.Series) -> bool:
    """Whether a column holds text in a type that pandas hashes as it would the text itself."""
    import pandas as pd

    if isinstance(column.dtype, pd.StringDtype):
        return bool(column.notna().any())
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return False
    of_text = pd.api.types.infer_dtype(column.cat.categories) == "string"
    return of_text and bool(column.notna().any())


def write(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    pages: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Write tables, pages (text by name of file) and manifest into a folder got from `publish`.

    `pages` is asked when the tables are written: another process may draw them meanwhile. The
    manifest lists every file of the folder, those written before this call too: write last.
    The digest in it is that of these tables.

    Parameters
    ----------
    folder : Path
    tables : mapping of str to DataFrame
        Each column in its unit, as docs/results.md lists them.
    manifest : mapping
    pages : mapping of file name to text, optional

    Raises
    ------
    SourceError
        The disk refuses; the block of `publish` around this raises it.
    """
    import duckdb

    try:
        with duckdb.connect() as connection:
            for name, table in tables.items():
                connection.register("long", table)
                file = str(folder / f"{name}.parquet").replace("'", "''")
                connection.execute(f"COPY long TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
                if name in AS_CSV:
                    connection.execute(f"COPY long TO '{file[:-8]}.csv' (FORMAT csv, HEADER)")
        for name, page in pages().items():
            (folder / name).write_bytes(page.encode("utf-8"))
    except (duckdb.Error, OSError) as error:
        what = getattr(error, "strerror", None) or f"{name}: {error}"
        raise _Unwritten(what, _bytes(tables, pages())) from error
    about = {"format": FORMAT, **manifest, "digest": digest(tables), "tables": sorted(tables)}
    about["types"] = {name: _types(table) for name, table in tables.items()}
    about["files"] = sorted(file.name for file in folder.iterdir())
    about["sha256"] = {name: _sha256(folder / name) for name in about["files"]}
    about["seal"] = _seal(about)
    text = json.dumps(about, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _types(table: pd.DataFrame) -> dict[str, Any]:
    """The type of each column, of a category with its values in order: Parquet keeps neither."""
    import pandas as pd

    return {
        str(name): {"category": column.cat.categories.tolist(), "ordered": column.cat.ordered}
        if isinstance(column.dtype, pd.CategoricalDtype)
        else str(column.dtype)
        for name, column in table.items()
    }


def _typed(table: pd.DataFrame, types: Mapping[str, Any]) -> pd.DataFrame:
    """The table with the column types that it had when it was written."""
    import pandas as pd

    typed = {}
    for name, given in types.items():
        if isinstance(given, Mapping):
            kind = pd.CategoricalDtype(given["category"], given["ordered"])
            typed[name] = table[name].astype(kind)
        elif given == "object" and pd.api.types.is_datetime64_any_dtype(table[name]):
            typed[name] = table[name].dt.date.astype(object)
        elif given not in ("object", "str", str(table[name].dtype)):
            typed[name] = table[name].astype(given)
    return table.assign(**typed)


def _bytes(tables: Mapping[str, pd.DataFrame], pages: Mapping[str, str]) -> int:
    """Bytes that are enough for these tables and pages: as many as they take in memory."""
    held = sum(int(table.memory_usage(deep=True).sum()) for table in tables.values())
    return held + sum(len(page.encode("utf-8")) for page in pages.values())


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _seal(manifest: Mapping[str, Any]) -> str:
    """SHA-256 over everything else that a manifest says."""
    about = {key: value for key, value in manifest.items() if key != "seal"}
    # Once through JSON, so that a tuple or a number as key is what it will be read as.
    text = json.dumps(json.loads(json.dumps(about)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read(
    folder: str | Path, *, pages: bool = True
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Tables and manifest of a result, verified.

    Parameters
    ----------
    pages : bool
        False looks at the figures only: the report may be missing or changed.

    Returns
    -------
    tables : dict of str to DataFrame (columns)
        In the columns and units they were written in; docs/results.md lists them.
    manifest : dict

    Raises
    ------
    SourceError
        No result there, or it is not as it was written: a file is missing, damaged, changed or
        added, the manifest was changed, or the tables have another digest.
    """
    folder, began = Path(folder), time.monotonic()
    while True:
        exchange.restore(exchange.resolved(folder))
        before = _manifest_as_it_stands(folder)
        try:
            return _read(folder, pages)
        except SourceError:
            # Nobody replaced the result while it was read, or somebody always does; one that is
            # not there may be on its way.
            replaced = _manifest_as_it_stands(folder) != before
            patience = PATIENCE if replaced else ON_ITS_WAY if before == _NOTHING else 0.0
            if time.monotonic() - began >= patience:
                raise


def _manifest_as_it_stands(folder: Path) -> tuple[int, int, bytes]:
    """Which file it is, when it was written, and what it says: another may say the same."""
    file = folder / MANIFEST
    with suppress(OSError):
        told = file.stat()
        return told.st_ino, told.st_mtime_ns, file.read_bytes()
    return _NOTHING


def _read(folder: Path, pages: bool) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    import duckdb

    fix = "Run the study again"
    manifest = _manifest(folder, fix)
    wrong = _changed(folder, manifest, pages)
    if wrong:
        what = f"the result in {folder} is damaged or was changed: {'; '.join(wrong)}"
        raise SourceError(f"{what}. {fix}")
    tables = {}
    with duckdb.connect() as connection:
        for name in manifest["tables"]:
            try:
                tables[name] = connection.read_parquet(str(folder / f"{name}.parquet")).df()
            except duckdb.Error as error:
                what = f"table {name} of the result in {folder} cannot be read"
                raise SourceError(f"{what} ({error}). {fix}") from error
    if digest(tables) != manifest["digest"]:
        what = f"the tables of the result in {folder} have another digest than its manifest"
        raise SourceError(f"{what}. {fix}")
    return {
        name: _typed(table, manifest["types"][name]) for name, table in tables.items()
    }, manifest


def _manifest(folder: Path, fix: str) -> dict[str, Any]:
    """The manifest, if it is as it was written."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(f"{folder} holds no result of corridors ({error}). {fix}") from error
    if version == FORMAT_0_1:
        words = "; ".join(f"{old} -> {new}" for old, new in CHANGED_WORDS.items())
        raise SourceError(f"{folder} was made by corridors 0.1. Words changed: {words}. {fix}")
    if version != FORMAT:
        raise SourceError(f"{folder} was written by another version of corridors. {fix}")
    if manifest.get("seal") != _seal(manifest):
        what = f"{folder} holds no result of corridors as it was written"
        raise SourceError(f"{what}: {MANIFEST} is damaged or was changed. {fix}")
    missing = [key for key in NEEDED if key not in manifest]
    if missing:
        what = f"{folder} was written by an earlier version of corridors"
        raise SourceError(f"{what}: its manifest has no {' and no '.join(missing)}. {fix}")
    return manifest


def _changed(folder: Path, manifest: dict[str, Any], pages: bool) -> list[str]:
    """What is not as the manifest says, in words."""
    wrong = []
    for name, sha256 in manifest["sha256"].items():
        of_figures = name.endswith(OF_FIGURES)
        if not (of_figures or pages):
            continue
        called = f"table {name.removesuffix('.parquet')}" if name.endswith(".parquet") else name
        advice = "" if of_figures else f" (`corridors report {folder}` writes it anew)"
        try:
            if _sha256(folder / name) != sha256:
                wrong.append(f"{called} has another SHA-256{advice}")
        except OSError as error:
            wrong.append(f"{called} cannot be read: {error.strerror}{advice}")
    wrong += [
        f"{path.name} is not part of it"
        for path in sorted(folder.iterdir())
        if path.name.endswith(OF_FIGURES) and path.name not in manifest["sha256"]
    ]
    return wrong
