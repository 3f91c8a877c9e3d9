"""The DuckDB files: staging and star are private and one writer's; readers have the published file.

private/staging.duckdb      what the raw files say, taken apart
private/build.duckdb        the star, as the next publish will show it
published/<time>/papers.duckdb   immutable generations, see generations.py
"""

import logging
import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.core.markdown_table import as_table
from pipeline.sources.registry import SOURCES
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.fingerprint import fingerprint
from pipeline.warehouse.publish import publish
from pipeline.warehouse.raw import Raw
from pipeline.warehouse.staging import Applied, apply_raw, insert, roll_back
from pipeline.warehouse.tables import TABLES, describe_table

log = logging.getLogger(__name__)

T = TypeVar("T")

STORAGE_VERSION = "v1.4.0"  # what DuckDB 1.4 and later read; no slower than the newest (measured)
MEMORY_LIMIT = "1GB"  # what needs more spills; with Python and polars beside it a process stays below 2 GB
PREVIEW_ROWS = 5
# What DuckDB raises on files that are damaged, or of somebody else: a table or column is not where we put it.
BROKEN = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.CatalogException,
    duckdb.BinderException,
)


class Warehouse:
    """The folder of the warehouse. Whoever writes holds the lock (lock.hold) for as long as it does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw = Raw(folder / "raw")
        self.private = folder / "private"
        self.staging = self.private / "staging.duckdb"
        self.build = self.private / "build.duckdb"
        self.generations = folder / "published"
        self.published = folder / "papers.duckdb"

    @contextmanager
    def connect(self) -> Generator[DuckDBPyConnection]:
        """Yield a connection with `staging` attached and `build` in use; missing or outdated, both come from raw/."""
        self.private.mkdir(parents=True, exist_ok=True)
        is_new = self.fingerprint() != fingerprint()
        if is_new:
            self.discard()
        connection = duckdb.connect()
        try:
            connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
            connection.execute(f"set temp_directory = '{quoted(self.private / 'spill')}'")
            connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
            for name, path in (("staging", self.staging), ("build", self.build)):
                connection.execute(f"attach '{quoted(path)}' as {name} (storage_version '{STORAGE_VERSION}')")
            shutil.rmtree(self.private / "spill", ignore_errors=True)  # a kill's: whoever has the files open is alone
            connection.execute("use build")
            prepare(connection)
            if is_new:
                apply_raw(connection, self.raw)
                load(connection)  # whoever looks at or publishes the star next must not meet an empty one
                (self.private / "fingerprint").write_text(fingerprint())
            yield connection
        finally:
            connection.close()

    def fingerprint(self) -> str | None:
        """What built the private files; None where nobody did."""
        path = self.private / "fingerprint"
        return path.read_text() if path.is_file() and self.build.is_file() and self.staging.is_file() else None

    def discard(self) -> None:
        """Remove the private files; everything in them comes back from raw/."""
        for path in (self.private / "fingerprint", self.build, self.staging):
            for each in (path, path.with_name(path.name + ".wal")):
                if each.is_dir():
                    shutil.rmtree(each)
                each.unlink(missing_ok=True)

    def use(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        """Do some work on the private files; files that turn out broken are made anew from raw/, and it is done again.

        Raises WarehouseError where the disk is full or somebody else has the files open.
        """
        try:
            with self.connect() as connection:
                return work(connection)
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            self.explain(error)
            log.warning("%s cannot be used (%s): built again from raw/", self.private, error)
        self.discard()
        try:
            with self.connect() as connection:
                return work(connection)
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            self.explain(error)
            raise WarehouseError(f"{self.private} cannot be built from raw/: {error}") from error

    def explain(self, error: duckdb.Error) -> None:
        """Raise WarehouseError for a fault that building again would not mend; return for any other."""
        if "No space left" in str(error):
            raise WarehouseError(
                f"{self.folder}: the disk is full; make room and run again (nothing is lost)"
            ) from error
        if "Could not set lock" in str(error):
            raise WarehouseError(
                f"{self.private}: another program has a private file open; close it ({error})"
            ) from error
        if "Permission denied" in str(error) or "Read-only file system" in str(error):
            raise WarehouseError(
                f"{self.private} cannot be written: give the right to write, or set WAREHOUSE_DIR"
            ) from error

    def take_in(self) -> Applied:
        """Bring staging up to date with raw/."""
        return self.use(lambda connection: apply_raw(connection, self.raw))

    def refresh(self) -> Applied:
        """Bring staging up to date with raw/, and the star with staging."""

        def work(connection: DuckDBPyConnection) -> Applied:
            applied = apply_raw(connection, self.raw)
            load(connection)
            return applied

        return self.use(work)

    def rebuild(self) -> None:
        """Make staging, star and published file again from raw/. Raises WarehouseError where an error check fails."""
        self.discard()
        self.refresh()
        for name, broken in self.check().items():
            if CHECKS[name].is_error and broken:
                raise WarehouseError(
                    f"the check {name} failed on {len(broken)} rows, for one {broken[0]}; nothing was published"
                )
        self.publish()

    def check(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return by check the rows that break it; none where all is well."""

        def work(connection: DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
            return {name: connection.execute(check.query).fetchall() for name, check in CHECKS.items()}

        return self.use(work)

    def unreadable(self) -> list[str]:
        """Raw files that staging could not take in, by name."""
        known = {row[0] for row in self.rows("status", "raw_files")}
        return [path.name for path in self.raw.files() if path.name not in known]

    def rows(self, folder: str, name: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of one of our SQL files on the private files."""
        return self.use(
            lambda connection: connection.execute(sql_files.read_sql(folder, name), parameters or None).fetchall()
        )

    def preview(self) -> dict[str, tuple[int, str]]:
        """Return for every table of the star its rows and the first of them, as a markdown table."""

        def work(connection: DuckDBPyConnection) -> dict[str, tuple[int, str]]:
            return {table: preview(connection, table) for table in TABLES}

        return self.use(work)

    def publish(self) -> Path | None:
        """Show readers the star as it stands, in one atomic step; None where they have it already.

        Raises WarehouseError where the new file cannot be written; readers keep the one they have.
        """
        return publish(self.build, self.folder)


def is_damage(error: duckdb.Error) -> bool:
    """Whether making the files anew may mend it. A wrong checksum and another version have no class of their own."""
    return isinstance(error, BROKEN) or "Corrupt database file" in str(error) or "Error opening" in str(error)


def prepare(connection: DuckDBPyConnection) -> None:
    """Make what is missing: keys, tables with their comments, marts, staging tables, and the views over them."""
    connection.execute(sql_files.read_sql("staging", "tables"))
    present = {
        row[0]
        for row in connection.execute("select table_name from duckdb_tables() where database_name = 'build'").fetchall()
    }
    if present != set(TABLES):
        connection.execute("begin")
        connection.execute(sql_files.read_sql("schema", "keys"))
        for table in TABLES:
            connection.execute(sql_files.read_sql("schema", table))
            meanings = {column: meaning for column, (_, meaning) in sql_files.columns(table).items()}
            comment_on(connection, "table", table, describe_table(table), meanings)
        for mart in sql_files.names("marts"):
            connection.execute(sql_files.read_sql("marts", mart))
            grain = f"Grain: {sql_files.header('marts', mart)['Grain']}"
            comment_on(connection, "view", mart, grain, sql_files.meanings(mart))
        connection.execute("commit")
    connection.execute(sql_files.read_sql("staging", "views"))


def comment_on(
    connection: DuckDBPyConnection, kind: str, name: str, description: str, meanings: Mapping[str, str]
) -> None:
    """Describe a table or view and its columns in the file; COMMENT takes no parameters, and the texts are ours."""
    connection.execute(f"comment on {kind} {name} is '{quoted(description)}'")
    for column, meaning in meanings.items():
        connection.execute(f"comment on column {name}.{column} is '{quoted(meaning)}'")


def load(connection: DuckDBPyConnection, tables: Sequence[str] = TABLES) -> None:
    """Replace what differs between star and staging, in one transaction; fewer tables only for a benchmark."""
    insert_sources(connection)
    connection.execute("begin")
    try:
        connection.execute(sql_files.read_sql("load", "scope"))
        is_idle = not connection.execute("from scope").fetchall()
        for statements in [sql_files.read_sql("load", table) for table in tables]:
            if not (is_idle and "scope_" in statements):
                connection.execute(statements)
        connection.execute("commit")
    except BaseException:
        roll_back(connection)
        raise


def insert_sources(connection: DuckDBPyConnection) -> None:
    """Show SQL the sources that the code knows, as the temporary table known_source."""
    connection.execute(
        "create or replace temp table known_source (source_id varchar, url varchar, licence varchar, first_date date)"
    )
    insert(connection, "known_source", pl.DataFrame([vars(source) for source in SOURCES]))


def preview(connection: DuckDBPyConnection, table: str) -> tuple[int, str]:
    count = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    cursor = connection.execute(f"select * from {table} limit {PREVIEW_ROWS}")
    names = [column[0] for column in cursor.description or ()]
    return count, as_table(names, cursor.fetchall())


def quoted(text: object) -> str:
    """Double the quotes of a path or text of ours that stands where SQL takes no parameter."""
    return str(text).replace("'", "''")
