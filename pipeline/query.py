"""SQL on the published file: read-only, with no way out of it."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO

import duckdb
import polars as pl

from pipeline import sql
from pipeline.errors import WarehouseError

FORMATS = ("table", "csv", "json", "parquet")
PARAMETER = re.compile(r"^--\s*\$(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*(?:--.*)?$", re.MULTILINE)


def open_published(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the published file for reading only: no other file, address or extension is within a query's reach.

    Raises WarehouseError where there is no such file yet, or it cannot be opened.
    """
    if not path.exists():
        raise WarehouseError(f"{path} is not there yet: `papers run`, `papers backfill` or `papers demo` makes it")
    settings = {"enable_external_access": "false", "autoload_known_extensions": "false", "lock_configuration": "true"}
    try:
        return duckdb.connect(str(path), read_only=True, config=settings)
    except duckdb.Error as error:
        raise WarehouseError(f"{path} cannot be opened: {error}; `papers rebuild` makes it anew") from error


def defaults(text: str) -> dict[str, str]:
    """Return the parameters that a query's text declares, each as `-- $name = value`."""
    return {found["name"]: found["value"] for found in PARAMETER.finditer(text)}


def named_query(name: str) -> str | None:
    """Return the text of sql/queries/<name>.sql; None where there is no query of that name."""
    return sql.read_sql("queries", name) if name in sql.names("queries") else None


def run_query(connection: duckdb.DuckDBPyConnection, text: str, given: Mapping[str, str]) -> duckdb.DuckDBPyRelation:
    """Return the rows of one statement, parameters bound. Raises WarehouseError for SQL that does not run."""
    wanted = {
        name: value for name, value in (defaults(text) | dict(given)).items() if f"${name}" in without_comments(text)
    }
    unknown = given.keys() - wanted.keys()
    if unknown:
        raise WarehouseError(
            f"the query has no parameter {', '.join(sorted(unknown))}; it has: {', '.join(wanted) or 'none'}"
        )
    try:
        relation = connection.sql(text, params=wanted) if wanted else connection.sql(text)
    except duckdb.Error as error:
        raise WarehouseError(f"the query does not run: {error}") from error
    if relation is None:
        raise WarehouseError("the statement returns no rows: only queries can be asked here")
    return relation


def without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)


def write_rows(relation: duckdb.DuckDBPyRelation, form: str, out: IO[bytes]) -> None:
    """Write rows in one of FORMATS; lists and structs are JSON in CSV. Raises WarehouseError where a row cannot be made."""
    try:
        if form == "table":
            relation_text = relation.limit(1000)
            out.write((str(relation_text) + "\n").encode())
        elif form == "json":
            names = relation.columns
            rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
            out.write((json.dumps(rows, ensure_ascii=False, default=as_json, indent=1) + "\n").encode())
        else:
            frame = pl.DataFrame(relation)
            frame.write_parquet(out) if form == "parquet" else flatten(frame).write_csv(out)
    except duckdb.Error as error:
        raise WarehouseError(f"the query does not run: {error}") from error


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
