"""Raw files as immutable objects: raw/YYYY/<time>-<sha256>.parquet, each created once, by whichever host."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import polars as pl

from pipeline.core.errors import RawError, WarehouseError
from pipeline.lake.store import Store
from pipeline.warehouse.raw import Raw, name_of, write_parquet

UNDER = "raw"


class StoredRaw(Raw):
    """The raw files of a store. Any number of writers on any hosts: no file is ever written twice."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__(folder)  # where a warehouse on one machine has them; here nothing is written there
        self._objects = store
        self._refused: set[str] = set()  # objects whose bytes were not what their names say

    def write(self, frame: pl.DataFrame, at: datetime) -> None:
        """Create an object. Raises RawError if the store refuses it."""
        buffer = BytesIO()
        write_parquet(frame, buffer)
        content = buffer.getvalue()
        try:
            self._objects.create(f"{UNDER}/{at:%Y}/{name_of(at, content)}", content)
        except WarehouseError as error:
            raise RawError(str(error)) from error

    def files(self) -> list[Path]:
        """Every raw file, by its name below the store, ordered by the arrival of its first response."""
        names = (Path(name) for name in self._objects.names(UNDER) if name.endswith(".parquet"))
        return sorted(names, key=lambda path: path.name)

    def content(self, path: Path) -> bytes:
        """Return a file's bytes. Raises FileNotFoundError; WarehouseError if the store cannot be read."""
        return self._objects.read(path.as_posix())

    def read(self, path: Path) -> pl.DataFrame:
        """Do the same, and remember what could not be read, for `may_have_changed`."""
        try:
            return super().read(path)
        except RawError:
            self._refused.add(path.name)
            raise

    def may_have_changed(self, path: Path, since: float) -> bool:
        """Whether it could not be read in this run: objects do not change, and what is loaded is known by its name."""
        return path.name in self._refused

    def segment_names(self) -> set[str]:
        """Return all files, as paths below raw/."""
        return {path.relative_to(UNDER).as_posix() for path in self.files()}

    def bundle(self) -> None:
        """Leave the objects as they are: another host may be reading them."""
