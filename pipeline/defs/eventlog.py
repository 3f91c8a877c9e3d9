"""Dagster's history without a wait for the disk at every event.

Dagster opens its SQLite files anew for each event. The last connection that closes a file writes its log back and waits
for the disk, so that an event costs some 25 ms; a range of days has hundreds. One connection more, open for as long as
a run lasts, leaves that for the end. Nothing is lost by a kill, and by a power cut the last events at most: SQLite's
own words on `synchronous = normal` with a write-ahead log: https://www.sqlite.org/pragma.html#pragma_synchronous.
"""

import sqlite3
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def quick_history() -> Generator[None]:
    """Keep each SQLite file that Dagster opens meanwhile open until the end; other databases are left alone."""
    held: dict[str, sqlite3.Connection] = {}

    def settle(connection: Any, record: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("pragma synchronous = normal")
        path = connection.execute("pragma database_list").fetchone()[2]
        if path and path not in held:
            connection.execute("pragma journal_mode = wal")  # Dagster's own choice, made before the file is held
            held[path] = spare.enter_context(closing(sqlite3.connect(path, check_same_thread=False)))
            held[path].execute("select count(*) from sqlite_master").fetchall()  # SQLite opens at the first look

    with ExitStack() as spare:
        event.listen(Engine, "connect", settle)
        try:
            yield
        finally:
            event.remove(Engine, "connect", settle)
