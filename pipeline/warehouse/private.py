"""The private files of the one writer: staging and star, both derived from raw/ and made again where they break."""

import shutil
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core.errors import WarehouseError
from pipeline.warehouse.build import prepare, quoted
from pipeline.warehouse.fingerprint import fingerprint

STORAGE_VERSION = "v1.4.0"  # what DuckDB 1.4 and later read; no slower than the newest (measured)
MEMORY_LIMIT = "1GB"  # what needs more spills; with Python and polars beside it a process stays below 2 GB
# What DuckDB raises on files that are damaged, or of somebody else: a table or column is not where we put it.
BROKEN = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.CatalogException,
    duckdb.BinderException,
)


class PrivateFiles:
    """The folder of both files, and what of the code they were built by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.staging = folder / "staging.duckdb"
        self.build = folder / "build.duckdb"
        self.signature = folder / "fingerprint"

    def connect(self) -> tuple[DuckDBPyConnection, bool]:
        """Return a connection with both files attached, and whether they are new and empty: then raw/ is to be loaded.

        Files that another version of the code has built are replaced by new ones.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        is_new = not self.are_current()
        if is_new:
            self.discard()
        connection = open_connection(self.folder / "spill")
        try:
            for name, path in (("staging", self.staging), ("build", self.build)):
                connection.execute(f"attach '{quoted(path)}' as {name} (storage_version '{STORAGE_VERSION}')")
            shutil.rmtree(self.folder / "spill", ignore_errors=True)  # left by a killed run; nobody else has the files
            connection.execute("use build")
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection, is_new

    def are_current(self) -> bool:
        """Whether both files are there, and this version of the code has built them."""
        is_there = self.signature.is_file() and self.build.is_file() and self.staging.is_file()
        return is_there and self.signature.read_text() == fingerprint()

    def sign(self) -> None:
        """Note that this version of the code has built the files."""
        self.signature.write_text(fingerprint())

    def discard(self) -> None:
        """Remove both files; nobody may have them open."""
        for path in (self.signature, self.build, self.staging):
            for each in (path, path.with_name(path.name + ".wal")):
                if each.is_dir():
                    shutil.rmtree(each)
                each.unlink(missing_ok=True)


def open_connection(spill: Path) -> DuckDBPyConnection:
    """Return a connection to nothing yet, with our limits; `spill` is where it may write what memory cannot hold."""
    connection = duckdb.connect()
    connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    connection.execute(f"set temp_directory = '{quoted(spill)}'")
    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    return connection


def is_damage(error: duckdb.Error) -> bool:
    """Whether making the files again may mend it. A wrong checksum and another version have no class of their own."""
    return isinstance(error, BROKEN) or "Corrupt database file" in str(error) or "Error opening" in str(error)


def explain(error: duckdb.Error, folder: Path) -> None:
    """Raise WarehouseError for a fault that building again would not mend; return for any other."""
    private = folder / "private"
    if "No space left" in str(error):
        raise WarehouseError(f"{folder}: the disk is full; make room and run again (nothing is lost)") from error
    if "Could not set lock" in str(error):
        raise WarehouseError(f"{private}: another program has a private file open; close it ({error})") from error
    if "Permission denied" in str(error) or "Read-only file system" in str(error):
        raise WarehouseError(f"{private} cannot be written: give the right to write, or set WAREHOUSE_DIR") from error
