"""SQL on the published file: read-only, with no way out of it."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO, cast

import duckdb
import polars as pl

from pipeline.core import sql_files
from pipeline.core.errors import WarehouseError
from pipeline.core.terminal import harmless
from pipeline.warehouse.checks import CHECKS

Connection = duckdb.DuckDBPyConnection  # for who is handed one and opens none
FORMATS = ("table", "csv", "json", "parquet")


def open_published(path: Path, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open the published file for reading only: no other file, address or extension is within a query's reach.

    With one thread, sums of fractions come out the same to the last bit each time. Raises WarehouseError where there is
    no such file yet, or it cannot be opened.
    """
    if not path.exists():
        raise WarehouseError(f"{path} is not there yet: `papers run`, `papers backfill` or `papers demo` makes it")
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "autoload_known_extensions": "false",
        "lock_configuration": "true",
    }
    if threads is not None:
        settings["threads"] = threads
    try:
        return duckdb.connect(str(path), read_only=True, config=settings)
    except duckdb.Error as error:
        raise WarehouseError(f"{path} cannot be opened: {error}; `papers rebuild` makes it anew") from error


def broken_rules(path: Path) -> dict[str, int]:
    """Return the rules that would have stopped a publish and that a published file breaks, with the rows of each.

    Raises WarehouseError where the file is not there, or cannot be read.
    """
    with open_published(path) as connection:
        try:
            counts = {
                name: len(connection.execute(check.query).fetchall())
                for name, check in CHECKS.items()
                if check.is_error
            }
        except duckdb.Error as error:
            raise WarehouseError(f"{path} cannot be read: {error}; `papers rebuild` makes it anew") from error
    return {name: count for name, count in counts.items() if count}


def named_query(name: str) -> str | None:
    """Return the text of sql/queries/<name>.sql; None where there is no query of that name."""
    return sql_files.read_sql("queries", name) if name in sql_files.names("queries") else None


def questions() -> dict[str, str]:
    """Return for each file of sql/queries/ the question that it answers, in the order that the headers give."""
    headers = {name: sql_files.header("queries", name) for name in sql_files.names("queries")}
    ordered = sorted(headers, key=lambda name: float(headers[name].get("Order", "inf")))
    return {name: headers[name]["Question"] for name in ordered}


def run_query(connection: duckdb.DuckDBPyConnection, text: str, given: Mapping[str, str]) -> duckdb.DuckDBPyRelation:
    """Return the rows of one statement, parameters bound. Raises WarehouseError for SQL that does not run."""
    bare = sql_files.without_comments(text)
    declared = sql_files.parameters(text)
    wanted = {name: value for name, value in (declared | dict(given)).items() if f"${name}" in bare}
    unknown = given.keys() - wanted.keys()
    if unknown:
        raise WarehouseError(
            f"the query has no parameter {', '.join(sorted(unknown))}; it has: {', '.join(wanted) or 'none'}"
        )
    try:
        # DuckDB gives None for a statement without rows, whatever its stubs say.
        asked = cast("object", connection.sql(text, params=wanted) if wanted else connection.sql(text))
    except duckdb.Error as error:
        raise WarehouseError(f"the query does not run: {error}") from error
    if not isinstance(asked, duckdb.DuckDBPyRelation):
        raise WarehouseError("the statement returns no rows: only queries can be asked here")
    return asked


def write_rows(relation: duckdb.DuckDBPyRelation, form: str, out: IO[bytes]) -> None:
    """Write rows in one of FORMATS; lists and structs are JSON in CSV. A terminal gets no control characters.

    Raises WarehouseError where a row cannot be made.
    """
    try:
        if form == "parquet":
            pl.DataFrame(relation).write_parquet(out)
            return
        text = show_rows(relation, form)
    except duckdb.Error as error:
        raise WarehouseError(f"the query does not run: {error}") from error
    out.write((harmless(text) if form == "table" or out.isatty() else text).encode())


def show_rows(relation: duckdb.DuckDBPyRelation, form: str) -> str:
    if form == "table":
        return f"{relation.limit(1000)}\n"
    if form == "csv":
        return flatten(pl.DataFrame(relation)).write_csv()
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    return json.dumps(rows, ensure_ascii=False, default=as_json, indent=1) + "\n"


def as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def flatten(frame: pl.DataFrame) -> pl.DataFrame:
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    texts = {
        name: pl.Series(
            [
                None if value is None else json.dumps(value, ensure_ascii=False, default=as_json)
                for value in frame[name].to_list()
            ],
            dtype=pl.String,
        )
        for name in nested
    }
    return frame.with_columns(**texts)
