"""The folder through which DuckDB and Spark hand each other tables, as Parquet. Driver and workers see it at one path.

staging/<table>.parquet    what DuckDB parsed from raw/
empty/<table>.parquet      the star before a load: no rows but the unknown members
made/<table>/              temporary tables of a load
star/<table>/              what Spark built
"""

import shutil
from pathlib import Path

from duckdb import DuckDBPyConnection

from pipeline.core import sql_files
from pipeline.core.errors import EngineError
from pipeline.warehouse.build import insert_sources, quoted
from pipeline.warehouse.tables import TABLES

Shape = dict[str, str]  # the type of each column, in DuckDB's words
MARKER = ".papers-exchange"  # a folder that has it may be emptied


class Exchange:
    """The folder, emptied when it is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def clear(self) -> None:
        """Make the folder anew. Raises EngineError if it holds anything of others, or cannot be made."""
        marker = self.folder / MARKER
        if self.folder.exists() and not marker.exists() and any(self.folder.iterdir()):
            raise EngineError(f"{self.folder} is not empty and not from an earlier rebuild: choose another --exchange")
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            for name in ("staging", "empty", "made", "star"):
                (self.folder / name).mkdir(parents=True)
            marker.touch()
        except OSError as error:
            raise EngineError(f"{self.folder} cannot be made ({error.strerror}): choose another --exchange") from error

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, connection: DuckDBPyConnection) -> tuple[dict[str, Shape], dict[str, Shape]]:
        """Write staging, the known sources and the star as it is; return the shapes of both by table."""
        insert_sources(connection)
        staging = sql_files.declared_columns(sql_files.read_sql("staging", "tables"))
        staged = self.copy(connection, "staging", {name.replace(".", "__"): name for name in staging})
        staged |= self.copy(connection, "staging", {"known_source": "known_source"})
        return staged, self.copy(connection, "empty", {table: table for table in TABLES})

    def copy(self, connection: DuckDBPyConnection, place: str, tables: dict[str, str]) -> dict[str, Shape]:
        """Write tables by the name of their file, and return their shapes by it."""
        for name, table in tables.items():
            file = quoted(self.folder / place / f"{name}.parquet")
            connection.execute(f"copy (from {table}) to '{file}' (format parquet, compression zstd)")
        return {name: shape_of(connection, table) for name, table in tables.items()}

    def read(self, connection: DuckDBPyConnection) -> None:
        """Replace the rows of the star by what Spark built, in one transaction."""
        connection.execute("begin")
        try:
            for table in TABLES:
                files = quoted(self.folder / "star" / table / "*.parquet")
                connection.execute(f"delete from {table}")
                connection.execute(f"insert into {table} by name from read_parquet('{files}')")
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise


def shape_of(connection: DuckDBPyConnection, table: str) -> Shape:
    return {name: kind for name, kind, *_ in connection.execute(f"describe {table}").fetchall()}
