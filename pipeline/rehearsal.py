"""A backfill without writing: the same fetch and load on a copy of the private files, and what they would change."""

import shutil
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline import lock
from pipeline.documents import Fetching, Held, fetch_documents
from pipeline.settings import Settings
from pipeline.warehouse import TABLES, Warehouse
from pipeline.web import Web

SourceDay = tuple[str, date]


def rehearse(settings: Settings, first: date, last: date, *, only_missing: bool) -> str:
    """Say what a backfill of the range would fetch and change. Asks for pages; writes nothing of the warehouse."""
    real = Warehouse(settings.warehouse_dir)
    with tempfile.TemporaryDirectory(prefix="papers-rehearsal-") as folder:
        copy = copy_private(real, Path(folder))
        before, held_before = measure(copy)
        days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        fetching = Fetching(settings, Web(settings.contact), held_of(held_before), copy.raw.keep, only_missing)
        fetch_documents(fetching, days)
        copy.refresh()
        after, held_after = measure(copy)
    return "\n".join(describe(fetching, held_before, held_after, before, after))


def copy_private(real: Warehouse, folder: Path) -> Warehouse:
    """Copy the private files while nobody writes them; what is in raw/ and not in them yet does not count."""
    copy = Warehouse(folder)
    if real.private.is_dir():
        with lock.hold(real.folder, "papers backfill --dry-run"):
            shutil.copytree(real.private, copy.private, ignore=shutil.ignore_patterns("spill"))
    return copy


def measure(warehouse: Warehouse) -> tuple[dict[str, int], dict[SourceDay, tuple[str, str | None]]]:
    """Return rows by table, and outcome and blob hash by source and day."""
    warehouse.refresh()
    counts = {table: count for table, (count, _) in warehouse.preview().items()}
    held = {(row[0], row[1]): (row[2], row[3]) for row in warehouse.rows("status", "held")}
    return counts, held


def held_of(held: Mapping[SourceDay, tuple[str, str | None]]) -> Held:
    blobs = {day: blob for day, (outcome, blob) in held.items() if blob and outcome != "failed"}
    return Held(blobs, frozenset(day for day, (outcome, _) in held.items() if outcome == "absent"))


def describe(
    fetching: Fetching,
    held_before: Mapping[SourceDay, Any],
    held_after: Mapping[SourceDay, Any],
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> list[str]:
    pages = {day for day, (outcome, _) in held_after.items() if outcome in ("published", "empty")}
    lines = [f"{fetching.requests} requests for pages; nothing was written. A run would change:"]
    lines += say("days new", pages - held_before.keys())
    lines += say("days changed", {day for day in pages & held_before.keys() if held_before[day] != held_after[day]})
    lines += say(
        "days absent", {day for day in held_after.keys() - held_before.keys() if held_after[day][0] == "absent"}
    )
    lines += say("days failed", {day for day, (outcome, _) in held_after.items() if outcome == "failed"})
    lines += say("days gone upstream, kept here", set(fetching.gone))
    changed = [table for table in TABLES if before[table] != after[table]]
    lines += [f"  {table:30} {before[table]:>10,} -> {after[table]:>10,} rows" for table in changed] or [
        "  no row of any table"
    ]
    return lines + [f"  {reason}" for reason in fetching.reasons]


def say(what: str, days: set[SourceDay]) -> list[str]:
    if not days:
        return [f"  {what}: 0"]
    named = sorted(f"{day} {source_id}" for source_id, day in days)
    return [f"  {what}: {len(days)}  ({', '.join(named[:3])}{', …' if len(named) > 3 else ''})"]
