"""The real Dagster UI and daemon as processes, on the demo archive and stand-in services: what tests drive and ask."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pipeline
from pipeline.runs import open_instance

WORKSPACE = Path(pipeline.__file__).with_name("workspace.yaml")
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
RUNS = "{ runsOrError { ... on Runs { results { runId status jobName startTime endTime tags { key value } } } } }"


class DagsterUi:
    """A running UI: its address, and GraphQL."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        body = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
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
            "repositorySelector": {"repositoryName": "__repository__", "repositoryLocationName": "pipeline"},
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


@contextmanager
def dagster_ui(environment: Mapping[str, str], log: Path) -> Iterator[DagsterUi]:
    """Start webserver, daemon and code server as `papers ui` does, and end them with all that they have started."""
    open_instance().dispose()
    port = free_port()
    command = [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workspace", str(WORKSPACE)]
    with log.open("wb") as out:
        # It ends its own processes by SIGINT, which whoever started us in the background may have had ignored.
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=out,
            stderr=out,
            cwd=log.parent,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  takes no lock
        )
    try:
        ui = DagsterUi(port)
        wait_for(lambda: ui.is_ready() or process.poll() is not None, "the UI to start")
        assert process.poll() is None, log.read_text("utf-8", "replace")[-3000:]
        yield ui
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for {what}"
        time.sleep(0.5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
