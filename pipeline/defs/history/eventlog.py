"""The events of Dagster's runs in one SQLite file, each stored once.

Dagster's own storage has a file for each run, with all its tables, and stores every event of an asset a second time in
`index.db`, for questions across runs. Here all events are in `index.db`. So a history that Dagster has begun goes on:
the files of its runs, which have their steps, are read where they lie.
"""

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.event_api import EventHandlerFn
from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as STATUS
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.dialects.sqlite import insert

from pipeline.defs.canary import BY_DAY
from pipeline.defs.history.database import Database, is_made

NAME = "index.db"
OF_RUN = "from asset_check_executions where asset_key = ? and check_name = ? and run_id = ?"
FORGET_EVALUATION = f"delete from event_logs where id = (select evaluation_event_storage_id {OF_RUN})"
FORGET_OUTCOME = f"delete {OF_RUN}"
INTENTIONS = (DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED)


class EventLog(ConsolidatedSqliteEventLogStorage):
    """Dagster's storage of events in one file, over a connection that stays open."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self.folder = Path(base_dir).absolute()
        self._database = Database(self.folder / NAME)
        self._tables: dict[str, bool] = {}
        self._watcher: SqlPollingEventWatcher | None = None
        if not is_made(self._database.path):
            SqliteEventLogStorage(str(self.folder))
        super().__init__(base_dir, inst_data)

    def get_db_path(self) -> str:
        return str(self._database.path)

    @contextmanager
    def _connect(self) -> Generator[Connection]:
        with self._database.connect() as connection:
            yield connection

    def run_connection(self, run_id: str | None) -> AbstractContextManager[Connection]:
        """Return a connection to the events of a run: in a file of its own if Dagster's storage has begun one."""
        path = self.folder / f"{run_id}.db"
        return connect_once(path) if run_id and path.is_file() else self._connect()

    def store_event(self, event: EventLogEntry) -> None:
        if says_nothing(event):
            return
        with self._database.transaction():
            super().store_event(shorten(event))
            if event.dagster_event_type == DagsterEventType.RUN_SUCCESS:
                self._forget_intentions(event.run_id)

    def _forget_intentions(self, run_id: str) -> None:
        """Forget what a run was going to do once it has done it all. What a failed one left is what shows as failed."""
        table = SqlEventLogStorageTable
        is_intention = table.c.dagster_event_type.in_([kind.value for kind in INTENTIONS])
        with self._connect() as connection:
            connection.execute(table.delete().where(table.c.run_id == run_id, is_intention))

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events in one transaction. What a run intends to do comes first and in one piece, so three statements
        store it, whatever its length.
        """
        events = [shorten(event) for event in events if not says_nothing(event)]
        with self._database.transaction():
            if all(event.dagster_event_type in INTENTIONS for event in events):
                self._store_intentions(events)
            else:
                super().store_event_batch(events)

    def _insert(self, connection: Connection, events: Sequence[EventLogEntry]) -> list[dict[str, Any]]:
        """Insert events in two statements, and return their rows, with their numbers."""
        rows = [self._event_to_row(event) for event in events]
        first: Any = connection.execute(SqlEventLogStorageTable.insert(), rows[0])
        # From here on nobody else can write, so that the numbers to come are known.
        rows = [{"id": number, **row} for number, row in enumerate(rows, first.inserted_primary_key[0])]
        if rows[1:]:
            connection.execute(SqlEventLogStorageTable.insert(), rows[1:])
        return rows

    def _store_intentions(self, events: Sequence[EventLogEntry]) -> None:
        """Store events that say which assets and checks a run is going to see to."""
        with self._connect() as connection:
            rows = self._insert(connection, events)
            assets = {row["asset_key"]: event for row, event in zip(rows, events, strict=True) if row["asset_key"]}
            checks = [(event, row) for row, event in zip(rows, events, strict=True) if not row["asset_key"]]
            if assets:
                statement = insert(AssetKeyTable)
                changed = ("last_run_id", "last_materialization_timestamp")
                statement = statement.on_conflict_do_update(
                    index_elements=["asset_key"], set_={name: statement.excluded[name] for name in changed}
                )
                values = [{"asset_key": key, **self._get_asset_entry_values(assets[key], 0, True)} for key in assets]
                connection.execute(statement, values)
            if checks:
                connection.execute(AssetCheckExecutionsTable.insert(), [intention_row(*check) for check in checks])

    def find_targets(self, assets: Collection[str]) -> dict[str, AssetCheckEvaluationTargetMaterializationData]:
        """Return by asset what a check of now is about: its newest materialization. One without any has no entry."""
        events = SqlEventLogStorageTable.c
        keys = {dg.AssetKey(asset).to_string(): asset for asset in assets}
        # SQLite takes the other columns from the row that has the maximum.
        newest = (
            select(events.asset_key, func.max(events.id), events.run_id, events.timestamp)
            .where(
                events.asset_key.in_(keys), events.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value
            )
            .group_by(events.asset_key)
        )
        with self._connect() as connection:
            return {
                keys[key]: AssetCheckEvaluationTargetMaterializationData(
                    storage_id=number, run_id=run_id, timestamp=at.replace(tzinfo=UTC).timestamp()
                )
                for key, number, run_id, at in connection.execute(newest)
            }

    def store_evaluations(self, events: Sequence[EventLogEntry], instead_of: str | None = None) -> None:
        """Store outcomes of checks that a run has announced, in one piece, and forget those of the same checks that the
        run `instead_of` told.
        """
        outcomes = [(event, event.get_dagster_event().asset_check_evaluation_data) for event in events]
        keys = [(found.asset_key.to_string(), found.check_name) for _, found in outcomes]
        with self._database.transaction(), self._connect() as connection:
            if instead_of:
                former = [(*key, instead_of) for key in keys]
                connection.exec_driver_sql(FORGET_EVALUATION, former)
                connection.exec_driver_sql(FORGET_OUTCOME, former)
            announced = [(*key, event.run_id) for key, event in zip(keys, events, strict=True)]
            connection.exec_driver_sql(FORGET_OUTCOME, announced)
            rows = map(outcome_row, outcomes, self._insert(connection, events))
            connection.execute(AssetCheckExecutionsTable.insert(), list(rows))

    def forget(self, statements: str, before: datetime, run_ids: Sequence[str]) -> None:
        """Run statements with $before, a time in UTC without a zone; then forget what is left of whole runs, but for
        what is known of assets and checks.
        """
        with self._connect() as connection:
            for statement in statements.split(";")[:-1]:
                connection.exec_driver_sql(statement, {"before": before.isoformat(" ")})
            table = SqlEventLogStorageTable
            is_of_none = table.c.asset_key.is_(None) & (
                table.c.dagster_event_type != DagsterEventType.ASSET_CHECK_EVALUATION.value
            )
            for run_id in run_ids:
                connection.execute(table.delete().where(table.c.run_id == run_id, is_of_none))

    def has_table(self, table_name: str) -> bool:
        """Whether the file has a table, which no table of Dagster's ever leaves."""
        if not self._tables.get(table_name):
            with self._connect() as connection:
                self._tables[table_name] = inspect(connection).has_table(table_name)
        return self._tables[table_name]

    def _has_asset_key_col_on_connection(self, conn: Any, column_name: str) -> bool:
        return True  # since Dagster 0.13; asked at every event

    def _store_asset_event(self, conn: Any, event: EventLogEntry, event_id: int) -> None:
        """Note what an asset has as its last event, in one statement: Dagster's own tries, fails and tries another."""
        if not (event.dagster_event and event.dagster_event.asset_key):
            return
        values: Mapping[str, Any] = self._get_asset_entry_values(event, event_id, True)
        if values:
            key = event.dagster_event.asset_key.to_string()
            statement = insert(AssetKeyTable).values(asset_key=key, **values)
            conn.execute(statement.on_conflict_do_update(index_elements=["asset_key"], set_=dict(values)))

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        if self._watcher is None:
            self._watcher = SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: EventHandlerFn) -> None:
        if self._watcher is not None:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self._database.close()


