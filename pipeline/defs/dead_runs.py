"""Runs whose process died without a word: reported as failed, so that Dagster does not wait for their end for ever.

Who holds the warehouse lock knows that nobody else writes. A run says in a tag that it writes, and takes that back
before it lets the lock go. So a run that says so while another holds the lock is dead, on whichever machine it ran.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from pipeline.warehouse.lock import WAIT_SECONDS

TAG = "papers/lock"
RELEASED = "released"
# A run that holds no lock waits for it, and gives up after WAIT_SECONDS, or is about to end.
LONGEST_WITHOUT_LOCK = timedelta(seconds=2 * WAIT_SECONDS)
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
    return f"writes {folder.resolve()}"


def report_dead_runs(instance: dg.DagsterInstance, folder: Path, now: datetime, own: str | None = None) -> list[str]:
    """Report as failed the runs that are over though the history does not know; return their ids. `own`: our run.

    The caller must hold the lock of the folder.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED))
    others = [record for record in records if record.dagster_run.run_id != own]
    dead = [record.dagster_run for record in others if is_dead(record, folder, now)]
    for run in dead:
        instance.report_run_failed(run, WHY)
    return [run.run_id for run in dead]


def is_dead(record: dg.RunRecord, folder: Path, now: datetime) -> bool:
    mark = record.dagster_run.tags.get(TAG, RELEASED)
    if mark != RELEASED:
        return mark == mark_of(folder)  # else it writes another warehouse
    return record.start_time is not None and now.timestamp() - record.start_time > LONGEST_WITHOUT_LOCK.total_seconds()
