"""The real Dagster UI and daemon as processes, on the demo archive and stand-in services: what tests drive and ask."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.scheduler.instigation import ScheduleInstigatorData

PATIENCE_SECONDS = 240  # the backfill daemon looks every 30 seconds, and a busy machine takes its time

LAUNCH = """
mutation($p: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $p) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""
BACKFILL = """
query($b: String!) {
  partitionBackfillOrError(backfillId: $b) {
    ... on PartitionBackfill { status numPartitions runs(limit: 50) { runId status } error { message } }
  }
}"""
READY = """
{
  workspaceOrError { ... on Workspace { locationEntries { name loadStatus
    locationOrLoadError { __typename ... on PythonError { message } } } } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}"""
RUNS = """
{ runsOrError { ... on Runs { results {
  runId status jobName creationTime startTime endTime tags { key value }
} } } }"""
LAUNCH_RUN = """
mutation($p: ExecutionParams!) {
  launchRun(executionParams: $p) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}"""
TERMINATE_RUN = """
mutation($r: String!) {
  terminateRun(runId: $r, terminatePolicy: SAFE_TERMINATE) { __typename ... on TerminateRunFailure { message } }
}"""
CANCEL_BACKFILL = """
mutation($b: String!) { cancelPartitionBackfill(backfillId: $b) { __typename ... on PythonError { message } } }"""
START_SENSOR = "mutation($s: SensorSelector!) { startSensor(sensorSelector: $s) { __typename } }"
RESET_SENSOR = "mutation($s: SensorSelector!) { resetSensor(sensorSelector: $s) { __typename } }"
START_SCHEDULE = "mutation($s: ScheduleSelector!) { startSchedule(scheduleSelector: $s) { __typename } }"
RESET_SCHEDULE = "mutation($s: ScheduleSelector!) { resetSchedule(scheduleSelector: $s) { __typename } }"
LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "pipeline"}
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
# Looks at the published file as an analyst does, again and again, until its input is closed; then says what it saw.
READER = """
import collections, json, select, sys, duckdb
seen, refused = collections.Counter(), []
while not select.select([sys.stdin], [], [], 0.1)[0]:
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as connection:
            found = connection.execute("select max(listing_date), count(*) from fct_listing").fetchall()[0]
            seen[f"{found[0]} {found[1]}"] += 1
    except duckdb.Error as error:
        refused.append(str(error))
print(json.dumps({"seen": seen, "refused": refused}))
"""


