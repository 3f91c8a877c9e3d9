"""The lake as DuckDB sees it: DuckLake, with its catalog in PostgreSQL and its tables as Parquet in the store."""

import os
import sysconfig
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core.errors import WarehouseError
from pipeline.core.terminal import one_line
from pipeline.lake import extra
from pipeline.lake.lock import without_password
from pipeline.warehouse.build import quoted
from pipeline.warehouse.private import open_connection

# DuckLake's format, since a catalog that was brought to a newer one cannot go back. No version does that unasked; what
# DuckDB 1.5 has knows 1.0 alone, and no option for it.
PINNED = () if duckdb.__version__.startswith("1.") else ("ducklake_version '1.0'",)
SCHEMA = "papers_lake"  # of PostgreSQL, where DuckLake has its tables
DATA = "lake"  # below the store, where they have their files
EXTENSIONS = ("httpfs", "postgres_scanner", "ducklake")
RETRIES = 100  # of a commit that meets another one: DuckLake's own 10 are few for many writers
# Of a load of the star whose checks have passed: what readers read.
TAG = "checked star"
TAGGED = f"select max(snapshot_id) from ducklake_snapshots('build') where commit_message = '{TAG}'"


def connect_lake(catalog: str, storage: str, spill: Path, version: int | None = None) -> DuckDBPyConnection:
    """Return a connection that uses the lake as `build`; or that has it as `tagged`, as it was at a version.

    Raises WarehouseError if an extension, PostgreSQL or the store is not to be had.
    """
    connection = open_connection(spill)
    try:
        for name in EXTENSIONS:
            load_extension(connection, name)
        connection.execute(f"set ducklake_max_retry_count = {RETRIES}")
        connection.execute(store_secret(storage))
        connection.execute(catalog_secret(catalog))
        connection.execute(attach(catalog, storage, version))
        connection.execute("use build" if version is None else "use tagged")
    except duckdb.Error as error:
        connection.close()
        raise unusable(catalog, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def load_extension(connection: DuckDBPyConnection, name: str) -> None:
    """Load an extension from its wheel, or else from where DuckDB has installed it. Raises WarehouseError."""
    folder = Path(sysconfig.get_paths()["platlib"]) / f"duckdb_extension_{name}" / "extensions"
    file = folder / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    try:
        connection.execute(f"load '{quoted(file)}'" if file.is_file() else f"load {name}")
    except duckdb.Error as error:
        raise WarehouseError(
            f"DuckDB {duckdb.__version__} has no extension {name} here: {extra.INSTALL}; or let DuckDB fetch it once, "
            f"python -c \"import duckdb; duckdb.sql('install {name}')\""
        ) from error


def store_secret(storage: str) -> str:
    """Return what tells DuckDB of AWS_*, for this store alone."""
    names = {"key_id": "ACCESS_KEY_ID", "secret": "SECRET_ACCESS_KEY", "session_token": "SESSION_TOKEN"}
    given = {option: os.environ.get(f"AWS_{name}", "") for option, name in names.items()}
    given["region"] = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        parts = urlsplit(endpoint)
        given |= {"endpoint": parts.netloc, "url_style": "path", "use_ssl": str(parts.scheme == "https").lower()}
    options = "".join(f", {option} '{quoted(value)}'" for option, value in given.items() if value)
    return f"create or replace secret papers_store (type s3{options}, scope '{quoted(storage)}')"


def catalog_secret(catalog: str) -> str:
    """Return what tells DuckDB of PostgreSQL: no message of DuckDB shows a password that is in a secret."""
    found = extra.load("psycopg.conninfo").conninfo_to_dict(catalog)
    names = {"host": "host", "port": "port", "database": "dbname", "user": "user", "password": "password"}
    options = "".join(f", {option} '{quoted(found[name])}'" for option, name in names.items() if found.get(name))
    return f"create or replace secret papers_catalog (type postgres{options})"


def attach(catalog: str, storage: str, version: int | None) -> str:
    """Return the ATTACH of the lake. What the address of PostgreSQL has beside host and user goes along."""
    tools = extra.load("psycopg.conninfo")
    in_secret = ("host", "port", "dbname", "user", "password")
    rest = {name: text for name, text in tools.conninfo_to_dict(catalog).items() if name not in in_secret}
    options = [
        f"data_path '{quoted(storage)}/{DATA}/'",
        f"metadata_schema '{SCHEMA}'",
        "meta_secret 'papers_catalog'",
    ]
    if version is None:
        options += ["data_inlining_row_limit 0", *PINNED]
    else:
        options += [f"snapshot_version {int(version)}", "read_only"]
    name = "build" if version is None else "tagged"
    return f"attach 'ducklake:postgres:{quoted(tools.make_conninfo(**rest))}' as {name} ({', '.join(options)})"


def find_tagged(connection: DuckDBPyConnection) -> int | None:
    """Return the version of the newest star whose checks have passed; None if there is none."""
    return connection.execute(TAGGED).fetchall()[0][0]


def unusable(catalog: str, error: Exception) -> WarehouseError:
    """Return what to tell of an error of DuckDB on the lake."""
    why = without_password(catalog, one_line(str(error)))[:300]
    return WarehouseError(
        f"the lake cannot be used ({why}): check PostgreSQL, the store and AWS_*, and run again; what "
        "was fetched is kept"
    )
