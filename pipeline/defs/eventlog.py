"""Write Dagster's history without waiting for the disk at every event.

Dagster reopens its SQLite files for each event. Closing the last connection to a file writes its log back and waits for
the disk, some 25 ms per event, and a range of days has hundreds. One more connection, open during the run, postpones
that to the end. A kill loses nothing, a power cut the last events at most: see `synchronous = normal` with a
write-ahead log, https://www.sqlite.org/pragma.html#pragma_synchronous.
"""

import sqlite3
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def quick_history() -> Generator[None]:
    """Keep each SQLite file that Dagster opens in the block open until its end; other databases are left alone."""
    opened: dict[str, sqlite3.Connection] = {}

    def hold_open(connection: Any, record: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("pragma synchronous = normal")
        path = connection.execute("pragma database_list").fetchone()[2]
        if path and path not in opened:
            connection.execute("pragma journal_mode = wal")  # as Dagster does, but before the spare connection
            opened[path] = stack.enter_context(closing(sqlite3.connect(path, check_same_thread=False)))
            opened[path].execute("select count(*) from sqlite_master").fetchall()  # SQLite opens the file at first use

    with ExitStack() as stack:
        event.listen(Engine, "connect", hold_open)
        try:
            yield
        finally:
            event.remove(Engine, "connect", hold_open)
