"""A page per named query: what it asks, what to mind, its answer, its SQL, and a CSV file."""

import re
from typing import Any

import polars as pl

from pipeline.core import sql_files
from pipeline.read import query
from pipeline.read.query import Connection
from pipeline.read.rows import as_frame
from pipeline.site import paths, vendor
from pipeline.site.options import Files
from pipeline.site.world import World

MOST_ROWS = 100  # on a page; the CSV file has all
LONGEST = 300  # characters of a cell on a page
MEANING = re.compile(r"^-- *\$(?P<name>\w+) *= *(?P<value>.*?) *(?:-- *(?P<meaning>.*))?$", re.MULTILINE)


def files(connection: Connection, world: World) -> Files:
    asked = query.questions()
    yield world.page("questions/index.html", "questions.html", questions=asked)
    for name, question in asked.items():
        text = sql_files.read_sql("queries", name)
        frame = as_frame(query.run_query(connection, text, {}))
        yield f"questions/{name}.csv", frame.write_csv().encode()
        header = sql_files.header("queries", name)
        kinds = [kind_of(dtype) for dtype in frame.dtypes]
        rows = frame.head(MOST_ROWS).rows()
        yield world.page(
            paths.question_path(name),
            "question.html",
            name=name,
            question=question,
            trap=header.get("Trap"),
            empty=header.get("If empty"),
            parameters=[(found["name"], found["value"], found["meaning"]) for found in MEANING.finditer(text)],
            columns=list(zip(frame.columns, kinds, strict=True)),
            rows=[[(shown(cell), kind) for cell, kind in zip(row, kinds, strict=True)] for row in rows],
            count=frame.height,
            sql=text.rstrip(),
            has_sql=vendor.has_sql(world.options),
        )


def kind_of(dtype: pl.DataType) -> str:
    """Return how a column looks: numbers are aligned, and moments stay on one line."""
    return "number" if dtype.is_numeric() else "when" if dtype.is_temporal() else ""


def shown(cell: Any) -> str | None:
    """Return a value for a page. Whole numbers stay as they are, since some are years."""
    if cell is None:
        return None
    if isinstance(cell, float):
        return f"{cell:,.4f}".rstrip("0").rstrip(".")
    text = str(cell).lower() if isinstance(cell, bool) else str(cell)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
