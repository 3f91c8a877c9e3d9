"""What a run need not look at again: a star that is published as it is, and what the checks found in it."""

import logging
import os
import re
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.events.log import EventLogEntry

from pipeline.defs.assets.days import find_failures, partition_keys
from pipeline.defs.history.eventlog import EventLog
from pipeline.defs.resources import Session
from pipeline.warehouse.checks import CHECKS, Verdict, Verdicts, read_verdicts, rules, save_verdicts

JOBS = ("daily_run", "enrichment")  # of schedules.py, which run every step

ENGINE = logging.getLogger("dagster._core.execution.plan.active")
MISSED = re.compile(r"Blocking asset check '.*:(?P<name>\w+)' emitted no result")


class Told(logging.Filter):
    """Leaves out the engine's warnings of checks that we have told of ourselves: it knows those alone that it ran."""

    names: Collection[str] = ()

    def filter(self, record: logging.LogRecord) -> bool:
        missed = MISSED.match(record.getMessage())
        return not (missed and missed["name"] in self.names)


TOLD = Told()
ENGINE.addFilter(TOLD)


def may_leave_out(context: dg.OpExecutionContext, session: Session) -> bool:
    """Whether tables that did not change may be left out: not of a run that will fail, or they would turn red with it;
    and not where somebody asks for tables alone.
    """
    if context.job_name not in JOBS:
        return False
    return not (session.refused_token or find_failures(session, partition_keys(context)))


def find_standing(context: dg.OpExecutionContext, session: Session) -> Verdicts | None:
    """Return what the checks found in this star when it was published; None if it, the rules, or the history that has
    been told of it are others now.
    """
    TOLD.names = ()
    warehouse, events = session.warehouse, context.instance.event_log_storage
    release = warehouse.find_release() if isinstance(events, EventLog) else None
    verdicts = read_verdicts(warehouse.private.folder, release) if release else None
    if verdicts is None or not context.instance.has_run(verdicts.run_id):
        return None
    return verdicts if may_leave_out(context, session) else None


def note_verdicts(context: dg.OpExecutionContext, session: Session) -> None:
    """Keep what the checks found in this run for the next ones; the star has just been published."""
    release = session.warehouse.published.resolve().parent.name
    if session.found and context.job_name in JOBS:
        run_id = context.run.run_id
        verdicts = Verdicts(release, rules(), run_id, run_id, session.found)
        save_verdicts(session.warehouse.private.folder, verdicts)


def tell_again(context: dg.OpExecutionContext, session: Session, verdicts: Verdicts) -> None:
    """Tell the history what the checks found that need not run. Of all runs that find nothing new in a row, it keeps
    this for the newest.
    """
    events = context.instance.event_log_storage
    assert isinstance(events, EventLog)  # find_standing has seen to it
    targets = events.find_targets({CHECKS[name].table for name in verdicts.found})
    entries = list(entries_of(context, verdicts, targets))
    former = verdicts.told_by if verdicts.told_by != verdicts.run_id else None
    events.store_evaluations(entries, instead_of=former)
    TOLD.names = verdicts.found.keys()
    told = replace(verdicts, told_by=context.run.run_id)
    save_verdicts(session.warehouse.private.folder, told)
    context.log.info(f"{len(entries)} checks of the star stand as in the run {verdicts.run_id[:8]}: it is unchanged")


def entries_of(
    context: dg.OpExecutionContext, verdicts: Verdicts, targets: Mapping[str, Any]
) -> Iterator[EventLogEntry]:
    step, run, moment = context.get_step_execution_context().step, context.run, time.time()
    for name, verdict in verdicts.found.items():
        evaluation = AssetCheckEvaluation(
            asset_key=dg.AssetKey(CHECKS[name].table),
            check_name=name,
            passed=not verdict.rows,
            metadata={**metadata_of(verdict), "unchanged since run": dg.MetadataValue.dagster_run(verdicts.run_id)},
            target_materialization_data=targets.get(CHECKS[name].table),
            severity=severity_of(name),
            blocking=CHECKS[name].is_error,
        )
        text = f"Asset check '{name}' {'did not pass' if verdict.rows else 'passed'}, unchanged."
        event = DagsterEvent(
            event_type_value=DagsterEventType.ASSET_CHECK_EVALUATION.value,
            job_name=run.job_name,
            step_handle=step.handle,
            node_handle=step.node_handle,
            step_kind_value=step.kind.value,
            event_specific_data=evaluation,
            message=text,
            pid=os.getpid(),
        )
        yield EventLogEntry(None, 10, text, run.run_id, moment, step.key, run.job_name, event)


def metadata_of(verdict: Verdict) -> dict[str, Any]:
    return {"rows that break the rule": verdict.rows, "first of them": list(verdict.first)}


def severity_of(name: str) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if CHECKS[name].is_error else dg.AssetCheckSeverity.WARN
