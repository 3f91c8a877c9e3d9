"""Enrichment: fetch the papers and repositories that are due, on whichever day they were listed; defer the rest."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from pipeline.core.errors import TokenError
from pipeline.core.progress import Counter
from pipeline.defs.assets.alone import alone
from pipeline.defs.assets.days import listings
from pipeline.defs.assets.lineage import staged_schema
from pipeline.defs.assets.owners import OWNERS
from pipeline.defs.assets.quotas import read_hub_quota, read_spent_quota
from pipeline.defs.resources import Session
from pipeline.http.exchange import Report
from pipeline.services.arxiv.client import fetch_papers
from pipeline.services.datacite.client import fetch_records
from pipeline.services.github.client import RESERVED_REQUESTS, fetch_repositories
from pipeline.services.github.star_pages import fetch_star_history, reserve_of
from pipeline.services.hub import client as hub
from pipeline.services.hub.client import fetch_resources
from pipeline.services.semantic_scholar.client import fetch_citations
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.reports import save_report

REFUSED_TOKEN_PAUSE = timedelta(days=1)  # a person has to come


@dg.asset(
    group_name="enrich",
    deps=[listings],
    kinds={"python"},
    owners=OWNERS,
    pool="arxiv",
    metadata={"dagster/column_schema": staged_schema("arxiv_papers")},
)
@alone
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
        store=session.warehouse.raw.store,
        advance=Counter("papers from arXiv", len(ids), context.log.info).advance,
        control_id=next((row[0] for row in session.warehouse.rows("due", "control_id")), None),
    )
    return service_result(context, session.warehouse, "arxiv", report, due)


@dg.asset(
    group_name="enrich",
    deps=[arxiv_papers],
    kinds={"python"},
    owners=OWNERS,
    pool="datacite",
    metadata={"dagster/column_schema": staged_schema("datacite_papers")},
)
@alone
def datacite_papers(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per paper and response of DataCite, where arXiv deposits its papers. Asks first for papers that
    arXiv has not answered in this run or before, then weekly for licences, times of versions and withdrawals, a hundred
    per request, and stores the responses in raw/. What DataCite lacks is not there yet. Rerun: asks for nothing twice.
    """
    warehouse = session.warehouse
    warehouse.load_raw()
    now = datetime.now(UTC).replace(tzinfo=None)
    due = warehouse.rows("due", "datacite", {"now": now})
    ids = [row[0] for row in due]
    report = fetch_records(
        session.web,
        session.settings.datacite_api_url,
        ids,
        known=[arxiv_id for arxiv_id, _, is_known in due if is_known],
        store=warehouse.raw.store,
        advance=Counter("papers from DataCite", len(ids), context.log.info).advance,
    )
    return service_result(context, warehouse, "datacite", report, [(row[0], row[1]) for row in due])


