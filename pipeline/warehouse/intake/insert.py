"""Insert frames into tables; where SQL refuses, find the rows that are to blame."""

from contextlib import suppress
from typing import Any

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from pipeline.core.sql_files import read_sql
from pipeline.core.terminal import one_line

# What DuckDB raises about a value, not about its files or our SQL.
UNSTORABLE = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException, UnicodeError, OverflowError)


# Tables whose rows get keys on the way, and the file of sql/staging/ that does it.
KEYED = {
    "staging.listing": "insert_listings",
    "staging.sighting": "insert_sightings",
    "staging.witness": "insert_witnesses",
}


class Capsule:
    """A polars frame that DuckDB reads without pyarrow, as an Arrow C stream."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def insert(connection: DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Append a frame by column name; UTC timestamps lose their zone. `table` comes from our code, never from input.

    Listings get their keys on the way, and their links go to a table of their own.
    """
    if frame.is_empty():
        return
    naive = frame.cast({name: without_zone(dtype) for name, dtype in frame.schema.items()})
    connection.register("incoming", Capsule(naive))
    plain = f"insert into {table} by name from incoming"
    connection.execute(read_sql("staging", KEYED[table]) if table in KEYED else plain)
    connection.unregister("incoming")


def without_zone(dtype: Any) -> Any:
    """Return a polars type whose timestamps have no zone, within lists and structures too.

    DuckDB casts them by the zone of the session, that is of the machine.
    """
    if isinstance(dtype, pl.Datetime):
        return pl.Datetime(dtype.time_unit)
    if isinstance(dtype, pl.List):
        return pl.List(without_zone(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pl.Struct({field.name: without_zone(field.dtype) for field in dtype.fields})
    return dtype


def sift(connection: DuckDBPyConnection, table: str, frame: pl.DataFrame) -> dict[int, str]:
    """Return the places of the rows that a table refuses, with the reason. Inserts nothing."""
    refused: dict[int, str] = {}
    left = [(0, frame.height)]
    while left:
        first, last = left.pop()
        reason = try_to_insert(connection, table, frame[first:last])
        if reason is None:
            continue  # all are taken
        if last - first == 1:
            refused[first] = reason
        else:
            middle = (first + last) // 2
            left += [(first, middle), (middle, last)]
    return refused


def try_to_insert(connection: DuckDBPyConnection, table: str, frame: pl.DataFrame) -> str | None:
    """Return why a table refuses rows, in one line; None if it takes them. Inserts nothing."""
    connection.execute("begin")
    try:
        insert(connection, table, frame)
    except UNSTORABLE as error:
        return one_line(str(error))[:200]
    finally:
        roll_back(connection)
    return None


def roll_back(connection: DuckDBPyConnection) -> None:
    """Roll back; on a full disk DuckDB has ended the transaction by itself."""
    with suppress(duckdb.TransactionException):
        connection.execute("rollback")
