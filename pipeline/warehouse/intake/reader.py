"""Bodies are read in a process of its own: one that ends it, or never ends, costs itself and not the run.

A group that ends the process is halved until the body is found that is to blame; one that outlasts its deadline is read
body by body, since each of its parts with that body would cost a deadline more. A body alone is read again if the
process ended, as somebody may have killed it. The pages of a look at a feed count as one body. The process is started
at the first use, in a quarter of a second, and ends when it is idle, or with ours. Responses without
anything to parse need none: a quiet run has no others.
"""

import atexit
import math
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl

from pipeline.core.errors import WarehouseError
from pipeline.core.terminal import one_line
from pipeline.sources.feeds.looks import look_of
from pipeline.warehouse.intake.bodies import read_exchanges
from pipeline.warehouse.intake.days import leave_out_pages, subject_of
from pipeline.warehouse.intake.frames import Frames, merge

DEADLINE_SECONDS = 20  # of CPU, for any number of bodies; a page takes milliseconds
SECONDS_A_MEGABYTE = 10  # and this in addition; the slowest page takes half a second
PATIENCE = 10  # times as long by the clock: a machine that does much else is no fault of the body
START_SECONDS = 120  # until the process is ready
IDLE_SECONDS = 60  # after which it ends
READY = "ready"
LATE = signal.SIGPROF.name  # of the timer that counts its CPU
PROGRAM = "from pipeline.warehouse.intake import reader; reader.serve(wire)"


@dataclass(frozen=True)
class Failure:
    """Why a group could not be read; `may_pass`: another try may succeed; `is_late`: it outlasted its deadline."""

    reason: str
    may_pass: bool = False
    is_late: bool = False


