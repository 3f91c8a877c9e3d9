"""The star that a Spark cluster builds is DuckDB's: every table, every row, every column."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
from spark_cluster import environment, open_cluster

from pipeline.standin import Standin
from pipeline.warehouse.tables import TABLES

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="Spark is not installed: make test-spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java: install Java 17"),
]
TOKEN = "for-the-stand-in"
BOTH = "gabrielchua/daily-ai-papers,timlrx/daily-ai-papers"


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as address:
        yield address


def papers(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `papers` in a process of its own, as a person does."""
    command = [sys.executable, "-m", "pipeline", *arguments]
    given = {**os.environ, **environment(), **settings}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False)


def differences(expected: Path, found: Path) -> dict[str, int]:
    """By table, the number of rows that only one of two published files has; 0 is left out. Types must be the same."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{expected}' as a (read_only); attach '{found}' as b (read_only)")
        counts: dict[str, int] = {}
        for table in TABLES:
            shapes = [connection.execute(f"describe {name}.{table}").fetchall() for name in "ab"]
            assert shapes[0] == shapes[1], table
            only_one = (
                f"(from a.{table} except all from b.{table}) union all (from b.{table} except all from a.{table})"
            )
            counts[table] = connection.execute(f"select count(*) from ({only_one})").fetchall()[0][0]
    return {table: count for table, count in counts.items() if count}


def assert_same_on_spark(warehouse: Path, master: str, copy: Path) -> None:
    """Rebuild on Spark what DuckDB has published, and compare; DuckDB then finds nothing to load."""
    shutil.copyfile(warehouse / "papers.duckdb", copy)
    release = (warehouse / "papers.duckdb").resolve()
    rebuilt = papers("rebuild", "--engine", "spark", "--master", master, WAREHOUSE_DIR=str(warehouse))
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert (warehouse / "papers.duckdb").resolve() != release
    assert differences(copy, warehouse / "papers.duckdb") == {}
    assert not (warehouse / "spark").exists()


def test_the_star_of_the_demo_is_the_same_on_spark(master: str, tmp_path: Path):
    made = papers("demo", "--folder", str(tmp_path / "demo"))
    assert made.returncode == 0, made.stderr
    assert_same_on_spark(tmp_path / "demo" / "warehouse", master, tmp_path / "duckdb.duckdb")


def test_the_star_of_both_real_archives_is_the_same_on_spark(master: str, archives: Path, tmp_path: Path):
    """With what the stand-ins invent of their papers and repositories."""
    files = archives.glob("*/*/main/archive/*/*/*.md")
    days = sorted(date(*map(int, path.with_suffix("").parts[-3:])) for path in files)
    home = {
        "WAREHOUSE_DIR": str(tmp_path / "warehouse"),
        "DAGSTER_HOME": str(tmp_path / "dagster"),
        "GITHUB_TOKEN": TOKEN,
        "SOURCES": BOTH,
    }
    (tmp_path / "dagster").mkdir()
    with Standin(archives, None, token=TOKEN) as standin:
        for quota in ("graphql", "token", "list"):
            standin.allow(50_000, quota)
        filled = papers("backfill", "--from", str(days[0]), "--to", str(days[-1]), **{**standin.environment, **home})
    assert filled.returncode == 0, filled.stderr
    assert_same_on_spark(tmp_path / "warehouse", master, tmp_path / "duckdb.duckdb")


def test_a_cluster_without_a_worker_is_said_and_the_published_file_stays(example: Path, tmp_path: Path):
    warehouse = tmp_path / "warehouse"
    shutil.copytree(example, warehouse, symlinks=True)
    release = (warehouse / "papers.duckdb").resolve()
    with open_cluster(tmp_path, workers=0) as master:
        options = ("--engine", "spark", "--master", master, "--worker-seconds", "3")
        refused = papers("rebuild", *options, WAREHOUSE_DIR=str(warehouse))
    assert refused.returncode == 1
    assert f"papers: {master} has no free worker after 3 s" in refused.stderr
    assert (warehouse / "papers.duckdb").resolve() == release
