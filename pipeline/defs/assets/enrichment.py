"""Enrichment: fetch the papers and repositories that are due, on whichever day they were listed; defer the rest."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from pipeline.core.progress import Counter
from pipeline.defs.assets.days import OWNERS, listings
from pipeline.defs.assets.lineage import staged_schema
from pipeline.defs.resources import Session
from pipeline.http.exchange import Exchange, Report
from pipeline.read.status import save_report
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.github.client import RESERVED_REQUESTS, fetch_repositories
from pipeline.warehouse.folder import Warehouse


@dg.asset(
    group_name="enrich",
    deps=[listings],
    kinds={"python"},
    owners=OWNERS,
    metadata={"dagster/column_schema": staged_schema("arxiv_papers")},
)
def arxiv_papers(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per paper and response of arXiv. Asks for the papers that are due, a hundred per request, and
    stores the responses in raw/; papers without an answer stay pending for the next run. Rerun: asks for nothing twice.
    """
    due = read_due(session.warehouse, "papers")
    ids = [arxiv_id for arxiv_id, _ in due]
    settings = session.settings
    report = fetch_papers(
        session.web,
        settings.arxiv_api_url,
        ids,
        interval_seconds=settings.arxiv_interval_seconds,
        store=store_and_count(session.warehouse, Counter("papers from arXiv", len(ids), context.log.info)),
        control_id=next((row[0] for row in session.warehouse.rows("due", "control_id")), None),
    )
    return service_result(context, session.warehouse, "arxiv", report, due)


@dg.asset(
    group_name="enrich",
    deps=[listings],
    kinds={"github"},
    owners=OWNERS,
    metadata={"dagster/column_schema": staged_schema("github_repositories")},
)
def github_repositories(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per repository and response of GitHub. Asks for the repositories that are due, with a token fifty
    per query, without one until the hour's quota is used up, and stores the responses in raw/; the rest stays pending
    for the next run. Rerun: asks for nothing twice a day.
    """
    due = read_due(session.warehouse, "repositories")
    names = [name for name, _ in due]
    token = session.settings.github_token
    report = read_spent_quota(session.warehouse, names, has_token=token is not None)
    if report is None:
        report = fetch_repositories(
            session.web,
            session.settings.github_api_url,
            names,
            token=token,
            store=store_and_count(session.warehouse, Counter("repositories from GitHub", len(names), context.log.info)),
        )
    return service_result(context, session.warehouse, "github", report, due)


def read_due(warehouse: Warehouse, what: str) -> list[tuple[str, bool]]:
    """Return what is due now, most valuable first, each with whether it never had an answer."""
    warehouse.load_raw()
    now = datetime.now(UTC).replace(tzinfo=None)
    return [(subject, is_new) for subject, is_new in warehouse.rows("due", what, {"now": now})]


def read_spent_quota(warehouse: Warehouse, names: Sequence[str], *, has_token: bool) -> Report | None:
    """Return a report that defers everything if GitHub's last response said that the quota is used up until later.

    None if there is quota, or nothing is due.
    """
    rows = warehouse.rows("status", "quota", {"method": "POST" if has_token else "GET"})
    if not rows or not names:
        return None
    left, resets_at = rows[0][0], rows[0][1].replace(tzinfo=UTC)
    # GitHub's window is an hour at most. The response may have come to another machine, which has another quota.
    if left > RESERVED_REQUESTS or not timedelta() < resets_at - datetime.now(UTC) <= timedelta(hours=1):
        return None
    reason = "GitHub's quota is used up, as its last response said"
    return Report(0, 0, tuple(names), reason, resets_at + timedelta(seconds=1), left, resets_at)


def store_and_count(warehouse: Warehouse, counter: Counter) -> Callable[[Exchange], None]:
    """Return a function that stores responses and counts each subject once, however often it is asked for."""
    asked: set[str] = set()

    def store(exchange: Exchange) -> None:
        warehouse.raw.store(exchange)
        fresh = set(exchange.asked) - asked
        asked.update(fresh)
        counter.advance(len(fresh))

    return store


def service_result(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    service: str,
    report: Report,
    due: Sequence[tuple[str, bool]],
) -> dg.MaterializeResult[Any]:
    """Save the report of a service for `papers status`, log what was deferred, and return the result with metadata."""
    save_report(warehouse.private.folder, service, report, datetime.now(UTC))
    if report.deferred:
        context.log.warning(f"{len(report.deferred):,} deferred: {report.reason}")
    return dg.MaterializeResult(metadata=report_metadata(report, due))


def report_metadata(report: Report, due: Sequence[tuple[str, bool]]) -> dict[str, Any]:
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
    if report.quota_resets_at:
        metadata["quota resets at"] = dg.MetadataValue.timestamp(report.quota_resets_at)
    return metadata
