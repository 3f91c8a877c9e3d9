"""The jobs, and the schedule that starts one."""

from datetime import date

import dagster as dg

from pipeline.core.settings import read_settings
from pipeline.defs.planning import CATCH_UP_DAYS, day_of_tick, days_to_ask, is_final, read_outcomes
from pipeline.sources.registry import choose_sources

LATE_PAGE_HOUR = 14  # UTC, of the tick that only asks for pages still missing

daily_run = dg.define_asset_job(
    "daily_run",
    selection=dg.AssetSelection.all(),
    description="The whole pipeline for a day or a range: fetch, parse, enrich what is due, load, check, publish. "
    "Materialize launches one run for the whole range; a day that is stored and unchanged costs no request. "
    "To see why a day has no papers: Catalog, listings, Partitions, the day.",
)
enrichment = dg.define_asset_job(
    "enrichment",
    selection=dg.AssetSelection.groups("enrich", "load", "publish"),
    description="Fetch what is due from arXiv and GitHub, and what an earlier run deferred; then load, check, publish.",
)


def request_range(first: date, last: date, run_key: str, reason: str) -> dg.RunRequest:
    """Request one run of the daily job over a range of days."""
    tags = {"papers/reason": reason}
    if first == last:
        return dg.RunRequest(run_key=run_key, job_name="daily_run", partition_key=first.isoformat(), tags=tags)
    ends = {"start": first, "end": last}
    tags |= {f"dagster/asset_partition_range_{name}": day.isoformat() for name, day in ends.items()}
    return dg.RunRequest(run_key=run_key, job_name="daily_run", tags=tags)


@dg.schedule(
    job=daily_run,
    cron_schedule=["45 12 * * 1-5", "45 14 * * 1-5", "15 0 * * *"],
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def daily_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Fetches the day's page at 12:45 on weekdays (pages come from 12:07 to 12:25 UTC), again at 14:45 if one is
    missing, and at 00:15, when the absence of a page is final and the day's stars are counted. Includes the days of the
    past week that are still open.
    """
    at = context.scheduled_execution_time
    day = day_of_tick(at)
    settings = read_settings()
    sources, published = choose_sources(settings.sources), settings.warehouse_dir / "papers.duckdb"
    outcomes = read_outcomes(published, day.fromordinal(day.toordinal() - CATCH_UP_DAYS), day)
    first, last = days_to_ask(day, outcomes, sources)
    if at.hour == LATE_PAGE_HOUR and first == day and is_final(day, outcomes, sources):
        return dg.SkipReason(f"the outcome of every source is final for {day}")
    return request_range(first, last, f"{at:%Y-%m-%dT%H:%M}", "schedule")
