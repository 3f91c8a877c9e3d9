"""Which of DuckDB's types each format can hold, and how a value is written in JSON."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from duckdb.sqltypes import DuckDBPyType as Type

from pipeline.core.errors import WarehouseError

WHOLE = {f"{sign}{size}" for sign in ("", "u") for size in ("tinyint", "smallint", "integer", "bigint")}
PLAIN = WHOLE | {"boolean", "float", "double", "decimal", "varchar"}
TIMES = {"date", "time", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"}
# By format the types that are written as they are; in CSV and JSON DuckDB's own text stands for the others.
AS_THEY_ARE = {
    "csv": PLAIN,
    "json": PLAIN | {"hugeint", "uhugeint"},
    "parquet": PLAIN | TIMES | {"blob"},
}
TEXTS = {"enum", "uuid", '"null"'}  # in Parquet too
MOMENT = r"^(\d+-\d\d-\d\d) (\d)"  # how DuckDB's text of a timestamp begins; ISO 8601 has a T between


def written_as(name: str, kind: Type, form: str) -> str:
    """Return the type in which a column goes into a file of a format. Raises WarehouseError if it holds none."""
    try:
        return recast(kind, form)
    except ValueError as error:
        what = f"{name} is {kind}" if str(error) == str(kind) else f"{name} holds {error}"
        raise WarehouseError(f"column {what}, which {form} cannot hold: cast it, as in {name}::varchar") from None


def recast(kind: Type, form: str) -> str:
    """Return a type with a text in place of each part that a format cannot hold. Raises ValueError with such a part."""
    if kind.id in ("list", "array"):
        size = dict(kind.children).get("size", "")
        return f"{recast(child(kind, 'child'), form)}[{size}]"
    if kind.id == "map":
        key = "varchar" if form != "parquet" else recast(child(kind, "key"), form)
        return f"map({key}, {recast(child(kind, 'value'), form)})"
    if kind.id == "struct":
        fields = [f"{quote(name)} {recast(cast('Type', part), form)}" for name, part in kind.children]
        return f"struct({', '.join(fields)})"
    if kind.id in AS_THEY_ARE[form]:
        return str(kind)
    if form != "parquet" or kind.id in TEXTS:
        return "varchar"
    raise ValueError(str(kind))


def child(kind: Type, name: str) -> Type:
    return cast("Type", dict(kind.children)[name])


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def select_as(name: str, kind: Type, form: str) -> str:
    """Return the expression that brings a column into the type in which it is written. Raises WarehouseError."""
    wanted, column = written_as(name, kind, form), quote(name)
    if kind.id.startswith("timestamp") and wanted == "varchar":
        return rf"regexp_replace({column}::varchar, '{MOMENT}', '\1T\2') as {column}"
    return f"{column}::{wanted} as {column}"


def to_json(value: object, kind: Type) -> Any:
    """Return a value as JSON holds it: NaN and infinity are null, a timestamp has its T, a decimal is a text."""
    if value is None or kind.id in ("boolean", "varchar"):
        return value
    if kind.id in ("list", "array"):
        return [to_json(item, child(kind, "child")) for item in cast("Sequence[object]", value)]
    if kind.id == "map":
        return {key: to_json(item, child(kind, "value")) for key, item in cast("Mapping[str, object]", value).items()}
    if kind.id == "struct":
        row = cast("Mapping[str, object]", value)
        return {name: to_json(row[name], cast("Type", part)) for name, part in kind.children}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if kind.id.startswith("timestamp"):
        return re.sub(MOMENT, r"\1T\2", str(value))
    return value if isinstance(value, int) else str(value)


def json_text(value: object, kind: Type) -> str | None:
    """Return a nested value as the JSON text that a cell of CSV holds; None for null."""
    return None if value is None else json.dumps(to_json(value, kind), ensure_ascii=False)
