"""Read tables, views and macros of a published file, with their comments, keys and references."""

import re
from dataclasses import dataclass
from itertools import groupby

from pipeline.core import sql_files
from pipeline.read.query import Connection
from pipeline.warehouse.tables import find_references

RELATIONS = """
select
    relation.name,
    relation.is_view,
    relation.comment,
    columns.column_name,
    lower(columns.data_type),
    columns.comment,
    columns.is_nullable
from (
    select table_name as name, false as is_view, comment, table_oid as oid from duckdb_tables()
    union all
    select view_name, true, comment, view_oid from duckdb_views() where not internal
) as relation
join duckdb_columns() as columns on relation.oid = columns.table_oid and relation.name = columns.table_name
order by relation.is_view, relation.name, columns.column_index
"""
MACROS = """
select function_name, parameters, comment
from duckdb_functions()
where not internal and function_type in ('macro', 'table_macro')
order by all
"""


@dataclass(frozen=True)
class Column:
    """A column as declared: DuckDB's type in lower case, and what it means, with its unit."""

    name: str
    type: str
    comment: str
    is_nullable: bool


@dataclass(frozen=True)
class Relation:
    """A table or a view (`mart_*`)."""

    name: str
    is_view: bool
    comment: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell its rows apart, as its file in sql/schema/ or sql/marts/ declares them."""
        return tuple(sql_files.header("marts" if self.is_view else "schema", self.name)["Key"].split(", "))

    @property
    def references(self) -> dict[str, str]:
        """By column the table that it leads to."""
        return find_references(self.name, [column.name for column in self.columns])

    @property
    def parts(self) -> list[str]:
        """The sentences of its comment: the grain, what it reads, what a rerun does."""
        return re.split(r"(?<=\.) (?=Reads |Rerun: )", self.comment)


def read_relations(connection: Connection) -> list[Relation]:
    """Return tables, then views, each by name, their columns in order."""
    rows = connection.execute(RELATIONS).fetchall()
    return [
        Relation(name, is_view, comment or "", tuple(Column(row[3], row[4], row[5] or "", row[6]) for row in group))
        for (name, is_view, comment), group in groupby(rows, key=lambda row: row[:3])
    ]


def read_macros(connection: Connection) -> dict[str, str]:
    """Return the file's own functions, `name(parameters)`, each with its comment."""
    rows = connection.execute(MACROS).fetchall()
    return {f"{name}({', '.join(parameters)})": comment or "" for name, parameters, comment in rows}
