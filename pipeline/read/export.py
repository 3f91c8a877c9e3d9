"""Export the published file as Parquet (and CSV) in a Frictionless Data Package: same file, same bytes."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.core.errors import WarehouseError
from pipeline.core.files import read_plain
from pipeline.core.folders import replacing_folder
from pipeline.core.wording import amount_of
from pipeline.lake.place import Place, StoredFile
from pipeline.read import query
from pipeline.read.catalog import Relation, read_relations
from pipeline.read.rows import flatten

DESCRIPTOR = "datapackage.json"
NAME = "daily-ai-papers"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENCES = (
    {"name": "MIT", "title": "Pages of the archives", "path": "https://opensource.org/license/mit"},
    {"name": "CC0-1.0", "title": "Metadata of arXiv", "path": "https://creativecommons.org/publicdomain/zero/1.0/"},
)
TYPES = {"boolean": "boolean", "date": "date", "timestamp": "datetime", "double": "number", "varchar": "string"}
DAY_AND_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"
RELEASED = "%Y%m%dT%H%M%S%fZ"  # the folder of a release
DIALECT = {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True}
# Spreadsheets take cells of a CSV file that begin like this for formulas, unless the whole cell is a number:
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
NUMBER = r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"
NOTE_ON_CSV = (
    "CSV is UTF-8 with a header; an empty cell is null, lists are JSON, times are UTC. Texts are unchanged from their"
    " sources: a spreadsheet that opens the file may take one for a formula, so import columns as text. An arXiv id is"
    " a text that looks like a number, 2409.03420: read columns as the types that this descriptor gives."
)


def export(published: Place, to: Path, *, with_csv: bool = False) -> dict[str, Any]:
    """Write every table and view of the published file into the folder `to`, and return the package's descriptor.

    The complete folder appears atomically and replaces an earlier export. Raises WarehouseError if the folder contains
    anything else or cannot be written.
    """
    to = to.absolute()
    with replacing_folder(to, check_target) as part:
        return write_package(published.resolve(), part, with_csv)


def check_target(to: Path) -> None:
    """Raise WarehouseError unless the folder is new, empty, or contains an earlier export and nothing else."""
    if to.is_symlink() or (to.exists() and not to.is_dir()):
        raise WarehouseError(f"{to} is not a folder: choose another with --to")
    present = {path.name for path in to.iterdir()} if to.exists() else set[str]()
    if present and (foreign := sorted(present - read_names(to))):
        raise WarehouseError(f"{to} has files that no export wrote ({foreign[0]}): choose an empty folder with --to")


def read_names(folder: Path) -> set[str]:
    """Return the names of the files of an earlier export; none if the folder is not one."""
    try:
        descriptor = json.loads(read_plain(folder / DESCRIPTOR))
        is_ours = descriptor["name"] == NAME
        return {DESCRIPTOR, *(resource["path"] for resource in descriptor["resources"])} if is_ours else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def write_package(published: Place, folder: Path, with_csv: bool) -> dict[str, Any]:
    resources: list[dict[str, Any]] = []
    with query.open_published(published, threads=1) as connection:
        relations = read_relations(connection)
        sources = connection.execute("select source_id, url from dim_source where url is not null order by all")
        origins = [{"title": source_id, "path": url} for source_id, url in sources.fetchall()]
        for relation in relations:
            rows = connection.sql(f"from {relation.name} order by all")
            frame = pl.DataFrame(rows)
            for path in write_files(frame, rows, relation.name, folder, with_csv):
                resources.append(describe_resource(path, relation, frame.height))
    descriptor: dict[str, Any] = {
        "$schema": PROFILE,
        "name": NAME,
        "title": "Daily AI papers × code × stars",
        "description": NOTE_ON_CSV if with_csv else "Every table and view of papers.duckdb. Times are UTC.",
        "created": published_at(published).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "licenses": LICENCES,
        "sources": origins,
        "resources": sorted(resources, key=lambda resource: resource["name"]),
    }
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    (folder / DESCRIPTOR).write_text(text, "utf-8")
    return descriptor


def write_files(frame: pl.DataFrame, rows: query.Relation, name: str, folder: Path, with_csv: bool) -> Iterator[Path]:
    frame.write_parquet(folder / f"{name}.parquet", compression="zstd")
    yield folder / f"{name}.parquet"
    if with_csv:
        flatten(frame, rows).write_csv(folder / f"{name}.csv", datetime_format=DAY_AND_TIME)
        yield folder / f"{name}.csv"


def describe_resource(path: Path, relation: Relation, row_count: int) -> dict[str, Any]:
    """Return the package's entry for a file: path, description, size, hash, rows and schema."""
    form = path.suffix.removeprefix(".")
    content = path.read_bytes()
    return {
        "name": resource_name(relation.name, form),
        "path": path.name,
        "type": "table",
        "title": relation.name,
        "description": relation.comment,
        "format": form,
        "mediatype": "text/csv" if form == "csv" else "application/vnd.apache.parquet",
        **({"encoding": "utf-8", "dialect": DIALECT} if form == "csv" else {}),
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "rows": row_count,
        "schema": describe_schema(relation, form),
    }


