"""Our SQL files in the words of Spark: sqlglot translates, by way of the rules in rules.py.

Spark has no DELETE on Parquet, so a load begins with an empty star, and deletes are left out. Temporary tables and
inserts become the queries whose rows they hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ErrorLevel, SqlglotError

from pipeline.core import sql_files
from pipeline.core.errors import EngineError
from pipeline.spark.functions import WORKER_FUNCTIONS
from pipeline.spark.rules import RULES, SPARK_FUNCTIONS, UntranslatableError

KNOWN_FUNCTIONS = SPARK_FUNCTIONS | set(WORKER_FUNCTIONS)


@dataclass(frozen=True)
class Statement:
    """A query in Spark's SQL, and what holds its rows: a temporary `view` or `table`, or a `star` table."""

    kind: str
    name: str
    query: str


class OurSpark(Spark):
    """Spark as sqlglot knows it, but for what Spark 4.2 has itself (qualify) and what rules.py does (unnest)."""

    class Generator(Spark.Generator):
        TRANSFORMS: ClassVar = {kind: how for kind, how in Spark.Generator.TRANSFORMS.items() if kind is not exp.Select}


def translate(folder: str, name: str) -> list[Statement]:
    """Return the statements of sql/<folder>/<name>.sql in order, without deletes.

    Raises EngineError, which names the file, for what Spark has no equal for.
    """
    return translate_text(sql_files.read_sql(folder, name), f"sql/{folder}/{name}.sql")


def translate_text(text: str, file: str) -> list[Statement]:
    try:
        parsed = [each for each in sqlglot.parse(text, read="duckdb") if each is not None]
        return [found for each in parsed if (found := translate_statement(each)) is not None]
    except (UntranslatableError, SqlglotError) as error:
        what = str(error).partition("\n")[0]
        raise EngineError(f"{file} cannot be translated for Spark: {what}; rebuild with --engine duckdb") from error


def translate_statement(statement: exp.Expr) -> Statement | None:
    """Return what a statement says; None for a delete."""
    if isinstance(statement, exp.Delete):
        return None
    query = statement.expression
    if isinstance(statement, exp.Insert):
        if not statement.args.get("by_name"):
            raise UntranslatableError("an insert that is not `by name`")
        return Statement("star", statement.this.name, write(query))
    if isinstance(statement, exp.Create) and statement.kind in ("TABLE", "VIEW"):
        return Statement(statement.kind.lower(), statement.this.name, write(query))
    raise UntranslatableError(f"a statement of another kind, {statement.key}")


def write(query: exp.Expr) -> str:
    """Return a query of DuckDB's in Spark's words."""
    tree = exp.select("*").from_(exp.Subquery(this=query.copy()))  # a root, so that all within can be replaced
    expand_macros(tree)
    apply_rules(tree)
    for function in tree.find_all(exp.Anonymous):
        if function.name.lower() not in KNOWN_FUNCTIONS:
            raise UntranslatableError(f"Spark has no {function.name}()")
    inner = tree.find(exp.Subquery)
    assert inner is not None  # made above
    for node in inner.find_all(exp.Expr):
        node.comments = None
    return inner.this.sql(dialect=OurSpark, pretty=True, normalize_functions=False, unsupported_level=ErrorLevel.RAISE)


def apply_rules(tree: exp.Expr) -> None:
    """Rewrite from the inside outwards, rule by rule."""
    for kind, rewrite in RULES:
        for found in reversed(list(tree.find_all(kind))):
            replaced = rewrite(found)
            if isinstance(replaced, exp.Join) and replaced.this is None:
                found.pop()
            elif replaced is not found:
                found.replace(replaced)


def expand_macros(tree: exp.Expr) -> None:
    """Put the text of sql/schema/keys.sql in the place of its macros, as DuckDB does."""
    for found in reversed(list(tree.find_all(exp.Anonymous))):
        if found.name.lower() in read_macros():
            parameters, body = read_macros()[found.name.lower()]
            given = dict(zip(parameters, found.expressions, strict=True))
            found.replace(exp.paren(put_in(body.copy(), given)))


def put_in(body: exp.Expr, given: dict[str, Any]) -> exp.Expr:
    """Return a macro's body with its arguments."""
    holder = exp.paren(body, copy=False)
    for column in list(holder.find_all(exp.Column)):
        if column.name in given:
            column.replace(given[column.name].copy())
    return holder.this


@cache
def read_macros() -> dict[str, tuple[list[str], exp.Expr]]:
    """Return by name the parameters and the body of each macro of sql/schema/keys.sql."""
    return dict(read_macro(each) for each in parsed_keys())


def parsed_keys() -> Iterator[exp.Expr]:
    yield from (each for each in sqlglot.parse(sql_files.read_sql("schema", "keys"), read="duckdb") if each is not None)


def read_macro(statement: exp.Expr) -> tuple[str, tuple[list[str], exp.Expr]]:
    declared = statement.this
    return declared.this.name, ([parameter.name for parameter in declared.expressions], statement.expression)


def spark_type(duckdb_type: str) -> str:
    """Return a column's type in Spark's words, like ARRAY<STRING> of VARCHAR[]."""
    return exp.DataType.build(duckdb_type, dialect="duckdb").sql(dialect=OurSpark)