def says_nothing(event: EventLogEntry) -> bool:
    """Whether an event is the output of a step that stands for a table in which nothing has changed."""
    told = event.dagster_event
    if told is None or not told.is_successful_output:
        return False
    return set(told.step_output_data.metadata) == BY_DAY.keys()


def shorten(event: EventLogEntry) -> EventLogEntry:
    """Return an event without its tags for loggers: its other fields say the same, and nobody reads them."""
    told = event.dagster_event
    return event._replace(dagster_event=told._replace(logging_tags={})) if told and told.logging_tags else event


def intention_row(event: EventLogEntry, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a check that a run intends, whose event is stored in another row. No check of ours has days."""
    intended = event.get_dagster_event().asset_check_planned_data
    return {
        "asset_key": intended.asset_key.to_string(),
        "check_name": intended.check_name,
        "run_id": event.run_id,
        "execution_status": STATUS.PLANNED.value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": row["id"],
    }


def outcome_row(outcome: tuple[EventLogEntry, AssetCheckEvaluation], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of an outcome of a check, whose event is stored in another row."""
    event, found = outcome
    target = found.target_materialization_data
    return {
        "asset_key": found.asset_key.to_string(),
        "check_name": found.check_name,
        "run_id": event.run_id,
        "execution_status": (STATUS.SUCCEEDED if found.passed else STATUS.FAILED).value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": row["id"],
        "materialization_event_storage_id": target.storage_id if target else None,
    }


@contextmanager
def connect_once(path: Path) -> Generator[Connection]:
    """Yield a connection to a file that is not kept open."""
    with closing(Database(path)) as database, database.connect() as connection:
        yield connection
