"""The writer's private files, staging and star: derived from raw/, and rebuilt if they are damaged."""

import hashlib
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import InUseError, WarehouseError
from pipeline.sources import registry
from pipeline.warehouse.build import IN_UTC, prepare, quoted

STORAGE_VERSION = "v1.4.0"  # readable by DuckDB 1.4 and later; as fast as the newest (measured)
MEMORY_LIMIT = "1GB"  # beyond it DuckDB spills to disk; with Python and polars the process stays below 2 GB
# What the files depend on: all packages that the warehouse may import (tests/test_layers.py), so no module is missed.
BUILDING_PACKAGES = ("core", "http", "services", "sources", "warehouse")
BUILDING_SQL = ("schema", "staging", "load", "marts")
BUILDING_LIBRARIES = ("duckdb", "polars")
# What DuckDB raises on files that are damaged.
BROKEN = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
FULL = (duckdb.IOException, duckdb.TransactionException)  # the second where a commit finds no room
# What it raises on the tables of another database; or on SQL of ours that is wrong, which no rebuild would mend.
UNKNOWN = (duckdb.CatalogException, duckdb.BinderException)
COLUMNS = (
    "select database_name, table_name, column_name, data_type from duckdb_columns() "
    "where database_name in ('staging', 'build') order by all"
)


@contextmanager
def said_by_name(folder: Path) -> Generator[None]:
    """Raise WarehouseError for whatever the system refuses in the block."""
    try:
        yield
    except OSError as error:
        remedy = "grant write permission, or set WAREHOUSE_DIR"
        raise WarehouseError(f"{folder} cannot be written ({error.strerror}): {remedy}") from error


class PrivateFiles:
    """The folder of both files and of the fingerprint of the code that built them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.staging = folder / "staging.duckdb"
        self.build = folder / "build.duckdb"
        self.signature = folder / "fingerprint"

    def connect(self) -> tuple[DuckDBPyConnection, bool]:
        """Return a connection with both files attached, and whether they are new and empty: then load raw/.

        Files built by another version of the code are replaced. Raises WarehouseError if the folder cannot be written.
        """
        with said_by_name(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            is_new = not self.are_current()
        if is_new:
            self.discard()
        connection = open_connection(self.folder / "spill")
        try:
            self.attach(connection)
            # Left by a killed run. Safe: only the lock holder opens these files.
            shutil.rmtree(self.folder / "spill", ignore_errors=True)
            connection.execute("use build")
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection, is_new

    def attach(self, connection: DuckDBPyConnection) -> None:
        """Attach both files under their names, and make those that are missing."""
        for name, path in (("staging", self.staging), ("build", self.build)):
            connection.execute(f"attach '{quoted(path)}' as {name} (storage_version '{STORAGE_VERSION}')")

    def are_current(self) -> bool:
        """Whether both files exist and were built by this version of the code."""
        exist = self.signature.is_file() and self.build.is_file() and self.staging.is_file()
        return exist and self.signature.read_text("utf-8", "replace") == fingerprint()

    def are_outdated(self) -> bool:
        """Whether another version of the code built them: the next run builds them anew, and publishes that."""
        return self.signature.is_file() and self.signature.read_text("utf-8", "replace") != fingerprint()

    def sign(self) -> None:
        """Record that this version of the code built the files."""
        with said_by_name(self.folder):
            self.signature.write_text(fingerprint())

    def discard(self) -> None:
        """Remove both files; they must not be open. Raises WarehouseError if they cannot be removed."""
        with said_by_name(self.folder):
            for path in (self.signature, self.build, self.staging):
                for file in (path, path.with_name(path.name + ".wal")):
                    if file.is_dir():
                        shutil.rmtree(file)
                    file.unlink(missing_ok=True)

    def raise_unless_damaged(self, error: duckdb.Error) -> None:
        """Raise if rebuilding would not help: WarehouseError for the disk or another program, else the error."""
        if isinstance(error, FULL) and "No space left" in str(error):
            raise WarehouseError(
                f"{self.folder}: the disk is full; make room and run again, nothing is lost"
            ) from error
        # Wrong checksums and versions have no exception class of their own.
        is_broken = isinstance(error, BROKEN) or re.search("Corrupt database file|Error opening", str(error))
        if not is_broken and not (isinstance(error, UNKNOWN) and not self.have_our_tables()):
            raise error
        if "Could not set lock" in str(error):
            raise InUseError(f"{self.folder}: a file is open in another program; close it ({error})") from error
        if "Permission denied" in str(error) or "Read-only file system" in str(error):
            raise WarehouseError(
                f"{self.folder} cannot be written: grant write permission, or set WAREHOUSE_DIR"
            ) from error

    def have_our_tables(self) -> bool:
        """Whether both files can be read and have the tables and columns of this version, which may be empty."""
        with open_connection(self.folder / "spill") as found, open_connection(self.folder / "spill") as expected:
            try:
                self.attach(found)
            except duckdb.Error:
                return False
            expected.execute("attach ':memory:' as staging; attach ':memory:' as build; use build")
            prepare(expected)
            return found.execute(COLUMNS).fetchall() == expected.execute(COLUMNS).fetchall()


def open_connection(spill: Path) -> DuckDBPyConnection:
    """Return a connection without any file, with our limits, that spills to the folder `spill`."""
    connection = duckdb.connect()
    connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    connection.execute(IN_UTC)
    connection.execute(f"set temp_directory = '{quoted(spill)}'")
    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    return connection


@cache
def fingerprint() -> str:
    """Return a hash of all code between raw/ and the star: modules, SQL, libraries, and installed sources.

    A change rebuilds the files.
    """
    modules = [path for package in BUILDING_PACKAGES for path in sorted((sql_files.PACKAGE / package).rglob("*.py"))]
    texts = [path.read_bytes() for path in modules]
    texts += [sql_files.read_sql(folder, name).encode() for folder in BUILDING_SQL for name in sql_files.names(folder)]
    texts += [version(library).encode() for library in BUILDING_LIBRARIES]
    texts += registry.installed_code()
    return hashlib.sha256(b"\0".join(texts)).hexdigest()
