"""Everything that Dagster is to know, in one place."""

import dagster as dg

from pipeline.defs import assets, checks, schedules, sensors
from pipeline.defs.resources import Session

defs = dg.Definitions(
    assets=dg.with_source_code_references(assets.ASSETS),
    asset_checks=[checks.warehouse_checks, checks.days_answered],
    jobs=[schedules.daily_run, schedules.enrichment],
    schedules=[schedules.daily_schedule],
    sensors=sensors.SENSORS,
    resources={"session": Session()},
    executor=dg.in_process_executor,  # a step in a process of its own costs seconds of imports, and buys nothing here
)
