"""How a run ended, from the history: of a run of the command line, of cron and of the UI alike."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from pipeline.core.errors import PipelineError
from pipeline.core.wording import amount_of

# Its failures are days, which the published file tells.
DAYS_STEP = "days_answered"
PUBLISHING_STEP = "published_warehouse"
LOOKED_AT = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}
RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@dataclass(frozen=True)
class RunEnd:
    """A run that is over: its reasons if it failed, and whether it published, so that a later one is no worse."""

    run_id: str
    job: str
    days: str | None  # `2025-03-21`, or a range; None for a run without days
    has_failed: bool
    failures: tuple[str, ...]  # of days there is none here
    has_published: bool


def read_run_end(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunEnd:
    """Return how a run ended that is over."""
    logged = instance.all_logs(run.run_id, of_type=LOOKED_AT)
    events = [entry.dagster_event for entry in logged if entry.dagster_event]
    succeeded = {event.step_key for event in events if event.is_step_success}
    failures = tuple(dict.fromkeys(reasons_of(events))) if run.is_failure else ()
    return RunEnd(run.run_id, run.job_name, days_of(run), run.is_failure, failures, PUBLISHING_STEP in succeeded)


def broken_rows(check: dg.AssetCheckEvaluation) -> str:
    count: Any = check.metadata["rows that break the rule"].value
    return amount_of(count, "row")


def reasons_of(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    """Yield why a run failed: by which checks, else by which steps, else as a whole."""
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    checks = [event.asset_check_evaluation_data for event in events if event.event_type == kind]
    broken = [
        f"the check {check.check_name} failed on {broken_rows(check)}; nothing was published"
        for check in checks
        if not check.passed and check.blocking
    ]
    steps = [event for event in events if event.is_step_failure]
    if broken or steps:
        told = [event for event in steps if event.step_key != DAYS_STEP and not was_interrupted(event)]
        yield from broken or map(failure_message, told)
    else:
        yield from (failure_message(event) for event in events if event.is_run_failure and not was_interrupted(event))


def was_interrupted(event: dg.DagsterEvent) -> bool:
    """Whether a person stopped the run, who needs not be told."""
    error = getattr(event.event_specific_data, "error", None)
    return error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__


def days_of(run: dg.DagsterRun) -> str | None:
    first, last = (run.tags.get(tag) for tag in RANGE_TAGS)
    one = run.tags.get("dagster/partition")
    return one if first is None else first if first == last else f"{first} to {last}"


def shape_of(reason: str) -> str:
    """Return what stays the same of a reason while it lasts: other days and counts make no other trouble."""
    return re.sub(r"\d+", "#", reason)[:300]


def failure_message(event: dg.DagsterEvent) -> str:
    """Return why a step or run failed: the message of the PipelineError among its causes, if there is one."""
    data: Any = event.event_specific_data
    error = getattr(data, "error", None)
    ours = {kind.__name__ for kind in subclasses(PipelineError)}
    while error is not None and error.cls_name not in ours and error.cause is not None:
        error = error.cause
    if error is None:
        return event.message or "the run failed"
    text = error.message.strip()
    for prefix in (f"pipeline.core.errors.{error.cls_name}: ", f"{error.cls_name}: "):
        text = text.removeprefix(prefix)
    return text if error.cls_name in ours else f"{error.cls_name} in {event.step_key or 'the run'}: {text}"


def subclasses(kind: type) -> set[type]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))
