"""What a lake stands on in tests: a PostgreSQL that can be stopped, and hosts: processes that share no folder."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from pipeline.core.settings import Settings, read_settings
from pipeline.lake.catalog import connect_lake
from pipeline.lake.lock import connect
from pipeline.lake.warehouse import LakeWarehouse, open_warehouse
from pipeline.warehouse.raw import Raw
from pipeline.warehouse.tables import TABLES

HOSTS = count()
WORKER = Path(__file__).with_name("worker.py")
FINGERPRINT = "select count(*), bit_xor(hash(row)), sum(hash(row)::hugeint) from (from {table}) as row"


@dataclass
class Postgres:
    """A server of this machine."""

    programs: Path
    folder: Path
    port: int

    def run(self, program: str, *options: str) -> None:
        drop = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*drop, str(self.programs / program), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def make(self) -> None:
        self.run("initdb", "-D", str(self.folder / "data"), "-U", "papers", "-A", "trust")

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-o", options, "-l", log, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")

    def create(self, database: str) -> None:
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "papers", database)


@dataclass
class Lake:
    """A catalog and a store, as settings, and a folder for what hosts have of their own."""

    environment: Mapping[str, str]
    folder: Path

    @property
    def settings(self) -> Settings:
        return read_settings({**self.environment, "WAREHOUSE_DIR": str(self.folder / "here")}, self.folder / "no.env")

    def host(self) -> dict[str, str]:
        """The environment of another host: its own home, folder for temporary files, warehouse and history."""
        home = self.folder / f"host{next(HOSTS)}"
        (home / "tmp").mkdir(parents=True)
        own = {
            "HOME": home,
            "TMPDIR": home / "tmp",
            "WAREHOUSE_DIR": home / "warehouse",
            "DAGSTER_HOME": home / "dagster",
        }
        return {**os.environ, **self.environment, **{name: str(path) for name, path in own.items()}}

    def warehouse(self) -> LakeWarehouse:
        """The warehouse as a host of its own has it, in this process."""
        settings = self.settings.model_copy(update={"warehouse_dir": self.folder / f"own{next(HOSTS)}"})
        found = open_warehouse(settings)
        assert isinstance(found, LakeWarehouse)
        return found

    def fill(self, raw: Raw) -> None:
        """Put the exchanges of other raw files into the store, nine to a file, as if hosts had fetched them."""
        into = self.warehouse().raw
        for path in raw.files():
            for some in raw.read(path).iter_slices(9):
                into.write(some, some["fetched_at"].min())  # pyright: ignore[reportArgumentType]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the lake as it is now."""
        assert self.settings.warehouse_catalog and self.settings.warehouse_storage
        with connect_lake(
            self.settings.warehouse_catalog, self.settings.warehouse_storage, self.folder / "spill"
        ) as lake:
            return lake.execute(query).fetchall()

    def tell(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of PostgreSQL."""
        assert self.settings.warehouse_catalog
        with connect(self.settings.warehouse_catalog) as session:
            return session.run(statement)


def fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """By table of the star its number of rows and two sums of their hashes, whatever their order."""
    return {table: connection.execute(FINGERPRINT.format(table=table)).fetchall()[0] for table in TABLES}


def start(environment: Mapping[str, str], *command: str) -> subprocess.Popen[str]:
    """Start Python on a host, in its own folder."""
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([sys.executable, *command], env=dict(environment), cwd=environment["HOME"], **out)  # pyright: ignore


def papers(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start `papers` on a host."""
    return start(environment, "-m", "pipeline", *arguments)


def work(environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start worker.py on a host."""
    return start(environment, str(WORKER), *arguments)


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a command that must succeed, and return what it said."""
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said
