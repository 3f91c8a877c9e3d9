"""When runs start by themselves."""

from collections.abc import Iterator
from datetime import UTC

import dagster as dg

daily_run = dg.define_asset_job(
    "daily_run",
    selection=dg.AssetSelection.all(),
    description="The whole way for a day or a range of days: fetch, parse, enrich what is due, load, check, publish.",
)


@dg.schedule(
    job=daily_run,
    cron_schedule=["45 12 * * 1-5", "45 14 * * 1-5", "15 0 * * *"],
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def daily_schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """Today's page after it is usually there (12:07 to 12:25 UTC on weekdays), again for a late one, and a last time
    just after midnight, when a day that brought no page is settled as absent.
    """
    at = context.scheduled_execution_time.astimezone(UTC)
    day = at.date() if at.hour else at.date().fromordinal(at.date().toordinal() - 1)
    yield dg.RunRequest(run_key=f"{at:%Y-%m-%dT%H:%M}", partition_key=day.isoformat())
