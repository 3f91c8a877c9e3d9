"""The data dictionary: docs/dictionary.md, made from the schema, the queries and an invented example."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import polars as pl

from pipeline.core import sql_files
from pipeline.read import query
from pipeline.read.catalog import Relation, read_macros, read_relations
from pipeline.read.query import Connection

EXAMPLE_CHARACTERS = 70
INTRODUCTION = """\
# Data dictionary

Every table and view of `papers.duckdb`: grain, columns, keys, and the questions of `papers query` that it answers. The
same texts are in the file itself: `select table_name, comment from duckdb_tables()`; columns: `duckdb_columns()`.

Written by `papers docs` from the schema of the code beside it, not from your file: a file that another version has
published describes itself, with the queries above. Do not edit this page: a test compares it with the schema. The
examples are rows of the demo, and **invented**: those papers, people and repositories do not exist.

Names: a `*_key` is computed from the natural key, the same in every rebuild, and `-1` for the unknown member; an
`*_id` is the source's own; a `_date` is a day and an `_at` a time, both in UTC; a `_count` is a number of things."""


def describe_file(connection: Connection) -> str:
    """Return the dictionary of an open file, as markdown."""
    relations = read_relations(connection)
    blocks = [INTRODUCTION, "## At a glance", *describe_overview(relations)]
    blocks += ["## How the tables are related", draw_entities(relations)]
    for title, are_views in (("## Tables", False), ("## Views", True)):
        blocks.append(title)
        for relation in relations:
            if relation.is_view == are_views:
                blocks += describe_relation(relation, relations, read_example(connection, relation))
    blocks += ["## Functions", *describe_macros(read_macros(connection)), "## Questions", describe_questions(relations)]
    return "\n\n".join(blocks) + "\n"


def describe_overview(relations: Sequence[Relation]) -> Iterator[str]:
    for what, are_views in (("table", False), ("view", True)):
        lines = [f"| {what} | a row is |", "|---|---|"]
        for relation in relations:
            if relation.is_view == are_views:
                lines.append(f"| [`{relation.name}`](#{relation.name}) | {as_text(find_grain(relation))} |")
        yield "\n".join(lines)


def find_grain(relation: Relation) -> str:
    """Return what a row is: the first clause of the comment, without `Grain: one row per`."""
    return re.split(r"[.:;](?: |$)", relation.comment.removeprefix("Grain: one row per "), maxsplit=1)[0]


def describe_relation(
    relation: Relation, relations: Sequence[Relation], example: Mapping[str, object]
) -> Iterator[str]:
    references = relation.references
    yield f"### {relation.name}"
    yield as_text(relation.parts[0])
    facts = [f"- {as_text(part)}" for part in relation.parts[1:]]
    if relation.is_view:
        names = find_names(sql_files.read_sql("marts", relation.name), relations) - {relation.name}
        facts.append(f"- Reads {links(sorted(names))}.")
    if relation.key:
        facts.append(f"- Key: {', '.join(f'`{name}`' for name in relation.key)}.")
    if references:
        facts.append(f"- Leads to {', '.join(f'{link(table)} by `{name}`' for name, table in references.items())}.")
    if readers := [view.name for view in relations if view.is_view and is_made_of(view, relation)]:
        facts.append(f"- Behind {links(readers)}.")
    if names := find_queries(relation):
        facts.append(f"- Asked by {', '.join(f'[`{name}`](#questions)' for name in names)}.")
    yield "\n".join(facts)
    yield describe_columns(relation, example)


def is_made_of(view: Relation, relation: Relation) -> bool:
    return view.name != relation.name and bool(find_names(sql_files.read_sql("marts", view.name), [relation]))


def find_queries(relation: Relation) -> list[str]:
    return [name for name in query.questions() if find_names(sql_files.read_sql("queries", name), [relation])]


def find_names(text: str, relations: Sequence[Relation]) -> set[str]:
    """Return the relations that SQL names outside comments; a macro of the file counts as what it reads."""
    bare = sql_files.without_comments(text)
    if "search_papers(" in bare:
        bare += " search_term search_document dim_paper fct_listing"
    return {relation.name for relation in relations if re.search(rf"\b{relation.name}\b", bare)}


