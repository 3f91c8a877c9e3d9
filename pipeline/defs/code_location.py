"""All definitions of the Dagster code location."""

from datetime import UTC, datetime

import dagster as dg

from pipeline.defs import assets, checks, schedules, sensors
from pipeline.defs.assets.sources import source_specs
from pipeline.defs.planning import find_unawaited
from pipeline.defs.resources import Session
from pipeline.sources.registry import SOURCES

defs = dg.Definitions(
    assets=dg.with_source_code_references(assets.ASSETS),
    asset_checks=[checks.warehouse_checks, checks.days_answered, checks.token_accepted, checks.raw_files_whole],
    jobs=[schedules.daily_run, schedules.enrichment],
    schedules=[schedules.daily_schedule],
    sensors=sensors.SENSORS,
    resources={"session": Session()},
    executor=dg.in_process_executor,  # one process per step would cost seconds of imports and gain nothing
)


def with_sources() -> dg.Definitions:
    """Return also what only the UI and the daemon look at, by what is published now; runs have no use for it."""
    resting = find_unawaited(SOURCES, datetime.now(UTC).date())
    return dg.Definitions.merge(defs, dg.Definitions(assets=list(source_specs(SOURCES, resting))))
