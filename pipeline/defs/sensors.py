"""The sensors: start runs for new pages and deferred subjects, and send alerts. Each tick reads the settings anew."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from pipeline.core.errors import PipelineError, SourceError, WarehouseError
from pipeline.core.settings import Settings, read_settings
from pipeline.defs import alerts, planning
from pipeline.defs.dead_runs import UNFINISHED, report_dead_runs
from pipeline.defs.schedules import daily_run, enrichment, request_range
from pipeline.http.client import Web
from pipeline.read.status import Spoken, read_spoken
from pipeline.sources.archives.listing import Listing, list_archive
from pipeline.sources.pages import DocumentDay, find_document
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import GitArchive, Source
from pipeline.sources.stored import has_ended
from pipeline.warehouse import lock
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.reports import read_reports

STOPPED, RUNNING = dg.DefaultSensorStatus.STOPPED, dg.DefaultSensorStatus.RUNNING
ACTIVE = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
A_MINUTE, TEN_MINUTES, HALF_AN_HOUR, SIX_HOURS = 60, 600, 1800, 6 * 3600
REMINDER = timedelta(days=1)  # after which the same failure is told again
RUNS_LOOKED_AT = 20


@dg.sensor(jobs=[daily_run], minimum_interval_seconds=HALF_AN_HOUR, default_status=STOPPED)
def archive_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Lists each archive with one request (with a token a conditional one, free of quota if nothing is new), one that
    has ended once a day, and starts runs for exactly the days whose page is new or changed, however old: one run per
    range of days, at most five.
    """
    settings = read_settings()
    if settings.archive_base_url.startswith("file:"):
        return dg.SkipReason("ARCHIVE_BASE_URL is a folder: there is no listing to compare with")
    if has_active_run(context.instance):
        return dg.SkipReason("a run is in progress and may fetch the same pages")
    cursor: dict[str, dict[str, str]] = json.loads(context.cursor or "{}")
    today = datetime.now(UTC).date()
    due = [source for source in archives(settings) if not is_listed_today(source, cursor, today)]
    if not due:
        return dg.SkipReason("every archive has ended and was listed today")
    try:
        with lock.hold(settings.warehouse_dir, "the archive sensor", wait_seconds=0):
            listings, stored = list_archives(settings, due, cursor)
    except PipelineError as error:
        return dg.SkipReason(str(error))
    changed = planning.changed_days({name: listing.blobs or {} for name, listing in listings.items()}, stored)
    # Keep an etag only once all its pages are stored: otherwise the next tick would see nothing new.
    open_sources = {find_document(name)[0].source_id for each in changed.values() for name, _ in each}
    for source_id, listing in listings.items():
        if source_id in open_sources:
            cursor.pop(source_id, None)
        elif listing.outcome != "unavailable":
            etag = {"etag": listing.etag} if listing.etag else cursor.get(source_id, {})
            cursor[source_id] = {**etag, "listed_on": today.isoformat()}
    if not changed:
        failed = [listing.reason for listing in listings.values() if listing.reason]
        return dg.SensorResult(skip_reason="; ".join(failed) or "no page is new or changed", cursor=json.dumps(cursor))
    return dg.SensorResult(run_requests=request_days(changed, listings), cursor=json.dumps(cursor))


def archives(settings: Settings) -> list[Source]:
    """Return the chosen sources that have a listing."""
    return [source for source in choose_sources(settings.sources) if isinstance(source.place, GitArchive)]


def is_listed_today(source: Source, cursor: Mapping[str, Mapping[str, str]], today: date) -> bool:
    """Whether a source that has ended was listed today with nothing new: one look a day is enough."""
    return has_ended(source, today) and cursor.get(source.source_id, {}).get("listed_on") == today.isoformat()


def list_archives(
    settings: Settings, sources: Sequence[Source], cursor: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Listing], dict[DocumentDay, str | None]]:
    """Return the listing of each archive, and the blob of each document of a day that came last, readable or not."""
    warehouse = Warehouse(settings.warehouse_dir)
    with warehouse.open():
        warehouse.load_raw()
        rows = warehouse.rows("status", "stored")
    listings: dict[str, Listing] = {}
    with Web(settings.contact, sleep=refuse_to_wait, read_seconds=15, deadline_seconds=20) as web:
        for source in sources:
            listings[source.source_id] = list_archive(
                web,
                settings.github_api_url,
                source,
                token=settings.github_token,
                store=warehouse.raw.store,
                etag=cursor.get(source.source_id, {}).get("etag"),
            )
    return listings, {(document_id, day): blob for document_id, day, _, blob, *_ in rows}


def refuse_to_wait(seconds: float) -> None:
    """Raise SourceError instead of waiting: Dagster ends a tick after a minute, and the next one tries again."""
    raise SourceError(f"GitHub gave no usable response; a retry would have to wait {seconds:.0f} s")


def request_days(changed: Mapping[date, list[DocumentDay]], listings: Mapping[str, Listing]) -> list[dg.RunRequest]:
    """Request runs over ranges that cover the changed days. If a run fails, the same change is requested once a day."""
    today = datetime.now(UTC).date()
    requests: list[dg.RunRequest] = []
    blobs = {each: blob for listing in listings.values() for each, blob in (listing.blobs or {}).items()}
    for first, last in planning.ranges(changed):
        days = [day for day in changed if first <= day <= last]
        pages = [f"{name} {day} {blobs[name, day]}" for name, day in (each for day in days for each in changed[day])]
        digest = hashlib.sha256("\n".join(pages).encode()).hexdigest()[:16]
        reason = f"{len(pages)} pages are new or changed"
        requests.append(request_range(first, last, f"{digest} {today}", reason))
    return requests


