"""Private files that other code built are built anew: what decides what they hold is in the fingerprint, whole."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from histories import HEADER, NOWHERE
from test_layers import MODULES, loaded_by, package_of

from pipeline.core import sql_files
from pipeline.http.exchange import Exchange
from pipeline.warehouse import private
from pipeline.warehouse.folder import Warehouse

ONLY_FOR_SETTINGS = {"pydantic", "pydantic_core", "pydantic_settings", "dotenv"}  # no row depends on them
ROW = "| [Tea](https://arxiv.org/abs/2503.00001) | Ada | Hot. | ['Pots'] | https://github.com/lab/pot | N/A |\n"
PAGE = Exchange(
    "archive",
    ("timlrx/daily-ai-papers/2025-03-07",),
    1,
    NOWHERE,
    "GET",
    200,
    {},
    datetime(2025, 3, 7, 13, tzinfo=UTC),
    (HEADER + ROW).encode(),
    None,
)


def test_every_package_and_library_that_the_warehouse_loads_counts() -> None:
    loaded = loaded_by("warehouse")
    assert {package_of(module) for module in loaded & MODULES.keys()} == set(private.BUILDING_PACKAGES)
    libraries = loaded - MODULES.keys() - sys.stdlib_module_names
    assert libraries - ONLY_FOR_SETTINGS == set(private.BUILDING_LIBRARIES)


def test_the_files_are_built_from_no_other_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in private.BUILDING_SQL:
        shutil.copytree(sql_files.FOLDER / folder, tmp_path / "sql" / folder)
    monkeypatch.setattr(sql_files, "FOLDER", tmp_path / "sql")
    monkeypatch.setattr(private, "fingerprint", lambda: "the same")
    sql_files.read_sql.cache_clear()
    try:
        warehouse = Warehouse(tmp_path / "warehouse")
        warehouse.raw.store(PAGE)
        warehouse.refresh()
        assert warehouse.use(lambda connection: connection.execute("from mart_paper").fetchall())
    finally:
        sql_files.read_sql.cache_clear()


@pytest.mark.parametrize("folder", private.BUILDING_SQL)
def test_a_changed_line_of_sql_changes_it(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = private.fingerprint()
    private.fingerprint.cache_clear()
    read = sql_files.read_sql
    monkeypatch.setattr(sql_files, "read_sql", lambda where, name: read(where, name) + "-" * (where == folder))
    try:
        assert private.fingerprint() != before
    finally:
        private.fingerprint.cache_clear()
