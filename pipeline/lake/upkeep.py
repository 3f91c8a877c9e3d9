"""Tidying the lake: old versions, small files, and files that nobody needs. Alone, since a merge of files beside a
delete has brought deleted rows back in DuckLake (https://github.com/duckdb/ducklake/issues/1094).
"""

from datetime import datetime, timedelta

from duckdb import DuckDBPyConnection

from pipeline.lake.catalog import find_tagged
from pipeline.lake.warehouse import LakeWarehouse

KEPT = timedelta(days=7)  # for who reads an older version
UNTOUCHED = timedelta(days=1)  # files that a writer may still be about to name, or a reader to read
OLD = "select snapshot_id from ducklake_snapshots('build') where snapshot_time < $before and snapshot_id <> $tagged"


def tidy(warehouse: LakeWarehouse, kept: timedelta = KEPT, untouched: timedelta = UNTOUCHED) -> dict[str, int]:
    """Tidy while nobody writes, and return how many versions and files went. The newest tagged version always stays."""
    with warehouse.locks.hold("star", "staging") as session:
        now: datetime = session.run("select now()")[0][0]  # by a host whose clock is ahead, a file in use would be old
        return warehouse.use(lambda connection: tidy_alone(connection, now, kept, untouched))


def tidy_alone(connection: DuckDBPyConnection, now: datetime, kept: timedelta, untouched: timedelta) -> dict[str, int]:
    versions = find_old(connection, now - kept)
    if versions:
        connection.execute(f"call ducklake_expire_snapshots('build', versions => {versions})")
    connection.execute("call ducklake_rewrite_data_files('build')")
    connection.execute("call ducklake_merge_adjacent_files('build')")
    before = f"older_than => timestamptz '{(now - untouched).isoformat()}'"
    removed = connection.execute(f"call ducklake_cleanup_old_files('build', {before})").fetchall()
    orphans = connection.execute(f"call ducklake_delete_orphaned_files('build', {before})").fetchall()
    return {"versions": len(versions), "files": len(removed), "orphans": len(orphans)}


def find_old(connection: DuckDBPyConnection, before: datetime) -> list[int]:
    """Return the versions from before a moment, without the newest of all and the newest tagged one."""
    tagged = find_tagged(connection)
    rows = connection.execute(OLD, {"before": before, "tagged": -1 if tagged is None else tagged}).fetchall()
    newest = connection.execute("select max(snapshot_id) from ducklake_snapshots('build')").fetchall()[0][0]
    return sorted(version for (version,) in rows if version != newest)
