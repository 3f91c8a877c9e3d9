"""Dagster's history in a folder: runs, events, and ticks. `dagster.yaml` names it as the storage."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster._config import UserConfigSchema
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy import Connection

from pipeline.core.home import dagster_home
from pipeline.defs.history.database import Database, is_made
from pipeline.defs.history.eventlog import EventLog

# Where Dagster has them, below the home.
RUNS, EVENTS, SCHEDULES = Path("history"), Path("history") / "runs", Path("schedules")


class Runs(SqliteRunStorage):
    """Dagster's storage of runs, over a connection that stays open."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "runs.db")
        if not is_made(self._database.path):
            SqliteRunStorage.from_local(str(folder))
        super().__init__(f"sqlite:///{self._database.path}")

    @contextmanager
    def connect(self) -> Generator[Connection]:
        with self._database.connect() as connection:
            yield connection

    def dispose(self) -> None:
        self._database.close()


class Schedules(SqliteScheduleStorage):
    """Dagster's storage of ticks and switches, over a connection that stays open."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "schedules.db")
        if not is_made(self._database.path):
            SqliteScheduleStorage.from_local(str(folder))
        super().__init__(f"sqlite:///{self._database.path}")

    @contextmanager
    def connect(self) -> Generator[Connection]:
        with self._database.connect() as connection:
            yield connection

    def dispose(self) -> None:
        self._database.close()


class History(DagsterSqliteStorage):
    """Dagster's storage in SQLite, laid out as its own, without a file for each run."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        folder = Path(base_dir).absolute()
        self.base_dir = str(folder)
        self._inst_data = inst_data
        self._run_storage = Runs(folder / RUNS)
        self._event_log_storage = EventLog(str(folder / EVENTS))
        self._schedule_storage = Schedules(folder / SCHEDULES)
        DagsterStorage.__init__(self)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {"base_dir": dg.Field(dg.StringSource, is_required=False)}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Self:
        """Open the history in base_dir; without one, or if it was moved since that was written, in Dagster's home."""
        base_dir: str | None = config_value.get("base_dir")
        is_there = base_dir is not None and (not Path(base_dir).is_absolute() or Path(base_dir).is_dir())
        return cls(base_dir if base_dir and is_there else str(dagster_home()), inst_data)
