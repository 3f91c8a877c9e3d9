"""Rate limit for one host: a pause after each response, shared by all processes of this user on this machine."""

import fcntl
import hashlib
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Turns(Protocol):
    """A rate limit: whoever asks does so in a turn."""

    def turn(self) -> AbstractContextManager[None]:
        """Wait for our turn. Send the request inside the block."""
        ...


class Pace:
    """At least `interval_seconds` between a response and the next request, and one request at a time.

    A file named for `host` holds the time of the last response and is locked during a request. If it cannot be used
    (another owner, a link, a full disk), a warning is logged and the limit holds in this process only.
    """

    def __init__(
        self,
        host: str,
        interval_seconds: float,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        folder: Path | None = None,
    ) -> None:
        self._interval = interval_seconds
        self._now, self._sleep, self._monotonic = now, sleep, monotonic
        self._folder = folder or Path(tempfile.gettempdir()) / f"daily-ai-papers-{os.getuid()}"
        self._path = self._folder / f"{hashlib.sha256(host.encode()).hexdigest()[:16]}.pace"
        self._is_shared = interval_seconds > 0  # no pause needs no file
        self._last_answer = float("-inf")  # of this object, on the monotonic clock

    @contextmanager
    def turn(self) -> Generator[None, None, None]:
        """Wait for our turn. Send the request inside the block; the interval starts when the block ends."""
        file = self._lock()
        try:
            self._wait(file)
            self._stamp(file)  # also before the request, which a process killed in between has still sent
            try:
                yield
            finally:
                self._stamp(file)
        finally:
            if file is not None:
                os.close(file)  # releases the lock too

    def _wait(self, file: int | None) -> None:
        here = self._last_answer + self._interval - self._monotonic()
        anywhere = 0.0 if file is None else self._read(file) + self._interval - self._now().timestamp()
        # At most one interval: a time in the future only means that a clock was set back.
        wait = min(max(here, anywhere), self._interval)
        if wait > 0:
            self._sleep(wait)

    def _read(self, file: int) -> float:
        text = os.pread(file, 64, 0)
        try:
            return float(text) if text else float("-inf")
        except ValueError:
            return float("inf")  # unreadable: wait a whole interval

    def _stamp(self, file: int | None) -> None:
        self._last_answer = self._monotonic()
        if file is not None:
            try:
                os.ftruncate(file, os.pwrite(file, f"{self._now().timestamp():020.6f}".encode(), 0))
            except OSError as error:
                logger.warning("The pace file %s cannot be written: %s", self._path, error.strerror)

    def _lock(self) -> int | None:
        if not self._is_shared:
            return None
        try:
            return open_locked(self._path)
        except OSError as error:
            logger.warning(
                "The pace file %s cannot be used (%s): the rate limit holds in this process only; remove the file",
                self._path,
                error.strerror,
            )
            self._is_shared = False  # warn once
            return None


def open_locked(path: Path) -> int:
    """Open a file of ours in a folder of ours, lock it, and return its descriptor. Raises OSError.

    Waits while another process holds the lock, which is one request. Everybody may write beside the folder, so links
    and anything owned by somebody else are refused.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    check_ours(os.lstat(path.parent), stat.S_ISDIR)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        check_ours(os.fstat(file), stat.S_ISREG)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:
        os.close(file)
        raise
    return file


def check_ours(status: os.stat_result, is_kind: Callable[[int], bool]) -> None:
    """Raise PermissionError unless we own it, only we may write to it, and it is of the expected kind."""
    if status.st_uid != os.getuid() or status.st_mode & 0o022 or not is_kind(status.st_mode):
        raise PermissionError(1, "it belongs to somebody else or is open to others")
