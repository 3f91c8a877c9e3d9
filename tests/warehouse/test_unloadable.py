"""An error of DuckDB that nobody foresaw is one line that says what to do, and readers keep what they have."""

import shutil
import sys
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection, OutOfMemoryException

from pipeline import cli
from pipeline.core.errors import WarehouseError
from pipeline.warehouse import folder
from pipeline.warehouse.folder import Warehouse

SAID = r"the data cannot be loaded \(Constraint Error: NOT NULL .*fct_listing.title.*\): nothing was published"


@pytest.fixture
def broken(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """A warehouse with a row in staging that the star refuses."""
    warehouse = Warehouse(tmp_path / "broken")
    shutil.copytree(example, warehouse.folder, symlinks=True)
    monkeypatch.setenv("WAREHOUSE_DIR", str(warehouse.folder))
    load_raw = folder.load_raw

    def load_and_break(connection: DuckDBPyConnection, raw: object) -> object:
        loaded = load_raw(connection, raw)  # type: ignore[arg-type]
        connection.execute("alter table staging.paper alter title drop not null")
        connection.execute("alter table staging.listing alter title drop not null")
        connection.execute("update staging.listing set title = null")
        connection.execute("update staging.paper set title = null")
        return loaded

    monkeypatch.setattr(folder, "load_raw", load_and_break)
    return warehouse


def test_a_rebuild_ends_with_one_line(
    broken: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = broken.published.resolve()
    monkeypatch.setattr(sys, "argv", ["papers", "rebuild"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "move the newest files of raw/ away, and run `papers rebuild`" in told[0]
    assert broken.published.resolve() == before


def test_a_run_that_loads_it_ends_with_an_error_of_ours(broken: Warehouse) -> None:
    broken.discard()
    with pytest.raises(WarehouseError, match=SAID):
        broken.refresh()


def test_a_rebuild_without_enough_memory_ends_with_an_error_of_ours(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(tmp_path / "small")
    shutil.copytree(example, warehouse.folder, symlinks=True)

    def fail(connection: DuckDBPyConnection) -> None:
        raise OutOfMemoryException("Out of Memory Error: could not allocate\nblock of size 256.0 KiB")

    monkeypatch.setattr(folder, "load_star", fail)
    with pytest.raises(WarehouseError, match="could not allocate block of size"):
        warehouse.rebuild()
