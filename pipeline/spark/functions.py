"""Functions of texts that Spark has no equal for: DuckDB computes them in Spark's Python workers, batch by batch.

So a word is cut, and an accent taken off, by the very macros of sql/schema/ and the same tables of Unicode. Each worker
needs this package, as the driver does.
"""

from functools import cache
from importlib import import_module
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from pipeline.core import sql_files

# By name: what DuckDB computes of the columns a, b …, the type of the answer in Spark, and how many arguments it has.
WORKER_FUNCTIONS = {
    "strip_accents": ("strip_accents(a)", "string", 1),
    "search_terms": ("search_terms(a)", "array<string>", 1),
    "histogram": ("list_aggregate(a, 'histogram')", "map<string,bigint>", 1),
    "damerau_levenshtein": ("damerau_levenshtein(a, b)", "bigint", 2),
}
ARGUMENTS = "ab"


@cache
def connect() -> DuckDBPyConnection:
    """Return the one connection of a worker, with the macros of the search."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(sql_files.read_sql("schema", "search_term"))
    return connection


def compute(name: str, *columns: Any) -> Any:
    """Return the answers to a batch of arguments: arrow arrays in, one arrow array out."""
    pyarrow = import_module("pyarrow")
    expression, _, _ = WORKER_FUNCTIONS[name]
    places = pyarrow.array(range(len(columns[0])))
    table = pyarrow.table([places, *columns], names=["place", *ARGUMENTS[: len(columns)]])
    connection = connect()
    connection.register("batch", table)
    answer = connection.sql(f"select {expression} as answer from batch order by place").to_arrow_table()
    connection.unregister("batch")
    return answer.column(0).combine_chunks()


def register(session: Any) -> None:
    """Make the functions known to a Spark session."""
    functions = import_module("pyspark.sql.functions")
    for name, (_, kind, count) in WORKER_FUNCTIONS.items():
        session.udf.register(name, functions.arrow_udf(worker_function(name, count), kind))


def worker_function(name: str, count: int) -> Any:
    """Return a function of so many arrays; Spark looks at how many parameters it has, and at their types."""
    array = import_module("pyarrow").Array

    def of_one(a: Any) -> Any:
        return compute(name, a)

    def of_two(a: Any, b: Any) -> Any:
        return compute(name, a, b)

    function = of_one if count == 1 else of_two
    function.__annotations__ = {**dict.fromkeys(ARGUMENTS[:count], array), "return": array}
    return function
