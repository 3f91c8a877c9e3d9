"""The sensors: start runs for new pages and deferred subjects, and tell news. Each tick reads the settings anew."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import dagster as dg

from pipeline.core.errors import PipelineError, SourceError, WarehouseError
from pipeline.core.settings import Settings, read_settings, read_usable_settings
from pipeline.core.wording import amount_of
from pipeline.defs import planning
from pipeline.defs.dead_runs import UNFINISHED, report_dead_runs
from pipeline.defs.news import alerts, telling
from pipeline.defs.schedules import daily_run, enrichment, request_range
from pipeline.defs.switches import sensor_default
from pipeline.http.client import Web
from pipeline.lake.place import find_published
from pipeline.lake.warehouse import open_warehouse
from pipeline.sources.archives.listing import Listing, list_archive
from pipeline.sources.pages import DocumentDay, find_document
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import GitArchive, Source
from pipeline.sources.stored import has_ended
from pipeline.warehouse import lock
from pipeline.warehouse.reports import read_reports
from pipeline.warehouse.stored import by

RUNNING = dg.DefaultSensorStatus.RUNNING
ACTIVE = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
A_MINUTE, TEN_MINUTES, HALF_AN_HOUR = 60, 600, 1800


@dg.sensor(jobs=[daily_run], minimum_interval_seconds=HALF_AN_HOUR, default_status=sensor_default("archive_sensor"))
def archive_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Lists each archive with one request (with a token a conditional one, free of quota if nothing is new), one that
    has ended or is silent once a day, and starts runs for exactly the days whose page is new or changed, however old:
    one run per range of days, at most five.
    """
    settings = read_settings()
    if settings.archive_base_url.startswith("file:"):
        return dg.SkipReason("ARCHIVE_BASE_URL is a folder: there is no listing to compare with")
    if has_active_run(context.instance):
        return dg.SkipReason("a run is in progress and may fetch the same pages")
    cursor: dict[str, dict[str, str]] = json.loads(context.cursor or "{}")
    today = datetime.now(UTC).date()
    try:
        due = [source for source in archives(settings, today) if not is_listed_today(source, cursor, today)]
        if not due:
            return dg.SkipReason("every archive has ended or is silent, and was listed today")
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


def archives(settings: Settings, today: date) -> list[Source]:
    """Return the chosen sources that have a listing; those that are asleep as if they had ended."""
    sources = planning.read_sources(find_published(settings), choose_sources(settings.sources), today)
    return [source for source in sources if isinstance(source.place, GitArchive)]


def is_listed_today(source: Source, cursor: Mapping[str, Mapping[str, str]], today: date) -> bool:
    """Whether a source that has ended was listed today with nothing new: one look a day is enough."""
    return has_ended(source, today) and cursor.get(source.source_id, {}).get("listed_on") == today.isoformat()


def list_archives(
    settings: Settings, sources: Sequence[Source], cursor: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Listing], dict[DocumentDay, str | None]]:
    """Return the listing of each archive, and the blob of each document of a day that came last, readable or not."""
    warehouse = open_warehouse(settings)
    with warehouse.open():
        warehouse.load_raw()
        rows = warehouse.rows("status", "stored", by(datetime.now(UTC)))
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
        reason = f"{amount_of(len(pages), 'page')} new or changed"
        requests.append(request_range(first, last, f"{digest} {today}", reason))
    return requests


def has_active_run(instance: dg.DagsterInstance) -> bool:
    return bool(instance.get_runs(filters=dg.RunsFilter(statuses=ACTIVE), limit=1))


@dg.sensor(jobs=[enrichment], minimum_interval_seconds=TEN_MINUTES, default_status=sensor_default("leftovers_sensor"))
def leftovers_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Goes on with papers and repositories that were deferred, at the time that arXiv or GitHub named: without a token,
    sixty repositories an hour. At most one run an hour.
    """
    settings = read_settings()
    now = datetime.now(UTC)
    try:
        rows = planning.read_published(find_published(settings), "waiting")
    except PipelineError as error:
        return dg.SkipReason(str(error))
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


@dg.sensor(minimum_interval_seconds=A_MINUTE, default_status=RUNNING, jobs=[daily_run])
def news_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Tells by webhook or mail what is wrong, once, and when it is over: failed runs, failed days, silent sources,
    wrong settings. What a receiver did not take is sent again. If no address is set, it says so. Starts no run.
    """
    if not alerts.channels(read_usable_settings()[0]):
        return dg.SkipReason(alerts.NOWHERE)
    faults = telling.tell(context.instance)
    return dg.SkipReason(telling.describe(faults) if faults else "people know what there is to know")


report_sensor = dg.AutomationConditionSensorDefinition(
    "report_sensor",
    target=dg.AssetSelection.assets("report"),
    run_tags={"papers/scope": "report"},
    default_status=sensor_default("report_sensor"),
    minimum_interval_seconds=A_MINUTE,
    description="Draws the report once a file was published without it. A run of the whole pipeline draws it itself.",
)

SENSORS = (archive_sensor, leftovers_sensor, report_sensor, dead_runs_sensor, news_sensor)
