"""The rules that the star must keep: one file each in sql/checks/, and one for the grain of each table."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.core import sql_files
from pipeline.warehouse.tables import TABLES


@dataclass(frozen=True)
class Check:
    """A rule about a table. `query` returns the rows that break it; an error stops the publish, a warning is shown."""

    name: str
    table: str
    is_error: bool
    description: str
    query: str


def read_checks() -> Iterator[Check]:
    """Yield the checks of sql/checks/, then a grain check for each table without one there."""
    written = [read_check(name) for name in sql_files.names("checks")]
    yield from written
    checked = {check.table for check in written if check.name.endswith("_grain")}
    yield from (grain_check(table) for table in TABLES if table not in checked)


def read_check(name: str) -> Check:
    fields = sql_files.header("checks", name)
    is_error = fields["Severity"] == "error"
    description = f"{fields['Rule']} Severity: {fields['Severity']}."
    return Check(name, fields["Table"], is_error, description, sql_files.read_sql("checks", name))


def grain_check(table: str) -> Check:
    """Return the check that no two rows of a table have one key: the natural key, where there is one."""
    fields = sql_files.header("schema", table)
    key = fields.get("Natural key", fields["Key"])
    query = f"select {key}, count(*) as row_count from {table} group by all having count(*) > 1"
    description = f"No two rows of {table} have the same {key}. Severity: error."
    return Check(f"{table}_grain", table, True, description, query)


CHECKS = {check.name: check for check in sorted(read_checks(), key=lambda check: check.name)}
