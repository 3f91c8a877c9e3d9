"""The star schema in build.duckdb: its tables, and how they are loaded from staging."""

from collections.abc import Sequence

import polars as pl
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.markdown_table import as_table
from pipeline.sources.registry import SOURCES
from pipeline.warehouse.staging import insert, roll_back

PREVIEW_ROWS = 5

# In the order of loading: bridges before the facts that count them, facts before the dimensions that drop orphans.
TABLES = (
    "dim_source",
    "bridge_listing_author",
    "bridge_listing_task",
    "bridge_listing_repository",
    "bridge_listing_hub_resource",
    "rejected_link",
    "rejected_row",
    "fct_listing",
    "fct_source_day",
    "bridge_paper_author",
    "bridge_paper_category",
    "dim_paper",
    "dim_repository_name",
    "fct_repository_day",
    "dim_repository_version",
    "dim_repository",
    "dim_author",
    "dim_task",
    "dim_category",
    "dim_hub_resource",
    "dim_date",
    "enrichment_attempt",
    "search_term",
    "search_document",
)


def prepare(connection: DuckDBPyConnection) -> None:
    """Make what is missing: keys, tables with their comments, marts, staging tables, and the views over them."""
    connection.execute(sql_files.read_sql("staging", "tables"))
    present = {
        row[0]
        for row in connection.execute("select table_name from duckdb_tables() where database_name = 'build'").fetchall()
    }
    if present != set(TABLES):
        connection.execute("begin")
        connection.execute(sql_files.read_sql("schema", "keys"))
        for table in TABLES:
            connection.execute(sql_files.read_sql("schema", table))
            comment_on(connection, table)
        for mart in sql_files.names("marts"):
            connection.execute(sql_files.read_sql("marts", mart))
            connection.execute(f"comment on view {mart} is '{quoted(sql_files.describe('marts', mart))}'")
            connection.execute(sql_files.read_sql("comments", mart))
        connection.execute("commit")
    connection.execute(sql_files.read_sql("staging", "views"))


def comment_on(connection: DuckDBPyConnection, table: str) -> None:
    """Put the grain on a table and the meaning on its columns; COMMENT takes no parameters, and the texts are ours."""
    connection.execute(f"comment on table {table} is '{quoted(sql_files.describe('load', table))}'")
    for column, (_, comment) in sql_files.columns(table).items():
        connection.execute(f"comment on column {table}.{column} is '{quoted(comment)}'")


def load_star(connection: DuckDBPyConnection, tables: Sequence[str] = TABLES) -> None:
    """Bring the star up to date with staging, in one transaction. Only a benchmark passes fewer tables."""
    connection.execute("begin")
    try:
        replace_differences(connection, tables)
        connection.execute("commit")
    except BaseException:
        roll_back(connection)
        raise


def replace_differences(connection: DuckDBPyConnection, tables: Sequence[str] = TABLES) -> None:
    """Do what load_star does, within the caller's transaction."""
    insert_sources(connection)
    connection.execute(sql_files.read_sql("load", "scope"))
    is_idle = not connection.execute("from scope").fetchall()
    for statements in [sql_files.read_sql("load", table) for table in tables]:
        if not (is_idle and "scope_" in statements):
            connection.execute(statements)


def insert_sources(connection: DuckDBPyConnection) -> None:
    """Create the temporary table known_source from the source registry."""
    connection.execute(
        "create or replace temp table known_source (source_id varchar, url varchar, licence varchar, first_date date)"
    )
    insert(connection, "known_source", pl.DataFrame([vars(source) for source in SOURCES]))


def preview(connection: DuckDBPyConnection, table: str) -> tuple[int, str]:
    """Return the number of rows, and the first few as a markdown table."""
    count = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    cursor = connection.execute(f"select * from {table} limit {PREVIEW_ROWS}")
    names = [column[0] for column in cursor.description or ()]
    return count, as_table(names, cursor.fetchall())


def quoted(text: object) -> str:
    """Return one of our own paths or texts for an SQL literal, where SQL takes no parameter: its quotes are doubled."""
    return str(text).replace("'", "''")
