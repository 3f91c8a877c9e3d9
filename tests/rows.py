"""All rows of a published file, and whether two files say the same: what two runs cannot have in common is left out."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from pipeline.read.query import open_published
from pipeline.warehouse.tables import TABLES

Rows = list[tuple[object, ...]]

TOLD = {"submitted_at", "updated_at", "created_at", "pushed_at"}  # times that a service tells; all others are our own
COMMON = {  # which rows two runs can have in common
    # what does not hang on how often something had to be tried
    "enrichment_attempt": "where outcome in ('found', 'not_found', 'blocked', 'rejected')",
    # which days have ended hangs on the clock of the run that asked: the last week is left out
    "fct_repository_star_day": "where star_date < current_date - 7",
    # the calendar goes on to the year of the last observation, and a year may end between two runs
    "dim_date": "where year is null or year <= (select year(max(listing_date)) from fct_source_day)",
}
OF_THE_OBSERVATION = ("fct_repository_day", "fct_paper_citation_day", "fct_hub_resource_day", "fct_paper_hub_day")


def read_rows(published: Path, *, whole: bool = False) -> Mapping[str, Rows]:
    """Every table's rows in order; without `whole` those columns and rows that two runs can have in common."""
    with open_published(published) as connection:
        return {table: connection.execute(comparable(connection, table, whole)).fetchall() for table in TABLES}


def comparable(connection: duckdb.DuckDBPyConnection, table: str, whole: bool) -> str:
    columns = connection.execute("select column_name, data_type from duckdb_columns() where table_name = ?", [table])
    ours = {name for name, kind in columns.fetchall() if kind == "TIMESTAMP" and name not in TOLD}
    ours |= {"date_key"} if table in OF_THE_OBSERVATION else set()
    kept = "*" if whole or not ours else f"* exclude ({', '.join(sorted(ours))})"
    common = "" if whole else COMMON.get(table, "")
    return f"select {'' if whole else 'distinct '}{kept} from {table} {common} order by all"


def assert_equal(found: Mapping[str, Rows], expected: Mapping[str, Rows]) -> None:
    for table in TABLES:
        if found[table] != expected[table]:
            lost = [row for row in expected[table] if row not in found[table]]
            extra = [row for row in found[table] if row not in expected[table]]
            pytest.fail(f"{table}: {len(lost)} rows lost, like {lost[:1]}; {len(extra)} too many, like {extra[:1]}")