def describe_columns(relation: Relation, example: Mapping[str, object]) -> str:
    lines = ["| column | type | meaning | example |", "|---|---|---|---|"]
    for column in relation.columns:
        kind = as_text(f"`{column.type}`" if len(column.type) < 40 else f"`{column.type.partition('(')[0]}(…)[]`")
        name, meaning = f"`{column.name}`", as_text(column.comment)
        lines.append(f"| {name} | {kind} | {meaning} | {as_code(example.get(column.name))} |")
    return "\n".join(lines)


def read_example(connection: Connection, relation: Relation) -> dict[str, object]:
    """Return the row with the fewest nulls and empty lists, the first of these in order of all columns.

    The unknown member does not count. Empty if there is no other row.
    """
    known = f"where {relation.key[0]} <> -1" if len(relation.key) == 1 and relation.key[0].endswith("_key") else ""
    frame = pl.DataFrame(connection.sql(f"from {relation.name} {known} order by all"))
    gaps = [
        pl.col(name).is_null() | (pl.col(name).list.len() == 0 if dtype == pl.List else pl.lit(False))
        for name, dtype in frame.schema.items()
    ]
    fullest = frame.with_columns(gaps=pl.sum_horizontal(gaps)).sort("gaps", maintain_order=True).drop("gaps").head(1)
    return fullest.row(0, named=True) if fullest.height else {}


def draw_entities(relations: Sequence[Relation]) -> str:
    """Return an entity diagram in mermaid: tables with their key columns, and a line for each reference."""
    lines = ["```mermaid", "erDiagram", "    direction LR"]  # top-down it is too wide to be read on a page
    tables = [relation for relation in relations if not relation.is_view]
    for table in tables:
        for name, other in table.references.items():
            many = "o|" if table.key == (name,) else "o{"
            lines.append(f"    {other} ||--{many} {table.name} : {name}")
    for table in tables:
        lines += [f"    {table.name} {{", *draw_columns(table), "    }"]
    return "\n".join([*lines, "```"])


def draw_columns(table: Relation) -> Iterator[str]:
    for column in table.columns:
        marks = ["PK"] * (column.name in table.key) + ["FK"] * (column.name in table.references)
        if marks:
            yield f"        {column.type} {column.name} {', '.join(marks)}"


def describe_macros(macros: Mapping[str, str]) -> Iterator[str]:
    yield "The file has its own functions. They need no extension."
    lines = ["| functions | what they do |", "|---|---|"]
    for comment, group in groupby(sorted(macros, key=lambda name: macros[name]), key=lambda name: macros[name]):
        lines.append(f"| {', '.join(f'`{name}`' for name in group)} | {as_text(comment)} |")
    yield "\n".join(lines)


def describe_questions(relations: Sequence[Relation]) -> str:
    """Return a table of the named queries: question, and what each reads."""
    lines = ["| `papers query …` | question | reads |", "|---|---|---|"]
    for name, question in query.questions().items():
        names = sorted(find_names(sql_files.read_sql("queries", name), relations))
        lines.append(f"| `{name}` | {as_text(question)} | {links(names)} |")
    return "\n".join(lines)


def link(name: str) -> str:
    return f"[`{name}`](#{name})"


def links(names: Sequence[str]) -> str:
    return ", ".join(map(link, names))


def as_text(text: str) -> str:
    """Format our own prose for a table cell: identifiers as code, `|` escaped."""
    return re.sub(r"(?<![`\w/.])((?:staging\.\w+|\w+_\w+)(?:\(\))?)(?![`\w])", r"`\1`", text).replace("|", r"\|")


def as_code(value: object) -> str:
    """Format a value of the example as code: short, on one line."""
    if value is None:
        return "null"
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    text = " ".join(text.split()).replace("`", "'")
    text = text if len(text) <= EXAMPLE_CHARACTERS else text[: EXAMPLE_CHARACTERS - 1] + "…"
    return f"`{text}`".replace("|", r"\|") if text else "(empty)"
