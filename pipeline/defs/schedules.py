"""When runs start by themselves, and the jobs that they are runs of."""

from datetime import date

import dagster as dg

from pipeline.core.settings import read_settings
from pipeline.defs.planning import CATCH_UP_DAYS, day_of_tick, days_to_ask, is_settled, read_outcomes

LAST_LOOK_HOUR = 14  # of the day's page, before midnight settles it

daily_run = dg.define_asset_job(
    "daily_run",
    selection=dg.AssetSelection.all(),
    description="The whole way for a day or a range of days: fetch, parse, enrich what is due, load, check, publish. "
    "Launch it over a range with Materialize: one run, whatever the range; a day held and unchanged costs nothing. "
    "Why a day has no papers stands in the Catalog: listings, Partitions, the day.",
)
enrichment = dg.define_asset_job(
    "enrichment",
    selection=dg.AssetSelection.groups("enrich", "load", "publish"),
    description="What is due from arXiv and GitHub, and what an earlier run has put off; then load, check, publish.",
)


def request_range(first: date, last: date, run_key: str, reason: str) -> dg.RunRequest:
    """Ask for one run of the daily job over a range of days."""
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
    """Today's page after it is usually there (12:07 to 12:25 UTC on weekdays), again at 14:45 for a late one where one
    is missing, and a last time at 00:15, when a day that brought no page is settled as absent and the day's stars are
    counted. What the week before has left open is asked for along with it.
    """
    at = context.scheduled_execution_time
    day = day_of_tick(at)
    published = read_settings().warehouse_dir / "papers.duckdb"
    outcomes = read_outcomes(published, day.fromordinal(day.toordinal() - CATCH_UP_DAYS), day)
    first, last = days_to_ask(day, outcomes)
    if at.hour == LAST_LOOK_HOUR and first == day and is_settled(day, outcomes):
        return dg.SkipReason(f"every source has spoken for {day} already")
    return request_range(first, last, f"{at:%Y-%m-%dT%H:%M}", "schedule")
