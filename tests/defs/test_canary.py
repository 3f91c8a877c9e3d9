"""With a Dagster that lacks a private part that we use no run starts, and a line says so."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from dagster._core.storage.event_log import SqlEventLogStorage
from sqlalchemy.exc import OperationalError

from pipeline.commands.job import run_days
from pipeline.core import home
from pipeline.core.errors import SettingError, WarehouseError
from pipeline.defs import canary
from pipeline.defs.instance import open_instance
from pipeline.standin import Standin

DAY = date(2025, 3, 14)


@pytest.fixture
def another_dagster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that nobody has tried, and that has another name for what we put into the metadata."""
    monkeypatch.setattr("dagster._core.execution.plan.execute_step.SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION", "x")
    name_another(monkeypatch, "1.99.0")


def name_another(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module in (canary, home):
        monkeypatch.setattr(module, "RELEASE", name)


def test_the_dagster_that_is_installed_keeps_failed_days_red_and_is_tried_in_silence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    canary.find_fault.cache_clear()
    canary.raise_if_unfit(tmp_path)
    assert (*capfd.readouterr(), caplog.text) == ("", "", "")


def test_a_run_with_a_dagster_that_turns_failed_days_green_ends_in_one_line_before_it_asks_anybody(
    another_dagster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Standin() as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SettingError) as raised:
            run_days(DAY, DAY)
        assert standin.requests == []
    assert str(raised.value) == "Dagster 1.99.0 would show failed days as done: install dagster==1.13.27"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (SqlEventLogStorage, "_event_to_row"),
        (SqlEventLogStorage, "_get_asset_entry_values"),
    ],
)
def test_a_dagster_without_a_method_of_which_our_history_is_made_is_named_in_one_line(
    kind: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_another(monkeypatch, "1.99.1")
    monkeypatch.delattr(kind, name)
    canary.find_fault.cache_clear()
    with pytest.raises(SettingError) as raised:
        open_instance()
    said = str(raised.value)
    assert said.startswith("Dagster 1.99.1 lacks a part that the history is made of (")
    assert name in said
    assert "\n" not in said and said.endswith("): install dagster==1.13.27")


# As if a release had no longer what we import of it: each of these programs meets it elsewhere.
WITHOUT = """
import sys
from importlib import import_module
from runpy import run_module
delattr(import_module(sys.argv[1]), sys.argv[2])
sys.argv = sys.argv[3:]
run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
WEBSERVER = ["pipeline.ui.webserver", "--workspace", "workspace.yaml"]


def without(module: str, name: str, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    tried = [sys.executable, "-c", WITHOUT, module, name, *command]
    return subprocess.run(tried, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("module", "name", "command"),
    [
        ("dagster._core.storage.event_log.polling_event_watcher", "SqlPollingEventWatcher", ["pipeline", "run"]),
        ("dagster._core.storage.tags", "GRPC_INFO_TAG", ["pipeline", "ui", "--port", "39137"]),
        ("dagster._core.workspace.context", "WorkspaceProcessContext", WEBSERVER),
        ("dagster_webserver.webserver", "DagsterWebserver", WEBSERVER),
    ],
)
def test_a_dagster_without_a_name_that_we_import_is_named_in_one_line(
    module: str, name: str, command: list[str], tmp_path: Path
) -> None:
    said = without(module, name, *command, folder=tmp_path)
    assert said.returncode == 1
    assert re.fullmatch(
        rf"papers: Dagster \S+ lacks a part that is used here \(.*'{name}'.*\): install dagster==1.13.27\n",
        said.stderr,
    )


def test_a_code_server_with_such_a_dagster_says_so_in_its_last_line(tmp_path: Path) -> None:
    """Dagster shows it in the UI, and logs it with a stack of its own."""
    said = without("dagster._core.instance.utils", "RUNLESS_RUN_ID", "pipeline.definitions", folder=tmp_path)
    last = said.stderr.splitlines()[-1]
    assert last.startswith("pipeline.core.errors.SettingError: Dagster ")
    assert "'RUNLESS_RUN_ID'" in last and last.endswith("): install dagster==1.13.27")


def test_a_package_of_dagster_that_is_not_here_is_named_and_another_that_is_lacking_is_not_its_fault() -> None:
    absent = home.lacking(ModuleNotFoundError("No module named 'dagster_postgres'", name="dagster_postgres.storage"))
    assert str(absent) == "the package dagster_postgres is not here: pip install dagster-postgres"
    with pytest.raises(ModuleNotFoundError, match="polars"):
        home.lacking(ModuleNotFoundError("No module named 'polars'", name="polars"))


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), OperationalError("insert", {}, Exception("disk I/O error"))]
)
def test_a_disk_that_is_full_is_not_dagsters_fault_and_it_is_tried_again(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: str) -> set[str]:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(canary, "try_history", fail)
        broken.setattr(canary, "RELEASE", "1.99.7")
        with pytest.raises(WarehouseError, match=r"(No space left|disk I/O).*TMPDIR"):
            canary.raise_if_unfit(tmp_path)
    assert not (tmp_path / "canary").exists()


def test_what_was_tried_is_not_tried_again_until_dagster_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    monkeypatch.setattr(canary, "find_fault", tried.append)
    for name in ("1.99.0", "1.99.0", "1.99.1"):
        name_another(monkeypatch, name)
        canary.raise_if_unfit(tmp_path)
    assert tried == ["1.99.0", "1.99.1"]


def test_a_home_that_cannot_be_written_costs_the_note_and_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    canary.raise_if_unfit(tmp_path / "file")


@pytest.mark.usefixtures("another_dagster")
def test_a_dagster_that_was_refused_is_tried_again(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(SettingError, match="would show failed days as done"):
            canary.raise_if_unfit(tmp_path)
