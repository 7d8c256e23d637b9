"""A file or a folder takes the place of another whole or not at all, and what the dead left.

What is written is made beside its place, forced to the disk and then exchanged with what was there
in one step: whoever looks finds the old or the new, never a part and never nothing. What a writer
that died left is taken away at the next write in that folder, or given back where it is the only
copy.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["beside", "resolved", "restore"]

#: Times one looks again while somebody else replaces what one reads or writes.
LOOKS = 20

#: Writers of this process that have not ended, by the names of what they write.
_IN_WORK: set[str] = set()
#: `.PLACE.corridors-MACHINE-PROCESS-LUCK.new` (being written) or `.old` (put aside).
_TEMPORARY = re.compile(
    r"\.(?P<place>.+)\.corridors-(?P<machine>[0-9a-f]{8})-(?P<process>[0-9]+)-[0-9a-f]{8}"
    r"\.(?P<role>new|old)",
    re.DOTALL,
)
#: Bytes of a target's name that fit into that of a temporary.
_LONGEST = 200
#: Seconds after which what another machine left, or a process number used again, counts as dead.
_LONG_AGO = 86_400.0

#: Endings of the files in a temporary folder of a version before 0.2.
FORMER = (".parquet", ".csv", ".html", ".json")

#: Whether a folder may be replaced: empty, or everything in it is ours.
Replaceable = Callable[[Path], bool]


def resolved(path: str | Path) -> Path:
    """Where `path` leads when links are followed."""
    return Path(os.path.realpath(path))


@contextmanager
def beside(place: str | Path, replaceable: Replaceable) -> Iterator[Path]:
    """A name beside `place`; what stands under it at the end takes that place in one step.

    Parameters
    ----------
    replaceable : function of a folder
        Asked of a folder in the moment in which it is replaced.

    Raises
    ------
    OSError
        The disk refuses, or `place` may not be replaced (FileExistsError): all is as before.
    """
    target = resolved(place)
    fresh = _temporary(target, "new")
    try:
        _IN_WORK.add(fresh.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target, replaceable)
        yield fresh
        if target.exists():
            kept = stat.S_IMODE(target.stat().st_mode)
            os.chmod(fresh, kept | stat.S_IRWXU if fresh.is_dir() else kept)
        _to_disk(fresh)
        _move(fresh, target, replaceable)
        _sync(target.parent)
    finally:
        try:
            # After the exchange this is the old one; before it, as much of the new as there is.
            _remove(fresh)
        finally:
            _IN_WORK.discard(fresh.name)


def _move(fresh: Path, target: Path, replaceable: Replaceable) -> None:
    """Put `fresh` in the place of `target`; an older folder is then under the name of `fresh`."""
    for _ in range(LOOKS):
        try:
            if not (fresh.is_dir() and target.exists()):
                os.replace(fresh, target)
            elif not _exchange(fresh, target):
                _move_in_two(fresh, target, replaceable)
            elif not replaceable(fresh):  # somebody put a file there in the last moment
                _exchange(fresh, target)
                raise FileExistsError(errno.EEXIST, "files that are not ours came in between")
            return
        except OSError as error:
            # Another writer was there between the look and the step.
            if error.errno not in (errno.ENOTEMPTY, errno.ENOENT) or not fresh.exists():
                raise
    raise FileExistsError(errno.EEXIST, "others write there at the same time")


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; False where the system cannot."""
    swap = _renameat2()
    if swap is None:
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of renameat2(2)
    if swap(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM):
        return False  # the kernel, the file system or a sandbox does not know it
    raise OSError(code, os.strerror(code), str(one), None, str(other))


@functools.cache
def _renameat2() -> Callable[..., int] | None:
    """The function of that name in the C library, or None: not Linux, or an old one."""
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return None
    function.argtypes = (
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    )
    return function


