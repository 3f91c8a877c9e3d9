"""What DuckDB is extended with: from wheels, or from where DuckDB itself installs them, as with DuckDB 2."""

import shutil
import sysconfig
from pathlib import Path

import duckdb
import pytest
from hosts import Lake

from pipeline.core.errors import WarehouseError
from pipeline.lake.catalog import EXTENSIONS, connect_lake

WHEELS = Path(sysconfig.get_paths()["platlib"])


@pytest.fixture
def without_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home where no extension is installed, beside packages that bring none; the folder that DuckDB installs into."""
    monkeypatch.setattr(sysconfig, "get_paths", lambda: {"platlib": str(tmp_path / "site-packages")})
    monkeypatch.setenv("HOME", str(tmp_path))
    with duckdb.connect() as connection:
        system = connection.execute("pragma platform").fetchall()[0][0]
    return tmp_path / ".duckdb" / "extensions" / f"v{duckdb.__version__}" / system


def test_without_wheels_they_are_loaded_from_where_duckdb_has_installed_them(
    lake: Lake, without_wheels: Path, tmp_path: Path
) -> None:
    catalog, storage = lake.environment["WAREHOUSE_CATALOG"], lake.environment["WAREHOUSE_STORAGE"]
    with pytest.raises(WarehouseError, match=r"has no extension httpfs here: .* or let DuckDB fetch it"):
        connect_lake(catalog, storage, tmp_path / "spill")
    without_wheels.mkdir(parents=True)
    for name in EXTENSIONS:
        file = f"v{duckdb.__version__}/{name}.duckdb_extension"
        shutil.copy(WHEELS / f"duckdb_extension_{name}" / "extensions" / file, without_wheels)
    with connect_lake(catalog, storage, tmp_path / "spill") as connection:
        connection.execute("create table here as select 1 as one")
        assert connection.execute("from here").fetchall() == [(1,)]
