"""Dagster's history: one, whoever opens it."""

import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef

from pipeline.defs.instance import open_instance

ROOT = Path(__file__).parents[2]


def open_as_dagster_does(folder: Path, home: Path) -> DagsterInstance:
    """As `dg dev` does without DAGSTER_HOME: a passing home, and the settings of the folder where it is started."""
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home), config_dir=str(folder)))


def test_papers_and_dagster_in_the_checkout_share_one_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME")
    shutil.copyfile(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    (tmp_path / "passing").mkdir()
    with open_as_dagster_does(tmp_path, tmp_path / "passing") as theirs:
        theirs.add_dynamic_partitions("days", ["2025-03-21"])
        places = theirs.storage_directory()
    with open_instance() as ours:
        assert ours.get_dynamic_partitions("days") == ["2025-03-21"]
        assert Path(ours.storage_directory()) == (tmp_path / places).absolute()
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("runs.db")] == [Path(".dagster/history/runs.db")]
    assert list((tmp_path / "passing").iterdir()) == []
