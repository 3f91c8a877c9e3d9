"""Locks of all hosts: advisory locks of PostgreSQL, which it frees when a session ends, however it ends.

star      whoever brings the star up to date, publishes it, or tidies the lake
enrich    whoever asks services for what is due
staging   shared by those who append; whoever tidies has it alone
<group>   whoever stores the rows of a month of pages, or of the answers of a service
"""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.core.errors import WarehouseError
from pipeline.core.terminal import one_line
from pipeline.lake import extra

WAIT = "1h"  # a first backfill with enrichment takes some minutes
ALIVE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class Locks:
    """The locks of one catalog, `postgresql://…`. Each `hold` has a session of its own."""

    def __init__(self, catalog: str) -> None:
        self.catalog = catalog

    @contextmanager
    def hold(self, *names: str, shared: str | None = None) -> Generator["Session"]:
        """Hold locks, each alone, taken in the order of their names, and then one that others may share.

        Raises WarehouseError if PostgreSQL cannot be reached, or another holds one for an hour.
        """
        with connect(self.catalog) as session:
            session.run(f"set lock_timeout = '{WAIT}'")
            for name in sorted(set(names)):
                session.run("select pg_advisory_lock(%s)", number_of(name))
            if shared is not None:
                session.run("select pg_advisory_lock_shared(%s)", number_of(shared))
            yield session


class Session:
    """A session of PostgreSQL in which each statement is a transaction of its own."""

    def __init__(self, catalog: str, connection: Any) -> None:
        self._catalog, self._connection = catalog, connection
        self._errors = extra.load("psycopg").Error

    def run(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a statement; none of one without. Raises WarehouseError."""
        try:
            cursor = self._connection.execute(text, values)
            return cursor.fetchall() if cursor.description else []
        except self._errors as error:
            raise unreachable(self._catalog, error) from error

    def raise_if_lost(self) -> None:
        """Raise WarehouseError if the session is over, and its locks are somebody else's: then nothing is committed."""
        self.run("select 1")


@contextmanager
def connect(catalog: str) -> Generator[Session]:
    """Yield a session. Raises WarehouseError if PostgreSQL cannot be reached."""
    psycopg = extra.load("psycopg")
    try:
        connection = psycopg.connect(catalog, autocommit=True, **ALIVE)
    except psycopg.Error as error:
        raise unreachable(catalog, error) from error
    try:
        yield Session(catalog, connection)
    finally:
        connection.close()


def unreachable(catalog: str, error: Exception) -> WarehouseError:
    where = f"{urlsplit(catalog).hostname or 'this machine'}"
    why = without_password(catalog, one_line(str(error)))
    if type(error).__name__ == "LockNotAvailable":
        return WarehouseError(f"another run has held the warehouse for {WAIT}: wait until it ends, or stop it")
    return WarehouseError(
        f"the catalog on {where} cannot be used ({why}): check WAREHOUSE_CATALOG and PostgreSQL, and run again; what "
        "was fetched is kept"
    )


def without_password(catalog: str, text: str) -> str:
    """Return a text without the password of the catalog, however it stands there."""
    password = urlsplit(catalog).password
    for secret in {password, unquote(password)} if password else ():
        text = text.replace(secret, "…")
    return text


def number_of(name: str) -> int:
    """Return the number of a lock: 63 bits of md5, so that other programs of the database do not have it by chance."""
    digest = hashlib.md5(f"papers/{name}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big") >> 1
