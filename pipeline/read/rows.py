"""Write the rows of a query as a table, CSV, JSON or Parquet."""

import io
import json
import re
from collections.abc import Iterator
from itertools import count
from typing import IO

import duckdb
import polars as pl

from pipeline.core.errors import WarehouseError
from pipeline.core.terminal import harmless
from pipeline.read.query import Relation
from pipeline.read.values import json_text, select_as, to_json

# What DuckDB keeps for a day or a moment at infinity; Parquet has no such thing.
INFINITE: dict[type[pl.DataType], int] = {pl.Date: 2**31 - 1, pl.Datetime: 2**63 - 1}
WIDEST = 1000  # characters; DuckDB would measure each of a thousand million, to show a hundred
MOST_ROWS = 10_000  # that DuckDB asks for to draw a table
TEXT = "VARCHAR"  # JSON is one too by its id, and shown as JSON
LONG = {"varchar", "blob", "bit", "list", "array", "struct", "map", "union", "variant", "bignum", "enum", "geometry"}
LINES = "┌┐└┘├┤┬┴┼│─"
IN_ASCII = str.maketrans(LINES, "+++++++++|-")
CUT = re.compile(r"[^│\n]{2}…(?= │)")  # the end of a cell that is too wide, which keeps its width
LEFT_OUT = re.compile("(?<= )[…·](?= )")  # columns, or rows


def write_rows(relation: Relation, form: str, out: IO[bytes], encoding: str = "utf-8") -> None:
    """Write rows in one of FORMATS: a table in the encoding of the terminal, without control characters.

    Of equal names of columns the second becomes `name_1`, or the first such name that no column has. In CSV, what is
    nested is JSON. Raises WarehouseError where a row cannot be made, or the format cannot hold a column.
    """
    try:
        unique = name_apart(relation)
        if form == "parquet":
            out.write(as_parquet(unique))
            return
        text = draw_table(unique, encoding) if form == "table" else as_csv(unique) if form == "csv" else as_json(unique)
    except duckdb.Error as error:
        raise WarehouseError(f"the query does not run: {error}") from error
    if form == "table":
        out.write(harmless(text).encode(encoding, "backslashreplace"))
    else:
        out.write((harmless(text) if out.isatty() else text).encode())


def name_apart(relation: Relation) -> Relation:
    """Return the rows with different names of columns, case aside; the first column of a name keeps it."""
    taken = {name.lower() for name in relation.columns}
    met: set[str] = set()
    names: list[str] = []
    for name in relation.columns:
        given = (
            name if name.lower() not in met else next(n for i in count(1) if (n := f"{name}_{i}").lower() not in taken)
        )
        met.add(name.lower())
        taken.add(given.lower())
        names.append(given)
    unique = relation.project("*")  # under names of DuckDB's own
    pairs = zip(unique.columns, names, strict=True)
    return unique.project(", ".join(f"{quote(old)} as {quote(new)}" for old, new in pairs))


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def bring_into(relation: Relation, form: str) -> Relation:
    """Return the rows with each column in the type in which a format holds it. Raises WarehouseError."""
    pairs = zip(relation.columns, relation.types, strict=True)
    return relation.project(", ".join(select_as(name, kind, form) for name, kind in pairs))


def as_json(relation: Relation) -> str:
    names, kinds = relation.columns, relation.types
    rows = [
        {name: to_json(value, kind) for name, kind, value in zip(names, kinds, row, strict=True)}
        for row in bring_into(relation, "json").fetchall()
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def as_csv(relation: Relation) -> str:
    return as_frame(relation).write_csv()


def as_frame(relation: Relation) -> pl.DataFrame:
    """Return the rows as CSV has them: columns under different names, what is nested as JSON."""
    unique = name_apart(relation)
    return flatten(pl.DataFrame(bring_into(unique, "csv")), unique)


def flatten(frame: pl.DataFrame, relation: Relation) -> pl.DataFrame:
    """Return a frame of a relation with nested columns as JSON."""
    nested = {
        name: pl.Series([json_text(value, kind) for value in frame[name].to_list()], dtype=pl.String)
        for name, kind in zip(relation.columns, relation.types, strict=True)
        if frame.schema[name].is_nested()
    }
    return frame.with_columns(**nested)


def as_parquet(relation: Relation) -> bytes:
    frame = pl.DataFrame(bring_into(relation, "parquet"))
    for column in frame:
        if any(has_infinity(leaf) for leaf in leaves(column)):
            raise WarehouseError(
                f"column {column.name} holds infinity, which parquet cannot hold: cast it, as in {column.name}::varchar"
            )
    written = io.BytesIO()
    frame.write_parquet(written)
    return written.getvalue()


def leaves(column: pl.Series) -> Iterator[pl.Series]:
    """Yield the columns of plain values that a nested column is made of."""
    if isinstance(column.dtype, pl.List | pl.Array):
        yield from leaves(column.explode())
    elif isinstance(column.dtype, pl.Struct):
        for field in column.struct.fields:
            yield from leaves(column.struct.field(field))
    else:
        yield column


def has_infinity(leaf: pl.Series) -> bool:
    bound = INFINITE.get(leaf.dtype.base_type())
    return bound is not None and leaf.to_physical().is_in([bound, -bound]).any()


def draw_table(relation: Relation, encoding: str) -> str:
    """Return the rows as a table. Raises duckdb.Error where a row cannot be made."""
    text = f"{narrow(relation)}\n"
    try:
        LINES.encode(encoding)
    except UnicodeEncodeError:
        return LEFT_OUT.sub(".", CUT.sub("...", text)).translate(IN_ASCII)
    return text


def narrow(relation: Relation) -> Relation:
    """Return the rows with texts cut after WIDEST characters. Other values stay as they are, unless one is as wide."""
    names = dict(zip(relation.columns, relation.types, strict=True))
    texts = {name for name, kind in names.items() if str(kind) == TEXT}
    cut = texts | find_wide(relation, [name for name, kind in names.items() if kind.id in LONG and name not in texts])
    parts = (
        f"left({quote(name)}::varchar, {WIDEST}) as {quote(name)}" if name in cut else quote(name) for name in names
    )
    return relation.project(", ".join(parts)) if cut else relation


def find_wide(relation: Relation, names: list[str]) -> set[str]:
    """Return which of these columns hold a value that is written in more than WIDEST bytes."""
    if not names:
        return set()
    widths = ", ".join(f"max(strlen({quote(name)}::varchar)) > {WIDEST}" for name in names)
    found = relation.limit(MOST_ROWS).aggregate(widths).fetchall()[0]
    return {name for name, is_wide in zip(names, found, strict=True) if is_wide}
