"""The folder of the warehouse: raw files, private files of the one writer, and the published file of all readers.

raw/                            responses as they came, see raw.py
private/staging.duckdb          what the raw files say, as tables
private/build.duckdb            the star, as the next publish will show it
published/<time>/papers.duckdb  immutable releases, see publish.py
"""

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.warehouse.build import load_star, preview
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.private import PrivateFiles, explain, is_damage
from pipeline.warehouse.publish import publish
from pipeline.warehouse.raw import Raw
from pipeline.warehouse.staging import Loaded, load_raw
from pipeline.warehouse.tables import TABLES

log = logging.getLogger(__name__)

T = TypeVar("T")


class Warehouse:
    """Whoever writes holds the lock (lock.hold) for as long as it does."""

    def __init__(self, folder: Path, private: Path | None = None) -> None:
        self.folder = folder
        self.raw = Raw(folder / "raw")
        self.private = PrivateFiles(private or folder / "private")
        self.releases = folder / "published"
        self.published = folder / "papers.duckdb"
        self._connection: DuckDBPyConnection | None = None
        self._is_open = False

    @contextmanager
    def open(self) -> Generator[Self]:
        """Use one connection for everything until the end; it is made at the first use."""
        self._is_open = True
        try:
            yield self
        finally:
            self._is_open = False
            self.close()

    def close(self) -> None:
        """Close the connection to the private files, if there is one; the next use makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def use(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        """Do some work on the private files. Damaged files are made again from raw/, and the work is done again.

        Raises WarehouseError where the disk is full or somebody else has the files open.
        """
        try:
            return self._do(work)
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            explain(error, self.folder)
            log.warning("%s cannot be used (%s): built again from raw/", self.private.folder, error)
        self.private.discard()
        try:
            return self._do(work)
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            explain(error, self.folder)
            raise WarehouseError(f"{self.private.folder} cannot be built from raw/: {error}") from error

    def _do(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._connect()
            result = work(self._connection)
        except BaseException:
            self.close()  # what a fault has left in it is nobody's to use
            raise
        if not self._is_open:
            self.close()
        return result

    def _connect(self) -> DuckDBPyConnection:
        """Return a connection with `staging` attached and `build` in use; missing or outdated, both come from raw/."""
        connection, is_new = self.private.connect()
        try:
            if is_new:
                load_raw(connection, self.raw)
                load_star(connection)  # whoever looks at or publishes the star next must not meet an empty one
                self.private.sign()
        except BaseException:
            connection.close()
            raise
        return connection

    def discard(self) -> None:
        """Remove the private files; everything in them comes back from raw/."""
        self.close()
        self.private.discard()

    def load_raw(self) -> Loaded:
        """Bring staging up to date with raw/."""
        return self.use(lambda connection: load_raw(connection, self.raw))

    def refresh(self) -> Loaded:
        """Bring staging up to date with raw/, and the star with staging."""

        def work(connection: DuckDBPyConnection) -> Loaded:
            loaded = load_raw(connection, self.raw)
            load_star(connection)
            return loaded

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
        return self.use(lambda use: {name: use.execute(check.query).fetchall() for name, check in CHECKS.items()})

    def unreadable(self) -> list[str]:
        """Return the names of raw files that could not be loaded into staging."""
        known = {row[0] for row in self.rows("status", "raw_files")}
        return [path.name for path in self.raw.files() if path.name not in known]

    def rows(self, folder: str, name: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of one of our SQL files on the private files."""
        return self.use(
            lambda connection: connection.execute(sql_files.read_sql(folder, name), parameters or None).fetchall()
        )

    def preview(self) -> dict[str, tuple[int, str]]:
        """Return for every table of the star its rows and the first of them, as a markdown table."""
        return self.use(lambda connection: {table: preview(connection, table) for table in TABLES})

    def publish(self) -> Path | None:
        """Show readers the star as it stands, in one atomic step; None where they have it already.

        Raises WarehouseError where the new file cannot be written; readers keep the one they have.
        """
        self.use(lambda connection: connection.execute("checkpoint build"))  # now the file alone has it all
        return publish(self.private.build, self.folder)
