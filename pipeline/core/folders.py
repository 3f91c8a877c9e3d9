"""A folder that is replaced as a whole: written beside it and swapped. What a process that died leaves is mended."""

import ctypes
import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.core.errors import WarehouseError

NEW, PART, OLD = ".new", ".part", ".old"
# Seconds after which a folder that nobody is known to hold is left: the old one is aside for milliseconds, and a build
# takes minutes.
PATIENCE = {NEW: 600.0, PART: 86_400.0, OLD: 600.0}
# https://man7.org/linux/man-pages/man2/rename.2.html, and <fcntl.h> of Linux
AT_FDCWD, RENAME_EXCHANGE = -100, 2


@contextmanager
def replacing_folder(to: Path, check: Callable[[Path], None]) -> Generator[Path]:
    """Yield a new folder beside `to`, which takes its place if nothing fails. `check` raises for files of others.

    What processes that died left beside `to` is put back or removed before. Raises WarehouseError.
    """
    part = to.with_name(f"{prefix(to)}{secrets.token_hex(8)}{PART}")
    try:
        mend(to)
        check(to)
        with made(part):
            yield part
            check(to)
            replace_folder(part, to, check)
    except OSError as error:
        raise WarehouseError(f"{to} cannot be written: {error.strerror or error}; choose another with --to") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def prefix(to: Path) -> str:
    """Return how the names begin that are for this folder alone."""
    return f".{hashlib.sha256(os.fsencode(to.name)).hexdigest()[:8]}."


@contextmanager
def made(part: Path) -> Generator[None]:
    """Make a folder that is held from the moment it has its name, until the end of the block or of the process."""
    new = part.with_suffix(NEW)
    new.mkdir(parents=True)
    descriptor = os.open(new, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system without locks, where nothing is taken for left either
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.rename(part)
        yield
    finally:
        os.close(descriptor)


def replace_folder(part: Path, to: Path, check: Callable[[Path], None]) -> None:
    """Move `part` to `to`: in one step if the system can exchange folders, else the old one is first moved aside.

    What somebody put into the old one until then is found where it is now, and the old one goes back. Raises
    WarehouseError.
    """
    if not to.exists():
        part.rename(to)
        return
    if exchange(part, to):
        try:
            check(part)
        except WarehouseError:
            exchange(part, to)
            check(to)
            raise
        return
    old = part.with_suffix(OLD)
    to.rename(old)
    try:
        check(old)
        part.rename(to)
    except WarehouseError:
        old.rename(to)
        check(to)
        raise
    except OSError:
        old.rename(to)
        raise
    shutil.rmtree(old, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, and return whether the system can."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0


def mend(to: Path) -> None:
    """Put back the folder that a process which died had moved aside, and remove what such processes left beside it."""
    for path in left_beside(to):
        if path.suffix == OLD and not os.path.lexists(to):
            path.rename(to)  # or it stays where it is: the only copy
        else:
            shutil.rmtree(path, ignore_errors=True)


def left_beside(to: Path) -> Iterator[Path]:
    """Yield the folders beside `to` that were made for it and in which nobody works."""
    for path in sorted(to.parent.glob(f"{prefix(to)}*")):
        is_between = path.suffix == OLD and is_held(path.with_suffix(PART), PATIENCE[OLD])
        if path.suffix in PATIENCE and not is_between and is_left(path):
            yield path


def is_left(path: Path) -> bool:
    """Whether a path is a folder of this user, and no process holds it."""
    if path.is_symlink() or not path.is_dir() or path.stat().st_uid != os.geteuid():
        return False
    # A new folder is not held yet for a moment.
    return not (path.suffix == NEW and is_young(path.stat(), PATIENCE[NEW])) and not is_held(
        path, PATIENCE[path.suffix]
    )


def is_young(status: os.stat_result, seconds: float) -> bool:
    """Whether a folder got its name, or something in it, less than so many seconds ago, or in the future."""
    return time.time() - status.st_ctime < seconds


def is_held(folder: Path, patience: float) -> bool:
    """Whether a process works in a folder; False if there is none.

    Where the file system has no locks, as many a network's, one that nobody has touched for `patience` seconds is left.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EWOULDBLOCK, errno.EAGAIN) or is_young(os.fstat(descriptor), patience)
    else:
        return False
    finally:
        os.close(descriptor)
