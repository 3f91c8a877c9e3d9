"""The tables of the star: what each is made of, the order to load them in, and what the file says about each."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter

from pipeline.core import sql_files

NAMES = frozenset(sql_files.names("load")) - {"scope"}
MADE = re.compile(r"create or replace temp (?:view|table) (?P<name>\w+) as\b(?P<query>.*)", re.DOTALL)
READ = re.compile(r"\b(?:from|join) ((?:staging\.)?\w+)")


@cache
def reads(table: str) -> frozenset[str]:
    """Return the tables that a table is made of, also through temporary ones: `staging.<table>`, or one of the star.

    The scope of a load does not count: it decides which rows are replaced, not their values. A test compares the result
    with what sqlglot reads in the same SQL.
    """
    made = temporary_queries()
    found: set[str] = set()
    left = [text for text in statements("load", table) if not MADE.search(text)]
    followed: set[str] = set()
    while left:
        for name in READ.findall(left.pop()):
            if name in made and name not in followed and not name.startswith("scope_"):
                followed.add(name)
                left.append(made[name])
            elif name.startswith("staging.") or name in NAMES:
                found.add(name)
    return frozenset(found - {table})


@cache
def temporary_queries() -> dict[str, str]:
    """Return by temporary table or view of staging and load the query that makes it."""
    files = [("staging", "views"), *(("load", name) for name in sql_files.names("load"))]
    texts = (text for folder, name in files for text in statements(folder, name))
    return {found["name"]: found["query"] for text in texts if (found := MADE.search(text))}


def statements(folder: str, name: str) -> Iterator[str]:
    yield from sql_files.without_comments(sql_files.read_sql(folder, name)).split(";")


def load_order() -> tuple[str, ...]:
    """Return every table after those that it is made of, otherwise by name."""
    sorter = TopologicalSorter({table: reads(table) & NAMES for table in NAMES})
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return tuple(order)


TABLES = load_order()


def describe_table(table: str) -> str:
    """Return a table's grain, what it reads, and what loading it again does."""
    fields = sql_files.header("load", table)
    names = ", ".join(sorted(reads(table)))
    return f"Grain: {fields['Grain']} {f'Reads {names}. ' if names else ''}Rerun: {fields['Rerun']}"


def key_columns(table: str) -> tuple[str, ...]:
    """Return the columns that identify a row of a table."""
    return tuple(sql_files.header("schema", table)["Key"].split(", "))


def find_references(relation: str, columns: Iterable[str]) -> dict[str, str]:
    """Return by column of a table or view the table that it leads to: the other one whose computed key it names."""
    owners = {key_columns(table)[0]: table for table in TABLES if "Natural key" in sql_files.header("schema", table)}
    return {column: owners[column] for column in columns if owners.get(column, relation) != relation}
