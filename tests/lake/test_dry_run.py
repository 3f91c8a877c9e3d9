"""A rehearsal with a store or a lake: it says what a run would change there, and leaves nothing behind."""

import re
from datetime import date
from pathlib import Path

import pytest
from archive_days import real_days
from hosts import Lake, finish, papers

from pipeline.standin import Standin

SCHEMAS = "select nspname from pg_namespace where not starts_with(nspname, 'pg_') order by 1"
RANGE = ("--from", "2025-03-10", "--to", "2025-03-14")


@pytest.mark.parametrize("has_catalog", [True, False])
def test_a_rehearsal_says_what_a_run_would_change_and_leaves_no_object_and_no_schema(
    has_catalog: bool, lake: Lake
) -> None:
    with Standin() as standin:
        host = {**lake.host(), **standin.environment}
        if not has_catalog:
            del host["WAREHOUSE_CATALOG"]
        raw, schemas = lake.warehouse().store, lake.tell(SCHEMAS)
        new = finish(papers(host, "backfill", *RANGE, "--dry-run"))
        assert raw.names("") == [] and lake.tell(SCHEMAS) == schemas == [("information_schema",), ("public",)]
        assert not (Path(host["HOME"]) / "warehouse").exists()
        finish(papers(host, "backfill", *RANGE))
        objects, snapshots = raw.names(""), lake.ask("from ducklake_snapshots('build')") if has_catalog else []
        old = finish(papers({**lake.host(), **standin.environment}, "backfill", *RANGE, "--dry-run"))
        assert raw.names("") == objects
        assert snapshots == (lake.ask("from ducklake_snapshots('build')") if has_catalog else [])
        listings = finish(papers(host, "query", "select count(*) from fct_listing"))
    found = re.search(r"fct_listing +(\d+) rows more", new)
    assert found and re.search(rf"\b{found[1]}\b", listings)
    assert "no row of any table" in old


def test_a_rehearsal_of_the_archives_beside_what_a_lake_has(lake: Lake, archives: Path) -> None:
    warehouse = lake.warehouse()
    for day in real_days(archives, date(2025, 3, 10), date(2025, 3, 14)):
        warehouse.raw.store(*day)
    with Standin() as standin:  # which has other pages
        said = finish(papers({**lake.host(), **standin.environment}, "backfill", *RANGE, "--dry-run"))
    assert re.search(r"days changed: [1-9]", said)
