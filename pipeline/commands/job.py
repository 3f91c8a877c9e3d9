"""Run the Dagster job from the command line: the same job and history as in the UI, in this process."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg

from pipeline.defs.instance import open_instance
from pipeline.defs.news.run_end import RANGE_TAGS, broken_rows, failure_message, was_interrupted

# These run after the publish and fail their step; the error of the step has the details.
LAST_CHECKS = {"days_answered", "token_accepted", "raw_files_whole"}
BY_COMMAND = {"papers/started_by": "command line"}  # of those of a schedule or sensor, Dagster itself says so
STOPPED = "stopped by Ctrl-C: what was fetched is kept, nothing was published, and the next run goes on from there"


@dataclass(frozen=True)
class Outcome:
    """How a run ended: failures and warnings in words for a person, and metadata by asset."""

    run_id: str
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    is_interrupted: bool = False  # by Ctrl-C


def run_days(first: date, last: date, *, only_missing: bool = False) -> Outcome:
    """Run the daily job over a range of days as one run. A failed run is an Outcome too, not an exception."""
    from pipeline.defs.code_location import defs

    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "10000")  # what the run intends is stored in one piece
    job = defs.resolve_job_def("daily_run")
    with open_instance() as instance:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={
                "ops": {"documents": {"config": {"only_missing": only_missing}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},  # the history has everything
            },
            tags={**dict(zip(RANGE_TAGS, (first.isoformat(), last.isoformat()), strict=True)), **BY_COMMAND},
        )
    return read_outcome(result)


def read_outcome(result: dg.ExecuteInProcessResult) -> Outcome:
    checks = [e for e in result.get_asset_check_evaluations() if not e.passed and e.check_name not in LAST_CHECKS]
    broken = {event.check_name: event for event in checks if event.severity is dg.AssetCheckSeverity.ERROR}
    failures = [
        f"the check {name} failed on {broken_rows(event)}; nothing was published" for name, event in broken.items()
    ]
    failures += [failure_message(event) for event in result.all_events if event.is_step_failure and not broken]
    failures += [failure_message(event) for event in result.all_events if event.is_run_failure and not failures]
    warnings = [
        f"the check {event.check_name} shows {broken_rows(event)}" for event in checks if event.check_name not in broken
    ]
    metadata = {
        event.asset_key.to_user_string(): {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }
    metadata |= read_step_metadata(result)  # for daily assets: the totals of the range
    is_interrupted = any(was_interrupted(event) for event in result.all_events)
    return Outcome(
        result.run_id, (STOPPED,) if is_interrupted else tuple(failures), tuple(warnings), metadata, is_interrupted
    )


def read_step_metadata(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """Return the metadata of step outputs, by step."""
    found: dict[str, dict[str, Any]] = {}
    for event in result.all_events:
        data: Any = event.event_specific_data
        if event.is_successful_output and event.step_key and data.metadata:
            found[event.step_key] = {name: value.value for name, value in data.metadata.items()}
    return found