def has_active_run(instance: dg.DagsterInstance) -> bool:
    return bool(instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE), limit=1))


@dg.sensor(jobs=[enrichment], minimum_interval_seconds=TEN_MINUTES, default_status=STOPPED)
def leftovers_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Goes on with papers and repositories that were deferred, at the time that arXiv or GitHub named: without a token,
    sixty repositories an hour. At most one run an hour.
    """
    settings = read_settings()
    now = datetime.now(UTC)
    rows = planning.read_published(settings.warehouse_dir / "papers.duckdb", "waiting")
    if not rows:
        return dg.SkipReason("nothing is published yet")
    at, reason = planning.next_round(read_reports(settings.warehouse_dir / "private"), rows[0][0], now)
    if at is None:
        return dg.SkipReason(reason)
    if at > now:
        return dg.SkipReason(f"{reason}; to go on at {at:%Y-%m-%d %H:%M} UTC")
    if has_active_run(context.instance):
        return dg.SkipReason("a run is in progress, and asks for what is due")
    return dg.RunRequest(run_key=f"leftovers {now:%Y-%m-%dT%H}", tags={"papers/reason": reason[:200]})


@dg.sensor(minimum_interval_seconds=SIX_HOURS, default_status=STOPPED, jobs=[daily_run])
def silence_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Alerts once about a source that has been silent for longer than ever before, and once if one that is known to
    have ended speaks again. Starts no run.
    """
    settings = read_settings()
    today, sources = datetime.now(UTC).date(), choose_sources(settings.sources)
    told = tell_silence(read_spoken(settings.warehouse_dir / "papers.duckdb", sources, today), today)
    alerted: dict[str, Any] = json.loads(context.cursor or "{}")
    news = {key: text for key, text in told.items() if key not in alerted}
    if not told:
        return dg.SkipReason("no source has been silent for longer than ever before")
    if not news:
        return dg.SkipReason("; ".join(told.values()) + " (alert already sent)")
    all_sent, what = alerts.send_alert(
        settings, "A source of daily papers is silent, or speaks again", "\n".join(news.values())
    )
    reason = "; ".join([*told.values(), what])
    return dg.SensorResult(skip_reason=reason, cursor=json.dumps(dict.fromkeys(told)) if all_sent else context.cursor)


def tell_silence(spoken: Spoken, today: date) -> dict[str, str]:
    """Return what is worth an alert, by a key that stays the same while nothing changes."""
    silences = {name: silence for name, silence in spoken.find_silences(today).items() if not silence.has_ended}
    told = {f"{name} {silence.since}": f"{name}: {silence.sentence}" for name, silence in silences.items()}
    return told | {f"{name} again": f"{name} {text}" for name, text in spoken.find_returns().items()}


@dg.sensor(minimum_interval_seconds=A_MINUTE, default_status=RUNNING, jobs=[daily_run])
def dead_runs_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Reports runs as failed whose process died without a word: they would hold up all others. Starts no run."""
    if not context.instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED), limit=1):
        return dg.SkipReason("no run is in progress")
    folder = read_settings().warehouse_dir
    try:
        with lock.hold(folder, "the look for dead runs", wait_seconds=0):
            dead = report_dead_runs(context.instance, folder, datetime.now(UTC))
    except WarehouseError as error:
        return dg.SkipReason(str(error))
    return dg.SkipReason(f"died: {', '.join(dead)}" if dead else "no run in progress is known to be dead")


@dg.run_failure_sensor(default_status=RUNNING, minimum_interval_seconds=60)
def failure_sensor(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Sends an alert for each failed run, by webhook or mail, unless the run before failed in the same way, within a
    day. If no address is set, it says so.
    """
    run = context.dagster_run
    text = read_failure(context.instance, run.run_id) or context.failure_event.message or "no reason given"
    if has_failed_before(context.instance, run, text):
        return dg.SkipReason(f"the run before failed in the same way: {text}")
    all_sent, what = alerts.send_alert(read_settings(), f"{run.job_name} failed (run {run.run_id[:8]})", text)
    context.log.info(what)
    if not all_sent:
        raise SourceError(what)
    return dg.SkipReason(what) if what == alerts.NOWHERE else None


def read_failure(instance: dg.DagsterInstance, run_id: str) -> str:
    """Return the reasons of a run's failed steps, one a line; empty if no step failed."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    failed = [entry.dagster_event for entry in events if entry.dagster_event]
    return "\n".join(first_reason(event.step_failure_data.error_display_string or "") for event in failed)


def has_failed_before(instance: dg.DagsterInstance, run: dg.DagsterRun, text: str) -> bool:
    """Whether the last run of the job before this one failed for the same reasons, and less than a day ago."""
    records = list(instance.get_run_records(dg.RunsFilter(job_name=run.job_name), limit=RUNS_LOOKED_AT))  # newest first
    ids = [record.dagster_run.run_id for record in records]
    earlier: list[dg.RunRecord] = records[ids.index(run.run_id) + 1 :] if run.run_id in ids else []
    ended = [record for record in earlier if record.dagster_run.is_finished][:1]
    return any(
        record.dagster_run.is_failure
        and datetime.now(UTC) - record.create_timestamp < REMINDER
        and read_failure(instance, record.dagster_run.run_id) == text
        for record in ended
    )


def first_reason(text: str) -> str:
    """Return the first line of an error and its causes that is one of our errors, else the first line; cut to 1,500."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith("pipeline.core.errors.")]
    return (ours or lines or ["no reason given"])[0].removeprefix("pipeline.core.errors.")[:1500]


SENSORS = (archive_sensor, leftovers_sensor, silence_sensor, dead_runs_sensor, failure_sensor)
