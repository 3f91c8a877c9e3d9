"""The graph: documents and listings by day, what is due from arXiv and GitHub, the star, and the published file."""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from pipeline import arxiv, github, sql
from pipeline.archive import SOURCES, subject_of
from pipeline.documents import Fetching, Held, fetch_documents
from pipeline.exchange import Exchange, Report
from pipeline.resources import Session
from pipeline.warehouse import TABLES, Warehouse

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill_policy on an asset is beta in Dagster 1.13

# Every calendar day since the first page of any source, today included once it has begun (UTC).
DAYS = dg.DailyPartitionsDefinition(start_date="2024-09-05", timezone="UTC", end_offset=1)
# A range is one run: an asset and day costs Dagster about 15 ms of events, a run some seconds.
WHOLE_RANGE = dg.BackfillPolicy.single_run()
# Which assets fill a staging table that a header of sql/load/ says it reads.
STAGED = {
    "document": ("documents",),
    "page": ("listings",),
    "listing": ("listings",),
    "listing_link": ("listings",),
    "rejected_row": ("listings",),
    "paper": ("arxiv_papers",),
    "repository": ("github_repositories",),
    "attempt": ("arxiv_papers", "github_repositories"),
}


class DocumentsConfig(dg.Config):
    """What to ask the sources for, of the days of the run."""

    only_missing: bool = False  # leave out days whose page is held or whose absence is settled


@dg.asset(partitions_def=DAYS, backfill_policy=WHOLE_RANGE, group_name="fetch", kinds={"markdown"})
def documents(
    context: dg.AssetExecutionContext, session: Session, config: DocumentsConfig
) -> dg.MaterializeResult[Any]:
    """Grain: one page per source and day, raw bytes as they came, kept in raw/ before anything reads them. An answer
    that brought no page is kept too: what it means is a row of fct_source_day. Rerun: asks again, keeps what is new.
    """
    days = [date.fromisoformat(key) for key in context.partition_keys]
    held, known = read_held(session.warehouse)
    notes: dict[str, dict[str, str]] = {}

    def keep(*exchanges: Exchange) -> None:
        session.warehouse.raw.keep(*exchanges, held=known)
        for exchange in exchanges:
            source_id, _, day = exchange.asked[0].rpartition("/")
            notes.setdefault(day, {})[source_id] = describe_answer(exchange)

    fetching = Fetching(session.settings, session.web, held, keep, config.only_missing)
    fetch_documents(fetching, days)
    for key in context.partition_keys:
        answers = notes.get(key, {})
        texts = {source.source_id: answers.get(source.source_id, "not asked: held already") for source in SOURCES}
        context.add_asset_metadata(texts, partition_key=key)
    return dg.MaterializeResult(
        metadata={"requests": fetching.requests, "answers": len(notes), "ways that failed": fetching.reasons}
    )


def read_held(warehouse: Warehouse) -> tuple[Held, frozenset[tuple[str, str]]]:
    """What need not be fetched again, and every page whose bytes are held, as Raw.keep wants to know them."""
    warehouse.take_in()
    rows = warehouse.rows("status", "held")
    blobs = {(source_id, day): blob for source_id, day, outcome, blob, _ in rows if blob and outcome != "failed"}
    absent = frozenset((source_id, day) for source_id, day, outcome, _, _ in rows if outcome == "absent")
    return Held(blobs, absent), frozenset((subject_of(row[0], row[1]), row[4]) for row in rows if row[4])


def describe_answer(exchange: Exchange) -> str:
    """Say in a few words what came for a page."""
    if exchange.status is None:
        return exchange.error or "no answer"
    size = f", {len(exchange.body):,} bytes" if exchange.status == 200 and exchange.body is not None else ""
    return f"{exchange.method} {exchange.status}{size}"


