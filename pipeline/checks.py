"""The rules that the star must keep, one SQL file each in sql/checks/, run before every publish."""

import re
from collections.abc import Iterator

import dagster as dg

from pipeline import sql
from pipeline.resources import Session

SAMPLE_ROWS = 10


def check_specs() -> Iterator[dg.AssetCheckSpec]:
    """One check a file; its header names the table and the severity: an error stops the publish, a warning is shown."""
    for name in sql.names("checks"):
        header = sql.describe("checks", name)
        yield dg.AssetCheckSpec(name, asset=table_of(name), description=header, blocking=is_error(name))


def table_of(check: str) -> str:
    found = re.search(r"Table: (\w+)\.", sql.describe("checks", check))
    assert found, f"sql/checks/{check}.sql does not name its table"
    return found[1]


def is_error(check: str) -> bool:
    return "Severity: error." in sql.describe("checks", check)


@dg.multi_asset_check(specs=list(check_specs()), name="warehouse_checks")
def warehouse_checks(session: Session) -> Iterator[dg.AssetCheckResult]:
    """Run every check on the private file; the rows that break a rule are its metadata."""
    for name in sql.names("checks"):
        broken = session.warehouse.rows("checks", name)
        yield dg.AssetCheckResult(
            check_name=name,
            asset_key=table_of(name),
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR if is_error(name) else dg.AssetCheckSeverity.WARN,
            metadata={
                "rows that break the rule": len(broken),
                "first of them": [str(row) for row in broken[:SAMPLE_ROWS]],
            },
        )
