"""What a query reads and how it prints: little for one paper, and zero without a sign."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.core import sql_files
from pipeline.read import query

# What mart_paper sums up of a paper. A scan that reads a key alone is left out: it reads little, however many rows.
BRIDGES = {
    "bridge_paper_author": "position",
    "bridge_paper_category": "category_key",
    "bridge_paper_repository": "link_role",
}


def steps(plan: Any) -> Iterator[dict[str, Any]]:
    """Yield every operator of a profiled plan."""
    if isinstance(plan, dict):
        yield plan
        for part in plan.values():
            yield from steps(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from steps(part)


@pytest.fixture(scope="module")
def grown(demo_template: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo in memory with each paper and listing a hundred times, so that a plan has a reason to look at few."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{demo_template / 'papers.duckdb'}' as demo (read_only)")
        connection.execute("copy from database demo to memory")
        connection.execute("""
            insert into dim_paper
            select copied.* replace (paper_key + n * 10_000_000_000 as paper_key, arxiv_id || 'x' || n as arxiv_id)
            from demo.dim_paper as copied, range(1, 100) as copies(n) where paper_key <> -1""")
        connection.execute("""
            insert into fct_listing
            select copied.* replace (paper_key + n * 10_000_000_000 as paper_key, (listing_key >> 8) + n as listing_key)
            from demo.fct_listing as copied, range(1, 100) as copies(n)""")
        for bridge in BRIDGES:
            connection.execute(f"""
                insert into {bridge}
                select copied.* replace (paper_key + n * 10_000_000_000 as paper_key)
                from demo.{bridge} as copied, range(1, 100) as copies(n)""")
        yield connection


@pytest.mark.parametrize("column", ["arxiv_id", "paper_key"])
def test_a_look_at_one_paper_reads_the_text_of_its_listings_alone(column: str, grown: duckdb.DuckDBPyConnection):
    [(value, listings)] = grown.execute(
        f"select {column}::varchar, listing_count from mart_paper order by listing_count desc, paper_key limit 1"
    ).fetchall()
    assert rows_read(grown, f"{column} = '{value}'", "fct_listing", "summary") == [listings]


def rows_read(connection: duckdb.DuckDBPyConnection, condition: str, table: str, column: str) -> list[int]:
    """Return how many rows each scan of a column of a table reads for the papers of a condition."""
    [(_, plan)] = connection.execute(
        f"explain (analyze, format json) select * from mart_paper where {condition}"
    ).fetchall()
    about = [(step, step.get("extra_info") or {}) for step in steps(json.loads(plan))]
    return [
        step["intermediate_rows"]
        for step, more in about
        if more.get("Table", "").split(".")[-1] == table and column in more["Projections"]
    ]


@pytest.mark.parametrize("column", ["arxiv_id", "paper_key"])
@pytest.mark.parametrize("table", BRIDGES)
def test_a_look_at_one_paper_reads_its_own_rows_of_a_bridge(table: str, column: str, grown: duckdb.DuckDBPyConnection):
    counted = f"select {column}::varchar, count(*) from {table} join dim_paper using (paper_key) group by 1"
    [(value, rows)] = grown.execute(f"{counted} order by 2 desc, 1 limit 1").fetchall()
    assert rows_read(grown, f"{column} = '{value}'", table, BRIDGES[table]) == [rows]


def asked_of(tables: str, name: str, column: str) -> list[str]:
    """Return a column of a named query's answer as text, asked of tables made by a statement."""
    with duckdb.connect() as connection:
        connection.execute(tables)
        relation = query.run_query(connection, sql_files.read_sql("queries", name), {})
        return [value for (value,) in relation.project(f"{column}::varchar").fetchall()]


def test_a_task_that_falls_by_next_to_nothing_rises_by_zero_without_a_sign():
    weeks = """
        create table mart_task_week as
        select 2025 as iso_year, week as iso_week, '2025-03-03'::date + (7 * week)::integer as week_start,
            1 as task_key, 'Agents' as task_name, 0.5 - week * 1e-9::double as paper_weight
        from range(2) as weeks(week)"""
    assert asked_of(weeks, "tasks_by_week", "rise") == ["0.0", None]


def test_a_bias_of_next_to_nothing_is_zero_without_a_sign():
    month = """
        create table mart_filter_month as
        select 'a/b' as source_id, '2025-03-01'::date as month, 'label' as kind, 'Agents' as name, 9 as shown_count,
            9 as listing_count, 3 as shown_with_count, 3 as with_count, 1 / 3 as shown_share, 1 / 3 as share,
            -1e-9::double as bias"""
    assert asked_of(month, "filter_bias", "bias") == ["0.0"]


def test_stars_lost_one_in_years_are_zero_a_day_without_a_sign():
    stars = """
        create table mart_code as select 1 as repository_key, 'own' as link_role;
        create table dim_repository as select 1 as repository_key, 'a/b' as full_name;
        create table fct_repository_day as
        select 1 as repository_key, 100 - n as stars_count,
            '2024-01-01'::timestamp + n * interval 900 day as observed_at
        from range(2) as looks(n)"""
    assert asked_of(stars, "stars_gained", "stars_gained_per_day") == ["0.0"]
