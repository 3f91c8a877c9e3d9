"""Load responses as a run would, in a transaction that is rolled back, and return what it would change.

A DuckDB transaction can write to one file only. So the responses are staged in memory first. Then, in a transaction
on the star, views combine them with staging, the star is loaded from the views, and everything is rolled back.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.http.exchange import Exchange, exchanges_frame
from pipeline.sources.stored import Stored
from pipeline.warehouse.build import quoted, replace_differences
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.days import STORED_PAGE_TABLES
from pipeline.warehouse.private import PrivateFiles, open_connection
from pipeline.warehouse.staging import load_exchanges
from pipeline.warehouse.stored import EVER, by, stored_of
from pipeline.warehouse.tables import TABLES


@dataclass(frozen=True)
class Change:
    """How many rows of a table a load would add and remove."""

    table: str
    added: int
    removed: int


def dry_load(warehouse: Warehouse, exchanges: Sequence[Exchange]) -> tuple[Stored, list[Change]]:
    """Return what would be stored after loading `exchanges`, and the tables that would change, in loading order.

    The private files must be up to date (Warehouse.refresh); nothing on disk changes. Raises WarehouseError if they
    cannot be used.
    """
    try:
        return try_load(warehouse, exchanges)
    except duckdb.Error as error:
        warehouse.private.raise_unless_damaged(error)
        raise WarehouseError(
            f"{warehouse.private.folder} cannot be used ({error}): the next run rebuilds it from raw/"
        ) from error


def try_load(warehouse: Warehouse, exchanges: Sequence[Exchange]) -> tuple[Stored, list[Change]]:
    """Do what dry_load does. Raises duckdb.Error."""
    with stage_in_memory(warehouse.private, exchanges) as connection:
        connection.execute("begin")
        combine_staging(connection)
        count_rows(connection, "before")
        replace_differences(connection)
        count_rows(connection, "after")
        stored = stored_of(connection.execute(sql_files.read_sql("status", "stored"), by(EVER)).fetchall())
        changes = [compare(connection, table) for table in TABLES]
        connection.execute("rollback")
    return stored, [change for change in changes if change.added or change.removed]


@contextmanager
def stage_in_memory(private: PrivateFiles, exchanges: Sequence[Exchange]) -> Generator[DuckDBPyConnection]:
    """Yield a connection that uses the star, with staging.duckdb as `stored` and the staged exchanges as `incoming`."""
    connection = open_connection(private.folder / "spill")
    try:
        connection.execute("attach ':memory:' as incoming; use incoming; create schema staging")
        connection.execute(sql_files.read_sql("schema", "keys"))
        connection.execute(sql_files.read_sql("staging", "tables"))
        load_exchanges(connection, exchanges_frame(exchanges), files=())
        connection.execute(f"attach '{quoted(private.staging)}' as stored (read_only)")
        connection.execute(f"attach '{quoted(private.build)}' as build; use build")
        for table in STORED_PAGE_TABLES:
            connection.execute(
                f"delete from incoming.staging.{table} where (document_id, listing_date, sha256) in "
                "(select (document_id, listing_date, sha256) from stored.page)"
            )
        yield connection
    finally:
        connection.close()


def combine_staging(connection: DuckDBPyConnection) -> None:
    """Create a schema `staging` in the star, of views that unite the tables of `stored` and `incoming`."""
    tables = "select table_name from duckdb_tables() where database_name = 'incoming'"
    names = [name for (name,) in connection.execute(tables).fetchall()]
    connection.execute("create schema staging")
    for table in names:
        connection.execute(
            f"create view staging.{table} as from stored.{table} union all by name from incoming.staging.{table}"
        )
    connection.execute(sql_files.read_sql("staging", "tables"))  # which leaves those, and makes its views over them
    connection.execute(sql_files.read_sql("staging", "views"))


def count_rows(connection: DuckDBPyConnection, when: str) -> None:
    """Count equal rows of each table, by a hash of the row, in temporary tables."""
    for table in TABLES:
        rows = f"select hash(row) as row_hash, count(*) as count from {table} as row group by all"
        connection.execute(f"create temp table {when}_{table} as {rows}")


def compare(connection: DuckDBPyConnection, table: str) -> Change:
    """Return how many rows were added and removed between the two counts."""
    added, removed = connection.execute(
        f"""
        select
            coalesce(sum(greatest(coalesce(after.count, 0) - coalesce(before.count, 0), 0)), 0)::bigint,
            coalesce(sum(greatest(coalesce(before.count, 0) - coalesce(after.count, 0), 0)), 0)::bigint
        from after_{table} as after
        full join before_{table} as before using (row_hash)
        """
    ).fetchall()[0]
    return Change(table, added, removed)
