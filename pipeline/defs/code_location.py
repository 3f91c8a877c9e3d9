"""All definitions of the Dagster code location."""

import dagster as dg

from pipeline.defs import assets, checks, schedules, sensors
from pipeline.defs.resources import Session

defs = dg.Definitions(
    assets=dg.with_source_code_references(assets.ASSETS),
    asset_checks=[checks.warehouse_checks, checks.days_answered, checks.token_accepted, checks.raw_files_whole],
    jobs=[schedules.daily_run, schedules.enrichment],
    schedules=[schedules.daily_schedule],
    sensors=sensors.SENSORS,
    resources={"session": Session()},
    executor=dg.in_process_executor,  # one process per step would cost seconds of imports and gain nothing
)
