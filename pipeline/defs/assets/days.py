"""Daily-partitioned assets: the pages of a day, and their rows. Each day of a range shows its own outcome."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import dagster as dg

from pipeline.core.markdown_table import as_table
from pipeline.core.progress import Counter
from pipeline.core.settings import read_usable_settings
from pipeline.defs import beta
from pipeline.defs.assets.lineage import staged_schema
from pipeline.defs.assets.owners import OWNERS
from pipeline.defs.canary import BY_DAY
from pipeline.defs.day_summary import (
    PageResponse,
    describe_documents,
    describe_listings,
    describe_range,
    describe_unasked,
    failure_of,
)
from pipeline.defs.planning import ask_for_days
from pipeline.defs.resources import Session
from pipeline.http.exchange import Exchange
from pipeline.sources import registry
from pipeline.sources.fetching import Fetching
from pipeline.sources.source import Source
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import ids_of
from pipeline.warehouse.stored import read_bodies, read_stored

beta.accept()

MONTH = 31  # days

# Every calendar day from the first page of any source to today (UTC). Of any that is known, also one that SOURCES
# leaves out: no day that is stored may vanish with a setting.
DAYS = dg.DailyPartitionsDefinition(start_date=registry.first_day().isoformat(), timezone="UTC", end_offset=1)
# One run for a range: each asset and day costs about 15 ms of Dagster events, each run some seconds. Of a lake, one
# for each month or so: hosts run them side by side.
IN_LAKE = read_usable_settings()[0].warehouse_catalog is not None
RUNS = dg.BackfillPolicy.multi_run(MONTH) if IN_LAKE else dg.BackfillPolicy.single_run()
PUBLISH = "published_warehouse"  # the step that tells readers, and of the days of `listings`

# Of sql/status/days.sql, in order.
DAY_COLUMNS = (
    "source_id",
    "listing_date",
    "outcome",
    "reason",
    "correction_failure",
    "listing_count",
    "rejected_count",
    "sha256",
)

DayEvent = dg.AssetMaterialization | dg.AssetObservation


class DocumentsConfig(dg.Config):
    """Which days of the run to ask the sources for."""

    only_missing: bool = False  # skip days whose newest page can be read, or whose absence is final


@dg.asset(partitions_def=DAYS, backfill_policy=RUNS, group_name="fetch", kinds={"markdown"}, owners=OWNERS)
def documents(
    context: dg.AssetExecutionContext, session: Session, config: DocumentsConfig
) -> Iterator[DayEvent | dg.MaterializeResult[Any]]:
    """Grain: one page per source and day, raw bytes as received, stored in raw/ before anything reads them. Responses
    without a page are stored too; fct_source_day says what they mean. Only a day without a usable response fails: the
    rest of its range goes on. Rerun: asks again, stores what is new.
    """
    days = [date.fromisoformat(key) for key in context.partition_keys]
    sources = session.sources
    stored = read_stored(session.warehouse, session.web.now())
    unasked = describe_unasked(sources, days, stored, session.web.now())
    known = read_bodies(session.warehouse)
    received: list[str] = []

    def store(*exchanges: Exchange) -> None:
        session.warehouse.raw.store(*exchanges, known=known)
        received.extend(ids_of(exchanges))

    counter = Counter("days of pages", len(days) * len(sources), context.log.info)
    fetching = Fetching(session.settings, session.web, stored, store, config.only_missing, counter.advance)
    refusals = ask_for_days(fetching, days)
    responses = read_responses(session.warehouse, received)
    for day in days:
        found = responses.get(day, {})
        failed = {response.document_id: response.text for response in found.values() if response.outcome == "failed"}
        session.note_failures(day, failed)
        metadata = describe_documents(sources, day, found, stored, session.web.now())
        yield day_event("documents", day, metadata, [response.sha256 for response in found.values() if response.sha256])
    for reason in [*fetching.reasons, *fetching.refusals]:
        context.log.warning(reason)
    for refusal in refusals:
        session.note_refused_token(refusal)
    yield dg.MaterializeResult(
        metadata={
            **BY_DAY,
            "requests": fetching.requests,
            "days with responses": len(responses),
            "not asked": unasked,
            "ways that failed": list(fetching.reasons),
        }
    )


def read_responses(warehouse: Warehouse, received: Sequence[str]) -> dict[date, dict[str, PageResponse]]:
    """Load new raw files into staging, and return those responses for pages that were received, by day and document."""
    warehouse.load_raw()
    responses: dict[date, dict[str, PageResponse]] = {}
    for row in warehouse.rows("status", "responses", {"exchange_ids": received}):
        response = PageResponse(*row)
        responses.setdefault(response.day, {})[response.document_id] = response
    return responses


def day_event(asset: str, day: date, metadata: Mapping[str, Any], sha256: Sequence[str]) -> DayEvent:
    """Return a materialization of the day, also if the source has no page. A failed day gets an observation only, so
    that it turns red when the run ends.
    """
    text = f"{metadata['weekday']}: {metadata['outcome']}"
    values = {name: as_metadata(name, value) for name, value in metadata.items()}
    if metadata["outcome"] == "failed":
        return dg.AssetObservation(asset, partition=day.isoformat(), description=text, metadata=values)
    tags = {"dagster/data_version": "+".join(part[:16] for part in sha256)} if sha256 else {}
    return dg.AssetMaterialization(asset, partition=day.isoformat(), description=text, metadata=values, tags=tags)


def as_metadata(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return dg.MetadataValue.timestamp(value)
    return dg.MetadataValue.url(value) if name.endswith(" url") and value.startswith("http") else value


@dg.asset(
    partitions_def=DAYS,
    backfill_policy=RUNS,
    group_name="parse",
    deps=[documents],
    kinds={"polars", "duckdb"},
    owners=OWNERS,
    metadata={"dagster/column_schema": staged_schema("listings")},
)
def listings(context: dg.AssetExecutionContext, session: Session) -> Iterator[DayEvent | dg.MaterializeResult[Any]]:
    """Grain: one row per row of a page, a listing or a reject with a reason. Parsed by polars from raw/ into the
    staging tables; a changed page is added beside the old one and replaces it for readers. A day is told of once it is
    published, and fails, alone, if its page cannot be read, unless it has none. Why has a day no papers? Partitions,
    the day: its outcome, and a sentence for each source; for a failed day, see the last lines of the run. Rerun: same
    rows.
    """
    loaded = session.warehouse.load_raw()
    sources = session.sources
    keys, now = context.partition_keys, session.web.now()
    if not will_publish(context):
        yield from tell_listings(session, keys)
    days = read_days(session.warehouse, keys, sources)
    for key, rows in days.items():
        failures = {str(row["source_id"]): failure_of(row) for row in rows}
        failed = {source_id: failure for source_id, failure in failures.items() if failure}
        session.note_failures(date.fromisoformat(key), failed)
    rows = [row for day_rows in days.values() for row in day_rows]
    rows_by_day = {date.fromisoformat(key): day_rows for key, day_rows in days.items()}
    told = describe_range(sources, [date.fromisoformat(key) for key in keys], rows_by_day, now)
    yield dg.MaterializeResult(
        metadata={
            **BY_DAY,
            "listings": sum(row["listing_count"] for row in rows),
            "rejected rows": sum(row["rejected_count"] for row in rows),
            "sources": told,
            "raw files that cannot be read": loaded.unreadable,
        }
    )


def will_publish(context: dg.AssetExecutionContext) -> bool:
    """Whether this run comes to the publish. Then that tells of the days of `listings`: they are not green before, and
    a run that is cancelled leaves them to be offered again as missing.
    """
    steps = context.run.step_keys_to_execute
    return PUBLISH in (
        steps if steps is not None else {node.name for node in context.op_execution_context.job_def.nodes}
    )


def tell_listings(session: Session, keys: Sequence[str]) -> Iterator[DayEvent]:
    """Yield what the days of `listings` have, by what is stored."""
    sources, now = session.sources, session.web.now()
    days = read_days(session.warehouse, keys, sources)
    previews = read_previews(session.warehouse, keys)
    for key in keys:
        rows = days.get(key, [])
        metadata = describe_listings(sources, date.fromisoformat(key), rows, now)
        metadata["dagster/partition_row_count"] = metadata["listings"]
        if key in previews:
            metadata["first papers"] = dg.MetadataValue.md(previews[key])
        yield day_event("listings", date.fromisoformat(key), metadata, [r["sha256"] for r in rows if r["sha256"]])


def read_days(warehouse: Warehouse, keys: Sequence[str], sources: Sequence[Source]) -> dict[str, list[dict[str, Any]]]:
    """Return the final outcomes of a range, one for each source given, by partition key; a day may have no entry."""
    days: dict[str, list[dict[str, Any]]] = {}
    wanted = {source.source_id for source in sources}
    for row in warehouse.rows("status", "days", {"from_date": keys[0], "to_date": keys[-1]}):
        day: dict[str, Any] = dict(zip(DAY_COLUMNS, row, strict=True))
        if day["source_id"] in wanted:
            days.setdefault(str(day["listing_date"]), []).append(day)
    return days


def partition_keys(context: dg.OpExecutionContext) -> Sequence[str]:
    """Return the days of the run; none if a step runs by itself, without days."""
    return context.partition_keys if context.has_partition_key or context.has_partition_key_range else ()


def find_failures(session: Session, keys: Sequence[str]) -> Mapping[tuple[date, str], str]:
    """Return the failures of days, with the reason: of this run, and stored ones, which a run that resumes needs. Only
    for steps behind `listings`, since it looks once a run.
    """
    days, known = tuple(keys), session.stored_failures
    if days and days not in known:
        rows = [row for found in read_days(session.warehouse, days, session.sources).values() for row in found]
        stored = {(row["listing_date"], row["source_id"]): failure_of(row) for row in rows}
        known[days] = {source_day: failure for source_day, failure in stored.items() if failure}
    return {**known.get(days, {}), **session.failures}


def read_previews(warehouse: Warehouse, keys: Sequence[str]) -> dict[str, str]:
    """Return the first papers of each day as a markdown table, by partition key."""
    days: dict[str, list[tuple[Any, ...]]] = {}
    for day, *cells in warehouse.rows("status", "first_papers", {"from_date": keys[0], "to_date": keys[-1]}):
        days.setdefault(str(day), []).append(tuple(cells))
    return {day: as_table(("source", "paper", "title"), rows) for day, rows in days.items()}
