"""Failed days would turn green with a Dagster that no longer knows our way of keeping them red: no run starts then."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from pipeline.commands.job import run_days
from pipeline.core.errors import SettingError
from pipeline.defs import canary
from pipeline.defs.instance import open_instance
from pipeline.standin import Standin

DAY = date(2025, 3, 14)


@pytest.fixture
def another_dagster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that nobody has tried, and that has another name for what we put into the metadata."""
    monkeypatch.setattr("dagster._core.execution.plan.execute_step.SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION", "x")
    monkeypatch.setattr(canary, "RELEASE", "1.99.0")


def test_the_dagster_that_is_installed_keeps_failed_days_red(tmp_path: Path) -> None:
    canary.raise_if_failed_days_turn_green(tmp_path)


def test_a_run_with_a_dagster_that_turns_failed_days_green_ends_in_one_line_before_it_asks_anybody(
    another_dagster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Standin() as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        outcome = run_days(DAY, DAY)
        assert standin.requests == []
    [failure] = outcome.failures
    assert "\n" not in failure
    assert failure.startswith("Dagster 1.99.0 would show failed days as done: install dagster==")
    with open_instance() as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("documents")) is None


def test_what_was_tried_is_not_tried_again_until_dagster_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    monkeypatch.setattr(canary, "keeps_failed_days_red", lambda release: tried.append(release) or True)
    for release in ("1.99.0", "1.99.0", "1.99.1"):
        monkeypatch.setattr(canary, "RELEASE", release)
        canary.raise_if_failed_days_turn_green(tmp_path)
    assert tried == ["1.99.0", "1.99.1"]


def test_a_home_that_cannot_be_written_costs_the_note_and_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    canary.raise_if_failed_days_turn_green(tmp_path / "file")


@pytest.mark.usefixtures("another_dagster")
def test_a_dagster_that_was_refused_is_tried_again(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(SettingError, match="would show failed days as done"):
            canary.raise_if_failed_days_turn_green(tmp_path)
