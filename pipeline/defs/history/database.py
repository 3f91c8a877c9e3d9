"""A SQLite file of Dagster's history, with its connection kept open between uses.

Dagster opens its files anew for each event, and compiles each statement again. Closing the last connection to a file
writes its log back and waits for the disk, some 25 ms an event. Here connections are kept, so that is done once, at the
end. A kill loses nothing, a power cut the last events at most: see `synchronous = normal` with a write-ahead log,
https://www.sqlite.org/pragma.html#pragma_synchronous.
"""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool


class Database:
    """One file, which exists. Threads may use it at once, each with a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._whole = threading.local()

    @contextmanager
    def connect(self) -> Generator[Connection]:
        """Yield a connection in a transaction, which is committed at the end of the block."""
        if (whole := getattr(self._whole, "connection", None)) is not None:
            yield whole
            return
        with self._open().connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Let this thread's uses within the block be one transaction: all of them are stored, or none."""
        if getattr(self._whole, "connection", None) is not None:
            yield
            return
        with self.connect() as connection:
            self._whole.connection = connection
            try:
                yield
            finally:
                self._whole.connection = None

    def close(self) -> None:
        """Close the connections; the next use opens another."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def _open(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = open_engine(self.path)
            return self._engine


def open_engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=1,  # kept; more are opened when threads need them at once, and closed again
        max_overflow=-1,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", make_quick)
    return engine


def make_quick(connection: Any, record: object) -> None:
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")


def is_made(path: Path) -> bool:
    """Whether a file is there and has all its tables: Dagster notes their version last."""
    if not path.is_file():
        return False
    with closing(sqlite3.connect(path, timeout=SQLITE_BUSY_TIMEOUT_SECONDS)) as connection:
        try:
            return connection.execute("select count(*) from alembic_version").fetchone() != (0,)
        except sqlite3.OperationalError:
            return False
