"""A backfill without writing: the same fetch and load on a copy of the warehouse, and what they would change there."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline.core.settings import Settings
from pipeline.http.client import Web
from pipeline.sources.fetch import Fetching, Held, fetch_documents
from pipeline.warehouse import lock
from pipeline.warehouse.build import TABLES, Warehouse, quoted

SourceDay = tuple[str, date]


def rehearse(settings: Settings, first: date, last: date, *, only_missing: bool) -> str:
    """Say what a backfill of the range would fetch and change. Asks for pages; writes nothing of the warehouse."""
    real = Warehouse(settings.warehouse_dir)
    with tempfile.TemporaryDirectory(prefix="papers-rehearsal-") as folder:
        copy = copy_warehouse(real, Path(folder))
        copy.refresh()
        held_before = read_held(copy)
        before = shutil.copyfile(copy.build, Path(folder) / "before.duckdb")
        days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
        with Web(settings.contact) as web:
            fetching = Fetching(settings, web, held_of(held_before), copy.raw.keep, only_missing)
            fetch_documents(fetching, days)
        copy.refresh()
        held_after = read_held(copy)
        changes = compare(copy, before)
    return "\n".join(describe(fetching, held_before, held_after, changes))


def copy_warehouse(real: Warehouse, folder: Path) -> Warehouse:
    """Copy the private files and lead to the raw ones, which nothing alters, while nobody else writes either."""
    copy = Warehouse(folder)
    if real.folder.is_dir():
        with lock.hold(real.folder, "papers backfill --dry-run"):
            shutil.copytree(real.private, copy.private, ignore=shutil.ignore_patterns("spill"), dirs_exist_ok=True)
            for path in real.raw.files():
                link = copy.raw.folder / path.relative_to(real.raw.folder)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path)
    return copy


def read_held(warehouse: Warehouse) -> dict[SourceDay, tuple[str, str | None]]:
    """Return outcome and blob hash by source and day."""
    return {(row[0], row[1]): (row[2], row[3]) for row in warehouse.rows("status", "held")}


def compare(warehouse: Warehouse, before: Path) -> list[tuple[str, int, int]]:
    """Return each table that differs from an earlier copy of the star, with how many rows came and how many went."""

    def work(connection: Any) -> list[tuple[str, int, int]]:
        connection.execute(f"attach '{quoted(before)}' as before (read_only)")
        return [(table, *count_changes(connection, table)) for table in TABLES]

    return [change for change in warehouse.use(work) if change[1] or change[2]]


def count_changes(connection: Any, table: str) -> tuple[int, int]:
    def count(kept: str, left_out: str) -> int:
        rows = connection.execute(f"select count(*) from (from {kept}.{table} except all from {left_out}.{table})")
        return rows.fetchall()[0][0]

    return count("build", "before"), count("before", "build")


def held_of(held: Mapping[SourceDay, tuple[str, str | None]]) -> Held:
    blobs = {day: blob for day, (outcome, blob) in held.items() if blob and outcome != "failed"}
    return Held(blobs, frozenset(day for day, (outcome, _) in held.items() if outcome == "absent"))


def describe(
    fetching: Fetching,
    held_before: Mapping[SourceDay, tuple[str, str | None]],
    held_after: Mapping[SourceDay, tuple[str, str | None]],
    changes: Sequence[tuple[str, int, int]],
) -> list[str]:
    pages = {day for day, (outcome, _) in held_after.items() if outcome in ("published", "empty")}
    were_pages = {day for day, (outcome, _) in held_before.items() if outcome in ("published", "empty")}
    altered = {day for day, held in held_after.items() if held_before.get(day) != held}
    lines = [f"{fetching.requests} requests for pages; nothing was written. A run would change:"]
    lines += say("days new", pages - were_pages)
    lines += say("days changed", pages & were_pages & altered)
    lines += say("days absent", {day for day in altered if held_after[day][0] == "absent"})
    lines += say("days failed", {day for day in altered if held_after[day][0] == "failed"})
    lines += say("days gone upstream, kept here", set(fetching.gone))
    lines += [f"  {table:30} {more:>10,} rows more, {less:>10,} rows less" for table, more, less in changes]
    lines += [] if changes else ["  no row of any table"]
    return lines + [f"  {reason}" for reason in fetching.reasons]


def say(what: str, days: set[SourceDay]) -> list[str]:
    if not days:
        return [f"  {what}: 0"]
    named = sorted(f"{day} {source_id}" for source_id, day in days)
    return [f"  {what}: {len(days)}  ({', '.join(named[:3])}{', …' if len(named) > 3 else ''})"]
