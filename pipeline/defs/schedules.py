"""The jobs, and the schedule that starts one."""

from datetime import UTC, date, datetime

import dagster as dg

from pipeline.core.settings import read_settings
from pipeline.defs.planning import day_of_tick, days_to_ask, first_to_read, have_spoken, read_outcomes, read_sources
from pipeline.defs.switches import CRON, schedule_default
from pipeline.lake.place import find_published
from pipeline.sources.registry import choose_sources

daily_run = dg.define_asset_job(
    "daily_run",
    selection=dg.AssetSelection.all(),
    description="The whole pipeline for a day or a range: fetch, parse, enrich what is due, load, check, publish. "
    "Materialize launches one run for the whole range; a day that is stored and unchanged costs no request. "
    "To see why a day has no papers: Catalog, listings, Partitions, the day.",
    tags={"papers/scope": "days"},
)
enrichment = dg.define_asset_job(
    "enrichment",
    selection=dg.AssetSelection.groups("enrich", "load", "publish"),
    description="Fetch what is due from arXiv and GitHub, and what an earlier run deferred; then load, check, publish.",
    tags={"papers/scope": "due"},
)


def request_range(first: date, last: date, run_key: str, reason: str, *, only_missing: bool = False) -> dg.RunRequest:
    """Request one run of the daily job over a range of days; with `only_missing` for what is not stored, or due."""
    tags = {"papers/reason": reason}
    config = {"ops": {"documents": {"config": {"only_missing": True}}}} if only_missing else {}
    if first == last:
        return dg.RunRequest(run_key, config, tags, "daily_run", partition_key=first.isoformat())
    ends = {"start": first, "end": last}
    tags |= {f"dagster/asset_partition_range_{name}": day.isoformat() for name, day in ends.items()}
    return dg.RunRequest(run_key, config, tags, "daily_run")


@dg.schedule(
    job=daily_run,
    cron_schedule=CRON,
    execution_timezone="UTC",
    default_status=schedule_default("daily_schedule"),
)
def daily_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Fetches the day at 12:45 on weekdays (most pages have come by 12:25 UTC), again at 14:45 if one is missing, and
    at 02:45, when the day has ended in UTC and in New York: the absence of a page is final, lists are whole, and the
    day's stars are counted. Includes the open days of the past week, and days whose list is due for another look, a
    week and two weeks after they ended; at 02:45 also older days that were never asked for, a hundred a night, and on
    Sundays those that failed. What is stored and not due costs no request.
    """
    at = context.scheduled_execution_time
    day = day_of_tick(at)
    settings = read_settings()
    published = find_published(settings)
    chosen = choose_sources(settings.sources)
    sources = read_sources(published, chosen, day)
    outcomes = read_outcomes(published, first_to_read(day, sources), day, max(at, datetime.now(UTC)))
    first, last = days_to_ask(day, outcomes, sources, at, chosen)
    if day == at.date() and first == day and have_spoken(day, outcomes, sources):
        return dg.SkipReason(f"every source that lists papers on such a day has answered for {day}")
    return request_range(first, last, f"{at:%Y-%m-%dT%H:%M}", "schedule", only_missing=True)
