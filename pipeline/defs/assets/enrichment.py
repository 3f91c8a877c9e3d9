"""What is due from arXiv and GitHub: asked for whatever day it was listed on, kept in raw/, the rest put off."""

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
    """Grain: one row per paper and answer of arXiv. Asks for the papers that are due, a hundred a request, and keeps
    the answers in raw/; what arXiv does not answer stays pending for the next run. Rerun: asks for nothing twice.
    """
    due = read_due(session.warehouse, "papers")
    ids = [arxiv_id for arxiv_id, _ in due]
    settings = session.settings
    report = fetch_papers(
        session.web,
        settings.arxiv_api_url,
        ids,
        interval_seconds=settings.arxiv_interval_seconds,
        store=keep_and_count(session.warehouse, Counter("papers from arXiv", len(ids), context.log.info)),
        control_id=next((row[0] for row in session.warehouse.rows("due", "witness")), None),
    )
    return conclude(context, session.warehouse, "arxiv", report, due)


@dg.asset(
    group_name="enrich",
    deps=[listings],
    kinds={"github"},
    owners=OWNERS,
    metadata={"dagster/column_schema": staged_schema("github_repositories")},
)
def github_repositories(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per repository and answer of GitHub. Asks for the repositories that are due, with a token fifty a
    query, without one until the hour's quota is used up, and keeps the answers in raw/; the rest stays pending for the
    next run. Rerun: asks for nothing twice on one day.
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
            store=keep_and_count(session.warehouse, Counter("repositories from GitHub", len(names), context.log.info)),
        )
    return conclude(context, session.warehouse, "github", report, due)


def read_due(warehouse: Warehouse, what: str) -> list[tuple[str, bool]]:
    """Return what is due now, most valuable first, each with whether it was never answered for."""
    warehouse.load_raw()
    now = datetime.now(UTC).replace(tzinfo=None)
    return [(subject, is_new) for subject, is_new in warehouse.rows("due", what, {"now": now})]


def read_spent_quota(warehouse: Warehouse, names: Sequence[str], *, has_token: bool) -> Report | None:
    """Put everything off where GitHub has said that the quota is used up and the time it named has not come.

    None where asking is worth a try, also where nothing is due.
    """
    rows = warehouse.rows("status", "quota", {"method": "POST" if has_token else "GET"})
    if not rows or not names:
        return None
    left, resets_at = rows[0][0], rows[0][1].replace(tzinfo=UTC)
    # Another machine may have used up another quota: an hour is the longest that GitHub's window can be.
    if left > RESERVED_REQUESTS or not timedelta() < resets_at - datetime.now(UTC) <= timedelta(hours=1):
        return None
    reason = "GitHub's quota is used up, as its last answer said"
    return Report(0, 0, tuple(names), reason, resets_at + timedelta(seconds=1), left, resets_at)


def keep_and_count(warehouse: Warehouse, counter: Counter) -> Callable[[Exchange], None]:
    """Keep answers, and count each subject once, however often it was asked for."""
    asked: set[str] = set()

    def keep(exchange: Exchange) -> None:
        warehouse.raw.store(exchange)
        fresh = set(exchange.asked) - asked
        asked.update(fresh)
        counter.advance(len(fresh))

    return keep


def conclude(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    service: str,
    report: Report,
    due: Sequence[tuple[str, bool]],
) -> dg.MaterializeResult[Any]:
    """Note how a round of requests went, for `papers status`, for the log, and as metadata."""
    save_report(warehouse.private.folder, service, report, datetime.now(UTC))
    if report.deferred:
        context.log.warning(f"{len(report.deferred):,} are put off: {report.reason}")
    return dg.MaterializeResult(metadata=describe_report(report, due))


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
    if report.quota_resets_at:
        metadata["quota resets at"] = dg.MetadataValue.timestamp(report.quota_resets_at)
    return metadata
