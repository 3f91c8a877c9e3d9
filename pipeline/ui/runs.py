"""The runs that a code server executes, when it is to end: Dagster itself would wait for them."""

import json
import logging
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import GRPC_INFO_TAG

logger = logging.getLogger(__name__)

UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def cancel_runs(instance: dg.DagsterInstance, server: Path) -> list[str]:
    """Ask the runs of the code server at this socket to stop, as the UI's *Terminate* does; return their ids."""
    found = [run for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)) if is_run_by(run, server)]
    for run in found:
        try:
            instance.run_launcher.terminate(run.run_id)
        except dg.DagsterError:  # who does not answer is ended with its group
            logger.warning("run %s could not be asked to stop", run.run_id)
    return [run.run_id for run in found]


def have_ended(instance: dg.DagsterInstance, run_ids: list[str]) -> bool:
    return not run_ids or not instance.get_runs(dg.RunsFilter(run_ids=run_ids, statuses=UNDER_WAY))


def is_run_by(run: dg.DagsterRun, server: Path) -> bool:
    return json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("socket") == str(server)
