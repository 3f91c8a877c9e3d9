"""Runs whose process died without a word: reported as failed, so that Dagster does not wait for their end for ever.

Who holds the warehouse lock knows that nobody else writes. A run says in a tag that it writes, and takes that back
before it lets the lock go. So a run that says so while another holds the lock is dead, on whichever machine it ran.
Which warehouse that is, the tag says by an identity of the folder: containers have one path for disks of their own, and
one disk under several paths.
"""

import os
import re
import secrets
from collections.abc import Collection, Generator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from pipeline.core.errors import WarehouseError
from pipeline.core.files import open_plain, replacing
from pipeline.warehouse.lock import WAIT_SECONDS

TAG = "papers/lock"
RELEASED = "released"
# A run that holds no lock waits for it, and gives up after WAIT_SECONDS, or is about to end.
LONGEST_WITHOUT_LOCK = timedelta(seconds=2 * WAIT_SECONDS)
IDENTITY = ".identity"  # in the folder: a random text, made once
FORM = re.compile(rb"[0-9a-f]{32}")
UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
WHY = "The process of this run ended before the run did: it was killed, or the machine went down."


@contextmanager
def writing(instance: dg.DagsterInstance, run_id: str, folder: Path) -> Generator[None]:
    """Say in the run's tags that it writes, for as long as the block lasts. The caller holds the lock meanwhile."""
    instance.add_run_tags(run_id, {TAG: mark_of(folder)})
    try:
        yield
    finally:
        instance.add_run_tags(run_id, {TAG: RELEASED})


def mark_of(folder: Path) -> str:
    """Return what a run says in its tag while it writes in a folder. The caller holds the folder's lock."""
    return f"writes {identity_of(folder)}"


def identity_of(folder: Path) -> str:
    """Return the identity of a folder: 32 hexadecimal digits. One without, or with what is none, gets a new one.

    The caller holds the folder's lock. Raises WarehouseError if it cannot be written.
    """
    path = folder / IDENTITY
    with suppress(OSError), os.fdopen(open_plain(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        if FORM.fullmatch(found := file.read(33)):
            return found.decode()
    made = secrets.token_hex(16)
    try:
        with replacing(path) as part:
            part.write_text(made, "utf-8")
    except OSError as error:
        remedy = "make room, grant write permission, or remove what is there"
        raise WarehouseError(f"{path} cannot be written ({error.strerror}): {remedy}") from error
    return made


def report_dead_runs(instance: dg.DagsterInstance, folder: Path, now: datetime, own: str | None = None) -> list[str]:
    """Report as failed the runs that are over though the history does not know; return their ids. `own`: our run.

    The caller must hold the lock of the folder.
    """
    marks = {mark_of(folder), f"writes {folder.resolve()}"}  # as runs said before folders had an identity
    records = instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED))
    others = [record for record in records if record.dagster_run.run_id != own]
    dead = [record.dagster_run for record in others if is_dead(record, marks, now)]
    for run in dead:
        instance.report_run_failed(run, WHY)
    return [run.run_id for run in dead]


def is_dead(record: dg.RunRecord, marks: Collection[str], now: datetime) -> bool:
    mark = record.dagster_run.tags.get(TAG, RELEASED)
    if mark != RELEASED:
        return mark in marks  # else it writes another warehouse
    return record.start_time is not None and now.timestamp() - record.start_time > LONGEST_WITHOUT_LOCK.total_seconds()
