"""What the SQL of sql/load/ reads, table by table and column by column, as sqlglot finds it.

As a program it writes sql/lineage.csv: `python tests/sql_lineage.py`.
"""

import csv
from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.expressions.core import Expression
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify

from pipeline.core import sql_files
from pipeline.warehouse.tables import TABLES

FILE = sql_files.FOLDER / "lineage.csv"
SOURCES = {  # the code's own list
    "number": "integer",
    "source_id": "varchar",
    "url": "varchar",
    "licence": "varchar",
    "first_date": "date",
    "last_date": "date",
    "tells": "varchar[]",
}
Columns = dict[str, set[str]]


def parse(folder: str, name: str) -> Iterator[Any]:
    """Yield the statements of a file."""
    yield from (each for each in sqlglot.parse(sql_files.read_sql(folder, name), read="duckdb") if each)


def full_name(table: exp.Table) -> str:
    return f"staging.{table.name}" if table.db == "staging" else table.name


def is_scope(name: str) -> bool:
    """Whether a relation says which rows a load replaces, and not what they say."""
    return name == "scope" or name.startswith("scope_")


def makes(statement: Expression) -> str | None:
    """Return the relation that a statement makes from a query; None for any other statement."""
    return full_name(statement.this) if isinstance(statement, exp.Create) and statement.expression else None


def read_statements() -> Iterator[tuple[str, Any]]:
    """Yield the statements of a load in order, each with the table that it is for; empty where it is for all."""
    for folder, name in (("staging", "tables"), ("staging", "views"), ("load", "scope")):
        yield from (("", statement) for statement in parse(folder, name))
    for table in TABLES:
        yield from ((table, statement) for statement in parse("load", table))


def read_tables() -> dict[str, set[str]]:
    """Return for each table the tables and views of staging and the tables that it is made of."""
    made: dict[str, set[str]] = {}
    found: dict[str, set[str]] = {table: set() for table in TABLES}
    for table, statement in read_statements():
        name = makes(statement)
        inner = {cte.alias for cte in statement.find_all(exp.CTE)}
        named = {full_name(each) for each in statement.find_all(exp.Table) if each.name} - inner - {name}
        read = {other for each in named if not is_scope(each) for other in made.get(each, {each})}
        if name and not name.startswith("staging."):
            made[name] = read
        elif table:
            found[table] |= read & {each for each in read if each in TABLES or each.startswith("staging.")}
    return {table: names - {table} for table, names in found.items()}


class Tracer:
    """Follows columns through the temporary tables and views of a load, statement by statement."""

    def __init__(self) -> None:
        self.schema: dict[str, Any] = {"main": {"known_source": SOURCES}, "staging": {}}
        self.made: dict[str, Columns] = {}
        self.loaded: dict[str, Columns] = {}
        texts = [sql_files.read_sql("staging", "tables"), *(sql_files.read_sql("schema", table) for table in TABLES)]
        for text in texts:
            for name, columns in sql_files.declared_columns(text).items():
                self.declare(name, {column: kind for column, (kind, _) in columns.items()})

    def declare(self, name: str, columns: dict[str, str]) -> None:
        database, _, table = name.rpartition(".")
        self.schema[database or "main"][table] = columns

    def follow(self, table: str, statement: Any) -> None:
        name = makes(statement)
        if not name and not isinstance(statement, exp.Insert):
            return
        query = statement.expression.transform(by_value)
        columns = qualify(query.copy(), schema=self.schema, dialect="duckdb", db="main").named_selects
        comes_from = {column: set(self.trace(column, query)) for column in columns}
        if name:
            self.declare(name, dict.fromkeys(columns, "varchar"))
            self.made[name] = comes_from
        else:
            self.loaded[table] = comes_from

    def trace(self, column: str, query: Any) -> Iterator[str]:
        """Yield the columns of tables that a column of a query comes from."""
        for node in lineage(column, query, schema=self.schema, dialect="duckdb", db="main").walk():
            if isinstance(node.expression, exp.Table) and not node.downstream:
                table, source = full_name(node.expression), node.name.rpartition(".")[2].strip('"')
                if not is_scope(table) and table != "known_source":
                    yield from self.made.get(table, {source: {f"{table}.{source}"}})[source]


def by_value(node: Expression) -> Expression:
    """Leave of an expression what a value is made of, and not what chooses or numbers it."""
    return node.this if isinstance(node, exp.Window | exp.ArgMax | exp.ArgMin) else node


def read_columns() -> Iterator[tuple[str, str, str]]:
    """Yield table, column and source of all column lineage, in the order of the schema."""
    tracer = Tracer()
    for table, statement in read_statements():
        tracer.follow(table, statement)
    for table in sorted(TABLES):
        for column in sql_files.columns(table):
            yield from ((table, column, source) for source in sorted(tracer.loaded[table].get(column, ())))


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("table", "column", "source"), *read_columns()])