@dg.asset(
    partitions_def=DAYS, backfill_policy=WHOLE_RANGE, group_name="parse", deps=[documents], kinds={"polars", "duckdb"}
)
def listings(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per row of a page, as a listing or as a reject with a reason. Read by polars from raw/ into the
    staging tables; a page that changed stands beside the old one and counts. Rerun: same rows.
    """
    applied = session.warehouse.take_in()
    days = read_days(session.warehouse, context.partition_keys)
    for key in context.partition_keys:
        context.add_asset_metadata(describe_day(days.get(key, [])), partition_key=key)
    rows = [row for day in days.values() for row in day]
    failed = [
        f"{row['source_id']} {row['listing_date']}: {row['reason']}" for row in rows if row["outcome"] == "failed"
    ]
    for line in failed:
        context.log.error(line)
    return dg.MaterializeResult(
        metadata={
            "listings": sum(row["listing_count"] for row in rows),
            "rejected rows": sum(row["rejected_count"] for row in rows),
            "failed pages": failed,
            "raw files that cannot be read": applied.unreadable,
        }
    )


def read_days(warehouse: Warehouse, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what is settled of each day of a range, by partition key; a day of which nothing is has no entry."""
    columns = (
        "source_id",
        "listing_date",
        "outcome",
        "reason",
        "listing_count",
        "rejected_count",
        "sha256",
        "size_bytes",
        "fetched_at",
    )
    days: dict[str, list[dict[str, Any]]] = {}
    for row in warehouse.rows("status", "days", {"from_date": keys[0], "to_date": keys[-1]}):
        day = dict(zip(columns, row[: len(columns)], strict=True))
        days.setdefault(str(day["listing_date"]), []).append(day)
    return days


def describe_day(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Say what a day holds, source by source; a source of which nothing is settled is awaited."""
    found = {row["source_id"]: row for row in rows}
    lines = {source.source_id: found[source.source_id] for source in SOURCES if source.source_id in found}
    metadata: dict[str, Any] = {source.source_id: "not there yet" for source in SOURCES} | {
        source_id: f"{row['outcome']}: {row['listing_count']} listings, {row['rejected_count']} rejected rows"
        for source_id, row in lines.items()
    }
    return metadata | {"dagster/partition_row_count": sum(row["listing_count"] for row in lines.values())}


@dg.asset(group_name="enrich", deps=[listings], kinds={"python"})
def arxiv_papers(session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per paper and answer of arXiv. Asks for the papers that are due, a hundred a request, and keeps
    the answers in raw/; what arXiv does not answer stays pending for the next run. Rerun: asks for nothing twice.
    """
    due = read_due(session.warehouse, "papers")
    ids = [arxiv_id for arxiv_id, _ in due if arxiv.canonical_id(arxiv_id) == arxiv_id]
    settings = session.settings
    report = arxiv.fetch_papers(
        session.web,
        settings.arxiv_api_url,
        ids,
        interval_seconds=settings.arxiv_interval_seconds,
        keep=session.warehouse.raw.keep,
        witness=next((row[0] for row in session.warehouse.rows("due", "witness")), None),
    )
    return dg.MaterializeResult(metadata=describe_report(report, due))


@dg.asset(group_name="enrich", deps=[listings], kinds={"github"})
def github_repositories(session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per repository and answer of GitHub. Asks for the repositories that are due, with a token fifty a
    query, without one until the hour's quota is used up, and keeps the answers in raw/; the rest stays pending for the
    next run. Rerun: asks for nothing twice on one day.
    """
    due = read_due(session.warehouse, "repositories")
    settings = session.settings
    report = github.fetch_repositories(
        session.web,
        settings.github_api_url,
        [name for name, _ in due],
        token=settings.github_token,
        keep=session.warehouse.raw.keep,
    )
    return dg.MaterializeResult(metadata=describe_report(report, due))


def read_due(warehouse: Warehouse, what: str) -> list[tuple[str, bool]]:
    """Return what is due now, most valuable first, each with whether it was never answered for."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return [(subject, is_new) for subject, is_new in warehouse.rows("due", what, {"now": now})]


def describe_report(report: Report, due: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    """Say what a round of requests came to, with what was put off and why."""
    metadata: dict[str, Any] = {
        "due": len(due),
        "never answered before": sum(is_new for _, is_new in due),
        "requests": report.requests,
        "answered": report.answered,
        "deferred": len(report.deferred),
        "why deferred": report.reason or "nothing was",
    }
    if report.until:
        metadata["go on at"] = dg.MetadataValue.timestamp(report.until)
    if report.quota_left is not None:
        metadata["quota left"] = report.quota_left
    return metadata


def star_specs() -> Iterator[dg.AssetSpec]:
    """One asset a table: what it is and what it reads both stand in the header of its SQL file."""
    for table in TABLES:
        header = sql.describe("load", table)
        reads = {asset for name in re.findall(r"staging\.(\w+)", header) for asset in STAGED[name]}
        reads |= {name for name in TABLES if re.search(rf"\b{name}\b", header) and name != table}
        columns = [dg.TableColumn(name, kind, description=text) for name, (kind, text) in sql.columns(table).items()]
        yield dg.AssetSpec(
            table,
            deps=sorted(reads or {"listings"}),
            description=header,
            group_name="load",
            kinds={"duckdb", "sql"},
            metadata={"dagster/column_schema": dg.TableSchema(columns), "dagster/table_name": f"main.{table}"},
        )


@dg.multi_asset(specs=list(star_specs()), name="star")
def star(session: Session) -> Iterator[dg.MaterializeResult[Any]]:
    """Bring the star up to date with everything in raw/, all tables in one transaction of the private file."""
    session.warehouse.refresh()
    for table, (count, preview) in session.warehouse.preview().items():
        yield dg.MaterializeResult(
            asset_key=table, metadata={"dagster/row_count": count, "preview": dg.MetadataValue.md(preview)}
        )


@dg.asset(group_name="publish", deps=list(TABLES), kinds={"duckdb"})
def published_warehouse(session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one file, papers.duckdb, that readers open. Replaced in one atomic step after the checks have passed; an
    open reader keeps what it has. Rerun: no new file where nothing changed.
    """
    warehouse = session.warehouse
    warehouse.raw.bundle()
    warehouse.take_in()
    generation = warehouse.publish()
    size = warehouse.published.stat().st_size
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(warehouse.published)),
            "generation": generation.parent.name if generation else "unchanged",
            "size bytes": size,
        }
    )