class Reader:
    """The process that reads, started when it is needed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: Connection[Any, Any] | None = None
        self._owner = 0  # a fork of our process must not use our reader
        self._is_ready = False

    def start(self) -> None:
        """Let the process start while ours does other things."""
        with self._lock:
            self._start()

    def read(self, exchanges: pl.DataFrame) -> Frames | Failure:
        """Return read_exchanges(exchanges), or why that did not end well. Raises WarehouseError without a process."""
        seconds = deadline(exchanges)
        with self._lock:
            wire = self._start()
            self._wait_until_ready(wire)
            try:
                wire.send((exchanges, seconds))
                if not wire.poll(seconds * PATIENCE):
                    self._end()
                    return too_late(seconds)
                answer: Frames | Failure = wire.recv()
            except (EOFError, OSError):
                how = self._end()
                if how == LATE:
                    return too_late(seconds)
                return Failure(f"reading it ends the process ({how})", may_pass=True)
            except BaseException:
                self._end()
                raise
        return answer

    def close(self) -> None:
        """Let the process end, if there is one."""
        if self._owner == os.getpid():
            self._end()

    def _start(self) -> "Connection[Any, Any]":
        if self._process is not None and self._process.poll() is not None:
            self._end()  # it was idle
        if self._wire is not None and self._owner == os.getpid():
            return self._wire
        self._wire, theirs = Pipe()
        self._owner, self._is_ready = os.getpid(), False
        program = f"import sys; sys.path[:] = {sys.path!r}; wire = {theirs.fileno()}; {PROGRAM}"
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and code
                [sys.executable, "-c", program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for us
            )
        return self._wire

    def _wait_until_ready(self, wire: "Connection[Any, Any]") -> None:
        with suppress(EOFError, OSError):
            self._is_ready = self._is_ready or (wire.poll(START_SECONDS) and wire.recv() == READY)
        if not self._is_ready:
            raise WarehouseError(f"the process that reads responses does not start ({self._end()}): run again")

    def _end(self) -> str:
        """End the process; return how it ended."""
        process, wire, self._process, self._wire = self._process, self._wire, None, None
        if process is None or wire is None:
            return "not started"
        wire.close()  # which ends it, unless it is stuck
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return name_status(process.returncode)


READER = Reader()
atexit.register(READER.close)


def read_apart(exchanges: pl.DataFrame) -> tuple[Frames, dict[str, str]]:
    """Return what responses say, as read_exchanges, and by exchange_id why those left out could not be read."""
    if exchanges.is_empty():
        return {}, {}
    if not have_content(exchanges):
        return read_exchanges(exchanges), {}
    found = READER.read(exchanges)
    if not isinstance(found, Failure):
        return found, {}
    parts = part_bodies(exchanges)
    if len(parts) == 1:
        return read_again(exchanges, found)
    middle = len(parts) // 2
    return read_parts(parts if found.is_late else [pl.concat(parts[:middle]), pl.concat(parts[middle:])])


def read_again(body: pl.DataFrame, failure: Failure) -> tuple[Frames, dict[str, str]]:
    """Return what read_apart does of a body alone, at which reading has failed once."""
    found = READER.read(body) if failure.may_pass else failure
    return ({}, dict.fromkeys(body["exchange_id"], found.reason)) if isinstance(found, Failure) else (found, {})


def part_bodies(exchanges: pl.DataFrame) -> list[pl.DataFrame]:
    """Return responses apart, in order; the pages of a look at a feed, which are read as one, together."""
    rows = exchanges.select("service", "asked", "headers", "exchange_id").iter_rows(named=True)
    bodies = [(subject_of(row), look_of(row)) if row["service"] == "feed" else (row["exchange_id"],) for row in rows]
    numbers = {body: number for number, body in enumerate(dict.fromkeys(bodies))}
    numbered = exchanges.with_columns(body_number=pl.Series([numbers[body] for body in bodies], dtype=pl.Int64))
    return numbered.partition_by("body_number", maintain_order=True, include_key=False)


def read_parts(parts: Iterable[pl.DataFrame]) -> tuple[Frames, dict[str, str]]:
    """Return what read_apart does of all parts; a page that several show has the rows of the first."""
    frames: Frames = {}
    unread: dict[str, str] = {}
    for part in parts:
        found, failed = read_apart(part)
        if "page" in frames:
            found = leave_out_pages(found, frames["page"])  # each part has the rows of its pages
        frames = merge([frames, found])
        unread |= failed
    return frames, unread


def have_content(exchanges: pl.DataFrame) -> bool:
    """Whether there is a body to parse: a page that came again has none, and a file that is not there is no page."""
    is_no_page = (pl.col("service") == "archive") & pl.col("status").ne_missing(200)
    return not exchanges.filter(pl.col("body").is_not_null() & ~is_no_page).is_empty()


def deadline(exchanges: pl.DataFrame) -> int:
    """Return the seconds of CPU that reading may take."""
    size = int(exchanges["body"].bin.size().sum() or 0)
    return math.ceil(DEADLINE_SECONDS + size / 1e6 * SECONDS_A_MEGABYTE)


def too_late(seconds: int) -> Failure:
    return Failure(f"reading it takes longer than {seconds} s", is_late=True)


def name_status(status: int) -> str:
    """Return an exit status in words, or the signal that ended a process."""
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def serve(descriptor: int) -> None:
    """Be the process: read what comes over the wire, until it is closed or nothing comes any more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # where memory runs out, Linux ends this process and not the run
        Path("/proc/self/oom_score_adj").write_text("1000")
    wire: Connection[Any, Any] = Connection(descriptor)
    wire.send(READY)
    while wire.poll(IDLE_SECONDS):
        try:
            exchanges, seconds = wire.recv()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)  # ends this process, whatever it is at
        signal.alarm(seconds * PATIENCE + 1)  # and so does this, if ours is no longer there to do it
        answer = try_to_read(exchanges)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        wire.send(answer)


def try_to_read(exchanges: pl.DataFrame) -> Frames | Failure:
    try:
        return read_exchanges(exchanges)
    except BaseException as error:  # a panic of polars is no Exception
        return Failure(f"reading it fails: {one_line(f'{type(error).__name__}: {error}')[:200]}")
