"""A folder that is replaced as a whole: written beside it and swapped. What a process that died leaves is mended."""

import ctypes
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.core.errors import WarehouseError

NEW, PART, OLD = ".new", ".part", ".old"
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
            replace_folder(part, to)
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


def replace_folder(part: Path, to: Path) -> None:
    """Move `part` to `to`: in one step if the system can exchange folders, else the old one is first moved aside."""
    if not to.exists():
        part.rename(to)
        return
    if exchange(part, to):
        return
    old = part.with_suffix(OLD)
    to.rename(old)
    try:
        part.rename(to)
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
        is_part = path.suffix == PART
        if (is_part or (path.suffix == OLD and not is_held(path.with_suffix(PART)))) and is_left(path):
            yield path


def is_left(path: Path) -> bool:
    """Whether a path is a folder of this user, and no process holds it."""
    return not path.is_symlink() and path.is_dir() and path.stat().st_uid == os.geteuid() and not is_held(path)


def is_held(folder: Path) -> bool:
    """Whether a process works in a folder; True also where that cannot be known, False if there is none."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
