"""The lake for those who ask it themselves: its versions, and what to say in DuckDB."""

from datetime import datetime

from pipeline.core.errors import WarehouseError
from pipeline.lake import extra
from pipeline.lake.catalog import DATA, SCHEMA, TAG
from pipeline.lake.warehouse import LakeWarehouse
from pipeline.warehouse.build import quoted

VERSIONS = f"""
select snapshot_id, snapshot_time at time zone 'UTC'
from ducklake_snapshots('build')
where commit_message = '{TAG}'
order by snapshot_id desc
"""


def list_versions(warehouse: LakeWarehouse) -> list[tuple[int, datetime]]:
    """Return the tagged versions that are kept, the newest first, with when each came, UTC."""
    return [(version, at) for version, at in warehouse.use(lambda use: use.execute(VERSIONS).fetchall())]


def attach_lines(warehouse: LakeWarehouse, version: int | None = None) -> list[str]:
    """Return the lines that attach a tagged version for reading. Raises WarehouseError if there is no such version."""
    known = [each for each, _ in list_versions(warehouse)]
    wanted = version if version is not None else next(iter(known), None)
    if wanted not in known:
        raise WarehouseError(f"there is no version {wanted}: `papers lake versions` lists them")
    found = extra.load("psycopg.conninfo").conninfo_to_dict(warehouse.catalog)
    place = " ".join(f"{name}={text}" for name, text in found.items() if name != "password")
    options = f"data_path '{quoted(warehouse.store.url)}/{DATA}/', metadata_schema '{SCHEMA}', read_only"
    return [
        "load httpfs; load postgres_scanner; load ducklake;",
        "create secret (type s3, key_id '…', secret '…', region '…');"
        " -- elsewhere than at Amazon also endpoint and url_style 'path'",
        f"attach 'ducklake:postgres:{quoted(place)}' as papers ({options}, snapshot_version {wanted});",
        "use papers;",
    ]
