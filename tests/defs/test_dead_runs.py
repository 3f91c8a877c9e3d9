"""A run whose process was killed is reported as failed by the next who holds the lock; one that lives never is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.test_utils import create_run_for_test
from loopback import Reply, serve

from pipeline.commands.job import run_days
from pipeline.core.settings import read_settings
from pipeline.defs.dead_runs import LONGEST_WITHOUT_LOCK, TAG, mark_of, report_dead_runs, writing
from pipeline.defs.instance import open_instance
from pipeline.defs.sensors import dead_runs_sensor
from pipeline.standin import Standin
from pipeline.warehouse import lock

STARTED, FAILURE, SUCCESS = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS
DAY = datetime(2025, 3, 20, tzinfo=UTC).date()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def begin(instance: dg.DagsterInstance, **tags: str) -> str:
    """A run that the history takes for one in progress."""
    run = create_run_for_test(instance, job_name="daily_run", tags=tags)
    begun = DagsterEvent(event_type_value=DagsterEventType.PIPELINE_START.value, job_name="daily_run")
    instance.report_dagster_event(begun, run_id=run.run_id)
    return run.run_id


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def look(instance: dg.DagsterInstance) -> Any:
    return dead_runs_sensor(dg.build_sensor_context(instance=instance))


def make_link(file: Path) -> None:
    """Let a link to the same text stand there, as somebody else may have planted it."""
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


def test_a_run_that_says_that_it_writes_while_another_holds_the_lock_is_dead(instance, tmp_path):
    mine, dead = begin(instance, **{TAG: mark_of(tmp_path)}), begin(instance, **{TAG: mark_of(tmp_path)})
    assert report_dead_runs(instance, tmp_path, datetime.now(UTC), own=mine) == [dead]
    assert (status_of(instance, mine), status_of(instance, dead)) == (STARTED, FAILURE)
    assert report_dead_runs(instance, tmp_path, datetime.now(UTC), own=mine) == []


def test_a_run_that_waits_or_is_about_to_end_or_writes_elsewhere_is_left_alone(instance, tmp_path):
    (tmp_path / "other").mkdir()
    waits, ends, elsewhere = begin(instance), begin(instance), begin(instance, **{TAG: mark_of(tmp_path / "other")})
    with writing(instance, ends, tmp_path):
        pass
    assert report_dead_runs(instance, tmp_path, datetime.now(UTC)) == []
    later = datetime.now(UTC) + LONGEST_WITHOUT_LOCK + timedelta(minutes=1)
    assert sorted(report_dead_runs(instance, tmp_path, later)) == sorted([waits, ends])
    assert status_of(instance, elsewhere) is STARTED


def test_containers_with_one_path_for_disks_of_their_own_leave_each_others_runs_alone(instance, tmp_path):
    path, disk = tmp_path / "warehouse", tmp_path / "disk of another container"
    path.mkdir()
    alive = begin(instance, **{TAG: mark_of(path)})
    path.rename(disk)
    path.mkdir()
    assert report_dead_runs(instance, path, datetime.now(UTC)) == []
    assert status_of(instance, alive) is STARTED
    # And one disk is known under whatever path it is mounted.
    assert report_dead_runs(instance, disk, datetime.now(UTC)) == [alive]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_bytes(b"half"), make_link])
def test_a_folder_whose_identity_is_lost_gets_another_one_and_no_run_is_ended_by_it(instance, tmp_path, spoil):
    before = begin(instance, **{TAG: mark_of(tmp_path)})
    spoil(tmp_path / ".identity")
    assert report_dead_runs(instance, tmp_path, datetime.now(UTC)) == []
    after = begin(instance, **{TAG: mark_of(tmp_path)})
    assert report_dead_runs(instance, tmp_path, datetime.now(UTC)) == [after]
    assert status_of(instance, before) is STARTED
    assert (tmp_path / ".identity").is_file() and not (tmp_path / ".identity").is_symlink()


def test_a_run_of_before_folders_had_identities_is_known_by_their_path(instance, tmp_path):
    dead = begin(instance, **{TAG: f"writes {tmp_path}"})
    begin(instance, **{TAG: f"writes {tmp_path / 'other'}"})
    assert report_dead_runs(instance, tmp_path, datetime.now(UTC)) == [dead]


def test_the_sensor_looks_only_where_nobody_writes(instance):
    folder = read_settings().warehouse_dir
    assert "no run is in progress" in look(instance).skip_message
    assert not folder.exists()
    with lock.hold(folder, "a run"):
        run_id = begin(instance, **{TAG: mark_of(folder)})
        assert "is being written by" in look(instance).skip_message
        assert status_of(instance, run_id) is STARTED
    assert run_id in look(instance).skip_message
    assert status_of(instance, run_id) is FAILURE


def test_a_run_that_was_killed_no_longer_holds_up_the_others(monkeypatch, tmp_path):
    """Really killed: between the end of its lock and the next run, the history says that it goes on."""
    papers = [sys.executable, "-c", "from pipeline.cli import main; main()", "run", "--date", str(DAY)]
    with serve(lambda asked: time.sleep(60) or Reply(200)) as silent:
        environment = {**os.environ, "ARCHIVE_BASE_URL": silent.url}
        process = subprocess.Popen(papers, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not silent.asked:
                assert process.poll() is None
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    with open_instance() as instance:
        (killed,) = [run.run_id for run in instance.get_runs()]
        assert status_of(instance, killed) is STARTED
    with Standin() as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        standin.allow(5000, "anonymous")
        outcome = run_days(DAY, DAY)
    assert outcome.failures == ()
    with open_instance() as instance:
        assert status_of(instance, killed) is FAILURE
        assert status_of(instance, outcome.run_id) is SUCCESS
    assert Path(tmp_path / "warehouse" / "papers.duckdb").exists()