class DagsterUi:
    """A running UI: its address, and what its pages do, by the GraphQL that they speak."""

    def __init__(self, port: int, process: int = 0) -> None:
        self.port, self.process = port, process  # its process leads a session of its own
        self.url = f"http://127.0.0.1:{port}"
        self.home = os.environ["DAGSTER_HOME"]

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        body = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            found = json.load(answer)
        assert not found.get("errors"), found["errors"]
        return found["data"]

    def is_ready(self) -> bool:
        try:
            found = self.ask(READY)
        except OSError:
            return False
        entries = found["workspaceOrError"]["locationEntries"]
        daemons = found["instance"]["daemonHealth"]["allDaemonStatuses"]
        return all(entry["loadStatus"] == "LOADED" for entry in entries) and all(
            daemon["healthy"] for daemon in daemons if daemon["required"]
        )

    def launch_backfill(self, days: list[str], job: str = "daily_run") -> str:
        """Launch a job over days as the UI does from the job's page; returns the backfill's id."""
        selector = {
            "partitionSetName": f"{job}_partition_set",
            "repositorySelector": LOCATION,
        }
        found = self.ask(LAUNCH, {"p": {"selector": selector, "partitionNames": days}})["launchPartitionBackfill"]
        assert found["__typename"] == "LaunchBackfillSuccess", found
        return str(found["backfillId"])

    def backfill(self, backfill_id: str) -> Any:
        return self.ask(BACKFILL, {"b": backfill_id})["partitionBackfillOrError"]

    def finished_backfill(self, backfill_id: str) -> Any:
        wait_for(lambda: self.backfill(backfill_id)["status"].startswith("COMPLETED"), "the backfill to complete")
        return self.backfill(backfill_id)

    def backfills(self) -> list[str]:
        found = self.ask("{ partitionBackfillsOrError { ... on PartitionBackfills { results { id } } } }")
        return [backfill["id"] for backfill in found["partitionBackfillsOrError"]["results"]]

    def runs(self) -> list[Any]:
        return self.ask(RUNS)["runsOrError"]["results"]

    def status(self, run_id: str) -> str:
        return next(run["status"] for run in self.runs() if run["runId"] == run_id)

    def launch_run(self, day: str) -> str:
        """Launch the daily job over one day as the UI's buttons do; returns the run's id."""
        run = {
            "selector": {**LOCATION, "jobName": "daily_run"},
            "runConfigData": {},
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": day}]},
        }
        found = self.ask(LAUNCH_RUN, {"p": run})["launchRun"]
        assert found["__typename"] == "LaunchRunSuccess", found
        return str(found["run"]["runId"])

    def terminate_run(self, run_id: str) -> None:
        found = self.ask(TERMINATE_RUN, {"r": run_id})["terminateRun"]
        assert found["__typename"] == "TerminateRunSuccess", found

    def cancel_backfill(self, backfill_id: str) -> None:
        found = self.ask(CANCEL_BACKFILL, {"b": backfill_id})["cancelPartitionBackfill"]
        assert found["__typename"] == "CancelBackfillSuccess", found

    @contextmanager
    def sensor(self, name: str) -> Iterator[None]:
        """A sensor that is ticked on for as long as it is wanted."""
        selector = {"s": {**LOCATION, "sensorName": name}}
        self.ask(START_SENSOR, selector)
        yield
        self.ask(RESET_SENSOR, selector)

    @contextmanager
    def schedule(self, name: str, on_since: datetime) -> Iterator[None]:
        """A schedule that is ticked on, and was since a time in the past: the daemon owes it the last of its ticks."""
        selector = {"s": {**LOCATION, "scheduleName": name}}
        self.ask(START_SCHEDULE, selector)
        with dg.DagsterInstance.from_config(self.home) as instance:
            [state] = [state for state in instance.all_instigator_state() if state.instigator_name == name]
            assert isinstance(state.instigator_data, ScheduleInstigatorData)
            since = ScheduleInstigatorData(state.instigator_data.cron_schedule, on_since.timestamp())
            instance.update_instigator_state(state.with_data(since))
        yield
        self.ask(RESET_SCHEDULE, selector)


@contextmanager
def dagster_ui(environment: Mapping[str, str], log: Path) -> Iterator[DagsterUi]:
    """Start `papers ui`, and end it with all that it has started.

    Whoever asks waits for `is_ready` first: it takes its time, in which other work can be done.
    """
    port = free_port()
    with papers_ui(port, environment, log) as process:
        yield DagsterUi(port, process.pid)
        assert process.poll() is None, log.read_text("utf-8", "replace")[-3000:]


@contextmanager
def papers_ui(port: int, environment: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `papers ui` in a session of its own, by which all that it starts can be found; at last, end it."""
    command = [sys.executable, "-m", "pipeline", "ui", "--port", str(port)]
    settings = {**os.environ, **environment}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, env=settings, stdout=out, stderr=out, cwd=log.parent, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def processes_of(session: int) -> dict[int, str]:
    """The command lines of the processes of a session that have not ended, by their ids."""
    found: dict[int, str] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(process.name)) == session:
                words = (process / "cmdline").read_bytes()  # empty where it has ended and nobody has asked how
                if words:
                    found[int(process.name)] = words.replace(b"\0", b" ").decode()
    return found


@contextmanager
def reader(published: Path) -> Iterator[dict[str, Any]]:
    """A second process that reads the published file all along; what it saw and how often is there once it ended."""
    found: dict[str, Any] = {}
    command = [sys.executable, "-c", READER, str(published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield found
        found |= json.loads(process.communicate()[0])


def wait_for(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for {what}"
        time.sleep(0.5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
