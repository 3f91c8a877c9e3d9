"""Where the private files cannot be written: one line that names the folder and the setting."""

from datetime import date
from pathlib import Path

import pytest
from loopback import Reply, serve

from pipeline.commands.job import run_days
from pipeline.core.errors import WarehouseError
from pipeline.warehouse.folder import Warehouse


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
