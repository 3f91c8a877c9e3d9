"""Private files that are damaged are made again, with the same care as before; what is not their fault is not blamed on
them."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from histories import HEADER, NOWHERE

from pipeline.core.errors import WarehouseError
from pipeline.http.exchange import Exchange
from pipeline.warehouse.checks import CHECKS, Check
from pipeline.warehouse.dry_load import dry_load
from pipeline.warehouse.folder import Warehouse

ROW = "| [Tea](https://arxiv.org/abs/2503.00001) | Ada | Hot. | [] | N/A | N/A |\n"
SUBJECT = "timlrx/daily-ai-papers/2025-03-07"
PAGE = Exchange(
    "archive",
    (SUBJECT,),
    1,
    NOWHERE,
    "GET",
    200,
    {},
    datetime(2025, 3, 7, 13, tzinfo=UTC),
    (HEADER + ROW).encode(),
    None,
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.raw.store(PAGE)
    warehouse.refresh()
    warehouse.check()
    warehouse.publish()
    return warehouse


def spoil(file: Path) -> None:
    file.write_bytes(b"not a database" * 10_000)


def break_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Check("never", "dim_date", True, "No star is right.", "select 'it is wrong'")
    monkeypatch.setitem(CHECKS, "never", rule)


@pytest.mark.parametrize("name", ["staging.duckdb", "build.duckdb"])
def test_a_star_that_was_rebuilt_for_damage_is_checked_before_it_is_published(warehouse, monkeypatch, name):
    before = warehouse.published.resolve()
    break_a_rule(monkeypatch)
    spoil(warehouse.private.folder / name)
    with pytest.raises(WarehouseError, match=r"the check never failed on 1 rows.*nothing was published"):
        warehouse.publish()
    assert warehouse.published.resolve() == before


def test_a_star_that_was_checked_is_not_checked_again(warehouse, monkeypatch):
    break_a_rule(monkeypatch)
    assert warehouse.publish() is None


def test_a_star_that_was_rebuilt_and_is_whole_is_published(warehouse):
    spoil(warehouse.private.build)
    warehouse.publish()
    assert warehouse.published.exists()
    assert warehouse.use(lambda connection: connection.execute("from fct_listing").fetchall())


@pytest.mark.parametrize("query", ["from no_such_table", "select no_such_column from fct_listing"])
def test_a_fault_of_our_own_sql_is_no_damage(warehouse, query):
    tries: list[str] = []

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        tries.append(query)
        connection.execute(query)

    with pytest.raises((duckdb.CatalogException, duckdb.BinderException)):
        warehouse.use(work)
    assert tries == [query]


@pytest.mark.parametrize("name", ["staging.duckdb", "build.duckdb"])
def test_tables_of_somebody_else_are_damage(warehouse, name):
    file = warehouse.private.folder / name
    file.unlink()
    with duckdb.connect(file) as connection:
        connection.execute("create table fct_listing (note varchar); create table document (note varchar)")
    warehouse.refresh()
    assert len(warehouse.use(lambda connection: connection.execute("from fct_listing").fetchall())) == 1


@pytest.mark.parametrize("name", ["staging.duckdb", "build.duckdb"])
def test_a_rehearsal_on_damaged_files_ends_with_a_sentence(warehouse, name):
    spoil(warehouse.private.folder / name)
    with pytest.raises(WarehouseError, match=r"cannot be used .* the next run rebuilds it"):
        dry_load(warehouse, [PAGE])


def test_what_is_wrong_with_the_files_names_the_folder_in_which_they_are(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    private = Warehouse(tmp_path / "warehouse", elsewhere).private
    for said in ("Could not set lock on file", "Permission denied", "No space left on device"):
        with pytest.raises(WarehouseError, match=str(elsewhere)):
            private.raise_unless_damaged(duckdb.IOException(said))
