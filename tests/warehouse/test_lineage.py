"""What columns are said to come from is true: where one is changed, what comes of it changes too."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipeline.core import sql_files
from pipeline.definitions import defs
from pipeline.defs.assets.lineage import sources
from pipeline.warehouse.build import TABLES, insert_sources, prepare

Columns = dict[tuple[str, str], list[tuple[object, ...]]]

EDGES = [(table, column, source) for table in TABLES for column, texts in sources(table).items() for source in texts]
BY_SOURCE = {source: [edge[:2] for edge in EDGES if edge[2] == source] for source in {edge[2] for edge in EDGES}}
# Another value for each; for what counts, one value for all, so that what was different is the same.
OTHER = {
    "VARCHAR": "'x' || coalesce({0}, '') || 'x'",
    "VARCHAR[]": "list_append(coalesce({0}, []), 'x')",
    'STRUCT("name" VARCHAR, affiliations VARCHAR[])[]': "list_append({0}, {{'name': 'x', 'affiliations': ['x']}})",
    "INTEGER": "coalesce({0}, 0) + 1",
    "BIGINT": "coalesce({0}, 0) + 1",
    "BOOLEAN": "not coalesce({0}, false)",
    "DATE": "{0} + 1",
    "TIMESTAMP": "coalesce({0}, timestamp '2020-01-01') + interval 40 day",
}
SAME = "(select min({0}) from {1})"


@pytest.fixture(scope="module")
def star(demo_template: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's staging tables and an empty star in one database, so that one transaction can change both."""
    with duckdb.connect(config={"threads": 1}) as connection:  # a small star: more threads only wait for each other
        connection.execute(f"attach '{demo_template / 'private' / 'staging.duckdb'}' as template (read_only)")
        connection.execute("attach ':memory:' as build; use build; create schema staging")
        prepare(connection)
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'staging'"
        ).fetchall():
            connection.execute(f"insert into staging.{table} from template.{table}")
        insert_sources(connection)
        yield connection


@pytest.fixture(scope="module")
def plain(star: duckdb.DuckDBPyConnection) -> Columns:
    """Every column of a star of which nothing was changed."""
    return load(star, None, "", [edge[:2] for edge in EDGES])


def load(star: duckdb.DuckDBPyConnection, source: str | None, value: str, wanted: list[tuple[str, str]]) -> Columns:
    """Load the star with one column of staging or of a table of the star changed; return the wanted columns, sorted."""
    where, _, column = (source or "").rpartition(".")
    change = f"update {where} set {column} = {value.format(column, where)}"
    star.execute("begin")
    try:
        if where.startswith("staging."):
            star.execute(change)
        star.execute(sql_files.read_sql("load", "scope"))
        last = max(TABLES.index(table) for table, _ in wanted)
        for table in TABLES[: last + 1]:
            star.execute(sql_files.read_sql("load", table))
            if table == where:
                star.execute(change)
        return {(t, c): star.execute(f"select {c} from {t} order by all").fetchall() for t, c in wanted}
    finally:
        star.execute("rollback")


@pytest.mark.parametrize("source", sorted(BY_SOURCE))
def test_a_column_follows_what_it_is_said_to_come_from(
    star: duckdb.DuckDBPyConnection, plain: Columns, source: str
) -> None:
    left = BY_SOURCE[source]
    for value in (OTHER[type_of(star, source)], SAME):
        left = [edge for edge, rows in load(star, source, value, left).items() if rows == plain[edge]]
        if not left:
            return
    pytest.fail(f"{left} did not change with {source}")


def type_of(star: duckdb.DuckDBPyConnection, source: str) -> str:
    table, _, column = source.rpartition(".")
    [kind] = [kind for name, kind, *_ in star.execute(f"describe {table}").fetchall() if name == column]
    return kind


def test_lines_of_lineage_are_about_columns_that_there_are() -> None:
    for table, column, _ in EDGES:
        assert column in sql_files.columns(table), (table, column)


def test_dagster_knows_the_lineage_and_what_is_upstream_has_the_column() -> None:
    graph = defs.resolve_asset_graph()
    columns: dict[str, set[str]] = {}
    for key in graph.get_all_asset_keys():
        schema: dg.TableSchema = graph.get(key).metadata.get("dagster/column_schema", dg.TableSchema([]))
        columns[key.to_user_string()] = {column.name for column in schema.columns}
    edges = 0
    for table in TABLES:
        node = graph.get(dg.AssetKey(table))
        deps: Mapping[str, list[dg.TableColumnDep]] = node.metadata["dagster/column_lineage"].deps_by_column
        for dep in [dep for column in deps.values() for dep in column]:
            assert dep.column_name in columns[dep.asset_key.to_user_string()], (table, dep)
            assert dep.asset_key in node.parent_keys, (table, dep)
            edges += 1
    assert edges >= len(EDGES) > 100
