"""`papers backfill --dry-run`: show what a backfill would fetch and change, without writing anything."""

import sys
import tempfile
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click

from pipeline.commands.output import output
from pipeline.commands.run import report_waiting
from pipeline.core.settings import Settings
from pipeline.core.terminal import harmless
from pipeline.core.wording import amount_of
from pipeline.defs.day_summary import count_days, describe_unasked
from pipeline.defs.planning import ask_for_days
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.lake.store import Store
from pipeline.lake.warehouse import StoredWarehouse
from pipeline.sources.fetching import Fetching
from pipeline.sources.pages import DocumentDay, subject_of
from pipeline.sources.registry import choose_sources
from pipeline.sources.stored import Stored
from pipeline.warehouse import lock
from pipeline.warehouse.dry_load import Change, dry_load
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.stored import read_stored

NAMED_DAYS = 3
TOLD_FAILURES = 5


class Rehearsal(NamedTuple):
    """What a rehearsal says, and why a run would fail, if it would."""

    text: str
    failures: Sequence[str]


def rehearse(settings: Settings, first: date, last: date, *, only_missing: bool) -> None:
    """Print what a backfill would do; exit with status 1 if a run would fail."""
    rehearsal = dry_run_backfill(settings, first, last, only_missing=only_missing)
    click.echo(harmless(rehearsal.text))
    for failure in rehearsal.failures:
        output.fail(failure)
    if rehearsal.failures:
        sys.exit(1)


def dry_run_backfill(settings: Settings, first: date, last: date, *, only_missing: bool) -> Rehearsal:
    """Return what a backfill of the range would fetch and change. Fetches pages from the sources."""
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    exchanges: list[Exchange] = []

    def collect(*received: Exchange) -> None:
        exchanges.extend(received)

    with tempfile.TemporaryDirectory(prefix="papers-dry-run-") as folder:
        warehouse = choose_warehouse(settings, Path(folder))
        with writing(warehouse):
            before = read_stored(warehouse, datetime.now(UTC))
        with Web(settings.contact) as web:
            unasked = describe_unasked(choose_sources(settings.sources), days, before, web.now())
            fetching = Fetching(settings, web, before, collect, only_missing)
            refusals = ask_for_days(fetching, days)
        with writing(warehouse):
            warehouse.refresh()
            before = read_stored(warehouse)  # again: another run may have stored pages meanwhile
            after, changes = dry_load(warehouse, exchanges)
    asked = {subject for exchange in exchanges for subject in exchange.asked}
    failed = {day for day in after.failed if subject_of(*day) in asked}
    told = [
        f"{amount_of(fetching.requests, 'request')} for pages",
        *(f"  {why}" for why in [*unasked, *fetching.reasons, *refusals]),
    ]
    told += describe_changes(set(fetching.gone), failed, before, after, changes)
    count = f"{count_days({(day, document) for document, day in failed})} failed, as in a run"
    return Rehearsal("\n".join(told), [*([count] if failed else []), *refusals])


def choose_warehouse(settings: Settings, elsewhere: Path) -> Warehouse:
    """Return the warehouse of a folder, with private files elsewhere if it has no current ones.

    If nothing was ever fetched, return an empty warehouse elsewhere, so that the folder is not created. Where raw files
    are in a store, return one elsewhere that reads them and builds its star from all of them.
    """
    folder = settings.warehouse_dir
    if settings.warehouse_storage is not None:
        return StoredWarehouse(elsewhere, Store(settings.warehouse_storage))
    warehouse = Warehouse(folder)
    if not warehouse.raw.files():
        return Warehouse(elsewhere)
    return warehouse if warehouse.private.are_current() else Warehouse(folder, elsewhere / "private")


@contextmanager
def writing(warehouse: Warehouse) -> Generator[None]:
    with lock.hold(warehouse.folder, "papers backfill --dry-run", report_waiting=report_waiting):
        yield


def describe_changes(
    gone: Collection[DocumentDay],
    failed: set[DocumentDay],
    before: Stored,
    after: Stored,
    changes: Sequence[Change],
) -> Iterator[str]:
    """Yield the lines: days by what would change, and rows by table.

    A day that fails again is told, though nothing of it changes.
    """
    pages, were_pages = (with_outcome(stored, "published", "empty") for stored in (after, before))
    altered = {day for day in after.outcomes if state_of(after, day) != state_of(before, day)} - failed
    yield "A run would change:"
    yield name_days("days new", pages - were_pages - failed)
    yield name_days("days changed", pages & were_pages & altered)
    yield name_days("days absent", with_outcome(after, "absent") & altered)
    yield name_days("days failed", failed)
    yield from tell_failures(failed, after)
    yield name_days("days gone upstream, kept here", gone)
    for change in changes:
        added, removed = amount_of(change.added, "row"), amount_of(change.removed, "row")
        yield f"  {change.table:30} {added:>15} more, {removed:>15} less"
    if not changes:
        yield "  no row of any table"
    yield "dry run: nothing was written; without --dry-run, the run does this"


def tell_failures(failed: Iterable[DocumentDay], after: Stored) -> Iterator[str]:
    """Yield the reasons of the first days that failed, and how many more there are."""
    days = sorted(failed, key=lambda each: (each[1], each[0]))
    for document_id, day in days[:TOLD_FAILURES]:
        yield f"    {day} {document_id}: {after.reasons.get((document_id, day), 'its newest answer is no page')}"
    if len(days) > TOLD_FAILURES:
        yield f"    … {len(days) - TOLD_FAILURES} more"


def with_outcome(stored: Stored, *wanted: str) -> set[DocumentDay]:
    return {day for day, outcome in stored.outcomes.items() if outcome in wanted}


def state_of(stored: Stored, day: DocumentDay) -> tuple[object, ...]:
    """Return what differs if a day changes."""
    return stored.outcomes.get(day), stored.blobs.get(day), stored.shown.get(day), day in stored.failed


def name_days(what: str, days: Iterable[DocumentDay]) -> str:
    """Return the number of days, and the first few by name."""
    named = sorted(f"{day} {document_id}" for document_id, day in days)
    some = f"  ({', '.join(named[:NAMED_DAYS])}{', …' if len(named) > NAMED_DAYS else ''})" if named else ""
    return f"  {what}: {len(named)}{some}"
