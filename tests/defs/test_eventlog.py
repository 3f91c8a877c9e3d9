"""Dagster's history: sooner written, and no less there."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from pipeline.defs.eventlog import quick_history


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


def open_engine(file: Path) -> Engine:
    """An engine as Dagster makes one for every event: no connection is kept."""
    return create_engine(f"sqlite:///{file}", poolclass=NullPool)


def write(file: Path, number: int) -> None:
    with open_engine(file).begin() as connection:
        connection.execute(text("create table if not exists event (number int)"))
        connection.execute(text("insert into event values (:number)"), {"number": number})


def read(file: Path) -> list[int]:
    connection = sqlite3.connect(file)
    try:
        return [number for (number,) in connection.execute("select number from event")]
    finally:
        connection.close()


def log_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def test_events_are_there_for_other_readers_at_once(file):
    with quick_history():
        for number in range(3):
            write(file, number)
            assert read(file) == list(range(number + 1))


def test_the_log_is_written_back_once_at_the_end_and_not_at_every_event(file):
    with quick_history():
        write(file, 1)
        size = file.stat().st_size
        write(file, 2)
        assert log_of(file).exists()
        assert file.stat().st_size == size
    assert not log_of(file).exists()
    assert read(file) == [1, 2]


def test_an_error_in_between_loses_nothing(file):
    with pytest.raises(ZeroDivisionError), quick_history():
        write(file, 1)
        _ = 1 / 0
    assert read(file) == [1]
    assert not log_of(file).exists()


def test_afterwards_connections_are_as_ever(file):
    with quick_history():
        write(file, 1)
    with open_engine(file).connect() as connection:
        assert connection.execute(text("pragma synchronous")).scalar() == 2  # full


def test_a_database_in_memory_is_left_alone():
    with quick_history(), create_engine("sqlite://").connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1


class Elsewhere:
    """A connection of another driver, as of PostgreSQL: it has no `execute`, which only SQLite's has."""

    def cursor(self) -> None: ...

    def close(self) -> None: ...


def test_a_history_in_another_database_is_left_alone():
    connections: list[Elsewhere] = []

    def connect() -> Elsewhere:
        connections.append(Elsewhere())
        return connections[-1]

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, _initialize=False)
    with quick_history():
        engine.raw_connection().close()
    assert len(connections) == 1
