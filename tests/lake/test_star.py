"""The star of the lake is that of one machine, row by row, however many hosts took its pages in, in whatever order."""

import random
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from archive_days import real_days
from hosts import Lake, fingerprints, finish, work

from pipeline.core import sql_files
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import Raw

BOTH_ARCHIVES = (date(2024, 9, 5), date(2025, 3, 31))


def star_of(file: Path) -> dict[str, Any]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return fingerprints(connection)


def described(file: Path) -> list[tuple[object, ...]]:
    """Every table, view, column and function of a file with its type and comment."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(
            "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() where not internal"
            " union all select view_name, null, sql, null, comment from duckdb_views() where not internal"
            " union all select table_name, null, null, null, comment from duckdb_tables()"
            " union all select function_name, macro_definition, parameters::varchar, null, comment"
            " from duckdb_functions() where not internal order by all"
        ).fetchall()


def test_the_demo_is_the_same_star_and_publishes_the_same_file(lake: Lake, demo_template: Path) -> None:
    lake.fill(Raw(demo_template / "raw"))
    hosts = [work(lake.host(), "take") for _ in range(2)]  # on an empty lake, which one of them makes
    for host in hosts:
        finish(host)
    warehouse = lake.warehouse()
    warehouse.refresh()
    expected = star_of(demo_template / "papers.duckdb")
    assert warehouse.use(fingerprints) == expected and len(expected) == len(sql_files.names("load")) - 1
    warehouse.publish()
    assert star_of(warehouse.published) == expected
    assert described(warehouse.published) == described(demo_template / "papers.duckdb")
    # Another host has the same file, and nothing is published twice.
    other = lake.warehouse()
    assert other.publish() is None and star_of(other.published) == expected


def make_alone(archives: Path, folder: Path) -> None:
    alone = Warehouse(folder / "alone")
    alone.raw.store(*(exchange for day in real_days(archives, *BOTH_ARCHIVES) for exchange in day))
    alone.refresh()
    alone.publish()


@pytest.fixture
def alone(archives: Path, once: Callable[[str, Callable[[Path], object]], Path]) -> dict[str, Any]:
    """The star of both archives on one machine; made once."""
    return star_of(once("archives", partial(make_alone, archives)) / "alone" / "papers.duckdb")


@pytest.mark.parametrize("workers", [1, 4])
def test_both_archives_are_the_same_star_in_any_order(
    workers: int, lake: Lake, archives: Path, alone: dict[str, Any]
) -> None:
    days = real_days(archives, *BOTH_ARCHIVES)
    store = lake.warehouse().raw
    for day in random.Random(workers).sample(days, len(days)):
        store.store(*day)
    lake.warehouse().load_raw() if workers == 1 else [*map(finish, [work(lake.host(), "take") for _ in range(workers)])]
    warehouse = lake.warehouse()
    warehouse.refresh()
    assert alone["fct_listing"][0] == 3270
    assert warehouse.use(fingerprints) == alone
