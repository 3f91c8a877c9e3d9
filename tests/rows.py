"""All rows of a published file, and whether two files say the same: what two runs cannot have in common is left out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline.read.query import open_published
from pipeline.warehouse.tables import TABLES

Rows = list[tuple[object, ...]]

STARTED_ON = datetime.now(UTC).date()
TOLD = {"submitted_at", "updated_at", "created_at", "pushed_at"}  # times that a service tells; all others are our own
SETTLED = ("found", "not_found", "blocked", "rejected")  # what does not hang on how often something had to be tried


def read_rows(published: Path, *, whole: bool = False) -> Mapping[str, Rows]:
    """Every table's rows in order; without `whole` those columns and rows that two runs can have in common."""
    with open_published(published) as connection:
        return {table: connection.execute(comparable(connection, table, whole)).fetchall() for table in TABLES}


def comparable(connection: duckdb.DuckDBPyConnection, table: str, whole: bool) -> str:
    columns = connection.execute("select column_name, data_type from duckdb_columns() where table_name = ?", [table])
    ours = {name for name, kind in columns.fetchall() if kind == "TIMESTAMP" and name not in TOLD}
    ours |= {"date_key"} if table == "fct_repository_day" else set()  # the day of the observation
    kept = "*" if whole or not ours else f"* exclude ({', '.join(sorted(ours))})"
    tries = f" where outcome in {SETTLED}" if table == "enrichment_attempt" and not whole else ""
    return f"select {'' if whole else 'distinct '}{kept} from {table}{tries} order by all"


def assert_equal(found: Mapping[str, Rows], expected: Mapping[str, Rows]) -> None:
    for table in TABLES:
        if found[table] != expected[table]:
            lost = [row for row in expected[table] if row not in found[table]]
            extra = [row for row in found[table] if row not in expected[table]]
            if datetime.now(UTC).date() != STARTED_ON:
                pytest.skip("midnight (UTC) has passed since the calm run: other observations are due now")
            pytest.fail(f"{table}: {len(lost)} rows lost, like {lost[:1]}; {len(extra)} too many, like {extra[:1]}")
