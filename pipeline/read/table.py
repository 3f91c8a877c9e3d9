"""A table for a terminal: as DuckDB draws it, of cells that can be laid out, and in letters that the terminal has."""

import re

from pipeline.read.query import Relation
from pipeline.read.values import quote

WIDEST = 1000  # characters; DuckDB would measure each of a thousand million, to show a hundred
MOST_ROWS = 10_000  # that DuckDB asks for to draw a table
TEXT = "VARCHAR"  # JSON is one too by its id, and shown as JSON
LONG = {"varchar", "blob", "bit", "list", "array", "struct", "map", "union", "variant", "bignum", "enum", "geometry"}
LINES = "┌┐└┘├┤┬┴┼│─"
IN_ASCII = str.maketrans(LINES, "+++++++++|-")
CUT = re.compile(r"[^│\n]{2}…(?= │)")  # the end of a cell that is too wide, which keeps its width
LEFT_OUT = re.compile("(?<= )[…·](?= )")  # columns, or rows


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
