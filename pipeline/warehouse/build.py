"""The star schema in build.duckdb: its tables, and how they are loaded from staging."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl
from duckdb import DuckDBPyConnection, StatementType

from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.core.markdown_table import as_table
from pipeline.core.terminal import one_line
from pipeline.sources import registry
from pipeline.warehouse.intake.insert import UNSTORABLE, insert, roll_back
from pipeline.warehouse.tables import TABLES, describe_table

PREVIEW_ROWS = 5
PRESENT = "select table_name from duckdb_tables() where database_name = 'build' and schema_name = 'main'"
IN_UTC = "set global timezone = 'UTC'"  # of now(), and of casts to a day: else the machine's
WRITING = (StatementType.DELETE, StatementType.INSERT)  # they answer with a number of rows
SOURCES = pl.Schema(
    {
        "number": pl.Int32,  # in the list of the code
        "source_id": pl.String,
        "url": pl.String,
        "licence": pl.String,
        "first_date": pl.Date,
        "last_date": pl.Date,
        "tells": pl.List(pl.String),
    }
)


def prepare(connection: DuckDBPyConnection, *, in_lake: bool = False) -> None:
    """Make what is missing: keys, tables and macros with comments, marts, staging tables, and the views over them.

    `in_lake`: where columns of views and macros have no comments.
    """
    connection.execute(sql_files.read_sql("staging", "tables"))
    present = {row[0] for row in connection.execute(PRESENT).fetchall()}
    if present != set(TABLES):
        connection.execute("begin")
        connection.execute(sql_files.read_sql("schema", "keys"))
        for table in TABLES:
            connection.execute(sql_files.read_sql("schema", table))
            meanings = {column: meaning for column, (_, meaning) in sql_files.columns(table).items()}
            comment_on(connection, "table", table, describe_table(table), meanings)
        for mart in sql_files.names("marts"):
            connection.execute(sql_files.read_sql("marts", mart))
            grain = f"Grain: {sql_files.header('marts', mart)['Grain']}"
            comment_on(connection, "view", mart, grain, {} if in_lake else sql_files.meanings(mart))
        if not in_lake:
            comment_on_macros(connection)
        connection.execute("commit")
    connection.execute(sql_files.read_sql("staging", "views"))


def comment_on(
    connection: DuckDBPyConnection, kind: str, name: str, description: str, meanings: Mapping[str, str]
) -> None:
    """Describe a table or view and its columns in the file; COMMENT takes no parameters, and the texts are ours."""
    connection.execute(f"comment on {kind} {name} is '{quoted(description)}'")
    for column, meaning in meanings.items():
        connection.execute(f"comment on column {name}.{column} is '{quoted(meaning)}'")


def comment_on_macros(connection: DuckDBPyConnection) -> None:
    macros = connection.execute(
        "select function_name, function_type = 'table_macro' from duckdb_functions()"
        " where database_name = 'build' and not internal order by all"
    )
    for name, is_table in macros.fetchall():
        kind = "macro table" if is_table else "macro"
        connection.execute(f"comment on {kind} {name} is '{quoted(sql_files.macro_meaning(name))}'")


def accept(changed: set[str]) -> None:
    """Let a load be committed, whatever it changed."""


def load_star(
    connection: DuckDBPyConnection,
    tables: Sequence[str] = TABLES,
    confirm: Callable[[set[str]], None] = accept,
) -> set[str]:
    """Bring the star up to date with staging, in one transaction; return the tables of which rows were replaced.

    Only a benchmark passes fewer tables. `confirm` is called with what is returned, before the commit, and raises if
    there must be none. Raises WarehouseError if a table refuses a row: that would be a fault of ours.
    """
    connection.execute("begin")
    try:
        changed = replace_differences(connection, tables)
        confirm(changed)
        connection.execute("commit")
    except UNSTORABLE as error:
        roll_back(connection)
        raise unloadable(error) from error
    except BaseException:
        roll_back(connection)
        raise
    return changed


def unloadable(error: Exception) -> WarehouseError:
    """Return what to tell of an error of DuckDB that its data, and not its files, is to blame for."""
    return WarehouseError(
        f"the data cannot be loaded ({one_line(str(error))}): nothing was published, and readers keep the last file. "
        "Please report it. To go on without, move the newest files of raw/ away, and run `papers rebuild`"
    )


def replace_differences(connection: DuckDBPyConnection, tables: Sequence[str] = TABLES) -> set[str]:
    """Do what load_star does, within the caller's transaction."""
    insert_sources(connection)
    connection.execute(sql_files.read_sql("load", "scope"))
    is_idle = not connection.execute("from scope").fetchall()
    texts = {table: sql_files.read_sql("load", table) for table in tables}
    wanted = {table: text for table, text in texts.items() if not (is_idle and "scope_" in text)}
    return {table for table, text in wanted.items() if count_rows(connection, text)}


def count_rows(connection: DuckDBPyConnection, text: str) -> int:
    """Run statements, and return how many rows they deleted and inserted."""
    count = 0
    for statement in connection.extract_statements(text):
        answer = connection.execute(statement).fetchall()
        count += answer[0][0] if statement.type in WRITING else 0
    return count


def insert_sources(connection: DuckDBPyConnection) -> None:
    """Create the temporary table known_source from the source registry."""
    connection.execute(
        "create or replace temp table known_source"
        " (number integer, source_id varchar, url varchar, licence varchar,"
        " first_date date, last_date date, tells varchar[])"
    )
    insert(connection, "known_source", describe_sources())


def describe_sources() -> pl.DataFrame:
    """Return every source that is known as SOURCES, chosen or not: raw/ may have pages of any."""
    facts = [name for name in SOURCES if name != "number"]
    sources = enumerate(registry.known_sources())
    rows = [{"number": number} | {name: getattr(source, name) for name in facts} for number, source in sources]
    return pl.DataFrame(rows, schema=SOURCES)


def preview(connection: DuckDBPyConnection, table: str) -> tuple[int, str]:
    """Return the number of rows, and the first few as a markdown table."""
    count = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    cursor = connection.execute(f"select * from {table} limit {PREVIEW_ROWS}")
    names = [column[0] for column in cursor.description or ()]
    return count, as_table(names, cursor.fetchall())


def quoted(text: object) -> str:
    """Return one of our own paths or texts for an SQL literal, where SQL takes no parameter: its quotes are doubled."""
    return str(text).replace("'", "''")
