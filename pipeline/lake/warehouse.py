"""Warehouses whose raw files and published file are in a store: with a star on this host, or with one in the lake."""

import logging
import random
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.core.settings import Settings
from pipeline.core.wording import amount_of
from pipeline.lake import newest
from pipeline.lake.catalog import TAG, connect_lake, find_tagged, unusable
from pipeline.lake.lock import Locks, Session
from pipeline.lake.raw import StoredRaw
from pipeline.lake.store import Store
from pipeline.sources.pages import read_subject
from pipeline.warehouse.build import PRESENT, load_star, prepare, quoted
from pipeline.warehouse.checks import CHECKS
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.intake.insert import roll_back
from pipeline.warehouse.private import STORAGE_VERSION, fingerprint
from pipeline.warehouse.publish import publish
from pipeline.warehouse.raw import Raw
from pipeline.warehouse.staging import Loaded, Turn, load_raw
from pipeline.warehouse.tables import TABLES

log = logging.getLogger(__name__)

T = TypeVar("T")

FILES = 64  # raw files that an intake takes at a time
CONFLICTS = 20  # with the commits of others, after which an intake gives up


class StoredWarehouse(Warehouse):
    """One writer, whose star is on this host. Its raw files and what it publishes are in the store."""

    def __init__(self, folder: Path, store: Store) -> None:
        super().__init__(folder)
        self.store = store
        self.raw = StoredRaw(store, folder / "raw")

    def fetch_published(self) -> Path:
        """Return the path of the published file on this host, after bringing it up to date with the store."""
        newest.bring(self.store, self.folder)
        return self.published

    def has_lost_raw(self) -> bool:
        """Whether the store has no raw file at all, though it has a published file, which was built from some."""
        if self.raw.files():
            return False
        self.fetch_published()
        return super().has_lost_raw()

    def publish(self) -> Path | None:
        """Do the same, also in the store: also what an earlier run could not put there."""
        release = super().publish()
        found = newest.find_newest(self.store)
        if found is None or found.release != newest.find_local(self.published):
            newest.send(self.store, self.published)
        return release


class LakeWarehouse(StoredWarehouse):
    """Any number of writers on any hosts. This host's folder has a copy of the published file, and notes."""

    def __init__(self, folder: Path, store: Store, catalog: str) -> None:
        super().__init__(folder, store)
        self.catalog = catalog
        self.locks = Locks(catalog)

    def enriching(self) -> AbstractContextManager[object]:
        """Keep all others from asking services in the block."""
        return self.locks.hold("enrich")

    def use(self, work: Callable[[DuckDBPyConnection], T]) -> T:
        """Run `work` on the lake. Raises WarehouseError if PostgreSQL or the store is not to be had."""
        try:
            return self._do(work)
        except duckdb.Error as error:
            raise unusable(self.catalog, error) from error

    def _connect(self) -> DuckDBPyConnection:
        connection = self._connect_raw()
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_raw(self) -> DuckDBPyConnection:
        self.private.folder.mkdir(parents=True, exist_ok=True)
        with self.locks.hold("tables"):  # of whom DuckLake makes its own, one is first
            return connect_lake(self.catalog, self.store.url, self.private.folder / "spill")

    def _prepare(self, connection: DuckDBPyConnection) -> None:
        """Make what is missing, or only the views of this connection. Raises WarehouseError if other code built it."""
        with self.locks.hold("tables") as session:
            session.run(sql_files.read_sql("lake", "state"))
            built = session.run("select fingerprint from papers_state.built")
            present = {name for (name,) in connection.execute(PRESENT).fetchall()}
            if built and built[0][0] != fingerprint():
                raise WarehouseError(
                    "the lake was built by another version of this code or of DuckDB: let all hosts have the same one, "
                    "then run `papers rebuild` on one of them"
                )
            if built and present == set(TABLES):
                connection.execute(sql_files.read_sql("staging", "views"))
                return
            if present:
                raise WarehouseError("a rebuild of the lake has not ended: wait for it, or run `papers rebuild` again")
            self._make(connection, session)

    def _make(self, connection: DuckDBPyConnection, session: Session) -> None:
        connection.execute("create schema if not exists staging")
        prepare(connection, in_lake=True)
        session.run("insert into papers_state.built values (%s)", fingerprint())

    def load_raw(self) -> Loaded:
        """Bring staging up to date with raw/, beside all others who do."""
        return self.use(self._take)

    def _take(self, connection: DuckDBPyConnection) -> Loaded:
        """Load new raw files, some at a time and in an order of our own, so that few others wait for the same ones."""
        known = find_loaded(connection)
        files = [path for path in self.raw.files() if path.name not in known]
        random.shuffle(files)
        loaded = Loaded()
        for first in range(0, len(files), FILES):
            some = self._take_some(connection, files[first : first + FILES])
            loaded.files += some.files
            loaded.unreadable += some.unreadable
        return loaded

    def _take_some(self, connection: DuckDBPyConnection, files: Sequence[Path]) -> Loaded:
        """Load raw files. What meets the commit of another is begun again, with another look at what is stored."""
        for left in reversed(range(CONFLICTS)):
            try:
                return load_raw(connection, self.raw, files, partial(self._alone, connection))
            except duckdb.TransactionException as error:
                if not left or "onflict" not in str(error):
                    raise
                log.info("met the commit of another host: %s", error)
                roll_back(connection)
        raise AssertionError

    @contextmanager
    def _alone(self, connection: DuckDBPyConnection, exchanges: pl.DataFrame) -> Generator[Turn]:
        with self.locks.hold(*groups_of(exchanges), shared="staging") as session:
            yield Turn(find_loaded(connection), session.raise_if_lost)

    def refresh(self) -> Loaded:
        """Bring staging up to date with raw/, then the star with staging, if its checks pass: one snapshot, tagged."""
        loaded = self.load_raw()
        with self.locks.hold("star") as session:
            self.changed |= self.use(lambda connection: load_checked(connection, session))
        return loaded

    def find_release(self) -> str | None:
        """Return the name of the release that the star is published as; None if it has changed since, or is new."""
        found, version = newest.find_newest(self.store), self.use(find_tagged)
        is_here = found is not None and found.release == newest.find_local(self.published)
        return found.release if found and is_here and found.version == version and not self.changed else None

    def publish(self) -> Path | None:
        """Publish the newest tagged star as a file, here and in the store; None if it is published already."""
        with self.locks.hold("star"):
            version = self.use(find_tagged)
            if version is None:
                raise WarehouseError("the lake has no star whose checks have passed yet: nothing was published")
            found = newest.find_newest(self.store)
            if found is not None and found.version == version:
                newest.bring(self.store, self.folder)
                return None
            self.write_build(version)
            release = publish(self.private.build, self.folder)
            newest.send(self.store, self.published, version)
        return release

    def write_build(self, version: int) -> None:
        """Write the star of a version of the lake to the file that is published next, as on one machine."""
        self.private.discard()
        spill = self.private.folder / "spill"
        with connect_lake(self.catalog, self.store.url, spill, version) as connection:
            file = f"'{quoted(self.private.build)}' as build (storage_version '{STORAGE_VERSION}')"
            connection.execute(f"attach ':memory:' as staging; attach {file}; use build")
            prepare(connection)
            for table in TABLES:
                connection.execute(f"delete from {table}")  # the unknown member
                connection.execute(f"insert into {table} by name from tagged.{table}")
            connection.execute("use memory; detach build")
        shutil.rmtree(spill, ignore_errors=True)

    def rebuild(self) -> None:
        """Drop all tables, and rebuild them from raw/; readers keep the newest tagged star until the new one is."""
        self.close()
        with self.locks.hold("star", "enrich"), self.locks.hold("staging", "tables") as session:
            session.run(sql_files.read_sql("lake", "state"))
            session.run("delete from papers_state.built")
            with self._connect_raw_alone() as connection:
                drop_all(connection)
        self.refresh()
        self.publish()

    def _connect_raw_alone(self) -> DuckDBPyConnection:
        return connect_lake(self.catalog, self.store.url, self.private.folder / "spill")

    def discard(self) -> None:
        """Close the connection: what there is in the lake belongs to all hosts."""
        self.close()