@dg.asset(
    group_name="enrich",
    deps=[listings],
    kinds={"github"},
    owners=OWNERS,
    pool="github",
    metadata={"dagster/column_schema": staged_schema("github_repositories")},
)
@alone
def github_repositories(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per repository and response of GitHub. Asks for the repositories that are due, with a token twenty
    per query, without one until the hour's quota is used up, and stores the responses in raw/; the rest stays pending
    for the next run. A token that GitHub refuses puts everything off, and fails the run after the publish. Rerun: asks
    for nothing twice a day.
    """
    due = read_due(session.warehouse, "repositories")
    names = [name for name, _ in due]
    has_token = session.settings.github_token is not None
    method = "POST" if has_token else "GET"
    report = read_spent_quota(session.warehouse, names, method, has_token=has_token, reserve=RESERVED_REQUESTS)
    if report is None:
        counter = Counter("repositories from GitHub", len(names), context.log.info)
        report = ask_github(session, names, counter.advance)
    return service_result(context, session.warehouse, "github", report, due)


@dg.asset(
    group_name="enrich",
    deps=[listings],
    kinds={"python"},
    owners=OWNERS,
    pool="hugging_face",
    metadata={"dagster/column_schema": staged_schema("hub_resources")},
)
@alone
def hub_resources(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per model, data set or space and response of Hugging Face. Asks for those that are due, one per
    request, waits for a new window of the quota once, and stores the responses in raw/; the rest stays pending for the
    next run. A refused token is left out, and fails the run after the publish. Rerun: asks for nothing twice a week.
    """
    due = read_due(session.warehouse, "hub_resources")
    subjects = [subject for subject, _ in due]
    report = fetch_resources(
        session.web,
        session.settings.hf_api_url,
        subjects,
        token=session.settings.hf_token,
        store=session.warehouse.raw.store,
        advance=Counter("resources from Hugging Face", len(subjects), context.log.info).advance,
        refuse=session.note_refused_token,
        quota=read_hub_quota(session.warehouse),
    )
    return service_result(context, session.warehouse, "hub", report, due)


@dg.asset(
    group_name="enrich",
    deps=[arxiv_papers, hub_resources],  # which come first, and have the same quota
    kinds={"python"},
    owners=OWNERS,
    pool="hugging_face",
    metadata={"dagster/column_schema": staged_schema("hub_papers")},
)
@alone
def hub_papers(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per paper and response of Hugging Face. Asks for the papers that are due, one per request,
    with what resources left of the quota, and stores the responses in raw/; the rest stays pending for the next run.
    A refused token is left out, and fails the run after the publish. Rerun: asks for nothing twice a week.
    """
    due = read_due(session.warehouse, "hub_papers")
    ids = [arxiv_id for arxiv_id, _ in due]
    report = hub.fetch_papers(
        session.web,
        session.settings.hf_api_url,
        ids,
        token=session.settings.hf_token,
        store=session.warehouse.raw.store,
        advance=Counter("papers from Hugging Face", len(ids), context.log.info).advance,
        refuse=session.note_refused_token,
        quota=read_hub_quota(session.warehouse),
    )
    return service_result(context, session.warehouse, "hub_paper", report, due)


@dg.asset(
    group_name="enrich",
    deps=[arxiv_papers, github_repositories],  # which come first
    kinds={"python"},
    owners=OWNERS,
    pool="semantic_scholar",
    metadata={"dagster/column_schema": staged_schema("semantic_scholar_papers")},
)
@alone
def semantic_scholar_papers(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per paper and response of Semantic Scholar. Asks for the citations of papers that were not asked
    for in the last week, five hundred per request, behind everything else, and stores the responses in raw/; without a
    key it is often told to come later. Rerun: asks for nothing twice a week.
    """
    due = read_due(session.warehouse, "citations")
    ids, settings = [arxiv_id for arxiv_id, _ in due], session.settings
    report = fetch_citations(
        session.web,
        settings.semantic_scholar_api_url,
        ids,
        key=settings.semantic_scholar_api_key,
        store=session.warehouse.raw.store,
        advance=Counter("papers from Semantic Scholar", len(ids), context.log.info).advance,
    )
    return service_result(context, session.warehouse, "semantic_scholar", report, due)


def ask_github(session: Session, names: Sequence[str], advance: Callable[[int], None]) -> Report:
    """Ask for repositories; a refused token is noted in the session, and defers them for a day."""
    settings, store = session.settings, session.warehouse.raw.store
    try:
        return fetch_repositories(
            session.web, settings.github_api_url, names, token=settings.github_token, store=store, advance=advance
        )
    except TokenError as error:
        session.note_refused_token(str(error))
        return Report(1, 0, tuple(names), str(error), datetime.now(UTC) + REFUSED_TOKEN_PAUSE)


@dg.asset(
    group_name="enrich",
    deps=[listings, github_repositories],
    kinds={"github"},
    owners=OWNERS,
    pool="github",
    metadata={"dagster/column_schema": staged_schema("github_star_history")},
)
@alone
def github_star_history(context: dg.AssetExecutionContext, session: Session) -> dg.MaterializeResult[Any]:
    """Grain: one row per page of a repository's star history and response of GitHub. Asks after the repositories, first
    for the months around each first listing; without a token only while half of the hour's quota is left. Stores the
    responses in raw/; the rest waits for the next run. Rerun: asks for nothing twice a day.
    """
    session.warehouse.load_raw()
    rows = session.warehouse.rows("due", "star_history", {"now": datetime.now(UTC).replace(tzinfo=None)})
    subjects = [subject for subject, _, _ in rows]
    has_token = session.settings.github_token is not None
    reserve = reserve_of(has_token=has_token)
    report = read_spent_quota(session.warehouse, subjects, "GET", has_token=has_token, reserve=reserve)
    if session.refused_token:
        report = Report(0, 0, tuple(subjects), session.refused_token, datetime.now(UTC) + REFUSED_TOKEN_PAUSE)
    if report is None:
        counter = Counter("pages of star history from GitHub", len(subjects), context.log.info)
        report = ask_star_history(session, subjects, [subject for subject, _, idle in rows if idle], counter.advance)
    due = [(subject, is_new) for subject, is_new, _ in rows]
    return service_result(context, session.warehouse, "star_history", report, due)


def ask_star_history(
    session: Session, subjects: Sequence[str], idle: Sequence[str], advance: Callable[[int], None]
) -> Report:
    """Ask for pages of star history; a refused token is noted in the session, and defers them for a day."""
    settings, store = session.settings, session.warehouse.raw.store
    try:
        return fetch_star_history(
            session.web,
            settings.github_api_url,
            subjects,
            token=settings.github_token,
            store=store,
            idle=idle,
            advance=advance,
        )
    except TokenError as error:
        session.note_refused_token(str(error))
        return Report(1, 0, tuple(subjects), str(error), datetime.now(UTC) + REFUSED_TOKEN_PAUSE)


def read_due(warehouse: Warehouse, what: str) -> list[tuple[str, bool]]:
    """Return what is due now, most valuable first, each with whether it never had an answer."""
    warehouse.load_raw()
    now = datetime.now(UTC).replace(tzinfo=None)
    return [(subject, is_new) for subject, is_new in warehouse.rows("due", what, {"now": now})]


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
