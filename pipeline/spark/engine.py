"""Build the star on Spark from staging: the statements of a load, one after the other, into Parquet."""

import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import EngineError
from pipeline.core.progress import Counter
from pipeline.spark.dialect import Statement, spark_type, translate, translate_text
from pipeline.spark.exchange import Exchange, Shape
from pipeline.spark.functions import register
from pipeline.spark.session import WORKER_SECONDS, first_line, open_session, refusals
from pipeline.warehouse.tables import TABLES

log = logging.getLogger(__name__)

SCRIPTS = (("staging", "views"), ("load", "scope"), *(("load", table) for table in TABLES))


def load_by_spark(
    connection: DuckDBPyConnection, exchange: Exchange, master: str, worker_seconds: float = WORKER_SECONDS
) -> set[str]:
    """Load an empty star from staging on Spark, in one transaction; return the tables of which rows were replaced.

    Raises EngineError if Spark cannot; the star is empty then.
    """
    statements = list(read_statements())  # before anything is started: what does not translate is said at once
    exchange.clear()
    staged, shapes = exchange.write(connection)
    with open_session(master, worker_seconds=worker_seconds) as session:
        build(session, exchange.folder, statements, staged, shapes)
    exchange.read(connection)
    exchange.discard()
    return set(TABLES)


def read_statements() -> Iterator[tuple[str, Statement]]:
    """Yield every statement of a load in order, each with the file it is from."""
    views = sql_files.read_sql("staging", "tables")
    attempts = views[views.index("create view") :].replace("create view if not exists", "create temp view")
    for statement in translate_text(attempts, "sql/staging/tables.sql"):
        yield "sql/staging/tables.sql", Statement("view", f"staging__{statement.name}", statement.query)
    for folder, name in SCRIPTS:
        for statement in translate(folder, name):
            yield f"sql/{folder}/{name}.sql", statement


def build(
    session: Any,
    folder: Path,
    statements: list[tuple[str, Statement]],
    staged: Mapping[str, Shape],
    shapes: Mapping[str, Shape],
) -> None:
    """Run the statements; the rows of the star come to star/<table>."""
    register(session)
    for name, shape in staged.items():
        show(session, name, folder / "staging" / f"{name}.parquet", shape)
    for table, shape in shapes.items():
        show(session, table, folder / "empty" / f"{table}.parquet", shape)
    counter = Counter("statements on Spark", len(statements))
    for file, statement in statements:
        began = time.monotonic()
        try:
            run(session, folder, statement, shapes)
        except refusals() as error:
            raise EngineError(f"{file}: Spark refuses {statement.name}: {first_line(error)}") from error
        log.debug("%s %s: %.1f s", file, statement.name, time.monotonic() - began)
        counter.advance()


def run(session: Any, folder: Path, statement: Statement, shapes: Mapping[str, Shape]) -> None:
    """Run one statement: name a view, or write rows and show the file under the name of the table."""
    if statement.kind == "view":
        session.sql(f"create or replace temporary view {statement.name} as {statement.query}")
        return
    rows = session.sql(statement.query)
    if statement.kind == "star":
        shape = shapes[statement.name]
        rows = with_unknown(session, statement.name, fit(rows, shape))
        rows.write.mode("overwrite").parquet(str(folder / "star" / statement.name))
        show(session, statement.name, folder / "star" / statement.name, shape)
    else:
        path = str(folder / "made" / statement.name)
        rows.write.mode("overwrite").parquet(path)
        session.read.schema(rows.schema).parquet(path).createOrReplaceTempView(statement.name)


def fit(rows: Any, shape: Shape) -> Any:
    """Return the columns of a table with their types, as `insert … by name` does: null where a query has none."""
    found = {name.lower() for name in rows.columns}
    return rows.selectExpr(
        *(f"cast({name if name in found else 'null'} as {spark_type(kind)}) as {name}" for name, kind in shape.items())
    )


def with_unknown(session: Any, table: str, rows: Any) -> Any:
    """Put the rows that the table has already, its unknown member, before those of a load."""
    return session.table(table).unionByName(rows)


def show(session: Any, name: str, path: Path, shape: Shape) -> None:
    """Name a Parquet file or folder. Its types are told, since to look would be a job of its own."""
    columns = ", ".join(f"`{column}` {spark_type(kind)}" for column, kind in shape.items())
    session.read.schema(columns).parquet(str(path)).createOrReplaceTempView(name)
