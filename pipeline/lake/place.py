"""Where readers ask the published file: on this host, or in the store, without a copy.

Who may write brings the file to the host's folder; ticks of schedules and sensors copy nothing (`find_published`).

What is asked in the store is the published file too, and not the lake: a connection that has DuckLake loaded can remove
files by what looks like a question, and reach other databases, while one that has this file can only read it.
"""

import shutil
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core.errors import WarehouseError
from pipeline.core.settings import Settings
from pipeline.lake.catalog import load_extension, store_secret
from pipeline.lake.newest import Newest, find_local, find_newest, published_file
from pipeline.lake.store import Store
from pipeline.warehouse.build import IN_UTC, quoted
from pipeline.warehouse.publish import NAME


@dataclass(frozen=True)
class StoredFile:
    """A release where it stands in the store, for who has no folder to bring it to."""

    url: str
    release: str

    def __str__(self) -> str:
        return self.url

    def exists(self) -> bool:
        """Whether it has been published: it was named as the newest."""
        return True

    def resolve(self) -> Self:
        """Return itself: as the file behind a link, it is one release, whatever is published meanwhile."""
        return self

    def connect(self, settings: Mapping[str, Any]) -> DuckDBPyConnection:
        """Return a connection that uses the file and reads nothing but it. Raises duckdb.Error."""
        connection = duckdb.connect(config={"autoinstall_known_extensions": "false", **settings})
        try:
            self._attach(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _attach(self, connection: DuckDBPyConnection) -> None:
        connection.execute(IN_UTC)
        load_extension(connection, "httpfs")  # which takes AWS_* into settings that any query can read
        connection.execute("set s3_access_key_id = ''; set s3_secret_access_key = ''; set s3_session_token = ''")
        connection.execute(store_secret(self.url))
        connection.execute(f"attach '{quoted(self.url)}' as papers (read_only); use papers")
        connection.execute(f"set temp_directory = '{quoted(make_spill(connection))}'")
        connection.execute(f"set allowed_paths = ['{quoted(self.url)}']; set enable_external_access = false")
        connection.execute("set lock_configuration = true")


def make_spill(connection: DuckDBPyConnection) -> str:
    """Make a folder for what does not fit into memory, which goes with the connection. Empty where none can be made."""
    try:
        folder = mkdtemp(prefix="papers-")
    except OSError:
        return ""
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return folder


Place = Path | StoredFile  # of a published file


def find_place(settings: Settings) -> Place:
    """Return where to ask the newest published file: in the folder of this host, or in the store if it has no folder.

    Raises WarehouseError if there is no folder and the store has no file.
    """
    if settings.warehouse_storage is None or settings.warehouse_dir.exists():
        return published_file(settings)
    store = Store(settings.warehouse_storage)
    newest = find_newest(store)
    if newest is None:
        raise WarehouseError(f"{store.url} has no published file yet: `papers run` or `papers backfill` makes it")
    return stored(store, newest)


def find_published(settings: Settings) -> Place:
    """Return where to ask what readers read, without copying it: on this host if it has the newest file, or else in the
    store. Where nothing is published, the path on this host, at which nothing need be. Raises WarehouseError.
    """
    here = settings.warehouse_dir / NAME
    if settings.warehouse_storage is None:
        return here
    return find_newer(Store(settings.warehouse_storage), here)


def find_newer(store: Store, here: Path) -> Place:
    """Return the newest file of a store, or the one of this host if that is the same, or the store has none."""
    newest = find_newest(store)
    return here if newest is None or newest.release == find_local(here) else stored(store, newest)


def stored(store: Store, newest: Newest) -> StoredFile:
    return StoredFile(f"{store.url}/{newest.name}", newest.release)