def find_loaded(connection: DuckDBPyConnection) -> set[str]:
    """Return the names of the raw files that staging has."""
    return {name for (name,) in connection.execute("select file from staging.raw_file").fetchall()}


def load_checked(connection: DuckDBPyConnection, session: Session) -> set[str]:
    """Bring the star up to date in one transaction; return the tables of which rows were replaced.

    Raises WarehouseError if a check fails or the lock was lost: then nothing is committed.
    """

    def confirm(changed: set[str]) -> None:
        if changed:
            raise_if_broken(connection)
            note = f"papers {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            connection.execute(f"call build.set_commit_message('{note}', '{TAG}')")
        session.raise_if_lost()

    return load_star(connection, confirm=confirm)


def raise_if_broken(connection: DuckDBPyConnection) -> None:
    for name, check in CHECKS.items():
        if check.is_error and (broken := connection.execute(check.query).fetchall()):
            raise WarehouseError(
                f"the check {name} failed on {amount_of(len(broken), 'row')}, such as {broken[0]}; "
                "nothing was loaded or published"
            )


def groups_of(exchanges: pl.DataFrame) -> set[str]:
    """Return whose rows exchanges (EXCHANGE) may be: a month of pages for each page asked for, else the service."""
    groups: set[str] = set()
    for service, asked in exchanges.select("service", "asked").iter_rows():
        for subject in asked or ("",):
            found = read_subject(subject)
            groups.add(f"pages/{found[1]:%Y-%m}" if found else f"service/{service}")
    return groups


def drop_all(connection: DuckDBPyConnection) -> None:
    """Drop whatever there is in the lake, in one transaction."""
    found = connection.execute(
        "select 'view', schema_name, view_name from duckdb_views() where database_name = 'build' and not internal"
        " union all select 'table', schema_name, table_name from duckdb_tables() where database_name = 'build'"
        " union all select if(function_type = 'macro', 'macro', 'macro table'), schema_name, function_name"
        " from duckdb_functions() where database_name = 'build' and not internal"
    ).fetchall()
    connection.execute("begin")
    for kind, schema, name in found:
        connection.execute(f'drop {kind} build."{schema}"."{name}"')
    connection.execute("commit")


def open_warehouse(settings: Settings, on_this_host: type[Warehouse] = Warehouse) -> Warehouse:
    """Return the warehouse that the settings name. Raises SettingError if what it needs is not installed."""
    if settings.warehouse_storage is None:
        return on_this_host(settings.warehouse_dir)
    store = Store(settings.warehouse_storage)
    if settings.warehouse_catalog is None:
        return StoredWarehouse(settings.warehouse_dir, store)
    return LakeWarehouse(settings.warehouse_dir, store, settings.warehouse_catalog)


def raw_of(settings: Settings) -> Raw:
    """Return the raw files that the settings name: of a store, or of this host."""
    if settings.warehouse_storage is None:
        return Raw(settings.warehouse_dir / "raw")
    return StoredRaw(Store(settings.warehouse_storage), settings.warehouse_dir / "raw")
