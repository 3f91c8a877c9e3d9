"""One writer at a time: a file lock, which the kernel releases when its process ends, however it ends."""

import errno
import fcntl
import json
import os
import struct
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.errors import WarehouseError
from pipeline.core.files import forbid_world_writing, open_plain
from pipeline.core.terminal import one_line

WAIT_SECONDS = 3600.0  # a first backfill with enrichment takes some minutes
POLL_SECONDS = 0.5
NOTE_BYTES = 1000  # of a lock file that are read
# struct flock: type, whence, start, length, pid: https://man7.org/linux/man-pages/man2/fcntl_locking.2.html
FLOCK = "hhqqi4x"


@contextmanager
def hold(
    folder: Path,
    purpose: str,
    *,
    wait_seconds: float = WAIT_SECONDS,
    report_waiting: Callable[[str], None] = lambda holder: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[None]:
    """Hold the write lock of a warehouse folder. If it must wait, `report_waiting` is called once with the holder.

    From now on, nothing that this process writes is writable by everybody.

    Raises WarehouseError when the wait times out, or if the folder cannot be written.
    """
    path = folder / ".lock"
    forbid_world_writing()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = open_plain(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EINVAL):
            raise WarehouseError(f"{path} cannot be used ({error.strerror}): remove it") from error
        raise WarehouseError(
            f"{folder} cannot be written ({error.strerror}): grant write permission, or set WAREHOUSE_DIR"
        ) from error
    try:
        acquire(descriptor, path, wait_seconds, report_waiting, sleep)
        write_note(descriptor, purpose)
        yield
    finally:
        os.close(descriptor)


def write_note(descriptor: int, purpose: str) -> None:
    """Write who holds the lock; on a full disk it has no note."""
    note = {"pid": os.getpid(), "purpose": purpose, "since": datetime.now(UTC).isoformat(timespec="seconds")}
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(note).encode(), 0)


def acquire(
    descriptor: int,
    path: Path,
    wait_seconds: float,
    report_waiting: Callable[[str], None],
    sleep: Callable[[float], None],
) -> None:
    waited = 0.0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            show_lock(descriptor)
            return
        except BlockingIOError:
            if waited == 0:
                report_waiting(describe_holder(path))
            if waited >= wait_seconds:
                raise WarehouseError(
                    f"{path.parent} is being written by {describe_holder(path)}: wait until it ends, or stop it"
                ) from None
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS


def show_lock(descriptor: int) -> None:
    """Take a second lock, beside that of flock, for those who look: one that can be asked for without being taken."""
    if sys.platform == "linux":
        with suppress(OSError):  # a file system without it
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0))


def is_held(descriptor: int) -> bool:
    """Whether somebody holds the lock. On Linux this takes none, so that no writer is refused because of a look."""
    if sys.platform == "linux":
        with suppress(OSError):
            found = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, struct.pack(FLOCK, fcntl.F_RDLCK, 0, 0, 0, 0))
            return struct.unpack(FLOCK, found)[0] != fcntl.F_UNLCK
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def find_holder(folder: Path) -> str | None:
    """Describe the process that is writing the warehouse now; None if there is none."""
    path = folder / ".lock"
    try:
        descriptor = open_plain(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return describe_holder(path) if is_held(descriptor) else None
    finally:
        os.close(descriptor)


def describe_holder(path: Path) -> str:
    """Describe the lock holder from its note in the lock file, in one harmless line."""
    try:
        descriptor = open_plain(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            note = json.loads(file.read(NOTE_BYTES))
        return one_line(f"process {note['pid']} ({note['purpose']}, since {note['since']})")
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "an unknown process"
