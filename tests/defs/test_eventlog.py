"""Dagster's history: sooner written, each event once, and no less there."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import dagster as dg
import pytest
from dagster._core.events import DagsterEventType
from dagster._core.storage.event_log import SqliteEventLogStorage

from pipeline.defs.canary import BY_DAY
from pipeline.defs.history.eventlog import EventLog
from pipeline.defs.instance import open_instance

DAYS = dg.StaticPartitionsDefinition(["2025-03-20", "2025-03-21"])


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def days(context: dg.AssetExecutionContext) -> Iterator[dg.AssetMaterialization | dg.MaterializeResult]:
    for key in context.partition_keys:
        yield dg.AssetMaterialization("days", partition=key, metadata={"rows": 3})
    yield dg.MaterializeResult(metadata=BY_DAY)


@dg.asset(deps=[days])
def table() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"dagster/row_count": 3}, tags={"dagster/data_version": "one"})


@dg.asset_check(asset=table, blocking=True)
def has_rows() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, metadata={"rows that break the rule": 0})


@dg.asset(deps=[table])
def broken() -> None:
    raise ValueError("no")


GOOD = dg.Definitions(assets=[days, table], asset_checks=[has_rows])
BAD = dg.Definitions(assets=[days, table, broken], asset_checks=[has_rows])
RANGE = {"dagster/asset_partition_range_start": "2025-03-20", "dagster/asset_partition_range_end": "2025-03-21"}


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "10000")  # as `papers` sets it
    with open_instance() as opened:
        yield opened


def run(instance: dg.DagsterInstance, defs: dg.Definitions = GOOD) -> str:
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, raise_on_error=False, tags=RANGE).run_id


def kinds(instance: dg.DagsterInstance, run_id: str) -> list[DagsterEventType]:
    entries = instance.all_logs(run_id)
    return [entry.dagster_event.event_type for entry in entries if entry.dagster_event]


def events_of(instance: dg.DagsterInstance) -> EventLog:
    assert isinstance(instance.event_log_storage, EventLog)
    return instance.event_log_storage


def test_a_run_leaves_what_the_ui_shows_of_it(instance):
    run_id = run(instance)
    told = kinds(instance, run_id)
    assert told.count(DagsterEventType.STEP_SUCCESS) == 3
    assert told[-1] == DagsterEventType.RUN_SUCCESS
    assert instance.get_materialized_partitions(dg.AssetKey("days")) == set(DAYS.get_partition_keys())
    newest = instance.get_latest_materialization_event(dg.AssetKey("table"))
    assert newest and newest.run_id == run_id
    (record,) = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(dg.AssetKey("table"), "has_rows")]
    ).values()
    assert record.status.value == "SUCCEEDED"
    assert instance.fetch_run_status_changes(DagsterEventType.RUN_SUCCESS, limit=5).records[0].run_id == run_id


def test_events_are_stored_once_and_in_one_file(instance):
    run(instance)
    path = events_of(instance).folder / "index.db"
    assert [file.name for file in path.parent.glob("*.db")] == ["index.db"]
    with closing(sqlite3.connect(path)) as connection:
        count = "select count(*) from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
        assert connection.execute(count).fetchone() == (3,)


def test_what_a_run_intends_shows_until_it_has_done_it(instance):
    intended = {DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED}
    assert not intended & set(kinds(instance, run(instance)))
    failed = kinds(instance, run(instance, BAD))
    assert failed.count(DagsterEventType.ASSET_MATERIALIZATION_PLANNED) == 4  # two days, and two tables
    # Of these the UI knows that the asset is red.
    assert instance.event_log_storage.get_latest_planned_materialization_info(dg.AssetKey("broken")) is not None


def test_intentions_are_stored_alike_one_by_one_and_in_one_piece(instance, tmp_path, monkeypatch):
    def intentions(opened: dg.DagsterInstance) -> tuple[object, ...]:
        run_id = run(opened, BAD)
        with closing(sqlite3.connect(events_of(opened).folder / "index.db")) as connection:
            events = "select dagster_event_type, step_key, asset_key, partition from event_logs where run_id = ? and "
            planned = connection.execute(events + "dagster_event_type like '%PLANNED' order by 1, 3, 4", [run_id])
            assets = connection.execute("select asset_key, last_run_id = ? from asset_keys order by 1", [run_id])
            checks = "select asset_key, check_name, execution_status from asset_check_executions where run_id = ?"
            return planned.fetchall(), assets.fetchall(), connection.execute(checks, [run_id]).fetchall()

    together = intentions(instance)
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "another"))
    with open_instance() as another:
        assert intentions(another) == together


def test_an_output_that_stands_for_an_unchanged_table_is_no_news(instance):
    outputs = [entry.dagster_event for entry in instance.all_logs(run(instance), of_type=DagsterEventType.STEP_OUTPUT)]
    assert {event.step_key for event in outputs if event} == {"table", "table_has_rows"}


def test_an_event_is_there_for_other_processes_at_once(instance):
    run_id = run(instance)
    with open_instance() as another:
        assert kinds(another, run_id) == kinds(instance, run_id)


def test_a_kill_leaves_every_event_that_was_stored(instance, tmp_path):
    run(instance)
    folder = events_of(instance).folder
    copy = tmp_path / "after the kill"
    copy.mkdir()
    for path in folder.glob("index.db*"):  # as they lie there while the process that writes them lives
        (copy / path.name).write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy / "index.db")) as there, closing(sqlite3.connect(folder / "index.db")) as here:
        count = "select count(*), max(id) from event_logs"
        assert there.execute(count).fetchall() == here.execute(count).fetchall()


def test_a_history_of_dagsters_own_storage_goes_on(instance):
    folder = events_of(instance).folder
    for path in folder.glob("index.db*"):
        path.unlink()
    old = SqliteEventLogStorage(str(folder))
    with dg.DagsterInstance.ephemeral() as passing:
        run_id = run(passing)
        for entry in passing.all_logs(run_id):
            old.store_event(entry)
    ours = EventLog(str(folder))
    ours.register_instance(instance)
    assert len(ours.get_logs_for_run(run_id)) == len(old.get_logs_for_run(run_id))
    assert ours.get_materialized_partitions(dg.AssetKey("days")) == set(DAYS.get_partition_keys())
    ours.dispose()


def test_threads_store_events_at_once(instance):
    ended = instance.get_run_by_id(run(instance))
    before = len(instance.all_logs(ended.run_id))

    def tell() -> None:
        for number in range(10):
            instance.report_engine_event(f"number {number}", ended)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(instance.all_logs(ended.run_id)) == before + 40


def test_who_watches_a_run_hears_of_its_events(instance):
    heard = threading.Event()
    run_id = run(instance)
    instance.watch_event_logs(run_id, None, lambda entry, cursor: heard.set())
    assert heard.wait(10)
