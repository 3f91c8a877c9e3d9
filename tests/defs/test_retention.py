"""Old history goes; what the UI shows as the state of assets, days and checks stays."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import time_machine
from dagster._core.events import DagsterEventType

from pipeline.defs.history.eventlog import EventLog
from pipeline.defs.history.retention import DETAILS, RUNS, prune
from pipeline.defs.instance import open_instance
from tests.defs.test_eventlog import BAD, DAYS, kinds, run

NOW = datetime.now(UTC)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with open_instance() as opened:
        yield opened


def folder_of(instance: dg.DagsterInstance) -> Path:
    assert isinstance(instance.event_log_storage, EventLog)
    return instance.event_log_storage.folder


def state(instance: dg.DagsterInstance) -> tuple[object, ...]:
    """What the UI shows of the assets."""
    checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(dg.AssetKey("table"), "has_rows")]
    )
    failed = instance.event_log_storage.get_latest_asset_partition_materialization_attempts_without_materializations(
        dg.AssetKey("days")
    )
    newest = instance.get_latest_materialization_events([dg.AssetKey("table"), dg.AssetKey("broken")])
    return (
        instance.get_materialized_partitions(dg.AssetKey("days")),
        failed,
        [(record.run_id, record.status) for record in checks.values() if record],
        {key: entry and entry.run_id for key, entry in newest.items()},
        instance.event_log_storage.get_latest_planned_materialization_info(dg.AssetKey("broken")),
    )


def test_after_a_month_a_run_keeps_its_beginning_its_end_and_its_failure(instance):
    old, failed, new = run(instance), run(instance, BAD), run(instance)
    before = state(instance)
    prune(instance, NOW + DETAILS + timedelta(days=1))
    assert state(instance) == before
    assert set(kinds(instance, old)) == {DagsterEventType.RUN_START, DagsterEventType.RUN_SUCCESS}
    assert DagsterEventType.STEP_FAILURE in kinds(instance, failed)
    assert DagsterEventType.ASSET_MATERIALIZATION in kinds(instance, new)
    assert instance.get_materialized_partitions(dg.AssetKey("days")) == set(DAYS.get_partition_keys())


def test_what_is_younger_stays(instance):
    run_id = run(instance)
    before = kinds(instance, run_id)
    prune(instance, NOW + DETAILS - timedelta(days=1))
    assert kinds(instance, run_id) == before


def test_after_a_year_whole_runs_go_and_the_state_of_their_assets_stays(instance):
    run_id = run(instance)
    before = state(instance)
    prune(instance, NOW + RUNS + timedelta(days=1))
    assert instance.get_run_by_id(run_id) is None
    assert state(instance) == before


def test_it_is_done_once_a_day(instance):
    later = NOW + DETAILS + timedelta(days=1)
    prune(instance, later)
    old, _ = run(instance), run(instance)
    prune(instance, later + timedelta(hours=23))
    assert DagsterEventType.STEP_SUCCESS in kinds(instance, old)
    prune(instance, later + timedelta(hours=25))
    assert DagsterEventType.STEP_SUCCESS not in kinds(instance, old)


def test_outcomes_of_checks_are_as_old_as_their_events_whenever_they_were_written(instance):
    with time_machine.travel(NOW - DETAILS - timedelta(days=2)):
        run(instance)
        newest = run(instance)
    prune(instance, NOW)
    with closing(sqlite3.connect(folder_of(instance) / "index.db")) as reader:
        assert reader.execute("select distinct run_id from asset_check_executions").fetchall() == [(newest,)]


def test_files_of_runs_that_dagsters_own_storage_wrote_go_too(instance):
    kept, old = folder_of(instance) / "index.db", folder_of(instance) / "0b7e2e9c-0000-4000-8000-000000000000.db"
    sqlite3.connect(old).close()
    prune(instance, NOW + DETAILS + timedelta(days=1))
    assert kept.exists()
    assert not old.exists()


def test_a_ui_that_reads_meanwhile_is_not_disturbed(instance):
    run(instance)
    run(instance)
    with closing(sqlite3.connect(folder_of(instance) / "index.db", isolation_level=None)) as reader:
        reader.execute("begin")
        (before,) = reader.execute("select count(*) from event_logs").fetchone()
        prune(instance, NOW + DETAILS + timedelta(days=1))
        assert reader.execute("select count(*) from event_logs").fetchone() == (before,)
        reader.execute("commit")
        assert reader.execute("select count(*) from event_logs").fetchone() < (before,)


def test_a_history_elsewhere_is_left_alone():
    with dg.DagsterInstance.ephemeral() as elsewhere:
        prune(elsewhere, NOW)