def _move_in_two(fresh: Path, target: Path, replaceable: Replaceable) -> None:
    """Put `target` aside and `fresh` in its place; who dies in between is put right by `_sweep`."""
    old = _temporary(target, "old")
    try:
        _IN_WORK.add(old.name)
        os.rename(target, old)
        if not replaceable(old):
            raise FileExistsError(errno.EEXIST, "files that are not ours came in between")
        os.rename(fresh, target)
    except BaseException:
        if old.exists() and not target.exists():
            os.rename(old, target)
        raise
    finally:
        try:
            if target.exists():
                _remove(old)
        finally:
            _IN_WORK.discard(old.name)


def _to_disk(path: Path) -> None:
    """Make the system write a file, or a folder and its files, to the disk itself."""
    if path.is_dir():
        for file in path.iterdir():
            _sync(file)
    _sync(path)


def _sync(path: Path) -> None:
    folder = path.is_dir()
    if folder and os.name == "nt":  # knows no such thing
        return
    number = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if not (folder and error.errno in (errno.EINVAL, errno.EBADF)):  # some network disks
            raise
    finally:
        os.close(number)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


# --- what the dead left ----------------------------------------------------------------------


def _temporary(target: Path, role: str) -> Path:
    name = f".{_label(target)}.corridors-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.{role}"
    return target.with_name(name)


def _label(target: Path) -> str:
    """The name of the target, as far as it fits into the name of a temporary."""
    name = os.fsencode(target.name)
    return target.name if len(name) <= _LONGEST else hashlib.sha256(name).hexdigest()


@functools.cache
def _machine() -> str:
    """Where a process number means what it means here: this machine, this container."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def _abandoned(path: Path, named: re.Match[str]) -> bool:
    """Whether the process that wrote a temporary is no more."""
    process = int(named["process"])
    if named["machine"] == _machine():
        if process == os.getpid():
            return path.name not in _IN_WORK
        if os.name != "nt" and not _alive(process):  # on Windows a look would end the process
            return True
    with suppress(OSError):
        return time.time() - path.lstat().st_mtime > _LONG_AGO
    return False


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _hidden(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in os.listdir(folder) if name.startswith(".")]
    except OSError:
        return []


def _sweep(target: Path, replaceable: Replaceable) -> None:
    """Take away what dead writers left beside `target`; what they had put aside comes back."""
    for path in _hidden(target.parent):
        named = _TEMPORARY.fullmatch(path.name)
        if named is None:
            with suppress(OSError):
                _sweep_former(path, target, replaceable)
        elif _abandoned(path, named):
            if named["role"] == "old":
                ours = named["place"] == _label(target)
                _give_back(path, target if ours else target.with_name(named["place"]))
            _remove(path)


def _give_back(old: Path, place: Path) -> None:
    """What was put aside returns to its place, where that is empty."""
    if not place.exists():
        with suppress(OSError):
            os.rename(old, place)


def _sweep_former(path: Path, target: Path, replaceable: Replaceable) -> None:
    """The same for what versions before 0.2 left of this target; their names hold no process."""
    name, place = path.name, re.escape(target.name)
    if re.fullmatch(rf"\.{place}(\.part|\.unfinished\.(csv|csv\.gz|parquet))", name):
        _remove(path)
    elif re.fullmatch(rf"\.{place}-(old-)?[a-z0-9_]{{8}}", name) and path.is_dir():
        inside = path / target.name
        if os.listdir(path) == [target.name] and inside.is_dir() and replaceable(inside):
            _give_back(inside, target)
            _remove(path)
        elif all(one.suffix in FORMER for one in path.iterdir()):
            _remove(path)


def restore(target: Path) -> None:
    """Give back what a writer that died between two steps had put aside."""
    for _ in range(LOOKS):
        if target.exists():
            return
        alive = False
        for path in _hidden(target.parent):
            named = _TEMPORARY.fullmatch(path.name)
            if named and named["role"] == "old" and named["place"] == _label(target):
                alive = not _abandoned(path, named)
                if not alive:
                    _give_back(path, target)
        if not alive:
            return
        time.sleep(0.05)  # a writer is between its two steps
