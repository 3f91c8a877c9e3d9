"""The warehouse folder: raw files, the writer's private files, and the published file that readers open.

raw/                            responses as received, see raw.py
private/staging.duckdb          the raw files parsed into tables
private/build.duckdb            the star, to be published next
published/<time>/papers.duckdb  immutable releases, see publish.py
"""

import logging
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.core.wording import amount_of
from pipeline.warehouse.build import load_star, preview, unloadable
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.private import PrivateFiles
from pipeline.warehouse.publish import holds_days, is_copy, publish
from pipeline.warehouse.raw import Raw
from pipeline.warehouse.reports import save_put_aside, save_warnings
from pipeline.warehouse.staging import Loaded, load_raw
from pipeline.warehouse.tables import TABLES

log = logging.getLogger(__name__)

T = TypeVar("T")
Load = Callable[[DuckDBPyConnection], set[str]]  # brings a star up to date, and returns the tables that changed


class Warehouse:
    """One warehouse. Every writer must hold the lock (lock.hold)."""

    def __init__(
        self,
        folder: Path,
        private: Path | None = None,
        load_empty: Load = load_star,
    ) -> None:
        """`load_empty` loads an empty star from staging, as load_star does; what came since is load_star's work."""
        self.folder = folder
        self._load_empty = load_empty
        self.raw = Raw(folder / "raw")
        self.private = PrivateFiles(private or folder / "private")
        self.releases = folder / "published"
        self.published = folder / "papers.duckdb"
        self._connection: DuckDBPyConnection | None = None
        self._is_open = False
        self._is_unchecked = False  # the star was rebuilt since the last check
        self.changed: set[str] = set()  # tables of the star of which rows were replaced, by this object

    @contextmanager
    def open(self) -> Generator[Self]:
        """Use one connection for everything within the block; it is opened at the first use."""
        self._is_open = True
        try:
            yield self
        finally:
            self._is_open = False
            self.close()

    def enriching(self) -> AbstractContextManager[object]:
        """Keep others from asking services in the block: here the writer's lock does."""
        return nullcontext()

    def close(self) -> None:
        """Close the connection to the private files, if any; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def use(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        """Run `work` on the private files. If they are damaged, rebuild them from raw/ and run `work` again.

        Raises WarehouseError if the disk is full, or another program has the files open.
        """
        try:
            return self._do(work)
        except duckdb.Error as error:
            self.private.raise_unless_damaged(error)
            log.warning("%s cannot be used (%s): rebuilding from raw/", self.private.folder, error)
        self.private.discard()
        try:
            return self._do(work)
        except duckdb.Error as error:
            self.private.raise_unless_damaged(error)
            raise WarehouseError(f"{self.private.folder} cannot be rebuilt from raw/: {error}") from error

    def _do(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._connect()
            result = work(self._connection)
        except BaseException:
            self.close()  # a connection is not used again after an error
            raise
        if not self._is_open:
            self.close()
        return result

    def _connect(self) -> DuckDBPyConnection:
        """Return a connection with `staging` attached and `build` in use; missing or outdated files are rebuilt."""
        connection, is_new = self.private.connect()
        try:
            if is_new:
                self._is_unchecked = True
                load_raw(connection, self.raw)
                self.changed |= self._load_empty(connection)  # or an empty star could be queried or published
                self.private.sign()
        except BaseException:
            connection.close()
            raise
        return connection

    def discard(self) -> None:
        """Remove the private files; they can be rebuilt from raw/."""
        self.close()
        self.private.discard()

    def load_raw(self) -> Loaded:
        """Bring staging up to date with raw/."""
        return self.use(lambda connection: load_raw(connection, self.raw))

    def refresh(self) -> Loaded:
        """Bring staging up to date with raw/, then the star with staging."""

        def work(connection: DuckDBPyConnection) -> Loaded:
            loaded = load_raw(connection, self.raw)
            self.changed |= load_star(connection)
            return loaded

        return self.use(work)

    def fetch_published(self) -> Path:
        """Return the path of the published file on this host, which need not exist."""
        return self.published

    def has_lost_raw(self) -> bool:
        """Whether raw/ has no file at all, though there is a published file, which was built from some."""
        is_published = self.published.is_symlink() or self.published.exists()
        return is_published and not self.raw.files() and holds_days(self.published)

    def raise_if_raw_is_lost(self) -> None:
        """Raise WarehouseError if raw/ has no file: what a run brings would replace all that is published."""
        if self.has_lost_raw():
            raise WarehouseError(
                f"{self.raw.folder} has no file, and {self.published} was built from some: mount raw/, or restore it "
                "from a backup, or give --force to `papers rebuild` to publish an empty file and begin anew"
            )

    def raise_if_nothing_to_rebuild(self, *, is_forced: bool) -> None:
        """Raise WarehouseError if raw/ has no file; `is_forced`: a published file may be replaced by an empty one."""
        if not is_forced:
            self.raise_if_raw_is_lost()
        if not self.raw.files() and not self.has_lost_raw():
            raise WarehouseError(f"{self.folder} has nothing to rebuild: {self.raw.folder} has no file")

    def rebuild(self) -> None:
        """Rebuild staging, star and published file from raw/. Raises WarehouseError if it cannot, or a check fails."""
        try:
            self.discard()
            self.refresh()
            self.publish()
        except duckdb.Error as error:
            raise unloadable(error) from error

    def check(self, standing: Collection[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Return for each check the rows that break it; none if it passes. Notes warnings for the status.

        `standing`: checks to leave out, since what they found last is known to stand.
        """
        wanted = {name: check.query for name, check in CHECKS.items() if name not in standing}
        found = self.use(lambda use: {name: use.execute(query).fetchall() for name, query in wanted.items()})
        self._is_unchecked = False
        if "nothing_put_aside" in found:
            save_put_aside(self.private.folder, found["nothing_put_aside"])
        warnings = {name: rows for name, rows in found.items() if not CHECKS[name].is_error}
        save_warnings(self.private.folder, warnings, datetime.now(UTC), standing)
        return found

    def find_release(self) -> str | None:
        """Return the name of the release that the star is published as; None if it has changed since, or is new."""
        self.use(lambda connection: None)  # files that are damaged or outdated are rebuilt now
        log_of_writes = self.private.build.with_name(f"{self.private.build.name}.wal")
        if self.changed or self._is_unchecked or log_of_writes.exists() or not self.published.exists():
            return None
        file = self.published.resolve()
        return file.parent.name if is_copy(file, self.private.build.stat()) else None

    def raise_if_broken(self) -> None:
        """Raise WarehouseError if an error check fails."""
        for name, broken in self.check().items():
            if CHECKS[name].is_error and broken:
                raise WarehouseError(
                    f"the check {name} failed on {amount_of(len(broken), 'row')}, such as {broken[0]}; "
                    "nothing was published"
                )

    def rows(self, folder: str, name: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of one of our SQL files on the private files."""
        return self.use(
            lambda connection: connection.execute(sql_files.read_sql(folder, name), parameters or None).fetchall()
        )

    def preview(self) -> dict[str, tuple[int, str]]:
        """Return for each table of the star its row count, and its first rows as a markdown table."""
        return self.use(lambda connection: {table: preview(connection, table) for table in TABLES})

    def count_rows(self) -> dict[str, int]:
        """Return for each table of the star its row count."""
        counts = "\nunion all ".join(f"select '{table}', count(*) from {table}" for table in TABLES)
        return dict(self.use(lambda connection: connection.execute(counts).fetchall()))

    def publish(self) -> Path | None:
        """Publish the star in one atomic step, and return the new file; None if it is published already.

        A star that was rebuilt since the last check, as after damage, is checked before. Raises WarehouseError if an
        error check fails, or the new file cannot be written; the current one stays.
        """
        self.use(lambda connection: connection.execute("checkpoint build"))  # moves the write-ahead log into the file
        if self._is_unchecked:
            self.raise_if_broken()
        self.close()  # to copy an open file would end DuckDB's lock on it: POSIX locks go with the first close
        return publish(self.private.build, self.folder)
