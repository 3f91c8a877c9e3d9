"""What Dagster's history forgets, so that years of runs stay small. It has no retention of runs and events itself.

For a month everything is kept. Then a run keeps its beginning, its end and its failures, and of each asset, day and
check the newest outcome stays for ever: they are what the UI shows as its state. After a year whole runs go. Ticks have
their retention in dagster.yaml. A UI that is open reads on meanwhile: each part is one short transaction.
"""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from sqlalchemy.exc import OperationalError

from pipeline.core import sql_files
from pipeline.defs.history.eventlog import NAME, EventLog

log = logging.getLogger(__name__)

DETAILS, RUNS = timedelta(days=30), timedelta(days=366)
PAUSE = timedelta(days=1)
STAMP = "pruned"  # beside the events; its time says when that was done last
RUN_FILE = "????????-????-????-????-????????????.db"  # of the events of one run, as Dagster's own storage writes them


def prune(instance: dg.DagsterInstance, now: datetime) -> None:
    """Forget what is old, once a day. A history that is not ours, as one in PostgreSQL, is left alone."""
    events = instance.event_log_storage
    if not isinstance(events, EventLog) or not is_due(events.folder / STAMP, now):
        return
    try:
        forget(instance, events, now)
    except (OperationalError, OSError) as error:  # a disk that is full, or a UI that writes for half a minute
        log.warning("Dagster's history could not be pruned, and will be at the next run: %s", error)
        return
    (events.folder / STAMP).touch()
    os.utime(events.folder / STAMP, (now.timestamp(), now.timestamp()))


def is_due(stamp: Path, now: datetime) -> bool:
    try:
        return abs(now.timestamp() - stamp.stat().st_mtime) >= PAUSE.total_seconds()
    except FileNotFoundError:
        return True


def forget(instance: dg.DagsterInstance, events: EventLog, now: datetime) -> None:
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    old = instance.get_run_ids(dg.RunsFilter(statuses=ended, created_before=now - RUNS))
    events.forget(sql_files.read_sql("history", "forget"), (now - DETAILS).astimezone(UTC).replace(tzinfo=None), old)
    for run_id in old:
        instance.run_storage.delete_run(run_id)
    for path in old_files(instance, events.folder, now - DETAILS):
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            path.unlink()


def old_files(instance: dg.DagsterInstance, folder: Path, before: datetime) -> Iterator[Path]:
    """Yield the files of runs from before a moment: events, where Dagster's own storage had them, and output."""
    paths = [path for path in folder.glob(RUN_FILE) if path.name != NAME]
    logs = instance.compute_log_manager
    if isinstance(logs, LocalComputeLogManager):
        paths += Path(instance.storage_directory()).glob(RUN_FILE.removesuffix(".db"))
    yield from (path for path in paths if path.stat().st_mtime < before.timestamp())
