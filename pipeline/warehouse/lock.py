"""One writer at a time: a file lock, which the kernel releases when its process ends, however it ends."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.errors import WarehouseError

WAIT_SECONDS = 3600.0  # a first backfill with enrichment takes some minutes
POLL_SECONDS = 0.5


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

    Raises WarehouseError when the wait times out, or if the folder cannot be written.
    """
    path = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written ({error.strerror}): grant write permission, or set WAREHOUSE_DIR"
        ) from error
    try:
        acquire(descriptor, path, wait_seconds, report_waiting, sleep)
        note = {"pid": os.getpid(), "purpose": purpose, "since": datetime.now(UTC).isoformat(timespec="seconds")}
        with suppress(OSError):  # on a full disk the lock has no note
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(note).encode(), 0)
        yield
    finally:
        os.close(descriptor)


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


def find_holder(folder: Path) -> str | None:
    """Describe the process that is writing the warehouse now; None if there is none."""
    path = folder / ".lock"
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return describe_holder(path)
    except OSError:
        return None
    return None


def describe_holder(path: Path) -> str:
    """Describe the lock holder from its note in the lock file."""
    try:
        note = json.loads(path.read_text("utf-8"))
        return f"process {note['pid']} ({note['purpose']}, since {note['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "an unknown process"
