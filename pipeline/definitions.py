"""The code location: everything that Dagster is to know, and nothing else."""

import dagster as dg

from pipeline import assets, checks, schedules, sensors
from pipeline.resources import Session

defs = dg.Definitions(
    assets=dg.with_source_code_references(assets.ASSETS),
    asset_checks=[checks.warehouse_checks, checks.days_answered],
    jobs=[schedules.daily_run, schedules.enrichment],
    schedules=[schedules.daily_schedule],
    sensors=sensors.SENSORS,
    resources={"session": Session()},
    executor=dg.in_process_executor,  # a step in a process of its own costs seconds of imports, and buys nothing here
)
