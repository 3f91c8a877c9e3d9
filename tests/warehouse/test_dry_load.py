"""A dry run counts nothing that a run would not write."""

import duckdb

from pipeline.core import sql_files
from pipeline.warehouse.intake.days import PAGE_KEY, STORED_PAGE_TABLES

# Its rows are of responses: each look has one, also at bytes that are stored.
OF_RESPONSES = {"document"}


def test_every_table_of_a_page_s_rows_is_left_out_with_a_page_that_is_stored():
    with duckdb.connect() as connection:
        connection.execute("create schema staging")
        connection.execute(sql_files.read_sql("schema", "keys"))
        connection.execute(sql_files.read_sql("staging", "tables"))
        columns = "select table_name, list(column_name) from duckdb_columns() group by all"
        tables = dict(connection.execute(columns).fetchall())
        views = {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    keyed = {table for table, names in tables.items() if set(PAGE_KEY) <= set(names)}
    assert keyed - views - OF_RESPONSES == set(STORED_PAGE_TABLES)
