"""What `papers` says of a lake where there is none, and that without one nothing of it is loaded."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from pipeline.core.errors import SettingError, WarehouseError
from pipeline.core.settings import read_settings
from pipeline.lake.newest import find_newest
from pipeline.lake.pace import pace_of
from pipeline.lake.store import Store
from pipeline.lake.warehouse import open_warehouse, raw_of
from pipeline.warehouse.folder import Warehouse
from pipeline.warehouse.raw import Raw

STORAGE = {"WAREHOUSE_STORAGE": "s3://bucket/papers"}


def papers(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_without_settings_the_warehouse_is_that_of_one_machine(tmp_path: Path) -> None:
    settings = read_settings({"WAREHOUSE_DIR": str(tmp_path)}, tmp_path / ".env")
    assert type(open_warehouse(settings)) is Warehouse
    assert type(raw_of(settings)) is Raw
    assert pace_of(settings) is None


@pytest.mark.skipif(find_spec("obstore") is not None, reason="the extra lake is here")
def test_a_store_without_the_extra_is_told_in_one_line_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingError, match=r"^WAREHOUSE_STORAGE is set, and the package obstore is not here: install"):
        open_warehouse(read_settings({**STORAGE, "WAREHOUSE_DIR": str(tmp_path)}, tmp_path / ".env"))
    monkeypatch.setenv("WAREHOUSE_STORAGE", STORAGE["WAREHOUSE_STORAGE"])
    for command in (("query", "select 1"), ("run",)):
        told = papers(*command)
        assert told.returncode == 1
        assert "install the extra `lake`" in told.stderr and "Traceback" not in told.stderr


def test_commands_of_the_lake_say_that_there_is_none() -> None:
    told = papers("lake", "versions")
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "WAREHOUSE_CATALOG is not set" in told.stderr


@pytest.mark.parametrize(
    "told",
    [
        b"{}",
        b"[]",
        b"null",
        b"no JSON",
        b"\xff",
        b'{"release": 7, "version": null}',
        *(json.dumps({"release": name, "version": None}).encode() for name in ("..", "", "/etc", "a/../b")),
    ],
)
def test_a_note_of_the_store_that_names_no_release_of_ours_becomes_no_path(told: bytes) -> None:
    with pytest.raises(WarehouseError, match=r"s3://b/p/published/newest\.json cannot be read: remove it"):
        find_newest(cast(Store, SimpleNamespace(url="s3://b/p", read=lambda name: told)))