def resource_name(name: str, form: str) -> str:
    return name if form == "parquet" else f"{name}_{form}"


def describe_schema(relation: Relation, form: str) -> dict[str, Any]:
    """Return a Table Schema: fields, foreign keys, and the primary key unless a part of it may be null."""
    nullable = {column.name for column in relation.columns if column.is_nullable}
    schema: dict[str, Any] = {
        "fields": [
            {"name": column.name, "type": field_type(column.type), "description": column.comment}
            | ({} if relation.is_view or column.is_nullable else {"constraints": {"required": True}})
            for column in relation.columns
        ]
    }
    if relation.key and not relation.is_view and not nullable & set(relation.key):
        schema["primaryKey"] = list(relation.key)
    if references := {} if relation.is_view else relation.references:
        schema["foreignKeys"] = [
            {"fields": [name], "reference": {"resource": resource_name(table, form), "fields": [name]}}
            for name, table in references.items()
        ]
    return schema


def field_type(kind: str) -> str:
    if kind.endswith("[]"):
        return "array"
    return "object" if kind.startswith("struct") else TYPES.get(kind, "integer")


def published_at(published: Place) -> datetime:
    """Return when a release was published, from the name of its folder, or else the time of the file."""
    if isinstance(published, StoredFile):
        return datetime.strptime(published.release, RELEASED).replace(tzinfo=UTC)
    try:
        return datetime.strptime(published.parent.name, RELEASED).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(published.stat().st_mtime, UTC)


def summarise_export(descriptor: Mapping[str, Any], to: Path) -> Iterator[str]:
    """Yield what was written, and for CSV what other programs could take for formulas or for numbers."""
    resources: list[Mapping[str, Any]] = descriptor["resources"]
    megabytes = sum(resource["bytes"] for resource in resources) / 1e6
    told = amount_of(len(resources), "file")
    yield f"{told}, {megabytes:.1f} MB, as published {descriptor['created']}: {to / DESCRIPTOR}"
    files = {each["path"]: read_texts(to / each["path"], each) for each in resources if each["format"] == "csv"}
    if count := sum(count_formulas(frame) for frame in files.values()):
        yield f"{count:,} cells begin like a formula (= + - @, a tab or a line break): import them as text."
    numeric = sorted({column.name for frame in files.values() for column in frame if is_like_numbers(column)})
    if numeric:
        names = ", ".join(f"'{name}': str" for name in numeric)
        yield f"Texts that look like numbers lose zeros in other programs; in pandas: dtype={{{names}}}."


def read_texts(path: Path, resource: Mapping[str, Any]) -> pl.DataFrame:
    """Return the columns of texts of a CSV file."""
    fields = resource["schema"]["fields"]
    names = [field["name"] for field in fields if field["type"] in ("string", "array", "object")]
    # Its bytes and not its name, in which polars takes brackets for a pattern.
    return pl.read_csv(path.read_bytes(), infer_schema=False, columns=names) if names else pl.DataFrame()


def count_formulas(frame: pl.DataFrame) -> int:
    return sum(int((column.str.contains(FORMULA) & ~column.str.contains(NUMBER)).sum()) for column in frame)


def is_like_numbers(column: pl.Series) -> bool:
    return column.len() > column.null_count() and column.str.contains(NUMBER).all(ignore_nulls=True)
