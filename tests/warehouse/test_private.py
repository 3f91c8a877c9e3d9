"""Private files that are damaged are made again, with the same care as before; what is not their fault is not blamed on
them."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from empty import empty_warehouse
from histories import HEADER, NOWHERE
from loopback import Reply, serve

from pipeline.commands.job import run_days
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
    warehouse = empty_warehouse(tmp_path / "warehouse")
    warehouse.raw.store(PAGE)
    warehouse.refresh()
    warehouse.check()
    warehouse.publish()
    return warehouse


def spoil(file: Path) -> None:
    file.write_bytes(b"not a database" * 10_000)


def test_a_fingerprint_that_is_no_text_is_of_another_version_and_rebuilt(warehouse):
    warehouse.close()
    warehouse.private.signature.write_bytes(b"\xff\xfe\0damaged")
    assert warehouse.private.are_outdated()
    warehouse.refresh()
    assert warehouse.private.are_current()


def break_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Check("never", "dim_date", True, "No star is right.", "select 'it is wrong'")
    monkeypatch.setitem(CHECKS, "never", rule)


@pytest.mark.parametrize("name", ["staging.duckdb", "build.duckdb"])
def test_a_star_that_was_rebuilt_for_damage_is_checked_before_it_is_published(warehouse, monkeypatch, name):
    before = warehouse.published.resolve()
    break_a_rule(monkeypatch)
    spoil(warehouse.private.folder / name)
    with pytest.raises(WarehouseError, match=r"the check never failed on 1 row,.*nothing was published"):
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


def test_a_commit_that_finds_no_room_says_that_the_disk_is_full(tmp_path):
    private = Warehouse(tmp_path / "warehouse").private
    with pytest.raises(WarehouseError, match="make room"):
        private.raise_unless_damaged(duckdb.TransactionException("Failed to commit: No space left on device"))


def test_a_file_where_the_private_folder_should_be_is_named(tmp_path: Path):
    (tmp_path / "private").touch()
    for use in (Warehouse(tmp_path).rebuild, Warehouse(tmp_path).load_raw, Warehouse(tmp_path).discard):
        with pytest.raises(WarehouseError, match=r"/private cannot be written \(.*\): .*WAREHOUSE_DIR"):
            use()


def test_a_folder_where_a_private_file_should_be_is_replaced(tmp_path: Path):
    for name in ("staging.duckdb", "build.duckdb", "fingerprint"):
        (tmp_path / "private" / name).mkdir(parents=True)
    Warehouse(tmp_path).rebuild()
    assert (tmp_path / "papers.duckdb").exists()


def test_a_run_says_so_in_the_same_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "private").touch()
    with serve(lambda asked: Reply(404, b"")) as archive:
        monkeypatch.setenv("ARCHIVE_BASE_URL", archive.url)
        outcome = run_days(date(2025, 3, 20), date(2025, 3, 20))
    assert "private cannot be written (" in outcome.failures[0]
    assert "Error in" not in outcome.failures[0]  # as an error that is not ours is shown
