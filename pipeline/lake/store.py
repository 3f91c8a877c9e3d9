"""Objects in a store that speaks S3, under one prefix. AWS_* says who we are, AWS_ENDPOINT_URL where it is."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.core.errors import WarehouseError
from pipeline.core.terminal import one_line
from pipeline.lake import extra

RETRIES = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
PATIENCE = {"timeout": "300s", "connect_timeout": "10s"}  # of one request; a published file may be large
WHY_LENGTH = 160  # of what the store says is wrong


class Store:
    """The objects below `url`, like `s3://bucket/prefix`; their names are relative to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        for name in [name for name, text in os.environ.items() if name.startswith("AWS_") and not text]:
            del os.environ[name]  # as with our settings: obstore would take an empty address for one
        self._obstore = extra.load("obstore")
        is_plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        options: dict[str, Any] = {**PATIENCE, "allow_http": is_plain}
        stores = extra.load("obstore.store")
        self._objects = stores.S3Store.from_url(url, client_options=options, retry_config=RETRIES)

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that is not there yet (If-None-Match); return False, and write nothing, if it is."""
        with self._said("written", name):
            try:
                self._obstore.put(self._objects, name, content, mode="create", use_multipart=False)
            except self._obstore.exceptions.AlreadyExistsError:
                return False
        return True

    def replace(self, name: str, content: bytes | Path) -> None:
        """Write an object, from memory or from a file, over the one of that name."""
        with self._said("written", name):
            self._obstore.put(self._objects, name, content)

    def read(self, name: str) -> bytes:
        """Return an object. Raises FileNotFoundError if it is not there."""
        with self._said("read", name):
            return bytes(self._obstore.get(self._objects, name).bytes())

    def fetch(self, name: str, file: Path) -> None:
        """Write an object to a file, piece by piece. Raises FileNotFoundError if it is not there."""
        with self._said("read", name), file.open("wb") as to:
            for piece in self._obstore.get(self._objects, name).stream():
                to.write(piece)

    def names(self, under: str) -> list[str]:
        """Return the names of all objects below a prefix, which ends at a slash of the name, in order."""
        with self._said("listed", under):
            return sorted(each["path"] for page in self._obstore.list(self._objects, under) for each in page)

    def names_by_age(self, under: str) -> list[str]:
        """Return the same names, the oldest object first, by the clock of the store, which tells whole seconds."""
        with self._said("listed", under):
            found = [each for page in self._obstore.list(self._objects, under) for each in page]
        return [each["path"] for each in sorted(found, key=lambda each: (each["last_modified"], each["path"]))]

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects."""
        for name in names:
            with self._said("removed", name):
                self._obstore.delete(self._objects, name)

    @contextmanager
    def _said(self, what: str, name: str) -> Generator[None]:
        """Raise WarehouseError for whatever the store refuses in the block, but for an object that is not there."""
        try:
            yield
        except FileNotFoundError:
            raise
        except (self._obstore.exceptions.BaseError, PermissionError, OSError) as error:
            why = one_line(str(error))[:WHY_LENGTH]
            remedy = "check WAREHOUSE_STORAGE, AWS_* and the rights of the key, and run again; nothing is lost"
            raise WarehouseError(f"{self.url}/{name} cannot be {what} ({why}): {remedy}") from error
