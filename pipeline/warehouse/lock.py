"""One writer at a time: a lock that the kernel lets go of when its holder dies, however it dies."""

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
    tell: Callable[[str], None] = lambda holder: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[None]:
    """Hold the warehouse of a folder for writing; `tell` is told once who holds it, where it must wait.

    Raises WarehouseError naming the holder when the wait is over, or the folder where it cannot be written.
    """
    path = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise WarehouseError(
            f"{folder} cannot be written ({error.strerror}): give the right to write, or set WAREHOUSE_DIR"
        ) from error
    try:
        acquire(descriptor, path, wait_seconds, tell, sleep)
        note = {"pid": os.getpid(), "purpose": purpose, "since": datetime.now(UTC).isoformat(timespec="seconds")}
        with suppress(OSError):  # a full disk: it is locked all the same, without saying by whom
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(note).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def acquire(
    descriptor: int, path: Path, wait_seconds: float, tell: Callable[[str], None], sleep: Callable[[float], None]
) -> None:
    waited = 0.0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if waited == 0:
                tell(describe_holder(path))
            if waited >= wait_seconds:
                raise WarehouseError(
                    f"{path.parent} is being written by {describe_holder(path)}: wait for it to end, or end it"
                ) from None
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS


def find_holder(folder: Path) -> str | None:
    """Say who writes the warehouse of a folder now; None where nobody does."""
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
    """Name the process that the lock file speaks of, as it wrote itself down."""
    try:
        note = json.loads(path.read_text("utf-8"))
        return f"process {note['pid']} ({note['purpose']}, since {note['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process, which has not said which"
