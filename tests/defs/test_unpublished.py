"""A day is green once readers have it: a run that is cancelled before leaves it missing, and `papers status` tells."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.commands.job import run_days
from pipeline.definitions import defs
from pipeline.defs.assets import DAYS
from pipeline.defs.instance import open_instance
from pipeline.standin import Standin
from pipeline.warehouse.folder import Warehouse

FIRST, LAST = date(2025, 3, 13), date(2025, 3, 14)
BOTH = {str(FIRST), str(LAST)}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with Standin() as standin:
        standin.allow(5000)
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield standin


def stop(*_given: object, **_named: object) -> None:
    raise dg.DagsterExecutionInterruptedError


def cancel_before_the_publish(first: date, last: date) -> None:
    """Run days as a run does that a person terminates once the star is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Warehouse, "check", stop)
        assert run_days(first, last).is_interrupted


def colours(asset: str) -> dict[str, set[str]]:
    """Return the days of an asset that the UI shows as done and as failed; all others are offered as missing."""
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

    with open_instance() as instance:
        value = get_and_update_asset_status_cache_value(instance, dg.AssetKey(asset), DAYS)
    assert value is not None
    return {
        "done": set(value.deserialize_materialized_partition_subsets(DAYS).get_partition_keys()),
        "failed": set(value.deserialize_failed_partition_subsets(DAYS).get_partition_keys()),
    }


def status(*options: str) -> str:
    result = CliRunner().invoke(cli.cli, ["status", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_days_of_a_run_that_is_cancelled_before_the_publish_are_not_green_and_turn_so_with_the_publish() -> None:
    cancel_before_the_publish(FIRST, LAST)
    assert colours("listings")["done"] == set()
    assert run_days(FIRST, LAST, only_missing=True).failures == ()
    assert colours("listings") == {"done": BOTH, "failed": set()}


def test_status_says_of_days_that_are_stored_and_not_published_that_they_are_until_they_are() -> None:
    cancel_before_the_publish(FIRST, LAST)
    assert "nothing is published yet" in status()
    told = "gabrielchua/daily-ai-papers: stored, not yet published: 2 days (2025-03-13 to 2025-03-14)"
    assert told in status() and "the next run publishes them" in status()
    assert json.loads(status("--json"))["unpublished"]["timlrx/daily-ai-papers"] == sorted(BOTH)
    run_days(FIRST, FIRST, only_missing=True)
    assert "not yet published" not in status()
    assert json.loads(status("--json"))["unpublished"] == {}


def test_days_that_are_stored_beside_published_ones_are_not_said_never_to_have_been_asked_for() -> None:
    run_days(FIRST, FIRST)
    before = {source["source_id"]: source["missing_count"] for source in json.loads(status("--json"))["sources"]}
    cancel_before_the_publish(FIRST, LAST)
    found = {source["source_id"]: source for source in json.loads(status("--json"))["sources"]}
    for source_id in ("gabrielchua/daily-ai-papers", "timlrx/daily-ai-papers"):
        assert found[source_id]["unpublished_dates"] == [str(LAST)]
        assert found[source_id]["missing_count"] == before[source_id] - 1
    assert "  stored, not yet published: 1 day (2025-03-14)" in status()


def test_an_answer_that_is_none_is_not_stored(world: Standin) -> None:
    run_days(FIRST, FIRST)
    world.fail("/gabrielchua", 503)
    world.fail("/repos/gabrielchua", 503)
    cancel_before_the_publish(LAST, LAST)
    assert set(json.loads(status("--json"))["unpublished"]) == {"timlrx/daily-ai-papers"}


def test_listings_alone_are_told_of_at_once_as_no_publish_comes(tmp_path: Path) -> None:
    run_days(FIRST, FIRST)
    job = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection={dg.AssetKey("listings")})
    with open_instance() as instance:
        assert job.execute_in_process(instance=instance, partition_key=str(LAST)).success
    assert colours("listings")["done"] == BOTH
