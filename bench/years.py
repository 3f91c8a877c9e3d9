"""Three years of daily runs: what a quiet run leaves, replayed for each day with its time moved, and pruned each day."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.backfill import backfill, new_home
from bench.pages import open_archive
from bench.timing import last_json, run, table
from pipeline.core.files import size_of
from pipeline.standin import Standin

YEARS = 3
SHOWN = (1, 30, 60, 366, 730, 365 * YEARS)  # days after which the history is measured
TOKEN = "for-the-stand-in"
LOADED = 12  # days before the quiet run


def measure() -> str:
    with open_archive() as archive, Standin(archive.folder, None, token=TOKEN) as standin, new_home(standin) as home:
        days = archive.days()[:LOADED]
        backfill(home, days[0], days[-1])
        run(["-m", "pipeline", "run", "--date", str(days[-1])], home)
        raw = size_of(Path(home["WAREHOUSE_DIR"]) / "raw")
        run(["-m", "pipeline", "run", "--date", str(days[-1])], home)
        raw = size_of(Path(home["WAREHOUSE_DIR"]) / "raw") - raw
        sizes = last_json(run(["-m", "bench.years", str(days[-1])], home).output)
    rows = [(f"{int(day):,}", f"{size / 1e6:.1f}", f"{size / 1e3 / int(day):.0f}") for day, size in sizes.items()]
    return (
        f"A quiet run a day for {YEARS} years: the events of a real one are stored again for every day, with the time of "
        "that day, and old ones are forgotten as after any run.\n\n"
        + table(("days", "Dagster's history, MB", "kB a run so far"), rows)
        + f"\n\nA quiet run adds {raw / 1e3:.0f} kB to raw/ ({raw * 365 * YEARS / 1e6:.0f} MB in {YEARS} years) and nothing to "
        "the published file. What days with papers add to both stands under Growth, by listing."
    )


def replay(day: date) -> dict[int, int]:
    """Run a day once in this process, then its events for each day to come; return the bytes of the history by days."""
    from pipeline.commands.job import run_days
    from pipeline.defs.history.eventlog import EventLog
    from pipeline.defs.instance import open_instance

    batches: list[Sequence[Any]] = []
    store, store_batch = EventLog.store_event, EventLog.store_event_batch

    def record(self: EventLog, event: Any) -> None:
        batches.append([event])
        store(self, event)

    def record_batch(self: EventLog, events: Any) -> None:
        batches.append(events)
        store_batch(self, events)

    EventLog.store_event, EventLog.store_event_batch = record, record_batch
    run_id = run_days(day, day).run_id
    EventLog.store_event, EventLog.store_event_batch = store, store_batch
    with open_instance() as instance:
        ran = instance.get_run_by_id(run_id)  # it is forgotten itself after a year
        return {shown: store_days(instance, ran, batches, days) for shown, days in parts().items()}


def parts() -> dict[int, range]:
    """Return the days to store, by the day at whose end the history is measured."""
    return {shown: range(before, shown) for before, shown in zip((0, *SHOWN), SHOWN, strict=False)}


def store_days(instance: Any, ran: Any, batches: Sequence[Sequence[Any]], days: range) -> int:
    from sqlalchemy import text

    from pipeline.defs.history.retention import prune

    log, runs = instance.event_log_storage, instance.run_storage
    for number in days:
        later, name = timedelta(days=number + 1), str(uuid4())
        runs.add_run(ran._replace(run_id=name))
        at = (datetime.now(UTC) + later).replace(tzinfo=None)
        with runs.connect() as connection:
            change = text("update runs set create_timestamp = :at, update_timestamp = :at where run_id = :name")
            connection.execute(change, {"at": at, "name": name})
        for events in batches:
            moved = [event._replace(run_id=name, timestamp=event.timestamp + later.total_seconds()) for event in events]
            log.store_event_batch(moved) if len(moved) > 1 else log.store_event(moved[0])
        prune(instance, datetime.now(UTC) + later)
    return size_of(Path(log.folder).parent)


if __name__ == "__main__":
    print(json.dumps(replay(date.fromisoformat(sys.argv[1]))))
